"""Who asks, and what the repository is."""

from __future__ import annotations

from dataclasses import dataclass

from rca.github.errors import BadAnswerError, MissingPermissionError
from rca.github.repository import Repository
from rca.github.request import GRAPHQL, Request
from rca.github.shapes import Author, RepositoryInfo

_SUFFIX = "[bot]"


@dataclass(frozen=True, slots=True)
class Identity:
    """The account of the token. app: it is one of an app, such as the token in GitHub Actions."""

    login: str
    app: bool

    def wrote(self, author: Author) -> bool:
        """Whether something is by this account."""
        return bool(self.login) and _plain(author.login) == _plain(self.login) and (author.kind == "Bot") == self.app


def _plain(login: str) -> str:
    return login.lower().removesuffix(_SUFFIX)


def who_am_i(repository: Repository) -> Identity:
    """The account of the token. The token of an app may not ask for it as a user does: it asks as a viewer."""
    try:
        author = repository.get(Author, Request("GET", "/user", "ask whose token this is"))
    except MissingPermissionError:
        return _viewer(repository)
    return Identity(author.login, author.kind == "Bot" or author.login.endswith(_SUFFIX))


def _viewer(repository: Repository) -> Identity:
    request = Request("POST", GRAPHQL, "ask whose token this is", body={"query": "query { viewer { login } }"}, query=True)
    data = repository.sender.send(request).data
    try:
        login = data["data"]["viewer"]["login"]
    except (KeyError, TypeError):
        login = None
    if not isinstance(login, str):
        raise BadAnswerError("cannot ask whose token this is: GitHub does not say", "check GITHUB_API_URL; the server may be too old")
    return Identity(login, app=True)


def about_repository(repository: Repository) -> RepositoryInfo:
    """What the repository is, and what the token may do in it."""
    return repository.get(RepositoryInfo, Request("GET", repository.path(), f"read repository {repository.name}", "metadata: read"))
