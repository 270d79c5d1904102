"""Read JUnit XML of every dialect as a stream: cases go to a sink one by one, memory stays bounded.

There is no standard for this format. What each producer writes, and what is made of it, is in docs/junit.md.
The parser is expat. A report that it refuses for its characters or its encoding is read again through `repair`, and one whose
producer hides failed tries among the passed cases is read again to merge them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, tzinfo
from queue import Queue
from typing import IO, Protocol
from xml.parsers import expat

from rca.model import Problem, Severity
from rca.sources.events import MAX_FAILURES, Events, ForbiddenError, NotAReportError
from rca.sources.inputs import ArchiveLimitError, LZMAError
from rca.sources.interface import Reading, Report, Sink
from rca.sources.producers import DIALECTS, PLAIN
from rca.sources.repair import Repairer, Repairs
from rca.sources.suites import Differences
from rca.sources.tries import Sieve
from rca.text.figures import count

CHUNK = 256 * 1024
SMALL = 8 * 1024 * 1024
LARGE = 16 * 1024 * 1024
BEHIND = 64 * 1024
HEAD = 200
MAX_PROBLEMS = 20

STREAM_FAULTS = (
    *(OSError, EOFError, zlib.error, LZMAError, zipfile.BadZipFile, tarfile.TarError),
    *(RuntimeError, ValueError, NotImplementedError),
)
# The faults of expat that come from single characters or the encoding, and that a second reading can mend.
_MENDABLE = {
    expat.errors.codes[name]
    for name in (
        expat.errors.XML_ERROR_INVALID_TOKEN,
        expat.errors.XML_ERROR_BAD_CHAR_REF,
        expat.errors.XML_ERROR_UNKNOWN_ENCODING,
        expat.errors.XML_ERROR_INCORRECT_ENCODING,
        expat.errors.XML_ERROR_MISPLACED_XML_PI,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_SYNTAX,
        expat.errors.XML_ERROR_UNDEFINED_ENTITY,
        expat.errors.XML_ERROR_XML_DECL,
    )
}
# The faults that a file has when its end is missing.
_CUT = {
    expat.errors.codes[name]
    for name in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
_REPORT = re.compile(rb"<(?:\?xml\b|(?:[\w.-]+:)?testsuites?\b)")
_NOTHING = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]
_SECOND_ROOT = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
# What a file is that is no XML, by its first bytes.
_KINDS = (
    (b"\x1f\x8b", "a gzip file", "name it with the ending .gz, or unpack it"),
    (b"PK\x03\x04", "a zip archive", "name it with the ending .zip"),
    (b"{", "JSON", "let the test runner write JUnit XML"),
    (b"[", "JSON", "let the test runner write JUnit XML"),
    (b"%PDF", "a PDF", ""),
)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_junit(
    report: Report,
    make_sink: Callable[[], Sink],
    *,
    zone: tzinfo = UTC,
    progress: Callable[[int], None] | None = None,
) -> tuple[Reading, Sink]:
    """Read one report into a fresh sink.

    A fault is a problem in the reading, never an exception; what stands before the fault is kept.
    Names and messages are clean (rca.text.clean); the texts of failures and the output of cases are as the report has them.
    A report that must be read a second time gets a second sink from `make_sink`, so that nothing counts twice.
    """
    meter = _Meter(progress)
    report = report if report.again else _keep_small(report)
    repair = not report.again
    sieve: Sieve | None = None
    while True:
        sink = make_sink()
        reader = _run(report, sink, meter, repair=repair, sieve=sieve)
        if reader.mendable and not repair:
            reader.close()
            repair = True
        elif reader.hides_tries() and sieve is None and report.again:
            sieve = Sieve(reader.cases())
            _run(report, sieve, meter, repair=repair, sieve=None).close()
            reader.close()
        else:
            return reader.finish(report, zone), sink


def _run(report: Report, sink: Sink, meter: _Meter, *, repair: bool, sieve: Sieve | None) -> _Reader:
    reader = _Reader(report.path, report.size, sink, Repairer() if repair else None, sieve)
    reader.part_of(report.around)
    meter.rewind()
    try:
        # What a part holds needs no name: that of the whole report is worked out by who cut it.
        with report.open() as stream, contextlib.closing(_Hasher(report.size, wanted=not report.around)) as digest:
            reader.read(stream, meter, digest)
    except STREAM_FAULTS as error:
        reader.stream_fault(error)
    return reader


class _Hasher:
    """SHA-256 over the bytes of a report; of a large one in a thread beside the parser, which costs no time on two processors."""

    def __init__(self, size: int, *, wanted: bool = True) -> None:
        self._digest = hashlib.sha256()
        self._wanted = wanted
        self._waiting: Queue[bytes | None] = Queue(16)
        self._thread = threading.Thread(target=self._work, daemon=True) if wanted and size >= LARGE else None
        if self._thread is not None:
            self._thread.start()

    def _work(self) -> None:
        while (data := self._waiting.get()) is not None:
            self._digest.update(data)

    def update(self, data: bytes) -> None:
        if self._thread is not None:
            self._waiting.put(data)
        elif self._wanted:
            self._digest.update(data)

    def hexdigest(self) -> str:
        self.close()
        return self._digest.hexdigest() if self._wanted else ""

    def close(self) -> None:
        """Wait for what is under way and let the thread end."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None


