"""Issues for clusters: which to file, to comment on, to open again or to close, and that none of it happens twice.

An issue that rca files holds a mark with the fingerprint of its cluster, and a comment one with its run too. What is there is
looked up in lists, never by a search: that knows of an issue only some time after it was filed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rca.document.publish import About, Marker, key_of, marker_of
from rca.document.view import Facts
from rca.github.comments import list_comments
from rca.github.errors import GitHubError, GoneError, LockedError, NotFoundError, RefusedError
from rca.github.issues import get_issue, list_issues
from rca.github.repository import Repository
from rca.github.shapes import Comment, Issue
from rca.github.who import Identity
from rca.model import Cluster, Match, Worklog
from rca.publish.target import is_offline
from rca.sources.issues import is_trusted

Act = Literal["file", "comment", "reopen", "close", "duplicate", "leave"]

# Clusters that somebody has to act on; the others are settled, or no news.
OPEN_CLASSES = frozenset({"unknown", "new", "regression", "still failing"})
# These concern one issue; whatever else goes wrong concerns all of them.
OF_ONE = (NotFoundError, GoneError, LockedError, RefusedError)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done about a cluster, and why.

    link: the record does not know yet that this is its issue. error: why nothing can be done about it.
    """

    cluster: Cluster
    act: Act
    issue: Issue | None = None
    why: str = ""
    link: bool = False
    error: GitHubError | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What is needed to plan and to carry out.

    labels: of what is filed; by the first one it is found again. close_fixed: whether issues that rca filed are closed. foreign: the
    tests are those of a fork, and what they say is a stranger's word: nothing is filed unless a person names the cluster.
    """

    repository: Repository
    facts: Facts
    about: About
    me: Identity
    labels: tuple[str, ...] = ("rca",)
    close_fixed: bool = False
    foreign: bool = False

    @property
    def run(self) -> str:
        """The run that is spoken of."""
        return self.facts.run.id if self.facts.run else ""


# -- choosing --------------------------------------------------------------------------------------------------------


def accepted(cluster: Cluster) -> Match | None:
    """The issue that is accepted for a cluster: an open one before a closed one."""
    found = [match for match in cluster.matches if match.kind == "issue" and match.state == "accepted" and number_of(match)]
    return min(found, key=lambda match: match.closed, default=None)


def proposed(cluster: Cluster) -> Match | None:
    """An open issue that a cluster resembles, of which nobody has said yet whether it is that."""
    found = [match for match in cluster.matches if match.kind == "issue" and match.state == "proposed" and not match.closed]
    return max(found, key=lambda match: match.score, default=None)


def chosen(clusters: Sequence[Cluster], *, every: bool) -> list[Cluster]:
    """The clusters when nobody names any: those with an accepted issue; with `every`, also those that somebody has to act on."""
    return [cluster for cluster in clusters if accepted(cluster) or (every and _needs_action(cluster))]


def rejected(worklog: Worklog, cluster: Cluster) -> Iterator[int]:
    """The issues of which a person said that they are not this cluster's."""
    marks = {cluster.fingerprint, *cluster.merged}
    said = {d.match: d.kind for d in worklog.decisions if not d.undone and d.fingerprint in marks and d.kind in {"accept", "reject"}}
    return (_number(ref) for ref, kind in said.items() if kind == "reject")


def _needs_action(cluster: Cluster) -> bool:
    return cluster.failing and not cluster.muted and cluster.classification in OPEN_CLASSES


def number_of(match: Match) -> int:
    """The number of an issue of this repository; 0 when it is of another tracker."""
    return _number(match.ref)


def _number(ref: str) -> int:
    text = ref.removeprefix("#")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0


# -- what is there ---------------------------------------------------------------------------------------------------


def filed_for(desk: Desk, clusters: Sequence[Cluster]) -> dict[str, list[Issue]]:
    """The issues that were filed for clusters, by the ids of these; the oldest first.

    Whose mark is believed: our own, and those of people who belong to the project; anybody can write one. An issue that a person
    has rejected for a cluster is not its own, whatever its mark says.
    """
    keys = {key: cluster.id for cluster in clusters for key in keys_of(cluster)}
    found: dict[str, dict[int, Issue]] = {}
    for listed in _lists(desk):
        if set(found) == set(keys.values()):
            break
        for issue, mark in listed:
            if mark.key in keys and (desk.me.wrote(issue.author) or is_trusted(issue.association)):
                found.setdefault(keys[mark.key], {})[issue.number] = issue
    denied = {cluster.id: set(rejected(desk.facts.worklog, cluster)) for cluster in clusters}
    kept = {cid: [issues[number] for number in sorted(issues.keys() - denied[cid])] for cid, issues in found.items()}
    return {cid: issues for cid, issues in kept.items() if issues}


def keys_of(cluster: Cluster) -> tuple[str, ...]:
    """The keys of the marks that are this cluster's: its own, and those of what was merged into it."""
    return tuple(map(key_of, (cluster.fingerprint, *cluster.merged)))


