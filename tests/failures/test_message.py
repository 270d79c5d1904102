from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.config import Config
from rca.failures.chain import chain
from rca.failures.description import describe, fingerprint
from rca.failures.message import kind_and_message, worst_failure
from rca.model import Case, Failure, Run
from rca.workflow import take_in
from tests.timing import assert_linear

DATA = Path(__file__).parents[1] / "data" / "junit"
PRODUCERS = sorted(path.name for path in DATA.iterdir() if path.is_dir())
DESCRIPTIONS = Path(__file__).with_name("descriptions.txt")


@cache
def run_of(producer: str) -> tuple[Run, tuple]:
    intake = take_in([str(DATA / producer)], Config())
    return intake.run, intake.clusters


def described() -> str:
    """Type and message of each cluster of every producer's reports, as they are stored."""
    lines = []
    for producer in PRODUCERS:
        lines.append(f"## {producer}")
        rows = {f"{cluster.error_type or '–'} | {cluster.message[:160]!r}" for cluster in run_of(producer)[1]}
        lines += sorted(rows)
    return "\n".join(lines) + "\n"


def test_descriptions_of_real_failures():
    """Read the difference line by line: each line must say what went wrong. To accept it, write `described()` to the file."""
    assert described() == DESCRIPTIONS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "message", "text", "expected"),
    [
        ("AssertionError", "900 is not 901", "", ("AssertionError", "900 is not 901")),
        ("", "KeyError: 'a'", "", ("KeyError", "'a'")),
        ("AssertionError", "KeyError: 'fish'", "", ("KeyError", "'fish'")),
        ("Error", "TypeError: x is undefined", "", ("TypeError", "x is undefined")),
        ("", "Uncaught TypeError: x is undefined", "", ("TypeError", "x is undefined")),
        ("", "Uncaught Error: refused", "", ("", "refused")),
        ("", "AssertionError [ERR_ASSERTION]: not equal", "", ("AssertionError", "not equal")),
        ("websockets.exceptions.NegotiationError", "websockets.exceptions.NegotiationError: no subprotocols supported", "", ("websockets.exceptions.NegotiationError", "no subprotocols supported")),
        ("NegotiationError", "websockets.exceptions.NegotiationError: no subprotocols supported", "", ("websockets.exceptions.NegotiationError", "no subprotocols supported")),
        ("java.lang.IllegalStateException", "till: jammed", "", ("java.lang.IllegalStateException", "till: jammed")),
        ("java.lang.NullPointerException", "", "java.lang.NullPointerException\n\tat shop.Cart.add(Cart.java:47)\n\tat shop.Main.run(Main.java:1)", ("java.lang.NullPointerException", "at shop.Cart.add(Cart.java:47)")),
        ("", "failed", "E   ValueError: empty\nE   hint", ("ValueError", "empty\nhint")),
        ("", 'failed on setup with "OSError: disk full"', "", ("OSError", "disk full")),
        ("", "collection failure", "ImportError while importing\nTraceback:\nx.py:1: in <module>\nE   ModuleNotFoundError: No module named 'x'", ("ModuleNotFoundError", "No module named 'x'")),
        ("", "test failure", 'Traceback (most recent call last):\n  File "t.py", line 4, in test\n    assert count\nAssertionError\n', ("AssertionError", "assert count")),
        ("", "", 'Traceback (most recent call last):\n  File "t.py", line 4, in test\n    f(x)\n      ^\nshop.errors.Jammed: till: jammed\n', ("shop.errors.Jammed", "till: jammed")),
        ("", "Failed", "=== RUN   TestTotal\n    cart_test.go:17: got 900, want 901\n--- FAIL: TestTotal (0.00s)\n", ("", "cart_test.go:17: got 900, want 901")),
        ("", "panic: assignment to entry in nil map", "", ("panic", "assignment to entry in nil map")),
        ("test failure with exit code 101", "thread 'a::b' (12) panicked at src/lib.rs:2:1", "thread 'a::b' (12) panicked at src/lib.rs:2:1:\nassertion failed: x\nnote: run with `RUST_BACKTRACE=1`", ("panic", "assertion failed: x")),
        ("test timeout", "", "", ("", "test timeout")),
        ("", "shop.cc:13\nExpected equality of these values:\n  cents\n    Which is: 900\n  901", "", ("", "Expected equality of these values: cents Which is: 900 901")),
        ("", "expect(received).toBe(expected)\n\nExpected: 901\nReceived: 900", "", ("", "expect(received).toBe(expected); Expected: 901; Received: 900")),
        ("RuntimeException", "", "Shop\\CartTest::testBreaks\nRuntimeException: no paper\n\n/srv/x.php:28", ("RuntimeException", "no paper")),
        ("test_opens", "RuntimeError: no power...", "\nFailure:\ntest_opens(Minitest::Result) [shop_test.rb:49]:\nRuntimeError: no power\n    shop_test.rb:49:in `setup'\n", ("RuntimeError", "no power")),
        ("", "assert 1 == 2", "", ("AssertionError", "assert 1 == 2")),
        ("NoneType", "None", "Failing step: When I pay ... undefined in 0.000s\nLocation: a.feature:21\nNone", ("", "Failing step: When I pay ... undefined in 0.000s")),
        ("", "\x1b[31mrefused\x1b[0m", "", ("", "refused")),
        ("", "", "", ("", "")),
        ("failure", "failed", "", ("", "failed")),
        ("", "12:30 is the time: late", "", ("", "12:30 is the time: late")),
        ("", "Expected: something else", "", ("", "Expected: something else")),
        ("", "https://example.com: refused", "", ("", "https://example.com: refused")),
    ],
)  # fmt: skip
def test_describe(kind, message, text, expected):
    assert said(kind, message, text) == expected


