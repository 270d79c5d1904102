"""Commits and lines of files in git as evidence names them: many are looked up by a few processes, and nothing is fetched.

found = look_up(folder, {Wanted("0c5f1e2"), Wanted("0c5f1e2", "shop/cart.py")})
commits = commits_of(folder, ["0c5f1e2"])
hunks_of(folder, list(commits.values()))
diff_excerpt(folder, "0c5f1e2", "shop/cart.py")
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rca.model import Commit, FileChange
from rca.model.evidence import Hunk
from rca.sources.changes import BEFORE_PATCH, lines_of
from rca.sources.git import _FORM, SECONDS, _Git, _list, _NoAnswerError, _repository
from rca.sources.passages import BESIDE, cut, safe_lines
from rca.text.clean import one_line
from rca.text.redact import redact

BLOB_BYTES = 4_000_000  # of a file that is looked into
ALL_BYTES = 64_000_000  # of all of them together
# Git is given all names before its answers are read: they have to fit into a pipe.
GIVEN_BYTES = 32_000
DIFF_BYTES, DIFF_LINES = 400_000, 60
CONTEXT = 3
# Of the changes of all commits together that are looked through, of one commit, of one stretch of lines.
HUNKS_BYTES, HUNKS, HUNK_LINES = 8_000_000, 200, 8

_HASH = re.compile(r"[0-9a-fA-F]{4,64}")
_FULL = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HUNK = re.compile(rb"@{2,20} (?:-[\d,]{1,21} ){1,19}\+(\d{1,10})")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]|^/|^[A-Za-z]:|\\|(?:^|/)\.{0,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A commit by its hash, full or short; with a path, a file in it, from the project's folder or the top of the repository."""

    commit: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class GitObject:
    """What was found: the full hash of the commit and what it holds. `fault`: why it is not there; `sure`: that it really is not.

    data: of a file its bytes, of a commit its header and message.
    """

    sha: str = ""
    data: bytes = b""
    fault: str = ""
    sure: bool = False


def is_hash(text: str) -> bool:
    """Whether a text may be passed to git as the hash of a commit."""
    return _HASH.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Whether a text is a plain path in a repository: relative, without `..`, on one line."""
    return 0 < len(text) <= 4_096 and not _UNUSABLE.search(text)


def look_up(folder: Path, wanted: Iterable[Wanted], *, seconds: float = SECONDS) -> dict[Wanted, GitObject]:
    """Everything that is wanted, found or not. Raises nothing that git or the repository could cause."""
    found = {one: GitObject(fault=fault) for one in wanted if (fault := _fault(one))}
    rest = sorted({one for one in wanted if one not in found}, key=lambda one: (one.commit, one.path))
    if not rest:
        return found
    try:
        return {**found, **_found(_Git(folder, seconds), rest)}
    except _NoAnswerError as error:
        return {**found, **dict.fromkeys(rest, GitObject(fault=str(error).replace(", so no commit was looked at", "")))}


def _fault(wanted: Wanted) -> str:
    if not is_hash(wanted.commit):
        return f"{one_line(redact(wanted.commit), 60)!r} is not the hash of a commit."
    if wanted.path and not is_path(wanted.path):
        return f"{one_line(redact(wanted.path), 60)!r} is no path inside a repository."
    return ""


@dataclass(frozen=True, slots=True)
class _Header:
    """What `cat-file --batch-check` says of an object; `sha` is empty when it is not there."""

    sha: str
    kind: str
    size: int


def _found(git: _Git, wanted: Sequence[Wanted]) -> dict[Wanted, GitObject]:
    shallow, prefix = _repository(git)
    names = {one: _names(one, prefix) for one in wanted}
    commits = {one.commit: f"{one.commit}^{{commit}}" for one in wanted}
    headers = _headers(git, [*dict.fromkeys(commits.values()), *dict.fromkeys(name for one in wanted for name in names[one])])
    here = {short: headers[name].sha for short, name in commits.items() if _is_commit(short, headers[name])}
    whole = len(here) == len(commits) and all(_first(headers[name] for name in names[one]).sha for one in wanted if one.path)
    partial = not whole and _is_partial(git)
    chosen: dict[Wanted, _Header] = {}
    found: dict[Wanted, GitObject] = {}
    for one in wanted:
        sha = here.get(one.commit, "")
        header = headers[commits[one.commit]] if not one.path else _first(headers[name] for name in names[one])
        if not sha:
            found[one] = _missing(one.commit, shallow=shallow)
        elif fault := _unreadable(one, header, partial=partial):
            found[one] = GitObject(sha, fault=fault, sure=not header.sha and not partial)
        else:
            chosen[one] = header
    contents = _contents(git, chosen.values())
    for one, header in chosen.items():
        fault = "" if header.sha in contents else f"{one.path or one.commit[:12]} was not read: together the files are too large."
        found[one] = GitObject(here[one.commit], contents.get(header.sha, b""), fault)
    return found


def _names(wanted: Wanted, prefix: str) -> list[str]:
    """How git is asked for a file: from the project's folder, and from the top of the repository."""
    if not wanted.path:
        return []
    return list(dict.fromkeys(f"{wanted.commit}:{before}{wanted.path}" for before in (prefix, "") if "\n" not in before))


