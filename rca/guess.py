"""A first configuration, guessed from what lies in a repository."""

from __future__ import annotations

import glob
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rca.files import read_plain

MOST_GROUPS = 12
MOST_SEEN = 50_000
MOST_NAMES = 20
_READ = 200_000
_LONGEST_NAME = 80

_SKIPPED = {"node_modules", "venv", "dist", "build", "target", "vendor", "__pycache__", "site-packages", "testdata", "fixtures"}
_ROOTS = {"pyproject.toml", "setup.py", "setup.cfg", "package.json", "go.mod", "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile"}
_TESTISH = {"tests", "test", "spec", "specs", "e2e", "integration", "features"}
_COLOCATED = "__tests__"
_MEANINGLESS = {*_TESTISH - {"e2e", "integration"}, _COLOCATED, "src", "packages", "apps", "services", "libs", "modules", "internal", "pkg"}
_WORDS = {"e2e": "end-to-end", "api": "API", "ui": "UI"}
_PRIORITIES = ("smoke", "critical", "priority", "unit", "api", "integration", "e2e", "performance", "load")
_JVM = re.compile(
    r"(?:(?P<module>.+)/)?src/(?P<set>test|it|integrationTest|integration-test)/(?:java|kotlin|groovy|scala)(?:/(?P<package>.+))?"
)
_INTEGRATION = re.compile(r"(?:IT|IntegrationTest|IntegrationTests|E2ETest)$")
_BLOCK = re.compile(r"""^describe(?:\.\w+)*\(\s*(['"`])((?:(?!\1)[^\\\n$]){1,120})\1""", re.MULTILINE)
_KINDS = (
    ("python", re.compile(r"^(?:test_.*|.*_test)\.py$")),
    ("go", re.compile(r"^.+_test\.go$")),
    ("js", re.compile(r"^.+[.-](?:spec|test|cy)\.[cm]?[jt]sx?$")),
    ("jvm", re.compile(r"^.+(?:Tests?|IT|Spec)\.(?:java|kt|groovy|scala)$")),
    ("ruby", re.compile(r"^.+_spec\.rb$")),
    ("other", re.compile(r"^.+(?:_test\.(?:cc|cpp|exs|rb)|Tests?\.(?:cs|php)|\.feature|\.bats)$")),
)
_REPORTS = (
    "reports",
    "test-results",
    "test-reports",
    "target/surefire-reports",
    "build/test-results",
    "junit.xml",
    "report.xml",
    "*/target/surefire-reports",
    "*/build/test-results",
    "*/reports",
)


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that look as if they belong together."""

    name: str
    globs: tuple[str, ...]
    command: str = ""
    rank: tuple[int, int, str] = (99, 0, "")


def configuration_text(folder: Path, table: str = "") -> str:
    """The text of a configuration for a project folder, valid as it stands.

    `table` is what stands before the name of each table: nothing in rca.toml, `tool.rca` in pyproject.toml.
    """
    groups = find_groups(folder)
    dot = f"{table}." if table else ""
    lines = [
        "# What rca knows about the tests of this project. Every key is described in docs/configuration.md.",
        *([f"[{table}]"] if table else []),
        f"# title = {_text('Tests of ' + (folder.resolve().name or 'this project'))}",
        '# focus = "all"',
        '# time_zone = "UTC"          # times are shown in it; assumed where a report has no zone',
        '# too_fast = "10 ms"         # an end-to-end case that passes faster is suspicious',
        "",
        f"[{dot}criteria]",
        'overall = "100 %"            # or "> 90 %", compared exactly',
        "",
        f"# [{dot}environment]",
        '# name = "staging"',
        '# platform = ""',
        '# service = ""',
        "",
    ]
    if groups:
        lines.append("# A case belongs to the first category that matches it. Globs are tried on its file, suite, class and name.")
    else:
        lines.append("# No tests were recognised here. Without categories they come from the structure of the reports.")
    for group in groups:
        lines += _category(group, dot)
    if not groups:
        lines += [f"# [[{dot}categories]]", '# name = "Checkout"', '# match = "*checkout*"', '# criterion = "> 95 %"', ""]
    return "\n".join([*lines, *(line.replace("[[", f"[[{dot}") for line in _EXAMPLES)])


def _category(group: Group, dot: str) -> list[str]:
    match = f"[{', '.join(map(_text, group.globs))}]" if len(group.globs) > 1 else _text(group.globs[0])
    lines = [
        f"[[{dot}categories]]",
        f"name = {_text(group.name)}",
        f"match = {match}",
        '# criterion = "> 95 %"       # or must_pass = true',
        "# priority = 1",
        "# planned = 25               # how many cases it should have",
    ]
    if group.command:
        lines.append(f"command = {_text(group.command)}")
    return [*lines, ""]


_EXAMPLES = (
    "# [[journeys]]",
    '# name = "Sign in and buy"',
    '# steps = [ { name = "Sign in", tests = "*::test_sign_in" }, { name = "Pay", tests = "*::test_pay*" } ]',
    "",
    "# [[value]]",
    '# name = "Shop"',
    '# money = { amount = 10000, currency = "USD", period = "month" }',
    '# items = [ { name = "Checkout", tests = "*checkout*" } ]',
    "",
    "# [[risks]]",
    '# text = "The payment provider changes its certificate this week."',
    '# watch = "certificate"',
    "",
    "# [[known]]",
    '# issue = "#12"',
    "# rule = 'message LIKE \"%certificate has expired%\"'",
    "",
    "# [[quarantine]]",
    '# tests = "*::test_mail*"',
    '# reason = "The mail server moves."',
    "# until = 2030-12-31          # the last day on which it holds",
    "",
)


def find_groups(folder: Path) -> list[Group]:
    """The groups of tests of a project, those that match most narrowly first."""
    files, roots = _walk(folder)
    groups: list[Group] = []
    groups += _by_folder(files, roots, folder)
    groups += _go(files["go"], roots, folder)
    groups += _jvm(files["jvm"], folder)
    chosen = sorted(groups, key=lambda group: (group.rank[0], group.rank[2]))[:MOST_GROUPS]
    # The first category that matches takes a case, so the deepest come first in the file.
    return _named_apart(sorted(chosen, key=lambda group: (-group.rank[1], group.rank[0], group.rank[2])))


def _named_apart(groups: Sequence[Group]) -> list[Group]:
    """The same groups, with names that differ."""
    seen: Counter[str] = Counter()
    named = []
    for group in groups:
        seen[group.name] += 1
        name = group.name if seen[group.name] == 1 else f"{group.name} ({group.rank[2]})"
        named.append(Group(name, group.globs, group.command, group.rank))
    return named


def _walk(folder: Path) -> tuple[dict[str, list[PurePosixPath]], set[PurePosixPath]]:
    """Test files by kind and the folders in which packages begin, all relative to the project."""
    files: dict[str, list[PurePosixPath]] = {kind: [] for kind, _ in _KINDS}
    roots = {PurePosixPath()}
    seen = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        relative = PurePosixPath(Path(parent).relative_to(folder).as_posix())
        seen += len(names)
        if seen > MOST_SEEN:
            break
        if not _ROOTS.isdisjoint(names):
            roots.add(relative)
        for name in sorted(names):
            kind = next((kind for kind, pattern in _KINDS if pattern.match(name)), None)
            if kind and _is_text(name):
                files[kind].append(relative / name)
    return files, roots


def _is_text(name: str) -> bool:
    """Whether a name can be written down: not all file names are text."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _root_of(path: PurePosixPath, roots: set[PurePosixPath]) -> PurePosixPath:
    """The folder in which the package of a file begins."""
    return next((parent for parent in path.parents if parent in roots), PurePosixPath())


