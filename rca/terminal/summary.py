"""A compact summary of a worklog for the person who just ran the tests: verdicts, top clusters, what to do next."""

from __future__ import annotations

import os
import sys
from typing import Any

from rca.analysis.assess import not_run, overall, standing
from rca.analysis.next import next_steps
from rca.model import Problem, Worklog
from rca.text import figures
from rca.text.clean import one_line

TOP = 5


def wants_summary() -> bool:
    """Whether anybody looks at stderr."""
    return sys.stderr.isatty()


def print_summary(worklog: Worklog) -> None:
    """Print the summary to stderr, as wide as the terminal, in colour when it may be."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True, highlight=False, no_color="NO_COLOR" in os.environ or None)
    totals = overall(worklog.runs)
    states = {verdict.criterion.scope: verdict for verdict in worklog.verdicts}
    console.print()
    console.print(Text(worklog.title, style="bold"), Text(f"  {worklog.status}"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (
        ("category", "left"),
        ("passed", "right"),
        ("failing", "right"),
        ("rate", "right"),
        ("needed", "right"),
        ("verdict", "left"),
    ):
        table.add_column(name, justify=side, overflow="ellipsis", no_wrap=True)  # type: ignore[arg-type]
    results = standing(worklog.runs)
    shown = sorted(results.values(), key=lambda r: (r.totals.failing == 0,))[:12]
    for result in [r for r in results.values() if r in shown and r.totals.total]:
        _row(table, result.name, result.totals, states.get(result.name))
    if len(results) > len(shown):
        table.add_row(f"… {len(results) - len(shown)} more", "", "", "", "", "")
    for category in not_run(worklog.plan, worklog.runs):
        verdict = states.get(category.name)
        table.add_row(
            Text(one_line(category.name, 60)),
            "–",
            "–",
            "–",
            verdict.criterion.text if verdict else "–",
            Text("not run", style="yellow"),
        )
    _row(table, "All", totals, states.get("overall"))
    console.print(table)
    _clusters(console, worklog)
    _steps(console, worklog)


def _row(table: Any, name: str, totals: Any, verdict: Any) -> None:
    from rich.text import Text

    words = {"met": ("met", "green"), "unmet": ("not met", "red bold"), "not run": ("not run", "yellow")}
    word, style = words[verdict.state] if verdict else ("–", "")
    table.add_row(
        Text(one_line(name, 60)),
        f"{totals.passed:,}",
        f"{totals.failing:,}",
        figures.rate(totals.passed, totals.executed, verdict.criterion.threshold if verdict else None),
        verdict.criterion.text if verdict else "–",
        Text(word, style=style),
    )


def _clusters(console: Any, worklog: Worklog) -> None:
    from rich.text import Text

    failing = [cluster for cluster in worklog.clusters if cluster.failing]
    if not failing:
        return
    console.print()
    for cluster in failing[:TOP]:
        line = Text(f"{cluster.id[1:]:>3}  ", style="bold")
        line.append(f"{figures.count(len(cluster.cases), 'case'):<10} ", style="red")
        line.append(one_line(cluster.title, max(20, console.width - 18)), style="")
        console.print(line, no_wrap=True, overflow="ellipsis")
    if len(failing) > TOP:
        console.print(f"     and {figures.count(len(failing) - TOP, 'more cluster')}")


def _steps(console: Any, worklog: Worklog) -> None:
    from rich.text import Text

    steps = next_steps(worklog, most=4)
    if not steps:
        return
    console.print()
    for number, step in enumerate(steps):
        text = step.text + (f": {one_line(step.subject, 80)}" if step.subject else "") + (f": {step.command}" if step.command else "")
        console.print(
            Text("Next: " if number == 0 else "      ", style="bold"),
            Text(text),
            sep="",
            no_wrap=True,
            overflow="ellipsis",
        )


def print_problems(problems: list[Problem], most: int = 10) -> None:
    """Say on stderr what is wrong with the inputs: place, fault, next step; plain text, a line each."""
    for problem in problems[:most]:
        hint = f" ({one_line(problem.hint, 300)})" if problem.hint else ""
        sys.stderr.write(f"rca: {problem.severity}: {one_line(problem.place(), 200)}: {one_line(problem.message, 300)}{hint}\n")
    if len(problems) > most:
        sys.stderr.write(f"rca: and {len(problems) - most:,} more problems with the inputs; the worklog lists them\n")
