"""Hooks: skipping, a broken hook and retries."""

from __future__ import annotations

from behave.contrib.scenario_autoretry import patch_scenario_with_autoretry


def before_feature(context, feature) -> None:
    """Patch the scenarios that are to be tried again."""
    for scenario in feature.scenarios:
        if "flaky" in scenario.effective_tags:
            patch_scenario_with_autoretry(scenario, max_attempts=3)


def before_scenario(context, scenario) -> None:
    """Skip or break, as the tags say."""
    if "skip" in scenario.effective_tags:
        scenario.skip("not built yet")
    if scenario.name == "Count it again":
        raise ConnectionError("warehouse: connection refused")
