"""The commands against an emulator of GitHub that nobody here wrote. It knows no GraphQL, so nothing is folded away there."""

from __future__ import annotations

import shutil

import pytest

from rca.github import Repository, Request, connect, settings_from
from rca.github.comments import create_comment, list_comments
from rca.github.deployments import list_commits
from rca.github.issues import create_issue, get_issue, list_issues, update_issue
from tests.cli.publishing import GREEN, RED
from tests.cli.test_publish_processes import start
from tests.github.emulator import OTHER, emulator


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("emulator")) as started:
        yield started


@pytest.fixture
def emulated(running, publisher):
    """`rca` with the emulator as GitHub."""
    publisher.env |= {**running.env(), "GITHUB_REPOSITORY": "acme/shop"}
    return publisher


@pytest.fixture
def as_(running):
    opened = []

    def open_(**env: str) -> Repository:
        opened.append(connect(settings_from({**running.env(), **env})))
        return Repository(opened[-1], "acme/shop")

    yield open_
    for connection in opened:
        connection.close()


@pytest.fixture
def pull(as_, request):
    """A pull request of its own for a test: its number, and the commit at its head."""
    repository, branch = as_(), request.node.name[:40]
    (main, *_) = list_commits(repository, limit=1)
    for verb, path, body in (
        ("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": main.sha}),
        ("PUT", f"/contents/{branch}.txt", {"message": branch, "content": "aGVsbG8=", "branch": branch}),
    ):
        repository.sender.send(Request(verb, repository.path(path), "prepare", body=body))
    content = {"title": branch, "head": branch, "base": "main"}
    answer = repository.sender.send(Request("POST", repository.path("/pulls"), "open a pull request", body=content))
    return str(answer.data["number"]), answer.data["head"]["sha"]


def test_the_comment(emulated, as_, pull):
    number, head = pull
    create_comment(as_(GITHUB_TOKEN=OTHER), int(number), "<!-- rca:default kind=comment run=run-1 -->")
    for _ in range(120):
        create_comment(as_(GITHUB_TOKEN=OTHER), int(number), "hello")
    assert emulated.told("pr", "--pr", number)["done"] == "created"
    assert emulated.told("pr", "--pr", number)["done"] == "unchanged"
    emulated.ingest(*GREEN)
    assert emulated.told("pr", "--pr", number)["done"] == "updated"
    *_, ours = list_comments(as_(), int(number))
    assert "no route" not in ours.body
    create_comment(as_(), int(number), ours.body)
    assert emulated.told("pr", "--pr", number)["removed"] == 1
    document = emulated.told("pr", "--pr", number, "--when", "failures")
    assert document["done"] == "unchanged"
    (note,) = document["notes"]
    assert "not folded away" in note
    (emulated.folder / "run.xml").write_text('<testsuite name="s"><testcase classname="c" name="n"/></testsuite>', encoding="utf-8")
    emulated("new", "Found by its commit")
    emulated("ingest", "run.xml", "--commit", head)
    assert emulated.told("pr", "--dry-run")["pull_request"] == int(number)


def test_the_check(emulated, running, pull):
    _, head = pull
    app = {"GITHUB_TOKEN": running.app_token()}
    assert emulated.told("check", "--commit", head, **app)["done"] == "created"
    assert emulated.told("check", "--commit", head, **app)["done"] in {"unchanged", "updated"}


def test_issues(emulated, as_):
    create_issue(as_(), "Something else", "with words of its own", labels=["rca"])
    document = emulated.told("issues", "c1", "--yes")
    number = document["steps"][0]["issue"] or next(iter(list_issues(as_(), labels=["rca"]))).number
    assert "no route to bank" in get_issue(as_(), number).body
    assert emulated.told("issues", "--yes")["steps"][0]["act"] == "leave"
    emulated.ingest(*RED, at="2035-01-03T03:04:05Z")
    assert emulated.told("issues", "--yes")["steps"][0]["act"] == "comment"
    update_issue(as_(), number, state="closed")
    emulated.ingest(*RED, at="2035-01-04T03:04:05Z")
    assert emulated.told("issues", "--yes")["steps"][0]["act"] == "reopen"
    assert get_issue(as_(), number).state == "open"
    emulated.ingest(*GREEN, at="2035-01-05T03:04:05Z")
    emulated.publish("issues", "--yes", "--close-fixed")
    assert get_issue(as_(), number).state == "closed"
    assert len(list(list_comments(as_(), number))) == 3
    emulated("triage", "undo")
    assert emulated.told("issues", "c1", "--yes")["steps"][0]["issue"] == number


def test_two_at_once_file_tell_and_close_an_issue_once(emulated, as_, tmp_path):
    """Processes of their own, as two jobs of a workflow are: filed, told, closed, opened again and closed, each by both."""
    emulated.ingest("shop.Cart adds", "shop.Cart ships!no ship at the quay", at="2036-01-01T03:04:05Z")
    for day, cases, args in (
        (2, None, ("c2",)),
        (3, ("shop.Cart adds", "shop.Cart ships!no ship at the quay"), ()),
        (4, ("shop.Cart adds", "shop.Cart ships"), ("--close-fixed",)),
        (5, ("shop.Cart adds", "shop.Cart ships!no ship at the quay"), ()),
        (6, ("shop.Cart adds", "shop.Cart ships"), ("--close-fixed",)),
    ):
        if cases:
            emulated.ingest(*cases, at=f"2036-01-0{day}T03:04:05Z")
        other = tmp_path / f"other {day}"
        shutil.copytree(emulated.folder, other)
        both = [start(emulated, "issues", "--yes", *args, folder=folder) for folder in (emulated.folder, other)]
        for process in both:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
    issues = [issue for issue in list_issues(as_(), state="all", labels=["rca"]) if "no ship" in issue.title]
    (first, *others) = sorted(issues, key=lambda issue: issue.number)
    assert [issue.state for issue in (first, *others)] == ["closed"] * len(issues)
    told = [comment.body.partition("*")[2].partition(" with")[0] for comment in list_comments(as_(), first.number)]
    assert [line.strip("*") for line in told] == ["1 test fails", "No longer fails", "1 test fails again", "No longer fails"]
    assert not [comment for issue in others for comment in list_comments(as_(), issue.number)]
