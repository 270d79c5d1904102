"""Records, faces and index: what is stored, what is refused, and what nobody ever loses."""

from __future__ import annotations

import json
import os
import subprocess  # noqa: TID251 -- a lock is held by another process
import sys

import pytest

from rca.archive import lock, records
from rca.archive.records import Archive, find_project, parse_record
from rca.cli.common import FACES
from rca.errors import FaceEditedError, RecordError
from rca.workflow import worklog_id
from tests.archive.conftest import AT


def test_a_worklog_is_stored_with_face_and_index(bench):
    stored = bench.new("Checkout fails")
    assert stored.id == "2026-01-02-checkout-fails"
    assert stored.revision == 1
    assert sorted(bench.state()) == ["2026/2026-01-02-checkout-fails.json", "2026/2026-01-02-checkout-fails.md", "README.md"]
    assert bench.archive.load(stored.id) == stored
    assert FACES.is_untouched(bench.face(stored.id).read_text())
    assert "[Checkout fails](2026/2026-01-02-checkout-fails.md)" in bench.index()
    assert bench.archive.find(None) == stored.id


def test_equal_titles_get_distinct_ids(bench):
    assert [bench.new().id for _ in range(3)] == ["2026-01-02-one", "2026-01-02-one-2", "2026-01-02-one-3"]


def test_an_id_is_not_given_again_while_its_face_is_there(bench):
    first = bench.new().id
    bench.archive.path(first).unlink()
    assert bench.new().id == "2026-01-02-one-2"


@pytest.mark.parametrize(
    "title",
    [
        "",
        "   ",
        "🔥🔥🔥",
        "x" * 500,
        "../../x",
        "..",
        "/etc/passwd",
        "CON",
        "nul.txt",
        "a\0b",
        "a\nb",
        "-",
        "---",
        "結帳",
        "Ünïcödé",
        ".hidden",
        "%2e%2e",
    ],
)
def test_any_title_gives_a_safe_name(bench, title):
    first, second = bench.new(title), bench.new(title)
    assert first.id != second.id
    for stored in (first, second):
        path = bench.archive.path(stored.id)
        assert path.resolve().parent == (bench.archive.root / "2026").resolve()
        assert path.name.isascii()
        assert len(path.name) <= 100
        assert bench.archive.load(stored.id).title == title
        assert bench.archive.find(stored.id) == stored.id
    assert worklog_id(AT, title) == first.id


def test_long_ids_stay_distinct(bench):
    """Even an id of the greatest length gets a number behind it."""
    long = bench.new().model_copy(update={"id": "2026-01-02-" + "x" * 81})
    ids = {bench.archive.add(long).id for _ in range(12)}
    assert len(ids) == 12
    assert set(bench.archive.ids()) >= ids


def test_find(bench):
    first = bench.new("Checkout fails").id
    bench.new("Checkout hangs")
    find = bench.archive.find
    assert find(first) == find("fails") == find(f"worklogs/2026/{first}.md") == find(f"{first}.json") == first
    assert find("") == find(None) == "2026-01-02-checkout-hangs"
    with pytest.raises(RecordError, match="fits 2 worklogs"):
        find("checkout")
    with pytest.raises(RecordError, match="no worklog 'chekout-fails'") as caught:
        find("chekout-fails")
    assert "did you mean 2026-01-02-checkout-fails?" in caught.value.hint


def test_the_current_worklog_may_be_gone(bench):
    stored = bench.new()
    bench.archive.path(stored.id).unlink()
    with pytest.raises(RecordError, match=r"2026-01-02-one, and .* is gone"):
        bench.archive.find(None)
    (bench.folder / ".rca/current").write_bytes(b"\xff../../x")
    with pytest.raises(RecordError, match="no worklog is open here"):
        bench.archive.find(None)


def test_what_is_no_record_is_not_looked_at(bench):
    stored = bench.new()
    root = bench.archive.root
    for name in ("2026/notes.json", "2026/2025-01-01-elsewhere.json", "2026/2026-1-1-x.json", "notes/2026-01-02-x.json", "2026.json"):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert bench.archive.ids() == [stored.id]


