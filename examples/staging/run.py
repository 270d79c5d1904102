"""Run the suite of the staging example and keep its JUnit reports.

The example is copied to a neutral folder and runs there, so that the reports hold paths
of the example only: the virtual environment is linked into the copy as ``.venv``, and the
attribute ``hostname`` of each report is set to ``ci``.  Nothing else in a report is changed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CATEGORIES = ("agent_orchestration", "authentication", "websocket_events", "agent_pipeline")
COPIED = ("service", "tests", "pyproject.toml")
FAULTY = Path("service", "protocol.py")
FAULT, REPAIR = "Agreement(answer=name,", "Agreement(answer=known[name],"
HOSTNAME = re.compile(r'(?<=\shostname=")[^"]*')


def prepare(work: Path, *, fixed: bool) -> None:
    """Copy the example and link the virtual environment; apply the repair if asked to."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, work / name, ignore=ignored)
        else:
            shutil.copy(HERE / name, work / name)
    (work / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    if fixed:
        repair(work / FAULTY)


def repair(path: Path) -> None:
    """Change the one line at fault."""
    text = path.read_text(encoding="utf-8")
    if text.count(FAULT) != 1:
        sys.exit(f"{path.name}: expected the fault exactly once")
    path.write_text(text.replace(FAULT, REPAIR), encoding="utf-8")


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


def main() -> int:
    """Run all categories, one after another; the exit status is 1 if a case failed."""
    parser = argparse.ArgumentParser(description="Run the staging example.")
    parser.add_argument("--fixed", action="store_true", help="run with the fault repaired")
    parser.add_argument("--reports", type=Path, help="folder for the reports")
    options = parser.parse_args()
    if sys.prefix == sys.base_prefix:
        sys.exit("run.py: please use the Python of a virtual environment (see README.md)")
    usual = HERE / ("reports-fixed" if options.fixed else "reports")
    reports = (options.reports or usual).resolve()
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "service-log.txt").unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="harbor-") as folder:
        work = Path(folder, "harbor")
        work.mkdir()
        prepare(work, fixed=options.fixed)
        return max([run(work, category, reports) for category in CATEGORIES])


if __name__ == "__main__":
    sys.exit(main())
