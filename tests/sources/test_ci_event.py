"""The event of GitHub: which pull request, which commit, from a fork or not."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.sources.ci_event import MAX_BYTES, Event, EventError, parse_event, read_event
from tests.node import installed

HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40


def end(repo, ref, sha):
    return {"ref": ref, "sha": sha, "repo": repo and {"full_name": repo, "url": f"https://api.github.com/repos/{repo}"}}


def pull_request(head_repo="acme/shop", **more):
    pull = {"number": 12, "head": end(head_repo, "feature/x", HEAD), "base": end("acme/shop", "main", BASE), "author_association": "MEMBER"}
    return {"action": "synchronize", "pull_request": {**pull, **more}, "repository": {"full_name": "acme/shop"}}


def workflow_run(head_repo="acme/shop", pulls=(), **more):
    run = {
        "id": 77,
        "head_sha": HEAD,
        "head_branch": "feature/x",
        "head_repository": {"full_name": head_repo},
        "pull_requests": list(pulls),
    }
    run |= {"html_url": "https://github.com/acme/shop/actions/runs/77", "run_attempt": 3}
    return {"action": "completed", "workflow_run": {**run, **more}, "repository": {"full_name": "acme/shop"}}


def event(name, payload):
    return parse_event(name, json.dumps(payload).encode())


def test_a_pull_request_is_about_its_head():
    found = event("pull_request", pull_request(merge_commit_sha=MERGE))
    assert found == Event(
        "pull_request", "synchronize", "acme/shop", HEAD, "feature/x", "acme/shop", "main", BASE, (12,), association="MEMBER"
    )
    assert not found.read_only
    assert found.facts() == {"commit": HEAD, "branch": "feature/x", "base": "main", "pull": 12}


@pytest.mark.parametrize("head", ["eve/shop", None], ids=["fork", "fork that is gone"])
@pytest.mark.parametrize(("name", "read_only"), [("pull_request", True), ("pull_request_target", False)])
def test_the_token_of_a_fork_is_read_only(head, name, read_only):
    found = event(name, pull_request(head, author_association="NONE"))
    assert (found.fork, found.read_only, found.association, found.pulls) == (True, read_only, "NONE", (12,))
    assert found.head_repository == (head or "")


def test_a_run_of_another_workflow_is_about_its_commit():
    mine = {"number": 12, "base": end("acme/shop", "main", BASE), "head": end("acme/shop", "feature/x", HEAD)}
    other = {"number": 3, "base": end("acme/upstream", "main", BASE), "head": end("acme/shop", "feature/x", HEAD)}
    found = event("workflow_run", workflow_run(pulls=[other, mine]))
    assert (found.pulls, found.head_sha, found.base_branch, found.base_sha, found.fork) == ((12,), HEAD, "main", BASE, False)
    assert (found.run, found.read_only) == (77, False)
    assert found.facts() == {
        "commit": HEAD,
        "branch": "feature/x",
        "base": "main",
        "pull": 12,
        "url": "https://github.com/acme/shop/actions/runs/77",
        "attempt": 3,
    }


def test_a_run_for_a_fork_names_no_pull_request():
    found = event("workflow_run", workflow_run("eve/shop"))
    assert (found.pulls, found.fork, found.read_only, found.head_repository) == ((), True, False, "eve/shop")


def test_a_push_is_about_what_was_pushed():
    payload = {"ref": "refs/heads/main", "before": BASE, "after": HEAD, "repository": {"full_name": "acme/shop"}}
    assert event("push", payload) == Event("push", "", "acme/shop", HEAD, "main", "acme/shop", base_sha=BASE)
    gone = event("push", {**payload, "after": "0" * 40, "ref": "refs/tags/v1"})
    assert (gone.head_sha, gone.head_branch) == ("", "")


def test_a_merge_queue_names_its_pull_request():
    ref = f"refs/heads/gh-readonly-queue/main/pr-104-{BASE}"
    payload = {
        "merge_group": {"head_sha": HEAD, "head_ref": ref, "base_ref": "refs/heads/main", "base_sha": BASE},
        "action": "checks_requested",
    }
    found = event("merge_group", {**payload, "repository": {"full_name": "acme/shop"}})
    assert (found.pulls, found.head_sha, found.base_branch, found.base_sha) == ((104,), HEAD, "main", BASE)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("schedule", {"schedule": "0 3 * * *"}),
        ("workflow_dispatch", {"inputs": {"pull_request": "12"}, "ref": "refs/heads/main"}),
        ("", {}),
    ],
)
def test_events_that_are_about_no_commit(name, payload):
    found = event(name, {**payload, "repository": {"full_name": "acme/shop"}})
    assert found == Event(name, repository="acme/shop")
    assert found.facts() == {}


def test_a_comment_names_the_pull_request_under_which_it_stands():
    assert event("issue_comment", {"issue": {"number": 5, "pull_request": {"url": "x"}}}).pulls == (5,)
    assert event("issue_comment", {"issue": {"number": 5}}).pulls == ()


def test_what_others_wrote_is_cleaned():
    token = "ghp_0123456789abcdefghij0123456789abcdef"
    found = event("pull_request", pull_request(head=end("acme/shop", f"x\x1b[31m\u202e{token}", HEAD)))
    assert "\x1b" not in found.head_branch
    assert token not in found.head_branch
    assert "<U+202E>" in found.head_branch


HOSTILE = [1, True, -1, 2**70, 1.5, "", "x" * 10_000, [], {}, None, [[]], "12", {"sha": {}}, "0" * 40, HEAD.upper()]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: str(value)[:10])
@pytest.mark.parametrize("key", ["number", "head", "base", "author_association", "title"])
def test_wrong_types_say_nothing(key, value):
    found = event("pull_request", pull_request(**{key: value}))
    assert isinstance(found, Event)
    assert all(isinstance(number, int) and 0 < number < 2**53 for number in found.pulls)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["pull_request", "workflow_run", "merge_group", "head", "base", "repo", "full_name", "sha", "ref", "number", "pull_requests",
                     "head_sha", "repository", "issue", "id", "url"]), inner), max_leaves=20))  # fmt: skip
def test_any_payload_gives_an_event_or_our_error(payload):
    for name in ("pull_request", "workflow_run", "push", "merge_group"):
        try:
            found = event(name, payload)
        except EventError:
            assert not isinstance(payload, dict)
        else:
            assert set(found.facts()) <= {"commit", "branch", "base", "pull", "url", "attempt"}


def surroundings(path):
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path), "GITHUB_EVENT_NAME": "pull_request"}


def test_the_file_is_read_in_actions_only(tmp_path):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(pull_request()), encoding="utf-8")
    assert read_event(surroundings(path)).pulls == (12,)
    assert read_event({**surroundings(path), "GITHUB_ACTIONS": ""}) is None
    assert read_event({"GITHUB_ACTIONS": "true"}) is None


def broken_files(folder):
    (folder / "deep").write_text("[" * 1_000_000, encoding="utf-8")
    (folder / "list").write_text("[1]", encoding="utf-8")
    (folder / "text").write_bytes(b"\xff\xfe{")
    (folder / "number").write_text("1" * 10_000, encoding="utf-8")
    (folder / "empty").write_text("", encoding="utf-8")
    os.mkfifo(folder / "pipe")
    os.symlink(folder / "loop", folder / "loop")
    os.symlink("/dev/zero", folder / "device")
    with open(folder / "huge", "wb") as stream:
        stream.truncate(MAX_BYTES + 1)


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
@pytest.mark.parametrize("name", ["deep", "list", "text", "number", "empty", "pipe", "loop", "device", "huge", "missing", ".", "a\0b"])
def test_a_file_that_is_none(tmp_path, name):
    broken_files(tmp_path)
    with pytest.raises(EventError) as caught:
        read_event(surroundings(tmp_path / name))
    assert "event of GitHub" in caught.value.message
    assert caught.value.hint


def test_a_run_on_github_records_the_head_of_the_branch(rca, write_report):
    write_report("r.xml", "A works", "A fails!no")
    path = rca.folder / "event.json"
    path.write_text(json.dumps(pull_request("eve/shop")), encoding="utf-8")
    variables = {**surroundings(path), "GITHUB_SHA": MERGE, "GITHUB_HEAD_REF": "feature/x", "GITHUB_BASE_REF": "main"}
    context = json.loads(rca("report", "r.xml", "--format", "json", **variables).out)["runs"][0]["context"]
    # A fork has branches of the same names: the owner before it says whose it is.
    assert (context["commit"], context["branch"], context["base"], context["pull"]) == (HEAD, "eve:feature/x", "main", 12)
    said = json.loads(rca("report", "r.xml", "--format", "json", "--commit", "v1.2", **variables).out)["runs"][0]["context"]
    assert said["commit"] == "v1.2"
    path.write_text("[", encoding="utf-8")
    done = rca("report", "r.xml", "--format", "json", **variables)
    assert json.loads(done.out)["runs"][0]["context"]["commit"] == MERGE
    assert "warning" in done.err
    assert "GITHUB_SHA" in done.err


def examples(name):
    """GitHub's own examples of the payloads of an event."""
    path = installed("@octokit/webhooks-examples") / "api.github.com" / "index.json"
    return next(kind["examples"] for kind in json.loads(path.read_text(encoding="utf-8")) if kind["name"] == name)


