"""Where something is published: the pull request of the event, of the commit, or of a number that is believed."""

from __future__ import annotations

import pytest

from rca.github import Connection, Rehearsal, Repository, connect, settings_from
from rca.github.errors import NotFoundError
from rca.publish.target import NO_EVENT, Target, TargetError, find_target, head_of, is_read_only
from rca.sources.ci_event import Event
from tests.github.world import sha

HEAD, OTHER, MERGE = sha("head"), sha("other"), sha("merge")
PULL = Event("pull_request", head_sha=HEAD, base_branch="main", pulls=(1,))
RUN = Event("workflow_run", head_sha=HEAD, head_branch="feature", head_repository="mallory/shop", fork=True)
PUSH = Event("push", head_sha=HEAD, head_branch="feature", head_repository="acme/shop")


@pytest.fixture
def repository(fake_github):
    """Pull request #1 from a fork at HEAD, #2 and #3 from branches."""
    repo = fake_github.repo()
    repo.pull("From afar", head=HEAD, fork="mallory/shop", branch="feature")
    repo.pull("Other", head=OTHER, branch="other", base="release")
    repo.pull("Third", head=sha("third"), branch="third")
    with connect(settings_from(fake_github.env)) as connection:
        yield Repository(connection, "acme/shop")


@pytest.mark.parametrize(
    ("event", "tested", "checked_out", "head"),
    [
        (PULL, MERGE, MERGE, HEAD),
        (PULL, HEAD.upper(), MERGE, HEAD),
        (PULL, "", "", HEAD),
        (PULL, OTHER, MERGE, HEAD),
        (RUN, MERGE, MERGE, HEAD),
        (RUN, OTHER, MERGE, HEAD),
        (PUSH, "", HEAD, HEAD),
        (PUSH, OTHER, HEAD, OTHER),
        (NO_EVENT, OTHER, "", OTHER),
        (NO_EVENT, "", MERGE, ""),
    ],
)
def test_the_commit_that_results_speak_of(event, tested, checked_out, head):
    assert head_of(event, tested, {"GITHUB_SHA": checked_out}) == head


@pytest.mark.parametrize(
    ("event", "actor", "read_only"),
    [
        (Event("pull_request", fork=True), "ada", True),
        (Event("pull_request"), "ada", False),
        (Event("pull_request"), "dependabot[bot]", True),
        (Event("pull_request_target", fork=True), "dependabot[bot]", False),
        (Event("workflow_run", fork=True), "ada", False),
        (NO_EVENT, "dependabot[bot]", False),
    ],
)
def test_whose_token_may_only_read(event, actor, read_only):
    assert is_read_only(event, {"GITHUB_ACTOR": actor}) is read_only


def test_the_event_says_all(repository, fake_github):
    assert find_target(repository, PULL, head=HEAD) == Target(1, HEAD)
    assert find_target(repository, PULL, pull=1, head=HEAD) == Target(1, HEAD)
    assert not fake_github.seen


def test_a_number_that_a_person_gives_is_believed(repository):
    assert find_target(repository, pull=2, head=HEAD) == Target(2, HEAD)
    with pytest.raises(NotFoundError):
        find_target(repository, pull=77)


def test_after_another_workflow_a_number_is_believed_when_the_commit_agrees(repository):
    assert find_target(repository, RUN, pull=1, head=HEAD) == Target(1, HEAD)


@pytest.mark.parametrize("number", [2, 77])
def test_else_it_is_not(repository, number):
    with pytest.raises(TargetError, match="is not what the workflow ran for"):
        find_target(repository, RUN, pull=number, head=HEAD)


def test_a_pull_request_of_a_fork_is_found_by_its_commit(repository):
    assert find_target(repository, RUN, head=HEAD) == Target(1, HEAD)


def test_so_is_one_of_a_branch_that_was_pushed(repository):
    assert find_target(repository, PUSH, head=OTHER) == Target(2, OTHER)


def test_without_an_event_the_commit_of_the_run_leads_there(repository):
    assert find_target(repository, head=OTHER) == Target(2, OTHER)


def test_a_commit_without_a_pull_request_has_none(repository):
    found = find_target(repository, PUSH, head=sha("main"))
    assert found.pull is None
    assert "no open pull request of acme/shop" in found.note


def test_a_commit_of_several_has_the_first_and_the_others_are_named(repository, fake_github):
    fake_github.repo().pull("Fourth", head=OTHER, branch="other", base="main")
    found = find_target(repository, head=OTHER)
    assert (found.pull, found.note) == (2, f"#4 has {OTHER[:12]} at the head too; --pr chooses")


def test_nothing_to_go_by(repository):
    with pytest.raises(TargetError, match="not known which pull request"):
        find_target(repository)


def test_without_a_connection_nothing_is_asked():
    offline = Repository(Rehearsal(), "acme/shop")
    assert find_target(offline, pull=12, head=HEAD) == Target(12, HEAD)
    assert find_target(offline, RUN, pull=12, head=HEAD) == Target(12, HEAD)
    with pytest.raises(TargetError, match="would have to be asked"):
        find_target(offline, head=HEAD)
    assert isinstance(offline.sender, Rehearsal)
    assert not isinstance(offline.sender, Connection)
