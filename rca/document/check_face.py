"""Hold a stored face against the one that its record gives."""

from __future__ import annotations

from difflib import SequenceMatcher

from rca.document.check_text import check_text
from rca.document.face import body, is_untouched
from rca.document.findings import Finding

MOST = 50


def check_face(found: str, rendered: str, name: str) -> list[Finding]:
    """Findings of a face: lines that were edited or are out of date, and what the edited text gets wrong by itself."""
    if found.replace("\r\n", "\n") == rendered:
        return []
    if is_untouched(found):
        return [Finding(name, 1, "stale", "error", "the face is older than its record", "write it again with `rca render`")]
    edited = _edited_lines(body(found).split("\n"), body(rendered).split("\n"), name)
    lines = {finding.line for finding in edited}
    return edited + [finding for finding in check_text(body(found), name) if finding.line in lines]


def _edited_lines(found: list[str], true: list[str], name: str) -> list[Finding]:
    findings = []
    for tag, start, end, true_start, true_end in SequenceMatcher(None, found, true, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for offset in range(max(1, end - start)):
            line = found[start + offset] if start + offset < end else ""
            expected = true[true_start + offset] if true_start + offset < true_end else ""
            if tag == "delete":
                message = f"added by hand: {line.strip()[:80]!r}"
            elif tag == "insert":
                message = f"{true_end - true_start} line(s) of the face are missing, the first is {expected.strip()[:80]!r}"
            else:
                message = f"edited by hand: {line.strip()[:80]!r}, the record gives {expected.strip()[:80]!r}"
            findings.append(
                Finding(
                    name,
                    min(start + offset + 1, len(found)),
                    "edited",
                    "error",
                    message,
                    "facts are derived: change the evidence, or write the face again with `rca render --force`, which keeps a backup",
                )
            )
            if len(findings) >= MOST:
                return findings
    return findings
