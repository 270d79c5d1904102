"""Take the changing parts out of a message, so that the same failure reads the same in every run.

Token by token: only a token with a digit pays for a pattern. HTTP status, exit code, errno and signal stay, as do words like
`utf-8`, `sha256`, `x86_64` and `v1`, which are names and not values.
"""

from __future__ import annotations

import re

MAX_LINE = 2_000
MAX_MESSAGE = 2_048

_TOKEN = re.compile(r"([^\s\"'`,;=(){}\[\]<>|]+)")
_HAS_DIGIT = re.compile(r"\d")
_KEEP = re.compile(
    r"(?i:utf-?(?:8|16|32)|sha-?(?:1|224|256|384|512)|md5|x86_64|x64|x86|i[3-6]86|arm64|aarch64|amd64|v\d|base64|http/?[123](?:\.[01])?|ipv[46]"
    r"|[a-z]+\d{1,2}|[1-5]xx|e\d{3,5})|(?:TS|CS|BC|FS|CA|NU|LNK|MSB|SQL|ERR|RFC|PEP|ISO|ORA-|PLS-|CVE-\d{4}-)\d{2,6}"
)
# A number behind one of these words tells one cause from another.
_TELLING_WORDS = (
    "status", "errno", "signal", "exit", "http", "exited", "returned", "response", "sqlstate", " rfc", " pep", " code", "_code",
    "-code", "(code", "answered", "replied", "responded", "statuscode", "exitcode", "errorcode", "returncode", "httpcode",
    "responsecode", "closecode", ".code",
)  # fmt: skip
_TELLING_BEGINS = tuple(
    [f"error{sign}" for sign in (" ", " #", " (", "(", " [", "[")]
    + [f"{verb} {word} " for verb in ("exited", "failed", "returned", "died", "killed", "terminated") for word in ("with", "by")]
)
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
    ("<duration>", re.compile(r"(?i)[+-]?(?:\d+(?:[.,]\d+)?(?:ns|us|µs|ms|s|sec|secs|seconds|m|min|h)){1,4}")),
    ("<number>", re.compile(r"[+-]?\d[\d_,]*(?:\.\d+)?(?:e[+-]?\d+)?%?")),
    ("<id>", re.compile(r"(?i)(?=[0-9a-f-]*\d)[0-9a-f]{7,64}|(?=\S*\d)(?=\S*[a-z])[A-Za-z0-9_-]{20,}")),
)
# Of a temporary path only the name of a file stays, where it is a name and not letters at random.
_TEMPORARY = re.compile(
    r"(?:(?:/private)?(?:/tmp|/var/folders|/var/tmp)/|(?i:[a-z]:\\(?:users\\[^\\]+\\appdata\\local\\)?temp\\))"
    r"(?:[^\s\"'`()\[\]{}<>,;]*[/\\](?=(?!tmp)[A-Za-z_-]{3,40}\.[a-z]{1,5}(?![\w.]))|[^\s\"'`()\[\]{}<>,;]*)"
)
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})((?:,\d{3})+)(?![\d,])")
_INSTANCE = re.compile(r"@(?=[a-f]{0,15}\d)[0-9a-f]{5,16}(?![0-9A-Za-z])")
# A hash inside of a compound name, with the five characters that Kubernetes puts behind it.
_HASH = re.compile(r"(?<![0-9A-Za-z])(?=[0-9]{0,63}[a-f])(?=[a-f]{0,63}[0-9])[0-9a-f]{7,64}(?:-[0-9a-z]{5}$|(?![0-9A-Za-z]))")
_BETWEEN = re.compile(r"([/:.@]|<[a-z]+>)")
_CLASS_NAME = re.compile(r"(<[a-z]+>)")
_DIGITS = re.compile(r"(?<![A-Za-z\d])\d+|\d{3,}")
# A colour whose escape character a producer dropped: `[31mno paper[0m`.
_COLOUR = re.compile(r"\[(?:[0-57]|2[1-9]|[39]\d|4\d|38;[\d;]{1,20})(?:;\d{1,3}){0,4}m|\[m")
_COLOURED = re.compile(r"\[(?:\d;)?3\dm|\[1m")
# Addresses that touch are one: when the first is gone, a second pass would find the next.
_MAIL = re.compile(r"(?<![\w.+/-])(?:[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})++")
# How many values a list has changes as they do.
_LIST = re.compile(r"(<[a-z]{2,8}>)(?:(, ?)\1){1,200}(?:\2…)?")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&"))
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
    if "&" in line:
        line = _without_entities(line)
    line = " ".join(line.split())
    if "tmp" in line or "/var/folders" in line or ("\\" in line and "temp" in line.lower()):
        line = _TEMPORARY.sub("<path>", line)
    if "@" in line:
        line = _MAIL.sub("<mail>", line)
    if not _HAS_DIGIT.search(line):
        return line
    if "[0m" in line and _COLOURED.search(line):
        line = " ".join(_COLOUR.sub("", line).split())
    if "," in line:
        line = _THOUSANDS.sub(lambda match: match[1] + match[2].replace(",", ""), line)
    parts = _TOKEN.split(line)
    for index in range(1, len(parts), 2):
        token = parts[index]
        if not token.isalpha() and _HAS_DIGIT.search(token):
            # What stands before is looked up in the result, so that a second pass sees the same.
            parts[index] = _normalise_token(token, parts[max(0, index - 4) : index])
    line = " ".join("".join(parts).split())
    if "@" in line:
        # What stood before an address and is gone now may have hidden it.
        line = _MAIL.sub("<mail>", line)
    return _LIST.sub(r"\1\2…", line) if ">," in line else line


