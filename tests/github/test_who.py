"""Whose token it is, and what the repository is."""

from __future__ import annotations

import pytest

from rca.github import Repository, errors
from rca.github.comments import list_comments
from rca.github.who import about_repository, who_am_i
from tests.github.fake import TOKEN, Token


@pytest.mark.parametrize(
    ("token", "app"), [(Token("ada"), False), (Token("github-actions[bot]", app="github-actions"), True)], ids=["user", "app"]
)
def test_comments_of_ours_are_known(fake_github, reach, token, app):
    fake_github.tokens[TOKEN] = token
    repo = fake_github.repo()
    repo.issue("Login fails")
    for by in ("ada", "github-actions[bot]", "github-actions", "Ada"):
        repo.comment(1, "hello", by=by)
    repository = reach()
    identity = who_am_i(repository)
    assert (identity.login, identity.app) == (token.login, app)
    assert [comment.author.login for comment in list_comments(repository, 1) if identity.wrote(comment.author)] == (
        ["github-actions[bot]"] if app else ["ada", "Ada"]
    )


def test_a_server_that_does_not_say_who_we_are(fake_github, reach):
    fake_github.tokens[TOKEN] = Token("x[bot]", app="x")
    fake_github.fail("POST", "/graphql", raw=b'{"data": {"viewer": null}}')
    with pytest.raises(errors.BadAnswerError, match="GitHub does not say"):
        who_am_i(reach())


def test_the_repository(fake_github, reach):
    fake_github.repo("acme/old", archived=True, private=True, has_issues=False)
    info = about_repository(reach("acme/old"))
    assert (info.name, info.archived, info.private, info.has_issues, info.permissions["push"]) == ("acme/old", True, True, False, True)
    with pytest.raises(errors.NotFoundError, match="read repository acme/other"):
        about_repository(reach("acme/other"))


@pytest.mark.parametrize(
    "name", ["", "acme", "acme/", "/shop", "acme/shop/x", "acme/..", "acme/.", "a b/c", "acme/shop?x", "-a/b", "x" * 300]
)
def test_what_is_no_repository(name):
    with pytest.raises(errors.GitHubError, match="is no repository"):
        Repository(None, name)
