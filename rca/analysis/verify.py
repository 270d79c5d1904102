"""What a run says of what was foretold: which predictions it may judge, what it changes, and which criteria are met that were not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rca.analysis.assess import judge
from rca.analysis.outcomes import outcomes_of
from rca.causes.deployed import fix_steps, without_fix
from rca.model import Case, CriterionResult, Fix, Investigation, Outcome, Prediction, Run, Why, Worklog
from rca.model.rows import Rows
from rca.text.clean import one_line


class Judge(Protocol):
    """Holds a prediction against a run: gives the prediction with what the run says, and why cases are not right, by their ids.

    outcomes: of the cases that were foretold. known: these cases as they failed when the problem was seen. late: a later run has
    judged already. A run that tells nothing gives the very prediction that it got.
    """

    def __call__(
        self, prediction: Prediction, after: Run, outcomes: Mapping[str, Outcome], known: Mapping[str, Case], *, late: bool
    ) -> tuple[Prediction, Mapping[str, str]]:
        """Judge."""


@dataclass(frozen=True, slots=True)
class Change:
    """A criterion now, and the state that it had before; empty when it had none."""

    now: CriterionResult
    was: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a run said of the prediction of an investigation. why_not: it may not judge it; reasons: by the ids of cases."""

    investigation: str
    before: Prediction
    now: Prediction
    why_not: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """What is known of a run beside its record.

    rows: its results that are no failures. lacking: commits of fixes that the commit on which it ran does not hold. stated: a person
    says that it is the run after the fix.
    """

    rows: Rows
    lacking: Collection[str] = ()
    stated: bool = False


def judge_all(worklog: Worklog, run_id: str, results: Results, tell: Judge) -> tuple[Worklog, list[Told]]:
    """Have every prediction of a worklog judged by one of its runs, as far as that may judge it."""
    told: list[Told] = []

    def judged(part: Investigation) -> Investigation:
        if part.prediction is None or not part.prediction.turns_green:
            return part
        told.append(_told(worklog, part, part.prediction, run_id, results, tell))
        return _with(part, told[-1].now)

    return worklog.model_copy(update={"investigations": tuple(map(judged, worklog.investigations))}), told


def _told(worklog: Worklog, part: Investigation, prediction: Prediction, run_id: str, results: Results, tell: Judge) -> Told:
    order = {run.id: place for place, run in enumerate(worklog.runs)}
    run = worklog.runs[order[run_id]]
    if why_not := next(_objections(worklog, part, run, order, results), ""):
        return Told(part.id, prediction, prediction, why_not)
    cases = _cases(worklog, part, prediction, order[run_id])
    outcomes = outcomes_of(run, results.rows, cases.values())
    late = order.get(prediction.judged_by or "", -1) > order[run_id]
    now, reasons = tell(prediction, run, outcomes, cases, late=late)
    if now is prediction:
        return Told(part.id, prediction, prediction, "none of the cases that should turn green was executed in it")
    first = prediction.verdict == "not judged"
    if first and now.verdict == "refuted" and not results.stated and not fixes_of(worklog, part):
        return Told(part.id, prediction, prediction, "nothing turned green, and no fix is recorded: it may have run without one")
    return Told(part.id, prediction, now.model_copy(update={"judged_by": prediction.judged_by}) if late else now, reasons=reasons)


def _objections(worklog: Worklog, part: Investigation, run: Run, order: Mapping[str, int], results: Results) -> Iterator[str]:
    """Why a run cannot judge a prediction: the fix is not in it, as far as anybody knows."""
    if order[run.id] <= order.get(part.run, -1):
        yield "it is not later than the run that showed the problem"
    if (missing := without_fix(worklog)) and not results.stated:
        yield missing
    for step in fix_steps(worklog.deployments):
        if step.state != "done":
            yield f"the step “{one_line(step.name, 80)}” of the deployment is not done"
        elif step.at and run.started_at and run.started_at < step.at and not results.stated:
            yield f"it ran before “{one_line(step.name, 80)}” was done"
    lacks = any(sha in results.lacking for fix in fixes_of(worklog, part) for sha in fix.commits)
    if lacks and not results.stated:
        yield f"{(run.context.commit or '')[:12]}, on which it ran, does not hold all commits of the fix"


def fixes_of(worklog: Worklog, part: Investigation) -> list[Fix]:
    """The fixes of an investigation: those that name it, and those of the whole worklog."""
    return [fix for fix in worklog.fixes if fix.investigation in {None, part.id}]


def _cases(worklog: Worklog, part: Investigation, prediction: Prediction, place: int) -> dict[str, Case]:
    """The cases of a prediction as the run with the problem has them, else the last run before the one that judges, else any."""
    wanted = {*prediction.turns_green, *prediction.stays_red}
    found: dict[str, Case] = {}
    shown = [run for run in worklog.runs if run.id == part.run]
    for run in (*worklog.runs[place:], *worklog.runs[:place], *shown):
        found.update({case.id: case for case in run.cases if case.id in wanted})
    return found


def _with(part: Investigation, prediction: Prediction) -> Investigation:
    """An investigation with its prediction; a green run stands for what an agent answered, and no longer when it is refuted."""
    before = part.prediction.judged_by if part.prediction else None
    judges = {run for run in (before, prediction.judged_by) if run}
    green = prediction.judged_by or "" if prediction.verdict == "confirmed" else ""
    chain = _chain(part)
    whys = tuple(_confirmed(why, green, judges) if why.id in chain else why for why in part.whys)
    return part.model_copy(update={"prediction": prediction, "whys": whys})


def _chain(part: Investigation) -> set[str]:
    """The whys on which the root cause rests, and those above them."""
    parents = {why.id: why.parent for why in part.whys}
    chain: set[str] = set()
    for name in part.root_cause.whys if part.root_cause else ():
        above: str | None = name
        while above in parents and above not in chain:
            chain.add(above)
            above = parents[above]
    return chain


def _confirmed(why: Why, green: str, judges: Collection[str]) -> Why:
    if why.author_kind != "agent" or (why.confirmed_by and why.confirmed_by not in judges):
        return why
    found = any(part.state == "found" and part.kind != "url" for part in why.evidence)
    if green and found and why.status in {"hypothesis", "supported"}:
        return why.model_copy(update={"confirmed_by": green, "status": "supported"})
    return why.model_copy(update={"confirmed_by": "", "status": "hypothesis"}) if why.confirmed_by and not green else why


def changes(worklog: Worklog, run_id: str) -> list[Change]:
    """Every criterion with its state now, and the one before that run."""
    index = next(index for index, run in enumerate(worklog.runs) if run.id == run_id)
    before = {result.criterion: result.state for result in judge(worklog.plan.criteria, worklog.runs[:index])} if index else {}
    return [Change(result, before.get(result.criterion, "")) for result in worklog.verdicts]
