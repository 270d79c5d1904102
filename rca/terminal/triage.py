"""Walk through the clusters of a worklog: the words that people type, in a shell or at the prompt, and what they do."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rca.analysis.assess import settle
from rca.causes.orders import Order, OrderError, cluster_of, redo, take, undo
from rca.errors import RcaError
from rca.model import Cluster, Decision, DecisionKind, Worklog
from rca.terminal.columns import Line
from rca.terminal.screen import PIPE_WIDTH, columns, in_colour, said, text_of
from rca.terminal.triage_text import Screen, page_of, told
from rca.text import figures
from rca.text.clean import clean, one_line

COMPLETED = 50
PROMPT = "triage> "


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be typed: how it is written, what it does, and the kind of decision that it takes, if any."""

    usage: str
    does: str
    kind: DecisionKind | None = None


ACTIONS: dict[str, Action] = {
    "note": Action("note CLUSTER TEXT", "keep what you found out", "note"),
    "accept": Action("accept CLUSTER MATCH", "it is that issue or that earlier failure", "accept"),
    "reject": Action("reject CLUSTER MATCH", "it is not", "reject"),
    "mute": Action("mute CLUSTER [REASON]", "it needs no attention now", "mute"),
    "unmute": Action("unmute CLUSTER", "it does again", "unmute"),
    "flaky": Action("flaky CLUSTER [REASON]", "its tests fail now and then", "flaky"),
    "not-flaky": Action("not-flaky CLUSTER [REASON]", "they do not", "not flaky"),
    "split": Action("split CLUSTER CASES…", "take cases out into a cluster of their own; globs over their ids", "split"),
    "merge": Action("merge CLUSTER OTHER", "the other one becomes a part of it", "merge"),
    "rule": Action("rule CLUSTER RULE", 'what such failures look like: message LIKE "%refused%"', "rule"),
    "undo": Action("undo", "take back the last decision"),
    "redo": Action("redo", "take it again"),
    "list": Action("list", "all clusters, the first to look at at the top"),
    "show": Action("show CLUSTER", "all that is known of one"),
    "cases": Action("cases CLUSTER", "all of its cases"),
    "decisions": Action("decisions", "what was decided, and by whom"),
}
AT_THE_PROMPT: dict[str, Action] = {
    "more": Action("more", "the list, further down"),
    "next": Action("next", "open the next cluster of the list; so does Enter"),
    "back": Action("back", "open the one before"),
    "help": Action("help", "these lines"),
    "quit": Action("quit", "leave; everything is kept already"),
}
_SHORT = {
    "open": "show",
    "l": "list",
    "m": "more",
    "n": "next",
    "b": "back",
    "h": "help",
    "?": "help",
    "q": "quit",
    "exit": "quit",
    ":q": "quit",
}


# -- words -----------------------------------------------------------------------------------------------------------


def action_of(word: str, *, prompt: bool = False) -> str:
    """The action that a word means. Raises OrderError with the nearest one."""
    known = {**ACTIONS, **AT_THE_PROMPT} if prompt else ACTIONS
    name = _SHORT.get(word, word).replace("_", "-").lower() if prompt or word == "open" else word.lower()
    if name in known:
        return name
    if name.removeprefix("c").isdecimal():
        return "show"
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise OrderError(f"there is no action {one_line(word, 40)!r}", f"{hint}There are {', '.join(known)}")


def order_of(action: str, words: Sequence[str]) -> Order:
    """What is asked for by the words behind an action that decides. Raises OrderError when there are too few or too many."""
    usage = f"write it like: {ACTIONS[action].usage}"
    kind = ACTIONS[action].kind
    if kind is None or not words:
        raise OrderError(f"{action} needs a cluster", usage)
    cluster, rest = words[0], words[1:]
    if kind == "split":
        return Order(kind, cluster, cases=tuple(rest))
    if kind == "merge":
        if not rest:
            raise OrderError("merge needs two clusters", usage)
        return Order(kind, cluster, other=rest[0], text=" ".join(rest[1:]))
    if kind in {"accept", "reject"}:
        return Order(kind, cluster, other=rest[0] if rest else "", text=" ".join(rest[1:]))
    if kind == "unmute" and rest:
        raise OrderError("unmute takes no more than a cluster", usage)
    return Order(kind, cluster, text=" ".join(rest))


