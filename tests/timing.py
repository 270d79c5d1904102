"""Bounds on time that hold on slow and busy machines."""

from __future__ import annotations

import time
from collections.abc import Callable


def assert_linear(call: Callable[[int], object], size: int = 100_000, limit: float = 1.0) -> None:
    """Hold the time of a call against that for a quarter of its input: sixteen times would be quadratic."""
    small = _best(call, size // 4, 2)
    large = _best(call, size, 2)
    assert large < limit, f"{size:,} characters take {large:.2f} s"
    assert large < 0.02 or large < 10 * small, f"{size:,} characters take {large:.3f} s, a quarter of them {small:.3f} s"


def _best(call: Callable[[int], object], size: int, times: int) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        call(size)
        best = min(best, time.perf_counter() - start)
    return best
