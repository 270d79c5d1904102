"""What somebody else may do to a session: files that are cut, newer, changed or gone, and answers that want to do harm."""

from __future__ import annotations

import json

import pytest

from rca.archive.journal import Sessions
from rca.whys import Answer, read_event, replay, write_event
from tests.markdown import each_renderer, plain, seen
from tests.terminal.whys_case import ANSWERS, LEFT_OPEN, material, play, session

TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def rca(shop, inside, monkeypatch):
    """`rca` in the project of the demo, in this process."""
    monkeypatch.chdir(shop.folder)
    return inside


def ask(rca, *more):
    done = rca("whys", "next", "--format", "json", *more)
    assert done.code == 0, done.err
    return json.loads(done.out)


def send(rca, folder, values, *more):
    request = folder / "request.json"
    what = {"command": values} if isinstance(values, str) else {"values": values}
    request.write_text(json.dumps({"revision": ask(rca, *more)["revision"], **what}))
    done = rca("whys", "answer", "--format", "json", str(request), *more)
    assert done.code in {0, 1}, done.err
    return json.loads(done.out)


# -- journals ----------------------------------------------------------------------------------------------------------------


def test_a_journal_that_is_cut_at_any_byte_of_its_last_events_is_a_session_that_goes_on(tmp_path):
    """Whatever was written when the power went: all that was accepted before is there, and the right question is asked."""
    with session(tmp_path) as found:
        play(found, "why:1.1")
        whole, path, sid = found.journal.path.read_bytes(), found.journal.path, found.id
        events = found.state.events
    asked = [replay(material(), events[:count]).asked.id for count in range(len(events) + 1)]
    sessions = Sessions(tmp_path, read_event, write_event)
    start = len(b"\n".join(whole.split(b"\n")[:-4]))
    for cut in range(start, len(whole)):
        path.write_bytes(whole[:cut])
        kept = sessions.load(sid)
        assert tuple(kept.events) == events[: len(kept.events)]
        assert kept.sound + len(kept.torn) == cut
        assert len(kept.faults) == bool(kept.torn)
    for cut in range(start, len(whole), 53):
        path.write_bytes(whole[:cut])
        with session(tmp_path) as found:
            count = len(found.state.events)
            assert [found.question.id, found.revision] == [asked[count], count]
            assert all("torn and was set aside" in note for note in found.notes)
            if found.question.id in ANSWERS:
                assert found.do(Answer(ANSWERS[found.question.id])).accepted
        assert sessions.load(sid).faults == []
        assert len(sessions.load(sid).events) >= count
    torn = b"".join(kept.read_bytes() for kept in path.parent.glob("*.torn*"))
    assert torn


def test_a_session_of_a_newer_rca_is_refused_and_left_alone(rca, shop):
    send(rca, shop.folder, {})
    (journal,) = (shop.folder / ".rca" / "sessions").glob("*.jsonl")
    newer = journal.read_bytes().replace(b'"journal": 1', b'"journal": 2')
    journal.write_bytes(newer)
    for args in (("next", "--format", "json", "--session", "1"), ("state", "--format", "json", "--session", "1")):
        done = rca("whys", *args)
        assert done.code == 2
        assert "was written by a newer rca (journal 2, this one knows 1)" in done.err
        assert "upgrade rca; the session was not touched" in done.err
    assert json.loads(rca("whys", "list", "--format", "json").out)[0]["state"] == "unreadable"
    # Another session is no harm to it.
    assert ask(rca)["session"].endswith(".2")
    assert journal.read_bytes() == newer


def test_an_event_of_a_newer_rca_is_passed_over_with_its_line(rca, shop):
    send(rca, shop.folder, {})
    (journal,) = (shop.folder / ".rca" / "sessions").glob("*.jsonl")
    with open(journal, "a", encoding="utf-8") as stream:
        stream.write('{"type": "pondered", "seq": 2}\n{"request": {"revision": 5, "sha256": "x"}}\n')
    reply = ask(rca)
    assert [reply["revision"], reply["next"]["id"]] == [1, "facts"]
    assert "it is no event that this rca knows" in reply["notes"][0]


def test_a_record_of_a_newer_rca_is_refused_and_the_session_left_alone(rca, shop):
    send(rca, shop.folder, {})
    (journal,) = (shop.folder / ".rca" / "sessions").glob("*.jsonl")
    before = journal.read_bytes()
    (record,) = (shop.folder / "worklogs").glob("*/*.json")
    document = {**json.loads(record.read_text()), "schema_version": 99}
    record.write_text(json.dumps(document))
    done = rca("whys", "next", "--format", "json")
    assert done.code == 2
    assert "newer" in done.err
    assert "rca: next: " in done.err
    assert journal.read_bytes() == before


# -- evidence ----------------------------------------------------------------------------------------------------------------


def test_evidence_that_changed_or_vanished_is_told_and_supports_nothing(rca, shop):
    log = shop.folder / "app.log"
    lines = ["2026-11-22T17:24:14Z INFO up", "2026-11-22T17:24:15Z INFO answered jwt-auth", "2026-11-22T17:24:16Z INFO done"]
    log.write_text("\n".join(lines))
    send(rca, shop.folder, {})
    send(rca, shop.folder, {"severity": "high"})
    reply = send(rca, shop.folder, {"answer": "The service answers jwt-auth.", "evidence": "app.log:2", "next": "why"})
    assert reply["errors"] == []

    def stands():
        state = json.loads(rca("whys", "state", "--format", "json").out)
        why = state["investigation"]["whys"][0]
        return why["status"], why["evidence"][0]["state"], " ".join(ask(rca)["notes"])

    assert stands() == ("supported", "found", "")
    log.write_text("\n".join(lines).replace("jwt-auth", "harbor.events.v1"))
    status, state, _ = stands()
    assert (status, state) == ("hypothesis", "changed")
    log.unlink()
    status, state, _ = stands()
    assert (status, state) == ("hypothesis", "missing")
    log.write_text("\n".join(lines))
    assert stands()[1] == "found"


