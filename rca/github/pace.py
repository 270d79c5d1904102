"""How fast rca asks, and how long it waits when it is told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

SECONDARY = 60.0  # seconds after a secondary limit, as GitHub asks for
WAITS = 300.0  # seconds of waiting for all requests of a connection together


@dataclass(slots=True)
class Pace:
    """How fast rca asks. requests, writes: seconds between two. backoff: the first wait before a repeat, doubled each time.

    sleep: waits. tell: hears why, when there is something to wait for.
    """

    requests: float | None = 0.25
    writes: float | None = 1.0
    backoff: float = 0.5
    longest: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    tell: Callable[[str], None] = lambda _text: None
    waited: float = field(default=0.0, init=False)

    def wait(self, seconds: float, why: str) -> bool:
        """Wait and say so; False when that would take too long."""
        if seconds > self.longest or self.waited + seconds > WAITS:
            return False
        if seconds > 0:
            self.waited += seconds
            if seconds >= 1:
                self.tell(f"{why}: waiting {seconds:.0f} s")
            self.sleep(seconds)
        return True
