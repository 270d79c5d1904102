"""Pull requests, and the one that a commit belongs to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rca.github import errors
from rca.github.pulls import Head, believed_pull, get_pull, linked_pulls, list_files, list_pulls, merged_since, pulls_at, pulls_of
from rca.sources.ci_event import Event
from tests.github.world import sha


def test_a_pull_request_with_its_ends(fake_github, reach):
    opened = fake_github.repo().pull("Faster login", branch="fast", labels=[])
    pull = get_pull(reach(), 1)
    assert (pull.title, pull.state, pull.fork) == ("Faster login", "open", False)
    assert (pull.head_branch, pull.head_sha, pull.base_branch) == ("fast", opened["head"]["sha"], "main")
    assert pull.base_repository == pull.head_repository == "acme/shop"
    with pytest.raises(errors.NotFoundError, match="read pull request acme/shop#7"):
        get_pull(reach(), 7)


def test_a_fork_that_is_gone_is_a_fork(fake_github, reach):
    opened = fake_github.repo().pull("From afar", fork="eve/shop")
    assert get_pull(reach(), 1).fork
    opened["head"]["repo"] = None
    assert get_pull(reach(), 1).head_repository == ""
    assert get_pull(reach(), 1).fork


def test_the_files_of_a_pull_request(fake_github, reach):
    repo = fake_github.repo()
    repo.pull("Faster login")
    for number in range(120):
        repo.file(1, f"src/file{number}.py", "added" if number else "modified")
    files = list(list_files(reach(), 1))
    assert [file.path for file in files] == [f"src/file{number}.py" for number in range(120)]
    assert {file.status for file in files} == {"added", "modified"}


def test_those_at_a_commit_are_found_by_branch_and_without_one(fake_github, reach):
    repo = fake_github.repo()
    repo.pull("Ours", branch="fix")
    theirs = repo.pull("Theirs", branch="fix", fork="eve/shop")
    head = Head(theirs["head"]["sha"], "fix", "eve/shop")
    assert [pull.number for pull in pulls_at(reach(), head)] == [2]
    assert len(fake_github.seen) == 1
    assert [pull.number for pull in pulls_at(reach(), Head(head.sha))] == [2]
    assert pulls_at(reach(), Head(sha("other"), "fix", "eve/shop")) == []
    # The same commit in another fork is another's pull request.
    assert pulls_at(reach(), Head(head.sha, "fix", "mallory/shop")) == []
    assert pulls_at(reach(), Head("")) == []


def test_a_branch_with_two_pull_requests_gives_both(fake_github, reach):
    repo = fake_github.repo()
    for base in ("main", "release"):
        repo.pull(f"Into {base}", branch="fix", base=base, head=sha("fix"))
    assert [pull.number for pull in pulls_at(reach(), Head(sha("fix"), "fix", "acme/shop"))] == [1, 2]


def test_a_number_from_an_artifact_is_believed_only_when_the_commit_agrees(fake_github, reach):
    repo = fake_github.repo()
    repo.pull("Victim", branch="victim")
    theirs = repo.pull("Theirs", branch="theirs", fork="eve/shop")
    head = Head(theirs["head"]["sha"], "theirs", "eve/shop")
    assert believed_pull(reach(), 2, head).number == 2
    assert believed_pull(reach(), 1, head) is None
    assert believed_pull(reach(), 99, head) is None
    assert believed_pull(reach(), 2, Head("")) is None


def test_merged_pull_requests_since_a_time(fake_github, reach):
    repo = fake_github.repo()
    for number, merged in enumerate(["2026-01-05T00:00:00Z", None, "2026-01-07T00:00:00Z", "2025-12-01T00:00:00Z"], 1):
        repo.pull(f"Pull {number}", state="closed", merged_at=merged, updated_at=merged or "2026-01-08T00:00:00Z")
    merged = merged_since(reach(), datetime(2026, 1, 1, tzinfo=UTC))
    assert [pull.number for pull in merged] == [3, 1]
    assert [pull.number for pull in merged_since(reach(), datetime(2026, 1, 6, tzinfo=UTC), base="main")] == [3]
    assert merged_since(reach(), datetime(2026, 1, 1, tzinfo=UTC), base="release") == []


def test_pull_requests_that_refer_to_an_issue(fake_github, reach):
    repo = fake_github.repo()
    repo.issue("Login fails")
    pull = repo.pull("Mend login", state="closed", merged_at="2026-01-05T00:00:00Z")
    repo.refer(1, pull)
    repo.refer(1, pull)
    repo.timelines[1].append({"event": "labeled", "created_at": "2026-01-05T00:00:00Z"})
    fake_github.checked = False
    (linked,) = linked_pulls(reach(), 1)
    assert (linked.number, linked.title, linked.repository, linked.merged_at is not None) == (2, "Mend login", "acme/shop", True)


def test_a_list_of_pull_requests(fake_github, reach):
    repo = fake_github.repo()
    repo.pull("One", branch="a")
    repo.pull("Two", branch="b", base="release", state="closed")
    assert [pull.title for pull in list_pulls(reach())] == ["One"]
    assert [pull.title for pull in list_pulls(reach(), state="all")] == ["Two", "One"]
    assert [pull.title for pull in list_pulls(reach(), state="all", base="release")] == ["Two"]
    assert [pull.title for pull in list_pulls(reach(), head="acme:a")] == ["One"]


def test_the_pull_requests_of_an_event(fake_github, reach):
    repo = fake_github.repo()
    repo.pull("Victim", branch="victim")
    theirs = repo.pull("Theirs", branch="theirs", fork="eve/shop")
    run = Event("workflow_run", head_sha=theirs["head"]["sha"], head_branch="theirs", head_repository="eve/shop", fork=True, run=7)
    assert pulls_of(reach(), run) == (2,)
    assert pulls_of(reach(), run, claimed=1) == (2,)
    fake_github.seen.clear()
    assert pulls_of(reach(), run, claimed=2) == (2,)
    assert [seen.path for seen in fake_github.seen] == ["/repos/acme/shop/pulls/2"]
    fake_github.seen.clear()
    assert pulls_of(reach(), Event("pull_request", pulls=(9,)), claimed=1) == (9,)
    assert pulls_of(reach(), Event("schedule"), claimed=1) == ()
    assert pulls_of(reach(), Event("workflow_dispatch", head_sha=sha("x")), claimed=1) == ()
    assert fake_github.seen == []
