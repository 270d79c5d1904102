from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from rca.analysis.assess import (
    derive_status,
    judge,
    make_journeys,
    make_plan,
    make_value,
    mark_risks,
    not_run,
    overall,
    settle,
    short_of_plan,
    standing,
)
from rca.analysis.next import next_steps
from rca.config import Config
from rca.model import (
    Cluster,
    Criterion,
    Deployment,
    Fix,
    GroupResult,
    Investigation,
    Money,
    Problem,
    RootCause,
    Run,
    Source,
    Totals,
    Worklog,
)
from tests import strategies

START = datetime(2025, 9, 13, 4, 0, tzinfo=UTC)


def totals(passed: int = 0, failed: int = 0, error: int = 0, skipped: int = 0) -> Totals:
    return Totals(total=passed + failed + error + skipped, passed=passed, failed=failed, error=error, skipped=skipped)


def run(number: int = 1, **categories: Totals) -> Run:
    return Run(
        id=f"run-{number}",
        started_at=START + timedelta(hours=number),
        categories=tuple(GroupResult(name=name, totals=part) for name, part in categories.items()),
    )


def criterion(scope: str, operator: str = ">=", threshold: str = "90") -> Criterion:
    return Criterion(scope=scope, operator=operator, threshold=threshold)


@pytest.mark.parametrize(
    ("runs", "rule", "state", "passed", "executed"),
    [
        ([], criterion("a"), "not run", 0, 0),
        ([run(a=totals(9, 1))], criterion("a"), "met", 9, 10),
        ([run(a=totals(9, 1))], criterion("a", ">"), "unmet", 9, 10),
        ([run(a=totals(9, 0, 1))], criterion("a", ">"), "unmet", 9, 10),
        ([run(a=totals(9, skipped=5))], criterion("a", "=", "100"), "met", 9, 9),
        ([run(a=totals(skipped=5))], criterion("a"), "not run", 0, 0),
        ([run(b=totals(1))], criterion("a"), "not run", 0, 0),
        ([run(a=totals(9, 1), b=totals(1))], criterion("overall"), "met", 10, 11),
        ([run(a=totals(9, 1)), run(2, a=totals(10))], criterion("a", "=", "100"), "met", 10, 10),
        ([run(a=totals(10)), run(2, a=totals(9, 1))], criterion("a", "=", "100"), "unmet", 9, 10),
        # A second run of some categories leaves the others as they stood.
        ([run(a=totals(5, 5), b=totals(10)), run(2, a=totals(10))], criterion("overall", "=", "100"), "met", 20, 20),
        ([run(a=totals(5, 5), b=totals(5, 5)), run(2, a=totals(10))], criterion("overall"), "unmet", 15, 20),
        # A second run in which everything of a category is skipped says nothing of it.
        ([run(a=totals(5, 5)), run(2, a=totals(skipped=10))], criterion("a"), "unmet", 5, 10),
        ([run(a=totals(5, 5)), run(2)], criterion("a"), "unmet", 5, 10),
    ],
)
def test_criteria_against_runs(runs, rule, state, passed, executed):
    result = judge([rule], runs)[0]
    assert (result.state, result.passed, result.executed) == (state, passed, executed)


def test_standing_and_overall():
    runs = [run(a=totals(1), b=totals(0, 2)), run(2, b=totals(2), c=totals(skipped=1))]
    assert {name: result.totals.passed for name, result in standing(runs).items()} == {"a": 1, "b": 2, "c": 0}
    assert overall(runs) == totals(3, skipped=1)
    assert overall([]) == Totals()


