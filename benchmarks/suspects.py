"""Does the ranking of suspects find the commit that broke a test? Measured on small repositories with a known culprit.

    python benchmarks/suspects.py [--seeds N] [--only held-out] [--show]

Each repository is a real one, made with `git fast-import` from a seed: 10 to 50 commits in one of five languages, of which one
breaks tests. The others are what teams commit: changes to the same and to other files, tests, documentation, dependencies,
configuration, pipelines, moved files, merged branches, reformatting. `tuned` scenarios were there when weights were chosen.
`held-out` ones have other causes, other projects and other seeds. In `no clue` scenarios neither the report nor the commits
hold anything that connects the two: no list can be right there, it can only claim little.

Exit codes: 0 goals met in the first two parts, 1 a goal missed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from rca.causes.suspects import line_up, rank
from rca.model import Case, Cluster, Commit, CommitRange, Failure, Location
from rca.sources.git import commits_between
from rca.text.frames import NO_RULES, frames_of

TOP_1, TOP_3 = 0.7, 0.9
START = 1_767_225_600

AREAS = {
    "cart": "line quantity subtotal basket item",
    "pricing": "price discount rate margin tier",
    "voucher": "voucher code campaign expiry redeem",
    "checkout": "order step address summary confirm",
    "payment": "charge card gateway refund capture",
    "shipping": "parcel carrier weight label zone",
    "catalog": "product variant brand image stock",
    "search": "query facet index score term",
    "account": "user login profile password session",
    "mailer": "message template recipient subject queue",
    "invoice": "invoice tax total currency number",
    "review": "rating comment author vote report",
    "export": "column sheet encoding row archive",
    "booking": "slot room guest night calendar",
}
LIBRARIES = ("http", "json", "orm", "log", "mail")
VERBS = (
    "load",
    "build",
    "check",
    "apply",
    "merge",
    "split",
    "round",
    "store",
    "sort",
    "find",
    "send",
    "parse",
    "reserve",
    "cancel",
    "update",
)


@dataclass
class Style:
    """How a language lays out a project."""

    code: Callable[[str], str]
    test: Callable[[str], str]
    head: Callable[[str], str]
    function: Callable[[str, list[str]], str]
    foot: str
    dependencies: str
    name: Callable[[str], str]


def camel(name: str, *, first: bool = False) -> str:
    """`load_cart` as `loadCart` or `LoadCart`."""
    words = name.split("_")
    text = words[0] + "".join(word.capitalize() for word in words[1:])
    return text[0].upper() + text[1:] if first else text


def indented(lines: list[str], by: str) -> str:
    """Lines of a body."""
    return "".join(f"{by}{line}\n" for line in lines)


STYLES = {
    "python": Style(
        lambda area: f"shop/{area}.py",
        lambda area: f"tests/test_{area}.py",
        lambda area: f'"""{area.capitalize()}."""\n\nimport logging\n',
        lambda name, lines: f"\n\ndef {name}(order, options=None):\n{indented(lines, '    ')}",
        "",
        "requirements.txt",
        lambda name: name,
    ),
    "javascript": Style(
        lambda area: f"src/{area}.js",
        lambda area: f"test/{area}.test.js",
        lambda area: f"// {area} of the shop\nimport {{ log }} from './log.js';\n",
        lambda name, lines: f"\nexport function {name}(order, options) {{\n{indented(lines, '  ')}}}\n",
        "",
        "package.json",
        camel,
    ),
    "java": Style(
        lambda area: f"src/main/java/com/acme/{area}/{area.capitalize()}Service.java",
        lambda area: f"src/test/java/com/acme/{area}/{area.capitalize()}ServiceTest.java",
        lambda area: f"package com.acme.{area};\n\nimport java.util.List;\n\npublic class {area.capitalize()}Service {{\n",
        lambda name, lines: f"\n    public Object {name}(Order order) {{\n{indented(lines, '        ')}    }}\n",
        "}\n",
        "pom.xml",
        camel,
    ),
    "go": Style(
        lambda area: f"internal/{area}/{area}.go",
        lambda area: f"internal/{area}/{area}_test.go",
        lambda area: f'package {area}\n\nimport "fmt"\n',
        lambda name, lines: f"\nfunc {name}(order Order) Result {{\n{indented(lines, chr(9))}}}\n",
        "",
        "go.mod",
        lambda name: camel(name, first=True),
    ),
    "ruby": Style(
        lambda area: f"lib/shop/{area}.rb",
        lambda area: f"spec/{area}_spec.rb",
        lambda area: f"module {area.capitalize()}\n",
        lambda name, lines: f"\n  def self.{name}(order)\n{indented(lines, '    ')}  end\n",
        "end\n",
        "Gemfile.lock",
        lambda name: name,
    ),
}


@dataclass
class World:
    """A project while it is made: areas with their functions, other files, and the stream for `git fast-import`."""

    rng: random.Random
    language: str
    prefix: str = ""
    areas: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    tests: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    stream: list[str] = field(default_factory=list)
    written: dict[str, dict[str, str]] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    marks: int = 0
    branch: str = "main"
    kept: set[str] = field(default_factory=set)
    first: dict[str, str] = field(default_factory=dict)
    empty: set[int] = field(default_factory=set)

    @property
    def style(self) -> Style:
        """How this project is laid out."""
        return STYLES[self.language]

    def populate(self, number: int = 9) -> None:
        """Areas with functions and tests, and the files that every project has."""
        for area in self.rng.sample(sorted(AREAS), number):
            functions = {self.new_name(area): [] for _ in range(4)}
            self.areas[area] = {name: self.body(area) for name in functions}
            self.tests[area] = {f"test_{name}": [self.statement(area), f"check({name})"] for name in functions}
        self.files |= {
            "README.md": "# Shop\n", "CHANGELOG.md": "# Changes\n", "docs/guide.md": "# Guide\n",
            self.style.dependencies: "".join(f"library-{name} 1.{index}.0\n" for index, name in enumerate(LIBRARIES)),
            "config/settings.yaml": "page_size: 20\ncurrency: EUR\nretry_count: 3\ncache_seconds: 60\nworker_count: 4\n",
            ".github/workflows/tests.yml": "jobs:\n  test:\n    steps:\n      - run: make test\n    timeout: 20\n",
            "Dockerfile": "FROM base:1\nRUN make\n", "docker-compose.yml": "services:\n  web:\n    ports: [8000]\n",
            "migrations/0001_start.sql": "CREATE TABLE orders (id INT);\n",
        }  # fmt: skip

    def pick(self, number: int) -> list[str]:
        """Areas for a scenario."""
        return self.rng.sample(sorted(self.areas), number)

    def keep(self, area: str, *lines: str, test: bool = False) -> str:
        """A new function with these lines, which nobody else changes."""
        name = self.new_name(area)
        functions = self.tests if test else self.areas
        name = f"test_{name}" if test else name
        functions[area][name] = [self.statement(area), *lines, self.statement(area), "return result"]
        self.kept.add(name)
        return name

    def new_name(self, area: str) -> str:
        """A name for a function that the area does not have."""
        while True:
            name = self.style.name(f"{self.rng.choice(VERBS)}_{self.rng.choice(AREAS[area].split())}")
            if name not in self.areas.get(area, {}):
                return name

    def body(self, area: str) -> list[str]:
        """Lines of a function."""
        return [*(self.statement(area) for _ in range(self.rng.randint(3, 6))), "return result"]

    def statement(self, area: str) -> str:
        """A line of code in the words of the area."""
        one, two = self.rng.sample(AREAS[area].split(), 2)
        return f"{one}_{self.rng.choice(VERBS)} = {self.rng.choice(VERBS)}_{two}(order, {self.rng.randint(1, 99)})"

    def path(self, area: str) -> str:
        """Where the code of an area lies now."""
        plain = self.prefix + self.style.code(area)
        return self.moved.get(plain, plain)

    def test_path(self, area: str) -> str:
        """Where its tests lie."""
        return self.prefix + self.style.test(area)

    def tree(self) -> dict[str, str]:
        """All files as they are now."""
        found = {}
        for area, functions in self.areas.items():
            text = self.style.head(area) + "".join(self.style.function(name, lines) for name, lines in functions.items())
            found[self.path(area)] = text + self.style.foot
        for area, functions in self.tests.items():
            text = self.style.head(area) + "".join(self.style.function(name, lines) for name, lines in functions.items())
            found[self.test_path(area)] = text + self.style.foot
        return found | {(path if path.startswith("/") else self.prefix + path).lstrip("/"): text for path, text in self.files.items()}

    def commit(self, summary: str, body: str = "", merge: str = "") -> int:
        """Write what changed since the last commit of the branch."""
        self.marks += 1
        tree = self.tree()
        before = self.written.get(self.branch, {})
        parent = self.heads.get(self.branch)
        message = f"{summary}\n{body and chr(10) + body}"
        at = f"Dev <dev@example.org> {START + 3_600 * self.marks} +0000"
        lines = [f"commit refs/heads/{self.branch}", f"mark :{self.marks}", f"committer {at}", f"data {len(message.encode())}", message]
        if tree == before:
            self.empty.add(self.marks)
        if parent:
            lines.append(f"from :{parent}")
        if merge:
            lines.append(f"merge :{self.heads[merge]}")
        lines += [f"D {path}" for path in sorted(before.keys() - tree.keys())]
        for path, text in sorted(tree.items()):
            if before.get(path) != text:
                lines += [f"M 644 inline {path}", f"data {len(text.encode())}", text]
        self.stream += [*lines, ""]
        self.written[self.branch] = tree
        self.heads[self.branch] = self.marks
        return self.marks

    def fork(self, name: str) -> None:
        """Go on on a new branch."""
        self.heads[name], self.written[name], self.branch = self.heads[self.branch], self.written[self.branch], name

    def merge(self, name: str, into: str, summary: str) -> int:
        """Merge a branch into another."""
        self.branch = into
        # What the side branch changed is in the model already.
        return self.commit(summary, merge=name)


# -- what other people commit ---------------------------------------------------------------------------------------


def noise(world: World, hot: list[str]) -> None:
    """A commit that breaks nothing; half of the changes of code are to areas that the failure leads to."""
    rng = world.rng
    area = rng.choice(hot) if hot and rng.random() < 0.45 else rng.choice(sorted(world.areas))
    kind = rng.choices(("change", "add", "test", "docs", "dependency", "config", "pipeline", "format", "move", "branch", "release"),
                       (30, 12, 10, 8, 5, 6, 4, 2, 2, 5, 4))[0]  # fmt: skip
    NOISE[kind](world, area)


def _change(world: World, area: str, *, commit: bool = True) -> None:
    name = world.rng.choice(sorted(set(world.areas[area]) - world.kept))
    lines = world.areas[area][name]
    lines[world.rng.randrange(len(lines) - 1)] = world.statement(area)
    if world.rng.random() < 0.5:
        test = world.rng.choice(sorted(set(world.tests[area]) - world.kept))
        world.tests[area][test].insert(0, world.statement(area))
    if commit:
        world.commit(f"{world.rng.choice(('Improve', 'Simplify', 'Fix', 'Speed up', 'Clean up'))} {name} of the {area}")


def _add(world: World, area: str) -> None:
    name = world.new_name(area)
    world.areas[area][name] = world.body(area)
    world.tests[area][f"test_{name}"] = [world.statement(area), f"check({name})"]
    world.commit(f"Add {name}")


def _test(world: World, area: str) -> None:
    test = world.rng.choice(sorted(set(world.tests[area]) - world.kept))
    world.tests[area][test].insert(0, world.statement(area))
    world.commit(f"More checks for the {area}")


def _append(path: str, text: Callable[[World], str], summary: str) -> Callable[[World, str], None]:
    def change(world: World, area: str) -> None:
        world.files[path] = world.files.get(path, "") + text(world)
        world.commit(summary.format(area=area))

    return change


def _dependency(world: World, _: str) -> None:
    path = world.style.dependencies
    lines = world.files[path].split("\n")
    index = world.rng.choice([index for index, line in enumerate(lines) if line.startswith("library-")])
    name, _, _ = lines[index].partition(" ")
    lines[index] = f"{name} 1.{world.rng.randint(10, 99)}.{world.rng.randint(0, 9)}"
    world.files[path] = "\n".join(lines)
    world.commit(f"Bump {name}")


def _config(world: World, _: str) -> None:
    lines = world.files["config/settings.yaml"].split("\n")
    index = world.rng.randrange(5)
    lines[index] = f"{lines[index].partition(':')[0]}: {world.rng.randint(5, 500)}"
    world.files["config/settings.yaml"] = "\n".join(lines)
    world.commit(f"Tune {lines[index].partition(':')[0]}")


def _format(world: World, _: str) -> None:
    for functions in world.areas.values():
        for lines in functions.values():
            lines[0] = lines[0].replace(", ", ",  ") if ",  " not in lines[0] else lines[0].replace(",  ", ", ")
    world.commit("Format the code")


def _move(world: World, area: str) -> None:
    plain = world.prefix + world.style.code(area)
    folder, _, name = plain.rpartition("/")
    world.moved[plain] = f"{folder}/{world.rng.choice(('core', 'domain', 'inner'))}/{name}"
    world.commit(f"Move {area}")


def _branch(world: World, area: str) -> None:
    side = f"side{world.marks}"
    main = world.branch
    world.fork(side)
    for _ in range(world.rng.randint(1, 2)):
        _change(world, area)
    world.merge(side, main, f"Merge branch '{side}'")


NOISE: dict[str, Callable[[World, str], None]] = {
    "change": _change,
    "add": _add,
    "test": _test,
    "docs": _append("docs/guide.md", lambda world: f"More on step {world.marks}.\n", "Describe the {area}"),
    "dependency": _dependency,
    "config": _config,
    "pipeline": _append(".github/workflows/tests.yml", lambda world: f"      - run: make step{world.marks}\n", "Pipeline: one more step"),
    "format": _format,
    "move": _move,
    "branch": _branch,
    "release": _append("CHANGELOG.md", lambda world: f"## 1.{world.marks}\n", "Release"),
}


# -- how tests fail -------------------------------------------------------------------------------------------------


@dataclass
class Broken:
    """How the failure shows: type, message, the frames (area or path, function), the nearest first, and lines of code."""

    type: str
    message: str
    frames: list[tuple[str, str]]
    area: str
    test: str = ""
    source: str = ""
    library: bool = False


def trace(world: World, broken: Broken) -> str:
    """The text of a failure as the language prints it."""
    test = broken.test or world.first[broken.area]
    places = [(world.path(where) if where in world.areas else where, name) for where, name in broken.frames]
    places.append((world.test_path(broken.area), test))
    line = world.rng.randint
    if world.language == "python":
        library = '  File "/usr/lib/python3.12/site-packages/lib/core.py", line 88, in call\n' if broken.library else ""
        body = "".join(
            f'  File "/home/runner/work/shop/shop/{p}", line {line(5, 90)}, in {f}\n    {broken.source or f + "(order)"}\n'
            for p, f in places[::-1]
        )
        return f"Traceback (most recent call last):\n{body}{library}{broken.type}: {broken.message}"
    if world.language == "javascript":
        library = "    at call (/app/node_modules/lib/index.js:3:4)\n" if broken.library else ""
        body = "".join(f"    at {f} (/home/runner/work/shop/shop/{p}:{line(5, 90)}:{line(3, 40)})\n" for p, f in places)
        source = f"\n    > {line(5, 90)} |   {broken.source}\n       |   ^\n\n" if broken.source else ""
        return f"{broken.type}: {broken.message}\n{source}{library}{body}"
    if world.language == "java":
        library = "\tat org.springframework.core.Invoker.call(Invoker.java:88)\n" if broken.library else ""
        body = "".join(
            f"\tat com.acme.{p.split('/')[-2]}.{Path(p).stem}.{f}({Path(p).name}:{line(5, 90)})\n" for p, f in places if p.endswith(".java")
        )
        return f"{broken.type}: {broken.message}\n{library}{body}\tat org.junit.jupiter.engine.Launcher.run(Launcher.java:9)"
    if world.language == "go":
        body = "".join(
            f"shop/internal/{Path(p).stem}.{f}(0xc000)\n\t/home/runner/work/shop/shop/{p}:{line(5, 90)} +0x1d\n" for p, f in places
        )
        return f"panic: {broken.message}\n\ngoroutine 7 [running]:\n{body}"
    body = "".join(f"     # ./{p}:{line(5, 90)}:in `{f}'\n" for p, f in places)
    return f"     Failure/Error: {broken.source or 'subject'}\n\n     {broken.type}:\n       {broken.message}\n{body}"


def as_case(world: World, broken: Broken) -> tuple[Cluster, Case]:
    """The case and the cluster that a report of the failure would give."""
    test = broken.test or world.first[broken.area]
    path = world.test_path(broken.area)
    if world.language in {"python", "java"}:
        classname = path.removeprefix(world.prefix).removeprefix("src/test/java/").rsplit(".", 1)[0].replace("/", ".")
        location = None
    else:
        classname, location = f"{broken.area.capitalize()} tests", Location(path.removeprefix(world.prefix))
    text = trace(world, broken)
    case = Case("suite", classname, test, "failed", location=location, failures=[Failure("failure", broken.type, broken.message, text)])
    own = [frame.name for frame in frames_of(text, NO_RULES) if frame.own]
    if world.language == "python":
        own.reverse()
    title = f"{broken.type}: {broken.message}"
    return Cluster(
        id="c1", title=title, fingerprint="v1:0", cases=(case.id,), error_type=broken.type, message=broken.message, frames=tuple(own[:3])
    ), case


# -- scenarios ------------------------------------------------------------------------------------------------------
# A scenario is a generator: what stands before the first `yield` is part of the project from the start; it yields the areas
# that the failure leads to, so that others work there too; then it breaks the tests with one commit and yields that commit
# with what fails.

Steps = Iterator["list[str] | tuple[int, Broken]"]
SCENARIOS: dict[str, list[tuple[str, Callable[[World], Steps]]]] = {"tuned": [], "held-out": [], "no clue": []}


def scenario(part: str, *languages: str) -> Callable[[Callable[[World], Steps]], Callable[[World], Steps]]:
    """Add a scenario, once for each language."""

    def add(steps: Callable[[World], Steps]) -> Callable[[World], Steps]:
        SCENARIOS[part] += [(language, steps) for language in languages]
        return steps

    return add


@scenario("tuned", "python", "javascript", "java")
def top_frame(world: World) -> Steps:
    """The function in which the exception comes up was changed."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "total = unit * count"), world.keep(two, "inner(order)")
    yield [one, two]
    world.areas[one][inner][1] = "total = unit * options[count]"
    sha = world.commit(f"Let {inner} take options")
    kind = {"python": "TypeError", "javascript": "TypeError", "java": "java.lang.NullPointerException"}[world.language]
    yield sha, Broken(kind, "'NoneType' object is not subscriptable", [(one, inner), (two, outer)], two)


