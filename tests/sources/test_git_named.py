"""Commits that a person names, with the lines that they changed; and what is checked out."""

import os
import sys

import pytest

from rca.errors import RcaError
from rca.sources.git import GitError, changes_after, changes_of, holds, work_tree
from tests.repository import Repo
from tests.sources.test_git import tree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs that must not run are shell scripts")

LINES = "".join(f"line {number}\n" for number in range(1, 31))


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


def ranges(commits):
    return {(commit.summary, file.path): file.ranges for commit in commits for file in commit.files}


def subjects(repo, *names, **options):
    return [commit.summary for commit in changes_of(repo.folder, names, **options)[0]]


def test_lines_are_those_behind_the_commit(repo):
    repo.commit("start", a=LINES, gone="x\n")
    text = LINES.replace("line 3\n", "three\nand\n").replace("line 20\n", "").replace("line 30\n", "end")
    (repo.folder / "gone").unlink()
    repo.commit("change", a=text, new="1\n2\n3\n", empty="")
    (change,), note = changes_of(repo.folder, ["HEAD"])
    assert note == ""
    assert {file.path: (file.status, file.ranges) for file in change.files} == {
        "a": ("modified", ((3, 4), (20, 20), (30, 30))),
        "empty": ("added", ()),
        "gone": ("deleted", ((1, 1),)),
        "new": ("added", ((1, 3),)),
    }
    shown = repo("show", f"{change.sha}:a").split("\n")
    assert (shown[2:4], shown[29]) == (["three", "and"], "end")


def test_lines_taken_from_the_top(repo):
    repo.commit("start", a=LINES)
    repo.commit("cut", a=LINES.removeprefix("line 1\n"))
    assert ranges(changes_of(repo.folder, ["HEAD"])[0]) == {("cut", "a"): ((1, 1),)}


def test_what_has_no_lines(repo):
    repo.commit("start", a="1\n")
    repo.write("picture", b"\x00\x01" * 100)
    repo("mv", "a", "b")
    os.symlink("b", repo.folder / "link")
    repo.commit("odd")
    assert ranges(changes_of(repo.folder, ["HEAD"])[0]) == {("odd", "b"): (), ("odd", "link"): ((1, 1),), ("odd", "picture"): ()}


def test_names_of_all_kinds(repo):
    first, second, third = (repo.commit(name, a=name) for name in ("one", "two", "three"))
    repo("tag", "-a", "-m", "a tag", "v1", second)
    repo("branch", "side/branch", second)
    for name in (second, second[:8], "HEAD~1", "v1", "side/branch", "main^", "HEAD^{/two}", "@~1"):
        assert subjects(repo, name) == ["two"]
    assert subjects(repo, f"{first[:8]}..main") == subjects(repo, f"{first}..") == ["two", "three"]
    assert subjects(repo, third, "v1", f"{first}..main") == ["three", "two"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "names no commit"),
        ("  ", "names no commit"),
        ("a\nHEAD", "names no commit"),
        ("x" * 300, "names no commit"),
        ("--output=out", "is no commit of this repository"),
        ("--all", "is no commit of this repository"),
        ("nope", "is no commit of this repository"),
        ("HEAD:a", "is no commit of this repository"),
        ("^HEAD", "is no commit of this repository"),
        ("HEAD~9", "is no commit of this repository"),
        ("HEAD..--all", "is no commit of this repository"),
        ("main...HEAD", "three dots"),
        ("HEAD..main", "holds no commit"),
        ("\udcff\udcfe", "is no commit of this repository"),
        ("ghp_" + "a" * 36, r"^\[redacted\]: is no commit"),
    ],
)
def test_a_name_that_is_none(repo, name, message):
    repo.commit("one", a="1")
    before = tree(repo.folder)
    with pytest.raises(GitError, match=message) as error:
        changes_of(repo.folder, [name])
    assert error.value.hint
    assert tree(repo.folder) == before


def test_a_short_hash_that_fits_several(repo):
    commits = (f"commit refs/heads/main\ncommitter Dev <dev@example.org> {number} +0000\ndata 0\n" for number in range(1_000))
    repo("fast-import", "--quiet", text="\n".join(commits))
    starts = [sha[:4] for sha in repo("rev-list", "main").split()]
    twice = next(start for start in starts if starts.count(start) > 1)
    with pytest.raises(GitError, match=f"{twice}: is no commit") as error:
        changes_of(repo.folder, [twice])
    assert "a short hash must fit one only" in error.value.hint


