"""A progress bar for input that takes longer than a moment; nothing at all where nobody looks."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rca.terminal.speak import looked_at, plain, terminal_width
from rca.text.clean import one_line
from rca.workflow import Progress

SHOWN_FROM = 16 * 1024**2
WIDE = 60
EVERY = 0.1


@contextlib.contextmanager
def reading_progress(paths: list[str]) -> Iterator[Progress]:
    """Progress of reading the given paths, shown when stderr is a terminal and there is much to read."""
    size = _size(paths) if looked_at() and os.environ.get("TERM") != "dumb" else 0
    if size < SHOWN_FROM:
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns: list[ProgressColumn] = [TextColumn("reading"), BarColumn(None), TextColumn("{task.percentage:.0f} %"), TimeRemainingColumn()]
    if terminal_width() >= WIDE:
        columns += [DownloadColumn(), TextColumn("{task.description}", markup=False)]
    with Bar(*columns, console=Console(stderr=True), transient=True, expand=True, auto_refresh=False) as bar:
        # No thread draws it: a process with threads cannot share out its work by forking.
        task = bar.add_task("", total=size)
        drawn = [0.0]

        def read(count: int) -> None:
            bar.advance(task, count)
            now = time.monotonic()
            if now - drawn[0] > EVERY:
                drawn[0] = now
                bar.refresh()

        yield Progress(
            report=lambda path, _size: bar.update(task, description=one_line(Path(path).name, 24)),
            read=read,
        )


@contextlib.contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many there are so far, in one line that goes away; nothing where nobody looks."""
    with _line() as draw:
        yield lambda number: draw(f"{what}: {number:,}")


@contextlib.contextmanager
def downloading() -> Iterator[Callable[[str, int], None]]:
    """Show how much of what has come, in the same way; without a name the line goes away."""
    with _line() as draw:
        yield lambda name, size: draw(f"downloading {name}: {size / 1024**2:,.1f} MiB" if name else "")


@contextlib.contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    if not looked_at() or os.environ.get("TERM") == "dumb":
        yield lambda _text: None
        return
    drawn = [0.0]

    def draw(text: str) -> None:
        now = time.monotonic()
        if not text or now - drawn[0] > EVERY:
            drawn[0] = now
            sys.stderr.write(f"\r{plain(one_line(text, terminal_width() - 1))}\x1b[K")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _size(paths: list[str]) -> int:
    """Bytes behind the paths, as far as a quick look tells."""
    total = 0
    for path in paths:
        with contextlib.suppress(OSError):
            if os.path.isdir(path):
                for parent, _, files in os.walk(path):
                    total += sum(os.path.getsize(os.path.join(parent, name)) for name in files if name.endswith(".xml"))
            else:
                total += os.path.getsize(path)
    return total
