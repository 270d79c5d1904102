"""A runner of GitHub Actions, as far as `action.yml` and the workflows in examples/workflows use one.

    machine = Machine(folder, context("pull_request", event, api_url=fake.url), event)
    done = machine.action(ROOT / "action.yml", {"reports": "reports"})
    assert (done.conclusion, done.outputs["verdict"]) == ("failure", "unmet")

It reads the real files, works out their expressions, and runs each `run` in `bash --noprofile --norc -eo pipefail` with the
environment and the files that a runner gives. What it does like GitHub's: `if` and its functions, `continue-on-error`, outputs,
GITHUB_ENV, GITHUB_PATH, a summary of each step with its limit, workflow commands and `::stop-commands::` in what steps print.

`uses` of what is not in a repository here is a function of `Machine.handlers`. Whatever it does not know raises.
"""

from __future__ import annotations

import json
import os
import re
import subprocess  # noqa: TID251 -- steps are run as a runner runs them
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.action.expressions import fill, holds, shown

SUMMARY = 1024 * 1024
COMMANDS = {"add-mask", "debug", "echo", "endgroup", "error", "group", "notice", "stop-commands", "warning"}
RETIRED = {"add-path", "save-state", "set-env", "set-output"}
_COMMAND = re.compile(r"::([\w-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)")
_STEP_KEYS = {"name", "id", "if", "run", "shell", "env", "uses", "with", "working-directory", "continue-on-error", "timeout-minutes"}


@dataclass
class Step:
    """What became of a step. outcome: before `continue-on-error`, conclusion: after it."""

    name: str
    outcome: str
    conclusion: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


@dataclass
class Done:
    """What became of an action or a job."""

    conclusion: str
    outputs: dict[str, str]
    steps: list[Step]

    def step(self, name: str) -> Step:
        """The step of a name."""
        return next(step for step in self.steps if step.name == name)

    @property
    def log(self) -> str:
        """All that its steps printed."""
        return "".join(step.log for step in self.steps)

    @property
    def summary(self) -> str:
        """The job summary."""
        return "".join(step.summary for step in self.steps)


