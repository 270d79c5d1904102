"""What a failure says, and what the chain of causes in its text says lies beneath it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rca.failures.chain import chain
from rca.model import Failure
from rca.text.frames import NO_RULES, frames_of
from rca.text.normalise import normalise

LINE = 500
TEXT = 20_000

_DIRECT = "The above exception was the direct cause of the following exception:"
_DURING = "During handling of the above exception, another exception occurred:"
# A class of errors, with a code in brackets as some print it, and its message.
_STATED = re.compile(
    r"(?:Uncaught |Unhandled exception\. )?(?P<type>(?:[A-Za-z_$][\w$]{0,80}(?:\.|::|\\)){0,12}[A-Za-z_$][\w$]{0,80})"
    r"(?:\s?[\[(][\w ]{1,40}[\])])?(?: ?:\s+(?P<said>.*)|:?)$"
)
# A class without such an ending is known by its package or by its capitals.
_CLASS = re.compile(r"(?:[\w$]+(?:\.|::|\\))+[A-Z]\w*[a-z]\w*$|[A-Z]\w*[a-z][A-Z]\w*$")
_ERROR = re.compile(r"(?:Error|Exception|Failure|Fault|Timeout|Unavailable|Refused|NotFound|Denied|Panic)\w*$")
_PHP_PLACE = re.compile(r" in /?\S{1,300}:\d+$")
_DOT = re.compile(r"[.\\]|::")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{2,}")
# Words that say of no failure in particular what it is.
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "from",
        "not",
        "was",
        "were",
        "has",
        "had",
        "null",
        "none",
        "nil",
        "undefined",
        "true",
        "false",
        "error",
        "errors",
        "exception",
        "failed",
        "failure",
        "failing",
        "fail",
        "cannot",
        "can",
        "could",
        "unable",
        "because",
        "time",
        "timed",
        "out",
        "timeout",
        "connection",
        "connect",
        "connected",
        "refused",
        "reset",
        "closed",
        "peer",
        "read",
        "write",
        "socket",
        "request",
        "response",
        "server",
        "client",
        "call",
        "host",
        "port",
        "address",
        "retries",
        "exceeded",
        "max",
        "waiting",
        "wait",
        "expected",
        "actual",
        "received",
        "but",
        "got",
        "value",
        "values",
        "number",
        "object",
        "instance",
        "invoke",
        "local",
        "unknown",
        "unexpected",
        "invalid",
        "assert",
        "assertion",
        "test",
        "tests",
        "case",
        "http",
        "https",
        "url",
        "errno",
        "code",
        "status",
        "exit",
        "internal",
        "operation",
        "after",
        "before",
        "return",
        "type",
        "class",
        "method",
        "string",
        "int",
        "list",
        "map",
        "index",
        "range",
        "bounds",
        "length",
        "size",
    ]
)
_ASSERTIONS = frozenset(
    {"assertionerror", "assertionfailederror", "comparisonfailure", "expectationfailedexception", "multiplefailureserror"}
)


@dataclass(frozen=True, slots=True)
class Said:
    """A failure as it is stated: its class without the package, its normalised message, the place in product code, the line itself."""

    kind: str
    message: str
    place: str
    line: str

    @property
    def telling(self) -> bool:
        """Whether it says enough to tell it from others: no assertion, and two words that not every failure has."""
        return self.kind.lower() not in _ASSERTIONS and len({w.lower() for w in _WORD.findall(self.message)} - _COMMON) >= 2

    def agrees(self, other: Said) -> bool:
        """Whether both may be one failure; what one of them does not say is no difference."""
        kinds = not self.kind or not other.kind or self.kind == other.kind
        places = not self.place or not other.place or self.place == other.place
        return kinds and places and self.message == other.message


class Wanted:
    """The messages that matter, normalised as in Said, and a cheap look at whether another one may become one of them."""

    def __init__(self, messages: Iterable[str]) -> None:
        self._messages = frozenset(messages)
        self._firsts = {message.partition(" ")[0] for message in self._messages}

    def may_hold(self, message: str) -> bool:
        """Whether a message, not yet normalised, may be wanted: normalising leaves a first word of mere letters as it is."""
        first = message.partition(" ")[0]
        return bool(self._messages) and (first in self._firsts or not first.isalpha())

    def __contains__(self, message: str) -> bool:
        """Whether that message is wanted."""
        return message in self._messages


def own_of(failure: Failure, wanted: Wanted) -> Said | None:
    """What a failure says itself, whatever stands behind it; None when that is not wanted, or does not tell it from others."""
    line = next(statements(failure), "")
    kind = failure.type.strip()
    kind = kind if _ERROR.search(kind) and " " not in kind else ""
    if not line or not wanted.may_hold(_apart(line, kind)[1]):
        return None
    bare = said(line, kind=kind)
    return replace(bare, place=_place(failure.text[:TEXT])) if bare.message in wanted and bare.telling else None


def root_of(failure: Failure) -> Said | None:
    """The innermost exception of the chain that the text shows; None when it shows none."""
    text = failure.text[:TEXT]
    if " above exception" in text:
        return _python_root(text)
    found = chain(text)
    if not found.cause:
        return None
    line = next((line for line in found.cause.split("\n", 5) if line.strip()), "")
    return said(_PHP_PLACE.sub("", line), _place(found.parts[0])) if line else None


def statements(failure: Failure) -> Iterator[str]:
    """The lines that state the failure, at most 500 characters of each: those of its message, and in its text those that name an error."""
    for line in failure.message.split("\n", 6)[:6]:
        if line.strip():
            yield line.strip()[:LINE]
    for line in failure.text[:TEXT].split("\n"):
        if line.startswith("E  "):
            yield line[1:].strip()[:LINE]
        elif line[:1].strip() and _names_error(core := line.strip()[:LINE].removeprefix("Caused by: ")):
            yield core


@lru_cache(maxsize=8_192)
def said(line: str, place: str = "", kind: str = "") -> Said:
    """Take a statement apart; `kind` is the class of the error where the report gives it apart from the message."""
    kind, message, text = _apart(line, kind)
    return Said(_DOT.split(kind)[-1], normalise(message), place, text)


def _apart(line: str, kind: str) -> tuple[str, str, str]:
    """The class of the error, the message, and the line that holds both, white space folded."""
    text = " ".join(line.split())[:LINE]
    match = _STATED.match(text)
    if match and (_ERROR.search(match["type"]) or _CLASS.match(match["type"]) or match["type"] == kind):
        return match["type"], match["said"] or "", text
    return kind, text, text


def _names_error(line: str) -> bool:
    match = _STATED.match(line) if ": " in line else None
    return match is not None and _ERROR.search(match["type"]) is not None


def _python_root(text: str) -> Said | None:
    """Of the last chain of direct causes: what came up while another exception was handled need not be its effect."""
    last = text.rpartition(_DURING)[2]
    part, link, _ = last.partition(_DIRECT)
    if not link:
        return None
    lines = [line[:LINE] for line in part.split("\n") if line.strip()]
    marked = [index for index, line in enumerate(lines) if line.startswith("E  ")]
    if marked:
        start = marked[-1]
        while start and lines[start - 1].startswith("E  "):
            start -= 1
        line = lines[start][1:]
    else:
        line = next((line for line in reversed(lines) if not line[0].isspace()), "")
    return said(line, _place(part)) if line else None


def _place(text: str) -> str:
    """The frame of product code nearest to the failure; tests differ where the failure does not, so that their frames do not count."""
    own = [frame.name for frame in frames_of(text, NO_RULES) if frame.own and not frame.test]
    innermost_last = 'File "' in text or ".py:" in text
    return (own[-1] if innermost_last else own[0]) if own else ""
