"""`rca publish issues` as it is used: what is filed, told, opened again and closed, and that none of it happens twice."""

from __future__ import annotations

import json

import pytest

from tests.cli.publishing import GREEN, HEAD, RED
from tests.github.fake import Token

LATER = "2026-01-04T03:04:05Z"


def filed(fake_github) -> list[dict]:
    return [issue for issue in fake_github.repo().issues.values() if "pull_request" not in issue]


def record(publisher) -> dict:
    return json.loads(publisher("show", "--format", "json").out)


@pytest.fixture
def tracked(publisher, fake_github):
    """The cluster has an issue that rca filed; time goes on from the day of the run."""
    fake_github.world.moment = fake_github.world.moment.replace(day=2, hour=12)
    publisher.publish("issues", "c1", "--yes")
    return publisher


def test_an_issue_is_filed_once_and_both_sides_know_of_each_other(publisher, fake_github):
    done = publisher.publish("issues", "c1", "--yes", "--link", "https://example.com/worklog")
    (issue,) = filed(fake_github)
    assert done.out.strip() == issue["html_url"]
    assert [label["name"] for label in issue["labels"]] == ["rca"]
    assert "no route to bank" in issue["body"]
    assert "https://example.com/worklog" in issue["body"]
    cluster = record(publisher)["clusters"][0]
    assert [(match["ref"], match["state"], match["url"]) for match in cluster["matches"]] == [
        (f"#{issue['number']}", "accepted", issue["html_url"])
    ]
    before = len(fake_github.writes())
    assert publisher.told("issues", "--yes")["done"] == "unchanged"
    assert len(fake_github.writes()) == before


def test_the_link_is_kept_when_the_tests_run_again(tracked, fake_github):
    tracked.ingest(*RED)
    (issue,) = filed(fake_github)
    (match,) = record(tracked)["clusters"][0]["matches"]
    assert (match["ref"], match["state"], match["url"]) == (f"#{issue['number']}", "accepted", issue["html_url"])


def test_an_issue_is_told_of_each_run_once(tracked, fake_github):
    (issue,) = filed(fake_github)
    tracked.ingest(*RED)
    for _ in range(2):
        tracked.publish("issues", "--yes")
    (body,) = tracked.bodies(issue["number"])
    assert "1 test fails" in body
    tracked.ingest(*GREEN, at=LATER)
    for _ in range(2):
        tracked.publish("issues", "--yes")
    tracked.ingest(*GREEN, at="2026-01-05T03:04:05Z")
    tracked.publish("issues", "--yes")
    assert ["No longer fails" in body for body in tracked.bodies(issue["number"])] == [False, True]
    assert issue["state"] == "open"


def test_it_is_opened_again_when_it_fails_again(tracked, fake_github):
    (issue,) = filed(fake_github)
    issue |= {"state": "closed", "state_reason": "completed", "closed_at": "2026-01-02T20:00:00Z"}
    assert tracked.told("issues", "--yes")["steps"][0]["why"] == "it was closed after this run"
    assert issue["state"] == "closed"
    tracked.ingest(*RED)
    assert tracked.told("issues", "--yes")["steps"][0]["act"] == "reopen"
    assert (issue["state"], issue["state_reason"]) == ("open", "reopened")
    (body,) = tracked.bodies(issue["number"])
    assert "again" in body


def test_what_people_closed_as_not_planned_stays_closed(tracked, fake_github):
    (issue,) = filed(fake_github)
    issue |= {"state": "closed", "state_reason": "not_planned", "closed_at": "2026-01-02T20:00:00Z"}
    tracked.ingest(*RED)
    assert "not planned" in tracked.publish("issues", "--yes").err
    assert (issue["state"], tracked.bodies(issue["number"])) == ("closed", [])


def test_it_is_closed_only_when_somebody_says_so(tracked, fake_github):
    (issue,) = filed(fake_github)
    tracked.ingest(*GREEN)
    tracked.publish("issues", "--yes")
    assert issue["state"] == "open"
    tracked.publish("issues", "--yes", "--close-fixed")
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert len(tracked.bodies(issue["number"])) == 1
    assert tracked.told("issues", "--yes", "--close-fixed")["done"] == "unchanged"


def test_an_issue_of_others_is_told_and_never_closed(publisher, fake_github):
    issue = fake_github.repo().issue("Payments fail")
    publisher("triage", "accept", "c1", f"#{issue['number']}")
    publisher.publish("issues", "--yes")
    publisher.ingest(*GREEN)
    publisher.publish("issues", "--yes", "--close-fixed")
    assert ["No longer" in body for body in publisher.bodies(issue["number"])] == [False, True]
    assert issue["state"] == "open"


def test_another_worklog_finds_what_was_filed_by_its_mark(tracked, fake_github):
    tracked("new", "The next day")
    (tracked.folder / ".rca" / "issues.json").unlink(missing_ok=True)
    tracked.ingest(*RED)
    assert tracked.told("issues", "--yes")["steps"] == []  # nothing is accepted here yet
    document = tracked.told("issues", "c1", "--yes")
    assert document["steps"][0]["act"] == "comment"
    assert len(filed(fake_github)) == 1
    matches = record(tracked)["clusters"][0]["matches"]
    assert [match["state"] for match in matches if match["kind"] == "issue"] == ["accepted"]


