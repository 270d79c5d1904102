"""Blocks hold what they say they hold, links lead somewhere, commands and options exist, generated tables are up to date."""

import dataclasses
import importlib
import json
import re
import subprocess  # noqa: TID251 -- the scripts are run as a person runs them
import sys
import tomllib

import pytest
from markdown_parts import ROOT, anchor, anchors, blocks, links, pages, prose

from rca.config import parse_config
from rca.errors import ConfigError

PAGES = pages()
GENERATORS = ("config_docs.py", "schema_docs.py", "template_docs.py", "whys_docs.py")


@pytest.mark.parametrize("script", GENERATORS)
def test_a_generated_page_is_up_to_date(script):
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", GENERATORS)
def test_a_generator_finds_that_a_page_is_out_of_date(script, tmp_path, monkeypatch, capsys):
    module = importlib.import_module(script.removesuffix(".py"))
    page = tmp_path / "page.md"
    page.write_text(f"# Mine\n\n{module.MARK}\n\nold\n")
    monkeypatch.setattr(module, "PAGE", page)
    monkeypatch.setattr("markdown_parts.ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", [script, "--check"])
    assert module.main() == 1
    assert script in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [script])
    assert module.main() == 0
    assert page.read_text().startswith(f"# Mine\n\n{module.MARK}\n\n#")


TOML = [(page, block) for page in PAGES for block in blocks(page.read_text(encoding="utf-8")) if block.language == "toml"]


@pytest.mark.parametrize(("page", "block"), TOML, ids=[f"{page.name}:{block.start}" for page, block in TOML])
def test_toml_is_a_configuration(page, block):
    table = tomllib.loads(block.text)
    table = table.get("tool", {}).get("rca", table)
    if "wrong" in block.info:
        with pytest.raises(ConfigError):
            parse_config(table, page)
    else:
        parse_config(table, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_json_parses_and_yaml_is_indented_by_two(page):
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml":
            assert not [line for line in block.lines if "\t" in line or (len(line) - len(line.lstrip(" "))) % 2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    lost = [f"{page.name}:{line}: {target}" for line, target in links(text) if not leads(page, target)]
    assert not lost


def leads(page, target):
    if re.match(r"https?://", target):
        return True
    path, _, name = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists() or not file.is_relative_to(ROOT):
        return False
    return not name or name in anchors(file.read_text(encoding="utf-8"))


def test_every_page_is_on_the_map():
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    mapped = {target for _, target in links(text)}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"} <= mapped


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("`rca report`", "rca-report"),
        ("`[[plan.commands]]`", "plancommands"),
        ("What is escaped, and why", "what-is-escaped-and-why"),
        ("1. A_b – c", "1-a_b--c"),
    ],
)
def test_anchors_are_those_of_github(heading, expected):
    assert anchor(heading) == expected


def test_anchors_of_equal_headings_are_numbered():
    assert anchors("# A\n\n## A\n\n```text\n# B\n```\n") == {"a", "a-1"}


# -- commands and options ------------------------------------------------------------------------------------------


def commands():
    from typer.main import get_command

    from rca.cli.app import app

    def options(command):
        return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts) if option.startswith("-")}

    found = {}
    for name, command in get_command(app).commands.items():
        below = getattr(command, "commands", None)
        found |= {f"{name} {part}": options(each) for part, each in below.items()} if below else {name: options(command)}
    return found


def test_every_command_has_a_section_with_all_of_its_options():
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = {match[1]: match[2] for match in re.finditer(r"(?ms)^## `rca ([a-z ]+)`\n(.*?)(?=^## |\Z)", text)}
    assert set(sections) == set(commands())
    for name, options in commands().items():
        told = set(re.findall(r"`(--?[a-z-]+)`", "".join(re.findall(r"(?m)^\| `-.*?\|", sections[name]))))
        assert told == options - {"--help", "-h"}, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_a_page_names_exist(page):
    known = commands()
    for line in code_of(page.read_text(encoding="utf-8")):
        for words in re.findall(r"(?:^|\$ |; |run: |- |'|\s{2,})rca ([a-z]+(?: [^|>\n]*)?)", line):
            name, *rest = words.split()
            if rest and f"{name} {rest[0]}" in known:
                name = f"{name} {rest[0]}"
            assert name in known or (any(each.startswith(f"{name} ") for each in known) and not rest), line
            assert {word for word in rest if re.match(r"--?[a-z]", word)} <= known.get(name, set()), line


def code_of(text):
    """What is run: commands of console blocks, scripts of CI systems, code spans."""
    for block in blocks(text):
        if block.language == "console":
            yield from (line for line in block.lines if line.startswith("$ "))
        elif block.language in {"yaml", "groovy", "sh", "bash"}:
            yield from block.lines
    yield from re.findall(r"`(rca (?!COMMAND)[a-z-][^`\n]*)`", prose(text))


def test_the_checks_are_those_of_the_program():
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(?m)^## ([a-z]+)$", text))
    assert told == set(re.findall(r"(?m)^\| \[([a-z]+)\]", text))
    sources = [*(ROOT / "rca" / "document").glob("check_*.py"), *(ROOT / "rca" / "cli").glob("check*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert told <= set(re.findall(r'"([a-z]+)(?:-\{[\w.]+\})?"', code))
    # A rule stands before its severity or its message.
    assert set(re.findall(r'"([a-z]+)",\s+(?:"(?:error|warning)"|message\b|f")', code)) <= told | {"error", "warning"}
    shown = {rule for block in blocks(text) for line in block.lines for rule in re.findall(r"\[([a-z]+)(?:-\d+)?\]$", line)}
    assert shown == told


LIMITS = re.compile(r"(?m)^\| [^|]+ \| ([\d,. ]+) \| ((?:`[\w.]+`(?:, )?)+) \|$")


@pytest.mark.parametrize("page", ["design.md", "whys-rules.md", "worklog.md"])
def test_the_limits_on_a_page_are_those_of_the_program(page):
    rows = LIMITS.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert rows
    for values, places in rows:
        module, known = "", []
        for name in re.findall(r"`([\w.]+)`", places):
            above, _, last = name.rpartition(".")
            # A name without `rca` stands in the module before, or beside it.
            module = above if above.startswith("rca.") else f"{module.rpartition('.')[0]}.{above}" if above else module
            value = getattr(importlib.import_module(module), last)
            value = dataclasses.astuple(value) if dataclasses.is_dataclass(value) else value
            known += [part for part in (value if isinstance(value, tuple) else (value,)) if not isinstance(part, bool)]
        told = [float(value.replace(",", "")) for value in values.split(", ")]
        assert told in (known, known[:1] if len(set(known)) == 1 else known), places
