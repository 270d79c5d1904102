"""Where GitHub is, whose token is used, and that nobody gets to see it."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import subprocess  # noqa: TID251 -- commands are tested as they are used
import sys
import time
import traceback
from pathlib import Path

import pytest

from rca.github import GitHubError, Pace, Settings, connect, errors, settings_from, token
from rca.github.comments import create_comment, minimise_comment
from rca.github.issues import get_issue, list_issues
from rca.github.settings import checked_url, web_host
from rca.github.token import Token, find_token
from tests.github.fake import TOKEN

SECRET = "gho_0123456789abcdefghijABCDEFGHIJ456789"


# -- the token ------------------------------------------------------------------------------------------------------


def test_where_the_token_comes_from():
    assert find_token({"GITHUB_TOKEN": SECRET, "GH_TOKEN": "other"}).reveal() == SECRET
    assert find_token({"GITHUB_TOKEN": " ", "GH_TOKEN": f"{SECRET}\n"}).reveal() == SECRET
    assert find_token({"GH_TOKEN": SECRET}).source == "GH_TOKEN"


def test_no_token_and_no_gh(tmp_path):
    with pytest.raises(errors.NoTokenError, match="there is no `gh`") as caught:
        find_token({"PATH": str(tmp_path)})
    assert "GITHUB_TOKEN" in caught.value.hint


def program(folder: Path, text: str) -> dict[str, str]:
    path = folder / "gh"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_gh_is_asked_for_the_host(tmp_path):
    environment = program(tmp_path, f'echo "$@ $GH_PROMPT_DISABLED" > {tmp_path}/args; echo noise >&2; echo {SECRET}')
    found = find_token(environment, "github.example.com")
    assert (found.reveal(), found.source) == (SECRET, "gh auth token")
    assert (tmp_path / "args").read_text() == "auth token --hostname github.example.com 1\n"


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("text", ["exit 1", f"echo {SECRET}; exit 4", "true", "kill -9 $$"])
def test_gh_that_has_none(tmp_path, text):
    with pytest.raises(errors.NoTokenError, match=r"`gh` has none for github\.com"):
        find_token(program(tmp_path, text))


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_gh_that_cannot_be_started(tmp_path):
    (tmp_path / "gh").write_text("#!/no/such/shell\n", encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    with pytest.raises(errors.NoTokenError):
        find_token({"PATH": str(tmp_path)})


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_gh_is_not_waited_for_long(tmp_path, monkeypatch):
    monkeypatch.setattr(token, "SECONDS", 0.2)
    begin = time.monotonic()
    with pytest.raises(errors.NoTokenError):
        find_token(program(tmp_path, "exec sleep 60"))
    assert time.monotonic() - begin < 30


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("text", ["yes | head -c 3000000", "printf 'a b'", "printf 'two\\nlines'"])
def test_gh_that_says_something_else(tmp_path, text):
    with pytest.raises(errors.BadTokenError, match="gh auth token: holds no token"):
        find_token(program(tmp_path, text))


@pytest.mark.parametrize("text", ["ghp_a\nX-Evil: 1", "ghp_ä", "two words", "x" * 2_000, "a\0b", "ghp_\x1b[31m"])
def test_what_is_no_token_is_not_shown(text):
    with pytest.raises(errors.BadTokenError) as caught:
        find_token({"GITHUB_TOKEN": text})
    assert text[:4] not in caught.value.message.replace("two", "")


def test_a_token_does_not_show_itself():
    secret = Token(SECRET, "GITHUB_TOKEN")
    settings = Settings("https://api.github.com", secret)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!s:>10}", repr(settings), repr(connect(settings)), repr([secret])]
    assert not [text for text in shown if SECRET[4:] in text]
    for store in (pickle.dumps, copy.deepcopy, lambda value: json.dumps(value, default=vars)):
        with pytest.raises(TypeError):
            store(secret)


# -- the address ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "url", "host"),
    [
        ("https://api.github.com", "https://api.github.com", "github.com"),
        ("https://github.example.com/api/v3/", "https://github.example.com/api/v3", "github.example.com"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com", "acme.ghe.com"),
        (" https://GitHub.example.com:8443/api/v3 ", "https://github.example.com:8443/api/v3", "github.example.com"),
        ("http://localhost:3000", "http://localhost:3000", "localhost"),
        ("http://127.0.0.1:3000/", "http://127.0.0.1:3000", "127.0.0.1"),
        ("http://[::1]:3000", "http://[::1]:3000", "::1"),
    ],
)
def test_addresses(text, url, host):
    assert checked_url(text) == url
    assert web_host(url) == host


@pytest.mark.parametrize(
    "text",
    ["http://github.example.com", "ftp://github.com", "github.com", "https://", "https://a b", "https://x/?y", "https://x/#y", "https://[", "https://x:y",
     "https://x:99999", "http://127.0.0.1.evil.example", "javascript:alert(1)", "https://x\n.y"],
)  # fmt: skip
def test_what_is_no_address_of_an_api(text):
    with pytest.raises(GitHubError, match="GITHUB_API_URL") as caught:
        settings_from({"GITHUB_TOKEN": SECRET, "GITHUB_API_URL": text})
    assert SECRET not in caught.value.message


def test_an_address_with_a_password_is_refused_and_not_shown():
    with pytest.raises(GitHubError) as caught:
        checked_url("https://me:geheim@github.example.com")
    assert "geheim" not in f"{caught.value.message}{caught.value.hint}"


def test_settings_come_from_the_environment(tmp_path):
    settings = settings_from({"GITHUB_TOKEN": SECRET})
    assert (settings.base_url, settings.host, settings.ca_file, settings.loopback) == (
        "https://api.github.com",
        "api.github.com",
        "",
        False,
    )
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    assert settings_from({"GITHUB_TOKEN": SECRET, "REQUESTS_CA_BUNDLE": str(bundle)}).ca_file == str(bundle)
    assert settings_from({"GITHUB_TOKEN": SECRET, "CURL_CA_BUNDLE": str(bundle)}).ca_file == str(bundle)
    with pytest.raises(errors.TlsError, match="there is no such file of certificates"):
        settings_from({"GITHUB_TOKEN": SECRET}, ca_file=str(tmp_path / "none.pem"))


def test_a_file_of_certificates_that_holds_none(fake_github, reach, tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.write_text("no certificate")
    with pytest.raises(errors.TlsError):
        get_issue(reach(GITHUB_API_URL=fake_github.url.replace("http:", "https:"), REQUESTS_CA_BUNDLE=str(bundle)), 1)


# -- the pace -------------------------------------------------------------------------------------------------------


def test_github_is_asked_at_its_pace_and_a_test_server_at_once(fake_github):
    there = connect(Settings("https://api.github.com", Token(SECRET, "x")))
    here = connect(settings_from(fake_github.env))
    assert (there.pace.requests, there.pace.writes) == (0.25, 1.0)
    assert (here.pace.requests, here.pace.writes) == (None, None)


def test_a_pace_is_kept(fake_github):
    fake_github.repo().issue("Login fails")
    with connect(settings_from(fake_github.env), pace=Pace(requests=0.05, writes=0.2)) as connection:
        from rca.github import Repository

        begin = time.monotonic()
        for _ in range(3):
            create_comment(Repository(connection, "acme/shop"), 1, "a")
        assert time.monotonic() - begin >= 0.4  # a lower bound holds on every machine


# -- nobody sees it -------------------------------------------------------------------------------------------------


def everything(error: BaseException) -> str:
    """All that can be printed of an error, with the values of the variables around it."""
    # The first frame is that of the test, which knows the token.
    told = traceback.TracebackException(type(error), error, error.__traceback__.tb_next, capture_locals=True)
    return "".join([str(error), repr(error), repr(vars(error)), *told.format()])


FAULTS = [
    {"status": 401, "message": f"Bad credentials {TOKEN}"},
    {"status": 403, "message": "API rate limit exceeded", "headers": {"Retry-After": "9999"}},
    {"status": 403, "raw": b"garbage"},
    {"status": 422, "message": TOKEN},
    {"status": 502, "times": 9},
    {"status": 301, "headers": {"Location": "https://evil.invalid/"}},
    {"cut": True, "times": 99},
    {"silent": True, "times": 99},
    {"raw": b"<html>"},
    {"raw": b'{"number": "x"}'},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault)[:30])
def test_no_error_and_no_log_holds_the_token(fake_github, reach, caplog, capfd, fault):
    caplog.set_level(logging.DEBUG)
    repository = reach()
    for verb, call in (
        ("GET", lambda: get_issue(repository, 1)),
        ("GET", lambda: list(list_issues(repository))),
        ("POST", lambda: create_comment(repository, 1, "a")),
        ("POST", lambda: minimise_comment(repository, "IC_1")),
    ):
        fake_github.faults.clear()
        fake_github.fail(verb, "", **fault)
        with pytest.raises(GitHubError) as caught:
            call()
        assert TOKEN not in everything(caught.value)
        assert caught.value.__context__ is None
    fake_github.faults.clear()
    out, err = capfd.readouterr()
    assert TOKEN not in out + err + caplog.text


def test_no_error_of_the_way_holds_the_token(reach, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for url in ("http://127.0.0.1:1", "https://127.0.0.1:1", "https://no-such-host.invalid"):
        with pytest.raises(GitHubError) as caught:
            get_issue(reach(GITHUB_API_URL=url, pace=None), 1)
        assert TOKEN not in everything(caught.value)
    assert TOKEN not in "".join(capfd.readouterr()) + caplog.text


SCRIPT = """
import logging, os, sys, subprocess
logging.basicConfig(level=logging.DEBUG)
from rca.github import Repository, connect, settings_from
from rca.github.issues import get_issue, list_issues
with connect(settings_from(os.environ), tell=print) as connection:
    repository = Repository(connection, "acme/shop")
    print([issue.title for issue in list_issues(repository)], connection, repository)
    print(subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout)
    get_issue(repository, 99)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a shell and ps")
