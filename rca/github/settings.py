"""How GitHub is reached: its address, the token, the certificates.

All of it comes from the environment and from options, nothing from the configuration of the repository: whoever may change a
file in a pull request could otherwise have the token sent to a host of their own.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from rca.github.errors import GitHubError, TlsError
from rca.github.token import Token, find_token
from rca.text.clean import one_line
from rca.text.redact import redact

API = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """base_url: of the API, without a slash at its end. ca_file: certificates that are trusted instead of the usual ones.

    read_only: the token is that of a pull request from a fork.
    """

    base_url: str
    token: Token
    ca_file: str = ""
    read_only: bool = False

    @property
    def host(self) -> str:
        """The host of the API."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def loopback(self) -> bool:
        """Whether GitHub is on this machine: a test server, which needs no pacing."""
        return is_loopback(self.host)


def settings_from(environment: Mapping[str, str], *, ca_file: str = "", read_only: bool = False) -> Settings:
    """Settings out of GITHUB_API_URL, the variables of the token, and REQUESTS_CA_BUNDLE or the option that comes before it."""
    base_url = checked_url(environment.get("GITHUB_API_URL", "") or API)
    certificates = ca_file or environment.get("REQUESTS_CA_BUNDLE", "") or environment.get("CURL_CA_BUNDLE", "")
    if certificates and not os.path.exists(certificates):
        message = f"{one_line(certificates, 200)}: there is no such file of certificates"
        raise TlsError(message, "check --ca-file, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE")
    return Settings(base_url, find_token(environment, web_host(base_url)), certificates, read_only)


def checked_url(text: str) -> str:
    """The address of an API. Raises GitHubError unless it is https, or http on this machine."""
    shown = one_line(redact(text), 200)
    hint = "set GITHUB_API_URL like https://github.example.com/api/v3, or leave it empty for github.com"
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise GitHubError(f"GITHUB_API_URL: {shown!r} is no address", hint) from None
    if not parts.hostname or parts.query or parts.fragment or not text.strip().isprintable() or " " in text.strip():
        raise GitHubError(f"GITHUB_API_URL: {shown!r} is no address of an API", hint)
    if parts.username is not None or parts.password is not None:
        raise GitHubError("GITHUB_API_URL: holds a user or a password", "leave them out: the token says who you are")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise GitHubError(f"GITHUB_API_URL: {shown!r} is not https, so the token would travel in the open", hint)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def web_host(base_url: str) -> str:
    """The host of the pages for people: `github.com` for the API of github.com, of Enterprise its own."""
    host = urlsplit(base_url).hostname or ""
    return host.removeprefix("api.")
