"""Worklogs as pull requests bring them about, one for each way in which a comment can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from rca.analysis.assess import settle
from rca.document.publish import About
from rca.model import (
    Action,
    AgainstBase,
    Case,
    Cluster,
    Context,
    Criterion,
    Failure,
    GroupResult,
    Investigation,
    Location,
    Match,
    NamedTime,
    Past,
    Plan,
    PlannedCategory,
    Prediction,
    Problem,
    RootCause,
    Run,
    RunHistory,
    RunRef,
    ScorePart,
    Source,
    Suspect,
    Totals,
    Upstream,
    Worklog,
)

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
HEAD = "8c1d2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a"
BASE = "9f0e1d2c3b4a59687766554433221100ffeeddcc"
ABOUT = About(
    repository="acme/shop",
    pull_request=128,
    head=HEAD,
    run_url="https://github.com/acme/shop/actions/runs/7001",
    worklog_url="https://github.com/acme/shop/blob/main/worklogs/2026/2026-03-04-tests.md",
)
NIGHTLY = About(
    repository="acme/shop", head=HEAD, run_url="https://github.com/acme/shop/actions/runs/7002", record="worklogs/2026/2026-03-04-tests.md"
)

PASSES = AgainstBase(branch="main", kind="broken here", reason=f"Passes on main, last at {BASE[:12]}.", confidence="high", runs=40)
FAILS_TOO = AgainstBase(branch="main", kind="fails there too", reason="Fails on main too, since 1a2b3c4d5e6f.", confidence="high", runs=40)
UNKNOWN = AgainstBase(branch="main", kind="not known", reason="There is no run of main to compare with.", confidence="low")
HISTORY = RunHistory(earlier=40, compared_with="40 earlier runs of main", previous=RunRef(id="run-1", at=NOW, commit=BASE))
TRACE = """\
tests/test_cart.py:41: in test_vat_of
    assert cart.total() == Decimal("119.00")
shop/cart.py:88: in total
    return sum(line.gross for line in self.lines)
shop/cart.py:102: in gross
    return self.net * self.rate