CONFIG = Config.model_validate(
    {
        "criteria": {"overall": "> 90 %"},
        "categories": [
            {"name": "later", "match": "l", "priority": 5, "planned": 10, "command": "run later"},
            {"name": "first", "match": "f", "priority": 1, "must_pass": True, "money_at_risk": {"amount": 120, "period": "month"}},
            {"name": "free", "match": "x", "criterion": ">= 50 %"},
        ],
        "journeys": [
            {"name": "Buy", "steps": [{"name": "log in", "tests": "*"}, {"name": "pay", "tests": "*"}, {"name": "get it", "tests": "*"}]}
        ],
        "value": [
            {
                "name": "Orders",
                "money": {"amount": 12, "period": "year"},
                "items": [{"name": "pay", "tests": "*"}, {"name": "refund", "tests": "*"}],
            },
            {"name": "Search", "items": [{"name": "find", "tests": "*"}]},
        ],
        "risks": [{"text": "jams", "watch": "JAMMED"}, {"text": "nothing to watch"}],
    }
)


def test_the_plan_follows_the_priorities():
    plan = make_plan(CONFIG)
    assert [category.name for category in plan.categories] == ["first", "later", "free"]
    assert [(rule.scope, rule.text) for rule in plan.criteria] == [("first", "100 %"), ("free", ">= 50 %"), ("overall", "> 90 %")]


def test_what_did_not_run_or_ran_short():
    plan = make_plan(CONFIG)
    runs = [run(later=totals(7, skipped=1), first=totals(skipped=3))]
    assert [category.name for category in not_run(plan, runs)] == ["first", "free"]
    assert [(category.name, ran) for category, ran in short_of_plan(plan, runs)] == [("later", 8)]
    assert short_of_plan(plan, [run(later=totals(10))]) == []


def watched(number: int, journeys: dict[str, Totals] | None = None, value: dict[str, Totals] | None = None) -> Run:
    parts = {
        "journeys": tuple(GroupResult(name=name, totals=part) for name, part in (journeys or {}).items()),
        "value": tuple(GroupResult(name=name, totals=part) for name, part in (value or {}).items()),
    }
    return run(number).model_copy(update=parts)


def test_journeys():
    first = watched(1, {"Buy / log in": totals(2), "Buy / pay": totals(1, 1)})
    journey = make_journeys(CONFIG, [first])[0]
    assert [step.state for step in journey.steps] == ["works", "broken", "not proved"]
    assert journey.working == 1
    second = watched(2, {"Buy / log in": totals(), "Buy / pay": totals(2), "Buy / get it": totals(skipped=1)})
    assert [step.state for step in make_journeys(CONFIG, [first, second])[0].steps] == ["works", "works", "not proved"]


def test_value():
    first = watched(1, value={"Orders / pay": totals(0, 1), "Orders / refund": totals(1), "Search / find": totals()})
    orders, search = make_value(CONFIG, [first])
    assert (orders.state, search.state) == ("at risk", "not proved")
    assert [(item.state, item.was) for item in orders.items] == [("at risk", None), ("protected", None)]
    second = watched(2, value={"Orders / pay": totals(1), "Search / find": totals(3)})
    orders, search = make_value(CONFIG, [first, second])
    assert (orders.state, search.state) == ("protected", "protected")
    assert [(item.state, item.was) for item in orders.items] == [("protected", "at risk"), ("protected", None)]
    assert search.items[0].was == "not proved"


def cluster(number: int, mark: str, *categories: str, run_id: str = "run-1", **more: object) -> Cluster:
    return Cluster.model_validate(
        {
            "id": f"c{number}",
            "title": mark,
            "fingerprint": mark,
            "message": mark,
            "categories": categories,
            "cases": (f"{mark} case",),
            "runs": (run_id,),
            **more,
        }
    )


def test_risks_name_the_clusters_that_show_them():
    plan = mark_risks(make_plan(CONFIG), [cluster(1, "the till is Jammed"), cluster(2, "fine"), cluster(3, "x", excerpt="… jammed …")])
    assert [risk.seen_in for risk in plan.risks] == [("c1", "c3"), ()]


def worklog(**parts: object) -> Worklog:
    base = {"id": "2025-09-13-x", "title": "x", "opened_at": START, "plan": {"criteria": (criterion("overall", "=", "100"),)}}
    return settle(Worklog.model_validate({**base, **parts}))