class _Meter:
    """Tells of bytes read, once each, however often a report is read."""

    def __init__(self, progress: Callable[[int], None] | None) -> None:
        self._progress = progress
        self.at = self._told = 0

    def rewind(self) -> None:
        self.at = 0

    def add(self, size: int) -> None:
        self.at += size
        if self._progress is not None and self.at > self._told:
            self._progress(self.at - self._told)
            self._told = self.at


class _Reader:
    """Drives the parser over a report and says what was wrong with it."""

    def __init__(self, path: str, size: int, sink: Sink, repairer: Repairer | None, sieve: Sieve | None) -> None:
        self.path = path
        self.reading = Reading()
        self.mendable = False
        self._repairer = repairer
        self._merging = sieve is not None
        self._expat = expat.ParserCreate("utf-8" if repairer else None)
        differences = Differences(self._note_difference)
        self._events = Events(self._expat, sink, differences, sieve, mended=repairer is not None)
        self._places: list[tuple[Problem, int]] = []
        self._head = b""
        self._chunk = b""
        self._fed = 0
        self._size = size
        self._ended = False

    # -- driving -------------------------------------------------------------------------------------------------

    def read(self, stream: _Readable, meter: _Meter, digest: _Hasher) -> None:
        """Feed the stream to the parser, unless it finds something that a second reading can mend."""
        fault: expat.ExpatError | None = None
        try:
            self._feed(stream, digest, meter)
        except expat.ExpatError as error:
            if error.code in _MENDABLE and self._repairer is None:
                self.mendable = True
                return
            fault = error
        except NotAReportError as error:
            self._not_a_report(str(error))
        except ForbiddenError as error:
            self.reading.is_report = self._events.root_seen
            line, column = self._expat.CurrentLineNumber, self._expat.CurrentColumnNumber + 1
            self._problem("entities", "error", str(error), line, column, hint="reports need no entities: take the DOCTYPE out")
        except (LookupError, ValueError):  # the declared encoding is one that expat cannot take from Python
            if self._events.root_seen or self._repairer is not None:
                raise
            self.mendable = True
            return
        behind = b"" if self._ended else self._skip(stream, digest, meter)
        self.reading.sha256 = digest.hexdigest()
        if fault is not None:
            self._fault(fault, behind)

    def _feed(self, stream: _Readable, digest: _Hasher, meter: _Meter) -> None:
        parse = self._parse if self._repairer is None else self._parse_mended
        piece = min(CHUNK, self._size + 1) if self._size else CHUNK  # room for a large piece costs more than reading a small file
        while data := stream.read(piece):
            digest.update(data)
            self.reading.size += len(data)
            if len(self._head) < HEAD:
                self._head += data[:HEAD]
            parse(data, False)
            meter.add(len(data))
        parse(b"", True)
        self._ended = True

    def _skip(self, stream: _Readable, digest: _Hasher, meter: _Meter) -> bytes:
        """Hash what stands behind a fault too, so that the same file always has the same name; return its beginning."""
        meter.add(self.reading.size - meter.at)
        behind = b""
        while data := stream.read(CHUNK):
            digest.update(data)
            self.reading.size += len(data)
            meter.add(len(data))
            behind += data[: BEHIND - len(behind)]
        return behind

    def _parse(self, data: bytes, final: bool, /) -> None:  # noqa: FBT001
        self._chunk = data
        self._fed += len(data)
        self._expat.Parse(data, final)

    def _parse_mended(self, data: bytes, final: bool, /) -> None:  # noqa: FBT001
        if self._repairer is not None:
            self._parse(self._repairer.feed(data, final=final), final)

    def stream_fault(self, error: Exception) -> None:
        """Note that the bytes themselves could not be read to the end."""
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        code, hint = "unreadable", "check the file and its permissions, or fetch it again"
        if isinstance(error, ArchiveLimitError):
            code, hint = "archive-limit", "unpack it yourself and name the folder"
        elif isinstance(error, RuntimeError) and "is encrypted" in reason:
            reason, hint = "it is encrypted", "unpack it yourself and name the folder"
        self.mendable = False
        self.reading.is_report = self._events.root_seen
        self._problem(code, "error", f"cannot be read to its end: {reason}", hint=hint)

    def part_of(self, tags: int) -> None:
        """Do not hold what the outermost tags declare against a part of what stands between them."""
        self._events.around = tags

    def hides_tries(self) -> bool:
        """Whether more cases came than were declared, by a producer of which that means failed tries that look passed."""
        events = self._events
        return events.surplus and not self._merging and DIALECTS.get(events.signs.producer(), PLAIN).tries == "hidden"

    def cases(self) -> int:
        """Return how many cases were read until now."""
        return self._events.finish()

    def close(self) -> None:
        """Let go of a reading that is not the last."""
        self._events.close()

    # -- the end ---------------------------------------------------------------------------------------------------

    def finish(self, report: Report, zone: tzinfo) -> Reading:
        """Close what a fault left open and return what was read."""
        reading, events = self.reading, self._events
        if self.hides_tries():
            message = "more cases stand here than the report declares: failed tries of tests that were repeated count as passed cases"
            self._problem("hidden-tries", "warning", message, hint="give the report as a file, which can be read twice")
        reading.cases = events.finish()
        reading.producer = events.signs.producer()
        reading.properties = events.properties
        utc = DIALECTS.get(reading.producer, PLAIN).utc
        reading.started_at, reading.finished_at, local = events.clock.settle(UTC if utc else zone)
        reading.zone_assumed = local and not utc
        self._notes()
        if reading.is_report and not reading.cases and not any(p.severity == "error" for p in reading.problems):
            hint = "check that the tests were found and that the run was not cut short"
            self._problem("no-cases", "warning", "the report holds no test case", hint=hint)
        self._find_lines(report)
        self.close()
        return reading

    def _notes(self) -> None:
        """Say what was passed over without harm to the counts."""
        events = self._events
        if self._repairer and self.reading.is_report:
            self._note_repairs(self._repairer.repairs)
        if events.bad_times:
            value, place = events.first_bad_time
            message = f"{count(events.bad_times, 'time')} without a usable meaning, the first is {value!r}: counted as unknown"
            self._problem_at(place, "time", "note", message)
        if events.clock.unread:
            message = f"{count(events.clock.unread, 'time stamp')} without a usable meaning, the first is {events.clock.first_unread!r}"
            self._problem("timestamp", "note", message)
        if events.dropped:
            message = f"{events.dropped:,} more failures of single cases were not kept (more than {MAX_FAILURES} in a case)"
            self._problem("dropped", "note", message)

    def _note_repairs(self, repairs: Repairs) -> None:
        if repairs.control_characters:
            message = f"{repairs.control_characters:,} control characters or terminal sequences were taken out"
            self._problem("control-characters", "note", message)
        if repairs.unescaped:
            marks = count(repairs.unescaped, "mark")
            message = f"{marks} that XML reserves, such as `]]>`, stood unescaped in a text; the report was read as if escaped"
            self._problem("unescaped", "note", message)
        if repairs.wrong_bytes:
            message = f"{count(repairs.wrong_bytes, 'byte')} not in {repairs.encoding}, read as Windows-1252 instead"
            self._problem("encoding", "warning", message, hint="let the producer write UTF-8")
        if repairs.unknown_encoding:
            self._problem("encoding", "warning", f"the declared encoding {repairs.unknown_encoding!r} is not known; read as UTF-8")
        if repairs.before_start:
            self._problem("text-before", "note", f"{repairs.before_start:,} bytes stand before the document and were left out")

    # -- faults ----------------------------------------------------------------------------------------------------

    def _fault(self, error: expat.ExpatError, behind: bytes) -> None:
        line, column = error.lineno, error.offset + 1
        reason = expat.errors.messages.get(error.code, str(error))
        if not self._events.root_seen:
            self._not_a_report("", nothing=error.code == _NOTHING)
        elif error.code == _SECOND_ROOT:
            self._behind(self._unread() + behind, line, column)
        elif error.code in _CUT or not self._chunk:
            hint = "the test run or the upload may have been cut short"
            self._problem("truncated", "error", "the file ends in the middle; what stands before was read", line, column, hint)
        else:
            hint = "look at this place, then tell the producer of the report"
            self._problem("malformed", "error", f"not well-formed XML ({reason}); what stands before was read", line, column, hint)

    def _unread(self) -> bytes:
        """Return what stands behind a fault in the piece that the parser was given last."""
        return self._chunk[max(0, self._expat.ErrorByteIndex - (self._fed - len(self._chunk))) :]

    def _behind(self, rest: bytes, line: int, column: int) -> None:
        """Say what stands behind the end of the report: another report, which is lost, or some text, which is not missed."""
        if _REPORT.search(rest.replace(b"\x00", b"")):
            hint = "write each report into a file of its own"
            self._problem("second-document", "error", "a second document begins here; only the first was read", line, column, hint)
        else:
            self._problem("text-behind", "warning", "something that is no report stands behind the end; it was left out", line, column)

    def _not_a_report(self, root: str, *, nothing: bool = False) -> None:
        self.reading.is_report = False
        head = self._head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not self.reading.size:
            self._problem("empty", "error", "the file is empty", hint="the test run may have died before it wrote its report")
            return
        if nothing and not head:
            self._problem(
                "empty", "error", "the file holds nothing but white space", hint="the test run may have died before it wrote its report"
            )
            return
        hint = "name the file that your test runner wrote as JUnit XML"
        kind = "" if root else next((f": it is {kind}" for mark, kind, _ in _KINDS if head.startswith(mark)), ": it is no XML document")
        hint = next((tip for mark, _, tip in _KINDS if tip and not root and head.startswith(mark)), hint)
        if root.lower() == "html" or head[:14].lower().startswith((b"<html", b"<!doctype html")):
            hint = "this is a web page, perhaps an error page of a download: fetch the report again"
        message = f"not a JUnit report: its root element is <{root}>" if root else f"not a JUnit report{kind}"
        self._problem("not-junit", "error", message, 1, 1, hint)

    # -- problems --------------------------------------------------------------------------------------------------

    def _note_difference(self, code: str, severity: Severity, message: str, place: int, hint: str) -> None:
        self._problem_at(place, code, severity, message, hint)

    def _problem_at(self, place: int, code: str, severity: Severity, message: str, hint: str = "") -> None:
        """Note a problem at a place that `Events` gave: the line already, or the byte whose line is found at the end."""
        known = self._repairer is not None and place > 0
        problem = self._problem(code, severity, message, place if known else None, hint=hint)
        if not known and place >= 0 and self._repairer is None:
            self._places.append((problem, place))

    def _problem(
        self, code: str, severity: Severity, message: str, line: int | None = None, column: int | None = None, hint: str = ""
    ) -> Problem:
        problem = Problem(code=code, severity=severity, message=message, path=self.path, line=line, column=column, hint=hint)
        problems = self.reading.problems
        if len(problems) < MAX_PROBLEMS or severity == "error":
            problems.append(problem)
        return problem

    def _find_lines(self, report: Report) -> None:
        """Turn the bytes where problems are into lines: one look at the report, and only when there are some."""
        if not self._places or not report.again:
            return
        lines = _lines(report, sorted({place for _, place in self._places}))
        for problem, place in self._places:
            if place in lines and problem in self.reading.problems:
                self.reading.problems[self.reading.problems.index(problem)] = problem.model_copy(update={"line": lines[place]})


