"""`rca publish pr` as it is used: the one comment on a pull request, whatever was there before."""

from __future__ import annotations

import json

import pytest

from tests.conftest import report_text

SHA = "5f2c1e0b9a8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b"


@pytest.fixture
def project(rca, fake_github, write_report):
    """A project with a red worklog, and the pull request #1 at the fake GitHub."""
    fake_github.repo().pull("Faster checkout", head_sha=SHA)
    rca.env |= {**fake_github.env, "GITHUB_REPOSITORY": "acme/shop"}
    write_report("a.xml", "shop.Cart adds", "shop.Cart pays!no route to bank")
    assert rca("new", "Checkout").code == 0
    assert rca("ingest", "a.xml", "--commit", SHA).code == 1
    return rca


def bodies(fake_github, number: int = 1) -> list[str]:
    return [comment["body"] for comment in fake_github.repo().comments_on(number)]


def later(rca, *cases: str, at: str = "2026-01-03T03:04:05Z") -> None:
    """Add a later run to the worklog."""
    (rca.folder / "b.xml").write_text(report_text(*cases, at=at), encoding="utf-8")
    rca("ingest", "b.xml", "--commit", SHA)


def test_a_comment_is_made_kept_and_brought_up_to_date(project, fake_github):
    made = project("publish", "pr", "--pr", "1")
    assert made.code == 0, made.err
    assert made.out.strip() == fake_github.repo().comments_on(1)[0]["html_url"]
    assert "wrote the comment on acme/shop#1" in made.err
    (body,) = bodies(fake_github)
    assert "no route to bank" in body

    before = len(fake_github.writes())
    again = project("publish", "pr", "--pr", "1")
    assert "says all this already" in again.err
    assert [seen.path for seen in fake_github.writes()[before:] if seen.path != "/graphql"] == []

    later(project, "shop.Cart adds", "shop.Cart pays")
    changed = project("publish", "pr", "--pr", "1", "--format", "json")
    assert json.loads(changed.out)["done"] == "updated"
    (body,) = bodies(fake_github)
    assert "no route to bank" not in body


def test_a_dry_run_prints_what_would_be_sent_and_sends_nothing(project, fake_github):
    shown = project("publish", "pr", "--pr", "1", "--dry-run", "--format", "json")
    document = json.loads(shown.out)
    (post,) = [request for request in document["requests"] if request["writes"]]
    assert not fake_github.writes()
    project("publish", "pr", "--pr", "1")
    (sent,) = fake_github.sent("POST", "/comments$")
    assert (post["method"], post["path"], post["body"]) == ("POST", sent.path, sent.body)


def test_a_dry_run_needs_neither_token_nor_network(project, fake_github):
    offline = project("publish", "pr", "--pr", "1", "--dry-run", GITHUB_TOKEN="")
    assert offline.code == 0
    assert "POST /repos/acme/shop/issues/1/comments\n  body: |2\n" in offline.out
    assert "no token" in offline.err
    assert not fake_github.seen
