"""An answer that is none: what it means in words, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from rca.github.errors import (
    AppOnlyError,
    ArchivedError,
    BadAnswerError,
    BadTokenError,
    GitHubError,
    GoneError,
    LockedError,
    MissingPermissionError,
    NotFoundError,
    RateLimitedError,
    ReadOnlyTokenError,
    RefusedError,
    ServerError,
    TooLargeError,
)
from rca.github.request import Request
from rca.text import figures
from rca.text.clean import one_line
from rca.text.redact import redact

SAID = 300
_LIMITS = ("api rate limit exceeded", "secondary rate limit", "retry your request again later", "wait a few minutes before you try again")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is known of a refused request. source: where the token came from. read_only: it is that of a fork."""

    request: Request
    status: int
    headers: Mapping[str, str]
    data: Any
    host: str
    source: str
    read_only: bool = False

    @property
    def said(self) -> str:
        """What GitHub said, with the details of a validation."""
        if not isinstance(self.data, dict):
            return ""
        parts = [str(self.data.get("message") or "")[: 4 * SAID]]
        errors = self.data.get("errors")
        parts += map(_detail, errors[:3] if isinstance(errors, list) else ())
        return one_line(redact("; ".join(filter(None, parts))), SAID)

    @property
    def words(self) -> str:
        """The same in lower case, to recognise it."""
        return self.said.lower()


_GRAPHQL = {"NOT_FOUND": 404, "FORBIDDEN": 403, "INSUFFICIENT_SCOPES": 403, "RATE_LIMITED": 429}


def said_in_graphql(data: Any) -> tuple[int, Any]:
    """GraphQL says with 200 that it refuses: the status that the same would have elsewhere, and what was said."""
    errors = data.get("errors") if isinstance(data, dict) else None
    if not errors:
        return 200, data
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    return _GRAPHQL.get(str(first.get("type")), 422), {"message": str(first.get("message") or "")}


def _detail(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)[:SAID]
    what = str(error.get("message") or " ".join(str(error.get(key) or "") for key in ("field", "code")))
    return what[:SAID].strip()


def refusal(asked: Refusal) -> GitHubError:
    """The error for an answer that refuses."""
    for fits, make in _KINDS:
        if fits(asked):
            return make(asked)
    return RefusedError(f"cannot {asked.request.doing}: GitHub said {asked.status}{_quoted(asked)}", _REPORT, status=asked.status)


_REPORT = "check what is asked for; docs/github.md says what rca sends"


def _quoted(asked: Refusal) -> str:
    return f": {asked.said}" if asked.said else ""


def _bad_token(asked: Refusal) -> GitHubError:
    return BadTokenError(
        f"cannot {asked.request.doing}: {asked.host} does not know the token of {asked.source}",
        "it may have expired, been revoked, or belong to another host; docs/github.md says which token is needed",
        status=401,
    )


def _is_limit(asked: Refusal) -> bool:
    if asked.status == 429:
        return True
    limited = "retry-after" in asked.headers or asked.headers.get("x-ratelimit-remaining") == "0"
    return asked.status == 403 and (limited or any(words in asked.words for words in _LIMITS))


def _rate_limited(asked: Refusal) -> GitHubError:
    resets_at, seconds = _reset(asked.headers), _seconds(asked.headers)
    until = f" at {resets_at:%H:%M:%S} UTC" if resets_at else f" in {figures.age(seconds)}" if seconds else ""
    which = "its rate limit is used up" if asked.headers.get("x-ratelimit-remaining") == "0" else "it was asked too often"
    return RateLimitedError(
        f"cannot {asked.request.doing}: GitHub takes no more requests, {which}" + (f"; it may be asked again{until}" if until else ""),
        f"wait {'until then' if until else 'a few minutes'} and run the command again: what was read is not lost",
        status=asked.status,
        resets_at=resets_at,
        seconds=seconds,
    )


def _seconds(headers: Mapping[str, str]) -> int | None:
    value = headers.get("retry-after", "")
    return int(value) if value.isdecimal() and len(value) <= 9 else None


def _reset(headers: Mapping[str, str]) -> datetime | None:
    value = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") != "0" or not value.isdecimal() or len(value) > 11:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _archived(asked: Refusal) -> GitHubError:
    return ArchivedError(
        f"cannot {asked.request.doing}: the repository is archived", "unarchive it, or name another with --repo", status=403
    )


def _locked(asked: Refusal) -> GitHubError:
    return LockedError(
        f"cannot {asked.request.doing}: the conversation is locked", "unlock it on its page, or publish elsewhere", status=403
    )


