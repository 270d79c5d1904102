"""Causes that several clusters seem to share, and the verdict that not single tests are broken but what they run on.

A layer above the clusters that never changes them. A wrong one hides a cause, so that it takes a statement of the
reports to link two clusters: the same exception at the end of their chains of causes, or the same thing that both name as
missing or out of reach. A host, a status or a helper's file in both of them is not enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rca.causes.anchors import OUTAGES, anchors_of
from rca.causes.roots import Said, Wanted, own_of, root_of, statements
from rca.failures.message import worst_failure
from rca.model import Case, Cluster, Confidence, Failure, GroupResult, Run, Upstream
from rca.text import figures
from rca.text.clean import one_line
from rca.text.redact import redact

LOOKED_AT = 5_000
CASES_LOOKED_AT = 3
STATEMENTS = 40
SHARED_SHOWN = 50
EVIDENCE = 6
EVIDENCE_LINE = 240

LEAST_EXECUTED = 10
LEAST_OF_CATEGORY = 5
TOGETHER = 80

CAUSE = "root exception"
# The most telling first. What two clusters share of the first kinds is hardly ever chance.
_KINDS = (CAUSE, "table", "column", "module", "program", "setting", "service", "host:port", "host", "file", "resource", "endpoint")
_SURE = frozenset({"table", "column", "module", "program", "setting", "service"})
_WORSE: dict[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}

Key = tuple[str, str]
_Stated = tuple[Case, Failure | None, Said | None]


@dataclass(slots=True)
class _Trait:
    """Something that a cluster states: in how many of the cases that were looked at, in which words, on which line of which case."""

    title: str
    line: str
    case: str
    count: int = 1
    stated: Said | None = None
    head: bool = False


@dataclass(slots=True)
class _Looked:
    """A cluster, how many of its cases were looked at, and what they state."""

    cluster: Cluster
    cases: int = 0
    traits: dict[Key, _Trait] = field(default_factory=dict)
    outages: int = 0

    @property
    def is_outage(self) -> bool:
        """Whether all of its cases that were looked at name something around the tests that is down."""
        return 0 < self.cases == self.outages


def find_upstreams(run: Run, clusters: Sequence[Cluster]) -> tuple[Upstream, ...]:
    """Find what the clusters that a run shows have in common: the infrastructure verdict first, then shared causes, the largest first.

    At most 5,000 clusters, three cases of each and 40 statements of a case are looked at.
    """
    by_id = {case.id: case for case in run.cases}
    shown = [cluster for cluster in clusters if run.id in cluster.runs and cluster.cases][:LOOKED_AT]
    stated = [_stated(cluster, by_id) for cluster in shown]
    # What failures say themselves counts only where it stands at the end of a chain, too.
    wanted = Wanted(root.message for cases in stated for _, _, root in cases if root and root.telling)
    looked = [_look_at(cluster, cases, wanted) for cluster, cases in zip(shown, stated, strict=True)]
    shared = sorted(_shared(run, looked), key=lambda upstream: (-upstream.cases, upstream.clusters))[:SHARED_SHOWN]
    found = [*_infrastructure(run, looked, shared), *shared]
    return tuple(upstream.model_copy(update={"id": f"u{number}"}) for number, upstream in enumerate(found, 1))


def _stated(cluster: Cluster, by_id: dict[str, Case]) -> list[_Stated]:
    """The cases of a cluster that are looked at, with the failure of each and what lies beneath it."""
    names = dict.fromkeys((cluster.example, *cluster.cases[:CASES_LOOKED_AT]))
    cases = [by_id[name] for name in names if name in by_id][:CASES_LOOKED_AT]
    return [(case, failure, root_of(failure) if failure else None) for case in cases for failure in (worst_failure(case),)]


def _look_at(cluster: Cluster, cases: Sequence[_Stated], wanted: Wanted) -> _Looked:
    looked = _Looked(cluster)
    for case, failure, root in cases:
        looked.cases += 1
        found = dict(_traits(case, failure, root, wanted)) if failure else {}
        for key, trait in found.items():
            if key in looked.traits:
                looked.traits[key].count += 1
            else:
                looked.traits[key] = trait
        looked.outages += any(key[0] in OUTAGES for key in found)
    return looked


def _traits(case: Case, failure: Failure, root: Said | None, wanted: Wanted) -> Iterator[tuple[Key, _Trait]]:
    stated = root or own_of(failure, wanted)
    if stated is not None and stated.telling:
        yield (CAUSE, stated.message), _Trait(stated.line, stated.line, case.name, stated=stated, head=root is None)
    for number, line in enumerate(statements(failure)):
        if number == STATEMENTS:
            break
        for anchor in anchors_of(line):
            yield (anchor.kind, anchor.value), _Trait(anchor.title, line, case.name)


def _shared(run: Run, looked: Sequence[_Looked]) -> Iterator[Upstream]:
    """Link clusters over what they state; each goes where most is said for it, and nowhere else."""
    members: dict[Key, list[int]] = {}
    for index, part in enumerate(looked):
        for key, trait in part.traits.items():
            if trait.count * 2 >= part.cases:
                members.setdefault(key, []).append(index)
    candidates = [(key, indexes) for key, indexes in members.items() if len(indexes) > 1]
    candidates.sort(key=lambda entry: (_KINDS.index(entry[0][0]), -len(entry[1]), entry[1]))
    taken: set[int] = set()
    for key, indexes in candidates:
        free = _together(run, key, {index: looked[index] for index in indexes if index not in taken})
        if len(free) > 1:
            taken.update(free)
            yield _upstream(key, [looked[index] for index in free])


def _together(run: Run, key: Key, parts: dict[int, _Looked]) -> list[int]:
    """Those that may have one cause: of a root exception those that agree with it, of the others those that began to fail together."""
    if key[0] == CAUSE:
        # Failures that state the same and are not at the end of any chain were kept apart with reason: by their frames.
        first = next((part.traits[key].stated for part in parts.values() if not part.traits[key].head), None)
        return [index for index, part in parts.items() if first and (said := part.traits[key].stated) and said.agrees(first)]
    begins = {index: _begin(part.cluster, run) for index, part in parts.items()}
    most = Counter(begin for begin in begins.values() if begin).most_common(1)
    return [index for index, begin in begins.items() if begin in {"", most[0][0] if most else ""}]


def _begin(cluster: Cluster, run: Run) -> str:
    """The run in which a cluster began to fail, as far as the history tells; a cause of today explains nothing of last week."""
    if cluster.past and cluster.past.first_bad:
        return cluster.past.first_bad.id
    return run.id if cluster.classification == "new" else ""


def _upstream(key: Key, parts: Sequence[_Looked]) -> Upstream:
    kind, value = key
    traits = [part.traits[key] for part in parts]
    return Upstream(
        id="u0",
        kind="shared",
        title=one_line(redact(traits[0].title), 140),
        anchor=one_line(redact(traits[0].line if kind == CAUSE else value), 200),
        anchor_kind=kind,
        clusters=tuple(part.cluster.id for part in parts),
        cases=sum(len(part.cluster.cases) for part in parts),
        evidence=tuple(_evidence(part.cluster, part.traits[key]) for part in parts[:EVIDENCE]),
        reason=_reason(key, parts),
        confidence=_confidence(key, parts),
    )


def _evidence(cluster: Cluster, trait: _Trait) -> str:
    return one_line(redact(f"cluster {cluster.id[1:]}, {trait.case}: {trait.line}"), EVIDENCE_LINE)


def _reason(key: Key, parts: Sequence[_Looked]) -> str:
    names = _names(parts)
    if key[0] != CAUSE:
        return one_line(redact(f"{names} say that {parts[0].traits[key].title}"), 400)
    heads = [part for part in parts if part.traits[key].head]
    ends = [part for part in parts if not part.traits[key].head]
    verb = "ends" if len(ends) == 1 else "end"
    if heads:
        return f"the chain of causes of {_names(ends)} {verb} in the error that {_names(heads)} {'shows' if len(heads) == 1 else 'show'}"
    return f"the chains of causes of {names} end in the same error"


def _names(parts: Sequence[_Looked]) -> str:
    numbers = [part.cluster.id[1:] for part in parts]
    return f"cluster{'s' if len(numbers) > 1 else ''} {figures.sentence_list(numbers)}"


def _confidence(key: Key, parts: Sequence[_Looked]) -> Confidence:
    kind, value = key
    sure: Confidence = "medium"
    named = kind in {"host:port", "host"} and not value.startswith("localhost:")
    if kind in _SURE or named or (kind == CAUSE and any(part.traits[key].head for part in parts)):
        sure = "high"
    elif kind == "endpoint" and value.startswith("no answer"):
        sure = "low"
    # A cluster of which only a part says so may be two things.
    return sure if all(part.traits[key].count == part.cases for part in parts) else _WORSE[sure]


def _infrastructure(run: Run, looked: Sequence[_Looked], shared: Sequence[Upstream]) -> Iterator[Upstream]:
    totals = run.totals
    if totals.executed >= LEAST_EXECUTED and totals.failing * 100 > TOGETHER * totals.executed:
        yield _whole_run(run, looked, shared)
        return
    covered = {name for upstream in shared for name in upstream.clusters}
    for category in run.categories:
        if category.totals.executed >= LEAST_OF_CATEGORY and category.totals.failing * 100 > TOGETHER * category.totals.executed:
            yield from _of_category(run, category, looked, covered)


def _whole_run(run: Run, looked: Sequence[_Looked], shared: Sequence[Upstream]) -> Upstream:
    """Most of a run failing is a verdict by itself; how sure it is depends on whether the failures name anything that is down."""
    totals = run.totals
    down = [part for part in looked if part.is_outage]
    saying = sum(len(part.cluster.cases) for part in down)
    together = max([upstream.cases for upstream in shared] + [len(part.cluster.cases) for part in looked], default=0)
    share = f"{totals.failing:,} of {figures.count(totals.executed, 'case')} fail ({figures.rate(totals.failing, totals.executed, '80')})"
    confidence: Confidence = "low"
    why = "their errors differ, so it may be more than one fault"
    if saying * 2 >= totals.failing:
        confidence, why = "high", f"{saying:,} of them name something that cannot be reached or is used up"
    elif together * 100 >= TOGETHER * totals.failing:
        confidence, why = "medium", f"{together:,} of them share one error"
    return Upstream(
        id="u0",
        kind="infrastructure",
        title=share,
        clusters=tuple(part.cluster.id for part in looked),
        cases=totals.failing,
        evidence=tuple(_outage(part) for part in down[:EVIDENCE]),
        reason=f"when more than {TOGETHER} % of a run fail together, look first at what all tests need; {why}",
        confidence=confidence,
    )


def _of_category(run: Run, category: GroupResult, looked: Sequence[_Looked], covered: set[str]) -> Iterator[Upstream]:
    """A category that fails as a whole: nearly all of it names something that is down, and no shared cause tells it already."""
    mine = {case.id for case in run.cases if case.category == category.name}
    down = [part for part in looked if part.is_outage and not mine.isdisjoint(part.cluster.cases)]
    cases = sum(name in mine for part in down for name in part.cluster.cases)
    if len(down) < 2 or cases * 100 < TOGETHER * category.totals.failing or all(part.cluster.id in covered for part in down):
        return
    rate = figures.rate(category.totals.failing, category.totals.executed, "80")
    yield Upstream(
        id="u0",
        kind="infrastructure",
        title=one_line(f"{category.totals.failing:,} of {category.totals.executed:,} cases of {category.name} fail ({rate})", 140),
        anchor=category.name,
        anchor_kind="category",
        clusters=tuple(part.cluster.id for part in down),
        cases=cases,
        evidence=tuple(_outage(part) for part in down[:EVIDENCE]),
        reason=f"{cases:,} of them name something that cannot be reached or is used up",
        confidence="medium",
    )


def _outage(part: _Looked) -> str:
    return next(_evidence(part.cluster, trait) for key, trait in part.traits.items() if key[0] in OUTAGES)
