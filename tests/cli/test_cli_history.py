"""`rca history` and `rca ingest --history-only` as they are used."""

from __future__ import annotations

import json
import os
import zipfile

import pytest

from rca.errors import HistoryError
from tests.conftest import report_text


@pytest.fixture
def artifacts(tmp_path):
    """Twelve builds as a CI keeps them: numbered folders, each with what says where it ran."""
    folder = tmp_path / "artifacts"
    for number in range(1, 13):
        build = folder / f"build-{number}"
        build.mkdir(parents=True)
        cases = [f"shop.Cart t{case}" + ("!boom" if case == number % 4 else "") for case in range(4)]
        (build / "junit.xml").write_text(report_text(*cases, at=f"2026-03-{number:02}T10:00:00Z"))
        (build / "rca-run.json").write_text(json.dumps({"commit": f"{number:07x}", "attempt": 1}))
    return folder


def _history(rca):
    return json.loads(rca("history", "--format", "json").out)


def test_old_reports_go_into_the_history(rca, artifacts):
    done = rca("ingest", "--history-only", artifacts, "--branch", "main", "--repo", "shop/web")
    assert (done.code, done.out) == (0, "")
    assert done.err == "rca: added 12 runs with 48 cases to the history\n"
    (repo,) = _history(rca)["repositories"]
    assert (repo["repository"], repo["runs"], repo["cases"], repo["files"], repo["months"]) == ("shop/web", 12, 48, 12, ["2026-03"])
    assert repo["newest"] | {"run": ""} == {"run": "", "at": "2026-03-12T10:00:00+00:00", "branch": "main", "commit": "000000c"}
    assert not (rca.folder / "worklogs").exists()


def test_a_second_call_adds_what_is_new(rca, artifacts):
    rca("ingest", "--history-only", artifacts)
    (artifacts / "build-13").mkdir()
    (artifacts / "build-13" / "junit.xml").write_text(report_text("shop.Cart t1", at="2026-03-13T10:00:00Z"))
    done = rca("ingest", "--history-only", artifacts)
    assert done.err == "rca: added 1 run with 1 case to the history; 12 were there already\n"


def test_the_runs_as_json(rca, artifacts):
    done = rca("ingest", "--history-only", artifacts, "--format", "json")
    document = json.loads(done.out)
    assert (document["added"], document["known"], document["unreadable"], document["cases"]) == (12, 0, 0, 48)
    assert [run["path"][-8:] for run in document["runs"]][:3] == ["/build-1", "/build-2", "/build-3"]
    assert document["runs"][-1]["at"] == "2026-03-12T10:00:00+00:00"


def test_what_is_broken_is_named_and_stops_nothing(rca, artifacts):
    (artifacts / "build-2" / "junit.xml").write_text("<html/>")
    (artifacts / "build-3" / "rca-run.json").write_text("[")
    (artifacts / "build-4" / "junit.xml").write_text(report_text("shop.Cart t1")[:-30])
    (artifacts / "build-20").mkdir()
    (artifacts / "x.zip").write_bytes(b"PK")
    done = rca("ingest", "--history-only", artifacts)
    assert done.code == 1
    for name in ("build-2", "build-3", "build-4", "build-20", "x.zip"):
        assert name in done.err
    assert "added 10 runs" in done.err
    assert done.err.endswith("; 4 could not be read\n")
    assert "rca-run.json" in done.err


def test_nothing_to_read(rca, tmp_path):
    (tmp_path / "empty").mkdir()
    assert rca("ingest", "--history-only", "empty", "gone").code == 2
    assert rca("ingest", "--history-only").code == 2
    assert rca("ingest", "--one-run", "empty").code == 2


def test_a_folder_of_reports_is_one_run(rca, artifacts):
    for number in (1, 2):
        (artifacts / f"shard-{number}.xml").write_text(report_text(f"shop.Cart t{number}", at="2026-03-01T10:00:00Z"))
    assert "added 1 run with 50 cases" in rca("ingest", "--history-only", artifacts).err


