"""Which failures a pull request brings, and which the branch has that it goes into.

The runs of the branch itself do not tell: after its second push what it broke with the first is old. docs/classes.md has the
decisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rca.causes.classify import LEVELS, NO_PAST, PASSED, at_most, firm, place, since, test_of
from rca.model import AgainstBase, BasePast, Case, CasePast, CausePast, Cluster, Confidence, History, Run, Standing

# What may have to be mended here hides behind nothing else.
_URGENCY: tuple[Standing, ...] = ("broken here", "not known", "fails there too")


class _Found(NamedTuple):
    """How one case stands."""

    kind: Standing
    confidence: Confidence
    reason: str


def against_base(run: Run, clusters: Sequence[Cluster], history: History) -> tuple[Cluster, ...]:
    """Hold the clusters that a run shows against the branch that its pull request goes into; other runs have no such branch."""
    by_id = {case.id: case for case in run.cases}
    return tuple(_judged(cluster, by_id, history.base) if run.id in cluster.runs else cluster for cluster in clusters)


def most_urgent(standings: Iterable[AgainstBase | None]) -> AgainstBase | None:
    """The one that may have to be mended here, of several."""
    return min((found for found in standings if found), key=lambda found: _URGENCY.index(found.kind), default=None)


def _judged(cluster: Cluster, by_id: Mapping[str, Case], base: BasePast | None) -> Cluster:
    cases = [by_id[name] for name in cluster.cases if name in by_id]
    found = _of_cases(cases, base) if base and cases and cluster.failing else None
    return cluster if found == cluster.base else cluster.model_copy(update={"base": found})


def _of_cases(cases: Sequence[Case], base: BasePast) -> AgainstBase:
    """The most urgent of what the cases say, the surest of these; the reason tells how many say it."""
    found = [_of_case(case, base) for case in cases]
    counts = Counter(verdict.kind for verdict in found)
    kind = next(kind for kind in _URGENCY if counts[kind])
    leading = max((verdict for verdict in found if verdict.kind == kind), key=lambda verdict: LEVELS.index(verdict.confidence))
    share = f" ({counts[kind]:,} of {len(cases):,} cases)" if counts[kind] < len(cases) else ""
    reason = f"{leading.reason[:1].upper()}{leading.reason[1:]}{share}."
    return AgainstBase(branch=base.branch, kind=kind, reason=reason, confidence=leading.confidence, runs=base.runs)


def _of_case(case: Case, base: BasePast) -> _Found:
    past = base.cases.get(test_of(case)) or NO_PAST
    cause = base.causes.get(case.cause) or base.causes.get(case.fingerprint)
    name = base.branch
    if not base.runs:
        return _Found("not known", "low", f"there is no run of {name} to compare with")
    if not past.runs:
        return _not_there(base, cause)
    if past.last in PASSED:
        # What came and went there may have come here by itself.
        seen = f", though it showed this error before, last {place(cause.last)}" if cause else ""
        return _Found("broken here", "low" if cause else _sure(past), f"passes on {name}, last {place(past.last_good)}{seen}")
    if cause is None:
        return _Found("broken here", at_most(firm(past.runs), "medium"), f"fails on {name} too, but never with this error")
    beginning = f", {since(past.first_bad)}" if past.first_bad else ""
    return _Found("fails there too", firm(past.runs), f"fails on {name} too{beginning}")


def _not_there(base: BasePast, cause: CausePast | None) -> _Found:
    """A test that no run of the branch executed."""
    if cause is None:
        return _Found("broken here", firm(base.runs), f"no run of {base.branch} has this test, and none shows this error")
    return _Found("fails there too", "low", f"no run of {base.branch} has this test, but it showed this error, last {place(cause.last)}")


def _sure(past: CasePast) -> Confidence:
    """A test that failed there now and then says less by passing."""
    return at_most(firm(past.runs), "low" if 3 * past.failed >= past.runs else "medium") if past.failed else firm(past.runs)
