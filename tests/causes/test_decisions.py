from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from rca.analysis.assess import settle
from rca.analysis.merge import in_order, merge_clusters
from rca.causes.decisions import automatic, decide, highest_number
from rca.causes.orders import Order, OrderError, cluster_of, redo, take, undo
from rca.causes.rule import RuleError
from rca.model import AgainstBase, Case, Cluster, Decision, Failure, Issue, Match, Past, Run, RunRef, Suspect, Upstream, Worklog
from tests.timing import assert_linear

NOW = datetime(2026, 1, 2, tzinfo=UTC)
KINDS = ("note", "accept", "reject", "mute", "unmute", "flaky", "not flaky", "split", "merge", "rule")
RULE = 'message LIKE "%refused%"'


def case(name: str, mark: str, repeat: int = 1) -> Case:
    failure = Failure(kind="failure", type="Error", message=f"{mark} broke", text=f"{mark} broke\n  in {name}")
    return Case("s", "a", name, outcome="failed", failures=[failure], repeat=repeat, fingerprint=mark, classification="new")


def run(number: int, **groups: str) -> Run:
    """A run in which each mark fails the cases named; `t1 t1` are two results of one name."""
    cases = []
    for mark, names in groups.items():
        seen: dict[str, int] = {}
        for name in names.split():
            seen[name] = seen.get(name, 0) + 1
            cases.append(case(name, f"v1:{mark}", seen[name]))
    started = datetime(2026, 1, number, tzinfo=UTC)
    return Run(id=f"run-{number}", started_at=started, cases=tuple(cases))


def clusters_of(found: Run) -> tuple[Cluster, ...]:
    """The automatic clusters of a run."""
    marks: dict[str, list[Case]] = {}
    for one in found.cases:
        marks.setdefault(one.fingerprint, []).append(one)
    return tuple(
        Cluster(
            id=f"c{number}",
            title=mark,
            fingerprint=mark,
            message=f"{mark} broke",
            categories=(f"of {mark}",),
            cases=tuple(one.id for one in cases),
            example=cases[0].id,
            excerpt=f"text of {cases[0].id}",
            runs=(found.id,),
            classification="new",
            matches=(Match(ref="#712", score=0.8), Match(ref=f"#{number}", score=0.5)),
            suspects=(Suspect(commit=f"commit of {mark}", score=0.5),),
            past=Past(reason="It is new.", confidence="medium", runs=4),
            why_matched="all share the message",
        )
        for number, (mark, cases) in enumerate(marks.items(), 1)
    )


def with_run(worklog: Worklog, added: Run) -> Worklog:
    runs = in_order((*worklog.runs, added))
    plain = automatic(worklog)
    merged = merge_clusters(runs, plain.clusters, clusters_of(added), highest=highest_number(worklog))
    return settle(decide(plain.model_copy(update={"runs": runs, "clusters": merged})))


def worklog(*runs: Run) -> Worklog:
    found = Worklog(id="2026-01-02-x", title="x", opened_at=NOW)
    for one in runs or (run(1, a="t1 t2 t3 t1", b="t4 t5", c="t6"),):
        found = with_run(found, one)
    return found


def ordered(found: Worklog, *orders: str) -> Worklog:
    """Apply decisions written like `note c1 text`."""
    for order in orders:
        if order in {"undo", "redo"}:
            found, _ = {"undo": undo, "redo": redo}[order](found)
            continue
        kind, cluster, *rest = order.replace("not flaky", "not_flaky").split(" ")
        text = " ".join(rest)
        given_ = {"split": {"cases": tuple(rest)}, "merge": {"other": text}, "accept": {"other": text}, "reject": {"other": text}}
        found, _ = take(found, Order(kind.replace("_", " "), cluster, **given_.get(kind, {"text": text})), at=NOW, author="Ann")
    return found


def shape(found: Worklog) -> dict[str, str]:
    """The names of the cases of each cluster."""
    return {cluster.id: " ".join(cid.removeprefix("s::a::") for cid in cluster.cases) for cluster in found.clusters}


def bare(found: Worklog) -> str:
    """All of a worklog but its decisions, byte for byte."""
    return found.model_copy(update={"decisions": ()}).model_dump_json()


