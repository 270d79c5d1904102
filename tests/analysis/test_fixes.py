"""A fix is made of its commits and of what a person said, once for the same commits."""

from datetime import UTC, datetime

import pytest

from rca.analysis.assess import settle
from rca.analysis.fixes import (
    FixError,
    Given,
    failing_commit,
    forget,
    investigation_of,
    places_of,
    pull_request,
    pull_request_of,
    record,
    summary_of,
)
from rca.model import Commit, Compliance, Context, FileChange, Investigation, RootCause, Run, Totals, Validation, Worklog

AT = datetime(2026, 1, 2, tzinfo=UTC)
PASSED = Validation(command="pytest", verdict="passed")
FAILED = Validation(command="pytest", verdict="failed")


def commit(letter, summary="", *files, parents=("0" * 40,), **options):
    return Commit(letter * 40, AT, summary or f"Mend {letter}", parents, list(files), **options)


A, B, C = commit("a"), commit("b"), commit("c")


def worklog(**parts):
    return Worklog(id="2026-01-02-one", title="One", opened_at=AT, **parts)


def run(letter, failed=1, **context):
    return Run(id=f"run-{letter}", totals=Totals(total=1, failed=failed, passed=1 - failed), context=Context(**context))


def investigation(name, *, cause=True):
    return Investigation(id=name, problem="p", root_cause=RootCause(statement="s") if cause else None)


RED = worklog(runs=(run("1"),))


def test_a_fix_from_its_commits():
    done = record(RED, [A, B], Given())
    assert (done.how, done.worklog.fixes) == ("added", (done.fix,))
    assert done.fix.summary == "Mend a; Mend b"
    assert done.fix.commits == ("a" * 40, "b" * 40)
    assert done.fix.investigation is None
    assert RED.fixes == ()


def test_the_same_commits_again():
    first = record(RED, [A, B], Given())
    again = record(first.worklog, [A, B], Given())
    assert (again.how, again.worklog) == ("unchanged", first.worklog)


def test_what_was_said_stays():
    said = Given("Ours", "#7", "", PASSED)
    first = record(RED, [A], said).worklog
    first = first.model_copy(
        update={"fixes": (first.fixes[0].model_copy(update={"compliance": (Compliance(name="RFC", result="kept"),)}),)}
    )
    again = record(first, [A], Given())
    assert again.how == "unchanged"
    more = record(first, [A, B], Given())
    assert (more.how, len(more.worklog.fixes), more.fix.commits) == ("updated", 1, ("a" * 40, "b" * 40))
    assert (more.fix.summary, more.fix.pull_request, more.fix.compliance) == ("Ours", "#7", first.fixes[0].compliance)
    assert (more.fix.validation, more.dropped) == (None, True)
    other = record(first, [A], Given("Other", "8", "", FAILED))
    assert (other.fix.summary, other.fix.pull_request, other.fix.validation, other.dropped) == ("Other", "#8", FAILED, False)


def test_a_summary_made_of_commits_is_made_again():
    first = record(RED, [A], Given()).worklog
    assert record(first, [A, B], Given()).fix.summary == "Mend a; Mend b"
    assert record(record(first, [A, B], Given()).worklog, [A], Given()).fix.summary == "Mend a; Mend b"


def test_fixes_stand_side_by_side_and_are_not_mixed_up():
    both = record(record(RED, [A], Given()).worklog, [B], Given()).worklog
    assert [fix.summary for fix in both.fixes] == ["Mend a", "Mend b"]
    changed = record(both, [A, C], Given()).worklog
    assert [fix.summary for fix in changed.fixes] == ["Mend a; Mend c", "Mend b"]
    with pytest.raises(FixError, match="in 2 fixes: 'Mend a' and 'Mend b'"):
        record(both, [A, B], Given())


def test_a_fix_is_forgotten():
    two = record(record(RED, [A], Given()).worklog, [B, C], Given(validation=PASSED)).worklog
    for names, left in ((("b" * 40,), ["Mend a"]), (("a" * 7,), ["Mend b; Mend c"])):
        done = forget(two, names)
        assert (done.how, [fix.summary for fix in done.worklog.fixes]) == ("forgotten", left)
        assert done.fix in two.fixes
    once = forget(two, ["a" * 40]).worklog
    last = forget(once, [])
    assert last.worklog == settle(RED)


@pytest.mark.parametrize(
    ("fixes", "names", "own", "message"),
    [
        ((), (), "", "no fix is recorded"),
        ((A,), ("c" * 40,), "", "no such fix is recorded"),
        ((A, B), (), "", "there are 2 fixes that may be meant: 'Mend a' (aaaaaaaaaaaa) and 'Mend b' (bbbbbbbbbbbb)"),
        ((A, B), ("a" * 40, "b" * 40), "", "2 fixes that may be meant"),
        ((A,), (), "i9", "no investigation 'i9'"),
        ((A,), (), "i1", "no such fix is recorded"),
    ],
)
def test_a_fix_that_is_forgotten_must_be_clear(fixes, names, own, message):
    known = RED.model_copy(update={"investigations": (investigation("i1"), investigation("i2"))})
    for one in fixes:
        known = record(known, [one], Given()).worklog
    with pytest.raises(FixError) as error:
        forget(known, names, own)
    assert message in error.value.message


def test_a_short_hash_in_a_record_is_the_same_commit():
    first = record(RED, [A], Given("Ours")).worklog
    short = first.model_copy(update={"fixes": (first.fixes[0].model_copy(update={"commits": ("aaaaaaaa",), "validation": PASSED}),)})
    done = record(short, [A], Given())
    assert (done.how, len(done.worklog.fixes), done.fix.validation) == ("updated", 1, PASSED)


