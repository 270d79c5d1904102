"""The execution part of a face: what stands above the clusters, what is said of each, and what is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rca.analysis.assess import standing
from rca.document.render import render_html, render_markdown
from rca.document.view import Facts, make_view
from rca.document.view.past import causes
from rca.model import (
    Case,
    Cluster,
    FlipRate,
    GroupResult,
    Match,
    Past,
    Run,
    RunHistory,
    RunRef,
    ScorePart,
    Suspect,
    Totals,
    Upstream,
    Worklog,
)
from tests import strategies

FULL = Path(__file__).parent / "faces" / "full.json"
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def cluster(number: int, **changes: Any) -> Cluster:
    plain = {
        "title": f"Error {number}",
        "fingerprint": f"v1:{number}",
        "cases": (f"s::t{number}",),
        "runs": ("run-1",),
        "categories": ("All tests",),
        "why_matched": "the only case with this error",
    }
    return Cluster(id=f"c{number}", **{**plain, **changes})


def face(*clusters: Cluster, order: tuple[str, ...] = (), html: bool = False, **changes: Any) -> str:
    failing = sum(len(c.cases) for c in clusters if c.failing)
    totals = Totals(total=failing + 10, passed=10, failed=failing)
    run = Run(id="run-1", totals=totals, categories=(GroupResult(name="All tests", totals=totals),), history=changes.pop("history", None))
    worklog = Worklog(id="2026-01-02-x", title="x", opened_at=NOW, runs=(run,), clusters=clusters, **changes)
    markdown = render_markdown(make_view(Facts(worklog, standing(worklog.runs), (), (), order)), worklog)
    return render_html(markdown, "x") if html else markdown


def test_nothing_is_said_of_a_past_that_nobody_looked_at():
    text = face(cluster(1))
    assert not re.search(r"Compared|class|confidence|new|suspect|Blocked|null|None", text)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (RunHistory(note="there is no history yet: this is the first run"), "There is no history yet: this is the first run; nothing is called new."),
        (RunHistory(), "There is no earlier run to compare with; nothing is called new."),
        (RunHistory(earlier=3), "Compared with 3 earlier runs."),
        (RunHistory(earlier=1, compared_with="the one earlier run of @main #1"), "Compared with the one earlier run of @\u200bmain #\u200b1."),
        (RunHistory(earlier=1, fixed=("s::a",), fixed_count=1), "1 case that failed in it passes now."),
        (RunHistory(earlier=1, previous=RunRef(id="run-0")), "The one before: run-0."),
        (RunHistory(earlier=1, previous=RunRef(id="run-0", at=NOW, commit="0123456789abcdef", url="https://ci.example/1")), "[2026-01-02 03:04 UTC](https://ci.example/1) at `0123456789ab`"),
        (RunHistory(earlier=1, previous=RunRef(id="run-0", url="javascript:alert(1)")), "The one before: run-0."),
    ],
)  # fmt: skip
def test_with_which_runs_it_was_compared(history, said):
    assert said in face(cluster(1), history=history)


def test_fixed_cases_are_listed_in_a_fold():
    text = face(cluster(1), history=RunHistory(earlier=2, fixed=tuple(f"s::f{n}" for n in range(60)), fixed_count=70))
    assert "<details><summary>70 cases fixed since the previous run</summary>" in text
    assert "- `s::f49`\n- and 20 more" in text


def test_classes_are_counted_with_their_clusters():
    clusters = (
        cluster(1, classification="new", cases=("s::a", "s::b")),
        cluster(2, classification="flaky"),
        cluster(3, classification="regression"),
        cluster(4),
        cluster(5, classification="fixed", failing=False),
        cluster(
            6, classification="known", matches=(Match(ref="#7", score=1, state="accepted"), Match(ref="#8", score=1, state="rejected"))
        ),
    )
    text = face(*clusters)
    assert "in **5 clusters** of equal errors: 1 regression, 1 new, 1 known, 1 flaky and 1 of which nothing is known." in text
    rows = re.findall(r"(?m)^\| (regression|new|unknown|known|flaky|fixed) \| (\d) \| (\d) \| (\S+) \|", text)
    assert rows == [("regression", "3", "1", "–"), ("new", "1", "2", "–"), ("unknown", "4", "1", "–"), ("known", "6", "1", "#\u200b7"), ("flaky", "2", "1", "–")]  # fmt: skip
    assert "Cluster 5 · `Error 5` · 1 case · no longer fails" in text


def test_a_single_class_needs_no_table():
    assert "| class |" not in face(cluster(1, classification="new"), cluster(2, classification="new"))
    assert "in **2 clusters** of equal errors: 2 new." in face(cluster(1, classification="new"), cluster(2, classification="new"))
    assert "| known | 1 | 1 | #\u200b7 |" in face(cluster(1, classification="known", matches=(Match(ref="#7", score=1),)))


def test_cases_are_those_of_the_last_run_that_shows_the_cluster():
    old, new = (Case("s", "c", "t", "failed", seconds=seconds, classification="regression", blocked_by="s::c::u") for seconds in (1.0, 2.0))
    runs = (Run(id="run-1", cases=(old,)), Run(id="run-2", cases=(new,)))
    shown = cluster(1, cases=(old.id, "s::c::u"), failing=False)
    worklog = Worklog(id="2026-01-02-x", title="x", opened_at=NOW, runs=runs, clusters=(shown,))
    text = render_markdown(make_view(Facts(worklog, {}, (), ())), worklog)
    assert "- `s::c::t` · 1.00 s · follows from `u`\n- `s::c::u`\n" in text
    assert "1 of its 2 cases follows from another one, as the list of cases says." in text


def test_clusters_stand_in_the_order_that_is_asked_for():
    shown = re.findall(r"### Cluster (\d)", face(cluster(1), cluster(2), cluster(3), order=("c3", "c9", "c1")))
    assert shown == ["3", "1", "2"]
    assert re.findall(r"### Cluster (\d)", face(cluster(1), cluster(2))) == ["1", "2"]


def test_muted_clusters_are_only_listed():
    text = face(cluster(1), cluster(2, muted=True, classification="new"), *(cluster(n) for n in range(3, 25)))
    assert "### Cluster 2 " not in text
    assert (
        "<details><summary>1 muted cluster</summary>\n\n| cluster | error | cases | class |\n|--:|---|--:|---|\n| 2 | `Error 2` | 1 | new |"
        in text
    )
    assert "<details><summary>3 more clusters</summary>" in text
    assert "1 cluster is muted." in text


PAST = Past(
    reason="Passed before.",
    confidence="medium",
    runs=4,
    last_good=RunRef(id="run-a", commit="a" * 40),
    first_bad=RunRef(id="run-1", commit="b" * 40),
    first_seen=RunRef(id="run-old", at=NOW),
    failing_runs=3,
    flips=FlipRate(flipped=3, commits=8, low=0.1368, high=0.6943),
)


def test_the_past_of_a_cluster():
    text = face(cluster(1, classification="regression", past=PAST))
    assert "- **Regression**, medium confidence. Passed before. It rests on 4 earlier runs.\n" in text
    good = "Last good: run-a at `aaaaaaaaaaaa` · First bad: this run · Commits: `aaaaaaaaaaaa..bbbbbbbbbbbb`"
    assert f"- {good} · Failing for 3 runs · First seen: 2026-01-02 03:04 UTC\n" in text
    assert "- Flip rate: passed and failed on 3 of 8 commits with several results (14 % to 69 %)\n" in text
    assert "It rests on" not in face(cluster(1, past=PAST), history=RunHistory(earlier=4))
    assert "- Class not known, medium confidence. Passed before." in face(cluster(1, past=PAST))
    assert "- **Flaky**.\n" in face(cluster(1, classification="flaky"))


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.0, 0.001, "0 % to 1 %"), (0.999, 1.0, "99 % to 100 %"), (0.0001, 0.9999, "1 % to 99 %")]
)
def test_shares_never_round_to_none_or_all(low, high, said):
    past = PAST.model_copy(update={"flips": FlipRate(flipped=1, commits=9, low=low, high=high)})
    assert f"({said})" in face(cluster(1, past=past))


MATCHES = (
    Match(ref="#3", title="Proposed", score=0.5, evidence=("vat", "a`b")),
    Match(ref="#4", title="Gone", score=0.9, state="rejected"),
    Match(ref="#5", title="Sure", url="https://x.example/5", score=0.7, state="accepted", closed=True),
    Match(kind="worklog", ref="2025-12-31-old", title="Old", score=1, evidence=("same fingerprint",), root_cause="A typo.", held="held"),
    Match(kind="worklog", ref="../../etc", score=0.2, held="came back"),
)


def test_matches_come_accepted_first_and_without_rejected_ones():
    text = face(cluster(1, matches=MATCHES))
    lines = [line for line in text.split("\n") if line.startswith(("- Known as", "- Resembles", "- An earlier"))]
    assert lines == [
        "- Known as [#\u200b5](https://x.example/5) Sure (accepted, closed; score 0.70)",
        "- Resembles #\u200b3 Proposed (not confirmed; score 0.50: `vat`, ``a`b``)",
        (
            "- An earlier worklog has it too: [2025-12-31-old](../2025/2025-12-31-old.md) Old (score 1.00: `same fingerprint`). "
            "Root cause there: A typo. Its fix held."
        ),
        "- An earlier worklog has it too: ../../etc (score 0.20). It came back after its fix.",
    ]


def test_suspects_are_a_list_with_the_parts_of_their_scores():
    parts = (ScorePart(name="frames", points=0.5, why="changes a.py:pay"), ScorePart(name="size", points=-0.05))
    suspects = (Suspect(commit="f" * 40, summary="Fix @all (#1)", at=NOW, score=0.45, parts=parts), Suspect(commit="e" * 40, score=0.1))
    text = face(cluster(1, suspects=suspects, suspects_note="2 commits."))
    assert "- First suspect: `ffffffffffff` Fix @\u200ball (#\u200b1) (score 0.45: changes a.py:pay)\n" in text
    first = "1. `ffffffffffff` Fix @\u200ball (#\u200b1) · 2026-01-02 03:04 UTC · score 0.45"
    assert f"{first}: frames +0.50 (changes a.py:pay); size −0.05\n2. `eeeeeeeeeeee` · score 0.10\n" in text
    assert "<details><summary>2 suspects</summary>" in text
    assert "**Suspected:** `ffffffffffff` Fix @\u200ball (#\u200b1) (cluster 1, score 0.45)." in text
    assert "- No suspect. The clone is too shallow" in face(cluster(1, suspects_note="The clone is too shallow: fetch more."))


def test_shared_causes_stand_above_the_clusters():
    shared = Upstream(
        id="u1",
        kind="shared",
        title="db:5432 cannot be reached",
        clusters=("c1", "c2"),
        cases=2,
        evidence=("cluster 1, t1: refused | db:5432", "no such form"),
        reason="clusters 1 and 2 say that db:5432 cannot be reached",
        confidence="high",
    )
    down = Upstream(
        id="u2", kind="infrastructure", title="9 of 10 cases fail (90 %)", clusters=(), cases=9, reason="look there", confidence="high"
    )
    text = face(cluster(1), cluster(2), cluster(3, blocked_by="c2"), upstreams=(down, shared))
    assert text.index("### Infrastructure · 9 of 10 cases fail (90 %)") < text.index("### Shared cause") < text.index("### Cluster 1")
    assert "### Shared cause · `db:5432 cannot be reached` · clusters 1 and 2 · 2 cases\n\nClusters 1 and 2 say that" in text
    assert "- Cluster 1, `t1`: `refused | db:5432`\n- `no such form`" in text
    assert "- Seems to share its cause with cluster 2." in text
    assert "- Blocked by cluster 2: look at that one first." in text
    assert "They seem to have **1 cause**. **Look at the infrastructure first:** so many fail together." in text
    unsure = face(cluster(1), upstreams=(down.model_copy(update={"confidence": "low"}),))
    assert "So many fail together that it may be the infrastructure." in unsure


def test_how_many_causes_there_seem_to_be():
    def count(*links: tuple[str, ...], blocked: dict[str, str] | None = None) -> int:
        clusters = tuple(cluster(n, blocked_by=(blocked or {}).get(f"c{n}")) for n in range(1, 6))
        upstreams = tuple(
            Upstream(id=f"u{n}", kind="shared", title="t", clusters=names, cases=1, confidence="medium") for n, names in enumerate(links)
        )
        worklog = Worklog(id="2026-01-02-x", title="x", opened_at=NOW, clusters=clusters, upstreams=upstreams)
        return causes(Facts(worklog, {}, (), ()))

    assert count() == 5
    assert count(("c1", "c2"), ("c2", "c3")) == 3
    assert count(("c1", "c99"), blocked={"c4": "c5", "c5": "c4"}) == 4


HOSTILE = [
    "@everyone #12 GH-3",
    "</details><script>x</script>",
    "| a | b |",
    "`` ` ``",
    "# h",
    "[x](javascript:alert(1))",
    "- a\n- b",
    "\u202eevil",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_comes_from_issues_git_and_the_history_cannot_act(text):
    """Whatever stands in titles, summaries, branches and lines of reports, the page keeps its shape."""

    def shape(said: str) -> list[str]:
        match = {"title": said, "evidence": (said,), "score": 0.5, "root_cause": said}
        changed = cluster(
            1,
            classification="new",
            past=Past(reason=said, confidence="low", runs=1, last_good=RunRef(id=said), first_bad=RunRef(id=said + "x", commit=said)),
            matches=(Match(ref=said, url=said, **match), Match(kind="worklog", ref=said + "x", **match)),
            suspects=(Suspect(commit=said, summary=said, score=0.5, parts=(ScorePart(name=said, points=0.5, why=said),)),),
            suspects_note=said,
            notes=(said,),
            rule=said,
            frames=(said,),
            why_matched=said,
        )
        upstream = Upstream(
            id="u1", kind="shared", title=said, clusters=("c1", said), cases=1, evidence=(said, f"cluster 1, {said}: {said}"), reason=said
        )
        history = RunHistory(earlier=1, compared_with=said, previous=RunRef(id=said, commit=said), fixed=(said,), fixed_count=1, note=said)
        html = face(changed, cluster(2, title=said, muted=True), upstreams=(upstream,), history=history, html=True)
        return re.findall(r"</?[a-z0-9]+", html.partition("<main>")[2])

    assert shape(text) == shape("harmless")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.worklogs)
def test_any_worklog_has_a_face(worklog):
    facts = Facts(worklog, standing(worklog.runs), (), (), tuple(cluster.id for cluster in worklog.clusters[::-1]))
    text = render_markdown(make_view(facts), worklog)
    assert "None" not in re.findall(r"(?m)^- (\w+)$", text)
    assert causes(facts) <= len(facts.failing)
