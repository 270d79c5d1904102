from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.config import Match
from rca.select import Selector

CASE = ("outer > inner suite", "tests.e2e.test_pay.TestPay", "tests/e2e/test_pay.py", "test_pays[eur-1]")


def matches(rule, case=CASE) -> bool:
    suite, classname, file, name = case
    return Selector([rule]).matches(suite, classname, file, name) == [0]


def table(**keys) -> Match:
    return Match.model_validate({key: [value] if isinstance(value, str) else value for key, value in keys.items()})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("tests/e2e/*", True),
        ("tests/e2e/*.py", True),
        ("*inner suite", True),
        ("tests.e2e.*", True),
        ("test_pays*", True),
        ("*TestPay::test_pays*", True),
        ("tests/e2e", False),
        ("e2e", False),
        ("*", True),
        ("TESTS/*", False),
        ("tests/e2?/*", True),
        ("tests/e[0-9]e/*", True),
        ("tests/e[!0-9]e/*", False),
        ("test_pays[[]eur-1]", True),
        ("test_pays[eur-1]", False),
        (["nothing", "*pay*"], True),
        (["nothing", "neither"], False),
        ([], False),
        (table(file="tests/*"), True),
        (table(file="tests/*", suite="other*"), False),
        (table(file=["other/*", "tests/*"], suite="outer*"), True),
        (table(**{"class": "tests.e2e.*"}, name="test_pays*"), True),
        (table(**{"class": "tests.e2e.*"}, name="test_refunds*"), False),
        (table(name="*TestPay::test_pays*"), False),
        (table(), True),
        ([table(file="other"), table(name="test_pays*")], True),
        ([table(file="other"), table(name="other")], False),
    ],
)
def test_what_a_rule_selects(rule, expected):
    assert matches(rule) is expected


def test_rules_are_told_in_order_and_once():
    rules = [[table(name="test_pays*"), table(name="*eur*")], "nothing", "*pay*", table()]
    assert Selector(rules).matches(*CASE[:3], CASE[3]) == [0, 2, 3]


def test_names_cost_only_where_they_are_asked_for():
    assert not Selector([table(file="x"), table(suite="y")]).uses_names
    assert Selector([table(name="x")]).uses_names
    assert Selector(["x"]).uses_names


@given(
    st.lists(st.tuples(*[st.text(max_size=4)] * 4), max_size=8), st.lists(st.text(alphabet="ab*?[]!-", max_size=4), min_size=1, max_size=3)
)
def test_the_memory_of_a_selector_changes_nothing(cases, globs):
    rules = [*globs, *[table(file=glob, name=glob) for glob in globs]]
    selector = Selector(rules)
    for case in [*cases, *cases]:
        assert selector.matches(*case) == Selector(rules).matches(*case)
