"""A run: what was read, from where, with which problems, and how it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from rca.model.base import Model, Moment, NotNegative
from rca.model.case import Case
from rca.model.history import RunHistory

Severity = Literal["error", "warning", "note"]
Marks = Annotated[str, Field(pattern=r"^([A-Za-z0-9+/]{8})*$")]


class Problem(Model):
    """Something about an input that a reader of the worklog must know."""

    code: str = Field(description="Stable short name of the kind of problem, for example `truncated`.")
    severity: Severity = Field(description="`error`: something could not be read. `warning`: read, but doubtful. `note`: worth knowing.")
    message: str = Field(description="What is wrong, in one sentence.")
    path: str = Field(description="The input, as it was given.")
    line: int | None = Field(default=None, description="Line of the fault, counted from 1.")
    column: int | None = Field(default=None, description="Column of the fault, counted from 1.")
    hint: str = Field(default="", description="What to do next.")

    def place(self) -> str:
        """Return `path:line:column` as far as known."""
        parts = [self.path]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


class Totals(Model):
    """How many cases had which outcome; flaky cases are among the passed."""

    total: int = Field(default=0, ge=0, description="All cases, and errors of whole suites.")
    passed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    error: int = Field(default=0, ge=0, description="Cases with an error, and errors of whole suites.")
    skipped: int = Field(default=0, ge=0)
    flaky: int = Field(default=0, ge=0, description="Passed after at least one failed attempt.")

    @property
    def executed(self) -> int:
        """Cases that gave a verdict: all but the skipped ones."""
        return self.passed + self.failed + self.error

    @property
    def failing(self) -> int:
        """Failed cases and errors together."""
        return self.failed + self.error


def sum_totals(parts: Iterable[Totals]) -> Totals:
    """Add up totals; nothing gives zeros."""
    sums = [0] * 6
    for part in parts:
        for index, count in enumerate((part.total, part.passed, part.failed, part.error, part.skipped, part.flaky)):
            sums[index] += count
    return Totals(total=sums[0], passed=sums[1], failed=sums[2], error=sums[3], skipped=sums[4], flaky=sums[5])


class Source(Model):
    """One report that was read."""

    path: str = Field(description="Path as given; `archive.zip:inner.xml` for a report inside an archive.")
    sha256: str = Field(default="", description="SHA-256 of the bytes read, in hexadecimal.")
    size: int = Field(default=0, ge=0, description="Bytes read.")
    producer: str = Field(default="unknown", description="The tool that wrote the report, if recognised.")
    totals: Totals = Field(default=Totals(), description="What this report adds to the run.")
    problems: tuple[Problem, ...] = ()


class NamedTime(Model):
    """A case and how long it took."""

    case: str = Field(description="Id of the case.")
    seconds: NotNegative


class Names(Model):
    """Which results were counted, by outcome.

    Each is told by a mark of eight characters: 6 bytes of a hash over the id of the case, in Base64, one behind the other in order.
    So a later run of a part can be told from one of the whole.
    """

    passed: Marks = Field(default="", description="Without the flaky ones.")
    flaky: Marks = ""
    failing: Marks = Field(default="", description="Failed cases and errors.")
    skipped: Marks = ""


class GroupResult(Model):
    """How the cases of one category, journey step or value item came out in a run."""

    name: str
    totals: Totals = Totals()
    seconds: NotNegative = Field(default=0.0, description="Sum of the known times of its cases.")
    untimed: int = Field(default=0, ge=0, description="Cases without a usable time.")
    too_fast: tuple[NamedTime, ...] = Field(default=(), description="Passed end-to-end cases that took less than the limit; the first 20.")
    too_fast_count: int = Field(default=0, ge=0)
    names: Names | None = Field(default=None, description="Which results these are; null when it was not kept.")


class NamedGroup(Model):
    """A category that was named after the reports' own structure: which cases belong to it."""

    name: str
    begin: tuple[str, ...] = Field(description="Suites, then parts of the class, with which the place of its cases begins.")


class Context(Model):
    """Where and on what a run ran, as far as it was said."""

    repo: str | None = None
    branch: str | None = None
    base: str | None = Field(default=None, description="The branch that a pull request goes into.")
    commit: str | None = Field(
        default=None, description="The commit that was tested; of a pull request its head, never a merge made for a test."
    )
    pull: int | None = Field(default=None, description="Number of the pull request that it ran for.")
    environment: str | None = None
    ci: str | None = Field(default=None, description="The CI system, if its variables were there.")
    job: str | None = None
    attempt: int | None = None
    url: str | None = None


class Run(Model):
    """One execution of tests: its sources, totals, categories, times and failing cases."""

    id: str = Field(description="`run-` and the first 12 digits of the hash over all its inputs.")
    context: Context = Context()
    started_at: Moment | None = Field(default=None, description="First time stamp in the reports.")
    finished_at: Moment | None = Field(default=None, description="Last time stamp plus that suite's duration.")
    zone_assumed: bool = Field(default=False, description="A report gave a local time; the configured zone was assumed.")
    recorded_at: Moment | None = Field(default=None, description="When the run was added to the worklog.")
    whole: bool = Field(default=False, description="Somebody said that it is all there is: cases that it lacks are gone.")
    totals: Totals = Totals()
    seconds: NotNegative = Field(default=0.0, description="Sum of the known times of all cases.")
    untimed: int = Field(default=0, ge=0, description="Cases without a usable time; unknown is not zero.")
    categories: tuple[GroupResult, ...] = ()
    journeys: tuple[GroupResult, ...] = Field(default=(), description="One entry a step: `journey / step`.")
    value: tuple[GroupResult, ...] = Field(default=(), description="One entry an item: `group / item`.")
    places: Marks = Field(default="", description="Marks of the suites and classes that it knows: what could not be loaded before was.")
    slowest: tuple[NamedTime, ...] = ()
    cases: tuple[Case, ...] = Field(default=(), description="Every failing case, in the order of the reports.")
    flaky: tuple[Case, ...] = Field(default=(), description="Cases that passed after a failed attempt; the first 100.")
    sources: tuple[Source, ...] = ()
    notes: tuple[Problem, ...] = Field(default=(), description="What concerns all inputs together.")
    history: RunHistory | None = Field(default=None, description="How it stands against the runs before it.")

    @property
    def wall_seconds(self) -> float | None:
        """Seconds from the first start to the last end, None when the reports do not say."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems of all sources, in order, then what concerns them together."""
        return tuple(problem for source in self.sources for problem in source.problems) + self.notes
