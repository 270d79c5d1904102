"""Rate limit: so many requests of one client in a sliding window."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class RateLimit:
    """A sliding window for each client."""

    requests: int = 5
    seconds: float = 3.0
    _seen: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait_for(self, client: str) -> float:
        """Count a request, and return how long the client has to wait (0: it may pass)."""
        now = time.monotonic()
        seen = self._seen[client]
        while seen and now - seen[0] >= self.seconds:
            seen.popleft()
        if len(seen) >= self.requests:
            return self.seconds - (now - seen[0])
        seen.append(now)
        return 0.0
