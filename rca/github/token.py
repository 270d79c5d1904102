"""The token: found, carried to GitHub, and shown to nobody."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from typing import NoReturn

from rca.errors import RcaError
from rca.github.errors import BadTokenError, NoTokenError

VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
SECONDS = 10.0  # for `gh auth token`, which may ask a keyring
_SHAPE = re.compile(r"[!-~]{1,1000}")
_HINT = "set GITHUB_TOKEN or GH_TOKEN, or sign in with `gh auth login`; docs/github.md says which permissions it needs"


class Token:
    """A secret that no repr, format, pickle or comparison gives away; `source` says where it came from."""

    __slots__ = ("_secret", "source")

    def __init__(self, secret: str, source: str) -> None:
        secret = secret.strip()
        if not _SHAPE.fullmatch(secret):
            message = f"{source}: holds no token: a token is one word of plain letters, digits and signs"
            raise BadTokenError(message, "copy it again, without quotes")
        self._secret = secret
        self.source = source

    def reveal(self) -> str:
        """The secret itself, for the header of a request and nothing else."""
        return self._secret

    def __repr__(self) -> str:
        return f"Token(from {self.source})"

    def __reduce__(self) -> NoReturn:
        msg = "a token is not to be stored"
        raise TypeError(msg)


def find_token(environment: Mapping[str, str], host: str = "github.com") -> Token:
    """The token of GITHUB_TOKEN, else of GH_TOKEN, else the one that `gh` keeps for the host. Raises NoTokenError, BadTokenError."""
    for name in VARIABLES:
        if value := environment.get(name, "").strip():
            return Token(value, name)
    gh = shutil.which("gh", path=environment.get("PATH", ""))
    if gh is None:
        raise NoTokenError("no token for GitHub: GITHUB_TOKEN and GH_TOKEN are empty, and there is no `gh`", _HINT)
    secret = _ask(gh, environment, host)
    if not secret:
        raise NoTokenError(f"no token for GitHub: GITHUB_TOKEN and GH_TOKEN are empty, and `gh` has none for {host}", _HINT)
    return Token(secret, "gh auth token")


def _ask(gh: str, environment: Mapping[str, str], host: str) -> str:
    from rca.sources.runner import answer

    quiet = {**environment, "GH_PROMPT_DISABLED": "1"}
    try:
        return answer([gh, "auth", "token", "--hostname", host], seconds=SECONDS, environment=quiet).strip()
    except RcaError:
        return ""
