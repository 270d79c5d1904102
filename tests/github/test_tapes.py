"""The client against what GitHub really sent: PyGithub's recordings, replayed."""

from __future__ import annotations

import json
import re
from itertools import islice

import pytest

from rca.github import Listing, Pace, Repository, Request, connect, errors, settings_from
from rca.github.actions import get_attempt, get_run, list_artifacts, list_runs
from rca.github.checks import create_check_run, list_check_runs, update_check_run
from rca.github.comments import create_comment, delete_comment, list_comments, minimise_comment, update_comment
from rca.github.deployments import contains, list_commits, list_deployments, list_environments, list_releases, list_statuses
from rca.github.issues import create_issue, get_issue, known, list_issues, list_milestones, search_issues, update_issue
from rca.github.pulls import get_pull, linked_pulls, list_files, list_pulls
from rca.github.shapes import Comment
from rca.github.who import about_repository, who_am_i
from tests.github.tapes import load, playing


@pytest.fixture(scope="module")
def tapes():
    return load()


@pytest.fixture(scope="module")
def player(tapes):
    with playing() as started:
        yield started


@pytest.fixture
def waits():
    return []


@pytest.fixture
def at(player, waits):
    """A repository whose requests the player answers."""
    pace = Pace(requests=None, writes=None, sleep=waits.append)
    with connect(settings_from(player.env), pace=pace) as connection:
        yield lambda name="PyGithub/PyGithub": Repository(connection, name)


@pytest.fixture
def play(player, tapes):
    def play_(*names):
        player.load(*(exchange for name in names for exchange in tapes.named[name]))
        return player

    return play_


# -- everything that was ever recorded ------------------------------------------------------------------------------

