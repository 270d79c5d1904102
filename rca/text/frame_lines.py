"""Read one line of a stack trace, in the notation of whatever language it comes from.

On cheap marks: a line is looked at further only when it begins like a frame or with a place in a file of code.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LINE = 2_000

Parsed = tuple[str, str]  # path as it stands there, function

# A line that begins so may get its function from the line above.
NEEDS_ABOVE = ("/", "at ./", "at /")
_BEGINS = ("at ", 'File "', "#", "in ", "from ", "❯ ", "./", "/", "../", "(", "thread '")

_CODE = (
    "pyx?|[cm]?[jt]sx?|vue|svelte|go|rs|rb|php|java|kts?|scala|groovy|cs|fs|vb|cc?|cpp|cxx|hh?|hpp|mm?|swift|exs?|erl|dart|lua|p[lm]|t|jl|hs|sh|bats"
    "|feature|robot|clj|sql"
)
_PLACE = re.compile(rf"(?:\w{{1,20}}: )?([\w./\\~@+$-]{{1,300}}\.(?:{_CODE}))(?::|\()(\d+)(?:[:),\]]|$)")
_FIREFOX = re.compile(r"^[\w$.<>/*-]{0,100}@[^\s@]{1,300}:\d+:\d+$")
_PYTHON = re.compile(r'File "([^"]+)", line \d+(?:, in (.+))?')
_PYTEST = re.compile(r"([^\s:]+\.py):\d+:(?: in (.+)| ?[\w.]*$)")
_RUBY = re.compile(r"(?:#\s+|from )?([^\s:]+):\d+:in (.+)$")
_RUBY_PLACE = re.compile(r"#\s+([^\s:]+\.\w+):\d+$")
_PHP = re.compile(r"#\d+ ([^\s()]+\.\w+)\(\d+\)(?:: (.+))?")
_NATIVE = re.compile(r"#\d+\s+(?:0x[0-9a-f]+ )?(?:in )?(.+?)(?: at)? ([^\s()]*[/.][^\s():]*\.\w+):\d+(?::\d+)?$")
_NATIVE_BARE = re.compile(r"#\d+\s+0x[0-9a-f]+ (?:in )?([^(]+)")
_GO = re.compile(r"([^\s:]+\.go):\d+")
_RUST_BACK = re.compile(r"^\d+:\s+(?:0x[0-9a-f]+ - )?(.+)$")
_NUMBERED = re.compile(r":\d+(?::\d+)?$")
_PANIC = re.compile(r"panicked at (?:'.{0,1000}', )?([^\s:]+\.rs):\d+")
_ELIXIR = re.compile(r"(?:\([\w. ]+\) )?([\w./-]+\.exs?):\d+: (.+)$")


def looks_like_frame(line: str) -> bool:
    """A cheap look: nearly all lines of a trace that are no frames end here."""
    return line.startswith(_BEGINS) or ((":" in line or "(" in line) and _names_a_place(line))


def _names_a_place(line: str) -> bool:
    head = line[:320]
    return (
        ("." in head and _PLACE.match(head) is not None)
        or ("@" in head and _FIREFOX.match(line) is not None)
        or "Error Trace:" in head[:14]
    )


def parse(line: str, before: str, code: str) -> Parsed | None:
    """Path and function of a frame, by how the line begins and by the marks in it; nothing when it is no frame.

    before: the line above. code: the function that pytest printed last.
    """
    for begin, read in _BY_BEGINNING:
        if line.startswith(begin):
            return read(line, before)
    for mark, read in _BY_MARK:
        if mark in line and (found := read(line, code if mark == ".py:" else before)):
            return found
    match = _PLACE.match(line)
    return (match[1], "") if match else None


def without_arguments(name: str) -> str:
    """Cut the last pair of brackets with what stands behind: arguments of C++, C# and Go; Go's receiver stays."""
    depth = 0
    for index in range(len(name) - 1, -1, -1):
        depth += (name[index] == ")") - (name[index] == "(")
        if not depth:
            return name[:index]
    return name


def _pytest(line: str, code: str) -> Parsed | None:
    match = _PYTEST.match(line)
    return (match[1], match[2] or code) if match else None


def _go(line: str, before: str) -> Parsed | None:
    match = _GO.match(line)
    return (match[1], _go_function(before) if line[:1] == "/" else "") if match else None


