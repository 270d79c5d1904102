"""The command line: parse, call, print, exit code."""

from __future__ import annotations

import sys
from types import TracebackType


def _interrupted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C before the first command is even loaded is no reason for a traceback."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("rca: interrupted\n")
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _interrupted