def said(kind: str, message: str, text: str) -> tuple[str, str]:
    return kind_and_message(Failure("failure", kind, message, text), chain(text))


def key_of(kind: str, message: str, text: str = "", name: str = "test") -> str:
    failure = Failure("failure", kind, message, text)
    return describe(Case("suite", "class", name, "failed", failures=[failure])).cause


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("", "TimeoutError: no answer in 30 s"), ("TimeoutError", "no answer in 45 s")),
        (("Error", "order 12 refused"), ("", "Error: order 99 refused")),
        (("java.lang.IllegalStateException", "till 1 jammed"), ("java.lang.IllegalStateException", "till 2 jammed")),
        (("", "failed", "E   OSError: disk /dev/sda1 full 99%"), ("", "OSError: disk /dev/sda1 full 97%")),
    ],
)
def test_one_cause_has_one_key(one, other):
    assert key_of(*one) == key_of(*other, name="other")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ValueError", "empty"), ("KeyError", "empty")),
        (("", "status 502"), ("", "status 503")),
        (("AssertionError", "assert 'open' == 'closed'"), ("AssertionError", "assert 'open' == 'locked'")),
        (
            ("java.lang.NullPointerException", "", "java.lang.NullPointerException\n\tat a.B.c(B.java:1)"),
            ("java.lang.NullPointerException", "", "java.lang.NullPointerException\n\tat a.B.d(B.java:9)"),
        ),
        (("", "cannot connect to db"), ("", "cannot connect to queue")),
    ],
)
def test_two_causes_have_two_keys(one, other):
    assert key_of(*one) != key_of(*other)


@pytest.mark.parametrize("message", ["", "failed", "Failure", "error"])
def test_a_case_that_says_nothing_stands_for_itself(message):
    assert key_of("", message, name="one") != key_of("", message, name="other")


def test_a_fingerprint_carries_its_version():
    version, _, digest = fingerprint("key").partition(":")
    assert version.startswith("v")
    assert len(digest) == 16
    assert fingerprint("half \ud800") == fingerprint("half \ud800")


def test_the_worst_failure_decides():
    failure, error, skip = Failure("failure"), Failure("error"), Failure("skipped")
    assert worst_failure(Case("", "", "a", failures=[skip, failure, error])) is error
    assert worst_failure(Case("", "", "a", failures=[skip, failure])) is failure
    assert worst_failure(Case("", "", "a", failures=[skip])) is None


texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(["Traceback (most recent call last):\n", '  File "a.py", line 1, in x\n', "    code()\n", "E   ", "Error: ", "ValueError", ": ", "\n", "at a.b(c)\n", "expect(", "Expected: 1\nReceived: 2", "thread 'a' panicked at x:\n", "a.b.C", "::", "self = <x>", "Failed", "- message: "]), max_size=8).map("".join),
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(texts, texts, texts)
def test_any_failure_can_be_described(kind, message, text):
    found_kind, found = said(kind, message, text)
    assert len(found_kind) <= 300
    assert message.strip() == "" or not any(char.isalnum() for char in message) or found or found_kind


PIECES = [
    "a.",
    "Error",
    "a::",
    "_",
    "__",
    "A ",
    "A",
    "\\a::",
    "(a)[a:1",
    "E   a\n",
    '  File "',
    '  File "a\n',
    "Traceback (most recent call last)\n",
    "at ",
    "thread '",
    "expect(",
    "Expected\n",
    " › ",
    "[a] ",
    "name: A",
    "a:1",
    ": ",
    "-",
    "Error: ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_long_failures_take_linear_time(piece):
    assert_linear(lambda size: said("", (piece * size)[:size], ""))
    assert_linear(lambda size: said("", "failed", (piece * size)[:size]))
    assert_linear(lambda size: said("", "failed", "\n".join([(piece * 2_000)[:1_999] + "!"] * (size // 2_000))))
