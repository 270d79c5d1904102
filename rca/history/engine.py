"""DuckDB as the history uses it: no configuration from outside, no extension from the network, no file left in the working folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rca.errors import HistoryError

if TYPE_CHECKING:
    import duckdb

# Rows that are written together. DuckDB holds some groups in memory meanwhile: few rows for one run, so that a run of millions of
# cases stays small; more for a part, where the names of several runs are then stored once.
RUN_GROUP, PART_GROUP = 30_720, 122_880

_SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
}


@contextlib.contextmanager
def connected(threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory; with one thread it starts none, so that a process may still fork."""
    import duckdb  # 90 ms, which only commands with a history pay

    connection = duckdb.connect(config=_SETTINGS if threads is None else {**_SETTINGS, "threads": threads})
    try:
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def faults(place: Path, doing: str, state: str) -> Iterator[None]:
    """Turn what DuckDB or the system report into an error that names the place, what failed and what became of the rest."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise HistoryError(f"{place}: {doing}: {first_line(error)}", f"check the permissions and the free space; {state}") from error
    except OSError as error:
        raise HistoryError(f"{place}: {doing}: {error.strerror or error}", f"check the permissions and the free space; {state}") from error


def first_line(error: Exception) -> str:
    """What an error of DuckDB says, without the statement and the advice behind it."""
    return str(error).split("\n", 1)[0].strip()[:500]


@contextlib.contextmanager
def view(connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> Iterator[None]:
    """Let `facts` be the rows of these files for a while."""
    connection.read_parquet(list(paths), hive_partitioning=False).create_view("facts")
    try:
        yield
    finally:
        connection.execute("DROP VIEW IF EXISTS facts")


def query(name: str) -> str:
    """The text of one of the shipped queries."""
    return (Path(__file__).parent / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def literal(path: Path) -> str:
    """A path of the store as it stands in a statement; only COPY needs that, which takes no parameter there."""
    return "'" + str(path).replace("'", "''") + "'"


def parquet(group: int) -> str:
    """How a file of the store is written; its footer holds the value of the variable `facts`."""
    return f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group}, KV_METADATA {{rca: getvariable('facts')}}"