def test_all_as_one_run(rca, artifacts):
    done = rca("ingest", "--history-only", "--one-run", artifacts / "build-1", artifacts / "build-2")
    assert "added 1 run with 8 cases" in done.err


def test_archives_and_globs(rca, artifacts):
    with zipfile.ZipFile(artifacts / "build-30.zip", "w") as archive:
        archive.write(artifacts / "build-1" / "junit.xml", "reports/junit.xml")
        archive.writestr("rca-run.json", '{"commit": "abcdef0", "branch": "dev", "repo": "shop/api"}')
    done = rca("ingest", "--history-only", "artifacts/build-3*", "--branch", "main", "--repo", "shop/web")
    assert "added 2 runs" in done.err
    found = {repo["repository"]: repo["newest"]["branch"] for repo in _history(rca)["repositories"]}
    assert found == {"shop/web": "main", "shop/api": "dev"}


def test_standard_input(rca):
    done = rca("ingest", "--history-only", "-", stdin=report_text("a.B t").encode())
    assert "added 1 run with 1 case" in done.err


def test_runs_without_times_are_dated_by_what_is_known(rca, tmp_path):
    for name, at in (("a", None), ("b", "2024-02-03T04:05:06+01:00")):
        (tmp_path / "old" / name).mkdir(parents=True)
        path = tmp_path / "old" / name / "r.xml"
        path.write_text(f'<testsuite name="s"><testcase classname="c" name="{name}"/></testsuite>')
        os.utime(path, (1_700_000_000, 1_700_000_000))
        if at:
            (tmp_path / "old" / name / "rca-run.json").write_text(json.dumps({"started_at": at}))
    document = json.loads(rca("ingest", "--history-only", "old", "--format", "json").out)
    assert [run["at"] for run in document["runs"]] == ["2023-11-14T22:13:20+00:00", "2024-02-03T03:05:06+00:00"]


def test_the_variables_of_a_ci_are_not_those_of_old_runs(rca, artifacts):
    rca("ingest", "--history-only", artifacts, GITHUB_ACTIONS="true", GITHUB_REPOSITORY="me/now", GITHUB_REF_NAME="now")
    (repo,) = _history(rca)["repositories"]
    assert (repo["repository"], repo["newest"]["branch"]) == (None, None)


def test_old_runs_are_the_past_of_a_new_one(rca, artifacts):
    rca("ingest", "--history-only", artifacts, "--branch", "main", "--repo", "shop/web")
    (rca.folder / "new.xml").write_text(report_text("shop.Cart t0!boom", "shop.Cart t9!bang", at="2026-03-20T10:00:00Z"))
    rca("new", "Look back")
    rca("ingest", "new.xml", "--branch", "main", "--repo", "shop/web", "--commit", "abcdef0")
    run = json.loads(rca("show", "--format", "json").out)["runs"][0]
    assert run["history"]["earlier"] == 12


def test_what_the_history_holds(rca, artifacts):
    empty = rca("history")
    assert (empty.code, empty.out) == (0, "")
    assert "no history in .rca yet" in empty.err
    rca("ingest", "--history-only", artifacts, "--repo", "shop/web")
    lines = rca("history").out.splitlines()
    assert lines[0].split() == ["runs", "cases", "files", "size", "months", "newest", "repository"]
    assert lines[1].split() == ["12", "48", "12", lines[1].split()[3], "kB", "2026-03", "2026-03-12", "10:00", "shop/web"]


def test_compaction(rca, artifacts):
    rca("ingest", "--history-only", artifacts, "--repo", "shop/web", SOURCE_DATE_EPOCH="1775001600")
    before = _history(rca)["repositories"][0]
    done = rca("history", "compact")
    assert (done.code, done.err) == (0, "rca: put 12 runs into 1 part\n")
    after = _history(rca)["repositories"][0]
    assert after["files"] == 1
    assert {**before, "files": 0, "bytes": 0} == {**after, "files": 0, "bytes": 0}
    again = rca("history", "compact", "--format", "json")
    assert json.loads(again.out) == {"store": ".rca", "runs": 0, "parts": 0, "removed": 0, "dropped": [], "problems": []}
    assert again.err == "rca: there is nothing to compact\n"


