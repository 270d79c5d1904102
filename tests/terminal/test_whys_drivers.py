"""The same answers through each driver give the same record: a file, a program, plain lines, the rich prompt."""

from __future__ import annotations

import json
from dataclasses import replace
from unittest import mock

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from rca.terminal.whys import Dialog, PlainReader
from rca.terminal.whys_answers import play, read_answers
from rca.terminal.whys_json import next_document, respond
from rca.terminal.whys_prompt import RichReader
from rca.whys import Answer, Finish, SetAside, Skip, Unknown, question, replay, step, written
from tests.terminal.whys_case import AT, COMMIT, Script, material, session

AUTHOR = "service team"
REASON = "seen, and kept as it is"
MOST = 60

# -- what somebody says ------------------------------------------------------------------------------------------------------

_SAID = "jwt-auth gateway the unsupported subprotocol 7 27 and forgot should have RFC Move Add ensure c1 #412 no yes"
_ODD = "`code` <b> @team | **x** “quoted” 日本語 🎉 👩\u200d👩\u200d👧 e\u0301 \u202e {{x}} %s \\n"
_WORDS = st.one_of(
    st.sampled_from([*_SAID.split(), *_ODD.split()]),
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters=":-"), min_size=1, max_size=12),
)
_LINES = st.lists(_WORDS, min_size=1, max_size=8).map(" ".join).filter(lambda line: any(char.isalnum() for char in line))
_TEXTS = st.lists(_LINES, min_size=1, max_size=3).map("\n".join)
_REFS = st.lists(
    st.sampled_from(
        ["c1", "#412", COMMIT[:12], "1", "2", "app.log:7", "src/a.py:3@1be27508bc4b", "metric x at 2026-11-22T04:40Z", "deadbeef1"]
    ),
    max_size=3,
    unique=True,
).map("\n".join)
_OF_KIND = {"text": _TEXTS, "line": _LINES, "refs": _REFS, "date": st.sampled_from(["", "2027-01-15"])}
# What is not made up: it would have to be of a form of its own, and is taken as it is offered.
_AS_OFFERED = {"clusters", "timeline", "whys", "turns_green", "stays_red", "mapping", "commits", "locations", "cause"}
_LATER = {"status", "next", "level"}


def say(data, ask, whys, *, again):
    """An answer to a question; None leaves an optional one open, a text says that a why is unknown."""
    if ask.optional and (again or ask.id.endswith(":4") or data.draw(st.booleans(), "left open")):
        return None
    if ask.kind == "why" and data.draw(st.integers(0, 7), "unknown") == 0:
        return data.draw(_LINES)
    values = {}
    for field in ask.fields:
        if field.name in _AS_OFFERED or (ask.kind == "why" and field.name in _LATER):
            continue
        if field.required or data.draw(st.booleans(), field.name):
            values[field.name] = data.draw(st.sampled_from(field.choices) if field.choices else _OF_KIND[field.kind])
    if ask.kind == "edge":
        # Other answers open questions anew, and a file says everything once.
        values = {"verdict": "yes"}
    if ask.kind == "next" and (whys > 8 or again):
        values["next"] = data.draw(st.sampled_from(["within control", "data exhausted"]))
    if ask.kind == "next" and values["next"] != "within control":
        # At a terminal it is not asked for.
        values.pop("level", "")
    return values


def tell(data):
    """A whole story: what is said to each question each time, and the rules that have to be set aside for it."""
    state, told, aside = replay(material(), ()), {}, {}
    for _ in range(MOST * 3):
        ask = question(state)
        if ask is None:
            return told, aside, written(state)
        if ask.kind == "review":
            command = Finish()
        else:
            for attempt in range(20):
                whys = sum(key.startswith("why") for key in told)
                said = {} if attempt and not ask.fields[0].required else say(data, ask, whys, again=ask.id in told)
                command = Skip() if said is None else Unknown(said) if isinstance(said, str) else Answer(said, ask.id)
                outcome = step(state, command, AT, AUTHOR)
                if outcome.accepted:
                    break
            assert outcome.accepted, (ask.id, outcome.errors)
            told.setdefault(ask.id, []).append(said)
        outcome = step(state, command, AT, AUTHOR)
        state = outcome.state
        for finding in outcome.errors:
            aside[f"{finding.rule}@{finding.where}"] = REASON
            state = step(state, SetAside(str(finding.rule), REASON, finding.where), AT, AUTHOR).state
    raise AssertionError("the story has no end")


# -- the drivers -------------------------------------------------------------------------------------------------------------


