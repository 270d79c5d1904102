"""The whole way in order: read reports, count and group, judge, make or extend a worklog."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from rca.analysis.assess import make_plan, not_run, settle, short_of_plan, standing
from rca.analysis.grouping import BEGINNINGS
from rca.analysis.merge import in_order, mark_failing, merge_clusters, note_known_reports
from rca.analysis.names import with_names
from rca.analysis.next import next_steps
from rca.analysis.verify import Results, Told, judge_all
from rca.causes.decisions import automatic, decide, highest_number
from rca.causes.explain import NOTHING, Background, explain, with_issues
from rca.causes.rank import rank
from rca.clock import clock
from rca.config import Config
from rca.document.render import render_html, render_json, render_markdown
from rca.document.view import Facts, NextStep, View, make_view
from rca.intake import Intake, Progress, take_in
from rca.model import Case, Context, Environment, Outcome, Prediction, Previous, Problem, Run, Service, Worklog
from rca.sources.ci import context_from
from rca.version import __version__

__all__ = ["Intake", "Progress", "add_run", "called", "clock", "context_from", "open_worklog", "relative_to", "render", "report", "take_in"]

GENERATOR = f"rca {__version__}"


def open_worklog(title: str, config: Config, now: datetime, *, previous: Previous | None = None, **header: str) -> Worklog:
    """Make a new, empty worklog with the plan of the configuration."""
    worklog = Worklog(
        generator=GENERATOR,
        id=worklog_id(now, title),
        title=title,
        focus=header.get("focus") or config.focus,
        session=header.get("session") or config.session,
        objective=header.get("objective") or config.objective,
        author=header.get("author", ""),
        environment=_environment(config, header.get("environment", "")),
        opened_at=now,
        time_zone=config.time_zone,
        services=tuple(Service(**service.model_dump()) for service in config.services),
        previous=previous,
        plan=make_plan(config),
    )
    return settle(worklog, config)


def _environment(config: Config, name: str) -> Environment | None:
    if not name:
        return config.environment
    if config.environment and config.environment.name == name:
        return config.environment
    return Environment(name=name)


def add_run(worklog: Worklog, intake: Intake, config: Config, background: Background = NOTHING, *, whole: bool = False) -> Worklog:
    """Add a run to a worklog and work out again what follows, with what is known beside it. The same inputs are added once.

    whole: cases that the run lacks are gone; of a run that is there already this may be said later.
    """
    if any(run.id == intake.run.id for run in worklog.runs):
        return _taken_as_whole(worklog, intake.run.id, config, background) if whole else worklog
    run = intake.run if intake.rows is None else with_names(intake.run, intake.rows)
    run = run.model_copy(update={"whole": True}) if whole else run
    runs = in_order((*worklog.runs, note_known_reports(run, worklog.runs)))
    plain = automatic(worklog)
    clusters = merge_clusters(runs, plain.clusters, intake.clusters, highest=highest_number(worklog))
    marked = mark_failing(runs, clusters)
    named = {group.begin for group in plain.groups}
    groups = (*plain.groups, *(group for group in intake.groups if group.begin not in named))
    changed = plain.model_copy(update={"runs": runs, "clusters": marked, "groups": groups[:BEGINNINGS], "generator": GENERATOR})
    run = next(run for run in runs if run.id == intake.run.id)
    return settle(decide(explain(changed, run, config, background)), config)


def _taken_as_whole(worklog: Worklog, run_id: str, config: Config, background: Background) -> Worklog:
    """A worklog that is told that one of its runs is the whole."""
    plain = automatic(worklog)
    runs = tuple(run.model_copy(update={"whole": True}) if run.id == run_id else run for run in plain.runs)
    clusters = mark_failing(runs, merge_clusters(runs, plain.clusters, ()))
    changed = plain.model_copy(update={"runs": runs, "clusters": clusters})
    run = next(run for run in runs if run.id == run_id)
    return settle(decide(explain(changed, run, config, background)), config)


def explain_again(worklog: Worklog, config: Config, background: Background) -> Worklog:
    """Work out again what the last run of a worklog means, with what is known by now."""
    if not worklog.runs:
        return with_issues(worklog, config, background)
    plain = automatic(worklog)
    return settle(decide(explain(plain, plain.runs[-1], config, background)), config)


def has_predictions(worklog: Worklog) -> bool:
    """Whether something was foretold that a run can judge."""
    return any(part.prediction and part.prediction.turns_green for part in worklog.investigations)


def judge_predictions(worklog: Worklog, run_id: str, results: Results) -> tuple[Worklog, list[Told]]:
    """Hold the predictions of a worklog against one of its runs, as far as that may judge them."""
    if not has_predictions(worklog):
        return worklog, []
    from rca.whys.prediction import judge, judged

    def tell(
        prediction: Prediction, after: Run, outcomes: Mapping[str, Outcome], known: Mapping[str, Case], *, late: bool
    ) -> tuple[Prediction, Mapping[str, str]]:
        judgement = judge(prediction, after, outcomes, known, late=late)
        return judged(prediction, judgement, after.id), judgement.reasons

    return judge_all(worklog, run_id, results, tell)


def relative_to(intake: Intake, folder: Path) -> Intake:
    """Name the inputs as seen from a folder, so that a record reads the same wherever rca was called."""

    def rename(path: str) -> str:
        absolute = os.path.abspath(path)
        inside = os.path.relpath(absolute, os.path.abspath(folder))
        return path if path in {"-", "all inputs"} or inside.startswith("..") else inside

    return _renamed(intake, rename)


def called(intake: Intake, names: Mapping[str, str]) -> Intake:
    """Name inputs, and what is in them, otherwise than by their paths: what is downloaded lies in a folder that soon is gone."""

    def rename(path: str) -> str:
        known = next((file for file in names if path == file or path.startswith(f"{file}:")), None)
        return path if known is None else names[known] + path[len(known) :]

    renamed = _renamed(intake, rename)
    problems = [found.model_copy(update={"path": rename(found.path)}) for found in intake.problems]
    return replace(renamed, problems=problems)


def _renamed(intake: Intake, rename: Callable[[str], str]) -> Intake:
    def problem(found: Problem) -> Problem:
        return found.model_copy(update={"path": rename(found.path)})

    sources = tuple(
        source.model_copy(update={"path": rename(source.path), "problems": tuple(problem(p) for p in source.problems)})
        for source in intake.run.sources
    )
    return replace(intake, run=intake.run.model_copy(update={"sources": sources}))


def report(
    paths: list[str],
    config: Config,
    *,
    now: datetime,
    title: str = "",
    context: Context | None = None,
    stdin: IO[bytes] | None = None,
    progress: Progress | None = None,
    taken: Callable[[Intake], Intake] = lambda intake: intake,
) -> tuple[Worklog, Intake]:
    """One shot, no state: read reports and make the worklog of them. It is dated by its reports, else by `now`.

    taken: says of what was read where it came from.
    """
    intake = taken(take_in(paths, config, context=context, stdin=stdin, progress=progress))
    opened = intake.run.started_at or now
    worklog = open_worklog(title or config.title or _title(config), config, opened)
    return add_run(worklog, intake, config), intake


def _title(config: Config) -> str:
    where = f" on {config.environment.name}" if config.environment else ""
    focus = f"{config.focus.capitalize()} tests" if config.focus else "Test run"
    return f"{focus}{where}"


def worklog_id(moment: datetime, title: str) -> str:
    """Date in UTC and a slug of the title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return f"{moment.astimezone(UTC):%Y-%m-%d}-{slug or 'worklog'}"


