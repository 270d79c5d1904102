"""Where every error becomes one message and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from rca.errors import RcaError
from rca.terminal.speak import hush, looked_at, say, say_folded, terminal_width

DONE, FINDING, FAILED, INTERRUPTED = 0, 1, 2, 130

# Typer carries a copy of click in some versions and uses click itself in others: its own names lead to either.
_USAGE = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def guard(command: Callable[[], object]) -> int:
    """Run the command line and return its exit code; nothing gets past."""
    _ready()
    try:
        result = command()
        code = result if isinstance(result, int) else DONE
    except BaseException as error:  # noqa: BLE001 -- the one boundary
        code = _code_of(error)
    if code == INTERRUPTED:
        say("rca: interrupted; nothing that was written before is lost")
    return _flush(code)


def _ready() -> None:
    """Help texts hold characters that not every terminal has: those must not fail."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "").lower()
        if encoding and not encoding.startswith("utf") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _code_of(error: BaseException) -> int:
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else DONE if error.code is None else FAILED
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, RcaError):
        return fail(error.message, error.hint)
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return INTERRUPTED
    return _usage(error) if isinstance(error, _USAGE) else _unexpected(error)


def _usage(error: Any) -> int:
    """The command was not written right: say what, and where its help is."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "rca"
    message = " ".join(str(error.format_message()).split()).rstrip(".")
    show = f"`{command} --help` shows its arguments and options" if command != "rca" else "`rca --help` shows all commands"
    return fail(message[:1].lower() + message[1:], show)


def fail(message: str, hint: str) -> int:
    """Say what went wrong and the next step."""
    tell = _folded if looked_at() else say
    tell(f"rca: error: {message}")
    if hint:
        tell(f"rca: next: {hint}")
    return FAILED


def _folded(text: str) -> None:
    """A terminal would break a long line in the middle of words; a text of several lines is laid out already, as a diff is."""
    if "\n" in text:
        say(text)
    else:
        say_folded(text, terminal_width())


def _unexpected(error: BaseException) -> int:
    if isinstance(error, BrokenPipeError):
        # Whoever read stdout went away, as `head` does: not an error, and nothing more can be said there.
        hush(sys.stdout)
        return DONE
    if os.environ.get("RCA_DEBUG"):
        raise error
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return fail(f"{place}{error.strerror or error}", "check the path, the permissions and the free space")
    if isinstance(error, MemoryError):
        return fail("not enough memory", "name fewer or smaller inputs")
    return fail(f"internal fault ({type(error).__name__}: {error})", "run again with RCA_DEBUG=1 and report what it prints")


def _flush(code: int) -> int:
    """See that all has been written, since the process may end without Python doing so."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        hush(sys.stdout)
    except (OSError, ValueError) as error:
        hush(sys.stdout)
        # What could not be written has been said already when the command itself noticed.
        return code if code == FAILED else fail(f"stdout: {getattr(error, 'strerror', None) or error}", "check where the output goes")
    return code
