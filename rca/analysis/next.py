"""What a person should do next, worked out from what the worklog holds."""

from __future__ import annotations

from dataclasses import dataclass

from rca.analysis.assess import not_run, short_of_plan
from rca.model import Worklog


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do: `text` for people, `subject` the foreign text in it, `command` if there is one to run."""

    text: str
    subject: str = ""
    command: str = ""


def next_steps(worklog: Worklog, most: int = 8) -> list[Step]:
    """The next steps in the order in which they are worth doing."""
    if not worklog.runs:
        return [Step("Run the tests and add their reports", command="rca ingest PATH")]
    steps = [*_inputs(worklog), *_causes(worklog), *_missing(worklog), *_deployments(worklog)]
    if len(steps) > most:
        return [*steps[: most - 1], Step(f"and {len(steps) - most + 1:,} more steps like these")]
    return steps


def _inputs(worklog: Worklog) -> list[Step]:
    problems = worklog.runs[-1].problems
    return [Step("Read again", f"{problem.place()}: {problem.message}") for problem in problems if problem.severity == "error"]


def _causes(worklog: Worklog) -> list[Step]:
    explained = {cid for investigation in worklog.investigations if investigation.root_cause for cid in investigation.clusters}
    return [
        Step(
            f"Find the cause of cluster {cluster.id[1:]} ({len(cluster.cases):,} case{'s' if len(cluster.cases) != 1 else ''})",
            cluster.title,
        )
        for cluster in worklog.clusters
        if cluster.failing and cluster.id not in explained and cluster.blocked_by is None
    ]


def _missing(worklog: Worklog) -> list[Step]:
    steps = []
    for category in not_run(worklog.plan, worklog.runs):
        planned = f" ({category.planned:,} planned)" if category.planned else ""
        steps.append(Step(f"Run {category.name}{planned}", command=category.command))
    for category, ran in short_of_plan(worklog.plan, worklog.runs):
        text = f"Find out why only {ran:,} of {category.planned:,} planned cases of {category.name} ran"
        steps.append(Step(text, command=category.command))
    return steps


def _deployments(worklog: Worklog) -> list[Step]:
    return [Step(f"Deployment {deployment.state}", deployment.name) for deployment in worklog.deployments if deployment.state != "done"]
