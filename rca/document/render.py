"""Render a worklog to Markdown, HTML or JSON; the same worklog always gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rca.document.view import View
from rca.errors import RcaError
from rca.text.safe import Md, cell, code, fence, inline, link

if TYPE_CHECKING:
    from rca.model import Worklog

LOOPS = 100_000
LONGEST = 100_000_000


def templates_folder() -> Path:
    """The folder of the shipped templates: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"


@dataclass(frozen=True)
class Dialect:
    """How foreign text is put into a document: escaped for a line, as code, in a fence, in a cell, as a link."""

    inline: Callable[[object], Md] = inline
    code: Callable[[object], Md] = code
    fence: Callable[[str], Md] = fence
    cell: Callable[[object], Md] = cell
    link: Callable[[object, str], Md] = link

    def finalize(self, value: object) -> str:
        """Escape whatever a template prints, unless it is Markdown that rca made."""
        return value if isinstance(value, Md) else self.inline(value)

    def bullets(self, lines: Iterable[object], mark: str = "-") -> Md:
        """A list, an item for each line; with the mark `1.` it is numbered."""
        items = [self.finalize(line) for line in lines]
        numbered = mark == "1."
        return Md("\n".join(f"{number}. {item}" if numbered else f"- {item}" for number, item in enumerate(items, 1)))


WORKLOG = Dialect()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, in which a template cannot make endless loops or endless text either."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Numbers may be calculated; texts and lists are not multiplied, and powers are not for templates."""
        if operator == "**" or not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise SecurityError(f"the operator {operator} is for numbers only" if operator != "**" else "there are no powers in templates")
        return super().call_binop(context, operator, left, right)


class _Budget:
    """The `range` of one rendering: all its loops together have a limit."""

    def __init__(self) -> None:
        self._left = LOOPS

    def __call__(self, *numbers: int) -> range:
        steps = range(*numbers)
        self._left -= len(steps)
        if self._left < 0:
            raise SecurityError(f"the loops over range() take more than {LOOPS:,} steps")
        return steps


@lru_cache(maxsize=8)
def environment(folder: Path, dialect: Dialect = WORKLOG) -> ImmutableSandboxedEnvironment:
    """A sandbox for templates: no undefined names, no access to attributes that start with an underscore, nothing random."""
    env = _Sandbox(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        undefined=StrictUndefined,
        finalize=dialect.finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name in ("random", "safe", "urlize", "xmlattr", "pprint"):
        del env.filters[name]
    del env.globals["lipsum"]
    env.filters.update(code=dialect.code, fence=dialect.fence, cell=dialect.cell, inline=dialect.inline, link=dialect.link)
    env.globals.update(bullets=dialect.bullets)
    return env


def render_markdown(view: View, worklog: Worklog, template: Path | None = None) -> str:
    """Render the Markdown face; `template` is a team's own file. Raises RcaError with the template's line."""
    return render_template(template or templates_folder() / "worklog.md.j2", WORKLOG, v=view, worklog=worklog)


def render_template(path: Path, dialect: Dialect, **names: object) -> str:
    """Render a template with the names that it may use. Raises RcaError with the template's line."""
    try:
        page = environment(path.resolve().parent, dialect).get_template(path.name, globals={"range": _Budget()})
        return _tidy(_joined(page.generate(**names)))
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError, LookupError, RecursionError) as error:
        line = _line(error, path)
        place = f"{path}:{line}" if line else str(path)
        raise RcaError(f"{place}: the template cannot be rendered: {error}", "mend the template, or leave --template out") from error


def _joined(chunks: Iterable[str]) -> str:
    """The text of all chunks, as long as that is not endless."""
    parts, length = [], 0
    for chunk in chunks:
        parts.append(chunk)
        length += len(chunk)
        if length > LONGEST:
            raise SecurityError(f"the document grows beyond {LONGEST:,} characters")
    return "".join(parts)


def _line(error: Exception, path: Path) -> int | None:
    """The line of the template at which it stopped: a syntax error knows it, else the last frame that ran in the template."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path.resolve())]
    return lines[-1] if lines else None


def _tidy(text: str) -> str:
    """At most one blank line in a row outside of fences, and one line end at the end."""
    parts: list[str] = []
    ticks = ""
    blank = 0
    for line in text.split("\n"):
        marker = re.match(r"(`{3,})", line)
        if ticks:
            ticks = "" if line.rstrip() == ticks else ticks
            blank = 0
        elif marker:
            ticks = marker[1]
            blank = 0
        elif not line.strip():
            blank += 1
            if blank > 1:
                continue
        else:
            blank = 0
        parts.append(line if line.strip() or ticks else "")
    return "\n".join(parts).strip("\n") + "\n"


def render_json(worklog: Worklog) -> str:
    """The record itself."""
    return worklog.model_dump_json(indent=2) + "\n"


def render_html(markdown: str, title: str) -> str:
    """One self-contained page; nothing in it loads anything."""
    from rca.document.page import page

    return page(markdown, title)
