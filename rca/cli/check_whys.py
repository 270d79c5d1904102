"""The rules of the five whys, held against the investigations of a record and against whys that somebody wrote into a page."""

from __future__ import annotations

import pathlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rca.document.findings import Finding
from rca.document.lines import Path, line_of
from rca.document.prose import Fault
from rca.document.read_whys import Told
from rca.model import Cluster, Commit, Investigation, Worklog
from rca.text.clean import one_line
from rca.text.figures import count, sentence_list

if TYPE_CHECKING:
    from rca.whys import Finding as Broken

# Of a page only what it tells can be judged: nobody reads back, maps clusters or marks the ends of chains in prose. Some rules ask
# for more fields than prose has; of those, the fields that it has.
OF_PAGES: Mapping[int, Collection[str]] = {
    2: {"answer"},
    3: {"answer"},
    4: {"evidence"},
    7: {"answer"},
    9: {"statement", "failure_text"},
    12: {"answer", "statement"},
    13: {"kind"},
}

MOST = 200
MOST_COMMITS = 1_000  # that are looked up for one check
SECONDS = 5.0  # of git at a time

# The part of an investigation to which a kind of question belongs, and the fields of questions that stand in a why.
_PARTS: Mapping[str, Path] = {"why": ("whys",), "root_cause": ("root_cause",), "prediction": ("prediction",)}
_ANY = datetime(2000, 1, 1, tzinfo=UTC)
_PAGE = "2000-01-01-page"
_FIELDS = {("next", "next"): "leaf", ("edge", "verdict"): "read_back"}


@dataclass
class CommitsHere:
    """Commits that rule 5 asks for, as far as the repository around a folder holds them, each looked up once.

    unjudged: those of which nothing is said, since they are not here, or it is not known what all they changed.
    """

    folder: pathlib.Path
    unjudged: dict[str, None] = field(default_factory=dict)
    _known: dict[str, Commit | None] = field(default_factory=dict)

    def __call__(self, names: Sequence[str]) -> Mapping[str, Commit]:
        """Those of these hashes that are here."""
        from rca.sources.git_objects import commits_of
        from rca.whys.rules.evidence import tells

        new = [name for name in names if name not in self._known][: MOST_COMMITS - len(self._known)]
        found = commits_of(self.folder, new, seconds=SECONDS) if new else {}
        self._known.update((name, found.get(name)) for name in new)
        here = {name: commit for name in names if (commit := self._known.get(name))}
        judged = {name for name, commit in here.items() if tells(commit)}
        self.unjudged.update(dict.fromkeys(name for name in names if name not in judged))
        return here

    def told(self) -> str:
        """The commits of which nothing is said, in words."""
        named = sentence_list([name[:12] for name in self.unjudged], 3)
        number = count(len(self.unjudged), "commit")
        return f"rule 5 was not judged for {number}, since this repository does not say what changed there: {named}"


def of_record(worklog: Worklog, name: str, lines: dict[Path, int], commits: CommitsHere | None = None) -> list[Finding]:
    """What the rules say of the investigations of a record; `lines` places it. Without `commits` rule 5 is not judged."""
    if not worklog.investigations:
        return []
    from rca.whys import Ground, check_record

    findings = []
    judged = worklog.investigations[:MOST]
    if left := len(worklog.investigations) - len(judged):
        message = f"{left:,} more investigations are here; only the first {MOST} were held against the rules"
        findings.append(Finding(name, line_of(lines, ("investigations", MOST)), "size", "warning", message, "split the worklog"))
    found = check_record(worklog.model_copy(update={"investigations": judged}), Ground(worklog, commits))
    for index, investigation in enumerate(judged):
        places = _Places(index, investigation, worklog)
        for broken in found.pop(investigation.id, ()):
            severity = "note" if broken.overridden else broken.severity
            line = line_of(lines, places.of(broken))
            findings.append(Finding(name, line, f"whys-{broken.rule}", severity, broken.message, broken.hint, broken.overridden))
    return findings


class _Places:
    """Where in a record the findings of one investigation stand: they name the question at which one would be asked."""

    def __init__(self, index: int, investigation: Investigation, worklog: Worklog) -> None:
        from rca.whys.rules.actions import own_actions

        self._top: Path = ("investigations", index)
        self._whys = {why.id: number for number, why in enumerate(investigation.whys)}
        numbers = {id(action): number for number, action in enumerate(worklog.actions)}
        self._actions = [numbers[id(action)] for action in own_actions(investigation, worklog)]

    def of(self, broken: Broken) -> Path:
        """The path of the value that a finding is about."""
        kind, _, name = broken.where.partition(":")
        field = _FIELDS.get((kind, broken.field), broken.field)
        if kind == "action" and name.isdecimal() and int(name) <= len(self._actions):
            return ("actions", self._actions[int(name) - 1], field)
        if kind in {"why", "next", "edge"} and name in self._whys:
            return (*self._top, "whys", self._whys[name], field)
        return (*self._top, *_PARTS.get(kind, ()), field)


def of_page(told: Told) -> Iterator[Fault]:
    """What the rules say of the whys of a page, as warnings: prose may mean more than can be read from it."""
    from rca.whys import check

    clusters = tuple(
        Cluster(id=f"error {number}", title=text, fingerprint=f"{number}", error_type=kind, message=text, cases=())
        for number, (kind, text) in enumerate(told.errors, 1)
    )
    investigation = told.investigation.model_copy(update={"clusters": tuple(cluster.id for cluster in clusters)})
    page = Worklog(id=_PAGE, title="page", opened_at=_ANY, clusters=clusters, investigations=(investigation,), actions=told.actions)
    for broken in check(investigation, page):
        line = told.lines.get(broken.where)
        if line is None or broken.field not in OF_PAGES.get(broken.rule, ()) or (broken.where == "prediction" and not clusters):
            continue
        silent = broken.rule == 9 and investigation.prediction is None and broken.where == "prediction"
        quoted = f"; the page quotes “{one_line(told.errors[0][1], 120)}”" if silent else ""
        yield line, f"whys-{broken.rule}", "warning", broken.message + quoted, broken.hint
