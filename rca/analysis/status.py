"""What GitHub says of an environment comes into a worklog; what people wrote down stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rca.analysis.assess import settle
from rca.causes.deployed import FEW, same_commit
from rca.config import Config
from rca.model import Deployment, KnownService, RecentFix, Service, TimelineEvent, Worklog
from rca.text.clean import one_line

DEPLOYMENTS, RECENT, EVENTS = 100, 50, 200
_READ = ("revision", "deployed_at", "health", "commit", "url")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, and when."""

    at: datetime
    services: Sequence[Service] = ()
    deployments: Sequence[Deployment] = ()
    recent: Sequence[RecentFix] = ()


@dataclass(slots=True)
class Outcome:
    """The worklog, and where what is written down says otherwise than GitHub."""

    worklog: Worklog
    notes: list[str] = field(default_factory=list)


def with_status(worklog: Worklog, read: Read, config: Config) -> Outcome:
    """A worklog with what was read."""
    services, notes = _services(worklog.services, read, config)
    deployments = all_deployments(worklog.deployments, read.deployments)
    recent = _recent(worklog.recent_fixes, read.recent)
    changes = {
        "services": services,
        "deployments": (*(step for step in worklog.deployments if not step.commit), *deployments),
        "recent_fixes": recent,
        "timeline": _timeline(worklog.timeline, deployments, read.recent),
    }
    return Outcome(settle(worklog.model_copy(update=changes), config), notes)


def as_known(
    known: Sequence[Service], services: Sequence[Service], deployments: Sequence[Deployment]
) -> tuple[list[Service], list[Deployment]]:
    """What was read, with each service called by the role that the worklog knows it by."""
    roles = {}
    for found in services:
        place = _place(known, found, single=len(services) == 1)
        if place is not None:
            roles[found.repo, found.environment, found.role] = known[place].role

    def role(repo: str, environment: str, name: str) -> str:
        return roles.get((repo, environment, name), name)

    renamed = [found.model_copy(update={"role": role(found.repo, found.environment, found.role)}) for found in services]
    steps = []
    for step in deployments:
        name = role(step.repo, step.environment, step.service)
        steps.append(step.model_copy(update={"service": name, "name": f"{name} {step.commit[:12]} to {step.environment}"}))
    return renamed, steps


def all_deployments(known: Sequence[Deployment], read: Sequence[Deployment]) -> list[Deployment]:
    """What GitHub said before and says now; what was not done before is told anew. The newest are kept, in the order of time."""
    asked = {(step.repo, step.environment) for step in read}
    found = {_mark(step): step for step in known if step.commit and (step.state == "done" or (step.repo, step.environment) not in asked)}
    found.update({_mark(step): step for step in read})
    return sorted(found.values(), key=lambda step: step.at.timestamp() if step.at else 0.0)[-DEPLOYMENTS:]


def _mark(step: Deployment) -> tuple[object, ...]:
    return step.repo, step.environment, step.service, step.commit, step.at


# -- services -------------------------------------------------------------------------------------------------------


def _services(known: Sequence[Service], read: Read, config: Config) -> tuple[tuple[Service, ...], list[str]]:
    configured = {(service.role, service.name): service for service in config.services}
    services, notes = list(known), []
    for found in read.services:
        place = _place(services, found, single=len(read.services) == 1)
        if place is None:
            services.append(found.model_copy(update={"read_at": read.at, "filled": _READ}))
            continue
        old = services[place]
        services[place], note = _merged(old, found, configured.get((old.role, old.name)), read.at)
        notes += [note] if note else []
    return tuple(services), notes


def _place(services: Sequence[Service], found: Service, *, single: bool) -> int | None:
    """Which of the services is meant: by its role, by its name, or because there is only one; of several the one that was read before."""
    wanted = found.role.lower()
    for name in ("role", "name"):
        hits = [place for place, service in enumerate(services) if getattr(service, name).lower() == wanted]
        before = [place for place in hits if services[place].read_at is not None]
        if len(hits) == 1 or before:
            return (before or hits)[0]
    return 0 if single and len(services) == 1 else None


def _merged(old: Service, found: Service, configured: KnownService | None, at: datetime) -> tuple[Service, str]:
    """A service with what was read, where nobody wrote something down, in the configuration or in the worklog."""
    written = {
        name: value for name in _READ if (value := getattr(configured, name, None) or (name not in old.filled and getattr(old, name)))
    }
    values = {name: written.get(name) or getattr(found, name) for name in _READ}
    filled = tuple(name for name in _READ if name not in written)
    return old.model_copy(update={**values, "read_at": at, "filled": filled}), _other(old, written.get("revision") or "", found)


def _other(old: Service, revision: str, found: Service) -> str:
    """Where the revision that somebody wrote is another one than GitHub has, in words."""
    if not revision or same_commit(revision, found.commit) or found.commit[:FEW] in revision or revision in found.revision:
        return ""
    return f"{one_line(old.role, 80)}: {one_line(revision, 80)} is written down, and GitHub has {found.revision}"


# -- what went in, and when -----------------------------------------------------------------------------------------


def _recent(known: Sequence[RecentFix], read: Sequence[RecentFix]) -> tuple[RecentFix, ...]:
    """What people wrote stays, in front; of what is known already GitHub may say anew whether it is deployed."""
    news = {fix.ref: fix for fix in read}
    kept = []
    for fix in known:
        new = news.get(fix.ref) if fix.ref else None
        facts = {} if new is None else {"url": new.url or fix.url, "at": new.at or fix.at, "deployed": new.deployed}
        kept.append(fix.model_copy(update=facts))
    there = {fix.ref for fix in known}
    added = [fix for ref, fix in news.items() if ref not in there]
    by_hand = [fix for fix in kept if fix.at is None]
    dated = sorted([fix for fix in (*kept, *added) if fix.at], key=lambda fix: fix.at.timestamp() if fix.at else 0.0, reverse=True)
    return (*by_hand, *dated)[:RECENT]


def _timeline(known: Sequence[TimelineEvent], deployments: Sequence[Deployment], recent: Sequence[RecentFix]) -> tuple[TimelineEvent, ...]:
    """The events that are there, and those that nobody told yet; what people made of one stays as they wrote it."""
    there = {(event.at, event.ref) for event in known}
    new = [TimelineEvent(at=step.at, text=_deployed(step), ref=step.commit[:12]) for step in deployments if step.at]
    new += [TimelineEvent(at=fix.at, text=_went_in(fix), ref=fix.ref) for fix in recent if fix.at]
    added = {(event.at, event.ref): event for event in new if (event.at, event.ref) not in there}
    room = max(0, EVENTS - len(known))
    newest = sorted(added.values(), key=lambda event: event.at)[len(added) - min(room, len(added)) :]
    return tuple(sorted((*known, *newest), key=lambda event: event.at))


def _deployed(step: Deployment) -> str:
    what = {"done": "was deployed to", "failed": "could not be deployed to", "pending": "is being deployed to"}[step.state]
    by = f" by {step.by}" if step.by else ""
    return f"{step.service} {step.commit[:12]} {what} {step.environment}{by}"


def _went_in(fix: RecentFix) -> str:
    return f"{fix.ref} was merged: {fix.text}" if fix.ref.startswith("#") else f"commit: {fix.text}"
