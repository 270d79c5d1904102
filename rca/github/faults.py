"""What the libraries raise, in our words; nothing of theirs is kept, since they hold the request with the token."""

from __future__ import annotations

import github
import requests
from requests import exceptions
from urllib3 import exceptions as below

from rca.github.client import BrokenError
from rca.github.errors import BadAnswerError, GitHubError, OfflineError, ProxyError, ServerError, TlsError, TooLargeError, UnreachableError
from rca.github.refusals import Refusal, refusal
from rca.github.request import Request
from rca.github.settings import Settings


def fault(error: Exception, request: Request, settings: Settings) -> GitHubError:
    """The error for whatever came out of the libraries."""
    if isinstance(error, github.GithubException):
        return _said(error, request, settings)
    if isinstance(error, BrokenError):
        return _broken(error, request, settings)
    if isinstance(error, requests.RequestException):
        return _unreachable(error, request, settings)
    return BadAnswerError(
        f"cannot {request.doing}: what {settings.host} answered cannot be used ({type(error).__name__})",
        "check GITHUB_API_URL; a proxy may have answered instead",
        uncertain=request.writes,
    )


def _said(error: github.GithubException, request: Request, settings: Settings) -> GitHubError:
    headers = {str(name).lower(): str(value) for name, value in (error.headers or {}).items()}
    data = error.data if isinstance(error.data, dict) else None
    if isinstance(error, github.RateLimitExceededException):
        data = data or {"message": "API rate limit exceeded"}
    status = error.status or 403
    if status >= 500:
        return ServerError(f"cannot {request.doing}: GitHub has trouble of its own ({status})", "try again later", status=status)
    return refusal(Refusal(request, status, headers, data, settings.host, settings.token.source, settings.read_only))


def _broken(error: BrokenError, request: Request, settings: Settings) -> GitHubError:
    if error.kind == "large":
        return TooLargeError(
            f"cannot {request.doing}: the answer of {settings.host} is too large", "ask for less", uncertain=request.writes
        )
    what = "broke off" if error.kind == "cut" else "took too long"
    return UnreachableError(f"cannot {request.doing}: the answer of {settings.host} {what}", "try again", uncertain=request.writes)


def _unreachable(error: requests.RequestException, request: Request, settings: Settings) -> GitHubError:
    """No connection: what was asked was surely not done. A connection that broke off: it may have been done."""
    host, doing = settings.host, request.doing
    for fits, kind, what, hint in _BEFORE:
        if isinstance(error, fits) or isinstance(_reason(error), fits):
            enterprise = kind in {OfflineError, UnreachableError} and host != "api.github.com"
            return kind(
                f"cannot {doing}: {what.format(host)}", "check GITHUB_API_URL and the way to it (VPN, firewall)" if enterprise else hint
            )
    slow = isinstance(error, exceptions.Timeout) or isinstance(_reason(error), below.TimeoutError)
    what = f"{host} does not answer in time" if slow else f"the connection to {host} broke off"
    return UnreachableError(f"cannot {doing}: {what}", "try again later", uncertain=request.writes)


_BEFORE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], type[GitHubError], str, str], ...] = (
    (exceptions.ProxyError, ProxyError, "the proxy does not let us through to {}", "check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"),
    (
        exceptions.SSLError,
        TlsError,
        "{} cannot prove who it is",
        "if its certificate is of an authority of your own, name the file with --ca-file or REQUESTS_CA_BUNDLE",
    ),
    (below.NameResolutionError, OfflineError, "{} has no address here", "check the network"),
    (
        (below.NewConnectionError, below.ConnectTimeoutError, exceptions.ConnectTimeout),
        UnreachableError,
        "{} takes no connection",
        "check the network",
    ),
)


def _reason(error: requests.RequestException) -> object:
    """What urllib3 had to say, below what requests made of it."""
    inner = error.args[0] if error.args else None
    return getattr(inner, "reason", inner)
