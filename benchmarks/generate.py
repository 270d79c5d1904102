"""Write made-up JUnit reports of a given size: the same bytes for the same arguments, on any machine.

    python generate.py big --mb 100 OUT.xml     one report: 200,000 cases, 10,166 of them failing
    python generate.py many DIR                 2,000 reports of 50 KB: 100 cases each, 5 failing

The failures come from 600 causes in three languages. Failures of one cause share their exception, their
wording and their frames; ids, ports, durations, addresses and paths differ every time.
"""

from __future__ import annotations

import argparse
import itertools
import random
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

SEED = 20_240_229
CASES_PER_MB = 2_000
FAILING_PER_MB = 101.66
BYTES_PER_MB = 1_002_000
CAUSES_PER_LANGUAGE = 200
SKIPPED_SHARE = 0.03
ERROR_SHARE = 0.15
CHAINED_EVERY = 4
TRACE_BYTES = (2_100, 3_900)
LOG_BYTES = 1_500
CASES_PER_SUITE = (40, 160)
FILE_BYTES = 50_000
FILE_CASES = 100
FILE_FAILING = 5
LANGUAGES = ("python", "java", "javascript")
XML_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'

AREAS = (
    "billing", "cart", "catalog", "checkout", "consent", "delivery", "export", "gateway", "identity", "inventory",
    "ledger", "mailer", "metering", "pricing", "profile", "refund", "report", "scheduler", "search", "tenant",
)  # fmt: skip
VERBS = (
    "accepts", "adds", "archives", "blocks", "caches", "cancels", "closes", "copies", "drops", "expires", "filters", "keeps",
    "limits", "lists", "locks", "merges", "opens", "orders", "rejects", "removes", "renames", "retries", "rounds", "splits",
)  # fmt: skip
NOUNS = (
    "account", "address", "amount", "batch", "budget", "card", "channel", "column", "coupon", "currency", "customer", "draft",
    "event", "folder", "holiday", "invoice", "item", "label", "message", "order", "parcel", "quota", "region", "voucher",
)  # fmt: skip
PARAMETERS = ("plain", "empty", "huge", "unicode")

PYTHON_KINDS = (
    ("AssertionError", "assert %(n)s == %(m)s: {area} total of {noun} differs"),
    ("KeyError", "'{noun}_{verb}_at'"),
    ("ConnectionRefusedError", "[Errno 111] {area} refused 10.%(byte)s.4.17:%(port)s for {noun}"),
    ("TimeoutError", "{area} gave no {noun} within %(ms)s ms (request %(uuid)s)"),
    ("ValueError", "invalid {noun} identifier '%(hex)s' in {area}"),
    ("FileNotFoundError", "[Errno 2] No such file or directory: '/tmp/pytest-%(n)s/{area}/{noun}.csv'"),
    ("AttributeError", "'NoneType' object has no attribute '{verb}_{noun}'"),
    ("TypeError", "{verb}_{noun}() missing 1 required positional argument: '{area}_id'"),
    ("PermissionError", "user %(uuid)s may not change {noun} in {area}"),
    ("RuntimeError", "{noun} worker 0x%(hex)s of {area} died at %(clock)s"),
)
JAVA_KINDS = (
    ("java.lang.AssertionError", "{area} {noun} expected:<%(n)s> but was:<%(m)s>"),
    ("java.lang.NullPointerException", 'Cannot invoke "{Noun}.get{Verb}()" because "{noun}" is null'),
    ("java.net.ConnectException", "Connection refused: {area}-db/10.%(byte)s.9.3:%(port)s while reading {noun}"),
    ("java.util.concurrent.TimeoutException", "{area} {noun} not ready after %(ms)s ms"),
    ("java.lang.IllegalArgumentException", "unknown {noun} %(uuid)s for {area}"),
    ("java.lang.IllegalStateException", "{noun} of {area} is closed (session %(hex)s)"),
    ("org.opentest4j.AssertionFailedError", "{verb} {noun} ==> expected: <%(n)s> but was: <%(m)s>"),
    ("java.io.UncheckedIOException", "cannot write /tmp/junit%(n)s/{area}/{noun}.bin"),
    ("java.lang.ClassCastException", "class {Area}{Noun} cannot be cast to class {Area}{Verb}"),
    ("java.sql.SQLTransientException", "deadlock on table {area}_{noun} after %(ms)s ms, transaction %(m)s"),
)
JAVASCRIPT_KINDS = (
    ("Error", "expect(received).toBe(expected) // {area} {noun} Expected: %(n)s Received: %(m)s"),
    ("TypeError", "Cannot read properties of undefined (reading '{noun}{Verb}')"),
    ("Error", "connect ECONNREFUSED 127.0.0.1:%(port)s for {area} {noun}"),
    ("TimeoutError", "locator('#{area}-{noun}') not visible within %(ms)s ms"),
    ("RangeError", "{noun} index %(n)s is out of range in {area}"),
    ("ReferenceError", "{verb}{Noun} is not defined"),
    ("SyntaxError", "Unexpected token '<' in {area} {noun} answer at position %(n)s"),
    ("AssertionError", "expected '%(uuid)s' to equal '%(hex)s' in {area} {noun}"),
    ("HttpError", "503 from {area} for {noun} (trace %(uuid)s, %(ms)s ms)"),
    ("Error", "ENOENT: no such file or directory, open '/tmp/jest_%(hex)s/{area}/{noun}.json'"),
)
KINDS = {"python": PYTHON_KINDS, "java": JAVA_KINDS, "javascript": JAVASCRIPT_KINDS}

