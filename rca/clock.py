"""The one clock: everything else is given its time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime


def clock(environment: Mapping[str, str] = os.environ) -> datetime:
    """The time now, or that of SOURCE_DATE_EPOCH, which makes a whole run reproducible."""
    fixed = environment.get("SOURCE_DATE_EPOCH", "")
    if fixed.isdecimal() and len(fixed) <= 11:
        return datetime.fromtimestamp(int(fixed), UTC)
    return datetime.now(UTC)
