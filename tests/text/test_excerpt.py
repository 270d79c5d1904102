from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.text.excerpt import LINE, FrameRules, excerpt
from tests.timing import assert_linear

PYTHON = """Traceback (most recent call last):
  File "/srv/app/tests/test_pay.py", line 12, in test_pay
    pay(order)
    ~~~^^^^^^^
  File "/usr/lib/python3.11/site-packages/http/client.py", line 3, in request
    send(body)
  File "/usr/lib/python3.11/site-packages/http/wire.py", line 9, in send
    raise ConnectionError("refused")
ConnectionError: refused"""

JAVA = "\n".join(
    ["java.lang.IllegalStateException: jammed", "\tat shop.Till.open(Till.java:3)"]
    + [f"\tat org.junit.runners.Runner.run{number}(Runner.java:{number})" for number in range(20)]
    + ["Caused by: java.io.IOException: no paper", "\tat shop.Printer.print(Printer.java:7)", "\t... 20 more"]
)

NODE = """Error: refused
    at pay (/srv/shop/pay.js:3:9)
    at Object.<anonymous> (/srv/shop/node_modules/jest/run.js:1:1)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at check (/srv/shop/check.js:8:2)"""


def test_frames_of_libraries_are_counted():
    assert excerpt(PYTHON, 10) == PYTHON.replace("    ~~~^^^^^^^\n", "").replace(
        '  File "/usr/lib/python3.11/site-packages/http/client.py", line 3, in request\n    send(body)\n'
        '  File "/usr/lib/python3.11/site-packages/http/wire.py", line 9, in send\n    raise ConnectionError("refused")\n',
        "    … 2 library frames …\n",
    )
    assert excerpt(JAVA, 24).split("\n") == [
        "java.lang.IllegalStateException: jammed",
        "\tat shop.Till.open(Till.java:3)",
        "    … 20 library frames …",
        "Caused by: java.io.IOException: no paper",
        "\tat shop.Printer.print(Printer.java:7)",
        "\t... 20 more",
    ]
    assert excerpt(NODE, 6).split("\n")[2] == "    … 2 library frames …"


def test_short_texts_stay_as_they_are():
    assert excerpt("one\n  two\n\nthree", 24) == "one\n  two\n\nthree"
    assert excerpt("", 24) == ""


def test_long_lines_and_long_texts_are_cut():
    assert excerpt("x" * 400, 4) == "x" * (LINE - 1) + "…"
    shown = excerpt("\n".join(f"line {number}" for number in range(1_500)), 10).split("\n")
    assert shown[:5] == [f"line {number}" for number in range(5)]
    assert shown[5] == "… 1,490 lines left out …"
    assert shown[-1] == "line 1499"


@given(
    st.lists(
        st.one_of(st.sampled_from([*PYTHON.split("\n"), *JAVA.split("\n"), *NODE.split("\n"), "    ^^^^", ""]), st.text(max_size=20)),
        max_size=60,
    ),
    st.integers(2, 30),
)
def test_an_excerpt_is_short(lines, most):
    shown = excerpt("\n".join(lines), most).split("\n")
    assert len(shown) <= most + 1
    assert all(len(line) <= LINE for line in shown)


@pytest.mark.parametrize(
    "piece",
    [
        '  File "',
        "    at ",
        "\tat a",
        "#1 ",
        "in a (",
        "^",
        "~^ ",
        "Error",
        "a exception ",
        "from a:1:",
        " ",
        '  File "a", line 1\n',
        "    at node_modules\n",
        "a.py:1: in ",
    ],
)
def test_long_texts_take_linear_time(piece):
    assert_linear(lambda size: excerpt((piece * size)[:size], 24))


def test_own_rules_on_frames():
    text = "\n".join(
        line for name in ("helpers/wait.py", "shop/cart.py", "/x/site-packages/shop_sdk/api.py", "/x/site-packages/y.py")
        for line in (f"{name}:1: in call", "    call()")
    )  # fmt: skip
    plain = excerpt(text, 8)
    assert "helpers/wait.py" in plain and "shop_sdk" not in plain  # noqa: PT018
    ruled = excerpt(text, 8, FrameRules(app=("*/shop_sdk/*",), library=("helpers/*",)))
    assert "helpers/wait.py" not in ruled and "shop_sdk" in ruled  # noqa: PT018
