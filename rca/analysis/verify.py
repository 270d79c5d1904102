"""What a run after the fix says: which predictions held, and which criteria are met that were not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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


def changes(worklog: Worklog, run_id: str) -> list[Change]:
    """Every criterion with its state now, and the one before that run."""
    index = next(index for index, run in enumerate(worklog.runs) if run.id == run_id)
    before = {result.criterion: result.state for result in judge(worklog.plan.criteria, worklog.runs[:index])} if index else {}
    return [Change(result, before.get(result.criterion, "")) for result in worklog.verdicts]
