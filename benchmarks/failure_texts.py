"""Make failures whose causes are known, in nine languages, as their runners write them: to measure how well they are grouped.

    python failure_texts.py 20          print 20 failures with their labels

Failures of one cause share what a fault in a program shares: the exception, the wording and the place. What differs from
one failure to the next differs here too: ids, times, ports, paths, addresses, the test that met the fault and the way on
which it came there. Much is made to mislead: 30 % of the causes have a message that fits any failure («timed out»), a
quarter come up through a helper that others share, one in four is wrapped in other exceptions, one in ten comes without a
usable frame, and many messages differ from another cause's in a single word.

The same seed gives the same failures on any machine.
"""

# ruff: noqa: E501 -- lines of traces stay as wide as they are
from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rca.model import Case, Failure

CAUSES = 600
GENERIC = 0.30
HELPER = 0.25
CHAINED = 0.25
FRAMELESS = 0.10
IN_TEST = 0.12
TESTS = 12
LANGUAGES = ("python", "java", "javascript", "go", "rust", "csharp", "cpp", "ruby", "php")

AREAS = (
    "billing",
    "cart",
    "catalog",
    "checkout",
    "delivery",
    "gateway",
    "identity",
    "inventory",
    "ledger",
    "mailer",
    "pricing",
    "refund",
    "search",
    "tenant",
)
VERBS = (
    "accept",
    "archive",
    "block",
    "cancel",
    "close",
    "copy",
    "expire",
    "filter",
    "list",
    "lock",
    "merge",
    "open",
    "reject",
    "rename",
    "round",
    "split",
)
NOUNS = (
    "account",
    "address",
    "amount",
    "batch",
    "budget",
    "card",
    "channel",
    "coupon",
    "currency",
    "draft",
    "event",
    "folder",
    "invoice",
    "label",
    "parcel",
    "voucher",
)
HOSTS = ("orders-db", "users-db", "ledger-db", "queue", "cache", "search-index", "mail-relay", "auth-service")
NAMES = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")

# Messages that say what is wrong: two causes with the same of them differ in a word at least. `%…` changes with each failure.
TELLING = (
    ("timeout", "{area} gave no {noun} within %ms ms (request %uuid)"),
    ("lookup", "no {noun} with id %id in {area}"),
    ("value", "invalid {noun} identifier '%hex' for {area}"),
    ("connection", "connection to {host} refused (%ip) while {area} was reading {noun}"),
    ("state", "{noun} of {area} is closed since %time, cannot {verb} it"),
    ("file", "no such file or directory: '%tmp/{area}/{noun}.csv'"),
    ("permission", "user %uuid may not {verb} {noun} in {area}"),
    ("http", "POST /{area}/{noun}s answered {status} after %duration"),
    ("http", "unexpected status {status} from {area}, trace %hex"),
    ("value", "field {noun}_{verb}ed_at is missing in {area} event %id"),
    ("type", "cannot convert {noun} of type {area}.{Noun} to {Verb}Request"),
    ("resource", "{verb} {noun}: deadlock on table {area}_{noun}s, transaction %id"),
    ("value", "{noun} must be one of {area}, {verb}, {host}; got '%word'"),
    ("quota", "{area} quota of %number {noun}s exceeded by %number on pod {area}-%pod"),
    ("parse", "unexpected token at line %number column %number of {area}/{noun}.json"),
    ("state", "{verb} {noun} failed for %mail in {area}"),
    ("value", "{area}: {noun}s %list do not {verb}"),
    ("state", "{verb} of {noun} refused for user %name in {area}"),
)
GENERIC_TEXTS = {
    "python": (("AssertionError", "assert False"), ("TimeoutError", "timed out"), ("AssertionError", "assert %number == %number"), ("KeyError", "%number")),
    "java": (
        ("java.lang.AssertionError", "expected:<%number> but was:<%number>"),
        ("java.lang.NullPointerException", ""),
        ("java.util.concurrent.TimeoutException", "Timeout after %ms ms"),
        ("org.opentest4j.AssertionFailedError", "expected: <true> but was: <false>"),
    ),
    "javascript": (
        ("Error", "expect(received).toBe(expected) // Object.is equality\n\nExpected: %number\nReceived: %number"),
        ("Error", "Timeout of %ms ms exceeded"),
        ("AssertionError", "expected false to be true"),
    ),
    "go": (("", "context deadline exceeded"), ("", "got %number, want %number"), ("panic", "runtime error: invalid memory address or nil pointer dereference")),
    "rust": (("panic", "assertion failed: false"), ("panic", "called `Option::unwrap()` on a `None` value"), ("panic", "deadline has elapsed")),
    "csharp": (
        ("System.NullReferenceException", "Object reference not set to an instance of an object."),
        ("Xunit.Sdk.TrueException", "Assert.True() Failure\nExpected: True\nActual:   False"),
        ("System.TimeoutException", "The operation has timed out."),
    ),
    "cpp": (("", "Value of: ok\n  Actual: false\nExpected: true"), ("std::out_of_range", "vector::_M_range_check: __n (which is %number) >= this->size() (which is %number)")),
    "ruby": (("RSpec::Expectations::ExpectationNotMetError", "expected: true\n     got: false"), ("Timeout::Error", "execution expired"), ("NoMethodError", "undefined method `[]' for nil")),
    "php": (("PHPUnit\\Framework\\ExpectationFailedException", "Failed asserting that false is true."), ("Error", "Call to a member function get() on null")),
}  # fmt: skip
KINDS = {
    "python": ("{Kind}Error", "shop.errors.{Kind}Error"),
    "java": ("com.example.shop.{Kind}Exception", "java.io.{Kind}Exception"),
    "javascript": ("{Kind}Error", "Error"),
    "go": ("",),
    "rust": ("panic",),
    "csharp": ("Shop.{Kind}Exception", "System.{Kind}Exception"),
    "cpp": ("std::runtime_error", "shop::{kind}_error"),
    "ruby": ("Shop::{Kind}Error", "{Kind}Error"),
    "php": ("Shop\\{Kind}Exception", "RuntimeException"),
}
# Frames that many causes share: one that waits, one that compares, one whose name tells nothing.
HELPERS = (("support", "waiting", "wait_until"), ("client", "answers", "assert_answer"), ("client", "session", "perform_step"))


