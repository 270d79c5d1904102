"""The first step: which Python is taken, how rca is installed, what is said of inputs that make no sense."""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.action.conftest import ACTION, ROOT

LOCK = "requirements-action.txt"

# A package that needs nothing from a registry: it builds its own wheel, whose rca only tells that it was called.
BACKEND = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "rca_worklog-0.0.1-py3-none-any.whl"
    files = {
        "rca/__init__.py": "",
        "rca/__main__.py": "import sys\\nprint('rca 0.0.1', *sys.argv[1:])\\n",
        "rca_worklog-0.0.1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: rca-worklog\\nVersion: 0.0.1\\n",
        "rca_worklog-0.0.1.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: here\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr("rca_worklog-0.0.1.dist-info/RECORD", "".join(f"{path},,\\n" for path in files))
    return name
"""


@pytest.fixture
def machine(stage):
    machine = stage.machine("push", {"ref": "refs/heads/main"})
    stage.check_out(machine)
    return machine


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fail-on", "critera"),
        ("fail-on", ""),
        ("history", "true"),
        ("issues", "on"),
        ("comment", "yes"),
        ("check", "false "),
        ("summary", "true\n::warning::no"),
        ("status", "$(touch owned)"),
    ],
)
def test_an_input_that_makes_no_sense_stops_it_at_once(stage, machine, name, value):
    done = stage.run(machine, **{name: value})
    assert done.conclusion == "failure"
    assert [step.name for step in done.steps if step.outcome != "skipped"] == ["Set up rca"]
    assert [(command, said.startswith(f"input {name}: must be one of: ")) for command, _, said in machine.active] == [("error", True)]
    assert not list(machine.workspace.rglob("owned"))


def set_up(machine, folder, **inputs):
    """Only the first step, with the action in a folder."""
    return machine.action(folder / "action.yml", inputs)


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "the action's folder"
    folder.mkdir()
    (folder / "action.yml").write_text(ACTION.read_text(encoding="utf-8").partition("    - name: Bring back")[0], encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND)
    (folder / LOCK).write_text("# nothing\n")
    (folder / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n')
    return folder


def shim(folder, name, text):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.slow
def test_rca_comes_from_the_folder_of_the_action_and_changes_nothing_else(machine, package, tmp_path):
    # A project's own modules must not be taken for those of Python, nor an old Python for a new one.
    for trap in ("venv.py", "pip.py", "ensurepip.py", "rca.py"):
        (machine.workspace / trap).write_text("raise SystemExit('the workspace was imported')\n")
    shim(tmp_path / "bin", "python3", "exit 1")
    shim(tmp_path / "bin", "python", f'exec "{sys.executable}" "$@"')
    machine.path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    machine.env = {"PYTHONPATH": str(machine.workspace)}
    done = set_up(machine, package)
    assert done.conclusion == "success", done.log
    assert "rca 0.0.1 --version" in done.log
    installed = Path(done.steps[0].outputs["rca"])
    assert installed.is_file()
    assert installed.is_relative_to(machine.temp)
    assert machine.env == {"PYTHONPATH": str(machine.workspace)}
    assert machine.path == f"{tmp_path / 'bin'}:/usr/bin:/bin"


def needed(folder, text=""):
    """A wheel of somebody else in a folder; its hash."""
    with zipfile.ZipFile(folder / "needed-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("needed.py", text)
        wheel.writestr("needed-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: needed\nVersion: 1.0\n")
        wheel.writestr("needed-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: here\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("needed-1.0.dist-info/RECORD", "needed.py,,\n")
    return hashlib.sha256((folder / "needed-1.0-py3-none-any.whl").read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("tampered", [False, True])
def test_what_others_wrote_is_taken_by_its_hash_only(machine, package, tmp_path, tampered):
    (package / LOCK).write_text(f"needed==1.0 --hash=sha256:{needed(tmp_path)}\n")
    if tampered:
        needed(tmp_path, "raise SystemExit('owned')")
    machine.env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    done = set_up(machine, package)
    assert done.conclusion == ("failure" if tampered else "success"), done.log
    assert ("rca 0.0.1" in done.log) is not tampered
    assert ("HASH" in done.log) is tampered


def test_the_lock_holds_what_rca_and_its_build_need():
    """Each with the hashes of its files, in a version that pyproject.toml allows, on every system and Python; and no address."""
    text = (ROOT / LOCK).read_text(encoding="utf-8")
    assert "://" not in text
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins)
    assert all("--hash=sha256:" in block for block in blocks)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for line in [*project["project"]["dependencies"], *project["build-system"]["requires"]]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[wanted.name.lower().replace("_", "-")]), f"{line}: run scripts/lock.sh"


def test_a_python_that_is_named_is_the_one_that_is_taken(machine, package):
    done = set_up(machine, package, python="/bin/false")
    assert done.conclusion == "failure"
    assert [said for _, _, said in machine.active] == ["input python: is no Python of version 3.11 or newer"]


def test_without_any_python_the_next_step_is_said(machine, package, tmp_path):
    shim(tmp_path / "bin", "python3", "exit 1")
    for program in ("bash", "sh"):
        (tmp_path / "bin" / program).symlink_to(f"/bin/{program}")
    machine.path = str(tmp_path / "bin")
    done = set_up(machine, package)
    assert done.conclusion == "failure"
    assert [said for _, _, said in machine.active] == ["there is no Python 3.11 or newer: put actions/setup-python before this step"]


def test_the_action_lies_where_its_package_does():
    assert (ACTION.parent, ACTION.name) == (ROOT, "action.yml")
    assert (ROOT / "pyproject.toml").is_file()
