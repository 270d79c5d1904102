"""The flowchart of causes, as Mermaid's own parser reads it: whatever is in a text, it stays a text."""

from __future__ import annotations

import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rca.document.view.flowchart import LABEL, NODES, Group, Node, flowchart, label
from rca.model import Investigation, RootCause, Why, Worklog
from rca.text.clean import one_line
from rca.workflow import render
from tests.node import FOLDER, installed, node

FACES = Path(__file__).parent / "faces"
# The most that GitHub takes.
LONGEST, ARROWS = 50_000, 500

HOSTILE = [
    'say "hello"', "a [b] (c) {d} ]) }} [[x]]", "end", "End", "graph TD", "subgraph x", "flowchart LR; a --> b", "click n0 callback", 'click n0 "javascript:alert(1)"',
    "%% a comment", "%%{init: {'theme': 'forest', 'securityLevel': 'loose'}}%%", "%%{", "}%%", "a --> b", "a -.-> b", "a --- b", "a == b ==> c", "--", "-->", "x---", "---", "---\ntitle: x\n---",
    "`code`", "`", "```", "``` mermaid", "~~~", '"`markdown **bold**`"', "**bold** _em_ ~~x~~", "1. a list", "- a list", "# heading", "> quote", "#quot;", "#35;", "#", "&quot;", "&#34;", "&amp;lt;", "&",
    "<b>bold</b>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<br>", "<br/>", "</div>", "<!-- x -->", "a\nb", "a\r\nb", "a\\nb", "\\", "\\\\", '\\"', "\t", "a;b", ";", "a:b", "style n0 fill:#f9f;", "classDef x fill:#f00;", "style : #x; y",
    "class n0 x", "linkStyle 0 stroke:red", "fa:fa-car", "fab:fa-github car", "$$x^2$$", "$x$", "n0", "n0@{ shape: circle }", "@mention", "a@b", ":::x", "a:::b", "&a", "a & b", "|x|", "|", "/x/", "[/x/]", "((x))", ">x]", "accTitle: y", "accDescr { y }", "direction LR", "in the direction TB of flow", "Direction  TD", "direction\nBT", "direction RLx",
    "ﬂ°°34¶ß", "ﬂ°lt¶ß", "¶ß°", "日本語の説明", "انتظر", "🚀 emoji 👩‍👩‍👧 ✅", "é Ü ß ñ", "\u202eevil", "\x1b[31mred", "\x00", "\ud800", "", " ", "0", "null", "__proto__", "constructor", "x" * 1_000, "日" * 1_000, '"' * 1_000, "[" * 500, "%%{init}%%" * 100, "a b " * 300, "https://example.com/a?b=c#d",
    "default", "interpolate", "call x()", "href", "_blank", "TB", "BT", "o--o", "x--x", "<-->", "~~~x", "===", "v", "^", "end end", "subgraph", "- [x] task", "{{x}}", "{% raw %}", "${x}", "%", "%d", "a%%b", "\u00ad\u200b\u2028",
]  # fmt: skip


