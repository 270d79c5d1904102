"""Log files as blocks of whole lines: plain or gzip, of any size and encoding, in bounded memory."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from rca.files import open_plain
from rca.model import Problem
from rca.sources.inputs import _kept_open, _open_gzip, shown

BLOCK = 512 * 1024
LINE_BYTES = 8_000  # of a line; what follows in it is passed over
LONGEST = 64 * 1024  # a line that is longer is cut while it is read
MAX_BYTES = 8 * 1024**3  # of one log
ENDS = 64 * 1024  # bytes at the beginning and at the end by which a log is known that has grown
_OTHERS = (".zip", ".tar", ".tgz", ".tar.gz", ".bz2", ".xz", ".zst", ".7z")
_WIDE = ((codecs.BOM_UTF8, ""), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class LogError(OSError):
    """A log cannot be read, or not to its end; the text says why, `hint` what to do."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint

    def problem(self, path: str) -> Problem:
        """The same as a value of the model."""
        severity = "warning" if self.code == "truncated" else "error"
        return Problem(code=self.code, severity=severity, message=str(self), path=shown(path), hint=self.hint)


def identity(path: str) -> tuple[int, int] | str:
    """What tells one file from another, whatever it is called. Raises LogError when there is none that can be read."""
    if path == "-":
        return path
    try:
        info = os.stat(path)
    except FileNotFoundError as error:
        raise LogError("not-found", "there is no such log file", "check the path given with --log") from error
    except (OSError, ValueError) as error:
        raise LogError("unreadable", f"cannot be opened: {_reason(error)}", "check the link and the permissions") from error
    if not stat.S_ISREG(info.st_mode):
        raise LogError("unreadable", "is no file", "name the log files one by one")
    if path.lower().endswith(_OTHERS):
        raise LogError("unreadable", "is an archive", "unpack it and name the log file; gzip is read as it is")
    return info.st_dev, info.st_ino


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells whether a log is still the one that was read: size, time and inode; hashes of its first and its last bytes."""

    size: int
    modified: int
    inode: int
    head: str
    tail: str


def mark_of(path: str) -> Mark:
    """The mark of a log file. Raises LogError when it is none that can be found again."""
    if identity(path) == path:
        raise LogError("unreadable", "cannot be read a second time", "write it to a file, and name that")
    try:
        with open_plain(path) as stream:
            info = os.fstat(stream.fileno())
            return Mark(info.st_size, info.st_mtime_ns, info.st_ino, *_ends(stream, info.st_size))
    except (OSError, ValueError) as error:
        raise LogError("unreadable", f"cannot be opened: {_reason(error)}", "check the path and the permissions") from error


def reads_as_before(path: str, mark: Mark) -> bool:
    """Whether a log holds what it held when it was marked; it may have grown since."""
    try:
        info = os.stat(path)
        if not stat.S_ISREG(info.st_mode):
            return False
        if (info.st_size, info.st_mtime_ns, info.st_ino) == (mark.size, mark.modified, mark.inode):
            return True
        if info.st_size <= mark.size:
            return False
        with open_plain(path) as stream:
            return _ends(stream, mark.size) == (mark.head, mark.tail)
    except (OSError, ValueError):
        return False


def _ends(stream: IO[bytes], size: int) -> tuple[str, str]:
    """Hashes of the first and the last bytes of the first `size` bytes."""
    head = stream.read(min(ENDS, size))
    stream.seek(max(0, size - ENDS))
    return hashlib.sha256(head).hexdigest(), hashlib.sha256(stream.read(min(ENDS, size))).hexdigest()


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines; the last one of a file may lack its end."""

    data: bytes
    last: bool


def blocks(path: str, stdin: IO[bytes] | None = None) -> Iterator[Block]:
    """The lines of a log in blocks of about BLOCK bytes, always one that is the last.

    `-` is standard input. Raises LogError when the log cannot be opened, and after the last block that could be read when it
    ends before its time.
    """
    fault: LogError | None = None
    before = b""
    with _opened(path, stdin) as stream:
        pieces = _pieces(stream)
        while True:
            try:
                piece = next(pieces, None)
            except (OSError, EOFError, zlib.error) as error:
                fault = LogError("truncated", f"was read only in part: {_reason(error)}", "what stands before was used; make the log again")
                piece = None
            if piece is None:
                break
            if before:
                yield Block(before, last=False)
            before = piece
    yield Block(before, last=True)
    if fault:
        raise fault


@contextlib.contextmanager
def _opened(path: str, stdin: IO[bytes] | None) -> Iterator[IO[bytes]]:
    if path == "-":
        with _kept_open(stdin or sys.stdin.buffer) as stream:
            yield stream
        return
    try:
        plain = open_plain(path)
    except (OSError, ValueError) as error:
        raise LogError("unreadable", f"cannot be opened: {_reason(error)}", "check the path and the permissions") from error
    with plain:
        if path.lower().endswith(".gz"):
            with _open_gzip(path, os.fstat(plain.fileno()).st_size, plain) as stream:
                yield stream
        else:
            yield plain


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Whole lines in pieces; of a line that has no end in sight only its beginning is kept."""
    rest = b""
    inside = False
    for block in _decoded(stream):
        data = block
        if inside:
            end = data.find(b"\n")
            if end < 0:
                continue
            data, inside = data[end:], False
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
        else:
            rest += data
        if len(rest) > LONGEST:
            rest, inside = rest[:LINE_BYTES], True
    if rest:
        yield rest


def _decoded(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes as they are, or as UTF-8 when a mark at the beginning says UTF-16."""
    data = stream.read(BLOCK)
    mark, encoding = next(((mark, encoding) for mark, encoding in _WIDE if data.startswith(mark)), (b"", ""))
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    read = 0
    data = data[len(mark) :]
    while data:
        read += len(data)
        yield decoder.decode(data).encode("utf-8", "replace") if decoder else data
        if read >= MAX_BYTES:
            raise LogError("truncated", f"only its first {MAX_BYTES // 1024**3} GiB were read", "cut out the part around the run")
        data = stream.read(BLOCK)


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def lines_at(path: str, numbers: set[int], around: int) -> dict[int, list[bytes]]:
    """The lines of these numbers, each with `around` lines on both sides, cut at LINE_BYTES; lines that are not there are left out.

    Reads the log once, up to the last of them. Raises LogError.
    """
    wanted = {near for number in numbers for near in range(max(1, number - around), number + around + 1)}
    last = max(wanted, default=0)
    lines: dict[int, bytes] = {}
    first = 1
    try:
        for block in blocks(path):
            count = block.data.count(b"\n") + (block.data[-1:] not in {b"\n", b""})
            here = [number for number in wanted if first <= number < first + count]
            if here:
                split = block.data.split(b"\n")
                lines.update((number, split[number - first][:LINE_BYTES]) for number in here)
            first += count
            if first > last:
                break
    except LogError:
        if not lines:
            raise
    return {
        number: [lines[near] for near in range(max(1, number - around), number + around + 1) if near in lines]
        for number in numbers
        if number in lines
    }
