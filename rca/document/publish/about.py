"""What a body says of the place to which it goes: where it may link to, and the hidden mark by which it is found again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from rca.document.prose import Page
from rca.errors import RcaError
from rca.text import github, safe
from rca.text.safe import Md

LONGEST = 2_000

State = Literal["red", "green", "nothing"]

_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:]|-(?!-)){0,99}")
_FIELD = re.compile(r"([a-z]{1,20})=([A-Za-z0-9._:+-]{1,100})")
_MARKER = re.compile(r"<!-- rca:(?P<key>[A-Za-z0-9._:-]{1,100})(?P<fields>(?: [a-z]{1,20}=[A-Za-z0-9._:+-]{1,100}){0,12}) -->")
_UNTOLD = re.compile(r"[^A-Za-z0-9._:+-]")
_HYPHENS = re.compile(r"-{2,}")
_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")
_HASH = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True)
class About:
    """What the record of a worklog does not know of where it is published.

    Links come from here and from nowhere else: an address in a report or a record is foreign text. All but the repository may
    be missing; what is missing is not linked.
    """

    repository: str = ""
    """`owner/name`."""
    server: str = "https://github.com"
    """Where GitHub is: `GITHUB_SERVER_URL`."""
    key: str = "default"
    """Tells the comments of several workflows apart: letters, digits, `.`, `_`, `:` and single `-`."""
    pull_request: int | None = None
    head: str = ""
    """The commit that the text speaks of."""
    run_url: str = ""
    """The workflow run."""
    worklog_url: str = ""
    """The worklog, where people can read it."""
    record: str = ""
    """Where the whole worklog is when there is no address, in a few words: `worklogs/2026/….md`."""
    issues: Mapping[str, int] = field(default_factory=dict)
    """Issues that stand for clusters: their numbers by fingerprint."""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise RcaError(f"{self.key[:80]!r} is no key of a comment", "use letters, digits, `.`, `_`, `:` and single `-`, 100 at most")
        if self.repository and not _REPOSITORY.fullmatch(self.repository):
            raise RcaError(f"{self.repository[:80]!r} is no repository", "name it as owner/name")

    def commit(self, sha: str) -> Md:
        """A commit, linked when the repository is known."""
        name = github.code(sha[:12])
        if not (self.repository and _HASH.fullmatch(sha)):
            return name
        return safe.link(name, f"{self.server.rstrip('/')}/{self.repository}/commit/{sha}")

    def issue(self, ref: str) -> Md:
        """A reference like `#12`, linked when it is one to this repository."""
        number = ref.removeprefix("#")
        if not (self.repository and number.isascii() and number.isdigit() and len(number) <= 10):
            return github.code(ref)
        return safe.link(Md(f"#{github.ZERO_WIDTH}{number}"), f"{self.server.rstrip('/')}/{self.repository}/issues/{number}")

    def link(self, text: object, target: str) -> Md:
        """Make a link to an address on a host that is named here; any other is shown as text only."""
        hosts = {_host(address) for address in (self.server, self.run_url, self.worklog_url)} - {""}
        label = github.prose(text)
        return safe.link(label, target) if _host(target) in hosts else label

    def links(self) -> Iterator[Md]:
        """The run and the worklog."""
        for label, target in (("Run", self.run_url), ("Worklog", self.worklog_url)):
            if is_address(target):
                yield safe.link(Md(label), target)

    @property
    def rest(self) -> Md:
        """Where everything is that a body leaves out."""
        if is_address(self.worklog_url):
            return Md(f"in the {safe.link(Md('worklog'), self.worklog_url)}")
        return Md(f"in {github.code(self.record)}" if self.record else "in the worklog")


def is_address(text: str) -> bool:
    """Whether a text is a web address that may be linked."""
    return bool(_host(text))


def _host(address: str) -> str:
    """The host and the port of a web address; nothing when it is none."""
    if not address.isprintable() or len(address) > LONGEST:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    web = parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc and "\\" not in parts.netloc
    return parts.netloc.lower() if web else ""


@dataclass(frozen=True)
class Marker:
    """The hidden mark of a body: its key, and what it says of the run that it speaks of (`kind`, `run`, `head`, `at`, `state`)."""

    key: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = "".join(f" {name}={_told(value)}" for name, value in self.fields.items() if _told(value))
        return f"<!-- rca:{self.key}{told} -->"


def key_of(name: str) -> str:
    """The key of a mark for a name such as the fingerprint of a cluster; a hash stands for what a key may not be."""
    return name if _KEY.fullmatch(name) else f"x-{blake2b(name.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def _told(value: str) -> str:
    """A value as it may stand in a comment of HTML, which two hyphens would end."""
    # One after the other: taking something out may bring hyphens together.
    return _HYPHENS.sub("-", _UNTOLD.sub("", value))[:100]


def marked(text: str, mark: Marker, template: Path) -> str:
    """A body with its mark behind it. Raises RcaError when the template leaves a fence open, in which the mark would be text."""
    body = f"{text}\n{mark}\n"
    if str(marker_of(body)) != str(mark):
        raise RcaError(f"{template}: the template leaves a fence open, which hides the mark of the body", "close the fence")
    return body


def marker_of(body: str) -> Marker | None:
    """The mark of a body that rca wrote: the last one that stands alone on a line outside of fences.

    What a test prints stands in a fence, in a code span or escaped, and so is never taken for one.
    """
    for _, line in reversed(Page.of(body.replace("\r\n", "\n")).prose):
        match = _MARKER.fullmatch(line.strip()) if line.startswith("<!-- rca:") else None
        if match:
            return Marker(match["key"], dict(_FIELD.findall(match["fields"])))
    return None
