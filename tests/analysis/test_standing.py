"""The latest result of each case counts: reports of parts, of shards, of the whole, in any order."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rca.analysis.names
from rca.analysis.assess import overall, settle, standing
from rca.causes.standing import Carried, older, standing_of
from rca.config import Config
from rca.document.check_record import check_record
from rca.intake import take_in
from rca.model import Worklog
from rca.workflow import add_run, open_worklog, render

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FAILURE = '<failure message="{0}" type="E">E: {0}</failure>'
SAID = {"p": "", "s": "<skipped/>", "e": '<error message="set-up" type="E">E: set-up</error>'}
CONFIG = Config.model_validate(
    {
        "categories": [{"name": "API", "match": ["api*"]}, {"name": "UI", "match": ["ui*"]}],
        "journeys": [{"name": "Buy", "steps": [{"name": "pay", "tests": [{"name": ["t0", "t1"]}]}]}],
    }
)


def report(folder: Path, number: int, results: str, *, before: str = "") -> Path:
    """A report of `suite.test:outcome` words; any other outcome than p, s and e is the message of a failure."""
    suites: dict[str, list[str]] = {}
    for word in results.split():
        name, outcome = word.split(":")
        suite, test = name.rsplit(".", 1)
        said = SAID.get(outcome, FAILURE.format(outcome))
        suites.setdefault(suite, []).append(f"<testcase classname={quoteattr(suite)} name={quoteattr(test)} time='1'>{said}</testcase>")
    body = "".join(
        f'<testsuite name="{name}" timestamp="2026-11-22T{number:02}:00:00Z" time="1">{"".join(cases)}</testsuite>'
        for name, cases in suites.items()
    )
    path = folder / f"r{number}.xml"
    path.write_text(f"<testsuites>{before}{body}</testsuites>")
    return path


def worklog_of(paths: list[Path], config: Config = CONFIG, *, whole: tuple[int, ...] = ()) -> Worklog:
    worklog = open_worklog("Tests", config, NOW)
    for number, path in enumerate(paths, 1):
        intake = take_in([str(path)], config, rows=True)
        worklog = add_run(worklog, intake, config, whole=number in whole)
        assert not check_record(worklog, "w.json", {}, lambda w: settle(w, config))
    return worklog


def counts(worklog: Worklog) -> dict[str, tuple[int, int, int]]:
    """Of each category: passed, failing, skipped."""
    return {name: (t.totals.passed, t.totals.failing, t.totals.skipped) for name, t in standing(worklog.runs).items()}


def failing(worklog: Worklog) -> dict[str, set[str]]:
    """The cases of the clusters that fail, by their messages."""
    found: dict[str, set[str]] = {}
    for cluster in worklog.clusters:
        if cluster.failing:
            assert not found.get(cluster.message, set()).intersection(cluster.cases)
            found.setdefault(cluster.message, set()).update(re.sub("^.*::(.*)::", r"\1.", name) for name in cluster.cases)
    return found


def test_a_run_of_the_failed_tests_leaves_the_others_as_they_are(tmp_path):
    passed = " ".join(f"api.t{n}:p" for n in range(5, 20))
    first = report(tmp_path, 1, f"api.t0:x api.t1:x api.t2:x api.t3:y api.t4:y {passed}")
    second = report(tmp_path, 2, "api.t0:p api.t1:p api.t3:y")
    worklog = worklog_of([first, second])
    assert counts(worklog) == {"API": (17, 3, 0)}
    assert failing(worklog) == {"x": {"api.t2"}, "y": {"api.t3", "api.t4"}}
    assert [(v.state, v.passed, v.executed) for v in worklog.verdicts] == [("unmet", 17, 20)] * len(worklog.verdicts)
    assert worklog.journeys[0].steps[0].state == "works"
    face = render(worklog)
    assert "**API**: 3 of 20 results are from its last run, the other 17, 2 of them failing, are older." in face
    assert "17 of these results, 2 of them failing, are from earlier runs." in face
    assert "Run the 2 failing cases of API that its last run left out" in face
    third = report(tmp_path, 3, "api.t2:p api.t3:p api.t4:p")
    done = worklog_of([first, second, third])
    assert (counts(done), failing(done), done.status) == ({"API": (20, 0, 0)}, {}, "passing")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param("api.a:p api.b:x", "api.c:p", {"API": (2, 1, 0)}, id="shards add up"),
        pytest.param("api.a:p api.b:x", "api.b:s", {"API": (1, 1, 0)}, id="a skip says nothing of what was executed"),
        pytest.param("api.a:s", "api.a:p", {"API": (1, 0, 0)}, id="what was skipped runs"),
        pytest.param("api.a:s", "api.a:s", {"API": (0, 0, 1)}, id="skipped again"),
        pytest.param("api.a:x api.a:p", "api.a:p", {"API": (2, 0, 0)}, id="of one name the failing one ran again"),
        pytest.param("api.a:x ui.a:x", "ui.a:p", {"API": (0, 1, 0), "UI": (1, 0, 0)}, id="another category"),
        pytest.param("api.a:p", "api.a:x", {"API": (0, 1, 0)}, id="what passed fails"),
        pytest.param("api.a:x", "api.a:e", {"API": (0, 1, 0)}, id="another error"),
    ],
)
def test_the_latest_result_of_each_case_counts(tmp_path, first, second, expected):
    worklog = worklog_of([report(tmp_path, 1, first), report(tmp_path, 2, second)])
    assert counts(worklog) == expected


def test_what_could_not_be_loaded_is_gone_when_its_cases_ran(tmp_path):
    config = Config()
    broken = tmp_path / "r1.xml"
    broken.write_text(
        '<testsuite name="pytest" timestamp="2026-11-22T01:00:00Z"><testcase classname="" name="shop.test_cart" time="0">'
        '<error message="collection failure">ImportError: no cart</error></testcase></testsuite>'
    )
    cases = '<testcase classname="shop.{}" name="t" time="1"/>'
    other, mended = tmp_path / "r2.xml", tmp_path / "r3.xml"
    for path, hour, module in ((other, 2, "test_pay"), (mended, 3, "test_cart.TestCart")):
        path.write_text(f'<testsuite name="pytest" timestamp="2026-11-22T0{hour}:00:00Z">{cases.format(module)}</testsuite>')
    assert overall(worklog_of([broken, other], config).runs).failing == 1
    assert overall(worklog_of([broken, mended], config).runs).failing == 0
    assert overall(worklog_of([broken, other, mended], config).runs).passed == 2


def test_a_suite_that_broke_is_gone_when_it_ran(tmp_path):
    broken = report(
        tmp_path, 1, "api.a:p", before='<testsuite name="ui" timestamp="2026-11-22T01:00:00Z"><error message="no display"/></testsuite>'
    )
    assert counts(worklog_of([broken, report(tmp_path, 2, "api.a:p")]))["UI"] == (0, 1, 0)
    assert counts(worklog_of([broken, report(tmp_path, 3, "ui.a:p")]))["UI"] == (1, 0, 0)


def test_a_run_of_the_whole_takes_the_place_of_all_before(tmp_path):
    first, second = report(tmp_path, 1, "api.a:p api.old:x ui.a:x"), report(tmp_path, 2, "api.a:p api.new:p")
    assert counts(worklog_of([first, second])) == {"API": (2, 1, 0), "UI": (0, 1, 0)}
    whole = worklog_of([first, second], whole=(2,))
    assert counts(whole) == {"API": (2, 0, 0), "UI": (0, 1, 0)}
    said_later = add_run(worklog_of([first, second]), take_in([str(second)], CONFIG, rows=True), CONFIG, whole=True)
    assert said_later.runs[-1].whole
    assert said_later == whole


def test_a_run_that_is_added_late_brings_back_no_case_that_passed_since(tmp_path):
    first, second = report(tmp_path, 1, "api.a:e api.b:e"), report(tmp_path, 2, "api.a:p")
    assert [c.cases for c in worklog_of([first, second]).clusters if c.failing] == [("api::api::b",)]
    assert [c.cases for c in worklog_of([second, first]).clusters if c.failing] == [("api::api::b",)]


def test_a_verified_worklog_was_all_run_after_the_deployment(tmp_path):
    first, part = report(tmp_path, 1, "api.a:x api.b:p api.c:x"), report(tmp_path, 3, "api.a:p api.c:p")
    rest, red = report(tmp_path, 4, "api.b:p"), report(tmp_path, 5, "api.b:z")
    done = [{"name": "roll out", "state": "done", "at": "2026-11-22T02:00:00Z"}]
    fix = [{"summary": "mended"}]

    def status(*paths: Path) -> str:
        told = worklog_of([first, *paths]).model_dump() | {"deployments": done, "fixes": fix}
        return settle(Worklog.model_validate(told), CONFIG).status

    assert (status(), status(part), status(part, rest), status(part, red)) == ("fix deployed", "passing", "verified", "failing")


def test_names_are_kept_of_runs_that_are_not_too_large(tmp_path, monkeypatch):
    first, second = report(tmp_path, 1, "api.a:p api.b:x api.c:x"), report(tmp_path, 2, "api.b:p api.d:p")
    monkeypatch.setattr(rca.analysis.names, "NAMES_KEPT", 2)
    mixed = worklog_of([first, second])
    assert [run.categories[0].names is not None for run in mixed.runs] == [False, True]
    # Of the first run only failing cases are known by name: d may be the one that passed, and is taken for it.
    assert counts(mixed) == {"API": (2, 1, 0)}
    assert failing(mixed) == {"x": {"api.c"}}
    assert counts(worklog_of([second, first])) == {"API": (2, 1, 0)}
    monkeypatch.setattr(rca.analysis.names, "NAMES_KEPT", 1)
    assert counts(worklog_of([first, second])) == {"API": (2, 0, 0)}


def test_a_record_whose_names_were_changed_is_found(tmp_path):
    worklog = worklog_of([report(tmp_path, 1, "api.a:p api.b:x")])
    names = worklog.runs[0].categories[0].names.model_copy(update={"passed": ""})
    categories = (worklog.runs[0].categories[0].model_copy(update={"names": names}),)
    runs = (worklog.runs[0].model_copy(update={"categories": categories}),)
    found = check_record(worklog.model_copy(update={"runs": runs}), "w.json", {}, lambda w: settle(w, CONFIG))
    assert "the names of its results are not as many as it counts" in {finding.message for finding in found}


RUNS = st.lists(
    st.dictionaries(st.sampled_from([f"{s}.t{n}" for s in ("api", "ui") for n in range(4)]), st.sampled_from("ppsxy"), min_size=1),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(RUNS)
def test_the_standing_is_that_of_the_cases_whatever_came_first(tmp_path_factory, runs):
    folder = tmp_path_factory.mktemp("runs")
    paths = [
        report(folder, number, " ".join(f"{name}:{outcome}" for name, outcome in results.items())) for number, results in enumerate(runs, 1)
    ]
    latest: dict[str, str] = {}
    for results in runs:
        latest.update({name: outcome for name, outcome in results.items() if outcome != "s" or latest.get(name, "s") == "s"})
    expected: dict[str, Counter[str]] = {}
    for name, outcome in latest.items():
        expected.setdefault({"api": "API", "ui": "UI"}[name.split(".")[0]], Counter())[outcome] += 1
    broken = {outcome: {n for n, o in latest.items() if o == outcome} for outcome in "xy" if outcome in latest.values()}
    for order in permutations(paths):
        worklog = worklog_of(list(order))
        assert counts(worklog) == {n: (c["p"], c["x"] + c["y"], c["s"]) for n, c in expected.items()}
        assert failing(worklog) == broken
        found = standing_of(worklog.runs)
        for name, result in found.results.items():
            assert sum(totals.total for totals in found.runs[name].values()) == result.totals.total


@pytest.mark.parametrize(
    ("total", "again", "failing", "own", "of_all"),
    [
        (3, 1, 0, "1 of 3 results is from its last run, the other 2 are older", "2 of these results are from earlier runs"),
        (
            3,
            2,
            1,
            "2 of 3 results are from its last run, the other one, which fails, is older",
            "One of these results, which fails, is from",
        ),
        (4, 2, 2, "the other 2, both failing, are older", "2 of these results, both failing, are from earlier runs"),
        (5, 2, 3, "the other 3, all of them failing, are older", "3 of these results, all of them failing, are from"),
        (5, 1, 3, "the other 4, 3 of them failing, are older", "4 of these results, 3 of them failing, are from"),
    ],
)
def test_what_is_older_in_words(total, again, failing, own, of_all):
    part = Carried("API", total, again, failing)
    assert own in part.text
    assert of_all in older([part])
