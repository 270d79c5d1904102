"""Lines that a runner of GitHub Actions takes for commands, and text that it must not take for any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rca.document.publish.annotations import Annotation, Level
from rca.errors import RcaError
from rca.text import github

OF_A_KIND = 10
LONGEST = 4_096

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,100}")
_COMMANDS: dict[Level, str] = {"failure": "error", "warning": "warning", "notice": "notice"}


def workflow_commands(annotations: Sequence[Annotation]) -> list[str]:
    """A command for each annotation, ten of a kind at most, since GitHub shows no more of a step."""
    counts: Counter[Level] = Counter()
    lines = []
    for note in annotations:
        counts[note.level] += 1
        if counts[note.level] <= OF_A_KIND:
            lines.append(_command(note))
    return lines


def _command(note: Annotation) -> str:
    head = f"::{_COMMANDS[note.level]} file={_property(note.path)},line={note.line},title={_property(note.title)}::"
    return head + _fitted(note.message, LONGEST - len(head))


def _fitted(text: str, room: int) -> str:
    """The beginning of a text that takes no more room once it is escaped; no escape is cut."""
    text = text[: max(0, room)]
    while len(escaped := _data(text)) > room:
        text = text[: len(text) - max(1, (len(escaped) - room) // 3)]
    return escaped


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def echoed(text: str, token: str) -> str:
    """Text of a test as it may be printed in a workflow: no line of it is taken for a command.

    token: random, from `secrets.token_hex(16)`, another one for each text: who knows it could end the quotation.
    """
    body = github.block(text, len(text) + 1)
    if not _TOKEN.fullmatch(token) or token in text or token in body:
        raise RcaError("the token of a quotation is too short, or stands in the text", "make one with secrets.token_hex(16)")
    return f"::stop-commands::{token}\n{body}\n::{token}::\n"
