"""What is shipped: the wheel, made from the sdist, holds everything and works in a fresh environment."""

from __future__ import annotations

import importlib.util
import os
import subprocess  # noqa: TID251 -- builds and installs as a user would
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

WANTED = {
    "rca/_templates/worklog.md.j2",
    "rca/_demo/rca.toml",
    "rca/_demo/whys.yaml",
    "rca/_demo/reports/authentication.xml",
    "rca/_demo/reports/websocket-events.xml",
    "rca/__main__.py",
    "rca/cli/app.py",
    "rca/archive/headers.py",
}
UNWANTED = ("tests/", "benchmarks/", "docs/", "worklogs/", ".venv/", ".bench/")


def run(*args, cwd, **env):
    done = subprocess.run(
        list(map(str, args)), cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    for module in ("build", "hatchling"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    folder = tmp_path_factory.mktemp("dist")
    # Without --sdist or --wheel, the wheel is made from the sdist: what is missing in one is missing in the other.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_what_is_needed_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= WANTED
    assert not [name for name in names if name.startswith(UNWANTED) or "__pycache__" in name]
    sources = {path.relative_to(ROOT).as_posix() for kind in ("*.py", "*.sql") for path in (ROOT / "rca").rglob(kind)}
    assert sources <= names
    assert wheel.stat().st_size < 1_000_000


def test_the_sdist_holds_the_tests_and_no_rubbish(wheel):
    with tarfile.open(next(wheel.parent.glob("*.tar.gz"))) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert names >= {"pyproject.toml", "README.md", "LICENSE", "templates/worklog.md.j2", "tests/conftest.py"}
    assert not [name for name in names if ".venv" in name or "__pycache__" in name or ".bak" in name]


def test_the_wheel_works_in_a_fresh_environment(wheel, tmp_path):
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", wheel, cwd=tmp_path)
    # The dependencies come from where the tests run; a path in a .pth does not bring the checkout itself along.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    clean = {"PYTHONPATH": "", "PYTHONWARNINGS": "error"}
    where = run(python, "-c", "import rca; print(rca.__file__)", cwd=empty, **clean)
    assert Path(where.strip()).is_relative_to(home)
    face = empty / run(scripts / "rca", "demo", cwd=empty, **clean).strip()
    assert face.read_text(encoding="utf-8").startswith("# All tests on staging")
    assert run(python, "-m", "rca", "check", face.parent, cwd=empty, **clean) == ""
    page = run(scripts / "rca", "show", "--format", "html", cwd=empty / "rca-demo", **clean)
    assert page.startswith("<!doctype html>")
