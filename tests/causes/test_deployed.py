"""Which deployments bring the fix, and whether a run tested what was deployed: cases as one reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rca.causes.deployed import differences, fix_steps, same_commit, without_fix
from rca.model import Context, Deployment, Environment, Fix, Run, Worklog

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HASHES = {name: (name * 40)[:40] for name in "abcdef"}


def step(text):
    """`12:03 a done`, with `+` for a commit that holds the fix, `?` for one that nobody knows of; a second service is `web/a`."""
    time, commit, state = text.split()
    hours, minutes = map(int, time.split(":"))
    service, _, commit = commit.rpartition("/")
    carries = {"+": True, "?": None}.get(commit[1:], False)
    at = NOON.replace(hour=hours, minute=minutes)
    where = {"service": service or "shop", "environment": "staging", "repo": "acme/shop"}
    return Deployment(name=text, state=state, at=at, commit=HASHES[commit[0]], carries_fix=carries, **where)


HAND = Deployment(name="by hand", state="pending")

FIXES = [
    ([], []),
    (["12:00 a done"], []),
    (["12:00 a+ done"], ["12:00 a+ done"]),
    (["12:00 a done", "13:00 b+ done", "14:00 c+ done"], ["13:00 b+ done"]),
    (["13:00 b+ done", "14:00 a done"], []),
    (["12:00 a+ done", "13:00 b done", "14:00 c+ done"], ["14:00 c+ done"]),
    (["12:00 a done", "13:00 b+ pending"], ["13:00 b+ pending"]),
    (["12:00 a done", "13:00 b+ failed"], ["13:00 b+ failed"]),
    (["12:00 a done", "13:00 b+ failed", "14:00 c+ pending"], ["14:00 c+ pending"]),
    (["12:00 b+ failed", "13:00 a done"], []),
    (["12:00 a? done"], []),
    (["12:00 a+ done", "13:00 web/b+ pending"], ["12:00 a+ done", "13:00 web/b+ pending"]),
]


@pytest.mark.parametrize(("given", "found"), FIXES, ids=[" · ".join(given) or "none" for given, _ in FIXES])
def test_the_steps_that_bring_the_fix(given, found):
    steps = [step(text) for text in given]
    assert [each.name for each in fix_steps(steps)] == found
    assert sorted(each.name for each in fix_steps([HAND, *reversed(steps)])) == sorted(["by hand", *found])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["12:00 a done"], "shop on staging has aaaaaaaaaaaa since 2026-01-02 12:00 UTC, which does not hold the fix"),
        (["12:00 a+ done"], ""),
        (["12:00 a? done"], ""),
        (["12:00 a done", "13:00 b+ pending"], ""),
        (["12:00 a pending"], ""),
        ([], ""),
    ],
)
def test_what_is_there_instead_of_the_fix(given, told):
    worklog = Worklog(id="2026-01-02-x", title="x", opened_at=NOON, deployments=tuple(map(step, given)), fixes=(Fix(summary="x"),))
    assert without_fix(worklog) == told
    assert without_fix(worklog.model_copy(update={"fixes": ()})) == ""


def worklog(deployments, tested="a", *, minutes=10, **context):
    facts = {"commit": HASHES[tested], "repo": "acme/shop", "environment": "staging", **context}
    run = Run(id="run-1", context=Context(**facts), started_at=NOON, finished_at=NOON + timedelta(minutes=minutes))
    where = Environment(name="staging")
    return Worklog(
        id="2026-01-02-x",
        title="x",
        opened_at=NOON,
        environment=where,
        runs=(run,),
        deployments=tuple(map(step, deployments)),
        time_zone="UTC",
    )


HAD = "The run tested aaaaaaaaaaaa, shop on staging had bbbbbbbbbbbb since 2026-01-02 11:00 UTC."
DURING = "While the run was going on, cccccccccccc was deployed to shop on staging at 2026-01-02 12:05 UTC."
TESTED = [
    ([], {}, []),
    (["11:00 a done"], {}, []),
    (["11:00 b done"], {}, [HAD]),
    (["12:00 a done"], {}, []),
    (["11:00 b done", "11:30 a done"], {}, []),
    (["11:00 b done", "11:30 a failed"], {}, [HAD]),
    (["11:00 b done", "11:30 a pending"], {}, [HAD]),
    (["11:00 a done", "12:05 c done"], {}, [DURING]),
    (["11:00 b done", "12:05 c done"], {}, [HAD, DURING]),
    (["11:00 a done", "13:00 c done"], {}, []),
    (["13:00 b done"], {}, []),
    (["11:00 b done"], {"commit": "aaaaaaa"}, [HAD.replace("aaaaaaaaaaaa", "aaaaaaa")]),
    (["11:00 b done"], {"commit": "bbbbbbb"}, []),
    (["11:00 b done"], {"commit": None}, []),
    (["11:00 b done"], {"environment": "production"}, []),
    (["11:00 b done"], {"environment": None}, [HAD]),
    (["11:00 b done"], {"repo": "acme/tests"}, []),
    (["11:00 b done"], {"repo": None}, [HAD]),
    (["11:00 b done"], {"repo": "Acme/Shop"}, [HAD]),
]


@pytest.mark.parametrize(("given", "context", "told"), TESTED)
def test_what_was_tested_against_what_was_there(given, context, told):
    assert differences(worklog(given, **context)) == told


def test_a_run_without_a_time_or_no_run_is_compared_with_nothing():
    full = worklog(["11:00 b done"])
    (run,) = full.runs
    assert differences(full.model_copy(update={"runs": ()})) == []
    assert differences(full.model_copy(update={"runs": (run.model_copy(update={"started_at": None}),)})) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("a" * 40, "a" * 7, True), ("A" * 12, "a" * 40, True), ("a" * 6, "a" * 40, False), ("", "a" * 40, False), ("a" * 40, "b" * 40, False)],
)
def test_shortened_hashes(one, other, same):
    assert same_commit(one, other) is same
    assert same_commit(other, one) is same
