"""The questions of a session: what is asked, why, with which fields, and what stands in them already."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from rca.model import Action, Cluster, Leg, Lesson, Run, TimelineEvent, Why, Worklog
from rca.model.base import utc_text
from rca.text import figures
from rca.text.clean import one_line
from rca.text.refs import show_ref
from rca.whys.candidates import Candidate, candidates
from rca.whys.draft import Draft, next_id
from rca.whys.material import Material
from rca.whys.rules import Finding
from rca.whys.rules.problem import environment_of
from rca.whys.rules.tree import LEGS, question_of, quoted

FieldKind = Literal["text", "line", "choice", "refs", "date", "lines"]

LONG = 2_000
SHORT = 300
MANY = 40_000
EVENTS = 30
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a question. value: what stands in it already. limit: characters that it may hold.

    wanted: it may be empty, and then a rule objects. meanings: what each of the choices means.
    """

    name: str
    label: str
    kind: FieldKind = "line"
    required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""
    limit: int = SHORT
    value: str = ""
    wanted: bool = False
    meanings: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """Its help, with what its choices mean, as one text."""
        told = [f"{choice}: {meaning}" for choice, meaning in zip(self.choices, self.meanings, strict=False)]
        return "; ".join(filter(None, (self.help.replace("\n", "; "), *told)))


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the session. key: under which it is kept when it is skipped. See the docstring of `rca.whys`."""

    id: str
    kind: str
    text: str
    why_asked: str
    parent: str = ""
    fields: tuple[Field, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    findings: tuple[Finding, ...] = ()
    optional: bool = False
    key: str = ""
    leg: Leg | Literal[""] = ""

    @property
    def prefilled(self) -> dict[str, str]:
        """What stands in the fields."""
        return {field.name: field.value for field in self.fields if field.value}

    def holding(self, values: dict[str, str]) -> Question:
        """The question with texts in its fields."""
        return replace(self, fields=tuple(replace(f, value=values.get(f.name, f.value)) for f in self.fields))


class Asked(NamedTuple):
    """A question that is to be built. about: what an action is needed for."""

    id: str
    about: str = ""


_SHORT = {"y": "yes", "n": "no"}


def meant(choices: Sequence[str], value: str) -> list[str]:
    """The choices that somebody may mean, by number, by word or by its beginning; only one when it is plain which."""
    word = value.strip().lower()
    if word.isascii() and word.isdecimal() and len(word) < 4 and 0 < int(word) <= len(choices):
        return [choices[int(word) - 1]]
    exact = [choice for choice in choices if choice in {word, _SHORT.get(word)}]
    return exact or [choice for choice in choices if choice.startswith(word)]


def schema(question: Question) -> dict[str, object]:
    """The JSON Schema of an answer to a question."""
    properties: dict[str, object] = {}
    for field in question.fields:
        part: dict[str, object] = {"type": "string", "title": field.label, "maxLength": field.limit}
        if field.kind == "choice":
            part["enum"] = list(field.choices) if field.required else [*field.choices, ""]
        if field.kind == "date":
            part["format"] = "date"
        properties[field.name] = (
            part | ({"description": field.about} if field.about else {}) | ({"default": field.value} if field.value else {})
        )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in question.fields if field.required and not field.value and not question.optional],
        "properties": properties,
    }


def build(draft: Draft, material: Material, asked: Asked) -> Question | None:
    """Build a question by its id; None when there is no such question now."""
    kind, _, rest = asked.id.partition(":")
    if kind != "problem" and draft.investigation is None:
        return None
    builder = _BUILDERS.get(kind)
    question = builder(draft, material, rest, asked.about) if builder else None
    return replace(question, id=asked.id, kind=kind, key=question.key or asked.id) if question else None


# -- the problem and the facts -----------------------------------------------------------------------------------------


def problem_of(worklog: Worklog, clusters: Iterable[Cluster], run: Run) -> str:
    """The problem as a sentence: counts, environment, categories, message, first bad run."""
    chosen = list(clusters)
    cases = sum(len(cluster.cases) for cluster in chosen)
    name = environment_of(worklog, run)
    categories = list(dict.fromkeys(category for cluster in chosen for category in cluster.categories))
    parts = [
        f"{cases:,} of {figures.count(run.totals.total, 'case')} {'fails' if cases == 1 else 'fail'}" + (f" on {name}" if name else "")
    ]
    if categories:
        parts.append(f"({figures.sentence_list(categories, 4)})")
    said = "; ".join(f"“{one_line(cluster.message or cluster.title, 160)}”" for cluster in chosen[:3])
    text = f"{' '.join(parts)}: {said}" if said else " ".join(parts)
    first = next((c.past.first_bad for c in chosen if c.past and c.past.first_bad), None)
    where = f"run {run.id}"
    if first and first.id != run.id:
        at = f" of {first.at:%Y-%m-%d %H:%M} UTC" if first.at else ""
        where += f", first in {first.id}{at}"
    return f"{text}, in {where}."


def clusters_in(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The clusters that a text names, known or not: by their ids, or by the digits of these."""
    names = (name.lower() for name in re.split(r"[\s,]+", text) if name)
    return tuple(dict.fromkeys(f"c{name}" if f"c{name}" in known else name for name in names))


