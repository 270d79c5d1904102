from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.analysis.grouping import ALL, MOST, beginnings, name_groups
from rca.config import Config
from rca.workflow import take_in
from tests.failures.test_message import DATA

CATEGORIES = Path(__file__).with_name("categories.txt")


def categorised() -> str:
    """The categories of each report of every producer, without a configuration."""
    lines = []
    for path in sorted(DATA.rglob("*.xml")):
        run = take_in([str(path)], Config()).run
        lines.append(f"{path.relative_to(DATA).as_posix()}: {', '.join(f'{part.name} ({part.totals.total})' for part in run.categories)}")
    return "\n".join(lines) + "\n"


def test_categories_of_real_reports():
    """Read the difference line by line: each name must tell a person what it holds. To accept it, write `categorised()` to the file."""
    assert categorised() == CATEGORIES.read_text(encoding="utf-8")


def named(*keys: tuple[str, ...], size: int = 3) -> list[str]:
    return list(name_groups(dict.fromkeys(keys, size)).values())


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ([], []),
        ([("pytest", "tests", "test_cart")], ["test_cart"]),
        ([("pytest", "tests", "test_cart"), ("pytest", "tests", "test_till")], ["test_cart", "test_till"]),
        ([("pytest", "tests", "test_cart"), ("pytest", "tests", "test_cart", "TestDiscount")], ["test_cart", "TestDiscount"]),
        ([("shop.CartTest", "shop", "CartTest"), ("shop.TillTest", "shop", "TillTest")], ["CartTest", "TillTest"]),
        ([("a", "CartTest"), ("b", "CartTest")], ["a.CartTest", "b.CartTest"]),
        ([("a", "x", "Test1"), ("b", "y", "Test1")], ["a.x.Test1", "b.y.Test1"]),
        ([("tests/cart.test.js", "tests", "cart", "test", "js")], ["cart.test.js"]),
        ([("jest tests", "cart", "", "srv", "cart.test.js"), ("jest tests", "till", "", "srv", "till.test.js")], ["cart", "till"]),
        ([("", "srv", "cart.test.js")], ["cart.test.js"]),
        ([()], [ALL]),
        ([("pytest",)], [ALL]),
        ([(), ("cart",)], ["Other tests", "cart"]),
        (
            [("shopping cart", "vouchers"), ("shopping cart", "totals"), ("till", "vouchers")],
            ["shopping cart › vouchers", "totals", "till › vouchers"],
        ),
    ],
)
def test_names(keys, names):
    assert named(*keys) == names


def test_a_common_class_is_left_out():
    assert named(("cart", "test"), ("till", "test"), ("test",)) == ["cart", "till", ALL.replace("All", "Other")]


def test_never_more_than_twenty_unless_nothing_helps():
    deep = {("shop", f"area{n % 5}", f"Test{n}"): 3 for n in range(60)}
    assert set(name_groups(deep).values()) == {f"area{n}" for n in range(5)}
    words = {(f"area{n % 5} test{n}",): 3 for n in range(60)}
    assert set(name_groups(words).values()) == {f"area{n}" for n in range(5)}
    nothing = {(f"x{n}y",): 3 for n in range(60)}
    assert set(name_groups(nothing).values()) == {ALL}


def test_suites_of_one_case_are_no_categories():
    assert set(name_groups({("(empty)", f"case{n}"): 1 for n in range(10)}).values()) == {ALL}
    assert len(set(name_groups({("suite", f"case{n}"): 1 for n in range(4)}).values())) == 4


parts = st.lists(
    st.one_of(
        st.sampled_from(["", "shop", "test", "js", "a.b", "a/b", "Shop\\Cart", "all tests", "cart", "x y", "a::b"]), st.text(max_size=6)
    ),
    max_size=5,
)


@given(st.dictionaries(parts.map(tuple), st.integers(0, 9), max_size=40))
def test_every_key_has_a_name(sizes):
    names = name_groups(sizes)
    assert set(names) == set(sizes)
    assert all(names.values())
    assert len(set(names.values())) <= MOST + 1


def test_far_more_groups_than_categories_are_named_in_bounded_time():
    sizes = {("suite", f"area{n % 7}", f"Test{n}", f"x{n}"): 2 for n in range(30_000)}
    names = name_groups(sizes)
    assert set(names.values()) == {f"area{n}" for n in range(7)}
    assert set(name_groups({(f"x{n}y", "z"): 1 for n in range(30_000)}).values()) == {ALL}


def test_later_runs_are_named_like_the_first():
    add, pay, login = (("s", "tests", *rest) for rest in (("cart", "TestAdd"), ("cart", "TestPay"), ("users", "TestLogin")))
    known = beginnings({add: "cart", pay: "cart", login: "users"})
    assert [(group.name, group.begin) for group in known] == [("cart", ("s", "tests", "cart")), ("users", login)]
    new = ("s", "tests", "cart", "TestNew")
    assert name_groups({new: 1, login: 1}, known) == {new: "cart", login: "users"}


def test_what_one_suite_was_called_does_not_swallow_others():
    known = beginnings(name_groups({("pytest", "tests", "cart"): 5}))
    later = name_groups({("pytest", "tests", "cart"): 5, ("pytest", "tests", "users"): 4}, known)
    assert len(set(later.values())) == 2
    assert later["pytest", "tests", "cart"] == known[0].name


KEYS = st.lists(st.sampled_from(["a", "b", "c", "tests", "x.y", ""]), max_size=4).map(tuple)


@settings(deadline=None)
@given(st.dictionaries(KEYS, st.integers(1, 9), max_size=12), st.dictionaries(KEYS, st.integers(1, 9), max_size=12))
def test_names_stay_whatever_runs_come_later(first, later):
    names = name_groups(first)
    known = beginnings(names)
    assert name_groups(first, known) == names
    again = name_groups(first | later, known)
    assert {key: again[key] for key in first} == names
    assert again.keys() == (first | later).keys()
