"""Rank the commits that may have caused a cluster of failures: a list to look at in this order, never a verdict.

    lineup = line_up(commits)                     # once for a range of commits (rca.sources.git.commits_between)
    suspects = rank(cluster, cases, lineup)       # for each cluster: the best five, or none
    note = remark(suspects, lineup)               # for Cluster.suspects_note

Each sign that connects a commit with the failure has a weight between 0 and 1. The strongest counts in full, each further
one takes its share of what is left up to 1, so that many weak signs never outweigh a strong one by their number alone. What
speaks against a commit takes a share of the sum away. The points of the parts add up to the score.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rca.causes.clues import Clues, Place, clues_of
from rca.causes.paths import COMMON, Kind, kind_of, parts_of, same_file, stem, words_of
from rca.model import Case, Cluster, Commit, CommitRange, FileChange, ScorePart, Suspect
from rca.text.clean import one_line
from rca.text.frames import NO_RULES, FrameRules
from rca.text.redact import redact

MOST = 5
LEAST = 0.08  # a commit below has nothing to do with it, as far as can be seen
NAMED = 3  # names that a reason lists
_SMALL = 0.015  # points

# What a sign is worth when only one commit shows it.
_FILE, _FUNCTION, _MOVED = 0.35, 0.55, 0.1
_TEST_FILE, _TEST_FUNCTION = 0.15, 0.45
_LOST, _GAINED, _BOTH, _SCOPE, _ABOUT, _SUMMARY = 0.65, 0.45, 0.25, 0.35, 0.2, 0.15
_INNER, _ENTRY, _TOLD, _AWAY = 0.4, 0.5, 0.5, 0.7
_SUBJECT, _SUBJECT_FUNCTION, _TOPIC, _NEIGHBOUR = 0.2, 0.35, 0.1, 0.05
_FITS, _WITHOUT_FRAMES, _OTHERWISE = 0.4, 0.15, 0.03
_LEADS_ELSEWHERE = 0.6  # what the test says, when frames lead to other code
_RECENT, _REVERT, _ONLY, _OF_FEW = 0.03, 0.1, 0.5, 0.1
_FORMATTED_FILES = 5
_KEYED: frozenset[Kind] = frozenset({"config", "dependency", "pipeline", "migration", "data"})
_ACCESS = {"get", "set", "is", "has", "with", "to"}
# What remains of a score.
_DOCS, _CLEARED, _ELSEWHERE, _FORMATTED = 0.05, 0.15, 0.5, 0.25
_LARGE = 10  # files


class Sign(NamedTuple):
    """Something that connects a commit with a failure: how strongly, 0 to 1, and in which words.

    key: signs of one name and key are the same sign; the more commits show it, the less it tells of each.
    """

    name: str
    weight: float
    why: str
    key: str = ""


@dataclass(slots=True)
class Touched:
    """A file of a commit as it is compared: the parts of its paths from the file up, its kind, the words of its names."""

    file: FileChange
    kind: Kind
    paths: tuple[tuple[str, ...], ...]
    names: frozenset[str]
    only_moved: bool

    def is_at(self, place: tuple[str, ...]) -> float:
        """How sure it is that a frame's path means this file, where it is or where it was."""
        return max((same_file(place, parts) for parts in self.paths), default=0.0)


@dataclass(slots=True)
class Candidate:
    """A commit with all that does not depend on the failure.

    age: 0 for the newest. formatting: many files, and no word came or went. called: files by their names.
    lost, gained: words of changed lines. entries: those of files of keys and values, in lower case. names: words of paths and
    scopes. inner: words of the identifiers that came or went. summary: words of the summary. scopes: as git names them.
    """

    commit: Commit
    files: list[Touched]
    age: int
    formatting: bool
    called: dict[str, list[Touched]]
    entries: set[str]
    lost: set[str]
    gained: set[str]
    names: set[str]
    inner: set[str]
    summary: set[str]
    scopes: set[str]


@dataclass(slots=True)
class Lineup:
    """The commits of a range, made ready; how many of them have a word, and which were taken back again."""

    range: CommitRange
    candidates: list[Candidate]
    having: Counter[str] = field(default_factory=Counter)
    cleared: dict[str, str] = field(default_factory=dict)

    def rare(self, word: str) -> float:
        """1 for a word that one commit has, less the more of them have it."""
        return 1 / math.sqrt(max(1, self.having[word]))


