"""A Typer application whose commands do nothing: what starting any Typer application costs.

python empty_typer.py [COMMANDS] --version
python empty_typer.py [COMMANDS] --help

COMMANDS is how many commands it has, 13 if not given.
"""

import sys
from typing import Annotated

import typer

COMMANDS = 13

app = typer.Typer(no_args_is_help=True)


def show_version(wanted: bool) -> None:  # noqa: FBT001 - called by Typer
    """Print a version and stop."""
    if wanted:
        typer.echo("empty 1.0.0")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Do nothing, in as many ways as there are commands."""


def add_commands(count: int) -> None:
    """Add commands with an argument and two options each."""
    for number in range(count):

        def command(
            path: Annotated[str, typer.Argument(help="A path.")],
            form: Annotated[str, typer.Option("--format", help="A format.")] = "md",
            *,
            quiet: Annotated[bool, typer.Option("--quiet", help="Say less.")] = False,
        ) -> None:
            """Do nothing."""

        app.command(name=f"command-{number + 1}")(command)


if __name__ == "__main__":
    given = len(sys.argv) > 1 and sys.argv[1].isdecimal()
    add_commands(int(sys.argv.pop(1)) if given else COMMANDS)
    app()
