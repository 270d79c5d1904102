"""What one can choose of a comment; loaded with the command line, and so without anything else."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What becomes of the comment of an earlier run."""

    update = "update"
    new = "new"


class When(StrEnum):
    """When the comment is shown."""

    always = "always"
    changes = "changes"
    failures = "failures"
