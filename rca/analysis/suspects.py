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

from rca.analysis.clues import Clues, Place, clues_of
from rca.analysis.paths import COMMON, Kind, kind_of, parts_of, same_file, stem, words_of
from rca.model import Case, Cluster, Commit, CommitRange, FileChange, ScorePart, Suspect
from rca.text.clean import one_line
from rca.text.frames import NO_RULES, FrameRules
from rca.text.redact import redact

MOST = 5
LEAST = 0.08  # a commit below has nothing to do with it, as far as can be seen
NAMED = 3  # names that a reason lists

_IN_TRACE, _FUNCTION = 0.5, 0.35
_TEST_FILE, _TEST_FUNCTION = 0.3, 0.3
_LOST, _GAINED, _BOTH, _NAME, _SUMMARY = 0.5, 0.4, 0.2, 0.3, 0.15
_TOLD = 0.5
_SUBJECT, _TOPIC, _NEIGHBOUR = 0.25, 0.12, 0.06
_FITS, _WITHOUT_FRAMES, _OTHERWISE = 0.4, 0.2, 0.04
_RECENT, _ONLY, _OF_FEW = 0.04, 0.5, 0.1
_DOCS, _CLEARED, _ELSEWHERE, _FORMATTED = 0.05, 0.15, 0.5, 0.4
_LARGE = 10  # files


class Sign(NamedTuple):
    """Something that connects a commit with a failure: how strongly, 0 to 1, and in which words."""

    name: str
    weight: float
    why: str


@dataclass(slots=True)
class Touched:
    """A file of a commit as it is compared: the parts of its paths from the file up, its kind, the words of its names."""

    file: FileChange
    kind: Kind
    paths: tuple[tuple[str, ...], ...]
    names: frozenset[str]


@dataclass(slots=True)
class Candidate:
    """A commit with all that does not depend on the failure. `names`: words of paths and scopes; `age`: 0 for the newest."""

    commit: Commit
    files: list[Touched]
    age: int
    lost: set[str]
    gained: set[str]
    names: set[str]
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
    lineup = Lineup(commits, [_candidate(commit, age) for age, commit in enumerate(commits.commits)])
    for candidate in lineup.candidates:
        lineup.having.update(candidate.lost | candidate.gained | candidate.names | candidate.summary)
    by_hash = {commit.sha: commit for commit in commits.commits}
    for commit in commits.commits:
        if not commit.reverts:
            continue
        undone = next((sha for sha in by_hash if sha.startswith(commit.reverts)), "")
        if undone:
            lineup.cleared.setdefault(undone, f"taken back by {commit.sha[:8]}")
            lineup.cleared.setdefault(commit.sha, f"takes back {undone[:8]}, which is in the range too")
    return lineup


def _candidate(commit: Commit, age: int) -> Candidate:
    files = [_touched(file) for file in commit.files]
    told = [touched for touched in files if touched.kind != "docs"]
    return Candidate(
        commit,
        files,
        age,
        lost=set().union(*(touched.file.lost for touched in told)),
        gained=set().union(*(touched.file.gained for touched in told)),
        names=set().union(*(touched.names for touched in told)),
        summary={word for word in words_of_text(commit.summary) if len(word) > 3},
        scopes={scope for touched in told for scope in touched.file.scopes},
    )


def _touched(file: FileChange) -> Touched:
    paths = [parts_of(path) for path in dict.fromkeys((file.path, file.old_path)) if path]
    names = {word for parts in paths for word in words_of(stem(parts[0]) if parts else "")}
    names.update(word for scope in file.scopes for word in words_of(scope))
    kind: Kind = "dependency" if file.submodule else kind_of(file.path)
    return Touched(file, kind, tuple(paths), frozenset(names))


def words_of_text(text: str) -> Iterator[str]:
    """The words of a line of prose, identifiers in it taken apart."""
    for part in text[:500].split():
        yield from words_of(part)


def rank(cluster: Cluster, cases: Sequence[Case], lineup: Lineup, *, most: int = MOST, rules: FrameRules = NO_RULES) -> tuple[Suspect, ...]:
    """The commits that have most to do with a cluster, the most suspicious first; none when nothing connects."""
    if not lineup.candidates:
        return ()
    clues = clues_of(cluster, cases, rules)
    found = [(_judge(candidate, clues, lineup), candidate) for candidate in lineup.candidates]
    ranked = sorted(((parts, candidate) for parts, candidate in found if parts), key=lambda pair: (-_sum(pair[0]), pair[1].age))
    return tuple(_suspect(parts, candidate.commit) for parts, candidate in ranked[:most])


