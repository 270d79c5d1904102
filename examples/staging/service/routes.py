"""The plain HTTP side of the service: one function for each path."""

import base64
import binascii
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from service import VERSION, protocol, tokens
from service.agents import AGENTS, Pipelines
from service.limits import RateLimit

ORIGINS = ("https://app.harbor.example", "https://admin.harbor.example")


@dataclass(frozen=True)
class Answer:
    """Status, body and further headers of an answer."""

    status: HTTPStatus
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def ok(**body: object) -> Answer:
    """Answer with a body."""
    return Answer(HTTPStatus.OK, body)


def refused(status: HTTPStatus, reason: str, **headers: str) -> Answer:
    """Answer with a reason why not."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": reason}, named)


@dataclass
class Harbor:
    """The state that requests share."""

    limit: RateLimit = field(default_factory=RateLimit)
    pipelines: Pipelines = field(default_factory=Pipelines)


def credentials(request: Request) -> tuple[str, str]:
    """Return name and password of basic authentication, or two empty strings."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def bearer(request: Request) -> str:
    """Return the token of the header, or an empty string."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value if scheme == "Bearer" else ""


def health(_harbor: Harbor, _request: Request) -> Answer:
    """Say that the service is well."""
    parts = {"store": "ok", "queue": "ok", "stream": "ok"}
    return ok(status="healthy", version=VERSION, parts=parts)


def agents(_harbor: Harbor, _request: Request) -> Answer:
    """List the agents."""
    return ok(agents=[{"name": name, "role": agent["role"]} for name, agent in AGENTS.items()])


def configuration(_harbor: Harbor, request: Request) -> Answer:
    """Show how an agent is configured."""
    name = parse_qs(urlsplit(request.path).query).get("agent", [""])[0]
    if name not in AGENTS:
        return refused(HTTPStatus.NOT_FOUND, f"no agent {name!r}")
    return ok(name=name, **AGENTS[name])


def sign_in(_harbor: Harbor, request: Request) -> Answer:
    """Issue a token for name and password."""
    name, password = credentials(request)
    if not tokens.password_fits(name, password):
        return refused(HTTPStatus.UNAUTHORIZED, "wrong name or password", WWW_Authenticate="Basic")
    query = parse_qs(urlsplit(request.path).query)
    lifetime = min(float(query.get("lifetime", [tokens.LIFETIME])[0]), tokens.LIFETIME)
    return ok(token=tokens.issue(name, lifetime), expires_in=lifetime)


def refresh(_harbor: Harbor, request: Request) -> Answer:
    """Issue a new token for one that is still good."""
    return ok(token=tokens.issue(tokens.subject_of(bearer(request))), expires_in=tokens.LIFETIME)


def whoami(_harbor: Harbor, request: Request) -> Answer:
    """Say whom a token stands for."""
    return ok(subject=tokens.subject_of(bearer(request)))


def provider(_harbor: Harbor, _request: Request) -> Answer:
    """Show the settings that a client needs to sign in."""
    return ok(
        issuer="https://auth.harbor.example",
        token_path="/token",  # noqa: S106 - a path, not a secret
        scopes=["agents", "pipelines"],
    )


def quota(harbor: Harbor, request: Request) -> Answer:
    """Answer as often as the rate limit lets a client ask."""
    wait = harbor.limit.wait_for(request.headers.get("X-Client", "anyone"))
    if wait:
        seconds = str(math.ceil(wait))
        return refused(HTTPStatus.TOO_MANY_REQUESTS, "slow down", Retry_After=seconds)
    return ok(limit=harbor.limit.requests, seconds=harbor.limit.seconds)


def start(harbor: Harbor, request: Request) -> Answer:
    """Start a pipeline of the agents named."""
    tokens.subject_of(bearer(request))
    names = parse_qs(urlsplit(request.path).query).get("agent", [])
    unknown = [name for name in names if name not in AGENTS]
    if unknown or not names:
        return refused(HTTPStatus.BAD_REQUEST, f"unknown agents: {', '.join(unknown) or 'none'}")
    return ok(pipeline=harbor.pipelines.start(tuple(names)).name, state="accepted")


@dataclass(frozen=True)
class Route:
    """A handler, and the seconds that the staging environment takes to get there and back."""

    handler: Callable[[Harbor, Request], Answer]
    seconds: float


ROUTES = {
    "/health": Route(health, 0.09),
    "/agents": Route(agents, 0.17),
    "/agents/configuration": Route(configuration, 0.13),
    "/auth/provider": Route(provider, 0.21),
    "/token": Route(sign_in, 0.14),
    "/token/refresh": Route(refresh, 0.11),
    "/whoami": Route(whoami, 0.07),
    "/quota": Route(quota, 0.04),
    "/pipelines/start": Route(start, 0.12),
}


def answer(harbor: Harbor, request: Request) -> Answer:
    """Find the handler for a request and let it answer."""
    route = ROUTES.get(urlsplit(request.path).path)
    if route is None:
        return refused(HTTPStatus.NOT_FOUND, "no such path")
    try:
        return route.handler(harbor, request)
    except tokens.TokenError as error:
        return refused(HTTPStatus.UNAUTHORIZED, str(error), WWW_Authenticate="Bearer")


def response(reply: Answer, origin: str | None) -> Response:
    """Write an answer as an HTTP response, with the headers that each response has."""
    body = json.dumps(reply.body).encode()
    headers = Headers(
        {
            "Connection": "close",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Origin",
            **reply.headers,
        }
    )
    if origin in ORIGINS:
        headers["Access-Control-Allow-Origin"] = origin
    return Response(reply.status, reply.status.phrase, headers, body)


def offers(request: Request) -> list[str]:
    """List the subprotocols that a client offers."""
    values = request.headers.get_all("Sec-WebSocket-Protocol")
    return [name.strip() for value in values for name in value.split(",")]


def stream_token(request: Request) -> str:
    """Return the token for a stream: the one in the offers, else the one in the header."""
    agreed = protocol.negotiate(offers(request))
    return agreed.token if agreed and agreed.token else bearer(request)


def stream_refusal(harbor: Harbor, request: Request) -> Answer | None:
    """Say why a client may not have the stream it asks for, if it may not."""
    try:
        tokens.subject_of(stream_token(request))
    except tokens.TokenError as error:
        return refused(HTTPStatus.UNAUTHORIZED, str(error), WWW_Authenticate="Bearer")
    if harbor.pipelines.find(request.path.rpartition("/")[2]) is None:
        return refused(HTTPStatus.NOT_FOUND, "no such pipeline")
    return None
