"""The server: HTTP answers and event streams on one port."""

import asyncio
import json
import logging
import random
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, NegotiationError
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from service import protocol, routes

STREAMS = "/events/"
STREAM_SECONDS = 0.16
EVENT_SECONDS = 0.03
log = logging.getLogger("harbor")


async def travel(seconds: float) -> None:
    """Take the time that a request takes to a staging environment far away."""
    await asyncio.sleep(seconds * random.uniform(0.8, 1.5))  # noqa: S311 - not for secrets


@dataclass
class App:
    """The callbacks that the WebSocket server needs."""

    harbor: routes.Harbor = field(default_factory=routes.Harbor)

    async def on_request(self, _connection: ServerConnection, request: Request) -> Response | None:
        """Answer a plain request, or let a handshake go on."""
        path = urlsplit(request.path).path
        origin = request.headers.get("Origin")
        if path.startswith(STREAMS):
            await travel(STREAM_SECONDS)
            refusal = routes.stream_refusal(self.harbor, request)
        else:
            await travel(routes.ROUTES[path].seconds if path in routes.ROUTES else 0.05)
            refusal = routes.answer(self.harbor, request)
        if refusal is None:
            return None
        log.info("%s -> %d", path, refusal.status)
        return routes.response(refusal, origin)

    def on_offers(
        self, _connection: ServerConnection, offers: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """Choose the subprotocol of a stream."""
        agreed = protocol.negotiate(offers)
        if agreed is None:
            message = "no common subprotocol"
            raise NegotiationError(message)
        answered = protocol.masked([agreed.answer])
        log.info("handshake: offered %s; answered %s", protocol.masked(offers), answered)
        return cast("Subprotocol", agreed.answer)

    async def on_stream(self, connection: ServerConnection) -> None:
        """Send the events of a pipeline, then close."""
        name = connection.request.path.rpartition("/")[2] if connection.request else ""
        pipeline = self.harbor.pipelines.find(name)
        try:
            for event in pipeline.events() if pipeline else []:
                await asyncio.sleep(EVENT_SECONDS)
                await connection.send(json.dumps(event))
        except ConnectionClosed:
            log.warning("stream of %s: the client left before the first event was read", name)


def start(port: int) -> AbstractAsyncContextManager[Server]:
    """Prepare the server on the loopback interface (port 0: any free one)."""
    app = App()
    quiet = logging.getLogger("harbor.socket")
    quiet.setLevel(logging.CRITICAL)
    return serve(
        app.on_stream,
        "127.0.0.1",
        port,
        process_request=app.on_request,
        select_subprotocol=app.on_offers,
        logger=quiet,
    )


def port_of(server: Server) -> int:
    """Return the port that a server listens on."""
    return int(next(iter(server.sockets)).getsockname()[1])
