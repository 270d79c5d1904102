"""What the commands of `rca publish` do: from the record of a worklog to requests, and from their outcome to words."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rca.cli.common import Project, check_template, json_text, project, say, words, write_out
from rca.cli.github import reached
from rca.document.publish import comment, echoed, marker_of
from rca.document.publish.groups import Groups
from rca.document.view import Facts
from rca.github import Rehearsal, Repository, connect, settings_from
from rca.github.errors import NoTokenError, UnreachableError
from rca.github.settings import API, checked_url, web_host
from rca.github.who import Identity, who_am_i
from rca.lookup.repository import repository_name
from rca.model import Worklog
from rca.publish.choices import Mode, When
from rca.publish.comment import Wanted, publish_comment
from rca.publish.place import Links, about_of, in_actions
from rca.publish.rehearse import document, lines
from rca.publish.target import NO_EVENT, Target, find_target, head_of, is_offline, is_read_only
from rca.sources.ci_event import Event, read_event
from rca.text.clean import one_line
from rca.workflow import facts_of

SETTLE = 1.0  # seconds between writing and looking again
SETTLE_HERE = 0.05  # the same, where GitHub is on this machine
NOBODY = Identity("", app=False)


@dataclass(frozen=True, slots=True)
class Common:
    """What can be said to all of these commands."""

    worklog: str | None
    config: Path | None
    repo: str
    link: str
    ca_file: str
    form: str
    dry_run: bool = False
    fail_on_criteria: bool = False


@dataclass(frozen=True, slots=True)
class CommentOptions:
    """What can be said of the comment; what is not said is taken from the configuration."""

    pull: int | None
    key: str
    mode: Mode | None
    when: When | None
    template: Path | None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to publish, and from where."""

    here: Project
    facts: Facts
    event: Event
    links: Links

    @property
    def worklog(self) -> Worklog:
        """The worklog."""
        return self.facts.worklog

    @property
    def tested(self) -> str:
        """The commit that the last run says it ran on."""
        run = self.facts.run
        return (run.context.commit or "") if run else ""


def material_of(common: Common) -> Material:
    """Read the worklog and the event."""
    here = project(common.config)
    worklog = here.archive.load(here.archive.find(common.worklog))
    links = Links(words(common.link), str(here.archive.face(worklog.id)))
    return Material(here, facts_of(worklog), read_event(os.environ) or NO_EVENT, links)


# -- the comment -----------------------------------------------------------------------------------------------------


def pr(common: Common, options: CommentOptions) -> int:
    """Publish the comment."""
    check_template(options.template, "md")
    material = material_of(common)
    head = head_of(material.event, material.tested, os.environ)

    def publish(repository: Repository) -> dict[str, Any]:
        target = find_target(repository, material.event, pull=options.pull, head=head)
        if target.pull is None:
            return {"done": "none", "pull_request": None, "url": "", "state": None, "notes": [target.note]}
        return _comment(repository, material, target, options)

    done = _carried_out(common, material, publish)
    return _code(common, done)


def _comment(repository: Repository, material: Material, target: Target, options: CommentOptions) -> dict[str, Any]:
    settings = material.here.config.github.comment
    about = about_of(os.environ, repository.name, target, material.links, key=words(options.key) or settings.key)
    body = comment(material.facts, about, options.template)
    mark = marker_of(body.text)
    state = mark.fields.get("state", "") if mark else ""
    when = options.when or When(settings.when)
    shown = is_shown(when, state, material.facts)
    wanted = Wanted(body.text, shown=shown, sometimes=when != When.always, mode=options.mode or Mode(settings.mode), force=options.force)
    me = NOBODY if is_offline(repository) else who_am_i(repository)
    outcome = publish_comment(repository, target.pull or 0, wanted, me, settle=_settle(repository))
    return {
        "done": outcome.done,
        "pull_request": target.pull,
        "url": one_line(outcome.url, 500),
        "state": state,
        "left_out": list(body.left_out),
        "removed": outcome.removed,
        "notes": [*filter(None, [target.note]), *outcome.notes],
    }


