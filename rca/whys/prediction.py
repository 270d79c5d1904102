"""What a root cause foretells: the failure text, the cases that turn green, and how the next run judges it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rca.model import Case, Investigation, Prediction, RootCause, Run, Verdict
from rca.whys.compare import Agreement, Said, compare, likeness, same, stated
from rca.whys.ground import Ground

__all__ = ["Agreement", "Clash", "Judgement", "agreement", "clashes", "compare", "foretold", "judge", "judged"]

# What stands between quotes or in code.
_QUOTED = re.compile(r"`([^`\n]{3,400})`|\"([^\"\n]{3,400})\"|“([^”\n]{3,400})”|«([^»\n]{3,400})»|(?<!\w)'([^'\n]{3,400})'(?!\w)")
_CUE = re.compile(
    r"(?i)(?:errors?|messages?|exceptions?|rais\w+|thr[eo]w\w*|fail\w*|says?|reads?|report\w*|log\w*|with|meldet|meldung|fehler|erreur)\W{0,12}$"
)
_FAILS = re.compile(
    r"(?i)\b(?:no|not|non|invalid|failed|refused|missing|unsupported|denied|timeout|timed out|error|exception|cannot|unable"
    r"|kein\w*|nicht)\b"
)
_RULE = re.compile(r"(?i)\b(?:must|should|shall|may|muss|soll|doit)\b")
_CODE = re.compile(r"[=(){}\[\]]|\w_\w")
LIKE = 0.15


@dataclass(frozen=True, slots=True)
class Clash:
    """An error that the statement of a root cause quotes, and that no message of the clusters it explains bears out."""

    quoted: str
    agreement: Agreement
    sure: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run says of a prediction. reasons: one sentence for each case that is wrong or not judged, by its id."""

    verdict: Verdict
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    not_judged: tuple[str, ...]
    reasons: dict[str, str]


def agreement(investigation: Investigation, ground: Ground) -> Agreement:
    """Hold the failure text of the prediction against the messages of the clusters that the investigation explains."""
    text = investigation.prediction.failure_text if investigation.prediction else ""
    return compare(text, [ground.says(cid) for cid in investigation.clusters])


def clashes(cause: RootCause, clusters: Sequence[str], ground: Ground) -> Iterator[Clash]:
    """Errors that the statement quotes and that the messages contradict.

    A quote counts when it speaks of the same thing as a message and is not it: a name or a rule that is quoted is no error.
    """
    groups = [ground.says(cid) for cid in clusters]
    everything = [said for group in groups for said in group]
    for text in (cause.statement, cause.actual):
        for quote, before in _quotes(text):
            said = stated(quote)
            if any(same(said, message) for message in everything) or not _near(said, everything):
                continue
            cue = bool(_CUE.search(before))
            if (cue or _FAILS.search(quote)) and len(said.words) > 1:
                yield Clash(quote, compare(quote, groups), sure=cue)


def _quotes(text: str) -> Iterator[tuple[str, str]]:
    for match in _QUOTED.finditer(text):
        quote = next(group for group in match.groups() if group)
        if not _RULE.search(quote) and not _CODE.search(quote):
            yield quote, text[max(0, match.start() - 40) : match.start()]


def _near(said: Said, messages: Sequence[Said]) -> bool:
    return any(likeness(said, message) >= LIKE for message in messages)


def foretold(clusters: tuple[str, ...], ground: Ground) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cases that turn green when these clusters are mended, those that they block included; and failing ones that stay red."""
    green = ground.explained(clusters)
    red = tuple(cid for cid in ground.failing if cid not in set(green))
    return ground.cases_of(green), ground.cases_of(red)


def judge(prediction: Prediction, after: Run, before: Run | None = None, outcomes: Mapping[str, str] | None = None) -> Judgement:
    """Say which cases of a run came out as foretold.

    outcomes: of cases by their ids, as the history knows them. Without them a run tells of failing, flaky and slow cases, and of
    those that it fixed; of any other it is taken that it passed when its category ran as many cases as `before` and skipped
    none. A case of which neither tells is not judged.
    """
    seen = _Seen(after, before, outcomes or {})
    right: list[str] = []
    wrong: list[str] = []
    open_: list[str] = []
    reasons: dict[str, str] = {}
    for cid, wanted in [*((c, "passed") for c in prediction.turns_green), *((c, "failed") for c in prediction.stays_red)]:
        outcome, reason = seen.outcome(cid)
        if outcome == wanted:
            right.append(cid)
            continue
        (wrong if outcome else open_).append(cid)
        reasons[cid] = reason
    return Judgement(_verdict(prediction, set(right), wrong, open_), tuple(right), tuple(wrong), tuple(open_), reasons)


def judged(prediction: Prediction, judgement: Judgement, run: str) -> Prediction:
    """The prediction with what a run said of it."""
    return prediction.model_copy(
        update={
            "verdict": judgement.verdict,
            "judged_by": None if judgement.verdict == "not judged" else run,
            "right": judgement.right,
            "wrong": judgement.wrong,
            "not_judged": judgement.not_judged,
        }
    )


def _verdict(prediction: Prediction, right: set[str], wrong: Sequence[str], open_: Sequence[str]) -> Verdict:
    """Confirmed: all came out as foretold. Refuted: of those that should turn green, none did. Else partly confirmed."""
    green = set(prediction.turns_green)
    if not green or green <= set(open_):
        return "not judged"
    if not green & right:
        return "refuted"
    return "partly confirmed" if wrong or open_ else "confirmed"


class _Seen:
    """What a run tells of single cases."""

    def __init__(self, after: Run, before: Run | None, outcomes: Mapping[str, str]) -> None:
        self.run = after.id
        self.outcomes = outcomes
        self.failed: dict[str, Case] = {case.id: case for case in after.cases}
        self.passed = {case.id for case in after.flaky} | {entry.case for entry in after.slowest if entry.case not in self.failed}
        self.passed |= set(after.history.fixed) if after.history else set()
        self.before: dict[str, Case] = {case.id: case for case in before.cases} if before else {}
        ran = {part.name: part.totals for part in after.categories}
        then = {part.name: part.totals for part in before.categories} if before else {}
        self.whole = {
            name
            for name, totals in ran.items()
            if name in then and totals.total >= then[name].total and totals.skipped <= then[name].skipped
        }

    def outcome(self, cid: str) -> tuple[str, str]:
        """`passed`, `failed`, or nothing when it is not known; and why."""
        known = self.outcomes.get(cid, "")
        if cid in self.failed or known in {"failed", "error"}:
            return "failed", f"it failed in {self.run}{self._otherwise(cid)}"
        if cid in self.passed or known == "passed":
            return "passed", f"it passed in {self.run}"
        if known == "skipped":
            return "", f"it was skipped in {self.run}"
        case = self.before.get(cid)
        if case is not None and case.category in self.whole and not self.outcomes:
            return "passed", f"it passed in {self.run}: {case.category or 'its category'} ran whole, and it is not among the failing cases"
        return "", f"it did not run in {self.run}, or the run does not tell"

    def _otherwise(self, cid: str) -> str:
        now, then = self.failed.get(cid), self.before.get(cid)
        return ", with another error than before" if now and then and now.fingerprint != then.fingerprint else ""
