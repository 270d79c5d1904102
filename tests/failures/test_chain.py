from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.failures.chain import _BEHIND, _links
from rca.failures.description import describe
from rca.model import Case, Failure
from tests.timing import assert_linear

PYTHON = """Traceback (most recent call last):
  File "/app/shop/db.py", line 3, in connect
    raise OSError("refused")
OSError: refused

{link}

Traceback (most recent call last):
  File "/app/tests/test_till.py", line 9, in test_open
    till.open()
  File "/app/shop/till.py", line 12, in open
    raise TillError("jammed") from error
shop.TillError: jammed
"""
PYTEST = """    def connect():
>       raise OSError("refused")
E       OSError: refused

shop/db.py:3: OSError

The above exception was the direct cause of the following exception:

    def test_open():
>       till.open()
E       shop.TillError: jammed

tests/test_till.py:9: TillError"""
JAVA = """shop.TillException: jammed
\tat shop.Till.open(Till.java:12)
\tSuppressed: java.io.IOException: not this
\t\tat shop.Till.close(Till.java:99)
Caused by: shop.StoreException: no store
\tat shop.Store.get(Store.java:5)
\t... 3 more
Caused by: java.net.ConnectException: refused
\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)
\tat shop.Db.connect(Db.java:3)
\t... 9 more
"""
NODE = """Error: jammed
    at open (/app/src/till.js:12:9)
    at node:internal/main:1:1 {
  [cause]: TypeError: refused
      at connect (/app/src/db.js:3:9)
}"""
VITEST = """Error: jammed
 ❯ open src/till.ts:12:9
Caused by: TypeError: refused
 ❯ connect src/db.ts:3:9"""
RUST = """thread 'opens' panicked at src/till.rs:12:9:
called `Result::unwrap()` on an `Err` value: jammed

Caused by:
    0: no store
    1: refused
stack backtrace:
   3: shop::db::connect
             at ./src/db.rs:3:9"""
RUST_ONE = "Error: jammed\n\nCaused by:\n    refused (os error 111)\n"
CSHARP = """Shop.TillException: jammed
 ---> Shop.StoreException: no store
 ---> System.Net.Sockets.SocketException (111): refused
   at System.Net.Sockets.Socket.Connect()
   at Shop.Db.Connect(String host) in /src/Shop/Db.cs:line 3
   --- End of inner exception stack trace ---
   at Shop.Store.Get() in /src/Shop/Store.cs:line 5
   --- End of inner exception stack trace ---
   at Shop.Till.Open() in /src/Shop/Till.cs:line 12"""
XUNIT = """Shop.TillException : jammed
---- System.IO.IOException : refused
   at Shop.Till.Open() in /src/Shop/Till.cs:line 12
----- Inner Stack Trace -----
   at Shop.Db.Connect(String host) in /src/Shop/Db.cs:line 3"""
CPP = """C++ exception with description "jammed" thrown in the test body.
  caused by: shop::db_error: refused
    #0 0x55d0c1 in shop::connect(int) /src/shop/db.cc:3:9"""
RUBY = """Failure/Error: till.open

Shop::TillError:
  jammed
# ./lib/shop/till.rb:12:in `open'
# ------------------
# --- Caused by: ---
# IOError:
#   refused
#   ./lib/shop/db.rb:3:in `connect'"""
PHP = """Shop\\TillTest::testOpens
Shop\\TillException: jammed

/app/src/Till.php:12

Caused by
RuntimeException: refused

/app/src/Db.php:3
"""
PHP_NEXT = """PHP Fatal error:  Uncaught RuntimeException: refused in /app/src/Db.php:3
Stack trace:
#0 /app/src/Store.php(5): Db->connect()

Next Shop\\TillException: jammed in /app/src/Till.php:12
Stack trace:
#0 {main}"""

CHAINS = [
    ("direct cause", PYTHON.format(link="The above exception was the direct cause of the following exception:"), "OSError", "refused", "shop/db.py:connect"),
    ("during handling", PYTHON.format(link="During handling of the above exception, another exception occurred:"), "OSError", "refused", "shop/db.py:connect"),
    ("pytest", PYTEST, "OSError", "refused", "shop/db.py:connect"),
    ("java", JAVA, "java.net.ConnectException", "refused", "shop/Db.java:connect"),
    ("node", NODE, "TypeError", "refused", "src/db.js:connect"),
    ("vitest", VITEST, "TypeError", "refused", "src/db.ts:connect"),
    ("rust", RUST, "panic", "refused", "src/db.rs:connect"),
    ("rust, one cause", RUST_ONE, "", "refused (os error 111)", ""),
    ("c#", CSHARP, "System.Net.Sockets.SocketException", "refused", "Shop/Db.cs:Connect"),
    ("xunit", XUNIT, "System.IO.IOException", "refused", "Shop/Db.cs:Connect"),
    ("c++", CPP, "shop::db_error", "refused", "shop/db.cc:connect"),
    ("ruby", RUBY, "IOError", "refused", "shop/db.rb:connect"),
    ("php", PHP, "RuntimeException", "refused", "src/Db.php"),
    ("php, next", PHP_NEXT, "RuntimeException", "refused", "src/Store.php:connect"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "message", "frame"), [row[1:] for row in CHAINS], ids=[row[0] for row in CHAINS])
def test_the_innermost_cause_counts(text, kind, message, frame):
    said = text.split("\n", 1)[0] if text.startswith("thread") else "jammed"
    found = describe(Case("s", "c", "n", "failed", failures=[Failure("failure", "shop.TillError", said, text)]))
    assert (found.type, found.message.split("\n")[0], next(iter(found.frames), "")) == (kind, message, frame)


@pytest.mark.parametrize("text", ["Caused by: ", "no cause here", "The above exception was", "a ---> b", "---- \nNext ", "Cause:\n", ""])
def test_no_chain(text):
    assert describe(Case("s", "c", "n", "failed", failures=[Failure("failure", "TillError", "jammed", text)])).message == "jammed"


links = st.sampled_from(
    [row[1] for row in CHAINS] + ["Caused by: ", " ---> ", "[cause]: ", "\nNext a: ", "Cause:\n", "\n", "    0: ", "# "]
)


@given(st.lists(links, max_size=5).map("".join))
def test_any_chain_can_be_walked(text):
    describe(Case("s", "c", "n", "failed", failures=[Failure("failure", "", "", text)]))


@pytest.mark.parametrize(
    "piece",
    [
        "Caused by: a\n",
        "Caused by:\n",
        " ---> a",
        "---- a\n",
        "  [cause]: ",
        "\nNext a: ",
        "The above exception was the direct cause of the following exception:\n",
        "# ",
        "    0: ",
    ],
)
def test_long_chains_take_linear_time(piece):
    assert_linear(lambda size: describe(Case("s", "c", "n", "failed", failures=[Failure("failure", "", "x", (piece * size)[:size])])))


PIECES = [
    "Caused by: ", "Caused by:", "Caused by", "Cause:", "caused by: ", "[cause]: ", "nested exception: ", "# --- Caused by: ---", "because",
    "pause", "\n", "\n", "\n  ", "\n\t", "  ", "        ", " ", "x", ": boom", "ause",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_links_are_those_of_a_search_through_all_of_the_text(text):
    assert [link.span() for link in _links(text)] == [link.span() for link in _BEHIND.finditer(text)]


def test_links_that_stand_in_great_numbers_take_linear_time():
    for piece in ("ause", "Caused by: ", "\nCaused by: ", "nested exception: "):
        assert_linear(lambda size, piece=piece: _links((piece * size)[:size]))
