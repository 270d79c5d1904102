"""What was meant to run, and what counts as good enough."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import Field

from rca.model.base import Model
from rca.model.money import Money

CriterionState = Literal["met", "unmet", "not run"]


class Criterion(Model):
    """A pass rate that a category, or the whole, must reach."""

    scope: str = Field(description="Name of a category, or `overall`.")
    operator: Literal[">", ">=", "="] = Field(description="How the rate compares with the threshold.")
    threshold: str = Field(
        pattern=r"^(100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?)$", description="Per cent as decimal text, so that nothing is rounded."
    )

    @property
    def text(self) -> str:
        """The criterion as people write it: `> 90 %`."""
        sign = "" if self.operator == "=" else f"{self.operator} "
        return f"{sign}{self.threshold} %"

    def holds(self, passed: int, executed: int) -> bool:
        """Compare exactly: 9 of 10 is 90 %, and 90 % is not more than 90 %. `executed` must be over 0."""
        rate = Fraction(passed * 100, executed)
        threshold = Fraction(self.threshold)
        if self.operator == ">":
            return rate > threshold
        return rate >= threshold if self.operator == ">=" else rate == threshold


class CriterionResult(Model):
    """A criterion held against the runs."""

    criterion: Criterion
    state: CriterionState
    passed: int = Field(default=0, ge=0)
    executed: int = Field(default=0, ge=0, description="Cases with a verdict; skipped ones do not count.")


class PlannedCategory(Model):
    """A category of tests in the plan."""

    name: str
    priority: int | None = Field(default=None, description="1 is the most important.")
    must_pass: bool = False
    planned: int | None = Field(default=None, ge=0, description="How many cases it should have.")
    end_to_end: bool = False
    rationale: str = ""
    command: str = ""
    at_risk: Money | None = None


class Command(Model):
    """A command of the plan, as a list of arguments."""

    label: str
    argv: tuple[str, ...]


class Risk(Model):
    """Something to watch for in this run."""

    text: str
    issues: tuple[int, ...] = ()
    watch: str = Field(default="", description="Text that gives the risk away in a failure's message.")
    seen_in: tuple[str, ...] = Field(default=(), description="Ids of the clusters that show the text.")


class Plan(Model):
    """Categories in the order to run them, with criteria, commands and risks."""

    categories: tuple[PlannedCategory, ...] = ()
    selection: tuple[str, ...] = Field(default=(), description="Test files chosen for this session.")
    criteria: tuple[Criterion, ...] = ()
    commands: tuple[Command, ...] = ()
    risks: tuple[Risk, ...] = ()
