"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from rca.errors import RecordError
from rca.files import free_name, leads_out, open_plain, read_plain, sweep, write_atomic, write_own, write_together


def names(folder):
    return sorted(os.listdir(folder))


def test_new_and_old(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomic(path, "größe\n")
    assert path.read_bytes() == "größe\n".encode()
    write_atomic(path, b"\xff\r\n")
    assert path.read_bytes() == b"\xff\r\n"
    assert names(path.parent) == ["b.txt"]


def test_mode_is_kept_and_the_mask_counts(tmp_path):
    path = tmp_path / "a"
    mask = os.umask(0o027)
    try:
        write_atomic(path, "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    write_atomic(path, "y")
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/file")
    write_atomic(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/file").read_text() == "x"


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_fault_leaves_the_old_files_and_no_litter(tmp_path, monkeypatch, step, fault):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old")

    def broken(*_):
        raise fault

    monkeypatch.setattr(os, step, broken)
    with pytest.raises((RecordError, KeyboardInterrupt)) as caught:
        write_together([(first, "new"), (second, "new")])
    monkeypatch.undo()
    assert names(tmp_path) == ["first"]
    assert first.read_text() == "old"
    if isinstance(caught.value, RecordError):
        assert "No space left on device" in caught.value.message
        assert "nothing was changed" in caught.value.hint


def test_a_fault_behind_the_first_file_says_what_changed(tmp_path):
    (tmp_path / "second").mkdir()
    with pytest.raises(RecordError) as caught:
        write_together([(tmp_path / "first", "new"), (tmp_path / "second", "new")])
    assert str(tmp_path / "second") in caught.value.message
    assert f"only {tmp_path / 'first'} changed" in caught.value.hint
    assert names(tmp_path) == ["first", "second"]


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RecordError, match="cannot be written"):
        write_atomic(tmp_path / "file" / "below", "x")


def test_long_names(tmp_path):
    name = "n" * 250
    write_atomic(tmp_path / name, "x")
    assert names(tmp_path) == [name]
    with pytest.raises(RecordError, match="too long"):
        write_atomic(tmp_path / ("n" * 256), "x")


def test_sweep_takes_only_what_was_left_behind(tmp_path):
    for name in (".x.json.abcd1234.rca-tmp", "x.json", ".gitignore", ".x.tmp", "rca-tmp"):
        (tmp_path / name).write_text("")
    sweep(tmp_path)
    sweep(tmp_path / "missing")
    assert names(tmp_path) == [".gitignore", ".x.tmp", "rca-tmp", "x.json"]


def test_free_name(tmp_path):
    path = tmp_path / "x.bak"
    assert free_name(path) == path
    path.write_text("")
    (tmp_path / "x.bak2").symlink_to("nowhere")
    assert free_name(path).name == "x.bak3"


# -- only files ------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_only_files_are_opened_and_nothing_is_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "link") == b"12345"
    assert read_plain(str(tmp_path / "file"), 2) == b"12"
    for path, kind in (
        (tmp_path / "pipe", OSError),
        ("/dev/null", OSError),
        (tmp_path, IsADirectoryError),
        (tmp_path / "none", FileNotFoundError),
    ):
        with pytest.raises(kind) as caught:
            open_plain(path)
        assert caught.value.filename == str(path) or isinstance(caught.value, FileNotFoundError)
    # It was a file when it was looked at, and is a pipe when it is opened.
    usual = os.stat(tmp_path / "file")
    monkeypatch.setattr(os, "stat", lambda _: usual)
    with pytest.raises(OSError, match="it is a pipe or a device"):
        open_plain(tmp_path / "pipe")


def test_a_link_in_place_of_a_file_of_our_own_is_replaced(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "own").symlink_to("mine")
    write_own(tmp_path / "own", "new")
    write_own(tmp_path / "own", "newer", durable=True)
    assert not (tmp_path / "own").is_symlink()
    assert [(tmp_path / name).read_text() for name in ("own", "mine")] == ["newer", "mine"]


def test_what_leads_out_of_a_folder(tmp_path):
    folder = tmp_path / "records"
    (folder / "2026").mkdir(parents=True)
    (tmp_path / "records-2").mkdir()
    (tmp_path / "to records").symlink_to("records")
    links = {"in": "2026/a", "out": "../mine", "beside": "../records-2/a", "back": "../records/2026/a", "nowhere": "/nowhere/at/all"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    assert [name for name in (*links, "2026/new") if leads_out(folder / name, folder)] == ["out", "beside", "nowhere"]
    assert not leads_out(tmp_path / "to records" / "in", tmp_path / "to records")
