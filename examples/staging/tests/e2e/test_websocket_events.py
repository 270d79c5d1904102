"""WebSocket and events: streams open, and events come in order."""

import json

from harbor import Harbor, Token, types


def test_health(harbor: Harbor) -> None:
    """The stream part of the service says that it is well, three times in a row."""
    for _ in range(3):
        assert harbor.get("/health").body["parts"]["stream"] == "ok"


def test_api_endpoints(harbor: Harbor) -> None:
    """The paths that a page needs before it opens a stream are there."""
    for path in ("/agents", "/agents/configuration?agent=pilot", "/auth/provider"):
        assert harbor.get(path).status == 200


def test_stream_connects(harbor: Harbor, token: Token) -> None:
    """A stream opens with one of the subprotocols offered."""
    pipeline = harbor.start(token, "pilot")
    with harbor.stream(pipeline, token) as stream:
        assert stream.subprotocol in token.offers()


def test_event_flow(harbor: Harbor, token: Token) -> None:
    """The events of two agents come in the order of the work."""
    pipeline = harbor.start(token, "pilot", "tug")
    with harbor.stream(pipeline, token) as stream:
        events = [json.loads(message) for message in stream]
    work = ["agent_started", "agent_finished"]
    assert types(events) == ["pipeline_started", *work, *work, "pipeline_finished"]


def test_concurrent_streams(harbor: Harbor, token: Token) -> None:
    """Two streams are open at once, and each gets the events of its own pipeline."""
    first, second = (harbor.start(token, agent) for agent in ("quay", "tug"))
    with harbor.stream(first, token) as one, harbor.stream(second, token) as two:
        assert json.loads(one.recv(timeout=2))["pipeline"] == first
        assert json.loads(two.recv(timeout=2))["pipeline"] == second
