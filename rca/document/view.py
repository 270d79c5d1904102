"""Everything that a template shows, computed before it gets there: a template places values and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from rca.model import (
    Action,
    Case,
    Cluster,
    CriterionResult,
    Evidence,
    Fix,
    GroupResult,
    Investigation,
    Money,
    NamedTime,
    Problem,
    Run,
    Source,
    Totals,
    Worklog,
    add_money,
)
from rca.text import figures
from rca.text.clean import one_line, shorten
from rca.text.excerpt import excerpt
from rca.text.safe import Md, cell, code, fence, inline, link

CLUSTERS_SHOWN = 20
CLUSTERS_LISTED = 200
CASES_SHOWN = 50
SOURCES_SHOWN = 50
PROBLEMS_SHOWN = 20
EXCERPT_LINES = 24
ISSUES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its head, how its columns align (`l` or `r`), and cells that are safe."""

    head: tuple[str, ...]
    align: str
    rows: tuple[tuple[object, ...], ...]

    def __str__(self) -> str:
        rule = "|" + "|".join("--:" if side == "r" else "---" for side in self.align) + "|"
        lines = ["| " + " | ".join(cell(part) for part in self.head) + " |", rule]
        lines += ["| " + " | ".join(cell(part) for part in row) + " |" for row in self.rows]
        return "\n".join(lines)

    @property
    def md(self) -> Md:
        """The table as Markdown."""
        return Md(str(self))