def _forbidden(asked: Refusal) -> GitHubError:
    needs = _accepted(asked) or asked.request.needs
    doing = asked.request.doing
    if asked.read_only and asked.request.writes:
        message = f"cannot {doing}: the token of a pull request from a fork may only read"
        hint = "write the job summary with `rca publish summary`, and publish from a workflow on `workflow_run`: see docs/github.md"
        return ReadOnlyTokenError(message, hint, status=403, permission=needs)
    if "x-github-sso" in asked.headers:
        return MissingPermissionError(
            f"cannot {doing}: the organisation wants single sign-on for this token",
            "authorise the token for the organisation in the settings of your account",
            status=403,
            permission=needs,
        )
    if "via a github app" in asked.words or (needs.startswith("checks") and "personal access token" in asked.words):
        message = f"cannot {doing}: only the token of an app may, and {asked.source} holds a personal one"
        return AppOnlyError(message, "run it in GitHub Actions, or publish a comment instead", status=403, permission=needs)
    lacks = f": it lacks `{needs}`" if needs else _quoted(asked)
    hint = f"add `{needs}` to the `permissions:` of the job, or to the token" if needs else "give the token the permission for it"
    return MissingPermissionError(f"cannot {doing}: the token of {asked.source} may not{lacks}", hint, status=403, permission=needs)


def _accepted(asked: Refusal) -> str:
    """The permissions that GitHub would take, as a workflow names them: `issues=write; pull_requests=write` are two ways."""
    ways = asked.headers.get("x-accepted-github-permissions", "")[:SAID]
    named = []
    for way in ways.split(";"):
        pairs = [pair.partition("=") for pair in way.split(",") if "=" in pair]
        named.append(", ".join(f"{name.strip().replace('_', '-')}: {level.strip()}" for name, _, level in pairs))
    return one_line(redact("` or `".join(filter(None, named))), 120)


def _not_found(asked: Refusal) -> GitHubError:
    needs = f"; it needs `{asked.request.needs}`" if asked.request.needs else ""
    why = _quoted(asked) if asked.status == 451 else ""
    return NotFoundError(
        f"cannot {asked.request.doing}: {asked.host} finds nothing there{why}",
        f"check the name and the number; GitHub says the same when the token of {asked.source} may not see it{needs}",
        status=asked.status,
    )


def _gone(asked: Refusal) -> GitHubError:
    path = asked.request.path
    hint = "what is gone does not come back: name something else"
    if "/artifacts/" in path:
        hint = "artifacts expire: run the workflow again, or keep them longer (`retention-days`)"
    elif "/issues" in path:
        hint = "turn the issues on in the settings of the repository, or name another with --repo"
    return GoneError(f"cannot {asked.request.doing}: it is gone{_quoted(asked)}", hint, status=410)


def _too_large(asked: Refusal) -> GitHubError:
    return TooLargeError(f"cannot {asked.request.doing}: GitHub takes no body of that size", "send less", status=413)


def _invalid(asked: Refusal) -> GitHubError:
    return RefusedError(f"cannot {asked.request.doing}: GitHub did not take what was sent{_quoted(asked)}", _REPORT, status=asked.status)


def _fault(asked: Refusal) -> GitHubError:
    return ServerError(
        f"cannot {asked.request.doing}: GitHub has trouble of its own ({asked.status})",
        "try again later; www.githubstatus.com tells how it is",
        status=asked.status,
        uncertain=asked.request.writes,
    )


def _moved(asked: Refusal) -> GitHubError:
    there = _host(asked.headers.get("location", ""))
    if there and there != asked.host:
        return NotFoundError(
            f"cannot {asked.request.doing}: {asked.host} sends us on to {there}, which is not asked: it would get the token",
            "check GITHUB_API_URL; a proxy or a sign-in page may have answered instead",
            status=asked.status,
        )
    return NotFoundError(
        f"cannot {asked.request.doing}: it was moved or renamed, and {asked.host} does not lead there",
        "name the repository as it is called now, and check GITHUB_API_URL",
        status=asked.status,
    )


def _host(address: str) -> str:
    """The host of an address, to show it."""
    try:
        return one_line(redact(urlsplit(address).hostname or ""), 100)
    except ValueError:
        return ""


def _later(asked: Refusal) -> GitHubError:
    return BadAnswerError(f"cannot {asked.request.doing}: GitHub is still working on it", "try again in a minute", status=asked.status)


_KINDS: tuple[tuple[Callable[[Refusal], bool], Callable[[Refusal], GitHubError]], ...] = (
    (lambda asked: asked.status == 401, _bad_token),
    (_is_limit, _rate_limited),
    (lambda asked: asked.status == 403 and "archived" in asked.words, _archived),
    (lambda asked: asked.status == 403 and "locked" in asked.words, _locked),
    (lambda asked: asked.status == 403, _forbidden),
    (lambda asked: asked.status in {404, 451}, _not_found),
    (lambda asked: asked.status == 410, _gone),
    (lambda asked: asked.status == 413, _too_large),
    (lambda asked: asked.status in {400, 409, 422}, _invalid),
    (lambda asked: asked.status >= 500, _fault),
    (lambda asked: 300 <= asked.status < 400, _moved),
    (lambda asked: asked.status == 202, _later),
)
