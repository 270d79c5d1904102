"""What is known of failures before a run: issues of the tracker, and causes that earlier worklogs hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from rca.model.base import Model, Moment

Held = Literal["", "not judged", "held", "came back"]


class LinkedPull(Model):
    """A pull request that refers to an issue."""

    number: int
    repo: str = Field(default="", description="Where it is, when that is another repository than the one of the issue.")
    title: str = ""
    state: Literal["open", "merged", "closed"] = "open"
    url: str = ""

    @property
    def ref(self) -> str:
        """How people name it: `#712`, of another repository `acme/till#712`."""
        return f"{self.repo}#{self.number}"


class IssuesRead(Model):
    """Where the issues came from and when, so that nobody takes old ones for new."""

    repo: str = Field(default="", description="The repository at GitHub; empty for issues of a file.")
    at: Moment
    asked: str = Field(default="", description="What was asked for, as options of `rca issues`.")
    total: int = Field(default=0, ge=0, description="How many were read.")
    open: int = Field(default=0, ge=0, description="How many of them are open.")
    complete: bool = Field(default=True, description="Whether these are all; else there may be more.")


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """An issue of the tracker, whoever it was read from; its texts are cleaned, redacted and bounded.

    trusted: False when the tracker says that its author is a stranger to the project. What strangers write may be
    proposed, but settles nothing.
    """

    number: int
    title: str
    body: str = ""
    open: bool = True
    labels: tuple[str, ...] = ()
    url: str = ""
    created_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    trusted: bool = True
    milestone: str = ""
    pulls: tuple[LinkedPull, ...] = ()

    @property
    def ref(self) -> str:
        """How people name it: `#712`."""
        return f"#{self.number}"


@dataclass(frozen=True, slots=True)
class EarlierCause:
    """A cluster of an earlier worklog, and what became of it.

    fingerprints: its own, those merged into it, and its cause key. message_key: type and message alone; empty when
    the message says too little to stand alone. last_at: start of the last run of that worklog that showed it.
    held: whether its fix held, as far as that worklog and those after it tell.
    """

    worklog: str
    title: str
    fingerprints: tuple[str, ...]
    message_key: str = ""
    root_cause: str = ""
    held: Held = "not judged"
    last_at: datetime | None = None
