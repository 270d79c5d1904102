"""`rca demo`: a real staging run, shipped with rca, becomes a worklog."""

from __future__ import annotations

import os
from pathlib import Path

from rca.archive.files import write_atomic
from rca.archive.records import Archive
from rca.cli.common import FACES, say, write_out
from rca.cli.report import tell
from rca.config import load_config
from rca.document.render import templates_folder
from rca.errors import RcaError
from rca.workflow import add_run, clock, open_worklog, take_in


def sample_folder() -> Path:
    """The shipped example: inside the package when installed, in `examples` in a checkout."""
    installed = templates_folder().parent / "_demo"
    return installed if installed.is_dir() else templates_folder().parent / "examples" / "staging"


def run(folder: Path) -> int:
    """Put the sample project into a folder, read its reports and write the worklog; prints where it is."""
    if folder.exists() and not folder.is_dir():
        raise RcaError(f"{folder}: is a file", "name a folder, or one that does not exist yet")
    samples = sample_folder()
    reports = sorted((samples / "reports").glob("*.xml"))
    for source in (samples / "rca.toml", *reports):
        target = folder / source.relative_to(samples)
        if not target.exists():
            write_atomic(target, source.read_text(encoding="utf-8"))
    config, _ = load_config(folder)
    say(f"rca: reading {len(reports)} reports of a staging run in {folder / 'reports'}")
    intake = take_in([os.path.relpath(folder / "reports")], config, now=clock())
    archive = Archive(folder, config.worklogs, FACES)
    opened = intake.run.started_at or clock()
    known = next(
        (wid for wid, record in archive.all() if not isinstance(record, Exception) and any(r.id == intake.run.id for r in record.runs)),
        None,
    )
    if known is None:
        known = archive.add(add_run(open_worklog(config.title, config, opened), intake, config)).id
    stored = archive.load(known)
    tell(stored, intake, quiet=False)
    face = archive.path(known).with_suffix(".md")
    write_out(f"{face}\n", None)
    say(f"rca: the worklog is in {face}, its record in {archive.path(known)}")
    return 0
