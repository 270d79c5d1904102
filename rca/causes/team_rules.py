"""A team's own rules on which failures belong together; the first rule that fits a failure decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple

from rca.config import ClusterRule
from rca.failures.description import Description, fingerprint, test_name
from rca.failures.message import worst_failure
from rca.model import Case
from rca.select import Selector


class Decided(NamedTuple):
    """What a rule says of a failure: the fingerprint of its group, and the rule."""

    fingerprint: str
    rule: ClusterRule


@lru_cache(maxsize=4_096)
def _globs(globs: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(translate(glob)) for glob in globs)


class TeamRules:
    """The rules of a configuration, compiled once."""

    def __init__(self, rules: Sequence[ClusterRule] = ()) -> None:
        self._rules = tuple(rules)
        self._tests = Selector([rule.tests or () for rule in rules])

    def decide(self, case: Case, description: Description) -> Decided | None:
        """What the first rule that fits says; nothing when none does."""
        if not self._rules:
            return None
        chosen = set(self._tests.matches(case.suite, case.classname, case.location.path if case.location else "", case.name))
        for index, rule in enumerate(self._rules):
            if (rule.tests is None or index in chosen) and _fits(rule, case, description):
                return Decided(_fingerprint(rule, case, description), rule)
        return None


def _fits(rule: ClusterRule, case: Case, description: Description) -> bool:
    worst = worst_failure(case)
    messages = (description.message, worst.message if worst else "")
    return (
        (not rule.type or _any(rule.type, (description.type, description.type.rpartition(".")[2])))
        and (not rule.message or _any(rule.message, messages))
        and (not rule.frame or _any(rule.frame, description.frames))
    )


def _any(globs: tuple[str, ...], values: Sequence[str]) -> bool:
    return any(pattern.match(value) for pattern in _globs(globs) for value in values)


def _fingerprint(rule: ClusterRule, case: Case, description: Description) -> str:
    if rule.action == "merge":
        return fingerprint(f"rule\n{rule.name}")
    apart = {
        "test": test_name(case),
        "class": case.classname or case.suite,
        "message": f"{description.type}\n{description.normal}",
        "frame": description.place() or test_name(case),
    }
    return fingerprint(f"rule\n{rule.name}\n{apart[rule.by]}")
