"""The action from its first step to its last, as a runner runs it, against a GitHub of our own."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.action.conftest import ACTION, ALL
from tests.action.expressions import fill, holds
from tests.action.runner import Scope
from tests.conftest import report_text

STEPS = {step["name"]: step for step in yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]}
OURS = {"summary", "check", "comment", "issues"}


def comments(stage, event):
    return stage.repo.comments_on(event["number"])


def said(machine):
    """What the runner shows beside the job: the messages of workflow commands."""
    return [(name, text) for name, _, text in machine.active if name in {"error", "warning", "notice"}]


def green(machine):
    """A report in which all is well, and no configuration that wants more."""
    (machine.workspace / "green.xml").write_text(report_text("a.B pays", "a.B ships", at="2027-01-01T00:00:00Z"), encoding="utf-8")


def test_a_pull_request_from_an_own_branch(stage, pull):
    event = pull()
    head = event["pull_request"]["head"]["sha"]
    machine = stage.machine("pull_request", event)
    stage.check_out(machine)
    done = stage.run(machine, reports="reports", title="Checkout", focus="all", environment="staging")

    assert done.conclusion == "failure"
    assert said(machine) == [("error", "criteria not met, or a report is incomplete: 20 of 27 cases passed")]
    (comment,) = comments(stage, event)
    (check,) = stage.repo.checks.values()
    assert check["head_sha"] == head
    assert done.outputs == {
        "verdict": "red",
        "worklog": done.outputs["worklog"],
        "record": done.outputs["record"],
        "id": done.outputs["id"],
        "total": "27",
        "passed": "20",
        "failed": "7",
        "skipped": "0",
        "flaky": "0",
        "clusters": "1",
        "comment-url": comment["html_url"],
        "check-url": check["html_url"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-checkout", done.outputs["id"])
    assert all((machine.workspace / done.outputs[name]).is_file() for name in ("worklog", "record"))
    assert "unsupported subprotocol" in done.summary
    assert "unsupported subprotocol" in comment["body"]
    assert {step.name for step in done.steps if step.outcome == "skipped"} == {"Issues"}
    # Nothing stays behind for the steps of the project: no variable, no program on the path.
    assert machine.env == {}

    again = stage.machine("pull_request", event, run_id=7002)
    green(again)
    done = stage.run(again, reports="green.xml", title="Checkout")
    assert (done.conclusion, done.outputs["verdict"]) == ("success", "green"), done.log
    assert said(again) == []
    assert [each["id"] for each in comments(stage, event)] == [comment["id"]]
    assert len(stage.caches) == 2


def test_a_pull_request_from_a_fork(stage, pull):
    event = pull(fork="mallory/shop")
    machine = stage.machine("pull_request", event, fork=True)
    stage.check_out(machine)
    done = stage.run(machine, reports="reports")
    assert done.conclusion == "failure"
    assert "criteria not met" in said(machine)[-1][1]
    assert "unsupported subprotocol" in done.summary
    # Annotations take the place of the check, and are there once; so is the summary.
    assert done.step("Check run").log.count("::error ") == len([name for name, _ in said(machine) if name == "error"]) - 1 > 0
    assert done.step("Comment").log.count("::") == 0
    assert "fork" in done.step("Comment").log
    assert [step.name for step in done.steps if step.summary] == ["Job summary"]

    machine = stage.machine("pull_request", event, fork=True, run_id=7002)
    green(machine)
    done = stage.run(machine, reports="green.xml", summary="false", check="false")
    assert done.conclusion == "success", done.log
    assert [step.name for step in done.steps if step.summary] == ["Comment"]
    assert (stage.repo.comments, stage.repo.checks) == ({}, {})


# -- what others wrote ----------------------------------------------------------------------------------------------

HOSTILE = [
    "$(touch owned) `touch owned` ${{ github.token }} \"; touch owned; echo \"' ; touch owned; ' | touch owned \\\n& touch owned",
    "a\nworklog=../../etc/passwd\n::error::owned\n%0A::set-output name=verdict::green",
    "--config=/etc/passwd",
    "*",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_inputs_are_only_ever_values(stage, pull, text):
    """Each input that is a free text, and the name of a branch; nothing is published, so that it goes fast."""
    event = pull("Faster", branch=text.replace("\n", "/"))
    machine = stage.machine("pull_request", event)
    workspace = stage.check_out(machine)
    done = stage.run(
        machine,
        reports=f"reports\n{text}",
        title=text,
        focus=text,
        environment=text,
        key="e2e",
        check="false",
        comment="false",
        summary="false",
    )
    assert done.outputs["total"] == "27", done.log
    assert not list(stage.folder.rglob("owned"))
    assert all(re.fullmatch(r"worklogs/\d{4}/[\w-]+\.md", done.outputs[name]) for name in ["worklog"])
    assert said(machine)[:-1] == []
    assert len(list(workspace.rglob("worklogs/*/*.md"))) == 1


def test_paths_of_reports_may_hold_anything_but_a_line_break(stage, pull):
    machine = stage.machine("pull_request", pull())
    workspace = stage.check_out(machine)
    names = ["two words.xml", "-dash.xml", "$HOME.xml", 'it\'s "quoted".xml', "ünï.xml", "a;b&c.xml"]
    for number, name in enumerate(names):
        (workspace / name).write_text(report_text(f"a.B case{number}", suite=f"s{number}"), encoding="utf-8")
    done = stage.run(machine, reports="\r\n".join(names) + "\n\n", check="false", comment="false", summary="false")
    assert (done.outputs["total"], done.outputs["passed"]) == (str(len(names)), str(len(names))), done.log


def test_what_tests_print_is_no_command(stage, pull):
    lines = [
        "::error::owned",
        "::set-output name=verdict::green",
        "::add-mask::e",
        "  ::stop-commands::x",
        "##[error]owned",
        "::endgroup::",
        "##[error]AssertionError: owned",
    ]
    machine = stage.machine("pull_request", pull())
    workspace = stage.check_out(machine)
    (workspace / "rca.toml").unlink()
    failure = "&#10;".join(lines[::-1])
    cases = "".join(
        f'<testcase classname="c" name="{line.replace("::", ": :", 0)}"><failure message="{failure}">{failure}</failure></testcase>'
        for line in lines
    )
    (workspace / "hostile.xml").write_text(f'<testsuite name="::error::suite">{cases}</testsuite>', encoding="utf-8")
    (workspace / "::error file=x::broken.xml").write_text("<testsuite", encoding="utf-8")
    stage.repo.issue("##[error]AssertionError: owned")
    done = stage.run(machine, reports="hostile.xml\n::error file=x::broken.xml", issues="file")
    assert "AssertionError: owned" in done.step("Issues").log
    assert done.outputs["failed"] == str(len(lines)), done.log
    assert said(machine) == [("error", f"criteria not met, or a report is incomplete: 0 of {len(lines)} cases passed")]
    assert {name for name, _, _ in machine.active} == {"stop-commands", "error"}


# -- when something does not work out -------------------------------------------------------------------------------


def test_what_cannot_be_published_hides_no_verdict(stage, pull):
    event = pull()
    machine = stage.machine("pull_request", event, permissions={**ALL, "pull_requests": "read", "issues": "read"})
    stage.check_out(machine)
    stage.caches["rca-history/e2e/7001-1"] = stage.folder / "taken"
    (stage.folder / "taken").mkdir()
    done = stage.run(machine, reports="reports")
    assert done.conclusion == "failure"
    assert said(machine) == [("error", RED), ("error", "not published: comment; its step says why")]
    assert "pull-requests: write" in done.step("Comment").log
    assert len(stage.repo.checks) == 1
    assert done.step("Keep the history").outcome == "failure"


RED = "criteria not met, or a report is incomplete: 20 of 27 cases passed"
UNREAD = "no report could be read: the step that reads them says why"


@pytest.mark.parametrize(
    ("code", "failed", "fail_on", "conclusion", "told"),
    [
        ("0", "", "criteria", "success", []),
        ("1", "", "criteria", "failure", [("error", RED)]),
        ("1", "", "error", "success", [("warning", RED)]),
        ("1", "", "never", "success", [("warning", RED)]),
        ("2", "", "criteria", "failure", [("error", UNREAD)]),
        ("2", "", "error", "failure", [("error", UNREAD)]),
        ("2", "", "never", "success", [("warning", UNREAD)]),
        ("", "", "criteria", "failure", [("error", UNREAD)]),
        ("139", "", "criteria", "failure", [("error", UNREAD)]),
        ("0", "comment", "criteria", "failure", [("error", "not published: comment; its step says why")]),
        ("0", "issues", "error", "failure", [("error", "not published: issues; its step says why")]),
        ("0", "check", "never", "success", [("warning", "not published: check; its step says why")]),
        ("1", "summary", "error", "failure", [("warning", RED), ("error", "not published: summary; its step says why")]),
    ],
)
def test_what_came_out_is_decided_last(stage, code, failed, fail_on, conclusion, told):
    machine = stage.machine("push", {})
    outcomes = {name: {"outcome": "failure" if name == failed else "success"} for name in OURS}
    read = {"outputs": {"code": code, "lacks": "deployments" if code == "0" and not failed else ""}, "outcome": "success"}
    scope = Scope({"fail-on": fail_on}, steps={**outcomes, "setup": {"outcome": "success"}, "read": read})
    scope.steps["outputs"] = {"outputs": {"passed": "20", "total": "27"}}
    (step,) = machine.steps([STEPS["Verdict"]], scope)
    assert step.conclusion == conclusion
    lacking = [("warning", "the worklog goes on without deployments: the step that reads the reports says why")]
    assert said(machine) == (lacking if read["outputs"]["lacks"] else []) + told


@pytest.mark.slow
def test_without_a_report_that_is_what_is_said(stage, pull):
    event = pull()
    machine = stage.machine("pull_request", event)
    stage.check_out(machine)
    done = stage.run(machine, reports="nowhere", fail_on="error")
    assert (done.conclusion, done.outputs["verdict"]) == ("failure", "nothing")
    assert said(machine)[-1] == ("error", "no report could be read: the step that reads them says why")
    assert [re.search("No test report was read", comment["body"]) is not None for comment in comments(stage, event)] == [True]


# -- the history ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_history_comes_back_and_is_kept_after_a_red_run_too(stage):
    event = {"ref": "refs/heads/main"}
    for number, case in enumerate(["a.B pays!no", "a.B pays", "a.B pays!no"]):
        machine = stage.machine("push", event, run_id=7001 + number, main=f"{number}" * 40)
        workspace = stage.check_out(machine)
        (workspace / "a.xml").write_text(report_text(case, at=f"2026-01-0{number + 1}T00:00:00Z"), encoding="utf-8")
        done = stage.run(machine, reports="a.xml", key="e2e", summary="false", check="false", comment="false")
    assert list(stage.caches) == [f"rca-history/e2e/700{number}-1" for number in (1, 2, 3)]
    assert done.conclusion == "failure"
    assert "regression" in (machine.workspace / done.outputs["worklog"]).read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(
    ("event", "history", "restored", "saved"),
    [
        ("push", "keep", True, True),
        ("push", "read", True, False),
        ("push", "off", False, False),
        *((event, "keep", True, True) for event in ("pull_request", "merge_group", "schedule", "workflow_dispatch")),
        # These have the cache of the default branch, and may speak of what a stranger wrote.
        *((event, "keep", True, False) for event in ("workflow_run", "pull_request_target", "issue_comment", "repository_dispatch")),
    ],
)
def test_when_the_history_is_kept(stage, event, history, restored, saved):
    machine = stage.machine(event, {})
    scope = Scope({"history": history}, steps={"read": {"outputs": {"code": "1"}}}, failed=saved)
    runs = {
        name: holds(STEPS[name]["if"], machine.contexts(scope), machine.functions(Scope()))
        for name in ("Bring back the history", "Keep the history")
    }
    assert runs == {"Bring back the history": restored, "Keep the history": saved}
    assert STEPS["Keep the history"]["with"]["key"] == STEPS["Bring back the history"]["with"]["key"]


def test_the_history_of_a_key_is_not_that_of_a_longer_one(stage):
    machine = stage.machine("push", {})
    steps = STEPS["Bring back the history"]["with"], STEPS["Keep the history"]["with"]
    filled = [
        [fill(given[name], machine.contexts(Scope({"key": key})), {}) for given, name in zip(steps, ("restore-keys", "key"), strict=True)]
        for key in ("e2e", "e2e-firefox")
    ]
    (short, _), (long, saved) = filled
    assert saved.startswith(long)
    assert not saved.startswith(short)


def test_what_reports_of_a_stranger_say_of_their_commit_is_not_believed(stage):
    happened = stage.repo.run("d" * 40, branch="--branch", fork="mallory/shop", event="pull_request")
    machine = stage.machine("workflow_run", {"action": "completed", "workflow_run": happened})
    workspace = stage.check_out(machine)
    (workspace / "reports" / "rca-run.json").write_text(json.dumps({"commit": "e" * 40, "branch": "main", "repo": "acme/other"}))
    done = stage.run(machine, reports="reports", summary="false", check="false", comment="false")
    (run,) = json.loads((workspace / done.outputs["record"]).read_text(encoding="utf-8"))["runs"]
    assert [run["context"][name] for name in ("commit", "branch", "repo")] == ["d" * 40, "--branch", "acme/shop"]
