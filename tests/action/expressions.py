"""Expressions of GitHub Actions, `${{ … }}`, as far as our action and our workflows use them.

    evaluate("inputs.check == 'true' && github.event.action != 'closed'", contexts, functions)
    fill("tests of ${{ github.repository }}", contexts, functions)

What is not known (a context, a function, an operator) raises: a typing error must not pass as an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Functions = Mapping[str, Callable[..., Any]]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|&&|\|\||[!().,\[\]]))"
)
_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = ("always", "success", "failure", "cancelled")


def evaluate(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """The value of an expression without its braces."""
    parser = _Parser(text, contexts, functions)
    value = parser.either()
    parser.end()
    return value


def fill(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """A text with its expressions replaced; the value itself when the text is nothing but one."""
    if alone := _alone(text):
        return evaluate(alone, contexts, functions)
    return _HOLE.sub(lambda match: shown(evaluate(match[1], contexts, functions)), text)


def holds(condition: str | bool | None, contexts: Mapping[str, Any], functions: Functions) -> bool:
    """Whether a step or a job runs: without a function that asks for the state, `success()` is meant too."""
    text = "success()" if condition in {None, ""} else str(condition).strip() if not isinstance(condition, bool) else str(condition).lower()
    text = _alone(text) or text
    value = truth(evaluate(text, contexts, functions))
    asked = re.search(rf"\b(?:{'|'.join(STATUS)})\s*\(", text)
    return value if asked else value and bool(functions["success"]())


def _alone(text: str) -> str:
    """The expression that a text is nothing but; empty when there is more to it."""
    first = _HOLE.match(text.strip())
    return first[1] if first and first.end() == len(text.strip()) else ""


def expressions_in(text: str) -> list[str]:
    """The expressions of a text, without their braces."""
    return [match[1].strip() for match in _HOLE.finditer(text)]


def shown(value: Any) -> str:
    """A value as GitHub writes it into a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def truth(value: Any) -> bool:
    """Whether a value counts as true; an object does."""
    return value not in {None, 0, ""} if isinstance(value, str | int | float | bool | None) else True


class _Parser:
    """Reads an expression from left to right and works it out at once; both sides of an operator are read."""

    def __init__(self, text: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self.text, self.place, self.contexts, self.functions = text, 0, contexts, functions

    def either(self) -> Any:
        left = self.both()
        while self.takes("||"):
            right = self.both()
            left = left if truth(left) else right
        return left

    def both(self) -> Any:
        left = self.comparison()
        while self.takes("&&"):
            right = self.comparison()
            left = right if truth(left) else left
        return left

    def comparison(self) -> Any:
        left = self.one()
        for sign, wanted in (("==", True), ("!=", False)):
            if self.takes(sign):
                return _same(left, self.one()) is wanted
        return left

    def one(self) -> Any:
        if self.takes("!"):
            return not truth(self.one())
        if self.takes("("):
            value = self.either()
            self.needs(")")
            return value
        match = self.next()
        if match["text"]:
            return match["text"][1:-1].replace("''", "'")
        if match["number"]:
            return float(match["number"])
        if not match["name"]:
            raise self.fault("a value was expected")
        if match["name"] in {"true", "false", "null"}:
            return {"true": True, "false": False, "null": None}[match["name"]]
        return self.called(match["name"]) if self.takes("(") else self.followed(match["name"])

    def called(self, name: str) -> Any:
        if name not in self.functions:
            raise self.fault(f"{name}() is not known here")
        values: list[Any] = []
        while not self.takes(")"):
            values.append(self.either())
            self.takes(",")
        return self.functions[name](*values)

    def followed(self, name: str) -> Any:
        if name not in self.contexts:
            raise self.fault(f"{name} is not known here")
        value = self.contexts[name]
        while True:
            if self.takes("."):
                key: Any = self.next()["name"]
            elif self.takes("["):
                key = self.either()
                self.needs("]")
            else:
                return value
            value = value.get(key) if isinstance(value, Mapping) else None

    def peek(self) -> re.Match[str] | None:
        return _TOKEN.match(self.text, self.place)

    def next(self) -> re.Match[str]:
        match = self.peek()
        if match is None:
            raise self.fault("it ends too soon, or has a sign that is not known")
        self.place = match.end()
        return match

    def takes(self, sign: str) -> bool:
        match = self.peek()
        if match is None or match["sign"] != sign:
            return False
        self.place = match.end()
        return True

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.fault(f"{sign} was expected")

    def end(self) -> None:
        if self.text[self.place :].strip():
            raise self.fault("it goes on after its end")

    def fault(self, message: str) -> ValueError:
        return ValueError(f"{self.text.strip()!r} at {self.place}: {message}")


def _same(left: Any, right: Any) -> bool:
    """Equality as GitHub has it: texts without regard to case, values of unlike types as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return _number(left) == _number(right)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
