"""Commits by their hashes, and the lines that they changed."""

import subprocess  # noqa: TID251 -- repositories are made by git

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.model import Commit, FileChange
from rca.sources import git_objects
from rca.sources.git_objects import commits_of, hunks_of
from tests.repository import Repo
from tests.timing import assert_linear

FILE = "".join(f"line {number}\n" for number in range(1, 30))
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


def changed(repo, *names):
    return hunks_of(repo.folder, list(commits_of(repo.folder, names).values()))


def told(repo, *names):
    return [(hunk.path, hunk.line, hunk.text) for hunk in changed(repo, *names)]


def test_commits_are_given_by_the_names_that_were_asked_for(repo):
    first = repo.commit("start", a="1\n")
    second = repo.commit("next", a="2\n", b="1\n")
    found = commits_of(repo.folder, [second[:9], first, second, "0123abcd", "HEAD", "main", "", "-x"])
    assert {name: [file.path for file in commit.files] for name, commit in found.items()} == {
        second[:9]: ["a", "b"], first: ["a"], second: ["a", "b"],
    }  # fmt: skip
    assert commits_of(repo.folder, ["HEAD"]) == {}
    assert commits_of(repo.folder / "none", [first]) == {}


def test_each_stretch_has_its_place_behind_the_commit(repo):
    repo.commit("start", shop__cart_py=FILE, other=FILE, gone=FILE)
    (repo.folder / "gone").unlink()
    text = FILE.replace("line 3\n", "line three\n").replace("line 20\n", "").replace("line 25\n", f"line 25\npassword = '{TOKEN}'\n")
    sha = repo.commit("change", shop__cart_py=text)
    assert told(repo, sha) == [
        ("shop/cart.py", 3, "-line 3\n+line three"),
        ("shop/cart.py", 19, "-line 20"),
        ("shop/cart.py", 25, "+password = '[redacted]'"),
    ]
    assert told(repo, sha[:8])[0][0] == "shop/cart.py"
    assert [hunk.commit for hunk in changed(repo, sha)] == [sha] * 3


def test_files_that_moved_are_binary_or_links_do_no_harm(repo):
    repo.commit("start", a=FILE)
    repo("mv", "a", "b c")
    repo.write("b c", FILE + "more\n")
    repo.write("bin", b"\0\1")
    (repo.folder / "link").symlink_to("/etc/passwd")
    first = repo.commit("move")
    assert told(repo, first) == [("b c", 30, "+more"), ("link", 1, "+/etc/passwd")]
    repo.write("a\nb", "no name for a line of text\n")
    (repo.folder / "link").unlink()
    repo.write("link", "a file now\n")
    assert told(repo, repo.commit("file")) == [("link", 1, "-/etc/passwd"), ("link", 1, "+a file now")]


def test_of_a_merge_only_what_it_changed_itself_counts(repo):
    repo.commit("start", a=FILE)
    repo("checkout", "--quiet", "-b", "side")
    repo.commit("side", a=FILE.replace("line 3\n", "side 3\n"))
    repo("checkout", "--quiet", "main")
    repo.commit("main", a=FILE.replace("line 3\n", "main 3\n"))
    repo("merge", "side", code=1)
    repo.write("a", FILE.replace("line 3\n", "both 3\n"))
    merge = repo.commit("merge")
    assert told(repo, merge) == [("a", 3, "-main 3\n-side 3\n+both 3")]


def test_what_a_shallow_clone_cut_off_is_not_taken_for_a_change(repo, tmp_path):
    repo.commit("start", a=FILE)
    sha = repo.commit("next", a=FILE + "more\n")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(shallow)], check=True, capture_output=True)
    found = commits_of(shallow, [sha])
    assert not found[sha].files_known
    assert hunks_of(shallow, list(found.values())) == []


def test_large_changes_are_bounded(repo, monkeypatch):
    lines = [f"{number}\n" for number in range(4_000)]
    repo.commit("start", a="".join(lines))
    many = repo.commit("many", a="".join(line if number % 4 else f"x{line}" for number, line in enumerate(lines)))
    long = repo.commit("long", b="y" * 100_000 + "\n" + "z\n" * 50)
    found = changed(repo, many, long)
    assert len([hunk for hunk in found if hunk.commit == many]) == git_objects.HUNKS
    (last,) = [hunk for hunk in found if hunk.commit == long]
    assert last.text.count("\n") == git_objects.HUNK_LINES - 1
    assert max(map(len, last.text.split("\n"))) <= 300
    monkeypatch.setattr(git_objects, "HUNKS_BYTES", 2_000)
    assert 0 < len(changed(repo, many, long)) < git_objects.HUNKS


def test_nothing_of_the_repository_is_run(repo, tmp_path):
    repo.write(".gitattributes", "* diff=evil\n")
    sha = repo.commit("start", a=FILE)
    mark = tmp_path / "run"
    for name in ("diff.evil.textconv", "diff.evil.command", "diff.external", "core.fsmonitor", "core.pager"):
        repo("config", name, f"touch {mark}")
    assert changed(repo, sha)
    assert not mark.exists()


def test_a_list_of_files_that_does_not_fit_the_patch_gives_nothing(repo):
    sha = repo.commit("start", a=FILE, b=FILE)
    (commit,) = commits_of(repo.folder, [sha]).values()
    assert hunks_of(repo.folder, [Commit(sha, commit.at, "x", files=[FileChange("a")])]) == []
    assert hunks_of(repo.folder, [Commit("main", commit.at, "x", files=commit.files)]) == []
    assert hunks_of(repo.folder, []) == []


_LINES = st.lists(
    st.sampled_from([b"diff --git a/a b/a\n", b"diff --cc a\n", b"@@ -1 +1,2 @@\n", b"@@@ -1 -1 +5 @@@ f\n", b"@@ x\n", b"+new\n", b"-old\n", b" same\n", b"\n"])
    | st.binary(max_size=20),
    max_size=30,
)  # fmt: skip


@given(_LINES, st.integers(0, 3))
def test_any_lines_make_hunks_of_known_files_only(lines, parents):
    sections = git_objects._Sections(Commit("a" * 40, None, "x", ("b" * 40,) * parents, files=[FileChange("a"), FileChange("b")]))
    for line in lines:
        sections.take(line)
    found = list(sections.hunks())
    assert {hunk.path for hunk in found} <= {"a", "b"}
    assert all(hunk.text and hunk.line >= 1 for hunk in found)


def test_long_patches_take_time_in_proportion():
    def call(size):
        sections = git_objects._Sections(Commit("a" * 40, None, "x", files=[FileChange("a")]))
        sections.take(b"diff --git a/a b/a\n")
        for number in range(size // 40):
            sections.take(b"@@ -%d +%d @@\n" % (number, number))
            sections.take(b"+" + b"x" * 20 + b"\n")
        list(sections.hunks())

    assert_linear(call)
