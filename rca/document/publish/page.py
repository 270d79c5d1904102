"""Everything that a comment, a check run or a job summary shows, ready for a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rca.document.publish.about import About, State
from rca.document.publish.clusters import ClusterText, cases_by_id, cluster_text, line, short_line
from rca.document.publish.detail import Detail, told
from rca.document.publish.groups import Groups, Kind, cases_of
from rca.document.publish.verdict import Verdict, is_outage, is_unsure, verdict
from rca.document.view.investigation import hypothetical
from rca.document.view.words import NOTHING, Facts, Table
from rca.model import Action, Cluster, CriterionResult, Investigation, Totals, Upstream
from rca.text import figures, github
from rca.text.safe import Md

ACTIONS_SHOWN = 5
COMMANDS_SHOWN = 3
CAUSES_SHOWN = 5
SHARED_SHOWN = 3
CATEGORIES_SHOWN = 50
ELSEWHERE_SHOWN = 5
FIXED_SHOWN = 20

_FORETOLD = {
    "not judged": "not judged yet by a later run",
    "confirmed": "confirmed by a later run",
    "partly confirmed": "partly confirmed by a later run",
    "refuted": "refuted by a later run",
}


@dataclass(frozen=True)
class GroupText:
    """Clusters that mean the same to a reader."""

    heading: Md
    clusters: tuple[ClusterText, ...]
    """The first ones, in full."""
    more: Md | None
    """Those for which there was no room, folded, a line each."""


@dataclass(frozen=True)
class Page:
    """A body in words."""

    state: State
    """`red` when the criteria do not hold, `green` when they do, `nothing` when no test gave a result."""
    verdict: Md
    """Whether to act, in one sentence."""
    criteria: Md
    """What the criteria say, with figures."""
    compared: Md | None
    """With which earlier runs this one was compared, and what was mended since."""
    warning: Md | None
    """What makes these figures doubtful, as an alert."""
    shared: tuple[Md, ...]
    """Causes that several clusters seem to share."""
    groups: tuple[GroupText, ...]
    """What deserves attention: what the change broke, what nothing is known of."""
    heading: Md
    """What stands over the next ones."""
    elsewhere: tuple[Md, ...]
    """Failures that were there before: already failing, known, flaky, quarantined, muted; the first ones, a line each."""
    elsewhere_more: Md | None
    """The others of these, folded."""
    causes: tuple[Md, ...]
    """Root causes that were found, each with its prediction and what came of it."""
    steps: tuple[Md, ...]
    """What to do next: open actions, what did not run."""
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
    left_out = tuple(_left_out(material, detail))
    made = Page(
        state=material.verdict.state,
        verdict=Md(f"**{github.prose(material.verdict.plain)}**"),
        criteria=material.verdict.criteria,
        compared=_compared(facts, groups),
        warning=_warning(material.verdict.problems),
        shared=tuple(_shared(upstream) for upstream in facts.worklog.upstreams if _tells(upstream))[:SHARED_SHOWN],
        groups=tuple(_groups(material, detail)),
        heading=Md("Not from this pull request" if groups.pull_request else "Known, flaky or set aside"),
        elsewhere=tuple(line(kind, cluster, about) for kind, cluster in groups.in_lines[: min(detail.listed, ELSEWHERE_SHOWN)]),
        elsewhere_more=_more(
            [line(kind, cluster, about) for kind, cluster in groups.in_lines[ELSEWHERE_SHOWN : detail.listed]], "more cluster"
        ),
        causes=tuple(causes_of(facts.worklog.investigations)),
        steps=tuple(_steps(facts, groups)),
        folds=tuple(_folds(facts, detail)),
        left_out=Md(f"Left out here: {figures.sentence_list(left_out, 8)}. All of it is {about.rest}.") if left_out else None,
        footer=_footer(material),
    )
    return made, left_out


def _groups(material: Material, detail: Detail) -> Iterator[GroupText]:
    """The groups with room for so many clusters in all; the rest of each is listed."""
    every = material.groups.in_full
    shown = every[: detail.clusters]
    listed = every[detail.clusters : detail.clusters + detail.listed]
    known = cases_by_id(material.facts, [cluster for _, cluster in shown])
    said = _compared(material.facts, material.groups)
    # What follows from another one shows the trace of that one.
    traced = {cluster.id for _, cluster in shown[: detail.traces] if not cluster.blocked_by}
    for kind in dict.fromkeys(kind for kind, _ in every):
        yield GroupText(
            _heading(kind, material.groups),
            tuple(
                cluster_text(
                    cluster,
                    known.get(cluster.runs[-1], {}) if cluster.runs else {},
                    material.about,
                    detail,
                    traced=cluster.id in traced,
                    said=said,
                )
                for cluster in _of_kind(shown, kind)
            ),
            _more([short_line(cluster) for cluster in _of_kind(listed, kind)], "more cluster"),
        )


def _of_kind(clusters: Sequence[tuple[Kind, Cluster]], kind: Kind) -> list[Cluster]:
    return [cluster for found, cluster in clusters if found == kind]


def _more(lines: Sequence[Md], what: str) -> Md | None:
    return github.fold(figures.count(len(lines), what), Md("\n".join(f"- {each}" for each in lines))) if lines else None


def _heading(kind: Kind, groups: Groups) -> Md:
    if kind == "broken" and is_outage(groups.facts):
        return Md("Failing")
    if kind == "broken":
        perhaps = "Perhaps broken" if is_unsure(groups) else "Broken"
        return Md(f"{perhaps} by this pull request" if groups.pull_request else "New failures")
    if kind == "before":
        return Md("Still failing")
    return Md("May be from this pull request" if groups.pull_request else "Failing, not known since when")


def _left_out(material: Material, detail: Detail) -> Iterator[str]:
    full, lines = [cluster for _, cluster in material.groups.in_full], material.groups.in_lines
    shown, rest = full[: detail.clusters], full[detail.clusters :]
    cases = sum(max(0, len(cluster.cases) - max(1, detail.cases)) for cluster in shown) + cases_of(rest)
    yield from told(
        (
            (max(0, len(rest) - detail.listed) + max(0, len(lines) - detail.listed), "cluster", ""),
            (cases, "failing test", ""),
            (sum(bool((cluster.excerpt or cluster.message) and not cluster.blocked_by) for cluster in shown[detail.traces :]), "trace", ""),
        )
    )
    if not detail.suspects and any(len(cluster.suspects) > 1 for cluster in shown):
        yield "further suspects"
    run = material.facts.run
    if not detail.passing and run and run.history and run.history.fixed:
        yield "the tests that pass again"


def _compared(facts: Facts, groups: Groups) -> Md | None:
    history = facts.run.history if facts.run else None
    if history is None or not facts.totals.executed:
        return None
    bases = [cluster.base for cluster in facts.failing if cluster.base] if groups.pull_request else []
    base = next((base for base in bases if base.runs), next(iter(bases), None))
    fixed = ""
    if history.fixed_count:
        fixed = f" {figures.count(history.fixed_count, 'test')} that failed before {'passes' if history.fixed_count == 1 else 'pass'} now."
    if base:
        to = f"Compared with {figures.count(base.runs, 'run')} of {github.prose(base.branch, 80)}"
        return Md(f"{to if base.runs else github.with_hashes(base.reason.rstrip('.'))}.{fixed}")
    if not history.earlier:
        note = history.note.rstrip(".") or "there is no earlier run to compare with"
        return Md(f"{github.with_hashes(note[:1].upper() + note[1:])}.")
    return Md(f"Compared with {github.with_hashes(history.compared_with or figures.count(history.earlier, 'earlier run'))}.{fixed}")


def _warning(problems: Sequence[Md]) -> Md | None:
    """An alert of GitHub: in a mail it is a quotation."""
    if not problems:
        return None
    lines = problems if len(problems) == 1 else [f"- {problem}" for problem in problems]
    return Md("\n".join(["> [!WARNING]", *(f"> {each}" for each in lines)]))


def _tells(upstream: Upstream) -> bool:
    """That most of a run fails is no sign by itself: one slip of the pen does it."""
    if upstream.kind == "infrastructure" and not upstream.anchor:
        return upstream.confidence == "high"
    return upstream.confidence != "low"


def _shared(upstream: Upstream) -> Md:
    numbers = figures.sentence_list([name[1:] for name in upstream.clusters], 8)
    reason = github.with_hashes(upstream.reason.rstrip("."))
    if upstream.kind == "infrastructure":
        return Md(f"{github.prose(upstream.title, 140)}: {reason} ({upstream.confidence} confidence).")
    clusters = f"{'Cluster' if len(upstream.clusters) == 1 else 'Clusters'} {github.prose(numbers)}"
    size = figures.count(upstream.cases, "test")
    return Md(
        f"{clusters} ({size}) seem to share a cause, {github.code(upstream.title, 110)}: {reason} ({upstream.confidence} confidence)."
    )


def causes_of(investigations: Iterable[Investigation]) -> Iterator[Md]:
    """The root causes that were found, each with what was foretold of it."""
    for investigation in islice((found for found in investigations if found.root_cause), CAUSES_SHOWN):
        if investigation.root_cause:
            sure = _sure(investigation)
            yield Md(f"{sure}{github.prose(investigation.root_cause.statement, 600)}{_prediction(investigation)}")


def _sure(investigation: Investigation) -> str:
    """What a reader must know before the cause: that it is not shown yet, or was shown to be wrong."""
    if investigation.prediction and investigation.prediction.verdict == "refuted":
        return "Refuted, look again: "
    return "A hypothesis so far: " if hypothetical(investigation) else ""


def _prediction(investigation: Investigation) -> str:
    foretold = investigation.prediction
    if foretold is None:
        return ""
    if not foretold.turns_green:
        return f" What it foretells is {_FORETOLD[foretold.verdict]}."
    green = figures.count(len(foretold.turns_green), "test turns", "tests turn")
    came = "a later run showed otherwise" if foretold.verdict == "refuted" else _FORETOLD[foretold.verdict]
    return f" Prediction: with the fix {green} green; {came}."


def _steps(facts: Facts, groups: Groups) -> Iterator[Md]:
    """What people decided to do, and what is still to run. What the clusters say is not said again."""
    still_open = [action for action in facts.worklog.actions if not action.done]
    yield from (_action(action) for action in still_open[:ACTIONS_SHOWN])
    if len(still_open) > ACTIONS_SHOWN:
        yield Md(f"and {figures.count(len(still_open) - ACTIONS_SHOWN, 'more action')} in the worklog")
    for category in facts.missing[:COMMANDS_SHOWN] if facts.run else ():
        command = f": {github.code(category.command, 300)}" if category.command else ""
        yield Md(f"Run {github.prose(category.name, 80)}{command}")
    if len(facts.missing) > COMMANDS_SHOWN and facts.run:
        yield Md(f"Run {figures.count(len(facts.missing) - COMMANDS_SHOWN, 'more category', 'more categories')}")
    if groups.pull_request and groups.by_kind["unknown"] and not any(cluster.base and cluster.base.runs for cluster in facts.failing):
        base = facts.run.context.base if facts.run else None
        branch = github.prose(base, 80) if base else "the branch that it goes into"
        yield Md(f"Let rca read the runs of {branch} too: then it can tell what a pull request broke")


def _action(action: Action) -> Md:
    owner = github.prose(action.owner, 60) if action.owner else ""
    due = f"due {action.due.isoformat()}" if action.due else ""
    done = f"done when {github.prose(action.done_when, 160)}" if action.done_when else ""
    about = ", ".join(part for part in (owner, due, done) if part)
    return Md(f"{github.prose(action.text)}{f' ({about})' if about else ''}")


def _folds(facts: Facts, detail: Detail) -> Iterator[Md]:
    if len(facts.standing) + len(facts.missing) > 1:
        yield github.fold("Categories and criteria", _categories(facts))
    history = facts.run.history if facts.run else None
    if detail.passing and history and history.fixed:
        lines = [f"- {github.code(case)}" for case in history.fixed[:FIXED_SHOWN]]
        if history.fixed_count > len(lines):
            lines.append(f"- and {history.fixed_count - len(lines):,} more")
        yield github.fold(f"{figures.count(history.fixed_count, 'test')} fixed since the previous run", Md("\n".join(lines)))
    if detail.slowest and facts.run and facts.run.slowest:
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
