"""Whatever a report holds, the reader counts it; whatever was done to a report, the reader does not raise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rca.sources.junit import read_junit
from rca.text.clean import clean
from tests.sources.reading import Kept, read_bytes, report

DATA = Path(__file__).parent.parent / "data" / "junit"
LEGAL = st.characters(exclude_categories=("Cs",), exclude_characters="".join(map(chr, [*range(32), 0xFFFE, 0xFFFF])))
NAMES = st.text(st.one_of(st.sampled_from("ab<>&\"'] /.-"), LEGAL), max_size=12)
TEXTS = st.text(st.one_of(st.sampled_from("a \n\t]]>&<"), LEGAL), max_size=40)
CHILDREN = st.lists(
    st.sampled_from(["failure", "error", "skipped", "system-out", "flakyFailure", "rerunError", "properties", "other"]), max_size=4
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass
class Case:
    classname: str
    name: str
    time: float
    children: list[str]
    text: str
    message: str

    def xml(self) -> str:
        inner = "".join(f"<{tag} message={quoteattr(self.message)}>{self.body(tag)}</{tag}>" for tag in self.children)
        return f"<testcase classname={quoteattr(self.classname)} name={quoteattr(self.name)} time='{self.time}'>{inner}</testcase>"

    def body(self, tag: str) -> str:
        if tag == "properties":
            return '<property name="a" value="b"/>'
        if tag == "error":
            return "<![CDATA[" + self.text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
        return escape(self.text)

    def outcome(self) -> str:
        for tag, name in (("error", "error"), ("failure", "failed"), ("skipped", "skipped")):
            if tag in self.children:
                return name
        return "passed"


@dataclass
class Suite:
    name: str
    inner: list[Suite | Case] = field(default_factory=list)

    def xml(self) -> str:
        return f"<testsuite name={quoteattr(self.name)}>{''.join(each.xml() for each in self.inner)}</testsuite>"

    def cases(self, path: tuple[str, ...] = ()) -> list[tuple[str, Case]]:
        name = clean(self.name).strip()
        path = (*path, name) if name else path
        found: list[tuple[str, Case]] = []
        for each in self.inner:
            found += each.cases(path) if isinstance(each, Suite) else [(" > ".join(path), each)]
        return found


CASES = st.builds(Case, NAMES, NAMES, st.floats(0, 1e6, allow_nan=False), CHILDREN, TEXTS, NAMES)
SUITES = st.recursive(
    st.builds(Suite, NAMES, st.lists(CASES, max_size=5)),
    lambda inner: st.builds(Suite, NAMES, st.lists(inner | CASES, max_size=4)),
    max_leaves=8,
)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-8-sig"])


@QUICK
@given(st.lists(SUITES, max_size=4), ENCODINGS, st.booleans())
def test_trees_come_back(suites: list[Suite], encoding: str, again: bool) -> None:
    xml = f"<testsuites>{''.join(suite.xml() for suite in suites)}</testsuites>"
    _, sink = read_bytes(xml.encode(encoding), again=again)
    wanted = [found for suite in suites for found in suite.cases()]
    rows = [(row[0], clean(row[1]), clean(row[2]), "passed", row[4]) for row in sink.passes]
    rows += [(case.suite, case.classname, case.name, case.outcome, case.seconds) for case in sink.cases]
    assert sorted(map(repr, rows)) == sorted(
        repr((path, clean(case.classname), clean(case.name), case.outcome(), float(str(case.time)))) for path, case in wanted
    )
    for case in sink.cases:
        same = [each for path, each in wanted if (path, clean(each.name)) == (case.suite, case.name)]
        for failure in case.failures:
            assert failure.text.replace("\r\n", "\n") in {each.text.replace("\r\n", "\n").replace("\r", "\n") for each in same}


@QUICK
@given(SUITES)
def test_mending_changes_nothing_of_a_good_report(suite: Suite) -> None:
    """The same report, once as it is and once with a character that must be taken out, so that all of it is mended."""
    xml = f"<testsuites>{suite.xml()}"
    plain, mended = read_bytes(f"{xml}</testsuites>".encode())[1], read_bytes(f"{xml}<x>\x00</x></testsuites>".encode())[1]
    assert (mended.passes, mended.cases) == (plain.passes, plain.cases)


def small_reports() -> list[Path]:
    return [path for path in sorted(DATA.glob("*/*.xml")) if path.stat().st_size < 1_300]


def before(whole: Kept, part: Kept) -> bool:
    return part.passes == whole.passes[: len(part.passes)] and [c.id for c in part.cases] == [c.id for c in whole.cases[: len(part.cases)]]


@pytest.mark.parametrize("path", small_reports(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_cut_at_every_byte_keeps_what_stands_before(path: Path) -> None:
    data = path.read_bytes()
    _, whole = read_bytes(data)
    for at in range(len(data)):
        reading, part = read_bytes(data[:at])
        assert before(whole, part)
        assert reading.problems or not data[at:].strip()
        assert reading.size == at


@settings(QUICK, max_examples=300)
@given(st.sampled_from(sorted(DATA.glob("*/*.xml"))), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_never_raise(path: Path, flips: list[tuple[float, int]]) -> None:
    data = bytearray(path.read_bytes()[:20_000])
    for place, value in flips:
        data[min(len(data) - 1, int(place * len(data)))] = value
    for again in (True, False):
        reading, sink = read_bytes(bytes(data), again=again)
        assert reading.cases == sink.counts()["total"]


@settings(QUICK, max_examples=300)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"<?xml version='1.0'?>", b"<testsuite>", b"<testsuite><testcase name='a'><failure>"])
)
def test_any_bytes_never_raise(data: bytes, start: bytes) -> None:
    for again in (True, False):
        reading, _ = read_bytes(start + data, again=again)
        assert reading.size == len(start + data)


@QUICK
@given(st.text(max_size=30), st.sampled_from(["time", "timestamp", "tests", "failures", "line", "status"]))
def test_any_attribute_never_raises(value: str, name: str) -> None:
    quoted = quoteattr("".join(char for char in value if char.isprintable()))
    read_bytes(report(f'<testcase classname="c" name="a" {name}={quoted}/>', attributes=f"{name}={quoted}"))


def test_signature_stays() -> None:
    import inspect

    assert list(inspect.signature(read_junit).parameters) == ["report", "make_sink", "zone", "progress"]
