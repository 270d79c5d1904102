"""Lines from a terminal, without any editing by rca, that outlive a Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

LONGEST_LINE = 65_536


def read_line(label: str, interrupted: Callable[[str], None]) -> str:
    """A line that somebody enters. Raises EOFError, and KeyboardInterrupt after `interrupted` got what was typed by then."""
    with _kept(interrupted):
        return input(label)


@contextlib.contextmanager
def _kept(interrupted: Callable[[str], None]) -> Iterator[None]:
    """A terminal throws away the line that Ctrl-C breaks off, unless it is told not to."""
    try:
        import termios

        before = termios.tcgetattr(sys.stdin.fileno())
    except Exception:  # noqa: BLE001 -- another system, or no terminal: termios has an error of its own
        yield
        return
    number = sys.stdin.fileno()
    kept = [*before[:3], before[3] | termios.NOFLSH, *before[4:]]
    termios.tcsetattr(number, termios.TCSANOW, kept)
    try:
        yield
    except KeyboardInterrupt:
        if half := _half(number, kept):
            interrupted(half)
        raise
    finally:
        termios.tcsetattr(number, termios.TCSANOW, before)


def _half(number: int, mode: list[Any]) -> str:
    """What stands in a line that was not entered yet: a terminal that no longer waits for whole lines gives it out."""
    import termios

    signs = [*mode[6]]
    signs[termios.VMIN], signs[termios.VTIME] = 0, 0
    termios.tcsetattr(number, termios.TCSANOW, [*mode[:3], mode[3] & ~(termios.ICANON | termios.ECHO), *mode[4:6], signs])
    return os.read(number, LONGEST_LINE).decode("utf-8", "replace")
