from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.document.page import page, renderer
from rca.text.safe import cell, code, fence, inline, link
from tests.text.test_safe import ACTING, hostile, visible
from tests.timing import assert_linear

VOID = {"meta", "br", "hr"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a", "hr", "br",
    "table", "thead", "tbody", "tr", "th", "td", "div", "details", "summary", "img",
}  # fmt: skip
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "id", "class", "href", "start", "title", "src", "alt"}


class Valid(HTMLParser):
    """Reads a page, and fails when elements are not nested, not known, or can act."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.elements: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED, tag
        self.elements.append(tag)
        for name, value in attrs:
            assert name in ATTRIBUTES, name
            if name == "id":
                self.ids.append(value)
            if name in {"href", "src"}:
                self.hrefs.append(value or "")
        if tag not in VOID and tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        raise AssertionError(data)


HEAD = "# Title\n\n> [!CAUTION]\n> **Criteria not met.** 1 of 2\n\n"


def test_a_page_is_whole_and_inert():
    found = Valid(page(HEAD + "## 1 Part\n\n| a | b |\n|---|--:|\n| x | 1 |\n\n- [x] done\n- [ ] open\n", "A <title> & more"))
    assert found.open == []
    assert "script" not in found.elements
    text = page(HEAD, "A <title> & more")
    assert "<title>A &lt;title&gt; &amp; more</title>" in text
    assert "default-src 'none'" in text
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://", text.replace("#", ""))


def test_alerts():
    for kind in ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"):
        text = renderer().render(f"> [!{kind}]\n> said\n")
        assert f'<blockquote class="alert {kind.lower()}">' in text
        assert f'<strong class="kind">{kind.capitalize()}: </strong>' in text
        assert "[!" not in text
    assert renderer().render("> [!OTHER]\n> said\n").count("alert") == 0
    assert renderer().render("> plain\n").count("alert") == 0
    assert renderer().render("> - [!NOTE]\n").count("alert") == 0


def test_folds():
    text = renderer().render("<details><summary>3 cases &amp; more</summary>\n\n- a\n\n</details>\n\nafter\n")
    assert text == "<details>\n<summary>3 cases &amp; more</summary>\n<ul>\n<li>a</li>\n</ul>\n</details>\n<p>after</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<details><summary><b>x</b></summary>",
        "<details open><summary>x</summary>",
        "<details>",
        "text <details><summary>x</summary>",
        "<details><summary>x</summary> text",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- a --> text",
        "<!-- a --><script>x</script><!-- b -->",
        "<style>body{}</style>",
        "<a href='javascript:x'>x</a>",
        "</main></body>",
    ],
)
def test_other_html_is_text(text):
    found = Valid(page(text, "x"))
    assert not {"details", "script", "img", "a"} & set(found.elements)
    assert found.elements.count("style") == 1
    assert text.split("<")[1] in "".join(found.text)


def test_folds_that_are_not_closed_or_not_opened_stay_inside_of_the_page():
    for text in (
        "<details><summary>x</summary>\n\ninside",
        "</details>\n\nafter",
        "- item\n\n  <details><summary>x</summary>\n\n- next\n\n</details>",
        "> <details><summary>x</summary>\n\nafter\n\n</details>",
    ):
        Valid(page(text, "x"))


def test_comments_alone_on_a_line_vanish():
    assert renderer().render("<!-- rca: sealed 00 -->\n\ntext\n") == "<p>text</p>\n"


def test_anchors_are_those_of_github_and_unique():
    found = Valid(page("# One\n## A b-c · 1!\n## Same\n## Same\n## Same-1\n## `code` and *more*\n## 結帳\n## !!!\n## !!!\n", "x"))
    assert found.ids == ["one", "a-b-c--1", "same", "same-1", "same-1-1", "code-and-more", "結帳", "section", "section-1"]


def test_numbers_stand_on_the_right():
    text = renderer().render("| a | b |\n|---|--:|\n| x | 1 |\n")
    assert '<td class="right">1</td>' in text
    assert "style=" not in text


def test_task_lists():
    text = renderer().render("- [x] done\n- [ ] open\n- [y] other\n- `[x] ` code\n")
    assert "☑ done" in text
    assert "☐ open" in text
    assert "[y] other" in text
    assert "[x] " in text


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "vbscript:x", "data:text/html,x", "JAVASCRIPT:x", "java\tscript:x", "javascript&#58;x"]
)
def test_links_that_run_are_text(target):
    found = Valid(page(f"[x]({target}) <{target}>", "x"))
    assert not [href for href in found.hrefs if ":" in href]


def built(first: str, second: str) -> str:
    return (
        f"# {inline(first)}\n\n> [!NOTE]\n> {inline(second)} {code(first)}\n\n| {cell(inline(first))} | b |\n|---|--:|\n| {cell(code(second))} | {cell(first)} |\n\n"
        f"## {code(second)}\n\n{fence(first)}\n\n<details><summary>1 case</summary>\n\n- {inline(second)}\n- {code(first)} · {link(first, second)}\n\n</details>\n\n1. {inline(first)}\n"
    )


SKELETON = ["h1", "blockquote", "p", "strong", "code", "div", "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "code", "td", "h2", "code", "pre", "code", "details", "summary", "ul", "li", "li", "code", "ol", "li"]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(hostile, hostile)
def test_hostile_texts_stay_text(first, second):
    found = Valid(page(built(first, second), first))
    assert [tag for tag in found.elements[found.elements.index("main") + 1 :] if tag != "a"] == SKELETON
    shown = "".join(found.text).replace("\u200b", "")
    assert " ".join(visible(first).split()) in " ".join(shown.split())
    assert all(re.match(r"https?:|(?![a-zA-Z][a-zA-Z0-9+.-]*:|//)", href) for href in found.hrefs)
    assert len(set(found.ids)) == len(found.ids)


def test_all_that_acts_stays_text():
    for text in ACTING:
        Valid(page(built(text, text), text))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([*ACTING, "<details><summary>x</summary>", "</details>", "> [!NOTE]", "- [x] ", "\n", "\n\n", "> ", "    "]),
            st.text(max_size=6),
        ),
        max_size=12,
    ).map("".join)
)
def test_any_markdown_gives_a_page_that_cannot_act(text):
    rendered = page(text, text)
    assert not re.search(r"<(?:script|iframe|object|embed|form|input|link|base)\b", rendered)
    assert not re.search(r"<[a-z][^<>]*\son[a-z]+\s*=", rendered)


@pytest.mark.parametrize(
    "piece",
    ["# x\n", "> ", "- ", "[", "<details><summary>x</summary>\n\n", "`", "| a ", "*a ", "</details>\n", "<!-- ", "[x](", "![", "# ![a]"],
)
def test_long_pages_take_bounded_time(piece):
    assert_linear(lambda size: page((piece * size)[:size], "x"), size=6_000)


def test_a_chart_is_folded_away_where_nothing_draws_it():
    html = page('```mermaid\nflowchart TD\n  a["<b>"]\n```\n\n```text\nplain\n```\n', "t")
    body = html.partition("<main>")[2]
    assert body.startswith(
        '\n<details class="chart">\n<summary>Flowchart, as source of Mermaid</summary>\n<pre><code class="language-mermaid">'
    )
    assert "&lt;b&gt;" in body
    assert body.count("<details") == 1
    assert '<pre><code class="language-text">plain' in body
    assert ".chart { display: none; }" in html