def test_retention(rca, artifacts):
    (artifacts / "old").mkdir()
    (artifacts / "old" / "r.xml").write_text(report_text("a.B t", at="2025-01-02T00:00:00Z"))
    rca("ingest", "--history-only", artifacts, "--repo", "x")
    (rca.folder / "rca.toml").write_text("[history]\nkeep_months = 3\n")
    assert "put 12 runs" in rca("history", "compact", "--keep-months", "0").err
    assert rca("history", "compact").err == "rca: dropped 1 month: repo=x/month=2025-01\n"
    assert _history(rca)["repositories"][0]["months"] == ["2026-03"]


@pytest.mark.parametrize(
    "arguments", [["history", "bogus"], ["history", "--keep-months", "3"], ["history", "compact", "--keep-months", "-1"]]
)
def test_wrong_use(rca, arguments):
    done = rca(*arguments)
    assert done.code == 2
    assert "rca: next:" in done.err


def test_a_damaged_run_is_named(rca, artifacts):
    rca("ingest", "--history-only", artifacts)
    path = next((rca.folder / ".rca" / "results").rglob("*.parquet"))
    path.write_bytes(b"PAR1")
    done = rca("history")
    assert done.code == 1
    assert path.name in done.err
    assert "left out of the history" in done.err
    assert _history(rca)["problems"][0]["code"] == "damaged-history"
    assert rca("history", "compact").code == 1


def test_another_place(rca, artifacts):
    store = rca.folder / "shared"
    assert rca("ingest", "--history-only", artifacts, RCA_STORE=f"file:{store}").code == 0
    assert (store / "results").is_dir()
    assert not (rca.folder / ".rca").exists()
    assert "12" in rca("history", RCA_STORE="shared").out


def test_a_place_that_does_not_serve(rca, artifacts):
    for where, word in (("postgres://db", "folders only"), ("gone/store", "no folder")):
        done = rca("ingest", "--history-only", artifacts, RCA_STORE=where)
        assert done.code == 2
        assert word in done.err
        assert "rca: next:" in done.err


def test_a_store_that_fails_keeps_what_it_has(rca, artifacts):
    rca("ingest", "--history-only", artifacts / "build-1")
    (rca.folder / ".rca" / "results" / "store.json").write_text('{"schema": 99}')
    done = rca("ingest", "--history-only", artifacts)
    assert done.code == 2
    assert "newer rca" in done.err


def test_progress_on_a_terminal(inside, artifacts, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("rca.cli.history.looked_at", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = inside("ingest", "--history-only", str(artifacts))
    assert "11/12" in done.err
    assert "build-12" in done.err
    assert "added 12 runs" in done.err


def test_a_store_that_fills_up_stops_it_and_says_how_far_it_came(inside, artifacts, monkeypatch):
    from rca.cli import history

    real, calls = history.append, []

    def append(*args, **options):
        calls.append(args)
        if len(calls) == 4:
            raise HistoryError("the disk is full", "make room")
        return real(*args, **options)

    monkeypatch.setattr(history, "append", append)
    done = inside("ingest", "--history-only", str(artifacts))
    assert done.code == 2
    assert "added 3 runs with 12 cases to the history; 9 not looked at; the same command goes on from here" in done.err
    assert "the disk is full" in done.err
    monkeypatch.undo()


def test_a_history_in_more_months(rca, artifacts):
    (artifacts / "old").mkdir()
    (artifacts / "old" / "r.xml").write_text(report_text("a.B t", at="2025-01-02T00:00:00Z"))
    rca("ingest", "--history-only", artifacts)
    assert "2025-01…2026-03" in rca("history").out
    assert "(none)" in rca("history").out
