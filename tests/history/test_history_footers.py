"""What a file of the store says of its runs may be damaged, or come from anywhere: it is left out, and named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rca.config import Config, HistoryConfig
from rca.history import Store, append, look_back
from rca.intake import take_in
from rca.model import Context
from tests.conftest import report_text

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run_id", b"7"),
        ("run_id", b"{}"),
        ("run_id", b'"0"'),
        ("seq", b"[]"),
        ("seq", b"-1"),
        ("ts", b'"x"'),
        ("ts", b"1e9"),
        ("repo", b"[]"),
        ("commit", b"[]"),
        ("branch", b"{}"),
        ("by_clock", b"0"),
        ("runs", b"[]"),
        ("inputs", b"7"),
    ],
)
def test_facts_that_cannot_be_true_are_damage(tmp_path, name, value):
    store = Store(tmp_path / "store")
    for number in (1, 2):
        path = tmp_path / f"{number}.xml"
        path.write_text(report_text("a t1!boom", at=f"2026-01-0{number}T00:00:00Z"))
        intake = take_in([str(path)], Config(), context=Context(branch="main", commit="3f2a91c"), now=NOW, rows=True)
        append(store, intake.run, intake.rows, now=NOW)
    file = min(store.results.rglob("*.parquet"))
    data = file.read_bytes()
    start = data.rfind(f'"{name}": '.encode()) + len(name) + 4
    marks = (data.rfind(b"}]}"), data.find(b', "', start))
    end = marks[0] + 2 if name == "runs" else min(place for place in marks if place > start)
    file.write_bytes(data[:start] + value.ljust(end - start) + data[end:])
    history = look_back(store, intake.run, HistoryConfig())
    assert history.earlier == 0
    assert [problem.path for problem in store.problems] == [str(file)]