def remark(suspects: Sequence[Suspect], lineup: Lineup) -> str:
    """Which commits were looked at, and that nothing was found when nothing was."""
    note = lineup.range.note
    if suspects or not lineup.candidates:
        return note
    return f"{note} None of them has to do with this failure, as far as can be seen.".strip()


def _suspect(parts: list[ScorePart], commit: Commit) -> Suspect:
    ordered = tuple(sorted(parts, key=lambda part: -part.points))
    return Suspect(commit=commit.sha, summary=redact(one_line(commit.summary, 120)), at=commit.at, score=_sum(parts), parts=ordered)


def _sum(parts: list[ScorePart]) -> float:
    return round(sum(part.points for part in parts), 3)


# -- one commit -----------------------------------------------------------------------------------------------------


def _judge(candidate: Candidate, clues: Clues, lineup: Lineup) -> list[ScorePart]:
    """The parts of a commit's score; none when it is not a suspect."""
    signs = [sign for look in _SIGNS for sign in look(candidate, clues, lineup) if sign.weight >= 0.01]
    if sum(sign.weight for sign in signs) < LEAST:
        return []
    signs.append(Sign("recent", _RECENT * (1 - candidate.age / len(lineup.candidates)), _age(candidate.age)))
    parts, total = _added_up(signs)
    for sign in _against(candidate, lineup):
        left = round(total * sign.weight, 3)
        parts.append(ScorePart(name=sign.name, points=round(left - total, 3), why=sign.why))
        total = left
    return parts if total >= LEAST / 2 else []


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
    """Files and functions of the frames."""
    best: tuple[float, Place, Touched] | None = None
    inside: tuple[float, Place] | None = None
    for place in clues.frames:
        for touched in candidate.files:
            sure = max((same_file(place.parts, parts) for parts in touched.paths), default=0.0)
            if not sure:
                continue
            if best is None or sure * place.near > best[0]:
                best = (sure * place.near, place, touched)
            if place.function in touched.file.scopes and (inside is None or sure * place.near > inside[0]):
                inside = (sure * place.near, place)
    if best:
        yield Sign("file in the trace", _IN_TRACE * best[0], f"{_changed(best[2].file)}, {_nth(clues, best[1])} of the trace")
    if inside:
        yield Sign("function in the trace", _FUNCTION * inside[0], f"changes {inside[1].function}, {_nth(clues, inside[1])} of the trace")


def _nth(clues: Clues, place: Place) -> str:
    index = clues.frames.index(place)
    return "the top frame" if not index else f"frame {index + 1}"


def _changed(file: FileChange) -> str:
    path = one_line(file.path, 100)
    return f"{file.status} {path}" + (f" (was {one_line(file.old_path, 100)})" if file.old_path else "")


