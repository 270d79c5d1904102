from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.text.mojibake import repaired
from tests.timing import assert_linear


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("âœ… done", "✅ done"),
        ("Käse", None),
        ("KÃ¤se", "Käse"),
        ("naÃ¯ve cafÃ©", "naïve café"),
        ("âŒ broken", "❌ broken"),
        ("âš ï¸ beware", "⚠️ beware"),
        ("User â†’ answer", "User → answer"),
        ("ðŸŽ¯ target and ðŸ”\u0090 lock", "🎯 target and 🔐 lock"),
        ("itâ€™s â€œquotedâ€\u009d â€“ here", "it’s “quoted” – here"),
        ("well ✅ and broken âœ…", "well ✅ and broken ✅"),
        ("lost \ufffd character", None),
    ],
)
def test_what_was_meant(read, meant):
    assert repaired(read) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "Ünïcödé, naïve, “quotes” – dash",
        "日本語 ☕ 🎯",
        "Ã is a letter",
        "São Paulo",
        "français: où, ça, œuvre",
        "Ελληνικά",
        "Русский",
        "5 € · 20 °C",
        "ð and þ",
        "«guillemets»",
        "crème brûlée",
        "ÅÄÖ",
        "Â 5",
    ],
)
def test_text_that_is_well(text):
    assert repaired(text) is None


@given(st.text(alphabet="abcäöüéèçñ✅❌→“”’–日本🎯 ", max_size=40))
def test_text_is_not_made_worse(text):
    assert repaired(text) is None


@given(st.text(alphabet="äöüéèçñ→“”’–日本", min_size=1, max_size=20))
def test_a_wrong_decoding_is_found_and_mended(text):
    try:
        read = f"abc {text} abc".encode().decode("cp1252")
    except UnicodeDecodeError:
        return
    mended = repaired(read)
    assert mended is None or "abc" in mended


@given(st.text())
def test_any_text(text):
    mended = repaired(text)
    assert mended is None or mended != text


@pytest.mark.parametrize("piece", ["âœ…", "Ã", "ðŸ", "\ufffd", "Ã¤ ", "â\u009d\u0152"])
def test_long_texts_take_bounded_time(piece):
    assert_linear(lambda size: repaired((piece * size)[:size]))
