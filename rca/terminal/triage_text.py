"""The screens of `rca triage`: plain sentences, words before symbols, folded to a width and never cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from rca.causes.decisions import names_of
from rca.causes.rank import Ranked, rank
from rca.model import Cluster, Decision, Match, Suspect, Upstream, Worklog, add_money
from rca.terminal.columns import Line, cells
from rca.terminal.screen import room, said
from rca.text import figures
from rca.text.clean import clean, one_line
from rca.text.excerpt import excerpt

INDENT = 5
EXCERPT_LINES = 24
CASES_SHOWN = 20
UPSTREAMS_SHOWN = 5
_COLOURS = {"regression": "bold red", "new": "red", "still failing": "yellow", "fixed": "green"}


@dataclass(frozen=True)
class Screen:
    """A worklog as it is shown: `width` in cells; `whole` shows long texts and lists to their end, as for a pipe."""

    worklog: Worklog
    width: int
    whole: bool = False

    @cached_property
    def ranked(self) -> list[Ranked]:
        """All clusters, the first to look at at the front."""
        return rank(self.worklog)

    @cached_property
    def failing(self) -> list[Cluster]:
        """Those whose tests fail now."""
        return [entry.cluster for entry in self.ranked if entry.cluster.failing]

    # -- the list ------------------------------------------------------------------------------------------------

    def head(self) -> Iterator[Line]:
        """What this is about: how much fails, what is known of earlier runs, and what may lie behind several clusters."""
        yield from self._said(one_line(self.worklog.title), style="bold")
        yield from self._said(self._sentence())
        if not self.failing:
            return
        yield from self._said(self._history())
        for upstream in self.worklog.upstreams[:UPSTREAMS_SHOWN]:
            yield from self._said(f"{upstream.id}: {_shared(upstream)}")
        more = len(self.worklog.upstreams) - UPSTREAMS_SHOWN
        if more > 0:
            yield from self._said(f"and {figures.count(more, 'more shared cause')}, with `show` of a cluster")

    def _sentence(self) -> str:
        worklog = self.worklog
        if not worklog.runs and not worklog.clusters:
            return "No run was added yet. Add one with `rca ingest PATH`."
        if not self.failing:
            over = len(self.ranked)
            return f"Nothing fails now; {figures.count(over, 'cluster')} no longer fails." if over == 1 else _nothing(over)
        cases = sum(len(cluster.cases) for cluster in self.failing)
        muted = sum(cluster.muted for cluster in self.failing)
        end = f", {muted:,} of them muted." if muted else "."
        verb = "case fails" if cases == 1 else "cases fail"
        return f"{cases:,} {verb}, in {figures.count(len(self.failing), 'cluster')} of equal errors{end}"

    def _history(self) -> str:
        """What the classes rest on; without any history that is said, and nothing is guessed."""
        history = self.worklog.runs[-1].history if self.worklog.runs else None
        if history is None:
            return "No history was looked at, so nothing is called new or old."
        if not history.earlier:
            why = one_line(history.note).rstrip(".") or "no earlier run is known"
            return f"Nothing can be called new or old: {why}."
        compared = one_line(history.compared_with) or figures.count(history.earlier, "earlier run")
        remark = one_line(history.note).rstrip(".")
        note = f" {remark[:1].upper()}{remark[1:]}." if remark else ""
        return f"Compared with {compared}.{note}"

    def all(self) -> Iterator[Line]:
        """The whole list."""
        yield from self.head()
        yield from self.rows()

    def rows(self, start: int = 0, most: int | None = None) -> Iterator[Line]:
        """A few lines for each cluster, the first to look at at the front."""
        shown = self.ranked[start:] if most is None else self.ranked[start : start + most]
        section = _section(self.ranked[start - 1]) if start else ""
        for entry in shown:
            if _section(entry) != section:
                section = _section(entry)
                yield []
                yield from self._said(section, style="bold")
            yield []
            yield from self._row(entry)

    def _row(self, entry: Ranked) -> Iterator[Line]:
        cluster = entry.cluster
        head = f"{cluster.id:<{INDENT - 1}} "
        said = [figures.count(len(cluster.cases), "case"), cluster.classification if cluster.failing else "no longer fails"]
        if cluster.muted:
            said.append("muted")
        if cluster.failing:
            said.append(f"score {_points(entry.score)}")
        yield from self._said(", ".join(said), head=head, style=_COLOURS.get(cluster.classification, ""))
        yield from self._said(one_line(cluster.title, 400), head=" " * INDENT)
        for text in (_where(cluster), _links(cluster)):
            if text:
                yield from self._said(text, head=" " * INDENT, style="dim")

    # -- one cluster -----------------------------------------------------------------------------------------------

    def cluster(self, cid: str) -> Iterator[Line]:
        """All that is known of the cluster with that id."""
        entry = next(entry for entry in self.ranked if entry.cluster.id == cid)
        cluster = entry.cluster
        yield from self._said(f"{cluster.id}: {one_line(cluster.title, 400)}", style="bold")
        yield from self._facts(entry)
        yield from self._error(cluster)
        yield from self._list("Frames", cluster.frames)
        yield from self.cases(cluster, None if self.whole else CASES_SHOWN)
        yield from self._list("Matches", [_match(match) for match in cluster.matches])
        yield from self._suspects(cluster)
        yield from self._list("Decisions", [self._decision(decision) for decision in self._about(cluster)])

    def _facts(self, entry: Ranked) -> Iterator[Line]:
        cluster, past = entry.cluster, entry.cluster.past
        kind = cluster.classification
        why = f" ({past.confidence} confidence): {one_line(past.reason)}" if past else ": no earlier run tells"
        parts = "; ".join(f"{part.name} {_points(part.points, sign=True)} ({one_line(part.why)})" for part in entry.parts)
        facts = [
            ("Class", f"{kind}{why}", _COLOURS.get(kind, "")),
            ("State", "" if cluster.failing else "no longer fails", "green"),
            ("Muted", "yes, it needs no attention now" if cluster.muted else "", ""),
            ("Score", f"{_points(entry.score)}: {parts}", ""),
            ("Where", _where(cluster), ""),
            ("Together", f"{one_line(cluster.why_matched)}; {cluster.confidence} confidence" if cluster.why_matched else "", ""),
            ("Blocked", f"by {cluster.blocked_by}, look at that first" if cluster.blocked_by else "", ""),
            ("Impact", one_line(cluster.impact, 400), ""),
            ("Rule", clean(cluster.rule), ""),
            *(("Behind it", f"{upstream.id}: {_shared(upstream)}", "") for upstream in self._upstreams(cluster)),
        ]
        for name, text, style in facts:
            if text:
                yield from self._said(text, head=f"{name}: ", style=style, hang=2)

    def _upstreams(self, cluster: Cluster) -> list[Upstream]:
        return [upstream for upstream in self.worklog.upstreams if cluster.id in upstream.clusters]

    def _error(self, cluster: Cluster) -> Iterator[Line]:
        text = clean(cluster.excerpt or cluster.message)
        yield []
        yield from self._said("Error", style="bold")
        lines = (text if self.whole else excerpt(text, EXCERPT_LINES)).expandtabs(4).split("\n")
        for line in lines if text.strip() else ["(the report gives no text)"]:
            for part in [line] if self.whole else pieces(line, room(self.width) - 4):
                yield [("    " + part if part.strip() else "", "")]

    def cases(self, cluster: Cluster, most: int | None = None) -> Iterator[Line]:
        """The cases of a cluster, as many as are wanted."""
        shown = cluster.cases[:most]
        title = "Case" if len(cluster.cases) == 1 else f"Cases ({len(cluster.cases):,})"
        yield from self._list(title, [clean(cid).replace("\n", " ") for cid in shown])
        if len(shown) < len(cluster.cases):
            yield from self._said(f"and {len(cluster.cases) - len(shown):,} more: `cases {cluster.id}` lists them", head="    ")

    def _suspects(self, cluster: Cluster) -> Iterator[Line]:
        found = [_suspect(suspect) for suspect in cluster.suspects]
        yield from self._list("Suspects, the first is the likeliest", found)
        if cluster.suspects_note:
            if not found:
                yield []
                yield from self._said("Suspects", style="bold")
            yield from self._said(one_line(cluster.suspects_note), head="    ")

    # -- decisions -------------------------------------------------------------------------------------------------

    def decisions(self) -> Iterator[Line]:
        """All decisions in order, those that were taken back too."""
        if not self.worklog.decisions:
            yield from self._said("Nothing was decided yet.")
        for decision in self.worklog.decisions:
            state = " (taken back)" if decision.undone else ""
            yield from self._said(f"{self._decision(decision)}{state}")

    def _about(self, cluster: Cluster) -> list[Decision]:
        return [decision for decision in decisions_on(self.worklog, cluster) if not decision.undone]

    def _decision(self, decision: Decision) -> str:
        who = f" by {one_line(decision.author, 80)}" if decision.author else ""
        when = figures.moment(decision.at, ZoneInfo(self.worklog.time_zone), self.worklog.time_zone)
        return f"{decision.id}{who}, {when}: {told(decision, self.worklog)}"

    # -- lines -----------------------------------------------------------------------------------------------------

    def _list(self, title: str, texts: Sequence[str]) -> Iterator[Line]:
        if not texts:
            return
        yield []
        yield from self._said(title, style="bold")
        for text in texts:
            yield from self._said(text, head="    ", hang=6)

    def _said(self, text: str, *, head: str = "", style: str = "", hang: int | None = None) -> Iterator[Line]:
        return said(text, self.width, head=head, style=style, hang=hang)


def page_of(height: int) -> int:
    """How many clusters of a list are shown at once on a screen of that many lines."""
    return max(5, min(20, (height - 8) // 5))


def decisions_on(worklog: Worklog, cluster: Cluster) -> list[Decision]:
    """The decisions about a cluster, and about those that are parts of it."""
    marks = {cluster.fingerprint, *cluster.merged}
    return [decision for decision in worklog.decisions if decision.fingerprint in marks or decision.into == cluster.fingerprint]


def told(decision: Decision, worklog: Worklog) -> str:
    """What a decision says, in words."""
    ids = names_of(worklog)
    cid, other = ids.get(decision.fingerprint, "a cluster that is gone"), ids.get(decision.into, "a cluster that is gone")
    text = one_line(decision.text, 4_000)
    why = f": {text}" if text else ""
    return {
        "note": f"{cid}, note: {text}",
        "accept": f"{cid} is {decision.match}{why}",
        "reject": f"{cid} is not {decision.match}{why}",
        "mute": f"{cid} is muted{why}",
        "unmute": f"{cid} is no longer muted{why}",
        "flaky": f"{cid} is flaky{why}",
        "not flaky": f"{cid} is not flaky{why}",
        "split": f"{figures.count(len(decision.cases), 'test')} of {cid} became {decision.cluster}{why}",
        "merge": f"{cid} became a part of {other}{why}",
        "rule": f"{cid} has the rule {text}",
    }[decision.kind]


def pieces(line: str, width: int) -> list[str]:
    """A line in pieces of at most `width` cells; unlike in prose its spaces mean something and stay."""
    found, current, taken = [], "", 0
    for char in line.rstrip():
        size = cells(char)
        if taken + size > width and current:
            found.append(current)
            current, taken = "", 0
        current += char
        taken += size
    return [*found, current]


def _nothing(over: int) -> str:
    return f"Nothing fails now; {over:,} clusters no longer fail." if over else "Nothing fails."


def _section(entry: Ranked) -> str:
    if not entry.cluster.failing:
        return "No longer failing"
    return "Can wait: known, flaky, quarantined or muted, or blocked by such" if entry.score < 0 else ""


def _points(points: float, *, sign: bool = False) -> str:
    text = f"{points:+.1f}" if sign else f"{points:.1f}"
    return text.removesuffix(".0")


def _where(cluster: Cluster) -> str:
    parts = [one_line(figures.sentence_list(list(cluster.categories)), 400)] if cluster.categories else []
    if cluster.at_risk and cluster.failing:
        sums = (figures.amount(part.amount, part.currency, part.period) for part in add_money(list(cluster.at_risk)))
        parts.append(f"{', '.join(sums)} at risk")
    return "; ".join(parts)


def _links(cluster: Cluster) -> str:
    """What it resembles, who is suspected, what was noted: the first of each."""
    parts = []
    match = next((match for match in cluster.matches if match.state != "rejected"), None)
    if match:
        what = "is" if match.state == "accepted" else "resembles"
        parts.append(f"{what} {one_line(match.ref, 80)}" + (f" {one_line(match.title, 80)}" if match.title else ""))
    if cluster.suspects:
        first = cluster.suspects[0]
        parts.append(f"suspect {one_line(first.commit, 80)[:12]}" + (f" {one_line(first.summary, 80)}" if first.summary else ""))
    if cluster.blocked_by:
        parts.append(f"blocked by {cluster.blocked_by}")
    if cluster.notes:
        more = f" (and {len(cluster.notes) - 1:,} more)" if len(cluster.notes) > 1 else ""
        parts.append(f"note: {one_line(cluster.notes[-1], 160)}{more}")
    return "; ".join(parts)


def _match(match: Match) -> str:
    words = f"; {', '.join(one_line(text, 160) for text in match.evidence)}" if match.evidence else ""
    closed = ", closed" if match.closed else ""
    title = f" {one_line(match.title, 200)}" if match.title else ""
    cause = f"; its root cause: {one_line(match.root_cause, 400)}" if match.root_cause else ""
    held = f"; its fix: {match.held}" if match.held else ""
    return f"{one_line(match.ref, 80)}{title} ({match.state}{closed}, {match.score:.2f}){words}{cause}{held}"


def _suspect(suspect: Suspect) -> str:
    parts = "; ".join(f"{part.name} {part.points:+.2f}" + (f" ({one_line(part.why, 200)})" if part.why else "") for part in suspect.parts)
    return f"{one_line(suspect.commit, 80)[:12]} {one_line(suspect.summary, 160)} ({suspect.score:.2f})" + (f": {parts}" if parts else "")


def _shared(upstream: Upstream) -> str:
    lead = "most of the run failed together" if upstream.kind == "infrastructure" else "a shared cause, as it seems"
    why = one_line(upstream.reason, 300)
    reason = f" {why[:1].upper()}{why[1:]}" if why else ""
    of = f"{figures.sentence_list(list(upstream.clusters))}, {figures.count(upstream.cases, 'case')}"
    return f"{lead}: {one_line(upstream.title, 200)} ({of}, {upstream.confidence} confidence).{reason}"
