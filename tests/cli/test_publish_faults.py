"""Whatever can go wrong on the way to GitHub, through whole commands: one message, the next step, exit code 2, and no token anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.cli.publishing import HEAD, Publisher
from tests.github.fake import TOKEN, FakeGitHub, Token

APP = "ghs_" + "FakeApp0" * 4
COMMANDS = {
    "pr": ("pr", "--pr", "1"),
    "check": ("check", "--commit", HEAD),
    "issues": ("issues", "c1", "--yes"),
}


@dataclass(frozen=True)
class Case:
    """What is wrong, what is said of it, and of which commands."""

    said: str
    hint: str
    arrange: Callable[[FakeGitHub], object] = lambda _fake: None
    env: dict[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ("pr", "check", "issues")
    args: tuple[str, ...] = ()


def archived(fake: FakeGitHub) -> None:
    fake.repo().archived = True


def locked(fake: FakeGitHub) -> None:
    fake.repo().issues[1]["locked"] = True


def without_issues(fake: FakeGitHub) -> None:
    fake.repo().has_issues = False


def used_up(fake: FakeGitHub) -> None:
    fake.remaining, fake.reset = 0, int(time.time()) + 3_000


def may(**permissions: str) -> Callable[[FakeGitHub], None]:
    def arrange(fake: FakeGitHub) -> None:
        fake.tokens[APP] = Token("github-actions[bot]", app="github-actions", permissions=permissions)

    return arrange


def always(verb: str, path: str, **how: object) -> Callable[[FakeGitHub], object]:
    return lambda fake: fake.fail(verb, path, times=99, **how)


WRITES = {"pr": "/comments$", "check": "/check-runs$", "issues": "/issues$"}
ANY = "/(comments|check-runs|issues)$"
CASES = {
    "no token": Case("no token for GitHub", "gh auth login", env={"GITHUB_TOKEN": "", "PATH": "/nowhere"}),
    "an unknown token": Case("does not know the token of GITHUB_TOKEN", "expired", env={"GITHUB_TOKEN": "ghp_" + "x" * 36}),
    "no token at all": Case("holds no token", "quotes", env={"GITHUB_TOKEN": "two words"}),
    "no permission to comment": Case(
        "lacks `issues: write` or `pull-requests: write`",
        "permissions:",
        may(issues="read", pull_requests="read"),
        {"GITHUB_TOKEN": APP},
        ("pr",),
    ),
    "no permission for checks": Case("lacks `checks: write`", "permissions:", may(checks="read"), {"GITHUB_TOKEN": APP}, ("check",)),
    "no permission for issues": Case("lacks `issues: write`", "permissions:", may(issues="read"), {"GITHUB_TOKEN": APP}, ("issues",)),
    "no such repository": Case("finds nothing there", "may not see it", env={"GITHUB_REPOSITORY": "acme/none"}),
    "a name that is none": Case("no repository", "owner/name", env={"GITHUB_REPOSITORY": "acme"}),
    "no such pull request": Case("finds nothing there", "number", commands=("pr",), args=("--pr", "99")),
    "an archived repository": Case("is archived", "unarchive", archived, {"GITHUB_TOKEN": APP}),
    "a locked conversation": Case("is locked", "unlock", locked, commands=("pr",)),
    "issues are turned off": Case("Issues are disabled", "turn the issues on", without_issues, commands=("issues",)),
    "the rate limit": Case("its rate limit is used up", "again", used_up),
    "asked too often": Case("takes no more requests", "again", always("POST", ANY, status=429, headers={"Retry-After": "3600"})),
    "the other limit": Case(
        "takes no more requests",
        "again",
        always("POST", ANY, status=403, message="You have exceeded a secondary rate limit.", headers={"Retry-After": "3600"}),
    ),
    "single sign-on": Case("single sign-on", "authorise", always("POST", ANY, status=403, headers={"X-GitHub-SSO": "required"})),
    "what was sent is not taken": Case("did not take what was sent", "docs/github.md", always("POST", ANY, status=422, message="No.")),
    "trouble of its own": Case("trouble of its own (502)", "try again later", always("POST", ANY, status=502)),
    "trouble in reading": Case("trouble of its own (503)", "try again later", always("GET", ANY, status=503)),
    "no JSON": Case("no JSON", "GITHUB_API_URL", always("GET", ANY, raw=b"<html>Sign in to the Wi-Fi</html>")),
    "cut off": Case("broke off", "again", always("GET", ANY, cut=True)),
    "nobody there": Case("takes no connection", "GITHUB_API_URL", env={"GITHUB_API_URL": "http://127.0.0.1:1"}),
    "not over TLS": Case("is not https", "GITHUB_API_URL", env={"GITHUB_API_URL": "http://github.example.com/api/v3"}),
    "no certificates": Case("no such file of certificates", "--ca-file", args=("--ca-file", "none.pem")),
    "an event that is none": Case(
        "the event of GitHub cannot be read",
        "GITHUB_EVENT_PATH",
        env={"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "/nowhere/event.json", "GITHUB_EVENT_NAME": "push"},
    ),
}


@pytest.mark.parametrize(
    ("case", "command"),
    [(case, command) for case in CASES.values() for command in case.commands],
    ids=[f"{name} / {command}" for name, case in CASES.items() for command in case.commands],
)
def test_each_fault_has_its_message(publisher: Publisher, fake_github: FakeGitHub, case: Case, command: str):
    if command == "check":
        fake_github.tokens[APP] = Token("github-actions[bot]", app="github-actions")
        publisher.env["GITHUB_TOKEN"] = APP
    case.arrange(fake_github)
    fake_github.tokens.setdefault(APP, Token())
    record = publisher("show", "--format", "json").out
    done = publisher("publish", *COMMANDS[command], *case.args, **case.env)
    assert done.code == 2, done.err
    error = next(line for line in done.err.splitlines() if line.startswith("rca: error: "))
    assert case.said in error
    assert case.hint in next(line for line in done.err.splitlines() if line.startswith("rca: next: "))
    assert done.out == ""
    for secret in (TOKEN, APP, "ghp_" + "x" * 36):
        assert secret not in done.err
    assert publisher("show", "--format", "json").out == record


@pytest.mark.parametrize("command", COMMANDS)
def test_the_token_is_nowhere(publisher, fake_github, command):
    done = publisher.publish(*COMMANDS[command], "--format", "json")
    rehearsed = publisher.publish(*COMMANDS[command], "--dry-run")
    assert fake_github.seen
    for text in (done.out, done.err, rehearsed.out, rehearsed.err):
        assert TOKEN not in text
    for path in publisher.folder.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path
