"""`rca fix`, as it is used: a repository, a red run, commits that mend it, and a command that shows it."""

import json
import os
import signal
import subprocess  # noqa: TID251 -- signals need a process
import sys
import time

import pytest

from tests.conftest import report_text
from tests.repository import Repo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX system")

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


class Shop:
    """A project with a worklog of a run that failed on its first commit. Called, it runs `rca` in this process."""

    def __init__(self, rca, inside):
        self.folder, self.inside, self.process = rca.folder, inside, rca
        self.repo = Repo(rca.folder)
        self.repo.write(".gitignore", "worklogs\n.rca\n*.xml\n")
        self.red = self.repo.commit("start", cart_py="net\n")
        (rca.folder / "r.xml").write_text(report_text("a t1", "a t2!boom"))
        assert inside("new", "Checkout is red").code == 0
        assert inside("ingest", "r.xml", "--commit", self.red).code == 1

    def __call__(self, *args):
        return self.inside(*args)


@pytest.fixture
def shop(rca, inside):
    return Shop(rca, inside)


def record(shop):
    return json.loads(shop("show", "--format", "json").out)


def everything(shop):
    return {path: path.read_bytes() for path in (shop.folder / "worklogs").rglob("*") if path.is_file()}


def test_the_commits_after_the_run_that_failed(shop):
    fixed = shop.repo.commit("Charge gross", cart_py="gross\ntax\n")
    done = shop("fix")
    assert done.code == 0
    assert f"taking 1 commit after {shop.red[:12]}" in done.err
    assert f"    {fixed[:12]} Charge gross" in done.err
    assert done.out.splitlines() == [
        "fix:           Charge gross",
        f"commits:       {fixed[:12]}",
        f"places:        cart.py:1-2@{fixed[:12]}",
        "validation:    none; --run COMMAND makes one",
    ]
    assert record(shop)["status"] == "fix ready"
    face = shop("show").out
    assert f"- `cart.py:1-2@{fixed[:12]}`" in face
    assert shop("check").code == 0
    again = shop("fix")
    assert (again.code, again.out) == (0, done.out)
    assert "was there already" in again.err
    assert len(record(shop)["fixes"]) == 1


def test_nothing_was_committed(shop):
    before = everything(shop)
    done = shop("fix", "--run", "touch ran")
    assert done.code == 2
    assert "there is no commit after it" in done.err
    assert "rca: next: commit the fix" in done.err
    assert not (shop.folder / "ran").exists()
    assert everything(shop) == before


def test_all_that_can_be_said(shop):
    shop.repo.commit("one", cart_py="gross\n")
    sha = shop.repo.commit("two", cart_py="gross and tax\n")
    shop.repo.write("cart.py", "not committed\n")
    args = ("--summary", f"Ours \x1b[31m{TOKEN}", "--pr", "https://github.com/acme/shop/pull/7", "--run", "echo fine", "--format", "json")
    done = shop("fix", f"{shop.red}..HEAD", *args)
    assert done.code == 0, done.err
    told = json.loads(done.out)
    fix = told.pop("fix")
    assert told == {
        "worklog": record(shop)["id"],
        "revision": 3,
        "status": "fix ready",
        "done": "added",
        "warnings": ["1 changed file is not committed and so no part of the fix: cart.py"],
        "face": f"worklogs/{record(shop)['id'][:4]}/{record(shop)['id']}.md",
    }
    assert fix == record(shop)["fixes"][0]
    assert (fix["summary"], fix["pull_request"], len(fix["commits"])) == ("Ours [redacted]", "https://github.com/acme/shop/pull/7", 2)
    validation = fix["validation"]
    assert (validation["command"], validation["output"], validation["verdict"]) == ("echo fine", "fine\n", "passed")
    assert (validation["exit_code"], validation["commit"], validation["uncommitted"]) == (0, sha, 1)
    assert "rca: running echo fine\nfine\n" in done.err
    assert "Local validation: `echo fine` passed in" in shop("show").out
    assert "with 1 file not committed" in shop("show").out