@dataclass
class Scope:
    """What the steps of a job or an action see."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    needs: Mapping[str, Any] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    action: Path | None = None
    failed: bool = False


Handler = Callable[["Machine", dict[str, str]], dict[str, str]]


class Refused(Exception):  # noqa: N818 -- the step fails with it, nothing is wrong with the runner
    """What a handler raises when its step is to fail."""


class Machine:
    """One machine for one job. handlers: what `uses` does, by the part before `@`."""

    def __init__(self, folder: Path, github: Mapping[str, Any], event: Mapping[str, Any], *, path: str = "") -> None:
        self.workspace, self.temp, self.home = folder / "work space", folder / "temp dir", folder / "home"
        for made in (self.workspace, self.temp, self.home):
            made.mkdir(parents=True, exist_ok=True)
        self.github = {**github, "event": event, "workspace": str(self.workspace)}
        (self.temp / "event.json").write_text(json.dumps(event), encoding="utf-8")
        self.path = path or os.environ["PATH"]
        self.env: dict[str, str] = {}
        self.handlers: dict[str, Handler] = {}
        self.always_with: dict[str, str] = {}
        self.active: list[tuple[str, str, str]] = []
        self._count = 0

    # -- actions and their steps ------------------------------------------------------------------------------------

    def action(self, file: Path, given: Mapping[str, str], env: Mapping[str, str] | None = None) -> Done:
        """Run a composite action with inputs."""
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert document["runs"]["using"] == "composite"
        known = document["inputs"]
        assert set(given) <= set(known), f"no such input: {set(given) - set(known)}"
        contexts = self.contexts(Scope())
        defaults = {name: shown(fill(shown(entry.get("default", "")), contexts, {})) for name, entry in known.items()}
        scope = Scope({**defaults, **given}, dict(env or {}), action=file.parent)
        steps = list(self.steps(document["runs"]["steps"], scope))
        values = {name: entry["value"] for name, entry in document.get("outputs", {}).items()}
        outputs = {name: shown(fill(value, self.contexts(scope), {})) for name, value in values.items()}
        return Done("failure" if scope.failed else "success", outputs, steps)

    def steps(self, documents: list[dict[str, Any]], scope: Scope) -> Iterator[Step]:
        """Run steps one after another."""
        for document in documents:
            assert set(document) <= _STEP_KEYS, set(document) - _STEP_KEYS
            step = self._step(document, scope)
            scope.steps |= (
                {document["id"]: {"outputs": step.outputs, "outcome": step.outcome, "conclusion": step.conclusion}}
                if "id" in document
                else {}
            )
            scope.failed |= step.conclusion == "failure"
            yield step

    def _step(self, document: dict[str, Any], scope: Scope) -> Step:
        contexts, functions = self.contexts(scope), self.functions(scope)
        env = {**scope.env, **{name: shown(fill(shown(value), contexts, functions)) for name, value in document.get("env", {}).items()}}
        name = shown(fill(str(document.get("name") or document.get("uses") or document["run"]), contexts, functions))
        if not holds(document.get("if"), {**contexts, "env": {**self.env, **env}}, functions):
            return Step(name, "skipped", "skipped")
        if "run" in document:
            assert document.get("shell", "bash") == "bash"
            # An expression in a script is text that bash would read as its own: no script of ours has one.
            assert "${{" not in document["run"], name
            place = self.workspace / shown(fill(str(document.get("working-directory", "")), contexts, functions))
            step = self._run(name, document["run"], env, place, scope)
        else:
            given = {key: shown(fill(shown(value), contexts, functions)) for key, value in document.get("with", {}).items()}
            step = self._use(name, document["uses"], given, env)
        if step.outcome == "failure" and document.get("continue-on-error"):
            step.conclusion = "success"
        return step

    def _use(self, name: str, uses: str, given: dict[str, str], env: Mapping[str, str]) -> Step:
        if uses.startswith("./"):
            done = self.action(self.workspace / uses / "action.yml", {**given, **self.always_with}, env)
            return Step(name, done.conclusion, done.conclusion, done.outputs, done.log, done.summary)
        try:
            return Step(name, "success", "success", self.handlers[uses.partition("@")[0]](self, given))
        except Refused as error:
            return Step(name, "failure", "failure", log=f"Error: {error}\n")

    def _run(self, name: str, script: str, env: Mapping[str, str], place: Path, scope: Scope) -> Step:
        self._count += 1
        files = {
            kind: self.temp / f"_runner_file_commands_{kind}_{self._count}" for kind in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")
        }
        for file in files.values():
            file.touch()
        program = self.temp / f"{self._count}.sh"
        program.write_text(script, encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(program)],
            cwd=place,
            env={**self._variables(scope), **{f"GITHUB_{kind}": str(file) for kind, file in files.items()}, **self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        log = done.stdout.decode("utf-8", "replace")
        self.active += active_commands(log)
        self.env |= pairs(files["ENV"].read_text(encoding="utf-8"))
        self.path = os.pathsep.join([*reversed(files["PATH"].read_text(encoding="utf-8").split("\n")[:-1]), self.path])
        summary = files["STEP_SUMMARY"].read_text(encoding="utf-8")
        outcome = "success" if done.returncode == 0 else "failure"
        kept = summary if len(summary.encode()) <= SUMMARY else ""
        return Step(name, outcome, outcome, pairs(files["OUTPUT"].read_text(encoding="utf-8")), log, kept)

    # -- what steps see ---------------------------------------------------------------------------------------------

    def contexts(self, scope: Scope) -> dict[str, Any]:
        """What an expression can name."""
        return {
            "github": self.github,
            "inputs": scope.inputs,
            "steps": scope.steps,
            "needs": scope.needs,
            "env": {**self.env, **scope.env},
            "runner": {"os": "Linux", "arch": "X64", "temp": str(self.temp)},
            "strategy": {"job-index": 0.0, "job-total": 1.0},
            "job": {"status": "failure" if scope.failed else "success"},
        }

    @staticmethod
    def functions(scope: Scope) -> dict[str, Callable[..., Any]]:
        """What an expression can call."""
        return {
            "always": lambda: True,
            "success": lambda: not scope.failed,
            "failure": lambda: scope.failed,
            "cancelled": lambda: False,
            "contains": lambda text, part: part.lower() in text.lower(),
            "startsWith": lambda text, part: text.lower().startswith(part.lower()),
        }

    def _variables(self, scope: Scope) -> dict[str, str]:
        """What the runner itself puts into the environment of a step."""
        github = self.github
        named = {
            f"GITHUB_{name.upper()}": str(github[name])
            for name in (
                "actor",
                "api_url",
                "base_ref",
                "event_name",
                "graphql_url",
                "head_ref",
                "job",
                "ref",
                "ref_name",
                "ref_type",
                "repository",
                "repository_owner",
                "run_attempt",
                "run_id",
                "run_number",
                "server_url",
                "sha",
                "workflow",
                "workspace",
            )
        }
        return {
            **{name: os.environ[name] for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG") if name in os.environ},
            "PATH": self.path,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(self.temp / "event.json"),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TOOL_CACHE": str(self.home),
            **named,
            **({"GITHUB_ACTION_PATH": str(scope.action)} if scope.action else {}),
        }


def pairs(text: str) -> dict[str, str]:
    """The values that a step wrote into GITHUB_OUTPUT or GITHUB_ENV: `name=value`, or `name<<END`, lines, `END`."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if match := re.fullmatch(r"([^=<]+)<<(.+)", line):
            value = []
            for inner in lines:
                if inner == match[2]:
                    break
                value.append(inner)
            else:
                raise ValueError(f"{match[1]}: there is no line {match[2]}")
            found[match[1]] = "\n".join(value)
        elif line:
            name, sign, value_ = line.partition("=")
            if not (sign and name):
                raise ValueError(f"neither name=value nor name<<END: {line!r}")
            found[name] = value_
    return found