@scenario("tuned", "python", "ruby")
def wrong_result(world: World) -> Steps:
    """A value is computed wrongly: the trace shows only the test, whose line calls what was changed."""
    (one,) = world.pick(1)
    inner = world.keep(one, "total = total - rebate")
    test = f"test_{inner}"
    world.tests[one][test] = [f"assert {inner}(order) == 90"]
    world.kept.add(test)
    yield [one]
    world.areas[one][inner][1] = "total = total + rebate"
    sha = world.commit("Rebates as positive amounts")
    yield sha, Broken("AssertionError", f"assert 110 == 90\n +  where 110 = {inner}(order)", [], one, test, f"assert {inner}(order) == 90")


@scenario("tuned", "python", "javascript")
def field_renamed(world: World) -> Steps:
    """A field got another name in one file; another file misses it."""
    one, two = world.pick(2)
    noun = world.rng.choice(AREAS[one].split())
    world.keep(one, f"record.{noun}_cents = amount", f"record.{noun}_text = label")
    user = world.keep(two, f"value = record.{noun}_cents")
    yield [two]
    name = next(name for name, lines in world.areas[one].items() if f"record.{noun}_cents = amount" in lines)
    world.areas[one][name][1] = f"record.{noun}_minor_units = amount"
    sha = world.commit("Amounts in minor units")
    message = {
        "python": f"'Record' object has no attribute '{noun}_cents'",
        "javascript": f"Cannot read properties of undefined (reading '{noun}_cents')",
    }
    yield sha, Broken({"python": "AttributeError", "javascript": "TypeError"}[world.language], message[world.language], [(two, user)], two)


