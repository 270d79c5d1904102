"""Deployments, commits and releases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rca.github import errors
from rca.github.deployments import list_commits, list_deployments, list_environments, list_releases, list_statuses
from tests.github.world import sha


def test_deployments_with_what_became_of_them(fake_github, reach):
    repo = fake_github.repo()
    first = repo.deploy("staging", sha("a"))
    second = repo.deploy("staging", sha("b"), "in_progress", description="by hand")
    repo.deploy("production", sha("a"))
    repo.status(second, "failure", log_url="https://example.org/log", environment_url="https://staging.example.org/")
    repository = reach()
    assert [each.id for each in list_deployments(repository, environment="staging")] == [second["id"], first["id"]]
    (latest,) = list_deployments(repository, environment="staging", limit=1)
    assert (latest.sha, latest.environment, latest.creator, latest.description) == (sha("b"), "staging", "ada", "by hand")
    assert [status.state for status in list_statuses(repository, latest.id)] == ["failure", "in_progress"]
    (status,) = list_statuses(repository, latest.id, limit=1)
    assert (status.log_url, status.environment_url, status.creator) == ("https://example.org/log", "https://staging.example.org/", "ada")
    assert [each.name for each in list_environments(repository)] == ["staging", "production"]
    assert [each.environment for each in list_deployments(repository, sha=sha("a"))] == ["production", "staging"]
    with pytest.raises(errors.NotFoundError):
        list(list_statuses(repository, 999))


def test_commits_and_releases(fake_github, reach):
    repo = fake_github.repo()
    commits = [repo.commit(f"Change {number}") for number in range(150)]
    repo.release("v1.0")
    repository = reach()
    assert [commit.message for commit in list_commits(repository, limit=120)] == [f"Change {number}" for number in range(149, 29, -1)]
    (commit, *_) = list_commits(repository, ref=commits[10]["sha"])
    assert (commit.message, commit.author, commit.parents) == ("Change 10", "ada", (commits[9]["sha"],))
    assert len(list(list_commits(repository, since=datetime(2026, 1, 2, 3, 6, 30, tzinfo=UTC)))) == 6
    assert [release.tag for release in list_releases(repository)] == ["v1.0"]


def test_an_empty_repository_says_so(reach):
    with pytest.raises(errors.RefusedError, match="Git Repository is empty"):
        list(list_commits(reach()))
