"""`rca issues` as a whole command: read, ranked, matched, kept, and what happens without GitHub."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess  # noqa: TID251 -- signals need a process
import time

import pytest

from rca.archive.lock import locked
from tests.conftest import Rca, Result

HINT = "WebSocket connection failed: unsupported subprotocol: jwt-auth"

LATER = "2026-11-30T10:00:00Z"


@pytest.fixture
def repo(fake_github):
    return fake_github.repo("harbor/harbor")


def document(rca: Rca, *args: str) -> dict:
    done = rca("issues", *args, "--format", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def record(rca: Rca) -> dict:
    return json.loads(next(rca.folder.glob("worklogs/2*/*.json")).read_text())


def record_of(rca: Rca, name: str) -> dict:
    return json.loads(next(rca.folder.glob(f"worklogs/2*/*{name}.json")).read_text())


def face(rca: Rca) -> str:
    return next(rca.folder.glob("worklogs/2*/*.md")).read_text()


def numbers(done: dict) -> list[int]:
    return [issue["number"] for issue in done["issues"]]


def said(done: Result) -> str:
    return " ".join(done.err.split())


# -- into the worklog -----------------------------------------------------------------------------------------------


def test_issues_come_into_the_worklog_ranked_and_matched(online, repo):
    repo.issue("The quota is wrong", labels=("p2",))
    repo.issue("Live events do not open", body=HINT, labels=("P1", "e2e"), created_at="2026-11-20T10:00:00Z")
    repo.issue("The shop is down", labels=("critical",), milestone=repo.milestone(3, "release 4.2"))
    repo.issue("An old one", state="closed", closed_at=repo.world.now())
    repo.refer(2, repo.pull("Offer the subprotocol again", state="closed", merged_at=repo.world.now()))
    done = online("issues")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["#3", "#2", "#1", "#4"]
    assert "#5 merged" in done.out
    assert "4 issues of harbor/harbor, 3 open (1 P0, 1 P1, 1 P2)" in done.err
    assert "1 of 1 clusters resemble an issue" in said(done)
    stored = record(online)
    assert [(issue["number"], issue["priority"], issue["clusters"]) for issue in stored["issues"]] == [
        (3, "P0", []),
        (2, "P1", ["c1"]),
        (1, "P2", []),
    ]
    assert stored["issues"][0]["milestone"] == "release 4.2"
    (pull,) = stored["issues"][1]["pulls"]
    assert (pull["number"], pull["repo"], pull["title"], pull["state"]) == (5, "", "Offer the subprotocol again", "merged")
    assert pull["url"].startswith(repo.web)
    read = stored["issues_read"]
    assert (read["repo"], read["total"], read["open"], read["complete"]) == ("harbor/harbor", 4, 3, True)
    assert stored["clusters"][0]["matches"][0]["ref"] == "#2"
    assert "| P1 | Live events do not open | open | 2026-11-20 | P1, e2e |" in face(online)
    assert "4 issues, 3 open (1 P0, 1 P1, 1 P2)." in face(online)
    assert online("check").code == 0


def test_the_document_for_programs(online, repo):
    repo.issue("Live events do not open", body=HINT, labels=("P1",))
    done = document(online)
    assert done["source"] == "github"
    assert (done["repo"], done["complete"], done["clusters_matched"], done["age_seconds"]) == ("harbor/harbor", True, 1, 0)
    assert (online.folder / done["face"]).is_file()
    (issue,) = done["issues"]
    assert (issue["rank"], issue["number"], issue["priority"], issue["clusters"]) == (1, 1, "P1", ["c1"])
    assert issue["age_days"] > 300


def test_labels_stand_for_priorities_as_the_configuration_says(online, repo):
    path = online.folder / "rca.toml"
    path.write_text(path.read_text() + '\n[github.priorities]\nP0 = ["customer-*"]\nP3 = ["P1"]\n')
    repo.issue("One", labels=("P1",))
    repo.issue("Two", labels=("Customer-Acme",))
    repo.issue("Three", labels=("critical",))
    assert [(issue["number"], issue["priority"]) for issue in document(online)["issues"]] == [(2, "P0"), (1, "P3"), (3, "")]


def test_before_the_first_run_they_are_listed_too(rca, fake_github):
    fake_github.repo("acme/shop").issue("Login fails", labels=("P1",))
    rca.env.update(fake_github.env)
    assert rca("new", "One").code == 0
    assert rca("issues", "--repo", "acme/shop").code == 0
    assert [issue["number"] for issue in record(rca)["issues"]] == [1]


def test_without_a_worklog_they_are_kept_for_later(rca, fake_github, write_report):
    fake_github.repo("acme/shop").issue("Boom", body='rca-rule: message LIKE "%boom happened%"')
    rca.env.update(fake_github.env)
    done = rca("issues", "--repo", "acme/shop")
    assert (done.code, done.out.split()[0]) == (0, "#1")
    assert "no worklog is open" in done.err
    assert document(rca, "--repo", "acme/shop")["worklog"] is None
    write_report("r.xml", "a t1!boom happened here")
    assert rca("new", "One").code == 0
    assert rca("ingest", "r.xml").code == 1
    stored = record(rca)
    assert stored["clusters"][0]["matches"][0]["ref"] == "#1"
    assert stored["issues_read"]["repo"] == "acme/shop"


def test_what_github_says_cannot_harm(online, repo):
    secret = "ghp_" + "a1B2c3D4e5" * 4
    repo.issue(f"\x1b[2J::error::@everyone | <script> `{secret}`\u202e", body=f"{HINT} token={secret}", labels=("P0 | ![x](y)",))
    repo.refer(1, repo.pull(f"\x1b]0;x\x07 {secret}"))
    done = online("issues")
    assert done.code == 0
    for text in (done.out, done.err, face(online), json.dumps(record(online)), (online.folder / ".rca" / "issues.json").read_text()):
        assert secret not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>" not in face(online)
    assert "@everyone" not in face(online)
    assert online("check").code == 0


# -- what is asked for ----------------------------------------------------------------------------------------------


def test_each_option_narrows_what_is_read(online, repo):
    milestone = repo.milestone(7, "Release 4")
    repo.issue("One", labels=("e2e", "ui"))
    repo.issue("Two", labels=("e2e",), state="closed")
    repo.issue("Three", updated_at="2026-11-20T10:00:00Z", milestone=milestone)
    repo.issue("Four connection refused")
    asked = [
        (("--label", "e2e"), [1, 2]),
        (("--label", "e2e", "--label", "ui"), [1]),
        (("--state", "open"), [4, 3, 1]),
        (("--state", "closed"), [2]),
        (("--since", "2026-11-01"), [3]),
        (("--since", "30d"), [3]),
        (("--milestone", "release 4"), [3]),
        (("--milestone", "7"), [3]),
        (("--milestone", "none"), [4, 1, 2]),
        (("--search", "connection refused"), [4]),
        (("--search", "One", "--state", "closed"), []),
        (("--limit", "2"), [4, 3]),
    ]
    for options, found in asked:
        done = document(online, *options)
        assert numbers(done) == found, options
        assert done["complete"] is (options[0] != "--limit")
    assert document(online, "--limit", "2", "--state", "open")["asked"] == "--state open"


def test_open_ones_are_read_before_closed_ones(online, repo):
    for number in range(1, 8):
        repo.issue(f"Issue {number}", state="open" if number < 3 else "closed")
    done = document(online, "--limit", "3")
    assert numbers(done) == [2, 1, 7]
    assert "there are more issues" in online("issues", "--limit", "3").err


def test_a_search_that_ran_out_of_time_says_so(online, repo, fake_github):
    issue = {"number": 1, "title": "One", "url": f"{fake_github.url}/repos/harbor/harbor/issues/1"}
    answer = {"total_count": 1, "incomplete_results": True, "items": [issue]}
    fake_github.fail("GET", "/search/issues$", raw=json.dumps(answer).encode(), times=2)
    done = online("issues", "--search", "refused")
    assert done.code == 0
    assert "note: GitHub's search ran out of time, so issues may be missing" in said(done)
    assert "; there may be more." in face(online)
    found = document(online, "--search", "refused", "--pulls", "0")
    assert (numbers(found), found["complete"]) == ([1], False)
    assert found["notes"] == ["GitHub's search ran out of time, so issues may be missing; search for less, or run the command again"]


def test_more_than_a_search_gives_out(online, fake_github):
    answer = {"total_count": 4_321, "incomplete_results": False, "items": []}
    fake_github.fail("GET", "/search/issues$", raw=json.dumps(answer).encode())
    assert document(online, "--search", "refused")["notes"] == [
        "the search finds 4,321 issues, of which GitHub gives out 1,000; search for less"
    ]


def test_pull_requests_that_may_not_be_read_are_told_to_programs_too(online, repo, fake_github):
    repo.issue("One")
    fake_github.fail("GET", "/timeline$", status=403, message="Resource not accessible by integration")
    (note,) = document(online)["notes"]
    assert "the pull requests of further issues are not looked up" in note


def test_a_milestone_that_is_not_there(online, repo):
    repo.issue("One", milestone=repo.milestone(1, "Release 4"))
    done = online("issues", "--milestone", "Release 5")
    assert done.code == 2
    assert "has no milestone 'Release 5'" in done.err
    assert "there are: Release 4" in done.err


def test_a_time_that_is_none(online):
    done = online("issues", "--since", "last week")
    assert done.code == 2
    assert "--since: 'last week' is no time" in done.err


def test_pull_requests_are_looked_up_for_the_first_ones_only(online, repo, fake_github):
    for number in range(6):
        repo.issue(f"Issue {number}", labels=("P1",) if number == 3 else ())
    document(online, "--pulls", "2")
    assert [seen.path for seen in fake_github.sent("GET", "/timeline$")] == [
        f"/repos/harbor/harbor/issues/{number}/timeline" for number in (4, 6)
    ]
    document(online, "--pulls", "0")
    assert len(fake_github.sent("GET", "/timeline$")) == 2


def test_no_pull_requests_is_no_reason_to_fail(online, repo, fake_github):
    repo.issue("One")
    fake_github.fail("GET", "/timeline$", status=403, message="Resource not accessible by integration")
    done = online("issues")
    assert done.code == 0
    assert "the pull requests of further issues are not looked up" in said(done)


# -- many, and interrupted ------------------------------------------------------------------------------------------


def test_five_thousand_issues_are_read_page_by_page(online, repo, fake_github):
    fake_github.checked = False
    body = "x" * 4_000
    for number in range(1, 5_001):
        repo.issue(f"Issue {number}", body=body)
    done = document(online, "--limit", "5000", "--pulls", "0")
    assert numbers(done) == list(range(5_000, 0, -1))
    assert len(fake_github.sent("GET", "/issues$")) == 51  # 50 pages, and a look at the closed ones
    assert len(record(online)["issues"]) == 100


def test_a_reading_that_broke_off_goes_on_where_it_was(online, repo, fake_github):
    for number in range(1, 351):
        repo.issue(f"Issue {number}")
    fake_github.fail("GET", "/issues$", status=404, message="Not Found", skip=2)
    done = online("issues", "--pulls", "0")
    assert done.code == 2
    assert "200 issues were read; the same command goes on from there" in said(done)
    before = len(fake_github.sent("GET", "/issues$"))
    repo.issues[350] |= {"title": "Changed meanwhile", "updated_at": LATER}
    repo.issues[10] |= {"state": "closed", "updated_at": LATER}
    done = document(online, "--pulls", "0")
    assert numbers(done) == [*range(350, 10, -1), *range(9, 0, -1), 10]
    assert done["issues"][0]["title"] == "Changed meanwhile"
    asked = [seen.query.get("after") for seen in fake_github.sent("GET", "/issues$")[before:]]
    assert asked[0] == "cursor-2"  # the last page once more: what was closed meanwhile may have moved others into it
    assert not list((online.folder / ".rca").glob("*.part"))


@pytest.mark.parametrize("left", ["", "{", '{"repo": "harbor/harbor"}\n', "[]\n", "null\n", "\x00\n"])
def test_a_broken_rest_of_a_reading_is_begun_anew(online, repo, left):
    repo.issue("One")
    (online.folder / ".rca" / "issues.part").write_text(left)
    assert numbers(document(online)) == [1]


def test_what_was_asked_for_otherwise_is_begun_anew(online, repo, fake_github):
    for number in range(1, 251):
        repo.issue(f"Issue {number}", labels=("e2e",))
    fake_github.fail("GET", "/issues$", status=404, message="Not Found", skip=2)
    assert online("issues").code == 2
    assert numbers(document(online, "--label", "e2e", "--limit", "10", "--pulls", "0")) == list(range(250, 240, -1))


def test_ctrl_c_keeps_what_was_read(online, repo, fake_github):
    for number in range(1, 351):
        repo.issue(f"Issue {number}")
    fake_github.fail("GET", "/issues$", delay=20.0, skip=2)
    before = record(online)
    process = subprocess.Popen(
        [*online.argv, "issues"], cwd=online.folder, env=online.unmeasured, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    end = time.monotonic() + 20
    while len(fake_github.sent("GET", "/issues$")) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert b"200 issues were read" in err
    assert record(online) == before
    assert len(numbers(document(online, "--pulls", "0"))) == 350


def test_two_at_once_do_not_mix(online, repo):
    repo.issue("One")
    with locked(online.folder / ".rca", "issues", what="the reading of issues"):
        done = online("issues")
    assert done.code == 2
    assert "holds the reading of issues" in said(done)


# -- without GitHub -------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(online, repo):
    """Issues were read three hours ago."""
    repo.issue("Live events do not open", body=HINT, labels=("P1",))
    repo.issue("An old one", state="closed", labels=("ui",))
    assert online("issues").code == 0
    online.env["SOURCE_DATE_EPOCH"] = str(int(online.env["SOURCE_DATE_EPOCH"]) + 3 * 3_600)
    return online


def test_offline_takes_the_kept_ones_and_says_how_old_they_are(kept, fake_github):
    asked = len(fake_github.seen)
    done = kept("issues", "--offline", GITHUB_TOKEN="", GITHUB_API_URL="")
    assert done.code == 0
    assert "taking the issues that were kept, read 3 hours ago" in done.err
    told = document(kept, "--offline")
    assert (told["source"], told["age_seconds"], numbers(told)) == ("kept", 3 * 3_600, [1, 2])
    assert numbers(document(kept, "--offline", "--label", "UI", "--state", "closed")) == [2]
    assert numbers(document(kept, "--offline", "--milestone", "none", "--since", "2026-01-01")) == [1, 2]
    assert numbers(document(kept, "--offline")) == [1, 2]
    assert len(fake_github.seen) == asked


def test_offline_those_of_another_repository_are_not_taken(kept):
    done = kept("issues", "--offline", "--repo", "acme/other")
    assert done.code == 2
    assert "the issues that were kept are of harbor/harbor, not of acme/other" in done.err
    with (kept.folder / "rca.toml").open("a") as config:
        config.write('\n[github]\nrepo = "acme/shop"\n')
    assert "not of acme/shop" in kept("issues", "--offline").err
    assert kept("issues", "--offline", "--repo", "harbor/harbor").code == 0


def test_a_run_is_matched_to_kept_issues_and_told_when_they_are_old(kept):
    assert "issues were read" not in kept("ingest", "reports").err
    kept.env["SOURCE_DATE_EPOCH"] = str(int(kept.env["SOURCE_DATE_EPOCH"]) + 9 * 86_400)
    assert kept("new", "Later").code == 0
    done = kept("ingest", "reports", "--commit", "abc1234")
    assert "its issues were read 9 days ago; `rca issues` reads them anew" in said(done)
    assert record_of(kept, "later")["clusters"][0]["matches"][0]["ref"] == "#1"


def test_issues_of_the_future_are_not_called_new(kept):
    kept.env["SOURCE_DATE_EPOCH"] = "1700000000"
    assert "which is yet to come: a clock is wrong" in said(kept("issues", "--offline"))
    assert document(kept, "--offline")["age_seconds"] == 0


def test_offline_without_any(rca):
    done = rca("issues", "--offline")
    assert done.code == 2
    assert "no issues were kept in this project yet" in done.err


def test_offline_nothing_can_be_searched(kept):
    done = kept("issues", "--offline", "--search", "x")
    assert done.code == 2
    assert "--search" in done.err


def test_offline_with_a_broken_file(kept):
    for text in ("", "{", '{"items": 7}', '{"items": [7]}', '{"items": [{"number": "x"}]}'):
        (kept.folder / ".rca" / "issues.json").write_text(text)
        done = kept("issues", "--offline")
        assert done.code == 2
        assert "issues.json" in done.err
        assert "rca: next: read them again with `rca issues`" in done.err


@pytest.mark.parametrize(
    "fault", [{"status": 503, "message": "Service unavailable"}, {"silent": True}, {"status": 403, "message": "API rate limit exceeded"}]
)
def test_where_github_does_not_answer_the_kept_ones_are_taken(kept, fake_github, fault):
    fake_github.fail("GET", "/issues$", times=20, **fault)
    done = kept("issues")
    assert done.code == 0
    assert "rca: warning: cannot read the issues of harbor/harbor" in said(done)
    assert "rca: next: " in done.err
    assert "taking the 2 issues that were read 3 hours ago" in said(done)
    assert document(kept)["source"] == "kept"


def test_where_nothing_of_the_kept_ones_fits_the_list_is_not_emptied(kept, fake_github):
    before = record(kept)["issues"]
    fake_github.fail("GET", "/issues$", times=20, status=503)
    done = kept("issues", "--label", "nothing")
    assert done.code == 2
    assert "trouble of its own" in done.err
    assert record(kept)["issues"] == before != []


def test_without_a_network_the_kept_ones_are_taken(kept):
    done = kept("issues", GITHUB_API_URL="http://127.0.0.1:9")
    assert done.code == 0
    assert "taking the 2 issues that were read 3 hours ago" in said(done)


def test_kept_ones_that_are_broken_do_not_hide_what_is_wrong(kept):
    (kept.folder / ".rca" / "issues.json").write_text("{")
    done = kept("issues", GITHUB_API_URL="http://127.0.0.1:9")
    assert done.code == 2
    assert "takes no connection" in said(done)


def test_those_of_another_repository_are_not_taken(kept):
    done = kept("issues", "--repo", "acme/other", GITHUB_API_URL="http://127.0.0.1:9")
    assert done.code == 2
    assert "taking" not in done.err


def test_what_a_person_can_mend_is_an_error_that_names_the_kept_ones(kept):
    done = kept("issues", GITHUB_TOKEN="ghp_" + "wrong" * 7)
    assert done.code == 2
    assert "does not know the token" in said(done)
    assert "take the 2 issues that were read 3 hours ago, with --offline" in said(done)


def test_a_file_of_issues_still_works(kept):
    (kept.folder / "more.json").write_text(json.dumps([{"number": 9, "title": "From a file"}]))
    assert kept("ingest", "--issues", "more.json").code == 0
    assert numbers(document(kept, "--offline")) == [9]


# -- on a terminal --------------------------------------------------------------------------------------------------


def test_on_a_terminal_no_line_is_wider_than_it(online, repo):
    repo.issue("A long title, " * 20, labels=("P1",))
    repo.issue("漢字の長い題名" * 20)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*online.argv, "issues"], cwd=online.folder, env={**online.environment, "COLUMNS": "80"}, stdout=theirs, stderr=theirs, stdin=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(20) == 0
    from rich.cells import cell_len

    lines = [line.rpartition("\x1b[K")[2] for line in shown.decode().replace("\r\n", "\n").split("\n") if "#" in line]
    assert len(lines) == 2
    assert all(60 < cell_len(line) <= 80 for line in lines)
