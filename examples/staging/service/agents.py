"""The agents on offer, and the pipelines that they work in."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

AGENTS: dict[str, dict[str, Any]] = {
    "pilot": {"role": "planning", "model": "small", "max_steps": 8, "timeout": 30},
    "quay": {"role": "retrieval", "model": "none", "max_steps": 3, "timeout": 10},
    "tug": {"role": "writing", "model": "large", "max_steps": 5, "timeout": 60},
    "reef": {"role": "always fails, for drills", "model": "none", "max_steps": 1, "timeout": 5},
}
FAILING = "reef"


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that was started: its agents work one after another."""

    name: str
    agents: tuple[str, ...]

    def events(self) -> list[dict[str, str]]:
        """List what happens, in order."""
        happened = [{"type": "pipeline_started", "pipeline": self.name}]
        for agent in self.agents:
            happened.append({"type": "agent_started", "agent": agent})
            if agent == FAILING:
                happened.append({"type": "agent_failed", "agent": agent})
                return [*happened, {"type": "pipeline_failed", "pipeline": self.name}]
            happened.append({"type": "agent_finished", "agent": agent})
        return [*happened, {"type": "pipeline_finished", "pipeline": self.name}]


@dataclass
class Pipelines:
    """All pipelines of this process."""

    _numbers: Iterator[int] = field(
        default_factory=lambda: itertools.count(100 + secrets.randbelow(800))
    )
    _started: dict[str, Pipeline] = field(default_factory=dict)

    def start(self, agents: tuple[str, ...]) -> Pipeline:
        """Start a pipeline of known agents, or raise KeyError."""
        for agent in agents:
            AGENTS[agent]
        pipeline = Pipeline(f"p-{next(self._numbers)}", agents)
        self._started[pipeline.name] = pipeline
        return pipeline

    def find(self, name: str) -> Pipeline | None:
        """Return the pipeline with this name."""
        return self._started.get(name)
