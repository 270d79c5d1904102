"""What GitHub says of an environment: what is deployed there since when, what went in lately, and whether the fix is among it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from rca.errors import RcaError
from rca.github import Repository
from rca.github import deployments as api
from rca.github.errors import GitHubError, MissingPermissionError, NotFoundError, RefusedError
from rca.github.pulls import get_pull, merged_since
from rca.github.shapes import CommitShape, DeploymentStatus, Pull
from rca.github.shapes import Deployment as Said
from rca.model import Deployment, Fix, RecentFix, Service
from rca.sources.git import holds
from rca.sources.issues import storable_address
from rca.text import figures
from rca.text.clean import one_line
from rca.text.redact import redact

LOOKED_AT = 30  # deployments of an environment
ASKED = 12  # of which it is asked what became of them
STATUSES = 30
COMMITS = 200
PULLS = 200
ENVIRONMENTS = 30
NAME, TEXT, LONG = 200, 200, 300
_STATES: dict[str, Literal["done", "pending", "failed"]] = {"success": "done", "error": "failed", "failure": "failed", "inactive": "failed"}


@dataclass(frozen=True, slots=True)
class Place:
    """An environment at GitHub, and the role of the service that is deployed there; without one it is told by what is deployed."""

    repository: Repository
    environment: str
    role: str = ""


@dataclass(slots=True)
class Found:
    """What was read. notes: what is missing, and why."""

    services: list[Service] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    recent: list[RecentFix] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def environments(repository: Repository) -> list[str]:
    """The names of the environments of a repository. Raises GitHubError."""
    return [_name(found.name) for found, _ in zip(api.list_environments(repository), range(ENVIRONMENTS), strict=False)]


def read_status(
    places: Sequence[Place], *, since: datetime, back_to: datetime | None, limit: int, progress: Callable[[int], None] | None = None
) -> Found:
    """Read what is deployed in these environments, and what went into the first of their repositories since then.

    back_to: when the last run began: what was deployed by then is looked for. Raises GitHubError when the deployments cannot be read.
    """
    found = Found()
    for number, place in enumerate(places, 1):
        _read_place(place, back_to, found)
        if progress:
            progress(number)
    main = places[0].repository
    deployed = next((service.commit for service in found.services if service.repo.lower() == main.name.lower()), "")
    try:
        found.recent = _recent(main, since, deployed)[:limit]
    except (MissingPermissionError, NotFoundError, RefusedError) as error:
        found.notes.append(f"what went in lately is not known: {error.message}")
    return found


# -- deployments ----------------------------------------------------------------------------------------------------


def _read_place(place: Place, back_to: datetime | None, found: Found) -> None:
    by_task: dict[str, list[Said]] = {}
    for said in api.list_deployments(place.repository, environment=place.environment, limit=LOOKED_AT):
        by_task.setdefault(said.task or "deploy", []).append(said)
    if not by_task:
        where = f"{place.repository.name}: nothing was deployed to {one_line(place.environment, NAME)!r} by GitHub"
        found.notes.append(f"{where}{_others(place)}")
        return
    for task, listed in sorted(by_task.items()):
        role = place.role or _role(task, place.repository.name, alone=len(by_task) == 1)
        _read_service(place.repository, role, listed[:ASKED], back_to, found)


def _others(place: Place) -> str:
    """The environments that there are, in case one of them was meant."""
    try:
        there = environments(place.repository)
    except GitHubError:
        return ""
    return f"; it has {figures.sentence_list(there)}" if there and place.environment not in there else ""


def _role(task: str, repository: str, *, alone: bool) -> str:
    """What is deployed: the repository, or one of several tasks such as `deploy:backend`."""
    name = _name(task).removeprefix("deploy").lstrip(":-_/ ")
    return name if name and not alone else repository.rpartition("/")[2]


def _read_service(repository: Repository, role: str, listed: Sequence[Said], back_to: datetime | None, found: Found) -> None:
    """Walk back from the newest deployment to the one that was there when the run began."""
    live = None
    for said in listed:
        statuses = list(api.list_statuses(repository, said.id, limit=STATUSES))
        deployment = _deployment(repository.name, role, said, statuses)
        found.deployments.append(deployment)
        if deployment.state != "done":
            continue
        if live is None:
            live = _service(deployment, statuses)
            found.services.append(live)
        if back_to is None or (deployment.at is not None and deployment.at <= back_to):
            break


def _deployment(repo: str, role: str, said: Said, statuses: Sequence[DeploymentStatus]) -> Deployment:
    """A deployment is done as soon as it succeeded once; what came later is told by its health."""
    first = next((status for status in reversed(statuses) if status.state == "success"), None)
    last = statuses[0] if statuses else None
    state = "done" if first else _STATES.get(last.state if last else "", "pending")
    when = first or last
    environment, commit = _name(said.environment), _hash(said.sha)
    return Deployment(
        name=f"{role} {commit[:12]} to {environment}",
        state=state,
        at=(when.created_at if when else None) or said.created_at,
        url=storable_address(last.log_url if last else ""),
        service=role,
        environment=environment,
        repo=repo,
        commit=commit,
        ref="" if said.ref == said.sha else _name(said.ref),
        by=_name(said.creator),
    )


def _service(live: Deployment, statuses: Sequence[DeploymentStatus]) -> Service:
    """The service as its live deployment tells it."""
    at = live.commit[:12]
    return Service(
        role=live.service,
        revision=f"{live.ref} at {at}" if live.ref else at,
        deployed_at=live.at,
        health=_health(statuses),
        repo=live.repo,
        environment=live.environment,
        commit=live.commit,
        url=_url(statuses),
    )


def _health(statuses: Sequence[DeploymentStatus]) -> str:
    last = statuses[0]
    words = _text(last.description)
    return words if last.state == "success" else ": ".join(filter(None, (_name(last.state).replace("_", " "), words)))


def _url(statuses: Sequence[DeploymentStatus]) -> str:
    return next((url for status in statuses if (url := storable_address(status.environment_url))), "")


# -- what went in lately --------------------------------------------------------------------------------------------


def _recent(repository: Repository, since: datetime, deployed: str) -> list[RecentFix]:
    """Merged pull requests, and the commits that came in without one, the newest first."""
    line = _first_parents(list(api.list_commits(repository, since=since, limit=COMMITS)))
    places = {commit.sha: place for place, commit in enumerate(line)}
    live = places.get(deployed)

    def is_in(commit: str) -> dict[str, bool]:
        return {} if live is None or commit not in places else {"deployed": places[commit] >= live}

    pulls = merged_since(repository, since, limit=PULLS)
    found = [_from_pull(pull, is_in(pull.merge_sha)) for pull in pulls]
    merged, numbers = {pull.merge_sha for pull in pulls}, {pull.number for pull in pulls}
    direct = [commit for commit in line if commit.sha not in merged and not _names_pull(commit.message, numbers)]
    found += [_from_commit(commit, is_in(commit.sha)) for commit in direct]
    return sorted(found, key=lambda fix: fix.at.timestamp() if fix.at else 0.0, reverse=True)


def _first_parents(commits: Sequence[CommitShape]) -> list[CommitShape]:
    """The commits of the branch itself, without those that a merge brought along."""
    by_sha = {commit.sha: commit for commit in commits}
    line: list[CommitShape] = []
    commit = commits[0] if commits else None
    while commit is not None and len(line) <= len(commits):
        line.append(commit)
        commit = by_sha.get(commit.parents[0]) if commit.parents else None
    return line


def _names_pull(message: str, numbers: set[int]) -> bool:
    """Whether a commit is that of a pull request which is listed: merges and squashes name it in their first line."""
    first = message.partition("\n")[0]
    return any(f"(#{number})" in first or f"pull request #{number} " in first for number in numbers)


def _from_pull(pull: Pull, known: Mapping[str, bool]) -> RecentFix:
    return RecentFix(text=_text(pull.title), ref=f"#{pull.number}", url=storable_address(pull.url), at=pull.merged_at, **known)


def _from_commit(commit: CommitShape, known: Mapping[str, bool]) -> RecentFix:
    words = _text(commit.message.partition("\n")[0])
    return RecentFix(text=words, ref=_hash(commit.sha)[:12], url=storable_address(commit.url), at=commit.at, **known)


# -- the fix --------------------------------------------------------------------------------------------------------


def with_fixes(deployments: Sequence[Deployment], fixes: Sequence[Fix], repository: Repository, folder: Path) -> list[Deployment]:
    """The same, with whether each holds the fixes of the worklog, as far as the checkout or GitHub knows."""
    wanted = [_commits(fix, repository) for fix in fixes]
    if not wanted or not all(wanted):
        return list(deployments)
    known: dict[str, bool | None] = {}
    result = []
    for step in deployments:
        if step.repo.lower() == repository.name.lower() and step.commit not in known:
            known[step.commit] = _all([_any([_holds(repository, folder, step.commit, commits) for commits in ways]) for ways in wanted])
        result.append(step.model_copy(update={"carries_fix": known.get(step.commit)}))
    return result


def _commits(fix: Fix, repository: Repository) -> list[tuple[str, ...]]:
    """What stands for a fix: its commits, or what its pull request became when it was merged."""
    ways = [fix.commits] if fix.commits else []
    number = fix.pull_request.rpartition("/")[2].lstrip("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        try:
            pull = get_pull(repository, int(number))
            ways += [(pull.merge_sha,)] if pull.merged_at and pull.merge_sha else []
        except GitHubError:
            pass  # what git knows will do
    return ways


def _holds(repository: Repository, folder: Path, commit: str, others: Sequence[str]) -> bool | None:
    try:
        return holds(folder, commit, others)
    except RcaError:
        pass
    try:
        return api.contains(repository, commit, others[-1])
    except GitHubError:
        return None


def _any(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def _all(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


# -- words ----------------------------------------------------------------------------------------------------------


def _name(text: str) -> str:
    return one_line(redact(text[: 4 * NAME]), NAME)


def _text(text: str) -> str:
    return one_line(redact(text[: 4 * LONG]), LONG)


def _hash(text: str) -> str:
    """A hash of a commit; anything else is no commit."""
    text = text.lower()
    return text if 7 <= len(text) <= 64 and set(text) <= set("0123456789abcdef") else ""
