"""Whatever happens to the answers, a check has each of its notes once."""

from __future__ import annotations

import pytest

from rca.document.publish import Annotation, Check
from rca.github import Repository, connect, settings_from
from rca.publish.check import Name, publish_check
from tests.github.fake import TOKEN, Token
from tests.github.world import sha

NOTES = tuple(Annotation("a.py", number, "failure", "title", f"note {number}") for number in range(1, 131))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("fault", [{"status": 502}, {"silent": True}], ids=["502", "silent"])
@pytest.mark.parametrize("skip", [0, 1])
def test_each_note_is_there_once(fake_github, fault, after, skip):
    fake_github.tokens[TOKEN] = Token("github-actions[bot]", app="github-actions")
    fake_github.fail("PATCH", "", after=after, skip=skip, **fault)
    check = Check("130 failures", "Many.", "More.", "failure", NOTES)
    with connect(settings_from(fake_github.env)) as connection:
        publish_check(Repository(connection, "acme/shop"), sha("head"), Name("rca", "all", "run-1"), check)
    (made,) = fake_github.repo().checks.values()
    assert (made["status"], made["conclusion"]) == ("completed", "failure")
    assert [note["message"] for note in fake_github.repo().annotations[made["id"]]] == [note.message for note in NOTES]
