"""Agent orchestration: the service is there, and agents can be put to work together."""

from itertools import pairwise

from harbor import Harbor

STATES = {
    "draft": {"queued"},
    "queued": {"running", "cancelled"},
    "running": {"done", "failed", "cancelled"},
}
HANDOVERS = {
    "chain": [("pilot", "quay"), ("quay", "tug")],
    "fan out": [("pilot", "quay"), ("pilot", "tug")],
    "fan in": [("quay", "pilot"), ("tug", "pilot")],
    "ask back": [("pilot", "quay"), ("quay", "pilot")],
    "broadcast": [("pilot", "quay"), ("pilot", "tug"), ("pilot", "reef")],
}


def test_service_is_up(harbor: Harbor) -> None:
    """The service says that it and all its parts are well."""
    reply = harbor.get("/health")
    assert reply.status == 200
    assert reply.body["status"] == "healthy"
    assert set(reply.body["parts"].values()) == {"ok"}


def test_agents_are_discovered(harbor: Harbor) -> None:
    """Each agent that pipelines rely on is listed with its role."""
    roles = {agent["name"]: agent["role"] for agent in harbor.get("/agents").body["agents"]}
    assert roles["pilot"] == "planning"
    assert {"quay", "tug"} <= set(roles)


def test_workflow_states() -> None:
    """A workflow gets from draft to done, and not back."""
    path = ["draft", "queued", "running", "done"]
    assert all(after in STATES[before] for before, after in pairwise(path))
    assert "done" not in STATES


def test_handover_patterns() -> None:
    """No agent hands over to itself in any of the five patterns."""
    assert len(HANDOVERS) == 5
    assert all(giver != taker for pairs in HANDOVERS.values() for giver, taker in pairs)


def test_error_scenarios() -> None:
    """Only a running workflow can fail."""
    assert [state for state, after in STATES.items() if "failed" in after] == ["running"]


def test_coordination_metrics() -> None:
    """The planning agent gives more than half of all handovers, but not nearly all."""
    givers = [giver for pairs in HANDOVERS.values() for giver, _ in pairs]
    assert 0.5 < givers.count("pilot") / len(givers) < 0.8
