"""A compact summary of a worklog for the person who just ran the tests: verdicts, top clusters, what to do next."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rca.analysis.assess import not_run, overall, standing
from rca.analysis.next import Step, next_steps
from rca.causes.standing import older, standing_of
from rca.model import Cluster, CriterionResult, Problem, Totals, Worklog
from rca.terminal.columns import Line, Piece, fold, layout
from rca.terminal.speak import looked_at, plain, say, say_folded, terminal_width
from rca.text import figures
from rca.text.clean import clean, one_line

TOP_CLUSTERS = 5
TOP_ROWS = 12
TOP_STEPS = 4
NARROW = 60
WIDEST = 120

_STATES = {
    "met": ("met", "green"),
    "unmet": ("not met", "bold red"),
    "not run": ("not run", "yellow"),
    "failing": ("failing", "red"),
    "passing": ("passing", "green"),
}
_GOOD = {"passing", "verified", "fix deployed"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of verdicts."""

    name: str
    totals: Totals
    verdict: CriterionResult | None
    planned: int | None = None

    @property
    def rank(self) -> int:
        """What needs attention comes first: not met, then failing without a criterion, then not run."""
        state = self.verdict.state if self.verdict else ""
        if state == "unmet":
            return 0
        if self.totals.failing:
            return 1
        return 2 if not self.totals.executed else 3