@pytest.mark.parametrize(
    ("name", "count"), [("pull_request", 20), ("workflow_run", 4), ("push", 5), ("merge_group", 2), ("workflow_dispatch", 2)]
)
def test_the_examples_of_github(name, count):
    payloads = examples(name)
    assert len(payloads) >= count
    for payload in payloads:
        found = event(name, payload)
        assert found.repository == payload["repository"]["full_name"]
        assert found.facts().keys() <= {"commit", "branch", "base", "url", "attempt", "pull"}
        if name == "pull_request":
            pull = payload["pull_request"]
            assert (found.pulls, found.head_sha, found.base_sha) == ((payload["number"],), pull["head"]["sha"], pull["base"]["sha"])
            assert found.fork == (pull["head"]["repo"]["id"] != pull["base"]["repo"]["id"])
            assert found.association == pull["author_association"]
        elif name == "workflow_run":
            run = payload["workflow_run"]
            assert (found.run, found.head_sha, found.run_url) == (run["id"], run["head_sha"], run["html_url"])
            ours = [pull for pull in run["pull_requests"] if pull["base"]["repo"]["url"].endswith(f"/{found.repository}")]
            assert found.pulls == tuple(pull["number"] for pull in ours)
        elif name == "push":
            assert found.head_sha == (payload["after"] if payload["after"].strip("0") else "")
        elif name == "merge_group":
            assert found.head_sha == payload["merge_group"]["head_sha"]
        else:
            assert found.facts() == {}
