"""Questions that go over many runs: what the site and trends are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rca.history.asking import rows_of
from rca.history.facts import RunFacts
from rca.history.store import Store
from rca.model import RunRef, case_id


@dataclass(frozen=True, slots=True)
class FlakyTest:
    """A test that both passed and failed on one commit: on `flipped` of the `repeated` commits that gave it several results."""

    id: str
    runs: int
    failed: int
    repeated: int
    flipped: int


@dataclass(frozen=True, slots=True)
class DayRate:
    """Results of one category on one day in UTC."""

    day: date
    category: str
    passed: int
    executed: int


@dataclass(frozen=True, slots=True)
class FirstFailure:
    """The first run in which a test failed, and in how many it did."""

    id: str
    first: RunRef
    runs: int


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A failure whose message was looked for."""

    id: str
    run: RunRef
    error_type: str
    message: str
    fingerprint: str


def flakiest(store: Store, repo: str | None, *, runs: int = 100, most: int = 20) -> list[FlakyTest]:
    """The tests that flipped on the most commits of the latest runs."""
    _, rows = _asked(store, repo, "flakiest", latest=runs, most=most)
    return [FlakyTest(case_id(*row[:3]), *row[3:]) for row in rows]


def pass_rates(store: Store, repo: str | None) -> list[DayRate]:
    """Passed and executed cases of each category on each day."""
    _, rows = _asked(store, repo, "pass_rates")
    return [DayRate(*row) for row in rows]


def first_failures(store: Store, repo: str | None, *, most: int = 1_000_000) -> list[FirstFailure]:
    """The first failing run of every test that ever failed, those that broke last first."""
    runs, rows = _asked(store, repo, "first_failures", most=most)
    return [FirstFailure(case_id(*row[:3]), runs[row[3]].ref, row[4]) for row in rows]


def find_messages(store: Store, repo: str | None, text: str, *, most: int = 100) -> list[FoundMessage]:
    """The latest failures whose message holds a text, in capitals or not."""
    runs, rows = _asked(store, repo, "messages", text=text, most=most)
    return [FoundMessage(case_id(*row[1:4]), runs[row[0]].ref, *row[4:]) for row in rows]


def _asked(
    store: Store, repo: str | None, name: str, *, latest: int | None = None, **parameters: Any
) -> tuple[dict[int, RunFacts], list[tuple[Any, ...]]]:
    """The runs that were asked, by their place in the order, and the answer."""
    if not store.exists():
        return {}, []

    def question(connection: Any, snapshot: Any) -> tuple[dict[int, RunFacts], list[tuple[Any, ...]]]:
        runs = snapshot.runs if latest is None else snapshot.runs[-latest:]
        return {run.seq: run for run in runs}, rows_of(connection, snapshot, runs, name, None, **parameters)

    return store.ask(repo, question)