# -- changes ---------------------------------------------------------------------------------------------------------


def test_a_change_counts_revisions_and_nothing_counts_none(bench):
    stored = bench.new()
    changed = bench.ingest(stored.id, "a t1!boom")
    assert changed.revision == 2
    before = bench.state()
    assert bench.ingest(stored.id, "a t1!boom") == changed
    assert bench.archive.change(stored.id, lambda record: record) == changed
    assert bench.state() == before


@pytest.mark.parametrize("spoil", ["face", "index", "both"])
def test_what_is_out_of_date_is_mended_without_touching_the_record(bench, spoil):
    stored = bench.new()
    old_face, old_index = bench.face(stored.id).read_bytes(), bench.index()
    bench.ingest(stored.id, "a t1!boom")
    want = bench.state()
    if spoil != "index":
        bench.face(stored.id).write_bytes(old_face)
        assert bench.archive.face_difference(bench.archive.load(stored.id))
    if spoil != "face":
        (bench.archive.root / "README.md").write_text(old_index)
    bench.archive.change(stored.id, lambda record: record)
    assert bench.state() == want
    assert not bench.archive.face_difference(bench.archive.load(stored.id))


def test_a_missing_face_is_made_again(bench):
    stored = bench.new()
    want = bench.state()
    bench.face(stored.id).unlink()
    bench.archive.change(stored.id, lambda record: record)
    assert bench.state() == want


def test_line_ends_of_a_checkout_are_no_edit(bench):
    stored = bench.new()
    for path in (bench.face(stored.id), bench.archive.root / "README.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = bench.state()
    bench.archive.change(stored.id, lambda record: record)
    assert bench.state() == before
    assert not bench.archive.face_difference(bench.archive.load(stored.id))
    bench.ingest(stored.id, "a t1!boom")
    assert b"\r" not in bench.face(stored.id).read_bytes()


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text + b"\nA note.\n",
        lambda text: text.replace(b"# One", b"# Two"),
        lambda text: text.replace(b"# One", b"# caf\xe9"),
        lambda _: b"",
        lambda text: text.split(b"<!-- rca")[0],
        lambda text: b"\xef\xbb\xbf" + text,
    ],
    ids=["added", "changed", "latin-1", "emptied", "unsealed", "bom"],
)
def test_an_edited_face_is_never_lost(bench, edit):
    stored = bench.new()
    face = bench.face(stored.id)
    edited = edit(face.read_bytes())
    face.write_bytes(edited)
    before = bench.state()
    for change in (lambda: bench.ingest(stored.id, "a t1!boom"), lambda: bench.archive.change(stored.id, lambda record: record)):
        with pytest.raises(FaceEditedError, match="was edited by hand; nothing was written"):
            change()
        assert bench.state() == before
    bench.ingest(stored.id, "a t1!boom", force=True)
    assert face.with_name(face.name + ".bak").read_bytes() == edited
    face.write_bytes(b"edited again")
    bench.archive.change(stored.id, lambda record: record, force=True)
    assert face.with_name(face.name + ".bak").read_bytes() == edited
    assert face.with_name(face.name + ".bak2").read_bytes() == b"edited again"
    assert FACES.is_untouched(face.read_text())


def test_a_record_edited_to_nonsense_is_left_alone(bench):
    stored = bench.new()
    path = bench.archive.path(stored.id)
    path.write_text(path.read_text().replace('"revision": 1', '"revision": "many"'))
    before = bench.state()
    with pytest.raises(RecordError, match=r"one\.json: not a worklog of schema 1: revision: "):
        bench.ingest(stored.id, "a t1!boom")
    assert bench.state() == before
    other = bench.new("Two")
    assert "cannot be read" in bench.index()
    assert [header.id for header in bench.archive.headers() if header.error] == [stored.id]
    assert bench.archive.load(other.id)


def test_a_record_that_vanished_is_named(bench):
    stored = bench.new()
    bench.archive.path(stored.id).unlink()
    with pytest.raises(RecordError, match="No such file"):
        bench.ingest(stored.id, "a t1!boom")


