"""What a person sees: the summary as lines, and real screens of several sizes behind a pseudo-terminal."""

from __future__ import annotations

import re

import pexpect
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from rca.config import Config
from rca.terminal.columns import cut, fold, layout
from rca.terminal.speak import plain
from rca.terminal.summary import summary
from rca.workflow import report
from tests.cli.conftest import NOW

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def screen(rca, command, *, columns=80, rows=24, **env):
    """Everything that a command shows on a terminal of that size, as lines."""
    environment = {**rca.environment, "TERM": "xterm-256color", **env}
    path = f"{rca.argv[0].rpartition('/')[0]}:{environment['PATH']}"
    child = pexpect.spawn(
        "bash", ["-c", command], cwd=str(rca.folder), env={**environment, "PATH": path}, dimensions=(rows, columns), encoding="utf-8"
    )
    text = child.read()
    child.wait()
    assert "Traceback" not in text
    return text.replace("\r\n", "\n").rstrip("\n").split("\n")


def words(lines):
    return [SEQUENCE.sub("", line) for line in lines]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_no_line_is_wider_than_the_screen(staging, columns):
    shown = words(screen(staging, "rca report reports -o out.md", columns=columns))
    # A command to be copied stays whole, whatever the width; everything else fits.
    wide = [line for line in shown if cell_len(line) > columns]
    assert all(line.strip().startswith("pytest ") for line in wide)
    assert "rca: wrote out.md" in shown


