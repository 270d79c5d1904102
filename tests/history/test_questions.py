"""Questions that go over many runs."""

from __future__ import annotations

from datetime import UTC, date, datetime

from rca.history.compact import compact
from rca.history.questions import DayRate, find_messages, first_failures, flakiest, pass_rates
from tests.history.conftest import NOW, REPO


def _fill(bench):
    stored = []
    for day, results in enumerate(("a b c-", "a!oh b c", "a b!ah c~", "a!oh b!ah c"), 1):
        bench.at = datetime(2026, 5, day, tzinfo=UTC)
        stored.append(bench.add(results, commit=f"c{day // 2}").facts)
    return stored


def test_flakiest(bench):
    _fill(bench)
    found = flakiest(bench.store, REPO)
    assert sorted((test.id[-1], test.runs, test.failed, test.repeated, test.flipped) for test in found) == [
        ("a", 4, 2, 1, 1),
        ("b", 4, 2, 1, 1),
        ("c", 3, 0, 1, 1),
    ]
    assert len(flakiest(bench.store, REPO, most=1)) == 1
    assert flakiest(bench.store, REPO, runs=1) == []


def test_pass_rates(bench):
    _fill(bench)
    assert pass_rates(bench.store, REPO) == [
        DayRate(date(2026, 5, 1), "Unit", 2, 2),
        DayRate(date(2026, 5, 2), "Unit", 2, 3),
        DayRate(date(2026, 5, 3), "Unit", 2, 3),
        DayRate(date(2026, 5, 4), "Unit", 1, 3),
    ]


def test_first_failures(bench):
    stored = _fill(bench)
    found = first_failures(bench.store, REPO)
    assert [(test.id, test.first, test.runs) for test in found] == [
        ("suite::pkg.Class::b", stored[2].ref, 2),
        ("suite::pkg.Class::a", stored[1].ref, 2),
    ]


def test_find_messages(bench):
    stored = _fill(bench)
    found = find_messages(bench.store, REPO, "WENT oh")
    assert [(hit.id, hit.run, hit.message, hit.error_type, hit.fingerprint) for hit in found] == [
        ("suite::pkg.Class::a", stored[index].ref, "it went oh", "pkg.Error", "v1:oh") for index in (3, 1)
    ]
    assert len(find_messages(bench.store, REPO, "went", most=3)) == 3
    assert find_messages(bench.store, REPO, "%") == []
    assert find_messages(bench.store, REPO, "'; --") == []


def test_the_answers_are_the_same_after_compaction(bench):
    _fill(bench)

    def ask():
        return (
            flakiest(bench.store, REPO),
            pass_rates(bench.store, REPO),
            first_failures(bench.store, REPO),
            find_messages(bench.store, REPO, "w"),
        )

    before = ask()
    assert compact(bench.store, now=NOW).parts == 1
    assert ask() == before


def test_nothing_is_known_of_nothing(bench):
    assert flakiest(bench.store, REPO) == []
    bench.add("a")
    assert pass_rates(bench.store, "another") == []