def test_older_records_are_brought_up_to_date(bench, monkeypatch):
    stored = bench.new()
    old = json.loads(bench.archive.path(stored.id).read_text())
    old["schema_version"], old["name"] = 0, old.pop("title")
    with pytest.raises(RecordError, match="schema 0 is not known"):
        parse_record(json.dumps(old), "old")
    monkeypatch.setitem(
        records.MIGRATIONS, 0, lambda d: {**{k: v for k, v in d.items() if k != "name"}, "title": d["name"], "schema_version": 1}
    )
    assert parse_record(json.dumps(old), "old") == stored
    with pytest.raises(RecordError, match="newer rca"):
        parse_record(json.dumps({**old, "schema_version": 2}), "new")


# -- the index -------------------------------------------------------------------------------------------------------


def test_a_readme_that_somebody_wrote_stays(bench):
    bench.archive.root.mkdir()
    own = bench.archive.root / "README.md"
    own.write_text("# How we work\n")
    bench.new()
    assert own.read_text() == "# How we work\n"
    page = bench.archive.root / "index.md"
    assert "2026-01-02-one" in page.read_text()
    page.write_text("mine, too")
    bench.new()
    assert page.read_text() == "mine, too"


def test_titles_cannot_break_the_index(bench):
    bench.new("a | b\n# c <img> [x](y) `d` @all")
    rows = [line for line in bench.index().splitlines() if line.startswith("| 2026")]
    assert len(rows) == 1
    assert "<img" not in rows[0]


@pytest.mark.parametrize("same_size", [True, False])
def test_the_headers_are_right_after_every_kind_of_change(bench, monkeypatch, same_size):
    """A change by another program, even one that keeps size and time of the file, is seen."""
    stored = bench.new("Title A")
    path = bench.archive.path(stored.id)
    monkeypatch.setattr("rca.archive.cached.YOUNG", -(10**12))
    assert [header.title for header in bench.archive.headers()] == ["Title A"]
    info = path.stat()
    path.write_text(path.read_text().replace("Title A", "Title B" if same_size else "Another title"))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert [header.title for header in bench.archive.headers()] == ["Title B" if same_size else "Another title"]
    path.unlink()
    assert bench.archive.headers() == []


def test_headers_come_from_the_cache_once_a_record_is_settled(bench, monkeypatch):
    bench.new("A")
    monkeypatch.setattr("rca.archive.cached.YOUNG", -(10**12))
    first = bench.archive.headers()
    monkeypatch.setattr(Archive, "load", lambda *_: pytest.fail("was read again"))
    assert bench.archive.headers() == first


def test_a_young_record_is_read_again(bench, monkeypatch):
    bench.new("A")
    bench.archive.headers()
    reads = []
    load = Archive.load
    monkeypatch.setattr(Archive, "load", lambda self, name: reads.append(name) or load(self, name))
    bench.archive.headers()
    assert reads == ["2026-01-02-a"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b'{"made_by": 1}', b"[" * 50_000, b'{"made_by": "X", "values": {"a": 1}}', b'{"made_by": "X", "values": []}'],
)
def test_a_damaged_cache_counts_for_nothing(bench, content, monkeypatch):
    bench.new("A")
    monkeypatch.setattr("rca.archive.cached.YOUNG", -(10**12))
    want = bench.archive.headers()
    monkeypatch.setattr("rca.archive.cached.made_by", lambda _: "X")
    (bench.folder / ".rca/headers.json").write_bytes(content)
    assert bench.archive.headers() == want
    assert bench.archive.headers() == want


def test_lists_work_where_nothing_can_be_written(bench):
    bench.new("A")
    cache = bench.folder / ".rca/headers.json"
    cache.unlink(missing_ok=True)
    cache.mkdir()
    assert [header.title for header in bench.archive.headers()] == ["A"]


# -- where it lies ---------------------------------------------------------------------------------------------------