PYTHON_LIBRARY = (
    ("_pytest/runner.py", "pytest_runtest_call", "item.runtest()"),
    ("_pytest/python.py", "runtest", "self.ihook.pytest_pyfunc_call(pyfuncitem=self)"),
    ("pluggy/_callers.py", "_multicall", "res = hook_impl.function(*args)"),
    ("requests/sessions.py", "request", "resp = self.send(prep, **send_kwargs)"),
    ("urllib3/connectionpool.py", "urlopen", "response = self._make_request(conn, method, url)"),
    ("sqlalchemy/engine/base.py", "_execute_context", "self.dialect.do_execute(cursor, statement, parameters)"),
)
JAVA_LIBRARY = (
    "java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java",
    "java.base/java.lang.reflect.Method.invoke(Method.java",
    "org.junit.platform.commons.util.ReflectionUtils.invokeMethod(ReflectionUtils.java",
    "org.junit.jupiter.engine.execution.InterceptingExecutableInvoker.invoke(InterceptingExecutableInvoker.java",
    "org.springframework.aop.framework.CglibAopProxy$DynamicAdvisedInterceptor.intercept(CglibAopProxy.java",
    "org.apache.maven.surefire.junitplatform.JUnitPlatformProvider.execute(JUnitPlatformProvider.java",
)
JAVASCRIPT_LIBRARY = (
    "Object.asyncJestTest (/app/node_modules/jest-circus/build/legacy-code-todo-rewrite/jestAdapterInit.js",
    "callCircusTest (/app/node_modules/jest-circus/build/run.js",
    "Promise.then.completed (/app/node_modules/jest-circus/build/utils.js",
    "processTicksAndRejections (node:internal/process/task_queues",
    "Socket.emit (node:events",
    "axios.request (/app/node_modules/axios/lib/core/Axios.js",
)
LOG_LINES = (
    "%(clock)s INFO  {area}.{noun} request %(uuid)s answered 200 in %(ms)s ms",
    "%(clock)s DEBUG {area}.{noun} cache hit for key 0x%(hex)s, %(n)s entries",
    "%(clock)s WARN  {area}.{noun} slow query on 10.%(byte)s.4.17:%(port)s, %(ms)s ms & counting",
    "%(clock)s INFO  {area}.{noun} wrote %(n)s rows, %(m)s < limit",
)

ATTRIBUTE_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;"})
TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

T = TypeVar("T")


class Cause(NamedTuple):
    """One root of failures: everything is escaped already, only the volatile slots are open."""

    kind: str
    message: str
    body: str


@dataclass(slots=True)
class Tally:
    """What was written: in a suite, or in all."""

    cases: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def add(self, other: Tally) -> None:
        """Count another tally in."""
        self.cases += other.cases
        self.failures += other.failures
        self.errors += other.errors
        self.skipped += other.skipped
        self.seconds += other.seconds


@dataclass(slots=True)
class Plan:
    """How many cases are still to be written, how many of them fail, and how large it all may get."""

    cases: int
    failing: int
    size: int
    written: int = 0
    done: int = 0
    failed: int = 0

    def fails(self, rng: random.Random) -> bool:
        """Draw whether the next case fails, so that exactly as many fail as planned."""
        failing = rng.random() * (self.cases - self.done) < self.failing - self.failed
        self.done += 1
        self.failed += failing
        return failing

    def behind(self, pending: int) -> int:
        """Tell how many bytes are missing at this point of the report."""
        return self.size * self.done // self.cases - self.written - pending


@dataclass(slots=True)
class Maker:
    """The random source with the causes and what has been drawn from them."""

    rng: random.Random
    causes: dict[str, list[Cause]]
    drawn: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, 0))
    used: set[Cause] = field(default_factory=set)
    suites: int = 0


