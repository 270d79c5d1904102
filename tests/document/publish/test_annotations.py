"""Notes at lines: paths as the repository has them, one note for a line and an error, and commands of a runner that nothing breaks."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rca.document.publish import About, Annotation, Tree, annotate, check, echoed, workflow_commands
from rca.errors import RcaError
from rca.model import Location, Worklog
from rca.text.frames import FrameRules
from rca.workflow import facts_of
from tests.document.publish.hostile import ABOUT as HARBOR
from tests.document.publish.hostile import NIGHTLY as HARBOR_NIGHTLY
from tests.document.publish.hostile import poisoned, texts
from tests.document.publish.scenes import ABOUT, BROKEN, FLAKY, KNOWN, OLD, Group, made
from tests.text.test_redact import SECRETS

FILES = (
    "tests/test_cart.py",
    "shop/cart.py",
    "web/src/cart.ts",
    "web/src/index.ts",
    "app/src/index.ts",
    "java/src/test/java/shop/CartTest.java",
    "a b/c.py",
)
PATHS = [
    ("tests/test_cart.py", "tests/test_cart.py"),
    ("./tests/test_cart.py", "tests/test_cart.py"),
    ("tests\\test_cart.py", "tests/test_cart.py"),
    ("/home/runner/work/shop/shop/tests/test_cart.py", "tests/test_cart.py"),
    ("file:///home/runner/work/shop/shop/tests/test_cart.py", "tests/test_cart.py"),
    ("D:\\a\\shop\\shop\\tests\\test_cart.py", "tests/test_cart.py"),
    ("/elsewhere/checkout/shop/cart.py", "shop/cart.py"),
    ("CartTest.java", "java/src/test/java/shop/CartTest.java"),
    ("shop/CartTest.java", "java/src/test/java/shop/CartTest.java"),
    ("src/cart.ts", "web/src/cart.ts"),
    ("a b/c.py", "a b/c.py"),
    ("index.ts", None),
    ("src/index.ts", None),
    ("app/src/index.ts", "app/src/index.ts"),
    ("/usr/lib/python3.11/unittest/case.py", None),
    ("node_modules/jest/index.ts", None),
    ("../../etc/passwd", None),
    ("tests/../../etc/passwd", None),
    ("missing.py", None),
    ("", None),
    (".", None),
    ("x" * 2_000, None),
    ("tests/test_cart.py\n::error::x", None),
]


@pytest.mark.parametrize(("reported", "path"), PATHS)
def test_paths_are_those_of_the_repository(reported: str, path: str | None) -> None:
    assert Tree(FILES).path(reported) == path


def test_a_path_below_the_folder_in_which_the_tests_ran() -> None:
    tree = Tree(FILES, folder="/work/shop", prefix="web")
    assert tree.path("src/index.ts") == "web/src/index.ts"
    assert tree.path("/work/shop/app/src/index.ts") == "app/src/index.ts"
    assert tree.path("shop/cart.py") == "shop/cart.py"


def test_without_the_files_of_the_repository_only_relative_paths_are_believed() -> None:
    assert Tree().path("tests/test_cart.py") == "tests/test_cart.py"
    assert Tree(prefix="web/").path("./src/cart.ts") == "web/src/cart.ts"
    assert Tree(folder="/work/shop/").path("/work/shop/shop/cart.py") == "shop/cart.py"
    assert Tree().path("/work/shop/shop/cart.py") is None
    assert Tree().path("site-packages/x.py") is None


def test_the_team_says_what_is_its_own() -> None:
    assert Tree(rules=FrameRules(library=("tests/*",))).path("tests/test_cart.py") is None
    assert Tree(rules=FrameRules(app=("vendor/*",))).path("vendor/x.py") == "vendor/x.py"


def test_one_note_for_each_line_and_error() -> None:
    notes = annotate(facts_of(made(BROKEN, OLD, KNOWN, FLAKY)), ABOUT)
    assert [(note.line, note.level) for note in notes] == [
        (41, "failure"), (42, "failure"), (43, "failure"), (41, "warning"), (42, "warning"), (41, "warning"), (41, "notice"), (42, "notice"),
    ]  # fmt: skip
    assert {note.path for note in notes} == {"tests/test_cart.py"}
    assert notes[0].title == "TypeError: unsupported operand type(s) for *: 'Decimal' and 'float' (regression, 3 tests)"
    assert notes[0].message.startswith("unsupported operand type(s)")
    assert "Known as #704" in notes[5].message


def test_cases_of_one_line_share_a_note() -> None:
    worklog = made(Group("KeyError: 'vat'", 9))
    run = worklog.runs[0]
    cases = tuple(replace(case, location=Location("tests/test_cart.py", 7)) for case in run.cases)
    (note,) = annotate(facts_of(worklog.model_copy(update={"runs": (run.model_copy(update={"cases": cases}),)})), ABOUT)
    assert note.line == 7
    assert "test_vat_of_3[1]\nand 6 more" in note.message


def test_what_has_no_place_has_no_note() -> None:
    worklog = made(Group("KeyError: 'vat'", 2))
    run = worklog.runs[0]
    cases = (replace(run.cases[0], location=None), replace(run.cases[1], location=Location("gone.py")))
    facts = facts_of(worklog.model_copy(update={"runs": (run.model_copy(update={"cases": cases}),)}))
    assert annotate(facts, ABOUT, Tree(FILES)) == ()
    assert [note.line for note in annotate(facts, ABOUT)] == [1]


def test_there_are_so_many_at_most() -> None:
    assert len(annotate(facts_of(made(*(Group(f"E: {n}", 3) for n in range(300)))), ABOUT)) == 200


# A command of the runner: what it takes from a line that begins so.
COMMAND = re.compile(r"::(error|warning|notice) file=([^,:\n\r]+),line=(\d+),title=([^,:\n\r]*)::([^\n\r]*)")
REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U00010000-\U0010ffff]"
)


@pytest.mark.parametrize("text", texts())
def test_notes_and_commands_of_hostile_texts(text: str) -> None:
    notes = annotate(facts_of(hostile(f"x {text} y")), HARBOR)
    assert notes
    for note in notes:
        assert not REFUSED.search(note.title + note.message)
        assert len(note.title) <= 255
        assert len(note.message.encode()) <= 65_536
        assert "\n" not in note.title
    for line in workflow_commands(notes):
        assert COMMAND.fullmatch(line), line
        assert len(line) <= 4_096


def hostile(text: str) -> Worklog:
    """A worklog of that text alone, whose failures have places."""
    worklog = poisoned(lambda: text)
    run = worklog.runs[0]
    cases = tuple(replace(case, location=Location("tests/test_cart.py", 3)) for case in run.cases)
    return worklog.model_copy(update={"runs": (run.model_copy(update={"cases": cases}), *worklog.runs[1:])})


@pytest.mark.parametrize("about", [HARBOR, HARBOR_NIGHTLY])
def test_a_check_run_holds_no_character_that_it_may_not(about: About) -> None:
    for text in ("\U0001f525 on fire", "\ud83d\udc69\u200d\ud83d\udc67 and \U000e0041", "x\ud800"):
        made_check = check(facts_of(hostile(text)), about)
        assert len(made_check.title) <= 255
        assert not REFUSED.search(f"{made_check.title}{made_check.summary}{made_check.text}".replace("\u200b", ""))


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_noted(kind: str) -> None:
    worklog = poisoned(lambda: f"got {SECRETS[kind]} back")
    made_check = check(facts_of(worklog), HARBOR)
    said = f"{made_check.title}{made_check.annotations}"
    for piece in SECRETS[kind].split("\n"):
        assert len(piece) < 20 or piece[12:32] not in said


def unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%")


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=200))
@example("a%2Cb.py", "100%3A", "100%0A::error::x %25")
def test_a_command_is_read_back_as_it_was(path: str, title: str, message: str) -> None:
    (line,) = workflow_commands([Annotation(path or "x", 7, "warning", title, message)])
    assert "\n" not in line
    assert "\r" not in line
    head, _, said = line.removeprefix("::warning ").partition("::")
    told = dict(part.split("=", 1) for part in head.split(","))
    assert {name: unescaped(value) for name, value in told.items()} == {"file": path or "x", "line": "7", "title": title}
    assert unescaped(said) == message


@given(st.text(alphabet="%\n\r:,ab", max_size=9_000))
@example("%" * 9_000)
@example("\n%a" * 3_000)
def test_a_long_message_is_cut_and_no_escape_with_it(message: str) -> None:
    (line,) = workflow_commands([Annotation("a.py", 1, "failure", "t", message)])
    assert len(line) <= 4_096
    assert message.startswith(unescaped(line.partition("title=t::")[2]))


def test_ten_of_a_kind() -> None:
    notes = [Annotation("a.py", n, level, "t", "m") for n in range(30) for level in ("failure", "warning", "notice")]
    lines = workflow_commands(notes)
    assert [sum(line.startswith(f"::{kind} ") for line in lines) for kind in ("error", "warning", "notice")] == [10, 10, 10]


TOKEN = "f00d5ca1ab1e0ddba11c"


@pytest.mark.parametrize("text", [*texts(), "::stop-commands::x\n::error::y", "##[error]x\r::error::y"])
def test_what_a_test_prints_is_quoted(text: str) -> None:
    lines = echoed(text, TOKEN).split("\n")
    assert lines[0] == f"::stop-commands::{TOKEN}"
    assert lines[-2:] == [f"::{TOKEN}::", ""]
    assert all(TOKEN not in line and "\r" not in line and "\x1b" not in line for line in lines[1:-2])


@pytest.mark.parametrize(
    ("text", "token"), [(f"::{TOKEN}::", TOKEN), ("x", "brief"), ("x", ""), ("x", "a" * 15 + " "), ("x", f"{TOKEN}\n")]
)
def test_a_token_that_can_be_known_is_refused(text: str, token: str) -> None:
    with pytest.raises(RcaError) as caught:
        echoed(text, token)
    assert token not in caught.value.message or not token
    assert "secrets.token_hex" in caught.value.hint


def test_secrets_are_not_echoed() -> None:
    assert "ghp_" not in echoed("ghp_" + "a1B2" * 9, TOKEN)
