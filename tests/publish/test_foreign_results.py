"""What results say of their own commit is believed only where nobody else may have written it."""

from __future__ import annotations

import json

import pytest

from rca.publish.target import head_of
from rca.sources.ci_event import Event
from tests.conftest import report_text

MINE, THEIRS, MERGE = "a" * 40, "b" * 40, "c" * 40


@pytest.mark.parametrize(
    ("name", "tested", "head"),
    [
        ("workflow_run", THEIRS, MINE),
        ("pull_request", THEIRS, MINE),
        ("pull_request_target", THEIRS, MINE),
        ("pull_request", MERGE, MINE),
        ("push", THEIRS, THEIRS),
        ("push", "", MINE),
        ("push", MERGE, MINE),
        ("deployment", MINE.upper(), MINE),
    ],
)
def test_the_commit_that_results_speak_of(name, tested, head):
    assert head_of(Event(name, head_sha=MINE), tested, {"GITHUB_SHA": MERGE}) == head


def test_without_an_event_the_results_are_all_there_is():
    assert head_of(Event(""), THEIRS, {}) == THEIRS


def test_an_artifact_cannot_choose_the_pull_request_that_is_commented_on(rca, fake_github):
    repo = fake_github.repo("acme/shop")
    fork, victim = repo.pull("mine", fork="mallory/shop"), repo.pull("theirs")
    run = repo.run(fork["head"]["sha"], branch="feature", fork="mallory/shop", event="pull_request")
    (rca.folder / "reports").mkdir()
    (rca.folder / "reports" / "a.xml").write_text(report_text("a.B c!no"), encoding="utf-8")
    (rca.folder / "reports" / "rca-run.json").write_text(json.dumps({"commit": victim["head"]["sha"], "branch": "feature"}))
    event = rca.folder / "event.json"
    event.write_text(json.dumps({"action": "completed", "repository": repo.info(), "workflow_run": run}), encoding="utf-8")
    rca.env |= fake_github.env | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_SHA": MERGE,
    }
    rca("new", "Tests")
    rca("ingest", "reports")
    done = rca("publish", "pr")
    assert done.code == 0, done.err
    assert repo.comments_on(victim["number"]) == []
    assert len(repo.comments_on(fork["number"])) == 1
