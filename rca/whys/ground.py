"""What a worklog holds, looked up once: rules and questions then cost the same with ten cases or ten thousand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rca.model import Cluster, Commit, Issue, Run, Worklog

if TYPE_CHECKING:
    from rca.whys.saying import Said

LEAST_HASH = 7
# Commits that are looked up in one session: those that a person names are few.
MOST_COMMITS = 200

Commits = Callable[[Sequence[str]], Mapping[str, Commit]]

_NAME = re.compile(r"[^\W\d_]{3,}")


class Ground:
    """The facts of a worklog under which an investigation is judged.

    commits: gives those that hashes name, short or full, with the files that they touched; what it does not give is not judged.
    """

    def __init__(self, worklog: Worklog, commits: Commits | None = None) -> None:
        self.worklog = worklog
        self._look_up = commits
        self._commits: dict[str, Commit | None] = {}

    @cached_property
    def clusters(self) -> dict[str, Cluster]:
        """Clusters by their ids."""
        return {cluster.id: cluster for cluster in self.worklog.clusters}

    @cached_property
    def failing(self) -> tuple[str, ...]:
        """Ids of the clusters that fail and count, the largest first."""
        return tuple(cid for cid in self._largest_first if self.clusters[cid].failing)

    @cached_property
    def in_question(self) -> tuple[str, ...]:
        """Ids of the clusters that a session can be about, the largest first: those that fail, else those that did."""
        return self.failing or self._largest_first

    @cached_property
    def _largest_first(self) -> tuple[str, ...]:
        found = [c for c in self.worklog.clusters if c.classification != "quarantined"]
        return tuple(c.id for c in sorted(found, key=lambda c: -len(c.cases)))

    @cached_property
    def runs(self) -> dict[str, Run]:
        """Runs by their ids."""
        return {run.id: run for run in self.worklog.runs}

    @cached_property
    def cases(self) -> dict[str, str]:
        """The cluster of each failing case, by the id of the case; empty where none holds it."""
        found = {case.id: "" for run in self.worklog.runs for case in run.cases}
        found |= {cid: cluster.id for cluster in self.worklog.clusters for cid in cluster.cases}
        return found

    @cached_property
    def said(self) -> dict[str, tuple[Said, ...]]:
        """What each cluster says, its own message first; filled in as it is asked for."""
        return {}

    def says(self, cluster: str) -> tuple[Said, ...]:
        """The messages of a cluster in normal form, its own first; nothing for one that is not here."""
        if cluster not in self.said:
            from rca.whys.saying import said_by  # with all that reads failures, which the first questions do not need

            found = self.clusters.get(cluster)
            self.said[cluster] = said_by(found) if found else ()
        return self.said[cluster]

    @cached_property
    def issues(self) -> dict[str, Issue]:
        """Issues of the worklog by `#NUMBER`."""
        return {f"#{issue.number}": issue for issue in self.worklog.issues}

    @cached_property
    def matched(self) -> frozenset[str]:
        """Refs of all matches: issues and worklogs."""
        return frozenset(match.ref for cluster in self.worklog.clusters for match in cluster.matches)

    @cached_property
    def hashes(self) -> tuple[str, ...]:
        """Hashes of the commits that the worklog names: of runs, suspects, the past; sorted."""
        found = {run.context.commit for run in self.worklog.runs}
        for cluster in self.worklog.clusters:
            found |= {suspect.commit for suspect in cluster.suspects}
            past = cluster.past
            found |= {ref.commit for ref in (past.last_good, past.first_bad, past.first_seen) if ref} if past else set()
        return tuple(sorted(sha for sha in found if sha))

    def commits(self, hashes: Iterable[str]) -> dict[str, Commit]:
        """The commits that hashes name, short or full, each looked up once."""
        asked = list(dict.fromkeys(name for name in hashes if len(name) >= LEAST_HASH))
        new = [name for name in asked if name not in self._commits][: MOST_COMMITS - len(self._commits)]
        if new and self._look_up:
            found = self._look_up(new)
            self._commits.update((name, found.get(name)) for name in new)
        return {name: commit for name in asked if (commit := self._commits.get(name))}

    @cached_property
    def people(self) -> frozenset[str]:
        """Parts of the names of people whom the worklog knows, in lower case."""
        names = [self.worklog.author, *(d.author for d in self.worklog.decisions), *(a.owner for a in self.worklog.actions)]
        names += [name for i in self.worklog.investigations for name in (i.author, *(why.author for why in i.whys))]
        return frozenset(part.lower() for name in names for part in _NAME.findall(name.partition("@")[0]))

    def explained(self, clusters: tuple[str, ...]) -> tuple[str, ...]:
        """These clusters and those that they block, on whatever way, in the order of the worklog's clusters."""
        found = set(clusters)
        followers: dict[str, list[str]] = self._followers
        waiting = list(clusters)
        while waiting:
            for follower in followers.get(waiting.pop(), ()):
                if follower not in found:
                    found.add(follower)
                    waiting.append(follower)
        return tuple(cid for cid in self.clusters if cid in found)

    @cached_property
    def _followers(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for cluster in self.worklog.clusters:
            if cluster.blocked_by:
                found.setdefault(cluster.blocked_by, []).append(cluster.id)
        return found

    def cases_of(self, clusters: tuple[str, ...]) -> tuple[str, ...]:
        """The cases of clusters, each once."""
        return tuple(dict.fromkeys(cid for name in clusters if name in self.clusters for cid in self.clusters[name].cases))
