"""Look back from a run: what the store knows of its failing cases and their causes. Facts only; others judge them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rca.config import HistoryConfig
from rca.history.asking import Setting, Wanted, fingerprints, rows_of, tests
from rca.history.facts import RunFacts
from rca.history.layout import milliseconds_of
from rca.history.store import Snapshot, Store
from rca.model import BasePast, Case, CasePast, CausePast, History, Run, RunRef, case_id
from rca.model.rows import kept, named
from rca.text.clean import one_line

if TYPE_CHECKING:
    import duckdb

BRANCHES = 20
FIXED = 100
# Flips are looked for in this many runs of any branch for each one of the window: reruns of one commit are rare.
FLIP_RUNS = 3
_STATUS = ("passed", "flaky", "failed", "error")


def look_back(store: Store, run: Run, settings: HistoryConfig) -> History:
    """What the runs before this one say of it; the run itself, stored or not, is never part of its own past.

    `fixed` needs the run to be stored, since only then its passing cases are known here.
    """
    if not store.exists():
        return History(note="there is no history yet: this is the first run")
    return store.ask(run.context.repo, lambda connection, snapshot: _Look(connection, snapshot, run, settings).back())


@dataclass(frozen=True, slots=True)
class _Line:
    """The runs that a run is compared with, in order, and what they are in words."""

    runs: list[RunFacts]
    words: str


class _Look:
    """One look back, with what all its questions share."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, run: Run, settings: HistoryConfig) -> None:
        self._connection = connection
        self._snapshot = snapshot
        self._run = run
        self._settings = settings
        self._here = next((facts for facts in snapshot.runs if facts.may_be(run)), None)
        self._earlier = [facts for facts in snapshot.runs if self._is_before(facts)]
        self._by_seq = {facts.seq: facts for facts in self._earlier}

    def _is_before(self, facts: RunFacts) -> bool:
        if self._here is not None:
            return (facts.seq, facts.run_id) < (self._here.seq, self._here.run_id)
        return self._run.started_at is None or facts.ts < milliseconds_of(self._run.started_at)

    def back(self) -> History:
        line = self._line()
        history = History(earlier=len(line.runs), compared_with=line.words)
        if not self._earlier:
            history.note = "there is no earlier run in the history"
            return history
        if not line.runs:
            history.note = f"there is no earlier run to compare with: {line.words}"
        cases = {_test_id(self._run, case): case for case in self._run.cases}
        history.cases = {case_id(case.suite, case.classname, case.name): CasePast() for case in cases.values()}
        pasts = {test: history.cases[case_id(case.suite, case.classname, case.name)] for test, case in cases.items()}
        self._fill_pasts(line.runs, pasts)
        self._fill_flips(pasts)
        seen = self._seen()
        history.causes = self._causes(seen)
        history.base = self._base(line, cases, history, seen)
        previous = self._previous(line)
        if previous is not None:
            history.previous = previous.ref
            self._fill_fixed(history, previous)
        return history

    def _base(self, line: _Line, cases: Mapping[int, Case], history: History, seen: list[tuple[Any, ...]]) -> BasePast | None:
        """What the branch says that a pull request goes into; None for other runs."""
        base = named(self._run.context.base)
        if not base:
            return None
        runs = self._of_branch(base)
        past = BasePast(one_line(base, 80), len(runs), causes=self._causes([row for row in seen if row[1] == base]))
        if runs == line.runs:
            past.cases = history.cases
        elif runs:
            past.cases = {case_id(case.suite, case.classname, case.name): CasePast() for case in cases.values()}
            self._fill_pasts(runs, {test: past.cases[case_id(case.suite, case.classname, case.name)] for test, case in cases.items()})
        return past

    def _of_branch(self, branch: str | None) -> list[RunFacts]:
        """The earlier runs of a branch in the same environment."""
        environment = named(self._run.context.environment)
        return [facts for facts in self._earlier if facts.environment == environment and facts.branch == named(branch)]

    def _line(self) -> _Line:
        """The earlier runs of the same branch and environment, else those of the branch that it comes from."""
        context = self._run.context
        where = f" on {one_line(context.environment, 80)}" if context.environment else ""
        own = self._of_branch(context.branch)
        name = f"of {one_line(context.branch, 80)}" if context.branch else "without a branch"
        if own:
            return _Line(own, self._words(own, f"{name}{where}"))
        for base in dict.fromkeys((context.base, self._settings.base_branch, "main", "master")):
            runs = self._of_branch(base) if base else []
            if runs:
                words = self._words(runs, f"of {one_line(base or '', 80)}{where}")
                return _Line(runs, f"{words}, since there is none {name}")
        return _Line([], f"no earlier run {name}{where}")

    def _words(self, runs: list[RunFacts], which: str) -> str:
        if len(runs) == 1:
            return f"the one earlier run {which}"
        if len(runs) > self._settings.window:
            return f"the last {self._settings.window:,} of {len(runs):,} earlier runs {which}"
        return f"{len(runs):,} earlier runs {which}"

    def _previous(self, line: _Line) -> RunFacts | None:
        """The latest run of the line, of the same job if that has any: another job runs other tests."""
        job = named(self._run.context.job)
        return next((facts for facts in reversed(line.runs) if facts.job == job), line.runs[-1] if line.runs else None)

    def _rows(self, name: str, runs: list[RunFacts], wanted: Wanted, **parameters: Any) -> list[tuple[Any, ...]]:
        return rows_of(self._connection, self._snapshot, runs, name, wanted, **parameters) if wanted.values else []

    def _fill_pasts(self, runs: list[RunFacts], pasts: dict[int, CasePast]) -> None:
        for test, count, failed, last, good, bad, failing in self._rows("cases", runs[-self._settings.window :], tests(pasts)):
            past = pasts[test]
            past.runs, past.failed, past.last, past.failing_runs = count, failed, _STATUS[last], failing
            past.last_good, past.first_bad = self._ref(good), self._ref(bad)

    def _fill_flips(self, pasts: dict[int, CasePast]) -> None:
        runs = self._earlier[-FLIP_RUNS * self._settings.window :]
        context = self._run.context
        here: Setting = (named(context.commit) or "", named(context.environment), named(context.job))
        for test, repeated, flipped, passed in self._rows("flips", runs, tests(pasts), here=here):
            past = pasts[test]
            past.repeated, past.flipped, past.passed_here = repeated, flipped, passed

    def _seen(self) -> list[tuple[Any, ...]]:
        """Where the errors of the run were seen: mark, branch, first and last run, number of runs."""
        marks = list(dict.fromkeys(mark for case in self._run.cases for mark in (case.fingerprint, case.cause) if mark))
        return self._rows("causes", self._earlier, fingerprints(marks))

    def _causes(self, rows: list[tuple[Any, ...]]) -> dict[str, CausePast]:
        return {mark: self._cause(list(branches)) for mark, branches in groupby(rows, key=itemgetter(0))}

    def _cause(self, branches: list[tuple[Any, ...]]) -> CausePast:
        """One fingerprint: mark, branch, first and last run, number of runs for each branch that showed it."""
        return CausePast(
            first=self._by_seq[min(row[2] for row in branches)].ref,
            last=self._by_seq[max(row[3] for row in branches)].ref,
            runs=sum(row[4] for row in branches),
            branches=tuple(row[1] for row in branches if row[1])[:BRANCHES],
        )

    def _fill_fixed(self, history: History, previous: RunFacts) -> None:
        if self._here is None:
            return
        seqs = {"previous": previous.seq, "here": self._here.seq}
        rows = rows_of(self._connection, self._snapshot, [previous, self._here], "fixed", None, **seqs)
        history.fixed = [case_id(*row) for row in rows[:FIXED]]
        history.fixed_count = len(rows)

    def _ref(self, seq: int | None) -> RunRef | None:
        return None if seq is None else self._by_seq[seq].ref


def _test_id(run: Run, case: Case) -> int:
    """The number under which the rows of a test are stored; as in append.sql."""
    text = "\x1f".join((named(run.context.repo) or "", kept(case.suite), kept(case.classname), kept(case.name)))
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little") >> 1
