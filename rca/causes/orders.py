"""Take, undo and redo decisions: what a person asks for, held against the clusters as they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from rca.causes.decisions import decide, highest_number, identity, in_place, number_of
from rca.causes.rule import parse_rule
from rca.errors import RcaError
from rca.model import Case, Cluster, Decision, DecisionKind, Match, Worklog
from rca.text.clean import clean, one_line
from rca.text.redact import redact

LONGEST_TEXT = 4_000
IDS_SHOWN = 20


class OrderError(RcaError):
    """What was asked for cannot be done to the clusters as they are."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks for.

    cluster: its id, with or without the `c`. other: the match, or the cluster that is merged into it. cases: globs over
    the ids of cases. text: a note, a rule or a reason.
    """

    kind: DecisionKind
    cluster: str
    other: str = ""
    cases: tuple[str, ...] = ()
    text: str = ""


def take(worklog: Worklog, order: Order, *, at: datetime, author: str = "") -> tuple[Worklog, Decision | None]:
    """Take a decision and apply it; None when all is so already. Raises OrderError when there is nothing to decide upon.

    What was undone before can no longer be redone.
    """
    cluster = cluster_of(worklog, order.cluster)
    found = _CHECKS[order.kind](worklog, cluster, order)
    if found is None:
        return worklog, None
    facts = {"fingerprint": cluster.fingerprint, **found}
    number = max((number_of(decision.id) for decision in worklog.decisions), default=0) + 1
    decision = Decision.model_validate({"id": f"d{number}", "at": at, "author": one_line(redact(author), 200), "kind": order.kind, **facts})
    before = (d.model_copy(update={"abandoned": True}) if d.undone else d for d in worklog.decisions)
    return decide(worklog.model_copy(update={"decisions": (*before, decision)})), decision


def undo(worklog: Worklog) -> tuple[Worklog, Decision | None]:
    """Take back the last decision that holds, and tell which it was; None when there is none."""
    last = next((d for d in reversed(worklog.decisions) if not d.undone), None)
    return (_marked(worklog, last, undone=True), last) if last else (worklog, None)


def redo(worklog: Worklog) -> tuple[Worklog, Decision | None]:
    """Take the decision again that was undone last; None when there is none, or when another one was taken since."""
    last = next((d for d in worklog.decisions if d.undone and not d.abandoned), None)
    return (_marked(worklog, last, undone=False), last) if last else (worklog, None)


def _marked(worklog: Worklog, which: Decision, *, undone: bool) -> Worklog:
    decisions = (d.model_copy(update={"undone": undone}) if d is which else d for d in worklog.decisions)
    return decide(worklog.model_copy(update={"decisions": tuple(decisions)}))


def cluster_of(worklog: Worklog, name: str) -> Cluster:
    """The cluster that a person means by `c3`, `C3` or `3`. Raises OrderError that names those there are."""
    wanted = f"c{name.strip().lower().removeprefix('c')}"
    by_id = {cluster.id: cluster for cluster in worklog.clusters}
    if wanted in by_id:
        return by_id[wanted]
    into = _merged_into(worklog, wanted)
    if into:
        raise OrderError(f"{wanted} is a part of {into.id} now", f"say {into.id}, or undo the decision that merged them")
    if not by_id:
        raise OrderError(
            f"there is no cluster {one_line(name, 40)!r}: nothing failed in this worklog", "`rca list` shows the other worklogs"
        )
    raise OrderError(f"there is no cluster {one_line(name, 40)!r}", f"known are {_ids(sorted(worklog.clusters, key=in_place))}")


def _merged_into(worklog: Worklog, cid: str) -> Cluster | None:
    marks = {c.fingerprint for c in worklog.undecided.clusters if c.id == cid} | {d.into for d in worklog.decisions if d.cluster == cid}
    return next((cluster for cluster in worklog.clusters if marks & set(cluster.merged)), None)


def _ids(clusters: Sequence[Cluster]) -> str:
    shown = [cluster.id for cluster in clusters[:IDS_SHOWN]]
    more = f" and {len(clusters) - IDS_SHOWN:,} more" if len(clusters) > IDS_SHOWN else ""
    return ", ".join(shown) + more


# -- what each kind needs --------------------------------------------------------------------------------------------

Facts = dict[str, object] | None


def _text(order: Order, what: str) -> str:
    text = redact(clean(order.text)).strip()
    if len(text) > LONGEST_TEXT:
        raise OrderError(f"the {what} has {len(text):,} characters; {LONGEST_TEXT:,} are the most", "shorten it, and link to the rest")
    return text


def _note(_worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    text = _text(order, "note")
    if not text:
        raise OrderError("the note is empty", f'say what you found out: note {cluster.id} "seen since the upgrade"')
    return {"text": text}


def _judge(_worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    state = "accepted" if order.kind == "accept" else "rejected"
    ref = one_line(redact(order.other), 200)
    match = _match(cluster, ref)
    if match is not None:
        return None if match.state == state else {"match": match.ref, "text": _text(order, "reason")}
    refs = ", ".join(match.ref for match in cluster.matches[:IDS_SHOWN])
    known = f"{cluster.id} matches {refs}" if refs else f"{cluster.id} matches nothing yet"
    if not ref:
        hint = f"{known}; in a shell put quotes around it ('#712') or write the number alone, because # begins a comment there"
        raise OrderError(f"{order.kind} needs the match that is meant", hint)
    number = ref.removeprefix("#")
    if order.kind == "reject" or not number.isdecimal():
        raise OrderError(f"{cluster.id} has no match {ref!r}", known)
    return {"match": f"#{int(number)}", "text": _text(order, "reason")}


def _match(cluster: Cluster, ref: str) -> Match | None:
    return next((match for match in cluster.matches if ref and match.ref.removeprefix("#") == ref.removeprefix("#")), None)


def _mute(_worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    return None if cluster.muted == (order.kind == "mute") else {"text": _text(order, "reason")}


def _flaky(worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    last = next(
        (
            d
            for d in reversed(worklog.decisions)
            if not d.undone and d.fingerprint == cluster.fingerprint and d.kind in {"flaky", "not flaky"}
        ),
        None,
    )
    said = last.kind == order.kind if last else order.kind == "not flaky" and cluster.classification != "flaky"
    return None if said else {"text": _text(order, "reason")}


def _rule(_worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    rule = str(parse_rule(_text(order, "rule")))
    return None if rule == cluster.rule else {"text": rule}


def _merge(worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    other = cluster_of(worklog, order.other)
    if other.id == cluster.id:
        raise OrderError(f"{cluster.id} cannot be merged with itself", "name two clusters: merge c3 c5")
    return {"fingerprint": other.fingerprint, "into": cluster.fingerprint, "text": _text(order, "reason")}


def _split(worklog: Worklog, cluster: Cluster, order: Order) -> Facts:
    cases = list(_cases(worklog, cluster))
    if not order.cases:
        raise OrderError("split needs the cases that are taken out", f"name them by globs: split {cluster.id} '*checkout*'")
    wanted = {who for who, cid, name in cases if any(_fits(glob, who, cid, name) for glob in order.cases)}
    if not wanted:
        raise OrderError(
            f"none of the cases of {cluster.id} fits {' or '.join(one_line(glob, 80) for glob in order.cases)}",
            f"its first case is {one_line(cases[0][1], 200)}; `*` stands for any text" if cases else "it has no cases now",
        )
    if all(who in wanted for who, _, _ in cases):
        raise OrderError(f"these are all cases of {cluster.id}; nothing would be left in it", "name fewer of them")
    members = tuple(sorted(wanted))
    digest = hashlib.sha256("\n".join([cluster.fingerprint, str(len(worklog.decisions)), *members]).encode("utf-8", "replace"))
    version = cluster.fingerprint.partition(":")[0]
    return {
        "cases": members,
        "cluster": f"c{highest_number(worklog) + 1}",
        "into": f"{version}:{digest.hexdigest()[:16]}",
        "text": _text(order, "reason"),
    }


def _cases(worklog: Worklog, cluster: Cluster) -> Iterator[tuple[str, str, str]]:
    """Who the cases of a cluster are: identity in every run, id in the last one, name."""
    runs = [run for run in worklog.runs if cluster.runs and run.id == cluster.runs[-1]]
    found: dict[str, Case] = {case.id: case for run in runs for case in run.cases}
    for cid in cluster.cases:
        case = found.get(cid)
        yield (identity(case), cid, case.name) if case else (cid, cid, cid)


def _fits(glob: str, *names: str) -> bool:
    """Whether a glob fits one of the names; a name may hold brackets, and then stands for itself too."""
    return any(name == glob or fnmatchcase(name, glob) for name in names)


_CHECKS: dict[DecisionKind, Callable[[Worklog, Cluster, Order], Facts]] = {
    "note": _note,
    "accept": _judge,
    "reject": _judge,
    "mute": _mute,
    "unmute": _mute,
    "flaky": _flaky,
    "not flaky": _flaky,
    "split": _split,
    "merge": _merge,
    "rule": _rule,
}
