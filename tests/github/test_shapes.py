"""What GitHub answers is read, or refused with one of our errors; nothing else happens, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.github import Answer, Request, shapes
from rca.github.errors import BadAnswerError, GitHubError
from rca.github.refusals import Refusal, refusal, said_in_graphql
from rca.github.repository import following, next_page, read
from tests.timing import assert_linear

KINDS = sorted(
    (kind for kind in vars(shapes).values() if isinstance(kind, type) and issubclass(kind, shapes.Shape)), key=lambda kind: kind.__name__
)
KEYS = sorted({alias for kind in KINDS for field in kind.model_fields.values() for alias in [field.alias or ""] if alias})
INNER = [
    "head",
    "sha",
    "repo",
    "full_name",
    "base",
    "ref",
    "user",
    "login",
    "commit",
    "source",
    "issue",
    "number",
    "output",
    "title",
    "id",
    "name",
    "state",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*KEYS, *INNER]), inner, max_size=6),
    max_leaves=15,
)
REQUEST = Request("GET", "/x", "read")


@given(JSON)
def test_any_answer_is_read_or_refused(data):
    for kind in KINDS:
        try:
            thing = read(kind, Answer(200, {}, data), REQUEST)
        except BadAnswerError as error:
            thing = error
        assert thing.message.isprintable() if isinstance(thing, BadAnswerError) else isinstance(thing, kind)


@given(JSON, st.integers(300, 599), st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset", "x-ratelimit-remaining",
       "x-accepted-github-permissions", "x-github-sso"]), st.text(max_size=30)), st.booleans())  # fmt: skip
def test_any_refusal_has_words_and_a_next_step(data, status, headers, read_only):
    error = refusal(Refusal(Request("POST", "/x", "comment"), status, headers, data, "github.com", "GITHUB_TOKEN", read_only))
    assert isinstance(error, GitHubError)
    assert error.message.startswith("cannot comment: ")
    assert error.hint
    assert len(error.message) < 700
    assert error.message.isprintable()


@given(JSON)
def test_any_answer_of_graphql_is_good_or_refused(data):
    status, said = said_in_graphql(data)
    assert (status == 200) == (not isinstance(data, dict) or not data.get("errors"))
    assert status == 200 or isinstance(said["message"], str)


@given(st.text())
def test_any_link_gives_a_query(link):
    assert isinstance(following(REQUEST, next_page(link)).parameters, dict)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "<" * n,
        lambda n: "<a>;" * n,
        lambda n: "<a> " + " " * n + "; rel=next",
        lambda n: "<a>;" + "x" * n,
        lambda n: '<http://x/?page=2>; rel="prev", ' * n,
    ],
)
def test_links_are_read_in_linear_time(make):
    assert_linear(lambda size: next_page(make(size)))


def test_numbers_beyond_those_of_github_are_refused():
    for number in (-1, 2**53, 10**30, "x", 1.5, None, [], {}):
        with pytest.raises(BadAnswerError):
            read(shapes.Issue, Answer(200, {}, {"number": number}), REQUEST)


def test_null_and_missing_are_the_same_at_every_depth():
    whole = {"number": 1, "head": {"sha": None, "ref": "x", "repo": None}, "base": None, "user": None, "merged_at": None}
    pull = read(shapes.Pull, Answer(200, {}, whole), REQUEST)
    assert (pull.head_sha, pull.head_branch, pull.head_repository, pull.base_sha, pull.author.login, pull.fork) == (
        "",
        "x",
        "",
        "",
        "",
        False,
    )
