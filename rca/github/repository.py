"""A repository: where requests go, and what its lists and objects are read into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from rca.github.connection import Sender
from rca.github.errors import BadAnswerError, GitHubError
from rca.github.request import Answer, Request
from rca.github.shapes import Shape

S = TypeVar("S", bound=Shape)

PAGE = 100
MOST_PAGES = 1_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_NEXT = re.compile(r'<([^<>]{1,4000})>\s*;[^,<]{0,200}\brel="?next"?')


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and the connection that reaches it."""

    sender: Sender
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise GitHubError(f"{self.name[:200]!r} is no repository", "write it as owner/name, like acme/shop")

    def path(self, rest: str = "") -> str:
        """The path of something in it."""
        return f"/repos/{self.name}{rest}"

    def get(self, kind: type[S], request: Request) -> S:
        """Send a request that is answered by one object."""
        return read(kind, self.sender.send(request), request)


def read(kind: type[S], answer: Answer, request: Request) -> S:
    """The object of an answer. Raises BadAnswerError when it is another one."""
    return _read(kind, answer.data, request)


def _read(kind: type[S], data: Any, request: Request) -> S:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
    raise BadAnswerError(
        f"cannot {request.doing}: what GitHub answered is no {kind.__name__.lower()} ({place}: {first['msg'].lower()})",
        "check GITHUB_API_URL; the server may be too old",
        uncertain=request.writes,
    )


class Listing(Generic[S]):
    """The objects of a list, page by page; only one page is held.

        listing = list_issues(repository)
        for issue in listing: ...

    cursor: where to go on after an error: give it to the same call again. It is that of the page whose objects are being given
    out, and empty at the end. complete: all of it was given out. unchanged: the first page is the one that the sent ETag stands for,
    and nothing is given out.
    total: how many there are, when GitHub says so. partial: GitHub ran out of time, so that some may be missing. etag: of the first
    page.
    """

    def __init__(
        self,
        sender: Sender,
        kind: type[S],
        request: Request,
        *,
        key: str = "",
        cursor: str = "",
        limit: int | None = None,
        progress: Callable[[int], None] | None = None,
        only: Callable[[S], bool] | None = None,
    ) -> None:
        self.cursor = cursor
        self.etag = ""
        self.total: int | None = None
        self.unchanged = False
        self.complete = False
        self.partial = False
        self._sender, self._kind, self._request, self._key = sender, kind, request, key
        self._limit, self._progress, self._only = limit, progress, only

    def __iter__(self) -> Iterator[S]:
        request = self._first()
        given = 0
        seen = {self.cursor}
        while not self._enough(given):
            answer = self._sender.send(request)
            cursor = self._note(answer, given)
            for item in self._items(answer, request):
                yield item
                given += 1
                if self._enough(given):
                    return
            if self._progress:
                self._progress(given)
            self.cursor, self.complete = cursor, not cursor
            if not cursor:
                return
            if cursor in seen or len(seen) > MOST_PAGES:
                raise BadAnswerError(f"cannot {request.doing}: the list of GitHub has no end", "ask for less: --since or --limit")
            seen.add(cursor)
            request = following(self._request, cursor)

    def _enough(self, given: int) -> bool:
        return self._limit is not None and given >= self._limit

    def _first(self) -> Request:
        if self.cursor:
            return following(self._request, self.cursor)
        size = PAGE if self._limit is None or self._only else max(1, min(PAGE, self._limit))
        return replace(self._request, parameters={"per_page": str(size), **self._request.parameters})

    def _note(self, answer: Answer, given: int) -> str:
        """Keep what the answer says of the whole list, and return the cursor of the next page."""
        if not given and not self.cursor:
            self.etag, self.unchanged = answer.etag, answer.unchanged
        if isinstance(answer.data, dict) and isinstance(total := answer.data.get("total_count"), int):
            self.total = total
        if isinstance(answer.data, dict) and answer.data.get("incomplete_results") is True:
            self.partial = True
        return "" if answer.unchanged else next_page(answer.headers.get("link", ""))

    def _items(self, answer: Answer, request: Request) -> Iterator[S]:
        if answer.unchanged:
            return
        items = answer.data.get(self._key) if self._key and isinstance(answer.data, dict) else answer.data
        if not isinstance(items, list):
            raise BadAnswerError(f"cannot {request.doing}: what GitHub answered is no list", "check GITHUB_API_URL")
        for data in items:
            item = _read(self._kind, data, request)
            if self._only is None or self._only(item):
                yield item


def next_page(link: str) -> str:
    """The query of the next page, out of a Link header; empty at the end. Only the query: a list goes on where it began."""
    match = _NEXT.search(link[:16_384])
    if not match:
        return ""
    try:
        return urlsplit(match[1]).query
    except ValueError:
        return ""


def following(request: Request, cursor: str) -> Request:
    """The request for the page of a cursor."""
    return replace(request, parameters=dict(parse_qsl(cursor[:4_000])), etag="")
