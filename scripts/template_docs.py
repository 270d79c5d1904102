"""Write the tables of names in docs/templates.md from the views; `--check` only says whether it is out of date."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import itertools
import sys
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from markdown_parts import MARKER, ROOT, table, update

from rca.document.publish.issues import IssuePage
from rca.document.publish.page import Page
from rca.document.render import environment, templates_folder
from rca.document.view import View
from rca.text.safe import Md

PAGE = ROOT / "docs" / "templates.md"
MARK = MARKER.format(script="scripts/template_docs.py", source="rca/document/view or rca/document/publish")
FILTERS = ("inline", "code", "cell", "fence", "link")

# Parts that are printed as a whole; what a template takes from them is told on the page.
WHOLE = {"Table": "table", "Fold": "fold"}
PLAIN = {Md: "Markdown", str: "text", int: "number", bool: "true or false"}


def names(kind: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Yield every name below a part of the view: how it is written, what it is, what it means."""
    told, hints = told_in(kind), get_type_hints(kind)
    for field in dataclasses.fields(kind):
        annotation = hints[field.name]
        inner, many = held(annotation)
        name = f"{place}.{field.name}"
        own = dataclasses.is_dataclass(inner) and getattr(inner, "__name__", "") not in WHOLE
        yield name, words(annotation), told.get(field.name) or (first_line(inner) if own else "")
        if own and get_origin(annotation) is not dict:
            yield from names(inner, f"{name}[]" if many else name)


def held(annotation: Any) -> tuple[Any, bool]:
    """The type that a name holds, and whether it holds many of them."""
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part not in {type(None), Ellipsis}]
    if origin in {Union, types.UnionType} and len(parts) == 1:
        return held(parts[0])
    if origin in {tuple, list} and len(parts) == 1:
        return parts[0], True
    return (parts[-1], True) if origin is dict else (annotation, False)


def words(annotation: Any) -> str:
    """A type in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in {Union, types.UnionType}:
        return " or ".join("nothing" if part is type(None) else words(part) for part in parts)
    if origin is Literal:
        return "text"
    if origin in {tuple, list}:
        items = [words(part) for part in parts if part is not Ellipsis]
        return f"list of {items[0]}" if len(items) == 1 else f"({', '.join(items)})"
    if origin is dict:
        return "by key"
    if dataclasses.is_dataclass(annotation):
        return WHOLE.get(getattr(annotation, "__name__", ""), "part")
    return PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation)))


def told_in(kind: type) -> dict[str, str]:
    """What stands below each field of a class: a string of its own."""
    body = next(node.body for node in ast.walk(ast.parse(inspect.getsource(kind))) if isinstance(node, ast.ClassDef))
    told = {}
    for before, after in itertools.pairwise(body):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            told[before.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return told


def first_line(kind: Any) -> str:
    """What a class or a function says of itself, in one sentence."""
    return (kind.__doc__ or "").strip().split("\n")[0]


def page() -> str:
    """All that stands below the marker: the names, then the filters."""
    env = environment(templates_folder())
    rows = [(f"`{name}`", kind, meaning) for name, kind, meaning in names(View, "v")]
    filters = [(f"`{name}`", first_line(env.filters[name])) for name in FILTERS]
    own = [(f"`{name}(…)`", first_line(env.globals[name])) for name in ("bullets",) if name in env.globals]
    return "\n\n".join(
        [
            "## Names",
            table(("name", "is", "meaning"), rows),
            "## Names for GitHub",
            table(
                ("name", "is", "meaning"),
                [(f"`{name}`", kind, meaning) for name, kind, meaning in (*names(Page, "p"), *names(IssuePage, "i"))],
            ),
            "## Filters and functions",
            table(("name", "does"), [*filters, *own]),
        ]
    )


def main() -> int:
    """Write or check the page; 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the page is out of date")
    return update(PAGE, MARK, page(), check=parser.parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
