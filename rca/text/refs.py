"""References to evidence, written on a line: one small grammar that is read and printed alike.

    case:pytest::tests.e2e.test_events::test_flow      a case, by its id
    c3                                                 a cluster
    src/gateway/handshake.py:41@3fa9c1d                a place in code; line or commit may be missing
    app.log:123                                        a line of a log file
    3fa9c1d                                            a commit, 7 digits of its hash or more
    #412, owner/repo#412                               an issue
    2026-11-22-all-tests-on-staging                    an earlier worklog
    metric http_5xx at 2026-11-22T04:40Z               a metric at a time
    https://…                                          an address, which nobody checks

Each may have its kind and a colon before it, which it needs when its looks would say otherwise: `location:c3`, `commit:1234567`.
"""

from __future__ import annotations

import re
from typing import get_args

from rca.model import Evidence, EvidenceKind
from rca.text.clean import clean, one_line
from rca.text.redact import redact

LONGEST = 500
MOST = 20

_KINDS: tuple[EvidenceKind, ...] = get_args(EvidenceKind)
_PREFIX = re.compile(rf"({'|'.join(_KINDS)}):\s{{0,3}}(?=\S)")
# A log by its ending, also one that was rotated (`app.log.2`, `app.log-20261122.gz`).
_LOG = re.compile(r".{1,400}\.(?:log|out|err|txt|jsonl)(?:[.-]\d{1,10}){0,3}(?:\.gz)?(?::[1-9]\d{0,11})?", re.IGNORECASE)
_LINE = re.compile(r"(?P<path>.{1,400}):(?P<line>[1-9]\d{0,11})", re.DOTALL)
# A folder may be called `@scope`.
_PATH = re.compile(r"(?P<path>(?:[^@]|@(?=[^@]{0,400}/)){1,400}?)(?::(?P<line>[1-9]\d{0,8}))?(?:@(?P<commit>[0-9a-f]{7,64}))?")
_ISSUE = re.compile(r"(?P<repo>(?:[\w.-]{1,100}/[\w.-]{1,100})?)#(?P<number>[1-9]\d{0,9})")
_LOOKS: tuple[tuple[EvidenceKind, re.Pattern[str]], ...] = (
    ("cluster", re.compile(r"c[1-9]\d{0,8}")),
    ("url", re.compile(r"https?://\S{1,480}")),
    ("issue", _ISSUE),
    ("commit", re.compile(r"(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,64}|[0-9a-f]{40}")),
    ("worklog", re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}")),
    ("metric", re.compile(r"metric \S(?:.{0,200}\S)? at \S.{0,80}")),
    ("log", _LOG),
)
# A bare path needs something that makes it one: a line, a commit, a folder, or an ending.
_IS_PATH = re.compile(r".*(?::[1-9]\d*|@[0-9a-f]{7,64}|/[^/]+|\w\.[A-Za-z]\w{0,9})(?:@[0-9a-f]{7,64})?", re.DOTALL)
_EXACT: dict[EvidenceKind, re.Pattern[str]] = {
    "case": re.compile(r".+"),
    "log": re.compile(r".+"),
    "location": _PATH,
    "commit": re.compile(r"[0-9a-f]{7,64}"),
    "metric": re.compile(r"\S(?:.{0,200}\S)? at \S.{0,80}"),
}
_HOW = "write case:ID, c1, path:line@commit, app.log:12, a commit, #412, a worklog's id, `metric NAME at TIME`, or an address"


def parse_ref(text: str) -> Evidence | str:
    """Read one reference; what is wrong with it, as a sentence, when it is none."""
    if len(text) > LONGEST * 4 or len(line := one_line(redact(clean(text)), LONGEST + 1)) > LONGEST:
        return f"a reference has {LONGEST} characters at most"
    if not line:
        return "the reference is empty"
    prefix = _PREFIX.match(line)
    if prefix:
        stated = next(known for known in _KINDS if known == prefix[1])
        ref = line[prefix.end() :]
        return Evidence(kind=stated, ref=ref) if _fits(stated, ref) else f"{one_line(ref, 80)!r} is no {stated}: {_HOW}"
    kind = _kind_of(line)
    if kind is None:
        digits = line.isascii() and line.isdecimal() and _fits("commit", line)
        how = f"a commit of digits alone is written commit:{line}" if digits else _HOW
        return f"{one_line(line, 80)!r} is no reference: {how}"
    return Evidence(kind=kind, ref=line.removeprefix("metric ") if kind == "metric" else line)


def show_ref(evidence: Evidence) -> str:
    """Print a reference so that `parse_ref` reads it again."""
    ref = one_line(evidence.ref, LONGEST)
    short = f"metric {ref}" if evidence.kind == "metric" else ref
    plain = evidence.kind != "case" and _PREFIX.match(short) is None and _kind_of(short) == evidence.kind
    return short if plain else f"{evidence.kind}:{ref}"


def place(evidence: Evidence) -> tuple[str, int | None, str]:
    """Path, line and commit of a place in code; the path of anything else is empty."""
    match = _PATH.fullmatch(evidence.ref) if evidence.kind == "location" else None
    return (match["path"], int(match["line"]) if match["line"] else None, match["commit"] or "") if match else ("", None, "")


def log_line(evidence: Evidence) -> tuple[str, int]:
    """The name of a log and the number of a line in it; nothing and 0 for what names no line of a log."""
    match = _LINE.fullmatch(evidence.ref) if evidence.kind == "log" else None
    return (match["path"], int(match["line"])) if match else ("", 0)


def issue_number(evidence: Evidence) -> tuple[str, int]:
    """The repository that an issue names, empty for the project's own, and its number; 0 for what is no issue."""
    match = _ISSUE.fullmatch(evidence.ref) if evidence.kind == "issue" else None
    return (match["repo"], int(match["number"])) if match else ("", 0)


def split_refs(text: str) -> list[str]:
    """The references that somebody typed into one field: a line or what a semicolon ends holds one with spaces, or several without."""
    found: list[str] = []
    for piece in re.split(r"[\n;]", text[: LONGEST * MOST * 2]):
        line = piece.strip().strip(",")
        if not line:
            continue
        tokens = [token for token in re.split(r"[\s,]+", line) if token]
        plain = len(tokens) == 1 or all(token.isdigit() or _is_ref(token) for token in tokens)
        whole = line.startswith(("case:", "metric ")) or not plain or (_PREFIX.match(line) is not None and _is_ref(line))
        found += [line] if whole else tokens
    return found


def _is_ref(token: str) -> bool:
    return not isinstance(parse_ref(token), str)


def _kind_of(line: str) -> EvidenceKind | None:
    for kind, looks in _LOOKS:
        if looks.fullmatch(line):
            return kind
    return "location" if _PATH.fullmatch(line) and _IS_PATH.fullmatch(line) else None


def _fits(kind: EvidenceKind, ref: str) -> bool:
    looks = _EXACT.get(kind) or next(looks for known, looks in _LOOKS if known == kind)
    return looks.fullmatch(ref) is not None
