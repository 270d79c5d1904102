"""The stateful emulator of GitHub from npm, which nobody here wrote: started for a test, on this machine only.

It has issues, comments, pull requests, search, check runs and the tokens of apps; it has no limits of sizes, no GraphQL, no ETag, no
artifacts to download and no faults. What it lacks, the fake has.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess  # noqa: TID251 -- it is a program of others
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.node import FOLDER, installed

TOKEN, OTHER = "test_token_ada", "test_token_eve"
APP, INSTALLATION = 4711, 815


@dataclass(frozen=True)
class Emulator:
    """A running one. key: of its app, with which the tokens of the app are asked for."""

    url: str
    key: str

    def env(self, token: str = TOKEN) -> dict[str, str]:
        """The environment of a command that is to use it."""
        return {"GITHUB_API_URL": self.url, "GITHUB_TOKEN": token}

    def app_token(self) -> str:
        """A token of the app, as the one in GitHub Actions is."""
        now = int(time.time())
        signed = jwt.encode({"iat": now - 60, "exp": now + 300, "iss": str(APP)}, self.key, algorithm="RS256")
        request = urllib.request.Request(f"{self.url}/app/installations/{INSTALLATION}/access_tokens", method="POST", data=b"{}")
        request.add_header("Authorization", f"Bearer {signed}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["token"]


def _seed(key: str) -> dict[str, object]:
    app = {"app_id": APP, "slug": "rca-app", "name": "rca app", "private_key": key, "permissions": {"checks": "write", "issues": "write"}}
    return {
        "tokens": {TOKEN: {"login": "ada", "scopes": ["repo"]}, OTHER: {"login": "eve", "scopes": ["repo"]}},
        "github": {
            "users": [{"login": "ada"}, {"login": "eve"}],
            "orgs": [{"login": "acme", "members": [{"login": "ada", "role": "admin"}, {"login": "eve"}]}],
            "repos": [{"owner": "acme", "name": "shop", "auto_init": True}],
            "apps": [{**app, "installations": [{"installation_id": INSTALLATION, "account": "acme"}]}],
        },
    }


@contextlib.contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Start one and end it; skips the test where Node or the package is not there."""
    program = installed("emulate") / "dist" / "index.js"
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    plain = serialization.NoEncryption()
    key = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain).decode()
    (folder / "seed.json").write_text(json.dumps(_seed(key)), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    argv = ["node", "--require", FOLDER / "loopback.cjs", program, "start", "--service", "github", "--port", port, "--base-url", url]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [*map(str, argv), "--seed", str(folder / "seed.json")],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for(url, process, folder / "log")
            yield Emulator(url, key)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"the emulator ended: {log.read_text(errors='replace')[-2_000:]}")
        try:
            urllib.request.urlopen(f"{url}/rate_limit", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the emulator does not answer: {log.read_text(errors='replace')[-2_000:]}")
