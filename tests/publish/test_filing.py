"""Filing when somebody else files the same in that moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rca.config import Config
from rca.document.publish import About, Marker, key_of
from rca.github import Repository, connect, settings_from
from rca.github.shapes import Issue
from rca.github.who import Identity
from rca.publish.filing import carry_out
from rca.publish.issues import Desk, Step, plan
from rca.workflow import facts_of, report
from tests.conftest import report_text


@pytest.fixture
def desk(fake_github, tmp_path):
    (tmp_path / "a.xml").write_text(report_text("shop.Cart pays!no route to bank"), encoding="utf-8")
    worklog, _ = report([str(tmp_path / "a.xml")], Config(), now=datetime(2026, 1, 2, tzinfo=UTC))
    with connect(settings_from(fake_github.env)) as connection:
        yield Desk(Repository(connection, "acme/shop"), facts_of(worklog), About("acme/shop"), Identity("rca-bot", app=False))


def test_who_is_slower_closes_their_own_and_takes_the_other(desk, fake_github):
    quicker = fake_github.repo().issue("Not seen yet", labels=("rca",), by="rca-bot")

    def meanwhile() -> None:
        quicker["body"] = fake_github.repo().issues[2]["body"]

    (step,) = plan(desk, desk.facts.clusters, named=True)
    assert carry_out(desk, step, settle=meanwhile).number == quicker["number"]
    assert (quicker["state"], fake_github.repo().issues[2]["state"]) == ("open", "closed")


def test_what_is_left_alone_stays_as_it_is(desk, fake_github):
    assert carry_out(desk, Step(desk.facts.clusters[0], "leave")) is None
    assert not fake_github.seen


@pytest.mark.parametrize("quicker", [True, False])
def test_of_two_that_tell_the_same_at_once_the_older_stays(desk, fake_github, quicker):
    repo = fake_github.repo()
    number = repo.issue("No route", labels=("rca",), by="rca-bot")["number"]
    cluster = desk.facts.clusters[0]
    other = repo.comment(number, "not seen yet", by="rca-bot") if quicker else None

    def meanwhile() -> None:
        ours = repo.comments_on(number)[-1]
        (other or repo.comment(number, "", by="rca-bot"))["body"] = ours["body"]
        repo.comment(number, ours["body"], by="mallory")

    carry_out(desk, Step(cluster, "comment", Issue(number=number)), settle=meanwhile)
    stays, foreign = repo.comments_on(number)
    assert (stays["id"] == other["id"]) if other else (stays["id"] < foreign["id"])
    assert foreign["user"]["login"] == "mallory"


def test_one_that_was_killed_after_it_opened_an_issue_again_is_finished_by_the_next(desk, fake_github):
    repo = fake_github.repo()
    number = repo.issue("No route", labels=("rca",), by="rca-bot")["number"]
    cluster = desk.facts.clusters[0]
    mark = Marker(key_of(cluster.fingerprint), {"kind": "update", "run": "run-before", "state": "green"})
    repo.comment(number, str(mark), by="rca-bot")
    carry_out(desk, Step(cluster, "comment", Issue(number=number)))
    assert repo.comments_on(number)[-1]["body"].startswith("**1 test fails again**")
