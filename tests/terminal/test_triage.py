from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rca.analysis.assess import settle
from rca.causes.orders import OrderError
from rca.errors import RcaError
from rca.model import GroupResult, Match, Money, Past, Plan, PlannedCategory, Run, RunHistory, ScorePart, Suspect, Totals, Upstream, Worklog
from rca.terminal import triage
from rca.terminal.columns import cells
from rca.terminal.screen import is_plain, text_of
from rca.terminal.triage import Walk, action_of, order_of, words_of
from rca.terminal.triage_text import Screen, page_of, pieces
from tests import strategies
from tests.causes.test_decisions import NOW, ordered, run, worklog

LATER = datetime(2026, 1, 3, tzinfo=UTC)


def full() -> Worklog:
    """A worklog in which nearly every field says something."""
    found = worklog(run(1, a="t1 t2 t3", b="t4 t5", c="t6", d="t7"))
    first, second, third, fourth = found.clusters
    first = first.model_copy(
        update={
            "title": "TimeoutError: no answer from the payment service within 30 s",
            "classification": "regression",
            "past": Past(reason="It passed at 3f2a91c and fails since.", confidence="high", runs=12),
            "categories": ("Checkout",),
            "frames": ("shop/pay.py:charge",),
            "excerpt": "Traceback\n\tcharge()\n\x1b[31mTimeoutError: no answer",
            "matches": (
                Match(ref="#712", title="Payment times out", score=0.92, evidence=("payment", "timeout")),
                Match(
                    kind="worklog",
                    ref="2025-12-01-pay",
                    title="Pay",
                    score=1,
                    state="rejected",
                    root_cause="a pool of one",
                    held="came back",
                ),
            ),
            "suspects": (
                Suspect(
                    commit="3f2a91cd00000",
                    summary="Shorter pool",
                    score=0.61,
                    parts=(ScorePart(name="frames", points=0.4, why="touches shop/pay.py"),),
                ),
            ),
            "suspects_note": "2 commits were looked at.",
            "impact": "Nobody can pay.",
            "rule": 'message LIKE "%no answer%"',
        }
    )
    second = second.model_copy(update={"classification": "flaky", "matches": (), "suspects": (), "suspects_note": "No commit is known."})
    third = third.model_copy(update={"blocked_by": "c1", "classification": "new", "matches": ()})
    fourth = fourth.model_copy(update={"classification": "fixed", "past": None, "excerpt": "", "message": "", "matches": ()})
    upstream = Upstream(
        id="u1", kind="shared", title="payment:8443", clusters=("c1", "c3"), cases=4, reason="Both name it.", confidence="medium"
    )
    history = RunHistory(earlier=12, compared_with="12 earlier runs of main on staging", note="one run of it was cut off")
    category = PlannedCategory(name="Checkout", at_risk=Money(amount=Decimal(120000), period="month"))
    passed = GroupResult(name="of v1:d", totals=Totals(total=1, passed=1))
    changes = {
        "plan": Plan(categories=(category,)),
        "clusters": (first, second, third, fourth),
        "upstreams": (upstream,),
        "runs": (*found.runs, Run(id="run-2", categories=(passed,), history=history)),
    }
    return settle(found.model_copy(update=changes))


