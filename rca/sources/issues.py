"""Read issues from JSON as GitHub gives them: the REST API, its search, `gh issue list --json`, or pages put one after another."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from rca.errors import RcaError
from rca.files import open_plain
from rca.model import KnownIssue, LinkedPull
from rca.text.clean import clean, one_line
from rca.text.redact import redact

MAX_BYTES = 64 * 1024**2
MAX_ISSUES = 20_000
MAX_BODY = 20_000
MAX_TITLE = 300
MAX_LABELS = 50
MAX_NAME = 200
MAX_PULLS = 20
_HINT = "write them with `gh issue list --state all --limit 1000 --json number,title,body,state,labels,url,closedAt > FILE`"
# What GitHub says of authors who belong to a project.
_INSIDERS = {"OWNER", "MEMBER", "COLLABORATOR"}
_SPACE = " \t\r\n\ufeff"


def kept_path(folder: Path) -> Path:
    """Where the issues that were read last are kept in a project."""
    return folder / ".rca" / "issues.json"


class IssuesError(RcaError):
    """A file of issues cannot be used."""


def read_issues(path: str, stdin: IO[bytes] | None = None) -> list[KnownIssue]:
    """Read the issues of a file, or of standard input when the path is `-`; pull requests are left out.

    Of an issue that comes twice the one updated last counts. Raises IssuesError with the place and what was expected.
    """
    name = "standard input" if path == "-" else path
    return parse_issues(_read(path, name, stdin), name)


def parse_issues(data: bytes, name: str) -> list[KnownIssue]:
    """Issues from the bytes of such a document; `name` stands in the errors."""
    return gather(_entries(_documents(_decoded(data, name), name), name), name)


def read_document(path: Path) -> Any:
    """The first JSON document of a file that rca wrote. Raises IssuesError."""
    name = str(path)
    try:
        with open_plain(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise IssuesError(f"{name}: cannot be read: {error.strerror}", "remove it, then read the issues again with `rca issues`") from error
    return next(_documents(_decoded(_bounded(data, name), name), name))


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IssuesError(f"{name}: is not UTF-8 (byte {error.start:,})", "save it as UTF-8") from error


def gather(entries: Iterable[tuple[str, dict[str, Any]]], name: str) -> list[KnownIssue]:
    """Issues from objects, each with its place in what is called `name`."""
    found: dict[int, KnownIssue] = {}
    for place, entry in entries:
        issue = _issue(entry, f"{name}: {place}")
        if issue is None:
            continue
        before = found.get(issue.number)
        if before is not None and before.url != issue.url:
            raise IssuesError(
                f"{name}: two issues have the number {issue.number}: {one_line(before.url or before.title, 120)} and "
                f"{one_line(issue.url or issue.title, 120)}",
                "give the issues of one repository",
            )
        if before is None or _age(issue) >= _age(before):
            found[issue.number] = issue
        if len(found) > MAX_ISSUES:
            raise IssuesError(f"{name}: more than {MAX_ISSUES:,} issues", "leave out old ones, for example with --limit")
    return list(found.values())


def _age(issue: KnownIssue) -> float:
    return issue.updated_at.timestamp() if issue.updated_at else float("-inf")


def _read(path: str, name: str, stdin: IO[bytes] | None) -> bytes:
    try:
        if path == "-":
            data = (stdin or sys.stdin.buffer).read(MAX_BYTES + 1)
        else:
            with open(path, "rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a path with a zero in it is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise IssuesError(f"{name}: cannot be read: {reason}", "check the path given with --issues") from error
    return _bounded(data, name)


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise IssuesError(f"{name}: larger than {MAX_BYTES // 1024**2} MiB", "leave out old issues, for example with --limit")
    return data


def _entries(documents: Iterable[Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that should be an issue, with its place; documents may follow one another, as lines or as pages."""
    for number, document in enumerate(documents, 1):
        at = "" if number == 1 else f"document {number}, "
        entries: Any = document
        if isinstance(document, dict):
            if document.get("message") and "documentation_url" in document:
                raise IssuesError(f"{name}: is an error of the API: {one_line(str(document['message']), 200)}", _HINT)
            entries = document.get("items", [document])
        if not isinstance(entries, list):
            raise IssuesError(f"{name}: {at}should be a list of issues, and is {_sort(entries)}", _HINT)
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                raise IssuesError(f"{name}: {at}[{index}] should be an issue, and is {_sort(entry)}", _HINT)
            yield f"{at}[{index}]", entry


