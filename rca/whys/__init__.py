"""The guided five whys as a pure engine: no file, no clock, no terminal. Drivers and the journal stand on top of it.

    material = Material(worklog, Beside(log_lines=…, commits=…, resolve=…))   # what is known; works out once, then cheap
    state = replay(material, events)                                     # events: those of the journal, () for a new session
    ask = question(state)                                                # Question | None (None: finished)
    outcome = step(state, Answer({"answer": "…", "evidence": "1 #412"}), at=now, author="platform team", author_kind="human")
    outcome.state, outcome.events                                        # append `events` to the journal, go on with `state`

Nothing here raises on a command or a text: what is wrong comes back in `outcome.errors`. Only the value of `at` must be aware.

**State** (frozen): `material`, `events` (all of them), `draft` (what they come to). `revision(state)` is the number of the last
event: a program sends it along, and a driver refuses an answer that was made for another one. Equal events give equal drafts.
`written(state) -> Worklog` is the worklog with the investigation, fix, actions, lessons, timeline and severity in it.
`done(state)` tells whether it is finished.

**Events** (`rca.whys.events`): pydantic, frozen, `type` tells them apart; each has seq, step, at, author, author_kind, question.
`read_event(line)` and `write_event(event)` are one line of JSON. Nothing is removed: `undone` and `redone` name a step.

**Commands** (`rca.whys.commands`): Answer, Back, Skip, Unknown, Attach, Detach, Branch, Goto, Edit, Undo, Redo, Confirm, SetAside
(override), Finish; `View` is the driver's own business (tree, why, save, quit, help). `parse_command(":goto 2.1")` reads a line
and gives a Command, or a sentence that says what is wrong. HELP lists them.

**Outcome**: state, events (new ones, in order), errors, warnings (both tuples of Finding), question (the next one, or the same with
the refused text in its fields: nothing typed is lost). `accepted`: the command was carried out. When an answer was accepted but an
error of a rule stands against it, both hold: the answer is kept, and the question stays until it is mended, skipped or overridden.

**Finding**: rule (0 for a form: empty, too long, not a reference), severity (`error` or `warning`), where (id of a question, to
jump to), field, message, hint, overridden (the reason, if somebody set the rule aside).

**Question**: id, kind, text, why_asked, parent (the text that it follows from), fields, candidates (at most five), findings (of the
review, numbered from 1 in this order), optional (an empty answer skips it). **Field**: name, label, kind (`text` many lines, `line`,
`choice`, `refs`, `date`, `lines`), required, wanted (empty, it breaks a rule), choices, meanings (of the choices), help, limit
(characters), value (what stands there already). All values are text; `choice` takes the word itself, its beginning or its number
from 1; `refs` takes references or numbers of candidates, parted by spaces, commas or lines (a reference with spaces on a line of
its own). `schema(question)` is the JSON Schema of an answer.

| id | kind | fields |
|---|---|---|
| `problem` | problem | clusters, problem |
| `facts` | facts | timeline, impact, severity |
| `why:1.1` | why | answer, evidence, confidence, status, next, level |
| `next:1.1` | next | next (`why`, `also`, `within control`, `data exhausted`), level |
| `edge:1.1` | edge | verdict (`yes`, `no`, `needs condition`), condition |
| `root_cause` | root_cause | statement, category, actual, expected, reference, whys |
| `prediction` | prediction | failure_text, turns_green, stays_red |
| `clusters` | clusters | mapping |
| `fix` | fix | summary, commits, locations, pull_request |
| `action:1` | action | text, owner, due, kind, cause, done_when, issue |
| `lesson:1` | lesson | text, kind |
| `review` | review | go (number of a finding, id, or `finish`) |

A field `next` that is left empty in a why is asked as a question of its own. Legs are whys too: the roots of the detection and of the
systemic leg have no parent.

**Rules**: `RULES` (number -> Rule: severity, title, explanation, hint), `explain("9")`, `check(investigation, worklog, ground=None)`
-> findings on any record; `ground` is `Ground.of(worklog)` when made before.
**Evidence**: `parse_ref(text) -> Evidence | str`, `show_ref(evidence) -> str` (`rca.text.refs`). `Beside` holds functions that are handed
in for what the worklog itself does not hold: lines of logs, commits and what they changed, kept issues, causes of earlier worklogs, and
`resolve`, which gives evidence back with excerpt, sha256, state and reason. They are called when a question needs them. What `resolve`
says of what an answer attaches is kept in the event. `recheck(state)` looks all evidence up again: the changes that came of it, which
`Session` puts into the journal as `rechecked`; these are no step, so nobody undoes them.
**Prediction**: `compare(text, clusters) -> Agreement`, `judge(prediction, after, outcomes, known) -> Judgement`, by exact
outcomes of cases; a case that has none in the run is not judged.
**Views**: `tree_lines(state, ascii_only=False)`, `why_lines(question)`, `told(outcome)` (what a command did).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rca.text.refs import parse_ref, show_ref
from rca.whys.candidates import Candidate
from rca.whys.commands import (
    HELP,
    Answer,
    Attach,
    Back,
    Branch,
    Command,
    Confirm,
    Detach,
    Edit,
    Finish,
    Goto,
    Redo,
    SetAside,
    Skip,
    Undo,
    Unknown,
    View,
    parse_command,
)
from rca.whys.engine import Outcome, State, apply, done, question, replay, review, revision, step, written
from rca.whys.events import Event, read_event, write_event
from rca.whys.forms import Field, Question, follow, meant, schema
from rca.whys.ground import Ground
from rca.whys.material import Beside, Material
from rca.whys.recheck import Change, look_again, recheck
from rca.whys.rules import RULES, Finding, Rule, explain
from rca.whys.told import told
from rca.whys.views import tree_lines, why_lines

if TYPE_CHECKING:
    from rca.whys.prediction import Judgement, agreement, judge, judged
    from rca.whys.rules.checks import check, check_record
    from rca.whys.saying import Agreement, compare

__all__ = [
    "HELP",
    "RULES",
    "Agreement",
    "Answer",
    "Attach",
    "Back",
    "Beside",
    "Branch",
    "Candidate",
    "Change",
    "Command",
    "Confirm",
    "Detach",
    "Edit",
    "Event",
    "Field",
    "Finding",
    "Finish",
    "Goto",
    "Ground",
    "Judgement",
    "Material",
    "Outcome",
    "Question",
    "Redo",
    "Rule",
    "SetAside",
    "Skip",
    "State",
    "Undo",
    "Unknown",
    "View",
    "agreement",
    "apply",
    "check",
    "check_record",
    "compare",
    "done",
    "explain",
    "follow",
    "judge",
    "judged",
    "look_again",
    "meant",
    "parse_command",
    "parse_ref",
    "question",
    "read_event",
    "recheck",
    "replay",
    "review",
    "revision",
    "schema",
    "show_ref",
    "step",
    "told",
    "tree_lines",
    "why_lines",
    "write_event",
    "written",
]

# What judges is imported when it is first asked for: nobody has to wait for it before the first question.
_LATER = {
    **dict.fromkeys(("Judgement", "agreement", "judge", "judged"), "rca.whys.prediction"),
    **dict.fromkeys(("check", "check_record"), "rca.whys.rules.checks"),
    **dict.fromkeys(("Agreement", "compare"), "rca.whys.saying"),
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
