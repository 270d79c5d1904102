"""Steps of the checkout."""

from __future__ import annotations

from behave import given, then, when

PRICES = {"tea": 450, "mug": 1200}
CALLS: list[int] = []


@given("an empty cart")
def empty_cart(context) -> None:
    context.total = 0


@when("I add {count:d} {name}")
def add(context, count: int, name: str) -> None:
    context.total += count * PRICES[name]


@when("the till breaks")
def breaks(context) -> None:
    raise OSError("till: no paper")


@when("I have no printer")
def no_printer(context) -> None:
    context.scenario.skip("no printer")


@when("the till prints colours")
def colours(context) -> None:
    print("\x1b[31mred\x1b[0m bell\x07 nul\x00 ]]> <b> & ☕")


@then("the total is {cents:d} cents")
def total(context, cents: int) -> None:
    assert context.total == cents, f"{context.total} is not {cents}"


@given("a gateway that answers the second time")
def second_time(context) -> None:
    CALLS.append(1)
    assert len(CALLS) >= 2, f"try {len(CALLS)}: gateway busy"


@given("a gateway that never answers")
def never(context) -> None:
    raise TimeoutError("no answer in 30 s")
