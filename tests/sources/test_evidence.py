"""Evidence is found again, held against its hash, and never sought outside of what was given."""

import os
import subprocess  # noqa: TID251 -- repositories are made by git
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.errors import RecordError
from rca.model import Case, Cluster, Evidence, Failure, Investigation, KnownIssue, RootCause, Run, Worklog
from rca.model.evidence import Resolved
from rca.sources import evidence as module
from rca.sources import git, git_objects
from rca.sources.evidence import Place, resolve, resolve_all
from rca.sources.git_objects import Wanted, diff_excerpt, look_up
from rca.sources.logs import find_lines
from rca.sources.passages import digest, passage, safe_line, safe_lines
from tests.sources.test_git import Repo
from tests.timing import assert_linear

FILE = "".join(f"line {number}\n" for number in range(1, 10))
TOKEN = "ghp_" + "a1B2" * 9
KEY = [
    "-----BEGIN RSA PRIVATE KEY-----",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDxYzAbCdEfGhI",
    "q83vEjRWeJA=",
    "-----END RSA PRIVATE KEY-----",
]


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path / "repo")


def cite(kind, ref, place):
    """Cite something: resolve it once, and keep its hash."""
    first = resolve(Evidence(kind=kind, ref=ref), place)
    assert first.state == "resolves", first
    return Evidence(kind=kind, ref=ref, excerpt=first.excerpt, sha256=first.sha256)


def state(kind, ref, place):
    return resolve(Evidence(kind=kind, ref=ref), place).state


# -- git --------------------------------------------------------------------------------------------------------------


def test_a_line_of_a_commit(repo):
    sha = repo.commit("start", shop__cart_py=FILE)
    place = Place(repo.folder)
    cited = cite("location", f"shop/cart.py:3@{sha[:10]}", place)
    assert cited.excerpt == "  1  line 1\n  2  line 2\n> 3  line 3\n  4  line 4\n  5  line 5"
    assert cited.sha256 == digest("line 3")
    repo.commit("later", shop__cart_py="all is new\n")
    found = resolve(cited, place)
    assert (found.state, found.why) == ("resolves", f"shop/cart.py:3 in {sha[:12]} is there, as it was cited.")
    other = cited.model_copy(update={"ref": f"shop/cart.py:4@{sha}"})
    assert resolve(other, place).state == "changed"
    assert resolve(Evidence(kind="location", ref=f"./shop/cart.py:9@{sha}"), place).excerpt.endswith("> 9  line 9")
    assert cite("location", f"shop/cart.py@{sha}", place).excerpt.startswith("  1  line 1")


@pytest.mark.parametrize(
    ("ref", "what", "why"),
    [
        ("shop/cart.py:3", "unverified", "shop/cart.py:3 needs a commit, since lines move; write shop/cart.py:3@COMMIT."),
        ("shop/cart.py:10@SHA", "gone", "has 9 lines"),
        ("shop/cart.py:0@SHA", "gone", "holds no file shop/cart.py:0"),
        ("shop/none.py:1@SHA", "gone", "holds no file shop/none.py"),
        ("shop:1@SHA", "gone", "holds no file"),
        ("shop/cart.py:3@0123456789", "gone", "does not hold commit 0123456789"),
        ("shop/cart.py:3@main", "unverified", "write path:line@commit, the commit as its hash"),
        ("shop/cart.py:3@--output=x", "unverified", "the commit as its hash"),
        ("../repo/shop/cart.py:3@SHA", "unverified", "is no place in the repository"),
        ("/etc/passwd:1@SHA", "unverified", "is no place"),
        ("shop/../shop/cart.py:1@SHA", "unverified", "is no place"),
        ("shop/cart.py\nHEAD:1@SHA", "unverified", "is no place"),
        ("a\ud800b:1@SHA", "unverified", "is no place"),
        ("   ", "unverified", "empty"),
        ("x" * 5_000, "unverified", "too long"),
    ],
)
def test_places_that_cannot_be_looked_up(repo, ref, what, why):
    sha = repo.commit("start", shop__cart_py=FILE)
    found = resolve(Evidence.model_construct(kind="location", ref=ref.replace("SHA", sha), sha256="", excerpt=""), Place(repo.folder))
    if ref.startswith("shop:1"):
        assert found.state == "unverified"
        assert "is no file in commit" in found.why
        return
    assert found.state == what
    assert why in found.why


