"""What the five whys ask for beside their worklog: git, log files, kept issues, the archive.

    gatherer = Gatherer(project, archive, worklog, zone)
    gatherer.use(["reports/service-log.txt"], memory, given=["reports/service-log.txt"])
    material = Material(worklog, gatherer.beside)

Nothing is looked up before a question needs it. What was found in logs is kept in `memory`, a file beside the journal, so that a
program that answers question by question does not search a gigabyte each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from rca.archive.records import Archive
from rca.errors import RcaError
from rca.model import Case, Cluster, Commit, EarlierCause, Evidence, EvidenceState, KnownIssue, Worklog
from rca.model.evidence import Hunk, LogLine, LogLines, Resolved, ResolvedState
from rca.text.clean import one_line
from rca.text.figures import sentence_list
from rca.whys import Beside

if TYPE_CHECKING:
    from rca.sources.log_memory import LogMemory

# Of all calls of git for one question.
SECONDS = 5.0
SUSPECTS = 10
MOST_LOGS = 20
# Texts of failures whose words are sought in logs.
CASES, TEXT = 200, 1_000

_STATES: dict[ResolvedState, EvidenceState] = {
    "resolves": "found",
    "changed": "changed",
    "gone": "missing",
    "unverified": "not looked up",
}  # fmt: skip


class Gatherer:
    """Looks up what a session asks for, each thing once, also when it is asked for from two threads."""

    def __init__(self, project: Path, archive: Archive, worklog: Worklog, zone: tzinfo = UTC) -> None:
        self.project = project
        self.archive = archive
        self.worklog = worklog
        self.zone = zone
        self._told: set[str] = set()
        self._tell: Callable[[str], None] = self._told.add
        self._logs: dict[str, str] = {}
        self._withheld: dict[str, str] = {}
        self._memory: LogMemory | None = None
        self._lock = RLock()
        self._commits: dict[str, Commit | None] = {}
        self._seen: dict[tuple[str, str], Resolved] = {}

    @property
    def beside(self) -> Beside:
        """The functions that the engine calls."""
        return Beside(self.log_lines, self.commits, self.hunks, self.issues, self.earlier, self.resolve)

    # -- logs ------------------------------------------------------------------------------------------------------

    def use(
        self,
        names: Sequence[str],
        memory: Path | None = None,
        tell: Callable[[str], None] | None = None,
        *,
        given: Sequence[str] = (),
    ) -> None:
        """Search these logs, named as `log_name` names them.

        A session remembers names, and may come from somebody else. So of those that are not `given` in this call only files of the
        project are read. memory: the file that keeps what was found. tell: is called with what there is to say of the logs, once
        for each.
        """
        self._tell = tell or self._tell
        if not names:
            return
        from rca.sources.evidence import log_of_project
        from rca.sources.log_memory import LogMemory

        if len(names) > MOST_LOGS:
            self._say(f"the session names {len(names):,} logs; only the last {MOST_LOGS} are read")
        wanted, by_hand = names[-MOST_LOGS:], frozenset(given)
        places = {name: os.path.join(self.project, name) if name in by_hand else log_of_project(self.project, name) for name in wanted}
        self._logs = {name: path for name, path in places.items() if path}
        self._withheld = {name: path for name, path in places.items() if not path}
        self._memory = LogMemory(memory)
        self._say_of_logs()

    def _say_of_logs(self) -> None:
        for name, path in self._logs.items():
            if not os.path.lexists(path):
                self._say(f"the log {name} is gone; what was found in it before is still offered")
        if self._withheld:
            named = sentence_list([one_line(name, 200) for name in self._withheld], MOST_LOGS)
            self._say(
                f"not read, since the session names it and it is no file of this project: {named}; to read it, give it again with --log"
            )

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)

    def log_lines(self, clusters: tuple[str, ...]) -> Sequence[LogLine]:
        """Lines of the logs that may tell why these clusters fail, the best first."""
        memory = self._memory
        if memory is None:
            return ()
        with self._lock:
            chosen = [cluster for cluster in self.worklog.clusters if cluster.id in clusters]
            words, around = list(_words(self.worklog, chosen)), list(_windows(self.worklog, chosen))
            key = hashlib.sha256(json.dumps([words, [(str(a), str(b)) for a, b in around]]).encode()).hexdigest()
            # Of logs that are not read, as of those that are gone, the lines that were found are offered still.
            found = memory.found(key, self._logs | self._withheld) or memory.found(key, self._logs)
            if found is None:
                memory.mark(self._logs)
                found = self._search(words, around)
                memory.keep(key, self._logs, found)
            for problem in found.problems:
                self._say(f"{problem.path}: {problem.message}" + (f"; {problem.hint}" if problem.hint else ""))
            return found.lines

    def _search(self, words: Sequence[str], around: Sequence[tuple[datetime, datetime]]) -> LogLines:
        from rca.sources.inputs import shown
        from rca.sources.logs import find_lines

        found = find_lines(list(self._logs.values()), around=around, words=words, zone=self.zone)
        names = {shown(path): name for name, path in self._logs.items()}
        lines = tuple(replace(line, path=names.get(line.path, line.path)) for line in found.lines)
        problems = tuple(one.model_copy(update={"path": names.get(one.path, one.path)}) for one in found.problems)
        return replace(found, lines=lines, problems=problems)

    # -- git -------------------------------------------------------------------------------------------------------

    def commits(self, names: Sequence[str]) -> Mapping[str, Commit]:
        """The commits that hashes name, as far as this clone holds them, with the files that they touched."""
        from rca.sources.git_objects import commits_of

        with self._lock:
            new = [name for name in names if name not in self._commits]
            found = commits_of(self.project, new, seconds=SECONDS) if new else {}
            self._commits.update((name, found.get(name)) for name in new)
            return {name: commit for name in names if (commit := self._commits[name])}

    def hunks(self, clusters: tuple[str, ...]) -> Sequence[Hunk]:
        """What the suspects of these clusters changed: first what shares most words with the failures."""
        from rca.sources.git_objects import hunks_of
        from rca.sources.words import sought

        chosen = [cluster for cluster in self.worklog.clusters if cluster.id in clusters]
        suspects = sorted((suspect for cluster in chosen for suspect in cluster.suspects), key=lambda suspect: -suspect.score)
        named = list(dict.fromkeys(suspect.commit for suspect in suspects))[:SUSPECTS]
        known = self.commits(named)
        found = hunks_of(self.project, [known[name] for name in named if name in known], seconds=SECONDS) if known else []
        words = [word.text for word in sought([cluster.message for cluster in chosen])]
        shared = {id(hunk): sum(word in hunk.text.lower() for word in words) for hunk in found}
        return sorted(found, key=lambda hunk: -shared[id(hunk)])

    # -- what is kept ----------------------------------------------------------------------------------------------

    @cached_property
    def _issues(self) -> Sequence[KnownIssue]:
        from rca.sources.issues import kept_path, read_issues

        path = kept_path(self.project)
        with contextlib.suppress(RcaError):
            return read_issues(str(path)) if path.is_file() else ()
        return ()

    def issues(self) -> Sequence[KnownIssue]:
        """The issues that were read last, those that are open first."""
        return sorted(self._issues, key=lambda issue: not issue.open)

    def earlier(self, clusters: tuple[str, ...]) -> Sequence[EarlierCause]:
        """What other worklogs of the archive know of causes like these."""
        with contextlib.suppress(RcaError):
            return self.archive.earlier([cluster for cluster in self.worklog.clusters if cluster.id in clusters], but=self.worklog.id)
        return ()

    def _record(self, worklog_id: str) -> Worklog | None:
        if worklog_id == self.worklog.id:
            return self.worklog
        # Not by `load`, which keeps the record that was read last, and that is the one of the session.
        from rca.archive.records import read_record

        return read_record(self.archive.path(worklog_id)) if worklog_id in self.archive.ids() else None

    # -- looking up ------------------------------------------------------------------------------------------------

    def resolve(self, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
        """Evidence as it is found now, in its order: with state, reason, and when it was found excerpt and hash."""
        from rca.sources.evidence import Place, resolve_all

        if not evidence:
            return ()
        with self._lock:
            seen = self._seen | (self._memory.seen(self._logs) if self._memory else {})
            if self._memory and any(one.kind == "log" for one in evidence):
                self._memory.mark({name: path for name, path in self._logs.items() if os.path.lexists(path)})
            place = Place(self.project, self._logs, seen, self.worklog, self.issues, self._record, SECONDS)
            found = resolve_all(evidence, place)
            self._remember(evidence, found)
        return [_looked_up(one, what) for one, what in zip(evidence, found, strict=True)]

    def _remember(self, evidence: Sequence[Evidence], found: Sequence[Resolved]) -> None:
        """Commits and what they hold never change, so this process need not ask again; logs change, which their marks tell."""
        there = [(one, what) for one, what in zip(evidence, found, strict=True) if what.state == "resolves"]
        self._seen.update(((one.kind, one.ref), what) for one, what in there if one.kind in {"commit", "location"})
        if self._memory:
            self._memory.add({one.ref: what for one, what in there if one.kind == "log"}, self._logs)


def log_name(path: str, project: Path) -> str:
    """How a log file is named in a session: from the project's folder, or with its whole path when it lies elsewhere.

    Raises RcaError when there is no such file, or none that can be found again.
    """
    from rca.sources.log_files import LogError, mark_of

    if one_line(path) != path or not path.isprintable():
        raise RcaError(
            f"{one_line(path, 200)!r}: has odd characters in its name", "rename the log, or give it through a link with a plain name"
        )
    try:
        mark_of(path)
    except LogError as error:
        raise RcaError(f"{path}: {error}", error.hint) from error
    whole, top = os.path.abspath(path), os.path.abspath(project)
    return Path(os.path.relpath(whole, top)).as_posix() if whole.startswith(top.rstrip(os.sep) + os.sep) else whole


def _looked_up(evidence: Evidence, found: Resolved) -> Evidence:
    state = _STATES[found.state]
    if state != "found":
        return evidence.model_copy(update={"state": state, "reason": found.why})
    facts = {"state": state, "reason": "", "sha256": found.sha256, "excerpt": found.said or evidence.excerpt}
    return evidence.model_copy(update=facts)


# -- what is sought in logs ------------------------------------------------------------------------------------------------


def _windows(worklog: Worklog, clusters: Sequence[Cluster]) -> Iterator[tuple[datetime, datetime]]:
    """When the clusters failed: the last run that shows each."""
    last = dict.fromkeys(cluster.runs[-1] for cluster in clusters if cluster.runs)
    for run in worklog.runs:
        if run.id in last and run.started_at:
            yield run.started_at, run.finished_at or run.started_at + timedelta(seconds=run.seconds or 0)


def _words(worklog: Worklog, clusters: Sequence[Cluster]) -> Iterator[str]:
    """What the failing cases say and what they are called: messages first."""
    yield from (cluster.message or cluster.title for cluster in clusters)
    wanted = [cid for cluster in clusters for cid in cluster.cases][:CASES]
    runs = {cluster.runs[-1] for cluster in clusters if cluster.runs}
    cases = _cases(worklog, set(wanted), runs)
    for cid in wanted:
        if cid in cases:
            yield from ((failure.message or failure.text)[:TEXT] for failure in cases[cid].failures)
    yield from wanted


def _cases(worklog: Worklog, wanted: set[str], runs: set[str]) -> dict[str, Case]:
    return {case.id: case for run in worklog.runs if run.id in runs for case in run.cases if case.id in wanted}
