"""Every report of a real producer gives exactly the counts of its elements, and the name of its producer."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rca.sources.interface import Report
from rca.sources.junit import read_junit
from tests.sources.reading import Counted, Kept, codes, read_bytes, read_file

HERE = Path(__file__).parent
DATA = HERE.parent / "data" / "junit"
OTHERS = Path(os.environ.get("RCA_JUNIT_CORPUS", HERE.parents[1].parent / "shared" / "corpora" / "junit"))
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text("utf-8"))
MERGED: dict[str, dict[str, int]] = json.loads((HERE / "merged.json").read_text("utf-8"))
# The report says which program wrote it from TAP, not whose TAP it was.
NAMED_OTHERWISE = {"ava": "tap-xunit"}
KEYS = ("total", "passed", "failed", "error", "skipped", "flaky")

OTHERS_EXPECTED: dict[str, dict[str, Any]] = {}
if (OTHERS / "expected.json").is_file():
    OTHERS_EXPECTED = json.loads((OTHERS / "expected.json").read_text("utf-8"))


def wanted(row: dict[str, Any]) -> dict[str, int]:
    counts = {key: row[key] for key in KEYS}
    counts["total"] += row["suite_errors"]
    counts["error"] += row["suite_errors"]
    return counts


@pytest.mark.parametrize("name", EXPECTED)
def test_counts_and_producer_of_own_reports(name: str) -> None:
    row = EXPECTED[name]
    reading, sink = read_file(DATA / name)
    assert sink.counts() == MERGED.get(name, wanted(row))
    assert reading.cases == sink.counts()["total"]
    assert reading.producer == NAMED_OTHERWISE.get(row["producer"], row["producer"])
    assert "malformed" not in codes(reading)
    assert len(reading.sha256) == 64


@pytest.mark.parametrize("name", EXPECTED)
def test_own_reports_read_once_give_the_same(name: str) -> None:
    whole = read_file(DATA / name)[1]
    once = read_bytes((DATA / name).read_bytes(), again=False)[1]
    assert once.counts() == whole.counts()
    assert once.names() == whole.names()


@pytest.mark.parametrize("name", sorted(MERGED.keys() - {"_"}))
def test_merged_counts_leave_nothing_out(name: str) -> None:
    row, merged = EXPECTED[name], MERGED[name]
    tries = row["total"] - merged["total"]
    assert tries == row["repeats"] - (name == "pytest/xdist.xml")
    assert (merged["error"], merged["skipped"]) == (row["error"], row["skipped"])
    _, sink = read_file(DATA / name)
    assert sum(len(case.attempts) for case in sink.cases) == tries
    assert all(case.attempts for case in sink.cases if case.flaky)


@pytest.mark.skipif(not OTHERS_EXPECTED, reason="the reports of other projects are not here (RCA_JUNIT_CORPUS names their folder)")
def test_counts_of_other_projects_reports() -> None:
    wrong = {}
    for name, row in OTHERS_EXPECTED.items():
        reading, sink = read_file(OTHERS / name)
        if sink.counts() != wanted(row) or reading.cases != sink.counts()["total"]:
            wrong[name] = (sink.counts(), wanted(row))
    assert not wrong


OTHER_PRODUCERS = {
    "analytics-cli/cli": "googletest", "analytics-cli/xcresult": "xctest", "gotestsum": "gotestsum",
    "junitparser/tests/data/normal": "unknown", "junitparser/tests/data/pytest": "pytest",
    "launchable-cli/tests/data/ant": "ant", "launchable-cli/tests/data/bazel": "bazel", "launchable-cli/tests/data/behave": "behave",
    "launchable-cli/tests/data/cucumber": "cucumber", "launchable-cli/tests/data/cypress/test": "cypress",
    "launchable-cli/tests/data/go_test": "go-junit-report", "launchable-cli/tests/data/googletest": "googletest",
    "launchable-cli/tests/data/gradle": "gradle", "launchable-cli/tests/data/jest": "jest", "launchable-cli/tests/data/maven": "surefire",
    "launchable-cli/tests/data/minitest": "minitest", "launchable-cli/tests/data/playwright": "playwright",
    "launchable-cli/tests/data/prove": "prove", "launchable-cli/tests/data/pytest": "pytest", "launchable-cli/tests/data/rspec": "rspec",
    "launchable-cli/tests/data/vitest": "vitest", "launchable-cli/tests/data/xctest": "xctest",
    "publish-unit-test-result-action/python/test/files/junit-xml/bazel": "bazel",
    "publish-unit-test-result-action/python/test/files/junit-xml/jest": "jest",
    "publish-unit-test-result-action/python/test/files/junit-xml/minimal": "unknown",
    "publish-unit-test-result-action/python/test/files/junit-xml/mocha": "mocha",
    "publish-unit-test-result-action/python/test/files/junit-xml/pytest": "pytest",
    "publish-unit-test-result-action/python/test/files/junit-xml/scalatest": "scalatest",
    "publish-unit-test-result-action/python/test/files/junit-xml/testsuite": "unknown",
    "publish-unit-test-result-action/python/test/files/junit-xml/tst": "unknown",
    "publish-unit-test-result-action/python/test/files/junit-xml/xunit": "unknown",
    "quick-junit": "unknown", "test-results/priv/parsers/exunit": "exunit", "test-results/priv/parsers/golang": "gotestsum",
    "test-results/priv/parsers/phpunit": "phpunit", "test-results/priv/parsers/rspec": "rspec",
    "test-summary-action/test/resources/junit/01": "unknown", "test-summary-action/test/resources/junit/02": "mocha",
    "test-summary-action/test/resources/junit/03": "ant", "test-summary-action/test/resources/junit/04": "bazel",
}  # fmt: skip


@pytest.mark.skipif(not OTHERS_EXPECTED, reason="the reports of other projects are not here (RCA_JUNIT_CORPUS names their folder)")
def test_producers_of_other_projects_reports() -> None:
    found = {name: read_file(OTHERS / name)[0].producer for name in OTHERS_EXPECTED}
    wrong = {
        name: producer
        for name, producer in found.items()
        for start, right in OTHER_PRODUCERS.items()
        if name.startswith(start) and producer != right
    }
    assert not wrong
    assert {"exunit", "scalatest", "bazel", "cypress", "xctest", "gradle"} <= set(found.values())


HIDDEN = {"cmocka/warehouse.xml": 1, "gotestsum/gotestsum.xml": 1}


@pytest.mark.parametrize("name", EXPECTED)
def test_failures_without_a_case_are_errors_of_the_report(name: str) -> None:
    reading, _ = read_file(DATA / name)
    hidden = [problem for problem in reading.problems if problem.code == "hidden-failure"]
    assert len(hidden) == HIDDEN.get(name, 0)
    assert all(problem.severity == "error" and problem.line for problem in hidden)


@pytest.mark.parametrize("name", EXPECTED)
def test_no_report_floods_with_declared_totals(name: str) -> None:
    reading, _ = read_file(DATA / name)
    assert codes(reading).count("declared-totals") <= 4


# (report, case, path, line): where the reports or their traces say that it stands.
PLACES = (
    ("ant/TEST-shop.CartTest.xml", "addsUp", "CartTest.java", 17),
    ("bats/bats.xml", "prints colours", "shop.bats", 26),
    ("boost/boost.xml", "adds_up", "shop.cpp", 17),
    ("bun/bun.xml", "adds up", "cart.test.js", 11),
    ("cpputest/cpputest_shop_Cart.xml", "AddsUp", "shop.cpp", 8),
    ("deno/deno.xml", "voucher breaks", "/srv/shop/deno/cart_test.js", 17),
    ("eunit/TEST-shop_tests.xml", "shop_tests:0 total_test", "shop_tests.erl", 6),
    ("gotestsum/reruns.xml", "TestNever", "till_test.go", 24),
    ("junit5/TEST-junit-jupiter.xml", "breaks()", "CartTest.java", 33),
    ("minitest/TEST-Minitest-Result.xml", "test_opens", "shop_test.rb", 49),
    ("nextest/nextest.xml", "tests::cart::adds_up", "src/lib.rs", 21),
    ("phpunit/phpunit.xml", "testAddsUp", "/srv/shop/phpunit/tests/CartTest.php", 16),
    ("pytest/xunit1.xml", "test_total", "test_cart.py", 52),
    ("pytest/xunit2.xml", "test_total", "test_cart.py", 54),
    ("testng/TEST-shop.CartTest.xml", "neverPasses", "CartTest.java", 67),
    ("unittest/unittest.xml", "test_lengths (length=1)", "test_chat.py", 62),
    ("vitest/vitest.xml", "cart > adds up", "tests/cart.test.js", 12),
)


@pytest.mark.parametrize(("name", "case", "path", "line"), PLACES)
def test_location(name: str, case: str, path: str, line: int) -> None:
    _, sink = read_file(DATA / name)
    place = next(each.location for each in sink.cases if each.name == case)
    assert place is not None
    assert (place.path, place.line) == (path, line)


# (report, start in UTC, whether the zone had to be assumed), read in a place one hour ahead of UTC.
TIMES = (
    ("ant/TEST-shop.CartTest.xml", "2026-11-22T14:17:57+00:00", False),
    ("bats/bats.xml", "2026-11-22T14:18:15+00:00", False),
    ("behave/TESTS-checkout.xml", "2026-11-22T14:25:34.367658+00:00", True),
    ("cucumber/cucumber.xml", "2026-11-22T14:18:45.866000+00:00", False),
    ("googletest/googletest.xml", "2026-11-22T14:18:51.618000+00:00", True),
    ("jest/options.xml", "2026-11-22T14:19:09+00:00", False),
    ("junit5/TEST-junit-jupiter.xml", "2026-11-22T14:19:12+00:00", True),
    ("mocha/mocha.xml", "2026-11-22T14:19:20+00:00", False),
    ("mocha/xunit.xml", "2026-11-22T14:19:22+00:00", False),
    ("nextest/nextest.xml", "2026-11-22T14:19:27.435000+00:00", False),
    ("nose2/nose2.xml", "2026-11-22T14:25:26.281414+00:00", False),
    ("pytest/xunit2.xml", "2026-11-22T14:21:04.837377+00:00", False),
    ("testng/Command-line-test.xml", "2026-11-22T14:20:25+00:00", False),
    ("unittest/TEST-test_chat.ArchiveTest.xml", "2026-11-22T14:25:22+00:00", True),
    ("unittest/TEST-unittest.suite._ErrorHolder.xml", None, False),
    ("surefire/TEST-shop.CartTest.xml", None, False),
)


@pytest.mark.parametrize(("name", "start", "assumed"), TIMES)
def test_time_stamps(name: str, start: str | None, *, assumed: bool) -> None:
    from zoneinfo import ZoneInfo

    reading, _ = read_file(DATA / name, ZoneInfo("Europe/Berlin"))
    assert (reading.started_at.isoformat() if reading.started_at else None) == start
    assert reading.zone_assumed == assumed
    assert (reading.finished_at is None) == (start is None)
    assert "timestamp" not in codes(reading)


def messages(name: str, sink: Kept) -> str:
    return "\n".join(failure.message + "\n" + failure.text for case in sink.cases if name in case.name for failure in case.failures)


def test_line_breaks_of_cpputest() -> None:
    text = messages("AddsUp", read_file(DATA / "cpputest/cpputest_shop_Cart.xml")[1])
    assert "{newline}" not in text
    assert "two teas & a <cent>\n expected <901" in text


@pytest.mark.parametrize(
    ("name", "spelled"), [("junit5/TEST-junit-jupiter.xml", "&#27;[31m"), ("surefire/TEST-shop.CartTest.xml", "&#27;[31m")]
)
def test_colours_written_as_text_are_taken_out(name: str, spelled: str) -> None:
    assert spelled in (DATA / name).read_text("utf-8").replace("&amp;", "&")
    assert spelled not in messages("", read_file(DATA / name)[1])


@pytest.mark.parametrize(
    ("name", "text"),
    [("boost/boost.xml", "bell ]]> "), ("criterion/criterion.xml", "shop.c:15: bell ]]> ☕"), ("node/node.xml", "refused bell ]]> -- <b>")],
)
def test_unescaped_ends_of_cdata_lose_nothing(name: str, text: str) -> None:
    reading, sink = read_file(DATA / name)
    found = messages("", sink) + "".join(case.output for case in sink.cases)
    assert text in found or name.startswith("boost")
    assert {problem.code: problem.severity for problem in reading.problems}["unescaped"] == "note"


def test_bytes_before_the_report_are_noted() -> None:
    reading, _ = read_file(DATA / "subunit/passthrough.xml")
    assert codes(reading) == ["text-before"]


def test_attempts_of_surefire_nextest_and_playwright() -> None:
    counts = {
        name: [(case.name, case.outcome, len(case.attempts)) for case in read_file(DATA / name)[1].cases if case.flaky]
        for name in ("surefire/TEST-shop.FlakyTest.xml", "nextest/nextest.xml", "playwright/retries.xml")
    }
    assert counts["surefire/TEST-shop.FlakyTest.xml"] == [("breaksThenPasses", "passed", 2), ("passesTheSecondTime", "passed", 1)]
    assert [(outcome, tries) for _, outcome, tries in counts["nextest/nextest.xml"]] == [("passed", 1)]
    assert [(outcome, tries) for _, outcome, tries in counts["playwright/retries.xml"]] == [("passed", 1)]


def test_progress_tells_every_byte_once() -> None:
    for name in ("pytest/reruns.xml", "node/node.xml", "vitest/vitest.xml"):
        path = DATA / name
        told: list[int] = []
        read_junit(Report(name, lambda path=path: path.open("rb")), Counted, progress=told.append)  # type: ignore[misc]
        assert sum(told) == path.stat().st_size
