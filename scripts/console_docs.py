"""Run the `console` blocks of the documentation, and hold what they print against what the pages show.

A block is a list of commands, each followed by what it prints:

    $ rca --version
    rca 0.1.0

Lines that begin with `> ` continue a command that is not at its end. `…` stands for any text within a line; alone on a
line, for any lines.
The blocks of a page run in order, in one shell, on a terminal of 80 columns, in a scratch copy of the demo's project.
A page that says so in a comment, `<!-- with a GitHub -->`, has one that holds the repository of the demo.
A command that ends with a code above 1 must be followed by `$ echo $?`, so that the page shows it.

    python scripts/console_docs.py               compare, exit code 1 when something differs
    python scripts/console_docs.py --write       put what the commands print in the place of what differs
    python scripts/console_docs.py docs/ci.md    one page
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from markdown_parts import ROOT, Block, blocks, pages

SECONDS = 60
COLUMNS, ROWS = 80, 50
# The demo's reports are a little older: what is made while the pages run is dated after them.
NOW = 1795374000
SAMPLES = ("rca.toml", "reports", "reports-fixed")

_END = re.compile("\x1e(\\d+)\x1e\n")


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a page, what it should print, and where it stands."""

    line: int
    command: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command printed, and with which code it ended."""

    step: Step
    printed: tuple[str, ...]
    code: int

    @property
    def agrees(self) -> bool:
        """Whether the page shows what was printed."""
        return agrees(self.step.expected, self.printed)


def console_blocks(text: str) -> list[Block]:
    """The blocks of a page that are run."""
    return [block for block in blocks(text) if block.language == "console"]


def steps(block: Block) -> Iterator[Step]:
    """The commands of a block. Raises ValueError when it does not begin with one."""
    line, command = 0, ""
    expected: list[str] = []
    for number, text in enumerate(block.lines, block.start):
        if text.startswith("$ "):
            if command:
                yield Step(line, command, tuple(expected))
            line, command, expected = number, text[2:], []
        elif not command:
            msg = f"line {number}: a console block begins with a command"
            raise ValueError(msg)
        elif not expected and goes_on(command) and (text == ">" or text.startswith("> ")):
            command += "\n" + text[2:]
        else:
            expected.append(text)
    if command:
        yield Step(line, command, tuple(expected))


def goes_on(command: str) -> bool:
    """Whether a command is not at its end: a text for its input follows, or its last line was cut."""
    return "<<" in command or command.endswith("\\")


def agrees(expected: tuple[str, ...], printed: tuple[str, ...]) -> bool:
    """Whether the lines are the same, `…` standing for anything."""
    parts = []
    for line in trimmed(expected):
        if line.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(part) for part in line.split("…")) + "\n")
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in trimmed(printed))) is not None


def trimmed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines without white space at their ends and without empty ones before and after; invisible characters are dropped."""
    text = "\n".join(line.replace("\u200b", "").rstrip() for line in lines).strip("\n")
    return tuple(text.split("\n")) if text else ()


def run_page(page: Path) -> list[Result]:
    """Run all console blocks of a page in one shell."""
    wanted = [step for block in console_blocks(page.read_text(encoding="utf-8")) for step in steps(block)]
    if not wanted:
        return []
    with tempfile.TemporaryDirectory(prefix="rca-docs-") as scratch, github(page) as variables:
        home = Path(scratch) / "project"
        copy_samples(home)
        # No page shows where it was run.
        output = run_shell(script(wanted), home, variables).replace(str(home.resolve()), "…")
    ends = list(_END.finditer(output))
    starts = [0, *(end.end() for end in ends)]
    if len(ends) != len(wanted):
        msg = f"{page.name}:{wanted[min(len(ends), len(wanted) - 1)].line}: the shell ended here, with: {output[starts[-1] :][-500:]}"
        raise RuntimeError(msg)
    return [
        Result(step, tuple(output[start : end.start()].split("\n")), int(end[1]))
        for step, start, end in zip(wanted, starts, ends, strict=False)
    ]


