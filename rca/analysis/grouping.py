"""Categories from the reports' own structure, for projects without a configuration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rca.analysis.tally import Key
from rca.model import NamedGroup

MOST = 20
MANY = 1_000
BEGINNINGS = 2_000
ALL = "All tests"
REST = "Other tests"

_BETWEEN = re.compile(r"[./\\]+|::")
_ENDINGS = {
    "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "py", "rb", "go", "php", "c", "cc", "cpp", "rs", "java", "kt", "swift", "bats", "robot",
    "feature", "t", "exs", "test", "spec",
}  # fmt: skip
# What tools call their outermost suite when nobody names it.
_NAMELESS = {
    "",
    "(empty)",
    "(root)",
    "root",
    "root suite",
    "default",
    "pytest",
    "mocha tests",
    "jest tests",
    "rspec",
    "nose2-junit",
    "test",
    "tests",
}


def name_groups(sizes: Mapping[Key, int], known: Sequence[NamedGroup] = ()) -> dict[Key, str]:
    """Give every key a category: as deep in the structure as at most 20 categories of several cases allow, with readable names.

    sizes: how many cases each key has. known: how earlier runs were named, which later ones keep.
    """
    table = {group.begin: group.name for group in known}
    names = {key: name for key in sizes if (name := _known_name(key, table)) is not None} if table else {}
    rest = {key: size for key, size in sizes.items() if key not in names}
    return names | (_name_coarsely(rest) if len(rest) > MANY else _names(rest))


def _known_name(key: Key, table: Mapping[Key, str]) -> str | None:
    """The name of the longest known beginning of a key; nothing at all is the beginning of nothing else."""
    return next((table[key[:size]] for size in range(len(key), 0, -1) if key[:size] in table), None if key else table.get(()))


def beginnings(names: Mapping[Key, str]) -> tuple[NamedGroup, ...]:
    """What the names go by: the beginning that the keys of a name share and no others have, else each of its keys."""
    owners: dict[Key, str | None] = {}
    keys: dict[str, list[Key]] = {}
    for key, name in names.items():
        keys.setdefault(name, []).append(key)
        for size in range(1, len(key) + 1):
            owners[key[:size]] = name if owners.setdefault(key[:size], name) == name else None
    found: dict[Key, str] = {}
    for name, own in keys.items():
        shared = own[0][: _shared_prefix(own)]
        # One key alone says nothing of its neighbours, which an earlier run may not have executed.
        alone = len(own) == 1 or owners.get(shared) != name
        found.update(dict.fromkeys(own if alone else [shared], name))
    return tuple(NamedGroup(name=name, begin=begin) for begin, name in list(found.items())[:BEGINNINGS])


def _names(sizes: Mapping[Key, int]) -> dict[Key, str]:
    keys = {key: _plain(part) for key, part in _without_common_end(sizes).items()}
    parts = list(keys.values())
    if not parts:
        return {}
    shared = _shared_prefix(parts)
    depth = _best_depth(keys, sizes, shared)
    cut = {key: part[:depth] or part for key, part in keys.items()}
    if len(set(cut.values())) > MOST:
        return _by_first_word(keys, shared)
    names = _readable(set(cut.values()), shared)
    return {key: names[part] for key, part in cut.items()}


def _name_coarsely(sizes: Mapping[Key, int]) -> dict[Key, str]:
    """Far more groups than categories: only as much of each key is looked at as tells a thousand of them apart."""
    depths = range(1, max(len(key) for key in sizes) + 1)
    depth = next((depth - 1 for depth in depths if len({key[:depth] for key in sizes}) > MANY), 0) or 1
    coarse: Counter[Key] = Counter()
    for key, size in sizes.items():
        coarse[key[:depth]] += size
    names = dict.fromkeys(coarse, ALL) if len(coarse) > 20 * MANY else _names(coarse)
    return {key: names[key[:depth]] for key in sizes}


def _plain(key: Key) -> Key:
    """A key without what it says twice: a suite that repeats the class, a file behind suites, an ending apart from its name."""
    if "" in key:
        # An absolute path: behind suites it tells nothing more, alone its last part does.
        start = key.index("")
        key = key[:start] or tuple(part for part in key if part)[-1:]
    parts: list[str] = []
    for index, part in enumerate(key):
        words = [word for word in _BETWEEN.split(part) if word]
        rest = list(key[index + 1 :])
        if rest and len(words) > len(rest) and words[: len(rest)] == rest:
            parts += words
            break
        if not (words and rest and words in (rest[: len(words)], rest[-len(words) :])) or (len(words) == 1 and rest[-1] != part):
            parts.append(part)
    while len(parts) > 1 and parts[-1].partition(".")[0] in _ENDINGS and " " not in parts[-2]:
        parts[-2:] = [f"{parts[-2]}.{parts[-1]}"]
    return tuple(parts)


def _without_common_end(keys: Iterable[Key]) -> dict[Key, Key]:
    """Drop a last part that is the same everywhere and stands alone once, such as the class `test` that Node gives to all cases."""
    keys = list(keys)
    ends = {key[-1:] for key in keys}
    if len(ends) == 1 and len(keys) > 1 and any(len(key) == 1 for key in keys):
        return {key: key[:-1] or key for key in keys}
    return {key: key for key in keys}


def _shared_prefix(keys: list[Key]) -> int:
    """How many leading parts all keys have in common."""
    first = keys[0]
    length = min(len(key) for key in keys)
    return next((index for index in range(length) if any(key[index] != first[index] for key in keys)), length)


def _best_depth(keys: dict[Key, Key], sizes: Mapping[Key, int], shared: int) -> int:
    """The greatest depth at which there are at most 20 different beginnings, most of them of more than one case."""
    best = shared + 1
    for depth in range(shared + 1, max(map(len, keys.values())) + 1):
        cases = _cases(keys, sizes, depth)
        if len(cases) > MOST or (depth > shared + 1 and sum(count == 1 for count in cases.values()) * 2 > len(cases)):
            break
        best = depth
    if best == shared + 1:
        # Suites of one case each are no categories.
        cases = _cases(keys, sizes, best)
        if len(cases) > 5 and sum(count == 1 for count in cases.values()) * 3 > len(cases) * 2:
            return max(shared, 1)
    return best


def _cases(keys: dict[Key, Key], sizes: Mapping[Key, int], depth: int) -> Counter[Key]:
    """How many cases each beginning of that depth has."""
    cases: Counter[Key] = Counter()
    for key, part in keys.items():
        cases[part[:depth]] += sizes[key]
    return cases


def _by_first_word(keys: dict[Key, Key], shared: int) -> dict[Key, str]:
    """Many suites on one level: group them by the first word of their names, or not at all."""
    words = {
        key: re.split(r"[\s_./:-]", part[shared] if len(part) > shared else part[-1], maxsplit=1)[0] for key, part in keys.items() if part
    }
    if len(set(words.values())) > MOST:
        return dict.fromkeys(keys, ALL)
    return {key: words.get(key) or ALL for key in keys}


def _readable(parts: set[Key], shared: int) -> dict[Key, str]:
    """Name each beginning by what is not common to all; the last common part when nothing else is left."""
    tails = {part: part[shared:] or part[-1:] for part in parts}
    # A class beside its own module, or a module alone: the last part is enough where it is unique.
    last = Counter(tail[-1] if tail else "" for tail in tails.values())
    # `shop.cart.CartTest` for the parts of classes, `cart › vouchers <&>` for titles.
    between = " › " if any(" " in word for tail in tails.values() for word in tail) else "."
    names = {}
    for part, tail in tails.items():
        name = (tail[-1] if tail and last[tail[-1]] == 1 else between.join(tail)).removeprefix("./")
        names[part] = (REST if len(tails) > 1 else ALL) if name.lower() in _NAMELESS else name
    return names
