"""`rca publish outputs`: what came out, as outputs of a step of GitHub Actions."""

from __future__ import annotations

import os
from pathlib import Path

from rca.cli.common import Project, project, write_out
from rca.document.publish.verdict import state_of
from rca.errors import RcaError
from rca.model import Worklog
from rca.text.clean import one_line
from rca.workflow import facts_of

PATH = 4_000


def outputs(name: str | None, config: Path | None) -> int:
    """Append `name=value` lines to the file of GITHUB_OUTPUT; without one they are printed."""
    here = project(config)
    text = "".join(f"{key}={value}\n" for key, value in values_of(here, here.archive.load(here.archive.find(name))).items())
    path = os.environ.get("GITHUB_OUTPUT", "")
    if not path:
        write_out(text, None)
        return 0
    try:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(text)
    except (OSError, ValueError) as error:
        hint = "it is the file that GitHub Actions makes for a step; unset it to have the outputs printed"
        raise RcaError(f"GITHUB_OUTPUT: {one_line(path, 200)}: cannot be written: {error}", hint) from error
    return 0


def values_of(here: Project, worklog: Worklog) -> dict[str, str | int]:
    """The outputs: our own words and figures, and two paths; each on one line."""
    facts = facts_of(worklog)
    totals = facts.totals
    return {
        "verdict": state_of(facts),
        "worklog": one_line(str(here.archive.face(worklog.id)), PATH),
        "record": one_line(str(here.archive.face(worklog.id).with_suffix(".json")), PATH),
        "id": worklog.id,
        "total": totals.total,
        "passed": totals.passed,
        "failed": totals.failing,
        "skipped": totals.skipped,
        "flaky": totals.flaky,
        "clusters": len(worklog.clusters),
    }
