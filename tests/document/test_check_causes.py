"""What a record says of causes is held against the rest of it: one change of a sound record for each fault."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from rca.analysis.assess import settle
from rca.causes.decisions import decide
from rca.document.check_record import check_record
from rca.document.findings import Finding
from rca.document.lines import json_lines
from rca.model import Worklog

FULL = Path(__file__).parent / "faces" / "full.json"


def findings_of(document: dict[str, Any]) -> list[Finding]:
    text = Worklog.model_validate(document).model_dump_json(indent=2)
    return check_record(Worklog.model_validate_json(text), "x.json", json_lines(text), settle)


def sound() -> dict[str, Any]:
    return json.loads(FULL.read_text(encoding="utf-8"))


def test_the_full_record_is_sound():
    assert findings_of(sound()) == []
    worklog = Worklog.model_validate(sound())
    assert decide(worklog) == worklog


def put(*path: str | int, value: Any) -> Any:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value

    return change


def twice(*path: str | int) -> Any:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for part in path:
            place = place[part]
        place.append(copy.deepcopy(place[0]))

    return change


CLUSTERS, RUN = "clusters", ("runs", 0)
BAD = {"id": "run-x", "at": "2001-01-01T00:00:00Z"}

# A change, the rule that finds it, a piece of what it says, and the path of the value whose line it names.
CHANGES = [
    (put(CLUSTERS, 0, "classification", value="fixed"), "class", "c1 is called fixed and still fails", (CLUSTERS, 0, "classification")),
    (put(CLUSTERS, 3, "matches", value=[]), "class", "c4 is called known, and names neither", (CLUSTERS, 3, "classification")),
    (put(CLUSTERS, 1, "past", value=None), "class", "c2 is called new, and nothing says why", (CLUSTERS, 1, "classification")),
    (put(CLUSTERS, 0, "past", "runs", value=0), "class", "c1 is called regression, though no earlier run", (CLUSTERS, 0, "classification")),
    (put(CLUSTERS, 2, "muted", value=True), "class", "c3 is muted, and no decision says so", (CLUSTERS, 2, "muted")),
    (put(CLUSTERS, 2, "past", "flips", "flipped", value=9), "arithmetic", "9 of 8 commits flipped", (CLUSTERS, 2, "past", "flips")),
    (put(CLUSTERS, 2, "past", "flips", "low", value=0.5), "arithmetic", "not between 50.0 % to 69.4 %", (CLUSTERS, 2, "past", "flips")),
    (put(CLUSTERS, 0, "past", "first_bad", value=BAD), "time", "older than the last good one", (CLUSTERS, 0, "past", "first_bad")),
    (lambda d: d[CLUSTERS][0]["past"].update(first_bad=d[CLUSTERS][0]["past"]["last_good"]), "evidence", "the last good and the first bad", (CLUSTERS, 0, "past", "first_bad")),
    (put(CLUSTERS, 0, "past", "failing_runs", value=99), "arithmetic", "fails for 99 runs, 12 earlier ones", (CLUSTERS, 0, "past", "failing_runs")),
    (put(*RUN, "history", "earlier", value=0), "evidence", "no earlier run was found, yet", (*RUN, "history")),
    (put(*RUN, "history", "fixed_count", value=1), "arithmetic", "2 fixed cases are listed, 1 are counted", (*RUN, "history")),
    (lambda d: d["runs"][0]["history"]["fixed"].__setitem__(0, d["runs"][0]["cases"][0]["id"]), "status", "called fixed fail in this run", (*RUN, "history", "fixed")),
    (put(CLUSTERS, 0, "suspects", 0, "score", value=0.9), "arithmetic", "add up to 0.740, its score says 0.900", (CLUSTERS, 0, "suspects", 0)),
    (lambda d: d[CLUSTERS][0]["suspects"].reverse(), "arithmetic", "not in the order of their scores", (CLUSTERS, 0, "suspects")),
    (put("upstreams", 0, "clusters", value=["c1", "c99"]), "evidence", "u1 names cluster 'c99'", ("upstreams", 0, "clusters")),
    (put("upstreams", 0, "cases", value=8), "arithmetic", "u1 counts 8 cases, its clusters have 7", ("upstreams", 0, "cases")),
    (put("upstreams", 0, "evidence", value=[]), "evidence", "shows no line of a report", ("upstreams", 0, "evidence")),
    (twice("upstreams"), "identity", "2 upstreams have the id 'u1'", ("upstreams",)),
    (put("issues", 0, "clusters", value=["c99"]), "evidence", "issue #712 names cluster 'c99'", ("issues", 0, "clusters")),
    (put(CLUSTERS, 1, "blocked_by", value="c99"), "evidence", "cluster c2 is blocked by 'c99', which is not here", (CLUSTERS, 1, "blocked_by")),
    (put(CLUSTERS, 0, "blocked_by", value="c2"), "evidence", "cluster c1 is blocked in a circle", (CLUSTERS, 0, "blocked_by")),
    (put(CLUSTERS, 0, "blocked_by", value="c1"), "evidence", "cluster c1 is blocked in a circle", (CLUSTERS, 0, "blocked_by")),
    (put(*RUN, "cases", 0, "blocked_by", value="nowhere"), "evidence", "is blocked by 'nowhere', which is not here", (*RUN, "cases", 0)),
    (lambda d: d["runs"][0]["cases"][0].update(blocked_by=d["runs"][0]["cases"][0]["id"]), "evidence", "is blocked in a circle", (*RUN, "cases", 0)),
    (twice("decisions"), "identity", "2 decisions have the id 'd1'", ("decisions",)),
    (put(CLUSTERS, 5, "fingerprint", value="v1:50801d7a3cad3a2b"), "identity", "2 clusters have the fingerprint", (CLUSTERS,)),
    (twice(CLUSTERS, 0, "matches"), "identity", "c1 names the issue #712 2 times", (CLUSTERS, 0, "matches")),
]  # fmt: skip

DOUBTS = [
    (put("decisions", 1, "match", value="#9999"), "decision", "d2 rejects '#9999'", ("decisions", 1)),
    (put(CLUSTERS, 0, "matches", 0, "ref", value="#9999"), "match", "c1 resembles #9999", (CLUSTERS, 0, "matches", 0)),
    (put("decisions", 2, "fingerprint", value="v1:gone"), "decision", "d3 (note) is about the fingerprint v1:gone", ("decisions", 2)),
    (lambda d: d["decisions"][2].update(kind="merge", into="v1:gone"), "decision", "d3 (merge) names the fingerprint v1:gone", ("decisions", 2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule", "said", "path", "severity"), [(*c, "error") for c in CHANGES] + [(*c, "warning") for c in DOUBTS]
)
def test_a_fault_is_found_where_it_stands(change, rule, said, path, severity):
    document = sound()
    change(document)
    lines = json_lines(Worklog.model_validate(document).model_dump_json(indent=2))
    findings = findings_of(document)
    while path not in lines:
        path = path[:-1]
    found = [finding for finding in findings if finding.rule == rule and said in finding.message and finding.line == lines[path]]
    assert len(found) == 1, findings
    assert found[0].severity == severity
    assert found[0].hint


FINE = [
    # Named by hand, then rejected: no text resembles it.
    lambda d: d["decisions"].extend(
        {**d["decisions"][1], "id": f"d9{n}", "kind": kind, "match": "#9999"} for n, kind in enumerate(("accept", "reject"))
    ),
    put("issues", value=[]),
    lambda d: d["decisions"][2].update(fingerprint="v1:gone", undone=True),
    lambda d: d[CLUSTERS][0]["matches"][0].update(ref="#9999", evidence=["rule", "a rule of the configuration"]),
    put(CLUSTERS, 0, "past", "flips", value={"flipped": 0, "commits": 9, "low": 0.0, "high": 0.2991}),
    put(CLUSTERS, 0, "suspects", 2, "parts", value=[{"name": "x", "points": 0.1197, "why": ""}]),
]


@pytest.mark.parametrize("change", FINE)
def test_what_is_no_fault(change):
    document = sound()
    change(document)
    assert [finding for finding in findings_of(document) if finding.rule != "evidence"] == []


def test_a_long_way_of_blocked_cases_is_walked_once():
    document = sound()
    first = document["runs"][0]["cases"][0]
    document["runs"][0]["cases"] = [dict(first, id=f"t{n}", blocked_by=f"t{n + 1}" if n < 4_999 else "") for n in range(5_000)]
    assert not [finding for finding in findings_of(document) if "circle" in finding.message]
    document["runs"][0]["cases"][-1]["blocked_by"] = "t0"
    assert len([finding for finding in findings_of(document) if "circle" in finding.message]) == 1
