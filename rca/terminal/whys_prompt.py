"""The rich prompt of `rca whys`: a text that stands there already, several lines, an editor, completion, a history."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rca.terminal.whys import ASCII, Spot
from rca.text.clean import clean, one_line
from rca.whys import Material, show_ref
from rca.whys.commands import HELP

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyPressEvent

COMPLETED = 50
EDITOR = ":edit-in-editor"


class RichReader:
    """Reads with prompt_toolkit. Nothing that was printed before is touched; only the lines that are typed are drawn again.

    The library is imported when the first text is read, with the question on the screen already.
    """

    plain = False

    def __init__(self, material: Material, *, ascii_only: bool = False, **streams: Any) -> None:
        self.material = material
        self.ascii_only = ascii_only
        self.spot: Spot | None = None
        self.typed = ""
        self.commanding = False
        self._streams = streams

    @cached_property
    def session(self) -> PromptSession[str]:
        """The prompt and its history, one for all texts."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory
        from prompt_toolkit.output import create_output
        from prompt_toolkit.shortcuts import CompleteStyle

        output = self._streams.pop("output", None) or create_output()
        if hasattr(output, "enable_cpr"):
            # To be asked where the cursor is would confuse a terminal that cannot tell, and nothing here needs it.
            output.enable_cpr = False
        session: PromptSession[str] = PromptSession(
            multiline=True,
            completer=_completer(self),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            history=InMemoryHistory(),
            key_bindings=_keys(self),
            enable_open_in_editor=True,
            enable_history_search=False,
            tempfile_suffix=".md",
            reserve_space_for_menu=0,
            input_processors=[_ascii()] if self.ascii_only else None,
            prompt_continuation=lambda _width, _number, _soft: ". ",
            output=output,
            **self._streams,
        )
        session.default_buffer.on_text_changed += self._changed
        return session

    def _changed(self, buffer: Any) -> None:
        # A command that is completed or taken back leaves the line empty for a moment: that is no text.
        if self.spot is None or buffer.text.startswith(":") or (self.commanding and not buffer.text):
            return
        self.commanding = False
        self.typed = buffer.text
        self.spot.typed(buffer.text)

    def command(self, buffer: Any) -> None:
        """Put the text aside and begin a command in its place."""
        self.commanding = True
        buffer.text = ""
        buffer.insert_text(":")

    def read(self, label: str, spot: Spot) -> str:
        """The text that was typed; what stood there can be changed."""
        text = self.typed = spot.value
        self.spot = spot
        self.commanding = False
        if spot.field.kind in {"text", "lines"}:
            label = f"{label.rstrip()}\n> "
        try:
            text = self.session.prompt(label, default=text)
            while self.commanding and not text:
                # The command was taken back: what was put aside for it stands there again.
                self.commanding = False
                text = self.session.prompt(label, default=self.typed)
            while text.strip() == EDITOR:
                text = self._edited(self.typed)
            return text.rstrip("\n")
        finally:
            self.spot = None

    def _edited(self, text: str) -> str:
        """The text after somebody changed it in $VISUAL or $EDITOR: leaving the editor gives the answer."""

        def open_editor() -> None:
            self.session.default_buffer.open_in_editor(validate_and_handle=True)

        return str(self.session.prompt("", default=text, pre_run=open_editor))

    def completions(self, line: str) -> Iterator[tuple[str, str, str]]:
        """What the last word of a text may become: the text to put there, what to replace, and a word about it."""
        if line.startswith(":") and " " not in line:
            for name, takes, does in (*HELP, ("edit-in-editor", "", "write the text in $EDITOR")):
                if name.startswith(line[1:]):
                    yield f":{name}{' ' if takes else ''}", line, does
            return
        word = "" if not line or line[-1].isspace() else line.rsplit(maxsplit=1)[-1]
        named = line.startswith((":evidence ", ":detach ")) or (self.spot is not None and self.spot.field.kind in {"refs", "lines"})
        if not named and not word:
            return
        wanted = word.lower()
        found = (one for one in self._references() if one[0].lower().startswith(wanted) or (len(wanted) > 2 and wanted in one[0].lower()))
        for number, (text, about) in enumerate(found):
            if number >= COMPLETED:
                return
            yield text, word, about

    def _references(self) -> Iterator[tuple[str, str]]:
        """All that can be named as evidence: what is offered, clusters, files, cases."""
        seen: set[str] = set()
        for text, about in self._known():
            if text not in seen:
                seen.add(text)
                yield clean(text), one_line(about, 60)

    def _known(self) -> Iterator[tuple[str, str]]:
        if self.spot is not None:
            yield from ((one, "") for one in self.spot.field.choices)
            yield from ((show_ref(one.ref), one.why_offered) for one in self.spot.question.candidates)
        clusters = self.material.ground.clusters.values()
        yield from ((one.id, one.title) for one in clusters)
        yield from ((frame.partition(" ")[0], one.title) for one in clusters for frame in one.frames)
        # What is not worked out yet would keep the person waiting.
        found = [line for clusters in list(self.material.pools) for line in self.material.beside.log_lines(clusters)]
        yield from ((line.ref, line.text) for line in found)
        yield from ((f"case:{case}", one.title) for one in clusters for case in one.cases)


def _completer(reader: RichReader) -> Any:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion

    class References(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:  # noqa: ARG002
            for text, old, about in reader.completions(document.current_line_before_cursor):
                yield Completion(text, start_position=-len(old), display=text, display_meta=about)

    return References()


def _ascii() -> Any:
    """Shows what is typed in ASCII characters; the text itself stays as it is."""
    from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

    class Ascii(Processor):
        def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
            shown = ((style, ascii_of(text)) for style, text, *_ in transformation_input.fragments)
            return Transformation(list(shown))

    return Ascii()


def ascii_of(text: str) -> str:
    """A text in ASCII, one character for each."""
    return "".join(char if char.isascii() else ASCII.get(ord(char), "?")[0] for char in text)


def _keys(reader: RichReader) -> Any:
    """Enter takes the answer; with Alt, or after Esc, it begins a new line. A colon begins a command where nothing was typed yet."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _take(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _line(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    @Condition
    def untouched() -> bool:
        buffer = get_app().current_buffer
        return bool(reader.spot and buffer.text == reader.spot.value and buffer.cursor_position == len(buffer.text))

    @keys.add(":", filter=untouched)
    @keys.add("escape", ":")
    def _command(event: KeyPressEvent) -> None:
        reader.command(event.current_buffer)

    return keys
