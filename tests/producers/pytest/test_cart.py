"""A shop's cart, tested so that every kind of outcome appears once."""

from __future__ import annotations

import sys

import pytest

PRICES = {"tea": 450, "mug": 1200}


class Cart:
    """Items and their count."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}

    def add(self, name: str, count: int = 1) -> None:
        """Put items into the cart."""
        self.items[name] = self.items.get(name, 0) + count

    def total(self) -> int:
        """Sum in cents; an unknown item raises KeyError."""
        return sum(PRICES[name] * count for name, count in self.items.items())


@pytest.fixture
def cart() -> Cart:
    """An empty cart."""
    return Cart()


@pytest.fixture
def warehouse() -> None:
    """A service that is down."""
    raise ConnectionError("warehouse: connection refused (10.0.0.7:5432)")


@pytest.fixture
def leaky():
    """A fixture whose teardown fails."""
    yield
    raise RuntimeError("teardown: 1 connection left open")


class TestCart:
    """Totals."""

    def test_empty(self, cart: Cart) -> None:
        assert cart.total() == 0

    def test_total(self, cart: Cart) -> None:
        cart.add("tea", 2)
        assert cart.total() == 901, "two teas & a <cent> too much"

    class TestDiscount:
        """A nested class."""

        def test_unknown_item(self, cart: Cart) -> None:
            cart.add("räucherlachs")
            assert cart.total() == 0


@pytest.mark.parametrize(
    ("name", "cents"),
    [("tea", 450), ("mug", 1201), ("茶", 0), ("a b/c", 0), ("bell\x07", 0)],
)
def test_price(name: str, cents: int) -> None:
    assert PRICES.get(name, 0) == cents


def test_größe_ist_ok() -> None:
    assert len("größe") == 5


def test_prints_colours(cart: Cart) -> None:
    print("\x1b[31mred\x1b[0m bell\x07 nul\x00 vt\x0b cdata ]]> <b> & ☕ 🛒")
    print("warning on stderr \x1b[1mbold\x1b[0m", file=sys.stderr)
    assert cart.items == {"note": "\x1b[32mgreen\x1b[0m \x08"}


def test_stock(warehouse: None) -> None:
    pass


def test_leaves_connection(leaky: None) -> None:
    pass


def test_fails_and_leaves_connection(leaky: None) -> None:
    state = "open"
    assert state == "closed"


@pytest.mark.skip(reason="no payment provider in <tests>")
def test_pay() -> None:
    raise AssertionError


def test_skips_inside() -> None:
    pytest.skip("needs a printer")


@pytest.mark.xfail(reason="bug 12: rounding")
def test_rounding() -> None:
    assert round(2.5) == 3


@pytest.mark.xfail(reason="bug 13: fixed meanwhile", strict=True)
def test_rounding_fixed() -> None:
    assert round(3.5) == 4


def test_with_properties(record_property, record_testsuite_property) -> None:
    record_property("ticket", "SHOP-7")
    record_testsuite_property("region", "eu-west")
