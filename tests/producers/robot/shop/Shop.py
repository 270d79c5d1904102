"""Keywords of the shop."""

from __future__ import annotations

import sys

PRICES = {"tea": 450, "mug": 1200}
CALLS: list[str] = []


def price_of(name: str) -> int:
    """Price in cents."""
    return PRICES[name]


def print_colours() -> None:
    """Write escape codes and signs that XML cannot hold."""
    print("\x1b[31mred\x1b[0m bell\x07 nul\x00 ]]> <b> & ☕")
    print("on stderr", file=sys.stderr)


def fail_in_colour() -> None:
    """Fail with such signs in the message."""
    raise AssertionError("\x1b[1mbold\x1b[0m bell\x07 <b> & ☕")


def answers_second_time(name: str) -> None:
    """Fail on the first call."""
    CALLS.append(name)
    if CALLS.count(name) < 2:
        raise TimeoutError(f"{name}: gateway busy")
