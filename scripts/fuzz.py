"""Throw mutated reports, configurations, records and Markdown at rca and stop at the first fault.

A fault is an exception other than RcaError, a run that takes too long, a Markdown document that is broken by what
stood in the input, or a record that does not survive being written and read back. The seed of a fault is printed, so
that `--seed N --runs 1` shows it again.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rca.archive.records import parse_record
from rca.config import Config, parse_config
from rca.document.check_text import check_text
from rca.document.page import page
from rca.errors import RcaError
from rca.workflow import render, report

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLOW = 10.0
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
            if not line.startswith(("# ", "## ", "### Cluster ", "### Journey ", "### Value")):
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
    check_text(text, "text.md")
    page(text, "text")


if __name__ == "__main__":
    sys.exit(main())
