"""The one comment: what is decided, and that several publishers end with one comment that says the newest."""

from __future__ import annotations

import pytest

from rca.document.publish import Marker
from rca.errors import RcaError
from rca.github import Answer, Repository
from rca.github.errors import NotFoundError, RefusedError
from rca.github.who import Identity
from rca.publish.choices import Mode
from rca.publish.comment import Found, Wanted, decide, publish_comment
from tests.publish.schedule import Comments, Publisher, every_order

ME = Identity("rca-bot", app=False)


def text(day: int | None, said: str = "", run: str = "") -> str:
    """A body that speaks of the run of that day."""
    fields = {"kind": "comment", "run": run or f"run-{day}", "at": f"2026-01-{day:02}T00:00:00Z" if day else "", "state": "red"}
    return f"{said or day}\n\n{Marker('default', fields)}\n"


def found(ident: int, day: int | None, said: str = "", *, folded: bool = False, run: str = "") -> Found:
    body = text(day, said, run)
    return Found(ident, f"IC_{ident}", body, Wanted(body).mark, folded=folded)


def shown(plan) -> dict[str, object]:
    """A plan in short: what it does, and to which comments."""
    acts = {
        "create": plan.create,
        "update": plan.stays.id if plan.update else 0,
        "delete": [each.id for each in plan.delete],
        "fold": [(each.id, reason) for each, reason in plan.fold],
        "unfold": plan.stays.id if plan.unfold else 0,
        "later": plan.later,
    }
    return {name: value for name, value in acts.items() if value}


CASES = {
    "nothing is there": ([], Wanted(text(2)), {"create": True}),
    "nothing is there, and nothing is worth it": ([], Wanted(text(2), shown=False), {}),
    "the same is there": ([found(1, 2)], Wanted(text(2)), {}),
    "lines end otherwise": ([found(1, 2)], Wanted(text(2).replace("\n", "\r\n").strip()), {}),
    "an older one": ([found(1, 1)], Wanted(text(2)), {"update": 1}),
    "the same run says something else": ([found(1, 2, "before")], Wanted(text(2)), {"update": 1}),
    "a later one": ([found(1, 3)], Wanted(text(2)), {"later": True}),
    "a later one, and force": ([found(1, 3)], Wanted(text(2), force=True), {"update": 1}),
    "one of the future": ([found(1, 9)], Wanted(text(2), now="2026-01-08T00:00:00Z"), {"update": 1}),
    "the time is not known": ([found(1, 3)], Wanted(text(None)), {"update": 1}),
    "nor was it": ([found(1, None)], Wanted(text(2)), {"update": 1}),
    "two of the same": ([found(1, 2), found(2, 2)], Wanted(text(2)), {"delete": [2]}),
    "the younger one is of a later run": ([found(1, 1), found(2, 3)], Wanted(text(2)), {"delete": [1], "later": True}),
    "both are older": ([found(1, 1), found(2, 0)], Wanted(text(3)), {"update": 1, "delete": [2]}),
    "green": ([found(1, 1)], Wanted(text(2), shown=False), {"update": 1, "fold": [(1, "RESOLVED")]}),
    "still green": ([found(1, 2, folded=True)], Wanted(text(2), shown=False), {}),
    "red again": ([found(1, 1, folded=True)], Wanted(text(2)), {"update": 1, "unfold": 1}),
    "folded ones of before": ([found(1, 1, folded=True), found(2, 2)], Wanted(text(3)), {"update": 2}),
    "new": ([found(1, 1)], Wanted(text(2), mode=Mode.new), {"create": True, "fold": [(1, "OUTDATED")]}),
    "new, of the same run": ([found(1, 2, "before")], Wanted(text(2), mode=Mode.new), {"update": 1}),
    "new, and all is there": ([found(1, 1, folded=True), found(2, 2)], Wanted(text(2), mode=Mode.new), {}),
    "new, twice": ([found(1, 2), found(2, 2)], Wanted(text(2), mode=Mode.new), {"delete": [2]}),
    "new, and a later one": ([found(1, 3)], Wanted(text(2), mode=Mode.new), {"later": True}),
    "new, and a later one came meanwhile": (
        [found(1, 2), found(2, 3)],
        Wanted(text(2), mode=Mode.new),
        {"later": True, "fold": [(1, "OUTDATED")]},
    ),
    "new, and green": ([found(1, 1)], Wanted(text(2), mode=Mode.new, shown=False), {"fold": [(1, "OUTDATED")]}),
}


@pytest.mark.parametrize(("there", "wanted", "acts"), CASES.values(), ids=CASES)
def test_what_is_decided(there, wanted, acts):
    assert shown(decide(there, wanted)) == acts


@pytest.mark.parametrize("there", [found(1, 2, "of another"), found(1, None, "of another")], ids=["equally late", "not known"])
def test_what_is_equally_late_is_not_written_over_twice(there):
    wanted = Wanted(text(2) if there.at else text(None))
    assert shown(decide([there], wanted)) == {"update": 1}
    assert shown(decide([there], wanted, again=True)) == {}


