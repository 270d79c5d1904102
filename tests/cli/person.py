"""Somebody at a terminal: a real command behind a pseudo-terminal, its keyboard, and what is on its screen."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pexpect

from tests.conftest import ROOT, Rca

sys.path.insert(0, str(ROOT / "scripts"))
from typing import Self

from screen import Screen

PATIENCE = 20.0
ENTER, INTERRUPT, END = "\r", "\x03", "\x04"


class Person:
    """Types into `rca …` and looks at the screen. What is awaited stands below what was there when something was typed last.

    measured: its lines count for the coverage, so it must come to its own end.
    """

    def __init__(
        self, rca: Rca, *args: str, columns: int = 80, rows: int = 40, command: str = "", measured: bool = False, **env: str
    ) -> None:
        given = {**(rca.environment if measured else rca.unmeasured), "TERM": "xterm-256color", **env}
        given["PATH"] = f"{Path(rca.argv[0]).parent}:{given['PATH']}"
        argv = ["bash", "-c", command] if command else [*rca.argv, *args]
        self.screen = Screen(columns, rows)
        self.raw = ""
        self.mark = 0
        self.child = pexpect.spawn(argv[0], argv[1:], cwd=str(rca.folder), env=given, dimensions=(rows, columns), encoding="utf-8")
        self.child.delaybeforesend = None
        self.child.delayafterclose = self.child.delayafterterminate = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.isalive():
            self.kill()
        self.child.close(force=True)

    # -- the screen ------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> str:
        """Everything that was shown, one line under the other."""
        return "\n".join(self.screen.text())

    @property
    def new(self) -> str:
        """What is shown from the line on in which something was typed last."""
        return "\n".join(self.screen.text(self.mark))

    def _read(self, seconds: float) -> bool:
        try:
            data = self.child.read_nonblocking(65_536, seconds)
        except pexpect.TIMEOUT:
            return False
        self.raw += data
        self.screen.feed(data)
        # What is typed may make the lines fewer that are drawn again.
        self.mark = min(self.mark, self.screen.row)
        return True

    def sees(self, *texts: str, seconds: float = PATIENCE) -> Person:
        """Wait until one of the texts is shown."""
        end = time.monotonic() + seconds
        while not any(text in self.new for text in texts):
            assert time.monotonic() < end, f"{texts} did not come; there is\n{self.new}"
            try:
                self._read(0.2)
            except pexpect.EOF:
                assert any(text in self.new for text in texts), f"it ended without {texts}:\n{self.new}"
        return self

    def waits(self, until: Callable[[], bool]) -> Person:
        """Wait until something holds that is not on the screen."""
        end = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < end, f"it did not come about; there is\n{self.new}"
            self._read(0.02)
        return self

    def ends(self, code: int = 0) -> str:
        """Wait for the end of the command; all that was shown."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self._read(0.2)
            except pexpect.EOF:
                break
        self.child.wait()
        found = self.child.exitstatus if self.child.signalstatus is None else -self.child.signalstatus
        assert found == code, f"exit code {found}:\n{self.shown}"
        return self.shown

    # -- the keyboard ----------------------------------------------------------------------------------------------

    def types(self, keys: str) -> Person:
        """Press keys."""
        if keys == INTERRUPT:
            # Python's input() overlooks a signal between its prompt and its reading; on a busy machine that may take a while.
            time.sleep(0.5)
        self.mark = self.screen.row
        self.child.send(keys)
        return self

    def pastes(self, text: str) -> Person:
        """Paste a text, as a terminal does where a program asked to be told about it."""
        return self.types(f"\x1b[200~{text}\x1b[201~")

    def resizes(self, columns: int, rows: int = 40) -> Person:
        """Make the window narrower or wider."""
        self.mark = self.screen.row
        self.screen.columns, self.screen.rows = columns, rows
        self.child.setwinsize(rows, columns)
        return self

    def kill(self) -> None:
        """End the command as a crash would."""
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait()
