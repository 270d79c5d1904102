"""A session from the problem to the end, and every way in which a command can be refused."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import pytest

from rca.model import ActionMark, Evidence, Investigation, Issue
from rca.model.evidence import LogLine
from rca.whys import (
    Answer,
    Attach,
    Back,
    Beside,
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
    View,
    done,
    meant,
    parse_command,
    question,
    read_event,
    replay,
    review,
    revision,
    schema,
    step,
    told,
    tree_lines,
    why_lines,
    write_event,
    written,
)
from tests.whys import world


class Session:
    """Commands given one after the other."""

    def __init__(self, material: Material | None = None, kind: str = "human"):
        self.material = material or Material(world.worklog(), world.BESIDE)
        self.state = replay(self.material, ())
        self.kind = kind
        self.minute = 0

    def give(self, command, kind=None):
        self.minute += 1
        at = world.AT + dt.timedelta(minutes=self.minute)
        outcome = step(self.state, command, at, "dana", kind or self.kind)
        assert outcome.question == question(outcome.state) or outcome.errors
        self.state = outcome.state
        return outcome

    def answer(self, _id=None, **values):
        assert _id in {None, self.asked}, self.asked
        return self.give(Answer(values))

    @property
    def asked(self):
        found = question(self.state)
        return found.id if found else ""

    @property
    def own(self):
        return self.state.draft.investigation

    def why(self, wid):
        return self.state.draft.tree.by_id[wid]

    def opened(self):
        self.answer("problem")
        self.answer("facts")
        return self


WHYS = (
    (
        "why:1",
        {"answer": "the gateway answers with the subprotocol jwt-auth that the client never offered", "evidence": "c1", "next": "why"},
    ),
    (
        "why:1.1",
        {"answer": "the gateway picks the first configured subprotocol", "evidence": "src/gateway/handshake.py:41@3fa9c1d", "next": "why"},
    ),
    ("why:1.1.1", {"answer": "picking has no contract", "evidence": "3fa9c1d", "next": "within control", "level": "design"}),
    ("why:2", {"answer": "the contract test offers what is configured", "evidence": "c1", "next": "within control", "level": "process"}),
    ("why:3", {"answer": "reviews of protocols have no list of demands", "evidence": "#412", "next": "within control", "level": "process"}),
)
DONE = {"owner": "dana", "due": "2026-12-01", "done_when": "the suite is green"}


def explained(session):
    """All whys answered and read back."""
    for asked, values in WHYS:
        assert session.answer(asked, **values).errors == ()
    for wid in ("1.1.1", "1.1", "1", "2", "3"):
        session.answer(f"edge:{wid}", verdict="yes")
    return session


def test_the_sentence_of_the_problem_follows_the_clusters_that_are_named():
    offered = question(Session().state).prefilled["problem"]
    for named in ("c2", "2", "C2"):
        session = Session()
        assert session.answer("problem", clusters=named).errors == ()
        assert session.own.clusters == ("c2",)
        assert "connection to users-db refused" in session.own.problem
        assert session.own.problem != offered
    # What a driver sends that shows the sentence of the first cluster is the sentence still; what somebody wrote is theirs.
    session = Session()
    session.answer("problem", clusters="c2", problem=offered)
    assert "users-db" in session.own.problem
    session = Session()
    session.answer("problem", clusters="c2", problem="1 of 4 cases fails on staging: the users are gone")
    assert session.own.problem == "1 of 4 cases fails on staging: the users are gone"
    assert Session().answer("problem", clusters="c9").errors[0].field == "clusters"


def test_clusters_are_offered_a_line_each():
    entry = next(one for one in question(Session().state).fields if one.name == "clusters")
    assert [line.partition(":")[0] for line in entry.help.splitlines()] == ["c1", "c2"]
    assert "\n" not in schema(question(Session().state))["properties"]["clusters"]["description"]


def test_what_a_choice_means_stands_in_its_schema():
    session = Session().opened()
    session.answer("why:1", **WHYS[0][1] | {"next": ""})
    about = schema(question(session.state))["properties"]["next"]["description"]
    assert about.startswith("why: ask why of it; also: ")


@pytest.mark.parametrize(("typed", "expected"), [("y", "yes"), ("n", "no"), ("ne", "needs condition"), ("2", "no"), ("NO", "no")])
def test_a_choice_is_read_from_its_beginning(typed, expected):
    assert meant(("yes", "no", "needs condition"), typed) == [expected]


@pytest.mark.parametrize(("typed", "expected"), [("", ["why", "also"]), ("x", []), ("9", []), ("٢", [])])
def test_what_is_no_choice_is_none(typed, expected):
    assert meant(("why", "also"), typed) == expected


def test_a_choice_that_is_none_names_what_there_is():
    session = Session().opened()
    outcome = session.answer("why:1", answer="the gateway answers jwt-auth", evidence="c1", next="maybe")
    assert outcome.errors[0].message == "And then: 'maybe' is none of why, also, within control, data exhausted"
    outcome = session.answer("why:1", answer="the gateway answers jwt-auth", evidence="c1", confidence="")
    session.answer("next:1", next="within control", level="design")
    session.give(Goto("edge:1"))
    outcome = session.answer("edge:1", verdict="")
    assert outcome.errors[0].message == "Does it follow is empty"


def test_commands_say_what_they_did():
    session = Session().opened()
    assert told(session.answer("why:1", **WHYS[0][1])) == ["why 1: supported"]
    assert told(session.give(Attach("https://x.example/a", "1"))) == ["why 1: https://x.example/a is attached, not looked up"]
    assert told(session.give(Undo())) == ["taken back: https://x.example/a at why 1; `:redo` takes it again"]
    assert told(session.give(Redo())) == ["taken again: https://x.example/a at why 1"]
    assert told(session.give(Detach("https://x.example/a", "1"))) == ["why 1: https://x.example/a is taken away; supported now"]
    assert told(session.give(Confirm("1"))) == ["why 1 is confirmed by dana"]
    assert told(session.give(Goto("why:1"))) == []
    changed = {"answer": WHYS[0][1]["answer"], "evidence": "c1 https://x.example/b"}
    assert told(session.answer("why:1", **changed)) == ["why 1: supported; not looked up: https://x.example/b"]
    assert told(session.give(Skip())) == ["why:1.1 is left open; the review comes back to it"]
    assert told(session.give(Undo())) == ["taken back: that why:1.1 was left open; `:redo` takes it again"]


def test_each_step_of_a_session_can_be_named_when_it_is_taken_back():
    session = finished(explained(Session().opened()))
    lines = []
    while outcome := session.give(Undo()):
        if outcome.errors:
            break
        lines += told(outcome)
    assert all(line.startswith("taken back: ") and "step" not in line for line in lines)
    assert lines[-1] == "taken back: the problem; `:redo` takes it again"


def test_an_entry_that_is_emptied_says_that_it_is_gone():
    session = finished(explained(Session().opened()))
    session.give(Goto("action:2"))
    assert told(session.answer("action:2", text="")) == ["action 2 is taken out"]
    session.give(Goto("lesson:1"))
    assert told(session.answer("lesson:1", text="")) == ["lesson 1 is taken out"]
    session.give(Goto("fix"))


def test_a_rule_is_not_set_aside_where_it_finds_nothing():
    session = Session().opened()
    refused = session.give(SetAside("9", "no report", "why:1")).errors[0]
    assert refused.message == "rule 9 finds nothing at why:1"
    assert refused.hint == "it stands at root_cause, prediction; name the place: `:override 9@root_cause REASON`"
    assert session.give(SetAside("12", "none")).errors[0].hint == ""
    assert told(session.give(SetAside("9", "no report", "prediction"))) == ["rule 9 is set aside at prediction: no report"]


def test_the_whys_can_be_told_when_the_run_is_green_again():
    worklog = world.worklog()
    over = worklog.model_copy(update={"clusters": tuple(one.model_copy(update={"failing": False}) for one in worklog.clusters)})
    session = finished(explained(Session(Material(over, world.BESIDE)).opened()))
    session.give(Finish())
    assert done(session.state), review(session.state)
    assert session.own.clusters == ("c1",)
    assert [(entry.cluster, entry.why) for entry in session.own.mapping] == [("c1", "1.1.1"), ("c2", "")]


def test_suspects_are_not_offered_as_the_fix():
    session = explained(Session().opened())
    session.give(Goto("fix"))
    assert question(session.state).candidates == ()


def finished(session):
    session.answer("root_cause", statement="the gateway answers with a configured subprotocol that nobody offered", category="code")
    session.answer("prediction", failure_text="unsupported subprotocol: jwt-auth")
    session.answer("clusters")
    session.answer("fix", summary="Offer only what was asked", commits="3fa9c1d", locations="src/gateway/handshake.py:41@3fa9c1d")
    for number, text in enumerate(("Pick only offered subprotocols", "Add a contract test", "Write the list of demands"), 1):
        assert session.answer(f"action:{number}", text=text, **DONE).errors == ()
    session.give(Skip())
    session.answer("lesson:1", text="the list of suspects was right", kind="went well")
    session.give(Skip())
    return session


def test_a_whole_session():
    session = finished(explained(Session().opened()))
    assert session.asked == "review"
    assert question(session.state).findings == ()
    assert session.give(Finish()).errors == ()
    assert done(session.state)
    assert session.asked == ""
    record = written(session.state)
    own = record.investigations[0]
    assert own.finished_at == session.state.events[-1].at
    assert [w.status for w in own.whys] == ["supported", "hypothesis", "supported", "supported", "supported"]
    assert own.prediction.turns_green == world.CASES["c1"]
    assert own.prediction.stays_red == world.CASES["c2"]
    assert [(m.cluster, m.to, m.why) for m in own.mapping] == [("c1", "leaf", "1.1.1"), ("c2", "unexplained", "")]
    assert [a.cause for a in record.actions] == ["1.1.1", "2", "3"]
    assert [a.kind for a in record.actions] == ["repair", "detect", "prevent"]
    assert record.fixes[0].investigation == "i1"
    assert str(record.fixes[0].locations[0]) == "src/gateway/handshake.py:41@3fa9c1d"
    assert record.lessons[0].text == "the list of suspects was right"
    assert own.clusters == ("c1",)
    assert type(record).model_validate_json(record.model_dump_json()) == record


def test_the_problem_and_the_facts_are_there_already():
    session = Session()
    first = question(session.state)
    assert first.prefilled["problem"] == "2 of 10 cases fail on staging (E2E): “unsupported subprotocol: jwt-auth”, in run run-1."
    assert session.answer("problem").errors == ()
    facts = question(session.state)
    assert "run run-1: 3 of 10 cases failed" in facts.prefilled["timeline"]
    assert "cases failed, the first bad one of c1 [" in facts.prefilled["timeline"]
    assert "issue opened" not in facts.prefilled["timeline"]
    session.answer("facts", severity="high", impact="no live events")
    assert written(session.state).severity == "high"
    assert len(written(session.state).timeline) == len(facts.prefilled["timeline"].split("\n"))


def test_the_timeline_knows_the_issue_that_resembles_the_failure():
    issues = (
        Issue(number=412, title="Live events do not open", created_at=world.AT - dt.timedelta(hours=9), clusters=("c1",)),
        Issue(number=398, title="Quota answers 429 too early", created_at=world.AT, clusters=("c2",)),
    )
    state = replay(Material(world.worklog(issues=issues)), ())
    state = step(state, Answer({}), world.AT).state
    lines = question(state).prefilled["timeline"].split("\n")
    assert lines[0] == "2026-11-21T23:00:00Z issue opened: Live events do not open [#412]"
    assert not any("Quota" in line for line in lines)


def test_a_failure_text_that_the_reports_do_not_show_stops_at_rule_9():
    session = explained(Session().opened())
    session.answer("root_cause", statement="the server answers with a protocol that was not offered")
    outcome = session.answer("prediction", failure_text="no subprotocols supported")
    assert [(f.rule, f.severity, f.where, f.field) for f in outcome.errors] == [(9, "error", "prediction", "failure_text")]
    assert "unsupported subprotocol: jwt-auth" in outcome.errors[0].message
    assert outcome.accepted
    assert outcome.question.id == "prediction"
    assert outcome.question.prefilled["failure_text"] == "no subprotocols supported"
    stopped = session.give(Finish())
    assert 9 in {f.rule for f in stopped.errors}
    assert session.answer("prediction", failure_text="unsupported subprotocol: jwt-auth").errors == ()
    assert session.asked == "clusters"


def test_a_root_cause_that_quotes_the_wrong_error_stops_at_rule_9():
    session = explained(Session().opened())
    outcome = session.answer(
        "root_cause", statement="The server answers with a protocol that was not offered: error `no subprotocols supported`"
    )
    assert [(f.rule, f.where) for f in outcome.errors] == [(9, "root_cause")]
    assert session.answer("root_cause", statement="The server answers with a protocol that was not offered").errors == ()


def test_an_answer_against_a_rule_is_kept_and_asked_again_until_it_is_mended_or_skipped():
    session = Session().opened()
    outcome = session.answer("why:1", answer="the gateway answers with jwt-auth")
    assert [f.rule for f in outcome.errors] == [4]
    assert outcome.question.prefilled["answer"] == "the gateway answers with jwt-auth"
    assert session.give(Attach("1")).errors == ()
    assert session.asked == "next:1"
    assert session.why("1").status == "supported"
    session.give(Undo())
    session.give(Goto("1"))
    session.give(Skip())
    assert session.asked == "next:1"


def test_a_rule_is_set_aside_by_a_person_with_a_reason():
    session = Session().opened()
    session.answer("why:1", answer="the gateway answers with jwt-auth")
    assert session.give(SetAside("4", "the log was rotated away"), kind="agent").errors[0].message == "only a person sets a rule aside"
    assert session.give(SetAside("4", "the log was rotated away")).errors == ()
    assert session.asked == "next:1"
    aside = [f for f in review(session.state) if f.rule == 4]
    assert [f.overridden for f in aside] == ["the log was rotated away"]
    assert session.own.overrides[0].author == "dana"
    session.give(SetAside("4", "", "why:1"))
    assert session.own.overrides == ()


def test_a_branch_a_step_that_does_not_hold_and_a_condition_that_is_missing():
    session = Session().opened()
    session.answer("why:1", answer="the gateway answers with jwt-auth", evidence="c1", next="also")
    assert session.asked == "why:2"
    assert "what else was needed" in question(session.state).text
    session.answer("why:2", answer="the client rejects what it never offered", evidence="c1", next="data exhausted")
    session.answer("next:1", next="1")
    session.answer("why:1.1", answer="the gateway picks the first one", evidence="c1", next="data exhausted")
    session.give(Skip())
    session.give(Skip())
    assert session.asked == "edge:1.1"
    session.answer("edge:1.1", verdict="no")
    assert session.asked == "why:1.1"
    session.answer("why:1.1", answer="the gateway picks what is configured first")
    assert session.asked == "edge:1.1"
    refused = session.answer("edge:1.1", verdict="needs condition")
    assert refused.errors[0].field == "condition"
    session.answer("edge:1.1", verdict="needs condition", condition="nothing filters it")
    assert session.asked == "why:1.2"
    session.answer("why:1.2", answer="no filter stands behind the gateway", evidence="c1", next="data exhausted")
    assert session.asked == "edge:1.1"
    assert "together with “no filter stands behind the gateway”" in question(session.state).text
    assert session.give(Branch("1.2")).errors == ()
    assert session.asked == "why:1.3"
    assert "why 1.9" not in " ".join(tree_lines(session.state))
    assert any("(open)" in line for line in tree_lines(session.state, ascii_only=True))


def test_an_edit_asks_the_questions_below_anew_and_reads_them_back_again():
    session = explained(Session().opened())
    session.give(Edit("1.1"))
    session.answer("why:1.1", answer="the gateway takes whatever stands first in its configuration")
    assert session.why("1.1.1").question == "Why is it so: “the gateway takes whatever stands first in its configuration”?"
    assert [session.why(w).read_back for w in ("1", "1.1", "1.1.1", "2")] == ["yes", "", "", "yes"]
    assert session.asked == "edge:1.1.1"
    session.give(Edit("1.1"))
    session.answer("why:1.1", confidence="high")
    assert session.why("1.1").confidence == "high"
    assert session.why("1.1").answer.startswith("the gateway takes")


def test_another_problem_is_another_question_at_the_top():
    session = explained(Session().opened())
    session.give(Goto("problem"))
    session.answer("problem", problem="2 of 10 cases fail on staging in run-1, the same seven months long")
    assert session.why("1").question == "Why did this happen: “2 of 10 cases fail on staging in run-1, the same seven months long”?"
    assert session.why("1").read_back == ""


def test_an_agents_answer_stays_a_hypothesis_until_a_person_confirms_what_was_found():
    session = Session(kind="agent").opened()
    session.answer("why:1", answer="the gateway answers with jwt-auth", evidence="c1", status="supported", next="why")
    assert session.why("1").status == "hypothesis"
    assert session.why("1").author_kind == "agent"
    assert session.give(Confirm("1")).errors[0].field == "author"
    assert session.give(Confirm("1"), kind="human").errors == ()
    assert session.why("1").status == "supported"
    assert session.why("1").confirmed_by == "dana"
    session.answer("why:1.1", answer="the gateway picks the first one", evidence="deadbeef1", next="why")
    assert "was found" in session.give(Confirm("1.1"), kind="human").errors[0].message
    session.give(Attach("c1", "1.1"))
    assert session.why("1.1").status == "hypothesis"
    assert any("by an agent" in line for line in tree_lines(session.state))


def test_unknown_ends_a_chain_and_says_what_was_tried():
    session = Session().opened()
    session.give(Unknown("asked the vendor twice"))
    assert (session.why("1").status, session.why("1").answer, session.why("1").leaf) == (
        "unknown",
        "asked the vendor twice",
        "data exhausted",
    )
    assert session.asked == "why:2"
    session.give(Goto("facts"))
    assert session.give(Unknown()).errors[0].message == "only a why can be unknown"


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("case:s::events::test_flow c1 #412", ["s::events::test_flow", "c1", "#412"]),
        ("case:s::events::test_flow, case:s::users::test_lists c1", ["s::events::test_flow", "s::users::test_lists", "c1"]),
        ("case:s::events::adds a total", ["s::events::adds a total"]),
        ("case: s::events::test_flow", ["s::events::test_flow"]),
    ],
)
def test_the_name_of_a_case_may_hold_spaces_and_what_follows_one_that_is_known_stands_alone(text, refs):
    session = Session().opened()
    session.answer("why:1", answer="the gateway answers with jwt-auth", evidence=text)
    assert [entry.ref for entry in session.why("1").evidence] == refs


def test_what_was_written_beside_an_answer_is_not_dropped():
    session = Session().opened()
    for asked, values in WHYS:
        session.answer(asked, **values)
    refused = session.answer("edge:1.1.1", verdict="yes", condition="if the client is a browser").errors[0]
    assert (refused.rule, refused.field) == (0, "condition")
    session.answer("edge:1.1.1", verdict="needs condition", condition="the client is a browser")
    for wid in ("1.1", "1", "2", "3"):
        session.give(Goto(f"edge:{wid}"))
        session.answer(f"edge:{wid}", verdict="yes")
    session.give(Goto("edge:1.1.1"))
    assert session.answer("edge:1.1.1", verdict="yes").errors == ()
    session.give(Goto("action:1"))
    refused = session.answer("action:1", owner="dana").errors[0]
    assert (refused.rule, refused.field, refused.message) == (0, "text", "Action is empty")
    session.answer("action:1", text="Add a test", owner="dana", kind="detect")
    session.give(Goto("action:1"))
    assert session.answer("action:1", text="").errors == ()
    assert session.state.draft.actions == ()


def test_evidence_comes_and_goes():
    session = Session().opened()
    session.answer("why:1", answer="the gateway answers with jwt-auth", evidence="c1, #412\napp.log:7; https://example.com/x", next="why")
    assert [e.kind for e in session.why("1").evidence] == ["cluster", "issue", "log", "url"]
    assert [e.state for e in session.why("1").evidence] == ["found", "found", "not looked up", "not looked up"]
    session.give(Detach("#412", "1"))
    assert [e.kind for e in session.why("1").evidence] == ["cluster", "log", "url"]
    session.give(Detach("c1"))
    assert session.why("1").status == "hypothesis"
    assert session.give(Detach("#412", "1")).errors[0].field == "evidence"
    assert session.give(Detach("#412", "9")).errors[0].field == "why"
    assert session.give(Attach("", "1")).errors[0].message == "the reference is empty"
    assert session.give(Attach("nonsense", "1")).errors[0].field == "evidence"
    assert session.give(Attach("9", "1")).errors[0].message == "there is no candidate 9 here"
    assert session.give(Attach("\n".join(f"#{n}" for n in range(1, 30)), "1")).errors[0].message.endswith("20 are the most")


def test_what_a_resolver_says_is_kept_and_not_asked_again():
    asked = []

    def resolve(evidence: Sequence[Evidence]) -> list[Evidence]:
        asked.extend(one.ref for one in evidence)
        seen = {"state": "found", "sha256": "ab" * 32, "excerpt": "token=ghp_" + "a" * 36 + "\x1b[31m" + "x" * 9_000}
        return [one.model_copy(update=seen) for one in evidence]

    session = Session(Material(world.worklog(), Beside(resolve=resolve))).opened()
    session.answer("why:1", answer="the gateway answers", evidence="src/a.py:3@3fa9c1d")
    found = session.why("1").evidence[0]
    assert (found.state, found.sha256) == ("found", "ab" * 32)
    assert "ghp_" not in found.excerpt
    assert "\x1b" not in found.excerpt
    assert len(found.excerpt) <= 300
    replay(session.material, session.state.events)
    session.give(Edit("1"))
    session.answer("why:1", confidence="low")
    assert asked.count("src/a.py:3@3fa9c1d") == 1


def test_log_lines_are_offered_with_their_hash():
    line = LogLine("gateway.log", 17, "answering with the subprotocol jwt-auth, first of configured", sha256="ab" * 32)
    session = Session(Material(world.worklog(), Beside(log_lines=lambda _: (line,)))).opened()
    offered = [(c.ref.ref, c.why_offered) for c in question(session.state).candidates]
    assert ("gateway.log:17", "a line of gateway.log; shares subprotocol, jwt, auth") in offered
    assert next(c.ref.sha256 for c in question(session.state).candidates if c.ref.kind == "log") == "ab" * 32


def test_texts_are_cleaned_and_redacted_and_never_cut():
    session = Session().opened()
    session.answer("why:1", answer="\x1b[31mthe gateway\x00 says\u202e token=ghp_" + "a" * 36 + " <b>@team</b>", evidence="c1", next="why")
    assert session.why("1").answer == "the gateway says<U+202E> token=[redacted] <b>@team</b>"
    long = "x" * 2_001
    outcome = session.answer("why:1.1", answer=long, evidence="c1")
    assert not outcome.accepted
    assert outcome.errors[0].field == "answer"
    assert "2,001 characters" in outcome.errors[0].message
    assert outcome.question.prefilled["answer"] == long
    assert outcome.question.prefilled["evidence"] == "c1"
    huge = "y" * 1_000_000
    assert session.answer("why:1.1", answer=huge).question.prefilled["answer"] == huge
    assert all(len(write_event(event)) < 10_000 for event in session.state.events)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "answer"),
        ({"answer": " \n"}, "answer"),
        ({"answer": "a", "nosuch": "x"}, "nosuch"),
        ({"answer": "a", "confidence": "very"}, "confidence"),
        ({"answer": "a", "confidence": "9"}, "confidence"),
        ({"answer": "a", "status": "u n"}, "status"),
        ({"answer": "a", "evidence": "what is this"}, "evidence"),
        ({"answer": 7}, "answer"),
        ({"answer": None, "evidence": "c1"}, "answer"),
    ],
)
def test_a_form_that_is_wrong_is_refused_with_its_field(values, field):
    session = Session().opened()
    before = session.state
    outcome = session.give(Answer(values))
    assert [(f.rule, f.field, f.where) for f in outcome.errors] == [(0, field, "why:1")]
    assert not outcome.accepted
    assert session.state == before


def test_the_first_field_needs_no_name_and_choices_go_by_number_or_beginning():
    session = Session().opened()
    session.give(Answer({"": "the gateway answers", "evidence": "c1", "confidence": "h", "next": "3", "level": "des"}))
    why = session.why("1")
    assert (why.answer, why.confidence, why.leaf, why.level) == ("the gateway answers", "high", "within control", "design")


def test_an_answer_to_another_question_is_refused():
    session = Session().opened()
    assert session.give(Answer({"answer": "a"}, question="why:2")).errors[0].field == "question"
    assert session.give(Answer({"answer": "a", "evidence": "c1"}, question="why:1")).accepted


@pytest.mark.parametrize(
    ("asked", "values", "field"),
    [
        ("problem", {"clusters": "c1 c9"}, "clusters"),
        ("facts", {"timeline": "yesterday it broke"}, "timeline"),
        ("facts", {"timeline": "2026-13-40 it broke"}, "timeline"),
        ("facts", {"timeline": "\n".join(["2026-11-22 x"] * 2_001)}, "timeline"),
        ("root_cause", {"statement": "s", "whys": "7"}, "whys"),
        ("prediction", {"failure_text": "f", "turns_green": "c9"}, "turns_green"),
        ("prediction", {"failure_text": "f", "stays_red": "no case"}, "stays_red"),
        ("clusters", {"mapping": "c1 is fine"}, "mapping"),
        ("clusters", {"mapping": "c9: unexplained"}, "mapping"),
        ("fix", {"summary": "s", "commits": "HEAD"}, "commits"),
        ("fix", {"summary": "s", "locations": "@"}, "locations"),
        ("action:1", {"text": "Add a test", "kind": "detect", "due": "tomorrow"}, "due"),
        ("action:1", {"text": "Add a test", "kind": ""}, "kind"),
        ("lesson:1", {"text": "x", "kind": "bad"}, "kind"),
        ("review", {"go": "99"}, "go"),
        ("review", {"go": "nowhere"}, ""),
    ],
)
def test_each_question_refuses_what_it_cannot_read(asked, values, field):
    session = Session().opened()
    session.give(Goto(asked))
    assert session.asked == asked
    outcome = session.answer(asked, **values)
    assert (outcome.errors[0].rule, outcome.errors[0].field) == (0, field)
    assert not outcome.accepted


def test_cases_and_clusters_may_be_named_one_by_one():
    session = Session().opened()
    session.give(Goto("prediction"))
    session.answer("prediction", failure_text="unsupported subprotocol: jwt-auth", turns_green="s::events::test_flow\nc2", stays_red="")
    assert session.own.prediction.turns_green == ("s::events::test_flow", "s::users::test_lists")
    session.give(Goto("prediction"))
    assert question(session.state).prefilled["turns_green"] == "s::events::test_flow\ns::users::test_lists"
    session.give(Goto("clusters"))
    session.answer("clusters", mapping="c2: out of scope another team\nrest: unexplained")
    assert [(m.cluster, m.to, m.reason) for m in session.own.mapping] == [("c2", "out of scope", "another team"), ("c1", "unexplained", "")]
    session.give(Goto("clusters"))
    assert question(session.state).prefilled["mapping"] == "c2: out of scope another team\nc1: unexplained"


def test_actions_and_lessons_are_changed_and_taken_out():
    session = Session().opened()
    session.give(Goto("actions"))
    assert session.answer("action:1", text="Add a test", kind="detect").errors
    session.give(Goto("action:new"))
    session.answer("action:2", text="Pin it", kind="repair", cause="c1", **DONE)
    session.give(Goto("action:1"))
    session.answer("action:1", text="")
    assert [a.text for a in session.state.draft.actions] == ["Pin it"]
    session.give(Goto("lessons"))
    session.answer("lesson:1", text="late alert", kind="went badly")
    session.give(Goto("lesson:1"))
    session.answer("lesson:1", text="very late alert")
    assert [lesson.text for lesson in session.state.draft.lessons] == ["very late alert"]
    session.give(Goto("lesson:1"))
    session.answer("lesson:1", text="")
    assert session.state.draft.lessons == ()
    assert session.give(Goto("action:7")).errors


def test_what_went_badly_asks_for_an_action():
    session = Session().opened()
    for name in ("why:1", "why:1", "why:1", "root_cause", "prediction", "clusters", "fix", "action:1"):
        assert session.asked == name
        session.give(Skip())
    session.answer("lesson:1", text="the alert came late", kind="went badly")
    session.give(Skip())
    asked = question(session.state)
    assert (asked.id, asked.parent, asked.prefilled) == ("action:1", "the alert came late", {"cause": "lesson 1"})
    session.answer("action:1", text="Alert on 1002", kind="detect", **DONE)
    assert session.asked == "review"
    leg = next(number for number, finding in enumerate(question(session.state).findings, 1) if finding.where == "leg:detection")
    session.answer("review", go=str(leg))
    assert session.asked == "why:1"
    assert "Which test or check" in question(session.state).text
    session.give(Skip())
    session.give(Goto("leg:occurrence"))
    session.answer("why:1", answer="the gateway answers with jwt-auth", evidence="c1", next="data exhausted")
    session.give(Goto("leg:occurrence"))
    assert session.asked == "why:1"


def test_back_goes_the_way_that_was_come():
    session = Session()
    assert session.give(Back()).errors
    explained(session.opened())
    session.give(Back())
    assert session.asked == "edge:3"
    session.give(Back())
    assert session.asked == "edge:2"
    session.give(Skip())
    assert session.asked == "root_cause"


def test_undo_to_the_first_event_and_redo_to_the_last():
    session = finished(explained(Session().opened()))
    end = session.state.draft
    seen = []
    while session.give(Undo()).accepted:
        seen.append(session.state.draft)
    assert session.state.draft == replay(session.material, ()).draft
    assert session.asked == "problem"
    while session.give(Redo()).accepted:
        assert replay(session.material, session.state.events).draft == session.state.draft
    assert session.state.draft == end
    assert len(seen) > 20


def test_an_answer_after_an_undo_ends_what_could_be_redone():
    session = Session().opened()
    session.give(Undo())
    session.give(Goto("problem"))
    session.give(Back())
    session.answer(None, severity="low") if session.asked == "facts" else session.answer()
    assert session.give(Redo()).errors[0].message == "there is nothing to redo"


def test_one_answer_is_undone_at_once():
    session = Session().opened()
    session.answer("why:1", answer="the gateway answers", evidence="c1", next="within control", level="design")
    session.give(Undo())
    assert session.asked == "why:1"
    assert session.own.whys == ()


def test_a_finished_investigation_is_opened_again_by_a_change():
    session = finished(explained(Session().opened()))
    session.give(Finish())
    assert session.give(Finish()).errors
    assert session.give(Answer({"a": "b"})).errors
    assert session.give(Skip()).errors
    session.give(Goto("facts"))
    assert session.asked == "facts"
    session.answer("facts", severity="low")
    assert not done(session.state)
    assert session.asked == "review"
    session.answer("review", go="finish")
    assert done(session.state)
    session.give(Undo())
    assert not done(session.state)


def test_what_a_run_said_holds_as_long_as_the_same_is_foretold():
    session = finished(explained(Session().opened()))
    session.give(Finish())
    log = written(session.state)
    (part,) = log.investigations
    judged = part.prediction.model_copy(update={"verdict": "confirmed", "judged_by": "run-2", "right": part.prediction.turns_green})
    log = log.model_copy(update={"investigations": (part.model_copy(update={"prediction": judged}),)})
    session.give(Goto("facts"))
    session.answer("facts", severity="low")
    again = replay(Material(log, world.BESIDE), session.state.events)
    assert written(again).investigations[0].prediction == judged
    session.give(Goto("prediction"))
    session.answer("prediction", failure_text="unsupported subprotocol")
    again = replay(Material(log, world.BESIDE), session.state.events)
    assert written(again).investigations[0].prediction.verdict == "not judged"


def test_an_action_that_was_marked_as_done_stays_so():
    session = finished(explained(Session().opened()))
    session.give(Finish())
    log = written(session.state)
    assert {action.done for action in log.actions} == {False}
    log = log.model_copy(update={"actions": (log.actions[0].model_copy(update={"done": True}), *log.actions[1:])})
    again = replay(Material(log, world.BESIDE), session.state.events)
    assert [action.done for action in written(again).actions] == [True, False, False]


def test_how_an_action_was_closed_and_opened_again_is_kept_when_its_investigation_is_written_again():
    session = finished(explained(Session().opened()))
    session.give(Finish())
    log = written(session.state)
    marks = (ActionMark(at=world.AT, author="platform team", done=True), ActionMark(at=world.AT, done=False, note="it came back"))
    log = log.model_copy(update={"actions": (log.actions[0].model_copy(update={"history": marks}), *log.actions[1:])})
    again = written(replay(Material(log, world.BESIDE), session.state.events))
    assert [(action.done, len(action.history)) for action in again.actions] == [(False, 2), (False, 0), (False, 0)]


def test_before_the_problem_nothing_else_can_be_done():
    session = Session()
    for command in (
        Skip(),
        Finish(),
        SetAside("4", "x"),
        Goto("facts"),
        Goto("why:1"),
        Branch(),
        Confirm(),
        Attach("c1"),
        Undo(),
        Redo(),
        View("tree"),
    ):
        assert session.give(command).errors, command
    assert session.state.events == ()
    assert tree_lines(session.state) == ["(no problem yet)"]
    assert review(session.state) == ()
    assert written(session.state) is session.material.worklog


def test_a_worklog_without_runs_or_clusters_can_still_be_asked_about():
    session = Session(Material(world.worklog(runs=(), clusters=(), timeline=(), issues=())))
    assert session.answer("problem").errors[0].field == "problem"
    outcome = session.answer("problem", problem="Checkout fails on staging")
    assert {f.rule for f in outcome.errors} == {1}
    session.give(Skip())
    session.answer("facts")
    session.answer("why:1", answer="no idea", evidence="app.log:3", next="data exhausted")
    assert session.asked == "why:2"


def test_a_second_investigation_gets_its_own_name_and_leaves_the_first_alone():
    first = finished(explained(Session().opened()))
    first.give(Finish())
    second = finished(explained(Session(Material(written(first.state))).opened()))
    assert second.give(Finish()).errors == ()
    record = written(second.state)
    assert [i.id for i in record.investigations] == ["i1", "i2"]
    assert len(record.actions) == 6
    assert [fix.investigation for fix in record.fixes] == ["i1", "i2"]


def test_events_are_numbered_and_survive_json():
    session = finished(explained(Session().opened()))
    events = session.state.events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert revision(session.state) == len(events)
    again = tuple(read_event(write_event(event)) for event in events)
    assert again == events
    assert replay(session.material, again) == session.state
    assert written(replay(session.material, again)).model_dump_json() == written(session.state).model_dump_json()


def test_a_damaged_journal_changes_nothing_it_does_not_fit():
    session = explained(Session().opened())
    events = session.state.events
    for left_out in range(len(events)):
        kept = events[:left_out] + events[left_out + 1 :]
        state = replay(session.material, kept)
        question(state)
        review(state)
    with pytest.raises(ValueError):
        read_event('{"type": "why"}')


def test_the_schema_of_an_answer_tells_what_is_needed():
    session = Session().opened()
    found = schema(question(session.state))
    assert found["required"] == ["answer"]
    assert found["properties"]["confidence"]["enum"] == ["low", "medium", "high", ""]
    assert found["properties"]["answer"]["maxLength"] == 2_000
    session.give(Goto("actions"))
    assert schema(question(session.state))["properties"]["due"]["format"] == "date"
    assert any("Rule 13" in line for line in why_lines(question(session.state)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (":back", Back()),
        (":b", ":b may be :back or :branch"),
        (":goto 2.1", Goto("2.1")),
        (":goto", ":goto needs ID, as `:goto 2.1`"),
        (":un", ":un may be :unknown or :undo"),
        (":unk the log is gone", Unknown("the log is gone")),
        (":evidence app.log:3", Attach("app.log:3")),
        (":override 4 the log is gone", SetAside("4", "the log is gone")),
        (":override 4@why:1 gone", SetAside("4", "gone", "why:1")),
        (":override 4", ":override needs RULE REASON: `:override 4 the log was rotated away`"),
        (":tree", View("tree")),
        (":WHY", View("why")),
        (":", "there is no :; :help lists what there is"),
        (":frob", "there is no :frob; :help lists what there is"),
        (":confirm 1.1", Confirm("1.1")),
        (":branch", Branch("")),
        (":edit 1", Edit("1")),
        (":detach #4", Detach("#4")),
        (":skip", Skip()),
        (":undo", Undo()),
        (":redo", Redo()),
        (":finish", Finish()),
    ],
)
def test_commands_are_read_from_a_line(line, expected):
    assert parse_command(line) == expected


def test_a_record_without_the_newer_fields_is_read():
    old = {"id": "i1", "problem": "p", "whys": [{"id": "1", "question": "q", "answer": "a", "evidence": [{"kind": "case", "ref": "x"}]}]}
    old |= {"root_cause": {"statement": "s"}, "prediction": {"failure_text": "t", "verdict": "refuted", "judged_by": "run-1"}}
    found = Investigation.model_validate_json(json.dumps(old))
    assert (found.whys[0].read_back, found.whys[0].evidence[0].state, found.prediction.right, found.finished_at) == (
        "",
        "not looked up",
        (),
        None,
    )
