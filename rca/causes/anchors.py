"""What a failure names as missing, out of reach or broken: addresses, endpoints, tables, files, modules, settings, resources.

Only statements of failure count. That a test mentions a host, a status or a helper's file says nothing of its cause; that
the connection to a host was refused does. So an anchor needs the words that say what is wrong with it on the same line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rca.text.normalise import normalise

LINE = 500
ANCHORS = 8
# Kinds of what is around the tests, and not part of the product.
OUTAGES = frozenset({"host:port", "host", "service", "resource"})


@dataclass(frozen=True, slots=True)
class Anchor:
    """What several failures may share: its kind, its value, and what is wrong with it in words."""

    kind: str
    value: str
    title: str


_DOWN = re.compile(
    r"connection (?:to .{1,200}? )?(?:refused|failed|aborted|lost|was closed|could not)|econnrefused|actively refused|err_connection"
    r"|connect: .{0,40}refused|econnreset|reset by peer|enotfound|eai_again|getaddrinfo|name resolution|name or service not known"
    r"|nodename nor servname|no such host|could not translate host|unknown ?host|unreachable|ehostunreach|enetunreach|etimedout"
    r"|connect(?:ion)? ?time|dial tcp.{0,200}timeout|max retries exceeded|certificate (?:has expired|verify failed)|socket hang ?up"
    r"|(?:failed|cannot|can't|could not|couldn't|unable) (?:to )?(?:connect|reach|resolve)|communications link failure"
    r"|server closed the connection|no route to host|is not reachable|err_name_not_resolved"
)
_SLOW = re.compile(r"timed? ?out|deadline exceeded")
_STATUS = re.compile(
    r"(?i:\b(?:status(?: ?code)?|http(?:/[\d.]+)?|code|returned|got|answered|responded(?: with)?|response|failed with|error)\W{1,4}(?:a )?)"
    r"(5\d\d|429)\b|\b(5\d\d) (?i:(?:internal )?server error|bad gateway|service unavailable|gateway time-?out|for )"
    r"|(?:->|=>) (5\d\d|429)\b|\b(429) (?i:client error|too many)"
)
_WANTED = re.compile(r"(?i)(?:expected|wanted?|should be)(?: (?!got|but)\w{1,20}){0,3}:? ?$")
_URL = re.compile(
    r"\b([A-Za-z][A-Za-z0-9+-]{1,20}(?::[a-z]{2,12})?)://(?:[^\s/@'\"]{1,100}@)?(\[[0-9A-Fa-f:]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::(\d{1,5}))?"
    r"(/[^\s'\"<>()\[\]{},;?#]{0,200})?"
)
_EXPLAINED = re.compile(r"(?i)\b(?:see|visit|help(?: \d+\])?|docs?|documentation|more(?: info(?:rmation)?)?|refer to|read)[:,]? \W{0,3}$")
_HOST_PORT = re.compile(r"(?<![\w./@:-])((?:[A-Za-z0-9-]{1,63}\.){0,8}[A-Za-z0-9-]{1,63}|\[[0-9a-f:]{2,45}\]):(\d{2,5})(?!\w|[.:]\d)")
_HOST_THEN_PORT = re.compile(
    r"(?i:host(?: ?name)?|server(?: at)?)\s?=?\s?['\"]([\w.-]{1,253})['\"](?: \([0-9a-f.:]{3,45}\))?,? (?i:port)\s?=?\s?['\"]?(\d{1,5})"
)
_LOOKUP = re.compile(
    r"(?:lookup |ENOTFOUND |EAI_AGAIN |UnknownHostException: |host name ['\"]|Could not resolve host: ?|resolve ['\"])"
    r"([\w-]{1,63}(?:\.[\w-]{1,63}){0,8})"
)
_PATH = re.compile(r"(?:\b(?:GET|POST|PUT|PATCH|DELETE|HEAD) |(?<![\w:/.]))(/[A-Za-z0-9_][^\s'\"<>()\[\]{},;?#]{1,200})")
_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal"})  # noqa: S104 -- read, not bound
_NO_HOST = frozenset(
    ["line", "status", "code", "error", "port", "at", "exit", "errno", "signal", "http", "https", "row", "column", "id", "pid"]
)
_DNS = "53"  # the server that was asked for a name is not the one that is missing
_FILE_ENDINGS = frozenset(
    [
        "py", "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "java", "kt", "go", "rs", "rb", "php", "c", "cc", "cpp", "h", "hpp", "cs",
        "scala", "swift", "vue", "sh", "ex", "exs", "erl", "pl", "lua", "dart", "m", "feature", "robot", "bats", "html", "xml", "json",
    ]
)  # fmt: skip
_DEFAULT_PORTS = {
    "http": "80", "ws": "80", "https": "443", "wss": "443", "postgres": "5432", "postgresql": "5432", "mysql": "3306", "redis": "6379",
    "amqp": "5672", "mongodb": "27017", "ftp": "21", "ssh": "22", "ldap": "389",
}  # fmt: skip

# Where an absolute path is a file of the machine and not what a server was asked for.
_ON_DISK = re.compile(r"/(?:tmp|home|usr|var|opt|root|etc)/")

_NAME = r"[`'\"“]([\w$.-]{1,120})[`'\"”]"
_UNSET = r"(?:not (?:been )?(?:set|defined|configured|found)|missing|required|unset|undefined|must be set)"
_OUT = "unavailable|not available|unhealthy|not running|not ready|not reachable|exited|failed to start"
_UNREADABLE = "No such file or directory|Permission denied|Could not find file|Read-only file system"
# Kind, title, the words of which a line must hold one (in small letters), what it must say.
_BROKEN = tuple(
    (kind, title, words, re.compile("|".join(patterns)))
    for kind, title, words, patterns in (
        (
            "table",
            "the table {} is missing",
            ("table", "relation", "invalid object"),
            (
                r"no such table: ([\w.]{1,120})",
                rf"(?:relation|[Tt]able) {_NAME} (?:does not exist|doesn't exist|not found)",
                rf"Invalid object name {_NAME}",
            ),
        ),
        (
            "column",
            "the column {} is missing",
            ("column",),
            (
                r"no such column: ([\w.]{1,120})",
                r"column [\"']?([\w.]{1,120})[\"']? does not exist",
                rf"Unknown column {_NAME}|[Cc]olumn {_NAME} not found",
                r"has no column named (\w{1,120})",
            ),
        ),
        (
            "module",
            "the module {} is missing",
            ("module", "package", "notfound", "classdef", "shared", "load such", "resolve import", "import name"),
            (
                r"No module named ['\"]([\w.]{1,120})",
                r"[Cc]annot find (?:module|package) ['\"]([@\w./-]{1,120})['\"]",
                r"(?:ClassNotFoundException|NoClassDefFoundError): ([\w.$/]{3,120})",
                r"([\w.+-]{1,120}): cannot open shared object file|error while loading shared libraries: ([\w.+-]{1,80})",
                r"cannot load such file -- ([\w./-]{1,120})|Failed to resolve import \"([@\w./-]{1,120})",
                r"cannot import name ['\"](\w{1,80})",
            ),
        ),
        (
            "program",
            "the program {} is missing",
            ("executable", "not found", "enoent"),
            (
                rf"exec: {_NAME}: executable file not found|([\w.-]{{1,60}}): command not found",
                r"sh: (?:line )?\d+: ([\w.-]{1,60}): not found",
                r"spawn ([\w./-]{2,100}) ENOENT|Executable doesn't exist at ([\w./-]{2,200})",
            ),
        ),
        (
            "setting",
            "the setting {} is missing",
            ("environment", "_"),
            (
                rf"[Ee]nvironment variables? [`'\"]?([A-Z][A-Z0-9_]{{2,80}})[`'\"]? .{{0,20}}{_UNSET}",
                rf"\b([A-Z][A-Z0-9]*_[A-Z0-9_]{{1,80}}) (?:is |was |has |must be )?{_UNSET}",
                r"KeyError: '([A-Z][A-Z0-9]*_[A-Z0-9_]{1,80})'",
            ),
        ),
        (
            "service",
            "the service {} is not available",
            ("service", "container", "broker", "daemon"),
            (
                rf"(?i:service|container|broker|daemon) [`'\"]?(?!is |was )([A-Za-z][\w.-]{{1,80}})[`'\"]? (?:is |was )?(?i:{_OUT})\b",
                r"Cannot connect to the (Docker) daemon",
            ),
        ),
        (
            "file",
            "the file {} cannot be read",
            ("no such file", "denied", "not find file", "read-only", "enoent", "eacces", "notfound"),
            (
                rf"(?:{_UNREADABLE}):? [`'\"]([^`'\"\s]{{3,300}})[`'\"]",
                r"(?:ENOENT|EACCES)[^'\"]{0,60}'([^'\s]{3,300})'|FileNotFoundException: ([\w./\\-]{3,300}) \(",
                r"open ([\w./-]{3,300}): (?:no such file|permission denied)",
            ),
        ),
    )
)
_RESOURCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("no space left on the disk", ("no space left on device", "enospc", "disk quota exceeded", "disk full")),
    ("out of memory", ("outofmemoryerror", "out of memory", "cannot allocate memory", "oomkilled")),
    ("too many open files", ("too many open files", "emfile")),
    ("too many connections", ("too many connections", "remaining connection slots", "too many clients already")),
)
# Without any of these a line states none of the above; most lines have none.
_HINTS = re.compile(
    r"refus|reset|host|resol|known|reach|connect|time|retries|deadline|closed|hang ?up|no route|link failure|certificate|econn|enot|eai_"
    r"|missing|exist|no such|not found|cannot|could not|enoent|eacces|denied|not (?:been )?(?:set|defined|configured)|required|unset"
    r"|undefined|keyerror|notfound|noclassdef|running|ready|available|healthy|exited|to start|space|memory|too many|slots|full|quota|emfile"
    r"|enospc|oomkilled|named|invalid object|shared|loading|failed to|read-only|must be|5\d\d|429"
)


def anchors_of(line: str) -> Iterator[Anchor]:
    """Yield what a line of a report states to be missing, out of reach or broken, at most 8."""
    line = line[:LINE]
    lower = line.lower()
    if not _HINTS.search(lower):
        return
    yield from islice(_all(line, lower), ANCHORS)


def _all(line: str, lower: str) -> Iterator[Anchor]:
    for resource, words in _RESOURCES:
        if any(map(lower.__contains__, words)):
            yield Anchor("resource", resource, resource)
    for kind, title, words, pattern in _BROKEN:
        for match in pattern.finditer(line) if any(map(lower.__contains__, words)) else ():
            name = next(group for group in match.groups() if group).rstrip(".")
            if kind != "file" or normalise(name) == name:  # a path that changes from test to test is its own
                yield Anchor(kind, name, title.format(name))
    if _DOWN.search(lower):
        for address in _addresses(line):
            yield Anchor("host:port" if ":" in address else "host", address, f"{address} cannot be reached")
    yield from _endpoints(line, lower)


def _urls(line: str) -> Iterator[re.Match[str]]:
    """The addresses in a line, without those of pages that explain the error."""
    return (match for match in _URL.finditer(line) if not _EXPLAINED.search(line[: match.start()]) and "/docs/" not in (match[4] or ""))


def _addresses(line: str) -> Iterator[str]:
    for match in _urls(line):
        yield from _address(match[2], match[3] or _DEFAULT_PORTS.get(match[1].lower().rpartition(":")[2], ""))
    for pattern in (_HOST_THEN_PORT, _HOST_PORT):
        for match in pattern.finditer(line):
            yield from _address(match[1], match[2])
    for match in _LOOKUP.finditer(line):
        yield from _address(match[1], "")


def _address(host: str, port: str) -> Iterator[str]:
    """The address, unless it is a place in a file, a word before a number, or this machine without a port."""
    host = host.lower().rstrip(".")
    if not host or host.rpartition(".")[2] in _FILE_ENDINGS or host in _NO_HOST or host.isdigit() or port == _DNS:
        return
    local = host in _LOCAL
    if port:
        yield f"{'localhost' if local else host}:{port}"
    elif not local:
        yield host


def _endpoints(line: str, lower: str) -> Iterator[Anchor]:
    """A status of a server's failure, or a time-out, with the path that was asked; a status alone says nothing."""
    match = _STATUS.search(line) if "5" in line or "429" in line else None
    if match and _WANTED.search(line[: match.start()]):
        return
    what = next(group for group in match.groups() if group) if match else "no answer in time" if _SLOW.search(lower) else ""
    if not what:
        return
    for host, path in _asked(line):
        place = f"{host}{normalise(path.rstrip('/.:'))}"
        title = f"{place} answers {what}" if match else f"{place} does not answer in time"
        yield Anchor("endpoint", f"{what} {place}", title)


def _asked(line: str) -> Iterator[tuple[str, str]]:
    """Host and path of what was asked; without any address, the paths behind a method or alone."""
    if _URL.search(line):
        urls = [(next(_address(url[2], url[3] or ""), ""), url[4] or "") for url in _urls(line)]
        yield from (url for url in urls if len(url[1]) > 1)
        return
    for match in _PATH.finditer(line):
        path = match[1]
        if path.rstrip("/.:").rpartition(".")[2] not in _FILE_ENDINGS and not _ON_DISK.match(path):
            yield "", path