@contextlib.contextmanager
def github(page: Path) -> Iterator[dict[str, str]]:
    """The variables that lead to a GitHub on this machine, for a page that wants one."""
    if "<!-- with a GitHub -->" not in page.read_text(encoding="utf-8"):
        yield {}
        return
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from tests.github import harbor
    from tests.github.fake import FakeGitHub

    with FakeGitHub() as fake:
        harbor.fill(fake)
        yield harbor.environment(fake)


def copy_samples(target: Path) -> None:
    """Make the project in which the commands of a page run."""
    target.mkdir()
    for name in SAMPLES:
        source = ROOT / "examples" / "staging" / name
        if source.is_dir():
            shutil.copytree(source, target / name)
        else:
            shutil.copy(source, target / name)


def script(wanted: list[Step]) -> str:
    """One shell script for all commands, which marks the end of each with its exit code; `$?` is that of the one before."""
    end = 'code=$?; printf "\\036%d\\036\\n" "$code"'
    return "\n".join(["code=0", *(f"(exit $code); {{ {step.command}\n}}; {end}" for step in wanted)]) + "\n"


def environment(home: Path) -> dict[str, str]:
    """The variables of a plain terminal, and no other ones."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "COLUMNS": str(COLUMNS),
        "LINES": str(ROWS),
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": str(NOW),
    }


def run_shell(text: str, folder: Path, variables: Mapping[str, str]) -> str:
    """What a shell prints on a terminal while it runs the script."""
    import pty

    master, slave = pty.openpty()
    with contextlib.closing(os.fdopen(master, "rb", buffering=0)) as terminal:
        shell = subprocess.Popen(
            ["bash", "-c", text], cwd=folder, env={**environment(folder), **variables}, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
        )
        os.close(slave)
        clock = threading.Timer(SECONDS, shell.kill)
        clock.start()
        parts = []
        # The end of a terminal is an error on Linux, and nothing more to read elsewhere.
        with contextlib.suppress(OSError):
            while part := terminal.read(65536):
                parts.append(part)
        shell.wait()
        clock.cancel()
    return b"".join(parts).decode("utf-8", "replace").replace("\r\n", "\n")


def faults(page: Path, results: list[Result]) -> list[str]:
    """What a page shows and the commands do not print, in words."""
    found = []
    for index, result in enumerate(results):
        place = f"{page.relative_to(ROOT)}:{result.step.line}: $ {result.step.command}"
        if not result.agrees:
            shown = [f"  - {line}" for line in trimmed(result.step.expected)]
            real = [f"  + {line}" for line in trimmed(result.printed)]
            found.append("\n".join([place, *shown, *real]))
        following = results[index + 1].step.command if index + 1 < len(results) else ""
        if result.code > 1 and following != "echo $?":
            found.append(f"{place}\n  ended with {result.code}, which the page does not show with `$ echo $?`")
    return found


def write(page: Path, results: list[Result]) -> None:
    """Put what was printed into the page wherever it differs."""
    lines = page.read_text(encoding="utf-8").split("\n")
    for result in reversed(results):
        if result.agrees:
            continue
        start = result.step.line + result.step.command.count("\n")
        lines[start : start + len(result.step.expected)] = trimmed(result.printed)
    page.write_text("\n".join(lines), encoding="utf-8")


def main() -> int:
    """Run the pages and compare; the exit code says whether they agree."""
    parser = argparse.ArgumentParser(description="Run the console blocks of the documentation.")
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true", help="put what the commands print in the place of what differs")
    options = parser.parse_args()
    chosen = [path.resolve() for path in options.pages] or pages()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(zip(chosen, pool.map(run_page, chosen), strict=True))
    wrong = 0
    for page, results in outcomes:
        found = faults(page, results)
        wrong += len(found)
        print("\n".join(found), end="\n" if found else "")
        if options.write:
            write(page, results)
    print(f"{sum(len(results) for _, results in outcomes)} commands on {len(chosen)} pages, {wrong} differences")
    return 1 if wrong and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
