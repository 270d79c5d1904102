"""Publishers as processes of their own: two at once, one that is killed, and what others on the machine see of them."""

from __future__ import annotations

import shutil
import signal
import subprocess  # noqa: TID251 -- commands are started as they are used
import sys
import time
from pathlib import Path

import pexpect
import pytest

from tests.cli.publishing import GREEN, RED
from tests.github.fake import TOKEN

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are looked at as Linux and macOS show them")


def start(publisher, *args: str, folder: Path | None = None) -> subprocess.Popen:
    rca = publisher.process()
    return subprocess.Popen(
        [*rca.argv, "publish", *args], cwd=folder or publisher.folder, env=rca.unmeasured, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def at_once(publisher, folders: tuple[Path, ...], *args: str) -> None:
    """Publish from each of these folders at the same time, and wait until all are done."""
    started = [start(publisher, *args, folder=folder) for folder in folders]
    for process in started:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err


def wait_for(happened) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize("there", [False, True], ids=["nothing is there", "an older one is there"])
def test_two_publishers_at_once_leave_one_comment_that_says_the_newest(publisher, fake_github, there):
    if there:
        publisher.publish("pr", "--pr", "1")
    publisher.ingest("shop.Cart adds", "shop.Cart pays!in between", at="2026-01-03T03:04:05Z")
    newer = publisher.folder.with_name("newer")
    shutil.copytree(publisher.folder, newer)
    publisher.patch.chdir(newer)
    publisher.folder, older = newer, publisher.folder
    publisher.ingest(*GREEN, at="2026-01-04T03:04:05Z")
    # Each answer takes a while, so that their requests meet.
    for verb in ("GET", "POST", "PATCH"):
        fake_github.fail(verb, "/comments", times=99, delay=0.25)
    at_once(publisher, (older, newer), "pr", "--pr", "1")
    (body,) = publisher.bodies()
    assert "at=2026-01-04T03:04:05Z" in body


@pytest.mark.parametrize("during", ["GET", "POST"])
def test_one_that_is_killed_and_run_again_leaves_one_comment(publisher, fake_github, during):
    fault = fake_github.fail(during, "/comments$", delay=30)
    killed = start(publisher, "pr", "--pr", "1")
    wait_for(lambda: not fault.times)
    command_line = Path(f"/proc/{killed.pid}/cmdline")
    if command_line.exists():
        assert TOKEN.encode() not in command_line.read_bytes()
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    publisher.publish("pr", "--pr", "1")
    assert len(publisher.bodies()) == 1


def test_one_that_is_killed_while_it_files_files_once(publisher, fake_github):
    fault = fake_github.fail("POST", "/issues$", delay=30)
    killed = start(publisher, "issues", "c1", "--yes")
    wait_for(lambda: not fault.times)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    document = publisher.told("issues", "c1", "--yes")
    assert document["steps"][0]["why"] == "it was filed for this run"
    assert len(fake_github.sent("POST", "/issues$")) == 1
    assert publisher.told("issues", "--yes")["steps"][0]["issue"] == document["steps"][0]["issue"]


def test_ctrl_c_stops_it_and_the_next_one_goes_on(publisher, fake_github):
    fault = fake_github.fail("POST", "/comments$", delay=30)
    stopped = start(publisher, "pr", "--pr", "1")
    wait_for(lambda: not fault.times)
    stopped.send_signal(signal.SIGINT)
    _, err = stopped.communicate(timeout=30)
    assert stopped.returncode == 130, err
    assert TOKEN.encode() not in err
    assert publisher.told("pr", "--pr", "1")["done"] == "unchanged"
    assert len(publisher.bodies()) == 1


def test_two_that_file_at_once_leave_one_issue_open(publisher, fake_github):
    other = publisher.folder.with_name("other")
    shutil.copytree(publisher.folder, other)
    # Both have looked before either of them files.
    fake_github.fail("GET", "/issues$", times=4, delay=1.0)
    at_once(publisher, (publisher.folder, other), "issues", "c1", "--yes")
    issues = [issue for issue in fake_github.repo().issues.values() if "pull_request" not in issue]
    assert [issue["state"] for issue in issues] in (["open"], ["open", "closed"])
    for folder in (publisher.folder, other):
        publisher.patch.chdir(folder)
        assert publisher.told("issues", "--yes")["steps"][0]["issue"] == issues[0]["number"]


@pytest.mark.parametrize("fixed", [False, True], ids=["it still fails", "it passes"])
def test_two_that_tell_an_issue_at_once_leave_one_comment(publisher, fake_github, fixed):
    publisher.publish("issues", "c1", "--yes")
    publisher.ingest(*(GREEN if fixed else RED), at="2026-01-04T03:04:05Z")
    other = publisher.folder.with_name("other")
    shutil.copytree(publisher.folder, other)
    # Both have looked before either of them writes.
    fake_github.fail("GET", "/comments", times=4, delay=1.0)
    at_once(publisher, (publisher.folder, other), "issues", "--yes", "--close-fixed")
    (issue,) = [issue for issue in fake_github.repo().issues.values() if "pull_request" not in issue]
    assert len(publisher.bodies(issue["number"])) == 1
    assert issue["state"] == ("closed" if fixed else "open")


def test_a_person_at_a_terminal_is_asked(publisher, fake_github):
    rca = publisher.process()
    for answer, code in (("n", 2), ("y", 0)):
        child = pexpect.spawn(
            rca.argv[0],
            [*rca.argv[1:], "publish", "issues", "c1"],
            cwd=str(publisher.folder),
            env=rca.environment,
            timeout=30,
            encoding="utf-8",
        )
        child.expect("1 thing is to be done; go on")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
        assert len(fake_github.sent("POST", "/issues$")) == (answer == "y")


@pytest.mark.parametrize("args", [("summary",), ("pr", "--pr", "1", "--dry-run"), ("issues", "c1", "--dry-run")])
def test_without_github_its_client_is_not_loaded(publisher, args):
    script = "import sys; from rca.cli.boundary import guard; from rca.cli.app import app; "
    script += f"guard(lambda: app({['publish', *args]!r}, standalone_mode=False)); print('github' in sys.modules, file=sys.stderr)"
    env = {**publisher.process().environment, "GITHUB_TOKEN": "", "PATH": "/nowhere"}
    done = subprocess.run([sys.executable, "-c", script], cwd=publisher.folder, env=env, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "False"