# -- what each decision does ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([], {"c1": "t1 t2 t3 t1#2", "c2": "t4 t5", "c3": "t6"}),
        (["merge c1 c2"], {"c1": "t1 t2 t3 t1#2 t4 t5", "c3": "t6"}),
        (["merge c2 c1"], {"c2": "t1 t2 t3 t1#2 t4 t5", "c3": "t6"}),
        (["merge c1 c2", "merge c3 c1"], {"c3": "t1 t2 t3 t1#2 t4 t5 t6"}),
        (["merge c1 c2", "undo"], {"c1": "t1 t2 t3 t1#2", "c2": "t4 t5", "c3": "t6"}),
        (["merge c1 c2", "undo", "redo"], {"c1": "t1 t2 t3 t1#2 t4 t5", "c3": "t6"}),
        (["split c1 t1"], {"c1": "t2 t3", "c2": "t4 t5", "c3": "t6", "c4": "t1 t1#2"}),
        (["split c1 *1 *2"], {"c1": "t3", "c2": "t4 t5", "c3": "t6", "c4": "t1 t2 t1#2"}),
        (["split c1 t1", "split c1 t2"], {"c1": "t3", "c2": "t4 t5", "c3": "t6", "c4": "t1 t1#2", "c5": "t2"}),
        (["split c1 t1", "undo", "split c1 t2"], {"c1": "t1 t3 t1#2", "c2": "t4 t5", "c3": "t6", "c5": "t2"}),
        (["split c1 t1", "merge c1 c4"], {"c1": "t1 t2 t3 t1#2", "c2": "t4 t5", "c3": "t6"}),
        (["split c1 t1", "merge c4 c1"], {"c2": "t4 t5", "c3": "t6", "c4": "t1 t2 t3 t1#2"}),
        (["split c1 t1", "merge c1 c4", "split c1 t1"], {"c1": "t2 t3", "c2": "t4 t5", "c3": "t6", "c5": "t1 t1#2"}),
        (["merge c1 c2", "split c1 t4 t1"], {"c1": "t2 t3 t5", "c3": "t6", "c4": "t1 t1#2 t4"}),
        (["merge c1 c2", "split c1 t4", "undo"], {"c1": "t1 t2 t3 t1#2 t4 t5", "c3": "t6"}),
        (["split c1 t1", "split c4 t1", "merge c2 c4"], None),
        (["split c1 t1", "merge c2 c4"], {"c1": "t2 t3", "c2": "t1 t1#2 t4 t5", "c3": "t6"}),
    ],
)
def test_cases_move_and_ids_stay(orders, expected):
    if expected is None:
        with pytest.raises(OrderError, match="all cases of c4"):
            ordered(worklog(), *orders)
    else:
        assert shape(ordered(worklog(), *orders)) == expected


def test_the_next_run_meets_the_decisions():
    first = ordered(
        worklog(), "merge c1 c3", "split c1 t1", "mute c2", "note c2 slow disk", "reject c1 #712", "accept c4 99", "flaky c4 race"
    )
    second = with_run(first, run(2, b="t4", a="t1 t1 t9", d="t7"))
    assert shape(second) == {"c1": "t9", "c2": "t4", "c4": "t1 t1#2", "c5": "t7"}
    by_id = {cluster.id: cluster for cluster in second.clusters}
    assert (by_id["c2"].muted, by_id["c2"].notes) == (True, ("slow disk",))
    assert {match.ref: match.state for match in by_id["c1"].matches} == {"#712": "rejected", "#1": "proposed", "#3": "proposed"}
    assert [match.ref for match in by_id["c4"].matches] == ["#99"]
    assert by_id["c4"].classification == "flaky"
    assert (by_id["c1"].runs, by_id["c4"].runs, by_id["c5"].runs) == (("run-1", "run-2"), ("run-1", "run-2"), ("run-2",))
    gone = with_run(second, run(3, c="t6"))
    assert shape(gone)["c1"] == "t6"


def test_ids_that_a_decision_gave_are_never_given_again():
    undone = ordered(worklog(), "split c1 t1", "undo")
    later = with_run(undone, run(2, d="t7"))
    assert shape(later) == {"c1": "t1 t2 t3 t1#2", "c2": "t4 t5", "c3": "t6", "c5": "t7"}
    assert shape(ordered(later, "redo")) == {"c1": "t2 t3", "c2": "t4 t5", "c3": "t6", "c4": "t1 t1#2", "c5": "t7"}