class Place(NamedTuple):
    """A frame: module, type or file, function, line."""

    area: str
    file: str
    function: str
    line: int


@dataclass(slots=True)
class Cause:
    """A fault in a program: what all of its failures share."""

    label: int
    language: str
    kind: str
    message: str
    top: list[Place]
    ways: list[list[Place]]
    tests: list[Place]
    frames: bool
    wrapped: bool


def pick(rng: random.Random, values: Sequence[str]) -> str:
    """Draw one value; only `random()` is used, whose sequence is the same in every Python."""
    return values[int(rng.random() * len(values))]


def between(rng: random.Random, low: int, high: int) -> int:
    """Draw a whole number from low up to, not including, high."""
    return low + int(rng.random() * (high - low))


def volatile(rng: random.Random, text: str) -> str:
    """Put new values in for all that changes from failure to failure."""
    if "%" not in text:
        return text
    bits = f"{int(rng.random() * 2**52):013x}{int(rng.random() * 2**52):013x}{int(rng.random() * 2**52):013x}"
    letters = "bcdfghjklmnpqrstvwxz"
    values = {
        "%uuid": f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:32]}",
        "%hex": bits[:16],
        "%ms": str(between(rng, 1_000, 60_000)),
        "%id": str(between(rng, 10_000, 9_999_999)),
        "%ip": f"10.{between(rng, 0, 256)}.{between(rng, 0, 256)}.7:{between(rng, 30_000, 65_000)}",
        "%time": f"2024-0{between(rng, 1, 10)}-1{between(rng, 0, 10)}T{between(rng, 10, 24)}:{between(rng, 10, 60)}:07.{between(rng, 100, 1000)}Z",
        "%tmp": f"/tmp/run-{between(rng, 100, 9_999)}/{bits[:8]}",  # noqa: S108 -- a text, not a place
        "%duration": f"{between(rng, 1, 60)}.{between(rng, 0, 10)}s",
        "%pod": f"{bits[3:12]}-{''.join(pick(rng, letters) for _ in range(5))}",
        "%number": "",
        "%mail": f"{pick(rng, NAMES)}{between(rng, 1, 999)}@example.com",
        "%name": pick(rng, NAMES),
        "%list": "[" + ", ".join(str(between(rng, 1, 999)) for _ in range(between(rng, 2, 6))) + "]",
        "%word": "".join(pick(rng, letters) for _ in range(8)),
    }
    for name, value in values.items():
        if name != "%number":
            text = text.replace(name, value)
    while "%number" in text:
        text = text.replace("%number", str(between(rng, 2, 9_000)), 1)
    return text


