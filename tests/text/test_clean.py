from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.text.clean import clean, one_line, shorten
from tests.timing import assert_linear


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("plain", "plain"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[1;38;5;200mbold\x1b[K", "bold"),
        ("\x1b]8;;http://example.com\x1b\\text\x1b]8;;\x1b\\", "text"),
        ("\x1b]0;title\x07rest", "rest"),
        ("\x1b]0;never closed", "0;never closed"),
        ("\x1bMup", "up"),
        ("\x1b\x1b[31m[32mnested", "[32mnested"),
        ("\x9b31mC1", "31mC1"),
        ("bell\x07 nul\x00 del\x7f", "bell nul del"),
        ("dos\r\nend", "dos\nend"),
        ("over\rwritten", "over\nwritten"),
        ("form\x0cfeed", "form\nfeed"),
        ("line\u2028separator", "line\nseparator"),
        ("right\u202eleft", "right<U+202E>left"),
        ("isolate\u2066d", "isolate<U+2066>d"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("arabic\u061cmark", "arabic<U+061C>mark"),
        ("soft\u00adhyphen", "soft<U+00AD>hyphen"),
        ("tag\U000e0041", "tag<U+E0041>"),
        ("half\ud83d", "half<U+D83D>"),
        ("\ufeffbom", "<U+FEFF>bom"),
        ("👩\u200d👧 ❤\ufe0f", "👩\u200d👧 ❤\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Käse ☕ 日本語", "Käse ☕ 日本語"),
    ],
)
def test_clean(raw, read):
    assert clean(raw) == read


@given(st.text())
def test_nothing_that_acts_is_left(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not [char for char in cleaned if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} and char not in "\t\n"]
    assert not set(cleaned) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\ufeff")
    cleaned.encode()


@given(st.text(), st.integers(2, 50))
def test_one_line_keeps_its_limit_and_says_when_it_cut(text, limit):
    line = one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert line.endswith("…") or line == " ".join(clean(text).split())


def test_one_line_says_what_white_space_hid():
    assert one_line("a" + " " * 400 + "b", 50) == "a…"
    assert one_line("a" + " " * 400, 50) == "a"


@given(st.text(), st.integers(3, 60))
def test_shorten_keeps_both_ends(text, limit):
    short = shorten(text, limit)
    if len(text) <= limit:
        assert short == text
    else:
        assert short.startswith(text[: limit * 2 // 3])
        assert short.endswith(text[-(limit - limit * 2 // 3) :])
        assert f"{len(text) - limit:,} characters left out" in short


@pytest.mark.parametrize("piece", ["\x1b", "\x1b[", "\x1b]", "\x1b[1", "\x1b[31mx", "\r", "\u202e", "\x1b]0;", "\x00"])
def test_long_texts_take_linear_time(piece):
    assert_linear(lambda size: clean((piece * size)[:size]))
    assert_linear(lambda size: one_line((piece * size)[:size]))
