"""Walk a chain of causes: «Caused by», «direct cause», `[cause]`, `--->`, «Next» and their like in nine languages."""

from __future__ import annotations

import re
from typing import NamedTuple

CAUSES = 20
# Characters before «ause» that may belong to a link, and from there on to its end; how often it may stand in a text to look around each.
BEFORE, BEHIND = 40, len("aused by: ---\n")
FEW = 20

_PYTHON = re.compile(
    r"^[ |]*(?:The above exception was the direct cause of the following exception"
    r"|During handling of the above exception, another exception occurred):?\s*$",
    re.MULTILINE,
)
# Java and Kotlin, Node, Vitest, Jest, PHPUnit, Rust, C++, RSpec: the cause stands behind these words.
_BEHIND = re.compile(
    r"^(?:Caused by: ?|(?: {2,12}|\t)\[cause\]: |Caused by\n|\s{0,8}Caused by:\n|\s{0,8}Cause:\n|\s{0,8}caused by: "
    r"|\s{0,8}nested exception: |\s{0,8}# --- Caused by: ---\n)",
    re.MULTILINE,
)
_NEXT = re.compile(r"^Next (?=[\w\\]+: )", re.MULTILINE)
_PHP_PLACE = re.compile(r" in \S{1,1000}:\d+$")
_ARROW = re.compile(r"^ ?---> ?| ---> |^---- (?=\w)", re.MULTILINE)
_END_OF_INNER = "--- End of inner exception stack trace ---"
_INNER_STACK = re.compile(r"^ *----- Inner Stack Trace.*-----", re.MULTILINE)
_NUMBERED = re.compile(r"^\s*\d+: +(?=\S)")


class Chain(NamedTuple):
    """The innermost cause as it is written, empty without a chain, and the parts of the trace, innermost first."""

    cause: str
    parts: list[str]


def chain(text: str) -> Chain:
    """Take a trace apart at the links between its exceptions."""
    if " above exception" in text:
        parts = _PYTHON.split(text, CAUSES)
        if len(parts) > 1:
            return Chain("", parts)
    if "---" in text and ("---> " in text or "---- " in text):
        found = _dotnet(text)
        if found is not None:
            return found
    if "ause" in text or "nested exception" in text:
        links = _links(text)[-CAUSES:]
        if links:
            starts = [0, *(link.end() for link in links)]
            ends = [*(link.start() for link in links), len(text)]
            parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
            return Chain(_head(parts[-1]), parts[::-1])
    if "\nNext " in text:
        parts = _NEXT.split(text, CAUSES)
        first = (parts[0].partition("Uncaught ")[2] or parts[0]).split("\n", 1)[0]
        return Chain(_PHP_PLACE.sub("", first[:4_000]), parts)
    return Chain("", [text])


def _links(text: str) -> list[re.Match[str]]:
    """The words behind which a cause stands: looked for around each «ause», which all but one of them hold.

    Where that stands often, or the other one is there, one search through all of the text costs less.
    """
    found: list[re.Match[str]] = []
    end = 0
    at = text.find("ause")
    for _ in range(0 if "nested exception" in text else FEW):
        if at < 0:
            return found
        if link := _BEHIND.search(text, max(end, at - BEFORE), at + BEHIND):
            found.append(link)
            end = link.end()
        at = text.find("ause", max(end, at + 1))
    return list(_BEHIND.finditer(text))


def _dotnet(text: str) -> Chain | None:
    """C#: the headers stand above all frames, the innermost last; its frames come first."""
    frames = text.find("\n   at ")
    head = text if frames < 0 else text[:frames]
    arrows = list(_ARROW.finditer(head))
    if not arrows:
        return None
    cause = head[arrows[-1].end() :]
    if _INNER_STACK.search(text):
        return Chain(cause, _INNER_STACK.split(text[len(head) :], CAUSES)[::-1])
    return Chain(cause, text[len(head) :].split(_END_OF_INNER, CAUSES))


def _head(part: str) -> str:
    """What a cause says: the last of the numbered ones of Rust, else its beginning without marks of comments."""
    lines = [line for line in part[:4_000].split("\n") if line.strip()]
    numbered = []
    for line in lines:
        if not _NUMBERED.match(line):
            break
        numbered.append(_NUMBERED.sub("", line))
    if numbered:
        return numbered[-1]
    said = [line.strip().removeprefix("# ").strip() if line.lstrip().startswith("# ") else line.strip() for line in lines[:3]]
    if len(said) > 1 and said[0].endswith(":"):
        said[:2] = [f"{said[0]} {said[1]}"]
    return "\n".join(said)