LIST = """\
x
6 cases fail, in 3 clusters of equal errors.
Compared with 12 earlier runs of main on staging. One run of it was cut off.
u1: a shared cause, as it seems: payment:8443 (c1 and c3, 4 cases, medium
confidence). Both name it.

c1   3 cases, regression, score 56
     TimeoutError: no answer from the payment service within 30 s
     Checkout; 120,000 USD/month at risk
     resembles #712 Payment times out; suspect 3f2a91cd0000 Shorter pool; note:
     slow since the move

c3   1 case, new, score 18
     v1:c
     of v1:c
     suspect commit of v1; blocked by c1

Can wait: known, flaky, quarantined or muted, or blocked by such

c2   2 cases, flaky, score -144
     v1:b
     of v1:b

No longer failing

c4   1 case, no longer fails
     v1:d
     of v1:d
     suspect commit of v1
"""
CLUSTER = """\
c1: TimeoutError: no answer from the payment service within 30 s
Class: regression (high confidence): It passed at 3f2a91c and fails since.
Score: 56: money +30 (120,000 USD/month at risk); size +6 (3 cases); news +20
  (its tests passed before)
Where: Checkout; 120,000 USD/month at risk
Together: all share the message; high confidence
Impact: Nobody can pay.
Rule: message LIKE "%no answer%"
Behind it: u1: a shared cause, as it seems: payment:8443 (c1 and c3, 4 cases,
  medium confidence). Both name it.

Error
    Traceback
        charge()
    TimeoutError: no answer

Frames
    shop/pay.py:charge

Cases (3)
    s::a::t1
    s::a::t2
    s::a::t3

Matches
    #712 Payment times out (proposed, 0.92); payment, timeout
    2025-12-01-pay Pay (rejected, 1.00); its root cause: a pool of one; its
      fix: came back

Suspects, the first is the likeliest
    3f2a91cd0000 Shorter pool (0.61): frames +0.40 (touches shop/pay.py)
    2 commits were looked at.

Decisions
    d1 by Ann, 2026-01-02 00:00 UTC: c1, note: slow since the move
"""


def test_the_list_says_what_matters_in_order():
    found = ordered(full(), "note c1 slow since the move")
    assert text_of(Screen(found, 80, whole=True).all()) == LIST


def test_a_cluster_shows_all_that_is_known_of_it():
    found = ordered(full(), "note c1 slow since the move")
    assert text_of(Screen(found, 80, whole=True).cluster("c1")) == CLUSTER


@pytest.mark.parametrize(
    ("cid", "expected"),
    [
        ("c2", ["Class: flaky (medium confidence)", "Suspects\n    No commit is known."]),
        ("c3", ["Blocked: by c1, look at that first", "Class: new", "Behind it: u1"]),
        ("c4", ["State: no longer fails", "Class: fixed: no earlier run tells", "(the report gives no text)", "Case\n    s::a::t7"]),
    ],
)
def test_what_else_a_cluster_may_show(cid, expected):
    shown = text_of(Screen(full(), 80, whole=True).cluster(cid))
    assert [text for text in expected if text not in shown] == []


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Worklog(id="2026-01-02-x", title="x", opened_at=NOW), "No run was added yet. Add one with `rca ingest PATH`."),
        (worklog(run(1)), "Nothing fails."),
        (worklog(run(1, a="t1")), "1 case fails, in 1 cluster of equal errors."),
        (ordered(worklog(), "mute c1"), "7 cases fail, in 3 clusters of equal errors, 1 of them muted."),
        (worklog(), "No history was looked at, so nothing is called new or old."),
        (
            worklog(run(1, a="t1").model_copy(update={"history": RunHistory(note="the store is new.")})),
            "Nothing can be called new or old: the store is new.",
        ),
    ],
)
def test_the_head_guesses_nothing(found, sentence):
    assert sentence in text_of(Screen(found, 80).head())


def test_nothing_fails_any_more():
    found = worklog()
    over = found.model_copy(update={"clusters": tuple(c.model_copy(update={"failing": False}) for c in found.clusters)})
    one = over.model_copy(update={"clusters": over.clusters[:1]})
    assert "Nothing fails now; 3 clusters no longer fail." in text_of(Screen(over, 80).head())
    assert "Nothing fails now; 1 cluster no longer fails." in text_of(Screen(one, 80).head())


def test_many_shared_causes_are_counted_and_an_infrastructure_verdict_is_named():
    found = full()
    many = tuple(found.upstreams[0].model_copy(update={"id": f"u{number}", "kind": "infrastructure"}) for number in range(8))
    shown = text_of(Screen(found.model_copy(update={"upstreams": many}), 80).head())
    assert "u0: most of the run failed together: payment:8443" in shown
    assert "and 3 more shared causes" in shown


