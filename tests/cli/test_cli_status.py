"""`rca status` as a whole command: what is deployed, what went in, whether the fix is among it, and what was tested instead."""

from __future__ import annotations

import json

import pytest

from rca.model import Worklog
from tests.conftest import report_text
from tests.github.world import sha
from tests.repository import Repo as Checkout

CONFIG = '[environment]\nname = "staging"\n[[services]]\nrole = "backend"\nname = "harbor"\n'
FIRST, SECOND, THIRD = sha("first"), sha("second"), sha("third")


@pytest.fixture
def repo(fake_github):
    return fake_github.repo("harbor/harbor")


@pytest.fixture
def env(online, tmp_path):
    """A project with a worklog about staging; GitHub's clock begins on 2026-01-02 at 03:04:05."""
    folder = tmp_path / "project"
    folder.mkdir()
    online.folder = folder
    online.env["SOURCE_DATE_EPOCH"] = "1767600000"  # 2026-01-05 08:00
    (folder / "rca.toml").write_text(CONFIG)
    assert online("new", "Nightly", "--env", "staging").code == 0
    return online


def status(env, *args, code=0):
    done = env("status", *args)
    assert done.code == code, done.err
    return done


def said(done):
    return " ".join(done.err.split())


def document(env, *args):
    return json.loads(status(env, *args, "--format", "json").out)


def record(env):
    return json.loads(next(env.folder.glob("worklogs/2*/*.json")).read_text())


def face(env):
    return next(env.folder.glob("worklogs/2*/*.md")).read_text().replace("\u200b", "")


def ingest(env, at, *cases, commit, code=1, **more):
    (env.folder / "r.xml").write_text(report_text(*cases, at=at))
    options = [part for name, value in more.items() for part in (f"--{name}", value)]
    done = env("ingest", "r.xml", "--commit", commit, *options)
    assert done.code == code, done.err
    return done


# -- what is deployed -----------------------------------------------------------------------------------------------


def test_what_is_deployed_since_when_and_how_it_is(env, repo):
    repo.deploy("staging", FIRST)
    live = repo.deploy("staging", SECOND, "in_progress")
    repo.status(live, "success", description="200 in 107 ms", environment_url="https://staging.example.com")
    repo.deploy("production", THIRD)
    done = status(env)
    assert done.out.splitlines()[0] == "staging of harbor/harbor"
    assert f"main at {SECOND[:12]}" in done.out
    (service,) = record(env)["services"]
    assert service == {
        "role": "backend",
        "name": "harbor",
        "revision": f"main at {SECOND[:12]}",
        "deployed_at": "2026-01-02T03:04:10Z",
        "health": "200 in 107 ms",
        "repo": "",
        "environment": "",
        "url": "https://staging.example.com",
        "commit": SECOND,
        "read_at": "2026-01-05T08:00:00Z",
        "filled": ["revision", "deployed_at", "health", "commit", "url"],
    }
    assert [(step["commit"], step["state"], step["by"]) for step in record(env)["deployments"]] == [(SECOND, "done", "ada")]
    assert "was deployed to staging by ada" in face(env)
    assert env("check").code == 0
    before = record(env)
    status(env)
    assert {**record(env), "revision": 0} == {**before, "revision": 0}


