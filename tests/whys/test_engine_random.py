"""Whatever is given in whatever order: nothing raises, nothing that was answered is lost, and events tell all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rca.whys import (
    Answer,
    Attach,
    Back,
    Branch,
    Confirm,
    Detach,
    Edit,
    Finish,
    Goto,
    Material,
    Redo,
    SetAside,
    Skip,
    Undo,
    Unknown,
    done,
    parse_command,
    question,
    read_event,
    replay,
    review,
    schema,
    step,
    tree_lines,
    write_event,
    written,
)
from rca.whys.commands import View
from rca.whys.events import Moved
from tests.whys import world

# A session in which everything is right, for sequences that begin late in it.
STORY = (
    Answer({}),
    Answer({"impact": "no live events", "severity": "high"}),
    Answer({"answer": "the gateway answers with the subprotocol jwt-auth that nobody offered", "evidence": "c1", "next": "why"}),
    Answer(
        {"answer": "the gateway picks the first configured subprotocol", "evidence": "src/gateway/handshake.py:41@3fa9c1d", "next": "why"}
    ),
    Answer({"answer": "picking has no contract", "evidence": "3fa9c1d", "next": "within control", "level": "design"}),
    Answer({"answer": "the contract test offers what is configured", "evidence": "c1", "next": "within control", "level": "process"}),
    Answer({"answer": "reviews of protocols have no list of demands", "evidence": "#412", "next": "within control", "level": "process"}),
    *[Answer({"verdict": "yes"})] * 5,
    Answer({"statement": "the gateway answers with a configured subprotocol that nobody offered", "category": "code"}),
    Answer({"failure_text": "unsupported subprotocol: jwt-auth"}),
    Answer({}),
    Answer({"summary": "Offer only what was asked", "commits": "3fa9c1d", "locations": "src/gateway/handshake.py:41@3fa9c1d"}),
    *[
        Answer({"text": text, "owner": "dana", "due": "2026-12-01", "done_when": "the suite is green"})
        for text in ("Pick only offered subprotocols", "Add a contract test", "Write the list of demands")
    ],
    Skip(),
    Answer({"text": "the list of suspects was right", "kind": "went well"}),
    Skip(),
    Finish(),
)

MATERIAL = Material(world.worklog(), world.BESIDE)
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "the gateway answers with jwt-auth",
            "no subprotocols supported",
            "unsupported subprotocol: jwt-auth",
            "\x1b[31m\x00",
            "x" * 3000,
            "c1",
            "1",
            "2",
            "yes",
            "no",
            "needs condition",
            "2026-12-01",
            "c1: 1.1\nrest: unexplained",
            "within control",
            "design",
            "#412 app.log:3",
            "ghp_" + "a" * 36,
            "�",
            "finish",
        ]
    ),
)
names = st.sampled_from(
    [
        "1",
        "1.1",
        "2",
        "why:1",
        "9.9",
        "",
        "facts",
        "problem",
        "root_cause",
        "prediction",
        "clusters",
        "fix",
        "actions",
        "lesson:1",
        "review",
        "leg:detection",
        "action:9",
    ]
)
refs = st.one_of(texts, st.sampled_from(["1", "5", "c1", "#412", "src/a.py:3@3fa9c1d", "case:s::events::test_flow", "https://x.example/"]))


class Sessions(RuleBasedStateMachine):
    @initialize(answered=st.integers(0, len(STORY)))
    def begin(self, answered):
        self.state = replay(MATERIAL, ())
        self.at = world.AT
        self.said: list[str] = []
        for command in STORY[:answered]:
            assert not self.give(command).errors
        assert done(self.state) is (answered == len(STORY))

    def give(self, command, kind="human"):
        self.at += dt.timedelta(seconds=1)
        before = self.state
        outcome = step(self.state, command, self.at, "dana", kind)
        self.state = outcome.state
        assert self.state.events[: len(before.events)] == before.events
        assert self.state.events[len(before.events) :] == outcome.events
        if not outcome.accepted:
            assert self.state is before
            assert outcome.errors
        return outcome

    @rule(values=st.dictionaries(st.sampled_from(["", "answer", "evidence", "next", "level", "nosuch"]), texts, max_size=3))
    def answer_anything(self, values):
        outcome = self.give(Answer(values))
        if not outcome.accepted and outcome.question:
            held = outcome.question.prefilled
            first = outcome.question.fields[0].name
            assert all(
                text in held.get(name or first, "")
                for name, text in values.items()
                if (name or first) in {f.name for f in outcome.question.fields}
            )

    @rule(data=st.data(), kind=st.sampled_from(["human", "agent"]))
    def answer_what_is_asked(self, data, kind):
        asked = question(self.state)
        if asked is None:
            return
        schema(asked)
        values = {}
        for field in asked.fields:
            pool = st.sampled_from(field.choices) if field.choices else refs if field.kind == "refs" else texts
            if field.required or data.draw(st.booleans()):
                values[field.name] = data.draw(pool)
            if field.kind == "text" and data.draw(st.booleans()):
                values[field.name] = f"{self.word()} {values.get(field.name, '')}"
        self.heard(self.give(Answer(values), kind), *values.values())

    def word(self):
        """A word that was never said before."""
        return f"word{len(self.state.events)}x{len(self.said)}"

    def heard(self, outcome, *texts):
        """Whatever was accepted is looked for from now on."""
        if outcome.accepted and not isinstance(outcome.events[0], Moved):
            self.said += [word for text in texts for word in text.split() if word.startswith("word")]

    @rule(name=names)
    def goes(self, name):
        self.give(Goto(name))

    @rule(command=st.sampled_from([Back(), Skip(), Undo(), Undo(), Redo(), Finish(), Unknown("tried"), Unknown(), View("tree")]))
    def plain(self, command):
        self.give(command)

    @rule(rule_number=st.integers(0, 16), name=names)
    def sets_aside(self, rule_number, name):
        word = self.word()
        self.heard(self.give(SetAside(str(rule_number), word, name)), word)

    @rule(kind=st.sampled_from(["human", "agent"]))
    def unknown(self, kind):
        word = self.word()
        self.heard(self.give(Unknown(word), kind), word)

    @precondition(lambda self: self.state.events)
    @rule(data=st.data())
    def a_line_of_the_journal_is_gone(self, data):
        """What is left of a damaged journal is a session that goes on."""
        gone = data.draw(st.integers(0, len(self.state.events) - 1))
        left = replay(MATERIAL, [event for place, event in enumerate(self.state.events) if place != gone])
        for state in (left, step(left, Answer({}), self.at).state, step(left, Undo(), self.at).state):
            self.can_be_looked_at(state)

    @rule(ref=refs, name=names)
    def evidence(self, ref, name):
        self.give(Attach(ref, name))
        self.give(Detach(ref, name))

    @rule(name=names, text=texts)
    def others(self, name, text):
        self.give(Branch(name))
        self.give(Confirm(name))
        self.give(Edit(name))
        self.give(SetAside(text, text, name))

    @rule(line=st.one_of(texts, st.builds(":{} {}".format, st.sampled_from(["goto", "override", "evidence", "un", "b"]), texts)))
    def typed(self, line):
        command = parse_command(line)
        if not isinstance(command, str):
            self.give(command)

    @precondition(lambda self: len(self.state.events) > 3)
    @rule()
    def undo_all_and_redo_all(self):
        end = self.state.draft
        taken = 0
        while self.give(Undo()).accepted:
            taken += 1
        # Where somebody went is no content, and is not undone.
        assert replace(self.state.draft, cursor="") == replay(MATERIAL, ()).draft
        for _ in range(taken):
            assert self.give(Redo()).accepted
        # Nor is it that he went there, and so which step was the last.
        assert replace(self.state.draft, cursor="") == replace(end, cursor="")

    @invariant()
    def events_tell_all(self):
        if not hasattr(self, "state"):
            return
        again = replay(MATERIAL, [read_event(write_event(event)) for event in self.state.events])
        assert again == self.state
        assert written(again) == written(self.state)
        assert [event.seq for event in self.state.events] == list(range(1, len(self.state.events) + 1))
        journal = "".join(map(write_event, self.state.events))
        assert [word for word in self.said if word not in journal] == []
        self.can_be_looked_at(self.state)

    def can_be_looked_at(self, state):
        asked = question(state)
        assert asked is None or (schema(asked) and len(asked.candidates) <= 5)
        written(state)
        review(state)
        tree_lines(state)


Sessions.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    phases=(Phase.reuse, Phase.generate, Phase.shrink),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_sessions = Sessions.TestCase