@scenario("tuned", "python", "java")
def setting_removed(world: World) -> Steps:
    """A key of the configuration is gone; the code that reads settings says so."""
    (one,) = world.pick(1)
    key = f"{one}_gateway_url"
    world.files["config/settings.yaml"] += f"{key}: https://gateway.example.org\n"
    world.files["config/reader.txt"] = "settings\n"
    user = world.keep(one, "client = connect()")
    yield [one]
    world.files["config/settings.yaml"] = world.files["config/settings.yaml"].replace(f"{key}: https://gateway.example.org\n", "")
    sha = world.commit("Tidy the settings")
    yield sha, Broken({"python": "KeyError", "java": "java.lang.IllegalStateException"}[world.language], f"'{key}'", [(one, user)], one)


@scenario("tuned", "python", "javascript")
def dependency_bumped(world: World) -> Steps:
    """A new version of a library lacks what the code imports."""
    (one,) = world.pick(1)
    user = world.keep(one, "body = quote(text)")
    yield [one]
    lines = world.files[world.style.dependencies].split("\n")
    lines[0] = "library-http 3.0.0"
    world.files[world.style.dependencies] = "\n".join(lines)
    sha = world.commit("Bump library-http")
    kind, message = {
        "python": ("ImportError", "cannot import name 'url_quote' from 'library_http.urls'"),
        "javascript": ("TypeError", "library_http.quote is not a function"),
    }[world.language]
    yield sha, Broken(kind, message, [(one, user)], one, library=True)


