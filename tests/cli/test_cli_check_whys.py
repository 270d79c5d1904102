"""`rca check` holds the rules of the five whys against any record, and against whys that somebody wrote by hand."""

from __future__ import annotations

import itertools
import json
import shutil

import pytest
import yaml

from rca.cli import check_whys
from rca.cli.check_whys import MOST, CommitsHere, of_page, of_record
from rca.document.lines import json_lines
from rca.document.prose import Page
from rca.document.read_whys import told_by
from rca.model import Evidence, Lesson, Mapped, Override, Prediction
from rca.whys import check
from tests.conftest import Rca
from tests.repository import Repo
from tests.terminal.whys_case import ANSWERS, LEFT_OPEN
from tests.timing import assert_linear
from tests.whys import world
from tests.whys.test_rules import cases

TOLD = {key: values for key, values in ANSWERS.items() if key not in LEFT_OPEN}
MANY = 10_000
WRONG = "websockets.exceptions.NegotiationError: no subprotocols supported"


# -- records ---------------------------------------------------------------------------------------------------------


def finished(changes=()):
    investigation, worklog = world.sound(changes)
    done = investigation.model_copy(update={"finished_at": world.AT})
    return worklog.model_copy(update={"investigations": (done,)})


@pytest.mark.parametrize(("number", "changes", "expected"), list(cases()))
def test_every_rule_holds_for_a_record_as_for_a_session(number, changes, expected):
    worklog = finished(changes)
    found = of_record(worklog, "x.json", json_lines(worklog.model_dump_json(indent=2)))
    rules = check(*worklog.investigations, worklog)
    assert [(f"whys-{part.rule}", part.message, part.hint) for part in rules] == [(part.rule, part.message, part.hint) for part in found]
    severities = [part.severity for part in found if part.rule == f"whys-{number}"]
    asked = [line.split()[0] for line in expected if number != 5]  # which asks for commits, and a record alone has none
    assert severities == asked or "note" in severities


# A change, a piece of what is said, and the path of the value whose line it names.
PLACES = [
    ("problem it broke", "does not say how many cases fail", ("problem",)),
    ("clusters c9", "cluster 'c9' is not in this worklog", ("clusters",)),
    ("drop 2", "nothing is said of the detection leg", ()),
    ("why 1.1 picks {read=yes}", "why 1.1 has no evidence", ("whys", 1, "evidence")),
    ("answer the developer forgot it", "blames a person", ("whys", 2, "answer")),
    ("why 1.1 the gateway picks the configured subprotocol c1", "was not read back", ("whys", 1, "read_back")),
    ("why 3 the reviews of protocols have no list {leg=systemic read=yes} c1", "which does not say that it is an end", ("whys", 4, "leaf")),
    ("why 1.2 other {read=yes} c1", "which does not say that it is an end", ("whys", 5, "leaf")),
    ("foretell no subprotocols supported", "would produce another failure", ("prediction", "failure_text")),
    ("statement 3 of 4 cases fail", "3 of 4 does not follow", ("root_cause", "statement")),
    ("rests 9", "rests on why 9, which is not here", ("root_cause", "whys")),
    ("verdict confirmed {judged_by=run-9}", "no run of this worklog judged it", ("prediction", "verdict")),
    ("map c1 1.1.1", "nothing is said of c2", ("mapping",)),
    ("action do it {owner=x due=2026-12-01 kind=repair cause=1.1.1}", "says not how one sees", ("", "actions", 3, "done_when")),
    ("lesson went badly: it was slow", "no action answers what went badly", ()),
]


@pytest.mark.parametrize(("change", "said", "path"), PLACES)
def test_a_finding_names_the_line_of_what_it_is_about(change, said, path):
    worklog = finished([change])
    lines = json_lines(worklog.model_dump_json(indent=2))
    found = [part for part in of_record(worklog, "x.json", lines) if said in part.message]
    assert {part.line for part in found} == {lines[path[1:] if path[:1] == ("",) else ("investigations", 0, *path)]}, found


def test_what_was_set_aside_is_a_note_with_its_reason():
    found = of_record(finished(["drop 2", "override 7@leg:detection the suite is the detection"]), "x.json", {})
    told = [(part.severity, part.overridden) for part in found if part.rule == "whys-7"]
    assert told == [("note", "the suite is the detection")]


