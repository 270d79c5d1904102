"""Measure the history: 10 million rows, 1,000 runs of 10,000 cases, and what is asked of them.

    python benchmarks/history.py            build (once, under .bench/history), then measure
    python benchmarks/history.py --again    build anew

The rows are made by DuckDB itself, in the layout and with the footers that `rca` writes, and then compacted by rca. Each question
is the first one of a fresh process: its time is from before the import of DuckDB to the answer, and beside it that of the
whole process. An append is that of a run of 10,000 cases, with and without what the import of DuckDB takes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".bench" / "history"
sys.path.insert(0, str(ROOT))

RUNS = 1_000
CASES = 10_000
FIRST = datetime(2025, 1, 6, 8, 0, tzinfo=UTC)
REPO = "bench/shop"
TIMES = 5

ROWS = """
SELECT
    $run_id::VARCHAR AS run_id, $run_hash::VARCHAR AS run_hash, $seq::BIGINT AS run_seq, $run_ts::TIMESTAMP AS run_ts,
    $repo::VARCHAR AS repo, 'main' AS branch, $commit::VARCHAR AS commit_sha, 'staging' AS environment,
    1::BIGINT AS attempt, 'tests' AS job,
    md5_number_lower(concat_ws(chr(31), $repo, suite, classname, name)) >> 1 AS test_id,
    suite, classname, name, 'Area ' || i % 12 AS category,
    CASE WHEN bad THEN 'failed' WHEN h % 200 = 0 THEN 'skipped' ELSE 'passed' END AS status,
    h % 300 AS duration_ms,
    CASE WHEN bad THEN 'java.lang.AssertionError' END AS error_type,
    CASE WHEN bad THEN 'expected total ' || i || ' of order ' || h || ' but the payment service answered with status 50' || i % 4 END
        AS message,
    CASE WHEN bad THEN 'v1:' || substr(md5((i % 97)::VARCHAR), 1, 16) END AS fingerprint,
    CASE WHEN bad THEN 'v1:' || substr(md5((i % 211)::VARCHAR), 1, 16) END AS cause
