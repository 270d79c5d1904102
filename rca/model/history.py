"""What earlier runs say of a run and of its clusters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from rca.model.base import Model, Moment

Confidence = Literal["low", "medium", "high"]
Standing = Literal["broken here", "fails there too", "not known"]


class RunRef(Model):
    """An earlier run, as the history knows it."""

    id: str
    at: Moment | None = None
    commit: str | None = None
    url: str | None = None


class FlipRate(Model):
    """How often tests both passed and failed on the same commit, with the interval in which the true rate lies."""

    flipped: int = Field(ge=0, description="Commits on which the tests both passed and failed, reruns included.")
    commits: int = Field(ge=1, description="Commits on which they gave more than one result.")
    low: float = Field(ge=0, le=1, description="Lower end of the Wilson interval at 95 %.")
    high: float = Field(ge=0, le=1, description="Upper end of the Wilson interval at 95 %.")


class Past(Model):
    """What the history says of a cluster, and how much that is worth."""

    reason: str = Field(description="Why it is classified so, in one sentence.")
    confidence: Confidence
    runs: int = Field(default=0, ge=0, description="Earlier runs on which this rests.")
    compared_with: str = Field(default="", description="Which runs these are: branch and environment.")
    first_seen: RunRef | None = Field(default=None, description="The first run, anywhere, that showed this failure.")
    last_good: RunRef | None = Field(default=None, description="The last run in which its tests passed.")
    first_bad: RunRef | None = Field(default=None, description="The first run after that in which they failed.")
    failing_runs: int = Field(default=0, ge=0, description="Runs in a row that show it, this one included.")
    flips: FlipRate | None = None


class AgainstBase(Model):
    """How a failure stands against the branch that a pull request goes into."""

    branch: str
    kind: Standing = Field(
        description="`broken here`: the branch passes, or never showed this error. `fails there too`: it has this failure itself."
    )
    reason: str = Field(description="Why it is said so, in one sentence.")
    confidence: Confidence
    runs: int = Field(default=0, ge=0, description="Earlier runs of that branch on which this rests.")


class RunHistory(Model):
    """How a run stands against those before it."""

    earlier: int = Field(default=0, ge=0, description="Earlier runs of the same branch and environment.")
    compared_with: str = Field(default="", description="Which runs these are, in words.")
    previous: RunRef | None = None
    fixed: tuple[str, ...] = Field(default=(), description="Ids of cases that failed in the previous run and pass now; the first 100.")
    fixed_count: int = Field(default=0, ge=0)
    note: str = Field(default="", description="What a reader must know, for example that there is no history yet.")


@dataclass(slots=True)
class CasePast:
    """What the earlier runs of one branch and environment say of one test.

    runs: those in which it was executed. failed: those in which it failed. last: its outcome in the latest of them.
    last_good: the latest in which it passed. first_bad: the first failing one after that. failing_runs: how many they are.
    repeated: commits with more than one result, reruns within a run included; flipped: those of them with both outcomes.
    passed_here: passing results on the very commit that is looked at.
    """

    runs: int = 0
    failed: int = 0
    last: str = ""
    last_good: RunRef | None = None
    first_bad: RunRef | None = None
    failing_runs: int = 0
    repeated: int = 0
    flipped: int = 0
    passed_here: int = 0


@dataclass(slots=True)
class CausePast:
    """Where a fingerprint was seen before, on any branch: the first and the last run, how many, on which branches."""

    first: RunRef
    last: RunRef
    runs: int
    branches: tuple[str, ...] = ()


@dataclass(slots=True)
class BasePast:
    """What the runs of the branch that a pull request goes into say of a run: `cases` and `causes` as in `History`."""

    branch: str
    runs: int = 0
    cases: dict[str, CasePast] = field(default_factory=dict)
    causes: dict[str, CausePast] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """What the store knows that matters for one run: facts only, no judgement.

    cases: by case id without its repeat number, for the failing cases of the run. causes: by fingerprint, for those of the
    run (`cause` and `fingerprint` of its cases alike). fixed: ids of cases that failed in `previous` and pass now.
    base: of a pull request, what the branch says that it goes into; a branch's own runs do not tell what it broke.
    """

    earlier: int = 0
    compared_with: str = ""
    previous: RunRef | None = None
    cases: dict[str, CasePast] = field(default_factory=dict)
    causes: dict[str, CausePast] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)
    fixed_count: int = 0
    note: str = ""
    base: BasePast | None = None
