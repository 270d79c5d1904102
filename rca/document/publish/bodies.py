"""The bodies themselves: a page put through a template, marked, and made to fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rca.document.publish.about import About, Marker, marked
from rca.document.publish.annotations import NO_TREE, TITLE, Annotation, Tree, annotate
from rca.document.publish.detail import CHECK_LIMIT, COMMENT, COMMENT_LIMIT, SUMMARY, Body, Detail, Limit, fitting
from rca.document.publish.dialect import dialect
from rca.document.publish.page import Material, page
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
    path, mark = template or _shipped("pr-comment"), _mark(material)
    return _fitted(material, path, COMMENT, COMMENT_LIMIT, "the comment", lambda text: marked(text, mark, path))


def job_summary(facts: Facts, about: About, template: Path | None = None, *, room: int = SUMMARY_LIMIT) -> Body:
    """The summary of a job, to be appended to what other steps wrote; room: bytes that are left of the 1,048,576 of a step."""
    limit = Limit(min(room, SUMMARY_LIMIT), min(room, SUMMARY_LIMIT))
    return _fitted(Material.of(facts, about), template or _shipped("job-summary"), SUMMARY, limit, "the job summary")


def check(facts: Facts, about: About, tree: Tree = NO_TREE) -> Check:
    """The check run on a commit; its conclusion is that of the criteria."""
    material = Material.of(facts, about)
    summary = _fitted(material, _shipped("check-summary"), SUMMARY, CHECK_LIMIT, "the check run", github.basic)
    text = _fitted(material, _shipped("check-text"), SUMMARY, CHECK_LIMIT, "the check run", github.basic)
    return Check(
        title=github.basic(material.verdict.plain)[:TITLE],
        summary=summary.text,
        text=text.text,
        conclusion="success" if material.verdict.state == "green" else "failure",
        annotations=annotate(facts, about, tree),
        left_out=text.left_out,
    )


def _fitted(material: Material, template: Path, full: Detail, limit: Limit, what: str, finish: Callable[[str], str] = str) -> Body:
    """A page as a template prints it, as full as it fits; finish: what is done to the text before it is measured."""

    def render(detail: Detail) -> tuple[str, tuple[str, ...]]:
        found, left_out = page(material, detail)
        return finish(render_template(template, dialect(material.about), p=found, worklog=material.facts.worklog)), left_out

    return fitting(render, full, limit, what)


def _shipped(name: str) -> Path:
    return templates_folder() / f"{name}.md.j2"


def _mark(material: Material) -> Marker:
    """The hidden mark: which run it speaks of, when that started, of which commit, and how it came out."""
    run, about = material.facts.run, material.about
    started = f"{run.started_at:%Y-%m-%dT%H:%M:%SZ}" if run and run.started_at else ""
    fields = {"kind": "comment", "run": run.id if run else "", "at": started, "head": about.head, "state": material.verdict.state}
    return Marker(about.key, fields)
