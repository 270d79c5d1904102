"""Foreign text in bodies that GitHub renders: comments, issues, check runs, job summaries.

What `rca.text.safe` does for a worklog is done here too, and more: secrets are taken out once again, since people wrote some of
these texts, and whatever GitHub acts on after it has rendered Markdown is made inert. That step looks at the text between the
tags, outside of code, and so neither backslashes nor entities stop it: a character of no width does. In a code span or a fence
GitHub notifies nobody and links nothing, so names and messages of tests stand there.
"""

from __future__ import annotations

import html
import re

from rca.text import safe
from rca.text.clean import clean, one_line
from rca.text.redact import redact
from rca.text.safe import Md

NAME = 160
LINE = 300
BLOCK = 6_000
# A secret that begins within what is shown must be seen far enough to be recognised.
_READ = 2_000
ZERO_WIDTH = "\u200b"
# Two dollars make a formula; this is GitHub's own way to write one that does not.
_DOLLAR = "<span>$</span>"

_ACTIVE = re.compile(
    # What stands at the end may go on in the text around it.
    r"@|#(?=\d|$)|\[(?=!)|\bGH-(?=\d)|\bGHSA-(?=\w)|(?-i:\b[A-Z][A-Z0-9]{1,20}-(?=\d))"
    r"|(?:https?|ftp|mailto|xmpp|file|git|ssh)(?=:)|www(?=\.)"
    r"|(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])"
    r"|:(?=[\w+-]{1,60}(?::|$))",
    re.IGNORECASE,
)
_COMMIT = re.compile(r"(?<![\w.])((?=[0-9a-f]{0,39}\d)[0-9a-f]{10,40}(?:\.\.[0-9a-f]{10,40})?)(?!\w)")
# Marks that are stacked upon a letter; a few are writing, dozens cover the lines above.
_STACKED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_WORD = re.compile(r"[^\s\u200b]{60}")
_HIGH = re.compile("[\U00010000-\U0010ffff]")


def plain(text: object, most: int = LINE) -> str:
    """A foreign text on one line of at most `most` characters, secrets and what deceives a reader taken out; not escaped."""
    return one_line(_clean(str(text), most), most)


def block(text: object, most: int = BLOCK) -> str:
    """A foreign text of several lines as `plain` has it; its beginning, when it is longer than `most`."""
    found = _clean(str(text), most).strip("\n")
    return found if len(found) <= most else f"{found[: most - 1].rstrip()}…"


def prose(text: object, most: int = LINE) -> Md:
    """Escape a foreign text for a line of Markdown: it notifies nobody, links nothing, and is no element of the page."""
    return text if isinstance(text, Md) else _escaped(plain(text, most))


def with_hashes(text: object, most: int = LINE) -> Md:
    """Escape a text of ours as `prose` does, but show the hashes of commits in it as code."""
    pieces = _COMMIT.split(plain(text, most))
    return Md("".join(safe.code(piece) if index % 2 else _spaced(piece) for index, piece in enumerate(pieces)))


def code(text: object, most: int = NAME) -> Md:
    """Show a foreign text as a code span, whatever backticks it holds; works in a cell of a table too."""
    return safe.code(plain(text, most))


def fence(text: object, info: str = "text", most: int = BLOCK) -> Md:
    """Put a foreign text into a fenced block that nothing in it can close."""
    return safe.fence(block(text, most), info)


def summary(text: object, most: int = LINE) -> Md:
    """A foreign text for the line of a fold, which is HTML: Markdown means nothing there."""
    line = _inactive(plain(text, most))
    return Md(html.escape(line, quote=False).replace("$", _DOLLAR))


def title(text: object, most: int = 250) -> str:
    """A foreign text as the title of an issue, which is no Markdown but for code, and in which references act."""
    return _inactive(plain(text, most)).replace("`", "'")


def fold(head: object, body: Md) -> Md:
    """A block that is shown on a click; empty lines make its body Markdown again."""
    return Md(f"<details><summary>{head if isinstance(head, Md) else summary(head)}</summary>\n\n{body}\n\n</details>")


def basic(text: str) -> str:
    """Name the characters that some fields of check runs refuse, those above U+FFFF."""
    return _HIGH.sub(lambda match: f"<U+{ord(match[0]):X}>", text)


def _clean(text: str, most: int) -> str:
    # Cleaned before secrets are looked for, so that no invisible character hides one, and after: what is cut may end in a half.
    return _STACKED.sub(r"\1", redact(clean(text[: 2 * most + _READ])))


def _escaped(line: str) -> Md:
    return Md(safe.escaped(_inactive(line)).replace("\\$", _DOLLAR))


def _inactive(line: str) -> str:
    """Break up words that are longer than a line of a phone, and what GitHub acts on, the pieces of such words too."""
    return _ACTIVE.sub(_inert, _WORD.sub(lambda match: match[0] + ZERO_WIDTH, line))


def _spaced(piece: str) -> str:
    """A piece of a line, escaped; the space around it stays."""
    core = piece.strip()
    if not core:
        return piece
    start = piece.index(core)
    return f"{piece[:start]}{_escaped(core)}{piece[start + len(core) :]}"


def _inert(match: re.Match[str]) -> str:
    """Put a character of no width behind what begins a reference, and every six digits into a hash."""
    word = match[0]
    if len(word) < 7 or not word.isalnum():
        return word + ZERO_WIDTH
    return ZERO_WIDTH.join(word[index : index + 6] for index in range(0, len(word), 6))
