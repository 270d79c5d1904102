"""Put foreign text into Markdown so that it is shown and never acts.

Every function returns `Md`: text that may stand in a Markdown document as it is. All other text is escaped by the
renderer on its way into a template, so that a template (also a team's own) cannot forget it.
Rules: CommonMark 0.31 (sections 2.4, 4.5, 6.1) and the GFM specification (tables, autolinks).
"""

from __future__ import annotations

import re

from rca.text.clean import clean

_PUNCTUATION = re.compile(r"([\\`*_\[\]|~$])")
_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|={2,}|-{2,}|>|:)")
_ORDERED = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")
_REFERENCE = re.compile(r"(?i)(?<![\w&])(#(?=\d)|GH-(?=\d))")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(?=:)|\b(www)(?=\.)")
_ZERO_WIDTH = "\u200b"


class Md(str):
    """Markdown that is safe to stand in a document."""

    __slots__ = ()


def inline(text: object) -> Md:
    """Escape a text for a line of Markdown: no emphasis, link, HTML, table cell, mention or reference comes of it."""
    line = " ".join(clean(str(text)).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    line = _PUNCTUATION.sub(r"\\\1", line)
    line = _LINE_START.sub(r"\1\\\2", line)
    line = _ORDERED.sub(r"\1\\\2", line)
    line = line.replace("@", "@" + _ZERO_WIDTH)
    line = _REFERENCE.sub(lambda match: match[1] + _ZERO_WIDTH, line)
    return Md(_AUTOLINK.sub(lambda match: match[0] + _ZERO_WIDTH, line))


def code(text: object) -> Md:
    """Show a text as a code span, whatever backticks it holds; works in a table cell too."""
    line = " ".join(clean(str(text)).split()) or " "
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
    label = text if isinstance(text, Md) else inline(text)
    target = clean(target).strip()
    scheme = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", target)
    if (scheme and scheme[1].lower() not in {"http", "https"}) or target.startswith("//"):
        return label
    if re.search(r"[\s<>()\\\"]", target) or not target:
        quoted = re.sub(r"[\s<>()\\\"]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), target)
        return Md(f"[{label}]({quoted})") if quoted else label
    return Md(f"[{label}]({target})")


def _longest_run(text: str, char: str) -> int:
    if char not in text:
        return 0
    return max(len(run) for run in re.findall(re.escape(char) + "+", text))
