"""Which repository at GitHub a project belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rca.config import Config
from rca.github.errors import GitHubError
from rca.sources.git import remotes

# git@github.com:acme/shop.git
_SHORT = re.compile(r"(?:[\w.-]{1,100}@)?([\w.-]{1,253}):(?!//)(.{1,400})")


def repository_name(given: str, config: Config, environment: Mapping[str, str], folder: Path, host: str) -> str:
    """The repository that is meant: given, configured, that of the job, else the one that the checkout came from.

    host: of the pages for people, like `github.com`; a remote elsewhere does not count. Raises GitHubError when nothing tells.
    """
    known = given or config.github.repo or environment.get("GITHUB_REPOSITORY", "").strip()
    found = known or repository_of(remotes(folder), host)
    if not found:
        message = f"no repository: nothing says which one at {host} is meant"
        raise GitHubError(message, "name it with --repo OWNER/NAME, or as `repo` of [github] in the configuration")
    return found


def repository_of(addresses: Iterable[str], host: str) -> str:
    """`owner/name` out of the first address of a remote at that host; empty when there is none."""
    for address in addresses:
        where, path = _split(address)
        if where.lower().removeprefix("www.").removeprefix("ssh.") == host.lower():
            parts = path.strip("/").removesuffix(".git").split("/")
            if len(parts) == 2 and all(parts):
                return "/".join(parts)
    return ""


def _split(address: str) -> tuple[str, str]:
    """Host and path of an address as git takes it."""
    if "://" not in address:
        match = _SHORT.fullmatch(address)
        return (match[1], match[2]) if match else ("", "")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    return host, parts.path
