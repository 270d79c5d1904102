"""Integration: accounts, pipelines and streams together, for clients that send a header."""

import json

import pytest
from harbor import PLAIN, Harbor, Token, types
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

CREWS = [("pilot",), ("pilot", "quay"), ("pilot", "quay", "tug"), ("tug", "tug")]


def stream(harbor: Harbor, pipeline: str, headers: dict[str, str]) -> ClientConnection:
    """Open a stream with the plain subprotocol."""
    url = f"ws://{harbor.address}/events/{pipeline}"
    return connect(url, subprotocols=[PLAIN], additional_headers=headers, proxy=None)


@pytest.mark.parametrize("crew", CREWS, ids="-".join)
def test_crew_finishes(harbor: Harbor, token: Token, crew: tuple[str, ...]) -> None:
    """A crew works to the end, two events for each agent."""
    with stream(harbor, harbor.start(token, *crew), token.header()) as opened:
        events = [json.loads(message) for message in opened]
    assert len(events) == 2 + 2 * len(crew)
    assert types(events)[-1] == "pipeline_finished"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_crew_stops_at_failure(harbor: Harbor, token: Token, place: int) -> None:
    """A crew stops at the agent that fails."""
    crew = ["pilot", "quay", "tug"]
    crew[place] = "reef"
    with stream(harbor, harbor.start(token, *crew), token.header()) as opened:
        events = [json.loads(message) for message in opened]
    assert types(events).count("agent_finished") == place


@pytest.mark.parametrize("name", ["ada", "linus", "grace"])
def test_token_of_account(harbor: Harbor, name: str) -> None:
    """A token stands for the account that signed in."""
    token = harbor.token(name)
    assert harbor.get("/whoami", **token.header()).body == {"subject": name}


def test_stream_without_token(harbor: Harbor, token: Token) -> None:
    """A stream is refused without a token."""
    pipeline = harbor.start(token, "pilot")
    with pytest.raises(InvalidStatus, match="401"), stream(harbor, pipeline, {}):
        pass


def test_stream_of_unknown_pipeline(harbor: Harbor, token: Token) -> None:
    """A pipeline that was never started has no stream."""
    with pytest.raises(InvalidStatus, match="404"), stream(harbor, "p-0", token.header()):
        pass
