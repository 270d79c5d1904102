"""Read the issues of a repository: page by page, onto the disk as they come, so that an interrupted reading goes on."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from rca.errors import RcaError
from rca.files import open_plain
from rca.github import Repository
from rca.github.errors import GitHubError
from rca.github.issues import known, list_issues, list_milestones, search_issues
from rca.github.pulls import linked_pulls
from rca.github.repository import Listing
from rca.github.shapes import Issue, TimelineEvent
from rca.lookup.kept import Kept, counted, entry_of, state_folder
from rca.model import KnownIssue, LinkedPull
from rca.sources.issues import IssuesError, gather, storable_pull
from rca.text.clean import one_line

States = Literal["open", "closed", "all"]

MOST = 20_000  # issues
SEARCHED = 1_000  # that GitHub gives out of a search
BODIES = 32 * 1024**2  # bytes of all bodies; those behind keep their beginning
BEGINNING = 200
TEXTS = 48 * 1024**2  # bytes of all texts; behind that no more is read
RESUMED = 3_600.0  # seconds for which an interrupted reading can be taken up again
TIMELINE = 300  # events of an issue that are looked through for pull requests
PART = "issues.part"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which issues are asked for. labels: all of them. since: updated then or later. milestone: its title or number, `none` or `*`."""

    labels: tuple[str, ...] = ()
    state: States = "all"
    since: datetime | None = None
    search: str = ""
    milestone: str = ""
    limit: int = 1_000

    def __str__(self) -> str:
        """As options of the command."""
        parts = [f"--label {_quoted(label)}" for label in self.labels]
        parts += [f"--state {self.state}"] if self.state != "all" else []
        parts += [f"--since {stamp(self.since)}"] if self.since else []
        parts += [f"--search {_quoted(self.search)}"] if self.search else []
        parts += [f"--milestone {_quoted(self.milestone)}"] if self.milestone else []
        return " ".join(parts)


def _quoted(text: str) -> str:
    text = one_line(text, 100)
    return text if re.fullmatch(r"[\w:./*-]+", text) else f'"{text}"'


