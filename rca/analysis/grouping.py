"""Categories from the reports' own structure, for projects without a configuration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from rca.analysis.tally import Key

MOST = 20
ALL = "All tests"


def name_groups(keys: Iterable[Key]) -> dict[Key, str]:
    """Give every key a category: as deep in the structure as at most 20 categories allow, with readable names."""
    keys = list(keys)
    if not keys:
        return {}
    shared = _shared_prefix(keys)
    depth = _best_depth(keys, shared)
    cut = {key: key[:depth] or key for key in keys}
    if len(set(cut.values())) > MOST:
        return _by_first_word(keys, shared)
    names = _readable(set(cut.values()), shared)
    return {key: names[part] for key, part in cut.items()}


def _shared_prefix(keys: list[Key]) -> int:
    """How many leading parts all keys have in common."""
    first = keys[0]
    length = min(len(key) for key in keys)
    return next((index for index in range(length) if any(key[index] != first[index] for key in keys)), length)


def _best_depth(keys: list[Key], shared: int) -> int:
    """The greatest depth at which there are at most 20 different beginnings."""
    best = shared + 1
    for depth in range(shared + 1, max(len(key) for key in keys) + 1):
        if len({key[:depth] for key in keys}) > MOST:
            break
        best = depth
    return best


def _by_first_word(keys: list[Key], shared: int) -> dict[Key, str]:
    """Many suites on one level: group them by the first word of their names, or not at all."""
    words = {key: re.split(r"[\s_./:-]", key[shared] if len(key) > shared else key[-1], maxsplit=1)[0] for key in keys if key}
    if len(set(words.values())) > MOST:
        return dict.fromkeys(keys, ALL)
    return {key: words.get(key) or ALL for key in keys}


def _readable(parts: set[Key], shared: int) -> dict[Key, str]:
    """Name each beginning by what is not common to all; the last common part when nothing else is left."""
    tails = {part: part[shared:] or part[-1:] for part in parts}
    # A class beside its own module, or a module alone: the last part is enough where it is unique.
    last = Counter(tail[-1] if tail else "" for tail in tails.values())
    names = {}
    for part, tail in tails.items():
        name = tail[-1] if tail and last[tail[-1]] == 1 else ".".join(tail)
        names[part] = name or ALL
    return names