def parsed(charts, tmp_path):
    """What Mermaid understands of charts, all in one go: it takes a second to start."""
    installed("mermaid")
    installed("jsdom")
    path = tmp_path / "charts.json"
    path.write_text(json.dumps(charts), encoding="utf-8", errors="surrogatepass")
    done = node(FOLDER / "mermaid_parse.mjs", path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def chart_of(markdown):
    """The one chart of a document."""
    (found,) = re.findall(r"(?ms)^```mermaid\n(.*?)^```$", markdown)
    return found


def source(nodes, groups=()):
    return chart_of(f"{flowchart(nodes, groups)}\n")


def plain(text):
    """What is to be seen of a text."""
    return one_line(text, LABEL).replace("ﬂ", "fl") or "–"


def worklog(**changes):
    part = Investigation(
        id="i1", **{"problem": "p", "whys": (Why(id="1", question="q", answer="a"), Why(id="2", question="q", answer="a")), **changes}
    )
    return Worklog(id="2026-01-02-x", title="x", opened_at=datetime(2026, 1, 2, tzinfo=UTC), investigations=(part,))


def test_each_hostile_text_is_one_box_and_nothing_else(tmp_path):
    charts = [source([Node(text, (text,)), Node(f"1 {text}", (), (0,))], [Group(text, [1], dotted=True)]) for text in HOSTILE]
    for text, found in zip(HOSTILE, parsed(charts, tmp_path), strict=True):
        assert found["error"] == "", (text, found)
        assert found["type"] == "flowchart-v2"
        assert (found["config"], found["styled"], found["title"]) == ([], 0, "Tree of causes"), text
        seen = plain(text)
        assert found["boxes"] == {"n0": f"{seen}<br>{seen}", "n1": plain(f"1 {text}")}, text
        assert found["arrows"] == [["n0", "n1", "dotted"]], text
        assert found["frames"] == {"g1": [seen.strip(), ["n1"]]}, text


def test_trees_of_random_hostile_texts(tmp_path):
    """Like a property test, with one start of Node for all examples."""
    chance = random.Random(7)
    pieces = [*HOSTILE, *"\"'`#;:%{}[]()<>|&@\\/-=.~$^*_!?,+ abcß日🚀\n"]
    charts, expected = [], []
    for _ in range(150):
        size = chance.randint(1, 12)
        texts = ["".join(chance.choices(pieces, k=chance.randint(1, 6))) for _ in range(size)]
        nodes = [Node(text, tuple(texts[:1]), (chance.randrange(index),) if index else ()) for index, text in enumerate(texts)]
        middle = chance.randint(1, size)
        groups = [group for group in (Group(texts[0], range(1, middle)), Group(texts[-1], range(middle, size), dotted=True)) if group.nodes]
        charts.append(source(nodes, groups))
        expected.append((nodes, groups))
    for (nodes, groups), found in zip(expected, parsed(charts, tmp_path), strict=True):
        assert found["error"] == "", nodes
        assert found["boxes"] == {f"n{index}": "<br>".join(map(plain, (node.text, *node.notes))) for index, node in enumerate(nodes)}
        assert [arrow[:2] for arrow in found["arrows"]] == [
            [f"n{above}", f"n{index}"] for index, part in enumerate(nodes) for above in part.above
        ]
        assert {name: sorted(inside) for name, (_, inside) in found["frames"].items()} == {
            f"g{number}": sorted(f"n{index}" for index in group.nodes) for number, group in enumerate(groups, 1)
        }


def test_the_charts_of_faces(tmp_path):
    full = (FACES / "full.md").read_text(encoding="utf-8")
    whys = tuple(
        Why(id=text, parent=None, question=text, answer=text, leg=leg)
        for text, leg in zip(HOSTILE[:3], ("occurrence", "detection", "systemic"), strict=True)
    )
    hostile = worklog(problem='"]', whys=whys, root_cause=RootCause(statement="%%{init}%%", whys=("end",)))
    first, second = parsed([chart_of(full), chart_of(render(hostile))], tmp_path)
    assert (first["error"], second["error"]) == ("", "")
    assert [title for title, _ in first["frames"].values()] == ["What let it exist", "Why nothing caught it earlier", "What happened"]
    assert first["boxes"]["n1"].endswith("<br>supported · 3 pieces of evidence")
    assert ["n0", "n1", "normal"] in first["arrows"]
    assert ["n0", "n5", "dotted"] in first["arrows"]
    assert len(second["boxes"]) == 5


def test_large_trees_stay_within_what_is_drawn(tmp_path):
    long = ["]\"'#;%" * 200, "日" * 2_000, "word " * 400]
    whys = tuple(Why(id=f"1.{number}", parent=None, question="q", answer=long[number % 3]) for number in range(500))
    chart = chart_of(render(worklog(whys=whys, root_cause=RootCause(statement=long[0], whys=tuple(why.id for why in whys)))))
    assert len(chart) < LONGEST
    assert chart.count("-->") < ARROWS
    (found,) = parsed([chart], tmp_path)
    assert found["error"] == ""
    assert len(found["boxes"]) == NODES
    assert f"{500 - (NODES - 3)} more whys in the record" in found["boxes"].values()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_character_of_a_label_has_a_meaning(text):
    assert re.fullmatch(r'"(?:[A-Za-z0-9 .,\'()/+!?=·«»À-\U0010ffff-]|#\d+;)*"', label(text))
    assert len(label(text)) <= 2 + LABEL * 6


def test_one_why_needs_no_chart():
    assert "mermaid" not in render(worklog(whys=(Why(id="1", question="q", answer="a"),)))
