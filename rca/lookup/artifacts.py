"""The reports that a workflow run left behind: which run is meant, which artifacts, and where and on what it ran."""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from rca.github import Repository
from rca.github.actions import download_artifact, get_attempt, get_run, list_artifacts, list_runs
from rca.github.errors import GitHubError, GoneError, NotFoundError
from rca.github.pulls import Head, get_pull, pulls_at
from rca.github.shapes import Artifact, Pull, WorkflowRun
from rca.model import Context, Problem
from rca.sources.ci import context_from
from rca.sources.ci_event import branch_of
from rca.sources.inputs import MAX_MEMBERS, LZMAError
from rca.text import figures
from rca.text.clean import one_line
from rca.text.redact import redact

LATEST = "latest"
LOOKED_AT = 20  # completed runs, for the latest one with reports
MOST = 100  # artifacts that are downloaded
EACH = 2 * 1024**3  # bytes of an artifact that is asked for by its name
UNASKED = 256 * 1024**2  # bytes of one that is not
TOGETHER = 4 * 1024**3
_URL = re.compile(r"https?://([^/@]+)/([^/]+/[^/]+)/actions/runs/(\d{1,18})(?:/attempts/(\d{1,9}))?(?:[/?#].*)?")
_FAULTS = (zipfile.BadZipFile, zlib.error, LZMAError, OSError, RuntimeError, NotImplementedError, ValueError, EOFError)


class ArtifactError(GitHubError):
    """A run has no reports that can be had."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. run: its number, or `latest`. artifacts: globs over their names; none means all. attempt: of the run."""

    run: str
    artifacts: tuple[str, ...] = ()
    workflow: str = ""
    branch: str = ""
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where reports came from. paths: files on this disk, as long as they are used. names: what they are called in the record.

    context: what GitHub says of the run; it comes before what the reports say of themselves. at: when it began. notes: what is
    missing.
    """

    context: Context
    paths: list[str]
    names: dict[str, str]
    at: datetime | None = None
    notes: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The run as it is called in the record."""
        return next(iter(self.names.values()), "").rpartition("/")[0]


def run_of(text: str, host: str) -> tuple[str, str, int | None]:
    """Repository, number and attempt out of what a person gives: a number, an address of a run, or `latest`.

    host: where runs have their pages. Raises ArtifactError.
    """
    text = text.strip()
    if text == LATEST or (text.isascii() and text.isdecimal() and 0 < len(text) <= 18):
        return "", text, None
    match = _URL.fullmatch(text)
    if not match:
        raise ArtifactError(f"--from-workflow: {one_line(redact(text), 100)!r} is no run", "give its number, its address, or `latest`")
    if match[1].lower().partition(":")[0] != host.lower():
        there, shown = one_line(redact(match[1]), 100), one_line(host, 100)
        raise ArtifactError(f"--from-workflow: that run is at {there}, and rca asks {shown}", "set GITHUB_API_URL for another host")
    return match[2], match[3], int(match[4]) if match[4] else None


@contextmanager
def fetched(
    repository: Repository, wanted: Wanted, *, tell: Callable[[str], None], progress: Callable[[str, int], None] | None = None
) -> Iterator[Origin]:
    """Download the artifacts of a run into a folder that is gone in the end. Raises GitHubError.

    tell: hears which run it is and what is missing. progress: hears the name of an artifact and how many bytes have come.
    """
    notes: list[Problem] = []

    def note(message: str, hint: str, path: str) -> None:
        notes.append(Problem(code="artifact", severity="warning", message=message, path=path, hint=hint))
        tell(f"warning: {message}")

    run, found = _latest(repository, wanted) if wanted.run == LATEST else _named(repository, wanted)
    tell(f"{_title(run)}")
    if run.status != "completed":
        note(f"run {run.id} is still going, so reports may be missing", "take it again when it is done", _place(run))
    chosen = _chosen(found, run, wanted, note)
    with tempfile.TemporaryDirectory(prefix="rca-artifacts-", ignore_cleanup_errors=True) as folder:
        paths = _download(repository, chosen, Path(folder), run, note, progress or (lambda _name, _size: None))
        if not paths:
            raise _without_reports(chosen, run, notes)
        yield Origin(_context(repository, run, tell), list(paths), paths, run.started_at or run.created_at, notes)