def test_deciding_again_after_doing_it_finds_nothing_to_do():
    for there, wanted, _ in CASES.values():
        plan = decide(there, wanted)
        gone, stays = {each.id for each in plan.delete}, plan.stays
        away = {each.id for each, _ in plan.fold}
        after = [
            Found(
                each.id,
                each.node,
                wanted.body if plan.update and each is stays else each.body,
                wanted.mark if plan.update and each is stays else each.mark,
                folded=(each.folded or each.id in away) and not (plan.unfold and each is stays),
            )
            for each in there
            if each.id not in gone
        ]
        after += [Found(99, "IC_99", wanted.body, wanted.mark)] if plan.create else []
        assert shown(decide(after, wanted, again=True)).keys() <= {"later"}


# -- several publishers ----------------------------------------------------------------------------------------------


def race(bodies: list[str], there: dict[int, str] | None = None, **first):
    """Publishers that want these bodies, one each; `first` is of the first of them."""

    def make():
        comments = Comments(dict(there or {}))
        publishers = [Publisher(comments, **(first if place == 0 else {})) for place in range(len(bodies))]
        wanted = {id(publisher): Wanted(body) for publisher, body in zip(publishers, bodies, strict=True)}

        def work(publisher: Publisher) -> None:
            publish_comment(Repository(publisher, "acme/shop"), 1, wanted[id(publisher)], ME, settle=publisher.settle)

        return comments, publishers, work

    return every_order(make)


STARTS = {
    "nothing is there": {},
    "an older one is there": {7: text(1)},
    "two are there": {7: text(1), 8: text(1)},
    "two are there, and the younger one is newer": {7: text(1), 8: text(2)},
}


@pytest.mark.parametrize("there", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("days", [(3, 4), (4, 3)], ids=["older first", "newer first"])
def test_two_publishers_leave_one_comment_that_says_the_newest(there, days):
    orders = 0
    for comments, order in race([text(day) for day in days], there):
        assert list(comments.bodies.values()) == [text(4)], order
        orders += 1
    assert orders > 20


@pytest.mark.parametrize("there", STARTS.values(), ids=STARTS)
def test_two_that_are_equally_late_leave_one_comment(there):
    for comments, order in race([text(3, "one"), text(3, "other")], there):
        assert len(comments.bodies) == 1, order
        assert set(comments.bodies.values()) <= {text(3, "one"), text(3, "other")}, order


@pytest.mark.parametrize("there", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("days", [(3, 4), (4, 3)], ids=["older first", "newer first"])
def test_an_answer_that_got_lost_leaves_one_comment(there, days):
    for comments, order in race([text(day) for day in days], there, lost=1):
        assert list(comments.bodies.values()) == [text(4)], order


@pytest.mark.parametrize("there", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("ends", range(7))
def test_one_that_was_killed_anywhere_does_not_matter_to_the_next(there, ends):
    for comments, order in race([text(3)], there, ends=ends):
        publisher = Publisher(comments)
        publish_comment(Repository(_Free(publisher), "acme/shop"), 1, Wanted(text(3)), ME)
        assert list(comments.bodies.values()) == [text(3)], order


def test_a_list_that_does_not_show_it_yet_makes_nobody_write_it_again():
    comments = Comments()
    free = _Free(Publisher(comments))
    send = free.send
    free.send = lambda request: send(request) if request.writes else Answer(200, {}, [])
    outcome = publish_comment(Repository(free, "acme/shop"), 1, Wanted(text(3)), ME)
    assert (outcome.done, len(comments.bodies)) == ("created", 1)


def test_whose_comments_are_ours_is_learned_from_the_first():
    comments = Comments({7: text(1)})
    for _ in range(2):
        publish_comment(Repository(_Free(Publisher(comments)), "acme/shop"), 1, Wanted(text(3)), Identity("somebody", app=False))
        assert list(comments.bodies.values()) == [text(3)]


def test_a_server_that_keeps_nothing_is_not_asked_for_ever():
    free = _Free(Publisher(Comments({7: text(1)})))
    send = free.send
    free.send = lambda request: Answer(200, {}, {"id": 7}) if request.verb == "PATCH" else send(request)
    asked = []
    outcome = publish_comment(Repository(free, "acme/shop"), 1, Wanted(text(3)), ME, settle=lambda: asked.append(1))
    assert outcome.done == "updated"
    assert 1 <= len(asked) <= 6


@pytest.mark.parametrize("error", [NotFoundError("gone", status=404), RefusedError("no", status=422)])
@pytest.mark.parametrize(("mode", "notes"), [(Mode.update, 0), (Mode.new, 1)])
def test_what_cannot_be_folded_away_is_said_where_it_was_asked_for(error, mode, notes):
    comments = Comments({7: text(1)})
    free = _Free(Publisher(comments))
    send = free.send

    def refusing(request):
        if request.path == "/graphql":
            raise error
        return send(request)

    free.send = refusing
    outcome = publish_comment(Repository(free, "acme/shop"), 1, Wanted(text(3), mode=mode), ME)
    assert len(outcome.notes) == notes
    assert text(3) in comments.bodies.values()


def test_a_body_without_a_mark_would_never_be_found_again():
    with pytest.raises(RcaError, match="has no mark"):
        _ = Wanted("hello").mark


class _Free:
    """A publisher that waits for nobody."""

    def __init__(self, publisher: Publisher) -> None:
        self.send = publisher.comments.send