def _is_commit(short: str, header: _Header) -> bool:
    """A branch that is named like a hash is none."""
    return header.kind == "commit" and header.sha.startswith(short.lower())


def _first(headers: Iterable[_Header]) -> _Header:
    return next((header for header in headers if header.sha), _Header("", "", 0))


def _missing(commit: str, *, shallow: bool) -> GitObject:
    if shallow:
        return GitObject(fault=f"This clone is shallow and does not hold commit {commit[:12]}; run git fetch --unshallow and try again.")
    return GitObject(fault=f"The repository does not hold commit {commit[:12]}; fetch it if it is on a server.", sure=True)


def _is_partial(git: _Git) -> bool:
    """Whether the clone was told to leave files out until they are needed; here they are never fetched."""
    with contextlib.suppress(_NoAnswerError):
        return b"true" in git.read("config", "--get-regexp", r"^remote\..*\.promisor$", limit=10_000)[0]
    return False


def _unreadable(wanted: Wanted, header: _Header, *, partial: bool) -> str:
    if not header.sha and partial:
        return (
            f"This clone is partial and does not hold {one_line(redact(wanted.path), 120)} of commit {wanted.commit[:12]}, if it is there."
        )
    if not header.sha:
        return f"Commit {wanted.commit[:12]} holds no file {one_line(redact(wanted.path), 120)}."
    if wanted.path and header.kind != "blob":
        return f"{one_line(redact(wanted.path), 120)} is no file in commit {wanted.commit[:12]}."
    return f"{one_line(redact(wanted.path), 120)} is larger than {BLOB_BYTES:,} bytes." if header.size > BLOB_BYTES else ""


def _headers(git: _Git, names: Sequence[str]) -> dict[str, _Header]:
    headers = dict.fromkeys(names, _Header("", "", 0))
    for some in _portions(names):
        for name, line in _checked(git, some):
            parts = line.split(" ")
            if len(parts) == 3 and _FULL.fullmatch(parts[0]) and parts[2].isdigit():
                headers[name] = _Header(parts[0], parts[1], int(parts[2]))
    return headers


def _checked(git: _Git, names: Sequence[str]) -> list[tuple[str, str]]:
    """Names with what git says of each. Of a file that a partial clone lacks git dies, so it is asked for fewer and fewer."""
    try:
        data, late = git.read("cat-file", "--batch-check", given="".join(f"{name}\n" for name in names).encode())
    except _NoAnswerError as error:
        if "promisor" not in str(error):
            raise
        half = len(names) // 2
        return [*_checked(git, names[:half]), *_checked(git, names[half:])] if half else []
    if late:
        raise _NoAnswerError(f"Git gave no answer within {late}.")
    return list(zip(names, data.decode("utf-8", "replace").split("\n"), strict=False))


