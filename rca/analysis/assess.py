"""What the runs of a worklog mean: which criteria hold, what works, what is at risk, and where the whole stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rca.analysis.merge import mark_failing
from rca.causes.deployed import fix_steps
from rca.causes.standing import Part, standing_of, steps_of
from rca.config import Config, criterion
from rca.model import (
    Cluster,
    Command,
    Criterion,
    CriterionResult,
    CriterionState,
    GroupResult,
    Journey,
    JourneyStep,
    Plan,
    PlannedCategory,
    Risk,
    Run,
    Status,
    Totals,
    ValueGroup,
    ValueItem,
    Worklog,
    add_money,
    sum_totals,
)

Proof = Literal["protected", "at risk", "not proved"]


def make_plan(config: Config) -> Plan:
    """The plan that a configuration describes: categories by priority, then in the order of the file."""
    ranked = sorted(config.categories, key=lambda c: c.priority if c.priority is not None else 100)
    criteria = [criterion(c.name, c.needed) for c in ranked if c.needed]
    return Plan(
        categories=tuple(
            PlannedCategory(
                name=c.name,
                priority=c.priority,
                must_pass=c.must_pass,
                planned=c.planned,
                end_to_end=bool(c.end_to_end),
                rationale=c.rationale,
                command=c.command,
                at_risk=c.money_at_risk,
            )
            for c in ranked
        ),
        selection=config.plan.selection,
        criteria=(*criteria, criterion("overall", config.criteria.overall)),
        commands=tuple(Command(label=c.label, argv=c.argv) for c in config.plan.commands),
        risks=tuple(Risk(text=r.text, issues=r.issues, watch=r.watch) for r in config.risks),
    )


def standing(runs: Sequence[Run], part: Part = "categories") -> dict[str, GroupResult]:
    """The latest result of each case, counted for each category (step, item)."""
    return dict(standing_of(runs).results) if part == "categories" else steps_of(runs, part)


def overall(runs: Sequence[Run]) -> Totals:
    """The totals over the standing of all categories."""
    return sum_totals(result.totals for result in standing(runs).values())


def judge(criteria: Sequence[Criterion], runs: Sequence[Run]) -> tuple[CriterionResult, ...]:
    """Hold every criterion against the standing; what was not executed is neither met nor unmet."""
    results = standing(runs)
    whole = overall(runs)
    found = []
    for rule in criteria:
        totals = whole if rule.scope == "overall" else results[rule.scope].totals if rule.scope in results else Totals()
        found.append(_judge_one(rule, totals))
    return tuple(found)


def _judge_one(rule: Criterion, totals: Totals) -> CriterionResult:
    if not totals.executed:
        return CriterionResult(criterion=rule, state="not run")
    state: Literal["met", "unmet"] = "met" if rule.holds(totals.passed, totals.executed) else "unmet"
    return CriterionResult(criterion=rule, state=state, passed=totals.passed, executed=totals.executed)


def not_run(plan: Plan, runs: Sequence[Run]) -> list[PlannedCategory]:
    """Planned categories of which no case was executed."""
    results = standing(runs)
    return [c for c in plan.categories if c.name not in results or not results[c.name].totals.executed]


def short_of_plan(plan: Plan, runs: Sequence[Run]) -> list[tuple[PlannedCategory, int]]:
    """Categories that ran, but with fewer cases than planned, and how many there were."""
    results = standing(runs)
    return [
        (c, results[c.name].totals.total)
        for c in plan.categories
        if c.planned is not None and c.name in results and 0 < results[c.name].totals.total < c.planned
    ]


def _proof(totals: Totals) -> Proof:
    if totals.failing:
        return "at risk"
    return "protected" if totals.passed else "not proved"


def make_journeys(config: Config, runs: Sequence[Run]) -> tuple[Journey, ...]:
    """Journeys with the state of each step, as its tests prove it."""
    results = standing(runs, "journeys")
    journeys = []
    for journey in config.journeys:
        steps = []
        for step in journey.steps:
            totals = _totals(results, f"{journey.name} / {step.name}")
            state: Literal["works", "broken", "not proved"] = "broken" if totals.failing else "works" if totals.passed else "not proved"
            steps.append(JourneyStep(name=step.name, state=state, totals=totals))
        journeys.append(Journey(name=journey.name, steps=tuple(steps)))
    return tuple(journeys)


def make_value(config: Config, runs: Sequence[Run]) -> tuple[ValueGroup, ...]:
    """Value groups with the state of each item now and, when it changed, in the first run."""
    now, first = standing(runs, "value"), standing(runs[:1], "value")
    groups = []
    for group in config.value:
        items = []
        for item in group.items:
            name = f"{group.name} / {item.name}"
            totals = _totals(now, name)
            state, before = _proof(totals), _proof(_totals(first, name))
            items.append(
                ValueItem(
                    name=item.name,
                    state=state,
                    was=before if before != state else None,
                    depends_on=item.depends_on,
                    totals=totals,
                )
            )
        groups.append(ValueGroup(name=group.name, state=_worst_state(items), money=group.money, items=tuple(items)))
    return tuple(groups)


def _worst_state(items: Sequence[ValueItem]) -> Proof:
    states = {item.state for item in items}
    if "at risk" in states:
        return "at risk"
    return "not proved" if "not proved" in states else "protected"


def _totals(results: dict[str, GroupResult], name: str) -> Totals:
    return results[name].totals if name in results else Totals()


def mark_risks(plan: Plan, clusters: Sequence[Cluster]) -> Plan:
    """Name at each risk the clusters whose failures hold the text that gives it away."""
    risks = []
    for risk in plan.risks:
        watch = risk.watch.lower()
        seen = tuple(c.id for c in clusters if watch and watch in f"{c.error_type}\n{c.message}\n{c.excerpt}".lower())
        risks.append(risk.model_copy(update={"seen_in": seen}))
    return plan.model_copy(update={"risks": tuple(risks)})


def money_of(clusters: Sequence[Cluster], plan: Plan) -> tuple[Cluster, ...]:
    """Put at each cluster the money of the categories that it breaks."""
    at_risk = {c.name: c.at_risk for c in plan.categories if c.at_risk is not None}
    return tuple(
        cluster.model_copy(update={"at_risk": tuple(add_money([at_risk[n] for n in cluster.categories if n in at_risk]))})
        for cluster in clusters
    )


def derive_status(worklog: Worklog) -> Status:
    """Where a worklog stands; a status is never typed.

    A fix counts as deployed only when every deployment step is done, and as verified only when all criteria are met by results
    of runs that started after the last of them. When something fails in such a run, the worklog is failing again.
    """
    if not worklog.runs:
        return "open"
    states = {verdict.state for verdict in worklog.verdicts}
    steps = fix_steps(worklog.deployments)
    deployed = bool(steps) and all(step.state == "done" for step in steps)
    later = _since_deployment(worklog) if deployed else Totals()
    if states == {"met"}:
        return "verified" if later.executed and later.executed == overall(worklog.runs).executed else "passing"
    if "unmet" in states and later.failing:
        return "failing"
    return _status_before_passing(worklog, states, deployed=deployed)


def _since_deployment(worklog: Worklog) -> Totals:
    """The results that runs gave which started after the last step of the deployment."""
    deployed_at = max((step.at for step in fix_steps(worklog.deployments) if step.at is not None), default=None)
    after = {run.id for run in worklog.runs if deployed_at and run.started_at and run.started_at > deployed_at}
    return standing_of(worklog.runs).since(after)


def _status_before_passing(worklog: Worklog, states: set[CriterionState], *, deployed: bool) -> Status:
    if worklog.fixes and deployed:
        return "fix deployed"
    # A fix that failed where it was made is not ready.
    if worklog.fixes and not any(fix.validation and fix.validation.verdict == "failed" for fix in worklog.fixes):
        return "fix ready"
    if any(investigation.root_cause for investigation in worklog.investigations):
        return "explained"
    return "failing" if "unmet" in states else "incomplete"


def settle(worklog: Worklog, config: Config | None = None) -> Worklog:
    """Work out again everything that follows from the rest: verdicts, risks, money, journeys, value, status.

    Journeys and value need the configuration; without it they stay as they are.
    """
    clusters = mark_failing(worklog.runs, worklog.clusters)
    plan = mark_risks(worklog.plan, clusters)
    changes: dict[str, object] = {
        "plan": plan,
        "verdicts": judge(plan.criteria, worklog.runs),
        "clusters": money_of(clusters, plan),
    }
    if config is not None:
        changes["journeys"] = make_journeys(config, worklog.runs)
        changes["value"] = make_value(config, worklog.runs)
    settled = worklog.model_copy(update=changes)
    return settled.model_copy(update={"status": derive_status(settled)})
