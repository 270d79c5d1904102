"""Predictions and criteria are held against the run after the fix."""

from datetime import UTC, datetime

from rca.analysis.assess import settle
from rca.analysis.verify import changes, judge_all
from rca.model import Case, Criterion, GroupResult, Investigation, Plan, Prediction, Run, Totals, Worklog


def run(name, *failing, executed=3):
    totals = Totals(total=executed, passed=executed - len(failing), failed=len(failing))
    cases = tuple(Case("", "", case, "failed", category="e2e") for case in failing)
    return Run(id=name, totals=totals, categories=(GroupResult(name="e2e", totals=totals),), cases=cases)


BEFORE = run("run-1", "a", "b", "c")


def test_all_predictions_of_a_worklog_and_no_others():
    told = []
    parts = (Investigation(id="i1", problem="p", prediction=Prediction(turns_green=("a",))), Investigation(id="i2", problem="q"))
    worklog = Worklog(id="2026-01-02-one", title="One", opened_at=datetime(2026, 1, 2, tzinfo=UTC), investigations=parts)
    worklog = worklog.model_copy(update={"runs": (BEFORE, run("run-2"), run("run-3"))})

    def judge(prediction, after, before):
        told.append((after.id, before.id))
        return prediction.model_copy(update={"verdict": "confirmed", "judged_by": after.id})

    found = judge_all(worklog, "run-3", judge)
    assert told == [("run-3", "run-1")]
    assert found.investigations[0].prediction.verdict == "confirmed"
    assert found.investigations[1] == parts[1]


def test_criteria_before_and_after():
    criterion = Criterion(scope="overall", operator=">", threshold="90")
    worklog = Worklog(id="2026-01-02-one", title="One", opened_at=datetime(2026, 1, 2, tzinfo=UTC), plan=Plan(criteria=(criterion,)))
    worklog = settle(worklog.model_copy(update={"runs": (BEFORE, run("run-2"))}))
    assert [(change.was, change.now.state) for change in changes(worklog, "run-2")] == [("unmet", "met")]
    assert [(change.was, change.now.state) for change in changes(worklog, "run-1")] == [("", "met")]