def line_up(commits: CommitRange) -> Lineup:
    """Make the commits of a range ready to be compared with failures."""
    # What a file was called later: a trace shows the names of the last commit.
    later: dict[str, str] = {}
    candidates = []
    for age, commit in enumerate(commits.commits):
        candidates.append(_candidate(commit, age, later))
        later.update({file.old_path: later.get(file.path, file.path) for file in commit.files if file.status == "renamed"})
    lineup = Lineup(commits, candidates)
    for candidate in lineup.candidates:
        if candidate.formatting:
            continue
        lineup.having.update(candidate.lost | candidate.gained | candidate.names | candidate.inner | candidate.entries | candidate.summary)
    by_hash = {commit.sha: commit for commit in commits.commits}
    for commit in commits.commits:
        if not commit.reverts:
            continue
        undone = next((sha for sha in by_hash if sha.startswith(commit.reverts) and sha != commit.sha), "")
        if undone:
            lineup.cleared.setdefault(undone, f"taken back by {commit.sha[:8]}")
            lineup.cleared.setdefault(commit.sha, f"takes back {undone[:8]}, which is in the range too")
    return lineup


def _candidate(commit: Commit, age: int, later: dict[str, str]) -> Candidate:
    files = [_touched(file, later.get(file.path, "")) for file in commit.files]
    told = [touched for touched in files if touched.kind != "docs"]
    lost = set().union(*(touched.file.lost for touched in told))
    gained = set().union(*(touched.file.gained for touched in told))
    return Candidate(
        commit,
        files,
        age,
        formatting=len(files) >= _FORMATTED_FILES and lost == gained and bool(lost),
        called=_called(files),
        entries={word.lower() for touched in told if touched.kind in _KEYED for word in touched.file.lost | touched.file.gained},
        lost=lost,
        gained=gained,
        inner={part for touched in told for word in _differing(touched) for part in words_of(word)},
        names=set().union(*(touched.names for touched in told)),
        summary={word for word in words_of_text(commit.summary) if len(word) > 3},
        scopes={scope for touched in told for scope in touched.file.scopes},
    )


def _called(files: list[Touched]) -> dict[str, list[Touched]]:
    called: dict[str, list[Touched]] = {}
    for touched in files:
        for name in {parts[0] for parts in touched.paths}:
            called.setdefault(name, []).append(touched)
    return called


def _touched(file: FileChange, later: str) -> Touched:
    paths = [parts for path in dict.fromkeys((file.path, later, file.old_path)) if (parts := parts_of(path))]
    names = {word for parts in paths for word in words_of(stem(parts[0]))}
    names.update(word for scope in file.scopes for word in words_of(scope))
    kind: Kind = "dependency" if file.submodule else kind_of(file.path)
    only_moved = file.status == "renamed" and not file.gained and not file.lost
    return Touched(file, kind, tuple(paths), frozenset(names), only_moved)


def _differing(touched: Touched) -> frozenset[str]:
    """Words that a file has more or less of; where a line is a key and its value, all of its changed lines."""
    return touched.file.lost | touched.file.gained if touched.kind in _KEYED else touched.file.lost ^ touched.file.gained


def words_of_text(text: str) -> Iterator[str]:
    """The words of a line of prose, identifiers in it taken apart."""
    for part in text[:500].split():
        yield from words_of(part)


def rank(cluster: Cluster, cases: Sequence[Case], lineup: Lineup, *, most: int = MOST, rules: FrameRules = NO_RULES) -> tuple[Suspect, ...]:
    """The commits that have most to do with a cluster, the most suspicious first; none when nothing connects."""
    if not lineup.candidates:
        return ()
    clues = clues_of(cluster, cases, rules)
    found = [[sign for look in _SIGNS for sign in look(candidate, clues, lineup)] for candidate in lineup.candidates]
    telling = [signs for candidate, signs in zip(lineup.candidates, found, strict=True) if not candidate.formatting]
    shared = Counter((sign.name, sign.key) for signs in telling for sign in signs if sign.key)
    judged = [(_judge(candidate, signs, shared, lineup), candidate) for candidate, signs in zip(lineup.candidates, found, strict=True)]
    ranked = sorted(((parts, candidate) for parts, candidate in judged if parts), key=lambda pair: (-_sum(pair[0]), pair[1].age))
    return tuple(_suspect(parts, candidate.commit) for parts, candidate in ranked[:most])


