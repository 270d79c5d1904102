"""Clusters as people decided: a function of what the reports and the history give, and of the decisions that hold.

A stage that finds out something about clusters (a new run, issues, suspects) works on `automatic(worklog)` and ends with
`decide(...)`. So decisions meet whatever is new, and undoing them gives back what the stages found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rca.causes.against_base import most_urgent
from rca.causes.classify import by_runs
from rca.causes.clusters import make_clusters
from rca.causes.standing import standing_of
from rca.model import Case, Classification, Cluster, Decision, Match, Past, Run, Undecided, Upstream, Worklog, case_id
from rca.text.clean import one_line

# The cases of a cluster in one run, by their ids; None for one that the run itself does not list.
Rows = dict[str, Case | None]


def automatic(worklog: Worklog) -> Worklog:
    """The worklog with its clusters as the reports and the history alone give them; all decisions stay in it."""
    shelf = {cluster.id: cluster for cluster in worklog.undecided.clusters}
    split_off = {decision.cluster for decision in worklog.decisions if decision.cluster}
    kept = [cluster for cluster in worklog.clusters if cluster.id not in shelf and cluster.id not in split_off]
    if len(kept) == len(worklog.clusters) and not shelf and not worklog.undecided.upstreams:
        return worklog
    upstreams = {upstream.id: upstream for upstream in worklog.undecided.upstreams}
    return worklog.model_copy(
        update={
            "clusters": tuple(sorted([*kept, *shelf.values()], key=in_place)),
            "upstreams": tuple(upstreams.get(upstream.id, upstream) for upstream in worklog.upstreams),
            "undecided": Undecided(),
        }
    )


def decide(worklog: Worklog) -> Worklog:
    """Apply the decisions that hold, in order; whatever they do not touch stays the very object that it was.

    One that finds nothing to act on, such as a merge of a cluster that is gone, changes nothing and is kept.
    """
    plain = automatic(worklog)
    live = [decision for decision in plain.decisions if not decision.undone]
    if not live:
        return plain
    board = _Board(plain, live)
    for place, decision in enumerate(live):
        board.apply(place, decision)
    return board.result()


def number_of(cid: str) -> int:
    """The number in the id of a cluster."""
    return int(cid[1:]) if cid[1:].isdecimal() and len(cid) < 20 else 0


def in_place(cluster: Cluster) -> int:
    """The place of a cluster in a record: they stand by their numbers."""
    return number_of(cluster.id)


def highest_number(worklog: Worklog) -> int:
    """The highest number that a cluster of the worklog has, had, or will have again when a decision is redone."""
    ids = [cluster.id for cluster in (*worklog.clusters, *worklog.undecided.clusters)]
    return max(map(number_of, [*ids, *(decision.cluster for decision in worklog.decisions)]), default=0)


def names_of(worklog: Worklog) -> dict[str, str]:
    """The ids of all clusters that there are or were, by their fingerprints."""
    split_off = {decision.into: decision.cluster for decision in worklog.decisions if decision.cluster}
    return split_off | {cluster.fingerprint: cluster.id for cluster in (*worklog.clusters, *worklog.undecided.clusters)}


def identity(case: Case) -> str:
    """The id of a case without its repeat number: who it is in every run."""
    return case.id if case.repeat == 1 else case_id(case.suite, case.classname, case.name)


@dataclass(slots=True)
class _Group:
    """A cluster with what was decided about it.

    base: the automatic cluster; of one split off, that from which it comes. origin: the decision that split it off.
    rows: its cases in each run, once a decision moves cases. joined: automatic clusters that were merged into it.
    notes: with their place among the decisions. states: of its matches, by their ref.
    """

    base: Cluster
    origin: Decision | None = None
    rows: dict[str, Rows] | None = None
    joined: list[Cluster] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    states: dict[str, Decision] = field(default_factory=dict)
    muted: bool = False
    flaky: Decision | None = None
    rule: str = ""

    @property
    def touched(self) -> bool:
        return bool(self.rows is not None or self.notes or self.states or self.muted or self.flaky or self.rule)

    @property
    def where(self) -> dict[str, Rows]:
        return self.rows or {}


class _Board:
    """Clusters by their fingerprints, on which decisions move cases and leave marks."""

    def __init__(self, worklog: Worklog, live: Sequence[Decision]) -> None:
        self.worklog = worklog
        self.groups: dict[str, _Group] = {}
        for cluster in worklog.clusters:
            # Two with one fingerprint are a fault of the record; the second stays as it is, out of reach of decisions.
            mark = cluster.fingerprint if cluster.fingerprint not in self.groups else f"{cluster.fingerprint} {cluster.id}"
            self.groups[mark] = _Group(cluster)
        self.gone: dict[str, str] = {}
        self.orders: dict[str, dict[str, int]] = {}
        self.places = {run.id: place for place, run in enumerate(worklog.runs)}
        moving = {mark for d in live if d.kind in {"merge", "split"} for mark in (d.fingerprint, d.into)}
        self.rows = _rows(worklog.runs, [group.base for mark, group in self.groups.items() if mark in moving])

    # -- applying ------------------------------------------------------------------------------------------------

    def apply(self, place: int, decision: Decision) -> None:
        mark = self.find(decision.fingerprint)
        group = self.groups.get(mark)
        if group is None:
            return
        if decision.kind == "merge":
            self._merge(mark, self.find(decision.into))
        elif decision.kind == "split":
            self._split(mark, decision)
        elif decision.kind == "note":
            group.notes.append((place, decision.text))
        elif decision.kind in {"accept", "reject"}:
            group.states[decision.match] = decision
        elif decision.kind in {"mute", "unmute"}:
            group.muted = decision.kind == "mute"
        elif decision.kind in {"flaky", "not flaky"}:
            group.flaky = decision
        else:
            group.rule = decision.text

    def find(self, mark: str) -> str:
        """The fingerprint of the cluster in which that one is now."""
        while mark in self.gone:
            mark = self.gone[mark]
        return mark

    def _merge(self, mark: str, into: str) -> None:
        """Move all cases; notes and judged matches go with them, a mute or a class of the cluster that ends does not."""
        if mark == into or into not in self.groups:
            return
        target = self._moving(into)
        source = self._moving(mark)
        del self.groups[mark]
        self.gone[mark] = into
        for run_id, rows in source.where.items():
            target.where.setdefault(run_id, {}).update(rows)
        own = [] if source.origin else [source.base]
        target.merged += [mark, *(fingerprint for base in own for fingerprint in base.merged), *source.merged]
        target.joined += [*own, *source.joined]
        target.categories += [*source.base.categories, *source.categories]
        target.notes = sorted([*target.notes, *source.notes])
        target.states = {**source.states, **target.states}

    def _split(self, mark: str, decision: Decision) -> None:
        group = self._moving(mark)
        wanted = set(decision.cases)
        taken: dict[str, Rows] = {}
        for run_id, rows in group.where.items():
            out = {cid: case for cid, case in rows.items() if (identity(case) if case else cid) in wanted}
            if out:
                taken[run_id] = out
                group.where[run_id] = {cid: case for cid, case in rows.items() if cid not in out}
        if taken:
            self.groups[decision.into] = _Group(group.base, origin=decision, rows=taken)

    def _moving(self, mark: str) -> _Group:
        group = self.groups[mark]
        if group.rows is None:
            group.rows = self.rows.get(mark, {})
        return group

    # -- the result ----------------------------------------------------------------------------------------------

    def result(self) -> Worklog:
        ids = self._ids()
        clusters = [_unblocked(self._cluster(mark, group), ids) for mark, group in self.groups.items()]
        sizes = {cluster.id: len(cluster.cases) for cluster in clusters}
        moved = {group.base.id for group in self.groups.values() if group.rows is not None}
        upstreams = [_upstream(upstream, ids, sizes, moved) for upstream in self.worklog.upstreams]
        same = {id(cluster) for cluster in clusters}
        return self.worklog.model_copy(
            update={
                "clusters": tuple(sorted(clusters, key=in_place)),
                "upstreams": tuple(upstreams),
                "undecided": Undecided(
                    clusters=tuple(cluster for cluster in self.worklog.clusters if id(cluster) not in same),
                    upstreams=tuple(old for old, new in zip(self.worklog.upstreams, upstreams, strict=True) if new is not old),
                ),
            }
        )

    def _ids(self) -> dict[str, str]:
        """Ids of clusters that were merged into others, and the ids of these."""
        merged = {}
        for cluster in self.worklog.clusters:
            if cluster.fingerprint in self.gone:
                group = self.groups[self.find(cluster.fingerprint)]
                merged[cluster.id] = group.origin.cluster if group.origin else group.base.id
        return merged

    def _cluster(self, mark: str, group: _Group) -> Cluster:
        if not group.touched:
            return group.base
        cluster = self._split_off(mark, group, group.origin) if group.origin else group.base
        if group.rows is not None:
            cluster = self._with_cases(cluster, group)
        return _judged(cluster, group, self.worklog)

    def _with_cases(self, cluster: Cluster, group: _Group) -> Cluster:
        """The cluster with the cases that decisions left in it or brought to it."""
        runs = sorted((r for r, rows in group.where.items() if rows or r not in self.places), key=lambda r: self.places.get(r, -1))
        shown = next((run_id for run_id in reversed(runs) if group.where[run_id]), "")
        last = self._latest(group) or group.where.get(shown, {})
        told = [case.category for case in last.values() if case and case.category]
        changes: dict[str, object] = {
            "runs": tuple(runs),
            "cases": tuple(sorted(last, key=self._order(shown))),
            "categories": tuple(dict.fromkeys(told or [*cluster.categories, *group.categories])),
        }
        if group.joined or group.merged:
            changes |= _merged_facts(cluster, group)
        if group.origin:
            changes |= _described(last, shown)
        elif not any(cluster.example in rows for rows in group.where.values()):
            described = _described(last, shown)
            changes |= {name: described[name] for name in ("example", "excerpt") if name in described}
        return cluster.model_copy(update=changes)

    def _latest(self, group: _Group) -> Rows:
        """Its cases of which this is the latest word, whichever run says it."""
        found = standing_of(self.worklog.runs)
        rows = ((run_id, name, case) for run_id, rows in group.where.items() for name, case in rows.items())
        return {name: case for run_id, name, case in rows if case and found.fails(case, run_id)}

    def _order(self, run_id: str) -> Callable[[str], int]:
        """Where a case stands in its run."""
        if run_id not in self.orders:
            run = self.worklog.runs[self.places[run_id]] if run_id in self.places else None
            self.orders[run_id] = {case.id: place for place, case in enumerate(run.cases)} if run else {}
        order = self.orders[run_id]
        return lambda cid: order.get(cid, len(order))

    def _split_off(self, mark: str, group: _Group, origin: Decision) -> Cluster:
        """A new cluster of the cases that were taken out; what is known of the one they come from does not hold for it."""
        cases = [case for rows in group.where.values() for case in rows.values() if case]
        classes = {case.classification for case in cases}
        changes: dict[str, object] = {
            "id": origin.cluster,
            "fingerprint": mark,
            "merged": (),
            "why_matched": f"taken out of {group.base.id} by hand ({origin.id})",
            "confidence": "high",
            "classification": classes.pop() or "unknown" if len(classes) == 1 else "unknown",
            "past": None,
            "base": None,
            "rule": "",
            "matches": (),
            "suspects": (),
            "suspects_note": "",
            "impact": "",
            "risk": "",
            "blocked_by": None,
        }
        return group.base.model_copy(update=changes)


def _rows(runs: Sequence[Run], clusters: Sequence[Cluster]) -> dict[str, dict[str, Rows]]:
    """The cases of clusters in each run, as the cases themselves say; where a run does not tell, those that the cluster lists."""
    found: dict[str, dict[str, Rows]] = {cluster.fingerprint: {} for cluster in clusters}
    for run in runs if found else ():
        for case in run.cases:
            rows = found.get(case.fingerprint)
            if rows is not None:
                rows.setdefault(run.id, {})[case.id] = case
    for cluster in clusters:
        for run_id in cluster.runs:
            if run_id not in found[cluster.fingerprint]:
                listed = cluster.cases if run_id == cluster.runs[-1] else ()
                found[cluster.fingerprint][run_id] = dict.fromkeys(listed)
    return found


def _merged_facts(cluster: Cluster, group: _Group) -> dict[str, object]:
    """What a cluster takes over from those that were merged into it."""
    others = group.joined
    matches = {match.ref: match for source in [*reversed(others), cluster] for match in source.matches}
    refs = dict.fromkeys(match.ref for source in [cluster, *others] for match in source.matches)
    names = ", ".join(dict.fromkeys(source.id for source in others))
    return {
        "merged": tuple(dict.fromkeys([*cluster.merged, *group.merged])),
        "why_matched": f"{cluster.why_matched}; merged with {names} by hand" if names else cluster.why_matched,
        "matches": tuple(matches[ref] for ref in refs),
        "suspects": cluster.suspects or next((source.suspects for source in others if source.suspects), ()),
        "impact": cluster.impact or next((source.impact for source in others if source.impact), ""),
        "risk": cluster.risk or next((source.risk for source in others if source.risk), ""),
        "base": most_urgent(source.base for source in [cluster, *others]),
    }


def _described(rows: Rows, run_id: str) -> dict[str, object]:
    """What a cluster says of itself, worked out from its cases alone."""
    cases = [case for case in rows.values() if case]
    if not cases:
        return {"example": next(iter(rows), "")}
    found = make_clusters(cases, [""] * len(cases), run_id)[0]
    facts = ("title", "keys", "error_type", "message", "frames", "example", "excerpt")
    return {name: getattr(found, name) for name in facts}


# -- marks ---------------------------------------------------------------------------------------------------------


def _judged(cluster: Cluster, group: _Group, worklog: Worklog) -> Cluster:
    """The cluster with its notes, the states of its matches, and what these say of its class."""
    matches = _matches(cluster, group, worklog)
    changes: dict[str, object] = {
        "notes": tuple(text for _, text in group.notes),
        "muted": group.muted,
        "rule": group.rule or cluster.rule,
        "matches": matches,
    }
    found = _class_by_hand(cluster, group, matches)
    if found:
        classification, reason = found
        past = cluster.past or Past(reason="", confidence="high")
        changes |= {
            "classification": classification,
            "past": past.model_copy(update={"reason": reason, "confidence": "high"}),
        }
    return cluster.model_copy(update=changes)


def _matches(cluster: Cluster, group: _Group, worklog: Worklog) -> tuple[Match, ...]:
    """The matches with what was decided about them; one that was accepted stays, even when no text resembles it now."""
    known = {match.ref for match in cluster.matches}
    states = {ref: "accepted" if d.kind == "accept" else "rejected" for ref, d in group.states.items()}
    judged = [match.model_copy(update={"state": states.get(match.ref, match.state)}) for match in cluster.matches]
    titles = {f"#{issue.number}": issue for issue in worklog.issues}
    for ref, state in states.items():
        if ref not in known and state == "accepted":
            issue = titles.get(ref)
            facts = {"title": issue.title, "url": issue.url} if issue else {}
            judged.append(Match(ref=ref, score=1.0, evidence=("named by hand",), state="accepted", **facts))
    return tuple(judged)


def _class_by_hand(cluster: Cluster, group: _Group, matches: Sequence[Match]) -> tuple[Classification, str] | None:
    """The class that follows from decisions, with the reason; None when they say nothing of it.

    What no longer fails is not classified by hand, and the configuration's quarantine comes before people.
    """
    if cluster.classification in {"fixed", "quarantined"}:
        return None
    flaky = group.flaky
    if flaky is not None and flaky.kind == "flaky":
        return "flaky", _reason(flaky, "flaky")
    judged = [(match, group.states[match.ref]) for match in matches if match.ref in group.states]
    cover = next((decision for match, decision in judged if match.state == "accepted" and not _mended(match)), None)
    if cover is not None:
        return "known", _reason(cover, f"known as {cover.match}")
    if flaky is not None and cluster.classification == "flaky":
        return by_runs(cluster.past), _reason(flaky, "not flaky")
    if cluster.classification == "known" and judged and all(match.state == "rejected" for match in matches):
        return by_runs(cluster.past), _reason(judged[-1][1], f"not {judged[-1][1].match}")
    return None


def _mended(match: Match) -> bool:
    """Whether this was closed or fixed before; to fail again is then no known state."""
    return match.closed or match.held in {"held", "came back"}


def _reason(decision: Decision, what: str) -> str:
    who = f" by {decision.author}" if decision.author else " by hand"
    why = f": {one_line(decision.text, 200)}" if decision.text else ""
    return f"called {what}{who} ({decision.id}){why}"


def _unblocked(cluster: Cluster, ids: dict[str, str]) -> Cluster:
    """The cluster with the id under which what blocks it is known now; nothing blocks itself."""
    if cluster.blocked_by not in ids:
        return cluster
    into = ids[cluster.blocked_by]
    return cluster.model_copy(update={"blocked_by": None if into == cluster.id else into})


def _upstream(upstream: Upstream, ids: dict[str, str], sizes: dict[str, int], moved: set[str]) -> Upstream:
    """The upstream over the clusters that there are now."""
    if not any(cid in ids or cid in moved for cid in upstream.clusters):
        return upstream
    now = tuple(dict.fromkeys(ids.get(cid, cid) for cid in upstream.clusters))
    return upstream.model_copy(update={"clusters": now, "cases": sum(sizes.get(cid, 0) for cid in now)})
