"""What people decided about clusters, kept so that it can be undone and that the next run knows it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rca.model.base import Model, Moment

DecisionKind = Literal["note", "accept", "reject", "mute", "unmute", "flaky", "not flaky", "split", "merge", "rule"]


class Decision(Model):
    """One decision; the decisions of a worklog, applied in order to what the reports show, give its clusters."""

    id: str = Field(pattern=r"^d\d+$", description="`d` and a number, in the order in which they were taken.")
    at: Moment
    author: str = ""
    kind: DecisionKind
    fingerprint: str = Field(description="Of the cluster that it is about.")
    match: str = Field(default="", description="The `ref` of the match that is accepted or rejected.")
    into: str = Field(default="", description="Fingerprint of the cluster into which this one is merged, or of the one split off.")
    cases: tuple[str, ...] = Field(default=(), description="Ids of the cases that are split off, without their repeat numbers.")
    cluster: str = Field(default="", description="Id of the cluster that is split off; no other one ever gets it.")
    text: str = Field(default="", description="The note, the rule, or the reason.")
    undone: bool = False
    abandoned: bool = Field(default=False, description="It was undone, and another one was taken then: it cannot be redone.")
