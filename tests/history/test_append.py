"""What is stored of a run, and where."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.analysis.recorder import Recorder
from rca.analysis.tally import Rules
from rca.config import Config
from rca.errors import HistoryError, RcaError
from rca.history import append, open_store
from rca.model import Case, Context, Failure, Run
from rca.model.rows import LONGEST, kept
from tests.history.conftest import NOW, REPO, START, Bench, made


def test_every_case_becomes_a_row(bench):
    stored = bench.add("a b!boom c?bang d~ e-", commit="abc", environment="staging", attempt=2, job="unit")
    assert stored.added
    assert bench.rows("suite, classname, name, category, status, duration_ms, error_type, message, fingerprint, cause") == [
        ("suite", "pkg.Class", "a", "Unit", "passed", 12, None, None, None, None),
        ("suite", "pkg.Class", "b", "Unit", "failed", 12, "pkg.Error", "it went boom", "v1:boo", "v1:boom"),
        ("suite", "pkg.Class", "c", "Unit", "error", 12, "pkg.Error", "it went bang", "v1:ban", "v1:bang"),
        ("suite", "pkg.Class", "d", "Unit", "flaky", 12, None, None, None, None),
        ("suite", "pkg.Class", "e", "Unit", "skipped", 12, None, None, None, None),
    ]
    run = stored.facts
    assert set(bench.rows("run_id, run_hash, run_seq, run_ts, repo, branch, commit_sha, environment, attempt, job")) == {
        (
            *(run.run_id, bench.runs[0].id, run.seq, (START + timedelta(hours=1)).replace(tzinfo=None), REPO),
            *("main", "abc", "staging", 2, "unit"),
        )
    }
    assert (run.cases, run.failing) == (5, 2)


def test_types_are_the_same_with_and_without_values(bench, path_of):
    import duckdb

    full = path_of(bench.add("a b!boom", commit="c", environment="e", attempt=1, job="j"))
    empty = path_of(bench.add("a", branch=None))
    kinds = [
        duckdb.execute("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($1))", [str(p)]).fetchall()
        for p in (full, empty)
    ]
    assert kinds[0] == kinds[1]
    assert dict(kinds[0])["test_id"] == "BIGINT"


def test_where_it_lies(bench):
    stored = bench.add("a")
    (path,) = bench.store.results.rglob("*.parquet")
    assert path.relative_to(bench.store.results).as_posix() == (
        f"repo=shop%2Fweb/month=2026-06/run-{stored.facts.run_id}-{bench.runs[0].id[4:]}.parquet"
    )
    assert (bench.store.folder / ".gitignore").read_text() == "*\n"


def test_nothing_else_is_left(bench):
    bench.add("a")
    assert sorted(p.name for p in bench.store.results.iterdir()) == ["repo=shop%2Fweb", "store.json"]


def test_a_folder_that_was_there_keeps_its_git(tmp_path):
    (tmp_path / "shared").mkdir()
    bench = Bench(open_store("shared", tmp_path, {}))
    bench.add("a")
    assert not (tmp_path / "shared" / ".gitignore").exists()
    assert (tmp_path / "shared" / "results" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    "repo",
    [
        "a/b",
        "..",
        ".",
        "../../etc",
        "",
        None,
        "x" * 300,
        "ä/☃",
        "a\0b",
        "repo\nname",
        "a b'c\"d;--",
        "C:\\x",
        "*?[a]",
        "\ud800",
        "x" * 5000,
    ],
)
def test_any_repository_has_a_folder_of_its_own(tmp_path, repo):
    bench = Bench(open_store(".rca", tmp_path, {}))
    bench.add("a", repo=repo)
    bench.add("a", repo="other")
    assert len(bench.rows(repo=repo)) == 1
    assert bench.back("a", repo=repo).earlier == 1
    folders = {p.name for p in bench.store.results.iterdir() if p.is_dir()}
    assert len(folders) == 2
    assert all(len(name) < 200 and "/" not in name for name in folders)
    assert {p for p in tmp_path.rglob("*") if p.is_dir()} == {
        *(bench.store.folder, bench.store.results),
        *(p for p in bench.store.results.rglob("*") if p.is_dir()),
    }


def test_the_same_run_is_stored_once(bench):
    first = bench.add("a b!boom", commit="c1")
    again = append(bench.store, *made("a b!boom", at=bench.at, commit="c1"), now=NOW)
    assert (again.added, again.facts) == (False, first.facts)
    assert len(bench.rows()) == 2


@pytest.mark.parametrize(
    ("first", "second", "added"),
    [
        ({"commit": "c1"}, {"commit": "c1"}, False),
        ({"commit": "c1"}, {}, False),
        ({}, {"commit": "c1"}, False),
        ({"commit": "c1"}, {"commit": "c2"}, True),
        ({"job": "unit", "attempt": 1}, {"job": "unit", "attempt": 2}, True),
        ({"environment": "staging"}, {"environment": "prod"}, True),
        ({"branch": "a"}, {"branch": "b"}, False),
        ({"repo": "a"}, {"repo": "b"}, True),
    ],
)
def test_equal_reports_of_another_run(bench, first, second, added):
    append(bench.store, *made("a b!boom", run="equal", **first), now=NOW)
    assert append(bench.store, *made("a b!boom", run="equal", **second), now=NOW).added is added


def test_a_later_attempt_at_the_same_time_comes_later(bench):
    seqs = [append(bench.store, *made("a", run="equal", attempt=n), now=NOW).facts.seq for n in (2, 1, 3)]
    assert seqs[1] < seqs[0] < seqs[2]


def test_old_runs_sort_by_their_own_time(bench):
    newer = bench.add("a!x", at=START)
    older = bench.add("a", at=START - timedelta(days=400))
    assert older.facts.seq < newer.facts.seq
    assert bench.back("a!x", at=START).previous.id == older.facts.run_hash


def test_a_clock_that_goes_back(bench):
    kinds = [append(bench.store, *made("a", at=None, run=str(n)), now=NOW - timedelta(days=90 * n)).facts for n in range(3)]
    assert [run.seq for run in kinds] == sorted(run.seq for run in kinds)
    assert kinds[2].ts - kinds[0].ts == 2
    dated = append(bench.store, *made("a", at=None, run="dated"), now=NOW, at=START).facts
    assert dated.seq < kinds[0].seq


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_impossible_times(bench, at):
    from datetime import datetime

    bench.add("a", at=datetime.fromisoformat(at))
    assert len(bench.rows()) == 1


NAMES = st.text(st.characters(exclude_categories=[]), max_size=30) | st.sampled_from(
    ['"', '""', ",", "\n", "\r\n", "\0", "\\N", "NULL", "", "'", "\ud800", "a" * (LONGEST + 5), "\x1f", "\ufeffx", " x ", "☃" * 2_000]
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, NAMES, NAMES), min_size=1, max_size=8))
def test_any_text_comes_back(tmp_path_factory, cases):
    bench = Bench(open_store("s", tmp_path_factory.mktemp("s"), {}))
    recorder = Recorder(Rules(Config()))
    for suite, classname, name, _ in cases:
        recorder.passed(suite, classname, name, "", None)
    failing = tuple(
        Case(suite, classname, name, "failed", failures=[Failure("failure", kind, kind)], cause=kind or "c")
        for suite, classname, name, kind in cases
    )
    rows = recorder.rows({key: f"Category {key}" for key in recorder.groups})
    rows.categories = tuple(kind for *_, kind in cases)
    run = Run(id="run-000000000000", context=Context(repo=REPO, branch=cases[0][0], job=cases[0][1]), started_at=START, cases=failing)
    append(bench.store, run, rows, now=NOW)

    def plain(text: str) -> str:
        return text.encode("utf-8", "replace").decode()

    found = bench.rows("suite, classname, name, status, category, error_type, message, cause")
    passed = sorted((kept(s), kept(c), kept(n)) for s, c, n, _ in cases)
    assert sorted(row[:3] for row in found if row[3] == "passed") == passed
    wanted = sorted((kept(s), kept(c), kept(n), "failed", kept(k), plain(k), plain(k), plain(k or "c")) for s, c, n, k in cases)
    assert sorted(row for row in found if row[3] == "failed") == wanted
    back = bench.back("a!x", branch=cases[0][0], job=cases[0][1])
    assert back.earlier == 1


def test_names_of_a_megabyte_stay_apart(bench):
    recorder = Recorder(Rules(Config()))
    for end in "ab":
        recorder.passed("s" * 1_000_000, "c" * 1_000_000, "n" * 1_000_000 + end, "", 1.0)
    run, _ = made("")
    append(bench.store, run, recorder.rows(dict.fromkeys(recorder.groups, "Unit")), now=NOW)
    rows = bench.rows("suite, classname, name, test_id")
    assert len({row[3] for row in rows}) == 2
    assert all(len(text) <= LONGEST for row in rows for text in row[:3])


def test_a_store_in_a_folder_with_any_name(tmp_path):
    folder = tmp_path / "it's [a] *?{x}%41"
    folder.mkdir()
    (tmp_path / "it's a").mkdir()
    bench = Bench(open_store(".rca", folder, {}))
    bench.add("a b!x")
    bench.add("a!x b")
    assert len(bench.rows()) == 4
    assert bench.back().fixed == ["suite::pkg.Class::b"]


@pytest.mark.parametrize(
    ("where", "folder"),
    [
        ("file:hist", "hist"),
        ("file:///{tmp}/hist", "hist"),
        ("file:{tmp}/hist", "hist"),
        ("{tmp}/hist", "hist"),
        ("hist", "hist"),
        ("~/hist", "hist"),
        ("file:~/hist", "hist"),
        ("a~/hist", "a~/hist"),
        ("", ".rca"),
    ],
)
def test_where_the_store_is(tmp_path, where, folder):
    where = where.replace("{tmp}", str(tmp_path))
    assert open_store(".rca", tmp_path, {"RCA_STORE": where, "HOME": str(tmp_path)}).folder.resolve() == tmp_path / folder


@pytest.mark.parametrize("where", ["postgres://db/x", "s3://bucket/x", "clickhouse:x", "file:", "a\0b", "a\udc80", "~root/x", "~/x"])
def test_stores_of_other_kinds(tmp_path, where):
    with pytest.raises(HistoryError) as error:
        open_store(".rca", tmp_path, {"RCA_STORE": where})
    assert error.value.hint


def test_a_vanished_place(tmp_path):
    bench = Bench(open_store("gone/hist", tmp_path, {}))
    with pytest.raises(RcaError, match="there is no folder"):
        bench.add("a")
    assert not (tmp_path / "gone").exists()
    assert "no history yet" in bench.back("a").note


def test_a_file_in_the_way(tmp_path):
    (tmp_path / ".rca").write_text("")
    bench = Bench(open_store(".rca", tmp_path, {}))
    with pytest.raises(RcaError, match=r"\.rca"):
        bench.add("a")


def test_a_store_that_vanishes_meanwhile(bench):
    import shutil

    run, rows = made("a")

    def step(name: str) -> None:
        if name == "put it in place":
            shutil.rmtree(bench.store.folder)

    with pytest.raises(HistoryError, match="cannot be stored"):
        append(bench.store, run, rows, now=NOW, step=step)
    assert append(bench.store, run, rows, now=NOW).added


@pytest.mark.parametrize("document", ['{"schema": 2}', "{}", "[]", '{"schema": "x"}', "{"])
def test_a_marker_that_is_newer_or_damaged(bench, document):
    bench.add("a")
    (bench.store.results / "store.json").write_text(document)
    before = {p: p.stat().st_mtime_ns for p in bench.store.folder.rglob("*")}
    for call in (lambda: bench.add("b"), lambda: bench.back("b")):
        with pytest.raises(HistoryError, match=r"store\.json"):
            call()
    assert before == {p: p.stat().st_mtime_ns for p in bench.store.folder.rglob("*")}


def test_a_file_of_a_newer_rca(bench, path_of):
    import duckdb

    path = path_of(bench.add("a"))
    duckdb.execute(f"COPY (SELECT 1 AS x) TO '{path}' (FORMAT parquet, KV_METADATA {{rca: '{{\"schema\": 99}}'}})")
    with pytest.raises(HistoryError, match="newer rca"):
        bench.back("a")


def test_a_marker_that_is_missing_is_made_again(bench):
    bench.add("a")
    (bench.store.results / "store.json").unlink()
    bench.add("b")
    assert (bench.store.results / "store.json").exists()
    assert len(bench.rows()) == 2


def test_many_results_stay_small_in_memory():
    import tracemalloc

    recorder = Recorder(Rules(Config()))
    tracemalloc.start()
    for number in range(60_000):
        recorder.passed("suite", f"shop.module{number % 500}", f"test_number_{number}", "", 0.01)
    rows = recorder.rows({})
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows.count == 60_000
    assert sum(1 for piece in rows.lines for _ in piece.splitlines()) == 60_000
    assert size < 8_000_000


def test_duckdb_is_not_imported_without_need():
    import subprocess  # noqa: TID251
    import sys

    code = "import sys, rca.history, rca.history.compact, rca.history.questions, rca.history.overview; sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0


def test_lines_go_into_files_of_a_size(bench, monkeypatch):
    monkeypatch.setattr(sys.modules["rca.history.append"], "FILE", 50)
    seen = []

    def look(name: str) -> None:
        if name == "make the file":
            seen.extend(path.name for path in bench.store.results.rglob("*.csv"))

    recorder = Recorder(Rules(Config()))
    for number in range(30):
        recorder.passed("suite", f"class{number}", f"name{number}\n,", "", 0.1)
        recorder._flush()
    run, _ = made("")
    append(bench.store, run, recorder.rows(dict.fromkeys(recorder.groups, "Unit")), now=NOW, step=look)
    assert len(seen) > 20
    assert sorted(row[0] for row in bench.rows("classname")) == sorted(f"class{number}" for number in range(30))
