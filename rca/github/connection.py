"""The connection: requests go out, answers come back, everything that can go wrong becomes one of our errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from rca.github.errors import BadAnswerError, GitHubError
from rca.github.pace import Pace
from rca.github.refusals import Refusal, refusal
from rca.github.request import Answer, Request
from rca.github.settings import Settings

if TYPE_CHECKING:
    from rca.github.client import Client

T = TypeVar("T")
HOPS = 3  # redirects that are followed, all on the same host


class Sender(Protocol):
    """Whatever takes requests: a connection, or its rehearsal."""

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer. Raises GitHubError."""
        ...


class Connection:
    """Sends requests to GitHub, one at a time, also when several threads ask.

    with connect(settings) as connection:
        connection.send(Request("GET", "/user", "read who I am"))
    """

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self.settings = settings
        self._pace = pace
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
        with self._lock:
            outcome = self._send(request)
        # Raised here, so that no exception that holds the request is in its context.
        if isinstance(outcome, GitHubError):
            raise outcome
        return outcome

    def wait(self, seconds: float, why: str) -> bool:
        """Wait as the pace allows it; False when that would be too long."""
        return self._pace.wait(seconds, why)

    def _send(self, request: Request) -> Answer | GitHubError:
        from rca.github import client, faults

        if self._client is None:
            self._client = client.Client(self.settings, self._pace)
        headers = {"Accept": "application/vnd.github+json"} | ({"If-None-Match": request.etag} if request.etag else {})
        path, parameters = request.path, request.parameters
        for _hop in range(HOPS + 1):
            try:
                raw = self._client.exchange(request.verb, path, parameters, headers, request.body)
            except Exception as error:  # noqa: BLE001 -- the one door: whatever comes out of the libraries
                return faults.fault(error, request, self.settings)
            elsewhere = _same_host(raw.headers.get("location", ""), self.settings.base_url) if raw.status in {301, 302, 307, 308} else ""
            if not elsewhere or (request.writes and raw.status in {301, 302}):
                break
            path, parameters = elsewhere, {}
        return self._judged(request, raw.status, raw.headers, raw.text)

    def _judged(self, request: Request, status: int, headers: Mapping[str, str], text: str) -> Answer | GitHubError:
        from rca.github.client import parse

        try:
            data = parse(text)
        except ValueError:
            data = None
            if status < 300 and status != 202:
                return BadAnswerError(
                    f"cannot {request.doing}: {self.settings.host} answered something that is no JSON",
                    "check GITHUB_API_URL; a proxy may have answered instead",
                    status=status,
                    uncertain=request.writes,
                )
        if status in {200, 201, 204, 304} or (status == 202 and request.verb != "GET"):
            return Answer(status, headers, data)
        settings = self.settings
        return refusal(Refusal(request, status, headers, data, settings.host, settings.token.source, settings.read_only))


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
