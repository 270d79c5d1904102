"""A fixed moment for tests that make worklogs in this process, and the project of the demo."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rca.cli.app import app
from rca.cli.boundary import guard
from tests.cli.publishing import publisher, red_project
from tests.conftest import Rca, Result

__all__ = ["publisher", "red_project"]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EPOCH = {"SOURCE_DATE_EPOCH": "1795500000"}


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder of a demo, for all tests: take a copy."""
    folder = tmp_path_factory.mktemp("demo")
    assert Rca(folder, EPOCH)("demo", "shop").code == 0
    return folder / "shop"


@pytest.fixture
def shop(demo, tmp_path):
    """`rca` in the project of the demo."""
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    return Rca(folder, EPOCH)


@dataclass
class Inside(Rca):
    """The same commands in this process, where they start sooner."""

    patch: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)
    capture: pytest.CaptureFixture[bytes] | None = None

    def __call__(self, *args: str | Path, **env: str) -> Result:
        with self.patch.context() as patch:
            for name in os.environ.keys() - self.environment.keys():
                patch.delenv(name)
            for name, value in {**self.environment, **env}.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            self.capture.readouterr()
            code = guard(lambda: app([str(arg) for arg in args], standalone_mode=False, prog_name="rca"))
            out, err = self.capture.readouterr()
        assert b"internal fault" not in err, err.decode()
        return Result(code, out, err.decode("utf-8", "replace"))


@pytest.fixture
def online(shop, fake_github, monkeypatch, capfdbinary):
    """The same with a GitHub that holds its repository, harbor/harbor."""
    fake_github.repo("harbor/harbor")
    env = {**shop.env, **fake_github.env, "GITHUB_REPOSITORY": "harbor/harbor"}
    return Inside(shop.folder, env, monkeypatch, capfdbinary)
