"""Say of a failure in two words what it is: its type and its message."""

from __future__ import annotations

import re

from rca.failures.chain import Chain
from rca.model import Case, Failure
from rca.text.clean import clean
from rca.text.normalise import MAX_LINE

HEAD = 8_000
TAIL = 12_000

# The class of an error that stands before its message, with a code as Node and .NET print it: `TypeError [ERR_X]: …`,
# `SocketException (111): …`, `std::runtime_error: …`.
_TYPE_FIRST = re.compile(
    r"(?:Uncaught\s+)?((?:[A-Za-z_$][\w$]*(?:\.|::|\\)){0,12}[A-Z_a-z$][\w$]*"
    r"(?:Error|Exception|Failure|Fault|Warning|Interrupt|Timeout|Unavailable|Exit)[\w$]*"
    r"|(?:[A-Za-z_$][\w$]*\.){1,12}[A-Z][\w$]*|(?:[a-z_]\w{0,60}::){1,6}[a-z_]\w{0,60})"
    r"(?:\s*(?:\[[\w ]{1,40}\]|\(-?(?:0x)?[0-9A-Fa-f]{1,10}\)))?\s*(?::|$|-\s)\s*"
)
_PLAIN_ERROR = re.compile(r"(?:Uncaught\s+)?Error:\s+(?=\S)")
_SETUP = re.compile(r'failed on (?:setup|teardown) with "(.*?)"?$', re.DOTALL)
_PYTEST_LINE = re.compile(r"^E\s+(\S.*)$", re.MULTILINE)
_PANIC = re.compile(r"thread '.{0,300}?' (?:\(\d+\) )?panicked at ")
_CAUSE = re.compile(r"^ {0,8}(?:\[?cause\]?: )\[?(\w{0,60}(?:Error|Exception))\b", re.MULTILINE)
_EXPECTED = re.compile(r"^\s{0,20}(Expected\b[^\n]{1,200})\n\s{0,20}(Received\b[^\n]{1,200})", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last)"
# The block that testify prints: what was wrong, on one line or several, and the message of the test's author.
_TESTIFY = re.compile(
    r"^\s{1,20}Error:[ \t]{1,20}(.*(?:\n(?!\s{1,60}[A-Z][\w ]{0,20}:[ \t])[ \t]{6,60}\S.*){0,12})"
    r"(?:(?:\n.*){0,3}?\n\s{1,20}Messages:[ \t]+(.*))?",
    re.MULTILINE,
)
_NAMED = re.compile(r"name: ([A-Z]\w{0,60}(?:Error|Exception))$")

# Only a place, or a place and the title of the test.
_PLACE_ONLY = re.compile(
    r"^(?:unknown file|\S{1,500}\.[A-Za-z]{1,5}:\d+(?::\d+)?:?(?: Failure| error)?:?|\S{1,300}\.\w{1,5}:\d+:\d+ (?:› )?.*)$"
)
# Lines that introduce, underline or locate a failure and do not say what it is, by the tool that prints them.
_INTRODUCING = (
    r"[-=_~*+#.>─\s]{3,}|__.*__|Failed|FAILED:|Failure:|Error:|message:|None",
    r"(?:\S+: )?Traceback \(most recent call last\):|Traceback:|traceback \(length=\d+\): \{\{\{|\}\}\}|self = <.*",  # Python
    r"=== (?:RUN|PAUSE|CONT|NAME) .*|--- (?:FAIL|SKIP):.*|FAIL\t.*|goroutine \d+ \[.*|\[signal .*",  # Go
    r"\+\+ .*|\(in test file .*|\(from function .*",  # bats
    r"●.*|\[Error: test failed\].*|at: \S.*",  # Jest, Node, AVA
    r"(?:\[[^\]]{1,80}\] )?›.*|\[[^\]]{1,80}\] › .*|\S+ › .*|Retry #\d+.*",  # Playwright
    r"[A-Z]+(?: [A-Z]+){0,3} ?(?:FAILURE|EXCEPTION|ERROR|TRACE|ENTERED)?: ?-*|- (?:file|line)\s*:.*",  # Boost
    r"\{Unknown expression after the reported line\}|Location: \S+:\d+|note: run with .*",  # Catch2, behave, Rust
    r"[\w\\]+::\w+(?: with data set .*)?|\w+\([\w:]+\) \[\S+:\d+\]:",  # PHPUnit, Minitest
)
_NOISE = re.compile(f"^(?:{'|'.join(_INTRODUCING)})$")
_FRAME = re.compile(
    r"^(?:at \S|in call from |::in function |❯ |File \"|#\d+ |\.{0,2}/\S+:\d+(?::in .*)?$|from \S+:\d+:in |\S+\.\w{1,5}:\d+:in )"
)
_LABEL = re.compile(r"^(?:- message: ?|\*\*(?=\w+:)|E {1,6}|# (?=\S))")
_GENERIC = {
    "", "failed", "failure", "error", "fail", "test failed", "test failure", "assertion failed", "failed.", "error.", "exception", "none",
    "null", "collection failure", "test setup failure", "test teardown failure", "failed!", "unexpected exception",
    "{unknown expression after the reported line}",
}  # fmt: skip
_COUNTED = re.compile(r"^\d+ (?:assertion\(s\)|assertions?) failed\.?$")
_NOT_A_TYPE = {
    "", "failed", "failure", "error", "fail", "undefined", "none", "null", "str", "string", "nonetype", "exception", "test_case",
    "testcodefailure", "hookfailed", "_stringexception",
}  # fmt: skip
_WRAPPERS = {"AssertionError", ""}


