"""A progress bar for input that takes longer than a moment; nothing at all where nobody looks."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from rca.terminal.speak import looked_at
from rca.workflow import Progress

SHOWN_FROM = 16 * 1024**2


@contextlib.contextmanager
def reading_progress(paths: list[str]) -> Iterator[Progress]:
    """Progress of reading the given paths, shown when stderr is a terminal and there is much to read."""
    size = _size(paths) if looked_at() and os.environ.get("TERM") != "dumb" else 0
    if size < SHOWN_FROM:
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("reading"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=size)
        yield Progress(
            report=lambda path, _size: bar.update(task, description=Path(path).name[:40]),
            read=lambda count: bar.advance(task, count),
        )


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
