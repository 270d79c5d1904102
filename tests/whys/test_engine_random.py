"""Whatever is given in whatever order: nothing raises, nothing that was answered is lost, and events tell all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import HealthCheck, settings
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
from tests.whys import world

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
    @initialize()
    def begin(self):
        self.state = replay(MATERIAL, ())
        self.at = world.AT
        self.answers: dict[int, str] = {}

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
        outcome = self.give(Answer(values), kind)
        if outcome.accepted and asked.kind == "why":
            self.answers[outcome.events[0].seq] = outcome.events[0].answer

    @rule(name=names)
    def goes(self, name):
        self.give(Goto(name))

    @rule(command=st.sampled_from([Back(), Skip(), Undo(), Undo(), Redo(), Finish(), Unknown("tried"), Unknown(), View("tree")]))
    def plain(self, command):
        self.give(command)

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
        plain = self.state.draft
        assert (plain.investigation, plain.actions, plain.pending, plain.trail) == (end.investigation, end.actions, end.pending, end.trail)

    @invariant()
    def events_tell_all(self):
        if not hasattr(self, "state"):
            return
        again = replay(MATERIAL, [read_event(write_event(event)) for event in self.state.events])
        assert again == self.state
        assert written(again) == written(self.state)
        assert [event.seq for event in self.state.events] == list(range(1, len(self.state.events) + 1))
        kept = {event.seq: event.answer for event in self.state.events if hasattr(event, "answer")}
        assert self.answers.items() <= kept.items()
        asked = question(self.state)
        assert asked is None or len(asked.candidates) <= 5
        review(self.state)
        tree_lines(self.state)


Sessions.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
test_sessions = Sessions.TestCase
