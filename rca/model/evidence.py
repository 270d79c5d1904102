"""What was found in log files and in the changes of commits, and what became of a reference when it was looked up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rca.model.run import Problem

ResolvedState = Literal["resolves", "changed", "gone", "unverified"]


@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of a log that may have to do with failures; its texts are cleaned, redacted and bounded.

    path: as it was given; line: of the entry's first line, from 1. at: its time, in UTC; None when the log does not say.
    text: the first line; excerpt: that line, and of a stack trace below it the lines that tell most; may be empty.
    sha256: of `text`, as `rca.sources.evidence` hashes it again. level: `ERROR`, `WARN` or the like, empty without one.
    words: what it shares with the failures, the rarest first. why: why it is offered, in words.
    score: for the order only. count: how many entries read the same once their changing parts are taken out.
    """

    path: str
    line: int
    text: str
    excerpt: str = ""
    sha256: str = ""
    why: str = ""
    score: float = 0.0
    at: datetime | None = None
    level: str = ""
    words: tuple[str, ...] = ()
    count: int = 1

    @property
    def ref(self) -> str:
        """How evidence names it: `file:line`."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that a commit changed, one stretch of them; the text is redacted and bounded.

    path: from the top of the repository; line: the first changed line, as they are counted behind the commit. text: the changed
    lines, each with `+` or `-` before it.
    """

    commit: str
    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class LogLines:
    """The best entries of some logs, the best first; how much was read; which logs could not be, or seem to be others.

    passed_over: lines that hold words of the failures and were not looked at, since nearly every line holds them.
    """

    lines: tuple[LogLine, ...] = ()
    problems: tuple[Problem, ...] = ()
    read_bytes: int = 0
    read_lines: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference, looked up.

    state: `resolves`: it is there, and reads as it did when it was cited, if that is known; `changed`: it is there and reads
    differently; `gone`: it is not there; `unverified`: it could not be looked up, or never is. why: in one sentence.
    excerpt: what stands there with what is around it, cleaned, redacted and bounded; said: the one line of it that is meant.
    sha256: of what was seen; empty when nothing was.
    """

    state: ResolvedState
    why: str
    excerpt: str = ""
    sha256: str = ""
    said: str = ""
