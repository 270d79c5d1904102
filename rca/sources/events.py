"""Turn the events of the XML parser into cases: the part of the reader that every element passes through."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn
from xml.parsers.expat import XMLParserType

from rca.model import Case, Failure, FailureKind, Outcome
from rca.sources.interface import Sink
from rca.sources.places import locate
from rca.sources.producers import DIALECTS, PLAIN, Dialect, Signs
from rca.sources.suites import Differences, Suite
from rca.sources.times import Clock, parse_seconds
from rca.sources.tries import HiddenTries, Sieve, ToldTries
from rca.text.clean import clean

MAX_TEXT = 64 * 1024
MAX_TAIL = 16 * 1024
MAX_NAME = 4_096
MAX_ATTRIBUTE = 8_192
MAX_FAILURES = 50
MAX_ATTACHMENTS = 100
MAX_DEPTH_NAMED = 16
MAX_PROPERTIES = 100
MOST_SECONDS = 1e8

ROOTS = frozenset({"testsuites", "testsuite", "testrun"})
_SUITES = frozenset({"testsuite", "testsuites"})
_KINDS: dict[str, FailureKind] = {"failure": "failure", "error": "error", "skipped": "skipped", "skip": "skipped", "ignored": "skipped"}
_EARLIER: dict[str, FailureKind] = {"flakyFailure": "failure", "flakyError": "error", "rerunFailure": "failure", "rerunError": "error"}
_FAILURES = _KINDS | _EARLIER
_RANKS: dict[FailureKind, int] = {"skipped": 0, "failure": 1, "error": 2}
_OUTPUTS = frozenset({"system-out", "system-err"})
_NOT_RUN = frozenset({"notrun", "disabled", "suppressed", "skipped", "ignored", "pending", "todo", "untested", "undefined"})
_BAD_STATUS: dict[str, Outcome] = {
    "failed": "failed",
    "failure": "failed",
    "fail": "failed",
    "error": "error",
    "errored": "error",
    "hook_error": "error",
    "cleanup_error": "error",
}
_FAILING = frozenset({"failed", "error"})
_ATTACHMENT = re.compile(r"\[\[ATTACHMENT\|([^\]\n]{1,1000})\]\]")
_SPELLED_COLOUR = r"\[[0-9;]{0,30}m"

Attributes = dict[str, str]
Start = Callable[[str, Attributes], object]
End = Callable[[str], object]


class NotAReportError(Exception):
    """The document is well-formed so far, but its root is not one of JUnit's."""


class ForbiddenError(Exception):
    """The document declares entities, which no producer does and an attacker would."""


