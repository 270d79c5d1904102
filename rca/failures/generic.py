"""Tell messages that could stand for any failure («assert False», «timed out») from those that say what is wrong."""

from __future__ import annotations

import re
from typing import Literal

Says = Literal["what", "a value", "nothing"]

# The words of which assertions and runtimes make sentences that fit everywhere, and the classes that normalising puts in.
_WORDS = frozenset(
    """
    a abort aborted actual actually address after all an and any are arg argument arguments as assert asserted assertequal asserterror
    assertfalse asserting assertion assertionerror assertions asserttrue async at attempt attempts be been bool boolean but by call
    called cause check code collection compare comparing comparison condition contain contained contains context count crash crashed
    deadline deep deeply default details did differ difference differing differs do does done dubious duration element end ended ensure
    eq equal equality equals error errors evaluated exceeded exception exit expect expectation expected expecting expression fail failed
    failing failure false falsy fatal first float following for found from get given got greater had has have hook hooks id identical if
    in inf infinity instead int integer ip is issue it item itself javalangexception killed larger least left len length less limit
    lists match matched matches message met millis millisecond milliseconds min mismatch most ms nan ne never nil no non none not null
    number object objects of ok on one only operation or out passed path places process promise raised reached received recorded reject
    rejected req require resolve resolved resolves result results return returned right run running s same sec second seconds serializes
    setup should signal size smaller status step steps str strictly string strings such task teardown terminated test tests than that
    the then there these this threw throw thrown time timed timeout times to tobe tobedefined tobefalsy tobenull tobetruthy toequal
    tostrictequal true truthy two type uncaught undefined unexpected unexpectedly unknown until uuid value values wait waited waiting
    want wanted was were which while with within without word wstat
    """.split()  # noqa: SIM905 -- a list of them would be four screens
)
# Sentences of runtimes and runners: they need a place to mean something.
_STOCK = re.compile(
    r"context deadline exceeded|context canceled|for async tests and hooks, ensure|exceeded timeout of"
    r"|object reference not set to an instance|nil pointer dereference|segmentation fault|sigsegv"
    r"|called `(?:option|result)::unwrap\(\)` on|nonetype' object (?:is not|has no)|index (?:was )?out of (?:range|bounds)"
    r"|stack overflow|division by zero|divide by zero|attempt to divide by|undefined method .{0,60} for nil"
    r"|call to a member function \S+ on null|null check operator|unexpectedly found nil|the test (?:crashed|timed out)"
    r"|deadline has elapsed|operation was cancell?ed|a task was cancell?ed|out of memory|assertion `left (?:==|!=) right` failed"
    r"|^at \S+$|test unexpectedly passed|expected to fail, but (?:it )?passed|dubious, test returned|value of optional"
    r"|timeout of \S+ exceeded|test timed out after|bad_alloc|vector::_m_range_check",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"[^"\n]{0,200}"|\'[^\'\n]{0,200}\'|`[^`\n]{0,200}`|<\[[^\]\n]{0,200}\]>|<[^<>\n]{1,200}>')
_WORD = re.compile(r"[A-Za-z_]\w*")
# A number that normalising left stands for a status or a code, and is telling however it is put.
_TELLING_NUMBER = re.compile(r"(?<![\w.<])\d{1,6}(?![\w.>])")
# An assertion that meets one of these has met the environment: the test is not to blame.
_ENVIRONMENT = re.compile(
    r"refused|unreachable|unavailable|timed? ?out|time-out|timeout|gateway|connection|no space|disk full|denied|forbidden"
    r"|unauthorized|certificate|not resolve|no such host|out of memory|broken pipe|reset by peer|left open|setup failed"
    r"|teardown failed",
    re.IGNORECASE,
)
_ASSERTING = re.compile(
    r"(?:^|[.:\\])(?:\w*Assert\w*|\w*Expectation\w*|ComparisonFailure|MultipleFailuresError|\w*MismatchException|EqualException"
    r"|TrueException|FalseException|XunitException|TestFail\w*|CHECK\w*|REQUIRE\w*|FAIL\w*|assert|check|expect)$|^(?:expect\.|to[A-Z])"
)
_ASSERTS = re.compile(
    r"(?:expect(?:ed|ing|ation)?|assert\w*|check_\w+|want(?:ed)?|got|not equal|should)\b"
    r"|.{0,80}\b(?:to (?:equal|be|match)|but was|, want)\b",
    re.IGNORECASE,
)


def what_it_says(kind: str, normal: str) -> Says:
    """Judge a normalised message: whether it tells what is wrong, only compares values, or could stand for any failure."""
    head = normal[:600]
    if _STOCK.search(head):
        return "nothing"
    assertion = is_assertion(kind, head)
    plain = _QUOTED.sub(" ", head) if assertion or not kind else head  # what an assertion compares, but `KeyError: 'fish'`
    number = _TELLING_NUMBER.search(plain)
    if not number and all(len(word) == 1 or word.lower() in _WORDS for word in _WORD.findall(plain)):
        return "nothing"
    return "a value" if assertion and not number and not _ENVIRONMENT.search(plain) else "what"


def is_assertion(kind: str, normal: str) -> bool:
    """Whether a test's own expectation was not met, as opposed to something that broke below it."""
    return bool(_ASSERTING.search(kind)) or (not kind and bool(_ASSERTS.match(normal)))
