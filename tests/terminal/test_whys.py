"""A session at the terminal: the loop over questions with scripted texts, and the rich prompt with a pipe for a keyboard."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from rca.errors import RecordError
from rca.terminal import whys
from rca.terminal.columns import cells
from rca.terminal.screen import text_of
from rca.terminal.whys import Dialog, choose
from rca.terminal.whys_answers import play as play_file
from rca.terminal.whys_answers import read_answers
from rca.terminal.whys_json import next_document, respond
from rca.terminal.whys_prompt import RichReader
from rca.terminal.whys_session import Listed, inputs_of, listed, opened
from rca.terminal.whys_text import field_lines, findings, head, help_lines, label_of, opening, progress, tree
from rca.whys import Beside, Field, Finding, Finish, Material, Skip, Undo, question, replay, tree_lines, written
from rca.whys.commands import HELP
from tests.terminal.whys_case import ANSWERS, AT, LEFT_OPEN, Answering, Script, material, play, session, worklog

TOKEN = "ghp_" + "a1B2" * 9


def run(found, *texts, **options):
    reader = Script(*texts)
    dialog = Dialog(found, reader, **options)
    return dialog.run(), reader


# -- the whole way -------------------------------------------------------------------------------------------------------


def test_a_whole_session_in_plain_lines_is_written(tmp_path, capsys):
    with session(tmp_path, author="service team") as found:
        assert Dialog(found, Answering()).run()
        after = written(found.state)
    shown = capsys.readouterr().out
    assert [why.id for why in after.investigations[0].whys] == ["1", "1.1", "1.1.1", "2", "3"]
    assert after.investigations[0].finished_at == AT
    assert after.investigations[0].author == "service team"
    assert len(after.actions) == 3
    for step in ("Step 1 of 9: problem", "Step 3 of 9: whys, why 1.1", "Step 4 of 9: read back", "Step 9 of 9: review"):
        assert step in shown
    assert "warning, rule 6: " in shown


def by_file(_folder):
    import json

    told = {key: values for key, values in ANSWERS.items() if key not in LEFT_OPEN}
    result = play_file(material(), read_answers(json.dumps(told).encode(), "answers"), AT, author="service team", strict=True)
    assert not result.errors, result.told
    return written(result.state)


def by_program(folder):
    with session(folder, author="service team") as found:
        reply = {"next": next_document(found)["next"], "done": False}
        while not reply["done"]:
            ask = reply["next"]
            about = {"revision": ask["revision"], "question": ask["id"]}
            what = {"values": {} if ask["kind"] == "review" else ANSWERS.get(ask["id"])}
            if ask["id"] in LEFT_OPEN:
                about, what = {"revision": ask["revision"]}, {"command": ":skip"}
            reply, accepted = respond(found, {**about, **what}, lambda _: None)
            assert accepted, reply
        return written(found.state)


def by_hand(folder):
    with session(folder, author="service team") as found:
        Dialog(found, Answering()).run()
        return written(found.state)


def test_all_drivers_write_the_same_record_from_the_same_answers(tmp_path):
    records = [driver(tmp_path / driver.__name__).model_dump_json() for driver in (by_file, by_program, by_hand)]
    assert records[0] == records[1]
    assert by_hand(tmp_path / "again").investigations[0] == by_file(tmp_path).investigations[0]


_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from([f":{name}" for name, _, _ in HELP if name != "quit"] + [":evidence 1", ":goto 1", ":goto 1.1"]),
            st.sampled_from(["", "1", "yes", "why", "because the gateway refuses jwt-auth", "c1"]),
            _TEXT,
        ),
        max_size=25,
    )
)
def test_no_sequence_of_texts_raises_or_loses_what_was_accepted(tmp_path_factory, capsys, texts):
    folder = tmp_path_factory.mktemp("any")
    with session(folder) as found:
        run(found, *texts)
        events, drafts = found.state.events, {key: {k: v for k, v in values.items() if v} for key, values in found.drafts.items()}
    with session(folder) as found:
        assert found.state.events == events
        assert {key: list(values) for key, values in found.drafts.items()} == {
            key: list(values) for key, values in drafts.items() if values
        }
    capsys.readouterr()


# -- what is not asked for twice -------------------------------------------------------------------------------------------


def two_clusters():
    first = worklog().clusters[0]
    other = first.model_copy(
        update={"id": "c2", "message": "users-db is gone", "title": "users-db is gone", "cases": first.cases[:1], "fingerprint": "f2"}
    )
    return Material(worklog().model_copy(update={"clusters": (first, other)}))


def test_the_sentence_of_the_problem_follows_the_cluster_that_is_typed(tmp_path, capsys):
    from rca.archive.journal import Sessions
    from rca.whys import read_event, write_event

    with opened(Sessions(tmp_path, read_event, write_event), f"{worklog().id}.1", two_clusters(), lambda: AT) as found:
        reader = Script("2", ":back", "c1", ":back", "c2", "", ":quit")
        seen = []
        read = reader.read
        reader.read = lambda label, spot: seen.append((spot.field.name, spot.value)) or read(label, spot)
        Dialog(found, reader).run()
        assert found.state.draft.investigation.problem.startswith("1 of 27 cases fails")
    problems = [value.partition(":")[2][:20] for name, value in seen if name == "problem"]
    assert problems == [" “users-db is gone”,", " “unsupported subpro", " “users-db is gone”,"]
    shown = capsys.readouterr().out.splitlines()
    assert "c2: 1 case, users-db is gone" in shown


@pytest.mark.parametrize("upto", ["action:4", "lesson:2", "fix"])
def test_an_optional_question_is_skipped_with_one_enter(tmp_path, capsys, upto):
    with session(tmp_path) as found:
        play(found, upto)
        _, reader = run(found, "", ":quit")
        assert [asked for asked in reader.asked if asked[0] == upto] == [(upto, question_first(upto))]
    capsys.readouterr()


def question_first(upto):
    return "summary" if upto == "fix" else "text"


def test_a_condition_is_asked_for_only_when_the_answer_needs_one(tmp_path, capsys):
    for typed, expected in (("n", ["verdict"]), ("no", ["verdict"]), ("x", ["verdict", "verdict"]), ("3", ["verdict", "condition"])):
        with session(tmp_path / expected[-1] / typed) as found:
            play(found, "edge:1.1.1")
            _, reader = run(found, typed)
        assert [name for key, name in reader.asked if key == "edge:1.1.1"] == expected
    capsys.readouterr()


def test_a_review_that_is_not_finished_is_shown_once_and_keeps_no_text(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:3")
        while found.question.kind != "review":
            found.do(Skip())
        capsys.readouterr()
        _, reader = run(found, "finish", "", ":quit")
        assert reader.asked == [("review", "go")] * 3
    shown = capsys.readouterr().out
    assert "error: not finished: " in shown
    assert shown.count("rule 7 at leg:systemic") == 3
    assert "`:override RULE REASON` sets a rule aside" in " ".join(shown.split())


def test_a_label_says_what_a_rule_wants(tmp_path):
    with session(tmp_path) as found:
        play(found, "why:1")
        labels = {one.name: label_of(found.question, one) for one in found.question.fields}
        assert labels["evidence"] == "Evidence: "
        assert labels["confidence"] == "Confidence (may stay empty): "
        play(found, "action:4")
        labels = {one.name: label_of(found.question, one) for one in found.question.fields}
        assert labels["text"] == "Action (empty: skip this): "
        assert labels["owner"] == "Owner: "
        assert labels["issue"] == "Issue (may stay empty): "


def test_plain_lines_say_how_a_text_ends(tmp_path, capsys):
    with session(tmp_path) as found:
        run(found, "c1")
        shown = capsys.readouterr().out
    assert shown.count("An empty line ends the text.") == 1


def test_what_a_command_did_is_said(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1.1")
        run(found, ":undo", ":override 9 none", ":evidence", ":quit")
    shown = capsys.readouterr().out
    assert "taken back: the answer to why 1; `:redo` takes it again" in shown
    assert "error: rule 9 finds nothing at why:1" in " ".join(shown.split()).replace("error, rule 0", "error")
    assert "error: :evidence needs REF, as `:evidence #412`" in shown


def test_a_program_is_told_what_its_command_did(tmp_path):
    with session(tmp_path) as found:
        play(found, "why:1.1")
        reply, accepted = respond(found, {"revision": found.revision, "command": ":undo"}, lambda _: None)
        assert accepted
        assert reply["shown"] == ["taken back: the answer to why 1; `:redo` takes it again"]


# -- moving about ----------------------------------------------------------------------------------------------------------


def test_back_goes_a_field_back_and_then_a_question(tmp_path, capsys):
    with session(tmp_path) as found:
        _, reader = run(found, "", "", "", ":back", "", "", "", ":back", ":quit")
    assert reader.asked == [
        ("problem", "clusters"), ("problem", "problem"),
        ("facts", "timeline"), ("facts", "impact"), ("facts", "timeline"), ("facts", "impact"), ("facts", "severity"),
        ("why:1", "answer"), ("facts", "timeline"),
    ]  # fmt: skip
    capsys.readouterr()


def test_branch_tree_undo_and_redo(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1.1")
        run(found, ":branch 1", ":tree", ":undo", ":redo", ":goto 2", ":quit")
        assert [entry.id for entry in found.state.draft.pending] == ["1.1", "2"]
        for _ in range(20):
            found.do(Undo())
        assert replay(material(), found.state.events).draft.investigation is None
    shown = capsys.readouterr().out
    assert "(open)" in shown


@pytest.mark.parametrize(
    "command", [":goto problem", ":back", ":evidence #412", ":branch", ":undo", ":skip", ":unknown", ":override 4 no log"]
)
def test_whoever_goes_elsewhere_finds_what_was_typed(tmp_path, capsys, command):
    with session(tmp_path) as found:
        play(found, "why:1.1")
        run(found, "The client offers jwt-auth", "c1", command)
    with session(tmp_path) as found:
        run(found, ":redo" if command == ":undo" else ":goto 1.1", "", "", ":quit")
        assert found.drafts["why:1.1"] == {"answer": "The client offers jwt-auth", "evidence": "c1"}
    capsys.readouterr()


def test_what_a_rule_objects_to_is_asked_again_with_its_text(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1")
        _, reader = run(found, "Somebody forgot it", "", "", ":why", "The gateway refuses jwt-auth.", "c1", ":quit")
        shown = capsys.readouterr().out
    assert "error, rule 4: " in shown
    assert "next: " in shown
    assert ("why:1", "evidence") in reader.asked[3:]
    assert found.drafts == {}
    assert found.state.draft.investigation.whys[0].answer == "The gateway refuses jwt-auth."


def test_what_means_nothing_beside_a_choice_is_not_asked_for(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1")
        _, reader = run(found, "The gateway refuses jwt-auth.", "c1", "", "nothing", "1", "Nobody knows", "c1", "", "3", "design", ":quit")
        asked = [name for key, name in reader.asked if key.startswith("next")]
        assert asked == ["next", "next", "next", "level"]
    with session(tmp_path / "edges") as found:
        play(found, "edge:1.1.1")
        _, reader = run(found, "y", "needs", "the client is a browser", ":quit")
        assert [name for key, name in reader.asked if key.startswith("edge")] == ["verdict", "verdict", "condition"]
    with session(tmp_path / "wrong") as found:
        play(found, "edge:1.1.1")
        found.type("edge:1.1.1", "condition", "typed before")
        _, reader = run(found, "yes", ":quit")
        # What was typed and means nothing now is shown, and not dropped.
        assert [name for key, name in reader.asked if key.startswith("edge")] == ["verdict", "condition"]
    capsys.readouterr()


def test_a_refused_text_stays(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "action:1")
        _, reader = run(found, "Move the list", "service team", "soon", "", "", "", "", "2027-01-15", ":quit")
        assert found.state.draft.actions[0].text == "Move the list"
    assert reader.asked.count(("action:1", "text")) == 1
    assert reader.asked.count(("action:1", "due")) == 2
    assert "no date" in capsys.readouterr().out


def test_commands_that_are_none_are_told_and_nothing_is_lost(tmp_path, capsys):
    with session(tmp_path) as found:
        run(found, ":nonsense", ":evidence", ":help", ":save", " :not a command", ":quit")
        assert found.drafts["problem"]["clusters"] == " :not a command"
    shown = capsys.readouterr().out
    assert "there is no :nonsense" in shown
    assert ":evidence needs REF" in shown
    assert ":override RULE REASON: " in shown
    assert "jsonl" in shown


# -- leaving -----------------------------------------------------------------------------------------------------------


def test_the_first_interrupt_keeps_what_was_typed_and_the_second_leaves(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1")
        found.type("why:1", "answer", "half a wo")
        with pytest.raises(KeyboardInterrupt):
            run(found, KeyboardInterrupt, KeyboardInterrupt)
    with session(tmp_path) as found:
        assert found.drafts == {"why:1": {"answer": "half a wo"}}
        _, _reader = run(found, KeyboardInterrupt, "", KeyboardInterrupt, ":quit")
        assert found.drafts["why:1"]["answer"] == "half a wo"
    assert capsys.readouterr().out.count("Ctrl-C again leaves") == 3


def test_a_full_disk_is_told_and_the_answer_can_be_given_again(tmp_path, capsys, monkeypatch):
    with session(tmp_path) as found:
        real, calls = found.journal.append, []

        def append(*args, **kwargs):
            calls.append(args)
            if len(calls) == 1:
                raise RecordError("the journal cannot be written: No space left on device", "make room")
            return real(*args, **kwargs)

        monkeypatch.setattr(found.journal, "append", append)
        run(found, "", "7 of 27 cases fail", "", "", ":quit")
        assert found.revision == 1
        assert found.state.draft.investigation.problem == "7 of 27 cases fail"
    assert "No space left on device" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("texts", "expected"), [(("",), "a.1"), (("9", "x", "2"), None), (("1",), "a.1"), ((":quit",), EOFError), ((EOFError,), EOFError)]
)
def test_unfinished_work_is_offered(capsys, texts, expected):
    reader, drafts = Script(*texts), [Listed("a.1", "draft", 3, "", "7 of 27")]
    if expected is EOFError:
        with pytest.raises(EOFError):
            choose(drafts, reader)
    else:
        assert choose(drafts, reader) == expected
    assert "go on with a.1, 3 events: 7 of 27" in capsys.readouterr().out


# -- resuming ----------------------------------------------------------------------------------------------------------------


def test_after_every_answer_the_session_can_be_taken_up_again(tmp_path):
    ids = []
    for _ in range(60):
        with session(tmp_path) as found:
            assert found.state.events == replay(material(), found.state.events).events
            ask = found.question
            if ask is None:
                break
            ids.append(ask.id)
            play(found, upto="") if ask.kind == "review" else _one(found, ask)
    assert ids == list(dict.fromkeys(ids))
    with session(tmp_path / "whole") as other:
        play(other)
        assert written(other.state) == written(found.state)


def _one(found, ask):
    from rca.whys import Answer, Skip

    assert not found.do(Skip() if ask.id in LEFT_OPEN else Answer(ANSWERS[ask.id], ask.id)).errors


def test_changed_inputs_are_told_on_resuming_and_only_once(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "facts")
    known = worklog()
    run_now = known.runs[0].model_copy(update={"id": "run-new"})
    cluster = known.clusters[0].model_copy(update={"cases": known.clusters[0].cases[:3]})
    later = Material(known.model_copy(update={"runs": (*known.runs, run_now), "clusters": (cluster,)}))
    sessions = found.sessions
    with opened(sessions, found.id, later, lambda: AT) as found:
        assert found.notes == ["new since then: run-new", "changed since then: c1"]
        run(found, ":quit")
        assert sessions.load(found.id).inputs == inputs_of(known)
        _one(found, found.question)
    assert sessions.load(found.id).inputs == inputs_of(later.worklog)
    with opened(sessions, found.id, later, lambda: AT) as found:
        assert found.notes == []
    assert "changed since then: c1" in capsys.readouterr().out


@pytest.mark.parametrize("state", ["changed", "missing"])
def test_answers_that_rest_on_changed_evidence_are_marked_stale(tmp_path, capsys, state):
    def resolve(evidence):
        return [one.model_copy(update={"state": "found", "sha256": "1" * 64, "excerpt": "as seen"}) for one in evidence]

    def differs(evidence):
        return [one.model_copy(update={"state": state, "reason": "It is not so."}) for one in evidence]

    with session(tmp_path) as found:
        sessions, sid = found.sessions, found.id

    def opened_with(resolver):
        return opened(sessions, sid, Material(worklog(), Beside(resolve=resolver)), lambda: AT)

    with opened_with(resolve) as found:
        play(found, "why:1.1")
        assert found.state.draft.investigation.whys[0].status == "supported"
    with opened_with(differs) as found:
        before = found.revision
        assert found.look_again() == [
            f"why 1 is stale: c1 {'has changed since it was attached' if state == 'changed' else 'is gone'}: It is not so."
        ]
        assert (found.asked_at, found.revision) == (before, before + 1)
        why = found.state.draft.investigation.whys[0]
        assert (why.evidence[0].state, why.evidence[0].sha256, why.status) == (state, "1" * 64, "hypothesis")
        run(found, ":tree", ":undo", ":redo", ":quit")
        assert "[hypothesis; stale;" in capsys.readouterr().out
    with opened_with(differs) as found:
        assert found.look_again() == []
    with opened_with(resolve) as found:
        assert found.look_again() == ["why 1: c1 is there again, as it was attached"]
        assert found.state.draft.investigation.whys[0].status == "supported"
        assert found.state == replay(found.state.material, found.sessions.load(sid).events)


def test_a_record_that_could_not_be_written_is_written_when_the_request_comes_again(tmp_path):
    def fails(_session):
        raise RecordError("the face was edited by hand")

    with session(tmp_path) as found:
        play(found, "review")
        last = {"revision": found.revision, "values": {"go": "finish"}}
        with pytest.raises(RecordError):
            respond(found, last, fails)
    with session(tmp_path) as found:
        calls = []
        reply, accepted = respond(found, last, lambda one: (calls.append(one.id), one.mark_written()))
        assert (accepted, reply["repeated"], reply["done"], len(calls)) == (True, True, True, 1)
        assert respond(found, last, fails)[0]["repeated"] is True
        shown = [
            respond(found, {"revision": found.revision, "command": f":{name}"}, fails)[0]["shown"]
            for name in ("tree", "help", "save", "why")
        ]
        assert [bool(lines) for lines in shown] == [True, True, False, False]


def test_sessions_are_listed_with_their_standing(tmp_path):
    with session(tmp_path) as found:
        play(found, "facts")
        assert [one.state for one in listed(found.sessions, worklog().id)] == ["draft"]
        play(found)
        assert [one.state for one in listed(found.sessions, worklog().id)] == ["unwritten"]
        found.mark_written()
        assert [one.state for one in listed(found.sessions, worklog().id)] == ["finished"]
        found.do(Undo())
        assert [one.state for one in listed(found.sessions, worklog().id)] == ["draft"]
        found.do(Finish())
    found.journal.path.write_bytes(b'{"journal": 99}\n')
    assert [one.state for one in listed(found.sessions, worklog().id)] == ["unreadable"]


# -- hostile texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m \x07 bell \x00", "\x1b]0;title\x07x", "# Title\n- [ ] @team #1 <img src=x onerror=alert(1)>", "a\u202eb\u200b",
        "{{ config }} {% for x in y %}", "../../etc/passwd", "日本語 🎉 👩‍👩‍👧", f"it held {TOKEN} all along",
    ],
)  # fmt: skip
def test_hostile_texts_are_shown_safely_and_stored_without_secrets(tmp_path, capsys, text):
    with session(tmp_path) as found:
        play(found, "why:1")
        run(found, f"The gateway refuses jwt-auth: {text}", "c1", "high", ":tree", ":quit")
        stored = found.journal.path.read_text("utf-8")
    shown = capsys.readouterr().out
    assert TOKEN not in stored + shown
    assert not any(ord(char) < 32 and char != "\n" for char in shown)
    assert "\u202e" not in shown + stored
    assert found.state.draft.investigation.whys[0].answer.startswith("The gateway refuses jwt-auth: ")


def test_a_megabyte_is_refused_with_the_reason_and_kept_as_a_draft(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1")
        before = found.journal.path.stat().st_size
        run(found, "word " * 200_000, "c1", "high", ":quit")
        assert found.journal.path.stat().st_size == before
        assert len(found.drafts["why:1"]["answer"]) == 1_000_000
    shown = capsys.readouterr().out
    assert "Answer has 1,000,000 characters; 2,000 are the most" in " ".join(shown.split())
    assert len(shown) < 20_000


# -- widths ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_line_is_wider_than_the_screen(tmp_path, width):
    with session(tmp_path) as found:
        play(found, "why:1")
        _one(found, found.question)
        asks = [question(replay(material(), found.state.events[:count])) for count in range(len(found.state.events) + 1)]
        wide = Finding(4, "error", "why:1", "answer", "日本語 " * 40 + "🎉" * 30, "x" * 200)
        lines = [
            *opening(worklog(), width), *(line for ask in asks for line in head(ask, width)), *help_lines(width, rich=True),
            *help_lines(width, rich=False), *tree(tree_lines(found.state), width), *findings([wide], width, numbered=True),
            *(line for ask in asks for one in ask.fields for line in field_lines(one, width, plain=True, value="值 " * 90)),
        ]  # fmt: skip
    assert max(cells(line) for line in text_of(lines).split("\n")) <= width


def test_every_question_has_its_step():
    state = replay(material(), ())
    ask = question(state)
    assert progress(ask) == "Step 1 of 9: problem"


def test_ascii_only_shows_nothing_else(tmp_path, capsys):
    with session(tmp_path) as found:
        play(found, "why:1.1")
        run(found, ":tree", ":why", ":quit", ascii_only=True)
    assert capsys.readouterr().out.isascii()


def test_a_terminal_that_knows_no_unicode_is_spared(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    whys.show([[("a → b … 日本 ├─", "")]])
    assert stream.buffer.getvalue() == b"a -> b ... ?? +-\n"


# -- plain lines -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "lines", "expected"),
    [
        ("line", ["typed"], "typed"), ("line", [""], "stood"), ("line", ["-"], ""), ("line", ["   "], "stood"),
        ("text", ["one", "two", ""], "one\ntwo"), ("text", [""], "stood"), ("text", [":tree"], ":tree"), ("lines", ["a", ""], "a"),
    ],
)  # fmt: skip
def test_plain_lines(monkeypatch, kind, lines, expected):
    given = list(lines)
    monkeypatch.setattr("builtins.input", lambda *_: given.pop(0))
    ask = question(replay(material(), ()))
    spot = whys.Spot(ask, Field("answer", "Answer", kind), "stood", lambda _: None)
    assert whys.PlainReader().read("Answer: ", spot) == expected
    assert given == []


# -- the rich prompt ---------------------------------------------------------------------------------------------------------


@contextmanager
def keyboard():
    with create_pipe_input() as pipe:
        yield pipe, RichReader(material(), input=pipe, output=DummyOutput())


def spot_of(value="", kind="text", name="answer", typed=lambda _: None):
    state = replay(material(), ())
    return whys.Spot(question(state), Field(name, "Answer", kind), value, typed)


@pytest.mark.parametrize(
    ("keys", "value", "expected"),
    [
        ("typed\r", "", "typed"),
        ("\r", "stands there", "stands there"),
        (" more\r", "stands", "stands more"),
        ("one\x1b\rtwo\r", "", "one\ntwo"),
        ("\x1b[200~pasted\nlines\r\nof three\x1b[201~\r", "", "pasted\nlines\nof three"),
        ("日本語 🎉\x7f\x7f\r", "", "日本語"),
        ("\x15new\r", "old", "new"),
        (":tr\t\r", "", ":tree"),
        (":ev\t1\r", "", ":evidence 1"),
        (":skip\r", "stands there", ":skip"),
        (" more\x1b:tree\r", "stands there", ":tree"),
        ("x: y\r", "", "x: y"),
    ],
)
def test_keys(keys, value, expected):
    with keyboard() as (pipe, reader):
        pipe.send_text(keys)
        assert reader.read("Answer: ", spot_of(value)) == expected


@pytest.mark.parametrize(
    ("keys", "command", "kept"),
    [
        ("typed\x1b:tr\t\r", ":tree", "typed"),
        ("typed\x1b:\x7f\r more\r", "typed more", "typed more"),
        ("typed\x1b:\x7fanew\r", "anew", "anew"),
        ("typed\x1b:ev\t\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\r\r", "typed", "typed"),
    ],
)
def test_a_command_in_the_middle_of_a_text_leaves_the_text_alone(keys, command, kept):
    typed = []
    with keyboard() as (pipe, reader):
        pipe.send_text(keys)
        assert reader.read("Answer: ", spot_of(typed=typed.append)) == command
    assert typed[-1] == kept


def test_references_are_completed(tmp_path):
    with session(tmp_path) as found:
        play(found, "why:1")
        ask = found.question
    spot = whys.Spot(ask, ask.fields[1], "", lambda _: None)
    with keyboard() as (pipe, reader):
        pipe.send_text("c1 case:pytest::tests.e2e.test_ag\t\r")
        assert reader.read("Evidence: ", spot).startswith("c1 case:pytest::tests.e2e.test_agent_pipeline::test_")
        reader.spot = spot
        assert list(reader.completions(":g")) == [(":goto ", ":g", "go to a question: 2.1, facts, root_cause, review")]
        assert "c1" in [text for text, _, _ in reader.completions(":evidence c")]
        assert len(list(reader.completions("the pipel"))) > 0
        assert list(reader.completions("")) != []
        assert list(reader.completions("zzz")) == []
        reader.spot = spot_of()
        assert list(reader.completions("word ")) == []


def test_each_change_is_told_and_a_command_is_none(tmp_path):
    typed = []
    with keyboard() as (pipe, reader):
        pipe.send_text("ab\x03")
        with pytest.raises(KeyboardInterrupt):
            reader.read("Answer: ", spot_of(typed=typed.append))
        assert typed[-1] == "ab"
        pipe.send_text(":quit\r")
        assert reader.read("Answer: ", spot_of(typed=typed.append)) == ":quit"
        assert typed[-1] == "ab" or ":" not in typed[-1]
        pipe.send_text("\x04")
        with pytest.raises(EOFError):
            reader.read("Answer: ", spot_of())


@pytest.mark.parametrize("keys", [":edit-in-editor\r", "\x18\x05"])
def test_a_text_is_written_in_an_editor(tmp_path, monkeypatch, keys):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "%s\\nand a second line" "$(cat "$1")" > "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    with keyboard() as (pipe, reader):
        pipe.send_text(keys)
        assert reader.read("Answer: ", spot_of("first")) == "first\nand a second line"


def test_a_whole_session_at_the_rich_prompt(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    knows = Answering()
    with session(tmp_path, author="service team") as found, keyboard() as (pipe, reader):

        class Typed:
            plain = False

            def read(self, label, spot):
                text = knows.read(label, spot)
                if text == spot.value:
                    pipe.send_text("\r")
                    return reader.read(label, spot)
                pipe.send_text(f"\x1b[200~{text}\x1b[201~\r")
                return reader.read(label, replace(spot, value=""))

        assert Dialog(found, Typed()).run()
        assert written(found.state).investigations[0].finished_at == AT
    assert "\x1b" not in capsys.readouterr().out


def test_an_action_for_a_lesson_waits_in_a_file_until_the_lesson_is_told():
    import json

    told = {key: values for key, values in ANSWERS.items() if key not in LEFT_OPEN}
    told["lesson:2"] = {"text": "A user told of it a day before.", "kind": "went badly"}
    told["action:4"] = {**ANSWERS["action:1"], "text": "Run the suite after each deployment", "cause": "lesson 2"}
    result = play_file(material(), read_answers(json.dumps(told).encode(), "answers"), AT, strict=True)
    assert not result.errors, result.told
    assert [action.cause for action in written(result.state).actions] == ["1.1.1", "2", "3", "lesson 2"]
