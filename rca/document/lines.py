"""Find the line on which a value of a JSON document stands."""

from __future__ import annotations

import json
import re

MAX_DEPTH = 100

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]|[^\s{}\[\],:"]+')

Path = tuple[str | int, ...]


class _Level:
    """An object or a list that is open: the key or index that comes now, and whether a key is due."""

    __slots__ = ("is_list", "key", "key_due")

    def __init__(self, *, is_list: bool) -> None:
        self.is_list = is_list
        self.key: str | int = 0 if is_list else ""
        self.key_due = not is_list


def json_lines(text: str) -> dict[Path, int]:
    """Map the path of every value to its line, counted from 1. A path is keys and indexes, the document itself is `()`."""
    found: dict[Path, int] = {(): 1}
    levels: list[_Level] = []
    line, position = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        word = token[0]
        if word in {"}", "]"}:
            if levels:
                levels.pop()
        elif word == ",":
            if levels:
                _step(levels[-1])
        elif word != ":":
            top = levels[-1] if levels else None
            if top is not None and top.key_due:
                top.key, top.key_due = _unquote(word), False
            if len(levels) <= MAX_DEPTH:
                found.setdefault(tuple(level.key for level in levels), line)
            if word in {"{", "["}:
                levels.append(_Level(is_list=word == "["))
    return found


def _step(level: _Level) -> None:
    if isinstance(level.key, int):
        level.key += 1
    else:
        level.key_due = True


def _unquote(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of a value, or of the nearest one around it that is known."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)
