"""Read files that are files, and write them so that a reader sees either the old or the new one, never half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from rca.errors import RecordError

# Of systems that have them: not to wait for somebody at the other end, not to translate ends of lines, not to hand the file on.
_NO_WAITING = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_TEMPORARY = re.compile(r"\..{1,60}\.[a-z0-9_]{8}\.rca-tmp")


def open_plain(path: str | Path) -> IO[bytes]:
    """Open a file for reading. Raises OSError, also for a pipe or a device, which may keep a reader waiting for ever."""
    # Looked at before, since to open a device may already do something, and after, since it may be another one by now.
    _refuse_special(os.stat(path), path)
    handle = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        _refuse_special(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    return open(handle, "rb")


def read_plain(path: str | Path, most: int = -1) -> bytes:
    """The bytes of a file, or its first `most`. Raises OSError as `open_plain` does."""
    with open_plain(path) as stream:
        return stream.read(most)


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path below a folder is, or goes through, a link to elsewhere. The folder itself may be one."""
    real, top = os.path.realpath(path), os.path.realpath(folder)
    return not real.startswith(top.rstrip(os.sep) + os.sep)


def _refuse_special(info: os.stat_result, path: str | Path) -> None:
    if stat.S_ISDIR(info.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, and no file", str(path))


def write_own(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Write a file that is rca's alone, such as a cache: a link in its place is replaced, wherever it leads. Raises RecordError."""
    if path.is_symlink():
        with contextlib.suppress(OSError):
            path.unlink()
    write_atomic(path, content, durable=durable)


def write_atomic(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Write a file through a temporary one beside it; raises RecordError and leaves the old file.

    Text is written as UTF-8. What can be made again at any time need not be `durable`: it is not forced to the disk.
    """
    write_together([(path, content)], durable=durable)


def write_together(files: Sequence[tuple[Path, str | bytes]], *, durable: bool = True) -> None:
    """Write several files: all are complete on the disk before the first one takes its name, in the given order."""
    staged: list[tuple[str, Path]] = []
    path = files[0][0]
    done = 0
    try:
        for path, content in files:
            _stage(path, content, staged, durable=durable)
        for temporary, path in staged:
            os.replace(temporary, path)
            done += 1
    except OSError as error:
        raise _cannot_write(path, error, [target for _, target in staged[:done]]) from error
    finally:
        for temporary, _ in staged[done:]:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    if durable:
        for folder in dict.fromkeys(target.parent for _, target in staged):
            _sync_folder(folder)


def _stage(path: Path, content: str | bytes, staged: list[tuple[str, Path]], *, durable: bool) -> None:
    """Put the content into a temporary file beside its target, and note the two."""
    # What a link points to is replaced, and not the link itself.
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".rca-tmp")
    staged.append((temporary, path))
    with os.fdopen(handle, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
        stream.flush()
        if durable:
            os.fsync(stream.fileno())
    os.chmod(temporary, _mode(path))


def put_in_place(temporary: Path, path: Path) -> None:
    """Force a finished file to the disk and give it its name; raises OSError and leaves both as they are."""
    with open(temporary, "rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed process left; only for a folder in which nobody else writes now."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _TEMPORARY.fullmatch(name):
                os.unlink(folder / name)


def free_name(path: Path) -> Path:
    """The path itself, or with the first number behind it that makes it one that is not there yet."""
    number = 1
    candidate = path
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.name}{number}")
    return candidate


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, else what the user's mask gives a new one."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cannot_write(path: Path, error: OSError, written: Sequence[Path]) -> RecordError:
    state = f"only {', '.join(str(p) for p in written)} changed" if written else "nothing was changed"
    place = error.filename if isinstance(error.filename, str) and error.errno in _FOLDER_FAULTS else path
    return RecordError(f"{place}: cannot be written: {error.strerror or error}", f"check the permissions and the free space; {state}")


# For these the folder that could not be made says more than the file that was to go into it.
_FOLDER_FAULTS = {17, 20}  # EEXIST, ENOTDIR
