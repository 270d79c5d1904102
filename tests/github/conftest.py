"""Connections to the fake GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rca.github import Connection, Repository, connect, settings_from


@pytest.fixture
def reach(fake_github) -> Iterator[Callable[..., Repository]]:
    """Reach a repository of the fake; the connections are closed in the end."""
    opened: list[Connection] = []

    def open_(name: str = "acme/shop", *, pace=None, tell=None, read_only=False, **env: str) -> Repository:
        opened.append(connect(settings_from({**fake_github.env, **env}, read_only=read_only), pace=pace, tell=tell))
        return Repository(opened[-1], name)

    yield open_
    for connection in opened:
        connection.close()
