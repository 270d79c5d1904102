"""What `git log` prints, as values of the model: commits, their files, and what their patches say. No git and no file is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Literal

from rca.model import Commit, FileChange
from rca.text.clean import one_line

FILES_KEPT = 500  # of a commit
LINES_KEPT = 2_000  # changed lines of a commit that are looked at
LINE = 1_000  # bytes of such a line
NAMES_KEPT = 60  # scopes of a file
RANGES_KEPT = 20  # stretches of changed lines of a file
WORDS_KEPT = 2_000  # of a file, on each side
MESSAGE = 4_000  # bytes of a commit's message

# The fields of a commit, each ended by NUL; its files follow (`-z --raw`).
FIELDS = "%H%x00%P%x00%ct%x00%s%x00%b"
# The line before the patch of a commit. Lines of a patch never begin with NUL: the first character says what they are.
BEFORE_PATCH = "%x00%H"

_FULL_HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVERTS = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
_HUNK = re.compile(rb"@{2,20} (?:-[\d,]{1,21} ){1,19}\+(\d{1,10})(?:,(\d{1,10}))? @{2,20} ?(.*)")
_WORD = re.compile(r"[A-Za-z_$][\w$]{2,60}|\d{3,6}")
_BEFORE_BRACKET = re.compile(r"([\w$~]+)\s*(?:<[^<>]{0,80}>)?\s*\(")
_NAMED = re.compile(
    r"\b(?:def|class|func|function|fn|fun|sub|interface|trait|impl|struct|enum|module|object|record|namespace|type|const|let|var)\*?\s+"
    r"(?:\([^()]{0,80}\)\s*)?([\w$.:]+)"
)
# A line that opens a function or a class: by its keyword, or by what stands around a name and its arguments.
_DEFINITION = re.compile(
    r"^\s*(?:[a-z]+\s+){0,4}(?:(?:def|class|func|function|fn|fun|sub|interface|trait|struct|enum|record|module)\b"
    r"|(?!return|else|new|await|throw)"
    r"[\w<>\[\], .?]{0,80}\b(?!if|for|while|switch|catch)\w+\([^()]{0,200}\)\s*(?:throws [\w, .]{1,100})?\{\s*$)"
)
_KEYWORDS = {"if", "for", "while", "switch", "catch", "return", "with", "match", "except", "else", "elif"}
_Status = Literal["added", "modified", "deleted", "renamed", "copied", "other"]
_STATUS: dict[str, _Status] = {
    "A": "added", "M": "modified", "D": "deleted", "R": "renamed", "C": "copied",
}  # fmt: skip


def commits_in(tokens: list[bytes]) -> Iterator[Commit]:
    """Commits out of the fields of `git log -z --raw`; what follows a broken one is left."""
    index = 0
    while index + 4 < len(tokens):
        sha, parents, seconds, summary, body = tokens[index : index + 5]
        if not _FULL_HASH.fullmatch(sha):
            return
        commit = Commit(sha.decode(), _moment(seconds), _text(summary[:MESSAGE]), tuple(parents.decode("ascii", "replace").split()))
        if reverts := _REVERTS.search(_text(body[:MESSAGE])):
            commit.reverts = reverts[1]
        index = _files(tokens, index + 5, commit)
        yield commit


def _files(tokens: list[bytes], index: int, commit: Commit) -> int:
    """Read the files of a commit; returns the index of the token behind them."""
    while index < len(tokens):
        head = tokens[index].lstrip(b"\n")
        if not head.startswith(b":"):
            if head:
                break
            index += 1
            continue
        sides = len(head) - len(head.lstrip(b":"))
        fields = head[sides:].decode("ascii", "replace").split(" ")
        renamed = sides == 1 and fields[-1][:1] in {"R", "C"}
        paths = [_text(token) for token in tokens[index + 1 : index + 2 + renamed]]
        index += 2 + renamed
        if len(paths) == 1 + renamed and len(fields) == 2 * sides + 3:
            _add_file(commit, sides, fields, paths)
    return index


def _add_file(commit: Commit, sides: int, fields: list[str], paths: list[str]) -> None:
    modes, hashes, status = fields[: sides + 1], fields[sides + 1 : -1], fields[-1]
    if sides > 1 and hashes[-1] in hashes[:-1]:
        return  # a merge that took the file as one side had it
    if len(commit.files) >= FILES_KEPT:
        commit.left_out += 1
        return
    kind: _Status = _STATUS.get(status[:1], "other") if sides == 1 else "modified"
    old = paths[0] if len(paths) == 2 else ""
    commit.files.append(FileChange(paths[-1], old, kind, submodule="160000" in modes))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _moment(seconds: bytes) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines, each cut at LINE bytes; the rest of a long one is passed over."""
    whole = True
    while line := stream.readline(LINE):
        if whole:
            yield line
        whole = line.endswith(b"\n")


