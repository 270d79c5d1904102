from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.document.lines import json_lines, line_of
from tests.timing import assert_linear

DOCUMENT = """{
  "id": "x",
  "runs": [
    {"id": "run-1", "cases": []},
    {
      "id": "a \\"quoted\\" }, ] text",
      "totals": {
        "passed": 3
      }
    }
  ],
  "empty": {},
  "last": null
}"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("id",), 2),
        (("runs",), 3),
        (("runs", 0), 4),
        (("runs", 0, "cases"), 4),
        (("runs", 1), 5),
        (("runs", 1, "id"), 6),
        (("runs", 1, "totals", "passed"), 8),
        (("empty",), 12),
        (("last",), 13),
        (("runs", 1, "missing", 4), 5),
        (("missing",), 1),
    ],
)
def test_lines_of_values(path, line):
    assert line_of(json_lines(DOCUMENT), path) == line


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=15,
)


@given(values)
def test_every_value_has_its_line(value):
    text = json.dumps(value, indent=1)
    found = json_lines(text)
    lines = text.split("\n")

    def walk(part, path):
        shown = json.dumps(part)
        assert path in found
        if not isinstance(part, list | dict):
            assert shown in lines[found[path] - 1]
        for key, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
            walk(inner, (*path, key))

    walk(value, ())


@given(st.text(alphabet='{}[]:," \\ax1\n', max_size=40))
def test_broken_documents_do_no_harm(text):
    assert json_lines(text)[()] == 1


@pytest.mark.parametrize("piece", ["[", "{", '"', '\\"', "a", "}", ",", '{"a":', "[1,"])
def test_long_documents_take_bounded_time(piece):
    assert_linear(lambda size: json_lines((piece * size)[:size]), size=8_000)
