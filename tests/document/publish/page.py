"""What becomes of a body on GitHub: rendered by its own renderer, read by a parser, and gone over as its filters go over it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

# As GitHub renders comments: raw HTML passes (a sanitiser comes behind it), a line end is a line end, all extensions are on.
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_GITHUB_PRE_LANG
_EXTENSIONS = ["table", "strikethrough", "autolink", "tagfilter", "tasklist"]
_VOID = {"br", "hr", "img", "input"}
# Filters of GitHub leave the text in these alone.
_QUIET = {"code", "pre", "a", "tt", "script", "style"}


def render(markdown: str) -> str:
    """The HTML that GitHub's renderer makes of a body."""
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, _OPTIONS, _EXTENSIONS))


@dataclass
class Rendered(HTMLParser):
    """Elements, text by where it stands, links and comments of a rendered body; `faults` where tags do not match."""

    html: str
    elements: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    loud: list[str] = field(default_factory=list)
    """The text nodes that GitHub's filters look at."""
    quiet: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()
        self.faults += [f"<{tag}> stays open" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag == "summary" and self.open[-1:] != ["details"]:
            self.faults.append("a <summary> outside of <details>")
        if tag not in _VOID:
            self.open.append(tag)
        self.loud.append("\n")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")
        self.loud.append("\n")

    def handle_data(self, data):
        (self.quiet if _QUIET & set(self.open) else self.loud).append(data)
        if self.open[-1:] == ["span"]:
            self.spans.append(data)

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_decl(self, decl):
        self.faults.append(f"<!{decl}>")

    def unknown_decl(self, data):
        self.faults.append(f"<![{data}]>")

    def handle_pi(self, data):
        self.faults.append(f"<?{data}>")

    @property
    def text(self) -> str:
        """All text that GitHub's filters look at; nodes are kept apart, as they are for the filters."""
        return "".join(self.loud)

    @property
    def blocks(self) -> list[str]:
        """The elements that make the shape of the page."""
        return [tag for tag in self.elements if tag not in {"a", "code", "span", "br"}]


# What GitHub makes of text after it has rendered Markdown: its documentation on mentions, references and formulas, and the filters
# of its open pipeline. Rather more than GitHub finds is found here.
FILTERS = {
    "mention": re.compile(r"(?:^|[^\w`])@[a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?", re.IGNORECASE),
    "mail": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "issue": re.compile(r"#\d+"),
    "issue by GH": re.compile(r"\bGH-\d+", re.IGNORECASE),
    "commit": re.compile(r"\b[0-9a-f]{7,40}\b", re.IGNORECASE),
    "commit of": re.compile(r"@[0-9a-f]{7,40}\b", re.IGNORECASE),
    "advisory": re.compile(r"\b(?:GHSA-[\w-]+|CVE-\d)"),
    "autolink of a repository": re.compile(r"\b[A-Z][A-Z0-9]+-\d+"),
    "address": re.compile(r"(?:https?|ftp|mailto|xmpp):\S|\bwww\.\S", re.IGNORECASE),
    "emoji": re.compile(r":[a-z0-9+_-]+:", re.IGNORECASE),
    "formula": re.compile(r"\$[^\n$]*\$"),
    "alert": re.compile(r"^\s*\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]", re.MULTILINE),
    "deceiving character": re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"),
}  # fmt: skip


def acting(text: str) -> dict[str, str]:
    """What GitHub would act on in a text, by what does it."""
    found = {name: pattern.search(text) for name, pattern in FILTERS.items()}
    return {name: match[0] for name, match in found.items() if match}
