"""The connection: requests go out, answers come back, everything that can go wrong becomes one of our errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from rca.github.errors import BadAnswerError, GitHubError, OverdueError, RateLimitedError, ServerError, UnreachableError
from rca.github.pace import SECONDARY, Pace
from rca.github.refusals import Refusal, refusal, said_in_graphql
from rca.github.request import GRAPHQL, Answer, File, Request
from rca.github.settings import Settings

if TYPE_CHECKING:
    from rca.github.client import Client, Raw

T = TypeVar("T")
TRIES = 3  # of a download, a query of GraphQL, and a POST that was refused for a limit
HOPS = 3  # redirects that are followed, all on the same host


class Sender(Protocol):
    """Whatever takes requests: a connection, or its rehearsal."""

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer. Raises GitHubError."""
        ...

    def download(self, request: Request, file: File) -> int:
        """Fetch a file that the API redirects to, and return its size. Raises GitHubError."""
        ...


class Connection:
    """Sends requests to GitHub, one at a time, also when several threads ask.

    with connect(settings) as connection:
        connection.send(Request("GET", "/user", "read who I am"))
    """

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self.settings = settings
        self.pace = pace
        self._client: Client | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Connection({self.settings.host})"

    def close(self) -> None:
        """Close it; the next request opens it again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer. Raises GitHubError, never anything of the libraries below."""
        for again in range(1, TRIES + 1):
            with self._lock:
                outcome = self._send(request)
            if again == TRIES or not self._may_repeat(request, outcome, again):
                break
        # Raised here, so that no exception that holds the request is in its context.
        if isinstance(outcome, GitHubError):
            raise outcome
        return outcome

    def download(self, request: Request, file: File) -> int:
        """Fetch a file that the API redirects to, without the token, and return its size. Raises GitHubError; then there is no file."""
        for left in range(TRIES - 1, -1, -1):
            with self._lock:
                outcome = self._download(request, file)
            if not isinstance(outcome, GitHubError):
                return outcome
            # What broke off may come whole the next time; the address of a file is good for a minute only, so it is asked for anew.
            if not left or not _passing(outcome):
                raise outcome
            self._wait_before(TRIES - left)
        raise AssertionError  # pragma: no cover -- the last try returns or raises

    def _download(self, request: Request, file: File) -> int | GitHubError:
        from rca.github import download

        raw = self._followed(request)
        if isinstance(raw, GitHubError):
            return raw
        location = raw.headers.get("location", "")
        if raw.status in {301, 302, 307, 308} and location:
            return download.outcome(location, request, file, self.settings)
        answer = self._judged(request, raw)
        if isinstance(answer, GitHubError):
            return answer
        return BadAnswerError(f"cannot {request.doing}: {self.settings.host} does not say where it is", "check GITHUB_API_URL")

    def _may_repeat(self, request: Request, outcome: Answer | GitHubError, again: int) -> bool:
        """Whether a POST, which nobody repeats below, may be sent once more; waits until then.

        What was refused for a limit was not done. A query changes nothing.
        """
        if request.verb != "POST":
            return False
        if isinstance(outcome, RateLimitedError):
            return self.pace.wait(_seconds_until(outcome), "GitHub limits requests")
        return request.query and _passing(outcome) and self._wait_before(again)

    def _wait_before(self, again: int) -> bool:
        return self.pace.wait(self.pace.backoff * 2**again, "GitHub does not answer")

    def _send(self, request: Request) -> Answer | GitHubError:
        raw = self._followed(request)
        return raw if isinstance(raw, GitHubError) else self._judged(request, raw)

    def _followed(self, request: Request) -> Raw | GitHubError:
        """What came in the end, when a repository was renamed."""
        raw = self._raw(request)
        for _hop in range(HOPS):
            elsewhere = "" if isinstance(raw, GitHubError) else self._elsewhere(raw, request)
            if not elsewhere:
                break
            raw = self._raw(replace(request, path=elsewhere, parameters={}))
        return raw

    def _elsewhere(self, raw: Raw, request: Request) -> str:
        """Where a redirect leads, as long as that is the same API; after 301 and 302 nobody may send a body again."""
        followed = {307, 308} if request.writes else {301, 302, 307, 308}
        return _same_host(raw.headers.get("location", ""), self.settings.base_url) if raw.status in followed else ""

    def _raw(self, request: Request) -> Raw | GitHubError:
        """One exchange, without a look at what came."""
        from rca.github import client, faults

        if self._client is None:
            self._client = client.Client(self.settings, self.pace)
        headers = {"Accept": "application/vnd.github+json"} | ({"If-None-Match": request.etag} if request.etag else {})
        try:
            return self._client.exchange(request, headers)
        except Exception as error:  # noqa: BLE001 -- the one door: whatever comes out of the libraries
            outcome = faults.fault(error, request, self.settings)
        if isinstance(outcome, OverdueError):
            self._client = None  # its connection is still busy with what nobody waits for
        return outcome

    def _judged(self, request: Request, raw: Raw) -> Answer | GitHubError:
        from rca.github.client import parse

        settings = self.settings
        good = raw.status in {200, 201, 204, 304} or (raw.status == 202 and request.verb != "GET")
        try:
            data = parse(raw.text)
        except ValueError:
            data = None
            if good:
                message = f"cannot {request.doing}: {settings.host} answered something that is no JSON"
                hint = "try again; if it stays so, check GITHUB_API_URL: a proxy may have answered instead"
                return BadAnswerError(message, hint, status=raw.status, uncertain=request.writes)
        status, data = said_in_graphql(data) if good and request.path == GRAPHQL else (raw.status, data)
        if good and status == raw.status:
            return Answer(status, raw.headers, data)
        return refusal(Refusal(request, status, raw.headers, data, settings.host, settings.token.source, settings.read_only))


def _passing(outcome: object) -> bool:
    """Whether the same may work at once."""
    return isinstance(outcome, UnreachableError | ServerError) and not isinstance(outcome, OverdueError)


def _seconds_until(limited: RateLimitedError) -> float:
    if limited.seconds is not None:
        return limited.seconds
    return max(0.0, limited.resets_at.timestamp() - time.time()) + 1 if limited.resets_at else SECONDARY


def _same_host(location: str, base_url: str) -> str:
    """The path of a redirect, from the address of the API; empty when it leads elsewhere."""
    try:
        there, here = urlsplit(location), urlsplit(base_url)
        same = (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
    except ValueError:
        return ""
    if not same or not there.path.startswith(f"{here.path}/"):
        return ""
    return there.path.removeprefix(here.path) + (f"?{there.query}" if there.query else "")


def connect(settings: Settings, *, tell: Callable[[str], None] | None = None, pace: Pace | None = None) -> Connection:
    """A connection with GitHub's pace; without any on this machine, where only a test server can be.

    tell: hears of each wait of a second or more. pace: another one, for tests.
    """
    if pace is None:
        pace = Pace(requests=None, writes=None, backoff=0.02) if settings.loopback else Pace()
    if tell is not None:
        pace.tell = tell
    return Connection(settings, pace)


def once(find: Callable[[], T | None], create: Callable[[], T], *, tries: int = 3) -> tuple[T, bool]:
    """Make something that can be found again by its marker, and never twice; returns it, and whether it was made by this call.

    An answer that got lost leaves open whether it was made: it is looked for before each further try.
    """
    for left in range(tries - 1, -1, -1):
        found = find()
        if found is not None:
            return found, False
        try:
            return create(), True
        except GitHubError as error:
            if not left or not error.uncertain:
                raise
    raise AssertionError  # pragma: no cover -- the last try returns or raises
