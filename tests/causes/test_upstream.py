"""Shared causes, the infrastructure verdict and `blocked_by`, on runs that are labelled by hand (upstreams.txt)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rca.causes.blocked import mark_blocked
from rca.causes.upstream import find_upstreams
from rca.config import load_config
from rca.model import Case, Cluster, Failure, GroupResult, Past, Run, RunRef, Totals
from rca.workflow import report
from tests import strategies
from tests.timing import assert_linear

STAGING = Path(__file__).parents[2] / "examples" / "staging"


@dataclass
class Labelled:
    title: str
    run: Run
    clusters: list[Cluster]
    expected: set[str] = field(default_factory=set)


@cache
def runs() -> list[Labelled]:
    text = (Path(__file__).parent / "upstreams.txt").read_text(encoding="utf-8")
    return [_labelled(part) for part in re.split(r"(?m)^## ", text)[1:]]


def _labelled(part: str) -> Labelled:
    title, *lines = part.rstrip().split("\n")
    cases: dict[str, list[Case]] = {}
    expected: set[str] = set()
    pasts: dict[str, tuple[str, str]] = {}
    executed, category = 0, None
    for line in lines:
        if line.startswith("=> "):
            expected.add(line[3:])
        elif line.startswith("executed "):
            executed = int(line.split()[1])
        elif match := re.match(r"category (\w+) (\d+) of (\d+)", line):
            category = (match[1], int(match[2]), int(match[3]))
        elif match := re.match(r"past (\w+) (\w+) (\S+)", line):
            pasts[match[1]] = (match[2].replace("_", " "), match[3])
        elif match := re.match(r"(c\d+) ([^|]+)\|([^|]*)\|(.*)", line):
            suite, classname, name = match[2].strip().split("::")
            failure = Failure("failure", match[3].strip(), match[4].strip())
            scope = "case" if name else "suite"
            cases.setdefault(match[1], []).append(Case(suite, classname, name, "failed", failures=[failure], scope=scope))
            last = failure
        elif line.startswith("    ") or not line:
            last.text += line[4:] + "\n"
    everything = [case for group in cases.values() for case in group]
    for case in everything:
        case.category = category[0] if category else ""
    executed = executed or len(everything) * 3
    totals = Totals(total=executed, passed=executed - len(everything), failed=len(everything))
    name, failed, ran = category or ("", 0, 0)
    run = Run(
        id="run-now",
        totals=totals,
        cases=tuple(everything),
        categories=(GroupResult(name=name, totals=Totals(total=ran, passed=ran - failed, failed=failed)),) if category else (),
    )
    clusters = [
        Cluster(
            id=cid,
            title=group[0].failures[0].message,
            fingerprint=f"v1:{cid}",
            cases=tuple(case.id for case in group),
            example=group[0].id,
            runs=("run-now",),
            classification=pasts[cid][0] if cid in pasts else "unknown",
            past=Past(reason="r", confidence="high", first_bad=RunRef(id=pasts[cid][1])) if cid in pasts else None,
        )
        for cid, group in cases.items()
    ]
    return Labelled(title, run, clusters, expected)


def said(run: Run, clusters: list[Cluster]) -> set[str]:
    """What comes out, in the words of the file."""
    found = set()
    for upstream in find_upstreams(run, clusters):
        if upstream.kind == "shared":
            found.add(f"shared {upstream.anchor_kind} {' '.join(sorted(upstream.clusters))} {upstream.confidence} {upstream.title}")
        else:
            found.add(f"infrastructure {upstream.confidence} {upstream.title}")
    marked, after = mark_blocked(run, clusters)
    names = {case.id: case.name for case in marked.cases}
    found |= {f"blocked {cluster.id} by {cluster.blocked_by}" for cluster in after if cluster.blocked_by}
    return found | {f"case {case.name} by {names[case.blocked_by]}".rstrip() for case in marked.cases if case.blocked_by}


@pytest.mark.parametrize("labelled", runs(), ids=lambda labelled: labelled.title)
def test_what_is_shared_and_what_is_blocked(labelled):
    assert said(labelled.run, labelled.clusters) == labelled.expected


@pytest.mark.parametrize("labelled", runs(), ids=lambda labelled: labelled.title)
def test_upstreams_say_what_they_rest_on_and_change_nothing(labelled):
    before = [cluster.model_dump_json() for cluster in labelled.clusters]
    for number, upstream in enumerate(find_upstreams(labelled.run, labelled.clusters), 1):
        assert upstream.id == f"u{number}"
        assert upstream.reason
        assert upstream.cases >= len(upstream.clusters)
        assert upstream.evidence if upstream.kind == "shared" else True
        assert all(re.match(r"cluster \d+, .+: .", line) and len(line) <= 240 for line in upstream.evidence)
    assert [cluster.model_dump_json() for cluster in labelled.clusters] == before


def test_the_staging_suite_has_one_cause():
    """What the pipeline cases say is an effect of what the stream's own cases show, without a word of this suite in the rules."""
    config, _ = load_config(STAGING)
    worklog, _ = report([str(STAGING / "reports")], config, now=datetime(2026, 1, 1, tzinfo=UTC))
    run, clusters = mark_blocked(worklog.runs[-1], worklog.clusters)
    blocked = {case.name: case.blocked_by for case in run.cases if case.blocked_by}
    assert set(blocked) == {"test_pipeline_execution", "test_lifecycle_monitoring", "test_error_handling"}
    assert set(blocked.values()) == {"pytest::tests.e2e.test_authentication::test_websocket_security"}
    upstreams = find_upstreams(run, clusters)
    if len(clusters) > 1:
        assert [(u.anchor_kind, u.confidence, u.cases, len(u.clusters)) for u in upstreams] == [
            ("root exception", "high", 7, len(clusters))
        ]
        assert all("unsupported subprotocol: jwt-auth" in line for line in upstreams[0].evidence)


