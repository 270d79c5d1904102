"""Hold what a record says of causes against the rest of it: classes, matches, suspects, upstreams, what blocks what, decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rca.document.lines import Path
from rca.model import Past, Suspect, Worklog

Fault = tuple[Path, str, str, str]

GIT = "restore the record from git"
AGAIN = "add the run again, or decide it anew with `rca triage`"
# Parts of a score are rounded to three digits.
ROUNDING = 0.0006


def causes(worklog: Worklog) -> Iterator[Fault]:
    """Errors: what cannot be true together."""
    for rule in (_classes, _pasts, _run_histories, _suspects, _upstreams, _blocked, _decisions, _doubles):
        yield from rule(worklog)


def doubts(worklog: Worklog) -> Iterator[Fault]:
    """Warnings: what may be true, and cannot be looked up in this record."""
    listed = {f"#{issue.number}" for issue in worklog.issues}
    for index, cluster in enumerate(worklog.clusters):
        for number, match in enumerate(cluster.matches):
            by_rule = match.evidence[:1] in {("rule",), ("named by hand",)}
            if match.kind == "issue" and listed and match.ref not in listed and not by_rule:
                message = f"cluster {cluster.id} resembles {match.ref[:80]}, which is not among the issues of this worklog"
                yield (
                    ("clusters", index, "matches", number),
                    "match",
                    message,
                    "read the issues again with `rca issues`, or `rca ingest --issues FILE`",
                )
    marks = _marks(worklog)
    for index, decision in enumerate(worklog.decisions):
        for what, mark in (("is about", decision.fingerprint), ("names", decision.into if decision.kind == "merge" else "")):
            if mark and mark not in marks and not decision.undone:
                message = f"decision {decision.id} ({decision.kind}) {what} the fingerprint {mark[:80]}, which no cluster has"
                yield ("decisions", index), "decision", message, "it changes nothing: undo it, or add the run that shows that failure"
    yield from _rejected(worklog)


def _rejected(worklog: Worklog) -> Iterator[Fault]:
    """Matches that were rejected and are none now: the issue may have changed, or is no longer among those that are read."""
    refs = _refs(worklog)
    for decision in worklog.decisions:
        if decision.kind == "accept" and decision.fingerprint in refs:  # what was named by hand can be rejected later
            refs[decision.fingerprint].add(decision.match)
    for index, decision in enumerate(worklog.decisions):
        if decision.kind == "reject" and not decision.undone and decision.match not in refs.get(decision.fingerprint, {decision.match}):
            message = f"decision {decision.id} rejects {decision.match[:80]!r}, which its cluster does not resemble"
            yield ("decisions", index), "decision", message, "it changes nothing now; it holds when the issue is read again"


def _marks(worklog: Worklog) -> set[str]:
    """All fingerprints that a decision may be about."""
    clusters = (*worklog.clusters, *worklog.undecided.clusters)
    split_off = {decision.into for decision in worklog.decisions if decision.kind == "split"}
    return {cluster.fingerprint for cluster in clusters} | {mark for cluster in clusters for mark in cluster.merged} | split_off


def _classes(worklog: Worklog) -> Iterator[Fault]:
    by_hand = _decided(worklog)
    for index, cluster in enumerate(worklog.clusters):
        path = ("clusters", index, "classification")
        kind, past = cluster.classification, cluster.past
        decided = by_hand.get(cluster.fingerprint, set())
        if kind == "fixed" and cluster.failing:
            yield path, "class", f"cluster {cluster.id} is called fixed and still fails", AGAIN
        if kind == "known" and not any(match.state != "rejected" for match in cluster.matches):
            yield path, "class", f"cluster {cluster.id} is called known, and names neither an issue nor a worklog", AGAIN
        if kind != "unknown" and past is None and "split off" not in decided:
            yield path, "class", f"cluster {cluster.id} is called {kind}, and nothing says why", AGAIN
        elif past is not None and not past.runs and kind in {"new", "regression", "still failing"}:
            yield path, "class", f"cluster {cluster.id} is called {kind}, though no earlier run was looked at", AGAIN
        if cluster.muted and not decided & {"mute"}:
            yield ("clusters", index, "muted"), "class", f"cluster {cluster.id} is muted, and no decision says so", AGAIN


def _decided(worklog: Worklog) -> Mapping[str, set[str]]:
    """What was decided about each cluster, by its fingerprint; what was decided about one that was merged goes with it."""
    found: dict[str, set[str]] = {}
    homes = {mark: cluster.fingerprint for cluster in worklog.clusters for mark in (*cluster.merged, cluster.fingerprint)}
    for decision in worklog.decisions:
        if not decision.undone:
            found.setdefault(homes.get(decision.fingerprint, decision.fingerprint), set()).add(decision.kind)
            if decision.kind == "split":
                found.setdefault(decision.into, set()).add("split off")
    return found


def _pasts(worklog: Worklog) -> Iterator[Fault]:
    for index, cluster in enumerate(worklog.clusters):
        if cluster.past is not None:
            for part, rule, message in _of_past(cluster.past):
                yield ("clusters", index, "past", part), rule, f"cluster {cluster.id}: {message}", GIT


def _of_past(past: Past) -> Iterator[tuple[str, str, str]]:
    flips = past.flips
    if flips is not None:
        if flips.flipped > flips.commits:
            yield "flips", "arithmetic", f"{flips.flipped:,} of {flips.commits:,} commits flipped"
        elif not flips.low - ROUNDING <= flips.flipped / flips.commits <= flips.high + ROUNDING:
            span = f"{flips.low:.1%} to {flips.high:.1%}".replace("%", " %")
            yield "flips", "arithmetic", f"{flips.flipped:,} of {flips.commits:,} commits flipped, which is not between {span}"
    good, bad = past.last_good, past.first_bad
    if good and bad and good.at and bad.at and bad.at < good.at:
        yield "first_bad", "time", "the first bad run is older than the last good one"
    if good and bad and good.id == bad.id:
        yield "first_bad", "evidence", f"the run {bad.id[:80]!r} is called the last good and the first bad one"
    if past.failing_runs > past.runs + 1:
        yield "failing_runs", "arithmetic", f"fails for {past.failing_runs:,} runs, {past.runs:,} earlier ones were looked at"


def _run_histories(worklog: Worklog) -> Iterator[Fault]:
    for index, run in enumerate(worklog.runs):
        history = run.history
        if history is None:
            continue
        path = ("runs", index, "history")
        if not history.earlier and (history.previous or history.fixed_count):
            yield path, "evidence", "no earlier run was found, yet the run is compared with one", GIT
        if history.fixed_count < len(history.fixed):
            yield path, "arithmetic", f"{len(history.fixed):,} fixed cases are listed, {history.fixed_count:,} are counted", GIT
        failing = {case.id for case in run.cases}
        still = [case for case in history.fixed if case in failing]
        if still:
            yield (*path, "fixed"), "status", f"{len(still):,} case(s) called fixed fail in this run, the first is {still[0][:120]!r}", GIT


def _suspects(worklog: Worklog) -> Iterator[Fault]:
    for index, cluster in enumerate(worklog.clusters):
        for number, suspect in enumerate(cluster.suspects):
            if suspect.parts and abs(_sum(suspect) - suspect.score) > ROUNDING * len(suspect.parts):
                message = f"the parts of suspect {suspect.commit[:12]} add up to {_sum(suspect):.3f}, its score says {suspect.score:.3f}"
                yield ("clusters", index, "suspects", number), "arithmetic", f"cluster {cluster.id}: {message}", GIT
        scores = [suspect.score for suspect in cluster.suspects]
        if scores != sorted(scores, reverse=True):
            yield (
                ("clusters", index, "suspects"),
                "arithmetic",
                f"cluster {cluster.id}: the suspects are not in the order of their scores",
                GIT,
            )


def _sum(suspect: Suspect) -> float:
    return sum(part.points for part in suspect.parts)


def _upstreams(worklog: Worklog) -> Iterator[Fault]:
    sizes = {cluster.id: len(cluster.cases) for cluster in worklog.clusters}
    for index, upstream in enumerate(worklog.upstreams):
        unknown = [name for name in upstream.clusters if name not in sizes]
        if unknown:
            yield ("upstreams", index, "clusters"), "evidence", f"{upstream.id} names cluster {unknown[0][:80]!r}, which is not here", GIT
            continue
        cases = sum(sizes[name] for name in set(upstream.clusters))
        if upstream.kind == "shared" and cases != upstream.cases:
            message = f"{upstream.id} counts {upstream.cases:,} cases, its clusters have {cases:,}"
            yield ("upstreams", index, "cases"), "arithmetic", message, GIT
        if upstream.kind == "shared" and not upstream.evidence:
            yield ("upstreams", index, "evidence"), "evidence", f"{upstream.id} joins clusters and shows no line of a report for it", GIT
    for place, issue in enumerate(worklog.issues):
        unknown = [name for name in issue.clusters if name not in sizes]
        if unknown:
            yield (
                ("issues", place, "clusters"),
                "evidence",
                f"issue #{issue.number} names cluster {unknown[0][:80]!r}, which is not here",
                GIT,
            )


def _blocked(worklog: Worklog) -> Iterator[Fault]:
    above = {cluster.id: cluster.blocked_by for cluster in worklog.clusters}
    for index, message in _ways(above, [cluster.id for cluster in worklog.clusters], "cluster"):
        yield ("clusters", index, "blocked_by"), "evidence", message, GIT
    for number, run in enumerate(worklog.runs):
        cases = {case.id: case.blocked_by or None for case in run.cases}
        for index, message in _ways(cases, [case.id for case in run.cases], "case"):
            yield ("runs", number, "cases", index), "evidence", message, GIT


def _ways(above: Mapping[str, str | None], order: Sequence[str], what: str) -> Iterator[tuple[int, str]]:
    """What is blocked by something that is not here, and the first of each circle; every way is walked once."""
    done: set[str] = set()
    for index, start in enumerate(order):
        target = above[start]
        if target is not None and target not in above:
            yield index, f"{what} {start[:120]} is blocked by {target[:120]!r}, which is not here"
        way: set[str] = set()
        name: str | None = start
        while name is not None and name in above and name not in done and name not in way:
            way.add(name)
            name = above[name]
        if name is not None and name in way:
            yield index, f"{what} {start[:120]} is blocked in a circle, over {name[:120]}"
        done |= way


def _decisions(worklog: Worklog) -> Iterator[Fault]:
    for name, count in Counter(decision.id for decision in worklog.decisions).items():
        if count > 1:
            yield ("decisions",), "identity", f"{count} decisions have the id {name!r}", "give each its own id"


def _refs(worklog: Worklog) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for cluster in (*worklog.clusters, *worklog.undecided.clusters):
        for mark in (cluster.fingerprint, *cluster.merged):
            found.setdefault(mark, set()).update(match.ref for match in cluster.matches)
    return found


def _doubles(worklog: Worklog) -> Iterator[Fault]:
    """One failure in two clusters, one id for two upstreams, one issue twice at a cluster."""
    for mark, count in Counter(cluster.fingerprint for cluster in worklog.clusters).items():
        if count > 1:
            yield ("clusters",), "identity", f"{count} clusters have the fingerprint {mark[:80]}", GIT
    for name, count in Counter(upstream.id for upstream in worklog.upstreams).items():
        if count > 1:
            yield ("upstreams",), "identity", f"{count} upstreams have the id {name!r}", GIT
    for index, cluster in enumerate(worklog.clusters):
        for (kind, ref), count in Counter((match.kind, match.ref) for match in cluster.matches).items():
            if count > 1:
                message = f"cluster {cluster.id} names the {kind} {ref[:80]} {count} times"
                yield ("clusters", index, "matches"), "identity", message, GIT
