"""PyGithub's own recordings of what GitHub really sent, from 2012 until now, replayed on this machine.

They are in the source distribution of PyGithub (LGPL), which `make tapes` downloads; nothing of them is kept here.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ARCHIVE = Path(__file__).resolve().parent.parent.parent / ".tapes" / "pygithub-2.10.0.tar.gz"
_PASSED_ON = ("x-ratelimit", "etag", "link", "location", "retry-after", "x-github", "x-accepted", "content-type")


@dataclass
class Exchange:
    """A request and its answer, as recorded. path: without its query."""

    tape: str
    verb: str
    path: str
    query: dict[str, list[str]]
    status: int
    headers: list[tuple[str, str]]
    body: str


@dataclass
class Tapes:
    """All recordings, by the name of the test of PyGithub that made them."""

    named: dict[str, list[Exchange]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Exchange]:
        return itertools.chain.from_iterable(self.named.values())


def load() -> Tapes:
    """All recordings; skips the test when they were not downloaded."""
    if not ARCHIVE.is_file():
        pytest.skip("PyGithub's recordings are not there: `make tapes` downloads them")
    tapes = Tapes()
    with tarfile.open(ARCHIVE) as packed:
        for member in packed:
            if "/tests/ReplayData/" in member.name and member.name.endswith(".txt"):
                name = member.name.rpartition("/")[2].removesuffix(".txt")
                tapes.named[name] = list(_exchanges(name, packed.extractfile(member).read().decode()))
    return tapes


def _exchanges(tape: str, text: str) -> Iterator[Exchange]:
    """An exchange has eleven lines: protocol, verb, host, port, address, headers, body, status, headers, body, and an empty one."""
    lines = text.split("\n")
    for start in range(0, len(lines) - 9, 11):
        _, verb, _, _, address, _, _, status, headers, body = lines[start : start + 10]
        parts = urlsplit(address)
        if status.isdecimal():
            found = ast.literal_eval(headers)
            yield Exchange(tape, verb, parts.path, parse_qs(parts.query), int(status), list(dict(found).items()), body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    player: Player


class Player:
    """Answers as recorded: of the exchanges with a verb and a path the first that was not given yet, then the last again."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.played: list[Exchange] = []
        self.asked: list[tuple[str, str]] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.player = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def env(self) -> dict[str, str]:
        return {"GITHUB_API_URL": self.url, "GITHUB_TOKEN": "ghp_OnlyForTheTapes0123456789"}

    def load(self, *exchanges: Exchange) -> None:
        """Play these from now on."""
        self.exchanges, self.played, self.asked = list(exchanges), [], []

    def next(self, verb: str, path: str, page: list[str]) -> Exchange | None:
        self.asked.append((verb, path))
        fitting = [each for each in self.exchanges if (each.verb, each.path) == (verb, path) and each.query.get("page", ["1"]) == page]
        fresh = [each for each in fitting if not any(each is played for played in self.played)]
        chosen = (fresh or fitting[-1:] or [None])[0]
        if chosen is not None:
            self.played.append(chosen)
        return chosen


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two parts would wait for its acknowledgement
    server: _Server

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        player = self.server.player
        exchange = player.next(self.command, parts.path, parse_qs(parts.query).get("page", ["1"]))
        body = (exchange.body if exchange else '{"message": "Not Found"}').encode()
        self.send_response(exchange.status if exchange else 404)
        for name, value in exchange.headers if exchange else ():
            if name.lower().startswith(_PASSED_ON):
                self.send_header(name, value.replace("https://api.github.com", player.url))
        if exchange is None or exchange.status not in {204, 304}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if exchange is None or exchange.status not in {204, 304}:
            self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 -- the names that http.server wants


@contextlib.contextmanager
def playing() -> Iterator[Player]:
    """A server that plays recordings."""
    player = Player()
    thread = threading.Thread(target=player._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield player
    finally:
        player._server.shutdown()
        player._server.server_close()
        thread.join(5)
