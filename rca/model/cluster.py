"""A group of failing cases that share a cause, as far as their text and their frames show."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rca.model.base import Model, Moment
from rca.model.history import AgainstBase, Confidence, Past
from rca.model.known import Held
from rca.model.money import Money

Classification = Literal["unknown", "new", "regression", "known", "flaky", "still failing", "fixed", "quarantined"]


class Match(Model):
    """A known issue or an earlier worklog that this cluster resembles."""

    kind: Literal["issue", "worklog"] = "issue"
    ref: str = Field(description="`#712` for an issue, the id for a worklog.")
    title: str = ""
    url: str = ""
    score: float = Field(ge=0, le=1)
    evidence: tuple[str, ...] = Field(default=(), description="The words or facts that matched.")
    state: Literal["proposed", "accepted", "rejected"] = "proposed"
    closed: bool = Field(default=False, description="The issue is closed: what was mended shows up again, or its fix is not in this run.")
    root_cause: str = Field(default="", description="Of an earlier worklog: the root cause that was found.")
    held: Held = Field(default="", description="Of an earlier worklog: whether its fix held.")


class ScorePart(Model):
    """One part of a score, with the facts that it comes from."""

    name: str
    points: float = Field(description="What it adds to the score, or takes from it.")
    why: str = ""


class Suspect(Model):
    """A commit that may have caused the cluster, with the parts of its score."""

    commit: str
    summary: str = ""
    at: Moment | None = None
    score: float = Field(ge=0, le=1)
    parts: tuple[ScorePart, ...] = Field(default=(), description="The parts of the score, the largest first.")


class Keys(Model):
    """Hashes that tell how far two failures agree; clusters go by `cause`."""

    exact: str = Field(description="Type, message and the top two frames of own code.")
    cause: str = Field(description="Type, message and the top frame of own code.")
    message: str = Field(description="Type and message.")
    stack: str = Field(default="", description="All frames of own code; empty without any.")


class Cluster(Model):
    """Failing cases with the same type of error, the same message once its changing parts are taken out, and the same place."""

    id: str = Field(description="`c` and a number, which it keeps.")
    title: str
    fingerprint: str = Field(description="Version of the rule, a colon, and a hash: equal causes have equal ones.")
    keys: Keys | None = Field(default=None, description="Of the failure that stands for the cluster.")
    merged: tuple[str, ...] = Field(default=(), description="Fingerprints of near-duplicates that were merged into it.")
    error_type: str = ""
    message: str = Field(default="", description="The message of the first case.")
    frames: tuple[str, ...] = Field(default=(), description="Top frames of own code, the one nearest to the failure first.")
    why_matched: str = Field(default="", description="What the cases have in common, in words.")
    confidence: Confidence = Field(default="high", description="How sure it is that the cases share one cause.")
    categories: tuple[str, ...] = ()
    cases: tuple[str, ...] = Field(description="Ids of its cases in the last run that showed it.")
    example: str = Field(default="", description="Id of the case whose text is shown.")
    excerpt: str = Field(default="", description="Text of that failure, shortened, secrets taken out.")
    runs: tuple[str, ...] = Field(default=(), description="Ids of the runs of this worklog that show it.")
    failing: bool = Field(default=True, description="Whether its tests still fail in the last run of their category.")
    classification: Classification = "unknown"
    past: Past | None = Field(default=None, description="What earlier runs say of it.")
    base: AgainstBase | None = Field(default=None, description="Of a pull request: how it stands against the branch that it goes into.")
    rule: str = Field(default="", description='Says which failures are this one, for example `message LIKE "%refused%"`.')
    matches: tuple[Match, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    suspects_note: str = Field(default="", description="Which commits were looked at, and what was missing.")
    notes: tuple[str, ...] = Field(default=(), description="What people noted, from the decisions.")
    muted: bool = Field(default=False, description="Somebody decided that it needs no attention now.")
    impact: str = Field(default="", description="What it means for users, in a person's words.")
    risk: Literal["", "low", "medium", "high", "critical"] = ""
    at_risk: tuple[Money, ...] = Field(default=(), description="Money of the value groups that its cases break.")
    blocked_by: str | None = Field(default=None, description="Id of the cluster that stands in its way.")


class Upstream(Model):
    """A cause that several clusters seem to share; a layer above them that never changes them."""

    id: str = Field(description="`u` and a number.")
    kind: Literal["shared", "infrastructure"] = Field(description="`infrastructure`: most of a run failed together.")
    title: str
    anchor: str = Field(default="", description="What they have in common: an address, a service, a table, a file, a status.")
    anchor_kind: str = Field(default="", description="What sort of thing the anchor is, for example `host:port`.")
    clusters: tuple[str, ...] = Field(description="Ids of the clusters.")
    cases: int = Field(ge=0, description="Failing cases of these clusters.")
    evidence: tuple[str, ...] = Field(default=(), description="Lines of the reports that show the anchor.")
    reason: str = Field(default="", description="Why they were put together, in one sentence.")
    confidence: Confidence = "low"
