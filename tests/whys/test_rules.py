"""The rules, on cases of files: each changes one thing in an investigation to which no rule objects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rca.whys import RULES, Ground, check, check_record, explain
from rca.whys.rules.checks import CHECKS, open_errors
from tests import strategies
from tests.timing import assert_linear
from tests.whys import world

FOLDER = Path(__file__).parent / "rules"


def cases():
    for path in sorted(FOLDER.glob("rule_*.txt")):
        number = int(path.stem[-2:])
        for part in re.split(r"(?m)^## ", path.read_text(encoding="utf-8"))[1:]:
            title, *lines = part.rstrip("\n").split("\n")
            changes = [line for line in lines if line and not line.startswith("=> ")]
            yield pytest.param(number, changes, [line[3:] for line in lines if line.startswith("=> ")], id=f"{number}: {title}")


@pytest.mark.parametrize(("number", "changes", "expected"), list(cases()))
def test_a_rule_finds_what_it_should_and_nothing_else(number, changes, expected):
    investigation, worklog = world.sound(changes)
    found = CHECKS[number](investigation, worklog, Ground(worklog, world.commits))
    assert [f"{finding.severity} {finding.where} {finding.field}" for finding in found] == expected


def test_no_rule_objects_to_the_sound_investigation():
    assert check(*world.sound()) == ()


def test_every_rule_has_cases_and_a_check():
    assert {int(path.stem[-2:]) for path in FOLDER.glob("rule_*.txt")} == set(RULES) == set(CHECKS) == set(range(1, 16))


def test_each_severity_that_a_rule_gives_is_at_most_its_own():
    for entry in cases():
        number, _, expected = entry.values
        assert RULES[number].severity == "error" or not any(line.startswith("error") for line in expected)


@pytest.mark.parametrize("number", sorted(RULES))
def test_every_rule_explains_itself(number):
    text = explain(str(number))
    assert RULES[number].title in text
    assert RULES[number].hint in text
    assert ("English" in text) == RULES[number].english


@pytest.mark.parametrize("number", ["", "0", "16", "x", "9" * 40, "²", "-1"])
def test_a_number_that_is_no_rule_is_told_which_there_are(number):
    assert "1 to 15" in explain(number)


def test_an_override_keeps_the_finding_with_its_reason():
    investigation, worklog = world.sound(["drop 2", "override 7@leg:detection the suite is the detection", "override 2 n/a"])
    found = [finding for finding in check(investigation, worklog) if finding.rule == 7]
    assert [finding.overridden for finding in found] == ["the suite is the detection"]
    assert open_errors(tuple(found)) == ()
    assert found[0].as_dict()["where"] == "leg:detection"


def test_an_override_of_one_place_does_not_reach_another():
    investigation, worklog = world.sound(["drop 2", "override 7@leg:systemic no"])
    assert [f.overridden for f in check(investigation, worklog) if f.rule == 7] == [""]


def test_errors_of_an_unfinished_record_are_warnings():
    investigation, worklog = world.sound(["drop 2"])
    assert {f.severity for f in check_record(worklog)["i1"]} == {"warning"}
    finished = investigation.model_copy(update={"finished_at": world.AT})
    assert "error" in {f.severity for f in check_record(worklog.model_copy(update={"investigations": (finished,)}))["i1"]}


def test_a_circle_in_a_record_is_found_and_ends():
    investigation, worklog = world.sound()
    turned = tuple(w.model_copy(update={"parent": "1.1.1"}) if w.id == "1" else w for w in investigation.whys)
    found = check(investigation.model_copy(update={"whys": turned}), worklog)
    assert "error why:1 parent" in [f"{f.severity} {f.where} {f.field}" for f in found if f.rule == 2]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_record_makes_a_rule_raise(data):
    worklog = data.draw(strategies.worklogs)
    for investigation in worklog.investigations:
        for finding in check(investigation, worklog):
            assert finding.rule in RULES
            assert finding.message
            assert finding.severity == "warning" or RULES[finding.rule].severity == "error"


@pytest.mark.parametrize("text", ["“", "`", "'a", "should have ", "no test ", "n't ", "7 of ", "1/", "and ", "a.b", "> ", "@", "```"])
def test_a_long_answer_does_not_hang(text):
    def judge(size: int) -> None:
        long = text * (size // len(text))
        check(*world.sound([f"answer {long}", f"statement {long}", f"problem {long}", f"foretell x{long[:20_000]}"]))

    assert_linear(judge, 40_000)
