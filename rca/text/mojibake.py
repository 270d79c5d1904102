"""Recognise text that was decoded with the wrong encoding, such as `âœ…` for a check mark."""

from __future__ import annotations

import re

# UTF-8 read as Windows-1252 leaves these beginnings before a second character from the upper half.
_SIGNS = re.compile("[ÂÃâðÐÑŸï][\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\ufffd")


# Marks of which one byte has no character in Windows-1252, so that it was lost on the way: only what is left tells them.
_LOST = (
    ("\u00e2\u009d\u0152", "❌"),
    ("\u00e2\u0152", "❌"),
    ("\u00f0\u0178\u201d\u0090", "🔐"),
    ("\u00e2\u0161 \u00ef\u00b8\u008f", "⚠️"),
    ("\u00e2\u0161\u00a0\u00ef\u00b8", "⚠️"),
    ("\u00e2\u0161 \u00ef\u00b8", "⚠️"),
)


_MARKS = {mark for _, mark in _LOST}
_PIECES = re.compile("(" + "|".join(_MARKS) + ")")


def repaired(text: str) -> str | None:
    """Return what the text should read when it was decoded wrongly and can be repaired; None when it is well."""
    if text.isascii() or not _SIGNS.search(text):
        return None
    import ftfy

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=False,
        remove_control_chars=False,
        normalization=None,
    )
    text = text[:100_000]
    mended = text
    for damaged, mark in _LOST:
        mended = mended.replace(damaged, mark)
    # ftfy leaves a line alone that mixes whole and damaged characters, so the marks are mended in it piece by piece.
    fixed = "".join(part if part in _MARKS else ftfy.fix_text(part, config) for part in _PIECES.split(mended))
    return fixed if fixed != text else None
