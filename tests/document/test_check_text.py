"""Each file of cases/ has its expected findings beside it; `python -m tests.document.test_check_text` writes them anew."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.cli.check_whys import of_page
from rca.config import Config
from rca.document import check_text as checks
from rca.document.check_text import MOST_FINDINGS
from rca.document.findings import Finding
from rca.model import Run
from rca.workflow import open_worklog, render, report
from tests.analysis.test_assess import START
from tests.timing import assert_linear

CASES = Path(__file__).with_name("cases")
ROOT = Path(__file__).parents[2]
RULES = {"arithmetic", "cause", "criteria", "encoding", "evidence", "location", "money", "numbering", "status", "time"}
WHYS = {f"whys-{number}" for number in (2, 3, 4, 7, 9, 12, 13)}
NAMES = sorted(path.stem for path in CASES.glob("*.md"))


def check_text(text: str, name: str) -> list[Finding]:
    """As `rca check` does it, with the rules of the five whys."""
    return checks.check_text(text, name, of_page)


def found_in(name: str) -> str:
    path = CASES / f"{name}.md"
    return "".join(f"{finding.text()}\n" for finding in check_text(path.read_text(encoding="utf-8"), path.name))


@pytest.mark.parametrize("name", NAMES)
def test_cases(name):
    assert found_in(name) == (CASES / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(("-fine", "-met", "fences"))])
def test_what_is_fine_has_no_finding(name):
    assert found_in(name) == ""


def test_every_rule_has_a_case():
    rules = {match for name in NAMES for match in re.findall(r"\[([a-z]+(?:-\d+)?)\]$", found_in(name), re.MULTILINE)}
    assert rules == RULES | WHYS


def test_a_secret_is_found_and_not_repeated():
    secret = "ghp_" + "a1B2" * 9
    findings = check_text(f"# Log\n\n```\ntoken {secret}\n```\n", "log.md")
    assert [(finding.line, finding.rule) for finding in findings] == [(4, "secret")]
    assert secret not in findings[0].text()


def test_a_worklog_with_many_faults():
    """A hand-written worklog with the faults that the rules come from: data can show them all but a secret."""
    rules = [finding.rule for finding in check_text((CASES / "story.md").read_text(encoding="utf-8"), "story.md")]
    assert RULES < set(rules) <= RULES | WHYS
    assert len(rules) > 20


@pytest.mark.parametrize(
    "path", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").glob("*.md")]), ids=lambda path: path.name
)
def test_pages_about_other_things_have_no_findings(path):
    text = path.read_text(encoding="utf-8")
    if path.name == "checks.md":  # shows faults in its examples
        text = re.sub(r"```console.*?```", "", text, flags=re.DOTALL)
    assert check_text(text, path.name) == []


@pytest.mark.parametrize("producer", sorted(path.name for path in (ROOT / "tests" / "data" / "junit").iterdir() if path.is_dir()))
def test_faces_of_real_reports_have_no_findings(producer):
    worklog, _ = report([str(ROOT / "tests" / "data" / "junit" / producer)], Config(), now=START)
    assert check_text(render(worklog), "face.md") == []


@pytest.mark.parametrize("name", ["reports", "reports-fixed"])
def test_faces_of_the_example_have_no_findings(name):
    from rca.config import load_config

    config, _ = load_config(ROOT / "examples" / "staging")
    worklog, _ = report([str(ROOT / "examples" / "staging" / name)], config, now=START)
    assert check_text(render(worklog), "face.md") == []
    assert check_text(render(open_worklog("planned", config, START)), "face.md") == []


LINES = [
    "# Phase 1", "## Phase 1 (1/2 passed)", "- ✅ a: 0.1s", "- ❌ b", "- **A:** > 90 %", "## Success criteria", "Overall 85 % operational", "1/2 (99 %)", "$5K", "$5K MRR", "$5K ARR",
    "2025-09-13 00:15", "2025-09-13 00:15 UTC", "lines 1, 2", "```", "~~~", "## Restored", "deployment pending", "**WHY #1:** why", "- Answer", "Root cause: a b c d long words", "âœ…", "| a | b |", "",
    "Next actions:", "1. do it", "## Open issues", "- #1", "#1 #2", "password=hunter22", "**Prediction:** `x y z`", "- **Error:** `x y z no`", "Why 2 (detection): why? #1", "E   a.b.SomeError: x y", "took 35 minutes", "<!-- x -->", "## Results completed", "\ud800", "\x00",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=30))
def test_any_text_can_be_checked(lines):
    for finding in check_text("\n".join(lines), "x.md"):
        assert 1 <= finding.line <= len("\n".join(lines).split("\n"))
        assert finding.message
        assert finding.hint


@pytest.mark.parametrize("line", [line for line in LINES if line])
def test_many_lines_take_linear_time(line):
    assert_linear(lambda size: check_text(f"# a (1/2)\n## Criteria\n{line}\n" * (size // 10), "x.md"), size=20_000)


PIECES = ["#", "# ", "# #", " ", "1/", "1 of ", "1 ", "%", "1%", "- ", "*", "a: ", "$1", "$1,", "1 USD ", "2025-01-01 00:00", "lines 1,", "line 1 in a", "why", "WHY 1 ", "`", "`a", "`:1", "✅", "- ✅", "0.1s ", "#1 ", "root cause: ", "error `", "prediction: ", "E a.", "would say ", "XError: ", "âœ", "a.b/", "(1/2)", "took 1 ", "not "]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_lines_take_bounded_time(piece):
    assert_linear(
        lambda size: check_text("# e2e (1/2)\n\n- " + (piece * size)[:size] + "\n## criteria\n- " + (piece * 2_000)[:3_990], "x.md"),
    )


def test_findings_are_limited():
    assert len(check_text("2025-09-13 00:15\n" * 10_000, "x.md")) == MOST_FINDINGS


def test_random_pages_take_bounded_time():
    source = random.Random(3)
    for _ in range(5):
        check_text("\n".join(source.choice(LINES) * source.randint(1, 9) for _ in range(2_000)), "x.md")


def test_an_empty_worklog_has_a_clean_face():
    assert isinstance(open_worklog("x", Config(), START).runs, tuple)
    assert Run(id="run-1").totals.total == 0
    assert check_text(render(open_worklog("x", Config(), START)), "face.md") == []


if __name__ == "__main__":
    for case in NAMES:
        (CASES / f"{case}.txt").write_text(found_in(case), encoding="utf-8")
