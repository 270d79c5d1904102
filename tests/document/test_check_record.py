from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rca.analysis.assess import settle
from rca.config import Config, load_config
from rca.document.check_record import check_record
from rca.document.findings import Finding
from rca.document.lines import json_lines
from rca.model import Worklog
from rca.workflow import open_worklog, report
from tests import strategies
from tests.analysis.test_assess import START

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "junit"


@cache
def sound_text() -> str:
    config, _ = load_config(ROOT / "examples" / "staging")
    worklog, _ = report([str(ROOT / "examples" / "staging" / "reports")], config, now=START)
    document = json.loads(worklog.model_dump_json())
    document["investigations"] = [
        {
            "id": "i1",
            "problem": "p",
            "clusters": [document["clusters"][0]["id"]],
            "whys": [
                {"id": "1", "question": "q", "answer": "a", "evidence": [{"kind": "location", "ref": "a.py:3@0123456"}]},
                {"id": "1.1", "parent": "1", "question": "q", "answer": "a"},
            ],
            "prediction": {"judged_by": document["runs"][0]["id"]},
        }
    ]
    document["fixes"] = [{"summary": "s", "locations": [{"path": "a.py", "line": 3, "commit": "0123456"}]}]
    document["status"] = "fix ready"
    return Worklog.model_validate(document).model_dump_json(indent=2)


def findings_of(document: dict[str, Any]) -> list[Finding]:
    text = Worklog.model_validate(document).model_dump_json(indent=2)
    return check_record(Worklog.model_validate_json(text), "x.json", json_lines(text), settle)


def sound() -> dict[str, Any]:
    return copy.deepcopy(json.loads(sound_text()))


def put(*path: str | int, value: Any) -> Any:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return change


def more(*path: str | int, by: int = 1) -> Any:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] += by

    return change


def twice(*path: str | int) -> Any:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path:
            place = place[part]
        place.append(copy.deepcopy(place[0]))

    return change


def test_a_sound_record_has_no_finding():
    assert findings_of(sound()) == []


@pytest.mark.parametrize("producer", sorted(path.name for path in DATA.iterdir() if path.is_dir()))
def test_records_of_real_reports_have_no_finding(producer):
    worklog, _ = report([str(DATA / producer)], Config(), now=START)
    assert findings_of(json.loads(worklog.model_dump_json())) == []


def test_an_empty_record_has_no_finding():
    assert findings_of(json.loads(open_worklog("x", Config(), START).model_dump_json())) == []


# A change, the rule that finds it, a piece of what it says, and the path of the value whose line it names.
CHANGES = [
    (more("runs", 0, "totals", "passed"), "arithmetic", "add up to 28, total says 27", ("runs", 0, "totals")),
    (more("runs", 0, "totals", "passed"), "arithmetic", "its categories add up to", ("runs", 0, "totals")),
    (more("runs", 0, "sources", 0, "totals", "failed"), "arithmetic", "its sources add up to", ("runs", 0, "totals")),
    (more("runs", 0, "categories", 0, "totals", "total"), "arithmetic", "total says", ("runs", 0, "categories", 0, "totals")),
    (more("runs", 0, "totals", "flaky", by=99), "arithmetic", "flaky cases among", ("runs", 0, "totals")),
    (lambda d: d["runs"][0]["cases"].pop(), "arithmetic", "are listed", ("runs", 0, "cases")),
    (lambda d: d["runs"][0]["flaky"].append(dict(d["runs"][0]["cases"][0], outcome="passed")), "arithmetic", "flaky cases are listed", ("runs", 0, "flaky")),
    (put("runs", 0, "untimed", value=999), "arithmetic", "without a time", ("runs", 0, "untimed")),
    (lambda d: d["runs"][0]["cases"][1].update(id=d["runs"][0]["cases"][0]["id"]), "identity", "two cases have the id", ("runs", 0, "cases")),
    (twice("clusters"), "identity", "2 clusters have the id 'c1'", ("clusters",)),
    (lambda d: d["clusters"][0]["cases"].append("made up"), "evidence", "names 1 case(s) that no run holds, the first is 'made up'", ("clusters", 0, "cases")),
    (lambda d: d["clusters"][0]["runs"].append("run-x"), "evidence", "names the run 'run-x'", ("clusters", 0, "runs")),
    (lambda d: d["clusters"][0]["cases"].pop(), "evidence", "in no cluster", ("clusters",)),
    (twice("investigations"), "identity", "2 investigations have the id 'i1'", ("investigations",)),
    (twice("investigations", 0, "whys"), "identity", "2 whys have the id '1'", ("investigations", 0, "whys")),
    (lambda d: d["runs"][0].update(finished_at="2001-01-01T00:00:00Z", started_at="2002-01-01T00:00:00Z"), "time", "ends before it starts", ("runs", 0, "finished_at")),
    (put("opened_at", value="2024-01-01T00:00:00Z"), "time", "its id says", ("opened_at",)),
    (put("fixes", 0, "locations", 0, "commit", value=None), "location", "a.py:3 has no commit", ("fixes", 0, "locations", 0)),
    (put("verdicts", 0, "state", value="met"), "criteria", "is called met", ("verdicts", 0)),
    (more("verdicts", 0, "passed"), "criteria", "the runs say", ("verdicts", 0)),
    (lambda d: d["verdicts"].pop(), "criteria", "are judged", ("verdicts",)),
    (put("status", value="verified"), "status", "the status says 'verified'; what the worklog holds makes it 'fix ready'", ("status",)),
    (put("clusters", 0, "failing", value=False), "status", "no longer to fail", ("clusters", 0, "failing")),
    (lambda d: d["value"][0].update(state=({"protected", "at risk"} - {d["value"][0]["state"]}).pop()), "status", "its items make it", ("value", 0, "state")),
    (lambda d: d["value"][0]["items"][0].update(state="protected" if d["value"][0]["items"][0]["state"] != "protected" else "at risk"), "status", "its tests make it", ("value", 0, "items", 0)),
    (lambda d: d["journeys"][0]["steps"][0].update(state="broken" if d["journeys"][0]["steps"][0]["state"] != "broken" else "works"), "status", "its tests make it", ("journeys", 0, "steps", 0)),
    (put("objective", value="umlaut âœ… lost"), "encoding", "decoded wrongly", ("objective",)),
    (lambda d: d.update(objective="token ghp_" + "a1B2" * 9), "secret", "looks like a secret", ("objective",)),
]  # fmt: skip


@pytest.mark.parametrize(("change", "rule", "said", "path"), CHANGES)
def test_a_fault_is_found_where_it_stands(change, rule, said, path):
    document = sound()
    change(document)
    text = Worklog.model_validate(document).model_dump_json(indent=2)
    findings = findings_of(document)
    lines = json_lines(text)
    while path not in lines:
        path = path[:-1]
    assert [finding for finding in findings if finding.rule == rule and said in finding.message and finding.line == lines[path]], findings
    assert all(finding.severity == "error" and finding.hint for finding in findings)
    assert not any("a1B2a1B2" in finding.text() for finding in findings)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.worklogs)
def test_any_record_can_be_checked(worklog):
    text = worklog.model_dump_json(indent=2)
    number = text.count("\n") + 1
    for finding in check_record(worklog, "x.json", json_lines(text), settle):
        assert 1 <= finding.line <= number
