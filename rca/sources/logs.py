"""Lines of log files that may tell why tests failed: near in time, with words and ids of the failures, with a high level.

    found = find_lines(["service.log"], around=[(start, end)], words=[message, case_id])

A log is read once, in blocks, and never kept. In a block only the places are looked at that hold a word of the failures or of
trouble, those of rare words first. Blocks far from the time of the failures are searched for ids and compound names alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from math import log
from typing import IO

from rca.model import Problem
from rca.model.evidence import LogLine, LogLines
from rca.sources.inputs import shown
from rca.sources.log_files import LINE_BYTES, LogError, blocks, identity
from rca.sources.passages import BESIDE, cut, digest, safe_line, safe_lines
from rca.sources.stamps import has_stamp, is_glog, level_of, stamp_of
from rca.sources.words import Sought, sought
from rca.text.normalise import normalise

LIMIT = 20
NEAR = 600.0  # seconds from the failures, beyond which only ids and names count
SLACK = 2.0  # seconds that the clocks of two machines may differ
FADES = 30.0  # seconds after which nearness is worth half
LOOKED_AT, OF_A_WORD = 250, 40  # places of a block that are looked at, and about those for one word
ENTRY_LINES = 60  # lines of one entry, its trace included
BACK, AHEAD = 16 * 1024, 32 * 1024  # bytes in which the head and the end of an entry are looked for
SHOWN_LINES = 8  # of an entry
POOL, KEPT = 2_000, 500  # entries that are held while a log is read, and after the worst were left

_TROUBLE = tuple(Sought(word, "level") for word in ("error", "warn", "fatal", "panic", "critical", "severe", "exception", "traceback"))
_GLOG = re.compile(rb"^[EWF]\d{4} ", re.MULTILINE)
_LEVEL_WEIGHT = {"FATAL": 1.2, "ERROR": 1.0, "EXCEPTION": 1.0, "WARN": 0.6}
_EXCEPTIONAL = (b"error", b"exception", b"traceback")
_TRACE = re.compile(rb"Traceback \(most recent|^\s+at [\w$.<]|^Caused by: |\b[A-Z]\w+(?:Exception|Error)\b", re.MULTILINE)
_CONTINUED = re.compile(rb"[ \t]|Caused by: |\.\.\. \d+ more|Suppressed: |During handling of|The above exception|\)$|\}$|\]$")
_OUTCOME = re.compile(rb"[\w.]{1,200}(?:Error|Exception|Interrupt|Exit)\b")
_CHANGING = re.compile(rb"[0-9a-f]*[0-9][0-9a-f-]*")

Window = tuple[datetime, datetime]


def find_lines(
    paths: Sequence[str],
    *,
    around: Sequence[Window] = (),
    words: Sequence[str] = (),
    limit: int = LIMIT,
    zone: tzinfo = UTC,
    stdin: IO[bytes] | None = None,
) -> LogLines:
    """The best `limit` entries of these logs, the best first; equal ones in the order of the logs.

    paths: files, plain or gzip, or `-`. around: starts and ends of the failing cases, or of the whole run. words: texts of the
    failures whose words count: messages first, then names of cases. zone: of times that do not say theirs. Raises nothing that
    a log could cause: what cannot be read is among the problems.
    """
    times = _Times(around)
    wanted = sought(words)
    pool = _Pool(wanted)
    problems: list[Problem] = []
    seen: set[object] = set()
    for number, path in enumerate(paths):
        try:
            itself = identity(path)
            if itself in seen:
                continue
            seen.add(itself)
            scan = _Scan(path, number, times, zone, pool)
            try:
                for block in blocks(path, stdin):
                    scan.take(block.data, last=block.last)
            finally:
                problems += scan.doubts()
        except LogError as error:
            problems.append(error.problem(path))
    return LogLines(pool.best(limit), tuple(problems), pool.read_bytes, pool.read_lines, pool.passed_over)


class _Times:
    """The times of the failures, put together where they overlap."""

    def __init__(self, around: Sequence[Window]) -> None:
        self.windows: list[tuple[float, float]] = []
        for start, end in sorted((start.timestamp() - SLACK, max(start, end).timestamp() + SLACK) for start, end in around):
            if self.windows and start <= self.windows[-1][1]:
                self.windows[-1] = (self.windows[-1][0], max(end, self.windows[-1][1]))
            else:
                self.windows.append((start, end))
        self._starts = [start for start, _ in self.windows]
        self.middle = (self.windows[0][0] + self.windows[-1][1]) / 2 if self.windows else None

    def far(self, first: float | None, last: float | None) -> bool:
        """Whether all between the two is farther than NEAR from every failure."""
        if not self.windows or first is None or last is None:
            return False
        low, high = min(first, last) - NEAR, max(first, last) + NEAR
        place = bisect_right(self._starts, high)
        return place == 0 or self.windows[place - 1][1] < low

    def distance(self, moment: float) -> float:
        """Seconds from the nearest failure: 0 within, below 0 before it."""
        place = bisect_right(self._starts, moment)
        after = moment - self.windows[place - 1][1] if place else float("inf")
        if after <= 0:
            return 0.0
        before = self.windows[place][0] - moment if place < len(self.windows) else float("inf")
        return -before if before < after else after


@dataclass(slots=True)
class _Entry:
    """An entry that was looked at: where it is, its lines, and what speaks for it. A repeated one is held once."""

    order: tuple[int, int]
    path: str
    line: int
    lines: list[bytes]
    at: float | None
    distance: float | None
    level: str
    words: tuple[Sought, ...]
    count: int = 1


@dataclass(slots=True)
class _Pool:
    """The entries of all logs, and how often each word was met."""

    wanted: tuple[Sought, ...]
    entries: dict[tuple[str, bytes, tuple[str, ...]], _Entry] = field(default_factory=dict)
    met: Counter[Sought] = field(default_factory=Counter)
    rarities: dict[Sought, float] = field(default_factory=dict)
    searched: Counter[bool] = field(default_factory=Counter)  # lines, for compound names and ids (True) and for plain words
    read_bytes: int = 0
    read_lines: int = 0
    passed_over: int = 0

    def add(self, entry: _Entry) -> None:
        key = (entry.path, _CHANGING.sub(b"#", b"\n".join(entry.lines)), _ids(entry))
        known = self.entries.get(key)
        if known is None:
            self.entries[key] = entry
            if len(self.entries) > POOL:
                best = sorted(self.entries.items(), key=lambda item: self._rank(item[1]))[:KEPT]
                self.entries = dict(sorted(best, key=lambda item: item[1].order))
            return
        count = known.count + 1
        if self.score(entry) > self.score(known):
            self.entries[key] = known = entry
        known.count = count

    def weigh(self) -> None:
        """Set how rare each word is: from 0, for one that every line holds, to 1."""
        for word in self.wanted:
            lines = self.searched[word.strong] + 1
            self.rarities[word] = max(0.0, log(lines / (1 + self.met[word])) / log(lines)) if lines > 1 else 0.0

    def score(self, entry: _Entry) -> float:
        """How much speaks for an entry."""
        shared = sum(word.weight * (0.2 + 0.8 * self.rarities[word]) for word in entry.words)
        return (min(shared, 6.0) + _LEVEL_WEIGHT.get(entry.level, 0.0)) * (0.2 + 0.8 * _nearness(entry.distance))

    def _rank(self, entry: _Entry) -> tuple[float, tuple[int, int]]:
        return -round(self.score(entry), 6), entry.order

    def best(self, limit: int) -> tuple[LogLine, ...]:
        """The best as values of the model, those that differ in changing parts only told once."""
        self.weigh()
        ranked = sorted(self.entries.values(), key=self._rank)
        first: dict[tuple[str, str, tuple[str, ...]], _Entry] = {}
        for entry in ranked:
            known = first.setdefault((entry.path, _same(entry), _ids(entry)), entry)
            if known is not entry:
                known.count += entry.count
        return tuple(self._line(entry) for entry in list(first.values())[: max(0, limit)])

    def _line(self, entry: _Entry) -> LogLine:
        texts = safe_lines(entry.lines)
        text = safe_line(entry.lines[0])
        words = tuple(word.text for word in sorted(entry.words, key=lambda word: (-word.weight * self.rarities[word], word.text)))
        return LogLine(
            path=shown(entry.path),
            line=entry.line,
            text=text,
            excerpt="\n".join([text, *(cut(other, BESIDE) for other in texts[1:])]),
            sha256=digest(text),
            why=_why(entry, words, sampled=self.passed_over > 0),
            score=round(self.score(entry), 4),
            at=None if entry.at is None else datetime.fromtimestamp(entry.at, UTC),
            level=entry.level,
            words=words,
            count=entry.count,
        )


def _ids(entry: _Entry) -> tuple[str, ...]:
    """The ids of failures that it names: these are no changing parts."""
    return tuple(word.text for word in entry.words if word.kind == "id")


def _same(entry: _Entry) -> str:
    """The text of an entry without its changing parts."""
    head, *rest = (line.decode("utf-8", "replace") for line in entry.lines)
    return normalise(f"{head}\n{' | '.join(line.strip() for line in rest)}")


def _nearness(distance: float | None) -> float:
    """1 within the time of the failures, half of it FADES seconds away; of an unknown time one half."""
    return 0.5 if distance is None else FADES / (FADES + abs(distance))


def _why(entry: _Entry, words: tuple[str, ...], *, sampled: bool) -> str:
    ids = _ids(entry)
    others = [word for word in words if word not in ids]
    parts = []
    if ids:
        parts.append(f"names {', '.join(ids[:3])}, as the failures do")
    if others:
        parts.append(f"shares {', '.join(others[:5])} with the failures")
    if entry.level:
        parts.append("an exception" if entry.level == "EXCEPTION" else entry.level)
    parts.append(_when(entry.distance))
    if entry.count > 1:
        parts.append(f"{'at least ' * sampled}{entry.count:,} times alike")
    return "; ".join(filter(None, parts))


def _when(distance: float | None) -> str:
    if distance is None:
        return ""
    if not distance:
        return "at the time of the failures"
    seconds = abs(distance)
    span = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:,.0f} h"
    return f"{span} {'after' if distance > 0 else 'before'} the failures"


class _Scan:
    """Goes through one log, block after block. The last bytes of a block wait for the next, so that entries stay whole."""

    def __init__(self, path: str, number: int, times: _Times, zone: tzinfo, pool: _Pool) -> None:
        self._path = path
        self._number = number
        self._times = times
        self._zone = zone
        self._pool = pool
        self._kept = b""  # of the block before: first what was searched, then what was not
        self._searched = 0  # bytes of `_kept` that were
        self._line = 1  # number of the first line in `_kept`
        self._head = 0  # number of the last line that began an entry which was looked at
        self._stamped = self._glog = False
        self._first: float | None = None
        self._last: float | None = None
        self._near = not times.windows

    def take(self, data: bytes, *, last: bool) -> None:
        """Search whole lines that follow those of the call before."""
        self._pool.read_bytes += len(data)
        self._pool.read_lines += data.count(b"\n") + (last and data[-1:] not in {b"\n", b""})
        text = self._kept + data
        end = len(text) if last else text.rfind(b"\n", 0, max(self._searched, len(text) - AHEAD)) + 1
        if end > self._searched:
            self._search(text, self._searched, end)
        end = max(end, self._searched)
        start = text.rfind(b"\n", 0, max(0, end - BACK)) + 1
        self._line += text.count(b"\n", 0, start)
        self._kept = text[start:]
        self._searched = end - start

    def doubts(self) -> list[Problem]:
        """What makes one doubt that this is the log of the run."""
        if self._near or self._first is None or self._last is None:
            return []
        first, last = (datetime.fromtimestamp(moment, UTC).isoformat(" ", "seconds")[:19] for moment in (self._first, self._last))
        message = f"no part of it is near the failures: it goes from {first} to {last} UTC"
        hint = "check that it is the log of this run, and the time zone in the configuration if the log names none"
        return [Problem(code="other-time", severity="warning", message=message, path=shown(self._path), hint=hint)]

    def _search(self, text: bytes, start: int, end: int) -> None:
        far = self._look_at_times(text, start, end)
        lower = text[start:end].lower()
        places = self._places(lower, text, start, strong_only=far)
        line, counted = self._line, 0
        for begin in places:
            line += text.count(b"\n", counted, begin)
            counted = begin
            self._look(text, begin, line)

    def _look_at_times(self, text: bytes, start: int, end: int) -> bool:
        """Note the first and the last time of a block; returns whether it is far from the failures."""
        first = next(self._stamps(text[start : min(end, start + BACK)].split(b"\n")[:50]), None)
        last = next(self._stamps(text[max(start, end - BACK) : end].split(b"\n")[:-51:-1]), None)
        if first is None or last is None:
            self._near = True
            return False
        self._stamped = True
        low, high = min(first, last), max(first, last)
        self._first = low if self._first is None else min(low, self._first)
        self._last = high if self._last is None else max(high, self._last)
        far = self._times.far(first, last)
        self._near = self._near or not far
        return far

    def _stamps(self, lines: list[bytes]) -> Iterator[float]:
        for line in lines:
            text = line[:LINE_BYTES].decode("utf-8", "replace")
            moment = stamp_of(text, self._zone, self._times.middle)
            if moment is not None:
                self._glog = self._glog or is_glog(text)
                yield moment

    def _places(self, lower: bytes, text: bytes, start: int, *, strong_only: bool) -> list[int]:
        """Where in the text to look, in its order: at most LOOKED_AT lines, those of rare words first."""
        lines = lower.count(b"\n") + 1
        self._pool.searched[True] += lines
        self._pool.searched[False] += 0 if strong_only else lines
        found: list[tuple[int, list[int]]] = []
        for word in (*self._pool.wanted, *_TROUBLE):
            if word.strong or not strong_only:
                count = lower.count(word.needle)
                self._pool.met[word] += count
                if count:
                    found.append((count, _hits(lower, word.needle, count)))
        if self._glog and not strong_only:
            hits = [match.start() - start for match in _GLOG.finditer(text, start, start + len(lower))]
            found.append((len(hits), hits[:: len(hits) // OF_A_WORD + 1]))
        self._pool.weigh()
        return [start + begin for begin in self._chosen(lower, found)]

    def _chosen(self, lower: bytes, found: list[tuple[int, list[int]]]) -> list[int]:
        """Where the lines begin that are looked at, those of rare words first."""
        chosen: set[int] = set()
        for count, hits in sorted(found, key=lambda one: one[0]):
            new = {lower.rfind(b"\n", 0, hit) + 1 for hit in hits} - chosen
            some = sorted(new)[: LOOKED_AT - len(chosen)]
            self._pool.passed_over += max(0, count - len(hits)) + len(new) - len(some)
            chosen.update(some)
        return sorted(chosen)

    def _look(self, text: bytes, begin: int, line: int) -> None:
        """Look at the entry around the line that begins here."""
        head, head_line = self._head_of(text, begin, line)
        if head_line <= self._head:
            return
        self._head = head_line
        lines = self._entry(text, head)
        whole = b"\n".join(lines)
        lower = whole.lower()
        words = [word for word in self._pool.wanted if word.needle in lower and word.stands_in(lower)]
        # A part of a name that is there says nothing more.
        if len(words) > 1:
            words = [word for word in words if not any(word.text in other.text for other in words if other is not word)]
        first = lines[0].decode("utf-8", "replace")
        level = level_of(first)
        if not level and any(word in lower for word in _EXCEPTIONAL) and _TRACE.search(whole):
            level = "EXCEPTION"
        if not words and not level:
            return
        at = stamp_of(first, self._zone, self._times.middle)
        distance = self._times.distance(at) if at is not None and self._times.windows else None
        kept = _telling(lines, words)
        self._pool.add(_Entry((self._number, head_line), self._path, head_line, kept, at, distance, level, tuple(words)))

    def _head_of(self, text: bytes, begin: int, line: int) -> tuple[int, int]:
        """Where the entry of a line begins, and the number of that line; the line itself when nothing above claims it."""
        place, number = begin, line
        for _ in range(ENTRY_LINES):
            if place == 0 or number <= self._head or not self._continues(text, place):
                return place, number
            place = text.rfind(b"\n", 0, place - 1) + 1
            number -= 1
        return begin, line

    def _continues(self, text: bytes, begin: int) -> bool:
        """Whether the line that begins here belongs to the one above."""
        end = text.find(b"\n", begin)
        line = text[begin : min(end if end >= 0 else len(text), begin + 2_000)]
        if self._stamped:
            return not has_stamp(line.decode("utf-8", "replace"))
        if _CONTINUED.match(line) or not line.strip():
            return True
        above = text.rfind(b"\n", 0, max(0, begin - 1)) + 1
        return begin > 0 and text[above : above + 1] in {b" ", b"\t"} and _OUTCOME.match(line) is not None

    def _entry(self, text: bytes, head: int) -> list[bytes]:
        """The lines of the entry that begins here."""
        lines: list[bytes] = []
        place, most = head, min(len(text), head + AHEAD)
        while place < most and len(lines) < ENTRY_LINES:
            if lines and not self._continues(text, place):
                break
            end = text.find(b"\n", place)
            end = len(text) if end < 0 else end
            lines.append(text[place : min(end, place + LINE_BYTES)])
            place = end + 1
        return lines


def _hits(lower: bytes, needle: bytes, count: int) -> list[int]:
    """Where a word stands; of one that is on many lines some places, evenly spread."""
    if count > 2 * OF_A_WORD:
        step = len(lower) // OF_A_WORD
        return sorted({lower.find(needle, part * step) for part in range(OF_A_WORD)} - {-1})
    hits: list[int] = []
    place = lower.find(needle)
    while place >= 0:
        hits.append(place)
        place = lower.find(needle, place + len(needle))
    return hits


def _telling(lines: list[bytes], words: list[Sought]) -> list[bytes]:
    """The first lines of an entry, those with words of the failures, and its last ones: at most SHOWN_LINES."""
    if len(lines) > SHOWN_LINES:
        with_words = [number for number, line in enumerate(lines) if any(word.needle in line.lower() for word in words)]
        order = dict.fromkeys([0, *with_words[: SHOWN_LINES - 3], len(lines) - 1, 1, *range(len(lines) - 2, 0, -1)])
        lines = [lines[number] for number in sorted(list(order)[:SHOWN_LINES])]
    return lines
