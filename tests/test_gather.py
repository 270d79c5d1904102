"""What the five whys are given from beside their worklog: a real repository, real logs, kept issues, other worklogs."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import threading

import pytest

from rca.archive.records import Archive, Faces
from rca.errors import RcaError
from rca.gather import Gatherer, log_name
from rca.model import Case, Cluster, Context, Evidence, Failure, Investigation, RootCause, Run, RunRef, Suspect, Worklog
from rca.model import history as past_of
from rca.sources import logs as log_search
from rca.whys import Answer, Material, parse_ref, question, replay, review, step
from rca.whys.candidates import candidates
from tests.repository import Repo

AT = dt.datetime(2026, 11, 22, 17, 24, tzinfo=dt.UTC)
LOG = """2026-11-22T17:23:59Z INFO harbor is up
2026-11-22T17:24:05Z INFO handshake: offered harbor.events.v1; answered jwt-auth
2026-11-22T17:24:06Z WARNING stream of p-757: the client left
"""
PROTOCOL = "TOKEN = 'jwt'\n\n\ndef negotiate(offers):\n    return offers[0]\n"


@pytest.fixture
def repo(tmp_path):
    """Three commits: a good one, one that breaks the protocol, one that changes a page."""
    repo = Repo(tmp_path / "shop")
    repo.commit("Start", service__protocol_py=PROTOCOL, docs__page="one\n")
    repo.bad = repo.commit("Name all protocols alike", service__protocol_py=PROTOCOL.replace("'jwt'", "'jwt-auth'"))
    repo.page = repo.commit("Tell more", docs__page="one\ntwo\n")
    return repo


def worklog(repo, **changes):
    failure = Failure("failure", "NegotiationError", "unsupported subprotocol: jwt-auth in p-757")
    case = Case("e2e", "ws", "connects", "failed", failures=[failure], fingerprint="v1:1", category="E2E")
    run = Run(id="run-1", context=Context(commit=repo.page, environment="staging"), started_at=AT, seconds=10, cases=(case,))
    cluster = Cluster(
        id="c1",
        title="NegotiationError: unsupported subprotocol: jwt-auth",
        fingerprint="v1:1",
        error_type="NegotiationError",
        message="unsupported subprotocol: jwt-auth",
        frames=("service/protocol.py:negotiate",),
        cases=(case.id,),
        example=case.id,
        excerpt="service/protocol.py:5: in negotiate\n    return offers[0]\ntests/gone.py:9: in test\n    x\n",
        runs=("run-1",),
        past=past_of.Past(reason="new", confidence="high", first_bad=RunRef(id="run-1", at=AT, commit=repo.page)),
        suspects=(
            Suspect(commit=repo.page, summary="Tell more", score=0.5),
            Suspect(commit=repo.bad, summary="Name all protocols alike", score=0.4),
        ),
    )
    return Worklog(**{"id": "2026-11-22-red", "title": "Red", "opened_at": AT, "runs": (run,), "clusters": (cluster,), **changes})


def gatherer(repo, **changes):
    archive = Archive(repo.folder, "worklogs", Faces(lambda _: "", lambda _: True, lambda *_: ""))
    return Gatherer(repo.folder, archive, worklog(repo, **changes))


def looked_up(found, *refs):
    return [(one.state, one.reason) for one in found.resolve([parse_ref(ref) for ref in refs])]


# -- git -----------------------------------------------------------------------------------------------------------------


def test_what_the_suspects_changed_is_offered_where_it_shares_words_with_the_failures(repo):
    material = Material(worklog(repo), gatherer(repo).beside)
    offered = candidates(material, ("c1",), "occurrence", "The server answers jwt-auth.")
    changed = next(one for one in offered if one.ref.kind == "location")
    assert changed.ref.ref == f"service/protocol.py:1@{repo.bad[:12]}"
    assert changed.excerpt == "-TOKEN = 'jwt'\n+TOKEN = 'jwt-auth'"
    assert changed.why_offered == ("changed by “Name all protocols alike”, a suspect of c1, in a file of the trace; shares jwt, auth")
    assert len(offered) <= 5


def test_a_place_that_no_commit_holds_is_not_offered(repo):
    material = Material(worklog(repo), gatherer(repo).beside)
    refs = {one.ref.ref for leg in ("occurrence", "detection") for one in candidates(material, ("c1",), leg, "test negotiate offers gone")}
    assert f"service/protocol.py:5@{repo.page[:12]}" in refs
    assert not any("gone.py" in ref for ref in refs)


def test_a_commit_that_is_named_must_have_touched_the_place_that_is_cited(repo):
    material = Material(worklog(repo), gatherer(repo).beside)
    state = replay(material, ())
    state = step(state, Answer({}), AT).state
    state = step(state, Answer({}), AT).state
    refs = f"{repo.page[:9]}\nservice/protocol.py:1@{repo.bad[:9]}"
    outcome = step(state, Answer({"answer": "The server answers a name that was not offered.", "evidence": refs}), AT)
    (error,) = outcome.errors
    assert error.rule == 5
    assert "did not touch service/protocol.py; it changed docs/page" in error.message
    outcome = step(outcome.state, Answer({"evidence": refs.replace(repo.page[:9], repo.bad[:9])}), AT)
    assert not outcome.errors
    assert {part.state for part in outcome.state.draft.investigation.whys[0].evidence} == {"found"}


def test_what_an_answer_names_is_looked_up_at_once_and_keeps_the_reason(repo):
    found = gatherer(repo)
    assert looked_up(found, repo.bad[:9], f"service/protocol.py:1@{repo.bad}", "c1", "case:e2e::ws::connects") == [("found", "")] * 4
    (line,) = found.resolve([parse_ref(f"service/protocol.py:1@{repo.bad[:9]}")])
    assert line.excerpt == "TOKEN = 'jwt-auth'"
    states = looked_up(
        found, "0123abcd", f"docs/page:9@{repo.page}", "c9", "#1", "2020-01-01-none", "metric x at noon", "service/protocol.py:1"
    )
    assert [state for state, _ in states] == [
        "missing", "missing", "missing", "not looked up", "missing", "not looked up", "not looked up",
    ]  # fmt: skip
    assert "docs/page has 2 lines in commit" in states[1][1]
    assert "needs a commit, since lines move" in states[6][1]


def test_without_a_repository_all_works_as_before(repo, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    found = gatherer(repo)
    material = Material(worklog(repo), found.beside)
    assert found.hunks(("c1",)) == []
    assert looked_up(found, repo.bad)[0] == ("not looked up", "Git is not installed.")
    assert {one.ref.kind for one in candidates(material, ("c1",), "occurrence", "")} == {"location", "cluster", "case", "commit"}
    # What the worklog itself names is known all the same.
    assert [one.state for one in material.look_up([parse_ref(repo.bad)])] == ["found"]


def test_many_suspects_cost_a_few_processes_and_each_commit_is_asked_for_once(repo, monkeypatch):
    from rca.sources import git

    started = []
    run = git._Run

    def counted(*args):
        started.append(args)
        return run(*args)

    monkeypatch.setattr(git, "_Run", counted)
    many = [repo.commit(f"change {number}", a=f"{number}\n") for number in range(30)]
    suspects = tuple(Suspect(commit=sha, summary="x", score=0.3) for sha in many)
    cluster = worklog(repo).clusters[0].model_copy(update={"suspects": suspects})
    found = gatherer(repo, clusters=(cluster,))
    hunks = found.hunks(("c1",))
    assert len({hunk.commit for hunk in hunks}) == 10
    assert len(started) == 4
    found.commits(many[:5])
    assert len(started) == 4


# -- logs ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def searches(monkeypatch):
    """How often logs are searched."""
    calls = []
    real = log_search.find_lines

    def counted(*args, **more):
        calls.append(args)
        return real(*args, **more)

    monkeypatch.setattr(log_search, "find_lines", counted)
    return calls


def with_log(repo, memory=None, name="service.log", told=None):
    found = gatherer(repo)
    found.use([name], memory, told.append if told is not None else None)
    return found


@pytest.mark.parametrize("name", ["service.log", "logs/service.log.1", "service.log.2.gz"])
def test_lines_of_logs_are_offered_and_looked_up_again(repo, name):
    path = repo.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(LOG.encode()) if name.endswith(".gz") else LOG.encode())
    found = with_log(repo, name=log_name(str(path), repo.folder))
    best = found.log_lines(("c1",))
    assert {line.ref for line in best[:2]} == {f"{name}:2", f"{name}:3"}
    material = Material(worklog(repo), found.beside)
    offered = [one.ref for one in candidates(material, ("c1",), "occurrence", "The server answered jwt-auth.") if one.ref.kind == "log"]
    assert offered[0].ref == f"{name}:2"
    (kept,) = material.look_up(offered[:1])
    assert (kept.state, kept.sha256, kept.excerpt) == ("found", offered[0].sha256, LOG.splitlines()[1])
    path.write_bytes(gzip.compress(b"all new\n" * 9) if name.endswith(".gz") else b"all new\n" * 9)
    assert material.look_up([kept])[0].state == "changed"
    path.unlink()
    assert material.look_up([kept])[0].state == "missing"


def test_what_was_found_in_logs_is_remembered_as_long_as_they_read_the_same(repo, tmp_path, searches):
    path, memory = repo.folder / "service.log", tmp_path / "memory"
    path.write_text(LOG)
    first = with_log(repo, memory).log_lines(("c1",))
    assert with_log(repo, memory).log_lines(("c1",)) == first
    with path.open("a") as stream:
        stream.write("2026-11-22T17:30:00Z INFO more\n" * 9_000)
    assert with_log(repo, memory).log_lines(("c1",)) == first
    assert len(searches) == 1
    (line,) = with_log(repo, memory).resolve([parse_ref("service.log:2")])
    assert (line.state, line.excerpt) == ("found", LOG.splitlines()[1])
    path.write_text(LOG.replace("answered jwt-auth", "answered harbor.jwt-auth"))
    assert with_log(repo, memory).log_lines(("c1",)) != first
    assert len(searches) == 2
    # Other clusters are searched for with other words.
    assert with_log(repo, memory).log_lines(()) != first
    assert len(searches) == 3


def test_a_log_that_is_another_by_now_is_not_taken_for_the_one_that_was_searched(repo, tmp_path, searches):
    path, memory = repo.folder / "service.log", tmp_path / "memory"
    path.write_text(LOG)
    with_log(repo, memory).log_lines(("c1",))
    path.write_text(LOG.replace("p-757", "p-758"))
    found = with_log(repo, memory)
    assert found.resolve([parse_ref("service.log:3")])[0].excerpt.endswith("p-758: the client left")
    assert found.log_lines(("c1",))[0].text == LOG.splitlines()[1]
    assert len(searches) == 2


def test_of_a_log_that_is_gone_the_lines_are_offered_still_and_found_no_more(repo, tmp_path, searches):
    path, memory, told = repo.folder / "service.log", tmp_path / "memory", []
    path.write_text(LOG)
    first = with_log(repo, memory).log_lines(("c1",))
    path.unlink()
    found = with_log(repo, memory, told=told)
    assert told == ["the log service.log is gone; what was found in it before is still offered"]
    assert found.log_lines(("c1",)) == first
    assert len(searches) == 1
    (line,) = found.resolve([Evidence(kind="log", ref="service.log:2")])
    assert (line.state, "no such log file" in line.reason) == ("missing", True)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"made_by": 1}', b"null", b"[" * 100_000])
def test_a_damaged_memory_counts_for_nothing(repo, tmp_path, searches, damage):
    memory = tmp_path / "memory"
    (repo.folder / "service.log").write_text(LOG)
    first = with_log(repo, memory).log_lines(("c1",))
    document = json.loads(memory.read_bytes())
    memory.write_bytes(damage)
    assert with_log(repo, memory).log_lines(("c1",)) == first
    for part in ("found", "marks", "seen"):
        memory.write_text(json.dumps(document | {part: {"service.log": 3, "key": document["found"]["key"], "logs": ["service.log"]}}))
        assert with_log(repo, memory).log_lines(("c1",)) == first
        assert with_log(repo, memory).resolve([parse_ref("service.log:2")])[0].state == "found"
    assert len(searches) >= 3


def test_what_is_doubtful_about_a_log_is_told_once(repo, tmp_path):
    told = []
    (repo.folder / "service.log").write_text(LOG.replace("2026", "2019"))
    found = with_log(repo, told=told)
    found.log_lines(("c1",))
    found.log_lines(("c1",))
    (text,) = told
    assert text.startswith("service.log: no part of it is near the failures")


def test_two_threads_search_a_log_once(repo, searches):
    (repo.folder / "service.log").write_text(LOG)
    material = Material(worklog(repo), with_log(repo).beside)
    found = []
    threads = [threading.Thread(target=lambda: found.append(candidates(material, ("c1",), "occurrence", "jwt"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(searches) == 1
    assert all(one == found[0] for one in found)


def test_logs_are_named_from_the_project_and_must_be_found_again(repo, tmp_path, monkeypatch):
    (repo.folder / "logs").mkdir()
    (repo.folder / "logs" / "a.log").write_text(LOG)
    (tmp_path / "outside.log").write_text(LOG)
    monkeypatch.chdir(repo.folder / "logs")
    assert log_name("a.log", repo.folder) == "logs/a.log"
    assert log_name("../../outside.log", repo.folder) == str(tmp_path / "outside.log")
    (repo.folder / "odd\nname.log").write_text(LOG)
    for path, words in (
        ("none.log", "no such log file"), (".", "is no file"), ("-", "cannot be read a second time"), ("../odd\nname.log", "odd characters"),
    ):  # fmt: skip
        with pytest.raises(RcaError, match=words):
            log_name(path, repo.folder)
    # A session that came from elsewhere leads nowhere outside of the project by a detour.
    found = gatherer(repo)
    found.use(["../outside.log"])
    assert found.log_lines(("c1",)) == ()


# -- what is kept ----------------------------------------------------------------------------------------------------------


def test_kept_issues_are_offered_when_they_share_words_with_the_question(repo):
    kept = repo.folder / ".rca" / "issues.json"
    kept.parent.mkdir()
    titles = {1: "Reviews of the protocol have no owner", 2: "Coffee is cold", 3: "Owner of the protocol"}
    kept.write_text(json.dumps([{"number": n, "title": title, "state": "closed" if n == 3 else "open"} for n, title in titles.items()]))
    material = Material(worklog(repo), gatherer(repo).beside)
    offered = {
        one.ref.ref: one.why_offered
        for one in candidates(material, ("c1",), "systemic", "No owner reviews the protocol.")
        if one.ref.kind == "issue"
    }
    assert offered == {
        "#1": "an open issue; shares reviews, protocol, owner",
        "#3": "a closed issue; shares owner, protocol",
    }
    assert [one.state for one in material.look_up([parse_ref("#2"), parse_ref("#7")])] == ["found", "not looked up"]
    kept.write_text("{")
    assert gatherer(repo).issues() == []


def test_other_worklogs_with_the_same_error_are_offered_with_their_cause(repo):
    found = gatherer(repo)
    cause = Investigation(id="i1", problem="red", clusters=("c1",), root_cause=RootCause(statement="The name of the token was answered."))
    found.archive.add(worklog(repo, id="2026-09-01-streams", title="Streams", investigations=(cause,)))
    found.archive.add(worklog(repo))
    material = Material(worklog(repo), found.beside)
    offered = next(one for one in candidates(material, ("c1",), "systemic", "") if one.ref.kind == "worklog")
    assert (offered.ref.ref, offered.excerpt) == ("2026-09-01-streams", "The name of the token was answered.")
    assert offered.why_offered == "had the same error"
    states = material.look_up([parse_ref("2026-09-01-streams"), parse_ref("2026-11-22-red"), parse_ref("2026-09-01-none")])
    assert [one.state for one in states] == ["found", "found", "missing"]
    assert states[0].excerpt == "The name of the token was answered."


def test_nothing_is_looked_up_before_a_question_needs_it(repo, monkeypatch):
    found = gatherer(repo)
    for name in ("log_lines", "commits", "hunks", "issues", "earlier", "resolve"):
        monkeypatch.setattr(found, name, lambda *_: pytest.fail("it was not needed"))
    state = replay(Material(worklog(repo), found.beside), ())
    assert question(state).kind == "problem"
    state = step(state, Answer({}), AT).state
    assert question(state).kind == "facts"
    assert review(state)
