"""What a person should do next, worked out from what the worklog holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rca.analysis.assess import not_run, short_of_plan
from rca.causes.deployed import fix_steps, without_fix
from rca.causes.rank import rank
from rca.model import Cluster, Upstream, Worklog
from rca.text import figures

_HASH = re.compile(r"[0-9a-f]{7,64}")


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


def _causes(worklog: Worklog) -> Iterator[Step]:
    """What most is at stake first: the infrastructure, what several clusters share, then cluster by cluster in their rank."""
    failing = {entry.cluster.id: entry.cluster for entry in rank(worklog) if entry.cluster.failing}
    explained = {cid for investigation in worklog.investigations if investigation.root_cause for cid in investigation.clusters}
    shown = {
        cid: cluster
        for cid, cluster in failing.items()
        if cid not in explained and cluster.blocked_by not in failing and not cluster.muted and cluster.classification != "quarantined"
    }
    told: set[str] = set()
    for upstream in worklog.upstreams:
        members = [shown[cid] for cid in upstream.clusters if cid in shown]
        if not members or upstream.confidence == "low":
            continue
        if upstream.kind == "infrastructure":
            yield Step("Look at the infrastructure before single tests", upstream.title)
        elif len(set(upstream.clusters) & set(failing)) > 1:
            told.update(upstream.clusters)
            yield _shared(upstream, members)
    yield from (_cluster(cluster) for cid, cluster in shown.items() if cid not in told)
    proposed = sum(match.state == "proposed" and match.kind == "issue" for cluster in shown.values() for match in cluster.matches)
    if proposed and worklog.revision:
        yield Step(f"Accept or reject {figures.count(proposed, 'proposed match', 'proposed matches')} with issues", command="rca triage")


def _shared(upstream: Upstream, members: Sequence[Cluster]) -> Step:
    numbers = figures.sentence_list([cid[1:] for cid in upstream.clusters], 8)
    text = f"Find the cause that clusters {numbers} share ({figures.count(upstream.cases, 'case')})"
    return Step(text, upstream.title, next((command for cluster in members if (command := _look_at(cluster))), ""))


def _cluster(cluster: Cluster) -> Step:
    number, size = cluster.id[1:], figures.count(len(cluster.cases), "case")
    if cluster.classification == "known":
        known = sorted((match for match in cluster.matches if match.state != "rejected"), key=lambda match: match.state != "accepted")
        what = f"{known[0].ref}, which cluster {number} shows" if known else f"cluster {number}, which is known"
        return Step(f"Follow up on {what} ({size})", cluster.title)
    if cluster.classification == "flaky":
        return Step(f"Mend or quarantine the flaky tests of cluster {number} ({size})", cluster.title)
    what = "regression in cluster" if cluster.classification == "regression" else "cluster"
    return Step(f"Find the cause of {'the ' if ' ' in what else ''}{what} {number} ({size})", cluster.title, _look_at(cluster))


def _look_at(cluster: Cluster) -> str:
    """The command that shows the first suspect; a name that is no hash is never put into a command."""
    commit = cluster.suspects[0].commit if cluster.suspects else ""
    return f"git show {commit[:12]}" if _HASH.fullmatch(commit) else ""


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
    steps = [Step(f"Deployment {step.state}", step.name) for step in fix_steps(worklog.deployments) if step.state != "done"]
    missing = without_fix(worklog)
    return [*steps, Step("Deploy the fix", missing)] if missing else steps
