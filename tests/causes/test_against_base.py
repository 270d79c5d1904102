"""What a pull request broke against its base: the table of docs/classes.md, and what clusters make of those of their cases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rca.causes.against_base import against_base
from rca.model import BasePast, Case, CasePast, CausePast, Cluster, Failure, History, Run, RunRef

GOOD, BAD = (RunRef(id=f"run-{name}", commit=f"{name:0<12}", at=datetime(2026, 1, 2, tzinfo=UTC)) for name in ("good", "bad"))
CAUSE = "v1:00000000000000aa"
SEEN = {CAUSE: CausePast(GOOD, BAD, 2)}


def case(name: str = "t1") -> Case:
    return Case("tests", "Cart", name, outcome="failed", failures=[Failure("failure", "E", "boom")], cause=CAUSE, fingerprint=CAUSE)


def passed(runs: int, failed: int = 0) -> CasePast:
    return CasePast(runs=runs, failed=failed, last="passed", last_good=GOOD)


def failed(runs: int, *, good: bool = True) -> CasePast:
    return CasePast(runs=runs, failed=1, last="error", last_good=GOOD if good else None, first_bad=BAD if good else None, failing_runs=1)


def judge(past: BasePast | None, *cases: Case, **more: object) -> Cluster:
    cases = cases or (case(),)
    run = Run(id="run-now", cases=cases)
    facts = {"id": "c1", "title": "boom", "fingerprint": CAUSE, "cases": tuple(c.id for c in cases), "runs": ("run-now",), **more}
    (found,) = against_base(run, [Cluster(**facts)], History(base=past))
    return found


TABLE = [
    (0, None, False, "not known", "low", "There is no run of main to compare with."),
    (0, None, True, "not known", "low", "There is no run of main to compare with."),
    (9, None, False, "broken here", "high", "No run of main has this test, and none shows this error."),
    (1, None, False, "broken here", "low", "No run of main has this test, and none shows this error."),
    (9, None, True, "fails there too", "low", "No run of main has this test, but it showed this error, last at bad000000000."),
    (9, passed(9), False, "broken here", "high", "Passes on main, last at good00000000."),
    (9, passed(1), False, "broken here", "low", "Passes on main, last at good00000000."),
    (9, passed(9, 1), False, "broken here", "medium", "Passes on main, last at good00000000."),
    (9, passed(9, 1), True, "broken here", "low", "Passes on main, last at good00000000, though it showed this error before, last at bad000000000."),
    (9, passed(9, 3), False, "broken here", "low", "Passes on main, last at good00000000."),
    (9, passed(9, 3), True, "broken here", "low", "Passes on main, last at good00000000, though it showed this error before, last at bad000000000."),
    (9, failed(9), False, "broken here", "medium", "Fails on main too, but never with this error."),
    (9, failed(9), True, "fails there too", "high", "Fails on main too, since bad000000000."),
    (9, failed(3, good=False), True, "fails there too", "medium", "Fails on main too."),
]  # fmt: skip


@pytest.mark.parametrize(("runs", "past", "seen", "kind", "confidence", "reason"), TABLE)
def test_the_table(runs: int, past: CasePast | None, seen: bool, kind: str, confidence: str, reason: str) -> None:
    found = judge(BasePast("main", runs, {case().id: past} if past else {}, SEEN if seen else {})).base
    assert (found.kind, found.confidence, found.reason) == (kind, confidence, reason)
    assert (found.branch, found.runs) == ("main", runs)


def test_what_may_have_to_be_mended_hides_behind_nothing() -> None:
    cases = [case("t1"), case("t2"), case("t3")]
    pasts = {cases[0].id: failed(9), cases[1].id: failed(9), cases[2].id: passed(9)}
    found = judge(BasePast("main", 9, pasts, SEEN), *cases).base
    assert found.kind == "broken here"
    assert found.reason.endswith("(1 of 3 cases).")


def test_a_repeated_case_is_the_same_test() -> None:
    again = Case("tests", "Cart", "t1", outcome="failed", cause=CAUSE, repeat=2)
    assert judge(BasePast("main", 9, {case().id: passed(9)}), again).base.kind == "broken here"


def test_without_a_base_nothing_is_said() -> None:
    assert judge(None).base is None


def test_what_a_run_says_no_more_is_taken_back() -> None:
    before = judge(BasePast("main", 9, {case().id: passed(9)})).base
    assert judge(None, base=before).base is None
    assert judge(BasePast("main", 9), base=before, failing=False).base is None


def test_clusters_of_other_runs_stay() -> None:
    before = judge(BasePast("main", 9, {case().id: passed(9)})).base
    assert judge(None, base=before, runs=("run-old",)).base == before
