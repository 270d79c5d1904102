"""Put a shipped query to some runs of a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rca.history.engine import query, view
from rca.history.facts import RunFacts
from rca.history.store import Snapshot

if TYPE_CHECKING:
    import duckdb


# A commit, an environment and a job: runs of the same one should come out alike.
Setting = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: the values of the only column of the table `wanted`."""

    column: str
    kind: str
    values: list[Any]


def tests(numbers: Iterable[int]) -> Wanted:
    """Tests by their numbers."""
    return Wanted("test_id", "BIGINT", list(numbers))


def fingerprints(marks: Iterable[str]) -> Wanted:
    """Failures by their fingerprints."""
    return Wanted("mark", "VARCHAR", list(marks))


_LINE = """
CREATE OR REPLACE TEMP TABLE line AS
SELECT unnest($seqs::BIGINT[]) AS run_seq, unnest($branches::VARCHAR[]) AS branch,
    unnest($commits::BIGINT[]) AS commit_number, unnest($settings::BIGINT[]) AS setting
"""


class Numbers(dict[Any, int]):
    """A number for each value that is asked for, counted up from 1."""

    def __missing__(self, value: Any) -> int:
        self[value] = len(self) + 1
        return self[value]


def setting_of(run: RunFacts) -> Setting:
    """In which setting a run ran; one without a commit is compared with itself alone."""
    return run.commit or run.run_id, run.environment, run.job


def rows_of(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    runs: Sequence[RunFacts],
    name: str,
    wanted: Wanted | None = None,
    **parameters: Any,
) -> list[tuple[Any, ...]]:
    """The answer to a shipped query: `facts` are the rows of the files that hold the runs, `line` are the runs.

    A parameter that is a Setting becomes its number.
    What is the same for all rows of a run comes from `line`, so that the files need not be read for it.
    """
    paths = snapshot.paths_of(run.run_id for run in runs)
    if not paths:
        return []
    commits, settings = Numbers(), Numbers()
    line = {
        "seqs": [run.seq for run in runs],
        "branches": [run.branch for run in runs],
        "commits": [commits[setting_of(run)[0]] for run in runs],
        "settings": [settings[setting_of(run)] for run in runs],
    }
    parameters = {name: settings[value] if isinstance(value, tuple) else value for name, value in parameters.items()}
    connection.execute(_LINE, line)
    if wanted is not None:
        select = f"SELECT unnest($values::{wanted.kind}[]) AS {wanted.column}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS {select}", {"values": wanted.values})
    with view(connection, paths):
        return connection.execute(query(name), parameters or None).fetchall()
