"""The commands of `rca publish`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rca.cli.options import ConfigOption, Listing, ListingOption, RepoOption, WorklogOption
from rca.cli.options import ForceOption as FaceOption
from rca.publish.choices import Mode, When

app = typer.Typer(
    name="publish",
    help="Tell GitHub: a comment on the pull request, a check run, a job summary, issues.",
    rich_markup_mode=None,
)


DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Print the requests that would be sent, and send none of those that write; needs no token.")
]
LinkOption = Annotated[str, typer.Option("--link", metavar="URL", help="Where people can read the worklog.")]
CaFileOption = Annotated[str, typer.Option("--ca-file", metavar="FILE", help="Certificates to trust instead of the usual ones.")]
FailOption = Annotated[
    bool, typer.Option("--fail-on-criteria", help="Exit code 1 when the criteria are not met; else publishing alone counts.")
]
PullOption = Annotated[int | None, typer.Option("--pr", min=1, metavar="NUMBER", help="The pull request; by default that of the event.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over what a later run said, too.")]
EveryOption = Annotated[bool, typer.Option("--all", help="Also all clusters that fail and are not known, flaky, quarantined or muted.")]
KeyOption = Annotated[str, typer.Option("--key", metavar="NAME", help="Tells several suites on one pull request apart.")]


@app.command(short_help="Keep one comment on the pull request up to date.")
def pr(
    pull: PullOption = None,
    key: KeyOption = "",
    mode: Annotated[
        Mode | None, typer.Option("--mode", help="Change the comment, or add one for each run and fold the older ones away.")
    ] = None,
    when: Annotated[When | None, typer.Option("--when", help="When the comment is shown; else it is folded away.")] = None,
    template: Annotated[Path | None, typer.Option("--template", metavar="FILE", help="Your own Jinja2 template for the comment.")] = None,
    force: ForceOption = False,  # noqa: FBT002
    link: LinkOption = "",
    worklog: WorklogOption = None,
    repo: RepoOption = None,
    dry_run: DryRunOption = False,  # noqa: FBT002
    fail_on_criteria: FailOption = False,  # noqa: FBT002
    ca_file: CaFileOption = "",
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Keep one comment on the pull request up to date: whether to act, what broke, what was there before, what to do next."""
    from rca.cli.publish import commands
    from rca.cli.publish.job import Common

    common = Common(worklog, config, repo or "", link, ca_file, listing.value, dry_run=dry_run, fail_on_criteria=fail_on_criteria)
    raise typer.Exit(commands.pr(common, commands.CommentOptions(pull, key, mode, when, template, force=force)))


@app.command(short_help="Write the check run on the commit, with notes at the failing lines.")
def check(
    name: Annotated[str, typer.Option("--name", help="The name that people see; by default that of the configuration, else rca.")] = "",
    key: KeyOption = "",
    commit: Annotated[str, typer.Option("--commit", metavar="SHA", help="The commit; by default that of the event, else of the run.")] = "",
    pull: PullOption = None,
    force: ForceOption = False,  # noqa: FBT002
    link: LinkOption = "",
    worklog: WorklogOption = None,
    repo: RepoOption = None,
    dry_run: DryRunOption = False,  # noqa: FBT002
    fail_on_criteria: FailOption = False,  # noqa: FBT002
    ca_file: CaFileOption = "",
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Write the check run on the commit: the verdict by the criteria, and notes at the lines where tests fail.

    Only the token of an app may write one, as that in GitHub Actions; with another one a comment is written instead.
    """
    from rca.cli.publish import commands
    from rca.cli.publish.job import Common

    common = Common(worklog, config, repo or "", link, ca_file, listing.value, dry_run=dry_run, fail_on_criteria=fail_on_criteria)
    raise typer.Exit(commands.check(common, commands.CheckOptions(name, key, commit, pull, force=force)))


@app.command(short_help="Append to the job summary of GitHub Actions.")
def summary(
    template: Annotated[Path | None, typer.Option("--template", metavar="FILE", help="Your own Jinja2 template for the summary.")] = None,
    link: LinkOption = "",
    worklog: WorklogOption = None,
    repo: RepoOption = None,
    dry_run: DryRunOption = False,  # noqa: FBT002
    fail_on_criteria: FailOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Append to the job summary of GitHub Actions; print it elsewhere. Needs no token."""
    from rca.cli.publish import commands
    from rca.cli.publish.job import Common

    common = Common(worklog, config, repo or "", link, "", listing.value, dry_run=dry_run, fail_on_criteria=fail_on_criteria)
    raise typer.Exit(commands.summary(common, template))


@app.command(short_help="File an issue for a cluster, or bring its issue up to date.")
def issues(
    clusters: Annotated[
        list[str] | None, typer.Argument(metavar="[CLUSTER…]", help="Clusters, like c1; by default those with an accepted issue.")
    ] = None,
    every: EveryOption = False,  # noqa: FBT002
    limit: Annotated[int, typer.Option("--limit", min=0, max=1_000, metavar="N", help="With --all: so many new issues at most.")] = 10,
    close_fixed: Annotated[bool, typer.Option("--close-fixed", help="Close what rca filed when its tests pass again.")] = False,  # noqa: FBT002
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,  # noqa: FBT002
    template: Annotated[Path | None, typer.Option("--template", metavar="FILE", help="Your own Jinja2 template for new issues.")] = None,
    force: FaceOption = False,  # noqa: FBT002
    link: LinkOption = "",
    worklog: WorklogOption = None,
    repo: RepoOption = None,
    dry_run: DryRunOption = False,  # noqa: FBT002
    ca_file: CaFileOption = "",
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """File an issue for a cluster, or comment on the one it has; open it again when it fails again. Shows the plan and asks first."""
    from rca.cli.publish import filing as command
    from rca.cli.publish.job import Common

    common = Common(worklog, config, repo or "", link, ca_file, listing.value, dry_run=dry_run)
    options = command.IssueOptions(tuple(clusters or ()), every, limit, close_fixed, yes, force, template)
    raise typer.Exit(command.issues(common, options))


@app.command(short_help="Give what came out to the next steps of a job.")
def outputs(worklog: WorklogOption = None, config: ConfigOption = None) -> None:
    """Append what came out to $GITHUB_OUTPUT, as outputs of a step of GitHub Actions; elsewhere print it."""
    from rca.cli import outputs as command

    raise typer.Exit(command.outputs(worklog, config))
