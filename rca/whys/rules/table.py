"""The rules: their numbers, what each asks for and why, and what a finding is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. severity: the worst that it gives; errors stop finishing unless they are overridden."""

    number: int
    severity: Severity
    title: str
    explanation: str
    hint: str
    english: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: which rule (0: the form of an answer), where (id of a question), which field, what, and what to do about it.

    overridden: the reason for which somebody set the rule aside here.
    """

    rule: int
    severity: Severity
    where: str
    field: str
    message: str
    hint: str = ""
    overridden: str = ""

    def as_dict(self) -> dict[str, object]:
        """The finding for programs."""
        names = ("rule", "severity", "where", "field", "message", "hint", "overridden")
        return {name: getattr(self, name) for name in names}


_RULES = (
    Rule(
        1,
        "error",
        "The problem names what failed",
        "A problem says which cluster or case failed, how many of how many, in which environment, and in which run. Without that nobody"
        " can tell later whether it is gone.",
        "take the sentence that is offered, and name clusters, counts, environment and run in it",
    ),
    Rule(
        2,
        "error",
        "Each question comes from the answer before it",
        "The chain is as strong as its links. A question that speaks of something else begins another chain (error). An answer that"
        " shares no term and no evidence with its parent may have left it (warning).",
        "ask why of the very answer above; name in the answer what it explains",
    ),
    Rule(
        3,
        "warning",
        "An answer is more than its parent said again",
        "“It fails because it does not work” costs a level and explains nothing. An answer with no term of its own is taken for that.",
        "say what made it so: a state, a change, a missing check",
    ),
    Rule(
        4,
        "error",
        "Each why has evidence, or says that it is unknown",
        "At least one reference that can be looked up: a case, a cluster, a line of a log, a commit, path:line@commit, an issue, an earlier"
        " worklog, a metric at a time. An address is not looked up and does not count alone. Evidence that would hold for any failure of"
        " the repository (the commit of the run, another worklog, a file without a line) is a warning.",
        "attach a reference, or answer `unknown` and say what was tried",
    ),
    Rule(
        5,
        "error",
        "A commit named as cause touches the path that is cited",
        "A commit that did not change the cited file cannot have broken it there. Judged for commits that the repository here holds with"
        " all of their files, and not for merges, which bring in what others changed.",
        "cite the path that the commit changed, or the commit that changed the path (`git log -- PATH`)",
    ),
    Rule(
        6,
        "warning",
        "One cause for each answer",
        "“And” often joins two causes. Two causes need two branches, since each may be mended alone.",
        "open a branch for the second one (`:branch`)",
        english=True,
    ),
    Rule(
        7,
        "error",
        "Why it happened, why it was not seen, what let it exist: three legs",
        "Occurrence, detection and systemic causes have different ends and different actions. A chain that turns from one into another"
        " loses the rest of the first.",
        "answer in the leg that the question belongs to",
    ),
    Rule(
        8,
        "error",
        "Each step holds when it is read upwards",
        "Read back, “X, therefore Y” shows what a chain of whys hides: a condition that is missing, a coincidence. Each step is read once,"
        " and again when an answer changes.",
        "read it back: yes, no, or what else is needed",
    ),
    Rule(
        9,
        "error",
        "The root cause foretells the failure that the reports show",
        "A root cause states the failure text that it would produce. It is held against the messages of its clusters, with the"
        " normalisation by which failures are grouped. A text that differs means another cause. The next run confirms, partly confirms"
        " or refutes which cases turn green.",
        "copy the message of the cluster and check that the cause produces it; when it cannot, the cause is another one",
    ),
    Rule(
        10,
        "error",
        "Each failing cluster has its place",
        "A cluster follows from a leaf, is unexplained, or is out of scope: whatever is left over is written down.",
        "name the leaf, `unexplained` or `out of scope` for each cluster",
    ),
    Rule(
        11,
        "error",
        "Each chain ends where something can be done",
        "A leaf is within control, at the level of design or process, and has an action; or the data is exhausted, and it says so. A chain"
        " of fewer than three whys is a warning. Five is a name and no number to reach.",
        "ask why once more, or mark the end and add an action",
    ),
    Rule(
        12,
        "error",
        "Causes are conditions and not people",
        "A leaf that blames a person (“human error”, “forgot”, a name) ends the search where it gets interesting; it is an error. What"
        " somebody should have done is a warning: it tells of a world that was not. Quoted text and code are not looked at.",
        "what made that reasonable at the time?",
        english=True,
    ),
    Rule(
        13,
        "error",
        "Actions are done by somebody, by some day, and can be checked",
        "An action begins with a verb and has owner, due date, kind, cause and a check. Every root cause and every “went badly” has one. A"
        " list without any that prevents or detects is a warning, as are words that promise nothing: investigate, ensure, be more careful.",
        "name the change, who makes it, until when, and how one sees that it is done",
        english=True,
    ),
    Rule(
        14,
        "error",
        "A status follows from what there is",
        "Supported needs evidence that was not missed when it was looked up; what an agent answered stays a hypothesis until its evidence"
        " was found and a person or a green run confirmed it. Nothing rests on what was refuted. A prediction is judged by a run, and not"
        " before the fix is there.",
        "set the status back, or add what it follows from",
    ),
    Rule(
        15,
        "error",
        "Numbers are derived",
        "Counts in the problem and in the root cause are held against the run: “7 of 27”, “26 %”.",
        "use the counts of the run",
    ),
)
RULES: Mapping[int, Rule] = MappingProxyType({rule.number: rule for rule in _RULES})


def explain(number: str) -> str:
    """What a rule asks for and why, as text; what there is when the number is none."""
    wanted = number.strip().removeprefix("#")
    rule = RULES.get(int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else None
    if rule is None:
        return f"there is no rule {number.strip()[:20]!r}; the rules are 1 to {len(RULES)}"
    lists = "\nIts lists of words are English; answers in another language are not judged by them." if rule.english else ""
    return f"Rule {rule.number} ({rule.severity}): {rule.title}\n\n{rule.explanation}\n\nWhat to do: {rule.hint}.{lists}"