GOOD, BAD = run(1, a=totals(3)), run(1, a=totals(2, 1))
FIX = Fix(summary="mended")
CAUSE = Investigation(id="i1", problem="p", root_cause=RootCause(statement="because"))
DONE = Deployment(name="out", state="done", at=START)
LATE = Deployment(name="out", state="done", at=START + timedelta(days=1))
PENDING = Deployment(name="out", state="pending")


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({}, "open"),
        ({"runs": (BAD,)}, "failing"),
        ({"runs": (GOOD,)}, "passing"),
        ({"runs": (run(1, a=totals(skipped=3)),)}, "incomplete"),
        ({"runs": (GOOD,), "plan": {}}, "incomplete"),
        ({"runs": (GOOD,), "plan": {"criteria": (criterion("overall"), criterion("b"))}}, "incomplete"),
        ({"runs": (BAD,), "investigations": (CAUSE,)}, "explained"),
        ({"runs": (BAD,), "investigations": (CAUSE.model_copy(update={"root_cause": None}),)}, "failing"),
        ({"runs": (BAD,), "fixes": (FIX,)}, "fix ready"),
        ({"runs": (BAD,), "fixes": (FIX,), "deployments": (PENDING,)}, "fix ready"),
        ({"runs": (BAD,), "fixes": (FIX,), "deployments": (DONE, PENDING)}, "fix ready"),
        ({"runs": (BAD,), "fixes": (FIX,), "deployments": (LATE,)}, "fix deployed"),
        ({"runs": (BAD,), "fixes": (FIX,), "deployments": (DONE,)}, "failing"),
        ({"runs": (GOOD,), "fixes": (FIX,), "deployments": (DONE,)}, "verified"),
        ({"runs": (GOOD,), "fixes": (FIX,), "deployments": (LATE,)}, "passing"),
        ({"runs": (GOOD,), "fixes": (FIX,), "deployments": (DONE, PENDING)}, "passing"),
        ({"runs": (GOOD,), "fixes": (FIX,), "deployments": (DONE.model_copy(update={"at": None}),)}, "passing"),
        ({"runs": (GOOD.model_copy(update={"started_at": None}),), "fixes": (FIX,), "deployments": (DONE,)}, "passing"),
    ],
)
def test_statuses(parts, status):
    assert worklog(**parts).status == status == derive_status(worklog(**parts))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.worklogs)
def test_settling_twice_changes_nothing(given_worklog):
    for config in (None, CONFIG):
        once = settle(given_worklog, config)
        assert settle(once, config) == once


def test_money_stands_at_the_clusters_that_put_it_at_risk():
    settled = settle(worklog(plan=make_plan(CONFIG), clusters=(cluster(1, "a", "first", "later"), cluster(2, "b", "later"))))
    assert settled.clusters[0].at_risk == (Money(amount=120, period="month"),)
    assert settled.clusters[1].at_risk == ()


def test_next_steps():
    assert [step.command for step in next_steps(worklog())] == ["rca ingest PATH"]
    broken = Problem(code="truncated", severity="error", message="ends early", path="a.xml", line=3)
    red = BAD.model_copy(
        update={"sources": (Source(path="a.xml", problems=(broken,)),), "categories": (GroupResult(name="later", totals=totals(1, 1)),)}
    )
    open_one = worklog(
        runs=(red,),
        plan=make_plan(CONFIG),
        clusters=(
            cluster(1, "a", "later"),
            cluster(2, "b", "later", blocked_by="c1"),
            cluster(3, "c", "later", run_id="run-0"),
            cluster(4, "d", "later"),
        ),
        investigations=(CAUSE.model_copy(update={"clusters": ("c4",)}),),
        deployments=(DONE, PENDING),
    )
    assert [(step.text, step.subject, step.command) for step in next_steps(open_one)] == [
        ("Read again", "a.xml:3: ends early", ""),
        ("Find the cause of cluster 1 (1 case)", "a", ""),
        ("Deployment pending", "out", ""),
        ("Run first", "", ""),
        ("Run free", "", ""),
        ("Find out why only 2 of 10 planned cases of later ran", "", "run later"),
    ]
    assert [step.text for step in next_steps(open_one, most=3)][-1] == "and 4 more steps like these"
