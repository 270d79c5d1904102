"""Plays a workflow of examples/workflows from its first job to its last: a machine for each, artifacts handed on.

    played = play(stage, WORKFLOWS / "nightly.yml", "schedule", {"schedule": "17 3 * * *"})
    assert played["worklog"].conclusion == "failure"

The project that is checked out has a Makefile whose `make e2e` writes the demo's reports, and this action in tools/rca.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.action.conftest import ACTION, Stage
from tests.action.expressions import fill, holds, shown
from tests.action.runner import Done, Machine, Refused, Scope
from tests.conftest import SAMPLES

TESTS = "e2e:\n\tcp -r '{reports}' reports\n\tfalse\n"


@dataclass
class Run:
    """One run of a workflow. artifacts: what its jobs left behind, each as the bytes of a zip."""

    name: str
    event: Mapping[str, Any]
    permissions: dict[str, Mapping[str, str]] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    jobs: dict[str, Done] = field(default_factory=dict)

    def __getitem__(self, job: str) -> Done:
        return self.jobs[job]


def play(
    stage: Stage,
    path: Path,
    name: str,
    event: Mapping[str, Any],
    *,
    fork: bool = False,
    reports: Path = SAMPLES / "reports",
    run_id: int = 7001,
) -> Run:
    """Run all jobs. fork: the token may only read. reports: what the tests of the project write; its rca.toml lies beside it."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert name in workflow[True], f"{path.name} does not start with {name}"  # YAML takes the key `on` for true
    run = Run(name, event)
    for job, document in workflow["jobs"].items():
        run.permissions[job] = document["permissions"]
        machine = stage.machine(
            name, event, permissions=document["permissions"], fork=fork, job=job, workflow=workflow["name"], run_id=run_id
        )
        run.machines[job] = machine
        machine.always_with = {"rca": stage.program}
        machine.handlers |= {
            "actions/checkout": lambda machine, given: check_out(machine, given, reports),
            "actions/upload-artifact": lambda machine, given: upload(run, machine, given),
            "actions/download-artifact": lambda machine, given: download(run, machine, given),
        }
        run.jobs[job] = _job(document, machine, run)
        _group(workflow, machine)
    return run


def _job(document: Mapping[str, Any], machine: Machine, run: Run) -> Done:
    names = document.get("needs", [])
    needs = {name: run[name] for name in ([names] if isinstance(names, str) else names)}
    before = Scope(failed=any(done.conclusion != "success" for done in needs.values()))
    if not holds(document.get("if"), machine.contexts(before), machine.functions(before)):
        return Done("skipped", {}, [])
    scope = Scope()
    steps = list(machine.steps(document["steps"], scope))
    return Done("failure" if scope.failed else "success", {}, steps)


def _group(workflow: Mapping[str, Any], machine: Machine) -> None:
    contexts, functions = machine.contexts(Scope()), machine.functions(Scope())
    assert shown(fill(workflow["concurrency"]["group"], contexts, functions))
    assert fill(str(workflow["concurrency"]["cancel-in-progress"]).lower(), contexts, functions) in {"true", "false", True, False}


def check_out(machine: Machine, given: Mapping[str, str], reports: Path) -> dict[str, str]:
    """actions/checkout: the project as the default branch, or the pull request, has it."""
    assert "ref" not in given
    if (reports.parent / "rca.toml").is_file():
        shutil.copy(reports.parent / "rca.toml", machine.workspace)
    (machine.workspace / "Makefile").write_text(TESTS.format(reports=reports), encoding="utf-8")
    tools = machine.workspace / "tools" / "rca"
    tools.mkdir(parents=True)
    shutil.copy(ACTION, tools)
    return {}


def upload(run: Run, machine: Machine, given: Mapping[str, str]) -> dict[str, str]:
    """actions/upload-artifact: folders and files, from the folder that they have in common."""
    named = [machine.workspace / line.strip() for line in given["path"].splitlines()]
    folder = named[0] if len(named) == 1 else Path(os.path.commonpath(named))
    files = sorted(path for place in named for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file())
    if not files:
        return {}  # it warns
    assert given["name"] not in run.artifacts, "an artifact is never written over"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    run.artifacts[given["name"]] = packed.getvalue()
    return {}


def download(run: Run, machine: Machine, given: Mapping[str, str]) -> dict[str, str]:
    """actions/download-artifact: of the same run, by name."""
    if given["name"] not in run.artifacts:
        raise Refused(f"{given['name']}: there is no such artifact")
    zipfile.ZipFile(io.BytesIO(run.artifacts[given["name"]])).extractall(machine.workspace / given["path"])
    return {}
