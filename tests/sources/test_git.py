"""Commits come out of real repositories; nothing is written, run or fetched, whatever a repository holds."""

import hashlib
import os
import subprocess  # noqa: TID251 -- repositories are made by git
import sys

import pytest

from rca.sources import changes, git
from rca.sources.git import commits_between
from tests.repository import Repo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs that must not run are shell scripts")


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


CART = "class Cart:\n    def total(self):\n        return self.net\n\n    def count(self):\n        return 1\n"


def paths(found):
    return [[file.path for file in commit.files] for commit in found.commits]


def test_commits_between_two_runs(repo):
    good = repo.commit("start", shop__cart_py=CART)
    one = repo.commit("net to gross", shop__cart_py=CART.replace("net", "gross"))
    bad = repo.commit("readme", README="hello\n")
    repo.commit("later", README="hello again\n")
    found = commits_between(repo.folder, good[:10], bad)
    assert [commit.sha for commit in found.commits] == [bad, one]
    assert [commit.summary for commit in found.commits] == ["readme", "net to gross"]
    assert found.complete
    assert found.note == f"Looked at 2 commits after {good[:10]}, up to {bad[:12]}."
    (file,) = found.commits[1].files
    assert (file.path, file.status, file.added, file.deleted, file.scopes) == ("shop/cart.py", "modified", 1, 1, ("total",))
    assert (file.lost - file.gained, file.gained - file.lost) == ({"net"}, {"gross"})
    assert found.commits[0].at.isoformat() == "2026-01-01T00:03:00+00:00"


def test_without_a_good_run_the_last_commits(repo):
    shas = [repo.commit(str(number), a=str(number)) for number in range(6)]
    found = commits_between(repo.folder, None, shas[-2], last=3)
    assert [commit.sha for commit in found.commits] == shas[2:5][::-1]
    assert not found.complete
    assert found.note == f"Looked at the last 3 commits, up to {shas[4][:12]}. No good run is known."


def test_a_limit_says_what_is_left_out(repo):
    shas = [repo.commit(str(number), a=str(number)) for number in range(6)]
    found = commits_between(repo.folder, shas[0], shas[-1], limit=2)
    assert [commit.sha for commit in found.commits] == shas[:3:-1]
    assert "3 older commits are left out." in found.note
    assert not found.complete


def test_the_same_commit_or_an_older_one(repo):
    first, second = repo.commit("a", a="1"), repo.commit("b", a="2")
    assert "no commit after" in commits_between(repo.folder, second, second).note
    assert commits_between(repo.folder, second, first).commits == []


def test_a_renamed_file_keeps_both_names(repo):
    good = repo.commit("start", shop__cart_py=CART * 5)
    repo("mv", "shop/cart.py", "shop/basket.py")
    bad = repo.commit("move")
    (file,) = commits_between(repo.folder, good, bad).commits[0].files
    assert (file.path, file.old_path, file.status) == ("shop/basket.py", "shop/cart.py", "renamed")


