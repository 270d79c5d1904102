"""`rca triage` as it is used: in a shell, from scripts, and by a person at a terminal who may be cut off at any moment."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from pathlib import Path

import pexpect
import pytest

from rca.terminal.columns import cells
from tests.cli.test_cli_terminal import SEQUENCE, screen
from tests.conftest import Rca, report_text

# The prompt as the terminal gets it: plain, or followed by the sequences after which a line can be typed.
PROMPT = re.compile(r"triage>(?: |[^\n]*?\x1b\[\?25h)")
FIRST = {"a one": "disk full", "a two": "disk full", "b three": "no route", "b four": "no route", "b five": "no route", "c six": "bad key"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose worklog holds three clusters: c1 of three cases, c2 of two, c3 of one."""
    made = Rca(tmp_path_factory.mktemp("red"))
    (made.folder / "r.xml").write_text(report_text(*(f"{name}!{message}" for name, message in FIRST.items()), "d ok"))
    made("new", "Red")
    made("ingest", "r.xml")
    return made.folder


@pytest.fixture
def red(rca, project):
    """`rca` in a copy of that project."""
    shutil.copytree(project, rca.folder, dirs_exist_ok=True)
    return rca


@pytest.fixture
def red_inside(red, inside):
    """The same in this process."""
    return inside


def listed(rca):
    return json.loads(rca("triage", "--format", "json").out)


def by_id(rca):
    return {cluster["id"]: cluster for cluster in listed(rca)["clusters"]}


# -- in a shell ------------------------------------------------------------------------------------------------------


def test_text_in_a_pipe_is_readable_and_whole(red_inside):
    done = red_inside("triage")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Red\n6 cases fail, in 3 clusters of equal errors.\nNothing can be called new or old: ")
    assert re.findall(r"(?m)^(c\d)   (\d cases?), \w+, score", done.out) == [("c1", "3 cases"), ("c2", "2 cases"), ("c3", "1 case")]
    assert all(cells(line) <= 80 for line in done.out.splitlines())
    assert "…" not in done.out
    assert red_inside("triage", "list").out == done.out
    assert red_inside("triage", "show", "c2").out.startswith("c2: disk full\n")
    assert red_inside("triage", "2").out == red_inside("triage", "open", "c2").out == red_inside("triage", "show", "2").out
    assert red_inside("triage", "cases", "2").out == "\nCases (2)\n    suite::a::one\n    suite::a::two\n"
    assert red_inside("triage", "decisions").out == "Nothing was decided yet.\n"


def test_json_holds_everything(red_inside):
    red_inside("triage", "note", "c2", "a note", "--author", "Ann")
    found = listed(red_inside)
    assert list(found) == ["worklog", "title", "status", "revision", "run", "history", "clusters", "upstreams", "decisions"]
    first, second, _ = found["clusters"]
    assert (first["id"], first["rank"], second["rank"]) == ("c1", 1, 2)
    assert first["score"] == sum(part["points"] for part in first["score_parts"])
    assert {"fingerprint", "classification", "past", "matches", "suspects", "upstreams", "decisions", "cases"} <= set(first)
    assert (second["decisions"], found["decisions"][0]["author"]) == (["d1"], "Ann")
    assert [cluster["id"] for cluster in json.loads(red_inside("triage", "show", "3", "--format", "json").out)["clusters"]] == ["c3"]
    assert red_inside("triage", "--format", "json").raw == red_inside("triage", "list", "--format", "json").raw


