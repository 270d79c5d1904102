"""Everything that can go wrong on the way to GitHub, made to happen."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import ipaddress
import json
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rca.github import GitHubError, Pace, Request, client, connect, errors, once, settings_from
from rca.github.comments import create_comment, list_comments, minimise_comment, update_comment
from rca.github.issues import create_issue, get_issue, list_issues, update_issue
from rca.github.who import who_am_i
from tests.github.fake import TOKEN, FakeGitHub, Token

LIMIT = "API rate limit exceeded for user ID 7."
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


class Waits:
    """Waits that take no time; `seconds` are those that were waited for, `told` what was said about them."""

    def __init__(self):
        self.seconds, self.told = [], []

    def pace(self, **more):
        return Pace(requests=None, writes=None, sleep=self.seconds.append, tell=self.told.append, **more)


@pytest.fixture
def waits():
    return Waits()


# -- what GitHub says -----------------------------------------------------------------------------------------------


def test_a_wrong_token(reach):
    with pytest.raises(errors.BadTokenError) as caught:
        get_issue(reach(GITHUB_TOKEN="ghp_somethingelse0123456789"), 1)
    assert caught.value.message == "cannot read issue #1 of acme/shop: 127.0.0.1 does not know the token of GITHUB_TOKEN"
    assert "docs/github.md" in caught.value.hint


PERMISSIONS = [
    (lambda it: list(list_issues(it)), "issues: read"),
    (lambda it: create_issue(it, "a", "b"), "issues: write"),
    (lambda it: update_issue(it, 1, title="a"), "issues: write` or `pull-requests: write"),
    (lambda it: create_comment(it, 1, "a"), "issues: write` or `pull-requests: write"),
]


@pytest.mark.parametrize(("call", "named"), PERMISSIONS, ids=[named for _, named in PERMISSIONS])
def test_a_permission_that_is_missing_is_named(fake_github, reach, call, named):
    fake_github.repo().issue("Login fails")
    fake_github.tokens[TOKEN] = Token("github-actions[bot]", app="github-actions", permissions={"contents": "read"})
    with pytest.raises(errors.MissingPermissionError) as caught:
        call(reach())
    assert f"it lacks `{named}`" in caught.value.message
    assert f"`{named}`" in caught.value.hint
    assert not isinstance(caught.value, errors.ReadOnlyTokenError)


def test_without_the_header_the_permission_is_the_one_of_the_call(fake_github, reach):
    fake_github.fail("POST", "/issues$", status=403, message="Resource not accessible by integration")
    with pytest.raises(errors.MissingPermissionError, match="it lacks `issues: write`"):
        create_issue(reach(), "a", "b")


def test_the_token_of_a_fork_reads_and_does_not_write(fake_github, reach):
    fake_github.repo().issue("Login fails")
    fake_github.tokens[TOKEN] = Token("github-actions[bot]", app="github-actions", permissions={"issues": "read", "pull_requests": "read"})
    repository = reach(read_only=True)
    assert get_issue(repository, 1).title == "Login fails"
    with pytest.raises(errors.ReadOnlyTokenError) as caught:
        create_comment(repository, 1, "a")
    assert "the token of a pull request from a fork may only read" in caught.value.message
    assert "rca publish summary" in caught.value.hint
    fake_github.fail("GET", "/issues/1$", status=403, message="Resource not accessible by integration")
    with pytest.raises(errors.MissingPermissionError) as caught:
        get_issue(repository, 1)
    assert not isinstance(caught.value, errors.ReadOnlyTokenError)


REFUSALS = [
    (403, "Repository was archived so is read-only.", {}, errors.ArchivedError, "the repository is archived"),
    (403, "Unable to create comment because issue is locked.", {}, errors.LockedError, "the conversation is locked"),
    (
        403,
        "Resource protected by organization SAML enforcement.",
        {"X-GitHub-SSO": "required"},
        errors.MissingPermissionError,
        "single sign-on",
    ),
    (403, "Something else", {}, errors.MissingPermissionError, "may not"),
    (404, "Not Found", {}, errors.NotFoundError, "finds nothing there"),
    (451, "Repository access blocked", {}, errors.NotFoundError, "finds nothing there"),
    (410, "Issues are disabled for this repo", {}, errors.GoneError, "Issues are disabled"),
    (413, "", {}, errors.TooLargeError, "of that size"),
    (422, "Validation Failed", {}, errors.RefusedError, "did not take what was sent: Validation Failed"),
    (400, "Problems parsing JSON", {}, errors.RefusedError, "Problems parsing JSON"),
    (409, "Conflict", {}, errors.RefusedError, "Conflict"),
    (418, "", {}, errors.RefusedError, "GitHub said 418"),
    (404, "<b>ghp_0123456789abcdefghij0123456789abcdef</b>\x1b[31m", {}, errors.NotFoundError, ""),
    (422, "password=hunter2secret99 \x1b[31m" + "x" * 5_000, {}, errors.RefusedError, "[redacted]"),
]


@pytest.mark.parametrize(("status", "message", "headers", "kind", "said"), REFUSALS, ids=[f"{row[0]} {row[1][:20]}" for row in REFUSALS])
def test_what_github_refuses(fake_github, reach, status, message, headers, kind, said):
    fake_github.repo().issue("Login fails")
    fake_github.fail("POST", "/comments$", status=status, message=message, headers=headers)
    with pytest.raises(kind) as caught:
        create_comment(reach(), 1, "a")
    error = caught.value
    assert said in error.message
    assert error.message.startswith("cannot comment on acme/shop#1: ")
    assert (error.hint != "", error.status, error.uncertain) == (True, status, False)
    assert len(error.message) < 600
    assert error.message.isprintable()
    assert "hunter2" not in error.message
    assert len(fake_github.sent("POST")) == 1


def test_an_archived_repository_and_a_locked_conversation(fake_github, reach):
    fake_github.repo().issue("Login fails", locked=True)
    with pytest.raises(errors.LockedError):
        create_comment(reach(), 1, "a")
    fake_github.repo("acme/old", archived=True).issue("Old")
    with pytest.raises(errors.ArchivedError):
        create_comment(reach("acme/old"), 1, "a")
    assert get_issue(reach("acme/old"), 1).title == "Old"


def test_the_details_of_a_validation_are_told(fake_github, reach):
    with pytest.raises(errors.RefusedError, match="title is too long"):
        create_issue(reach(), "x" * 300, "a")
    body = json.dumps(
        {"message": "Validation Failed", "errors": ["plain", {"field": "labels", "code": "invalid"}, 7, {"message": "fourth"}]}
    )
    fake_github.fail("POST", "/issues$", status=422, raw=body.encode())
    with pytest.raises(errors.RefusedError, match=r"Validation Failed; plain; labels invalid; 7$"):
        create_issue(reach(), "a", "a")


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ({"type": "NOT_FOUND", "message": "Could not resolve to a node"}, errors.NotFoundError, "minimise a comment"),
        ({"type": "FORBIDDEN", "message": "Resource not accessible by integration"}, errors.MissingPermissionError, "pull-requests: write"),
        (
            {"type": "INSUFFICIENT_SCOPES", "message": "Your token has not been granted"},
            errors.MissingPermissionError,
            "pull-requests: write",
        ),
        ({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}, errors.RateLimitedError, "takes no more requests"),
        ({"message": "Something went wrong"}, errors.RefusedError, "Something went wrong"),
        ({}, errors.RefusedError, "did not take what was sent"),
    ],
    ids=lambda value: str(value.get("type")) if isinstance(value, dict) else "",
)
def test_what_graphql_refuses_with_200(fake_github, reach, waits, said, kind, words):
    fake_github.fail("POST", "/graphql", raw=json.dumps({"data": None, "errors": [said]}).encode(), times=99)
    with pytest.raises(kind, match=words):
        minimise_comment(reach(pace=waits.pace()), "IC_0")


@pytest.mark.parametrize("errors_", [7, "x", {"type": "NOT_FOUND"}, [7], [[]]])
def test_errors_of_graphql_that_are_none(fake_github, reach, errors_):
    fake_github.fail("POST", "/graphql", raw=json.dumps({"errors": errors_}).encode())
    with pytest.raises(errors.RefusedError):
        minimise_comment(reach(), "IC_0")


def test_a_node_that_is_not_there_is_not_minimised(reach):
    with pytest.raises(errors.NotFoundError, match="minimise a comment"):
        minimise_comment(reach(), "IC_0")


# -- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, [7]),
        ({"status": 403, "headers": {"Retry-After": "7"}, "message": SECONDARY}, [7]),
        ({"status": 429, "message": SECONDARY}, [60]),
        ({"status": 403, "message": SECONDARY}, [60]),
        ({"status": 503, "headers": {"Retry-After": "3"}}, [3]),
    ],
    ids=["429 with a time", "403 with a time", "429", "403", "503 with a time"],
)
def test_a_limit_is_waited_for_and_told(fake_github, reach, waits, fault, waited):
    fake_github.repo().issue("Login fails")
    fake_github.fail("GET", "/issues/1$", **fault)
    assert get_issue(reach(pace=waits.pace()), 1).title == "Login fails"
    assert waits.seconds == waited
    assert waits.told == [f"GitHub limits requests: waiting {waited[0]} s"]


@pytest.mark.parametrize("status", [403, 429])
def test_the_primary_limit_is_waited_for_until_its_reset(fake_github, reach, waits, status):
    fake_github.repo().issue("Login fails")
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "60", "X-RateLimit-Reset": str(int(time.time()) + 20)}
    fake_github.fail("GET", "/issues/1$", status=status, message=LIMIT, headers=headers)
    assert get_issue(reach(pace=waits.pace()), 1).title == "Login fails"
    assert 15 <= waits.seconds[0] <= 22


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767322800"},
        {"Retry-After": "86400"},
        {"Retry-After": "999999999999999999999"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 30},
    ],
    ids=["reset", "a day", "endless", "no time"],
)
def test_a_limit_that_lasts_too_long_is_an_error_at_once(fake_github, reach, waits, status, headers):
    later = {"X-RateLimit-Reset": str(int(time.time()) + 3_000)} if headers.get("X-RateLimit-Reset") == "1767322800" else {}
    fake_github.fail("GET", "/issues/1$", status=status, message=LIMIT, headers={**headers, **later}, times=99)
    with pytest.raises(errors.RateLimitedError) as caught:
        get_issue(reach(pace=waits.pace(longest=50.0)), 1)
    assert sum(waits.seconds) < 300
    assert (caught.value.resets_at is not None) == bool(later)
    assert bool(later) == ("it may be asked again at" in caught.value.message)


@pytest.mark.parametrize(
    "fault", [{"status": 429}, {"status": 403, "message": SECONDARY}, {"status": 403, "headers": {"Retry-After": "1"}}]
)
def test_a_limit_that_goes_on_is_an_error_in_the_end(fake_github, reach, waits, fault):
    fake_github.fail("GET", "/issues/1$", times=99, **fault)
    with pytest.raises(errors.RateLimitedError):
        get_issue(reach(pace=waits.pace()), 1)
    assert len(fake_github.seen) == client.TRIES + 1
    assert sum(waits.seconds) <= 300


def test_the_limit_of_the_account_is_told_with_its_reset(fake_github, reach, waits):
    fake_github.remaining = 0
    with pytest.raises(errors.RateLimitedError) as caught:
        get_issue(reach(pace=waits.pace()), 1)
    assert caught.value.resets_at == dt.datetime.fromtimestamp(fake_github.reset, dt.UTC)
    assert f"{caught.value.resets_at:%H:%M:%S} UTC" in caught.value.message


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        ({"status": 403, "message": SECONDARY}, 60),
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7),
        ({"status": 429, "headers": {"Retry-After": "soon"}}, 60),
    ],
)
def test_a_post_that_is_limited_was_not_done_and_is_sent_again(fake_github, reach, waits, fault, waited):
    fake_github.fail("POST", "/issues$", **fault)
    assert create_issue(reach(pace=waits.pace()), "a", "b").number == 1
    assert waits.seconds == [waited]
    assert waits.told == [f"GitHub limits requests: waiting {waited} s"]
    fake_github.fail("POST", "/issues$", times=99, **fault)
    with pytest.raises(errors.RateLimitedError) as caught:
        create_issue(reach(pace=waits.pace()), "a", "b")
    assert not caught.value.uncertain
    assert len(fake_github.seen) == 5
    assert len(fake_github.repo().issues) == 1


def test_a_post_waits_for_the_reset_of_the_account(fake_github, reach, waits):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 20)}
    fake_github.fail("POST", "/issues$", status=403, message=LIMIT, headers=headers)
    assert create_issue(reach(pace=waits.pace()), "a", "b").number == 1
    assert 15 <= waits.seconds[0] <= 22
    headers["X-RateLimit-Reset"] = str(int(time.time()) + 3_000)
    fake_github.fail("POST", "/issues$", status=403, message=LIMIT, headers=headers)
    with pytest.raises(errors.RateLimitedError):
        create_issue(reach(pace=waits.pace()), "a", "b")
    assert len(fake_github.seen) == 3


def test_all_waits_together_are_bounded(fake_github, reach, waits):
    fake_github.fail("GET", "/issues/1$", status=429, headers={"Retry-After": "100"}, times=99)
    repository = reach(pace=waits.pace())
    for _ in range(3):
        with pytest.raises(errors.RateLimitedError):
            get_issue(repository, 1)
    assert sum(waits.seconds) <= 300


# -- trouble on the way ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_trouble_that_passes_is_not_noticed(fake_github, reach, waits, status):
    fake_github.repo().issue("Login fails")
    fake_github.fail("GET", "/issues/1$", status=status, times=2)
    assert get_issue(reach(pace=waits.pace()), 1).number == 1
    assert len(fake_github.seen) == 3


def test_trouble_that_stays_is_told(fake_github, reach, waits):
    fake_github.fail("GET", "/issues/1$", status=502, times=99)
    with pytest.raises(errors.ServerError) as caught:
        get_issue(reach(pace=waits.pace()), 1)
    assert (caught.value.status, caught.value.uncertain, len(fake_github.seen)) == (502, False, client.TRIES + 1)
    assert waits.told


def test_a_change_is_repeated_and_a_post_is_not(fake_github, reach, waits):
    repo = fake_github.repo()
    repo.issue("Login fails")
    comment = repo.comment(1, "first", by="rca-bot")
    repository = reach(pace=waits.pace())
    fake_github.fail("PATCH", "", status=502, after=True)
    assert update_comment(repository, comment["id"], "second").body == "second"
    assert len(fake_github.sent("PATCH")) == 2
    fake_github.fail("POST", "", status=502)
    with pytest.raises(errors.ServerError) as caught:
        create_comment(repository, 1, "third")
    assert caught.value.uncertain
    assert len(fake_github.sent("POST")) == 1


@pytest.mark.parametrize("fault", [{"cut": True}, {"silent": True}], ids=["cut", "silent"])
def test_a_connection_that_breaks_off(fake_github, reach, waits, fault):
    fake_github.repo().issue("Login fails")
    repository = reach(pace=waits.pace())
    fake_github.fail("GET", "/issues/1$", times=2, **fault)
    assert get_issue(repository, 1).title == "Login fails"
    fake_github.fail("POST", "", times=9, **fault)
    with pytest.raises(errors.UnreachableError) as caught:
        create_comment(repository, 1, "a")
    assert caught.value.uncertain
    assert len(fake_github.sent("POST")) == 1
    fake_github.fail("GET", "/issues/1$", times=99, **fault)
    with pytest.raises(errors.UnreachableError, match="broke off"):
        get_issue(repository, 1)


def test_an_answer_that_does_not_come_in_time(fake_github, reach, waits, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", 1)
    fake_github.fail("POST", "", delay=2.0)
    with pytest.raises(errors.UnreachableError, match="does not answer in time") as caught:
        create_issue(reach(pace=waits.pace()), "a", "b")
    assert caught.value.uncertain


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (b"<html>Sign in to the hotel's network</html>", errors.BadAnswerError, "no JSON"),
        (b"[" * 100_000, errors.BadAnswerError, "no JSON"),
        (b'{"number": ' + b"9" * 10_000 + b"}", errors.BadAnswerError, "no JSON"),
        (b"", errors.BadAnswerError, "is no issue"),
        (b"null", errors.BadAnswerError, "is no issue"),
        (b"[]", errors.BadAnswerError, "is no issue"),
        (b'{"number": "x"}', errors.BadAnswerError, "is no issue (number"),
        (b'{"number": -1}', errors.BadAnswerError, "is no issue (number"),
        (b'{"number": 1, "title": {}}', errors.BadAnswerError, "is no issue (title"),
        (b'{"number": 1, "created_at": "yesterday"}', errors.BadAnswerError, "is no issue (created_at"),
        (b'{"number": 1, "labels": [7]}', errors.BadAnswerError, "is no issue (labels.0"),
        (b'{"number": 1, "title": "' + b"x" * 3_000_000 + b'"}', errors.TooLargeError, "too large"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_an_answer_that_is_none(fake_github, reach, monkeypatch, raw, kind, said):
    monkeypatch.setattr(client, "MOST", 2_000_000)
    fake_github.fail("GET", "/issues/1$", raw=raw)
    with pytest.raises(kind) as caught:
        get_issue(reach(), 1)
    assert said in caught.value.message
    assert len(caught.value.message) < 400


def test_bytes_that_are_no_text_are_read_as_far_as_they_are(fake_github, reach):
    fake_github.fail("GET", "/issues/1$", raw=b'{"number": 1, "title": "caf\xe9", "unknown": null, "labels": null, "user": null}')
    assert get_issue(reach(), 1).title == "caf\ufffd"


def test_a_small_answer_that_grows_is_stopped(fake_github, reach, monkeypatch):
    monkeypatch.setattr(client, "MOST", 2_000_000)
    fake_github.fail("GET", "/issues/1$", raw=gzip.compress(b"[" + b" " * 50_000_000 + b"]"), headers={"Content-Encoding": "gzip"})
    with pytest.raises(errors.TooLargeError):
        get_issue(reach(), 1)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_the_body_of_a_redirect_is_bounded_too(fake_github, reach, monkeypatch, status):
    monkeypatch.setattr(client, "MOST", 2_000_000)
    fake_github.fail("GET", "/issues/1$", status=status, headers={"Location": f"{fake_github.url}/x"}, raw=b" " * 3_000_000)
    with pytest.raises(errors.TooLargeError):
        get_issue(reach(), 1)


def test_an_answer_that_drips_is_stopped(fake_github, reach, monkeypatch):
    monkeypatch.setattr(client, "LONGEST", -1.0)
    fake_github.repo().issue("Login fails")
    with pytest.raises(errors.UnreachableError, match="took too long"):
        get_issue(reach(), 1)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIPS = {
    "head": (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
    "many heads": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (HEAD + b"Content-Length: 60000\r\n\r\n", b" "),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
}


@pytest.mark.parametrize("drips", DRIPS.values(), ids=DRIPS.keys())
def test_an_answer_that_comes_byte_by_byte_is_given_up(reach, monkeypatch, drips):
    monkeypatch.setattr(client, "LONGEST", 0.5)
    with dripping(*drips) as url:
        repository = reach(GITHUB_API_URL=url)
        with pytest.raises(errors.OverdueError, match="took too long") as caught:
            get_issue(repository, 1)
    assert not caught.value.uncertain
    with pytest.raises(errors.UnreachableError, match="takes no connection"):
        get_issue(repository, 1)


@contextlib.contextmanager
def dripping(first, then):
    """A server that answers whoever comes with something, then with something small again and again."""
    over = threading.Event()

    def answer(peer):
        with peer, contextlib.suppress(OSError):
            peer.recv(65_536)
            peer.sendall(first)
            while not over.wait(0.02):
                peer.sendall(then)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                threads.append(threading.Thread(target=answer, args=(server.accept()[0],)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threads = [threading.Thread(target=serve)]
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)


def test_an_answer_that_says_later_for_ever(fake_github, reach):
    fake_github.fail("GET", "/issues/1$", status=202, times=99)
    with pytest.raises(errors.BadAnswerError, match="still working on it"):
        get_issue(reach(), 1)
    assert len(fake_github.seen) == 1


# -- redirects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_renamed_repository_is_followed_when_reading(fake_github, reach, status):
    fake_github.repo().issue("Login fails", labels=("e2e",))
    location = f"{fake_github.url}/repos/acme/shop/issues?labels=e2e"
    fake_github.fail("GET", "/issues$", status=status, headers={"Location": location})
    assert [issue.number for issue in list_issues(reach("acme/shop"))] == [1]
    assert [seen.query.get("labels") for seen in fake_github.seen] == [None, "e2e"]


def test_a_write_is_sent_again_only_where_that_is_meant(fake_github, reach):
    location = {"Location": f"{fake_github.url}/repos/acme/shop/issues"}
    fake_github.fail("POST", "/issues$", status=307, headers=location)
    assert create_issue(reach(), "a", "b").number == 1
    fake_github.fail("POST", "/issues$", status=301, headers=location)
    with pytest.raises(errors.NotFoundError, match="moved or renamed"):
        create_issue(reach(), "a", "b")
    assert len(fake_github.repo().issues) == 1


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1:{port}/repos/acme/shop/issues/1",
        "https://127.0.0.1:{same}/x",
        "//evil.invalid/",
        "http://[",
        "http://127.0.0.1:x/",
        "",
        "file:///x",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 307])
def test_no_redirect_carries_the_token_elsewhere(fake_github, reach, where, status):
    with FakeGitHub() as other:
        location = where.format(port=other.url.rpartition(":")[2], same=fake_github.url.rpartition(":")[2])
        fake_github.fail("GET", "/issues/1$", status=status, headers={"Location": location})
        with pytest.raises(GitHubError):
            get_issue(reach(), 1)
        assert other.seen == []


def test_redirects_in_a_circle_end(fake_github, reach):
    here = f"{fake_github.url}/repos/acme/shop/issues/1"
    fake_github.fail("GET", "/issues/1$", status=301, headers={"Location": here}, times=99)
    with pytest.raises(errors.NotFoundError, match="moved or renamed"):
        get_issue(reach(), 1)
    assert len(fake_github.seen) == 4


# -- pages ----------------------------------------------------------------------------------------------------------


def test_a_list_without_an_end_ends(fake_github, reach):
    for number in range(3):
        fake_github.repo().issue(f"Issue {number}")
    link = f'<{fake_github.url}/repos/acme/shop/issues?after=again>; rel="next"'
    fake_github.fail("GET", "/issues$", raw=b'[{"number": 1}]', headers={"Link": link}, times=99)
    with pytest.raises(errors.BadAnswerError, match="has no end"):
        list(list_issues(reach()))
    assert len(fake_github.seen) == 2


@pytest.mark.parametrize(
    "link", ["", "<>", "<http://[>; rel=next", "x" * 60_000, "<" * 60_000, '<http://evil.invalid/?page=9>; rel="next"']
)
def test_the_next_page_is_asked_of_the_same_place(fake_github, reach, link):
    fake_github.fail("GET", "/issues$", raw=b'[{"number": 7}]', headers={"Link": link})
    fake_github.fail("GET", "/issues$", raw=b"[]", headers={})
    assert [issue.number for issue in list_issues(reach())] == [7]
    assert {seen.path for seen in fake_github.seen} == {"/repos/acme/shop/issues"}
    assert len(fake_github.seen) == (2 if "page=9" in link else 1)


@pytest.mark.parametrize("raw", [b"{}", b'{"items": 1}', b"null", b'"x"', b'[{"number": null}]', b"[7]"])
def test_a_list_that_is_none(fake_github, reach, raw):
    fake_github.fail("GET", "/issues$", raw=raw)
    with pytest.raises(errors.BadAnswerError):
        list(list_issues(reach()))


def test_what_has_not_changed_is_not_sent_again(fake_github, reach):
    for number in range(150):
        fake_github.repo().issue(f"Issue {number}")
    first = list_issues(reach())
    assert len(list(first)) == 150
    again = list_issues(reach(), etag=first.etag)
    left = fake_github.remaining
    assert list(again) == []
    assert again.unchanged
    assert again.complete
    assert fake_github.remaining == left
    fake_github.repo().issue("New")
    changed = list_issues(reach(), etag=first.etag)
    assert len(list(changed)) == 151
    assert not changed.unchanged


def test_progress_and_limits(fake_github, reach):
    for number in range(250):
        fake_github.repo().issue(f"Issue {number}")
    heard = []
    assert len(list(list_issues(reach(), progress=heard.append))) == 250
    assert heard == [100, 200, 250]
    fake_github.seen.clear()
    assert len(list(list_issues(reach(), limit=120))) == 120
    assert [seen.query["per_page"] for seen in fake_github.seen] == ["100", "100"]
    fake_github.seen.clear()
    assert len(list(list_issues(reach(), limit=5))) == 5
    assert [seen.query["per_page"] for seen in fake_github.seen] == ["5"]


# -- the way --------------------------------------------------------------------------------------------------------


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_a_host_that_takes_no_connection(reach):
    with pytest.raises(errors.UnreachableError, match=r"127\.0\.0\.1 takes no connection") as caught:
        get_issue(reach(GITHUB_API_URL=f"http://127.0.0.1:{closed_port()}"), 1)
    assert "GITHUB_API_URL" in caught.value.hint


def test_a_host_without_an_address(reach, waits):
    with pytest.raises(errors.OfflineError, match=r"no-such-host\.invalid has no address here") as caught:
        create_issue(reach(pace=waits.pace(), GITHUB_API_URL="https://no-such-host.invalid/api/v3"), "a", "b")
    assert not caught.value.uncertain


@pytest.fixture
def refusing_proxy():
    """A proxy that wants a password; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            with link:
                link.recv(65_536)
                link.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.mark.parametrize("kind", ["closed", "refusing"])
