"""Priority 1: 25 cases that have to pass before anything else counts."""

import pytest
from harbor import Harbor, Token

OPEN = ["/health", "/agents", "/auth/provider", "/quota"]
CLOSED = ["/whoami", "/token/refresh", "/pipelines/start?agent=pilot"]
AGENTS = ["pilot", "quay", "tug", "reef"]
UNKNOWN = ["", "kraken", "PILOT", "pilot%20"]


@pytest.mark.parametrize("path", OPEN)
def test_open_path(harbor: Harbor, path: str) -> None:
    """An open path answers without a token."""
    assert harbor.get(path).status == 200


@pytest.mark.parametrize("path", CLOSED)
def test_closed_path_without_token(harbor: Harbor, path: str) -> None:
    """A closed path asks for a token."""
    assert harbor.get(path).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", CLOSED)
def test_closed_path_with_token(harbor: Harbor, token: Token, path: str) -> None:
    """A closed path opens to a token."""
    assert harbor.get(path, **token.header()).status == 200


@pytest.mark.parametrize("name", AGENTS)
def test_agent_configuration(harbor: Harbor, name: str) -> None:
    """A known agent has a configuration."""
    assert harbor.get(f"/agents/configuration?agent={name}").body["name"] == name


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_agent(harbor: Harbor, name: str) -> None:
    """An unknown agent is not found."""
    assert harbor.get(f"/agents/configuration?agent={name}").status == 404


@pytest.mark.parametrize("name", AGENTS)
def test_pipeline_of_one(harbor: Harbor, token: Token, name: str) -> None:
    """A pipeline of one agent gets a name."""
    assert harbor.start(token, name).startswith("p-")


@pytest.mark.parametrize("name", ["ada", "linus", "grace"])
def test_account(harbor: Harbor, name: str) -> None:
    """Each account can sign in."""
    assert harbor.sign_in(name).status == 200
