"""The store: where it is, which files of it count, and asking them while others write."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rca.errors import HistoryError
from rca.files import read_plain, write_atomic
from rca.history.engine import connected, first_line, view
from rca.history.facts import FileFacts, RunFacts, read_facts, refuse_newer, unreadable
from rca.history.layout import MARKER, MONTH, RESULTS, SCHEMA, is_part_file, read_run_file, repo_folder
from rca.model import Problem
from rca.model.rows import named

if TYPE_CHECKING:
    import duckdb

ROUNDS = 20
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in a store at one moment: the files that count, and their runs in the order of time."""

    files: tuple[FileFacts, ...]
    runs: tuple[RunFacts, ...]

    def paths_of(self, run_ids: Iterable[str]) -> list[str]:
        """The files in which these runs are."""
        wanted = frozenset(run_ids)
        return [str(file.path) for file in self.files if any(run.run_id in wanted for run in file.runs)]


@dataclass(slots=True)
class Store:
    """A folder of runs. problems: what was found damaged in it, each file once."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    @property
    def results(self) -> Path:
        """The folder with the results."""
        return self.folder / RESULTS

    def exists(self) -> bool:
        """Whether anything was ever stored here; raises HistoryError for a store of a newer rca."""
        marker = self.results / MARKER
        try:
            document = json.loads(read_plain(marker))
        except (FileNotFoundError, NotADirectoryError):
            return self.results.is_dir()
        except OSError as error:
            raise HistoryError(f"{marker}: cannot be read: {error.strerror}", "check the permissions of the history") from error
        except ValueError as error:
            raise HistoryError(
                f"{marker}: is damaged", f'restore it, or write {{"schema": {SCHEMA}}} into it; the results are in the folders beside it'
            ) from error
        refuse_newer(marker, document if isinstance(document, dict) else {})
        return True

    def prepare(self) -> None:
        """Make the store when it is not there; the folder above it must be."""
        if self.exists() and (self.results / MARKER).exists():
            return
        above = self.folder.parent
        if not above.is_dir():
            raise HistoryError(
                f"{self.folder}: the history cannot be kept there: there is no folder {above}",
                "make that folder, or name another place in RCA_STORE or `history.store`",
            )
        try:
            made = self.results if self.folder.is_dir() else self.folder
            self.results.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(
                f"{self.results}: cannot be made: {error.strerror}", "check the permissions, or name another place in RCA_STORE"
            ) from error
        write_atomic(made / ".gitignore", "*\n")
        write_atomic(self.results / MARKER, json.dumps({"schema": SCHEMA}) + "\n")

    def repos(self) -> list[Path]:
        """The folders of all repositories."""
        return [self.results / name for name in names_in(self.results) if name.startswith("repo=")]

    def listed(self, folders: Iterable[Path]) -> list[Path]:
        """All data files below the folders of repositories, in order, as they were at one moment.

        A compaction puts a part in its place and only then removes what went into it. Whoever reads the names of a folder
        meanwhile may miss both. So names are read until none of those read before is gone.
        """
        folders = list(folders)
        before = set(_data_files(folders))
        for _ in range(ROUNDS):
            now = set(_data_files(folders))
            if before <= now:
                return self._plain(sorted(now))
            before = now
        raise HistoryError(f"{self.results}: changes all the time", "wait until `rca history compact` is done, then try again")

    def _plain(self, paths: list[Path]) -> list[Path]:
        """Those that are files; a pipe or a device would keep a reader waiting, and is noted."""
        special = {path for path in paths if _is_special(path)}
        self._note(dict.fromkeys(sorted(special), "it is a pipe or a device, and no file"))
        return [path for path in paths if path not in special] if special else paths

    def ask(self, repo: str | None, question: Callable[[duckdb.DuckDBPyConnection, Snapshot], _T], *, all_repos: bool = False) -> _T:
        """Put a question to the runs of a repository, or to all.

        Damaged files are left out and noted in `problems`. Files that a compaction took away meanwhile are looked for again.
        """
        damaged: dict[Path, str] = {}
        with connected() as connection:
            for _ in range(ROUNDS):
                paths = self.listed(self.repos() if all_repos else [self.results / repo_folder(named(repo))])
                paths = [path for path in paths if path not in damaged]
                try:
                    return question(connection, _snapshot(read_facts(connection, paths), repo, all_repos=all_repos))
                except unreadable() as error:
                    if all(path.exists() for path in paths):
                        damaged |= self.damaged(connection, paths, error)
        raise HistoryError(f"{self.results}: changes all the time", "wait until `rca history compact` is done, then try again")

    def damaged(self, connection: duckdb.DuckDBPyConnection, paths: Iterable[Path], error: Exception) -> dict[Path, str]:
        """Find out which files cannot be read and note them; when all can, the error has another reason and goes on as HistoryError."""
        found = {path: reason for path in paths if (reason := fault_of(connection, path))}
        if not found:
            hint = "check the permissions and the free space; nothing that is stored was lost"
            raise HistoryError(f"{self.results}: {first_line(error)}", hint) from error
        self._note(found)
        return found

    def _note(self, damaged: Mapping[Path, str]) -> None:
        known = {problem.path for problem in self.problems}
        for path, reason in damaged.items():
            if str(path) not in known:
                hint = "restore it from a copy, or delete it and ingest its reports again; it stays where it is"
                message = f"cannot be read and is left out of the history: {reason}"
                self.problems.append(Problem(code="damaged-history", severity="warning", message=message, path=str(path), hint=hint))


def open_store(where: str, project: Path, environment: Mapping[str, str]) -> Store:
    """The store that RCA_STORE names, else the configured one; a relative path is one from the project, `~` is HOME.

    Nothing is made or read here. Raises HistoryError for addresses of other kinds of stores.
    """
    where = environment.get("RCA_STORE") or where
    scheme = _SCHEME.match(where)
    if scheme and (len(scheme[1]) > 1) and not Path(where).exists():
        if scheme[1].lower() != "file":
            raise HistoryError(
                f"{where[:200]}: rca keeps its history in folders only, and knows no {scheme[1]!r} stores",
                "give a path or file:PATH in RCA_STORE or `history.store`",
            )
        where = where[5:]
        if where.startswith("//"):
            where = "/" + where.lstrip("/")
    if not where or "\0" in where:
        raise HistoryError("RCA_STORE: names no folder", "give a path or file:PATH")
    if any("\ud800" <= char <= "\udfff" for char in where):
        # DuckDB takes no other names.
        raise HistoryError("RCA_STORE: the name of its folder is no UTF-8", "name another folder")
    return Store(project / _at_home(where, environment))


def _at_home(where: str, environment: Mapping[str, str]) -> str:
    """A path below `~`: no shell has looked at what stands in a configuration."""
    first, slash, rest = where.partition("/")
    if not first.startswith("~"):
        return where
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if first != "~" or not home:
        lacking = "HOME is not set" if first == "~" else "only `~` itself is known, for your own home folder"
        raise HistoryError(f"{where[:200]}: {lacking}", "write the path out in RCA_STORE or `history.store`")
    return f"{home}{slash}{rest}"


def fault_of(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Read a whole file and return what is wrong with it, nothing when it is sound."""
    try:
        read_facts(connection, [path])
        with view(connection, [str(path)]):
            connection.execute("SELECT count(COLUMNS(*)) FROM facts").fetchall()
    except unreadable() as error:
        return first_line(error).replace(f" '{path}'", "").replace(f' "{path}"', "")
    return ""


