"""Commits from the git program: nothing is written, nothing of the repository is run, nothing is fetched.

    found = commits_between(folder, good, bad)          # the commits after `good`, up to `bad`
    found = commits_between(folder, None, bad)          # no good run is known: the last LAST commits
    commits, note = changes_of(folder, ["main..fix"])   # the commits that somebody names
    tree = work_tree(folder, shas)                      # what is checked out, and whether it holds these commits

`good` and `bad` are hashes, full or short, and may be hostile. The answer is always a CommitRange: what is wrong (no git, no
repository, a commit that this clone does not hold) stands in its `note`, with the next step, because a report must not fail
for want of suspects. A constant number of git processes is started, whatever the range. What a person names is another matter:
there each of these is a GitError.

A merge is listed beside the commits that it brought in. Those hold its changes one by one, which tells more of what broke than
the merge as a whole; of the merge itself only what it resolved differently from both sides counts as its change.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess  # noqa: TID251 -- git is a program; all others are started by the runner
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from rca.errors import RcaError
from rca.model import Commit, CommitRange, WorkTree
from rca.sources.changes import BEFORE_PATCH, FIELDS, Patch, commits_in, lines_of
from rca.text.clean import one_line
from rca.text.redact import redact

LIMIT = 200  # commits between a good and a bad run
LAST = 20  # commits, when no good run is known
SECONDS = 20.0  # of all git processes together
BYTES = 32_000_000  # of the list of commits and files
PATCH_BYTES = 128_000_000  # of changes that are read
NAMED = 50  # commits that somebody names, as those of a fix
COMPARED = 200  # files that look changed and are read to see whether they are
COMPARED_BYTES = 10_000_000  # of such a file

_FUNCTIONS = Path(__file__).with_name("functions.gitattributes")
_HASH = re.compile(r"[0-9a-fA-F]{4,64}")
_IS_COMMIT = re.compile(r"[0-9a-f]{40,64} commit \d+")
_NO_NAME = re.compile(r"[\x00-\x1f\x7f]")

_JAVASCRIPT = (
    r"^[ \t]*((export[ \t]+)?(default[ \t]+)?(async[ \t]+)?(function|class|object|trait|def)[ \t*]+[A-Za-z_$].*"
    r"|(export[ \t]+)?(const|let|var)[ \t]+[A-Za-z0-9_$]+[ \t]*=[ \t]*(async[ \t]*)?(function|[(]|[A-Za-z0-9_$]+[ \t]*=>).*"
    r"|((public|private|protected|static|async|get|set)[ \t]+)*[#A-Za-z_$][A-Za-z0-9_$]*[ \t]*[(][^()]*[)][^;=]*[{])$"
)
# A repository may carry a configuration of its own, and git runs programs that it names. Each of these is set to something
# harmless on the command line, which comes before the files; what changes the form of the output is set there too.
_SETTINGS = (
    "core.attributesFile={functions}",
    "core.fsmonitor=false",
    "core.hooksPath={nowhere}",
    "core.pager=cat",
    "core.askPass=",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.alternateRefsCommand=true",
    "core.quotePath=true",
    "credential.helper=",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "log.showSignature=false",
    "log.showRoot=true",
    "log.follow=false",
    "diff.external=",
    "diff.submodule=short",
    "diff.suppressBlankEmpty=false",
    "diff.interHunkContext=0",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "diff.javascript.xfuncname=" + _JAVASCRIPT,
    r"diff.swift.xfuncname=^[ \t]*((@?[a-z]+[ \t]+)*(func|class|struct|enum|protocol|extension|init)[ \t(].*)$",
)
_FORM = (
    "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature", "--no-notes", "--no-mailmap", "--no-decorate", "--no-relative",
    "--encoding=UTF-8", "--submodule=short", "--diff-algorithm=myers", f"-O{os.devnull}", "-l400",
)  # fmt: skip
# What a person's own surroundings say is kept as far as it tells where git and its configuration are (`safe.directory` stands
# there); the variables that point git at a repository, trace it or name programs are not passed on.
_PASSED_ON = (
    "PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM",
)  # fmt: skip
_FIXED = {
    "LC_ALL": "C",
    "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    # No transport has this name: a git that is too old for the line above cannot fetch either.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "cat",
}


class GitError(RcaError):
    """What somebody asked for is not in the repository, or git does not give it."""


class _NoAnswerError(Exception):
    """Git gave no usable answer; the text says why, as a sentence for the reader with the next step."""


def commits_between(
    folder: Path, good: str | None, bad: str | None, *, limit: int = LIMIT, last: int = LAST, seconds: float = SECONDS
) -> CommitRange:
    """List the commits after `good` up to `bad`, the newest first, at most `limit` of them.

    Without a good one the `last` commits before `bad` and itself. folder: the project, anywhere in a repository; seconds: after
    which git is stopped. Raises nothing that git or the repository could cause.
    """
    if not bad:
        return CommitRange([], "The commit of the run is not known, so no commit was looked at; pass it with --commit.")
    for given in (good, bad):
        if given and not _HASH.fullmatch(given):
            return CommitRange([], f"{one_line(given, 60)!r} is not the hash of a commit, so no commit was looked at.")
    try:
        return _look(_Git(folder, seconds), good or "", bad, limit if good else last)
    except _NoAnswerError as error:
        return CommitRange([], str(error))


def _look(git: _Git, good: str, bad: str, limit: int) -> CommitRange:
    shallow, prefix = _repository(git)
    known = _resolve(git, [name for name in (bad, good) if name])
    deepen = "run git fetch --unshallow (or git fetch --deepen=200) and try again" if shallow else "fetch it and try again"
    if bad not in known:
        clone = "This clone is shallow and" if shallow else "The repository"
        raise _NoAnswerError(f"{clone} does not hold commit {bad[:12]} of the run, so no commit was looked at; {deepen}.")
    start = known.get(good, "")
    if good and not start:
        limit = min(limit, LAST)
    chosen = [known[bad], f"^{start}"] if start else [known[bad]]
    commits, cut, similar = _list(git, [f"--max-count={limit + 1}", *chosen], shallow=shallow)
    more = len(commits) > limit
    del commits[limit:]
    notes = [_which(commits, good[:12] if start else "", bad[:12])]
    if good and not start:
        notes.append(f"The last good commit {good[:12]} is not in this {'shallow ' * shallow}clone; {deepen}.")
    elif not good:
        notes.append("No good run is known.")
    elif more:
        notes.append(f"{_left_out(git, chosen, limit)} are left out.")
    if cut:
        notes.append(f"Git was stopped after {cut}; the older commits are missing.")
    unknown = any(not commit.files_known for commit in commits)
    if unknown:
        again = "" if good and not start else f"; {deepen}"
        notes.append(f"What the oldest of them changed is not known, since the clone is shallow{again}.")
    if commits:
        notes.append(_read_patches(git, commits, [similar, f"--max-count={len(commits)}", *chosen]))
    return CommitRange(commits, " ".join(filter(None, notes)), bool(start) and not (more or cut or unknown), prefix)


def _which(commits: list[Commit], good: str, bad: str) -> str:
    number = len(commits)
    if good and not number:
        return f"There is no commit after {good} up to {bad}: the same code passed and failed, or the good run is the newer one."
    if good:
        return f"Looked at {'the only commit' if number == 1 else f'{number:,} commits'} after {good}, up to {bad}."
    return f"Looked at {'commit' if number == 1 else f'the last {number:,} commits, up to'} {bad}."


def _left_out(git: _Git, chosen: list[str], limit: int) -> str:
    try:
        data = git.read("rev-list", "--count", *chosen, "--", limit=100)[0]
    except _NoAnswerError:
        return "Older commits"
    return f"{int(data) - limit:,} older commits" if data.strip().isdigit() else "Older commits"


def changes_of(folder: Path, names: Sequence[str], *, limit: int = NAMED, seconds: float = SECONDS) -> tuple[list[Commit], str]:
    """The commits that somebody names, the oldest first, with their files and the lines that they changed; then what is missing of these.

    names: what git takes for one commit (a hash, a branch, a tag, `HEAD~2`), and ranges `A..B`. A merge stands for what it
    brought in. Raises GitError when one is not there, when none is left, and when there are more than `limit`.
    """
    with _asked():
        git = _Git(folder, seconds)
        shallow, _ = _repository(git)
        chosen = _named(git, names, limit)
        commits, cut, similar = _list(git, ["--no-walk=unsorted", *chosen], shallow=shallow)
        if cut:
            raise _NoAnswerError(f"Git was stopped after {cut}, so no commit was looked at.")
        return commits, _read_patches(git, commits, [similar, "--no-walk=unsorted", *chosen])


def changes_after(folder: Path, base: str, *, limit: int = NAMED, seconds: float = SECONDS) -> tuple[list[Commit], str]:
    """The commits after `base`, a hash, up to what is checked out, as `changes_of` gives them. Raises GitError when it is not after it."""
    hint = "name the commits of the fix: `rca fix REV…` or `rca fix A..B`"
    if not _HASH.fullmatch(base):
        raise GitError(f"{one_line(base, 60)!r} is not the hash of a commit", hint)
    with _asked():
        git = _Git(folder, seconds)
        head = _head(git)
        start = _resolve(git, [base]).get(base)
        if start is None:
            raise GitError(f"this clone does not hold {base[:12]}, the commit of the last failing run", f"fetch it, or {hint}")
        if start == head:
            raise GitError(
                f"{head[:12]} is checked out, and that is what failed: there is no commit after it", f"commit the fix, or {hint}"
            )
        if git.read("rev-list", "--max-count=1", start, f"^{head}", "--")[0]:
            raise GitError(f"{head[:12]} is checked out, which does not come after {base[:12]}, the commit of the last failing run", hint)
    return changes_of(folder, [f"{start}..{head}"], limit=limit, seconds=seconds)


def work_tree(folder: Path, commits: Sequence[str] = (), *, seconds: float = SECONDS) -> WorkTree:
    """What is checked out, which tracked files differ from it, and whether it holds these commits (full hashes). Raises GitError."""
    with _asked():
        git = _Git(folder, seconds)
        head = _head(git)
        lacks = _lacks(git, head, commits)
        changed = _uncommitted(git, head)
        return WorkTree(head, changed or (), checked=changed is not None, lacks=lacks)


def holds(folder: Path, commit: str, others: Sequence[str], *, seconds: float = SECONDS) -> bool:
    """Whether a commit has all the others behind it or is one of them; all are hashes. Raises GitError when one is not there."""
    if strange := next((name for name in (commit, *others) if not _HASH.fullmatch(name)), None):
        raise GitError(f"{one_line(strange, 60)!r} is not the hash of a commit", "name commits by their hashes")
    with _asked():
        git = _Git(folder, seconds)
        _repository(git)
        known = _commits(git, [commit, *others])
        return not _lacks(git, known[commit], [known[other] for other in others])


def _lacks(git: _Git, commit: str, others: Sequence[str]) -> bool:
    return bool(others) and bool(git.read("rev-list", "--max-count=1", *others, f"^{commit}", "--")[0])


def remotes(folder: Path, *, seconds: float = SECONDS) -> list[str]:
    """The addresses that a checkout was cloned from and is sent to: of `upstream`, then of `origin`; none outside of a repository."""
    found = []
    for name in ("upstream", "origin"):
        with contextlib.suppress(_NoAnswerError):
            data, _ = _Git(folder, seconds).read("config", "--get", f"remote.{name}.url", limit=10_000)
            found.append(data.decode("utf-8", "replace").strip())
    return found


def files_of(folder: Path, *, seconds: float = SECONDS) -> tuple[tuple[str, ...], str]:
    """The files of what is checked out, from the top of its repository, and where in it the folder lies; none without git."""
    try:
        git = _Git(folder, seconds)
        _, prefix = _repository(git)
        data, _ = git.read("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD")
    except _NoAnswerError:
        return (), ""
    return tuple(name.decode("utf-8", "replace") for name in data.split(b"\0") if name), prefix.rstrip("/")


def unpack(bundle: Path, folder: Path) -> bool:
    """Make a repository in a folder from a bundle and check out its `main`; False when git is missing or refuses."""
    try:
        git = _Git(folder, SECONDS)
        git.read("init", "--quiet", "--initial-branch=main")
        heads, _ = git.read("bundle", "unbundle", str(bundle.resolve()))
        for line in heads.decode("ascii", "replace").split("\n"):
            sha, _, name = line.partition(" ")
            if name.startswith("refs/heads/"):
                git.read("update-ref", name, sha)
        git.read("reset", "--quiet", "--hard", "refs/heads/main")
    except _NoAnswerError:
        return False
    return True


# -- asking git -----------------------------------------------------------------------------------------------------


class _Git:
    """Runs git in one folder; all processes share one time limit."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder = os.path.abspath(folder)
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._program = _program(os.environ)
        settings = [text.format(functions=_FUNCTIONS, nowhere=os.devnull) if "{" in text[:32] else text for text in _SETTINGS]
        self._before = ["--no-pager", "--literal-pathspecs", *(part for text in settings for part in ("-c", text))]

    @contextlib.contextmanager
    def running(self, *args: str, given: bytes = b"") -> Iterator[_Run]:
        """Start git and hand out what it prints; it is stopped when its time is over or when the block ends."""
        run = _Run([self._program, "-C", self.folder, *self._before, *args], max(0.1, self._end - time.monotonic()), given)
        try:
            yield run
        finally:
            run.close()

    def read(self, *args: str, given: bytes = b"", limit: int = BYTES) -> tuple[bytes, str]:
        """What git prints, at most `limit` bytes; then what cut it short. Raises _NoAnswerError when git fails."""
        with self.running(*args, given=given) as run:
            data = run.out.read(limit + 1)
        if run.late:
            if not data:
                raise _NoAnswerError(f"Git gave no answer within {self.seconds:g} s, so no commit was looked at.")
            return data, f"{self.seconds:g} s"
        if len(data) > limit:
            return data[:limit], f"{limit:,} bytes"
        if run.code:
            raise _NoAnswerError(_explain(run.said))
        return data, ""