def test_the_summary_says_what_matters_in_order(staging):
    shown = "\n".join(words(screen(staging, "rca report reports -o out.md")))
    wanted = [
        "All tests on staging",
        "Criteria not met. 20 of 27 cases passed",
        "category",
        "WebSocket events       2 of 5    40 %  > 95 %  not met",
        "Priority 1            0 of 25       –   100 %  not run",
        "Agent orchestration    6 of 6   100 %  > 95 %  met",
        "All                  20 of 27  74.1 %  > 90 %  not met",
        "7 failures in 1 cluster of equal errors",
        "  1  7 cases  NegotiationError: unsupported subprotocol: jwt-auth",
        "Next",
        "Find the cause of cluster 1",
        "pytest tests/e2e/test_priority1.py",
        "rca: wrote out.md",
    ]
    places = [shown.find(text) for text in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


def test_the_document_comes_first_then_a_rule_then_the_summary(staging):
    shown = words(screen(staging, "rca report reports"))
    rule = shown.index("─" * 80)
    document = staging("report", "reports").out
    assert "\n".join(shown[:rule]) + "\n" == document
    assert "Next" in shown[rule:]
    assert "─" * 80 not in words(screen(staging, "rca report reports > out.md"))
    assert screen(staging, "rca report reports -q 2>&1 > out.md") == [""]


def test_stdout_stays_pure_beside_the_screen(staging):
    screen(staging, "rca report reports > out.md")
    assert (staging.folder / "out.md").read_text() == staging("report", "reports").out


@pytest.mark.parametrize(("env", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_are_a_choice_and_words_say_it_all(staging, env, colour):
    shown = screen(staging, "rca report reports -o out.md", **env)
    text = "\n".join(shown)
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]m", text)) is colour
    assert "not met" in text
    if env.get("TERM") == "dumb":
        assert "\x1b" not in text


def test_a_terminal_without_unicode(staging):
    shown = words(screen(staging, "rca report reports", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"))
    start = next(index for index, line in enumerate(shown) if line == "-" * 80)
    assert all(line.isascii() for line in shown[start:])


def test_problems_are_folded_at_words_on_a_screen_only(staging):
    long = "missing/" * 20 + "report.xml"
    shown = words(screen(staging, f"rca report reports {long} -o out.md", columns=60))
    assert "    " in "\n".join(shown)
    logged = staging("report", "reports", long).err
    assert len(logged.splitlines()) == 1


def test_errors_are_folded_at_words_on_a_screen_only(staging):
    command = ("publish", "pr", "--number", "7", "--repo", "shop/till")
    whole = staging(*command, GITHUB_TOKEN="", GH_TOKEN="", PATH="/nowhere").err.splitlines()
    shown = words(screen(staging, f"PATH=/nowhere {staging.argv[0]} {' '.join(command)}", columns=40, GITHUB_TOKEN="", GH_TOKEN=""))
    assert max(map(len, shown)) <= 40 < max(map(len, whole))
    assert " ".join(" ".join(shown).split()) == " ".join(" ".join(whole).split())


def test_a_list_does_not_wrap_on_a_screen(rca):
    rca("new", "結帳 " * 30)
    assert all(cell_len(line) <= 60 for line in words(screen(rca, "rca list", columns=60)))
    assert "…" not in rca("list").out


def test_progress_is_shown_while_much_is_read(staging):
    log = "<system-out>" + "a line of a log\n" * 70_000 + "</system-out>"
    cases = "".join(f'<testcase classname="a" name="t{number}" time="0.1">{log}</testcase>' for number in range(18))
    (staging.folder / "big.xml").write_text(f'<testsuites><testsuite name="s">{cases}</testsuite></testsuites>')
    for columns in (40, 80):
        text = "\n".join(screen(staging, "rca report big.xml -o out.md", columns=columns))
        assert "reading" in text
        assert "\x1b[?25h" in text, "the cursor is back"
    assert "reading" not in "\n".join(screen(staging, "rca report big.xml -o out.md", TERM="dumb"))


def test_a_person_is_told_that_standard_input_is_awaited(rca):
    child = pexpect.spawn(rca.argv[0], ["report", "-"], cwd=str(rca.folder), env=rca.environment, encoding="utf-8")
    child.expect("end it with Ctrl-D")
    child.sendeof()
    child.expect("none of the inputs could be read")
    child.wait()
    assert child.exitstatus == 2


# -- lines -----------------------------------------------------------------------------------------------------------


def lines_of(tmp_path, text, width, *categories):
    path = tmp_path / "r.xml"
    path.write_text(text, encoding="utf-8")
    config = Config.model_validate({"categories": [{"name": name, "match": f"{name}*"} for name in categories]})
    worklog, _ = report([str(path)], config, now=NOW)
    return ["".join(piece for piece, _ in line) for line in summary(worklog, width)]


def suites(*names, failing=()):
    body = "".join(
        f'<testsuite name="{name}"><testcase classname="{name}" name="t">'
        f"{f'<failure message={chr(34)}{name} broke{chr(34)}/>' if name in failing else ''}</testcase></testsuite>"
        for name in names
    )
    return f"<testsuites>{body}</testsuites>"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_wide_characters_keep_columns_straight(tmp_path, width):
    names = ["結帳流程の支払いテスト", "plain", "🛒 cart", "ünïcödé"]
    shown = lines_of(tmp_path, suites(*names, failing=names[:1]), width, *names)
    assert all(cell_len(line) <= width for line in shown)
    rows = [line for line in shown if line.endswith((" passing", " failing", " not met"))]
    assert len(rows) == 5
    assert len({cell_len(line[: line.rindex("  ")]) for line in rows}) == 1


def test_what_fails_comes_first_and_long_lists_end_in_a_count(tmp_path):
    names = [f"suite{number:02}" for number in range(30)]
    shown = lines_of(tmp_path, suites(*names, failing=["suite29"]), 80, *names)
    rows = [line for line in shown if line.startswith(("suite", "and", "All"))]
    assert rows[0].startswith("suite29")
    assert len(rows) == 14
    assert rows[-2].startswith("and 18 more, none of them failing")


def test_many_clusters_end_in_a_count(tmp_path):
    names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf"]
    shown = lines_of(tmp_path, suites(*names, failing=names), 80)
    assert "7 failures in 7 clusters of equal errors" in shown
    assert "     and 2 smaller clusters, in the worklog" in shown


def test_nothing_ran(tmp_path):
    assert lines_of(tmp_path, "<testsuites/>", 80)[1:3] == ["Test run", "Nothing ran."]
    skipped = '<testsuite name="s"><testcase classname="a" name="b"><skipped/></testcase></testsuite>'
    assert "Nothing ran. 1 skipped." in lines_of(tmp_path, skipped, 80)


def test_all_is_well(tmp_path):
    shown = lines_of(tmp_path, suites("a"), 80)
    assert "All criteria met. 1 of 1 case passed." in shown


def test_markup_in_a_message_is_text(tmp_path):
    text = (
        '<testsuite name="s"><testcase classname="[red]c[/red]" name="b"><failure message="[bold]x[/bold] :smile:"/></testcase></testsuite>'
    )
    assert any("[bold]x[/bold] :smile:" in line for line in lines_of(tmp_path, text, 80))


TEXTS = st.text(alphabet=st.sampled_from("ab 結帳é🛒\u0301-"), max_size=120)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.integers(8, 60), st.integers(1, 4))
def test_folded_text_fits_and_keeps_its_words(text, width, most):
    lines = fold(text, width, most)
    assert 1 <= len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)
    if not lines[-1].endswith("…"):
        assert "".join("".join(lines).split()) == "".join(text.split())


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(2, 60))
def test_cut_text_fits(text, width):
    assert cell_len(cut(text, width)) <= width


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", "1", "20 of 27"])), min_size=1, max_size=5), st.integers(30, 80))
def test_columns_end_in_the_same_cell(rows, width):
    lines = list(layout([[(a.strip(), ""), (b, "")] for a, b in rows], ["l", "r"], (0, 1), width))
    ends = {cell_len("".join(piece for piece, _ in line)) for line in lines}
    assert len(ends) == 1
    assert ends.pop() <= width


def test_plain_leaves_unicode_terminals_alone():
    assert plain("a… – ·") == "a… – ·"
