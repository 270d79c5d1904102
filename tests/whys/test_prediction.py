"""A stated failure text against messages, and a prediction against a run."""

from __future__ import annotations

import pytest

from rca.model import Case, Failure, Prediction, RootCause, RunHistory, Totals
from rca.model.run import GroupResult, NamedTime
from rca.whys import Ground, agreement, compare, judge, judged
from rca.whys.compare import said_by
from rca.whys.prediction import clashes, foretold
from tests.timing import assert_linear
from tests.whys import world

GREEN = world.CASES["c1"]
RED = world.CASES["c2"]
MADE = Prediction(failure_text="unsupported subprotocol: jwt-auth", turns_green=GREEN, stays_red=RED)


def messages(*said):
    """Clusters that say this: `Type: message`, the trace behind a bar."""
    found = []
    for number, text in enumerate(said, 1):
        head, _, trace = text.partition("|")
        kind, _, message = head.rpartition("~")
        cluster = world.cluster("c2").model_copy(update={"id": f"c{number}", "error_type": kind, "message": message, "excerpt": trace})
        found.append(said_by(cluster))
    return found


@pytest.mark.parametrize(
    ("text", "said", "fit"),
    [
        ("timed out after 30 s", "E~timed out after 12.5 s", "agrees"),
        ("user 17 has no account in eu-west-1", "E~user 4711 has no account in eu-west-1", "agrees"),
        ("GET /orders/9 answered 500", "E~GET /orders/8 answered 500", "agrees"),
        ("GET /orders/9 answered 502", "E~GET /orders/8 answered 500", "contradicts"),
        ("connection to orders-db refused", "E~connection to users-db refused", "contradicts"),
        ("refused: connection to users-db", "E~connection to users-db refused", "agrees"),
        ("stream of the pipeline is not available", "E~no|E   StreamUnavailable: stream of the pipeline is not available", "agrees"),
        ("KeyError: 'fish'", "KeyError~'fish'", "agrees"),
        ("KeyError: 'meat'", "KeyError~'fish'", "contradicts"),
        ("anything at all", "AssertionError~assert False", "cannot tell"),
        ("expected … items", "E~expected 7 items", "agrees"),
        ("expected {count} items", "E~expected 7 items", "agrees"),
        ("", "E~expected 7 items", "cannot tell"),
        ("<>", "E~expected 7 items", "cannot tell"),
        ("Соединение отклонено", "E~Соединение отклонено", "agrees"),
        ("接続が拒否されました", "E~接続が拒否されました", "agrees"),
        ("first error\nsecond error of users", "E~second error of users", "agrees"),
    ],
)
def test_a_text_agrees_by_the_words_that_are_not_values(text, said, fit):
    assert compare(text, messages(said)).fit == fit


def test_a_contradiction_names_the_nearest_message_and_the_words():
    found = compare("no subprotocols supported", messages("E~connection to users-db refused", "N~unsupported subprotocol: jwt-auth"))
    assert (found.fit, found.cluster, found.nearest) == ("contradicts", "c2", "unsupported subprotocol: jwt-auth")
    assert "the text lacks unsupported, subprotocol, jwt-auth" in found.reason


def test_without_clusters_nothing_can_be_told():
    assert compare("x y", []).fit == "cannot tell"
    assert compare("x y", [()]).fit == "cannot tell"
    investigation, worklog = world.sound(["foretell nothing"])
    assert agreement(investigation, Ground(worklog)).fit == "cannot tell"


def test_what_is_foretold_are_the_cases_of_the_clusters_and_those_they_block():
    assert foretold(("c1",), Ground(world.worklog())) == (GREEN, RED)
    _, blocked = world.sound(["blocked"])
    assert foretold(("c1",), Ground(blocked)) == (GREEN + RED, ())


@pytest.mark.parametrize("sign", ["`{}`", '"{}"', "“{}”", "«{}»", "'{}'"])
def test_a_quoted_error_is_found_in_any_quotes(sign):
    ground = Ground(world.worklog())
    wrong = RootCause(statement=f"It fails with {sign.format('no subprotocols supported')}.")
    right = RootCause(statement=f"It fails with {sign.format('unsupported subprotocol: jwt-auth')}.")
    assert [clash.sure for clash in clashes(wrong, ("c1",), ground)] == [True]
    assert list(clashes(right, ("c1",), ground)) == []


