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


def rows_of(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    runs: Sequence[RunFacts],
    name: str,
    wanted: Wanted | None = None,
    **parameters: Any,
) -> list[tuple[Any, ...]]:
    """The answer to a shipped query: `facts` are the rows of the files that hold the runs, `line` are the runs."""
    paths = snapshot.paths_of(run.run_id for run in runs)
    if not paths:
        return []
    seqs = {"seqs": [run.seq for run in runs]}
    connection.execute("CREATE OR REPLACE TEMP TABLE line AS SELECT unnest($seqs::BIGINT[]) AS run_seq", seqs)
    if wanted is not None:
        select = f"SELECT unnest($values::{wanted.kind}[]) AS {wanted.column}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS {select}", {"values": wanted.values})
    with view(connection, paths):
        return connection.execute(query(name), parameters or None).fetchall()