# -- tests in folders: Python, JavaScript, Ruby and others ------------------------------------------------------------


def _by_folder(files: dict[str, list[PurePosixPath]], roots: set[PurePosixPath], folder: Path) -> Iterator[Group]:
    members: dict[tuple[str, PurePosixPath, PurePosixPath], list[PurePosixPath]] = {}
    for kind in ("python", "js", "ruby", "other"):
        for path in files[kind]:
            root = _root_of(path, roots)
            members.setdefault((kind, root, _area(path.relative_to(root).parent)), []).append(path)
    shared = Counter((kind, area) for kind, _, area in members)
    for (kind, root, area), paths in members.items():
        whole = root / area
        # How a tool started in the package names its files; of use only where no other package has the same folder.
        inner = [area] if shared[kind, area] == 1 and root != PurePosixPath() else []
        globs = _folder_globs(kind, [whole, *inner]) + _name_globs(kind, area, paths, folder)
        yield Group(_name(whole), tuple(dict.fromkeys(globs)), _command(kind, root, area, folder), _rank(whole))


def _area(folder: PurePosixPath) -> PurePosixPath:
    """The part of a package that a folder of tests belongs to: `tests/unit`, `src/cart`."""
    parts = folder.parts
    if _COLOCATED in parts:
        parts = parts[: parts.index(_COLOCATED)] or parts[:1]
    first = next((index for index, part in enumerate(parts) if part.lower() in _TESTISH), None)
    return PurePosixPath(*parts[: 2 if first is None else first + 2])