def test_an_investigation_that_is_not_finished_has_warnings_only():
    worklog = finished(["drop 2"])
    open_ = worklog.investigations[0].model_copy(update={"finished_at": None})
    assert {part.severity for part in of_record(worklog.model_copy(update={"investigations": (open_,)}), "x.json", {})} == {"warning"}


def test_two_investigations_of_one_name_are_told_of_once():
    worklog = finished(["drop 2"])
    twice = worklog.model_copy(update={"investigations": worklog.investigations * 2})
    assert len([part for part in of_record(twice, "x.json", {}) if part.rule == "whys-7"]) == 1


def test_more_investigations_than_anybody_makes_are_not_all_judged():
    worklog = finished()
    many = tuple(worklog.investigations[0].model_copy(update={"id": f"i{number}", "clusters": ()}) for number in range(MOST + 7))
    found = of_record(worklog.model_copy(update={"investigations": many}), "x.json", {("investigations", MOST): 9})
    assert [(part.line, part.message[:33]) for part in found if part.rule == "size"] == [(9, "7 more investigations are here; o")]
    assert {part.line for part in found} == {1, 9}


# -- rule 5, which asks git ----------------------------------------------------------------------------------------------


@pytest.fixture
def repo(tmp_path):
    """A repository with a commit that changed the protocol, one that changed a page, and a merge of another branch."""
    repo = Repo(tmp_path / "shop")
    repo.code = repo.commit("Name all protocols alike", service__protocol_py="a\n")
    repo.page = repo.commit("Tell more", docs__page="one\n")
    repo("checkout", "-q", "-b", "side", repo.code)
    repo.commit("Elsewhere", other="x\n")
    repo("checkout", "-q", repo.page)
    repo("merge", "-q", "--no-ff", "-m", "Merge", "side")
    repo.merge = repo("rev-parse", "HEAD")
    return repo


def citing(folder, *commits):
    """A record in the project whose first why names these commits beside a place in code."""
    worklog = finished()
    (investigation,) = worklog.investigations
    place = Evidence(kind="location", ref="service/protocol.py:1@0123abc", state="found", excerpt="a", sha256="0" * 64)
    named = [Evidence(kind="commit", ref=sha, state="found") for sha in commits]
    bare = [
        why.model_copy(update={"evidence": tuple(part for part in why.evidence if part.kind != "commit")}) for why in investigation.whys
    ]
    first, *rest = bare
    first = first.model_copy(update={"evidence": (*first.evidence, place, *named)})
    whys = investigation.model_copy(update={"whys": (first, *rest)})
    path = folder / f"{worklog.id}.json"
    path.write_text(worklog.model_copy(update={"investigations": (whys,)}).model_dump_json(indent=2))
    return path


def test_a_commit_of_a_record_that_did_not_touch_the_cited_place_is_an_error(repo):
    path = citing(repo.folder, repo.page[:12])
    done = Rca(repo.folder)("check", path, "--format", "json")
    (found,) = [one for one in json.loads(done.out) if one["rule"] == "whys-5"]
    assert (done.code, found["severity"]) == (1, "error")
    assert found["message"] == f"{repo.page[:12]} did not touch service/protocol.py; it changed docs/page"
    assert path.read_text().splitlines()[found["line"] - 1].strip().startswith('"evidence"')
    assert "was not judged" not in done.err


def test_a_commit_that_touched_the_place_and_one_that_is_not_here_are_no_finding(repo):
    gone = "0123abcd0123"
    done = Rca(repo.folder)("check", citing(repo.folder, repo.code, gone, repo.merge), "--format", "json")
    assert [one for one in json.loads(done.out) if one["rule"] == "whys-5"] == []
    said = f"rca: rule 5 was not judged for 2 commits, since this repository does not say what changed there: {gone} and {repo.merge[:12]}"
    assert said in done.err


@pytest.mark.parametrize("where", ["no repository", "no git"])
def test_without_a_repository_rule_5_is_not_judged_and_that_is_said(tmp_path, where):
    rca = Rca(tmp_path, {"PATH": "/nowhere"} if where == "no git" else {"GIT_CEILING_DIRECTORIES": str(tmp_path)})
    done = rca("check", citing(tmp_path, "0123abcd0123"), "--format", "json")
    assert [one for one in json.loads(done.out) if one["rule"] == "whys-5"] == []
    assert "rca: rule 5 was not judged for 1 commit, since" in done.err