def test_a_merge_stands_for_what_it_brought_in(repo):
    repo.commit("start", a="1\n", b="1\n")
    repo("checkout", "--quiet", "-b", "side")
    repo.commit("side 1", a="2\n")
    repo.commit("side 2", a="3\n")
    repo("checkout", "--quiet", "main")
    repo.commit("main", b="2\n")
    repo.time += 60
    repo("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    assert subjects(repo, "HEAD") == ["side 1", "side 2", "merge"]


def test_too_many(repo):
    shas = [repo.commit(str(number), a=str(number)) for number in range(5)]
    assert len(subjects(repo, *shas, limit=5)) == 5
    for names in (shas, [f"{shas[0]}..main"]):
        with pytest.raises(GitError, match="more than 3 commits"):
            changes_of(repo.folder, names, limit=3)


def test_after_a_commit(repo):
    base = repo.commit("red", a="1")
    repo("checkout", "--quiet", "-b", "side")
    repo.commit("green", a="2")
    assert [commit.summary for commit in changes_after(repo.folder, base[:10])[0]] == ["green"]
    side = repo("rev-parse", "HEAD")
    for given, message in ((side, "there is no commit after it"), ("f" * 40, "does not hold ffffffffffff"), ("main", "is not the hash")):
        with pytest.raises(GitError, match=message) as error:
            changes_after(repo.folder, given)
        assert "rca fix A..B" in error.value.hint
    repo("checkout", "--quiet", "main")
    repo.commit("other", b="2")
    with pytest.raises(GitError, match="does not come after"):
        changes_after(repo.folder, side)


def test_no_repository_and_no_commit(repo, tmp_path):
    with pytest.raises(RcaError, match="HEAD: is no commit"):
        work_tree(repo.folder)
    with pytest.raises(RcaError, match="not in a git repository"):
        changes_of(tmp_path, ["HEAD"])


def test_a_folder_below(repo):
    repo.commit("one", web__a="1\n", api__b="1\n")
    repo.write("api/b", "2\n")
    assert ranges(changes_of(repo.folder / "web", ["HEAD"])[0]) == {("one", "api/b"): ((1, 1),), ("one", "web/a"): ((1, 1),)}
    assert work_tree(repo.folder / "web").uncommitted == ("api/b",)


def test_a_shallow_clone(repo, tmp_path):
    repo.commit("one", a="1\n")
    sha = repo.commit("two", a="2\n")
    clone = tmp_path / "clone"
    repo("clone", "--quiet", "--depth", "1", f"file://{repo.folder}", str(clone))
    (commit,), _ = changes_of(clone, [sha])
    assert (commit.files, commit.files_known) == ([], False)


# -- what is checked out -------------------------------------------------------------------------------------------


def test_files_that_differ(repo):
    head = repo.commit("one", a="1\n", b="1\n", c="1\n", d="1\n", e="1\n")
    assert work_tree(repo.folder, [head]) == work_tree(repo.folder)
    assert work_tree(repo.folder).uncommitted == ()
    repo.write("a", "2\n")
    repo.write("b", "2\n")
    repo("add", "b")
    (repo.folder / "c").unlink()
    os.chmod(repo.folder / "d", 0o755)
    repo.write("new", "1\n")
    found = work_tree(repo.folder)
    assert (found.head, sorted(found.uncommitted), found.checked) == (head, ["a", "b", "c", "d"], True)


def test_a_file_of_which_only_the_time_is_new(repo):
    repo.commit("one", a="1\n", b="2\n")
    for name in ("a", "b"):
        os.utime(repo.folder / name, (1, 1))
    repo.write("b", "3\n")
    assert work_tree(repo.folder).uncommitted == ("b",)


def test_a_folder_that_became_a_link_is_not_followed(repo, tmp_path):
    repo.commit("one", web__a="1\n")
    outside = tmp_path / "outside"
    os.rename(repo.folder / "web", outside)
    os.symlink(outside, repo.folder / "web")
    assert work_tree(repo.folder).uncommitted == ("web/a",)


def test_commits_that_are_not_checked_out(repo):
    first, second = repo.commit("one", a="1"), repo.commit("two", a="2")
    repo("checkout", "--quiet", first)
    assert not work_tree(repo.folder, [first]).lacks
    assert work_tree(repo.folder, [first, second]).lacks


def test_looking_at_files_runs_no_filter(repo, tmp_path):
    ran = tmp_path / "ran"
    repo.commit("one", a="1\n", b="1\n", **{".gitattributes": "a filter=evil\nb filter=worse\n"})
    evil = f"touch {ran}; cat"
    with open(repo.folder / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(f'[filter "evil"]\nclean = "{evil}"\nrequired = true\n[filter "worse"]\nprocess = "{evil}"\n')
    # A file as new as the index is read by git itself.
    index = (repo.folder / ".git" / "index").stat()
    for name in ("a", "b"):
        repo.write(name, "2\n")
        os.utime(repo.folder / name, ns=(index.st_mtime_ns, index.st_mtime_ns))
    before = tree(repo.folder)
    assert sorted(work_tree(repo.folder).uncommitted) == ["a", "b"]
    assert not ran.exists()
    assert tree(repo.folder) == before
    repo("config", "filter.a=b.clean", evil)
    found = work_tree(repo.folder)
    assert (found.uncommitted, found.checked) == ((), False)
    # The trap works.
    repo("add", "a")
    assert ran.exists()


def test_whether_a_commit_holds_others(repo):
    first, second = repo.commit("one", a="1"), repo.commit("two", a="2")
    assert holds(repo.folder, second, [first[:8], second])
    assert not holds(repo.folder, first, [second])
    for name in ("main", "x\nHEAD", "f" * 40):
        with pytest.raises(GitError):
            holds(repo.folder, name, [first])
