"""What a reader of reports needs of the stage behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Protocol

from rca.model import Case, Problem


class Sink(Protocol):
    """Takes the cases of one report, one after the other, while the report is read."""

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> object:
        """A case that simply passed: nothing about it needs to be kept but its counts."""

    def case(self, case: Case, file: str) -> object:
        """Any other case, with all that the report says of it; `file` is the one that the report names."""


@dataclass(slots=True)
class Report:
    """An input that can be opened: a file, a member of an archive, or standard input.

    path: how it is named to people. again: whether `open` may be called a second time.
    explicit: named by the user, and not found in a folder or an archive.
    plain: a file of its own on the disk, which any process may open.
    around: how many of its outermost tags belong to a larger report of which this is a part.
    """

    path: str
    open: Callable[[], IO[bytes]]
    size: int = 0
    again: bool = True
    explicit: bool = True
    plain: bool = False
    around: int = 0


@dataclass(slots=True)
class Reading:
    """What a report said beside its cases."""

    producer: str = "unknown"
    sha256: str = ""
    size: int = 0
    cases: int = 0
    problems: list[Problem] = field(default_factory=list)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    zone_assumed: bool = False
    is_report: bool = True
    properties: dict[str, str] = field(default_factory=dict)