@pytest.mark.parametrize(
    ("args", "said", "check"),
    [
        (["note", "c2", "two", "words"], "d1: c2, note: two words", lambda c: c["c2"]["notes"] == ["two words"]),
        (
            ["accept", "c2", "#712"],
            "d1: c2 is #712 (c2 is called known now, and was unknown)",
            lambda c: c["c2"]["classification"] == "known",
        ),
        (["mute", "2", "no owner"], "d1: c2 is muted: no owner", lambda c: c["c2"]["muted"]),
        (["flaky", "c1"], "d1: c1 is flaky (c1 is called flaky now, and was unknown)", lambda c: c["c1"]["rank"] == 3),
        (["split", "c1", "--cases", "*five"], "d1: 1 test of c1 became c4 (c1 has 2 cases now; c4 has 1 case)", lambda c: len(c) == 4),
        (
            ["split", "c1", "*five", "--cases", "*four"],
            "d1: 2 tests of c1 became c4 (c1 has 1 case now; c4 has 2 cases)",
            lambda c: len(c) == 4,
        ),
        (["merge", "c3", "c1"], "d1: c1 became a part of c3 (c3 has 4 cases now)", lambda c: set(c) == {"c2", "c3"}),
        (["rule", "c1", 'message LIKE "%route%"'], 'd1: c1 has the rule message LIKE "%route%"', lambda c: c["c1"]["rule"]),
    ],
)
def test_decisions_from_a_script(red_inside, args, said, check):
    before = listed(red_inside)
    done = red_inside("triage", *args)
    assert (done.code, done.out, done.err) == (0, said + "\n", "")
    assert check(by_id(red_inside))
    assert red_inside("check").code == 0
    undone = red_inside("triage", "undo")
    assert undone.out.startswith(f"taken back, {said.partition(' (')[0]}")
    assert listed(red_inside)["clusters"] == [
        {**cluster, "decisions": after["decisions"]}
        for cluster, after in zip(before["clusters"], listed(red_inside)["clusters"], strict=True)
    ]
    assert red_inside("triage", "redo").out.startswith("taken again, d1")
    assert check(by_id(red_inside))


def test_a_decision_as_json(red_inside):
    done = json.loads(red_inside("triage", "mute", "c1", "--format", "json").out)
    assert (done["changed"], done["decision"]["kind"], done["said"], done["revision"]) == (True, "mute", "d1: c1 is muted", 3)
    again = json.loads(red_inside("triage", "mute", "c1", "--format", "json").out)
    assert (again["changed"], again["decision"], again["revision"]) == (False, None, 3)
    back = json.loads(red_inside("triage", "undo", "--format", "json").out)
    assert (back["decision"]["undone"], back["revision"]) == (True, 4)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["note", "c9", "x"], ["no cluster 'c9'", "known are c1, c2, c3"]),
        (["nte", "c1", "x"], ["there is no action 'nte'", "did you mean note?"]),
        (["show"], ["show needs a cluster", "rca triage show CLUSTER"]),
        (["note", "c1"], ["the note is empty"]),
        (["reject", "c1", "#5"], ["c1 has no match '#5'"]),
        (["note", "c1", "x", "--cases", "*"], ["--cases belongs to split"]),
        (["split", "c1", "--cases", "*none*"], ["none of the cases of c1 fits *none*"]),
        (["undo"], ["there is no decision to undo"]),
        (["undo", "c1"], ["undo takes nothing more"]),
        (["rule", "c1", "message"], ["rule, character 8", "write it like message LIKE"]),
        (["--worklog", "other"], ["there is no worklog 'other'"]),
    ],
)
def test_what_cannot_be_done_has_code_2_and_a_next_step(red_inside, args, words):
    before = {path: path.read_bytes() for path in (Path() / "worklogs").rglob("*") if path.is_file()}
    done = red_inside("triage", *args)
    assert (done.code, done.out) == (2, "")
    assert [word for word in words if word not in done.err] == []
    assert {path: path.read_bytes() for path in (Path() / "worklogs").rglob("*") if path.is_file()} == before


def test_without_a_failure_or_a_run(rca, write_report):
    rca("new", "Green")
    assert "No run was added yet." in rca("triage").out
    rca("ingest", write_report("r.xml", "a one"))
    assert rca("triage").out == "Green\nNothing fails.\n"
    assert listed(rca)["clusters"] == []
    assert "nothing failed in this worklog" in rca("triage", "show", "1").err


