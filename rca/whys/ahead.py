"""What can be done before it is needed, while a person reads the first question."""

from __future__ import annotations

from importlib import import_module

from rca.whys.candidates import pool_of
from rca.whys.events import adapter
from rca.whys.material import Clusters, Material


def prepare(material: Material, clusters: Clusters) -> None:
    """Make ready what the first answers need: the rules, the shape of events, and what could be offered for these clusters."""
    import_module("rca.whys.rules.checks")
    adapter()
    pool_of(material, clusters)