@scenario("tuned", "python", "javascript", "go")
def test_itself(world: World) -> Steps:
    """The test was changed and expects something wrong."""
    (one,) = world.pick(1)
    test = world.keep(one, "expected = 3", test=True)
    yield [one]
    world.tests[one][test][1] = "expected = 4"
    sha = world.commit(f"Adapt the tests of the {one}")
    yield sha, Broken({"python": "AssertionError", "go": "", "javascript": "Error"}[world.language], "expected 4, got 3", [], one, test)


@scenario("tuned", "python", "java")
def moved_and_changed(world: World) -> Steps:
    """A file was moved and changed in one commit; the trace has the new path."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "rate = table[zone]"), world.keep(two, "inner(order)")
    yield [two]
    plain = world.prefix + world.style.code(one)
    world.moved[plain] = f"{plain.rpartition('/')[0]}/rules/{plain.rpartition('/')[2]}"
    world.areas[one][inner][1] = "rate = table[region]"
    sha = world.commit(f"Move {one} to the rules")
    kind = {"python": "KeyError", "java": "java.util.NoSuchElementException"}[world.language]
    yield sha, Broken(kind, "'north'", [(one, inner), (two, outer)], two)


@scenario("tuned", "python", "javascript")
def module_moved_away(world: World) -> Steps:
    """A file was moved, and not everybody was told."""
    one, two = world.pick(2)
    world.keep(two, f"from shop.{one} import rules")
    yield [two]
    plain = world.prefix + world.style.code(one)
    world.moved[plain] = f"{plain.rpartition('/')[0]}/domain/{plain.rpartition('/')[2]}"
    sha = world.commit("Domain gets a folder of its own")
    message = {"python": f"No module named 'shop.{one}'", "javascript": f"Cannot find module '../src/{one}.js' from 'test/{two}.test.js'"}
    yield sha, Broken({"python": "ModuleNotFoundError", "javascript": "Error"}[world.language], message[world.language], [], two)


@scenario("tuned", "python", "java")
def on_a_branch(world: World) -> Steps:
    """The change came with a merged branch."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "left = stock - wanted"), world.keep(two, "inner(order)")
    yield [one, two]
    world.fork("feature")
    _change(world, two)
    world.areas[one][inner][1] = "left = stock / wanted"
    sha = world.commit("Shares instead of pieces")
    _add(world, world.pick(1)[0])
    world.merge("feature", "main", "Merge branch 'feature'")
    kind = {"python": "ZeroDivisionError", "java": "java.lang.ArithmeticException"}[world.language]
    yield sha, Broken(kind, "division by zero", [(one, inner), (two, outer)], two)


@scenario("tuned", "javascript", "python")
def in_a_monorepo(world: World) -> Steps:
    """Two services have files of the same names; one of them breaks."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "code = codes[country]"), world.keep(two, "inner(order)")
    other = "/services/other/" + world.style.code(one)
    world.files[other] = "first\n"
    yield [one, two]
    world.files[other] += "second\n"
    world.commit("The other service: codes")
    world.areas[one][inner][1] = "code = codes[country].iso"
    sha = world.commit("ISO codes")
    world.files[other] += "third\n"
    world.commit("The other service: more codes")
    yield sha, Broken("TypeError", "Cannot read properties of undefined (reading 'iso')", [(one, inner), (two, outer)], one)


@scenario("tuned", "python", "java")
def column_dropped(world: World) -> Steps:
    """A migration dropped a column that is still read."""
    (one,) = world.pick(1)
    column = f"{world.rng.choice(AREAS[one].split())}_code"
    user = world.keep(one, f"rows = select('{column}')")
    yield [one]
    world.files["migrations/0009_tidy.sql"] = f"ALTER TABLE orders DROP COLUMN {column};\n"
    sha = world.commit("Tidy the orders table")
    kind = {"python": "sqlite3.OperationalError", "java": "org.postgresql.util.PSQLException"}[world.language]
    message = {"python": f"no such column: orders.{column}", "java": f'ERROR: column "{column}" does not exist'}[world.language]
    yield sha, Broken(kind, message, [(one, user)], one, library=True)


@scenario("tuned", "python", "javascript")
def service_of_the_pipeline(world: World) -> Steps:
    """The pipeline no longer starts a service."""
    one, two = world.pick(2)
    world.files[".github/workflows/tests.yml"] += "    services:\n      database: {image: postgres}\n"
    yield [one, two]
    text = world.files[".github/workflows/tests.yml"].replace("    services:\n      database: {image: postgres}\n", "")
    world.files[".github/workflows/tests.yml"] = text
    sha = world.commit("Leaner pipeline")
    kind = {"python": "ConnectionRefusedError", "javascript": "Error"}[world.language]
    yield sha, Broken(kind, "connect ECONNREFUSED 127.0.0.1:5432", [], one, library=True)


@scenario("tuned", "java", "go")
def cause_elsewhere(world: World) -> Steps:
    """What one file no longer sets is missing in another; the message names a getter."""
    one, two = world.pick(2)
    noun = world.rng.choice(AREAS[one].split()).capitalize()
    mapper = world.keep(one, f"item.set{noun}Label(row.text)", "item.setId(row.id)")
    user = world.keep(two, f"label = item.get{noun}Label().trim()")
    yield [two]
    del world.areas[one][mapper][1]
    sha = world.commit("Map only what is needed")
    kind = {"java": "java.lang.NullPointerException", "go": ""}[world.language]
    message = f'Cannot invoke "String.trim()" because the return value of "Item.get{noun}Label()" is null'
    yield sha, Broken(kind, message, [(two, user)], two)


@scenario("tuned", "python", "javascript")
def fixture_changed(world: World) -> Steps:
    """The data of the tests was changed."""
    (one,) = world.pick(1)
    folder = {"python": "tests", "javascript": "test"}[world.language]
    world.files[f"{folder}/fixtures/{one}.json"] = '{"count": 3, "state": "open"}\n'
    test = world.keep(one, f"data = load('{one}.json')", test=True)
    yield [one]
    world.files[f"{folder}/fixtures/{one}.json"] = '{"count": 3, "state": "closed"}\n'
    sha = world.commit("Fixtures from production")
    yield sha, Broken("AssertionError", "expected 'open', got 'closed'", [], one, test)


@scenario("tuned", "python")
def fixture_function_removed(world: World) -> Steps:
    """A fixture of pytest is gone: no frame at all."""
    (one,) = world.pick(1)
    world.files["tests/conftest.py"] = "import pytest\n\n\n@pytest.fixture\ndef mail_outbox():\n    return []\n"
    yield [one]
    world.files["tests/conftest.py"] = "import pytest\n"
    sha = world.commit("Remove unused fixtures")
    yield sha, Broken("", "fixture 'mail_outbox' not found", [], one)


@scenario("tuned", "java", "python")
def large_change(world: World) -> Steps:
    """The change is one of many in a large commit."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "kind = kinds.first()"), world.keep(two, "inner(order)")
    yield [one, two]
    for area in sorted(world.areas):
        _change(world, area, commit=False)
    world.areas[one][inner][1] = "kind = kinds.only()"
    sha = world.commit("Stricter helpers everywhere")
    kind = {"python": "ValueError", "java": "java.lang.IllegalStateException"}[world.language]
    yield sha, Broken(kind, "more than one kind", [(one, inner), (two, outer)], two)