def test_the_next_run_meets_the_decisions(red_inside, write_report):
    for args in (
        ["mute", "c2", "known disk"],
        ["note", "c1", "the old router"],
        ["split", "c1", "--cases", "*five"],
        ["merge", "c1", "c3"],
    ):
        assert red_inside("triage", *args).code == 0
    write_report(
        "2.xml", "a one!disk full", "b three!no route", "b five!no route", "c six!bad key", "e new!out of cheese", at="2026-01-03T03:04:05Z"
    )
    red_inside("ingest", "2.xml", "--whole")
    found = by_id(red_inside)
    assert {cid: [case.rpartition("::")[2] for case in cluster["cases"]] for cid, cluster in found.items()} == {
        "c1": ["three", "six"],
        "c2": ["one"],
        "c4": ["five"],
        "c5": ["new"],
    }
    assert (found["c2"]["muted"], found["c1"]["notes"]) == (True, ["the old router"])
    assert red_inside("check").code == 0
    for _ in range(4):
        red_inside("triage", "undo")
    assert sorted(by_id(red_inside)) == ["c1", "c2", "c3", "c5"]


def test_a_face_that_was_edited_is_not_written_over(red_inside):
    face = next((Path() / "worklogs").rglob("*-red.md"))
    face.write_text(face.read_text() + "\nmine\n")
    refused = red_inside("triage", "note", "c1", "x")
    assert (refused.code, listed(red_inside)["decisions"]) == (2, [])
    assert "was edited by hand" in refused.err
    assert red_inside("triage", "note", "c1", "x", "--force").code == 0
    assert "mine" in face.with_name(face.name + ".bak").read_text()


def test_what_a_report_prints_can_do_nothing_to_a_terminal(rca, write_report):
    write_report("r.xml", "a one!&#x1b;nothing", "b two!\u202eevil]0;x\u0007")
    (rca.folder / "s.xml").write_text(
        '<testsuites><testsuite name="s"><testcase classname="a" name="t\u202e"><failure message="m">x \u202e \u0085 y</failure></testcase></testsuite></testsuites>'
    )
    rca("new", "Odd \u202e one")
    rca("ingest", "s.xml")
    shown = rca("triage").out + rca("triage", "show", "1").out
    assert "<U+202E>" in shown
    assert "\u202e" not in shown


# -- at a terminal -----------------------------------------------------------------------------------------------------


def open_walk(rca, *args, columns=80, rows=24, **env):
    environment = {**rca.environment, "TERM": "xterm-256color", **env}
    child = pexpect.spawn(
        rca.argv[0],
        [*rca.argv[1:], "triage", *args],
        cwd=str(rca.folder),
        env=environment,
        dimensions=(rows, columns),
        encoding="utf-8",
        timeout=10,
    )
    child.expect(PROMPT)
    return child


def say(child, line, expected=PROMPT):
    """Type a line, and return what is shown until the next prompt."""
    child.send(line + "\r")
    child.expect_exact("\r\n")
    child.expect(expected)
    return SEQUENCE.sub("", child.before).replace("\r", "")


def leave(child, line="quit\r"):
    child.send(line)
    child.expect(pexpect.EOF)
    child.close()
    assert "Traceback" not in (child.before or "")
    return child.exitstatus


WAYS = pytest.mark.parametrize("env", [{}, {"TERM": "dumb"}, {"ACCESSIBLE": "1"}], ids=["prompt", "dumb", "accessible"])


@WAYS
def test_a_walk(red, env):
    child = open_walk(red, **env)
    assert "6 cases fail, in 3 clusters" in SEQUENCE.sub("", child.before)
    assert "c1: no route" in say(child, "")
    assert "c2: disk full" in say(child, "c2")
    assert "d1: c2, note: an old disk" in say(child, "note 2 an old disk")
    assert listed(red)["decisions"][0]["text"] == "an old disk"
    assert "taken back, d1" in say(child, "undo")
    assert "c2" in say(child, "merge 1 2")
    assert "did you mean note" in say(child, "nte 1")
    assert leave(child) == 0
    assert {cluster["id"] for cluster in listed(red)["clusters"]} == {"c1", "c3"}


@WAYS
def test_ctrl_c_clears_the_line_and_twice_leaves(red, env):
    child = open_walk(red, **env)
    say(child, "mute 1")
    child.send("note 1 half a li")
    time.sleep(0.3)
    child.sendintr()
    child.expect_exact("Ctrl-C again leaves")
    child.expect(PROMPT)
    assert "d2: c2 is muted" in say(child, "mute 2"), "the half line is gone, and Ctrl-C begins to count anew"
    child.sendintr()
    child.expect_exact("Ctrl-C again leaves")
    child.expect(PROMPT)
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert [decision["kind"] for decision in listed(red)["decisions"]] == ["mute", "mute"]


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_ctrl_d_leaves(red, term):
    child = open_walk(red, TERM=term)
    assert leave(child, "\x04") == 0


