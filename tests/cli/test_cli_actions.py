"""`rca actions` in whole commands: what is to be done, closing it, and opening it again."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from rca.cli import actions as command
from rca.cli.boundary import DONE, FAILED, FINDING

DAY = str(int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()))
TOKEN = "ghp_" + "a1B2" * 9
ACTIONS = (
    {"text": "Pin the protocol", "owner": "service team", "due": "2026-12-01", "kind": "prevent", "cause": "c1", "done_when": "it is pinned"},
    {"text": "Restart the gateway", "owner": "platform team", "due": "2026-11-24", "kind": "repair", "issue": "#7"},
    {"text": "Tell everybody", "kind": "mitigate"},
    {"text": "Look at the alarm", "due": "2026-11-25", "kind": "detect"},
)  # fmt: skip


@pytest.fixture
def run(inside, monkeypatch):
    """`rca` in this process, on a fixed day."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", DAY)
    return inside


def opened(run, folder, title="Red", actions=ACTIONS):
    """A worklog with these actions; the path of its record."""
    assert run("new", title).code == DONE
    path = max(folder.glob("worklogs/*/*.json"), key=lambda found: found.stat().st_mtime_ns)
    record = json.loads(path.read_text()) | {"actions": list(actions)}
    path.write_text(json.dumps(record))
    assert run("render").code == DONE
    return path


@pytest.fixture
def record(run, tmp_path):
    return opened(run, tmp_path)


def state(path):
    return [one.get("done", False) for one in json.loads(path.read_text())["actions"]]


def test_the_open_actions_are_listed_the_most_urgent_first(run, record):
    done = run("actions")
    assert done.code == DONE
    assert (
        done.out
        == """\
  2. Restart the gateway
     overdue since 2026-11-24, by 1 day, platform team, repair
     issue #7
  4. Look at the alarm
     due today, 2026-11-25, nobody yet, detect
  1. Pin the protocol
     due 2026-12-01, in 6 days, service team, prevent
     answers c1
     done when it is pinned
  3. Tell everybody
     due on no day, nobody yet, mitigate
"""
    )
    assert done.err == "rca: 4 of 4 actions open, 1 overdue\n"


def test_on_a_screen_long_texts_are_folded_and_none_is_cut(run, tmp_path, monkeypatch):
    text = "Pin the protocol of the gateway to the one that its clients offer, in both regions"
    opened(run, tmp_path, actions=[{"text": text, "kind": "prevent", "done_when": "both regions refuse the other one at once"}])
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(command, "sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    assert (
        run("actions").out
        == """\
  1. Pin the protocol of the gateway to
     the one that its clients offer, in
     both regions
     due on no day, nobody yet, prevent
     done when both regions refuse the
     other one at once
"""
    )


def test_an_action_is_closed_with_note_and_evidence_and_opened_again(run, record):
    said = run("actions", "done", "2", "--author", "platform team", "--note", f"restarted with {TOKEN}", "--evidence", "#7")
    assert said.out == "action 2 is done: Restart the gateway\n"
    assert said.err.endswith(f"rca: 3 of 4 actions of {record.stem} open\n")
    text = record.read_text()
    assert TOKEN not in text
    (part,) = json.loads(text)["actions"][1]["history"]
    assert (part["author"], part["done"], part["at"]) == ("platform team", True, "2026-11-25T12:00:00Z")
    assert part["note"].startswith("restarted with ")
    assert [(one["kind"], one["ref"]) for one in part["evidence"]] == [("issue", "#7")]
    face = record.with_suffix(".md").read_text()
    assert "| done 2026-11-25, platform team: restarted with" in face
    assert run("check").code == DONE
    assert "Restart" not in run("actions").out
    assert (
        "done, platform team, repair\n     issue #7\n     closed 2026-11-25 by platform team: restarted"
        in run("actions", "--state", "done").out
    )
    said = run("actions", "reopen", "2", "--note", "it fell over")
    assert said.out == "action 2 is open again: Restart the gateway\n"
    assert [one["done"] for one in json.loads(record.read_text())["actions"][1]["history"]] == [True, False]
    assert "| open again since 2026-11-25: it fell over |" in record.with_suffix(".md").read_text()
    assert "opened again 2026-11-25: it fell over" in run("actions").out
    assert run("check").code == DONE


def test_what_is_done_already_stays_as_it_was_and_is_not_written(run, record):
    run("actions", "done", "1")
    before = record.read_bytes()
    again = run("actions", "done", "1", "--note", "once more")
    assert (again.code, again.out) == (DONE, "")
    assert "done already, and left as it was: 1" in again.err
    assert record.read_bytes() == before
    both = run("actions", "done", "1", "3")
    assert both.out == "action 3 is done: Tell everybody\n"
    assert state(record) == [True, False, True, False]


