from __future__ import annotations

import pytest

from rca.failures.generic import is_assertion, what_it_says
from rca.text.normalise import normalise
from tests.timing import assert_linear

NOTHING = [
    ("AssertionError", "assert False"),
    ("AssertionError", "assert 1 == 2"),
    ("AssertionError", "False is not true"),
    ("TimeoutError", "timed out"),
    ("", "timed out after 30 s"),
    ("", "context deadline exceeded"),
    ("", "expected true"),
    ("", "expected: true\n     got: false"),
    ("", "got 900, want 901"),
    ("java.lang.AssertionError", "expected:<42> but was:<43>"),
    ("org.opentest4j.AssertionFailedError", "expected: <[hello]> but was: <[world]>"),
    ("", "expect(received).toBe(expected) // Object.is equality; Expected: 901; Received: 900"),
    ("", 'Timeout of 50ms exceeded. For async tests and hooks, ensure "done()" is called'),
    ("System.NullReferenceException", "Object reference not set to an instance of an object."),
    ("panic", "runtime error: invalid memory address or nil pointer dereference"),
    ("panic", "called `Option::unwrap()` on a `None` value"),
    ("panic", "assertion `left == right` failed; left: 1; right: 2"),
    ("IndexError", "list index out of range"),
    ("", ""),
    ("", "failed"),
    ("CHECK", "1 == 2"),
]
VALUE = [
    ("AssertionError", "two teas & a mug: 900 is not 901"),
    ("CHECK", "cents == 901"),
    ("", "Expected equality of these values: cents Which is: 900 901"),
    ("org.junit.ComparisonFailure", "state of the till expected:<open> but was:<closed>"),
]
WHAT = [
    ("AssertionError", "expected status 200, got status 502"),
    ("AssertionError", "warehouse: connection refused"),
    ("KeyError", "'fish'"),
    ("ValueError", "empty message"),
    ("", "exited with code 137"),
    ("java.lang.IllegalStateException", "till: left open"),
    ("", "no space left on device"),
]


@pytest.mark.parametrize(("kind", "message"), NOTHING)
def test_messages_that_fit_everywhere(kind, message):
    assert what_it_says(kind, normalise(message)) == "nothing"


@pytest.mark.parametrize(("kind", "message"), VALUE)
def test_messages_of_assertions(kind, message):
    assert what_it_says(kind, normalise(message)) == "a value"


@pytest.mark.parametrize(("kind", "message"), WHAT)
def test_messages_that_tell(kind, message):
    assert what_it_says(kind, normalise(message)) == "what"


@pytest.mark.parametrize(
    "kind",
    [
        "AssertionError",
        "junit.framework.AssertionFailedError",
        "Xunit.Sdk.TrueException",
        "CHECK",
        "assert",
        "RSpec::Expectations::ExpectationNotMetError",
        "expect.toBe",
    ],
)
def test_types_of_assertions(kind):
    assert is_assertion(kind, "x")
    assert not is_assertion("java.io.IOException", "expected")


@pytest.mark.parametrize("piece", ["a", '"', "'", "<", "<[", "`", "1 ", "expected ", "undefined method a for "])
def test_long_messages_take_linear_time(piece):
    assert_linear(lambda size: what_it_says("", (piece * size)[:size]))