@scenario("tuned", "javascript", "ruby")
def limit_lowered(world: World) -> Steps:
    """A limit was lowered; the helper that waits gives up."""
    one, two = world.pick(2)
    world.files["config/timeouts.json"] = '{"confirmation_seconds": 30}\n'
    helper = {"javascript": "test/support/wait.js", "ruby": "spec/support/wait.rb"}[world.language]
    world.files[helper] = "wait\n"
    yield [one, two]
    world.files["config/timeouts.json"] = '{"confirmation_seconds": 2}\n'
    sha = world.commit("Fail faster")
    yield sha, Broken("TimeoutError", "timed out after 2 s waiting for the confirmation", [(helper, "waitFor")], one)


@scenario("tuned", "python", "javascript")
def message_added(world: World) -> Steps:
    """A new check raises, three frames above the test; the files of all frames are worked on."""
    one, two, three = world.pick(3)
    inner, middle, outer = world.keep(one, "amount = read(order)"), world.keep(two, "inner(order)"), world.keep(three, "middle(order)")
    yield [one, two, three]
    world.areas[one][inner].insert(2, "if amount < 0: raise ValueError('negative amounts are refused here')")
    sha = world.commit("Check amounts")
    yield sha, Broken("ValueError", "negative amounts are refused here", [(one, inner), (two, middle), (three, outer)], three)


# -- more, which were held out until they were looked at once (see README.md) ----------------------------------------------------


@scenario("tuned", "ruby")
@scenario("no clue", "go")
def nil_value(world: World) -> Steps:
    """A function gives nothing back since it was changed; its caller breaks."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "found = first(rows)"), world.keep(two, "value = inner(order).label")
    yield [one, two]
    world.areas[one][inner][1] = "found = lookup(rows, key)"
    sha = world.commit("Look up by key")
    kind, message = {
        "go": ("", "runtime error: invalid memory address or nil pointer dereference"),
        "ruby": ("NoMethodError", "undefined method `label' for nil"),
    }[world.language]
    yield sha, Broken(kind, message, [(two, outer)], two, source=f"value = {inner}(order).label")


@scenario("tuned", "python", "ruby")
def signature_changed(world: World) -> Steps:
    """A function wants one more argument; a caller in another file does not pass it."""
    one, two = world.pick(2)
    callee = world.keep(one, "fee = base")
    caller = world.keep(two, f"{callee}(order)")
    yield [two]
    lines = world.areas[one].pop(callee)
    world.areas[one][f"{callee}_in"] = [*lines[:1], "fee = base * currency.factor", *lines[2:]]
    sha = world.commit("Fees in the currency of the order")
    message = {
        "python": f"{callee}() missing 1 required positional argument: 'currency'",
        "ruby": f"wrong number of arguments calling `{callee}' (given 1, expected 2)",
    }
    yield sha, Broken({"python": "TypeError", "ruby": "ArgumentError"}[world.language], message[world.language], [(two, caller)], two)


@scenario("tuned", "java")
def constant_removed(world: World) -> Steps:
    """A constant of an enum is gone."""
    one, two = world.pick(2)
    world.files["src/main/java/com/acme/order/Status.java"] = (
        "package com.acme.order;\n\npublic enum Status {\n    OPEN,\n    ON_HOLD,\n    DONE,\n}\n"
    )
    parser = world.keep(two, "status = Status.valueOf(text)")
    yield [one, two]
    world.files["src/main/java/com/acme/order/Status.java"] = "package com.acme.order;\n\npublic enum Status {\n    OPEN,\n    DONE,\n}\n"
    sha = world.commit("Orders are open or done")
    yield sha, Broken("java.lang.IllegalArgumentException", "No enum constant com.acme.order.Status.ON_HOLD", [(two, parser)], two)


@scenario("tuned", "javascript", "python")
def port_changed(world: World) -> Steps:
    """The containers moved to another port."""
    one, two = world.pick(2)
    world.files["docker-compose.yml"] += "  cache:\n    ports: [6379]\n"
    user = world.keep(one, "client = cache(order)")
    yield [one, two]
    world.files["docker-compose.yml"] = world.files["docker-compose.yml"].replace("6379", "6380")
    sha = world.commit("Second cache beside the first")
    kind = {"javascript": "Error", "python": "redis.exceptions.ConnectionError"}[world.language]
    yield sha, Broken(kind, "connect ECONNREFUSED 127.0.0.1:6379", [(one, user)], one, library=True)


@scenario("tuned", "javascript", "ruby")
def major_version(world: World) -> Steps:
    """A library is used as its last major version allowed."""
    (one,) = world.pick(1)
    user = world.keep(one, "log(colour.red(text))")
    world.files[world.style.dependencies] += "colour 4.1.2\n"
    yield [one]
    world.files[world.style.dependencies] = world.files[world.style.dependencies].replace("colour 4.1.2", "colour 5.0.0")
    sha = world.commit("Update colour to 5")
    message = {"javascript": "colour.red is not a function", "ruby": "undefined method `red' for Colour:Module"}[world.language]
    yield sha, Broken({"javascript": "TypeError", "ruby": "NoMethodError"}[world.language], message, [(one, user)], one)


@scenario("tuned", "javascript")
def button_renamed(world: World) -> Steps:
    """A page changed, and a browser test waits for a button that has another name now."""
    one, two = world.pick(2)
    world.files["src/components/OrderForm.tsx"] = "export function OrderForm() {\n  return <button>Place order</button>\n}\n"
    yield [one, two]
    world.files["src/components/OrderForm.tsx"] = "export function OrderForm() {\n  return <button>Buy now</button>\n}\n"
    sha = world.commit("New wording")
    message = "Timed out 5000ms waiting for expect(locator).toBeVisible()\nLocator: getByRole('button', { name: 'Place order' })"
    yield sha, Broken("Error", message, [], one)


@scenario("tuned", "javascript", "python")
def stricter_validation(world: World) -> Steps:
    """A route refuses what a test sends; the test sees only the status."""
    one, two = world.pick(2)
    route = {"javascript": f"src/routes/{one}s.js", "python": f"shop/routes/{one}s.py"}[world.language]
    world.files[route] = f"route('/{one}s')\naccept(body)\n"
    test = world.keep(one, f"answer = post('/{one}s')", test=True)
    yield [one, two]
    world.files[route] = f"route('/{one}s')\nvalidate(body, strict=True)\naccept(body)\n"
    sha = world.commit("Validate bodies")
    yield sha, Broken("AssertionError", 'expected 200 "OK", got 422 "Unprocessable Entity"', [], one, test, f"answer = post('/{one}s')")


@scenario("no clue", "ruby", "java")
def deep_helper(world: World) -> Steps:
    """A helper that many use rounds differently; the test that sees it is of another area, its line names neither."""
    one, two = world.pick(2)
    helper = {"ruby": "lib/shop/money.rb", "java": "src/main/java/com/acme/money/Money.java"}[world.language]
    world.files[helper] = "round(half_up)\n"
    world.keep(two, "money = round(total)")
    yield [one, two]
    world.files[helper] = "round(half_even)\n"
    sha = world.commit("Bankers round to even")
    kind = {"ruby": "RSpec::Expectations::ExpectationNotMetError", "java": "org.opentest4j.AssertionFailedError"}[world.language]
    yield sha, Broken(kind, "expected: <10.13> but was: <10.12>", [], two)


@scenario("tuned", "python", "go")
def fix_taken_back(world: World) -> Steps:
    """An old fix was reverted."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "size = max(1, count)"), world.keep(two, "inner(order)")
    yield [one, two]
    world.areas[one][inner][1] = "size = count"
    sha = world.commit(f'Revert "Never divide by zero in the {one}"', "This reverts commit 0123456789abcdef0123456789abcdef01234567.")
    kind, message = {"python": ("ZeroDivisionError", "division by zero"), "go": ("", "runtime error: integer divide by zero")}[
        world.language
    ]
    yield sha, Broken(kind, message, [(one, inner), (two, outer)], two)


