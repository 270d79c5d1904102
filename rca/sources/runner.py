"""Runs the one command that somebody asked for, shows what it prints while it runs, and keeps the beginning and the end of that.

    argv = arguments("pytest -q tests")            # no shell, unless one is asked for
    ran = run(argv, folder, seconds=3600, environment=os.environ, show=sys.stderr.buffer)

The command gets a process group of its own, so that a limit of time, Ctrl-C or the end of rca ends all that it started. A command
that ends by itself may leave processes behind, as in a shell: nobody waits for those, even when they hold its output open.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess  # noqa: TID251 -- this is the runner: it starts what a person asked for, and nothing else
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from rca.errors import RcaError
from rca.text.clean import clean, one_line
from rca.text.redact import MARK, redact

MEMORY = 65_536  # bytes of the output that are held: half of them of its beginning, half of its end
STORED = 4_000  # characters of the output that are kept
LONGEST_SECRET = 4_000  # bytes at a cut that may be a part of one, when they stand on one line
GRACE = 2.0  # seconds between the request to end and the end
QUIET = 0.5  # seconds without output after which nobody listens to what a command left behind
LISTEN = 5.0  # seconds of such output at most

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_QUOTED = re.compile(r"\\(?:.|\n)|'[^']*'|\"(?:[^\"\\]|\\(?:.|\n))*\"")
_OPERATOR = re.compile(r"[();<>|&]+|\n")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_EXPANDED = re.compile(r"[*?$`~]")
_KEY_BEGIN, _KEY_END = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), re.compile(r"-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")


class RunnerError(RcaError):
    """A command cannot be started."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended.

    code: None when it did not end by itself; then `ended` says what ended it. seconds: how long it ran. output: what is kept of
    what it printed, clean and without secrets.
    """

    code: int | None
    ended: str
    seconds: float
    output: str

    @property
    def passed(self) -> bool:
        """Whether it ended by itself and well."""
        return self.code == 0


def arguments(command: str, *, shell: bool = False) -> list[str]:
    """What to start for a command line. Raises RunnerError when it is no command, or one that only a shell understands."""
    if not command.strip():
        raise RunnerError("the command is empty", 'write it like: rca fix --run "pytest -q"')
    if shell:
        return _in_shell(command)
    try:
        argv = shlex.split(command, posix=os.name == "posix")
    except ValueError as error:
        message = f"{one_line(redact(command), 120)}: is no command line ({str(error).lower()})"
        raise RunnerError(message, "close the quotes") from error
    bare = _bare(command)
    if found := _OPERATOR.search(bare) or _ASSIGNED.match(bare):
        sign = "a line break" if found[0] == "\n" else f"`{found[0]}`"
        message = f"{one_line(redact(command), 120)}: {sign} is for a shell, and none is used"
        raise RunnerError(message, "add --shell, or put it into quotes when the program itself is to get it")
    return argv


def _bare(command: str) -> str:
    """The command without what is in quotes or behind a backslash."""
    return _QUOTED.sub("x", command).strip()


def _in_shell(command: str) -> list[str]:
    """The line in a shell; of a pipe every part counts, so that a red test run before `| tee log` stays red."""
    if os.name != "posix":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/c", command]
    bash = shutil.which("bash")
    return [bash, "-o", "pipefail", "-c", command] if bash else ["/bin/sh", "-c", command]


def unexpanded(command: str) -> str:
    """The first sign in a command that a shell would have replaced; empty when there is none."""
    match = _EXPANDED.search(_bare(command))
    return match[0] if match else ""


def run(argv: Sequence[str], folder: Path, *, seconds: float, environment: Mapping[str, str], show: IO[bytes] | None = None) -> Ran:
    """Run a command in a folder, with nothing on its standard input; `show` gets what it prints, as it is and as it comes.

    After `seconds` all of its group is ended. Raises RunnerError when it cannot be started. An exception in between, such as
    KeyboardInterrupt, ends the group too; so does SIGTERM or SIGHUP, which then takes its usual course.
    """
    started = time.monotonic()
    process = _start(argv, folder, environment)
    output = _Output(process, show)
    ended = ""
    with _ending_with_us(process):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            ended = f"stopped after {seconds:g} s"
            _end(process, signal.SIGTERM)
        except BaseException:
            _end(process, signal.SIGINT)
            raise
        finally:
            took = time.monotonic() - started
            output.finish()
    if not ended and process.returncode < 0:
        ended = f"signal {_signal_name(-process.returncode)}"
    return Ran(None if ended else process.returncode, ended, round(took, 3), output.text())


def answer(argv: Sequence[str], *, seconds: float, environment: Mapping[str, str]) -> str:
    """What a program prints when it ends well and in time, else nothing. It is neither shown nor redacted: it may be a secret.

    Raises RunnerError when it cannot be started.
    """
    process = _start(argv, Path(), environment, stderr=subprocess.DEVNULL)
    output = _Output(process, None)
    with _ending_with_us(process):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(process, signal.SIGTERM)
            return ""
        except BaseException:
            _end(process, signal.SIGINT)
            raise
        finally:
            output.finish()
    return output.first() if process.returncode == 0 else ""


def _start(argv: Sequence[str], folder: Path, environment: Mapping[str, str], stderr: int = subprocess.STDOUT) -> subprocess.Popen[bytes]:
    new_group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    name = one_line(redact(argv[0]), 120)
    try:
        return subprocess.Popen(  # noqa: S603 -- the command that the person typed, without a shell unless asked for
            list(argv),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            start_new_session=os.name == "posix",
            creationflags=new_group,
        )
    except FileNotFoundError as error:
        hint = "check its spelling and the PATH; a program in the project is written like ./run-tests, a word of the shell needs --shell"
        raise RunnerError(f"{name}: there is no such program, so nothing was run", hint) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RunnerError(f"{name}: cannot be started: {one_line(reason, 100)}", "check that it is a program that you may run") from error


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


# -- ending ---------------------------------------------------------------------------------------------------------


def _send(process: subprocess.Popen[bytes], number: int) -> bool:
    """Send a signal to the whole group, 0 to ask only; False when nobody is left in it."""
    if os.name != "posix":
        if number and process.poll() is None:
            process.kill()
        return process.poll() is None
    try:
        os.killpg(process.pid, number)
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    """Ask the group to end, and end it when it does not; a second Ctrl-C does so at once."""
    try:
        _send(process, number)
        end = time.monotonic() + GRACE
        while time.monotonic() < end and (process.poll() is None or _send(process, 0)):
            time.sleep(0.02)
    finally:
        if process.poll() is None or _send(process, 0):
            _send(process, _KILL)
        process.wait()


@contextlib.contextmanager
def _ending_with_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """When rca is told to end, the command ends with it: being a group of its own, it would not hear of it."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def stop(number: int, _frame: FrameType | None) -> None:
        _send(process, _KILL)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: what was to be ignored stays so
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- output ---------------------------------------------------------------------------------------------------------


