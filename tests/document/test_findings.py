from __future__ import annotations

from rca.document.findings import Finding


def test_a_finding_for_people_and_for_programs():
    finding = Finding("a.md", 3, "money", "warning", "an amount without a period", "say which")
    assert finding.text() == "a.md:3: warning: an amount without a period [money]\n    say which"
    assert Finding("a.md", 3, "money", "error", "x").text() == "a.md:3: error: x [money]"
    assert finding.as_dict() == {
        "path": "a.md",
        "line": 3,
        "rule": "money",
        "severity": "warning",
        "message": "an amount without a period",
        "hint": "say which",
        "overridden": "",
    }


def test_what_was_set_aside_says_why():
    finding = Finding("a.json", 3, "whys-4", "note", "why 1 has no evidence", "attach a reference", "the log was rotated away")
    assert finding.text() == "a.json:3: note: why 1 has no evidence [whys-4]\n    set aside: the log was rotated away"