def pick(rng: random.Random, values: Sequence[T]) -> T:
    """Draw one value; only `random()` is used, as its sequence is the same in every Python."""
    return values[int(rng.random() * len(values))]


def between(rng: random.Random, low: int, high: int) -> int:
    """Draw a whole number from low up to, not including, high."""
    return low + int(rng.random() * (high - low))


def volatile(rng: random.Random) -> dict[str, str]:
    """Make the parts of a message that are different in every run."""
    bits = f"{int(rng.random() * 2**48):012x}{int(rng.random() * 2**48):012x}{int(rng.random() * 2**32):08x}"
    return {
        "uuid": f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}",
        "hex": bits[4:16],
        "port": str(between(rng, 30_000, 65_000)),
        "byte": str(between(rng, 0, 256)),
        "ms": str(between(rng, 1_000, 60_000)),
        "n": str(between(rng, 10, 9_000)),
        "m": str(between(rng, 9_001, 99_000)),
        "clock": f"2024-02-29 {between(rng, 10, 24)}:{between(rng, 10, 60)}:{between(rng, 10, 60)},{between(rng, 100, 1000)}",
    }


def words_of(number: int) -> dict[str, str]:
    """Give the words of a cause: no two numbers of one language share area, verb and noun."""
    area = AREAS[number // 10 % len(AREAS)]
    verb = VERBS[number * 5 % len(VERBS)]
    noun = NOUNS[(number * 7 + number // 24) % len(NOUNS)]
    return {
        "area": area,
        "verb": verb,
        "noun": noun,
        "Area": area.capitalize(),
        "Verb": verb.capitalize(),
        "Noun": noun.capitalize(),
    }


def python_trace(rng: random.Random, kind: str, message: str, words: dict[str, str]) -> str:
    """Write a Python traceback: library frames outside, the application's innermost."""
    own = [
        ("/srv/app/tests/{area}/test_{noun}.py", "test_{verb}_{noun}", "result = {verb}_{noun}(client)"),
        ("/srv/app/shop/{area}/service.py", "{verb}_{noun}", "return self.store.{verb}(payload)"),
        ("/srv/app/shop/{area}/{noun}_store.py", "{verb}", "raise_for_{noun}(answer)"),
    ]
    frames = [tuple(part.format(**words) for part in frame) for frame in own]
    inner = [f'  File "{path}", line {between(rng, 10, 900)}, in {name}\n    {code}\n' for path, name, code in frames]
    tail = "".join(inner) + f"{kind}: {message}"
    head, size = "Traceback (most recent call last):\n", between(rng, *TRACE_BYTES)
    library = itertools.cycle(PYTHON_LIBRARY)
    while len(head) + len(tail) < size:
        path, name, code = next(library)
        head += f'  File "/venv/lib/python3.11/site-packages/{path}", line {between(rng, 10, 900)}, in {name}\n    {code}\n'
    return head + tail


def java_trace(rng: random.Random, kind: str, message: str, words: dict[str, str]) -> str:
    """Write a Java stack trace, one in four with a cause below it."""
    package = "com.example.{area}.{Area}".format(**words)
    noun, verb, line = words["Noun"], words["verb"], between(rng, 10, 900)
    own = (
        f"\tat {package}{noun}Store.{verb}({words['Area']}{noun}Store.java:{line})\n"
        f"\tat {package}Service.{verb}{noun}({words['Area']}Service.java:{line + 41})\n"
    )
    trace, size = f"{kind}: {message}\n{own}", between(rng, *TRACE_BYTES)
    if line % CHAINED_EVERY == 0:
        wrapper = f"com.example.ServiceException: {words['area']} failed\n\tat {package}Api.handle({words['Area']}Api.java:57)\n"
        trace = f"{wrapper}Caused by: {trace}"
    library = itertools.cycle(JAVA_LIBRARY)
    while len(trace) < size:
        trace += f"\tat {next(library)}:{between(rng, 10, 900)})\n"
    return trace


def javascript_trace(rng: random.Random, kind: str, message: str, words: dict[str, str]) -> str:
    """Write a JavaScript stack: file, line and column in brackets."""
    own = ("{verb}{Noun} (/app/src/{area}/{noun}.js", "{area}Client.send (/app/src/{area}/client.js")
    trace, size = f"{kind}: {message}\n", between(rng, *TRACE_BYTES)
    library = itertools.cycle(JAVASCRIPT_LIBRARY)
    for frame in itertools.chain((part.format(**words) for part in own), library):
        trace += f"    at {frame}:{between(rng, 10, 900)}:{between(rng, 3, 60)})\n"
        if len(trace) >= size:
            break
    return trace


TRACES = {"python": python_trace, "java": java_trace, "javascript": javascript_trace}


def make_cause(rng: random.Random, language: str, number: int) -> Cause:
    """Make one cause; Java's trace goes into CDATA as Surefire does it, the others are escaped."""
    words = words_of(number)
    kind, template = KINDS[language][number % len(KINDS[language])]
    message = template.format(**words)
    trace = TRACES[language](rng, kind, message, words)
    body = f"<![CDATA[{trace}]]>" if language == "java" else trace.translate(TEXT_ESCAPES)
    said = f"{kind}: {message}" if language == "python" else message
    return Cause(kind, said.translate(ATTRIBUTE_ESCAPES), body)


def make_maker() -> Maker:
    """Start from the seed: the random source and all causes."""
    rng = random.Random(SEED)
    numbers = range(CAUSES_PER_LANGUAGE)
    return Maker(rng, {name: [make_cause(rng, name, number) for number in numbers] for name in LANGUAGES})


def next_cause(maker: Maker, language: str) -> Cause:
    """Draw a cause: every third failure takes the next in turn, the others favour the first ones strongly."""
    causes, count = maker.causes[language], maker.drawn[language]
    maker.drawn[language] += 1
    index = count // 3 % len(causes) if count % 3 == 0 else int(len(causes) * maker.rng.random() ** 3)
    cause = causes[index]
    maker.used.add(cause)
    return cause


def case_names(language: str, suite: int, number: int) -> tuple[str, str]:
    """Name a case: its class and its name, never the same twice in all the data."""
    group, parameter = divmod(number, len(PARAMETERS))
    step = (group * 7 + suite * 13) % (len(VERBS) * len(NOUNS))
    verb, noun = VERBS[step // len(NOUNS)], NOUNS[step % len(NOUNS)]
    home = suite_name(language, suite)
    if language == "python":
        return f"{home}.{noun.capitalize()}Checks", f"test_{verb}_{noun}[{PARAMETERS[parameter]}-{parameter}]"
    if language == "java":
        return home, f"{verb}{noun.capitalize()}(String)[{parameter + 1}]"
    return f"{home} {noun}", f"{home} &gt; {verb} the {noun} when {PARAMETERS[parameter]}"


def suite_name(language: str, suite: int) -> str:
    """Name a suite in the manner of its language."""
    area = AREAS[suite % len(AREAS)]
    if language == "python":
        return f"tests.{area}.test_flow_{suite:05}"
    if language == "java":
        return f"com.example.{area}.{area.capitalize()}Flow{suite:05}Test"
    return f"{area} flow {suite:05}"


def failing_body(maker: Maker, language: str, tally: Tally) -> str:
    """Write the failure or error of a case."""
    cause = next_cause(maker, language)
    values = volatile(maker.rng)
    tag = "error" if maker.rng.random() < ERROR_SHARE else "failure"
    if tag == "error":
        tally.errors += 1
    else:
        tally.failures += 1
    return f'<{tag} message="{cause.message % values}" type="{cause.kind}">{cause.body % values}</{tag}>'


def skipped_body(language: str) -> str:
    """Write a skip in the manner of the language's usual producer."""
    if language == "python":
        text = "/srv/app/tests/conftest.py:41: needs the staging network"
        return f'<skipped type="pytest.skip" message="needs the staging network">{text}</skipped>'
    return '<skipped message="switched off on this platform"/>' if language == "java" else "<skipped/>"


def log_body(rng: random.Random, size: int) -> str:
    """Write what a passing case printed, about as many bytes as asked for."""
    lines: list[str] = []
    length = 0
    while length < size:
        values = volatile(rng)
        area, noun = pick(rng, AREAS), pick(rng, NOUNS)
        line = (pick(rng, LOG_LINES).format(area=area, noun=noun) % values).translate(TEXT_ESCAPES)
        lines.append(line)
        length += len(line) + 1
    return "<system-out>" + "\n".join(lines) + "</system-out>"


def case_body(maker: Maker, plan: Plan, language: str, tally: Tally, pending: int) -> str:
    """Decide what one case holds: a failure, a skip, some output or nothing."""
    if plan.fails(maker.rng):
        return failing_body(maker, language, tally)
    if maker.rng.random() < SKIPPED_SHARE:
        tally.skipped += 1
        return skipped_body(language)
    missing = plan.behind(pending)
    if missing > LOG_BYTES or (missing > 0 and plan.done == plan.cases):
        return log_body(maker.rng, min(missing, 2 * LOG_BYTES))
    return ""


def suite_lines(maker: Maker, plan: Plan, language: str, count: int, tally: Tally) -> Iterator[str]:
    """Write the cases of a suite, one line of elements each."""
    pending = 0
    for number in range(count):
        owner, name = case_names(language, maker.suites, number)
        seconds = between(maker.rng, 1, 900) / 1000
        tally.cases += 1
        tally.seconds += seconds
        body = case_body(maker, plan, language, tally, pending)
        head = f'<testcase classname="{owner}" name="{name}" time="{seconds:.3f}"'
        line = f"{head}>{body}</testcase>\n" if body else f"{head}/>\n"
        pending += len(line)
        yield line


def write_suite(out: IO[str], maker: Maker, plan: Plan, language: str, count: int) -> Tally:
    """Write one suite with totals that are right, and return them."""
    tally = Tally()
    body = "".join(suite_lines(maker, plan, language, count, tally))
    name = suite_name(language, maker.suites)
    totals = f'tests="{tally.cases}" failures="{tally.failures}" errors="{tally.errors}" skipped="{tally.skipped}"'
    times = f'time="{tally.seconds:.3f}" timestamp="2024-02-29T10:{maker.suites % 60:02}:00+00:00"'
    text = f'<testsuite name="{name}" {totals} {times} hostname="worker-{maker.suites % 8}">\n{body}</testsuite>\n'
    maker.suites += 1
    plan.written += len(text)
    out.write(text)
    return tally


def write_big(out: IO[str], maker: Maker, megabytes: int) -> Tally:
    """Write one report of many suites, holding one suite at a time."""
    plan = Plan(megabytes * CASES_PER_MB, round(megabytes * FAILING_PER_MB), megabytes * BYTES_PER_MB)
    total = Tally()
    head, foot = XML_HEAD + '<testsuites name="nightly">\n', "</testsuites>\n"
    out.write(head)
    plan.written = len(head) + len(foot)
    while plan.done < plan.cases:
        count = min(between(maker.rng, *CASES_PER_SUITE), plan.cases - plan.done)
        total.add(write_suite(out, maker, plan, pick(maker.rng, LANGUAGES), count))
    out.write(foot)
    return total


def write_one_of_many(out: IO[str], maker: Maker) -> Tally:
    """Write a small report of one suite: Java's has no outer element, as Surefire writes it."""
    plan = Plan(FILE_CASES, FILE_FAILING, FILE_BYTES)
    language = LANGUAGES[maker.suites % len(LANGUAGES)]
    head, foot = (XML_HEAD, "") if language == "java" else (XML_HEAD + "<testsuites>\n", "</testsuites>\n")
    plan.written = len(head) + len(foot) + 200
    out.write(head)
    tally = write_suite(out, maker, plan, language, FILE_CASES)
    out.write(foot)
    return tally


def make_big(target: Path, megabytes: int) -> None:
    """Make one report; the file appears under its name only when it is whole."""
    maker = make_maker()
    part = target.with_name(target.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as out:
        total = write_big(out, maker, megabytes)
    part.replace(target)
    say(total, maker, target.stat().st_size)


def make_many(target: Path, files: int) -> None:
    """Make a folder of reports; the folder appears under its name only when it is whole."""
    maker, total, size = make_maker(), Tally(), 0
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for number in range(files):
        path = part / f"report-{number:04}.xml"
        with path.open("w", encoding="utf-8", newline="\n") as out:
            total.add(write_one_of_many(out, maker))
        size += path.stat().st_size
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)
    say(total, maker, size)


def say(total: Tally, maker: Maker, size: int) -> None:
    """Print what was made."""
    failing = total.failures + total.errors
    facts = f"{size:,} bytes, {total.cases:,} cases, {failing:,} failing ({total.errors:,} of them errors)"
    print(f"{facts}, {total.skipped:,} skipped, {maker.suites:,} suites, {len(maker.used):,} causes", file=sys.stderr)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Write made-up JUnit reports of a given size.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    big = kinds.add_parser("big", help="one report")
    big.add_argument("--mb", type=int, default=100, help="size in MB (default 100)")
    big.add_argument("target", type=Path, metavar="OUT.xml")
    many = kinds.add_parser("many", help="a folder of small reports")
    many.add_argument("--files", type=int, default=2_000, help="how many (default 2000)")
    many.add_argument("target", type=Path, metavar="DIR")
    return parser.parse_args()


def main() -> None:
    """Make what the command line asks for."""
    arguments = parse_arguments()
    if arguments.kind == "big":
        make_big(arguments.target, arguments.mb)
    else:
        make_many(arguments.target, arguments.files)


if __name__ == "__main__":
    main()
