"""docs/junit.md knows every problem that the reader may note, and the limits that it has."""

from __future__ import annotations

import re
from pathlib import Path

from rca.sources import events, inputs, junit
from rca.sources.producers import DIALECTS, ROOT_NAMES, RULES, SUITE_ORDERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "junit.md").read_text("utf-8")
SOURCES = "".join(path.read_text("utf-8") for path in (ROOT / "rca" / "sources").glob("*.py"))


def test_every_problem_is_explained() -> None:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (error|warning|note)", PAGE, re.MULTILINE))
    calls = re.findall(r'_problem(?:_at\(place, |\()\s*"([a-z-]+)"(?:, "(error|warning|note)")?', SOURCES)
    calls += re.findall(r'(?:yield|code, hint =) \(?\s*"([a-z-]+)"(?:, "(error|warning|note)")?', SOURCES)
    assert {code for code, _ in calls} == set(rows)
    assert not [(code, severity) for code, severity in calls if severity and rows[code] != severity]


def test_the_limits_are_those_of_the_program() -> None:
    for limit in (events.MAX_NAME, 2 * events.MAX_ATTRIBUTE, inputs.MAX_FILES, inputs.MAX_MEMBERS, inputs.MAX_RATIO):
        assert f"{limit:,} " in PAGE
    for text in (
        f"{events.MAX_TEXT // 1024} Ki",
        f"{events.MAX_TAIL // 1024} Ki",
        f"{junit.SMALL >> 20} MiB",
        f"{inputs.MAX_UNPACKED >> 30} GiB",
    ):
        assert text in PAGE
    assert f"| {events.MAX_FAILURES} |" in PAGE
    assert f"| {events.MAX_ATTACHMENTS} |" in PAGE


def test_the_page_names_every_producer() -> None:
    known = {name for name, _ in RULES} | set(ROOT_NAMES.values()) | set(SUITE_ORDERS.values())
    assert set(DIALECTS) <= known
    words = re.sub(r"[^a-z0-9]", "", PAGE.lower())
    assert not [name for name in known if name.replace("-", "") not in words]
