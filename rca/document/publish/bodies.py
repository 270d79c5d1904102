"""The bodies themselves: a page put through a template, marked, and made to fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rca.document.publish.about import About, Marker, State
from rca.document.publish.annotations import NO_TREE, TITLE, Annotation, Tree, annotate
from rca.document.publish.detail import CHECK_LIMIT, COMMENT, COMMENT_LIMIT, SUMMARY, Body, Detail, Limit, fitting
from rca.document.publish.dialect import GITHUB
from rca.document.publish.page import Material, Page, page
from rca.document.render import render_template, templates_folder
from rca.document.view.words import Facts
from rca.text import github

# GitHub drops a whole summary above 1 MiB; some room is left for what the step itself writes.
SUMMARY_LIMIT = 1_000_000
Conclusion = Literal["success", "failure"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check run: plain title, summary and text in Markdown, conclusion by the criteria, notes at lines."""

    title: str
    summary: str
    text: str
    conclusion: Conclusion
    annotations: tuple[Annotation, ...] = ()
    left_out: tuple[str, ...] = ()


def comment(facts: Facts, about: About, template: Path | None = None) -> Body:
    """The comment on a pull request, with its mark in the last line; at most 65,536 characters and 262,144 bytes."""
    material = Material.of(facts, about)
    mark = marker("comment", facts, about, material.verdict.state)
    return _marked(material, template or templates_folder() / "pr-comment.md.j2", mark, COMMENT, COMMENT_LIMIT)


def job_summary(facts: Facts, about: About, template: Path | None = None, *, room: int = SUMMARY_LIMIT) -> Body:
    """The summary of a job, to be appended to what other steps wrote; room: bytes that are left of the 1,048,576 of a step."""
    material = Material.of(facts, about)
    path = template or templates_folder() / "job-summary.md.j2"

    def render(detail: Detail) -> tuple[str, tuple[str, ...]]:
        found, left_out = page(material, detail)
        return printed(found, material, path), left_out

    limit = min(room, SUMMARY_LIMIT)
    return fitting(render, SUMMARY, Limit(limit, limit), "the job summary")


def check(facts: Facts, about: About, tree: Tree = NO_TREE) -> Check:
    """The check run on a commit."""
    material = Material.of(facts, about)

    def render(name: str) -> Body:
        def with_detail(detail: Detail) -> tuple[str, tuple[str, ...]]:
            found, left_out = page(material, detail)
            return github.basic(printed(found, material, templates_folder() / name)), left_out

        return fitting(with_detail, SUMMARY, CHECK_LIMIT, "the check run")

    summary, text = render("check-summary.md.j2"), render("check-text.md.j2")
    return Check(
        title=github.basic(material.verdict.plain)[:TITLE],
        summary=summary.text,
        text=text.text,
        conclusion="success" if material.verdict.state == "green" else "failure",
        annotations=annotate(facts, about, tree),
        left_out=text.left_out,
    )


def _marked(material: Material, template: Path, mark: Marker, full: Detail, limit: Limit) -> Body:
    def render(detail: Detail) -> tuple[str, tuple[str, ...]]:
        found, left_out = page(material, detail)
        return f"{printed(found, material, template)}\n{mark}\n", left_out

    return fitting(render, full, limit, "the comment")


def printed(found: Page, material: Material, template: Path) -> str:
    """A page as a template prints it."""
    return render_template(template, GITHUB, p=found, worklog=material.facts.worklog)


def marker(kind: str, facts: Facts, about: About, state: State) -> Marker:
    """The hidden mark: which run it speaks of, when that started, of which commit, and how it came out."""
    run = facts.run
    started = f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}" if run and run.started_at else ""
    return Marker(about.key, {"kind": kind, "run": run.id if run else "", "at": started, "head": about.head, "state": state})