def words_of(line: str) -> list[str]:
    """A typed line in words: a text needs no quotes, and loses those that stand around all of it; globs may have them."""
    words = line.split(None, 2)
    if len(words) < 3:
        return words
    rest = words[2].strip()
    if words[0] == "split":
        try:
            return [*words[:2], *shlex.split(rest)]
        except ValueError:
            return [*words[:2], *rest.split()]
    if words[0] in {"accept", "reject", "merge"}:
        return [*words[:2], *(part.strip("'\"") for part in rest.split(None, 1))]
    if len(rest) > 1 and rest[0] == rest[-1] and rest[0] in "'\"" and rest[0] not in rest[1:-1]:
        rest = rest[1:-1]
    return [*words[:2], rest]


# -- deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision did: the worklog after it, the decision (None when all was so already), and what is said of it."""

    worklog: Worklog
    decision: Decision | None
    said: str


def decide(worklog: Worklog, action: str, order: Order | None, *, at: datetime, author: str = "") -> Change:
    """Take, undo or redo a decision on the worklog as it is now."""
    if order is not None:
        after, decision = take(worklog, order, at=at, author=author)
        if decision is None:
            cid = cluster_of(worklog, order.cluster).id
            return Change(worklog, None, f"{cid}: that is so already; nothing was changed")
        after = settle(after)
        return Change(after, decision, f"{decision.id}: {told(decision, after)}{_effect(worklog, after)}")
    after, decision = {"undo": undo, "redo": redo}[action](worklog)
    if decision is None:
        why = "another decision was taken since the last undo" if action == "redo" and worklog.decisions else ""
        raise OrderError(f"there is no decision to {action}" + (f": {why}" if why else ""), "`decisions` lists what was decided")
    after = settle(after)
    done = "taken back" if action == "undo" else "taken again"
    return Change(after, decision, f"{done}, {decision.id}: {told(decision, worklog)}{_effect(worklog, after)}")


def _effect(before: Worklog, after: Worklog) -> str:
    """What else is different now: clusters that came, went or have another class."""
    old = {cluster.id: cluster for cluster in before.clusters}
    parts = []
    for cluster in after.clusters:
        was = old.get(cluster.id)
        if was is None:
            parts.append(f"{cluster.id} has {figures.count(len(cluster.cases), 'case')}")
        elif was.cases != cluster.cases:
            parts.append(f"{cluster.id} has {figures.count(len(cluster.cases), 'case')} now")
        elif was.classification != cluster.classification:
            parts.append(f"{cluster.id} is called {cluster.classification} now, and was {was.classification}")
    return f" ({'; '.join(parts)})" if parts else ""


