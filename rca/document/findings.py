"""What a check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a worklog: where, which rule, what, and what to do about it.

    overridden: the reason for which a person set the rule aside here; the severity is `note` then.
    """

    path: str
    line: int
    rule: str
    severity: Literal["error", "warning", "note"]
    message: str
    hint: str = ""
    overridden: str = ""

    def text(self) -> str:
        """The finding on one or two lines, in the form that editors can jump to."""
        more = f"set aside: {self.overridden}" if self.overridden else self.hint
        return f"{self.path}:{self.line}: {self.severity}: {self.message} [{self.rule}]" + (f"\n    {more}" if more else "")

    def as_dict(self) -> dict[str, object]:
        """The finding for programs."""
        return asdict(self)
