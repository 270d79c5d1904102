"""References are read and printed by one grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.model import Evidence
from rca.text.refs import issue_number, log_line, place, split_refs
from rca.whys import parse_ref, show_ref
from tests.timing import assert_linear

READ = [
    ("case:pytest::tests.e2e::test_flow", "case", "pytest::tests.e2e::test_flow"),
    ("case: with space [a-1] > x#2", "case", "with space [a-1] > x#2"),
    ("c3", "cluster", "c3"),
    ("src/gateway/handshake.py:41@3fa9c1d", "location", "src/gateway/handshake.py:41@3fa9c1d"),
    ("src/gateway/handshake.py:41", "location", "src/gateway/handshake.py:41"),
    ("src/gateway/handshake.py@3fa9c1d", "location", "src/gateway/handshake.py@3fa9c1d"),
    (r"C:\src\app.cs:12", "location", r"C:\src\app.cs:12"),
    ("Makefile:3", "location", "Makefile:3"),
    ("packages/@shop/cart/index.ts:3@3fa9c1d", "location", "packages/@shop/cart/index.ts:3@3fa9c1d"),
    ("location:c3", "location", "c3"),
    ("app.log:123", "log", "app.log:123"),
    ("logs/app.log", "log", "logs/app.log"),
    ("log:journal:9", "log", "journal:9"),
    ("app.log.2:7", "log", "app.log.2:7"),
    ("logs/app.log-20261122.gz:7", "log", "logs/app.log-20261122.gz:7"),
    ("/var/log/my app.log.gz:12", "log", "/var/log/my app.log.gz:12"),
    ("3fa9c1d77aa0" + "0" * 52, "commit", "3fa9c1d77aa0" + "0" * 52),
    ("3fa9c1d", "commit", "3fa9c1d"),
    ("commit:1234567", "commit", "1234567"),
    ("#412", "issue", "#412"),
    ("harbor/harbor#412", "issue", "harbor/harbor#412"),
    ("2026-11-22-all-tests-on-staging", "worklog", "2026-11-22-all-tests-on-staging"),
    ("metric http_5xx at 2026-11-22T04:40Z", "metric", "http_5xx at 2026-11-22T04:40Z"),
    ("metric:http_5xx at noon", "metric", "http_5xx at noon"),
    ("https://example.com/a?b=c#d", "url", "https://example.com/a?b=c#d"),
    ("  c3 ", "cluster", "c3"),
]


@pytest.mark.parametrize(("text", "kind", "ref"), READ)
def test_a_reference_is_read(text, kind, ref):
    found = parse_ref(text)
    assert (found.kind, found.ref) == (kind, ref)
    assert parse_ref(show_ref(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hello",
        "1234567",
        "see the log",
        "c0",
        "#0",
        "issue:412",
        "commit:xyz",
        "cluster:12",
        "metric x",
        "url:ftp://x",
        "x" * 501,
        "y" * 10**6,
    ],
)
def test_what_is_no_reference_is_said_to_be_none(text):
    assert isinstance(parse_ref(text), str)


def test_secrets_and_controls_do_not_get_in():
    found = parse_ref("https://example.com/?token=ghp_" + "a" * 36)
    assert "ghp_" not in found.ref
    assert parse_ref("a.py:\x1b[31m3").ref == "a.py:3"


kinds = st.sampled_from(["case", "cluster", "log", "commit", "location", "issue", "worklog", "metric", "url"])
looks = st.one_of(st.sampled_from([ref for _, _, ref in READ]), st.text(max_size=40))


@given(st.one_of(looks, st.builds("{}:{}".format, kinds, looks)))
def test_whatever_is_read_is_printed_so_that_it_is_read_again(text):
    found = parse_ref(text)
    if isinstance(found, Evidence):
        shown = show_ref(found)
        assert parse_ref(shown) == found
        assert show_ref(parse_ref(shown)) == shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c1 #412, 3fa9c1d", ["c1", "#412", "3fa9c1d"]),
        ("1 3", ["1", "3"]),
        ("case:a b::c\nc1", ["case:a b::c", "c1"]),
        ("metric x at now; c1", ["metric x at now", "c1"]),
        ("location:src/my file.py:3@3fa9c1d", ["location:src/my file.py:3@3fa9c1d"]),
        ("commit:1234567 c1", ["commit:1234567", "c1"]),
        ("what is this", ["what is this"]),
        (" ,;\n", []),
    ],
)
def test_a_field_holds_several(text, expected):
    assert split_refs(text) == expected


def test_a_place_has_its_parts():
    assert place(parse_ref("a/b.py:3@3fa9c1d")) == ("a/b.py", 3, "3fa9c1d")
    assert place(parse_ref("a/b.py")) == ("a/b.py", None, "")
    assert place(parse_ref("packages/@shop/cart.ts:3@3fa9c1d")) == ("packages/@shop/cart.ts", 3, "3fa9c1d")
    assert place(Evidence(kind="location", ref="a/b.py:3@main")) == ("", None, "")
    assert place(parse_ref("c1")) == ("", None, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app.log:12", ("app.log", 12)), ("log:journal:9", ("journal", 9)), ("C:\\logs\\a.log:3", ("C:\\logs\\a.log", 3)),
        ("app.log", ("", 0)), ("log:a:0", ("", 0)), ("log:a:x", ("", 0)), ("c1", ("", 0)),
    ],
)  # fmt: skip
def test_a_line_of_a_log_has_its_parts(text, expected):
    assert log_line(parse_ref(text)) == expected


def test_an_issue_has_its_parts():
    assert issue_number(parse_ref("#412")) == ("", 412)
    assert issue_number(parse_ref("harbor/harbor#412")) == ("harbor/harbor", 412)
    assert issue_number(parse_ref("c1")) == ("", 0)


@pytest.mark.parametrize("text", ["a/", "@a/", "@/", "a.", "@", ":1", "a@3fa9c1d", "0a", "metric ", "c1 "])
def test_long_input_does_not_hang(text):
    assert_linear(
        lambda size: (parse_ref(text * (size // len(text))), split_refs(text * (size // len(text))), parse_ref(text * (490 // len(text))))
    )


def test_a_commit_of_digits_alone_is_told_how_it_is_written():
    assert parse_ref("1342709") == "'1342709' is no reference: a commit of digits alone is written commit:1342709"
    assert parse_ref("commit:1342709").kind == "commit"
