"""Many processes at once, and processes that die in the middle: no run is lost, no file is half."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 -- several processes are the point
import tempfile

import pytest

from rca.cli.common import FACES
from tests.archive.conftest import Bench
from tests.conftest import report_text

MANY = 6
STEPS = ((os, "replace"), (os, "fsync"), (os, "chmod"), (os, "unlink"), (os, "mkdir"), (tempfile, "mkstemp"))


def start(rca, *args):
    return subprocess.Popen(
        [*rca.argv, *args], cwd=rca.folder, env=rca.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(processes, *codes):
    outputs = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode in codes, err
        outputs.append(out.strip())
    return outputs


def test_runs_added_at_once_are_all_there(rca):
    rca("new", "One")
    for number in range(MANY):
        (rca.folder / f"r{number}.xml").write_text(report_text(f"class{number} t!boom {number}", f"class{number} u"))
    finish([start(rca, "ingest", f"r{number}.xml") for number in range(MANY)], 1)
    archive = Bench(rca.folder).archive
    record = archive.load(archive.find(None))
    assert record.revision == MANY + 1
    assert {source.path for run in record.runs for source in run.sources} == {f"r{number}.xml" for number in range(MANY)}
    face = archive.face(record.id).read_text()
    assert FACES.is_untouched(face)
    assert face == FACES.make(record)
    assert f"| {record.status} | 50 % |" in (archive.root / "README.md").read_text()
    assert rca("check").code == 0


def test_worklogs_opened_at_once_are_distinct(rca):
    faces = finish([start(rca, "new", "One") for _ in range(MANY)], 0)
    assert len(set(faces)) == MANY
    archive = Bench(rca.folder).archive
    assert {str(archive.face(i).relative_to(rca.folder)) for i in archive.ids()} == set(faces)
    index = (archive.root / "README.md").read_text()
    assert all(worklog_id in index for worklog_id in archive.ids())
    assert rca("check").code == 0


def die_at(step, work):
    """Do the work in a child that dies at its nth call of one of the steps, before (even) or after (odd) it; False when it lived."""
    child = os.fork()
    if child == 0:
        left = [step]

        def wrap(call):
            def wrapped(*args, **kwargs):
                left[0] -= 1
                if left[0] == -1:
                    os._exit(9)
                result = call(*args, **kwargs)
                left[0] -= 1
                if left[0] == -1:
                    os._exit(9)
                return result

            return wrapped

        for module, name in STEPS:
            setattr(module, name, wrap(getattr(module, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_change_that_dies_at_any_step_is_made_or_not_made(bench):
    """The record is the old or the new one; what was left behind is mended by the next command and stays nowhere."""
    stored = bench.new()
    intake = bench.intake("a t1!boom")
    old = bench.state()
    bench.ingest(stored.id, "a t1!boom")
    new = bench.state()
    record = f"2026/{stored.id}.json"
    outcomes = set()
    step = 0
    while True:
        for name in set(bench.state()) - set(old):
            (bench.archive.root / name).unlink()
        for name, data in old.items():
            (bench.archive.root / name).write_bytes(data)
        if not die_at(step, lambda: bench.ingest(stored.id, "a t1!boom")):
            break
        state = bench.state()
        assert state[record] in {old[record], new[record]}, step
        assert all(state[name] in {old[name], new[name]} for name in old), step
        assert bench.archive.load(stored.id)
        outcomes.add(tuple(state[name] == new[name] for name in sorted(old)))
        litter = set(state) - set(old)
        assert all(os.path.basename(name).startswith(".") for name in litter), step
        # Whoever comes next ends at the same place, and sweeps up.
        bench.archive.change(stored.id, lambda worklog: worklog)
        bench.ingest(stored.id, "a t1!boom")
        assert bench.state()[record] == new[record], step
        bench.ingest(stored.id, "b t2!boom")
        assert not [name for name in bench.state() if name.endswith("tmp")], step
        step += 1
    assert step > 20
    assert len(outcomes) >= 4, "old, and new after the record, the face and the index"
    assert intake.readable


def test_a_new_worklog_that_dies_at_any_step_leaves_a_working_archive(tmp_path):
    step = 0
    while True:
        folder = tmp_path / str(step)
        folder.mkdir()
        bench = Bench(folder)
        if not die_at(step, bench.new):
            break
        ids = bench.archive.ids()
        assert len(ids) <= 1, step
        stored = bench.new()
        assert set(bench.archive.ids()) == {*ids, stored.id}
        assert bench.archive.find(None) == stored.id
        for worklog_id in bench.archive.ids():
            bench.archive.change(worklog_id, lambda worklog: worklog)
            assert bench.face(worklog_id).exists()
            assert worklog_id in bench.index()
        assert not [name for name in bench.state() if name.endswith("tmp")], step
        step += 1
    assert step > 20


@pytest.mark.parametrize("step", range(0, 30, 3))
def test_a_forced_write_that_dies_keeps_the_edit(bench, step):
    stored = bench.new()
    face = bench.face(stored.id)
    face.write_text("mine")
    die_at(step, lambda: bench.ingest(stored.id, "a t1!boom", force=True))
    kept = [path for path in face.parent.iterdir() if path.read_bytes() == b"mine"]
    assert kept, step
