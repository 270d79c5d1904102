"""One writer at a time: a lock that names who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rca.errors import RecordError
from rca.files import read_plain, write_own

LOCK_SECONDS = 30.0
MOST = 10_000  # bytes of the word of who holds a lock


@contextlib.contextmanager
def locked(folder: Path, name: str = "records", *, what: str = "the records", wait: float | None = None) -> Iterator[None]:
    """Hold what lies in that folder under that name. The system frees the lock when its holder dies."""
    wait = LOCK_SECONDS if wait is None else wait
    from filelock import FileLock, Timeout  # 35 ms, which only writing needs to pay

    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            write_own(ignore, "*\n")
        lock = FileLock(folder / f"{name}.lock", timeout=wait)
        lock.acquire()
    except Timeout as error:
        since = f" for more than {wait:g} s" if wait else ""
        raise RecordError(
            f"{folder / name}.lock: {_holder(folder / f'{name}.holder')} {'has held' if wait else 'holds'} {what}{since}",
            "wait for it to end, or end it; then try again. Nothing was written",
        ) from error
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordError(
            f"{folder}: {what} cannot be locked: {reason}",
            "check the permissions of the project folder; nothing was written",
        ) from error
    note = folder / f"{name}.holder"
    try:
        _sign(note)
        yield
    finally:
        with contextlib.suppress(OSError):
            note.unlink()
        lock.release()


def _sign(note: Path) -> None:
    """Leave word of who holds the lock; a fault here must not keep anybody from working."""
    program = [os.path.basename(sys.argv[0] or "rca"), *sys.argv[1:2]]
    who = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join(program)[:100],
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with contextlib.suppress(OSError):
        note.unlink(missing_ok=True)
        with note.open("x", encoding="utf-8") as stream:
            stream.write(json.dumps(who) + "\n")


def _holder(note: Path) -> str:
    """Who holds the lock, as far as it was said."""
    try:
        who = json.loads(read_plain(note, MOST))
        return f"process {int(who['pid'])} on {who['host']} (`{who['command']}`, since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
