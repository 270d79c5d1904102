"""Lint a Markdown worklog, also one that people wrote by hand: what its own lines contradict or leave open.

The rules are the faults that a close reading of hand-written worklogs found; each names the line and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from rca.document.findings import Finding
from rca.text.mojibake import repaired
from rca.text.redact import redact

Severity = Literal["error", "warning"]
Fault = tuple[int, str, Severity, str, str]

_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_PHASE = re.compile(r"(?i)\bphase\s+(\d+)\b|^(\d+)\s")
_SHARE = re.compile(
    r"(?<![\d/.])(\d{1,7})\s*(?:/|of|out of)\s*(\d{1,7})(?![\d/])(?P<between>[^|\n]{0,40}?)\(?(?P<percent>\d{1,3}(?:\.\d+)?)\s?%"
)
_COUNTED = re.compile(r"\((\d{1,6})\s*/\s*(\d{1,6})\s*(?:passed|passing|tests?|cases?)?\)", re.IGNORECASE)
_CLAIM = re.compile(
    r"(?i)(?<![>≥<=.\d])(?<![>≥<=] )(\d{1,3}(?:\.\d+)?)\s?%\s+(?:operational|healthy|working|complete|functional|passing|passed|pass rate)"
)
_CRITERION = re.compile(
    r"(?i)\*{0,2}([A-Za-z][\w /&-]{1,40}?)\*{0,2}:\*{0,2}\s*(?:(>=|>|≥|at least)\s*)?(\d{1,3}(?:\.\d+)?)\s?%\s*(?:pass rate)?"
)
_MONEY = re.compile(r"(?:[$€£]\s?\d[\d,.]*\s?[KMB]?\+?|\b\d[\d,.]*\s?[KMB]?\s(?:USD|EUR|GBP)\b)(?P<after>[^\n]{0,24})")
_PERIOD = re.compile(
    r"(?i)^\W{0,3}\s*(?:(?:USD|EUR|GBP)\b\W*)?(?:MRR|ARR|per\s+(?:month|year)|/\s*(?:month|year|mo|yr|once)|a\s+(?:month|year)|monthly|yearly|annual|once)\b"
)
_RECURRING = re.compile(r"\b(MRR|ARR)\b")
_TIME = re.compile(
    r"\b(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?P<after>\s?\(?(?:Z|UTC|GMT|[A-Z]{2,5}\b|[+-]\d{2}:?\d{2}))?"
)
_LINES = re.compile(r"(?i)\blines?(?:\s+changed)?:?\*{0,2}:?\s*\d+(?:\s*(?:,|-|–|and)\s*\d+)*")
_COMMIT = re.compile(r"(?:@\s?|\bcommit\s+)`?[0-9a-f]{7,40}\b|@`?[0-9a-f]{7,40}")
_DONE = re.compile(r"(?i)\b(restored|resolved|deployed and working|fully operational again|fixed in (?:staging|production))\b")
_PENDING = re.compile(r"(?i)\b(?:pending|ready for (?:immediate )?deployment|not yet deployed|to be deployed|deployment required)\b|⏳")
_WHY = re.compile(r"(?i)^\W*(?:why\s*#?\s*\d+|\d+\.?\s*why)\b")
_EVIDENCE = re.compile(r"`[^`]+:\d+|@[0-9a-f]{7,}|#\d+|https?://|\.log\b|\bevidence\b|case |cluster ")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+(.*)")
_MARK = re.compile(r"^\W{0,4}?(✅|❌|⚠|\[x\]|\[ \]|PASS|FAIL)")


@dataclass(slots=True)
class _Page:
    """A Markdown text by lines, with what stands inside of fences left out."""

    lines: list[str]
    prose: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> _Page:
        page = cls(text.split("\n"))
        fence = ""
        for number, line in enumerate(page.lines, 1):
            mark = _FENCE.match(line)
            if fence:
                fence = "" if mark and mark[1].startswith(fence) else fence
            elif mark:
                fence = mark[1]
            else:
                page.prose.append((number, line[:4_000]))
        return page


def check_text(text: str, name: str) -> list[Finding]:
    """Return the faults of a Markdown text, by line."""
    # A text that was decoded wrongly is read as it should be, so that one fault does not hide the others.
    lines = text.split("\n")
    mended = [repaired(line) for line in lines]
    page = _Page.of("\n".join(new or old for new, old in zip(mended, lines, strict=True)))
    faults: list[Fault] = list(_damaged(lines, mended))
    for rule in (
        _headings,
        _shares,
        _counted_lists,
        _criteria,
        _claims,
        _money,
        _times,
        _places,
        _statuses,
        _whys,
        _secrets,
    ):
        faults += rule(page)
    return [Finding(name, number, rule_name, severity, message, hint) for number, rule_name, severity, message, hint in sorted(faults)]


def _damaged(lines: list[str], mended: list[str | None]) -> Iterator[Fault]:
    """One finding for all lines that were decoded wrongly: they have one cause."""
    numbers = [number for number, line in enumerate(mended, 1) if line is not None]
    if numbers:
        first = numbers[0]
        more = f" and {len(numbers) - 1} more line(s)" if len(numbers) > 1 else ""
        should = (mended[first - 1] or "").strip()[:60]
        yield (
            first,
            "encoding",
            "error",
            f"text that was decoded wrongly, here{more}: {lines[first - 1].strip()[:60]!r}",
            f"it should read {should!r}; save the text as UTF-8",
        )


def _headings(page: _Page) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, line in page.prose:
        heading = _HEADING.match(line)
        phase = _PHASE.search(heading[2]) if heading and len(heading[1]) <= 2 else None
        if phase is None:
            continue
        key = phase[1] or phase[2]
        if key in seen:
            yield (
                number,
                "numbering",
                "error",
                f"phase {key} stands here and on line {seen[key]}",
                "number phases once, in order",
            )
        seen.setdefault(key, number)


def _shares(page: _Page) -> Iterator[Fault]:
    for number, line in page.prose:
        for match in _SHARE.finditer(line):
            part, whole, percent = int(match[1]), int(match[2]), Fraction(match["percent"])
            if not whole or part > whole or re.search(r"(?i)need|>|criteri|goal|target", match["between"]):
                continue
            digits = len(match["percent"].partition(".")[2])
            exact = Fraction(part * 100, whole)
            if abs(exact - percent) > Fraction(1, 10**digits):
                yield (
                    number,
                    "arithmetic",
                    "error",
                    f"{part} of {whole} is {float(exact):.1f} %, not {match['percent']} %",
                    "write the figure that the counts give",
                )


def _counted_lists(page: _Page) -> Iterator[Fault]:
    """A heading that counts cases, over a list that marks them: the marks must be as many."""
    lines = page.prose
    for index, (number, line) in enumerate(lines):
        heading = _HEADING.match(line)
        counted = _COUNTED.search(heading[2]) if heading else None
        if heading is None or counted is None:
            continue
        good = bad = 0
        for _, below in lines[index + 1 :]:
            if _HEADING.match(below):
                break
            bullet = _BULLET.match(below)
            mark = _MARK.match(bullet[1]) if bullet else None
            if mark:
                good += mark[1] in {"✅", "[x]", "PASS"}
                bad += mark[1] in {"❌", "FAIL"}
        passed, total = int(counted[1]), int(counted[2])
        if passed > total:
            yield number, "arithmetic", "error", f"{passed} of {total} passed", "count again"
        elif good + bad and good + bad != total:
            yield (
                number,
                "arithmetic",
                "error",
                f"{total} cases are counted, {good + bad} are listed",
                "list every case, or say how many are left out",
            )
        elif good + bad and good != passed:
            yield number, "arithmetic", "error", f"{passed} passed cases are counted, {good} are listed", "count again"


def _category_counts(page: _Page) -> list[tuple[int, str, int, int]]:
    """Categories as headings count them: line, name, passed, total."""
    found = []
    for number, line in page.prose:
        heading = _HEADING.match(line)
        counted = _COUNTED.search(heading[2]) if heading else None
        if heading and counted and int(counted[2]):
            found.append((number, heading[2][: counted.start()], int(counted[1]), int(counted[2])))
    return found


def _criteria(page: _Page) -> Iterator[Fault]:
    """Criteria that the page states, held against the categories that it counts; planned ones that never ran."""
    counted = _category_counts(page)
    if not counted:
        return
    stated = _stated_criteria(page)
    claims_done = any(re.search(r"(?i)completed", line) for _, line in page.prose)
    for number, scope, strict, threshold in stated:
        words = {word for word in re.findall(r"[a-z0-9]{4,}", scope.lower())} - {
            "tests",
            "test",
            "pass",
            "rate",
            "system",
        }
        matched = counted if "overall" in scope.lower() else [c for c in counted if words & set(re.findall(r"[a-z0-9]{4,}", c[1].lower()))]
        passed, total = sum(c[2] for c in matched), sum(c[3] for c in matched)
        if not total:
            if claims_done:
                yield (
                    number,
                    "criteria",
                    "error",
                    f"{scope.strip()} has a criterion, but nothing of it ran",
                    "say that it was not run; the phase is not complete",
                )
            continue
        share = Fraction(passed * 100, total)
        if share < threshold or (strict and share == threshold):
            sign = ">" if strict else "at least"
            yield (
                number,
                "criteria",
                "error",
                f"{scope.strip()} needs {sign} {float(threshold):g} %; {passed} of {total} is {float(share):.1f} %, which does not meet it",
                "call the criterion unmet",
            )


def _stated_criteria(page: _Page) -> Iterator[tuple[int, str, bool, Fraction]]:
    inside = False
    for number, line in page.prose:
        heading = _HEADING.match(line)
        if heading:
            inside = bool(re.search(r"(?i)criteri", heading[2]))
        match = _CRITERION.search(line) if inside and _BULLET.match(line) else None
        if match:
            yield number, match[1], match[2] == ">", Fraction(match[3])


def _claims(page: _Page) -> Iterator[Fault]:
    """A share that is claimed for the whole beside counts that say otherwise."""
    counted = _category_counts(page)
    passed, total = sum(c[2] for c in counted), sum(c[3] for c in counted)
    for number, line in page.prose:
        if _SHARE.search(line):
            continue
        for match in _CLAIM.finditer(line):
            claimed = Fraction(match[1])
            steps = _marked_below(page, number)
            if steps and abs(Fraction(steps[0] * 100, steps[1]) - claimed) > Fraction(1, 2):
                yield (
                    number,
                    "arithmetic",
                    "error",
                    f"{match[1]} % is claimed; {steps[0]} of {steps[1]} steps below are marked as working ({float(Fraction(steps[0] * 100, steps[1])):.1f} %)",
                    "derive the share from the steps",
                )
            elif (
                not steps
                and total
                and re.search(r"(?i)overall|system|health|suite", line)
                and abs(Fraction(passed * 100, total) - claimed) > Fraction(1, 2)
            ):
                yield (
                    number,
                    "arithmetic",
                    "error",
                    f"{match[1]} % is claimed; the categories add up to {passed} of {total} ({float(Fraction(passed * 100, total)):.1f} %)",
                    "derive the share from the counts",
                )


def _marked_below(page: _Page, number: int) -> tuple[int, int] | None:
    good = total = 0
    for line_number, line in page.prose:
        if line_number <= number:
            continue
        bullet = _BULLET.match(line)
        mark = _MARK.match(bullet[1]) if bullet else None
        if mark is None:
            break
        total += 1
        good += mark[1] in {"✅", "[x]", "PASS"}
    return (good, total) if total >= 2 else None


def _money(page: _Page) -> Iterator[Fault]:
    periods: dict[str, int] = {}
    for number, line in page.prose:
        for match in _MONEY.finditer(line):
            if not _PERIOD.match(match["after"]):
                yield (
                    number,
                    "money",
                    "warning",
                    f"an amount without a period: {match[0].strip()[:40]!r}",
                    "say whether it is a month, a year or once",
                )
        for match in _RECURRING.finditer(line):
            periods.setdefault(match[1], number)
    if len(periods) > 1:
        yield (
            max(periods.values()),
            "money",
            "warning",
            f"amounts of a month (MRR, line {periods['MRR']}) stand beside amounts of a year (ARR, line {periods['ARR']})",
            "use one period, so that they can be compared",
        )


def _times(page: _Page) -> Iterator[Fault]:
    zoned = any(match["after"] for _, line in page.prose for match in _TIME.finditer(line))
    for number, line in page.prose:
        for match in _TIME.finditer(line):
            if not match["after"]:
                beside = " beside times that have one" if zoned else ""
                yield number, "time", "error", f"the time {match[1]} has no zone{beside}", "add UTC or the offset"


def _places(page: _Page) -> Iterator[Fault]:
    for number, line in page.prose:
        if (match := _LINES.search(line)) and not _COMMIT.search(line) and "left out" not in line:
            yield (
                number,
                "location",
                "warning",
                f"line numbers without a commit: {match[0][:40]!r}",
                "write places as path:line@commit; lines move",
            )


def _statuses(page: _Page) -> Iterator[Fault]:
    """Something is called restored while its deployment is still to come."""
    pending = next((number for number, line in page.prose if _PENDING.search(line) and re.search(r"(?i)deploy", line)), None)
    if pending is None:
        return
    for number, line in page.prose:
        match = _DONE.search(line)
        if match and _HEADING.match(line) and number < pending:
            yield (
                number,
                "status",
                "error",
                f"{match[1]!r} is claimed, but deployment is pending on line {pending}",
                "a state follows from a deployment and a passing run in that environment",
            )


def _whys(page: _Page) -> Iterator[Fault]:
    lines = page.prose
    for index, (number, line) in enumerate(lines):
        if not _WHY.match(line):
            continue
        block = _WHY.sub("", line)
        for _, below in lines[index + 1 : index + 6]:
            if _WHY.match(below) or _HEADING.match(below):
                break
            block += "\n" + below
        if not _EVIDENCE.search(block):
            yield (
                number,
                "evidence",
                "warning",
                f"a why without evidence: {line.strip()[:60]!r}",
                "name a case, a log line, a commit, path:line@commit, or say that it is unknown",
            )


def _secrets(page: _Page) -> Iterator[Fault]:
    for number, line in enumerate(page.lines, 1):
        if redact(line[:20_000]) != line[:20_000]:
            yield (
                number,
                "secret",
                "error",
                "what looks like a secret stands here",
                "take it out here and wherever it was published, and revoke it",
            )
