"""A small worklog, and an investigation in it to which no rule objects; cases of the tests change one thing in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from rca.model import (
    Action,
    Case,
    Cluster,
    Commit,
    Context,
    Deployment,
    Environment,
    Failure,
    FileChange,
    GroupResult,
    Investigation,
    Issue,
    Lesson,
    Mapped,
    Match,
    Override,
    Past,
    Prediction,
    RootCause,
    Run,
    RunRef,
    Suspect,
    TimelineEvent,
    Totals,
    Why,
    Worklog,
)
from rca.whys import Beside, parse_ref

AT = dt.datetime(2026, 11, 22, 8, 0, tzinfo=dt.UTC)
HEAD = "fdf5c25506c059c2480538eb99b05fd8d1a7bf14"
SUSPECT = "3fa9c1d77aa0"
MESSAGES = {
    "c1": ("ws.NegotiationError", "unsupported subprotocol: jwt-auth"),
    "c2": ("psycopg.OperationalError", "connection to users-db refused"),
}
CASES = {"c1": ("s::events::test_flow", "s::events::test_connects"), "c2": ("s::users::test_lists",)}
EXCERPT = """tests/harbor.py:88: in events
    with self.stream(pipeline, token) as stream:
src/gateway/handshake.py:41: in answer
    chosen = configured[0]
