"""Hostile texts, and worklogs in which every text is one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel

from rca.document.publish import About, Check, check, comment, issue, issue_update, job_summary
from rca.model import Worklog
from rca.workflow import facts_of

FOLDER = Path(__file__).parent
FULL = FOLDER.parent / "faces" / "full.json"
SHA = "3f2a91c0d4e8b7a65f1029384756abcdef012345"
ABOUT = About(
    repository="example/harbor",
    pull_request=17,
    head=SHA,
    run_url="https://github.com/example/harbor/actions/runs/1",
    worklog_url="https://harbor.example/worklogs/1",
)
NIGHTLY = About(repository="example/harbor", head=SHA, record="worklogs/2026/x.md")

# What is no text of somebody: names that hold the record together, figures, zones.
_KEPT = {"time_zone", "threshold", "operator"}
_NAMES = {"id", "run", "runs", "fingerprint", "blocked_by", "clusters", "cases", "example", "case", "cluster", "judged_by"}
_SHARED = {
    *(("Case", "id"), ("Case", "blocked_by"), ("Cluster", "cases"), ("Cluster", "example"), ("NamedTime", "case")),
    *(("Criterion", "scope"), ("GroupResult", "name"), ("PlannedCategory", "name")),
}


def texts() -> list[str]:
    """The file of cases."""
    lines = (FOLDER / "hostile.txt").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith('"')]


@lru_cache(maxsize=1)
def full() -> Worklog:
    """A worklog that has every field, with clusters of every kind."""
    return Worklog.model_validate_json(FULL.read_text(encoding="utf-8"))


def poisoned(text: Callable[[], str], *, names: bool = False) -> Worklog:
    """A worklog whose every text is one of somebody else, with `names` also the ids of runs and clusters that hold it together."""
    result: Worklog = _Poison(text, names=names).changed(full(), None, "", "")
    return result


class _Poison:
    """Puts texts in the place of those of a record; a name that stands in several places stays the same in all of them."""

    def __init__(self, text: Callable[[], str], *, names: bool) -> None:
        self._text = text
        self._names = names
        self._seen: dict[str, str] = {}

    def changed(self, value: Any, hint: Any, field: str, owner: str) -> Any:
        if isinstance(value, BaseModel):
            return value.model_copy(update=self._fields(value, type(value).model_fields))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **self._fields(value, [part.name for part in fields(value)]))
        if isinstance(value, (tuple, list)):
            return type(value)(self.changed(part, hint, field, owner) for part in value)
        return self._leaf(value, hint, field, owner)

    def _fields(self, value: Any, names: Iterable[str]) -> dict[str, Any]:
        hints = _hints(type(value))
        return {name: self.changed(getattr(value, name), hints[name], name, type(value).__name__) for name in names}

    def _leaf(self, value: Any, hint: Any, field: str, owner: str) -> Any:
        if not isinstance(value, str) or "Literal" in str(hint) or value == "overall":
            return value
        if (owner, field) in _SHARED or (self._names and field in _NAMES):
            return self._name(value)
        return value if field in _KEPT | _NAMES else self._text()

    def _name(self, value: str) -> str:
        """Names keep telling things apart."""
        if value not in self._seen:
            self._seen[value] = f"{self._text()}{chr(0x4E00 + len(self._seen)) if self._seen else ''}"
        return self._seen[value]


@lru_cache(maxsize=200)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _whole(made: Check) -> str:
    return f"{made.summary}\n\n{made.text}"


BODIES: dict[str, Callable[[Worklog], str]] = {
    "comment": lambda worklog: comment(facts_of(worklog), ABOUT).text,
    "comment without a pull request": lambda worklog: comment(facts_of(worklog), NIGHTLY).text,
    "job summary": lambda worklog: job_summary(facts_of(worklog), ABOUT).text,
    "check run": lambda worklog: _whole(check(facts_of(worklog), ABOUT)),
    "issue": lambda worklog: issue(facts_of(worklog), worklog.clusters[0].id, ABOUT).body,
    "issue update": lambda worklog: issue_update(facts_of(worklog), worklog.clusters[0].id, ABOUT).text,
}
MARKED = {"comment", "comment without a pull request", "issue", "issue update"}
