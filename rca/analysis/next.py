"""What a person should do next, worked out from what the worklog holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rca.analysis.assess import not_run, short_of_plan
from rca.analysis.verify import fixes_of
from rca.causes.deployed import fix_steps, without_fix
from rca.causes.rank import rank
from rca.causes.standing import Carried, standing_of
from rca.model import Cluster, Upstream, Worklog
from rca.text import figures
from rca.text.clean import one_line

_NAME = re.compile(r"[\w.-]{1,40}")
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
    steps = [*_inputs(worklog), *_whys(worklog, list(_causes(worklog))), *_fixes(worklog), *_deployments(worklog)]
    steps += [*_judgements(worklog), *_missing(worklog), *_actions(worklog)]
    if len(steps) > most:
        return [*steps[: most - 1], Step(f"and {len(steps) - most + 1:,} more steps like these")]
    return steps


def _inputs(worklog: Worklog) -> list[Step]:
    problems = worklog.runs[-1].problems
    return [Step("Read again", f"{problem.place()}: {problem.message}") for problem in problems if problem.severity == "error"]


def _causes(worklog: Worklog) -> Iterator[Step]:
    """What most is at stake first: the infrastructure, what several clusters share, then cluster by cluster in their rank."""
    failing = {entry.cluster.id: entry.cluster for entry in rank(worklog) if entry.cluster.failing}
    shown = _unexplained(worklog, failing)
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


def _unexplained(worklog: Worklog, failing: Mapping[str, Cluster]) -> dict[str, Cluster]:
    """Failing clusters that no investigation explains, and that need attention now."""
    explained = {cid for investigation in worklog.investigations if investigation.root_cause for cid in investigation.clusters}
    return {
        cid: cluster
        for cid, cluster in failing.items()
        if cid not in explained and cluster.blocked_by not in failing and not cluster.muted and cluster.classification != "quarantined"
    }


def _whys(worklog: Worklog, steps: list[Step]) -> list[Step]:
    """Behind the first step towards a cause, the way to it; nothing is asked where the answers cannot be kept."""
    failing = {cluster.id: cluster for cluster in worklog.clusters if cluster.failing}
    open_ = [c for c in _unexplained(worklog, failing).values() if c.classification not in {"known", "flaky"}]
    if not worklog.revision or not open_:
        return steps
    return [*steps[:1], Step("Ask why, with evidence for each answer", command="rca whys"), *steps[1:]]


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
    steps = [_left_out(part, worklog) for part in standing_of(worklog.runs).carried() if part.failing]
    for category in not_run(worklog.plan, worklog.runs):
        planned = f" ({category.planned:,} planned)" if category.planned else ""
        steps.append(Step(f"Run {category.name}{planned}", command=category.command))
    for category, ran in short_of_plan(worklog.plan, worklog.runs):
        text = f"Find out why only {ran:,} of {category.planned:,} planned cases of {category.name} ran"
        steps.append(Step(text, command=category.command))
    return steps


def _left_out(part: Carried, worklog: Worklog) -> Step:
    """Failures that the last run of a category did not look at."""
    command = next((category.command for category in worklog.plan.categories if category.name == part.name), "")
    what = "the failing case" if part.failing == 1 else f"the {part.failing:,} failing cases"
    hint = ", or add that run once more with --whole if there are no such tests now" if worklog.revision else ""
    return Step(f"Run {what} of {one_line(part.name, 80)} that its last run left out{hint}", command=command)


def _fixes(worklog: Worklog) -> Iterator[Step]:
    """What a root cause asks for: that it is finished, a fix, and one that passed its validation."""
    failing = {cluster.id for cluster in worklog.clusters if cluster.failing}
    several = len(worklog.investigations) > 1
    for part in worklog.investigations if worklog.revision else ():
        if part.root_cause is None or not failing.intersection(part.clusters):
            continue
        which = f" of {part.id}" if several else ""
        if part.finished_at is None:
            yield Step(f"Finish the five whys{which}: their root cause is not confirmed yet", command="rca whys")
        elif not fixes_of(worklog, part):
            named = f" --investigation {part.id}" if several and _NAME.fullmatch(part.id) else ""
            yield Step(f"Mend the root cause{which}, then record the fix", command=f"rca fix{named}")
    for fix in worklog.fixes:
        if fix.validation is not None and fix.validation.verdict == "failed":
            yield Step("Mend the fix, whose validation failed", fix.validation.command)


def _judgements(worklog: Worklog) -> Iterator[Step]:
    """What a prediction asks for: a run that judges it, and another look when it did not hold."""
    mended = [part for part in worklog.investigations if fixes_of(worklog, part) and part.prediction and part.prediction.turns_green]
    verdicts = {part.prediction.verdict for part in mended if part.prediction}
    deployed = not without_fix(worklog) and all(step.state == "done" for step in fix_steps(worklog.deployments))
    if "not judged" in verdicts and worklog.revision and deployed:
        yield Step("Run the tests with the fix, and hold them against the prediction", command="rca verify PATH")
    for part in mended:
        if part.prediction and part.prediction.verdict in {"refuted", "partly confirmed"}:
            which = f" of {part.id}" if len(worklog.investigations) > 1 else ""
            yield Step(f"Look at the root cause{which} again: its prediction was {part.prediction.verdict}", command="rca whys")


def _actions(worklog: Worklog) -> Iterator[Step]:
    """What was decided, and is not done."""
    left = sorted((action for action in worklog.actions if not action.done), key=lambda action: action.due or date.max)
    if left:
        due = f", the first until {left[0].due}" if left[0].due else ""
        yield Step(f"Do what was decided: {figures.count(len(left), 'action is', 'actions are')} open{due}", left[0].text)


def _deployments(worklog: Worklog) -> list[Step]:
    steps = [Step(f"Deployment {step.state}", step.name) for step in fix_steps(worklog.deployments) if step.state != "done"]
    missing = without_fix(worklog)
    return [*steps, Step("Deploy the fix", missing)] if missing else steps
