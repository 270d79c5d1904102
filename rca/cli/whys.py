"""`rca whys`: the guided five whys, for a person at a terminal, a file of answers, or a program."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rca.archive.journal import Sessions
from rca.cli.boundary import DONE, FINDING
from rca.cli.common import Project, json_text, project, say, words, write_out
from rca.errors import RcaError
from rca.model import Worklog

if TYPE_CHECKING:
    from rca.gather import Gatherer
    from rca.terminal.whys import Reader
    from rca.terminal.whys_session import Session
    from rca.whys import Material, State
    from rca.whys.events import Event

# How long a program waits for another one that answers in the same session.
PROGRAM_WAITS = 10.0
ACTIONS = ("next", "answer", "state", "list", "serve")


@dataclass(frozen=True, slots=True)
class Options:
    """What was said on the command line."""

    worklog: str | None = None
    session: str = ""
    new: bool = False
    form: str = "text"
    plain: bool = False
    ascii_only: bool = False
    author: str = ""
    agent: bool = False
    force: bool = False
    answers: str = ""
    strict: bool = False
    dry_run: bool = False
    logs: tuple[str, ...] = ()


def whys(given: list[str], config: Path | None, options: Options, *, explain: str = "", template: bool = False) -> int:
    """Begin or go on with a session; or one of its actions for programs."""
    # A large record is nearly all there is, and none of it becomes garbage while somebody waits.
    gc.disable()
    try:
        return _explain(explain) if explain else _carried_out(given, config, options, template=template)
    finally:
        gc.enable()


def _carried_out(given: list[str], config: Path | None, options: Options, *, template: bool) -> int:
    action, rest = (given[0] if given else ""), given[1:]
    if action and action not in ACTIONS:
        raise RcaError(f"there is no action {action[:40]!r}", f"leave it out for a session at the terminal, or use {', '.join(ACTIONS)}")
    if rest and (action != "answer" or len(rest) > 1):
        raise RcaError(f"{action} takes no {rest[-1][:80]!r}", "answer takes one FILE, or - for standard input")
    work = Work(project(config), options)
    if template:
        return work.template()
    if options.answers:
        return work.answers()
    if action == "list":
        return work.list_all()
    if action == "answer":
        return work.answer(rest[0] if rest else "-")
    if action == "serve":
        return work.serve()
    return work.show(action) if action else work.talk()


def _explain(rule: str) -> int:
    from rca.whys import explain

    write_out(explain(rule).rstrip("\n") + "\n", None)
    return DONE


class Work:
    """One command on one worklog."""

    def __init__(self, here: Project, options: Options) -> None:
        from rca.whys.events import read_event, write_event

        self.here = here
        self.options = options
        self.worklog_id = here.archive.find(options.worklog)
        self.sessions: Sessions[Event] = Sessions(here.folder, read_event, write_event)
        self.logs = self._log_names()
        self.gatherer: Gatherer | None = None

    def _log_names(self) -> list[str]:
        """The log files that were named, as a session keeps them. Raises RcaError when one cannot be read."""
        if not self.options.logs:
            return []
        from rca.gather import MOST_LOGS, log_name

        names = list(dict.fromkeys(log_name(path, self.here.folder) for path in self.options.logs))
        if len(names) > MOST_LOGS:
            raise RcaError(f"these are {len(names)} logs; {MOST_LOGS} are the most", "name those of what failed")
        return names

    # -- the parts ---------------------------------------------------------------------------------------------------

    def loaded(self) -> Material:
        """What is known of the worklog as it is stored now, and beside it. Raises RcaError when nothing in it could be asked about."""
        from rca.gather import Gatherer
        from rca.whys import Material

        worklog = self.here.archive.load(self.worklog_id)
        if not worklog.clusters and not self.sessions.ids(worklog.id):
            raise RcaError(f"{worklog.id}: no case failed in this worklog", "add a red run with `rca ingest PATH…`")
        self.gatherer = Gatherer(self.here.folder, self.here.archive, worklog, self.here.config.zone)
        self.gatherer.use(self.logs, tell=lambda text: say(f"rca: {text}"), given=self.logs)
        return Material(worklog, self.gatherer.beside)

    def chosen(self) -> str:
        """The session that was named, else the one draft, else a new one. Raises RcaError when it is not clear."""
        from rca.terminal.whys_session import listed

        if self.options.session:
            return self.sessions.find(self.options.session, self.worklog_id)
        drafts = [] if self.options.new else [one for one in listed(self.sessions, self.worklog_id) if one.state in {"draft", "unwritten"}]
        if len(drafts) > 1:
            names = ", ".join(one.id for one in drafts[-5:])
            raise RcaError(f"there are {len(drafts):,} sessions that are not finished: {names}", "choose one with --session ID, or --new")
        return drafts[0].id if drafts else self.sessions.next_id(self.worklog_id)

    @contextmanager
    def opened(self, session: str, *, wait: float = 0.0, material: Material | None = None) -> Iterator[Session]:
        """The session, held for as long as it is used; its evidence was looked up again."""
        from rca.clock import clock
        from rca.terminal.whys_session import opened

        who = {"author": words(self.options.author), "author_kind": "agent" if self.options.agent else "human"}
        with opened(self.sessions, session, material or self.loaded(), clock, wait=wait, logs=self.logs, **who) as found:
            if self.gatherer:
                tell = self._note_and_say(found.notes)
                self.gatherer.use(found.logs, self.sessions.folder / f"{session}.logs", tell, given=self.logs)
            found.notes += found.look_again()
            yield found

    def _note_and_say(self, notes: list[str]) -> Callable[[str], None]:
        """What there is to say of logs stands among the notes of a session, which a person sees; a program may not look at them."""

        def tell(text: str) -> None:
            notes.append(text)
            if self.options.form == "json":
                say(f"rca: {text}")

        return tell

    def finish(self, session: Session) -> None:
        """Write a finished session into the record, on top of what the record holds by now."""
        self.store(session.state)
        session.mark_written()

    def store(self, state: State) -> Worklog:
        """Write the investigation, its actions and lessons into the record, and make its face."""
        from rca.analysis.assess import settle
        from rca.whys import Material, replay, written

        def edit(newest: Worklog) -> Worklog:
            known = state if newest == state.material.worklog else replay(Material(newest), state.events)
            return settle(written(known), self.here.config)

        return self.here.archive.change(self.worklog_id, edit, force=self.options.force)

    # -- programs ----------------------------------------------------------------------------------------------------

    def show(self, action: str) -> int:
        """The next question, or the state of the session."""
        from rca.terminal.whys_json import next_document, state_document

        self._only_json(action)
        with self.opened(self.chosen(), wait=PROGRAM_WAITS) as session:
            session.keep_logs()
            write_out(json_text((next_document if action == "next" else state_document)(session)), None)
        return DONE

    def answer(self, source: str) -> int:
        """Take an answer from a file or from standard input."""
        from rca.terminal.whys_json import read_document, respond

        self._only_json("answer")
        document = read_document(_read(source))
        with self.opened(self._named(document), wait=PROGRAM_WAITS) as session:
            session.keep_logs()
            reply, accepted = respond(session, document, self.finish)
        write_out(json_text(reply), None)
        return DONE if accepted else FINDING

    def serve(self) -> int:
        """Take answers line by line in one process, a reply on a line for each; the first line is what `next` prints."""
        from rca.terminal.whys_json import next_document, of_session, read_document, respond

        self._only_json("serve")
        with self.opened(self.chosen(), wait=PROGRAM_WAITS) as session:
            _let_collect()
            session.keep_logs()
            _put(next_document(session), session.notes)
            for line in _lines():
                session.notes += session.look_again()
                reply, _ = respond(session, of_session(read_document(line), session.id), self.finish)
                _put(reply, session.notes)
        return DONE

    def _named(self, document: object) -> str:
        about = document if isinstance(document, dict) else {}
        name, revision = about.get("session"), about.get("revision")
        if not isinstance(name, str) or not name:
            chosen, known = self.chosen(), self.sessions.ids(self.worklog_id)
            # The last request of a session that comes again, or one that takes its end back, begins no other session.
            return known[-1] if known and chosen not in known and revision != 0 and not self.options.new else chosen
        return name if name == self.sessions.next_id(self.worklog_id) else self.sessions.find(name, self.worklog_id)

    def _only_json(self, action: str) -> None:
        if self.options.form != "json":
            raise RcaError(f"{action} speaks JSON only", f"rca whys {action} --format json")

    def list_all(self) -> int:
        """The sessions of the worklog."""
        from dataclasses import asdict

        from rca.terminal.whys_session import listed

        found = listed(self.sessions, self.worklog_id)
        if self.options.form == "json":
            write_out(json_text([asdict(one) for one in found]), None)
            return DONE
        lines = [f"{one.id}  {one.state}, {one.events:,} events  {one.problem}".rstrip() for one in found]
        write_out("".join(f"{line}\n" for line in lines), None)
        if not lines:
            say("rca: there is no session yet; `rca whys` begins one")
        return DONE

    # -- a file of answers -------------------------------------------------------------------------------------------

    def template(self) -> int:
        """Print a file to fill in."""
        from rca.terminal.whys_answers import template

        write_out(template(self.loaded()), None)
        return DONE

    def answers(self) -> int:
        """Answer all questions from a file; nothing is kept unless all of it goes through."""
        from rca.clock import clock
        from rca.terminal.whys_answers import play, read_answers

        source = self.options.answers
        answers = read_answers(_read(source), "standard input" if source == "-" else source)
        who = (words(self.options.author), self.options.agent)
        result = play(self.loaded(), answers, clock(), author=who[0], agent=who[1], strict=self.options.strict)
        for line in result.told:
            say(line)
        if result.errors:
            return FINDING
        if self.options.dry_run:
            say("rca: all questions are answered; nothing was written (--dry-run)")
            return DONE
        session = self.sessions.next_id(self.worklog_id)
        with self.opened(session) as found:
            found.journal.append(result.state.events, inputs=found.stamp, logs=found.new_logs)
            found.state = result.state
            self.finish(found)
        return self._told()

    def _told(self) -> int:
        write_out(f"{self.here.archive.face(self.worklog_id)}\n", None)
        return DONE

    # -- a person ----------------------------------------------------------------------------------------------------

    def talk(self) -> int:
        """Lead a person through it."""
        from rca.terminal.screen import is_plain

        if self.options.form == "json":
            raise RcaError("a session at the terminal has no JSON", "rca whys next --format json, then rca whys answer --format json -")
        material = self.loaded()
        _let_collect()
        if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
            raise _nobody(material.worklog)
        from rca.terminal import whys as terminal

        reader = terminal.PlainReader() if self.options.plain or is_plain() else _rich(material, ascii_only=self.options.ascii_only)
        try:
            session_id = self._wanted(reader)
        except EOFError:
            return DONE
        with self.opened(session_id, material=material) as session:
            ended = terminal.Dialog(session, reader, ascii_only=self.options.ascii_only).run()
            if not ended:
                say(
                    f"rca: kept as {session.id}; `rca whys` goes on with it"
                    if session.revision or session.drafts
                    else "rca: nothing was typed"
                )
                return DONE
            self.finish(session)
        return self._told()

    def _wanted(self, reader: Reader) -> str:
        """The session that a person wants: named, new, or chosen from those that are not finished."""
        from rca.terminal.whys import choose
        from rca.terminal.whys_session import listed

        if self.options.session or self.options.new:
            return self.chosen()
        drafts = [one for one in listed(self.sessions, self.worklog_id) if one.state in {"draft", "unwritten"}]
        return (choose(drafts[-8:], reader) if drafts else None) or self.sessions.next_id(self.worklog_id)


def _let_collect() -> None:
    """Look for garbage from now on, and not in what is there: the record stays for as long as somebody answers."""
    gc.freeze()
    gc.enable()


def _put(document: dict[str, Any], notes: list[str]) -> None:
    """A document on a line of its own, with the notes that came since the last one."""
    told = list(notes)
    write_out(json.dumps({**document, "notes": told}, ensure_ascii=False) + "\n", None)
    del notes[: len(told)]


def _lines() -> Iterator[bytes]:
    """The lines of standard input that hold anything, as they come; of one that is too long its beginning."""
    from rca.terminal.whys_json import MAX_REQUEST

    if sys.stdin is None:
        raise RcaError("standard input is closed", "send requests through it, one a line")
    stream = sys.stdin.buffer
    while line := stream.readline(MAX_REQUEST + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_REQUEST)
        if line.strip():
            yield line


def _rich(material: Material, *, ascii_only: bool) -> Reader:
    from rca.terminal.whys_prompt import RichReader

    return RichReader(material, ascii_only=ascii_only)


def _nobody(worklog: Worklog) -> RcaError:
    """There is nobody to ask."""
    from rca.terminal.whys_answers import question_ids
    from rca.whys import Material

    material = Material(worklog)  # nothing needs to be looked up for that
    return RcaError(
        f"there is no terminal to ask at, and no --answers; missing are the answers to {', '.join(question_ids(material))}",
        "`rca whys --template-answers > answers.yaml` prints them with what is offered; fill it in, then `rca whys --answers answers.yaml`."
        " A program uses `rca whys next --format json`",
    )


def _read(source: str) -> bytes:
    """A file, or standard input for `-`."""
    from rca.terminal.whys_json import MAX_REQUEST

    try:
        if source != "-":
            with open(source, "rb") as stream:
                return stream.read(MAX_REQUEST + 1)
        if sys.stdin is None:
            raise RcaError("-: standard input is closed", "pipe the answers into rca, or name their file")
        return sys.stdin.buffer.read(MAX_REQUEST + 1)
    except OSError as error:
        raise RcaError(f"{source}: cannot be read: {error.strerror}", "check the path and the permissions") from error
