from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rca.text import figures


@pytest.mark.parametrize(
    ("passed", "executed", "threshold", "shown"),
    [
        (0, 0, None, "–"),
        (9, 10, "90", "90 %"),
        (20, 27, "90", "74.1 %"),
        (3, 3, None, "100 %"),
        (0, 7, None, "0 %"),
        (2_999, 3_000, None, "99.97 %"),
        (8_999, 10_000, "90", "89.99 %"),
        (1, 3_000, None, "0.03 %"),
        (9_999_999_999, 10_000_000_000, None, "< 100 %"),
        (1, 10**15, None, "> 0 %"),
        (9 * 10**9 + 1, 10**10, "90", "> 90 %"),
        (9 * 10**9 - 1, 10**10, "90", "< 90 %"),
        (85_541, 100_000, "85.54", "85.541 %"),
        (85_542, 100_000, "85.54", "85.542 %"),
        (199_901, 200_000, "99.95", "99.9505 %"),
        (999_500_001, 10**9, "99.95", "> 99.95 %"),
    ],
)
def test_rates(passed, executed, threshold, shown):
    assert figures.rate(passed, executed, threshold) == shown


counts = st.integers(1, 10**12).flatmap(lambda executed: st.tuples(st.integers(0, executed), st.just(executed)))


@given(
    counts,
    st.one_of(
        st.none(),
        st.integers(0, 100).map(str),
        st.decimals(0, 100, places=2).map(str),
        st.decimals(0, 100, places=6).map(str),
    ),
)
@example((9_999_999, 10_000_000), "100")
@example((10**12 - 1, 10**12), "99.999999")
def test_a_shown_rate_never_lies(pair, threshold):
    passed, executed = pair
    shown = figures.rate(passed, executed, threshold)
    match = re.fullmatch(r"([<>] )?(\d{1,3}(?:\.\d{1,6})?) %", shown)
    assert match
    exact, value = Fraction(passed * 100, executed), Fraction(match[2])
    assert (shown == "100 %") == (passed == executed)
    assert (shown == "0 %") == (passed == 0)
    if match[1]:
        assert exact != value
        assert (exact < value) == (match[1] == "< ")
        assert abs(exact - value) < 1
    else:
        assert abs(exact - value) <= Fraction(1, 20)
        for limit in filter(None, (threshold, "100", "0")):
            assert (value > Fraction(limit), value == Fraction(limit)) == (exact > Fraction(limit), exact == Fraction(limit))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"), (0, "0 ms"), (0.0001, "under 1 ms"), (0.0005, "under 1 ms"), (0.001, "1 ms"), (0.85, "850 ms"), (0.9994, "999 ms"), (0.9996, "1.00 s"), (17.14, "17.14 s"),
        (59.994, "59.99 s"), (59.996, "1 min 0 s"), (2_112, "35 min 12 s"), (3_599.6, "1 h 0 min"), (7_500, "2 h 5 min"), (360_000_000, "100,000 h 0 min"),
    ],
)  # fmt: skip
def test_durations(seconds, shown):
    assert figures.duration(seconds) == shown


@given(st.floats(0, 10**9))
def test_a_duration_is_zero_only_when_it_is(seconds):
    assert (figures.duration(seconds) == "0 ms") == (seconds == 0)


def test_moments_name_their_zone():
    when = datetime(2025, 9, 13, 4, 24, 36, tzinfo=UTC)
    assert figures.moment(when, UTC, "UTC") == "2025-09-13 04:24 UTC"
    assert figures.moment(when, ZoneInfo("Europe/Berlin"), "Europe/Berlin") == "2025-09-13 06:24 CEST"
    assert figures.moment(when, ZoneInfo("America/Sao_Paulo"), "America/Sao_Paulo") == "2025-09-13 01:24 -03"


@pytest.mark.parametrize(
    ("amount", "period", "shown"),
    [
        ("120000", "month", "120,000 USD/month"),
        ("99.5", "once", "99.50 USD"),
        ("0", "year", "0 USD/year"),
        ("41666.67", "month", "41,666.67 USD/month"),
    ],
)
def test_amounts(amount, period, shown):
    assert figures.amount(Decimal(amount), "USD", period) == shown


def test_words():
    assert figures.count(1, "case") == "1 case"
    assert figures.count(0, "case") == "0 cases"
    assert figures.count(1_200, "category", "categories") == "1,200 categories"
    assert figures.sentence_list([]) == ""
    assert figures.sentence_list(["a"]) == "a"
    assert figures.sentence_list(["a", "b"]) == "a and b"
    assert figures.sentence_list(["a", "b", "c"]) == "a, b and c"
    assert figures.sentence_list(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"
