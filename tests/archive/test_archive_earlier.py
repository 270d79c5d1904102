"""What earlier worklogs know of causes, and the cache that makes this quick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rca.archive import earlier
from rca.archive.earlier import CLUSTERS_KEPT, MOST, earlier_causes, read_remembered, remember
from rca.archive.records import Archive
from rca.errors import RecordError
from rca.model import Cluster, Fix, GroupResult, Investigation, Keys, RootCause, Run, Totals, Worklog
from tests.timing import assert_linear

A, B = "v1:00000000000000aa", "v1:00000000000000bb"
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(day):
    return START + timedelta(days=day)


def run(day, *categories):
    totals = Totals(total=1, passed=1)
    return Run(id=f"run-{day}", started_at=at(day), categories=tuple(GroupResult(name=name, totals=totals) for name in categories))


def cluster(*days, mark=A, number=1, **more):
    facts = {"categories": ("cart",), "cases": ("t",), "runs": tuple(f"run-{day}" for day in days)}
    return Cluster(id=f"c{number}", title="x", fingerprint=mark, **{**facts, **more})


def worklog(name, runs, *clusters, cause="", fixed=False):
    explained = [Investigation(id="i1", problem="x", clusters=("c1",), root_cause=RootCause(statement=cause) if cause else None)]
    return Worklog(
        id=f"2026-01-01-{name}",
        title=name.title(),
        opened_at=START,
        runs=tuple(runs),
        clusters=clusters,
        investigations=tuple(explained if cause else ()),
        fixes=(Fix(summary="x"),) if fixed else (),
    )


def ask(*records, clusters=None, but=""):
    return earlier_causes({record.id: remember(record) for record in records}, clusters or [cluster(99)], but=but)


def held(*records):
    return {cause.worklog.removeprefix("2026-01-01-"): cause.held for cause in ask(*records)}


def test_a_cause_is_given_with_all_that_is_known():
    keys = Keys(exact="e", cause=B, message="m")
    (found,) = ask(worklog("one", [run(1, "cart"), run(2, "cart")], cluster(1, 2, keys=keys, merged=("v1:1",)), cause="A  typo\nin it"))
    assert (found.worklog, found.title, found.root_cause) == ("2026-01-01-one", "One", "A typo in it")
    assert (found.fingerprints, found.message_key, found.last_at) == ((A, B, "v1:1"), "m", at(2))
    assert found.held == "not judged"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"mark": A}, True),
        ({"mark": B}, False),
        ({"mark": B, "merged": (A,)}, True),
        ({"mark": B, "keys": Keys(exact="e", cause=A, message="other")}, True),
        ({"mark": B, "keys": Keys(exact="e", cause=B, message="m")}, True),
        ({"mark": B, "keys": Keys(exact="e", cause=B, message="")}, False),
    ],
)
def test_causes_are_found_by_fingerprint_and_by_message(wanted, found):
    record = worklog("one", [run(1, "cart")], cluster(1, keys=Keys(exact="e", cause=A, message="m")))
    assert bool(ask(record, clusters=[cluster(9, **wanted)])) is found


def test_a_message_that_says_too_little_is_no_key():
    record = worklog("one", [run(1, "cart")], cluster(1, mark=B, keys=Keys(exact="e", cause=B, message="m"), confidence="low"))
    assert ask(record, clusters=[cluster(9, mark="v1:9", keys=Keys(exact="e", cause="v1:9", message="m"))]) == []


def test_the_worklog_itself_and_clusters_without_a_past():
    record = worklog("one", [run(1, "cart")], cluster(1))
    assert ask(record, but=record.id) == []
    assert ask() == []
    assert ask(record, clusters=[cluster(9, mark=B)]) == []


def test_the_latest_stands_first_and_explained_ones_are_preferred():
    records = [worklog(f"w{day}", [run(day, "cart")], cluster(day), cause="known" if day == 1 else "") for day in range(1, MOST + 3)]
    found = [cause.worklog[-2:] for cause in ask(*records)]
    assert found == ["w7", "w6", "w5", "w4", "w1"]


def test_a_run_without_a_time_counts_from_its_worklog():
    bare = Run(id="run-1", categories=(GroupResult(name="cart", totals=Totals(total=1, passed=1)),))
    (found,) = ask(worklog("one", [bare], cluster(1)))
    assert found.last_at == START
    (lost,) = ask(worklog("two", [bare], cluster(7)))
    assert lost.last_at is None


# -- whether a fix held ------------------------------------------------------------------------------------------------

BROKEN = [run(1, "cart")]
MENDED = [run(1, "cart"), run(2, "cart")]


def test_without_a_fix_nothing_is_judged():
    assert held(worklog("one", MENDED, cluster(1))) == {"one": "not judged"}


def test_without_a_later_run_nothing_is_judged():
    assert held(worklog("one", BROKEN, cluster(1), fixed=True)) == {"one": "not judged"}
    other_category = [run(1, "cart"), run(2, "till")]
    assert held(worklog("one", other_category, cluster(1), fixed=True)) == {"one": "not judged"}
    assert held(worklog("one", MENDED, cluster(1, categories=()), fixed=True)) == {"one": "not judged"}


def test_a_fix_held_when_a_later_run_does_not_show_the_cause():
    assert held(worklog("one", MENDED, cluster(1), fixed=True)) == {"one": "held"}


def test_the_later_run_may_be_in_another_worklog():
    one = worklog("one", BROKEN, cluster(1), fixed=True)
    assert held(one, worklog("two", [run(3, "cart")], cluster(3, mark=B))) == {"one": "held"}
    assert held(one, worklog("two", [run(3, "till")])) == {"one": "not judged"}


def test_a_cause_that_shows_up_again_came_back():
    one = worklog("one", MENDED, cluster(1), fixed=True)
    again = worklog("two", [run(5, "cart")], cluster(5))
    assert held(one, again) == {"one": "came back", "two": "not judged"}
    later = worklog("three", [run(7, "cart")])
    assert held(one, again, later)["one"] == "came back"


def test_to_go_on_failing_is_not_to_come_back():
    """No run showed in between that the cause was gone."""
    one = worklog("one", BROKEN, cluster(1), fixed=True)
    assert held(one, worklog("two", [run(2, "cart")], cluster(2)))["one"] == "not judged"
    assert held(one, worklog("two", [run(2, "cart"), run(3, "cart")], cluster(2)))["one"] == "held"


def test_a_fix_may_be_about_some_clusters_only():
    record = worklog("one", MENDED, cluster(1), cluster(1, mark=B, number=2), cause="typo", fixed=True)
    named = record.model_copy(update={"fixes": (Fix(summary="x", investigation="i1"),)})
    found = ask(named, clusters=[cluster(9), cluster(9, mark=B)])
    assert {cause.fingerprints[0]: cause.held for cause in found} == {A: "held", B: "not judged"}


# -- the cache ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def settled(monkeypatch):
    monkeypatch.setattr("rca.archive.cached.YOUNG", -(10**12))


def test_records_are_read_once(bench, settled, monkeypatch):
    stored = bench.ingest(bench.new().id, "a t1!boom")
    first = bench.archive.earlier(stored.clusters)
    assert [cause.worklog for cause in first] == [stored.id]
    assert bench.archive.earlier(stored.clusters, but=stored.id) == []
    monkeypatch.setattr(Archive, "load", lambda *_: pytest.fail("was read again"))
    assert bench.archive.earlier(stored.clusters) == first


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 50_000,
        b'{"made_by": "X", "values": {"a": 1}}',
        b'{"made_by": "X", "values": {"ID": [STAMP, {"title": "x", "ran": [], "causes": []}]}}',
        b'{"made_by": "X", "values": {"ID": [STAMP, {"title": "x", "ran": {}, "causes": [{}]}]}}',
        b'{"made_by": "X", "values": {"ID": [STAMP, {"title": "x", "ran": {}, "causes": [CAUSE]}]}}',
    ],
)
def test_a_damaged_cache_counts_for_nothing(bench, settled, monkeypatch, content):
    stored = bench.ingest(bench.new().id, "a t1!boom")
    want = bench.archive.earlier(stored.clusters)
    monkeypatch.setattr("rca.archive.cached.made_by", lambda _: "X")
    info = bench.archive.path(stored.id).stat()
    stamp = [info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino]
    cause = b'{"fingerprints": [1], "message_key": "", "categories": [], "first": 0, "last": 0, "fixed": false, "root_cause": ""}'
    for mark, value in ((b"ID", stored.id.encode()), (b"STAMP", str(stamp).encode()), (b"CAUSE", cause)):
        content = content.replace(mark, value)
    cache = bench.folder / ".rca/causes.json"
    cache.write_bytes(content)
    assert bench.archive.earlier(stored.clusters) == want
    cache.unlink()
    assert bench.archive.earlier(stored.clusters) == want
    assert cache.is_file()


def test_a_record_that_cannot_be_read_is_skipped(bench):
    stored = bench.ingest(bench.new().id, "a t1!boom")
    other = bench.ingest(bench.new("Two").id, "a t1!boom")
    bench.archive.path(other.id).write_text("{")
    assert [cause.worklog for cause in bench.archive.earlier(stored.clusters)] == [stored.id]
    assert [cause.worklog for cause in bench.archive.earlier(stored.clusters)] == [stored.id]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    def load(worklog_id):
        if worklog_id == "bad":
            raise RecordError("no")
        return worklog("one", BROKEN, cluster(1))

    found = read_remembered(tmp_path / "missing/causes.json", load, {"one": Path("one"), "bad": Path("bad")})
    assert [len(record.causes) for record in found.values()] == [1, 0]
    assert not (tmp_path / "missing").exists()


def test_the_largest_clusters_of_a_record_are_kept():
    clusters = [cluster(1, mark=f"v1:{number}", cases=("t",) * (1 + number % 3)) for number in range(CLUSTERS_KEPT + 500)]
    kept = remember(worklog("one", BROKEN, *clusters)).causes
    assert len(kept) == CLUSTERS_KEPT
    assert "v1:2" in kept[0].fingerprints


def test_a_cause_that_every_record_holds_costs_in_step_with_them():
    def ask_many(size):
        record = remember(worklog("one", MENDED, *[cluster(1, mark=f"v1:{number}") for number in range(20)], fixed=True))
        records = {f"2026-01-01-{number}": record for number in range(size)}
        earlier_causes(records, [cluster(9, mark=f"v1:{number}") for number in range(20)])

    assert_linear(ask_many, 3_000)
    assert earlier.MOST < 10
