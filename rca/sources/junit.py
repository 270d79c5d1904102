"""Read JUnit XML of every dialect as a stream: cases go to a sink one by one, memory stays bounded.

There is no standard for this format. What each producer writes, and what is made of it, is in docs/junit.md.
The parser is expat. A report that it refuses for its characters or its encoding is read again through `repair`.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import IO, NoReturn
from xml.parsers import expat

from rca.model import Case, Failure, FailureKind, Location, Outcome, Problem, Severity
from rca.sources.interface import Reading, Report, Sink
from rca.sources.producers import Signs, recognise
from rca.sources.repair import Repairer, Repairs
from rca.sources.times import parse_seconds, parse_timestamp
from rca.text.clean import clean

CHUNK = 256 * 1024
MAX_TEXT = 64 * 1024
MAX_TAIL = 16 * 1024
MAX_NAME = 4_096
MAX_ATTRIBUTE = 8_192
MAX_FAILURES = 50
MAX_ATTACHMENTS = 100
MAX_DEPTH_NAMED = 16
MAX_PROBLEMS = 20
RETRIES_KEPT = 100_000

_KINDS: dict[str, FailureKind] = {"failure": "failure", "error": "error", "skipped": "skipped", "skip": "skipped", "ignored": "skipped"}
_EARLIER: dict[str, FailureKind] = {"flakyFailure": "failure", "flakyError": "error", "rerunFailure": "failure", "rerunError": "error"}
_NOT_RUN = {"notrun", "disabled", "suppressed", "skipped", "ignored", "pending", "todo", "untested", "undefined"}
_BAD_STATUS = {"failed": "failed", "failure": "failed", "fail": "failed", "error": "error", "errored": "error"}
_ATTACHMENT = re.compile(r"\[\[ATTACHMENT\|([^\]\n]{1,1000})\]\]")
_STREAM_FAULTS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError, ValueError, NotImplementedError)
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
        expat.errors.XML_ERROR_XML_DECL,
    )
}


class NotAReportError(Exception):
    """The document is well-formed so far, but its root is not one of JUnit's."""


class ForbiddenError(Exception):
    """The document declares entities, which no producer does and an attacker would."""


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
    repair = not report.again
    while True:
        sink = make_sink()
        parser = _Parser(report.path, sink, zone, Repairer() if repair else None)
        try:
            with report.open() as stream:
                mendable = parser.read(stream, progress)
        except _STREAM_FAULTS as error:
            parser.stream_fault(error)
            mendable = False
        if not mendable or repair:
            return parser.finish(), sink
        repair = True