def facts_of(worklog: Worklog) -> Facts:
    """A worklog with what follows from it, as the faces and what is published show it."""
    return Facts(
        worklog,
        standing(worklog.runs),
        tuple(not_run(worklog.plan, worklog.runs)),
        tuple(short_of_plan(worklog.plan, worklog.runs)),
        tuple(entry.cluster.id for entry in rank(worklog)),
        tuple(NextStep(step.text, step.subject, step.command) for step in next_steps(worklog)),
        _rules_set_aside(worklog),
    )


def _rules_set_aside(worklog: Worklog) -> dict[int, str]:
    """The titles of the rules that somebody set aside, by their numbers."""
    numbers = {override.rule for part in worklog.investigations for override in part.overrides}
    if not numbers:
        return {}
    from rca.whys.rules.table import RULES

    return {number: RULES[number].title for number in numbers if number in RULES}


def view_of(worklog: Worklog) -> View:
    """Compute all that a face shows."""
    return make_view(facts_of(worklog))


def render(worklog: Worklog, form: str = "md", template: Path | None = None) -> str:
    """Render a worklog as `md`, `html` or `json`."""
    if form == "json":
        return render_json(worklog)
    markdown = render_markdown(view_of(worklog), worklog, template)
    return markdown if form == "md" else render_html(markdown, worklog.title)
