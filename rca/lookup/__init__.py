"""Look up what is known beside the reports: earlier runs, known issues, earlier worklogs, commits.

Nothing here may keep a run from being recorded: what cannot be had is told as a problem of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from rca.archive.records import Archive
from rca.causes.explain import Background, spans
from rca.causes.matching import known_rules
from rca.causes.suspects import Lineup, line_up
from rca.config import Config
from rca.errors import RcaError
from rca.history import append, look_back, open_store
from rca.intake import Intake
from rca.lookup.kept import Kept, kept_issues
from rca.model import Decision, History, Problem
from rca.sources.git import commits_between
from rca.text.clean import one_line
from rca.text.redact import redact

# Spans of commits that are looked at for one run; each costs a few calls of git.
MOST_SPANS = 4
SECONDS = 20.0
LONGEST_TOLD = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: the project's folder and configuration, its records, and the variables of the process."""

    folder: Path
    config: Config
    archive: Archive
    environment: Mapping[str, str]


def look_up(
    place: Place, intake: Intake, worklog_id: str, *, now: datetime, issues: Kept | None, decisions: Sequence[Decision] = ()
) -> tuple[Background, Intake]:
    """Store the run in the history and gather what is known of it; the intake comes back with the problems met on the way.

    issues: those that were just read; None for those kept from the last time.
    """
    problems: list[Problem] = []
    kept = _kept(place, problems) if issues is None else issues
    known = kept.issues if kept is not None else None
    # A rule of the configuration that cannot be read stops the command: nothing must have been stored by then.
    rules, faults = known_rules(place.config.known, known or (), decisions)
    problems += [Problem(code="issue-rule", severity="warning", message=fault, path="issues") for fault in faults]
    history = _remembered(place, intake, now, problems)
    background = Background(
        history=history,
        issues=known if known is not None or not rules else [],
        issues_read=kept.about if kept is not None else None,
        rules=rules,
        earlier=place.archive.earlier(intake.clusters, but=worklog_id),
        lineups=_lineups(place, intake, history, now) if history is not None else {},
        today=(intake.run.started_at or now).astimezone(place.config.zone).date(),
    )
    if problems:
        run = intake.run.model_copy(update={"notes": (*intake.run.notes, *problems)})
        intake = replace(intake, run=run, problems=[*intake.problems, *(p for p in problems if p.severity != "note")])
    return background, intake


def _kept(place: Place, problems: list[Problem]) -> Kept | None:
    """The issues that were read last; None when none were."""
    try:
        return kept_issues(place.folder)
    except RcaError as error:
        hint = "read them again with `rca issues`, or with `rca ingest --issues FILE`"
        problems.append(Problem(code="issues", severity="warning", message=error.message, path="issues", hint=hint))
        return None


def issues_and_rules(place: Place, kept: Kept, decisions: Sequence[Decision]) -> Background:
    """What is known when only the issues are new."""
    rules, _ = known_rules(place.config.known, kept.issues, decisions)
    return Background(issues=kept.issues, issues_read=kept.about, rules=rules)


def remember(place: Place, intake: Intake, *, now: datetime) -> None:
    """Put a run into the history only. Raises HistoryError when that cannot be done."""
    if intake.rows is not None:
        append(open_store(place.config.history.store, place.folder, place.environment), intake.run, intake.rows, now=now)


def _remembered(place: Place, intake: Intake, now: datetime, problems: list[Problem]) -> History | None:
    """Append the run and look back; without a usable store the run is recorded all the same, and says so."""
    try:
        store = open_store(place.config.history.store, place.folder, place.environment)
        if intake.rows is not None:
            append(store, intake.run, intake.rows, now=now)
        history = look_back(store, intake.run, place.config.history)
    except RcaError as error:
        problems.append(_storable(Problem(code="history", severity="warning", message=error.message, path="history", hint=error.hint)))
        return History(note="the history could not be used")
    problems += map(_storable, store.problems)
    return history


def _storable(problem: Problem) -> Problem:
    """A problem of the store without the secrets and the broken characters that its address may hold."""
    texts = {name: one_line(redact(getattr(problem, name)), LONGEST_TOLD) for name in ("message", "path", "hint")}
    return problem.model_copy(update=texts)


def _lineups(place: Place, intake: Intake, history: History, now: datetime) -> dict[tuple[str | None, str | None], Lineup]:
    """The commits of the spans that matter, as far as the run names its commit."""
    if not intake.run.context.commit:
        return {}
    day = (intake.run.started_at or now).date()
    wanted = spans(intake.run, intake.clusters, history, place.config, day)[:MOST_SPANS]
    share = SECONDS / max(1, len(wanted))
    return {(good, bad): line_up(commits_between(place.folder, good, bad, seconds=share)) for good, bad in wanted}