@pytest.mark.parametrize(
    ("command", "said"),
    [("exit 3", "failed (exit code 3)"), ("kill -TERM $$", "failed (signal SIGTERM)"), ("sleep 60", "failed (stopped after 0.5 s)")],
)
def test_a_validation_that_fails(shop, command, said):
    shop.repo.commit("mend", cart_py="gross\n")
    done = shop("fix", "--shell", "--timeout", "0.5", "--run", command)
    assert done.code == 1
    assert record(shop)["fixes"][0]["validation"]["verdict"] == "failed"
    assert record(shop)["status"] == "failing"
    assert said in shop("show").out
    assert shop("check").code == 0
    assert shop("fix", "--run", "true").code == 0
    assert record(shop)["status"] == "fix ready"
    assert record(shop)["fixes"][0]["validation"]["command"] == "true"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--run", "no-such-program-here"), "there is no such program"),
        (("--run", "true && true"), "add --shell"),
        (("--run", ""), "the command is empty"),
        (("--run", "true", "--timeout", "0"), "'--timeout'"),
        (("--pr", "seven"), "no pull request"),
        (("--investigation", "i1"), "no investigation 'i1'"),
        (("nope",), "nope: is no commit"),
        (("--", "--upload-pack=touch x"), "is no commit"),
        (("--worklog", "nope"), "no worklog 'nope'"),
    ],
)
def test_what_cannot_be_done_changes_nothing(shop, args, said):
    shop.repo.commit("mend", cart_py="gross\n")
    before = everything(shop)
    done = shop("fix", *args)
    assert done.code == 2
    assert said in " ".join(done.err.split())
    assert "rca: next: " in done.err
    assert everything(shop) == before


def test_a_command_runs_only_with_the_fix(shop):
    fixed = shop.repo.commit("mend", cart_py="gross\n")
    shop.repo("checkout", "--quiet", shop.red)
    done = shop("fix", fixed, "--run", "touch ran")
    assert done.code == 2
    assert "the command would run without the fix" in done.err
    assert "check out a branch that holds it" in done.err
    assert not (shop.folder / "ran").exists()
    assert shop("fix", fixed).code == 0