def sentence_of(material: Material, chosen: tuple[str, ...]) -> str:
    """The sentence that is offered for clusters; empty when one of them is not known, or when there is no run."""
    known, run = material.ground.clusters, run_of(material, chosen)
    return problem_of(material.worklog, (known[cid] for cid in chosen), run) if run and all(cid in known for cid in chosen) else ""


def follow(material: Material, before: Mapping[str, str], values: dict[str, str]) -> dict[str, str]:
    """The values of the problem; its sentence is made anew when it is still the one that was offered for the clusters named `before`."""
    known = material.ground.clusters
    old, now = (clusters_in(one.get("clusters", ""), known) for one in (before, values))
    same = old == now or not now or values.get("problem") != sentence_of(material, old)
    offered = "" if same else sentence_of(material, now)
    return values | {"problem": offered} if offered else values


def _problem(draft: Draft, material: Material, _rest: str, _about: str) -> Question:
    ground, old = material.ground, draft.investigation
    chosen = old.clusters if old else ground.in_question[:1]
    text = old.problem if old else sentence_of(material, chosen)
    offered = [
        f"{cid}: {figures.count(len(ground.clusters[cid].cases), 'case')}, {one_line(ground.clusters[cid].title, 80)}"
        for cid in ground.in_question[:SHOWN]
    ]
    offered += [f"and {len(ground.in_question) - SHOWN:,} more"] if len(ground.in_question) > SHOWN else []
    return Question(
        "",
        "",
        "Which problem is this about?",
        "A problem says what failed, how many of how many, where and in which run, so that later anybody can tell whether it is gone.",
        fields=(
            Field("clusters", "Clusters", value=" ".join(chosen), help="\n".join(offered), limit=LONG, wanted=True),
            Field(
                "problem", "Problem", "text", required=True, value=text, limit=LONG, help="the counts come from the run; do not round them"
            ),
        ),
    )


def run_of(material: Material, clusters: tuple[str, ...]) -> Run | None:
    """The run in which clusters were seen last; the last run when nobody says."""
    found = material.ground.clusters
    names = [found[cid].runs[-1] for cid in clusters if cid in found and found[cid].runs]
    return material.ground.runs.get(names[0] if names else "") or (material.worklog.runs[-1] if material.worklog.runs else None)


def timeline_of(worklog: Worklog, clusters: Iterable[Cluster] = ()) -> tuple[TimelineEvent, ...]:
    """What happened when, as far as the worklog knows: runs, deployments, suspected commits, matched issues, and what it holds already."""
    found = list(worklog.timeline)
    chosen = list(clusters)
    told: dict[str, str] = {}
    for cluster in chosen:
        for name, ref in (("last good", cluster.past.last_good), ("first bad", cluster.past.first_bad)) if cluster.past else ():
            if ref and any(run.id == ref.id for run in worklog.runs):
                told[ref.id] = f"{told.get(ref.id, '')}, the {name} one of {cluster.id}"
            elif ref and ref.at:
                found.append(TimelineEvent(at=ref.at, text=f"{name} run of {cluster.id}: {ref.id}", ref=(ref.commit or "")[:12]))
        found += [
            TimelineEvent(at=suspect.at, text=f"commit: {one_line(suspect.summary, 120)}", ref=suspect.commit[:12])
            for suspect in cluster.suspects
            if suspect.at
        ]
    for run in worklog.runs:
        if run.started_at:
            red, commit = run.totals.failed + run.totals.error, (run.context.commit or "")[:12]
            text = f"run {run.id}: {red:,} of {run.totals.total:,} cases failed{told.get(run.id, '')}"
            found.append(TimelineEvent(at=run.started_at, text=text, ref=commit))
    names = {cluster.id for cluster in chosen}
    found += [
        TimelineEvent(at=issue.created_at, text=f"issue opened: {one_line(issue.title, 120)}", ref=f"#{issue.number}")
        for issue in worklog.issues
        if issue.created_at and names & set(issue.clusters)
    ]
    # What GitHub says was deployed stands on the timeline already.
    services = [service for service in worklog.services if service.deployed_at and "deployed_at" not in service.filled]
    found += [TimelineEvent(at=s.deployed_at, text=f"{s.role} {s.revision} was deployed") for s in services if s.deployed_at]
    steps = [step for step in worklog.deployments if step.at and not step.commit]
    found += [TimelineEvent(at=step.at, text=f"{step.name}: {step.state}", ref=step.url) for step in steps if step.at]
    unique = {(event.at, event.text): event for event in found}
    return tuple(sorted(unique.values(), key=lambda event: (event.at, event.text))[-EVENTS:])


