"""Reading with several processes gives what reading in one gives, whatever stands in the reports."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rca import intake
from rca.analysis.tally import Rules, Tally
from rca.config import Config
from rca.sources import junit
from rca.sources.inputs import find_reports
from rca.sources.interface import Report
from rca.sources.junit import read_junit
from rca.sources.parts import cut
from rca.workflow import report, take_in

DATA = Path(__file__).parent / "data/junit"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
FIXTURES = sorted(DATA.glob("*/*.xml"))


def _json(paths: list[Path]) -> str:
    return report([str(path) for path in paths], Config(), now=NOW)[0].model_dump_json(indent=1)


def _in_one(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(intake, "_may_fork", lambda: False)
    return _json(paths)


def _in_several(paths: list[Path], monkeypatch: pytest.MonkeyPatch, processes: int = 3) -> str:
    monkeypatch.setattr(intake, "_may_fork", lambda: True)
    monkeypatch.setattr(intake, "_processes", lambda: processes)
    for name in ("PARALLEL_FROM_FILES", "PARALLEL_FROM_BYTES", "SPLIT_FROM_BYTES"):
        monkeypatch.setattr(intake, name, 1)
    return _json(paths)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_report_in_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _in_several([path], monkeypatch) == _in_one([path], monkeypatch)


def test_many_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _in_several([DATA], monkeypatch) == _in_one([DATA], monkeypatch)


CASE = '<testcase classname="a.B" name="case {0}" time="0.{0:03}">{1}</testcase>'
HIDDEN = '<![CDATA[ <testsuite name="x"> <testcase name="y"> ]]>'


def _suite(name: str, first: int, last: int, inside: str = "", attributes: str = "") -> str:
    cases = "".join(CASE.format(number, inside) for number in range(first, last))
    return f'<testsuite name="{name}"{attributes}>{cases}</testsuite>'


def _root(*suites: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites{attributes}>{"".join(suites)}</testsuites>\n'


FAILING = '<failure message="boom {0}">trace</failure>'
DOCUMENTS = {
    "several suites": _root(*(_suite(f"s{n}", n * 9, n * 9 + 9) for n in range(20))),
    "one suite below a root": _root(_suite("only", 0, 200)),
    "one suite alone": _suite("only", 0, 200),
    "failures": _root(*(_suite(f"s{n}", n * 9, n * 9 + 9, FAILING) for n in range(20))),
    "tags in CDATA": _root(*(_suite(f"s{n}", n * 9, n * 9 + 9, f"<system-out>{HIDDEN * 5}</system-out>") for n in range(20))),
    "tags in comments": _root(*(f"<!-- {_suite('no', 0, 9)} -->" + _suite(f"s{n}", 0, 3) for n in range(20))),
    "suites in suites": _root(*(_suite(f"s{n}", 0, 5).replace("</testsuite>", _suite("in", 0, 9) + "</testsuite>") for n in range(20))),
    "one suite, then others": _root(_suite("long", 0, 400), _suite("short", 0, 3)),
    "wrong totals": _root(_suite("only", 0, 200, attributes=' tests="7" failures="3"')),
    "right totals": _root(_suite("only", 0, 200, attributes=' tests="200" failures="0" errors="0"'), attributes=' tests="200"'),
    "pytest with hidden tries": _root(
        _suite("pytest", 0, 100, attributes=' tests="100"').replace("</testsuite>", CASE.format(3, "") * 4 + "</testsuite>")
    ),
    "a stray mark": _root(*(_suite(f"s{n}", 0, 9, "<failure>a & b</failure>") for n in range(20))),
    "no end": _root(*(_suite(f"s{n}", 0, 9) for n in range(20)))[:-200],
    "something behind": _root(*(_suite(f"s{n}", 0, 9) for n in range(20))) + "<testsuites/>",
    "odd times": _root(*(_suite(f"s{n}", 0, 9).replace('time="0.003"', 'time="soon"') for n in range(20))),
    "latin": _root(*(_suite(f"sé{n}", 0, 9) for n in range(20))),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("processes", [2, 3, 8])
def test_a_document_in_parts(name: str, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.xml"
    path.write_text(DOCUMENTS[name], encoding="utf-8")
    assert _in_several([path], monkeypatch, processes) == _in_one([path], monkeypatch)


@pytest.mark.parametrize("name", ["several suites", "one suite below a root", "one suite alone", "failures", "right totals"])
def test_usual_documents_are_cut(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(DOCUMENTS[name], encoding="utf-8")
    found = next(iter(find_reports([str(path)])))
    assert isinstance(found, Report)
    parts = cut(found, 3)
    assert parts is not None
    assert len(parts.reports) == 3


def test_a_helper_that_dies_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.xml").write_text(_suite(f"s{number}", 0, 9, FAILING), encoding="utf-8")
    expected = _in_one([tmp_path], monkeypatch)
    monkeypatch.setattr(intake, "_work", lambda *_: os._exit(9))
    assert _in_several([tmp_path], monkeypatch) == expected


def test_processes_do_not_multiply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports that are large enough to be cut are not, while several processes read."""
    for number in range(20):
        (tmp_path / f"{number:02}.xml").write_text(DOCUMENTS["several suites"], encoding="utf-8")
    expected = _in_one([tmp_path], monkeypatch)
    monkeypatch.setattr(intake, "cut", lambda *_: pytest.fail("a report was cut"))
    assert _in_several([tmp_path], monkeypatch) == expected


def test_no_process_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.xml").write_text(_suite(f"s{number}", 0, 9), encoding="utf-8")
    forked: list[int] = []
    fork = os.fork

    def noted() -> int:
        forked.append(fork())
        return forked[-1]

    monkeypatch.setattr(os, "fork", noted)
    _in_several([tmp_path], monkeypatch)
    assert forked
    for process in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)


def test_a_part_gets_no_digest_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(junit, "LARGE", 1)
    [report] = find_reports([str(DATA / "pytest" / "xunit2.xml")])
    assert isinstance(report, Report)
    whole, _ = read_junit(report, lambda: Tally(Rules(Config())))
    part, _ = read_junit(replace(report, around=1), lambda: Tally(Rules(Config())))
    assert len(whole.sha256) == 64
    assert not part.sha256
    assert part.cases == whole.cases


def test_what_came_in_great_numbers_is_not_looked_through_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MANY_OBJECTS", 0)
    before = gc.get_freeze_count()
    try:
        take_in([str(DATA)], Config())
        assert gc.get_freeze_count() > before
        assert gc.isenabled()
    finally:
        gc.unfreeze()
