"""A film of a terminal as one SVG: styles alone move it, so it plays wherever a picture is shown, and stands still for who asks for that.

Lines of a terminal are only ever added, or drawn again while somebody types. So each line is drawn once for each text that it had, and is
shown for as long as it had it. What is typed comes out from behind a cover, which moves on by a character at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from screen import Cell, Screen, Style

WIDE, HIGH, EDGE = 8.4, 18.0, 14.0
KEY = 0.028  # seconds that a key takes

# Colours of a terminal by their number: for a light page and for a dark one.
COLOURS = {
    1: ("#b42318", "#ff8b7e"),
    2: ("#1a7f37", "#56d364"),
    3: ("#8a5a00", "#e3b341"),
    4: ("#0550ae", "#79c0ff"),
    6: ("#0f766e", "#56d4dd"),
}
GREYS = set(range(102, 103)) | {8}


@dataclass(frozen=True, slots=True)
class Frame:
    """What is on the screen for so many seconds. typed: it came about key by key."""

    lines: tuple[tuple[Cell, ...], ...]
    top: int
    seconds: float
    typed: bool = False

    @classmethod
    def of(cls, screen: Screen, seconds: float, *, typed: bool = False) -> Frame:
        """The frame that a screen shows now."""
        lines = tuple(tuple(line) for line in screen.lines)
        return cls(lines, screen.top, seconds, typed)


@dataclass(frozen=True, slots=True)
class Take:
    """A text that a line had. typed: when typing it began and ended, and how many cells stood there before."""

    row: int
    line: tuple[Cell, ...]
    start: float
    end: float
    typed: tuple[float, float, int] | None = None


def timed(frames: Sequence[Frame]) -> tuple[list[tuple[float, Frame]], float]:
    """Frames with the moments at which they begin, and how long all is; typing comes before the time for which its result is shown."""
    found, at = [], 0.0
    before: Frame | None = None
    for frame in frames:
        found.append((at, frame))
        at += frame.seconds + (KEY * len(keys(before, frame)) if frame.typed and before else 0)
        before = frame
    return found, at


def keys(before: Frame, after: Frame) -> list[tuple[int, int]]:
    """What was typed between two frames: rows and columns, a cell each."""
    found = []
    for row, line in enumerate(after.lines):
        old = before.lines[row] if row < len(before.lines) else ()
        if bare(line) != bare(old):
            found += [(row, column) for column in range(common(old, line), len(bare(line)))]
    return found


def bare(line: Sequence[Cell]) -> tuple[Cell, ...]:
    """The line without the empty cells at its end."""
    end = len(line)
    while end and line[end - 1] == Cell():
        end -= 1
    return tuple(line[:end])


def common(one: Sequence[Cell], other: Sequence[Cell]) -> int:
    """How many cells two lines have in common at their start."""
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    return same


def takes(frames: Sequence[Frame]) -> tuple[list[Take], float]:
    """All texts of all lines, and how long the film is."""
    found: list[Take] = []
    open_takes: dict[int, Take] = {}
    moments, total = timed(frames)
    before: Frame | None = None
    for at, frame in moments:
        typed = keys(before, frame) if frame.typed and before else []
        for row in range(max(len(frame.lines), len(before.lines) if before else 0)):
            line = bare(frame.lines[row]) if row < len(frame.lines) else ()
            old = open_takes.get(row)
            if old and old.line == line:
                continue
            if old:
                found.append(Take(row, old.line, old.start, at, old.typed))
                del open_takes[row]
            if line:
                own = [number for number, (where, _) in enumerate(typed) if where == row]
                when = (at + own[0] * KEY, at + (own[-1] + 1) * KEY, typed[own[0]][1]) if own else None
                open_takes[row] = Take(row, line, at, total, when)
        before = frame
    return [*found, *open_takes.values()], total


# -- drawing -----------------------------------------------------------------------------------------------------------


def svg(frames: Sequence[Frame], columns: int, rows: int, *, title: str, about: str, poster: int) -> str:
    """The film. poster: the frame that is shown where nothing moves."""
    found, total = takes(frames)
    moments, _ = timed(frames)
    still = moments[poster + 1][0] - 0.001 if poster + 1 < len(moments) else total - 0.001
    width, height = columns * WIDE + 2 * EDGE, rows * HIGH + 2 * EDGE
    sheet = Sheet(total, still)
    drawn: list[str] = []
    for (start, end), group in groupby(
        sorted(found, key=lambda take: (take.start, take.end, take.row)), key=lambda take: (take.start, take.end)
    ):
        name = sheet.shown(start, end)
        drawn.append(f'<g class="{name}">' + "".join(piece for take in group for piece in line_of(take, sheet)) + "</g>")
    scroll = sheet.scrolled([(at, frame.top) for at, frame in moments])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">{escape(about)}</desc>',
        f"<style>{STYLE}{sheet.text()}</style>",
        f'<clipPath id="w"><rect x="{EDGE:g}" y="{EDGE:g}" width="{columns * WIDE:g}" height="{rows * HIGH:g}"/></clipPath>',
        f'<rect class="w" x=".5" y=".5" width="{width - 1:g}" height="{height - 1:g}" rx="8"/>',
        f'<g clip-path="url(#w)"><g class="{scroll}">',
        *drawn,
        "</g></g></svg>",
    ]
    return "\n".join(parts) + "\n"


def line_of(take: Take, sheet: Sheet) -> Iterator[str]:
    """A line as runs of the same style, and the cover from behind which it is typed."""
    y = EDGE + take.row * HIGH
    column = 0
    for style, group in groupby(take.line, key=lambda cell: cell.style):
        run = list(group)
        text = "".join(cell.text for cell in run)
        if text.strip():
            lead = len(text) - len(text.lstrip(" "))
            shown = text.strip(" ")
            cells = len(run) - lead - (len(text) - len(text.rstrip(" ")))
            x = EDGE + (column + lead) * WIDE
            look = class_of(style)
            yield (
                f'<text x="{x:g}" y="{y + HIGH * 0.74:g}"{f" class={chr(34)}{look}{chr(34)}" if look else ""}'
                f' textLength="{cells * WIDE:g}" lengthAdjust="spacingAndGlyphs">{escape(shown, quote=False)}</text>'
            )
        column += len(run)
    if take.typed:
        first, last, before = take.typed
        number = len(take.line) - before
        x, width = EDGE + before * WIDE, (number + 1) * WIDE
        yield (
            f'<g class="{sheet.typed(first, last, number)}">'
            f'<rect class="w0 {sheet.shown(take.start, last)}" x="{x:g}" y="{y:g}" width="{width:g}" height="{HIGH:g}"/>'
            f'<g class="{sheet.shown(first, last)}"><rect class="k" x="{x:g}" y="{y + 2:g}" width="{WIDE:g}" height="{HIGH - 4:g}"/></g>'
            "</g>"
        )


def class_of(style: Style) -> str:
    """The class that a style has in the sheet."""
    grey = style.dim or style.colour in GREYS
    colour = "" if style.colour is None or grey else f"c{style.colour % 8}"
    return " ".join(filter(None, ("b" if style.bold else "", "d" if grey else "", colour)))


class Sheet:
    """The stylesheet of a film: one animation for each span of time that something is shown for."""

    def __init__(self, total: float, still: float) -> None:
        self.total = total
        self.still = still
        self.rules: list[str] = []
        self.names: dict[tuple[float, float], str] = {}

    def text(self) -> str:
        """All rules."""
        return "".join(self.rules)

    def _part(self, moment: float) -> str:
        return f"{100 * moment / self.total:.3f}".rstrip("0").rstrip(".") + "%"

    def _animated(self, steps: str, base: str) -> str:
        name = f"a{len(self.rules)}"
        self.rules.append(f"@keyframes {name}{{{steps}}}.{name}{{{base};animation:{name} {self.total:.2f}s step-end infinite}}")
        return name

    def shown(self, start: float, end: float) -> str:
        """The class of what is shown from one moment to another."""
        if (start, end) not in self.names:
            steps = ("" if start == 0 else "0%{opacity:0}") + f"{self._part(start)}{{opacity:1}}"
            steps += f"{self._part(end)}{{opacity:0}}" if end < self.total else "100%{opacity:1}"
            self.names[start, end] = self._animated(steps, f"opacity:{int(start <= self.still < end)}")
        return self.names[start, end]

    def typed(self, start: float, end: float, cells: int) -> str:
        """The class of a cover that goes away, a character at a time."""
        far = f"transform:translateX({cells * WIDE:g}px)"
        steps = f"0%{{transform:none}}{self._part(start)}{{transform:none;animation-timing-function:steps({cells})}}"
        return self._animated(f"{steps}{self._part(end)}{{{far}}}100%{{{far}}}", far)

    def scrolled(self, moments: Sequence[tuple[float, int]]) -> str:
        """The class of all lines, which go up when the screen is full."""
        steps, last, now = [], -1, 0
        for at, top in moments:
            now = top if at <= self.still else now
            if top != last:
                steps.append(f"{self._part(at)}{{transform:translateY({-top * HIGH:g}px)}}")
                last = top
        steps.append(f"100%{{transform:translateY({-last * HIGH:g}px)}}")
        return self._animated("".join(steps), f"transform:translateY({-now * HIGH:g}px)")


def _colours(which: int) -> str:
    return "".join(f".c{number}{{fill:{pair[which]}}}" for number, pair in COLOURS.items())


STYLE = (
    "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328;white-space:pre}"
    ".b{font-weight:600}.w{fill:#fff;stroke:#d1d9e0}.w0{fill:#fff}.k{fill:#1f2328;opacity:.55}.d{fill:#59636e}"
    + _colours(0)
    + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.w{fill:#0d1117;stroke:#3d444d}.w0{fill:#0d1117}.k{fill:#e6edf3}.d{fill:#9198a1}"
    + _colours(1)
    + "}@media(prefers-reduced-motion:reduce){*{animation:none!important}}"
)
