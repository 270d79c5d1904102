"""The five whys of an investigation as they are shown: the tree, its chart, root cause, prediction, what was set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rca.document.view.evidence import evidence
from rca.document.view.flowchart import NODES, Group, Node, flowchart
from rca.document.view.words import NOTHING, Facts, Fold, Table
from rca.model import Investigation, Leg, Override, Prediction, Why
from rca.text import figures
from rca.text.clean import one_line
from rca.text.safe import Md, code, inline, link, with_hashes

WHYS_SHOWN = 200
DEEPEST = 8  # steps to the right in the list
EVIDENCE_SHOWN = 8
ENTRIES = 50
TEXT = 2_000

LEGS: Mapping[Leg, str] = {
    "occurrence": "What happened",
    "detection": "Why nothing caught it earlier",
    "systemic": "What let it exist",
}
_QUOTED = re.compile(r"“(.{1,2000})”\?$", re.DOTALL)
_STEPS = {"why": "why", "next": "the end at why", "edge": "the step from why", "leg": "the leg", "action": "action", "lesson": "lesson"}
_ASKED = {"problem": "the problem", "facts": "the facts", "root_cause": "the root cause", "clusters": "the clusters"}


@dataclass(frozen=True)
class LegView:
    """A leg of the tree: the question that it answers, and its whys as a nested list with their numbers."""

    title: str
    whys: Md


@dataclass(frozen=True)
class InvestigationView:
    """An investigation: its problem, the tree of whys, cause and prediction."""

    title: str
    """Its name and clusters; empty when it is the only one."""
    of: str
    """«of» and its name, for the headings of its parts; empty likewise."""
    problem: Md
    facts: tuple[Md, ...]
    """Impact, severity, who led it and whether it is finished."""
    legs: tuple[LegView, ...]
    chart: Md | None
    """The tree as a flowchart of Mermaid, where there is more than one why."""
    clusters: tuple[Md, ...]
    """What each cluster has to do with it."""
    cause: Md | None
    """The root cause, called a hypothesis as long as it rests on one."""
    cause_facts: Table | None
    prediction: tuple[Md, ...]
    """What is foretold, then what the runs said of it."""
    cases: Fold | None
    """The cases that are foretold, and how they came out."""
    overrides: tuple[Md, ...]
    """Rules that somebody set aside, with the reason."""


def investigation_view(part: Investigation, facts: Facts, *, alone: bool) -> InvestigationView:
    """Compute what is shown of an investigation."""
    tree = _Tree(part)
    cause = part.root_cause
    rows = [("Expected", cause.expected), ("Actual", cause.actual), ("Rule", cause.reference), ("Kind", cause.category)] if cause else []
    rows += [("Rests on", _names("why", cause.whys))] if cause and cause.whys else []
    told = tuple((inline(name), with_hashes(one_line(text, TEXT))) for name, text in rows if text)
    return InvestigationView(
        title="" if alone else " · ".join(filter(None, (part.id, _names("cluster", [cid[1:] for cid in part.clusters])))),
        of="" if alone else f"of {one_line(part.id, 40)}",
        problem=with_hashes(one_line(part.problem, TEXT)),
        facts=tuple(_about(part, facts)),
        legs=tuple(_legs(tree, facts)),
        chart=_chart(part, tree) if len(tree.order) > 1 else None,
        clusters=tuple(_mapping(part)),
        cause=_cause(part, tree),
        cause_facts=Table(("", ""), "ll", told) if told else None,
        prediction=tuple(_prediction(part.prediction, facts)) if part.prediction else (),
        cases=_cases(part.prediction) if part.prediction else None,
        overrides=tuple(_override(entry, facts) for entry in part.overrides[:ENTRIES]),
    )


def _names(what: str, names: tuple[str, ...] | list[str]) -> str:
    several = what if len(names) == 1 else f"{what}s"
    return f"{several} {figures.sentence_list([one_line(name, 40) for name in names], 8)}" if names else ""


def _about(part: Investigation, facts: Facts) -> Iterator[Md]:
    if part.impact:
        yield Md(f"Impact: {with_hashes(one_line(part.impact, TEXT))}")
    if part.severity:
        yield Md(f"Severity: {inline(part.severity)}")
    by = f" by {inline(part.author)}" if part.author else ""
    if part.finished_at:
        yield Md(f"Finished{by}: {facts.moment(part.finished_at)}")
    else:
        yield Md(f"**Not finished**{f', led{by}' if by else ''}: what stands here may change")


class _Tree:
    """The whys in the order of the tree, whatever their order in the record; a circle ends in itself.

    order: each with its depth within its leg.
    """

    def __init__(self, part: Investigation) -> None:
        self.by_id = {why.id: why for why in part.whys}
        self.parents: dict[str, str | None] = {}
        children: dict[str | None, list[Why]] = {}
        for why in self.by_id.values():
            parent = why.parent if why.parent in self.by_id and why.parent != why.id else None
            self.parents[why.id] = parent
            children.setdefault(parent, []).append(why)
        self.order: list[tuple[Why, int]] = []
        seen: set[str] = set()
        self._walk([(why, 0) for why in children.get(None, ())], children, seen)
        # What is in a circle has no way from the top.
        self._walk([(why, 0) for why in self.by_id.values() if why.id not in seen], children, seen)
        self.texts = {_start(text) for text in (part.problem, *(why.answer for why in part.whys))}

    def _walk(self, whys: list[tuple[Why, int]], children: Mapping[str | None, list[Why]], seen: set[str]) -> None:
        waiting = whys[::-1]
        while waiting:
            why, level = waiting.pop()
            if why.id not in seen:
                seen.add(why.id)
                self.order.append((why, level))
                below = [(child, level + 1 if child.leg == why.leg else 0) for child in children.get(why.id, ())]
                waiting += below[::-1]

    def asked(self, why: Why) -> str:
        """The question, unless it only quotes what stands above: then the heading and the nesting say it."""
        quoted = _QUOTED.search(why.question)
        said = _start(why.question.rstrip("?")) == LEGS[why.leg] or (quoted and _start(quoted[1]) in self.texts)
        return "" if said else why.question


def _start(text: str) -> str:
    """The beginning of a text as questions quote it."""
    return one_line(text, 300)[:60].rstrip(".!… ").replace("“", "'").replace("”", "'")


def standing(why: Why) -> str:
    """The status of a why: what an agent says is a hypothesis until a person or a green run confirmed it."""
    return "hypothesis" if why.status == "supported" and not _confirmed(why) else why.status


def _confirmed(why: Why) -> bool:
    return why.author_kind != "agent" or bool(why.confirmed_by)


def _legs(tree: _Tree, facts: Facts) -> Iterator[LegView]:
    shown, left = tree.order[:WHYS_SHOWN], len(tree.order) - WHYS_SHOWN
    for leg, title in LEGS.items():
        lines = [_why(why, level, tree, facts) for why, level in shown if why.leg == leg]
        if lines:
            yield LegView(title, Md("\n".join(lines)))
    if left > 0:
        yield LegView("Left out", Md(f"- {figures.count(left, 'more why')} in the record"))


def _why(why: Why, level: int, tree: _Tree, facts: Facts) -> str:
    """The answer with its number, and below it what it is worth."""
    indent = "   " * min(level, DEEPEST)
    asked = tree.asked(why)
    question = f"*{with_hashes(one_line(asked, TEXT))}* " if asked else ""
    answer = with_hashes(one_line(why.answer, TEXT)) or "(no answer)"
    return f"{indent}- **{inline(one_line(why.id, 40))}** {question}{answer}\\\n{indent}  {'. '.join(_worth(why, facts))}"


def _worth(why: Why, facts: Facts) -> Iterator[str]:
    """Status and evidence, then what else a reader must know of a why."""
    status = standing(why)
    sure = f", {why.confidence} confidence" if why.confidence and status != "unknown" else ""
    found = [evidence(entry, facts) for entry in why.evidence[:EVIDENCE_SHOWN]]
    if (more := len(why.evidence) - EVIDENCE_SHOWN) > 0:
        found.append(Md(f"and {more:,} more"))
    yield f"*{status}*{sure}" + (f": {'; '.join(found)}" if found else "" if status == "unknown" else ", no evidence")
    if why.author_kind == "agent":
        who = f"the agent {inline(one_line(why.author, 60))}" if why.author else "an agent"
        by = f"confirmed by {inline(one_line(why.confirmed_by, 80))}" if why.confirmed_by else "**not confirmed by anybody**"
        yield f"Answered by {who}, {by}"
    if why.read_back == "no" and status != "refuted":
        yield "**What stands above does not follow from it**"
    if why.read_back == "needs condition":
        yield f"Also needed: {with_hashes(one_line(why.condition, 300)) or 'something else'}"
    if why.leaf:
        yield f"Ends here: {why.leaf}" + (f" ({why.level})" if why.level else "")


# -- the chart -------------------------------------------------------------------------------------------------------


def _chart(part: Investigation, tree: _Tree) -> Md:
    shown = [why for why, _ in tree.order[: NODES - 3]]
    places = {why.id: number for number, why in enumerate(shown, 1)}
    nodes = [Node(f"Problem: {part.problem or part.id}")]
    nodes += [Node(f"{why.id} {why.answer}", (_note(why),), (places.get(tree.parents[why.id] or "", 0),)) for why in shown]
    # Mermaid draws the last frame first, from the left.
    groups = [
        Group(title, [places[why.id] for why in shown if why.leg == leg], dotted=leg != "occurrence")
        for leg, title in [*LEGS.items()][::-1]
        if any(why.leg == leg for why in shown)
    ]
    if left := len(tree.order) - len(shown):
        nodes.append(Node(f"{figures.count(left, 'more why')} in the record", (), (0,)))
    if part.root_cause:
        rests = tuple(places[wid] for wid in dict.fromkeys(part.root_cause.whys) if wid in places)
        notes = ("hypothesis",) if _is_hypothesis(part, tree) else ()
        nodes.append(Node(f"Root cause: {part.root_cause.statement}", notes, rests or (0,)))
    return flowchart(nodes, groups)


def _note(why: Why) -> str:
    """Status and weight of a why in words, since colour alone says nothing to many."""
    pieces = figures.count(len(why.evidence), "piece of evidence", "pieces of evidence") if why.evidence else "no evidence"
    return standing(why) if why.status == "unknown" else f"{standing(why)} · {pieces}"


# -- cause, prediction, and the rest ---------------------------------------------------------------------------------


def _is_hypothesis(part: Investigation, tree: _Tree) -> bool:
    """Whether the root cause rests on something that is not supported."""
    rests = [tree.by_id[wid] for wid in part.root_cause.whys if wid in tree.by_id] if part.root_cause else []
    return any(standing(why) != "supported" for why in rests)


def hypothetical(part: Investigation) -> bool:
    """Whether the root cause of an investigation is not more than a hypothesis yet."""
    return _is_hypothesis(part, _Tree(part))


def _cause(part: Investigation, tree: _Tree) -> Md | None:
    if part.root_cause is None:
        return None
    statement = with_hashes(one_line(part.root_cause.statement, TEXT))
    return Md(f"*Hypothesis:* {statement}") if _is_hypothesis(part, tree) else statement


def _mapping(part: Investigation) -> Iterator[Md]:
    for entry in part.mapping[:ENTRIES]:
        follows = f"follows from why {inline(one_line(entry.why, 40))}" if entry.to == "leaf" else f"is {entry.to}"
        reason = f": {with_hashes(one_line(entry.reason, 300))}" if entry.reason else ""
        yield Md(f"Cluster {inline(one_line(entry.cluster, 40).removeprefix('c'))} {follows}{reason}")
    if (left := len(part.mapping) - ENTRIES) > 0:
        yield Md(f"{figures.count(left, 'more cluster')} in the record")


def _prediction(made: Prediction, facts: Facts) -> Iterator[Md]:
    if made.failure_text:
        yield Md(f"The failure reads {code(one_line(made.failure_text, 300))}")
    green = figures.count(len(made.turns_green), "case turns", "cases turn")
    red = f"; {figures.count(len(made.stays_red), 'case stays', 'cases stay')} red" if made.stays_red else ""
    if made.turns_green or made.stays_red:
        yield Md(f"With the fix {green} green{red}")
    yield verdict_of(made, facts)


def verdict_of(made: Prediction, facts: Facts) -> Md:
    """What the runs said of a prediction."""
    if made.verdict == "not judged":
        return Md("**Not judged yet:** no run after the fix has told of these cases")
    run = next((run for run in facts.worklog.runs if run.id == made.judged_by), None)
    when = f", {facts.moment(run.started_at)}" if run and run.started_at else ""
    name = code(made.judged_by or "a run")
    by = f" by {link(name, run.context.url) if run and run.context.url else name}{when}"
    foretold = len(made.turns_green) + len(made.stays_red)
    counts = [f"{len(made.right):,} of {figures.count(foretold, 'case')} came out as foretold"]
    counts += [f"{len(made.wrong):,} otherwise"] if made.wrong else []
    counts += [f"{len(made.not_judged):,} not judged"] if made.not_judged else []
    return Md(f"**{made.verdict.capitalize()}**{by}: {', '.join(counts)}")


def _cases(made: Prediction) -> Fold | None:
    said = {**dict.fromkeys(made.right, "as foretold"), **dict.fromkeys(made.wrong, "**otherwise**")}
    foretold = [*((cid, "turns green") for cid in made.turns_green), *((cid, "stays red") for cid in made.stays_red)]
    if not foretold:
        return None
    # What came out otherwise is what a reader looks for.
    wrong = set(made.wrong)
    foretold.sort(key=lambda entry: entry[0] not in wrong)
    open_ = NOTHING if made.verdict == "not judged" else "not judged"
    rows = tuple((code(one_line(cid, 300)), wanted, Md(said.get(cid, open_))) for cid, wanted in foretold[:ENTRIES])
    body = Table(("case", "foretold", "came out"), "lll", rows).compact().md
    left = len(foretold) - ENTRIES
    return Fold(figures.count(len(foretold), "foretold case"), Md(f"{body}\n\nand {left:,} more in the record") if left > 0 else body)


def _override(entry: Override, facts: Facts) -> Md:
    kind, _, name = entry.where.partition(":")
    name = inline(one_line(name, 40))
    where = _ASKED.get(kind) or (f"{_STEPS[kind]} {name}" if kind in _STEPS else inline(one_line(entry.where, 60)))
    at = f" at {where}" if entry.where else ""
    by = f" ({inline(one_line(entry.author, 80))})" if entry.author else ""
    title = f" ({inline(facts.rules[entry.rule])})" if entry.rule in facts.rules else ""
    return Md(f"Rule {entry.rule}{title}{at}: {with_hashes(one_line(entry.reason, TEXT))}{by}")