def test_a_terminal_gets_the_first_cases_and_lines_a_pipe_all():
    names = " ".join(f"t{number}" for number in range(30))
    found = worklog(run(1, a=names))
    long = found.clusters[0].model_copy(update={"excerpt": "\n".join(f"line {number}" for number in range(50))})
    found = found.model_copy(update={"clusters": (long,)})
    shown, whole = (text_of(Screen(found, 80, whole=whole).cluster("c1")) for whole in (False, True))
    assert "and 10 more: `cases c1` lists them" in shown
    assert "line 30" not in shown
    assert text_of(Screen(found, 80).cases(found.clusters[0])).count("s::a::t") == 30
    assert (whole.count("s::a::t"), whole.count("line ")) == (30, 50)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_screen(width):
    found = full()
    wide = found.clusters[0].model_copy(update={"title": "結帳 " * 60, "excerpt": "結" * 300, "cases": ("x" * 300,)})
    found = found.model_copy(update={"title": "結" * 99, "clusters": (wide, *found.clusters[1:])})
    screen = Screen(ordered(found, "note c1 " + "結帳" * 99), width)
    for lines in (screen.all(), screen.cluster("c1"), screen.decisions()):
        assert max(cells(line) for line in text_of(lines).split("\n")) <= width


def test_pieces_keep_spaces():
    assert pieces("  a  b  結結 ", 4) == ["  a ", " b  ", "結結"]
    assert pieces("", 4) == [""]
    assert pieces("結", 1) == ["結"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(strategies.worklogs, st.integers(1, 120), st.booleans())
def test_any_worklog_can_be_shown(found, width, whole):
    screen = Screen(found, width, whole=whole)
    shown = [screen.all(), screen.decisions(), *(screen.cluster(cluster.id) for cluster in found.clusters)]
    for lines in shown:
        text = text_of(lines)
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_words_are_coloured_only_when_asked():
    lines = [[("a \x1b[2J", "bold red"), ("b", "")], []]
    assert text_of(lines) == "a b\n\n"
    assert text_of(lines, colour=True) == "\x1b[1;31ma \x1b[0mb\n\n"


def test_pages_grow_with_the_screen():
    assert [page_of(lines) for lines in (5, 24, 50, 500)] == [5, 5, 8, 20]


# -- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("note 3 two  spaces stay", ["note", "3", "two  spaces stay"]),
        ("note 3 'in quotes'", ["note", "3", "in quotes"]),
        ("note 3 'a' and 'b'", ["note", "3", "'a' and 'b'"]),
        ("note 3 it's", ["note", "3", "it's"]),
        ("note 3 '", ["note", "3", "'"]),
        ("rule 3 'message LIKE \"%x%\"'", ["rule", "3", 'message LIKE "%x%"']),
        ('rule 3 message LIKE "%x%"', ["rule", "3", 'message LIKE "%x%"']),
        ("accept 3 '#712' since  then", ["accept", "3", "#712", "since  then"]),
        ("split 3 *a* '* b'", ["split", "3", "*a*", "* b"]),
        ("split 3 *a* 'b", ["split", "3", "*a*", "'b"]),
        ("merge 3 5 same disk", ["merge", "3", "5", "same disk"]),
        ("undo", ["undo"]),
    ],
)
def test_a_line_in_words(line, expected):
    assert words_of(line) == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("note", "note needs a cluster write it like: note CLUSTER TEXT"),
        ("merge 3", "merge needs two clusters"),
        ("unmute 3 please", "unmute takes no more than a cluster"),
        ("undo 3", "undo needs a cluster"),
    ],
)
def test_words_that_say_too_little_or_too_much(words, message):
    action, *rest = words.split()
    with pytest.raises(OrderError) as error:
        order_of(action, rest)
    assert message in f"{error.value.message} {error.value.hint}"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("note", "note"),
        ("Mute", "mute"),
        ("3", "show"),
        ("C3", "show"),
        ("q", "quit"),
        ("?", "help"),
        ("not_flaky", "not-flaky"),
        ("open", "show"),
    ],
)
def test_actions_at_the_prompt(word, expected):
    assert action_of(word, prompt=True) == expected


def test_an_unknown_action_is_answered_with_the_nearest():
    with pytest.raises(OrderError) as error:
        action_of("mrge")
    assert error.value.hint.startswith("did you mean merge? There are note, ")
    with pytest.raises(OrderError):
        action_of("quit")


