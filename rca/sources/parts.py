"""Cut one large report into parts that are reports by themselves, so that several processes can read it at once.

A part is the beginning of the report up to its first case or its first suite, a stretch of it, and the end tags that are
then missing. Where to cut is a guess; that the guess was right shows when every part is well-formed: a cut in the middle of a
tag, a comment, a CDATA section or a suite leaves something open, and the parser says so. Then the report is read in one go.
"""

from __future__ import annotations

import io
import itertools
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from rca.sources.interface import Report

HEAD = 64 * 1024
NEAR = 4 * 1024 * 1024
HEAD_START = 0.25

# Only what nearly every producer writes; anything else is read in one go.
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml [^<>]*\?>)?\s*(<testsuites\b[^<>]*>)?\s*(<testsuite\b[^<>]*[^/<>]>)")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PLAIN_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1"}
# What a suite declares is compared for the whole report, not for a part of it.
_DECLARED = re.compile(rb"\s(tests|failures|errors|skipped|disabled|assertions)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a report, and what the tags around all of them declare together."""

    reports: list[Report]
    declared: list[dict[str, str]]


def cut(report: Report, count: int) -> Parts | None:
    """Cut a report into at most `count` parts; None when it is not of the kind that can be cut."""
    try:
        with report.open() as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _cut(report, data, count)
    except (OSError, ValueError, io.UnsupportedOperation):
        return None


def _cut(report: Report, data: mmap.mmap, count: int) -> Parts | None:
    head = _HEAD.match(data[:HEAD])
    encoding = _ENCODING.search(data[:200])
    if head is None or (encoding and encoding[1].lower() not in _PLAIN_ENCODINGS):
        return None
    # Between suites when there are several below one root, else between the cases of the only one.
    several = head[1] is not None and data.find(b"<testsuite ", head.end(2)) >= 0
    tag, keep = (b"<testsuite ", head.start(2)) if several else (b"<testcase ", head.end(2))
    around = [group for group in (head[1], None if several else head[2]) if group is not None]
    prefix = data[: head.start(1) if head[1] else head.start(2)] + b"".join(around)
    suffix = (b"" if several else b"</testsuite>") + (b"</testsuites>" if head[1] else b"")
    places = [keep, *_places(data, tag, keep, count), len(data)]
    if len(places) < 3:
        return None
    stretches = list(itertools.pairwise(places))
    reports = [_part(report, prefix, stretch, b"" if stretch[1] == len(data) else suffix, len(around)) for stretch in stretches]
    return Parts(reports, [_declared(group) for group in around])


def _places(data: mmap.mmap, tag: bytes, start: int, count: int) -> Iterator[int]:
    """Beginnings of the tag at about equal distances; the first part is larger, for nobody has to hand its cases over."""
    last = start
    share = (len(data) - start) / (count + HEAD_START)
    for number in range(1, count):
        goal = start + int(share * (number + HEAD_START))
        place = data.find(tag, max(goal, last + 1), goal + NEAR)
        if place > last:
            yield place
            last = place


def _part(report: Report, prefix: bytes, stretch: tuple[int, int], suffix: bytes, around: int) -> Report:
    start, end = stretch
    return Report(report.path, lambda: _Stretch(report.open(), prefix, start, end, suffix), end - start, plain=True, around=around)  # type: ignore[arg-type,return-value]


def _declared(tag: bytes) -> dict[str, str]:
    return {match[1].decode(): (match[2] or match[3] or b"").decode("ascii", "replace") for match in _DECLARED.finditer(tag)}


class _Stretch(io.RawIOBase):
    """A stretch of a file with something before and behind it."""

    def __init__(self, inner: IO[bytes], prefix: bytes, start: int, end: int, suffix: bytes) -> None:
        inner.seek(start)
        self._inner = inner
        self._left = end - start
        self._before = prefix
        self._behind = suffix

    def readable(self) -> bool:
        """A stream to read from."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read what stands before, the stretch, then what stands behind."""
        if self._before:
            data, self._before = self._before, b""
            return data
        data = self._inner.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        if not data:
            data, self._behind = self._behind, b""
        return data

    def close(self) -> None:
        """Close the file."""
        self._inner.close()
        super().close()