def show_event(event: TimelineEvent) -> str:
    """An event of the timeline on a line: time, text, and its reference in brackets."""
    ref = f" [{one_line(event.ref, 200)}]" if event.ref else ""
    return f"{utc_text(event.at)} {one_line(event.text, SHORT)}{ref}"


def _facts(draft: Draft, material: Material, _rest: str, _about: str) -> Question:
    old = draft.investigation
    chosen = [material.ground.clusters[cid] for cid in (old.clusters if old else ()) if cid in material.ground.clusters]
    events = draft.timeline if draft.facts else timeline_of(material.worklog, chosen)
    impact = (old.impact if old else "") or next((cluster.impact for cluster in chosen if cluster.impact), "")
    return Question(
        "",
        "",
        "Is this what happened? Confirm it, or mend it.",
        "Facts come before causes: what one agrees upon first, one does not bend later to fit a cause.",
        fields=(
            Field(
                "timeline",
                "Timeline",
                "lines",
                value="\n".join(map(show_event, events)),
                limit=MANY,
                help="a time in UTC and what happened, one a line",
            ),
            Field("impact", "Impact", "text", value=impact, limit=LONG, help="what it means for users"),
            Field(
                "severity",
                "Severity",
                value=(old.severity if old else "") or material.worklog.severity,
                help="as your team says it, such as high",
            ),
        ),
    )


# -- whys ---------------------------------------------------------------------------------------------------------------

NEXT = ("why", "also", "within control", "data exhausted")
_NEXT_MEANS = (
    "ask why of it",
    "something else was needed as well",
    "the chain ends here, where it can be changed",
    "the chain ends here, since nothing more can be learned",
)
_LEVELS = ("code", "design", "process")
_LEVEL_MEANS = (
    "this place alone; then ask why once more",
    "how it is built, so that its like cannot come again",
    "how it is written, reviewed, tested, released",
)
_WHY_ASKED = {
    "occurrence": "A cause is what, had it not been there, the line above would not hold. Name one, and what shows it.",
    "detection": "What would have shown it earlier has a cause of its own and an action of its own: a test, a check, an alert.",
    "systemic": "What let it exist will let its like exist: this leg ends in how the work is done and not in this one failure.",
}


def place_of(draft: Draft, wid: str) -> tuple[str | None, Leg] | None:
    """Parent and leg of a why that is there, was opened, or begins a leg; None when there is no such place now."""
    why = draft.tree.by_id.get(wid)
    if why is not None:
        return why.parent, why.leg
    entry = next((entry for entry in draft.pending if entry.id == wid), None)
    if entry is not None:
        return entry.parent, entry.leg
    leg = open_leg(draft)
    return (None, leg) if leg and wid == next_id(draft, None) else None


def open_leg(draft: Draft) -> Leg | None:
    """The first leg that has not begun and was not skipped."""
    begun = {why.leg for why in draft.tree.live()} | {entry.leg for entry in draft.pending}
    return next((leg for leg in LEGS if leg not in begun and f"leg:{leg}" not in draft.skipped), None)


