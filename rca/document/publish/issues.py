"""An issue for a cluster, and the comment that keeps it up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rca.document.publish.about import About, Marker, key_of, marked
from rca.document.publish.clusters import ClusterText, cases_by_id, cluster_text
from rca.document.publish.detail import COMMENT, COMMENT_LIMIT, Body, Detail, fitting
from rca.document.publish.dialect import dialect
from rca.document.publish.page import Material, causes_of, page
from rca.document.render import render_template, templates_folder
from rca.document.view.words import Facts
from rca.errors import RcaError
from rca.model import Cluster
from rca.text import figures, github
from rca.text.safe import Md

TITLE = 200


@dataclass(frozen=True)
class IssuePage:
    """An issue in words."""

    cluster: ClusterText
    state: Md
    """How many tests fail, or that they no longer do."""
    seen: Md
    """In which run."""
    recognised: Md
    """By what rca finds the issue again, also when somebody files another one."""
    causes: tuple[Md, ...]
    """Root causes that were found for it."""


@dataclass(frozen=True, slots=True)
class IssueText:
    """An issue to be opened: its title, its body with the mark of the cluster, its labels."""

    title: str
    body: str
    labels: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def issue(facts: Facts, cluster_id: str, about: About, *, labels: Sequence[str] = (), template: Path | None = None) -> IssueText:
    """The issue for a cluster."""
    cluster = _cluster(facts, cluster_id)
    body = _body(facts, cluster, about, template or templates_folder() / "issue.md.j2", "issue")
    size = figures.count(len(cluster.cases), "test")
    return IssueText(github.title(f"{github.plain(cluster.title, 120)} ({size})"), body.text, tuple(labels), body.left_out)


def issue_update(facts: Facts, cluster_id: str, about: About, *, again: bool = False, template: Path | None = None) -> Body:
    """The comment that tells an issue how its cluster stands now; again: the issue was closed, and is opened again."""
    cluster = _cluster(facts, cluster_id)
    return _body(facts, cluster, about, template or templates_folder() / "issue-update.md.j2", "update", again=again)


def _cluster(facts: Facts, cluster_id: str) -> Cluster:
    found = next((cluster for cluster in facts.worklog.clusters if cluster.id == cluster_id), None)
    if found is None:
        raise RcaError(f"there is no cluster {cluster_id}", "see them with `rca triage`")
    return found


def _body(facts: Facts, cluster: Cluster, about: About, template: Path, kind: str, *, again: bool = False) -> Body:
    material = Material.of(facts, about)
    run = facts.run
    state = "red" if cluster.failing else "green"
    mark = Marker(key_of(cluster.fingerprint), {"kind": kind, "run": run.id if run else "", "head": about.head, "state": state})

    def render(detail: Detail) -> tuple[str, tuple[str, ...]]:
        found, _ = page(material, detail)
        shown = _issue_page(facts, cluster, about, detail, again=again)
        text = render_template(template, dialect(material.about), p=found, i=shown, worklog=facts.worklog)
        left = len(cluster.cases) - max(1, detail.cases)
        return marked(text, mark, template), (figures.count(left, "failing test"),) if left > 0 else ()

    return fitting(render, COMMENT, COMMENT_LIMIT, f"the text of the {kind}")


def _issue_page(facts: Facts, cluster: Cluster, about: About, detail: Detail, *, again: bool) -> IssuePage:
    # An issue outlives the pull request in which its cluster was seen, and need not name itself.
    about = replace(about, pull_request=None, issues={})
    known = cases_by_id(facts, (cluster,))
    cases = known.get(cluster.runs[-1], {}) if cluster.runs else {}
    return IssuePage(
        cluster=cluster_text(cluster, cases, about, detail, traced=True),
        state=Md(_state(cluster, again=again)),
        seen=_seen(facts),
        recognised=_recognised(cluster),
        causes=tuple(causes_of(investigation for investigation in facts.worklog.investigations if cluster.id in investigation.clusters)),
    )


def _recognised(cluster: Cluster) -> Md:
    rule = f" and by the rule {github.code(cluster.rule, 500)}" if cluster.rule else ""
    return Md(f"rca knows it by {github.code(cluster.fingerprint)}{rule}.")


def _state(cluster: Cluster, *, again: bool) -> str:
    count = len(cluster.cases)
    if not cluster.failing:
        return f"No longer {'fails' if count == 1 else 'fail'}"
    return f"{'1 test fails' if count == 1 else f'{count:,} tests fail'}{' again' if again else ''}"


def _seen(facts: Facts) -> Md:
    """In which run: when, of which commit, branch and environment."""
    run = facts.run
    if run is None:
        return Md("")
    context = run.context
    parts = [
        facts.moment(run.started_at) if run.started_at else "",
        f"commit {github.code(context.commit[:12])}" if context.commit else "",
        f"branch {github.code(context.branch, 80)}" if context.branch else "",
        f"environment {github.code(context.environment, 80)}" if context.environment else "",
    ]
    told = ", ".join(part for part in parts if part)
    return Md(f"Seen in the run of {told}." if told else "")
