"""Measure how long somebody waits for `rca whys`: from its start to the first question, and from each answer to the next question.

    python benchmarks/whys.py [--cases 10000] [--clusters 200] [--runs 9] [--only start|answers|programs]

The record, the repository, the issues and the log are made up, seeded. A start is a whole process behind a pseudo-terminal, from its
spawn until the first field can be typed into. Beside it stand floors: Python that does nothing, and Python that imports pydantic, or
pydantic and prompt_toolkit. They take turns, so that a slow minute of the machine meets all of them. An answer is measured in this
process, from the call until the next question is known: evidence looked up in git and in the log, journal written and forced to the
disk. Its floor is to append and force one line.

Goals: 0.4 s to the first question with 10,000 cases and 200 clusters; 50 ms for each answer.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

START_GOAL, ANSWER_GOAL = 0.4, 0.05
AT = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
FLOOR = "python, pydantic"
RCA = Path(sys.executable).with_name("rca")
WORDS = ("gateway", "handshake", "quota", "refused", "token", "stream", "cache", "index", "invoice", "subprotocol", "timeout", "ledger")
WHO = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Dev"), ("EMAIL", "dev@example.org"))}


# -- the data -----------------------------------------------------------------------------------------------------------


def make(folder: Path, cases: int, clusters: int) -> None:
    """A project: a repository of 12 commits, a record in which every case fails, 300 issues, a log of 20 MB."""
    from rca.model import Case, Cluster, Context, Failure, GroupResult, Match, Past, Run, RunRef, Suspect, Totals, Worklog

    shas = _repository(folder)
    chance = random.Random(7)
    rows, groups = [], []
    for number in range(clusters):
        one, two, three = chance.sample(WORDS, 3)
        message = f"{one} of {two} was {three}: request {number} got no answer"
        trace = (
            f"tests/e2e/test_{one}.py:{number + 10}: in test_{two}\n    {one}.call({three!r})\nservice/{two}.py:4: in call\nE   {message}"
        )
        size = cases // clusters + (number < cases % clusters)
        names = [f"e2e::tests.test_{one}_{number}::test_{two}_{place}" for place in range(size)]
        for place, name in enumerate(names):
            suite, classname, test = name.split("::")
            text = trace if place < 2 else ""
            failure = Failure("failure", "AssertionError", f"{message} after {chance.randrange(9_999)} ms", text)
            rows.append(Case(suite, classname, test, "failed", 0.2, failures=[failure], fingerprint=f"v1:{number:016x}", category="E2E"))
        groups.append(
            Cluster(
                id=f"c{number + 1}",
                title=f"AssertionError: {message}",
                fingerprint=f"v1:{number:016x}",
                error_type="AssertionError",
                message=message,
                frames=(f"service/{two}.py:call", f"tests/e2e/test_{one}.py:test_{two}"),
                categories=("E2E",),
                cases=tuple(names),
                example=names[0],
                excerpt=trace,
                runs=("run-1",),
                past=Past(reason="Passed before.", confidence="high", first_bad=RunRef(id="run-1", at=AT, commit=shas[-1])),
                suspects=tuple(Suspect(commit=sha, summary="Change", at=AT, score=0.5) for sha in shas[-3:]),
                matches=(Match(ref=f"#{number + 1}", title=f"{one} fails", score=0.8),),
            )
        )
    totals = Totals(total=cases, failed=cases)
    run = Run(
        id="run-1",
        context=Context(commit=shas[-1], environment="staging"),
        started_at=AT,
        finished_at=AT + dt.timedelta(minutes=10),
        totals=totals,
        categories=(GroupResult(name="E2E", totals=totals),),
        cases=tuple(rows),
    )
    worklog = Worklog(id="2026-11-22-all-tests", title="All tests", opened_at=AT, runs=(run,), clusters=tuple(groups))
    record = folder / "worklogs" / "2026" / f"{worklog.id}.json"
    record.parent.mkdir(parents=True)
    record.write_text(worklog.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / ".rca").mkdir()
    (folder / ".rca" / "current").write_text(worklog.id + "\n")
    (folder / "rca.toml").write_text('time_zone = "UTC"\n')
    issues = [
        {"number": n, "title": f"{chance.choice(WORDS)} {chance.choice(WORDS)} is slow", "body": "It is. " * 60} for n in range(1, 301)
    ]
    (folder / ".rca" / "issues.json").write_text(json.dumps(issues))
    with (folder / "service.log").open("w", encoding="utf-8") as stream:
        for number in range(250_000):
            at = (AT + dt.timedelta(milliseconds=4 * number)).isoformat(timespec="milliseconds")
            stream.write(f"{at} INFO service.{chance.choice(WORDS)} request {number} of {chance.choice(WORDS)} answered\n")


def _repository(folder: Path) -> list[str]:
    env = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull}

    def git(*args: str) -> str:
        argv = ["git", "-C", str(folder), *args]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    for number in range(12):
        for word in WORDS:
            path = folder / "service" / f"{word}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"line {place} of {word}, change {number if place == 4 else 0}\n" for place in range(1, 200)))
        git("add", "service")
        git("commit", "--quiet", "-m", f"Change {number}")
    return git("log", "--reverse", "--format=%H").split()


# -- from the start to the first question -----------------------------------------------------------------------------------

Cost = tuple[float, float]


def first_question(folder: Path, *args: str, until: bytes = b"Clusters") -> Cost:
    """What `rca whys` takes from its spawn until the first field is there to be typed into: seconds, and seconds of the processor."""
    master, slave = os.openpty()
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    begin = time.perf_counter()
    process = subprocess.Popen([str(RCA), "whys", "--new", *args], cwd=folder, env=env, stdin=slave, stdout=slave, stderr=slave)
    seen = b""
    try:
        while until not in seen:
            if not select.select([master], [], [], 20)[0]:
                sys.exit(f"there is no question after 20 s: {seen.decode(errors='replace')[-500:]}")
            seen += os.read(master, 65_536)
        wall = time.perf_counter() - begin
    finally:
        process.kill()
        cpu = _processor(process)
        os.close(master)
        os.close(slave)
    return wall, cpu


def command(folder: Path, *argv: str, given: bytes = b"") -> Cost:
    """What a whole process takes."""
    begin = time.perf_counter()
    process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if process.stdin is not None:
        process.stdin.write(given)
        process.stdin.close()
    cpu = _processor(process)
    if process.returncode:
        sys.exit(f"{' '.join(argv)} ended with {process.returncode}")
    return time.perf_counter() - begin, cpu


def _processor(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; the seconds of the processor that it took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def starts(folder: Path, runs: int) -> None:
    """Print how long each takes, in turns."""

    def python(code: str) -> Callable[[], Cost]:
        return lambda: command(folder, sys.executable, "-c", code)

    _table(
        "from the start to the first question",
        {
            "python, nothing": python("pass"),
            FLOOR: python("import pydantic; pydantic.BaseModel"),
            "python, pydantic and prompt_toolkit": python("import pydantic; pydantic.BaseModel; import prompt_toolkit"),
            "rca --version": lambda: command(folder, str(RCA), "--version"),
            "rca whys --plain, the question": lambda: first_question(folder, "--plain"),
            "rca whys, the question": lambda: first_question(folder, until=b"Which problem"),
            "rca whys, its field": lambda: first_question(folder),
            "rca whys --log service.log, its field": lambda: first_question(folder, "--log", "service.log"),
        },
        runs,
    )


def _table(title: str, measured: dict[str, Callable[[], Cost]], runs: int) -> None:
    costs: dict[str, list[Cost]] = {name: [] for name in measured}
    for number in range(runs + 1):
        for name, call in measured.items():
            cost = call()
            costs[name] += [cost] if number else []
    walls = {name: [wall for wall, _ in some] for name, some in costs.items()}
    print(f"\n{title:42} {'least':>8} {'median':>8} {'processor':>10} {'of pydantic':>12}")
    for name, some in costs.items():
        ratio = f"{median(walls[name]) / median(walls[FLOOR]):11.1f}x" if FLOOR in walls else ""
        missed = f"  over {START_GOAL} s" if name.startswith("rca whys") and median(walls[name]) > START_GOAL else ""
        print(f"{name:42} {_ms(min(walls[name]))} {_ms(median(walls[name]))} {_ms(min(cpu for _, cpu in some))} {ratio}{missed}")


def _ms(seconds: float) -> str:
    return f"{seconds * 1_000:5.0f} ms"


# -- answers ----------------------------------------------------------------------------------------------------------------


def _answers(shas: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """A session from the problem to the end; evidence of every kind."""
    yield "problem", {}
    yield "facts", {"impact": "Nobody gets an answer.", "severity": "high"}
    refs = f"c1\n1\nservice/{WORDS[0]}.py:4@{shas[-1][:12]}"
    yield "why:1", {"answer": "The gateway gives no answer to requests.", "evidence": refs, "next": "why"}
    refs = f"{shas[-1][:12]}\nservice.log:100000"
    yield "why:1.1", {"answer": "The cache of the gateway was emptied by the change.", "evidence": refs, "next": "why"}
    yield (
        "why:1.1.1",
        {"answer": "Who changes the cache sees no test of it.", "evidence": "#1", "next": "within control", "level": "process"},
    )
    yield (
        "why:2",
        {"answer": "No test calls the gateway with an empty cache.", "evidence": "2", "next": "within control", "level": "process"},
    )
    yield (
        "why:3",
        {"answer": "Reviews of the cache have no list of its users.", "evidence": "#2", "next": "within control", "level": "process"},
    )
    for name in ("1.1.1", "1.1", "1", "2", "3"):
        yield f"edge:{name}", {"verdict": "yes"}
    yield "root_cause", {"statement": "The cache of the gateway is emptied by a change that no test covers.", "category": "code"}
    yield "prediction", {"failure_text": ""}
    yield "clusters", {}
    yield (
        "action:1",
        {"text": "Add a test of the empty cache", "owner": "Kim", "due": "2027-01-15", "kind": "detect", "done_when": "it runs"},
    )


def answers(folder: Path, runs: int) -> None:
    """Print what each answer takes, journal included, the worst first. Each session is a process of its own: nothing is warm."""
    times: dict[str, list[float]] = {}
    for number in range(1, runs + 1):
        argv = [sys.executable, __file__, "--session", str(folder), str(number)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        for name, values in json.loads(done.stdout).items():
            times.setdefault(name, []).extend(values)
    print(f"\n{'from an answer to the next question':58} {'median':>8} {'worst':>8}")
    for name, values in sorted(times.items(), key=lambda item: -median(item[1])):
        missed = "" if name.startswith("(") or median(values) <= ANSWER_GOAL else f"  over {_ms(ANSWER_GOAL).strip()}"
        print(f"{name:58} {_ms(median(values))} {_ms(max(values))}{missed}")


def session(folder: Path, number: int) -> None:
    """Go through a whole session as the terminal does, and print the seconds of each answer."""
    from rca.archive.journal import Sessions
    from rca.archive.records import Archive, Faces, read_record
    from rca.gather import Gatherer
    from rca.terminal.whys_session import opened
    from rca.whys import Answer, Material, SetAside, read_event, write_event
    from rca.whys.ahead import prepare

    worklog = read_record(next((folder / "worklogs").glob("2026/*.json")))
    shas = [suspect.commit for suspect in worklog.clusters[0].suspects]
    times: dict[str, list[float]] = {}
    gatherer = Gatherer(folder, Archive(folder, "worklogs", Faces(str, bool, lambda *_: "")), worklog)
    material = Material(worklog, gatherer.beside)
    sessions = Sessions(folder, read_event, write_event)
    with opened(sessions, f"{worklog.id}.{number}", material, lambda: AT, logs=("service.log",)) as found:
        gatherer.use(found.logs, sessions.folder / f"{found.id}.logs")
        ask = found.question
        begin = time.perf_counter()
        prepare(material, material.ground.failing[:1])
        _note(times, "(what is worked out while the first question is read)", begin)
        for key, values in _answers(shas):
            while ask is not None and ask.id != key and ask.optional:
                ask = found.do(Answer({})).question
            if ask is None or ask.id != key:
                sys.exit(f"the session asks {ask.id if ask else 'nothing'} in place of {key}")
            given = {"failure_text": worklog.clusters[0].message} if key == "prediction" else values
            begin = time.perf_counter()
            outcome = found.do(Answer(given, key))
            _note(times, key, begin)
            for finding in outcome.errors:
                outcome = found.do(SetAside(str(finding.rule), "measured", finding.where))
            ask = outcome.question
        begin = time.perf_counter()
        found.look_again()
        _note(times, "(all evidence, looked up again)", begin)
        line = found.journal.path.read_bytes().split(b"\n")[-2] + b"\n"
    times["(floor: a line appended and forced to the disk)"] = [_forced(folder / "floor", line) for _ in range(9)]
    print(json.dumps(times))


def _note(times: dict[str, list[float]], name: str, begin: float) -> None:
    times.setdefault(name, []).append(time.perf_counter() - begin)


def _forced(path: Path, line: bytes) -> float:
    begin = time.perf_counter()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, line)
    os.fsync(handle)
    os.close(handle)
    return time.perf_counter() - begin


# -- programs -----------------------------------------------------------------------------------------------------------------


def programs(folder: Path, runs: int) -> None:
    """Print what a call of a program takes: whole processes."""

    def whys(*args: str, given: bytes = b"") -> Callable[[], Cost]:
        return lambda: command(folder, str(RCA), "whys", *args, "--format", "json", given=given)

    def first() -> Cost:
        for path in (folder / ".rca" / "sessions").glob("*"):
            path.unlink()
        return whys("next", "--log", "service.log")()

    steps = {
        "next: the problem": first,
        "answer to the problem": whys("answer", given=b'{"revision": 0, "values": {}}'),
        "answer to the facts: logs, git, issues": whys("answer", given=b'{"revision": 1, "values": {}}'),
        "next: the first why": whys("next"),
    }
    _table("calls of a program, whole processes", steps, runs)
    _serving(folder, runs)


def _serving(folder: Path, runs: int) -> None:
    """Print what one process takes that gets all answers."""
    names = ("to its first line", "to the reply to an answer", "to the reply to a command")
    lines = [b'{"revision": 0, "values": {}}\n', *[b'{"revision": 1, "command": ":tree"}\n'] * 9]
    costs: dict[str, list[float]] = {}
    for _ in range(runs):
        for path in (folder / ".rca" / "sessions").glob("*"):
            path.unlink()
        begin = time.perf_counter()
        argv = [str(RCA), "whys", "serve", "--format", "json"]
        with subprocess.Popen(argv, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            if process.stdin is None or process.stdout is None:
                sys.exit("there are no pipes")
            process.stdout.readline()
            _note(costs, names[0], begin)
            for number, line in enumerate(lines):
                begin = time.perf_counter()
                process.stdin.write(line)
                process.stdin.flush()
                process.stdout.readline()
                _note(costs, names[min(number, 1) + 1], begin)
            process.stdin.close()
    print(f"\n{'one process that serves':42} {'least':>8} {'median':>8} {'worst':>8}")
    for name, walls in costs.items():
        print(f"{name:42} {_ms(min(walls))} {_ms(median(walls))} {_ms(max(walls))}")


def main() -> None:
    """Make the data, measure, print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--clusters", type=int, default=200)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--only", choices=("start", "answers", "programs"))
    parser.add_argument("--session", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.session:
        session(Path(options.session[0]), int(options.session[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, options.cases, options.clusters)
        size = next((folder / "worklogs").glob("2026/*.json")).stat().st_size
        print(f"{options.cases:,} failing cases, {options.clusters:,} clusters, a record of {size / 1e6:.1f} MB")
        for part, measure in (("start", starts), ("answers", answers), ("programs", programs)):
            if options.only in {None, part}:
                measure(folder, options.runs)


if __name__ == "__main__":
    main()
