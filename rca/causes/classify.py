"""What a failure is against the history: new, a regression, known, flaky, still failing, fixed or quarantined.

docs/classes.md has the table of decisions; tests/causes/classes.txt holds this module to it. Nothing is guessed: where
no earlier run speaks, the class is `unknown` and the reason says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from math import sqrt

from rca.config import Quarantine
from rca.model import (
    Case,
    CasePast,
    CausePast,
    Classification,
    Cluster,
    Confidence,
    FlipRate,
    History,
    Match,
    Past,
    Run,
    RunHistory,
    RunRef,
    case_id,
)
from rca.select import Selector
from rca.text.clean import one_line

# Failures in a row, attempts of this run included, from which on a test that was flaky is one that fails.
LASTING = 3
# Earlier runs, from which on what they say is firm.
FIRM = 5
FIXED_SHOWN = 100
# A test that passed after a failed attempt passed.
PASSED = {"passed", "flaky"}
NO_PAST = CasePast()
_Z = 1.959963984540054
LEVELS: tuple[Confidence, ...] = ("low", "medium", "high")

# A cluster takes the first of these that one of its cases has: a regression among old failures must not hide.
URGENCY: tuple[Classification, ...] = ("regression", "new", "still failing", "unknown", "flaky", "known", "quarantined")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class of one failing case with what it rests on."""

    kind: Classification
    confidence: Confidence
    reason: str
    runs: int = 0
    last_good: RunRef | None = None
    first_bad: RunRef | None = None
    failing_runs: int = 0
    flips: FlipRate | None = None


def classify(
    run: Run,
    clusters: Sequence[Cluster],
    history: History,
    *,
    today: date,
    quarantine: Sequence[Quarantine] = (),
) -> tuple[Run, tuple[Cluster, ...]]:
    """Give every failing case of the run, and every cluster that it shows or that is fixed, its class.

    Clusters are automatic ones that have their matches already; what people decided is applied to what comes out. Those
    that another run shows stay as they are. The run comes back with `history` filled.
    """
    verdicts, judged = _judged(run, clusters, _Judge(run, history, quarantine, today))
    cases = tuple(replace(case, classification=verdicts[case.id].kind) for case in run.cases)
    return run.model_copy(update={"cases": cases, "history": _run_history(history)}), judged


def classify_clusters(
    run: Run, clusters: Sequence[Cluster], history: History, *, today: date, quarantine: Sequence[Quarantine] = ()
) -> tuple[Cluster, ...]:
    """The clusters as `classify` judges them, where nobody asks for the cases."""
    return _judged(run, clusters, _Judge(run, history, quarantine, today))[1]


def _judged(run: Run, clusters: Sequence[Cluster], judge: _Judge) -> tuple[dict[str, Verdict], tuple[Cluster, ...]]:
    shown = [(cluster, _cover(cluster)) for cluster in clusters if run.id in cluster.runs]
    covers = {case: cover for cluster, cover in shown for case in cluster.cases}
    verdicts = {case.id: judge.case(case, covers.get(case.id)) for case in run.cases}
    return verdicts, tuple(judge.cluster(cluster, verdicts) for cluster in clusters)


def classify_by_matches(run: Run, clusters: Sequence[Cluster]) -> tuple[Run, tuple[Cluster, ...]]:
    """Give the clusters that a run shows last the classes that follow from new matches, when nobody looked back again.

    What an open issue covers now is known; what was known, and is covered no more, is what its past says.
    """
    kinds: dict[str, Classification] = {}
    judged = []
    for cluster in clusters:
        found = _by_matches(cluster) if cluster.failing and cluster.runs[-1:] == (run.id,) else None
        if found is None:
            judged.append(cluster)
            continue
        kinds.update(dict.fromkeys(cluster.cases, found.kind))
        before = cluster.past or Past(reason="", confidence="low")
        past = before.model_copy(update={"reason": _sentence(found.reason), "confidence": found.confidence})
        judged.append(cluster.model_copy(update={"classification": found.kind, "past": past}))
    cases = tuple(
        replace(case, classification=kinds[case.id]) if case.id in kinds and case.classification != "quarantined" else case
        for case in run.cases
    )
    return run.model_copy(update={"cases": cases}), tuple(judged)


def _by_matches(cluster: Cluster) -> Verdict | None:
    kind, cover = cluster.classification, _cover(cluster)
    covered = cover is not None and not _is_closed(cover)
    if kind in {"fixed", "quarantined"} or not (kind == "known" or covered):
        return None
    past = cluster.past or Past(reason="", confidence="low")
    reason = f"passed {place(past.last_good)}" if cover and past.last_good else "what it was known as is no longer said of it"
    found = Verdict(by_runs(past), "low", reason, past.runs, past.last_good, past.first_bad, past.failing_runs, past.flips)
    return _known(cover, found) or _covered_by_closed(cover, found)