def _without_entities(line: str) -> str:
    """Undo what a producer escaped twice, until nothing of it is left."""
    for _ in range(3):
        before = line
        for entity, char in _ENTITIES:
            line = line.replace(entity, char)
        if line == before:
            break
    return line


def _normalise_token(token: str, before: list[str]) -> str:
    core = token.strip(_EDGE)
    if not core:
        return token
    start = token.index(core)
    lead, trail = token[:start], token[start + len(core) :]
    if core.isdigit():
        if _is_telling(before):
            return token
        return lead.removesuffix("-").removesuffix("+") + "<number>" + trail
    if _KEEP.fullmatch(core):
        return token
    for name, pattern in _CLASSES:
        if pattern.fullmatch(core):
            return (lead[:-1] if lead and lead[-1] in "+-" else lead) + name + trail
    if "@" in core:
        core = _INSTANCE.sub("<address>", core)
    if "/" in core or ":" in core or "." in core or "<" in core:
        core = "".join(_normalise_piece(piece) for piece in _BETWEEN.split(core))
    else:
        core = _normalise_piece(core)
    return lead + (_again(core, [*before[-4:], lead]) if "<" in core and _HAS_DIGIT.search(core) else core) + trail


def _is_telling(before: list[str]) -> bool:
    """Whether what stands before a number says that it is a status, an exit code or the like."""
    tail = f" {''.join(before[-4:])[-16:].lower()}"
    return tail.endswith(_TELLING_BEGINS) or tail.rstrip(" :=#([{<>\"'.,-").endswith(_TELLING_WORDS)


def _again(core: str, before: list[str]) -> str:
    """What is left between two classes is a word of its own now: look at each once more."""
    parts = before
    first = len(parts)
    for piece in _CLASS_NAME.split(core):
        parts.append(piece if piece[:1] == "<" or not _HAS_DIGIT.search(piece) else _normalise_token(piece, parts))
    return "".join(parts[first:])


def _normalise_piece(piece: str) -> str:
    """A part of a path, an address or a compound name: whole digits, hashes and `name-17` change, words stay."""
    if not _HAS_DIGIT.search(piece) or _KEEP.fullmatch(piece):
        return piece
    for name, pattern in _CLASSES:
        if pattern.fullmatch(piece):
            return name
    if len(piece) > 7:
        piece = _HASH.sub("<id>", piece)
    return _DIGITS.sub("<number>", piece)
