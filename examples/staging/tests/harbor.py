"""What the suite needs to talk to Harbor."""

import base64
import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import InvalidHandshake
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PLAIN = Subprotocol("harbor.events.v1")


class StreamUnavailable(Exception):  # noqa: N818 - reads as a sentence
    """The event stream of a pipeline cannot be had."""


@dataclass(frozen=True)
class Token:
    """A token, kept out of what gets printed."""

    subject: str
    value: str = field(repr=False)

    def header(self) -> dict[str, str]:
        """Return the header that carries the token."""
        return {"Authorization": f"Bearer {self.value}"}

    def offers(self) -> list[Subprotocol]:
        """Return the subprotocols that a browser would offer."""
        return [PLAIN, Subprotocol(f"jwt.{self.value}")]


@dataclass(frozen=True)
class Reply:
    """The answer to a plain request."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Harbor:
    """A client for one running service."""

    address: str

    def get(self, path: str, **headers: str) -> Reply:
        """Send a plain request (``X_Client="a"`` becomes the header ``X-Client: a``)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request("GET", path, headers=named)
            answer = connection.getresponse()
            body = json.loads(answer.read())
        finally:
            connection.close()
        return Reply(answer.status, dict(answer.getheaders()), body)

    def sign_in(self, name: str = "ada", password: str = "", lifetime: float = 60) -> Reply:
        """Ask for a token."""
        pair = f"{name}:{password or name + '-harbor'}".encode()
        basic = "Basic " + base64.b64encode(pair).decode()
        return self.get(f"/token?lifetime={lifetime}", Authorization=basic)

    def token(self, name: str = "ada", lifetime: float = 60) -> Token:
        """Return a token that is good."""
        return Token(name, self.sign_in(name, lifetime=lifetime).body["token"])

    def start(self, token: Token, *agents: str) -> str:
        """Start a pipeline and return its name."""
        query = "&".join(f"agent={agent}" for agent in agents)
        return str(self.get(f"/pipelines/start?{query}", **token.header()).body["pipeline"])

    def stream(self, pipeline: str, token: Token) -> ClientConnection:
        """Open the event stream of a pipeline as a browser does."""
        url = f"ws://{self.address}/events/{pipeline}"
        return connect(url, subprotocols=token.offers(), open_timeout=5, proxy=None)

    def events(self, pipeline: str, token: Token) -> list[dict[str, str]]:
        """Read all events of a pipeline."""
        since = time.monotonic()
        try:
            with self.stream(pipeline, token) as stream:
                return [json.loads(message) for message in stream]
        except InvalidHandshake as error:
            took = time.monotonic() - since
            message = (
                f"event stream of pipeline {pipeline} is not available "
                f"(ws://{self.address}, gave up after {took:.3f} s)"
            )
            raise StreamUnavailable(message) from error


def types(events: list[dict[str, str]]) -> list[str]:
    """Return the types of events, in order."""
    return [event["type"] for event in events]
