"""The frames of a stack trace: whose code they are, and a name that is the same on every machine and in every build.

A frame is called `path:function`, with the last two parts of the path. There is one knowledge of what is a library and what
is a test: excerpts and fingerprints both use it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from rca.text.frame_lines import LINE, NEEDS_ABOVE, Parsed, looks_like_frame, parse, without_arguments

FRAMES = 200
_CACHED = 16_384
# Of lines more are remembered, since their numbers make them many, but no long ones.
_LINES = 32_768
_SHORT = 200


class Frame(NamedTuple):
    """A frame: its short path, its function (possibly empty), whether it is the team's own code, and whether it is a test's.

    name: how it is shown and compared, `path:function`.
    """

    path: str
    function: str
    own: bool
    test: bool
    name: str


_UNREAD = Frame("", "", own=False, test=False, name="")
_LIBRARY_PATH = re.compile(
    r"site-packages|dist-packages|node_modules|node:|bun:|ext:|<frozen |<string>|<anonymous>$|^native$"
    r"|/usr/(?:local/)?(?:lib|share|include)/|(?:^|/)vendor/|/gems/|/rubygems|/rustc/|/\.cargo/|/\.rustup/"
    r"|/library/(?:std|core|alloc|test)/|/pkg/mod/"
    r"|/go/src/(?:runtime|testing|reflect|net|os|io|fmt|sync|context|database|encoding|internal)/|^_testmain\.go"
    r"|lib/(?:python|ruby|node)[\d/.]|/lib/python3|phpunit/phpunit|phpunit\.phar|rspec-core|/_/src/|/g(?:oogle)?test/"
    r"|gtest[\w-]*\.(?:cc|h)$|gmock|catch_amalgamated|/execroot/[^/]+/external/|\.\./sysdeps/|\.\./csu/|(?:^|/)internal/process|webpack/bootstrap"
    r"|__pytest|/_pytest/|/unittest/(?:case|mock|suite)\.py|multiprocessing/pool\.py|pluggy|/jvm/|\$bunfs|/hostedtoolcache/"
    r"|jest-circus"
)
_LIBRARY_BEGINS = (
    # the JVM
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "org.codehaus.groovy.", "org.junit",
    "junit.", "org.testng.", "org.mockito.", "org.assertj.", "org.hamcrest.", "org.opentest4j.", "org.apache.", "org.springframework.",
    "org.hibernate.", "org.gradle.", "worker.org.gradle.", "org.eclipse.", "org.jboss.", "org.scalatest.", "org.spockframework.",
    "org.slf4j.", "org.postgresql.", "org.openqa.selenium.", "io.netty.", "io.grpc.", "io.restassured.", "io.cucumber.", "cucumber.",
    "reactor.", "com.google.", "com.fasterxml.", "com.mysql.", "com.zaxxer.", "com.intellij.", "okhttp3.", "okio.", "retrofit2.",
    "net.bytebuddy.", "net.sf.cglib.", "ch.qos.", "android.", "androidx.", "com.android.", "dalvik.",
    # .NET
    "System.", "Microsoft.", "Xunit.", "NUnit.", "Moq.", "FluentAssertions.", "Shouldly.", "Newtonsoft.", "Castle.", "Npgsql.",
    "Polly.", "lambda_method",
    # Rust
    "std::", "core::", "alloc::", "test::run_test", "test::assert_test", "test::__rust", "tokio::", "futures::", "futures_util::",
    "rust_begin_unwind", "__rust", "backtrace::", "<std::", "<core::", "<alloc::",
    # C and C++
    "testing::", "__libc", "__GI_", "_start", "boost::", "__gnu_cxx::", "__cxa", "__asan", "doctest::", "Catch::", "absl::",
    # Go
    "runtime.", "testing.", "reflect.", "panic(", "created by testing", "github.com/stretchr/", "go.uber.org/", "google.golang.org/",
    "net/http.", "database/sql.", "encoding/json.",
    # PHP and Ruby
    "PHPUnit\\", "Illuminate\\", "Symfony\\", "RSpec::", "Minitest::", "ActiveRecord::", "Rack::",
)  # fmt: skip
# A file of these languages carries the name of its class: their library frames are known by that name.
_NAMED = re.compile(r"[\w$.]+\.[\w$<>]+$")
_TEST = re.compile(
    r"(?:^|[/.\\])(?:tests?|specs?|__tests__|e2e|testing|cypress|features)/|(?:^|/)(?:test_[^/]*|conftest)\.\w+|[_.-](?:test|spec|cy|e2e)s?\.\w+"
    r"|(?:Tests?|Spec|IT|TestCase)\.(?:java|kt|kts|scala|groovy|cs|fs|vb|swift|m|mm|php|cpp|cc|hs)|(?:Tests?|Spec|IT)$"
)
_TEST_FUNCTION = re.compile(r"^(?:test_\w|Test[A-Z_]|tests?::)|::tests?::|(?:^|::)test_\w+$")

_INSTALLED = re.compile(
    r"^(?:[a-z]+(?:\+[a-z]+)?://+(?:[\w.-]*:\d+/|localhost/)?)?(?:/private)?(?:"
    r"(?:[A-Za-z]:)?/(?:home|Users)/runner/work/[^/]+/[^/]+/|/__w/[^/]+/[^/]+/|[A-Za-z]:/a/[^/]+/[^/]+/|/builds/[^/]+/[^/]+/"
    r"|/var/lib/jenkins/workspace/[^/]+/|(?:[A-Za-z]:)?/(?:home|Users)/[^/]+/|/github/workspace/|/usr/src/app/"
    r"|/go/src/[\w.-]+\.\w+/[^/]+/[^/]+/|/(?:root|app|srv|opt|workspace|work|code|repo|build|src|project)/|(?:/tmp|/var/folders)/[^/]+/|/)?"
)
_CHANGING = re.compile(r"[.-](?=[0-9a-f]*\d)[0-9a-f]{6,40}(?=\.)|(?<=[a-z])[_-]?\d{4,}(?=\.)")
_DIGITS = re.compile(r"\d{2,}|(?<=[-_])\d+$")


def frames_of(text: str, rules: FrameRules) -> list[Frame]:
    """The frames in the order in which they stand, at most 200 of them."""
    found: list[Frame] = []
    code = ""
    known = rules.lines.get
    lines = text.split("\n")
    for index, raw in enumerate(lines):
        frame = known(raw, _UNREAD)
        if frame is _UNREAD:
            line = _stripped(raw)
            if line.startswith(_DEFINING):
                code = _defined(line) or code
            if line.startswith(_NOT_ALONE) or ".py:" in line:
                frame = rules.frame(line, _above(lines, index) if raw[0] in " \t" else "", code)
            else:
                frame = rules.line(raw, line)
        if frame is not None:
            found.append(frame)
            if len(found) == FRAMES:
                break
    return found


# The lines that begin a function, or show where in it: pytest prints them above the place.
_DEFINING = ("def ", "async def ", "> ", ">\t")
# What these lines say depends on others, or the other way round.
_NOT_ALONE = (*NEEDS_ABOVE, *_DEFINING)


def _stripped(raw: str) -> str:
    line = raw.strip() if len(raw) <= LINE else raw[:LINE].strip()
    return line.lstrip("| ") if line[:1] == "|" else line  # groups of exceptions stand behind bars


def _above(lines: list[str], index: int) -> str:
    """The line above, past those that are empty."""
    while index:
        index -= 1
        raw = lines[index]
        if raw[:LINE].strip():
            return _stripped(raw)
    return ""


def _defined(line: str) -> str:
    """The function that a line of Python code begins."""
    words = line.lstrip("> \t").removeprefix("async ").split("(", 1)[0].split()
    return words[1] if len(words) == 2 and words[0] == "def" else ""


@dataclass(frozen=True, slots=True)
class FrameRules:
    """A team's own rules on which frames are its own code: globs over the path that a frame names.

    lines: what was read of lines that say the same wherever they stand. Traces of one run repeat most of theirs.
    """

    app: tuple[str, ...] = ()
    library: tuple[str, ...] = ()
    lines: dict[str, Frame | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _cache: dict[str, Frame | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _known: dict[Parsed, Frame] = field(default_factory=dict, init=False, repr=False, compare=False)

    def frame(self, line: str, before: str = "", code: str = "") -> Frame | None:
        """Read one line without white space around it; nothing when it is no frame.

        before: the line above, which holds the function in Go and Rust. code: the function that pytest printed last.
        """
        key = line
        if line.startswith(NEEDS_ABOVE):
            key = f"{before}\n{line}"
        elif code and ".py:" in line:
            key = f"{code}\n{line}"
        frame = self._cache.get(key, _UNREAD)
        if frame is not _UNREAD:
            return frame
        if not looks_like_frame(line):
            return None
        if len(self._cache) >= _CACHED:
            self._cache.clear()
        frame = self._cache[key] = self._read(line, before, code)
        return frame

    def owns(self, path: str) -> bool:
        """Whether a file is the team's own code."""
        return self._judge(path, "").own

    def line(self, raw: str, line: str) -> Frame | None:
        """Read a line, given with its white space and without it, that needs no other ones."""
        frame = self._read(line, "", "") if looks_like_frame(line) else None
        if len(raw) <= _SHORT:
            if len(self.lines) >= _LINES:
                self.lines.clear()
            self.lines[raw] = frame
        return frame

    def _read(self, line: str, before: str, code: str) -> Frame | None:
        parsed = parse(line, before, code)
        return self._judged(parsed) if parsed else None

    def _judged(self, parsed: Parsed) -> Frame:
        frame = self._known.get(parsed)
        if frame is None:
            if len(self._known) >= _CACHED:
                self._known.clear()
            frame = self._known[parsed] = self._judge(*parsed)
        return frame

    def _judge(self, path: str, function: str) -> Frame:
        path = path.replace("\\", "/")
        if any(fnmatchcase(path, glob) for glob in self.app):
            own = True
        elif any(fnmatchcase(path, glob) for glob in self.library):
            own = False
        else:
            own = not (_LIBRARY_PATH.search(path) or function.startswith(_LIBRARY_BEGINS))
        short, name = short_path(path), short_function(function)
        if "/" not in path and _NAMED.match(name):
            short, name = _of_class(path, function)
        elif not short:
            short = name.rpartition("::")[0].rpartition("::")[2] or "?"
        name = _IN_TESTS.sub("tests::", name) if "tests::" in name else _OWNER.sub("", name)
        return Frame(short, name, own, own and is_test(short, name), f"{short}:{name}" if name else short)


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
_JVM_MADE = re.compile(
    r"\$\$(?:Lambda[^.]*|[\w$]*)|\$(?:Proxy|MockitoMock|HibernateProxy|ByteBuddy)\$?\w*|\$\d+(?=\.|$)|\$(?:anonfun|default|suspendImpl)\b"
)
_JVM_LAMBDA = re.compile(r"^(?:lambda|access|anonfun)\$(\w*?)(?:\$\w*)*$|\$(?:lambda|anonfun|default)?\$?\d*$")
# The last name alone: what owns a function is written differently by versions of a language, and is in the path.
_OWNER = re.compile(r"^.*(?:::|->|[.#)])(?=[^\W\d])")
_IN_TESTS = re.compile(r"^(?:.*::)?tests::(?:.*::)?")
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
        name = without_arguments(name)
    name = _TYPES.sub("", name) if "<" in name or "`" in name or "[" in name else name
    return name.removeprefix("async ").removeprefix("new ").strip(" .:'`<>")[:200]


def _of_class(file: str, function: str) -> Parsed:
    """Path and function of a frame that names class and file, as on the JVM: `shop/Cart.java` and `add`."""
    owner, _, method = short_function(function).rpartition(".")
    package, _, name = owner.rpartition(".")
    last = package.rpartition(".")[2]
    stem = file if "." in file and " " not in file else name.split("$", 1)[0]
    return (f"{last}/{stem}" if last else stem), method or owner
