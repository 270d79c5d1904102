"""What rca publishes, against what GitHub really answered: PyGithub's recordings, replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rca.config import Config
from rca.document.publish import About, Check, Marker
from rca.github import Pace, Repository, connect, settings_from
from rca.github.who import Identity, who_am_i
from rca.publish.check import Name, publish_check
from rca.publish.comment import Wanted, publish_comment
from rca.publish.filing import carry_out
from rca.publish.issues import Desk, plan
from rca.workflow import facts_of, report
from tests.conftest import report_text
from tests.github.tapes import load, playing

BODY = f"red\n\n{Marker('default', {'kind': 'comment', 'run': 'run-1', 'at': '2026-01-02T03:04:05Z', 'state': 'red'})}\n"
HEAD = "10a7135a04f71e6101f8b013aded8a662d08fd1f"


@pytest.fixture(scope="module")
def tapes():
    return load()


@pytest.fixture
def player():
    with playing() as started:
        yield started


@pytest.fixture
def repository(player):
    with connect(settings_from(player.env), pace=Pace(requests=None, writes=None, sleep=lambda _: None)) as connection:
        yield Repository(connection, "PyGithub/PyGithub")


def test_a_comment_is_written_once_although_the_recorded_list_never_shows_it(tapes, player, repository):
    player.load(
        *tapes.named["AuthenticatedUser.testAttributes"], *tapes.named["Issue.testGetComments"], *tapes.named["Issue.testCreateComment"]
    )
    outcome = publish_comment(repository, 28, Wanted(BODY), who_am_i(repository))
    assert outcome.done == "created"
    assert [verb for verb, path in player.asked if path.endswith("/comments")] == ["GET", "POST", "GET"]


def test_a_check_is_written_beside_those_of_others(tapes, player, repository):
    (created,) = tapes.named["CheckRun.testCreateCheckRunCompleted"]
    player.load(
        *tapes.named["CheckRun.testGetCheckRunsForRefFilterByCheckName"], replace(created, path="/repos/PyGithub/PyGithub/check-runs")
    )
    outcome = publish_check(repository, HEAD, Name("rca", "default", "run-1"), Check("Red", "Red.", "", "failure"))
    assert outcome.done == "created"
    assert [verb for verb, _ in player.asked] == ["GET", "POST"]


def test_an_issue_is_filed_although_others_are_there(tapes, player, repository, tmp_path):
    (tmp_path / "a.xml").write_text(report_text("shop.Cart pays!no route to bank"), encoding="utf-8")
    worklog, _ = report([str(tmp_path / "a.xml")], Config(), now=datetime(2026, 1, 2, tzinfo=UTC))
    desk = Desk(repository, facts_of(worklog), About("PyGithub/PyGithub"), Identity("jacquev6", app=False))
    player.load(*tapes.named["Repository.testGetIssues"], *tapes.named["Repository.testCreateIssue"])
    (step,) = plan(desk, worklog.clusters, named=True)
    assert step.act == "file"
    filed = carry_out(desk, step)
    assert (filed.number, filed.title) == (28, "Issue created by PyGithub")
