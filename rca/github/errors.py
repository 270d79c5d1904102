"""What can go wrong between rca and GitHub, each with what to do about it.

    GitHubError
    ├── NoTokenError  BadTokenError                                          who we are
    ├── MissingPermissionError ── ReadOnlyTokenError  AppOnlyError           what we may do
    ├── NotFoundError  GoneError  ArchivedError  LockedError                 what is there
    ├── RefusedError  TooLargeError                                          what was sent
    ├── RateLimitedError                                                     how often
    ├── UnreachableError ── OfflineError  ProxyError  TlsError  OverdueError the way
    └── ServerError  BadAnswerError                                          the other end

No error holds a token, an address with credentials, or an exception of the libraries below: those carry the request, and with it
the token.
"""

from __future__ import annotations

from datetime import datetime

from rca.errors import RcaError


class GitHubError(RcaError):
    """GitHub could not be asked, or said no.

    status: of its answer, 0 without one. uncertain: what was asked may have been done all the same, so that it must be looked for
    before it is asked again.
    """

    def __init__(self, message: str, hint: str = "", *, status: int = 0, uncertain: bool = False) -> None:
        super().__init__(message, hint)
        self.status = status
        self.uncertain = uncertain


class NoTokenError(GitHubError):
    """There is no token."""


class BadTokenError(GitHubError):
    """GitHub does not know the token, or it is none."""


class MissingPermissionError(GitHubError):
    """The token may not do this; `permission` names what it lacks, such as `checks: write`."""

    def __init__(self, message: str, hint: str = "", *, status: int = 0, permission: str = "") -> None:
        super().__init__(message, hint, status=status)
        self.permission = permission


class ReadOnlyTokenError(MissingPermissionError):
    """The token of a pull request from a fork: it may read, whatever the workflow asks for."""


class AppOnlyError(MissingPermissionError):
    """Only the token of an app may do this, such as the one in GitHub Actions; a personal one may not."""


class NotFoundError(GitHubError):
    """It is not there, or the token may not see it."""


class GoneError(GitHubError):
    """It was there: an artifact that expired, issues that were turned off."""


class ArchivedError(GitHubError):
    """The repository is archived: nobody can write to it."""


class LockedError(GitHubError):
    """The conversation is locked."""


class RefusedError(GitHubError):
    """GitHub understood what was sent and did not take it."""


class TooLargeError(GitHubError):
    """An answer or a file is larger than rca reads."""


class RateLimitedError(GitHubError):
    """Too many requests; `resets_at` or `seconds` when GitHub says for how long. What was asked was not done."""

    def __init__(
        self, message: str, hint: str = "", *, status: int = 0, resets_at: datetime | None = None, seconds: int | None = None
    ) -> None:
        super().__init__(message, hint, status=status)
        self.resets_at = resets_at
        self.seconds = seconds


class UnreachableError(GitHubError):
    """No connection to the host, or it broke off."""


class OfflineError(UnreachableError):
    """The host has no address here: there is no network, or its name is wrong."""


class ProxyError(UnreachableError):
    """The proxy did not do its part."""


class TlsError(UnreachableError):
    """The host could not prove who it is."""


class OverdueError(UnreachableError):
    """What came, came so slowly that rca gave up: once more would take as long."""


class ServerError(GitHubError):
    """GitHub has trouble of its own."""


class BadAnswerError(GitHubError):
    """The answer is not what GitHub documents."""
