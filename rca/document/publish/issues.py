"""An issue for a cluster, and the comment that keeps it up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rca.document.publish.about import About, Marker, key_of
from rca.document.publish.clusters import ClusterText, cases_by_id, cluster_text
from rca.document.publish.detail import COMMENT, COMMENT_LIMIT, Body, Detail, fitting
from rca.document.publish.page import Material, page
from rca.document.render import render_template, templates_folder
from rca.document.view.words import Facts
from rca.errors import RcaError
from rca.model import Cluster
from rca.text import figures, github
from rca.text.safe import Md

TITLE = 200


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


def issue_update(facts: Facts, cluster_id: str, about: About, template: Path | None = None) -> Body:
    """The comment that tells an issue how its cluster stands now."""
    return _body(facts, _cluster(facts, cluster_id), about, template or templates_folder() / "issue-update.md.j2", "update")


def _cluster(facts: Facts, cluster_id: str) -> Cluster:
    found = next((cluster for cluster in facts.worklog.clusters if cluster.id == cluster_id), None)
    if found is None:
        raise RcaError(f"there is no cluster {cluster_id}", "see them with `rca triage`")
    return found


def _body(facts: Facts, cluster: Cluster, about: About, template: Path, kind: str) -> Body:
    material = Material.of(facts, about)
    run = facts.run
    mark = Marker(key_of(cluster.fingerprint), {"kind": kind, "run": run.id if run else "", "head": about.head})

    def render(detail: Detail) -> tuple[str, tuple[str, ...]]:
        from rca.document.publish.bodies import GITHUB

        found, _ = page(material, detail)
        shown = _text(facts, cluster, about, detail)
        state = Md("Fails" if cluster.failing else "No longer fails")
        text = render_template(template, GITHUB, p=found, c=shown, state=state, worklog=facts.worklog)
        left = len(cluster.cases) - detail.cases
        return f"{text}\n{mark}\n", (figures.count(left, "failing test"),) if left > 0 else ()

    return fitting(render, COMMENT, COMMENT_LIMIT, f"the text of the {kind}")


def _text(facts: Facts, cluster: Cluster, about: About, detail: Detail) -> ClusterText:
    known = cases_by_id(facts, (cluster,))
    cases = known.get(cluster.runs[-1], {}) if cluster.runs else {}
    return cluster_text(cluster, cases, about, detail, traced=True)
