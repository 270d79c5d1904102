"""How a template puts foreign text into a body for GitHub, whatever its author thought of."""

from __future__ import annotations

from rca.document.render import Dialect
from rca.text import github, safe
from rca.text.safe import Md


def _link(text: object, target: str) -> Md:
    """Make a link; a target that is not http(s), a relative path or an anchor is shown as text only."""
    return safe.link(github.prose(text), target)


def _cell(text: object) -> Md:
    """Escape what is already Markdown, or a plain text, for a cell of a table."""
    return safe.cell(github.prose(text))


def _code(text: object) -> Md:
    """Show a text as a code span, whatever backticks it holds; works in a table cell too."""
    return github.code(text)


def _fence(text: object) -> Md:
    """Put a text into a fenced block that nothing in it can close."""
    return github.fence(text)


def _inline(text: object) -> Md:
    """Escape a text for a line of Markdown: it notifies nobody, links nothing, and is no element of the page."""
    return github.prose(text)


GITHUB = Dialect(inline=_inline, code=_code, fence=_fence, cell=_cell, link=_link)
