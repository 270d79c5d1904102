"""Look evidence up again, and tell whether it still reads as it did when it was cited.

    resolved = resolve(Evidence(kind="log", ref="service.log:37", sha256=seen), Place(folder, logs=("service.log",)))

Nothing is fetched, nothing is run but git, and nothing is read but the logs that were given, files of the project's folder
that are named as logs, and what git holds. The hash is that of the redacted text of the one line, case, issue or commit that
is meant; what stands around it may change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rca.errors import RcaError
from rca.model import Case, Evidence, KnownIssue, Worklog
from rca.model.evidence import Resolved
from rca.sources.git import SECONDS
from rca.sources.git_objects import GitObject, Wanted, is_hash, is_path, look_up, told
from rca.sources.log_files import LogError, identity, lines_at
from rca.sources.passages import AROUND, digest, passage, safe_line, safe_lines
from rca.text.clean import clean, one_line, shorten
from rca.text.redact import redact
from rca.text.refs import issue_number, log_line, place

RUNS = 20  # in which a case is looked up, the last ones
REF = 4_200  # characters of a reference
EXCERPT = 1_500  # characters of the text of a case, a cluster, an issue
SAID = 300  # characters of what is meant, on one line


@dataclass(frozen=True, slots=True)
class Place:
    """Where evidence is looked up.

    folder: of the project. logs: where the log files are that were given, by the names that evidence gives them. seen: what is
    known to read as it did and is not looked at again, by kind and reference. record: holds cases and clusters.
    issues: gives those that are kept. worklog: gives an earlier record by its id, None when there is none; may raise RcaError.
    """

    folder: Path
    logs: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], Resolved] = field(default_factory=dict)
    record: Worklog | None = None
    issues: Callable[[], Sequence[KnownIssue]] = tuple
    worklog: Callable[[str], Worklog | None] | None = None
    seconds: float = SECONDS


def resolve(evidence: Evidence, place: Place) -> Resolved:
    """Look one piece of evidence up."""
    return resolve_all([evidence], place)[0]


def resolve_all(evidence: Sequence[Evidence], place: Place) -> list[Resolved]:
    """Look all of it up, in its order: a few git processes and one reading of each log, however much it is."""
    new = [one for one in evidence if (one.kind, one.ref) not in place.seen]
    logs = _Logs(place, new)
    wanted = [found for one in new if isinstance(found := _wanted(one), Wanted)]
    objects = look_up(place.folder, wanted, seconds=place.seconds) if wanted else {}
    known = _Known(place, new)

    return [_held(one, seen) if (seen := place.seen.get((one.kind, one.ref))) else _resolved(one, known, logs, objects) for one in evidence]


def _resolved(evidence: Evidence, known: _Known, logs: _Logs, objects: Mapping[Wanted, GitObject]) -> Resolved:
    if len(evidence.ref) > REF or not evidence.ref.strip():
        return Resolved("unverified", "The reference is empty." if not evidence.ref.strip() else "The reference is too long for one.")
    if evidence.kind in {"metric", "url"}:
        what = "A metric" if evidence.kind == "metric" else "An address"
        return Resolved("unverified", f"{what} is kept as it was written and never looked up.", safe_excerpt(evidence.excerpt))
    if evidence.kind == "log":
        return logs.resolve(evidence)
    wanted = _wanted(evidence)
    if wanted is None:
        return known.resolve(evidence)
    return _in_git(evidence, wanted, objects[wanted]) if isinstance(wanted, Wanted) else wanted


def log_of_project(folder: Path, name: str) -> str:
    """Where a log lies that somebody else named, such as a record: its real path, if that is a file of the project or one that is gone.

    Empty when it leads out of the project, also by a link, into `.git`, or to what is no file.
    """
    if not is_path(name) or ".git" in name.lower().split("/"):
        return ""
    top = os.path.realpath(folder)
    real = os.path.realpath(os.path.join(top, name))
    if not real.startswith(top.rstrip(os.sep) + os.sep) or ".git" in real[len(top) :].split(os.sep):
        return ""
    return "" if os.path.lexists(real) and not os.path.isfile(real) else real


def safe_excerpt(text: str) -> str:
    """A text of several lines as it may be kept."""
    return shorten(redact(clean(text[: 8 * EXCERPT])), EXCERPT)


def _judged(evidence: Evidence, what: str, seen: str, excerpt: str, said: str = "") -> Resolved:
    """What was found, held against the hash that the evidence carries."""
    return _held(evidence, Resolved("resolves", f"{what} is there.", excerpt, digest(seen), one_line(said or seen, SAID)))


def _held(evidence: Evidence, found: Resolved) -> Resolved:
    """What is there, held against the hash that the evidence carries, if it does."""
    if not evidence.sha256:
        return found
    there = found.why.removesuffix(".")
    if evidence.sha256.lower() != found.sha256:
        return replace(found, state="changed", why=f"{there}, and reads differently than when it was cited.")
    return replace(found, why=f"{there}, as it was cited.")


def _named(text: str) -> str:
    return one_line(redact(text), 120)


# -- git --------------------------------------------------------------------------------------------------------------


def _wanted(evidence: Evidence) -> Wanted | Resolved | None:
    """What git is asked for; a refusal when the reference is none; None for other kinds."""
    ref = evidence.ref.strip()
    if evidence.kind == "commit":
        bare = ref.removeprefix("@")
        return Wanted(bare) if is_hash(bare) else Resolved("unverified", f"{_named(ref)!r} is not the hash of a commit.")
    if evidence.kind != "location":
        return None
    path, _, commit = place(evidence)
    path = path.removeprefix("./")
    if not is_path(path):
        return Resolved("unverified", f"{_named(ref)!r} is no place in the repository; write path:line@commit, the commit as its hash.")
    if not commit:
        return Resolved("unverified", f"{_named(ref)} needs a commit, since lines move; write {_named(ref)}@COMMIT.")
    return Wanted(commit, path)


def _in_git(evidence: Evidence, wanted: Wanted, found: GitObject) -> Resolved:
    if found.fault:
        return Resolved("gone" if found.sure else "unverified", found.fault)
    if not wanted.path:
        return _judged(evidence, f"Commit {found.sha[:12]}", found.sha, told(found), told(found))
    number = place(evidence)[1]
    path = _named(wanted.path)
    if b"\0" in found.data[:8_000]:
        return Resolved("unverified", f"{path} is no text in commit {found.sha[:12]}.")
    lines = found.data.removesuffix(b"\n").split(b"\n")
    if number is None:
        first = lines[: 1 + 2 * AROUND]
        seen = digest("\n".join(safe_lines(lines[:20_000])))
        return _judged(evidence, f"{path} in {found.sha[:12]}", seen, passage(first, 1, 0), safe_line(lines[0]))
    if number > len(lines):
        return Resolved("gone", f"{path} has {len(lines):,} lines in commit {found.sha[:12]}, and no line {number:,}.")
    begin = max(0, number - 1 - AROUND)
    excerpt = passage(lines[begin : number + AROUND], begin + 1, number)
    return _judged(evidence, f"{path}:{number} in {found.sha[:12]}", safe_line(lines[number - 1]), excerpt)


# -- logs -------------------------------------------------------------------------------------------------------------


class _Logs:
    """The lines that some references name, read once a log."""

    def __init__(self, place: Place, evidence: Sequence[Evidence]) -> None:
        self._place = place
        self._lines: dict[str, dict[int, list[bytes]]] = {}
        self._faults: dict[str, Resolved] = {}
        numbers: dict[str, set[int]] = {}
        for one in evidence:
            name, number = log_line(one)
            if number:
                numbers.setdefault(name, set()).add(number)
        for name, wanted in numbers.items():
            self._read(name, wanted)

    def _read(self, name: str, numbers: set[int]) -> None:
        path = self._path(name)
        if isinstance(path, Resolved):
            self._faults[name] = path
            return
        try:
            identity(path)
            self._lines[name] = lines_at(path, numbers, AROUND)
        except LogError as error:
            self._faults[name] = Resolved("gone" if error.code == "not-found" else "unverified", f"{_named(name)}: {error}; {error.hint}.")

    def _path(self, name: str) -> str | Resolved:
        """The file behind a name: a log that was given, or a file of the project; links do not lead out of it."""
        if name == "-":
            return Resolved("unverified", "Standard input is not kept; write the log to a file and pass it with --log.")
        if name in self._place.logs:
            return self._place.logs[name]
        refused = Resolved("unverified", f"{_named(name)} is not among the logs that were given; pass it with --log.")
        return log_of_project(self._place.folder, name) or refused

    def resolve(self, evidence: Evidence) -> Resolved:
        """Look a line up."""
        name, number = log_line(evidence)
        if not number:
            return Resolved("unverified", f"{_named(evidence.ref)!r} names no line of a log; write file:line.")
        if name in self._faults:
            return self._faults[name]
        lines = self._lines[name].get(number)
        if lines is None:
            return Resolved("gone", f"{_named(name)} has no line {number:,} (any more).")
        first = max(1, number - AROUND)
        return _judged(evidence, f"{_named(name)}:{number}", safe_line(lines[number - first]), passage(lines, first, number))


# -- records and issues -----------------------------------------------------------------------------------------------


class _Known:
    """What the record, the kept issues and the archive hold."""

    def __init__(self, place: Place, evidence: Sequence[Evidence]) -> None:
        self._place = place
        self._issues: dict[int, KnownIssue] | None = None
        wanted = {one.ref for one in evidence if one.kind == "case"}
        self._cases = _cases(place.record, wanted) if place.record and wanted else {}

    def resolve(self, evidence: Evidence) -> Resolved:
        """Look up a case, a cluster, an issue or a worklog."""
        by = {"case": self._case, "cluster": self._cluster, "issue": self._issue, "worklog": self._worklog}
        return by[evidence.kind](evidence)

    def _case(self, evidence: Evidence) -> Resolved:
        if self._place.record is None:
            return Resolved("unverified", "There is no record in which to look the case up.")
        found = self._cases.get(evidence.ref, [])
        name = _named(evidence.ref)
        if not found:
            return Resolved("gone", f"No run of {self._place.record.id} has a failing case {name}.")
        # A later run may show another failure; the evidence was of one of them.
        shown_in = [(run, case, _said(case)) for run, case in found[-RUNS:]]
        run, case, seen = next((one for one in reversed(shown_in) if digest(one[2]) == evidence.sha256.lower()), shown_in[-1])
        excerpt = safe_excerpt(_shown(case))
        return _judged(evidence, f"{name} in {run}", seen, excerpt, excerpt)

    def _cluster(self, evidence: Evidence) -> Resolved:
        record = self._place.record
        if record is None:
            return Resolved("unverified", "There is no record in which to look the cluster up.")
        cluster = next((one for one in record.clusters if one.id == evidence.ref.strip()), None)
        if cluster is None:
            return Resolved("gone", f"{record.id} has no cluster {_named(evidence.ref)}.")
        seen = f"{cluster.fingerprint}\n{redact(cluster.message)}"
        excerpt = safe_excerpt(f"{cluster.title}\n{cluster.excerpt or cluster.message}")
        return _judged(evidence, f"Cluster {cluster.id}", seen, excerpt, redact(cluster.message or cluster.title))

    def _issue(self, evidence: Evidence) -> Resolved:
        repo, number = issue_number(evidence)
        if not number:
            return Resolved("unverified", f"{_named(evidence.ref)!r} is no number of an issue; write it as #712.")
        if self._issues is None:
            self._issues = {issue.number: issue for issue in self._place.issues()}
        issue = self._issues.get(number)
        if issue is None or (repo and f"/{repo}/issues/" not in issue.url):
            told = f"{_named(evidence.ref)} is not among the {len(self._issues):,} issues that are kept; read it with --issues."
            return Resolved("unverified", told)
        seen = redact(clean(f"{issue.title}\n{issue.body}"))
        excerpt = safe_excerpt(f"{issue.title} ({'open' if issue.open else 'closed'})\n{issue.body}")
        return _judged(evidence, _named(evidence.ref), seen, excerpt, redact(clean(issue.title)))

    def _worklog(self, evidence: Evidence) -> Resolved:
        name = evidence.ref.strip()
        if self._place.worklog is None:
            return Resolved("unverified", "There is no archive in which to look the worklog up.")
        try:
            found = self._place.worklog(name)
        except RcaError as error:
            return Resolved("unverified", f"{_named(name)} cannot be read: {one_line(redact(str(error)), 200)}")
        if found is None:
            return Resolved("gone", f"The archive holds no worklog {_named(name)}.")
        causes = [one.root_cause.statement for one in found.investigations if one.root_cause]
        seen = redact("\n".join([found.id, found.title, *causes]))
        return _judged(evidence, f"Worklog {found.id}", seen, safe_excerpt(seen), redact("; ".join(causes) or found.title))


def _cases(record: Worklog, wanted: set[str]) -> dict[str, list[tuple[str, Case]]]:
    """Each of these failing cases with the runs that show it, in their order."""
    found: dict[str, list[tuple[str, Case]]] = {}
    for run in record.runs:
        for case in (*run.cases, *run.flaky):
            if case.id in wanted:
                found.setdefault(case.id, []).append((run.id, case))
    return found


def _said(case: Case) -> str:
    """What the failures of a case say."""
    said = [part for failure in case.failures or case.attempts for part in (failure.type, failure.message, failure.text)]
    return redact(clean("\n".join(filter(None, said))))


def _shown(case: Case) -> str:
    """The same for reading: many producers begin the message with the type, which is not said twice."""
    failures = case.failures or case.attempts
    heads = ["" if failure.message.startswith(failure.type) else failure.type for failure in failures]
    said = [part for head, failure in zip(heads, failures, strict=True) for part in (head, failure.message, failure.text)]
    return redact(clean("\n".join(filter(None, said))))
