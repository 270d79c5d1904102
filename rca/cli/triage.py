"""`rca triage`: the clusters in the order in which they deserve attention, and the decisions about them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rca.causes.orders import OrderError, cluster_of
from rca.causes.rank import rank
from rca.cli.common import Project, json_text, project, words, write_out
from rca.model import Worklog
from rca.terminal import triage as terminal
from rca.terminal.screen import PIPE_WIDTH, columns, in_colour, is_plain, text_of
from rca.terminal.triage_text import Screen, decisions_on


def triage(
    given: Sequence[str],
    name: str | None,
    config: Path | None,
    *,
    form: str,
    plain: bool,
    author: str,
    cases: Sequence[str],
    force: bool,
) -> int:
    """Show the clusters, or take a decision; on a terminal, and with nothing else said, walk through them."""
    typed = [words(word) for word in given]
    action = terminal.action_of(typed[0]) if typed else "list"
    rest = typed if typed and action == "show" and typed[0] not in {"show", "open"} else typed[1:]
    if cases and action != "split":
        raise OrderError("--cases belongs to split", f"write it like: {terminal.ACTIONS['split'].usage}")
    here = project(config)
    worklog_id = here.archive.find(name)
    author = words(author)
    if not typed and form == "text" and _is_watched():
        return _walk(here, worklog_id, author=author, force=force, plain=plain or is_plain())
    if terminal.ACTIONS[action].kind or action in {"undo", "redo"}:
        return _decide(here, worklog_id, action, [*rest, *(words(glob) for glob in cases)], form=form, author=author, force=force)
    return _show(here.archive.load(worklog_id), action, rest, form=form, plain=plain)


def _is_watched() -> bool:
    """Whether a person sits at both ends."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _walk(here: Project, worklog_id: str, *, author: str, force: bool, plain: bool) -> int:
    from rca.workflow import clock

    walk = terminal.Walk(
        load=lambda: here.archive.load(worklog_id),
        change=lambda edit: here.archive.change(worklog_id, edit, force=force),
        clock=clock,
        author=author,
    )
    return terminal.run(walk, plain=plain)


def _show(worklog: Worklog, action: str, rest: Sequence[str], *, form: str, plain: bool) -> int:
    """The list, one cluster, its cases, or the decisions."""
    wanted = None
    if action in {"show", "cases"}:
        if not rest:
            raise OrderError(f"{action} needs a cluster", f"write it like: rca triage {terminal.ACTIONS[action].usage}")
        wanted = cluster_of(worklog, rest[0])
    if form == "json":
        write_out(json_text(document(worklog, wanted.id if wanted else "")), None)
        return 0
    whole = sys.stdout is None or not sys.stdout.isatty()
    screen = Screen(worklog, PIPE_WIDTH if whole else columns(), whole=whole)
    if wanted:
        lines = screen.cluster(wanted.id) if action == "show" else screen.cases(wanted)
    else:
        lines = screen.decisions() if action == "decisions" else screen.all()
    write_out(text_of(lines, colour=not whole and not plain and in_colour()), None)
    return 0


def _decide(here: Project, worklog_id: str, action: str, rest: Sequence[str], *, form: str, author: str, force: bool) -> int:
    """Take a decision, and print what it changed."""
    from rca.workflow import clock

    order = None if action in {"undo", "redo"} else terminal.order_of(action, rest)
    if order is None and rest:
        raise OrderError(f"{action} takes nothing more", f"it is about the last decision: rca triage {action}")
    made: list[terminal.Change] = []

    def edit(newest: Worklog) -> Worklog:
        made.append(terminal.decide(newest, action, order, at=clock(), author=author))
        return made[-1].worklog

    stored = here.archive.change(worklog_id, edit, force=force)
    change = made[-1]
    if form == "json":
        decision = change.decision
        taken = next((d for d in stored.decisions if decision and d.id == decision.id), None)
        facts = {"worklog": stored.id, "revision": stored.revision, "changed": decision is not None, "said": change.said}
        write_out(json_text({**facts, "decision": taken.model_dump(mode="json") if taken else None}), None)
    else:
        write_out(text_of([[(change.said, "")]]), None)
    return 0


def document(worklog: Worklog, only: str = "") -> dict[str, Any]:
    """What programs get; docs/triage.md describes it. `only`: the id of one cluster."""
    clusters = []
    for place, entry in enumerate(rank(worklog), 1):
        cluster = entry.cluster
        if only and cluster.id != only:
            continue
        facts = cluster.model_dump(mode="json")
        clusters.append(
            {
                "id": facts.pop("id"),
                "rank": place,
                "score": entry.score,
                "score_parts": [part.model_dump(mode="json") for part in entry.parts],
                **facts,
                "upstreams": [upstream.id for upstream in worklog.upstreams if cluster.id in upstream.clusters],
                "decisions": [decision.id for decision in decisions_on(worklog, cluster)],
            }
        )
    last = worklog.runs[-1] if worklog.runs else None
    return {
        "worklog": worklog.id,
        "title": worklog.title,
        "status": worklog.status,
        "revision": worklog.revision,
        "run": last.id if last else None,
        "history": last.history.model_dump(mode="json") if last and last.history else None,
        "clusters": clusters,
        "upstreams": [upstream.model_dump(mode="json") for upstream in worklog.upstreams],
        "decisions": [decision.model_dump(mode="json") for decision in worklog.decisions],
    }