def _contents(git: _Git, headers: Iterable[_Header]) -> dict[str, bytes]:
    """The bytes of objects by their hash, as many as fit into ALL_BYTES."""
    sizes: dict[str, int] = {}
    room = ALL_BYTES
    for header in headers:
        if header.sha not in sizes and header.size <= room:
            sizes[header.sha] = header.size
            room -= header.size
    contents: dict[str, bytes] = {}
    for some in _portions(list(sizes)):
        limit = sum(sizes[sha] + 200 for sha in some)
        data, _ = git.read("cat-file", "--batch", given="".join(f"{sha}\n" for sha in some).encode(), limit=limit)
        place = 0
        for sha in some:
            begin = data.find(b"\n", place) + 1
            if not begin or not data.startswith(sha.encode(), place):
                break
            contents[sha] = data[begin : begin + sizes[sha]]
            place = begin + sizes[sha] + 1
    return contents


def _portions(names: Sequence[str]) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for name in names:
        length = len(name.encode("utf-8", "surrogatepass")) + 1
        if some and size + length > GIVEN_BYTES:
            yield some
            some, size = [], 0
        some.append(name)
        size += length
    if some:
        yield some


def told(commit: GitObject) -> str:
    """A commit in one line: its full hash, its day, its subject."""
    head, _, message = commit.data.partition(b"\n\n")
    match = re.search(rb"^committer .* (\d{1,12}) [+-]\d{4}$", head, re.MULTILINE)
    day = ""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        day = f"{datetime.fromtimestamp(int(match[1]), UTC):%Y-%m-%d} " if match else ""
    subject = message.lstrip(b"\n").split(b"\n", 1)[0].decode("utf-8", "replace")
    return f"{commit.sha} {day}{one_line(redact(subject), 200)}"


def commits_of(folder: Path, names: Sequence[str], *, seconds: float = SECONDS) -> dict[str, Commit]:
    """The commits that hashes name, short or full, with the files that they touched, by these names.

    What is no hash of a commit here is left out, and all is when git does not answer.
    """
    asked = list(dict.fromkeys(name for name in names if is_hash(name)))
    if not asked:
        return {}
    try:
        git = _Git(folder, seconds)
        shallow, _ = _repository(git)
        headers = _headers(git, [f"{name}^{{commit}}" for name in asked])
        here = {name: headers[f"{name}^{{commit}}"].sha for name in asked if _is_commit(name, headers[f"{name}^{{commit}}"])}
        listed = _list(git, ["--no-walk=unsorted", *dict.fromkeys(here.values())], shallow=shallow)[0] if here else []
    except _NoAnswerError:
        return {}
    found = {commit.sha: commit for commit in listed}
    return {name: found[sha] for name, sha in here.items() if sha in found}


def hunks_of(folder: Path, commits: Sequence[Commit], *, seconds: float = SECONDS) -> list[Hunk]:
    """What commits that are here changed, in their order: at most HUNKS stretches of each, as far as HUNKS_BYTES go.

    Files that a commit deleted are left out, since it holds none of their lines.
    """
    waiting = {commit.sha: commit for commit in commits if commit.files_known and _FULL.fullmatch(commit.sha)}
    if not waiting:
        return []
    patches: list[_Sections] = []
    read = 0
    with contextlib.suppress(_NoAnswerError):
        git = _Git(folder, seconds)
        what = ("log", "-c", "-p", "-M", "-U0", "--no-walk=unsorted", f"--format={BEFORE_PATCH}", *_FORM, *waiting, "--")
        with git.running(*what) as run:
            for line in lines_of(run.out):
                read += len(line)
                if read > HUNKS_BYTES:
                    break
                if line.startswith(b"\0"):
                    patches.append(_Sections(waiting.get(line[1:].strip().decode("ascii", "replace"))))
                elif patches:
                    patches[-1].take(line)
    return [hunk for patch in patches for hunk in patch.hunks()]


