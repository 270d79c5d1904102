"""The one comment on a pull request: found by its hidden mark, brought up to date, folded away, made again when it is gone.

What is there and what is wanted give what to do, by the pure function `decide`. That is done, and then looked at again, until
nothing is left to do. So an answer that got lost, a publisher that was killed and two that work at once come out alike: with one
comment. Which of several stays follows from what they say, and not from who looks: that of the latest run, then the oldest. A
comment that another one may call the latest is never deleted, and what an earlier run says never replaces what a later one said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from rca.document.publish import Marker, marker_of
from rca.errors import RcaError
from rca.github.comments import (
    Reason,
    create_comment,
    delete_comment,
    list_comments,
    minimise_comment,
    minimised,
    restore_comment,
    update_comment,
)
from rca.github.errors import GitHubError, NotFoundError
from rca.github.rehearsal import Rehearsal
from rca.github.repository import Repository
from rca.github.shapes import Comment
from rca.github.who import Identity
from rca.publish.choices import Mode

ROUNDS = 6
KIND = "comment"

Done = Literal["created", "updated", "unchanged", "left", "folded", "none"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The comment that there should be.

    shown: whether it is worth a reader's attention; otherwise one that is there is kept up to date and folded away, and none is
    made. sometimes: whether that depends, so that one that is there may be folded away. mode: change the comment, or add one for
    each run and fold the others away. force: write over what a later run said, too. now: the time; a run that begins after it, by
    a clock that is wrong, is not taken for a later one, or its comment would stay for ever.
    """

    body: str
    shown: bool = True
    sometimes: bool = False
    mode: Mode = Mode.update
    force: bool = False
    now: str = "9"

    @property
    def mark(self) -> Marker:
        """Its hidden mark."""
        found = marker_of(self.body)
        if found is None:
            raise RcaError("the comment has no mark, by which it would be found again", "leave out --template, or mend the template")
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """A comment of ours that is there."""

    id: int
    node: str
    body: str
    mark: Marker
    url: str = ""
    folded: bool = False

    @property
    def at(self) -> str:
        """When the run began that it speaks of, in UTC; empty when that is not known."""
        return self.mark.fields.get("at", "")

    @property
    def run(self) -> str:
        """The run that it speaks of."""
        return self.mark.fields.get("run", "")


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that the comments are as they should be."""

    stays: Found | None = None
    create: bool = False
    update: bool = False
    later: bool = False
    delete: tuple[Found, ...] = ()
    fold: tuple[tuple[Found, Reason], ...] = ()
    unfold: bool = False

    @property
    def nothing(self) -> bool:
        """Whether all is as it should be."""
        return not (self.create or self.update or self.delete or self.fold or self.unfold)


def decide(there: Sequence[Found], wanted: Wanted, *, again: bool = False) -> Plan:
    """What to do about the comments of ours that are there.

    again: something was written before by the same publisher. Then of two that are equally late the one that is there stays, or
    two publishers would write over each other for ever.
    """
    at, run = (wanted.mark.fields.get(name, "") for name in ("at", "run"))
    if wanted.mode == Mode.new:
        mine = [found for found in there if found.run == run]
    else:
        mine = [found for found in there if not found.folded] or list(there)
    others = [found for found in there if found not in mine]
    later = bool(at) and any(at < found.at <= wanted.now for found in there) and (again or not wanted.force)
    if not mine:
        return Plan(create=wanted.shown and not later, later=later, fold=() if later else _outdated(others, wanted))
    stays = max(mine, key=lambda found: (found.at, -found.id))
    delete = tuple(found for found in mine if found is not stays and not found.folded)
    if later:
        aside = stays.at <= at and not stays.folded  # of the mode `new`: a later run has a comment of its own
        return Plan(stays, later=True, delete=delete, fold=((stays, "OUTDATED"),) if aside else ())
    update = not same(stays.body, wanted.body) and (not again or at > stays.at)
    resolved: tuple[tuple[Found, Reason], ...] = ((stays, "RESOLVED"),) if not (wanted.shown or stays.folded) else ()
    return Plan(stays, update=update, delete=delete, fold=(*resolved, *_outdated(others, wanted)), unfold=stays.folded and wanted.shown)


def _outdated(others: Sequence[Found], wanted: Wanted) -> tuple[tuple[Found, Reason], ...]:
    """What the mode `new` folds away; the mode `update` leaves alone what is folded already."""
    return tuple((found, "OUTDATED") for found in others if not found.folded) if wanted.mode == Mode.new else ()


def same(one: str, other: str) -> bool:
    """Whether two bodies say the same: GitHub may change the ends of lines."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


# -- doing it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done. url: of the comment, empty without one. removed: duplicates that were deleted. notes: what did not work out."""

    done: Done
    url: str = ""
    removed: int = 0
    notes: tuple[str, ...] = ()


