from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import rca.model
from rca.model import Case, Criterion, Location, Money, Problem, Run, Totals, Worklog, add_money, case_id, sum_totals
from rca.model.base import utc_text
from tests import strategies

slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SMALL = {"id": "2025-09-13-x", "title": "x", "opened_at": "2025-09-13T04:40:00Z"}


@slow
@given(strategies.worklogs)
def test_a_worklog_reads_back_as_it_was_written(worklog):
    text = worklog.model_dump_json()
    again = Worklog.model_validate_json(text)
    assert again == worklog
    assert again.model_dump_json() == text


@cache
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = Worklog.model_json_schema(mode="serialization")
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


@settings(slow, max_examples=25)
@given(strategies.worklogs)
def test_a_worklog_fits_its_schema(worklog):
    validator().validate(json.loads(worklog.model_dump_json()))


@pytest.mark.parametrize("change", [{"titel": "x"}, {"title": None}, {"opened_at": None}, {"runs": {}}, {"status": "done"}, {"id": "x"}])
def test_the_schema_refuses_what_the_model_refuses(change):
    document = {**json.loads(Worklog.model_validate(SMALL).model_dump_json()), **change}
    assert not validator().is_valid(document)
    with pytest.raises(ValidationError):
        Worklog.model_validate_json(json.dumps(document))


@pytest.mark.parametrize("text", ["2025-09-13T04:40:00", "2025-09-13", "yesterday", "2025-09-13 04:40"])
def test_a_time_without_zone_is_refused(text):
    with pytest.raises(ValidationError):
        Worklog.model_validate({**SMALL, "opened_at": text})


def test_times_are_kept_as_utc():
    berlin = datetime(2025, 9, 13, 6, 40, 1, 234_999, tzinfo=timezone(timedelta(hours=2)))
    worklog = Worklog.model_validate({**SMALL, "opened_at": berlin})
    assert worklog.opened_at == datetime(2025, 9, 13, 4, 40, 1, 234_000, tzinfo=UTC)
    assert json.loads(worklog.model_dump_json())["opened_at"] == "2025-09-13T04:40:01.234Z"
    assert utc_text(datetime(2025, 1, 1, tzinfo=UTC)) == "2025-01-01T00:00:00Z"


MODELS = [getattr(rca.model, name) for name in rca.model.__all__ if isinstance(getattr(rca.model, name), type)]
MODELS = [model for model in MODELS if issubclass(model, BaseModel)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_unknown_fields_are_refused_and_values_are_frozen(model):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        model.model_validate({"no_such_field": 1})
    assert model.model_config["frozen"]


@pytest.mark.parametrize("part", ["case", "failures", "location"])
def test_unknown_fields_of_a_case_are_refused(part):
    case = {"suite": "s", "classname": "c", "name": "n"}
    case = {
        "case": {**case, "no_such_field": 1},
        "failures": {**case, "failures": [{"kind": "failure", "mesage": "x"}]},
        "location": {**case, "location": {"path": "x", "lin": 1}},
    }[part]
    with pytest.raises(ValidationError):
        Run.model_validate({"id": "run-1", "cases": [case]})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "-1"])
@pytest.mark.parametrize("field", ["seconds", "case seconds", "too fast"])
def test_numbers_that_cannot_be_stored_are_refused(field, number):
    value = float(number.replace("Infinity", "inf").replace("NaN", "nan"))
    run = {
        "seconds": {"seconds": value},
        "case seconds": {"cases": [{"suite": "s", "classname": "c", "name": "n", "seconds": value}]},
        "too fast": {"categories": [{"name": "x", "too_fast": [{"case": "a", "seconds": value}]}]},
    }[field]
    with pytest.raises(ValidationError):
        Run.model_validate({"id": "run-1", **run})


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x"},
        {"id": "2025-09-13-"},
        {"id": "2025-09-13-../../x"},
        {"id": "2025-09-13-x\n"},
        {"status": "done"},
        {"schema_version": 2},
        {"revision": -1},
        {"time_zone": "Mars/Olympus"},
    ],
)
def test_what_no_worklog_may_hold(change):
    with pytest.raises(ValidationError):
        Worklog.model_validate({**SMALL, **change})


@pytest.mark.parametrize(
    ("operator", "threshold", "passed", "executed", "holds"),
    [
        (">", "90", 9, 10, False),
        (">=", "90", 9, 10, True),
        ("=", "90", 9, 10, True),
        (">", "90", 91, 100, True),
        ("=", "100", 10**15, 10**15, True),
        ("=", "100", 10**15 - 1, 10**15, False),
        (">", "99.999999", 10**15 - 1, 10**15, True),
        (">", "99.999999", 99_999_999, 100_000_000, False),
        (">=", "33.333333", 1, 3, True),
        (">=", "33.333334", 1, 3, False),
        (">=", "0", 0, 5, True),
        (">", "0", 0, 5, False),
    ],
)
def test_criteria_are_compared_exactly(operator, threshold, passed, executed, holds):
    assert Criterion(scope="x", operator=operator, threshold=threshold).holds(passed, executed) is holds


