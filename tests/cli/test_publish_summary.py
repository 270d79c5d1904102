"""`rca publish summary` as it is used: the job summary, appended, and what happens without a token that may write."""

from __future__ import annotations

import json

import pytest

from tests.cli.publishing import GREEN, HEAD
from tests.github.fake import Token

MOST = 1024 * 1024


def test_it_is_appended_once(publisher):
    path = publisher.folder / "summary.md"
    path.write_text("## Build\n\nAll built.\n", encoding="utf-8")
    publisher.publish("summary", GITHUB_STEP_SUMMARY=str(path))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("## Build\n\nAll built.\n\n\n## Checkout\n")
    assert "no route to bank" in text
    again = publisher.publish("summary", GITHUB_STEP_SUMMARY=str(path))
    assert "says all this already" in again.err
    assert path.read_text(encoding="utf-8") == text


def test_elsewhere_it_is_printed_and_said_so(publisher, fake_github):
    shown = publisher.publish("summary", GITHUB_TOKEN="")
    assert "no route to bank" in shown.out
    assert "GITHUB_STEP_SUMMARY is not set" in shown.err
    document = publisher.told("summary")
    assert (document["done"], document["body"]) == ("printed", shown.out)
    assert not fake_github.seen


def test_what_is_printed_in_a_workflow_is_quoted(publisher):
    publisher.ingest("shop.Cart adds!::error::gotcha")
    shown = publisher.publish("summary", GITHUB_ACTIONS="true")
    first, *_, last = shown.out.splitlines()
    assert first.startswith("::stop-commands::")
    assert last == f"::{first.removeprefix('::stop-commands::')}::"


def test_nothing_that_is_printed_is_a_command_of_the_runner(publisher):
    publisher.ingest("shop.Cart adds!##[add-mask]token ::stop-commands::x")
    for args in (("summary",), ("pr", "--pr", "1", "--dry-run"), ("issues", "--all", "--dry-run")):
        assert "##[" not in publisher.publish(*args, "--format", "json", GITHUB_ACTIONS="true").out
        shown = publisher.publish(*args, GITHUB_ACTIONS="true")
        assert "##[" not in shown.err
        token = shown.out.splitlines()[0].removeprefix("::stop-commands::")
        assert shown.out.count(f"::{token}::") == 1


@pytest.mark.parametrize("there", [MOST - 30_000, MOST - 5_000])
def test_it_stays_below_the_limit_together_with_what_is_there(publisher, there):
    path = publisher.folder / "summary.md"
    path.write_bytes(b"x" * there)
    publisher.ingest(*(f"shop.Cart test{n}!wrong{n}name in field{n}x {'y' * 300}" for n in range(200)))
    done = publisher("publish", "summary", GITHUB_STEP_SUMMARY=str(path))
    assert done.code == 0, done.err
    assert there < path.stat().st_size <= MOST


def test_a_full_summary_is_left_alone(publisher):
    path = publisher.folder / "summary.md"
    path.write_bytes(b"x" * (MOST - 1_000))
    refused = publisher("publish", "summary", GITHUB_STEP_SUMMARY=str(path))
    assert refused.code == 2
    assert "GITHUB_STEP_SUMMARY" in refused.err
    assert path.stat().st_size == MOST - 1_000


def test_without_a_repository_nothing_is_linked(publisher):
    shown = publisher.publish("summary", GITHUB_REPOSITORY="")
    assert "`5f2c1e0b9a8d`" in shown.out
    assert "/commit/" not in shown.out


def test_a_dry_run_writes_nothing(publisher):
    path = publisher.folder / "summary.md"
    shown = publisher.publish("summary", "--dry-run", GITHUB_STEP_SUMMARY=str(path))
    assert "no route to bank" in shown.out
    assert not path.exists()


@pytest.mark.parametrize("where", ["/nowhere/summary.md", ".", "/dev/null"])
def test_a_summary_that_cannot_be_written_is_named(publisher, where):
    refused = publisher("publish", "summary", GITHUB_STEP_SUMMARY=where)
    assert refused.code == 2
    assert "GITHUB_STEP_SUMMARY" in refused.err


# -- a pull request from a fork --------------------------------------------------------------------------------------


@pytest.fixture
def fork(publisher, fake_github):
    """A workflow for a pull request from a fork, with a token that may only read."""
    pull = fake_github.repo().pull("From afar", head=HEAD, fork="mallory/shop")
    fake_github.tokens["ghs_fork"] = Token("github-actions[bot]", app="github-actions", permissions={"issues": "read", "checks": "read"})
    publisher.env |= {"GITHUB_TOKEN": "ghs_fork", "GITHUB_STEP_SUMMARY": str(publisher.folder / "summary.md")}
    publisher.env |= publisher.event("pull_request", {"action": "opened", "number": pull["number"], "pull_request": pull})
    return publisher


@pytest.mark.parametrize("what", ["pr", "check"])
@pytest.mark.parametrize(("cases", "code"), [(("shop.Cart pays!no route",), 1), (GREEN, 0)])
def test_a_token_that_may_only_read_says_it_by_commands_and_by_the_exit_code(fork, what, cases, code):
    fork.ingest(*cases)
    done = fork("publish", what)
    assert done.code == code
    assert "may only read" in done.err
    assert "the job summary" in done.err
    assert "## Checkout" in (fork.folder / "summary.md").read_text(encoding="utf-8")


def test_the_commands_are_notes_at_the_failing_lines(fork):
    (fork.folder / "run.xml").write_text(
        '<testsuite name="s" timestamp="2026-02-02T03:04:05Z"><testcase classname="c" name="n" file="tests/cart.py" line="7">'
        '<failure message="50%% off, ::warning::really"/></testcase></testsuite>',
        encoding="utf-8",
    )
    fork("ingest", "run.xml", "--commit", HEAD)
    done = fork("publish", "pr")
    (line,) = done.out.splitlines()
    assert line.startswith("::error file=tests/cart.py,line=7,title=")
    assert "50%25%25 off" in line
    document = json.loads(fork("publish", "pr", "--format", "json").out)
    assert (document["done"], document["annotations"]) == ("commands", 1)


def test_a_token_that_lacks_a_permission_is_another_matter(publisher, fake_github):
    fake_github.tokens["ghs_app"] = Token("github-actions[bot]", app="github-actions", permissions={"contents": "read"})
    refused = publisher("publish", "pr", "--pr", "1", GITHUB_TOKEN="ghs_app", GITHUB_ACTIONS="true")
    assert refused.code == 2
    assert "pull-requests: " in refused.err
