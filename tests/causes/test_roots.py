"""What failures say, and which of them need to be looked at to find what stands beneath others."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rca.causes.roots import Wanted, own_of, said
from rca.model import Failure
from rca.text.normalise import normalise

PIECES = st.sampled_from(
    [
        "cart",
        "refused",
        "é",
        "1,234",
        "a@b.example",
        "/tmp/x1",
        "&amp;",
        "&lt;b&gt;",
        "[31mno[0m",
        "x17",
        "\t",
        "c:\\temp\\a",
        "{",
        "'",
        " ",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=8).map("".join))
@example("cart 17 is gone")
@example("cart@12ab34c is gone")
def test_what_is_wanted_is_never_passed_over(text):
    """The cheap look may let a message through that is not wanted, but never the other way round."""
    message = " ".join(text.split())
    wanted = Wanted([normalise(message)])
    assert wanted.may_hold(message)
    assert normalise(message) in wanted


def test_what_begins_with_another_word_is_not_looked_at():
    wanted = Wanted(["connection to <ip> refused"])
    assert wanted.may_hold("connection to 10.0.0.7:5432 refused")
    assert wanted.may_hold("10.0.0.7 refused")
    assert not wanted.may_hold("table orders does not exist")
    assert not Wanted([]).may_hold("10.0.0.7 refused")


@pytest.mark.parametrize(
    ("message", "wanted", "found"),
    [
        ("ConnectionError: pool of orders-db exhausted", "pool of orders-db exhausted", True),
        ("ConnectionError: pool of orders-db exhausted", "pool of users-db exhausted", False),
        ("ConnectionError: pool of orders-db exhausted", "pools of orders-db exhausted", False),
        ("AssertionError: pool of orders-db exhausted", "pool of orders-db exhausted", False),
        ("ConnectionError: failed", "failed", False),
        ("", "", False),
    ],
)
def test_a_failure_says_what_is_wanted_and_tells_it_from_others(message, wanted, found):
    failure = Failure("error", "", message, 'File "shop/db.py", line 3, in connect')
    own = own_of(failure, Wanted([wanted]))
    assert (own is not None) == found
    if own:
        assert own == said(message, "shop/db.py:connect")
