"""The commands of rca. Data goes to stdout, what is said to a person to stderr; exit codes are in docs/commands.md."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rca.cli import publish
from rca.cli.boundary import fail, guard
from rca.cli.options import (
    ActionState,
    ArtifactOption,
    AttemptOption,
    BranchOption,
    CaFileOption,
    CommitOption,
    ConfigOption,
    EnvironmentOption,
    ForceOption,
    Form,
    FormOption,
    FromWorkflowOption,
    GitHubRepoOption,
    IssueState,
    JobOption,
    Listing,
    ListingOption,
    OptionalPaths,
    OutputOption,
    RepoOption,
    TemplateOption,
    WholeOption,
    WorkflowOption,
    WorklogOption,
)
from rca.version import __version__

app = typer.Typer(
    name="rca",
    help="Turn a red test run into a root-cause worklog.",
    epilog="Exit codes: 0 done, 1 a finding (criteria unmet, check failed), 2 could not run, 130 interrupted.",
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(publish.app)


def _said(
    commit: str | None, branch: str | None, repo: str | None, environment: str | None, job: str | None, attempt: int | None
) -> dict[str, str | int | None]:
    """What was said of a run, by the names of its context."""
    return {"commit": commit, "branch": branch, "repo": repo, "environment": environment, "job": job, "attempt": attempt}


def _print_version(wanted: bool) -> None:  # noqa: FBT001 -- a callback of Typer
    if wanted:
        typer.echo(f"rca {__version__}")
        raise typer.Exit


@app.callback()
def _rca(
    context: typer.Context,
    _version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,  # noqa: FBT002
) -> None:
    """Turn a red test run into a root-cause worklog."""
    if context.invoked_subcommand is None:
        with contextlib.redirect_stdout(sys.stderr):
            typer.echo(context.get_help())
        raise typer.Exit(fail("no command was given", "try `rca demo`, or `rca report PATH…` on your own test reports"))


@app.command(short_help="Turn shipped sample reports into a worklog, offline.")
def demo(
    folder: Annotated[
        Path,
        typer.Argument(metavar="[FOLDER]", help="Where to put the demo's project; made when missing."),
    ] = Path("rca-demo"),
) -> None:
    """Go the whole way on shipped sample reports, offline, and write a worklog."""
    from rca.cli import demo as command

    raise typer.Exit(command.run(folder))


@app.command(short_help="Write a configuration, guessed from the repository.")
def init(
    pyproject: Annotated[bool, typer.Option("--pyproject", help="Append [tool.rca] to pyproject.toml; write no rca.toml.")] = False,  # noqa: FBT002
    force: Annotated[bool, typer.Option("--force", help="Replace an rca.toml that is there; it is kept as .bak.")] = False,  # noqa: FBT002
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the configuration, write nothing.")] = False,  # noqa: FBT002
) -> None:
    """Write a commented configuration, guessed from what is in the repository: rca.toml, or a part of pyproject.toml."""
    from rca.cli import setup

    raise typer.Exit(setup.init(force=force, stdout=stdout, pyproject=pyproject))


@app.command()
def report(
    paths: OptionalPaths = None,
    form: FormOption = Form.md,
    output: OutputOption = None,
    template: TemplateOption = None,
    config: ConfigOption = None,
    title: Annotated[str, typer.Option("--title", help="Title of the worklog.")] = "",
    from_workflow: FromWorkflowOption = "",
    artifact: ArtifactOption = None,
    workflow: WorkflowOption = "",
    ca_file: CaFileOption = "",
    commit: CommitOption = None,
    branch: BranchOption = None,
    repo: RepoOption = None,
    environment: EnvironmentOption = None,
    job: JobOption = None,
    attempt: AttemptOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary and no progress on stderr.")] = False,  # noqa: FBT002
) -> None:
    """Read reports, analyse them and print the worklog; keeps no state."""
    from rca.cli import report as command
    from rca.cli.source import Source

    said = _said(commit, branch, repo, environment, job, attempt)
    source = Source(paths or [], from_workflow, tuple(artifact or ()), workflow, ca_file)
    raise typer.Exit(command.report(source, form.value, output, template, config, title=title, said=said, quiet=quiet))


@app.command()
def new(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What this is about.")],
    focus: Annotated[str, typer.Option(help="What the runs are about, like all or checkout.")] = "",
    env: Annotated[str, typer.Option(help="Where the system under test runs.")] = "",
    objective: Annotated[str, typer.Option(help="What the run is meant to show.")] = "",
    session: Annotated[str, typer.Option(help="Name of the working session.")] = "",
    author: Annotated[str, typer.Option(help="Who opens it.", envvar="RCA_AUTHOR")] = "",
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Open a worklog and make it the current one."""
    from rca.cli import worklogs

    header = {"focus": focus, "environment": env, "objective": objective, "session": session, "author": author}
    raise typer.Exit(worklogs.new(title, config, form=listing.value, **header))