def make_causes(seed: int, count: int = CAUSES) -> list[Cause]:
    """Make the causes of a seed: no two share their wording and their place."""
    rng = random.Random(seed)
    causes: list[Cause] = []
    seen: set[tuple[str, str, str]] = set()
    while len(causes) < count:
        cause = _cause(rng, len(causes), LANGUAGES[len(causes) % len(LANGUAGES)])
        places = "" if not cause.frames and cause.message not in _generic_messages(cause.language) else str(cause.top or cause.tests[0])
        if (cause.kind, cause.message, places) not in seen:
            seen.add((cause.kind, cause.message, places))
            causes.append(cause)
    return causes


def _generic_messages(language: str) -> set[str]:
    return {message for _, message in GENERIC_TEXTS[language]}


def _cause(rng: random.Random, label: int, language: str) -> Cause:
    words = {
        "area": pick(rng, AREAS),
        "verb": pick(rng, VERBS),
        "noun": pick(rng, NOUNS),
        "host": pick(rng, HOSTS),
        "status": pick(rng, ("500", "502", "503", "504", "429", "404")),
    }
    words |= {name.capitalize(): value.capitalize() for name, value in words.items()}
    generic = rng.random() < GENERIC
    if generic:
        kind, message = GENERIC_TEXTS[language][int(rng.random() * len(GENERIC_TEXTS[language]))]
    else:
        sort, template = TELLING[int(rng.random() * len(TELLING))]
        kind = pick(rng, KINDS[language]).format(Kind=sort.capitalize(), kind=sort)
        message = template.format(**words)
    own = Place(words["area"], f"{words['noun']}_store", f"{words['verb']}_{words['noun']}", between(rng, 10, 900))
    top = [own]
    if rng.random() < HELPER:
        top.insert(0, Place(*HELPERS[int(rng.random() * len(HELPERS))], 31))
    frames = rng.random() >= FRAMELESS
    in_test = rng.random() < IN_TEST
    tests = [
        Place(
            words["area"],
            f"test_{words['noun']}_{pick(rng, VERBS)}",
            f"test_{words['verb']}_{pick(rng, NOUNS)}_{number}",
            between(rng, 10, 400),
        )
        for number in range(1 if in_test or (generic and not frames) else TESTS)
    ]
    ways = [
        [Place(words["area"], "service", f"{pick(rng, VERBS)}_{words['noun']}", between(rng, 10, 400))] * between(rng, 0, 2)
        for _ in range(3)
    ]
    if in_test:
        top, ways = top[:-1], [[]]
    return Cause(label, language, kind, message, top, ways, tests, frames, wrapped=rng.random() < CHAINED and not in_test)


def failures(seed: int, count: int, causes: int = CAUSES) -> Iterator[tuple[int, Case]]:
    """Yield failing cases with the label of their cause: every third takes the next cause in turn, the others favour some."""
    made = make_causes(seed, causes)
    rng = random.Random(seed + 1)
    for number in range(count):
        index = number // 3 % len(made) if number % 3 == 0 else int(len(made) * rng.random() ** 3)
        cause = made[index]
        yield cause.label, _case(rng, cause, number)


def _case(rng: random.Random, cause: Cause, number: int) -> Case:
    test = cause.tests[int(rng.random() * len(cause.tests))]
    way = cause.ways[int(rng.random() * len(cause.ways))]
    stack = [*cause.top, *way, test]
    message = volatile(rng, cause.message)
    kind, said, text = WRITERS[cause.language](rng, cause, message, stack)
    failure = Failure("error" if rng.random() < 0.15 else "failure", kind, said, text)
    return Case("suite", f"{test.area}.{test.file}", f"{test.function}[{number}]", "failed", failures=[failure])


# --- how each language writes it: the stack has the frame nearest to the failure first


Written = tuple[str, str, str]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _low(name: str) -> str:
    return name[:1].lower() + name[1:]


def _is_test(place: Place) -> bool:
    return place.file.startswith("test_")