@pytest.mark.parametrize(
    ("states", "live", "health"),
    [
        (["success"], SECOND, ""),
        (["queued"], FIRST, ""),
        (["in_progress"], FIRST, ""),
        (["pending"], FIRST, ""),
        (["failure"], FIRST, ""),
        (["error"], FIRST, ""),
        (["inactive"], FIRST, ""),
        (["success", "failure"], SECOND, "failure: pods restart"),
        (["success", "inactive"], SECOND, "inactive: pods restart"),
        (["in_progress", "success", "in_progress"], SECOND, "in progress: pods restart"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_each_state_of_a_deployment(env, repo, states, live, health):
    repo.deploy("staging", FIRST)
    deployment = repo.deploy("staging", SECOND, states[0])
    for state in states[1:]:
        repo.status(deployment, state, description="pods restart")
    done = document(env)
    (service,) = done["services"]
    assert (service["commit"], service["health"]) == (live, health)
    assert len(done["deployments"]) == (1 if live == SECOND else 2)


def test_a_deployment_without_a_status_is_pending(env, repo):
    repo.deploy("staging", FIRST)
    deployment = repo.deploy("staging", SECOND)
    repo.statuses[deployment["id"]] = []
    done = status(env)
    assert f"backend {SECOND[:12]} to staging: pending" in done.out
    assert [step["state"] for step in record(env)["deployments"]] == ["done", "pending"]
    repo.status(deployment, "success")
    assert [step["state"] for step in document(env)["deployments"]] == ["done", "done"]


def test_what_people_wrote_is_not_lost(env, repo):
    (env.folder / "rca.toml").write_text(
        CONFIG + 'revision = "00548-vfv"\nhealth = "200 in 99 ms"\n[[services]]\nrole = "mail"\nname = "smtp"\n'
    )
    assert env("new", "Other", "--env", "staging").code == 0
    repo.deploy("staging", FIRST)
    done = status(env)
    assert f"backend: 00548-vfv is written down, and GitHub has main at {FIRST[:12]}" in said(done)
    services = record_of(env, "other")["services"]
    assert [(s["role"], s["revision"], s["health"], s["commit"]) for s in services] == [
        ("backend", "00548-vfv", "200 in 99 ms", FIRST),
        ("mail", "", "", ""),
    ]


def record_of(env, name):
    return json.loads(next(env.folder.glob(f"worklogs/2*/*{name}.json")).read_text())


@pytest.mark.parametrize("revision", [FIRST, FIRST[:9], f"v1 ({FIRST[:8]})", "main"])
def test_what_people_wrote_may_say_the_same(env, repo, revision):
    (env.folder / "rca.toml").write_text(CONFIG + f'revision = "{revision}"\n')
    assert env("new", "Other", "--env", "staging").code == 0
    repo.deploy("staging", FIRST)
    assert "written down" not in said(status(env))


def test_services_with_a_repository_or_an_environment_of_their_own(env, repo, fake_github):
    other = fake_github.repo("harbor/auth")
    (env.folder / "rca.toml").write_text(
        CONFIG
        + '[[services]]\nrole = "auth"\nrepo = "harbor/auth"\n[[services]]\nrole = "site"\nenvironment = "staging-site"\n[[services]]\nrole = "mail"\n'
    )
    assert env("new", "Other", "--env", "staging").code == 0
    repo.deploy("staging", FIRST)
    other.deploy("staging", SECOND)
    repo.deploy("staging-site", THIRD)
    services = document(env)["services"]
    assert [(s["role"], s["commit"]) for s in services] == [("backend", FIRST), ("auth", SECOND), ("site", THIRD), ("mail", "")]


def test_several_tasks_are_several_services(env, repo):
    repo.deploy("staging", FIRST, task="deploy:backend")
    repo.deploy("staging", SECOND, task="deploy:worker")
    services = document(env)["services"]
    assert [(s["role"], s["commit"]) for s in services] == [("backend", FIRST), ("worker", SECOND)]


# -- which environment ----------------------------------------------------------------------------------------------


def test_the_environment_is_said_configured_or_that_of_the_worklog(env, repo):
    repo.deploy("staging", FIRST)
    repo.deploy("production", SECOND)
    repo.deploy("staging-eu", THIRD)
    assert document(env)["services"][0]["commit"] == FIRST
    (env.folder / "rca.toml").write_text(CONFIG + '[github]\nenvironment = "staging-eu"\n')
    assert document(env)["services"][0]["commit"] == THIRD
    assert document(env, "--env", "production")["services"][0]["commit"] == SECOND


def test_where_nothing_says_the_environment(env, repo):
    (env.folder / "rca.toml").write_text("")
    assert env("new", "Other").code == 0
    done = status(env, code=2)
    assert "no environment" in said(done)
    assert "harbor/harbor has none" in said(done)
    repo.deploy("qa", FIRST)
    assert document(env)["environment"] == "qa"
    repo.deploy("staging", FIRST)
    assert "harbor/harbor has qa and staging" in status(env, code=2).err


def test_an_environment_to_which_nothing_was_deployed(env, repo):
    repo.commit("One")
    done = status(env)
    assert "nothing was deployed to 'staging' by GitHub" in said(done)
    assert [fix["text"] for fix in record(env)["recent_fixes"]] == ["One"]
    assert "; it has" not in said(done)
    repo.deploy("qa", FIRST)
    assert "nothing was deployed to 'staging' by GitHub; it has qa" in said(status(env))


def test_environments_that_may_not_be_listed_are_not_missed(env, repo, fake_github):
    repo.deploy("qa", FIRST)
    fake_github.fail("GET", "/environments$", status=403, message="Resource not accessible by integration")
    assert "nothing was deployed to 'staging' by GitHub\n" in status(env).err


def test_without_a_worklog_it_is_shown(online, fake_github, tmp_path):
    fake_github.repo("harbor/harbor").deploy("staging", FIRST)
    online.folder = tmp_path / "empty"
    online.folder.mkdir()
    done = online("status", "--env", "staging")
    assert done.code == 0
    assert f"main at {FIRST[:12]}" in done.out
    assert "no worklog is open" in said(done)
    assert not (online.folder / "worklogs").exists()


# -- what went in ---------------------------------------------------------------------------------------------------


def test_what_went_in_lately_and_what_of_it_is_deployed(env, repo):
    repo.commit("Direct", head=FIRST)
    repo.commit("Better prices (#1)", head=SECOND)
    repo.pull("Better prices", state="closed", merged_at=repo.world.now(), merge_commit_sha=SECOND, updated_at=repo.world.now())
    repo.pull("Never merged", state="closed")
    repo.deploy("staging", FIRST)
    done = status(env)
    assert [line.split()[0] for line in done.out.splitlines()[3:]] == ["#1", FIRST[:12]]
    found = record(env)["recent_fixes"]
    assert [(fix["text"], fix["ref"], fix["deployed"]) for fix in found] == [("Better prices", "#1", False), ("Direct", FIRST[:12], True)]
    assert "2026-01-02, **not deployed**" in face(env)
    repo.deploy("staging", SECOND)
    assert [fix["deployed"] for fix in document(env)["recent_fixes"]] == [True, True]
    assert len(record(env)["recent_fixes"]) == 2


def test_from_when_on_and_how_many(env, repo):
    for number in range(5):
        repo.commit(f"Commit {number}")
    assert len(document(env, "--since", "2026-01-02T03:04:08Z")["recent_fixes"]) == 3
    assert [fix["text"] for fix in document(env, "--limit", "2")["recent_fixes"]] == ["Commit 4", "Commit 3"]
    assert document(env, "--since", "2026-01-04")["recent_fixes"] == []
    assert "--since" in status(env, "--since", "soon", code=2).err


def test_what_came_with_a_merge_is_not_listed_by_itself(env, repo):
    base = repo.commit("Base")["sha"]
    side = repo.commit("Side")["sha"]
    merge = repo.commit("Merge branch 'side'")
    merge["parents"] = [{"sha": base, "url": ""}, {"sha": side, "url": ""}]
    assert [fix["text"] for fix in document(env)["recent_fixes"]] == ["Merge branch 'side'", "Base"]


@pytest.mark.parametrize(("path", "status_code"), [("/commits$", 403), ("/commits$", 404), ("/pulls$", 403)])
def test_where_that_cannot_be_read_the_rest_is_recorded(env, repo, fake_github, path, status_code):
    repo.deploy("staging", FIRST)
    repo.commit("One")
    fake_github.fail("GET", path, status=status_code, message="Resource not accessible by integration")
    done = status(env)
    assert "what went in lately is not known" in said(done)
    assert record(env)["services"][0]["commit"] == FIRST


# -- what was tested ------------------------------------------------------------------------------------------------


def test_a_run_that_tested_another_commit_is_told(env, repo):
    repo.deploy("staging", SECOND)  # at 03:04:06
    ingest(env, "2026-01-02T10:00:00Z", "a t!boom", commit=FIRST)
    told = f"The run tested {FIRST[:12]}, backend on staging had {SECOND[:12]} since 2026-01-02 03:04 UTC."
    done = status(env)
    assert told.rstrip(".") in " ".join(done.err.split())
    assert f"The run tested {FIRST[:12]}" in face(env)
    assert len(document(env)["differences"]) == 1
    ingest(env, "2026-01-02T11:00:00Z", "a t!boom", commit=SECOND[:10])
    assert document(env)["differences"] == []
    assert "The run tested" not in face(env)


def test_what_was_deployed_when_the_run_began_counts(env, repo):
    repo.deploy("staging", FIRST, created_at="2026-01-02T01:00:00Z")
    for number in range(3):
        repo.deploy("staging", sha(f"later {number}"))
    ingest(env, "2026-01-02T03:04:06Z", "a t!boom", commit=FIRST)
    assert document(env)["differences"] == []


def test_a_deployment_in_the_middle_of_a_run_is_told(env, repo):
    repo.deploy("staging", FIRST)
    text = (
        report_text("a t!boom", at="2026-01-02T03:04:07Z")
        .replace('time="0.01"', 'time="100"')
        .replace("<testsuite ", '<testsuite time="100" ')
    )
    repo.deploy("staging", SECOND)
    (env.folder / "r.xml").write_text(text)
    assert env("ingest", "r.xml", "--commit", FIRST).code == 1
    (told,) = document(env)["differences"]
    assert told.startswith(f"While the run was going on, {SECOND[:12]} was deployed to")


@pytest.mark.parametrize("more", [{"environment": "production"}, {"repo": "harbor/tests"}])
def test_tests_of_another_place_are_not_compared(env, repo, more):
    repo.deploy("staging", SECOND)
    ingest(env, "2026-01-02T10:00:00Z", "a t!boom", commit=FIRST, **more)
    assert document(env)["differences"] == []


# -- the fix --------------------------------------------------------------------------------------------------------


@pytest.fixture
def mended(env, repo):
    """A checkout with a fix that is recorded; GitHub has the same commits."""
    checkout = Checkout(env.folder)
    red = checkout.commit("Red", a="1")
    repo.commit("Red", head=red)
    ingest(env, "2026-01-02T02:00:00Z", "a t!boom", commit=red)
    fixed = checkout.commit("Fixed", a="2")
    repo.commit("Fixed", head=fixed)
    assert env("fix").code == 0
    env.red, env.fixed = red, fixed
    return env


def test_a_fix_is_deployed_when_the_deployed_commit_holds_it(mended, repo):
    repo.deploy("staging", mended.red)
    done = status(mended)
    assert "does not hold the fix" in said(done)
    assert record(mended)["status"] == "fix ready"
    assert "Deploy the fix" in face(mended)
    repo.deploy("staging", mended.fixed, "in_progress")
    status(mended)
    assert record(mended)["status"] == "fix ready"
    repo.deploy("staging", mended.fixed)
    status(mended)
    assert record(mended)["status"] == "fix deployed"
    assert f"- [x] backend {mended.fixed[:12]} to staging: done at 2026-01-02" in face(mended)
    ingest(mended, "2026-01-03T10:00:00Z", "a t", commit=mended.fixed, code=0)
    assert record(mended)["status"] == "verified"
    assert mended("check").code == 0
    Worklog.model_validate(record(mended))


def test_without_a_checkout_github_says_what_holds_the_fix(mended, repo, fake_github):
    (mended.folder / ".git").rename(mended.folder / "git.gone")
    repo.deploy("staging", mended.fixed)
    status(mended)
    assert record(mended)["status"] == "fix deployed"
    assert fake_github.sent("GET", "/compare/")


def test_a_squashed_fix_is_known_by_its_pull_request(mended, repo, tmp_path):
    repo.pull("Fixed", state="closed", merged_at=repo.world.now(), merge_commit_sha=THIRD)
    repo.commit("Fixed (#1)", head=THIRD)
    assert mended("fix", "--pr", "1").code == 0
    (mended.folder / ".git").rename(mended.folder / "git.gone")
    repo.commits[:] = [commit for commit in repo.commits if commit["sha"] != mended.fixed]
    repo.deploy("staging", THIRD)
    status(mended)
    assert record(mended)["deployments"][0]["carries_fix"] is True


def test_steps_that_people_wrote_stay_in_front(mended, repo):
    path = next(mended.folder.glob("worklogs/2*/*.json"))
    changed = {**record(mended), "deployments": [{"name": "by hand", "state": "pending"}]}
    path.write_text(Worklog.model_validate(changed).model_dump_json(indent=1))
    repo.deploy("staging", mended.fixed)
    status(mended, "--force")
    assert record(mended)["deployments"][0]["name"] == "by hand"
    assert record(mended)["status"] == "fix ready"


# -- what cannot be had ---------------------------------------------------------------------------------------------


def test_what_github_says_cannot_harm(env, repo):
    secret = "ghp_" + "a1B2c3D4e5" * 4
    evil = f"\x1b[2J\u202e<script>@everyone | {secret}"
    deployment = repo.deploy("staging", FIRST, ref=evil, creator={**repo.world.user("ada"), "login": evil})
    repo.status(deployment, "success", description=evil, environment_url="javascript:alert(1)", log_url="https://u:p@x.example/")
    repo.commit(evil, head=FIRST)
    done = status(env)
    for text in (done.out, done.err, face(env), json.dumps(record(env))):
        assert secret not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "javascript:" not in text
    assert "<script>" not in face(env)
    assert env("check").code == 0


def test_deployments_that_may_not_be_read(env, fake_github):
    fake_github.fail("GET", "/deployments$", status=403, message="Resource not accessible by integration")
    before = record(env)
    done = status(env, code=2)
    assert "deployments: read" in said(done)
    assert record(env) == before
