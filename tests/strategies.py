"""Worklogs and their parts for property tests: any value that the model allows, small enough to print."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from rca.model import (
    Action,
    Case,
    Cluster,
    Command,
    Compliance,
    Context,
    Criterion,
    CriterionResult,
    Decision,
    Dependency,
    Deployment,
    Environment,
    Evidence,
    Failure,
    Fix,
    FlipRate,
    GroupResult,
    Infrastructure,
    Investigation,
    Issue,
    Journey,
    JourneyStep,
    Keys,
    Lesson,
    Location,
    Match,
    Money,
    NamedTime,
    Past,
    Plan,
    PlannedCategory,
    Prediction,
    Previous,
    Problem,
    RecentFix,
    Risk,
    RootCause,
    Run,
    RunHistory,
    RunRef,
    ScorePart,
    Service,
    Source,
    Suspect,
    TimelineEvent,
    Totals,
    Upstream,
    Validation,
    ValueGroup,
    ValueItem,
    Why,
    Worklog,
)

# Text as a report may hold it; lone halves of characters cannot be stored as UTF-8 and are cleaned away before.
words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["checkout", "Käse ☕", "a | b", "<b>", "`code`", "@team #12", "# x", "line\nline", "😀", "", "\u202eevil", "http://example.com"]
    ),
)
lines = words.filter(str.strip)
moments = st.datetimes(datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2099-12-31"), timezones=st.just(UTC))
counts = st.integers(0, 10**6)
seconds = st.floats(0, 10**7)
names = st.lists(words, max_size=2).map(tuple)
states = st.sampled_from(["protected", "at risk", "not proved"])

money = st.builds(
    Money,
    amount=st.one_of(st.integers(0, 10**12), st.decimals(0, 10**9, places=2)),
    currency=st.sampled_from(["USD", "EUR", "JPY"]),
    period=st.sampled_from(["month", "year", "once"]),
)


@st.composite
def totals(draw: st.DrawFn) -> Totals:
    """Totals that add up."""
    passed, failed, error, skipped = (draw(counts) for _ in range(4))
    flaky = draw(st.integers(0, passed))
    return Totals(total=passed + failed + error + skipped, passed=passed, failed=failed, error=error, skipped=skipped, flaky=flaky)


failures = st.builds(Failure, kind=st.sampled_from(["failure", "error", "skipped"]), type=words, message=words, text=words)
locations = st.builds(
    Location,
    path=lines,
    line=st.none() | st.integers(1, 9_999),
    commit=st.none() | st.just("0123456789abcdef" * 2),
    end=st.none() | st.integers(1, 9_999),
)
cases = st.builds(
    Case,
    suite=words,
    classname=words,
    name=words,
    outcome=st.sampled_from(["passed", "failed", "error", "skipped"]),
    seconds=st.none() | seconds,
    scope=st.sampled_from(["case", "suite"]),
    location=st.none() | locations,
    failures=st.lists(failures, max_size=2),
    attempts=st.lists(failures, max_size=1),
    flaky=st.booleans(),
    attachments=st.lists(words, max_size=1),
    output=words,
    repeat=st.integers(1, 3),
    category=words,
    cause=st.sampled_from(["", "v1:0123456789abcdef"]),
    fingerprint=st.sampled_from(["", "v1:fedcba9876543210"]),
    classification=st.sampled_from(["", "new", "still failing"]),
    blocked_by=words,
)
problems = st.builds(
    Problem,
    code=st.just("truncated"),
    severity=st.sampled_from(["error", "warning", "note"]),
    message=lines,
    path=lines,
    line=st.none() | st.integers(1, 99),
    column=st.none() | st.integers(1, 99),
    hint=words,
)
named_times = st.builds(NamedTime, case=words, seconds=seconds)


def groups(name: st.SearchStrategy[str] = lines) -> st.SearchStrategy[GroupResult]:
    """Results of a category, a step or an item."""
    return st.builds(
        GroupResult,
        name=name,
        totals=totals(),
        seconds=seconds,
        untimed=counts,
        too_fast=st.lists(named_times, max_size=1).map(tuple),
        too_fast_count=counts,
    )


sources = st.builds(
    Source,
    path=lines,
    sha256=st.just("ab" * 32),
    size=counts,
    producer=lines,
    totals=totals(),
    problems=st.lists(problems, max_size=1).map(tuple),
)
contexts = st.builds(
    Context,
    repo=st.none() | lines,
    branch=st.none() | lines,
    base=st.none() | lines,
    commit=st.none() | lines,
    ci=st.none() | lines,
    attempt=st.none() | st.integers(1, 9),
    url=st.none() | st.just("https://example.com/1"),
)
refs = st.builds(RunRef, id=lines, at=st.none() | moments, commit=st.none() | lines, url=st.none() | st.just("https://example.com/1"))
histories = st.builds(
    RunHistory,
    earlier=counts,
    compared_with=words,
    previous=st.none() | refs,
    fixed=names,
    fixed_count=counts,
    note=words,
)
runs = st.builds(
    Run,
    id=st.from_regex(r"run-[0-9a-f]{12}", fullmatch=True),
    context=contexts,
    started_at=st.none() | moments,
    finished_at=st.none() | moments,
    zone_assumed=st.booleans(),
    recorded_at=st.none() | moments,
    totals=totals(),
    seconds=seconds,
    untimed=counts,
    categories=st.lists(groups(), max_size=2).map(tuple),
    journeys=st.lists(groups(), max_size=1).map(tuple),
    value=st.lists(groups(), max_size=1).map(tuple),
    slowest=st.lists(named_times, max_size=1).map(tuple),
    cases=st.lists(cases, max_size=2).map(tuple),
    flaky=st.lists(cases, max_size=1).map(tuple),
    sources=st.lists(sources, max_size=2).map(tuple),
    notes=st.lists(problems, max_size=1).map(tuple),
    history=st.none() | histories,
)
criteria = st.builds(
    Criterion,
    scope=lines,
    operator=st.sampled_from([">", ">=", "="]),
    threshold=st.one_of(st.integers(0, 100).map(str), st.decimals(0, 100, places=3).map(str)),
)
criterion_results = st.builds(
    CriterionResult, criterion=criteria, state=st.sampled_from(["met", "unmet", "not run"]), passed=counts, executed=counts
)
planned = st.builds(
    PlannedCategory,
    name=lines,
    priority=st.none() | st.integers(0, 99),
    must_pass=st.booleans(),
    planned=st.none() | counts,
    end_to_end=st.booleans(),
    rationale=words,
    command=words,
    at_risk=st.none() | money,
)
plans = st.builds(
    Plan,
    categories=st.lists(planned, max_size=2).map(tuple),
    selection=names,
    criteria=st.lists(criteria, max_size=2).map(tuple),
    commands=st.lists(st.builds(Command, label=lines, argv=names), max_size=1).map(tuple),
    risks=st.lists(st.builds(Risk, text=lines, issues=st.lists(counts, max_size=2).map(tuple), watch=words, seen_in=names), max_size=1).map(
        tuple
    ),
)
confidences = st.sampled_from(["low", "medium", "high"])
flips = st.builds(FlipRate, flipped=counts, commits=st.integers(1, 10**6), low=st.floats(0, 1), high=st.floats(0, 1))
pasts = st.builds(
    Past,
    reason=words,
    confidence=confidences,
    runs=counts,
    compared_with=words,
    first_seen=st.none() | refs,
    last_good=st.none() | refs,
    first_bad=st.none() | refs,
    failing_runs=counts,
    flips=st.none() | flips,
)
matches = st.builds(
    Match,
    kind=st.sampled_from(["issue", "worklog"]),
    ref=lines,
    title=words,
    url=st.sampled_from(["", "https://example.com/1", "javascript:alert(1)"]),
    score=st.floats(0, 1),
    evidence=names,
    state=st.sampled_from(["proposed", "accepted", "rejected"]),
    root_cause=words,
    held=st.sampled_from(["", "not judged", "held", "came back"]),
)
suspects = st.builds(
    Suspect,
    commit=lines,
    summary=words,
    at=st.none() | moments,
    score=st.floats(0, 1),
    parts=st.lists(st.builds(ScorePart, name=lines, points=st.floats(-1, 1), why=words), max_size=2).map(tuple),
)
clusters = st.builds(
    Cluster,
    id=st.integers(1, 99).map("c{}".format),
    title=lines,
    fingerprint=st.just("v0:0123456789abcdef"),
    keys=st.none() | st.builds(Keys, exact=lines, cause=lines, message=lines, stack=words),
    merged=names,
    error_type=words,
    message=words,
    frames=names,
    why_matched=words,
    confidence=confidences,
    categories=names,
    cases=names,
    example=words,
    excerpt=words,
    runs=names,
    failing=st.booleans(),
    classification=st.sampled_from(["unknown", "new", "regression", "known", "flaky", "still failing", "fixed", "quarantined"]),
    past=st.none() | pasts,
    rule=words,
    matches=st.lists(matches, max_size=1).map(tuple),
    suspects=st.lists(suspects, max_size=1).map(tuple),
    suspects_note=words,
    notes=names,
    muted=st.booleans(),
    impact=words,
    risk=st.sampled_from(["", "low", "critical"]),
    at_risk=st.lists(money, max_size=1).map(tuple),
    blocked_by=st.none() | st.just("c1"),
)
upstreams = st.builds(
    Upstream,
    id=st.integers(1, 9).map("u{}".format),
    kind=st.sampled_from(["shared", "infrastructure"]),
    title=lines,
    anchor=words,
    anchor_kind=words,
    clusters=names,
    cases=counts,
    evidence=names,
    reason=words,
    confidence=confidences,
)
decisions = st.builds(
    Decision,
    id=st.integers(1, 9).map("d{}".format),
    at=moments,
    author=words,
    kind=st.sampled_from(["note", "accept", "reject", "mute", "unmute", "flaky", "not flaky", "split", "merge", "rule"]),
    fingerprint=words,
    match=words,
    into=words,
    cases=names,
    text=words,
    undone=st.booleans(),
)
evidence = st.builds(Evidence, kind=st.sampled_from(["case", "log", "location", "issue"]), ref=lines, excerpt=words)
whys = st.builds(
    Why,
    id=st.sampled_from(["1", "1.1"]),
    parent=st.none() | st.just("1"),
    leg=st.sampled_from(["occurrence", "detection", "systemic"]),
    question=lines,
    answer=lines,
    status=st.sampled_from(["hypothesis", "supported", "refuted", "unknown"]),
    evidence=st.lists(evidence, max_size=1).map(tuple),
    author=words,
)
investigations = st.builds(
    Investigation,
    id=lines,
    problem=lines,
    clusters=names,
    whys=st.lists(whys, max_size=2).map(tuple),
    root_cause=st.none() | st.builds(RootCause, statement=lines, category=words, actual=words, expected=words, reference=words, whys=names),
    prediction=st.none()
    | st.builds(
        Prediction,
        failure_text=words,
        turns_green=names,
        stays_red=names,
        verdict=st.sampled_from(["not judged", "confirmed"]),
        judged_by=st.none() | lines,
    ),
)
fixes = st.builds(
    Fix,
    summary=lines,
    commits=names,
    locations=st.lists(locations, max_size=1).map(tuple),
    pull_request=words,
    validation=st.none()
    | st.builds(
        Validation,
        command=lines,
        output=words,
        verdict=st.sampled_from(["passed", "failed"]),
        exit_code=st.none() | st.integers(0, 255),
        ended=words,
        seconds=st.none() | st.floats(0, 1e6),
        at=st.none() | moments,
        commit=st.sampled_from(["", "0123456789abcdef" * 2]),
        uncommitted=st.integers(0, 9),
    ),
    files_left_out=st.integers(0, 99),
    compliance=st.lists(
        st.builds(Compliance, name=lines, result=st.sampled_from(["kept", "broken", "not checked"]), evidence=words), max_size=1
    ).map(tuple),
    investigation=st.none() | lines,
)
deployments = st.builds(Deployment, name=lines, state=st.sampled_from(["done", "pending", "failed"]), at=st.none() | moments, url=words)
actions = st.builds(
    Action,
    text=lines,
    owner=words,
    due=st.none() | st.dates(),
    kind=st.sampled_from(["prevent", "detect", "repair"]),
    cause=words,
    issue=words,
    done_when=words,
    done=st.booleans(),
)
journeys = st.builds(
    Journey,
    name=lines,
    steps=st.lists(
        st.builds(JourneyStep, name=lines, state=st.sampled_from(["works", "broken", "not proved"]), totals=totals()),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
items = st.builds(ValueItem, name=lines, state=states, was=st.none() | states, depends_on=words, totals=totals())
value_groups = st.builds(ValueGroup, name=lines, state=states, money=st.none() | money, items=st.lists(items, max_size=2).map(tuple))
infrastructures = st.builds(
    Infrastructure,
    http_status=st.none() | st.integers(100, 599),
    dependencies=st.lists(st.builds(Dependency, name=lines, state=words, latency_ms=st.none() | seconds), max_size=1).map(tuple),
    discovery=words,
    memory_mb=st.none() | st.tuples(seconds, seconds),
)


def _many(part: st.SearchStrategy, most: int = 2) -> st.SearchStrategy:
    return st.lists(part, max_size=most).map(tuple)


worklogs = st.builds(
    Worklog,
    generator=words,
    id=st.from_regex(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]-[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
    title=lines,
    focus=words,
    session=words,
    environment=st.none() | st.builds(Environment, name=lines, platform=words, service=words),
    objective=words,
    author=words,
    severity=words,
    status=st.sampled_from(["open", "incomplete", "failing", "explained", "fix ready", "fix deployed", "passing", "verified"]),
    opened_at=moments,
    revision=st.integers(0, 99),
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo"]),
    context=names,
    need=words,
    pull_request=words,
    previous=st.none() | st.builds(Previous, id=st.just("2025-01-02-before"), focus=words, passed=counts, executed=counts),
    services=_many(st.builds(Service, role=lines, name=words, revision=words, deployed_at=st.none() | moments, health=words)),
    recent_fixes=_many(st.builds(RecentFix, text=lines, ref=words)),
    infrastructure=st.none() | infrastructures,
    timeline=_many(st.builds(TimelineEvent, at=moments, text=lines, ref=words)),
    issues=_many(st.builds(Issue, number=counts, title=lines, priority=words, labels=names, url=st.just(""), clusters=names)),
    plan=plans,
    runs=_many(runs),
    verdicts=_many(criterion_results),
    clusters=_many(clusters),
    upstreams=_many(upstreams, 1),
    decisions=_many(decisions),
    investigations=_many(investigations, 1),
    value=_many(value_groups, 1),
    journeys=_many(journeys, 1),
    fixes=_many(fixes, 1),
    deployments=_many(deployments),
    actions=_many(actions),
    lessons=_many(st.builds(Lesson, kind=st.sampled_from(["went well", "went badly", "lucky"]), text=lines)),
    contributing_factors=names,
    related=names,
)