def by_file(told, aside, _folder):
    last = {key: said[-1] for key, said in told.items()}
    entries = {
        key: {"skip": "yes"} if said is None else {"unknown": said} if isinstance(said, str) else dict(said) for key, said in last.items()
    }
    for key, said in told.items():
        if len(said) > 1 and said[0] is not None:
            # A file answers each question once: that something else was needed is said with the why.
            assert [said[0]["next"], len(said)] == ["also", 2]
            entries[f"why:{key.partition(':')[2]}"]["next"] = "also"
    result = play(material(), read_answers(json.dumps({**entries, "overrides": aside}).encode(), "answers"), AT, author=AUTHOR, strict=True)
    assert not result.errors, result.told
    return result.state


def by_program(told, _aside, folder):
    with session(folder, author=AUTHOR) as found:
        reply = {**next_document(found), "errors": []}
        while not reply["done"]:
            asides = [f":override {error['rule']}@{error['where']} {REASON}" for error in reply["errors"]]
            for what in [{"command": line} for line in asides] or [said_to(told, reply["next"])]:
                reply, accepted = respond(found, {"revision": reply["revision"], **what}, lambda _: None)
                assert accepted or all(error["rule"] for error in reply["errors"]), reply
        return found.state


def said_to(told, ask):
    """What a program sends to a question."""
    if ask["kind"] == "review":
        return {"values": {}}
    said = told[ask["id"]].pop(0)
    return {"command": ":skip"} if said is None else {"command": f":unknown {said}"} if isinstance(said, str) else {"values": said}


class Told(Script):
    """Somebody who knows the story, and sets aside whatever rule objects to it."""

    def __init__(self, told, found):
        super().__init__()
        self.told, self.objections = told, []
        done = found.do

        def do(command, request=None):
            asked = found.question.id
            outcome = done(command, request)
            assert outcome.accepted or all(finding.rule for finding in outcome.errors), outcome.errors
            if not isinstance(command, SetAside):
                del told.get(asked, [0])[0]
                self.objections += [f":override {finding.rule}@{finding.where} {REASON}" for finding in outcome.errors]
            return outcome

        found.do = do

    def read(self, label, spot):
        if self.objections:
            return self.objections.pop(0)
        if spot.question.kind == "review":
            return "finish"
        said = self.told[spot.question.id][0]
        if not isinstance(said, dict):
            return ":skip" if said is None else f":unknown {said}"
        return said.get(spot.field.name, spot.value)


def by_dialog(told, folder, reader_of):
    with session(folder, author=AUTHOR) as found:
        assert Dialog(found, reader_of(Told(told, found))).run()
        return found.state


class Lines:
    """Types into plain lines: what is typed comes from `input`."""

    plain = True

    def __init__(self, knows):
        self.knows, self.reader = knows, PlainReader()

    def read(self, label, spot):
        text = self.knows.read(label, spot)
        if spot.field.kind == "refs":
            text = text.replace("\n", "; ")
        lines = [""] if text == spot.value else [*text.split("\n"), *([""] if spot.field.kind in {"text", "lines"} else [])]
        if text.startswith(":"):
            lines = [text]
        with mock.patch("builtins.input", side_effect=lambda *_: lines.pop(0)):
            found = self.reader.read(label, spot)
        assert lines == []
        return found


class Keys:
    """Types at the rich prompt: what is typed comes from a pipe."""

    plain = False

    def __init__(self, knows, pipe):
        self.knows, self.pipe = knows, pipe
        self.reader = RichReader(material(), input=pipe, output=DummyOutput())

    def read(self, label, spot):
        text = self.knows.read(label, spot)
        command = text.startswith(":")
        if text == spot.value:
            self.pipe.send_text("\r")
            return self.reader.read(label, spot)
        self.pipe.send_text(f"\x1b:{text[1:]}\r" if command else f"\x1b[200~{text}\x1b[201~\r")
        return self.reader.read(label, spot if command else replace(spot, value=""))


def by_lines(told, _aside, folder):
    return by_dialog(told, folder, Lines)


def by_keys(told, _aside, folder):
    with create_pipe_input() as pipe:
        return by_dialog(told, folder, lambda knows: Keys(knows, pipe))


def dumped(record):
    """A record so that a difference is told in one line."""
    return record.model_dump_json(indent=1).split("\n")


# To shrink a whole story takes minutes, and its last question says where it went wrong anyway.
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate))
@given(st.data())
def test_two_drivers_given_the_same_answers_write_the_same_record(tmp_path_factory, capsys, data):
    told, aside, expected = tell(data)
    folder = tmp_path_factory.mktemp("drivers")
    for driver in (by_file, by_program, by_lines, by_keys):
        state = driver({key: list(said) for key, said in told.items()}, aside, folder / driver.__name__)
        assert dumped(written(state)) == dumped(expected), driver.__name__
        assert written(replay(material(), state.events)) == expected
    capsys.readouterr()