def by_runs(past: Past | None) -> Classification:
    """The class that the earlier runs alone suggest."""
    if past is None or not past.runs:
        return "unknown"
    if past.failing_runs > 1:
        return "still failing"
    return "regression" if past.last_good else "new"


def wilson(flipped: int, commits: int) -> FlipRate:
    """The share of commits that flipped, with its Wilson score interval at 95 %; `commits` must be over 0."""
    share = flipped / commits
    weight = _Z * _Z / commits
    middle = (share + weight / 2) / (1 + weight)
    half = _Z / (1 + weight) * sqrt(share * (1 - share) / commits + weight / (4 * commits))
    return FlipRate(flipped=flipped, commits=commits, low=max(0.0, round(middle - half, 4)), high=min(1.0, round(middle + half, 4)))


def _cover(cluster: Cluster) -> Match | None:
    """The match that settles what a cluster is, an open issue before a closed one before a worklog."""
    return min((match for match in cluster.matches if _covers(match)), key=_rank, default=None)


def _covers(match: Match) -> bool:
    """Whether a match settles what the failure is: accepted, or an equal failure whose root cause was found."""
    return match.state == "accepted" or (
        match.state == "proposed" and match.kind == "worklog" and match.score == 1 and bool(match.root_cause)
    )


def _rank(match: Match) -> tuple[bool, bool, float]:
    """Open issues first, then closed ones, then worklogs."""
    return match.kind == "worklog", match.closed or match.held in {"held", "came back"}, -match.score