def _python(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    said = f"{cause.kind}: {message}"
    if not cause.frames:
        return cause.kind, said, ""
    root = pick(rng, ("/srv/app", "/home/runner/work/app/app", "/builds/team/app"))
    entries = [
        f'  File "{root}/{_python_path(place)}", line {place.line}, in {place.function}\n    {place.function}(client)\n'
        for place in reversed(stack)
    ]
    library = (
        '  File "/usr/lib/python3.11/site-packages/requests/sessions.py", line 589, in request\n    resp = self.send(prep)\n'
        * between(rng, 1, 8)
    )
    head = "Traceback (most recent call last):\n"
    inner = f"{head}{''.join(entries)}{library if rng.random() < 0.5 else ''}{said}\n"
    if not cause.wrapped:
        return cause.kind, said, inner
    link = pick(
        rng,
        (
            "The above exception was the direct cause of the following exception:",
            "During handling of the above exception, another exception occurred:",
        ),
    )
    outer = f'{head}{entries[0]}  File "{root}/shop/api.py", line 57, in handle\n    raise ServiceError(name)\nshop.errors.ServiceError: request %id failed\n'
    return "shop.errors.ServiceError", "shop.errors.ServiceError: request 17 failed", f"{inner}\n{link}\n\n{volatile(rng, outer)}"


def _python_path(place: Place) -> str:
    return f"tests/{place.area}/{place.file}.py" if _is_test(place) else f"shop/{place.area}/{place.file}.py"


JAVA_LIBRARY = (
    "\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)\n",
    "\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)\n",
    "\tat org.junit.platform.commons.util.ReflectionUtils.invokeMethod(ReflectionUtils.java:728)\n",
    "\tat org.springframework.aop.framework.CglibAopProxy$DynamicAdvisedInterceptor.intercept(CglibAopProxy.java:717)\n",
)


def _java(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    said = f"{cause.kind}: {message}" if message else cause.kind
    lines = [_java_line(rng, place) for place in stack] if cause.frames else []
    library = "".join(JAVA_LIBRARY[int(rng.random() * 4)] for _ in range(between(rng, 4, 20)))
    above = "\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)\n" if "Assert" in cause.kind else ""
    inner = f"{said}\n{above}{''.join(lines)}{library}"
    if not cause.wrapped:
        return cause.kind, message, inner
    outer = f"com.example.shop.ServiceException: request {between(rng, 1, 999)} failed\n{_java_line(rng, Place('api', 'handler', 'handle', 57))}{library}"
    return (
        "com.example.shop.ServiceException",
        "request failed",
        f"{outer}Caused by: {said}\n{above}{''.join(lines)}\t... {between(rng, 3, 60)} more\n",
    )


def _java_line(rng: random.Random, place: Place) -> str:
    owner = _camel(place.file.removeprefix("test_")) + ("Test" if _is_test(place) else "")
    proxy = f"$$SpringCGLIB$${int(rng.random() * 2**31):x}" if rng.random() < 0.1 else ""
    name = f"lambda${_low(_camel(place.function))}${between(rng, 0, 9)}" if rng.random() < 0.1 else _low(_camel(place.function))
    return f"\tat {'app//' if rng.random() < 0.2 else ''}com.example.{place.area}.{owner}{proxy}.{name}({owner}.java:{place.line})\n"


def _javascript(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    root = pick(rng, ("/app", "/home/runner/work/web/web", "/builds/team/web"))
    lines = [
        f"    at {_low(_camel(p.function)) + ' ' if not _is_test(p) else 'Object.<anonymous> '}({root}/{_javascript_path(p)}:{p.line}:{between(rng, 3, 40)})\n"
        for p in stack
    ]
    library = (
        between(rng, 1, 5)
        * f"    at Promise.then.completed ({root}/node_modules/jest-circus/build/utils.js:298:28)\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)\n"
    )
    inner = f"{cause.kind}: {message}\n{''.join(lines) if cause.frames else ''}{library}"
    if not cause.wrapped:
        return cause.kind, message, inner
    outer = f"Error: request {between(rng, 1, 999)} failed\n    at handle ({root}/src/api/handler.ts:57:9)\n{library}"
    return "Error", "request failed", f"{outer}  [cause]: {inner.replace(chr(10) + '    at', chr(10) + '      at')}"


def _javascript_path(place: Place) -> str:
    return f"src/{place.area}/{place.file.removeprefix('test_')}.test.ts" if _is_test(place) else f"src/{place.area}/{place.file}.ts"


def _go(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    test = stack[-1]
    name = _camel(test.function)
    if cause.kind != "panic":
        place = stack[0]
        said = f"    {_go_file(place)}:{place.line}: {message}\n" if cause.frames else f"{message}\n"
        if cause.frames and len(stack) > 1:
            said = (
                f"    {_go_file(test)}:{test.line}: \n        \tError Trace:\t"
                + "\n        \t            \t".join(f"/go/src/example.com/shop/app/{p.area}/{_go_file(p)}:{p.line}" for p in stack)
                + f"\n        \tError:      \tReceived unexpected error:\n        \t            \t{message}\n        \tTest:       \t{name}\n"
            )
        return "", "Failed", f"=== RUN   {name}\n{said}--- FAIL: {name} (0.{between(rng, 10, 99)}s)\n"
    lines = [
        f"example.com/shop/{p.area}.{_camel(p.function)}(0xc000{between(rng, 100, 999)}a0, 0x{between(rng, 1, 99):x})\n\t/go/src/example.com/shop/app/{p.area}/{_go_file(p)}:{p.line} +0x{between(rng, 16, 999):x}\n"
        for p in stack
    ]
    runtime = "testing.tRunner.func1.2({0x4f2a20, 0x5e1b70})\n\t/usr/local/go/src/testing/testing.go:1631 +0x24a\npanic({0x4f2a20?, 0x5e1b70?})\n\t/usr/local/go/src/runtime/panic.go:770 +0x132\n"
    text = f"=== RUN   {name}\npanic: {message}\n\ngoroutine {between(rng, 6, 999)} [running]:\n{runtime}{''.join(lines) if cause.frames else ''}"
    return "", "Failed", text


def _go_file(place: Place) -> str:
    return f"{place.file.removeprefix('test_')}_test.go" if _is_test(place) else f"{place.file}.go"


def _rust(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    name = f"{stack[-1].file}::{stack[-1].function}"
    place = stack[0]
    where = (
        f"crates/{place.area}/src/{place.file}.rs:{place.line}:{between(rng, 5, 40)}"
        if cause.frames
        else "/rustc/9fc6b431/library/core/src/option.rs:1978:5"
    )
    back = [
        f"   {number + 3}: {p.area}::{p.file}::{p.function}{'::{{closure}}' if rng.random() < 0.1 else ''}\n             at ./crates/{p.area}/{'tests' if _is_test(p) else 'src'}/{p.file}.rs:{p.line}:{between(rng, 5, 40)}\n"
        for number, p in enumerate(stack)
    ]
    runtime = "   0: rust_begin_unwind\n             at /rustc/9fc6b431/library/std/src/panicking.rs:645:5\n   1: core::panicking::panic_fmt\n             at /rustc/9fc6b431/library/core/src/panicking.rs:72:14\n"
    head = f"thread '{name}' ({between(rng, 1000, 99999)}) panicked at {where}"
    if cause.wrapped:
        message = f"request {between(rng, 1, 999)} failed\n\nCaused by:\n    0: {cause.label % 3} retries used up\n    1: {message}\n"
    return (
        "test failure with exit code 101",
        head,
        f"{head}:\n{message}\nstack backtrace:\n{runtime}{''.join(back) if cause.frames else ''}note: run with `RUST_BACKTRACE=full`\n",
    )


def _csharp(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    root = pick(rng, ("/src", "/home/runner/work/shop/shop", "/builds/team/shop"))
    lines = "".join(_csharp_line(rng, root, place) for place in stack) if cause.frames else ""
    library = (
        between(rng, 1, 6)
        * "   at System.RuntimeMethodHandle.InvokeMethod(Object target, Void** arguments, Signature sig, Boolean isConstructor)\n   at System.Reflection.MethodBaseInvoker.InvokeWithNoArgs(Object obj, BindingFlags invokeAttr)\n"
    )
    if not cause.wrapped:
        return cause.kind, f"{cause.kind} : {message}", f"{cause.kind} : {message}\n{lines}{library}"
    outer = f"Shop.ServiceException: request {between(rng, 1, 999)} failed\n ---> {cause.kind}: {message}\n"
    return (
        "Shop.ServiceException",
        "request failed",
        f"{outer}{lines}   --- End of inner exception stack trace ---\n   at Shop.Api.Handler.Handle(Request request) in {root}/Api/Handler.cs:line 57\n{library}",
    )


def _csharp_line(rng: random.Random, root: str, place: Place) -> str:
    owner = _camel(place.file.removeprefix("test_")) + ("Tests" if _is_test(place) else "")
    name = (
        f"<{_camel(place.function)}>d__{between(rng, 1, 30)}.MoveNext()"
        if rng.random() < 0.2
        else f"{_camel(place.function)}(String key, Int32 count)"
    )
    return (
        f"   at Shop.{_camel(place.area)}.{owner}.{name} in {root}/{'Tests' if _is_test(place) else 'Shop'}/{owner}.cs:line {place.line}\n"
    )


def _cpp(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    test = stack[-1]
    thrown = f'C++ exception with description "{message}" thrown in the test body.'
    place = f"/build/src/{stack[0].area}/{stack[0].file}.cc:{stack[0].line}" if cause.frames and len(stack) == 1 else "unknown file"
    said = f"{place}\n{message if not cause.kind else thrown}"
    frames = [
        f"    #{number} 0x{between(rng, 2**40, 2**41):x} in shop::{p.area}::{p.function}(std::string const&, int) /build/src/{p.area}/{p.file}.cc:{p.line}:{between(rng, 3, 40)}\n"
        for number, p in enumerate(stack[:-1])
    ]
    frames.append(
        f"    #{len(stack)} 0x{between(rng, 2**40, 2**41):x} in {_camel(test.file)}_{_camel(test.function)}_Test::TestBody() /build/tests/{test.area}/{test.file}.cc:{test.line}\n"
    )
    runtime = between(rng, 3, 12) * "    #20 0x55d0c1a2b3c4 in testing::Test::Run() /usr/src/googletest/googletest/src/gtest.cc:2674\n"
    return "", said, f"{said}\n{''.join(frames) if cause.frames else ''}{runtime}"


def _ruby(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    root = pick(rng, (".", "/home/runner/work/shop/shop", "/app"))
    lines = [
        f"# {root}/{'spec' if _is_test(p) else 'lib'}/{p.area}/{p.file.removeprefix('test_')}{'_spec' if _is_test(p) else ''}.rb:{p.line}:in `{'block (2 levels) in <top (required)>' if _is_test(p) else p.function}'\n"
        for p in stack
    ]
    gems = between(rng, 3, 16) * "# /usr/local/bundle/gems/rspec-core-3.13.0/lib/rspec/core/example.rb:263:in `instance_exec'\n"
    body = f"{cause.kind}:\n  {message}\n{''.join(lines) if cause.frames else ''}{gems}"
    if not cause.wrapped:
        return cause.kind, message, f"Failure/Error: {stack[0].function}(client)\n\n{body}"
    outer = f"Failure/Error: raise Shop::ServiceError\n\nShop::ServiceError:\n  request failed\n# {root}/lib/api/handler.rb:57:in `handle'\n{gems}"
    return (
        "Shop::ServiceError",
        "request failed",
        f"{outer}# ------------------\n# --- Caused by: ---\n# {body.replace(chr(10) + '# ', chr(10) + '  ').replace(chr(10), chr(10) + '# ').removesuffix('# ')}",
    )


def _php(rng: random.Random, cause: Cause, message: str, stack: list[Place]) -> Written:
    root = pick(rng, ("/app", "/home/runner/work/shop/shop", "/var/www/html"))
    lines = [
        f"{root}/{'tests' if _is_test(p) else 'src'}/{_camel(p.area)}/{_camel(p.file.removeprefix('test_')) + ('Test' if _is_test(p) else '')}.php:{p.line}\n"
        for p in stack
    ]
    trace = "".join(lines) if cause.frames else ""
    name = f"Tests\\{_camel(stack[-1].file)}::{stack[-1].function}"
    if not cause.wrapped:
        return cause.kind, f"{cause.kind}: {message}", f"{name}\n{cause.kind}: {message}\n\n{trace}"
    outer = f"Shop\\ServiceException: request {between(rng, 1, 999)} failed\n\n{root}/src/Api/Handler.php:57\n"
    return (
        "Shop\\ServiceException",
        "Shop\\ServiceException: request failed",
        f"{name}\n{outer}\nCaused by\n{cause.kind}: {message}\n\n{trace}",
    )


WRITERS: dict[str, Callable[[random.Random, Cause, str, list[Place]], Written]] = {
    "python": _python,
    "java": _java,
    "javascript": _javascript,
    "go": _go,
    "rust": _rust,
    "csharp": _csharp,
    "cpp": _cpp,
    "ruby": _ruby,
    "php": _php,
}


def main() -> None:
    """Print some failures, to be read."""
    for label, case in failures(1, int(sys.argv[1]) if len(sys.argv) > 1 else 9):
        failure = case.failures[0]
        print(f"=== cause {label} · {case.id}\n{failure.type!r} {failure.message!r}\n{failure.text}\n")


if __name__ == "__main__":
    main()