def test_a_record_that_names_more_commits_than_are_looked_up_leaves_the_rest(repo, monkeypatch):
    monkeypatch.setattr(check_whys, "MOST_COMMITS", 1)
    commits = CommitsHere(repo.folder)
    assert list(commits([repo.code])) == [repo.code]
    assert commits([repo.page, repo.code]).keys() == {repo.code}
    assert list(commits.unjudged) == [repo.page]


INVESTIGATION, SOUND = world.sound()


def grown(**parts):
    return SOUND.model_copy(update={"investigations": (INVESTIGATION.model_copy(update=parts),)})


def whys(number, **changes):
    return (*INVESTIGATION.whys, *(INVESTIGATION.whys[2].model_copy(update={"id": f"1.9.{n}", **changes}) for n in range(number)))


def chain(number):
    names = ["1.1.1", *(f"1.9.{n}" for n in range(number))]
    added = [INVESTIGATION.whys[2].model_copy(update={"id": name, "parent": above}) for above, name in itertools.pairwise(names)]
    return (*INVESTIGATION.whys, *added)


def many(make, number):
    return tuple(make(n) for n in range(number))


LARGE = {
    "investigations": lambda size: SOUND.model_copy(
        update={"investigations": many(lambda n: INVESTIGATION.model_copy(update={"id": f"i{n}"}), size)}
    ),
    "whys": lambda size: grown(whys=whys(size, parent="1.1.1")),
    "roots": lambda size: grown(whys=whys(size, parent=None, leg="detection")),
    "chain": lambda size: grown(whys=chain(size)),
    "overrides": lambda size: grown(
        whys=whys(size, evidence=()), overrides=many(lambda n: Override(rule=4, where=f"why:1.9.{n}", reason="x"), size)
    ),
    "mapping": lambda size: grown(mapping=many(lambda n: Mapped(cluster=f"c{n}", to="leaf", why="9"), size)),
    "cases": lambda size: grown(prediction=Prediction(failure_text="x", turns_green=many(str, size))),
    "actions": lambda size: SOUND.model_copy(
        update={"actions": many(lambda n: SOUND.actions[0].model_copy(update={"cause": f"1.9.{n}"}), size)}
    ),
    "lessons": lambda size: SOUND.model_copy(update={"lessons": many(lambda n: Lesson(kind="went badly", text=f"slow {n}"), size)}),
}


@pytest.mark.parametrize("what", LARGE)
def test_large_records_take_linear_time(what):
    worklog = LARGE[what](MANY)
    assert_linear(lambda _: of_record(worklog, "x.json", {}), MANY)


# -- pages -----------------------------------------------------------------------------------------------------------


def test_a_page_without_whys_is_no_investigation():
    assert told_by(Page.of("# A\n\n**Root cause:** a b c d e words\n\nNext steps:\n1. x\n")) is None


def test_the_whys_of_a_page_as_they_are_read():
    page = Page.of(
        "Why 1: Why did it fail? Because it was late, #7\n**2. Why?**\n- **Answer:** the queue stood\n- for hours\n\n"
        "Why 3 (detection): no alert\n## Why 4\n> Why 5 systemic: unknown\n**Root cause:** the queue stood still\n**Error:** `E1: late`\n"
        "## Next steps\n- Add a test for late queues\n- Start again\n"
    )
    told = told_by(page)
    whys = [(why.id, why.parent, why.leg, why.question, why.answer, why.status) for why in told.investigation.whys]
    assert whys == [
        ("1", None, "occurrence", "Why did it fail?", "Because it was late, #7", "hypothesis"),
        ("2", "1", "occurrence", "Why?", "the queue stood for hours", "hypothesis"),
        ("3", None, "detection", "Why?", "no alert", "hypothesis"),
        ("4", "2", "occurrence", "Why?", "", "hypothesis"),
        ("5", None, "systemic", "Why?", "unknown", "unknown"),
    ]
    assert [(part.kind, part.ref) for part in told.investigation.whys[0].evidence] == [("log", "#7")]
    assert told.investigation.root_cause.statement == "the queue stood still"
    assert told.errors == (("E1", "late"),)
    assert [action.kind for action in told.actions] == ["detect", "repair"]
    assert told.lines == {"why:1": 1, "why:2": 2, "why:3": 6, "why:4": 7, "why:5": 8, "root_cause": 9, "prediction": 9, "action:new": 11}


