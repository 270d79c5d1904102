from __future__ import annotations

from datetime import UTC, datetime

from rca.document.publish import About, comment, marker_of
from rca.model import Worklog
from rca.workflow import facts_of

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_a_worklog_without_a_run_says_so_loudly() -> None:
    body = comment(facts_of(Worklog(id="2026-01-02-empty", title="Empty", opened_at=NOW)), About(pull_request=1))
    assert body.text.startswith("**No test report was read: nothing is known.**")
    found = marker_of(body.text)
    assert found is not None
    assert (found.key, found.fields["state"]) == ("default", "nothing")