# -- the walk ----------------------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """A person at the prompt.

    load: reads the record as it is now. change: edits it under its lock and stores it at once. place: of the cluster that was
    opened last, in the list. seen: the last decision that this person knows to hold.
    """

    load: Callable[[], Worklog]
    change: Callable[[Callable[[Worklog], Worklog]], Worklog]
    clock: Callable[[], datetime]
    author: str = ""
    place: int = -1
    listed: int = 0
    seen: str = ""
    worklog: Worklog = field(init=False)

    def __post_init__(self) -> None:
        self._read()

    def _read(self) -> Screen:
        self.worklog = self.load()
        self.seen = _last(self.worklog)
        return self.screen

    @property
    def screen(self) -> Screen:
        """The worklog as it was read last, as wide as the terminal is now."""
        return Screen(self.worklog, columns())

    def start(self) -> Iterator[Line]:
        """What is shown first."""
        yield from self._from_the_top()
        yield from _hint("A number opens a cluster, Enter the next one; `help` lists what else can be typed, `quit` leaves.")

    def answer(self, line: str) -> Iterator[Line] | None:
        """What a typed line leads to; None to leave. Raises RcaError when it cannot be done."""
        line = clean(line).strip()
        words = words_of(line) if line else ["next"]
        action = action_of(words[0], prompt=True)
        if action == "quit":
            return None
        if action == "show" and words[0].lower().removeprefix("c").isdecimal():
            words = ["show", *words]
        if ACTIONS.get(action, AT_THE_PROMPT["help"]).kind is not None or action in {"undo", "redo"}:
            return self._decide(action, words[1:])
        return self._view(action, words[1:])

    def _view(self, action: str, words: Sequence[str]) -> Iterator[Line]:
        screen = self._read()
        if action in {"show", "cases"}:
            if not words:
                raise OrderError(f"{action} needs a cluster", f"write it like: {ACTIONS[action].usage}")
            cluster = cluster_of(self.worklog, words[0])
            self._open(cluster)
            return screen.cluster(cluster.id) if action == "show" else screen.cases(cluster)
        if action in {"next", "back"}:
            return self._step(1 if action == "next" else -1)
        if action == "more":
            return self._page(self.listed)
        return {"list": self._from_the_top, "decisions": screen.decisions, "help": _help}[action]()

    def _from_the_top(self) -> Iterator[Line]:
        yield from self.screen.head()
        yield from self._page(0)
        yield []

    def _open(self, cluster: Cluster) -> None:
        self.place = next(place for place, entry in enumerate(self.screen.ranked) if entry.cluster.id == cluster.id)

    def _step(self, by: int) -> Iterator[Line]:
        ranked = self.screen.ranked
        if not ranked:
            return _hint("There is no cluster to open.")
        place = self.place + by
        if not 0 <= place < len(ranked):
            return _hint("This was the last cluster; `list` begins again." if by > 0 else "There is none before it.")
        self.place = place
        return self.screen.cluster(ranked[place].cluster.id)

    def _page(self, start: int) -> Iterator[Line]:
        size = page_of(shutil.get_terminal_size((PIPE_WIDTH, 24)).lines)
        screen = self.screen
        total = len(screen.ranked)
        self.listed = min(start + size, total)
        if start and start >= total:
            yield from _hint("This is the end of the list.")
            return
        yield from screen.rows(start, size)
        if self.listed < total:
            yield []
            yield from _hint(f"{figures.count(total - self.listed, 'more cluster')}: `more` shows the next.")

    def _decide(self, action: str, words: Sequence[str]) -> Iterator[Line]:
        order = None if action in {"undo", "redo"} else order_of(action, words)
        made: list[Change] = []

        def edit(newest: Worklog) -> Worklog:
            if order is None:
                self._same_as_seen(newest, action)
            made.append(decide(newest, action, order, at=self.clock(), author=self.author))
            return made[-1].worklog

        opened = self.screen.ranked[self.place].cluster.id if 0 <= self.place < len(self.screen.ranked) else ""
        before = self.worklog.revision
        self.worklog = self.change(edit)
        self.seen = _last(self.worklog)
        if opened:
            ids = [entry.cluster.id for entry in self.screen.ranked]
            self.place = ids.index(opened) if opened in ids else min(self.place, len(ids)) - 1
        text = made[-1].said
        if self.worklog.revision > before + 1:
            text += ". Somebody else changed the worklog since you last looked; `list` shows it"
        return _hint(text, style="green" if made[-1].decision else "")

    def _same_as_seen(self, newest: Worklog, action: str) -> None:
        """Nobody takes back unseen what somebody else decided meanwhile."""
        last = _last(newest)
        if last == self.seen:
            return
        self.seen = last
        decision = next((d for d in newest.decisions if d.id == last), None)
        what = f"{last}: {told(decision, newest)}" if decision else "an undo"
        raise OrderError(f"somebody else decided meanwhile, {what}", f"type {action} again if that is what you want to {action}")

    # -- completion --------------------------------------------------------------------------------------------------

    def complete(self, line: str) -> Iterator[tuple[str, str]]:
        """What the last word of a line may become, each with a word about it."""
        words = line.split()
        if not words or line[-1:].isspace():
            words.append("")
        start = words[-1].lower()
        for text, about in self._choices(words[:-1]):
            if text.lower().startswith(start) or (start.isdecimal() and text.lower().startswith(f"c{start}")):
                yield text, one_line(about, 60)

    def _choices(self, before: Sequence[str]) -> Iterator[tuple[str, str]]:
        if not before:
            yield from ((name, action.does) for name, action in {**ACTIONS, **AT_THE_PROMPT}.items())
        elif len(before) == 1 and " " in ACTIONS.get(before[0], AT_THE_PROMPT["help"]).usage:
            yield from ((entry.cluster.id, entry.cluster.title) for entry in self.screen.ranked)
        elif len(before) == 2 and before[0] == "merge":
            yield from ((entry.cluster.id, entry.cluster.title) for entry in self.screen.ranked if entry.cluster.id != before[1])
        elif len(before) >= 2:
            cluster = next((c for c in self.worklog.clusters if c.id == f"c{before[1].lower().removeprefix('c')}"), None)
            if cluster and before[0] in {"accept", "reject"} and len(before) == 2:
                yield from ((match.ref, match.title) for match in cluster.matches)
            elif cluster and before[0] == "split":
                yield from ((shlex.quote(clean(cid)), "") for cid in cluster.cases[:COMPLETED])

    def neighbour(self, line: str, by: int) -> str | None:
        """The line that opens the cluster after or before the one that the line opens, for the arrow keys; None to leave it."""
        ids = [entry.cluster.id for entry in self.screen.ranked]
        cid = line.removeprefix("show ").strip()
        if not ids or (line and (cid not in ids or not line.startswith("show "))):
            return None
        place = ids.index(cid) + by if line else self.place + by
        return f"show {ids[max(0, min(place, len(ids) - 1))]}"


def _last(worklog: Worklog) -> str:
    return next((decision.id for decision in reversed(worklog.decisions) if not decision.undone), "")


def _hint(text: str, style: str = "") -> Iterator[Line]:
    return said(text, columns(), style=style)


def _help() -> Iterator[Line]:
    for action in (*ACTIONS.values(), *AT_THE_PROMPT.values()):
        yield from said(action.does, columns(), head=f"{action.usage}: ", hang=4)
    yield from _hint("CLUSTER is a number like 3 or c3. Up and down choose a cluster, the tabulator completes, Ctrl-D leaves.")


# -- the terminal ------------------------------------------------------------------------------------------------------


def run(walk: Walk, *, plain: bool) -> int:
    """Answer what is typed until the person leaves; 0 then. Raises KeyboardInterrupt when Ctrl-C is pressed twice."""
    colour = in_colour() and not plain
    _print(walk.start(), colour=colour)
    read: Callable[[], str] = _plain_reader if plain else _reader(walk)
    interrupted = False
    while True:
        try:
            line = read()
            interrupted = False
            answer = walk.answer(line)
            if answer is None:
                return 0
            _print(answer, colour=colour)
        except EOFError:
            _print([[]], colour=False)
            return 0
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            _print(_hint("Ctrl-C again leaves, and so does Ctrl-D; what was decided is kept."), colour=False)
        except RcaError as error:
            _print(said(clean(error.message), columns(), head="error: ", style="red", hang=4), colour=colour)
            if error.hint:
                _print(said(clean(error.hint), columns(), head="next: ", hang=4), colour=colour)


def _print(lines: Iterable[Line], *, colour: bool) -> None:
    text = text_of(lines, colour=colour)
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def _plain_reader() -> str:
    return input(PROMPT)


def _reader(walk: Walk) -> Callable[[], str]:
    """A line that can be edited, with a history and completion; what was printed before is never touched again."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import create_output
    from prompt_toolkit.shortcuts import CompleteStyle

    class Words(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
            line = document.text_before_cursor
            start = 0 if not line or line[-1].isspace() else len(line.split()[-1])
            for text, about in walk.complete(line):
                yield Completion(f"{text} ", start_position=-start, display=text, display_meta=about)

    def choose(event: KeyPressEvent, by: int) -> None:
        """Put the next cluster of the list into the line; a line that says something else goes through the history."""
        buffer = event.current_buffer
        line = walk.neighbour(buffer.text, by) if buffer.text in {"", *placed} else None
        if line is not None:
            placed[:] = [line]
            buffer.document = Document(line)
        elif by < 0:
            buffer.history_backward()
        else:
            buffer.history_forward()

    placed: list[str] = []
    keys = KeyBindings()

    @keys.add("up")
    def _up(event: KeyPressEvent) -> None:
        choose(event, -1)

    @keys.add("down")
    def _down(event: KeyPressEvent) -> None:
        choose(event, 1)

    output = create_output()
    if hasattr(output, "enable_cpr"):
        # To be asked where the cursor is would confuse a terminal that cannot tell, and nothing here needs it.
        output.enable_cpr = False
    session: PromptSession[str] = PromptSession(
        PROMPT,
        completer=Words(),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,
        key_bindings=keys,
        reserve_space_for_menu=0,
        output=output,
    )

    def read() -> str:
        placed.clear()
        return session.prompt()

    return read
