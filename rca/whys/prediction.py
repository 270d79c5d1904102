"""What a root cause foretells: the failure text, the cases that turn green, and how the next run judges it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rca.model import Case, Investigation, Outcome, Prediction, RootCause, Run, Verdict
from rca.whys.ground import Ground
from rca.whys.saying import Agreement, Said, compare, likeness, same, stated

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
NO_CASES: Mapping[str, Case] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Clash:
    """An error that the statement of a root cause quotes, and that no message of the clusters it explains bears out."""

    quoted: str
    agreement: Agreement
    sure: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a prediction after a run.

    reasons: a sentence for each case that is wrong or not judged, by its id. told: the run executed a case that should turn green.
    """

    verdict: Verdict
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    not_judged: tuple[str, ...]
    reasons: dict[str, str]
    told: bool


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


def judge(
    prediction: Prediction,
    after: Run,
    outcomes: Mapping[str, Outcome],
    known: Mapping[str, Case] = NO_CASES,
    *,
    late: bool = False,
) -> Judgement:
    """Say which cases came out as foretold, by a run and on top of what earlier runs said.

    outcomes: of the cases that have a result in the run, by their ids; any other did not run there under its name. known: the cases
    as they failed when the problem was seen. late: a run before the one that judged last, which tells only of what that left open.

    The first run that executes a case decides. After that, one that should turn green is right as soon as it passes, and wrong again
    only when the same failure comes back; one that should stay red may be mended by something else.
    """
    said = {**dict.fromkeys(prediction.right, "right"), **dict.fromkeys(prediction.wrong, "wrong")}
    failing = {case.id: case for case in after.cases}
    found: dict[str, list[str]] = {"right": [], "wrong": [], "": []}
    reasons: dict[str, str] = {}
    for cid, wanted in [*((c, "passed") for c in prediction.turns_green), *((c, "failed") for c in prediction.stays_red)]:
        seen = _seen(after.id, outcomes.get(cid), failing.get(cid), known.get(cid))
        was = said.get(cid, "")
        settled = was and (late or wanted == "failed" or not seen.outcome or (was == "right" and seen.otherwise))
        now = was if settled else "right" if seen.outcome == wanted else "wrong" if seen.outcome else ""
        found[now].append(cid)
        if now != "right":
            reasons[cid] = "it came out otherwise in another run" if settled else seen.reason
    verdict = _verdict(prediction, set(found["right"]), found["wrong"], found[""])
    told = any(outcomes.get(cid) not in {None, "skipped"} for cid in prediction.turns_green)
    return Judgement(verdict, tuple(found["right"]), tuple(found["wrong"]), tuple(found[""]), reasons, told=told)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What became of a case in a run; the outcome is empty when the run does not tell. otherwise: it failed with another error."""

    outcome: Literal["", "passed", "failed"]
    reason: str
    otherwise: bool = False


def _seen(run: str, outcome: Outcome | None, now: Case | None, then: Case | None) -> _Seen:
    if outcome is None:
        return _Seen("", f"it did not run in {run} under this name")
    if outcome == "skipped":
        return _Seen("", f"it was skipped in {run}")
    if outcome == "passed":
        return _Seen("passed", f"it passed in {run}")
    otherwise = now is not None and then is not None and not {now.fingerprint, now.cause} & {then.fingerprint, then.cause} - {""}
    return _Seen("failed", f"it failed in {run}{', with another error than before' if otherwise else ''}", otherwise)


def judged(prediction: Prediction, judgement: Judgement, run: str) -> Prediction:
    """The prediction with what a run said of it; a run that tells nothing of it leaves it as it was."""
    if not judgement.told:
        return prediction
    found = {"right": judgement.right, "wrong": judgement.wrong, "not_judged": judgement.not_judged}
    return prediction.model_copy(update={"verdict": judgement.verdict, "judged_by": run, **found})


def _verdict(prediction: Prediction, right: set[str], wrong: Sequence[str], open_: Sequence[str]) -> Verdict:
    """Confirmed: all came out as foretold. Refuted: of those that should turn green, none did. Else partly confirmed."""
    green = set(prediction.turns_green)
    if not green or green <= set(open_):
        return "not judged"
    if not green & right:
        return "refuted"
    return "partly confirmed" if wrong or open_ else "confirmed"
