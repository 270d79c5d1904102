"""Suspects: each sign alone, what speaks against a commit, and small repositories with a known culprit."""

import importlib.util
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.causes.clues import clues_of
from rca.causes.suspects import MOST, line_up, rank, remark
from rca.model import Case, Cluster, Commit, CommitRange, Failure, FileChange, Location
from tests.timing import assert_linear

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def commit(number, *files, summary="change", **more):
    return Commit(f"{number:02x}{0:038}", NOW, summary, ("p",), list(files), **more)


def file(path, *scopes, gained=(), lost=(), **more):
    return FileChange(path, scopes=scopes, gained=frozenset(gained), lost=frozenset(lost), **more)


def failing(message="boom", kind="ValueError", *, frames=(), name="test_it", classname="tests.test_other.TestIt", text="", location=None):
    case = Case("suite", classname, name, "failed", failures=[Failure("failure", kind, message, text)], location=location)
    return Cluster(id="c1", title=message, fingerprint="v1:0", cases=(case.id,), error_type=kind, message=message, frames=frames), [case]


def ranked(commits, found, *, prefix="", complete=False):
    return rank(*found, line_up(CommitRange(list(commits), "Looked.", complete, prefix)))


def names(suspect):
    return {part.name for part in suspect.parts}


# Something else that was committed: it connects with nothing.
OTHER = commit(99, file("lib/zzz.py", "somewhere", gained={"alpha"}, lost={"beta"}))
FRAMES = ("shop/cart.py:total", "shop/checkout.py:pay")


@pytest.mark.parametrize(
    ("culprit", "found", "sign"),
    [
        (file("app/shop/cart.py", "count"), failing(frames=FRAMES), "file in the trace"),
        (file("app/shop/cart.py", "total"), failing(frames=FRAMES), "function in the trace"),
        (
            file("shop/new.py", "total", old_path="shop/cart.py", status="renamed", gained={"x"}),
            failing(frames=FRAMES),
            "function in the trace",
        ),
        (file("shop/checkout.py", "pay"), failing(frames=FRAMES), "function in the trace"),
        (file("tests/test_other.py", "test_more"), failing(), "test file"),
        (file("tests/test_other.py", "test_it"), failing(), "test"),
        (file("src/test/java/com/acme/CartTest.java"), failing(classname="com.acme.CartTest"), "test file"),
        (file("web/cart.spec.ts"), failing(location=Location("web/cart.spec.ts", 3)), "test file"),
        (file("shop/model.py", lost={"net_price"}), failing("no attribute 'net_price'", "AttributeError", frames=FRAMES), "message"),
        (file("shop/rules.py", gained={"amounts", "negative", "refused"}), failing("negative amounts are refused"), "text of the message"),
        (
            file("shop/a.py", old_path="shop/money.py", status="renamed"),
            failing("No module named 'shop.money'", "ModuleNotFoundError"),
            "missing module",
        ),
        (file("src/money.js", status="deleted"), failing("Cannot find module '../src/money' from 'a.js'", "Error"), "missing module"),
        (file("shop/other.py"), failing(), "named by the test"),
        (file("shop/x.py", "total"), failing(name="test_total"), "named by the test"),
        (file("requirements.txt"), failing("cannot import name 'a'", "ImportError", frames=FRAMES), "dependency"),
        (file("vendor/lib", submodule=True), failing("No module named x", "ImportError"), "dependency"),
        (file("config/a.yaml"), failing("API_URL is not set", "RuntimeError"), "config"),
        (file(".github/workflows/a.yml"), failing("x"), "pipeline"),
        (file("db/migrations/1.sql"), failing("no such column: a", "OperationalError"), "migration"),
        (file("docker-compose.yml", lost={"6379"}), failing("connect ECONNREFUSED 127.0.0.1:6379"), "message"),
        (file("docker-compose.yml", lost={"postgres"}), failing("connect ECONNREFUSED 127.0.0.1:5432"), "message"),
        (file("shop/mapper.py", lost={"setLabel"}), failing('the return value of "Item.getLabel()" is null', frames=FRAMES), "message"),
    ],
    ids=lambda value: value.path if isinstance(value, FileChange) else "",
)
def test_each_sign(culprit, found, sign):
    first, *_ = ranked([OTHER, commit(1, culprit), OTHER], found)
    assert first.commit == f"{1:02x}{0:038}"
    assert sign in names(first)
    (part,) = [part for part in first.parts if part.name == sign][:1]
    assert part.points > 0
    assert part.why


