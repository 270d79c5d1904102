"""Ctrl-C: the exit code says so, nothing is half written, and nobody sees a traceback."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: TID251 -- signals need a process
import time

import pytest

HEAD = b'<testsuites><testsuite name="s" timestamp="2026-01-02T03:04:05Z">'
CASE = b'<testcase classname="a" name="t%d" time="0.1"><failure message="boom">' + b"x" * 500 + b"</failure></testcase>"


def begin(rca, *args, **options):
    return subprocess.Popen(
        [*rca.argv, *args],
        cwd=rca.folder,
        env=rca.unmeasured,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def interrupt_while_reading(rca, *args):
    """Let rca read the beginning of a report from a pipe, then press Ctrl-C while it waits for more."""
    fifo = rca.folder / "big.xml"
    os.mkfifo(fifo)
    process = begin(rca, *args, "big.xml")
    with open(fifo, "wb") as stream:
        stream.write(HEAD + b"".join(CASE % number for number in range(4_000)))
        stream.flush()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    return process.returncode, out, err.decode()


@pytest.mark.parametrize("args", [("report",), ("report", "-o", "out.md"), ("report", "--format", "json", "-o", "out.json")])
def test_while_reading_a_report(rca, args):
    before = set(os.listdir(rca.folder))
    code, out, err = interrupt_while_reading(rca, *args)
    assert code == 130
    assert out == b""
    assert err == "rca: interrupted; nothing that was written before is lost\n"
    assert set(os.listdir(rca.folder)) - before == {"big.xml"}


def test_while_adding_a_run(rca):
    face = rca.folder / rca("new", "One").out.strip()
    before = {path: path.read_bytes() for path in rca.folder.rglob("*") if path.is_file()}
    code, _, err = interrupt_while_reading(rca, "ingest")
    assert code == 130
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in rca.folder.rglob("*") if path.is_file()} == before
    assert rca("check", face).code == 0


def test_while_several_processes_read(rca):
    """In a terminal Ctrl-C reaches every process of the command: none of them says anything but the first."""
    text = HEAD + b"".join(CASE % number for number in range(3_000)) + b"</testsuite></testsuites>"
    for number in range(60):
        (rca.folder / f"r{number:02}.xml").write_bytes(text)
    process = begin(rca, "report", ".", start_new_session=True)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode in {130, -signal.SIGINT}
    assert out == b""
    assert err.startswith(b"rca: interrupted")
    assert err.count(b"\n") == 1
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


@pytest.mark.parametrize("after", [0.02, 0.05, 0.1, 0.15, 0.25])
def test_at_any_moment(staging, after):
    """Also while Python loads: then the signal itself ends the process, as shells expect."""
    process = begin(staging, "report", "reports")
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode in {0, 1, 130, -signal.SIGINT}
    if process.returncode != -signal.SIGINT and b"init_import_site" not in err:  # Python itself was not up yet
        assert b"Traceback" not in err
