"""What a dry run prints is what would be sent, and can be read back as YAML and as JSON."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rca.github.request import Request
from rca.publish.rehearse import document, lines

# What bodies are made of: the characters that rca lets through.
LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=20)
TEXT = st.lists(LINE, min_size=1, max_size=6).map("\n".join)
SIMPLE = TEXT | st.integers() | st.booleans() | st.none() | st.lists(LINE, max_size=3)
FIELDS = st.dictionaries(st.sampled_from(["summary", "text", "path", "start_line", "state"]), SIMPLE, min_size=1, max_size=4)
BODY = st.dictionaries(
    st.sampled_from(["title", "output", "body", "variables"]), SIMPLE | FIELDS | st.lists(FIELDS, max_size=3), min_size=1
)


@given(BODY)
def test_a_body_is_yaml_that_says_the_same(body):
    first, *rest = lines([Request("POST", "/repos/acme/shop/issues", "file", body=body)])
    assert first == "POST /repos/acme/shop/issues"
    assert yaml.safe_load("\n".join([*rest, ""])) == body


@pytest.mark.parametrize("text", ["one\ntwo\n", "one\ntwo", "one\ntwo\n\n", "\n\n one\n  two\n", "  one\n\ttwo\n", "# one\n- two: three\n"])
def test_texts_of_several_lines_are_shown_as_they_are(text):
    shown = list(lines([Request("PATCH", "/x", "change", body={"body": text})]))
    assert yaml.safe_load("\n".join([*shown[1:], ""])) == {"body": text}
    assert [line.strip() for line in shown[2:]] == [line.strip() for line in text.removesuffix("\n").split("\n")]


def test_what_only_reads_is_a_line_with_its_parameters():
    request = Request("GET", "/repos/acme/shop/issues", "read", parameters={"labels": "rca & co", "per_page": "100"})
    query = Request("POST", "/graphql", "ask", body={"query": "query { viewer { login } }"}, query=True)
    assert list(lines([request, query])) == ["GET /repos/acme/shop/issues?labels=rca+%26+co&per_page=100", "POST /graphql"]
    assert document([request]) == [
        {"method": "GET", "path": "/repos/acme/shop/issues?labels=rca+%26+co&per_page=100", "writes": False, "body": None}
    ]
