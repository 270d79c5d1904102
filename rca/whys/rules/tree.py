"""The tree of an investigation: who follows from whom, which whys hold, where the chains end."""

from __future__ import annotations

from functools import cached_property

from rca.model import Investigation, Leg, Why
from rca.text.clean import one_line

QUOTED = 400
LEGS: tuple[Leg, ...] = ("occurrence", "detection", "systemic")


class Tree:
    """The whys of an investigation by their places."""

    def __init__(self, investigation: Investigation) -> None:
        self.investigation = investigation
        self.by_id: dict[str, Why] = {why.id: why for why in investigation.whys}

    @cached_property
    def children(self) -> dict[str | None, list[Why]]:
        """The whys below each, in order; those at the top of a leg below None."""
        found: dict[str | None, list[Why]] = {}
        for why in self.by_id.values():
            found.setdefault(why.parent, []).append(why)
        return found

    @cached_property
    def depth(self) -> dict[str, int]:
        """1 for a why at the top, 2 below it, and so on; a record with a circle ends in it."""
        found: dict[str, int] = {}
        waiting = [(why, 1) for why in self.children.get(None, ())]
        while waiting:
            why, level = waiting.pop()
            if why.id not in found:
                found[why.id] = level
                waiting += [(child, level + 1) for child in self.children.get(why.id, ())]
        return found

    def live(self, leg: Leg | None = None) -> list[Why]:
        """Whys that were not refuted, of one leg or of all."""
        return [why for why in self.by_id.values() if why.status != "refuted" and (leg is None or why.leg == leg)]

    def is_leaf(self, why: Why) -> bool:
        """Whether nothing that holds follows below."""
        return why.status != "refuted" and not any(child.status != "refuted" for child in self.children.get(why.id, ()))

    def leaves(self, leg: Leg | None = None) -> list[Why]:
        """Ends of chains."""
        return [why for why in self.live(leg) if self.is_leaf(why)]

    def above(self, why: Why) -> str:
        """The text from which a why follows: the answer of its parent, else the problem."""
        parent = self.by_id.get(why.parent) if why.parent else None
        return parent.answer if parent else self.investigation.problem

    def deepest(self, leg: Leg = "occurrence") -> Why | None:
        """The leaf of a leg at the end of its longest chain."""
        return max(self.leaves(leg), key=lambda why: self.depth.get(why.id, 0), default=None)


def question_of(leg: Leg, parent: Why | None, tree: Tree) -> str:
    """The question that follows from an answer, or with which a leg begins."""
    if parent is not None:
        return f"Why is it so: “{quoted(parent.answer)}”?"
    first = next(iter(tree.live("occurrence")), None)
    if leg == "detection":
        text = first.answer if first else tree.investigation.problem
        return f"Which test or check could have caught this earlier, and why did none: “{quoted(text)}”?"
    if leg == "systemic":
        deepest = tree.deepest()
        text = deepest.answer if deepest else tree.investigation.problem
        return f"What in design, review, testing or release lets this exist: “{quoted(text)}”?"
    return f"Why did this happen: “{quoted(tree.investigation.problem)}”?"


def quoted(text: str, limit: int = QUOTED) -> str:
    """A text as it stands between quotation marks: on one line, without the stop at its end."""
    return one_line(text, limit).rstrip(".!").replace("“", "'").replace("”", "'")
