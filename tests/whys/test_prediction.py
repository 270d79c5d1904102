"""A stated failure text against messages, and a prediction against a run."""

from __future__ import annotations

import pytest

from rca.model import Case, Failure, Prediction, RootCause
from rca.whys import Ground, agreement, compare, judge, judged
from rca.whys.prediction import clashes, foretold
from rca.whys.saying import said_by
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


KNOWN = {case.id: case for case in world.run().cases}
FLOW, CONNECTS = GREEN
LISTS = RED[0]


def failing(cid, mark):
    suite, classname, name = cid.split("::")
    return Case(suite, classname, name, "failed", failures=[Failure("failure", "E", "x")], fingerprint=mark, category="E2E")


def told(said="", made=MADE, name="run-2", **options):
    """A run that says of each case what stands for its letter: p(assed), f(ailed), o(therwise failed), s(kipped), - did not run."""
    words = {"p": "passed", "f": "failed", "o": "failed", "s": "skipped"}
    letters = dict(zip((FLOW, CONNECTS, LISTS), said, strict=True))
    cases = tuple(failing(cid, KNOWN[cid].fingerprint if sign == "f" else "other") for cid, sign in letters.items() if sign in "fo")
    run = world.run(name, ()).model_copy(update={"cases": cases})
    outcomes = {cid: words[sign] for cid, sign in letters.items() if sign in words}
    return judge(made, run, outcomes, KNOWN, **options)


@pytest.mark.parametrize(
    ("said", "verdict", "right", "wrong", "open_"),
    [
        ("ppf", "confirmed", 3, 0, 0),
        ("fff", "refuted", 1, 2, 0),
        ("ff-", "refuted", 0, 2, 1),
        ("ppp", "partly confirmed", 2, 1, 0),
        ("pff", "partly confirmed", 2, 1, 0),
        # What was renamed or did not run is never taken for right, however well the rest does.
        ("--f", "not judged", 1, 0, 2),
        ("---", "not judged", 0, 0, 3),
        ("ssf", "not judged", 1, 0, 2),
        ("p-f", "partly confirmed", 2, 0, 1),
        ("psf", "partly confirmed", 2, 0, 1),
        ("oof", "refuted", 1, 2, 0),
    ],
)
def test_a_run_judges_case_by_case(said, verdict, right, wrong, open_):
    found = told(said)
    assert (found.verdict, len(found.right), len(found.wrong), len(found.not_judged)) == (verdict, right, wrong, open_)
    assert set(found.reasons) == {*found.wrong, *found.not_judged}
    assert found.told == (verdict != "not judged")
    kept = judged(MADE, found, "run-2")
    if verdict == "not judged":
        assert kept is MADE
    else:
        assert (kept.verdict, kept.judged_by) == (verdict, "run-2")
        assert (kept.right, kept.wrong, kept.not_judged) == (found.right, found.wrong, found.not_judged)


# What two runs say one after the other: of the first, the second, and what both come to.
TWICE = [
    # A second fix turns green what the first did not.
    ("fff", "ppf", "confirmed"), ("pff", "-pf", "confirmed"),
    # The same failure comes back; another one is no matter of this cause.
    ("ppf", "fff", "refuted"), ("ppf", "pff", "partly confirmed"), ("ppf", "oof", "confirmed"), ("ppf", "oop", "confirmed"),
    # A run of a part leaves the rest as it is.
    ("ppf", "p--", "confirmed"), ("ppf", "---", "confirmed"), ("ppf", "s--", "confirmed"), ("fff", "p--", "partly confirmed"),
    # What ran later only closes what was open.
    ("p-f", "-p-", "confirmed"), ("p-f", "-f-", "partly confirmed"), ("---", "ppf", "confirmed"),
    # What should stay red is judged once: something else may mend it.
    ("ppf", "ppp", "confirmed"), ("ppp", "ppf", "partly confirmed"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "verdict"), TWICE)
def test_a_later_run_changes_what_it_can_know_better(first, second, verdict):
    made = judged(MADE, told(first), "run-2")
    made = judged(made, told(second, made, "run-3"), "run-3")
    assert made.verdict == verdict
    assert sorted((*made.right, *made.wrong, *made.not_judged)) == sorted((*GREEN, *RED))


@pytest.mark.parametrize(
    ("first", "late", "verdict"),
    [("ppf", "fff", "confirmed"), ("fff", "ppf", "refuted"), ("p-f", "fpp", "confirmed"), ("---", "ppf", "confirmed")],
)
def test_a_run_before_the_one_that_judged_closes_what_is_open_and_no_more(first, late, verdict):
    made = judged(MADE, told(first), "run-3")
    assert told(late, made, late=True).verdict == verdict


def test_each_case_that_is_not_right_says_why():
    found = told("o-p")
    assert found.reasons == {
        FLOW: "it failed in run-2, with another error than before",
        CONNECTS: "it did not run in run-2 under this name",
        LISTS: "it passed in run-2",
    }
    made = judged(MADE, told("ffp"), "run-2")
    assert told("sp-", made, "run-3").reasons == {
        FLOW: "it came out otherwise in another run",
        LISTS: "it came out otherwise in another run",
    }
    assert told("s-f").reasons[FLOW] == "it was skipped in run-2"


def test_a_failure_of_which_nothing_else_is_known_is_taken_for_the_same():
    made = judged(MADE, told("ppf"), "run-2")
    run = world.run("run-3", ()).model_copy(update={"cases": (failing(FLOW, "other"),)})
    assert judge(made, run, {FLOW: "failed"}).wrong == (FLOW,)


def test_a_prediction_of_nothing_is_not_judged():
    assert told("--f", Prediction(stays_red=RED)).verdict == "not judged"


@pytest.mark.parametrize("text", ["word ", "<", "{", "… ", "Error: ", '"', "a\n", "x.y."])
def test_long_texts_do_not_hang(text):
    said = messages("E~unsupported subprotocol: jwt-auth")
    ground = Ground(world.worklog())

    def both(size: int) -> None:
        compare(text * (size // len(text)), said)
        list(clashes(RootCause(statement=text * (size // len(text))), ("c1",), ground))

    assert_linear(both)
