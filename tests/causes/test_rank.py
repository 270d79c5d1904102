from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.causes.rank import rank
from rca.model import Cluster, Money, Plan, PlannedCategory, Worklog
from tests.timing import assert_linear

PLAN = Plan(
    categories=(
        PlannedCategory(name="first", priority=1, must_pass=True),
        PlannedCategory(name="second", priority=2),
        PlannedCategory(name="ninth", priority=9),
        PlannedCategory(name="none"),
    )
)


def cluster(number: int, category: str = "none", cases: int = 1, **facts: object) -> Cluster:
    names = tuple(f"t{index}" for index in range(cases))
    return Cluster(id=f"c{number}", title="x", fingerprint=f"v1:{number}", categories=(category,), cases=names, **facts)


def money(amount: int, currency: str = "USD", period: str = "month") -> tuple[Money, ...]:
    return (Money.model_validate({"amount": amount, "currency": currency, "period": period}),)


def ranked(*clusters: Cluster) -> list:
    return rank(Worklog(id="2026-01-02-x", title="x", opened_at=datetime(2026, 1, 2, tzinfo=UTC), plan=PLAN, clusters=clusters))


def order(*clusters: Cluster) -> str:
    return " ".join(entry.cluster.id for entry in ranked(*clusters))


@pytest.mark.parametrize(
    ("one", "parts"),
    [
        (cluster(1), {"size": 3, "news": 10}),
        (cluster(1, "first"), {"priority": 40, "must pass": 20, "size": 3, "news": 10}),
        (cluster(1, "second", 7, classification="regression"), {"priority": 30, "size": 9, "news": 20}),
        (cluster(1, "ninth", 1_000, classification="still failing"), {"size": 15, "news": 5}),
        (cluster(1, "gone", classification="new", at_risk=money(10)), {"money": 30, "size": 3, "news": 15}),
        (cluster(1, classification="known"), {"size": 3, "known": -150}),
        (cluster(1, classification="flaky"), {"size": 3, "flaky": -150}),
        (cluster(1, classification="quarantined", muted=True), {"size": 3, "quarantined": -300, "muted": -450}),
        (cluster(1, classification="fixed", failing=False), {"size": 3, "over": -900}),
    ],
)
def test_parts(one, parts):
    (entry,) = ranked(one)
    assert {part.name: part.points for part in entry.parts} == parts
    assert entry.score == sum(parts.values())
    assert all(part.why for part in entry.parts)


@pytest.mark.parametrize(
    ("clusters", "expected"),
    [
        ([cluster(1), cluster(2, "second"), cluster(3, "first")], "c3 c2 c1"),
        ([cluster(1, cases=2), cluster(2, cases=3), cluster(3, cases=40)], "c3 c2 c1"),
        ([cluster(10), cluster(9), cluster(2)], "c2 c9 c10"),
        (
            [cluster(1, classification=c) for c in ("still failing",)]
            + [cluster(2, classification="new"), cluster(3, classification="regression")],
            "c3 c2 c1",
        ),
        ([cluster(1, "first", 99, classification="flaky", at_risk=money(9)), cluster(2, classification="still failing")], "c2 c1"),
        (
            [
                cluster(1, "first", muted=True),
                cluster(2, classification="quarantined"),
                cluster(3, failing=False),
                cluster(4, classification="known"),
            ],
            "c4 c2 c1 c3",
        ),
        ([cluster(1, at_risk=money(500)), cluster(2, at_risk=money(9_000)), cluster(3, at_risk=money(12_000, period="year"))], "c2 c3 c1"),
        ([cluster(1, "first", blocked_by="c2"), cluster(2)], "c2 c1"),
        ([cluster(1, "first", blocked_by="c2"), cluster(2, "second", blocked_by="c3"), cluster(3, muted=True)], "c3 c2 c1"),
        ([cluster(1, "first", blocked_by="c2"), cluster(2, failing=False)], "c1 c2"),
        ([cluster(1, blocked_by="c2"), cluster(2, "first")], "c2 c1"),
        ([cluster(1, blocked_by="c2"), cluster(2, blocked_by="c1")], "c2 c1"),
        ([cluster(1, "first", blocked_by="c9"), cluster(2)], "c1 c2"),
    ],
)
def test_order(clusters, expected):
    assert order(*clusters) == expected


def test_money_is_compared_within_its_currency():
    shares = {
        e.cluster.id: next(p for p in e.parts if p.name == "money")
        for e in ranked(
            cluster(1, at_risk=money(120_000)),
            cluster(2, at_risk=money(40_000)),
            cluster(3, at_risk=money(500, "JPY")),
            cluster(4, at_risk=(*money(1), *money(250, "JPY"))),
        )
    }
    assert [shares[f"c{n}"].points for n in (1, 2, 3, 4)] == [30, 10, 30, 15]
    assert shares["c1"].why == "120,000 USD/month at risk"
    assert not [part for part in ranked(cluster(1, at_risk=money(0)))[0].parts if part.name == "money"]


def test_a_blocked_cluster_says_so():
    entry = ranked(cluster(1, "first", blocked_by="c2"), cluster(2))[1]
    assert (entry.parts[-1].name, entry.parts[-1].why) == ("blocked", "c2 stands in its way")
    assert entry.score == round(sum(part.points for part in entry.parts), 1) == 12


many = st.lists(
    st.builds(
        cluster,
        st.integers(1, 9),
        st.sampled_from(["first", "second", "none"]),
        st.integers(0, 20),
        classification=st.sampled_from(["new", "known", "flaky", "regression"]),
        muted=st.booleans(),
        failing=st.booleans(),
        blocked_by=st.none() | st.integers(1, 9).map("c{}".format),
        at_risk=st.builds(money, st.integers(0, 10**9), st.sampled_from(["USD", "JPY"]), st.sampled_from(["month", "year", "once"])),
    ),
    max_size=9,
    unique_by=lambda one: one.id,
)


@given(many, st.randoms())
def test_the_order_is_total_and_does_not_depend_on_the_order_of_the_record(clusters, random):
    found = ranked(*clusters)
    assert sorted(e.cluster.id for e in found) == sorted(c.id for c in clusters)
    for before, after in pairwise(found):
        assert before.score >= after.score
    for entry in found:
        assert entry.score == round(sum(part.points for part in entry.parts), 1)
    rings = any(c.blocked_by for c in clusters)
    if not rings:
        shuffled = list(clusters)
        random.shuffle(shuffled)
        assert ranked(*shuffled) == found


def test_a_long_chain_takes_linear_time():
    def chain(size: int) -> list:
        return ranked(*(cluster(n, blocked_by=f"c{n + 1}" if n < size else None) for n in range(1, size + 1)))

    assert [e.cluster.id for e in chain(4)] == ["c4", "c3", "c2", "c1"]
    assert_linear(chain, 20_000)