def publish_comment(
    repository: Repository, pull: int, wanted: Wanted, me: Identity, *, settle: Callable[[], None] = lambda: None
) -> Outcome:
    """See to it that the comment is on the pull request as it is wanted. Raises GitHubError.

    settle: waits a moment between writing and looking again, so that a publisher at work in the same moment is seen.
    """
    work = _Work(repository, pull, wanted, me)
    for again in range(ROUNDS):
        plan = work.plan(again=again > 0)
        work.plans.append(plan)
        if plan.nothing:
            break
        work.carry_out(plan, last=again == ROUNDS - 1)
        if isinstance(repository.sender, Rehearsal):
            break
        settle()
    return work.outcome()


class _Work:
    """One publisher at work on one comment."""

    def __init__(self, repository: Repository, pull: int, wanted: Wanted, me: Identity) -> None:
        self.repository, self.pull, self.wanted, self.me = repository, pull, wanted, me
        self.key = wanted.mark.key
        self.plans: list[Plan] = []
        self.notes: list[str] = []
        self.made: Comment | None = None
        self.removed = 0
        self.folds = True

    def plan(self, *, again: bool) -> Plan:
        """What is to be done now, as far as it is possible here and was not done before."""
        plan = decide(self.look(), self.wanted, again=again)
        if self.made is not None:
            # A list that does not show it yet must not make us write it again.
            plan = replace(plan, create=False)
        return plan if self.folds else replace(plan, fold=(), unfold=False)

    def look(self) -> list[Found]:
        """The comments of ours that are there."""
        found = list(_ours(list_comments(self.repository, self.pull), self.key, self.me))
        if not found or not self.folds:
            return found
        try:
            away = minimised(self.repository, [each.node for each in found if each.node])
        except NotFoundError:
            return found  # one of them was deleted just now
        except GitHubError as error:
            self._no_folds(error)
            return found
        return [replace(each, folded=each.node in away) for each in found]

    def carry_out(self, plan: Plan, *, last: bool) -> None:
        """Do what is planned."""
        if plan.create:
            self._try(self._create, last=last, new=True)
        if plan.update and plan.stays:
            self._try(partial(update_comment, self.repository, plan.stays.id, self.wanted.body), last=last)
        for found in plan.delete:
            self.removed += self._try(partial(delete_comment, self.repository, found.id), last=last)
        self._fold(plan)

    def _create(self) -> None:
        self.made = create_comment(self.repository, self.pull, self.wanted.body)
        author = self.made.author
        if author.login and not self.me.wrote(author):
            # Whatever the token said of itself: this is whose comments are ours.
            self.me = Identity(author.login, author.kind == "Bot")

    def _try(self, change: Callable[[], object], *, last: bool, new: bool = False) -> bool:
        """Change something, and say whether that was done.

        When somebody has deleted it meanwhile, or when the answer got lost, the next look tells what to do.
        """
        try:
            change()
        except GitHubError as error:
            gone = isinstance(error, NotFoundError) and not new
            if last or not (gone or error.uncertain):
                raise
            return False
        return True

    def _fold(self, plan: Plan) -> None:
        try:
            for found, reason in plan.fold:
                minimise_comment(self.repository, found.node, reason)
            if plan.unfold and plan.stays:
                restore_comment(self.repository, plan.stays.node)
        except GitHubError as error:
            self._no_folds(error)

    def _no_folds(self, error: GitHubError) -> None:
        """That something is not folded away does no harm: it is said where it is asked for, and not tried again."""
        self.folds = False
        if self.wanted.sometimes or self.wanted.mode == Mode.new:
            self.notes.append(f"comments are not folded away: {error.message}")

    def outcome(self) -> Outcome:
        """What was done in the end."""
        stays = self.plans[-1].stays
        url = stays.url if stays else self.made.url if self.made else ""
        return Outcome(self._done(), url, self.removed, tuple(self.notes))

    def _done(self) -> Done:
        plans = self.plans
        if any(plan.create for plan in plans):
            return "created"
        if any(plan.update for plan in plans):
            return "updated"
        if plans[0].later:
            return "left"
        if self.folds and any(plan.fold or plan.unfold for plan in plans):
            return "folded"
        return "unchanged" if plans[-1].stays else "none"


def _ours(comments: Iterable[Comment], key: str, me: Identity) -> Iterator[Found]:
    """The comments that this account wrote with that mark. Nobody else's is ever touched, whatever it holds."""
    begin = f"<!-- rca:{key} "
    for comment in comments:
        if begin not in comment.body or not me.wrote(comment.author):
            continue
        mark = marker_of(comment.body)
        if mark and mark.key == key and mark.fields.get("kind") == KIND:
            yield Found(comment.id, comment.node_id, comment.body, mark, comment.url)