class _Run:
    """One git process with a limit of time. `late`: it was stopped by it; `said`: the beginning of its messages."""

    def __init__(self, argv: list[str], seconds: float, given: bytes) -> None:
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- git itself, with arguments made here
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**{name: os.environ[name] for name in _PASSED_ON if name in os.environ}, **_FIXED},
                start_new_session=os.name == "posix",
            )
        except (OSError, ValueError) as error:
            raise _NoAnswerError(f"Git could not be started ({one_line(str(error), 100)}), so no commit was looked at.") from error
        assert self._process.stdin is not None  # noqa: S101 -- for the type checker: all three are pipes
        assert self._process.stdout is not None  # noqa: S101
        assert self._process.stderr is not None  # noqa: S101
        self.out: IO[bytes] = self._process.stdout
        self._messages: IO[bytes] = self._process.stderr
        self.late = False
        self.code = 0
        self.said = ""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._clock = threading.Timer(seconds, self._too_late)
        self._clock.daemon = True
        self._clock.start()
        with contextlib.suppress(OSError), self._process.stdin as pipe:
            pipe.write(given)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.said = self._messages.read(4_096).decode("utf-8", "replace")
            while self._messages.read(65_536):
                pass

    def _too_late(self) -> None:
        self.late = True
        self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            if self._process.poll() is not None:
                return
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def close(self) -> None:
        """End the process, whatever it is doing, and collect how it ended."""
        finished = self.out.read(1) == b"" if not self.late else False
        if not finished:
            self._kill()
        self.code = self._process.wait()
        self._clock.cancel()
        self._listener.join(1)
        self.out.close()
        with contextlib.suppress(OSError, ValueError):
            self._messages.close()


