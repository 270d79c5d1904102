"""`rca fix`: the commits that mend the cause come into the worklog, with a validation on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from rca.analysis.fixes import FixError, Given, Recorded, failing_commit, investigation_of, pull_request, record
from rca.analysis.fixes import forget as take_out_of
from rca.cli.common import Project, json_text, project, say, words, write_out
from rca.model import Commit, Fix, Validation, Worklog, WorkTree
from rca.sources.git import changes_after, changes_of, work_tree
from rca.sources.runner import arguments, run, unexpanded
from rca.text import figures
from rca.text.clean import clean, one_line
from rca.text.redact import redact
from rca.workflow import clock

PLACES = 10  # that are printed
SHORTEST_HASH = 7  # digits
LONGEST_COMMAND = 2_000  # characters that are stored

# Set by rca for itself, to start sooner: a command gets the environment that the person has.
_OURS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}


@dataclass(frozen=True, slots=True)
class Order:
    """The validation that is asked for; no command means none."""

    command: str | None
    shell: bool = False
    seconds: float = 3_600


def fix(
    revs: Sequence[str], name: str | None, config: Path | None, *, said: Mapping[str, str], order: Order, form: str, force: bool
) -> int:
    """Look up the commits, run the validation, record both; all that can be wrong is found before anything is run."""
    given = Given(words(said["summary"]), words(said["pull_request"]), words(said["investigation"]))
    argv = arguments(order.command, shell=order.shell) if order.command is not None else []
    here = project(config)
    worklog_id = here.archive.find(name)
    before = here.archive.load(worklog_id)
    investigation_of(before, given.investigation)
    pull_request(given.pull_request)
    commits, notes = _commits(here, before, revs)
    record(before, commits, given)
    tree = work_tree(here.folder, [commit.sha for commit in commits])
    notes += _about_tree(tree)
    for note in notes:
        say(f"rca: warning: {note}")
    if argv:
        _check_tree(tree, commits)
        # Whether the record can be written is found out now, and not after an hour of tests.
        here.archive.change(worklog_id, lambda worklog: worklog, force=force)
        given = replace(given, validation=_validate(here, argv, order, tree))
    done: list[Recorded] = []

    def add(worklog: Worklog) -> Worklog:
        done.append(record(worklog, commits, given))
        return done[-1].worklog

    stored = here.archive.change(worklog_id, add, force=force)
    if done[-1].dropped:
        notes.append("the validation of before was made with other commits and is dropped; validate again with --run")
        say(f"rca: warning: {notes[-1]}")
    _tell(here, stored, done[-1], notes, form)
    return 1 if given.validation and given.validation.verdict == "failed" else 0


def forget(
    revs: Sequence[str], name: str | None, config: Path | None, *, said: Mapping[str, str], order: Order, form: str, force: bool
) -> int:
    """Take a fix out of the worklog."""
    if order.command is not None or said["summary"] or said["pull_request"]:
        raise FixError("--forget takes a fix out, and nothing is said of it or run", "leave out --run, --summary and --pr")
    here = project(config)
    worklog_id = here.archive.find(name)
    known = [sha for fix in here.archive.load(worklog_id).fixes for sha in fix.commits]
    shas = [sha for rev in revs for sha in _recorded(here, rev, known)]
    done: list[Recorded] = []

    def take_out(worklog: Worklog) -> Worklog:
        done.append(take_out_of(worklog, shas, words(said["investigation"])))
        return done[-1].worklog

    stored = here.archive.change(worklog_id, take_out, force=force)
    _tell(here, stored, done[-1], (), form)
    return 0


def _recorded(here: Project, rev: str, known: Sequence[str]) -> list[str]:
    """The commits that are meant: those of the record that begin like this, which git may have lost by now, else what git says."""
    found = [sha for sha in known if len(rev) >= SHORTEST_HASH and sha.startswith(rev.lower())]
    return found or [commit.sha for commit in changes_of(here.folder, [rev])[0]]


def _commits(here: Project, worklog: Worklog, revs: Sequence[str]) -> tuple[list[Commit], list[str]]:
    """The commits that are named, else those after the last run that failed; then what is to be known of them."""
    if revs:
        commits, note = changes_of(here.folder, list(revs))
    else:
        base = failing_commit(worklog)
        commits, note = changes_after(here.folder, base)
        say(f"rca: taking {figures.count(len(commits), 'commit')} after {base[:12]}, the commit of the last run that failed:")
        for commit in commits:
            say(f"    {commit.sha[:12]} {one_line(commit.summary, 100)}")
    notes = [f"{one_line(note, 300).rstrip('.')}; the lines are not known"] if note else []
    if lost := [commit.sha[:12] for commit in commits if not commit.files_known]:
        notes.append(f"what {figures.sentence_list(lost, 3)} changed is not known, since the clone is shallow")
    return commits, notes


def _about_tree(tree: WorkTree) -> list[str]:
    number = len(tree.uncommitted)
    if not tree.checked:
        return ["it is not known whether all changes are committed, since the repository has a filter of an odd name"]
    if not number:
        return []
    names = figures.sentence_list([one_line(path, 100) for path in tree.uncommitted], 3)
    is_are = "is" if number == 1 else "are"
    return [f"{figures.count(number, 'changed file')} {is_are} not committed and so no part of the fix: {names}"]


def _check_tree(tree: WorkTree, commits: Sequence[Commit]) -> None:
    """A command that runs without the fix would prove nothing."""
    if tree.lacks:
        what = commits[-1].sha[:12] if len(commits) == 1 else "all commits of the fix"
        raise FixError(
            f"{tree.head[:12]} is checked out, which does not hold {what}: the command would run without the fix",
            "check out a branch that holds it, or leave out --run",
        )


# -- validation -----------------------------------------------------------------------------------------------------


def _validate(here: Project, argv: Sequence[str], order: Order, tree: WorkTree) -> Validation:
    """Run the command in the project's folder; what it prints is seen on stderr."""
    command = words(order.command or "")
    shown = one_line(redact(command), 200)
    say(f"rca: running {shown}")
    started = clock()
    environment = {key: value for key, value in os.environ.items() if _OURS.get(key) != value}
    try:
        ran = run(argv, here.folder, seconds=order.seconds, environment=environment, show=_stderr())
    except KeyboardInterrupt:
        say("rca: the command was stopped; no fix was recorded")
        raise
    if not ran.passed and not order.shell and (sign := unexpanded(command)):
        say(f"rca: note: no shell was used, so `{sign}` reached the program as it is; --shell lets one replace it")
    return Validation(
        command=redact(clean(command))[:LONGEST_COMMAND],
        output=ran.output,
        verdict="passed" if ran.passed else "failed",
        exit_code=ran.code,
        ended=ran.ended,
        seconds=ran.seconds,
        at=started,
        commit=tree.head,
        uncommitted=len(tree.uncommitted),
    )


