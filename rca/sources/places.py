"""Where a case stands: the file that the report names, else a place that the trace of a failure names."""

from __future__ import annotations

import re

from rca.model import Failure, Location
from rca.sources.suites import whole
from rca.text.clean import clean

WINDOW = 6_000
FRAMES = 50

_PYTHON = re.compile(r'File "([^"\n]{1,500})", line (\d{1,7})')
_JAVA = re.compile(r"\bat (?:[\w.-]{1,100}/)?([\w.$]{1,400})\.[\w$<>-]{1,200}\(([\w$-]{1,200}\.(?:java|kt|scala|groovy)):(\d{1,7})\)")
_FRAME = re.compile(
    r"^[ \t]*(?:at: |at |in |from |# |❯ |Location: )?(?:[^\s(]{1,300} (?:\[as [^\]]{1,100}\] )?)?\(?(?:file://)?"
    r"((?:[A-Za-z]:[\\/])?[^\s:()\"'\[\]]{1,300}\.[A-Za-z]{1,7}):(\d{1,7})",
    re.MULTILINE,
)
# Places that only one producer writes; each names the file and the line.
_SPELLED = (
    re.compile(r"^- file *: (?!unknown location)(\S.{0,299})\n- line *: (\d{1,7})", re.MULTILINE),  # boost
    re.compile(r"in test file (\S[^,\n]{0,299}), line (\d{1,7})\)"),  # bats
    re.compile(r"\((?!eunit)([\w./-]{1,200}\.erl), line (\d{1,7})\)"),  # eunit
    re.compile(r"panicked at (?:'[^'\n]{0,500}', )?([^\s:]{1,300}\.rs):(\d{1,7})"),  # Rust: nextest
    re.compile(r"^#? +at (\S{1,300}) line (\d{1,7})\.", re.MULTILINE),  # Perl: prove
    re.compile(r"\[([^\s:\]]{1,300}\.rb):(\d{1,7})\]:"),  # minitest
)
_FOREIGN = re.compile(r"site-packages|dist-packages|node_modules|node:|/usr/lib/|<frozen|vendor/|ext:|<Jasmine>")
_PYTHON_FOREIGN = re.compile(r"site-packages|dist-packages|/lib/python|<frozen")
_JAVA_FOREIGN = (
    *("java.", "javax.", "jdk.", "sun.", "kotlin.", "scala.", "groovy.", "org.codehaus.groovy.", "junit.", "org.junit.", "org.testng."),
    *("org.opentest4j.", "org.assertj.", "org.hamcrest.", "org.mockito.", "com.google.common.truth.", "org.apache."),
)


def locate(
    attributes: dict[str, str], file: str, failures: list[Failure], first_line: int = 1, *, class_is_file: bool = False
) -> Location | None:
    """Say where a case stands; `first_line` is the number by which its producer calls the first line of a file."""
    classname = attributes.get("classname", "")
    if file:
        line = whole(attributes.get("line") or attributes.get("lineno"))
        line = None if line is None else line + 1 - first_line
        return Location(clean(file[:1000]), line if line and line > 0 else None)
    for failure in failures:
        if place := place_in_trace(failure.text, classname) or place_in_trace(failure.message, classname):
            return place
    return Location(clean(classname[:1000])) if class_is_file and classname else None


def place_in_trace(text: str, classname: str = "") -> Location | None:
    """Find the place that a trace names: of Python's frames the last own one, of others the first that is not of a library."""
    if not text:
        return None
    # Of chained exceptions the last one says where the test stood.
    text = text[max(text.rfind("following exception:"), text.rfind("another exception occurred:"), 0) :]
    if (last := text.rfind('File "')) >= 0 and (place := _python(text, last)):
        return place
    text = text[:WINDOW]
    if ("\tat " in text or ".java:" in text) and (place := _java(text, classname)):
        return place
    for match in _FRAME.finditer(text):
        if not _FOREIGN.search(match[0]):
            return _location(match[1], match[2])
    for pattern in _SPELLED:
        if found := pattern.search(text):
            return _location(found[1], found[2])
    return None


def _python(text: str, at: int) -> Location | None:
    """Take the last frame of the project's own code, else the last of all, from the frame at `at` backwards."""
    last: Location | None = None
    for _ in range(FRAMES):
        if match := _PYTHON.match(text, at):
            if not _PYTHON_FOREIGN.search(match[1]):
                return _location(match[1], match[2])
            last = last or _location(match[1], match[2])
        at = text.rfind('File "', 0, at)
        if at < 0:
            break
    return last


def _java(text: str, classname: str) -> Location | None:
    """Take the first frame of the test's class, else the first that is not of a library, else the first."""
    outer = classname.partition("$")[0]
    own = text.find(f"at {outer}.") if outer else -1
    first = _JAVA.match(text, own) if own >= 0 else None
    if first is None:
        for match in _JAVA.finditer(text):
            first = first or match
            if not match[1].startswith(_JAVA_FOREIGN):
                first = match
                break
    return _location(first[2], first[3]) if first else None


def _location(path: str, line: str) -> Location:
    return Location(clean(path), int(line) or None)
