"""What a report may hold, and what is made of it: one row for each thing that producers, pipes and disks do to reports."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rca.sources.interface import Report
from rca.sources.junit import CHUNK, SMALL, read_junit
from tests.sources.reading import Counted, Kept, Pieces, codes, read_bytes, read_file, read_stream, report

XML = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass
class Row:
    """A report, what it counts (passed, failed, error, skipped), and the codes of its problems."""

    name: str
    data: bytes
    counts: tuple[int, int, int, int]
    codes: list[str] = field(default_factory=list)
    is_report: bool = True
    flaky: int = 0


def encoded(encoding: str, *, bom: bytes = b"", declared: str = "") -> bytes:
    text = f'<?xml version="1.0" encoding="{declared or encoding}"?><testsuite name="s"><testcase classname="c" name="größe" time="1"/></testsuite>'
    return bom + text.encode(encoding)


PASS = '<testcase classname="c" name="p" time="0.1"/>'
FAIL = '<testcase classname="c" name="f" time="0.1"><failure message="m">text</failure></testcase>'
BOMB = '<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
ROWS = (
    # what stands in cases
    Row("no child passes", report(PASS), (1, 0, 0, 0)),
    Row("failure with a message only", report('<testcase name="a"><failure message="m"/></testcase>'), (0, 1, 0, 0)),
    Row("failure with text only", report('<testcase name="a"><failure>t</failure></testcase>'), (0, 1, 0, 0)),
    Row("failure in CDATA", report('<testcase name="a"><failure><![CDATA[<t> & ]]></failure></testcase>'), (0, 1, 0, 0)),
    Row("empty failure", report('<testcase name="a"><failure/></testcase>'), (0, 1, 0, 0)),
    Row("error beats failure", report('<testcase name="a"><failure/><error/></testcase>'), (0, 0, 1, 0)),
    Row("failure beats skipped", report('<testcase name="a"><skipped/><failure/></testcase>'), (0, 1, 0, 0)),
    Row("skipped", report('<testcase name="a"><skipped/></testcase>'), (0, 0, 0, 1)),
    Row("flaky failure", report('<testcase name="a"><flakyFailure/></testcase>'), (1, 0, 0, 0), flaky=1),
    Row("flaky error", report('<testcase name="a"><flakyError><stackTrace>x</stackTrace></flakyError></testcase>'), (1, 0, 0, 0), flaky=1),
    Row("rerun failure", report('<testcase name="a"><failure/><rerunFailure/><rerunError/></testcase>'), (0, 1, 0, 0)),
    Row("only output", report('<testcase name="a"><system-out>failure</system-out></testcase>'), (1, 0, 0, 0)),
    Row("properties of a case", report('<testcase name="a"><properties><property name="x" value="y"/></properties></testcase>'), (1, 0, 0, 0)),
    Row("no name, no class", report("<testcase/><testcase/>"), (2, 0, 0, 0)),
    Row("same name stays two", report(PASS, PASS), (2, 0, 0, 0)),
    # what cases say of themselves
    *(Row(f"status {value}", report(f'<testcase name="a" status="{value}"/>'), (0, 0, 0, 1)) for value in ("notrun", "disabled", "SKIPPED")),
    Row("result suppressed", report('<testcase name="a" status="notrun" result="suppressed"/>'), (0, 0, 0, 1)),
    Row("disabled", report('<testcase name="a" disabled="true"/>'), (0, 0, 0, 1)),
    Row("status failed", report('<testcase name="a" status="failed"/>'), (0, 1, 0, 0)),
    Row("status error with output", report('<testcase name="a" status="ERRORED"><system-out>x</system-out></testcase>'), (0, 0, 1, 0)),
    Row("status passed", report('<testcase name="a" status="run" result="completed" classname="c"/>'), (1, 0, 0, 0)),
    # where cases stand
    Row("bare testsuite", f"{XML}<testsuite>{PASS}</testsuite>".encode(), (1, 0, 0, 0)),
    Row("no declaration", f"<testsuite>{PASS}</testsuite>".encode(), (1, 0, 0, 0)),
    Row("suites in suites", report(f'<testsuite name="i">{PASS}<testsuite name="j">{FAIL}</testsuite></testsuite>', PASS), (2, 1, 0, 0)),
    Row("testsuites in testsuite", f"<testsuite><testsuites><testsuite>{FAIL}</testsuite></testsuites>{PASS}</testsuite>".encode(), (1, 1, 0, 0)),
    Row("case in testsuites", f"<testsuites>{PASS}{FAIL}</testsuites>".encode(), (1, 1, 0, 0)),
    Row("case in a case", report(f'<testcase name="o">{FAIL}{PASS}<failure/></testcase>', PASS), (2, 2, 0, 0)),
    Row("error of a suite", report('<error message="no database">trace</error>', PASS), (1, 0, 1, 0)),
    Row("failure of a suite", report('<failure message="m"/>', PASS), (1, 0, 1, 0)),
    Row("default namespace", f'<testsuite xmlns="urn:x">{FAIL}</testsuite>'.encode(), (0, 1, 0, 0)),
    Row(
        "prefix",
        b'<j:testsuites xmlns:j="u"><j:testsuite><j:testcase name="a"/><j:testcase name="b"><j:failure>x</j:failure></j:testcase>'
        b"</j:testsuite></j:testsuites>",
        (1, 1, 0, 0),
    ),
    Row("no case", f"{XML}<testsuites/>".encode(), (0, 0, 0, 0), ["no-cases"]),
    # what suites declare
    Row("declared right", report(PASS, FAIL, attributes='tests="2" failures="1" errors="0"'), (1, 1, 0, 0)),
    Row("declared wrong", report(PASS, FAIL, attributes='tests="7" failures="0"'), (1, 1, 0, 0), ["declared-totals", "declared-totals"]),
    Row("declared with every try", report('<testcase name="a"><flakyFailure/></testcase>', attributes='tests="2" failures="1"'), (1, 0, 0, 0), flaky=1),
    Row("hidden failure", report(PASS, attributes='tests="2" failures="1"'), (1, 0, 0, 0), ["declared-totals", "hidden-failure"]),
    Row("hidden error, nothing else", report(attributes='tests="0" errors="1"'), (0, 0, 0, 0), ["hidden-failure"]),
    Row(
        "hidden in the root",
        f'<testsuites errors="1" failures="1"><testsuite failures="1">{FAIL}</testsuite></testsuites>'.encode(),
        (0, 1, 0, 0),
        ["hidden-failure"],
    ),
    # encodings
    Row("UTF-16 LE with a mark", encoded("utf-16-le", bom=b"\xff\xfe", declared="UTF-16"), (1, 0, 0, 0)),
    Row("UTF-16 BE with a mark", encoded("utf-16-be", bom=b"\xfe\xff", declared="UTF-16"), (1, 0, 0, 0)),
    Row("UTF-16 LE without", encoded("utf-16-le", declared="UTF-16"), (1, 0, 0, 0)),
    Row("UTF-16 BE without", encoded("utf-16-be", declared="UTF-16"), (1, 0, 0, 0)),
    Row("UTF-8 with a mark", encoded("utf-8", bom=b"\xef\xbb\xbf"), (1, 0, 0, 0)),
    Row("Latin-1", encoded("iso-8859-1"), (1, 0, 0, 0)),
    Row("Windows-1252", encoded("windows-1252"), (1, 0, 0, 0)),
    Row("Windows-1252 called UTF-8", encoded("windows-1252", declared="UTF-8"), (1, 0, 0, 0), ["encoding"]),
    Row("UTF-8 called UTF-16", encoded("utf-8", declared="UTF-16"), (1, 0, 0, 0)),
    Row("unknown encoding", encoded("utf-8", declared="klingon-1"), (1, 0, 0, 0), ["encoding"]),
    Row("no encoding of text", encoded("utf-8", declared="zlib"), (1, 0, 0, 0), ["encoding"]),
    Row("XML 1.1", b'<?xml version="1.1"?>' + report(PASS, declaration=""), (1, 0, 0, 0)),
    # characters
    Row("raw escape codes", report('<testcase name="a"><failure>\x1b[31mred\x1b[0m\x00\x07</failure></testcase>'), (0, 1, 0, 0), ["control-characters"]),
    Row("references to them", report('<testcase name="a"><failure message="&#x1b;[31mred&#0;"/></testcase>'), (0, 1, 0, 0), ["control-characters"]),
    Row("an escape code that would eat a quote", report('<testcase name="a"><failure message="\x1b["/></testcase>', PASS), (1, 1, 0, 0), ["control-characters"]),
    Row("a cut escape code before a tag", report('<testcase name="a"><failure>\x1b[</failure></testcase>', PASS), (1, 1, 0, 0), ["control-characters"]),
    Row("end of CDATA in text", report('<testcase name="a"><failure>a ]]> b</failure></testcase>', PASS), (1, 1, 0, 0), ["unescaped"]),
    Row("end of CDATA in CDATA", report('<testcase name="a"><failure><![CDATA[a ]]> b]]></failure></testcase>', PASS), (1, 1, 0, 0), ["unescaped"]),
    Row("bare ampersand", report('<testcase name="a & b"/>', PASS), (2, 0, 0, 0), ["unescaped"]),
    Row("bare less-than", report('<testcase name="a"><failure message="1 < 2">1 < 2</failure></testcase>'), (0, 1, 0, 0), ["unescaped"]),
    Row("entity of HTML", report('<testcase name="a&nbsp;b"/>'), (1, 0, 0, 0), ["unescaped"]),
    Row("blank lines before the declaration", b"\n\n" + report(PASS), (1, 0, 0, 0)),
    Row("log lines before the report", b"[INFO] tests\nDone.\n" + report(PASS), (1, 0, 0, 0), ["text-before"]),
    Row("binary bytes before the report", b"\xb3\x00\xff" * 500 + report(PASS), (1, 0, 0, 0), ["text-before"]),
    # faults
    Row("cut in a tag", report(FAIL, PASS)[:-60], (0, 1, 0, 0), ["truncated"]),
    Row("cut in a failure", report(PASS, FAIL)[:-50], (1, 1, 0, 0), ["truncated"]),
    Row("cut in CDATA", report(PASS)[:-25] + b'<testcase name="x"><failure><![CDATA[abc', (1, 1, 0, 0), ["truncated"]),
    Row("cut in a case without children", report(PASS)[:-25] + b'<testcase name="x">', (1, 0, 0, 0), ["truncated"]),
    Row("not well-formed", report(PASS, "<a></b>", PASS), (1, 0, 0, 0), ["malformed"]),
    Row("attribute twice", report(PASS, '<testcase name="a" name="b"/>'), (1, 0, 0, 0), ["malformed"]),
    Row("two documents", report(PASS) + report(FAIL, declaration=""), (1, 0, 0, 0), ["second-document"]),
    Row("text behind the end", report(PASS) + b"\nBuild finished.\n", (1, 0, 0, 0), ["text-behind"]),
    Row("empty", b"", (0, 0, 0, 0), ["empty"], is_report=False),
    Row("white space", b" \r\n\t\n", (0, 0, 0, 0), ["empty"], is_report=False),
    Row("web page", b"<!DOCTYPE html><html><body>502</body></html>", (0, 0, 0, 0), ["not-junit"], is_report=False),
    Row("web page of HTML 4", b"<html><br>502</html>", (0, 0, 0, 0), ["not-junit"], is_report=False),
    Row("JSON", b'{"tests": []}', (0, 0, 0, 0), ["not-junit"], is_report=False),
    Row("text", b"no tests ran", (0, 0, 0, 0), ["not-junit"], is_report=False),
    Row("gzip", b"\x1f\x8b\x08\x00", (0, 0, 0, 0), ["not-junit"], is_report=False),
    Row("another root", b"<coverage/>", (0, 0, 0, 0), ["not-junit"], is_report=False),
    Row("only a declaration", b"<?xml version='1.0'?>", (0, 0, 0, 0), ["not-junit"], is_report=False),
    # attacks
    Row("entities", (BOMB + f'<testsuite name="&b;">{PASS}</testsuite>').encode(), (0, 0, 0, 0), ["entities"], is_report=False),
    Row(
        "external entity",
        b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>',
        (0, 0, 0, 0),
        ["entities"],
        is_report=False,
    ),
    Row("external document type", f'<!DOCTYPE testsuite SYSTEM "http://example.org/x.dtd"><testsuite>{PASS}</testsuite>'.encode(), (1, 0, 0, 0)),
)  # fmt: skip


def outcome(sink: Kept) -> tuple[int, int, int, int]:
    counts = sink.counts()
    return counts["passed"], counts["failed"], counts["error"], counts["skipped"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_reports(row: Row) -> None:
    reading, sink = read_bytes(row.data)
    assert outcome(sink) == row.counts
    assert codes(reading) == row.codes
    assert reading.is_report == row.is_report
    assert sink.counts()["flaky"] == row.flaky
    assert reading.cases == sum(row.counts)
    assert reading.size == len(row.data)
    assert all(problem.hint for problem in reading.problems if problem.severity == "error" and problem.code != "dropped")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_reports_in_small_pieces_that_can_be_read_once(row: Row) -> None:
    whole, kept = read_bytes(row.data)
    reading, sink = read_stream(Pieces(row.data[at : at + 3] for at in range(0, len(row.data), 3)))
    assert (outcome(sink), codes(reading), reading.sha256) == (outcome(kept), codes(whole), whole.sha256)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_reports_that_are_too_large_to_keep_and_can_be_read_once(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rca.sources.junit.SMALL", 0)
    reading, sink = read_bytes(row.data, again=False)
    if row.name != "status error with output":
        assert outcome(sink) == row.counts
    assert reading.is_report == row.is_report
    assert set(codes(reading)) >= set(row.codes)


@pytest.mark.parametrize("chunk", [1, 2, 7, 64])
def test_repairs_do_not_depend_on_where_chunks_end(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [(row.name, outcome(read_bytes(row.data)[1]), codes(read_bytes(row.data)[0])) for row in ROWS]
    texts = [[(c.name, [(f.message, f.text) for f in c.failures]) for c in read_bytes(row.data)[1].cases] for row in ROWS]
    monkeypatch.setattr("rca.sources.junit.CHUNK", chunk)
    assert [(row.name, outcome(read_bytes(row.data)[1]), codes(read_bytes(row.data)[0])) for row in ROWS] == wanted
    assert [[(c.name, [(f.message, f.text) for f in c.failures]) for c in read_bytes(row.data)[1].cases] for row in ROWS] == texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "utf-16-le", "shift_jis", "gb18030", "cp437"])
def test_names_come_as_declared(encoding: str) -> None:
    name = "größe" if encoding != "shift_jis" else "サイズ"
    text = f'<?xml version="1.0" encoding="{"utf-16" if encoding == "utf-16-le" else encoding}"?><testsuite><testcase name="{name}"/></testsuite>'
    reading, sink = read_bytes(text.encode(encoding))
    assert sink.names() == [name]
    assert not reading.problems


def test_texts_that_were_mended() -> None:
    _, sink = read_bytes(
        report('<testcase name="a"><failure message="1 &lt; 2 & 3">x ]]> y<![CDATA[ z ]]> w & <v> ]]></failure></testcase>')
    )
    failure = sink.cases[0].failures[0]
    assert failure.message == "1 < 2 & 3"
    assert failure.text.startswith("x ]]> y")


def test_everything_that_a_case_says() -> None:
    data = report(
        '<testcase classname="c.D" name="a" time="1.5" file="t.py" line="7">'
        '<properties><property name="attachment" value="shot.png"/></properties>'
        '<failure type="T" message="first">trace 1</failure><failure type="U" message="second">trace 2</failure>'
        '<rerunFailure type="R" message="again"><stackTrace>trace 3</stackTrace><system-out>not this</system-out></rerunFailure>'
        "<system-out>out\n[[ATTACHMENT|video.webm]]\n</system-out><system-err>err</system-err></testcase>",
        attributes='tests="1"',
    )
    case = read_bytes(data)[1].cases[0]
    assert (case.suite, case.classname, case.name, case.outcome, case.seconds) == ("s", "c.D", "a", "failed", 1.5)
    assert str(case.location) == "t.py:7"
    assert case.id == "s::c.D::a"
    assert [(failure.type, failure.message, failure.text) for failure in case.failures] == [
        ("T", "first", "trace 1"),
        ("U", "second", "trace 2"),
    ]
    assert [(failure.type, failure.message, failure.text.strip()) for failure in case.attempts] == [("R", "again", "trace 3")]
    assert case.attachments == ["shot.png", "video.webm"]
    assert case.output == "out\n[[ATTACHMENT|video.webm]]\nerr"


@pytest.mark.parametrize(
    ("text", "seconds", "noted"),
    [
        ("1.5", 1.5, False), ("1,234.56", 1234.56, False), ("80.803us", 80.803e-6, False), ("1.2s", 1.2, False), ("00:01:02.5", 62.5, False),
        ("1m 2s".replace(" ", ""), 62.0, False), ("0,25", 0.25, False), ("", None, True), ("<<computed>>".replace("<", "&lt;"), None, True),
        ("nan", None, True), ("inf", None, True), ("-1", None, True), ("1e400", None, True), ("²", None, True), ("0", 0.0, False),
    ],
)  # fmt: skip
def test_times(text: str, seconds: float | None, *, noted: bool) -> None:
    reading, sink = read_bytes(report(f'<testcase classname="c" name="a" time="{text}"/>'))
    assert sink.passes[0][4] == (pytest.approx(seconds) if seconds is not None else None)
    assert codes(reading) == ["time"] * noted


@pytest.mark.parametrize(
    ("stamp", "start"),
    [
        ("2026-11-22T14:00:00Z", "2026-11-22T14:00:00+00:00"),
        ("2026-11-22T14:00:00+02:00", "2026-11-22T12:00:00+00:00"),
        ("2026-11-22 14:00:00 +0200", "2026-11-22T12:00:00+00:00"),
        ("2026-11-22T14:00:00.123456789+02", "2026-11-22T12:00:00.123456+00:00"),
        ("2026-11-22T14:00:00 UTC", "2026-11-22T14:00:00+00:00"),
        ("2026-11-22T14:00:00", "2026-11-22T14:00:00+00:00"),
        ("22 Nov 2026 14:00:00 GMT", "2026-11-22T14:00:00+00:00"),
        ("Sun, 22 Nov 2026 14:00:00 GMT", "2026-11-22T14:00:00+00:00"),
        ("1795356000", "2026-11-22T14:00:00+00:00"),
        ("1795356000000", "2026-11-22T14:00:00+00:00"),
        ("1970-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("²²²²²²²²²²", None),
        ("yesterday", None),
    ],
)
def test_time_stamps(stamp: str, start: str | None) -> None:
    reading, _ = read_bytes(report(PASS, attributes=f'timestamp="{stamp}" time="2"'))
    assert (reading.started_at.isoformat() if reading.started_at else None) == start
    assert codes(reading) == ["timestamp"] * (stamp in {"yesterday", "²²²²²²²²²²"})
    if reading.started_at and reading.finished_at:
        assert (reading.finished_at - reading.started_at).total_seconds() == 2


def test_differences_are_told_three_times_and_then_counted() -> None:
    suites = "".join(f'<testsuite name="{n}" tests="5" failures="0">{PASS}</testsuite>' for n in range(10))
    reading, _ = read_bytes(f"<testsuites>{suites}</testsuites>".encode())
    assert codes(reading) == ["declared-totals"] * 4
    assert reading.problems[-1].message.startswith("7 more")


def test_lines_of_differences() -> None:
    data = b'\n\n<testsuites>\n<testsuite name="a"/>\n<testsuite name="b" errors="1"/>\n</testsuites>'.lstrip()
    for again in (True, False):
        problem = read_bytes(data, again=again)[0].problems[0]
        assert (problem.code, problem.line) == ("hidden-failure", 3)


def test_many_failures_in_a_case_keep_the_worst() -> None:
    reading, sink = read_bytes(report(f'<testcase name="a">{"<failure/>" * 80}<error/></testcase>'))
    assert outcome(sink) == (0, 0, 1, 0)
    assert len(sink.cases[0].failures) == 50
    assert codes(reading) == ["dropped"]


# -- tries -----------------------------------------------------------------------------------------------------------------


def pytest_report(*names: str, declared: int) -> bytes:
    cases = "".join(
        f'<testcase classname="m" name="{n.rstrip("!")}" time="0.1">{"<failure/>" if n.endswith("!") else ""}</testcase>' for n in names
    )
    return f'<testsuites name="pytest tests"><testsuite name="pytest" tests="{declared}">{cases}</testsuite></testsuites>'.encode()


@pytest.mark.parametrize(
    ("names", "declared", "counts", "flaky"),
    [
        (("a", "a"), 1, (1, 0, 0, 0), 1),
        (("a", "b", "a", "b", "a!"), 2, (1, 1, 0, 0), 1),
        (("a", "a", "a!", "b"), 2, (1, 1, 0, 0), 0),
        (("a", "a!", "a!"), 2, (0, 2, 0, 0), 0),  # the second failure is that of the tear-down
        (("a", "a", "b"), 3, (3, 0, 0, 0), 0),  # declared: no tries
    ],
)
def test_hidden_tries_of_pytest(names: tuple[str, ...], declared: int, counts: tuple[int, ...], flaky: int) -> None:
    for again in (True, False):
        reading, sink = read_bytes(pytest_report(*names, declared=declared), again=again)
        assert outcome(sink) == counts
        assert sink.counts()["flaky"] == flaky
        assert codes(reading) == []
        assert reading.cases == sum(counts)


def test_hidden_tries_in_what_is_too_large_to_keep_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rca.sources.junit.SMALL", 0)
    reading, sink = read_bytes(pytest_report("a", "a", declared=1), again=False)
    assert outcome(sink) == (2, 0, 0, 0)
    assert "hidden-tries" in codes(reading)


def test_told_tries_of_gotestsum_have_their_failures() -> None:
    start = '<testsuites><testsuite tests="3" failures="2" time="0.100000" name="p"><properties><property name="go.version" value="go1"/></properties>'
    fail = '<testcase classname="p" name="T" time="0.1"><failure message="Failed">try {}</failure></testcase>'
    passed = '<testcase classname="p" name="{}" time="0.1"/>'
    data = start + fail.format(1) + fail.format(2) + passed.format("U") + passed.format("T") + "</testsuite></testsuites>"
    reading, sink = read_bytes(data.encode())
    assert reading.producer == "gotestsum"
    assert [(case.name, case.flaky, [try_.text for try_ in case.attempts]) for case in sink.cases] == [("T", True, ["try 1", "try 2"])]
    assert reading.cases == 2


# -- size ------------------------------------------------------------------------------------------------------------------


def test_depth() -> None:
    depth = 20_000
    data = b"<testsuites>" + b'<testsuite name="s">' * depth + FAIL.encode() + b"</testsuite>" * depth + b"</testsuites>"
    _, sink = read_bytes(data)
    assert outcome(sink) == (0, 1, 0, 0)
    assert len(sink.cases[0].suite) < 200
    nested = b"<testsuite>" + b"<testcase>" * depth + b"<failure/>" + b"</testcase>" * depth + b"</testsuite>"
    assert outcome(read_bytes(nested)[1]) == (depth - 1, 1, 0, 0)


def test_sizes() -> None:
    attributes = " ".join(f'a{n}="x"' for n in range(100_000))
    data = report(
        f'<testcase name="{"n" * 1_000_000}" classname="c" time="0"/>',
        f'<testcase name="é{"n" * 1_000_000}" classname="c" time="0"/>',
        f'<testcase name="many" {attributes}/>',
        f'<testcase name="long"><failure message="{"m" * 10_000_000}">{"t" * 12_000_000}end</failure></testcase>',
    )
    _, sink = read_bytes(data)
    assert outcome(sink) == (3, 1, 0, 0)
    assert max(map(len, sink.names())) <= 4_096
    failure = sink.cases[0].failures[0]
    assert len(failure.message) < 20_000
    assert len(failure.text) < 100_000
    assert failure.text.endswith("end")
    assert "characters left out" in failure.text


def chunks(cases: int, *, output: int) -> Iterator[bytes]:
    yield b'<testsuites name="pytest tests"><testsuite name="pytest">'
    text = b"x" * output
    for number in range(cases):
        yield b'<testcase classname="c" name="n%d" time="0.1"><system-out>%s</system-out></testcase>' % (number, text)
    yield b"</testsuite></testsuites>"


@pytest.mark.parametrize("again", [True, False])
def test_memory_does_not_grow_with_the_report(*, again: bool) -> None:
    cases, output = 500, 100_000
    assert cases * output > SMALL + CHUNK

    def open_() -> Pieces:
        return Pieces(chunks(cases, output=output))

    tracemalloc.start()
    try:
        _, sink = read_junit(Report("big.xml", open_, again=again), Counted)  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(sink, Counted)
    assert sink.count == cases
    assert peak < (4 if again else 24) * 1024 * 1024


def test_reading_leaves_nothing_behind_for_the_collector() -> None:
    import gc

    data = report(FAIL, PASS, attributes='tests="9"')
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            read_bytes(data)
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "text",
    ["\n" * 60_000, " " * 60_000, "at " * 20_000, "(" * 60_000, 'File "' * 10_000, "\tat " * 15_000, "a.b:" * 15_000, "- file : \n" * 6_000, "[" * 60_000, "x/" * 30_000],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_no_text_makes_the_search_for_a_place_slow(text: str) -> None:
    case = f'<testcase classname="c" name="a"><failure>{text.replace("<", "")}</failure></testcase>'
    started = time.process_time()
    read_bytes(report(*[case] * 20))
    assert time.process_time() - started < 1.0


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    gone = tmp_path / "gone.xml"
    reading, sink = read_junit(Report(str(gone), lambda: gone.open("rb")), Kept)
    assert isinstance(sink, Kept)
    assert codes(reading) == ["unreadable"]
    assert not reading.is_report
    assert "No such file" in reading.problems[0].message


def test_a_stream_that_breaks_keeps_what_came_before(tmp_path: Path) -> None:
    class Broken(Pieces):
        def read(self, size: int = -1) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError(5, "Input/output error")
            return data

    for again in (True, False):
        reading, sink = read_junit(Report("x", lambda: Broken([report(PASS, FAIL)[:-30]]), again=again), Kept)  # type: ignore[arg-type,return-value]
        assert isinstance(sink, Kept)
        assert outcome(sink) == (1, 1, 0, 0)
        assert codes(reading) == ["unreadable"]
        assert reading.is_report
    path = tmp_path / "a.xml"
    path.write_bytes(report(PASS))
    assert outcome(read_file(path)[1]) == (1, 0, 0, 0)
