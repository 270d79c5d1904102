"""A fix: what the commits that mend a cause say of it, and how it comes into the worklog."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rca.analysis.assess import settle
from rca.errors import RcaError
from rca.model import Commit, FileChange, Fix, Location, Validation, Worklog
from rca.text import figures
from rca.text.clean import one_line
from rca.text.redact import redact

FILES = 50  # of which places are listed
STRETCHES = 10  # of a file; one that was changed in more places is named as a whole
SUBJECTS = 3  # of commits in a summary
SUMMARY = 300  # characters

# How GitHub writes the number of a pull request into a merge and into a squashed commit.
_PULL = re.compile(r"\AMerge pull request #(\d{1,9}) from |\(#(\d{1,9})\)\s*\Z")
_NUMBER = re.compile(r"(?:([\w.-]{1,100}/[\w.-]{1,100})?#)?(\d{1,9})")
_ADDRESS = re.compile(r"https?://[^\s/]{1,300}(?:/[^\s]{0,1500})?")


class FixError(RcaError):
    """A fix cannot be recorded as it was asked for."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person says of a fix; what is left empty comes from the commits, or stays as it was."""

    summary: str = ""
    pull_request: str = ""
    investigation: str = ""
    validation: Validation | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fix in its worklog, and what became of it there. dropped: a validation that was made with other commits."""

    worklog: Worklog
    fix: Fix
    how: Literal["added", "updated", "unchanged", "forgotten"]
    dropped: bool = False


def record(worklog: Worklog, commits: Sequence[Commit], given: Given) -> Recorded:
    """Put a fix into a worklog, or bring up to date the one that has some of these commits. Raises FixError."""
    shas = tuple(commit.sha for commit in commits)
    places = [index for index, fix in enumerate(worklog.fixes) if _share(fix.commits, shas)]
    if len(places) > 1:
        names = figures.sentence_list([f"{worklog.fixes[index].summary!r}" for index in places], 3)
        raise FixError(f"these commits are in {len(places)} fixes: {one_line(names, 300)}", "name the commits of one of them")
    old = worklog.fixes[places[0]] if places else None
    fix = _fix(worklog, commits, given, old)
    fixes = tuple(fix if index in places else other for index, other in enumerate(worklog.fixes))
    changed = settle(worklog.model_copy(update={"fixes": fixes if old else (*fixes, fix)}))
    dropped = old is not None and old.validation is not None and fix.validation is None
    return Recorded(changed, fix, "added" if old is None else "unchanged" if fix == old else "updated", dropped)


def forget(worklog: Worklog, shas: Sequence[str], investigation: str = "") -> Recorded:
    """Take a fix out of a worklog: the one with these commits, that of the investigation, or the only one. Raises FixError."""
    own = investigation_of(worklog, investigation) if investigation else None
    fits = [fix for fix in worklog.fixes if (not shas or _share(fix.commits, shas)) and own in {None, fix.investigation}]
    if len(fits) != 1:
        known = figures.sentence_list([f"{fix.summary!r} ({', '.join(sha[:12] for sha in fix.commits) or 'no commit'})" for fix in fits], 3)
        if fits:
            raise FixError(
                f"there are {len(fits)} fixes that may be meant: {one_line(known, 500)}", "name a commit of it, or --investigation ID"
            )
        raise FixError("no such fix is recorded" if worklog.fixes else "no fix is recorded", "`rca show` has all that are")
    left = tuple(fix for fix in worklog.fixes if fix is not fits[0])
    return Recorded(settle(worklog.model_copy(update={"fixes": left})), fits[0], "forgotten")


def _fix(worklog: Worklog, commits: Sequence[Commit], given: Given, old: Fix | None) -> Fix:
    shas = tuple(commit.sha for commit in commits)
    same = old is not None and _same(old.commits, shas)
    locations, left_out = places_of(commits)
    return Fix(
        summary=one_line(redact(given.summary), SUMMARY) or _kept_summary(old, commits) or summary_of(commits),
        commits=shas,
        locations=locations,
        files_left_out=left_out,
        pull_request=pull_request(given.pull_request) or (old.pull_request if old else "") or pull_request_of(commits),
        # What was tried with other commits says nothing about these.
        validation=given.validation or (old.validation if old and same else None),
        compliance=old.compliance if old else (),
        investigation=investigation_of(worklog, given.investigation) if given.investigation or old is None else old.investigation,
    )


def _same(some: Sequence[str], others: Sequence[str]) -> bool:
    return len(some) == len(others) and all(_share([one], [other]) for one, other in zip(some, others, strict=True))


def _share(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a commit is in both; somebody may have written down a short hash."""
    return any(one.startswith(other) or other.startswith(one) for one in some for other in others if min(len(one), len(other)) >= 7)