# -- answers -----------------------------------------------------------------------------------------------------------------

HOSTILE = {
    "control characters": "\x00\x07\x08\x1b\x7f\x9b31m\x85",
    "ANSI": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J",
    "Markdown": "# head\n- [ ] item\n| a | b |\n|---|---|\n```\n**bold** [x](javascript:alert(1)) ![x](http://e.example/x.png)",
    "HTML": "<img src=x onerror=alert(1)><script>alert(1)</script><!-- </details> --> &lt;b&gt;",
    "mentions": "@acme/team @octocat #1 acme/shop#2 GH-3 https://e.example/ 1be27508bc4b6baa54d6a37824b1a19eb7fd0992",
    "directions": "a\u202eb\u2066c\u200bd\ufeffe",
    "templates": "{{ config }} {% for x in y %} ${HOME} $(id) `id`",
    "workflow commands": "::error file=a::b\n##[group]x",
    "mermaid": '"] --> x["y"; click w1 "javascript:alert(1)"\n%%{init: {}}%%',
    "a token": f"it held {TOKEN} and password=hunter2hunter2",
}
TEXTS = {
    "impact",
    "answer",
    "statement",
    "category",
    "actual",
    "expected",
    "reference",
    "text",
    "owner",
    "done_when",
    "summary",
    "severity",
}


@each_renderer
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_in_every_field_is_kept_safe(rca, shop, kind, renderer):
    """What is harmless of it is kept, what is not is taken out, and nobody who reads the worklog is harmed."""
    told = {key: dict(values) for key, values in ANSWERS.items() if key not in LEFT_OPEN}
    told["fix"] = {"summary": "Answer with the offer"}
    for values in told.values():
        values |= {name: f"{text} {HOSTILE[kind]}" for name, text in values.items() if name in TEXTS}
    # Words of the author's name are taken for a person wherever they stand.
    told["overrides"] = dict.fromkeys(("9", "12"), f"seen {HOSTILE[kind]}")
    (shop.folder / "answers.json").write_text(json.dumps(told))
    done = rca("whys", "--answers", "answers.json", "--author", f"service team {HOSTILE[kind]}")
    assert done.code == 0, done.err
    sessions = "".join(path.read_text("utf-8") for path in (shop.folder / ".rca" / "sessions").glob("*.jsonl"))
    (record,) = (path.read_text("utf-8") for path in (shop.folder / "worklogs").glob("*/*.json"))
    face = rca("show").out
    for text in (sessions, record, face, done.err):
        assert TOKEN not in text
        assert "hunter2" not in text
        assert not any((ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in text)
        assert not any(char in text for char in "\u202e\u2066\ufeff")
        assert "\\u001b" not in text
        assert "\\u0000" not in text
    page = seen(face, renderer)
    assert not {"img", "script", "h6"} & set(page.elements)
    assert not [
        value for _, name, value in page.attributes if name == "href" and value.startswith(("javascript:", "http://e.", "https://e."))
    ]
    assert page.comments == [] or all("rca:" in comment for comment in page.comments)
    # What GitHub would take for somebody's name or for an issue is parted by a character of no width.
    assert not any(word in page.prose for word in ("@acme", "@octocat", "acme/shop#2", "GH-3"))
    said = plain(page.text)
    assert "Client and gateway each hold a list" in said
    assert rca("check").code == 0
    assert rca("report", "reports", "--format", "html").code in {0, 1}


def test_an_answer_of_a_megabyte_is_refused_with_its_length_and_nothing_is_written(rca, shop):
    send(rca, shop.folder, {})
    (journal,) = (shop.folder / ".rca" / "sessions").glob("*.jsonl")
    before = journal.read_bytes()
    reply = send(rca, shop.folder, {"impact": "word " * 200_000})
    assert not reply["accepted"]
    assert "1,000,000 characters; 2,000 are the most" in reply["errors"][0]["message"]
    assert len(reply["next"]["values"]["impact"]) == 1_000_000
    assert journal.read_bytes() == before
    (shop.folder / "big.yaml").write_text("facts:\n  impact: " + "word " * 900_000)
    done = rca("whys", "--answers", "big.yaml")
    assert done.code == 2
    assert "larger than 4 MiB" in done.err


def test_a_draft_that_somebody_tampered_with_harms_nobody(rca, shop):
    send(rca, shop.folder, {})
    (journal,) = (shop.folder / ".rca" / "sessions").glob("*.jsonl")
    draft = journal.with_suffix(".draft")
    for text in (
        '{"facts": {"impact": 3, "nope": "x"}, "why:99": {"answer": "y"}}',
        "[]",
        '{"facts": []}',
        "\x00",
        '{"facts": {"impact": "' + "x" * 3_000_000 + '"}}',
    ):
        draft.write_text(text)
        reply = ask(rca)
        assert reply["next"]["id"] == "facts"
        assert rca("whys", "state", "--format", "json").code == 0
