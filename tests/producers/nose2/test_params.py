"""Parametrised and generated tests."""

from __future__ import annotations

from nose2.tools import params


@params(1, 2, 3)
def test_even(number: int) -> None:
    assert number % 2 == 0, f"{number} is odd"


@params(("ä", "Ä"), ("<", ">"))
def test_upper(low: str, high: str) -> None:
    assert low.upper() == high


def test_generator():
    for count in (0, 1):
        yield check_stock, count


def check_stock(count: int) -> None:
    assert count
