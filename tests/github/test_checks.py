"""Check runs: written by apps only, annotated in batches."""

from __future__ import annotations

import pytest

from rca.github import errors
from rca.github.checks import create_check_run, list_check_runs, update_check_run
from tests.github.fake import TOKEN, Token
from tests.github.world import sha

OUTPUT = {"title": "2 clusters", "summary": "Two clusters.", "text": "More."}


@pytest.fixture
def as_app(fake_github):
    fake_github.tokens[TOKEN] = Token("github-actions[bot]", app="github-actions")


def notes(count):
    return [
        {"path": "a.py", "start_line": n, "end_line": n, "annotation_level": "failure", "message": f"note {n}"} for n in range(1, count + 1)
    ]


@pytest.mark.usefixtures("as_app")
@pytest.mark.parametrize(("count", "requests"), [(0, ["POST"]), (50, ["POST"]), (51, ["POST", "PATCH"]), (170, ["POST", *["PATCH"] * 3])])
def test_annotations_go_in_batches(fake_github, reach, count, requests):
    check = create_check_run(reach(), "rca", sha("head"), OUTPUT, conclusion="failure", annotations=notes(count), external_id="rca:all")
    assert [seen.verb for seen in fake_github.seen] == requests
    assert [note["message"] for note in fake_github.repo().annotations[check.id]] == [f"note {n}" for n in range(1, count + 1)]
    assert (check.conclusion, check.status, check.title, check.annotations) == ("failure", "completed", "2 clusters", count)


@pytest.mark.usefixtures("as_app")
def test_a_check_is_found_and_changed(reach):
    repository = reach()
    made = create_check_run(repository, "rca", sha("head"), OUTPUT, status="in_progress", details_url="https://example.org/")
    assert made.conclusion == ""
    changed = update_check_run(repository, made.id, OUTPUT, name="rca e2e", conclusion="success", annotations=notes(60))
    assert (changed.name, changed.conclusion, changed.annotations) == ("rca e2e", "success", 60)
    assert [check.id for check in list_check_runs(repository, sha("head"), name="rca e2e")] == [made.id]
    assert list(list_check_runs(repository, sha("head"), name="other")) == []
    assert list(list_check_runs(repository, "feature/with a slash")) == []


def test_a_personal_token_may_not(reach):
    with pytest.raises(errors.MissingPermissionError) as caught:
        create_check_run(reach(), "rca", sha("head"), OUTPUT, conclusion="success")
    assert "only the token of an app may" in caught.value.message
    assert caught.value.permission == "checks: write"
    assert "comment" in caught.value.hint


@pytest.mark.usefixtures("as_app")
def test_what_is_too_long_is_refused_with_what_github_says(reach):
    with pytest.raises(errors.RefusedError, match="Only 65535 characters are allowed"):
        create_check_run(reach(), "rca", sha("head"), {**OUTPUT, "text": "x" * 65_536}, conclusion="success")


@pytest.mark.usefixtures("as_app")
@pytest.mark.parametrize(
    "fault", [{"status": 502, "after": True}, {"cut": True}, {"silent": True, "after": True}], ids=["502", "cut", "silent"]
)
def test_annotations_are_not_added_twice(fake_github, reach, fault):
    repository = reach()
    made = create_check_run(repository, "rca", sha("head"), OUTPUT, status="in_progress")
    fake_github.fail("PATCH", "", **fault)
    with pytest.raises(errors.GitHubError) as caught:
        update_check_run(repository, made.id, OUTPUT, annotations=notes(3))
    assert caught.value.uncertain
    assert len(fake_github.sent("PATCH")) == 1
    (check,) = list_check_runs(repository, sha("head"))
    assert check.annotations == 3
    fake_github.fail("PATCH", "", **fault)
    assert update_check_run(repository, made.id, OUTPUT, conclusion="failure").conclusion == "failure"  # nothing is added: sent again
    assert len(fake_github.sent("PATCH")) == 3


@pytest.mark.usefixtures("as_app")
def test_annotations_that_were_refused_for_a_limit_are_sent_again(fake_github, reach):
    repository = reach()
    made = create_check_run(repository, "rca", sha("head"), OUTPUT, status="in_progress")
    fake_github.fail("PATCH", "", status=429, headers={"Retry-After": "0"})
    assert update_check_run(repository, made.id, OUTPUT, annotations=notes(3)).annotations == 3
