"""What is asked of GitHub, and what it answers, as values: a dry run shows the same requests that are sent else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Verb = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
GRAPHQL = "/graphql"


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    path: from the address of the API, beginning with `/`; GRAPHQL for a query. doing: what it does, for errors, like `comment on
    #12`. needs: the permission for it as a workflow names it, like `checks: write`. query: it changes nothing although it is a POST.
    repeat: False for a change that would add something a second time.
    """

    verb: Verb
    path: str
    doing: str
    needs: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    etag: str = ""
    query: bool = False
    repeat: bool = True

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.verb != "GET" and not self.query


@dataclass(frozen=True, slots=True)
class File:
    """Where a download goes. most: bytes that are taken. digest: `sha256:…` that it must have. progress: hears how many have come."""

    target: Path
    most: int
    digest: str = ""
    progress: Callable[[int], None] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. headers: their names in lower case. data: the JSON, None for no content or when nothing changed."""

    status: int
    headers: Mapping[str, str]
    data: Any = None

    @property
    def etag(self) -> str:
        """What to send along next time, to hear only whether something changed."""
        return self.headers.get("etag", "")

    @property
    def unchanged(self) -> bool:
        """Whether it is the same as what the sent ETag stands for."""
        return self.status == 304
