"""What bodies say of the place to which they go, out of the variables of the job and of what a person said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rca.document.publish import About
from rca.github.settings import API, web_host
from rca.publish.target import Target
from rca.sources.ci import context_from

ACTIONS = "GITHUB_ACTIONS"


@dataclass(frozen=True, slots=True)
class Links:
    """Where the whole worklog is: its address, or else its path in a few words."""

    worklog_url: str = ""
    record: str = ""


def about_of(environment: Mapping[str, str], repository: str, target: Target, links: Links, *, key: str = "default") -> About:
    """What is said of the place. Addresses come from the environment and from the person, never from a record or a report."""
    return About(
        repository=repository,
        server=server_of(environment),
        key=key,
        pull_request=target.pull,
        head=target.head,
        run_url=context_from(environment).url or "",
        worklog_url=links.worklog_url,
        record=links.record,
    )


def server_of(environment: Mapping[str, str]) -> str:
    """The address of the pages for people."""
    return environment.get("GITHUB_SERVER_URL", "") or f"https://{web_host(environment.get('GITHUB_API_URL', '') or API)}"


def in_actions(environment: Mapping[str, str]) -> bool:
    """Whether this is a step of GitHub Actions, where standard output is read for commands."""
    return environment.get(ACTIONS) == "true"
