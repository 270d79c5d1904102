"""Take the changing parts out of a message, so that the same failure reads the same in every run.

Token by token: only a token with a digit pays for a pattern. HTTP status, exit code, errno and signal stay, as do words like
`utf-8`, `sha256`, `x86_64` and `v1`, which are names and not values.
"""

from __future__ import annotations

import re

MAX_LINE = 2_000
MAX_MESSAGE = 2_048

_TOKEN = re.compile(r"[^\s\"'`,;=(){}\[\]<>|]+")
_HAS_DIGIT = re.compile(r"\d")
_KEEP = re.compile(
    r"(?i)(?:utf-?(?:8|16|32)|sha-?(?:1|224|256|384|512)|md5|x86_64|x64|x86|i[3-6]86|arm64|aarch64|amd64|v\d|base64|http/?[123](?:\.[01])?|ipv[46]|[a-z]+\d{1,2}|e\d{3,5})"
)
_KEPT_BEFORE = re.compile(r"(?i)(?:status|code|errno|signal|exit|http|exited|returned|returncode|error|response)\W*$")
_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "<time>",
        re.compile(
            r"\d{4}-\d\d-\d\d(?:[T_]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?|\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
        ),
    ),
    ("<uuid>", re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")),
    ("<address>", re.compile(r"(?i)(?:@)?0x[0-9a-f]+|@[0-9a-f]{5,16}")),
    ("<ip>", re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?")),
    ("<duration>", re.compile(r"(?i)[+-]?\d+(?:[.,]\d+)?(?:ns|us|µs|ms|s|sec|secs|seconds|m|min|h)")),
    ("<number>", re.compile(r"[+-]?\d[\d_,]*(?:\.\d+)?(?:e[+-]?\d+)?%?")),
    ("<id>", re.compile(r"(?i)(?=[0-9a-f-]*\d)[0-9a-f]{7,64}|(?=\S*\d)(?=\S*[a-z])[A-Za-z0-9_-]{20,}")),
)
_TEMPORARY = re.compile(r"(?:/private)?(?:/tmp|/var/folders|/var/tmp)/\S*|(?i:[a-z]:\\(?:users\\[^\\]+\\appdata\\local\\)?temp\\)\S*")
_PARTS = re.compile(r"[A-Za-z]+|\d+|[^A-Za-z\d]+")
_EDGE = ".:!?-/\\#*"


def normalise(text: str) -> str:
    """Return the first two non-empty lines (2 KB at most) with changing parts replaced by their class."""
    lines = []
    for raw in text[: MAX_MESSAGE * 2].split("\n"):
        line = raw.strip()[:MAX_LINE]
        if line:
            lines.append(_normalise_line(line))
            if len(lines) == 2:
                break
    return "\n".join(lines)[:MAX_MESSAGE]


def _normalise_line(line: str) -> str:
    if not _HAS_DIGIT.search(line):
        return " ".join(line.split())
    if "tmp" in line or "/var/folders" in line or "temp" in line.lower():
        line = _TEMPORARY.sub("<path>", line)
    parts = []
    end = 0
    for match in _TOKEN.finditer(line):
        token = match[0]
        parts.append(line[end : match.start()])
        end = match.end()
        if _HAS_DIGIT.search(token):
            token = _normalise_token(token, line[max(0, match.start() - 16) : match.start()])
        parts.append(token)
    parts.append(line[end:])
    return " ".join("".join(parts).split())


def _normalise_token(token: str, before: str) -> str:
    core = token.strip(_EDGE)
    if not core:
        return token
    start = token.index(core)
    lead, trail = token[:start], token[start + len(core) :]
    if _KEEP.fullmatch(core) or (_KEPT_BEFORE.search(before) and core.isdigit()):
        return token
    for name, pattern in _CLASSES:
        if pattern.fullmatch(core):
            return lead + name + trail
    if "/" in core or ":" in core or "." in core:
        pieces = re.split(r"([/:.@])", core)
        return lead + "".join(_normalise_piece(piece) for piece in pieces) + trail
    return lead + _normalise_piece(core) + trail


def _normalise_piece(piece: str) -> str:
    """A part of a path, an address or a compound name: whole digits, hashes and `name-17` change, words stay."""
    if not _HAS_DIGIT.search(piece) or _KEEP.fullmatch(piece):
        return piece
    for name, pattern in _CLASSES:
        if pattern.fullmatch(piece):
            return name
    return re.sub(r"(?<![A-Za-z])\d+|\d{3,}", "<number>", piece)
