from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rca.text.clean import clean
from rca.text.safe import Md, cell, code, fence, inline, link, with_hashes
from tests.markdown import RENDERERS, ZERO_WIDTH, each_renderer, plain, seen
from tests.timing import assert_linear

SHA = "0123456789abcdef" * 2 + "deadbeef"

# Texts that would act somewhere: in CommonMark, in GFM's extensions, or in what GitHub does to rendered text.
ACTING = [
    "# heading", "#", "###### six", "####### seven", "setext\n===", "setext\n=", "setext\n---", "setext\n-", "> quote", "- item", "+ item", "* item", "1. one", "1) one",
    "123456789. big", "- [ ] task", "- [x] done", "***", "---", "___", "* * *", "- - -", "+", "-", "=", "==", "|", "||", "a | b", "|a|b|", "|---|---|", "--|--", ":-:", "-:", ":-",
    "a\\|b", "a\\\\|b", "a\\\\\\|b", "\\", "trailing\\", "\\\\", "`", "``", "```", "`code`", "``a`b``", "```sh\nrm\n```", "~~~\nx\n~~~", "~~gone~~", "~gone~",
    "*em*", "**strong**", "_em_", "__strong__", "***both***", "snake_case_name", "2*3*4", "[link](http://example.com)", "[ref]", "[ref]: http://example.com",
    "![image](http://example.com/a.png)", "[^1]", "[^1]: note", "<b>bold</b>", "<script>alert(1)</script>", "<!-- hidden -->", "<details><summary>x</summary>", "</details>",
    "<details>", "</summary>", "<img src=x onerror=alert(1)>", "<?php ?>", "<!DOCTYPE html>", "<![CDATA[x]]>", "<http://example.com>", "<a@example.com>", "&lt;b&gt;", "&amp;", "&#64;team",
    "&copy;", "&#35;12", "&nbsp", "http://example.com", "https://example.com/a?b=c&d", "www.example.com", "_www.example.com_", "1http://example.com", "éhttps://example.com",
    "(www.example.com)", "*www.example.com", "ftp://example.com", "HTTP://EXAMPLE.COM", "Www.example.com", "mailto:a@example.com", "xmpp:a@example.com/room", "someone@example.com",
    "a.b+c@sub.example.com", "@team", "@org/team", "mail @me", "#12", "GH-12", "gh-12", "owner/repo#1", "owner#1", "(#5)", SHA, SHA[:7], "fixed in deadbeef1", f"owner/repo@{SHA}",
    ":tada:", "std::x::y", ":+1:", ":100:", "$x$", "$$x$$", "$`x`$", "a $5 and $6", "line\r\n# heading", "line\n\nparagraph", "tab\tbed", "\tindented code", "    indented code",
    "\u202eevil\u202c", "\u2066x\u2069", "zero\u200bwidth", "\ufeffbom", "\x1b[31mred\x1b[0m", "bell\x07", "nul\x00", "\x9b31m", "line\u2028separator", "next\x85line", "nbsp\u00a0here",
    "", " ", "\n", "a" * 300, "(parens)", "quote's \"double\"", "C:\\path\\to", "^caret^", "==mark==", ":::note", "term\n: definition", "%%%", "+++\nfront\n+++",
    "*[abbr]: x", "{{ jinja }}", "{% raw %}", "[x", "x]", "](y)", "x](http://example.com)", "`](", "**", "*", "_", "a*", "*a", "a_", "_a", "\u2003em space", "🎉 party", "ﬁ ligature",
]  # fmt: skip

hostile = st.lists(
    st.one_of(st.sampled_from(ACTING), st.text(alphabet="\\`*_[]()<>!|~$#@:+-=.&;^'\"/ \n\tab1w", max_size=12), st.text(max_size=8)),
    min_size=1,
    max_size=5,
).map("".join)

CONTEXTS = {
    "alone": ("{}", ["p"]),
    "after text": ("before {} after", ["p"]),
    "after a line": ("before\n{}", ["p"]),
    "heading": ("# {}", ["h1"]),
    "bullet": ("- {}", ["ul", "li"]),
    "number": ("7. {}", ["ol", "li"]),
    "quote": ("> {}", ["blockquote", "p"]),
    "strong": ("**x {} x**", ["p", "strong"]),
    "cell": ("| head | b |\n|---|---|\n| {} | tail |", ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]),
    "link": ("[x {} x](target)", ["p", "a"]),
}