def test_a_merge_is_listed_with_what_it_brought_in(repo):
    good = repo.commit("start", a="1\n", b="1\n")
    repo("checkout", "--quiet", "-b", "side")
    side = repo.commit("side", a="2\n")
    repo("checkout", "--quiet", "main")
    main = repo.commit("main", b="2\n")
    repo.time += 60
    repo("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    found = commits_between(repo.folder, good, repo("rev-parse", "HEAD"))
    assert {commit.summary: [file.path for file in commit.files] for commit in found.commits} == {"merge": [], "main": ["b"], "side": ["a"]}
    assert found.commits[0].parents == (main, side)


def test_of_a_merge_counts_what_differs_from_both_sides(repo):
    good = repo.commit("start", a="start\n", b="1\n")
    repo("checkout", "--quiet", "-b", "side")
    repo.commit("side", a="left\n")
    repo("checkout", "--quiet", "main")
    repo.commit("main", a="right\n")
    repo("merge", "--quiet", "side", code=1)
    repo.write("a", "neither\n")
    found = commits_between(repo.folder, good, repo.commit("merge"))
    (file,) = found.commits[0].files
    assert (file.path, file.gained) == ("a", {"neither"})


def test_a_revert_names_what_it_takes_back(repo):
    first = repo.commit("start", a="1")
    second = repo.commit("change", a="2")
    repo.time += 60
    repo("revert", "--no-edit", second)
    assert commits_between(repo.folder, first, repo("rev-parse", "HEAD")).commits[0].reverts == second


def test_the_folder_of_the_project(repo):
    good = repo.commit("start", web__a="1")
    bad = repo.commit("change", web__a="2", api__b="1")
    found = commits_between(repo.folder / "web", good, bad)
    assert found.prefix == "web/"
    assert paths(found) == [["api/b", "web/a"]]
    assert commits_between(repo.folder, good, bad).prefix == ""


ODD = [b"new\nline", b'quo"te', b"tab\tand\\back", b"caf\xe9", "ümlaut".encode(), b":100644 100644 a b M", b" leading", b"a\x01\x02b"]


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_odd_names_of_files(repo, name):
    good = repo.commit("start", plain="1")
    repo.write(name, "1\n")
    repo.write(b"z" + name, "1\n")
    bad = repo.commit("odd")
    found = commits_between(repo.folder, good, bad)
    assert sorted(paths(found)[0]) == sorted(text.decode("utf-8", "replace") for text in (name, b"z" + name))
    assert [file.added for file in found.commits[0].files] == [1, 1]


def test_odd_messages(repo):
    good = repo.commit("start", a="1")
    repo.write("a", "2")
    bad = repo.commit("title \x01\x02 é\n\n:100644 100644 000 000 M\nbody\n\nmore")
    repo("config", "i18n.commitEncoding", "utf-8")
    (commit,) = commits_between(repo.folder, good, bad).commits
    assert commit.summary == "title \x01\x02 é"
    assert [file.path for file in commit.files] == ["a"]


@pytest.mark.parametrize(
    "name", ["HEAD", "main", "--upload-pack=touch x", "-p", "a..b", "abc", "@{u}", "abcd\nabcd", "", "g" * 40, "a" * 65]
)
def test_only_hashes_are_passed_to_git(repo, name):
    sha = repo.commit("start", a="1")
    assert commits_between(repo.folder, None, name).commits == []
    if name:
        found = commits_between(repo.folder, name, sha)
        assert found.commits == []
        assert "is not the hash of a commit" in found.note


def test_a_branch_that_is_named_like_a_hash_is_none(repo):
    repo.commit("start", a="1")
    repo("branch", "abcdef12")
    assert "does not hold commit abcdef12" in commits_between(repo.folder, None, "abcdef12").note


def test_missing_commits(repo):
    sha = repo.commit("start", a="1")
    found = commits_between(repo.folder, "0123456789", sha)
    assert [commit.sha for commit in found.commits] == [sha]
    assert "The last good commit 0123456789 is not in this clone; fetch it" in found.note
    assert "does not hold commit 0123456789" in commits_between(repo.folder, None, "0123456789").note
    assert "does not hold" in commits_between(repo.folder, None, repo("rev-parse", "HEAD^{tree}")).note


def test_without_a_commit_nothing_is_guessed(repo):
    repo.commit("start", a="1")
    found = commits_between(repo.folder, None, None)
    assert found.commits == []
    assert "pass it with --commit" in found.note


def test_no_repository(tmp_path):
    for folder in (tmp_path, tmp_path / "nothing"):
        assert commits_between(folder, None, "abcdef12").note == "The project is not in a git repository, so no commit was looked at."


def test_an_unborn_branch(repo):
    assert "does not hold commit" in commits_between(repo.folder, None, "abcdef12").note


def test_no_git(repo, monkeypatch):
    monkeypatch.setenv("PATH", "relative:.:")
    monkeypatch.chdir(repo.folder)
    repo.write("git", "#!/bin/sh\ntouch run\n")
    (repo.folder / "git").chmod(0o755)
    assert commits_between(repo.folder, None, "abcdef12").note == "Git is not installed, so no commit was looked at."
    assert not (repo.folder / "run").exists()


def test_a_git_that_does_not_start(repo, tmp_path, monkeypatch):
    (tmp_path / "git").write_text("no program")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "Git could not be started" in commits_between(repo.folder, None, "abcdef12").note


def fake_git(folder, monkeypatch, script):
    """A git of our own in front of the PATH; the real one is `$git`."""
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\ngit={real}\n{script}\nexec "$git" "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_git_is_stopped_when_it_takes_too_long(repo, tmp_path, monkeypatch):
    sha = repo.commit("start", a="1")
    fake_git(tmp_path / "bin", monkeypatch, 'case "$*" in *rev-parse*) sleep 60;; esac')
    assert "Git gave no answer within 0.3 s" in commits_between(repo.folder, None, sha, seconds=0.3).note


def test_a_list_that_is_cut_short(repo, tmp_path, monkeypatch):
    good, *rest = [repo.commit(str(number), a=str(number)) for number in range(4)]
    fake_git(tmp_path / "bin", monkeypatch, 'case "$*" in *--raw*) "$git" "$@"; sleep 60;; esac')
    found = commits_between(repo.folder, good, rest[-1], seconds=2)
    assert [commit.sha for commit in found.commits] == rest[:0:-1]
    assert "Git was stopped after 2 s; the older commits are missing." in found.note
    assert not found.complete


def test_patches_that_take_too_long(repo, tmp_path, monkeypatch):
    good, bad = repo.commit("a", a="1"), repo.commit("b", a="2")
    fake_git(tmp_path / "bin", monkeypatch, 'case "$*" in *-U0*) sleep 60;; esac')
    found = commits_between(repo.folder, good, bad, seconds=2)
    assert paths(found) == [["a"]]
    assert "only the names of the files count" in found.note


def test_output_is_bounded(repo, monkeypatch):
    good = repo.commit("start", a="1")
    for number in range(3):
        bad = repo.commit(f"{number}", **{f"file{number}{i}": "x\n" for i in range(30)})
    monkeypatch.setattr(git, "BYTES", 6_000)
    monkeypatch.setattr(git._Git.read, "__kwdefaults__", {"given": b"", "limit": 6_000})
    found = commits_between(repo.folder, good, bad)
    assert [commit.summary for commit in found.commits] == ["2"]
    assert "stopped after 6,000 bytes" in found.note
    monkeypatch.setattr(git, "PATCH_BYTES", 1_000)
    assert "only the names of the files count" in commits_between(repo.folder, good, bad).note


def test_files_of_a_large_commit_are_counted(repo, monkeypatch):
    good = repo.commit("start", a="1")
    bad = repo.commit("many", **{f"f{number:03}": "word\n" for number in range(20)})
    monkeypatch.setattr(changes, "FILES_KEPT", 5)
    (commit,) = commits_between(repo.folder, good, bad).commits
    assert (len(commit.files), commit.left_out) == (5, 15)
    assert commit.files[0].gained == {"word"}


def test_a_shallow_clone(repo, tmp_path):
    shas = [repo.commit(str(number), a=str(number)) for number in range(5)]
    shallow = tmp_path / "shallow"
    repo("clone", "--quiet", "--depth=2", f"file://{repo.folder}", str(shallow))
    found = commits_between(shallow, shas[0], shas[-1])
    assert [commit.files_known for commit in found.commits] == [True, False]
    assert paths(found) == [["a"], []]
    assert f"The last good commit {shas[0][:12]} is not in this shallow clone; run git fetch --unshallow" in found.note
    assert "What the oldest of them changed is not known" in found.note
    assert found.note.count("--unshallow") == 1
    gone = commits_between(shallow, None, shas[0])
    assert "This clone is shallow and does not hold commit" in gone.note
    assert "--deepen=" in gone.note


def test_a_partial_clone_is_not_completed(repo, tmp_path):
    good = repo.commit("start", a="one\n" * 9, b="two\n" * 9)
    repo("mv", "a", "c")
    repo.write("c", "one\n" * 9 + "more\n")
    bad = repo.commit("move")
    repo("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    repo("clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{repo.folder}", str(partial))
    before = tree(partial)
    found = commits_between(partial, good, bad)
    assert paths(found) == [["a", "c"]]
    assert "The contents of some changes are not in this clone" in found.note
    assert tree(partial) == before


def test_bare_repositories_and_worktrees(repo, tmp_path):
    good, bad = repo.commit("a", a="1"), repo.commit("b", a="2")
    repo("clone", "--quiet", "--bare", str(repo.folder), str(tmp_path / "bare"))
    repo("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"), good)
    for folder in (tmp_path / "bare", tmp_path / "tree", repo.folder / ".git"):
        assert paths(commits_between(folder, good, bad)) == [["a"]]


def test_a_submodule_is_a_file(repo, tmp_path):
    inner = Repo(tmp_path / "inner")
    first, second = inner.commit("one", a="1"), inner.commit("two", a="2")
    good = repo.commit("start", a="1")
    for sha in (first, second):
        repo("update-index", "--add", "--cacheinfo", f"160000,{sha},vendor/inner")
        repo.time += 60
        repo("commit", "--quiet", "-m", "inner")
    found = commits_between(repo.folder, good, repo("rev-parse", "HEAD"))
    assert [[(file.path, file.submodule) for file in commit.files] for commit in found.commits] == [[("vendor/inner", True)]] * 2


def test_replaced_commits_are_seen_as_they_are(repo):
    good, bad = repo.commit("good", a="1"), repo.commit("bad", a="2")
    repo.commit("other", a="3")
    repo("replace", bad, "HEAD")
    assert [commit.summary for commit in commits_between(repo.folder, good, bad).commits] == ["bad"]


def test_a_repository_of_somebody_else(repo, tmp_path, monkeypatch):
    sha = repo.commit("start", a="1")
    fake_git(tmp_path / "bin", monkeypatch, "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    note = commits_between(repo.folder, None, sha).note
    assert "belongs to another user" in note
    assert "safe.directory" in note


def test_a_broken_repository(repo):
    good, bad = repo.commit("a", a="1"), repo.commit("b", a="2")
    for path in (repo.folder / ".git" / "objects").glob("??/*"):
        if path.parent.name + path.name not in {good, bad}:
            path.chmod(0o644)
            path.write_bytes(b"broken")
    assert commits_between(repo.folder, good, bad).note.startswith("Git failed (")


HOSTILE = """
[core]
    fsmonitor = touch {0}
    hooksPath = {1}
    pager = touch {0}
    sshCommand = touch {0}
    attributesFile = {1}/attributes
    alternateRefsCommand = touch {0}
[diff]
    external = {1}/program
    orderFile = {1}/order
    noprefix = true
    submodule = diff
    relative = true
    renames = false
    algorithm = histogram
[diff "python"]
    command = {1}/program
    textconv = {1}/program
[diff "evil"]
    command = {1}/program
    textconv = {1}/program
    xfuncname = "^(.*(.*)*)*$"
[log]
    showSignature = true
    showRoot = false
    decorate = full
    diffMerges = on
[gpg]
    program = {1}/program
[color]
    ui = always
[format]
    pretty = oneline
[alias]
    log = !touch {0}
    rev-parse = !touch {0}
    cat-file = !touch {0}
[pager]
    log = touch {0}
[credential]
    helper = !touch {0}
[filter "evil"]
    clean = {1}/program
    smudge = {1}/program
    process = {1}/program
[extensions]
    partialClone = origin
[remote "origin"]
    url = ext::sh -c "touch {0}"
    promisor = true
    partialclonefilter = blob:none
[protocol]
    allow = always
[protocol "ext"]
    allow = always
[trace2]
    normalTarget = {0}
"""


def test_nothing_of_a_repository_is_run(repo, tmp_path, monkeypatch):
    good = repo.commit("start", shop__cart_py=CART)
    repo.write(".gitattributes", "*.py diff=evil filter=evil\n*.txt diff=evil\n")
    repo.write("notes.txt", "a\n")
    bad = repo.commit("change", shop__cart_py=CART.replace("net", "gross"))
    # A signed commit would have its signature checked; a missing blob would be fetched.
    raw = repo("cat-file", "commit", bad).replace("\ncommitter", "\ncommitter", 1)
    head, _, message = raw.partition("\n\n")
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n{message}\n"
    bad = repo("hash-object", "-t", "commit", "-w", "--stdin", text=signed)
    blob = repo("rev-parse", f"{good}:shop/cart.py")
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    hostile, ran = tmp_path / "hostile", tmp_path / "ran"
    hostile.mkdir()
    (hostile / "attributes").write_text("* diff=evil\n")
    (hostile / "order").write_text("*.py\n")
    for name in ("program", "post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        (hostile / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (hostile / name).chmod(0o755)
    with open(repo.folder / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(HOSTILE.format(ran, hostile))
    before = tree(repo.folder)
    for variable in ("GIT_EXTERNAL_DIFF", "GIT_SSH_COMMAND", "GIT_PAGER", "GIT_ASKPASS", "GIT_EDITOR"):
        monkeypatch.setenv(variable, str(hostile / "program"))
    monkeypatch.setenv("GIT_DIR", str(hostile))
    monkeypatch.setenv("GIT_TRACE", str(ran))
    found = commits_between(repo.folder, good, bad)
    assert [commit.sha for commit in found.commits] == [bad]
    assert [file.path for file in found.commits[0].files] == [".gitattributes", "notes.txt", "shop/cart.py"]
    assert "The contents of some changes are not in this clone" in found.note
    assert not ran.exists()
    assert tree(repo.folder) == before
    # The trap works: a plain git steps into it.
    for variable in ("GIT_DIR", "GIT_TRACE"):
        monkeypatch.delenv(variable)
    subprocess.run(["git", "-C", str(repo.folder), "log", "-p", bad], capture_output=True, check=False)
    assert ran.exists()


def tree(folder):
    """Every file with its bytes and its time."""
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_index_and_work_tree_are_left_alone(repo):
    good, bad = repo.commit("a", a="1", b="2"), repo.commit("b", a="2")
    repo.write("a", "changed and not added")
    repo.write("new", "not known")
    os.utime(repo.folder / "b")
    before = tree(repo.folder)
    commits_between(repo.folder, good, bad)
    assert tree(repo.folder) == before


def test_the_number_of_processes_does_not_grow(repo, tmp_path, monkeypatch):
    shas = [repo.commit(str(number), a=str(number)) for number in range(12)]
    count = tmp_path / "count"
    fake_git(tmp_path / "bin", monkeypatch, f"echo x >> {count}")
    for good in (shas[-2], shas[0]):
        count.unlink(missing_ok=True)
        commits_between(repo.folder, good, shas[-1])
        assert len(count.read_text().split()) == 4
