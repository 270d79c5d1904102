"""The repository of the demo, as GitHub would hold it: for the pages of the documentation and for trying things out."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.github.fake import FakeGitHub
from tests.github.world import Repo

SAMPLES = Path(__file__).resolve().parents[2] / "examples" / "staging"
NAME = "harbor/harbor"
OLD, RED, FIXED = (
    "6d19a6d46fd011a14ffd413770b3ae3b6fbc80fd",
    "fdf5c25506c059c2480538eb99b05fd8d1a7bf14",
    "11b13f21674c0490a982094b2028e47867e3eb1f",
)


def fill(fake: FakeGitHub) -> None:
    """Put issues, a pull request, deployments and runs of the demo into a fake GitHub."""
    repo = fake.repo(NAME)
    at(fake, "2026-11-19T17:00:00Z")
    for issue in json.loads((SAMPLES / "issues.json").read_text(encoding="utf-8")):
        if "pull_request" in issue:
            continue
        facts = {name: issue[name] for name in ("number", "body", "state", "created_at", "updated_at", "closed_at") if name in issue}
        repo.issue(issue["title"], labels=tuple(label["name"] for label in issue["labels"]), **facts)
    at(fake, "2026-11-21T16:40:00Z")
    pull = repo.pull("Answer with a protocol that was offered", branch="fix", head=FIXED)
    repo.refer(412, pull)
    _lately(fake, repo)
    at(fake, "2026-11-22T14:20:00Z")
    fake.world.ids = itertools.count(70001)
    run = repo.run(RED, branch="main", name="e2e", path=".github/workflows/e2e.yml")
    repo.artifact(run, "screenshots", pack({"login.png": b"\x89PNG"}))
    repo.artifact(run, "junit-e2e", reports())
    at(fake, "2026-11-22T15:10:00Z")
    run = repo.run(FIXED, branch="fix", name="e2e", path=".github/workflows/e2e.yml", event="pull_request", pulls=(413,))
    repo.artifact(run, "junit-e2e", reports("reports-fixed"))


def _lately(fake: FakeGitHub, repo: Repo) -> None:
    """What went in, and what of it is deployed to staging."""
    commits = [
        ("2026-11-19T16:12:00Z", OLD, "Say where the suite finds the service"),
        ("2026-11-20T09:48:00Z", "1be27508bc4b6baa54d6a37824b1a19eb7fd0992", "Name all protocols that carry a token alike (#409)"),
        ("2026-11-20T14:27:00Z", "5f5b7b33b3fb202b09827f36ad96c11cf16734bb", "Never let an answer be cached"),
        ("2026-11-21T07:30:00Z", RED, "Harbor 2.8.0"),
    ]
    for moment, head, message in commits:
        at(fake, moment)
        if "#409" in message:
            merged = {"state": "closed", "merged_at": moment, "updated_at": moment, "merge_commit_sha": head}
            repo.pull("Name all protocols that carry a token alike", branch="protocols", number=409, **merged)
        repo.commit(message, head=head)
    at(fake, "2026-11-19T17:05:00Z")
    repo.deploy("staging", OLD, creator=fake.world.user("deploy-bot"))
    at(fake, "2026-11-21T07:44:00Z")
    deployment = repo.deploy("staging", RED, "in_progress", creator=fake.world.user("deploy-bot"))
    repo.status(deployment, "success", description="answers in 107 ms", environment_url="https://staging.harbor.example")


def at(fake: FakeGitHub, moment: str) -> None:
    """Set the clock of GitHub."""
    fake.world.moment = datetime.fromisoformat(moment)


def reports(folder: str = "reports") -> bytes:
    """The zip of an artifact with the demo's reports."""
    return pack({path.name: path.read_bytes() for path in sorted((SAMPLES / folder).glob("*.xml"))})


def pack(files: dict[str, bytes]) -> bytes:
    """A zip of files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def environment(fake: FakeGitHub) -> dict[str, Any]:
    """The variables of a command that is to use it."""
    return {**fake.env, "GITHUB_REPOSITORY": NAME}
