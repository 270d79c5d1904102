"""Filing when somebody else files the same in that moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rca.config import Config
from rca.document.publish import About
from rca.github import Repository, connect, settings_from
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