def test_frames_come_from_the_texts_too():
    text = 'Traceback (most recent call last):\n  File "/app/shop/outer.py", line 1, in outer\n  File "/app/shop/inner.py", line 2, in inner\nValueError: x'
    (first, second) = ranked(
        [commit(1, file("shop/outer.py", "outer")), commit(2, file("shop/inner.py", "inner"))], failing("x", text=text)
    )
    assert (first.commit, second.commit) == (f"{2:02x}{0:038}", f"{1:02x}{0:038}")


def test_a_helper_of_tests_leads_somewhere_and_the_test_does_not():
    cluster, cases = failing(frames=("tests/support.py:start_server", "tests/test_other.py:test_it"))
    clues = clues_of(cluster, cases)
    assert [(place.function, place.helper) for place in clues.frames] == [("start_server", True)]
    assert not clues.leads
    (suspect,) = ranked([commit(1, file("tests/support.py", "start_server"))], (cluster, cases))
    assert "function in the trace" in names(suspect)


def test_nothing_connects():
    assert ranked([OTHER], failing("boom", frames=FRAMES)) == ()
    assert ranked([], failing()) == ()
    assert (
        remark((), line_up(CommitRange([OTHER], "Looked."))) == "Looked. None of them has to do with this failure, as far as can be seen."
    )
    assert remark((), line_up(CommitRange([], "No git."))) == "No git."
    assert remark((), line_up(CommitRange([commit(1, files_known=False)], "Shallow."))) == "Shallow."


def test_at_most_five():
    commits = [commit(number, file("shop/cart.py", "total")) for number in range(9)]
    assert len(ranked(commits, failing(frames=FRAMES))) == MOST
    assert len(rank(*failing(frames=FRAMES), line_up(CommitRange(commits)), most=2)) == 2


def test_the_more_commits_show_a_sign_the_less_it_tells():
    (alone,) = ranked([commit(1, file("shop/cart.py", "total")), OTHER], failing(frames=FRAMES))
    one, two, three = ranked([commit(number, file("shop/cart.py", "total")) for number in range(3)], failing(frames=FRAMES))
    assert alone.score > one.score > two.score > three.score
    assert "so do 2 others" in one.parts[0].why
    assert (one.commit, three.commit) == (f"{0:02x}{0:038}", f"{2:02x}{0:038}")


def test_a_file_that_was_moved_later_is_known_by_both_names():
    moved = commit(1, file("shop/core/cart.py", old_path="shop/cart.py", status="renamed"))
    (first, *_) = ranked([moved, commit(2, file("shop/cart.py", "total", gained={"x"}))], failing(frames=("core/cart.py:total",)))
    assert first.commit == f"{2:02x}{0:038}"
    assert first.score > 0.5


@pytest.mark.parametrize(
    ("against", "culprit"),
    [
        ("documentation only", [commit(1, file("docs/guide.md", "total", gained={"net_price"}), summary="net_price")]),
        ("large", [commit(1, file("shop/cart.py", "total"), *(file(f"shop/f{number}.py") for number in range(300)))]),
        ("formatting", [commit(1, *(file(f"shop/{name}.py", "total", gained={"a"}, lost={"a"}) for name in ("cart", "b", "c", "d", "e")))]),
        ("reverted", [commit(2, file("a.py"), reverts=f"{1:02x}{0:038}"[:12]), commit(1, file("shop/cart.py", "total"))]),
        ("reverted", [commit(1, file("shop/cart.py", "total"), reverts=f"{2:02x}{0:038}"), commit(2, file("a.py"))]),
    ],
)
def test_what_speaks_against_a_commit(against, culprit):
    found = failing("no attribute 'net_price'", frames=FRAMES)
    (plain,) = ranked([commit(1, file("shop/cart.py", "total"))], failing(frames=FRAMES))
    suspects = [suspect for suspect in ranked(culprit, found) if suspect.commit == f"{1:02x}{0:038}"]
    for suspect in suspects:
        assert against in names(suspect)
        assert suspect.score < plain.score
        assert min(part.points for part in suspect.parts) < 0
    assert suspects or against == "documentation only"


def test_other_folders_of_a_repository_count_less():
    found = failing("PRICE_URL is not set")
    commits = [commit(1, file("api/config/a.yaml")), commit(2, file("web/config/b.yaml"))]
    first, second = ranked(commits, found, prefix="web/")
    assert first.commit == f"{2:02x}{0:038}"
    assert "elsewhere" in names(second)
    assert [suspect.commit for suspect in ranked(commits, found)] == [f"{1:02x}{0:038}", f"{2:02x}{0:038}"]
    # A frame in shared code leads there, wherever the project is.
    (shared,) = ranked([commit(1, file("libs/shop/cart.py", "total"))], failing(frames=FRAMES), prefix="web/")
    assert "elsewhere" not in names(shared)


