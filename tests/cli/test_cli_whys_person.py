"""`rca whys` and a person: real keys on a pseudo-terminal, real screens, and everything that may end a session in the middle."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys

import pytest

from rca.terminal.columns import cells
from tests.cli.person import END, ENTER, INTERRUPT, Person
from tests.conftest import Rca
from tests.terminal.whys_case import ANSWERS, LEFT_OPEN

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal of a POSIX system")

STYLE = re.compile(r"\x1b\[[1-9][0-9;]*m")
KILL_LINE = "\x15"


@pytest.fixture
def look(shop, inside, monkeypatch):
    """What `rca … --format json` prints in the project, run in this process: to look at it between two commands costs nothing."""
    monkeypatch.chdir(shop.folder)
    return lambda *args: json.loads(inside(*args, "--format", "json").out)


def investigation(shop):
    return json.loads(shop("show", "--format", "json").out)["investigations"][0]


def draft_of(shop):
    (path,) = (shop.folder / ".rca" / "sessions").glob("*.draft")
    return json.loads(path.read_text("utf-8"))


def at_the_problem(shop, *args, **options):
    """Somebody who has the sentence of the problem in front of the cursor."""
    return Person(shop, "whys", *args, **options).sees("Clusters").types(ENTER).sees("Problem:")


# -- a whole session, killed again and again ---------------------------------------------------------------------------------


def values_of(key):
    kind, _, number = key.partition(":")
    return ANSWERS[f"why:{number}" if kind == "next" else key]


def answer(person, key, fields):
    """Answer a question as the case is told; what stands there already is taken."""
    if key in LEFT_OPEN:
        person.types(f":skip{ENTER}")
        return
    if key == "review":
        person.types(f"finish{ENTER}")
        return
    for label, name, kept in fields:
        if (name == "condition") or (name == "level" and values_of(key)["next"] != "within control"):
            continue
        person.sees(label)
        text = values_of(key).get(name, "")
        if text and text != kept:
            person.types(KILL_LINE).pastes(text)
        person.types(ENTER)


def asked(look):
    """The fields of the question that is open, as the terminal asks for them; and its id."""
    ask = look("whys", "next")["next"]
    later = {"status", "next", "level"} if ask["kind"] == "why" else set()
    fields = [(part["title"], name, ask["values"][name]) for name, part in ask["schema"]["properties"].items() if name not in later]
    return ask["id"], fields


@pytest.mark.slow
def test_kill_9_after_every_answer_of_a_session_loses_none(shop, look, demo, tmp_path):
    """Each answer is given to a process of its own, which is killed as soon as the next question is there."""
    done, killed = [], 0
    for _ in range(60):
        key, fields = asked(look)
        before = look("whys", "state")
        assert [before["question"], before["notes"]] == [key, []]
        which = ["--session", "1"] if before["revision"] else []
        with Person(shop, "whys", "--author", "service team", *which, rows=60, measured=key == "review") as person:
            person.sees("Step ")
            assert before["revision"] == 0 or f"at answer {before['revision']:,}" in person.shown
            person.sees(fields[0][0])
            answer(person, key, fields)
            done.append(key)
            if key == "review":
                person.ends()
                break
            person.sees("Step ")
            person.kill()
            killed += 1
        after = look("whys", "state")
        assert after["revision"] > before["revision"]
        assert not any(after["drafts"].values())
    assert killed == len(done) - 1 >= 25
    assert done == list(dict.fromkeys(done))
    assert {*ANSWERS, *LEFT_OPEN, "review"} <= set(done)
    # The same answers without any crash.
    other = Rca(tmp_path / "other", shop.env)
    shutil.copytree(demo, other.folder)
    told = {key: values for key, values in ANSWERS.items() if key not in LEFT_OPEN}
    assert other("whys", "--answers", "-", "--author", "service team", stdin=json.dumps(told).encode()).code == 0
    assert investigation(shop) == investigation(other)
    assert shop("check").code == 0


# -- leaving in the middle of a word -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [(), ("--plain",)])
def test_ctrl_c_in_a_word_keeps_it_and_twice_leaves(shop, args):
    with at_the_problem(shop, *args, columns=200) as person:
        person.types("half a wo").sees("half a wo").types(INTERRUPT).sees("Ctrl-C again leaves").sees("half a wo")
        person.types(INTERRUPT).ends(130)
    with at_the_problem(shop, *args, columns=200) as person:
        person.sees("half a wo")


def test_after_one_ctrl_c_the_text_goes_on(shop, look):
    with at_the_problem(shop, columns=200) as person:
        person.types(" on Mon").sees(" on Mon").types(INTERRUPT).sees("Ctrl-C again leaves").sees(" on Mon")
        person.types("day").sees(" on Monday").types(ENTER).sees("Timeline").types(INTERRUPT).sees("Ctrl-C again leaves")
        person.sees("Timeline").types(f":quit{ENTER}").ends()
    assert look("whys", "state")["investigation"]["problem"].endswith(" on Monday")


@pytest.mark.parametrize(
    ("end", "code"),
    [(lambda person: person.kill(), -9), (lambda person: os.kill(person.child.pid, 15), -15), (lambda person: person.types(END), 0)],
)
def test_what_is_being_typed_outlives_any_end(shop, end, code):
    with at_the_problem(shop, columns=200) as person:
        person.types(KILL_LINE).types("日本 half 🎉 a wo").sees("half")
        end(person) if code else person.types(f"{KILL_LINE}日本 half 🎉 a wo").sees("a wo").types("\x1b:quit\r")
        person.ends(code)
    assert draft_of(shop)["problem"]["problem"] == "日本 half 🎉 a wo"
    with at_the_problem(shop, columns=200) as person:
        person.sees("日本 half 🎉 a wo")


def test_a_lost_connection_loses_nothing(shop):
    with at_the_problem(shop) as person:
        person.types(f"{KILL_LINE}half a wo").sees("half a wo")
        person.child.close(force=False)
    assert draft_of(shop)["problem"]["problem"] == "half a wo"


def test_plain_lines_that_were_entered_outlive_a_kill(shop):
    with at_the_problem(shop, "--plain") as person:
        for text, kept in (("the first line", "the first line"), ("the second", "the first line\nthe second")):
            person.types(f"{text}{ENTER}").waits(lambda kept=kept: draft_of(shop)["problem"].get("problem") == kept)
        person.kill()
    with at_the_problem(shop, "--plain") as person:
        person.sees("stands there: the first line / the second")


# -- windows -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [(), ("--plain",)])
def test_a_window_is_resized_while_somebody_types(shop, look, args):
    """What stands in the line stays whole, and what comes after it fits the new window."""
    with at_the_problem(shop, *args, columns=160) as person:
        for columns, word in ((40, " narrow"), (160, " wide"), (60, " still")):
            person.resizes(columns)
            if not args:
                person.types(word).waits(lambda word=word: draft_of(shop)["problem"].get("problem", "").endswith(word))
        start = person.types(ENTER).sees("Severity", "Timeline").screen.row
        person.types(ENTER).sees("Impact")
        lines = [line for line in person.screen.text(start) if not line.startswith((">", "."))]
        assert max(map(cells, lines)) <= 60
        person.types(f":quit{ENTER}").ends()
    problem = look("whys", "state")["investigation"]["problem"]
    assert problem.startswith("7 of 27 cases fail")
    assert args or problem.endswith(" narrow wide still")


@pytest.mark.parametrize("columns", [20, 40, 80, 160])
def test_a_session_fits_its_window(shop, columns):
    with at_the_problem(shop, columns=columns, rows=24, measured=True) as person:
        person.types(ENTER).sees("Timeline").types(ENTER).sees("Impact").types(ENTER).sees("Severity").types(ENTER).sees("Answer")
        person.types(f":help{ENTER}").sees("Ctrl-D").types(f":tree{ENTER}").sees("7 of 27").types(f":quit{ENTER}").ends()
    # No line was so long that the terminal had to break it.
    assert max(map(cells, person.screen.text())) <= columns


# -- what is typed -----------------------------------------------------------------------------------------------------------

WIDE = "結帳サービスが 🎉 を拒否する; l'état déjà noté, naïve Größe"


@pytest.mark.parametrize(("args", "columns"), [((), 40), ((), 120), (("--plain",), 120)])
def test_wide_characters_are_typed_shown_and_kept(shop, look, args, columns):
    with at_the_problem(shop, *args, columns=columns) as person:
        person.types(ENTER).sees("Timeline").types(ENTER).sees("Impact")
        if not args:
            person.types("誤🎉").sees("誤🎉").types("\x7f\x7f")
        person.types(WIDE).sees(WIDE[-5:])
        assert args or WIDE[:8] in person.new
        person.types(f"{ENTER}{ENTER}" if args else ENTER).sees("Severity").types(f":goto facts{ENTER}").sees("Timeline").types(ENTER)
        person.sees("Impact").sees(WIDE[:8]).types(f":quit{ENTER}").ends()
        assert columns == 120 or max(map(cells, person.screen.text())) <= columns
    found = look("whys", "state")
    assert WIDE in {found["investigation"]["impact"], *(texts.get("impact") for texts in found["drafts"].values())}


PASTED = "the first line\n:quit\n\n  - indented: {yes}\n日本 🎉\tand a tabulator"


def test_what_is_pasted_stays_one_text_and_is_never_obeyed(shop, look):
    with at_the_problem(shop) as person:
        person.types(ENTER).sees("Timeline").types(ENTER).sees("Impact").pastes(PASTED.replace("\n", "\r\n")).sees("and a tabulator")
        assert "Severity" not in person.new
        person.types(ENTER).sees("Severity").types(ENTER).sees("Answer").types(f":quit{ENTER}").ends()
    assert look("whys", "state")["investigation"]["impact"] == PASTED


def test_keys_that_a_terminal_sends_in_pieces_are_no_text(shop):
    """Escape sequences, half of one, bytes that are no UTF-8: nothing of it is taken for an answer or ends the session."""
    with at_the_problem(shop) as person:
        for keys in ("\x1b[A\x1b[B", "\x1b[1;5C", "\x1b[?1;2c", "\x1bOP", "\x00", "\x1b[200~", "pasted\x1b[201~"):
            person.types(keys)
        os.write(person.child.child_fd, b"\xff\xfe\xc3")
        person.types(" the end").sees("the end").types(ENTER).sees("Step 2 of 9", "error").types(f":quit{ENTER}").ends()


def test_references_commands_and_choices_are_completed(shop):
    with at_the_problem(shop, columns=120) as person:
        person.types(ENTER).sees("Timeline").types(":tr\t").sees(":tree").types(ENTER).sees("7 of 27 cases fail on").types(ENTER).sees(
            "Impact"
        ).types(ENTER).sees("Severity")
        person.types(ENTER).sees("Answer:").types(f"The service answers jwt-auth.{ENTER}").sees("Evidence")
        person.types("case:pytest::tests.e2e.test_auth\t").sees("test_authentication::test_websocket_security")
        person.types(f" c1{ENTER}").sees("Confidence").types("hi\t").sees("high").types(ENTER).sees("And then")
        person.types(f":quit{ENTER}").ends()


def test_what_was_typed_before_comes_back(shop):
    with at_the_problem(shop) as person:
        person.types(ENTER).sees("Timeline").types(ENTER).sees("Impact").types(f"Nobody sees events.{ENTER}").sees("Severity")
        person.types("\x1b[A").sees("Nobody sees events.").types(f"{KILL_LINE}high{ENTER}").sees("Answer:")
        person.types("\x12Nob").sees("Nobody sees events.").types(f"{ENTER}").types("\x1b:quit\r").ends()


# -- an editor ---------------------------------------------------------------------------------------------------------------


def editor(shop, body):
    path = shop.folder / "my editor.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"'{path}'"


def test_an_answer_is_written_in_an_editor(shop, look):
    wanted = editor(shop, 'grep -q "7 of 27" "$1" && printf "7 of 27 cases fail on staging\\n\\nin two lines, see c1\\n" > "$1"')
    with at_the_problem(shop, VISUAL=wanted, EDITOR="false") as person:
        person.types(f":edit-in-editor{ENTER}").sees("Step 2 of 9", "error")
        person.types(f":quit{ENTER}").ends()
    assert look("whys", "state")["investigation"]["problem"] == "7 of 27 cases fail on staging\n\nin two lines, see c1"


@pytest.mark.parametrize("broken", ["false", "kill -9 $$"])
def test_an_editor_that_fails_leaves_the_text_as_it_was(shop, look, broken):
    with at_the_problem(shop, EDITOR=editor(shop, broken)) as person:
        person.types(" as typed\x18\x05")
        person.sees("Step 2 of 9", "as typed")
        person.types(f"\x1b:quit{ENTER}").ends()
    found = look("whys", "state")
    texts = [found["drafts"].get("problem", {}).get("problem", ""), (found["investigation"] or {}).get("problem", "")]
    assert any(text.startswith("7 of 27") and text.endswith("as typed") for text in texts)


# -- colours, pipes, other people ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "env", "coloured"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        (("--plain",), {}, False),
        ((), {"TERM": "dumb"}, False),
        ((), {"ACCESSIBLE": "1"}, False),
    ],
)
def test_colours_are_a_choice(shop, args, env, coloured):
    with at_the_problem(shop, *args, **env) as person:
        person.types(f"{'' if args or env.keys() - {'NO_COLOR'} else KILL_LINE}Something{ENTER}{ENTER}").sees("error, rule 1").types(
            f":quit{ENTER}"
        ).ends()
    assert bool(STYLE.search(person.raw)) is coloured
    assert ("\x1b" in person.raw) is (not args and env.keys() <= {"NO_COLOR"})


@pytest.mark.parametrize("args", [("--ascii",), ("--ascii", "--plain")])
def test_ascii_only(shop, args):
    with at_the_problem(shop, *args, measured=True) as person:
        person.types(ENTER).sees("Timeline").types(f":quit{ENTER}").ends()
    assert person.shown.isascii()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("rca whys | cat; exit ${PIPESTATUS[0]}", "there is no terminal to ask at"),
        ("rca whys < /dev/null", "there is no terminal to ask at"),
        ("yes | rca whys --plain", "there is no terminal to ask at"),
        ("rca whys > out.txt", "there is no terminal to ask at"),
        ("rca whys <&-", "there is no terminal to ask at"),
        ("echo nonsense | rca whys --answers -", "holds no answers"),
    ],
)
def test_with_a_pipe_on_either_side_nothing_is_asked(shop, command, words):
    with Person(shop, command=command, columns=200) as person:
        assert words in person.ends(2)
    assert not (shop.folder / ".rca" / "sessions").exists()


def test_errors_may_go_elsewhere(shop):
    with Person(shop, command="rca whys 2> said.txt") as person:
        person.sees("Clusters").types(ENTER).sees("Problem:").types(ENTER).sees("Timeline").types(f":quit{ENTER}").ends()
    assert "kept as" in (shop.folder / "said.txt").read_text()


def test_two_people_cannot_hold_one_session(shop, look):
    with at_the_problem(shop) as first:
        first.types(ENTER).sees("Step 2 of 9")
        with Person(shop, "whys", "--session", "1", columns=200) as second:
            said = second.ends(2)
        assert f"process {first.child.pid} on " in said
        assert "(`rca whys`, since " in said
        assert "holds the session 2026-11-22-all-tests-on-staging.1" in said
        assert "wait for it to end, or end it; then try again. Nothing was written" in said
        first.kill()
    with Person(shop, "whys", "--session", "1", measured=True) as second:
        second.sees("Going on with").sees("Step 2 of 9").types(f":quit{ENTER}").ends()
    assert look("whys", "state")["revision"] == 1


def test_a_program_waits_until_the_person_leaves(shop):
    with at_the_problem(shop) as first:
        first.types(ENTER).sees("Step 2 of 9")
        request = json.dumps({"revision": 1, "values": {"severity": "high"}})
        with Person(shop, command=f"rca whys answer --format json - <<< '{request}'") as program:
            first.types(f":quit{ENTER}").ends()
            assert '"accepted": true' in program.ends()
