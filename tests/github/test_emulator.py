"""The client against an emulator of GitHub that nobody here wrote."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from rca.github import Repository, Request, connect, errors, once, settings_from
from rca.github.actions import list_runs
from rca.github.checks import create_check_run, list_check_runs, update_check_run
from rca.github.comments import create_comment, delete_comment, list_comments, minimise_comment, update_comment
from rca.github.deployments import list_commits, list_releases
from rca.github.issues import create_issue, get_issue, known, list_issues, search_issues, update_issue
from rca.github.pulls import Head, believed_pull, get_pull, list_files, list_pulls, merged_since, pulls_at
from rca.github.who import about_repository, who_am_i
from tests.github.emulator import OTHER, TOKEN, emulator

OUTPUT = {"title": "2 clusters", "summary": "Two clusters."}
names = itertools.count(1)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("emulator")) as started:
        yield started


@pytest.fixture
def as_(running):
    """The repository as somebody sees it; each test has its own words in titles, since the emulator is shared."""
    opened = []

    def open_(token=TOKEN):
        opened.append(connect(settings_from(running.env(token))))
        return Repository(opened[-1], "acme/shop")

    yield open_
    for connection in opened:
        connection.close()


@pytest.fixture
def label():
    return f"label-{next(names)}"


def test_issues(as_, label):
    repository = as_()
    made = [create_issue(repository, f"Login {number} {label}", f"body {number}", labels=[label, "e2e"]) for number in range(120)]
    assert [issue.number for issue in list_issues(repository, labels=[label])] == [issue.number for issue in reversed(made)]
    closed = update_issue(repository, made[7].number, state="closed")
    assert (closed.state, closed.closed_at is not None) == ("closed", True)
    assert [issue.number for issue in list_issues(repository, labels=[label], state="closed")] == [closed.number]
    assert len(list(list_issues(repository, labels=[label], state="all"))) == 120
    opened = update_issue(repository, closed.number, state="open", title="New title", body="New body", labels=[label])
    assert (opened.state, opened.title, opened.labels, opened.closed_at) == ("open", "New title", (label,), None)
    # A second earlier: the emulator has milliseconds and compares texts, GitHub has seconds.
    (changed, *_) = list_issues(repository, labels=[label], since=opened.updated_at - timedelta(seconds=1))
    assert changed == get_issue(repository, closed.number)
    assert known(changed).title == "New title"
    with pytest.raises(errors.NotFoundError):
        get_issue(repository, 99_999)


def test_an_interrupted_list_goes_on(as_, label):
    repository = as_()
    for number in range(130):
        create_issue(repository, f"{number} {label}", "", labels=[label])
    listing = list_issues(repository, labels=[label])
    reading = iter(listing)
    first = [next(reading).title for _ in range(101)]
    rest = [issue.title for issue in list_issues(repository, labels=[label], cursor=listing.cursor)]
    assert first[:100] + rest == [f"{number} {label}" for number in range(129, -1, -1)]


def test_search(as_, label):
    repository = as_()
    for number in range(3):
        create_issue(repository, f"Payment {label} {number}", "refused", labels=[label])
    assert len(list(search_issues(repository, f"payment label:{label}"))) == 3
    assert list(search_issues(repository, f"nothing-like-it label:{label}")) == []
    assert list(search_issues(Repository(repository.sender, "acme/other"), f"payment label:{label} repo:acme/shop")) == []


def test_comments_and_whose_they_are(as_, label):
    mine, other = as_(), as_(OTHER)
    issue = create_issue(mine, label, "").number
    create_comment(other, issue, f"<!-- {label} --> forged")
    me = who_am_i(mine)
    assert (me.login, me.app) == ("ada", False)

    def find():
        return next((each for each in list_comments(mine, issue) if label in each.body and me.wrote(each.author)), None)

    comment, new = once(find, lambda: create_comment(mine, issue, f"<!-- {label} --> first"))
    assert new
    assert once(find, lambda: create_comment(mine, issue, "never")) == (comment, False)
    assert update_comment(mine, comment.id, "second").body == "second"
    assert [each.body for each in list_comments(mine, issue)] == [f"<!-- {label} --> forged", "second"]
    with pytest.raises(errors.NotFoundError):
        minimise_comment(mine, comment.node_id)  # the emulator knows no GraphQL
    delete_comment(mine, comment.id)
    assert len(list(list_comments(mine, issue))) == 1


def test_pull_requests(as_, label):
    repository = as_()
    (base, *_) = list_commits(repository)
    send = repository.sender.send
    send(Request("POST", repository.path("/git/refs"), "branch", body={"ref": f"refs/heads/{label}", "sha": base.sha}))
    content = {"message": "change", "content": "YQ==", "branch": label}
    send(Request("PUT", repository.path(f"/contents/{label}.txt"), "write", body=content))
    opened = send(Request("POST", repository.path("/pulls"), "open", body={"title": label, "head": label, "base": "main"})).data
    pull = get_pull(repository, opened["number"])
    assert (pull.head_branch, pull.base_branch, pull.fork, pull.state) == (label, "main", False, "open")
    assert [each.number for each in list_pulls(repository, head=f"acme:{label}")] == [pull.number]
    head = Head(pull.head_sha, label, "acme/shop")
    assert [each.number for each in pulls_at(repository, head)] == [pull.number]
    assert believed_pull(repository, pull.number, head) == pull
    assert believed_pull(repository, pull.number, Head(base.sha)) is None
    create_comment(repository, pull.number, "on a pull request")
    assert [each.body for each in list_comments(repository, pull.number)] == ["on a pull request"]
    assert isinstance(list(list_files(repository, pull.number)), list)
    send(Request("PUT", repository.path(f"/pulls/{pull.number}/merge"), "merge", body={}))
    assert [each.number for each in merged_since(repository, pull.updated_at)][:1] == [pull.number]


def test_checks_by_the_token_of_an_app(running, as_, label):
    repository = as_(running.app_token())
    (head, *_) = list_commits(repository, limit=1)
    note = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "no"}
    check = create_check_run(repository, label, head.sha, OUTPUT, conclusion="failure", annotations=[note] * 60, external_id=label)
    assert (check.conclusion, check.external_id, check.status, check.title) == ("failure", label, "completed", "2 clusters")
    assert update_check_run(repository, check.id, OUTPUT, conclusion="success").conclusion == "success"
    assert [each.id for each in list_check_runs(repository, head.sha, name=label)] == [check.id]


def test_the_repository_and_what_it_does_not_have(as_):
    repository = as_()
    info = about_repository(repository)
    assert (info.name, info.default_branch, info.archived, info.permissions["push"]) == ("acme/shop", "main", False, True)
    assert list(list_releases(repository)) == []
    assert list(list_runs(repository)) == []
    with pytest.raises(errors.NotFoundError):
        about_repository(Repository(repository.sender, "acme/nowhere"))