def test_a_mark_that_no_longer_holds_goes():
    labelled = next(part for part in runs() if part.title.startswith("a chain of causes"))
    run, clusters = mark_blocked(labelled.run, labelled.clusters)
    healed = run.model_copy(update={"cases": tuple(case for case in run.cases if case.name == "test_runs")})
    again, after = mark_blocked(healed, [clusters[1]])
    assert [case.blocked_by for case in again.cases] == [""]
    assert [cluster.blocked_by for cluster in after] == [None]
    assert mark_blocked(run, clusters) == (run, clusters)


def test_clusters_of_other_runs_are_left_alone():
    other = Cluster(id="c9", title="t", fingerprint="v1:9", cases=("x",), runs=("run-old",), blocked_by="c1")
    assert mark_blocked(Run(id="run-now"), [other]) == (Run(id="run-now"), (other,))
    assert find_upstreams(Run(id="run-now"), [other]) == ()


def test_equal_failures_without_text_follow_those_with_it():
    labelled = next(part for part in runs() if part.title.startswith("a chain of causes"))
    short = Case("s", "e2e.pipeline", "test_short", "failed", failures=[Failure("failure", "", "harbor.StreamUnavailable: event stream")])
    run = labelled.run.model_copy(update={"cases": (*labelled.run.cases, short)})
    wrapped = labelled.clusters[1].model_copy(update={"cases": (*labelled.clusters[1].cases, short.id)})
    marked, clusters = mark_blocked(run, [labelled.clusters[0], wrapped])
    assert marked.cases[-1].blocked_by == labelled.run.cases[0].id
    assert clusters[1].blocked_by == "c1"


def test_secrets_do_not_reach_the_evidence():
    secret = "ghp_" + "a1B2" * 9
    cases = [
        Case("s", "a", f"t{n}", "failed", failures=[Failure("failure", "", f"connect ECONNREFUSED https://u:{secret}@db:5432")])
        for n in range(2)
    ]
    clusters = [Cluster(id=f"c{n}", title="t", fingerprint=f"v1:{n}", cases=(cases[n].id,), runs=("r",)) for n in range(2)]
    (found,) = find_upstreams(Run(id="r", cases=tuple(cases)), clusters)
    assert secret not in found.model_dump_json()
    assert found.anchor == "db:5432"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.runs, st.lists(strategies.clusters, max_size=4))
def test_any_run_and_any_clusters(run, clusters):
    """Nothing points to itself, no way leads back, and a second time nothing changes."""
    named = [
        cluster.model_copy(update={"id": f"c{number}", "runs": (run.id,), "cases": tuple(case.id for case in run.cases)[: number + 1]})
        for number, cluster in enumerate(clusters)
    ]
    marked, after = mark_blocked(run, named)
    above = {cluster.id: cluster.blocked_by for cluster in after}
    for start in above:
        way = [start]
        while (before := above.get(way[-1])) is not None:
            assert before not in way
            way.append(before)
    assert mark_blocked(marked, after) == (marked, after)
    known = {cluster.id for cluster in named}
    assert all(set(upstream.clusters) <= known for upstream in find_upstreams(run, named))


def _many(number: int) -> tuple[Run, list[Cluster]]:
    """Clusters of which many name one address, many one root, and each depends on the one before it."""
    cases = [
        Case("s", f"c{n % 7}", f"test_{n}", "failed", failures=[Failure("failure", "", f"test_{n} depends on test_{n - 1}", _text(n))])
        for n in range(number)
    ]
    clusters = [Cluster(id=f"c{n}", title="t", fingerprint=f"v1:{n}", cases=(case.id,), runs=("r",)) for n, case in enumerate(cases)]
    return Run(id="r", totals=Totals(total=number, failed=number), cases=tuple(cases)), clusters


def _text(number: int) -> str:
    cause = (
        "E   LedgerError: ledger of tenant blue is locked"
        if number % 2
        else f"E   OSError: connect to host{number % 50}.internal:5432 refused"
    )
    return f"{cause}\n\nThe above exception was the direct cause of the following exception:\nE   CartError: order {number} is lost\n"


def test_many_clusters_take_time_in_step_with_their_number():
    def both(number: int) -> None:
        run, clusters = _many(number)
        find_upstreams(run, clusters)
        mark_blocked(run, clusters)

    assert_linear(both, 5_000)


PIECES = [
    "Caused by: a.b.Error: x\n",
    "a.",
    "E   Error: x\n",
    " ---> ",
    "Error: ",
    "depends on ",
    "because of ",
    "\nNext A: ",
    "(" * 50,
    "at a.b(c)\n",
]


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_texts_do_not_hang(piece):
    def both(size: int) -> None:
        text = piece * (size // len(piece))
        link = "\nThe above exception was the direct cause of the following exception:\n"
        cases = [Case("s", f"c{n}", f"t{n}", "failed", failures=[Failure("error", text[:300], text, text + link + text)]) for n in range(3)]
        run = Run(id="r", cases=tuple(cases))
        clusters = [Cluster(id=f"c{n}", title="t", fingerprint=f"v1:{n}", cases=(case.id,), runs=("r",)) for n, case in enumerate(cases)]
        find_upstreams(run, clusters)
        mark_blocked(run, clusters)

    assert_linear(both)