def visible(text: str) -> str:
    return plain(clean(text))


def check_inline(text: str, context: str, renderer: str) -> None:
    frame, elements = CONTEXTS[context]
    result = seen(frame.format(inline(text)), renderer)
    expected = [tag for tag in elements if tag != "p" or visible(text) or context not in {"alone", "quote"}]
    assert result.elements == expected
    assert not result.comments
    around = plain(re.sub(r"[|*#>\[\]-]|\d\.|\(target\)", " ", frame.replace("{}", " \0 ")))
    assert plain(result.text) == plain(around.replace("\0", visible(text)))


@each_renderer
@pytest.mark.parametrize("context", CONTEXTS)
def test_inline_shows_what_would_act(context, renderer):
    for text in ACTING:
        check_inline(text, context, renderer)


@each_renderer
@pytest.mark.parametrize("context", CONTEXTS)
@settings(max_examples=50, deadline=None)
@given(text=hostile)
def test_inline_shows_any_text(context, renderer, text):
    check_inline(text, context, renderer)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Passed at 6d19a6d46fd0, fails at fdf5c25506c0; new.", "Passed at `6d19a6d46fd0`, fails at `fdf5c25506c0`; new."),
        ("6d19a6d46fd0..fdf5c25506c0", "`6d19a6d46fd0..fdf5c25506c0`"),
        ("<b>6d19a6d46fd0</b>", "&lt;b>`6d19a6d46fd0`&lt;/b>"),
        ("decade and 6d19a6d46fd0x", str(inline("decade and 6d19a6d46fd0x"))),
        ("", ""),
    ],
)
def test_hashes_of_commits_are_code(text, shown):
    assert with_hashes(text) == shown


@each_renderer
@settings(max_examples=100, deadline=None)
@given(before=hostile, after=hostile)
def test_any_text_around_a_hash_is_shown(renderer, before, after):
    text = f"x {before} 6d19a6d46fd0 {after} x"
    result = seen(with_hashes(text), renderer)
    assert set(result.elements) <= {"p", "code"}
    assert plain(result.text.strip()) == plain(visible(text))


@each_renderer
@settings(max_examples=100, deadline=None)
@given(text=hostile)
@example("a\\|b")
@example("``` ` ```")
def test_code_shows_any_text(renderer, text):
    for frame, elements in (("{}", ["p", "code"]), ("x {} y", ["p", "code"]), ("- {}", ["ul", "li", "code"]), ("### {}", ["h3", "code"])):
        result = seen(frame.format(code(text)), renderer)
        assert result.elements == elements
        assert plain(result.text.strip()) == plain(re.sub(r"^(-|###) ", "", frame).format(visible(text)))


@each_renderer
@settings(max_examples=150, deadline=None)
@given(first=hostile, second=hostile)
@example("a\\|b", "a|b")
@example("x\\", "|")
def test_tables_keep_their_columns(renderer, first, second):
    for make in (inline, code, lambda text: cell(link(text, "target"))):
        row = f"| {cell(make(first))} | {cell(make(second))} | last |"
        result = seen(f"| a | b | c |\n|---|---|---|\n{row}\n{row}\n", renderer)
        assert [tag for tag in result.elements if tag not in {"code", "a"}] == [
            "table",
            "thead",
            "tr",
            "th",
            "th",
            "th",
            "tbody",
            *["tr", "td", "td", "td"] * 2,
        ]
        if make in {inline, code}:
            assert plain(result.text) == plain(f"a b c {f'{visible(first)} {visible(second)} last ' * 2}")


@each_renderer
@settings(max_examples=100, deadline=None)
@given(text=hostile)
def test_fence_shows_any_text(renderer, text):
    result = seen(f"before\n\n{fence(text)}\n\nafter", renderer)
    assert result.elements == ["p", "pre", "code", "p"]
    assert clean(text).strip("\n") in result.text
    assert plain(result.text) == plain(f"before {visible(text)} after")


