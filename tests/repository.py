"""Repositories for tests, made by git."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 -- repositories are made by git
from pathlib import Path

WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Dev"), ("EMAIL", "dev@example.org"))}


class Repo:
    """A repository that is made step by step; every commit is a minute after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.time = 1_767_225_600
        self("init", "--quiet", "--initial-branch=main")

    def __call__(self, *args: str, text: str | None = None, code: int = 0) -> str:
        when = f"{self.time} +0000"
        env = {**os.environ, **WHO, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(["git", "-C", str(self.folder), *args], env=env, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout.strip()

    def write(self, path: str | bytes, text: str | bytes) -> None:
        full = os.path.join(os.fsencode(self.folder), os.fsencode(path))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        Path(os.fsdecode(full)).write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str = "change", **files: str) -> str:
        for path, text in files.items():
            self.write(path.replace("__", "/").replace("_py", ".py"), text)
        self.time += 60
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")
