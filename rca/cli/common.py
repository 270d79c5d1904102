"""What several commands need: the project, its configuration and archive, and pure output."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from rca.archive.records import Archive, Faces, find_project
from rca.config import Config, load_config
from rca.document.face import difference, is_untouched, seal
from rca.errors import RcaError
from rca.files import write_atomic
from rca.terminal.speak import hush, say

if TYPE_CHECKING:
    from rca.model import Context, Worklog

__all__ = [
    "FACES",
    "Project",
    "check_template",
    "face_of",
    "json_text",
    "project",
    "project_folder",
    "run_context",
    "say",
    "standard_input",
    "words",
    "write_out",
]


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


def project_folder() -> Path:
    """The folder of the project, as a path from the working folder."""
    try:
        here = Path.cwd()
    except OSError as error:
        raise RcaError("the working folder is gone", "change to a folder that exists") from error
    folder = find_project(here)
    return Path(os.path.relpath(folder)) if folder != here else Path()


def project(config: Path | None = None) -> Project:
    """Find the project of the working folder and read its configuration."""
    folder = project_folder()
    settings, _ = load_config(folder, config)
    return Project(folder, settings, Archive(folder, settings.worklogs, FACES))


def words(text: str) -> str:
    """What was typed, as text that can be stored: bytes of another encoding become question marks."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def run_context(said: dict[str, str | int | None], paths: list[str]) -> Context:
    """Where the run ran: what was said on the command line, else what stands beside its reports, else what the CI system says."""
    given = {name: words(value) if isinstance(value, str) else value for name, value in said.items() if value not in {"", None}}
    from rca.sources.ci import context_from
    from rca.sources.runs import said_beside

    return context_from(os.environ, **{**_event_facts(), **said_beside(paths), **given})


def _event_facts() -> dict[str, str | int | None]:
    """What the event of GitHub says; an event that cannot be read keeps no run from being recorded."""
    from rca.sources.ci_event import EventError, read_event

    try:
        event = read_event(os.environ)
    except EventError as error:
        say(f"rca: warning: {error.message}; the commit is the one of GITHUB_SHA")
        return {}
    return event.facts() if event else {}


def json_text(document: object) -> str:
    """A document for programs."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def check_template(template: Path | None, form: str) -> None:
    """A template must be there, and something must be left for it to do."""
    if template is None:
        return
    if form == "json":
        raise RcaError("--template: JSON is the record itself and takes no template", "leave out --template, or use --format md or html")
    if not template.is_file():
        raise RcaError(f"{template}: there is no such template", "give the path of a Jinja2 file")


def standard_input(paths: list[str]) -> IO[bytes] | None:
    """Standard input when `-` asks for it; a person who sits at a terminal is told that rca waits."""
    if "-" not in paths:
        return None
    if sys.stdin is None:
        raise RcaError("-: standard input is closed", "pipe a report into rca, or name its file")
    if sys.stdin.isatty():
        say("rca: reading a report from standard input; end it with Ctrl-D")
    return sys.stdin.buffer


def write_out(text: str, output: Path | None) -> None:
    """Write to stdout as UTF-8, whatever the locale says, or atomically to a file; `-` is stdout."""
    data = text.encode("utf-8", "replace")
    if output is None or str(output) == "-":
        _to_stdout(data)
    elif output.is_dir():
        raise RcaError(f"{output}: is a folder", "name a file")
    elif _is_special(output):
        _to_special(data, output)
    else:
        write_atomic(output, data)


def _to_stdout(data: bytes) -> None:
    hint = "check where the output goes, or write a file with --output"
    if sys.stdout is None:
        raise RcaError("stdout: is closed", hint)
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough, as `head` does; the command goes on and its exit code stays true.
        hush(sys.stdout)
    except OSError as error:
        hush(sys.stdout)
        raise RcaError(f"stdout: cannot be written: {error.strerror}", hint) from error


def _is_special(path: Path) -> bool:
    """Whether a path leads to a device or a pipe, which must be written to and never replaced."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _to_special(data: bytes, path: Path) -> None:
    try:
        with open(path, "wb") as stream:
            stream.write(data)
    except BrokenPipeError:
        pass
    except OSError as error:
        raise RcaError(f"{path}: cannot be written: {error.strerror}", "check where the output goes") from error
