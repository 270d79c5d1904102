"""docs/github.md names every request that rca can send, with its permission, and no other."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module

from rca.github import Answer, Repository
from rca.github.errors import GitHubError, MissingPermissionError
from rca.github.pulls import Head
from rca.github.shapes import Artifact
from rca.sources.ci_event import Event
from tests.conftest import ROOT

MODULES = ("actions", "checks", "comments", "deployments", "issues", "pulls", "who")
NOT_THERE = {"issues.known"}
# What the functions are called with: a new name of an argument wants a value here.
ARGUMENTS = {
    "issue": 1,
    "number": 1,
    "run": 1,
    "attempt": 1,
    "comment": 1,
    "commit": "a" * 40,
    "other": "a" * 40,
    "check": 1,
    "deployment": 1,
    "ref": "main",
    "title": "t",
    "body": "b",
    "text": "x",
    "name": "rca",
    "node_id": "IC_1",
    "node_ids": ["IC_1"],
    "head_sha": "a" * 40,
    "since": datetime(2026, 1, 1, tzinfo=UTC),
    "head": Head("a" * 40),
    "event": Event("push", head_sha="a" * 40),
    "artifact": Artifact(id=1, name="junit"),
    "target": ROOT,
}


class Listener:
    """Takes requests and refuses them, so that nothing but the first is asked."""

    def __init__(self):
        self.heard = []

    def send(self, request) -> Answer:
        self.heard.append(request)
        if request.path == "/user":  # what follows is asked too
            raise MissingPermissionError("no")
        raise GitHubError("no")

    def download(self, request, file) -> int:
        self.heard.append(request)
        raise GitHubError("no")


def functions():
    for module in MODULES:
        found = import_module(f"rca.github.{module}")
        for name, function in vars(found).items():
            if inspect.isfunction(function) and function.__module__ == found.__name__ and not name.startswith("_"):
                yield f"{module}.{name}", function


def asked():
    listener = Listener()
    repository = Repository(listener, "acme/shop")
    for name, function in functions():
        if name in NOT_THERE:
            continue
        given = {
            key: each for key, each in inspect.signature(function).parameters.items() if each.default is each.empty and key != "repository"
        }
        variants = [{}, {"workflow": "e2e.yml"}] if "workflow" in inspect.signature(function).parameters else [{}]
        for more in variants:
            before = len(listener.heard)
            with suppress(GitHubError):
                list(function(repository, **{key: ARGUMENTS[key] for key in given}, **more) or ())
            assert len(listener.heard) > before, f"{name} asks nothing"
    return {(request.verb, plain(request.path), request.needs or "none") for request in listener.heard}


def plain(path):
    path = path.replace("/repos/acme/shop", "R")
    return re.sub(r"(?<=[/.])(\d+|a{40}|main|e2e\.yml)(?=/|\.\.\.|$)", "N", path)


def test_the_page_names_every_request_and_no_other():
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8").split("## What is asked", 1)[1].split("\n## ", 1)[0]
    rows = set(re.findall(r"^\| ([A-Z]+) `([^`]+)`[^|]*\| ([^|]+?) \|$", page, re.MULTILINE))
    assert rows == asked(), "the table of docs/github.md under «What is asked» is that of the requests"


def test_the_page_names_every_error():
    page = (ROOT / "docs" / "github.md").read_text(encoding="utf-8").split("## When it does not work", 1)[1].split("\n## ", 1)[0]
    said = [
        "no token for GitHub",
        "does not know the token",
        "it lacks `",
        "only the token of an app may",
        "may only read",
        "wants single sign-on",
        "finds nothing there",
        "is archived",
        "was moved or renamed",
        "sends us on to",
        "took too long",
        "takes no more requests",
        "has no address here",
        "takes no connection",
        "the proxy does not let us through",
        "cannot prove who it is",
        "answered something that is no JSON",
        "has trouble of its own",
    ]
    source = "".join(
        (ROOT / "rca" / "github" / f"{name}.py").read_text(encoding="utf-8") for name in ("refusals", "faults", "token", "connection")
    )
    assert not [words for words in said if words not in page]
    assert not [words for words in said if words not in source]
