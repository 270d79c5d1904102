"""Causes and history through whole commands: what people meet when a run is green again, when issues change, when things are damaged."""

from __future__ import annotations

import json
import os
import sys
import zipfile

import pytest

from tests.conftest import report_text

GREEN, RED = ("a t1", "b t2"), ("a t1!boom happened here", "b t2")
BOOM = {"number": 7, "title": "Boom", "body": 'rca-rule: message LIKE "%boom happened%"'}
TOKEN = "ghp_" + "a1B2c3D4e5" * 3
PASSWORD = "hunter2" + "X9zzq"


@pytest.fixture
def run(inside, tmp_path):
    """Add a run with a report of that day to the only worklog."""
    (tmp_path / "rca.toml").write_text('[[categories]]\nname = "all"\nmatch = "*"\n')
    assert inside("new", "One").code == 0

    def add(day, cases, *options):
        path = tmp_path / f"r{day}.xml"
        path.write_text(report_text(*cases, at=f"2026-01-{day:02d}T10:00:00Z"))
        return inside("ingest", path.name, *options)

    return add


def record(tmp_path):
    return json.loads(next(tmp_path.glob("worklogs/2*/*.json")).read_text())


def face(tmp_path):
    return next(tmp_path.glob("worklogs/2*/*.md")).read_text()


# -- what became of failures -------------------------------------------------------------------------------------------


def test_a_rerun_of_one_commit_that_passes_is_called_flaky_and_not_fixed(run, inside, tmp_path):
    run(1, GREEN, "--commit", "aaaaaaa1")
    run(2, RED, "--commit", "bbbbbbb2")
    run(3, GREEN, "--commit", "bbbbbbb2", "--attempt", "2")
    (cluster,) = record(tmp_path)["clusters"]
    assert (cluster["classification"], cluster["failing"]) == ("flaky", False)
    run(4, GREEN, "--commit", "ccccccc3")
    (later,) = record(tmp_path)["clusters"]
    assert later["past"] == cluster["past"]
    assert inside("check").code == 0


def test_a_test_that_did_not_run_has_no_good_run(run, tmp_path):
    run(1, GREEN)
    run(2, RED)
    run(3, GREEN[1:])
    (cluster,) = record(tmp_path)["clusters"]
    assert (cluster["classification"], cluster["failing"]) == ("regression", True)
    assert run(3, GREEN[1:]).err.endswith("already; nothing was added\n")
    assert run(3, GREEN[1:], "--whole").err.endswith("already; it counts as the whole now\n")
    assert run(3, GREEN[1:], "--whole").err.endswith("already; nothing was added\n")
    (cluster,) = record(tmp_path)["clusters"]
    assert (cluster["classification"], cluster["failing"], cluster["past"]["last_good"]) == ("fixed", False, None)


# -- issues ------------------------------------------------------------------------------------------------------------


def test_issues_that_are_read_later_change_what_a_failure_is(run, inside, tmp_path):
    issues = tmp_path / "issues.json"
    run(1, GREEN)
    run(2, RED)
    classes = []
    for found in ([BOOM], [], [{**BOOM, "state": "closed"}], [BOOM]):
        issues.write_text(json.dumps(found))
        assert inside("ingest", "--issues", "issues.json").code == 0
        document = record(tmp_path)
        classes.append(document["clusters"][0]["classification"])
        assert document["runs"][1]["cases"][0]["classification"] == classes[-1]
        assert inside("check").code == 0, inside("check").out
    assert classes == ["known", "regression", "regression", "known"]


def test_what_was_rejected_may_leave_the_list_of_issues(run, inside, tmp_path):
    (tmp_path / "issues.json").write_text(json.dumps([{**BOOM, "author_association": "NONE"}]))
    run(2, RED, "--issues", "issues.json")
    assert inside("triage", "reject", "c1", "#7").code == 0
    assert inside("triage", "accept", "c1", "#70").code == 0
    assert inside("triage", "reject", "c1", "#70").code == 0
    assert inside("check").code == 0
    (tmp_path / "issues.json").write_text("[]")
    assert inside("ingest", "--issues", "issues.json").code == 0
    checked = inside("check")
    assert checked.code == 0
    assert "rejects '#7'" in checked.out
    assert "#70" not in checked.out


def test_issues_that_cannot_be_kept_are_used_all_the_same(run, inside, tmp_path):
    (tmp_path / "issues.json").write_text(json.dumps([BOOM]))
    (tmp_path / ".rca" / "issues.json").mkdir()
    added = run(2, RED, "--issues", "issues.json")
    assert added.code == 1
    assert "warning: the issues cannot be kept" in added.err
    assert record(tmp_path)["clusters"][0]["classification"] == "known"


def test_an_empty_sign_of_a_pull_request_is_one(run, inside, tmp_path):
    (tmp_path / "issues.json").write_text(json.dumps([{**BOOM, "pull_request": {}}]))
    assert "read 0 issues" in inside("ingest", "--issues", "issues.json").err


def test_a_rule_in_a_record_that_cannot_be_read_is_told(run, inside, tmp_path):
    run(1, RED)
    inside("triage", "rule", "c1", 'message LIKE "%boom%"')
    inside("triage", "accept", "c1", "#7")
    path = next(tmp_path.glob("worklogs/2*/*.json"))
    document = record(tmp_path)
    document["decisions"][0]["text"] = "like that"
    path.write_text(json.dumps(document))
    added = run(2, RED)
    assert added.code == 1
    assert "d1: rule, character 1" in added.err
    assert len(record(tmp_path)["runs"]) == 2


