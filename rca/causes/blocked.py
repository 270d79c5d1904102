"""Which failures only follow from another one, and from which: `blocked_by` of cases and of clusters.

Three things count as proof. The chain of causes in the text of a case ends in the very error that another case shows
without a chain. A case says that a set-up failed, and that set-up failed in its suite or class. A case names the test on
which it depends, and that one failed. Nothing points to itself, and no way leads back to where it began.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice

from rca.causes.roots import Said, Wanted, own_of, root_of
from rca.failures.message import worst_failure
from rca.model import Case, Cluster, Run

HEADS_OF_CLUSTER = 20
HEADS = 10_000
COMPARED = 10
MESSAGE = 500

_NAME = r"[`'\"<(]?([^\s`'\"<>,;()\[\]]{2,200})"
_FAILED = r"(?:\(\))?['\"`]? (?:has |was |did |is )?(?:failed|not pass|not run|not met|skipped|broken)"
_DEPENDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bdepends on (?:the )?(?:test |case |method )?{_NAME}",
        rf"(?:failed|unmet|missing) (?:test |fixture )?(?:dependenc(?:y|ies)|prerequisites?)(?: tests?)?:? {_NAME}",
        rf"\b(?:dependency|prerequisite)(?: test| case)? {_NAME}{_FAILED}",
        rf"\bbecause (?:of )?(?:the )?(?:test |case |method )?{_NAME}{_FAILED}",
        rf"\bblocked by (?:the )?(?:test |case |failed |failing )*{_NAME}",
    )
)
_UNNAMED = re.compile(r"depends on not successfully finished (?:methods|groups)", re.IGNORECASE)
_SET_UP_SAID = re.compile(
    r"suite set-?up failed|before ?(?:all|class|suite)\b.{0,60}\bfailed|\"before all\" hook|class set-?up failed"
    r"|set ?up ?(?:class|module|suite)\b.{0,40}\bfailed|not run because .{0,60}(?:hook|set-?up|fixture)|test suite failed to run"
    r"|class initiali[sz]ation failed|skipped because .{0,40}set-?up|due to (?:a )?(?:set-?up|configuration) failure",
    re.IGNORECASE,
)
_SET_UP = re.compile(
    r"^\[?set_?up(?:class|module|suite|_class|_module|_file|_suite)?\b|before ?(?:all|class|suite)\b|^initializationerror$|^testmain$"
    r"|^<?suite set-?up",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"\(([\w.]{1,300})\)")

_Edges = dict[str, str]
_Find = Callable[[Case], str]


def mark_blocked(run: Run, clusters: Sequence[Cluster]) -> tuple[Run, tuple[Cluster, ...]]:
    """Point the cases of a run, and the clusters that consist of such cases, to the failure that stands in their way.

    A cluster is blocked when all of its cases in this run are, by one other cluster. What is marked is worked out anew; clusters
    that the run does not show stay as they are.
    """
    shown = [cluster for cluster in clusters if run.id in cluster.runs]
    edges = _without_circles(_edges(run.cases, shown), [case.id for case in run.cases])
    cases = tuple(case if case.blocked_by == (by := edges.get(case.id, "")) else replace(case, blocked_by=by) for case in run.cases)
    above = _without_circles(_of_clusters(shown, edges), [cluster.id for cluster in shown])
    marked = {cluster.id: above.get(cluster.id) for cluster in shown}
    return run.model_copy(update={"cases": cases}), tuple(
        cluster.model_copy(update={"blocked_by": marked[cluster.id]})
        if cluster.id in marked and cluster.blocked_by != marked[cluster.id]
        else cluster
        for cluster in clusters
    )


def _edges(cases: Sequence[Case], shown: Sequence[Cluster]) -> _Edges:
    by_id = {case.id: case for case in cases}
    found: _Edges = {}
    rules: tuple[_Find, ...] = (_Named(cases).find, _SetUps(cases).find, _Roots(by_id, shown).find)
    for case in cases:
        target = next((target for rule in rules if (target := rule(case)) and target != case.id), "")
        if target:
            found[case.id] = target
    _for_those_without_text(shown, by_id, found)
    return found


def _for_those_without_text(shown: Sequence[Cluster], by_id: dict[str, Case], found: _Edges) -> None:
    """Of many equal failures only the first keep their text; the others follow from what all of these follow from."""
    for cluster in shown:
        told = [name for name in cluster.cases if name in by_id and _has_text(by_id[name])]
        targets = {found.get(name, "") for name in told}
        if len(targets) == 1 and (target := targets.pop()):
            for name in cluster.cases:
                if name in by_id and name not in found and name != target and not _has_text(by_id[name]):
                    found[name] = target


def _has_text(case: Case) -> bool:
    return any(failure.text for failure in case.failures)


def _message(case: Case) -> str:
    failure = worst_failure(case)
    return (failure.message or failure.text)[:MESSAGE] if failure else ""


class _Named:
    """A case that names the test on which it depends."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._cases = cases

    @cached_property
    def _by_name(self) -> dict[str, list[Case]]:
        found: dict[str, list[Case]] = {}
        for case in self._cases:
            for name in {case.id, case.name, f"{case.classname}.{case.name}", f"{case.classname}::{case.name}"}:
                found.setdefault(name, []).append(case)
        return found

    @cached_property
    def _by_class(self) -> dict[tuple[str, str], list[Case]]:
        found: dict[tuple[str, str], list[Case]] = {}
        for case in self._cases:
            found.setdefault((case.suite, case.classname), []).append(case)
        return found

    def find(self, case: Case) -> str:
        message = _message(case)
        lower = message.lower()
        if not ("depend" in lower or "because" in lower or "prerequisite" in lower or "blocked by" in lower):
            return ""
        for pattern in _DEPENDS:
            for match in pattern.finditer(message):
                if target := self._resolve(match[1].rstrip(".:!'\""), case):
                    return target
        return self._alone(case) if _UNNAMED.search(message) else ""

    def _resolve(self, name: str, case: Case) -> str:
        """The failing case of that name: in the same class where there are several, else none."""
        for form in (name, re.split(r"::|[./#]", name)[-1]):
            found = [other for other in self._by_name.get(form, ())[:COMPARED] if other.id != case.id]
            near = [other for other in found if (other.suite, other.classname) == (case.suite, case.classname)] or found
            if len(near) == 1:
                return near[0].id
        return ""

    def _alone(self, case: Case) -> str:
        """TestNG does not say on which methods: it is plain only where one other method of the class failed."""
        beside = [other for other in self._by_class[case.suite, case.classname][:COMPARED] if not _UNNAMED.search(_message(other))]
        return beside[0].id if len(beside) == 1 and len(self._by_class[case.suite, case.classname]) <= COMPARED else ""


