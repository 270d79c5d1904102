"""What a check found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a worklog: where, which rule, what, and what to do about it."""

    path: str
    line: int
    rule: str
    severity: Literal["error", "warning"]
    message: str
    hint: str = ""

    def text(self) -> str:
        """The finding on one or two lines, in the form that editors can jump to."""
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{self.path}:{self.line}: {self.severity}: {self.message} [{self.rule}]{hint}"

    def as_dict(self) -> dict[str, object]:
        """The finding for programs."""
        return asdict(self)