E   ws.NegotiationError: unsupported subprotocol: jwt-auth
"""


def case(cid: str, cluster: str) -> Case:
    kind, message = MESSAGES[cluster]
    suite, classname, name = cid.split("::")
    return Case(suite, classname, name, "failed", failures=[Failure("failure", kind, message)], fingerprint=cluster, category="E2E")


def run(name: str = "run-1", failing: Iterable[str] = ("c1", "c2"), commit: str = HEAD) -> Run:
    cases = tuple(case(cid, cluster) for cluster in failing for cid in CASES[cluster])
    totals = Totals(total=10, passed=10 - len(cases), failed=len(cases))
    category = GroupResult(name="E2E", totals=totals)
    context = Context(commit=commit, environment="staging")
    return Run(id=name, context=context, started_at=AT, totals=totals, categories=(category,), cases=cases)


def cluster(cid: str) -> Cluster:
    kind, message = MESSAGES[cid]
    c1 = cid == "c1"
    suspects = (Suspect(commit=SUSPECT, summary="Pick the first configured subprotocol", at=AT, score=0.6),) if c1 else ()
    matches = (
        (Match(ref="#412", title="Live events do not open", score=0.9), Match(kind="worklog", ref="2026-09-13-events", score=0.6))
        if c1
        else ()
    )
    return Cluster(
        id=cid,
        title=message,
        fingerprint=f"v1:{cid}",
        error_type=kind,
        message=message,
        frames=("src/gateway/handshake.py:answer", "tests/harbor.py:events") if c1 else (),
        categories=("E2E",),
        cases=CASES[cid],
        example=CASES[cid][0],
        excerpt=EXCERPT if c1 else "",
        runs=("run-1",),
        past=Past(reason="new", confidence="high", first_bad=RunRef(id="run-1", at=AT, commit=HEAD)) if c1 else None,
        suspects=suspects,
        matches=matches,
    )


def worklog(**changes: object) -> Worklog:
    facts = {
        "id": "2026-11-22-all-tests",
        "title": "All tests",
        "opened_at": AT,
        "environment": Environment(name="staging"),
        "runs": (run(),),
        "clusters": (cluster("c1"), cluster("c2")),
        "issues": (Issue(number=412, title="Live events do not open"),),
        "timeline": (TimelineEvent(at=AT, text="the gateway was deployed", ref=SUSPECT),),
    }
    return Worklog(**{**facts, **changes})


COMMITS = {
    SUSPECT.ljust(40, "0"): Commit(SUSPECT.ljust(40, "0"), AT, "Pick the first", files=[FileChange("src/gateway/handshake.py")]),
    "b" * 39 + "1": Commit("b" * 39 + "1", AT, "Docs", files=[FileChange("README.md")]),
}


def commits(names: Sequence[str]) -> dict[str, Commit]:
    """The commits that hashes name, as git would give them."""
    return {name: commit for name in names for sha, commit in COMMITS.items() if sha.startswith(name)}


BESIDE = Beside(commits=commits)

WHYS = """
1 the gateway answers with the subprotocol jwt-auth, which the client never offered {read=yes} c1
1.1 the gateway picks the first configured subprotocol, whatever the client offered {read=yes} src/gateway/handshake.py:41@3fa9c1d
1.1.1 picking a configured subprotocol has no contract against RFC 6455 {read=yes leaf=within-control level=design} 3fa9c1d src/gateway/handshake.py:41@3fa9c1d
2 the contract test of the gateway offers what is configured {leg=detection read=yes leaf=within-control level=process} case:s::events::test_flow
3 reviews of protocols have no list of the RFC's demands {leg=systemic read=yes leaf=within-control level=process} #412
"""
ACTIONS = """
Pick only offered subprotocols {owner=dana due=2026-12-01 kind=repair cause=1.1.1 done_when=the-suite-is-green}
Add a contract test with an unknown subprotocol {owner=dana due=2026-12-01 kind=detect cause=2 done_when=it-runs}
Write the list of demands {owner=dana due=2026-12-01 kind=prevent cause=3 done_when=it-is-linked}
"""
STATEMENT = "The gateway answers with a configured subprotocol that the client never offered."
PROBLEM = "2 of 10 cases fail on staging (E2E): “unsupported subprotocol: jwt-auth”, in run run-1."
_OPTIONS = re.compile(r"\{([^{}]*)\}")


def options(text: str) -> tuple[str, dict[str, str], str]:
    """A text, its options in braces, and what stands behind them."""
    match = _OPTIONS.search(text)
    if match is None:
        return text.strip(), {}, ""
    found = dict(part.partition("=")[::2] for part in match[1].split())
    return text[: match.start()].strip(), found, text[match.end() :].strip()


def why(line: str) -> Why:
    head, said, refs = options(line)
    wid, _, answer = head.partition(" ")
    evidence = []
    for part in refs.split():
        ref, _, state = part.partition("!")
        evidence.append(parse_ref(ref).model_copy(update={"state": state or "found"}))
    return Why(
        id=wid,
        parent=wid.rpartition(".")[0] or None,
        leg=said.get("leg", "occurrence"),
        question=said.get("asked", "").replace("-", " "),
        answer=answer,
        status=said.get("status", "supported" if evidence else "hypothesis"),
        evidence=tuple(evidence),
        author_kind=said.get("by", "human"),
        author=said.get("author", ""),
        confirmed_by=said.get("confirmed", ""),
        read_back=said.get("read", "").replace("-", " "),
        leaf=said.get("leaf", "").replace("-", " "),
        level=said.get("level", ""),
    )


def asked(whys: list[Why], problem: str) -> tuple[Why, ...]:
    """Whys whose questions come from the answers above."""
    answers = {entry.id: entry.answer for entry in whys}
    return tuple(
        w if w.question else w.model_copy(update={"question": f"Why is it so: “{answers.get(w.parent or '', problem)}”?"}) for w in whys
    )


def action(line: str) -> Action:
    text, said, _ = options(line)
    return Action(
        text=text, **{"kind": "repair", **{name: value.replace("-", " ") if name != "due" else value for name, value in said.items()}}
    )


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def sound(changes: Iterable[str] = ()) -> tuple[Investigation, Worklog]:  # noqa: C901, PLR0912 -- a table of what can be changed
    """The investigation with changes, each a line: what is changed, and to what."""
    facts = {"problem": PROBLEM, "clusters": "c1", "run": "run-1", "statement": STATEMENT, "rests": "1.1.1", "foretell": MESSAGES["c1"][1]}
    facts |= {"green": "\n".join(CASES["c1"]), "red": "\n".join(CASES["c2"])}
    whys = {entry.id: entry for entry in map(why, lines(WHYS))}
    actions = [action(line) for line in lines(ACTIONS)]
    lessons: list[Lesson] = []
    overrides: list[Override] = []
    mapping = [Mapped(cluster="c1", to="leaf", why="1.1.1"), Mapped(cluster="c2", to="out of scope")]
    verdict: dict[str, object] = {}
    world: dict[str, object] = {}
    for line in changes:
        key, _, rest = line.partition(" ")
        if key == "why":
            entry = why(rest)
            whys[entry.id] = entry
        elif key in {"answer", "inner", "top"}:
            wid = {"answer": "1.1.1", "inner": "1.1", "top": "1"}[key]
            whys[wid] = whys[wid].model_copy(update={"answer": rest.replace("\\n", "\n")})
        elif key == "drop":
            for wid in rest.split():
                whys.pop(wid, None)
        elif key == "action":
            actions.append(action(rest))
        elif key == "no-actions":
            actions = []
        elif key == "lesson":
            kind, _, text = rest.partition(": ")
            lessons.append(Lesson(kind=kind, text=text))
        elif key == "override":
            number, _, reason = rest.partition(" ")
            number, _, where = number.partition("@")
            overrides.append(Override(rule=int(number), where=where, reason=reason))
        elif key == "map":
            mapping = [_mapping(part) for part in rest.split(";") if part.strip()]
        elif key == "verdict":
            text, said, _ = options(rest)
            names = {"right", "wrong", "not_judged"}
            verdict = {"verdict": text, **{n: tuple(v.split(",")) if n in names else v for n, v in said.items()}}
        elif key == "pending":
            world["deployments"] = (Deployment(name=rest, state="pending"),)
        elif key == "author":
            world["author"] = rest
        elif key == "blocked":
            clusters = [cluster("c1"), cluster("c2").model_copy(update={"blocked_by": "c1"})]
            world["clusters"] = tuple(clusters)
        elif key == "nowhere":
            world |= {"environment": None, "runs": (run().model_copy(update={"context": Context()}),)}
        else:
            assert key in facts, line
            facts[key] = rest.replace("\\n", "\n")
    prediction = Prediction(
        failure_text=facts["foretell"], turns_green=tuple(lines(facts["green"])), stays_red=tuple(lines(facts["red"])), **verdict
    )
    investigation = Investigation(
        id="i1",
        problem=facts["problem"],
        clusters=tuple(facts["clusters"].split()),
        run=facts["run"],
        whys=asked(list(whys.values()), facts["problem"]),
        root_cause=RootCause(statement=facts["statement"], whys=tuple(facts["rests"].split())) if facts["statement"] else None,
        prediction=prediction if facts["foretell"] != "nothing" else None,
        mapping=tuple(mapping),
        overrides=tuple(overrides),
    )
    return investigation, worklog(investigations=(investigation,), actions=tuple(actions), lessons=tuple(lessons), **world)


def _mapping(text: str) -> Mapped:
    name, _, to = text.strip().partition(" ")
    return Mapped(cluster=name, to=to) if to in {"unexplained", "out of scope"} else Mapped(cluster=name, to="leaf", why=to)
