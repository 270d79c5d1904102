"""A first configuration, guessed from what lies in a repository."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

MOST_FOLDERS = 12
MOST_SEEN = 20_000
_TEST_FOLDERS = {"tests", "test", "spec", "specs", "e2e", "__tests__", "integration", "features"}
_TEST_FILE = re.compile(
    r"(?:^test_.*\.py|.*_test\.(?:py|go|rb|cc|cpp|exs)|.*[.-](?:spec|test)\.[cm]?[jt]sx?|.*Tests?\.(?:java|kt|cs|php)|.*_spec\.rb|.*\.feature|.*\.bats)$"
)
_SKIPPED = {".git", "node_modules", ".venv", "venv", "dist", "build", "target", "vendor", "__pycache__", ".tox", ".rca"}
_PRIORITIES = ("smoke", "critical", "priority1", "unit", "api", "integration", "e2e", "performance")


def configuration_text(folder: Path) -> str:
    """The text of an rca.toml for a project folder; it is valid as it stands."""
    found = _test_folders(folder)
    lines = [
        "# What rca knows about the tests of this project. Every key is described in docs/configuration.md;",
        "# the same keys may stand in pyproject.toml below [tool.rca].",
        "",
        f"# title = {_text('Tests of ' + (folder.resolve().name or 'this project'))}",
        '# focus = "all"',
        '# time_zone = "UTC"          # times are shown in it; assumed where a report has no zone',
        '# too_fast = "10 ms"         # an end-to-end case that passes faster is suspicious',
        "",
        "[criteria]",
        'overall = "100 %"            # or "> 90 %", compared exactly',
        "",
        "# [environment]",
        '# name = "staging"',
        '# platform = ""',
        '# service = ""',
        "",
    ]
    if found:
        lines.append("# A case belongs to the first category that matches it. Globs are tried on file, suite and class.")
    for path, runner in found:
        lines += _category(path, runner)
    if not found:
        lines += [
            "# No test folder was recognised. Without categories they come from the structure of the reports.",
            *_category_example(),
        ]
    return "\n".join([*lines, *_EXAMPLES])


def _category(path: str, runner: str) -> list[str]:
    name = path.replace("/", " ").replace("_", " ").strip().capitalize()
    dotted = path.replace("/", ".")
    globs = [f"{path}/*", f"*/{path}/*"] + ([f"{dotted}.*", f"*.{dotted}.*"] if re.fullmatch(r"[\w/]+", path) else [])
    lines = [
        "[[categories]]",
        f"name = {_text(name)}",
        f"match = {json.dumps(globs, ensure_ascii=False)}",
        '# criterion = "> 95 %"',
        "# priority = 1",
        "# planned = 25",
    ]
    if runner:
        lines.append(f"command = {_text(f'{runner} {path}')}")
    return [*lines, ""]


def _category_example() -> list[str]:
    return ["# [[categories]]", '# name = "Checkout"', '# match = "*checkout*"', '# criterion = "> 95 %"', ""]


_EXAMPLES = (
    "# [[journeys]]",
    '# name = "Sign in and buy"',
    '# steps = [ { name = "Sign in", tests = "*::test_sign_in" }, { name = "Pay", tests = "*::test_pay*" } ]',
    "",
    "# [[value]]",
    '# name = "Shop"',
    '# money = { amount = 10000, currency = "USD", period = "month" }',
    '# items = [ { name = "Checkout", tests = "*checkout*" } ]',
    "",
    "# [[risks]]",
    '# text = "The payment provider changes its certificate this week."',
    '# watch = "certificate"',
    "",
)


def _test_folders(folder: Path) -> list[tuple[str, str]]:
    """Folders that hold tests, relative to the project, with the runner that seems to fit."""
    found: dict[str, str] = {}
    seen = 0
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        seen += len(files)
        if seen > MOST_SEEN:
            break
        tests = [name for name in files if _TEST_FILE.match(name)]
        relative = Path(parent).relative_to(folder)
        if tests and (set(part.lower() for part in relative.parts) & _TEST_FOLDERS) and len(relative.parts) <= 4:
            found[relative.as_posix()] = _runner(tests[0], folder)
    ranked = sorted(found, key=lambda path: (next((i for i, word in enumerate(_PRIORITIES) if word in path.lower()), 99), path))
    # The deepest folders come first in the file, since the first category that matches takes a case.
    chosen = sorted(ranked[:MOST_FOLDERS], key=lambda path: (-path.count("/"), ranked.index(path)))
    return [(path, found[path]) for path in chosen]


def _runner(name: str, folder: Path) -> str:
    if name.endswith(".py"):
        return "pytest"
    if name.endswith("_spec.rb"):
        return "rspec"
    if name.endswith(".bats"):
        return "bats"
    if re.search(r"\.[cm]?[jt]sx?$", name):
        try:
            scripts = (folder / "package.json").read_text(encoding="utf-8")[:200_000]
        except (OSError, UnicodeDecodeError):
            return "npx jest"
        return "npx vitest run" if "vitest" in scripts else "npx playwright test" if "playwright" in scripts else "npx jest"
    return ""


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
