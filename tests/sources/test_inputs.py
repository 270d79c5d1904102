"""Files, folders, patterns, standard input and archives: what is found, in which order, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from rca.model import Problem
from rca.sources import inputs
from rca.sources.inputs import find_reports
from rca.sources.interface import Report
from rca.sources.junit import read_junit
from tests.sources.reading import Kept, codes, report

DATA = report('<testcase classname="c" name="p" time="0.1"/>')
OTHER = report('<testcase classname="c" name="f"><failure/></testcase>')


def found(*paths: Path | str, stdin: bytes | None = None) -> list[str]:
    """Paths of the reports, codes of the problems, in order; every report is read."""
    names = []
    for each in find_reports([str(path) for path in paths], None if stdin is None else io.BytesIO(stdin)):
        if isinstance(each, Problem):
            names.append(f"!{each.code}")
        else:
            names.append(f"{each.path} {outcome(each)}")
    return names


def outcome(each: Report) -> str:
    reading, sink = read_junit(each, Kept)
    assert isinstance(sink, Kept)
    counts = sink.counts()
    return "+".join([*codes(reading), f"{counts['passed']}/{counts['total']}"])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("b.xml", "a.xml", "sub/c.xml", "sub/deep/D.XML", "notes.txt", ".git/e.xml", "node_modules/f.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(OTHER if name == "b.xml" else DATA)
    return tmp_path


def test_folders_are_read_in_the_order_of_names(here: Path) -> None:
    assert found(".") == ["./a.xml 1/1", "./b.xml 0/1", "./sub/c.xml 1/1", "./sub/deep/D.XML 1/1"]
    assert found("sub/deep/") == ["sub/deep/D.XML 1/1"]


def test_patterns(here: Path) -> None:
    assert found("*.xml") == ["a.xml 1/1", "b.xml 0/1"]
    assert found("**/*.xml") == ["a.xml 1/1", "b.xml 0/1", "node_modules/f.xml 1/1", "sub/c.xml 1/1"]
    assert found("*.json") == ["!not-found"]


def test_a_name_with_a_bracket_is_a_name_first(here: Path) -> None:
    (here / "report[1].xml").write_bytes(DATA)
    assert found("report[1].xml") == ["report[1].xml 1/1"]


def test_a_file_is_read_once_however_often_it_is_named(here: Path) -> None:
    os.link("a.xml", "same.xml")
    assert found("a.xml", "./a.xml", str(here / "a.xml"), "same.xml", "sub", "sub/c.xml") == [
        "a.xml 1/1",
        "sub/c.xml 1/1",
        "sub/deep/D.XML 1/1",
    ]
    assert found("a.xml", "b.xml", ".")[2:] == ["./same.xml 1/1", "./sub/c.xml 1/1", "./sub/deep/D.XML 1/1"][1:]


def test_what_is_not_there(here: Path) -> None:
    problems = [each for each in find_reports(["aa.xml", "no/where/x.xml", "sub/deep"]) if isinstance(each, Problem)]
    assert [problem.code for problem in problems] == ["not-found", "not-found"]
    assert "a.xml" in problems[0].hint
    assert "does not exist" in problems[1].hint
    (here / "empty").mkdir()
    assert found("empty") == ["!no-reports"]


def test_an_explicit_file_need_not_end_in_xml(here: Path) -> None:
    assert found("notes.txt") == ["notes.txt 1/1"]


def test_a_folder_called_like_a_report(here: Path) -> None:
    (here / "x.xml").mkdir()
    (here / "x.xml" / "in.xml").write_bytes(DATA)
    assert found("x.xml") == ["x.xml/in.xml 1/1"]


def test_links(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.xml").write_bytes(DATA)
    folder = here / "links"
    folder.mkdir()
    (folder / "loop").symlink_to(folder)
    (folder / "out").symlink_to(outside)
    (folder / "out.xml").symlink_to(outside / "secret.xml")
    (folder / "nowhere.xml").symlink_to(folder / "gone")
    assert found("links") == ["!no-reports"]
    assert found("links/out.xml") == ["links/out.xml 1/1"]
    assert found("links/nowhere.xml") == ["!unreadable"]
    (here / "self").symlink_to("self")
    assert found("self") == ["!unreadable"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(here: Path) -> None:
    (here / "a.xml").chmod(0)
    assert found("a.xml") == ["a.xml unreadable+0/0"]
    (here / "sub").chmod(0)
    assert found("sub") == ["!unreadable"]
    (here / "sub").chmod(0o755)


def test_a_folder_that_cannot_be_listed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> object:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found("sub") == ["!unreadable"]


def test_a_file_that_vanishes(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports = find_reports(["."])
    first = next(reports)
    assert isinstance(first, Report)
    (here / "a.xml").unlink()
    assert outcome(first) == "unreadable+0/0"
    (here / "b.xml").unlink()
    assert [each.path for each in reports] == ["./sub/c.xml", "./sub/deep/D.XML"]


def test_standard_input_is_read_once_and_stays_open(here: Path) -> None:
    assert found("-", "a.xml", "-", stdin=DATA) == ["- 1/1", "a.xml 1/1"]
    stream = io.BytesIO(DATA)
    for each in find_reports(["-"], stream):
        assert isinstance(each, Report)
        outcome(each)
    assert not stream.closed
    assert found("-", stdin=b"") == ["- empty+0/0"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe(here: Path) -> None:
    os.mkfifo(here / "pipe")
    writer = threading.Thread(target=(here / "pipe").write_bytes, args=(DATA,))
    writer.start()
    assert found("pipe") == ["pipe 1/1"]
    writer.join()
    assert found("/dev/null") == ["!unreadable"]


# -- archives --------------------------------------------------------------------------------------------------------------


def make_zip(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def make_tar(path: Path, *members: tuple[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


MEMBERS = (("b/two.xml", OTHER), ("../../etc/one.XML", DATA), ("log.txt", b"text"))


def test_zip(here: Path) -> None:
    make_zip(here / "r.zip", *MEMBERS)
    assert found("r.zip") == ["r.zip:../../etc/one.XML 1/1", "r.zip:b/two.xml 0/1"]
    assert not (here.parent.parent / "etc").exists()
    assert found(make_zip(here / "none.zip", ("a.txt", b""))) == ["!no-reports"]


@pytest.mark.parametrize(("ending", "mode"), [("tar", "w"), ("tar.gz", "w:gz"), ("tgz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")])
def test_tar(ending: str, mode: str, here: Path) -> None:
    make_tar(here / f"r.{ending}", *MEMBERS, mode=mode)
    assert found(f"r.{ending}") == [f"r.{ending}:b/two.xml 0/1", f"r.{ending}:../../etc/one.XML 1/1"]
    whole = (here / f"r.{ending}").read_bytes()
    for cut in (1, 40, len(whole) // 2, len(whole) - 1):
        (here / f"cut.{ending}").write_bytes(whole[:cut])
        names = found(f"cut.{ending}")
        assert names
        assert all("/1" in name or "!bad-archive" in name or "unreadable" in name or "!no-reports" in name for name in names)
    assert found(make_tar(here / f"none.{ending}", ("a.txt", b""), mode=mode)) == ["!no-reports"]


def test_links_in_a_tar_are_no_reports(here: Path) -> None:
    with tarfile.open(here / "r.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo("link.xml")
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
    assert found("r.tar") == ["!no-reports"]


def test_one_report_packed_by_gzip(here: Path) -> None:
    (here / "a.xml.gz").write_bytes(gzip.compress(DATA))
    assert found("a.xml.gz") == ["a.xml.gz 1/1"]
    (here / "cut.xml.gz").write_bytes(gzip.compress(OTHER * 50)[:-20])
    assert "unreadable" in found("cut.xml.gz")[0]


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz", "x.tgz"])
@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"not an archive", bz2.compress(b"x"), lzma.compress(b"x"), b"\x00" * 5000]
)
def test_archives_that_are_none(name: str, data: bytes, here: Path) -> None:
    (here / name).write_bytes(data)
    assert found(name) in (["!bad-archive"], ["!no-reports"])


def test_a_zip_with_every_byte_flipped_or_cut_never_raises(here: Path) -> None:
    whole = make_zip(here / "r.zip", *MEMBERS).read_bytes()
    for at in range(0, len(whole), 3):
        for data in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            (here / "bad.zip").write_bytes(data)
            assert found("bad.zip")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_tar_with_bytes_flipped_never_raises(mode: str, here: Path) -> None:
    whole = make_tar(here / "r.tar", *MEMBERS, mode=mode).read_bytes()
    for at in range(0, len(whole), 3 if len(whole) < 2_000 else 41):
        (here / "bad.tar").write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert found("bad.tar")


def test_an_encrypted_zip(here: Path) -> None:
    data = bytearray(make_zip(here / "r.zip", ("a.xml", DATA)).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    (here / "r.zip").write_bytes(data)
    assert found("r.zip") == ["r.zip:a.xml unreadable+0/0"]


def test_a_zip_bomb(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "RATIO_FROM", 100_000)
    monkeypatch.setattr(inputs, "MAX_RATIO", 10)
    bomb = report('<testcase name="a"><system-out>' + "x" * 2_000_000 + "</system-out></testcase>")
    make_zip(here / "r.zip", ("a.xml", bomb), ("b.xml", bomb))
    assert [name.split()[1].split("+")[0] for name in found("r.zip")] == ["archive-limit", "archive-limit"]
    assert found(make_tar(here / "r.tar.gz", ("a.xml", bomb), mode="w:gz")) == ["!archive-limit"]
    (here / "a.xml.gz").write_bytes(gzip.compress(bomb))
    assert "archive-limit" in found("a.xml.gz")[0]


def test_too_many_members_and_files(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MAX_MEMBERS", 3)
    monkeypatch.setattr(inputs, "MAX_FILES", 2)
    members = [(f"{n}.xml", DATA) for n in range(5)]
    assert found(make_zip(here / "r.zip", *members)) == ["!archive-limit"]
    assert found(make_tar(here / "r.tar", *members))[-1] == "!archive-limit"
    assert found(".")[-1] == "!too-many-files"


def test_names_in_archives_cannot_act_on_a_terminal(here: Path) -> None:
    make_zip(here / "r.zip", ("a\x1b[31m\n\u202eb.xml", DATA))
    assert found("r.zip") == ["r.zip:a <U+202E>b.xml 1/1"]


def test_names_that_are_not_utf8(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.xml"
    with open(path, "wb") as stream:
        stream.write(b'<testsuite><testcase name="a"/></testsuite>')
    found = list(find_reports([str(tmp_path)]))
    assert [report.path.rpartition("/")[2] for report in found] == ["\ufffd.xml"]
    with found[0].open() as stream:
        assert stream.read(4) == b"<tes"
