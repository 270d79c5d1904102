"""What a session stands on: the worklog, and what others look up beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from rca.model import Commit, EarlierCause, Evidence, KnownIssue, Worklog
from rca.model.evidence import Hunk, LogLine
from rca.text.clean import one_line
from rca.whys.ground import LEAST_HASH, Ground

EXCERPT = 300

Clusters = tuple[str, ...]


def nothing(_clusters: Clusters) -> tuple[()]:
    """Nothing is known."""
    return ()


def no_commits(_hashes: Sequence[str]) -> Mapping[str, Commit]:
    """No commit is known."""
    return {}


def not_looked_up(evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """Look nothing up: what the worklog itself does not hold stays open."""
    return evidence


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the worklog. Each part is a function that is called when a question needs it; none raises.

    log_lines: lines of logs that may tell why these clusters fail, the best first. commits: by hashes, short or full, those that are
    there, with the files that they touched. hunks: what the suspects of these clusters changed. issues: all that are kept.
    earlier: causes of other worklogs that resemble these clusters. resolve: gives evidence back, in its order, with excerpt, hash,
    state and reason; it is called once for what an answer attaches, and what it says is kept in the event.
    """

    log_lines: Callable[[Clusters], Sequence[LogLine]] = nothing
    commits: Callable[[Sequence[str]], Mapping[str, Commit]] = no_commits
    hunks: Callable[[Clusters], Sequence[Hunk]] = nothing
    issues: Callable[[], Sequence[KnownIssue]] = tuple
    earlier: Callable[[Clusters], Sequence[EarlierCause]] = nothing
    resolve: Callable[[Sequence[Evidence]], Sequence[Evidence]] = not_looked_up


@dataclass(frozen=True)
class Material:
    """All that the engine knows of the world. One is made for each worklog and kept: what it works out, it works out once."""

    worklog: Worklog
    beside: Beside = field(default_factory=Beside)
    # Held while candidates are worked out, which may begin before somebody waits for them.
    lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    @cached_property
    def ground(self) -> Ground:
        """The facts of the worklog, looked up once."""
        return Ground(self.worklog, self.beside.commits)

    @cached_property
    def pools(self) -> dict[Clusters, object]:
        """Candidates that were worked out, by the clusters they are for."""
        return {}

    def look_up(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The evidence with what came of it: what the resolver says, else what the worklog itself holds."""
        return [self._known(one) if one.state == "not looked up" else one for one in self.beside.resolve(evidence)] if evidence else []

    def _known(self, evidence: Evidence) -> Evidence:
        known = _KNOWN.get(evidence.kind)
        excerpt = known(self, evidence.ref) if known else None
        if excerpt is not None:
            return evidence.model_copy(update={"state": "found", "reason": "", "excerpt": evidence.excerpt or one_line(excerpt, EXCERPT)})
        # Only of these the worklog holds all there are; anything else may be found elsewhere.
        return evidence.model_copy(update={"state": "missing"}) if evidence.kind in {"case", "cluster"} else evidence


def _case(material: Material, ref: str) -> str | None:
    ground = material.ground
    if ref not in ground.cases:
        return None
    cluster = ground.clusters.get(ground.cases[ref])
    return cluster.message or cluster.title if cluster else ""


def _cluster(material: Material, ref: str) -> str | None:
    cluster = material.ground.clusters.get(ref)
    return cluster.message or cluster.title if cluster else None


def _issue(material: Material, ref: str) -> str | None:
    issue = material.ground.issues.get(ref)
    if issue:
        return issue.title
    return _matched(material, ref)


def _worklog(material: Material, ref: str) -> str | None:
    worklog = material.worklog
    if ref in worklog.related or (worklog.previous and worklog.previous.id == ref):
        return ""
    return _matched(material, ref)


def _matched(material: Material, ref: str) -> str | None:
    if ref not in material.ground.matched:
        return None
    matches = (match for cluster in material.worklog.clusters for match in cluster.matches if match.ref == ref)
    return next((match.root_cause or match.title for match in matches), "")


def _commit(material: Material, ref: str) -> str | None:
    return "" if len(ref) >= LEAST_HASH and any(sha.startswith(ref) for sha in material.ground.hashes) else None


_KNOWN: dict[str, Callable[[Material, str], str | None]] = {
    "case": _case,
    "cluster": _cluster,
    "issue": _issue,
    "worklog": _worklog,
    "commit": _commit,
}
