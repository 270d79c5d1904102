"""What commands that read from GitHub say when they cannot: each thing that can go wrong, as a whole command, with exit code 2."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 -- what is imported is told by a new process only
import sys

import pytest

from tests.conftest import report_text
from tests.github.fake import TOKEN, Token

COMMANDS = {"issues": ("issues",), "status": ("status", "--env", "staging"), "ingest": ("ingest", "--from-workflow", "latest")}
ASKED = {"issues": "/issues$", "status": "/deployments$", "ingest": "/actions/runs$"}
NEEDS = {"issues": "issues: read", "status": "deployments: read", "ingest": "actions: read"}


@pytest.fixture
def here(online, tmp_path):
    """A project with an open worklog and nothing else."""
    online.folder = tmp_path / "project"
    online.folder.mkdir()
    assert online("new", "Nightly").code == 0
    return online


def refused(here, command, *options, **env):
    """Run a command that must fail; what it says, in one line."""
    before = {path: path.read_bytes() for path in here.folder.glob("worklogs/**/*") if path.is_file()}
    done = here(*COMMANDS[command], *options, **env)
    assert done.code == 2, done.err
    assert done.out == ""
    assert {path: path.read_bytes() for path in here.folder.glob("worklogs/**/*") if path.is_file()} == before
    for secret in (TOKEN, *(value for name, value in env.items() if "TOKEN" in name and value)):
        assert secret not in done.err
    said = " ".join(done.err.split())
    assert "rca: error: " in said
    assert "rca: next: " in said
    return said


# -- what the surroundings lack -------------------------------------------------------------------------------------

SURROUNDINGS = [
    ("no token", {"GITHUB_TOKEN": ""}, "no token for GitHub", "gh auth login"),
    ("a token that is none", {"GITHUB_TOKEN": "ghp_two words"}, "holds no token", "copy it again"),
    ("a wrong token", {"GITHUB_TOKEN": "ghp_" + "wrong" * 7}, "does not know the token of GITHUB_TOKEN", "expired"),
    ("no repository", {"GITHUB_REPOSITORY": ""}, "no repository", "--repo OWNER/NAME"),
    ("a repository that is none", {"GITHUB_REPOSITORY": "harbor"}, "'harbor' is no repository", "owner/name"),
    ("not there", {"GITHUB_REPOSITORY": "harbor/none"}, "finds nothing there", "check the name"),
    ("no address", {"GITHUB_API_URL": "github"}, "GITHUB_API_URL", "like https://github.example.com/api/v3"),
    ("not https", {"GITHUB_API_URL": "http://github.example.com/api/v3"}, "is not https", "GITHUB_API_URL"),
    (
        "a password in the address",
        {"GITHUB_API_URL": "https://ada:hunter2X9@github.example.com"},
        "holds a user or a password",
        "leave them out",
    ),
    ("no such host", {"GITHUB_API_URL": "https://github.invalid/api/v3"}, "has no address here", "check GITHUB_API_URL and the way there"),
    ("nobody listens", {"GITHUB_API_URL": "http://127.0.0.1:9"}, "takes no connection", "GITHUB_API_URL"),
    ("no such certificates", {"REQUESTS_CA_BUNDLE": "none.pem"}, "none.pem: there is no such file of certificates", "--ca-file"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("env", "message", "hint"), [case[1:] for case in SURROUNDINGS], ids=[case[0] for case in SURROUNDINGS])
def test_what_the_surroundings_lack(here, command, env, message, hint):
    said = refused(here, command, **env)
    assert message in said
    assert hint in said
    assert "hunter2" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_certificates_that_do_not_fit(here, command, tmp_path, fake_github):
    (tmp_path / "ca.pem").write_text("no certificate\n")
    said = refused(here, command, "--ca-file", str(tmp_path / "ca.pem"), GITHUB_API_URL=fake_github.url.replace("http:", "https:"))
    assert "cannot prove who it is" in said
    assert "--ca-file" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_host_that_cannot_prove_who_it_is(here, command, fake_github):
    said = refused(here, command, GITHUB_API_URL=fake_github.url.replace("http:", "https:"))
    assert "cannot prove who it is" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_proxy_that_is_not_there(here, command):
    said = refused(here, command, GITHUB_API_URL="https://github.example.com/api/v3", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="")
    assert "the proxy does not let us through to github.example.com" in said


# -- what GitHub says -----------------------------------------------------------------------------------------------

ANSWERS = [
    ("missing permission", {"status": 403, "message": "Resource not accessible by integration"}, "may not", "permissions:"),
    (
        "single sign-on",
        {"status": 403, "message": "Resource protected by organization SAML", "headers": {"X-GitHub-SSO": "required"}},
        "single sign-on",
        "authorise",
    ),
    (
        "moved nowhere",
        {"status": 301, "headers": {"Location": "/repos/harbor/harbor/elsewhere"}},
        "moved or renamed",
        "as it is called now",
    ),
    ("gone", {"status": 410, "message": "Issues are disabled for this repo"}, "is gone", ""),
    ("secondary limit", {"status": 429, "message": "slow down", "headers": {"Retry-After": "1800"}}, "again in 30 minutes", "until then"),
    (
        "moved elsewhere",
        {"status": 301, "headers": {"Location": "https://elsewhere.example/repos/x"}},
        "sends us on to elsewhere.example, which is not asked",
        "check GITHUB_API_URL",
    ),
    (
        "rate limit",
        {"status": 429, "message": "slow down", "headers": {"Retry-After": "4000"}},
        "takes no more requests",
        "run the command again",
    ),
    ("trouble of its own", {"status": 502, "message": "Bad gateway"}, "has trouble of its own", "www.githubstatus.com"),
    ("a sign-in page", {"status": 200, "raw": b"<html>sign in</html>"}, "something that is no JSON", "a proxy may have answered"),
    ("nested too deeply", {"status": 200, "raw": b"[" * 100_000}, "something that is no JSON", ""),
    ("something else", {"status": 200, "raw": b'{"hello": "world"}'}, "what GitHub answered is no list", "GITHUB_API_URL"),
    ("another shape", {"status": 200, "raw": b'[{"number": "x", "id": "x"}]'}, "what GitHub answered is no", ""),
    ("nothing at all", {"silent": True}, "broke off", "try again"),
    ("a broken answer", {"cut": True}, "broke off", "try again"),
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("fault", "message", "hint"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
def test_what_github_says(here, fake_github, command, fault, message, hint):
    fake_github.fail("GET", ASKED[command], times=30, **fault)
    said = refused(here, command)
    assert message in said
    assert hint in said


@pytest.mark.parametrize("command", COMMANDS)
def test_the_permission_that_is_missing_is_named(here, fake_github, command):
    fake_github.tokens[TOKEN] = Token(app="github-actions", permissions={"metadata": "read"})
    said = refused(here, command)
    assert f"it lacks `{NEEDS[command]}`" in said
    assert f"add `{NEEDS[command]}` to the `permissions:` of the job" in said


def test_what_github_says_is_shown_safely(here, fake_github):
    secret = "ghp_" + "a1B2c3D4e5" * 4
    fake_github.fail("GET", "/issues$", status=422, message=f"\x1b[2J\u202e::error::{secret}" + "x" * 5_000)
    said = refused(here, "issues")
    assert secret not in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) < 1_000


# -- GitHub Enterprise ----------------------------------------------------------------------------------------------


def test_another_address_of_the_api(here, fake_github):
    fake_github.repo("harbor/harbor").issue("One")
    done = here("issues", "--format", "json", GITHUB_API_URL=f"{fake_github.url}/")
    assert [issue["number"] for issue in json.loads(done.out)["issues"]] == [1]


# -- what is loaded -------------------------------------------------------------------------------------------------

LOADED = [
    (("report", "r.xml"), False),
    (("ingest", "r.xml"), False),
    (("triage",), False),
    (("issues", "--offline"), False),
    (("issues", "--help"), False),
    (("status", "--help"), False),
    (("issues",), True),
]


@pytest.mark.parametrize(("args", "loaded"), LOADED, ids=[" ".join(args) for args, _ in LOADED])
def test_the_client_is_loaded_only_to_ask_github(here, fake_github, args, loaded):
    fake_github.repo("harbor/harbor").issue("One")
    (here.folder / "r.xml").write_text(report_text("a t!boom"))
    assert here("issues").code == 0
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rca", *args],
        cwd=here.folder,
        env=here.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr[-500:]
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert ("github" in modules) is loaded
    assert ("requests" in modules) is loaded
