from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.text.frames import NO_RULES, FrameRules, frames_of, short_function, short_path
from tests.timing import assert_linear

# A line of a trace, and what is kept of it; the second column is empty where it is no frame.
LINES = [
    # Python
    ('File "/srv/app/shop/till.py", line 12, in open', "shop/till.py:open"),
    ('File "<frozen importlib._bootstrap>", line 241, in _call', "library"),
    ('File "/x/.venv/lib/python3.12/site-packages/httpx/_client.py", line 9, in send', "library"),
    ('File "/app/till.py", line 3, in <module>', "till.py"),
    ('File "/app/till.py", line 3, in Till.open.<locals>.<lambda>', "till.py:open"),
    ("shop/till.py:12: in open", "shop/till.py:open"),
    ("shop/till.py:12: OSError", "shop/till.py"),
    # the JVM
    ("at shop.till.Till.open(Till.java:47)", "till/Till.java:open"),
    ("at app//shop.Till.open(Till.java:47)", "shop/Till.java:open"),
    ("at java.base@17.0.15/java.lang.Thread.sleep(Native Method)", "library"),
    ("at java.base/jdk.internal.reflect.Method.invoke(Method.java:77)", "library"),
    ("at shop.Till$Drawer.open(Till.java:47)", "shop/Till.java:open"),
    ("at shop.Till.lambda$open$3(Till.java:47)", "shop/Till.java:open"),
    ("at shop.Till$$Lambda$14/0x0000000800c03c.run(Unknown Source)", "shop/Till:run"),
    ("at shop.Till$$SpringCGLIB$$0.open(<generated>)", "shop/Till:open"),
    ("at shop.Till$$EnhancerBySpringCGLIB$$1f3a.open(Till.java:1)", "shop/Till.java:open"),
    ("at shop.Till.open(Till.kt:4) ~[shop.jar:1.2]", "shop/Till.kt:open"),
    ("at test.failsTestFive(Unknown Source)", "test:failsTestFive"),
    ("at org.junit.Assert.fail(Assert.java:89)", "library"),
    # JavaScript
    ("at open (/app/src/till.ts:3:9)", "src/till.ts:open"),
    ("at async Till.open (file:///app/src/till.mjs:3:9)", "src/till.mjs:open"),
    ("at new Till (webpack:///./src/till.ts?a1b2:3:4)", "src/till.ts:Till"),
    ("at Object.<anonymous> (/app/src/till.js:3:9)", "src/till.js"),
    ("at /app/src/till.js:3:9", "src/till.js"),
    ("at open (/app/dist/main.3f2a1b9c.js:3:9)", "dist/main.js:open"),
    ("at process.processTicksAndRejections (node:internal/process/task_queues:95:5)", "library"),
    ("at run (/app/node_modules/jest/run.js:1:1)", "library"),
    ("❯ open src/till.ts:3:9", "src/till.ts:open"),
    ("❯ src/till.ts:3:9", "src/till.ts"),
    ("open@http://localhost:3000/src/till.js:3:9", "src/till.js:open"),
    ("at <Jasmine>", ""),
    ("at least one till", ""),
    # Go
    ("till.go:17: till jammed", "till.go"),
    ("/go/src/example.com/a/b/shop/till.go:47 +0x1d", "shop/till.go"),
    ("/usr/local/go/src/testing/testing.go:1446 +0x10b", "library"),
    ("/root/go/pkg/mod/github.com/stretchr/testify@v1.8.0/assert/assertions.go:5", "library"),
    ("Error Trace:\t/app/shop/till.go:31", "shop/till.go"),
    # Rust
    ("thread 'tests::opens' (12) panicked at src/till.rs:2:1", "src/till.rs"),
    ("thread 'tests::opens' panicked at 'jammed', src/till.rs:2:1", "src/till.rs"),
    # C#
    ("at Shop.Till.Open(Int32 count) in /src/Shop/Till.cs:line 12", "Shop/Till.cs:Open"),
    ("at Shop.Till.<Open>d__5.MoveNext() in C:\\src\\Shop\\Till.cs:line 12", "Shop/Till.cs:Open"),
    ("at Shop.Till.<>c__DisplayClass1_0.<Open>b__0(Int32 x) in /src/Shop/Till.cs:line 5", "Shop/Till.cs:Open"),
    ("at Shop.Store`1.Get[T](String key) in /src/Shop/Store.cs:line 5", "Shop/Store.cs:Get"),
    ("at Shop.Till.Open(Int32 count)", "Shop/Till:Open"),
    ("at System.Net.Http.HttpClient.Send(HttpRequestMessage request)", "library"),
    # C and C++
    ("#1 0x55d0c1 in shop::Till::open(std::string const&, int) /src/shop/till.cc:47:9", "shop/till.cc:open"),
    ("#1  0x0000555 in shop::open (count=3) at /src/shop/till.cc:47", "shop/till.cc:open"),
    ("#2 0x55d0c1 in testing::Test::Run() /usr/src/googletest/googletest/src/gtest.cc:2674", "library"),
    ("#3 0x55d0c1 in shop::Till::open(int)", "Till:open"),
    ("/src/shop/till.cc:13: Failure", "shop/till.cc"),
    ("till.cpp(17): error: in till", "till.cpp"),
    ("at till.cpp:12", "till.cpp"),
    # Ruby
    ("./lib/shop/till.rb:12:in `open'", "shop/till.rb:open"),
    ("# ./lib/shop/till.rb:12:in 'Till#open'", "shop/till.rb:open"),
    ("#   ./lib/shop/till.rb:12:in `block (2 levels) in open'", "shop/till.rb:open"),
    ("from /app/lib/till.rb:3:in `<top (required)>'", "lib/till.rb"),
    ("# /usr/local/bundle/gems/rspec-core-3.13.0/lib/rspec/core/example.rb:263:in `instance_exec'", "library"),
    # PHP
    ("#0 /app/src/Till.php(47): Shop\\Till->open('a')", "src/Till.php:open"),
    ("#1 /app/vendor/phpunit/phpunit/src/TestCase.php(9): PHPUnit\\Framework\\TestCase->run()", "library"),
    ("/srv/shop/phpunit/src/Till.php:28", "src/Till.php"),
    ("#2 {main}", ""),
    # others
    ("(shop 0.1.0) lib/shop/till.ex:12: Shop.Till.open/1", "shop/till.ex:open"),
    ("test/till_test.exs:16: (test)", "test/till_test.exs"),
    ("TillTests.swift:21: XCTAssertEqual failed", "TillTests.swift"),
    ("example.com:8080: refused", ""),
    ("https://example.com/a.py: refused", ""),
    ("12:30: late", ""),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_line_of_a_trace(line, expected):
    frame = NO_RULES.frame(line)
    assert ("" if frame is None else frame.name if frame.own else "library") == expected
    assert NO_RULES.frame(line) is frame


GO = """goroutine 19 [running]:
panic({0x4f2a20?, 0x5e1b70?})
\t/usr/local/go/src/runtime/panic.go:770 +0x132
example.com/shop/till.(*Till).Open(0xc000098, 0x1)
\t/go/src/example.com/a/b/till/till.go:47 +0x1d
example.com/shop/till.TestOpen.func1(0xc0000989c0)
\t/go/src/example.com/a/b/till/till_test.go:9 +0x1d
created by testing.(*T).Run in goroutine 1
\t/usr/local/go/src/testing/testing.go:1493 +0x35f"""

RUST = """stack backtrace:
   0: rust_begin_unwind
             at /rustc/9fc6b/library/std/src/panicking.rs:645:5
   3: shop::till::Till::open::{{closure}}
             at ./src/till.rs:47:9
   4: shop::tests::cart::opens::h0123456789abcdef
             at ./src/cart.rs:9:5"""

PYTEST = """    def test_open():
>       till.open(4)

tests/test_till.py:9:
_ _ _ _ _ _ _ _

    async def open(self, count):
>       raise OSError("jammed")
E       OSError: jammed

shop/till.py:12: OSError"""

GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "/app/shop/till.py", line 3, in run
  | ExceptionGroup: two (2 sub-exceptions)"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GO, ["till/till.go:Open", "till/till_test.go:TestOpen"]),
        (RUST, ["src/till.rs:open", "src/cart.rs:tests::opens"]),
        (PYTEST, ["tests/test_till.py:test_open", "shop/till.py:open"]),
        (GROUP, ["shop/till.py:run"]),
    ],
)
def test_frames_on_two_lines(text, expected):
    assert [frame.name for frame in frames_of(text, NO_RULES) if frame.own] == expected


