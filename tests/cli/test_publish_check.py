"""`rca publish check` as it is used: the check run on a commit, with notes at the failing lines."""

from __future__ import annotations

import pytest

from tests.cli.publishing import GREEN, HEAD
from tests.github.fake import Token


@pytest.fixture
def app(publisher, fake_github):
    """The token of a workflow, which is one of an app."""
    fake_github.tokens["ghs_app"] = Token("github-actions[bot]", app="github-actions")
    publisher.env["GITHUB_TOKEN"] = "ghs_app"
    return publisher


def checks(fake_github) -> list[dict]:
    return list(fake_github.repo().checks.values())


def failing_at(*lines: int) -> str:
    """A report whose tests fail at lines of one file, all with errors of their own."""
    cases = "".join(
        f'<testcase classname="shop.Cart" name="test{line}" file="tests/cart.py" line="{line}">'
        f'<failure message="wrong total in field{line}name" type="Error{line}x"/></testcase>'
        for line in lines
    )
    return f'<testsuites><testsuite name="suite" timestamp="2026-01-05T03:04:05Z">{cases}</testsuite></testsuites>'


def test_a_check_is_written_and_the_same_run_changes_the_same_one(app, fake_github):
    made = app.publish("check")
    (check,) = checks(fake_github)
    assert made.out.strip() == check["html_url"]
    assert (check["name"], check["head_sha"], check["status"], check["conclusion"]) == ("rca", HEAD, "completed", "failure")
    assert "no route to bank" in check["output"]["text"] + check["output"]["summary"]
    assert app.told("check")["done"] == "unchanged"
    app("triage", "note", "c1", "the bank moved")
    check["output"]["title"] = "something else"
    assert app.told("check")["done"] == "updated"
    assert len(checks(fake_github)) == 1


def test_another_run_has_a_check_of_its_own_since_notes_cannot_be_taken_back(app, fake_github):
    app.publish("check", "--name", "E2E")
    app.ingest(*GREEN)
    assert app.told("check", "--name", "E2E")["done"] == "created"
    assert [(check["name"], check["conclusion"]) for check in checks(fake_github)] == [("E2E", "failure"), ("E2E", "success")]
    app("new", "The older one alone")
    app("ingest", "a.xml", "--commit", HEAD)
    assert app.told("check", "--name", "E2E")["done"] == "left"
    assert len(checks(fake_github)) == 2
    assert app.told("check", "--name", "E2E", "--force")["done"] == "created"


def test_notes_go_in_batches_and_the_check_is_finished_with_the_last(app, fake_github):
    (app.folder / "run.xml").write_text(failing_at(*range(1, 121)), encoding="utf-8")
    app("ingest", "run.xml", "--commit", HEAD)
    app.publish("check")
    sent = fake_github.writes()
    assert [len(seen.body["output"].get("annotations", ())) for seen in sent] == [50, 50, 20]
    assert [seen.body.get("status") for seen in sent] == ["in_progress", None, "completed"]
    (check,) = checks(fake_github)
    notes = fake_github.repo().annotations[check["id"]]
    assert {(note["path"], note["start_line"]) for note in notes} == {("tests/cart.py", line) for line in range(1, 121)}
    assert app.told("check")["done"] == "unchanged"


def test_what_was_interrupted_is_gone_on_with(app, fake_github):
    (app.folder / "run.xml").write_text(failing_at(*range(1, 121)), encoding="utf-8")
    app("ingest", "run.xml", "--commit", HEAD)
    fake_github.fail("PATCH", "/check-runs/", status=422, message="Validation Failed", skip=1)
    assert app("publish", "check").code == 2
    (check,) = checks(fake_github)
    assert (check["status"], check["output"]["annotations_count"]) == ("in_progress", 100)
    assert app.told("check")["done"] == "updated"
    assert (check["status"], check["conclusion"], check["output"]["annotations_count"]) == ("completed", "failure", 120)


def test_an_answer_that_got_lost_leaves_one_check(app, fake_github):
    fake_github.fail("POST", "/check-runs$", status=502, after=True)
    app.publish("check")
    assert len(checks(fake_github)) == 1


@pytest.mark.parametrize("status", [502, 0])
def test_an_answer_that_got_lost_writes_no_note_twice(app, fake_github, status):
    (app.folder / "run.xml").write_text(failing_at(*range(1, 121)), encoding="utf-8")
    app("ingest", "run.xml", "--commit", HEAD)
    lost = {"status": 502, "after": True} if status else {"cut": True}
    fake_github.fail("PATCH", "/check-runs/", **lost)
    assert app.told("check")["done"] == "created"
    (check,) = checks(fake_github)
    assert (check["status"], len(fake_github.repo().annotations[check["id"]])) == ("completed", 120)


def test_nothing_ran_is_never_green(app, fake_github):
    app("new", "Nothing")
    assert app("publish", "check", "--commit", HEAD).code == 0
    (check,) = checks(fake_github)
    assert check["conclusion"] == "failure"


def test_a_short_hash_is_not_enough(app):
    app("new", "Nothing")
    refused = app("publish", "check", "--commit", HEAD[:10])
    assert refused.code == 2
    assert "--commit" in refused.err


@pytest.mark.parametrize("message", ["You must authenticate via a GitHub App.", "Resource not accessible by personal access token"])
def test_a_personal_token_writes_a_comment_instead(publisher, fake_github, message):
    fake_github.fail("POST", "/check-runs$", status=403, message=message)
    done = publisher.publish("check", "--pr", "1")
    assert "only the token of an app may" in done.err
    assert "a comment is written instead" in done.err
    assert "no route to bank" in publisher.bodies()[0]


def test_a_personal_token_without_a_pull_request_writes_nothing(publisher, fake_github):
    fake_github.repo().pulls.clear()
    refused = publisher("publish", "check")
    assert refused.code == 2
    assert "only the token of an app may" in refused.err


def test_a_dry_run_shows_all_batches(app, fake_github):
    (app.folder / "run.xml").write_text(failing_at(*range(1, 121)), encoding="utf-8")
    app("ingest", "run.xml", "--commit", HEAD)
    document = app.told("check", "--dry-run")
    assert not fake_github.writes()
    app.publish("check")
    rehearsed = [(each["method"], each["body"]) for each in document["requests"] if each["writes"]]
    assert rehearsed == [(seen.verb, seen.body) for seen in fake_github.writes()]
