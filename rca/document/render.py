"""Render a worklog to Markdown, HTML or JSON; the same worklog always gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rca.document.view import View
from rca.errors import RcaError
from rca.text.safe import Md, cell, code, fence, inline, link

if TYPE_CHECKING:
    from rca.model import Worklog

_BLANK_LINES = re.compile(r"\n{3,}")


def templates_folder() -> Path:
    """The folder of the shipped templates: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"


def bullets(lines: Iterable[object], mark: str = "-") -> Md:
    """A list, an item for each line; with the mark `1.` it is numbered."""
    items = [line if isinstance(line, Md) else inline(line) for line in lines]
    numbered = mark == "1."
    return Md("\n".join(f"{number}. {item}" if numbered else f"- {item}" for number, item in enumerate(items, 1)))


def _finalize(value: object) -> str:
    """Escape whatever a template prints, unless it is Markdown that rca made."""
    return value if isinstance(value, Md) else inline(value)


@lru_cache(maxsize=8)
def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """A sandbox for templates: no undefined names, no access to attributes that start with an underscore."""
    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder, encoding="utf-8"),
        undefined=StrictUndefined,
        finalize=_finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    env.filters.update(code=code, fence=fence, cell=cell, inline=inline, link=link)
    env.globals.update(bullets=bullets)
    return env


def render_markdown(view: View, worklog: Worklog, template: Path | None = None) -> str:
    """Render the Markdown face; `template` is a team's own file. Raises RcaError with the template's line."""
    path = template or templates_folder() / "worklog.md.j2"
    try:
        text = environment(path.resolve().parent).get_template(path.name).render(v=view, worklog=worklog)
    except (TemplateError, SecurityError) as error:
        line = getattr(error, "lineno", None)
        place = f"{path}:{line}" if line else str(path)
        msg = f"{place}: the template cannot be rendered: {error}"
        raise RcaError(msg, "mend the template, or leave --template out") from error
    except (
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        UnicodeDecodeError,
    ) as error:
        msg = f"{path}: the template cannot be rendered: {error}"
        raise RcaError(msg, "mend the template, or leave --template out") from error
    return _tidy(text)


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
