"""Options and arguments that several commands take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """How a worklog is written out."""

    md = "md"
    json = "json"
    html = "html"


class Listing(StrEnum):
    """How a list is written out."""

    text = "text"
    json = "json"


class IssueState(StrEnum):
    """Which issues are meant."""

    open = "open"
    closed = "closed"
    all = "all"


class ActionState(StrEnum):
    """Which actions are meant."""

    open = "open"
    done = "done"
    all = "all"


OptionalPaths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH…]", help="Reports: files, folders, globs, zip or tar archives, or - for standard input."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration; by default rca.toml or pyproject.toml of the project."),
]
FormOption = Annotated[Form, typer.Option("--format", help="Markdown, JSON (the record) or one self-contained HTML page.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of stdout.")]
TemplateOption = Annotated[Path | None, typer.Option("--template", metavar="FILE", help="Your own Jinja2 template for the Markdown.")]
WorklogOption = Annotated[
    str | None,
    typer.Option(
        "--worklog",
        metavar="ID",
        envvar="RCA_WORKLOG",
        help="Id of the worklog, or a unique part of it; by default the current one.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a face that was edited by hand, keeping it as .bak.")]
ListingOption = Annotated[Listing, typer.Option("--format", help="Text for people, or JSON.")]

# Where a run ran; what is said here comes before what the variables of the CI system say.
CommitOption = Annotated[str | None, typer.Option("--commit", help="Commit that the tests ran on.")]
BranchOption = Annotated[str | None, typer.Option("--branch", help="Branch that the tests ran on.")]
RepoOption = Annotated[str | None, typer.Option("--repo", metavar="OWNER/NAME", help="Repository that the tests belong to.")]
EnvironmentOption = Annotated[str | None, typer.Option("--environment", "--env", help="Where the system under test ran, like staging.")]
JobOption = Annotated[str | None, typer.Option("--job", help="Name of the CI job.")]
AttemptOption = Annotated[int | None, typer.Option("--attempt", min=1, max=999_999_999, help="Attempt of the CI job, from 1.")]
WholeOption = Annotated[
    bool, typer.Option("--whole", help="These are all tests that there are: of its categories, cases that the run lacks are gone.")
]

# How GitHub is reached.
GitHubRepoOption = Annotated[
    str,
    typer.Option(
        "--repo", metavar="OWNER/NAME", help="Repository at GitHub; by default that of the configuration, the job or the checkout."
    ),
]
CaFileOption = Annotated[str, typer.Option("--ca-file", metavar="FILE", help="Certificates to trust, for GitHub Enterprise or a proxy.")]
FromWorkflowOption = Annotated[
    str,
    typer.Option(
        "--from-workflow", metavar="RUN|latest", help="Take the reports from the artifacts of a workflow run: its number or address."
    ),
]
ArtifactOption = Annotated[
    list[str] | None,
    typer.Option("--artifact", metavar="GLOB", help="With --from-workflow: only artifacts of such names; may be given several times."),
]
WorkflowOption = Annotated[
    str, typer.Option("--workflow", metavar="FILE", help="With --from-workflow latest: of this workflow, like e2e.yml.")
]
