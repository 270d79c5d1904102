"""What several tests need: a clean world to run `rca` in, and reports to give it."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 -- commands are tested as they are used
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "examples" / "staging"
DATA = ROOT / "tests" / "data" / "junit"

# What lets the code under test be found and measured; everything else of the surroundings stays outside.
_PASSED_ON = ("PATH", "PYTHONPATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "SYSTEMROOT")


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode("utf-8")


@dataclass
class Rca:
    """Runs the installed `rca` in a folder, with an environment that holds nothing of the tester's."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        script = Path(sys.executable).with_name("rca")
        return [str(script)] if script.exists() else [sys.executable, "-m", "rca"]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**kept, "HOME": str(self.folder), "LANG": "C.UTF-8", **self.env}

    @property
    def unmeasured(self) -> dict[str, str]:
        """The environment for a command that will be interrupted: its lines are not measured.

        coverage takes a lock for each new line of code that it sees; a Ctrl-C in between leaves it locked for ever.
        """
        return {name: value for name, value in self.environment.items() if not name.startswith("COVERAGE_")}

    def __call__(self, *args: str | Path, stdin: bytes | int | None = None, cwd: Path | None = None, **env: str) -> Result:
        done = subprocess.run(
            [*self.argv, *map(str, args)],
            cwd=cwd or self.folder,
            env={**self.environment, **env},
            capture_output=True,
            timeout=60,
            check=False,
            **({"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin or subprocess.DEVNULL}),
        )
        err = done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in err, err
        assert "internal fault" not in err, err
        return Result(done.returncode, done.stdout, err)

    def shell(self, script: str, **env: str) -> Result:
        """Run a line of bash in which `rca` is the command."""
        path = os.pathsep.join([str(Path(self.argv[0]).parent), self.environment.get("PATH", "")])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={**self.environment, **env, "PATH": path},
            capture_output=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        err = done.stderr.decode("utf-8", "replace")
        assert "Traceback" not in err, err
        return Result(done.returncode, done.stdout, err)


@pytest.fixture
def rca(tmp_path: Path) -> Rca:
    """`rca` in an empty folder."""
    return Rca(tmp_path)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Result]:
    """`rca` in the same folder, but in this process: for sweeps over many inputs."""
    from rca.cli.app import app
    from rca.cli.boundary import guard
    from rca.sources.ci import SYSTEMS

    ci = {system.known_by[0] for system in SYSTEMS}
    for name in list(os.environ):
        if name in ci or name.startswith(("RCA_", "GITHUB_", "SOURCE_DATE")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*args: str | Path) -> Result:
        capfdbinary.readouterr()
        code = guard(lambda: app([str(arg) for arg in args], standalone_mode=False, prog_name="rca"))
        out, err = capfdbinary.readouterr()
        assert b"internal fault" not in err, err.decode()
        return Result(code, out, err.decode("utf-8", "replace"))

    return run


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """The reports of a red staging run, in the folder `reports`."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for path in sorted((SAMPLES / "reports").glob("*.xml")):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def staging(rca: Rca, reports: Path) -> Rca:
    """`rca` in a project with those reports and their configuration."""
    (rca.folder / "rca.toml").write_bytes((SAMPLES / "rca.toml").read_bytes())
    return rca


def report_text(*cases: str, suite: str = "suite", at: str = "2026-01-02T03:04:05Z") -> str:
    """A report of one suite; a case is `class name`, and fails with what stands behind a `!`."""
    parts = []
    for case in cases:
        head, _, failure = case.partition("!")
        classname, name = head.split()
        body = f'<failure message="{failure}"/>' if failure else ""
        parts.append(f'<testcase classname="{classname}" name="{name}" time="0.01">{body}</testcase>')
    return f'<testsuites><testsuite name="{suite}" timestamp="{at}">{"".join(parts)}</testsuite></testsuites>'


@pytest.fixture
def write_report(tmp_path: Path) -> Callable[..., Path]:
    """Write such a report to a file."""

    def write(name: str, *cases: str, **options: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report_text(*cases, **options), encoding="utf-8")
        return path

    return write


@pytest.fixture
def fake_github():
    """A GitHub of our own on this machine, with the repository acme/shop; see tests/github/fake.py."""
    from tests.github.fake import FakeGitHub

    with FakeGitHub() as fake:
        fake.repo("acme/shop")
        yield fake
