"""Times as the producers write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

# Time stamps outside of these years stand for "not known": 0001 and 1970 are what producers write then.
FIRST_YEAR, LAST_YEAR = 1990, 2200
_MAX_SECONDS = 10.0 * 365 * 86_400
_UNITS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "m": 60.0, "min": 60.0, "h": 3600.0,
}  # fmt: skip
_WITH_UNIT = re.compile(r"([0-9][0-9.,]*)\s*([a-zµμ]{1,7})", re.IGNORECASE)
_COMPOUND = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
_ZONE = re.compile(r"(.*?)\s*(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2})?)$", re.IGNORECASE)
_MAIL_DATE = re.compile(r"(?:[A-Za-z]{3},? )?\d{1,2} [A-Za-z]{3} \d{4} ")


def parse_seconds(text: str) -> float | None:
    """Read a duration in seconds; None when the text has no meaning as one (never 0 instead)."""
    text = text.strip()[:64]
    value = _number(text)
    if value is None:
        value = _with_unit(text)
    return value if value is not None and 0 <= value <= _MAX_SECONDS else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    return float(text.replace(",", ".")) if _DECIMAL_COMMA.fullmatch(text) else None


def _with_unit(text: str) -> float | None:
    if match := _WITH_UNIT.fullmatch(text):
        number = _number(match[1])
        unit = _UNITS.get(match[2].lower())
        return None if number is None or unit is None else number * unit
    if match := _CLOCK.fullmatch(text):
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])
    match = _COMPOUND.fullmatch(text)
    if match and any(match.groups()):
        return int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + float(match[3] or 0)
    return None


def parse_timestamp(text: str) -> datetime | None:
    """Read a time stamp: aware where it says its zone, else as it stands; None when it has no meaning as one."""
    text = text.strip()[:64]
    if text.isdecimal() and len(text) in {10, 13}:  # seconds or milliseconds since 1970
        return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), UTC)
    if _MAIL_DATE.match(text):
        return _mail_date(text)
    for candidate in (text, _spelled(text)):
        try:
            return datetime.fromisoformat(candidate)
        except ValueError:
            continue
    return None


def _mail_date(text: str) -> datetime | None:
    """`Sat, 03 Dec 2022 23:10:07 GMT` of Mocha's own reporter, `22 Nov 2026 14:11:46 GMT` of TestNG."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _spelled(text: str) -> str:
    """Rewrite the spellings that `fromisoformat` does not take: a named zone, a blank before the offset, an hour-only offset."""
    text = re.sub(r"\.(\d{6})\d+", r".\1", text)
    match = _ZONE.fullmatch(text)
    if match is None or ":" not in match[1]:
        return text
    if match[2]:
        return match[1].strip() + "+00:00"
    return f"{match[1].strip()}{match[3]}:{match[4] or '00'}"


class Span:
    """First start and last end among time stamps."""

    __slots__ = ("end", "start")

    def __init__(self) -> None:
        self.start: datetime | None = None
        self.end: datetime | None = None

    def add(self, start: datetime, end: datetime) -> None:
        """Widen the span."""
        self.start = start if self.start is None or start < self.start else self.start
        self.end = end if self.end is None or end > self.end else self.end


class Clock:
    """Gathers the time stamps of a report; those without a zone get theirs when the producer is known, at the end."""

    __slots__ = ("_local", "_zoned", "by_suites", "first_unread", "unread")

    def __init__(self) -> None:
        self._zoned = Span()
        self._local = Span()
        self.by_suites = False
        self.unread = 0
        self.first_unread = ""

    def suite(self, stamp: str, time: str | None) -> None:
        """Take the start of a suite and how long it lasted; once a suite says it, the cases need not be asked."""
        self.by_suites = self.case(stamp, parse_seconds(time) if time else None) or self.by_suites

    def case(self, stamp: str, seconds: float | None) -> bool:
        """Take the start of a case; return whether it is one."""
        start = parse_timestamp(stamp)
        if start is None:
            self.unread += 1
            self.first_unread = self.first_unread or stamp[:60]
            return False
        if not FIRST_YEAR <= start.year <= LAST_YEAR:
            return False
        (self._local if start.tzinfo is None else self._zoned).add(start, start + timedelta(seconds=seconds or 0.0))
        return True

    def settle(self, zone: tzinfo) -> tuple[datetime | None, datetime | None, bool]:
        """Return the first start and the last end in UTC, local times read in `zone`, and whether there were such."""
        whole = Span()
        for span, tz in ((self._zoned, None), (self._local, zone)):
            if span.start is not None and span.end is not None:
                whole.add(_utc(span.start, tz), _utc(span.end, tz))
        return whole.start, whole.end, self._local.start is not None


def _utc(moment: datetime, zone: tzinfo | None) -> datetime:
    return (moment if zone is None else moment.replace(tzinfo=zone)).astimezone(UTC)
