"""Everything that a comment or a job summary shows, ready for a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rca.document.publish.about import About, State
from rca.document.publish.clusters import ClusterText, cases_by_id, cluster_text, line
from rca.document.publish.detail import Detail, told
from rca.document.publish.groups import Groups, cases_of
from rca.document.publish.verdict import Verdict, verdict
from rca.document.view.words import NOTHING, Facts, Table
from rca.model import CriterionResult, Investigation, Totals
from rca.text import figures, github
from rca.text.safe import Md

STEPS_SHOWN = 5
CAUSES_SHOWN = 5
CATEGORIES_SHOWN = 50
FIXED_SHOWN = 20

_FORETOLD = {
    "not judged": "not judged yet by a later run",
    "confirmed": "confirmed by a later run",
    "partly confirmed": "partly confirmed by a later run",
    "refuted": "refuted by a later run",
}


@dataclass(frozen=True)
class Page:
    """A comment in words."""

    state: State
    """`red` when the criteria do not hold, `green` when they do, `nothing` when no test gave a result."""
    verdict: Md
    """Whether to act, in one sentence."""
    criteria: Md
    """What the criteria say, with figures."""
    problems: tuple[Md, ...]
    """What makes these figures doubtful."""
    compared: Md | None
    """With which earlier runs this one was compared."""
    heading: Md | None
    """What stands over the clusters."""
    clusters: tuple[ClusterText, ...]
    """Those that deserve attention, in full."""
    more: tuple[Md, ...]
    """Those for which there was no room, a line each."""
    elsewhere: tuple[Md, ...]
    """Failures that were there before: known, flaky, already failing, quarantined, muted; a line each."""
    causes: tuple[Md, ...]
    """Root causes that were found, each with its prediction and what came of it."""
    steps: tuple[Md, ...]
    """What to do next."""
    folds: tuple[Md, ...]
    """Categories, fixed tests, the slowest ones."""
    left_out: Md | None
    """What is not shown here, and where it is."""
    footer: Md
    """Links, commit and version."""


@dataclass(frozen=True)
class Material:
    """What every page of one worklog is made of, worked out once."""

    facts: Facts
    about: About
    groups: Groups
    verdict: Verdict

    @classmethod
    def of(cls, facts: Facts, about: About) -> Material:
        """Gather it."""
        groups = Groups(facts, pull_request=about.pull_request is not None)
        return cls(facts, about, groups, verdict(facts, groups, about))


def page(material: Material, detail: Detail) -> tuple[Page, tuple[str, ...]]:
    """The page with that much detail, and what it leaves out."""
    facts, about, groups = material.facts, material.about, material.groups
    shown, rest = groups.in_full[: detail.clusters], groups.in_full[detail.clusters :]
    known = cases_by_id(facts, shown)
    left_out = tuple(_left_out(material, detail))
    made = Page(
        state=material.verdict.state,
        verdict=Md(f"**{material.verdict.plain}**"),
        criteria=material.verdict.criteria,
        problems=material.verdict.problems,
        compared=_compared(facts),
        heading=_heading(groups) if shown or rest else None,
        clusters=tuple(
            cluster_text(cluster, known.get(cluster.runs[-1], {}) if cluster.runs else {}, about, detail, traced=place < detail.traces)
            for place, cluster in enumerate(shown)
        ),
        more=tuple(
            Md(f"Cluster {github.prose(c.id[1:], 20)}: {github.code(c.title, 90)} · {figures.count(len(c.cases), 'test')}")
            for c in rest[: detail.listed]
        ),
        elsewhere=tuple(line(kind, cluster, about) for kind, cluster in groups.in_lines[: detail.listed]),
        causes=tuple(_causes(facts)),
        steps=tuple(_steps(material)),
        folds=tuple(_folds(facts, detail)),
        left_out=Md(f"Left out here: {figures.sentence_list(left_out, 8)}. All of it is {about.rest}.") if left_out else None,
        footer=_footer(material),
    )
    return made, left_out


def _left_out(material: Material, detail: Detail) -> Iterator[str]:
    full, lines = material.groups.in_full, material.groups.in_lines
    shown = full[: detail.clusters]
    unlisted = max(0, len(full) - len(shown) - detail.listed) + max(0, len(lines) - detail.listed)
    cases = sum(max(0, len(cluster.cases) - detail.cases) for cluster in shown) + cases_of(full[detail.clusters :])
    run = material.facts.run
    yield from told(
        (
            (unlisted, "cluster", ""),
            (cases, "failing test", ""),
            (sum(bool(cluster.excerpt or cluster.message) for cluster in shown[detail.traces :]), "trace", ""),
        )
    )
    if not detail.suspects and any(len(cluster.suspects) > 1 for cluster in shown):
        yield "further suspects"
    if not detail.passing and run and (run.slowest or (run.history and run.history.fixed)):
        yield "tests that pass"


def _compared(facts: Facts) -> Md | None:
    history = facts.run.history if facts.run else None
    if history is None:
        return None
    if not history.earlier:
        note = history.note.rstrip(".") or "there is no earlier run to compare with"
        return Md(f"{github.with_hashes(note[:1].upper() + note[1:])}.")
    fixed = ""
    if history.fixed_count:
        fixed = f" {figures.count(history.fixed_count, 'test')} that failed before {'passes' if history.fixed_count == 1 else 'pass'} now."
    return Md(f"Compared with {github.with_hashes(history.compared_with or figures.count(history.earlier, 'earlier run'))}.{fixed}")


def _heading(groups: Groups) -> Md:
    if groups.broken:
        return Md("Broken by this pull request" if groups.pull_request else "New failures")
    return Md("Failing, not known since when" if groups.by_kind["unknown"] else "Failing as before")


def _causes(facts: Facts) -> Iterator[Md]:
    for investigation in facts.worklog.investigations[:CAUSES_SHOWN]:
        if investigation.root_cause:
            yield Md(f"{github.prose(investigation.root_cause.statement, 600)}{_prediction(investigation)}")


def _prediction(investigation: Investigation) -> str:
    foretold = investigation.prediction
    if foretold is None:
        return ""
    green = figures.count(len(foretold.turns_green), "test turns", "tests turn")
    return f" Prediction: with the fix {green} green; {_FORETOLD[foretold.verdict]}."


def _steps(material: Material) -> Iterator[Md]:
    if material.verdict.state == "green":
        return
    for step in material.facts.steps[:STEPS_SHOWN]:
        subject = f": {github.code(step.subject, 120)}" if step.subject else ""
        command = f"{'; begin with' if subject else ':'} {github.code(step.command, 300)}" if step.command else ""
        yield Md(f"{github.prose(step.text)}{subject}{command}")


def _folds(facts: Facts, detail: Detail) -> Iterator[Md]:
    if len(facts.standing) + len(facts.missing) > 1:
        yield github.fold("Categories and criteria", _categories(facts))
    history = facts.run.history if facts.run else None
    if detail.passing and history and history.fixed:
        lines = [f"- {github.code(case)}" for case in history.fixed[:FIXED_SHOWN]]
        if history.fixed_count > len(lines):
            lines.append(f"- and {history.fixed_count - len(lines):,} more")
        yield github.fold(f"{figures.count(history.fixed_count, 'test')} fixed since the previous run", Md("\n".join(lines)))
    if detail.passing and facts.run and facts.run.slowest:
        lines = [f"- {figures.duration(slow.seconds)} {github.code(slow.case)}" for slow in facts.run.slowest]
        yield github.fold(f"Slowest {figures.count(len(lines), 'test')}", Md("\n".join(lines)))


def _categories(facts: Facts) -> Md:
    rows = [_category(name, result.totals, facts.verdicts.get(name)) for name, result in facts.standing.items()]
    rows += [_category(c.name, Totals(), facts.verdicts.get(c.name)) for c in facts.missing if c.name not in facts.standing]
    more = Md(f"\n\nand {len(rows) - CATEGORIES_SHOWN:,} more") if len(rows) > CATEGORIES_SHOWN else ""
    table = Table(("category", "passed", "rate", "needed", "verdict"), "lrrrl", tuple(rows[:CATEGORIES_SHOWN])).compact().md
    return Md(f"{table}{more}")


def _category(name: str, totals: Totals, result: CriterionResult | None) -> tuple[Md, ...]:
    state = {"met": "met", "unmet": "**not met**", "not run": "**not run**"}
    rate = figures.rate(totals.passed, totals.executed, result.criterion.threshold if result else None)
    passed = f"{totals.passed:,} of {totals.executed:,}" if totals.executed else NOTHING
    said = state[result.state] if result else NOTHING if totals.executed else "**not run**"
    return Md(github.prose(name, 60)), Md(passed), Md(rate), Md(result.criterion.text if result else NOTHING), Md(said)


def _footer(material: Material) -> Md:
    about, facts = material.about, material.facts
    context = facts.run.context if facts.run else None
    head = about.head or (context.commit if context else "") or ""
    commit = [f"commit {about.commit(head)}"] if head else []
    return Md(" · ".join([*about.links(), *commit, str(github.prose(facts.worklog.generator or "rca", 40))]))
