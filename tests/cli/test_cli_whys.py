"""`rca whys` as it is used: programs that speak JSON, files of answers, people behind a pseudo-terminal, and what kills them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess  # noqa: TID251 -- one process is spoken with line by line
from contextlib import contextmanager

import pytest
import yaml

from tests.conftest import Rca
from tests.terminal.whys_case import ANSWERS, LEFT_OPEN

TOKEN = "ghp_" + "a1B2" * 9
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")
TOLD = {key: values for key, values in ANSWERS.items() if key not in LEFT_OPEN}


def record(shop):
    return json.loads(shop("show", "--format", "json").out)


# -- programs --------------------------------------------------------------------------------------------------------------


def ask(shop, *more):
    done = shop("whys", "next", "--format", "json", *more)
    assert done.code == 0, done.err
    return json.loads(done.out)


def send(shop, document, *more):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    done = shop("whys", "answer", "--format", "json", "-", *more, stdin=data)
    assert done.code in {0, 1}, done.err
    reply = json.loads(done.out)
    assert reply["accepted"] == (done.code == 0)
    return reply


@pytest.mark.slow
def test_a_program_leads_a_whole_session(shop):
    """In processes of their own; test_cli_whys_mistakes.py has all that may go wrong."""
    now = ask(shop)["next"]
    wrong = [
        (b"{", "", "no JSON"), ({"revision": 7, "values": {}}, "revision", "revision 7"),
        ({"revision": 0, "values": {"clusters": "c99"}}, "clusters", "no cluster"),
    ]  # fmt: skip
    for document, field, words in wrong:
        reply = send(shop, document)
        error = reply["errors"][0]
        assert (reply["accepted"], error["rule"], error["field"]) == (False, 0, field), document
        assert words in error["message"]
        assert error["hint"]
        assert reply["next"]["id"] == "problem"
    # An answer to which a rule objects is kept, and its question stays; the error says where, and what to do.
    problem = {"revision": now["revision"], "question": "problem", "values": {"problem": "Something fails"}}
    reply = send(shop, problem)
    assert {finding["rule"] for finding in reply["errors"]} == {1}
    assert reply["next"]["id"] == "problem"
    assert send(shop, problem)["repeated"] is True
    assert send(shop, {**problem, "values": {"problem": "Something else"}})["errors"][0]["field"] == "revision"
    send(shop, {"revision": reply["revision"], "values": {"problem": now["values"]["problem"]}})
    # From here on by the book, each answer sent twice.
    reply = ask(shop)
    number = 0
    while reply["next"]:
        key = reply["next"]["id"]
        command = {"command": ":skip"} if key in LEFT_OPEN else {"values": {} if key == "review" else ANSWERS[key]}
        document = {"session": reply["session"], "revision": reply["revision"], **command}
        reply = send(shop, document, "--author", "service team")
        assert not reply["errors"], (key, reply["errors"])
        number += 1
        if number % 6 == 0:
            assert send(shop, document)["repeated"] is True
    assert reply["done"] is True
    found = record(shop)["investigations"][0]
    assert found["finished_at"] is not None
    assert found["root_cause"]["statement"] == ANSWERS["root_cause"]["statement"]
    state = json.loads(shop("whys", "state", "--format", "json", "--session", "1").out)
    assert (state["done"], state["written"], state["investigation"]) == (True, True, found)


def test_what_an_agent_answers_stays_a_hypothesis(shop):
    for values in ({}, ANSWERS["facts"], ANSWERS["why:1"]):
        reply = send(shop, {"revision": ask(shop)["revision"], "values": values}, "--agent", "--author", "bot")
    state = json.loads(shop("whys", "state", "--format", "json").out)
    why = state["investigation"]["whys"][0]
    assert (why["author_kind"], why["status"], why["author"]) == ("agent", "hypothesis", "bot")
    reply = send(shop, {"revision": reply["revision"], "command": ":override 4 because"}, "--agent")
    assert "only a person" in reply["errors"][0]["message"]
    reply = send(shop, {"revision": reply["revision"], "command": ":confirm 1"}, "--author", "service team")
    assert reply["accepted"]
    assert send(shop, {"revision": reply["revision"], "command": ":tree"})["shown"]


def test_secrets_never_reach_the_disk(shop):
    send(shop, {"revision": 0, "values": {}})
    send(shop, {"revision": 1, "values": {"impact": f"the token {TOKEN} was in the log \x1b[31m"}})
    kept = "".join(path.read_text("utf-8") for path in (shop.folder / ".rca" / "sessions").iterdir())
    assert "was in the log" in kept
    assert TOKEN not in kept
    assert "\\u001b" not in kept


# -- one process for all answers -----------------------------------------------------------------------------------------


@contextmanager
def served(shop, *more):
    """A process that serves, and how to send it a line; its first line was read already."""
    argv = [*shop.argv, "whys", "serve", "--format", "json", *more]
    process = subprocess.Popen(
        argv, cwd=shop.folder, env=shop.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )

    def send(document):
        process.stdin.write((document if isinstance(document, bytes) else json.dumps(document).encode()) + b"\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    try:
        yield json.loads(process.stdout.readline()), send
        rest, err = process.communicate(timeout=60)
        assert (process.returncode, rest, err) == (0, b"", b"")
    finally:
        process.kill()
        process.communicate()


def test_one_process_takes_all_answers_and_writes_the_record_that_a_file_of_them_writes(shop, demo, tmp_path):
    with served(shop, "--author", "service team") as (first, send):
        reply = first
        assert (reply["revision"], reply["done"], reply["notes"]) == (0, False, [])
        document = {}
        while reply["next"]:
            key = reply["next"]["id"]
            command = {"command": ":skip"} if key in LEFT_OPEN else {"values": {} if key == "review" else ANSWERS[key]}
            document = {"session": reply["session"], "revision": reply["revision"], **command}
            reply = send(document)
            assert (reply["accepted"], reply["errors"]) == (True, []), key
        assert reply["done"] is True
        assert send(document)["repeated"] is True
        # What is finished is in the record while the process still serves.
        found = record(shop)
    shutil.copytree(demo, tmp_path / "other")
    other = Rca(tmp_path / "other", shop.environment)
    assert other("whys", "--answers", "-", "--author", "service team", stdin=json.dumps(TOLD).encode()).code == 0
    assert found["investigations"] == record(other)["investigations"]
    assert found["actions"] == record(other)["actions"]


def test_what_is_wrong_with_a_line_is_its_reply_and_the_next_one_is_taken(shop):
    with served(shop) as (first, send):
        for document, field, words in (
            (b"{", "", "no JSON"),
            (b"\xff", "", "no JSON"),
            (b'"' + b"x" * 5_000_000 + b'"', "", "larger than"),
            ({"session": "another", "revision": 0, "values": {}}, "session", f"serves {first['session']}"),
            ({"revision": 3, "values": {}}, "revision", "revision 3"),
        ):
            reply = send(document)
            assert (reply["accepted"], reply["errors"][0]["field"]) == (False, field)
            assert words in reply["errors"][0]["message"]
            assert reply["next"]["id"] == "problem"
        assert send(b"\n" + json.dumps({"session": first["session"], "revision": 0, "values": {}}).encode())["accepted"]
    assert ask(shop)["revision"] == 1


def test_serving_speaks_json_and_ends_with_its_input(shop):
    done = shop("whys", "serve")
    assert (done.code, done.out) == (2, "")
    assert "rca whys serve --format json" in done.err
    done = shop("whys", "serve", "--format", "json", stdin=b"\n\n")
    assert (done.code, done.out.count("\n"), done.err) == (0, 1, "")
    done = shop.shell("rca whys serve --format json <&-")
    assert done.code == 2
    assert "standard input is closed" in done.err


# -- files of answers ------------------------------------------------------------------------------------------------------


def test_yaml_and_json_write_the_same_record(shop, demo, tmp_path):
    (shop.folder / "a.yaml").write_text(yaml.safe_dump(TOLD, allow_unicode=True), "utf-8")
    other = tmp_path / "other"
    shutil.copytree(demo, other)
    assert shop("whys", "--answers", "a.yaml", "--strict", "--author", "service team").code == 0
    second = Rca(other, shop.env)
    assert second("whys", "--answers", "-", "--author", "service team", stdin=json.dumps(TOLD).encode()).code == 0
    one, two = (next(folder.glob("worklogs/2026/*.json")).read_bytes() for folder in (shop.folder, other))
    assert one == two
    assert shop("check").code == 0


def test_a_dry_run_writes_nothing(shop):
    def files():
        # A cache of what earlier worklogs hold may be written by any command that reads them.
        found = (path for path in shop.folder.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path: path.read_bytes() for path in found if path.name not in {"headers.json", "causes.json"}}

    before = files()
    done = shop("whys", "--answers", "-", "--dry-run", stdin=json.dumps(TOLD).encode())
    assert (done.code, done.out) == (0, "")
    assert files() == before


def test_the_template_lists_the_questions_and_can_be_read_back(shop):
    text = shop("whys", "--template-answers").out
    found = yaml.load(text, Loader=yaml.BaseLoader)
    assert [key for key in found if not key.startswith(("action", "lesson", "fix"))] == [
        "problem", "facts", "why:1", "why:1.1", "why:2", "why:2.1", "why:3", "why:3.1", "edge:1.1", "edge:1", "edge:2.1", "edge:2",
        "edge:3.1", "edge:3", "root_cause", "prediction", "clusters",
    ]  # fmt: skip
    assert found["problem"]["problem"].startswith("7 of 27 cases fail")
    assert "the answer to" not in str(found)
    done = shop("whys", "--answers", "-", stdin=text.encode())
    assert done.code == 1
    assert re.search(r"standard input:\d+: why:1.answer: Answer is empty", done.err)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"why:1": None}, "a.json: why:1 has no answer"),
        ({"why:1": {"answer": "Somebody forgot", "evidence": "c1"}}, "why:1"),
        ({"prediction": {"failure_text": "connection refused"}}, "prediction.failure_text: rule 9"),
        ({"why:9": {"answer": "x"}}, "why:9 was not asked"),
        ({"facts": {"impcat": "x"}}, "facts.impcat: there is no field 'impcat'"),
        ({"overrides": {"4": "no log"}}, "overrides.4 was not asked"),
    ],
)
def test_faults_in_answers_name_place_and_rule(shop, change, words):
    answers = {key: values for key, values in {**TOLD, **change}.items() if values is not None}
    (shop.folder / "a.json").write_text(json.dumps(answers))
    done = shop("whys", "--answers", "a.json", "--strict")
    assert done.code == 1
    assert words in " ".join(done.err.split())
    assert record(shop)["investigations"] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a.yaml: is empty"), ("why:1: {answer: a: b}", "a.yaml:1:18: is no YAML"), ("- a\n- b\n", "holds no answers"),
        ("problem: {}\nproblem: {}\n", "a.yaml:2: problem stands there twice"), ("facts:\n  impact: a\n  impact: b\n", "a.yaml:3: facts.impact stands"),
        ("facts:\n  impact: {a: b}\n", "a.yaml:2: facts.impact is neither"), ("facts: [[1]]\n", "a.yaml:1: facts is neither"),
        ("a: &x [*x]\n", "nested too deeply"), ("[" * 3_000, "a.yaml"), ("{\n", "a.yaml"), ("facts: {}\nwhy:1:\n  answer: as #412 says\n", "a.yaml:3: the text ends before '#412 says', which YAML takes for a comment"),
        ("why:1:\n  answer: it ran on\n    to #412\n", "a.yaml:3: the text ends before '#412'"), ("why:1: {evidence: [c1 #412\n ]}", "a.yaml:1: "),
        ("? [a]\n: b\n", "a key is no text"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_its_line(shop, text, words):
    (shop.folder / "a.yaml").write_text(text)
    done = shop("whys", "--answers", "a.yaml")
    assert done.code == 2
    assert words in done.err


def test_a_rule_is_set_aside_with_a_reason_that_is_kept(shop):
    answers = {**TOLD, "why:1": {**TOLD["why:1"], "evidence": ""}, "overrides": {"4@why:1": "the log was rotated away"}}
    assert shop("whys", "--answers", "-", "--strict", stdin=json.dumps(answers).encode()).code == 0
    assert [(one["rule"], one["where"], one["reason"]) for one in record(shop)["investigations"][0]["overrides"]] == [
        (4, "why:1", "the log was rotated away")
    ]


# -- without anybody ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [[], ["--plain"]])
def test_without_a_terminal_nothing_is_guessed(shop, more):
    done = shop("whys", *more, stdin=b"\n\n\n\n")
    assert (done.code, done.out) == (2, "")
    assert "missing are the answers to problem, facts, why:1" in done.err
    assert "--template-answers" in done.err
    assert not (shop.folder / ".rca" / "sessions").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["dance"], "there is no action 'dance'"), (["next"], "speaks JSON only"), (["next", "x", "--format", "json"], "takes no 'x'"),
        (["--format", "json"], "rca whys next"), (["--session", "7"], "there is no terminal"), (["state", "--session", "7", "--format", "json"], "no session '7'"),
        (["--answers", "none.yaml"], "none.yaml: cannot be read"),
    ],
)  # fmt: skip
def test_wrong_usage(shop, argv, words):
    done = shop("whys", *argv)
    assert done.code == 2
    assert words in done.err


def test_rules_are_explained_and_sessions_listed(shop):
    assert shop("whys", "--explain", "9").out.startswith("Rule 9 (error): ")
    assert "there is no session yet" in shop("whys", "list").err
    send(shop, {"revision": 0, "values": {}})
    assert shop("whys", "list").out.startswith("2026-11-22-all-tests-on-staging.1  draft, 1 events  7 of 27")
    assert json.loads(shop("whys", "list", "--format", "json").out)[0]["state"] == "draft"


def test_a_green_worklog_has_nothing_to_ask_about(rca, write_report):
    report = write_report("green.xml", "a b")
    rca("new", "Green")
    rca("ingest", report)
    done = rca("whys", "next", "--format", "json")
    assert done.code == 2
    assert "no case failed" in done.err