NAME = r"/repos/(?P<repo>[^/]+/[^/]+)"
SUBJECTS = {
    "issues": (rf"{NAME}/issues", list_issues, 25),
    "an issue": (rf"{NAME}/issues/(\d+)", get_issue, 20),
    "comments": (rf"{NAME}/issues/(\d+)/comments", list_comments, 6),
    "a timeline": (rf"{NAME}/issues/(\d+)/timeline", linked_pulls, 2),
    "pull requests": (rf"{NAME}/pulls", list_pulls, 4),
    "a pull request": (rf"{NAME}/pulls/(\d+)", get_pull, 20),
    "files": (rf"{NAME}/pulls/(\d+)/files", list_files, 3),
    "commits": (rf"{NAME}/commits", list_commits, 20),
    "check runs": (rf"{NAME}/commits/([0-9a-f]{{40}})/check-runs", list_check_runs, 10),
    "deployments": (rf"{NAME}/deployments", list_deployments, 1),
    "statuses": (rf"{NAME}/deployments/(\d+)/statuses", list_statuses, 1),
    "environments": (rf"{NAME}/environments", list_environments, 2),
    "releases": (rf"{NAME}/releases", list_releases, 2),
    "runs": (rf"{NAME}/actions/runs", list_runs, 7),
    "runs of a workflow": (rf"{NAME}/actions/workflows/([^/]+)/runs", lambda it, workflow: list_runs(it, workflow=str(workflow)), 5),
    "a run": (rf"{NAME}/actions/runs/(\d+)", get_run, 8),
    "an attempt": (rf"{NAME}/actions/runs/(\d+)/attempts/(\d+)", get_attempt, 1),
    "milestones": (rf"{NAME}/milestones", list_milestones, 2),
    "comparisons": (rf"{NAME}/compare/([^/.]+)\.\.\.([^/.]+)", lambda it, base, head: contains(it, str(head), str(base)), 8),
    "artifacts": (rf"{NAME}/actions/runs/(\d+)/artifacts", list_artifacts, 1),
    "a repository": (NAME, about_repository, 200),
    "who": ("/user", who_am_i, 40),
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_all_that_github_ever_sent_is_read(tapes, player, at, subject):
    pattern, call, least = SUBJECTS[subject]
    read = 0
    for exchange in tapes:
        match = re.fullmatch(pattern, exchange.path)
        page = exchange.query.get("page", ["1"])
        if not match or exchange.verb != "GET" or exchange.status != 200 or page != ["1"]:
            continue
        if subject == "a repository" and '"full_name"' not in exchange.body:  # before 2012 it had none
            continue
        player.load(exchange)
        found = call(at(match["repo"] if "repo" in match.groupdict() else "a/b"), *_arguments(match))
        if hasattr(found, "cursor"):
            whole = _whole(exchange)
            if not whole or set(whole[0]) == {"id"}:  # cut down by PyGithub
                continue
            assert len(list(islice(found, len(whole)))) == len(whole)
        assert [each is exchange for each in player.played] == [True], exchange.tape
        read += 1
    assert read >= least


def _whole(exchange):
    """The list of an answer, which may stand in an object."""
    data = json.loads(exchange.body) or []
    return next((value for value in data.values() if isinstance(value, list)), []) if isinstance(data, dict) else data


def _arguments(match):
    names = {index: name for name, index in match.re.groupindex.items()}
    values = [match[index] for index in range(1, (match.lastindex or 0) + 1) if index not in names]
    return [int(value) if value.isdecimal() else value for value in values]


# -- one by one -----------------------------------------------------------------------------------------------------


def test_issues_of_the_tapes_can_be_kept(tapes, player, at):
    kept = 0
    for exchange in tapes:
        match = re.fullmatch(rf"{NAME}/issues", exchange.path)
        if match and exchange.verb == "GET" and exchange.status == 200 and "page" not in exchange.query:
            whole = _whole(exchange)
            player.load(exchange)
            for issue in list_issues(at(match["repo"]), limit=len(whole)) if whole and "number" in (whole[0] or ()) else ():
                assert known(issue).ref == f"#{issue.number}"
                assert issue.created_at is not None
                kept += 1
    assert kept > 300


def test_pages_of_the_tapes_are_followed(play, at):
    player = play("PaginatedList.testIteration")
    # Of these pages PyGithub kept the ids only, which is all that a comment needs.
    request = Request("GET", "/repos/openframeworks/openFrameworks/issues", "read")
    ids = [thing.id for thing in Listing(at().sender, Comment, request)]
    assert len(set(ids)) == len(ids) == 14 * 25 - 17
    assert [exchange.query.get("page") for exchange in player.played] == [None, *([str(page)] for page in range(2, 15))]


def test_comments(play, at):
    play("Issue.testGetComments")
    assert [comment.author.login for comment in list_comments(at(), 28)] == ["jacquev6", "roskakori"]
    play("Issue.testCreateComment")
    comment = create_comment(at(), 28, "Comment created by PyGithub")
    assert (comment.id, comment.body) == (5808311, "Comment created by PyGithub")
    play("IssueComment.testEdit", "IssueComment.testDelete")
    assert update_comment(at(), 20227753, "Comment edited by PyGithub").body == "Comment edited by PyGithub"
    delete_comment(at(), 20227753)
    player = play("IssueComment.testMinimize")
    minimise_comment(at(), "MDEyOklzc3VlQ29tbWVudDIwMjI3NzUz")
    assert player.asked == [("POST", "/graphql")]


def test_issues_are_filed_and_changed(play, at):
    play("Repository.testCreateIssue")
    assert create_issue(at(), "Issue created by PyGithub", "").number == 28
    play("Issue.testEditWithAllParameters")
    issue = update_issue(at(), 28, title="Title edited by PyGithub", body="Body edited by PyGithub", state="open")
    assert (issue.title, issue.body) == ("Title edited by PyGithub", "Body edited by PyGithub")
    play("Issue.testEditWithStateReasonReopened")
    assert update_issue(at(), 28, state="open").state == "open"


def test_search(play, at):
    play("Search.testSearchIssues")
    # The recording is of all repositories: whatever else the answer holds, only ours is given out.
    (issue,) = islice(search_issues(at("msgpack/msgpack"), "compile"), 1)
    assert "/repos/msgpack/msgpack" in issue.repository_url
    play("Search.testUrlquotingOfQuery")
    assert len(list(search_issues(at("saltstack/salt-api"), "updated:>2014-03-04"))) == 4  # and two pull requests
    assert list(search_issues(at("saltstack/salt"), "updated:>2014-03-04")) == []


def test_checks(play, at):
    repository = at("dhruvmanila/pygithub-testing")
    output = {"title": "Readme report", "summary": "There are 0 failures, 2 warnings, and 1 notices."}
    play("CheckRun.testCreateCheckRunCompleted")
    made = create_check_run(repository, "completed_check_run", "0283d46537193f1fed7d46859f15c5304b9836f9", output, conclusion="success")
    assert (made.id, made.conclusion, made.app, made.annotations) == (1296027873, "success", "test-pygithub", 2)
    play("CheckRun.testUpdateCheckRunSuccess")
    changed = update_check_run(repository, 1296029552, output, conclusion="success")
    assert changed.conclusion == "success"


def test_nothing_changed(play, at):
    play("ConditionalRequestUpdate.testDidNotUpdate")
    answer = at("akfish/PyGithub").sender.send(
        Request("GET", "/repos/akfish/PyGithub", "look again", etag='"8600bedcb7fed1d8065e1693e05529ce"')
    )
    assert (answer.status, answer.unchanged, answer.data) == (304, True, None)


REFUSALS = [
    ("SpecificExceptions.testBadCredentials", 401, errors.BadTokenError),
    ("SpecificExceptions.testRateLimitExceeded", 403, errors.RateLimitedError),
    ("SpecificExceptions.testAuthenticatedRateLimitExceeded", 403, errors.RateLimitedError),
    ("Exceptions.testNonJsonDataReturnedByGithub", 503, errors.ServerError),
    ("Exceptions.testUnknownObject", 404, errors.NotFoundError),
    ("Exceptions.testInvalidInput", 422, errors.RefusedError),
    ("WorkflowRun.test_rerun", 403, errors.MissingPermissionError),
]


@pytest.mark.parametrize(("name", "status", "kind"), REFUSALS, ids=[name for name, _, _ in REFUSALS])
def test_what_github_refused_then(tapes, player, at, name, status, kind):
    exchange = next(each for each in tapes.named[name] if each.status == status)
    player.load(exchange)
    with pytest.raises(kind) as caught:
        at().sender.send(Request(exchange.verb, exchange.path, "do it", body=None if exchange.verb == "GET" else {}))
    assert caught.value.status == status
    assert caught.value.hint


def test_trouble_of_github_passed(play, at, waits):
    player = play("Retry.testReturnsRepoAfter3Retries")
    assert about_repository(at()).name == "PyGithub/PyGithub"
    assert [exchange.status for exchange in player.played] == [502, 502, 502, 200]
    assert sum(waits) > 0
    play("Retry.testRaisesRetryErrorAfterMaxRetries")
    with pytest.raises(errors.ServerError):
        about_repository(at())
