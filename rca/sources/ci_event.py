"""What GitHub says of the event that started a workflow: which pull request, which commit, from a fork or not.

    event = read_event(os.environ)          # the file of GITHUB_EVENT_PATH; None where there is none
    context = context_from(os.environ, **event.facts())

For a pull request the variables name a merge commit that exists nowhere else; what was tested, and where checks belong, is the
head of its branch, and only this file names it. Much in it was written by whoever opened the pull request.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rca.errors import RcaError
from rca.sources.ci import cleaned
from rca.text.clean import one_line

MAX_BYTES = 32 * 1024**2  # GitHub's own limit is 25 MB
PULLS = 50
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_QUEUED = re.compile(r"(?:refs/heads/)?gh-readonly-queue/.{1,500}/pr-(\d{1,12})-[0-9a-f]{40,64}")
_HINT = "it is written by the runner: leave GITHUB_EVENT_PATH as it is, or unset it"


class EventError(RcaError):
    """The file of the event cannot be used."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event of GitHub, as far as its payload says something; what it does not say is empty.

    name: as in `on:` of a workflow. head_sha: the commit that the event is about, never a merge commit made for a test. pulls:
    numbers of the pull requests that it is about; a run of a workflow for a fork names none. fork: they come from another
    repository. association: how their author belongs to this one. run: number of the workflow run that it is about.
    """

    name: str
    action: str = ""
    repository: str = ""
    head_sha: str = ""
    head_branch: str = ""
    head_repository: str = ""
    base_branch: str = ""
    base_sha: str = ""
    pulls: tuple[int, ...] = ()
    fork: bool = False
    association: str = ""
    run: int | None = None
    run_url: str = ""
    attempt: int | None = None

    @property
    def read_only(self) -> bool:
        """Whether the token of its workflow may only read, whatever the workflow asks for."""
        return self.fork and self.name in {"pull_request", "pull_request_review", "pull_request_review_comment"}

    def facts(self) -> dict[str, str | int | None]:
        """What it says of where a run ran, as fields of a context."""
        # The variables of another workflow's run are those of the one that looks at it.
        about_run = {"url": self.run_url, "attempt": self.attempt} if self.run else {}
        pull = self.pulls[0] if self.head_sha and len(self.pulls) == 1 else None
        branch = branch_of(self.head_repository, self.head_branch, fork=self.fork)
        said = {"commit": self.head_sha, "branch": branch, "base": self.base_branch, "pull": pull, **about_run}
        return {name: value for name, value in said.items() if value}


def branch_of(repository: str, branch: str, *, fork: bool) -> str:
    """How a branch is called in a record; that of a fork has its owner before it, since a fork has a `main` of its own."""
    return f"{repository.partition('/')[0] or 'fork'}:{branch}" if fork and branch else branch


def read_event(environment: Mapping[str, str]) -> Event | None:
    """The event of the workflow that we run in; None outside of GitHub Actions. Raises EventError with the file and the reason."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    if not path or environment.get("GITHUB_ACTIONS", "").lower() != "true":
        return None
    shown = one_line(path, 200)
    return parse_event(environment.get("GITHUB_EVENT_NAME", ""), _read(path, shown), shown)


def _read(path: str, shown: str) -> bytes:
    try:
        # Without O_NONBLOCK a pipe would keep us waiting for somebody to write into it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with open(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise EventError(f"{shown}: the event of GitHub is no file", _HINT)
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise EventError(f"{shown}: the event of GitHub cannot be read: {reason}", _HINT) from error
    if len(data) > MAX_BYTES:
        raise EventError(f"{shown}: the event of GitHub is larger than {MAX_BYTES // 1024**2} MiB", _HINT)
    return data


