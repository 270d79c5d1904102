from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.document.check_face import MOST, check_face
from rca.document.face import body, difference, is_untouched, seal

FACE = "# Title\n\n- 9/10 (90 %)\n- two\n- three\n"


def test_a_sealed_face_is_untouched():
    sealed = seal(FACE)
    assert is_untouched(sealed)
    assert is_untouched(sealed.replace("\n", "\r\n"))
    assert is_untouched(sealed + "\n\n")
    assert body(sealed) == FACE
    assert seal(FACE) == seal(FACE + "\n\n")


@pytest.mark.parametrize(
    "change", [("two", "2"), ("# Title", "#  Title"), ("- three\n", ""), ("rca: sealed ", "rca: sealed 0"), ("-->", "-->\nmore")]
)
def test_an_edit_breaks_the_seal(change):
    assert not is_untouched(seal(FACE).replace(*change, 1))


def test_a_face_without_a_seal_is_somebody_elses():
    assert not is_untouched(FACE)
    assert not is_untouched("")
    assert body(FACE) == FACE


@given(st.text())
def test_any_text_can_be_sealed(text):
    sealed = seal(text.replace("\r\n", "\n"))
    assert is_untouched(sealed)
    assert seal(body(sealed)) == seal(body(seal(body(sealed))))


@given(st.text(), st.text(min_size=1).filter(lambda part: part.strip("\r\n")))
def test_any_addition_breaks_the_seal(text, added):
    sealed = seal(text)
    assert not is_untouched(added + sealed)


def test_a_face_that_is_as_rendered_has_no_finding():
    assert check_face(seal(FACE), seal(FACE), "x.md") == []
    assert check_face(seal(FACE).replace("\n", "\r\n"), seal(FACE), "x.md") == []


def test_a_face_that_is_older_than_its_record_is_stale():
    findings = check_face(seal(FACE), seal(FACE + "- four\n"), "x.md")
    assert [(finding.rule, finding.line, finding.severity) for finding in findings] == [("stale", 1, "error")]


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("- two", "- too"), 4, "edited by hand: '- too', the record gives '- two'"),
        (("- two\n", ""), 4, "1 line(s) of the face are missing, the first is '- two'"),
        (("- two\n", "- two\n- mine\n"), 5, "added by hand: '- mine'"),
    ],
)
def test_edits_are_named_with_their_line(change, line, said):
    findings = check_face(seal(FACE).replace(*change), seal(FACE), "x.md")
    assert [(finding.line, finding.message) for finding in findings] == [(line, said)]


def test_an_edited_line_is_checked_by_itself_too():
    findings = check_face(seal(FACE).replace("9/10 (90 %)", "9/10 (99 %)"), seal(FACE), "x.md")
    assert [finding.rule for finding in findings] == ["edited", "arithmetic"]


def test_many_edits_end_in_a_limit():
    many = "\n".join(f"- {number}" for number in range(500))
    assert len(check_face(seal(many).replace("\n- ", "\n+ "), seal(many), "x.md")) == MOST


@given(st.text(), st.text())
def test_any_two_faces_can_be_compared(found, rendered):
    for finding in check_face(found, seal(rendered), "x.md"):
        assert finding.line >= 1


def test_differences_are_short():
    shown = difference(seal(FACE), seal(FACE.replace("two", "2")), "x.md")
    assert shown.split("\n") == [
        "--- x.md (from the record)",
        "+++ x.md (as it is)",
        "@@ -3,3 +3,3 @@",
        " - 9/10 (90 %)",
        "-- two",
        "+- 2",
        " - three",
    ]
    long = "\n".join(f"- {number}" for number in range(500))
    assert difference(long, long.replace("- ", "+ "), "x.md").split("\n")[-1].endswith("more lines")
