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
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="ISO 4217 code, three capital letters."
    )
    period: Literal["month", "year", "once"] = Field(
        description="What the amount counts: a month, a year, or a single time. Always required."
    )

    def per_month(self) -> Decimal | None:
        """Return the amount for one month, or None for a single payment."""
        if self.period == "once":
            return None
        return self.amount if self.period == "month" else self.amount / 12


def add_money(parts: list[Money]) -> list[Money]:
    """Sum money by currency, recurring amounts normalised to a month; single payments apart."""
    monthly: dict[str, Decimal] = {}
    single: dict[str, Decimal] = {}
    for part in parts:
        month = part.per_month()
        if month is None:
            single[part.currency] = single.get(part.currency, Decimal(0)) + part.amount
        else:
            monthly[part.currency] = monthly.get(part.currency, Decimal(0)) + month
    recurring = [
        Money(amount=round(total, 2), currency=code, period="month")
        for code, total in sorted(monthly.items())
    ]
    return recurring + [
        Money(amount=total, currency=code, period="once") for code, total in sorted(single.items())
    ]