def parse_event(name: str, data: bytes, shown: str = "event") -> Event:
    """The event of a name out of the bytes of its payload. Raises EventError when they are no JSON object."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EventError(f"{shown}: the event of GitHub is no JSON that can be read", _HINT) from error
    if not isinstance(payload, dict):
        raise EventError(f"{shown}: the event of GitHub is no object", _HINT)
    name = one_line(name, 100)
    for key, make in _KINDS:
        if isinstance(payload.get(key), dict):
            return make(name, payload)
    return _push(name, payload) if name == "push" else _other(name, payload)


def _pull_request(name: str, payload: dict[str, Any]) -> Event:
    pull = payload["pull_request"]
    head, base = _text(pull, "head.repo.full_name", "repo"), _text(pull, "base.repo.full_name", "repo")
    return Event(
        name,
        _text(payload, "action"),
        _text(payload, "repository.full_name", "repo"),
        _sha(pull, "head.sha"),
        _text(pull, "head.ref", "branch"),
        head,
        _text(pull, "base.ref", "base"),
        _sha(pull, "base.sha"),
        _numbers([pull]),
        # Without its repository it comes from a fork that is gone.
        fork=head.lower() != base.lower(),
        association=_text(pull, "author_association"),
    )


def _workflow_run(name: str, payload: dict[str, Any]) -> Event:
    run = payload["workflow_run"]
    here, head = _text(payload, "repository.full_name", "repo"), _text(run, "head_repository.full_name", "repo")
    pulls = run.get("pull_requests")
    # In a network of forks GitHub names those of other repositories too.
    pulls = [pull for pull in pulls[:PULLS] if _goes_into(pull, here)] if isinstance(pulls, list) else []
    first = pulls[0] if pulls else {}
    return Event(
        name,
        _text(payload, "action"),
        here,
        _sha(run, "head_sha"),
        _text(run, "head_branch", "branch"),
        head,
        _text(first, "base.ref", "base"),
        _sha(first, "base.sha"),
        _numbers(pulls),
        fork=head.lower() != here.lower(),
        run=_number(run, "id"),
        run_url=_text(run, "html_url", "url"),
        attempt=_number(run, "run_attempt"),
    )


def _goes_into(pull: Any, repository: str) -> bool:
    url = _at(pull, "base.repo.url")
    return not isinstance(url, str) or url.lower().endswith(f"/repos/{repository}".lower())


def _merge_group(name: str, payload: dict[str, Any]) -> Event:
    group = payload["merge_group"]
    here, ref = _text(payload, "repository.full_name", "repo"), _text(group, "head_ref", "branch")
    queued = _QUEUED.fullmatch(ref)
    return Event(
        name,
        _text(payload, "action"),
        here,
        _sha(group, "head_sha"),
        ref,
        here,
        _text(group, "base_ref", "base"),
        _sha(group, "base_sha"),
        (int(queued[1]),) if queued else (),
    )


def _push(name: str, payload: dict[str, Any]) -> Event:
    here = _text(payload, "repository.full_name", "repo")
    ref, head = _text(payload, "ref"), _sha(payload, "after")
    branch = cleaned("branch", ref) if ref.startswith("refs/heads/") else ""
    return Event(name, "", here, head, branch, here if head else "", base_sha=_sha(payload, "before"))


def _other(name: str, payload: dict[str, Any]) -> Event:
    """An event that is about no commit: the variables say on which it runs. A comment says on which pull request it was made."""
    issue = payload.get("issue")
    about_pull = isinstance(issue, dict) and isinstance(issue.get("pull_request"), dict)
    action, here = _text(payload, "action"), _text(payload, "repository.full_name", "repo")
    return Event(name, action, here, pulls=_numbers([issue]) if about_pull else ())


_KINDS: tuple[tuple[str, Callable[[str, dict[str, Any]], Event]], ...] = (
    ("pull_request", _pull_request),
    ("workflow_run", _workflow_run),
    ("merge_group", _merge_group),
)


def _at(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _text(data: Any, path: str, kind: str = "job") -> str:
    """A text as it may be stored, empty when it is none; `kind` is the field of a context that it is like."""
    value = _at(data, path)
    return cleaned(kind, value) if isinstance(value, str) else ""


def _sha(data: Any, path: str) -> str:
    value = _at(data, path)
    return value if isinstance(value, str) and _SHA.fullmatch(value) and value.strip("0") else ""


def _number(data: Any, path: str) -> int | None:
    value = _at(data, path)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53 else None


def _numbers(pulls: list[Any]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(number for pull in pulls if (number := _number(pull, "number")) is not None))
