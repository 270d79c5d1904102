"""A guard against inputs that hang: not a measure of speed, which is what benchmarks/ is for."""

from __future__ import annotations

import time
from collections.abc import Callable

# What is quadratic in 100,000 characters takes minutes; what is linear takes a hundredth of this on the slowest machine.
HANGS = 20.0


def assert_linear(call: Callable[[int], object], size: int = 100_000) -> None:
    """Make the call with an input of that size; the processor's time tells a hang from a busy machine."""
    start = time.process_time()
    call(size)
    assert time.process_time() - start < HANGS, f"{size:,} characters hang"
