"""How a person finds the way: help, version, usage errors, and a start that costs nothing."""

from __future__ import annotations

import subprocess  # noqa: TID251 -- a start is measured from outside
import sys

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from rca.cli.app import app, only

COMMANDS = (
    "demo", "init", "report", "new", "ingest", "render", "list", "show", "triage", "check", "history", "schema", "publish",
    "publish pr", "publish check", "publish summary", "publish issues",
)  # fmt: skip
HEAVY = (
    "pydantic", "jinja2", "markdown_it", "ftfy", "filelock", "duckdb", "rapidfuzz", "prompt_toolkit", "rca.model", "rca.workflow",
)  # fmt: skip


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_eighty_columns(rca, command):
    result = rca(*command.split(), "--help", COLUMNS="80")
    assert result.code == 0
    assert result.err == ""
    assert f"Usage: rca {command}".strip() in result.out
    assert max(cell_len(line) for line in result.out.splitlines()) <= 80


def test_help_of_triage_has_a_line_for_each_action(rca):
    lines = rca("triage", "--help", COLUMNS="80").out.splitlines()
    assert {"note c3 ", "mute c3 ", "merge c3", "undo, re"} <= {line[2:10] for line in lines}


def test_help_lists_every_command(rca):
    out = rca("-h", COLUMNS="100").out
    assert all(f" {command} " in out for command in COMMANDS if " " not in command)
    assert "Exit codes: 0 done" in out


def test_version(rca):
    result = rca("--version")
    assert (result.code, result.err) == (0, "")
    assert result.out.split()[0] == "rca"


@pytest.mark.parametrize(
    ("args", "named", "next_step"),
    [
        ((), "no command", "rca demo"),
        (("reprot", "x"), "report", "rca --help"),
        (("--fromat",), "--fromat", "rca --help"),
        (("report",), "no report was named", "rca report PATH…"),
        (("report", "x", "--fromat", "md"), "--fromat", "rca report --help"),
        (("report", "x", "--format", "xml"), "'md', 'json', 'html'", "rca report --help"),
        (("report", "x", "--template"), "--template", "rca"),
        (("new",), "TITLE", "rca new --help"),
        (("new", " \t"), "title is empty", "rca new"),
        (("list", "extra"), "extra", "rca list --help"),
        (("list", "--format", "md"), "'text', 'json'", "rca list --help"),
        (("schema", "extra"), "extra", "rca schema --help"),
        (("show", "nothing"), "'nothing'", "rca list"),
        (("render",), "no worklog is open", "rca new"),
        (("ingest", "x"), "no worklog is open", "rca new"),
        (("check", "missing.md"), "missing.md", "name a record"),
        (("report", "x", "--config", "missing.toml"), "missing.toml", "--config"),
        (("report", "x", "--template", "missing.j2"), "missing.j2", "Jinja2"),
        (("report", "x", "--template", "missing.j2", "--format", "json"), "--template", "--format md"),
        (("render", "--template", "missing.j2", "--format", "json"), "--template", "--format md"),
        (("demo", "/dev/null"), "/dev/null", "folder"),
    ],
)
def test_usage_errors_name_the_thing_and_the_next_step(rca, args, named, next_step):
    result = rca(*args)
    assert result.code == 2
    assert result.raw == b""
    error, step = result.err.splitlines()[-2:]
    assert error.startswith("rca: error: ")
    assert named in error
    assert step.startswith("rca: next: ")
    assert next_step in step


def test_no_command_shows_the_help_on_stderr(rca):
    assert "Usage: rca" in rca().err


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_start_imports_nothing_heavy(rca, option):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rca", option],
        env=rca.environment,
        cwd=rca.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "typer" in imported
    heavy = {*HEAVY, *(["rich"] if option == "--version" else [])}
    assert not {name for name in imported if name in heavy or name.split(".")[0] in heavy}


REGISTERED = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]


@pytest.mark.parametrize("name", [*REGISTERED, "publish", "--version"])
def test_a_command_alone_says_what_it_says_among_all(name, monkeypatch):
    monkeypatch.setattr(app, "registered_commands", list(app.registered_commands))
    monkeypatch.setattr(app, "registered_groups", list(app.registered_groups))
    args = [name] if name == "--version" else [name, "--help"]
    among = CliRunner().invoke(app, args, prog_name="rca")
    only(name)
    alone = CliRunner().invoke(app, args, prog_name="rca")
    assert len(app.registered_commands) + len(app.registered_groups) == (name != "--version")
    assert (alone.exit_code, alone.output) == (among.exit_code, among.output)
    assert among.exit_code == 0


@pytest.mark.parametrize("name", ["", "--help", "lists", "-x", "list_"])
def test_what_is_no_command_is_looked_for_among_all(name, monkeypatch):
    before = list(app.registered_commands), list(app.registered_groups)
    monkeypatch.setattr(app, "registered_commands", before[0])
    monkeypatch.setattr(app, "registered_groups", before[1])
    only(name)
    assert (app.registered_commands, app.registered_groups) == before
    assert app.registered_commands is before[0]


def test_completion_knows_all_commands(rca):
    environment = {**rca.environment, "_RCA_COMPLETE": "complete_bash", "COMP_WORDS": "rca ver", "COMP_CWORD": "1"}
    done = subprocess.run([sys.executable, "-m", "rca", "list"], env=environment, capture_output=True, text=True, check=False)
    assert "verify" in done.stdout


def test_reading_commands_do_not_pay_for_the_lock_the_history_nor_for_colours(staging):
    staging("new", "One")
    script = "import sys; from rca.cli.boundary import guard; from rca.cli.app import app; "
    for args in (["list"], ["show"], ["report", "reports"], ["check"], ["triage"]):
        code = script + f"guard(lambda: app({args!r}, standalone_mode=False)); "
        code += "print([n for n in ('filelock', 'rich', 'ftfy', 'duckdb', 'prompt_toolkit') if n in sys.modules], file=sys.stderr)"
        done = subprocess.run(
            [sys.executable, "-c", code], env=staging.environment, cwd=staging.folder, capture_output=True, text=True, check=True
        )
        loaded = done.stderr.splitlines()[-1]
        assert "filelock" not in loaded, args
        assert "rich" not in loaded, args


def test_a_working_folder_that_is_gone(rca):
    result = rca.shell('mkdir gone && cd gone && rmdir ../gone && rca list; echo "code $?"')
    assert "code 2" in result.out
    assert "working folder is gone" in result.err


def test_an_unexpected_fault_is_one_message(rca):
    code = "import sys; from rca.cli.boundary import guard\ndef broken(): raise ZeroDivisionError('oh')\nsys.exit(guard(broken))"
    done = subprocess.run([sys.executable, "-c", code], env=rca.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "internal fault (ZeroDivisionError: oh)" in done.stderr
    assert "RCA_DEBUG=1" in done.stderr
    env = {**rca.environment, "RCA_DEBUG": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert "Traceback" in done.stderr