def test_the_only_commit_is_a_suspect_by_itself():
    (suspect,) = ranked([OTHER], failing("x", frames=FRAMES), complete=True)
    assert "few commits" in names(suspect)
    two = ranked([OTHER, commit(1, file("shop/thing.py"))], failing("x", frames=FRAMES), complete=True)
    assert max(suspect.score for suspect in two) < suspect.score
    assert ranked([OTHER], failing("x", frames=FRAMES), complete=False) == ()


def test_summaries_are_cleaned_and_hold_no_secrets():
    token = "ghp_0123456789abcdefghij0123456789abcdef"
    (suspect,) = ranked(
        [commit(1, file("shop/cart.py\n<b>", "total"), file("shop/cart.py", "total"), summary=f"use {token}\x1b[31m\n" + "x" * 500)],
        failing(frames=FRAMES),
    )
    assert suspect.summary.startswith("use [redacted]")
    assert len(suspect.summary) <= 120
    assert "\n" not in str([part.why for part in suspect.parts])


words = st.sampled_from(
    ["total", "cart", "shop", "net_price", "getLabel", "x", "docs", "tests", "test_cart", "config", "py", "äöü", "5432"]
)
paths = st.lists(words, min_size=1, max_size=4).map("/".join) | st.text(max_size=20)
changes = st.builds(
    FileChange, path=paths, old_path=st.just("") | paths, status=st.sampled_from(["added", "modified", "deleted", "renamed"]),
    scopes=st.lists(words, max_size=3).map(tuple), gained=st.frozensets(words), lost=st.frozensets(words), submodule=st.booleans(),
)  # fmt: skip
commits = st.lists(
    st.builds(Commit, sha=st.integers(0, 9).map(lambda number: f"{number:02x}{0:038}"), at=st.just(NOW), summary=st.text(max_size=30), files=st.lists(changes, max_size=6),
              reverts=st.just("") | st.integers(0, 9).map(lambda number: f"{number:02x}{0:038}")), max_size=8,
)  # fmt: skip


@given(
    commits, st.lists(words, max_size=6).map(" ".join), st.lists(st.tuples(words, words).map("/".join), max_size=4), st.booleans(), paths
)
@settings(max_examples=200)
def test_parts_add_up_to_the_score(found, message, frames, complete, prefix):
    cluster, cases = failing(message, frames=tuple(f"{frame}:total" for frame in frames), name="test_cart")
    lineup = line_up(CommitRange(found, complete=complete, prefix=prefix))
    suspects = rank(cluster, cases, lineup)
    assert suspects == rank(cluster, cases, lineup)
    assert [suspect.score for suspect in suspects] == sorted((suspect.score for suspect in suspects), reverse=True)
    for suspect in suspects:
        assert 0 < suspect.score <= 1
        assert math.isclose(suspect.score, sum(part.points for part in suspect.parts), abs_tol=1e-9)
        points = [part.points for part in suspect.parts]
        assert points == sorted(points, reverse=True)
        assert all(part.why for part in suspect.parts)
        assert sum(abs(part.points) < 0.015 for part in suspect.parts) <= 1


@pytest.mark.parametrize("unit", ["a_b ", "'", "No module named ", "a.", "(", "x" * 50 + " ", "127.0.0.1:5432 ", "E   ", '"a" '])
def test_no_message_hangs(unit):
    lineup = line_up(CommitRange([OTHER]))
    assert_linear(lambda size: rank(*failing(unit * (size // len(unit)), text=unit * (size // len(unit))), lineup))


# -- repositories ---------------------------------------------------------------------------------------------------

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "suspects.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("suspects_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_culprits_of_small_repositories(benchmark, tmp_path):
    chosen = (
        "top_frame",
        "field_renamed",
        "column_dropped",
        "test_itself",
        "module_moved_away",
        "in_a_monorepo",
        "moved_later",
        "off_by_one",
    )
    scenarios = {
        steps.__name__: (language, steps) for part in benchmark.SCENARIOS.values() for language, steps in part if language != "java"
    }
    places = []
    for name in chosen:
        (tmp_path / name).mkdir()
        places.append(benchmark.measure(benchmark.make(*scenarios[name], 3, tmp_path / name)).place)
    assert sum(place == 1 for place in places) >= 6, places
    assert all(1 <= place <= 3 for place in places), places


def test_a_release_is_no_change_of_dependencies():
    bump = commit(1, file("pyproject.toml", gained={"version"}, lost={"version"}), file("src/pkg/__init__.py", gained={"VERSION"}))
    upgrade = commit(2, file("pyproject.toml", gained={"version", "httpx"}, lost={"version", "httpx"}))
    found = {suspect.commit: names(suspect) for suspect in ranked([bump, upgrade, OTHER], failing())}
    assert "dependency" in found[upgrade.sha]
    assert "dependency" not in found.get(bump.sha, set())
