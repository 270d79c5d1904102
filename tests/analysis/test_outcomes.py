"""How single cases came out, told by all results of a run."""

from __future__ import annotations

import pytest

import rca.model.rows
from rca.analysis.outcomes import outcomes_of
from rca.config import Config
from rca.intake import take_in
from rca.model import Case, Run
from rca.model.rows import Rows

REPORT = """<testsuites><testsuite name="s">
<testcase classname="a" name="passed" time="1"/>
<testcase classname="a" name="failed"><failure message="x"/></testcase>
<testcase classname="a" name="broken"><error message="x"/></testcase>
<testcase classname="a" name="skipped"><skipped/></testcase>
<testcase classname="a" name="wobbly"><flakyFailure message="x"/></testcase>
<testcase classname="a" name="twice"/><testcase classname="a" name="twice"><failure message="x"/></testcase>
<testcase classname="a" name="half"/><testcase classname="a" name="half"><skipped/></testcase>
<testcase classname="a" name="odd, &quot;names&quot; &#10;42,passed,1,&quot;x&quot;"/>
<testcase classname="ä b" name="日本"/>
<testcase name="{long}"/>
</testsuite><testsuite name="whole"><testcase classname="b" name="one"/></testsuite></testsuites>"""
LONG = "x" * 3_000


@pytest.fixture(params=[rca.model.rows.PACKED_FROM, 10])
def intake(request, tmp_path, monkeypatch):
    monkeypatch.setattr(rca.model.rows, "PACKED_FROM", request.param)
    (tmp_path / "r.xml").write_text(REPORT.replace("{long}", LONG), encoding="utf-8")
    return take_in([str(tmp_path / "r.xml")], Config(), rows=True)


def case(name, repeat=1, classname="a", suite="s", **more):
    return Case(suite, classname, name, "failed", repeat=repeat, **more)


SUITE = {"classname": "", "scope": "suite"}
# A case as it was foretold, and what became of it.
CASES = [
    (case("passed"), "passed"), (case("failed"), "failed"), (case("broken"), "error"), (case("skipped"), "skipped"), (case("wobbly"), "passed"),
    # Two results of one name, of which one failed: that is the first.
    (case("twice"), "failed"), (case("twice", 2), "passed"), (case("twice", 3), None),
    (case("half"), "passed"), (case("half", 2), "skipped"), (case("half", 3), None),
    (case('odd, "names" \n42,passed,1,"x"'), "passed"), (case("日本", classname="ä b"), "passed"), (case(LONG, classname=""), "passed"),
    # Another name, class or suite is another case.
    (case("passed "), None), (case("Passed"), None), (case("passed", classname="b"), None), (case("passed", suite="t"), None),
    # An error of a whole suite is gone when the suite ran.
    (case("(error of the suite)", suite="whole", **SUITE), "passed"), (case("(error of the suite)", suite="gone", **SUITE), None),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "outcome"), CASES)
def test_a_case_by_its_name(intake, wanted, outcome):
    assert outcomes_of(intake.run, intake.rows, [wanted]) == ({wanted.id: outcome} if outcome else {})


def test_all_at_once(intake):
    wanted = [wanted for wanted, _ in CASES]
    assert outcomes_of(intake.run, intake.rows, wanted) == {case.id: outcome for case, outcome in CASES if outcome}


def test_an_error_of_a_suite_that_is_still_there():
    wanted = case("(error of the suite)", suite="whole", **SUITE)
    assert outcomes_of(Run(id="run-1", cases=(wanted,)), Rows(), [wanted]) == {wanted.id: "failed"}
    assert outcomes_of(Run(id="run-1"), Rows(), [wanted, case("x")]) == {}