def test_what_a_file_holds_that_is_no_text_or_leads_away(repo):
    os.symlink("/etc/passwd", repo.folder / "link")
    repo.write("big", b"x" * (git_objects.BLOB_BYTES + 1))
    repo.write("binary", b"\0\1\2\n")
    repo.write("empty", "")
    sha = repo.commit("odd")
    place = Place(repo.folder)
    assert resolve(Evidence(kind="location", ref=f"link:1@{sha}"), place).excerpt == "> 1  /etc/passwd"
    assert "larger than 4,000,000 bytes" in resolve(Evidence(kind="location", ref=f"big:1@{sha}"), place).why
    assert "is no text" in resolve(Evidence(kind="location", ref=f"binary:1@{sha}"), place).why
    assert state("location", f"empty:1@{sha}", place) == "resolves"
    assert state("location", f"empty:2@{sha}", place) == "gone"


def test_a_commit(repo):
    sha = repo.commit(f"answer the right protocol {TOKEN}", a="1")
    cited = cite("commit", sha[:8], Place(repo.folder))
    assert cited.excerpt == f"{sha} 2026-01-01 answer the right protocol [redacted]"
    assert resolve(cited, Place(repo.folder)).state == "resolves"
    assert state("commit", "0123456789", Place(repo.folder)) == "gone"
    assert state("commit", "HEAD", Place(repo.folder)) == "unverified"
    assert state("commit", repo("rev-parse", "HEAD^{tree}"), Place(repo.folder)) == "gone"
    repo("branch", "abcdef12")
    assert state("commit", "abcdef12", Place(repo.folder)) == "gone"


def test_paths_from_the_folder_of_the_project_and_from_the_top(repo):
    sha = repo.commit("start", web__a="web\n", api__b="api\n", a="top\n")
    place = Place(repo.folder / "web")
    assert cite("location", f"a:1@{sha}", place).excerpt == "> 1  web"
    assert cite("location", f"api/b:1@{sha}", place).excerpt == "> 1  api"


def test_a_shallow_clone_says_so(repo, tmp_path):
    old = repo.commit("start", a="1\n")
    new = repo.commit("next", a="2\n")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(shallow)], check=True, capture_output=True)
    found = resolve_all([Evidence(kind="commit", ref=old), Evidence(kind="location", ref=f"a:1@{new}")], Place(shallow))
    assert [one.state for one in found] == ["unverified", "resolves"]
    assert "shallow" in found[0].why
    assert "git fetch --unshallow" in found[0].why
    assert diff_excerpt(shallow, new, "a") == ""


