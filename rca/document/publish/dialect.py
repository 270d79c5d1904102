"""How a template puts foreign text into a body for GitHub, whatever its author thought of."""

from __future__ import annotations

from rca.document.publish.about import About
from rca.document.render import Dialect
from rca.text import github, safe
from rca.text.safe import Md


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


def dialect(about: About) -> Dialect:
    """The dialect of the bodies that go to one place."""
    return Dialect(inline=_inline, code=_code, fence=_fence, cell=_cell, link=about.link)