def _program(environment: Mapping[str, str]) -> str:
    """The git of the PATH, never one that lies in the working folder."""
    places = os.pathsep.join(place for place in environment.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(place))
    found = shutil.which("git", path=places or os.devnull)
    if not found or not os.path.isabs(found):
        raise _NoAnswerError("Git is not installed, so no commit was looked at.")
    return found


def _explain(said: str) -> str:
    """What git's message means for the reader."""
    if "dubious ownership" in said or "safe.directory" in said:
        return (
            "The repository belongs to another user, so git does not read it and no commit was looked at; if you trust it, run "
            '`git config --global --add safe.directory "$PWD"` in its top folder.'
        )
    if "not a git repository" in said or "cannot change to" in said:
        return "The project is not in a git repository, so no commit was looked at."
    line = said.strip().split("\n")[-1] or "no message"
    return f"Git failed ({redact(one_line(line.removeprefix('fatal: '), 200))}), so no commit was looked at."


def _repository(git: _Git) -> tuple[bool, str]:
    """Whether the repository is shallow, and where in it the folder lies."""
    data, _ = git.read("rev-parse", "--is-shallow-repository", "--show-prefix", limit=10_000)
    shallow, _, prefix = data.decode("utf-8", "replace").partition("\n")
    return shallow == "true", prefix.removesuffix("\n")


