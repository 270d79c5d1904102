"""A small project whose worklog is published to the fake GitHub, in this process: many commands in little time."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rca.cli.app import app
from rca.cli.boundary import guard
from rca.sources.ci import SYSTEMS
from tests.conftest import Rca, Result, report_text
from tests.github.fake import FakeGitHub

HEAD = "5f2c1e0b9a8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b"
RED, GREEN = ("shop.Cart adds", "shop.Cart pays!no route to bank"), ("shop.Cart adds", "shop.Cart pays")


@dataclass
class Publisher:
    """`rca` in a project with a red worklog of one run, and a GitHub whose pull request #1 it speaks of."""

    folder: Path
    fake: FakeGitHub
    capture: pytest.CaptureFixture[bytes]
    patch: pytest.MonkeyPatch
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *args: str, **env: str) -> Result:
        """Run a command in this process."""
        self.capture.readouterr()
        with self.patch.context() as patch:
            for name, value in {**self.env, **env}.items():
                patch.setenv(name, value)
            code = guard(lambda: app(list(args), standalone_mode=False, prog_name="rca"))
        out, err = self.capture.readouterr()
        assert b"internal fault" not in err, err.decode()
        assert b"Traceback" not in err, err.decode()
        return Result(code, out, err.decode())

    def process(self) -> Rca:
        """The same in processes of their own."""
        return Rca(self.folder, self.env)

    def publish(self, *args: str, **env: str) -> Result:
        """`rca publish` with these arguments; it works out."""
        done = self("publish", *args, **env)
        assert done.code == 0, done.err
        return done

    def told(self, *args: str, **env: str) -> dict[str, Any]:
        """What `rca publish` says to programs."""
        return json.loads(self.publish(*args, "--format", "json", **env).out)

    def ingest(self, *cases: str, at: str = "2026-01-03T03:04:05Z", commit: str = HEAD) -> None:
        """Add a run to the worklog, by default a later one."""
        (self.folder / "run.xml").write_text(report_text(*cases, at=at), encoding="utf-8")
        assert self("ingest", "run.xml", "--commit", commit).code in {0, 1}

    def event(self, name: str, payload: dict[str, Any]) -> dict[str, str]:
        """The variables of a workflow that this event started."""
        path = self.folder / "event.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), "GITHUB_SHA": "0" * 39 + "1"}

    def bodies(self, number: int = 1) -> list[str]:
        """The comments on a pull request or an issue."""
        return [comment["body"] for comment in self.fake.repo().comments_on(number)]


@pytest.fixture(scope="session")
def red_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a red worklog of one run."""
    folder = tmp_path_factory.mktemp("red")
    rca = Rca(folder)
    (folder / "a.xml").write_text(report_text(*RED), encoding="utf-8")
    assert rca("new", "Checkout").code == 0
    assert rca("ingest", "a.xml", "--commit", HEAD).code == 1
    return folder


@pytest.fixture
def publisher(
    red_project: Path,
    tmp_path: Path,
    fake_github: FakeGitHub,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Publisher:
    """`rca` in a copy of that project."""
    folder = tmp_path / "red"
    shutil.copytree(red_project, folder)
    ci = {system.known_by[0] for system in SYSTEMS}
    for name in list(os.environ):
        if name in ci or name.startswith(("RCA_", "GITHUB_", "GH_", "SOURCE_DATE")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    fake_github.repo().pull("Faster checkout", head=HEAD)
    return Publisher(folder, fake_github, capfdbinary, monkeypatch, {**fake_github.env, "GITHUB_REPOSITORY": "acme/shop"})
