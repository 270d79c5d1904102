"""Classes of failing cases against the history: the table of decisions, and what clusters make of those of their cases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.causes.classify import URGENCY, classify, classify_by_matches, wilson
from rca.config import Quarantine
from rca.model import Case, CasePast, CausePast, Classification, Cluster, Context, Failure, History, Match, Past, Run, RunRef
from tests.conftest import ROOT

TODAY = date(2026, 3, 4)
GOOD, BAD, OLD, PREVIOUS = (
    RunRef(id=f"run-{name}", commit=f"{name:0<12}", at=datetime(2026, 1, day, tzinfo=UTC))
    for day, name in enumerate(("good", "bad", "old", "prev"), 1)
)
NOW = Context(commit="now000000000", url="https://ci.example/9")
CAUSE = "v1:00000000000000aa"


def table():
    for line in (Path(__file__).parent / "classes.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            facts, expected, reason = (part.strip() for part in line.split("|"))
            *kind, confidence = expected.split()
            yield pytest.param(
                dict(part.split("=") for part in facts.split()), " ".join(kind), confidence, reason, id=" ".join(facts.split())
            )


MATCHES = {
    "open": Match(ref="#7", title="Broken", score=0.6, evidence=("words",), state="accepted"),
    "closed": Match(ref="#7", title="Broken", score=0.6, evidence=("words",), state="accepted", closed=True),
    "rule": Match(ref="#7", title="Broken", score=1, evidence=("rule", "…"), state="accepted"),
    "stranger": Match(ref="#7", title="Broken", score=1, evidence=("rule", "…")),
    "proposed": Match(ref="#7", title="Broken", score=0.9),
    "rejected": Match(ref="#7", title="Broken", score=1, state="rejected"),
    "worklog": Match(kind="worklog", ref="2026-01-02-one", score=1, root_cause="a typo", held="not judged"),
    "unexplained": Match(kind="worklog", ref="2026-01-02-one", score=1, held="not judged"),
    "held": Match(kind="worklog", ref="2026-01-02-one", score=1, root_cause="a typo", held="held"),
    "message": Match(kind="worklog", ref="2026-01-02-one", score=0.8, root_cause="a typo"),
}
UNTIL = {"yes": None, "until": date(2026, 3, 5), "today": TODAY, "expired": date(2026, 3, 3)}


def failing(name="t1", **more):
    return Case("tests", "Cart", name, outcome="failed", failures=[Failure("failure", "E", "boom")], cause=CAUSE, fingerprint=CAUSE, **more)


def cluster(*cases, **more):
    facts = {"id": "c1", "title": "boom", "fingerprint": CAUSE, "cases": tuple(case.id for case in cases), "runs": ("run-now",)}
    return Cluster(**{**facts, **more})


def past_of(facts):
    runs, failed, row = (int(facts.get(name, 0)) for name in ("runs", "failed", "row"))
    good = runs and facts.get("good") != "no"
    return CasePast(
        runs=runs,
        failed=failed,
        last=facts.get("last", ""),
        last_good=GOOD if good else None,
        first_bad=BAD if row and good else None,
        failing_runs=row,
        repeated=int(facts.get("repeated", 0)),
        flipped=int(facts.get("flipped", 0)),
        passed_here=int(facts.get("here", 0)),
    )


def history_of(facts, case):
    earlier = int(facts.get("earlier", facts.get("runs", 0)))
    seen = {"older": CausePast(OLD, OLD, 2), "previous": CausePast(OLD, PREVIOUS, 3)}.get(facts.get("cause", "never"))
    past = past_of(facts)
    return History(
        earlier=earlier,
        compared_with="main",
        previous=PREVIOUS if earlier else None,
        cases={case.id: past} if past.runs else {},
        causes={CAUSE: seen} if seen else {},
    )


def judge(case, cover="", history=None, quarantine=(), flaky=(), **more):
    matches = (MATCHES[cover],) if cover else ()
    run = Run(id="run-now", context=NOW, cases=(case,), flaky=tuple(flaky))
    judged, (found,) = classify(run, [cluster(case, matches=matches, **more)], history or History(), today=TODAY, quarantine=quarantine)
    return judged, found


@pytest.mark.parametrize(("facts", "kind", "confidence", "reason"), list(table()))
def test_the_table_of_decisions(facts, kind, confidence, reason):
    case = failing(scope=facts.get("scope", "case"), attempts=[Failure("failure")] * int(facts.get("attempts", 0)))
    quarantine = [Quarantine(tests="Cart", reason="being rewritten", issue="#70", until=UNTIL[q])] if (q := facts.get("quarantine")) else []
    twin = [Case("tests", "Cart", "t1", flaky=True)] if "twin" in facts else []
    run, found = judge(case, facts.get("cover", ""), history_of(facts, case), quarantine, twin)
    assert (found.classification, found.past.confidence) == (kind, confidence)
    assert reason.lower() in found.past.reason.lower()
    assert [case.classification for case in run.cases] == [kind]
    if kind == "regression":
        assert (found.past.last_good, found.past.first_bad.commit, found.past.failing_runs) == (GOOD, "now000000000", 1)
    if kind == "still failing" and facts.get("row"):
        assert found.past.failing_runs == int(facts["row"]) + 1
        assert found.past.first_bad == (None if facts.get("good") == "no" else BAD)


def test_the_table_holds_every_class():
    assert {kind for _, kind, *_ in (param.values for param in table())} == set(URGENCY)


def test_the_page_names_every_class():
    text = (ROOT / "docs" / "classes.md").read_text()
    assert all(f"\n| `{kind}` | " in text for kind in get_args(Classification))


def test_the_input_is_left_alone():
    case = failing()
    run = Run(id="run-now", cases=(case,))
    classify(run, [cluster(case)], History(), today=TODAY)
    assert case.classification == ""
    assert run.history is None


# -- clusters ----------------------------------------------------------------------------------------------------------

PASTS = {
    "regression": CasePast(runs=10, last="passed", last_good=GOOD),
    "still failing": CasePast(runs=10, failed=4, last="failed", last_good=GOOD, first_bad=BAD, failing_runs=4),
    "flaky": CasePast(runs=10, failed=1, last="passed", last_good=GOOD, repeated=3, flipped=1, passed_here=2),
}


def mixed(*kinds):
    cases = [failing(f"t{number}") for number in range(len(kinds))]
    history = History(
        earlier=10,
        previous=PREVIOUS,
        cases={case.id: PASTS[kind] for case, kind in zip(cases, kinds, strict=True) if kind in PASTS},
        causes={CAUSE: CausePast(OLD, PREVIOUS if "still failing" in kinds else OLD, 3)},
    )
    quarantine = [Quarantine(tests={"name": [f"t{n}" for n, kind in enumerate(kinds) if kind == "quarantined"]}, reason="x")]
    if "quarantined" not in kinds:
        quarantine = []
    return classify(Run(id="run-now", context=NOW, cases=tuple(cases)), [cluster(*cases)], history, today=TODAY, quarantine=quarantine)


@pytest.mark.parametrize(
    ("kinds", "expected", "confidence", "reason"),
    [
        (["regression"] * 3, "regression", "high", "never"),
        (["still failing"] * 3 + ["regression"], "regression", "medium", "(1 of 4 cases; 3 still failing)"),
        (["still failing", "regression"], "regression", "high", "(1 of 2 cases; 1 still failing)"),
        (["flaky", "still failing"], "still failing", "high", "(1 of 2 cases; 1 flaky)"),
        (["quarantined", "flaky", "flaky"], "flaky", "high", "(2 of 3 cases; 1 quarantined)"),
        (["quarantined"] * 2, "quarantined", "high", "Quarantined: x."),
        (["new", "flaky"], "new", "low", "(1 of 2 cases; 1 flaky)"),
    ],
)
def test_a_cluster_takes_the_most_urgent_class(kinds, expected, confidence, reason):
    run, (found,) = mixed(*kinds)
    assert [case.classification for case in run.cases] == kinds
    assert (found.classification, found.past.confidence) == (expected, confidence)
    assert reason == "never" or reason in found.past.reason


def test_the_good_and_bad_runs_are_those_of_most_cases():
    cases = [failing(f"t{number}") for number in range(3)]
    other = RunRef(id="run-other")
    pasts = [CasePast(runs=9, failed=1, last="failed", last_good=good, first_bad=BAD, failing_runs=1) for good in (other, GOOD, GOOD)]
    history = History(earlier=9, cases=dict(zip([c.id for c in cases], pasts, strict=True)), causes={CAUSE: CausePast(OLD, OLD, 1)})
    _, (found,) = classify(Run(id="run-now", cases=tuple(cases)), [cluster(*cases)], history, today=TODAY)
    assert (found.past.last_good, found.past.first_bad) == (GOOD, BAD)


def test_the_first_sighting_is_the_earliest_of_all_that_was_merged():
    case = failing()
    marks = {CAUSE: CausePast(PREVIOUS, PREVIOUS, 1), "v1:2": CausePast(GOOD, OLD, 2), "v1:3": CausePast(RunRef(id="run-0"), OLD, 2)}
    run = Run(id="run-now", cases=(case,))
    _, (found,) = classify(run, [cluster(case, merged=("v1:2", "v1:3"))], History(earlier=3, causes=marks), today=TODAY)
    assert found.past.first_seen == GOOD
    only = History(earlier=3, causes={"v1:3": marks["v1:3"]})
    _, (found,) = classify(run, [cluster(case, merged=("v1:3",))], only, today=TODAY)
    assert found.past.first_seen == RunRef(id="run-0")


def test_a_near_duplicate_of_an_error_was_seen_before():
    """The case's own error is new, the group that it was put into is not."""
    case = failing()
    case.cause = "v1:00000000000000bb"
    past = CasePast(runs=9, failed=2, last="failed", last_good=GOOD, first_bad=BAD, failing_runs=2)
    _, found = judge(case, history=History(earlier=9, cases={case.id: past}, causes={CAUSE: CausePast(OLD, OLD, 1)}))
    assert found.classification == "still failing"


