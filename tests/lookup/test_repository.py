"""Which repository is meant: what is said comes before what is found."""

from __future__ import annotations

import pytest

from rca.config import Config, parse_config
from rca.github.errors import GitHubError
from rca.lookup.repository import repository_name, repository_of
from tests.repository import Repo

ADDRESSES = [
    ("https://github.com/acme/shop.git", "acme/shop"),
    ("https://github.com/acme/shop", "acme/shop"),
    ("https://github.com/acme/shop/", "acme/shop"),
    ("https://ada:secret@github.com/acme/shop.git", "acme/shop"),
    ("https://GitHub.com/acme/shop", "acme/shop"),
    ("git@github.com:acme/shop.git", "acme/shop"),
    ("github.com:acme/shop", "acme/shop"),
    ("ssh://git@github.com/acme/shop.git", "acme/shop"),
    ("ssh://git@ssh.github.com:443/acme/shop.git", "acme/shop"),
    ("git://github.com/acme/shop.js.git", "acme/shop.js"),
    ("https://gitlab.com/acme/shop.git", ""),
    ("https://github.com.evil.example/acme/shop.git", ""),
    ("https://github.com/acme", ""),
    ("https://github.com/acme/shop/issues", ""),
    ("../shop", ""),
    ("/srv/git/shop.git", ""),
    ("C:/projects/shop", ""),
    ("https://[broken/acme/shop", ""),
    ("", ""),
]


@pytest.mark.parametrize(("address", "name"), ADDRESSES)
def test_a_repository_by_the_address_of_its_remote(address, name):
    assert repository_of([address], "github.com") == name


def test_a_remote_of_another_host_does_not_count():
    remotes = ["https://github.com/acme/shop", "git@github.example.com:acme/till.git"]
    assert repository_of(remotes, "github.example.com") == "acme/till"


CONFIGURED = parse_config({"github": {"repo": "acme/configured"}}, "rca.toml")


@pytest.mark.parametrize(
    ("given", "config", "environment", "name"),
    [
        ("acme/given", CONFIGURED, {"GITHUB_REPOSITORY": "acme/job"}, "acme/given"),
        ("", CONFIGURED, {"GITHUB_REPOSITORY": "acme/job"}, "acme/configured"),
        ("", Config(), {"GITHUB_REPOSITORY": "acme/job"}, "acme/job"),
        ("", Config(), {}, "acme/main"),
    ],
)
def test_what_is_said_comes_first(tmp_path, given, config, environment, name):
    repo = Repo(tmp_path / "repo")
    repo("remote", "add", "origin", "git@github.com:ada/main.git")
    repo("remote", "add", "upstream", "https://github.com/acme/main")
    assert repository_name(given, config, environment, repo.folder, "github.com") == name


def test_where_nothing_tells_the_next_step_is_named(tmp_path):
    with pytest.raises(GitHubError) as caught:
        repository_name("", Config(), {}, tmp_path, "github.com")
    assert "no repository" in caught.value.message
    assert "--repo" in caught.value.hint
