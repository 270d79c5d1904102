"""Measure how well failures find their issues: benchmarks/matching.txt through the functions that rca uses.

    python benchmarks/matching.py [--misses] [--issues N]

Each failure is a cluster of its own. Reported for several thresholds: how many failures that have an issue get it as the
first match (recall), how many of the first matches are right (precision), and how often nothing is said of a failure that
no issue is about (abstention). A second table pads every issue with what trackers add: a template of headings, and the
stack traces and words of other parts of the code. `--issues` also times N issues against 300 clusters.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rca.causes import matching
from rca.model import Cluster, KnownIssue, Match

DATA = Path(__file__).with_suffix(".txt")
THRESHOLDS = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
TEMPLATE = """
### Environment
- OS: Ubuntu 22.04, branch main
- Python 3.11.4, Node 20.3, Java 17
### Steps to reproduce
1. Check out main
2. Run the test suite
3. See the failure
### Expected behavior
All tests pass.
### Additional context
Log attached. Same on my machine. Please have a look, this blocks the release.
"""
_AREAS = ("orders", "cart", "web", "cache", "payment", "search", "users")
_ROLES = ("Service", "Controller", "Filter", "Dao", "Client", "Handler")
_VERBS = ("run", "invoke", "call", "handle", "execute", "get")
_WORDS = (
    *("connection", "timeout", "error", "failed", "server", "request", "response", "null", "value", "test", "expected", "actual"),
    *("assert", "exception", "socket", "url", "client", "staging", "index", "type", "invalid", "token", "file", "module"),
)


@dataclass(frozen=True)
class Labelled:
    """A failure and the number of its issue; 0 when no issue is about it."""

    issue: int
    cluster: Cluster
    held_out: bool = False


def load(path: Path = DATA) -> tuple[list[KnownIssue], list[Labelled]]:
    """The issues and the failures of the labelled set."""
    known, rest = path.read_text(encoding="utf-8").split("\n# none\n")
    unknown, held_out = rest.split("\n# held out\n")
    issues, failures = [], []
    for block in known.split("\n## ")[1:]:
        head, *lines = block.split("\n")
        number, _, labels = head.partition(" ")
        title, *body = [line for line in lines if not line.startswith("! ")]
        names = tuple(labels.split(","))
        issues.append(KnownIssue(int(number), title, "\n".join(body), open="closed" not in names, labels=names))
        failures += [Labelled(int(number), _cluster(line)) for line in lines if line.startswith("! ")]
    failures += [Labelled(0, _cluster(line)) for line in unknown.split("\n") if line.startswith("! ")]
    late = [line.partition("! ") for line in held_out.split("\n") if line[:1].isdigit()]
    failures += [Labelled(int(number), _cluster(text), held_out=True) for number, _, text in late]
    numbered = [replace(f, cluster=f.cluster.model_copy(update={"id": f"c{place}"})) for place, f in enumerate(failures, 1)]
    return issues, numbered


def _cluster(line: str) -> Cluster:
    kind, message, test, frame = line.removeprefix("! ").split(" | ")
    message = message.replace("\\n", "\n")
    return Cluster(
        id="c1",
        title=message[:100],
        fingerprint="v1:0000000000000000",
        error_type="" if kind == "*" else kind,
        message=message,
        frames=(frame,),
        cases=(test,),
    )


def pad(issues: Sequence[KnownIssue], amount: int) -> list[KnownIssue]:
    """The same issues with a template, and with traces and words that have nothing to do with them."""
    chance = random.Random(amount)
    frames = [f"    at com.shop.{a}.{r}.{v}({r}.java:{chance.randint(1, 300)})" for a in _AREAS for r in _ROLES for v in _VERBS]
    frames += [f'  File "shop/{a}/{r.lower()}.py", line {chance.randint(1, 300)}, in {v}' for a in _AREAS for r in _ROLES for v in _VERBS]
    padded = []
    for issue in issues:
        trace, noise = chance.sample(frames, 30 * amount), chance.sample(_WORDS, 8 * amount)
        padded.append(replace(issue, body="\n".join([issue.body, TEMPLATE, *trace, " ".join(noise)])))
    return padded


def first_matches(issues: Sequence[KnownIssue], failures: Sequence[Labelled]) -> list[tuple[Labelled, tuple[Match, ...]]]:
    """What is said of each failure when every candidate may be said."""
    matching.THRESHOLD = 0.0
    found = matching.match_issues([failure.cluster for failure in failures], issues)
    return [(failure, found[failure.cluster.id]) for failure in failures]


def table(found: Sequence[tuple[Labelled, tuple[Match, ...]]], chosen: float) -> list[str]:
    """Rows of the measures for each threshold."""
    having = [entry for entry in found if entry[0].issue]
    without = [entry for entry in found if not entry[0].issue]
    top1 = sum(bool(matches) and matches[0].ref == f"#{failure.issue}" for failure, matches in having)
    rows = [f"{len(having)} failures with an issue, {len(without)} without; top 1 without a threshold: {top1 / len(having):.3f}", ""]
    rows += ["| threshold | recall | precision | abstention | one of the proposed |", "|---|---|---|---|---|"]
    for threshold in sorted({*THRESHOLDS, chosen}):
        said = [(failure, [m.ref for m in matches if m.score >= threshold]) for failure, matches in found]
        right = sum(refs[:1] == [f"#{failure.issue}"] for failure, refs in said)
        among = sum(f"#{failure.issue}" in refs for failure, refs in said)
        spoken = sum(bool(refs) for _, refs in said)
        silent = sum(not refs for failure, refs in said if not failure.issue)
        mark = " (used)" if threshold == chosen else ""
        cells = (right / len(having), right / max(1, spoken), silent / len(without), among / len(having))
        rows.append(f"| {threshold:.2f}{mark} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    return rows


def misses(found: Sequence[tuple[Labelled, tuple[Match, ...]]], chosen: float) -> list[str]:
    """The failures for which something wrong, or nothing, is said."""
    rows = []
    for failure, matches in found:
        best = matches[0] if matches and matches[0].score >= chosen else None
        if (best.ref if best else "#0") != f"#{failure.issue}":
            near = ", ".join(f"{m.ref} {m.score}" for m in matches[:2])
            rows.append(f"#{failure.issue}: {failure.cluster.error_type}: {failure.cluster.message[:80]!r} -> {near}")
    return rows


def timed(issues: Sequence[KnownIssue], failures: Sequence[Labelled], count: int) -> str:
    """Seconds for many issues against 300 clusters."""
    many = [replace(issue, number=number) for number, issue in zip(range(1, count + 1), _around(pad(issues, 2)), strict=False)]
    clusters = [
        failure.cluster.model_copy(update={"id": f"c{number}"}) for number, failure in zip(range(300), _around(failures), strict=False)
    ]
    start = time.perf_counter()
    matching.match_issues(clusters, many)
    size = sum(len(issue.body) for issue in many)
    return f"{count:,} issues ({size / 1e6:.1f} MB) against {len(clusters)} clusters: {time.perf_counter() - start:.2f} s"


def _around(items: Sequence[Any]) -> Iterator[Any]:
    while True:
        yield from items


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure how well failures find their issues.")
    parser.add_argument("--misses", action="store_true", help="list what goes wrong")
    parser.add_argument("--issues", type=int, default=0, help="also time this many issues against 300 clusters")
    options = parser.parse_args()
    chosen = matching.THRESHOLD
    issues, failures = load()
    for amount in (0, 1, 2):
        found = first_matches(pad(issues, amount) if amount else issues, failures)
        for held_out in (False, True):
            part = [entry for entry in found if entry[0].held_out == held_out]
            what = f"padded with {30 * amount} frames and a template" if amount else "as they are"
            print(f"\n{len(issues)} issues {what}, {'failures held out' if held_out else 'failures on which the threshold was chosen'}")
            print("\n".join(table(part, chosen)))
            if options.misses:
                print("\n".join(misses(part, chosen)))
    if options.issues:
        print("\n" + timed(issues, failures, options.issues))


if __name__ == "__main__":
    main()
