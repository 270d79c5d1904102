"""Nothing that a test prints breaks or abuses a body: every hostile text in every place of every body, as GitHub renders it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rca.document.publish import marker_of
from tests.document.publish.hostile import BODIES, MARKED, full, poisoned, texts
from tests.document.publish.page import FILTERS, Rendered, acting, render
from tests.text.test_redact import SECRETS

TEXTS = texts()
ELEMENTS = {
    *("p", "h2", "h3", "ul", "ol", "li", "code", "pre", "strong", "em", "a", "span", "br", "details", "summary"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
OURS = ("https://github.com/example/harbor/", "https://harbor.example/worklogs/1")
HARMLESS = "harmless words"


def shape_of(name: str) -> list[str]:
    return Rendered(render(BODIES[name](poisoned(lambda: HARMLESS)))).blocks


SHAPES = {name: shape_of(name) for name in BODIES}


def inspect(name: str, body: str, shape: list[str] | None) -> None:
    page = Rendered(render(body))
    assert page.faults == []
    assert set(page.elements) <= ELEMENTS
    assert [link for link in page.links if not link.startswith(OURS)] == []
    assert page.attributes <= {("a", "href"), ("pre", "lang"), ("th", "align"), ("td", "align"), ("ol", "start")}
    assert set(page.spans) <= {"$"}
    assert acting(page.text) == {}
    assert not FILTERS["deceiving character"].search(body)
    assert len(page.comments) == (name in MARKED)
    if shape is not None:
        assert page.blocks == shape
    mark = marker_of(body)
    assert (mark is not None) == (name in MARKED)
    if mark:
        assert str(mark) == body.rstrip("\n").rpartition("\n")[2]


@pytest.mark.parametrize("text", TEXTS)
def test_one_text_in_every_place(text: str) -> None:
    worklog = poisoned(lambda: f"x {text} y")
    for name, make in BODIES.items():
        inspect(name, make(worklog), SHAPES[name])


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_alone_in_every_place(text: str) -> None:
    worklog = poisoned(lambda: text)
    for name in ("comment", "issue"):
        inspect(name, BODIES[name](worklog), None)


@pytest.mark.parametrize("start", range(0, len(TEXTS), 7))
def test_another_text_in_each_place(start: int) -> None:
    source = itertools.cycle(TEXTS[start:] + TEXTS[:start])
    worklog = poisoned(lambda: next(source))
    for name, make in BODIES.items():
        inspect(name, make(worklog), None)


@pytest.mark.parametrize("start", range(0, len(TEXTS), 17))
def test_hostile_names_of_runs_and_clusters(start: int) -> None:
    """Records come from files, and a file may hold anything."""
    source = itertools.cycle(TEXTS[start:] + TEXTS[:start])
    worklog = poisoned(lambda: next(source), names=True)
    for name, make in BODIES.items():
        inspect(name, make(worklog), None)


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_leaves(kind: str) -> None:
    worklog = poisoned(lambda: f"got {SECRETS[kind]} back")
    for make in BODIES.values():
        body = make(worklog)
        for piece in SECRETS[kind].split("\n"):
            assert len(piece) < 20 or piece[12:32] not in body


pieces = st.lists(
    st.one_of(st.sampled_from(TEXTS), st.text(alphabet="\\`*_[]()<>!|~$#@:+-=.&;^'\"/ \n\tab1w", max_size=12), st.text(max_size=8)),
    min_size=1,
    max_size=4,
).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(pieces, min_size=1, max_size=6))
def test_any_texts(found: list[str]) -> None:
    source = itertools.cycle(found)
    worklog = poisoned(lambda: next(source))
    for name, make in BODIES.items():
        inspect(name, make(worklog), None)


def test_the_model_finds_what_github_would() -> None:
    """What is checked for is found in what nobody made harmless: else the checks above would prove nothing."""
    for text, kind in [
        ("ask @octocat", "mention"), ("@a/b", "mention"), ("see #12", "issue"), ("GH-3", "issue by GH"), ("in deadbeef1", "commit"), ("www.x.y", "address"),
        (":tada:", "emoji"), ("$x$", "formula"), ("[!NOTE]", "alert"), ("CVE-2021-1", "advisory"), ("AB-1", "autolink of a repository"), ("a@b.cd", "mail"),
        ("a@deadbeef", "commit of"), ("\u202e", "deceiving character"),
    ]:  # fmt: skip
        assert kind in acting(text)
    assert Rendered(render("<details>\n\n<script>x</script>")).faults
    assert Rendered(render("[x](http://evil.example)")).links == ["http://evil.example"]


def test_the_record_is_poisoned_in_every_place() -> None:
    """The worklog that is made hostile has every field, and the words of it are gone."""
    text = poisoned(lambda: "zzz").model_dump_json()
    assert "subprotocol" in full().model_dump_json()
    assert "subprotocol" not in text