def _why(draft: Draft, material: Material, wid: str, _about: str) -> Question | None:
    place = place_of(draft, wid)
    if place is None or draft.investigation is None:
        return None
    parent_id, leg = place
    tree = draft.tree
    old, parent = tree.by_id.get(wid), tree.by_id.get(parent_id or "")
    text = question_of(leg, parent, tree)
    others = [why.answer for why in tree.children.get(parent_id, ()) if why.id != wid and why.leg == leg]
    if others:
        text = f"{text} Besides “{quoted(others[-1], 120)}”, what else was needed?"
    begins = old is None and parent_id is None and not any(entry.id == wid for entry in draft.pending)
    shown = old.evidence if old else ()
    seeking = parent.answer if parent else draft.investigation.problem
    return Question(
        "",
        "",
        text,
        _WHY_ASKED[leg],
        parent=seeking,
        fields=(
            Field("answer", "Answer", "text", required=True, limit=LONG, value=old.answer if old else ""),
            Field(
                "evidence",
                "Evidence",
                "refs",
                limit=LONG * 5,
                value="\n".join(map(show_ref, shown)),
                help="numbers of the list, or references",
                wanted=True,
            ),
            Field("confidence", "Confidence", "choice", choices=("low", "medium", "high"), value=old.confidence if old else ""),
            Field("status", "Status", "choice", choices=("hypothesis", "supported", "refuted", "unknown"), value=_status(old)),
            Field("next", "And then", "choice", choices=NEXT, meanings=_NEXT_MEANS),
            Field("level", "Level of the end", "choice", choices=_LEVELS, meanings=_LEVEL_MEANS, value=old.level if old else ""),
        ),
        candidates=candidates(
            material,
            draft.investigation.clusters,
            leg,
            f"{seeking} {old.answer if old else ''}",
            frozenset(e.ref for e in shown),
            _used(draft),
        ),
        key=f"leg:{leg}" if begins else "",
        leg=leg,
    )


def _used(draft: Draft) -> frozenset[str]:
    return frozenset(part.ref for why in draft.tree.by_id.values() for part in why.evidence)


def _status(old: Why | None) -> str:
    """A status that follows from the evidence is not asked for again."""
    return old.status if old and old.status in {"refuted", "unknown"} else ""


def _next(draft: Draft, _material: Material, wid: str, _about: str) -> Question | None:
    why = draft.tree.by_id.get(wid)
    if why is None:
        return None
    return Question(
        "",
        "",
        f"“{quoted(why.answer, 200)}” – ask why of it, was anything else needed as well, or does the chain end here?",
        "A chain ends where something can be done, or where the data is exhausted; an effect may need two causes at once.",
        parent=why.answer,
        fields=(
            Field("next", "And then", "choice", required=True, choices=NEXT, meanings=_NEXT_MEANS, value=why.leaf),
            Field("level", "Level of the end", "choice", choices=_LEVELS, meanings=_LEVEL_MEANS, value=why.level, wanted=True),
        ),
    )


_VERDICTS = ("yes", "no", "needs condition")
_VERDICTS_MEAN = ("it follows", "it does not: the lower answer is asked for again", "only together with something else, which is asked for")


def _edge(draft: Draft, _material: Material, wid: str, _about: str) -> Question | None:
    tree = draft.tree
    why = tree.by_id.get(wid)
    if why is None:
        return None
    beside = [
        quoted(other.answer, 160)
        for other in tree.children.get(why.parent, ())
        if other.id != wid and other.leg == why.leg and other.status != "refuted"
    ]
    joint = f" (together with “{'”, “'.join(beside[:3])}”)" if beside else ""
    above = quoted(tree.above(why), 300)
    follows = (
        f"“{above}”"
        if why.parent or why.leg == "occurrence"
        else f"nobody saw earlier: “{above}”"
        if why.leg == "detection"
        else f"it could be so: “{above}”"
    )
    return Question(
        "",
        "",
        f"“{quoted(why.answer, 300)}”{joint}, therefore {follows}. Does that follow?",
        "Read upwards, a chain shows the conditions that it left out and the steps that do not hold.",
        parent=why.answer,
        fields=(
            Field("verdict", "Does it follow", "choice", required=True, choices=_VERDICTS, meanings=_VERDICTS_MEAN, value=why.read_back),
            Field("condition", "What else is needed", "text", limit=LONG, value=why.condition, help="for `needs condition`", wanted=True),
        ),
    )


# -- the cause -----------------------------------------------------------------------------------------------------------


