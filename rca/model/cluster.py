"""A group of failing cases that share a cause, as far as their text shows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rca.model.base import Model
from rca.model.money import Money

Classification = Literal["unknown", "new", "regression", "known", "flaky", "still failing", "fixed", "quarantined"]


class Match(Model):
    """A known issue or an earlier worklog that this cluster resembles."""

    ref: str = Field(description="`#712` for an issue, the id for a worklog.")
    title: str = ""
    score: float = Field(ge=0, le=1)
    evidence: tuple[str, ...] = Field(default=(), description="The words or facts that matched.")


class Suspect(Model):
    """A commit that may have caused the cluster, with the parts of its score."""

    commit: str
    summary: str = ""
    score: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = ()


class Cluster(Model):
    """Failing cases with the same type of error and the same message once its changing parts are taken out."""

    id: str = Field(description="`c` and a number: 1 is the largest cluster of its worklog.")
    title: str
    fingerprint: str = Field(description="Version of the rule, a colon, and a hash: equal causes have equal ones.")
    error_type: str = ""
    message: str = Field(default="", description="The message of the first case.")
    why_matched: str = Field(default="", description="What the cases have in common, in words.")
    categories: tuple[str, ...] = ()
    cases: tuple[str, ...] = Field(description="Ids of its cases in the last run that showed it.")
    example: str = Field(default="", description="Id of the case whose text is shown.")
    excerpt: str = Field(default="", description="Text of that failure, shortened, secrets taken out.")
    runs: tuple[str, ...] = Field(default=(), description="Ids of the runs of this worklog that show it.")
    failing: bool = Field(default=True, description="Whether its tests still fail in the last run of their category.")
    classification: Classification = "unknown"
    matches: tuple[Match, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    impact: str = Field(default="", description="What it means for users, in a person's words.")
    risk: Literal["", "low", "medium", "high", "critical"] = ""
    at_risk: tuple[Money, ...] = Field(default=(), description="Money of the value groups that its cases break.")
    blocked_by: str | None = Field(default=None, description="Id of the cluster that stands in its way.")
