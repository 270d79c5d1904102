"""From counted cases to a run and its clusters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rca.analysis.grouping import name_groups
from rca.analysis.tally import IDENTITIES, OTHER, Group, Key, Rules, Tally
from rca.causes.clusters import group, make_clusters
from rca.model import Case, Cluster, Context, GroupResult, NamedGroup, NamedTime, Problem, Run, Source, case_id, sum_totals


def assemble(
    tally: Tally,
    rules: Rules,
    sources: Sequence[Source],
    *,
    names: dict[Key, str],
    context: Context,
    times: tuple[datetime | None, datetime | None, bool],
    recorded_at: datetime | None,
) -> tuple[Run, tuple[Cluster, ...]]:
    """Make the run and one cluster for each group of equal failures, the largest first.

    names: the category of each group. times: first start, last end, and whether a zone had to be assumed.
    """
    categories = _categories(tally.groups, names, rules)
    _number_repeats(tally.failing)
    run_id = _run_id(sources)
    categories_of = [names.get(key, OTHER) for key in tally.keys]
    for case, category in zip(tally.failing, categories_of, strict=True):
        case.category = category
    facts = group(tally.failing, tally.descriptions, rules.clusters)
    started, finished, assumed = times
    run = Run(
        id=run_id,
        context=context,
        started_at=started,
        finished_at=finished,
        zone_assumed=assumed,
        recorded_at=recorded_at,
        totals=sum_totals(category.totals for category in categories),
        seconds=round(sum(category.seconds for category in categories), 6),
        untimed=sum(category.untimed for category in categories),
        categories=categories,
        journeys=_watched(tally, rules, "journey"),
        value=_watched(tally, rules, "value"),
        slowest=tuple(NamedTime(case=name, seconds=seconds) for seconds, _, name in sorted(tally.slowest, reverse=True)),
        cases=tuple(tally.failing),
        flaky=tuple(tally.flaky),
        sources=tuple(sources),
        notes=_notes(tally),
    )
    return run, make_clusters(tally.failing, categories_of, run_id, frames=rules.frames, facts=facts)


def category_names(tally: Tally, rules: Rules, known: Sequence[NamedGroup] = ()) -> dict[Key, str]:
    """The category of each group: as configured, else as earlier runs have it, else after the structure of all reports together."""
    return {key: key[0] for key in tally.groups} if rules.categories else name_groups(_sizes(tally), known)


def _sizes(tally: Tally) -> dict[Key, int]:
    return {key: counted.total for key, counted in tally.groups.items()}


def _categories(groups: dict[Key, Group], names: dict[Key, str], rules: Rules) -> tuple[GroupResult, ...]:
    merged: dict[str, Group] = {}
    for key, counted in groups.items():
        merged.setdefault(names[key], Group(counted.limit)).add(counted)
    order = {name: index for index, name in enumerate([*rules.categories, OTHER])}
    ranked = sorted(merged, key=lambda name: (order.get(name, -1), name))
    return tuple(merged[name].result(name) for name in ranked)


def _watched(tally: Tally, rules: Rules, kind: str) -> tuple[GroupResult, ...]:
    return tuple(tally.watched.get(index, Group(0.0)).result(name) for index, (what, name) in enumerate(rules.watched) if what == kind)


def _number_repeats(cases: list[Case]) -> None:
    """Tell failing cases of the same name apart by a number, so that every id stands for one result."""
    seen: Counter[str] = Counter()
    for case in cases:
        seen[case.id] += 1
        if seen[case.id] > 1:
            case.repeat = seen[case.id]
            case.id = case_id(case.suite, case.classname, case.name, case.repeat)


def _run_id(sources: Sequence[Source]) -> str:
    digest = hashlib.sha256("\n".join(sorted(source.sha256 or source.path for source in sources)).encode())
    return f"run-{digest.hexdigest()[:12]}"


def _notes(tally: Tally) -> tuple[Problem, ...]:
    # A note is not worth the memory that millions of names take: beyond the limit nothing is looked for.
    looked_at = tally.identities[:IDENTITIES]
    surplus = len(looked_at) - len(set(looked_at))
    if not surplus:
        return ()
    message = f"{surplus:,} results repeat the suite, class and name of another one; each is counted as a result of its own"
    hint = "shards or a matrix do this; retries are recognised where the producer marks them"
    return (Problem(code="repeated-names", severity="note", message=message, path="all inputs", hint=hint),)
