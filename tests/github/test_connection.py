"""The connection to GitHub: what is asked, and what comes of each thing that can go wrong."""

from __future__ import annotations

import pytest

from rca.github import Rehearsal, Repository, errors, once
from rca.github.comments import create_comment, delete_comment, list_comments, minimise_comment, update_comment
from rca.github.issues import create_issue, get_issue, list_issues, update_issue


def test_issues_come_page_by_page(fake_github, reach):
    repo = fake_github.repo()
    for number in range(1, 251):
        repo.issue(f"Issue {number}", labels=("e2e",) if number % 2 else ())
    listing = list_issues(reach(), labels=["e2e"])
    issues = list(listing)
    assert [issue.number for issue in issues] == list(range(249, 0, -2))
    assert listing.complete
    assert [seen.query.get("after") for seen in fake_github.seen] == [None, "cursor-2"]


def test_an_interrupted_list_goes_on(fake_github, reach):
    for number in range(1, 251):
        fake_github.repo().issue(f"Issue {number}")
    fake_github.fail("GET", "/issues$", status=404, message="Not Found", skip=1)
    listing = list_issues(reach())
    found = []
    with pytest.raises(errors.NotFoundError):
        found += [issue.number for issue in listing]  # nothing is added by a list that breaks off
    for issue in list_issues(reach(), cursor=listing.cursor):
        found.append(issue.number)
    assert found == list(range(150, 0, -1))


def test_an_issue_is_filed_changed_and_opened_again(fake_github, reach):
    repository = reach()
    issue = create_issue(repository, "Login fails", "It does.", labels=["e2e"])
    assert update_issue(repository, issue.number, state="closed").state == "closed"
    again = update_issue(repository, issue.number, state="open", body="It does again.")
    assert (again.state, again.body, again.labels) == ("open", "It does again.", ("e2e",))
    assert get_issue(repository, issue.number) == again


def test_comments(fake_github, reach):
    repository = reach()
    repo = fake_github.repo()
    repo.issue("Login fails")
    comment = create_comment(repository, 1, "first")
    assert comment.author.login == "rca-bot"
    update_comment(repository, comment.id, "second")
    assert [each.body for each in list_comments(repository, 1)] == ["second"]
    minimise_comment(repository, comment.node_id)
    assert repo.minimised == {comment.node_id: "OUTDATED"}
    delete_comment(repository, comment.id)
    assert not list(list_comments(repository, 1))


def test_an_answer_lost_after_the_comment_leaves_one_comment(fake_github, reach):
    repository = reach()
    fake_github.repo().issue("Login fails")
    fake_github.fail("POST", "/comments$", status=502, after=True)

    def find():
        return next((comment for comment in list_comments(repository, 1) if "<!-- rca -->" in comment.body), None)

    comment, new = once(find, lambda: create_comment(repository, 1, "hello <!-- rca -->"))
    assert not new
    assert [each["id"] for each in fake_github.repo().comments.values()] == [comment.id]


FAULTS = [
    (401, "Bad credentials", {}, errors.BadTokenError),
    (403, "Resource not accessible by integration", {"X-Accepted-GitHub-Permissions": "issues=read"}, errors.MissingPermissionError),
    (404, "Not Found", {}, errors.NotFoundError),
    (410, "Issues are disabled for this repo", {}, errors.GoneError),
    (422, "Validation Failed", {}, errors.RefusedError),
]


@pytest.mark.parametrize(("status", "message", "headers", "kind"), FAULTS, ids=lambda value: str(value) if isinstance(value, int) else "")
def test_each_refusal_has_its_error(fake_github, reach, status, message, headers, kind):
    fake_github.fail("GET", "/issues$", status=status, message=message, headers=headers)
    with pytest.raises(kind) as caught:
        list(list_issues(reach()))
    assert caught.value.status == status
    assert caught.value.hint
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_rehearsal_shows_what_would_be_sent_and_sends_nothing(fake_github, reach):
    fake_github.repo().issue("Login fails")
    rehearsal = Rehearsal(reach().sender)
    repository = Repository(rehearsal, "acme/shop")
    assert [issue.title for issue in list_issues(repository)] == ["Login fails"]
    create_comment(repository, 1, "hello")
    assert [(request.verb, request.path, request.body) for request in rehearsal.requests] == [
        ("POST", "/repos/acme/shop/issues/1/comments", {"body": "hello"})
    ]
    assert not fake_github.writes()


def test_a_rehearsal_without_a_connection_finds_nothing():
    assert list(list_issues(Repository(Rehearsal(), "acme/shop"))) == []
