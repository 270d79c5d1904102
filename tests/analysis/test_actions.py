"""Which actions are open, how late they are, and how one is closed and opened again."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.analysis.actions import ActionError, listed, mark, urgent
from rca.model import Action, ActionMark, Cluster, Investigation, Lesson, Why, Worklog

AT = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)


def worklog(*actions, **changes):
    whys = (Why(id="1", question="Why?", answer="The socket is closed."), Why(id="1.1", question="Why?", answer="A limit of 5 s."))
    part = Investigation(id="i1", problem="red", whys=whys)
    cluster = Cluster(id="c1", title="Timeout", fingerprint="v1:1", cases=("a",))
    lessons = (Lesson(kind="lucky", text="Seen at noon."), Lesson(kind="went badly", text="Nobody was told.", investigation="i1"))
    facts = {"investigations": (part,), "clusters": (cluster,), "lessons": lessons, "actions": actions, **changes}
    return Worklog(id="2026-11-22-red", title="Red", opened_at=AT, **facts)


def action(text="Raise the limit", **changes):
    return Action(**{"text": text, "kind": "repair", **changes})


@pytest.mark.parametrize(
    ("cause", "investigation", "expected"),
    [
        ("1.1", "i1", "why 1.1: A limit of 5 s."),
        ("1.1", "", "why 1.1: A limit of 5 s."),  # there is only one
        ("1.1", "i9", "why 1.1"),
        ("9", "i1", "why 9"),
        ("c1", "i1", "c1: Timeout"),
        ("c9", "", "c9"),
        ("lesson 1", "i1", "lesson 1: Nobody was told."),  # they are numbered for each investigation
        ("lesson 2", "i1", "lesson 2"),
        ("", "i1", ""),
    ],
)
def test_what_an_action_answers_is_told_in_words(cause, investigation, expected):
    (found,) = listed(worklog(action(cause=cause, investigation=investigation)), AT)
    assert found.cause == expected


@pytest.mark.parametrize(
    ("zone", "due", "days", "overdue"),
    [
        ("UTC", dt.date(2026, 11, 21), -1, True),
        ("UTC", dt.date(2026, 11, 22), 0, False),
        ("Europe/Berlin", dt.date(2026, 11, 22), -1, True),  # where the next day has begun
        ("America/New_York", dt.date(2026, 11, 23), 1, False),
        ("UTC", None, None, False),
    ],
)
def test_an_action_is_overdue_when_its_day_is_over_in_the_zone_of_the_worklog(zone, due, days, overdue):
    (found,) = listed(worklog(action(due=due), time_zone=zone), AT)
    assert (found.days, found.overdue) == (days, overdue)
    (closed,) = listed(worklog(action(due=due, done=True), time_zone=zone), AT)
    assert not closed.overdue


def test_what_is_due_first_comes_first_and_what_is_due_on_no_day_last():
    days = (None, dt.date(2026, 12, 1), dt.date(2026, 11, 1), dt.date(2026, 12, 1), None)
    found = urgent(listed(worklog(*(action(due=day) for day in days)), AT))
    assert [one.number for one in found] == [3, 2, 4, 1, 5]


def how(*, done, minute=0):
    return ActionMark(at=AT + dt.timedelta(minutes=minute), author="platform team", done=done, note="merged")


def test_closing_notes_who_and_when_and_what_was_closed_stays_as_it_was():
    log = worklog(action("a"), action("b"), action("c"))
    first = mark(log, [2, 2], how(done=True))
    assert (first.changed, first.already) == ((2,), ())
    assert [one.done for one in first.worklog.actions] == [False, True, False]
    assert first.worklog.actions[1].history == (how(done=True),)
    second = mark(first.worklog, [3, 2], how(done=True, minute=5))
    assert (second.changed, second.already) == ((3,), (2,))
    assert second.worklog.actions[1] == first.worklog.actions[1]
    third = mark(second.worklog, [2], how(done=False, minute=9))
    assert [part.done for part in third.worklog.actions[1].history] == [True, False]
    assert mark(third.worklog, [2], how(done=False)).worklog is third.worklog


@pytest.mark.parametrize(
    ("actions", "numbers", "words"), [(1, [2], "no action 2, it has 1 action$"), (0, [1], "has 0 actions"), (1, [0], "no action 0")]
)
def test_an_action_that_is_not_there_is_refused_and_nothing_is_changed(actions, numbers, words):
    with pytest.raises(ActionError, match=words):
        mark(worklog(*[action()] * actions), [*([1] if actions else []), *numbers], how(done=True))


@given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=12))
def test_whatever_is_closed_and_opened_the_last_word_counts_and_all_are_kept(steps):
    log = worklog(action("a"), action("b"), action("c"))
    state = {1: False, 2: False, 3: False}
    marks = 0
    for number, done in steps:
        marked = mark(log, [number], how(done=done))
        marks += state[number] != done
        state[number] = done
        log = marked.worklog
    assert {number: one.done for number, one in enumerate(log.actions, 1)} == state
    assert sum(len(one.history) for one in log.actions) == marks
    assert all(one.done == one.history[-1].done for one in log.actions if one.history)