@given(strategies.criteria, st.integers(1, 10**18), st.data())
def test_criteria_agree_with_fractions(criterion, executed, data):
    passed = data.draw(st.integers(0, executed))
    exact, limit = Fraction(passed, executed) * 100, Fraction(criterion.threshold)
    assert criterion.holds(passed, executed) is {">": exact > limit, ">=": exact >= limit, "=": exact == limit}[criterion.operator]


@pytest.mark.parametrize("threshold", ["-1", "1e2", "90 %", "", "1000", "٩٠", "90\n", "101", "100.000001"])
def test_a_threshold_is_a_share(threshold):
    with pytest.raises(ValidationError):
        Criterion(scope="x", operator=">", threshold=threshold)


def test_a_criterion_as_people_write_it():
    assert Criterion(scope="x", operator="=", threshold="100").text == "100 %"
    assert Criterion(scope="x", operator=">", threshold="95.5").text == "> 95.5 %"


def amount(number: str, period: str = "month", currency: str = "USD") -> Money:
    return Money.model_validate({"amount": number, "currency": currency, "period": period})


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        ([], []),
        ([amount("120000")], [amount("120000")]),
        ([amount("500000", "year")], [amount("500000", "year")]),
        ([amount("1"), amount("2")], [amount("3")]),
        ([amount("120000"), amount("500000", "year")], [amount("161666.67")]),
        ([amount("1", "once"), amount("2", "year")], [amount("1", "once"), amount("2", "year")]),
        ([amount("1", "month", "EUR"), amount("12", "year", "USD")], [amount("1", "month", "EUR"), amount("12", "year", "USD")]),
        ([amount("0.1"), amount("0.2")], [amount("0.3")]),
    ],
)
def test_sums_of_money(parts, total):
    assert sorted(add_money(parts), key=str) == sorted(total, key=str)


@given(st.lists(strategies.money, max_size=6))
def test_sums_of_money_lose_nothing(parts):
    year = {"month": Decimal(12), "year": Decimal(1)}
    sums = add_money(parts)
    for currency in {part.currency for part in parts}:
        for once in (True, False):
            before = sum(
                p.amount * (1 if once else year[p.period]) for p in parts if p.currency == currency and (p.period == "once") is once
            )
            after = sum(p.amount * (1 if once else year[p.period]) for p in sums if p.currency == currency and (p.period == "once") is once)
            assert abs(before - after) <= Decimal("0.07")
    assert len({(part.currency, part.period) for part in sums}) == len(sums)
    for part in sums:
        assert Money.model_validate_json(part.model_dump_json()) == part


@pytest.mark.parametrize(
    "money",
    [
        {"amount": 1},
        {"amount": 1, "period": "week"},
        {"amount": -1, "period": "month"},
        {"amount": "NaN", "period": "month"},
        {"amount": 1, "period": "month", "currency": "dollars"},
    ],
)
def test_money_needs_a_period_and_a_currency(money):
    with pytest.raises(ValidationError):
        Money.model_validate(money)


@given(st.lists(strategies.totals(), max_size=5))
def test_totals_add_up(parts):
    whole = sum_totals(parts)
    assert whole.total == whole.passed + whole.failed + whole.error + whole.skipped == sum(part.total for part in parts)
    assert whole.executed + whole.skipped == whole.total
    assert whole.failing == whole.failed + whole.error


def test_identities():
    assert case_id("s", "c", "n") == "s::c::n"
    assert case_id("", "c", "n", 2) == "c::n#2"
    assert case_id("", "", "") == "(no name)"
    assert Case("s", "c", "n").id == "s::c::n"
    assert Case("s", "c", "n", id="given").id == "given"


def test_places():
    assert str(Location("a.py")) == "a.py"
    assert str(Location("a.py", 3, "0123456789abcdef")) == "a.py:3@0123456789ab"
    assert Problem(code="x", severity="note", message="m", path="a.xml").place() == "a.xml"
    assert Problem(code="x", severity="note", message="m", path="a.xml", line=3, column=4).place() == "a.xml:3:4"
    assert Problem(code="x", severity="note", message="m", path="a.xml", column=4).place() == "a.xml"


def test_wall_time():
    start = datetime(2025, 1, 1, tzinfo=UTC)
    assert Run(id="run-1").wall_seconds is None
    assert Run(id="run-1", started_at=start, finished_at=start + timedelta(seconds=90)).wall_seconds == 90
    assert Run(id="run-1", started_at=start, finished_at=start - timedelta(seconds=1)).wall_seconds == 0


def test_problems_of_a_run_come_in_order():
    one, two = (Problem(code=code, severity="note", message="m", path="p") for code in ("one", "two"))
    run = Run.model_validate({"id": "run-1", "sources": [{"path": "p", "problems": [one]}], "notes": [two]})
    assert [problem.code for problem in run.problems] == ["one", "two"]
    assert Totals().executed == 0
