"""The workflows of examples/workflows from their first job to their last: what is published, with which permissions."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile

import pytest
import yaml

from tests.action.workflows import play
from tests.conftest import ROOT, SAMPLES, report_text
from tests.github.routes import ROUTES

WORKFLOWS = ROOT / "examples" / "workflows"


@pytest.fixture
def green(tmp_path):
    """A folder with a report in which all is well."""
    folder = tmp_path / "green reports"
    folder.mkdir()
    (folder / "a.xml").write_text(report_text("a.B pays"), encoding="utf-8")
    return folder


def used(stage, token):
    """The permissions that the requests of a token took, of each way that GitHub offers the one that the token has."""
    granted = stage.fake.tokens[token].permissions
    taken = set()
    for seen in stage.fake.seen:
        if token not in seen.headers.get("authorization", ""):
            continue
        needs = next((route.needs for route in ROUTES if route.verb == seen.verb and route.pattern.fullmatch(seen.path)), "")
        for way in filter(None, needs.split("; ")):
            name, level = way.split("=")
            if granted.get(name) in {level, "write"}:
                taken.add(f"{name.replace('_', '-')}: {level}")
    return taken


def needed(permissions):
    return {f"{name}: {level}" for name, level in permissions.items()}


def less(found):
    """A permission to write is one to read, too."""
    return {each for each in found if not (each.endswith(": read") and each.replace(": read", ": write") in found)}


def assert_least(stage, run, job):
    """Each permission of a job was used: by a request, or to check out."""
    taken = used(stage, run.machines[job].github["token"]) | {"contents: read"}
    assert needed(run.permissions[job]) == less(taken) - {"metadata: read"}


def test_pull_request(stage, pull):
    event = pull(branch="feat/$(touch owned)")
    run = play(stage, WORKFLOWS / "pull-request.yml", "pull_request", event)
    assert (run["e2e"].conclusion, run["worklog"].conclusion) == ("failure", "failure")
    assert len(stage.repo.comments_on(event["number"])) == 1
    assert [check["head_sha"] for check in stage.repo.checks.values()] == [event["pull_request"]["head"]["sha"]]
    assert "unsupported subprotocol" in run["worklog"].summary
    assert set(run.artifacts) == {"reports", "worklog"}
    kept = zipfile.ZipFile(io.BytesIO(run.artifacts["worklog"])).namelist()
    assert [name.rpartition(".")[2] for name in kept] == ["json", "md"]
    assert list(stage.caches) == ["rca-history/e2e/7001-1"]
    assert_least(stage, run, "worklog")
    assert used(stage, run.machines["e2e"].github["token"]) == set()
    assert not list(stage.folder.rglob("owned"))


@pytest.mark.slow
def test_pull_request_from_a_fork(stage, pull, green):
    event = pull(fork="mallory/shop")
    run = play(stage, WORKFLOWS / "pull-request.yml", "pull_request", event, fork=True, reports=green)
    assert run["worklog"].conclusion == "success", run["worklog"].log
    assert (stage.repo.comments, stage.repo.checks) == ({}, {})
    assert run["worklog"].summary


@pytest.mark.slow
def test_pull_request_without_a_report(stage, pull, tmp_path):
    event = pull()
    (tmp_path / "none").mkdir()
    run = play(stage, WORKFLOWS / "pull-request.yml", "pull_request", event, reports=tmp_path / "none")
    assert run["worklog"].conclusion == "failure"
    (comment,) = stage.repo.comments_on(event["number"])
    assert "No test report was read" in comment["body"]


@pytest.mark.slow
def test_push(stage, green):
    run = play(stage, WORKFLOWS / "pull-request.yml", "push", {"ref": "refs/heads/main"}, reports=green)
    assert run["worklog"].conclusion == "success", run["worklog"].log
    assert list(stage.caches) == ["rca-history/e2e/7001-1"]


def artifact(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_fork(stage, pull):
    """Two stages. The artifact is a stranger's, and says that it belongs to another pull request, another branch, another project."""
    victim, mine = pull("victim"), pull("mine", fork="mallory/shop", branch="main")
    first = play(stage, WORKFLOWS / "fork-tests.yml", "pull_request", mine, fork=True)
    assert stage.fake.seen == []
    lies = {"commit": victim["pull_request"]["head"]["sha"], "branch": "feature", "repo": "acme/shop", "base": "main"}
    theirs = {"rca-run.json": json.dumps(lies), "rca.toml": "[criteria]\noverall = '0 %'\n", "pr.txt": str(victim["number"])}
    files = zipfile.ZipFile(io.BytesIO(first.artifacts["reports"]))
    happened = stage.repo.run(mine["pull_request"]["head"]["sha"], branch="main", fork="mallory/shop", event="pull_request")
    stage.repo.artifact(happened, "reports", artifact({name: files.read(name) for name in files.namelist()} | theirs))

    second = play(stage, WORKFLOWS / "fork-worklog.yml", "workflow_run", {"action": "completed", "workflow_run": happened})
    assert second["worklog"].conclusion == "success", second["worklog"].log
    assert stage.repo.comments_on(victim["number"]) == []
    (comment,) = stage.repo.comments_on(mine["number"])
    assert "unsupported subprotocol" in comment["body"]
    assert [check["head_sha"] for check in stage.repo.checks.values()] == [mine["pull_request"]["head"]["sha"]]
    assert [check["conclusion"] for check in stage.repo.checks.values()] == ["failure"]
    assert stage.caches == {}
    assert_least(stage, second, "worklog")
    machine = second.machines["worklog"]
    assert not (machine.workspace / "pr.txt").exists()
    assert [text for name, _, text in machine.active if name == "warning"] == [
        "criteria not met, or a report is incomplete: 20 of 27 cases passed"
    ]


