"""`rca init` and `rca schema`."""

from __future__ import annotations

import json
from pathlib import Path

from rca.archive.files import write_atomic
from rca.archive.records import find_project
from rca.cli.common import say, write_out
from rca.errors import RcaError
from rca.guess import configuration_text


def init(*, force: bool, stdout: bool) -> int:
    """Write rca.toml, or print it; a project that has a configuration keeps it unless told otherwise."""
    folder = find_project(Path.cwd())
    text = configuration_text(folder)
    if stdout:
        write_out(text, None)
        return 0
    target = folder / "rca.toml"
    if _has_table(folder / "pyproject.toml"):
        raise RcaError(
            f"{folder / 'pyproject.toml'}: has a [tool.rca] table already",
            "change it there, or print a fresh one with `rca init --stdout`",
        )
    if target.exists():
        if not force:
            raise RcaError(f"{target}: is there already", "change it, or use --force, which keeps it as rca.toml.bak")
        write_atomic(_free(target.with_name("rca.toml.bak")), target.read_text(encoding="utf-8", errors="replace"))
    write_atomic(target, text)
    write_out(f"{target}\n", None)
    say("rca: every key is described in the file; try it with `rca report PATH…`")
    return 0


def _has_table(path: Path) -> bool:
    import tomllib

    try:
        return "rca" in tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return False


def _free(path: Path) -> Path:
    number = 1
    candidate = path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}{number}")
    return candidate


def schema() -> int:
    """Print the JSON Schema of the worklog."""
    from rca.model import Worklog

    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Worklog.model_json_schema(mode="serialization"),
    }
    write_out(json.dumps(document, indent=2, ensure_ascii=False) + "\n", None)
    return 0
