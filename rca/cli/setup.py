"""`rca init` and `rca schema`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from rca.cli.common import json_text, project_folder, say, write_out
from rca.errors import ConfigError, RcaError
from rca.files import free_name, read_plain, write_atomic
from rca.guess import configuration_text, reports_folder


def init(*, force: bool, stdout: bool, pyproject: bool) -> int:
    """Write the configuration or print it; a project that has one keeps it unless told otherwise."""
    folder = project_folder()
    text = configuration_text(folder, table="tool.rca" if pyproject else "")
    if stdout:
        write_out(text, None)
        return 0
    _refuse_second(folder, pyproject=pyproject, force=force)
    target = _append(folder / "pyproject.toml", text) if pyproject else _write(folder / "rca.toml", text)
    write_out(f"{target}\n", None)
    say("rca: every key is explained in docs/configuration.md; what is commented out is an example")
    say(f"rca: try it with `rca report {reports_folder(folder) or 'PATH…'}`")
    return 0


def _refuse_second(folder: Path, *, pyproject: bool, force: bool) -> None:
    """Two configurations in one project would hide one another."""
    table, own = folder / "pyproject.toml", folder / "rca.toml"
    if _has_table(table):
        raise RcaError(
            f"{table}: has a [tool.rca] table already",
            "change it there, or print a fresh one with `rca init --stdout`",
        )
    if own.exists() and pyproject:
        raise RcaError(f"{own}: is there already, and is read before pyproject.toml", "move its tables by hand, or delete it first")
    if own.exists() and not force:
        raise RcaError(f"{own}: is there already", "change it, or use --force, which keeps it as rca.toml.bak")


def _has_table(path: Path) -> bool:
    try:
        return "rca" in tomllib.loads(read_plain(path).decode("utf-8-sig")).get("tool", {})
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _write(path: Path, text: str) -> Path:
    if path.exists():
        write_atomic(free_name(path.with_name("rca.toml.bak")), read_plain(path))
    write_atomic(path, text)
    return path


def _append(path: Path, text: str) -> Path:
    """Append to a pyproject.toml; every byte that is there stays, and what comes out is TOML that says the same and more."""
    try:
        before = read_plain(path)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file", "leave out --pyproject to write rca.toml") from error
    old = _parsed(before, path)
    ends = b"\r\n" if b"\r\n" in before else b"\n"
    gap = b"" if not before else ends if before.endswith(b"\n") else ends * 2
    after = before + gap + text.encode("utf-8").replace(b"\n", ends)
    new = _parsed(after, path)
    tool = new.get("tool")
    if isinstance(tool, dict):
        tool.pop("rca", None)
        if not tool and "tool" not in old:
            del new["tool"]
    if new != old:
        raise ConfigError(f"{path}: a table cannot be appended to it", "leave out --pyproject to write rca.toml; nothing was changed")
    write_atomic(path, after)
    return path


def _parsed(data: bytes, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}", "mend it first, or leave out --pyproject; nothing was changed") from error


def schema() -> int:
    """Print the JSON Schema of the worklog."""
    from rca.model import Worklog

    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Worklog.model_json_schema(mode="serialization"),
    }
    write_out(json_text(document), None)
    return 0