def print_summary(worklog: Worklog, *, after_document: bool = False) -> None:
    """Print the summary to stderr, as wide as the terminal, in colour when it may be.

    after_document: the worklog itself was just printed to stdout; a rule divides them if that is the same screen.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, emoji=False, markup=False, no_color="NO_COLOR" in os.environ or None)
    width = terminal_width()
    lines = list(summary(worklog, min(width, WIDEST)))
    if after_document and sys.stdout is not None and sys.stdout.isatty():
        lines.insert(0, [("─" * width, "dim")])
    for line in lines:
        console.print(Text.assemble(*((plain(text, one_cell=True), style) for text, style in line)), soft_wrap=True)


def summary(worklog: Worklog, width: int) -> Iterator[Line]:
    """The lines of the summary, none of them wider than `width` except for commands, which must stay whole."""
    yield []
    yield from _head(worklog, width)
    rows = _rows(worklog)
    if rows:
        yield []
        yield from _table(rows, overall(worklog.runs), worklog, width)
    failing = [cluster for cluster in worklog.clusters if cluster.failing]
    if failing:
        yield []
        yield from _clusters(failing, width)
    steps = [step for step in next_steps(worklog) if step.text]
    if steps:
        yield []
        yield from _steps(steps, worklog, width)


def _head(worklog: Worklog, width: int) -> Iterator[Line]:
    """Title, then the verdict in a sentence."""
    for text in fold(one_line(worklog.title), width, 3):
        yield [(text, "bold")]
    good = worklog.status in _GOOD
    for number, text in enumerate(fold(_sentence(worklog), width, 4)):
        verdict, _, rest = text.partition(".") if number == 0 else ("", "", text)
        yield [(verdict + "." if verdict else "", "green" if good else "bold red"), (rest, "")]


def _sentence(worklog: Worklog) -> str:
    states = {verdict.state for verdict in worklog.verdicts}
    totals = overall(worklog.runs)
    word = "Nothing ran" if not totals.executed else "Criteria not met" if "unmet" in states else ""
    if not word:
        word = "Not everything ran" if "not run" in states else "All criteria met" if states else "No criteria were set"
    parts = [word]
    if totals.executed:
        parts.append(f"{totals.passed:,} of {figures.count(totals.executed, 'case')} passed")
    if totals.flaky:
        parts.append(f"{totals.flaky:,} of them only at a later attempt")
    if totals.skipped:
        parts.append(f"{totals.skipped:,} skipped")
    carried = standing_of(worklog.runs).carried()
    if carried:
        told = older(carried)
        parts.append(told[:1].lower() + told[1:])
    missing = len(not_run(worklog.plan, worklog.runs))
    if missing:
        parts.append(f"{figures.count(missing, 'planned category', 'planned categories')} did not run")
    return f"{parts[0]}. {', '.join(parts[1:])}." if len(parts) > 1 else f"{parts[0]}."


def _rows(worklog: Worklog) -> list[Row]:
    """The categories, those that need attention first, otherwise in the order of the plan."""
    verdicts = {verdict.criterion.scope: verdict for verdict in worklog.verdicts}
    results = standing(worklog.runs)
    planned = {category.name: category.planned for category in worklog.plan.categories}
    names = dict.fromkeys([*planned, *results])
    rows = [Row(name, results[name].totals if name in results else Totals(), verdicts.get(name), planned.get(name)) for name in names]
    return sorted((row for row in rows if row.totals.total or row.name in planned), key=lambda row: row.rank)


def _table(rows: Sequence[Row], whole: Totals, worklog: Worklog, width: int) -> Iterator[Line]:
    """Category, passed, rate, needed, verdict; a narrow terminal gets fewer columns, never cut figures."""
    verdicts = {verdict.criterion.scope: verdict for verdict in worklog.verdicts}
    if len(rows) == 1:
        # What holds for all holds for the only one.
        rows = [replace(rows[0], verdict=rows[0].verdict or verdicts.get("overall"))]
    shown, rest = rows[:TOP_ROWS], rows[TOP_ROWS:]
    lines: list[list[Piece]] = [[(word, "dim") for word in ("category", "passed", "rate", "needed", "verdict")]]
    lines += [_cells(row) for row in shown]
    if rest:
        failing = sum(bool(row.totals.failing) for row in rest)
        said = f"{failing:,} of them failing" if failing else "none of them failing"
        lines.append([(f"and {len(rest):,} more, {said}", "dim"), *[("", "")] * 4])
    if len(rows) > 1:
        lines.append([(text, f"bold {style}".strip()) for text, style in _cells(Row("All", whole, verdicts.get("overall")))])
    keep = (0, 1, 2, 3, 4) if width >= NARROW else (0, 2, 4)
    yield from layout([[line[column] for column in keep] for line in lines], ["l", "r", "r", "r", "l"], keep, width)


def _cells(row: Row) -> list[Piece]:
    totals, verdict = row.totals, row.verdict
    word, style = _STATES[verdict.state if verdict else "failing" if totals.failing else "passing" if totals.executed else "not run"]
    whole = totals.executed or row.planned
    passed = f"{totals.passed:,} of {whole:,}" if whole else "–"
    return [
        (one_line(row.name, 200), ""),
        (passed, ""),
        (figures.rate(totals.passed, totals.executed, verdict.criterion.threshold if verdict else None), ""),
        (verdict.criterion.text if verdict else "–", ""),
        (word, style),
    ]


def _clusters(failing: Sequence[Cluster], width: int) -> Iterator[Line]:
    """The largest clusters: number, size, and what they have in common."""
    cases = sum(len(cluster.cases) for cluster in failing)
    groups = figures.count(len(failing), "cluster of equal errors", "clusters of equal errors")
    yield [(f"{figures.count(cases, 'failure')} in {groups}", "bold")]
    sizes = [figures.count(len(cluster.cases), "case") for cluster in failing[:TOP_CLUSTERS]]
    widest = max(len(size) for size in sizes)
    for cluster, size in zip(failing[:TOP_CLUSTERS], sizes, strict=True):
        head = f"{cluster.id[1:]:>3}  {size:>{widest}}  "
        texts = fold(one_line(cluster.title, 400), max(16, width - len(head)), 2 if width >= NARROW else 3)
        yield [(head, "bold red"), (texts[0], "")]
        for text in texts[1:]:
            yield [(" " * len(head), ""), (text, "")]
    left = failing[TOP_CLUSTERS:]
    if left:
        yield [(f"     and {figures.count(len(left), 'smaller cluster')}, in the worklog", "dim")]


def _steps(steps: Sequence[Step], worklog: Worklog, width: int) -> Iterator[Line]:
    """What to do next; a command that does not fit stands on a line of its own, whole, to be copied."""
    yield [("Next", "bold")]
    listed = {cluster.title for cluster in [c for c in worklog.clusters if c.failing][:TOP_CLUSTERS]}
    shown = steps if len(steps) <= TOP_STEPS else steps[: TOP_STEPS - 1]
    for number, step in enumerate(shown, 1):
        subject = "" if not step.subject or step.subject in listed else f": {one_line(step.subject, 200)}"
        yield from _step(f"{number:>3}. ", one_line(step.text, 200) + subject, clean(step.command), width)
    if len(steps) > len(shown):
        yield [("     and more, in the worklog", "dim")]


def _step(head: str, text: str, command: str, width: int) -> Iterator[Line]:
    texts = fold(text, max(16, width - len(head)), 3)
    if command and len(texts) == 1 and len(head) + len(text) + 2 + len(command) <= width:
        yield [(head, ""), (f"{text}: ", ""), (command, "cyan")]
        return
    for number, part in enumerate(texts):
        colon = ":" if command and number == len(texts) - 1 else ""
        yield [(head if number == 0 else " " * len(head), ""), (part + colon, "")]
    if command:
        yield [(" " * len(head), ""), (command, "cyan")]


def print_problems(problems: list[Problem], most: int = 10) -> None:
    """Say on stderr what is wrong with the inputs: place, fault, next step; a line each, folded on a terminal."""
    width = terminal_width() if looked_at() else 0
    for problem in problems[:most]:
        hint = f" ({one_line(problem.hint, 300)})" if problem.hint else ""
        text = f"rca: {problem.severity}: {one_line(problem.place(), 200)}: {one_line(problem.message, 300)}{hint}"
        if width:
            say_folded(text, width)
        else:
            say(text)
    if len(problems) > most:
        say(f"rca: and {len(problems) - most:,} more problems with the inputs; the worklog lists them")