def _kept_summary(old: Fix | None, commits: Sequence[Commit]) -> str:
    """The summary that a person gave; one that was made of the commits is made again."""
    if old is None:
        return ""
    known = [commit for commit in commits if _share(old.commits, [commit.sha])]
    return "" if known and old.summary == summary_of(known) else old.summary


# -- what commits say -----------------------------------------------------------------------------------------------


def summary_of(commits: Sequence[Commit]) -> str:
    """The subjects of the commits; those of merges only when there is nothing else."""
    told = [commit for commit in commits if len(commit.parents) < 2] or commits
    subjects = list(dict.fromkeys(one_line(redact(commit.summary), SUMMARY) or commit.sha[:12] for commit in told))
    more = f"; and {len(subjects) - SUBJECTS:,} more" if len(subjects) > SUBJECTS else ""
    return one_line("; ".join(subjects[:SUBJECTS]), SUMMARY - len(more)) + more


def pull_request_of(commits: Sequence[Commit]) -> str:
    """The one pull request that the subjects of the commits name; empty when they name none, or several."""
    found = {match[1] or match[2] for commit in commits if (match := _PULL.search(commit.summary))}
    return f"#{found.pop()}" if len(found) == 1 else ""


def places_of(commits: Sequence[Commit]) -> tuple[tuple[Location, ...], int]:
    """The lines that the commits changed, of the first FILES files; then how many more files there are."""
    changed = [(commit, file) for commit in commits for file in commit.files]
    places = tuple(place for commit, file in changed[:FILES] for place in _places(commit, file))
    return places, max(0, len(changed) - FILES) + sum(commit.left_out for commit in commits)


def _places(commit: Commit, file: FileChange) -> Iterator[Location]:
    if file.status == "deleted":
        # It can be looked up where it last was.
        yield Location(file.path, commit=commit.parents[0] if commit.parents else commit.sha)
    elif file.submodule or not 0 < len(file.ranges) <= STRETCHES:
        yield Location(file.path, commit=commit.sha)
    else:
        for first, last in file.ranges:
            yield Location(file.path, first, commit.sha, last if last > first else None)


# -- what a person says ---------------------------------------------------------------------------------------------


def pull_request(text: str) -> str:
    """A pull request as it is stored: its address, or `#712`, with its repository when that was said. Raises FixError."""
    text = text.strip()
    if not text or _ADDRESS.fullmatch(text):
        return one_line(redact(text), 2_000)
    if match := _NUMBER.fullmatch(text):
        return f"{match[1] or ''}#{int(match[2])}"
    raise FixError(f"--pr: {one_line(redact(text), 80)!r} is no pull request", "give its number, like 712, or its address")


def investigation_of(worklog: Worklog, wanted: str = "") -> str | None:
    """The investigation that a fix belongs to: the one that is named, else the only one that waits for a fix; None for the whole worklog.

    Raises FixError when there is none of that name.
    """
    ids = [investigation.id for investigation in worklog.investigations]
    if wanted and wanted not in ids:
        there = f"there are {figures.sentence_list(ids, 8)}" if ids else "this worklog has none yet; leave it out"
        raise FixError(f"there is no investigation {one_line(wanted, 60)!r}", there)
    if wanted or len(ids) == 1:
        return wanted or ids[0]
    mended = {fix.investigation for fix in worklog.fixes}
    waiting = [part.id for part in worklog.investigations if part.root_cause and part.id not in mended]
    return waiting[0] if len(waiting) == 1 else None


def failing_commit(worklog: Worklog) -> str:
    """The commit of the last run that failed. Raises FixError when nothing failed, or nobody said on which commit."""
    hint = "name the commits of the fix: `rca fix REV…` or `rca fix A..B`"
    run = next((run for run in reversed(worklog.runs) if run.totals.failing), None)
    if run is None:
        raise FixError("no run of this worklog failed, so it is not known after which commit the fix begins", hint)
    if not run.context.commit:
        raise FixError(f"{run.id}, the last run that failed, does not say on which commit it ran", f"{hint}; or ingest with --commit")
    return run.context.commit
