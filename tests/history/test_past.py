"""What looking back tells of a run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rca.config import HistoryConfig
from rca.history import append, look_back
from tests.history.conftest import NOW, START, made


def test_no_history_yet(bench):
    history = bench.back("a!x")
    assert (history.earlier, history.cases, history.causes) == (0, {}, {})
    assert history.note == "there is no history yet: this is the first run"


def test_the_first_stored_run(bench):
    bench.add("a!x")
    assert bench.back().note == "there is no earlier run in the history"


# Results of the runs of one branch, one letter each: passed, failed, error, flaky, skipped, or `.` for not there.
PASTS = {
    # runs     runs failed last     good bad failing
    "pf": (1, 0, "passed", 0, None, 0),
    "ff": (1, 1, "failed", None, 0, 1),
    "pff": (2, 1, "failed", 0, 1, 1),
    "pfff": (3, 2, "failed", 0, 1, 2),
    "pfpff": (4, 2, "failed", 2, 3, 1),
    "fpf": (2, 1, "passed", 1, None, 0),
    "pef": (2, 1, "error", 0, 1, 1),
    "p~f": (2, 0, "flaky", 1, None, 0),
    "psf": (1, 0, "passed", 0, None, 0),
    "pfsf": (2, 1, "failed", 0, 1, 1),
    "p.f": (1, 0, "passed", 0, None, 0),
    "pf.f": (2, 1, "failed", 0, 1, 1),
    "sf": (0, 0, "", None, None, 0),
    ".f": (0, 0, "", None, None, 0),
}
WORDS = {"p": "t", "f": "t!boom", "e": "t?boom", "~": "t~", "s": "t-", ".": ""}


@pytest.mark.parametrize(("results", "expected"), PASTS.items())
def test_the_past_of_a_case(bench, results, expected):
    stored = [bench.add(f"other {WORDS[letter]}").facts for letter in results]
    history = bench.back()
    past = history.cases["suite::pkg.Class::t"]
    runs, failed, last, good, bad, failing = expected
    assert (past.runs, past.failed, past.last, past.failing_runs) == (runs, failed, last, failing)
    assert past.last_good == (None if good is None else stored[good].ref)
    assert past.first_bad == (None if bad is None else stored[bad].ref)
    assert history.earlier == len(results) - 1
    assert history.previous == stored[-2].ref


# Results of earlier runs as `commit:result`, and what they say of a run on commit c.
FLIPS = {
    "a:p b:f": (0, 0, 0),
    "a:p a:f": (1, 1, 0),
    "a:f a:f": (1, 0, 0),
    "a:p a:p b:p b:f": (2, 1, 0),
    "a:~": (1, 1, 0),
    "c:p": (0, 0, 1),
    "c:p c:p c:f": (1, 1, 2),
    "c:~": (1, 1, 1),
    "a:s a:p": (0, 0, 0),
    "-:p -:f": (0, 0, 0),
    "-:~": (1, 1, 0),
}


@pytest.mark.parametrize(("results", "expected"), FLIPS.items())
def test_flips_are_counted_on_one_commit(bench, results, expected):
    for number, word in enumerate(results.split()):
        commit, _, letter = word.partition(":")
        bench.add(WORDS[letter], commit=None if commit == "-" else commit, branch=f"branch-{number}")
    bench.add("t!boom", commit="c")
    past = bench.back().cases["suite::pkg.Class::t"]
    assert (past.repeated, past.flipped, past.passed_here) == expected


def test_what_fails_in_one_environment_or_job_only_is_not_flaky(bench):
    bench.add("t", commit="c", environment="linux")
    bench.add("t!x", commit="c", environment="windows")
    bench.add("t!x", commit="c", environment="linux", job="slow")
    bench.add("t!x", commit="c", environment="windows")
    past = bench.back().cases["suite::pkg.Class::t"]
    assert (past.repeated, past.flipped, past.passed_here) == (0, 0, 0)


def test_of_shards_with_one_name_the_worst_counts(bench):
    bench.add("t t!x")
    bench.add("t t")
    bench.add("t!x t!x")
    history = bench.back()
    past = history.cases["suite::pkg.Class::t"]
    assert (past.runs, past.failed, past.last) == (2, 1, "passed")
    assert len(history.cases) == 1


def test_where_a_cause_was_seen_before(bench):
    first = bench.add("a!boom", branch="old").facts
    bench.add("b!bang")
    last = bench.add("b!boom c!boom", branch="new").facts
    bench.add("a!boom b!quiet")
    causes = bench.back().causes
    assert set(causes) == {"v1:boom", "v1:boo"}
    for mark in causes:
        assert (causes[mark].first, causes[mark].last, causes[mark].runs) == (first.ref, last.ref, 2)
        assert causes[mark].branches == ("new", "old")


def test_fixed_cases(bench):
    bench.add("a!x b!x c!x d!x e")
    bench.add("a b! c- e f".replace("b!", "b!x"))
    history = bench.back()
    assert (history.fixed, history.fixed_count) == (["suite::pkg.Class::a"], 1)


def test_many_fixed_cases_are_counted(bench):
    names = [f"t{number:03}" for number in range(150)]
    bench.add(" ".join(f"{name}!x" for name in names))
    bench.add(" ".join(names))
    history = bench.back()
    assert history.fixed_count == 150
    assert history.fixed == [f"suite::pkg.Class::{name}" for name in names[:100]]


def test_a_run_that_is_not_stored(bench):
    first = bench.add("a b!x").facts
    history = bench.back("a!x b")
    assert history.previous == first.ref
    assert history.cases["suite::pkg.Class::a"].last_good == first.ref
    assert history.fixed == []


def test_only_the_same_branch_and_environment(bench):
    bench.add("a", branch="other")
    bench.add("a", environment="staging")
    bench.add("a", repo="another")
    mine = bench.add("a").facts
    history = bench.back("a!x")
    assert (history.earlier, history.previous) == (1, mine.ref)
    assert history.compared_with == "the one earlier run of main"
    assert bench.back("a!x", environment="staging").compared_with == "the one earlier run of main on staging"


BASES = [
    ({"branch": "new", "base": "release"}, "", "release"),
    ({"branch": "new"}, "develop", "develop"),
    ({"branch": "new", "base": "nowhere"}, "develop", "develop"),
    ({"branch": "new"}, "", "main"),
    ({"branch": None}, "", "main"),
]


@pytest.mark.parametrize(("context", "configured", "base"), BASES)
def test_a_new_branch_is_compared_with_the_one_it_comes_from(bench, context, configured, base):
    stored = {branch: bench.add("a", branch=branch).facts for branch in ("release", "develop", "master", "main")}
    history = bench.back("a!x", configured=configured, **context)
    assert history.previous == stored[base].ref
    name = "of new" if context["branch"] else "without a branch"
    assert history.compared_with == f"the one earlier run of {base}, since there is none {name}"


def test_a_pull_request_is_held_against_its_base_whatever_its_own_branch_did(bench):
    good = bench.add("a b!old c", branch="main").facts
    bench.add("a b!old", branch="main", environment="staging")
    bench.add("a!new b!old c!new", branch="new", base="main")
    history = bench.back("a!new b!old c d!new", branch="new", base="main")
    assert history.compared_with == "the one earlier run of new"
    assert history.cases["suite::pkg.Class::a"].last == "failed"
    base = history.base
    assert (base.branch, base.runs) == ("main", 1)
    assert {name.rpartition("::")[2]: (past.runs, past.last) for name, past in base.cases.items()} == {
        "a": (1, "passed"),
        "b": (1, "failed"),
        "d": (0, ""),
    }
    assert base.cases["suite::pkg.Class::a"].last_good == good.ref
    assert set(base.causes) == {"v1:old"}
    assert base.causes["v1:old"].branches == ("main",)


def test_the_first_run_of_a_pull_request_is_compared_with_its_base_alone(bench):
    bench.add("a", branch="main")
    history = bench.back("a!x", branch="new", base="main")
    assert history.base.cases is history.cases
    assert bench.back("a!x", branch="new").base is None


def test_a_pull_request_from_a_branch_of_the_same_name(bench):
    bench.add("a", branch="main")
    assert bench.back("a!x", branch="main", base="main").base.runs == 1


def test_a_base_without_runs(bench):
    bench.add("a", branch="new", base="main")
    base = bench.back("a!x", branch="new", base="main").base
    assert (base.branch, base.runs, base.cases, base.causes) == ("main", 0, {}, {})


def test_the_window_holds_for_the_base_too(bench):
    for results in ("a!x", "a", "a"):
        bench.add(results, branch="main")
    bench.add("a", branch="new")
    assert bench.back("a!y", branch="new", base="main", window=2).base.cases["suite::pkg.Class::a"].failed == 0


def test_master_where_there_is_no_main(bench):
    bench.add("a", branch="master")
    assert bench.back("a!x", branch="new").compared_with.startswith("the one earlier run of master")


def test_nothing_to_compare_with(bench):
    bench.add("a!x", branch="other")
    history = bench.back("a!x", branch="new")
    assert history.earlier == 0
    assert history.compared_with == "no earlier run of new"
    assert history.note == "there is no earlier run to compare with: no earlier run of new"
    assert history.causes["v1:x"].branches == ("other",)


def test_the_window(bench):
    for letter in "pfpfff":
        bench.add(WORDS[letter])
    bench.add("t!boom")
    history = bench.back(window=2)
    past = history.cases["suite::pkg.Class::t"]
    assert (past.runs, past.failing_runs, past.last_good) == (2, 2, None)
    assert history.compared_with == "the last 2 of 6 earlier runs of main"
    assert history.earlier == 6


def test_the_previous_run_is_one_of_the_same_job(bench):
    unit = bench.add("a!x", job="unit").facts
    bench.add("z", job="e2e")
    bench.add("a", job="unit")
    history = bench.back()
    assert history.previous == unit.ref
    assert history.fixed == ["suite::pkg.Class::a"]


def test_a_second_attempt_is_a_run_of_its_own(bench):
    bench.add("a!x", commit="c", attempt=1, job="unit")
    bench.add("a", commit="c", attempt=2, job="unit")
    bench.add("a!x", commit="d", attempt=1, job="unit")
    past = bench.back().cases["suite::pkg.Class::a"]
    assert (past.runs, past.repeated, past.flipped) == (2, 1, 1)


def test_the_answer_stays_the_same(bench):
    bench.add("a b!x")
    bench.add("a!x b")
    before = bench.back()
    run = bench.runs[-1]
    rows = made("a!x b", at=bench.at)[1]
    assert not append(bench.store, run, rows, now=NOW).added
    assert bench.back() == before
    bench.add("a b")
    assert look_back(bench.store, run, HistoryConfig()) == before


def test_runs_that_only_the_clock_dated(bench):
    for number, results in enumerate(("a", "a!x", "a!x")):
        run, rows = made(results, at=None, run=str(number))
        append(bench.store, run, rows, now=START - timedelta(days=number))
    past = look_back(bench.store, run, HistoryConfig()).cases["suite::pkg.Class::a"]
    assert (past.runs, past.failed, past.last) == (2, 1, "failed")


@pytest.mark.parametrize("text", ["x'; DROP TABLE line; --", 'a"b', "$here", "%", "\0", "\ud800", "a\nb", "x" * 5_000])
def test_hostile_words(bench, text):
    bench.add("a", branch=text, environment=text, commit=text, job=text)
    history = bench.back("a!x", branch=text, environment=text, commit=text, job=text)
    assert history.earlier == 1
    assert history.cases["suite::pkg.Class::a"].passed_here == 1
    assert "\n" not in history.compared_with
    assert len(history.compared_with) < 300
