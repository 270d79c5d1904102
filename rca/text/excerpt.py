"""Make a trace short enough to read: frames of libraries and lines of mere marks are counted instead of shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

LINE = 300

_HEADER = re.compile(r"^\s*(?:File \"[^\"]+\", line \d+|at \S|\S+\.py:\d+: in |#\d+ |in \S+ \(|from \S+:\d+:in )")
_LIBRARY = re.compile(
    r"site-packages|dist-packages|node_modules|node:internal|\(node:|<frozen |/usr/lib/|/vendor/|/gems/|/usr/share/(?:php|ruby)"
    r"|\bat (?:java\.base/|java\.|javax\.|jdk\.|sun\.|org\.junit|org\.apache\.maven|org\.gradle|org\.testng|kotlin\.|scala\.)"
    r"|/rustc/|phpunit|rspec-core|lib/python3"
)
_MARKS = re.compile(r"^\s*[~^]+\s*$")
_OUTCOME = re.compile(r"^(?:E\s|\S+(?:Error|Exception)\b|Caused by|\S.*exception)", re.IGNORECASE)


_PATH = re.compile(r"\"([^\"]+)\"|([^\s()\"]+\.\w{1,6})(?=[:)]|$)")


@dataclass(frozen=True, slots=True)
class FrameRules:
    """A team's own rules on which frames are its own code: globs over the path that a frame names."""

    app: tuple[str, ...] = ()
    library: tuple[str, ...] = ()

    def is_library(self, frame: str) -> bool:
        """Whether a frame is not the team's own; its rules come before what is known of all languages."""
        found = _PATH.search(frame)
        path = (found[1] or found[2]) if found else frame.strip()
        if any(fnmatchcase(path, glob) for glob in self.app):
            return False
        return any(fnmatchcase(path, glob) for glob in self.library) or bool(_LIBRARY.search(frame))


NO_RULES = FrameRules()


def excerpt(text: str, most: int, rules: FrameRules = NO_RULES) -> str:
    """Return at most `most` lines (and one or two that say what was left out)."""
    lines = [line if len(line) <= LINE else line[: LINE - 1] + "…" for line in text.split("\n") if not _MARKS.match(line)]
    if len(lines) > most // 2:
        lines = _without_library(lines, rules)
    if len(lines) <= most:
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
        if _HEADER.match(line):
            inside = rules.is_library(line)
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
