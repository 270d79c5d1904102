"""Bodies fit where they go: by whole parts in one order, with a line that says what is left out; and in linear time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from rca.document.publish import About, check, comment, issue, issue_update, job_summary, marker_of
from rca.document.publish.detail import COMMENT, SUMMARY, Detail, Limit, fitting, ladder
from rca.document.publish.page import Material, page
from rca.errors import RcaError
from rca.model import Worklog
from rca.workflow import facts_of
from tests.document.publish.hostile import BODIES, full, poisoned
from tests.document.publish.page import Rendered, render
from tests.document.publish.scenes import ABOUT, FLAKY, KNOWN, OLD, SCENES, SUSPECTS, Group, made
from tests.timing import assert_linear

CHARACTERS, BYTES = 65_536, 262_144
WIDE = "\U0001f525" * 70


def large(clusters: int, cases: int, text: str, lines: int = 400) -> Worklog:
    trace = "\n".join(f"{text} line {number}" for number in range(lines))
    groups = [Group(f"Error{n}: {text}", cases, trace=trace, suspects=SUSPECTS, message=text * 9) for n in range(clusters)]
    return made(*groups, OLD, KNOWN, FLAKY)


LARGE = {
    "many clusters": large(500, 6, "went wrong"),
    "many cases": large(3, 1_000, "went wrong"),
    "wide characters": large(40, 40, WIDE),
    "backticks": large(20, 20, "```" * 90),
    "what must be escaped": large(60, 3, "&<$|*_`" * 40),
    "long names": large(30, 100, "x" * 300),
}


@pytest.mark.parametrize("name", LARGE)
def test_bodies_fit_and_stay_whole(name: str) -> None:
    facts = facts_of(LARGE[name])
    told = comment(facts, ABOUT)
    made_check = check(facts, ABOUT)
    bodies = [(told.text, CHARACTERS, BYTES), (made_check.summary, 65_535, 65_535), (made_check.text, 65_535, 65_535)]
    bodies += [(issue(facts, "c1", ABOUT).body, CHARACTERS, BYTES), (issue_update(facts, "c1", ABOUT).text, CHARACTERS, BYTES)]
    bodies.append((job_summary(facts, ABOUT).text, 1_000_000, 1_000_000))
    for text, characters, size in bodies:
        assert len(text) <= characters
        assert len(text.encode()) <= size
        assert Rendered(render(text)).faults == []
    assert told.left_out
    assert f"Left out here: {told.left_out[0]}" in told.text
    assert "in the [worklog](" in told.text
    assert marker_of(told.text)
    assert len(made_check.title) <= 255


def test_three_thousand_failing_cases_are_still_readable() -> None:
    told = comment(facts_of(LARGE["many clusters"]), ABOUT).text
    assert told.startswith("**Action needed: this pull request breaks 3,000 tests, with 500 different errors.**")
    assert len(told) < 15_000
    assert told.count("```text") == 3


def test_three_thousand_cases_with_messages_of_a_megabyte() -> None:
    text = "boom @octocat `x` | " * 50_000
    facts = facts_of(made(*(Group(f"E: {n}", 6, trace=text, message=text) for n in range(500))))
    made_here: list[str] = []
    assert_linear(lambda _: made_here.extend((comment(facts, ABOUT).text, check(facts, ABOUT).text, job_summary(facts, ABOUT).text)))
    assert len(made_here[0]) < 20_000
    assert all(Rendered(render(each)).faults == [] for each in made_here)


def test_what_is_left_out_goes_in_one_order() -> None:
    """Each step leaves out more, and never brings anything back; what goes first matters least."""
    for full_detail in (COMMENT, SUMMARY):
        steps = ladder(full_detail)
        for before, after in pairwise(steps):
            assert all(getattr(after, name) <= getattr(before, name) for name in Detail.__slots__)
        first = {
            name: next(i for i, step in enumerate(steps) if getattr(step, name) < getattr(full_detail, name))
            for name in Detail.__slots__
            if getattr(full_detail, name)
        }
        assert first["passing"] < first["lines"] <= first["traces"] < first["suspects"] < first["cases"] < first["clusters"]
        assert (steps[-1].clusters, steps[-1].cases, steps[-1].listed) == (0, 0, 0)


def test_what_is_missing_is_told_step_by_step() -> None:
    material = Material.of(facts_of(LARGE["many cases"]), ABOUT)
    told = [page(material, step)[1] for step in ladder(SUMMARY)]
    assert told[0] == ("2,850 failing tests",)
    assert told[-1] == ("6 clusters", "3,000 failing tests")
    assert any("further suspects" in each for each in told)
    assert any("2 traces" in each for each in told)


def test_nothing_is_said_to_be_left_out_when_all_is_there() -> None:
    for name in ("broken", "green", "nothing was read", "without links"):
        told = comment(facts_of(SCENES[name][0]), ABOUT)
        assert told.left_out == ()
        assert "Left out" not in told.text


def test_where_the_rest_is() -> None:
    worklog = LARGE["many clusters"]
    for about, words in [
        (ABOUT, f"in the [worklog]({ABOUT.worklog_url})"),
        (replace(ABOUT, worklog_url="", record="worklogs/2026/x.md"), "in `worklogs/2026/x.md`"),
        (replace(ABOUT, worklog_url="javascript:alert(1)"), "in the worklog."),
        (About(), "in the worklog."),
    ]:
        assert words in comment(facts_of(worklog), about).text


def test_room_for_what_other_steps_wrote() -> None:
    facts = facts_of(LARGE["many clusters"])
    whole = job_summary(facts, ABOUT).text
    short = job_summary(facts, ABOUT, room=9_000)
    assert len(short.text.encode()) <= 9_000 < len(whole.encode())
    assert short.left_out


def test_a_template_that_prints_too_much(tmp_path: Path) -> None:
    path = tmp_path / "long.j2"
    path.write_text("{% for n in range(7000) %}0123456789{% endfor %}", encoding="utf-8")
    with pytest.raises(RcaError) as caught:
        comment(facts_of(full()), ABOUT, path)
    assert "the comment takes 70,1" in caught.value.message
    assert "GitHub takes 65,536" in caught.value.message
    assert "--template" in caught.value.hint


def test_limits_count_characters_and_bytes() -> None:
    limit = Limit(10, 20)
    assert limit.holds("a" * 10)
    assert not limit.holds("a" * 11)
    assert limit.holds("\U0001f525" * 5)
    assert not limit.holds("\U0001f525" * 6)
    taken = []

    def shorter(detail: Detail) -> tuple[str, tuple[str, ...]]:
        taken.append(detail)
        return "x" * max(0, 30 - 5 * len(taken)), (str(len(taken)),)

    assert fitting(shorter, COMMENT, limit, "it").left_out == ("4",)


@pytest.mark.parametrize("piece", ["@a ", "`", "password=", "\u0300", "\x1b["])
def test_a_megabyte_in_every_text(piece: str) -> None:
    """Whatever the size of the texts, only so much of each is looked at."""
    text = piece * (1_000_000 // len(piece))
    worklog = poisoned(lambda: text)
    for make in BODIES.values():
        assert_linear(lambda _, make=make: make(worklog))
