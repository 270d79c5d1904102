"""Bodies for GitHub from a worklog: pure functions, whose text nothing that a test prints can break or abuse.

facts = workflow.facts_of(worklog)
about = About(repository="owner/name", pull_request=17, head=sha, run_url=…, worklog_url=…)

comment(facts, about, template=None) -> Body(text, left_out)          the mark is its last line
job_summary(facts, about, room=…) -> Body
check(facts, about, tree) -> Check(title, summary, text, conclusion, annotations, left_out)
annotations(facts, tree) -> (Annotation(path, line, level, title, message), …)
issue(facts, cluster_id, about, labels=…) -> IssueText(title, body, labels, left_out)
issue_update(facts, cluster_id, about) -> Body
workflow_commands(annotations) -> lines for standard output
echoed(text, token) -> text of a test, for standard output
marker_of(body) -> Marker(key, fields), or None when it is no body of rca
"""

from __future__ import annotations

from rca.document.publish.about import About, Marker, key_of, marker_of
from rca.document.publish.annotations import Annotation, Tree, annotate
from rca.document.publish.bodies import Check, check, comment, job_summary
from rca.document.publish.commands import echoed, workflow_commands
from rca.document.publish.detail import Body
from rca.document.publish.issues import IssueText, issue, issue_update

__all__ = [
    "About",
    "Annotation",
    "Body",
    "Check",
    "IssueText",
    "Marker",
    "Tree",
    "annotate",
    "check",
    "comment",
    "echoed",
    "issue",
    "issue_update",
    "job_summary",
    "key_of",
    "marker_of",
    "workflow_commands",
]
