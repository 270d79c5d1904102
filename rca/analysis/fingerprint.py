"""Say of a failure in two words what it is: its type and its message; and give equal failures an equal key."""

from __future__ import annotations

import re
from hashlib import blake2b

from rca.model import Case, Failure
from rca.text.clean import clean
from rca.text.normalise import MAX_LINE, normalise

VERSION = "v0"

_TYPE_FIRST = re.compile(
    r"((?:[A-Za-z_$][\w$]*(?:\.|::|\\)){0,12}[A-Z_a-z$][\w$]*(?:Error|Exception|Failure|Fault|Warning|Interrupt|Timeout|Unavailable|Exit)[\w$]*|(?:[A-Za-z_$][\w$]*\.){1,12}[A-Z][\w$]*)(?:\s*\[[\w ]{1,40}\])?\s*(?::|$|-\s)\s*"
)
_SETUP = re.compile(r'failed on (?:setup|teardown) with "(.*?)"?$', re.DOTALL)
_PYTEST_LINE = re.compile(r"^E\s+(\S.*)$", re.MULTILINE)
_PLACE_ONLY = re.compile(r"^\S{1,500}\.[A-Za-z]{1,5}:\d+(?::\d+)?:?(?: Failure| error)?:?$")
_NOISE = re.compile(
    r"^(?:[-=_~*+#.>\s]{3,}|\+\+ .*|Traceback \(most recent call last\):|self = <.*|=== (?:RUN|PAUSE|CONT|NAME) .*|--- (?:FAIL|SKIP):.*|●.*|\(in test file .*)$"
)
_GENERIC = {
    "",
    "failed",
    "failure",
    "error",
    "fail",
    "test failed",
    "assertion failed",
    "failed.",
    "error.",
    "exception",
    "none",
    "null",
}
_NOT_A_TYPE = {"", "failed", "failure", "error", "fail", "undefined", "none", "null", "str", "string"}


def describe(failure: Failure) -> tuple[str, str]:
    """Return the type of the error and its message, each possibly empty.

    The type is the attribute of that name, else what stands before the colon of the message. The message is the
    attribute, unless it says no more than «failed»: then the first telling line of the text.
    """
    message = failure.message.strip()
    if setup := _SETUP.match(message):
        message = setup[1]
    if message.lower() in _GENERIC or _PLACE_ONLY.match(message.split("\n", 1)[0]):
        message = _telling(message, failure.text) or message
    kind = failure.type.strip()
    if kind.lower() in _NOT_A_TYPE:
        kind = ""
    match = _TYPE_FIRST.match(message[:MAX_LINE])
    if match and (not kind or kind.rpartition(".")[2] == match[1].rpartition(".")[2]):
        kind = match[1] if len(match[1]) >= len(kind) else kind
        message = message[match.end() :] or message
    return kind[:300], message


def _telling(message: str, text: str) -> str:
    """The first lines of a text that say what went wrong: the `E` lines of pytest, else the first that is no frame or rule."""
    text = clean(text[:8_000] + text[max(8_000, len(text) - 12_000) :])
    pytest_lines = _PYTEST_LINE.findall(text)
    if pytest_lines:
        return "\n".join(pytest_lines[:2])
    rest = message.split("\n")[1:]
    lines = [line.strip()[:MAX_LINE] for line in [*rest, *text[:8_000].split("\n")]]
    telling = [line for line in lines if line and not _NOISE.match(line) and not _PLACE_ONLY.match(line)]
    return "\n".join(telling[:2])


def worst_failure(case: Case) -> Failure | None:
    """The failure that decides the outcome of a case: the first error, else the first failure."""
    failures = [f for f in case.failures if f.kind != "skipped"]
    return next((f for f in failures if f.kind == "error"), failures[0] if failures else None)


def cause_key(kind: str, message: str, case: Case) -> str:
    """Type and normalised message; a case that says nothing at all stands for itself."""
    normal = normalise(message)
    if not kind and normal.lower() in _GENERIC:
        return f"{normal}\n{case.suite}\n{case.classname}\n{case.name}"
    return f"{kind}\n{normal}"


def fingerprint(key: str) -> str:
    """Version of the rule and a hash of 16 digits."""
    return f"{VERSION}:{blake2b(key.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"