@app.command()
def ingest(
    paths: OptionalPaths = None,
    worklog: WorklogOption = None,
    config: ConfigOption = None,
    issues: Annotated[
        str | None,
        typer.Option("--issues", metavar="FILE", help="Issues as JSON in the shape of GitHub's API, to match clusters to; - reads stdin."),
    ] = None,
    from_workflow: FromWorkflowOption = "",
    artifact: ArtifactOption = None,
    workflow: WorkflowOption = "",
    ca_file: CaFileOption = "",
    commit: CommitOption = None,
    branch: BranchOption = None,
    repo: RepoOption = None,
    environment: EnvironmentOption = None,
    job: JobOption = None,
    attempt: AttemptOption = None,
    whole: WholeOption = False,  # noqa: FBT002
    history_only: Annotated[bool, typer.Option("--history-only", help="Put old runs into the history, and into no worklog.")] = False,  # noqa: FBT002
    one_run: Annotated[bool, typer.Option("--one-run", help="With --history-only: all paths together are one run.")] = False,  # noqa: FBT002
    force: ForceOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
) -> None:
    """Add a run to the current worklog, and say what is known of its failures."""
    said = _said(commit, branch, repo, environment, job, attempt)
    from rca.cli.source import Source

    source = Source(paths or [], from_workflow, tuple(artifact or ()), workflow, ca_file, whole)
    if history_only and whole:
        raise typer.BadParameter("does not go with --history-only", param_hint="--whole")
    if history_only:
        from rca.cli import history as past

        raise typer.Exit(past.fill(source, config, said=said, one_run=one_run, form=listing.value))
    if one_run:
        raise typer.BadParameter("belongs to --history-only", param_hint="--one-run")
    from rca.cli import ingest as command

    raise typer.Exit(command.ingest(source, worklog, config, issues=issues, said=said, force=force, form=listing.value))


