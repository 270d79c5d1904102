"""What two texts share, in which language a text is, and what is quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.whys.words import is_english, terms, without_quotes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("negotiation", "negotiated"),
        ("protocols", "protocol"),
        ("configuration", "configured"),
        ("retries", "retried"),
        ("ReadTimeout", "timeout"),
        ("Datenbanken", "Datenbank"),
        ("数据库连接失败", "无法连接数据库"),
        ("データベースに接続できない", "データベース"),
    ],
)
def test_words_agree_without_their_endings(one, other):
    assert terms(one) & terms(other)


@pytest.mark.parametrize(
    ("one", "other"), [("cache", "catalogue"), ("the and of", "the and of"), ("磁盘已满", "数据库"), ("test", "tenant")]
)
def test_other_words_do_not_agree(one, other):
    assert not terms(one) & terms(other)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("the server and the client disagree", True),
        ("config missing and timeout wrong", True),
        ("das ist also nicht geprüft", False),
        ("il n'y a plus de mémoire", False),
        ("het antwoord is niet geldig", False),
        ("no hay más memoria en el servidor", False),
        ("服务器没有响应", False),
        ("сервер не отвечает", False),
        ("the müller service is down", True),
        ("", True),
    ],
)
def test_a_language_is_told_by_its_small_words(text, english):
    assert is_english(text) is english


@pytest.mark.parametrize(
    "text",
    [
        '"bad"',
        "“bad”",
        "„bad“",
        "«bad»",
        "‘bad’",
        "'bad'",
        "`bad`",
        "``bad ` bad``",
        "```\nbad\n```",
        "```\nbad",
        "> bad",
        "「bad」",
        "bad()",
        "x.bad",
        "a/bad",
        "x_bad",
        "a::bad",
    ],
)
def test_quotes_and_code_are_taken_out(text):
    assert "bad" not in without_quotes(f"good {text}" if not text.startswith((">", "```")) else text)


def test_an_apostrophe_is_no_quote():
    assert without_quotes("it didn't run, and the client's offer wasn't read") == "it didn't run, and the client's offer wasn't read"


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text):
    terms(text)
    is_english(text)
    assert without_quotes(without_quotes(text)) is not None