def test_the_second_case_of_a_name_has_the_past_of_the_first():
    case = failing(repeat=2)
    assert case.id.endswith("#2")
    _, found = judge(case, history=History(earlier=9, cases={"tests::Cart::t1": PASTS["regression"]}))
    assert found.classification == "regression"


def test_an_open_issue_settles_before_a_closed_one_before_a_worklog():
    case = failing()
    matches = (MATCHES["worklog"], MATCHES["closed"].model_copy(update={"ref": "#8"}), MATCHES["open"])
    run = Run(id="run-now", cases=(case,))
    _, (found,) = classify(run, [cluster(case, matches=matches)], History(), today=TODAY)
    assert found.past.reason == "#7, as accepted: Broken."
    _, (found,) = classify(run, [cluster(case, matches=matches[:2])], History(), today=TODAY)
    assert "#8 is closed" in found.past.reason


def test_flips_are_shown_with_their_interval():
    case = failing()
    history = History(earlier=9, cases={case.id: CasePast(runs=9, last="passed", last_good=GOOD, passed_here=1)})
    _, found = judge(case, history=history)
    assert (found.past.flips.flipped, found.past.flips.commits) == (1, 1)
    assert found.past.flips == wilson(1, 1)


# -- what is gone ------------------------------------------------------------------------------------------------------


