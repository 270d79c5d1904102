"""What the libraries raise, in our words; nothing of theirs is kept, since they hold the request with the token."""

from __future__ import annotations

import github
import requests
from requests import exceptions
from urllib3 import exceptions as below

from rca.github.errors import (
    BadAnswerError,
    GitHubError,
    GoneError,
    OfflineError,
    OverdueError,
    ProxyError,
    ServerError,
    TlsError,
    TooLargeError,
    UnreachableError,
)
from rca.github.refusals import Refusal, refusal
from rca.github.request import Request
from rca.github.settings import Settings
from rca.github.watch import BrokenError

_BROKEN: dict[str, tuple[type[GitHubError], str, str]] = {
    "cut": (UnreachableError, "the answer of {} broke off", "try again"),
    "slow": (OverdueError, "the answer of {} took too long", "try again later; a proxy or a slow network may hold it up"),
    "large": (TooLargeError, "what {} sends is too large", "ask for less"),
    "other": (BadAnswerError, "what {} sent is not what GitHub announced (its SHA-256 differs)", "try again"),
    "open": (BadAnswerError, "{} is not asked: the address is not https", "check GITHUB_API_URL and the proxy"),
    "loop": (BadAnswerError, "{} sends us in a circle", "try again later"),
}
_CERTIFICATE = "if its certificate is of an authority of your own, name the file with --ca-file or REQUESTS_CA_BUNDLE"
# What keeps a request from reaching the host: it was surely not done. Of two that fit, the first.
_BEFORE: tuple[tuple[tuple[type[Exception], ...], type[GitHubError], str, str], ...] = (
    ((exceptions.ProxyError,), ProxyError, "the proxy does not let us through to {}", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
    ((exceptions.SSLError,), TlsError, "{} cannot prove who it is", _CERTIFICATE),
    ((exceptions.InvalidURL,), BadAnswerError, "{} is not asked: the address is none", "check GITHUB_API_URL"),
    ((below.NameResolutionError,), OfflineError, "{} has no address here", "check the network"),
    (
        (below.NewConnectionError, below.ConnectTimeoutError, exceptions.ConnectTimeout),
        UnreachableError,
        "{} takes no connection",
        "check the network",
    ),
)

LIBRARIES = (requests.RequestException, below.HTTPError)


def fault(error: Exception, request: Request, settings: Settings, *, host: str = "") -> GitHubError:
    """The error for whatever came out of the libraries. host: that was asked, when it is not the API."""
    host = host or settings.host
    if isinstance(error, github.GithubException):
        return _said(error, request, settings)
    if isinstance(error, BrokenError):
        kind, what, hint = _BROKEN[error.kind]
        return kind(f"cannot {request.doing}: {what.format(host)}", hint, uncertain=request.writes)
    if isinstance(error, requests.RequestException):
        return _unreachable(error, request, host)
    message = f"cannot {request.doing}: what {host} answered cannot be used ({type(error).__name__})"
    return BadAnswerError(message, "check GITHUB_API_URL; a proxy may have answered instead", uncertain=request.writes)


def _said(error: github.GithubException, request: Request, settings: Settings) -> GitHubError:
    """What PyGithub raises itself: refusals that it looked at in order to repeat them, rate limits most of all."""
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    data = error.data
    if isinstance(error, github.RateLimitExceededException) and not isinstance(data, dict):
        data = {"message": "API rate limit exceeded"}
    refused = Refusal(request, error.status or 403, headers, data, settings.host, settings.token.source, settings.read_only)
    return refusal(refused)


def _unreachable(error: requests.RequestException, request: Request, host: str) -> GitHubError:
    reason = _reason(error)
    for fits, kind, what, hint in _BEFORE:
        if isinstance(error, fits) or isinstance(reason, fits):
            elsewhere = kind in {OfflineError, UnreachableError} and host != "api.github.com"
            return kind(f"cannot {request.doing}: {what.format(host)}", "check GITHUB_API_URL and the way there" if elsewhere else hint)
    slow = isinstance(error, exceptions.Timeout) or isinstance(reason, below.TimeoutError)
    what = f"{host} does not answer in time" if slow else f"the connection to {host} broke off"
    return UnreachableError(f"cannot {request.doing}: {what}", "try again later", uncertain=request.writes)


def _reason(error: requests.RequestException) -> object:
    """What urllib3 had to say, below what requests made of it."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)


def storage(status: int, request: Request) -> GitHubError:
    """The error for a status with which the host of the files refuses."""
    if status in {404, 410}:
        return GoneError(f"cannot {request.doing}: it is gone", "artifacts expire: run the workflow again", status=status)
    return ServerError(f"cannot {request.doing}: the host of the files has trouble ({status})", "try again later", status=status)
