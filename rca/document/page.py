"""A self-contained HTML page from the Markdown face: markdown-it-py with raw HTML off, light and dark, printable."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_OPEN = re.compile(r"<details><summary>([^<>]{0,300})</summary>")
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*")
_TASK = re.compile(r"\[([ x])\] ")

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --ground: #fff; --block: #f6f8fa; --link: #0550ae;
  --note: #0969da; --tip: #1a7f37; --warning: #9a6700; --caution: #cf222e; --important: #8250df; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --ground: #0d1117; --block: #161b22;
  --link: #79b8ff; --note: #4493f8; --tip: #3fb950; --warning: #d29922; --caution: #f85149; --important: #ab7df8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--ground);
  font: 16px/1.55 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.3rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p, ul, ol, table, pre, blockquote, details { margin: 0 0 .9rem; }
a { color: var(--link); }
code, pre { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--block); border-radius: 5px; }
code { padding: .12em .35em; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; overflow-x: auto; border: 1px solid var(--line); }
pre code { padding: 0; background: none; font-size: 1em; overflow-wrap: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .93em; }
th, td { padding: .35rem .7rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
thead:not(:has(th:not(:empty))) { display: none; }
.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
thead th { background: var(--block); font-weight: 600; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; }
summary { cursor: pointer; color: var(--soft); }
details[open] > summary { margin-bottom: .6rem; }
.alert { border-left: 4px solid var(--kind); padding: .6rem 1rem; margin: 0 0 1.1rem; background: var(--block);
  border-radius: 0 6px 6px 0; }
.alert p { margin: 0; } .alert .kind { color: var(--kind); font-weight: 600; margin-bottom: .2rem; }
.note { --kind: var(--note); } .tip { --kind: var(--tip); } .warning { --kind: var(--warning); }
.caution { --kind: var(--caution); } .important { --kind: var(--important); }
hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0 1rem; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; }
  .chart { display: none; } details::details-content { content-visibility: visible; block-size: auto; }
  pre { white-space: pre-wrap; }
  h2, h3 { break-after: avoid; } tr, pre { break-inside: avoid; } a { color: inherit; } }
"""


def page(markdown: str, title: str) -> str:
    """Return the page for a Markdown face. It loads nothing and runs nothing: the policy in its head forbids both."""
    body = renderer().render(markdown)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def renderer() -> MarkdownIt:
    """CommonMark with tables; raw HTML is text, but for the two lines that make a fold."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.block.ruler.before("html_block", "fold", _fold, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.core.ruler.push("dress", _dress)
    markdown.add_render_rule("table_open", lambda _r, *_a: '<div class="wide"><table>\n')
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("table_close", lambda _r, *_a: "</table></div>\n")
    return markdown


def _fence(own: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A chart is for viewers that draw it: here, where nothing runs, its source is folded away."""
    text = own.fence(tokens, index, options, env)
    if tokens[index].info.strip() != "mermaid":
        return text
    return f'<details class="chart">\n<summary>Flowchart, as source of Mermaid</summary>\n{text}</details>\n'


def _fold(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001, ARG001 -- signature of markdown-it
    """`<details><summary>…</summary>` and `</details>`, alone on a line; HTML comments alone on a line vanish."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
    opened = _OPEN.fullmatch(line)
    comment = line.startswith("<!--") and line.endswith("-->") and ">" not in line[4:-3]
    if not opened and line != "</details>" and not comment:
        return False
    if silent:
        return True
    if not comment:
        token = state.push("fold", "details", 0)
        token.meta = {"summary": html.unescape(opened[1]) if opened else None, "line": line}
        token.type = "fold_open" if opened else "fold_close"
        token.content = ""
    state.line = start + 1
    return True


def _dress(state: StateCore) -> None:
    """Give headings their anchors, alerts their look, numbers their side, task lists their boxes, folds their tags."""
    tokens: list[Token] = state.tokens
    seen: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[index + 1].content, seen))
        elif token.type == "blockquote_open":
            _alert(tokens, index)
        elif token.type in {"th_open", "td_open"} and "right" in str(token.attrGet("style") or ""):
            token.attrs = {"class": "right"}
        elif token.type in {"th_open", "td_open"}:
            token.attrs = {}
        elif token.type == "inline" and token.children and (match := _TASK.match(token.content)):
            token.children[0].content = ("☑ " if match[1] == "x" else "☐ ") + token.children[0].content[4:]
    _place_folds(tokens)


def _place_folds(tokens: Sequence[Token]) -> None:
    """Folds that open and close within the same block become elements; a line without its counterpart is text."""
    blocks: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "fold_open":
            blocks[-1].append(token)
        elif token.type == "fold_close" and blocks[-1]:
            opened = blocks[-1].pop()
            opened.type = token.type = "html_block"
            opened.content = f"<details>\n<summary>{html.escape(opened.meta['summary'])}</summary>\n"
            token.content = "</details>\n"
        elif token.nesting > 0:
            blocks.append([])
        elif token.nesting < 0:
            blocks.pop()
    for token in tokens:
        if token.type in {"fold_open", "fold_close"}:
            token.type, token.content = "html_block", f"<p>{html.escape(token.meta['line'])}</p>\n"


def _anchor(text: str, seen: dict[str, int]) -> str:
    """The anchor that GitHub gives a heading: a number is added until nobody has it."""
    slug = anchor = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")[:100] or "section"
    while anchor in seen:
        seen[slug] += 1
        anchor = f"{slug}-{seen[slug]}"
    seen[anchor] = 0
    return anchor


def _alert(tokens: Sequence[Token], index: int) -> None:
    inline: Any = next((t for t in tokens[index : index + 3] if t.type == "inline"), None)
    match = _ALERT.match(inline.content) if inline is not None else None
    if match is None or not inline.children:
        return
    kind = match[1].lower()
    tokens[index].attrSet("class", f"alert {kind}")
    first = inline.children[0]
    first.content = first.content.removeprefix(f"[!{match[1]}]")
    label = Token("text", "", 0, content=f"{kind.capitalize()}: ")
    strong_open, strong_close = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
    strong_open.attrSet("class", "kind")
    inline.children[:0] = [strong_open, label, strong_close]
