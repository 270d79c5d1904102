from __future__ import annotations

from itertools import permutations

from rca.analysis.merge import in_order, mark_failing, merge_clusters, note_known_reports
from rca.model import Run, Source
from tests.analysis.test_assess import cluster, run, totals

RUNS = (
    run(1, first=totals(0, 2), later=totals(0, 2)),
    run(2, first=totals(0, 1), later=totals(skipped=2)),
    run(3, first=totals(1), later=totals(2)),
    run(4, first=totals(0, 1)),
)
OLD = (cluster(1, "a", "first", impact="bad"), cluster(2, "b", "later"), cluster(3, "c", "first"))
NEW = (cluster(1, "d", "first", run_id="run-2"), cluster(2, "a", "first", "later", run_id="run-2", excerpt="new"))


def test_a_cluster_keeps_its_id_and_what_was_said_of_it():
    merged = merge_clusters(RUNS[:2], OLD, NEW)
    assert {found.fingerprint: found.id for found in merged} == {"a": "c1", "b": "c2", "c": "c3", "d": "c4"}
    assert (merged[0].impact, merged[0].excerpt, merged[0].runs, merged[0].categories) == (
        "bad",
        "new",
        ("run-1", "run-2"),
        ("first", "later"),
    )
    assert merged[1].runs == ("run-1",)


def test_an_older_run_that_comes_late_changes_no_newer_fact():
    late = merge_clusters(RUNS[:2], NEW, OLD)
    kept = next(found for found in late if found.fingerprint == "a")
    assert (kept.excerpt, kept.runs) == ("new", ("run-1", "run-2"))


def test_a_cluster_fails_as_long_as_the_last_run_of_its_categories_shows_it():
    def failing(count: int) -> dict[str, bool]:
        merged = merge_clusters(RUNS[:2], OLD, NEW)
        if count == 4:
            merged = merge_clusters(RUNS, merged, (cluster(1, "a", "first", run_id="run-4"),))
        return {found.fingerprint: found.failing for found in mark_failing(RUNS[:count], merged)}

    assert failing(2) == {"a": True, "b": True, "c": False, "d": True}
    assert failing(3) == {"a": False, "b": False, "c": False, "d": False}
    assert failing(4) == {"a": True, "b": False, "c": False, "d": False}


def test_the_order_of_ingestion_does_not_matter_where_times_are_known():
    for order in permutations(RUNS):
        assert in_order(order) == RUNS
    timeless = RUNS[1].model_copy(update={"started_at": None})
    assert in_order((RUNS[2], timeless, RUNS[0])) == (RUNS[0], RUNS[2], timeless)


def test_reports_that_are_known_are_noted():
    source = Source(path="a.xml", sha256="ab" * 32)
    first, second = Run(id="run-1", sources=(source,)), Run(id="run-2", sources=(source, Source(path="b.xml")))
    assert note_known_reports(first, ()) == first
    noted = note_known_reports(second, (first,))
    assert [problem.message for problem in noted.notes] == ["1 report(s) of this run are in run-1 already, the first is a.xml"]
