"""Evidence that is looked up again: what becomes of the answers that rest on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.model import Evidence
from rca.whys import (
    Answer,
    Beside,
    Confirm,
    Finish,
    Material,
    Undo,
    look_again,
    parse_ref,
    read_event,
    recheck,
    replay,
    step,
    tree_lines,
    write_event,
)
from rca.whys.engine import State, apply
from rca.whys.events import Rechecked
from tests.whys import world

SEEN = "ab" * 32


class Outside:
    """What is found outside: a state for each reference, `found` where nothing else is said."""

    def __init__(self, **states):
        self.states = states
        self.asked = []

    def __call__(self, evidence):
        self.asked.append([one.ref for one in evidence])
        return [self._one(one) for one in evidence]

    def _one(self, evidence):
        state = self.states.get(evidence.ref, "found")
        changes = {"sha256": SEEN, "excerpt": "as seen", "reason": ""} if state == "found" else {"reason": f"It is {state}."}
        return evidence.model_copy(update={"state": state, **changes})


def session(outside, *evidence, author_kind="human"):
    state = replay(Material(world.worklog(), Beside(commits=world.commits, resolve=outside)), ())
    for values in (
        {},
        {},
        {"answer": "the gateway answers with jwt-auth, which the client never offered", "evidence": "\n".join(evidence)},
    ):
        outcome = step(state, Answer(values), world.AT, "dana", author_kind)
        assert outcome.accepted, outcome.errors
        state = outcome.state
    return state


def looked_at(state):
    """The session after all of its evidence was looked up again."""
    for change in recheck(state):
        number = state.events[-1].seq + 1
        state = apply(state, Rechecked(seq=number, step=number, at=world.AT, id=change.why, evidence=change.now, status=change.status))
    return state


def why(state):
    return state.draft.investigation.whys[0]


def worth(state):
    return why(state).status, [part.state for part in why(state).evidence]


@pytest.mark.parametrize("now", ["changed", "missing"])
def test_an_answer_whose_evidence_is_not_what_it_was_is_a_hypothesis_until_it_is_back(now):
    outside = Outside()
    state = session(outside, "c1")
    assert worth(state) == ("supported", ["found"])
    outside.states["c1"] = now
    state = looked_at(state)
    assert worth(state) == ("hypothesis", [now])
    (part,) = why(state).evidence
    assert (part.sha256, part.excerpt, part.reason) == (SEEN, "as seen", f"It is {now}.")
    assert "stale" in tree_lines(state)[2]
    assert recheck(state) == []
    outside.states.clear()
    state = looked_at(state)
    assert worth(state) == ("supported", ["found"])
    assert why(state).evidence[0].reason == ""


def test_what_rests_on_something_else_as_well_stays_supported():
    outside = Outside()
    state = session(outside, "c1", "#412")
    outside.states["c1"] = "missing"
    assert worth(looked_at(state)) == ("supported", ["missing", "found"])


def test_nobody_undoes_what_was_marked_and_it_moves_nobody():
    outside = Outside()
    state = session(outside, "c1")
    outside.states["c1"] = "missing"
    marked = looked_at(state)
    assert (marked.draft.cursor, marked.draft.trail, marked.asked.id) == (state.draft.cursor, state.draft.trail, state.asked.id)
    without = step(marked, Undo(), world.AT).state
    assert without.draft.investigation.whys == ()
    assert without.draft == step(state, Undo(), world.AT).state.draft
    again = step(without, Answer({"answer": "the gateway answers with jwt-auth", "evidence": "#412"}), world.AT).state
    assert worth(again) == ("supported", ["found"])


def test_it_is_in_the_journal_and_means_the_same_when_it_is_read_back():
    outside = Outside()
    state = session(outside, "c1")
    outside.states["c1"] = "changed"
    state = looked_at(state)
    events = [read_event(write_event(event)) for event in state.events]
    assert replay(state.material, events) == state


def test_what_was_never_found_or_cannot_be_looked_up_is_left_as_it_is():
    outside = Outside(**{"0123abc": "missing", "x at noon": "not looked up"})
    state = session(outside, "c1", "0123abc", "metric x at noon")
    outside.states["c1"] = "not looked up"
    outside.asked.clear()
    assert recheck(state) == []
    # The worklog holds the cluster, so the resolver need not.
    assert outside.asked == [["c1"]]


def test_an_answer_of_an_agent_that_was_confirmed_is_so_again():
    outside = Outside()
    state = session(outside, "c1", author_kind="agent")
    state = step(state, Confirm("1"), world.AT, "dana").state
    assert worth(state) == ("supported", ["found"])
    outside.states["c1"] = "missing"
    state = looked_at(state)
    assert worth(state) == ("hypothesis", ["missing"])
    outside.states.clear()
    assert worth(looked_at(state)) == ("supported", ["found"])


def test_a_finished_session_is_left_alone():
    outside = Outside()
    state = session(outside, "c1")
    finished = step(state, Finish(), world.AT)
    assert not finished.accepted
    own = state.draft.investigation.model_copy(update={"finished_at": world.AT})
    from dataclasses import replace

    outside.asked.clear()
    assert recheck(State(state.material, state.events, replace(state.draft, investigation=own))) == []
    assert outside.asked == []


def test_a_record_is_looked_at_without_a_session():
    _, log = world.sound()
    whys = [
        one.model_copy(update={"evidence": tuple(part.model_copy(update={"sha256": SEEN}) for part in one.evidence)})
        for one in log.investigations[0].whys
    ]
    changes = look_again(whys, Outside(c1="changed", **{"#412": "missing"}))
    assert [(change.why, change.now.state, change.status) for change in changes] == [
        ("1", "changed", "hypothesis"),
        ("3", "missing", "hypothesis"),
    ]
    assert look_again([], Outside()) == []


STATES = st.sampled_from(["found", "changed", "missing", "not looked up"])


@given(st.lists(st.fixed_dictionaries({"c1": STATES, "#412": STATES, "3fa9c1d": STATES}), max_size=6))
def test_after_any_looks_the_answer_is_worth_what_its_evidence_is(looks):
    outside = Outside()
    state = session(outside, "c1", "#412", "3fa9c1d")
    for look in looks:
        outside.states = look
        state = looked_at(state)
        assert recheck(state) == []
        status, states = worth(state)
        assert status == ("supported" if "found" in states else "hypothesis")
    outside.states = {}
    assert worth(looked_at(state)) == ("supported", ["found"] * 3)
    assert replay(state.material, state.events).draft == state.draft


@given(st.sampled_from(["c1", "#412"]), st.sampled_from(["supported", "refuted", "unknown", "hypothesis"]))
def test_a_mark_on_what_is_not_there_changes_nothing(ref, status):
    state = session(Outside(), "3fa9c1d")
    event = Rechecked(
        seq=9, step=9, at=world.AT, id="1", evidence=Evidence(kind=parse_ref(ref).kind, ref=ref, state="missing"), status=status
    )
    assert apply(state, event).draft == state.draft
    assert apply(replay(state.material, ()), event).draft == replay(state.material, ()).draft