def test_nothing_that_was_said_is_lost_when_the_process_is_killed(red):
    for number in range(2):
        child = open_walk(red)
        say(child, f"note 1 number {number}")
        child.send("note 1 half a li")
        child.kill(signal.SIGKILL)
        child.close()
    assert by_id(red)["c1"]["notes"] == [f"number {number}" for number in range(2)]


@pytest.mark.parametrize("after", [0.01, 0.04, 0.08])
def test_killed_in_the_middle_of_a_decision_the_record_is_whole(red, after):
    child = open_walk(red)
    say(child, "note 1 first")
    child.send("merge 1 2\r")
    time.sleep(after)
    child.kill(signal.SIGKILL)
    child.close()
    kinds = [decision["kind"] for decision in listed(red)["decisions"]]
    assert kinds in (["note"], ["note", "merge"])
    assert red("triage", "note", "c1", "second").code == 0
    assert red("check").code == 0


def test_another_process_decides_meanwhile(red):
    child = open_walk(red)
    say(child, "note 1 mine")
    red("triage", "note", "c2", "theirs")
    assert "Somebody else changed the worklog" in say(child, "note 1 more").replace("\n", " ")
    red("triage", "mute", "c3")
    assert "somebody else decided meanwhile, d4: c3 is muted" in say(child, "undo")
    assert "theirs" in say(child, "2")
    assert leave(child) == 0
    assert [decision["text"] for decision in listed(red)["decisions"]] == ["mine", "theirs", "more", ""]


def test_keys(red):
    child = open_walk(red)
    child.send("mut\t2\r")
    child.expect_exact("d1: c2 is muted")
    child.expect(PROMPT)
    child.send("\x1b[B\x1b[B\r")  # down, down: the second of the list
    child.expect_exact("c3: bad key")
    child.expect(PROMPT)
    child.send("note 3 again")
    time.sleep(0.1)
    child.send("\x1b[A\x1b[A\r")  # up in a line that says something: the history
    child.expect_exact("that is so already")
    child.expect(PROMPT)
    assert leave(child) == 0


@pytest.mark.parametrize("columns", [40, 160])
def test_no_line_is_wider_than_the_screen(rca, write_report, columns):
    write_report("r.xml", f"a one!{'結帳 not paid ' * 20}", f"b {'x' * 120}!no route")
    rca("new", "結帳 " * 30)
    rca("ingest", "r.xml")
    child = open_walk(rca, columns=columns, ACCESSIBLE="1")
    shown = [child.before, *(say(child, line) for line in ("1", "2", "list", "help", "note 1 " + "long " * 50, "decisions"))]
    lines = [line for text in shown for line in SEQUENCE.sub("", text).replace("\r", "").split("\n") if not line.startswith("note 1 ")]
    assert max(cells(line) for line in lines) <= columns
    child.setwinsize(24, 30)
    assert max(cells(line) for line in say(child, "list").split("\n")) <= 30
    assert leave(child) == 0


def test_colour_is_a_choice_and_words_say_it_all(red):
    for env, colour in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        shown = "\n".join(screen(red, "rca triage list", **env))
        assert bool(re.search(r"\x1b\[[0-9;]*m", shown)) is colour
        assert "3 cases, unknown" in shown
    assert "\x1b" not in "\n".join(screen(red, "rca triage list --plain"))
    assert "\x1b" not in SEQUENCE.sub("", open_walk(red, "--plain").before)


def test_a_terminal_without_unicode(rca, write_report):
    write_report("r.xml", "a one!Käse ☕")
    rca("new", "Käse")
    rca("ingest", "r.xml")
    child = open_walk(rca, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", TERM="dumb")
    assert "K?se" in child.before
    assert leave(child) == 0


def test_a_pipe_at_either_end_is_no_terminal(red):
    assert "\n".join(screen(red, "rca triage | cat")) + "\n" == red("triage").out
    assert "triage>" not in "\n".join(screen(red, "rca triage < /dev/null"))
