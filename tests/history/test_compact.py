"""Compaction and retention change files and never what a reader sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import rca.history.compact as module
from rca.errors import HistoryError
from rca.history import append
from rca.history.compact import compact
from rca.history.layout import is_part_file
from rca.history.overview import overview
from tests.history.conftest import NOW, START, made

LATER = NOW.replace(month=8)


def test_closed_months_become_parts(bench):
    for number in range(5):
        bench.add(f"a b!x{number}", commit=f"c{number}")
    bench.at = datetime(2026, 8, 1, tzinfo=UTC)
    bench.add("a!x")
    bench.add("a")
    before, history = bench.rows(), bench.back("a!x b!x3")
    done = compact(bench.store, now=LATER)
    assert (done.runs, done.parts, done.removed, done.dropped) == (5, 1, 0, [])
    assert [is_part_file(name) for name in bench.files()] == [True, False, False]
    assert bench.rows() == before
    assert bench.back("a!x b!x3") == history
    again = compact(bench.store, now=LATER)
    assert (again.runs, again.parts) == (0, 0)
    assert bench.store.problems == []


def test_the_month_that_goes_on_is_left_alone(bench):
    bench.add("a")
    bench.add("b")
    assert compact(bench.store, now=NOW).parts == 0
    assert compact(bench.store, now=NOW - timedelta(days=900)).parts == 0


def test_a_compacted_run_is_known(bench):
    bench.add("a", commit="c1")
    bench.add("b!x")
    compact(bench.store, now=LATER)
    again = append(bench.store, *made("b!x", at=bench.at), now=LATER)
    assert not again.added
    assert len(bench.rows()) == 2
    assert bench.back().previous.commit == "c1"


def test_late_runs_of_a_closed_month_join_its_part(bench):
    bench.add("a")
    bench.add("b")
    compact(bench.store, now=LATER)
    (first,) = bench.files()
    bench.add("c!x", at=START)
    bench.add("d")
    before = bench.rows()
    assert compact(bench.store, now=LATER).runs == 2
    (second,) = bench.files()
    assert first != second
    assert bench.rows() == before
    assert [row[0] for row in bench.rows("name")] == ["c", "a", "b", "d"]


def test_parts_are_large_and_not_larger(bench, monkeypatch):
    monkeypatch.setattr(module, "PART_CASES", 6)
    monkeypatch.setattr(module, "SMALL_CASES", 4)
    for _ in range(7):
        bench.add("a b")
    before = bench.rows()
    assert compact(bench.store, now=LATER).parts == 2
    assert len(bench.files()) == 3
    bench.add("a b")
    assert compact(bench.store, now=LATER).parts == 1
    assert len(bench.files()) == 3
    assert bench.rows() == before + bench.rows()[-2:]


def test_a_run_larger_than_a_part_stays_as_it_is(bench, monkeypatch):
    monkeypatch.setattr(module, "PART_CASES", 2)
    monkeypatch.setattr(module, "SMALL_CASES", 100)
    bench.add("a b c d")
    bench.add("a b c d")
    files = bench.files()
    compact(bench.store, now=LATER)
    assert bench.files() == files


def test_repositories_and_months_stay_apart(bench):
    for repo in ("a", "b"):
        for month in (1, 2):
            for day in (1, 2):
                bench.add(f"t!{repo}", repo=repo, at=datetime(2026, month, day, tzinfo=UTC))
    compact(bench.store, now=LATER)
    assert len(bench.files()) == 4
    assert {row[0] for row in bench.rows("repo", repo="a")} == {"a"}
    assert [(repo.repo, repo.runs, repo.cases, repo.files, sorted(repo.months)) for repo in overview(bench.store)] == [
        ("a", 4, 4, 2, ["2026-01", "2026-02"]),
        ("b", 4, 4, 2, ["2026-01", "2026-02"]),
    ]


def test_old_months_are_dropped(bench):
    for month in (1, 2, 3, 4):
        bench.add("a", at=datetime(2026, month, 3, tzinfo=UTC))
    done = compact(bench.store, now=datetime(2026, 4, 20, tzinfo=UTC), keep_months=1)
    assert done.dropped == ["repo=shop%2Fweb/month=2026-01", "repo=shop%2Fweb/month=2026-02"]
    assert [moment[0].month for moment in bench.rows("run_ts")] == [3, 4]
    assert sorted(p.name for p in bench.store.results.iterdir()) == ["compact.lock", "repo=shop%2Fweb", "store.json"]


def test_a_clock_that_runs_ahead_does_not_empty_the_store(bench):
    for month in (3, 4):
        bench.add("a", at=datetime(2026, month, 3, tzinfo=UTC))
    bench.add("a", at=datetime(2199, 1, 1, tzinfo=UTC))
    compact(bench.store, now=datetime(2099, 4, 20, tzinfo=UTC), keep_months=1)
    assert len(bench.rows()) == 3


def test_months_are_counted_over_the_turn_of_the_year(bench):
    for year, month in ((2025, 11), (2025, 12), (2026, 1)):
        bench.add("a", at=datetime(year, month, 3, tzinfo=UTC))
    done = compact(bench.store, now=datetime(2026, 1, 20, tzinfo=UTC), keep_months=1)
    assert [name[-7:] for name in done.dropped] == ["2025-11"]
    assert compact(bench.store, now=datetime(2026, 1, 20, tzinfo=UTC), keep_months=1_200).dropped == []


def test_a_store_that_is_not_there(bench):
    assert compact(bench.store, now=NOW).parts == 0
    assert not bench.store.folder.exists()
    assert overview(bench.store) == []


def test_two_compactions_at_once(bench, monkeypatch):
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    for _ in range(3):
        bench.add("a")
    before = bench.rows()

    def second(name: str) -> None:
        if name.startswith(("write", "put")):
            with pytest.raises(HistoryError, match="another compaction is at work"):
                compact(bench.store, now=LATER)

    assert compact(bench.store, now=LATER, step=second).parts == 1
    assert bench.rows() == before


def test_a_lock_that_cannot_be_made(bench):
    bench.add("a")
    (bench.store.results / "compact.lock").mkdir()
    with pytest.raises(HistoryError, match="cannot be locked"):
        compact(bench.store, now=LATER)


def test_readers_and_writers_go_on_between_the_steps(bench):
    for number in range(4):
        bench.add(f"a b!x{number}")
    seen = [bench.rows()]

    def look(name: str) -> None:
        seen.append(bench.rows())

    compact(bench.store, now=LATER, step=look)
    assert len(seen) > 6
    assert all(rows == seen[0] for rows in seen)


def test_what_comes_in_meanwhile_is_kept(bench):
    for number in range(3):
        bench.add(f"a b!x{number}")

    def add(name: str) -> None:
        bench.add("c", at=START, run=name)

    compact(bench.store, now=LATER, step=add)
    names = [row[0] for row in bench.rows("name")]
    assert names.count("a") == 3
    assert names.count("c") == 6
    compact(bench.store, now=LATER)
    assert [row[0] for row in bench.rows("name")] == names


def test_a_file_that_goes_while_a_reader_reads(bench):
    for number in range(3):
        bench.add(f"a b!x{number}")
    before = bench.rows()
    asked = []

    def question(connection, snapshot):
        from rca.history.engine import view

        asked.append(len(snapshot.files))
        if len(asked) == 1:
            compact(bench.store, now=LATER)
        with view(connection, [str(file.path) for file in snapshot.files]):
            return connection.execute("SELECT count(*) FROM facts").fetchone()

    assert bench.store.ask("shop/web", question) == (len(before),)
    assert asked == [3, 1]
    assert bench.store.problems == []


def test_rests_of_an_append_are_swept_when_they_are_old(bench):
    import os

    bench.add("a")
    for name, age in ((".new-old", 7_200), (".new-young", 60)):
        (bench.store.results / name).mkdir()
        moment = NOW.timestamp() - age
        os.utime(bench.store.results / name, (moment, moment))
    compact(bench.store, now=NOW)
    assert [p.name for p in bench.store.results.glob(".new-*")] == [".new-young"]


def test_a_run_stored_twice_at_once_counts_once(bench):
    """Two processes that know no time for a run may each date it by their clock."""
    import shutil

    stored = []
    for number, folder in enumerate(("one", "two")):
        bench.store.folder = bench.store.folder.with_name(folder)
        stored.append(append(bench.store, *made("a b!x", at=None), now=NOW + timedelta(seconds=number)).facts)
    shutil.copytree(bench.store.folder.with_name("one"), bench.store.folder, dirs_exist_ok=True)
    assert stored[0].run_id != stored[1].run_id
    assert len(bench.files()) == 2
    assert len(bench.rows()) == 2
    bench.add("z!y")
    rows = bench.rows()
    compact(bench.store, now=LATER)
    assert bench.rows() == rows
    assert len(bench.files()) == 1