class _Judge:
    """Judges the cases of one run and then the clusters that they form."""

    def __init__(self, run: Run, history: History, quarantine: Sequence[Quarantine], today: date) -> None:
        self._run = run
        self._history = history
        self._quarantine = quarantine
        self._today = today
        self._select = Selector([entry.tests for entry in quarantine])
        self._passed_after_all = {case_id(case.suite, case.classname, case.name) for case in run.flaky}
        self._failing = {case.id for case in run.cases}
        context = run.context
        self._here = RunRef(id=run.id, at=run.started_at, commit=context.commit, url=context.url)

    # -- cases -------------------------------------------------------------------------------------------------------

    def case(self, case: Case, cover: Match | None) -> Verdict:
        """The class of one failing case; the rows of the table in their order."""
        past = self._history.cases.get(test_of(case)) or NO_PAST
        found = self._by_history(case, past)
        return self._quarantined(case, found) or _known(cover, found) or self._flaky(case, past, found) or _covered_by_closed(cover, found)

    def _quarantined(self, case: Case, found: Verdict) -> Verdict | None:
        file = case.location.path if case.location else ""
        for index in self._select.matches(case.suite, case.classname, file, case.name):
            entry = self._quarantine[index]
            if entry.until is None or entry.until >= self._today:
                until = f" until {entry.until}" if entry.until else ""
                issue = f" ({entry.issue})" if entry.issue else ""
                return replace(found, kind="quarantined", confidence="high", reason=f"quarantined{until}: {one_line(entry.reason)}{issue}")
        return None

    def _flaky(self, case: Case, past: CasePast, found: Verdict) -> Verdict | None:
        """Only a pass and a failure on one commit make a test flaky; to alternate from commit to commit does not."""
        flips = _flips(past)
        if past.passed_here:
            times = "once" if past.passed_here == 1 else f"{past.passed_here:,} times"
            sure: Confidence = "high" if past.passed_here > 1 or past.flipped > 1 else "medium"
            return replace(found, kind="flaky", confidence=sure, reason=f"passed {times} on this very commit", flips=flips)
        if test_of(case) in self._passed_after_all:
            reason = "a case of the same name passed in this run after a failed attempt"
            return replace(found, kind="flaky", confidence="medium", reason=reason, flips=flips)
        in_a_row = past.failing_runs + len(case.attempts)
        if not past.flipped or flips is None or self._cause(case) is None or in_a_row >= LASTING:
            return None
        reason = f"passed and failed on the same commit before: on {past.flipped:,} of {past.repeated:,} commits with more than one result"
        few = past.flipped < 2 or past.repeated < FIRM
        sure = "low" if few else "high" if past.flipped >= 3 and past.repeated >= 2 * FIRM else "medium"
        return replace(found, kind="flaky", confidence=sure, reason=reason, flips=flips)

    def _by_history(self, case: Case, past: CasePast) -> Verdict:
        if not self._history.earlier:
            return self._nothing_to_compare(case)
        if not past.runs:
            return self._never_ran(case)
        return self._regression(case, past) if past.last in PASSED else self._failed_before(case, past)

    def _nothing_to_compare(self, case: Case) -> Verdict:
        cause = self._cause(case)
        reason = (self._history.note or "there is no earlier run to compare with").rstrip(".")
        elsewhere = f"; other runs failed like this, last {place(cause.last)}" if cause else ""
        return Verdict("unknown", "low", f"{reason}{elsewhere}")

    def _never_ran(self, case: Case) -> Verdict:
        """No earlier run executed the test; a failing set-up of a suite has no test that could have passed."""
        cause = self._cause(case)
        earlier, previous = self._history.earlier, self._history.previous
        test = "no earlier run has this failure of a suite" if case.scope == "suite" else "no earlier run executed its test"
        if cause is None:
            return Verdict("new", firm(earlier), f"{test}, and none shows this error", earlier, None, self._here, 1)
        if previous and cause.last.id == previous.id:
            return Verdict("still failing", "low", f"{test}, but the run before shows the same error", earlier, None, None, 2)
        return Verdict("new", "low", f"{test}; others failed like this before, last {place(cause.last)}", earlier, None, self._here, 1)

    def _regression(self, case: Case, past: CasePast) -> Verdict:
        cause = self._cause(case)
        sure = firm(past.runs)
        if past.failed:
            sure = at_most(sure, "low" if 3 * past.failed >= past.runs else "medium")
        error = f"this error was seen before, last {place(cause.last)}" if cause else "this error was never seen before"
        reason = f"passed {place(past.last_good)}, fails {place(self._here)}; {error}"
        return Verdict("regression", sure, reason, past.runs, past.last_good, self._here, 1)

    def _failed_before(self, case: Case, past: CasePast) -> Verdict:
        cause, previous = self._cause(case), self._history.previous
        sure = firm(past.runs)
        beginning = since(past.first_bad) or "as far back as the history goes"
        good = f"; passed last {place(past.last_good)}" if past.last_good else ""
        if cause is None:
            reason = f"its test failed before, {beginning}, but never with this error"
            return Verdict("new", at_most(sure, "medium"), reason, past.runs, past.last_good, self._here, 1)
        if previous is None or cause.last.id != previous.id:
            sure = at_most(sure, "medium")
        count = past.failing_runs + 1
        reason = f"fails for {count:,} runs in a row, {beginning}{good}"
        return Verdict("still failing", sure, reason, past.runs, past.last_good, past.first_bad, count)

    def _cause(self, case: Case) -> CausePast | None:
        """Where the error was seen before, be it as the case has it or as its group has it."""
        causes = self._history.causes
        return causes.get(case.cause) or causes.get(case.fingerprint)

    # -- clusters ----------------------------------------------------------------------------------------------------

    def cluster(self, cluster: Cluster, verdicts: dict[str, Verdict]) -> Cluster:
        """The class of a cluster, from those of its cases in this run."""
        if self._run.id not in cluster.runs:
            return cluster if cluster.failing else self._gone(cluster)
        found = [verdicts[case] for case in cluster.cases if case in verdicts]
        if not found:
            return cluster
        counts = Counter(verdict.kind for verdict in found)
        kind = next(kind for kind in URGENCY if counts[kind])
        leading = _representative([verdict for verdict in found if verdict.kind == kind])
        past = Past(
            reason=_sentence(leading.reason, counts, kind),
            confidence=_minority(leading.confidence, counts[kind], len(found)),
            runs=leading.runs,
            compared_with=self._history.compared_with,
            first_seen=self._first_seen(cluster),
            last_good=leading.last_good,
            first_bad=leading.first_bad,
            failing_runs=leading.failing_runs,
            flips=leading.flips,
        )
        return cluster.model_copy(update={"classification": kind, "past": past})

    def _first_seen(self, cluster: Cluster) -> RunRef | None:
        """The earliest run that showed the cluster or one of the near-duplicates in it."""
        seen = [self._history.causes[mark].first for mark in (cluster.fingerprint, *cluster.merged) if mark in self._history.causes]
        dated = [ref for ref in seen if ref.at]
        return min(dated, key=lambda ref: (ref.at, ref.id)) if dated else seen[0] if seen else None

    def _gone(self, cluster: Cluster) -> Cluster:
        """A cluster that the last run of its tests does not show; it is fixed unless they fail in another way, or are flaky."""
        others = sum(case in self._failing for case in cluster.cases)
        if not others and cluster.classification in {"fixed", "flaky"}:
            return cluster  # that its tests pass again says nothing new of either
        total = len(cluster.cases)
        before, previous = cluster.past, self._history.previous
        passes = total > 0 and set(cluster.cases) <= set(self._history.fixed)
        sure: Confidence = "low"
        kind: Classification = "fixed"
        if others:
            kind, reason = "unknown", f"it shows no more, but {others:,} of its {total:,} tests fail with another error"
        elif passes and previous and previous.commit and previous.commit == self._here.commit:
            kind, sure = "flaky", "medium"
            reason = f"its tests pass {place(self._here)}; they failed in the run before, which ran on the same commit"
        elif passes:
            sure, reason = "high", f"its tests pass {place(self._here)}; they failed in the run before"
        else:
            sure, reason = "medium", "the last run of its categories does not show it any more"
        past = Past(
            reason=_sentence(reason),
            confidence=sure,
            runs=self._history.earlier,
            compared_with=self._history.compared_with,
            first_seen=before.first_seen if before else None,
            last_good=self._here if passes and not others else None,
        )
        return cluster.model_copy(update={"classification": kind, "past": past})


