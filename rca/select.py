"""Which category, journey step or value item a case belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from rca.config import Match

Patterns = str | Sequence[str] | Match | Sequence[Match]
_CACHE = 50_000


@lru_cache(maxsize=4_096)
def _compile(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of globs: every list that is given must have a match."""

    file: tuple[re.Pattern[str], ...]
    suite: tuple[re.Pattern[str], ...]
    classname: tuple[re.Pattern[str], ...]
    name: tuple[re.Pattern[str], ...]

    def group(self, file: str, suite: str, classname: str) -> bool:
        """Whether file, suite and class allow a match; the name is looked at for each case."""
        return _any(self.file, file) and _any(self.suite, suite) and _any(self.classname, classname)


class Selector:
    """Tells for each case which of several rules match it.

    What depends on file, suite and class is worked out once for each combination; only rules that look at the name
    of a case cost something for every case.
    """

    def __init__(self, rules: Sequence[Patterns]) -> None:
        self._rules = [_tables(rule) for rule in rules]
        self._loose = [_loose(rule) for rule in rules]
        self.uses_names = any(self._loose) or any(table.name for tables in self._rules for table in tables)
        self._cache: dict[tuple[str, str, str], tuple[tuple[int, tuple[re.Pattern[str], ...] | None], ...]] = {}

    def matches(self, suite: str, classname: str, file: str, name: str) -> list[int]:
        """Return the indexes of the rules that match, in the order of the rules."""
        key = (suite, classname, file)
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            found = self._cache[key] = self._group(suite, classname, file)
        result: list[int] = []
        for index, patterns in found:
            if result and result[-1] == index:
                continue
            if patterns is None or _any(patterns, name) or (self._loose[index] and _any(patterns, f"{classname}::{name}")):
                result.append(index)
        return result

    def _group(self, suite: str, classname: str, file: str) -> tuple[tuple[int, tuple[re.Pattern[str], ...] | None], ...]:
        found: list[tuple[int, tuple[re.Pattern[str], ...] | None]] = []
        for index, tables in enumerate(self._rules):
            loose = self._loose[index]
            if loose:
                if any(p.match(file) or p.match(suite) or p.match(classname) for p in loose):
                    found.append((index, None))
                else:
                    found.append((index, loose))
                continue
            found += [(index, table.name or None) for table in tables if table.group(file, suite, classname)]
        return tuple(found)


def _any(patterns: tuple[re.Pattern[str], ...], value: str) -> bool:
    return not patterns or any(pattern.match(value) for pattern in patterns)


def _globs(values: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(_compile(value) for value in values)


def _loose(rule: Patterns) -> tuple[re.Pattern[str], ...]:
    """Globs without a table: tried on file, suite, class, name and `class::name`."""
    values = [rule] if isinstance(rule, str) else [] if isinstance(rule, Match) else [v for v in rule if isinstance(v, str)]
    return _globs(values)


def _tables(rule: Patterns) -> list[_Table]:
    if isinstance(rule, str):
        return []
    tables = [rule] if isinstance(rule, Match) else [table for table in rule if isinstance(table, Match)]
    return [_Table(_globs(t.file), _globs(t.suite), _globs(t.classname), _globs(t.name)) for t in tables]