def test_not_all_frames_are_read():
    assert len(list(frames_of("at till.cpp:12\n" * 1_000, NO_RULES))) == 200


@pytest.mark.parametrize(
    ("path", "function", "test"),
    [
        ("tests/test_till.py", "open", True),
        ("shop/conftest.py", "till", True),
        ("shop/TillTest.java", "opens", True),
        ("src/till.test.ts", "", True),
        ("cart/till_test.go", "TestOpen", True),
        ("src/lib.rs", "tests::opens", True),
        ("shop/till.py", "test_open", True),
        ("shop/till.py", "open", False),
        ("shop/contest.py", "attest", False),
        ("shop/Latest.java", "greatest", False),
    ],
)
def test_code_of_tests(path, function, test):
    frame = NO_RULES.frame(f'File "{path}", line 1, in {function}')
    assert frame is not None
    assert frame.test == test


def test_own_rules_come_first():
    rules = FrameRules(app=("*/shop_sdk/*",), library=("shop/helpers/*",))
    sdk, helper = 'File "/x/site-packages/shop_sdk/api.py", line 1, in get', 'File "shop/helpers/wait.py", line 1, in wait'
    assert [rules.frame(line).own for line in (sdk, helper)] == [True, False]
    assert [NO_RULES.frame(line).own for line in (sdk, helper)] == [False, True]


