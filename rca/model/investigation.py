"""The five whys and what follows from them: root cause, prediction, fix, actions, lessons."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from rca.model.base import Model, Moment, NotNegative
from rca.model.case import Location
from rca.model.history import Confidence

WhyStatus = Literal["hypothesis", "supported", "refuted", "unknown"]
Leg = Literal["occurrence", "detection", "systemic"]
AuthorKind = Literal["human", "agent"]
EvidenceKind = Literal["case", "cluster", "log", "commit", "location", "issue", "worklog", "metric", "url"]
EvidenceState = Literal["not looked up", "found", "missing", "changed"]
LeafMark = Literal["", "within control", "data exhausted"]
Level = Literal["", "code", "design", "process"]
ReadBack = Literal["", "yes", "no", "needs condition"]
Verdict = Literal["not judged", "confirmed", "partly confirmed", "refuted"]


class Evidence(Model):
    """Something that can be looked up again."""

    kind: EvidenceKind
    ref: str = Field(description="How to find it: a case id, `path:line@commit`, `#712`, …")
    excerpt: str = ""
    sha256: str = Field(default="", description="Hash of what was seen, to notice a change.")
    state: EvidenceState = Field(default="not looked up", description="What came of it when it was last looked up.")
    reason: str = Field(
        default="", description="Why it was not found, reads differently, or could not be looked up; empty when it was found."
    )


class Why(Model):
    """One question and its answer in the tree of causes."""

    id: str = Field(description="`1`, `1.1`, …: the place in the tree.")
    parent: str | None = None
    leg: Leg = "occurrence"
    question: str
    answer: str = Field(description="Of one that is unknown: what was tried to find it out.")
    status: WhyStatus = "hypothesis"
    confidence: Confidence | Literal[""] = ""
    evidence: tuple[Evidence, ...] = ()
    author: str = ""
    author_kind: AuthorKind = "human"
    confirmed_by: str = Field(default="", description="Of an answer by an agent: the person or the green run that confirmed it.")
    read_back: ReadBack = Field(default="", description="Read upwards, does its parent follow from it?")
    condition: str = Field(default="", description="What else is needed for its parent to follow.")
    leaf: LeafMark = Field(default="", description="Why the chain ends here.")
    level: Level = Field(default="", description="Of a leaf: where it can be changed.")


class RootCause(Model):
    """The one statement of the cause."""

    statement: str
    category: str = ""
    actual: str = ""
    expected: str = ""
    reference: str = Field(default="", description="The rule that was broken: an RFC and section, a document.")
    whys: tuple[str, ...] = Field(default=(), description="Ids of the whys that it rests on.")


class Prediction(Model):
    """What the root cause foretells, for the next run to judge."""

    failure_text: str = Field(default="", description="The error that this cause would produce.")
    turns_green: tuple[str, ...] = Field(default=(), description="Ids of the cases that the fix should turn green.")
    stays_red: tuple[str, ...] = ()
    verdict: Verdict = "not judged"
    judged_by: str | None = Field(default=None, description="Id of the run that judged it.")
    right: tuple[str, ...] = Field(default=(), description="Ids of the cases that came out as foretold.")
    wrong: tuple[str, ...] = Field(default=(), description="Those that came out otherwise.")
    not_judged: tuple[str, ...] = Field(default=(), description="Those that did not run, or of which the run does not tell.")


class Mapped(Model):
    """What a failing cluster has to do with this investigation."""

    cluster: str
    to: Literal["leaf", "unexplained", "out of scope"]
    why: str = Field(default="", description="Id of the leaf that explains it.")
    reason: str = ""


class Override(Model):
    """A rule that somebody set aside, and why."""

    rule: int = Field(ge=1)
    where: str = Field(default="", description="The place that it is about, for example `why:1.2`; everywhere when empty.")
    reason: str
    author: str = ""


class Investigation(Model):
    """A guided five-whys session on one or more clusters."""

    id: str
    problem: str
    clusters: tuple[str, ...] = ()
    run: str = Field(default="", description="Id of the run in which the problem was seen.")
    impact: str = Field(default="", description="What it means for users, in a person's words.")
    severity: str = ""
    whys: tuple[Why, ...] = ()
    root_cause: RootCause | None = None
    prediction: Prediction | None = None
    mapping: tuple[Mapped, ...] = Field(default=(), description="What each failing cluster has to do with it.")
    overrides: tuple[Override, ...] = ()
    author: str = ""
    finished_at: Moment | None = None


class Validation(Model):
    """A command that was run to prove a fix locally."""

    command: str
    output: str = Field(default="", description="What it printed: the beginning and the end, secrets taken out.")
    verdict: Literal["passed", "failed"]
    exit_code: int | None = Field(default=None, description="None when it did not end by itself, or when nobody noted it.")
    ended: str = Field(default="", description="How it ended when not by itself: `signal SIGSEGV`, `stopped after 60 s`.")
    seconds: NotNegative | None = None
    at: Moment | None = Field(default=None, description="When it was started.")
    commit: str = Field(default="", description="The commit that was checked out.")
    uncommitted: int = Field(default=0, ge=0, description="Files that differed from that commit.")


class Compliance(Model):
    """A rule that the fix keeps or breaks, with what shows it."""

    name: str
    result: Literal["kept", "broken", "not checked"]
    evidence: str = ""


class Fix(Model):
    """A change that should remove a root cause."""

    summary: str
    commits: tuple[str, ...] = ()
    locations: tuple[Location, ...] = Field(default=(), description="Each with its commit; paths from the top of the repository.")
    files_left_out: int = Field(default=0, ge=0, description="Changed files beyond those of which places are listed.")
    pull_request: str = ""
    validation: Validation | None = None
    compliance: tuple[Compliance, ...] = ()
    investigation: str | None = None


class Deployment(Model):
    """A step on the way of the fix to the environment, or what GitHub says was deployed there: then it has a commit."""

    name: str
    state: Literal["done", "pending", "failed"]
    at: Moment | None = Field(default=None, description="When it was done, else when that became known.")
    url: str = ""
    service: str = Field(default="", description="Role of the service.")
    environment: str = Field(default="", description="Its name at GitHub.")
    repo: str = Field(default="", description="The repository that it was deployed from.")
    commit: str = ""
    ref: str = Field(default="", description="Branch or tag that it was deployed from.")
    by: str = Field(default="", description="Who deployed it.")
    carries_fix: bool | None = Field(default=None, description="Whether its commit holds a fix of this worklog, if that could be told.")


class ActionMark(Model):
    """That somebody closed an action, or opened it again."""

    at: Moment = Field(description="When.")
    author: str = Field(default="", description="Who did it.")
    done: bool = Field(description="True when it was closed, false when it was opened again.")
    note: str = Field(default="", description="What there is to say of it.")
    evidence: tuple[Evidence, ...] = Field(default=(), description="What shows it.")


class Action(Model):
    """Something to be done, by whom, until when, and how one sees that it is done."""

    text: str
    owner: str = ""
    due: dt.date | None = None
    kind: Literal["prevent", "detect", "mitigate", "repair", "investigate"]
    cause: str = Field(default="", description="What it answers: the id of a why or a cluster, or `lesson 2`.")
    investigation: str = Field(default="", description="Id of the investigation that it comes from.")
    issue: str = ""
    done_when: str = ""
    done: bool = False
    history: tuple[ActionMark, ...] = Field(default=(), description="How it was closed and opened again, the last time last.")


class Lesson(Model):
    """What to remember."""

    kind: Literal["went well", "went badly", "lucky"]
    text: str
    investigation: str = Field(default="", description="Id of the investigation that it comes from.")