def is_shown(when: When, state: str, facts: Facts) -> bool:
    """Whether the comment is worth a reader's attention."""
    if when == When.always or state == "nothing":
        return True
    if when == When.failures:
        return state != "green"
    kinds = Groups(facts, pull_request=True).by_kind
    fixed = facts.run.history.fixed_count if facts.run and facts.run.history else 0
    return bool(kinds["broken"] or kinds["unknown"] or fixed)


# -- carrying out ----------------------------------------------------------------------------------------------------


def _carried_out(common: Common, material: Material, publish: Callable[[Repository], dict[str, Any]]) -> dict[str, Any]:
    """Do it, or rehearse it, and print what came of it."""
    if common.dry_run:
        done = _rehearsed(common, material, publish)
    else:
        with reached(
            material.here, words(common.repo), ca_file=common.ca_file, read_only=is_read_only(material.event, os.environ)
        ) as repository:
            done = {"repository": repository.name, **publish(repository)}
    _print(common, {"worklog": material.worklog.id, **done})
    return done


def _rehearsed(common: Common, material: Material, publish: Callable[[Repository], dict[str, Any]]) -> dict[str, Any]:
    """What would be done: what is there is read, and without a token or a network it is done as if nothing was there."""
    host = web_host(checked_url(os.environ.get("GITHUB_API_URL", "") or API))
    name = repository_name(words(common.repo), material.here.config, os.environ, material.here.folder, host)
    try:
        settings = settings_from(os.environ, ca_file=common.ca_file, read_only=is_read_only(material.event, os.environ))
        with connect(settings, tell=lambda text: say(f"rca: {text}")) as connection:
            rehearsal = Rehearsal(connection)
            done = publish(Repository(rehearsal, name))
    except (NoTokenError, UnreachableError) as error:
        rehearsal = Rehearsal()
        done = publish(Repository(rehearsal, name))
        done["notes"] = [f"{error.message}: shown as if nothing were there yet", *done["notes"]]
    return {"repository": name, **done, "dry_run": True, "requests": rehearsal.asked}


def _print(common: Common, done: dict[str, Any]) -> None:
    requests = done.pop("requests", ())
    for note in done["notes"]:
        say(f"rca: note: {note}")
    if common.form == "json":
        text = json_text({**done, **({"requests": document(requests)} if common.dry_run else {})})
        # Standard output is read for commands in GitHub Actions; of these two forms one is known wherever it stands in a line.
        write_out(text.replace("##[", "#\\u0023["), None)
    elif common.dry_run:
        _print_requests("".join(f"{line}\n" for line in lines(requests)))
    elif done["url"]:
        write_out(f"{done['url']}\n", None)
    if not common.dry_run and done["done"] != "none":
        say(f"rca: {SAID[done['done']].format(what=WHAT, place=place_of(done))}")


def _print_requests(text: str) -> None:
    write_out(echoed(text, secrets.token_hex(16)) if in_actions(os.environ) else text, None)


WHAT = "the comment"
SAID = {
    "created": "wrote {what} on {place}",
    "updated": "brought {what} on {place} up to date",
    "unchanged": "{what} on {place} says all this already",
    "left": "left {what} on {place} as it is, since it speaks of a later run; --force writes over it",
    "folded": "folded {what} on {place} away",
}


def place_of(done: dict[str, Any]) -> str:
    """The pull request as people write it."""
    return f"{done['repository']}#{done['pull_request']}"


def _code(common: Common, done: dict[str, Any]) -> int:
    """Publishing is what was asked for: whether the tests are red counts only when somebody says so."""
    return 1 if common.fail_on_criteria and done["state"] != "green" else 0


def _settle(repository: Repository) -> Callable[[], None]:
    """A moment between writing and looking again."""
    sender = repository.sender
    if isinstance(sender, Rehearsal):
        return lambda: None
    import time

    return lambda: time.sleep(SETTLE)
