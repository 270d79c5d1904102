"""Times as the producers write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

_MAX_SECONDS = 10.0 * 365 * 86_400
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_WITH_UNIT = re.compile(r"([0-9][0-9.,]*)\s*([a-zµμ]{1,7})", re.IGNORECASE)
_COMPOUND = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
_ZONE = re.compile(r"(.*?)\s*(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2})?)$", re.IGNORECASE)


def parse_seconds(text: str) -> float | None:
    """Read a duration in seconds; None when the text has no meaning as one (never 0 instead)."""
    text = text.strip()[:64]
    value = _number(text)
    if value is None:
        value = _with_unit(text)
    return value if value is not None and 0 <= value <= _MAX_SECONDS else None


def _number(text: str) -> float | None:
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    try:
        return float(text)
    except ValueError:
        return None


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


def parse_timestamp(text: str, zone: tzinfo = UTC) -> tuple[datetime | None, bool]:
    """Read a time stamp as an aware time; the flag says that it had no zone and `zone` was assumed."""
    text = text.strip()[:64]
    if text.isdigit() and len(text) in {10, 13}:  # seconds or milliseconds since 1970
        return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), UTC), False
    if text[:3].isalpha():
        return _mail_date(text), False
    for candidate in (text, _spelled(text)):
        try:
            moment = datetime.fromisoformat(candidate)
        except ValueError:
            continue
        try:
            if moment.tzinfo is None:
                return moment.replace(tzinfo=zone).astimezone(UTC), True
            return moment.astimezone(UTC), False
        except (OverflowError, ValueError):
            return None, False
    return None, False


def _mail_date(text: str) -> datetime | None:
    """`Sat, 03 Dec 2022 23:10:07 GMT`, as some reporters of mocha write it."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _spelled(text: str) -> str:
    """Rewrite the spellings that `fromisoformat` does not take: a named zone, a blank before the offset, an hour-only offset."""
    text = re.sub(r"\.(\d{6})\d+", r".\1", text)
    match = _ZONE.fullmatch(text)
    if match is None or ":" not in match[1]:
        return text
    if match[2]:
        return match[1].strip() + "+00:00"
    return f"{match[1].strip()}{match[3]}:{match[4] or '00'}"
