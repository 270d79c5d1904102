"""Recognise the tool that wrote a report from the signs that it leaves in names and attributes, and say what is special about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

_WANTED_CASES = 8
_WANTED_SUITES = 8
_WANTED_PROPERTIES = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """What must be known of a producer to read its reports right; the defaults hold for all others.

    tries: how a test that was tried again shows beside the elements made for it: `told` as further cases with an outcome each,
    `hidden` as further cases of which the failed ones look passed. utc: time stamps without a zone are UTC.
    first_line: the number of the first line of a file. newline: how a line break is written in texts.
    escape: how the escape character is written in texts. class_is_file: a case's class is the path of its file.
    """

    tries: Literal["", "told", "hidden"] = ""
    utc: bool = False
    first_line: int = 1
    newline: str = ""
    escape: str = ""
    class_is_file: bool = False


# Each entry was seen in the reports of tests/data/junit; docs/junit.md says what follows from it.
DIALECTS: dict[str, Dialect] = {
    "ant": Dialect(utc=True),
    "avocado": Dialect(escape=r"\x1b"),
    "bats": Dialect(utc=True),
    "cpputest": Dialect(newline="{newline}"),
    "ctest": Dialect(escape="[NON-XML-CHAR-0x1B]"),
    "cypress": Dialect(utc=True),  # by mocha-junit-reporter
    "deno": Dialect(class_is_file=True),
    "gotestsum": Dialect(tries="told"),
    "jest": Dialect(utc=True),
    "junit5": Dialect(escape="&#27;"),
    "meson": Dialect(escape=r"\x1b"),
    "mocha": Dialect(utc=True),
    "nose2": Dialect(utc=True),
    "playwright": Dialect(class_is_file=True),
    "pytest": Dialect(tries="hidden", first_line=0, escape="#x1B"),
    "surefire": Dialect(escape="&#27;"),
    "vitest": Dialect(class_is_file=True),
}
PLAIN = Dialect()

Attributes = dict[str, str]


class Signs:
    """What a report shows of its producer: root, first suites and cases, names of properties."""

    def __init__(self) -> None:
        self.root_tag = ""
        self.root: Attributes = {}
        self.suites: list[Attributes] = []
        self.cases: list[Attributes] = []
        self.properties: set[str] = set()
        self._producer = "unknown"

    def begin(self, tag: str, attributes: Attributes) -> None:
        """Note the root element."""
        self.root_tag, self.root = tag, attributes

    def suite(self, attributes: Attributes) -> None:
        """Note one of the first suites."""
        if len(self.suites) < _WANTED_SUITES:
            self.suites.append(attributes)

    def case(self, attributes: Attributes) -> bool:
        """Note one of the first cases; return whether more are wanted."""
        if len(self.cases) < _WANTED_CASES:
            self.cases.append(attributes)
        return len(self.cases) < _WANTED_CASES

    def property(self, name: str) -> None:
        """Note the name of a property."""
        if len(self.properties) < _WANTED_PROPERTIES:
            self.properties.add(name)

    def producer(self) -> str:
        """Name the producer by what was seen until now, or `unknown`; once recognised, it stays that."""
        if self._producer == "unknown":
            self._producer = self._recognise()
        return self._producer

    def _recognise(self) -> str:
        view = View(self)
        return (
            ROOT_NAMES.get(view.root_name)
            or SUITE_ORDERS.get(view.order)
            or next((name for name, matches in RULES if matches(view)), "unknown")
        )


class View:
    """The signs as the rules ask for them."""

    def __init__(self, signs: Signs) -> None:
        self.signs = signs
        self.properties = signs.properties
        self.root_order = tuple(signs.root)
        self.root_name = signs.root.get("name", "")
        self.bare_root = signs.root_tag == "testsuites" and not signs.root
        self.single = signs.root_tag == "testsuite"
        self.suite = signs.suites[0] if signs.suites else {}
        self.order = tuple(self.suite)
        self.case = signs.cases[0] if signs.cases else {}
        self.case_order = tuple(self.case)

    @cached_property
    def names(self) -> str:
        """Names of the root and the first suites, a line each."""
        return "\n".join([self.root_name, *(suite.get("name", "") for suite in self.signs.suites)])

    def any_case(self, test: Callable[[Attributes], object]) -> bool:
        """Whether one of the first cases passes a test."""
        return any(map(test, self.signs.cases))

    def every_case(self, test: Callable[[Attributes], object]) -> bool:
        """Whether there are cases and all of the first ones pass a test."""
        return bool(self.signs.cases) and all(map(test, self.signs.cases))

    def any_suite(self, test: Callable[[Attributes], object]) -> bool:
        """Whether one of the first suites passes a test."""
        return any(map(test, self.signs.suites))


def _named(pattern: str) -> Callable[[View], object]:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda view: compiled.search(view.names)


def _order(names: str) -> tuple[str, ...]:
    return tuple(names.split())


# Names that one producer gives to the root of its reports.
ROOT_NAMES: dict[str, str] = {
    "pytest tests": "pytest",  # pytest 9.2
    "jest tests": "jest",  # jest-junit 17
    "vitest tests": "vitest",  # vitest 4.1
    "bun test": "bun",  # bun 1.4
    "deno test": "deno",  # deno 2.9
    "nextest-run": "nextest",  # cargo-nextest names its runs so when it is told no name
    "AllTests": "googletest",  # GoogleTest 1.12, and 1.10
    "Criterion Tests": "criterion",  # Criterion 2.4
    "nose2-junit": "nose2",  # nose2 0.16
    "rspec": "rspec",  # rspec_junit_formatter 0.4
}
# The order in which one producer writes the attributes of its suites, where that order is its own.
SUITE_ORDERS: dict[tuple[str, ...], str] = {
    _order("name errors failures skipped tests time timestamp hostname"): "pytest",  # pytest 9.2 with a suite name of one's own
    _order("name errors failures skipped timestamp time tests"): "jest",  # jest-junit 17 with a name of one's own
    _order("name timestamp hostname time errors tests skipped disabled failures"): "jasmine",  # jasmine-reporters 2.5
    _order("name tests skipped failures errors timestamp hostname time"): "gradle",  # Gradle, of 2020
    _order("name timestamp hostname tests failures errors time package id"): "bazel",  # Bazel's runner of JUnit tests
    _order("hostname failures tests name time errors timestamp"): "testng",  # TestNG 6.9, both reporters
    _order("tests skipped errors failures id name time"): "boost",  # Boost.Test 1.74
    _order("name time tests skipped failures errors timestamp"): "cucumber",  # cucumber-js 12.9
    _order("failures errors skipped tests time name"): "cucumber",  # cucumber-ruby
}
_CASE_NUMBERED = re.compile(r"#\d+ ")
_TAP_NAME = re.compile(r"\d+(?: - |$)|\((?:init|teardown)\)$")
_GO_TIME = re.compile(r"\d+\.\d{6}")
_TESTNG_TIME = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT")
_XMLRUNNER_NAME = re.compile(r"-\d{14}$")
_EUNIT_NAME = re.compile(r"\w+:\d+ ")
_CTEST_STATUS = frozenset({"run", "fail", "notrun", "disabled"})
_BEHAVE_STATUS = frozenset({"passed", "failed", "error", "skipped", "hook_error", "untested", "undefined", "cleanup_error"})
_GO_JUNIT_REPORT_2 = _order("name tests failures errors id hostname time timestamp")
_NUNIT_LIKE = _order("errors failures hostname name tests time timestamp")
_ROBOT = _order("name tests errors failures skipped time timestamp")
_NAMED_CASE = _order("name classname time")
_NODE_CASE = _order("name time classname")

# The first rule that matches names the producer: narrow rules stand before those that would match their reports as well.
RULES: tuple[tuple[str, Callable[[View], object]], ...] = (
    # Maven Surefire 2.22 names its schema on the suite and itself in the properties.
    ("surefire", lambda v: any("surefire" in value for value in v.suite.values()) or any(p.startswith("surefire.") for p in v.properties)),
    # Reports of pytest from 2020 on: the root had no name then.
    ("pytest", _named(r"^pytest$")),
    # Ant 1.10 dumps its own properties; its merged file has `package` and `id` on suites.
    ("ant", lambda v: any(name.startswith("ant.") for name in v.properties)),
    # gotestsum 1.8, and older ones that write no attributes on the root: times have six digits.
    ("gotestsum", lambda v: "go.version" in v.properties and v.any_suite(lambda a: _GO_TIME.fullmatch(a.get("time", "")))),
    # go-junit-report 2, then 1.
    ("go-junit-report", lambda v: v.root_order == ("tests",) and v.order[:8] == _GO_JUNIT_REPORT_2),
    ("go-junit-report", lambda v: "go.version" in v.properties),
    # Cypress writes through mocha-junit-reporter, with its own folders in `file`.
    ("cypress", lambda v: v.any_suite(lambda a: a.get("file", "").startswith("cypress/") or ".cy." in a.get("file", ""))),
    # mocha-junit-reporter 2.2, also in Jenkins mode, and Mocha's own xunit.
    ("mocha", _named(r"^Mocha Tests$|^Root Suite(?:\.|$)")),
    # cargo-nextest 0.9.148 gives every run an id; the order of its root tells it from others.
    ("nextest", lambda v: v.root_order[:6] == _order("name tests skipped failures errors uuid")),
    # Playwright 1.65, and of 2024.
    ("playwright", lambda v: v.root_order == _order("id name tests failures skipped errors time")),
    # GoogleTest 1.12, and 1.10 when its root has another name, and readers that copy it.
    ("googletest", lambda v: v.any_case(lambda a: a.get("result") in {"completed", "skipped", "suppressed"})),
    # doctest 2.4.9.
    ("doctest", lambda v: v.any_suite(lambda a: "doctest_version" in a)),
    # Catch2 2.13.
    ("catch2", lambda v: v.any_suite(lambda a: a.get("hostname") == "tbd")),
    # A target that leaves no report of its own gets one by Bazel.
    ("bazel", lambda v: v.any_case(lambda a: a.get("status") == "run" and "duration" in a)),
    # CTest 3.25.
    ("ctest", lambda v: v.single and v.every_case(lambda a: a.get("name") == a.get("classname") and a.get("status") in _CTEST_STATUS)),
    # behave 1.3, and of 2021: one suite, called like the class of its cases.
    ("behave", lambda v: v.single and v.every_case(lambda a: a.get("status") in _BEHAVE_STATUS and a.get("classname") == v.root_name)),
    # PHPUnit 9.6 has the class twice, with backslashes and with dots.
    ("phpunit", lambda v: v.any_case(lambda a: "class" in a and "assertions" in a and a.get("file", ".php").endswith(".php"))),
    # rspec_junit_formatter numbers the suites of parallel runs.
    ("rspec", _named(r"^rspec\d*$")),
    # minitest-reporters of 2020; then 1.0.19, which loses all classes.
    ("minitest", lambda v: v.any_case(lambda a: "assertions" in a and ("lineno" in a or a.get("file", "").endswith("_test.rb")))),
    ("minitest", lambda v: v.root_name == "Minitest::Result"),
    # bats 1.8.
    ("bats", _named(r"\.bats$")),
    # unittest-xml-reporting 4.0.
    ("unittest", lambda v: v.any_suite(lambda a: _XMLRUNNER_NAME.search(a.get("name", "")))),
    ("unittest", lambda v: v.any_case(lambda a: a.get("file", "").endswith(".py") and "line" in a and "timestamp" in a)),
    # junit_formatter of ExUnit.
    ("exunit", _named(r"^Elixir\.")),
    # trainer and xcpretty name the bundle; converters of result bundles name those.
    ("xctest", _named(r"\.xctest$|^xcresult: ")),
    # JUnit 5.9, legacy XML of the console launcher.
    ("junit5", _named(r"^JUnit (?:Jupiter|Vintage|Platform Suite)$")),
    # EUnit of Erlang/OTP 25.
    ("eunit", lambda v: v.root_name.startswith("module ") or (v.single and v.every_case(lambda a: _EUNIT_NAME.match(a.get("name", ""))))),
    # Avocado 113.
    ("avocado", _named(r"^job-\d{4}-\d\d-\d\dT\d\d\.\d\d-[0-9a-f]{7}$")),
    # TestNG 6.9 writes the time stamp as a mail does.
    ("testng", lambda v: v.any_suite(lambda a: _TESTNG_TIME.fullmatch(a.get("timestamp", "")))),
    # CppUTest 4.0.
    ("cpputest", lambda v: v.order == _NUNIT_LIKE and v.case_order[:4] == _order("classname name assertions time")),
    # ScalaTest dumps the properties of Java, as Ant does, but not those of Ant.
    ("scalatest", lambda v: (v.order, v.case_order) == (_NUNIT_LIKE, _NAMED_CASE) and "java.runtime.name" in v.properties),
    # cmocka 1.1.
    ("cmocka", lambda v: v.bare_root and v.order == _order("name time tests failures errors skipped")),
    # Meson 1.12.
    ("meson", lambda v: v.root_order == _order("tests errors failures") and v.order[:5] == _order("name tests errors failures skipped")),
    # Robot Framework 7.5: classes are the names of the suites above, joined by dots.
    ("robot", lambda v: v.order == _ROBOT and v.every_case(lambda a: f"{a.get('classname')}.".startswith(f"{v.root_name}."))),
    # The test runner of Node 20.
    ("node", lambda v: v.bare_root and v.every_case(lambda a: a.get("classname") == "test" and tuple(a)[:3] == _NODE_CASE)),
    # subunit2junitxml 1.4, by junitxml 0.7.
    ("subunit", lambda v: v.single and v.order == _order("errors failures name tests time") and not v.root_name),
    # tap-xunit 2.4 numbers the names; it reads the output of ava, tape and others.
    ("tap-xunit", lambda v: v.bare_root and v.every_case(lambda a: len(a) == 1 and _CASE_NUMBERED.match(a.get("name", "")))),
    # prove with TAP::Formatter::JUnit 0.11; its attributes are in no order.
    ("prove", lambda v: v.bare_root and v.every_case(lambda a: "classname" not in a and _TAP_NAME.match(a.get("name", "")))),
)  # fmt: skip


def recognise(signs: Signs) -> str:
    """Name the producer, or `unknown`."""
    return signs.producer()


def tries_of(producer: str) -> str:
    """How a producer writes tests that were tried again: `told`, `hidden`, or nothing."""
    return DIALECTS.get(producer, PLAIN).tries
