"""One test with several parts."""

from __future__ import annotations

import pytest


def test_all_currencies(subtests: pytest.Subtests) -> None:
    for code in ("EUR", "USD", "???"):
        with subtests.test(currency=code):
            assert code.isalpha()


def test_all_sizes(subtests: pytest.Subtests) -> None:
    for size in (1, 2):
        with subtests.test("size", size=size):
            assert size > 0
