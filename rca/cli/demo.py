"""`rca demo`: a real staging run, shipped with rca, becomes a worklog."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from rca.archive.records import Archive
from rca.cli.common import FACES, say, write_out
from rca.cli.report import tell
from rca.config import Config, load_config
from rca.document.render import templates_folder
from rca.errors import RcaError
from rca.files import write_atomic
from rca.lookup import Place, look_up, remember
from rca.lookup.kept import Kept, counted, keep_issues, kept_issues
from rca.sources.git import unpack
from rca.sources.issues import read_issues
from rca.sources.runs import said_beside
from rca.workflow import Intake, add_run, clock, context_from, open_worklog, relative_to, take_in

MARK = "rca.toml"
FIXED = "reports-fixed"
ANSWERS = "whys.yaml"
BRANCH = "fix"


def sample_folder() -> Path:
    """The shipped example: inside the package when installed, in `examples` in a checkout."""
    installed = templates_folder().parent / "_demo"
    return installed if installed.is_dir() else templates_folder().parent / "examples" / "staging"


def run(folder: Path) -> int:
    """Put the sample project into a folder, read its reports and write the worklog; prints where it is."""
    samples = sample_folder()
    _check_target(folder, samples)
    _unpack(samples, folder)
    config, _ = load_config(folder)
    archive = Archive(folder, config.worklogs, FACES)
    place = Place(folder, config, archive, environment={})
    say(f"rca: reading the reports of a staging run in {folder / 'reports'}")
    for earlier in sorted((folder / "earlier").glob("*/")):
        remember(place, _read(earlier, config), now=clock())
    found = read_issues(str(folder / "issues.json"))
    kept = kept_issues(folder)
    issues = kept if kept and tuple(kept.issues) == tuple(found) else Kept(found, counted(found, at=clock()))
    if issues is not kept:
        keep_issues(folder, issues)
    intake = _read(folder / "reports", config)
    known = _known(archive, intake)
    if known is None:
        background, intake = look_up(place, relative_to(intake, folder), "", now=clock(), issues=issues)
        opened = open_worklog(config.title, config, intake.run.started_at or clock())
        known = archive.add(add_run(opened, intake, config, background)).id
    face = archive.face(known)
    write_out(f"{face}\n", None)
    tell(archive.load(known), intake, quiet=False)
    say(_next(folder))
    return 0


def _read(reports: Path, config: Config) -> Intake:
    path = os.path.relpath(reports)
    return take_in([path], config, context=context_from({}, **said_beside([path])), now=clock(), rows=True)


def _check_target(folder: Path, samples: Path) -> None:
    """A folder in which somebody works is not the place for a demo."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise RcaError(f"{folder}: is a file", "name a folder, or one that does not exist yet")
    here = {entry.name for entry in folder.iterdir()}
    title = (samples / MARK).read_bytes().split(b"\n", 1)[0]
    mark = folder / MARK
    if here and not (mark.is_file() and mark.read_bytes().replace(b"\r\n", b"\n").startswith(title)):
        raise RcaError(f"{folder}: is not empty and holds no demo", "name a folder that does not exist yet: `rca demo FOLDER`")


def _unpack(samples: Path, folder: Path) -> None:
    """Copy what is missing, and the history of the code; what somebody changed stays as it is."""
    bundle = samples / "history.bundle"
    if bundle.is_file() and not os.path.lexists(folder / ".git"):
        folder.mkdir(parents=True, exist_ok=True)
        if not unpack(bundle, folder):
            say("rca: without git the demo has no commits, and so no suspects")
    found = [samples / name for name in (MARK, "issues.json", ANSWERS)]
    for reports in ("reports", FIXED, "earlier/*"):
        found += sorted(path for name in ("*.xml", "*.json", "service-log.txt") for path in samples.glob(f"{reports}/{name}"))
    for source in found:
        target = folder / source.relative_to(samples)
        if source.is_file() and not target.exists():
            write_atomic(target, source.read_bytes())


def _known(archive: Archive, intake: Intake) -> str | None:
    """The worklog that holds the run already."""
    for worklog_id, record in archive.all():
        if not isinstance(record, Exception) and any(run.id == intake.run.id for run in record.runs):
            return worklog_id
    return None


def _next(folder: Path) -> str:
    """What to try next."""
    tries = [
        (f"cd {shlex.quote(str(folder))}", "it is a project of its own"),
        ("rca show | less", "read the worklog"),
        ("rca triage", "what is known of each failure"),
    ]
    if (folder / ANSWERS).is_file():
        tries.append((f"rca whys --answers {ANSWERS}", "why it failed, from a file"))
    if (folder / ".git").is_dir():
        tries.append((f"rca fix {BRANCH}", "the repair, from its branch"))
    if (folder / FIXED).is_dir():
        tries.append((f"rca verify {FIXED}", "the run after it: what held?"))
    tries += [("rca report reports --format html -o r.html", "one shot, as a page"), ("rca check", "lint the worklogs")]
    width = max(len(command) for command, _ in tries[1:])
    return "\n".join(["", "Try next:", *(f"  {command:<{width}}  # {what}" for command, what in tries)])
