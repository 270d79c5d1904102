"""A GitHub of our own on this machine: it keeps state, pages, limits and permissions, and fails when it is told to.

    with FakeGitHub() as fake:
        repo = fake.repo("acme/shop")
        repo.issue("Login fails", labels=("e2e",))
        fake.fail("POST", "/comments$", status=502, after=True)     # the next one is written, and the answer lost
        ... run something with fake.env ...
        assert [seen.path for seen in fake.seen] == [...]

What is sent to it and what it answers is checked against GitHub's OpenAPI description; `violations` holds what was not right, and
leaving the block raises when there is any.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.github import description
from tests.github.routes import NOT_FOUND, ROUTES, Call, Paged, Route
from tests.github.world import Repo, World

TOKEN = "ghp_" + "FakeOnly" * 4 + "0123"
HOUR = 3_600


@dataclass
class Token:
    """Who a token belongs to. permissions: those that it has, None for all. app: of an app, which may write check runs."""

    login: str = "rca-bot"
    app: str = ""
    permissions: Mapping[str, str] | None = None

    def may(self, ways: str) -> bool:
        """Whether it has one of the ways: `issues=write; pull_requests=write`."""
        if not ways or self.permissions is None:
            return True
        wanted = [tuple(way.strip().split("=")) for way in ways.split(";")]
        return any(self.permissions.get(name) in {level, "write"} for name, level in wanted)


@dataclass
class Seen:
    """A request as it came in; `status` is 0 when it got no answer."""

    verb: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int = 0


@dataclass
class Fault:
    """What goes wrong, for requests whose verb and path fit."""

    verb: str
    path: str
    status: int = 0
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    times: int = 1
    skip: int = 0
    after: bool = False
    delay: float = 0.0
    cut: bool = False
    silent: bool = False

    def takes(self, verb: str, path: str) -> bool:
        """Whether it happens now; it is used up by that."""
        if self.times < 1 or verb != self.verb or not re.search(self.path, path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FakeGitHub:
    """The server; it runs in threads of its own from `with` to the end of the block."""

    def __init__(self, *, prefix: str = "", tls: ssl.SSLContext | None = None) -> None:
        """prefix: `/api/v3`, as GitHub Enterprise has it. tls: with a certificate, for https."""
        self.prefix = prefix
        self.world = World()
        self.tokens: dict[str, Token] = {TOKEN: Token()}
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.stored: list[Seen] = []
        self.checked = True
        self.limit, self.remaining, self.reset = 5_000, 5_000, int(time.time()) + HOUR
        self._lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = self.world.base = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}{prefix}"
        # Artifacts come from a host of their own.
        self._storage = _Server(("127.0.0.1", 0), _Storage)
        self._storage.fake = self
        self.world.storage = f"http://127.0.0.1:{self._storage.server_port}"
        self._servers = (self._server, self._storage)
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True) for server in self._servers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join(5)
        if kind is None:
            assert not self.violations, "\n".join(self.violations)

    @property
    def env(self) -> dict[str, str]:
        """The environment of a command that is to use it."""
        return {"GITHUB_API_URL": self.url, "GITHUB_TOKEN": TOKEN}

    def repo(self, name: str = "acme/shop", **options: Any) -> Repo:
        """A repository, made when it is new."""
        return self.world.repo(name, **options)

    def fail(self, verb: str, path: str, **how: Any) -> Fault:
        """Let requests fail: see Fault."""
        self.faults.append(Fault(verb, path, **how))
        return self.faults[-1]

    def sent(self, verb: str, path: str = "") -> list[Seen]:
        """The requests that came in with a verb and a path."""
        return [seen for seen in self.seen if seen.verb == verb and re.search(path, seen.path)]

    def writes(self) -> list[Seen]:
        """The requests that would have changed something."""
        return [
            seen for seen in self.seen if seen.verb != "GET" and not (seen.path == "/graphql" and seen.body["query"].startswith("query"))
        ]

    def inner(self, path: str) -> str:
        """A path without the prefix; one that does not have it is not found."""
        if path == f"{self.prefix.removesuffix('/v3')}/graphql":
            return "/graphql"
        return path.removeprefix(self.prefix) if path.startswith(f"{self.prefix}/") else f"/outside{path}"

    # -- answering --------------------------------------------------------------------------------------------------

    def answer(self, seen: Seen) -> tuple[int, dict[str, str], bytes, Fault | None]:
        """Status, headers and body for a request, and the fault that it met."""
        with self._lock:
            self.seen.append(seen)
            fault = next((fault for fault in self.faults if fault.takes(seen.verb, seen.path)), None)
            if fault and not fault.after and (fault.status or fault.raw is not None or fault.silent):
                return *_failing(fault), fault
            try:
                status, headers, body = self._served(seen)
            except Exception:  # noqa: BLE001 -- a fault of the fake itself is told by the test
                self.violations.append(traceback.format_exc())
                return 500, {}, b"", None
            if fault and fault.after:
                return *_failing(fault), fault
            return status, headers, body, fault

    def _served(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        status, data, headers = self._routed(seen)
        if status == 302:
            return status, {"Location": data} | self._rate(), b""
        if isinstance(data, Paged):
            data, headers = self._page(data, seen, headers)
        if self.checked and status != 204:
            self.violations += description.faults(seen.verb, seen.path, str(status), data) if _described(seen, status) else []
        body = b"" if data is None else json.dumps(data).encode()
        if seen.verb == "GET" and status == 200:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            if seen.headers.get("if-none-match") == headers["ETag"]:
                return 304, headers | self._rate(), b""
        self.remaining -= status != 304
        return status, headers | self._rate(), body

    def _rate(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": str(self.reset),
            "X-GitHub-Media-Type": "github.v3; format=json",
        }

    def _routed(self, seen: Seen) -> tuple[int, Any, dict[str, str]]:
        token = self.tokens.get(seen.headers.get("authorization", "").removeprefix("token ").removeprefix("Bearer "))
        if token is None:
            return 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}, {}
        if self.remaining <= 0:
            return 403, {"message": "API rate limit exceeded for user ID 7.", "documentation_url": "https://docs.github.com/rest"}, {}
        for route in ROUTES:
            match = route.pattern.fullmatch(seen.path)
            if match and route.verb == seen.verb:
                return self._run(route, match, seen, token)
        return *NOT_FOUND, {}

    def _run(self, route: Route, match: re.Match[str], seen: Seen, token: Token) -> tuple[int, Any, dict[str, str]]:
        repo = self.world.repos.get(match["repo"]) if "repo" in match.groupdict() else None
        accepted = {"X-Accepted-GitHub-Permissions": route.needs} if route.needs else {}
        if "repo" in match.groupdict() and repo is None:
            return *NOT_FOUND, accepted
        if not token.may(route.needs):
            message = "Resource not accessible by integration" if token.app else "Resource not accessible by personal access token"
            return 403, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": "403"}, accepted
        if repo is not None and repo.archived and seen.verb != "GET":
            return 403, {"message": "Repository was archived so is read-only.", "documentation_url": "https://docs.github.com/rest"}, {}
        call = Call(self.world, seen.query, seen.body or {}, token.login, token.app, repo)
        groups = [value for name, value in _groups(match) if name != "repo"]
        status, data = route.run(call, *groups)
        if self.checked and status < 400:
            self.violations += description.unknown_parameters(seen.verb, seen.path, set(seen.query))
            self.violations += description.faults(seen.verb, seen.path, "request", seen.body) if _described(seen, 0) and seen.body else []
        return status, data, accepted

    def _page(self, data: Paged, seen: Seen, headers: dict[str, str]) -> tuple[Any, dict[str, str]]:
        size = min(100, max(1, int(seen.query.get("per_page", "30"))))
        said = seen.query.get("after", seen.query.get("page", "1")).removeprefix("cursor-")
        number = max(1, int(said)) if said.isdecimal() else 1
        last = max(1, -(-len(data) // size))
        links = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        wanted = [
            (rel, page)
            for rel, page in links.items()
            if 1 <= page <= last and (rel != "first" or number > 1) and (rel != "last" or number < last)
        ]
        named = "after" if data.cursor else "page"
        query = {name: value for name, value in seen.query.items() if name not in {"page", "after"}}
        parts = [
            f'<{self.url}{seen.path}?{urlencode({**query, named: f"cursor-{page}" if data.cursor else page})}>; rel="{rel}"'
            for rel, page in wanted
        ]
        items = data[(number - 1) * size : number * size]
        more = {"incomplete_results": False, "search_type": "lexical"} if data.key == "items" else {}
        shown = {"total_count": len(data), **more, data.key: items} if data.key else items
        return shown, {**headers, "Link": ", ".join(parts)} if last > 1 else headers


def _groups(match: re.Match[str]) -> list[tuple[str, str]]:
    names = {index: name for name, index in match.re.groupindex.items()}
    return [(names.get(index, ""), match[index]) for index in range(1, (match.lastindex or 0) + 1)]


def _described(seen: Seen, status: int) -> bool:
    return seen.path != "/graphql" and status < 400


def _failing(fault: Fault) -> tuple[int, dict[str, str], bytes]:
    body = fault.raw if fault.raw is not None else json.dumps({"message": fault.message, "status": str(fault.status)}).encode()
    return fault.status or 200, dict(fault.headers), body


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    fake: FakeGitHub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two parts would wait for its acknowledgement
    server: _Server
    timeout = 30

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        self._answer(*self._heard())

    def _heard(self) -> tuple[int, dict[str, str], bytes, Fault | None]:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.inner(parts.path), dict(parse_qsl(parts.query)), headers, json.loads(data) if data else None)
        seen.status, headers, body, fault = self.find(seen)
        return seen.status, headers, body, fault

    def inner(self, path: str) -> str:
        return self.server.fake.inner(path)

    def find(self, seen: Seen) -> tuple[int, dict[str, str], bytes, Fault | None]:
        return self.server.fake.answer(seen)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, fault: Fault | None) -> None:
        if fault and fault.delay:
            time.sleep(fault.delay)
        if fault and fault.silent:
            self._hang_up()
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault and fault.cut else body)
        if fault and fault.cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 -- the names that http.server wants


class _Storage(_Handler):
    """The host of the artifacts: it wants no token, and says so when it gets one."""

    def inner(self, path: str) -> str:
        return path

    def find(self, seen: Seen) -> tuple[int, dict[str, str], bytes, Fault | None]:
        fake = self.server.fake
        fake.stored.append(seen)
        fault = next((fault for fault in fake.faults if fault.takes("STORAGE", seen.path)), None)
        if fault and (fault.status or fault.raw is not None or fault.silent):
            return *_failing(fault), fault
        if "authorization" in seen.headers:
            return 400, {}, b"<Error><Code>InvalidArgument</Code></Error>", fault
        owner, short, name = seen.path.strip("/").split("/")
        data = fake.repo(f"{owner}/{short}").zips[int(name.removesuffix(".zip"))]
        return 200, {}, data, fault
