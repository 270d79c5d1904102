"""What a file of the store says of the runs in it: read from the Parquet footer, without a look at the rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rca.errors import HistoryError
from rca.history.layout import LAST, SCHEMA, seq_of
from rca.model import Run, RunRef
from rca.model.rows import named

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A stored run. ts: milliseconds since 1970. seq: its place in the order of time. by_clock: no report told its time."""

    run_id: str
    run_hash: str
    seq: int
    ts: int
    repo: str | None = None
    branch: str | None = None
    commit: str | None = None
    environment: str | None = None
    attempt: int | None = None
    job: str | None = None
    url: str | None = None
    by_clock: bool = False
    cases: int = 0
    failing: int = 0

    @property
    def ref(self) -> RunRef:
        """The run as the rest of rca speaks of it."""
        return RunRef(id=self.run_hash, at=datetime.fromtimestamp(self.ts / 1000, UTC), commit=self.commit, url=self.url)

    def may_be(self, run: Run) -> bool:
        """Whether this is that run: the same reports, and nothing said of both tells commit, job or attempt apart."""
        context = run.context
        mine = (self.commit, self.environment, self.attempt, self.job)
        pairs = zip(mine, (named(context.commit), named(context.environment), context.attempt, named(context.job)), strict=True)
        return self.run_hash == run.id and all(one is None or other is None or one == other for one, other in pairs)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of the store: the runs in it, in order, and the names of the files that went into it (for a compacted part)."""

    path: Path
    runs: tuple[RunFacts, ...]
    inputs: frozenset[str] = frozenset()


class DamagedError(Exception):
    """A file of the store does not say which runs it holds."""


# What each fact may be, from its annotation: `str | None` is text or null.
_KINDS = {field.name: frozenset(str(field.type).replace("None", "NoneType").split(" | ")) for field in fields(RunFacts)}
RUN_ID = 26  # characters


def written(runs: Sequence[RunFacts], inputs: Sequence[str] = ()) -> str:
    """What is put into the footer of a file."""
    return json.dumps({"schema": SCHEMA, "inputs": list(inputs), "runs": [asdict(run) for run in runs]}, ensure_ascii=True)


def read_facts(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], containing: str = "") -> list[FileFacts]:
    """The facts of files, in the given order; with a text, only of those that hold it.

    Raises one of `unreadable()` when a file is damaged, HistoryError when one was written by a newer rca.
    """
    if not paths:
        return []
    found = connection.execute(
        "SELECT file_name, decode(value) FROM parquet_kv_metadata($files)"
        " WHERE decode(key) = 'rca' AND contains(decode(value), $containing)",
        {"files": [str(path) for path in paths], "containing": containing},
    ).fetchall()
    facts = {name: _parsed(Path(name), text) for name, text in found}
    if not containing and len(facts) < len(paths):
        raise DamagedError("it does not say which runs it holds")
    return [facts[str(path)] for path in paths if str(path) in facts]


def _parsed(path: Path, text: str) -> FileFacts:
    try:
        document = json.loads(text)
        refuse_newer(path, document)
        runs = tuple(_run_facts({name: value for name, value in run.items() if name in _KINDS}) for run in document["runs"])
        inputs = frozenset(document["inputs"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError("what it says of its runs cannot be read") from error
    if not runs:
        raise DamagedError("it says that it holds no run")
    return FileFacts(path, runs, inputs)


def _run_facts(facts: dict[str, Any]) -> RunFacts:
    """The facts of a run. Raises TypeError or ValueError when one of them is missing or cannot be true."""
    run = RunFacts(**facts)
    if any(type(value).__name__ not in _KINDS[name] for name, value in facts.items()):
        msg = "a fact of a run is not of its kind"
        raise TypeError(msg)
    if len(run.run_id) != RUN_ID or run.seq != seq_of(run.run_id) or not 0 <= run.ts <= LAST:
        msg = "the facts of a run contradict its id"
        raise ValueError(msg)
    return run


def unreadable() -> tuple[type[Exception], ...]:
    """What is raised for files that cannot be read."""
    import duckdb

    return duckdb.Error, DamagedError


def refuse_newer(path: Path, document: dict[str, Any]) -> None:
    """Raise HistoryError for what was written in a schema that this rca does not know."""
    schema = document.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise HistoryError(
            f"{path}: was written by a newer rca (schema {schema}, this one knows {SCHEMA})",
            "update rca; nothing was written",
        )