def kind_and_message(failure: Failure, causes: Chain) -> tuple[str, str]:
    """Return the type of the error and its message, each possibly empty; those of the innermost cause when there is one.

    The type is the attribute of that name when it names a class of errors, else what stands before the colon of the
    message. The message is the attribute, unless it says no more than «failed»: then the first telling line of the text.
    """
    if len(causes.parts) > 1 and (inner := _innermost(causes)):
        return inner[0] or ("panic" if _PANIC.match(failure.message) else ""), inner[1]
    message = clean(failure.message).strip()
    if setup := _SETUP.match(message):
        message = setup[1]
    kind, weak = _kind(failure.type.strip())
    first = message.split("\n", 1)[0]
    found = _says_nothing(message, first) or first == kind or _TRACEBACK in message
    if found or (weak and message.endswith("...")):
        message = _telling(message, failure.text) or ("" if first == kind else message)
    elif _PANIC.match(message):
        kind, weak, message = "panic", True, _after_panic(failure.text) or message
    kind, message = _split(kind, weak or found, message)
    kind = kind or _kind_in(failure, message)
    if " " in kind:
        kind, message = "", message or kind
    return kind[:300], _joined(message, failure.text)


def _innermost(causes: Chain) -> tuple[str, str] | None:
    """Type and message of the cause that came first; nothing when it does not say what it is."""
    cause = clean(causes.cause[:HEAD]).strip()
    if not cause:
        part = clean(causes.parts[0][-TAIL:])
        lines = _PYTEST_LINE.findall(part)
        cause = "\n".join(lines[:2]) if lines else _end_of_traceback(part)
    lines = [line.strip()[:MAX_LINE] for line in cause.split("\n")[:2]]
    lines = lines[:1] + [line for line in lines[1:] if line and not _FRAME.match(line)]
    kind, message = _split("", True, "\n".join(lines))
    return (kind[:300], message) if kind or message else None


def _kind(name: str) -> tuple[str, bool]:
    """The attribute that should name a class of errors, and whether it is less than that: a sentence, a test's name, nothing."""
    if name.rpartition(".")[2].lower() in _NOT_A_TYPE:
        return "", True
    if name.startswith(("test_", "test ")) and name[5:6].islower() | name[5:6].isdigit():
        return ("" if name[4] == "_" else name), True
    return name, " " in name


def _says_nothing(message: str, first: str) -> bool:
    return message.lower() in _GENERIC or message.startswith("self = ") or bool(_PLACE_ONLY.match(first) or _COUNTED.match(message))


def _split(kind: str, weak: bool, message: str) -> tuple[str, str]:  # noqa: FBT001 -- a pair of values that belong together
    """Take the type off the message when it stands there, and prefer it to a type that says less."""
    match = _TYPE_FIRST.match(message[:MAX_LINE])
    if match:
        stated, short = match[1], match[1].rpartition(".")[2]
        if weak or kind in _WRAPPERS or kind.rpartition(".")[2] == short:
            kind = kind if kind.endswith(stated) else stated
            message = message[match.end() :] or message
    elif message.startswith(("Error: ", "Uncaught Error: ")):
        message = _PLAIN_ERROR.sub("", message, count=1)
    elif kind in {"", "panic"} and message.startswith("panic: "):
        kind, message = "panic", message[7:].split("\n", 1)[0].removesuffix(" [recovered]")
    elif not kind and message.startswith("assert "):
        kind = "AssertionError"
    if message == kind:
        message = ""
    return kind, message


