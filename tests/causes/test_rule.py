"""Rules that recognise failures: reading, writing, matching; and the first rule that is proposed for a cluster."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.causes.matching import subject_of
from rca.causes.propose import LENGTH, propose_rule, with_rules
from rca.causes.rule import EXAMPLE, FIELDS, MAX_RULE, MAX_TERMS, Rule, RuleError, Subject, Term, like, parse_rule
from rca.model import Cluster
from tests.timing import assert_linear

FAILURE = Subject(
    message="server offers no subprotocols\nexpected 100 % of them, got C:\\temp",
    type="websockets.exceptions.NegotiationError",
    test=("tests.feed::test_prices", "tests.feed::test_ticks"),
    frame=("services/client.py:connect", "services/feed.py:open"),
)


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ('message LIKE "%no subprotocols%" AND type LIKE "%NegotiationError"', True),
        ('message LIKE "%no subprotocols%" AND type LIKE "%TimeoutError"', False),
        ('message LIKE "no subprotocols%"', False),
        ('message LIKE "server%"', True),
        ('message LIKE "%offers%subprotocols%"', True),
        ('message LIKE "%subprotocols%offers%"', False),
        ('message LIKE "%No Subprotocols%"', False),
        ('message LIKE "%"', True),
        ('message = "%no subprotocols%"', False),
        ('type = "websockets.exceptions.NegotiationError"', True),
        ('type LIKE "websockets.exceptions.NegotiationError"', True),
        (r'message LIKE "%100 \% of%"', True),
        (r'message LIKE "%C:\\temp"', True),
        ('test = "tests.feed::test_ticks"', True),
        ('test LIKE "%test_orders"', False),
        ('test NOT LIKE "%test_prices"', False),
        ('test NOT LIKE "%test_orders"', True),
        ('frame LIKE "services/feed.py:%"', True),
        ('type LIKE "%Timeout" OR type LIKE "%NegotiationError"', True),
        ('type LIKE "%X" AND type LIKE "%Y" OR frame LIKE "%connect"', True),
        ('type LIKE "%X" AND frame LIKE "%connect" OR type LIKE "%Y"', False),
        ('TYPE like "%NegotiationError" and Message Not Like "%timeout%"', True),
        ('  type\nLIKE\t"%NegotiationError"  ', True),
        ('message LIKE "" OR type = ""', False),
    ],
)
def test_a_rule_says_which_failures_it_is_about(rule, fits):
    parsed = parse_rule(rule)
    assert parsed.fits(FAILURE) is fits
    assert parse_rule(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("rule", "place", "fault"),
    [
        ("", 1, "message, type, test or frame is expected; it ends"),
        ("   ", 4, "message, type, test or frame is expected; it ends"),
        ('title LIKE "x"', 1, "message, type, test or frame is expected; there is"),
        ('(message LIKE "x")', 1, "message, type, test or frame is expected"),
        ('message ILIKE "x"', 9, "LIKE, NOT LIKE or = is expected"),
        ('message NOT "x"', 9, "LIKE, NOT LIKE or = is expected"),
        ('message NOT = "x"', 9, "LIKE, NOT LIKE or = is expected"),
        ("message LIKE 'x'", 14, 'a text in quotes (") is expected'),
        ('message LIKE "x', 14, "this text has no closing quote"),
        ('message LIKE "x\\"', 14, "this text has no closing quote"),
        (r'message LIKE "a\d"', 16, r"after \ only"),
        ('message LIKE "x" type = "y"', 18, "AND or OR is expected"),
        ('message LIKE "x" )', 18, "AND or OR is expected, a rule has no parentheses"),
        ('message LIKE "x" AND', 21, "message, type, test or frame is expected; it ends"),
        ('message LIKE "x" XOR type = "y"', 18, "AND or OR is expected"),
    ],
)
def test_a_fault_has_its_place(rule, place, fault):
    with pytest.raises(RuleError) as caught:
        parse_rule(rule)
    assert caught.value.message.startswith(f"rule, character {place}: {fault}")
    assert EXAMPLE in caught.value.hint


def test_rules_are_bounded():
    assert parse_rule(EXAMPLE).fixed == len("connection refused") + len("Timeout")
    with pytest.raises(RuleError, match="longer than 2,000 characters"):
        parse_rule("x" * (MAX_RULE + 1))
    with pytest.raises(RuleError, match=f"more than {MAX_TERMS} comparisons"):
        parse_rule(" OR ".join(['type = "E"'] * (MAX_TERMS + 1)))
    assert len(parse_rule(" AND ".join(['type = "E"'] * MAX_TERMS)).alternatives[0]) == MAX_TERMS


def test_what_a_rule_asks_for_is_that_of_its_weakest_alternative():
    assert parse_rule('message LIKE "%long enough%" OR type LIKE "%E%"').fixed == 1
    assert parse_rule('message NOT LIKE "%long enough%"').fixed == 0


pieces = st.lists(st.text(max_size=8), min_size=1, max_size=5).map(
    lambda parts: (parts[0], *filter(None, parts[1:-1]), *parts[-1:]) if len(parts) > 1 else tuple(parts)
)
terms = st.one_of(
    st.builds(Term, st.sampled_from(FIELDS), st.sampled_from(["LIKE", "NOT LIKE"]), pieces),
    st.builds(Term, st.sampled_from(FIELDS), st.just("="), st.text(max_size=12).map(lambda text: (text,))),
)
rules = st.builds(Rule, st.lists(st.lists(terms, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple))


@given(rules)
def test_what_is_written_reads_the_same(rule):
    assert parse_rule(str(rule)) == rule


@given(st.text(alphabet="messageLIKE\"%=\\ANDOR typ()'", max_size=60))
def test_any_text_is_a_rule_or_a_fault(text):
    with contextlib.suppress(RuleError):
        rule = parse_rule(text)
        assert parse_rule(str(rule)) == rule


@given(st.text(alphabet="ab\n", max_size=12), st.lists(st.text(alphabet="ab\n", max_size=3), min_size=1, max_size=4))
def test_like_is_what_the_regular_expression_says(text, parts):
    assert like(text, parts) is bool(re.fullmatch(".*".join(map(re.escape, parts)), text, re.DOTALL))


def test_no_pattern_makes_matching_slow():
    def match(size):
        like("a" * size, ["", *["a"] * 900, "b"])
        like("a" * size, ["", "a" * 900 + "b", ""])
        like("ab" * size, ["", *["ab" * 20 + "a"] * 40, "c", ""])

    assert_linear(match, 1_000_000)


# -- proposals ---------------------------------------------------------------------------------------------------------


def cluster(message="", kind="", frames=(), cases=("tests::test_a", "tests::test_b")):
    return Cluster(id="c1", title="x", fingerprint="v1:0", message=message, error_type=kind, frames=frames, cases=cases)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (
            cluster("no subprotocols supported", "websockets.exceptions.NegotiationError"),
            'message LIKE "%no subprotocols supported%" AND type LIKE "%NegotiationError"',
        ),
        (
            cluster("order 8812 of 10.0.0.7:5432 not found in /tmp/x1/y", "shop.OrderError"),
            'message LIKE "%order%not found in%" AND type LIKE "%OrderError"',
        ),
        (cluster("disk 'sda1' is full\nat 99 %", ""), "message LIKE \"%disk 'sda1' is full%\""),
        (
            cluster("token [redacted] refused, status 401", "AuthError"),
            'message LIKE "%token%refused, status 401%" AND type LIKE "%AuthError"',
        ),
        (
            cluster("assert False", "AssertionError", frames=("tests/test_a.py:test_a",)),
            'message LIKE "%assert False%" AND type LIKE "%AssertionError" AND frame = "tests/test_a.py:test_a"',
        ),
        (cluster("", "", cases=("tests::test_a",)), 'test = "tests::test_a"'),
        (cluster("", "MemoryError"), 'type LIKE "%MemoryError"'),
        (cluster(), ""),
        (cluster("5 5 5"), ""),
        (cluster('say "100 %" \\ now'), 'message LIKE "%say \\"%\\%\\" \\\\ now%"'),
    ],
)
def test_a_first_rule(given, rule):
    assert propose_rule(given) == rule
    assert not rule or parse_rule(rule).fits(subject_of(given))


texts = st.one_of(
    st.text(max_size=80),
    st.from_regex(r"[a-z]{2,9} (\d+|0x[0-9a-f]+|/tmp/[a-z]+|'[a-z]*'|<id>|\[redacted\])( [a-z]{2,9}){0,5}", fullmatch=True),
)


@given(st.builds(cluster, texts, st.text(max_size=20), st.lists(st.text(max_size=20), max_size=2).map(tuple)))
def test_a_proposed_rule_fits_its_cluster(given):
    text = propose_rule(given)
    if text:
        rule = parse_rule(text)
        assert rule.fits(subject_of(given))
        assert sum(len(piece) for piece in rule.alternatives[0][0].pieces) <= max(LENGTH, len(given.error_type), 20)


def test_a_long_message_gives_a_short_rule():
    text = propose_rule(cluster("it went wrong because of " * 90, "E"))
    assert len(text) < LENGTH + 60
    assert parse_rule(text).fits(subject_of(cluster("it went wrong because of " * 90, "E")))


def test_a_rule_that_a_cluster_has_stays():
    given, own = cluster("it broke", "E"), cluster("x").model_copy(update={"rule": 'type = "Mine"'})
    assert [found.rule for found in with_rules([given, own])] == ['message LIKE "%it broke%" AND type LIKE "%E"', 'type = "Mine"']
