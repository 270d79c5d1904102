"""Recognise the tool that wrote a report from the signs that it leaves in names and attributes."""

from __future__ import annotations

import re
from collections.abc import Callable

# Producers that write a retried test as several cases of the same name in one report.
RETRY_BY_REPEATING = frozenset({"gotestsum"})
_WANTED_CASES = 20


class Signs:
    """What a report shows of its producer: root, first suites and cases, names of properties."""

    __slots__ = ("_repeats", "cases", "properties", "root_attributes", "root_tag", "suites", "wanted")

    def __init__(self) -> None:
        self.root_tag = ""
        self.root_attributes: dict[str, str] = {}
        self.suites: list[dict[str, str]] = []
        self.cases: list[dict[str, str]] = []
        self.properties: set[str] = set()
        self.wanted = True
        self._repeats: bool | None = None

    def root(self, tag: str, attributes: dict[str, str]) -> None:
        """Note the root element."""
        self.root_tag, self.root_attributes = tag, attributes

    def suite(self, attributes: dict[str, str]) -> None:
        """Note one of the first suites."""
        if len(self.suites) < _WANTED_CASES:
            self.suites.append(attributes)

    def case(self, attributes: dict[str, str]) -> None:
        """Note one of the first cases."""
        self.cases.append(attributes)
        self.wanted = len(self.cases) < _WANTED_CASES

    def property(self, name: str) -> None:
        """Note the name of a property."""
        if len(self.properties) < 200:
            self.properties.add(name)

    def repeats_retries(self) -> bool:
        """Whether this producer writes retries as further cases; decided when the first case ends."""
        if self._repeats is None:
            self._repeats = recognise(self) in RETRY_BY_REPEATING
        return self._repeats

    def suite_names(self) -> str:
        """Names of the root and the first suites, a line each."""
        return "\n".join([self.root_attributes.get("name", ""), *(suite.get("name", "") for suite in self.suites)])

    def any_case(self, test: Callable[[dict[str, str]], bool]) -> bool:
        """Whether one of the first cases passes a test."""
        return any(test(case) for case in self.cases)

    def any_suite(self, test: Callable[[dict[str, str]], bool]) -> bool:
        """Whether the root or one of the first suites passes a test."""
        return any(test(suite) for suite in [self.root_attributes, *self.suites])


def _named(pattern: str) -> Callable[[Signs], bool]:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda signs: bool(compiled.search(signs.suite_names()))


def _file_like(pattern: str) -> Callable[[Signs], bool]:
    compiled = re.compile(pattern)

    def test(signs: Signs) -> bool:
        names = (case.get("file") or case.get("classname", "") for case in signs.cases)
        return any(compiled.search(name) for name in names)

    return test


RULES: tuple[tuple[str, Callable[[Signs], bool]], ...] = (
    ("pytest", _named(r"^pytest( tests)?$")),
    ("nextest", _named(r"^nextest-run")),
    ("surefire", lambda s: s.any_suite(lambda a: any("surefire" in v for v in a.values())) or "surefire.real.class.path" in s.properties or "surefire.test.class.path" in s.properties),
    ("gotestsum", lambda s: "go.version" in s.properties),
    ("jest", _named(r"^jest tests$")),
    ("vitest", _named(r"^vitest tests$")),
    ("cypress", lambda s: s.any_suite(lambda a: "cypress" in a.get("file", "")) or _file_like(r"\.cy\.[jt]sx?$")(s)),
    ("mocha", lambda s: _named(r"^Mocha Tests$")(s) or _named(r"^Root Suite$")(s)),
    ("googletest", lambda s: _named(r"^AllTests$")(s) or (s.any_case(lambda a: a.get("status") in {"run", "notrun"} and a.get("result") in {"completed", "skipped", "suppressed"}))),
    ("ctest", lambda s: s.any_case(lambda a: a.get("status") in {"run", "fail", "notrun", "disabled"} and "result" not in a)),
    ("catch2", lambda s: s.any_suite(lambda a: a.get("hostname") == "tbd") or _file_like(r"\.global$")(s)),
    ("phpunit", lambda s: s.any_case(lambda a: "assertions" in a and ("class" in a or "file" in a) and str(a.get("file", ".php")).endswith(".php"))),
    ("rspec", _named(r"^rspec")),
    ("minitest", lambda s: s.any_case(lambda a: "assertions" in a and "lineno" in a) or s.any_case(lambda a: str(a.get("file", "")).endswith("_test.rb"))),
    ("behave", lambda s: s.any_case(lambda a: a.get("status") in {"passed", "failed", "skipped", "untested", "undefined"})),
    ("bats", _named(r"\.bats$")),
    ("playwright", lambda s: _file_like(r"\.(spec|test)\.[cm]?[jt]sx?$")(s) and s.any_suite(lambda a: "hostname" in a)),
    ("unittest", lambda s: s.any_suite(lambda a: bool(re.search(r"-\d{14}$", a.get("name", "")))) or (s.any_case(lambda a: "file" in a and "line" in a and str(a["file"]).endswith(".py")))),
    ("exunit", lambda s: s.any_case(lambda a: a.get("classname", "").startswith("Elixir."))),
    ("xctest", _named(r"\.xctest$")),
    ("bazel", lambda s: s.any_case(lambda a: a.get("status") == "run" and "duration" in a)),
    ("robot", lambda s: s.any_case(lambda a: "status" not in a and " " in a.get("name", "")) and s.any_suite(lambda a: "skipped" in a and "errors" in a and "timestamp" in a) and s.root_tag == "testsuite"),
    ("node", lambda s: s.any_case(lambda a: a.get("classname") == "test")),
    ("gradle", _named(r"^Gradle Test Run")),
)


def recognise(signs: Signs) -> str:
    """Name the producer, or `unknown`."""
    return next((name for name, matches in RULES if matches(signs)), "unknown")