def _root_cause(draft: Draft, material: Material, _rest: str, _about: str) -> Question:
    old = draft.investigation.root_cause if draft.investigation else None
    tree = draft.tree
    deepest = tree.deepest()
    ends = [why.id for why in tree.leaves("occurrence") if why.status != "unknown"]
    statement = old.statement if old else deepest.answer if deepest and deepest.status != "unknown" else ""
    del material
    return Question(
        "",
        "",
        "What is the root cause, in one statement?",
        "One statement, so that it is told in one way only; actual and expected value and the rule that was broken make it checkable.",
        fields=(
            Field("statement", "Statement", "text", required=True, limit=LONG, value=statement),
            Field(
                "category",
                "Category",
                value=old.category if old else "",
                help="code, configuration, data, dependency, environment, test, process, …",
            ),
            Field("actual", "Actual", value=old.actual if old else "", limit=LONG, help="the value or the behaviour that came"),
            Field("expected", "Expected", value=old.expected if old else "", limit=LONG, help="the one that should have come"),
            Field(
                "reference",
                "Reference",
                value=old.reference if old else "",
                help="the rule that was broken: an RFC and section, a document",
            ),
            Field("whys", "Rests on", value=" ".join(old.whys if old else ends), help="the whys at the end of the chain, by their numbers"),
        ),
    )


def _prediction(draft: Draft, material: Material, _rest: str, _about: str) -> Question | None:
    investigation = draft.investigation
    if investigation is None:
        return None
    old, ground = investigation.prediction, material.ground
    green = ground.explained(investigation.clusters)
    red = tuple(cid for cid in ground.failing if cid not in set(green))
    cause = investigation.root_cause.statement if investigation.root_cause else investigation.problem
    return Question(
        "",
        "",
        "Which failure text would this cause produce, and which cases turn green when it is mended?",
        "Write the text from the cause and not from the report: it is held against the messages that the report shows.",
        parent=cause,
        fields=(
            Field("failure_text", "Failure text", "text", required=True, limit=LONG, value=old.failure_text if old else ""),
            Field(
                "turns_green",
                "Turn green",
                "lines",
                limit=MANY,
                value=_named(old.turns_green, green, material) if old else " ".join(green),
                help=_CASES,
                wanted=True,
            ),
            Field(
                "stays_red",
                "Stay red",
                "lines",
                limit=MANY,
                value=_named(old.stays_red, red, material) if old else " ".join(red),
                help=_CASES,
            ),
        ),
    )


_CASES = "clusters by their ids, parted by spaces, or ids of cases, one a line"


def _named(cases: tuple[str, ...], clusters: tuple[str, ...], material: Material) -> str:
    """Cases as the clusters that they are, when they are just these, else one by one."""
    same = material.ground.cases_of(clusters) == cases
    return " ".join(clusters) if same else "\n".join(cases)


def _clusters(draft: Draft, material: Material, _rest: str, _about: str) -> Question | None:
    investigation = draft.investigation
    if investigation is None:
        return None
    return Question(
        "",
        "",
        "What has each failing cluster to do with this?",
        "A cluster that nobody placed is a failure that nobody explained. What is left over is written down as such.",
        fields=(Field("mapping", "Clusters", "lines", limit=MANY, value="\n".join(_mapping(draft, material)), help=_MAPPING, wanted=True),),
    )


_MAPPING = "`c1: 1.1.1` (the end that explains it), `c2: unexplained`, `c3: out of scope REASON`; `rest:` stands for all others"


def _mapping(draft: Draft, material: Material) -> list[str]:
    investigation, ground = draft.investigation, material.ground
    if investigation is None:
        return []
    if investigation.mapping:
        return [f"{e.cluster}: {f'{e.why} {e.reason}' if e.to == 'leaf' else f'{e.to} {e.reason}'}".rstrip() for e in investigation.mapping]
    deepest = draft.tree.deepest()
    explained = set(ground.explained(investigation.clusters))
    lines = [
        f"{cid}: {deepest.id if deepest and deepest.status != 'unknown' else 'unexplained'}"
        for cid in ground.in_question
        if cid in explained
    ]
    return [*lines, "rest: unexplained"] if any(cid not in explained for cid in ground.in_question) else lines


def _fix(draft: Draft, material: Material, _rest: str, _about: str) -> Question:
    old = draft.fix
    del material
    return Question(
        "",
        "",
        "What was changed to mend it? Where there is no fix yet, `rca fix` takes it from git later.",
        "A fix that is named can be looked up, reverted, and held against the next run. Skip it while there is none.",
        fields=(
            Field("summary", "Summary", "text", required=True, limit=LONG, value=old.summary if old else ""),
            Field("commits", "Commits", value=" ".join(old.commits) if old else "", limit=LONG, help="their hashes"),
            Field(
                "locations",
                "Places",
                "lines",
                value="\n".join(map(str, old.locations)) if old else "",
                limit=LONG * 5,
                help="path:line@commit, one a line",
            ),
            Field("pull_request", "Pull request", value=old.pull_request if old else ""),
        ),
        optional=True,
    )


