"""Which runs may judge a prediction, what follows for the whys of agents, and criteria before and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rca.analysis.assess import settle
from rca.analysis.verify import Results, changes, judge_all
from rca.model import (
    Case,
    Context,
    Criterion,
    Deployment,
    Evidence,
    Fix,
    GroupResult,
    Investigation,
    Plan,
    Prediction,
    RootCause,
    Run,
    Totals,
    Why,
    Worklog,
)
from rca.model.rows import Rows
from rca.workflow import has_predictions, judge_predictions

AT = datetime(2026, 1, 2, tzinfo=UTC)


def run(name, *failing, executed=3, day=0):
    totals = Totals(total=executed, passed=executed - len(failing), failed=len(failing))
    cases = tuple(Case("", "", case, "failed", category="e2e", fingerprint=case) for case in failing)
    categories = (GroupResult(name="e2e", totals=totals),)
    context = Context(commit="c" * 40)
    return Run(id=name, totals=totals, categories=categories, cases=cases, started_at=AT + timedelta(days=day), context=context)


def rows(*passed):
    """The results of a run that are no failures."""
    found = Rows()
    found.places.add('1,1,"",""\n')
    for name in passed:
        found.lines.add(f'1,passed,1,"{name}",,,,\n')
    return found


RED, GREEN = run("run-1", "a", "b"), run("run-2", day=1)
PREDICTION = Prediction(turns_green=("a", "b"))
FIX = Fix(summary="mend", commits=("f" * 40,), investigation="i1")


def worklog(*runs, prediction=PREDICTION, whys=(), rests=(), **facts):
    part = Investigation(
        id="i1", problem="p", run="run-1", prediction=prediction, whys=whys, root_cause=RootCause(statement="s", whys=rests)
    )
    return Worklog(id="2026-01-02-one", title="One", opened_at=AT, runs=(RED, *runs), investigations=(part,), **facts)


def judged(log, passed="ab", name="run-2", **known):
    changed, (told,) = judge_predictions(log, name, Results(rows(*passed), **known))
    assert changed.investigations[0].prediction == told.now
    return told


def test_only_what_was_foretold_is_judged():
    log = worklog(GREEN)
    parts = (*log.investigations, Investigation(id="i2", problem="q"), Investigation(id="i3", problem="r", prediction=Prediction()))
    log = log.model_copy(update={"investigations": parts})
    changed, told = judge_predictions(log, "run-2", Results(rows("a", "b")))
    assert [(part.investigation, part.now.verdict) for part in told] == [("i1", "confirmed")]
    assert changed.investigations[1:] == parts[1:]
    none = log.model_copy(update={"investigations": parts[1:]})
    assert not has_predictions(none)
    assert judge_predictions(none, "run-2", Results(rows("a"))) == (none, [])


DONE = Deployment(name="to staging", state="done", at=AT + timedelta(days=2))
OTHER = Deployment(name="staging", state="done", at=AT, environment="staging", commit="0" * 40, carries_fix=False)
# What is known of the fix, which results passed, and why the run judges nothing; with a person's word and without it.
OBJECTIONS = [
    ({}, "ab", {}, "", ""),
    ({}, "a", {}, "", ""),
    ({}, "", {}, "none of the cases", "none of the cases"),
    # Without a fix a red run may be one without it.
    ({}, "-", {}, "no fix is recorded", ""),
    ({"fixes": (FIX,)}, "-", {}, "", ""),
    ({"fixes": (FIX.model_copy(update={"investigation": None}),)}, "-", {}, "", ""),
    ({"fixes": (FIX.model_copy(update={"investigation": "i2"}),)}, "-", {}, "no fix is recorded", ""),
    ({"fixes": (FIX,)}, "ab", {"lacking": {"f" * 40}}, "cccccccccccc, on which it ran, does not hold", ""),
    ({"fixes": (FIX,)}, "ab", {"lacking": {"0" * 40}}, "", ""),
    ({"deployments": (Deployment(name="to staging", state="pending"),)}, "ab", {}, "“to staging” of the deployment", "“to staging” of the"),
    ({"deployments": (DONE,)}, "ab", {}, "it ran before “to staging” was done", ""),
    ({"deployments": (DONE.model_copy(update={"at": AT}),)}, "ab", {}, "", ""),
    ({"fixes": (FIX,), "deployments": (OTHER,)}, "ab", {}, "staging has 000000000000 since 2026-01-02 00:00 UTC, which does not", ""),
]


@pytest.mark.parametrize(("facts", "passed", "known", "why_not", "stated"), OBJECTIONS)
def test_a_run_judges_when_the_fix_may_be_in_it(facts, passed, known, why_not, stated):
    after = run("run-2", "a", "b", day=1) if passed == "-" else GREEN
    for word, expected in ((False, why_not), (True, stated)):
        told = judged(worklog(after, **facts), passed.strip("-"), stated=word, **known)
        assert bool(told.why_not) == bool(expected)
        assert expected in told.why_not
        assert (told.now == PREDICTION) == bool(expected)


def test_the_run_with_the_problem_and_those_before_it_judge_nothing():
    log = worklog(GREEN)
    early = log.model_copy(update={"runs": (run("run-0", day=-1), *log.runs)})
    for name in ("run-0", "run-1"):
        assert judged(early, name=name, stated=True).why_not == "it is not later than the run that showed the problem"
    # A run that is not here says nothing of the order.
    part = log.investigations[0].model_copy(update={"run": "run-9"})
    assert judged(log.model_copy(update={"investigations": (part,)}), name="run-1", stated=True).now.verdict == "refuted"


def test_a_later_run_takes_over_and_one_that_comes_late_does_not():
    log = worklog(GREEN, run("run-3", "a", day=2), fixes=(FIX,))
    log, _ = judge_predictions(log, "run-3", Results(rows("b")))
    first = log.investigations[0].prediction
    assert (first.verdict, first.judged_by, first.wrong) == ("partly confirmed", "run-3", ("a",))
    late = judged(log).now
    assert (late.verdict, late.judged_by) == ("partly confirmed", "run-3")
    log = log.model_copy(update={"runs": (*log.runs, run("run-4", day=3))})
    now = judged(log, name="run-4")
    assert (now.before.verdict, now.now.verdict, now.now.judged_by) == ("partly confirmed", "confirmed", "run-4")


def test_what_came_back_refutes_even_without_a_fix():
    log, _ = judge_predictions(worklog(GREEN, run("run-3", "a", "b", day=2)), "run-2", Results(rows("a", "b")))
    assert judged(log, "", "run-3").now.verdict == "refuted"


FOUND = Evidence(kind="cluster", ref="c1", state="found")


def why(name, *evidence, **facts):
    return Why(id=name, parent=name.rpartition(".")[0] or None, question="?", answer="!", author_kind="agent", evidence=evidence, **facts)


def test_a_green_run_stands_for_the_chain_of_an_agent():
    whys = (
        why("1", FOUND),
        why("1.1", FOUND, confirmed_by="dana", status="supported"),
        why("1.1.1", FOUND, status="refuted"),
        why("1.1.2"),
        why("1.1.2.1", FOUND).model_copy(update={"author_kind": "human"}),
        why("2", FOUND),
    )
    log = worklog(GREEN, run("run-3", "a", "b", day=2), whys=whys, rests=("1.1.1", "1.1.2.1", "9"))
    log, _ = judge_predictions(log, "run-2", Results(rows("a", "b")))

    def standing():
        return [(w.id, w.status, w.confirmed_by) for w in log.investigations[0].whys]

    rest = [("1.1.1", "refuted", ""), ("1.1.2", "hypothesis", ""), ("1.1.2.1", "hypothesis", ""), ("2", "hypothesis", "")]
    assert standing() == [("1", "supported", "run-2"), ("1.1", "supported", "dana"), *rest]
    log, _ = judge_predictions(log, "run-3", Results(rows()))
    assert standing() == [("1", "hypothesis", ""), ("1.1", "supported", "dana"), *rest]


def test_whys_in_a_circle_end():
    whys = (why("1", FOUND).model_copy(update={"parent": "2"}), why("2", FOUND).model_copy(update={"parent": "1"}))
    log, _ = judge_predictions(worklog(GREEN, whys=whys, rests=("1",)), "run-2", Results(rows("a", "b")))
    assert {w.confirmed_by for w in log.investigations[0].whys} == {"run-2"}


def test_judge_all_asks_for_each_prediction_once():
    asked = []

    def tell(prediction, after, outcomes, known, *, late):
        asked.append((after.id, outcomes, {cid: case.fingerprint for cid, case in known.items()}, late))
        return prediction, {}

    _, (told,) = judge_all(worklog(GREEN), "run-2", Results(rows("a")), tell)
    assert asked == [("run-2", {"a": "passed"}, {"a": "a", "b": "b"}, False)]
    assert "none of the cases" in told.why_not


def test_criteria_before_and_after():
    criterion = Criterion(scope="overall", operator=">", threshold="90")
    log = Worklog(id="2026-01-02-one", title="One", opened_at=AT, plan=Plan(criteria=(criterion,)))
    log = settle(log.model_copy(update={"runs": (RED, GREEN)}))
    assert [(change.was, change.now.state) for change in changes(log, "run-2")] == [("unmet", "met")]
    assert [(change.was, change.now.state) for change in changes(log, "run-1")] == [("", "met")]
