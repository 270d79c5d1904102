"""Names of files and folders in a store, and the order of runs: pure, no file is touched here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SCHEMA = 1
RESULTS = "results"
MARKER = "store.json"
# Work in progress: of an append, of a compaction, of a month on its way out.
APPENDING, COMPACTING, DROPPING = ".new-", ".part-", ".dropped-"
# A folder of this name holds the runs whose repository nobody named: Hive's own word for no value.
NO_REPO = "__HIVE_DEFAULT_PARTITION__"
LONGEST_FOLDER = 120

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS = {char: value for value, char in enumerate(_CROCKFORD)}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_RUN_FILE = re.compile(r"run-(?P<run_id>[0-9A-HJKMNP-TV-Z]{26})-(?P<hash>[0-9a-f]{12})(?P<clock>-clock)?\.parquet")
_PART_FILE = re.compile(r"part-[0-9A-HJKMNP-TV-Z]{26}-[0-9A-HJKMNP-TV-Z]{26}-[0-9a-f]{12}\.parquet")
MONTH = re.compile(r"month=(?P<month>[0-9]{4}-[0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# Up to the year 2248 the order fits into 63 bits: 43 of the time in milliseconds and 20 that tell equal times apart.
LAST = (1 << 43) - 1
_TIE_BITS = 20


@dataclass(frozen=True, slots=True)
class RunFile:
    """What the name of a run's file says."""

    run_id: str
    hash: str
    by_clock: bool


def repo_folder(repo: str | None) -> str:
    """The folder of a repository: `repo=` and its name, with every character that is not plain spelled as %XX."""
    if not repo:
        return f"repo={NO_REPO}"
    name = "".join(char if char in _PLAIN else "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace")) for char in repo)
    if name.endswith("."):  # which Windows drops
        name = f"{name[:-1]}%2E"
    if len(name) > LONGEST_FOLDER:
        name = f"{name[: LONGEST_FOLDER - 17]}-{hashlib.blake2b(repo.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"
    return f"repo={name}"


def month_folder(moment: datetime) -> str:
    """The folder of a month in UTC."""
    return f"month={moment.astimezone(UTC):%Y-%m}"


def run_file(run_id: str, run_hash: str, *, by_clock: bool) -> str:
    """The name of the file of one run; run_hash is `run-` and twelve digits."""
    return f"run-{run_id}-{run_hash.removeprefix('run-')}{'-clock' if by_clock else ''}.parquet"


def part_file(first: str, last: str, inputs: list[str]) -> str:
    """The name of a compacted part: its first and last run, and a hash over what went into it."""
    return f"part-{first}-{last}-{hashlib.blake2b('/'.join(inputs).encode(), digest_size=6).hexdigest()}.parquet"


def read_run_file(name: str) -> RunFile | None:
    """What the name of a run's file says; None for any other name."""
    match = _RUN_FILE.fullmatch(name)
    return RunFile(match["run_id"], match["hash"], match["clock"] is not None) if match else None


def is_part_file(name: str) -> bool:
    """Whether a file is a compacted part by its name."""
    return _PART_FILE.fullmatch(name) is not None


def milliseconds_of(moment: datetime) -> int:
    """Milliseconds since 1970, held within what the order has room for."""
    return min(max((moment - _EPOCH) // _MILLISECOND, 0), LAST)


def run_id_of(milliseconds: int, attempt: int | None, identity: str) -> str:
    """A ULID of a run: its time, then what it is, so that the same run at the same time has the same id in every process.

    Of equal times the higher attempt comes later.
    """
    digest = int.from_bytes(hashlib.blake2b(identity.encode("utf-8", "backslashreplace"), digest_size=10).digest(), "big")
    low = (min(max(attempt or 0, 0), 15) << 76) | (digest >> 4)
    value = (milliseconds << 80) | low
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def seq_of(run_id: str) -> int:
    """The place of a run in the order of time: the leading bits of its id."""
    return _value(run_id) >> (80 - _TIE_BITS)


def milliseconds_in(run_id: str) -> int:
    """The time in an id, in milliseconds since 1970."""
    return _value(run_id) >> 80


def _value(run_id: str) -> int:
    value = 0
    for char in run_id:
        value = (value << 5) | _DIGITS[char]
    return value


def time_of(milliseconds: int) -> datetime:
    """The moment of so many milliseconds since 1970."""
    return _EPOCH + milliseconds * _MILLISECOND