def _without_reports(chosen: Sequence[Artifact], run: WorkflowRun, notes: Sequence[Problem]) -> ArtifactError:
    """What to say when nothing of what was downloaded is a report: what could not be read may hold some."""
    if any(note.path.endswith(".zip") for note in notes):
        return ArtifactError(f"no report of run {run.id} can be read", "run the workflow again, or name other artifacts with --artifact")
    hold = "holds" if len(chosen) == 1 else "hold"
    hint = "name others with --artifact, or upload the reports"
    return ArtifactError(f"{_names(chosen)} of run {run.id} {hold} no .xml file", hint)


# -- which run ------------------------------------------------------------------------------------------------------


def _named(repository: Repository, wanted: Wanted) -> tuple[WorkflowRun, list[Artifact]]:
    run = get_run(repository, int(wanted.run))
    if wanted.attempt is not None and wanted.attempt != run.attempt:
        if wanted.attempt > run.attempt:
            last = "1 attempt" if run.attempt == 1 else f"{run.attempt:,} attempts"
            raise ArtifactError(f"run {run.id} has had {last}, and no number {wanted.attempt:,}", "leave out --attempt for the last one")
        later = get_attempt(repository, run.id, wanted.attempt + 1)
        run = get_attempt(repository, run.id, wanted.attempt)
        return run, _artifacts(repository, run, later.started_at)
    return run, _artifacts(repository, run)


def _latest(repository: Repository, wanted: Wanted) -> tuple[WorkflowRun, list[Artifact]]:
    """The newest completed run that left what is wanted. What forks ran is not meant: their branches are called as they like."""
    seen = 0
    for run in list_runs(repository, workflow=wanted.workflow, branch=wanted.branch, status="completed", limit=LOOKED_AT):
        if run.head_repository.lower() != repository.name.lower():
            continue
        seen += 1
        artifacts = _artifacts(repository, run)
        if any(not artifact.expired and _fits(artifact, wanted) for artifact in artifacts):
            return run, artifacts
    where = "".join(
        [f" of {one_line(wanted.workflow, 60)}" if wanted.workflow else "", f" on {one_line(wanted.branch, 60)}" if wanted.branch else ""]
    )
    if not seen:
        raise NotFoundError(
            f"{repository.name}: no run of its own{where} is completed", "name a run, another --workflow or another --branch"
        )
    what = f"that fits {_quoted(wanted.artifacts)}" if wanted.artifacts else "that can be had"
    message = f"{repository.name}: none of the last {figures.count(seen, 'run')}{where} has an artifact {what}"
    raise ArtifactError(message, "upload the reports with actions/upload-artifact, or name a run that has them")


def _artifacts(repository: Repository, run: WorkflowRun, end: datetime | None = None) -> list[Artifact]:
    """Of each name the newest: an attempt leaves its own behind, and one that ran only what had failed adds to those before it.

    end: when the next attempt began.
    """
    newest: dict[str, Artifact] = {}
    for artifact in sorted(list_artifacts(repository, run.id), key=lambda artifact: artifact.id):
        if end is None or artifact.created_at is None or artifact.created_at < end:
            newest[artifact.name] = artifact
    return [newest[name] for name in sorted(newest)]


# -- which artifacts ------------------------------------------------------------------------------------------------

Note = Callable[[str, str, str], None]


def _fits(artifact: Artifact, wanted: Wanted) -> bool:
    return not wanted.artifacts or any(fnmatchcase(artifact.name, glob) for glob in wanted.artifacts)


def _chosen(found: Sequence[Artifact], run: WorkflowRun, wanted: Wanted, note: Note) -> list[Artifact]:
    """The artifacts to download. Raises ArtifactError, GoneError when there is none."""
    where = _place(run)
    if not found:
        doing = " yet" if run.status != "completed" else ""
        hint = "wait until it is done" if doing else "upload the reports with actions/upload-artifact"
        raise ArtifactError(f"run {run.id} has left no artifact{doing}", hint)
    fitting = [artifact for artifact in found if _fits(artifact, wanted)]
    if not fitting:
        raise ArtifactError(f"no artifact of run {run.id} fits {_quoted(wanted.artifacts)}", f"it left {_names(found)}")
    there = [artifact for artifact in fitting if not artifact.expired]
    again = "run it again, or keep artifacts longer (`retention-days`)"
    if not there:
        raise GoneError(f"{_names(fitting)} of run {run.id} {'has' if len(fitting) == 1 else 'have'} expired", again, status=410)
    if len(there) < len(fitting):
        note(f"{_names([artifact for artifact in fitting if artifact.expired])} of run {run.id} expired", again, where)
    if not wanted.artifacts:
        large = [artifact for artifact in there if artifact.size > UNASKED]
        there = [artifact for artifact in there if artifact.size <= UNASKED]
        if large:
            note(f"{_names(large)} of run {run.id} is larger than {UNASKED // 1024**2} MiB and was left", "name it with --artifact", where)
    if len(there) > MOST or sum(artifact.size for artifact in there) > TOGETHER:
        size = sum(artifact.size for artifact in there) // 1024**2
        raise ArtifactError(
            f"run {run.id} left {figures.count(len(there), 'artifact')} of {size:,} MiB", "name fewer of them with --artifact"
        )
    return there


