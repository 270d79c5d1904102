"""The rules as functions over an investigation, its worklog, and what the worklog holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from rca.model import Investigation, Worklog
from rca.whys.ground import Ground
from rca.whys.rules import actions, cause, chain, evidence, language, problem
from rca.whys.rules.table import Finding

Check = Callable[[Investigation, Worklog, Ground], Iterator[Finding]]

CHECKS: dict[int, Check] = {
    1: problem.problem,
    2: chain.questions,
    3: chain.restatements,
    4: evidence.evidence,
    5: evidence.commits,
    6: chain.joined,
    7: chain.legs,
    8: chain.edges,
    9: cause.prediction,
    10: cause.clusters,
    11: chain.leaves,
    12: language.people,
    13: actions.actions,
    14: evidence.statuses,
    15: problem.numbers,
}


def check(investigation: Investigation, worklog: Worklog, ground: Ground | None = None) -> tuple[Finding, ...]:
    """All findings on an investigation, by rule, with the reason where one was overridden.

    ground: of this worklog or one with the same runs and clusters, when it was made before.
    """
    ground = ground or Ground(worklog)
    found = [finding for number in CHECKS for finding in CHECKS[number](investigation, worklog, ground)]
    reasons: dict[tuple[int, str], str] = {}
    for override in investigation.overrides:
        reasons.setdefault((override.rule, override.where), override.reason)
    return tuple(_overridden(finding, reasons) for finding in found)


def check_record(worklog: Worklog, ground: Ground | None = None) -> dict[str, tuple[Finding, ...]]:
    """Findings on all investigations of a record by their ids; of one that is not finished, errors are warnings still."""
    ground = ground or Ground(worklog)
    found: dict[str, tuple[Finding, ...]] = {}
    for investigation in worklog.investigations:
        findings = check(investigation, worklog, ground)
        if investigation.finished_at is None:
            findings = tuple(replace(finding, severity="warning") for finding in findings)
        found[investigation.id] = findings
    return found


def open_errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Errors that nobody set aside."""
    return tuple(finding for finding in findings if finding.severity == "error" and not finding.overridden)


def _overridden(finding: Finding, reasons: Mapping[tuple[int, str], str]) -> Finding:
    """The finding with the reason for which its rule was set aside, at this place or everywhere."""
    reason = reasons.get((finding.rule, finding.where)) or reasons.get((finding.rule, ""))
    return replace(finding, overridden=reason) if reason else finding
