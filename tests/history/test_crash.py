"""Killed at any step, nothing is lost and nothing is there twice; and many processes at once do not disturb one another."""

from __future__ import annotations

import shutil
import subprocess  # noqa: TID251 -- a process must die
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rca.history import append, open_store
from rca.history.compact import compact
from tests.history.conftest import NOW, Bench, made, unmeasured

LATER = NOW.replace(month=8)
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as POSIX has it")

# Does one thing and kills itself at the step of that number; ends with 0 when there are not so many.
DRIVER = """
import os, sys
from datetime import timedelta
from pathlib import Path
from tests.history.conftest import NOW, made
from rca.history import append, open_store
from rca.history.compact import compact
store = open_store(".rca", Path(sys.argv[1]), {})
call, deadly, count = sys.argv[2], int(sys.argv[3]), 0
def step(name):
    global count
    count += 1
    if count == deadly:
        os.kill(os.getpid(), 9)
if call == "append":
    append(store, *made("new!x other"), now=NOW, step=step)
elif call == "many":
    for number in range(int(sys.argv[4])):
        append(store, *made("a b!x", run=f"{deadly}-{number}"), now=NOW)
else:
    compact(store, now=NOW.replace(month=8), keep_months=int(call == "drop"), step=step)
"""


def drive(folder: Path, *args: object, wait: bool = True) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", DRIVER, str(folder), *map(str, args)], cwd=ROOT, env=unmeasured())
    if wait:
        process.wait()
    return process


def every_step(folder: Path, fresh, call: str):
    """Kill the call at each of its steps, each time in a fresh copy of the store; yields the step and the store."""
    for deadly in range(1, 100):
        shutil.rmtree(folder / ".rca", ignore_errors=True)
        shutil.copytree(fresh, folder / ".rca")
        code = drive(folder, call, deadly).returncode
        if code == 0:
            break
        assert code == -9
        yield deadly, Bench(open_store(".rca", folder, {}))


def test_an_append_that_is_killed(bench, tmp_path):
    bench.add("a b!x")
    before = bench.rows("name")
    fresh = shutil.copytree(bench.store.folder, tmp_path / "fresh")
    steps = 0
    for steps, hit in every_step(tmp_path, fresh, "append"):  # noqa: B007
        seen = hit.rows("name")
        assert sorted(seen) in (sorted(before), sorted([*before, ("new",), ("other",)]))
        again = append(hit.store, *made("new!x other"), now=NOW)
        assert again.added is (seen == before)
        assert len(hit.rows()) == 4
        compact(hit.store, now=LATER)
        assert len(hit.rows()) == 4
        assert hit.store.problems == []
    assert steps == 5


@pytest.mark.parametrize(("call", "least"), [("compact", 6), ("drop", 6)])
def test_a_compaction_that_is_killed(bench, tmp_path, call, least):
    for month in (1, 6):
        bench.at = datetime(2026, month, 3, tzinfo=UTC)
        for number in range(2):
            bench.add(f"a b!x{number}")
    before = bench.rows()
    kept = [row for row in before if row[3].month != 1] if call == "drop" else before
    fresh = shutil.copytree(bench.store.folder, tmp_path / "fresh")
    steps = 0
    for steps, hit in every_step(tmp_path, fresh, call):  # noqa: B007
        assert hit.rows() in ((before, kept) if call == "drop" else (before,))
        assert not append(hit.store, *made("a b!x1", at=bench.at), now=NOW).added
        compact(hit.store, now=LATER, keep_months=int(call == "drop"))
        assert hit.rows() == kept
        assert len(hit.files()) == (1 if call == "drop" else 2)
        assert sorted(path.name for path in hit.store.results.iterdir()) == ["compact.lock", "repo=shop%2Fweb", "store.json"]
        assert hit.store.problems == []
    assert steps >= least


def test_killed_again_and_again_it_gets_there(bench, tmp_path):
    for number in range(4):
        bench.add(f"a b!x{number}")
    before = bench.rows()
    for deadly in (2, 3, 4, 3, 2):
        drive(tmp_path, "compact", deadly)
        assert bench.rows() == before
    compact(bench.store, now=LATER)
    assert (bench.rows(), len(bench.files())) == (before, 1)


def test_many_processes_append_while_one_compacts(bench, tmp_path):
    writers, runs = 3, 5
    bench.add("z")
    processes = [drive(tmp_path, "many", number, runs, wait=False) for number in range(writers)]
    processes.append(drive(tmp_path, "many", 0, runs, wait=False))  # the same runs as the first one
    try:
        last = 0
        while any(process.poll() is None for process in processes):
            compact(bench.store, now=LATER)
            rows = len(bench.rows())
            assert rows >= last
            assert rows % 2 == 1
            last = rows
    finally:
        for process in processes:
            process.wait()
    assert [process.returncode for process in processes] == [0] * (writers + 1)
    assert len(bench.rows()) == 1 + 2 * writers * runs
    compact(bench.store, now=LATER)
    assert len(bench.rows()) == 1 + 2 * writers * runs
    assert len(bench.files()) == 1
    assert bench.store.problems == []