def _tests(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """The file of a failing test, and the test itself."""
    for touched in candidate.files:
        sure = max((same_file(test, parts) for test in clues.tests for parts in touched.paths), default=0.0)
        if not sure:
            continue
        yield Sign("test file", _TEST_FILE * sure, f"{_changed(touched.file)}, which holds a failing test")
        if own := sorted(clues.test_names.intersection(touched.file.scopes) - {""}):
            yield Sign("test", _TEST_FUNCTION * sure, f"changes {_some(own)}")
        return


def _words(candidate: Candidate, clues: Clues, lineup: Lineup) -> Iterator[Sign]:
    """Words of the message in what changed: a name that went is worth most when it is missed."""
    weighed: dict[str, list[tuple[float, str]]] = {}
    for word, worth in clues.words.items():
        kind, weight = _where(word, candidate)
        if weight:
            weighed.setdefault(kind, []).append((weight * worth * lineup.rare(word), word))
    for kind, found in weighed.items():
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        yield Sign("message", _together([weight for weight, _ in found[:NAMED]]), f"{kind} {_some([word for _, word in found])}")


def _where(word: str, candidate: Candidate) -> tuple[str, float]:
    """Where a commit has a word, and what that is worth."""
    lost, gained = word in candidate.lost, word in candidate.gained
    if lost and not gained:
        return "takes away", _LOST
    if gained and not lost:
        return "brings in", _GAINED
    if lost:
        return "changes lines with", _BOTH
    if word in candidate.scopes:
        return "changes", _NAME
    parts = words_of(word)
    if parts and candidate.names.issuperset(parts):
        return "is about", _NAME * (1.0 if len(parts) > 1 or len(word) > 5 else 0.5)
    if parts and candidate.summary.issuperset(parts):
        return "speaks of", _SUMMARY
    return "", 0.0


def _message_text(candidate: Candidate, clues: Clues, lineup: Lineup) -> Iterator[Sign]:
    """The words of the message, all in lines that one file gained: it may be raised there."""
    if len(clues.told) < 3:
        return
    best = max(
        (clues.told & touched.file.gained for touched in candidate.files if touched.kind in {"code", "config", "test"}),
        key=len,
        default=set(),
    )
    share = len(best) / len(clues.told)
    if len(best) >= 3 and share > 0.6:
        yield Sign("text of the message", _TOLD * share, f"brings in {_some(sorted(best))}")


def _subject(candidate: Candidate, clues: Clues, lineup: Lineup) -> Iterator[Sign]:
    """Files that the tests are named after, and words of the tests' names."""
    for touched in candidate.files:
        if touched.kind in {"code", "config", "data", "migration"} and any(
            _named(parts[0]) in clues.subjects for parts in touched.paths if parts
        ):
            yield Sign("named by the test", _SUBJECT, f"{_changed(touched.file)}, which a failing test is named after")
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
    weights: dict[str, tuple[float, str]] = {}
    for touched in candidate.files:
        if touched.kind in {"dependency", "config", "pipeline", "migration"}:
            fits = touched.kind in clues.themes
            weight = _FITS if fits else _OTHERWISE if clues.frames else _WITHOUT_FRAMES
            reason = "fits the error" if fits else "no frame leads to code" if not clues.frames else "could change anything"
            weights.setdefault(
                touched.kind, (weight, f"{_changed(touched.file)}, which {reason}" if fits else f"{_changed(touched.file)}; {reason}")
            )
    if weights:
        kind, (weight, why) = max(weights.items(), key=lambda item: item[1][0])
        yield Sign(kind, weight, why)


def _neighbours(candidate: Candidate, clues: Clues, _: Lineup) -> Iterator[Sign]:
    """Files in the folder of a frame."""
    folders = {place.parts[1]: place for place in clues.frames if len(place.parts) > 1 and place.parts[1] not in COMMON | {"src"}}
    for touched in candidate.files:
        if touched.kind == "code" and any(len(parts) > 1 and parts[1] in folders for parts in touched.paths):
            yield Sign("same folder", _NEIGHBOUR, f"{_changed(touched.file)} lies beside a frame of the trace")
            return


def _few(candidate: Candidate, _: Clues, lineup: Lineup) -> Iterator[Sign]:
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
    _subject,
    _kinds,
    _neighbours,
    _few,
)


def _against(candidate: Candidate, lineup: Lineup) -> Iterator[Sign]:
    """What speaks against a commit; the weight is the share of the score that stays."""
    commit, files = candidate.commit, candidate.files
    number = len(files) + commit.left_out
    if files and all(touched.kind == "docs" for touched in files):
        yield Sign("documentation only", _DOCS, "no file of it runs")
    if commit.sha in lineup.cleared:
        yield Sign("reverted", _CLEARED, lineup.cleared[commit.sha])
    prefix = lineup.range.prefix
    if prefix and files and not any(path.startswith(prefix) for touched in files for path in (touched.file.path, touched.file.old_path)):
        yield Sign("elsewhere", _ELSEWHERE, f"nothing below {one_line(prefix, 100)} is touched")
    if number >= 5 and candidate.lost == candidate.gained and candidate.gained:
        yield Sign("formatting", _FORMATTED, f"{number} files in which no word changed")
    elif number > _LARGE:
        yield Sign("large", 1 / (1 + math.log10(number / _LARGE)), f"touches {number:,} files")


def _together(weights: list[float]) -> float:
    """Weights of one sort as one."""
    return 1 - math.prod(1 - weight for weight in weights)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(one_line(name, 60) for name in names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
