"""From counted cases to a run and its clusters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rca.analysis.fingerprint import describe, worst_failure
from rca.analysis.grouping import name_groups
from rca.analysis.tally import IDENTITIES, MESSAGE_ALONE, OTHER, Group, Key, Rules, Tally
from rca.model import Case, Cluster, Context, GroupResult, NamedTime, Problem, Run, Source, case_id, sum_totals
from rca.text.clean import one_line, shorten
from rca.text.excerpt import FrameRules, excerpt

EXCERPT = 3_000
EXCERPT_LINES = 60
IN_FULL = 50


def assemble(
    tally: Tally,
    rules: Rules,
    sources: Sequence[Source],
    *,
    context: Context,
    times: tuple[datetime | None, datetime | None, bool],
    recorded_at: datetime | None,
) -> tuple[Run, tuple[Cluster, ...]]:
    """Make the run and one cluster for each group of equal failures, the largest first.

    times: first start, last end, and whether a zone had to be assumed.
    """
    names = {key: key[0] for key in tally.groups} if rules.categories else name_groups(_sizes(tally))
    categories = _categories(tally.groups, names, rules)
    _number_repeats(tally.failing)
    run_id = _run_id(sources)
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
    return run, _clusters(tally, names, run_id, rules.frames)


def _sizes(tally: Tally) -> dict[Key, int]:
    return {key: group.totals().total for key, group in tally.groups.items()}


def _categories(groups: dict[Key, Group], names: dict[Key, str], rules: Rules) -> tuple[GroupResult, ...]:
    merged: dict[str, Group] = {}
    for key, group in groups.items():
        merged.setdefault(names[key], Group(group.limit)).add(group)
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


def _clusters(tally: Tally, names: dict[Key, str], run_id: str, frames: FrameRules) -> tuple[Cluster, ...]:
    groups: dict[str, list[int]] = {}
    for index, mark in enumerate(tally.fingerprints):
        groups.setdefault(mark, []).append(index)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))
    return tuple(
        _cluster(
            number,
            mark,
            [tally.failing[i] for i in indexes],
            [names.get(tally.keys[i], OTHER) for i in indexes],
            run_id,
            frames,
        )
        for number, (mark, indexes) in enumerate(ranked, 1)
    )


def _cluster(number: int, mark: str, cases: list[Case], categories: list[str], run_id: str, frames: FrameRules) -> Cluster:
    example = next((case for case in cases if any(f.text for f in case.failures)), cases[0])
    worst = worst_failure(example)
    kind, message = describe(worst) if worst else ("", "")
    return Cluster(
        id=f"c{number}",
        title=_title(kind, message, example),
        fingerprint=mark,
        error_type=kind,
        message=shorten(message, 2_000),
        why_matched=_why(kind, message, cases),
        categories=tuple(dict.fromkeys(categories)),
        cases=tuple(case.id for case in cases),
        example=example.id,
        excerpt=_excerpt(example, frames if number <= IN_FULL else None),
        runs=(run_id,),
    )


def _title(kind: str, message: str, example: Case) -> str:
    short = kind.rpartition(".")[2].rpartition("::")[2].rpartition("\\")[2]
    first = message.strip().split("\n", 1)[0]
    if not first:
        first = f"{example.name or example.suite or 'a case'} gave no message"
    return one_line(f"{short}: {first}" if short and not first.startswith(short) else first, 140)


def _why(kind: str, message: str, cases: list[Case]) -> str:
    if len(cases) == 1:
        return "the only case with this error"
    if not kind and not message:
        return "the same case, without a message"
    shared = f"the type {kind} and " if kind else ""
    said = {shorten(worst.message, MESSAGE_ALONE) for case in cases if (worst := worst_failure(case))}
    apart = ", apart from numbers, times, ids and paths in it" if len(said) > 1 else ""
    return f"all {len(cases):,} share {shared}the message{apart}"


def _excerpt(case: Case, frames: FrameRules | None) -> str:
    """The text of a failure, shortened; by frames only for the clusters that a face shows in full."""
    worst = worst_failure(case)
    if worst is None:
        return ""
    text = worst.text.strip("\n")
    first = worst.message.strip()
    if first and first.split("\n", 1)[0] not in text:
        text = f"{first}\n\n{text}" if text else first
    return shorten(text if frames is None else excerpt(text, EXCERPT_LINES, frames), EXCERPT)
