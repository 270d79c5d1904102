"""What a session stands on: the worklog, and what others looked up for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from rca.model import Commit, Evidence, Worklog
from rca.text.clean import one_line
from rca.whys.ground import LEAST_HASH, NO_COMMITS, Ground

EXCERPT = 300


class LogLine(NamedTuple):
    """A line of a log file that may matter: near the failure in time or in words. Secrets are taken out before."""

    path: str
    line: int
    text: str


Resolve = Callable[[Evidence], Evidence]


def not_looked_up(evidence: Evidence) -> Evidence:
    """Look nothing up: what the worklog itself does not hold stays open."""
    return evidence


@dataclass(frozen=True)
class Material:
    """All that the engine knows of the world. One is made for each worklog and kept: what it works out, it works out once.

    commits: by full hash, with the files that they touched. resolve: gives evidence back with excerpt, sha256 and state; it must
    not raise. It is asked once for each piece that is attached, and its answer is kept in the event.
    """

    worklog: Worklog
    log_lines: tuple[LogLine, ...] = ()
    commits: Mapping[str, Commit] = field(default_factory=lambda: NO_COMMITS)
    resolve: Resolve = not_looked_up

    @cached_property
    def ground(self) -> Ground:
        """The facts of the worklog, looked up once."""
        return Ground(self.worklog, self.commits)

    @cached_property
    def pools(self) -> dict[object, object]:
        """Candidates that were worked out, by the clusters they are for."""
        return {}

    def look_up(self, evidence: Evidence) -> Evidence:
        """The evidence with what came of it: what the resolver says, else what the worklog itself holds."""
        found = self.resolve(evidence)
        if found.state != "not looked up":
            return found
        known = _KNOWN.get(evidence.kind)
        excerpt = known(self, evidence.ref) if known else None
        if excerpt is not None:
            return found.model_copy(update={"state": "found", "excerpt": found.excerpt or one_line(excerpt, EXCERPT)})
        # Only of these the worklog holds all there are; anything else may be found elsewhere.
        return found.model_copy(update={"state": "missing"}) if evidence.kind in {"case", "cluster"} else found


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
    commit = material.ground.commit(ref)
    if commit:
        return commit.summary
    return "" if len(ref) >= LEAST_HASH and any(sha.startswith(ref) for sha in material.ground.hashes) else None


def _log(material: Material, ref: str) -> str | None:
    path, _, line = ref.rpartition(":")
    return next((found.text for found in material.log_lines if found.path == path and str(found.line) == line), None)


_KNOWN: dict[str, Callable[[Material, str], str | None]] = {
    "case": _case,
    "cluster": _cluster,
    "issue": _issue,
    "worklog": _worklog,
    "commit": _commit,
    "log": _log,
}
