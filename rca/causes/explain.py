"""What a run's clusters mean beside all else that is known: matches, classes, suspects, what blocks what, shared causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from rca.causes.against_base import against_base
from rca.causes.blocked import mark_blocked
from rca.causes.classify import classify, classify_by_matches, classify_clusters
from rca.causes.propose import with_rules
from rca.causes.upstream import find_upstreams
from rca.config import Config
from rca.model import Case, Cluster, EarlierCause, History, IssuesRead, KnownIssue, Run, Worklog
from rca.text.frames import FrameRules

if TYPE_CHECKING:
    # What only issues, worklogs or commits need is imported where there are any: `rca report` has none of them.
    from rca.causes.matching import KnownRule
    from rca.causes.suspects import Lineup

# For these classes a change in the code is a likely cause; of what is known, flaky or expected it is not.
SUSPECTED = frozenset({"unknown", "new", "regression", "still failing"})

# The commits of the last good and the first bad run of a cluster; a good one of None is not known.
Span = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Background:
    """What is known beside the reports.

    history: None when nobody looked. issues: None likewise, then earlier matches stay; issues_read: where they came from. lineups:
    commits by their span.
    """

    history: History | None = None
    issues: Sequence[KnownIssue] | None = None
    issues_read: IssuesRead | None = None
    rules: Sequence[KnownRule] = ()
    earlier: Sequence[EarlierCause] | None = None
    lineups: Mapping[Span, Lineup] = field(default_factory=dict)
    today: date | None = None


NOTHING = Background()


def explain(worklog: Worklog, run: Run, config: Config, background: Background) -> Worklog:
    """Explain a run of a worklog that is there already; the clusters are automatic ones, decisions come behind.

    Only clusters that no later run shows change.
    """
    clusters = _matched(worklog, run, background)
    if background.history is not None:
        day = background.today or (run.started_at or worklog.opened_at).date()
        mine = {c.id: c for c in clusters if _is_of(c, worklog, run)}
        run, judged = classify(run, tuple(mine.values()), background.history, today=day, quarantine=config.quarantine)
        mine.update({cluster.id: cluster for cluster in against_base(run, judged, background.history)})
        clusters = tuple(mine.get(cluster.id, cluster) for cluster in clusters)
    elif background.issues is not None:
        run, clusters = classify_by_matches(run, clusters)
    run, clusters = mark_blocked(run, clusters)
    clusters = with_rules(_suspected(run, clusters, config, background.lineups))
    runs = tuple(run if old.id == run.id else old for old in worklog.runs)
    upstreams = find_upstreams(runs[-1], clusters)
    changes: dict[str, object] = {"runs": runs, "clusters": clusters, "upstreams": upstreams}
    return with_issues(worklog.model_copy(update=changes), config, background)


def with_issues(worklog: Worklog, config: Config, background: Background) -> Worklog:
    """A worklog with the issues by their rank; as it is when nobody looked for any."""
    if background.issues is None:
        return worklog
    from rca.causes.matching import issues_of

    issues = issues_of(worklog.clusters, background.issues, config.github.priorities)
    return worklog.model_copy(update={"issues": issues, "issues_read": background.issues_read})


def spans(run: Run, clusters: Sequence[Cluster], history: History, config: Config, today: date) -> list[Span]:
    """The spans of commits worth looking at for the clusters of a run, those with most cases first."""
    judged = classify_clusters(run, clusters, history, today=today, quarantine=config.quarantine)
    wanted = [cluster for cluster in judged if cluster.classification in SUSPECTED]
    sizes: dict[Span, int] = {}
    for cluster in wanted:
        key = span(run, cluster)
        sizes[key] = sizes.get(key, 0) + len(cluster.cases)
    return sorted(sizes, key=lambda key: -sizes[key])


def span(run: Run, cluster: Cluster) -> Span:
    """Between which commits the cause of a cluster came in, as far as its past tells."""
    past = cluster.past
    good = past.last_good.commit if past and past.last_good else None
    bad = past.first_bad.commit if past and past.first_bad else None
    return good, bad or run.context.commit


def _is_of(cluster: Cluster, worklog: Worklog, run: Run) -> bool:
    """Whether the run says the last word on a cluster: as the last one that shows it, or the last one at all."""
    if run.id in cluster.runs:
        return cluster.runs[-1] == run.id
    return not cluster.failing and worklog.runs[-1].id == run.id


def _matched(worklog: Worklog, run: Run, background: Background) -> tuple[Cluster, ...]:
    if background.issues is None and background.earlier is None:
        return worklog.clusters
    from rca.causes.matching import match_issues, match_worklogs, with_matches

    failing = [cluster for cluster in worklog.clusters if cluster.failing]
    by_issue = None if background.issues is None else match_issues(failing, background.issues, background.rules)
    by_worklog = None if background.earlier is None else match_worklogs(failing, background.earlier, at=run.started_at)
    matched = {cluster.id: cluster for cluster in with_matches(failing, issues=by_issue, worklogs=by_worklog)}
    return tuple(matched.get(cluster.id, cluster) for cluster in worklog.clusters)


def _suspected(run: Run, clusters: Sequence[Cluster], config: Config, lineups: Mapping[Span, Lineup]) -> tuple[Cluster, ...]:
    if not lineups:
        return tuple(clusters)
    rules = FrameRules(config.frames.app, config.frames.library)
    by_id = {case.id: case for case in run.cases}
    return tuple(_with_suspects(run, cluster, by_id, rules, lineups) for cluster in clusters)


def _with_suspects(run: Run, cluster: Cluster, by_id: Mapping[str, Case], rules: FrameRules, lineups: Mapping[Span, Lineup]) -> Cluster:
    if run.id not in cluster.runs or cluster.runs[-1] != run.id:
        return cluster
    lineup = lineups.get(span(run, cluster)) if cluster.classification in SUSPECTED else None
    if lineup is None:
        return cluster.model_copy(update={"suspects": (), "suspects_note": ""}) if cluster.suspects else cluster
    from rca.causes.suspects import rank, remark

    suspects = rank(cluster, [by_id[cid] for cid in cluster.cases if cid in by_id], lineup, rules=rules)
    return cluster.model_copy(update={"suspects": suspects, "suspects_note": remark(suspects, lineup)})
