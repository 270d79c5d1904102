"""PyGithub, as rca uses it: its requester with our own limits. The only module that imports it; it is loaded with the first request.

What PyGithub does here: the header of the token, the pace between requests, what GitHub says of rate limits, the repeats of
requests that may be repeated. What is added: bounds of size and time, no redirect that is followed unseen, no connection without
an end, and a word to the person when there is a wait.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import github
import requests
from github.GithubRetry import GithubRetry
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError

from rca.github.pace import SECONDARY, Pace
from rca.github.request import GRAPHQL, Request
from rca.github.settings import Settings
from rca.github.watch import BrokenError, within
from rca.version import __version__

# Importing PyGithub makes it write to stderr: what is worth saying is said by rca. On lower levels it tells whole bodies.
_LOGGER = logging.getLogger("github")
for _handler in list(_LOGGER.handlers):
    if type(_handler) is logging.StreamHandler:
        _LOGGER.removeHandler(_handler)
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.setLevel(logging.WARNING)

API_VERSION = "2022-11-28"
TIMEOUT = 15  # seconds for a connection, and for the next bytes of an answer
LONGEST = 120.0  # seconds for a request with its repeats, waits apart
MOST = 64 * 1024**2  # bytes of one: 100 issues of 65,536 characters each
TRIES = 4
REPEATED = frozenset({"GET", "PUT", "PATCH", "DELETE"})
TROUBLE = (429, 500, 502, 503, 504)


class Raw(NamedTuple):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Turn:
    """The request whose turn it is: whether it may be repeated after it may have been done."""

    repeat: bool = True


class Patience(GithubRetry):
    """When a request is repeated, and how long that may take."""

    def __init__(self, *, pace: Pace, turn: Turn, **options: Any) -> None:
        self.pace = pace
        self.turn = turn
        super().__init__(**options)

    def new(self, **changes: Any) -> Patience:
        """Made by urllib3 for each next try."""
        return super().new(pace=self.pace, turn=self.turn, **changes)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: FBT001, FBT002 -- as urllib3 has it
        """Whether an answer is not the last one."""
        return (self.turn.repeat or status_code < 500) and super().is_retry(method, status_code, has_retry_after)

    def increment(self, *args: Any, **kwargs: Any) -> Any:
        """After the last try the answer of a rate limit has been read already: keep what it was."""
        response, error = kwargs.get("response"), kwargs.get("error")
        if isinstance(error, ProtocolError | ReadTimeoutError) and not self.turn.repeat:
            raise error
        try:
            return super().increment(*args, **kwargs)
        except MaxRetryError:
            if response is None or response.status != 403:
                raise
        raise github.RateLimitExceededException(response.status, None, dict(response.headers))

    def sleep(self, response: Any = None) -> None:
        """Wait for as long as GitHub asks for, else a little longer each time; raises when that is too long."""
        asked = self._asked(response) if response is not None else None
        why = "GitHub limits requests" if asked is not None or getattr(response, "status", 0) in {403, 429} else "GitHub does not answer"
        if not self.pace.wait(self.get_backoff_time() if asked is None else asked, why):
            raise github.RateLimitExceededException(response.status if response is not None else 0, None, dict(response.headers or {}))

    def _asked(self, response: Any) -> float | None:
        seconds = self.get_retry_after(response)
        if seconds is None and response.status == 429:
            seconds = _until_reset(response.headers) if response.headers.get("X-RateLimit-Remaining") == "0" else SECONDARY
        return seconds


def _until_reset(headers: Mapping[str, str]) -> float:
    value = headers.get("X-RateLimit-Reset", "")
    return max(0.0, int(value) - time.time()) + 1 if value.isdecimal() and len(value) <= 11 else SECONDARY


def leave_redirects(session: requests.Session) -> None:
    """Keep requests from looking where a redirect leads: it would read all of its body, of whatever size."""
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]  # noqa: ARG005 -- as requests calls it


class _Response:
    """What PyGithub wants to see of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status = status
        self.headers = headers
        self._text = text

    def getheaders(self) -> Any:
        return self.headers.items()

    def read(self) -> str:
        return self._text


