"""Time stamps and levels at the beginning of lines of logs.

Known are ISO 8601 and RFC 3339 with their variants (log4j, nginx, Go), syslog old and new, the common log format, Apache's
errors, glog, seconds and milliseconds since 1970, a bare clock, `time=…`, and JSON with `time`, `ts` or `timestamp`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from rca.sources.times import FIRST_YEAR, LAST_YEAR

HEAD = 300  # characters in which a stamp and a level are looked for
_JSON_HEAD = 2_000
_OPEN = ("{", "[")

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
# What may stand before: a syslog priority, the name of a container, a level, a bracket, a key.
_LEAD = (
    r"(?:<\d{1,3}>\d{0,2} ?)?(?:[\w.-]{1,60} {0,40}\| {0,4})?"
    r"(?:\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\]?[ :]{1,4})?"
    r"[\[({]?(?:(?:time|ts|timestamp|t)=)?[\"']?"
)
_CLOCK_PART = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,:](?P<fraction>\d{1,9}))?"
_ZONE_PART = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d(?!\d)|(?<! )[+-]\d\d(?![\d:])))?"
_MONTH_PART = f"(?P<month>{'|'.join(_MONTH_NAMES)})"
_ISO = re.compile(_LEAD + r"(?P<year>\d{4})[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)[T _:]" + _CLOCK_PART + _ZONE_PART)
_MONTH_FIRST = re.compile(
    _LEAD + r"(?:[A-Z][a-z]{2},? )?" + _MONTH_PART + r" {1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?" + _CLOCK_PART
    + r"(?: (?P<zone>UTC|GMT))?(?: (?P<late_year>(?:19|20|21)\d\d)\b)?"
)  # fmt: skip
_DAY_FIRST = re.compile(
    _LEAD + r"(?:[A-Z][a-z]{2},? )?(?P<day>\d{1,2})[ /-]" + _MONTH_PART + r"[ /-](?P<year>\d{4})[ :]" + _CLOCK_PART + _ZONE_PART
)
_COMMON = re.compile(r"\[(?P<day>\d{1,2})/" + _MONTH_PART + r"/(?P<year>\d{4}):" + _CLOCK_PART + _ZONE_PART + r"\]")
_GLOG = re.compile(r"(?P<level>[IWEFDVC])(?P<month>\d\d)(?P<day>\d\d) " + _CLOCK_PART)
_CLOCK = re.compile(_LEAD + _CLOCK_PART + r"(?=[\s\]|,]|$)")
_EPOCH = re.compile(_LEAD + r"(\d{10}|\d{13}|\d{16}|\d{19})(?:\.(\d{1,9}))?(?=[\s\]|:,\"']|$)")
_KEYED = re.compile(r"(?:^|\s)(?:time|ts|timestamp)=[\"']?([^\"'\s]{8,40}(?: [\d:.,+Z-]{5,30})?)")
_JSON = re.compile(
    r"\"(?:@?timestamp|time|ts|asctime|datetime|date|t|@t)\"\s{0,4}:\s{0,4}(?:\"([^\"]{8,64})\"|(\d{10,19}(?:\.\d{1,9})?)(?![\d]))",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?")

_LEVELS = {
    "fatal": "FATAL", "panic": "FATAL", "emerg": "FATAL", "emergency": "FATAL", "crit": "FATAL", "critical": "FATAL", "severe": "ERROR",
    "error": "ERROR", "err": "ERROR", "warn": "WARN", "warning": "WARN", "f": "FATAL", "c": "FATAL", "e": "ERROR", "w": "WARN",
    "60": "FATAL", "50": "ERROR", "40": "WARN",
}  # fmt: skip
_NAMES = r"fatal|panic|emerg(?:ency)?|crit(?:ical)?|severe|error|err|warn(?:ing)?"
_QUIET = "info|information|debug|trace|notice|verbose"
_HINTS = ("fatal", "panic", "emerg", "crit", "severe", "err", "warn", '"level":')
# The first word that is a level counts: in capitals, in brackets, behind a key, or before a colon.
_LEVEL = re.compile(
    rf"(?<![A-Za-z])(?:({_NAMES.upper()}|{_QUIET.upper()})(?![A-Za-z])"
    rf"|\[(?i:({_NAMES}|{_QUIET}))\]|(?i:level|severity|lvl)[\"']?\s?[=:]\s?[\"']?(?i:({_NAMES}|{_QUIET}))\b"
    rf"|\"level\":\s?([1-6]0)\b|(?i:({_NAMES})): )"
)


def level_of(line: str) -> str:
    """`FATAL`, `ERROR` or `WARN` as the line says it of itself; empty for anything else."""
    head = line[:HEAD]
    lower = head.lower()
    if any(hint in lower for hint in _HINTS) and (match := _LEVEL.search(head)) and match.lastindex:
        return _LEVELS.get(match[match.lastindex].lower(), "")
    match = _GLOG.match(head)
    return _LEVELS.get(match["level"].lower(), "") if match else ""


def is_glog(line: str) -> bool:
    """Whether the level of the line is its first letter."""
    return _GLOG.match(line[:HEAD]) is not None


def has_stamp(line: str) -> bool:
    """Whether a line begins with what looks like a time stamp."""
    return _found(line) is not None


def stamp_of(line: str, zone: tzinfo, near: float | None = None) -> float | None:
    """The time of a line in seconds since 1970; None without one.

    zone: of times that do not say theirs. near: about when it should be, which tells the year or the day when these are missing.
    """
    match = _found(line)
    if match is None:
        return None
    return _moment(match, zone, near) if "minute" in match.re.groupindex else _since_1970(match[1], match[2] or "")


def _found(line: str) -> re.Match[str] | None:
    head = line[:HEAD]
    if head[:1] in _OPEN and (match := _JSON.search(line[:_JSON_HEAD])):
        return _spelled(match[1]) if match[1] else _EPOCH.match(match[2])
    found = _spelled(head)
    if found is None and "=" in head and (match := _KEYED.search(head)):
        found = _spelled(match[1])
    return found


def _spelled(text: str) -> re.Match[str] | None:
    return (
        _ISO.match(text) or _MONTH_FIRST.match(text) or _DAY_FIRST.match(text) or _GLOG.match(text) or _COMMON.search(text)
        or _EPOCH.match(text) or _CLOCK.match(text)
    )  # fmt: skip


def _since_1970(whole: str, fraction: str) -> float | None:
    value: float = int(whole) / 10 ** (len(whole) - 10)
    if len(whole) == 10 and fraction:
        value += float(f"0.{fraction}")
    return value if 631_152_000 <= value < 7_258_118_400 else None  # 1990 to 2200


def _moment(match: re.Match[str], zone: tzinfo, near: float | None) -> float | None:
    parts = match.groupdict()
    clock = (int(parts["hour"]), int(parts["minute"]), min(59, int(parts["second"])), int((parts["fraction"] or "0")[:6].ljust(6, "0")))
    said = _zone(parts.get("zone")) or zone
    year = parts.get("year") or parts.get("late_year")
    month = parts.get("month")
    if not month:
        return _nearest_day(clock, said, near)
    number = _MONTHS.get(month) or int(month)
    if year:
        return _seconds(int(year), number, int(parts["day"]), clock, said)
    if near is None:
        return None
    about = datetime.fromtimestamp(near, UTC).year
    return _nearest([_seconds(about + step, number, int(parts["day"]), clock, said) for step in (-1, 0, 1)], near)


def _nearest_day(clock: tuple[int, int, int, int], zone: tzinfo, near: float | None) -> float | None:
    if near is None:
        return None
    about = datetime.fromtimestamp(near, zone)
    days = [about + timedelta(days=step) for step in (-1, 0, 1)]
    return _nearest([_seconds(day.year, day.month, day.day, clock, zone) for day in days], near)


def _nearest(times: list[float | None], near: float) -> float | None:
    return min((time for time in times if time is not None), key=lambda time: abs(time - near), default=None)


def _seconds(year: int, month: int, day: int, clock: tuple[int, int, int, int], zone: tzinfo) -> float | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime(year, month, day, *clock, tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> tzinfo | None:
    match = _OFFSET.fullmatch(text or "")
    if match is None:
        return UTC if text else None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone((1 if match[1] == "+" else -1) * timedelta(minutes=minutes)) if minutes < 24 * 60 else None