@pytest.mark.parametrize(
    "paths",
    [
        ("/home/runner/work/shop/shop/till.py", "/builds/team/shop/till.py", "/Users/ann/till.py", "/app/till.py", "till.py", "./till.py"),
        ("C:\\a\\shop\\shop\\lib\\till.rb", "/__w/shop/shop/lib/till.rb", "lib/till.rb"),
        ("file:///app/src/till.js", "webpack:///./src/till.js?3f2a", "http://localhost:3000/src/till.js"),
        ("/tmp/build-1/out-12/till.js", "/tmp/build-2/out-77/till.js"),
        ("dist/till-3f2a1b9c.js", "dist/till.js", "dist/till.77aa11bb.js"),
    ],
)
def test_a_path_is_the_same_wherever_it_is_installed(paths):
    assert len({short_path(path) for path in paths}) == 1


def test_caches_are_bounded(monkeypatch):
    monkeypatch.setattr("rca.text.frames._CACHED", 3)
    rules = FrameRules()
    for number in range(20):
        rules.frame(f"at a{number}.cpp:12")
    assert len(rules._cache) <= 3
    assert len(rules._known) <= 3


@given(st.text(max_size=80))
def test_any_line_can_be_read(text):
    for begin in ("", "at ", "#1 ", 'File "', "from ", "❯ ", "(", "thread '", "Error Trace:", "/"):
        list(frames_of(f"{begin}{text}", NO_RULES))
    short_path(text)
    short_function(text)


PIECES = [
    "a.",
    "a/",
    "a.py:",
    "at ",
    "at a(",
    "(",
    ")",
    "<",
    "$$",
    "$",
    "::",
    "a:1:",
    "#1 0x1 ",
    "\\",
    "@a",
    "`",
    "[",
    "block in ",
    "a.b.",
    "1 in ",
]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("begin", ["", "at ", "#1 ", 'File "', "from ", "❯ ", "(", "thread 'a' panicked at '", "/"])
def test_long_lines_take_linear_time(begin, piece):
    assert_linear(lambda size: list(frames_of(begin + (piece * size)[:size], NO_RULES)))
    assert_linear(lambda size: list(frames_of("\n".join([begin + (piece * 2_000)[:1_980] + ":1:1)"] * (size // 2_000)), NO_RULES)))


SEEN = [
    *(line for line, _ in LINES), *(f"    {line}" for line, _ in LINES), "", "  ", "|", "| ", "def open():", ">   till.open()",
    "12: shop::till::open", "shop/till.(*Till).Open(0x1)", "    /app/shop/till.go:12 +0x1", "   at ./src/till.rs:9:5",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(SEEN), max_size=12).map("\n".join), max_size=8))
def test_what_was_read_before_changes_nothing(texts):
    rules = FrameRules()
    assert [frames_of(text, rules) for text in texts] == [frames_of(text, FrameRules()) for text in texts]