def _stderr() -> IO[bytes] | None:
    """Standard error for bytes, when there is one."""
    if sys.stderr is None:
        return None
    sys.stderr.flush()
    return getattr(sys.stderr, "buffer", None)


# -- what is said ---------------------------------------------------------------------------------------------------


def _tell(here: Project, stored: Worklog, done: Recorded, notes: Sequence[str], form: str) -> None:
    face = here.archive.face(stored.id)
    if form == "json":
        facts = {"worklog": stored.id, "revision": stored.revision, "status": stored.status, "done": done.how}
        write_out(json_text({**facts, "fix": done.fix.model_dump(mode="json"), "warnings": list(notes), "face": str(face)}), None)
    else:
        write_out("".join(f"{line}\n" for line in lines_of(done.fix)), None)
    what = {
        "added": "added the fix to",
        "updated": "brought the fix up to date in",
        "unchanged": "this fix was there already, in",
        "forgotten": "took this fix out of",
    }
    say(f"rca: {what[done.how]} {stored.id}, which is {stored.status} now")
    if len(stored.investigations) > 1 and done.fix.investigation is None:
        say("rca: note: the fix stands for the whole worklog; --investigation ID says which cause it mends")


def lines_of(fix: Fix) -> list[str]:
    """A fix as lines for people."""
    places = [one_line(str(place), 200) for place in fix.locations[:PLACES]]
    left = len(fix.locations) - len(places)
    if left or fix.files_left_out:
        files = f", of {figures.count(fix.files_left_out, 'more file')} none is listed" if fix.files_left_out else ""
        places.append(f"and {figures.count(left, 'more place')}{files}")
    facts = [
        ("fix", one_line(fix.summary)),
        ("commits", ", ".join(sha[:12] for sha in fix.commits)),
        ("places", ("\n" + " " * 15).join(places)),
        ("pull request", fix.pull_request),
        ("investigation", fix.investigation or ""),
        ("validation", _validation(fix.validation) if fix.validation else "none; --run COMMAND makes one"),
    ]
    return [f"{name + ':':<14} {text}" for name, text in facts if text]


def _validation(validation: Validation) -> str:
    how = validation.ended or ("" if validation.exit_code is None else f"exit code {validation.exit_code}")
    took = "" if validation.seconds is None else f"after {figures.duration(validation.seconds)}"
    details = ", ".join(filter(None, (how, took)))
    return f"{validation.verdict}: {one_line(validation.command, 200)}" + (f" ({details})" if details else "")
