"""Money always comes with a currency and a period, so that sums mean something."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from rca.model.base import Model


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Amount = Annotated[
    Decimal,
    Field(ge=0, le=Decimal(10) ** 15, allow_inf_nan=False),
    PlainSerializer(_number, return_type=float, when_used="json"),
]


class Money(Model):
    """An amount of money for each period, for example 120000 USD a month."""

    amount: Amount = Field(description="How much, in whole units of the currency.")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="ISO 4217 code, three capital letters.")
    period: Literal["month", "year", "once"] = Field(
        description="What the amount counts: a month, a year, or a single time. Always required."
    )


def add_money(parts: list[Money]) -> list[Money]:
    """Sum money by currency: amounts of one period keep it, a month and a year are added as months, single payments stay apart."""
    sums: dict[tuple[str, str], Decimal] = {}
    for part in parts:
        key = (part.currency, part.period)
        sums[key] = sums.get(key, Decimal(0)) + part.amount
    for currency in {part.currency for part in parts}:
        if (currency, "month") in sums and (currency, "year") in sums:
            sums[currency, "month"] += round(sums.pop((currency, "year")) / 12, 2)
    return [Money.model_validate({"amount": sums[key], "currency": key[0], "period": key[1]}) for key in sorted(sums)]
