"""Notes at the lines where tests fail, for check runs and for the log of a workflow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rca.document.publish.about import About
from rca.document.publish.clusters import cases_by_id
from rca.document.publish.groups import Groups, Kind
from rca.document.view.words import Facts
from rca.model import Case, Cluster
from rca.text import figures, github
from rca.text.frames import NO_RULES, FrameRules
from rca.text.redact import redact

Level = Literal["failure", "warning", "notice"]

TITLE = 255
# Of 65,536 bytes; a character takes three at most once those above U+FFFF are named.
MESSAGE = 4_000
MOST = 200
SAME_NAME = 1_000
LONGEST_PATH = 1_000
NAMED = 3

_LEVELS: dict[Kind, Level] = {"broken": "failure", "unknown": "failure", "before": "warning", "known": "warning"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note at a line: plain text, which GitHub does not render. `path` is seen from the top of the repository."""

    path: str
    line: int
    level: Level
    title: str
    message: str


@dataclass(frozen=True)
class Tree:
    """The files of the repository, by which the paths of reports are found in it.

    files: paths from its top, as `git ls-files` tells them; without them only relative paths are taken, as they are.
    folder: where it is checked out, such as GITHUB_WORKSPACE. prefix: the folder below it in which the tests ran.
    rules: which files are the team's own code.
    """

    files: Collection[str] = ()
    folder: str = ""
    prefix: str = ""
    rules: FrameRules = NO_RULES

    def path(self, reported: str) -> str | None:
        """A reported path as it is from the top of the repository; None when it is none of its files, or could be several."""
        path = reported.replace("\\", "/").removeprefix("file://")
        folder = self.folder.replace("\\", "/").rstrip("/")
        if folder and path.startswith(f"{folder}/"):
            path = path[len(folder) + 1 :]
        parts = [part for part in path.split("/") if part not in {"", "."}]
        absolute = path.startswith("/") or (len(path) > 1 and path[1] == ":")
        if not parts or ".." in parts or len(path) > LONGEST_PATH or not path.isprintable() or not self.rules.owns(path):
            return None
        if not self.files:
            return (
                None
                if absolute or redact(path) != path
                else "/".join([*self.prefix.strip("/").split("/"), *parts] if self.prefix else parts)
            )
        return self._found(parts, absolute=absolute)

    def _found(self, parts: list[str], *, absolute: bool) -> str | None:
        """The file itself, below the prefix or not, else the one file that ends as the path does."""
        prefix = [part for part in self.prefix.split("/") if part]
        for whole in ([*prefix, *parts], parts):
            if not absolute and "/".join(whole) in self._known:
                return "/".join(whole)
        best: list[str] = []
        most = 0
        for file in self._by_name.get(parts[-1], ())[:SAME_NAME]:
            shared = _shared_end(file.split("/"), parts)
            if shared > most:
                best, most = [file], shared
            elif shared == most:
                best.append(file)
        return best[0] if len(best) == 1 else None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.files)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for file in self.files:
            found[file.rpartition("/")[2]].append(file)
        return dict(found)


def _shared_end(first: list[str], second: list[str]) -> int:
    count = 0
    for one, other in zip(reversed(first), reversed(second), strict=False):
        if one != other:
            break
        count += 1
    return count


@dataclass
class _Place:
    """What fails at one line: the cluster, one case of it, and how many there are."""

    cluster: Cluster
    kind: Kind
    cases: list[str] = field(default_factory=list)
    count: int = 0


NO_TREE = Tree()


def annotate(facts: Facts, about: About, tree: Tree = NO_TREE) -> tuple[Annotation, ...]:
    """One note for each line and cluster, what deserves attention first; at most 200."""
    found: dict[tuple[str, int, str], _Place] = {}
    groups = Groups(facts, pull_request=about.pull_request is not None)
    known = cases_by_id(facts, facts.failing)
    for kind, cluster in groups.in_order:
        for name, path, line in _places(cluster, known, tree):
            place = found.setdefault((path, line, cluster.id), _Place(cluster, kind))
            place.count += 1
            if len(place.cases) < NAMED:
                place.cases.append(name)
        if len(found) >= MOST:
            break
    return tuple(_annotation(path, line, place) for (path, line, _), place in list(found.items())[:MOST])


def _places(cluster: Cluster, known: dict[str, dict[str, Case]], tree: Tree) -> Iterator[tuple[str, str, int]]:
    cases = known.get(cluster.runs[-1], {}) if cluster.runs else {}
    for name in cluster.cases:
        case = cases.get(name)
        path = tree.path(case.location.path) if case and case.location else None
        if case and case.location and path:
            yield name, path, case.location.line or 1


def _annotation(path: str, line: int, place: _Place) -> Annotation:
    cluster = place.cluster
    names = [github.plain(name, 200) for name in place.cases]
    more = [f"and {place.count - len(names):,} more"] if place.count > len(names) else []
    past = cluster.past.reason if cluster.past else ""
    known = [f"Known as {match.ref}" for match in cluster.matches if match.state == "accepted"]
    text = [
        github.block(cluster.message or cluster.title, 1_500),
        "",
        *names,
        *more,
        "",
        github.plain(past),
        github.plain("; ".join(known)),
    ]
    message = "\n".join(text).strip()
    size = figures.count(len(cluster.cases), "test")
    title = github.plain(
        f"{cluster.title} ({cluster.classification}, {size})" if cluster.classification != "unknown" else cluster.title, 200
    )
    return Annotation(path, line, _LEVELS.get(place.kind, "notice"), github.basic(title)[:TITLE], github.basic(message)[:MESSAGE])
