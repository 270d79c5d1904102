"""Put foreign text into Markdown so that it is shown and never acts.

Every function returns `Md`: text that may stand in a Markdown document as it is. All other text is escaped by the
renderer on its way into a template, so that a template (also a team's own) cannot forget it.
Rules: CommonMark 0.31 (sections 2.4, 4.5, 6.1), the GFM specification (tables, autolinks), and what GitHub adds to text
that stands outside of code: mentions, references, commit hashes, emoji names. Those ignore backslashes and entities, so
a character of no width is put where they would begin.
"""

from __future__ import annotations

import re

from rca.text.clean import clean

_PUNCTUATION = re.compile(r"([\\`*_\[\]|~$])")
_LINE_START = re.compile(r"^(#{1,6}(?=\s|$)|[-+=](?!\w)|>|:)")
_LINE_END = re.compile(r"(?<= )(#+)$")
_COMMIT = re.compile(r"(?<![\w.])((?:\brun-)?(?=[0-9a-f]{0,39}\d)[0-9a-f]{10,40}(?:\.\.[0-9a-f]{10,40})?)(?!\w)")
_ORDERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_ACTIVE = re.compile(
    r"@|#(?=\d)|\bGH-(?=\d)"
    r"|https?(?=:)|ftp(?=:)|mailto(?=:)|xmpp(?=:)|www(?=\.)"
    # A commit is linked by seven digits of its hash or more; a number alone is hardly ever one.
    r"|(?<![0-9a-z])(?!\d+(?![0-9a-z]))[0-9a-f]{7,40}(?![0-9a-z])"
    r"|:(?=(?:[a-z+-][\w+-]{0,40}|100|1234|8ball|1st_\w{1,20}|2nd_\w{1,20}|3rd_\w{1,20}):)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\s<>()\\\"`|\x00-\x1f]")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_ZERO_WIDTH = "\u200b"


class Md(str):
    """Markdown that is safe to stand in a document."""

    __slots__ = ()


def inline(text: object) -> Md:
    """Escape a text for a line of Markdown: no emphasis, link, HTML, table cell, mention or reference comes of it."""
    line = " ".join(clean(str(text)).split())
    return escaped(_ACTIVE.sub(_inert, line))


def escaped(line: str) -> Md:
    """Escape what means something in Markdown on one line of clean text, and nothing else."""
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    line = _PUNCTUATION.sub(r"\\\1", line)
    line = _LINE_START.sub(r"\\\1", line)
    line = _LINE_END.sub(r"\\\1", line)
    return Md(_ORDERED.sub(r"\1\\\2", line))


def with_hashes(text: object) -> Md:
    """Escape a text as `inline` does, but show hashes of commits and ids of runs in it as code, where they read and copy well."""
    line = " ".join(clean(str(text)).split())
    pieces = _COMMIT.split(line)
    return Md("".join(code(piece) if index % 2 else _spaced(piece) for index, piece in enumerate(pieces)))


def _spaced(piece: str) -> str:
    """A piece of a line, escaped; the space around it stays."""
    core = piece.strip()
    if not core:
        return piece
    start = piece.index(core)
    return f"{piece[:start]}{inline(core)}{piece[start + len(core) :]}"


def _inert(match: re.Match[str]) -> str:
    """Put a character of no width behind what begins a reference, and every six digits into a hash."""
    word = match[0]
    if len(word) < 7:
        return word + _ZERO_WIDTH
    return _ZERO_WIDTH.join(word[index : index + 6] for index in range(0, len(word), 6))


def code(text: object) -> Md:
    """Show a text as a code span, whatever backticks it holds; works in a table cell too."""
    line = " ".join(clean(str(text)).split()) or " "
    # A cell of a table reads `\|` as `|`, also inside of code.
    line = line.replace("\\|", f"\\{_ZERO_WIDTH}|")
    ticks = "`" * (_longest_run(line, "`") + 1)
    pad = " " if line[0] == "`" or line[-1] == "`" else ""
    return Md(f"{ticks}{pad}{line}{pad}{ticks}")


def cell(text: object) -> Md:
    """Escape what is already Markdown, or a plain text, for a cell of a table."""
    if not isinstance(text, Md):
        return inline(text)
    return Md(re.sub(r"(?<!\\)\|", r"\\|", text.replace("\n", " ")))


def fence(text: str, info: str = "text") -> Md:
    """Put a text into a fenced block that is longer than any run of backticks in it."""
    body = clean(text).strip("\n")
    ticks = "`" * max(3, _longest_run(body, "`") + 1)
    return Md(f"{ticks}{info}\n{body}\n{ticks}")


def link(text: object, target: str) -> Md:
    """Make a link; a target that is not http(s), a relative path or an anchor is shown as text only."""
    target = clean(target).strip()
    label = text if isinstance(text, Md) else inline(text)
    label = label or inline(target)
    scheme = _SCHEME.match(target)
    if not target or (scheme and scheme[1].lower() not in {"http", "https"}) or target.startswith("//"):
        return label
    if scheme:
        target = scheme[1].lower() + target[len(scheme[1]) :]
    quoted = _QUOTED.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), target)
    return Md(f"[{label}]({quoted.replace('&', '&amp;')})")


def _longest_run(text: str, char: str) -> int:
    if char not in text:
        return 0
    return max(len(run) for run in re.findall(re.escape(char) + "+", text))
