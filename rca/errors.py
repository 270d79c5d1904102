"""Errors that a person can act on; the command line turns them into exit codes."""

from __future__ import annotations


class RcaError(Exception):
    """Something could not be done: what, and the next step.

    `message` names the thing and the place; `hint` says what to do next (may be empty).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(RcaError):
    """The configuration holds something that rca cannot use."""


class RecordError(RcaError):
    """A stored worklog cannot be read or written."""


class FaceEditedError(RecordError):
    """A Markdown face was changed by hand, so writing would lose what somebody typed."""


class HistoryError(RcaError):
    """The history cannot be read or written."""
