"""Make a trace short enough to read: frames of libraries and lines of mere marks are counted instead of shown."""

from __future__ import annotations

import re

from rca.text.frames import NO_RULES, FrameRules

LINE = 300

_MARKS = re.compile(r"^\s*[~^]+\s*$")
_OUTCOME = re.compile(r"^(?:E\s|\S+(?:Error|Exception)\b|Caused by|\S.*exception)", re.IGNORECASE)


def excerpt(text: str, most: int, rules: FrameRules = NO_RULES) -> str:
    """Return at most `most` lines, and one or two more."""
    lines = [line if len(line) <= LINE else line[: LINE - 1] + "…" for line in text.split("\n") if not _MARKS.match(line)]
    if len(lines) > most // 2:
        lines = _without_library(lines, rules)
    # One line is not longer than the words that would stand for it.
    if len(lines) <= most + 1:
        return "\n".join(lines)
    head = most // 2
    left_out = len(lines) - 2 * head
    return "\n".join([*lines[:head], f"… {left_out:,} lines left out …", *lines[-head:]])


def _without_library(lines: list[str], rules: FrameRules) -> list[str]:
    """Put a count in place of each run of library frames; a frame is its header and the source lines below it."""
    kept: list[str] = []
    frames = 0
    inside = False
    for line in lines:
        frame = rules.frame(line.strip())
        if frame is not None:
            inside = not frame.own
            frames += inside
        elif _OUTCOME.match(line) or not line.strip() or not line.startswith((" ", "\t")):
            inside = False
        if inside:
            continue
        if frames:
            kept.append(f"    … {frames} library frame{'s' if frames > 1 else ''} …")
            frames = 0
        kept.append(line)
    if frames:
        kept.append(f"    … {frames} library frame{'s' if frames > 1 else ''} …")
    return kept