def gone(history, *cases, fails=()):
    old = Past(reason="old", confidence="low", first_seen=OLD)
    before = cluster(*cases, runs=("run-before",), failing=False, past=old, classification="new")
    return classify(Run(id="run-now", context=NOW, cases=tuple(fails)), [before], history, today=TODAY)[1][0]


def test_what_no_longer_fails_is_fixed():
    case, other = failing(), failing("t2")
    sure = gone(History(earlier=2, fixed=[case.id, other.id]), case, other)
    assert (sure.classification, sure.past.confidence) == ("fixed", "high")
    assert (sure.past.first_seen, sure.past.last_good.id) == (OLD, "run-now")
    assert sure.past.reason == "Its tests pass at now000000000; they failed in the run before."
    likely = gone(History(earlier=2, fixed=[case.id]), case, other)
    assert (likely.classification, likely.past.confidence) == ("fixed", "medium")


def test_a_rerun_of_one_commit_that_passes_is_no_fix():
    case = failing()
    again = RunRef(id="run-first", commit=NOW.commit)
    before = cluster(case, runs=("run-first",), failing=False, classification="regression")
    history = History(earlier=2, fixed=[case.id], previous=again)
    found = classify(Run(id="run-now", context=NOW), [before], history, today=TODAY)[1][0]
    assert (found.classification, found.past.confidence, found.past.last_good.id) == ("flaky", "medium", "run-now")
    assert "on the same commit" in found.past.reason


