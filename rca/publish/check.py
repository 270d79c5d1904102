"""The check run on a commit: one for each run of the tests, finished only when all of its notes are there.

GitHub shows the latest check of a name. It never takes a note back, so another run of the tests gets a check of its own. What was
begun for the same run is gone on with: it says how many notes it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rca.document.publish import Annotation, Check
from rca.errors import RcaError
from rca.github.checks import BATCH, create_check_run, list_check_runs, update_check_run
from rca.github.errors import GitHubError
from rca.github.repository import Repository
from rca.github.shapes import CheckRun

TRIES = 3
WHOLE = (40, 64)  # characters of a whole hash

Done = Literal["created", "updated", "unchanged", "left"]
Notes = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Name:
    """What a check is found by: its name, which people see, and what GitHub keeps for us beside it.

    key: tells several suites apart. run: of the tests. at: when that began, in UTC; empty when it is not known. now: the time; a
    run that begins after it is not taken for a later one.
    """

    name: str
    key: str
    run: str
    at: str = ""
    now: str = "9"

    @property
    def external_id(self) -> str:
        """What GitHub keeps for us, and shows to nobody."""
        return f"{self._ours}{self.run} at={self.at}"

    @property
    def _ours(self) -> str:
        return f"rca:{self.key} run="

    def is_same_run(self, check: CheckRun) -> bool:
        """Whether a check speaks of the same run."""
        return check.external_id.startswith(f"{self._ours}{self.run} ")

    def is_later(self, check: CheckRun) -> bool:
        """Whether a check speaks of a later run."""
        at = check.external_id.rpartition(" at=")[2]
        return check.external_id.startswith(self._ours) and bool(self.at) and self.at < at <= self.now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, and the address of the check."""

    done: Done
    url: str = ""


def publish_check(repository: Repository, head: str, name: Name, check: Check, *, details_url: str = "", force: bool = False) -> Outcome:
    """Write the check on a commit, or go on with it. Raises GitHubError.

    details_url: where a click on it leads. force: also when a later run has one.
    """
    if len(head) not in WHOLE:
        known = f"only {head[:64]} is known of it" if head else "it is not known"
        raise RcaError(f"a check goes to a commit, and {known}", "give its whole hash: --commit SHA")
    work = _Work(repository, head, name, check, details_url)
    for left in range(TRIES - 1, -1, -1):
        try:
            return work.once(force=force)
        except GitHubError as error:
            # Whether it was written is not known: the next look tells, and a note is not written a second time.
            if not left or not error.uncertain:
                raise
    raise AssertionError  # pragma: no cover -- the last try returns or raises


class _Work:
    """One check on its way."""

    def __init__(self, repository: Repository, head: str, name: Name, check: Check, details_url: str) -> None:
        self.repository, self.head, self.name, self.check, self.details_url = repository, head, name, check, details_url
        self.output = {"title": check.title, "summary": check.summary, "text": check.text}
        self.notes: Notes = [_note(each) for each in check.annotations]
        self.created = False

    def once(self, *, force: bool) -> Outcome:
        """Look what is there, and go on from that."""
        there = list(list_check_runs(self.repository, self.head, name=self.name.name))
        mine = next(filter(self.name.is_same_run, there), None)
        if mine is not None:
            return self.go_on(mine)
        later = next(filter(self.name.is_later, there), None)
        return Outcome("left", later.url) if later is not None and not force else self.create()

    def create(self) -> Outcome:
        """Write it; one with more notes than a request takes is at work until the last of them is there."""
        self.created = True
        whole = len(self.notes) <= BATCH
        made = create_check_run(
            self.repository,
            self.name.name,
            self.head,
            self.output,
            status="completed" if whole else "in_progress",
            conclusion=self.check.conclusion if whole else None,
            annotations=self.notes[:BATCH],
            external_id=self.name.external_id,
            details_url=self.details_url,
        )
        if not whole:
            self._finish(made, BATCH)
        return Outcome("created", made.url)

    def go_on(self, there: CheckRun) -> Outcome:
        """Bring it up to date: what is missing is added, and it is finished."""
        said = (there.title, there.summary, there.text, there.conclusion, there.status)
        wanted = (*self.output.values(), self.check.conclusion, "completed")
        if said == wanted and there.annotations >= len(self.notes):
            return Outcome("created" if self.created else "unchanged", there.url)
        self._finish(there, there.annotations)
        return Outcome("created" if self.created else "updated", there.url)

    def _finish(self, check: CheckRun, sent: int) -> None:
        while len(self.notes) - sent > BATCH:
            update_check_run(self.repository, check.id, self.output, annotations=self.notes[sent : sent + BATCH])
            sent += BATCH
        conclusion = self.check.conclusion
        update_check_run(self.repository, check.id, self.output, status="completed", conclusion=conclusion, annotations=self.notes[sent:])


def _note(note: Annotation) -> dict[str, Any]:
    line = note.line
    return {
        "path": note.path,
        "start_line": line,
        "end_line": line,
        "annotation_level": note.level,
        "title": note.title,
        "message": note.message,
    }
