"""`rca actions`: what is to be done, by whom and until when; and how it is closed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rca.analysis.actions import ActionError, Listed, Marked, listed, mark, urgent
from rca.cli.common import Project, json_text, project, say, words, write_out
from rca.clock import clock
from rca.errors import RecordError
from rca.model import ActionMark, Evidence, Worklog
from rca.text.clean import clean, one_line
from rca.text.figures import count, sentence_list
from rca.text.redact import redact
from rca.text.refs import MOST, parse_ref, show_ref

ACTIONS = ("list", "done", "reopen")
LONGEST_NOTE = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Options:
    """What was said on the command line. state: `open`, `done` or `all`; everywhere: of all worklogs, whichever is chosen."""

    worklog: str | None = None
    everywhere: bool = False
    state: str = ""
    note: str = ""
    evidence: tuple[str, ...] = ()
    author: str = ""
    form: str = "text"
    force: bool = False


def actions(given: Sequence[str], config: Path | None, options: Options) -> int:
    """List actions; or close some, or open them again."""
    what, rest = (words(given[0]), given[1:]) if given else ("list", ())
    if what not in ACTIONS:
        raise ActionError(f"there is nothing to do that is called {one_line(what, 40)!r}", "use list, done or reopen: rca actions done 2")
    if what == "list":
        _refuse_for_list(rest, options)
        return _list(project(config), options)
    if options.everywhere or options.state:
        raise ActionError(f"{what} is about the actions of one worklog", "leave out --all and --state; --worklog ID chooses another one")
    return _mark(project(config), _numbers(what, rest), options, done=what == "done")


def _refuse_for_list(rest: Sequence[str], options: Options) -> None:
    if rest:
        raise ActionError(f"list takes no {one_line(words(rest[0]), 40)!r}", "close an action with `rca actions done N`")
    if options.note or options.evidence:
        raise ActionError("--note and --evidence belong to done and reopen", "write it like: rca actions done 2 --note TEXT")


def _numbers(what: str, rest: Sequence[str]) -> list[int]:
    if not rest:
        raise ActionError(f"{what} needs the number of an action", f"`rca actions` shows them; then: rca actions {what} N")
    for text in rest:
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise ActionError(f"{one_line(words(text), 40)!r} is no number of an action", f"write it like: rca actions {what} 2 3")
    return [int(text) for text in rest]


# -- what is to be done ---------------------------------------------------------------------------------------------


def _list(here: Project, options: Options) -> int:
    now = clock()
    found: list[Listed] = []
    faults: list[str] = []
    for worklog in _worklogs(here, options, faults):
        found += listed(worklog, now)
    state = options.state or "open"
    shown = urgent([one for one in found if state == "all" or one.action.done == (state == "done")])
    left = [one for one in found if not one.action.done]
    late = sum(one.overdue for one in found)
    if options.form == "json":
        facts = {"at": now.isoformat(), "open": len(left), "overdue": late, "total": len(found), "unreadable": faults}
        write_out(json_text({**facts, "actions": [_document(one) for one in shown]}), None)
    else:
        write_out("".join(f"{line}\n" for one in shown for line in _lines(one, named=options.everywhere)), None)
    of_them = f", {late:,} overdue" if late else ""
    say(
        f"rca: {len(left):,} of {count(len(found), 'action')} open{of_them}"
        if found
        else "rca: there are no actions; `rca whys` ends in them"
    )
    return 1 if faults else 0


def _worklogs(here: Project, options: Options, faults: list[str]) -> Iterator[Worklog]:
    """The worklogs that are meant; of one that cannot be read, the reason goes to `faults`."""
    if not options.everywhere:
        yield here.archive.load(here.archive.find(options.worklog))
        return
    for worklog_id, worklog in here.archive.all():
        if isinstance(worklog, RecordError):
            faults.append(worklog_id)
            say(f"rca: warning: {worklog.message}")
        else:
            yield worklog


def _document(one: Listed) -> dict[str, Any]:
    place = {"worklog": one.worklog, "number": one.number}
    return {**place, **one.action.model_dump(mode="json"), "answers": one.cause, "days_left": one.days, "overdue": one.overdue}


def _lines(one: Listed, *, named: bool) -> Iterator[str]:
    """An action as lines for people: what, who and when; what it answers, and how one sees that it is done."""
    action = one.action
    head = f"{one.number:>3}. "
    yield from _folded(head, one_line(action.text))
    owner = one_line(action.owner) or "nobody yet"
    facts = [
        ", ".join((_when(one), owner, action.kind)),
        f"answers {one_line(one.cause)}" if one.cause else "",
        f"done when {one_line(action.done_when)}" if action.done_when else "",
        f"issue {one_line(action.issue)}" if action.issue else "",
        f"in {one.worklog}" if named else "",
    ]
    for fact in (*filter(None, facts), *_history(one)):
        yield from _folded(" " * len(head), fact)


def _when(one: Listed) -> str:
    due, days = one.action.due, one.days
    if one.action.done:
        return "done"
    if due is None or days is None:
        return "due on no day"
    if days < 0:
        return f"overdue since {due}, by {count(-days, 'day')}"
    return f"due today, {due}" if days == 0 else f"due {due}, in {count(days, 'day')}"


def _history(one: Listed) -> Iterator[str]:
    for part in one.action.history[-1:]:
        who = f" by {one_line(part.author)}" if part.author else ""
        shown = ", ".join(one_line(show_ref(evidence)) for evidence in part.evidence)
        said = "; ".join(filter(None, (one_line(part.note), shown)))
        yield f"{'closed' if part.done else 'opened again'} {part.at.astimezone(one.zone):%Y-%m-%d}{who}" + (f": {said}" if said else "")


def _folded(head: str, text: str) -> Iterator[str]:
    """A text behind a head: on a screen in lines that fit, in a pipe on one line."""
    if sys.stdout is None or not sys.stdout.isatty():
        yield head + text
        return
    from rca.terminal.columns import fold
    from rca.terminal.screen import columns

    for number, part in enumerate(fold(text, max(20, columns() - len(head)), len(text) + 2)):
        yield (" " * len(head) if number else head) + part


# -- closing and opening again --------------------------------------------------------------------------------------


def _mark(here: Project, numbers: Sequence[int], options: Options, *, done: bool) -> int:
    note = redact(clean(words(options.note))).strip()
    if len(note) > LONGEST_NOTE:
        raise ActionError(f"the note has {len(note):,} characters; {LONGEST_NOTE:,} are the most", "shorten it, and link to the rest")
    worklog_id = here.archive.find(options.worklog)
    evidence = _evidence(here, worklog_id, options.evidence)
    how = ActionMark(at=clock(), author=one_line(redact(words(options.author)), 200), done=done, note=note, evidence=evidence)
    made: list[Marked] = []

    def edit(newest: Worklog) -> Worklog:
        made.append(mark(newest, numbers, how))
        return made[-1].worklog

    stored = here.archive.change(worklog_id, edit, force=options.force)
    _tell(stored, made[-1], options.form, done=done)
    return 0


def _evidence(here: Project, worklog_id: str, refs: Sequence[str]) -> tuple[Evidence, ...]:
    """References, looked up now. Raises ActionError for what is none, and for what is not there."""
    if not refs:
        return ()
    if len(refs) > MOST:
        raise ActionError(f"these are {len(refs)} references; {MOST} are the most", "give those that show it best")
    from rca.gather import Gatherer
    from rca.whys.material import Material

    worklog = here.archive.load(worklog_id)
    read = [(text, parse_ref(words(text))) for text in refs]
    for text, part in read:
        if isinstance(part, str):
            raise ActionError(f"--evidence {one_line(words(text), 80)!r}: {part}", "docs/evidence.md has all kinds of references")
    material = Material(worklog, Gatherer(here.folder, here.archive, worklog, here.config.zone).beside)
    found = material.look_up([part for _, part in read if isinstance(part, Evidence)])
    for part in found:
        if part.state == "missing":
            raise ActionError(
                f"--evidence {show_ref(part)}: was not found: {part.reason or 'it is not there'}", "write it as it can be found"
            )
        if part.state == "not looked up" and part.reason:
            say(f"rca: note: {show_ref(part)} was not looked up: {part.reason}")
    return tuple(found)


def _tell(stored: Worklog, made: Marked, form: str, *, done: bool) -> None:
    """What was changed."""
    left = sum(not action.done for action in stored.actions)
    if form == "json":
        facts = {"worklog": stored.id, "revision": stored.revision, "changed": list(made.changed), "open": left}
        taken = [{"number": number, **stored.actions[number - 1].model_dump(mode="json")} for number in (*made.changed, *made.already)]
        write_out(json_text({**facts, "actions": sorted(taken, key=lambda one: one["number"])}), None)
    else:
        how = "is done" if done else "is open again"
        write_out("".join(f"action {number} {how}: {one_line(stored.actions[number - 1].text)}\n" for number in made.changed), None)
    if made.already:
        numbers = sentence_list([f"{number}" for number in made.already])
        say(f"rca: {'done' if done else 'open'} already, and left as it was: {numbers}")
    say(f"rca: {left:,} of {count(len(stored.actions), 'action')} of {stored.id} open")