def _download(
    repository: Repository, chosen: Sequence[Artifact], folder: Path, run: WorkflowRun, note: Note, progress: Callable[[str, int], None]
) -> dict[str, str]:
    """The files of those that hold .xml files, with their names in the record."""
    found = {}
    for number, artifact in enumerate(chosen):
        name = one_line(redact(artifact.name), 100)
        # What an artifact is called is somebody else's text: the file is not.
        path = folder / f"{number}.zip"
        download_artifact(repository, artifact, path, most=EACH, progress=partial(progress, name))
        shown = f"{_place(run)}/{name}.zip"
        try:
            holds = _holds_xml(path)
        except _FAULTS as error:
            note(f"artifact {name!r} cannot be read: {one_line(str(error), 100) or type(error).__name__}", "upload it again", shown)
            continue
        if holds:
            found[str(path)] = shown
        else:
            path.unlink()
    return found


def _holds_xml(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if name.lower().endswith(".xml")]
    if len(members) > MAX_MEMBERS:
        msg = f"it holds more than {MAX_MEMBERS:,} .xml files"
        raise ValueError(msg)
    return bool(members)


# -- what is said of it ---------------------------------------------------------------------------------------------


def _context(repository: Repository, run: WorkflowRun, tell: Callable[[str], None]) -> Context:
    """Where and on what it ran, as GitHub says."""
    fork = run.head_repository.lower() != repository.name.lower()
    pull = None
    try:
        pull = _pull(repository, run, fork=fork)
    except GitHubError as error:
        tell(f"note: its pull request is not known: {error.message}")
    facts = {
        "ci": "GitHub Actions",
        "repo": repository.name,
        "branch": branch_of(run.head_repository, run.head_branch, fork=fork),
        "base": pull.base_branch if pull else "",
        "commit": run.head_sha,
        "pull": pull.number if pull else None,
        "job": run.name,
        "attempt": run.attempt,
        "url": f"{run.url}/attempts/{run.attempt}" if run.attempt > 1 else run.url,
    }
    return context_from({}, **facts)


def _pull(repository: Repository, run: WorkflowRun, *, fork: bool) -> Pull | None:
    """The pull request that it ran for; a run of a fork does not say for which, so that it is looked for by the commit."""
    if run.event not in {"pull_request", "pull_request_target"} and not run.pulls:
        return None
    if len(run.pulls) == 1 and not fork:
        return get_pull(repository, run.pulls[0])
    found = pulls_at(repository, Head(run.head_sha, run.head_branch, run.head_repository))
    return found[0] if len(found) == 1 else None


def _title(run: WorkflowRun) -> str:
    """A run in a line for people: `run 42 of tests on main, at 3f2a91c8d0b7, failure`."""
    words = [f"run {run.id}", f"of {run.name}" if run.name else "", f"on {run.head_branch}" if run.head_branch else ""]
    parts = [" ".join(filter(None, words)), f"at {run.head_sha[:12]}", f"attempt {run.attempt}" if run.attempt > 1 else ""]
    return one_line(redact(", ".join(filter(None, [*parts, run.conclusion or run.status]))), 300)


def _place(run: WorkflowRun) -> str:
    return f"actions/runs/{run.id}"


def _quoted(globs: Sequence[str]) -> str:
    return " or ".join(one_line(redact(glob), 60) for glob in globs[:5])


def _names(artifacts: Sequence[Artifact]) -> str:
    return one_line(redact(figures.sentence_list([one_line(artifact.name, 60) for artifact in artifacts])), 400)
