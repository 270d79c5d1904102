"""A runner with a checkout of the demo's project on it, and the fake GitHub that it talks to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import Done, Machine, Refused, context
from tests.conftest import ROOT, SAMPLES
from tests.github.fake import FakeGitHub, Token
from tests.github.world import sha

ACTION = ROOT / "action.yml"
SECRET = "ghs_" + "JobToken" * 4 + "4567"
ALL = {"actions": "read", "checks": "write", "contents": "read", "deployments": "read", "issues": "write", "pull_requests": "write"}


class Stage:
    """What a test plays on: events, machines, and what they share."""

    def __init__(self, folder: Path, fake: FakeGitHub, program: str) -> None:
        self.folder, self.fake, self.program = folder, fake, program
        self.repo = fake.repo("acme/shop")
        self.caches: dict[str, Path] = {}
        self.made = 0

    def grant(self, permissions: Mapping[str, str], *, fork: bool = False) -> str:
        """A token for a job, as Actions makes one; for a fork it may only read."""
        self.made += 1
        given = {name.replace("-", "_"): "read" if fork and level == "write" else level for name, level in permissions.items()}
        token = f"{SECRET}{self.made:04}"
        self.fake.tokens[token] = Token("github-actions[bot]", app="github-actions", permissions={"metadata": "read", **given})
        return token

    def machine(
        self, name: str, event: Mapping[str, Any], *, permissions: Mapping[str, str] = ALL, fork: bool = False, **more: Any
    ) -> Machine:
        """A machine for a job of an event."""
        token = self.grant(permissions, fork=fork)
        event = {"repository": {"full_name": "acme/shop", "default_branch": "main"}, **event}
        github = context(name, event, api_url=self.fake.url, token=token, **{"main": sha("base main"), **more})
        machine = Machine(self.folder / f"machine {self.made}", github, event)
        machine.handlers = {"actions/cache/restore": self.restore, "actions/cache/save": self.save}
        return machine

    def check_out(self, machine: Machine) -> Path:
        """The demo's project, with its reports."""
        shutil.copy(SAMPLES / "rca.toml", machine.workspace)
        shutil.copytree(SAMPLES / "reports", machine.workspace / "reports")
        return machine.workspace

    def run(self, machine: Machine, **inputs: str) -> Done:
        """Run the action with this rca; names of inputs are written with underscores."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        done = machine.action(ACTION, {"rca": self.program, **given})
        assert machine.github["token"] not in done.log + done.summary
        return done

    def restore(self, machine: Machine, given: dict[str, str]) -> dict[str, str]:
        """actions/cache/restore: the entry of the key, else the newest whose key begins so."""
        wanted = [given["key"], *given["restore-keys"].split("\n")]
        found = next((key for start in wanted for key in reversed(self.caches) if key.startswith(start)), None)
        if found:
            shutil.copytree(self.caches[found], machine.workspace / given["path"], dirs_exist_ok=True)
        return {"cache-matched-key": found or "", "cache-hit": str(found == given["key"]).lower()}

    def save(self, machine: Machine, given: dict[str, str]) -> dict[str, str]:
        """actions/cache/save: an entry is never written over."""
        if given["key"] in self.caches or not (machine.workspace / given["path"]).is_dir():
            raise Refused(f"{given['key']}: cannot be saved")
        self.caches[given["key"]] = self.folder / f"cache {len(self.caches)}"
        shutil.copytree(machine.workspace / given["path"], self.caches[given["key"]])
        return {}


@pytest.fixture
def stage(tmp_path: Path, fake_github: FakeGitHub, rca: Any) -> Stage:
    """Machines of GitHub Actions, in folders whose names have spaces."""
    (program,) = rca.argv
    return Stage(tmp_path / "machines", fake_github, program)


@pytest.fixture
def pull(stage: Stage) -> Callable[..., dict[str, Any]]:
    """Open a pull request; gives its event."""

    def open_(title: str = "Faster checkout", **more: Any) -> dict[str, Any]:
        made = stage.repo.pull(title, **more)
        return {"action": "synchronize", "number": made["number"], "pull_request": made}

    return open_