def test_only_a_pass_that_was_seen_is_a_last_good_run():
    assert gone(History(earlier=2), failing()).past.last_good is None


@pytest.mark.parametrize("kind", ["fixed", "flaky"])
def test_what_is_over_stays_what_it_was(kind):
    past = Past(reason="Its tests pass at abc.", confidence="high", last_good=GOOD)
    before = cluster(failing(), runs=("run-before",), failing=False, classification=kind, past=past)
    assert classify(Run(id="run-now", context=NOW), [before], History(earlier=2), today=TODAY)[1] == (before,)
    other = classify(Run(id="run-now", context=NOW, cases=(failing(),)), [before], History(earlier=2), today=TODAY)[1][0]
    assert other.classification == "unknown"


def test_tests_that_fail_in_another_way_prove_no_fix():
    case, other = failing(), failing("t2")
    found = gone(History(earlier=2), case, other, fails=[failing()])
    assert (found.classification, found.past.last_good) == ("unknown", None)
    assert found.past.reason == "It shows no more, but 1 of its 2 tests fail with another error."


def test_what_another_run_shows_stays_as_it_is():
    before = cluster(failing(), runs=("run-before",), classification="new")
    assert classify(Run(id="run-now"), [before], History(earlier=1), today=TODAY)[1] == (before,)
    listed_elsewhere = cluster(failing(), runs=("run-now",), classification="new")
    assert classify(Run(id="run-now"), [listed_elsewhere], History(earlier=1), today=TODAY)[1] == (listed_elsewhere,)


# -- when only the matches are new -------------------------------------------------------------------------------------

SEEN = {"runs": 4, "last_good": GOOD, "first_bad": BAD}


@pytest.mark.parametrize(
    ("kind", "past", "cover", "expected", "reason"),
    [
        ("new", {"runs": 4}, "open", "known", "#7, as accepted: Broken."),
        ("unknown", None, "rule", "known", "#7, whose rule fits: Broken."),
        ("flaky", SEEN, "open", "known", "#7, as accepted: Broken."),
        ("known", SEEN, "open", "known", "#7, as accepted: Broken."),
        ("known", SEEN, "closed", "regression", "Passed at good00000000; #7 is closed, so its fix does not hold here."),
        (
            "known",
            {"runs": 4, "failing_runs": 3},
            "closed",
            "known",
            "#7, as accepted: Broken; #7 is closed, and no earlier run shows a pass.",
        ),
        ("known", {**SEEN, "failing_runs": 3}, "", "still failing", "What it was known as is no longer said of it."),
        ("known", None, "rejected", "unknown", "What it was known as is no longer said of it."),
        ("new", {"runs": 4}, "proposed", "new", "old."),
        ("new", {"runs": 4}, "closed", "new", "old."),
        ("quarantined", SEEN, "open", "quarantined", "old."),
        ("fixed", SEEN, "open", "fixed", "old."),
    ],
)
def test_new_matches_alone_change_a_class(kind, past, cover, expected, reason):
    case = failing(classification=kind)
    before = Past(reason="old.", confidence="low", **past) if past else None
    matches = (MATCHES[cover],) if cover else ()
    shown = cluster(case, classification=kind, past=before, matches=matches)
    run, (found,) = classify_by_matches(Run(id="run-now", context=NOW, cases=(case,)), [shown])
    assert (found.classification, found.past.reason) == (expected, reason)
    assert run.cases[0].classification == expected
    assert classify_by_matches(run, [found])[1] == (found,)


