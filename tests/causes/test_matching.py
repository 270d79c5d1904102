"""Known issues and earlier worklogs of clusters: words, facts, rules, fingerprints, and when nothing is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.matching import load
from rca.causes import matching
from rca.causes.matching import (
    PROPOSED,
    SAME_MESSAGE,
    KnownRule,
    issues_of,
    known_rules,
    match_issues,
    match_worklogs,
    priority_of,
    rules_in,
    with_matches,
)
from rca.causes.rule import parse_rule
from rca.causes.tfidf import MAX_WORDS, Index, words
from rca.config import Known
from rca.errors import ConfigError
from rca.model import Cluster, Decision, EarlierCause, Keys, KnownIssue, Match
from tests.conftest import ROOT
from tests.timing import assert_linear

AT = datetime(2026, 3, 4, tzinfo=UTC)
MARK = "v1:00000000000000aa"
ISSUES = (
    KnownIssue(
        1, "WebSocket handshake fails: server offers no subprotocols", "`NegotiationError` in services/client.py\nSince the upgrade."
    ),
    KnownIssue(2, "Redis connection refused on CI", "Error 111 connecting to localhost:6379. Connection refused.", labels=("P1",)),
    KnownIssue(3, "Flaky test: test_nightly_report_is_sent", "Timing."),
    KnownIssue(4, "Old prices after an update", "The cache key of product prices lacks the version.", open=False),
    KnownIssue(5, "Deadlock in the order table", "`deadlock detected` while two buyers pay", labels=("P0",)),
    KnownIssue(6, "Segmentation fault in the resizer", "heap-buffer-overflow in resize_frame"),
)


def cluster(message, kind="", *cases, number=1, mark=MARK, **more):
    return Cluster(
        id=f"c{number}", title="x", fingerprint=mark, message=message, error_type=kind, cases=cases or ("tests::test_a",), **more
    )


def matched(given, issues=ISSUES, rules=()):
    return match_issues([given], issues, rules)[given.id]


def refs(matches):
    return [match.ref for match in matches]


@pytest.mark.parametrize(
    ("given", "ref", "evidence"),
    [
        (cluster("no subprotocols supported", "websockets.NegotiationError"), "#1", "same type negotiationerror"),
        (cluster("Error 111 connecting to 10.0.0.9:6379. Connection refused.", "redis.ConnectionError"), "#2", "connecting"),
        (
            cluster("assert [] == ['x']", "AssertionError", "tests::test_nightly_report_is_sent[en]"),
            "#3",
            "test test_nightly_report_is_sent",
        ),
        (cluster("deadlock detected", "", "tests::test_two_buyers"), "#5", "deadlock"),
        (cluster("heap-buffer-overflow on address 0x602 in resize_frame"), "#6", "resize_frame"),
        (cluster("no subprotocols", "E", frames=("a/services/client.py:connect",)), "#1", "names the file client.py"),
    ],
)
def test_a_failure_finds_its_issue(given, ref, evidence):
    (match,) = matched(given)
    assert (match.ref, match.kind, match.state) == (ref, "issue", "proposed")
    assert matching.THRESHOLD <= match.score <= 1
    assert evidence in " ".join(match.evidence)


@pytest.mark.parametrize(
    "given",
    [
        cluster("assert 3 == 4", "AssertionError"),
        cluster("Permission denied: '/etc/shop'", "PermissionError"),
        cluster("", ""),
        cluster("connection", "E"),
        cluster("503 4f3a 0x77"),
    ],
)
def test_nothing_is_said_where_nothing_fits(given):
    assert matched(given) == ()


def test_a_closed_issue_is_found_and_shown_as_closed():
    (match,) = matched(cluster("cache of product prices has the old version of a price after an update"))
    assert (match.ref, match.closed) == ("#4", True)


def test_of_two_that_are_alike_both_are_proposed():
    """Which one is meant a person must say; an open one stands before a closed one."""
    twin = KnownIssue(9, ISSUES[4].title, ISSUES[4].body, open=False)
    assert refs(matched(cluster("deadlock detected in the order table"), (twin, *ISSUES))) == ["#5", "#9"]
    many = [KnownIssue(number, ISSUES[4].title, ISSUES[4].body) for number in range(20, 30)]
    assert refs(matched(cluster("deadlock detected in the order table"), many)) == ["#20", "#21", "#22"]


def test_an_issue_that_names_the_fingerprint_is_meant():
    other = "v1:00000000000000bb"
    issue = KnownIssue(8, "Something else", f"<!-- {other} --> whatever")
    for failure in (cluster("boom", mark=other), cluster("deadlock detected in the order table", merged=(other,))):
        (match,) = matched(failure, (*ISSUES, issue))
        assert (match.ref, match.score, match.evidence) == ("#8", 1, (f"names the fingerprint {other}",))


def test_another_status_speaks_against_an_issue():
    issue = KnownIssue(8, "Provider answers 502 Bad Gateway", "502 Server Error for url: https://pay.example/v1/charges")
    same, bare, other = (
        matched(cluster(f"{status}Server Error for url: https://pay.example/v1/charges"), (issue,)) for status in ("502 ", "", "503 ")
    )
    assert same[0].score > bare[0].score > (other[0].score if other else 0)


def test_an_issue_that_quotes_a_whole_message_is_about_it():
    quoting = KnownIssue(
        9, "Live page stays empty", "Since Tuesday. Console: `Handshake: Unsupported subprotocol: jwt-auth`. Works with a header."
    )
    [match] = matched(cluster("unsupported subprotocol: jwt-auth", "x.NegotiationError"), (quoting,))
    assert match.score >= 0.8
    assert match.evidence[0] == "quotes «unsupported subprotocol: jwt-auth»"
    [match] = matched(cluster("unsupported subprotocol: jwt-auth (try 3 of 5, 10.0.0.7)"), (quoting, ISSUES[0])) or [None]
    assert match is None or not match.evidence[0].startswith("quotes")


def test_a_quote_of_what_many_failures_say_proves_nothing():
    general = KnownIssue(9, "Uploads", "We saw context deadline exceeded now and then.")
    assert not any(found.startswith("quotes") for m in matched(cluster("context deadline exceeded"), (general,)) for found in m.evidence)


def test_many_tests_do_not_drown_the_message():
    given = cluster(
        "no subprotocols supported", "NegotiationError", *(f"tests.area{n}.test_module{n}::test_something{n}" for n in range(40))
    )
    assert refs(matched(given)) == ["#1"]


def test_no_issues_no_clusters():
    assert match_issues([], ISSUES) == {}
    assert matched(cluster("boom"), ()) == ()


def test_the_order_of_issues_does_not_matter():
    given = [cluster("no subprotocols supported", "NegotiationError"), cluster("deadlock detected", number=2)]
    assert match_issues(given, ISSUES) == match_issues(given, ISSUES[::-1])


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gives_a_score_between_0_and_1(message, body):
    for match in matched(cluster(message, "E"), (KnownIssue(1, message, body), KnownIssue(2, body))):
        assert 0 <= match.score <= 1


def test_a_message_of_its_own_title_matches():
    for issue in ISSUES[:3]:
        assert refs(matched(cluster(issue.title)))[:1] == [issue.ref]


@pytest.mark.parametrize("held_out", [False, True])
def test_labelled_failures_find_their_issues(held_out):
    """A floor below what benchmarks/matching.py measures, so that no change takes from it unseen."""
    issues, failures = load()
    found = match_issues([failure.cluster for failure in failures], issues)
    said = [(f"#{f.issue}", refs(found[f.cluster.id])[:1]) for f in failures if f.held_out == held_out]
    right = sum(first == [ref] for ref, first in said)
    assert right / sum(bool(first) for _, first in said) >= 0.95
    assert right / sum(ref != "#0" for ref, _ in said) >= 0.9


def test_the_page_counts_the_labelled_set():
    issues, failures = load()
    without = sum(not failure.issue for failure in failures)
    said = f"{len(issues)} issues and {len(failures)} failures, of which {without} belong to no issue"
    assert said in " ".join((ROOT / "docs" / "classes.md").read_text().split())


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ReadTimeout of 30 s", ["readtimeout", "read", "timeout", "of"]),
        ("test_two_buyers[en]", ["test_two_buyers", "test", "two", "buyers", "en"]),
        ("HTTPError: 502 Bad", ["httperror", "http", "error", "502", "bad"]),
        ("at 10.0.0.7:5432 0x7f 4f3a2b1c", ["at"]),
        ("port 8080, 99, 600", ["port"]),
        ("Käse 結帳 ok", ["käse", "結帳", "ok"]),
        ("sha256 utf8 _private", ["sha256", "utf8", "private"]),
        ("run1234567 deadbee1 cafe", ["cafe"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_words_are_bounded():
    assert len(words("a_b " * 50_000)) <= MAX_WORDS + 2
    assert_linear(lambda size: words("aB1" * size))
    assert_linear(lambda size: words("x" * size))
    assert_linear(lambda size: words("A" * size + "1" * size))


def test_a_word_that_most_texts_hold_counts_for_nothing():
    index = Index([{"common": 1.0, f"word{number}": 1.0} for number in range(50)])
    assert index.search({"common": 1.0}, 9) == []
    (found,) = index.search({"common": 1.0, "word7": 1.0}, 9)
    assert (found.number, set(found.shared)) == (7, {"word7"})
    assert found.score == pytest.approx(1)


def test_a_word_that_no_text_holds_takes_from_the_score():
    index = Index([{"a": 1.0}, {"b": 1.0}])
    ((_, less, _),), ((_, whole, _),) = index.search({"a": 1.0, "zzz": 1.0}, 9), index.search({"a": 1.0}, 9)
    assert less < 0.6 < whole == pytest.approx(1)


def test_the_best_texts_come_first():
    index = Index([{"a": 1.0}, {"a": 1.0, "b": 1.0}, {"a": 1.0}, {"c": 1.0}])
    assert [found.number for found in index.search({"a": 1.0}, 9)] == [0, 2, 1]
    assert [found.number for found in index.search({"a": 1.0}, 2)] == [0, 2]


def test_the_largest_clusters_are_compared_by_words(monkeypatch):
    monkeypatch.setattr(matching, "MOST_CLUSTERS", 1)
    small, large = cluster("deadlock in the order table", number=1), cluster("deadlock in the order table", "", "a", "b", number=2)
    found = match_issues([small, large], ISSUES)
    assert [refs(found[name]) for name in ("c1", "c2")] == [[], ["#5"]]
    rules, _ = known_rules([Known(issue="#5", rule='message LIKE "deadlock%"')])
    assert refs(match_issues([small, large], ISSUES, rules)["c1"]) == ["#5"]


def test_many_issues_cost_in_step_with_their_number():
    def search(size):
        issues = [KnownIssue(number, f"word{number} fails", "same words everywhere " * 5) for number in range(1, size + 1)]
        match_issues([cluster(f"same words everywhere word{number}", number=number) for number in range(1, 50)], issues)

    assert_linear(search, 3_000)


# -- rules -------------------------------------------------------------------------------------------------------------


def test_a_rule_settles_and_stands_before_words():
    rules, faults = known_rules([Known(issue="#5", rule='message LIKE "%no subprotocols%"')], ISSUES)
    assert faults == []
    (match,) = matched(cluster("no subprotocols supported", "NegotiationError"), ISSUES, rules)
    assert (match.ref, match.score, match.state, match.evidence[0]) == ("#5", 1, "accepted", "rule")
    assert match.evidence[1] == 'message LIKE "%no subprotocols%"'
    assert (match.title, match.closed) == ("Deadlock in the order table", False)


def test_a_rule_needs_no_issue_at_hand():
    rules, _ = known_rules([Known(issue="SHOP-7", rule='type = "E"', title="Ours")])
    (match,) = matched(cluster("boom", "E"), (), rules)
    assert (match.ref, match.title, match.url, match.closed) == ("SHOP-7", "Ours", "", False)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('text\nrca-rule: message LIKE "%boom%"\nmore', ['message LIKE "%boom%"']),
        ('<!-- rca-rule: message LIKE "%boom%" -->', ['message LIKE "%boom%"']),
        ('see `rca-rule: message LIKE "%boom%"`', ['message LIKE "%boom%"']),
        ('```\nrca-rule: type = "A"\n```\n\nrca-rule:  type = "B" ', ['type = "A"', 'type = "B"']),
        ("an rca-rule is missing", []),
        ("rca-rule: x\n" * 50, ["x"] * 20),
    ],
)
def test_rules_stand_in_the_bodies_of_issues(body, found):
    assert rules_in(body) == found


def test_a_rule_of_an_issue_counts_as_far_as_its_author_does():
    body = 'rca-rule: message LIKE "%checkout broke%"'
    for issue, state in ((KnownIssue(7, "T", body, open=False), "accepted"), (KnownIssue(7, "T", body, trusted=False), "proposed")):
        rules, _ = known_rules((), [issue])
        (match,) = matched(cluster("checkout broke"), [issue], rules)
        assert (match.state, match.score, match.closed) == (state, 1, not issue.open)


def test_rules_of_issues_that_cannot_be_used_are_told():
    issues = [KnownIssue(7, "T", "rca-rule: message ILIKE"), KnownIssue(8, "T", 'rca-rule: message LIKE "%"')]
    rules, faults = known_rules((), issues)
    assert rules == []
    assert faults[0].startswith("#7: rule, character 9: LIKE, NOT LIKE or = is expected")
    assert faults[1] == "#8: its rule would fit nearly every failure; it needs 8 fixed characters"


def test_a_rule_of_the_configuration_that_cannot_be_read_is_an_error():
    with pytest.raises(ConfigError, match=r"known\[1\] \(#2\): rule, character 1: message, type"):
        known_rules([Known(issue="#1", rule='type = "E"'), Known(issue="#2", rule="nonsense")])


def decision(number, kind, **more):
    return Decision(id=f"d{number}", at=AT, kind=kind, fingerprint=MARK, **more)


def test_a_rule_may_be_a_decision():
    accept, rule = decision(1, "accept", match="#5"), decision(2, "rule", text='type = "E"')
    named = decision(3, "rule", text='type = "F"', match="#2")
    rules, _ = known_rules((), ISSUES, [accept, rule, named])
    assert rules == [
        KnownRule("#5", parse_rule('type = "E"'), ISSUES[4].title),
        KnownRule("#2", parse_rule('type = "F"'), ISSUES[1].title),
    ]
    undone = accept.model_copy(update={"undone": True})
    assert known_rules((), ISSUES, [undone, rule, decision(4, "accept", match="2026-01-02-one")])[0] == []


# -- earlier worklogs --------------------------------------------------------------------------------------------------

KEYS = Keys(exact="e", cause="v1:00000000000000cc", message="m")


def earlier(worklog="2026-01-02-one", *marks, **more):
    return EarlierCause(worklog, "One", marks or (MARK,), **more)


def one(given, *causes, at=AT):
    return match_worklogs([given], causes, at=at)[given.id]


@pytest.mark.parametrize(
    "given",
    [cluster("x"), cluster("x", mark="v1:1", merged=(MARK,)), cluster("x", mark="v1:1", keys=KEYS.model_copy(update={"cause": MARK}))],
)
def test_the_same_fingerprint_is_the_same_failure(given):
    (match,) = one(given, earlier(root_cause="a typo"), earlier("2026-01-03-two", "v1:9"))
    assert (match.kind, match.ref, match.score, match.root_cause) == ("worklog", "2026-01-02-one", 1, "a typo")
    assert match.evidence == (f"same fingerprint {MARK}",)


def test_the_same_message_is_a_hint():
    given = cluster("x", keys=KEYS)
    (match,) = one(given, earlier("2026-01-03-two", "v1:9", message_key="m"))
    assert (match.score, match.evidence) == (SAME_MESSAGE, ("same type and message",))
    assert one(given.model_copy(update={"confidence": "low"}), earlier("2026-01-03-two", "v1:9", message_key="m")) == ()
    assert one(cluster("x"), earlier("2026-01-03-two", "v1:9", message_key="m")) == ()


def test_a_worklog_is_named_once_and_equal_ones_stand_before_similar_ones():
    given = cluster("x", keys=KEYS)
    causes = [earlier(f"2026-01-0{day}-x", "v1:9", message_key="m") for day in (9, 8)]
    causes += [earlier("2026-01-07-x", MARK, message_key="m"), earlier("2026-01-06-x", MARK, root_cause="a typo")]
    assert refs(one(given, *causes)) == ["2026-01-06-x", "2026-01-07-x", "2026-01-09-x"]
    assert len(one(given, *causes, *causes)) == PROPOSED


@pytest.mark.parametrize(
    ("held", "given", "last_at", "at", "expected"),
    [
        ("held", {}, datetime(2026, 3, 1, tzinfo=UTC), AT, "came back"),
        ("held", {}, None, None, "came back"),
        ("held", {}, datetime(2026, 3, 9, tzinfo=UTC), AT, "held"),
        ("held", {"failing": False}, datetime(2026, 3, 1, tzinfo=UTC), AT, "held"),
        ("not judged", {}, None, AT, "not judged"),
        ("came back", {}, None, AT, "came back"),
    ],
)
def test_a_fix_that_held_until_now_did_not_hold(held, given, last_at, at, expected):
    (match,) = one(cluster("x", **given), earlier(held=held, last_at=last_at), at=at)
    assert match.held == expected


# -- into the worklog --------------------------------------------------------------------------------------------------


def test_what_was_found_replaces_what_was_there_of_its_kind():
    issue, other, worklog = Match(ref="#1", score=0.5), Match(ref="#2", score=0.5), Match(kind="worklog", ref="w", score=1)
    accepted = Match(ref="#3", score=0.4, state="accepted")
    given = [cluster("x", matches=(issue, accepted, worklog)), cluster("y", number=2, matches=(issue,)), cluster("z", number=3)]
    found = with_matches(given, issues={"c1": (other,), "c2": ()})
    assert [refs(c.matches) for c in found] == [["#2", "w"], [], []]
    found = with_matches(given, worklogs={"c1": (), "c2": (worklog,), "c3": ()})
    assert [refs(c.matches) for c in found] == [["#1", "#3"], ["#1", "w"], []]
    assert with_matches(given)[0] is given[0]


def test_issues_of_a_worklog_stand_by_their_priority():
    given = [
        cluster("x", matches=(Match(ref="#4", score=0.9), Match(ref="#2", score=0.5, state="rejected"))),
        cluster("y", number=2, matches=(Match(ref="#4", score=0.9),)),
    ]
    found = issues_of(given, ISSUES)
    assert [(issue.number, issue.priority, issue.state, issue.clusters) for issue in found] == [
        (5, "P0", "open", ()),
        (2, "P1", "open", ()),
        (4, "", "closed", ("c1", "c2")),
        (6, "", "open", ()),
        (3, "", "open", ()),
        (1, "", "open", ()),
    ]


def test_many_open_issues_are_not_all_kept():
    many = [KnownIssue(number, "T", labels=("P1",)) for number in range(1, 400)]
    last = KnownIssue(900, "T")
    found = issues_of([cluster("x", matches=(Match(ref="#900", score=1),))], [*many, last])
    assert len(found) == matching.ISSUES_KEPT + 1
    assert found[-1].clusters == ("c1",)


@pytest.mark.parametrize(
    ("labels", "priority"),
    [
        ((), ""),
        (("bug", "ui"), ""),
        (("P0",), "P0"),
        (("p2", "bug"), "P2"),
        (("priority: high",), "P1"),
        (("priority/critical-urgent",), "P0"),
        (("Critical",), "P0"),
        (("severity-2",), "P2"),
        (("prio:low",), "P3"),
        (("high",), "P1"),
        (("high-contrast",), ""),
        (("python3",), ""),
        (("low", "blocker"), "P0"),
        (("minor",), "P3"),
        (("sev1",), "P1"),
    ],
)
def test_priority_of_labels(labels, priority):
    assert priority_of(labels) == priority
