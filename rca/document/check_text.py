"""Lint a Markdown worklog, also one that people wrote by hand: what its own lines contradict or leave open.

The rules are the faults that a close reading of hand-written worklogs found; each names the line and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import takewhile

from rca.document import check_story
from rca.document.findings import Finding
from rca.document.prose import Fault, Page, marked
from rca.document.read_whys import Told, told_by
from rca.text.mojibake import repaired
from rca.text.redact import redact

Judge = Callable[[Told], Iterable[Fault]]

MOST_MENDED = 2_000
MOST_FINDINGS = 500

_CODE_SPAN = re.compile(r"(`+)(?!`)[^`]{1,300}(?<!`)\1(?!`)")
_PHASE = re.compile(r"(?i)\bphase\s{1,3}(\d{1,4})\b|^(\d{1,4})\s")
_SHARE = re.compile(
    r"(?<![\d/.])(\d{1,7})\s{0,3}(?:/|of|out of)\s{0,3}(\d{1,7})(?![\d/])(?P<between>[^|\n]{0,40}?)"
    r"\(?(?P<percent>\d{1,3}(?:\.\d{1,6})?)\s?%"
)
_GOAL = re.compile(r"(?i)need|>|≥|criteri|goal|target")
_MONEY = re.compile(r"(?:[$€£]\s?\d[\d,.]{0,20}\s?[KMB]?\+?|\b\d[\d,.]{0,20}\s?[KMB]?\s(?:USD|EUR|GBP)(?![\w-]))(?P<after>[^\n]{0,24})")
_PERIOD = re.compile(
    r"(?i)^\W{0,3}\s*(?:(?:USD|EUR|GBP)\b\W{0,3})?(?:MRR|ARR|per\s+(?:month|year)|/\s*(?:month|year|mo|yr|once)|a\s+(?:month|year)"
    r"|monthly|yearly|annual|once)\b"
)
_RECURRING = re.compile(r"\b(MRR|ARR)\b")
_TIME = re.compile(
    r"\b(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?P<after>\s?\(?(?:Z|UTC|GMT|[A-Z]{2,5}\b|[+-]\d{2}:?\d{2}))?"
)
_ZONE = re.compile(r"\b(?:UTC|GMT|CES?T|E[SD]T|P[SD]T)\b")
_LINES = re.compile(r"(?i)\blines?\s+changed:?\*{0,2}:?\s{0,3}\d+[\d ,–-]{0,40}|\blines\s+\d+(?:\s{0,2}(?:,|-|–|and|to)\s{0,2}\d+)*")
_LINE_OF_FILE = re.compile(r"(?i)\bline\s+\d+\s+(?:of|in)\s+`?[\w./-]{1,100}\.[a-z]{1,5}\b|[\w./-]{1,100}\.[a-z]{1,5}`?,?\s+line\s+\d+")
_COMMIT = re.compile(r"(?:@\s?|\bcommit\s+)`?[0-9a-f]{7,40}\b")


def check_text(text: str, name: str, judge: Judge | None = None) -> list[Finding]:
    """Return the faults of a Markdown text, by line; at most the first 500. `judge` holds its five whys against their rules."""
    # A text that was decoded wrongly is read as it should be, so that one fault does not hide the others.
    lines = text.split("\n")
    mended = _mend(lines)
    page = Page.of("\n".join(mended.get(number, line) for number, line in enumerate(lines, 1)))
    faults: list[Fault] = list(_damaged(lines, mended))
    for rule in (_headings, _shares, _counted_lists, _money, _times, _places, _secrets, *check_story.RULES):
        faults += rule(page)
    if judge is not None and (told := told_by(page)):
        faults += judge(told)
    return [Finding(name, *fault) for fault in sorted(faults)[:MOST_FINDINGS]]


def _mend(lines: list[str]) -> dict[int, str]:
    """Lines that were decoded wrongly, by number, as they should read; what stands in code spans is quoted on purpose."""
    found: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if line.isascii():
            continue
        mended = repaired(_CODE_SPAN.sub("", line))
        if mended is not None:
            found[number] = repaired(line) or line
            if len(found) >= MOST_MENDED:
                break
    return found


def _damaged(lines: list[str], mended: dict[int, str]) -> Iterator[Fault]:
    """One finding for all lines that were decoded wrongly: they have one cause."""
    if mended:
        first = min(mended)
        more = f" and {len(mended) - 1} more line(s)" if len(mended) > 1 else ""
        yield (
            first,
            "encoding",
            "error",
            f"text that was decoded wrongly, here{more}: {lines[first - 1].strip()[:60]!r}",
            f"it should read {mended[first].strip()[:60]!r}; save the text as UTF-8",
        )


def _headings(page: Page) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for heading in page.headings:
        phase = _PHASE.search(heading.text) if heading.level <= 2 else None
        if phase is None:
            continue
        key = phase[1] or phase[2]
        if key in seen:
            message = f"phase {key} stands here and on line {seen[key]}"
            yield heading.number, "numbering", "error", message, "number phases once, in order"
        seen.setdefault(key, heading.number)


def _shares(page: Page) -> Iterator[Fault]:
    for number, line in page.prose:
        for match in _SHARE.finditer(line) if "%" in line else ():
            part, whole, percent = int(match[1]), int(match[2]), Fraction(match["percent"])
            if not whole or part > whole or _GOAL.search(match["between"]) or _is_month(match[0], part, whole):
                continue
            digits = len(match["percent"].partition(".")[2])
            exact = Fraction(part * 100, whole)
            if abs(exact - percent) > Fraction(1, 10**digits):
                message = f"{part} of {whole} is {float(exact):.1f} %, not {match['percent']} %"
                yield number, "arithmetic", "error", message, "write the figure that the counts give"


def _is_month(text: str, part: int, whole: int) -> bool:
    """`10/2025` is a month."""
    return "/" in text and part <= 12 and 1_900 <= whole <= 2_100


def _counted_lists(page: Page) -> Iterator[Fault]:
    """A heading that counts cases, over a list that marks them: the marks must be as many."""
    for heading in page.headings:
        counted = heading.counted
        if counted is None:
            continue
        # A label in bold begins another list.
        below = takewhile(lambda numbered: not numbered[1].startswith("**"), page.below(heading))
        marks = [mark for _, line in below if (mark := marked(line)) is not None]
        passed, total = counted
        if passed > total:
            yield heading.number, "arithmetic", "error", f"{passed} of {total} passed", "count again"
        elif marks and len(marks) != total:
            message = f"{total} cases are counted, {len(marks)} are listed"
            yield heading.number, "arithmetic", "error", message, "list every case, or say how many are left out"
        elif marks and sum(marks) != passed:
            yield heading.number, "arithmetic", "error", f"{passed} passed cases are counted, {sum(marks)} are listed", "count again"


def _money(page: Page) -> Iterator[Fault]:
    periods: dict[str, int] = {}
    for number, line in page.prose:
        for match in _MONEY.finditer(line):
            if not _PERIOD.match(match["after"]):
                message = f"an amount without a period: {match[0].strip()[:40]!r}"
                yield number, "money", "warning", message, "say whether it is a month, a year or once"
        for match in _RECURRING.finditer(line):
            periods.setdefault(match[1], number)
    if len(periods) > 1:
        message = f"amounts of a month (MRR, line {periods['MRR']}) stand beside amounts of a year (ARR, line {periods['ARR']})"
        yield max(periods.values()), "money", "warning", message, "use one period, so that they can be compared"


def _times(page: Page) -> Iterator[Fault]:
    zoned = any(match["after"] for _, line in page.prose for match in _TIME.finditer(line))
    header = ""
    for number, line in page.prose:
        in_table = line.lstrip().startswith("|")
        header = (header or line) if in_table else ""
        if in_table and _ZONE.search(header):
            continue
        for match in _TIME.finditer(line):
            if not match["after"]:
                beside = " beside times that have one" if zoned else ""
                yield number, "time", "error", f"the time {match[1]} has no zone{beside}", "add UTC or the offset"


def _places(page: Page) -> Iterator[Fault]:
    for number, line in page.prose:
        match = _LINES.search(line) or _LINE_OF_FILE.search(line)
        if match and not _COMMIT.search(line) and "left out" not in line:
            message = f"line numbers without a commit: {match[0].strip()[:40]!r}"
            yield number, "location", "warning", message, "write places as path:line@commit; lines move"


def _secrets(page: Page) -> Iterator[Fault]:
    for number, line in enumerate(page.lines, 1):
        shown = line[:20_000]
        if redact(shown) != shown:
            hint = "take it out here and wherever it was published, and revoke it"
            yield number, "secret", "error", "what looks like a secret stands here", hint
