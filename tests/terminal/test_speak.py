"""What is said on stderr."""

from __future__ import annotations

import pytest

from rca.terminal.speak import say


@pytest.mark.parametrize(("actions", "said"), [("true", "c1  ## [error]owned\n"), ("", "c1  ##[error]owned\n")])
def test_no_text_becomes_a_command_to_the_runner_of_github(monkeypatch, capsys, actions, said):
    monkeypatch.setenv("GITHUB_ACTIONS", actions)
    say("c1  ##[error]\x1b[31mowned")
    assert capsys.readouterr().err == said