@scenario("tuned", "javascript", "ruby")
def seeds_changed(world: World) -> Steps:
    """The database is filled with other rows."""
    (one,) = world.pick(1)
    world.files["db/seeds/products.sql"] = "INSERT INTO products VALUES (1), (2), (3);\n"
    yield [one]
    world.files["db/seeds/products.sql"] = "INSERT INTO products VALUES (1), (2);\n"
    sha = world.commit("Fewer products to start with")
    yield sha, Broken("AssertionError", "expected 3 products, got 2", [], one)


@scenario("tuned", "javascript", "python")
def stale_import(world: World) -> Steps:
    """A helper was renamed; one import was forgotten."""
    one, two = world.pick(2)
    old, new = {"javascript": ("src/utils/money.js", "src/utils/amounts.js"), "python": ("shop/utils/money.py", "shop/utils/amounts.py")}[
        world.language
    ]
    world.files[old] = "convert\nround\nformat\nparse\n"
    yield [one, two]
    world.files[new] = world.files.pop(old)
    sha = world.commit("A clearer name for amounts")
    message = {"javascript": f"Cannot find module '../utils/money' from 'src/{one}.js'", "python": "No module named 'shop.utils.money'"}[
        world.language
    ]
    kind = {"javascript": "Error", "python": "ModuleNotFoundError"}[world.language]
    yield sha, Broken(kind, message, [(one, "<module>")] if world.language == "python" else [], two)


@scenario("tuned", "javascript", "java")
def shared_library(world: World) -> Steps:
    """In a monorepo, a library outside the project's folder breaks it."""
    one, two = world.pick(2)
    shared = {"javascript": "/packages/core/src/dates.js", "java": "/libs/core/src/main/java/com/acme/core/Dates.java"}[world.language]
    world.files[shared] = "export function parseDay(text) {\n  return days[text]\n}\n"
    user = world.keep(one, "day = parseDay(order.day)")
    yield [one, two]
    world.files[shared] = "export function parseDay(text) {\n  return days.get(text).value\n}\n"
    sha = world.commit("Days as values")
    kind = {"javascript": "TypeError", "java": "java.lang.NullPointerException"}[world.language]
    yield sha, Broken(kind, "undefined is not an object", [(shared.lstrip("/"), "parseDay"), (one, user)], one)


@scenario("tuned", "python", "javascript")
def second_of_a_branch(world: World) -> Steps:
    """The second commit of a merged branch is it, while the others of the branch touch the same file."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "part = parts[0]"), world.keep(two, "inner(order)")
    yield [one, two]
    world.fork("topic")
    _change(world, one)
    world.areas[one][inner][1] = "part = parts[index]"
    sha = world.commit("Any part")
    _change(world, one)
    world.merge("topic", "main", "Merge branch 'topic'")
    yield (
        sha,
        Broken(
            {"python": "IndexError", "javascript": "RangeError"}[world.language],
            "list index out of range",
            [(one, inner), (two, outer)],
            two,
        ),
    )


@scenario("tuned", "java")
def dependency_removed(world: World) -> Steps:
    """A library that was thought to be unused is missing at run time."""
    (one,) = world.pick(1)
    world.files["pom.xml"] += "jackson-databind 2.17.0\n"
    user = world.keep(one, "text = mapper.write(order)")
    yield [one]
    world.files["pom.xml"] = world.files["pom.xml"].replace("jackson-databind 2.17.0\n", "")
    sha = world.commit("Drop unused libraries")
    yield sha, Broken("java.lang.NoClassDefFoundError", "com/fasterxml/jackson/databind/ObjectMapper", [(one, user)], one)


@scenario("no clue", "python", "ruby")
def time_zone_of_the_pipeline(world: World) -> Steps:
    """The pipeline runs in another time zone: nothing in the failure says so."""
    (one,) = world.pick(1)
    world.files[".github/workflows/tests.yml"] += "    env: {TZ: Europe/Berlin}\n"
    yield [one]
    world.files[".github/workflows/tests.yml"] = world.files[".github/workflows/tests.yml"].replace("Europe/Berlin", "UTC")
    sha = world.commit("Pipeline in UTC")
    yield sha, Broken("AssertionError", "expected '14:30', got '13:30'", [], one)


# -- held out: other causes; run when all weights were chosen ----------------------------------------------------------


@scenario("held-out", "python", "java")
def default_flipped(world: World) -> Steps:
    """A default has another value; the caller two frames up relies on it, and the message names neither."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "strict = False", "if strict: refuse(order)"), world.keep(two, "inner(order)")
    yield [one, two]
    world.areas[one][inner][1] = "strict = True"
    sha = world.commit("Strict by default")
    kind = {"python": "PermissionError", "java": "java.lang.SecurityException"}[world.language]
    yield sha, Broken(kind, "operation refused", [(one, inner), (two, outer)], two)