def test_a_partial_clone_says_so(repo, tmp_path):
    old = repo.commit("start", a="old\n", b="1\n")
    new = repo.commit("next", a="2\n")
    repo("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    argv = ["git", "clone", "--quiet", "--filter=blob:none", f"file://{repo.folder}", str(partial)]
    subprocess.run(argv, check=True, capture_output=True)
    refs = [f"a:1@{old}", f"b:1@{new}", f"a:1@{new}", f"none:1@{old}"]
    found = resolve_all([Evidence(kind="location", ref=ref) for ref in refs], Place(partial))
    assert [one.state for one in found] == ["unverified", "resolves", "resolves", "unverified"]
    assert "This clone is partial" in found[0].why


def test_without_git_or_a_repository_nothing_is_known(repo, tmp_path, monkeypatch):
    sha = repo.commit("start", a="1\n")
    found = resolve(Evidence(kind="commit", ref=sha), Place(tmp_path))
    assert (found.state, found.why) == ("unverified", "The project is not in a git repository.")
    monkeypatch.setenv("PATH", "/nowhere")
    assert resolve(Evidence(kind="commit", ref=sha), Place(repo.folder)).why == "Git is not installed."
    assert diff_excerpt(repo.folder, sha, "a") == ""


def test_git_that_gives_no_answer_is_not_believed(repo, tmp_path, monkeypatch):
    sha = repo.commit("start", a="1\n")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\ncase \"$*\" in *rev-parse*) printf 'false\\n\\n';; *) printf 'x'; sleep 60;; esac\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    found = look_up(repo.folder, [Wanted(sha)], seconds=0.5)[Wanted(sha)]
    assert not found.sure
    assert "gave no answer" in found.fault


def test_many_references_need_few_processes(repo, monkeypatch):
    for number in range(60):
        repo.write(f"a-rather-long-name-of-a-folder/and-a-file-{number}.py", FILE + str(number))
    sha = repo.commit("start")
    started = []
    run = git._Run

    def counted(*args):
        started.append(args)
        return run(*args)

    monkeypatch.setattr(git, "_Run", counted)
    refs = [f"a-rather-long-name-of-a-folder/and-a-file-{number % 60}.py:{number % 9 + 1}@{sha}" for number in range(2_000)]
    found = resolve_all([Evidence(kind="location", ref=ref) for ref in refs], Place(repo.folder))
    assert {one.state for one in found} == {"resolves"}
    assert len(started) == 3


def test_many_names_go_to_git_in_portions(repo):
    sha = repo.commit("start", a=FILE)
    wanted = [Wanted(sha, f"{'x' * 200}/{number}") for number in range(1_000)] + [Wanted(sha, "a")]
    found = look_up(repo.folder, wanted)
    assert len(found) == 1_001
    assert [one.sure for one in found.values()].count(True) == 1_000
    assert found[Wanted(sha, "a")].data == FILE.encode()


def test_all_files_together_are_bounded(repo, monkeypatch):
    monkeypatch.setattr(git_objects, "ALL_BYTES", 1_000)
    sha = repo.commit("start", a="x" * 600, b="y" * 600)
    found = look_up(repo.folder, [Wanted(sha, "a"), Wanted(sha, "b")])
    assert found[Wanted(sha, "a")].data == b"x" * 600
    assert "too large" in found[Wanted(sha, "b")].fault


# -- differences ------------------------------------------------------------------------------------------------------


def test_the_difference_of_one_file(repo):
    repo.commit("start", shop__cart_py=FILE, other="1\n")
    sha = repo.commit("change", shop__cart_py=FILE.replace("line 5", f"line five {TOKEN}"), other="2\n")
    expected = "@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five [redacted]\n line 6\n line 7\n line 8"
    assert diff_excerpt(repo.folder, sha[:8], "shop/cart.py") == expected
    assert diff_excerpt(repo.folder / "shop", sha, "shop/cart.py") == expected
    assert diff_excerpt(repo.folder, sha, "none") == ""
    for commit, path in ((sha, "../x"), ("HEAD", "other"), (sha, ""), ("0123456789", "other"), (sha, "*")):
        assert diff_excerpt(repo.folder, commit, path) == ""


def test_differences_are_bounded(repo):
    first = repo.commit("start", a="".join(f"{number}\n" for number in range(1_000)))
    text = diff_excerpt(repo.folder, first, "a")
    assert text.startswith("@@ -0,0 +1,1000 @@\n+0\n+1\n")
    assert text.endswith("… 941 more lines …")
    repo.write("b", "x" * 1_000_000)
    assert diff_excerpt(repo.folder, repo.commit("long"), "b").endswith("… more was changed …")
    repo.write("c", b"\0\1")
    assert diff_excerpt(repo.folder, repo.commit("binary"), "c").startswith("Binary files")


def test_a_renamed_file_shows_what_changed_in_it(repo):
    repo.commit("start", a=FILE * 3)
    repo("mv", "a", "b")
    sha = repo.commit("move", b=FILE * 3 + "more\n")
    assert diff_excerpt(repo.folder, sha, "b", old_path="a").split("\n")[1:] == [" line 7", " line 8", " line 9", "+more"]


def test_nothing_of_the_repository_is_run(repo, tmp_path):
    repo.write(".gitattributes", "* diff=evil filter=evil\n")
    sha = repo.commit("start", a=FILE)
    mark = tmp_path / "run"
    for name in ("diff.evil.textconv", "diff.evil.command", "diff.external", "filter.evil.smudge", "core.fsmonitor", "core.pager"):
        repo("config", name, f"touch {mark}")
    assert diff_excerpt(repo.folder, sha, "a").startswith("@@")
    assert state("location", f"a:1@{sha}", Place(repo.folder)) == "resolves"
    assert not mark.exists()


# -- logs -------------------------------------------------------------------------------------------------------------

LOG = "2026-11-22T17:24:05Z INFO up\n2026-11-22T17:24:06Z ERROR jwt-auth\n2026-11-22T17:24:07Z INFO down\n"


def test_a_line_of_a_log_that_grows_changes_and_goes(tmp_path):
    path = tmp_path / "a.log"
    path.write_text(LOG)
    place = Place(tmp_path / "project", {str(path): str(path)})
    (line,) = find_lines([str(path)], words=["jwt-auth"]).lines
    cited = cite("log", line.ref, place)
    assert cited.sha256 == line.sha256
    assert cited.excerpt == "\n".join(f"{'>' if number == 2 else ' '} {number}  {text}" for number, text in enumerate(LOG.splitlines(), 1))
    path.write_text(LOG + "2026-11-22T17:24:08Z INFO more\n" * 1_000)
    assert resolve(cited, place).state == "resolves"
    path.write_text("2026-11-23T00:00:00Z INFO a new day\n" + LOG)
    assert resolve(cited, place).state == "changed"
    assert "up" in resolve(cited, place).excerpt
    path.write_text("")
    assert resolve(cited, place).state == "gone"
    path.unlink()
    found = resolve(cited, place)
    assert found.state == "gone"
    assert "pass" in found.why or "--log" in found.why


def test_logs_are_read_only_where_they_were_given(tmp_path):
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "logs").mkdir()
    for name in ("logs/a.log", ".git/config", "../outside.log"):
        (project / name).write_text(LOG)
    os.symlink("../outside.log", project / "link.log")
    os.symlink(".git", project / "hidden")
    os.symlink("/dev/zero", project / "zero")
    place = Place(project)
    assert state("log", "logs/a.log:2", place) == "resolves"
    refused = (
        "../outside.log:2", f"{tmp_path}/outside.log:2", "link.log:2", ".git/config:2", ".GIT/config:2", "hidden/config:2", "zero:1", "logs:1",
        "logs/../logs/a.log:2", "-:2", "a\0b:1", "\ud800:1",
    )  # fmt: skip
    for ref in refused:
        found = resolve(Evidence.model_construct(kind="log", ref=ref, sha256="", excerpt=""), place)
        assert (found.state, found.excerpt) == ("unverified", ""), ref
    assert state("log", f"{tmp_path}/outside.log:2", Place(project, {f"{tmp_path}/outside.log": f"{tmp_path}/outside.log"})) == "resolves"
    assert state("log", "logs/none.log:2", place) == "gone"
    for ref in ("logs/a.log", "logs/a.log:x", "logs/a.log:0", ":3", "logs/a.log:²", "logs/a.log:" + "9" * 20):
        assert state("log", ref, place) == "unverified", ref
    assert state("log", "logs/a.log:4", place) == "gone"