def _resolve(git: _Git, names: list[str]) -> dict[str, str]:
    """The full hashes of the commits that are there; a branch that is named like a hash is none."""
    data, _ = git.read("cat-file", "--batch-check", given="".join(f"{name}^{{commit}}\n" for name in names).encode(), limit=10_000)
    found = {}
    for name, line in zip(names, data.decode("ascii", "replace").split("\n"), strict=False):
        sha, _, rest = line.partition(" ")
        if rest.startswith("commit ") and sha.startswith(name.lower()):
            found[name] = sha
    return found


# -- commits and their files ----------------------------------------------------------------------------------------


def _list(git: _Git, chosen: list[str], *, shallow: bool) -> tuple[list[Commit], str, str]:
    """Commits with their files; what cut the list short; the option by which renamed files were found."""
    form = ("log", "-z", "-c", "--raw", "--no-abbrev", f"--format={FIELDS}", *_FORM)
    similar = "-M"
    try:
        data, cut = git.read(*form, similar, *chosen, "--")
    except _NoAnswerError:
        # A partial clone lacks the contents that similar files are found by; equal ones are found by their hash.
        similar = "-M100%"
        data, cut = git.read(*form, similar, *chosen, "--")
    commits = list(commits_in(data.split(b"\0")))
    if cut and commits:
        del commits[-1]
    for commit in commits:
        if shallow and not commit.parents:
            # Its parents were cut off: git shows the whole tree as added.
            commit.files, commit.files_known, commit.left_out = [], False, 0
    return commits, cut, similar


