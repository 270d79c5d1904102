"""The worklog: everything that is known of one investigation, from the first red run to the last check."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rca.model.base import Model, Moment, NotNegative, ZoneName
from rca.model.cluster import Cluster, Upstream
from rca.model.decision import Decision
from rca.model.investigation import Action, Deployment, Fix, Investigation, Lesson
from rca.model.known import IssuesRead, LinkedPull
from rca.model.money import Money
from rca.model.plan import CriterionResult, Plan
from rca.model.run import NamedGroup, Run, Totals

SCHEMA_VERSION = 1

Status = Literal["open", "incomplete", "failing", "explained", "fix ready", "fix deployed", "passing", "verified"]


class Environment(Model):
    """Where the system under test runs."""

    name: str
    platform: str = ""
    service: str = ""


class KnownService(Model):
    """A service of the environment, as far as somebody wrote it down."""

    role: str
    name: str = ""
    revision: str = ""
    deployed_at: Moment | None = None
    health: str = Field(default="", description="What its health check said, for example `200 in 107 ms`.")
    repo: str = Field(default="", description="Repository that it is deployed from, when that is another one.")
    environment: str = Field(default="", description="Name of its environment at GitHub, when that is another one.")
    url: str = Field(default="", description="Where it runs.")


class Service(KnownService):
    """A service of the environment and what is deployed there.

    What nobody wrote down, `rca status` fills in from the deployments at GitHub.
    """

    commit: str = Field(default="", description="The commit that is deployed.")
    read_at: Moment | None = Field(default=None, description="When GitHub was asked about it.")
    filled: tuple[str, ...] = Field(default=(), description="Which of these fields are from GitHub; the others somebody wrote.")


class RecentFix(Model):
    """A change that went in not long before."""

    text: str
    ref: str = Field(default="", description="Pull request or commit.")
    url: str = ""
    at: Moment | None = Field(default=None, description="When it went in.")
    deployed: bool | None = Field(default=None, description="Whether what is deployed holds it, if that could be told.")


class Dependency(Model):
    """Something that a service depends on, and how it answered."""

    name: str
    state: str = ""
    latency_ms: NotNegative | None = None


class Infrastructure(Model):
    """What probes of the environment saw during the run."""

    http_status: int | None = Field(default=None, ge=100, le=599)
    dependencies: tuple[Dependency, ...] = ()
    discovery: str = ""
    memory_mb: tuple[NotNegative, NotNegative] | None = Field(default=None, description="Lowest and highest use, in MB.")


class TimelineEvent(Model):
    """Something that happened, and when."""

    at: Moment
    text: str
    ref: str = ""


class Issue(Model):
    """An open issue that matters here."""

    number: int
    title: str
    priority: str = ""
    state: str = "open"
    labels: tuple[str, ...] = ()
    url: str = ""
    milestone: str = ""
    created_at: Moment | None = None
    updated_at: Moment | None = None
    clusters: tuple[str, ...] = ()
    pulls: tuple[LinkedPull, ...] = Field(default=(), description="Pull requests that refer to it, as far as that was asked.")


class JourneyStep(Model):
    """A step of a journey and the state that its tests prove."""

    name: str
    state: Literal["works", "broken", "not proved"]
    totals: Totals = Totals()


class Journey(Model):
    """A way through the product that users take, step by step."""

    name: str
    steps: tuple[JourneyStep, ...]

    @property
    def working(self) -> int:
        """How many steps work."""
        return sum(step.state == "works" for step in self.steps)


class ValueItem(Model):
    """Something of worth and the state that its tests prove."""

    name: str
    state: Literal["protected", "at risk", "not proved"]
    was: Literal["protected", "at risk", "not proved"] | None = Field(
        default=None, description="Its state in the first run, when a later one changed it."
    )
    depends_on: str = ""
    totals: Totals = Totals()


class ValueGroup(Model):
    """Items that earn the same money."""

    name: str
    state: Literal["protected", "at risk", "not proved"] = Field(
        description="At risk as soon as one item is; not proved when an item was not tested."
    )
    money: Money | None = None
    items: tuple[ValueItem, ...] = ()


class Previous(Model):
    """The worklog before this one."""

    id: str
    focus: str = ""
    passed: int = 0
    executed: int = 0


class Undecided(Model):
    """What decisions change, as the reports and the history alone give it: undoing them brings it back."""

    clusters: tuple[Cluster, ...] = ()
    upstreams: tuple[Upstream, ...] = ()


class Worklog(Model):
    """A typed root-cause worklog; its Markdown face and all its figures are computed from it."""

    schema_version: Literal[1] = Field(default=1, description="Version of this shape.")
    generator: str = Field(default="", description="Name and version of the program that wrote it.")
    id: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}$", description="Date and short title.")
    title: str
    kind: str = Field(default="test run", description="What sort of worklog this is.")
    focus: str = ""
    session: str = ""
    environment: Environment | None = None
    objective: str = ""
    author: str = ""
    severity: str = ""
    status: Status = Field(default="open", description="Derived from all the rest, never typed.")
    opened_at: Moment
    revision: int = Field(default=0, ge=0, description="Counts the writes of the stored record.")
    time_zone: ZoneName = Field(default="UTC", description="IANA name of the one zone in which times are shown.")
    context: tuple[str, ...] = ()
    need: str = Field(default="", description="What this session is there to settle.")
    pull_request: str = ""
    previous: Previous | None = None
    services: tuple[Service, ...] = ()
    recent_fixes: tuple[RecentFix, ...] = ()
    infrastructure: Infrastructure | None = None
    timeline: tuple[TimelineEvent, ...] = ()
    issues: tuple[Issue, ...] = Field(default=(), description="By priority, then those that clusters resemble, then the newest.")
    issues_read: IssuesRead | None = Field(default=None, description="Where the issues were read, and when.")
    plan: Plan = Plan()
    runs: tuple[Run, ...] = ()
    groups: tuple[NamedGroup, ...] = Field(
        default=(), description="Without configured categories: how they were named first, so that later runs are counted alike."
    )
    verdicts: tuple[CriterionResult, ...] = Field(default=(), description="Derived: the criteria held against the runs.")
    clusters: tuple[Cluster, ...] = ()
    upstreams: tuple[Upstream, ...] = Field(default=(), description="Causes that several clusters seem to share.")
    decisions: tuple[Decision, ...] = Field(default=(), description="What people decided about clusters, in order.")
    undecided: Undecided = Field(default=Undecided(), description="Clusters and upstreams that these change, as they were before.")
    investigations: tuple[Investigation, ...] = ()
    value: tuple[ValueGroup, ...] = ()
    journeys: tuple[Journey, ...] = ()
    fixes: tuple[Fix, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    actions: tuple[Action, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    contributing_factors: tuple[str, ...] = ()
    related: tuple[str, ...] = Field(default=(), description="Ids of related worklogs.")
