"""The way of commands to GitHub: which repository, with whose token, and what is said meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rca.cli.common import Project, say
from rca.github import Repository, connect, settings_from
from rca.github.settings import web_host
from rca.lookup.repository import repository_name


@contextmanager
def reached(here: Project, repo: str = "", *, ca_file: str = "", read_only: bool = False) -> Iterator[Repository]:
    """The repository at GitHub that a project belongs to, with a connection that is closed in the end.

    repo: as the person named it. read_only: the token is that of a pull request from a fork. Raises GitHubError when there is no
    token, no repository, or no such file of certificates.
    """
    settings = settings_from(os.environ, ca_file=ca_file, read_only=read_only)
    name = repository_name(repo, here.config, os.environ, here.folder, web_host(settings.base_url))
    with connect(settings, tell=_tell) as connection:
        yield Repository(connection, name)


def _tell(words: str) -> None:
    say(f"rca: {words}")