def test_a_log_is_read_once_for_all_of_its_lines(tmp_path, monkeypatch):
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number}\n" for number in range(1, 50_001)))
    calls = []
    real = module.lines_at
    monkeypatch.setattr(module, "lines_at", lambda *args: calls.append(args) or real(*args))
    found = resolve_all(
        [Evidence(kind="log", ref=f"{path}:{number}") for number in range(1, 50_001, 500)], Place(tmp_path, {str(path): str(path)})
    )
    assert len(calls) == 1
    meant = [next(row for row in one.excerpt.split("\n") if row.startswith(">")) for one in found]
    assert meant == [f"> {number:{len(str(number + 2))}}  line {number}" for number in range(1, 50_001, 500)]


def test_a_secret_of_several_lines_is_not_shown_by_its_middle(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("\n".join(["start", *KEY, "end", "password:", "hunter2hunter2", TOKEN]))
    place = Place(tmp_path, {str(path): str(path)})
    texts = [resolve(Evidence(kind="log", ref=f"{path}:{number}"), place).excerpt for number in range(1, 10)]
    for text in texts:
        assert KEY[1] not in text
        assert TOKEN not in text
    assert all(KEY[2] not in text for text in texts[:3])
    assert "hunter2" not in texts[6]


# -- records and issues -----------------------------------------------------------------------------------------------


def record(**options):
    failure = Failure("failure", "NegotiationError", "unsupported subprotocol: jwt-auth", f"trace {TOKEN}")
    case = Case("e2e", "ws", "connects", "failed", failures=[failure])
    runs = (Run(id="run-000000000001", cases=(case,)), Run(id="run-000000000002"))
    cluster = Cluster(
        id="c1", title="NegotiationError", fingerprint="1:abc", message=failure.message, cases=(case.id,), excerpt="the trace"
    )
    options = {
        "id": "2026-11-22-red",
        "title": "Red",
        "opened_at": datetime(2026, 11, 22, tzinfo=UTC),
        "runs": runs,
        "clusters": (cluster,),
        **options,
    }
    return Worklog(**options)


def test_cases_and_clusters():
    place = Place(Path("/nowhere"), record=record())
    cited = cite("case", "e2e::ws::connects", place)
    assert "jwt-auth" in cited.excerpt
    assert TOKEN not in cited.excerpt
    changed = Case("e2e", "ws", "connects", "failed", failures=[Failure("failure", "Other", "another")])
    both = record(runs=(*record().runs, Run(id="run-000000000003", cases=(changed,))))
    assert resolve(cited, Place(Path("/nowhere"), record=both)).why == "e2e::ws::connects in run-000000000001 is there, as it was cited."
    only = record(runs=(Run(id="run-000000000003", cases=(changed,)),))
    assert resolve(cited, Place(Path("/nowhere"), record=only)).state == "changed"
    assert state("case", "e2e::ws::none", place) == "gone"
    assert cite("cluster", "c1", place).excerpt == "NegotiationError\nthe trace"
    assert state("cluster", "c2", place) == "gone"
    for kind in ("case", "cluster", "worklog"):
        assert state(kind, "c1", Place(Path("/nowhere"))) == "unverified"


@pytest.mark.parametrize(
    ("message", "shown"), [("pkg.Refused: no", "pkg.Refused: no\ntrace"), ("no", "pkg.Refused\nno\ntrace"), ("", "pkg.Refused\ntrace")]
)
def test_a_case_says_the_type_of_its_failure_once(message, shown):
    case = Case("e2e", "ws", "connects", "failed", failures=[Failure("failure", "pkg.Refused", message, "trace")])
    place = Place(Path("/nowhere"), record=record(runs=(Run(id="run-000000000001", cases=(case,)),)))
    assert cite("case", case.id, place).excerpt == shown


def test_issues():
    issue = KnownIssue(712, "WebSocket answers jwt-auth", body=f"It should not. {TOKEN}")
    place = Place(Path("/nowhere"), issues=lambda: [issue])
    cited = cite("issue", "#712", place)
    assert cited.excerpt == "WebSocket answers jwt-auth (open)\nIt should not. [redacted]"
    closed = KnownIssue(712, issue.title, issue.body, open=False)
    assert resolve(cited, Place(Path("/nowhere"), issues=lambda: [closed])).state == "resolves"
    other = KnownIssue(712, issue.title, "We found it.")
    assert resolve(cited, Place(Path("/nowhere"), issues=lambda: [other])).state == "changed"
    there = Place(Path("/nowhere"), issues=lambda: [KnownIssue(712, "x", url="https://github.com/harbor/harbor/issues/712")])
    assert state("issue", "harbor/harbor#712", there) == "resolves"
    for ref in ("712", "#713", "other/harbor#712"):
        assert state("issue", ref, there) == "unverified"
    assert state("issue", "harbor/harbor", place) == "unverified"


def test_earlier_worklogs():
    def archive(name):
        if name == "broken":
            raise RecordError("cut in the middle", "restore it")
        return known if name == known.id else None

    known = record(investigations=(Investigation(id="i1", problem="red", root_cause=RootCause(statement="The server answers a token.")),))
    place = Place(Path("/nowhere"), worklog=archive)
    assert cite("worklog", known.id, place).excerpt == "2026-11-22-red\nRed\nThe server answers a token."
    assert state("worklog", "2020-01-01-none", place) == "gone"
    assert "cut in the middle" in resolve(Evidence(kind="worklog", ref="broken"), place).why


@pytest.mark.parametrize("kind", ["metric", "url"])
def test_metrics_and_addresses_are_never_looked_up(kind):
    found = resolve(Evidence(kind=kind, ref="https://example.org/x", excerpt=f"5 % {TOKEN}"), Place(Path("/nowhere")))
    assert (found.state, found.excerpt) == ("unverified", "5 % [redacted]")
    assert "never looked up" in found.why


# -- hostile texts ----------------------------------------------------------------------------------------------------

KINDS = ["case", "cluster", "log", "commit", "location", "issue", "worklog", "metric", "url"]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.text(max_size=60) | st.sampled_from(["a:1", "a:1@abcd", "#1", "abcd"])), max_size=8))
def test_any_references(tmp_path_factory, refs):
    place = Place(tmp_path_factory.getbasetemp(), record=record(), worklog=lambda name: None, seconds=5)
    found = resolve_all([Evidence(kind=kind, ref=ref) for kind, ref in refs], place)
    assert len(found) == len(refs)
    for one in found:
        assert isinstance(one, Resolved)
        assert one.why
        assert bool(one.sha256) == (one.state in {"resolves", "changed"})


@given(st.lists(st.binary(max_size=50) | st.text(max_size=50) | st.sampled_from([*KEY, TOKEN]), min_size=1, max_size=8))
def test_safe_lines_are_as_many_as_lines_and_hold_no_secret(lines):
    safe = safe_lines(lines)
    assert len(safe) == len(lines)
    assert not any("\n" in line or "\x1b" in line or TOKEN in line or KEY[1] in line for line in safe)
    assert len(passage(lines, 1, 1).split("\n")) == len(lines)


def test_a_hash_on_a_line_of_its_own_is_no_key():
    assert safe_line("0c5f1e2a" * 8) == "0c5f1e2a" * 8


def test_long_lines_and_references_do_not_hang(tmp_path):
    path = tmp_path / "a.log"

    def call(size):
        path.write_text("a:1@" * size + "\n" + "password" * size)
        place = Place(tmp_path, {str(path): str(path)})
        resolve_all([Evidence(kind="log", ref=f"{path}:1"), Evidence(kind="location", ref=("a" * 30 + ":1@") * (size // 1_000))], place)
        safe_line("eyJ" + "a." * size)

    assert_linear(call)