def after(*failing, history=None, total=10, skipped=0, name="run-2", flaky=(), slow=()):
    base = world.run(name, failing)
    totals = Totals(total=total, passed=total - skipped - len(base.cases), failed=len(base.cases), skipped=skipped)
    changes = {"totals": totals, "categories": (GroupResult(name="E2E", totals=totals),), "history": history, "flaky": flaky}
    return base.model_copy(update={**changes, "slowest": tuple(NamedTime(case=cid, seconds=1) for cid in slow)})


BEFORE = world.run()


@pytest.mark.parametrize(
    ("run", "before", "outcomes", "verdict", "right", "wrong", "open_"),
    [
        (after("c2"), BEFORE, None, "confirmed", 3, 0, 0),
        (after("c1", "c2"), BEFORE, None, "refuted", 1, 2, 0),
        (after(), BEFORE, None, "partly confirmed", 2, 1, 0),
        # Without the run before, and without a history, a case that is not listed may not have run at all.
        (after("c2"), None, None, "not judged", 1, 0, 2),
        # Fewer cases ran, or some were skipped: which ones, the run does not say.
        (after("c2", total=4), BEFORE, None, "not judged", 1, 0, 2),
        (after("c2", skipped=2), BEFORE, None, "not judged", 1, 0, 2),
        (after("c2"), None, dict.fromkeys(GREEN, "passed"), "confirmed", 3, 0, 0),
        (after("c2"), BEFORE, {GREEN[0]: "passed"}, "partly confirmed", 2, 0, 1),
        (after("c2"), BEFORE, {GREEN[0]: "passed", GREEN[1]: "skipped"}, "partly confirmed", 2, 0, 1),
        (after("c2"), BEFORE, {GREEN[0]: "passed", GREEN[1]: "error"}, "partly confirmed", 2, 1, 0),
        (after("c2", history=RunHistory(fixed=GREEN, fixed_count=2)), None, None, "confirmed", 3, 0, 0),
        (after("c2", slow=(GREEN[0],)), None, None, "partly confirmed", 2, 0, 1),
        (after("c2", flaky=(Case("s", "events", "test_flow"),)), None, None, "partly confirmed", 2, 0, 1),
    ],
)
def test_a_run_judges_case_by_case(run, before, outcomes, verdict, right, wrong, open_):
    found = judge(MADE, run, before, outcomes)
    assert (found.verdict, len(found.right), len(found.wrong), len(found.not_judged)) == (verdict, right, wrong, open_)
    assert set(found.reasons) == {*found.wrong, *found.not_judged}
    kept = judged(MADE, found, run.id)
    assert kept.judged_by == (None if verdict == "not judged" else "run-2")
    assert (kept.right, kept.wrong, kept.not_judged) == (found.right, found.wrong, found.not_judged)


def test_a_case_that_did_not_run_is_said_to_be_not_judged():
    found = judge(MADE, after("c2", total=4), BEFORE)
    assert found.reasons[GREEN[0]] == "it did not run in run-2, or the run does not tell"


def test_a_case_that_fails_otherwise_than_before_is_said_to():
    run = after("c2")
    other = Case("s", "events", "test_flow", "failed", failures=[Failure("failure", "E", "x")], fingerprint="other", category="E2E")
    found = judge(MADE, run.model_copy(update={"cases": (*run.cases, other)}), BEFORE)
    assert found.reasons[GREEN[0]] == "it failed in run-2, with another error than before"
    assert found.verdict == "partly confirmed"


def test_a_prediction_of_nothing_is_not_judged():
    assert judge(Prediction(stays_red=RED), after("c2"), BEFORE).verdict == "not judged"


@pytest.mark.parametrize("text", ["word ", "<", "{", "… ", "Error: ", '"', "a\n", "x.y."])
def test_long_texts_do_not_hang(text):
    said = messages("E~unsupported subprotocol: jwt-auth")
    ground = Ground(world.worklog())

    def both(size: int) -> None:
        compare(text * (size // len(text)), said)
        list(clashes(RootCause(statement=text * (size // len(text))), ("c1",), ground))

    assert_linear(both)