def _lists(desk: Desk) -> Iterator[Iterator[tuple[Issue, Marker]]]:
    """The issues with our label, then those that we filed: who may not set labels files without one."""
    if desk.labels:
        yield _marked(desk, labels=desk.labels[:1])
    if desk.me.login:
        yield _marked(desk, creator=desk.me.login)


def _marked(desk: Desk, *, labels: Sequence[str] = (), creator: str = "") -> Iterator[tuple[Issue, Marker]]:
    for issue in list_issues(desk.repository, state="all", labels=labels, creator=creator):
        mark = marker_of(issue.body) if "<!-- rca:" in issue.body and not issue.is_pull else None
        if mark and mark.fields.get("kind") == "issue":
            yield issue, mark


def updates_on(desk: Desk, cluster: Cluster, number: int) -> Iterator[tuple[Comment, Marker]]:
    """What we have told an issue about a cluster, the oldest first."""
    keys = keys_of(cluster)
    for comment in list_comments(desk.repository, number):
        mark = marker_of(comment.body) if "<!-- rca:" in comment.body and desk.me.wrote(comment.author) else None
        if mark and mark.key in keys and mark.fields.get("kind") == "update":
            yield comment, mark


# -- planning --------------------------------------------------------------------------------------------------------


def plan(desk: Desk, clusters: Sequence[Cluster], *, named: bool) -> list[Step]:
    """What is to be done about these clusters; nothing is written. named: a person has named them."""
    unmatched = [cluster for cluster in clusters if accepted(cluster) is None]
    filed = filed_for(desk, unmatched) if unmatched else {}
    steps: list[Step] = []
    for cluster in clusters:
        match = accepted(cluster)
        if match is not None:
            steps.append(_known(desk, cluster, number_of(match)))
        elif cluster.id in filed:
            steps += _filed(desk, cluster, filed[cluster.id])
        else:
            steps.append(_new(desk, cluster, named=named))
    return steps


def _known(desk: Desk, cluster: Cluster, number: int) -> Step:
    if is_offline(desk.repository):
        return Step(cluster, "comment", Issue(number=number))
    try:
        found = get_issue(desk.repository, number)
    except OF_ONE as error:
        return Step(cluster, "leave", error=error)
    if found.is_pull:
        return Step(cluster, "leave", found, "it is a pull request")
    return _about(desk, cluster, found)


def _filed(desk: Desk, cluster: Cluster, issues: Sequence[Issue]) -> Iterator[Step]:
    """What was filed before; when two publishers filed at once, the older one counts, and ours that are younger are closed."""
    first, *rest = issues
    yield _about(desk, cluster, first, link=True)
    for issue in rest:
        if issue.state == "open" and desk.me.wrote(issue.author):
            yield Step(cluster, "duplicate", issue, f"it was filed for the same as #{first.number}")


def _new(desk: Desk, cluster: Cluster, *, named: bool) -> Step:
    if desk.foreign and not named:
        return Step(cluster, "leave", why="it failed in a fork, for which nothing is filed unless it is named")
    if not cluster.failing:
        return Step(cluster, "leave", why="it no longer fails, and has no issue")
    like = proposed(cluster)
    if like is None:
        return Step(cluster, "file")
    why = f"it resembles {like.ref}, of which nobody has said yet whether it is that"
    return Step(cluster, "file" if named else "leave", why=why)


def _about(desk: Desk, cluster: Cluster, found: Issue, *, link: bool = False) -> Step:
    """What is to be said to an issue that is there."""
    if found.state == "closed":
        act, why = _of_closed(desk, cluster, found)
        return Step(cluster, act, found, why, link)
    if not cluster.failing and desk.close_fixed and is_ours(desk, found):
        return Step(cluster, "close", found, "it no longer fails", link)
    if why := _why_quiet(desk, cluster, found):
        return Step(cluster, "leave", found, why, link)
    return Step(cluster, "comment", found, "" if cluster.failing else "it no longer fails", link)


def _of_closed(desk: Desk, cluster: Cluster, found: Issue) -> tuple[Act, str]:
    started = desk.facts.run.started_at if desk.facts.run else None
    if not cluster.failing:
        return "leave", "it no longer fails, and is closed"
    if found.state_reason in {"not_planned", "duplicate"}:
        return "leave", f"it was closed as {found.state_reason.replace('_', ' ')}"
    if started is None or found.closed_at is None or started <= found.closed_at:
        return "leave", "it was closed after this run"
    return "reopen", "it was closed, and fails again since"


def is_ours(desk: Desk, found: Issue) -> bool:
    """Whether rca filed an issue, with this account."""
    mark = marker_of(found.body)
    return mark is not None and mark.fields.get("kind") == "issue" and desk.me.wrote(found.author)


def _why_quiet(desk: Desk, cluster: Cluster, found: Issue) -> str:
    """Why an issue need not be told anything; empty when it does."""
    mark = marker_of(found.body)
    if mark and mark.key in keys_of(cluster) and mark.fields.get("run") == desk.run:
        return "it was filed for this run"
    told = [mark.fields for _, mark in updates_on(desk, cluster, found.number)]
    if any(fields.get("run") == desk.run for fields in told):
        return "it was told of this run already"
    if not cluster.failing and told and told[-1].get("state") == "green":
        return "it was told already that this no longer fails"
    return ""
