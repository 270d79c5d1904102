"""The journal of a session: each line is on the disk at once, and whatever happens to the file, what can be read is kept."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess  # noqa: TID251 -- a lock is held by another process
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.archive.journal import Journal, Sessions, parse_journal
from rca.errors import RecordError

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WORKLOG = "2026-01-02-all-tests"
ID = f"{WORKLOG}.1"


def read(line):
    document = json.loads(line)
    if document["type"] != "said":
        raise ValueError("no such event")
    return document["text"]


def write(text):
    return json.dumps({"type": "said", "text": text})


@pytest.fixture
def sessions(tmp_path):
    return Sessions(tmp_path, read, write)


def begin(sessions, *texts, session=ID):
    journal = Journal(sessions, session, session.rpartition(".")[0], AT)
    for text in texts:
        journal.append([text])
    return journal


def again(sessions):
    return Journal(sessions, ID, WORKLOG, AT, sessions.load(ID))


def test_what_is_appended_is_read_back(sessions):
    journal = begin(sessions)
    journal.append(["one", "zwei ä 日本 \u2028"], inputs={"run-1": "run-1"}, request=(0, "abc"))
    journal.append(["three"], request=(2, "def"))
    journal.append((), written=3)
    kept = sessions.load(ID)
    assert kept.events == ["one", "zwei ä 日本 \u2028", "three"]
    assert (kept.requests, kept.inputs, kept.written) == ({0: "abc", 2: "def"}, {"run-1": "run-1"}, 3)
    assert (kept.worklog, kept.opened_at, kept.faults, kept.torn) == (WORKLOG, AT.isoformat(), [], b"")


def test_nothing_is_written_before_the_first_line_and_all_of_it_is_synced(sessions, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    journal = begin(sessions)
    assert not journal.path.exists()
    for count in (1, 2, 3):
        journal.append([f"text {count}"])
        assert len(synced) == count
    assert journal.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("cut", [1, 2, 10, 31, 32, 33])
def test_a_torn_last_line_is_told_and_set_aside(sessions, cut):
    journal = begin(sessions, "one", "two")
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-cut])
    last = len(write("two"))
    assert last == 31
    kept = sessions.load(ID)
    if cut == 1:
        # Only the end of the line is missing: the event itself is whole.
        assert (kept.events, kept.faults) == (["one", "two"], [])
    elif cut > last:
        assert (kept.events, kept.faults) == (["one"], [])
    else:
        assert kept.events == ["one"]
        assert "jsonl:3: the last line is torn and was set aside" in kept.faults[0]
    again(sessions).append(["more"])
    assert sessions.load(ID).events == [*kept.events, "more"]
    assert sessions.load(ID).faults == []
    aside = sessions.path(ID).with_suffix(".torn")
    assert aside.exists() == bool(kept.torn)
    assert not kept.torn or aside.read_bytes() == kept.torn


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=6), st.data())
def test_wherever_a_journal_is_cut_its_beginning_is_kept_and_it_goes_on(tmp_path_factory, texts, data):
    sessions = Sessions(tmp_path_factory.mktemp("cut"), read, write)
    journal = begin(sessions, *texts)
    whole = journal.path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    journal.path.write_bytes(whole[:cut])
    kept = sessions.load(ID)
    assert kept.events == texts[: len(kept.events)]
    again(sessions).append(["more"])
    found = sessions.load(ID)
    assert (found.events, found.faults, found.worklog) == ([*kept.events, "more"], [], WORKLOG)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_is_damaged_in_the_middle_is_told_with_its_line_and_the_rest_is_kept(tmp_path_factory, data):
    sessions = Sessions(tmp_path_factory.mktemp("hole"), read, write)
    texts = [f"text {number}" for number in range(8)]
    journal = begin(sessions, *texts)
    lines = journal.path.read_bytes().splitlines(keepends=True)
    line = data.draw(st.integers(0, 6))
    junk = data.draw(st.sampled_from([b"\0" * 60, b"{", b"\xff\xfe", b"[1]", b"{}", b'{"type":"newer"}', b'"text"', b"[" * 5_000, b"x"]))
    lines[line] = junk + b"\n"
    journal.path.write_bytes(b"".join(lines))
    kept = sessions.load(ID)
    assert kept.events == [text for number, text in enumerate(texts, 1) if number != line]
    assert [f"jsonl:{line + 1}: cannot be read and was passed over" in fault for fault in kept.faults] == [True]
    assert kept.worklog == WORKLOG
    again(sessions).append(["more"])
    assert sessions.load(ID).events == [*kept.events, "more"]


def test_many_faults_are_told_briefly(sessions):
    journal = begin(sessions, *"abcdefghijk")
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + b"?\n" * 10 + lines[-1])
    assert len(sessions.load(ID).faults) == 6
    assert "5 more lines cannot be read" in sessions.load(ID).faults[-1]


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    kept = parse_journal(data, ID, "name", read)
    assert kept.sound + len(kept.torn) == len(data)
    assert all(fault.startswith("name:") for fault in kept.faults)


def test_line_ends_of_another_system_do(sessions):
    journal = begin(sessions, "one", "two")
    journal.path.write_bytes(journal.path.read_bytes().replace(b"\n", b"\r\n"))
    assert (sessions.load(ID).events, sessions.load(ID).faults) == (["one", "two"], [])


def test_the_journal_of_a_newer_rca_is_left_alone(sessions):
    journal = begin(sessions, "one")
    newer = journal.path.read_bytes().replace(b'"journal": 1', b'"journal": 2')
    journal.path.write_bytes(newer)
    with pytest.raises(RecordError, match=r"was written by a newer rca \(journal 2, this one knows 1\)") as error:
        sessions.load(ID)
    assert "upgrade" in error.value.hint
    assert journal.path.read_bytes() == newer


@pytest.mark.parametrize("taken", [0, 1, 7])
def test_a_full_disk_leaves_the_journal_as_it_was(sessions, monkeypatch, taken):
    journal = begin(sessions, "one")
    before = journal.path.read_bytes()
    put = os.write
    calls = []

    def full(handle, data):
        calls.append(handle)
        if len(calls) > 1 or not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        return put(handle, bytes(data[:taken]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(RecordError, match="cannot be written: No space left on device") as error:
            journal.append(["two"])
    assert "what was accepted before is kept" in error.value.hint
    assert journal.path.read_bytes() == before
    journal.append(["two"])
    assert sessions.load(ID).events == ["one", "two"]


def test_a_file_that_is_no_journal_by_its_size_is_refused(sessions):
    journal = begin(sessions, "one")
    with open(journal.path, "rb+") as stream:
        stream.truncate(200 * 1024**2)
    with pytest.raises(RecordError, match="larger than 128 MiB"):
        sessions.load(ID)


def test_what_cannot_be_read_is_an_error_with_its_path(sessions, tmp_path):
    with pytest.raises(RecordError, match=r"sessions.*jsonl: cannot be read"):
        sessions.load(ID)
    assert sessions.ids() == []
    (tmp_path / ".rca").write_text("a file")
    assert sessions.ids() == []
    with pytest.raises(RecordError, match="cannot be written"):
        begin(sessions, "one")


def test_sessions_are_numbered_and_found_by_id_or_number(sessions):
    other = "2026-01-03-other"
    assert sessions.next_id(WORKLOG) == ID
    for number in (1, 2, 10):
        begin(sessions, "one", session=f"{WORKLOG}.{number}")
    begin(sessions, "one", session=f"{other}.1")
    (sessions.folder / "notes.jsonl").write_text("mine")
    assert sessions.ids(WORKLOG) == [f"{WORKLOG}.1", f"{WORKLOG}.2", f"{WORKLOG}.10"]
    assert len(sessions.ids()) == 4
    assert sessions.next_id(WORKLOG) == f"{WORKLOG}.11"
    assert sessions.find("10", WORKLOG) == f"{WORKLOG}.10"
    assert sessions.find(f"{other}.1", WORKLOG) == f"{other}.1"
    with pytest.raises(RecordError, match="there is no session '3'") as error:
        sessions.find("3", WORKLOG)
    assert f"{WORKLOG}.10" in error.value.hint
    with pytest.raises(RecordError) as error:
        sessions.find("../../etc/passwd", "2026-01-01-none")
    assert "there is none yet" in error.value.hint


# -- what is being typed -----------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_without_secrets_until_it_is_accepted(sessions):
    sessions.folder.mkdir(parents=True)
    token = "ghp_" + "a1B2" * 9
    sessions.keep_draft(ID, {"why:1": {"answer": f"half a wo 日本 🎉\nit held {token}", "next": ""}, "facts": {}})
    assert token not in (sessions.folder / f"{ID}.draft").read_text("utf-8")
    assert list(sessions.draft(ID)) == ["why:1"]
    assert sessions.draft(ID)["why:1"]["answer"].startswith("half a wo 日本 🎉\nit held ")
    sessions.keep_draft(ID, {"why:1": {"answer": ""}})
    assert sessions.draft(ID) == {}
    assert not (sessions.folder / f"{ID}.draft").exists()


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"why:1": 1}', b"\xff", b'{"why:1": []}'])
def test_a_damaged_draft_is_none(sessions, junk):
    sessions.folder.mkdir(parents=True)
    (sessions.folder / f"{ID}.draft").write_bytes(junk)
    assert sessions.draft(ID) == {}


# -- the lock ------------------------------------------------------------------------------------------------------------

_HOLD = """
import sys
from pathlib import Path
from rca.archive.journal import Sessions
sys.argv = ["rca", "whys"]
with Sessions(Path(sys.stdin.readline().strip()), None, None).lock(sys.stdin.readline().strip()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_session_that_is_held_names_its_holder_and_is_free_when_that_dies(sessions, tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", _HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with holder:
        try:
            holder.stdin.write(f"{tmp_path}\n{ID}\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == "held\n"
            with (
                pytest.raises(RecordError, match=rf"process {holder.pid} on .* \(`rca whys`, since .*\) holds the session") as error,
                sessions.lock(ID),
            ):
                pass
            assert "Nothing was written" in error.value.hint
            with sessions.lock(f"{WORKLOG}.2"):
                pass
        finally:
            holder.send_signal(signal.SIGKILL)
    with sessions.lock(ID):
        assert (sessions.folder / ".gitignore").read_text() == "*\n"