# -- the walk ----------------------------------------------------------------------------------------------------------


class Desk:
    """A record in memory that others may change too, and a person who walks through it."""

    def __init__(self, record: Worklog) -> None:
        self.record = record
        self.walk = Walk(load=lambda: self.record, change=self.change, clock=lambda: LATER, author="Ann")

    def change(self, edit):
        self.record = edit(self.record).model_copy(update={"revision": self.record.revision + 1})
        return self.record

    def say(self, line: str) -> str:
        answer = self.walk.answer(line)
        assert answer is not None
        return text_of(answer)

    def refused(self, line: str) -> str:
        with pytest.raises(RcaError) as error:
            self.say(line)
        return f"{error.value.message} {error.value.hint}"


def test_enter_walks_through_the_list():
    desk = Desk(full())
    assert "A number opens a cluster" in text_of(desk.walk.start())
    assert [desk.say(line)[:3] for line in ("", "next", "n", "", "back")] == ["c1:", "c3:", "c2:", "c4:", "c2:"]
    assert "This was the last cluster" in desk.say("") + desk.say("")
    assert desk.say("1")[:3] == "c1:"
    assert "There is none before it." in desk.say("b")
    assert desk.say("c3")[:3] == "c3:"
    assert desk.say("")[:3] == "c2:"
    assert "There is no cluster to open." in Desk(worklog(run(1))).say("")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("note 1 two words", "d1: c1, note: two words\n"),
        ("accept 1 712 same text", "d1: c1 is #712: same text (c1 is called known now, and was regression)\n"),
        ("reject c1 '#712'", "d1: c1 is not #712\n"),
        ("mute 1 no owner", "d1: c1 is muted: no owner\n"),
        ("unmute 1", "c1: that is so already; nothing was changed\n"),
        ("flaky 1", "d1: c1 is flaky (c1 is called flaky now, and was regression)\n"),
        ("not-flaky 2 really", "d1: c2 is not flaky: really (c2 is called new now, and was flaky)\n"),
        ("split 1 *t1", "d1: 1 test of c1 became c5 (c1 has 2 cases now; c5 has 1 case)\n"),
        ("merge 1 3", "d1: c3 became a part of c1 (c1 has 4 cases now)\n"),
        ('rule 1 type LIKE "%Timeout"', 'd1: c1 has the rule type LIKE "%Timeout"\n'),
    ],
)
def test_every_decision_is_said_and_can_be_taken_back(line, said):
    desk = Desk(full())
    before = desk.record
    assert desk.say(line) == said
    if desk.record.decisions:
        what = said.partition(" (")[0].strip()
        assert desk.say("undo").startswith(f"taken back, {what}")
        assert desk.record.clusters == before.clusters
        assert desk.say("redo").startswith(f"taken again, {what}")


def test_undo_and_redo_without_anything():
    desk = Desk(full())
    assert "there is no decision to undo" in desk.refused("undo")
    assert desk.refused("redo") == "there is no decision to redo `decisions` lists what was decided"
    for line in ("note 1 a", "undo", "note 1 b"):
        desk.say(line)
    assert "another decision was taken since the last undo" in desk.refused("redo")
    assert "(taken back)" in desk.say("decisions").split("\n")[0]


def test_what_somebody_else_did_meanwhile_is_never_written_over():
    desk = Desk(full())
    desk.say("note 1 mine")
    desk.change(lambda record: ordered(record, "note c2 theirs"))
    said = desk.say("note 1 more")
    assert "Somebody else changed the worklog" in said.replace("\n", " ")
    assert [note for cluster in desk.record.clusters for note in cluster.notes] == ["mine", "more", "theirs"]
    desk.change(lambda record: ordered(record, "mute c2"))
    assert "somebody else decided meanwhile, d4: c2 is muted type undo again" in desk.refused("undo")
    assert desk.say("undo").startswith("taken back, d4")
    desk.change(lambda record: ordered(record, "undo", "undo", "undo"))
    assert "an undo" in desk.refused("undo")
    desk.change(lambda record: ordered(record, "merge c1 c2"))
    assert "c2 is a part of c1 now" in desk.refused("note 2 x")


