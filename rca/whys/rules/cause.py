"""Rules on the root cause: 9 and 10."""

from __future__ import annotations

from collections.abc import Iterator

from rca.model import Investigation, Prediction, Worklog
from rca.text import figures
from rca.text.clean import one_line
from rca.whys.ground import Ground
from rca.whys.prediction import agreement, clashes
from rca.whys.rules.table import RULES, Finding, Severity
from rca.whys.rules.tree import Tree

SHOWN = 6


def prediction(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 9."""
    del worklog
    cause = investigation.root_cause
    if cause is None or not cause.statement.strip():
        yield Finding(9, "error", "root_cause", "statement", "there is no root cause", "state the one cause in a sentence")
    else:
        for clash in clashes(cause, investigation.clusters, ground):
            message = f"the root cause quotes “{one_line(clash.quoted, 120)}”, but {clash.agreement.reason}"
            yield Finding(9, "error" if clash.sure else "warning", "root_cause", "statement", message, RULES[9].hint)
    made = investigation.prediction
    if made is None or not made.failure_text.strip():
        yield _nine("failure_text", "the root cause does not say which failure text it would produce")
    else:
        yield from _agreement(investigation, ground)
    if made is not None:
        yield from _cases(made, ground)


def _nine(field: str, message: str, severity: Severity = "error", hint: str = "") -> Finding:
    return Finding(9, severity, "prediction", field, message, hint or RULES[9].hint)


def _agreement(investigation: Investigation, ground: Ground) -> Iterator[Finding]:
    found = agreement(investigation, ground)
    if found.fit == "contradicts":
        yield _nine("failure_text", f"the root cause would produce another failure: {found.reason}")
    elif found.fit == "cannot tell":
        hint = "name the message in full, or look at the case that says most"
        yield _nine("failure_text", f"whether the failure text fits cannot be told: {found.reason}", "warning", hint)
    told = set(ground.explained((found.cluster,))) if found.cluster else set()
    others = [cid for cid in found.unforetold if cid not in told]
    if others:
        names = ", ".join(others[:SHOWN])
        hint = "add their messages, one a line, or leave these clusters to another investigation"
        yield _nine(
            "failure_text", f"the failure text does not fit {names}, which this investigation is to explain as well", "warning", hint
        )


def _cases(made: Prediction, ground: Ground) -> Iterator[Finding]:
    if not made.turns_green:
        yield _nine("turns_green", "the prediction names no case that turns green", hint="name clusters or cases")
    for field, names in (("turns_green", made.turns_green), ("stays_red", made.stays_red)):
        unknown = [name for name in names if name not in ground.cases]
        if unknown:
            message = f"{figures.count(len(unknown), 'case')} never failed in this worklog, the first is {unknown[0][:120]!r}"
            yield _nine(field, message, hint="name cases by their ids")
    both = set(made.turns_green) & set(made.stays_red)
    if both:
        yield _nine(
            "stays_red",
            f"to turn green and to stay red as well: {figures.count(len(both), 'case')}, one is {min(both)[:120]!r}",
            hint="decide for one",
        )


def clusters(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 10."""
    tree = Tree(investigation)
    mapped = {entry.cluster for other in worklog.investigations for entry in other.mapping} | {e.cluster for e in investigation.mapping}
    covered = set(ground.explained(tuple(mapped)))
    left = [cid for cid in ground.failing if cid not in covered]
    if left:
        more = f" and {len(left) - SHOWN:,} more" if len(left) > SHOWN else ""
        yield _ten(f"nothing is said of {', '.join(left[:SHOWN])}{more}")
    for entry in investigation.mapping:
        why = tree.by_id.get(entry.why)
        if entry.cluster not in ground.clusters:
            yield _ten(f"cluster {entry.cluster[:80]!r} is not in this worklog")
        elif entry.to == "leaf" and (why is None or not tree.is_leaf(why)):
            told = f"why {entry.why[:40]}, where no chain ends" if why else f"why {entry.why[:40]!r}, which is not here"
            yield _ten(f"{entry.cluster} is said to follow from {told}")
        elif entry.to == "leaf" and why is not None and why.leg != "occurrence":
            yield _ten(f"{entry.cluster} is said to follow from why {why.id}, which is of the {why.leg} leg")


def _ten(message: str) -> Finding:
    return Finding(10, "error", "clusters", "mapping", message, RULES[10].hint)