def _elixir(line: str, _: str) -> Parsed | None:
    match = _ELIXIR.match(line)
    return (match[1], "" if match[2].startswith("(") else match[2].partition("/")[0]) if match else None


def _firefox(line: str, _: str) -> Parsed | None:
    if not _FIREFOX.match(line):
        return None
    function, _, place = line.partition("@")
    return _NUMBERED.sub("", place), function


def _go_function(before: str) -> str:
    """The function above a place in a dump of goroutines: `shop/cart.(*Cart).Add(0xc000, 0x1)`."""
    if not before.endswith(")") or " " in before.split("(", 1)[0] or "." not in before:
        return ""
    return without_arguments(before).rpartition("/")[2]


def _at(line: str, before: str) -> Parsed | None:
    """`at …` of Java, C#, JavaScript, Rust and Catch2."""
    body = line[3:]
    if body.startswith(("./", "/")) and (match := _RUST_BACK.match(before)):
        return _NUMBERED.sub("", body), match[1]
    if ":line " in body and ") in " in body:
        function, _, place = body.partition(") in ")
        return place.partition(":line ")[0], function + ")"
    if body.endswith("]") and "(" in body:  # the jar that logback names
        body = body[: body.rindex("[")].rstrip(" ~")
    return _at_with_brackets(body) if body.endswith(")") else _at_javascript("", body)


def _at_with_brackets(body: str) -> Parsed | None:
    function, _, place = body[:-1].rpartition("(")
    if function.endswith(" ") or not function:
        return _at_javascript(function.strip(), place)
    file, _, number = place.rpartition(":")
    file = file if number.isdigit() else place
    if "(" in function or " " in function or not ("." in file or file in {"Native Method", "Unknown Source", ""}):
        return "", body  # C# without the place
    # A class loader or a module stands before a slash; the names of lambdas have one too.
    return file, function[function.partition("$$")[0].rfind("/") + 1 :]


def _at_javascript(function: str, place: str) -> Parsed | None:
    place = place.removeprefix("async ")
    path = _NUMBERED.sub("", place)
    if function.startswith("Object."):  # Jest names the method that was called, not the function that calls it
        function = ""
    if path == place and not place.startswith(("node:", "native", "<anonymous>")):
        return None
    if not function and " " in path:
        return None
    if "eval at " in path:
        path = path.rpartition("(")[2]
    return path, function.removeprefix("async ")


def _python(line: str, _: str) -> Parsed | None:
    match = _PYTHON.match(line)
    return (match[1], match[2] or "") if match else None


def _hash(line: str, _: str) -> Parsed | None:
    """`# …` of Ruby, `#0 …` of PHP and of C++."""
    if found := _ruby(line, ""):
        return found
    if match := _PHP.match(line):
        return match[1], (match[2] or "").partition("(")[0].replace("->", "::")
    if match := _NATIVE.match(line):
        return match[2], match[1]
    if match := _NATIVE_BARE.match(line):
        return "", match[1].strip()
    match = _RUBY_PLACE.match(line)
    return (match[1], "") if match else None


def _ruby(line: str, _: str) -> Parsed | None:
    match = _RUBY.match(line)
    return (match[1], match[2].strip("`'")) if match else None


def _vitest(line: str, _: str) -> Parsed | None:
    function, _space, place = line[2:].strip().rpartition(" ")
    path = _NUMBERED.sub("", place)
    return (path, function) if path != place else None


def _thread(line: str, _: str) -> Parsed | None:
    match = _PANIC.search(line)
    return (match[1], "") if match else None


def _trace(line: str, _: str) -> Parsed | None:
    match = _GO.match(line[12:].strip())
    return (match[1], "") if match else None


_Reader = Callable[[str, str], Parsed | None]
_BY_BEGINNING: tuple[tuple[str, _Reader], ...] = (
    ("at ", _at),
    ('File "', _python),
    ("#", _hash),
    ("from ", _ruby),
    ("❯ ", _vitest),
    ("thread '", _thread),
    ("Error Trace:", _trace),
)
_BY_MARK: tuple[tuple[str, _Reader], ...] = ((".py:", _pytest), (":in ", _ruby), (".go:", _go), (".ex", _elixir), ("@", _firefox))
