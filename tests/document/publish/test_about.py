"""Where bodies link to, and the hidden mark by which they are found again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rca.document.publish import About, Marker, comment, key_of, marker_of
from rca.errors import RcaError
from rca.workflow import facts_of
from tests.document.publish.hostile import full
from tests.document.publish.page import Rendered, render
from tests.document.publish.scenes import SCENES

SHA = "3f2a91c0d4e8b7a65f1029384756abcdef012345"


@given(
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._:]|-[a-z]){0,30}", fullmatch=True),
    st.dictionaries(st.sampled_from(["kind", "run", "head", "at"]), st.text(max_size=120)),
)
@example("default", {"run": "-!-"})  # what is left out may bring hyphens together
def test_a_mark_is_read_back(key: str, fields: dict[str, str]) -> None:
    mark = Marker(key, fields)
    found = marker_of(f"text\n\n{mark}\n")
    assert found is not None
    assert (found.key, str(found)) == (key, str(mark))
    page = Rendered(render(f"before\n\n{mark}\n\nafter"))
    assert page.elements == ["p", "p"]
    assert len(page.comments) == 1


def test_the_mark_says_which_run_it_speaks_of() -> None:
    worklog, about = SCENES["broken"]
    found = marker_of(comment(facts_of(worklog), about).text.replace("\n", "\r\n"))
    assert found == Marker(
        "default",
        {"kind": "comment", "run": "run-0a1b2c3d4e5f", "at": "2026-03-04T09:30:00Z", "head": about.head, "state": "red"},
    )


FOREIGN = [
    "<!-- rca:default",
    "<!-- rca:default --> and more",
    "`<!-- rca:default -->`",
    "```\n<!-- rca:default -->\n```",
    "````text\n```\n<!-- rca:default -->\n````",
    "<!-- rca: sealed 00 -->",
    "<!-- rca:default run=<b> -->",
    "<!-- rca:" + "a" * 101 + " -->",
    "a <!-- rca:default -->",
    "",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_what_only_looks_like_a_mark_is_none(text: str) -> None:
    assert marker_of(f"text\n\n{text}\n") is None
    own = f"{text}\n\n<!-- rca:mine -->\n" if text.count("```") % 2 == 0 else "<!-- rca:mine -->"
    found = marker_of(own)
    assert found is not None
    assert found.key == "mine"


def test_the_last_mark_counts() -> None:
    found = marker_of("<!-- rca:first -->\n\ntext\n\n<!-- rca:last -->")
    assert found is not None
    assert found.key == "last"


@pytest.mark.parametrize("key", ["", "a b", "a--b", "-a", "a>", "a\n", "<!--", "a" * 101, "@a"])
def test_keys_that_a_mark_cannot_hold_are_refused(key: str) -> None:
    with pytest.raises(RcaError, match="no key of a comment"):
        About(key=key)


@pytest.mark.parametrize("repository", ["shop", "acme/", "a/b/c", "a b/c", "-a/b", "acme/shop\n", "../x", "https://github.com/acme/shop"])
def test_what_is_no_repository_is_refused(repository: str) -> None:
    with pytest.raises(RcaError, match="no repository"):
        About(repository=repository)


@given(st.text(min_size=1, max_size=40))
def test_any_name_has_a_key(name: str) -> None:
    assert About(key=key_of(name)).key == key_of(key_of(name))


def test_fingerprints_are_keys_as_they_are() -> None:
    assert key_of("v1:50801d7a3cad3a2b") == "v1:50801d7a3cad3a2b"
    assert key_of("two words") != key_of("two  words")


@pytest.mark.parametrize(
    ("ref", "shown"),
    [
        ("#12", "[#\u200b12](https://ghe.example/acme/shop/issues/12)"),
        ("12", "[#\u200b12](https://ghe.example/acme/shop/issues/12)"),
        ("other/repo#12", "`other/repo#12`"),
        ("#１２", "`#１２`"),
        ("#" + "9" * 11, "`#99999999999`"),
        ("#12)[x](y", "`#12)[x](y`"),
        ("", "` `"),
    ],
)
def test_issues_of_the_repository_are_linked(ref: str, shown: str) -> None:
    assert About(repository="acme/shop", server="https://ghe.example/").issue(ref) == shown
    assert "](" not in About().issue(ref).replace(shown, "")


@pytest.mark.parametrize(("sha", "linked"), [(SHA, True), (SHA[:12], True), ("main", False), ("../../x", False), (SHA.upper(), False)])
def test_commits_are_linked_when_they_are_hashes(sha: str, linked: bool) -> None:
    assert (About(repository="acme/shop").commit(sha) == f"[`{sha[:12]}`](https://github.com/acme/shop/commit/{sha})") is linked
    assert "](" not in About().commit(sha)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "/relative",
        "//host/x",
        "https://",
        "https://user:pass@host/x",
        "http://a\nb",
        "https://[::1",
        "x" * 3_000,
        "",
        "https://h/" + "a" * 2_000,
    ],
)
def test_what_is_no_address_is_not_linked(address: str) -> None:
    about = About(run_url=address, worklog_url=address)
    assert list(about.links()) == []
    assert about.rest == "in the worklog"
    assert Rendered(render(comment(facts_of(full()), about).text)).links == []
