"""The summary of a job: appended to the file of the step, and never so long that GitHub drops all of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal

from rca.document.publish import Body
from rca.errors import RcaError

VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT = 1024 * 1024  # bytes of a step; a summary above it is not shown at all
LEAST = 4_000  # bytes that a summary needs to say anything
_GAP = b"\n\n"
_HINT = f"it is the file that the runner names: leave {VARIABLE} as it is, or unset it to print the summary"

Done = Literal["written", "unchanged"]


def append_summary(path: Path, render: Callable[[int], Body]) -> tuple[Done, Body]:
    """Append a summary to what the step has written; what stands there at the end already is not written twice.

    render: makes a text of at most so many bytes.
    """
    try:
        with path.open("a+b") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise RcaError(f"{VARIABLE}: {path}: is no file", _HINT)
            return _append(stream, path, render)
    except OSError as error:
        raise RcaError(f"{VARIABLE}: {path}: cannot be written: {error.strerror}", _HINT) from error


def _append(stream: IO[bytes], path: Path, render: Callable[[int], Body]) -> tuple[Done, Body]:
    size = stream.seek(0, os.SEEK_END)
    room = LIMIT - size - len(_GAP)
    if room < LEAST:
        hint = "write less to it before, or publish in a step of its own"
        raise RcaError(f"{VARIABLE}: {path}: holds {size:,} bytes, and GitHub shows none above {LIMIT:,}", hint)
    body = render(room)
    data = body.text.encode()
    stream.seek(max(0, size - len(data)))
    if stream.read() == data:
        return "unchanged", body
    stream.write((_GAP if size else b"") + data)
    return "written", body
