"""Whether a worklog tells one story: criteria that were applied, claims that its counts bear out, one root cause, no issue dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from rca.document.prose import Fault, Page, bullet, has_mark, marked
from rca.document.read_whys import root_causes, words_of

MOST_CRITERIA = 500

_CRITERION = re.compile(
    r"(?i)\*{0,2}([A-Za-z][\w /&-]{1,40}?)\*{0,2}:\*{0,2}\s{0,3}(?:(>=|>|≥|at least)\s{0,3})?(\d{1,3}(?:\.\d{1,6})?)\s?%"
)
_SHARE = re.compile(r"\d\s{0,3}(?:/|of|out of)\s{0,3}\d[^|\n]{0,40}?\d\s?%")
_CLAIM = re.compile(
    r"(?i)(?<![>≥<=.\d])(?<![>≥<=] )(\d{1,3}(?:\.\d{1,6})?)\s?%\s{1,3}"
    r"(?:operational|healthy|working|complete|functional|passing|passed|pass rate)"
)
_WHOLE = re.compile(r"(?i)overall|system|health|suite")
_COMPLETED = re.compile(r"(?i)(?<!not )(?<!in)\bcompleted?\b")
_DONE = re.compile(r"(?i)\b(restored|resolved|deployed and working|fully operational again|fixed in (?:staging|production))\b")
_PENDING = re.compile(r"(?i)\b(?:pending|ready for (?:immediate )?deployment|not yet deployed|to be deployed|deployment required)\b|⏳")
_STATED_DURATION = re.compile(
    r"(?i)\b(?:duration|wall time|elapsed|total time|took)\b[^\n]{0,30}?\b(\d{1,5}(?:\.\d{1,3})?)\s?\+?\s?(hours?|h|minutes?|mins?|min)\b"
)
_CASE_TIME = re.compile(r"(<?)\s?\b(\d{1,6}(?:\.\d{1,6})?)\s?(ms|s)\b")
_END_TO_END = re.compile(r"(?i)\be2e\b|\bend[- ]to[- ]end\b")
_ISSUE = re.compile(r"#(\d{1,7})\b")
_NO_SCOPE = {"tests", "test", "pass", "rate", "system"}


@dataclass(frozen=True, slots=True)
class _Criterion:
    """A criterion as the page states it, and what the page counts for it."""

    number: int
    scope: str
    strict: bool
    threshold: Fraction
    passed: int
    total: int

    @property
    def met(self) -> bool:
        """Whether it holds; what did not run holds nothing."""
        share = Fraction(self.passed * 100, self.total) if self.total else Fraction(-1)
        return share > self.threshold if self.strict else share >= self.threshold


def _stated(page: Page) -> list[_Criterion]:
    """Criteria in lists below a heading that speaks of them, held against the categories that headings count."""
    if not page.categories:
        return []
    found: list[_Criterion] = []
    for heading in page.headings:
        for number, line in page.below(heading) if "criteri" in heading.text.lower() else ():
            match = _CRITERION.search(line) if bullet(line) else None
            if match and len(found) < MOST_CRITERIA:
                words = words_of(match[1]) - _NO_SCOPE
                whole = "overall" in match[1].lower()
                counted = [part for part in page.categories if whole or words & words_of(part[0])]
                passed, total = sum(part[1] for part in counted), sum(part[2] for part in counted)
                found.append(_Criterion(number, match[1].strip(), match[2] == ">", Fraction(match[3]), passed, total))
    return found


def _completed_on(page: Page) -> int | None:
    """The line of the first heading that calls something completed."""
    return next((heading.number for heading in page.headings if _COMPLETED.search(heading.text)), None)


def _criteria(page: Page) -> Iterator[Fault]:
    """Criteria that the counts do not meet; those of which nothing ran, when the page says that it is complete; and that claim."""
    stated = _stated(page)
    completed = _completed_on(page)
    unmet = [rule for rule in stated if not rule.met and (rule.total or completed)]
    for rule in unmet:
        if not rule.total:
            message = f"{rule.scope} has a criterion, but nothing of it ran"
            yield rule.number, "criteria", "error", message, "say that it was not run; the phase is not complete"
            continue
        share = float(Fraction(rule.passed * 100, rule.total))
        needs = f"{'>' if rule.strict else 'at least'} {float(rule.threshold):g} %"
        message = f"{rule.scope} needs {needs}; {rule.passed} of {rule.total} is {share:.1f} %, which does not meet it"
        yield rule.number, "criteria", "error", message, "call the criterion unmet"
    if completed and unmet:
        message = f"called completed, while {len(unmet)} of {len(stated)} criteria are unmet or were not run"
        yield completed, "status", "error", message, "a phase is complete when everything planned ran and its criteria were judged"


def _claims(page: Page) -> Iterator[Fault]:
    """A share that is claimed for the whole beside counts that say otherwise."""
    passed, total = sum(part[1] for part in page.categories), sum(part[2] for part in page.categories)
    for index, (number, line) in enumerate(page.prose):
        if "%" not in line or _SHARE.search(line):
            continue
        for match in _CLAIM.finditer(line):
            steps = _marked_below(page, index)
            what, part, whole = "steps below are marked as working", *(steps or (0, 0))
            if not steps and total and _WHOLE.search(line):
                what, part, whole = "cases passed in all categories", passed, total
            if whole and abs(Fraction(part * 100, whole) - Fraction(match[1])) > Fraction(1, 2):
                share = float(Fraction(part * 100, whole))
                message = f"{match[1]} % is claimed; {part} of {whole} {what} ({share:.1f} %)"
                yield number, "arithmetic", "error", message, "derive the share from the counts"


def _marked_below(page: Page, index: int) -> tuple[int, int] | None:
    """How many items of the list that follows directly are marked as good, and how many have a mark."""
    good = total = 0
    for _, line in page.prose[index + 1 : index + 101]:
        if not has_mark(line):
            break
        total += 1
        good += marked(line) is True
    return (good, total) if total >= 2 else None


def _statuses(page: Page) -> Iterator[Fault]:
    """Something is called restored while its deployment is still to come."""
    pending = next((number for number, line in page.prose if _PENDING.search(line) and "deploy" in line.lower()), None)
    for heading in page.headings if pending else ():
        match = _DONE.search(heading.text)
        if match and pending and heading.number < pending:
            message = f"{match[1]!r} is claimed, but deployment is pending on line {pending}"
            yield heading.number, "status", "error", message, "a state follows from a deployment and a passing run in that environment"


def _durations(page: Page) -> Iterator[Fault]:
    """A wall time beside test times that come to a fraction of it, and end-to-end tests that took no time."""
    times = [(number, line, *_seconds(match)) for number, line in page.prose if has_mark(line) and (match := _CASE_TIME.search(line))]
    spent = sum(seconds for _, _, seconds, _ in times)
    stated = next(((number, match) for number, line in page.prose if (match := _STATED_DURATION.search(line))), None)
    if stated and len(times) >= 3:
        claimed = float(stated[1][1]) * (3_600 if stated[1][2].lower().startswith("h") else 60)
        if claimed > 5 * spent:
            message = f"{stated[1][1]} {stated[1][2]} are stated; the {len(times)} times that are listed add up to {spent:.1f} s"
            yield stated[0], "time", "warning", message, "show wall time and the sum of test times apart, and say what took the rest"
    end_to_end = any(_END_TO_END.search(heading.text) for heading in page.headings if heading.level <= 2)
    instant = [number for number, line, seconds, below in times if seconds < (0.0101 if below else 0.01) and marked(line) and end_to_end]
    if instant:
        more = f" and {len(instant) - 1} more below" if len(instant) > 1 else ""
        message = f"an end-to-end test that took less than 10 ms, here{more}"
        yield instant[0], "time", "warning", message, "look whether it reaches the system at all"


def _seconds(match: re.Match[str]) -> tuple[float, bool]:
    return float(match[2]) * (0.001 if match[3] == "ms" else 1.0), match[1] == "<"


def _causes(page: Page) -> Iterator[Fault]:
    """The root cause is told once."""
    told = [(number, words_of(match[1])) for number, match in islice(root_causes(page), 20)]
    for number, words in told[1:]:
        if not words & told[0][1]:
            message = f"the root cause is told here in other words than on line {told[0][0]}"
            yield number, "cause", "warning", message, "make one statement of it, and say what it replaces"


def _issues(page: Page) -> Iterator[Fault]:
    """Issues that a list of them names, and of which the page does not speak again."""
    last: dict[str, int] = {}
    for number, line in page.prose:
        if "#" in line:
            last.update(dict.fromkeys(_ISSUE.findall(line), number))
    for heading in page.headings:
        if "issue" not in heading.text.lower():
            continue
        listed = [(number, issue) for number, line in page.below(heading) if (text := bullet(line)) for issue in _ISSUE.findall(text)[:1]]
        end = max((number for number, _ in listed), default=0)
        dropped = [(number, issue) for number, issue in listed if last[issue] <= end]
        if len(listed) > 1 and dropped and page.categories:
            names = ", ".join(f"#{issue}" for _, issue in dropped[:10])
            message = f"listed here and not spoken of again: {names}"
            yield dropped[0][0], "evidence", "warning", message, "say of each issue what the run showed"


RULES: tuple[Callable[[Page], Iterator[Fault]], ...] = (_criteria, _claims, _statuses, _durations, _causes, _issues)
