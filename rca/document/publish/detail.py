"""How much a body tells. Each step of a ladder leaves out more, in one order, until the body fits: never a part of a part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rca.errors import RcaError
from rca.text import figures


@dataclass(frozen=True, slots=True)
class Detail:
    """What is shown of a worklog.

    clusters: that are shown in full. traces: clusters with their trace. lines: of a trace. cases: that are listed for a cluster.
    listed: further clusters, a line each. slowest: the slowest tests. passing: tests that pass again. suspects: whether all of
    them are shown, with their scores.
    """

    clusters: int
    traces: int
    lines: int
    cases: int
    listed: int
    slowest: bool = False
    passing: bool = True
    suspects: bool = True


COMMENT = Detail(clusters=5, traces=3, lines=12, cases=20, listed=25)
SUMMARY = Detail(clusters=20, traces=20, lines=24, cases=50, listed=100, slowest=True)


def ladder(full: Detail) -> list[Detail]:
    """From all down to the least: tests that pass, long traces, suspects but the first, cases beyond the first of a cluster, clusters."""
    steps = [full, replace(full, slowest=False, passing=False)]
    for lines, traces in ((12, full.traces), (8, full.traces), (8, 3), (5, 1)):
        steps.append(replace(steps[-1], lines=min(full.lines, lines), traces=min(full.traces, traces)))
    steps.append(replace(steps[-1], suspects=False))
    for cases in (10, 3, 0):
        steps.append(replace(steps[-1], cases=min(full.cases, cases)))
    for clusters, listed in ((5, 20), (3, 10), (1, 5), (0, 3), (0, 0)):
        last = replace(steps[-1], clusters=min(full.clusters, clusters), listed=min(full.listed, listed))
        steps.append(replace(last, traces=min(last.traces, clusters)))
    return steps


@dataclass(frozen=True, slots=True)
class Body:
    """A text that fits where it goes, and what it leaves out, in words."""

    text: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """The characters and the bytes in UTF-8 that GitHub takes."""

    characters: int
    size: int

    def holds(self, text: str) -> bool:
        """Whether a text fits."""
        return len(text) <= self.characters and (4 * len(text) <= self.size or len(text.encode()) <= self.size)


COMMENT_LIMIT = Limit(65_536, 262_144)
# The column that holds them counts bytes, wherever it is told in characters.
CHECK_LIMIT = Limit(65_535, 65_535)


def fitting(render: Callable[[Detail], tuple[str, tuple[str, ...]]], full: Detail, limit: Limit, what: str) -> Body:
    """The fullest body that fits. Raises RcaError when even the shortest does not, as a team's own template may have it."""
    text = ""
    for detail in ladder(full):
        text, left_out = render(detail)
        if limit.holds(text):
            return Body(text, left_out)
    message = f"{what} takes {len(text):,} characters at its shortest, and GitHub takes {limit.characters:,}"
    raise RcaError(message, "print less in the template, or leave --template out")


def told(parts: Iterable[tuple[int, str, str]]) -> tuple[str, ...]:
    """What is left out, in words, where it is any: number, singular, plural."""
    return tuple(figures.count(number, one, many) for number, one, many in parts if number > 0)