@scenario("held-out", "go", "javascript")
def json_field_renamed(world: World) -> Steps:
    """A field of an answer got another name; a test of another area misses it."""
    one, two = world.pick(2)
    noun = world.rng.choice(AREAS[one].split())
    mapper = world.keep(one, f"answer.{noun}Id = row.id", f"answer.{noun}Name = row.name")
    yield [two]
    world.areas[one][mapper][1] = f"answer.{noun}Key = row.id"
    sha = world.commit("Keys instead of ids")
    yield sha, Broken("", f'missing property "{noun}Id" in the answer', [], two)


@scenario("held-out", "python", "ruby")
def test_double_outdated(world: World) -> Steps:
    """A test replaces a function by its name, which is another one now."""
    one, two = world.pick(2)
    target = world.keep(one, "send(order)")
    test = world.keep(two, f"replace('shop.{one}.{target}')", test=True)
    yield [one, two]
    world.areas[one][f"{target}_now"] = world.areas[one].pop(target)
    sha = world.commit("Say when")
    message = {
        "python": f"<module 'shop.{one}'> does not have the attribute '{target}'",
        "ruby": f"{one.capitalize()} does not implement: {target}",
    }
    yield (
        sha,
        Broken(
            {"python": "AttributeError", "ruby": "RSpec::Mocks::MockExpectationError"}[world.language],
            message[world.language],
            [],
            two,
            test,
        ),
    )


@scenario("held-out", "java", "python")
def settings_class_changed(world: World) -> Steps:
    """A settings file wants a variable that the tests do not set."""
    (one,) = world.pick(1)
    path = {"java": "src/main/resources/application.yml", "python": "shop/settings.py"}[world.language]
    variable = f"{one.upper()}_API_KEY"
    world.files[path] = "debug = 1\nlevel = 2\n"
    yield [one]
    world.files[path] += f"api_key = required('{variable}')\n"
    sha = world.commit("Keys from the surroundings")
    kind = {"java": "java.lang.IllegalArgumentException", "python": "ImproperlyConfigured"}[world.language]
    yield sha, Broken(kind, f"Could not resolve {variable}", [], one, library=True)


@scenario("held-out", "javascript", "go")
def shared_helper_of_tests(world: World) -> Steps:
    """A helper that many tests use was changed; it stands in the trace."""
    one, two = world.pick(2)
    path = {"javascript": "test/support/server.js", "go": "internal/testsupport/server_test.go"}[world.language]
    world.files[path] = "export function startServer() {\n  return listen(0)\n}\n"
    yield [one, two]
    world.files[path] = "export function startServer() {\n  return listen(port)\n}\n"
    sha = world.commit("Known ports for debugging")
    yield sha, Broken("ReferenceError", "port is not defined", [(path, "startServer")], one)


@scenario("held-out", "python", "javascript", "java")
def off_by_one(world: World) -> Steps:
    """A boundary moved in a function that the failing line calls; a wrong value is all that shows."""
    one, two = world.pick(2)
    inner = world.keep(one, "if count > 10: result = bulk(order)")
    test = f"test_bulk_{inner}"
    world.tests[two][test] = [f"assert {inner}(order) == 10"]
    world.kept.add(test)
    yield [one, two]
    world.areas[one][inner][1] = "if count >= 10: result = bulk(order)"
    sha = world.commit("Bulk from ten on")
    kind = {"python": "AssertionError", "javascript": "Error", "java": "org.opentest4j.AssertionFailedError"}[world.language]
    yield sha, Broken(kind, "expected: 10 but was: 9", [], two, test, f"assert {inner}(order) == 10")


@scenario("held-out", "java", "javascript")
def squashed_feature(world: World) -> Steps:
    """A feature in one large commit with tests, settings, a dependency and documentation breaks an old test."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "plan = plans.get(key)"), world.keep(two, "inner(order)")
    yield [one, two]
    for area in world.pick(3):
        world.areas[area][world.new_name(area)] = world.body(area)
    world.files[world.style.dependencies] += "library-plans 0.1.0\n"
    world.files["config/settings.yaml"] += "plans: on\n"
    world.files["docs/guide.md"] += "Plans.\n"
    world.areas[one][inner][1] = "plan = plans.get(key.id)"
    sha = world.commit("Plans")
    kind = {"java": "java.lang.NullPointerException", "javascript": "TypeError"}[world.language]
    yield sha, Broken(kind, "Cannot read properties of undefined", [(one, inner), (two, outer)], two)


@scenario("held-out", "ruby", "python")
def runtime_raised(world: World) -> Steps:
    """The version of the language was raised; a library module went."""
    (one,) = world.pick(1)
    user = world.keep(one, "table = SortedSet(rows)")
    path = {"ruby": ".ruby-version", "python": ".python-version"}[world.language]
    world.files[path] = "3.9\n"
    yield [one]
    world.files[path] = "3.13\n"
    sha = world.commit("Newer runtime")
    message = {"ruby": "uninitialized constant SortedSet", "python": "No module named 'distutils'"}[world.language]
    yield sha, Broken({"ruby": "NameError", "python": "ModuleNotFoundError"}[world.language], message, [(one, user)], one)


@scenario("held-out", "python", "go")
def moved_later(world: World) -> Steps:
    """What was broken is moved afterwards, so the trace has a path that the culprit never saw."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "scale = table[unit]"), world.keep(two, "inner(order)")
    yield [one, two]
    world.areas[one][inner][1] = "scale = table[units]"
    sha = world.commit("Several units")
    _move(world, one)
    yield sha, Broken({"python": "TypeError", "go": ""}[world.language], "unhashable type", [(one, inner), (two, outer)], two)


@scenario("held-out", "javascript", "ruby")
def wrong_conflict(world: World) -> Steps:
    """Two branches met, and the merge kept the wrong lines: only the merge itself has them."""
    one, two = world.pick(2)
    inner, outer = world.keep(one, "sum = left + right"), world.keep(two, "inner(order)")
    yield [one, two]
    world.fork("conflict")
    world.areas[one][inner][1] = "sum = left + right + extra"
    world.commit("Extras count")
    side = world.areas[one][inner][1]
    world.branch = "main"
    world.areas[one][inner][1] = "sum = right + left"
    world.commit("Right before left")
    world.areas[one][inner][1] = side.replace("extra", "extras")
    sha = world.merge("conflict", "main", "Merge branch 'conflict'")
    yield (
        sha,
        Broken(
            {"javascript": "ReferenceError", "ruby": "NameError"}[world.language],
            "extras is not defined",
            [(one, inner), (two, outer)],
            two,
        ),
    )


