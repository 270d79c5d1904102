"""A team's own templates: whatever they print of the record is made harmless, whether or not their author thought of it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from rca.document.publish import About, comment, issue, issue_update, job_summary, marker_of
from rca.errors import RcaError
from rca.workflow import facts_of
from tests.document.publish.hostile import ABOUT, full, poisoned, texts
from tests.document.publish.page import Rendered, acting, render
from tests.document.test_render import BROKEN

TEXTS = texts()
OWN = """\
# {{ worklog.title }}

{{ p.verdict }} {{ worklog.clusters[0].message }} {{ worklog.clusters[0].message | upper }} {{ worklog.title ~ worklog.focus }}

{% set kept %}{{ worklog.author }} and {{ worklog.objective }}{% endset %}{{ kept }}

{% macro twice(text) %}{{ text }} {{ text }}{% endmacro %}{{ twice(worklog.session) }}

> {{ worklog.focus }}

- {{ worklog.runs[0].context.branch }} {{ "see" | link(worklog.runs[0].context.url) }} {{ worklog.title | replace("x", "") }}

{{ worklog.context | join(", ") }}

| a | b |
|---|---|
| {{ worklog.clusters[0].title | cell }} | {{ worklog.clusters[0].title | code }} |

{{ worklog.clusters[0].excerpt | fence }}

{{ bullets(worklog.clusters[0].cases) }}

<details><summary>{{ worklog.need }}</summary>

{{ "%s %s" | format(worklog.title, p.verdict) }} {{ worklog.title | inline }} {{ p.groups[0].clusters[0].title }}

</details>
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.j2"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.mark.parametrize("start", range(0, len(TEXTS), 3))
def test_whatever_a_template_prints_is_harmless(start: int, own: Path) -> None:
    source = itertools.cycle(TEXTS[start:] + TEXTS[:start])
    worklog = poisoned(lambda: f"x {next(source)} y")
    expected = [
        "h1",
        "p",
        "strong",
        "p",
        "p",
        "blockquote",
        "p",
        "ul",
        "li",
        "p",
        "table",
        "thead",
        "tr",
        "th",
        "th",
        "tbody",
        "tr",
        "td",
        "td",
    ]
    for make in (comment, job_summary):
        page = Rendered(render(make(facts_of(worklog), ABOUT, own).text))
        assert page.faults == []
        assert page.links == []
        assert acting(page.text) == {}
        assert page.blocks[: len(expected)] == expected
        assert page.blocks.count("details") == page.blocks.count("summary") == 1
        assert len(page.comments) == (make is comment)


def test_a_template_links_to_places_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text(
        "{{ 'run' | link('https://github.com/x') }} {{ 'w' | link('https://harbor.example/y') }} {{ 'no' | link('https://evil.example') }} {{ 'a' | link('/b') }}",
        encoding="utf-8",
    )
    links = Rendered(render(comment(facts_of(full()), ABOUT, path).text)).links
    assert links == ["https://github.com/x", "https://harbor.example/y"]


def test_the_mark_is_there_whatever_the_template_prints(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text("```\n<!-- rca:other -->", encoding="utf-8")
    with pytest.raises(RcaError, match="leaves a fence open"):
        comment(facts_of(full()), ABOUT, path)
    path.write_text("<!-- rca:other -->", encoding="utf-8")
    mark = marker_of(comment(facts_of(full()), ABOUT, path).text)
    assert mark is not None
    assert mark.key == "default"


@pytest.mark.parametrize("source", [*BROKEN, "{{ p.nothing }}", "{{ v.head }}", "{% include 'pr-comment.md.j2' %}"])
def test_a_broken_template_says_where(source: str, tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text("line one\n" + source, encoding="utf-8")
    for make in (comment, job_summary, lambda *given: issue(*given[:1], "c1", given[1], template=given[2])):
        with pytest.raises(RcaError) as caught:
            make(facts_of(full()), ABOUT, path)
        assert f"{path}:2: " in caught.value.message


def test_templates_of_issues(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text("{{ i.state }}: {{ i.cluster.title }} {{ p.footer }}", encoding="utf-8")
    facts = facts_of(full())
    assert issue(facts, "c1", ABOUT, template=path, labels=["bug"]).body.startswith("4 tests fail: `NegotiationError")
    assert issue_update(facts, "c1", ABOUT, template=path, again=True).text.startswith("4 tests fail again: `")


def test_states_of_a_cluster_in_its_issue() -> None:
    worklog = full()
    one = worklog.clusters[0].model_copy(update={"cases": worklog.clusters[0].cases[:1]})
    for changes, state in [({}, "1 test fails"), ({"failing": False}, "No longer fails")]:
        facts = facts_of(worklog.model_copy(update={"clusters": (one.model_copy(update=changes), *worklog.clusters[1:])}))
        assert issue_update(facts, one.id, ABOUT).text.startswith(f"**{state}** with `")
    gone = worklog.clusters[0].model_copy(update={"failing": False})
    facts = facts_of(worklog.model_copy(update={"clusters": (gone,), "runs": ()}))
    assert issue_update(facts, gone.id, About()).text.startswith("**No longer fail** with `")


def test_an_issue_for_a_cluster_that_is_not_there() -> None:
    with pytest.raises(RcaError) as caught:
        issue(facts_of(full()), "c99", ABOUT)
    assert caught.value.message == "there is no cluster c99"
    assert "rca triage" in caught.value.hint