def test_a_run_between_undo_and_redo_is_no_obstacle():
    found = ordered(worklog(), "merge c1 c2", "note c1 x", "undo", "undo")
    later = with_run(found, run(2, b="t4", a="t1"))
    assert bare(ordered(later, "redo", "redo")) == bare(with_run(ordered(worklog(), "merge c1 c2", "note c1 x"), run(2, b="t4", a="t1")))


def test_facts_of_a_cluster_that_nobody_touched_stay_the_same_object():
    found = worklog()
    changed = ordered(found, "merge c1 c2", "note c1 x")
    assert changed.clusters[1] is found.clusters[2]
    assert ordered(changed, "undo", "undo").clusters[0] is found.clusters[0]


def test_what_a_merged_cluster_takes_over():
    found = worklog()
    found = found.model_copy(
        update={
            "clusters": tuple(
                c.model_copy(
                    update={"suspects": (), "impact": "", "matches": ()} if c.id == "c1" else {"impact": "no pay", "merged": ("v1:z",)}
                )
                for c in found.clusters
            )
        }
    )
    whole = ordered(found, "note c2 mine", "accept c2 #712", "mute c2", "merge c1 c2").clusters[0]
    assert whole.merged == ("v1:b", "v1:z")
    assert whole.categories == ("of v1:a", "of v1:b")
    assert whole.why_matched == "all share the message; merged with c2 by hand"
    assert [(match.ref, match.state) for match in whole.matches] == [("#712", "accepted"), ("#2", "proposed")]
    assert (whole.suspects[0].commit, whole.impact, whole.notes) == ("commit of v1:b", "no pay", ("mine",))
    assert not whole.muted
    assert whole.example == "s::a::t1"


def test_what_a_split_off_cluster_knows_and_what_not():
    found = ordered(worklog(), "split c1 t1")
    old, new = found.clusters[0], found.clusters[-1]
    assert (new.id, new.title, new.classification, new.past, new.matches, new.suspects) == ("c4", "v1:a broke", "new", None, (), ())
    assert new.why_matched == "taken out of c1 by hand (d1)"
    assert new.fingerprint.startswith("v1:")
    assert (new.example, new.excerpt) == ("s::a::t1", "v1:a broke\n  in t1")
    assert (old.example, old.excerpt) == ("s::a::t2", "v1:a broke\n  in t2")
    assert ordered(worklog(), "split c1 t3").clusters[0].excerpt == "text of s::a::t1"


def test_how_a_cluster_stands_against_the_base_goes_with_merges_and_not_with_splits():
    def standing(kind):
        return AgainstBase(branch="main", kind=kind, reason="So it is.", confidence="low", runs=3)

    found = worklog()
    kinds = ("fails there too", "broken here", "not known")
    held = tuple(one.model_copy(update={"base": standing(kind)}) for one, kind in zip(found.clusters, kinds, strict=True))
    found = found.model_copy(update={"clusters": held})
    assert ordered(found, "merge c1 c2").clusters[0].base == standing("broken here")
    assert ordered(found, "merge c1 c3").clusters[0].base == standing("not known")
    assert ordered(found, "split c1 t1").clusters[0].base == standing("fails there too")
    assert ordered(found, "split c1 t1").clusters[-1].base is None


def test_categories_and_the_money_in_them_go_with_the_cases():
    found = worklog()
    for number, one in enumerate(found.runs[0].cases):
        one.category = f"part {number % 2}"  # t1 0, t2 1, t3 0, t1#2 1, t4 0, t5 1, t6 0
    changed = ordered(found, "split c1 t2", "merge c2 c3")
    assert [cluster.categories for cluster in changed.clusters] == [("part 0", "part 1"), ("part 0", "part 1"), ("part 1",)]
    assert [cluster.categories for cluster in ordered(found, "split c1 t3").clusters] == [
        ("part 0", "part 1"),
        ("of v1:b",),
        ("of v1:c",),
        ("part 0",),
    ]


def test_notes_stay_in_the_order_in_which_they_were_taken():
    found = ordered(worklog(), "note c1 first", "note c2 second", "note c1 third", "merge c1 c2", "note c1 fourth")
    assert found.clusters[0].notes == ("first", "second", "third", "fourth")


def past(**facts: object) -> Past:
    return Past(reason="So it is.", confidence="low", runs=4, **facts)


REF = RunRef(id="run-0")


