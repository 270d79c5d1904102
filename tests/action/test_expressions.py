"""Expressions come out as on GitHub; what is not known is an error."""

from __future__ import annotations

import pytest

from tests.action.expressions import evaluate, expressions_in, fill, holds

CONTEXTS = {
    "inputs": {"check": "true", "empty": "", "work-dir": "."},
    "github": {"event_name": "pull_request", "event": {"number": 7.0, "pull_request": {"draft": False}}},
}
FUNCTIONS = {"always": lambda: True, "success": lambda: False, "failure": lambda: True, "cancelled": lambda: False}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("inputs.check", "true"),
        ("inputs.work-dir", "."),
        ("inputs['work-dir']", "."),
        ("inputs.missing", None),
        ("inputs.missing.deeper", None),
        ("github.event.number == 7", True),
        ("github.event.number == '7'", True),
        ("github.event_name == 'PULL_REQUEST'", True),
        ("inputs.missing == ''", True),
        ("inputs.missing == 'x'", False),
        ("github.event.pull_request.draft == false", True),
        ("inputs.check != 'false' && 'yes' || 'no'", "yes"),
        ("inputs.empty && 'yes' || 'no'", "no"),
        ("inputs.empty || github.event_name", "pull_request"),
        ("!inputs.empty", True),
        ("!(inputs.check == 'true' || false)", False),
        ("true == 'x'", False),
        ("null", None),
    ],
)
def test_values(text, value):
    assert evaluate(text, CONTEXTS, FUNCTIONS) == value


@pytest.mark.parametrize("text", ["", "inputs.", "secrets.token", "fromJSON('1')", "1 +", "(1", "1 2", "inputs[1", '"double"'])
def test_what_is_not_known_is_an_error(text):
    with pytest.raises(ValueError, match=r"at \d+: "):
        evaluate(text, CONTEXTS, FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("${{ github.event.number }}", 7.0),
        ("n${{ github.event.number }}", "n7"),
        ("a ${{ inputs.missing }}b ${{ true }}", "a b true"),
        ("${{ inputs.check }} ${{ true }}", "true true"),
    ],
)
def test_texts(text, filled):
    assert fill(text, CONTEXTS, FUNCTIONS) == filled
    assert len(expressions_in(text)) == text.count("${{")


@pytest.mark.parametrize(
    ("condition", "after_failure"),
    [
        (None, False),
        (True, False),
        ("inputs.check == 'true'", False),
        ("${{ always() }}", True),
        ("always() && inputs.check == 'false'", False),
        ("!cancelled()", True),
        ("failure()", True),
    ],
)
def test_a_step_runs_after_a_failed_one_only_when_it_says_so(condition, after_failure):
    assert holds(condition, CONTEXTS, FUNCTIONS) is after_failure
    succeeding = {**FUNCTIONS, "success": lambda: True, "failure": lambda: False}
    assert holds(condition, CONTEXTS, succeeding) is (condition not in {"always() && inputs.check == 'false'", "failure()"})