class _MovedError(Exception):
    """An answer that PyGithub would act on without asking: a redirect, or «come back later»."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(raw.status)
        self.raw = raw


class _Bounded:
    """A connection that reads an answer within its bounds, and leaves redirects to us."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        leave_redirects(cast("Any", self).session)

    def getresponse(self) -> Any:
        link: Any = self
        host = f"[{link.host}]" if ":" in link.host else link.host
        for left in range(TRIES - 1, -1, -1):
            response = link.session.request(
                link.verb,
                f"{link.protocol}://{host}:{link.port}{link.url}",
                headers=link.headers,
                data=link.input,
                timeout=link.timeout,
                verify=link.verify,
                allow_redirects=False,
                stream=True,
            )
            try:
                text = _read(response).decode("utf-8", "replace")
                break
            except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError):
                if not left or link.verb not in REPEATED or not link.retry.turn.repeat:
                    raise BrokenError("cut") from None
            finally:
                response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code == 202 or (300 <= response.status_code < 400 and response.status_code != 304):
            raise _MovedError(Raw(response.status_code, headers, text))
        return _Response(response.status_code, headers, text)


def _read(response: requests.Response) -> bytes:
    """All of an answer, unless it is too large."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(65_536):
        parts.append(part)
        size += len(part)
        if size > MOST:
            raise BrokenError("large")
    return b"".join(parts)


class _Plain(_Bounded, HTTPRequestsConnectionClass):
    pass


class _Tls(_Bounded, HTTPSRequestsConnectionClass):
    pass


class _Requester(Requester):
    # PyGithub offers no other way to give one requester its own connections: the public one changes all of the process.
    _Requester__httpConnectionClass = _Plain
    _Requester__httpsConnectionClass = _Tls


class Client:
    """Sends requests and gives back what came; raises what the libraries raise."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._turn = Turn()
        self._pace = pace
        self._requester = _Requester(
            auth=github.Auth.Token(settings.token.reveal()),
            base_url=settings.base_url,
            timeout=TIMEOUT,
            user_agent=f"rca/{__version__}",
            per_page=100,
            verify=settings.ca_file or True,
            retry=Patience(
                pace=pace,
                turn=self._turn,
                total=TRIES,
                connect=2,
                backoff_factor=pace.backoff,
                allowed_methods=REPEATED,
                status_forcelist=list(TROUBLE),
                raise_on_status=False,
                secondary_rate_wait=SECONDARY,
                max_rate_limit_wait=pace.longest,
            ),
            pool_size=1,
            seconds_between_requests=pace.requests,
            seconds_between_writes=pace.writes,
            lazy=True,
            api_version=API_VERSION,
        )

    def exchange(self, request: Request, headers: Mapping[str, str]) -> Raw:
        """Send one request, repeat it where that is right, and return the answer, whatever it says.

        After a BrokenError with the kind `slow` the client is not to be used again.
        """
        self._turn.repeat = request.repeat
        waited = self._pace.waited
        try:
            return within(lambda: LONGEST + self._pace.waited - waited, lambda: self._exchange(request, headers))
        except _MovedError as moved:
            return moved.raw
        except BrokenError:
            self._turn.repeat = False
            raise

    def _exchange(self, request: Request, headers: Mapping[str, str]) -> Raw:
        address = self._requester.graphql_url if request.path == GRAPHQL else request.path
        return Raw(*self._requester.requestJson(request.verb, address, dict(request.parameters), dict(headers), request.body))

    def close(self) -> None:
        """Close the connections."""
        self._requester.close()


def parse(text: str) -> Any:
    """JSON, None when there is none. Raises ValueError, also when it is nested too deeply."""
    try:
        return json.loads(text) if text.strip() else None
    except RecursionError:
        msg = "nested too deeply"
        raise ValueError(msg) from None
