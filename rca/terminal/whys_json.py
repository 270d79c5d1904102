"""The five whys for programs: documents in, documents out; docs/whys.md describes their shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rca.terminal.whys_session import Session, digest
from rca.whys import RULES, Finding, Outcome, Question, State, done, revision, schema, show_ref, told, tree_lines, why_lines, written
from rca.whys.commands import HELP, Answer, Command, View, parse_command

MAX_REQUEST = 4 * 1024**2

# Which rules look at the answer to a question.
_RULES_OF: dict[str, tuple[int, ...]] = {
    "problem": (1, 15),
    "facts": (15,),
    "why": (2, 3, 4, 5, 6, 12, 14),
    "next": (7, 11),
    "edge": (8,),
    "root_cause": (12, 14),
    "prediction": (9,),
    "clusters": (10,),
    "fix": (5,),
    "action": (13,),
    "lesson": (13,),
    "review": tuple(sorted(RULES)),
}
_KEYS = {"revision", "question", "values", "command", "session"}


def question_document(question: Question, state: State) -> dict[str, Any]:
    """A question with all that is needed to answer it."""
    return {
        "id": question.id,
        "kind": question.kind,
        "question": question.text,
        "why_asked": question.why_asked,
        "parent": question.parent,
        "optional": question.optional,
        "schema": schema(question),
        "values": {one.name: one.value for one in question.fields},
        "candidates": [
            {"number": number, "ref": show_ref(one.ref), "excerpt": one.excerpt, "why_matched": one.why_offered}
            for number, one in enumerate(question.candidates, 1)
        ],
        "findings": [finding.as_dict() for finding in question.findings],
        "rules": [
            {"rule": number, "severity": RULES[number].severity, "title": RULES[number].title}
            for number in _RULES_OF.get(question.kind, ())
        ],
        "revision": revision(state),
    }


def next_document(session: Session) -> dict[str, Any]:
    """What `rca whys next` prints."""
    ask = session.question
    return {
        "session": session.id,
        "worklog": session.state.material.worklog.id,
        "revision": session.revision,
        "done": done(session.state),
        "notes": session.notes,
        "next": question_document(ask, session.state) if ask else None,
    }


def state_document(session: Session) -> dict[str, Any]:
    """What `rca whys state` prints: where the session stands, and the investigation as it would be written now."""
    ask = session.question
    after = written(session.state)
    found = session.state.draft.investigation
    return {
        "session": session.id,
        "worklog": after.id,
        "revision": session.revision,
        "done": done(session.state),
        "written": session.written == session.revision and done(session.state),
        "question": ask.id if ask else None,
        "notes": session.notes,
        "tree": list(tree_lines(session.state)),
        "investigation": found.model_dump(mode="json") if found else None,
        "actions": [one.model_dump(mode="json") for one in after.actions if found and one.investigation == found.id],
        "lessons": [one.model_dump(mode="json") for one in after.lessons if found and one.investigation == found.id],
        "drafts": session.drafts,
    }


@dataclass(frozen=True, slots=True)
class Request:
    """What a program sends."""

    revision: int
    command: Command
    hash: str


def fault(field: str, message: str, hint: str) -> Finding:
    """A fault of form."""
    return Finding(rule=0, severity="error", where="", field=field, message=message, hint=hint)


def read_document(data: bytes) -> dict[str, Any] | Finding:
    """The document that a program sends, or what is wrong with it."""
    if len(data) > MAX_REQUEST:
        return fault("", f"the request is larger than {MAX_REQUEST // 1024**2} MiB", "send one answer at a time")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        return fault("", f"the request is no JSON: {str(error)[:200]}", _EXAMPLE)
    if not isinstance(document, dict):
        return fault("", "the request is no object", _EXAMPLE)
    unknown = sorted(set(document) - _KEYS)
    if unknown:
        return fault(unknown[0][:100], f"there is no {unknown[0][:100]!r} in a request", f"there are {', '.join(sorted(_KEYS))}")
    return document


def of_session(document: dict[str, Any] | Finding, session: str) -> dict[str, Any] | Finding:
    """The document, when it is for that session; where one process serves one session, another one is at fault."""
    if isinstance(document, Finding) or document.get("session") in {None, "", session}:
        return document
    return fault("session", f"this process serves {session}", "leave `session` out, or serve the other one with --session ID")


_EXAMPLE = 'send {"revision": 0, "question": "problem", "values": {"problem": "…"}}, or {"revision": 0, "command": ":skip"}'


def read_request(document: dict[str, Any]) -> Request | Finding:
    """The request in a document, or what is wrong with it."""
    number = document.get("revision")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        return fault("revision", "`revision` is missing or no number", "send the revision that `rca whys next` gave")
    if ("values" in document) == ("command" in document):
        return fault("values", "a request has either `values` or a `command`", _EXAMPLE)
    what = {name: document[name] for name in ("question", "values", "command") if name in document}
    read = _values(document) if "values" in document else _command(document["command"])
    return read if isinstance(read, Finding) else Request(number, read, digest(what))


def _values(document: dict[str, Any]) -> Answer | Finding:
    values, key = document["values"], document.get("question", "")
    if not isinstance(key, str):
        return fault("question", "`question` is no text", "send the `id` of the question that is answered, or leave it out")
    if isinstance(values, str):
        return Answer({"": values}, key)
    if not isinstance(values, dict):
        return fault("values", "`values` is neither a text nor an object", "send texts by the names of the fields in `schema`")
    found = {}
    for name, value in values.items():
        text = text_of_value(value)
        if text is None:
            return fault(name[:100], f"{name[:100]}: is neither a text nor a list of texts", "all values are texts")
        found[name] = text
    return Answer(found, key)


def text_of_value(value: object) -> str | None:
    """The text of a value: lists go by lines, numbers and nothing are written out; None for anything else."""
    if isinstance(value, list):
        parts = [text_of_value(one) for one in value if not isinstance(one, list)]
        return "\n".join(part for part in parts if part is not None) if len(parts) == len(value) and None not in parts else None
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else None


def _command(text: object) -> Command | Finding:
    if not isinstance(text, str):
        return fault("command", "`command` is no text", "send a command such as `:skip`")
    command = parse_command(text)
    names = ", ".join(f":{name}" for name, _, _ in HELP)
    return fault("command", command, f"there are {names}") if isinstance(command, str) else command


def respond(session: Session, document: dict[str, Any] | Finding, finish: Callable[[Session], None]) -> tuple[dict[str, Any], bool]:
    """Carry out a request; what to print, and whether it was accepted. The same request twice is carried out once."""
    request = document if isinstance(document, Finding) else read_request(document)
    if isinstance(request, Finding):
        return _refused(session, request), False
    if session.requests.get(request.revision) == request.hash:
        if done(session.state) and session.written < session.revision:
            # The first time, the answer was kept and the record could not be written.
            finish(session)
        return {**_answered(session, True), "repeated": True}, True
    # What rca marked by itself just now does not make an answer outdated that was given for the question before.
    if request.revision not in {session.revision, session.asked_at}:
        message = f"this was made for revision {request.revision:,}, and the session is at {session.revision:,}"
        return _refused(session, fault("revision", message, "look at `next`, and send its revision")), False
    if isinstance(request.command, View):
        return {**_answered(session, True), "shown": _shown(session, request.command)}, True
    outcome = session.do(request.command, (request.revision, request.hash))
    if done(session.state) and outcome.accepted:
        finish(session)
    return _answered(session, outcome.accepted, outcome), outcome.accepted


def _shown(session: Session, view: View) -> list[str]:
    """What a command that only shows something shows."""
    ask = session.question
    if view.name == "tree":
        return list(tree_lines(session.state))
    if view.name == "why":
        return list(why_lines(ask)) if ask else []
    return [f":{name} {takes}".rstrip() + f": {does}" for name, takes, does in HELP] if view.name == "help" else []


def _refused(session: Session, finding: Finding) -> dict[str, Any]:
    return {**_answered(session, False), "errors": [finding.as_dict()]}


def _answered(session: Session, accepted: bool, outcome: Outcome | None = None) -> dict[str, Any]:  # noqa: FBT001 -- it is what the document says
    errors, warnings = (outcome.errors, outcome.warnings) if outcome else ((), ())
    ask = outcome.question if outcome else session.question
    return {
        "accepted": accepted,
        "repeated": False,
        "session": session.id,
        "revision": session.revision,
        "done": done(session.state),
        "errors": [finding.as_dict() for finding in errors],
        "warnings": [finding.as_dict() for finding in warnings],
        "shown": told(outcome) if outcome else [],
        "notes": session.notes,
        "next": question_document(ask, session.state) if ask else None,
    }
