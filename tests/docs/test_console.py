"""What the pages show of a command is what the command prints."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import console_docs
import pytest
from markdown_parts import ROOT, blocks, pages

PAGES = [page for page in pages() if console_docs.console_blocks(page.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def results():
    if sys.platform == "win32":
        pytest.skip("the pages are run in bash on a terminal")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return {page: pool.submit(console_docs.run_page, page) for page in PAGES}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print(page, results):
    faults = console_docs.faults(page, results[page].result())
    assert not faults, "\n".join([*faults, "read the difference; scripts/console_docs.py --write puts it into the page"])


def test_there_are_pages_with_commands():
    assert {"commands.md", "first-worklog.md", "checks.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\nb", "a\nb", True),
        ("a", "a\nb", False),
        ("a\n…", "a\nb\nc", True),
        ("a\n…", "a", True),
        ("…\nc", "a\nb\nc", True),
        ("…\nc", "a\nb", False),
        ("a … c", "a b c", True),
        ("a … c", "a\nc", False),
        ("in … ms", "in 12 ms", True),
        ("a.c", "abc", False),
        ("a", "\n a  \n", False),
        ("a", "\na  \n\n", True),
        ("#12", "#\u200b12", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_comparison(expected, printed, same):
    assert console_docs.agrees(tuple(expected.split("\n")), tuple(printed.split("\n"))) is same


def test_steps_of_a_block():
    text = "```console\n$ cat > a <<'END'\n> one\n>\n> END\n$ cat a\none\n\n```\n"
    (block,) = blocks(text)
    first, second = console_docs.steps(block)
    assert first == console_docs.Step(2, "cat > a <<'END'\none\n\nEND", ())
    assert second == console_docs.Step(6, "cat a", ("one", ""))


def test_output_may_look_like_a_continued_line():
    (block,) = blocks("```console\n$ grep -A 1 CAUTION face.md\n> [!CAUTION]\n> (no)\n$ echo a \\\n> b\na b\n```\n")
    first, second = console_docs.steps(block)
    assert first.expected == ("> [!CAUTION]", "> (no)")
    assert (second.command, second.expected) == ("echo a \\\nb", ("a b",))


def test_a_block_begins_with_a_command():
    (block,) = blocks("```console\nrca\n```\n")
    with pytest.raises(ValueError, match="line 2"):
        list(console_docs.steps(block))


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are run in bash on a terminal")
def test_a_page_is_run_in_one_shell(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ cd reports\n$ false\n```\n\n```console\n$ echo $?\n0\n$ basename $PWD\n$ (exit 3)\n$ env | grep GITHUB\n```\n"
    )
    results = console_docs.run_page(page)
    assert [result.code for result in results] == [0, 1, 0, 0, 3, 1]
    assert [result.agrees for result in results] == [True, True, False, False, True, True]
    console_docs.write(page, results)
    assert "$ echo $?\n1\n$ basename $PWD\nreports\n" in page.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are run in bash on a terminal")
def test_a_code_above_one_must_be_shown(tmp_path):
    page = ROOT / "docs" / "made-up.md"
    result = console_docs.Result(console_docs.Step(1, "rca bogus", ()), (), 2)
    shown = console_docs.Result(console_docs.Step(2, "echo $?", ("2",)), ("2",), 0)
    assert len(console_docs.faults(page, [result])) == 1
    assert console_docs.faults(page, [result, shown]) == []
