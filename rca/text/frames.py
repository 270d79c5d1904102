"""Read the frames of a stack trace, in the notations of many languages, and tell whose code they are.

Line by line on cheap marks: a line is looked at further only when it begins like a frame or names a place. What a frame
says is kept short and without what changes between machines and builds: `path:function`, the last two parts of the path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

LINE = 2_000
FRAMES = 200
_CACHED = 16_384

Parsed = tuple[str, str]  # path as it stands there, function


class Frame(NamedTuple):
    """A frame: its short path, its function (possibly empty), whether it is the team's own code, and whether it is a test's."""

    path: str
    function: str
    own: bool
    test: bool

    @property
    def name(self) -> str:
        """How it is shown and compared: `path:function`."""
        return f"{self.path}:{self.function}" if self.function else self.path


_LIBRARY_PATH = re.compile(
    r"site-packages|dist-packages|node_modules|node:|bun:|ext:|<frozen |<string>|<anonymous>$|^native$|/usr/(?:local/)?(?:lib|share|include)/"
    r"|(?:^|/)vendor/|/gems/|/rubygems|/rustc/|/\.cargo/|/\.rustup/|/library/(?:std|core|alloc|test)/|/pkg/mod/|/go/src/(?:runtime|testing|reflect"
    r"|net|os|io|fmt|sync|context|database|encoding|internal)/|^_testmain\.go|lib/(?:python|ruby|node)[\d/.]|/lib/python3|phpunit/phpunit|phpunit\.phar|rspec-core"
    r"|/_/src/|/g(?:oogle)?test/|gtest[\w-]*\.(?:cc|h)$|gmock|catch_amalgamated|/external/|\.\./sysdeps/|\.\./csu/|(?:^|/)internal/process|webpack/bootstrap"
    r"|__pytest|/_pytest/|/unittest/(?:case|mock|suite)\.py|multiprocessing/pool\.py|pluggy|/jvm/|\$bunfs|/hostedtoolcache/|jest-circus"
)
_LIBRARY_BEGINS = (
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "org.codehaus.groovy.", "org.junit", "junit.",
    "org.testng.", "org.mockito.", "org.assertj.", "org.hamcrest.", "org.opentest4j.", "org.apache.", "org.springframework.", "org.hibernate.",
    "org.gradle.", "worker.org.gradle.", "org.eclipse.", "org.jboss.", "org.scalatest.", "org.spockframework.", "org.slf4j.", "org.postgresql.",
    "org.openqa.selenium.", "io.netty.", "io.grpc.", "io.restassured.", "io.cucumber.", "cucumber.", "reactor.", "com.google.", "com.fasterxml.",
    "com.mysql.", "com.zaxxer.", "com.intellij.", "okhttp3.", "okio.", "retrofit2.", "net.bytebuddy.", "net.sf.cglib.", "ch.qos.", "android.",
    "androidx.", "com.android.", "dalvik.",
    "System.", "Microsoft.", "Xunit.", "NUnit.", "Moq.", "FluentAssertions.", "Shouldly.", "Newtonsoft.", "Castle.", "Npgsql.", "Polly.",
    "lambda_method",
    "std::", "core::", "alloc::", "test::", "tokio::", "futures", "rust_begin_unwind", "__rust", "backtrace::", "<std::", "<core::", "<alloc::",
    "testing::", "__libc", "__GI_", "_start", "boost::", "__gnu_cxx::", "__cxa", "__asan", "doctest::", "Catch::", "absl::", "raise", "abort",
    "runtime.", "testing.", "reflect.", "panic(", "created by testing", "github.com/stretchr/", "go.uber.org/", "google.golang.org/", "net/http.",
    "database/sql.", "encoding/json.", "PHPUnit\\", "Illuminate\\", "Symfony\\", "RSpec::", "Minitest::", "ActiveRecord::", "Rack::",
)  # fmt: skip
# A file of these languages carries the name of its class: their library frames are known by that name.
_NAMED = re.compile(r"[\w$.]+\.[\w$<>]+$")
_TEST = re.compile(
    r"(?:^|[/.\\])(?:tests?|specs?|__tests__|e2e|testing|cypress|features)/|(?:^|/)(?:test_[^/]*|conftest)\.\w+|[_.-](?:test|spec|cy|e2e)s?\.\w+"
    r"|(?:Tests?|Spec|IT|TestCase)\.(?:java|kt|kts|scala|groovy|cs|fs|vb|swift|m|mm|php|cpp|cc|hs)|(?:Tests?|Spec|IT)$"
)
_TEST_FUNCTION = re.compile(r"^(?:test_\w|Test[A-Z_]|tests?::)|::tests?::|(?:^|::)test_\w+$")

_INSTALLED = re.compile(
    r"^(?:[a-z]+(?:\+[a-z]+)?://+(?:[\w.-]*:\d+/|localhost/)?)?(?:/private)?(?:(?:[A-Za-z]:)?/(?:home|Users)/runner/work/[^/]+/[^/]+/|/__w/[^/]+/[^/]+/"
    r"|[A-Za-z]:/a/[^/]+/[^/]+/|/builds/[^/]+/[^/]+/|/var/lib/jenkins/workspace/[^/]+/|(?:[A-Za-z]:)?/(?:home|Users)/[^/]+/|/github/workspace/"
    r"|/usr/src/app/|/go/src/[\w.-]+\.\w+/[^/]+/[^/]+/|/(?:root|app|srv|opt|workspace|work|code|repo|build|src|project)/|(?:/tmp|/var/folders)/[^/]+/|/)?"
)
_CHANGING = re.compile(r"[.-](?=[0-9a-f]*\d)[0-9a-f]{6,40}(?=\.)|(?<=[a-z])[_-]?\d{4,}(?=\.)")
_DIGITS = re.compile(r"\d{2,}|(?<=[-_])\d+$")
_SUFFIXES = (
    "pyx?|[cm]?[jt]sx?|vue|svelte|go|rs|rb|php|java|kts?|scala|groovy|cs|fs|vb|cc?|cpp|cxx|hh?|hpp|mm?|swift|exs?|erl|dart|lua|p[lm]|t|jl|hs|sh|bats"
    "|feature|robot|clj|sql"
)
_PLACE = re.compile(rf"(?:\w{{1,20}}: )?([\w./\\~@+$-]{{1,300}}\.(?:{_SUFFIXES}))(?::|\()(\d+)(?:[:),\]]|$)")


def frames_of(text: str, rules: FrameRules) -> Iterator[Frame]:
    """Yield the frames in the order in which they stand, at most 200 of them."""
    found = 0
    before = code = ""
    for raw in text.split("\n"):
        line = raw.strip() if len(raw) <= LINE else raw[:LINE].strip()
        if not line:
            continue
        if line[0] == "|":  # groups of exceptions stand behind bars
            line = line.lstrip("| ")
        if line.startswith(("def ", "async def ", "> ", ">\t")):
            code = _defined(line) or code
        frame = rules.frame(line, before if raw[:1] in " \t" else "", code)
        before = line
        if frame is not None:
            yield frame
            found += 1
            if found == FRAMES:
                return


def _defined(line: str) -> str:
    """The function that a line of Python code begins: pytest prints it above the place."""
    words = line.lstrip("> \t").removeprefix("async ").split("(", 1)[0].split()
    return words[1] if len(words) == 2 and words[0] == "def" else ""


@dataclass(frozen=True, slots=True)
class FrameRules:
    """A team's own rules on which frames are its own code: globs over the path that a frame names."""

    app: tuple[str, ...] = ()
    library: tuple[str, ...] = ()
    _cache: dict[tuple[str, str, str], Frame | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def frame(self, line: str, before: str = "", code: str = "") -> Frame | None:
        """Read one line without white space around it; nothing when it is no frame.

        before: the line above, which holds the function in Go and Rust. code: the function that pytest printed last.
        """
        if not _looks_like_frame(line):
            return None
        key = (line, before if line.startswith(_NEEDS_ABOVE) else "", code if ".py:" in line else "")
        try:
            return self._cache[key]
        except KeyError:
            pass
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        parsed = _parse(*key)
        frame = self._cache[key] = self._judged(*parsed) if parsed else None
        return frame

    def _judged(self, path: str, function: str) -> Frame:
        path = path.replace("\\", "/")
        if any(fnmatchcase(path, glob) for glob in self.app):
            own = True
        elif any(fnmatchcase(path, glob) for glob in self.library):
            own = False
        else:
            own = not (_LIBRARY_PATH.search(path) or function.startswith(_LIBRARY_BEGINS))
        short, name = short_path(path), short_function(function)
        if "/" not in path and _NAMED.match(function):
            short, name = _of_class(path, function)
        return Frame(short, name, own, own and is_test(short, name))


NO_RULES = FrameRules()


def is_test(path: str, function: str) -> bool:
    """Whether a place is in the code of a test."""
    return bool(_TEST.search(path) or (function and _TEST_FUNCTION.search(function)))


@lru_cache(maxsize=_CACHED)
def short_path(path: str) -> str:
    """The last two parts of a path, without where it is installed and without what a build puts into names."""
    path = path.replace("\\", "/").split("?", 1)[0]
    path = _INSTALLED.sub("", path, count=1)
    parts = [part for part in path.split("/") if part not in {"", ".", ".."}][-2:]
    if not parts:
        return ""
    parts[-1] = _CHANGING.sub("", parts[-1])
    if len(parts) == 2:
        parts[0] = _DIGITS.sub("N", parts[0])
    return "/".join(parts)


_AFTER_NAME = re.compile(r"\+?\(0x.*|\+0x[0-9a-f]+$|::h[0-9a-f]{16}$| \[as .*\]$| \[.*\]$| \((?:clone|\.).*$")
_PYTHON_LAMBDA = re.compile(r"<(?:locals|lambda|genexpr|listcomp|dictcomp|setcomp|module)>")
_BLOCKS = re.compile(r"^(?:(?:rescue|ensure|block|loop)(?: \(\d+ levels?\))? in )+|<top \(required\)>|<main>")
_CLOSURE = re.compile(r"::\{\{?closure\}?\}(?:::\{\{?closure\}?\})*|\.func\d+(?:\.\d+)*|\{closure[^}]*\}|/<$|\.\.\.$")
_CS_MADE = re.compile(r"<(\w+)>[bdg]__[\w|]+(?:\.MoveNext)?|<>c(?:__DisplayClass\w+)?\.")
_JVM_MADE = re.compile(r"\$\$.*$|\$(?:Proxy|MockitoMock|HibernateProxy|ByteBuddy)\$?\w*|\$\d+(?=\.|$)|\$(?:anonfun|default|suspendImpl)\b")
_JVM_LAMBDA = re.compile(r"^(?:lambda|access|anonfun)\$(\w*?)(?:\$\w*)*$|\$(?:lambda|anonfun|default)?\$?\d*$")
_ARGUMENTS = re.compile(r"\([^()]*\)")
_TYPES = re.compile(r"<[^<>]*>|`\d+|\[[\w, .`]*\]")


@lru_cache(maxsize=_CACHED)
def short_function(name: str) -> str:
    """A function without its arguments and without what compilers make of closures, lambdas and proxies."""
    name = _AFTER_NAME.sub("", name.strip())
    if name.endswith("<anonymous>"):
        return ""
    if "<" in name or "`" in name or "[" in name:
        name = _CS_MADE.sub(lambda match: match[1] or "", name)
        name = _BLOCKS.sub("", _PYTHON_LAMBDA.sub("", name))
    elif " in " in name:
        name = _BLOCKS.sub("", name)
    name = _CLOSURE.sub("", name)
    if "$" in name:
        name = _JVM_MADE.sub("", name)
        head, dot, last = name.rpartition(".")
        name = head + dot + _JVM_LAMBDA.sub(lambda match: match[1] or "", last)
    if name.endswith(")"):
        name = _without_arguments(name)
    name = _TYPES.sub("", name) if "<" in name or "`" in name or "[" in name else name
    return name.removeprefix("async ").removeprefix("new ").strip(" .:'`<>")[:200]


def _without_arguments(name: str) -> str:
    """Cut the last pair of brackets with what stands behind: arguments of C++, C# and Go; Go's receiver stays."""
    depth = 0
    for index in range(len(name) - 1, -1, -1):
        depth += (name[index] == ")") - (name[index] == "(")
        if not depth:
            return name[:index]
    return name


def _of_class(file: str, function: str) -> Parsed:
    """Path and function of a frame that names class and file, as on the JVM: `shop/Cart.java` and `add`."""
    owner, _, method = short_function(function).rpartition(".")
    package, _, name = owner.rpartition(".")
    last = package.rpartition(".")[2]
    stem = file if "." in file and " " not in file else name.split("$", 1)[0]
    return (f"{last}/{stem}" if last else stem), method or owner


# --- reading one line


_NEEDS_ABOVE = ("/", "at ./", "at /")
_BEGINS = ("at ", 'File "', "#", "in ", "from ", "❯ ", "./", "/", "../", "@ 0x", "thread '")


def _looks_like_frame(line: str) -> bool:
    """A cheap look: nearly all lines of a trace that are no frames end here."""
    return line.startswith(_BEGINS) or ((":" in line or "(" in line) and _names_a_place(line))


def _names_a_place(line: str) -> bool:
    head = line[:320]
    return (
        ("." in head and _PLACE.match(head) is not None)
        or ("@" in head and _FIREFOX.match(line) is not None)
        or "Error Trace:" in head[:14]
    )


_FIREFOX = re.compile(r"^[\w$.<>/*-]{0,100}@[^\s@]{1,300}:\d+:\d+$")
_PYTHON = re.compile(r'File "([^"]+)", line \d+(?:, in (.+))?')
_PYTEST = re.compile(r"([^\s:]+\.py):\d+: (?:in (.+)|[\w.]*$)")
_RUBY = re.compile(r"(?:# |from )?([^\s:]+):\d+:in (.+)$")
_RUBY_PLACE = re.compile(r"# ([^\s:]+\.\w+):\d+$")
_PHP = re.compile(r"#\d+ ([^\s()]+\.\w+)\(\d+\)(?:: (.+))?")
_NATIVE = re.compile(r"#\d+\s+(?:0x[0-9a-f]+ )?(?:in )?(.+?)(?: at)? ([^\s()]*[/.][^\s():]*\.\w+):\d+(?::\d+)?$")
_NATIVE_BARE = re.compile(r"#\d+\s+0x[0-9a-f]+ (?:in )?([^(]+)")
_GO = re.compile(r"([^\s:]+\.go):\d+")
_RUST_BACK = re.compile(r"^\d+:\s+(?:0x[0-9a-f]+ - )?(.+)$")
_NUMBERED = re.compile(r":\d+(?::\d+)?$")
_PANIC = re.compile(r"panicked at (?:'.{0,1000}', )?([^\s:]+\.rs):\d+")
_ELIXIR = re.compile(r"(?:\([\w. ]+\) )?([\w./-]+\.exs?):\d+: (.+)$")


def _parse(line: str, before: str, code: str) -> Parsed | None:
    """Path and function of a frame, by how the line begins."""
    for begin, read in _READERS:
        if line.startswith(begin):
            return read(line, before)
    if ".py:" in line and (match := _PYTEST.match(line)):
        return match[1], (match[2] or code)
    if ":in " in line and (match := _RUBY.match(line)):
        return match[1], match[2].strip("`'")
    if ".go:" in line and (match := _GO.match(line)):
        return match[1], _go_function(before) if line[:1] == "/" else ""
    if ".ex" in line and (match := _ELIXIR.match(line)):
        return match[1], "" if match[2].startswith("(") else match[2]
    if "@" in line and (match := _FIREFOX.match(line)):
        function, _, place = line.partition("@")
        return _NUMBERED.sub("", place), function
    match = _PLACE.match(line)
    return (match[1], "") if match else None


def _go_function(before: str) -> str:
    """The function above a place in a dump of goroutines: `shop/cart.(*Cart).Add(0xc000, 0x1)`."""
    before = before.removeprefix("created by ").split(" in goroutine", 1)[0]
    if " " in before.split("(", 1)[0] or "." not in before:
        return ""
    return _without_arguments(before).rpartition("/")[2] if before.endswith(")") else before.rpartition("/")[2]


def _at(line: str, before: str) -> Parsed | None:
    """`at …` of Java, C#, JavaScript, Rust and Catch2."""
    body = line[3:]
    if body.startswith(("./", "/")) and (match := _RUST_BACK.match(before)):
        return _NUMBERED.sub("", body), match[1]
    if ":line " in body and ") in " in body:
        function, _, place = body.partition(") in ")
        return place.partition(":line ")[0], function + ")"
    if body.endswith(")"):
        function, _, place = body[:-1].rpartition("(")
        if function.endswith(" ") or not function:
            return _at_javascript(function.strip(), place)
        if "(" not in function and " " not in function and ("." in place.split(":")[0] or place in {"Native Method", "Unknown Source", ""}):
            qualified = function.rpartition("/")[2]
            return (place.rsplit(":", 1)[0] if place.rpartition(":")[2].isdigit() else place), qualified
        return "", body  # C# without the place
    if "(" in body and "[" in body and body.endswith("]"):
        return _at(f"at {body[: body.rindex('[')].strip()}", before)
    return _at_javascript("", body)


def _at_javascript(function: str, place: str) -> Parsed | None:
    place = place.removeprefix("async ")
    path = _NUMBERED.sub("", place)
    if function.startswith("Object."):  # Jest names the method that was called, not the function that calls it
        function = ""
    if path == place and not place.startswith(("node:", "native", "<anonymous>")):
        return None
    if not function and " " in path:
        return None
    if "eval at " in path:
        path = path.rpartition("(")[2]
    return path, function.removeprefix("async ")


def _python(line: str, _: str) -> Parsed | None:
    match = _PYTHON.match(line)
    return (match[1], match[2] or "") if match else None


def _hash(line: str, before: str) -> Parsed | None:
    """`# …` of Ruby, `#0 …` of PHP and of C++."""
    if match := _RUBY.match(line):
        return match[1], match[2].strip("`'")
    if match := _PHP.match(line):
        return match[1], _php_function(match[2] or "")
    if match := _NATIVE.match(line):
        return match[2], match[1]
    if match := _NATIVE_BARE.match(line):
        return "", match[1].strip()
    match = _RUBY_PLACE.match(line)
    return (match[1], "") if match else None


def _php_function(call: str) -> str:
    return call.partition("(")[0].replace("->", "::").rpartition("\\")[2] if not call.startswith(_LIBRARY_BEGINS) else call


def _from(line: str, _: str) -> Parsed | None:
    match = _RUBY.match(line)
    return (match[1], match[2].strip("`'")) if match else None


def _vitest(line: str, _: str) -> Parsed | None:
    function, _space, place = line[2:].strip().rpartition(" ")
    path = _NUMBERED.sub("", place)
    return (path, function) if path != place else None


def _thread(line: str, _: str) -> Parsed | None:
    match = _PANIC.search(line)
    return (match[1], "") if match else None


def _trace(line: str, _: str) -> Parsed | None:
    match = _GO.match(line[12:].strip())
    return (match[1], "") if match else None


_READERS: tuple[tuple[str, Callable[[str, str], Parsed | None]], ...] = (
    ("at ", _at),
    ('File "', _python),
    ("#", _hash),
    ("from ", _from),
    ("❯ ", _vitest),
    ("thread '", _thread),
    ("Error Trace:", _trace),
)