def test_programs_get_the_same_as_json(run, record):
    found = json.loads(run("actions", "--format", "json").out)
    assert {key: found[key] for key in ("open", "overdue", "total", "unreadable")} == {
        "open": 4,
        "overdue": 1,
        "total": 4,
        "unreadable": [],
    }
    first = found["actions"][0]
    assert (first["worklog"], first["number"], first["days_left"], first["overdue"]) == (record.stem, 2, -1, True)
    changed = json.loads(run("actions", "done", "4", "2", "--format", "json").out)
    assert (changed["changed"], changed["open"], [one["number"] for one in changed["actions"]]) == ([2, 4], 2, [2, 4])
    assert [one["number"] for one in json.loads(run("actions", "--state", "all", "--format", "json").out)["actions"]] == [2, 4, 1, 3]


def test_the_actions_of_all_worklogs_are_listed_together_and_a_broken_one_is_named(run, record, tmp_path):
    other = opened(run, tmp_path, "Blue", [{"text": "Rotate the key", "due": "2026-11-01", "kind": "repair"}])
    done = run("actions", "--all")
    heads = [line for line in done.out.splitlines() if line[:3].strip()]
    assert heads[0] == "  1. Rotate the key"
    assert f"     in {other.stem}" in done.out.splitlines()
    assert "5 of 5 actions open, 2 overdue" in done.err
    record.write_text("{")
    done = run("actions", "--all", "--format", "json")
    assert done.code == FINDING
    assert json.loads(done.out)["unreadable"] == [record.stem]
    assert f"{record.relative_to(tmp_path)}:1:2: not a JSON document" in done.err


def test_without_actions_it_is_said_where_they_come_from(run, tmp_path):
    opened(run, tmp_path, actions=())
    assert "there are no actions; `rca whys` ends in them" in run("actions").err
    assert "has no action 1, it has 0 actions" in run("actions", "done", "1").err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["close", "1"], "there is nothing to do that is called 'close'"),
        (["done"], "done needs the number of an action"),
        (["done", "one"], "'one' is no number of an action"),
        (["done", "-1"], "-1"),
        (["done", "9" * 30], "is no number of an action"),
        (["done", "5"], "has no action 5, it has 4 actions"),
        (["done", "1", "5"], "has no action 5"),
        (["list", "1"], "list takes no '1'"),
        (["--note", "x"], "--note and --evidence belong to done and reopen"),
        (["done", "1", "--all"], "done is about the actions of one worklog"),
        (["reopen", "1", "--state", "done"], "reopen is about the actions of one worklog"),
        (["done", "1", "--evidence", "nonsense"], "'nonsense' is no reference"),
        (["done", "1", "--evidence", "c9"], "--evidence c9: was not found"),
        (["done", "1", *(["--evidence", "#1"] * 21)], "these are 21 references; 20 are the most"),
        (["done", "1", "--note", "x" * 2_001], "the note has 2,001 characters; 2,000 are the most"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(run, record, argv, words):
    before = record.read_bytes()
    done = run("actions", *argv)
    assert (done.code, done.out) == (FAILED, "")
    assert words in done.err
    assert record.read_bytes() == before


def test_evidence_that_nobody_can_look_up_is_kept_and_that_is_said(run, record):
    done = run("actions", "done", "1", "--evidence", "#99", "--evidence", "https://example.org/run")
    assert done.code == DONE
    assert "rca: note: #99 was not looked up" in done.err
    assert [one["state"] for one in json.loads(record.read_text())["actions"][0]["history"][0]["evidence"]] == ["not looked up"] * 2


def test_a_face_that_was_edited_is_not_written_over(run, record):
    face = record.with_suffix(".md")
    face.write_text(face.read_text().replace("Tell everybody", "Tell nobody"))
    done = run("actions", "done", "3")
    assert done.code == FAILED
    assert "was edited by hand" in done.err
    assert state(record) == [False] * 4
    assert run("actions", "done", "3", "--force").code == DONE
    assert state(record)[2]
    assert "Tell nobody" in face.with_name(face.name + ".bak").read_text()


def test_hostile_words_are_shown_as_they_are(run, tmp_path):
    path = opened(run, tmp_path, actions=[{"text": "a | b\n\x1b[31m <b> @all", "owner": "x\ny", "kind": "repair"}])
    run("actions", "done", "1", "--note", "c | d\n# e \x1b[0m @team <script>", "--author", "f\ng")
    out = run("actions", "--state", "all").out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 3
    lines = path.with_suffix(".md").read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("| 1 |"))
    assert "<script>" not in lines[at]
    assert len(re.findall(r"(?<!\\)\|", lines[at])) == lines[at - 1].count("|")
    assert run("check").code == DONE


def test_two_that_close_at_once_both_count(rca, tmp_path, inside, monkeypatch):
    import subprocess  # noqa: TID251 -- two commands at once

    monkeypatch.setenv("SOURCE_DATE_EPOCH", DAY)
    path = opened(inside, tmp_path)
    environment = {**os.environ, **rca.environment}
    both = [
        subprocess.Popen(
            [*rca.argv, "actions", "done", number], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for number in ("1", "2")
    ]
    assert [one.wait(60) for one in both] == [0, 0]
    assert state(path) == [True, True, False, False]