@each_renderer
@settings(max_examples=100, deadline=None)
@given(text=hostile, target=hostile)
@example("x", "javascript&colon;alert(1)")
@example("x", "http://a/`")
@example("x", "a b")
def test_link_goes_nowhere_else(renderer, text, target):
    result = seen(f"x {link(text, target)} and `code`", renderer)
    assert [tag for tag in result.elements if tag != "a"] == ["p", "code"]
    hrefs = [value for tag, name, value in result.attributes if tag == "a" and name == "href"]
    assert len(hrefs) <= 1
    for href in hrefs:
        assert re.match(r"(?i:https?):|(?![a-zA-Z][a-zA-Z0-9+.-]*:|//)", href)
        assert not href.lower().startswith(("javascript", "data:", "vbscript")) or ":" not in href.split("%")[0].split("/")[0]


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("https://example.com/a_b*c?d=e&copy;=1#f", "https://example.com/a_b*c?d=e&copy;=1#f"),
        ("../2025/2025-09-13-x.md", "../2025/2025-09-13-x.md"),
        ("#anchor", "#anchor"),
        ("a b.md", "a%20b.md"),
        ("a(b).md", "a%28b%29.md"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", "java%0Ascript:alert%281%29"),
        ("\x01javascript:alert(1)", None),
        ("javascript&colon;alert(1)", "javascript&colon;alert%281%29"),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//example.com", None),
        ("", None),
        (" ", None),
    ],
)
@each_renderer
def test_link_targets(target, href, renderer):
    result = seen(link("label", target), renderer)
    assert [value for tag, _, value in result.attributes if tag == "a"] == ([href] if href else [])
    assert plain(result.text) == "label"


def test_an_empty_label_shows_the_target():
    assert plain(seen(link("", "a/b.md")).text) == "a/b.md"


# GitHub turns these into links, notifications and pictures after it has rendered the Markdown: whatever stands in the text nodes counts.
GITHUB = re.compile(
    r"(?<![\w`])@[a-z0-9][\w-]*"
    r"|[\w/-]*#\d+"
    r"|\bGH-\d+"
    r"|(?<![0-9a-z])(?!\d+(?![0-9a-z]))[0-9a-f]{7,40}(?![0-9a-z])"
    r"|(?:https?|ftp|xmpp|mailto):\S|www\.\S"
    r"|:(?:[a-z+-][\w+-]*|100):",
    re.IGNORECASE,
)


@pytest.mark.parametrize("text", [t for t in ACTING if GITHUB.search(t) and "&#" not in t])
def test_github_finds_nothing_to_act_on(text):
    assert GITHUB.search(seen(inline(text)).text) is None


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_github_finds_nothing_in_any_text(text):
    assert GITHUB.search(seen("| a |\n|---|\n| " + inline(text) + " |").text) is None


def test_ordinary_text_stays_readable_in_the_source():
    for text in [
        "expected 200, got 502",
        "a - b",
        "C++ 17",
        "x = 5: ok",
        "12:30:05",
        "Käse & Brot"[:4],
        "(see the log)",
        "50 %",
        "1.5 s",
        "it's",
    ]:
        assert inline(text) == text


def test_cell_takes_markdown_as_it_is_and_escapes_the_rest():
    assert cell(Md("**a** | b\nc")) == "**a** \\| b c"
    assert cell("**a** | b") == "\\*\\*a\\*\\* \\| b"
    assert isinstance(cell("a"), Md)


@pytest.mark.parametrize("make", [inline, code, fence, lambda text: link(text, text)])
@pytest.mark.parametrize(
    "piece", ["`", "|", "\\", "@a ", "#1", "a:", "www.", "[", "<", "&", "deadbee ", "0", "http", "\u202e", "\x1b[", "-", "\\|", ":a"]
)
def test_long_lines_take_linear_time(make, piece):
    assert_linear(lambda size: make((piece * size)[:size]))


def test_both_renderers_agree_on_the_specification():
    assert set(RENDERERS) >= {"markdown-it"}
    for name in RENDERERS:
        assert seen("www.example.com" if name == "cmark-gfm" else "<b>x</b>", name).elements


def test_zero_width_is_not_left_in_plain_names():
    assert ZERO_WIDTH not in inline("test_login[chrome] shop.cart::TestCart")