FROM (
    SELECT *,
        (i % 100 = 7 AND h % 10 = 0)
        OR (i % 50 = 9 AND $number BETWEEN i % 900 AND i % 900 + 40)
        OR h % 2000 = 1 AS bad
    FROM (
        SELECT i, 'suite-' || i % 40 AS suite, 'shop.module' || i % 40 || '.Class' || i % 400 AS classname,
            'test_case_' || i || '[variant-' || i % 7 || ']' AS name, hash(i * 1000003 + $number) % 1000000007 AS h
        FROM range($cases) r(i)
    )
)
"""

QUESTIONS = {
    "flakiest 20 over 100 runs": "questions.flakiest(store, REPO)",
    "pass rate per category and day": "questions.pass_rates(store, REPO)",
    "first failing run of each failing test": "questions.first_failures(store, REPO)",
    "text search in messages": "questions.find_messages(store, REPO, 'order 123')",
    "look back of a run with 150 failures": "look_back(store, the_run(), HistoryConfig())",
    "overview of the store": "overview.overview(store)",
}

PROGRAM = """
import sys, time, json
sys.path[:0] = [{root!r}, {benchmarks!r}]
from pathlib import Path
from history import REPO, the_run
from rca.config import HistoryConfig
from rca.history import look_back, open_store, overview, questions
store = open_store("store", Path({folder!r}), {{}})
run = the_run()
start = time.perf_counter()
answer = {call}
seconds = time.perf_counter() - start
found = len(answer.cases) if hasattr(answer, "cases") else len(answer)
print(json.dumps([seconds, found]))
"""

APPEND = """
import sys, time, json
sys.path[:0] = [{root!r}, {benchmarks!r}]
from pathlib import Path
from history import intake_of
from rca.history import append, open_store
from datetime import UTC, datetime
intake = intake_of({report!r}, {number})
store = open_store("store", Path({folder!r}), {{}})
start = time.perf_counter()
import duckdb
imported = time.perf_counter()
stored = append(store, intake.run, intake.rows, now=datetime.now(UTC))
done = time.perf_counter()
assert stored.added
print(json.dumps([done - start, done - imported]))
"""


def build() -> None:
    """Make the runs month by month, then let rca compact them."""
    from rca.history import open_store
    from rca.history.engine import RUN_GROUP, connected, literal, parquet
    from rca.history.facts import RunFacts, written
    from rca.history.layout import month_folder, repo_folder, run_file, run_id_of, seq_of

    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    store = open_store("store", FOLDER, {})
    store.prepare()
    start = time.perf_counter()
    with connected() as connection:
        for number in range(RUNS):
            moment = FIRST + timedelta(hours=7 * number)
            ts = int(moment.timestamp() * 1000)
            run_hash = f"run-{number:012x}"
            run_id = run_id_of(ts, 1, run_hash)
            commit = f"{number // 3:040x}"
            facts = RunFacts(
                *(run_id, run_hash, seq_of(run_id), ts, REPO, "main", commit, "staging", 1, "tests"), cases=CASES, failing=CASES // 50
            )
            folder = store.results / repo_folder(REPO) / month_folder(moment)
            folder.mkdir(parents=True, exist_ok=True)
            connection.execute("SET VARIABLE facts = $facts", {"facts": written([facts])})
            path = folder / run_file(run_id, run_hash, by_clock=False)
            values = {"run_id": run_id, "run_hash": run_hash, "seq": facts.seq, "run_ts": moment.replace(tzinfo=None), "repo": REPO}
            connection.execute(
                f"COPY ({ROWS}) TO {literal(path)} ({parquet(RUN_GROUP)})",
                {**values, "commit": commit, "number": number, "cases": CASES},
            )
    print(f"built {RUNS:,} runs in {time.perf_counter() - start:.1f} s, {size(store.results) / 1e6:.0f} MB in files of one run each")
    ask_all("not compacted")
    (seconds, runs, parts), cost = run_program(COMPACT.format(root=str(ROOT), folder=str(FOLDER)))
    print(f"compacted {runs:,} runs into {parts} parts in {seconds:.1f} s, peak {cost['peak'] / 1e6:.0f} MB")


def size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def the_run():  # noqa: ANN201 -- only imported when it is used
    """A run behind all others, of which 150 cases fail."""
    from rca.model import Case, Context, Run

    cases = [
        Case(f"suite-{i % 40}", f"shop.module{i % 40}.Class{i % 400}", f"test_case_{i}[variant-{i % 7}]", "failed", cause=f"v1:{i:016x}")
        for i in range(7, CASES, CASES // 150)
    ]
    context = Context(repo=REPO, branch="main", environment="staging", commit="f" * 40, job="tests")
    return Run(id="run-ffffffffffff", context=context, cases=tuple(cases))


def intake_of(report: str, number: int):  # noqa: ANN201
    """A run as `rca ingest` reads it, at a time of its own."""
    from rca.config import Config
    from rca.intake import take_in
    from rca.model import Context

    path = Path(report)
    at = (FIRST + timedelta(days=500, minutes=number)).isoformat()
    body = "".join(
        f'<testcase classname="shop.module{i % 40}.Class{i % 400}" name="test_case_{i}[variant-{i % 7}]" time="0.0{i % 90 + 10}">'
        + ('<failure type="AssertionError" message="expected 1 but was 2"/>' if i % 100 == 7 else "")
        + "</testcase>"
        for i in range(CASES)
    )
    path.write_text(f'<testsuite name="suite" timestamp="{at}">{body}</testsuite>', encoding="utf-8")
    return take_in([report], Config(), context=Context(repo="bench/appended", branch="main", commit="a" * 40), rows=True)


COMPACT = """
import sys, time, json
sys.path.insert(0, {root!r})
from datetime import UTC, datetime
from pathlib import Path
from rca.history import compact, open_store
start = time.perf_counter()
done = compact.compact(open_store("store", Path({folder!r}), {{}}), now=datetime.now(UTC))
print(json.dumps([time.perf_counter() - start, done.runs, done.parts]))
"""


def run_program(text: str) -> tuple[list[float], dict[str, float]]:
    """Run a program of its own; what it printed, and what the whole process cost."""
    out = FOLDER / "out"
    starter = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "measure.py"), str(out), str(FOLDER / "err")]
    done = subprocess.run([*starter, sys.executable, "-c", text], capture_output=True, text=True, check=True)
    cost = json.loads(done.stdout)
    if cost["code"]:
        sys.exit((FOLDER / "err").read_text())
    return json.loads(out.read_text()), cost


def ask_all(state: str) -> None:
    """Put every question to a fresh process, a few times."""
    print(f"\n{state}: first call in a fresh process, median of {TIMES} (worst)")
    for name, call in QUESTIONS.items():
        program = PROGRAM.format(root=str(ROOT), benchmarks=str(ROOT / "benchmarks"), folder=str(FOLDER), call=call)
        results = [run_program(program) for _ in range(TIMES)]
        seconds = [printed[0] for printed, _ in results]
        whole = statistics.median(cost["wall"] for _, cost in results)
        peak = max(cost["peak"] for _, cost in results)
        print(
            f"  {name:<40} {statistics.median(seconds):6.2f} s ({max(seconds):.2f})   process {whole:5.2f} s"
            f"   peak {peak / 1e6:4.0f} MB   {results[0][0][1]:,} rows"
        )


def append_times() -> None:
    """Append runs of 10,000 cases, each in a fresh process."""
    report = str(FOLDER / "report.xml")
    results = []
    for number in range(TIMES * 2):
        program = APPEND.format(root=str(ROOT), benchmarks=str(ROOT / "benchmarks"), folder=str(FOLDER), report=report, number=number)
        results.append(run_program(program)[0])
    alone, imported = ([1000 * result[index] for result in results] for index in (1, 0))
    print(
        f"\nappend of {CASES:,} cases in a fresh process, median of {len(results)}: {statistics.median(alone):.0f} ms"
        f" (best {min(alone):.0f}, worst {max(alone):.0f}); with the import of duckdb {statistics.median(imported):.0f} ms"
    )
    shutil.rmtree(FOLDER / "store" / "results" / "repo=bench%2Fappended")


def main() -> None:
    """Build what is missing, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--again", action="store_true", help="build anew")
    arguments = parser.parse_args()
    if arguments.again or not (FOLDER / "store").exists():
        build()
    print(f"{RUNS * CASES:,} rows: {size(FOLDER / 'store') / 1e6:.0f} MB on disk")
    ask_all("compacted")
    append_times()


if __name__ == "__main__":
    main()
