"""Rules on evidence and status: 4, 5 and 14."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rca.causes.deployed import fix_steps
from rca.model import Commit, Evidence, Investigation, Prediction, Why, Worklog
from rca.text import figures
from rca.text.clean import one_line
from rca.text.refs import place, show_ref
from rca.whys.ground import Ground
from rca.whys.rules.table import RULES, Finding, Severity
from rca.whys.rules.tree import Tree

_HASH = re.compile(r"(?<![\w.])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}(?![\w.])")


def _finding(rule: int, why: Why, field: str, message: str, severity: Severity = "error", hint: str = "") -> Finding:
    return Finding(rule, severity, f"why:{why.id}", field, message, hint or RULES[rule].hint)


def evidence(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 4."""
    del worklog
    run = ground.runs.get(investigation.run)
    head = (run.context.commit or "") if run else ""
    for why in Tree(investigation).live():
        if why.status == "unknown":
            continue
        usable = [part for part in why.evidence if part.kind != "url" and part.state != "missing"]
        gone = [part for part in why.evidence if part.state == "missing"]
        if gone:
            message = f"{show_ref(gone[0])} of why {why.id} was not found{_because(gone[0])}"
            yield _finding(4, why, "evidence", message, "warning" if usable else "error", "write it as it can be found, or take it away")
        if not usable and not gone:
            told = "rests on an address alone, which nobody looks up" if why.evidence else "has no evidence"
            yield _finding(4, why, "evidence", f"why {why.id} {told}")
        elif usable and all(_repository_wide(part, head) for part in usable):
            hint = "add what shows it in this failure: a case, a line of a log, path:line@commit"
            yield _finding(4, why, "evidence", f"the evidence of why {why.id} would hold for any failure here", "warning", hint)
        if loose := next((part for part in usable if _moves(part)), None):
            hint = f"write it as {loose.ref[:80]}@COMMIT"
            yield _finding(4, why, "evidence", f"{show_ref(loose)[:120]} of why {why.id} has no commit; lines move", "warning", hint)
        for part in [part for part in why.evidence if part.state == "changed"][:1]:
            message = f"{show_ref(part)} of why {why.id} changed since it was attached{_because(part)}"
            yield _finding(4, why, "evidence", message, "warning", "look at it again, and attach it anew")


def _because(part: Evidence) -> str:
    return f": {one_line(part.reason, 300)}" if part.reason else ""


def _repository_wide(part: Evidence, head: str) -> bool:
    if part.kind == "commit":
        return bool(head) and head.startswith(part.ref)
    path, line, commit = place(part)
    return part.kind == "worklog" or (bool(path) and line is None and not commit)


def _moves(part: Evidence) -> bool:
    """Whether it names a line without the commit at which it counts."""
    _, line, commit = place(part)
    return line is not None and not commit


def commits(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 5."""
    del worklog
    named = list(_named(investigation))
    known = ground.commits(short for short, _, _, _ in named)
    for short, paths, where, field in named:
        if short in known:
            yield from _untouched(short, known[short], paths, where, field)


def _named(investigation: Investigation) -> Iterator[tuple[str, set[str], str, str]]:
    """Commits that are named beside paths: the hash, these paths, and where it is named."""
    tree = Tree(investigation)
    for why in tree.live():
        paths = {path for part in why.evidence if (path := place(part)[0])}
        for short in dict.fromkeys(part.ref for part in why.evidence if part.kind == "commit" and paths):
            yield short, paths, f"why:{why.id}", "evidence"
    cause = investigation.root_cause
    if cause is not None:
        rests = [tree.by_id[wid] for wid in cause.whys if wid in tree.by_id]
        paths = {path for why in rests for part in why.evidence if (path := place(part)[0])}
        for short in dict.fromkeys(_HASH.findall(cause.statement) if paths else ()):
            yield short, paths, "root_cause", "statement"


def tells(commit: Commit) -> bool:
    """Whether all that a commit changed is known; a merge brings in what others changed, which is not told of it."""
    return commit.files_known and not commit.left_out and len(commit.parents) < 2


def _untouched(short: str, commit: Commit, paths: set[str], where: str, field: str) -> Iterator[Finding]:
    if not tells(commit):
        return
    touched = {name for change in commit.files for name in (change.path, change.old_path) if name}
    if not any(_same_path(cited, path) for cited in paths for path in touched):
        message = f"{short[:12]} did not touch {', '.join(sorted(paths))[:200]}; it changed {', '.join(sorted(touched)[:4]) or 'no file'}"
        yield Finding(5, "error", where, field, message, RULES[5].hint)


def _same_path(cited: str, path: str) -> bool:
    """Whether two paths may be one: a cited path may begin further up or further down than the repository does."""
    cited, path = cited.removeprefix("./"), path.removeprefix("./")
    return cited == path or path.endswith(f"/{cited}") or cited.endswith(f"/{path}")


def statuses(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 14."""
    tree = Tree(investigation)
    for why in tree.by_id.values():
        if why.status == "supported":
            if not any(part.kind != "url" and part.state != "missing" for part in why.evidence):
                yield _finding(14, why, "status", f"why {why.id} is called supported, and nothing supports it")
            elif why.author_kind == "agent" and not (why.confirmed_by and any(part.state == "found" for part in why.evidence)):
                hint = "a person confirms it (`:confirm`), or a green run does"
                yield _finding(
                    14, why, "status", f"why {why.id} was answered by an agent and is called supported without a confirmation", hint=hint
                )
        if why.status in {"unknown", "refuted"} and any(child.status != "refuted" for child in tree.children.get(why.id, ())):
            yield _finding(14, why, "status", f"why {why.id} is {why.status}, yet another why goes on from it")
    cause = investigation.root_cause
    for wid in cause.whys if cause else ():
        why_or_none = tree.by_id.get(wid)
        if why_or_none is None or why_or_none.status == "refuted":
            told = "which was refuted" if why_or_none else "which is not here"
            yield Finding(14, "error", "root_cause", "whys", f"the root cause rests on why {wid[:40]}, {told}", RULES[14].hint)
    if investigation.prediction is not None:
        yield from _verdict(investigation, investigation.prediction, worklog, ground)


def _verdict(investigation: Investigation, prediction: Prediction, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    def finding(message: str) -> Finding:
        return Finding(14, "error", "prediction", "verdict", message, RULES[14].hint)

    verdict, judge = prediction.verdict, prediction.judged_by
    if verdict == "not judged":
        return
    if not judge or judge not in ground.runs:
        yield finding(f"the prediction is called {verdict}, and no run of this worklog judged it")
    elif judge == investigation.run:
        yield finding(f"the prediction is called {verdict} by {judge}, the very run that showed the problem")
    if verdict == "confirmed" and (prediction.wrong or prediction.not_judged):
        yield finding(
            f"the prediction is called confirmed; {figures.count(len(prediction.wrong) + len(prediction.not_judged), 'case')}"
            " said otherwise or nothing"
        )
    pending = [step.name for step in fix_steps(worklog.deployments) if step.state != "done"]
    if verdict != "refuted" and pending:
        yield finding(f"the prediction is called {verdict} while {pending[0][:80]!r} is still to be deployed")