def test_new_matches_leave_what_an_earlier_run_shows():
    case = failing(classification="new")
    earlier = cluster(case, runs=("run-before",), classification="new", matches=(MATCHES["open"],))
    over = cluster(case, failing=False, classification="new", matches=(MATCHES["open"],))
    run = Run(id="run-now", cases=(failing(classification="quarantined"),))
    assert classify_by_matches(run, [earlier, over]) == (run, (earlier, over))
    covered = cluster(case, classification="new", matches=(MATCHES["open"],))
    assert classify_by_matches(run, [covered])[0].cases[0].classification == "quarantined"


# -- the run -----------------------------------------------------------------------------------------------------------


def test_the_run_says_what_it_was_compared_with():
    fixed = [f"t{number}" for number in range(150)]
    history = History(earlier=4, compared_with="main on staging", previous=PREVIOUS, fixed=fixed, fixed_count=180)
    found = classify(Run(id="run-now"), [], history, today=TODAY)[0].history
    assert (found.earlier, found.compared_with, found.previous, found.note) == (4, "main on staging", PREVIOUS, "")
    assert (len(found.fixed), found.fixed_count) == (100, 180)
    assert classify(Run(id="run-now"), [], History(), today=TODAY)[0].history.note == "There is no earlier run to compare with."
    assert classify(Run(id="run-now"), [], History(note="The store is gone."), today=TODAY)[0].history.note == "The store is gone."


@pytest.mark.parametrize(
    ("flipped", "commits", "low", "high"), [(0, 1, 0, 0.7935), (1, 1, 0.2065, 1), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634)]
)
def test_wilson(flipped, commits, low, high):
    """Against values from published tables."""
    rate = wilson(flipped, commits)
    assert (rate.low, rate.high) == (low, high)


@given(st.integers(1, 10**6).flatmap(lambda commits: st.tuples(st.integers(0, commits), st.just(commits))))
def test_the_interval_holds_the_rate(pair):
    rate = wilson(*pair)
    assert 0 <= rate.low <= pair[0] / pair[1] + 0.0001
    assert pair[0] / pair[1] - 0.0001 <= rate.high <= 1


counts = st.integers(0, 12)
refs = st.none() | st.sampled_from([GOOD, BAD, OLD, PREVIOUS])
pasts = st.builds(
    CasePast,
    runs=counts,
    failed=counts,
    last=st.sampled_from(["", "passed", "failed", "error"]),
    last_good=refs,
    first_bad=refs,
    failing_runs=counts,
    repeated=counts,
    flipped=counts,
    passed_here=counts,
)


@given(pasts, st.integers(0, 9), st.booleans(), st.sampled_from(["", *MATCHES]))
def test_whatever_the_store_says_there_is_a_class_and_a_reason(past, earlier, seen, cover):
    case = failing()
    history = History(earlier=earlier, cases={case.id: past}, causes={CAUSE: CausePast(OLD, OLD, 1)} if seen else {})
    run, found = judge(case, cover, history)
    assert found.classification in URGENCY
    assert run.cases[0].classification == found.classification
    assert found.past.reason.endswith(".")
    if not earlier and not cover and not past.passed_here and not past.flipped:
        assert found.classification == "unknown"