def stamp(moment: datetime) -> str:
    """A time as GitHub takes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def fetch(repository: Repository, asked: Asked, folder: Path, *, now: datetime, progress: Callable[[int], None] | None = None) -> Kept:
    """Read the issues that are asked for, open ones first, then by when they were changed.

    An interrupted reading leaves what it has in the project's folder, and the same call goes on there. progress: hears how many
    there are. Raises GitHubError, and OSError when nothing can be written.
    """
    milestone = "" if asked.search else _milestone(repository, asked.milestone)
    with Part(state_folder(folder) / PART, repository.name, asked, now) as part:
        notes = _read(repository, asked, milestone, part, progress or (lambda _count: None))
        if part.resumed and not asked.search:
            _catch_up(repository, asked, milestone, part)
        issues = list(part.found.values())[: asked.limit]
    about = counted(issues, at=now, repo=repository.name, asked=str(asked), complete=not notes)
    return Kept(issues, about, notes)


def _read(repository: Repository, asked: Asked, milestone: str, part: Part, progress: Callable[[int], None]) -> tuple[str, ...]:
    """Read stretch by stretch; what keeps these from being all."""
    states: Sequence[States] = ("open", "closed") if asked.state == "all" and not asked.search else (asked.state,)
    for stretch in range(part.stretch, len(states)):
        listing = _listing(repository, asked, states[stretch], milestone, part.cursor if stretch == part.stretch else "")
        try:
            whole = _take(listing, stretch, asked.limit, part, progress)
        except BaseException:
            # The last page is read again then: where pages are counted, what was closed meanwhile moves others into it.
            part.turn(part.stretch, part.cursor)
            progress(len(part.found))
            raise
        if notes := tuple(_missing(listing, asked, part, whole=whole)):
            return notes
    return ()


def _missing(listing: Listing[Issue], asked: Asked, part: Part, *, whole: bool) -> Iterator[str]:
    """What a list did not give out, and what helps."""
    less = "ask for less, with --label, --since or --search"
    if listing.partial:
        yield "GitHub's search ran out of time, so issues may be missing; search for less, or run the command again"
    if whole:
        if listing.total is not None and listing.total > SEARCHED:
            yield f"the search finds {listing.total:,} issues, of which GitHub gives out {SEARCHED:,}; search for less"
    elif len(part.found) < asked.limit:
        yield f"there are more issues than the {len(part.found):,} that were read, whose texts take all the room; {less}"
    else:
        more = f"--limit reads more, {MOST:,} at most" if asked.limit < MOST else less
        yield f"there are more issues than the {len(part.found):,} that were read; {more}"


def _take(listing: Listing[Issue], stretch: int, limit: int, part: Part, progress: Callable[[int], None]) -> bool:
    """Take what a list gives out; False when there is no room for more."""
    for issue in listing:
        if (stretch, listing.cursor) != (part.stretch, part.cursor):
            part.turn(stretch, listing.cursor)
            progress(len(part.found))
        if issue.is_pull:
            continue
        if (len(part.found) >= limit and issue.number not in part.found) or not part.take(known(issue)):
            return False
    progress(len(part.found))
    return True


def _listing(repository: Repository, asked: Asked, state: States, milestone: str, cursor: str) -> Listing[Issue]:
    if not asked.search:
        return list_issues(repository, state=state, labels=asked.labels, since=asked.since, milestone=milestone, cursor=cursor)
    words = [asked.search, *(f'label:"{_plain(label)}"' for label in asked.labels)]
    words += [f"state:{state}"] if state != "all" else []
    words += [f"updated:>={stamp(asked.since)}"] if asked.since else []
    if asked.milestone:
        words.append({"none": "no:milestone", "*": "-no:milestone"}.get(asked.milestone, f'milestone:"{_plain(asked.milestone)}"'))
    return search_issues(repository, " ".join(words), cursor=cursor)


def _plain(text: str) -> str:
    """A text that can stand in quotes in a search."""
    return text.replace('"', " ").replace("\\", " ")


def _milestone(repository: Repository, wanted: str) -> str:
    """The number of a milestone, by which issues are asked for; people know its title."""
    if not wanted or wanted in {"none", "*"}:
        return wanted
    titles = {}
    for milestone in list_milestones(repository):
        if milestone.title.lower() == wanted.lower() or str(milestone.number) == wanted:
            return str(milestone.number)
        titles[one_line(milestone.title, 60)] = milestone.number
    there = ", ".join(sorted(titles)[:10])
    hint = f"there are: {there}" if there else "leave out --milestone: there are none"
    raise GitHubError(f"{repository.name} has no milestone {one_line(wanted, 100)!r}", hint)


def _catch_up(repository: Repository, asked: Asked, milestone: str, part: Part) -> None:
    """What changed while a reading was interrupted has moved to the front, which was read before."""
    for issue in list_issues(repository, state="all", labels=asked.labels, since=part.began, milestone=milestone, limit=asked.limit):
        if asked.state not in {"all", issue.state}:
            part.found.pop(issue.number, None)
        elif not issue.is_pull:
            part.take(known(issue))


# -- what was read so far -------------------------------------------------------------------------------------------


@dataclass
class Part:
    """What was read so far, in memory and in a file: a line for what is asked, then one for each page with the place of the next."""

    path: Path
    repo: str
    asked: Asked
    began: datetime
    found: dict[int, KnownIssue] = field(default_factory=dict)
    stretch: int = 0
    cursor: str = ""
    resumed: bool = False
    _bodies: int = BODIES
    _texts: int = TEXTS
    _waiting: list[KnownIssue] = field(default_factory=list)
    _stream: IO[str] | None = None

    def __enter__(self) -> Self:
        title = {"repo": self.repo, "asked": str(self.asked), "limit": self.asked.limit}
        self.resumed = self._resume(title)
        if not self.resumed:
            self.path.unlink(missing_ok=True)  # whatever stands in its place, such as a link or a pipe
        self._stream = open(self.path, "a" if self.resumed else "x", encoding="utf-8")
        if not self.resumed:
            self._write({**title, "began": stamp(self.began)})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
        if kind is None:
            self.path.unlink(missing_ok=True)

    def take(self, issue: KnownIssue) -> bool:
        """Keep an issue; False when there is no room for its texts."""
        before = self.found.get(issue.number)
        if before is not None and before.updated_at and issue.updated_at and before.updated_at > issue.updated_at:
            return True
        body = issue.body.encode()
        if len(body) > self._bodies:
            issue = replace(issue, body=issue.body[:BEGINNING])
        size = len(json.dumps(entry_of(issue), ensure_ascii=False).encode())
        if size > self._texts:
            return False
        self._bodies -= min(len(body), self._bodies)
        self._texts -= size
        self.found[issue.number] = issue
        self._waiting.append(issue)
        return True

    def turn(self, stretch: int, cursor: str) -> None:
        """A page begins: what came before it is put into the file."""
        self._write({"stretch": stretch, "cursor": cursor, "items": [entry_of(issue) for issue in self._waiting]})
        self._waiting = []
        self.stretch, self.cursor = stretch, cursor

    def _write(self, line: dict[str, Any]) -> None:
        if self._stream is not None:
            self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._stream.flush()

    def _resume(self, title: dict[str, Any]) -> bool:
        """Read what an earlier call left, when it asked for the same not long ago; a line that is broken ends it."""
        lines = _lines(self.path)
        first = next(lines, {})
        began = _moment(first.pop("began", None))
        if first != title or began is None or not 0 <= (self.began - began).total_seconds() <= RESUMED:
            return False
        for line in lines:
            with contextlib.suppress(IssuesError, KeyError, TypeError, ValueError):
                found = gather(((f"[{number}]", item) for number, item in enumerate(line["items"])), str(self.path))
                self.stretch, self.cursor = int(line["stretch"]), str(line["cursor"])
                for issue in found:
                    self.take(issue)
        self._waiting = []
        if not self.found:
            return False
        self.began = began
        return True


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_symlink():  # what is taken up is added to, and that must not be the file of somebody else
        return
    try:
        with open_plain(path) as stream:
            for line in stream:
                if not line.endswith(b"\n") or not isinstance(document := json.loads(line), dict):
                    return
                yield document
    except (OSError, ValueError, RecursionError):
        return


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


# -- beside GitHub --------------------------------------------------------------------------------------------------


def narrowed(issues: Iterable[KnownIssue], asked: Asked) -> list[KnownIssue]:
    """Those of kept issues that are asked for, as far as that can be told without GitHub. Raises RcaError for a search."""
    if asked.search:
        raise RcaError("--search: what was kept cannot be searched as GitHub does", "leave out --search, or --offline")
    labels = {label.lower() for label in asked.labels}
    wanted = [
        issue
        for issue in issues
        if labels <= {name.lower() for name in issue.labels}
        and asked.state in {"all", "open" if issue.open else "closed"}
        and (asked.since is None or (issue.updated_at is not None and issue.updated_at >= asked.since))
        and (not asked.milestone or _in_milestone(issue.milestone, asked.milestone))
    ]
    return wanted[: asked.limit]


def _in_milestone(title: str, wanted: str) -> bool:
    return {"none": not title, "*": bool(title)}.get(wanted, title.lower() == wanted.lower())


def pulls_of(repository: Repository, number: int) -> tuple[LinkedPull, ...]:
    """The pull requests that refer to an issue. Raises GitHubError."""
    return tuple(storable_pull(_pull(event, repository.name)) for event in linked_pulls(repository, number, limit=TIMELINE))


def _pull(event: TimelineEvent, repo: str) -> LinkedPull:
    state: Literal["open", "merged", "closed"] = "merged" if event.merged_at else "closed" if event.state == "closed" else "open"
    elsewhere = "" if event.repository.lower() in {"", repo.lower()} else event.repository
    return LinkedPull(number=event.number, repo=elsewhere, title=event.title, state=state, url=event.url)