class _Sections:
    """The patch of one commit: for each file the stretches of lines that changed."""

    def __init__(self, commit: Commit | None) -> None:
        self._commit = commit
        self._columns = max(1, len(commit.parents)) if commit else 1
        self._files: list[list[tuple[int, list[bytes]]]] = []
        self._count = 0
        self._inside = False

    def take(self, line: bytes) -> None:
        """Read a line: the header of a file, of a stretch, or a changed line."""
        if line.startswith((b"diff --git ", b"diff --cc ", b"diff --combined ")):
            self._files.append([])
            self._inside = False
        elif self._files and line.startswith(b"@@"):
            self._count += 1
            self._inside = self._count <= HUNKS
            if self._inside:
                match = _HUNK.match(line)
                self._files[-1].append((max(1, int(match[1])) if match else 1, []))
        elif self._inside and line[:1] in {b"+", b"-", b" "} and len(self._files[-1][-1][1]) < HUNK_LINES:
            self._files[-1][-1][1].append(line)

    def hunks(self) -> Iterator[Hunk]:
        """What was found, with the paths of the commit's files when they are as many as the patch has."""
        files = _in_patch(self._commit) if self._commit else []
        if self._commit is None or (len(self._files) > len(files) and not self._commit.left_out):
            return
        for file, stretches in zip(files, self._files, strict=False):
            for line, rows in stretches if file.status != "deleted" and is_path(file.path) else ():
                text = "\n".join(cut(self._row(row), BESIDE) for row in safe_lines(rows))
                if text:
                    yield Hunk(self._commit.sha, file.path, line, text)

    def _row(self, row: str) -> str:
        """A line with one mark before it: of a merge, which has one for each parent, the one that says most."""
        marks = row[: self._columns]
        return next((mark for mark in "+-" if mark in marks), " ") + row[self._columns :]


def _in_patch(commit: Commit) -> list[FileChange]:
    """The files in the order of the patch. One that became a link, or the other way round, is shown twice."""
    return [file for file in commit.files for _ in range(2 if file.status == "other" else 1)]


def diff_excerpt(folder: Path, commit: str, path: str, *, old_path: str = "", seconds: float = SECONDS) -> str:
    """What a commit changed in one file: hunks of a diff, at most DIFF_LINES lines, redacted; empty when git cannot tell.

    path: from the top of the repository, as commits list their files; old_path: where the file was before, if it was renamed.
    """
    paths = [name for name in (old_path, path) if name]
    if not is_hash(commit) or not path or not all(map(is_path, paths)):
        return ""
    try:
        git = _Git(folder, seconds)
        shallow, prefix = _repository(git)
        header = _headers(git, [f"{commit}^{{commit}}"])[f"{commit}^{{commit}}"]
        if not _is_commit(commit, header) or (shallow and _is_first(git, header.sha)):
            return ""
        top = "../" * prefix.count("/")
        what = ("show", "-c", "-p", "-M", "--format=", f"-U{CONTEXT}", *_FORM, header.sha, "--")
        data, short = git.read(*what, *(top + name for name in paths), limit=DIFF_BYTES)
    except _NoAnswerError:
        return ""
    return _hunks(data, cut_short=bool(short))


def _is_first(git: _Git, sha: str) -> bool:
    """Whether git knows no parent of a commit. In a shallow clone it would show all of its files as added."""
    return len(git.read("rev-list", "--no-walk", "--parents", sha, "--", limit=10_000)[0].split()) == 1


def _hunks(data: bytes, *, cut_short: bool) -> str:
    """The hunks of a patch without what stands before them."""
    lines: list[bytes] = []
    inside = False
    for line in data.split(b"\n"):
        if line.startswith(b"diff "):
            inside = False
        inside = inside or line.startswith((b"@@", b"Binary files "))
        if inside and line:
            lines.append(line)
    shown = [cut(line, BESIDE) for line in safe_lines(lines[:DIFF_LINES])]
    if cut_short or len(lines) > DIFF_LINES:
        shown.append("… more was changed …" if cut_short else f"… {len(lines) - DIFF_LINES:,} more lines …")
    return "\n".join(shown)
