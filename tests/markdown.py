"""Render Markdown with independent renderers and see what comes of it: the visible text and the elements."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

ZERO_WIDTH = "\u200b"


class Seen(HTMLParser):
    """Collects the text and the elements of a rendered document."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.outside_code: list[str] = []
        self._code = 0
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._code += tag == "code"
        if tag in {"p", "td", "th", "li", "br", "h1"}:
            self.texts.append(" ")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        self._code -= tag == "code"
        if tag in {"p", "td", "th", "li", "h1"}:
            self.texts.append(" ")

    def handle_data(self, data):
        self.texts.append(data)
        if not self._code:
            self.outside_code.append(data)

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_decl(self, decl):
        self.comments.append(decl)

    def unknown_decl(self, data):
        self.comments.append(data)

    def handle_pi(self, data):
        self.comments.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    @property
    def prose(self) -> str:
        """The text outside code, in which alone GitHub looks for names and issues."""
        return "".join(self.outside_code)


def _markdown_it(source: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(source)


def _cmark_gfm(source: str) -> str:
    import cmarkgfm
    from cmarkgfm.cmark import Options

    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    return cmarkgfm.markdown_to_html_with_extensions(source, options, ["table", "autolink", "strikethrough", "tasklist"])


RENDERERS = {"markdown-it": _markdown_it}
try:
    import cmarkgfm  # noqa: F401

    RENDERERS["cmark-gfm"] = _cmark_gfm
except ImportError:  # the renderer of the specification is an optional part of the development tools
    pass

each_renderer = pytest.mark.parametrize("renderer", RENDERERS)


def seen(source: str, renderer: str = "markdown-it") -> Seen:
    """What a reader gets of a Markdown source."""
    return Seen(RENDERERS[renderer](source))


def plain(text: str) -> str:
    """A visible text without the characters of no width, white space folded."""
    return " ".join(text.replace(ZERO_WIDTH, "").split())
