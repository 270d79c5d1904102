"""Runs as small as a line of text, and a store to put them in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rca.analysis.recorder import Recorder
from rca.analysis.tally import Rules
from rca.config import Config, HistoryConfig
from rca.history import Store, Stored, append, look_back, open_store
from rca.model import Case, Context, Failure, History, Run
from rca.model.rows import Rows

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
START = datetime(2026, 6, 1, tzinfo=UTC)
REPO = "shop/web"


def made(results: str, *, at: datetime | None = START, run: str = "", rules: Rules | None = None, **context: object) -> tuple[Run, Rows]:
    """A run of some words: `a` passed, `b!boom` failed with that cause, `c?boom` is an error, `d~` flaky, `e-` skipped."""
    recorder = Recorder(rules or Rules(Config()))
    for word in results.split():
        name = word.rstrip("~-").partition("!")[0].partition("?")[0]
        case = Case("suite", "pkg.Class", name, seconds=0.012)
        if "!" in word or "?" in word:
            kind, cause = ("error", word.partition("?")[2]) if "?" in word else ("failure", word.partition("!")[2])
            case.outcome = "error" if kind == "error" else "failed"
            case.failures = [Failure(kind, "pkg.Error", f"it went {cause}")]
            case.cause, case.fingerprint = f"v1:{cause}", f"v1:{cause[:3]}"
        elif word.endswith("~"):
            case.flaky, case.attempts = True, [Failure("failure", "pkg.Error", "once")]
        elif word.endswith("-"):
            case.outcome, case.failures = "skipped", [Failure("skipped")]
        if case.outcome == "passed" and not case.flaky:
            recorder.passed("suite", "pkg.Class", name, "", case.seconds)
        else:
            recorder.case(case, "")
    context.setdefault("repo", REPO)
    context.setdefault("branch", "main")
    digest = hashlib.sha256(f"{results}{at}{run}{'' if run else context}".encode()).hexdigest()
    return (
        Run(id=f"run-{digest[:12]}", context=Context(**context), started_at=at, cases=tuple(recorder.failing)),
        recorder.rows(dict.fromkeys(recorder.groups, "Unit")),
    )


@dataclass
class Bench:
    """A store, and a clock that goes on by an hour with each run."""

    store: Store
    at: datetime = START
    runs: list[Run] = field(default_factory=list)

    def add(self, results: str, **options: object) -> Stored:
        """Store a run an hour after the one before."""
        self.at += timedelta(hours=1)
        run, rows = made(results, **{"at": self.at, **options})
        self.runs.append(run)
        return append(self.store, run, rows, now=NOW)

    def back(self, results: str = "", *, window: int = 100, configured: str = "", **options: object) -> History:
        """Look back from the last run, or from one that is not stored."""
        run = made(results, **{"at": self.at + timedelta(hours=1), **options})[0] if results else self.runs[-1]
        return look_back(self.store, run, HistoryConfig(window=window, base_branch=configured))

    def rows(self, columns: str = "*", repo: str | None = REPO) -> list[tuple[object, ...]]:
        """All rows that a reader sees, in order."""

        def question(connection, snapshot):
            from rca.history.engine import view

            if not snapshot.files:
                return []
            with view(connection, [str(file.path) for file in snapshot.files]):
                return connection.execute(f"SELECT {columns} FROM facts ORDER BY run_seq, name, status").fetchall()

        return self.store.ask(repo, question)

    def files(self) -> list[str]:
        """Names of all data files."""
        return sorted(path.name for path in self.store.results.rglob("*.parquet"))


def unmeasured() -> dict[str, str]:
    """The environment for a process that is killed or may not write: what it leaves of measuring coverage would be in pieces."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty store in an empty project."""
    return Bench(open_store(".rca", tmp_path, {}))


@pytest.fixture
def path_of(bench: Bench) -> Callable[[Stored], Path]:
    """Where a stored run lies."""

    def find(stored: Stored) -> Path:
        (path,) = bench.store.results.rglob(f"run-{stored.facts.run_id}-*.parquet")
        return path

    return find
