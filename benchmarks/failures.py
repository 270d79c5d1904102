"""Measure how well and how fast failures are grouped by their cause.

    python benchmarks/failures.py                    made-up failures (10,000 and 100,000) and the labelled real ones
    python benchmarks/failures.py --counts 10000     only that many
    python benchmarks/failures.py --seeds 5 6        other seeds; the rule was tuned on seed 1 alone

Two failures are a pair when they are put together. Precision: how many of the pairs share their cause. Recall: how many of
those that share it are pairs. Time goes from the texts to the clusters, in one process; peak is the process's resident memory.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from benchmarks.failure_texts import failures  # noqa: E402
from rca.analysis.tally import Rules, Tally  # noqa: E402
from rca.causes.clusters import group, make_clusters  # noqa: E402
from rca.config import Config  # noqa: E402
from rca.workflow import take_in  # noqa: E402

LABELS = ROOT / "tests/data/failures/labels.json"
OWN = ROOT / "tests/data/junit"
CHUNK = 500


class Score(NamedTuple):
    """Pairs that were put together, that belong together, and both."""

    found: int
    true: int
    both: int

    def __add__(self, other: tuple[int, ...]) -> Score:  # type: ignore[override]
        """Add up over several runs."""
        return Score(*(one + another for one, another in zip(self, other, strict=True)))

    @property
    def precision(self) -> float:
        """The share of pairs that belong together."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what belongs together that was found."""
        return self.both / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


def score(marks: Iterable[Hashable], labels: Iterable[Hashable]) -> Score:
    """Count pairs, without ever making them."""
    rows = list(zip(marks, labels, strict=True))
    groups = (Counter(mark for mark, _ in rows), Counter(label for _, label in rows), Counter(rows))
    return Score(*(sum(count * (count - 1) // 2 for count in each.values()) for each in groups))


class Result(NamedTuple):
    """Of one set of made-up failures: the scores by method, seconds, clusters."""

    scores: dict[str, Score]
    seconds: float
    cpu: float
    clusters: int


def cluster_made_up(seed: int, count: int) -> Result:
    """Make failures, a few at a time, and cluster them; only the clustering is timed."""
    rules = Rules(Config())
    tally = Tally(rules)
    labels: list[int] = []
    made = failures(seed, count)
    seconds = cpu = 0.0
    gc.disable()  # as it is while reports are read
    while chunk := list(islice(made, CHUNK)):
        labels += [label for label, _ in chunk]
        start, busy = time.perf_counter(), time.process_time()
        for _, case in chunk:
            tally.case(case, "")
        seconds, cpu = seconds + time.perf_counter() - start, cpu + time.process_time() - busy
    gc.enable()
    start, busy = time.perf_counter(), time.process_time()
    facts = group(tally.failing, tally.descriptions, rules.clusters)
    clusters = make_clusters(tally.failing, [""] * count, "run", facts=facts)
    seconds, cpu = seconds + time.perf_counter() - start, cpu + time.process_time() - busy
    methods: dict[str, Iterable[Hashable]] = {
        "type + message": [(each.type, each.normal) for each in tally.descriptions],
        "top frame": [each.frames[:1] or (each.type, each.normal) for each in tally.descriptions],
        "all frames": [each.frames or (each.type, each.normal) for each in tally.descriptions],
        "rca": [case.fingerprint for case in tally.failing],
    }
    return Result({name: score(marks, labels) for name, marks in methods.items()}, seconds, cpu, len(clusters))


def score_labelled(root: Path, labels: dict[str, dict[str, str]]) -> tuple[Score, int]:
    """Cluster the labelled reports, a run for each folder, and compare with the labels; also how many failures they are."""
    folders: dict[str, list[str]] = {}
    for file in labels:
        folders.setdefault(file.split("/", 1)[0], []).append(file)
    total, size = Score(0, 0, 0), 0
    for files in folders.values():
        wanted = [labels[file].get(case.id) for file in files for case in take_in([str(root / file)], Config()).run.cases]
        cases = take_in([str(root / file) for file in files], Config()).run.cases
        known = [(case.fingerprint, label) for case, label in zip(cases, wanted, strict=True) if label is not None]
        total += score([mark for mark, _ in known], [label for _, label in known])
        size += len(known)
    return total, size


def _worker(seed: int, count: int) -> None:
    result = cluster_made_up(seed, count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({**result._asdict(), "peak": peak}))


def _made_up(seeds: list[int], counts: list[int]) -> None:
    print("| failures | seed | method | P | R | F1 | failures/s | seconds | CPU | clusters | peak MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for count in counts:
        for seed in seeds:
            argv = [sys.executable, __file__, "--worker", str(seed), str(count)]
            found = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
            for method, values in found["scores"].items():
                one = Score(*values)
                speed = (
                    f"{count / found['seconds']:,.0f} | {found['seconds']:.2f} | {found['cpu']:.2f} | {found['clusters']} | {found['peak']}"
                )
                speed = speed if method == "rca" else "| | | |"
                print(f"| {count:,} | {seed} | {method} | {one.precision:.3f} | {one.recall:.3f} | {one.f1:.3f} | {speed} |", flush=True)


def _labelled(others: Path | None) -> None:
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    print("\n| labelled failures | cases | P | R | pairs |\n|---|---|---|---|---|")
    own, size = score_labelled(OWN, labels["own"])
    rows = [("own producers", own, size)]
    if others and others.is_dir():
        theirs, more = score_labelled(others, labels["others"])
        rows += [("other people's", theirs, more), ("together", own + theirs, size + more)]
    for name, one, cases in rows:
        print(f"| {name} | {cases} | {one.precision:.3f} | {one.recall:.3f} | {one.true} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--others", type=Path, help="folder with the reports that the labels call `others`")
    parser.add_argument("--worker", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        _worker(*options.worker)
        return
    _made_up(options.seeds, options.counts)
    _labelled(options.others)


if __name__ == "__main__":
    main()