def _telling(message: str, text: str) -> str:
    """The lines of a text that say what went wrong: the `E` lines of pytest, the end of a Python traceback, else the first ones."""
    text = clean(text[:HEAD] + text[max(HEAD, len(text) - TAIL) :])
    pytest_lines = _PYTEST_LINE.findall(text)
    if pytest_lines:
        return "\n".join(pytest_lines[:2])
    if "Error Trace:" in text and (found := _TESTIFY.search(text)):
        return " ".join(part.strip() for part in [*found[1].split("\n")[:5], found[2] or ""] if part.strip())
    if _TRACEBACK in text and (end := _end_of_traceback(text)):
        return end
    lines = [_LABEL.sub("", line.strip()[:MAX_LINE]) for line in [*message.split("\n")[1:], *text[:HEAD].split("\n")]]
    said = [line for line in lines if line and not _NOISE.match(line) and not _PLACE_ONLY.match(line)]
    kept = _without_echo([line for line in said if not _FRAME.match(line)][:8])
    if kept and (named := _NAMED.match(kept[0])):
        kept = [f"{named[1]}: {' '.join(kept[1:3])}"]
    if len(kept) == 1 and _TYPE_FIRST.fullmatch(kept[0]):
        # An exception without a message: the frame in which it came up tells it from others of its kind.
        kept[0] = f"{kept[0].rstrip(':')}: {next((line for line in said if _FRAME.match(line)), '')}".removesuffix(": ")
    return "\n".join(kept or said[:1])


def _without_echo(lines: list[str]) -> list[str]:
    """At most four lines, without those that repeat one above: producers write a message as an attribute and as text."""
    kept: list[str] = []
    for line in lines:
        if not any(line.endswith(before) for before in kept):
            kept.append(line)
    return kept[:4]


def _end_of_traceback(text: str) -> str:
    """The exception below the last frame of a Python traceback; without a message, with the line of code that raised it."""
    lines = [line[:MAX_LINE] for line in text[text.rfind('  File "') :].split("\n")]
    code = ""
    for index, line in enumerate(lines[1:], 1):
        said = line.strip()
        if line[:1].strip(" \t|"):
            bare = code and _TYPE_FIRST.fullmatch(said)
            return f"{said}: {code}" if bare else "\n".join(part.strip() for part in lines[index : index + 2] if part.strip("} "))
        if said and not _NOISE.match(said) and set(said) - set("^~"):
            code = said
    return ""


def _after_panic(text: str) -> str:
    """The message of a Rust panic: the lines below the one that gives the thread and the place."""
    begin = _PANIC.search(text[:HEAD])
    if begin is None:
        return ""
    lines = [line.strip()[:MAX_LINE] for line in text[begin.end() : HEAD].split("\n")[1:5]]
    if "stack backtrace:" in lines:
        lines = lines[: lines.index("stack backtrace:")]
    said = [line for line in lines if line and not _NOISE.match(line)]
    return "; ".join(said[:3]) if said and len(said[0]) < 300 else "\n".join(said)


def _kind_in(failure: Failure, message: str) -> str:
    """The type that only the text gives: at the end of a Python traceback with that message, or as Node's `cause`."""
    text = failure.text
    if failure.type.endswith("Failure"):
        cause = _CAUSE.search(text[:HEAD])
        return cause[1] if cause else ""
    first = message.split("\n", 1)[0][:MAX_LINE]
    if first and (at := text.find(f": {first}", 0, HEAD)) > 0:
        before = text[max(0, text.rfind("\n", 0, at) + 1, at - 300) : at].strip()
        if match := _TYPE_FIRST.fullmatch(before):
            return match[1]
    if message and _TRACEBACK in text:
        end = _end_of_traceback(clean(text[-TAIL:]))
        match = _TYPE_FIRST.match(end)
        if match and end[match.end() :].startswith(message.split("\n", 1)[0]):
            return match[1]
    return ""


def _joined(message: str, text: str) -> str:
    """Put what a first line only announces on that line: `Expected equality of these values:`, `expect(received).toBe(expected)`."""
    first, _, rest = message.partition("\n")
    if first.startswith("expect(") and len(first) < 300:
        found = _EXPECTED.search(message if "Received" in message else text[:HEAD])
        if found:
            return "; ".join((first, found[1].rstrip(), found[2].rstrip()))
    elif rest and first.endswith(":") and len(first) < 200:
        return " ".join([first, *[line.strip()[:300] for line in rest.split("\n") if line.strip()][:4]])
    return message


def worst_failure(case: Case) -> Failure | None:
    """The failure that decides the outcome of a case: the first error, else the first failure."""
    failures = case.failures
    if len(failures) == 1 and failures[0].kind != "skipped":
        return failures[0]
    failures = [f for f in failures if f.kind != "skipped"]
    return next((f for f in failures if f.kind == "error"), failures[0] if failures else None)
