"""Write the field tables of docs/worklog.md from rca/model; `--check` only says whether they are out of date."""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from markdown_parts import MARKER, ROOT, anchor, table, update
from pydantic import BaseModel

from rca.model import Worklog

PAGE = ROOT / "docs" / "worklog.md"
MARK = MARKER.format(script="scripts/schema_docs.py", source="rca/model")

PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
OTHERS = {"AwareDatetime": "time, UTC", "datetime": "time, UTC", "date": "date", "Decimal": "number"}

_TOLD = re.compile(r"([a-z_]+): (.*)")


def parts() -> list[type]:
    """The worklog and every part of it, each after the one that names it first."""
    found: list[type] = []
    waiting: list[type] = [Worklog]
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found.append(kind)
            waiting += [inner for _, annotation, _ in fields(kind) for inner in parts_of(annotation)]
    return found


def fields(kind: Any) -> Iterator[tuple[str, Any, str]]:
    """Name, type and description of each field."""
    if issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield name, field.annotation, field.description or ""
        return
    hints, told = get_type_hints(kind), told_in(kind)
    for entry in dataclasses.fields(kind):
        yield entry.name, hints[entry.name], told.get(entry.name, "")


def told_in(kind: Any) -> dict[str, str]:
    """What the docstring of a plain class says of its fields: `name: text`, ended by a full stop or a semicolon."""
    names = {entry.name for entry in dataclasses.fields(kind)}
    told: dict[str, str] = {}
    last = ""
    for piece in re.split(r"(?<=[.;])\s", about(kind)):
        match = _TOLD.match(piece)
        if match and match[1] in names:
            last = match[1]
            told[last] = match[2]
        elif last and piece.split(" ")[0] not in names:
            told[last] += f" {piece}"
    return {name: f"{text[0].upper()}{text[1:].rstrip(' .;')}." for name, text in told.items()}


def about(kind: type) -> str:
    """The docstring, its lines without their indent."""
    return "\n".join(line.strip() for line in (kind.__doc__ or "").strip().split("\n"))


def is_part(annotation: Any) -> bool:
    """Whether a type is a part of the model."""
    return isinstance(annotation, type) and (issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation))


def parts_of(annotation: Any) -> list[type]:
    """The parts of the model that a type holds."""
    if is_part(annotation):
        return [annotation]
    return [inner for part in get_args(annotation) for inner in parts_of(part)]


def words(annotation: Any) -> str:
    """A type in words."""
    if is_part(annotation):
        return f"[{annotation.__name__}](#{anchor(annotation.__name__)})"
    if isinstance(annotation, type):
        return PLAIN.get(annotation) or OTHERS.get(annotation.__name__, annotation.__name__)
    return of_generic(annotation)


def of_generic(annotation: Any) -> str:
    """A type that is made of others, in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return words(inner[0])
    if origin is Literal:
        return ", ".join(f"`{part}`" if part != "" else "empty" for part in inner)
    if origin in {tuple, list}:
        items = [part for part in inner if part is not Ellipsis]
        return f"list of {words(items[0])}" if len(items) == 1 or inner[-1] is Ellipsis else f"{len(items)} {words(items[0])}s"
    if origin in {Union, types.UnionType}:
        return " or ".join(words(part) if part is not type(None) else "null" for part in inner)
    return str(annotation)


def section(kind: type) -> str:
    """A part of the worklog: what it is, and its fields."""
    rows = [(f"`{name}`", words(annotation), description or of_part(annotation)) for name, annotation, description in fields(kind)]
    return f"### {kind.__name__}\n\n{about(kind).split(chr(10))[0]}\n\n{table(('field', 'type', 'meaning'), rows)}\n"


def of_part(annotation: Any) -> str:
    """What the part that a field holds says of itself; nothing when it holds a plain value."""
    return about(found[0]).split("\n")[0] if (found := parts_of(annotation)) else ""


def undescribed() -> list[str]:
    """Fields of which nothing is said."""
    return [
        f"{kind.__name__}.{name}"
        for kind in parts()
        for name, annotation, description in fields(kind)
        if not description and not parts_of(annotation)
    ]


def main() -> int:
    """Write or check the page; 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the page is out of date")
    parser.add_argument("--undescribed", action="store_true", help="list the fields of which the model says nothing")
    options = parser.parse_args()
    if options.undescribed:
        print("\n".join(undescribed()))
        return 0
    return update(PAGE, MARK, "\n".join(section(kind) for kind in parts()), check=options.check)


if __name__ == "__main__":
    sys.exit(main())