def remark(suspects: Sequence[Suspect], lineup: Lineup) -> str:
    """Which commits were looked at, and that nothing was found when nothing was."""
    note = lineup.range.note
    if suspects or not any(candidate.commit.files_known for candidate in lineup.candidates):
        return note
    return f"{note} None of them has to do with this failure, as far as can be seen.".strip()


def _suspect(parts: list[ScorePart], commit: Commit) -> Suspect:
    ordered = tuple(sorted(_told(parts), key=lambda part: -part.points))
    return Suspect(commit=commit.sha, summary=redact(one_line(commit.summary, 120)), at=commit.at, score=_sum(parts), parts=ordered)


def _told(parts: list[ScorePart]) -> list[ScorePart]:
    """The parts, those that hardly count as one."""
    small = [part for part in parts if abs(part.points) < _SMALL]
    if len(small) < 2:
        return parts
    points = round(sum(part.points for part in small), 3)
    rest = ScorePart(name="other signs", points=points, why=", ".join(dict.fromkeys(part.name for part in small)))
    return [part for part in parts if abs(part.points) >= _SMALL] + [rest]


def _sum(parts: list[ScorePart]) -> float:
    return round(sum(part.points for part in parts), 3)


# -- one commit -----------------------------------------------------------------------------------------------------


def _judge(candidate: Candidate, found: list[Sign], shared: Counter[tuple[str, str]], lineup: Lineup) -> list[ScorePart]:
    """The parts of a commit's score; none when it is not a suspect."""
    signs = [_shared(sign, shared[sign.name, sign.key]) for sign in found]
    if sum(sign.weight for sign in signs) < LEAST:
        return []
    signs.append(Sign("recent", _RECENT * (1 - candidate.age / len(lineup.candidates)), _age(candidate.age)))
    parts, total = _added_up(signs)
    for sign in _against(candidate, lineup, in_trace=any(sign.name.endswith("in the trace") for sign in signs)):
        left = round(total * sign.weight, 3)
        parts.append(ScorePart(name=sign.name, points=round(left - total, 3), why=sign.why))
        total = left
    return parts if total >= LEAST / 2 else []


def _shared(sign: Sign, number: int) -> Sign:
    if number < 2:
        return sign
    others = f"{sign.why}; so do{'es' * (number == 2)} {number - 1} other{'s' * (number > 2)}"
    return sign._replace(weight=sign.weight / math.sqrt(number), why=others)


def _added_up(signs: list[Sign]) -> tuple[list[ScorePart], float]:
    """Points for signs, the strongest first: each takes its share of what the ones before it left of 1."""
    parts: list[ScorePart] = []
    total = 0.0
    for sign in sorted(signs, key=lambda sign: -sign.weight):
        after = round(total + (1 - total) * sign.weight, 3)
        if after > total:
            parts.append(ScorePart(name=sign.name, points=round(after - total, 3), why=sign.why))
        total = after
    return parts, total


def _age(age: int) -> str:
    return "the newest commit" if not age else f"{age} newer commit{'s' * (age > 1)}"