def test_a_face_that_was_edited_is_noticed_before_anything_runs(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    (face,) = (shop.folder / "worklogs").glob("*/2*.md")
    face.write_text(face.read_text().replace("# Checkout", "# My checkout"))
    done = shop("fix", "--run", "touch ran")
    assert done.code == 2
    assert "was edited by hand" in done.err
    assert not (shop.folder / "ran").exists()
    assert shop("fix", "--run", "touch ran", "--force").code == 0
    assert "# My checkout" in face.with_name(face.name + ".bak").read_text()


def test_what_changes_in_the_meantime_is_kept(shop):
    """Somebody opens an action or triages while the command runs."""
    shop.repo.commit("mend", cart_py="gross\n")
    done = shop.process.shell("rca fix --shell --run 'rca triage note c1 meanwhile'")
    assert done.code == 0, done.err
    assert (record(shop)["decisions"][0]["text"], len(record(shop)["fixes"])) == ("meanwhile", 1)


def test_the_command_gets_the_environment_of_the_person(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    done = shop.process("fix", "--run", f"{sys.executable} -c 'import os; print(sorted(os.environ))'", MARK="1")
    given = {**shop.process.environment, "MARK": "1"}
    printed = next(line for line in done.err.splitlines() if line.startswith("['"))
    assert set(given) <= set(eval(printed)) <= {*given, "LC_CTYPE"}


def test_a_hint_when_a_shell_was_missed(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    done = shop("fix", "--run", "ls *.py")
    assert done.code == 1
    assert "`*` reached the program as it is; --shell" in done.err
    assert "reached" not in shop("fix", "--run", "ls *.py", "--shell").err


def test_floods_and_secrets(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    script = (
        f"import os\nprint('{TOKEN}', flush=True)\nfor _ in range(1600): os.write(1, b'x' * 65000 + b'\\n')\nprint('the end \\x1b[31m')"
    )
    (shop.folder / "flood.py").write_text(script)
    done = shop.process("fix", "--run", f"{sys.executable} flood.py")
    assert done.code == 0
    assert len(done.err) > 100_000_000
    (path,) = (shop.folder / "worklogs").glob("*/2*.json")
    assert path.stat().st_size < 50_000
    assert TOKEN not in path.read_text()
    output = record(shop)["fixes"][0]["validation"]["output"]
    assert output.startswith("[redacted]\nxxx")
    assert output.endswith("xxx\nthe end\n")
    assert TOKEN not in shop("show").out


def test_several_investigations(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    (path,) = (shop.folder / "worklogs").glob("*/2*.json")
    document = json.loads(path.read_text())
    cause = {"statement": "s"}
    document["investigations"] = [{"id": name, "problem": "p", "root_cause": cause} for name in ("i1", "i2")]
    document["status"] = "explained"
    path.write_text(json.dumps(document))
    done = shop("fix")
    assert "the fix stands for the whole worklog; --investigation" in done.err
    assert shop("fix", "--investigation", "i2").out.splitlines()[-2] == "investigation: i2"


def test_more_commits_drop_the_validation(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    assert shop("fix", "--run", "true").code == 0
    shop.repo.commit("mend more", cart_py="gross, really\n")
    done = shop("fix")
    assert "validate again with --run" in done.err
    assert record(shop)["fixes"][0]["validation"] is None
    assert record(shop)["fixes"][0]["summary"] == "mend; mend more"


def test_a_fix_is_taken_out_again(shop):
    before = record(shop)
    first = shop.repo.commit("mend", cart_py="gross\n")
    assert shop("fix", "--run", "true").code == 0
    second = shop.repo.commit("mend more", tax_py="really\n")
    assert shop("fix", second).code == 0
    done = shop("fix", "--forget")
    assert (done.code, done.out) == (2, "")
    assert "there are 2 fixes that may be meant" in done.err
    assert len(record(shop)["fixes"]) == 2
    done = shop("fix", "--forget", "HEAD")
    assert (done.code, done.out.splitlines()[0]) == (0, "fix:           mend more")
    assert "took this fix out of" in done.err
    # Of a fix whose commits are gone there is still what the record holds.
    shop.repo("update-ref", "refs/heads/main", shop.red)
    done = shop("fix", "--forget", first[:9], "--format", "json")
    assert json.loads(done.out)["done"] == "forgotten"
    assert json.loads(done.out)["fix"]["validation"]["verdict"] == "passed"
    after = record(shop)
    assert after | {"revision": 0, "updated_at": ""} == before | {"revision": 0, "updated_at": ""}
    assert "no fix is recorded" in shop("fix", "--forget").err
    assert shop("check").code == 0


@pytest.mark.parametrize("more", [("--run", "touch ran"), ("--summary", "x"), ("--pr", "7"), ("nope",), ("--investigation", "i9")])
def test_what_cannot_be_taken_out_stays(shop, more):
    shop.repo.commit("mend", cart_py="gross\n")
    assert shop("fix").code == 0
    before = everything(shop)
    done = shop("fix", "--forget", *more)
    assert (done.code, done.out) == (2, "")
    assert "rca: next: " in done.err
    assert everything(shop) == before
    assert not (shop.folder / "ran").exists()


def test_without_a_repository(rca):
    (rca.folder / "r.xml").write_text(report_text("a t2!boom"))
    rca("new", "One")
    rca("ingest", "r.xml", "--commit", "a" * 40)
    done = rca("fix")
    assert done.code == 2
    assert "not in a git repository" in done.err
    assert rca("fix", PATH="/nowhere").code == 2


# -- interrupted ---------------------------------------------------------------------------------------------------


def begin(shop, command, *args):
    process = subprocess.Popen(
        [*shop.process.argv, "fix", "--shell", *args, "--run", command],
        cwd=shop.folder,
        env=shop.process.unmeasured,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    end = time.monotonic() + 20
    while not (shop.folder / "pid").exists() and time.monotonic() < end:
        time.sleep(0.02)
    return process


def is_gone(shop):
    pid = int((shop.folder / "pid").read_text())
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


COMMAND = "sleep 300 & echo $! > pid.new; mv pid.new pid; wait"


def test_ctrl_c(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    before = everything(shop)
    process = begin(shop, COMMAND)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, b"")
    assert b"the command was stopped; no fix was recorded\nrca: interrupted" in err
    assert is_gone(shop)
    assert everything(shop) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end(shop, number):
    shop.repo.commit("mend", cart_py="gross\n")
    before = everything(shop)
    process = begin(shop, COMMAND)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == -number
    assert is_gone(shop)
    assert everything(shop) == before


STUBBORN = "trap '' INT TERM HUP; (trap '' INT TERM HUP; sleep 300) & echo $! > pid.new; mv pid.new pid; wait; sleep 300"


@pytest.mark.parametrize("args", [(), ("--timeout", "1")])
def test_a_command_that_will_not_end_is_ended_with_all_that_it_started(shop, args):
    """Nobody listens to any signal: by Ctrl-C, and when its time is over."""
    shop.repo.commit("mend", cart_py="gross\n")
    process = begin(shop, STUBBORN, *args)
    if not args:
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == (1 if args else 130), err
    assert is_gone(shop)
    assert [fix["validation"]["ended"] for fix in record(shop)["fixes"]] == (["stopped after 1 s"] if args else [])


def test_kill_9_records_nothing_and_the_next_one_goes_through(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    before = everything(shop)
    process = begin(shop, COMMAND)
    process.kill()
    process.communicate(timeout=20)
    os.kill(int((shop.folder / "pid").read_text()), signal.SIGKILL)
    assert everything(shop) == before
    assert shop("fix", "--run", "true").code == 0


def test_a_gigabyte_of_output_takes_no_memory(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    limited = "ulimit -d 300000 && rca fix --shell --run 'head -c 1000000000 /dev/zero; echo the end' 2> /dev/null"
    assert shop.process.shell(limited).code == 0
    output = record(shop)["fixes"][0]["validation"]["output"]
    assert output.endswith("the end\n")
    assert "1,000,000,008 bytes" in output


def test_nohup_goes_on(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    done = shop.process.shell(
        "(while [ ! -e pid ]; do sleep 0.05; done; kill -HUP $(cat pid)) & nohup rca fix --shell --run 'echo $PPID > pid; sleep 1'"
    )
    assert done.code == 0, done.err


@pytest.mark.parametrize("stream", ["2>&-", ">&-", "2>/dev/full"])
def test_streams_that_are_not_there(shop, stream):
    shop.repo.commit("mend", cart_py="gross\n")
    code = shop.process.shell(f"rca fix --run 'echo a' {stream}").code
    assert code == (2 if stream == ">&-" else 0)
    assert record(shop)["fixes"][0]["validation"]["output"] == "a\n"


def test_many_places(shop):
    shop.repo.commit("mend", **{f"f{number}": "1\n" for number in range(60)})
    lines = shop("fix").out.splitlines()
    assert "               and 40 more places, of 10 more files none is listed" in lines
    face = shop("show").out
    assert "- and 30 more places\n- and 10 more files" in face


def test_a_clone_without_the_commit_before(shop, tmp_path):
    shop.repo.commit("mend", cart_py="gross\n")
    shop.repo("commit", "--quiet", "--allow-empty", "-m", "top")
    (shop.folder / ".git" / "shallow").write_text(shop.repo("rev-parse", "HEAD") + "\n")
    done = shop("fix", "HEAD")
    assert done.code == 0
    assert "changed is not known, since the clone is shallow" in done.err


def test_a_filter_that_cannot_be_turned_off(shop):
    shop.repo.commit("mend", cart_py="gross\n")
    shop.repo("config", "filter.a=b.clean", "touch ran")
    assert "it is not known whether all changes are committed" in shop("fix").err
