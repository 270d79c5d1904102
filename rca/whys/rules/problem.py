"""Rules on the problem and on numbers: 1 and 15."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rca.model import Investigation, Run, Worklog
from rca.whys.ground import Ground
from rca.whys.rules.table import RULES, Finding
from rca.whys.words import without_quotes

_PAIR = re.compile(
    r"(?<![\w.,])(\d{1,3}(?:,\d{3}){1,3}|\d{1,9})\s{0,3}(?:/|of|out of|von|sur|de|di|av)"
    r"\s{0,3}(\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?![\w/]|[.,]\d)",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d{1,6})?)\s?%")
_NUMBER = re.compile(r"\d")
ROUNDING = 0.51


def environment_of(worklog: Worklog, run: Run | None) -> str:
    """Name of the environment in which a run ran, empty when nobody said."""
    return (run.context.environment if run else None) or (worklog.environment.name if worklog.environment else "")


def problem(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 1."""
    text = investigation.problem
    unknown = [cid for cid in investigation.clusters if cid not in ground.clusters]
    if unknown:
        yield _one("clusters", f"cluster {unknown[0][:80]!r} is not in this worklog")
    elif not investigation.clusters and not any(word.strip("`'\"“”,;()") in ground.cases for word in text.split()):
        yield _one("clusters", "the problem names no failing cluster or case")
    if not _NUMBER.search(text):
        yield _one("problem", "the problem does not say how many cases fail")
    run = ground.runs.get(investigation.run)
    if run is None:
        told = f"run {investigation.run[:80]!r} is not in this worklog" if investigation.run else "the problem names no run"
        yield _one("problem", told)
    name = environment_of(worklog, run)
    if name and name.lower() not in text.lower():
        yield _one("problem", f"the problem does not say where it fails ({name})")


def _one(field: str, message: str) -> Finding:
    return Finding(1, "error", "problem", field, message, RULES[1].hint)


def numbers(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 15."""
    del worklog
    run = ground.runs.get(investigation.run)
    if run is None:
        return
    cause = investigation.root_cause
    texts = [("problem", "problem", investigation.problem)]
    texts += [("root_cause", "statement", cause.statement)] if cause else []
    pairs = _pairs(investigation, run, ground)
    for where, field, text in texts:
        plain = without_quotes_kept_fractions(text)
        wrong = [match[0] for match in _PAIR.finditer(plain) if (_number(match[1]), _number(match[2])) not in pairs]
        shares = [match[0] for match in _SHARE.finditer(plain) if not _is_share(float(match[1].replace(",", ".")), pairs)]
        if wrong or shares:
            derived = f"{len(ground.cases_of(investigation.clusters)):,} of {run.totals.total:,} cases"
            message = f"{', '.join([*wrong, *shares][:4])} does not follow from {run.id}: there are {derived}"
            yield Finding(15, "error", where, field, message, RULES[15].hint)


def without_quotes_kept_fractions(text: str) -> str:
    """The text without quotes and code, where `7/27` is no path."""
    return without_quotes(re.sub(r"(?<![\w/.])(\d{1,9})/(\d{1,9})(?![\w/.])", r"\1 of \2", text))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _pairs(investigation: Investigation, run: Run, ground: Ground) -> set[tuple[int, int]]:
    """All that may be said as «n of m»: cases of the clusters, passed and failed ones of the run and of its categories."""
    counts = {len(ground.cases_of(investigation.clusters))}
    counts |= {len(ground.clusters[cid].cases) for cid in investigation.clusters if cid in ground.clusters}
    found = set()
    for totals in (run.totals, *(part.totals for part in run.categories)):
        red = totals.failed + totals.error
        for whole in (totals.total, totals.total - totals.skipped, red):
            found |= {(part, whole) for part in (totals.passed, red, totals.skipped, whole, *counts)}
    failing = len(ground.failing)
    return found | {(n, failing) for n in range(len(investigation.clusters) + 1)}


def _is_share(share: float, pairs: set[tuple[int, int]]) -> bool:
    return any(whole and abs(100 * part / whole - share) <= ROUNDING for part, whole in pairs)