def test_a_whole_process_shows_the_token_nowhere(fake_github, tmp_path):
    fake_github.repo().issue("Login fails")
    fake_github.tokens[SECRET] = fake_github.tokens[TOKEN]
    environment = {**program(tmp_path, f"exec echo {SECRET}"), "GITHUB_API_URL": fake_github.url, "HOME": str(tmp_path), "RCA_DEBUG": "1"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert "['Login fails']" in done.stdout, done.stderr
    assert "NotFoundError" in done.stderr
    assert "/repos/acme/shop/issues" in done.stderr  # the libraries did log
    assert SECRET not in done.stdout + done.stderr.replace(f"exec echo {SECRET}", "")
    assert {seen.headers["authorization"] for seen in fake_github.seen} == {f"token {SECRET}"}


# -- what it costs --------------------------------------------------------------------------------------------------

HEAVY = ("github", "requests", "urllib3")


def loaded(script: str, **env: str) -> set[str]:
    script = f"import sys\n{script}\nprint('loaded', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, **env}, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split("loaded ", 1)[1].split())


def test_pygithub_is_loaded_with_the_first_request(fake_github):
    env = {**fake_github.env, "GITHUB_TOKEN": TOKEN}
    modules = "import rca.github, rca.github.issues, rca.github.comments, rca.github.pulls, rca.github.checks, rca.github.actions"
    reach_ = f"{modules}\nimport os\nconnection = rca.github.connect(rca.github.settings_from(os.environ))\n"
    rehearse = "list(rca.github.issues.list_issues(rca.github.Repository(rca.github.Rehearsal(), 'a/b')))"
    ask = "connection.send(rca.github.Request('GET', '/user', 'ask')); connection.close()"
    assert not loaded(reach_ + rehearse, **env) & set(HEAVY)
    assert loaded(reach_ + ask, **env) >= set(HEAVY)


def test_commands_that_do_not_talk_to_github_do_not_load_it(rca, write_report):
    write_report("r.xml", "A works")
    for args in (["--version"], ["--help"], ["report", "r.xml"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "rca", *args],
            cwd=rca.folder,
            env=rca.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "rca.version" in names
        assert not names & set(HEAVY)


def test_importing_pygithub_writes_nothing_to_stderr(fake_github, reach):
    get_issue(reach(), 1) if fake_github.repo().issue("Login fails") else None
    assert not [handler for handler in logging.getLogger("github").handlers if type(handler) is logging.StreamHandler]


MEMORY = """
import os, tracemalloc
from rca.github import Repository, connect, settings_from
from rca.github.issues import get_issue, list_issues
with connect(settings_from(os.environ)) as connection:
    repository = Repository(connection, "acme/shop")
    get_issue(repository, 1)
    tracemalloc.start()
    total = sum(1 for _issue in list_issues(repository))
    print(total, tracemalloc.get_traced_memory()[1])
"""


def test_five_thousand_issues_are_read_in_the_memory_of_a_page(fake_github):
    fake_github.checked = False
    for number in range(5_000):
        fake_github.repo().issue(f"Issue {number}", body="The login does not work. " * 400)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], env={**os.environ, **fake_github.env}, capture_output=True, text=True, check=True, timeout=120
    )
    total, peak = map(int, done.stdout.split())
    size = 5_000 * 10_000
    assert total == 5_000
    assert peak < size / 4
    assert len(fake_github.seen) == 51


def test_a_netrc_does_not_speak_for_us(fake_github, reach, tmp_path, monkeypatch):
    from rca.github.actions import download_artifact, list_artifacts

    (tmp_path / "netrc").write_text("default login somebody password else\n", encoding="utf-8")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    repo = fake_github.repo()
    run = repo.run()
    repo.artifact(run, "junit", b"zip")
    (artifact,) = list_artifacts(reach(), run["id"])
    download_artifact(reach(), artifact, tmp_path / "junit.zip")
    assert {seen.headers["authorization"] for seen in fake_github.seen} == {f"token {TOKEN}"}
    assert ["authorization" in seen.headers for seen in fake_github.stored] == [False]


@pytest.mark.parametrize("cursor", ["&".join(f"a{n}=1" for n in range(500)), "%", "\0", "x" * 100_000, "page=2#", "//evil.invalid/?x"])
def test_a_cursor_that_was_tampered_with_leads_nowhere_else(fake_github, reach, cursor):
    fake_github.checked = False
    for number in range(3):
        fake_github.repo().issue(f"Issue {number}")
    list(list_issues(reach(), cursor=cursor))
    assert {seen.path for seen in fake_github.seen} == {"/repos/acme/shop/issues"}
