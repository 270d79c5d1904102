"""The rules of the five whys: what each asks for is in `table`, the functions that judge are in `checks`."""

from rca.whys.rules.table import RULES, Finding, Rule, Severity, explain

__all__ = ["RULES", "Finding", "Rule", "Severity", "explain"]
