"""One test case as a report gives it: the hot row, a slots dataclass and not a pydantic model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rca.model.base import NotNegative

Outcome = Literal["passed", "failed", "error", "skipped"]
FailureKind = Literal["failure", "error", "skipped"]


@dataclass(slots=True)
class Failure:
    """One `<failure>`, `<error>` or `<skipped>` element: its kind, type, message and text."""

    kind: FailureKind
    type: str = ""
    message: str = ""
    text: str = ""


@dataclass(slots=True)
class Location:
    """A place in code; `commit` is the full or short hash at which path and lines hold; `end` is the last line of several."""

    path: str
    line: int | None = None
    commit: str | None = None
    end: int | None = None

    def __str__(self) -> str:
        line = "" if self.line is None else f":{self.line}" + (f"-{self.end}" if self.end is not None else "")
        return f"{self.path}{line}" + (f"@{self.commit[:12]}" if self.commit else "")


@dataclass(slots=True)
class Case:
    """A test case with what the report says of it.

    suite: names of the suites around it, joined by ` > `, as reported; classname and name as reported.
    outcome: the worst of all that the report says of the last attempt. seconds: None when the report has no usable time.
    id: suite, class and name as reported, joined by `::`; made when empty. `#2` marks a second case of that name.
    scope: `suite` for an error of a whole suite (collection, set-up), else `case`.
    failures: every failure, error or skip of the last attempt; attempts: those of earlier attempts.
    repeat: 1 for the first case with this identity in a run, 2 for the second, and so on.
    cause: fingerprint of its own failure; empty unless it failed. fingerprint: the one of the group that near-duplicates
    and the team's rules put it into, before what people decided is applied.
    category: the one in which it counts; only failing cases say so.
    classification: against the history. blocked_by: id of the case whose failure stands in its way.
    """

    suite: str
    classname: str
    name: str
    outcome: Outcome = "passed"
    seconds: NotNegative | None = None
    scope: Literal["case", "suite"] = "case"
    location: Location | None = None
    failures: list[Failure] = field(default_factory=list)
    attempts: list[Failure] = field(default_factory=list)
    flaky: bool = False
    attachments: list[str] = field(default_factory=list)
    output: str = ""
    repeat: int = 1
    id: str = ""
    cause: str = ""
    fingerprint: str = ""
    category: str = ""
    classification: str = ""
    blocked_by: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            self.id = case_id(self.suite, self.classname, self.name, self.repeat)


def case_id(suite: str, classname: str, name: str, repeat: int = 1) -> str:
    """Join what identifies a case in a run; parts that the report leaves out are left out here too."""
    text = "::".join(part for part in (suite, classname, name) if part) or "(no name)"
    return text if repeat == 1 else f"{text}#{repeat}"