def _known(cover: Match | None, found: Verdict) -> Verdict | None:
    if cover is None or _is_closed(cover):
        return None
    return replace(found, kind="known", confidence="high" if cover.state == "accepted" else "medium", reason=_cover_reason(cover))


def _covered_by_closed(cover: Match | None, found: Verdict) -> Verdict:
    """What should be mended fails again: the history says what it is, and the reason says what did not hold."""
    if cover is None:
        return found
    what = f"{cover.ref} is closed" if cover.kind == "issue" else f"the fix of {cover.ref} held before"
    if found.last_good and found.kind in {"regression", "still failing"}:
        return replace(found, reason=f"{found.reason}; {what}, so its fix does not hold here")
    return replace(found, kind="known", confidence="low", reason=f"{_cover_reason(cover)}; {what}, and no earlier run shows a pass")


def _run_history(history: History) -> RunHistory:
    return RunHistory(
        earlier=history.earlier,
        compared_with=history.compared_with,
        previous=history.previous,
        fixed=tuple(history.fixed[:FIXED_SHOWN]),
        fixed_count=max(history.fixed_count, len(history.fixed)),
        note=history.note or ("" if history.earlier else "There is no earlier run to compare with."),
    )


def _is_closed(match: Match) -> bool:
    return match.closed or match.held in {"held", "came back"}


def _cover_reason(match: Match) -> str:
    how = (
        "whose rule fits" if "rule" in match.evidence[:1] else "as accepted" if match.state == "accepted" else "which had this very failure"
    )
    return f"{match.ref}, {how}" + (f": {one_line(match.title, 120)}" if match.title else "")


def _flips(past: CasePast) -> FlipRate | None:
    """Flips with those of this commit: a pass before this failure is one, even where it is the only second result."""
    here = int(past.passed_here > 0)
    commits = max(past.repeated, here)
    return wilson(min(max(past.flipped, here), commits), commits) if commits else None


def _representative(verdicts: list[Verdict]) -> Verdict:
    """The verdict that stands for a cluster: of the most common good and bad run, the surest, with the most flips."""

    def pair(verdict: Verdict) -> tuple[str, str]:
        return (verdict.last_good.id if verdict.last_good else "", verdict.first_bad.id if verdict.first_bad else "")

    common = Counter(map(pair, verdicts))
    return max(
        verdicts,
        key=lambda verdict: (common[pair(verdict)], LEVELS.index(verdict.confidence), verdict.flips.flipped if verdict.flips else 0),
    )


def _sentence(reason: str, counts: Counter[Classification] | None = None, kind: Classification = "unknown") -> str:
    others = [f"{counts[other]:,} {other}" for other in URGENCY if counts[other] and other != kind] if counts else []
    mixed = f" ({counts[kind]:,} of {counts.total():,} cases; {', '.join(others)})" if counts and others else ""
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}{mixed}."


def _minority(confidence: Confidence, count: int, of: int) -> Confidence:
    """What less than half of the cases say is one level less sure."""
    return confidence if 2 * count >= of else LEVELS[max(0, LEVELS.index(confidence) - 1)]


def firm(runs: int) -> Confidence:
    """One earlier run is an anecdote, a handful is evidence."""
    return "low" if runs <= 1 else "medium" if runs < FIRM else "high"


def at_most(confidence: Confidence, most: Confidence) -> Confidence:
    """The lesser of two."""
    return min(confidence, most, key=LEVELS.index)


def test_of(case: Case) -> str:
    """The id of a case without its repeat number: who it is in every run."""
    return case.id if case.repeat == 1 else case_id(case.suite, case.classname, case.name)


def place(ref: RunRef | None) -> str:
    """A run by its commit, which people can look at, else by its id."""
    return "in an earlier run" if ref is None else _named(ref.commit, ref.id)


def since(ref: RunRef | None) -> str:
    """Since which run, by its commit or its id; empty without one."""
    return f"since {place(ref).partition(' ')[2]}" if ref else ""


@lru_cache(maxsize=4_096)
def _named(commit: str | None, run_id: str) -> str:
    return f"at {one_line(commit, 60)[:12]}" if commit else f"in {one_line(run_id, 60)}"