class Patch:
    """Takes the lines of one commit's patch and gives each file its scopes and words."""

    def __init__(self, commit: Commit | None) -> None:
        self._commit = commit
        # A file that became a link, or the other way round, is shown as one deleted and one added.
        self._files = [file for file in commit.files for _ in range(2 if file.status == "other" else 1)] if commit else []
        self._sections: list[_Section] = []
        self._lines = 0

    def take(self, line: bytes) -> None:
        """Read a line: a header of a file, a header of a hunk, or a changed line."""
        if self._commit is None:
            return
        first = line[:1]
        if line.startswith((b"diff --git ", b"diff --cc ", b"diff --combined ")):
            self._sections.append(_Section(max(1, len(self._commit.parents))))
        elif not self._sections or first not in b"@+- ":
            return
        elif first == b"@":
            self._sections[-1].hunk(line)
        elif self._sections[-1].inside:
            self._lines += 1
            self._sections[-1].changed(line, read=self._lines <= LINES_KEPT)

    def finish(self) -> None:
        """Hand over what was found, when the patch has the files that the list of files has."""
        if self._commit is None or (len(self._sections) != len(self._files) and not self._commit.left_out):
            return
        for file, section in zip(self._files, self._sections, strict=False):
            file.added += section.added
            file.deleted += section.deleted
            file.scopes = (*file.scopes, *section.scopes)[:NAMES_KEPT]
            file.ranges = (*file.ranges, *section.ranges)[:RANGES_KEPT]
            file.gained |= section.gained
            file.lost |= section.lost


class _Section:
    """The part of a patch that concerns one file. A merge has a column for each parent: only lines that differ from all count."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self.inside = False
        self.added = 0
        self.deleted = 0
        self.scopes: dict[str, None] = {}
        self.ranges: list[tuple[int, int]] = []
        self.gained: set[str] = set()
        self.lost: set[str] = set()
        self._above = ""

    def hunk(self, line: bytes) -> None:
        """A hunk begins: its numbers say which lines it makes, and behind them git names the function above it."""
        self.inside = True
        match = _HUNK.match(line)
        self._above = _text(match[3]).strip() if match else ""
        if match and len(self.ranges) < RANGES_KEPT:
            first = max(1, int(match[1]))
            self.ranges.append((first, first + max(1, int(match[2] or 1)) - 1))

    def changed(self, line: bytes, *, read: bool) -> None:
        """Count a changed line and, when it is to be read, take its words."""
        marks = line[: self._columns]
        is_new = marks == b"+" * self._columns
        if not is_new and marks != b"-" * self._columns:
            return
        self.added += is_new
        self.deleted += not is_new
        words = self.gained if is_new else self.lost
        if not read or len(words) >= WORDS_KEPT:
            return
        text = _text(line[self._columns :])
        words.update(_WORD.findall(text))
        if _DEFINITION.match(text):
            # A hunk that begins with a function is not in the one above it.
            self._above = ""
            self._scope(text)
        elif self._above and (plain := text.strip(" \t\r\n{});")) and not plain.startswith(("@", "#", "//", "/*", "*")):
            self._scope(self._above)
            self._above = ""

    def _scope(self, text: str) -> None:
        if text and len(self.scopes) < NAMES_KEPT and (name := scope_name(text)):
            self.scopes[name] = None


def scope_name(line: str) -> str:
    """The name of the function, class or section that a line opens; empty when it opens none."""
    line = line[:300]
    if match := _NAMED.search(line):
        return re.split(r"\.|::", match[1])[-1]
    names: Iterable[str] = _BEFORE_BRACKET.findall(line)
    name = next((name for name in names if name not in _KEYWORDS), "")
    return name or (one_line(line.strip("#[] \t"), 60) if line[:1] in "#[" else "")
