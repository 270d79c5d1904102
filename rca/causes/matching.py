"""Which known issues and which earlier worklogs clusters resemble, each with a score and what speaks for it.

Words find candidates, facts (the same type, test or file) support them, and below a threshold nothing is said. A rule or
a fingerprint settles it. docs/classes.md explains the scores; benchmarks/matching.py measures them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from rca.causes.propose import telling_pieces
from rca.causes.rule import Rule, RuleError, Subject, parse_rule
from rca.causes.tfidf import Found, Index, words
from rca.config import Known, Priorities
from rca.errors import ConfigError
from rca.model import Cluster, Decision, EarlierCause, Issue, KnownIssue, Match
from rca.text.clean import one_line
from rca.text.normalise import MAX_MESSAGE, normalise

# Chosen on benchmarks/matching.txt.
THRESHOLD = 0.50
MARGIN = 0.10
PROPOSED = 3
MOST_CLUSTERS = 500
SAME_MESSAGE = 0.8
EVIDENCE_WORDS = 5
# A rule of an issue must ask for this much, else it would fit nearly everything.
RULE_FIXED = 8
ISSUES_KEPT = 100

_TITLE, _BODY = 3.0, 1.0
_TYPE, _MESSAGE, _QUOTES, _TEST, _FRAME = 0.5, 1.0, 2.0, 0.6, 0.3
_SUPPORT, _OTHER_STATUS = 0.1, 0.7
# An issue that quotes a whole message of so many letters is about it, however few words the two share besides.
_QUOTE, _QUOTE_LETTERS = 0.8, 20
_TESTS_LOOKED_AT, _CANDIDATES = 5, 10
# What a message puts in quotes or brackets tells it from others of the same wording.
_QUOTED = re.compile(r"[\"'`“‘(\[]([^\s\"'`()\[\]]{2,80})[\"'`”’)\]]")
_STATUS = re.compile(r"(?<![\w.:-])[45]\d\d(?![\w.:-])")
_FINGERPRINT = re.compile(r"\bv\d{1,3}:[0-9a-f]{16}\b")
_RULE_LINE = re.compile(r"rca-rule:\s*(.{1,2000})")
_RULE_END = re.compile(r"\s*(?:-->|`+)?\s*$")
_PLAIN_TYPES = {
    "error",
    "exception",
    "assertionerror",
    "assertionfailederror",
    "runtimeerror",
    "panic",
    "failure",
    "timeouterror",
    "typeerror",
}
_PRIORITIES = (
    ("P0", {"p0", "s0", "sev0", "prio0", "critical", "blocker", "urgent", "showstopper", "emergency"}, {"0", "highest"}),
    ("P1", {"p1", "s1", "sev1", "prio1"}, {"1", "high", "important", "major"}),
    ("P2", {"p2", "s2", "sev2", "prio2"}, {"2", "medium", "normal", "moderate"}),
    ("P3", {"p3", "p4", "s3", "s4", "sev3", "sev4", "prio3", "prio4"}, {"3", "4", "low", "lowest", "minor", "trivial"}),
)
_USUAL = Priorities()
_SAYS_PRIORITY = {"priority", "prio", "severity", "sev", "importance", "urgency"}


@dataclass(frozen=True, slots=True)
class KnownRule:
    """A rule and the issue that it belongs to. settles: a person of the project wrote it, so a match is accepted."""

    ref: str
    rule: Rule
    title: str = ""
    url: str = ""
    closed: bool = False
    settles: bool = True


def known_rules(
    known: Sequence[Known], issues: Sequence[KnownIssue] = (), decisions: Sequence[Decision] = ()
) -> tuple[list[KnownRule], list[str]]:
    """All rules: of the configuration, of decisions, of the bodies of issues; and what is wrong with those of the last two.

    Raises ConfigError when one of the configuration cannot be read.
    """
    by_ref = {issue.ref: issue for issue in issues}
    rules, faults = [], []
    for number, entry in enumerate(known):
        try:
            rules.append(_known_rule(entry.issue, parse_rule(entry.rule), by_ref, entry.title))
        except RuleError as error:
            raise ConfigError(f"known[{number}] ({one_line(entry.issue, 60)}): {error.message}", error.hint) from error
    accepted = {d.fingerprint: d.match for d in decisions if d.kind == "accept" and d.match.startswith("#") and not d.undone}
    for decision in decisions:
        ref = decision.match or accepted.get(decision.fingerprint, "")
        if decision.kind == "rule" and ref and decision.text and not decision.undone:
            try:
                rules.append(_known_rule(ref, parse_rule(decision.text), by_ref))
            except RuleError as error:
                faults.append(f"{decision.id}: {error.message}")
    for issue in issues:
        for text in rules_in(issue.body):
            try:
                rule = parse_rule(text)
            except RuleError as error:
                faults.append(f"{issue.ref}: {error.message}")
                continue
            if rule.fixed < RULE_FIXED:
                faults.append(f"{issue.ref}: its rule would fit nearly every failure; it needs {RULE_FIXED} fixed characters")
            else:
                rules.append(KnownRule(issue.ref, rule, issue.title, issue.url, not issue.open, issue.trusted))
    return rules, faults


def _known_rule(ref: str, rule: Rule, issues: Mapping[str, KnownIssue], title: str = "") -> KnownRule:
    issue = issues.get(ref)
    if issue is None:
        return KnownRule(ref, rule, title)
    return KnownRule(ref, rule, title or issue.title, issue.url, not issue.open)


def rules_in(body: str) -> list[str]:
    """The rules in the body of an issue: what follows `rca-rule:` on a line, in a comment, a code span or a fence."""
    return [_RULE_END.sub("", match[1]).strip() for match in _RULE_LINE.finditer(body)][:20]


def subject_of(cluster: Cluster) -> Subject:
    """What a rule looks at in a cluster."""
    return Subject(cluster.message, cluster.error_type, cluster.cases, cluster.frames)


def match_issues(
    clusters: Sequence[Cluster], issues: Sequence[KnownIssue], rules: Sequence[KnownRule] = ()
) -> dict[str, tuple[Match, ...]]:
    """For each cluster, by its id, the issues that it resembles, the best first; none where nothing speaks clearly enough."""
    # Words are looked up for the largest clusters only: with more, no person reads what they resemble.
    largest = {c.id for c in sorted(clusters, key=lambda c: -len(c.cases))[:MOST_CLUSTERS]}
    queries = [_cluster_words(cluster) if cluster.id in largest else Counter[str]() for cluster in clusters]
    index = Index([_issue_words(issue) for issue in issues], queries)
    texts = [f"{issue.title}\n{issue.body}" for issue in issues]
    marked: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        for mark in set(_FINGERPRINT.findall(text)):
            marked.setdefault(mark, []).append(number)
    lowered = [text.lower() for text in texts]
    found = {}
    for cluster, query in zip(clusters, queries, strict=True):
        sure = _by_rule(cluster, rules) | _by_fingerprint(cluster, issues, marked)
        alike = [] if sure else index.search(query, _CANDIDATES)
        scored = [(*_score(cluster, entry, lowered[entry.number]), issues[entry.number]) for entry in alike]
        found[cluster.id] = _chosen(sure, scored)
    return found


def _issue_words(issue: KnownIssue) -> Counter[str]:
    return _weighted(((issue.title, _TITLE), (issue.body, _BODY)))


def _cluster_words(cluster: Cluster) -> Counter[str]:
    """The words of a cluster: of one test and one frame only, since many would drown the message."""
    message = normalise(cluster.message)
    return _weighted(
        (
            (cluster.error_type, _TYPE),
            (message, _MESSAGE),
            (" ".join(_STATUS.findall(cluster.message[:MAX_MESSAGE])), _MESSAGE),
            (" ".join(_QUOTED.findall(message)), _QUOTES),
            ("::".join((cluster.example or "".join(cluster.cases[:1])).split("::")[-2:]), _TEST),
            ("".join(cluster.frames[:1]), _FRAME),
        )
    )


def _weighted(parts: Iterable[tuple[str, float]]) -> Counter[str]:
    bag: Counter[str] = Counter()
    for text, weight in parts:
        for word in words(text):
            bag[word] += weight  # type: ignore[assignment]
    return bag


def _score(cluster: Cluster, found: Found, text: str) -> tuple[float, tuple[str, ...]]:
    """The score of an issue with the facts and the heaviest words that it rests on."""
    score = found.score
    facts = _facts(cluster, text)
    other = _other_status(cluster.message, text)
    if other:
        score *= _OTHER_STATUS
    for _ in facts:
        score += _SUPPORT * (1 - score)
    # Two texts about one thing share a third of their weight at best: spread, so that a half is where doubt begins.
    spread = 1 - (1 - score) ** 2
    if not other and (quote := _quote(cluster, text)):
        return round(_QUOTE + (1 - _QUOTE) * spread, 3), (quote, *facts, *_heaviest(found.shared))
    return round(spread, 3), (*facts, *_heaviest(found.shared))


def _quote(cluster: Cluster, text: str) -> str:
    """The message of a cluster, when an issue quotes all of it that does not change."""
    pieces = [piece.lower() for piece in telling_pieces(cluster)]
    if sum(char.isalpha() for piece in pieces for char in piece) < _QUOTE_LETTERS:
        return ""
    place = 0
    for piece in pieces:
        found = text.find(piece, place)
        if found < 0:
            return ""
        place = found + len(piece)
    return f"quotes «{one_line(' … '.join(pieces), 120)}»"


def _other_status(message: str, text: str) -> bool:
    """Whether a failure and an issue name different HTTP statuses: the same client fails in many ways."""
    said = set(_STATUS.findall(message[:MAX_MESSAGE]))
    named = set(_STATUS.findall(text)) if said else said
    return bool(named) and said.isdisjoint(named)


def _heaviest(weights: Mapping[str, float]) -> list[str]:
    """The words that weigh most; a name stands for its parts."""
    shown: list[str] = []
    for word, _ in sorted(weights.items(), key=lambda entry: (-round(entry[1], 6), -len(entry[0]), entry[0])):
        if not any(word in other for other in shown):
            shown.append(word)
        if len(shown) == EVIDENCE_WORDS:
            break
    return shown


def _facts(cluster: Cluster, text: str) -> list[str]:
    """What of a cluster an issue names outright; `text` is in lower case."""
    facts = []
    kind = re.split(r"[.:\\$]", cluster.error_type)[-1].lower()
    if len(kind) > 5 and kind not in _PLAIN_TYPES and kind in text:
        facts.append(f"same type {kind}")
    for case in cluster.cases[:_TESTS_LOOKED_AT]:
        name = case.rpartition("::")[2].partition("[")[0].lower()
        if len(name) > 9 and name in text:
            facts.append(f"names the test {one_line(name, 80)}")
            break
    for frame in cluster.frames[:2]:
        file = frame.partition(":")[0].replace("\\", "/").rpartition("/")[2].lower()
        if len(file) > 5 and "." in file and file in text:
            facts.append(f"names the file {one_line(file, 80)}")
            break
    return facts


def _by_rule(cluster: Cluster, rules: Sequence[KnownRule]) -> dict[str, Match]:
    found: dict[str, Match] = {}
    subject = subject_of(cluster)
    for known in rules:
        if known.ref not in found and known.rule.fits(subject):
            found[known.ref] = Match(
                ref=known.ref,
                title=known.title,
                url=known.url,
                score=1,
                evidence=("rule", one_line(str(known.rule), 300)),
                state="accepted" if known.settles else "proposed",
                closed=known.closed,
            )
    return found


def _by_fingerprint(cluster: Cluster, issues: Sequence[KnownIssue], marked: Mapping[str, Sequence[int]]) -> dict[str, Match]:
    found = {}
    for mark in (cluster.fingerprint, *cluster.merged):
        for number in marked.get(mark, ()):
            issue = issues[number]
            found[issue.ref] = _issue_match(issue, 1.0, (f"names the fingerprint {mark}",))
    return found


def _issue_match(issue: KnownIssue, score: float, evidence: tuple[str, ...]) -> Match:
    return Match(ref=issue.ref, title=issue.title, url=issue.url, score=min(1.0, score), evidence=evidence, closed=not issue.open)


def _chosen(sure: dict[str, Match], scored: Sequence[tuple[float, tuple[str, ...], KnownIssue]]) -> tuple[Match, ...]:
    """What is sure, else those near the best: which of two that are alike is meant, a person must say."""
    if sure:
        return tuple(sure.values())[:PROPOSED]
    best = max((score for score, _, _ in scored), default=0.0)
    near = [entry for entry in scored if entry[0] >= max(THRESHOLD, best - MARGIN)]
    near.sort(key=lambda entry: (-entry[0], not entry[2].open, entry[2].number))
    return tuple(_issue_match(issue, score, evidence) for score, evidence, issue in near[:PROPOSED])


# -- earlier worklogs --------------------------------------------------------------------------------------------------


def match_worklogs(
    clusters: Sequence[Cluster], earlier: Sequence[EarlierCause], *, at: datetime | None = None
) -> dict[str, tuple[Match, ...]]:
    """For each cluster, by its id, the earlier worklogs that had the same failure, or one with the same message.

    earlier: the latest worklog first. at: start of the run that shows the clusters; a fix that held before it did not hold.
    """
    by_mark: dict[str, list[EarlierCause]] = {}
    for cause in earlier:
        for mark in {*cause.fingerprints, *([f"message {cause.message_key}"] if cause.message_key else [])}:
            by_mark.setdefault(mark, []).append(cause)
    found = {}
    for cluster in clusters:
        matches: dict[str, Match] = {}
        for mark in (cluster.fingerprint, *([cluster.keys.cause] if cluster.keys else []), *cluster.merged):
            for cause in by_mark.get(mark, ()):
                matches.setdefault(cause.worklog, _worklog_match(cause, 1.0, f"same fingerprint {mark}", cluster, at))
        if cluster.keys and cluster.confidence != "low":
            for cause in by_mark.get(f"message {cluster.keys.message}", ()):
                matches.setdefault(cause.worklog, _worklog_match(cause, SAME_MESSAGE, "same type and message", cluster, at))
        ranked = sorted(matches.values(), key=lambda match: (-match.score, not match.root_cause))
        found[cluster.id] = tuple(ranked[:PROPOSED])
    return found


def _worklog_match(cause: EarlierCause, score: float, fact: str, cluster: Cluster, at: datetime | None) -> Match:
    later = at is None or cause.last_at is None or at > cause.last_at
    held = "came back" if cause.held == "held" and score == 1 and cluster.failing and later else cause.held
    return Match(
        kind="worklog", ref=cause.worklog, title=cause.title, score=score, evidence=(fact,), root_cause=cause.root_cause, held=held
    )


# -- into the worklog --------------------------------------------------------------------------------------------------


def with_matches(
    clusters: Sequence[Cluster],
    *,
    issues: Mapping[str, Sequence[Match]] | None = None,
    worklogs: Mapping[str, Sequence[Match]] | None = None,
) -> tuple[Cluster, ...]:
    """Clusters, which are automatic ones, with what was found for them; a kind that was not looked for stays as it was."""
    result = []
    for cluster in clusters:
        matches: list[Match] = []
        for kind, found in (("issue", issues), ("worklog", worklogs)):
            matches += [match for match in cluster.matches if match.kind == kind] if found is None else found.get(cluster.id, ())
        changed = tuple(matches) != cluster.matches
        result.append(cluster.model_copy(update={"matches": tuple(matches)}) if changed else cluster)
    return tuple(result)


def issues_of(
    clusters: Sequence[Cluster], issues: Sequence[KnownIssue], priorities: Priorities = _USUAL, *, most: int = ISSUES_KEPT
) -> tuple[Issue, ...]:
    """The issues for the worklog, by rank: those that clusters match, and beside them the open ones up to `most`."""
    ranked = ranked_issues(clusters, issues, priorities)
    return tuple(issue for place, issue in enumerate(ranked) if issue.clusters or (issue.state == "open" and place < most))


def ranked_issues(clusters: Sequence[Cluster], issues: Sequence[KnownIssue], priorities: Priorities = _USUAL) -> list[Issue]:
    """All issues by their rank: open or matched ones, by priority, matched ones, the newest."""
    owners: dict[str, list[str]] = {}
    for cluster in clusters:
        for match in cluster.matches:
            if match.kind == "issue" and match.state != "rejected":
                owners.setdefault(match.ref, []).append(cluster.id)
    found = [
        Issue(
            number=issue.number,
            title=issue.title,
            priority=priority_of(issue.labels, priorities),
            state="open" if issue.open else "closed",
            labels=issue.labels,
            url=issue.url,
            milestone=issue.milestone,
            created_at=issue.created_at,
            updated_at=issue.updated_at,
            clusters=tuple(owners.get(issue.ref, ())),
            pulls=issue.pulls,
        )
        for issue in issues
    ]
    return sorted(found, key=lambda i: (i.state != "open" and not i.clusters, i.priority or "P9", not i.clusters, -i.number))


def priority_of(labels: Sequence[str], priorities: Priorities = _USUAL) -> str:
    """P0 to P3 as far as a label says so; the most urgent one counts.

    Without configured globs that is `P1`, `critical`, `priority: high`, `severity/2` and the like.
    """
    if any(globs for _, globs in priorities.ranked):
        named = [label.lower() for label in labels]
        return next((name for name, globs in priorities.ranked if any(fnmatchcase(n, glob.lower()) for glob in globs for n in named)), "")
    for name, alone, behind in _PRIORITIES:
        for label in labels:
            said = set(re.split(r"[^a-z0-9]+", label.lower()))
            if said & alone or (said & behind and (said & _SAYS_PRIORITY or len(said) == 1)):
                return name
    return ""