@pytest.mark.slow
def test_fork_with_a_newer_commit(stage, pull):
    mine = pull("mine", fork="mallory/shop")
    happened = stage.repo.run("d" * 40, branch="feature", fork="mallory/shop", event="pull_request")
    report = (SAMPLES / "reports" / "authentication.xml").read_text(encoding="utf-8")
    stage.repo.artifact(happened, "reports", artifact({"a.xml": report}))
    run = play(stage, WORKFLOWS / "fork-worklog.yml", "workflow_run", {"action": "completed", "workflow_run": happened})
    assert run["worklog"].conclusion == "success", run["worklog"].log
    assert stage.repo.comments_on(mine["number"]) == []
    assert "no open pull request" in run["worklog"].log


@pytest.mark.parametrize(("event", "conclusion"), [("push", "failure"), ("pull_request", "cancelled"), ("pull_request", "action_required")])
def test_the_second_stage_does_not_start_for_what_is_none_of_its_business(stage, event, conclusion):
    happened = stage.repo.run(event=event, conclusion=conclusion)
    run = play(stage, WORKFLOWS / "fork-worklog.yml", "workflow_run", {"action": "completed", "workflow_run": happened})
    assert run["worklog"].conclusion == "skipped"


@pytest.mark.slow
def test_nightly(stage, tmp_path):
    tonight = tmp_path / "tonight" / "reports"
    tonight.mkdir(parents=True)
    shutil.copy(SAMPLES / "rca.toml", tonight.parent)
    for report in (SAMPLES / "reports").glob("*.xml"):
        (tonight / report.name).write_text(report.read_text(encoding="utf-8").replace("2026-11-22", "2026-11-23"), encoding="utf-8")
    for number, reports in enumerate([SAMPLES / "reports", tonight]):
        stage.repo.issue("The invoice has no number", labels=("e2e",))
        stage.repo.deploy("staging", stage.repo.commit(f"Deploy {number}")["sha"])
        run = play(stage, WORKFLOWS / "nightly.yml", "schedule", {"schedule": "17 3 * * *"}, reports=reports, run_id=7001 + number)
        assert [step.name for step in run["worklog"].steps if step.outcome == "failure"] == ["Worklog"], run["worklog"].log
        told = {text for name, _, text in run.machines["worklog"].active if name in {"error", "warning"}}
        assert told == {"criteria not met, or a report is incomplete: 20 of 27 cases passed"}
        assert_least(stage, run, "worklog")
    # The failure is filed in the first night, and in the second one its issue is told of it.
    (filed,) = [issue for issue in stage.repo.issues.values() if "unsupported subprotocol" in issue["title"]]
    assert len(stage.repo.comments_on(filed["number"])) == 1
    record = next(run.machines["worklog"].workspace.rglob("worklogs/*/*.json")).read_text(encoding="utf-8")
    assert stage.repo.commits[0]["sha"] in record
    assert list(stage.caches) == ["rca-history/nightly/7001-1", "rca-history/nightly/7002-1"]


def test_the_page_tells_the_permissions_that_the_workflows_have():
    page = (ROOT / "docs" / "actions.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z-]+: (?:read|write))`", page.partition("## Permissions")[2].partition("## When")[0]))
    given = set()
    for path in WORKFLOWS.glob("*.yml"):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            given |= needed(job["permissions"])
    assert given <= told


def test_the_page_tells_all_inputs_and_outputs():
    page = (ROOT / "docs" / "actions.md").read_text(encoding="utf-8")
    document = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    for heading, names in (("Inputs", document["inputs"]), ("Outputs", document["outputs"])):
        table = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        told = {name for row in re.findall(r"(?m)^\| (`.*?) \|", table) for name in re.findall(r"`([a-z-]+)`", row)}
        assert told == set(names)


def test_what_the_page_lists_as_trouble_is_what_is_said():
    page = (ROOT / "docs" / "actions.md").read_text(encoding="utf-8").partition("## Troubleshooting")[2]
    rows = re.findall(r"(?m)^\| (?!it says|-)(.*?) \|", page)
    said = " ".join(path.read_text(encoding="utf-8") for path in [ROOT / "action.yml", *(ROOT / "rca").rglob("*.py")])
    assert rows
    assert [part for row in rows for part in row.split("…") if part.strip(" :,`") not in said] == []