def test_the_place_in_the_list_stays_with_its_cluster():
    desk = Desk(full())
    desk.say("1")
    desk.say("mute 1")  # c1 goes behind c2, and c3, which it blocks, with it
    assert desk.say("")[:3] == "c3:"
    desk.say("merge 2 3")  # what was open is gone: on with what came after it
    assert desk.say("")[:3] == "c4:"


def test_long_lists_come_in_pages(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    desk = Desk(worklog(run(1, **{f"m{number:02}": f"t{number}" for number in range(12)})))
    text = text_of(desk.walk.start())
    assert re.findall(r"(?m)^c\d+", text) == ["c1", "c2", "c3", "c4", "c5"]
    assert "7 more clusters: `more` shows the next." in text
    assert re.findall(r"(?m)^c\d+", desk.say("more")) == ["c6", "c7", "c8", "c9", "c10"]
    assert re.findall(r"(?m)^c\d+", desk.say("m")) == ["c11", "c12"]
    assert desk.say("more") == "This is the end of the list.\n"
    assert re.findall(r"(?m)^c\d+", desk.say("list"))[0] == "c1"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("show", "show needs a cluster"),
        ("cases 9", "no cluster '9' known are c1, c2, c3, c4"),
        ("note 1", "the note is empty"),
        ("nonsense", "there is no action 'nonsense'"),
        ("accept 1", "accept needs the match that is meant c1 matches #712, 2025-12-01-pay"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_changed(line, message):
    desk = Desk(full())
    assert message in desk.refused(line)
    assert desk.record.revision == 0


def test_the_other_views():
    desk = Desk(full())
    assert desk.say("cases 1").startswith("\nCases (3)\n    s::a::t1")
    assert desk.say("decisions") == "Nothing was decided yet.\n"
    told = desk.say("help")
    assert [name for name in (*triage.ACTIONS, *triage.AT_THE_PROMPT) if name not in told] == []
    assert desk.walk.answer("quit") is None
    assert desk.walk.answer("q") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mu", ["mute"]),
        ("mute ", ["c1", "c3", "c2", "c4"]),
        ("mute 3", ["c3"]),
        ("merge 1 ", ["c1", "c3", "c2", "c4"]),
        ("merge c1 ", ["c3", "c2", "c4"]),
        ("accept 1 ", ["#712", "2025-12-01-pay"]),
        ("accept 1 #7", ["#712"]),
        ("accept 1 #712 ", []),
        ("accept 9 ", []),
        ("split 1 s", ["s::a::t1", "s::a::t2", "s::a::t3"]),
        ("split 1 a b s::a::t2", ["s::a::t2"]),
        ("note 1 ", []),
        ("undo ", []),
        ("what ", []),
    ],
)
def test_completion(line, expected):
    assert [text for text, _ in Desk(full()).walk.complete(line)] == expected


def test_completion_offers_all_actions_at_the_start():
    assert len(list(Desk(full()).walk.complete(""))) == len(triage.ACTIONS) + len(triage.AT_THE_PROMPT)


def test_arrows_choose_a_cluster_and_leave_other_lines_alone():
    walk = Desk(full()).walk
    line = ""
    for by, expected in [(1, "show c1"), (1, "show c3"), (-1, "show c1"), (-1, "show c1")]:
        line = walk.neighbour(line, by)
        assert line == expected
    assert walk.neighbour("show c4", 1) == "show c4"
    assert walk.neighbour("note 1", 1) is None
    assert walk.neighbour("show c9", 1) is None
    assert Desk(worklog(run(1))).walk.neighbour("", 1) is None


@pytest.mark.parametrize(
    ("env", "plain"),
    [
        ({"TERM": "xterm"}, False),
        ({"TERM": "dumb"}, True),
        ({}, True),
        ({"TERM": "xterm", "ACCESSIBLE": "1"}, True),
        ({"TERM": "xterm", "ACCESSIBLE": "0"}, False),
    ],
)
def test_who_gets_plain_lines(env, plain, monkeypatch):
    for name in ("TERM", "ACCESSIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert is_plain() is plain