def test_it_is_found_although_nobody_may_set_labels(publisher, fake_github):
    publisher.publish("issues", "c1", "--yes")
    (issue,) = filed(fake_github)
    issue["labels"] = []
    publisher("triage", "undo")
    assert publisher.told("issues", "c1", "--yes")["steps"][0]["act"] == "leave"
    assert len(filed(fake_github)) == 1


def test_the_mark_of_a_stranger_is_not_believed(publisher, fake_github):
    publisher.publish("issues", "c1", "--yes")
    (issue,) = filed(fake_github)
    issue |= {"user": fake_github.world.user("mallory"), "author_association": "NONE"}
    publisher("triage", "undo")
    assert publisher.told("issues", "c1", "--yes")["steps"][0]["act"] == "file"
    assert len(filed(fake_github)) == 2


def test_an_answer_that_got_lost_leaves_one_issue(publisher, fake_github):
    fake_github.fail("POST", "/issues$", status=502, after=True)
    publisher.publish("issues", "c1", "--yes")
    assert len(filed(fake_github)) == 1
    publisher.ingest(*RED)
    fake_github.fail("POST", "/comments$", status=502, after=True)
    publisher.publish("issues", "--yes")
    assert len(publisher.bodies(filed(fake_github)[0]["number"])) == 1


def test_of_two_that_were_filed_at_once_ours_that_is_younger_is_closed(publisher, fake_github):
    publisher.publish("issues", "c1", "--yes")
    (first,) = filed(fake_github)
    second = fake_github.repo().issue(first["title"], body=first["body"], labels=("rca",), by="rca-bot")
    publisher("triage", "undo")
    publisher.publish("issues", "c1", "--yes")
    assert (first["state"], second["state"], second["state_reason"]) == ("open", "closed", "not_planned")
    assert publisher.told("issues", "c1", "--yes")["done"] == "unchanged"


def test_the_plan_is_shown_and_nothing_is_sent_until_somebody_agrees(publisher, fake_github):
    asked = publisher("publish", "issues", "c1")
    assert asked.code == 2
    assert "file      c1   no route to bank" in asked.err
    assert "--yes" in asked.err
    assert not fake_github.writes()


def test_a_dry_run_shows_the_requests_and_decides_nothing(publisher, fake_github):
    before = record(publisher)
    document = publisher.told("issues", "c1", "--dry-run")
    assert not fake_github.writes()
    assert record(publisher) == before
    publisher.publish("issues", "c1", "--yes")
    (post,) = [each for each in document["requests"] if each["writes"]]
    (sent,) = fake_github.writes()
    assert (post["method"], post["path"], post["body"]) == (sent.verb, sent.path, sent.body)
    offline = publisher.told("issues", "c1", "--dry-run", GITHUB_TOKEN="", PATH="/nowhere")
    assert [each["path"] for each in offline["requests"] if each["writes"]]


def test_all_files_what_needs_somebody_and_no_more_than_asked_for(publisher, fake_github):
    cases = [f"shop.Cart test{letter}!wrong {letter} of the cart" for letter in ("total", "tax", "owner", "state", "age")]
    publisher.ingest(*cases)
    publisher("triage", "mute", "c2")
    done = publisher.publish("issues", "--all", "--limit", "2", "--yes")
    assert len(filed(fake_github)) == 2
    # Beside these five, what the run before showed and this one left out.
    assert "3 more clusters have no issue" in done.err
    publisher.publish("issues", "--all", "--yes")
    assert len(filed(fake_github)) == 5
    assert publisher.told("issues", "--all", "--yes")["done"] == "unchanged"


def test_what_resembles_an_issue_is_not_filed_beside_it_unless_it_is_named(publisher, fake_github):
    issues = [{"number": 77, "title": "no route to bank", "body": "no route to bank", "state": "open", "author_association": "NONE"}]
    (publisher.folder / "issues.json").write_text(json.dumps(issues), encoding="utf-8")
    publisher("ingest", "--issues", "issues.json")
    assert record(publisher)["clusters"][0]["matches"][0]["state"] == "proposed"
    assert "resembles #77" in publisher.publish("issues", "--all", "--yes").err
    assert not filed(fake_github)
    publisher.publish("issues", "c1", "--yes")
    assert len(filed(fake_github)) == 1


def test_what_cannot_be_told_is_named_and_the_rest_is_done(tracked, fake_github):
    (issue,) = filed(fake_github)
    other = fake_github.repo().issue("Locked", locked=True)
    tracked.ingest(*RED, "shop.Cart ships!no ship")
    tracked("triage", "accept", "c2", f"#{other['number']}")
    done = tracked("publish", "issues", "--yes", "--format", "json")
    assert done.code == 2
    steps = {step["cluster"]: step for step in json.loads(done.out)["steps"]}
    assert steps["c1"]["done"]
    assert "locked" in steps["c2"]["error"]
    assert len(tracked.bodies(issue["number"])) == 1