def _folder_globs(kind: str, folders: Iterable[PurePosixPath]) -> list[str]:
    globs: list[str] = []
    for path in folders:
        if not path.parts:
            continue
        text = glob.escape(path.as_posix())
        globs += [f"{text}/*", f"*/{text}/*"]
        if kind in {"python", "ruby"}:
            dotted = glob.escape(".".join(path.parts))
            globs += [f"{dotted}.*", f"*.{dotted}.*"]
    return globs


def _name_globs(kind: str, area: PurePosixPath, paths: Sequence[PurePosixPath], folder: Path) -> list[str]:
    """What tells the tests of a folder where reports do not name the folder."""
    if kind != "js":
        return [] if area.parts else [f"*{glob.escape(path.stem)}*" for path in paths[:MOST_NAMES]]
    names = [f"*{glob.escape(path.name)}*" for path in paths] if len(paths) <= MOST_NAMES else []
    # Jest, Mocha and Cypress name no file unless told to: what they name is the outermost block.
    titles = {title[2] for path in paths for title in _BLOCK.finditer(_read(folder / path))}
    return names + [glob.escape(title) for title in sorted(titles)[: 2 * MOST_NAMES]]


def _command(kind: str, root: PurePosixPath, area: PurePosixPath, folder: Path) -> str:
    """A command that runs the group and writes a report, as far as the runner can be told."""
    where = area.as_posix()
    report = f"reports/{_slug(root / area)}.xml"
    inside = f"cd {_quoted(root.as_posix())} && " if root.parts else ""
    if kind == "python":
        runner = "uv run pytest" if (folder / root / "uv.lock").exists() else "pytest"
        runner = "poetry run pytest" if (folder / root / "poetry.lock").exists() else runner
        return f"{inside}{runner} {_quoted(where)} --junit-xml={report}"
    if kind == "ruby":
        return f"{inside}bundle exec rspec {_quoted(where)} --format RspecJunitFormatter --out {report}"
    if kind == "js":
        return f"{inside}{_js_runner(folder / root, report)} {_quoted(where)}".replace(" .", "")
    return ""


def _js_runner(root: Path, report: str) -> str:
    package = _read(root / "package.json")
    if "vitest" in package:
        return f"npx vitest run --reporter=junit --outputFile={report}"
    if "playwright" in package:
        return f"PLAYWRIGHT_JUNIT_OUTPUT_FILE={report} npx playwright test --reporter=junit"
    if "cypress" in package and '"jest"' not in package:
        return "npx cypress run --reporter junit --spec"
    if "mocha" in package and '"jest"' not in package:
        return f"npx mocha --reporter mocha-junit-reporter --reporter-options mochaFile={report}"
    return "npx jest --reporters=jest-junit"


# -- tests beside the code: Go ----------------------------------------------------------------------------------------


def _go(files: Sequence[PurePosixPath], roots: set[PurePosixPath], folder: Path) -> Iterator[Group]:
    areas: dict[tuple[PurePosixPath, PurePosixPath], None] = {}
    for path in files:
        root = _root_of(path, roots)
        parts = path.relative_to(root).parent.parts
        areas[root, PurePosixPath(*parts[: 2 if parts[:1] and parts[0] in {"internal", "pkg", "cmd"} else 1])] = None
    for root, area in areas:
        found = re.search(r"^module\s+(\S+)", _read(folder / root / "go.mod"), re.MULTILINE)
        module = found[1].strip('"') if found else root.name
        package = "/".join(part for part in (module, area.as_posix()) if part and part != ".")
        names = [package, area.as_posix()] if area.parts else [package]
        globs = [text for name in map(glob.escape, names) for text in ((name, f"{name}/*") if area.parts else (name,))]
        inside = f"cd {_quoted(root.as_posix())} && " if root.parts else ""
        target = f"./{area.as_posix()}/..." if area.parts else "."
        command = f"{inside}gotestsum --junitfile reports/{_slug(root / area)}.xml {_quoted(target)}"
        yield Group(_name(root / area), tuple(globs), command, _rank(root / area))


