"""What a run after the fix says: which predictions held, and which criteria are met that were not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rca.analysis.assess import judge
from rca.model import CriterionResult, Investigation, Prediction, Run, Worklog

# Judges a prediction by a run and the last one before it that failed.
Judge = Callable[[Prediction, Run, Run | None], Prediction]


@dataclass(frozen=True, slots=True)
class Change:
    """A criterion now, and the state that it had before; empty when it had none."""

    now: CriterionResult
    was: str = ""


def judge_all(worklog: Worklog, run_id: str, tell: Judge) -> Worklog:
    """Have every prediction of a worklog judged by one of its runs."""
    index = next(index for index, run in enumerate(worklog.runs) if run.id == run_id)
    before = next((run for run in reversed(worklog.runs[:index]) if run.totals.failing), None)

    def judged(part: Investigation) -> Investigation:
        if part.prediction is None:
            return part
        return part.model_copy(update={"prediction": tell(part.prediction, worklog.runs[index], before)})

    return worklog.model_copy(update={"investigations": tuple(judged(part) for part in worklog.investigations)})


def by_failures(prediction: Prediction, after: Run, before: Run | None) -> Prediction:
    """Judge by the failing cases of two runs: a case passed when it is not among them and its category ran as fully as before."""
    failing = {case.id for case in after.cases}
    executed = {part.name: part.totals.executed for part in after.categories}
    full = {part.name for part in before.categories if executed.get(part.name, 0) >= part.totals.executed} if before else set()
    ran = {case.id for case in before.cases if case.category in full} if before else set()
    green = [case in ran and case not in failing for case in prediction.turns_green]
    told = [case in ran or case in failing for case in prediction.turns_green]
    red = [case in failing for case in prediction.stays_red]
    if not any(told):
        return prediction
    verdict: Literal["confirmed", "partly confirmed", "refuted"] = (
        "refuted" if not any(green) else "confirmed" if all(green) and all(red) else "partly confirmed"
    )
    return prediction.model_copy(update={"verdict": verdict, "judged_by": after.id})


def changes(worklog: Worklog, run_id: str) -> list[Change]:
    """Every criterion with its state now, and the one before that run."""
    index = next(index for index, run in enumerate(worklog.runs) if run.id == run_id)
    before = {result.criterion: result.state for result in judge(worklog.plan.criteria, worklog.runs[:index])} if index else {}
    return [Change(result, before.get(result.criterion, "")) for result in worklog.verdicts]