class _Output:
    """Reads what a command prints, in a thread of its own; memory stays the same however much it is."""

    def __init__(self, process: subprocess.Popen[bytes], show: IO[bytes] | None) -> None:
        assert process.stdout is not None  # noqa: S101 -- for the type checker: it is a pipe
        self._pipe = process.stdout
        self._show = show
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._total = 0
        self._ends_a_line = True
        self._lock = threading.Lock()
        self._closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self._pipe, contextlib.suppress(OSError):
            while data := self._pipe.read(65_536):
                with self._lock:
                    if self._closed:
                        return
                    self._keep(data)
                self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        if self._show is None:
            return
        try:
            self._show.write(data)
            self._show.flush()
        except (OSError, ValueError):
            self._show = None  # nobody is there to see it: the command runs on

    def _keep(self, data: bytes) -> None:
        self._total += len(data)
        self._ends_a_line = data.endswith(b"\n")
        if room := MEMORY // 2 - len(self._head):
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail.append(data)
            self._tail_size += len(data)
            while self._tail_size - len(self._tail[0]) >= MEMORY // 2:
                self._tail_size -= len(self._tail.popleft())

    def finish(self) -> None:
        """Wait for what is still in the pipe; not for those who hold it open and are silent."""
        end = time.monotonic() + LISTEN
        seen = -1
        while self._reader.is_alive() and seen != self._total and time.monotonic() < end:
            seen = self._total
            self._reader.join(QUIET)
        with self._lock:
            self._closed = True
        if self._total and not self._ends_a_line:
            self._pass_on(b"\n")

    def first(self) -> str:
        """The beginning of what was printed, as it is."""
        return bytes(self._head).decode("utf-8", "replace")

    def text(self) -> str:
        """What is kept, as text that can be stored."""
        tail = b"".join(self._tail)[-(MEMORY // 2) :]
        return stored_text(bytes(self._head), tail, self._total - len(self._head) - len(tail))


def stored_text(head: bytes, tail: bytes, left_out: int) -> str:
    """The beginning and the end of an output as clean text without secrets: about STORED characters, most of them of the end.

    left_out: bytes between the two. What stands at the cut may be half a secret, which nothing recognises: it is left out too.
    """
    if left_out:
        first, last = _safe(_to_line_end(head)), _safe(_from_line_start(tail))
    else:
        first = last = _safe(head + tail)
        if len(first) <= STORED:
            return first
    note = f"… the middle of {len(head) + len(tail) + left_out:,} bytes is left out …"
    return f"{first[: STORED // 3].rstrip()}\n{note}\n{last[-(STORED - STORED // 3) :].lstrip()}"


def _to_line_end(head: bytes) -> bytes:
    return head[: max(head.rfind(b"\n") + 1, len(head) - LONGEST_SECRET)]


def _from_line_start(tail: bytes) -> bytes:
    start = tail.find(b"\n", 0, LONGEST_SECRET)
    tail = tail[start + 1 :] if start >= 0 else tail[LONGEST_SECRET:]
    text = tail.decode("utf-8", "replace")
    found = _KEY_END.search(text)
    if found and not _KEY_BEGIN.search(text, 0, found.start()):
        text = MARK + text[found.end() :]
    return text.encode()


def _safe(data: bytes) -> str:
    text = clean(data.decode("utf-8", "replace"))
    return redact("\n".join(line.rstrip() for line in text.split("\n")))
