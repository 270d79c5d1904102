"""Workflow runs, their artifacts, and downloads."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from rca.github import Rehearsal, Repository, errors
from rca.github.actions import download_artifact, get_attempt, get_run, list_artifacts, list_runs
from tests.github.fake import TOKEN


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, data in files.items():
            packed.writestr(f"{name}.xml", data)
    return stream.getvalue()


@pytest.fixture
def artifact(fake_github):
    repo = fake_github.repo()
    return repo.artifact(repo.run(), "junit", zipped(a=b"<testsuites/>" * 10_000))


def only(listing):
    (thing,) = listing
    return thing


def test_runs(fake_github, reach):
    repo = fake_github.repo()
    repo.pull("Fix", branch="fix")
    runs = [repo.run(), repo.run(branch="fix", pulls=(1,)), repo.run(branch="fix", fork="eve/shop", status="in_progress", conclusion=None)]
    repository = reach()
    assert [run.id for run in list_runs(repository)] == [run["id"] for run in reversed(runs)]
    assert [run.pulls for run in list_runs(repository, branch="fix")] == [(), (1,)]
    assert [run.id for run in list_runs(repository, workflow="tests.yml", branch="main")] == [runs[0]["id"]]
    assert [run.id for run in list_runs(repository, status="completed", limit=1)] == [runs[1]["id"]]
    run = get_run(repository, runs[2]["id"])
    assert (run.head_repository, run.repository, run.status, run.conclusion, run.attempt) == ("eve/shop", "acme/shop", "in_progress", "", 1)


def test_attempts_of_a_run(fake_github, reach):
    repo = fake_github.repo()
    run = repo.run()
    repo.rerun(run, conclusion="success")
    found = [get_attempt(reach(), run["id"], attempt) for attempt in (1, 2)]
    assert [(attempt.attempt, attempt.conclusion) for attempt in found] == [(1, "failure"), (2, "success")]
    assert found[0].started_at < found[1].started_at
    with pytest.raises(errors.NotFoundError):
        get_attempt(reach(), run["id"], 3)


def test_an_artifact_comes_from_another_host_and_without_the_token(fake_github, reach, artifact, tmp_path):
    repository = reach()
    heard = []
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"], name="junit"))
    size = download_artifact(repository, found, tmp_path / "new" / "junit.zip", progress=heard.append)
    data = (tmp_path / "new" / "junit.zip").read_bytes()
    assert data == fake_github.repo().zips[artifact["id"]]
    assert size == len(data) == found.size == heard[-1]
    (stored,) = fake_github.stored
    assert "authorization" not in stored.headers
    assert TOKEN not in str(stored)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["junit.zip"]


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ({"status": 404, "times": 9}, errors.GoneError, "it is gone"),
        ({"status": 503, "times": 9}, errors.ServerError, "the host of the files has trouble (503)"),
        ({"cut": True, "times": 9}, errors.UnreachableError, "broke off"),
        ({"raw": b"something else"}, errors.BadAnswerError, "SHA-256"),
        ({"status": 302, "headers": {"Location": "/again"}, "times": 99}, errors.BadAnswerError, "in a circle"),
        ({"status": 302, "headers": {"Location": "http://example.org/"}}, errors.BadAnswerError, "not https"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, errors.BadAnswerError, "not https"),
        ({"status": 302, "headers": {"Location": "http://[bad"}}, errors.BadAnswerError, ""),
    ],
    ids=["404", "503", "cut", "other", "circle", "http", "file", "bad"],
)
def test_what_goes_wrong_on_the_way_leaves_no_file(fake_github, reach, artifact, tmp_path, fault, kind, said):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    fake_github.fail("STORAGE", r"", **fault)
    with pytest.raises(kind) as caught:
        download_artifact(repository, found, tmp_path / "junit.zip")
    assert said in caught.value.message
    assert "junit" in caught.value.message
    assert "signature" not in f"{caught.value.message}{caught.value.hint}"
    assert caught.value.__context__ is None
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_off_once_is_begun_again(fake_github, reach, artifact, tmp_path):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    fake_github.fail("STORAGE", r"", cut=True)
    assert download_artifact(repository, found, tmp_path / "junit.zip") == found.size
    assert len(fake_github.stored) == 2


def test_a_download_is_bounded(fake_github, reach, artifact, tmp_path):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    with pytest.raises(errors.TooLargeError):
        download_artifact(repository, found, tmp_path / "junit.zip", most=100)
    assert list(tmp_path.iterdir()) == []


def test_an_artifact_that_expired(fake_github, reach, artifact, tmp_path):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    artifact["expired"] = fake_github.repo().artifacts[artifact["id"]]["expired"] = True
    with pytest.raises(errors.GoneError, match="it is gone: Artifact has expired"):
        download_artifact(repository, found, tmp_path / "junit.zip")
    with pytest.raises(errors.GoneError, match="it has expired"):
        download_artifact(repository, only(list_artifacts(repository, artifact["workflow_run"]["id"])), tmp_path / "junit.zip")


def test_a_place_that_cannot_be_written(reach, artifact, tmp_path):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.GitHubError, match="cannot be written"):
        download_artifact(repository, found, tmp_path / "file" / "junit.zip")


def test_a_rehearsal_downloads_when_it_has_a_connection(reach, artifact, tmp_path):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    rehearsal = Repository(Rehearsal(repository.sender), "acme/shop")
    assert download_artifact(rehearsal, found, tmp_path / "junit.zip") == found.size
    with pytest.raises(errors.GitHubError, match="dry run without a connection"):
        download_artifact(Repository(Rehearsal(), "acme/shop"), found, tmp_path / "other.zip")


def test_an_artifact_of_a_renamed_repository(fake_github, reach, artifact, tmp_path):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    fake_github.fail(
        "GET", "/zip$", status=301, headers={"Location": f"{fake_github.url}/repos/acme/shop/actions/artifacts/{found.id}/zip"}
    )
    assert download_artifact(repository, found, tmp_path / "junit.zip") == found.size
    assert "authorization" not in fake_github.stored[0].headers


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ({"status": 200, "raw": b"{}"}, errors.BadAnswerError, "does not say where it is"),
        ({"status": 302, "raw": b""}, errors.NotFoundError, "moved or renamed"),
        ({"status": 302, "headers": {"Location": "http://["}}, errors.BadAnswerError, "not https"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:bad/"}}, errors.BadAnswerError, "the address is none"),
        ({"silent": True, "times": 99}, errors.UnreachableError, "broke off"),
    ],
    ids=["no redirect", "nowhere", "bad", "bad port", "silent"],
)
def test_an_api_that_does_not_lead_to_the_file(fake_github, reach, artifact, tmp_path, fault, kind, said):
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    fake_github.fail("GET", "/zip$", **fault)
    with pytest.raises(kind) as caught:
        download_artifact(repository, found, tmp_path / "junit.zip")
    assert said in caught.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", ["LONGEST", "START"])
def test_a_file_that_drips_is_given_up(fake_github, reach, artifact, tmp_path, monkeypatch, limit):
    from rca.github import download

    monkeypatch.setattr(download, limit, 0.2)
    repository = reach()
    found = only(list_artifacts(repository, artifact["workflow_run"]["id"]))
    fake_github.fail("STORAGE", r"", delay=0.6, times=9)
    with pytest.raises(errors.OverdueError, match="took too long"):
        download_artifact(repository, found, tmp_path / "junit.zip")
    end = time.monotonic() + 10
    while (list(tmp_path.iterdir()) or not fake_github.stored) and time.monotonic() < end:
        time.sleep(0.02)
    assert list(tmp_path.iterdir()) == []
    assert len(fake_github.stored) == 1
