"""A dry run: whatever would be written is kept to be shown, and nothing of it is sent."""

from __future__ import annotations

from rca.github.connection import Sender
from rca.github.errors import GitHubError
from rca.github.request import Answer, File, Request


class Rehearsal:
    """Takes requests as a connection does; those that write are only kept, in `requests`, and all of them in `asked`.

    reads: asks what is to be read. Without it nothing is asked at all, and every list is empty, as for somebody who has no network.
    """

    def __init__(self, reads: Sender | None = None) -> None:
        self.requests: list[Request] = []
        self.asked: list[Request] = []
        self._reads = reads

    @property
    def offline(self) -> bool:
        """Whether nothing is asked at all."""
        return self._reads is None

    def send(self, request: Request) -> Answer:
        """Keep a request that writes, and answer as if it had been done; what is made has the number 0."""
        self.asked.append(request)
        if request.writes:
            self.requests.append(request)
            return Answer(200, {}, {"id": 0, "number": 0, "data": {}, **(request.body or {})})
        return self._reads.send(request) if self._reads is not None else Answer(200, {}, [])

    def download(self, request: Request, file: File) -> int:
        """A download only reads: it needs the connection."""
        if self._reads is None:
            raise GitHubError(f"cannot {request.doing}: this is a dry run without a connection", "leave out --dry-run, or give a token")
        return self._reads.download(request, file)
