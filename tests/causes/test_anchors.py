"""What single lines of reports state to be missing, out of reach or broken (anchors.txt), and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.causes.anchors import ANCHORS, anchors_of
from tests.timing import assert_linear


def lines() -> list[tuple[str, set[str]]]:
    found: list[tuple[str, set[str]]] = []
    for line in (Path(__file__).parent / "anchors.txt").read_text(encoding="utf-8").split("\n")[2:]:
        if line.startswith("    "):
            found[-1][1].add(line.strip())
        elif line:
            found.append((line, set()))
    return found


@pytest.mark.parametrize(("line", "expected"), lines(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_a_line_states(line, expected):
    assert {f"{anchor.kind} {anchor.value}" for anchor in anchors_of(line)} == expected


@given(st.text(max_size=300), st.sampled_from([line for line, _ in lines()]), st.text(max_size=300))
def test_any_line_can_be_read(before, line, after):
    found = list(anchors_of(before + line + after))
    assert len(found) <= ANCHORS
    assert all(anchor.value and anchor.title for anchor in found)


@pytest.mark.parametrize("piece", ["connection to ", "a.", "http://", "/a", "refused 10.0.0.1:99 ", "No such file or directory '", "A_"])
def test_long_lines_do_not_hang(piece):
    assert_linear(lambda size: list(anchors_of("connection refused " + piece * (size // len(piece)))))
