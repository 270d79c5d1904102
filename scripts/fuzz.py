"""Throw mutated reports, configurations, records, issues, histories and Markdown at rca and stop at the first fault.

A fault is an exception other than RcaError, a run that takes too long, a Markdown document that is broken by what
stood in the input, a record that does not survive being written and read back, or decisions that cannot all be undone.
The seed of a fault is printed, so that `--seed N --runs 1` shows it again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rca.analysis.assess import settle
from rca.archive.records import parse_record
from rca.causes.decisions import automatic, decide
from rca.causes.explain import Background
from rca.causes.matching import known_rules
from rca.causes.orders import Order, redo, take, undo
from rca.cli.check_whys import of_page, of_record
from rca.config import Config, HistoryConfig, parse_config
from rca.document.check_record import check_record
from rca.document.check_text import check_text
from rca.document.page import page
from rca.errors import RcaError
from rca.history import Store, append, look_back
from rca.model import Context, Worklog
from rca.sources.issues import parse_issues
from rca.sources.runs import said_beside
from rca.workflow import add_run, context_from, open_worklog, render, report, take_in

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLOW = 10.0
OURS = ("# ", "## ", "### Cluster ", "### Journey ", "### Value", "### Infrastructure · ", "### Shared cause · ")
TOKENS = (
    b"<testcase>", b"</testcase>", b"<testsuite name='x'>", b"</testsuite>", b"<failure>", b"<error/>",
    b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"&amp;", b"&#x1b;", b"&#0;", b"&x;", b"\x00", b"\x1b[31m", b"\xff\xfe", b"\xef\xbb\xbf", b"```", b"</details>", b"<script>", b"| |",
    b"@everyone", b"[x](javascript:alert(1))", b"time='1e999'", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<?xml version='1.0'?>", b"\xe2\x80\xae",
    b'"', b"'", b">", b"<", b"\n", b"{{ 7*7 }}", b"\\", b"::error::", b"9" * 40, b"A" * 3000,
)  # fmt: skip


def main() -> int:
    """Fuzz for a while; 1 when a fault was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--runs", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    corpus = [path.read_bytes() for path in sorted((ROOT / "tests/data/junit").glob("*/*.xml"))]
    targets: tuple[Callable[[random.Random, list[bytes]], None], ...] = (
        fuzz_report,
        fuzz_report,
        fuzz_report,
        fuzz_record,
        fuzz_config,
        fuzz_text,
        fuzz_issues,
        fuzz_about,
        fuzz_decisions,
        fuzz_decided_record,
        fuzz_store,
    )
    end = time.monotonic() + options.seconds
    runs = 0
    for seed in range(options.seed, options.seed + options.runs):
        if time.monotonic() > end:
            break
        chance = random.Random(seed)
        target = chance.choice(targets)
        started = time.monotonic()
        try:
            target(chance, corpus)
        except Exception:  # noqa: BLE001 -- any exception is a fault
            traceback.print_exc()
            print(f"fault in {target.__name__}: seed {seed}", file=sys.stderr)
            return 1
        if time.monotonic() - started > SLOW:
            print(f"{target.__name__} took {time.monotonic() - started:.1f} s: seed {seed}", file=sys.stderr)
            return 1
        runs += 1
    print(f"{runs:,} inputs, no fault (seeds {options.seed} to {options.seed + runs - 1})")
    return 0


def mutate(chance: random.Random, data: bytes) -> bytes:
    """Change a few places: flip, drop, double, insert a token, cut the end."""
    buffer = bytearray(data[: chance.choice((2_000, 20_000, len(data)))])
    for _ in range(chance.randint(1, 12)):
        position = chance.randrange(len(buffer) + 1)
        action = chance.randrange(5)
        if action == 0 and position < len(buffer):
            buffer[position] = chance.randrange(256)
        elif action == 1:
            del buffer[position : position + chance.randrange(40)]
        elif action == 2:
            buffer[position:position] = buffer[position : position + chance.randrange(200)]
        elif action == 3:
            buffer[position:position] = chance.choice(TOKENS) * chance.choice((1, 1, 3))
        elif chance.random() < 0.2:
            del buffer[position:]
    return bytes(buffer)


def fuzz_report(chance: random.Random, corpus: list[bytes]) -> None:
    """A mutated report goes the whole way, and its document holds together."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        path.write_bytes(mutate(chance, chance.choice(corpus)))
        stdin = io.BytesIO(path.read_bytes()) if chance.random() < 0.2 else None
        worklog, _ = report(["-" if stdin else str(path)], Config(), now=NOW, stdin=stdin)
    text = render(worklog)
    problem = next(broken(text), None)
    if problem:
        raise AssertionError(problem)
    again = parse_record(render(worklog, "json"), "record")
    if again != worklog:
        raise AssertionError("the record does not survive being written and read back")
    if "<script" in page(text, worklog.title):
        raise AssertionError("a script element came through")


def broken(text: str) -> Iterator[str]:
    """What shows that something in the input acted in the document."""
    headings = folds = 0
    fence = ""
    for line in text.split("\n"):
        ticks = line[: len(line) - len(line.lstrip("`"))]
        if fence:
            fence = "" if line == fence else fence
        elif len(ticks) >= 3:
            fence = ticks
        elif line.startswith("#"):
            headings += 1
            if not line.startswith(OURS):
                yield f"a heading that is not ours: {line[:80]!r}"
        elif line.startswith("<details>"):
            folds += 1
        elif line == "</details>":
            folds -= 1
        elif "<" in line.replace("\\<", "") and not line.startswith("<!--") and "`" not in line:
            yield f"a bracket outside of code: {line[:80]!r}"
    if fence or folds:
        yield f"a fence or a fold stays open: {fence!r}, {folds}"


def fuzz_record(chance: random.Random, corpus: list[bytes]) -> None:
    """A mutated record is read or refused with a reason."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xml"
        path.write_bytes(chance.choice(corpus))
        worklog, _ = report([str(path)], Config(), now=NOW)
    with contextlib.suppress(RcaError):
        render(parse_record(mutate(chance, render(worklog, "json").encode()), "record"))


def fuzz_config(chance: random.Random, _corpus: list[bytes]) -> None:
    """A mutated configuration is used or refused with a reason."""
    import tomllib

    text = mutate(chance, (ROOT / "examples/staging/rca.toml").read_bytes()).decode("utf-8", "replace")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    try:
        config = parse_config(table, Path("rca.toml"))
    except RcaError:
        return
    worklog, _ = report([str(ROOT / "examples/staging/reports/authentication.xml")], config, now=NOW)
    render(worklog)


def fuzz_text(chance: random.Random, corpus: list[bytes]) -> None:
    """Any text can be checked and made into a page."""
    text = mutate(chance, chance.choice(corpus)).decode("utf-8", "replace")
    check_text(text, "text.md", of_page)
    page(text, "text")


RULE = "rca-rule: message LIKE"
ISSUES = [
    {"number": 7, "title": "connection refused by users-db", "body": f'{RULE} "%refused%"', "labels": [{"name": "P0"}], "state": "open"},
    {"number": 8, "title": "expected 200", "body": f'Error\n<!-- {RULE} "%expected%" -->', "html_url": "https://example.com/8"},
    {
        "number": 9,
        "title": "@everyone",
        "body": "```",
        "state": "closed",
        "closed_at": "2026-01-02T03:04:05Z",
        "author_association": "NONE",
    },
]


def fuzz_issues(chance: random.Random, corpus: list[bytes]) -> None:
    """Mutated issues are matched or refused with a reason, and the document holds together."""
    try:
        issues = parse_issues(mutate(chance, json.dumps(ISSUES).encode()), "issues.json")
        rules, _ = known_rules((), issues)
    except RcaError:
        return
    text = render(worklog_of(corpus, chance, Background(issues=issues, rules=rules)))
    if problem := next(broken(text), None):
        raise AssertionError(problem)


def fuzz_about(chance: random.Random, _corpus: list[bytes]) -> None:
    """A mutated file beside the reports says where they ran, or is refused with a reason."""
    said = {"repo": "shop/api", "branch": "main", "commit": "3f2a91c", "attempt": 2, "url": "https://u:p@ci/1", "started_at": "2026-01-02"}
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(RcaError):
        (Path(folder) / "rca-run.json").write_bytes(mutate(chance, json.dumps(said).encode()))
        context_from({}, **said_beside([folder]))


def worklog_of(corpus: list[bytes], chance: random.Random, background: Background) -> Worklog:
    """A worklog of some reports, each of them a run."""
    worklog = open_worklog("fuzz", Config(), NOW)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(chance.randint(1, 3)):
            path = Path(folder) / f"{number}.xml"
            path.write_bytes(chance.choice(corpus))
            worklog = add_run(worklog, take_in([str(path)], Config()), Config(), background)
    return worklog


def fuzz_decisions(chance: random.Random, corpus: list[bytes]) -> None:
    """Decisions at random on a worklog, with runs in between: the record stays sound, and undoing all gives back the start."""
    start = worklog = worklog_of(corpus, chance, Background())
    for _ in range(chance.randint(1, 12)):
        with contextlib.suppress(RcaError):
            worklog = settle(step(chance, worklog))
        if faults := [finding for finding in check_record(worklog, "record", {}, settle) if finding.severity == "error"]:
            raise AssertionError(faults)
        if settle(decide(automatic(worklog))) != worklog:
            raise AssertionError("decisions give something else when they are applied again")
    if problem := next(broken(render(worklog)), None):
        raise AssertionError(problem)
    while any(not decision.undone for decision in worklog.decisions):
        worklog = settle(undo(worklog)[0])
    if worklog.clusters != start.clusters or worklog.upstreams != start.upstreams:
        raise AssertionError("undoing all decisions does not give back the start")


def step(chance: random.Random, worklog: Worklog) -> Worklog:
    """Take, undo or redo a decision."""
    kind = chance.choice(("note", "accept", "reject", "mute", "unmute", "flaky", "not flaky", "split", "merge", "rule", "undo", "redo"))
    if kind in {"undo", "redo"}:
        return (undo if kind == "undo" else redo)(worklog)[0]
    ids = [cluster.id for cluster in worklog.clusters] or ["c1"]
    cluster = chance.choice(ids)
    cases = next((c.cases for c in worklog.clusters if c.id == cluster), ())
    other = chance.choice(ids) if kind == "merge" else chance.choice(("#7", "#8", "2026-01-02-one", ""))
    glob = chance.choice((*cases[:5], "*", "*1*", "["))
    text = chance.choice(("", "why", 'message LIKE "%a%"', "# head\n</details>", "|" * 50))
    return take(worklog, Order(kind, cluster, other, (glob,), text), at=NOW, author="me")[0]


def fuzz_decided_record(chance: random.Random, corpus: list[bytes]) -> None:
    """A mutated record with decisions is read or refused; what was read can be decided upon and checked."""
    worklog = worklog_of(corpus, chance, Background())
    for _ in range(6):
        with contextlib.suppress(RcaError):
            worklog = step(chance, worklog)
    text = render(worklog, "json")
    place = text.find('"decisions"')
    mutated = text[:place].encode() + mutate(chance, text[place:].encode()) if chance.random() < 0.7 else shuffled(chance, text)
    with contextlib.suppress(RcaError):
        found = parse_record(mutated, "record")
        render(decide(automatic(found)))
        render(found)
        known_rules((), (), found.decisions)
        check_record(found, "record", {}, settle)
        of_record(found, "record", {})


def shuffled(chance: random.Random, text: str) -> bytes:
    """A record whose decisions stand elsewhere, twice, or are about other clusters."""
    document = json.loads(text)
    decisions = document["decisions"] * chance.choice((1, 1, 2))
    chance.shuffle(decisions)
    marks = [cluster["fingerprint"] for cluster in document["clusters"]] or [""]
    for decision in decisions:
        name = chance.choice(("fingerprint", "into", "cluster", "kind", "undone", "text"))
        kinds = ("split", "merge", "accept", "flaky", "rule")
        changes = {
            "cluster": chance.choice(("", "c1", "c9")),
            "kind": chance.choice(kinds),
            "undone": chance.random() < 0.5,
            "text": "x" * 9,
        }
        decision[name] = changes.get(name, chance.choice(marks))
    document["decisions"] = decisions
    return json.dumps(document).encode()


def fuzz_store(chance: random.Random, corpus: list[bytes]) -> None:
    """A store with mutated files is looked at, leaving out what is damaged, or refused with a reason."""
    context = Context(branch="main", commit=chance.choice(("3f2a91c", "9d41c07")))
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(RcaError):
        store = Store(Path(folder) / "store")
        for number in range(chance.randint(1, 3)):
            path = Path(folder) / f"{number}.xml"
            path.write_bytes(chance.choice(corpus))
            intake = take_in([str(path)], Config(), context=context, now=NOW, rows=True)
            if intake.rows is not None:
                append(store, intake.run, intake.rows, now=NOW)
        for path in sorted(store.results.rglob("*.parquet")):
            if chance.random() < 0.7:
                path.write_bytes(damaged(chance, path.read_bytes()))
        look_back(store, intake.run, HistoryConfig())


def damaged(chance: random.Random, data: bytes) -> bytes:
    """A file of the store after an accident, or with a footer that says something else of its runs."""
    if chance.random() < 0.5:
        return mutate(chance, data)
    names = (b'"ts": ', b'"seq": ', b'"repo": ', b'"commit": ', b'"run_id": ', b'"runs": ', b'"inputs": ', b'"schema": ', b'"branch": ')
    name = chance.choice(names)
    start = data.rfind(name) + len(name)
    end = min(place for place in (data.find(b",", start), data.find(b"}", start)) if place > 0) if start >= len(name) else start
    value = chance.choice((b"null", b"[]", b'"x"', b"-1", b"1e9", b"9" * 30, b"true", b"{}"))
    # As long as what was there, so that the places in the footer stay right.
    return data[:start] + value[: end - start].ljust(end - start) + data[end:]


if __name__ == "__main__":
    sys.exit(main())
