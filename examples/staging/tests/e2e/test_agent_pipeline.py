"""Agent pipeline: from the choice of agents to the last event."""

from harbor import Harbor, Token, types


def test_agent_discovery(harbor: Harbor) -> None:
    """The agents of the standard pipeline are on offer."""
    names = [agent["name"] for agent in harbor.get("/agents").body["agents"]]
    assert names[:3] == ["pilot", "quay", "tug"]


def test_agent_configuration(harbor: Harbor) -> None:
    """Each agent has limits, and an unknown one is not found."""
    for name in ("pilot", "quay", "tug"):
        settings = harbor.get(f"/agents/configuration?agent={name}").body
        assert settings["max_steps"] > 0
        assert 5 <= settings["timeout"] <= 60
    assert harbor.get("/agents/configuration?agent=kraken").status == 404


def test_pipeline_start(harbor: Harbor, token: Token) -> None:
    """A pipeline is accepted with known agents and a token only."""
    path = "/pipelines/start?agent="
    assert harbor.get(path + "pilot", **token.header()).body["state"] == "accepted"
    assert harbor.get(path + "kraken", **token.header()).status == 400
    assert harbor.get(path + "pilot").status == 401


def test_pipeline_execution(harbor: Harbor, token: Token) -> None:
    """The standard pipeline runs to its end."""
    pipeline = harbor.start(token, "pilot", "quay", "tug")
    events = harbor.events(pipeline, token)
    assert types(events)[-1] == "pipeline_finished"


def test_lifecycle_monitoring(harbor: Harbor, token: Token) -> None:
    """Each agent that starts is seen to finish."""
    agents = ["quay", "pilot", "quay", "tug"]
    events = harbor.events(harbor.start(token, *agents), token)
    for kind in ("agent_started", "agent_finished"):
        assert [event["agent"] for event in events if event["type"] == kind] == agents


def test_error_handling(harbor: Harbor, token: Token) -> None:
    """A pipeline stops at the agent that fails, and says so."""
    assert harbor.get("/agents/configuration?agent=reef").body["max_steps"] == 1
    events = harbor.events(harbor.start(token, "pilot", "reef", "tug"), token)
    assert types(events)[-2:] == ["agent_failed", "pipeline_failed"]
    assert "tug" not in [event.get("agent") for event in events]
