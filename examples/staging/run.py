"""Run the suite of the staging example and keep its JUnit reports.

The example is copied to a neutral folder and runs there, so that the reports hold paths
of the example only: the virtual environment is linked into the copy as ``.venv``, and the
attribute ``hostname`` of each report is set to ``ci``.  Nothing else in a report is changed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import history

HERE = Path(__file__).resolve().parent
CATEGORIES = ("agent_orchestration", "authentication", "websocket_events", "agent_pipeline")
HOSTNAME = re.compile(r'(?<=\shostname=")[^"]*')


def prepare(work: Path, state: str) -> None:
    """Copy the example, take it to a state of its history, and link the virtual environment."""
    history.copy(work)
    history.rewind(work, history.STATES[state])
    (work / ".venv").symlink_to(sys.prefix, target_is_directory=True)


def run(work: Path, category: str, reports: Path) -> int:
    """Run one category and keep its report."""
    report = reports / f"{category.replace('_', '-')}.xml"
    interpreter = work / ".venv" / "bin" / "python"
    options = ["-p", "no:cacheprovider", f"--junitxml={report}", "--tb=short", "-q"]
    done = subprocess.run(  # noqa: S603 - our own suite
        [str(interpreter), "-m", "pytest", *options, f"tests/e2e/test_{category}.py"],
        cwd=work,
        env=environment(reports),
        check=False,
    )
    text = report.read_text(encoding="utf-8")
    report.write_text(HOSTNAME.sub("ci", text), encoding="utf-8")
    return done.returncode


def environment(reports: Path) -> dict[str, str]:
    """Return the few variables that the run needs."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "TZ": "UTC",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HARBOR_LOG": str(reports / "service-log.txt"),
    }


def say_where(reports: Path, state: str) -> None:
    """Write down beside the reports on which commit they were made, for rca to read."""
    with tempfile.TemporaryDirectory(prefix="harbor-") as folder:
        commit = history.make(Path(folder))[history.STATES[state] - 1]
    branch = {"branch": "fix", "base": "main"} if state == "reports-fixed" else {"branch": "main"}
    about = {"repo": "harbor/harbor", **branch, "commit": commit, "environment": "staging"}
    (reports / "rca-run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Run all categories, one after another; the exit status is 1 if a case failed."""
    parser = argparse.ArgumentParser(description="Run the staging example.")
    states = tuple(history.STATES)
    parser.add_argument("state", nargs="?", default="reports", choices=states, help="what to run")
    options = parser.parse_args()
    if sys.prefix == sys.base_prefix:
        sys.exit("run.py: please use the Python of a virtual environment (see README.md)")
    reports = HERE / options.state
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "service-log.txt").unlink(missing_ok=True)
    say_where(reports, options.state)
    with tempfile.TemporaryDirectory(prefix="harbor-") as folder:
        work = Path(folder, "harbor")
        work.mkdir()
        prepare(work, options.state)
        return max([run(work, category, reports) for category in CATEGORIES])


if __name__ == "__main__":
    sys.exit(main())