class _Text:
    """Collects the text of an element: all of it up to a limit, beyond that its beginning and its end."""

    __slots__ = ("_end", "_parts", "_room", "size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._end = ""
        self._room = MAX_TEXT
        self.size = 0

    def add(self, data: str) -> None:
        self.size += len(data)
        if self._room > 0:
            self._parts.append(data[: self._room])
            data = data[self._room :]
            self._room -= len(self._parts[-1])
        if data:
            self._end = (self._end + data)[-MAX_TAIL:]

    def value(self) -> str:
        text = "".join(self._parts)
        missing = self.size - len(text) - len(self._end)
        if missing > 0:
            text += f"\n… {missing:,} characters left out …\n"
        return text + self._end


class _Suite:
    """A suite that is open, with what it declares and what was counted in it."""

    __slots__ = ("cases", "declared", "failing", "file", "inner", "inner_failing", "line", "name", "path", "skipped")

    def __init__(self, name: str, path: str, file: str, line: int) -> None:
        self.name = name
        self.path = path
        self.file = file
        self.line = line
        self.declared: dict[str, str] = {}
        self.cases = 0
        self.failing = 0
        self.skipped = 0
        self.inner = 0
        self.inner_failing = 0


class _Parser:
    """Turns the events of expat into cases."""

    def __init__(self, path: str, sink: Sink, zone: tzinfo, repairer: Repairer | None) -> None:
        self.path = path
        self.sink = sink
        self.passed = sink.passed
        self.wanted = True
        self.zone = zone
        self.repairer = repairer
        self.reading = Reading()
        self.signs = Signs()
        self.expat = expat.ParserCreate("utf-8" if repairer else None)
        self.expat.buffer_text = True
        self.expat.buffer_size = 65_536
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.EntityDeclHandler = self._entity
        self.expat.StartDoctypeDeclHandler = None
        self.suites: list[_Suite] = []
        self.outside = _Suite("", "", "", 0)
        self.suite = self.outside
        self.case: dict[str, str] | None = None
        self.plain = True
        self.failures: list[Failure] = []
        self.earlier: list[Failure] = []
        self.collecting: _Text | None = None
        self.current: Failure | None = None
        self.output: _Text | None = None
        self.extra: dict[str, str] = {}
        self.root_seen = False
        self.suite_errors = 0
        self.dropped = 0
        self.bad_times = 0
        self.first_bad_time: tuple[str, int] | None = None
        self.retried: dict[tuple[str, str, str], tuple[Case, str]] = {}

    # -- driving -------------------------------------------------------------------------------------------------

    def read(self, stream: IO[bytes], progress: Callable[[int], None] | None) -> bool:
        """Feed the stream to the parser; return whether a second reading with repairs could do better."""
        digest = hashlib.sha256()
        feed = self.expat.Parse
        repairer = self.repairer
        try:
            while data := stream.read(CHUNK):
                digest.update(data)
                self.reading.size += len(data)
                feed(repairer.feed(data) if repairer else data, False)
                if progress is not None:
                    progress(len(data))
            self.reading.sha256 = digest.hexdigest()
            feed(repairer.feed(b"", final=True) if repairer else b"", True)
        except expat.ExpatError as error:
            if error.code in _MENDABLE and repairer is None:
                return True
            self._fault(error)
        except NotAReportError as error:
            self._not_a_report(str(error))
        except ForbiddenError as error:
            self._problem("entities", "error", str(error), hint="reports need no entities: take the DOCTYPE out", here=True)
        self._rest(stream, digest)
        return False

    def _rest(self, stream: IO[bytes], digest: hashlib._Hash) -> None:
        """Hash what stands behind a fault too, so that the same file always has the same name."""
        if self.reading.sha256:
            return
        while data := stream.read(CHUNK):
            digest.update(data)
            self.reading.size += len(data)
        self.reading.sha256 = digest.hexdigest()

    def stream_fault(self, error: Exception) -> None:
        """Note that the bytes themselves could not be read to the end."""
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._problem("unreadable", "error", f"cannot be read to its end: {reason}", hint="check the file and its permissions, or fetch it again")

    def finish(self) -> Reading:
        """Close what a fault left open and return what was read."""
        self._flush_retried()
        reading = self.reading
        # What a fault left open counts as well.
        reading.cases = self.outside.cases + sum(suite.cases for suite in self.suites) + self.suite_errors
        reading.producer = recognise(self.signs)
        if self.repairer:
            self._note_repairs(self.repairer.repairs)
        if self.bad_times and self.first_bad_time:
            value, line = self.first_bad_time
            self._problem("time", "note", f"{self.bad_times:,} time(s) have no usable meaning, the first is {value!r}: counted as unknown", line=line)
        if self.dropped:
            self._problem("dropped", "note", f"{self.dropped:,} more failures of single cases were not kept (more than {MAX_FAILURES} in a case)")
        if reading.is_report and not reading.cases and not any(p.severity == "error" for p in reading.problems):
            self._problem("no-cases", "warning", "the report holds no test case", hint="check that the tests were found and that the run was not cut short")
        return reading

    def _fault(self, error: expat.ExpatError) -> None:
        line, column = error.lineno, error.offset + 1
        reason = expat.errors.messages.get(error.code, str(error))
        if not self.reading.size:
            self._problem("empty", "error", "the file is empty", hint="the test run may have died before it wrote its report")
            self.reading.is_report = False
        elif not self.root_seen:
            self._not_a_report("")
        elif error.code == expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
            self._problem("second-document", "error", "a second document begins here; the first was read", line, column, "write each report into a file of its own")
        elif error.code in {expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS], expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]}:
            self._problem("truncated", "error", "the file ends in the middle; what stands before was read", line, column, "the test run or the upload may have been cut short")
        else:
            self._problem("malformed", "error", f"not well-formed XML ({reason}); what stands before was read", line, column, "look at this place, then tell the producer of the report")

    def _not_a_report(self, root: str) -> None:
        self.reading.is_report = False
        message = f"not a JUnit report: its root element is <{root}>" if root else "not a JUnit report: it is no XML document"
        hint = "name the file that your test runner wrote as JUnit XML"
        if root.lower() == "html":
            hint = "this is a web page, perhaps an error page of a download: fetch the report again"
        self._problem("not-junit", "error", message, 1, 1, hint)

    def _note_repairs(self, repairs: Repairs) -> None:
        if repairs.control_characters:
            self._problem("control-characters", "note", f"{repairs.control_characters:,} control characters or terminal sequences were taken out")
        if repairs.wrong_bytes:
            self._problem("encoding", "warning", f"{repairs.wrong_bytes:,} byte(s) are not {repairs.encoding} and were read as Windows-1252", hint="let the producer write UTF-8")
        if repairs.unknown_encoding:
            self._problem("encoding", "warning", f"the declared encoding {repairs.unknown_encoding!r} is not known; read as UTF-8")
        if repairs.before_start:
            self._problem("text-before", "note", f"{repairs.before_start:,} characters stand before the document and were left out")

    def _problem(self, code: str, severity: Severity, message: str, line: int | None = None, column: int | None = None, hint: str = "", *, here: bool = False) -> None:
        problems = self.reading.problems
        if here:
            line, column = self.expat.CurrentLineNumber, self.expat.CurrentColumnNumber + 1
        if len(problems) < MAX_PROBLEMS or severity == "error":
            problems.append(Problem(code=code, severity=severity, message=message, path=self.path, line=line, column=column, hint=hint))

    # -- events --------------------------------------------------------------------------------------------------

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "testcase" and self.root_seen:
            self.case = attributes
            self.plain = True
            return
        if self.case is not None:
            self._start_in_case(tag, attributes)
            return
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if not self.root_seen:
            self._root(tag, attributes)
        if tag == "testcase":
            self.case = attributes
            self.plain = True
            return
        if tag in {"testsuite", "testsuites"}:
            self._start_suite(tag, attributes)
        elif tag in _KINDS and self.current is None:
            self._start_failure(_KINDS[tag], attributes, tag)
        elif tag == "property":
            self._property(attributes)

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        self.root_seen = True
        if tag not in {"testsuite", "testsuites", "testrun"}:
            raise NotAReportError(tag[:100])
        self.signs.root(tag, attributes)

    def _start_in_case(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2] if ":" in tag else tag
        self.plain = False
        if tag in _KINDS:
            self._start_failure(_KINDS[tag], attributes, tag)
        elif tag in _EARLIER:
            self._start_failure(_EARLIER[tag], attributes, tag)
        elif tag in {"system-out", "system-err"}:
            if self.current is None:
                if self.output is None:
                    self.output = _Text()
                self._collect(self.output)
        elif tag == "property":
            self._case_property(attributes)

    def _collect(self, text: _Text) -> None:
        self.collecting = text
        self.expat.CharacterDataHandler = text.add

    def _start_failure(self, kind: FailureKind, attributes: dict[str, str], tag: str) -> None:
        if self.current is not None:
            return
        failure = Failure(kind, attributes.get("type", "")[:MAX_ATTRIBUTE], attributes.get("message", "")[: MAX_ATTRIBUTE * 2])
        into = self.earlier if tag in _EARLIER else self.failures
        if len(into) < MAX_FAILURES:
            into.append(failure)
        else:
            self.dropped += 1
        self.current = failure
        self._collect(_Text())

    def _end(self, tag: str) -> None:
        if tag == "testcase":
            if self.plain:
                self._finish_plain()
            else:
                self._finish_case()
            return
        if ":" in tag:
            tag = tag.rpartition(":")[2]
            if tag == "testcase":
                self._finish_case()
                return
        if self.collecting is not None and (tag in _KINDS or tag in _EARLIER or tag in {"system-out", "system-err"}):
            self._end_text(tag)
        elif tag in {"testsuite", "testsuites"} and self.case is None:
            self._end_suite()

    def _end_text(self, tag: str) -> None:
        self.expat.CharacterDataHandler = None
        if self.current is not None and tag not in {"system-out", "system-err"}:
            assert self.collecting is not None
            self.current.text = self.collecting.value()
            if self.case is None:
                self._suite_problem(self.current)
            self.current = None
            self.collecting = None
        elif self.current is None:
            self.collecting = None
        else:  # output inside of a failure (rerunFailure holds it): go on with the failure's own text
            self.expat.CharacterDataHandler = self.collecting.add if self.collecting else None

    def _entity(self, name: str, *_rest: object) -> NoReturn:
        msg = f"the document declares the entity {name[:60]!r}, which rca refuses"
        raise ForbiddenError(msg)

    # -- suites --------------------------------------------------------------------------------------------------

    def _start_suite(self, tag: str, attributes: dict[str, str]) -> None:
        if self.signs.wanted and tag == "testsuite":
            self.signs.suite(attributes)
        name = clean(attributes.get("name", "")[:MAX_NAME]).strip()
        parent = self.suite
        if tag == "testsuites" or not name or len(self.suites) > MAX_DEPTH_NAMED:
            path = parent.path
        else:
            path = f"{parent.path} > {name}" if parent.path else name
        file = attributes.get("file") or attributes.get("filepath") or parent.file
        suite = _Suite(name, path, file[:MAX_NAME], self.expat.CurrentLineNumber)
        suite.declared = {key: attributes[key] for key in ("tests", "failures", "errors") if key in attributes}
        if tag == "testsuite":
            self._suite_times(attributes)
        self.suites.append(suite)
        self.suite = suite

    def _suite_times(self, attributes: dict[str, str]) -> None:
        stamp = attributes.get("timestamp")
        if not stamp:
            return
        started, assumed = parse_timestamp(stamp, self.zone)
        if started is None:
            self._problem("timestamp", "note", f"the time stamp {stamp[:60]!r} cannot be read", here=True)
            return
        if started.year < 1990:  # 1970 and the like stand for "not known"
            return
        seconds = parse_seconds(attributes.get("time", "")) or 0.0
        ended = started + timedelta(seconds=seconds)
        reading = self.reading
        reading.zone_assumed = reading.zone_assumed or assumed
        reading.started_at = _earliest(reading.started_at, started)
        reading.finished_at = _latest(reading.finished_at, ended)

    def _end_suite(self) -> None:
        if not self.suites:
            return
        suite = self.suites.pop()
        self.suite = self.suites[-1] if self.suites else self.outside
        self.suite.cases += suite.cases
        self.suite.failing += suite.failing
        self.suite.skipped += suite.skipped
        self.suite.inner += suite.cases
        self.suite.inner_failing += suite.failing
        if suite.declared:
            self._compare_declared(suite)

    def _compare_declared(self, suite: _Suite) -> None:
        """Note totals that a suite declares and its cases contradict, whether it counts inner suites in or not."""
        name = f"suite {suite.name[:80]!r}" if suite.name else "the report"
        tests = _whole(suite.declared.get("tests"))
        if tests is not None and tests not in {suite.cases, suite.cases - suite.skipped, suite.cases - suite.inner}:
            self._problem("declared-totals", "warning", f"{name} declares {tests:,} tests, but holds {suite.cases:,}", line=suite.line, hint="the counts here are those of the cases")
        failures, errors = _whole(suite.declared.get("failures")), _whole(suite.declared.get("errors"))
        said = (failures or 0) + (errors or 0)
        if failures is not None and said not in {suite.failing, suite.failing - suite.inner_failing}:
            self._problem("declared-totals", "warning", f"{name} declares {said:,} failures and errors, but holds {suite.failing:,}", line=suite.line, hint="the counts here are those of the cases")

    def _suite_problem(self, failure: Failure) -> None:
        """A failure or an error directly under a suite: nothing in it could run, which counts as one error."""
        if failure in self.failures:
            self.failures.remove(failure)
        if failure.kind == "skipped":
            return
        _tidy(failure)
        suite = self.suite
        name = f"({failure.kind} of the suite)"
        case = Case(suite.path, "", name, outcome="error", scope="suite", failures=[failure], location=_location({}, suite, [failure]))
        suite.failing += 1
        self.suite_errors += 1
        self.sink.case(case, suite.file)

    def _property(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        self.signs.property(name)
        if len(self.reading.properties) < 100 and name:
            self.reading.properties[clean(name[:200])] = clean(attributes.get("value", "")[:500])

    # -- cases ---------------------------------------------------------------------------------------------------

    def _case_property(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        self.signs.property(name)
        if name.lower().startswith("attachment") and len(self.extra) < MAX_ATTACHMENTS:
            self.extra[attributes.get("value", "")[:1000]] = name

    def _finish_plain(self) -> None:
        """The hot path: a case with nothing in it."""
        attributes = self.case or {}
        self.case = None
        suite = self.suite
        suite.cases += 1
        if self.wanted:
            self.signs.case(attributes)
            self.wanted = self.signs.wanted
        get = attributes.get
        name, classname, time = get("name"), get("classname"), get("time")
        file = suite.file
        if len(attributes) != 3 or name is None or classname is None or time is None or self.retried:
            if "status" in attributes or "result" in attributes or "disabled" in attributes or self.retried:
                outcome = _stated_outcome(attributes)
                if outcome != "passed" or self.retried:
                    self._emit(attributes, outcome, [], [])
                    return
            file = get("file") or get("filepath") or file
        seconds: float | None = None
        if time is not None:
            try:
                seconds = float(time)
            except ValueError:
                seconds = self._odd_time(time)
            else:
                if not 0.0 <= seconds < 1e8:
                    seconds = self._odd_time(time)
        self.passed(suite.path, classname or "", name or "", file, seconds)

    def _odd_time(self, text: str) -> float | None:
        seconds = parse_seconds(text)
        if seconds is None:
            self.bad_times += 1
            if self.first_bad_time is None:
                self.first_bad_time = (text[:40], self.expat.CurrentLineNumber)
        return seconds

    def _finish_case(self) -> None:
        attributes = self.case or {}
        failures, earlier = self.failures, self.earlier
        if not failures and not earlier and not self.extra:
            self.collecting = None
            self.expat.CharacterDataHandler = None
            self._finish_plain()
            self.output = None
            return
        self.case = None
        self.suite.cases += 1
        if self.wanted:
            self.signs.case(attributes)
            self.wanted = self.signs.wanted
        outcome = _worst(failures) if failures else _stated_outcome(attributes)
        self._emit(attributes, outcome, failures, earlier)
        self.failures, self.earlier, self.output, self.extra = [], [], None, {}
        self.current = self.collecting = None
        self.expat.CharacterDataHandler = None

    def _emit(self, attributes: dict[str, str], outcome: Outcome, failures: list[Failure], earlier: list[Failure]) -> None:
        suite = self.suite
        for failure in failures:
            _tidy(failure)
        for failure in earlier:
            _tidy(failure)
        if outcome in {"failed", "error"}:
            suite.failing += 1
            failures = [failure for failure in failures if failure.kind != "skipped"] or failures
        elif outcome == "skipped":
            suite.skipped += 1
        time = attributes.get("time")
        output = self.output.value() if self.output is not None else ""
        case = Case(
            suite.path,
            clean(attributes.get("classname", "")[:MAX_NAME]),
            clean(attributes.get("name", "")[:MAX_NAME]),
            outcome=outcome,
            seconds=None if time is None else self._odd_time(time),
            location=None if outcome == "skipped" else _location(attributes, suite, failures or earlier),
            failures=failures,
            attempts=earlier,
            flaky=outcome == "passed" and bool(earlier),
            attachments=_attachments(output, self.extra) if self.extra or "[[ATTACHMENT|" in output else [],
            output=output if outcome in {"failed", "error"} else "",
        )
        if self.signs.repeats_retries():
            self._keep_for_retry(case, _file(attributes, suite))
        else:
            self.sink.case(case, _file(attributes, suite))

    # -- retries that are written as cases of their own ------------------------------------------------------------

    def _keep_for_retry(self, case: Case, file: str) -> None:
        """Hold a failing case back until the report ends: the same case may come again as a retry."""
        key = (case.suite, case.classname, case.name)
        held = self.retried.pop(key, None)
        if held is not None:
            before = held[0]
            case.attempts = before.attempts + before.failures + case.attempts
            case.flaky = case.outcome == "passed"
            self.suite.cases -= 1
            if before.outcome in {"failed", "error"}:
                self.suite.failing -= 1
        if case.outcome in {"failed", "error"} and len(self.retried) < RETRIES_KEPT:
            self.retried[key] = (case, file)
        else:
            self.sink.case(case, file)

    def _flush_retried(self) -> None:
        for case, file in self.retried.values():
            self.sink.case(case, file)
        self.retried = {}


def _stated_outcome(attributes: dict[str, str]) -> Outcome:
    """What a case without children says of itself in `status`, `result` or `disabled`."""
    for name in ("status", "result"):
        value = attributes.get(name, "").lower()
        if value in _NOT_RUN:
            return "skipped"
        if value in _BAD_STATUS:
            return "failed" if _BAD_STATUS[value] == "failed" else "error"
    return "skipped" if attributes.get("disabled", "").lower() == "true" else "passed"


def _worst(failures: list[Failure]) -> Outcome:
    kinds = {failure.kind for failure in failures}
    if "error" in kinds:
        return "error"
    return "failed" if "failure" in kinds else "skipped"


def _tidy(failure: Failure) -> None:
    failure.type = clean(failure.type).strip()
    failure.message = clean(failure.message).strip()


def _attachments(output: str, extra: dict[str, str]) -> list[str]:
    """Names of attached files; they are names only, nothing opens them."""
    found = [*extra, *_ATTACHMENT.findall(output)]
    return [clean(name).strip() for name in found[:MAX_ATTACHMENTS]]


def _file(attributes: dict[str, str], suite: _Suite) -> str:
    """The file that the report itself names for a case."""
    return attributes.get("file") or attributes.get("filepath") or suite.file


def _location(attributes: dict[str, str], suite: _Suite, failures: list[Failure]) -> Location | None:
    """Where a case stands: the file that the report names, else a place in the trace."""
    path = _file(attributes, suite)
    if path:
        return Location(clean(path[:1000]), _whole(attributes.get("line") or attributes.get("lineno")))
    for failure in failures:
        if place := _place_in_trace(failure.text):
            return place
    return None


_PYTHON_PLACE = re.compile(r'File "([^"\n]{1,500})", line (\d{1,7})')
_FRAME = re.compile(r"^\s*(?:at |in |from |# )?(?:[^\s(]{1,300} (?:\[as [^\]]{1,100}\] )?\()?((?:[A-Za-z]:[\\/])?[^\s:()\"']{1,300}\.[A-Za-z]{1,6}):(\d{1,7})", re.MULTILINE)
_JAVA_FRAME = re.compile(r"^\s*at [\w.$/<>@-]{1,400}\(([\w$-]{1,200}\.(?:java|kt|scala|groovy)):(\d{1,7})\)", re.MULTILINE)
_FOREIGN = ("site-packages", "node_modules", "node:internal", "/usr/lib/", "<frozen", "vendor/")


def _place_in_trace(text: str) -> Location | None:
    """The place that a trace names: Python's last frame, else the first frame that is not of a library."""
    if not text:
        return None
    # Of chained exceptions the last one says where the test stood.
    text = text[max(text.rfind("following exception:"), text.rfind("another exception occurred:"), 0) :]
    start = text.rfind('File "')
    if start >= 0 and (match := _PYTHON_PLACE.match(text, start)):
        return Location(match[1], int(match[2]))
    if "\tat " in text and (match := _JAVA_FRAME.search(text, 0, 4_000)):
        return Location(match[1], int(match[2]))
    window = "\n".join(line[:600] for line in text[:6_000].split("\n")[:80])
    own = (m for m in _FRAME.finditer(window) if not any(part in m[1] for part in _FOREIGN))
    match = next(own, None)
    return Location(match[1], int(match[2])) if match else None


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    text = text.strip().replace(",", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _earliest(first: datetime | None, second: datetime) -> datetime:
    return second if first is None or second < first else first


def _latest(first: datetime | None, second: datetime) -> datetime:
    return second if first is None or second > first else first
