"""`rca publish outputs`: what came out, for the next steps of a job."""

from __future__ import annotations

import pytest

from tests.conftest import report_text


def values(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def test_outputs_are_appended_to_the_file_of_the_step(staging):
    assert staging("new", "Nightly").code == 0
    staging("ingest", "reports")
    printed = staging("publish", "outputs")
    assert (printed.code, printed.err) == (0, "")
    found = values(printed.out)
    assert (staging.folder / found.pop("worklog")).is_file()
    assert (staging.folder / found.pop("record")).is_file()
    assert found.pop("id").endswith("-nightly")
    assert found == {"verdict": "red", "total": "27", "passed": "20", "failed": "7", "skipped": "0", "flaky": "0", "clusters": "1"}

    file = staging.folder / "output of the step"
    file.write_text("before=1\n")
    written = staging("publish", "outputs", GITHUB_OUTPUT=str(file))
    assert (written.code, written.out) == (0, "")
    assert file.read_text() == "before=1\n" + printed.out


@pytest.mark.parametrize(
    ("cases", "verdict", "failed"),
    [
        (["a.B one", "a.B two"], "green", "0"),
        (["a.B one!no\nverdict=green", "a.B two"], "red", "1"),
        ([], "nothing", "0"),
    ],
)
def test_verdicts(rca, cases, verdict, failed):
    (rca.folder / "a.xml").write_text(report_text(*cases), encoding="utf-8")
    rca("new", "verdict=green\nid=owned")
    rca("ingest", "a.xml")
    found = values(rca("publish", "outputs").out)
    assert (found["verdict"], found["failed"]) == (verdict, failed)
    assert len(found) == 10


def test_before_any_run_nothing_is_known(rca):
    rca("new", "Empty")
    found = values(rca("publish", "outputs").out)
    assert (found["verdict"], found["total"]) == ("nothing", "0")


def test_a_file_that_cannot_be_written_is_named(rca):
    rca("new", "Empty")
    done = rca("publish", "outputs", GITHUB_OUTPUT=str(rca.folder))
    assert (done.code, done.out) == (2, "")
    assert "GITHUB_OUTPUT" in done.err
    assert "unset it" in done.err
