"""What counts as one run in an archive of old reports."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from rca.errors import RcaError
from rca.sources.runs import OldRun, about_run, find_runs


@pytest.fixture
def tree(tmp_path, monkeypatch):
    def make(*paths: str) -> None:
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            if path.endswith("/"):
                (tmp_path / path).mkdir(exist_ok=True)
            else:
                (tmp_path / path).write_bytes(b"")

    monkeypatch.chdir(tmp_path)
    return make


CASES = [
    (["a/1/r.xml", "a/2/x/r.xml", "a/10/r.xml"], ["a"], ["a/1", "a/2", "a/10"]),
    (["a/r.xml", "a/b/r.xml"], ["a"], ["a"]),
    (["a/r.xml.gz", "a/b/r.xml"], ["a"], ["a"]),
    (["a/1.zip", "a/2.tar.gz", "a/notes.txt", "a/3/"], ["a"], ["a/1.zip", "a/2.tar.gz", "a/3"]),
    (["a/.git/x.xml", "a/b/r.xml"], ["a"], ["a/b"]),
    (["a/"], ["a"], ["a"]),
    (["r.xml", "b/1/r.xml"], ["r.xml", "b", "r.xml"], ["r.xml", "b/1"]),
    (["x/1/r.xml", "y/1/r.xml", "y/2/r.xml"], ["[xy]"], ["x/1", "y/1", "y/2"]),
    (["b-2/r.xml", "b-10/r.xml", "b-1/r.xml"], ["b-*"], ["b-1", "b-2", "b-10"]),
    ([], ["gone", "-"], ["gone", "-"]),
]


@pytest.mark.parametrize(("files", "paths", "runs"), CASES)
def test_runs(tree, files, paths, runs):
    tree(*files)
    assert [run.name for run in find_runs(paths)] == runs
    assert find_runs(paths, one_run=True) == [OldRun(tuple(paths), ", ".join(paths))]


def test_a_link_is_no_run(tree, tmp_path):
    tree("other/r.xml", "a/1/r.xml")
    (tmp_path / "a" / "2").symlink_to(tmp_path / "other")
    assert [run.name for run in find_runs(["a"])] == ["a/1"]


def about(path: str, **said: str):
    return about_run(OldRun((path,), path), dict(said))


def test_what_is_said_of_a_run(tree, tmp_path):
    tree("a/r.xml")
    said = {"commit": "abc", "branch": "b", "attempt": 3, "url": "https://ci/1", "started_at": "2026-01-02T03:04:05", "other": 1}
    (tmp_path / "a" / "rca-run.json").write_text(json.dumps(said))
    found = about("a", branch="main", repo="x/y")
    assert found.context.model_dump(exclude_none=True) == {
        "repo": "x/y",
        "branch": "b",
        "commit": "abc",
        "attempt": 3,
        "url": "https://ci/1",
    }
    assert found.at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", [{"branch": 1, "attempt": -1, "started_at": 5}, {"attempt": 10**10, "started_at": "soon"}])
def test_words_of_the_wrong_kind_say_nothing(tree, tmp_path, value):
    tree("a/r.xml")
    (tmp_path / "a" / "rca-run.json").write_text(json.dumps(value))
    found = about("a", branch="main")
    assert found.context.model_dump(exclude_none=True) == {"branch": "main"}
    assert found.at is not None


@pytest.mark.parametrize("text", ["[]", "{", "1", " " * 70_000, "[" * 5_000, "\ufeff"])
def test_a_broken_file(tree, tmp_path, text):
    tree("a/r.xml")
    (tmp_path / "a" / "rca-run.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(RcaError, match=r"rca-run\.json"):
        about("a")


def test_files_that_are_none_of_the_run(tree, tmp_path):
    tree("a/r.xml", "b.xml", "c.tar")
    (tmp_path / "secret.json").write_text('{"branch": "x"}')
    (tmp_path / "a" / "rca-run.json").symlink_to(tmp_path / "secret.json")
    (tmp_path / "d.zip").write_bytes(b"PK no zip")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("r.xml", "")
    (tmp_path / "e.zip").write_bytes(buffer.getvalue())
    for path in ("a", "b.xml", "c.tar", "d.zip", "e.zip", "gone", "-"):
        assert about(path).context.branch is None
    assert about("gone").at is None