def test_a_shared_folder_has_one_lock(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    archives = []
    for name in ("one", "two"):
        project = tmp_path / name
        project.mkdir()
        (project / "worklogs").symlink_to(shared)
        archives.append(Archive(project, "worklogs", FACES))
    assert archives[0]._shared == archives[1]._shared == shared / ".rca"
    assert Archive(tmp_path, "shared", FACES)._shared == tmp_path / ".rca"


def test_a_project_behind_a_link(bench, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert Archive(tmp_path / "link", "worklogs", FACES)._shared == tmp_path / "link/.rca"


def test_git_sees_only_records_faces_and_index(bench):
    bench.new()
    ignored = bench.folder / ".rca/.gitignore"
    assert ignored.read_text() == "*\n"


def test_find_project(tmp_path):
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    (tmp_path / "rca.toml").write_text("")
    assert find_project(inner) == tmp_path
    (tmp_path / "a/pyproject.toml").write_text("")
    assert find_project(inner) == tmp_path / "a"


# -- locks and faults ------------------------------------------------------------------------------------------------


def test_a_lock_that_is_held_names_its_holder(bench, monkeypatch):
    stored = bench.new()
    before = bench.state()
    script = (
        "import sys, time; from pathlib import Path; from rca.archive.lock import locked; sys.argv = ['rca', 'ingest', 'secret']\n"
        "with locked(Path(sys.stdin.readline().strip())):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        print(bench.folder / ".rca", file=holder.stdin, flush=True)
        assert holder.stdout.readline() == "held\n"
        monkeypatch.setattr(lock, "LOCK_SECONDS", 0.1)
        with pytest.raises(RecordError, match=rf"process {holder.pid} on .*`rca ingest`, since 20") as caught:
            bench.ingest(stored.id, "a t1!boom")
        assert "more than 0.1 s" in caught.value.message
        assert "secret" not in caught.value.message
    finally:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    assert bench.state() == before
    # The lock of a process that was killed is free at once, whatever it left lying about.
    assert bench.ingest(stored.id, "a t1!boom").revision == 2
    assert not (bench.folder / ".rca/records.holder").exists()


@pytest.mark.parametrize("note", [None, b"", b"\xff", b"[]", b"{}", b'{"pid": "x"}'])
def test_a_holder_that_left_no_word(bench, note):
    bench.new()
    path = bench.folder / ".rca/records.holder"
    if note is not None:
        path.write_bytes(note)
    assert lock._holder(path.parent) == "another process"


def test_a_state_folder_that_is_a_file(bench):
    (bench.folder / ".rca").write_text("")
    with pytest.raises(RecordError, match="cannot be locked"):
        bench.new()


def test_a_read_only_folder(tmp_path):
    """Run as somebody who is not root, in a folder that may only be read."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "rca.toml").write_text("")
    code = (
        "import os, sys\n"
        "from rca.cli.boundary import guard; from rca.cli.app import app\n"
        # All modules are loaded by then: Python itself may lie where only root can read.
        f"os.chdir({str(tmp_path)!r}); guard(lambda: app(['new', 'Zero'], standalone_mode=False, prog_name='rca'))\n"
        f"os.chdir({str(folder)!r}); open('rca.toml', 'w').close(); os.chmod('.', 0o555)\n"
        "if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(guard(lambda: app(['new', 'One'], standalone_mode=False, prog_name='rca')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "ermission denied" in done.stderr
    assert "nothing was written" in done.stderr
    assert os.listdir(folder) == ["rca.toml"]


def test_a_full_disk(bench):
    """A limit on the size of files stands for the disk: it takes the small ones, not the record."""
    stored = bench.new()
    before = bench.state()
    code = (
        "import resource, sys; sys.path[:0] = [%r]\n"
        "from pathlib import Path; from tests.archive.conftest import Bench\n"
        "bench = Bench(Path(%r)); intake = bench.intake(*['a t%%d!boom' %% i for i in range(50)])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from rca.workflow import add_run; from rca.config import Config; from rca.errors import RecordError\n"
        "try: bench.archive.change(%r, lambda w: add_run(w, intake, Config()))\n"
        "except RecordError as error: print(error.message, error.hint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code % (os.getcwd(), str(bench.folder), stored.id)], capture_output=True, text=True, check=False
    )
    assert "cannot be written: File too large" in done.stdout, done.stderr
    assert "nothing was changed" in done.stdout
    assert bench.state() == before
    assert bench.ingest(stored.id, "a t1!boom").revision == 2
