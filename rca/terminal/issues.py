"""The list of `rca issues`: a line for each, the title last, since it is what gives way on a narrow terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rca.model import Issue, IssuesRead
from rca.terminal.columns import cells, cut
from rca.text import figures
from rca.text.clean import one_line

SHOWN = 30
NARROW = 20  # cells that a title gets at least
_SHORT = {"minute": "min", "hour": "h", "day": "d", "month": "mon", "year": "y"}


def lines(issues: Sequence[Issue], *, now: datetime, width: int | None = None) -> Iterator[str]:
    """The first issues by their rank. width: of the terminal; None where lines may be as long as they like."""
    rows = [_row(issue, now) for issue in issues[:SHOWN]]
    if not rows:
        return
    filled = [column for column in range(len(rows[0])) if any(row[column] for row in rows)]
    widths = {column: max(cells(row[column]) for row in rows) for column in filled}
    for row in rows:
        head = "  ".join(row[column] + " " * (widths[column] - cells(row[column])) for column in filled[:-1])
        room = None if width is None else max(NARROW, width - cells(head) - 2)
        title = row[filled[-1]]
        yield f"{head}  {title if room is None else cut(title, room)}"
    if len(issues) > SHOWN:
        yield f"and {len(issues) - SHOWN:,} more; --format json lists all"


def _row(issue: Issue, now: datetime) -> tuple[str, ...]:
    pulls = ", ".join(f"{pull.ref} {pull.state}" for pull in issue.pulls[:2]) + (", …" if len(issue.pulls) > 2 else "")
    state = "" if issue.state == "open" else issue.state
    return (
        f"#{issue.number}",
        issue.priority,
        state,
        short_age(issue.created_at, now),
        figures.sentence_list(issue.clusters, 3),
        one_line(pulls, 60),
        one_line(issue.title, 300),
    )


def short_age(since: datetime | None, now: datetime) -> str:
    """How old something is: `12 d`."""
    if since is None:
        return ""
    number, _, unit = figures.age((now - since).total_seconds()).partition(" ")
    return f"{number} {_SHORT[unit.removesuffix('s')]}" if number.isdecimal() else "new"


def counts(read: IssuesRead, priorities: dict[str, int]) -> str:
    """What was read, in a sentence: `read 412 issues of acme/shop, 300 open (3 P0, 5 P1)`."""
    ranked = ", ".join(f"{number:,} {name}" for name, number in priorities.items() if number)
    where = f" of {read.repo}" if read.repo else ""
    return f"{figures.count(read.total, 'issue')}{where}, {read.open:,} open" + (f" ({ranked})" if ranked else "")