def _documents(text: str, name: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    place = _skip(text, 0)
    if place == len(text):
        raise IssuesError(f"{name}: is empty", _HINT)
    while place < len(text):
        try:
            document, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise IssuesError(f"{name}:{error.lineno}:{error.colno}: is not JSON: {error.msg}", _HINT) from error
        except RecursionError as error:
            raise IssuesError(f"{name}: is nested too deeply for a list of issues", _HINT) from error
        except ValueError as error:
            raise IssuesError(f"{name}: holds a number that is too long", _HINT) from error
        yield document
        place = _skip(text, place)


def _skip(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place


def _issue(entry: dict[str, Any], place: str) -> KnownIssue | None:
    """An issue from its object, under the names of the API or of `gh`; None for a pull request."""
    if entry.get("pull_request") is not None or entry.get("isPullRequest"):
        return None
    number = entry.get("number")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**53:
        raise IssuesError(f"{place}.number should be the number of the issue, and is {_sort(number)}", _HINT)
    title = _text(entry, "title", place, required=True)
    state = _text(entry, "state", place) or "open"
    association = _text(entry, "author_association", place) or _text(entry, "authorAssociation", place)
    return storable(
        KnownIssue(
            number=number,
            title=title,
            body=_text(entry, "body", place),
            open=state.lower() != "closed",
            labels=_labels(entry.get("labels"), place),
            url=next(filter(None, (storable_address(_text(entry, key, place)) for key in ("html_url", "url"))), ""),
            created_at=_moment(entry, ("created_at", "createdAt"), place),
            closed_at=_moment(entry, ("closed_at", "closedAt"), place),
            updated_at=_moment(entry, ("updated_at", "updatedAt"), place),
            trusted=is_trusted(association),
            milestone=_milestone(entry.get("milestone")),
            pulls=_pulls(entry.get("linked_pulls")),
        )
    )


def storable(issue: KnownIssue) -> KnownIssue:
    """An issue whose texts are cleaned, redacted and bounded."""
    labels = (one_line(redact(name[:400]), 100) for name in issue.labels[:MAX_LABELS])
    return replace(
        issue,
        title=one_line(redact(issue.title[: 4 * MAX_TITLE]), MAX_TITLE),
        body=redact(clean(issue.body[: 2 * MAX_BODY]))[:MAX_BODY],
        labels=tuple(dict.fromkeys(filter(None, labels))),
        url=storable_address(issue.url),
        milestone=one_line(redact(issue.milestone[: 4 * MAX_NAME]), MAX_NAME),
        pulls=tuple(map(storable_pull, issue.pulls[:MAX_PULLS])),
    )


def storable_pull(pull: LinkedPull) -> LinkedPull:
    """A linked pull request whose texts are cleaned, redacted and bounded."""
    texts = {
        "title": one_line(redact(pull.title[: 4 * MAX_TITLE]), MAX_TITLE),
        "repo": one_line(redact(pull.repo[: 4 * MAX_NAME]), MAX_NAME),
    }
    return pull.model_copy(update={**texts, "url": storable_address(pull.url)})


def is_trusted(association: str) -> bool:
    """Whether GitHub says of an author that they belong to the project; who says nothing is believed."""
    return not association or association in _INSIDERS


def storable_address(text: str) -> str:
    """An address of a page; empty when it is none."""
    address = text.strip()
    plain = address.startswith(("https://", "http://")) and address.isprintable() and len(address) <= 2_000 and " " not in address
    return redact(address) if plain else ""


def _text(entry: dict[str, Any], key: str, place: str, *, required: bool = False) -> str:
    value = entry.get(key)
    if isinstance(value, str) and (value.strip() or not required):
        return value
    if value is None and not required:
        return ""
    raise IssuesError(f"{place}.{key} should be text, and is {_sort(value)}", _HINT)


def _labels(value: Any, place: str) -> tuple[str, ...]:
    """The names of labels, which are texts or objects with a name."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise IssuesError(f"{place}.labels should be a list, and is {_sort(value)}", _HINT)
    names = []
    for index, label in enumerate(value[:MAX_LABELS]):
        name = label.get("name") if isinstance(label, dict) else label
        if not isinstance(name, str):
            raise IssuesError(f"{place}.labels[{index}] should be a label with its name, and is {_sort(label)}", _HINT)
        names.append(name)
    return tuple(names)


def _milestone(value: Any) -> str:
    """The title of a milestone, which is a text or an object."""
    title = value.get("title") if isinstance(value, dict) else value
    return title if isinstance(title, str) else ""


def _pulls(value: Any) -> tuple[LinkedPull, ...]:
    """The pull requests that rca looked up before; GitHub itself does not give them along."""
    try:
        return tuple(LinkedPull.model_validate(pull) for pull in (value if isinstance(value, list) else ())[:MAX_PULLS])
    except ValidationError:
        return ()


def _moment(entry: dict[str, Any], keys: tuple[str, str], place: str) -> datetime | None:
    key = next((key for key in keys if entry.get(key)), "")
    if not key:
        return None
    text = _text(entry, key, place)
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise IssuesError(f"{place}.{key} should be a time like 2025-09-13T04:24:36Z, and is {one_line(text, 60)!r}", _HINT) from error


_SORTS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (lambda value: value is None, "missing"),
    (lambda value: isinstance(value, bool), "true or false"),
    (lambda value: isinstance(value, int | float), "a number"),
    (lambda value: isinstance(value, str), "text"),
    (lambda value: isinstance(value, list), "a list"),
)


def _sort(value: Any) -> str:
    """What sort of JSON value it is, in words."""
    if isinstance(value, str) and not value.strip():
        return "empty"
    return next((name for fits, name in _SORTS if fits(value)), "an object")