E   TypeError: unsupported operand type(s) for *: 'Decimal' and 'float'"""


@dataclass(frozen=True)
class Group:
    """A cluster to be made: how many cases fail with which error, what it is, and how it stands against main."""

    title: str
    cases: int = 1
    kind: str = "regression"
    base: AgainstBase | None = PASSES
    trace: str = TRACE
    matches: tuple[Match, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    muted: bool = False
    message: str = ""
    prefix: str = "test_vat_of"


def made(
    *groups: Group,
    passed: int = 480,
    skipped: int = 0,
    flaky: int = 0,
    criterion: str = "100",
    history: RunHistory | None = HISTORY,
    problems: Iterable[Problem] = (),
    categories: tuple[PlannedCategory, ...] = (),
) -> Worklog:
    """A worklog with one run."""
    cases: list[Case] = []
    clusters = []
    for number, group in enumerate(groups, 1):
        mine = [_case(group, number, index) for index in range(group.cases)]
        cases += mine
        clusters.append(_cluster(group, number, mine))
    totals = Totals(total=passed + skipped + len(cases), passed=passed, failed=len(cases), skipped=skipped, flaky=flaky)
    run = Run(
        id="run-0a1b2c3d4e5f",
        context=Context(repo="acme/shop", branch="vat", base="main", commit=HEAD, ci="GitHub Actions"),
        started_at=NOW,
        totals=totals,
        categories=(GroupResult(name="Unit", totals=totals, seconds=31.5),),
        cases=tuple(cases),
        slowest=(
            NamedTime(case="tests.test_cart::test_many_lines", seconds=4.2),
            NamedTime(case="tests.test_cart::test_coupons", seconds=1.1),
        ),
        sources=(Source(path="report.xml", totals=totals, problems=tuple(problems)),),
        history=history,
    )
    plan = Plan(
        categories=categories, criteria=(Criterion(scope="overall", operator="=" if criterion == "100" else ">=", threshold=criterion),)
    )
    worklog = Worklog(
        generator="rca 0.1.0",
        id="2026-03-04-tests",
        title="Tests",
        opened_at=NOW,
        plan=plan,
        runs=(run,),
        clusters=tuple(clusters),
    )
    return settle(worklog)


def _case(group: Group, number: int, index: int) -> Case:
    name = f"{group.prefix}_{index + 1}" if group.cases > 1 else group.prefix
    error = group.title.partition(":")
    failure = Failure("failure", error[0], error[2].strip(), group.trace)
    place = Location("tests/test_cart.py", 41 + index)
    return Case("tests", "tests.test_cart", f"{name}[{number}]", "failed", 0.01, location=place, failures=[failure], category="Unit")


def _cluster(group: Group, number: int, cases: list[Case]) -> Cluster:
    known = {
        "regression": f"Passed at {BASE[:12]}, fails at {HEAD[:12]}; this error was never seen before.",
        "flaky": "Passed once on this very commit.",
    }
    past = Past(reason=known.get(group.kind, "Fails for 4 runs in a row, since 1a2b3c4d5e6f."), confidence="medium", runs=40)
    return Cluster(
        id=f"c{number}",
        title=group.title,
        fingerprint=f"v1:{number:016x}",
        message=group.message or group.title.partition(": ")[2],
        cases=tuple(case.id for case in cases),
        example=cases[0].id,
        excerpt=group.trace,
        runs=("run-0a1b2c3d4e5f",),
        classification=group.kind,
        past=None if group.kind == "unknown" else past,
        base=group.base,
        categories=("Unit",),
        matches=group.matches,
        suspects=group.suspects,
        suspects_note=f"Looked at 2 commits after {BASE[:12]}, up to {HEAD[:12]}." if group.suspects else "",
        muted=group.muted,
    )


SUSPECTS = (
    Suspect(
        commit=HEAD,
        summary="Rates as decimals",
        score=0.81,
        at=NOW,
        parts=(ScorePart(name="frame", points=0.6, why="changes shop/cart.py:gross"),),
    ),
    Suspect(
        commit="77aa88bb99cc00112233445566778899aabbccdd",
        summary="Round late",
        score=0.22,
        at=NOW,
        parts=(ScorePart(name="recent", points=0.1),),
    ),
)
BROKEN = Group("TypeError: unsupported operand type(s) for *: 'Decimal' and 'float'", 3, suspects=SUSPECTS)
OLD = Group("ConnectionError: users-db refused the connection", 2, "still failing", FAILS_TOO, prefix="test_login")
KNOWN = Group(
    "ValueError: unknown column vat in export",
    1,
    "known",
    PASSES,
    matches=(Match(ref="#704", title="Export lacks VAT", score=1, state="accepted"),),
)
FLAKY = Group("TimeoutError: mail did not arrive within 30 s", 2, "flaky", PASSES, prefix="test_mail")
UNSEEN = Group("AssertionError: assert 3 == 4", 2, "unknown", UNKNOWN)
NOTHING_BEFORE = RunHistory(note="There is no earlier run to compare with: no earlier run of vat.")
TRUNCATED = Problem(
    code="truncated", severity="error", message="the report ends in the middle", path="report.xml", line=812, hint="read it again"
)
LONG = Group(
    "RuntimeError: worker died: " + "x" * 200,
    30,
    trace="\n".join(f"worker/pool.py:{n}: in step_{n}\n    self.step_{n}()" for n in range(400)),
    suspects=SUSPECTS,
)


def refuted() -> Worklog:
    """A root cause whose prediction did not come true."""
    prediction = Prediction(turns_green=("tests::tests.test_cart::test_vat_of_1[1]",), verdict="refuted")
    cause = RootCause(statement="Rates were floats.")
    found = Investigation(id="i1", problem="p", clusters=("c1",), root_cause=cause, prediction=prediction)
    return made(BROKEN).model_copy(update={"investigations": (found,)})


def unjudged() -> Worklog:
    """All pass, and a category with a criterion did not run."""
    worklog = made(categories=(PlannedCategory(name="End to end", planned=40, command="make e2e"),))
    criteria = (*worklog.plan.criteria, Criterion(scope="End to end", operator=">", threshold="95"))
    return settle(worklog.model_copy(update={"plan": worklog.plan.model_copy(update={"criteria": criteria})}))


def outage() -> Worklog:
    """Most of a run fails since the database is gone."""
    groups = [
        Group(f"ConnectionError: {name}-db refused the connection", 40, prefix=f"test_{name}") for name in ("users", "orders", "stock")
    ]
    worklog = made(*groups, passed=6)
    everything = tuple(cluster.id for cluster in worklog.clusters)
    reason = "when more than 80 % of a run fail together, look first at what all tests need; 120 of them name something that cannot be reached or is used up"
    title = "120 of 126 cases fail (95.2 %)"
    found = Upstream(id="u1", kind="infrastructure", title=title, clusters=everything, cases=120, reason=reason, confidence="high")
    shared = "both name the host db.internal:5432"
    two = Upstream(id="u2", kind="shared", title="db.internal:5432", clusters=everything[:2], cases=80, reason=shared, confidence="medium")
    return worklog.model_copy(update={"upstreams": (found, two)})


def crowded() -> Worklog:
    """More of everything than a comment has room for."""
    names = [f"Category {n}" for n in range(60)]
    planned = tuple(
        PlannedCategory(name=name, planned=9, command=f"pytest {n}") for n, name in enumerate([*names, *(f"Missing {n}" for n in range(8))])
    )
    problems = [Problem(code="truncated", severity="error", message="the report ends in the middle", path=f"{n}.xml") for n in range(9)]
    worklog = made(BROKEN, *(Group(f"E: {n}", 1, "flaky") for n in range(30)), categories=planned, problems=problems)
    totals = Totals(total=4, passed=3, failed=1)
    fixed = HISTORY.model_copy(update={"fixed": tuple(f"tests::old_{n}" for n in range(30)), "fixed_count": 30})
    run = worklog.runs[0].model_copy(
        update={"categories": tuple(GroupResult(name=name, totals=totals) for name in names), "history": fixed}
    )
    criteria = (*worklog.plan.criteria, *(Criterion(scope=name, operator=">", threshold="90") for name in names))
    causes = tuple(
        Investigation(
            id=f"i{n}",
            problem="p",
            root_cause=RootCause(statement=f"Cause {n}."),
            prediction=Prediction(verdict="confirmed") if n % 2 else None,
        )
        for n in range(7)
    )
    shared = tuple(
        Upstream(id=f"u{n}", kind="shared", title=f"host-{n}", clusters=("c1", "c2"), cases=4, reason="both name it", confidence="high")
        for n in range(5)
    )
    return settle(
        worklog.model_copy(
            update={
                "runs": (run,),
                "plan": worklog.plan.model_copy(update={"criteria": criteria}),
                "investigations": causes,
                "upstreams": shared,
                "actions": (
                    *(Action(text=f"Do thing {n}", kind="prevent") for n in range(8)),
                    Action(text="Done", kind="repair", done=True),
                ),
            }
        )
    )


SCENES: dict[str, tuple[Worklog, About]] = {
    "broken": (made(BROKEN, OLD, KNOWN, FLAKY), ABOUT),
    "broken, one test": (made(Group("AssertionError: cents == 901", base=PASSES)), ABOUT),
    "broken, unsure": (made(Group("KeyError: 'vat'", base=PASSES.model_copy(update={"confidence": "low"}))), ABOUT),
    "broken, refuted": (refuted(), ABOUT),
    "broken, and not known": (made(Group("KeyError: 'vat'", 2), UNSEEN), ABOUT),
    "not from here": (made(OLD, KNOWN, FLAKY), ABOUT),
    "only on main": (made(OLD), ABOUT),
    "only known": (made(KNOWN), ABOUT),
    "only flaky": (made(FLAKY, criterion="90"), ABOUT),
    "not known": (made(UNSEEN, history=NOTHING_BEFORE), ABOUT),
    "green": (made(), ABOUT),
    "green after a retry": (made(flaky=2), ABOUT),
    "green, not all ran": (made(categories=(PlannedCategory(name="Unit"), PlannedCategory(name="End to end", planned=40))), ABOUT),
    "green, not judged": (unjudged(), ABOUT),
    "green, a report is broken": (made(problems=[TRUNCATED]), ABOUT),
    "nothing was read": (settle(Worklog(generator="rca 0.1.0", id="2026-03-04-tests", title="Tests", opened_at=NOW)), ABOUT),
    "no case": (made(passed=0), ABOUT),
    "all skipped": (made(passed=0, skipped=12), ABOUT),
    "nightly": (made(BROKEN, OLD, FLAKY), NIGHTLY),
    "nightly, nothing new": (made(OLD, FLAKY), NIGHTLY),
    "many": (
        made(
            *(
                Group(f"RuntimeError: worker {n} died of {'cause ' * (n % 3)}{n}", 6, trace=LONG.trace, suspects=SUSPECTS)
                for n in range(500)
            ),
            passed=9_000,
        ),
        ABOUT,
    ),
    "crowded": (crowded(), ABOUT),
    "nightly, an outage": (outage(), NIGHTLY),
    "outage": (outage(), ABOUT),
    "without links": (made(BROKEN), About(pull_request=128)),
}
