"""The next steps that follow from causes: what comes first, and what needs nobody now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from rca.analysis.next import next_steps
from rca.model import (
    Action,
    Cluster,
    Deployment,
    Fix,
    Investigation,
    Match,
    Past,
    Prediction,
    RootCause,
    Run,
    Suspect,
    Upstream,
    Validation,
    Worklog,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def cluster(number: int, **changes: Any) -> Cluster:
    plain = {"title": f"Error {number}", "fingerprint": f"v1:{number}", "cases": (f"t{number}",), "runs": ("run-1",)}
    return Cluster(id=f"c{number}", **{**plain, **changes})


def steps(*clusters: Cluster, **changes: Any) -> list[tuple[str, str, str]]:
    worklog = Worklog(id="2026-01-02-x", title="x", opened_at=NOW, runs=(Run(id="run-1"),), clusters=clusters, **changes)
    return [(step.text, step.subject, step.command) for step in next_steps(worklog)]


def upstream(*names: str, **changes: Any) -> Upstream:
    plain = {"kind": "shared", "title": "db:5432 cannot be reached", "cases": 5, "confidence": "high"}
    return Upstream(id="u1", clusters=names, **{**plain, **changes})


SUSPECT = (Suspect(commit="0123456789abcdef0123", score=0.5),)
KNOWN = (Match(ref="#8", score=0.9), Match(ref="#7", score=0.5, state="accepted"))

# A cluster, and the step that it asks for.
CLUSTERS = [
    (cluster(1), ("Find the cause of cluster 1 (1 case)", "Error 1", "")),
    (cluster(1, cases=("a", "b")), ("Find the cause of cluster 1 (2 cases)", "Error 1", "")),
    (cluster(1, classification="regression", suspects=SUSPECT), ("Find the cause of the regression in cluster 1 (1 case)", "Error 1", "git show 0123456789ab")),
    (cluster(1, suspects=(Suspect(commit="; rm -rf /", score=0.5),)), ("Find the cause of cluster 1 (1 case)", "Error 1", "")),
    (cluster(1, classification="known", matches=KNOWN), ("Follow up on #7, which cluster 1 shows (1 case)", "Error 1", "")),
    (cluster(1, classification="known", matches=(Match(kind="worklog", ref="2025-12-31-old", score=1),)), ("Follow up on 2025-12-31-old, which cluster 1 shows (1 case)", "Error 1", "")),
    (cluster(1, classification="known"), ("Follow up on cluster 1, which is known (1 case)", "Error 1", "")),
    (cluster(1, classification="flaky"), ("Mend or quarantine the flaky tests of cluster 1 (1 case)", "Error 1", "")),
    (cluster(1, blocked_by="c9"), ("Find the cause of cluster 1 (1 case)", "Error 1", "")),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), CLUSTERS)
def test_what_a_cluster_asks_for(given, expected):
    assert steps(given) == [expected]


@pytest.mark.parametrize(
    "quiet",
    [
        {"muted": True},
        {"failing": False},
        {"blocked_by": "c1"},
        {"classification": "quarantined", "past": Past(reason="r", confidence="high")},
    ],
)
def test_what_needs_nobody_now(quiet):
    assert [text for text, _, _ in steps(cluster(1), cluster(2, **quiet))] == ["Find the cause of cluster 1 (1 case)"]


def test_what_is_explained_is_left_out():
    found = Investigation(id="i1", problem="p", clusters=("c1",), root_cause=RootCause(statement="s"))
    assert [text for text, _, _ in steps(cluster(1), cluster(2), investigations=(found,))] == ["Find the cause of cluster 2 (1 case)"]


def test_a_shared_cause_is_looked_for_once():
    shared = upstream("c1", "c3")
    found = steps(cluster(1), cluster(2), cluster(3, suspects=SUSPECT), upstreams=(shared,))
    assert found == [
        ("Find the cause that clusters 1 and 3 share (5 cases)", "db:5432 cannot be reached", "git show 0123456789ab"),
        ("Find the cause of cluster 2 (1 case)", "Error 2", ""),
    ]
    assert len(steps(cluster(1), cluster(3), upstreams=(upstream("c1", "c3", confidence="low"),))) == 2
    assert [text for text, _, _ in steps(cluster(1), cluster(3, failing=False), upstreams=(shared,))] == [
        "Find the cause of cluster 1 (1 case)"
    ]


def test_the_infrastructure_comes_first():
    down = upstream("c1", kind="infrastructure", title="9 of 10 cases fail (90 %)")
    assert steps(cluster(1), upstreams=(down,))[0] == ("Look at the infrastructure before single tests", "9 of 10 cases fail (90 %)", "")
    unsure = down.model_copy(update={"confidence": "low"})
    assert len(steps(cluster(1), upstreams=(unsure,))) == 1


def test_proposed_matches_are_put_to_a_person_where_the_answer_can_be_kept():
    given = cluster(1, matches=(Match(ref="#8", score=0.9), Match(ref="#9", score=0.9, state="rejected")))
    assert steps(given, revision=1)[-1] == ("Accept or reject 1 proposed match with issues", "", "rca triage")
    assert len(steps(given)) == 1


DONE = {"finished_at": NOW, "root_cause": RootCause(statement="s")}


def part(name="i1", *clusters, **changes):
    return Investigation(id=name, problem="p", clusters=clusters or ("c1",), **{**DONE, **changes})


def test_the_way_to_a_cause_is_named_behind_the_first_step_where_it_can_be_kept():
    asks = ("Ask why, with evidence for each answer", "", "rca whys")
    assert [found[0][:20] for found in steps(cluster(1), cluster(2), revision=1)] == [
        "Find the cause of cl",
        asks[0][:20],
        "Find the cause of cl",
    ]
    assert asks in steps(cluster(1), cluster(2), investigations=(part(),), revision=1)
    for quiet in (cluster(1), cluster(1, muted=True), cluster(1, classification="known"), cluster(1, failing=False)):
        assert asks not in steps(quiet, investigations=(part(),), revision=1)
    assert asks not in steps(cluster(1))


PREDICTION = Prediction(turns_green=("t1",))
FIX = Fix(summary="mend", investigation="i1")
PENDING = (Deployment(name="to staging", state="pending"),)
OTHER = Deployment(name="staging", state="done", at=NOW, environment="staging", commit="0" * 40, carries_fix=False)
# What the worklog holds, and the steps that follow.
FOLLOWING = [
    ({"investigations": (part(),)}, [("Mend the root cause, then record the fix", "rca fix")]),
    ({"investigations": (part(finished_at=None),)}, [("Finish the five whys: their root cause is not confirmed yet", "rca whys")]),
    (
        {"investigations": (part(), part("i 2"), part("i3"))},
        [
            ("Mend the root cause of i1, then record the fix", "rca fix --investigation i1"),
            ("Mend the root cause of i 2, then record the fix", "rca fix"),
            ("Mend the root cause of i3, then record the fix", "rca fix --investigation i3"),
        ],
    ),
    ({"investigations": (part(),), "fixes": (FIX,)}, []),
    (
        {"investigations": (part(prediction=PREDICTION),), "fixes": (FIX,)},
        [("Run the tests with the fix, and hold them against the prediction", "rca verify PATH")],
    ),
    ({"investigations": (part(prediction=PREDICTION),), "fixes": (FIX,), "deployments": PENDING}, [("Deployment pending", "")]),
    (
        {"investigations": (part(prediction=PREDICTION),), "fixes": (FIX,), "deployments": (OTHER,)},
        [("Deploy the fix", "")],
    ),
    (
        {"investigations": (part(prediction=PREDICTION.model_copy(update={"verdict": "refuted"})),), "fixes": (FIX,)},
        [("Look at the root cause again: its prediction was refuted", "rca whys")],
    ),
    ({"investigations": (part(prediction=PREDICTION.model_copy(update={"verdict": "confirmed"})),), "fixes": (FIX,)}, []),
    (
        {"investigations": (part(),), "fixes": (FIX.model_copy(update={"validation": Validation(command="pytest", verdict="failed")}),)},
        [("Mend the fix, whose validation failed", "")],
    ),
    (
        {"investigations": (part("i1", "c9"),)},
        [("Find the cause of cluster 1 (1 case)", ""), ("Ask why, with evidence for each answer", "rca whys")],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), FOLLOWING)
def test_what_follows_from_an_investigation(facts, expected):
    assert [(text, command) for text, _, command in steps(cluster(1), revision=1, **facts)] == expected


def test_without_a_record_no_command_that_needs_one():
    assert steps(cluster(1), investigations=(part(),)) == []
    assert steps(cluster(1), investigations=(part(prediction=PREDICTION),), fixes=(FIX,)) == []


def test_actions_are_named_until_they_are_done():
    late = Action(text="later", kind="prevent")
    soon = Action(text="soon", kind="detect", due=date(2026, 2, 1))
    past = Action(text="done", kind="repair", due=date(2026, 1, 1), done=True)
    assert steps(actions=(late, soon, past)) == [("Do what was decided: 2 actions are open, the first until 2026-02-01", "soon", "")]
    assert steps(actions=(late,)) == [("Do what was decided: 1 action is open", "later", "")]
    assert steps(actions=(past,)) == []
