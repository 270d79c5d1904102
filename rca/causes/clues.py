"""What a cluster of failures says of where its cause may lie: frames, tests, words of the message, the sort of error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rca.causes.paths import parts_of, under_test, words_of
from rca.model import Case, Cluster
from rca.text.frames import NO_RULES, FrameRules, frames_of, is_test

CASES = 5  # of a cluster, whose texts are read
FRAMES = 12
TEXT = 12_000
MESSAGE = 2_000

# What an error of this sort is about: files of these kinds can cause it although no frame leads to them.
_THEMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "dependency",
        re.compile(
            r"(?i)modulenotfound|importerror|no module named|cannot (?:find|resolve) (?:module|package|symbol|import)"
            r"|could not (?:find|resolve)|cannot import name"
            r"|noclassdeffound|classnotfound|nosuchmethod|nosuchfield|abstractmethoderror|unsupportedclassversion"
            r"|incompatibleclass|linkageerror"
            r"|unresolved (?:import|reference)|uninitialized constant|undefined (?:reference|symbol)|loaderror"
            r"|cannot load such file|class \S+ not found|gem::"
            r"|\b(?:version|versions|incompatible|deprecated|removed in|requires|peer dep|distributionnotfound|pkg_resources"
            r"|packagenotfound)\b"
            r"|err_module|err_package|err_require|is not exported"
            r"|filenotfoundexception.{0,40}assembly|could not load file or assembly|missingmethodexception|typeloadexception"
        ),
    ),
    (
        "config",
        re.compile(
            r"\b[A-Z][A-Z0-9]+_[A-Z0-9_]{2,}\b|(?i:environment variable|not (?:set|configured|configurable)|misconfigur"
            r"|improperlyconfigured|configuration"
            r"|\bconfig\b|settings?\b|invalid (?:option|value for)|unknown (?:option|key|property)|missing (?:option|key|property"
            r"|required)|placeholder"
            r"|connection|connect|refused|unreachable|timed? ?out|timeout|deadline|unavailable|unauthorized|forbidden|permission"
            r"|denied|certificate"
            r"|\bssl\b|\btls\b|\bdns\b|getaddrinfo|name resolution|\b(?:401|403|404|500|502|503|504)\b|no such (?:host|file)"
            r"|enoent|eacces|econn"
            r"|beancreation|unsatisfieddependency|feature flag|flag|limit|quota|locale|time ?zone|encoding)"
        ),
    ),
    (
        "pipeline",
        re.compile(
            r"(?i)command not found|not recognized as|executable|no such file or directory|exit (?:code|status)|enoent"
            r"|permission denied|out of memory"
            r"|\boom|heap|killed|no space left|browser|chrom(?:e|ium)|display|docker|container|service|port|econnrefused"
            r"|connection refused"
            r"|environment variable|unsupported (?:python|node|engine|class)|glibc|shared librar|so\.\d"
        ),
    ),
    (
        "migration",
        re.compile(
            r"(?i)\b(?:no such (?:table|column)|(?:column|relation|table|constraint|index|sequence) .{0,80}(?:not exist|unknown"
            r"|violat|already)|unknown column"
            r"|undefined(?:column|table|object)|operationalerror|programmingerror|integrityerror|sqlexception|sqlgrammar|psycopg"
            r"|sqlite3?|jdbc|postgres|mysql"
            r"|not[- ]null constraint|foreign key|unique constraint|duplicate key|migration|schema|violates|constraintviolation"
            r"|badsqlgrammar|sqlstate)"
        ),
    ),
)
_MISSING = (
    re.compile(r"No module named '?([\w.]{1,200})"),
    re.compile(r"(?i)cannot (?:find|resolve) (?:module|package|import) '?\"?([\w./\\@-]{1,200})"),
    re.compile(r"cannot load such file -- ([\w./-]{1,200})"),
    re.compile(r"(?:NoClassDefFoundError|ClassNotFoundException):? ([\w./$]{1,200})"),
    re.compile(r"Class \"?'?([\w\\]{1,200})\"?'? not found"),
    re.compile(r"unresolved import `?([\w:]{1,200})"),
)
# Servers are named by their ports in messages, and by their names in configurations.
_PORTS = {
    "5432": "postgres", "3306": "mysql", "6379": "redis", "27017": "mongo", "9200": "elasticsearch", "5672": "rabbitmq", "9092": "kafka",
    "11211": "memcached", "1433": "mssql", "4444": "selenium", "2379": "etcd", "4566": "localstack", "9000": "minio",
}  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.])\d{3,6}(?![\w.])|(?<=:)\d{2,5}\b")
# What other versions of a library bring about, and other mistakes too.
_OTHER_VERSION = re.compile(
    r"(?i)is not a (?:function|constructor)|has no attribute|undefined method|unexpected keyword|unexpected argument"
    r"|no such method|is undefined"
)
_DOTTED = re.compile(r"\b([A-Za-z_$][\w$]{2,60})(?=\.\w|::|\(|:Module|:Class)")
_QUOTED = re.compile(r"'([^'\n]{2,80})'|\"([^\"\n]{2,80})\"|`([^`\n]{2,80})`|«([^»\n]{2,80})»")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]{2,60}")
_SPEAKING = re.compile(r"[a-z][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]|^[A-Z]{4,}$")
# Words that errors of any kind are told in.
_TELLING = frozenset(
    """
    expected actual but was got error errors exception failed failure fail assert assertion assertionerror true false none null nil
    undefined object attribute has not cannot could can module named name type types value values line file files test tests string str
    int integer float bool list dict map array with from import property properties reading read function functions argument arguments
    missing required positional unexpected keyword return returned returns received equal equals should must have that this than more
    less found invalid given call called calls method methods class self instance after before seconds http https com org net java lang
    util python node src spec main index and the for are does did exist exists when while where what which you your into out its too
    many few only also been being were will would there then them they all any each one two three typeerror valueerror keyerror
    nameerror attributeerror importerror runtimeerror nullpointerexception illegalargumentexception illegalstateexception referenceerror
    rangeerror indexerror zerodivisionerror oserror ioerror modulenotfounderror timeout timed limit exceeded waiting wait status code
    response request result results left right match matches matched defined definition symbol supported unknown because cause caused
    tobe toequal expect received contain contains include includes item items key keys index size length number count panicked thread
    unwrap option some err
    """.split()  # noqa: SIM905 -- a list of words is read more easily without quotes
)


@dataclass(frozen=True, slots=True)
class Place:
    """A frame of own code: the parts of its path from the file up, its function, and how near to the failure it is (0 to 1).

    helper: it belongs to what tests share, and not to what is tested.
    """

    name: str
    parts: tuple[str, ...]
    function: str
    near: float
    helper: bool = False


@dataclass(slots=True)
class Clues:
    """What is looked for in commits.

    frames: places in code and in helpers of tests, the nearest first. tests: parts of paths that may be the test's file.
    test_names: functions of the tests. subjects: what tests are named after, as one word in lower case.
    subject_functions: functions that tests are named after. missing: modules that could not be found, from their last part up.
    words: identifiers and telling words of the message with what they are worth, 0 to 1; told: the plain words of it.
    themes: kinds of files that fit the sort of the error, and how well (0 to 1). topics: words of the tests' names.
    """

    frames: list[Place] = field(default_factory=list)
    tests: dict[tuple[str, ...], str] = field(default_factory=dict)
    test_names: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    subject_functions: set[str] = field(default_factory=set)
    missing: set[tuple[str, ...]] = field(default_factory=set)
    words: dict[str, float] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    themes: dict[str, float] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)

    @property
    def leads(self) -> bool:
        """Whether a frame leads to the code that is tested."""
        return any(not place.helper for place in self.frames)


def clues_of(cluster: Cluster, cases: Sequence[Case], rules: FrameRules = NO_RULES) -> Clues:
    """Gather the clues of a cluster; `cases` may hold others, only its own are read, the first few of them."""
    mine = set(cluster.cases)
    chosen = [case for case in cases if case.id in mine][:CASES]
    clues = Clues()
    _add_frames(clues, cluster, chosen, rules)
    for case in chosen:
        _add_test(clues, case)
    said = f"{cluster.error_type} {cluster.message}"[:MESSAGE]
    _add_words(clues, cluster, said)
    _add_source(clues, chosen)
    clues.missing = {_module(match) for pattern in _MISSING for match in pattern.findall(said)} - {()}
    clues.themes = {kind: 1.0 for kind, pattern in _THEMES if pattern.search(said)}
    if _OTHER_VERSION.search(said):
        clues.themes.setdefault("dependency", 0.5)
    return clues


def _add_frames(clues: Clues, cluster: Cluster, cases: list[Case], rules: FrameRules) -> None:
    named = [_split(frame) for frame in cluster.frames]
    seen = dict.fromkeys(named)
    for case in cases[:2]:
        for failure in case.failures[:2]:
            found = [(frame.path, frame.function) for frame in frames_of(failure.text[:TEXT], rules) if frame.own]
            if _innermost_last(found, named, failure.text):
                found.reverse()
            seen.update(dict.fromkeys(found))
    places = [(path, function) for path, function in seen if path]
    tests = {re.split(r"[\[({ ]", case.name, maxsplit=1)[0] for case in cases}
    for path, function in places:
        name = function.replace("::", ".").replace("#", ".").rpartition(".")[2]
        helper = is_test(path, function)
        if parts_of(path) and len(clues.frames) < FRAMES and not (helper and (not name or name in tests or is_test("", name))):
            near = max(0.4, 1 - 0.15 * len(clues.frames))
            clues.frames.append(Place(f"{path}:{name}", parts_of(path), name, near, helper))
        elif helper and parts_of(path):
            clues.tests.setdefault(parts_of(path), path)
            clues.test_names.add(function.rpartition(".")[2])
            clues.subjects.add(under_test(parts_of(path)[0]))
    clues.subjects.discard("")


def _split(frame: str) -> tuple[str, str]:
    """`path:function`; a function may hold colons of its own."""
    path, _, function = frame.partition(":")
    return path, function


def _innermost_last(found: list[tuple[str, str]], named: list[tuple[str, str]], text: str) -> bool:
    """Whether a trace ends where it failed, as in Python: the cluster knows which frame is the nearest."""
    if named and named[0] in found:
        return found.index(named[0]) > len(found) // 2
    return "Traceback (most recent call last)" in text or (bool(found) and found[0][0].endswith(".py"))


def _add_test(clues: Clues, case: Case) -> None:
    """Where the test may lie: as the report says, and as class or suite are named."""
    name = re.split(r"[\[({ ]", case.name, maxsplit=1)[0]
    clues.test_names.add(name)
    if bare := re.sub(r"^(?:test_?|Test_?|should_?|it_)(?=\w{3})|_?[Tt]est$", "", name):
        clues.subject_functions.update({bare, bare[0].lower() + bare[1:]} if bare != name else set())
    clues.topics.update(word for word in words_of(case.name) if len(word) > 3 and word not in _TELLING)
    paths = [case.location.path] if case.location else []
    for text in (case.classname, case.suite):
        text = text[:300]  # noqa: PLW2901 -- bounded before anything looks at it
        if re.search(r"\.\w{1,5}$", text) and "/" in text:
            paths.append(text)
        elif "." in text and " " not in text:
            paths += _as_paths(text)
    for path in paths:
        if parts := parts_of(path):
            clues.tests.setdefault(parts, path)
            clues.subjects.add(under_test(parts[0]))
    clues.subjects.add(under_test(case.classname.rpartition(".")[2][:100]))
    clues.subjects.discard("")


def _as_paths(dotted: str) -> list[str]:
    """Files that a class may lie in: `tests.test_cart.TestCart` and `com.shop.CartTest`."""
    parts = dotted.split(".")
    whole = "/".join(parts)
    return [f"{whole}.py", f"{whole}.java", f"{whole}.kt", f"{'/'.join(parts[:-1])}.py"]


def _add_words(clues: Clues, cluster: Cluster, said: str) -> None:
    """Identifiers in quotes count most, then what looks like an identifier, then plain words."""
    for quoted in _QUOTED.findall(said):
        text = next(filter(None, quoted))
        found = _IDENTIFIER.findall(text)
        worth = 1.0 if len(found) <= 3 else 0.5
        for word in found:
            _weigh(clues, word, worth)
    for word in [*_NUMBER.findall(said)[:10], *_DOTTED.findall(said)]:
        _weigh(clues, word, 0.8)
        if word in _PORTS:
            _weigh(clues, _PORTS[word], 0.8)
    kind = cluster.error_type.rpartition(".")[2]
    for word in _IDENTIFIER.findall(said):
        if word == kind:
            _weigh(clues, word, 0.5)
        elif _SPEAKING.search(word):
            _weigh(clues, word, 0.9)
        elif len(word) > 3:
            _weigh(clues, word, 0.5)
            if word.lower() not in _TELLING and word.islower():
                clues.told.add(word)


def _add_source(clues: Clues, cases: list[Case]) -> None:
    """Identifiers of the line of code that failed, as Python, pytest, Jest and RSpec print it; functions of frames count as such."""
    known = clues.test_names | {place.function for place in clues.frames}
    for case in cases[:2]:
        for failure in case.failures[:2]:
            lines = [line for line in failure.text[:TEXT].split("\n") if line.startswith((">", "    ")) or "Failure/Error:" in line]
            code = [line for line in lines if "(" in line and not line.lstrip().startswith(("at ", "File "))]
            line = " ".join(code[-2:])[:500]
            quoted = [word for text in _QUOTED.findall(line) for word in _IDENTIFIER.findall("".join(text))]
            for word in [*_DOTTED.findall(line), *quoted, *_IDENTIFIER.findall(line)]:
                if word not in known:
                    _weigh(clues, word, 0.7 if word in quoted or f"{word}(" in line else 0.5 if _SPEAKING.search(word) else 0.3)


def _module(name: str) -> tuple[str, ...]:
    """The last two parts of a module's name, the last first: `shop.utils.money` and `../utils/money.js` are `money`, `utils`."""
    name = re.sub(r"\.(?:[cm]?[jt]sx?|py|rb|java|php)$", "", name.strip("./\\"))
    parts = [part for part in re.split(r"[./\\:]+", name) if part]
    return tuple(reversed(parts[-2:])) if len(parts) > 1 else ()


def _weigh(clues: Clues, word: str, worth: float) -> None:
    if word.lower() not in _TELLING and len(clues.words) < 60:
        clues.words[word] = max(worth, clues.words.get(word, 0.0))
