"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from fractions import Fraction


def rate(passed: int, executed: int, threshold: str | None = None) -> str:
    """A pass rate in per cent; rounding never lifts or drops it onto or across 0, 100 or the threshold."""
    if not executed:
        return "–"
    exact = Fraction(passed * 100, executed)
    limits = [Fraction(100), Fraction(0)] + ([Fraction(threshold)] if threshold else [])
    for digits in (1, 2, 3, 4):
        shown = round(exact, digits)
        if all(_side(shown, limit) == _side(exact, limit) for limit in limits):
            return f"{_decimal(shown, digits)} %"
    nearest = min(limits, key=lambda limit: abs(limit - exact))
    return f"{'<' if exact < nearest else '>'} {_decimal(nearest, 6)} %"


def _side(value: Fraction, limit: Fraction) -> int:
    return (value > limit) - (value < limit)


def _decimal(value: Fraction, digits: int) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.{digits}f}".rstrip("0").rstrip(".")


def duration(seconds: float | None) -> str:
    """A duration in the unit that fits: `850 ms`, `17.14 s`, `35 min 12 s`, `2 h 5 min`."""
    if seconds is None:
        return "–"
    if seconds <= 0.0005:
        return "0 ms" if seconds == 0 else "under 1 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.995:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(when: datetime, zone: tzinfo, name: str) -> str:
    """A time in the one zone of the worklog, which is named: `2025-09-13 04:40 UTC`."""
    local = when.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {name if name == 'UTC' else local.tzname() or name}"


def amount(value: Decimal, currency: str, period: str) -> str:
    """An amount of money with its period: `120,000 USD/month`."""
    number = f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
    return f"{number} {currency}" + ("" if period == "once" else f"/{period}")


def count(number: int, singular: str, plural: str = "") -> str:
    """`1 case`, `1,200 cases`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def sentence_list(words: Sequence[str], most: int = 6) -> str:
    """`a, b and c`; long lists end in how many more there are."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most:,} more"
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


_AGES = ((365 * 86_400, "year"), (30 * 86_400, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def age(seconds: float) -> str:
    """How long something is ago, in the unit that fits: `3 hours`, `12 days`, `under a minute`."""
    for size, name in _AGES:
        # A month and more are told from two on: «45 days» says more than «1 month».
        if seconds >= (size if size <= 86_400 else 2 * size):
            return count(int(seconds // size), name)
    return "under a minute"
