"""A piece of evidence as it is shown: a link where one can be made, what stands there, and whether it still does."""

from __future__ import annotations

import re

from rca.document.view.words import Facts
from rca.model import Evidence, Location
from rca.text.clean import one_line
from rca.text.refs import place
from rca.text.safe import Md, code, inline, link, with_hashes

REF = 300
EXCERPT = 120

_WORKLOG = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9][a-z0-9-]{0,80}")
_ISSUE = re.compile(r"(?:([\w.-]{1,100}/[\w.-]{1,100}))?#(\d{1,9})")
# With which the excerpt of a commit begins.
_HASH = re.compile(r"^[0-9a-f]{40}\s+")
_STATES = {"found": "", "not looked up": "", "missing": "**not found**", "changed": "**changed since**"}


def evidence(part: Evidence, facts: Facts) -> Md:
    """A reference in words."""
    state = _STATES[part.state] or ("not checked" if part.kind == "url" else "")
    why = f": {inline(one_line(part.reason, REF))}" if part.reason and part.state in {"missing", "changed"} else ""
    return Md(f"{_shown(part, facts)}{_said(part)}{f' ({state}{why})' if state else ''}")


def _said(part: Evidence) -> str:
    """What stands there; that of a cluster and of a case stands at the cluster."""
    excerpt = "" if part.kind in {"cluster", "case"} else _HASH.sub("", one_line(part.excerpt, EXCERPT))
    if part.kind in {"location", "log"}:
        return f" {'reads' if part.kind == 'location' else 'says'} {code(excerpt)}" if excerpt else ""
    return f" “{with_hashes(excerpt)}”" if excerpt else ""


def _shown(part: Evidence, facts: Facts) -> Md:
    """The reference itself."""
    ref = one_line(part.ref, REF)
    if part.kind == "location":
        path, line, commit = place(part)
        location = Location(path, line, commit or None)
        return _named(code(str(location) if path else ref), facts.web.place(location) if facts.web and path else "")
    if part.kind == "cluster":
        return Md(f"cluster {inline(ref.removeprefix('c'))}")
    if part.kind == "commit":
        return Md(f"commit {_named(code(ref[:12]), _commit(ref, facts))}")
    if part.kind in {"issue", "worklog", "url"}:
        address = ref if part.kind == "url" and ref.startswith(("http://", "https://")) else ""
        return _named(inline(ref), _issue(ref, facts) if part.kind == "issue" else _worklog(ref) if part.kind == "worklog" else address)
    return code(ref)


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
