"""What the bodies say, whole: one file for each, read when it changes. RCA_WRITE_FACES=1 writes them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from rca.document.publish import About, check, comment, issue, issue_update, job_summary, workflow_commands
from rca.model import Worklog
from rca.workflow import facts_of
from tests.conftest import Rca
from tests.document.publish.hostile import ABOUT as HARBOR
from tests.document.publish.hostile import full
from tests.document.publish.page import Rendered, render
from tests.document.publish.scenes import ABOUT, SCENES
from tests.terminal.whys_case import ANSWERS, LEFT_OPEN

BODIES = Path(__file__).parent / "bodies"
EPOCH = {"SOURCE_DATE_EPOCH": "1795500000"}


def compare(text: str, name: str) -> None:
    path = BODIES / f"{name.replace(', ', '-').replace(' ', '-')}.md"
    if os.environ.get("RCA_WRITE_FACES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCENES)
def test_comments(name: str) -> None:
    worklog, about = SCENES[name]
    text = comment(facts_of(worklog), about).text
    compare(text, f"comment {name}")
    assert Rendered(render(text)).faults == []


def test_every_body_of_a_full_worklog() -> None:
    facts = facts_of(full())
    made = check(facts, HARBOR)
    compare(comment(facts, HARBOR).text, "full comment")
    compare(job_summary(facts, HARBOR).text, "full job summary")
    compare(f"{made.title}\n\n{made.conclusion}\n\n{made.summary}\n----\n\n{made.text}", "full check")
    opened = issue(facts, "c1", HARBOR, labels=("bug",))
    compare(f"{opened.title}\n\n{opened.body}", "full issue")
    compare(issue_update(facts, "c1", HARBOR).text, "full issue update")
    compare("\n".join([*(str(note) for note in made.annotations), "", *workflow_commands(made.annotations)]) + "\n", "full annotations")


def test_the_demo_after_the_five_whys(tmp_path: Path) -> None:
    if not shutil.which("git"):
        pytest.skip("without git the demo has no commits")
    rca = Rca(tmp_path, EPOCH)
    assert rca("demo", "demo").code == 0
    told = {key: values for key, values in ANSWERS.items() if key not in LEFT_OPEN}
    done = rca("whys", "--answers", "-", "--author", "service team", stdin=json.dumps(told).encode(), cwd=tmp_path / "demo")
    assert done.code == 0, done.err
    (record,) = (tmp_path / "demo").glob("worklogs/*/*.json")
    facts = facts_of(Worklog.model_validate_json(record.read_text(encoding="utf-8")))
    about = About(repository="harbor/harbor", head="fdf5c25506c059c2480538eb99b05fd8d1a7bf14", record=f"worklogs/2026/{record.stem}.md")
    compare(comment(facts, about).text, "demo comment")
    compare(job_summary(facts, about).text, "demo job summary")


def test_each_file_belongs_to_a_test() -> None:
    names = {f"comment {name}".replace(", ", "-").replace(" ", "-") for name in SCENES}
    others = {"comment", "job-summary", "check", "issue", "issue-update", "annotations"}
    found = {path.stem for path in BODIES.iterdir()}
    assert found == names | {f"full-{name}" for name in others} | {"demo-comment", "demo-job-summary"}


def test_the_first_line_says_whether_to_act() -> None:
    first = {name: comment(facts_of(worklog), about).text.partition("\n")[0] for name, (worklog, about) in SCENES.items()}
    words = ("Action needed: ", "To look at: ", "Not from this pull request: ", "Nothing new: ", "Incomplete: ", "All ", "No test")
    assert all(line.startswith(tuple(f"**{word}" for word in words)) for line in first.values())
    assert first["broken"] == "**Action needed: this pull request breaks 3 tests, all with the same error.**"
    assert first["green"] == "**All 480 tests passed.**"
    assert len(comment(facts_of(SCENES["green"][0]), ABOUT).text) < 700
