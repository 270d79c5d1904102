"""`rca ingest --from-workflow` as a whole command: which run, which artifacts, what is recorded, what cannot be had."""

from __future__ import annotations

import io
import json
import signal
import subprocess  # noqa: TID251 -- signals need a process
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import report_text
from tests.github.harbor import pack
from tests.github.world import sha

RED = report_text("a t1!boom", "a t2").encode()
GREEN = report_text("a t1", "a t2", at="2026-01-03T03:04:05Z").encode()


@pytest.fixture
def repo(fake_github):
    return fake_github.repo("harbor/harbor")


@pytest.fixture
def ci(online, tmp_path):
    """An empty project, with an open worklog and its own folder for temporary files."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    online.folder = folder
    online.env["TMPDIR"] = str(tmp_path / "tmp")
    (folder / "rca.toml").write_text("")
    assert online("new", "Nightly").code == 0
    return online


def ingest(ci, *args, code=1):
    done = ci("ingest", "--from-workflow", *map(str, args))
    assert done.code == code, done.err
    assert not list(Path(ci.env["TMPDIR"]).iterdir())
    return " ".join(done.err.split())


def runs(ci):
    return json.loads(next(ci.folder.glob("worklogs/2*/*.json")).read_text())["runs"]


# -- what is recorded -----------------------------------------------------------------------------------------------


def test_a_run_is_recorded_as_github_tells_it(ci, repo):
    run = repo.run(sha("head"), branch="main", name="e2e")
    repo.artifact(
        run, "junit", pack({"reports/a.xml": RED, "rca-run.json": b'{"commit": "f00f00f", "branch": "evil", "environment": "staging"}'})
    )
    repo.artifact(run, "screenshots", pack({"a.png": b"x"}))
    said = ingest(ci, run["id"])
    assert f"run {run['id']} of e2e on main, at {sha('head')[:12]}, failure" in said
    (found,) = runs(ci)
    assert found["context"] == {
        "repo": "harbor/harbor",
        "branch": "main",
        "base": None,
        "commit": sha("head"),
        "pull": None,
        "environment": "staging",
        "ci": "GitHub Actions",
        "job": "e2e",
        "attempt": 1,
        "url": run["html_url"],
    }
    assert [source["path"] for source in found["sources"]] == [f"actions/runs/{run['id']}/junit.zip:reports/a.xml"]
    assert found["notes"] == []
    assert "was in 2" in ingest(ci, run["id"])


def test_for_a_pull_request_its_head_its_base_and_its_number(ci, repo):
    pull = repo.pull("Better", branch="feature", base="develop", head=sha("feature"))
    run = repo.run(sha("feature"), branch="feature", event="pull_request", pulls=(pull["number"],))
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    ingest(ci, run["id"])
    context = runs(ci)[0]["context"]
    assert (context["commit"], context["branch"], context["base"], context["pull"]) == (
        sha("feature"),
        "feature",
        "develop",
        pull["number"],
    )
    face = next(ci.folder.glob("worklogs/2*/*.md")).read_text()
    assert f"| Pull request | [#\u200b1]({repo.web}/pull/1) into develop |" in face


def test_a_run_of_a_fork_is_found_by_its_commit_and_called_after_its_owner(ci, repo):
    repo.pull("Another", branch="main", fork="eve/harbor", head=sha("another"))
    pull = repo.pull("Better", branch="main", fork="eve/harbor", head=sha("fork"))
    run = repo.run(sha("fork"), branch="main", event="pull_request", fork="eve/harbor")
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    ingest(ci, run["id"])
    context = runs(ci)[0]["context"]
    assert (context["commit"], context["branch"], context["base"], context["pull"]) == (sha("fork"), "eve:main", "main", pull["number"])


def test_what_a_person_says_comes_first(ci, repo):
    run = repo.run(sha("head"))
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    ingest(ci, run["id"], "--env", "production", "--job", "smoke", "--commit", "abc1234")
    context = runs(ci)[0]["context"]
    assert (context["environment"], context["job"], context["commit"]) == ("production", "smoke", "abc1234")


def test_where_the_pull_request_cannot_be_read_the_run_is_recorded_all_the_same(ci, repo, fake_github):
    pull = repo.pull("Better", head=sha("feature"))
    run = repo.run(sha("feature"), event="pull_request", pulls=(pull["number"],))
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    fake_github.fail("GET", "/pulls/", status=403, message="Resource not accessible by integration")
    assert "its pull request is not known" in ingest(ci, run["id"])
    assert runs(ci)[0]["context"]["pull"] is None


def test_the_run_after_the_fix_can_be_verified_too(ci, repo):
    for head, report in (("red", RED), ("green", GREEN)):
        run = repo.run(sha(head))
        repo.artifact(run, "junit", pack({"a.xml": report}))
    ingest(ci, min(repo.runs))
    done = ci("verify", "--from-workflow", "latest")
    assert done.code == 0, done.err
    assert "criterion overall: met, was unmet" in done.out


def test_a_run_can_be_looked_at_without_keeping_anything(ci, repo):
    pull = repo.pull("Better", branch="feature", base="develop", head=sha("feature"))
    run = repo.run(sha("feature"), branch="feature", event="pull_request", pulls=(pull["number"],))
    repo.artifact(run, "broken", b"PK none")
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    done = ci("report", "--from-workflow", run["id"], "--artifact", "*", "--format", "json", "--quiet")
    assert done.code == 1, done.err
    (found,) = json.loads(done.out)["runs"]
    assert (found["context"]["commit"], found["context"]["pull"]) == (sha("feature"), pull["number"])
    assert [source["path"] for source in found["sources"]] == [f"actions/runs/{run['id']}/junit.zip:a.xml"]
    assert [note["path"] for note in found["notes"]] == [f"actions/runs/{run['id']}/broken.zip"]
    assert ci.env["TMPDIR"] not in done.out + done.err
    assert runs(ci) == []
    assert not list(Path(ci.env["TMPDIR"]).iterdir())


def test_an_old_run_goes_into_the_history_with_its_own_time(ci, repo):
    run = repo.run(sha("old"), branch="main", name="e2e")
    run["run_started_at"] = "2026-01-31T10:00:00Z"
    repo.artifact(run, "junit", pack({"a.xml": b'<testsuite name="s"><testcase classname="a" name="t"><failure/></testcase></testsuite>'}))
    repo.artifact(run, "about", pack({"rca-run.json": b'{"branch": "evil"}', "b.xml": b'<testsuite><testcase name="t"/></testsuite>'}))
    done = ci("ingest", "--history-only", "--from-workflow", run["id"], "--format", "json")
    assert done.code == 0, done.err
    (told,) = json.loads(done.out)["runs"]
    assert (told["path"], told["at"], told["cases"]) == (f"actions/runs/{run['id']}", "2026-01-31T10:00:00+00:00", 2)
    (known,) = json.loads(ci("history", "--format", "json").out)["repositories"]
    assert known["repository"] == "harbor/harbor"
    assert (known["newest"]["branch"], known["newest"]["commit"]) == ("main", sha("old"))
    assert runs(ci) == []
    assert "1 was there already" in ingest(ci, run["id"], "--history-only", code=0)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "rca report --from-workflow RUN"),
        (("--from-workflow", "7", "a.xml"), "not from both"),
        (("--workflow", "x.yml", "a.xml"), "--workflow belongs to --from-workflow"),
        (("--from-workflow", "7"), "finds nothing there"),
    ],
)
def test_looking_takes_what_adding_takes(ci, args, message):
    done = ci("report", *args)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert done.out == ""


# -- which run ------------------------------------------------------------------------------------------------------


def test_the_latest_is_the_newest_of_our_own_that_left_reports(ci, repo):
    wanted = repo.run(sha("wanted"), branch="main")
    repo.artifact(wanted, "junit", pack({"a.xml": RED}))
    expired = repo.run(sha("expired"), branch="main")
    repo.artifact(expired, "junit", pack({"a.xml": GREEN}), expired=True)
    repo.run(sha("lint"), branch="main")
    fork = repo.run(sha("fork"), branch="main", fork="eve/harbor")
    repo.artifact(fork, "junit", pack({"a.xml": GREEN}))
    going = repo.run(sha("going"), branch="main", status="in_progress", conclusion=None)
    repo.artifact(going, "junit", pack({"a.xml": GREEN}))
    ingest(ci, "latest", "--branch", "main")
    assert runs(ci)[0]["context"]["commit"] == sha("wanted")


def test_the_latest_of_a_workflow_on_a_branch(ci, repo):
    for name, branch in (("e2e", "main"), ("e2e", "develop"), ("unit", "main")):
        run = repo.run(sha(name + branch), branch=branch, path=f".github/workflows/{name}.yml")
        repo.artifact(run, f"junit-{name}", pack({"a.xml": report_text(f"{name}.{branch} t!no").encode()}))
    ingest(ci, "latest", "--workflow", "e2e.yml", "--branch", "main")
    ingest(ci, "latest", "--artifact", "*-e2e")
    assert {run["context"]["commit"] for run in runs(ci)} == {sha("e2emain"), sha("e2edevelop")}


def test_the_address_of_a_run_names_the_repository_too(ci, repo, fake_github):
    other = fake_github.repo("acme/other")
    run = other.run(sha("there"))
    other.artifact(run, "junit", pack({"a.xml": RED}))
    for address in (f"{run['html_url']}?check_suite_focus=true", f"{run['html_url']}/attempts/1", f"{run['html_url']}/job/7"):
        ingest(ci, address)
    assert runs(ci)[0]["context"]["repo"] == "acme/other"
    assert "is at github.com" in ingest(ci, f"https://github.com/acme/other/actions/runs/{run['id']}", code=2)


def test_a_run_that_is_still_going_gives_what_it_has(ci, repo):
    run = repo.run(sha("head"), status="in_progress", conclusion=None)
    assert "has left no artifact yet" in ingest(ci, run["id"], code=2)
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    assert "is still going, so reports may be missing" in ingest(ci, run["id"])
    assert [note["code"] for note in runs(ci)[0]["notes"]] == ["artifact"]


def test_attempts(ci, repo):
    run = repo.run(sha("head"))
    repo.artifact(run, "junit-1", pack({"a.xml": RED}))
    repo.artifact(run, "junit-2", pack({"b.xml": report_text("b t1").encode()}))
    repo.rerun(run)
    repo.artifact(run, "junit-1", pack({"a.xml": GREEN}))
    ingest(ci, run["id"], code=0)
    last = runs(ci)[0]
    assert (last["context"]["attempt"], last["context"]["url"]) == (2, f"{run['html_url']}/attempts/2")
    assert [source["totals"]["failed"] for source in last["sources"]] == [0, 0]
    ingest(ci, run["id"], "--attempt", "1")
    first = next(found for found in runs(ci) if found["context"]["attempt"] == 1)
    assert [source["totals"]["failed"] for source in first["sources"]] == [1, 0]
    assert "has had 2 attempts, and no number 3" in ingest(ci, run["id"], "--attempt", "3", code=2)


# -- which artifacts ------------------------------------------------------------------------------------------------


def test_artifacts_by_their_names(ci, repo):
    run = repo.run()
    for name in ("junit-a", "junit-b", "other"):
        repo.artifact(run, name, pack({f"{name}.xml": report_text(f"{name} t!no").encode()}))
    ingest(ci, run["id"], "--artifact", "junit-b", "--artifact", "ot*")
    assert [source["path"].rpartition("/")[2] for source in runs(ci)[0]["sources"]] == ["junit-b.zip:junit-b.xml", "other.zip:other.xml"]
    (ci.folder / "rca.toml").write_text('[github]\nartifacts = ["junit-a"]\n')
    ingest(ci, run["id"])
    assert [source["path"].rpartition("/")[2] for source in runs(ci)[1]["sources"]] == ["junit-a.zip:junit-a.xml"]
    said = ingest(ci, run["id"], "--artifact", "nothing-*", code=2)
    assert "fits nothing-*" in said
    assert "it left junit-a, junit-b and other" in said


def test_expired_artifacts(ci, repo):
    run = repo.run()
    repo.artifact(run, "junit-a", pack({"a.xml": RED}), expired=True)
    said = ingest(ci, run["id"], code=2)
    assert "junit-a of run" in said
    assert "has expired" in said
    assert "retention-days" in said
    repo.artifact(run, "junit-b", pack({"b.xml": RED}))
    assert "warning: junit-a of run" in ingest(ci, run["id"])
    assert runs(ci)[0]["notes"][0]["severity"] == "warning"


def test_no_artifact_at_all(ci, repo):
    said = ingest(ci, repo.run()["id"], code=2)
    assert "has left no artifact" in said
    assert "actions/upload-artifact" in said


def test_artifacts_without_reports(ci, repo):
    run = repo.run()
    repo.artifact(run, "logs", pack({"a.txt": b"x"}))
    assert "logs of run" in ingest(ci, run["id"], code=2)


def test_a_large_artifact_is_taken_only_when_it_is_named(ci, repo):
    run = repo.run()
    repo.artifact(run, "huge", pack({"a.xml": RED}), size_in_bytes=300 * 1024**2)
    repo.artifact(run, "junit", pack({"b.xml": report_text("b t!no").encode()}))
    assert "huge of run" in ingest(ci, run["id"])
    assert [source["path"].rpartition("/")[2] for source in runs(ci)[0]["sources"]] == ["junit.zip:b.xml"]
    ingest(ci, run["id"], "--artifact", "huge")
    assert len(runs(ci)) == 2


def test_too_much_to_download(ci, repo):
    run = repo.run()
    for number in range(101):
        repo.artifact(run, f"a{number}", pack({"a.xml": RED}))
    assert "left 101 artifacts" in ingest(ci, run["id"], code=2)


# -- what artifacts may hold ----------------------------------------------------------------------------------------


def bomb():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.xml", "w") as member:
        member.write(b"<testsuites>")
        for _ in range(100):
            member.write(b" " * 1024**2)
    return packed.getvalue()


def link():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo("a.xml")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return packed.getvalue()


def patched(place, value):
    """A zip whose one member says something else of itself, in its own header and in the list of all."""
    data = bytearray(pack({"a.xml": RED}))
    listed = data.find(b"PK\x01\x02")
    for at in (place, listed + place + 2):
        data[at : at + len(value)] = value
    return bytes(data)


HOSTILE = {
    "encrypted": patched(6, b"\x01"),
    "an unknown method": patched(8, b"\x63"),
    "another checksum": patched(14, b"\0\0\0\0"),
    "no zip": b"PK\x03\x04 this is none",
    "empty": b"",
    "cut": pack({"a.xml": RED})[:-30],
    "a link": link(),
    "out of its folder": pack({"../../../evil.xml": b"no report", "/etc/evil.xml": b"<a/>"}),
    "no report": pack({"a.xml": b"<html/>"}),
    "names": pack({"\x1b[2J\u202e.xml": b"\x00", "a\nb.xml": b"<"}),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_is_in_an_artifact_nothing_is_written_beside_it(ci, repo, tmp_path, data):
    run = repo.run()
    repo.artifact(run, "junit\x1b[2J ../..", data)
    before = {path for path in tmp_path.rglob("*") if ".rca" not in path.parts}
    said = ingest(ci, run["id"], code=2)
    assert "\x1b" not in said
    assert {path for path in tmp_path.rglob("*") if ".rca" not in path.parts} == before
    assert runs(ci) == []


SAID = {
    "encrypted": "it is encrypted",
    "an unknown method": "compression method is not supported",
    "another checksum": "Bad CRC-32",
    "no zip": "no report of run 1001 can be read",
    "cut": "no report of run 1001 can be read",
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_wrong_with_an_artifact_is_told(ci, repo, name):
    run = repo.run()
    repo.artifact(run, "junit", HOSTILE[name])
    said = ingest(ci, run["id"], code=2)
    assert SAID[name].replace("1001", str(run["id"])) in said
    assert "--artifact" in said


def test_an_artifact_of_very_many_members_is_left(ci, repo, monkeypatch):
    monkeypatch.setattr("rca.lookup.artifacts.MAX_MEMBERS", 3)
    run = repo.run()
    repo.artifact(run, "junit", pack({f"{number}.xml": RED for number in range(4)}))
    assert "it holds more than 3 .xml files" in ingest(ci, run["id"], code=2)


@pytest.mark.parametrize("data", [b"#!/bin/sh\n" + pack({"a.xml": RED}), pack({"a.xml": RED, "inner.zip": pack({"b.xml": RED})})])
def test_what_stands_before_or_inside_does_not_matter(ci, repo, data):
    run = repo.run()
    repo.artifact(run, "junit", data)
    ingest(ci, run["id"])
    assert [source["path"].rpartition(":")[2] for source in runs(ci)[0]["sources"]] == ["a.xml"]


def test_a_zip_bomb_is_left_when_it_grows_too_large(ci, repo):
    run = repo.run()
    repo.artifact(run, "junit", bomb())
    assert "unpacks to far more than its size allows" in ingest(ci, run["id"])


def test_a_broken_artifact_does_not_hide_the_others(ci, repo):
    run = repo.run()
    repo.artifact(run, "broken", b"PK none")
    repo.artifact(run, "junit", pack({"a.xml": RED}))
    said = ingest(ci, run["id"])
    assert "artifact 'broken' cannot be read" in said
    (note,) = runs(ci)[0]["notes"]
    assert note["path"].endswith("/broken.zip")


def test_ctrl_c_leaves_nothing_behind(ci, repo, fake_github):
    run = repo.run()
    for number in range(3):
        repo.artifact(run, f"junit-{number}", pack({"a.xml": RED}))
    fake_github.fail("GET", "/artifacts/.*/zip$", delay=20.0, skip=2)
    process = subprocess.Popen(
        [*ci.argv, "ingest", "--from-workflow", str(run["id"])], cwd=ci.folder, env=ci.unmeasured, stderr=subprocess.PIPE
    )
    end = time.monotonic() + 20
    while len(fake_github.sent("GET", "/zip$")) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    assert list(Path(ci.env["TMPDIR"]).iterdir())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted" in err
    assert not list(Path(ci.env["TMPDIR"]).iterdir())
    assert runs(ci) == []


# -- how it is called -----------------------------------------------------------------------------------------------

CALLS = [
    (("--from-workflow", "tomorrow"), "is no run"),
    (("--from-workflow", "-5"), "is no run"),
    (("--from-workflow", "9" * 40), "is no run"),
    (("--from-workflow", "7"), "finds nothing there"),
    (("--from-workflow", "latest"), "no run of its own is completed"),
    (("--from-workflow", "latest", "--workflow", "x.yml"), "finds nothing there"),
    (("--from-workflow", "latest", "--branch", "x"), "on x is completed"),
    (("--from-workflow", "7", "a.xml"), "not from both"),
    (("--artifact", "junit", "a.xml"), "--artifact belongs to --from-workflow"),
    (("--workflow", "e2e.yml", "a.xml"), "--workflow belongs to --from-workflow"),
    (("--from-workflow", "7", "--history-only"), "finds nothing there"),
    (("--from-workflow", "7", "--history-only", "a.xml"), "not from both"),
    (("--artifact", "junit", "--history-only", "a.xml"), "--artifact belongs to --from-workflow"),
    (("--history-only",), "rca ingest --history-only --from-workflow RUN"),
    ((), "no report was named"),
]


@pytest.mark.parametrize(("args", "message"), CALLS, ids=[" ".join(args) for args, _ in CALLS])
def test_calls_that_cannot_be(ci, args, message):
    done = ci("ingest", *args)
    assert done.code == 2
    assert message in " ".join(done.err.split())