def test_an_issue_that_is_gone_is_named(publisher):
    publisher("triage", "accept", "c1", "#712")
    done = publisher("publish", "issues", "--yes", "--format", "json")
    assert done.code == 2
    assert "cannot read issue #712" in done.err
    assert json.loads(done.out)["steps"][0]["error"]


def test_the_record_knows_that_it_was_opened_again(tracked, fake_github):
    (issue,) = filed(fake_github)
    tracked.ingest(*RED)
    issue |= {"state": "closed", "state_reason": "completed", "closed_at": "2026-01-02T20:00:00Z"}
    tracked.publish("issues", "--yes")
    assert [each["state"] for each in record(tracked)["issues"]] == ["open"]
    tracked.ingest(*GREEN, at=LATER)
    tracked.publish("issues", "--yes", "--close-fixed")
    assert [each["state"] for each in record(tracked)["issues"]] == ["closed"]


def test_what_fails_in_a_fork_files_nothing_unless_it_is_named(publisher, fake_github):
    run = {"head_sha": HEAD, "head_branch": "x", "head_repository": {"full_name": "mallory/shop"}, "pull_requests": []}
    publisher.env |= publisher.event("workflow_run", {"repository": {"full_name": "acme/shop"}, "workflow_run": run})
    assert "in a fork" in publisher.publish("issues", "--all", "--yes").err
    assert not filed(fake_github)
    publisher.publish("issues", "c1", "--yes")
    assert len(filed(fake_github)) == 1


def test_a_token_of_a_fork_files_nothing(publisher, fake_github):
    pull = fake_github.repo().pull("From afar", head=HEAD, fork="mallory/shop")
    fake_github.tokens["ghs_fork"] = Token("github-actions[bot]", app="github-actions", permissions={"issues": "read"})
    publisher.env |= {"GITHUB_TOKEN": "ghs_fork", **publisher.event("pull_request", {"number": pull["number"], "pull_request": pull})}
    refused = publisher("publish", "issues", "c1", "--yes")
    assert refused.code == 2
    assert "may only read" in refused.err


def test_a_pull_request_is_no_issue(publisher):
    publisher("triage", "accept", "c1", "#1")
    assert "pull request" in publisher.publish("issues", "--yes").err
    assert publisher.bodies(1) == []


def test_a_face_that_was_edited_stops_it_before_anything_is_sent(publisher, fake_github):
    (face,) = (publisher.folder / "worklogs").glob("*/*.md")
    face.write_text(face.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    refused = publisher("publish", "issues", "c1", "--yes")
    assert refused.code == 2
    assert "edited by hand" in refused.err
    assert not fake_github.seen


def test_the_permission_that_lacks_is_named(publisher, fake_github):
    fake_github.tokens["ghs_app"] = Token("github-actions[bot]", app="github-actions", permissions={"issues": "read"})
    refused = publisher("publish", "issues", "c1", "--yes", GITHUB_TOKEN="ghs_app")
    assert refused.code == 2
    assert "issues: write" in refused.err


def test_nothing_to_publish_is_no_fault(publisher, fake_github):
    assert "say --all" in publisher.publish("issues", "--yes").err
    publisher.ingest(*GREEN)
    publisher("triage", "note", "c1", "it passes")
    done = publisher.told("issues", "--all", "--yes")
    assert (done["done"], done["steps"]) == ("unchanged", [])
    assert not fake_github.seen


def test_an_issue_that_a_person_rejected_is_not_taken_back(publisher, fake_github):
    publisher.publish("issues", "c1", "--yes")
    (first,) = filed(fake_github)
    publisher("triage", "reject", "c1", f"#{first['number']}")
    publisher.publish("issues", "c1", "--yes")
    assert len(filed(fake_github)) == 2
    (match,) = record(publisher)["clusters"][0]["matches"]
    assert (match["ref"], match["state"]) == (f"#{first['number'] + 1}", "accepted")


def test_the_kept_issues_learn_of_what_was_filed(publisher, fake_github):
    (publisher.folder / "issues.json").write_text('[{"number": 77, "title": "Other", "state": "open"}]', encoding="utf-8")
    publisher("ingest", "--issues", "issues.json")
    publisher.publish("issues", "c1", "--yes")
    (issue,) = filed(fake_github)
    kept = json.loads((publisher.folder / ".rca" / "issues.json").read_text(encoding="utf-8"))
    assert [each["number"] for each in kept["items"]] == [77, issue["number"]]
    publisher("new", "The next day")
    publisher.ingest(*RED)
    assert f"#{issue['number']}" in [match["ref"] for match in record(publisher)["clusters"][0]["matches"]]


def test_kept_issues_that_are_broken_stop_nothing(publisher, fake_github):
    (publisher.folder / ".rca" / "issues.json").write_text("{", encoding="utf-8")
    publisher.publish("issues", "c1", "--yes")
    assert len(filed(fake_github)) == 1
