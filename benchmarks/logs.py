"""Measure how fast logs are searched, and in how much memory: `find_lines` against the plainest search that Python has.

    python benchmarks/logs.py [--mb 200]

The floor reads a log line by line and keeps those that hold one word, as `grep -n` does. Logs are made up, seeded: one whose
lines lie mostly away from the failures, one that lies within their time, one of JSON lines, one in which every line is an
error, and one without times. Each search is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORDS = [
    "websockets.exceptions.NegotiationError: unsupported subprotocol: jwt-auth in p-33512",
    "e2e.test_websocket_events::test_stream_connects",
]
TEXTS = (
    "/quota -> 200",
    "/token -> 200",
    "stream of p-{} is open",
    "the cache holds {} entries",
    "/events/p-{} -> 401",
    "took {} ms to answer",
)


def _line(number: int, seconds: float, chance: random.Random) -> tuple[str, str, str]:
    level = "ERROR" if number % 997 == 0 else "WARNING" if number % 211 == 0 else "INFO"
    at = (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = chance.choice(TEXTS).format(chance.randrange(10**6))
    if number % 1_009 == 500:
        text = "handshake: offered harbor.events.v1; answered jwt-auth"
    return at, level, text


def _plain(number: int, seconds: float, chance: random.Random) -> str:
    return "{} {} harbor.app.routes [worker-3] {}\n".format(*_line(number, seconds, chance))


def _json(number: int, seconds: float, chance: random.Random) -> str:
    at, level, text = _line(number, seconds, chance)
    return f'{{"time":"{at}","level":"{level.lower()}","logger":"harbor.app.routes","msg":"{text}"}}\n'


def _errors(number: int, seconds: float, chance: random.Random) -> str:
    at, _, text = _line(number, seconds, chance)
    return f"{at} ERROR harbor.app.routes [worker-3] {text}\n"


def _timeless(number: int, seconds: float, chance: random.Random) -> str:
    return "{1} harbor.app.routes [worker-3] {2}\n".format(*_line(number, seconds, chance))


# The line, and the seconds that the whole log covers; the failures take the 60 seconds in its middle.
KINDS: dict[str, tuple[Callable[[int, float, random.Random], str], float]] = {
    "a day, failures in one minute": (_plain, 86_400),
    "all near the failures": (_plain, 600),
    "JSON, all near": (_json, 600),
    "every line an error, all near": (_errors, 600),
    "no times": (_timeless, 600),
}


def make(path: Path, kind: str, size: int) -> None:
    """Write a log of about that many bytes."""
    line, span = KINDS[kind]
    chance = random.Random(7)
    lines = size // len(line(1, 0, random.Random(7)))
    with path.open("w", encoding="utf-8") as stream:
        for number in range(lines):
            stream.write(line(number, span * number / lines, chance))


def _floor(path: str) -> Iterator[int]:
    with open(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            if b"jwt-auth" in line:
                yield number


def measure(what: str, path: str, span: float) -> None:
    """In a process of its own: print the seconds, the peak memory and the lines that were found."""
    from rca.sources.logs import find_lines

    window = (START + timedelta(seconds=span / 2 - 30), START + timedelta(seconds=span / 2 + 30))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    if what == "floor":
        found = [f"{path}:{number}" for number in _floor(path)]
    else:
        result = find_lines([path], around=[window], words=WORDS)
        found = [line.text for line in result.lines]
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hit = what == "floor" or any("jwt-auth" in text for text in found[:3])
    print(json.dumps({"seconds": seconds, "peak": peak / 1024, "more": (peak - before) / 1024, "found": len(found), "first": hit}))


def main() -> None:
    """Make each log, search it both ways, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=200, help="size of each log")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        what, path, span = options.measure
        measure(what, path, float(span))
        return
    print(f"{'log of ' + str(options.mb) + ' MB':32} {'floor':>10} {'rca':>10} {'ratio':>7} {'peak':>8} {'more':>8}  first three tell")
    with tempfile.TemporaryDirectory() as folder:
        for kind, (_, span) in KINDS.items():
            path = Path(folder) / "a.log"
            make(path, kind, options.mb * 1_000_000)
            size = path.stat().st_size / 1e6
            floor, ours = (_run(what, path, span) for what in ("floor", "rca"))
            rates = size / floor["seconds"], size / ours["seconds"]
            print(
                f"{kind:32} {rates[0]:5.0f} MB/s {rates[1]:5.0f} MB/s {rates[0] / rates[1]:6.1f}x",
                f"{ours['peak']:5.0f} MB {ours['more']:5.0f} MB  {'yes' if ours['first'] else 'no'}",
                flush=True,
            )


def _run(what: str, path: Path, span: float) -> dict[str, float]:
    argv = [sys.executable, __file__, "--measure", what, str(path), str(span)]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