def test_a_faulty_rule_of_the_configuration_stops_before_anything_is_stored(run, inside, tmp_path):
    with open(tmp_path / "rca.toml", "a", encoding="utf-8") as stream:
        stream.write('[[known]]\nissue = "#7"\nrule = "like that"\n')
    assert run(1, RED).code == 2
    assert not (tmp_path / ".rca" / "results").exists()
    assert record(tmp_path)["runs"] == []


# -- what stands beside reports ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_beside_reports_is_not_waited_for(rca, write_report):
    write_report("reports/r.xml", *RED)
    os.mkfifo(rca.folder / "reports" / "rca-run.json")
    assert rca("report", "reports").code == 1


def test_a_broken_file_beside_reports_is_named(inside, tmp_path, write_report):
    write_report("reports/r.xml", *RED)
    (tmp_path / "reports" / "rca-run.json").write_text("[")
    done = inside("report", "reports")
    assert done.code == 2
    assert f"reports{os.sep}rca-run.json: is no JSON object" in done.err


@pytest.mark.parametrize("command", [("report",), ("ingest", "--history-only")])
def test_damaged_lzma_in_a_zip_is_a_problem_of_the_input(inside, tmp_path, command):
    pytest.importorskip("lzma")
    path = tmp_path / "r.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("rca-run.json", json.dumps({"branch": "x" * 5_000}))
        archive.writestr("r.xml", report_text(*(f"a t{number}!boom {number}" for number in range(2_000))))
    data = bytearray(path.read_bytes())
    for name in (b"rca-run.json", b"r.xml"):
        start = data.find(name) + len(name) + 12
        data[start : start + 20] = bytes(byte ^ 0xFF for byte in data[start : start + 20])
    path.write_bytes(data)
    done = inside(*command, "r.zip")
    assert done.code == 2
    assert "r.zip" in done.err


# -- a store that cannot be used ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("store", "said"),
    [
        (f"postgres://me:{PASSWORD}@db/rca", "knows no 'postgres' stores"),
        ("rca.toml/below", "there is no folder"),
        ("rca.toml", "cannot be made"),
        ("x" * 3_000, "x…"),
        pytest.param("no\udc80thing/there", "is no UTF-8", marks=pytest.mark.skipif(sys.platform == "win32", reason="names are text")),
    ],
)
def test_the_run_is_recorded_without_a_store(run, tmp_path, monkeypatch, store, said):
    monkeypatch.setenv("RCA_STORE", store)
    added = run(1, RED)
    assert added.code == 1
    assert said in added.err
    document = record(tmp_path)
    assert document["runs"][0]["history"]["note"] == "the history could not be used"
    assert [note["code"] for note in document["runs"][0]["notes"]] == ["history"]
    for text in (added.err, json.dumps(document), face(tmp_path)):
        assert PASSWORD not in text
    assert len(document["runs"][0]["notes"][0]["message"]) <= 500


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_secrets_are_stored_nowhere(run, inside, tmp_path):
    """Names of tests are the exception: they say who a test is, and docs/history.md tells people so."""
    secret = f"{TOKEN} password={PASSWORD}"
    (tmp_path / "issues.json").write_text(
        json.dumps([{**BOOM, "title": f"Boom {secret}", "labels": [secret], "html_url": f"https://u:{PASSWORD}@h/7"}])
    )
    said = ("--branch", f"x/{TOKEN}", "--job", TOKEN, "--env", TOKEN, "--repo", f"https://u:{PASSWORD}@h/a/b")
    run(2, (f"a t1!boom happened here {secret}", "b t2"), "--issues", "issues.json", *said)
    for order in (("note", "c1", secret), ("mute", "c1", secret), ("flaky", "c1", TOKEN), ("accept", "c1", "#8", secret)):
        assert inside("triage", *order, "--author", TOKEN).code == 0
    outputs = [inside(*command) for command in (("triage", "--format", "json"), ("triage", "decisions"), ("show",), ("history",))]
    for name in ("issues.json", "r2.xml"):
        (tmp_path / name).unlink()
    stored = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    import duckdb

    stored += [repr(duckdb.read_parquet(str(path)).fetchall()).encode() for path in tmp_path.rglob("*.parquet")]
    assert len(stored) > 6
    for data in (*stored, *(output.raw for output in outputs)):
        assert TOKEN.encode() not in data
        assert PASSWORD.encode() not in data


def test_without_a_configuration_later_runs_are_counted_like_the_first(rca):
    """One test more must not rename the categories: the same case would stand in the worklog twice."""

    def report(*cases):
        inner = "".join(f'<testcase classname="{c}" name="{n}" time="1">{f}</testcase>' for c, n, f in cases)
        return f'<testsuite name="s" timestamp="2026-01-0{len(cases) - 2}T10:00:00Z">{inner}</testsuite>'

    bad = '<failure message="card declined" type="E"/>'
    first = [("shop.Pay", "pays", bad), ("shop.Cart", "adds", ""), ("shop.Cart", "takes", "")]
    (rca.folder / "1.xml").write_text(report(*first))
    (rca.folder / "2.xml").write_text(report(("shop.Pay", "pays", ""), *first[1:], ("shop.New", "shines", "")))
    rca("new", "One")
    rca("ingest", "1.xml")
    rca("ingest", "2.xml")
    record = json.loads(rca("show", "--format", "json").out)
    assert [c["failing"] for c in record["clusters"]] == [False]
    assert "4 of 4 cases passed" in rca("show").out