@dataclass(frozen=True, slots=True)
class Phase:
    """A numbered part of the worklog."""

    number: int
    key: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A long list under a summary that counts it."""

    summary: str
    body: Md


@dataclass(slots=True)
class ClusterView:
    """A cluster as it is shown."""

    number: str
    title: Md
    size: str
    state: str
    excerpt: Md
    facts: list[Md] = field(default_factory=list)
    cases: Fold | None = None


class View:
    """The worklog in words; made once, then handed to the template."""

    def __init__(
        self,
        worklog: Worklog,
        steps: Sequence[Any],
        standing: dict[str, GroupResult],
        short: Sequence[tuple[Any, int]],
        missing: Sequence[Any],
    ) -> None:
        self.worklog = worklog
        self.zone = ZoneInfo(worklog.time_zone)
        self.standing = standing
        self.missing = list(missing)
        self.short = list(short)
        self.run: Run | None = worklog.runs[-1] if worklog.runs else None
        self.verdicts = {verdict.criterion.scope: verdict for verdict in worklog.verdicts}
        self.totals = _sum(standing)
        self.failing = [cluster for cluster in worklog.clusters if cluster.failing]
        self.title = inline(worklog.title)
        self.date = f"{worklog.opened_at.astimezone(self.zone):%Y-%m-%d}"
        self.phases = list(self._phases())
        self.steps = [self._step(step) for step in steps]

    def phase(self, key: str) -> Phase | None:
        """The phase of that key, when the worklog holds something of it."""
        return next((phase for phase in self.phases if phase.key == key), None)

    # -- head ----------------------------------------------------------------------------------------------------

    @property
    def alert(self) -> str:
        """The kind of GitHub alert that fits the verdict."""
        if self.worklog.status in {"passing", "verified"}:
            return "WARNING" if self._unreadable() else "TIP"
        return "CAUTION" if self.totals.failing or self._unreadable() else "WARNING" if self.run else "NOTE"

    @property
    def verdict(self) -> Md:
        """The verdict in a few sentences, each figure of it derived."""
        if self.run is None:
            return Md("**Nothing has run yet.**")
        parts = [
            self._headline(),
            self._passed_sentence(),
            self._cluster_sentence(),
            self._missing_sentence(),
            self._unreadable_sentence(),
        ]
        return Md(" ".join(part for part in parts if part))

    def _headline(self) -> str:
        states = [verdict.state for verdict in self.worklog.verdicts]
        if "unmet" in states:
            return "**Criteria not met.**"
        if "not run" in states:
            return "**Not all criteria could be judged.**" if "met" in states else "**No criterion could be judged.**"
        return "**All criteria met.**" if states else "**No criteria were set.**"

    def _passed_sentence(self) -> str:
        totals = self.totals
        if not totals.total:
            return "The reports hold no test case."
        if not totals.executed:
            return f"All {figures.count(totals.total, 'case')} were skipped."
        overall = self.verdicts.get("overall")
        threshold = overall.criterion.threshold if overall else None
        needed = f", needed {overall.criterion.text}" if overall else ""
        skipped = f", {totals.skipped:,} skipped" if totals.skipped else ""
        return f"{totals.passed:,} of {figures.count(totals.executed, 'case')} passed ({figures.rate(totals.passed, totals.executed, threshold)}{needed}){skipped}."

    def _cluster_sentence(self) -> str:
        if not self.failing:
            return ""
        if self.totals.failing == 1:
            return "There is 1 failure."
        groups = figures.count(len(self.failing), "cluster")
        return f"{figures.count(self.totals.failing, 'failure')} in **{groups}** of equal errors."

    def _missing_sentence(self) -> str:
        if not self.missing:
            return ""
        return f"{figures.count(len(self.missing), 'planned category', 'planned categories')} did not run."

    def _unreadable(self) -> int:
        return sum(problem.severity == "error" for problem in self.run.problems) if self.run else 0

    def _unreadable_sentence(self) -> str:
        number = self._unreadable()
        if not number:
            return ""
        return f"**{figures.count(number, 'input is', 'inputs are')} incomplete**, so these figures may be too low."

    @property
    def facts(self) -> Table:
        """The head's facts; what is not known is not listed."""
        w = self.worklog
        environment = w.environment
        place = [environment.name, environment.platform, environment.service] if environment else []
        context = self.run.context if self.run else None
        rows: list[tuple[str, object]] = [
            ("Status", w.status),
            ("Focus", w.focus),
            ("Environment", " · ".join(part for part in place if part)),
            ("Session", w.session),
            ("Objective", w.objective),
            ("Severity", w.severity),
            ("Opened", figures.moment(w.opened_at, self.zone, w.time_zone) + (f" by {w.author}" if w.author else "")),
            ("Commit", self._commit(context)),
            ("CI", self._ci(context)),
            ("Pull request", self._reference(w.pull_request)),
            ("Before this", self._previous()),
            (
                "Value at risk",
                self._money([group.money for group in w.value if group.state == "at risk" and group.money]),
            ),
            ("Needed", w.need),
        ]
        return Table(("", ""), "ll", tuple(row for row in rows if row[1]))

    def _commit(self, context: Any) -> Md | str:
        if context is None or not context.commit:
            return ""
        branch = f" on {inline(context.branch)}" if context.branch else ""
        return Md(f"{code(context.commit[:12])}{branch}")

    def _ci(self, context: Any) -> Md | str:
        if context is None or not (context.ci or context.job):
            return ""
        words = [context.ci, context.job, f"attempt {context.attempt}" if context.attempt else None]
        text = " · ".join(word for word in words if word)
        return link(text, context.url) if context.url else text

    def _previous(self) -> Md | str:
        before = self.worklog.previous
        if before is None:
            return ""
        focus = f"{inline(before.focus)}, " if before.focus else ""
        target = f"../{before.id[:4]}/{before.id}.md"
        return Md(f"{focus}{link(before.id, target)}: {figures.rate(before.passed, before.executed)}")

    def _reference(self, text: str) -> Md | str:
        return link(text, text) if text.startswith("http") else text

    def _money(self, parts: Sequence[Money]) -> str:
        return ", ".join(figures.amount(money.amount, money.currency, money.period) for money in add_money(list(parts)))

    @property
    def summary(self) -> list[tuple[str, Md]]:
        """What broke, what works, why: a line each."""
        lines: list[tuple[str, Md]] = []
        if self.failing:
            shown = [Md(f"{code(one_line(c.title, 90))} ({figures.count(len(c.cases), 'case')})") for c in self.failing[:3]]
            more = f" and {len(self.failing) - 3:,} more clusters" if len(self.failing) > 3 else ""
            lines.append(("What broke", Md("; ".join(shown) + more + ".")))
        green = [name for name, result in self.standing.items() if result.totals.executed and not result.totals.failing]
        if green and self.failing:
            lines.append(("What works", Md(inline(figures.sentence_list(green)) + ".")))
        causes = [i.root_cause.statement for i in self.worklog.investigations if i.root_cause]
        if causes:
            lines.append(("Why", Md(" ".join(inline(cause) for cause in causes))))
        if self.worklog.context:
            lines.append(("Context", Md("; ".join(inline(text) for text in self.worklog.context) + ".")))
        return lines

    def _step(self, step: Any) -> Md:
        subject = f": {code(one_line(step.subject, 120))}" if step.subject else ""
        command = f": {code(step.command)}" if step.command else ""
        return Md(f"{inline(step.text)}{subject}{command}")

    # -- phases --------------------------------------------------------------------------------------------------

    def _phases(self) -> Iterator[Phase]:
        w = self.worklog
        parts = (
            (
                "assessment",
                "Assessment",
                bool(w.services or w.issues or w.recent_fixes or w.infrastructure or w.timeline),
                "done",
            ),
            (
                "plan",
                "Plan",
                bool(w.plan.categories or w.plan.commands or w.plan.risks or w.plan.selection),
                self._plan_status(),
            ),
            ("execution", "Execution", bool(w.runs), self._execution_status()),
            ("whys", "Five whys and fix", bool(w.investigations or w.fixes), self._whys_status()),
            ("deployment", "Deployment and validation", bool(w.deployments or w.actions), self._deployment_status()),
        )
        number = 0
        for key, name, present, status in parts:
            if present:
                number += 1
                yield Phase(number, key, name, status)

    def _plan_status(self) -> str:
        open_ended = [c.name for c in self.worklog.plan.categories if c.name not in self.verdicts]
        if open_ended and self.worklog.plan.categories:
            return f"done, {figures.count(len(open_ended), 'category', 'categories')} without a criterion"
        return "done"

    def _execution_status(self) -> str:
        if self.missing:
            return f"incomplete: {len(self.missing):,} of {len(self.worklog.plan.categories):,} categories did not run"
        if self.short:
            return f"incomplete: {figures.count(len(self.short), 'category', 'categories')} ran fewer cases than planned"
        if self._unreadable():
            return "incomplete: not all reports could be read"
        return "complete" if self.totals.executed else "incomplete: no case was executed"

    def _whys_status(self) -> str:
        if any(i.root_cause is None for i in self.worklog.investigations):
            return "in progress"
        return "done" if self.worklog.fixes else "explained, no fix yet"

    def _deployment_status(self) -> str:
        if self.worklog.status == "verified":
            return "done"
        if any(d.state == "failed" for d in self.worklog.deployments):
            return "failed"
        if self.worklog.deployments and all(d.state == "done" for d in self.worklog.deployments):
            return "deployed, not verified by a run"
        return "pending"

    # -- assessment and plan ---------------------------------------------------------------------------------------

    @property
    def services(self) -> Table | None:
        """Services and what is deployed."""
        rows = tuple(
            (
                s.role,
                s.name or "–",
                s.revision or "–",
                figures.moment(s.deployed_at, self.zone, self.worklog.time_zone) if s.deployed_at else "–",
                s.health or "–",
            )
            for s in self.worklog.services
        )
        return _without_empty(Table(("service", "name", "version", "deployed", "health"), "lllll", rows)) if rows else None

    @property
    def recent_fixes(self) -> list[Md]:
        """Changes that went in not long before."""
        return [Md(f"{inline(fix.text)}{f' ({inline(fix.ref)})' if fix.ref else ''}") for fix in self.worklog.recent_fixes]

    @property
    def issues(self) -> Table | None:
        """Open issues that matter here."""
        rows = tuple(
            (
                link(f"#{i.number}", i.url) if i.url else f"#{i.number}",
                i.priority or "–",
                i.title,
                i.state,
                ", ".join(i.labels) or "–",
                ", ".join(i.clusters) or "–",
            )
            for i in self.worklog.issues[:ISSUES_SHOWN]
        )
        return Table(("issue", "priority", "title", "state", "labels", "clusters"), "llllll", rows) if rows else None

    @property
    def infrastructure(self) -> list[Md]:
        """What probes saw."""
        infra = self.worklog.infrastructure
        if infra is None:
            return []
        lines = []
        if infra.http_status:
            lines.append(Md(f"HTTP status {infra.http_status}"))
        for dependency in infra.dependencies:
            latency = f" in {dependency.latency_ms:g} ms" if dependency.latency_ms is not None else ""
            lines.append(Md(f"{inline(dependency.name)}: {inline(dependency.state or 'answered')}{latency}"))
        if infra.discovery:
            lines.append(Md(f"Service discovery: {inline(infra.discovery)}"))
        if infra.memory_mb:
            lines.append(Md(f"Memory: {infra.memory_mb[0]:g} to {infra.memory_mb[1]:g} MB"))
        return lines

    @property
    def timeline(self) -> list[Md]:
        """What happened when."""
        events = sorted(self.worklog.timeline, key=lambda event: event.at)
        return [Md(f"{figures.moment(e.at, self.zone, self.worklog.time_zone)}: {inline(e.text)}") for e in events]

    @property
    def plan(self) -> Table | None:
        """The plan in order, with what each category needs and what is lost while it fails."""
        categories = self.worklog.plan.categories
        if not categories:
            return None
        rows = []
        for number, c in enumerate(categories, 1):
            verdict = self.verdicts.get(c.name)
            ran = self.standing[c.name].totals.total if c.name in self.standing else 0
            rows.append(
                (
                    f"{number}",
                    c.name,
                    f"P{c.priority}" if c.priority is not None else "–",
                    _needed(verdict),
                    f"{c.planned:,}" if c.planned is not None else "–",
                    f"{ran:,}" if ran else "–",
                    self._money([c.at_risk]) if c.at_risk else "–",
                    c.rationale or "–",
                )
            )
        head = ("order", "category", "priority", "needed", "planned", "ran", "at risk", "why it is in the plan")
        return _without_empty(Table(head, "rllrrrll", tuple(rows)))

    @property
    def commands(self) -> Md | None:
        """The commands of the plan, as a block that can be copied."""
        lines = []
        for command in self.worklog.plan.commands:
            lines += [f"# {one_line(command.label)}", _shell(command.argv)]
        for category in self.worklog.plan.categories:
            if category.command:
                lines += [f"# {one_line(category.name)}", one_line(category.command, 1_000)]
        return fence("\n".join(lines), "bash") if lines else None

    @property
    def overall_criterion(self) -> Md:
        """The criterion for the whole."""
        overall = self.verdicts.get("overall")
        return Md(overall.criterion.text if overall else "")

    @property
    def selection(self) -> list[Md]:
        """Chosen test files."""
        return [code(path) for path in self.worklog.plan.selection]

    @property
    def risks(self) -> list[Md]:
        """Risks, and where they showed."""
        lines = []
        for risk in self.worklog.plan.risks:
            issues = f" ({', '.join(inline(f'#{n}') for n in risk.issues)})" if risk.issues else ""
            watch = ""
            if risk.watch:
                where = figures.sentence_list([f"cluster {cid[1:]}" for cid in risk.seen_in])
                watch = f" · watching for {code(risk.watch)}: " + (
                    f"**seen in {where}**" if risk.seen_in else "not seen" if self.worklog.runs else "no run yet"
                )
            lines.append(Md(f"{inline(risk.text)}{issues}{watch}"))
        return lines

    # -- execution -------------------------------------------------------------------------------------------------

    @property
    def times(self) -> Md:
        """Wall time, sum of test times and unknown times, kept apart; planned against run."""
        results = list(self.standing.values())
        seconds, untimed = sum(r.seconds for r in results), sum(r.untimed for r in results)
        run = self.run
        parts = []
        if run is not None and run.wall_seconds is not None:
            zone = "" if not run.zone_assumed else f" (a report gives local times; {inline(self.worklog.time_zone)} was assumed)"
            assert run.started_at is not None
            parts.append(
                f"Started {figures.moment(run.started_at, self.zone, self.worklog.time_zone)}, wall time {figures.duration(run.wall_seconds)}{zone}"
            )
        timed = self.totals.total - untimed
        if self.totals.total:
            parts.append(f"tests took {figures.duration(seconds)}" if timed > 0 else "no case states its time")
        if untimed and timed > 0:
            parts.append(f"{figures.count(untimed, 'case')} without a time")
        planned = sum(c.planned or 0 for c in self.worklog.plan.categories)
        if planned:
            parts.append(f"{self.totals.total:,} of {figures.count(planned, 'planned case')} ran")
        text = " · ".join(parts)
        return Md(text[:1].upper() + text[1:])

    @property
    def categories(self) -> Table | None:
        """Each category with its figures and its verdict, then what never ran, then the whole."""
        rows: list[tuple[object, ...]] = []
        planned = {c.name for c in self.worklog.plan.categories}
        for name, result in self.standing.items():
            if result.totals.total or name not in planned:
                rows.append(self._category_row(inline(name), result.totals, self.verdicts.get(name)))
        for c in self.missing:
            if not (c.name in self.standing and self.standing[c.name].totals.total):
                verdict = self.verdicts.get(c.name)
                rows.append((inline(c.name), "–", "–", "–", "–", "–", _needed(verdict), Md("**not run**")))
        rows.append(self._category_row(Md("**All**"), self.totals, self.verdicts.get("overall")))
        head = ("category", "passed", "failed", "errors", "skipped", "rate", "needed", "verdict")
        return _without_empty(Table(head, "lrrrrrrl", tuple(rows)), zero_columns=(3, 4))

    def _category_row(self, name: Md, totals: Totals, verdict: CriterionResult | None) -> tuple[object, ...]:
        threshold = verdict.criterion.threshold if verdict else None
        word: Md | str = "–"
        if verdict is not None:
            word = {"met": Md("met"), "unmet": Md("**not met**"), "not run": Md("**not run**")}[verdict.state]
        return (
            name,
            f"{totals.passed:,}",
            f"{totals.failed:,}",
            f"{totals.error:,}",
            f"{totals.skipped:,}",
            figures.rate(totals.passed, totals.executed, threshold),
            _needed(verdict),
            word,
        )

    @property
    def remarks(self) -> list[Md]:
        """What deserves a doubt: too few cases, too fast cases, flaky cases."""
        lines = []
        for category, ran in self.short:
            lines.append(Md(f"**{inline(category.name)}** ran {ran:,} of {category.planned:,} planned cases."))
        for name, result in self.standing.items():
            if result.too_fast_count:
                shown = (
                    figures.sentence_list([str(code(_short_name(t.case))) for t in result.too_fast], 4)
                    if result.too_fast_count <= len(result.too_fast)
                    else ""
                )
                lines.append(
                    Md(
                        f"Looks too fast to be end to end: {figures.count(result.too_fast_count, 'case')} of {inline(name)}{': ' + shown if shown else ''}."
                    )
                )
        if self.totals.flaky:
            lines.append(Md(f"{figures.count(self.totals.flaky, 'case')} passed only after a failed attempt (flaky)."))
        return lines

    @property
    def flaky(self) -> Fold | None:
        """Cases that passed only after a failed attempt."""
        cases = self.run.flaky if self.run else ()
        if not cases:
            return None
        lines = [Md(f"- {code(c.id)}{_attempt_words(c)}") for c in cases[:CASES_SHOWN]]
        return Fold(figures.count(len(cases), "flaky case"), Md("\n".join(lines)))

    @property
    def slowest(self) -> Fold | None:
        """The slowest cases."""
        times: tuple[NamedTime, ...] = self.run.slowest if self.run else ()
        if not times:
            return None
        table = Table(("case", "time"), "lr", tuple((code(t.case), figures.duration(t.seconds)) for t in times))
        return Fold(f"Slowest {figures.count(len(times), 'case')}", table.md)

    @property
    def problems(self) -> list[Md]:
        """Errors and warnings about the inputs."""
        return [self._problem(p) for p in (self.run.problems if self.run else ()) if p.severity != "note"][:PROBLEMS_SHOWN]

    @property
    def notes(self) -> Fold | None:
        """Notes about the inputs, and the problems beyond those that are shown."""
        problems = self.run.problems if self.run else ()
        serious = [p for p in problems if p.severity != "note"][PROBLEMS_SHOWN:]
        found = [*serious, *[p for p in problems if p.severity == "note"]]
        if not found:
            return None
        lines = [f"- {self._problem(p)}" for p in found[:CASES_SHOWN]]
        if len(found) > CASES_SHOWN:
            lines.append(f"- and {len(found) - CASES_SHOWN:,} more in the record")
        return Fold(figures.count(len(found), "note") + " on the inputs", Md("\n".join(lines)))

    def _problem(self, problem: Problem) -> Md:
        hint = f" *{inline(problem.hint[:1].upper() + problem.hint[1:])}.*" if problem.hint else ""
        word = {"error": "**Error**", "warning": "**Warning**", "note": "Note"}[problem.severity]
        return Md(f"{word} {code(problem.place())}: {inline(problem.message)}.{hint}")

    @property
    def sources(self) -> Fold | None:
        """The reports that were read, with hash and producer."""
        sources: tuple[Source, ...] = tuple(s for run in self.worklog.runs for s in run.sources)
        if not sources:
            return None
        rows = tuple(
            (code(s.path), s.producer, f"{s.totals.total:,}", code(s.sha256[:12]) if s.sha256 else "–") for s in sources[:SOURCES_SHOWN]
        )
        body = Table(("report", "written by", "cases", "sha256"), "llrl", rows).md
        if len(sources) > SOURCES_SHOWN:
            body = Md(f"{body}\n\nand {len(sources) - SOURCES_SHOWN:,} more in the record")
        return Fold(f"Evidence: {figures.count(len(sources), 'report')}", body)

    @property
    def clusters(self) -> list[ClusterView]:
        """The largest clusters, in full."""
        return [self._cluster(cluster) for cluster in self.worklog.clusters[:CLUSTERS_SHOWN]]

    @property
    def more_clusters(self) -> Fold | None:
        """The other clusters, a line each."""
        rest = self.worklog.clusters[CLUSTERS_SHOWN:]
        if not rest:
            return None
        rows = tuple((c.id[1:], code(one_line(c.title, 100)), f"{len(c.cases):,}") for c in rest[:CLUSTERS_LISTED])
        body = Table(("cluster", "error", "cases"), "rlr", rows).md
        if len(rest) > CLUSTERS_LISTED:
            body = Md(f"{body}\n\nand {len(rest) - CLUSTERS_LISTED:,} more in the record")
        return Fold(f"{figures.count(len(rest), 'more cluster')}", body)

    def _cluster(self, cluster: Cluster) -> ClusterView:
        view = ClusterView(
            number=cluster.id[1:],
            title=code(one_line(cluster.title, 110)),
            size=figures.count(len(cluster.cases), "case"),
            state="" if cluster.failing else " · no longer fails",
            excerpt=fence(excerpt(cluster.excerpt or cluster.message or "(no message)", EXCERPT_LINES)),
        )
        by_id = {case.id: case for run in self.worklog.runs for case in run.cases} if len(cluster.cases) <= CASES_SHOWN else {}
        view.facts = list(self._cluster_facts(cluster))
        if cluster.cases:
            view.cases = self._case_fold(cluster, by_id)
        return view

    def _cluster_facts(self, cluster: Cluster) -> Iterator[Md]:
        yield Md(f"In {inline(figures.sentence_list(list(cluster.categories)))}. Grouped because {inline(cluster.why_matched)}.")
        if cluster.classification != "unknown":
            yield Md(f"Classified as **{cluster.classification}**.")
        if cluster.impact:
            yield Md(f"Impact: {inline(cluster.impact)}")
        if cluster.risk:
            yield Md(f"Risk: {cluster.risk}")
        if cluster.at_risk:
            yield Md(f"At risk while it fails: {inline(self._money(cluster.at_risk))}.")
        if cluster.blocked_by:
            yield Md(f"Blocked by cluster {inline(cluster.blocked_by[1:])}.")
        for match in cluster.matches:
            words = f": {inline(', '.join(match.evidence))}" if match.evidence else ""
            yield Md(f"Resembles {inline(match.ref)} {inline(match.title)} ({match.score:.2f}{words})")
        for number, suspect in enumerate(cluster.suspects, 1):
            why = f": {inline('; '.join(suspect.reasons))}" if suspect.reasons else ""
            yield Md(f"Suspect {number}: {code(suspect.commit[:12])} {inline(suspect.summary)} ({suspect.score:.2f}{why})")

    def _case_fold(self, cluster: Cluster, by_id: dict[str, Case]) -> Fold:
        lines = []
        for cid in cluster.cases[:CASES_SHOWN]:
            case = by_id.get(cid)
            extra = []
            if case is not None:
                extra = [figures.duration(case.seconds)] if case.seconds is not None else []
                extra += [str(code(str(case.location)))] if case.location else []
                extra += [f"{len(case.attempts)} earlier attempts"] if case.attempts else []
                extra += [f"attached: {', '.join(code(name) for name in case.attachments[:5])}"] if case.attachments else []
            lines.append(f"- {code(cid)}" + "".join(f" · {part}" for part in extra))
        if len(cluster.cases) > CASES_SHOWN:
            lines.append(f"- and {len(cluster.cases) - CASES_SHOWN:,} more in the record")
        return Fold(figures.count(len(cluster.cases), "case"), Md("\n".join(lines)))

    @property
    def journeys(self) -> list[tuple[Md, str, list[Md]]]:
        """Journeys: name, share of steps that work, steps."""
        found = []
        for journey in self.worklog.journeys:
            share = f"{journey.working} of {figures.count(len(journey.steps), 'step')} proved to work"
            if len(journey.steps) > 1:
                share += f" ({figures.rate(journey.working, len(journey.steps))})"
            steps = [Md(f"{inline(s.name)}: {'**broken**' if s.state == 'broken' else s.state}{_share(s.totals)}") for s in journey.steps]
            found.append((inline(journey.name), share, steps))
        return found

    @property
    def value(self) -> Table | None:
        """What is worth money, protected or at risk, with before and after."""
        rows: list[tuple[object, ...]] = []
        for group in self.worklog.value:
            rows.append(
                (
                    Md(f"**{inline(group.name)}**"),
                    Md(f"**{group.state}**"),
                    self._money([group.money]) if group.money else "–",
                    "–",
                )
            )
            for item in group.items:
                before = f" (was {item.was})" if item.was else ""
                rows.append(
                    (
                        inline(item.name),
                        f"{item.state}{before}",
                        _share(item.totals).strip(" ()") or "–",
                        item.depends_on or "–",
                    )
                )
        return Table(("value", "state", "money or tests", "depends on"), "llll", tuple(rows)) if rows else None

    @property
    def value_sentence(self) -> Md | None:
        """Sums of what is protected and what is at risk, by month."""
        parts = []
        for state in ("protected", "at risk", "not proved"):
            money = self._money([g.money for g in self.worklog.value if g.state == state and g.money])
            if money:
                parts.append(f"{state.capitalize()}: {inline(money)}.")
        return Md(" ".join(parts)) if parts else None

    # -- whys, fix, deployment ---------------------------------------------------------------------------------------

    @property
    def investigations(self) -> list[dict[str, Any]]:
        """Investigations with their whys as an indented list."""
        return [self._investigation(i) for i in self.worklog.investigations]

    def _investigation(self, investigation: Investigation) -> dict[str, Any]:
        depth = {None: -1}
        lines = []
        for why in investigation.whys:
            depth[why.id] = level = depth.get(why.parent, -1) + 1
            leg = "" if why.leg == "occurrence" else f" ({why.leg})"
            proof = "; ".join(self._evidence(e) for e in why.evidence)
            text = f"**{inline(why.question)}**{leg} {inline(why.answer)} · *{why.status}*{f': {proof}' if proof else ''}"
            lines.append(f"{'   ' * level}- {inline(why.id)} {text}")
        cause, prediction = investigation.root_cause, investigation.prediction
        facts = []
        if cause is not None:
            facts += [
                ("Expected", cause.expected),
                ("Actual", cause.actual),
                ("Rule", cause.reference),
                ("Kind", cause.category),
            ]
        return {
            "problem": inline(investigation.problem),
            "whys": Md("\n".join(lines)),
            "cause": inline(cause.statement) if cause else None,
            "cause_facts": [(name, inline(text)) for name, text in facts if text],
            "prediction": self._prediction(prediction) if prediction else None,
        }

    def _evidence(self, evidence: Evidence) -> str:
        return f"{evidence.kind} {code(evidence.ref)}" + (f" {inline(one_line(evidence.excerpt, 120))}" if evidence.excerpt else "")

    def _prediction(self, prediction: Any) -> Md:
        text = f"the failure reads {code(one_line(prediction.failure_text, 200))}; " if prediction.failure_text else ""
        green = figures.count(len(prediction.turns_green), "case")
        return Md(f"{text}after the fix {green} turn green. *{prediction.verdict.capitalize()}.*")

    @property
    def fixes(self) -> list[dict[str, Any]]:
        """Fixes with places, validation and rules kept."""
        return [self._fix(fix) for fix in self.worklog.fixes]

    def _fix(self, fix: Fix) -> dict[str, Any]:
        validation = fix.validation
        return {
            "summary": inline(fix.summary),
            "places": [code(str(location)) for location in fix.locations],
            "commits": [code(commit[:12]) for commit in fix.commits],
            "pull_request": self._reference(fix.pull_request),
            "validation": Md(f"{code(validation.command)} {validation.verdict}") if validation else None,
            "output": fence(shorten(validation.output, 2_000)) if validation and validation.output else None,
            "compliance": [Md(f"{inline(c.name)}: {c.result}{f' ({inline(c.evidence)})' if c.evidence else ''}") for c in fix.compliance],
        }

    @property
    def deployments(self) -> list[Md]:
        """Deployment steps as a check list."""
        zone = self.worklog.time_zone
        return [
            Md(
                f"- [{'x' if d.state == 'done' else ' '}] {inline(d.name)}: {d.state}{f' at {figures.moment(d.at, self.zone, zone)}' if d.at else ''}"
            )
            for d in self.worklog.deployments
        ]

    @property
    def actions(self) -> Table | None:
        """Actions with owner, due date and how one sees that they are done."""
        actions: tuple[Action, ...] = self.worklog.actions
        rows = tuple(
            (
                f"{n}",
                a.text,
                a.owner or "–",
                a.due.isoformat() if a.due else "–",
                a.kind,
                a.done_when or "–",
                "done" if a.done else "open",
            )
            for n, a in enumerate(actions, 1)
        )
        return Table(("", "action", "owner", "due", "kind", "done when", "state"), "rllllll", rows) if rows else None

    @property
    def lessons(self) -> list[Md]:
        """What to remember."""
        return [Md(f"{lesson.kind.capitalize()}: {inline(lesson.text)}") for lesson in self.worklog.lessons]

    @property
    def footer(self) -> Md:
        """Who wrote it, from what."""
        w = self.worklog
        runs = figures.count(len(w.runs), "run")
        name = f" · data: {link(f'{w.id}.json', f'{w.id}.json')}" if w.revision else ""
        return Md(f"{inline(w.generator)} · schema {w.schema_version} · {runs}{name}")


