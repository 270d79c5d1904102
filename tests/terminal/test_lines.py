"""A line that is broken off by Ctrl-C is not lost: with a pseudo-terminal, and where there is none."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time

import pytest

from rca.terminal.lines import read_line


@pytest.fixture
def terminal(monkeypatch):
    """The end of a pseudo-terminal at which somebody types; standard input is the other one."""
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    import termios

    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with os.fdopen(slave, "r", encoding="utf-8") as stream, contextlib.closing(os.fdopen(master, "wb", buffering=0)) as keys:
        monkeypatch.setattr(sys, "stdin", stream)
        yield keys
        assert termios.tcgetattr(slave) == before


@pytest.mark.parametrize("typed", ["half a wo", "日本 🎉 ha", "", " "])
def test_what_was_typed_by_then_is_given_out(terminal, monkeypatch, typed):
    def input_(label):
        assert label == "Answer: "
        terminal.write(typed.encode())
        time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", input_)
    found = []
    with pytest.raises(KeyboardInterrupt):
        read_line("Answer: ", found.append)
    assert found == ([typed] if typed else [])


def test_a_line_that_is_entered_is_read(terminal, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: sys.stdin.readline().rstrip("\n"))
    terminal.write(b"whole line\n")
    assert read_line("", pytest.fail) == "whole line"


def test_without_a_terminal_it_is_a_line_like_any_other(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "typed")
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stdin", stream)
        assert read_line("", pytest.fail) == "typed"
