"""Make the history of the example as a git bundle: ten commits on ``main``, the repair on ``fix``.

The files of the example are the newest state of ``main``.  Each commit below is a list of
replacements; taken back one after another they give the state before it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUNDLE = HERE / "history.bundle"
COPIED = ("service", "tests", "pyproject.toml")
PROTOCOL = "service/protocol.py"
ROUTES = "service/routes.py"

# Date, message, and what the commit replaced: file, text before, text after.
COMMITS = (
    ("2026-11-16T08:10:00Z", "Harbor 2.7.3: agents, pipelines, sign-in and their suite", ()),
    (
        "2026-11-16T13:42:00Z",
        "Tokens live for 15 minutes",
        (("service/tokens.py", "LIFETIME = 600.0", "LIFETIME = 900.0"),),
    ),
    (
        "2026-11-17T09:05:00Z",
        "Let the admin pages read answers too",
        (
            (
                ROUTES,
                'ORIGINS = ("https://app.harbor.example",)',
                'ORIGINS = ("https://app.harbor.example", "https://admin.harbor.example")',
            ),
        ),
    ),
    (
        "2026-11-17T15:31:00Z",
        "Quota: five requests in three seconds",
        (
            ("service/limits.py", "requests: int = 10", "requests: int = 5"),
            ("service/limits.py", "seconds: float = 5.0", "seconds: float = 3.0"),
        ),
    ),
    (
        "2026-11-18T10:20:00Z",
        "Keep tokens out of the log of handshakes",
        (
            (
                PROTOCOL,
                'return ", ".join(offers)',
                'return ", ".join(f"{TOKEN_PREFIX}***" if token_in(offer) else offer for offer in offers)',
            ),
        ),
    ),
    (
        "2026-11-19T08:55:00Z",
        "Give the writing agent more time",
        (
            (
                "service/agents.py",
                '"large", "max_steps": 5, "timeout": 30',
                '"large", "max_steps": 5, "timeout": 60',
            ),
        ),
    ),
    (
        "2026-11-19T16:12:00Z",
        "Say where the suite finds the service",
        (
            (
                "tests/harbor.py",
                '"""A client for one service."""',
                '"""A client for one running service."""',
            ),
        ),
    ),
    (
        "2026-11-20T09:48:00Z",
        "Name all protocols that carry a token alike",
        (
            (PROTOCOL, "Agreement(answer=known[name],", "Agreement(answer=name,"),
            (PROTOCOL, 'TOKEN_PROTOCOL = "jwt" ', 'TOKEN_PROTOCOL = "jwt-auth" '),
            (
                PROTOCOL,
                '    """Give every offer its name."""',
                '    """Give all offers that carry a token one common name."""',
            ),
        ),
    ),
    (
        "2026-11-20T14:27:00Z",
        "Never let an answer be cached",
        (
            (ROUTES, '"Cache-Control": "no-cache"', '"Cache-Control": "no-store"'),
            (
                "tests/e2e/test_authentication.py",
                'headers["Cache-Control"] == "no-cache"',
                'headers["Cache-Control"] == "no-store"',
            ),
        ),
    ),
    (
        "2026-11-21T07:30:00Z",
        "Harbor 2.8.0",
        (
            ("service/__init__.py", '"2.7.3"', '"2.8.0"'),
            ("pyproject.toml", 'version = "2.7.3"', 'version = "2.8.0"'),
        ),
    ),
)
REPAIR = (
    "2026-11-22T11:15:00Z",
    "Answer a client with the protocol that it offered",
    ((PROTOCOL, "Agreement(answer=name,", "Agreement(answer=known[name],"),),
)
# The states that were run: how many of the commits they hold.
ALL = len(COMMITS)
STATES = {"earlier/1": 5, "earlier/2": 7, "reports": ALL, "reports-fixed": ALL + 1}


def git(folder: Path, *args: str, date: str = "") -> str:
    """Run git away from everybody's own settings."""
    settings = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Harbor",
        "GIT_AUTHOR_EMAIL": "team@harbor.example",
        "GIT_COMMITTER_NAME": "Harbor",
        "GIT_COMMITTER_EMAIL": "team@harbor.example",
        **({"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}),
    }
    command = ["git", *args]
    done = subprocess.run(  # noqa: S603 - git
        command, cwd=folder, env=settings, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def replace(folder: Path, path: str, old: str, new: str) -> None:
    """Replace a text that stands in a file exactly once."""
    text = (folder / path).read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"{path}: expected exactly once: {old}")
    (folder / path).write_text(text.replace(old, new), encoding="utf-8")


def copy(folder: Path) -> None:
    """Copy the files of the example."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, folder / name, ignore=ignored)
        else:
            shutil.copy(HERE / name, folder / name)


def rewind(folder: Path, commits: int) -> None:
    """Take back all commits but the first so many; one more than there are applies the repair."""
    if commits > len(COMMITS):
        for path, before, after in REPAIR[2]:
            replace(folder, path, before, after)
    for _, _, replaced in reversed(COMMITS[commits:]):
        for path, before, after in reversed(replaced):
            replace(folder, path, after, before)


def make(folder: Path) -> list[str]:
    """Make the repository; returns the hashes of its commits, the repair last."""
    copy(folder)
    rewind(folder, 1)
    git(folder, "init", "--quiet", "--initial-branch=main")
    hashes = []
    for date, message, replaced in (*COMMITS, REPAIR):
        if message == REPAIR[1]:
            git(folder, "switch", "--quiet", "--create", "fix")
        for path, before, after in replaced:
            replace(folder, path, before, after)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", message, date=date)
        hashes.append(git(folder, "rev-parse", "HEAD"))
    git(folder, "switch", "--quiet", "main")
    return hashes


def main() -> None:
    """Write the bundle and print the commits."""
    argparse.ArgumentParser(description="Make history.bundle.").parse_args()
    with tempfile.TemporaryDirectory(prefix="harbor-") as name:
        folder = Path(name)
        hashes = make(folder)
        git(folder, "bundle", "create", "--quiet", str(BUNDLE), "HEAD", "main", "fix")
    for commit, (_, message, _) in zip(hashes, (*COMMITS, REPAIR), strict=True):
        sys.stdout.write(f"{commit[:12]} {message}\n")


if __name__ == "__main__":
    main()
