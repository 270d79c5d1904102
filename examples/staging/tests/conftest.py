"""Start the service for a session, and stop it afterwards."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harbor import Harbor, Token

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def harbor() -> Iterator[Harbor]:
    """Run the service on a free port of the loopback interface."""
    command = [sys.executable, "-m", "service", "--port", "0"]
    with (
        Path(os.environ.get("HARBOR_LOG", os.devnull)).open("a", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603 - our own service
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            pytest.fail("the service did not start")
        yield Harbor(line.split()[-1])
        process.terminate()


@pytest.fixture
def token(harbor: Harbor) -> Token:
    """Return a token that is good for a minute."""
    return harbor.token()
