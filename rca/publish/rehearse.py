"""A dry run: what would be asked and sent, exactly, as text for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from rca.github.request import Request


def document(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Requests for programs."""
    return [
        {"method": request.verb, "path": path_of(request), "writes": request.writes, "body": dict(request.body) if request.body else None}
        for request in requests
    ]


def path_of(request: Request) -> str:
    """The path with its parameters, from the address of the API."""
    query = urlencode(request.parameters)
    return f"{request.path}?{query}" if query else request.path


def lines(requests: Sequence[Request]) -> Iterator[str]:
    """Requests for people: a line for each, and below those that write, the body as YAML, which shows long texts as they are."""
    for request in requests:
        yield f"{request.verb} {path_of(request)}"
        if request.writes and request.body:
            yield from _fields(request.body)


def _fields(body: Any, indent: str = "  ") -> Iterator[str]:
    for name, value in body.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:"
            yield from _fields(value, indent + "  ")
        elif isinstance(value, str) and "\n" in value.strip("\n"):
            yield from _block(name, value, indent)
        elif isinstance(value, (list, tuple)) and value and all(isinstance(each, dict) for each in value):
            yield f"{indent}{name}:"
            for each in value:
                first, *rest = _fields(each, indent + "    ")
                yield f"{indent}  - {first.strip()}"
                yield from rest
        else:
            yield f"{indent}{name}: {json.dumps(value, ensure_ascii=False)}"


def _block(name: str, text: str, indent: str) -> Iterator[str]:
    kept = "+" if text.endswith("\n\n") else "" if text.endswith("\n") else "-"
    yield f"{indent}{name}: |2{kept}"
    for line in text.removesuffix("\n").split("\n"):
        yield f"{indent}  {line}" if line else ""
