"""What GitHub answers, as far as rca reads it: frozen values, checked when they are read.

Their texts are as GitHub keeps them: whoever stores or shows one cleans and redacts it first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

State = Literal["open", "closed"]
DEPTH = 5  # of the objects that rca looks into: `source.issue.pull_request.merged_at`


class Shape(BaseModel):
    """An object of GitHub's API; what rca does not read is left out, and null counts as missing, also in the objects inside."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_missing(cls, data: Any) -> Any:
        return _without_null(data, DEPTH)


def _without_null(data: Any, depth: int) -> Any:
    if not isinstance(data, dict) or not depth:
        return data
    return {name: _without_null(value, depth - 1) for name, value in data.items() if value is not None}


def _inner(name: str, *, default: Any = "") -> Any:
    """A field that stands in another object, like `head.sha`."""
    return Field(default=default, validation_alias=AliasPath(*name.split(".")))


def _each(key: str) -> Any:
    """Of a list of objects one text each; texts stay as they are."""

    def names(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [part.get(key) if isinstance(part, dict) else part for part in value if part is not None]

    return BeforeValidator(names)


def _number(value: int) -> int:
    if not 0 <= value < 2**53:
        msg = "should be a number that GitHub gives out"
        raise ValueError(msg)
    return value


Number = Annotated[int, AfterValidator(_number)]
Names = Annotated[tuple[str, ...], _each("name")]
Logins = Annotated[tuple[str, ...], _each("login")]
Hashes = Annotated[tuple[str, ...], _each("sha")]
Numbers = Annotated[tuple[Number, ...], _each("number")]
# There, and not empty: once GitHub sent an empty `pull_request` with every issue.
Whether = Annotated[bool, BeforeValidator(bool)]


class Author(Shape):
    """Who wrote something; empty for an account that is gone."""

    login: str = ""
    id: Number = 0
    kind: str = Field(default="", alias="type")


class Milestone(Shape):
    """A milestone of issues."""

    number: Number
    title: str = ""


class Issue(Shape):
    """An issue, or the issue side of a pull request (`is_pull`)."""

    number: Number
    title: str = ""
    body: str = ""
    state: State = "open"
    state_reason: str = ""
    labels: Names = ()
    assignees: Logins = ()
    author: Author = Field(default=Author(), alias="user")
    association: str = Field(default="", alias="author_association")
    milestone: Milestone | None = None
    comments: int = 0
    locked: bool = False
    node_id: str = ""
    url: str = Field(default="", alias="html_url")
    repository_url: str = Field(default="", validation_alias=AliasChoices("repository_url", "url"))
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    is_pull: Whether = Field(default=False, alias="pull_request")


class Comment(Shape):
    """A comment on an issue or a pull request. app: the slug of the app that wrote it, if one did."""

    id: Number
    body: str = ""
    author: Author = Field(default=Author(), alias="user")
    app: str = _inner("performed_via_github_app.slug")
    node_id: str = ""
    url: str = Field(default="", alias="html_url")
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Pull(Shape):
    """A pull request. head_repository: empty when the fork is gone."""

    number: Number
    title: str = ""
    state: State = "open"
    draft: bool = False
    locked: bool = False
    author: Author = Field(default=Author(), alias="user")
    association: str = Field(default="", alias="author_association")
    head_sha: str = _inner("head.sha")
    head_branch: str = _inner("head.ref")
    head_repository: str = _inner("head.repo.full_name")
    base_sha: str = _inner("base.sha")
    base_branch: str = _inner("base.ref")
    base_repository: str = _inner("base.repo.full_name")
    merge_sha: str = Field(default="", alias="merge_commit_sha")
    merged_at: datetime | None = None
    updated_at: datetime | None = None
    labels: Names = ()
    url: str = Field(default="", alias="html_url")

    @property
    def fork(self) -> bool:
        """Whether it comes from another repository; that of a fork which is gone does too."""
        return self.head_repository.lower() != self.base_repository.lower()


class PullFile(Shape):
    """A file that a pull request touches."""

    path: str = Field(alias="filename")
    old_path: str = Field(default="", alias="previous_filename")
    status: str = ""
    additions: int = 0
    deletions: int = 0
    patch: str = ""


class TimelineEvent(Shape):
    """Something that happened to an issue; the last fields are of the issue or pull request that refers to it."""

    event: str = ""
    at: datetime | None = Field(default=None, alias="created_at")
    commit: str = Field(default="", alias="commit_id")
    number: Number = _inner("source.issue.number", default=0)
    title: str = _inner("source.issue.title")
    state: str = _inner("source.issue.state")
    url: str = _inner("source.issue.html_url")
    repository: str = _inner("source.issue.repository.full_name")
    is_pull: Whether = _inner("source.issue.pull_request", default=False)
    merged_at: datetime | None = _inner("source.issue.pull_request.merged_at", default=None)


class CommitShape(Shape):
    """A commit, as a list of commits has it."""

    sha: str
    message: str = _inner("commit.message")
    author: str = _inner("author.login")
    author_name: str = _inner("commit.author.name")
    at: datetime | None = _inner("commit.committer.date", default=None)
    parents: Hashes = ()
    url: str = Field(default="", alias="html_url")


class Comparison(Shape):
    """How one commit stands to another: `ahead`, `behind`, `identical` or `diverged`."""

    status: str = ""


class Deployment(Shape):
    """A deployment to an environment."""

    id: Number
    sha: str = ""
    ref: str = ""
    environment: str = ""
    task: str = ""
    description: str = ""
    creator: str = _inner("creator.login")
    created_at: datetime | None = None
    updated_at: datetime | None = None


class DeploymentStatus(Shape):
    """What became of a deployment; the newest of them counts."""

    id: Number
    state: str = ""
    description: str = ""
    environment_url: str = ""
    log_url: str = ""
    creator: str = _inner("creator.login")
    created_at: datetime | None = None


class EnvironmentShape(Shape):
    """An environment that things are deployed to."""

    id: Number
    name: str
    url: str = Field(default="", alias="html_url")
    updated_at: datetime | None = None


class Release(Shape):
    """A release."""

    id: Number
    tag: str = Field(default="", alias="tag_name")
    name: str = ""
    target: str = Field(default="", alias="target_commitish")
    draft: bool = False
    prerelease: bool = False
    published_at: datetime | None = None
    url: str = Field(default="", alias="html_url")


class WorkflowRun(Shape):
    """A run of a workflow. pulls: pull requests that it is for, none when it comes from a fork."""

    id: Number
    name: str = ""
    path: str = ""
    workflow_id: Number = 0
    event: str = ""
    status: str = ""
    conclusion: str = ""
    head_sha: str = ""
    head_branch: str = ""
    head_repository: str = _inner("head_repository.full_name")
    repository: str = _inner("repository.full_name")
    number: Number = Field(default=0, alias="run_number")
    attempt: Number = Field(default=1, alias="run_attempt")
    pulls: Numbers = Field(default=(), alias="pull_requests")
    created_at: datetime | None = None
    started_at: datetime | None = Field(default=None, alias="run_started_at")
    url: str = Field(default="", alias="html_url")


class Artifact(Shape):
    """What a run left behind: a zip file. size: in bytes. digest: `sha256:…` of it, where GitHub says so."""

    id: Number
    name: str
    size: Number = Field(default=0, alias="size_in_bytes")
    expired: bool = False
    expires_at: datetime | None = None
    created_at: datetime | None = None
    digest: str = ""
    head_sha: str = _inner("workflow_run.head_sha")


class CheckRun(Shape):
    """A check run on a commit."""

    id: Number
    name: str = ""
    head_sha: str = ""
    status: str = ""
    conclusion: str = ""
    external_id: str = ""
    app: str = _inner("app.slug")
    title: str = _inner("output.title")
    summary: str = _inner("output.summary")
    text: str = _inner("output.text")
    annotations: int = _inner("output.annotations_count", default=0)
    url: str = Field(default="", alias="html_url")
    completed_at: datetime | None = None


class RepositoryInfo(Shape):
    """A repository. permissions: what the token's account may do in it, such as `push`; empty when GitHub does not say."""

    name: str = Field(alias="full_name")
    private: bool = False
    archived: bool = False
    disabled: bool = False
    fork: bool = False
    has_issues: bool = True
    default_branch: str = ""
    permissions: dict[str, bool] = Field(default_factory=dict)
    url: str = Field(default="", alias="html_url")