@app.command(short_help="Read the issues at GitHub into the worklog, by rank, and match clusters to them.")
def issues(
    repo: GitHubRepoOption = "",
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="NAME", help="Only issues with this label; with all that are given.")
    ] = None,
    state: Annotated[
        IssueState, typer.Option("--state", help="Only open or only closed ones; by default the open ones first.")
    ] = IssueState.all,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="Only those changed since, like 2026-01-31 or 14d.")] = "",
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Only what a search of GitHub finds, in its own words.")] = "",
    milestone: Annotated[str, typer.Option("--milestone", metavar="TITLE", help="Only those of a milestone; none, or * for any.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=20_000, metavar="N", help="How many are read at most.")] = 1_000,
    pulls: Annotated[
        int, typer.Option("--pulls", min=0, max=200, metavar="N", help="For how many issues pull requests are looked up.")
    ] = 20,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody: take the issues that were read last.")] = False,  # noqa: FBT002
    worklog: WorklogOption = None,
    ca_file: CaFileOption = "",
    force: ForceOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Read the issues of the repository at GitHub, rank them by priority, match clusters to them, and keep them for later runs."""
    from rca.cli import issues as command
    from rca.clock import clock
    from rca.lookup.issues import Asked

    changed = command.moment(since, "--since", clock())
    asked = Asked(tuple(label or ()), state.value, changed, search, milestone, limit)
    options = command.Options(worklog, repo, asked, pulls=pulls, offline=offline, ca_file=ca_file, force=force, form=listing.value)
    raise typer.Exit(command.issues(config, options))


@app.command(short_help="Read from GitHub what is deployed in the environment, and what went in lately.")
def status(
    repo: GitHubRepoOption = "",
    environment: Annotated[
        str, typer.Option("--environment", "--env", metavar="NAME", help="The environment at GitHub, like staging.")
    ] = "",
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="From when on what went in is read, like 2026-01-31 or 7d.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=50, metavar="N", help="How many of what went in are taken.")] = 20,
    worklog: WorklogOption = None,
    ca_file: CaFileOption = "",
    force: ForceOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Read from GitHub what is deployed in the environment since when, and what went in lately, into the worklog."""
    from rca.cli import status as command
    from rca.cli.issues import moment
    from rca.clock import clock

    changed = moment(since, "--since", clock())
    options = command.Options(worklog, repo, environment, changed, limit=limit, ca_file=ca_file, force=force, form=listing.value)
    raise typer.Exit(command.status(config, options))


@app.command(short_help="Write the worklog out: its face, or any other form.")
def render(
    worklog: WorklogOption = None,
    form: FormOption = Form.md,
    output: OutputOption = None,
    template: TemplateOption = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show how the stored face differs from the record, and write nothing.")] = False,  # noqa: FBT002
    force: ForceOption = False,  # noqa: FBT002
    config: ConfigOption = None,
) -> None:
    """Write the worklog out: its stored face, or with --output, --format or --template wherever you want it."""
    from rca.cli import worklogs

    raise typer.Exit(worklogs.render(worklog, form.value, output, template, config, diff=diff, force=force))


@app.command(name="list")
def list_(listing: ListingOption = Listing.text, config: ConfigOption = None) -> None:
    """List the worklogs of this project, newest first."""
    from rca.cli import worklogs

    raise typer.Exit(worklogs.list_all(listing.value, config))


@app.command()
def show(
    worklog: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Id of the worklog, or a unique part of it; by default the current one."),
    ] = None,
    form: FormOption = Form.md,
    config: ConfigOption = None,
) -> None:
    """Print a worklog."""
    from rca.cli import worklogs

    raise typer.Exit(worklogs.show(worklog, form.value, config))


@app.command(short_help="Clusters by how much they matter; note, mute, split, merge and judge them.")
def triage(
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ACTION] [CLUSTER] [TEXT…]", help="What to do; without it, the list, or on a terminal a walk through it."),
    ] = None,
    worklog: WorklogOption = None,
    listing: ListingOption = Listing.text,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines and plain input on a terminal too.")] = False,  # noqa: FBT002
    author: Annotated[str, typer.Option("--author", help="Who decides.", envvar="RCA_AUTHOR")] = "",
    cases: Annotated[list[str] | None, typer.Option("--cases", metavar="GLOB", help="Cases that split takes out.")] = None,
    force: ForceOption = False,  # noqa: FBT002
    config: ConfigOption = None,
) -> None:
    """Show clusters by how much they matter, and keep what people decide about them.

    \b
    list, show c3, cases c3, decisions    what there is
    note c3 TEXT                          keep what you found out
    accept c3 '#712', reject c3 '#712'    it is that issue, or it is not
    mute c3 [REASON], unmute c3           it needs no attention now
    flaky c3 [REASON], not-flaky c3       its tests fail now and then
    split c3 --cases GLOB                 take cases out into a new cluster
    merge c3 c5                           c5 becomes a part of c3
    rule c3 'message LIKE "%refused%"'    what such failures look like
    undo, redo                            the last decision
    """  # noqa: D301 -- the help needs the character itself, before lines that stay as they are
    from rca.cli import triage as command

    raise typer.Exit(
        command.triage(given or [], worklog, config, form=listing.value, plain=plain, author=author, cases=cases or [], force=force)
    )


