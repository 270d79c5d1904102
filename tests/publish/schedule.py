"""Several publishers at work on one pull request, in every order in which their requests can meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rca.github.errors import NotFoundError, ServerError
from rca.github.request import Answer, Request


class KilledError(BaseException):
    """The process of a publisher ended, in the middle of its work."""


@dataclass
class Comments:
    """The comments on one pull request; all of them are by the same account."""

    bodies: dict[int, str] = field(default_factory=dict)
    number: int = 100

    def send(self, request: Request) -> Answer:
        """What GitHub does with a request."""
        parts = request.path.split("/")
        if request.path == "/graphql":
            return Answer(200, {}, {"data": {"nodes": []}})
        if request.verb == "GET":
            return Answer(200, {}, [_comment(ident, body) for ident, body in sorted(self.bodies.items())])
        if request.verb == "POST":
            self.number += 1
            self.bodies[self.number] = (request.body or {})["body"]
            return Answer(201, {}, _comment(self.number, self.bodies[self.number]))
        ident = int(parts[-1])
        if ident not in self.bodies:
            raise NotFoundError("gone", status=404)
        if request.verb == "DELETE":
            del self.bodies[ident]
            return Answer(204, {}, None)
        self.bodies[ident] = (request.body or {})["body"]
        return Answer(200, {}, _comment(ident, self.bodies[ident]))


def _comment(ident: int, body: str) -> dict[str, Any]:
    return {"id": ident, "body": body, "node_id": f"IC_{ident}", "user": {"login": "rca-bot", "type": "User"}}


@dataclass
class Publisher:
    """One publisher: a thread that goes on only when it is its turn.

    lost: of which of its writes the answer gets lost after it was done, counted from 1. ends: after how many requests it is killed.
    """

    comments: Comments
    lost: int = 0
    ends: int = 99
    at: str = "start"
    sent: int = 0
    writes: int = 0
    error: BaseException | None = None
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    waits: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    # -- what the publisher calls ---------------------------------------------------------------------------------

    def send(self, request: Request) -> Answer:
        """Wait for the turn, then do it."""
        if request.path != "/graphql":
            self._wait("request")
            if self.sent >= self.ends:
                raise KilledError
            self.sent += 1
        answer = self.comments.send(request)
        if request.writes:
            self.writes += 1
            if self.writes == self.lost:
                raise ServerError("bad gateway", status=502, uncertain=True)
        elif request.path != "/graphql":
            self.looked = True
        return answer

    def settle(self) -> None:
        """Wait until whoever had looked before has written, as a moment of waiting does."""
        self.looked = False
        self._wait("settle")

    def _wait(self, at: str) -> None:
        self.at = at
        self.waits.release()
        self.go.acquire()

    # -- what the scheduler calls ---------------------------------------------------------------------------------

    looked: bool = False

    def start(self, work: Callable[[Publisher], object]) -> None:
        """Let it begin; it stops before its first request."""

        def run() -> None:
            try:
                work(self)
            except BaseException as error:  # noqa: BLE001 -- what happens in a thread is looked at later
                self.error = error
            self.at, self.looked = "end", False
            self.waits.release()

        threading.Thread(target=run, daemon=True).start()
        self.waits.acquire()

    def step(self) -> None:
        """Let it do one thing."""
        self.go.release()
        self.waits.acquire()


def every_order(make: Callable[[], tuple[Comments, list[Publisher], Callable[[Publisher], object]]]) -> Iterator[tuple[Comments, str]]:
    """Run the publishers that `make` gives in every order; hands out what is there in the end, and the order."""
    prefix: list[int] = []
    while True:
        comments, publishers, work = make()
        taken: list[tuple[int, int]] = []
        order = ""
        for publisher in publishers:
            publisher.start(work)
        while ready := [each for each in publishers if _may_go(each, publishers)]:
            choice = prefix[len(taken)] if len(taken) < len(prefix) else 0
            taken.append((choice, len(ready)))
            order += f"{'ABC'[publishers.index(ready[choice])]}"
            ready[choice].step()
        assert all(each.at == "end" for each in publishers), "nobody could go on"
        for each in publishers:
            if each.error is not None and not isinstance(each.error, KilledError):
                raise each.error
        yield comments, order
        while taken and taken[-1][0] + 1 == taken[-1][1]:
            taken.pop()
        if not taken:
            return
        prefix = [choice for choice, _ in taken]
        prefix[-1] += 1


def _may_go(publisher: Publisher, publishers: list[Publisher]) -> bool:
    if publisher.at == "settle":
        return not any(other.looked for other in publishers if other is not publisher)
    return publisher.at == "request"
