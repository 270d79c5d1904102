"""Which evidence is offered, in which order, and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rca.model import Evidence, Match
from rca.model.evidence import LogLine
from rca.whys import Beside, Material
from rca.whys.candidates import candidates
from tests.whys import world

MATERIAL = Material(world.worklog(), world.BESIDE)


def offered(text="", leg="occurrence", material=MATERIAL, **more):
    return [(c.ref.kind, c.ref.ref) for c in candidates(material, ("c1",), leg, text, **more)]


def test_at_most_five_and_of_one_kind_no_more_than_two():
    found = offered("the gateway answers with jwt-auth")
    assert len(found) == 5
    kinds = [kind for kind, _ in found]
    assert max(kinds.count(kind) for kind in kinds) <= 2


def test_what_shares_words_with_the_answer_comes_first():
    log = (LogLine("app.log", 3, "disk is full on node seven"), LogLine("app.log", 4, "answered in time"))
    assert offered("the disk of a node was full", material=Material(world.worklog(), Beside(log_lines=lambda _: log)))[0] == (
        "log",
        "app.log:3",
    )


def test_each_leg_has_what_is_of_use_to_it_first():
    assert offered(leg="detection")[0][0] == "case"
    assert offered(leg="systemic")[0][0] in {"worklog", "issue"}
    assert offered(leg="occurrence")[0][0] in {"location", "commit"}


def test_places_have_the_commit_of_the_run_and_the_line_below():
    found = next(c for c in candidates(MATERIAL, ("c1",), "occurrence", "chosen configured") if c.ref.kind == "location")
    assert found.ref.ref == f"src/gateway/handshake.py:41@{world.HEAD[:12]}"
    assert found.excerpt == "chosen = configured[0]"
    assert found.why_offered == "a frame of c1; shares chosen, configured"


def test_a_suspect_says_its_score_and_an_issue_how_well_it_fits():
    told = {c.ref.ref: c.why_offered for leg in ("occurrence", "systemic") for c in candidates(MATERIAL, ("c1",), leg, "")}
    assert told[world.SUSPECT].startswith("a suspect of c1, score 0.60")
    assert told["#412"] == "resembles c1, 0.90"


def test_what_is_attached_is_not_offered_and_what_is_used_elsewhere_comes_later():
    first = offered()[0]
    assert first not in offered(taken=frozenset({first[1]}))
    assert offered(used=frozenset({first[1]}))[0] != first


def test_a_match_that_was_rejected_is_not_offered():
    rejected = world.cluster("c1").model_copy(update={"matches": (Match(ref="#7", score=0.9, state="rejected"),)})
    assert ("issue", "#7") not in offered(leg="systemic", material=Material(world.worklog(clusters=(rejected,), issues=())))


def test_nothing_is_offered_where_nothing_is_known():
    assert candidates(Material(world.worklog(clusters=(), timeline=())), ("c9",), "occurrence", "x") == ()


@given(st.text(max_size=60), st.sampled_from(["occurrence", "detection", "systemic"]))
def test_the_same_question_gets_the_same_candidates(text, leg):
    found = candidates(MATERIAL, ("c1", "c2"), leg, text)
    assert found == candidates(Material(world.worklog(), world.BESIDE), ("c1", "c2"), leg, text)
    assert len({(c.ref.kind, c.ref.ref) for c in found}) == len(found)


def test_what_the_worklog_holds_is_looked_up_in_it():
    material = Material(world.worklog(related=("2026-01-01-old",)), world.BESIDE)
    state = {
        (kind, ref): material.look_up([Evidence(kind=kind, ref=ref)])[0].state
        for kind, ref in [
            ("case", world.CASES["c1"][0]),
            ("case", "none"),
            ("cluster", "c2"),
            ("cluster", "c9"),
            ("issue", "#412"),
            ("issue", "#9"),
            ("worklog", "2026-09-13-events"),
            ("worklog", "2026-01-01-old"),
            ("worklog", "2020-01-01-none"),
            ("commit", "3fa9c1d"),
            ("commit", world.HEAD[:9]),
            ("commit", "0123abc"),
            ("log", "a.log:4"),
            ("url", "https://example.com"),
        ]
    }
    assert {key for key, value in state.items() if value == "missing"} == {("case", "none"), ("cluster", "c9")}
    assert {ref for (_, ref), value in state.items() if value == "not looked up"} == {
        "#9", "2020-01-01-none", "0123abc", "a.log:4", "https://example.com",
    }  # fmt: skip
