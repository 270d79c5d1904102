"""Measure rca side by side with its peers: whole processes, in turns, on data made here.

    python benchmarks/run.py [--quick] [--runs N] [--only NAME] [--slow] [--write]

See README.md beside this file. Exit codes: 0 measured, 2 something could not be measured.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple
from xml.parsers import expat

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
GENERATOR = HERE / "generate.py"
README = HERE / "README.md"
RCA = Path(sys.executable).parent / "rca"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"

RUNS, QUICK_RUNS, START_UP_RUNS = 7, 3, 15
COMMANDS_OF_EMPTY_APP = 13
MIB = 1024 * 1024
CASES_PER_MB, FAILING_PER_MB = 2_000, 101.66
CASES_PER_FILE, FAILING_PER_FILE = 100, 5
FINDING = 1
WHOLE_FROM = 100
HIDDEN_VARIABLES = ("PYTHON", "GITHUB_", "RCA_")
MEASURES = {"wall": "wall s", "cpu": "CPU s", "peak": "peak MiB"}


class MeasureError(Exception):
    """Something could not be measured; the text says what and why."""


class Sample(NamedTuple):
    """What one process cost: seconds, seconds, MiB."""

    wall: float
    cpu: float
    peak: float


class Totals(NamedTuple):
    """How many cases the data has, and how many of them fail."""

    cases: int
    failing: int


@dataclass(frozen=True, slots=True)
class Command:
    """A program to measure, and what its figures are divided by (the label of another one)."""

    label: str
    words: tuple[str, ...]
    shown: str
    reference: str | None = None
    needs: str | None = None
    proof: tuple[str, ...] | None = None
    totals: Totals | None = None

    @property
    def is_rca(self) -> bool:
        """Tell whether this is the program that all this is about."""
        return self.words[0] == str(RCA)

    def missing(self) -> str | None:
        """Name what has to be installed before this can run."""
        if self.is_rca:
            return None if RCA.exists() else "rca"
        return self.needs if self.needs and importlib.util.find_spec(self.needs) is None else None


@dataclass(frozen=True, slots=True)
class Goal:
    """What a command has to stay under: a ratio to its reference, or MiB."""

    label: str
    measure: str
    limit: float
    text: str
    is_ratio: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """Commands that are run in turns."""

    name: str
    title: str
    commands: tuple[Command, ...]
    data: tuple[str, ...] = ()
    goals: tuple[Goal, ...] = ()
    runs: int = RUNS
    warm_up: bool = True
    slow: bool = False


@dataclass(slots=True)
class Outcome:
    """What was measured in one comparison, and what could not be."""

    comparison: Comparison
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class Sizes(NamedTuple):
    """How large the data is."""

    big: int
    many: int
    growth: tuple[int, ...]
    huge: int


FULL = Sizes(big=100, many=2_000, growth=(25, 50, 100), huge=1_000)
QUICK = Sizes(big=10, many=200, growth=(5, 10, 20), huge=50)


def rca(label: str, *words: str, reference: str | None = None, totals: Totals | None = None) -> Command:
    """Describe a run of rca; the proof is the same run with JSON as its output."""
    proof = (str(RCA), "report", "--format", "json", words[-1]) if totals else None
    return Command(label, (str(RCA), *words), shlex.join(("rca", *words)), reference, None, proof, totals)


def peer(label: str, script: str, *words: str, reference: str | None = None, totals: Totals | None = None) -> Command:
    """Describe a run of one of the programs in peers/; a word like many/*.xml is expanded when it runs."""
    start = (sys.executable, str(PEERS / script), *words)
    shown = " ".join(("python", f"../benchmarks/peers/{script}", *words))
    needs = {"junitparser_walk.py": "junitparser", "empty_typer.py": "typer"}.get(script)
    return Command(label, start, shown, reference, needs, start if totals else None, totals)


def big_name(megabytes: int) -> str:
    """Name the report of a size."""
    return f"big-{megabytes}.xml"


def big_totals(megabytes: int) -> Totals:
    """Tell what the generator puts into the report of a size."""
    return Totals(megabytes * CASES_PER_MB, round(megabytes * FAILING_PER_MB))


def compare_big(sizes: Sizes) -> Comparison:
    """One large report: rca against a reader that people use, and against expat."""
    data, totals, walk = big_name(sizes.big), big_totals(sizes.big), "junitparser, walk"
    commands = (
        rca("rca report", "report", data, reference=walk, totals=totals),
        peer(walk, "junitparser_walk.py", data, reference=walk, totals=totals),
        peer("expat, keep failures", "expat_failures.py", data, reference=walk, totals=totals),
        peer("expat, no handlers", "expat_floor.py", data, reference=walk),
    )
    goals = (
        Goal("rca report", "wall", 1.0, "less time than junitparser takes to walk the report"),
        Goal("rca report", "peak", 100, "peak under 100 MiB", is_ratio=False),
    )
    return Comparison("big", f"one report of {sizes.big} MB, {totals.cases:,} cases", commands, (data,), goals)


def compare_many(sizes: Sizes) -> Comparison:
    """Many small reports: what a file costs, and what a case costs."""
    data, totals = f"many-{sizes.many}", Totals(sizes.many * CASES_PER_FILE, sizes.many * FAILING_PER_FILE)
    files, floor = f"{data}/*.xml", "expat, no handlers"
    commands = (
        rca("rca report", "report", data, reference=floor, totals=totals),
        peer("junitparser, walk", "junitparser_walk.py", files, reference=floor, totals=totals),
        peer(floor, "expat_floor.py", files, reference=floor),
    )
    goals = (Goal("rca report", "wall", 2.0, "at most twice the time of expat without handlers"),)
    return Comparison("many", f"{sizes.many:,} reports of 50 KB", commands, (data,), goals)


def compare_json(sizes: Sizes) -> Comparison:
    """Read the large report again, with JSON as output."""
    data, totals = big_name(sizes.big), big_totals(sizes.big)
    commands = (
        rca("rca report", "report", data, reference="rca report"),
        rca("rca report --format json", "report", "--format", "json", data, reference="rca report", totals=totals),
    )
    return Comparison("json", f"the report of {sizes.big} MB, as Markdown and as JSON", commands, (data,))


def compare_start_up(flag: str) -> Comparison:
    """How long it takes until something is printed, against an application that is empty."""
    name, own, empty = flag.removeprefix("--"), f"rca {flag}", f"empty Typer application {flag}"
    count = str(COMMANDS_OF_EMPTY_APP)
    commands = (
        rca(own, flag, reference=empty),
        peer(empty, "empty_typer.py", count, flag, reference=empty),
    )
    goals = (Goal(own, "wall", 1.25, "at most 1.25 times the empty Typer application"),)
    return Comparison(f"start-{name}", f"until {flag} has been printed", commands, goals=goals, runs=START_UP_RUNS)


def compare_growth(sizes: Sizes) -> Comparison:
    """Ask if twice the input takes twice the time: each size is divided by the one before it."""
    labels = [f"rca report, {size} MB" for size in sizes.growth]
    earlier = [labels[0], *labels]
    commands = tuple(
        rca(label, "report", big_name(size), reference=before) for label, size, before in zip(labels, sizes.growth, earlier, strict=False)
    )
    return Comparison("growth", "each size against half of it", commands, tuple(map(big_name, sizes.growth)))


def compare_huge(sizes: Sizes) -> Comparison:
    """Ten times the large report, once: does memory stay bounded."""
    labels = {size: f"rca report, {size} MB" for size in (sizes.big, sizes.huge)}
    own, base = labels[sizes.huge], labels[sizes.big]
    commands = tuple(rca(label, "report", big_name(size), reference=base) for size, label in labels.items())
    goals = (Goal(own, "peak", 100, "peak under 100 MiB", is_ratio=False),)
    title = f"one report of {sizes.huge:,} MB, {sizes.huge * CASES_PER_MB:,} cases, one run"
    data = tuple(big_name(size) for size in labels)
    return Comparison("huge", title, commands, data, goals, runs=1, warm_up=False, slow=True)


def all_comparisons(sizes: Sizes) -> list[Comparison]:
    """List everything there is to compare."""
    start_up = [compare_start_up("--version"), compare_start_up("--help")]
    return [
        *(compare_big(sizes), compare_many(sizes), compare_json(sizes)),
        *start_up,
        *(compare_growth(sizes), compare_huge(sizes)),
    ]


def say(text: str) -> None:
    """Tell the person at the terminal something; stdout is for the tables."""
    print(text, file=sys.stderr, flush=True)


def prepare_folder(folder: Path) -> None:
    """Make the folder for the data, and keep git from looking into it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def prepare_data(folder: Path, name: str) -> None:
    """Make a report or a folder of reports unless this generator has made it already."""
    target, stamp = folder / name, folder / f"{name}.stamp"
    mark = f"{zlib.crc32(GENERATOR.read_bytes()):08x}"
    if target.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == mark:
        return
    say(f"making {target}")
    kind, size = name.removesuffix(".xml").split("-")
    option = "--mb" if kind == "big" else "--files"
    subprocess.run([sys.executable, GENERATOR, kind, option, size, target], check=True)
    stamp.write_text(mark, encoding="utf-8")


def clean_environment() -> dict[str, str]:
    """Leave out the variables that change how Python or rca works, or where rca writes to."""
    return {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN_VARIABLES)}


def expand(words: tuple[str, ...], folder: Path) -> list[str]:
    """Expand the words with a star in them to files, in order, as a shell would."""
    return [
        found
        for word in words
        for found in (sorted(str(path.relative_to(folder)) for path in folder.glob(word)) if "*" in word else [word])
    ]


def run_once(command: Command, folder: Path, words: tuple[str, ...] | None = None, out: str = os.devnull) -> Sample:
    """Run a command in the data folder and tell what it cost."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as err:
        start = [sys.executable, "-I", "-S", str(HERE / "measure.py"), out, err.name]
        line = [*start, *expand(words or command.words, folder)]
        done = subprocess.run(line, check=True, capture_output=True, text=True, cwd=folder, env=clean_environment())
        cost = json.loads(done.stdout)
        if cost["code"] != 0 and not (command.is_rca and cost["code"] == FINDING):
            last = " / ".join(err.read().strip().splitlines()[-3:])
            problem = f"{command.label}: exit code {cost['code']}: {last}"
            raise MeasureError(problem)
    return Sample(cost["wall"], cost["cpu"], cost["peak"] / MIB)


def prove(command: Command, folder: Path) -> None:
    """Run a command once for its totals: a figure is worth nothing if not every case was read."""
    if command.proof is None or command.totals is None:
        return
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as out:
        run_once(command, folder, command.proof, out.name)
        said = json.load(out)
        found = [run["totals"] for run in said.get("runs", [said])]
    cases = sum(totals["total"] for totals in found)
    failing = sum(totals["failed"] + totals.get("error", 0) for totals in found)
    if (cases, failing) != command.totals:
        wanted = f"{command.totals.cases} cases, {command.totals.failing} failing"
        problem = f"{command.label}: read {cases} cases, {failing} failing instead of {wanted}"
        raise MeasureError(problem)


def usable_commands(comparison: Comparison, folder: Path, problems: list[str]) -> list[Command]:
    """Keep the commands that are installed and read all cases; note the others as problems."""
    kept: list[Command] = []
    for command in comparison.commands:
        if missing := command.missing():
            problems.append(f"{command.label}: {missing} is not installed beside {Path(sys.executable).name}")
            continue
        try:
            prove(command, folder)
            if comparison.warm_up:
                run_once(command, folder)
        except MeasureError as error:
            problems.append(str(error))
        else:
            kept.append(command)
    return kept


def measure(comparison: Comparison, folder: Path, runs: int) -> Outcome:
    """Run the commands of a comparison in turns, A B C A B C, as often as asked for."""
    outcome = Outcome(comparison)
    for name in comparison.data:
        prepare_data(folder, name)
    say(f"{comparison.name}: {comparison.title}")
    commands = usable_commands(comparison, folder, outcome.problems)
    try:
        for _ in range(runs):
            for command in commands:
                outcome.samples.setdefault(command.label, []).append(run_once(command, folder))
    except MeasureError as error:
        outcome.problems.append(str(error))
        outcome.samples.clear()
    for problem in dict.fromkeys(outcome.problems):
        say(f"  not measured: {problem}")
    return outcome


def column(outcome: Outcome, label: str, measure_name: str) -> list[float]:
    """Give one measure of one command, run by run."""
    return [getattr(sample, measure_name) for sample in outcome.samples.get(label, [])]


def ratio(outcome: Outcome, command: Command, measure_name: str) -> float | None:
    """Divide by the reference run by run, and take the median."""
    own, other = column(outcome, command.label, measure_name), column(outcome, command.reference or "", measure_name)
    if not own or not other:
        return None
    return median(mine / theirs for mine, theirs in zip(own, other, strict=False) if theirs)


def figure(value: float, measure_name: str) -> str:
    """Write a figure with as many digits as mean something."""
    if measure_name == "peak":
        return f"{value:.0f}" if value >= WHOLE_FROM else f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def cells(outcome: Outcome, command: Command, measure_name: str) -> list[str]:
    """Write one measure: median with its range, and the ratio."""
    values = column(outcome, command.label, measure_name)
    if not values:
        return ["-", "-"]
    low, middle, high = (figure(value, measure_name) for value in (min(values), median(values), max(values)))
    span = f"{middle} ({low}-{high})" if len(values) > 1 else middle
    times = ratio(outcome, command, measure_name)
    return [span, "-" if times is None else f"{times:.2f}"]


def table(outcome: Outcome) -> list[str]:
    """Write the table of a comparison in Markdown."""
    heads = ["program", *(head for title in MEASURES.values() for head in (title, "ratio"))]
    rows = [
        [command.label, *(cell for name in MEASURES for cell in cells(outcome, command, name))] for command in outcome.comparison.commands
    ]
    return ["| " + " | ".join(line) + " |" for line in (heads, ["---", *["--:"] * (len(heads) - 1)], *rows)]


def goal_line(outcome: Outcome, goal: Goal) -> str:
    """Say whether a goal was met, with the figure that decides it."""
    command = next(command for command in outcome.comparison.commands if command.label == goal.label)
    values = column(outcome, goal.label, goal.measure)
    value = ratio(outcome, command, goal.measure) if goal.is_ratio else (max(values) if values else None)
    if value is None:
        return f"- not measured: {goal.text}"
    shown = f"ratio {value:.2f}" if goal.is_ratio else f"{value:.0f} MiB at most"
    return f"- {'met' if value <= goal.limit else 'MISSED'}: {goal.text} ({shown})"


def references(comparison: Comparison) -> str:
    """Say what the ratios are relative to."""
    named = list(dict.fromkeys(command.reference for command in comparison.commands))
    if len(named) == 1:
        return f"Ratios: to “{named[0]}”."
    return "Ratios: each row to the row above it."


def section(outcome: Outcome) -> str:
    """Write a comparison: table, goals, problems, commands."""
    comparison = outcome.comparison
    runs = max((len(samples) for samples in outcome.samples.values()), default=0)
    facts = f"{references(comparison)} {runs} run{'' if runs == 1 else 's'} each{', in turns' if runs > 1 else ''}."
    goals = [goal_line(outcome, goal) for goal in comparison.goals]
    problems = [f"- could not be measured: {problem}" for problem in dict.fromkeys(outcome.problems)]
    commands = ["```sh", *(command.shown for command in comparison.commands), "```"]
    parts = [[f"### {comparison.name}: {comparison.title}"], [facts], table(outcome), goals + problems, commands]
    return "\n\n".join("\n".join(part) for part in parts if part)


def version_of(package: str) -> str:
    """Give a package's version, or say that it is not there."""
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} not installed"


def rca_version() -> str:
    """Ask rca for its version."""
    if not RCA.exists():
        return "rca not installed"
    done = subprocess.run([RCA, "--version"], capture_output=True, text=True, check=False, env=clean_environment())
    lines = done.stdout.strip().splitlines()
    return (lines[0] if lines[0].startswith("rca") else f"rca {lines[0]}") if lines else "rca of unknown version"


def facts_line() -> str:
    """Describe what was measured with, leaving out what changes from day to day."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    versions = [rca_version(), *map(version_of, ("junitparser", "lxml", "typer", "rich")), expat.EXPAT_VERSION.replace("_", " ")]
    return f"{machine}, {python}; {', '.join(versions)}. Commands run in `.bench/`."


def write_readme(text: str) -> None:
    """Put the tables between the markers of the README."""
    old = README.read_text(encoding="utf-8")
    # The markers are also named in the text: only those alone on their line count.
    parts = re.fullmatch(rf"(.*^{BEGIN}$\n).*(^{END}$.*)", old, flags=re.DOTALL | re.MULTILINE)
    if parts is None:
        problem = f"{README} has no lines {BEGIN} and {END}"
        raise MeasureError(problem)
    README.write_text(f"{parts[1]}{text}\n{parts[2]}", encoding="utf-8")
    say(f"written to {README}")


def parse_arguments(names: list[str]) -> argparse.Namespace:
    """Read the command line, and refuse to publish what is not the whole."""
    parser = argparse.ArgumentParser(description="Measure rca side by side with its peers.")
    parser.add_argument("--quick", action="store_true", help="small data and 3 runs: to try the harness")
    parser.add_argument("--runs", type=int, metavar="N", help=f"runs of each command (default {RUNS}, start-up {START_UP_RUNS})")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; repeatable")
    parser.add_argument("--slow", action="store_true", help="also the report of 1 GB (one run)")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md; only for a whole run")
    parser.add_argument("--data", type=Path, default=HERE.parent / ".bench", help="where the data is kept (default .bench)")
    arguments = parser.parse_args()
    if arguments.runs is not None and arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    if arguments.write and (arguments.quick or arguments.only):
        parser.error("--write is for whole runs: leave out --quick and --only")
    return arguments


def runs_of(comparison: Comparison, arguments: argparse.Namespace) -> int:
    """Decide how often the commands of a comparison run."""
    if comparison.runs == 1:
        return 1
    if arguments.runs:
        return int(arguments.runs)
    return QUICK_RUNS if arguments.quick else comparison.runs


def is_wanted(comparison: Comparison, arguments: argparse.Namespace) -> bool:
    """Tell whether a comparison was asked for."""
    if arguments.only:
        return comparison.name in arguments.only
    return arguments.slow or not comparison.slow


def measure_all(comparisons: list[Comparison], arguments: argparse.Namespace) -> list[Outcome]:
    """Measure what was asked for; without rca only what has peers in it."""
    folder = arguments.data.resolve()
    prepare_folder(folder)
    outcomes: list[Outcome] = []
    for comparison in comparisons:
        if not is_wanted(comparison, arguments):
            continue
        if not RCA.exists() and all(command.is_rca for command in comparison.commands):
            say(f"{comparison.name}: left out, it is about rca alone")
            continue
        outcomes.append(measure(comparison, folder, runs_of(comparison, arguments)))
    return outcomes


def main() -> int:
    """Measure, print, and write if asked to."""
    names = [comparison.name for comparison in all_comparisons(FULL)]
    arguments = parse_arguments(names)
    if not RCA.exists():
        say(f"there is no rca at {RCA}: measuring the peers only; install the project there to compare")
    try:
        outcomes = measure_all(all_comparisons(QUICK if arguments.quick else FULL), arguments)
    except subprocess.CalledProcessError as error:
        say(f"could not go on: {error}")
        return 2
    measured = {outcome.comparison.name for outcome in outcomes}
    rest = ", ".join(name for name in names if name not in measured)
    left_out = [f"Not measured this time: {rest}."] if rest else []
    text = "\n\n".join([facts_line(), *map(section, outcomes), *left_out])
    print(text)
    failed = not RCA.exists() or any(outcome.problems for outcome in outcomes)
    if arguments.write and failed:
        say("README.md is left as it was: not everything could be measured")
    elif arguments.write:
        write_readme(text)
    return 2 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MeasureError as problem:
        say(str(problem))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