@pytest.mark.parametrize(
    ("kind", "before", "orders", "expected"),
    [
        ("new", past(), ["flaky c1 races"], ("flaky", "called flaky by Ann (d1): races")),
        ("new", past(), ["flaky c1", "not flaky c1"], ("new", "So it is.")),
        ("flaky", past(), ["not flaky c1"], ("new", "called not flaky by Ann (d1)")),
        ("flaky", past(last_good=REF), ["not flaky c1"], ("regression", "called not flaky by Ann (d1)")),
        ("flaky", past(failing_runs=2), ["not flaky c1"], ("still failing", "called not flaky by Ann (d1)")),
        ("flaky", None, ["not flaky c1"], ("unknown", "called not flaky by Ann (d1)")),
        ("new", past(), ["accept c1 712"], ("known", "called known as #712 by Ann (d1)")),
        ("new", past(), ["accept c1 #1"], ("new", "So it is.")),  # that issue is closed
        ("known", past(), ["reject c1 #712"], ("known", "So it is.")),
        ("known", past(), ["reject c1 #712", "reject c1 #1"], ("new", "called not #1 by Ann (d2)")),
        ("fixed", past(), ["flaky c1", "accept c1 #712"], ("fixed", "So it is.")),
        ("quarantined", past(), ["flaky c1"], ("quarantined", "So it is.")),
        ("new", None, ["note c1 x"], ("new", None)),
    ],
)
def test_decisions_and_the_class(kind, before, orders, expected):
    found = worklog()
    first, *rest = found.clusters
    closed = first.matches[1].model_copy(update={"closed": True})
    first = first.model_copy(update={"classification": kind, "past": before, "matches": (first.matches[0], closed)})
    decided = ordered(found.model_copy(update={"clusters": (first, *rest)}), *orders).clusters[0]
    assert (decided.classification, decided.past.reason if decided.past else None) == expected


def test_an_accepted_issue_stays_when_no_text_resembles_it():
    found = worklog().model_copy(update={"issues": (Issue(number=900, title="Disk full", url="https://example.com/900"),)})
    match = ordered(found, "accept c1 #900").clusters[0].matches[-1]
    assert (match.ref, match.title, match.url, match.state) == ("#900", "Disk full", "https://example.com/900", "accepted")
    assert ordered(found, "accept c1 #900", "reject c1 900").clusters[0].matches == found.clusters[0].matches


def test_a_rule_is_kept_as_it_is_read():
    assert ordered(worklog(), f"rule c1 {RULE.lower().replace('like', 'LiKe')}").clusters[0].rule == RULE


def test_what_is_linked_to_a_merged_cluster_follows_it():
    found = worklog()
    clusters = tuple(c.model_copy(update={"blocked_by": {"c3": "c2", "c1": "c2"}.get(c.id)}) for c in found.clusters)
    upstream = Upstream(id="u1", kind="shared", title="x", clusters=("c1", "c2"), cases=6)
    other = Upstream(id="u2", kind="shared", title="y", clusters=("c3",), cases=1)
    found = found.model_copy(update={"clusters": clusters, "upstreams": (upstream, other)})
    merged = ordered(found, "merge c1 c2")
    assert [c.blocked_by for c in merged.clusters] == [None, "c1"]
    assert [(u.clusters, u.cases) for u in merged.upstreams] == [(("c1",), 6), (("c3",), 1)]
    assert ordered(found, "split c1 t2").upstreams[0].cases == 5
    assert ordered(merged, "undo").upstreams == (upstream, other)
    assert ordered(merged, "undo").clusters == clusters


def test_clusters_without_cases_in_the_runs_are_merged_by_what_they_list():
    found = worklog()
    found = found.model_copy(update={"runs": (), "clusters": tuple(c.model_copy(update={"runs": ("old", c.id)}) for c in found.clusters)})
    merged = ordered(found, "merge c1 c2", "split c1 s::a::t5")
    assert merged.clusters[0].runs == ("old", "c1", "c2")
    assert (merged.clusters[0].cases, merged.clusters[2].cases) == (("s::a::t4",), ("s::a::t5",))
    assert merged.clusters[2].example == "s::a::t5"


def test_two_clusters_of_one_fingerprint_are_both_kept():
    found = worklog()
    double = found.clusters[0].model_copy(update={"id": "c9"})
    found = found.model_copy(update={"clusters": (*found.clusters, double)})
    changed = ordered(found, "merge c1 c2", "note c9 x")
    assert changed.clusters[-1] == double
    assert ordered(changed, "undo", "undo").clusters == found.clusters