@app.command(short_help="The guided five whys: from failures to a root cause, a prediction and actions.")
def whys(
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[next|answer|serve|state|list] [FILE]", help="For programs; without it, a session at the terminal."),
    ] = None,
    worklog: WorklogOption = None,
    session: Annotated[str, typer.Option("--session", metavar="ID", help="Go on with that session; its number will do.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Begin another session, whatever is not finished.")] = False,  # noqa: FBT002
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines and plain input on a terminal too.")] = False,  # noqa: FBT002
    ascii_only: Annotated[bool, typer.Option("--ascii", help="Only ASCII characters are shown.")] = False,  # noqa: FBT002
    author: Annotated[str, typer.Option("--author", help="Who answers.", envvar="RCA_AUTHOR")] = "",
    agent: Annotated[bool, typer.Option("--agent", help="A program answers: a person must confirm what it says.")] = False,  # noqa: FBT002
    answers: Annotated[str, typer.Option("--answers", metavar="FILE", help="Take the answers from YAML or JSON; - reads stdin.")] = "",
    template: Annotated[bool, typer.Option("--template-answers", help="Print a file of answers to fill in.")] = False,  # noqa: FBT002
    strict: Annotated[bool, typer.Option("--strict", help="With --answers: answers that nothing asks for are errors.")] = False,  # noqa: FBT002
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --answers: check them, write nothing.")] = False,  # noqa: FBT002
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="FILE", help="A log in which evidence is looked for; can be repeated.")
    ] = None,
    explain: Annotated[str, typer.Option("--explain", metavar="RULE", help="Say what a rule asks for, and why.")] = "",
    force: ForceOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    r"""Ask why until something can be changed, with evidence for each answer, and write it into the worklog.

    \b
    rca whys                              at a terminal; goes on where you left
    rca whys --template-answers           a file to fill in, for --answers
    rca whys next --format json           the question that is open, for programs
    rca whys answer --format json FILE    take an answer; - reads stdin
    rca whys serve --format json          an answer on each line of stdin, a reply for each
    rca whys state --format json          what there is so far
    rca whys list                         the sessions of the worklog
    """
    from rca.cli import whys as command

    options = command.Options(
        worklog=worklog,
        session=session,
        new=new,
        form=listing.value,
        plain=plain,
        ascii_only=ascii_only,
        author=author,
        agent=agent,
        force=force,
        answers=answers,
        strict=strict,
        dry_run=dry_run,
        logs=tuple(log or ()),
    )
    raise typer.Exit(command.whys(given or [], config, options, explain=explain, template=template))


@app.command(short_help="Record the fix: its commits, what they change, and a local validation.")
def fix(
    revs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REV…]", help="Commits of the fix, or ranges A..B; by default those after the last run that failed."),
    ] = None,
    summary: Annotated[str, typer.Option("--summary", metavar="TEXT", help="What the fix does; by default what its commits say.")] = "",
    pr: Annotated[str, typer.Option("--pr", metavar="NUMBER|URL", help="Its pull request.")] = "",
    run: Annotated[str | None, typer.Option("--run", metavar="COMMAND", help="Validate it: run this, keep what it prints.")] = None,
    shell: Annotated[bool, typer.Option("--shell", help="Let a shell run the command, for pipes, && and *.")] = False,  # noqa: FBT002
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=604_800, metavar="SECONDS", help="End the command after so long.")
    ] = 3_600,
    investigation: Annotated[str, typer.Option("--investigation", metavar="ID", help="The investigation whose cause it mends.")] = "",
    forget: Annotated[bool, typer.Option("--forget", help="Take the fix out of the worklog again.")] = False,  # noqa: FBT002
    worklog: WorklogOption = None,
    listing: ListingOption = Listing.text,
    force: ForceOption = False,  # noqa: FBT002
    config: ConfigOption = None,
) -> None:
    """Record the fix in the worklog: commits, changed lines, summary, pull request, and the validation on this machine."""
    from rca.cli import fix as command

    validation = command.Order(run, shell=shell, seconds=timeout)
    said = {"summary": summary, "pull_request": pr, "investigation": investigation}
    act = command.forget if forget else command.fix
    raise typer.Exit(act(revs or [], worklog, config, said=said, order=validation, form=listing.value, force=force))