def _snapshot(files: list[FileFacts], repo: str | None, *, all_repos: bool) -> Snapshot:
    kept = counted(files)
    runs = [run for file in kept for run in file.runs if all_repos or run.repo == named(repo)]
    return Snapshot(tuple(kept), tuple(sorted(runs, key=lambda run: (run.seq, run.run_id))))


def counted(files: Iterable[FileFacts]) -> list[FileFacts]:
    """The files that count: not those that went into a part, and of a run that was stored twice at once only the first."""
    files = sorted(files, key=lambda file: file.path.name)
    consumed = frozenset(name for file in files for name in file.inputs)
    kept = [file for file in files if is_part_file(file.path.name) and file.path.name not in consumed]
    seen = {_identity(run) for file in kept for run in file.runs}
    for file in files:
        if is_part_file(file.path.name) or file.path.name in consumed or _identity(file.runs[0]) in seen:
            continue
        seen.add(_identity(file.runs[0]))
        kept.append(file)
    return kept


def _identity(run: RunFacts) -> tuple[str | None, str]:
    """What makes a run the same run: all of its id but the time."""
    return run.repo, run.run_id[10:]


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False  # gone meanwhile, or nobody may look: whoever reads it says so


def _data_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for month in names_in(folder):
            if MONTH.fullmatch(month):
                names = names_in(folder / month)
                yield from (folder / month / name for name in names if is_part_file(name) or read_run_file(name))


def names_in(folder: Path) -> list[str]:
    """The names in a folder; none when it is not there (any more)."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise HistoryError(f"{folder}: cannot be listed: {error.strerror}", "check the permissions of the history") from error
