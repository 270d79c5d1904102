"""Read reports in tests, and keep what came out."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, tzinfo
from pathlib import Path
from typing import IO

from rca.model import Case
from rca.sources.interface import Reading, Report
from rca.sources.junit import read_junit

Row = tuple[str, str, str, str, float | None]


class Kept:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.passes: list[Row] = []
        self.cases: list[Case] = []
        self.files: list[str] = []

    def passed(self, suite: str, classname: str, name: str, file: str, seconds: float | None) -> None:
        self.passes.append((suite, classname, name, file, seconds))

    def case(self, case: Case, file: str) -> None:
        self.cases.append(case)
        self.files.append(file)

    def counts(self) -> dict[str, int]:
        ends = Counter(case.outcome for case in self.cases)
        return {
            "total": len(self.passes) + len(self.cases),
            "passed": len(self.passes) + ends["passed"],
            "failed": ends["failed"],
            "error": ends["error"],
            "skipped": ends["skipped"],
            "flaky": sum(case.flaky for case in self.cases),
        }

    def names(self) -> list[str]:
        return [row[2] for row in self.passes] + [case.name for case in self.cases]


class Counted:
    """A sink that only counts."""

    def __init__(self) -> None:
        self.count = 0

    def passed(self, _suite: str, _classname: str, _name: str, _file: str, _seconds: float | None) -> None:
        self.count += 1

    def case(self, _case: Case, _file: str) -> None:
        self.count += 1


class Pieces(io.RawIOBase):
    """A stream that gives its bytes in pieces of its own sizes, as pipes do."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def readable(self) -> bool:
        return True

    def read(self, _size: int = -1) -> bytes:
        return next(self._pieces, b"")


def read_bytes(data: bytes, *, again: bool = True, zone: tzinfo = UTC) -> tuple[Reading, Kept]:
    return _read(Report("report.xml", lambda: io.BytesIO(data), len(data), again=again), zone)


def read_stream(open_: IO[bytes] | Pieces) -> tuple[Reading, Kept]:
    return _read(Report("-", lambda: open_, again=False), UTC)  # type: ignore[arg-type,return-value]


def read_file(path: Path, zone: tzinfo = UTC) -> tuple[Reading, Kept]:
    return _read(Report(path.as_posix(), lambda: path.open("rb"), path.stat().st_size), zone)


def _read(report: Report, zone: tzinfo) -> tuple[Reading, Kept]:
    reading, sink = read_junit(report, Kept, zone=zone)
    assert isinstance(sink, Kept)
    return reading, sink


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def report(*cases: str, attributes: str = "", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    """A report of one suite `s` with the given elements."""
    return (
        f'{declaration}<testsuites><testsuite name="s"{attributes and " "}{attributes}>{"".join(cases)}</testsuite></testsuites>'.encode()
    )