def _sum(standing: dict[str, GroupResult]) -> Totals:
    from rca.model import sum_totals

    return sum_totals(result.totals for result in standing.values())


def _needed(verdict: CriterionResult | None) -> Md:
    return Md(verdict.criterion.text if verdict else "–")


def _without_empty(table: Table, zero_columns: tuple[int, ...] = ()) -> Table:
    """Leave out columns that say nothing in any row."""
    keep = [
        index
        for index in range(len(table.head))
        if any(str(row[index]) != "–" and not (index in zero_columns and str(row[index]) == "0") for row in table.rows)
    ]
    return Table(
        tuple(table.head[i] for i in keep),
        "".join(table.align[i] for i in keep),
        tuple(tuple(row[i] for i in keep) for row in table.rows),
    )


def _share(totals: Totals) -> str:
    return f" ({totals.passed:,} of {figures.count(totals.executed, 'test')} passed)" if totals.executed else ""


def _short_name(case: str) -> str:
    return case.rsplit("::", 1)[-1]


def _attempt_words(case: Case) -> str:
    if not case.attempts:
        return ""
    first = case.attempts[0]
    return f": {figures.count(len(case.attempts), 'failed attempt')}, the first with {code(one_line(first.message or first.type or first.text or 'no message', 120))}"


def _shell(argv: Sequence[str]) -> str:
    import shlex

    return one_line(shlex.join(argv), 1_000)
