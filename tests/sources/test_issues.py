"""Issues from JSON: the shapes in which GitHub gives them, and what is not one of these."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.errors import RcaError
from rca.model import KnownIssue
from rca.sources import issues
from rca.sources.issues import MAX_BODY, IssuesError, parse_issues, read_issues

REST = {
    "url": "https://api.example/repos/shop/shop/issues/712",
    "html_url": "https://example.com/shop/shop/issues/712",
    "number": 712,
    "title": "WebSocket manager drops subprotocols",
    "user": {"login": "jo"},
    "labels": [{"id": 1, "name": "P0", "color": "f00"}, {"id": 2, "name": "realtime"}],
    "state": "open",
    "created_at": "2025-09-01T10:00:00Z",
    "updated_at": "2025-09-12T10:00:00Z",
    "closed_at": None,
    "author_association": "MEMBER",
    "body": "Since the upgrade.\r\n\r\n```\nNegotiationError\n```",
}
GH = {
    "number": 712,
    "title": "WebSocket manager drops subprotocols",
    "labels": [{"id": "LA_1", "name": "P0"}, {"name": "realtime"}],
    "state": "CLOSED",
    "url": "https://example.com/shop/shop/issues/712",
    "createdAt": "2025-09-01T10:00:00Z",
    "closedAt": "2025-09-13T12:00:00+02:00",
    "body": "x",
}


def parse(*documents, joint="\n"):
    return parse_issues(joint.join(json.dumps(document) for document in documents).encode(), "issues.json")


def numbers(found):
    return [issue.number for issue in found]


def test_an_issue_of_the_api():
    (issue,) = parse([REST])
    assert issue == KnownIssue(
        number=712,
        title="WebSocket manager drops subprotocols",
        body="Since the upgrade.\n\n```\nNegotiationError\n```",
        open=True,
        labels=("P0", "realtime"),
        url="https://example.com/shop/shop/issues/712",
        created_at=datetime(2025, 9, 1, 10, tzinfo=UTC),
        updated_at=datetime(2025, 9, 12, 10, tzinfo=UTC),
        trusted=True,
    )
    assert issue.ref == "#712"


def test_an_issue_of_gh():
    (issue,) = parse([GH])
    assert (issue.open, issue.labels, issue.url) == (False, ("P0", "realtime"), GH["url"])
    assert issue.closed_at == datetime(2025, 9, 13, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([[]], []),
        ([[{"number": 1, "title": "A"}]], [1]),
        ([{"total_count": 2, "incomplete_results": False, "items": [{"number": 1, "title": "A"}, {"number": 2, "title": "B"}]}], [1, 2]),
        ([{"number": 1, "title": "A"}], [1]),
        ([{"number": 1, "title": "A"}, {"number": 2, "title": "B"}], [1, 2]),
        ([[{"number": 1, "title": "A"}], [{"number": 2, "title": "B"}], []], [1, 2]),
        ([[{"number": 1, "title": "A"}, {"number": 2, "title": "B", "pull_request": {"url": "x"}}]], [1]),
        ([[{"number": 2, "title": "B", "isPullRequest": True}]], []),
        ([[{"number": 1, "title": "A", "body": None, "labels": None, "state": None, "unheard_of": [1]}]], [1]),
    ],
)
@pytest.mark.parametrize("joint", ["\n", "", "\r\n\ufeff \t"])
def test_shapes(documents, expected, joint):
    assert numbers(parse(*documents, joint=joint)) == expected


def test_labels_may_be_plain_texts():
    (issue,) = parse([{"number": 1, "title": "A", "labels": ["bug", "bug", {"name": "P1"}, ""]}])
    assert issue.labels == ("bug", "P1")


def test_of_an_issue_that_comes_twice_the_newer_counts():
    old, new = {**REST, "title": "Old"}, {**REST, "title": "New", "updated_at": "2025-09-14T10:00:00Z"}
    for pages in ([[old], [new]], [[new], [old]]):
        assert [issue.title for issue in parse(*pages)] == ["New"]
    assert [issue.title for issue in parse([{"number": 1, "title": "A"}], [{"number": 1, "title": "B"}])] == ["B"]


def test_two_repositories_are_refused():
    with pytest.raises(IssuesError, match=r"two issues have the number 712: https://example.com/shop.*https://example.com/other") as caught:
        parse([REST, {**REST, "html_url": "https://example.com/other/issues/712"}])
    assert caught.value.hint == "give the issues of one repository"


def test_texts_are_cleaned_redacted_and_bounded():
    secret = "ghp_" + "a1B2" * 9
    entry = {
        "number": 1,
        "title": f"\x1b[31mred\x1b[0m\u202e {secret}\nline " + "x" * 900,
        "body": f"\x1b]0;title\x07 token {secret}\n" + "y" * 90_000,
        "labels": [f"P0\n{secret}"],
        "html_url": "javascript:alert(1)",
        "url": "https://example.com/a b",
    }
    (issue,) = parse([entry])
    assert secret not in issue.title + issue.body + issue.labels[0]
    assert "\x1b" not in issue.title + issue.body
    assert (len(issue.title), len(issue.body), issue.url) == (issues.MAX_TITLE, MAX_BODY, "")
    (lonely,) = parse([{"number": 1, "title": "\ud800"}])
    assert lonely.title == "<U+D800>"


@pytest.mark.parametrize(
    ("association", "trusted"), [("OWNER", True), ("COLLABORATOR", True), ("NONE", False), ("CONTRIBUTOR", False), ("", True), (None, True)]
)
def test_strangers_are_not_trusted(association, trusted):
    (issue,) = parse([{"number": 1, "title": "A", "author_association": association}])
    assert issue.trusted is trusted


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"", "issues.json: is empty"),
        (b"\xef\xbb\xbf \n", "issues.json: is empty"),
        (b"\xff[]", "issues.json: is not UTF-8 (byte 0)"),
        (b"[1,", "issues.json:1:4: is not JSON"),
        (b'[]\n{"a"', "issues.json:2:5: is not JSON"),
        (b"number,title\n1,x", "issues.json:1:1: is not JSON"),
        (b"<html>", "issues.json:1:1: is not JSON"),
        (b"[" * 200_000, "issues.json: is nested too deeply for a list of issues"),
        (b'[{"number": ' + b"9" * 5_000 + b"}]", "issues.json: holds a number that is too long"),
        (b"7", "issues.json: should be a list of issues, and is a number"),
        (b"null", "issues.json: should be a list of issues, and is missing"),
        (b'{"items": {}}', "issues.json: should be a list of issues, and is an object"),
        (b"[[]]", "issues.json: [0] should be an issue, and is a list"),
        (b'[]\n["a"]', "issues.json: document 2, [0] should be an issue, and is text"),
        (b"[{}]", "issues.json: [0].number should be the number of the issue, and is missing"),
        (b'[{"number": true}]', "issues.json: [0].number should be the number of the issue, and is true or false"),
        (b'[{"number": -1}]', "issues.json: [0].number should be the number of the issue, and is a number"),
        (b'[{"number": 1}]', "issues.json: [0].title should be text, and is missing"),
        (b'[{"number": 1, "title": " "}]', "issues.json: [0].title should be text, and is empty"),
        (b'[{"number": 1, "title": "A", "body": 7}]', "issues.json: [0].body should be text, and is a number"),
        (b'[{"number": 1, "title": "A", "labels": {}}]', "issues.json: [0].labels should be a list, and is an object"),
        (
            b'[{"number": 1, "title": "A", "labels": ["a", 1]}]',
            "issues.json: [0].labels[1] should be a label with its name, and is a number",
        ),
        (b'[{"number": 1, "title": "A", "closed_at": "soon"}]', "issues.json: [0].closed_at should be a time like 2025-09-13T04:24:36Z"),
        (b'[{"number": 1, "title": "A", "updatedAt": 5}]', "issues.json: [0].updatedAt should be text, and is a number"),
        (b'[{"number": 1, "title": "A", "createdAt": "0001-01-01T00:00:00+10:00"}]', "issues.json: [0].createdAt should be a time"),
        (b'{"message": "Bad credentials", "documentation_url": "x"}', "issues.json: is an error of the API: Bad credentials"),
    ],
)
def test_what_is_no_list_of_issues_is_named(text, fault):
    with pytest.raises(IssuesError) as caught:
        parse_issues(text, "issues.json")
    assert caught.value.message.startswith(fault)
    assert caught.value.hint


def test_a_file_and_standard_input(tmp_path):
    path = tmp_path / "issues.json"
    path.write_text(json.dumps([REST]))
    assert read_issues(str(path)) == read_issues("-", io.BytesIO(path.read_bytes()))
    with pytest.raises(IssuesError, match="standard input: is empty"):
        read_issues("-", io.BytesIO(b""))


@pytest.mark.parametrize("name", ["missing.json", ".", "a\0b"])
def test_a_file_that_cannot_be_read(tmp_path, name):
    with pytest.raises(IssuesError, match="cannot be read: ") as caught:
        read_issues(os.path.join(tmp_path, name))
    assert caught.value.hint == "check the path given with --issues"


def test_limits(monkeypatch, tmp_path):
    monkeypatch.setattr(issues, "MAX_ISSUES", 3)
    with pytest.raises(IssuesError, match="more than 3 issues"):
        parse([{"number": number, "title": "A"} for number in range(1, 5)])
    monkeypatch.setattr(issues, "MAX_BYTES", 1024**2)
    path = tmp_path / "issues.json"
    path.write_bytes(b" " * (1024**2 + 1))
    with pytest.raises(IssuesError, match="larger than 1 MiB"):
        read_issues(str(path))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*REST, *GH, "items", "name", "pull_request"]), inner),
    max_leaves=12,
)


@given(values)
def test_any_document_is_issues_or_a_fault(document):
    try:
        found = parse(document)
    except RcaError as error:
        assert error.message.startswith("issues.json")  # noqa: PT017 -- either of the two will do
    else:
        assert all(isinstance(issue, KnownIssue) for issue in found)


@given(st.binary(max_size=60))
def test_any_bytes_are_issues_or_a_fault(data):
    try:
        assert isinstance(parse_issues(data, "issues.json"), list)
    except RcaError as error:
        assert error.hint  # noqa: PT017 -- either of the two will do
