"""GitHub's OpenAPI description, as far as rca uses it: what is sent to the fake and what it answers are checked against it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

SLICE = Path(__file__).with_name("openapi.json")


@cache
def _slice() -> dict[str, Any]:
    return json.loads(SLICE.read_text(encoding="utf-8"))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    # A plain part of a path comes before a variable one: /issues/comments/7 is no issue called «comments».
    ordered = sorted(_slice()["paths"], key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in ordered]


def operation(verb: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The path as the description writes it, and what it says of the verb."""
    for pattern, written in _patterns():
        if pattern.fullmatch(path) and verb.lower() in _slice()["paths"][written]:
            return written, _slice()["paths"][written][verb.lower()]
    return None


def _resolved(value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        _, components, kind, name = value["$ref"].split("/")
        value = _slice()[components][kind][name]
    return value


@cache
def _validator(written: str, verb: str, part: str) -> Validator | None:
    """The validator of a request (`part` is «request») or of the answer with a status."""
    described = _slice()["paths"][written][verb.lower()]
    if part == "request":
        content = _resolved(described.get("requestBody", {}))
    elif part in described["responses"]:
        content = _resolved(described["responses"][part])
    else:
        return None
    schema = content.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else Draft202012Validator({"components": _slice()["components"], "allOf": [schema]})


def faults(verb: str, path: str, part: str, data: Any) -> list[str]:
    """What the description does not allow."""
    found = operation(verb, path)
    if found is None:
        return [f"{verb} {path}: not in the description"]
    validator = _validator(found[0], verb, part)
    if validator is None:
        return [] if part == "request" or int(part) in {204, 302, 304} else [f"{verb} {path}: no answer {part} is described"]
    errors = sorted(validator.iter_errors(data), key=lambda error: error.json_path)
    # The repository of a fork that is gone is null, whatever the description says.
    gone = {error.json_path for error in errors if error.instance is None and error.json_path.endswith("head.repo")}
    return [f"{verb} {path} {part}: {error.json_path}: {error.message[:200]}" for error in errors[:3] if error.json_path not in gone]


def unknown_parameters(verb: str, path: str, names: set[str]) -> list[str]:
    """Parameters that the description does not name."""
    found = operation(verb, path)
    if found is None:
        return []
    known = {_resolved(parameter)["name"] for parameter in found[1].get("parameters", ())}
    return [f"{verb} {path}: no parameter {name}" for name in sorted(names - known - {"after", "before"})]


@cache
def _template(name: str) -> str:
    schema = _slice()["components"]["schemas"][name]
    return json.dumps(_blank({**schema, "type": "object"} if "object" in schema.get("type", ()) else schema))


def blank(name: str) -> dict[str, Any]:
    """An object of a schema in which everything that it requires is there and says nothing: null where that is allowed."""
    return json.loads(_template(name))


_BLANKS = {"integer": 0, "number": 0, "boolean": False, "array": [], "null": None}


def _blank(schema: dict[str, Any]) -> Any:
    schema = _resolved(schema)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            options = schema[choice]
            return None if {"type": "null"} in options else _blank(options[0])
    if "allOf" in schema:
        return {name: value for part in schema["allOf"] for name, value in _blank(part).items()}
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return None
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _blank(properties[name]) for name in schema.get("required", ()) if name in properties}
    if kind == "string":
        return _blank_text(schema)
    return _BLANKS[kind]


def _blank_text(schema: dict[str, Any]) -> str:
    formats = {"uri": "http://127.0.0.1/", "date-time": "2026-01-02T03:04:05Z", "email": "dev@example.org"}
    return schema["enum"][0] if "enum" in schema else formats.get(schema.get("format", ""), "")
