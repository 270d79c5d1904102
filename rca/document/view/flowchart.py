"""A tree of causes as a flowchart that Mermaid draws: every text stands in quotes, and no character of it has a meaning there.

Mermaid reads its input several times: for directives, for comments, for entities, as Markdown, as HTML. So only characters
without a meaning in any of these stand as they are; all others are written as entities of Mermaid (`#35;`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rca.text.clean import one_line
from rca.text.safe import Md, fence

NODES = 60
LABEL = 120  # characters of a text

# Below U+00C0 what is listed may stand, above it all. The words are taken for a statement of their own wherever they stand on a line,
# in quotes too.
_SPECIAL = re.compile(r"[^A-Za-z0-9 .,'()/+!?=·«»\u00c0-\U0010ffff-]|[dD](?=(?i:irection +(?:TB|BT|RL|LR|TD)))")
_NOTHING = "–"
# The ligature with which Mermaid marks its entities, and how it is spelled.
_MARK, _SPELLED = "\ufb02", "fl"


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its text, lines below the text, and the numbers of the boxes that it follows from, counted within the chart."""

    text: str
    notes: tuple[str, ...] = ()
    above: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes in a frame with a title. dotted: how they are joined to what is outside."""

    title: str
    nodes: Sequence[int] = field(default_factory=tuple)
    dotted: bool = False


def label(text: str) -> str:
    """A text in quotes that Mermaid shows as it is, shortened."""
    return '"' + _SPECIAL.sub(lambda match: f"#{ord(match[0])};", one_line(text, LABEL).replace(_MARK, _SPELLED) or _NOTHING) + '"'


def flowchart(nodes: Sequence[Node], groups: Iterable[Group]) -> Md:
    """The chart as a fenced block; a node that is in no group stands alone. At most NODES boxes are drawn."""
    return fence("\n".join(_lines(nodes, groups)), "mermaid")


def _lines(nodes: Sequence[Node], groups: Iterable[Group]) -> Iterator[str]:
    yield "flowchart TD"
    yield "  accTitle: Tree of causes"
    framed: dict[int, Group] = {}
    for number, group in enumerate(groups, 1):
        framed.update(dict.fromkeys(group.nodes, group))
        yield f"  subgraph g{number}[{label(group.title)}]"
        yield from (f"    {_box(index, nodes[index])}" for index in group.nodes)
        yield "  end"
    yield from (f"  {_box(index, node)}" for index, node in enumerate(nodes) if index not in framed)
    for index, node in enumerate(nodes):
        for above in node.above:
            own = framed.get(index)
            dotted = own is not None and own.dotted and framed.get(above) is not own
            yield f"  n{above} {'-.->' if dotted else '-->'} n{index}"


def _box(index: int, node: Node) -> str:
    lines = [label(node.text)[1:-1], *(label(note)[1:-1] for note in node.notes)]
    return f'n{index}["{"<br>".join(lines)}"]'
