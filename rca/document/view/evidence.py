"""A piece of evidence as it is shown: a link where one can be made, what stands there, and whether it still does."""

from __future__ import annotations

import re

from rca.document.view.words import Facts
from rca.model import Evidence, EvidenceKind, Location
from rca.text.clean import one_line
from rca.text.refs import place
from rca.text.safe import Md, code, inline, link

REF = 300
EXCERPT = 120

_WORKLOG = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}")
_ISSUE = re.compile(r"(?:([\w.-]{1,100}/[\w.-]{1,100}))?#(\d{1,9})")
# With which the excerpt of a commit begins.
_HASH = re.compile(r"^[0-9a-f]{40}\s+")
_STATES = {"found": "", "not looked up": "", "missing": "**not found**", "changed": "**changed since**"}


def evidence(part: Evidence, facts: Facts) -> Md:
    """A reference in words."""
    ref = one_line(part.ref, REF)
    shown = (
        code(ref)
        if part.kind in {"case", "log", "metric"}
        else _place(part, facts)
        if part.kind == "location"
        else _linked(part.kind, ref, facts)
    )
    # What a cluster says stands at the cluster.
    excerpt = "" if part.kind == "cluster" else _HASH.sub("", one_line(part.excerpt, EXCERPT))
    said = f" “{inline(excerpt)}”" if excerpt else ""
    state = _STATES[part.state] or ("not checked" if part.kind == "url" else "")
    why = f": {inline(one_line(part.reason, REF))}" if part.reason and part.state in {"missing", "changed"} else ""
    return Md(f"{shown}{said}{f' ({state}{why})' if state else ''}")


def _place(part: Evidence, facts: Facts) -> Md:
    path, line, commit = place(part)
    location = Location(path, line, commit or None)
    return _named(code(str(location) if path else one_line(part.ref, REF)), facts.web.place(location) if facts.web and path else "")


def _linked(kind: EvidenceKind, ref: str, facts: Facts) -> Md:
    if kind == "cluster":
        return Md(f"cluster {inline(ref.removeprefix('c'))}")
    if kind == "commit":
        return Md(f"commit {_named(code(ref[:12]), _commit(ref, facts))}")
    address = ref if ref.startswith(("http://", "https://")) else ""
    target = {"issue": _issue(ref, facts), "worklog": _worklog(ref)}.get(kind, address)
    return _named(inline(ref), target)


def _named(label: Md, target: str) -> Md:
    return link(label, target) if target else label


def _commit(ref: str, facts: Facts) -> str:
    return facts.web.commit(ref) if facts.web else ""


def _worklog(ref: str) -> str:
    return f"../{ref[:4]}/{ref}.md" if _WORKLOG.fullmatch(ref) else ""


def _issue(ref: str, facts: Facts) -> str:
    match = _ISSUE.fullmatch(ref)
    if match is None:
        return ""
    if match[1]:
        return f"https://github.com/{match[1]}/issues/{match[2]}" if facts.web and facts.web.base.startswith("https://github.com/") else ""
    return facts.issue_urls.get(ref) or (facts.web.issue(match[2]) if facts.web else "")