def _read_patches(git: _Git, commits: list[Commit], chosen: list[str]) -> str:
    """Add lines, scopes and words to the files of the commits; returns what is to be said when that was not possible."""
    waiting = {commit.sha: commit for commit in commits if commit.files_known}
    patch = Patch(None)
    read = 0
    with git.running("log", "-c", "-p", "-U0", f"--format={BEFORE_PATCH}", *_FORM, *chosen, "--") as run:
        for line in lines_of(run.out):
            read += len(line)
            if read > PATCH_BYTES:
                break
            if line.startswith(b"\0"):
                patch.finish()
                patch = Patch(waiting.pop(line[1:].strip().decode("ascii", "replace"), None))
            else:
                patch.take(line)
    if run.late or read > PATCH_BYTES:
        return "Their changes are large: of the older commits only the names of the files count."
    if run.code:
        return "The contents of some changes are not in this clone: of those only the names of the files count."
    patch.finish()
    return ""


# -- what somebody names --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _asked() -> Iterator[None]:
    """Where a person asked for commits, no answer is an error."""
    try:
        yield
    except _NoAnswerError as error:
        raise GitError(str(error).rstrip("."), "the fix is recorded from git: run rca in a clone that holds its commits") from error


def _named(git: _Git, names: Sequence[str], limit: int) -> list[str]:
    """The hashes of all commits that are meant, the oldest first, each once."""
    if len(names) > limit:
        raise _too_many(limit)
    ends = [_ends(name) for name in names]
    known = _commits(git, [end for pair in ends for end in pair if end])
    parents = _parents(git, [known[end] for start, end in ends if not start])
    chosen: dict[str, None] = {}
    for start, end in ends:
        tip = known[end]
        first = known[start] if start else parents[tip][0] if len(parents[tip]) > 1 else ""
        if not first:
            chosen[tip] = None
            continue
        data, _ = git.read("rev-list", "--topo-order", "--reverse", f"--max-count={limit + 1}", tip, f"^{first}", "--")
        if not data:
            raise GitError(f"{start}..{end}: holds no commit", "the range A..B holds what is in B and not in A")
        chosen.update(dict.fromkeys(data.decode("ascii").split()))
        if len(chosen) > limit:
            raise _too_many(limit)
    return list(chosen)


