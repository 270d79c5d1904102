"""An archive, and worklogs to put into it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rca.archive.records import Archive
from rca.cli.common import FACES
from rca.config import Config
from rca.workflow import Intake, add_run, open_worklog, take_in
from tests.conftest import report_text

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CONFIG = Config()


class Bench:
    """An archive in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = Archive(folder, "worklogs", FACES)

    def new(self, title="One", **header):
        return self.archive.add(open_worklog(title, CONFIG, AT, **header))

    def intake(self, *cases: str) -> Intake:
        path = self.folder / f"{'-'.join(cases).replace(' ', '_')[:80]}.xml"
        path.write_text(report_text(*cases))
        return take_in([str(path)], CONFIG, now=AT)

    def ingest(self, worklog_id, *cases, force=False):
        intake = self.intake(*cases)
        return self.archive.change(worklog_id, lambda worklog: add_run(worklog, intake, CONFIG), force=force)

    def face(self, worklog_id) -> Path:
        return self.archive.face(worklog_id)

    def index(self) -> str:
        return (self.archive.root / "README.md").read_text()

    def state(self) -> dict[str, bytes]:
        root = self.archive.root
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)
