"""What was deployed when: which deployments bring the fix, and whether a run tested what was there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rca.model import Deployment, Run, Worklog
from rca.text import figures
from rca.text.clean import one_line

SHORT = 12
FEW = 7  # digits of a hash that tell commits apart


def fix_steps(deployments: Sequence[Deployment]) -> tuple[Deployment, ...]:
    """The steps that bring the fix: those that people wrote, and of each service the deployment since which it has the fix."""
    steps = [step for step in deployments if not step.commit]
    for group in _by_service(deployments):
        done = [step for step in group if step.state == "done"]
        if done and done[-1].carries_fix:
            since = len(done) - 1
            while since and done[since - 1].carries_fix:
                since -= 1
            steps.append(done[since])
        else:
            # What is under way counts only when nothing that is done came behind it.
            rest = group[group.index(done[-1]) + 1 :] if done else group
            steps += [step for step in rest if step.carries_fix][-1:]
    return tuple(steps)


def without_fix(worklog: Worklog) -> str:
    """A sentence that says what is deployed instead of the fix; empty when it is there, on its way, or nobody can tell."""
    if not worklog.fixes or fix_steps(worklog.deployments):
        return ""
    for group in _by_service(worklog.deployments):
        done = [step for step in group if step.state == "done"]
        if done and done[-1].carries_fix is False:
            return f"{_where(done[-1])} has {short(done[-1].commit)} since {_moment(worklog, done[-1].at)}, which does not hold the fix"
    return ""


def differences(worklog: Worklog) -> list[str]:
    """Where the last run tested another commit than the one that was deployed, each in a sentence."""
    run = worklog.runs[-1] if worklog.runs else None
    if run is None or not run.context.commit or run.started_at is None or not _same_place(worklog, run):
        return []
    found = []
    for group in _by_service(worklog.deployments):
        done = [step for step in group if step.state == "done" and _same_repository(step, run)]
        found += list(_difference(worklog, run, done)) if done else []
    return found


def _difference(worklog: Worklog, run: Run, done: Sequence[Deployment]) -> Iterator[str]:
    begin, end = run.started_at, run.finished_at or run.started_at
    tested = run.context.commit or ""
    before = [step for step in done if step.at and begin and step.at <= begin]
    during = [step for step in done if step.at and begin and end and begin < step.at <= end]
    if before and not same_commit(before[-1].commit, tested):
        live = before[-1]
        yield f"The run tested {short(tested)}, {_where(live)} had {short(live.commit)} since {_moment(worklog, live.at)}."
    for step in during:
        yield f"While the run was going on, {short(step.commit)} was deployed to {_where(step)} at {_moment(worklog, step.at)}."


def same_commit(one: str, other: str) -> bool:
    """Whether two hashes, either of which may be shortened, mean one commit."""
    one, other = sorted((one.lower(), other.lower()), key=len)
    return len(one) >= FEW and other.startswith(one)


def short(commit: str) -> str:
    """A commit as it is shown."""
    return one_line(commit, 80)[:SHORT]


def _same_place(worklog: Worklog, run: Run) -> bool:
    here = worklog.environment.name if worklog.environment else None
    return not here or not run.context.environment or run.context.environment == here


def _same_repository(step: Deployment, run: Run) -> bool:
    """Tests that live elsewhere have commits of their own."""
    return not run.context.repo or not step.repo or run.context.repo.lower() == step.repo.lower()


def _by_service(deployments: Iterable[Deployment]) -> list[list[Deployment]]:
    """What GitHub says was deployed, of each service in the order of time."""
    groups: dict[tuple[str, str, str], list[Deployment]] = {}
    for step in deployments:
        if step.commit and step.at is not None:
            groups.setdefault((step.repo, step.environment, step.service), []).append(step)
    return [sorted(group, key=_time) for group in groups.values()]


def _time(step: Deployment) -> float:
    return step.at.timestamp() if step.at else 0.0


def _where(step: Deployment) -> str:
    environment, service = one_line(step.environment, 80), one_line(step.service, 80)
    return f"{service} on {environment}" if service and service != environment else environment or service


def _moment(worklog: Worklog, at: datetime | None) -> str:
    return figures.moment(at, ZoneInfo(worklog.time_zone), worklog.time_zone) if at else "an unknown time"