def _too_many(limit: int) -> GitError:
    return GitError(f"these are more than {limit} commits", "name those that mend the fault: `rca fix REV…`")


def _ends(name: str) -> tuple[str, str]:
    """The two ends of a range; of a single name the first is empty."""
    if not name.strip() or len(name) > 250 or _NO_NAME.search(name):
        raise GitError(f"{one_line(name, 60)!r} names no commit", "give a hash, a branch, a tag, or a range A..B")
    if "..." in name:
        raise GitError(f"{one_line(name, 60)}: has three dots", "write A..B for the commits that are in B and not in A")
    start, dots, end = name.partition("..")
    return (start or "HEAD", end or "HEAD") if dots else ("", name)


def _commits(git: _Git, names: list[str]) -> dict[str, str]:
    """The hash of each name. The names go through a pipe, so that none of them can be an option."""
    given = "".join(f"{name}^{{commit}}\n" for name in names).encode("utf-8", "surrogateescape")
    data, _ = git.read("cat-file", "--batch-check", given=given, limit=1_000_000)
    found = {}
    for name, line in zip(names, data.decode("utf-8", "replace").split("\n"), strict=False):
        if not _IS_COMMIT.fullmatch(line):
            hint = "`git log --oneline --all` lists them; fetch it when it is not there; a short hash must fit one only"
            raise GitError(f"{one_line(redact(name), 60)}: is no commit of this repository", hint)
        found[name] = line.split(" ")[0]
    return found


def _parents(git: _Git, shas: list[str]) -> dict[str, list[str]]:
    if not shas:
        return {}
    data, _ = git.read("rev-list", "--no-walk=unsorted", "--parents", *dict.fromkeys(shas), "--")
    return {line.split()[0]: line.split()[1:] for line in data.decode("ascii").splitlines()}


def _head(git: _Git) -> str:
    _repository(git)
    return _commits(git, ["HEAD"])["HEAD"]


def _uncommitted(git: _Git, head: str) -> tuple[str, ...] | None:
    """Tracked files that differ from the commit, in the index or on disk; None when they cannot be compared in safety."""
    data, _ = git.read("config", "-z", "--name-only", "--list")
    drivers = {key.rpartition(".")[0] for key in data.decode("utf-8", "replace").split("\0") if key.startswith("filter.")}
    if any("=" in driver or "\ufffd" in driver for driver in drivers):
        return None
    # To see whether a file has changed git would run the filters that the repository names.
    off = [part for driver in sorted(drivers) for key in ("clean=", "process=", "required=false") for part in ("-c", f"{driver}.{key}")]
    common = ("-z", "--no-relative", "--ignore-submodules=all")
    staged, _ = git.read(*off, "diff-index", "--cached", "--name-only", *common, head, "--")
    on_disk, _ = git.read(*off, "diff-files", "--raw", "--no-abbrev", *common, "--")
    top, _ = git.read("rev-parse", "--show-cdup")
    root = os.path.realpath(os.path.join(git.folder, os.fsdecode(top.removesuffix(b"\n"))))
    names = [name for name in staged.split(b"\0") if name]
    tokens = on_disk.split(b"\0")
    for index, (head_line, name) in enumerate(zip(tokens[::2], tokens[1::2], strict=False)):
        if index >= COMPARED or not _is_same(root, head_line.decode("ascii", "replace").split(" "), name):
            names.append(name)
    return tuple(name.decode("utf-8", "replace") for name in dict.fromkeys(names))


def _is_same(root: str, fields: list[str], name: bytes) -> bool:
    """Whether a file of which only the time is new holds what the index says."""
    path = os.path.join(root, os.fsdecode(name))
    if len(fields) != 5 or fields[0][1:] != fields[1] or os.path.realpath(os.path.dirname(path)) != os.path.normpath(os.path.dirname(path)):
        return False
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size > COMPARED_BYTES:
            return False
        with open(path, "rb") as stream:
            data = stream.read(COMPARED_BYTES)
    except OSError:
        return False
    digest = hashlib.new("sha1" if len(fields[2]) == 40 else "sha256", b"blob %d\0" % len(data) + data, usedforsecurity=False)
    return digest.hexdigest() == fields[2]
