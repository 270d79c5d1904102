"""What GitHub says of an environment comes into a worklog: nothing that people wrote is lost, and twice is as once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rca.analysis.status import DEPLOYMENTS, EVENTS, RECENT, Read, all_deployments, as_known, with_status
from rca.config import Config, parse_config
from rca.model import Deployment, RecentFix, Service, TimelineEvent, Worklog

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
PLAIN = Config()
EMPTY = Worklog(id="2026-01-02-x", title="x", opened_at=NOW)


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def deployment(number, state="done", **more):
    commit = f"{number:040x}"
    return Deployment(
        name=f"d{number}", state=state, at=at(number), service="shop", environment="staging", repo="acme/shop", commit=commit, **more
    )


WORDS = st.text("abc", max_size=3)
SERVICES = st.builds(
    Service,
    role=st.sampled_from(["backend", "auth"]),
    name=st.sampled_from(["", "shop"]),
    revision=WORDS,
    deployed_at=st.none() | st.just(at(-5)),
    health=WORDS,
    url=WORDS,
)
READ = st.builds(
    Service,
    role=st.sampled_from(["shop", "auth", "new"]),
    revision=st.sampled_from(["main at 1234567", "v2"]),
    deployed_at=st.just(at(3)),
    health=WORDS,
    commit=st.just("1234567" * 5),
    repo=st.just("acme/shop"),
    environment=st.just("staging"),
)
RECENTS = st.builds(
    RecentFix,
    text=WORDS,
    ref=st.sampled_from(["", "#1", "#2", "1234567"]),
    at=st.none() | st.integers(0, 9).map(at),
    deployed=st.booleans(),
)
EVENT = st.builds(TimelineEvent, at=st.integers(0, 9).map(at), text=WORDS, ref=WORDS)
STEPS = st.integers(1, 9).map(deployment) | st.builds(Deployment, name=WORDS, state=st.just("pending"))
WORKLOGS = st.builds(
    lambda services, recent, events, steps: EMPTY.model_copy(
        update={"services": tuple(services), "recent_fixes": tuple(recent), "timeline": tuple(events), "deployments": tuple(steps)}
    ),
    st.lists(SERVICES, max_size=3),
    st.lists(RECENTS, max_size=3),
    st.lists(EVENT, max_size=3),
    st.lists(STEPS, max_size=3),
)
READS = st.builds(
    Read,
    at=st.just(at(20)),
    services=st.lists(READ, max_size=3, unique_by=lambda service: service.role),
    deployments=st.lists(st.integers(1, 9).map(deployment), max_size=3),
    recent=st.lists(RECENTS.filter(lambda fix: bool(fix.ref and fix.at)), max_size=3, unique_by=lambda fix: fix.ref),
)


@given(worklog=WORKLOGS, read=READS)
def test_what_people_wrote_is_not_lost(worklog, read):
    after = with_status(worklog, read, PLAIN).worklog
    for old, new in zip(worklog.services, after.services, strict=False):
        for name in ("role", "name", "revision", "deployed_at", "health", "url"):
            assert getattr(new, name) == getattr(old, name) or not getattr(old, name)
    assert [step for step in after.deployments if not step.commit] == [step for step in worklog.deployments if not step.commit]
    assert {event.model_dump_json() for event in worklog.timeline} <= {event.model_dump_json() for event in after.timeline}
    assert {(fix.ref, fix.text) for fix in worklog.recent_fixes} <= {(fix.ref, fix.text) for fix in after.recent_fixes}
    assert list(after.timeline) == sorted(after.timeline, key=lambda event: event.at)


@given(worklog=WORKLOGS, read=READS)
def test_twice_is_as_once(worklog, read):
    once = with_status(worklog, read, PLAIN).worklog
    assert with_status(once, read, PLAIN).worklog == once


def test_a_service_that_was_read_before_is_read_anew():
    first = Service(role="shop", revision="main at aaaaaaa", commit="a" * 40, health="ok", deployed_at=at(1))
    second = first.model_copy(update={"revision": "main at bbbbbbb", "commit": "b" * 40, "health": "", "deployed_at": at(9)})
    once = with_status(EMPTY, Read(at(2), [first]), PLAIN).worklog
    (found,) = with_status(once, Read(at(10), [second]), PLAIN).worklog.services
    assert found == second.model_copy(update={"read_at": at(10), "filled": ("revision", "deployed_at", "health", "commit", "url")})


def test_what_the_configuration_says_stays_also_later():
    config = parse_config({"services": [{"role": "shop", "revision": "r7"}]}, "rca.toml")
    worklog = EMPTY.model_copy(update={"services": (Service(role="shop", revision="r7"),)})
    for minute, commit in enumerate("ab", 1):
        outcome = with_status(
            worklog, Read(at(minute), [Service(role="shop", revision=f"main at {commit * 12}", commit=commit * 40)]), config
        )
        worklog = outcome.worklog
        assert outcome.notes == [f"shop: r7 is written down, and GitHub has main at {commit * 12}"]
        assert (worklog.services[0].revision, worklog.services[0].commit) == ("r7", commit * 40)


def test_what_was_not_done_is_told_anew():
    known = [deployment(1), deployment(2, "pending"), deployment(3, "failed"), Deployment(name="by hand", state="pending")]
    found = all_deployments(known, [deployment(4)])
    assert [step.name for step in found] == ["d1", "d4"]
    elsewhere = deployment(4).model_copy(update={"environment": "production"})
    assert [step.name for step in all_deployments(known, [elsewhere])] == ["d1", "d2", "d3", "d4"]


def test_the_newest_are_kept():
    many = [deployment(number) for number in range(300)]
    assert all_deployments([], many) == many[-DEPLOYMENTS:]
    fixes = [RecentFix(text="x", ref=f"#{number}", at=at(number)) for number in range(300)]
    after = with_status(EMPTY, Read(at(400), (), many, fixes), PLAIN).worklog
    assert [fix.ref for fix in after.recent_fixes] == [f"#{number}" for number in range(299, 299 - RECENT, -1)]
    assert len(after.timeline) == EVENTS
    assert after.timeline[-1].ref == "#299"
    full = EMPTY.model_copy(update={"timeline": tuple(TimelineEvent(at=at(-9), text=f"{number}") for number in range(EVENTS + 5))})
    assert with_status(full, Read(at(400), (), many, fixes), PLAIN).worklog.timeline == full.timeline


def test_services_are_called_as_the_worklog_knows_them():
    read = [Service(role="shop", repo="acme/shop", environment="staging")]
    known = [Service(role="backend", name="Shop"), Service(role="auth")]
    services, steps = as_known(known, read, [deployment(1), deployment(2).model_copy(update={"service": "other"})])
    assert [service.role for service in services] == ["backend"]
    assert [(step.service, step.name.split()[0]) for step in steps] == [("backend", "backend"), ("other", "other")]
    alone, _ = as_known(known[1:], read, [])
    assert [service.role for service in alone] == ["auth"]
    assert as_known((), read, ())[0] == read