@app.command(short_help="Add the run after the fix, and say what held.")
def verify(
    paths: OptionalPaths = None,
    worklog: WorklogOption = None,
    from_workflow: FromWorkflowOption = "",
    artifact: ArtifactOption = None,
    workflow: WorkflowOption = "",
    ca_file: CaFileOption = "",
    commit: CommitOption = None,
    branch: BranchOption = None,
    repo: RepoOption = None,
    environment: EnvironmentOption = None,
    job: JobOption = None,
    attempt: AttemptOption = None,
    whole: WholeOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
    force: ForceOption = False,  # noqa: FBT002
    config: ConfigOption = None,
) -> None:
    """Add the run after the fix: which predictions held, and which criteria are met now."""
    from rca.cli import verify as command
    from rca.cli.source import Source

    source = Source(paths or [], from_workflow, tuple(artifact or ()), workflow, ca_file, whole)
    said = _said(commit, branch, repo, environment, job, attempt)
    raise typer.Exit(command.verify(source, worklog, config, said=said, force=force, form=listing.value))


@app.command(short_help="What is to be done, by whom and until when; close it, or open it again.")
def actions(
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[done|reopen] [N…]",
            help="What to do with actions of these numbers; without it, the list.",
            autocompletion=lambda: ["list", "done", "reopen"],
        ),
    ] = None,
    worklog: WorklogOption = None,
    everywhere: Annotated[bool, typer.Option("--all", help="List the actions of all worklogs.")] = False,  # noqa: FBT002
    state: Annotated[
        ActionState | None, typer.Option("--state", help="Which ones are listed; by default those that are open.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="With done and reopen: what there is to say of it.")] = "",
    evidence: Annotated[
        list[str] | None,
        typer.Option("--evidence", metavar="REF", help="With done and reopen: what shows it, as in the five whys; can be repeated."),
    ] = None,
    author: Annotated[str, typer.Option("--author", help="Who closes it, or opens it again.", envvar="RCA_AUTHOR")] = "",
    force: ForceOption = False,  # noqa: FBT002
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """List the actions that are open, the most urgent first; close some, or open them again."""
    from rca.cli import actions as command

    options = command.Options(
        worklog, everywhere, state.value if state else "", note, tuple(evidence or ()), author, listing.value, force=force
    )
    raise typer.Exit(command.actions(given or [], config, options))


@app.command(short_help="Lint worklogs; exit code 1 when there is an error.")
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH…]", help="Records, Markdown files or folders; by default the project's worklogs."),
    ] = None,
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Lint worklogs: arithmetic, criteria, status, times, money, places, encoding, secrets, hand edits."""
    from rca.cli import check as command

    raise typer.Exit(command.check(paths, listing.value, config))


@app.command(short_help="What the history holds; `rca history compact` keeps it small.")
def history(
    action: Annotated[str, typer.Argument(metavar="[show|compact]", help="What to do.")] = "show",
    keep_months: Annotated[
        int | None,
        typer.Option(
            "--keep-months", min=0, max=1_200, metavar="N", help="With compact: drop what is older than the newest month and N before it."
        ),
    ] = None,
    listing: ListingOption = Listing.text,
    config: ConfigOption = None,
) -> None:
    """Say where the history of runs is and what it holds, or compact its closed months and drop old ones."""
    from rca.cli import history as command

    raise typer.Exit(command.history(action, config, keep_months=keep_months, form=listing.value))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the worklog."""
    from rca.cli import setup

    raise typer.Exit(setup.schema())


def only(first: str) -> None:
    """Leave out of the command line what the first argument does not call: to build all commands takes each start 17 ms."""
    commands = [one for one in app.registered_commands if one.callback and first == (one.name or one.callback.__name__)]
    groups = [one for one in app.registered_groups if one.typer_instance and first == one.typer_instance.info.name]
    if commands or groups or first == "--version":
        app.registered_commands, app.registered_groups = commands, groups


def main() -> NoReturn:
    """Run the command line; every error leaves as one message and an exit code."""
    # A command lives for a moment: looking for garbage, for plug-ins of pydantic, and tidying up at the end only cost time.
    gc.set_threshold(100_000, 50, 100)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if "_RCA_COMPLETE" not in os.environ:  # who completes a line asks for all that could stand there
        only(sys.argv[1] if len(sys.argv) > 1 else "")
    os._exit(guard(lambda: app(standalone_mode=False, prog_name="rca")))