# -- actions, lessons, review ---------------------------------------------------------------------------------------------

KINDS = ("prevent", "detect", "mitigate", "repair", "investigate")
_KINDS_MEAN = ("it cannot come again", "it is seen earlier", "it does less harm", "what is broken is mended", "more is learned")


def _action(draft: Draft, _material: Material, rest: str, about: str) -> Question | None:
    number = _number(rest, len(draft.actions))
    if number is None:
        return None
    old: Action | None = draft.actions[number - 1] if number <= len(draft.actions) else None
    why = draft.tree.by_id.get(about)
    lesson = draft.lessons[int(about.removeprefix("lesson ")) - 1] if about.startswith("lesson ") else None
    cause = why.answer if why else lesson.text if lesson else ""
    kind = {"detection": "detect", "systemic": "prevent", "occurrence": "repair"}[why.leg] if why else ""
    return Question(
        "",
        "",
        f"What will be done about “{quoted(cause, 200)}”?" if cause else "Which further action?",
        "An action that has no owner, no day and no check is a wish.",
        parent=cause,
        fields=(
            Field("text", "Action", "text", required=True, limit=LONG, value=old.text if old else "", help="begins with a verb"),
            Field("owner", "Owner", value=old.owner if old else "", help="who sees to it: a person or a team", wanted=True),
            Field("due", "Due", "date", value=old.due.isoformat() if old and old.due else "", help="YYYY-MM-DD", wanted=True),
            Field("kind", "Kind", "choice", required=True, choices=KINDS, meanings=_KINDS_MEAN, value=old.kind if old else kind),
            Field("cause", "Cause", value=old.cause if old else about, help="a why, a cluster or `lesson 1`", wanted=True),
            Field(
                "done_when",
                "Done when",
                "text",
                limit=LONG,
                value=old.done_when if old else "",
                help="how one sees that it is done",
                wanted=True,
            ),
            Field("issue", "Issue", value=old.issue if old else "", help="where it is followed, as #412"),
        ),
        optional=True,
        key=f"action for {about}" if about else "actions",
    )


def _lesson(draft: Draft, _material: Material, rest: str, _about: str) -> Question | None:
    number = _number(rest, len(draft.lessons))
    if number is None:
        return None
    old: Lesson | None = draft.lessons[number - 1] if number <= len(draft.lessons) else None
    return Question(
        "",
        "",
        "What is to be remembered?" if number == 1 else "What else is to be remembered?",
        "What went well is to be kept, what went badly needs an action, and luck is no plan.",
        fields=(
            Field("text", "Lesson", "text", required=True, limit=LONG, value=old.text if old else ""),
            Field(
                "kind",
                "Kind",
                "choice",
                required=True,
                choices=("went well", "went badly", "lucky"),
                value=old.kind if old else "went well",
            ),
        ),
        optional=True,
        key="lessons",
    )


def _number(rest: str, known: int) -> int | None:
    """The number of an entry that is there, or of the next one (`new`)."""
    if rest == "new":
        return known + 1
    number = int(rest) if rest.isascii() and rest.isdecimal() and len(rest) < 6 else 0
    return number if 1 <= number <= known + 1 else None


_GO = "the number of a finding, the id of a question, or `finish`; `:override RULE REASON` sets a rule aside"


def _review(draft: Draft, _material: Material, _rest: str, _about: str) -> Question:
    del draft
    return Question(
        "",
        "",
        "Is it finished? Choose a number to mend something, or `finish`.",
        "Errors stand in the way of finishing. Each may be set aside with a reason, which is kept.",
        fields=(Field("go", "Number, place or finish", help=_GO, wanted=True),),
    )


Builder = Callable[[Draft, Material, str, str], Question | None]
_BUILDERS: dict[str, Builder] = {
    "problem": _problem,
    "facts": _facts,
    "why": _why,
    "next": _next,
    "edge": _edge,
    "root_cause": _root_cause,
    "prediction": _prediction,
    "clusters": _clusters,
    "fix": _fix,
    "action": _action,
    "lesson": _lesson,
    "review": _review,
}
