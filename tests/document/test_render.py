"""The Markdown face: snapshots of whole documents, and what must hold for every one of them."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rca.cli.demo import run as run_demo
from rca.config import Config
from rca.document.render import render_markdown
from rca.errors import RcaError
from rca.model import Worklog
from rca.workflow import render, report, view_of

ROOT = Path(__file__).parents[2]
FACES = Path(__file__).parent / "faces"
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def _full() -> Worklog:
    return Worklog.model_validate_json((FACES / "full.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Worklog:
    """What `rca demo` makes: with earlier runs, issues and commits."""
    if not shutil.which("git"):
        pytest.skip("without git the demo has no commits")
    folder = tmp_path_factory.mktemp("demo")
    assert run_demo(folder) == 0
    (record,) = folder.glob("worklogs/*/*.json")
    return Worklog.model_validate_json(record.read_text(encoding="utf-8"))


def _compare(text: str, name: str) -> None:
    """Compare with a stored face; RCA_WRITE_FACES=1 writes it, and then it is read before it is committed."""
    import os

    path = FACES / name
    if os.environ.get("RCA_WRITE_FACES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_demo_face(demo: Worklog) -> None:
    _compare(render(demo), "demo.md")


def test_full_face_shows_every_part_of_the_model() -> None:
    _compare(render(_full()), "full.md")


def test_full_record_fills_every_field() -> None:
    """The face of a part can only be looked at when the record has it."""
    empty = [path for path in _empty(json.loads(_full().model_dump_json()), "") if not path.endswith((".commit", ".problems", ".notes"))]
    assert empty == []


def _empty(value: object, path: str) -> list[str]:
    """Top-level parts and the fields of the first item of each list that hold nothing."""
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _empty(part, f"{path}.{key}")] if path.count(".") < 1 else []
    return [path] if value in ("", [], None) else []


@pytest.mark.parametrize("name", ["full", "demo"])
def test_rendering_again_gives_the_same_bytes(name: str, demo: Worklog) -> None:
    worklog = _full() if name == "full" else demo
    for form in ("md", "html", "json"):
        assert render(worklog, form) == render(Worklog.model_validate_json(worklog.model_dump_json()), form)


@pytest.mark.parametrize("name", ["full", "demo"])
def test_headings_stand_over_something_and_are_numbered_in_order(name: str, demo: Worklog) -> None:
    text = render(_full() if name == "full" else demo)
    blocks = re.split(r"(?m)^#{1,3} ", text)[1:]
    assert all(len(block.strip().split("\n")) > 1 for block in blocks if not re.match(r"\d ", block))
    numbers = [int(number) for number in re.findall(r"(?m)^## (\d) ", text)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_empty_worklog_has_no_empty_parts() -> None:
    text = render(Worklog(id="2026-01-02-empty", title="Empty", opened_at=NOW))
    assert "##" not in text
    assert "Nothing has run yet" in text


TEMPLATES = [
    ("{{ v.head.title }} {{ worklog.title }}", "A \\*b\\* A \\*b\\*\n"),
    ("{% for c in worklog.clusters %}{{ c.id }}{% endfor %}-", "-\n"),
    ("{{ 'x*y*' | code }} {{ '**' }}", "`x*y*` \\*\\*\n"),
]


@pytest.mark.parametrize(("source", "expected"), TEMPLATES)
def test_own_template(source: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text(source, encoding="utf-8")
    worklog = Worklog(id="2026-01-02-own", title="A *b*", opened_at=NOW)
    assert render_markdown(view_of(worklog), worklog, path) == expected


BROKEN = [
    "{{ v.nothing }}",
    "{% for %}",
    "{{ worklog.__class__.__mro__ }}",
    "{{ 1 / 0 }}",
    "{% include '../secret' %}",
    "{% for i in range(10000000) %}x{% endfor %}",
    "{{ v.head.title.missing() }}",
    "{{ ().__class__ }}",
    "{% for i in range(50000) %}{% for j in range(50000) %}{% endfor %}{% endfor %}",
    "{{ 'x' * 1000000000 }}",
    "{{ 9 ** 99999999 }}",
    "{{ lipsum() }}",
    "{{ [1, 2] | random }}",
    "{{ '%999999999d' % 1 }}",
]


@pytest.mark.parametrize("source", BROKEN)
def test_broken_template_says_where(source: str, tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text("line one\n" + source, encoding="utf-8")
    worklog = Worklog(id="2026-01-02-own", title="A", opened_at=NOW)
    with pytest.raises(RcaError) as caught:
        render_markdown(view_of(worklog), worklog, path)
    assert f"{path}:2: " in caught.value.message
    assert caught.value.hint


HOSTILE = [
    "| a | b |",
    "```\nnot code",
    "</details><script>alert(1)</script>",
    "# heading",
    "@everyone #12 GH-3",
    "[x](javascript:alert(1))",
    "![i](http://example.invalid/x.png)",
    "\u202eevil\u202c",
    "\x1b[31mred\x1b[0m",
    "- item\n- item",
    "<!-- rca: sealed 00 -->",
    "{{ 7 * 7 }}",
    "::error::x",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_test_prints_cannot_act(text: str, tmp_path: Path) -> None:
    """Hostile names, types, messages and texts leave the structure of the document as it is with harmless ones."""
    from xml.sax.saxutils import escape, quoteattr

    def shape(name: str) -> list[str]:
        attribute = quoteattr(name.replace("\x1b", ""))
        body = escape(name.replace("\x1b", ""))
        (tmp_path / "r.xml").write_text(
            f"<testsuite name={attribute}><testcase classname={attribute} name={attribute}>"
            f"<failure type={attribute} message={attribute}>{body}</failure><system-out>{body}</system-out></testcase></testsuite>",
            encoding="utf-8",
        )
        worklog, _ = report([str(tmp_path / "r.xml")], Config(), now=NOW)
        html = render(worklog, "html")
        assert "\x1b" not in render(worklog)
        return re.findall(r"</?[a-z0-9]+", html.partition("<main>")[2])

    assert shape(text) == shape("harmless")
