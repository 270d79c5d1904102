"""What was found in logs is kept for as long as they read as they did."""

import os
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.model.evidence import LogLine, LogLines, Resolved
from rca.sources import log_files, log_memory
from rca.sources.log_files import LogError, mark_of, reads_as_before
from rca.sources.log_memory import LogMemory

FOUND = LogLines((LogLine("a.log", 2, "two", "two\n  below", "ab" * 32, "why", 1.0),))


def remembered(tmp_path, text=b"one\ntwo\n"):
    """A memory of a log in which something was found."""
    path = tmp_path / "a.log"
    path.write_bytes(text)
    logs = {"a.log": str(path)}
    memory = LogMemory(tmp_path / "memory")
    memory.mark(logs)
    memory.keep("key", logs, FOUND)
    return path, logs


def test_what_was_found_is_there_for_the_next_command_under_its_key(tmp_path):
    path, logs = remembered(tmp_path)
    memory = LogMemory(tmp_path / "memory")
    assert memory.found("key", logs) == FOUND
    assert memory.found("other", logs) is None
    assert memory.found("key", {"b.log": str(path), **logs}) is None
    assert memory.seen(logs) == {("log", "a.log:2"): Resolved("resolves", "a.log:2 is there.", "two\n  below", "ab" * 32, "two")}
    assert memory.seen({}) == {}
    path.unlink()
    assert LogMemory(tmp_path / "memory").found("key", logs) == FOUND
    assert LogMemory(tmp_path / "memory").seen(logs) == {}


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_log_reads_as_before_when_it_is_the_same_or_only_grew(tmp_path_factory, before, after):
    path = str(tmp_path_factory.mktemp("log") / "a.log")
    with open(path, "wb") as stream:
        stream.write(before)
    mark = mark_of(path)
    assert reads_as_before(path, mark)
    os.unlink(path)
    with open(path, "wb") as stream:
        stream.write(after)
    os.utime(path, (1, 1))
    assert reads_as_before(path, mark) == (after.startswith(before) and len(after) > len(before))


def test_a_log_is_known_by_its_ends_however_long_it_is(tmp_path):
    path = tmp_path / "a.log"
    text = bytearray(b"x" * (3 * log_files.ENDS))
    path.write_bytes(text)
    mark = mark_of(str(path))
    for place, same in ((0, False), (len(text) - 1, False), (len(text), True)):
        changed = bytearray(text + b"more")
        changed[place] = ord("y")
        path.write_bytes(changed)
        assert reads_as_before(str(path), mark) is same


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_what_cannot_be_read_a_second_time_has_no_mark(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (str(pipe), "-", str(tmp_path), str(tmp_path / "none"), "a\0b"):
        with pytest.raises(LogError):
            mark_of(path)
        assert not reads_as_before(path, log_files.Mark(1, 1, 1, "", ""))
    assert not reads_as_before(str(pipe), log_files.Mark(-1, 1, 1, "", ""))


def test_lines_are_remembered_up_to_a_limit_and_of_marked_logs_only(tmp_path, monkeypatch):
    monkeypatch.setattr(log_memory, "SEEN", 3)
    _, logs = remembered(tmp_path)
    memory = LogMemory(tmp_path / "memory")
    memory.add({f"a.log:{number}": Resolved("resolves", "", "x", "cd" * 32, "x") for number in range(1, 9)}, logs)
    memory.add({"b.log:1": Resolved("resolves", "", "x", "cd" * 32, "x")}, {**logs, "b.log": str(tmp_path / "a.log")})
    assert sorted(ref for _, ref in LogMemory(tmp_path / "memory").seen(logs)) == ["a.log:1", "a.log:2", "a.log:3"]
    # A line that is known is not looked at again while its log reads as it did.
    assert memory.seen(logs)["log", "a.log:2"].said == "two"


def test_a_log_that_was_replaced_takes_everything_with_it(tmp_path):
    path, logs = remembered(tmp_path)
    memory = LogMemory(tmp_path / "memory")
    path.write_bytes(b"another\n")
    assert memory.found("key", logs) is None
    memory.mark(logs)
    assert memory.found("key", logs) is None
    assert memory.seen(logs) == {}


def test_without_a_place_to_write_it_lasts_as_long_as_the_process(tmp_path):
    _, logs = remembered(tmp_path)
    memory = LogMemory()
    memory.mark(logs)
    memory.keep("key", logs, FOUND)
    assert memory.found("key", logs) == FOUND
    blocked = tmp_path / "file"
    blocked.write_text("")
    memory = LogMemory(blocked / "memory")
    memory.mark(logs)
    memory.keep("key", logs, FOUND)
    assert memory.found("key", logs) == FOUND


def test_a_memory_that_is_too_large_or_of_another_version_counts_for_nothing(tmp_path, monkeypatch):
    _, logs = remembered(tmp_path)
    assert stat.S_IMODE((tmp_path / "memory").stat().st_mode) & 0o022 == 0
    monkeypatch.setattr(log_memory, "MOST_BYTES", 10)
    assert LogMemory(tmp_path / "memory").found("key", logs) is None
    monkeypatch.undo()
    monkeypatch.setattr(log_memory, "_MADE_BY", "rca 9")
    assert LogMemory(tmp_path / "memory").found("key", logs) is None
