"""The investigation in the face: what each part of it says, and that nothing that was typed breaks it."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime

import pytest

from rca.document.view.links import Web, web_of
from rca.model import (
    Action,
    Cluster,
    Compliance,
    Context,
    Deployment,
    Evidence,
    Fix,
    Investigation,
    Issue,
    Lesson,
    Location,
    Mapped,
    Match,
    Override,
    Prediction,
    RootCause,
    Run,
    Validation,
    Why,
    Worklog,
)
from rca.workflow import render
from tests.markdown import RENDERERS, each_renderer, plain, seen

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SHA = "0123456789abcdef0123456789abcdef01234567"
RUN = Run(id="run-1", started_at=AT, context=Context(repo="acme/shop", url="https://github.com/acme/shop/actions/runs/7"))
LATER = RUN.model_copy(update={"id": "run-2", "context": Context(url="https://github.com/acme/shop/actions/runs/8")})


def worklog(*whys, prediction=None, cause=None, **changes):
    facts = {"id": "i1", "problem": "p", "finished_at": AT, "author": "dana"}
    part = Investigation(**{**facts, "whys": whys, "root_cause": cause, "prediction": prediction, **changes.pop("part", {})})
    base = {"id": "2026-01-02-x", "title": "x", "opened_at": AT, "runs": (RUN, LATER), "investigations": (part,)}
    return Worklog(**{**base, **changes})


def why(name="1", answer="it was late", **changes):
    parent = name.rpartition(".")[0] or None
    return Why(**{"id": name, "parent": parent, "question": "Why is it so: “p”?", "answer": answer, **changes})


def phase(given):
    """The lines of the phase of the whys, without its chart."""
    (part,) = [part for part in re.split(r"(?m)^## ", render(given)) if re.match(r"\d (?:Five whys|Fix)", part)]
    return re.sub(r"(?ms)^```mermaid.*?^```$", "", part).split("\n")


def line_after(given, start):
    """The line that begins so, and the one below it."""
    lines = phase(given)
    index = next(index for index, line in enumerate(lines) if line.lstrip().startswith(start))
    return lines[index].strip(), lines[index + 1].strip()


# -- the tree --------------------------------------------------------------------------------------------------------

# A why, and the line below its answer.
WORTH = [
    ({}, "*hypothesis*, no evidence"),
    ({"status": "unknown", "confidence": "low"}, "*unknown*"),
    ({"status": "supported", "confidence": "high", "evidence": (Evidence(kind="cluster", ref="c3"),)}, "*supported*, high confidence: cluster 3"),
    ({"status": "refuted", "read_back": "no"}, "*refuted*, no evidence"),
    ({"read_back": "no"}, "*hypothesis*, no evidence. **What stands above does not follow from it**"),
    ({"read_back": "needs condition", "condition": "load"}, "*hypothesis*, no evidence. Also needed: load"),
    ({"read_back": "needs condition"}, "*hypothesis*, no evidence. Also needed: something else"),
    ({"leaf": "within control", "level": "design"}, "*hypothesis*, no evidence. Ends here: within control (design)"),
    ({"leaf": "data exhausted"}, "*hypothesis*, no evidence. Ends here: data exhausted"),
    ({"author_kind": "agent"}, "*hypothesis*, no evidence. Answered by an agent, **not confirmed by anybody**"),
    # What an agent calls supported is a hypothesis until somebody confirmed it.
    ({"author_kind": "agent", "author": "bot", "status": "supported"}, "*hypothesis*, no evidence. Answered by the agent bot, **not confirmed by anybody**"),
    (
        {"author_kind": "agent", "author": "bot", "status": "supported", "confirmed_by": "dana"},
        "*supported*, no evidence. Answered by the agent bot, confirmed by dana",
    ),
    (
        {"evidence": tuple(Evidence(kind="cluster", ref=f"c{number}") for number in range(11))},
        f"*hypothesis*: {'; '.join(f'cluster {number}' for number in range(8))}; and 3 more",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), WORTH)
def test_what_an_answer_is_worth(changes, expected):
    assert line_after(worklog(why(**changes)), "- **1**") == ("- **1** it was late\\", expected)


# A question, and what is shown of it before the answer.
QUESTIONS = [
    ("Why is it so: “p”?", ""),
    ("What let it exist?", "*What let it exist?* "),
    ("What happened?", ""),
    ("Why did the queue stand?", "*Why did the queue stand?* "),
    ("Why is it so: “something that stands nowhere”?", "*Why is it so: “something that stands nowhere”?* "),
]


@pytest.mark.parametrize(("question", "shown"), QUESTIONS)
def test_a_question_that_only_quotes_what_stands_above_is_left_out(question, shown):
    assert line_after(worklog(why(question=question)), "- **1**")[0] == f"- **1** {shown}it was late\\"


def test_the_tree_goes_by_legs_and_levels_whatever_the_order_of_the_record():
    whys = [
        why("1.1"),
        why("3", leg="systemic"),
        why("1", answer=""),
        why("1.1.1"),
        why("2", leg="detection"),
        why("2.1", leg="detection"),
        why("1.2", leg="detection"),
    ]
    lines = phase(worklog(*whys))
    shown = [line.rstrip("\\") for line in lines if re.match(r"\*\*\w+ |\s*- \*\*\d", line)]
    assert shown == [
        "**What happened**",
        "- **1** (no answer)",
        "   - **1.1** it was late",
        "      - **1.1.1** it was late",
        "**Why nothing caught it earlier**",
        "- **1.2** it was late",
        "- **2** it was late",
        "   - **2.1** it was late",
        "**What let it exist**",
        "- **3** it was late",
    ]


def test_circles_and_lost_parents_are_shown_once():
    turned = [why("1", parent="2"), why("2", parent="1"), why("3", parent="9"), why("4", parent="4")]
    text = "\n".join(phase(worklog(*turned)))
    assert all(text.count(f"- **{number}** ") == 1 for number in "1234")


def test_deep_and_long_trees_stay_readable():
    names = list(itertools.accumulate(["1"] * 300, lambda above, _: f"{above}.1"))
    lines = phase(
        worklog(
            *(
                why(name[:40] + str(index), parent=None if not index else names[index - 1][:40] + str(index - 1))
                for index, name in enumerate(names)
            )
        )
    )
    assert max(len(line) - len(line.lstrip()) for line in lines if "- **" in line) == 24
    assert sum("- **" in line for line in lines) == 200
    assert "- 100 more whys in the record" in lines


# -- evidence --------------------------------------------------------------------------------------------------------

WEB = "https://github.com/acme/shop"
# A reference, its excerpt, and how it is shown.
SHOWN = [
    (("cluster", "c3", "said"), "cluster 3"),
    (("case", "a::b", ""), "`a::b`"),
    (("case", "a::b", "boom"), "`a::b`"),
    (("log", "app.log:7", "x | y"), "`app.log:7` says `x | y`"),
    (("metric", "http_5xx at noon", ""), "`http_5xx at noon`"),
    (("commit", SHA, f"{SHA} 2026-01-01 Mend"), f"commit [`0123456789ab`]({WEB}/commit/{SHA}) “2026-01-01 Mend”"),
    (("commit", "not a hash", ""), "commit `not a hash`"),
    (("location", f"src/a b.py:7@{SHA}", ""), f"[`src/a b.py:7@0123456789ab`]({WEB}/blob/{SHA}/src/a%20b.py#L7)"),
    (("location", f"src/a.py@{SHA}", ""), f"[`src/a.py@0123456789ab`]({WEB}/blob/{SHA}/src/a.py)"),
    (("location", "src/a.py:7", "x = `1`"), "`src/a.py:7` reads `` x = `1` ``"),
    (("issue", "#12", "title"), "[#\u200b12](https://issues.example/12) “title”"),
    (("issue", "#13", ""), "[#\u200b13](https://matched.example/13)"),
    (("issue", "#14", ""), f"[#\u200b14]({WEB}/issues/14)"),
    (("issue", "other/repo#9", ""), "[other/repo#\u200b9](https://github.com/other/repo/issues/9)"),
    (("issue", "JIRA-9", ""), "JIRA-9"),
    (("worklog", "2025-12-31-old", "title"), "[2025-12-31-old](../2025/2025-12-31-old.md) “title”"),
    (("worklog", "../../etc/passwd", ""), "../../etc/passwd"),
    (("url", "https://example.com/a", ""), "[https\u200b://example.com/a](https://example.com/a) (not checked)"),
    (("url", "javascript:alert(1)", ""), "javascript:alert(1) (not checked)"),
]  # fmt: skip
ISSUES = {
    "issues": (Issue(number=12, title="t", url="https://issues.example/12"),),
    "clusters": (
        Cluster(id="c1", title="t", fingerprint="f", cases=(), matches=(Match(ref="#13", score=0.5, url="https://matched.example/13"),)),
    ),
}


@pytest.mark.parametrize(("given", "expected"), SHOWN)
def test_evidence_is_a_link_where_one_can_be_made(given, expected):
    kind, ref, excerpt = given
    made = worklog(why(evidence=(Evidence(kind=kind, ref=ref, excerpt=excerpt, state="found"),)), **ISSUES)
    assert line_after(made, "- **1**")[1] == f"*hypothesis*: {expected}"


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("found", "", "`a.log:7`"),
        ("not looked up", "no repository here", "`a.log:7`"),
        ("missing", "", "`a.log:7` (**not found**)"),
        ("missing", "it has 3 lines", "`a.log:7` (**not found**: it has 3 lines)"),
        ("changed", "another line", "`a.log:7` (**changed since**: another line)"),
    ],
)
def test_evidence_that_is_not_as_it_was_says_so(state, reason, expected):
    made = worklog(why(evidence=(Evidence(kind="log", ref="a.log:7", state=state, reason=reason),)))
    assert line_after(made, "- **1**")[1] == f"*hypothesis*: {expected}"


# What the last run says of where it ran, and the address of the repository.
ADDRESSES = [
    ("https://github.com/acme/shop/actions/runs/7", "acme/shop", "https://github.com/acme/shop", False),
    ("https://git.example:8443/Acme/Shop/actions/runs/7/job/9", "acme/shop", "https://git.example:8443/Acme/Shop", False),
    ("https://github.com/acme/shop/actions/runs/7", None, "https://github.com/acme/shop", False),
    ("https://gitlab.example/group/sub/shop/-/jobs/7", "group/sub/shop", "https://gitlab.example/group/sub/shop", True),
    ("https://gitlab.example/group/shop/-/pipelines/7", None, "https://gitlab.example/group/shop", True),
    # Another repository, another kind of address, or none.
    ("https://github.com/other/shop/actions/runs/7", "acme/shop", None, False),
    ("https://ci.example/job/shop/7", "acme/shop", None, False),
    ("", "acme/shop", None, False),
    ("https://github.com/acme/shop/actions/runs/x", "acme/shop", None, False),
    ("javascript:https://github.com/acme/shop/actions/runs/7", "acme/shop", None, False),
    ("https://user:word@github.com/acme/shop/actions/runs/7", "acme/shop", None, False),
]


@pytest.mark.parametrize(("url", "repo", "base", "gitlab"), ADDRESSES)
def test_where_the_repository_is(url, repo, base, gitlab):
    given = worklog(runs=(RUN.model_copy(update={"context": Context(url=url or None, repo=repo)}),))
    assert web_of(given) == (Web(base, gitlab) if base else None)


def test_a_pull_request_or_an_issue_of_the_repository_says_it_too():
    silent = (RUN.model_copy(update={"context": Context(repo="acme/shop")}),)
    issue = Issue(number=1, title="t", url=f"{WEB}/issues/1")
    assert web_of(worklog(runs=silent, pull_request=f"{WEB}/pull/3")) == Web(WEB)
    assert web_of(worklog(runs=silent, issues=(issue,))) == Web(WEB)
    assert web_of(worklog(runs=(), pull_request=f"{WEB}/pull/3")) == Web(WEB)
    assert web_of(worklog(runs=(), issues=(issue,))) is None


def test_addresses_at_gitlab():
    web = Web("https://gitlab.example/a/b", gitlab=True)
    assert web.commit(SHA) == f"https://gitlab.example/a/b/-/commit/{SHA}"
    assert web.place(Location("a.py", 3, SHA, 5)) == f"https://gitlab.example/a/b/-/blob/{SHA}/a.py#L3-5"
    assert (web.issue("3"), web.pull("4")) == ("https://gitlab.example/a/b/-/issues/3", "https://gitlab.example/a/b/-/merge_requests/4")


@pytest.mark.parametrize("location", [Location("a.py", 3), Location("a.py", 3, "HEAD"), Location("/etc/passwd", 3, SHA)])
def test_a_place_without_a_hash_has_no_address(location):
    assert Web(WEB).place(location) == ""


# -- cause, prediction, and what belongs to it -----------------------------------------------------------------------

CAUSE = RootCause(statement="the queue stood", whys=("1",), category="design", actual="0", expected="1", reference="RFC 1")


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"status": "supported"}, "the queue stood"),
        ({"status": "hypothesis"}, "*Hypothesis:* the queue stood"),
        ({"status": "supported", "author_kind": "agent"}, "*Hypothesis:* the queue stood"),
        ({"status": "supported", "author_kind": "agent", "confirmed_by": "run-2"}, "the queue stood"),
    ],
)
def test_a_root_cause_is_a_hypothesis_as_long_as_it_rests_on_one(changes, shown):
    given = worklog(why(**changes), why("2"), cause=CAUSE)
    assert shown in phase(given)
    assert ("**Why:** the queue stood (a hypothesis so far)." in render(given)) == shown.startswith("*Hypothesis")
    assert ("hypothesis" in render(given).partition("Root cause#58; the queue stood")[2].partition('"]')[0]) == shown.startswith(
        "*Hypothesis"
    )


def test_the_facts_of_a_root_cause():
    lines = phase(worklog(why(), cause=CAUSE))
    start = lines.index("| Expected | 1 |")
    assert lines[start : start + 5] == [
        "| Expected | 1 |",
        "| Actual | 0 |",
        "| Rule | RFC 1 |",
        "| Kind | design |",
        "| Rests on | why 1 |",
    ]


MADE = Prediction(failure_text="boom", turns_green=("a", "b"), stays_red=("c",))
JUDGED = MADE.model_copy(
    update={"verdict": "partly confirmed", "judged_by": "run-2", "right": ("a",), "wrong": ("b",), "not_judged": ("c",)}
)
BY = "[`run-2`](https://github.com/acme/shop/actions/runs/8), 2026-01-02 03:04 UTC"
VERDICTS = [
    (MADE, "- **Not judged yet:** no run after the fix has told of these cases"),
    (JUDGED, f"- **Partly confirmed** by {BY}: 1 of 3 cases came out as foretold, 1 otherwise, 1 not judged"),
    (
        MADE.model_copy(update={"verdict": "confirmed", "judged_by": "run-9", "right": ("a", "b", "c")}),
        "- **Confirmed** by `run-9`: 3 of 3 cases came out as foretold",
    ),
    (
        MADE.model_copy(update={"verdict": "refuted", "wrong": ("a", "b")}),
        "- **Refuted** by `a run`: 0 of 3 cases came out as foretold, 2 otherwise",
    ),
]


@pytest.mark.parametrize(("made", "expected"), VERDICTS)
def test_what_runs_said_of_a_prediction(made, expected):
    lines = phase(worklog(why(), cause=CAUSE, prediction=made))
    assert expected in lines
    assert "- The failure reads `boom`" in lines
    assert "- With the fix 2 cases turn green; 1 case stays red" in lines
    verdict = "" if made.verdict == "not judged" else f" (its prediction was {made.verdict})"
    assert ("**Why:** the queue stood (a hypothesis so far)." in render(worklog(why(), cause=CAUSE, prediction=made))) is True
    sure = worklog(why(status="supported"), cause=CAUSE, prediction=made)
    assert f"**Why:** the queue stood{verdict}" in render(sure)


def test_cases_that_came_out_otherwise_come_first():
    lines = phase(worklog(why(), prediction=JUDGED))
    start = lines.index("| case | foretold | came out |") + 2
    assert lines[start : start + 3] == [
        "| `b` | turns green | **otherwise** |",
        "| `a` | turns green | as foretold |",
        "| `c` | stays red | not judged |",
    ]
    open_ = phase(worklog(why(), prediction=MADE))
    assert open_[open_.index("| case | foretold |") + 2 :][:3] == ["| `a` | turns green |", "| `b` | turns green |", "| `c` | stays red |"]
    many = phase(worklog(why(), prediction=Prediction(turns_green=tuple(f"t{number}" for number in range(80)))))
    assert "and 30 more in the record" in many


OVERRIDES = [
    ((9, "", "known"), "- Rule 9 (The root cause foretells the failure that the reports show): known (dana)"),
    ((4, "why:1.2", "rotated"), "- Rule 4 (Each why has evidence, or says that it is unknown) at why 1.2: rotated (dana)"),
    ((99, "edge:1", "x"), "- Rule 99 at the step from why 1: x (dana)"),
    ((99, "next:1", "x"), "- Rule 99 at the end at why 1: x (dana)"),
    ((99, "leg:detection", "x"), "- Rule 99 at the leg detection: x (dana)"),
    ((99, "root_cause", "x"), "- Rule 99 at the root cause: x (dana)"),
    ((99, "somewhere", "x"), "- Rule 99 at somewhere: x (dana)"),
]


@pytest.mark.parametrize(("given", "expected"), OVERRIDES)
def test_rules_that_were_set_aside_say_why(given, expected):
    rule, where, reason = given
    lines = phase(worklog(why(), part={"overrides": (Override(rule=rule, where=where, reason=reason, author="dana"),)}))
    assert lines[lines.index("**Rules that were set aside**") + 2] == expected


def test_what_each_cluster_has_to_do_with_it():
    mapping = (
        Mapped(cluster="c1", to="leaf", why="1.1"),
        Mapped(cluster="c2", to="out of scope", reason="known"),
        Mapped(cluster="c3", to="unexplained"),
    )
    lines = phase(worklog(why(), part={"mapping": mapping}))
    assert lines[lines.index("Clusters:") + 2 :][:3] == [
        "- Cluster 1 follows from why 1.1",
        "- Cluster 2 is out of scope: known",
        "- Cluster 3 is unexplained",
    ]
    many = tuple(Mapped(cluster=f"c{number}", to="unexplained") for number in range(60))
    assert "- 10 more clusters in the record" in phase(worklog(why(), part={"mapping": many}))


FIX = Fix(summary="mended", commits=(SHA,))
# What the record holds, and the heading of its phase.
HEADINGS = [
    ({}, "2 Five whys · explained, no fix yet"),
    ({"part": {"finished_at": None}}, "2 Five whys · in progress"),
    ({"fixes": (FIX,)}, "2 Five whys and fix · done"),
    ({"fixes": (FIX,), "prediction": MADE}, "2 Five whys and fix · fixed, not yet judged by a run"),
    ({"fixes": (FIX,), "prediction": JUDGED}, "2 Five whys and fix · fixed, prediction partly confirmed"),
    ({"fixes": (FIX,), "prediction": MADE.model_copy(update={"verdict": "refuted"})}, "2 Five whys and fix · fixed, prediction refuted"),
    ({"fixes": (FIX,), "investigations": ()}, "2 Fix · recorded"),
]


@pytest.mark.parametrize(("facts", "heading"), HEADINGS)
def test_how_far_it_is(facts, heading):
    assert phase(worklog(why(), cause=CAUSE, **facts))[0] == heading


def test_several_investigations_have_their_names_and_are_not_all_shown():
    parts = tuple(
        Investigation(id=f"i{number}", problem="p", clusters=("c1", "c2"), root_cause=CAUSE, prediction=MADE) for number in range(25)
    )
    actions = (Action(text="do it", kind="repair", cause="1", investigation="i3"), Action(text="other", kind="detect", cause="lesson 2"))
    text = render(worklog(investigations=parts, fixes=(FIX.model_copy(update={"investigation": "i3"}),), actions=actions))
    assert "### Investigation i3 · clusters 1 and 2\n" in text
    assert "### Root cause of i3\n" in text
    assert "### Prediction of i3\n" in text
    assert "### Fix of i3\n" in text
    assert "\n5 more investigations in the record\n" in text
    assert "**Why:** the queue stood the queue stood the queue stood And 22 more causes." in text
    assert "| i3: why 1 |" in text
    assert "| lesson 2 |" in text


def test_links_of_a_fix():
    fix = Fix(summary="mended", commits=(SHA,), locations=(Location("a.py", 3, SHA),), pull_request="#7")
    lines = phase(worklog(fixes=(fix,)))
    assert f"- [`a.py:3@0123456789ab`]({WEB}/blob/{SHA}/a.py#L3)" in lines
    assert f"- [`0123456789ab`]({WEB}/commit/{SHA})" in lines
    assert f"Pull request: [#\u200b7]({WEB}/pull/7)" in lines


def test_actions_without_a_deployment_are_a_phase_of_their_own():
    actions = (
        Action(text="a", kind="prevent", cause="c3", due=date(2026, 2, 1), issue="https://issues.example/9"),
        Action(text="b", kind="detect", done=True),
    )
    text = render(worklog(actions=actions))
    assert "## 3 Actions · 1 of 2 open\n" in text
    assert "| 1 | a | 2026-02-01 | prevent | cluster 3 | [https\u200b://issues.example/9](https://issues.example/9) | open |" in text
    assert "## 3 Actions · all done\n" in render(worklog(actions=actions[1:]))
    deployed = render(worklog(actions=actions, deployments=(Deployment(name="to staging", state="done"),)))
    assert "## 3 Deployment and validation · deployed, not verified by a run\n" in deployed
    assert "Actions: 1 of 2 open.\n" in deployed


# -- what people and agents typed ------------------------------------------------------------------------------------

HOSTILE = [
    "| a | b |", "a\n\n## heading", "```\nnot code", "````mermaid", "</details><script>alert(1)</script>", "<details><summary>x</summary>", "# heading", "@everyone #12 GH-3 0123abc",
    "[x](javascript:alert(1))", "![i](http://example.invalid/x.png)", "https://example.invalid/x", "\u202eevil\u202c", "\x1b[31mred\x1b[0m", "- item\n- item", "1. item", "<!-- rca: sealed 00 -->", "{{ 7 * 7 }}",
    "::error::x", "\\", "x\\", "`", "**bold", "~~x", "a  \nb", "    code", "[^1]: note", "[x]: https://example.invalid", "$x$", "<b>", "&lt;b&gt;", "> quote", "***", "---", "end\n```\n", ":tada:",
]  # fmt: skip
KINDS = ("case", "cluster", "log", "commit", "location", "issue", "worklog", "metric", "url")


def typed(text):
    """A worklog in which everything that somebody can type is this text."""
    evidence = tuple(Evidence(kind=kind, ref=f"x {text}", excerpt=text, state="missing", reason=text) for kind in KINDS)
    answered = {"question": text, "answer": text, "evidence": evidence, "author": text, "confirmed_by": text, "condition": text}
    whys = (
        why("1", **answered, author_kind="agent", status="supported", read_back="needs condition"),
        why("1.1", **answered, leg="detection"),
        why(f"y {text}", **{**answered, "parent": "1"}),
    )
    cause = RootCause(statement=text, category=text, actual=text, expected=text, reference=text, whys=("1", f"y {text}"))
    made = Prediction(
        failure_text=text, turns_green=(f"t {text}",), stays_red=(text,), verdict="refuted", judged_by=f"run {text}", wrong=(text,)
    )
    part = {
        "id": f"i {text}",
        "problem": text,
        "clusters": (f"c {text}",),
        "impact": text,
        "severity": text,
        "author": text,
        "mapping": (Mapped(cluster=text, to="leaf", why=text, reason=text), Mapped(cluster=text, to="unexplained", reason=text)),
        "overrides": (Override(rule=1, where=text, reason=text, author=text), Override(rule=2, where=f"why:{text}", reason=text)),
    }
    other = Investigation(id="i2", problem=text)
    fix = Fix(
        summary=text,
        commits=(text,),
        locations=(Location(f"x{text}", 3, SHA),),
        pull_request=f"x {text}",
        validation=Validation(command=text, output=text, verdict="failed", ended=text, commit=text),
        compliance=(Compliance(name=text, result="kept", evidence=text),),
        investigation=f"i {text}",
    )
    action = Action(text=text, owner=text, kind="prevent", cause=text, investigation=f"i {text}", issue=f"x {text}", done_when=text)
    given = worklog(*whys, cause=cause, prediction=made, part=part)
    more = {
        "fixes": (fix,),
        "actions": (action,),
        "lessons": (Lesson(kind="lucky", text=text),),
        "contributing_factors": (text,),
        "related": (text,),
    }
    deployments = (Deployment(name=text, state="pending"),)
    return given.model_copy(update={**more, "deployments": deployments, "investigations": (*given.investigations, other)})


@pytest.mark.parametrize("text", HOSTILE)
def test_what_somebody_typed_cannot_act(text):
    """The elements of the document are those that a harmless text gives, with every renderer and on our own page."""
    face, harmless = render(typed(text)), render(typed("harmless"))
    assert "\x1b" not in face
    for renderer in RENDERERS:
        assert seen(face, renderer).elements == seen(harmless, renderer).elements, renderer
    tags = [re.findall(r"</?[a-z0-9]+", render(typed(some), "html").partition("<main>")[2]) for some in (text, "harmless")]
    assert tags[0] == tags[1]


def test_hashes_and_runs_in_a_text_are_code_so_that_they_can_be_copied():
    given = worklog(why(answer="since 0123456789abcdef, in run-0123456789ab, not 0123abc"))
    line, _ = line_after(given, "- **1**")
    assert line == "- **1** since `0123456789abcdef`, in `run-0123456789ab`, not 0123ab\u200bc\\"


@each_renderer
def test_a_text_is_seen_as_it_was_typed(renderer):
    shown = plain(seen(render(worklog(why(answer="a | b *c* <d> `e` [f](g) #1 @h"))), renderer).text)
    assert "1 a | b *c* <d> `e` [f](g) #1 @h" in shown


def test_large_investigations_render_in_linear_time():
    from tests.timing import assert_linear

    whys = tuple(why(f"1.{number}", parent=None, evidence=(Evidence(kind="cluster", ref="c1"),) * 20) for number in range(5_000))
    made = Prediction(turns_green=tuple(map(str, range(20_000))), wrong=tuple(map(str, range(20_000))), verdict="refuted")
    given = worklog(*whys, prediction=made, cause=RootCause(statement="s", whys=tuple(part.id for part in whys)))
    assert_linear(lambda _: render(given))