class _SetUps:
    """A case that says that a set-up failed, in the class or suite of a set-up that did."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._found: dict[str, str] = {}
        for case in cases:
            if case.scope == "suite" or _SET_UP.search(case.name):
                self._found.setdefault(next(_places(case), ""), case.id)
        self._set_ups = set(self._found.values())

    def find(self, case: Case) -> str:
        if not self._found or case.id in self._set_ups or not _SET_UP_SAID.search(_message(case)):
            return ""
        return next((self._found[place] for place in _places(case) if place in self._found), "")


def _places(case: Case) -> Iterator[str]:
    """Where a set-up holds, the nearest first: the class that its name gives in brackets, its class, its suites from the inside out."""
    inside = _IN_BRACKETS.search(case.name)
    if inside:
        yield f"\n{inside[1]}"
    if case.classname:
        yield f"{case.suite}\n{case.classname}"
        yield f"\n{case.classname}"
    suites = case.suite.split(" > ") if case.suite else []
    for length in range(len(suites), 0, -1):
        yield " > ".join(suites[:length])


class _Roots:
    """A case whose chain of causes ends in the error that another case shows without a chain."""

    def __init__(self, by_id: dict[str, Case], shown: Sequence[Cluster]) -> None:
        self._roots = {name: root for name, case in by_id.items() if (root := _root(case))}
        self._heads = self._find_heads(by_id, shown) if self._roots else {}

    def _find_heads(self, by_id: dict[str, Case], shown: Sequence[Cluster]) -> dict[str, list[tuple[Said, str]]]:
        """The cases that say themselves what lies beneath others, by what they say."""
        wanted = Wanted(root.message for root in self._roots.values())
        heads: dict[str, list[tuple[Said, str]]] = {}
        names = set(islice((name for cluster in shown for name in cluster.cases[:HEADS_OF_CLUSTER]), HEADS))
        for name, case in by_id.items():
            # What shows a chain of its own is no head.
            failure = worst_failure(case) if name in names and name not in self._roots else None
            own = own_of(failure, wanted) if failure else None
            if failure and own is not None and root_of(failure) is None:
                same = heads.setdefault(own.message, [])
                if len(same) < COMPARED and all(own != head for head, _ in same):
                    same.append((own, name))
        return heads

    def find(self, case: Case) -> str:
        root = self._roots.get(case.id)
        return next((name for head, name in self._heads.get(root.message, ()) if head.agrees(root)), "") if root else ""


def _root(case: Case) -> Said | None:
    failure = worst_failure(case)
    root = root_of(failure) if failure and failure.text else None
    return root if root and root.telling else None


def _without_circles(edges: _Edges, order: Sequence[str]) -> _Edges:
    """The edges in order, without those that would lead back to where they start; each way is walked about once."""
    kept: _Edges = {}
    ends: dict[str, str] = {}

    def end(name: str) -> str:
        way = []
        while name in ends:
            way.append(name)
            name = ends[name]
        for step in way:
            ends[step] = name
        return name

    for name in order:
        target = edges.get(name)
        if target is not None and end(target) != name:
            kept[name] = ends[name] = target
    return kept


def _of_clusters(shown: Sequence[Cluster], edges: _Edges) -> _Edges:
    home = {name: cluster.id for cluster in shown for name in cluster.cases}
    found: _Edges = {}
    for cluster in shown:
        targets = {home.get(edges.get(name, ""), "") for name in cluster.cases}
        if len(targets) == 1 and (target := targets.pop()) and target != cluster.id:
            found[cluster.id] = target
    return found
