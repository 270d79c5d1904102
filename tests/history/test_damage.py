"""Files that somebody or something broke: named, left out, left where they are."""

from __future__ import annotations

import os
import sys

import pytest

from rca.errors import HistoryError
from rca.history import append
from rca.history.compact import compact
from rca.history.overview import overview
from tests.history.conftest import NOW, made, unmeasured


def _cut(path, data):
    path.write_bytes(data[: len(data) // 2])


def _empty(path, data):
    path.write_bytes(b"")


def _flip(path, data):
    path.write_bytes(data[:8] + bytes(byte ^ 0xFF for byte in data[8:400]) + data[400:])


def _other(path, data):
    import duckdb

    duckdb.execute(f"COPY (SELECT 1 AS x) TO '{path}' (FORMAT parquet)")


def _no_facts(path, data):
    import duckdb

    duckdb.execute(f"COPY (SELECT 1 AS x) TO '{path}' (FORMAT parquet, KV_METADATA {{rca: '{{'}})")


def _folder(path, data):
    path.unlink()
    path.mkdir()


DAMAGES = [_cut, _empty, _flip, _other, _no_facts, _folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_left_out(bench, path_of, damage):
    bench.add("a")
    path = path_of(bench.add("a!x"))
    bench.add("a!y")
    damage(path, path.read_bytes())
    past = bench.back().cases["suite::pkg.Class::a"]
    assert (past.runs, past.last) == (1, "passed")
    (problem,) = bench.store.problems
    assert (problem.code, problem.severity, problem.path) == ("damaged-history", "warning", str(path))
    assert problem.hint
    assert "\n" not in problem.message
    assert path.exists()
    assert len(bench.rows()) == 2


@pytest.mark.parametrize("damage", DAMAGES)
def test_compaction_goes_round_a_damaged_run(bench, path_of, damage):
    for results in ("a", "a b", "c"):
        bench.add(results)
    path = path_of(bench.add("d!x"))
    damage(path, path.read_bytes())
    before = bench.rows()
    bench.store.problems.clear()
    done = compact(bench.store, now=NOW.replace(month=8))
    assert (done.runs, done.parts) == (3, 1)
    assert path.exists()
    assert [problem.path for problem in bench.store.problems] == [str(path)]
    assert bench.rows() == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="for root nothing is closed")
def test_a_run_that_may_not_be_read(bench, path_of):
    path = path_of(bench.add("a"))
    path.chmod(0)
    assert bench.back("a!x").earlier == 0


def test_a_damaged_run_is_stored_again(bench, path_of):
    stored = bench.add("a b!x")
    path = path_of(stored)
    _cut(path, path.read_bytes())
    again = append(bench.store, *made("a b!x", at=bench.at), now=NOW)
    assert again.added
    assert len(bench.rows()) == 2
    assert path_of(again) == path


def test_a_damaged_part_gives_back_what_went_into_it(bench):
    import shutil

    for results in ("a", "b", "c"):
        bench.add(results)
    before = bench.rows()
    copy = bench.store.folder.with_name("copy")
    shutil.copytree(bench.store.folder, copy)
    compact(bench.store, now=NOW.replace(month=8))
    shutil.copytree(copy, bench.store.folder, dirs_exist_ok=True)
    assert bench.rows() == before
    (part,) = bench.store.results.rglob("part-*.parquet")
    _flip(part, part.read_bytes())
    assert bench.rows() == before
    compact(bench.store, now=NOW.replace(month=8))
    assert bench.rows() == before


def test_files_of_others_are_none_of_its_business(bench, path_of):
    path = path_of(bench.add("a"))
    (path.parent / "notes.parquet").write_bytes(b"mine")
    (path.parent / "part-1.parquet").write_bytes(b"mine")
    (path.parent.parent / "month=9").mkdir()
    (bench.store.results / "repo=x").write_text("a file")
    assert len(bench.rows()) == 1
    assert compact(bench.store, now=NOW.replace(month=8), keep_months=1).runs == 0
    assert overview(bench.store)[0].runs == 1
    assert bench.store.problems == []


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.history.conftest import NOW, made
from rca.errors import HistoryError
from rca.history import append, open_store
from rca.history.compact import compact
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = open_store(".rca", Path(sys.argv[1]), {})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    if sys.argv[2] == "append":
        append(store, *made(" ".join(f"t{n}!{n}" for n in range(2000))), now=NOW)
    else:
        compact(store, now=NOW.replace(month=8))
except HistoryError as error:
    print(error.message)
    sys.exit(3)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits are set as POSIX has them")
@pytest.mark.parametrize("call", ["append", "compact"])
@pytest.mark.parametrize("size", [0, 1, 4, 100, 3_000, 9_000])
def test_a_disk_that_fills_up(bench, call, size):
    import subprocess  # noqa: TID251 -- a limit holds for a whole process

    for number in range(3):
        bench.add(" ".join(f"t{n}!{n * 7919 * number}" for n in range(500)))
    before, files = bench.rows(), bench.files()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(bench.store.folder.parent), call, str(size)],
        capture_output=True,
        text=True,
        check=False,
        env=unmeasured(),
    )
    assert done.returncode == 3, done.stderr
    assert str(bench.store.folder) in done.stdout
    assert bench.files() == files
    assert bench.rows() == before
    assert {path.name for path in bench.store.results.iterdir()} <= {"store.json", "repo=shop%2Fweb", "compact.lock"}
    compact(bench.store, now=NOW.replace(month=8))
    assert bench.rows() == before


def test_a_store_that_may_not_be_written(bench, monkeypatch):
    import tempfile

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    bench.add("a")
    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    with pytest.raises(HistoryError, match="Permission denied") as error:
        bench.add("b")
    assert "nothing was stored" in error.value.hint


def test_what_duckdb_says_is_told(bench, monkeypatch):
    bench.add("a")
    monkeypatch.setattr(sys.modules["rca.history.append"], "query", lambda _name: "SELECT nonsense\nFROM nowhere")
    with pytest.raises(HistoryError, match="the run cannot be stored: ") as error:
        bench.add("b")
    assert "\n" not in error.value.message
    assert len(bench.rows()) == 1


def test_a_question_that_cannot_be_answered(bench):
    bench.add("a")
    with pytest.raises(HistoryError, match="nonsense"):
        bench.store.ask("shop/web", lambda connection, _snapshot: connection.execute("SELECT nonsense"))
    assert bench.store.problems == []


def test_a_marker_that_cannot_be_read(bench):
    bench.add("a")
    marker = bench.store.results / "store.json"
    marker.unlink()
    marker.mkdir()
    with pytest.raises(HistoryError, match="cannot be read"):
        bench.add("b")


def test_a_store_that_changes_all_the_time(bench, monkeypatch, tmp_path):
    bench.add("a")
    paths = [tmp_path / "a", tmp_path / "b"]

    def other(_folders):
        paths.reverse()
        return paths[:1]

    monkeypatch.setattr("rca.history.store._data_files", other)
    with pytest.raises(HistoryError, match="changes all the time"):
        bench.back("a!x")
    monkeypatch.setattr("rca.history.store._data_files", lambda _folders: [tmp_path / "gone"])
    with pytest.raises(HistoryError, match="changes all the time"):
        bench.rows()


@pytest.mark.parametrize("place", ["results", "repo=shop%2Fweb"])
def test_a_folder_that_cannot_be_listed(bench, monkeypatch, place):
    real = os.listdir

    def refuse(folder):
        if os.fspath(folder).endswith(place):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    bench.add("a")
    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(HistoryError, match=r"cannot be listed: Permission denied"):
        overview(bench.store)