# -- tests by class: Maven and Gradle ---------------------------------------------------------------------------------


def _jvm(files: Sequence[PurePosixPath], folder: Path) -> Iterator[Group]:
    modules: dict[tuple[str, bool], list[tuple[str, str]]] = {}
    for path in files:
        match = _JVM.fullmatch(path.parent.as_posix())
        if match is None:
            continue
        integration = bool(_INTEGRATION.search(path.stem)) or match["set"] != "test"
        package = (match["package"] or "").replace("/", ".")
        modules.setdefault((match["module"] or "", integration), []).append((package, path.stem))
    owners = Counter(package for key, classes in modules.items() for package in {package for package, _ in classes} if not key[1])
    for (module, integration), classes in modules.items():
        packages = sorted({package for package, _ in classes})
        common = _common(packages)
        taken = any(owners[p] and p.startswith(common) and p not in packages for p in owners)
        if integration:
            globs = [f"{p}.{name}" if p else name for p, name in sorted(classes)[:MOST_NAMES]]
        else:
            globs = [f"{common}.*"] if common and not taken else [f"{p}.*" if p else "*" for p in packages[:MOST_NAMES]]
        kind = "integration" if integration else "unit"
        name = _name(PurePosixPath(module)) + f" {kind}" if module else f"{kind.capitalize()} tests"
        depth = 9 if integration else common.count(".")
        command = _jvm_command(folder, module, integration=integration)
        yield Group(name, tuple(globs), command, (_PRIORITIES.index(kind), depth, f"{module or '.'}/{kind}"))


def _common(packages: Sequence[str]) -> str:
    """The package that all are in."""
    common: list[str] = []
    for parts in zip(*(package.split(".") for package in packages), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return ".".join(common)


def _jvm_command(folder: Path, module: str, *, integration: bool) -> str:
    if (folder / "pom.xml").exists():
        wrapper = "./mvnw" if (folder / "mvnw").exists() else "mvn"
        return f"{wrapper} {'verify' if integration else 'test'}" + (f" -pl {_quoted(module)}" if module else "")
    wrapper = "./gradlew" if (folder / "gradlew").exists() else "gradle"
    task = "integrationTest" if integration else "test"
    return f"{wrapper} {':' + module.replace('/', ':') + ':' if module else ''}{task}"


# -- words ------------------------------------------------------------------------------------------------------------


def _name(path: PurePosixPath) -> str:
    """What to call the tests of a folder: `backend/tests/unit` are the `Backend unit` tests."""
    parts = [part for part in path.parts if part.lower() not in _MEANINGLESS] or [part for part in path.parts[:1] if part.lower() != "src"]
    words = " ".join(parts or ["tests"]).replace("_", " ").replace("-", " ").split()
    text = " ".join(_WORDS.get(word.lower(), word) for word in words)[:_LONGEST_NAME] or "tests"
    return text[:1].upper() + text[1:]


def _rank(path: PurePosixPath) -> tuple[int, int, str]:
    text = path.as_posix()
    return next((i for i, word in enumerate(_PRIORITIES) if word in text.lower()), 99), len(path.parts), text


def _slug(path: PurePosixPath) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", path.as_posix()).strip("-").lower() or "tests"


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def _read(path: Path) -> str:
    try:
        return read_plain(path, _READ).decode("utf-8", "replace")
    except OSError:
        return ""


def _text(value: str) -> str:
    """A string of TOML; it is that of JSON but for one character."""
    return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def reports_folder(folder: Path) -> str:
    """Where reports lie already, as an argument for `rca report`; empty when none are seen."""
    for pattern in _REPORTS:
        for path in sorted(folder.glob(pattern))[:5]:
            if path.is_file() or any(path.rglob("*.xml")):
                return _quoted(os.path.join(os.path.relpath(folder), pattern) if "*" in pattern else os.path.relpath(path))
    return ""
