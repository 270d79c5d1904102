"""What several commands need: the project, its configuration and archive, and pure output."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rca.archive.files import write_atomic
from rca.archive.records import Archive, Faces, find_project
from rca.config import Config, load_config
from rca.document.face import difference, is_untouched, seal
from rca.errors import RcaError

if TYPE_CHECKING:
    from rca.model import Worklog


@dataclass(frozen=True, slots=True)
class Project:
    """Where we are and what applies here."""

    folder: Path
    config: Config
    archive: Archive


def face_of(worklog: Worklog) -> str:
    """The sealed Markdown face of a record."""
    from rca.workflow import render

    return seal(render(worklog, "md"))


FACES = Faces(make=face_of, is_untouched=is_untouched, difference=difference)


def project(config: Path | None = None) -> Project:
    """Find the project of the working folder and read its configuration."""
    folder = find_project(Path.cwd())
    folder = Path(os.path.relpath(folder)) if folder != Path.cwd() else Path()
    settings, _ = load_config(folder, config)
    return Project(folder, settings, Archive(folder, settings.worklogs, FACES))


def write_out(text: str, output: Path | None) -> None:
    """Write to stdout as UTF-8, whatever the locale says, or atomically to a file."""
    if output is not None:
        if output.is_dir():
            raise RcaError(f"{output}: is a folder", "name a file")
        write_atomic(output, text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Say a line to the person, on stderr."""
    sys.stderr.write(text + "\n")