@pytest.mark.parametrize("decision", [{"kind": kind} for kind in KINDS] + [{"kind": "merge", "fingerprint": "v1:a", "into": "v1:a"}])
def test_a_decision_that_finds_nothing_changes_nothing(decision):
    facts = {"id": "d1", "at": NOW, "fingerprint": "v0:gone", "into": "v0:gone", **decision}
    found = worklog()
    kept = decide(found.model_copy(update={"decisions": (Decision.model_validate(facts),)}))
    assert kept.clusters == found.clusters
    assert len(kept.decisions) == 1


# -- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "message"),
    [
        (["note c9 x"], "no cluster 'c9' known are c1, c2, c3"),
        (["note x x"], "no cluster 'x'"),
        (["merge c1 c2", "note c2 x"], "c2 is a part of c1 now"),
        (["split c1 t1", "merge c1 c4", "note c4 x"], "c4 is a part of c1 now"),
        (["note c1 "], "the note is empty"),
        (["note c1 " + "x" * 5_000], "has 5,000 characters; 4,000 are the most"),
        (["accept c1 "], "needs the match that is meant c1 matches #712, #1; in a shell"),
        (["reject c1 #5"], "c1 has no match '#5' c1 matches #712, #1"),
        (["accept c1 ABC-5"], "c1 has no match 'ABC-5'"),
        (["split c1 t1", "reject c4 #5"], "c4 matches nothing yet"),
        (["split c1 nothing*"], "none of the cases of c1 fits nothing* its first case is s::a::t1"),
        (["split c1 *"], "all cases of c1"),
        (["split c3 t6"], "all cases of c3"),
        (["merge c1 c1"], "cannot be merged with itself"),
        (["merge c1 c9"], "no cluster 'c9'"),
        (["rule c1 message IS 5"], "LIKE, NOT LIKE or = is expected"),
    ],
)
def test_what_cannot_be_done_is_said(orders, message):
    found = ordered(worklog(), *orders[:-1])
    with pytest.raises(Exception) as error:
        ordered(found, orders[-1])
    assert message in f"{error.value.message} {error.value.hint}"


def test_split_needs_cases_and_many_ids_are_not_all_named():
    with pytest.raises(OrderError, match="needs the cases"):
        take(worklog(), Order("split", "c1"), at=NOW)
    many = worklog(run(1, **{f"m{number:02}": f"t{number}" for number in range(30)}))
    with pytest.raises(OrderError) as error:
        cluster_of(many, "31")
    assert error.value.hint.endswith("c19, c20 and 10 more")
    with pytest.raises(OrderError, match="nothing failed"):
        cluster_of(Worklog(id="2026-01-02-x", title="x", opened_at=NOW), "1")


@pytest.mark.parametrize(
    "orders",
    [
        ["mute c1", "mute c1"],
        ["unmute c1"],
        ["flaky c1", "flaky c1"],
        ["not flaky c1"],
        ["accept c1 #712", "accept c1 712"],
        ["reject c1 #712", "reject c1 712"],
        [f"rule c1 {RULE}", f"rule c1 {RULE}"],
    ],
)
def test_what_is_so_already_is_not_decided_again(orders):
    found = ordered(worklog(), *orders)
    assert len(found.decisions) == len(orders) - 1


def test_secrets_and_terminal_sequences_are_not_kept():
    found, decision = take(worklog(), Order("note", "1", text="see \x1b[31mpassword=hunter2hunter2"), at=NOW, author="A\x1bn\nn")
    assert decision is not None
    assert "hunter2" not in found.model_dump_json()
    assert (decision.author, found.clusters[0].notes[0][:4]) == ("An n", "see ")


def test_redo_ends_where_something_new_begins():
    found = ordered(worklog(), "note c1 a", "note c1 b", "undo", "note c1 c", "undo", "undo", "undo")
    assert found.clusters[0].notes == ()
    again = ordered(found, "redo", "redo", "redo")
    assert again.clusters[0].notes == ("a", "c")
    assert [decision.text for decision in again.decisions] == ["a", "b", "c"]
    assert undo(worklog())[1] is None
    assert redo(again)[1] is None


# -- any sequence at all -----------------------------------------------------------------------------------------------