# -- measuring ------------------------------------------------------------------------------------------------------


@dataclass
class History:
    """A repository on the disk with what is known of it."""

    name: str
    folder: Path
    project: Path
    good: str
    bad: str
    culprit: str
    cluster: Cluster
    case: Case


def make(language: str, steps: Callable[[World], Steps], seed: int, folder: Path) -> History:
    """Make the repository of a scenario."""
    name = f"{steps.__name__} {language} {seed}"
    rng = random.Random(name)
    prefix = {"in_a_monorepo": "services/shop/", "shared_library": "apps/web/"}.get(steps.__name__, "")
    world = World(rng, language, prefix)
    world.populate()
    run = steps(world)
    hot = next(run)
    good = world.commit("Start of the shop")
    # A test that passed in the good run was there.
    world.first = {area: min(tests) for area, tests in world.tests.items()}
    assert isinstance(hot, list)  # noqa: S101 -- the order of the steps
    number = rng.randint(9, 48)
    before = rng.randint(0, number)
    for _ in range(before):
        noise(world, hot)
    outcome = next(run)
    assert isinstance(outcome, tuple)  # noqa: S101
    assert outcome[0] not in world.empty, name  # noqa: S101 -- a culprit changes something
    # A trace shows the paths of the run, which is the last commit.
    for _ in range(number - before):
        noise(world, hot)
    cluster, case = as_case(world, outcome[1])
    marks = _import(world, folder)
    return History(name, folder, folder / prefix, marks[good], marks[world.heads["main"]], marks[outcome[0]], cluster, case)


def _import(world: World, folder: Path) -> dict[int, str]:
    """Write the stream into a new repository; returns the hashes of the commits."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder / ".git")], check=True)  # noqa: S607
    marks = folder / "marks"
    (folder / world.prefix).mkdir(parents=True, exist_ok=True)
    git = ["git", "--git-dir", str(folder / ".git")]
    subprocess.run([*git, "fast-import", "--quiet", f"--export-marks={marks}"], input="\n".join(world.stream).encode(), check=True)
    subprocess.run([*git, "config", "core.bare", "false"], check=True)
    return {int(mark[1:]): sha for mark, sha in (line.split() for line in marks.read_text().splitlines())}


def histories(part: str, seeds: int, folder: Path) -> Iterator[History]:
    """All repositories of a part, one after the other."""
    first = 1_001 if part == "held-out" else 1
    for seed in range(first, first + seeds):
        for language, steps in SCENARIOS[part]:
            target = Path(tempfile.mkdtemp(dir=folder))
            yield make(language, steps, seed, target)


@dataclass
class Outcome:
    """At which place the culprit stands (0: not listed), by rca and by the two baselines; seconds; score of the first suspect."""

    history: History
    commits: int
    place: int
    latest: int
    touched: int
    seconds: float
    score: float
    shown: str


def measure(history: History) -> Outcome:
    """Rank the commits of one repository."""
    start = time.perf_counter()
    found = commits_between(history.project, history.good, history.bad)
    suspects = rank(history.cluster, [history.case], line_up(found))
    seconds = time.perf_counter() - start
    ranked = [suspect.commit for suspect in suspects]
    shown = "\n".join(
        f"      {'->' if suspect.commit == history.culprit else '  '} {suspect.score:.2f} {suspect.summary:40.40} "
        + "; ".join(f"{part.name} {part.points:+.2f} ({part.why})" for part in suspect.parts)
        for suspect in suspects
    )
    newest = [commit.sha for commit in found.commits]
    return Outcome(
        history,
        len(newest),
        _place(ranked, history),
        _place(newest, history),
        _place(most_of_the_trace(found, history), history),
        seconds,
        suspects[0].score if suspects else 0.0,
        shown,
    )


def most_of_the_trace(found: CommitRange, history: History) -> list[str]:
    """The second baseline: commits by how many files of the trace they touch, the newest first among equals."""
    files = {frame.path for frame in frames_of(history.case.failures[0].text, NO_RULES)}

    def touched(commit: Commit) -> int:
        return len(files & {"/".join(path.split("/")[-2:]) for file in commit.files for path in (file.path, file.old_path)})

    return [commit.sha for commit in sorted(found.commits, key=touched, reverse=True)]


def _place(ranked: list[str], history: History) -> int:
    return ranked.index(history.culprit) + 1 if history.culprit in ranked else 0


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="repositories of each scenario")
    parser.add_argument("--only", choices=sorted(SCENARIOS), help="one part")
    parser.add_argument("--show", action="store_true", help="print the list of each repository in which the culprit is not the first")
    options = parser.parse_args()
    print(
        "| part | repositories | commits | top 1 | top 3 | first score | latest: 1 / 3 | most files: 1 / 3 | ms each |\n| --- |"
        + " ---: |" * 8
    )
    measured: dict[str, list[Outcome]] = {}
    for part in [options.only] if options.only else [*SCENARIOS]:
        with tempfile.TemporaryDirectory() as folder:
            measured[part] = [measure(history) for history in histories(part, options.seeds, Path(folder))]
        print(row(part, measured[part]))
        for outcome in measured[part] if options.show else []:
            if outcome.place != 1:
                title = f"{outcome.history.name}: {outcome.history.cluster.title[:80]!r}"
                print(f"  {outcome.place or '-'} of {outcome.commits}  {title}\n{outcome.shown}")
    if not options.only:
        print(row("all", [outcome for outcomes in measured.values() for outcome in outcomes]))
    judged = [outcomes for part, outcomes in measured.items() if part != "no clue"]
    return int(any(share(outcomes, "place", 1) < TOP_1 or share(outcomes, "place", 3) < TOP_3 for outcomes in judged))


def row(name: str, outcomes: list[Outcome]) -> str:
    """A line of the table."""
    cells = [name, str(len(outcomes)), f"{min(o.commits for o in outcomes)} to {max(o.commits for o in outcomes)}"]
    cells += [f"{share(outcomes, 'place', within):.2f}" for within in (1, 3)] + [f"{mean(o.score for o in outcomes):.2f}"]
    cells += [f"{share(outcomes, by, 1):.2f} / {share(outcomes, by, 3):.2f}" for by in ("latest", "touched")]
    return "| " + " | ".join([*cells, f"{1_000 * mean(o.seconds for o in outcomes):.0f}"]) + " |"


def share(outcomes: list[Outcome], name: str, within: int) -> float:
    """The share of the repositories in which the culprit is among the first ones."""
    return mean(1 <= getattr(outcome, name) <= within for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