@pytest.mark.parametrize(
    "line", ["Why 1: why? a", "E   XError: y", "- **Error:** `abcdef`", "Root cause: long words here", "Next steps:", "- x"]
)
def test_a_page_of_many_lines_takes_linear_time(line):
    def judge(size: int) -> None:
        told = told_by(Page.of(f"Why 1: why? a\n{line}\n" * (size // 10)))
        list(of_page(told))

    assert_linear(judge, 20_000)


# -- the case of the worklog from which the rules come, as commands ---------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    assert Rca(folder, {"SOURCE_DATE_EPOCH": "1795500000"})("demo", "shop").code == 0
    return folder / "shop"


@pytest.fixture
def shop(demo, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    return Rca(folder, {"SOURCE_DATE_EPOCH": "1795500000"})


def told(shop, **changes):
    answers = {**TOLD, **changes}
    (shop.folder / "answers.yaml").write_text(yaml.safe_dump(answers, allow_unicode=True), encoding="utf-8")
    return shop("whys", "--answers", "answers.yaml", "--author", "dana")


def test_the_wrong_error_stops_at_rule_9_and_the_right_one_passes(shop):
    wrong = told(shop, prediction={"failure_text": WRONG})
    assert wrong.code == 1
    assert "rule 9" in wrong.err
    assert "the root cause would produce another failure" in wrong.err
    assert told(shop).code == 0
    done = shop("check")
    assert (done.code, [line for line in done.out.splitlines() if ": error: " in line]) == (0, [])
    # The same error in a record that was written past the questions.
    (path,) = shop.folder.glob("worklogs/*/2*.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    document["investigations"][0]["prediction"]["failure_text"] = WRONG
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    done = shop("check", path)
    assert done.code == 1
    (line,) = [line for line in done.out.splitlines() if "[whys-9]" in line]
    number = next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if WRONG in text)
    assert f"{path.name}:{number}: error: the root cause would produce another failure" in line
    assert "unsupported subprotocol: jwt-auth" in line
    (found,) = [part for part in json.loads(shop("check", path, "--format", "json").out) if part["rule"] == "whys-9"]
    assert (found["severity"], found["line"], found["overridden"]) == ("error", number, "")
    assert "copy the message of the cluster" in found["hint"]


def test_a_rule_that_was_set_aside_is_shown_and_is_no_error(shop):
    reason = "the gateway was replaced the same night"
    assert told(shop, prediction={"failure_text": WRONG}, overrides={"9": reason}).code == 0
    done = shop("check")
    assert done.code == 0
    assert f"[whys-9]\n    set aside: {reason}\n" in done.out
    assert "1 set aside" in done.err
    assert ": note: " in done.out


PAGE = """# Staging, all tests

**WHY #1:** Why do negotiations of the stream fail on staging?
- **Answer:** The server returns protocols that are not in the client's list

**WHY #2:** Why does the server return protocols that are not in the list?
- **Answer:** Its protocols are transformed to `'jwt-auth'` instead of the client's own

- **Error:** `websockets.exceptions.NegotiationError: no subprotocols supported`

**Root cause:** The server transforms the names of protocols before it returns them
"""


def test_a_page_whose_root_cause_foretells_nothing_or_something_else(shop):
    (shop.folder / "page.md").write_text(PAGE, encoding="utf-8")
    done = shop("check", "page.md")
    assert done.code == 0
    assert "page.md:11: warning: the root cause does not say which failure text it would produce; the page quotes “no subprot" in done.out
    (shop.folder / "page.md").write_text(f"{PAGE}\n**Prediction:** the client says `unsupported subprotocol: jwt-auth`\n", encoding="utf-8")
    done = shop("check", "page.md")
    assert "page.md:13: warning: the root cause would produce another failure: error 1 says “no subprotocols supported”" in done.out
