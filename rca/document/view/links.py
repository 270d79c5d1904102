"""Where the files, commits and issues of a repository stand on the web, as far as the record says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from rca.model import Location, Worklog

_GITHUB = re.compile(r"(https?://[\w.:-]{1,200}/([\w.-]{1,100}/[\w.-]{1,100}))/(?:actions/runs|pull|issues)/\d{1,20}(?:[/?#]|\Z)")
_GITLAB = re.compile(r"(https?://[\w.:-]{1,200}/([\w./-]{1,300}?))/-/(?:jobs|pipelines|merge_requests|issues)/\d{1,20}(?:[/?#]|\Z)")
_HASH = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Web:
    """The address of a repository, and whether it is one of GitLab, which puts `/-` before what is in it."""

    base: str
    gitlab: bool = False

    @property
    def _inside(self) -> str:
        return f"{self.base}/-" if self.gitlab else self.base

    def commit(self, sha: str) -> str:
        """The address of a commit; empty for what is no hash."""
        return f"{self._inside}/commit/{sha}" if _HASH.fullmatch(sha) else ""

    def place(self, location: Location) -> str:
        """The address of a place in a file; empty without a commit, since lines move."""
        if not location.commit or not _HASH.fullmatch(location.commit) or location.path.startswith("/"):
            return ""
        end = f"-{'' if self.gitlab else 'L'}{location.end}" if location.end else ""
        line = f"#L{location.line}{end}" if location.line else ""
        return f"{self._inside}/blob/{location.commit}/{quote(location.path, safe='/')}{line}"

    def issue(self, number: str) -> str:
        """The address of an issue."""
        return f"{self._inside}/issues/{number}"

    def pull(self, number: str) -> str:
        """The address of a pull request."""
        return f"{self._inside}/{'merge_requests' if self.gitlab else 'pull'}/{number}"


def web_of(worklog: Worklog) -> Web | None:
    """The repository that a run names with its address, else the pull request or an issue; None when nothing says where it is."""
    for address, repo in _addresses(worklog):
        for pattern, gitlab in ((_GITHUB, False), (_GITLAB, True)):
            match = pattern.match(address)
            if match and repo.lower() in {"", match[2].lower()}:
                return Web(match[1], gitlab)
    return None


def _addresses(worklog: Worklog) -> Iterator[tuple[str, str]]:
    """Addresses within a repository, and the name that the repository has there if that is known."""
    repo = next((run.context.repo for run in reversed(worklog.runs) if run.context.repo), "")
    yield from ((run.context.url, run.context.repo or "") for run in reversed(worklog.runs) if run.context.url)
    yield worklog.pull_request, repo
    # An issue may be one of another repository.
    yield from ((issue.url, repo) for issue in worklog.issues if repo)