@pytest.mark.parametrize(("validation", "status"), [(None, "fix ready"), (PASSED, "fix ready"), (FAILED, "open")])
def test_a_fix_that_failed_its_validation_is_not_ready(validation, status):
    done = record(RED, [A], Given(validation=validation)).worklog
    assert done.status == ("incomplete" if status == "open" else status)


# -- what commits say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commits", "summary"),
    [
        ([A], "Mend a"),
        ([A, A, B], "Mend a; Mend b"),
        ([commit(c) for c in "abcde"], "Mend a; Mend b; Mend c; and 2 more"),
        ([commit("a", "Merge x", parents=("1", "2")), B], "Mend b"),
        ([commit("a", "Merge x", parents=("1", "2"))], "Merge x"),
        ([commit("a", "two\nlines \x1b[31mred")], "two lines red"),
        ([commit("a", "with password=hunter2swordfish")], "with password=[redacted]"),
        ([Commit("a" * 40, AT, "")], "a" * 12),
    ],
)
def test_summaries(commits, summary):
    assert summary_of(commits) == summary


def test_a_summary_has_an_end():
    assert len(summary_of([commit(c, c * 5_000) for c in "abcdef"])) <= 300
    assert len(record(RED, [A], Given("x" * 5_000)).fix.summary) == 300


@pytest.mark.parametrize(
    ("subjects", "found"),
    [
        (["Mend it (#12)"], "#12"),
        (["Merge pull request #12 from a/b", "Mend"], "#12"),
        (["Mend it (#12)", "Mend more (#12)"], "#12"),
        (["Mend it (#12)", "Mend more (#13)"], ""),
        (["Mend #12"], ""),
        (["(#12) mend"], ""),
    ],
)
def test_pull_requests_of_commits(subjects, found):
    assert pull_request_of([commit("a", subject) for subject in subjects]) == found
    assert record(RED, [commit("a", subject) for subject in subjects[:1]], Given(pull_request="9")).fix.pull_request == "#9"


def test_places():
    change = commit(
        "a",
        "",
        FileChange("one.py", ranges=((3, 3), (7, 9))),
        FileChange("gone.py", status="deleted", ranges=((1, 1),)),
        FileChange("lib", submodule=True, ranges=((1, 1),)),
        FileChange("picture.png"),
        FileChange("all.py", ranges=tuple((n, n) for n in range(1, 12))),
    )
    places, left = places_of([change])
    assert [str(place) for place in places] == [
        "one.py:3@aaaaaaaaaaaa",
        "one.py:7-9@aaaaaaaaaaaa",
        "gone.py@000000000000",
        "lib@aaaaaaaaaaaa",
        "picture.png@aaaaaaaaaaaa",
        "all.py@aaaaaaaaaaaa",
    ]
    assert left == 0


def test_places_are_bounded_and_the_rest_is_counted():
    files = [FileChange(f"f{number}", ranges=((1, 2),)) for number in range(70)]
    places, left = places_of([commit("a", "", *files[:30]), commit("b", "", *files, left_out=5)])
    assert (len(places), left) == (50, 55)


# -- what a person says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("12", "#12"),
        (" #012 ", "#12"),
        ("acme/shop#12", "acme/shop#12"),
        ("https://github.com/acme/shop/pull/12", "https://github.com/acme/shop/pull/12"),
        ("https://user:secret123@git.example/pull/12", "https://user:[redacted]@git.example/pull/12"),
    ],
)
def test_pull_requests(text, stored):
    assert pull_request(text) == stored


@pytest.mark.parametrize(
    "text", ["x", "#", "#-1", "javascript:alert(1)", "http://", "https://a b", "file:///etc/passwd", "1" * 30, "acme#1", "12\n13"]
)
def test_what_is_no_pull_request(text):
    with pytest.raises(FixError, match="no pull request"):
        pull_request(text)


def test_the_investigation():
    one, two = investigation("i1"), investigation("i2")
    assert investigation_of(worklog()) is None
    assert investigation_of(worklog(investigations=(investigation("i1", cause=False),))) == "i1"
    assert investigation_of(worklog(investigations=(one, two))) is None
    assert investigation_of(worklog(investigations=(one, investigation("i2", cause=False)))) == "i1"
    assert investigation_of(worklog(investigations=(one, two)), "i2") == "i2"
    first = record(worklog(investigations=(one, two)), [A], Given(investigation="i1"))
    assert first.fix.investigation == "i1"
    assert record(first.worklog, [B], Given()).fix.investigation == "i2"
    assert record(first.worklog, [A], Given()).fix.investigation == "i1"
    with pytest.raises(FixError, match="no investigation 'i9'") as error:
        investigation_of(worklog(investigations=(one, two)), "i9")
    assert error.value.hint == "there are i1 and i2"
    with pytest.raises(FixError):
        investigation_of(worklog(), "i1")


def test_the_commit_that_failed():
    runs = (run("1", commit="a" * 40), run("2", commit="b" * 40), run("3", failed=0, commit="c" * 40))
    assert failing_commit(worklog(runs=runs)) == "b" * 40
    for those, message in (((), "no run of this worklog failed"), (runs[2:], "no run"), ((run("4"),), "run-4.*does not say")):
        with pytest.raises(FixError, match=message) as error:
            failing_commit(worklog(runs=those))
        assert "rca fix A..B" in error.value.hint
