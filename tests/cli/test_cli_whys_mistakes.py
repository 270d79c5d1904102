"""A program leads a whole session over JSON and makes each mistake that there is: what comes back is enough to go on.

The mistakes are held against the source: a fault that is raised anywhere in the engine and is not made here fails the test.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import sys

import pytest

from rca.archive.journal import Sessions
from rca.terminal import whys_json
from rca.whys import answers, engine, read_event, write_event
from rca.whys.rules import RULES
from tests.terminal.whys_case import ANSWERS, LEFT_OPEN

MODULES = {answers: "WrongError", engine: "WrongError", whys_json: "fault"}
# What no program can do wrong, since it is sorted out before.
OUT_OF_REACH = (
    "must be a text",  # JSON values are made into texts
    "to answer now",  # a question that is not there is not asked
    "is shown by the program",  # shown, and never handed to the engine
    "the investigation is finished",  # a finished session takes no answer; tested below
)

WHY = {"answer": "The gateway refuses the subprotocol jwt-auth, which it does not know.", "evidence": "c1"}
A_COMMIT, ANOTHER = "1be27508bc4b", "5f5b7b33b3fb"
ACTION = {**ANSWERS["action:1"]}

# By question: what is sent, the rule (0: the form), the field, and words of the message. A dict without `command` and
# `values` holds values; a text is a command; bytes and lists are sent as they are.
WRONG = {
    "problem": [
        (b"{", 0, "", "no JSON"),
        (b"\xff\xfe", 0, "", "no JSON"),
        (b"[" * 9_000, 0, "", "no JSON"),
        (b" " * (4 * 1024**2 + 1), 0, "", "larger than 4 MiB"),
        ([], 0, "", "no object"),
        ([{"revisoin": 1}], 0, "revisoin", "there is no 'revisoin'"),
        ([{"values": {}}], 0, "revision", "missing or no number"),
        ([{"revision": True, "values": {}}], 0, "revision", "missing or no number"),
        ([{"revision": -1, "values": {}}], 0, "revision", "missing or no number"),
        ([{"revision": 0}], 0, "values", "either"),
        ([{"revision": 0, "values": {}, "command": ":skip"}], 0, "values", "either"),
        ([{"revision": 7, "values": {}}], 0, "revision", "made for revision 7, and the session is at 0"),
        ([{"revision": 0, "values": 3}], 0, "values", "neither a text nor an object"),
        ([{"revision": 0, "values": {"problem": {}}}], 0, "problem", "neither a text nor a list"),
        ([{"revision": 0, "values": {"problem": [["a"]]}}], 0, "problem", "neither a text nor a list"),
        ([{"revision": 0, "question": 4, "values": {}}], 0, "question", "no text"),
        ([{"revision": 0, "question": "facts", "values": {}}], 0, "question", "not the question that is open"),
        ([{"revision": 0, "command": 3}], 0, "command", "no text"),
        (":dance", 0, "command", "there is no :dance"),
        (":s", 0, "command", "may be :skip or :save"),
        (":goto", 0, "command", ":goto needs"),
        (":override 4", 0, "command", "needs RULE REASON"),
        (":override 4 no log", 0, "", "there is no investigation yet"),
        (":finish", 0, "", "there is no investigation yet"),
        (":skip", 0, "", "nothing can go on without the problem"),
        (":undo", 0, "", "nothing to undo"),
        (":redo", 0, "", "nothing to redo"),
        (":back", 0, "", "no question before"),
        (":unknown", 0, "", "only a why can be unknown"),
        (":branch", 0, "why", "no why is answered yet"),
        ({"clusters": "c99"}, 0, "clusters", "no cluster 'c99'"),
        ({"nope": ""}, 0, "nope", "no field 'nope'"),
        ({"": "c1", "clusters": "c1"}, 0, "clusters", "given twice"),
        ({"problem": " \n"}, 0, "problem", "Problem is empty"),
        ({"problem": "\x00\x1b[31m"}, 0, "problem", "Problem is empty"),
        ({"problem": "x" * 1_000_000}, 0, "problem", "1,000,000 characters; 2,000 are the most"),
        ({"problem": "Something fails"}, 1, "problem", "does not say how many cases fail"),
        ({"problem": "8 of 27 cases fail on staging"}, 15, "problem", "8 of 27 does not follow"),
    ],
    "facts": [
        ((":override 1 no reason", "--agent"), 0, "author", "only a person sets a rule aside"),
        ({"timeline": "then it broke"}, 0, "timeline", "line 1 does not begin with a time"),
        ({"timeline": "2026-11-22 a\n2026-13-45 b"}, 0, "timeline", "line 2 has no such time"),
        ({"timeline": "2026-11-22 a\n" * 2_001}, 0, "timeline", "2,001 lines"),
    ],
    "why:1": [
        ({"evidence": "c1"}, 0, "answer", "Answer is empty"),
        ({**WHY, "evidence": "nonsense"}, 0, "evidence", "is no reference"),
        ({**WHY, "evidence": "x" * 501}, 0, "evidence", "500 characters at most"),
        ({**WHY, "evidence": "99"}, 0, "evidence", "no candidate 99"),
        ({**WHY, "evidence": [f"#{number}" for number in range(1, 22)]}, 0, "evidence", "21 references"),
        ({**WHY, "confidence": "certain"}, 0, "confidence", "none of low, medium, high"),
        ({**WHY, "next": "9"}, 0, "next", "'9' is none of"),
        (":detach c1", 0, "why", "no why is answered yet"),
        (":goto 9.9", 0, "", "no question '9.9'"),
        ({**WHY, "evidence": ""}, 4, "evidence", "has no evidence"),
        (":evidence ,", 0, "evidence", "the reference is empty"),
        (":detach #9", 0, "evidence", "no evidence '#9'"),
        (":branch 9.9", 0, "why", "no why '9.9'"),
        ({**WHY, "evidence": "deadbeef12"}, 4, "evidence", "was not found"),
        ((":confirm", "--agent"), 0, "author", "only a person confirms"),
        (":confirm", 0, "evidence", "nothing that why 1 rests on was found"),
        ({**WHY, "evidence": f"{ANOTHER} service/protocol.py:39@{A_COMMIT}"}, 5, "evidence", "did not touch service/protocol.py"),
        ({**WHY, "answer": "Somebody was careless with jwt-auth."}, 12, "answer", "careless"),
    ],
    "edge:1": [
        ({"verdict": "perhaps"}, 0, "verdict", "none of yes, no, needs condition"),
        ({"verdict": "needs condition"}, 0, "condition", "what else is needed is not said"),
        ({"verdict": "yes", "condition": "in a browser"}, 0, "condition", "a condition was written"),
    ],
    "root_cause": [
        ({"whys": "9.9"}, 0, "whys", "no why '9.9'"),
        ({"statement": "99 % of the offers are refused"}, 15, "statement", "99 % does not follow"),
    ],
    "prediction": [
        ({"failure_text": "x", "turns_green": "c9"}, 0, "turns_green", "neither a cluster nor a failing case"),
        ({"failure_text": "no subprotocols supported"}, 9, "failure_text", "would produce another failure"),
        ({**ANSWERS["prediction"], "turns_green": ""}, 9, "turns_green", "names no case that turns green"),
    ],
    "clusters": [
        ({"mapping": "c1 follows"}, 0, "mapping", "line 1 cannot be read"),
        ({"mapping": "c9: unexplained"}, 0, "mapping", "no cluster c9"),
        ({"mapping": ""}, 10, "mapping", "nothing is said of c1"),
    ],
    "fix": [
        ({"summary": "s", "commits": "HEAD"}, 0, "commits", "no hash of a commit"),
        ({"summary": "s", "locations": "@"}, 0, "locations", "is no place"),
        ({"pull_request": "#7"}, 0, "summary", "Summary is empty"),
    ],
    "action:1": [
        ({**ACTION, "due": "soon"}, 0, "due", "'soon' is no date"),
        ({"owner": "service team"}, 0, "text", "Action is empty"),
        ({**ACTION, "text": "The documentation"}, 13, "text", "does not begin with a verb"),
        ({**ACTION, "owner": ""}, 13, "owner", "has no owner"),
    ],
    "lesson:1": [({"text": "x", "kind": "sad"}, 0, "kind", "one of went well")],
    "review": [
        ({"go": "99"}, 0, "go", "no finding 99"),
        (":skip", 0, "", "nothing after the review"),
        (":override 99 no", 0, "rule", "no rule '99'"),
        (":override 15 no reason", 0, "rule", "rule 15 finds nothing here"),
    ],
}
# What is done to a session in which all is well, the rule that then stands against its end, and where it says so.
SPOILT = [
    ("edge:2", {"verdict": "no"}, 8, "why:2"),
    ("next:2", {"next": "within control", "level": "code"}, 11, "next:2"),
    ("why:1.1", {"status": "refuted"}, 14, "why:1.1"),
]
# What is no error and yet worth a word.
WARNED = [
    ({"answer": "Bananas ripen."}, 2),
    ({"answer": "The gateway refuses the handshake, since jwt-auth is offered alone, which it does not support."}, 3),
    ({"answer": "The client offers jwt-auth only, and the gateway has no list."}, 6),
]


class Program:
    """It knows the replies, and what it wants to say; nothing of rca."""

    def __init__(self, inside, folder):
        self.inside, self.file = inside, folder / "request.json"
        self.last = self.reply = {"next": None, "revision": 0}

    def send(self, what, *more):
        if isinstance(what, str):
            what = {"revision": self.reply["revision"], "command": what}
        elif isinstance(what, dict):
            what = {"revision": self.reply["revision"], "values": what}
        elif isinstance(what, tuple):
            return self.send(what[0], *what[1:])
        elif isinstance(what, list) and what:
            what = what[0]
        self.file.write_bytes(what if isinstance(what, bytes) else json.dumps(what).encode())
        done = self.inside("whys", "answer", "--format", "json", str(self.file), *more)
        assert done.code in {0, 1}, done.err
        self.last, self.reply = self.reply, json.loads(done.out)
        assert self.reply["accepted"] == (done.code == 0)
        return self.reply


@pytest.fixture
def raised(monkeypatch):
    """Where faults were made, as modules and numbers of lines."""
    found = set()

    def noting(real):
        def note(*args, **kwargs):
            frame = sys._getframe(1)
            found.add((frame.f_globals["__name__"], frame.f_lineno))
            return real(*args, **kwargs)

        return note

    monkeypatch.setattr(answers.WrongError, "__init__", noting(answers.WrongError.__init__))
    monkeypatch.setattr(whys_json, "fault", noting(whys_json.fault))
    return found


def not_made(found):
    """The faults of the source that nothing in `found` made."""
    for module, name in MODULES.items():
        text = inspect.getsource(module)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                lines = range(node.lineno, node.end_lineno + 1)
                code = ast.get_source_segment(text, node)
                if not any((module.__name__, line) in found for line in lines) and not any(words in code for words in OUT_OF_REACH):
                    yield f"{module.__name__}:{node.lineno}: {code}"


def makes(program, what, rule, field, words, key):
    """Make one mistake, and look whether the reply says all that is needed to go on."""
    before = program.reply
    reply = program.send(what)
    error = next((one for one in reply["errors"] if (one["rule"], one["field"]) == (rule, field)), None)
    assert error, (what, reply["errors"])
    assert words in error["message"], (words, error)
    assert error["hint"] or rule == 0
    assert reply["next"]["id"] == key
    if rule:
        # A rule objects to what was said, which is kept.
        assert reply["accepted"]
        assert error["where"] == key
        assert field in reply["next"]["schema"]["properties"]
    else:
        assert not reply["accepted"]
        assert reply["revision"] == before["revision"]
        held = reply["next"]["values"]
        for name, text in what.items() if isinstance(what, dict) else ():
            assert name not in held or ("\n".join(text) if isinstance(text, list) else text) in held[name]
    return reply


def right(program, offered=()):
    """Answer the question that is open as the case is told."""
    key = program.reply["next"]["id"]
    reply = program.send(":skip" if key in LEFT_OPEN else {**dict(offered), **ANSWERS[key]}, "--author", "service team")
    assert reply["accepted"], (key, reply["errors"])
    assert not reply["errors"], (key, reply["errors"])


@pytest.mark.slow
def test_a_program_makes_every_mistake_and_goes_on(shop, inside, monkeypatch, raised):
    monkeypatch.chdir(shop.folder)
    program, made = Program(inside, shop.folder), set()
    program.reply = json.loads(inside("whys", "next", "--format", "json").out)
    while (ask := program.reply["next"])["kind"] != "review":
        key, offered = ask["id"], {name: text for name, text in ask["values"].items() if text}
        for what, rule, field, words in WRONG.get(key, ()):
            makes(program, what, rule, field, words, key)
            made.add(rule)
        if key in {"why:3", "action:3"}:
            # A leg is left out, and so the action for it.
            assert program.send(":skip")["accepted"]
        else:
            right(program, offered)
    # What stands against the end says where it is to be mended.
    for what, rule, field, words in WRONG["review"]:
        makes(program, what, rule, field, words, "review")
    made.add(ends_with(program, 7, "leg:systemic"))
    for key, values, rule, where in SPOILT:
        assert program.send(f":goto {key}")["next"]["id"] == key
        program.send(values)
        made.add(ends_with(program, rule, where))
    for values, rule in WARNED:
        program.send(":goto why:1.1")
        assert rule in {warning["rule"] for warning in program.send(values)["warnings"]}
        made.add(rule)
    program.send(":goto why:1.1")
    mended(program)
    assert program.send({"go": "finish"})["done"] is True
    assert program.reply["next"] is None
    for what, words in (({}, "the investigation is finished"), (":finish", "finished already")):
        assert words in program.send(what)["errors"][0]["message"]
    assert made == {0, *RULES}
    # Only a process that serves one session can be asked for another one.
    assert whys_json.of_session({"session": "other.1"}, "served.1").message == "this process serves served.1"
    assert list(not_made(raised)) == []
    assert inside("check").code == 0


def ends_with(program, rule, where):
    """Try to end, be told why that is not possible, and mend it with nothing but what was told."""
    for attempt in range(20):
        reply = program.send(":finish")
        if reply["accepted"]:
            assert attempt
            program.send(":undo")
            return rule
        found = {(error["rule"], error["where"]): error for error in reply["errors"]}
        assert attempt or (rule, where) in found
        error = found.get((rule, where), reply["errors"][0])
        assert error["hint"]
        program.send(f":goto {error['where']}")
        mended(program)
    pytest.fail(f"rule {rule} cannot be mended: {program.reply['errors']}")


def mended(program):
    """Answer whatever is asked now, up to the review."""
    for _ in range(30):
        ask = program.reply["next"]
        if ask["kind"] == "review":
            return
        kind, _, number = ask["id"].partition(":")
        if kind == "next":
            told = {name: text for name, text in ANSWERS[f"why:{number}"].items() if name in {"next", "level"}}
            assert program.send(told)["accepted"]
        elif kind == "why":
            told = {name: text for name, text in ANSWERS[ask["id"]].items() if name in {"answer", "evidence"}}
            assert not program.send({**told, "status": "supported"})["errors"]
        else:
            right(program)


def test_what_keeps_a_program_from_the_session_is_said_and_nothing_is_written(shop, inside, monkeypatch):
    monkeypatch.chdir(shop.folder)
    monkeypatch.setattr("rca.cli.whys.PROGRAM_WAITS", 0.05)
    request = shop.folder / "request.json"

    def refused(document):
        request.write_text(json.dumps({"revision": 1, "values": {}, **document}))
        before = {path: path.read_bytes() for path in (shop.folder / ".rca" / "sessions").glob("*.jsonl")}
        done = inside("whys", "answer", "--format", "json", str(request))
        assert (done.code, done.out) == (2, "")
        assert {path: path.read_bytes() for path in (shop.folder / ".rca" / "sessions").glob("*.jsonl")} == before
        return " ".join(done.err.split())

    request.write_text('{"revision": 0, "values": {}}')
    assert inside("whys", "answer", "--format", "json", str(request)).code == 0
    assert "no session '7'" in refused({"session": "7"})
    assert "no session '../../etc'" in refused({"session": "../../etc"})
    folder = shop.folder / ".rca" / "sessions"
    (journal,) = folder.glob("*.jsonl")
    with Sessions(shop.folder, read_event, write_event).lock(journal.stem):
        said = refused({})
        assert f"process {os.getpid()} on " in said
        assert "has held the session" in said
    (folder / journal.name.replace(".1.", ".2.")).write_bytes(journal.read_bytes())
    assert "there are 2 sessions that are not finished" in refused({})
    newer = journal.read_bytes().replace(b'"journal": 1', b'"journal": 2')
    journal.write_bytes(newer)
    assert "was written by a newer rca (journal 2, this one knows 1)" in refused({"session": "1"})