ids = st.integers(1, 8).map("c{}".format)
globs = st.lists(st.sampled_from([*(f"t{number}" for number in range(1, 8)), "*1", "*"]), min_size=1, max_size=3).map(tuple)
orders = st.one_of(
    st.builds(
        Order, st.sampled_from(KINDS), ids, st.one_of(ids, st.sampled_from(["#712", "1", "#77"])), globs, st.sampled_from(["x", RULE])
    ),
    st.sampled_from(["undo", "redo"]),
)


class Deciding(RuleBasedStateMachine):
    """Decisions, undos, redos and runs in any order."""

    @initialize()
    def start(self) -> None:
        self.worklog = worklog()
        self.start_of_runs = bare(self.worklog)
        self.runs = 1
        self.taken: list[Decision] = []
        self.notes: set[str] = set()

    @rule(order=orders)
    def decide_something(self, order) -> None:
        before = self.worklog
        try:
            if isinstance(order, str):
                self.worklog, decision = {"undo": undo, "redo": redo}[order](before)
            else:
                self.worklog, decision = take(before, order, at=NOW)
                self.taken += [decision] if decision else []
        except (OrderError, RuleError):
            self.worklog = before
        self.worklog = settle(self.worklog)

    @precondition(lambda self: self.runs < 4)
    @rule(a=st.sampled_from(["", "t1", "t1 t1 t8"]), b=st.sampled_from(["", "t4", "t4 t2"]), c=st.sampled_from(["", "t6"]))
    def another_run(self, a, b, c) -> None:
        self.runs += 1
        added = run(self.runs, **{mark: names for mark, names in {"a": a, "b": b, "c": c}.items() if names})
        self.worklog = with_run(self.worklog, added)
        plain = automatic(self.worklog).model_copy(update={"decisions": ()})
        self.start_of_runs = bare(settle(plain))

    @rule()
    def undo_and_redo_all(self) -> None:
        live = sum(not decision.undone for decision in self.worklog.decisions)
        found = self.worklog
        for _ in range(live):
            found, _ = undo(found)
        assert bare(settle(found)) == self.start_of_runs
        for _ in range(live):
            found, _ = redo(found)
        assert settle(found).model_dump_json() == self.worklog.model_dump_json()

    @rule()
    def store_and_read(self) -> None:
        self.worklog = Worklog.model_validate_json(self.worklog.model_dump_json())

    @invariant()
    def nothing_is_lost(self) -> None:
        found = self.worklog
        assert [(d.id, d.kind, d.text) for d in found.decisions] == [(d.id, d.kind, d.text) for d in self.taken]
        shown = {note for cluster in found.clusters for note in cluster.notes}
        assert shown == {d.text for d in found.decisions if d.kind == "note" and not d.undone}
        last = {cid for cluster in found.clusters for cid in cluster.cases}
        assert last >= {one.id for one in found.runs[-1].cases}
        assert len({cluster.id for cluster in found.clusters}) == len(found.clusters)

    @invariant()
    def applying_again_changes_nothing(self) -> None:
        assert decide(self.worklog).model_dump_json() == self.worklog.model_dump_json()
        assert settle(decide(automatic(self.worklog))).model_dump_json() == self.worklog.model_dump_json()


def test_any_sequence_of_decisions_runs_and_undos():
    run_state_machine_as_test(Deciding, settings=settings(max_examples=60, stateful_step_count=25, deadline=None))


@given(
    st.lists(
        st.builds(
            Decision,
            id=st.just("d1"),
            at=st.just(NOW),
            kind=st.sampled_from(KINDS),
            fingerprint=st.text(max_size=3),
            cluster=st.text(max_size=4),
        )
    )
)
def test_any_list_of_decisions_can_be_applied(decisions):
    """Somebody edited the record, or it was merged in git."""
    decide(worklog().model_copy(update={"decisions": tuple(decisions)}))


def test_a_chain_of_merges_takes_linear_time():
    def chain(size: int) -> Worklog:
        groups = {f"m{number}": f"t{number}" for number in range(size)}
        found = run(1, **groups)
        marks = [f"v1:{mark}" for mark in groups]
        decisions = tuple(
            Decision(id=f"d{n}", at=NOW, kind="merge", fingerprint=one, into=other) for n, (one, other) in enumerate(pairwise(marks))
        )
        return decide(Worklog(id="2026-01-02-x", title="x", opened_at=NOW, runs=(found,), clusters=clusters_of(found), decisions=decisions))

    assert len(chain(50).clusters) == 1
    assert_linear(chain, 2_000)