def active_commands(log: str) -> list[tuple[str, str, str]]:
    """The workflow commands in what a step printed that the runner obeys: name, properties, message."""
    found: list[tuple[str, str, str]] = []
    stopped = ""
    for line in re.split(r"\r\n|\r|\n", log):
        text = line.lstrip()
        if stopped:
            stopped = "" if text.rstrip() == f"::{stopped}::" else stopped
            continue
        if match := _COMMAND.match(text):
            if match[1] == "stop-commands":
                stopped = match[3].strip()
                assert len(stopped) >= 16, "a token that can be guessed does not stop commands"
            if match[1] in COMMANDS | RETIRED:
                found.append((match[1], match[2] or "", match[3]))
        elif match := re.search(r"##\[([\w-]+)[^\]]*\](.*)", line):
            found.append((match[1], "", match[2]))
    assert not stopped, "commands were stopped and not taken up again"
    return found


# -- events ---------------------------------------------------------------------------------------------------------


def context(
    name: str, event: Mapping[str, Any], *, api_url: str, token: str, main: str = "0" * 40, run_id: int = 7001, **more: Any
) -> dict[str, Any]:
    """The `github` context of an event; `main` is the commit at the end of the default branch."""
    pull = event.get("pull_request") if name == "pull_request" else None
    number = pull["number"] if pull else 0
    return {
        "actor": "ada",
        "api_url": api_url,
        "graphql_url": f"{api_url}/graphql",
        "server_url": api_url,
        "event_name": name,
        "sha": pull["merge_commit_sha"] if pull else main,
        "ref": f"refs/pull/{number}/merge" if pull else "refs/heads/main",
        "ref_name": f"{number}/merge" if pull else "main",
        "ref_type": "branch",
        "head_ref": pull["head"]["ref"] if pull else "",
        "base_ref": pull["base"]["ref"] if pull else "",
        "repository": "acme/shop",
        "repository_owner": "acme",
        "run_id": str(run_id),
        "run_number": "12",
        "run_attempt": "1",
        "job": "e2e",
        "workflow": "tests",
        "token": token,
        **more,
    }
