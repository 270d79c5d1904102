"""A worklog from the first command to the last: new, ingest, render, show, list, check, demo."""

from __future__ import annotations

import json
import re
import shutil

from tests.conftest import SAMPLES, report_text


def test_the_way_of_a_worklog(inside, staging):
    folder = staging.folder
    opened = json.loads(inside("new", "Checkout  fails", "--env", "staging", "--author", "Ann", "--format", "json").out)
    assert opened["worklog"].endswith("-checkout-fails")
    added = inside("ingest", "reports", "--commit", "abc123", "--format", "json")
    assert added.code == 1
    facts = json.loads(added.out)
    assert facts["added"] is True
    assert facts["status"] == "failing"
    assert facts["totals"]["failed"] == 7
    again = inside("ingest", "reports", "--format", "json")
    assert json.loads(again.out)["added"] is False
    assert "nothing was added" in again.err
    shutil.copytree(SAMPLES / "reports-fixed", folder / "fixed")
    fixed = inside("ingest", "fixed")
    assert fixed.code == 1, "three planned categories never ran"
    assert json.loads(inside("show", "--format", "json").out)["status"] == "incomplete"
    assert inside("check").code == 0


def test_options_name_another_worklog(inside, tmp_path, monkeypatch):
    (tmp_path / "r.xml").write_text(report_text("a t1"))
    first = json.loads(inside("new", "First", "--format", "json").out)["worklog"]
    inside("new", "Second")
    assert first in inside("ingest", "r.xml", "--worklog", "first").err
    monkeypatch.setenv("RCA_WORKLOG", "first")
    assert "already" in inside("ingest", "r.xml").err
    assert inside("render", "--format", "json").out == inside("show", first, "--format", "json").out
    assert inside("show", f"worklogs/{first[:4]}/{first}.md").out.startswith("# First")


def test_the_previous_worklog_of_a_focus_is_named(inside, tmp_path):
    (tmp_path / "r.xml").write_text(report_text("a t1", "a t2!boom"))
    inside("new", "First", "--focus", "checkout")
    inside("ingest", "r.xml")
    inside("new", "Other", "--focus", "search")
    inside("new", "Second", "--focus", "checkout")
    previous = json.loads(inside("show", "--format", "json").out)["previous"]
    assert (previous["id"][11:], previous["passed"], previous["executed"]) == ("first", 1, 2)


def test_forms_of_a_stored_worklog(inside, staging):
    inside("new", "One")
    inside("ingest", "reports")
    face = inside("render").out.strip()
    assert (staging.folder / face).read_text() == inside("show").out
    assert inside("render", "--format", "html", "-o", "one.html").code == 0
    assert (staging.folder / "one.html").read_text() == inside("show", "--format", "html").out
    (staging.folder / "own.j2").write_text("{{ worklog.title }}")
    assert inside("render", "--template", "own.j2").out == "One\n"
    assert inside("show", str((staging.folder / face).with_suffix(".json")), "--format", "json").code == 0


def test_a_hand_edit_is_shown_refused_and_kept(inside, staging):
    inside("new", "One")
    face = staging.folder / inside("render").out.strip()
    face.write_text(face.read_text().replace("# One", "# My title"))
    differs = inside("render", "--diff")
    assert differs.code == 1
    assert "+# My title" in differs.out
    for command in (("render",), ("ingest", "reports")):
        refused = inside(*command)
        assert refused.code == 2
        assert "was edited by hand; nothing was written" in refused.err
        assert "My title" in refused.err
        assert "--force" in refused.err
    assert inside("check").code == 1
    assert inside("ingest", "reports", "--force").code == 1
    assert "# My title" in face.with_name(face.name + ".bak").read_text()
    assert inside("render", "--diff").code == 0