def test_a_proxy_that_does_not_do_its_part(reach, waits, monkeypatch, refusing_proxy, kind):
    port = refusing_proxy if kind == "refusing" else closed_port()
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://user:geheim-1234@127.0.0.1:{port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(errors.ProxyError) as caught:
        get_issue(reach(pace=waits.pace(), GITHUB_API_URL="https://github.example.com/api/v3"), 1)
    assert caught.value.message == "cannot read issue #1 of acme/shop: the proxy does not let us through to github.example.com"
    assert "geheim" not in f"{caught.value.message}{caught.value.hint}"


def test_a_proxy_is_used(fake_github, reach, monkeypatch):
    # The fake takes a request whatever host it names: it serves as a proxy for http.
    fake_github.repo().issue("Login fails")
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, fake_github.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert get_issue(reach(GITHUB_API_URL=f"http://127.0.0.1:{closed_port()}"), 1).title == "Login fails"


def certificate(folder, *names):
    """A certificate of its own authority for addresses or names, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    alternatives = [x509.IPAddress(ipaddress.ip_address(each)) if each[0].isdigit() else x509.DNSName(each) for each in names]
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_host_must_prove_who_it_is(tmp_path, reach, waits):
    with FakeGitHub(prefix="/api/v3", tls=certificate(tmp_path, "127.0.0.1")) as fake:
        fake.repo().issue("Login fails")
        with pytest.raises(errors.TlsError) as caught:
            get_issue(reach(pace=waits.pace(), GITHUB_API_URL=fake.url), 1)
        assert "127.0.0.1 cannot prove who it is" in caught.value.message
        assert "REQUESTS_CA_BUNDLE" in caught.value.hint
        assert fake.seen == []
        assert get_issue(reach(GITHUB_API_URL=fake.url, REQUESTS_CA_BUNDLE=str(tmp_path / "cert.pem")), 1).title == "Login fails"


def test_a_certificate_for_another_host_proves_nothing(tmp_path, reach, waits):
    with FakeGitHub(tls=certificate(tmp_path, "github.example.com")) as fake:
        with pytest.raises(errors.TlsError):
            get_issue(reach(pace=waits.pace(), GITHUB_API_URL=fake.url, REQUESTS_CA_BUNDLE=str(tmp_path / "cert.pem")), 1)
        assert fake.seen == []


def test_enterprise_has_its_api_elsewhere(reach):
    with FakeGitHub(prefix="/api/v3") as fake:
        repo = fake.repo()
        for number in range(150):
            repo.issue(f"Issue {number}")
        comment = repo.comment(1, "hello")
        repository = reach(GITHUB_API_URL=f"{fake.url}/")
        assert len(list(list_issues(repository))) == 150
        minimise_comment(repository, comment["node_id"])
        assert repo.minimised == {comment["node_id"]: "OUTDATED"}
        assert [each.body for each in list_comments(repository, 1)] == ["hello"]


# -- more than one --------------------------------------------------------------------------------------------------


def test_threads_share_a_connection(fake_github, reach):
    repo = fake_github.repo()
    for number in range(1, 41):
        repo.issue(f"Issue {number}")
    repository = reach()
    got = {}

    def ask(number):
        got[number] = get_issue(repository, number).title

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 41)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == {number: f"Issue {number}" for number in range(1, 41)}


@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"cut": True}, {"silent": True}, {"raw": b"<html>"}], ids=["502", "cut", "silent", "html"]
)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_once_leaves_one_whatever_happens_to_the_answer(fake_github, reach, waits, fault, times):
    fake_github.repo().issue("Login fails")
    fake_github.fail("POST", "/comments$", after=True, times=times, **fault)
    repository = reach(pace=waits.pace())

    def find():
        return next((comment for comment in list_comments(repository, 1) if comment.body == "marked"), None)

    comment, new = once(find, lambda: create_comment(repository, 1, "marked"))
    assert (comment.body, new) == ("marked", False)
    assert len(fake_github.repo().comments) == 1
    assert len(fake_github.sent("POST")) == 1


@pytest.mark.parametrize("fault", [{"status": 502}, {"silent": True}])
def test_once_tries_again_when_nothing_was_done(fake_github, reach, waits, fault):
    fake_github.repo().issue("Login fails")
    repository = reach(pace=waits.pace())

    def find():
        return next((comment for comment in list_comments(repository, 1) if comment.body == "marked"), None)

    def create():
        return create_comment(repository, 1, "marked")

    fake_github.fail("POST", "/comments$", times=2, **fault)
    assert once(find, create)[1]
    assert len(fake_github.repo().comments) == 1
    fake_github.repo().comments.clear()
    fake_github.fail("POST", "/comments$", times=3, **fault)
    with pytest.raises(GitHubError):
        once(find, create)
    assert fake_github.repo().comments == {}


def test_once_does_not_insist_on_what_was_refused(fake_github, reach):
    fake_github.repo().issue("Login fails", locked=True)
    repository = reach()
    with pytest.raises(errors.LockedError):
        once(lambda: None, lambda: create_comment(repository, 1, "marked"))
    assert len(fake_github.seen) == 1


def test_a_connection_opens_again_after_it_was_closed(fake_github):
    with connect(settings_from(fake_github.env)) as connection:
        for _ in range(2):
            assert connection.send(Request("GET", "/user", "ask")).data["login"] == "rca-bot"
            connection.close()
    assert TOKEN not in repr(connection)


@pytest.mark.parametrize("fault", [{"status": 502}, {"cut": True}, {"silent": True}])
def test_a_query_is_repeated_since_it_changes_nothing(fake_github, reach, waits, fault):
    fake_github.tokens[TOKEN] = Token("github-actions[bot]", app="github-actions")
    fake_github.fail("POST", "/graphql", times=2, **fault)
    repository = reach(pace=waits.pace())
    assert who_am_i(repository).login == "github-actions[bot]"
    assert len(fake_github.sent("POST")) == 3
    fake_github.fail("POST", "/graphql", times=99, **fault)
    with pytest.raises(GitHubError) as caught:
        who_am_i(repository)
    assert not caught.value.uncertain
