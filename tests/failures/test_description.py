from __future__ import annotations

import pytest

from rca.failures.description import VERSION, describe, fingerprint
from rca.model import Case, Failure
from rca.text.frames import FrameRules
from tests.timing import assert_linear


def case(kind: str, message: str, text: str = "", name: str = "opens", classname: str = "shop.TillTest") -> Case:
    return Case("suite", classname, name, "failed", failures=[Failure("failure", kind, message, text)])


def java(*frames: str) -> str:
    return "java.lang.X\n" + "\n".join(f"\tat {frame}({frame.split('.')[-2]}.java:{number})" for number, frame in enumerate(frames, 7))


@pytest.mark.parametrize(
    ("given", "says", "place", "test"),
    [
        # A message that tells: the nearest frame outside of tests, or none at all.
        (("java.io.IOException", "printer on fire", java("shop.Till.open", "shop.TillTest.opens")), "what", "shop/Till.java:open", ""),
        (("java.io.IOException", "printer on fire", java("shop.TillTest.opens")), "what", "", ""),
        (("java.io.IOException", "printer on fire", java("shop.TillTest.setUp", "shop.Till.open")), "what", "shop/Till.java:open", ""),
        (("java.io.IOException", "printer on fire"), "what", "", ""),
        # An assertion: the function of the test counts too.
        (("java.lang.AssertionError", "tea is dear", java("org.junit.Assert.fail", "shop.TillTest.opens")), "a value", "shop/TillTest.java:opens", ""),
        (("java.lang.AssertionError", "tea is dear"), "a value", "", ""),
        # A message that fits everywhere: a frame, but none of a helper, else the name of the test.
        (("java.lang.AssertionError", "", java("shop.Till.open")), "nothing", "shop/Till.java:open", ""),
        (("java.lang.AssertionError", "", java("shop.Wait.waitUntil", "shop.Till.open", "shop.TillTest.opens")), "nothing", "shop/Till.java:open", ""),
        (("java.lang.AssertionError", "", java("shop.helpers.Polling.run", "shop.TillTest.opens")), "nothing", "shop/TillTest.java:opens", ""),
        (("", "timed out"), "nothing", "", "shop.TillTest::opens"),
        (("", 'Timeout of 50ms exceeded. For async tests and hooks, ensure "done()" is called. (/srv/shop/test/till.js)'), "nothing", "", ""),
        # A file without a function is a place, but not for what a test expects.
        (("panic", "called `Option::unwrap()` on a `None` value", "src/till.rs:4:1"), "nothing", "src/till.rs", ""),
        (("CHECK", "1 == 2", "at till.cpp:12"), "nothing", "till.cpp", "shop.TillTest::opens"),
        (("", "till_test.go:17: got 900, want 901"), "nothing", "till_test.go", "shop.TillTest::opens"),
        (("AssertionFailed", "Failed asserting that false is true.", "/app/src/Till.php:9\n/app/tests/TillTest.php:3"), "nothing", "src/Till.php", ""),
    ],
)  # fmt: skip
def test_what_tells_failures_apart(given, says, place, test):
    found = describe(case(*given))
    assert (found.says, found.place(), found.test) == (says, place, test)


def test_a_case_without_a_failure_stands_for_itself():
    found = describe(Case("suite", "shop.TillTest", "opens", "failed"))
    assert (found.test, found.confidence()) == ("shop.TillTest::opens", "low")


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("opens[1-tea]", "opens"),
        ("opens(String, int)[2]", "opens"),
        ("opens#2", "opens"),
        ('opens with data set "tea"', "opens"),
        ("Goods/opens/1", "Goods/opens"),
        ("opens:3", "opens"),
        ("[eu] cart › opens", "cart › opens"),
        ("[1]", "[<number>]"),
        ("opens after 17 s", "opens after <number> s"),
    ],
)
def test_the_values_of_a_test_are_no_part_of_its_name(name, short):
    assert describe(case("", "failed", name=name)).test == f"shop.TillTest::{short}"


def test_a_test_without_a_class_is_known_by_its_suite():
    assert describe(case("", "failed", classname="")).test == "suite::opens"


def test_keys_tell_how_far_failures_agree():
    one = describe(case("XError", "jammed", java("shop.A.a", "shop.B.b", "shop.C.c")))
    other_stack = describe(case("XError", "jammed", java("shop.A.a", "shop.B.b", "shop.D.d")))
    other_caller = describe(case("XError", "jammed", java("shop.A.a", "shop.D.d")))
    other_place = describe(case("XError", "jammed", java("shop.D.d")))
    first = one.keys()
    assert first.cause == one.cause
    assert [first.exact == each.keys().exact for each in (other_stack, other_caller)] == [True, False]
    assert [first.cause == each.keys().cause for each in (other_stack, other_caller, other_place)] == [True, True, False]
    assert [first.message == each.keys().message for each in (other_place, describe(case("XError", "locked")))] == [True, False]
    assert first.stack != other_stack.keys().stack
    assert describe(case("XError", "jammed")).keys().stack == ""


@pytest.mark.parametrize(
    ("given", "confidence"),
    [
        (("XError", "jammed", java("shop.A.a")), "high"),
        (("XError", "jammed"), "medium"),
        (("XError", "", java("shop.A.a")), "medium"),
        (("XError", ""), "low"),
    ],
)
def test_confidence(given, confidence):
    assert describe(case(*given)).confidence() == confidence


def test_own_frame_rules_count():
    text = 'Traceback (most recent call last):\n  File "/app/shop/till.py", line 1, in open\n  File "/app/sdk/call.py", line 3, in call\nOSError: jammed\n'
    assert describe(case("OSError", "jammed", text)).place() == "sdk/call.py:call"
    assert describe(case("OSError", "jammed", text), FrameRules(library=("*/sdk/*",))).place() == "shop/till.py:open"


def test_secrets_in_texts_are_gone():
    secret = "ghp_" + "a1B2" * 9
    found = describe(case("", "failed", f"E   AuthError: refused {secret}"))
    assert secret not in found.message + found.normal
    assert "refused" in found.message


def test_a_place_before_a_message_is_no_part_of_it():
    assert describe(case("", "till_test.go:17: jammed")).normal == "jammed"
    assert describe(case("", "other_test.go:99: jammed")).cause == describe(case("", "till_test.go:17: jammed")).cause


def test_a_fingerprint_carries_its_version():
    version, _, digest = fingerprint("key").partition(":")
    assert version == VERSION
    assert len(digest) == 16
    assert fingerprint("half \ud800") == fingerprint("half \ud800")


def test_fingerprints_do_not_change_unless_the_version_does():
    """When this fails on purpose, VERSION needs a new value: kept histories compare by it."""
    assert VERSION == "v1"
    assert describe(case("java.io.IOException", "printer 7 on fire", java("shop.Till.open"))).cause == "v1:73c2a97bf7bf7496"


@pytest.mark.parametrize("line", ["x", "a.b.", "Caused by: ", "at a(", "E   ", "1a-", "'a' ", "a/b.py:1: ", "<", "(", "Error: ", "a@b.c"])
def test_one_long_line_takes_linear_time(line):
    assert_linear(lambda size: describe(case("", (line * size)[:size], (line * size)[:size])))