def test_lists(inside, tmp_path):
    empty = inside("list")
    assert (empty.code, empty.raw) == (0, b"")
    assert 'rca new "TITLE"' in empty.err
    assert json.loads(inside("list", "--format", "json").out) == []
    (tmp_path / "r.xml").write_text(report_text("a t1", "a t2!boom"))
    inside("new", "First")
    inside("ingest", "r.xml")
    inside("new", "Second", "--focus", "all")
    rows = json.loads(inside("list", "--format", "json").out)
    assert [(row["title"], row["status"], row["passed"], row["executed"], row["clusters"]) for row in rows] == [
        ("Second", "open", 0, 0, 0),
        ("First", "failing", 1, 2, 1),
    ]
    assert inside("list").out.splitlines()[1].split()[1:] == ["failing", "50", "%", "First"]


def test_work_goes_on_from_a_folder_below(inside, staging, monkeypatch):
    inside("new", "One")
    monkeypatch.chdir(staging.folder / "reports")
    face = inside("ingest", ".").out.strip()
    assert face.startswith("../worklogs/")
    assert (staging.folder / "reports" / face).is_file()


def test_check_looks_past_hidden_folders_and_the_index(inside, tmp_path):
    inside("new", "One")
    (tmp_path / "worklogs/.rca").mkdir()
    (tmp_path / "worklogs/.rca/headers.json").write_text("{}")
    (tmp_path / "worklogs/2026").mkdir(exist_ok=True)
    assert "checked 2 files" in inside("check").err
    (tmp_path / "worklogs/dangling.md").symlink_to("nowhere")
    found = json.loads(inside("check", "--format", "json").out)
    assert [finding["rule"] for finding in found] == ["unreadable"]


# -- the demo --------------------------------------------------------------------------------------------------------


def test_the_demo_leaves_a_project_to_play_with(inside, tmp_path, monkeypatch):
    result = inside("demo")
    assert result.code == 0
    face = tmp_path / result.out.strip()
    assert face.read_text().startswith("# All tests on staging")
    assert "Try next:\n  cd rca-demo" in result.err
    assert max(len(line) for line in result.err.split("Try next:")[1].splitlines()) <= 80
    monkeypatch.chdir(tmp_path / "rca-demo")
    tries = [re.split(r"  # | \| ", line)[0].strip() for line in result.err.split("Try next:\n")[1].splitlines()]
    commands = [line.removeprefix("rca ").split() for line in tries if line.startswith("rca ")]
    assert {"show", "triage", "whys", "fix", "verify", "report", "check"} == {command[0] for command in commands}
    for command in commands:
        assert inside(*command).code in {0, 1}, command


def test_without_git_the_demo_names_no_fix(inside, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    result = inside("demo")
    assert "rca verify reports-fixed" in result.err
    assert "rca fix" not in result.err


def test_the_demo_twice_changes_nothing(inside, tmp_path):
    def state():
        return {path: path.read_bytes() for path in (tmp_path / "rca-demo").rglob("*") if path.is_file() and path.name != "headers.json"}

    first = inside("demo")
    before = state()
    second = inside("demo")
    assert (second.code, second.out) == (0, first.out)
    assert state() == before


def test_the_demo_keeps_what_somebody_wrote(inside, tmp_path):
    face = tmp_path / inside("demo").out.strip()
    face.write_text("mine")
    config = tmp_path / "rca-demo/rca.toml"
    config.write_text(config.read_text() + "\n# mine\n")
    assert inside("demo").code == 0
    assert face.read_text() == "mine"
    assert config.read_text().endswith("# mine\n")


def test_the_demo_does_not_move_into_a_project(inside, tmp_path):
    (tmp_path / "mine.txt").write_text("")
    result = inside("demo", ".")
    assert result.code == 2
    assert "is not empty and holds no demo" in result.err
    (tmp_path / "empty").mkdir()
    assert inside("demo", "empty").code == 0
    (tmp_path / "project").mkdir()
    (tmp_path / "project/rca.toml").write_text("title = 'x'\n")
    assert inside("demo", "project").code == 2
    assert sorted(path.name for path in (tmp_path / "project").iterdir()) == ["rca.toml"]