def _lines(report: Report, places: list[int]) -> dict[int, int]:
    """Count the lines before each of the places."""
    found: dict[int, int] = {}
    at, line = 0, 1
    try:
        with report.open() as stream:
            for place in places:
                while at < place and (data := stream.read(min(CHUNK, place - at))):
                    at += len(data)
                    line += data.count(b"\n")
                found[place] = line
    except STREAM_FAULTS:
        return {}
    return found


class _Resumed(io.RawIOBase):
    """A stream of which the beginning was read already."""

    def __init__(self, head: bytes, rest: IO[bytes] | None, error: Exception | None = None) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest
        self._error = error

    def readable(self) -> bool:
        """A stream to read from."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Read from the beginning, then from the rest."""
        data = self._head.read(size)
        if not data and self._error is not None:
            raise self._error
        return data or (self._rest.read(size) if self._rest is not None else b"")

    def close(self) -> None:
        """Close the rest too."""
        if self._rest is not None:
            self._rest.close()
        super().close()


def _keep_small(report: Report) -> Report:
    """Keep what can be read only once in memory when it is small: then it can be read again, fast and with tries merged."""
    parts: list[bytes] = []
    size = 0
    error: Exception | None = None
    stream: IO[bytes] | None = None
    try:
        stream = report.open()
        while size <= SMALL and (data := stream.read(CHUNK)):
            parts.append(data)
            size += len(data)
    except STREAM_FAULTS as fault:
        error = fault
    head = b"".join(parts)
    whole = size <= SMALL
    if whole and stream is not None:
        stream.close()
    rest = None if whole else stream
    return Report(report.path, lambda: _Resumed(head, rest, error), report.size, again=whole, explicit=report.explicit)  # type: ignore[arg-type,return-value]