def _trace(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """Files and functions of the frames, each the nearest that the commit touches."""
    file: Sign | None = None
    function: Sign | None = None
    for place in clues.frames:
        for touched in candidate.called.get(place.parts[0], ()):
            sure = touched.is_at(place.parts) * place.near
            if not sure:
                continue
            # A file that was only moved does what it did; that others miss it at its old place is another sign.
            weight = sure * (_MOVED if touched.only_moved else _FILE)
            if file is None or weight > file.weight:
                file = Sign("file in the trace", weight, f"{_changed(touched.file)}, {_nth(clues, place)}", place.name)
            if place.function in touched.file.scopes and (function is None or sure * _FUNCTION > function.weight):
                why = f"changes {one_line(place.function, 60)}, {_nth(clues, place)}"
                function = Sign("function in the trace", sure * _FUNCTION, why, place.name)
    yield from filter(None, (file, function))


def _nth(clues: Clues, place: Place) -> str:
    index = clues.frames.index(place)
    return f"frame {index + 1} of the trace" if index else "the top frame of the trace"


def _changed(file: FileChange) -> str:
    path = one_line(file.path, 100)
    return f"{file.status} {path}" + (f" (was {one_line(file.old_path, 100)})" if file.old_path else "")


def _tests(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """The file of a failing test, and the test itself."""
    found = [(touched.is_at(test), touched) for test in clues.tests for touched in candidate.called.get(test[0], ())]
    for sure, touched in sorted(found, key=lambda pair: -pair[0]):
        if not sure or touched.only_moved:
            continue
        yield Sign("test file", _TEST_FILE * sure, f"{_changed(touched.file)}, which holds a failing test", "test file")
        if own := sorted(clues.test_names.intersection(touched.file.scopes) - {""}):
            weight = _TEST_FUNCTION * sure * (_LEADS_ELSEWHERE if clues.leads else 1)
            yield Sign("test", weight, f"changes {_some(own)}", own[0])
        return


def _words(candidate: Candidate, clues: Clues, lineup: Lineup) -> Iterator[Sign]:
    """Words of the message in what changed: a name that went is worth most, since it may be missed."""
    weighed: dict[str, list[tuple[float, str]]] = {}
    for word, worth in clues.words.items():
        how, weight = _where(word, candidate, lineup)
        if weight:
            weighed.setdefault(how, []).append((weight * worth, word))
    for how, found in weighed.items():
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        yield Sign("message", _together([weight for weight, _ in found[:NAMED]]), f"{how} {_some([word for _, word in found])}")


def _where(word: str, candidate: Candidate, lineup: Lineup) -> tuple[str, float]:
    """Where a commit has a word, and what that is worth: the less, the more commits have it."""
    lost, gained = word in candidate.lost, word in candidate.gained
    if lost != gained:
        return ("takes away", _LOST * lineup.rare(word)) if lost else ("brings in", _GAINED * lineup.rare(word))
    if word.lower() in candidate.entries:
        return "changes the entry of", _ENTRY * lineup.rare(word.lower())
    if lost:
        return "changes lines with", _BOTH * lineup.rare(word)
    if word in candidate.scopes:
        return "changes", _SCOPE * lineup.rare(word)
    return _about(word, candidate, lineup)


def _about(word: str, candidate: Candidate, lineup: Lineup) -> tuple[str, float]:
    """The same for the words that an identifier is made of: `getLabel` is about the same as `setLabel`."""
    parts = set(words_of(word)) - _ACCESS
    rare = max((lineup.rare(part) for part in parts), default=0.0)
    how, weight = "", 0.0
    if candidate.inner.issuperset(parts):
        how, weight = "changes lines about", _INNER if len(parts) > 1 else _ABOUT
    elif candidate.names.issuperset(parts) and any(touched.names.issuperset(parts) for touched in candidate.files):
        how, weight = "is about", _ABOUT
    elif candidate.summary.issuperset(parts):
        how, weight = "speaks of", _SUMMARY
    return how, weight * rare


def _message_text(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """The plain words of the message, in lines that one file gained: it may be raised there."""
    if len(clues.told) < 3:
        return
    found = [clues.told & touched.file.gained for touched in candidate.files if touched.kind != "docs"]
    best = max(found, key=len, default=set())
    share = len(best) / len(clues.told)
    if len(best) >= 3 and share > 0.6:
        yield Sign("text of the message", _TOLD * share, f"brings in {_some(sorted(best))}", "text")


def _missing(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """A module that cannot be found, and a file of that name that is no longer where it was."""
    for touched in candidate.files:
        gone = touched.paths[-1] if touched.paths and touched.file.status in {"renamed", "deleted"} else ()
        for parts in clues.missing:
            known = (stem(gone[0]), *gone[1:]) if gone else ()
            if known[: len(parts)] == parts:
                yield Sign("missing module", _AWAY, _changed(touched.file), "/".join(parts))
                return


def _subject(candidate: Candidate, clues: Clues, lineup: Lineup) -> Iterator[Sign]:
    """Functions and files that the tests are named after, and words of the tests' names."""
    if function := sorted(clues.subject_functions & candidate.scopes):
        weight = _SUBJECT_FUNCTION * (_LEADS_ELSEWHERE if clues.leads else 1)
        yield Sign("named by the test", weight, f"changes {_some(function)}, which a failing test is named after", function[0])
    elif not clues.leads:
        for touched in candidate.files:
            if touched.kind not in {"docs", "test"} and any(_named(parts[0]) in clues.subjects for parts in touched.paths):
                yield Sign("named by the test", _SUBJECT, f"{_changed(touched.file)}, which a failing test is named after", "file")
                break
    found = sorted(((_TOPIC * lineup.rare(word), word) for word in clues.topics & (candidate.names | candidate.summary)), reverse=True)
    if found:
        yield Sign(
            "words of the test", _together([weight for weight, _ in found[:NAMED]]), f"is about {_some([word for _, word in found])}"
        )


def _named(file: str) -> str:
    return "".join(words_of(stem(file)))


def _kinds(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """Dependencies, configuration and pipelines, which break tests without standing in any trace."""
    best: Sign | None = None
    for touched in candidate.files:
        if touched.kind not in {"dependency", "config", "pipeline", "migration", "data"} or _is_release(touched.file):
            continue
        if touched.kind in clues.themes:
            sign = Sign(
                touched.kind, _FITS * clues.themes[touched.kind], f"{_changed(touched.file)}, which fits the error", touched.file.path
            )
        elif clues.leads:
            sign = Sign(touched.kind, _OTHERWISE, f"{_changed(touched.file)}, which may change anything", touched.file.path)
        else:
            sign = Sign(touched.kind, _WITHOUT_FRAMES, f"{_changed(touched.file)}, and no frame leads to code", touched.file.path)
        if best is None or sign.weight > best.weight:
            best = sign
    if best:
        yield best


def _is_release(file: FileChange) -> bool:
    """Whether only the version of the project itself changed in a file, as far as its lines were read."""
    return bool(file.gained) and {word.lower() for word in file.gained | file.lost} <= {"version"}


def _neighbours(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """Files in the folder of a frame."""
    folders = {place.parts[1] for place in clues.frames if len(place.parts) > 1} - COMMON - {"src"}
    for touched in candidate.files:
        if touched.kind == "code" and any(len(parts) > 1 and parts[1] in folders for parts in touched.paths):
            yield Sign("same folder", _NEIGHBOUR, f"{_changed(touched.file)} lies beside a frame of the trace", "folder")
            return


def _taking_back(candidate: Candidate, _: Clues, __: Lineup) -> Iterator[Sign]:
    """A revert brings back what an earlier commit had mended."""
    if candidate.commit.reverts:
        yield Sign("revert", _REVERT, f"takes back {candidate.commit.reverts[:8]}")


def _few(_: Candidate, __: Clues, lineup: Lineup) -> Iterator[Sign]:
    """Between a good and a bad run something changed: of few commits each is a suspect."""
    number = len(lineup.candidates)
    if lineup.range.complete and number <= 3:
        weight = _ONLY if number == 1 else _OF_FEW
        yield Sign(
            "few commits", weight, "the only commit after the good run" if number == 1 else f"one of {number} commits after the good run"
        )


_SIGNS: tuple[Callable[[Candidate, Clues, Lineup], Iterator[Sign]], ...] = (
    _trace,
    _tests,
    _words,
    _message_text,
    _missing,
    _subject,
    _kinds,
    _neighbours,
    _taking_back,
    _few,
)


def _against(candidate: Candidate, lineup: Lineup, *, in_trace: bool) -> Iterator[Sign]:
    """What speaks against a commit; the weight is the share of the score that stays."""
    commit, files = candidate.commit, candidate.files
    number = len(files) + commit.left_out
    if files and all(touched.kind == "docs" for touched in files):
        yield Sign("documentation only", _DOCS, "no file of it runs")
    if commit.sha in lineup.cleared:
        yield Sign("reverted", _CLEARED, lineup.cleared[commit.sha])
    prefix = lineup.range.prefix
    if (
        prefix
        and files
        and not in_trace
        and not any(path.startswith(prefix) for touched in files for path in (touched.file.path, touched.file.old_path))
    ):
        yield Sign("elsewhere", _ELSEWHERE, f"nothing below {one_line(prefix, 100)} is touched")
    if candidate.formatting:
        yield Sign("formatting", _FORMATTED, f"{number} files in which no word changed")
    elif number > _LARGE:
        yield Sign("large", 1 / (1 + math.log10(number / _LARGE)), f"touches {number:,} files")


def _together(weights: list[float]) -> float:
    """Weights of one sort as one."""
    return 1 - math.prod(1 - weight for weight in weights)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(one_line(name, 60) for name in names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