class Text:
    """Collects the text of an element: all of it up to a limit, beyond that its beginning and its end."""

    __slots__ = ("_end", "_parts", "_room", "size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._end = ""
        self._room = MAX_TEXT
        self.size = 0

    def add(self, data: str) -> None:
        """Take the next piece."""
        self.size += len(data)
        if self._room > 0:
            self._parts.append(data[: self._room])
            data = data[self._room :]
            self._room -= len(self._parts[-1])
        if data:
            self._end = (self._end + data)[-MAX_TAIL:]

    def value(self) -> str:
        """Return the text, with a mark where some of it is missing."""
        text = "".join(self._parts)
        missing = self.size - len(text) - len(self._end)
        if missing > 0:
            text += f"\n… {missing:,} characters left out …\n"
        return text + self._end


class OpenCase:
    """A case or an error of a suite that is open and has something in it."""

    __slots__ = ("attachments", "attributes", "current", "earlier", "failures", "output", "text")

    def __init__(self, attributes: Attributes | None) -> None:
        self.attributes = attributes
        self.failures: list[Failure] = []
        self.earlier: list[Failure] = []
        self.current: Failure | None = None
        self.text: Text | None = None
        self.output: Text | None = None
        self.attachments: list[str] = []


class Events:
    """Gives the parser its handlers and passes what they find to the sink.

    Most cases are empty elements that passed. Two closures take those; whatever has something in it goes to methods, and the
    handlers are swapped for as long as it is open.
    """

    def __init__(self, parser: XMLParserType, sink: Sink, differences: Differences, sieve: Sieve | None, *, mended: bool) -> None:
        self._parser = parser
        self._sink = sink
        self._differences = differences
        self._mended = mended
        self._tries: ToldTries | HiddenTries | None = HiddenTries(sink, self._merge, sieve) if sieve else None
        self._passed = self._tries.passed if self._tries else sink.passed
        self._emit = self._tries.case if self._tries else sink.case
        self._dialect: Dialect | None = None
        self._respells = False
        self._colour: re.Pattern[str] | None = None
        self._suites: list[Suite] = []
        self._suite = self._outside = Suite("", "", "")
        self._between: tuple[Start, End] | None = None
        self._resume: Callable[[Attributes], None] = self._finish_plain
        self._inside: tuple[Start, End] = (self._start_inside, self._end_inside)
        self._open: OpenCase | None = None
        self._around: list[OpenCase] = []
        self.around = 0
        self.root_seen = False
        self.signs = Signs()
        self.clock = Clock()
        self.properties: dict[str, str] = {}
        self.suite_errors = 0
        self.surplus = False
        self.dropped = 0
        self.bad_times = 0
        self.first_bad_time = ("", 0)
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._start_root
        parser.EntityDeclHandler = self._entity

    # -- the hot path ----------------------------------------------------------------------------------------------

    def _make_between(self) -> tuple[Start, End]:
        """Make the handlers for the space between cases and for cases with nothing in them."""
        passed = self._passed
        suite = self._suite
        more_signs = True
        case: Attributes | None = None

        def start(tag: str, attributes: Attributes) -> None:
            nonlocal case, suite
            if case is not None:
                self._open_case(case)
                case = None
                self._start_inside(tag, attributes)
            elif tag == "testcase":
                case = attributes
            else:
                self._start_outside(tag, attributes)
                suite = self._suite

        def end(tag: str) -> None:
            nonlocal case, suite, more_signs
            if case is None:
                self._end_outside(tag)
                suite = self._suite
                return
            attributes, case = case, None
            suite.cases += 1
            if more_signs:
                more_signs = self.signs.case(attributes)
            try:
                name, classname, seconds = attributes["name"], attributes["classname"], float(attributes["time"])
            except (KeyError, ValueError):
                self._finish_plain(attributes)
                return
            if len(attributes) == 3 and 0.0 <= seconds < MOST_SECONDS and name.isascii() and len(name) < MAX_NAME:
                passed(suite.path, classname, name, suite.file, seconds)
            else:
                self._finish_plain(attributes)

        def resume(attributes: Attributes) -> None:
            nonlocal case
            case = attributes
            end("testcase")

        self._resume = resume
        return start, end

    def _handle(self, handlers: tuple[Start, End]) -> None:
        self._parser.StartElementHandler, self._parser.EndElementHandler = handlers

    def _watch_between(self) -> None:
        self._between = self._make_between()
        if self._open is None:
            self._handle(self._between)

    # -- suites ----------------------------------------------------------------------------------------------------

    def _start_root(self, tag: str, attributes: Attributes) -> None:
        tag = tag.rpartition(":")[2]
        self.root_seen = True
        if tag not in ROOTS:
            raise NotAReportError(tag[:100])
        self.signs.begin(tag, attributes)
        self._start_outside(tag, attributes)
        self._watch_between()

    def _start_outside(self, tag: str, attributes: Attributes) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag in _SUITES:
            self._start_suite(tag, attributes)
        elif tag == "property":
            self._property(attributes)
        elif tag in _KINDS:
            self._open_case(None)
            self._start_inside(tag, attributes)
        elif tag == "testcase":  # with a prefix
            self._open_case(attributes)

    def _end_outside(self, tag: str) -> None:
        if tag in _SUITES or tag.rpartition(":")[2] in _SUITES:
            self._end_suite()

    def _start_suite(self, tag: str, attributes: Attributes) -> None:
        if tag == "testsuite":
            self.signs.suite(attributes)
        name = clean(attributes.get("name", "")[:MAX_NAME]).strip()
        parent = self._suite
        if tag == "testsuites" or not name or len(self._suites) > MAX_DEPTH_NAMED:
            path = parent.path
        else:
            path = f"{parent.path} > {name}" if parent.path else name
        file = attributes.get("file") or attributes.get("filepath") or parent.file
        suite = Suite(name, path, file[:MAX_NAME], self._place())
        suite.declared = attributes
        if stamp := attributes.get("timestamp"):
            self.clock.suite(stamp, attributes.get("time"))
        self._suites.append(suite)
        self._suite = suite

    def _end_suite(self) -> None:
        if not self._suites:
            return
        suite = self._suites.pop()
        self._suite = self._suites[-1] if self._suites else self._outside
        self._suite.add(suite)
        if suite.declared and len(self._suites) >= self.around:
            self._differences.check(suite)
            self.surplus = self.surplus or suite.surplus()

    def _property(self, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        self.signs.property(name)
        if name and len(self.properties) < MAX_PROPERTIES:
            self.properties[clean(name[:200])] = clean(attributes.get("value", "")[:500])

    def _place(self) -> int:
        """Tell where the parser is: the line when bytes were mended before, else the byte, from which the line follows later.

        Asking for the line makes expat look at every byte since it was asked last.
        """
        return self._parser.CurrentLineNumber if self._mended else self._parser.CurrentByteIndex

    def _entity(self, name: str, *_rest: object) -> NoReturn:
        raise ForbiddenError(f"the document declares the entity {name[:60]!r}, which rca refuses")

    # -- inside of a case, or of an error of a suite -----------------------------------------------------------------

    def _open_case(self, attributes: Attributes | None) -> None:
        self._open = OpenCase(attributes)
        self._handle(self._inside)

    def _start_inside(self, tag: str, attributes: Attributes) -> None:
        opened = self._open
        if opened is None:
            return
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag in _FAILURES:
            if opened.current is None:
                self._start_failure(opened, tag, attributes)
        elif tag in _OUTPUTS:
            self._start_output(opened)
        elif tag == "property":
            self._case_property(opened, attributes)
        elif tag == "testcase":  # a case in a case counts on its own
            self._around.append(opened)
            self._open = OpenCase(attributes)
            self._parser.CharacterDataHandler = None

    def _start_failure(self, opened: OpenCase, tag: str, attributes: Attributes) -> None:
        kind = _FAILURES[tag]
        failure = Failure(kind, attributes.get("type", "")[:MAX_ATTRIBUTE], attributes.get("message", "")[: 2 * MAX_ATTRIBUTE])
        into = opened.earlier if tag in _EARLIER else opened.failures
        if len(into) < MAX_FAILURES:
            into.append(failure)
        else:
            self.dropped += 1
            if _RANKS[kind] > _RANKS[into[-1].kind]:
                into[-1] = failure
        opened.current = failure
        opened.text = Text()
        self._parser.CharacterDataHandler = opened.text.add

    def _start_output(self, opened: OpenCase) -> None:
        """Collect the output of a case; that inside of an earlier attempt is left out."""
        if opened.current is not None:
            self._parser.CharacterDataHandler = None
            return
        if opened.output is None:
            opened.output = Text()
        self._parser.CharacterDataHandler = opened.output.add

    def _case_property(self, opened: OpenCase, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        self.signs.property(name)
        if name.lower().startswith("attachment") and len(opened.attachments) < MAX_ATTACHMENTS:
            opened.attachments.append(attributes.get("value", "")[:1000])

    def _end_inside(self, tag: str) -> None:
        opened = self._open
        if opened is None:
            return
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "testcase":
            self._close_case()
            self._finish_case(opened, self._suite)
        elif tag in _FAILURES:
            self._end_failure(opened)
        elif tag in _OUTPUTS:
            self._parser.CharacterDataHandler = opened.text.add if opened.current and opened.text else None

    def _end_failure(self, opened: OpenCase) -> None:
        failure, text = opened.current, opened.text
        if failure is None or text is None:
            return
        failure.text = text.value()
        opened.current = opened.text = None
        self._parser.CharacterDataHandler = None
        if opened.attributes is None:
            self._close_case()
            self._finish_suite_failure(failure)

    def _close_case(self) -> None:
        """Go back to what was open around the case."""
        if self._around:
            self._open = self._around.pop()
            self._parser.CharacterDataHandler = self._open.text.add if self._open.text else None
        else:
            self._open = None
            if self._between is not None:
                self._handle(self._between)

    # -- what becomes of it ------------------------------------------------------------------------------------------

    def _finish_plain(self, attributes: Attributes) -> None:
        """Pass on a case without failures, unless it says of itself that it did not pass."""
        outcome = _stated_outcome(attributes)
        if outcome != "passed":
            self._report(attributes, OpenCase(attributes), outcome)
            return
        suite = self._suite
        seconds = self._seconds(attributes)
        self._passed(suite.path, _name(attributes, "classname"), _name(attributes, "name"), _file(attributes, suite), seconds)

    def _finish_case(self, opened: OpenCase, suite: Suite) -> None:
        attributes = opened.attributes
        if attributes is None:
            return
        failures = opened.failures
        if not failures and not opened.earlier and not opened.attachments and "status" not in attributes and "result" not in attributes:
            self._resume(attributes)  # there was nothing in it but output
            return
        suite.cases += 1
        self.signs.case(attributes)
        outcome = _worst(failures) if failures else _stated_outcome(attributes)
        if outcome == "passed" and not opened.earlier and not opened.attachments:
            self._finish_plain(attributes)
        else:
            self._report(attributes, opened, outcome)

    def _finish_suite_failure(self, failure: Failure) -> None:
        """Count a failure or an error directly under a suite as one error: nothing in the suite could run, or something broke after it."""
        if failure.kind == "skipped":
            return
        suite, dialect = self._suite, self._dialect or self._know_dialect()
        self._tidy(failure, dialect)
        suite.failing += 1
        suite.marks += 1
        self.suite_errors += 1
        place = locate({}, suite.file, [failure], dialect.first_line)
        name = f"({failure.kind} of the suite)"
        self._emit(Case(suite.path, "", name, outcome="error", scope="suite", failures=[failure], location=place), suite.file)

    def _report(self, attributes: Attributes, opened: OpenCase, outcome: Outcome) -> None:
        suite, dialect = self._suite, self._dialect or self._know_dialect()
        failures, earlier = opened.failures, opened.earlier
        for failure in failures + earlier if earlier else failures:
            self._tidy(failure, dialect)
        failing = outcome in _FAILING
        if failing and len(failures) > 1:
            failures = [failure for failure in failures if failure.kind != "skipped"]
        self._count(suite, outcome, len(failures), len(earlier))
        seconds = self._seconds(attributes)
        output = opened.output.value() if opened.output is not None else ""
        file = _file(attributes, suite)
        case = Case(
            suite.path,
            _name(attributes, "classname"),
            _name(attributes, "name"),
            outcome=outcome,
            seconds=seconds,
            location=None
            if outcome == "skipped"
            else locate(attributes, file, failures or earlier, dialect.first_line, class_is_file=dialect.class_is_file),
            failures=failures,
            attempts=earlier,
            flaky=outcome == "passed" and bool(earlier),
            attachments=_attachments(output, opened.attachments) if output or opened.attachments else [],
            output=(self._respell(output, dialect) if self._respells else output) if failing else "",
        )
        self._emit(case, file)

    @staticmethod
    def _count(suite: Suite, outcome: Outcome, marks: int, tries: int) -> None:
        suite.tries += tries
        if outcome in _FAILING:
            suite.failing += 1
            suite.marks += max(1, marks)
        elif outcome == "skipped":
            suite.skipped += 1

    def _seconds(self, attributes: Attributes) -> float | None:
        """Read how long a case took, and when it began if no suite says so; a time that has no meaning is unknown, and noted."""
        text = attributes.get("time")
        seconds = None
        if text is not None:
            try:
                seconds = float(text)
            except ValueError:
                seconds = parse_seconds(text)
            else:
                seconds = seconds if 0.0 <= seconds < MOST_SECONDS else None
            if seconds is None:
                self.bad_times += 1
                if self.bad_times == 1:
                    self.first_bad_time = (text[:40], self._place())
        if "timestamp" in attributes and not self.clock.by_suites:
            self.clock.case(attributes["timestamp"], seconds)
        return seconds

    def _merge(self) -> None:
        self._suite.merged += 1

    # -- dialects ----------------------------------------------------------------------------------------------------

    def _know_dialect(self) -> Dialect:
        """Recognise the producer when the first case comes that did not simply pass."""
        dialect = self._dialect = DIALECTS.get(self.signs.producer(), PLAIN)
        self._respells = bool(dialect.newline or dialect.escape)
        if dialect.escape:
            self._colour = re.compile(re.escape(dialect.escape) + _SPELLED_COLOUR)
        if dialect.tries == "told" and self._tries is None:
            self._tries = ToldTries(self._sink, self._merge)
            self._passed, self._emit = self._tries.passed, self._tries.case
            self._watch_between()
        return dialect

    def _tidy(self, failure: Failure, dialect: Dialect) -> None:
        if self._respells:
            failure.message = self._respell(failure.message, dialect)
            failure.text = self._respell(failure.text, dialect)
        failure.type = clean(failure.type).strip()
        failure.message = clean(failure.message).strip()

    def _respell(self, text: str, dialect: Dialect) -> str:
        """Undo what the producer did to line breaks and colours."""
        if dialect.newline:
            text = text.replace(dialect.newline, "\n")
        if self._colour is not None and dialect.escape in text:
            text = self._colour.sub("", text)
        return text

    # -- the end -----------------------------------------------------------------------------------------------------

    def finish(self) -> int:
        """Pass on what is still held back, also failures that a fault left open; return how many cases there were."""
        suite = self._suite
        for opened in filter(None, [*self._around, self._open]):
            if opened.current is not None and opened.text is not None:
                opened.current.text = opened.text.value()
            if all(failure.kind == "skipped" for failure in opened.failures):
                continue  # nothing in it failed yet: how it ended is not known
            if opened.attributes is None:
                self._finish_suite_failure(opened.failures[0])
            else:
                self._finish_case(opened, suite)
        if self._tries is not None:
            self._tries.finish()
        self._differences.finish()
        suites = [self._outside, *self._suites]
        return sum(each.cases - each.merged for each in suites) + self.suite_errors

    def close(self) -> None:
        """Let go of everything that refers back to this object: reading runs without the collector of cycles."""
        parser = self._parser
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = parser.EntityDeclHandler = None
        del self._between, self._resume, self._inside, self._tries, self._passed, self._emit, self._differences


def _stated_outcome(attributes: Attributes) -> Outcome:
    """Read what a case without children says of itself in `status`, `result` or `disabled`."""
    for name in ("status", "result"):
        value = attributes.get(name)
        if value is not None:
            value = value.lower()
            if value in _NOT_RUN:
                return "skipped"
            if value in _BAD_STATUS:
                return _BAD_STATUS[value]
    return "skipped" if attributes.get("disabled", "").lower() == "true" else "passed"


def _worst(failures: list[Failure]) -> Outcome:
    kinds = {failure.kind for failure in failures}
    if "error" in kinds:
        return "error"
    return "failed" if "failure" in kinds else "skipped"


def _attachments(output: str, named: list[str]) -> list[str]:
    """List the names of attached files; they are names only, nothing opens them."""
    if "[[ATTACHMENT|" in output:
        named = [*named, *_ATTACHMENT.findall(output)]
    return [clean(name).strip() for name in dict.fromkeys(named[:MAX_ATTACHMENTS])]


def _name(attributes: Attributes, key: str) -> str:
    return clean(attributes.get(key, "")[:MAX_NAME])


def _file(attributes: Attributes, suite: Suite) -> str:
    """Return the file that the report itself names for a case."""
    return attributes.get("file") or attributes.get("filepath") or suite.file
