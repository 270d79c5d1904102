"""The commands that read from GitHub, against the emulator that nobody here wrote; what it lacks, the fake has."""

from __future__ import annotations

import json

import pytest

from rca.github import Repository, connect, settings_from
from rca.github.issues import create_issue, update_issue
from tests.github.emulator import emulator


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with emulator(tmp_path_factory.mktemp("emulator")) as started:
        yield started


@pytest.fixture
def there(rca, running):
    """A project whose GitHub is the emulator."""
    rca.env.update({**running.env(), "GITHUB_REPOSITORY": "acme/shop"})
    assert rca("new", "Nightly").code == 0
    return rca


def test_issues(there, running, write_report):
    with connect(settings_from(running.env())) as connection:
        repository = Repository(connection, "acme/shop")
        for number in range(120):
            create_issue(
                repository, f"Issue {number}", "boom happened here" if number == 7 else "", labels=["P1"] if number == 3 else ["e2e"]
            )
        update_issue(repository, 5, state="closed")
    write_report("r.xml", "a t!boom happened here")
    assert there("ingest", "r.xml").code == 1
    done = there("issues", "--format", "json", "--pulls", "1")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    numbers = [issue["number"] for issue in found["issues"]]
    assert sorted(numbers) == list(range(1, 121))
    assert (numbers[0], found["issues"][0]["priority"], numbers[-1], found["issues"][-1]["state"]) == (4, "P1", 5, "closed")
    stored = json.loads(next(there.folder.glob("worklogs/2*/*.json")).read_text())
    assert stored["clusters"][0]["matches"][0]["ref"] == "#8"
    asked = {
        ("--label", "e2e", "--limit", "30"): 30,
        ("--state", "closed"): 1,
        ("--search", '"boom happened"'): 1,
    }
    for options, count in asked.items():
        done = there("issues", "--pulls", "0", "--format", "json", *options)
        assert len(json.loads(done.out)["issues"]) == count, options


@pytest.mark.parametrize("command", [("issues",), ("status", "--env", "staging"), ("ingest", "--from-workflow", "latest")])
def test_a_repository_that_is_not_there(there, command):
    done = there(*command, "--repo", "acme/none")
    assert done.code == 2
    assert "127.0.0.1 finds nothing there" in " ".join(done.err.split())
    assert "rca: next: check the name" in done.err
