"""What GitHub answers, as far as rca reads it: frozen values, checked when they are read.

Their texts are as GitHub keeps them: whoever stores or shows one cleans and redacts it first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AliasPath, BaseModel, ConfigDict, Field, field_validator

State = Literal["open", "closed"]


class Shape(BaseModel):
    """An object of GitHub's API; what rca does not read is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    @classmethod
    def of(cls, data: Any) -> Self:
        """Read an object. Raises pydantic's ValidationError."""
        return cls.model_validate(data)


def _no_text_is_empty(value: Any) -> Any:
    return "" if value is None else value


class Author(Shape):
    """Who wrote something; empty for an account that is gone."""

    login: str = ""
    id: int = 0
    kind: str = Field(default="", alias="type")


class Milestone(Shape):
    """A milestone of issues."""

    number: int
    title: str = ""


class Issue(Shape):
    """An issue, or the issue side of a pull request."""

    number: int
    title: str = ""
    body: str = ""
    state: State = "open"
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    author: Author = Field(default=Author(), alias="user")
    association: str = Field(default="", alias="author_association")
    milestone: Milestone | None = None
    comments: int = 0
    locked: bool = False
    node_id: str = ""
    url: str = Field(default="", alias="html_url")
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    is_pull: bool = Field(default=False, alias="pull_request")

    _text = field_validator("title", "body", "association", "node_id", "url", mode="before")(_no_text_is_empty)

    @field_validator("author", mode="before")
    @classmethod
    def _somebody(cls, value: Any) -> Any:
        return Author() if value is None else value

    @field_validator("labels", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return [label.get("name") or "" if isinstance(label, dict) else label for label in value or ()]

    @field_validator("assignees", mode="before")
    @classmethod
    def _logins(cls, value: Any) -> Any:
        return [somebody.get("login") or "" if isinstance(somebody, dict) else somebody for somebody in value or ()]

    @field_validator("is_pull", mode="before")
    @classmethod
    def _whether(cls, value: Any) -> Any:
        return value if isinstance(value, bool) else value is not None


class Comment(Shape):
    """A comment on an issue or a pull request."""

    id: int
    body: str = ""
    author: Author = Field(default=Author(), alias="user")
    app: str = Field(default="", validation_alias=AliasPath("performed_via_github_app", "slug"))
    node_id: str = ""
    url: str = Field(default="", alias="html_url")
    created_at: datetime | None = None
    updated_at: datetime | None = None

    _text = field_validator("body", "node_id", "url", mode="before")(_no_text_is_empty)

    @field_validator("author", mode="before")
    @classmethod
    def _somebody(cls, value: Any) -> Any:
        return Author() if value is None else value
