"""Evidence of the five whys in whole commands: logs that are named once, files that vanish between two answers, a real repository."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.cli.person import ENTER, Person
from tests.cli.test_cli_whys import TOLD, ask, record, send
from tests.terminal.whys_case import ANSWERS

LOG = "reports/service-log.txt"
LINE = f"{LOG}:37"
HANDSHAKE = "handshake: offered harbor.events.v1, jwt.***; answered jwt-auth"
CULPRIT = "1be27508bc4b"
PLACE = f"service/protocol.py:39@{CULPRIT}"
WHY = "The server answers the handshake with jwt-auth, a name that the client did not offer."


def at_the_first_why(shop, *more):
    """A session of a program before its first why: the reply with that question."""
    send(shop, {"revision": 0, "values": {}}, *more)
    return send(shop, {"revision": 1, "values": ANSWERS["facts"]})


def answered(shop, evidence, *more):
    """The same with the first why answered."""
    reply = at_the_first_why(shop, "--log", LOG)
    return send(shop, {"revision": reply["revision"], "values": {"answer": WHY, "evidence": evidence, "next": "why"}}, *more)


def whys(shop):
    return json.loads(shop("whys", "state", "--format", "json").out)["investigation"]["whys"]


def offered(reply):
    return {one["ref"]: one for one in reply["next"]["candidates"]}


def test_a_log_is_named_once_and_its_lines_are_offered_with_why(shop):
    ask(shop, "--log", LOG)
    reply = at_the_first_why(shop)
    assert len(reply["next"]["candidates"]) <= 5
    found = offered(reply)[LINE]
    assert found["excerpt"].endswith(HANDSHAKE)
    assert found["why_matched"].startswith(
        "shares jwt-auth, events, harbor with the failures; at the time of the failures; 7 times alike; and "
    )
    changed = next(one for ref, one in offered(reply).items() if ref.startswith("service/protocol.py:"))
    assert "changed by “Name all protocols that carry a token alike”, a suspect of c1" in changed["why_matched"]
    assert offered(ask(shop)).keys() == offered(reply).keys()
    kept = (shop.folder / ".rca" / "sessions" / f"{reply['session']}.jsonl").read_text()
    assert kept.count('{"logs": ["reports/service-log.txt"]}') == 1


def test_a_log_that_is_called_from_another_folder_is_the_same(shop):
    done = shop("whys", "next", "--format", "json", "--log", "../reports/service-log.txt", cwd=shop.folder / "service")
    assert done.code == 0, done.err
    assert LINE in offered(at_the_first_why(shop))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--log", "none.log"], "none.log: there is no such log file"),
        (["--log", "reports"], "reports: is no file"),
        (["--log", "-"], "-: cannot be read a second time"),
        (["--log", "logs.zip"], "logs.zip: is an archive"),
        ([part for number in range(21) for part in ("--log", f"{number}.log")], "these are 21 logs; 20 are the most"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused_at_once(shop, argv, words):
    for name in ("logs.zip", *(f"{number}.log" for number in range(21))):
        (shop.folder / name).write_bytes(b"PK")
    done = shop("whys", "next", "--format", "json", *argv)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert not (shop.folder / ".rca" / "sessions").exists()


def test_what_an_answer_names_is_looked_up_and_stamped(shop):
    answered(shop, [LINE, PLACE, CULPRIT, "c1", "#412"])
    (why,) = whys(shop)
    assert why["status"] == "supported"
    assert [(one["state"], len(one["sha256"]), one["reason"]) for one in why["evidence"]] == [("found", 64, "")] * 5
    said = {one["ref"]: one["excerpt"] for one in why["evidence"]}
    assert said[LINE].endswith(HANDSHAKE)
    assert said[PLACE] == "return Agreement(answer=name, token=token_in(known[name]))"
    assert said["#412"] == "Live events do not open in the browser since 2.8.0"


def test_a_commit_that_did_not_touch_the_place_is_refused_with_what_it_touched(shop):
    reply = answered(shop, [PLACE, "5f5b7b33b3fb"])
    (error,) = reply["errors"]
    assert (error["rule"], error["field"]) == (5, "evidence")
    assert (
        error["message"] == "5f5b7b33b3fb did not touch service/protocol.py; it changed service/routes.py, tests/e2e/test_authentication.py"
    )
    reply = send(shop, {"revision": reply["revision"], "values": {"evidence": [PLACE, CULPRIT]}})
    assert reply["errors"] == []


def test_what_is_not_there_is_told_with_the_reason(shop):
    reply = answered(shop, ["service/protocol.py:9999@1be27508bc4b", f"{LOG}:5000"])
    (error,) = [one for one in reply["errors"] if one["rule"] == 4]
    assert "was not found: service/protocol.py has" in error["message"]
    assert whys(shop)[0]["evidence"][1]["reason"] == f"{LOG} has no line 5,000 (any more)."


def test_evidence_that_vanishes_between_two_answers_makes_the_answer_stale_and_comes_back(shop):
    reply = answered(shop, [LINE])
    before = offered(reply)
    log = shop.folder / LOG
    log.rename(shop.folder / "away")
    # An answer that was made for the question before still counts, although rca marked something in between.
    more = {"revision": reply["revision"], "values": ANSWERS["why:1.1"]}
    reply = send(shop, more)
    assert reply["accepted"]
    assert reply["notes"][0] == f"the log {LOG} is gone; what was found in it before is still offered"
    assert reply["notes"][1].startswith(f"why 1 is stale: {LINE} is gone: {LOG}: there is no such log file")
    assert send(shop, more)["repeated"] is True
    first = whys(shop)[0]
    assert (first["status"], first["evidence"][0]["state"], len(first["evidence"][0]["sha256"])) == ("hypothesis", "missing", 64)
    assert first["evidence"][0]["excerpt"].endswith(HANDSHAKE)
    assert "stale" in " ".join(json.loads(shop("whys", "state", "--format", "json").out)["tree"])
    # What is taken back is the answer and not the mark; candidates keep their numbers, so that none is taken for another.
    assert list(offered(send(shop, {"revision": ask(shop)["revision"], "command": ":undo"}))) == list(before)
    assert whys(shop) == [first]
    (shop.folder / "away").rename(log)
    reply = ask(shop)
    assert reply["notes"] == [f"why 1: {LINE} is there again, as it was attached"]
    assert whys(shop)[0]["status"] == "supported"
    assert ask(shop)["notes"] == []


@pytest.mark.parametrize("zipped", [False, True])
def test_a_log_that_was_rotated_makes_the_answer_stale(shop, zipped):
    log = shop.folder / (f"{LOG}.gz" if zipped else LOG)
    if zipped:
        log.write_bytes(gzip.compress((shop.folder / LOG).read_bytes()))
    ref = f"{log.relative_to(shop.folder)}:37"
    reply = at_the_first_why(shop, "--log", str(log))
    assert ref in offered(reply)
    send(shop, {"revision": reply["revision"], "values": {"answer": WHY, "evidence": [ref]}})
    day = b"2026-11-23T00:00:00Z INFO a new day\n" * 90
    log.write_bytes(gzip.compress(day) if zipped else day)
    reply = ask(shop)
    note = next(one for one in reply["notes"] if "stale" in one)
    assert note.startswith(f"why 1 is stale: {ref} has changed since it was attached: ")
    why = whys(shop)[0]
    assert (why["evidence"][0]["state"], why["status"]) == ("changed", "hypothesis")
    assert why["evidence"][0]["excerpt"].endswith(HANDSHAKE)
    # Looked at again and attached anew, it is what it reads now.
    send(shop, {"revision": reply["revision"], "command": f":evidence {ref}"})
    assert whys(shop)[0]["evidence"][0]["excerpt"] == "2026-11-23T00:00:00Z INFO a new day"


def test_a_log_that_grew_is_fine(shop):
    answered(shop, [LINE])
    with (shop.folder / LOG).open("a") as stream:
        stream.write("2026-11-22T18:00:00Z INFO more\n" * 5_000)
    assert ask(shop)["notes"] == []
    assert whys(shop)[0]["status"] == "supported"


def test_a_session_that_would_end_on_vanished_evidence_does_not(shop):
    told = {**TOLD, "why:1": {"answer": WHY, "evidence": LINE, "next": "why"}}
    ask(shop, "--log", LOG)
    reply = {"next": {"id": "problem"}, "revision": 0}
    while reply["next"]["id"] != "review":
        key = reply["next"]["id"]
        what = {"values": told[key]} if key in told else {"command": ":skip"}
        reply = send(shop, {"revision": reply["revision"], **what})
        assert not reply["errors"], reply["errors"]
    (shop.folder / LOG).unlink()
    last = {"revision": reply["revision"], "values": {"go": "finish"}}
    reply = send(shop, last)
    assert not reply["accepted"]
    assert [(one["rule"], one["where"]) for one in reply["errors"]] == [(4, "why:1")]
    assert record(shop)["investigations"] == []
    reply = send(shop, {"revision": reply["revision"], "command": ":goto 1"})
    reply = send(shop, {"revision": reply["revision"], "values": {"evidence": PLACE}})
    while reply["next"]:
        reply = send(shop, {"revision": reply["revision"], "values": {} if reply["next"]["id"] != "edge:1" else {"verdict": "yes"}})
        assert reply["accepted"], reply["errors"]
    (found,) = record(shop)["investigations"]
    assert [one["ref"] for one in found["whys"][0]["evidence"]] == [PLACE]


def test_a_file_of_answers_has_logs_too(shop):
    told = {**TOLD, "why:1": {"answer": WHY, "evidence": f"{LINE}\n{PLACE}", "next": "why"}}
    text = shop("whys", "--template-answers", "--log", LOG).out
    assert f"  {LINE}: shares jwt-auth" in text
    assert not (shop.folder / ".rca" / "sessions").exists()
    assert shop("whys", "--answers", "-", "--strict", "--log", LOG, stdin=json.dumps(told).encode()).code == 0
    evidence = record(shop)["investigations"][0]["whys"][0]["evidence"]
    assert [(one["ref"], one["state"]) for one in evidence] == [(LINE, "found"), (PLACE, "found")]
    assert shop("check").code == 0


def test_without_git_issues_and_logs_a_session_goes_on_as_before(shop):
    (shop.folder / ".rca" / "issues.json").unlink()
    reply = at_the_first_why(shop)
    numbers = [one["number"] for one in reply["next"]["candidates"]]
    assert numbers == [1, 2, 3, 4, 5]
    path = {"PATH": "/nowhere"}
    found = shop("whys", "next", "--format", "json", **path)
    assert {one["ref"].partition(":")[0] for one in json.loads(found.out)["next"]["candidates"]} & {"c1", CULPRIT, "#412"}
    data = json.dumps({"revision": reply["revision"], "values": {"answer": WHY, "evidence": [CULPRIT, PLACE, "#412"]}}).encode()
    assert shop("whys", "answer", "--format", "json", stdin=data, **path).code == 0
    states = {one["ref"]: (one["state"], one["reason"]) for one in whys(shop)[0]["evidence"]}
    assert states == {
        CULPRIT: ("found", ""), "#412": ("found", ""), PLACE: ("not looked up", "Git is not installed."),
    }  # fmt: skip


# -- a person ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [[], ["--plain"]])
def test_somebody_is_offered_lines_of_a_log_and_told_when_it_is_gone(shop, more):
    with Person(shop, "whys", "--log", LOG, *more, columns=120) as person:
        person.sees("Clusters").types(ENTER).sees("Problem").types(ENTER)
        person.sees("Timeline").types(ENTER).sees("Impact").types(ENTER).sees("Severity").types(ENTER)
        person.sees("Answer").sees(f"{LINE}: shares jwt-auth")
        person.types(f"{WHY}{ENTER}{ENTER if more else ''}").sees("Evidence").types(f"{LINE}{ENTER}").sees("Confidence").types(ENTER)
        person.sees("And then").types(f":quit{ENTER}").ends()
    (shop.folder / LOG).unlink()
    with Person(shop, "whys", "--session", "1", *more, columns=120) as person:
        person.sees("why 1 is stale").sees("is gone").sees("And then").types(f":tree{ENTER}").sees("[hypothesis; stale")
        person.types(f":quit{ENTER}").ends()
