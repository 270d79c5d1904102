"""The reading of issues: what is kept of it, how much room it takes, and how it goes on."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.github import Repository, connect, settings_from
from rca.lookup import issues as reading
from rca.lookup.issues import Asked, Part, fetch, narrowed, stamp
from rca.lookup.kept import Kept, counted, keep_issues, kept_issues
from rca.model import KnownIssue, LinkedPull
from rca.sources.issues import IssuesError, kept_path
from tests.github.tapes import load, playing

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALL = Asked()


def issue(number, **more):
    return KnownIssue(number, more.pop("title", f"Issue {number}"), **more)


@pytest.fixture
def at(fake_github):
    """A repository of the fake."""
    with connect(settings_from(fake_github.env)) as connection:
        yield Repository(connection, "acme/shop")


# -- what is kept ---------------------------------------------------------------------------------------------------

MOMENTS = st.none() | st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)
PULLS = st.builds(LinkedPull, number=st.integers(1, 10**9), title=WORDS, state=st.sampled_from(["open", "merged", "closed"]), repo=WORDS)
ISSUES = st.builds(
    KnownIssue,
    number=st.integers(1, 2**50),
    title=WORDS,
    body=WORDS | st.just(""),
    open=st.booleans(),
    labels=st.lists(WORDS, max_size=3, unique=True).map(tuple),
    url=st.just("") | WORDS.map("https://github.com/{}".format),
    created_at=MOMENTS,
    closed_at=MOMENTS,
    updated_at=MOMENTS,
    trusted=st.booleans(),
    milestone=WORDS | st.just(""),
    pulls=st.lists(PULLS, max_size=3).map(tuple),
)


@given(found=st.lists(ISSUES, max_size=4, unique_by=lambda found: found.number), complete=st.booleans())
def test_what_is_kept_is_what_was_read(tmp_path_factory, found, complete):
    folder = tmp_path_factory.mktemp("kept")
    kept = Kept(found, counted(found, at=NOW, repo="acme/shop", asked="--label x", complete=complete))
    keep_issues(folder, kept)
    assert kept_issues(folder) == kept


def test_what_an_older_rca_kept_is_read_too(tmp_path):
    path = kept_path(tmp_path)
    path.parent.mkdir()
    path.write_text(json.dumps([{"number": 7, "title": "Old"}]))
    assert kept_issues(tmp_path) == Kept([issue(7, title="Old")])


@pytest.mark.parametrize("read", [None, {}, [], "x", {"repo": 7}, {"at": "x"}])
def test_where_they_came_from_may_be_lost(tmp_path, read):
    path = kept_path(tmp_path)
    path.parent.mkdir()
    path.write_text(json.dumps({"read": read, "items": []}))
    assert kept_issues(tmp_path) == Kept([])


@pytest.mark.parametrize("text", ["", "{", "7", '{"items": 7}', '{"items": [7]}', '{"items": [{"number": "x"}]}', "\x00"])
def test_what_is_broken_is_told(tmp_path, text):
    path = kept_path(tmp_path)
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(IssuesError):
        kept_issues(tmp_path)


# -- how much room it takes -----------------------------------------------------------------------------------------


def part(tmp_path, asked=ALL, began=NOW):
    return Part(tmp_path / "part", "acme/shop", asked, began)


def test_long_bodies_keep_their_beginning_once_there_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "BODIES", 1_000)
    with Part(tmp_path / "part", "acme/shop", Asked(), NOW, _bodies=1_000) as found:
        for number in range(1, 5):
            assert found.take(issue(number, body="x" * 400))
    assert [len(each.body) for each in found.found.values()] == [400, 400, reading.BEGINNING, reading.BEGINNING]


def test_behind_the_last_room_nothing_more_is_taken(tmp_path):
    with Part(tmp_path / "part", "acme/shop", Asked(), NOW, _texts=1_000) as found:
        taken = [found.take(issue(number, labels=("x" * 100,))) for number in range(1, 5)]
    assert taken == [True, True, False, False]


def test_a_list_that_is_too_long_is_not_complete(at, fake_github, tmp_path, monkeypatch):
    for number in range(3):
        fake_github.repo().issue(f"Issue {number}")
    monkeypatch.setattr(Part, "take", lambda _part, _issue: False)
    found = fetch(at, Asked(), tmp_path, now=NOW)
    assert found.about.complete is False
    assert "whose texts take all the room" in found.notes[0]


def test_the_most_that_can_be_asked_for_is_not_said_to_be_raised(at, fake_github, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST", 2)
    for number in range(3):
        fake_github.repo().issue(f"Issue {number}")
    assert "--limit reads more" in fetch(at, Asked(limit=1), tmp_path, now=NOW).notes[0]
    assert "ask for less" in fetch(at, Asked(limit=2), tmp_path, now=NOW).notes[0]


def test_an_older_state_of_an_issue_does_not_replace_a_newer_one(tmp_path):
    new, old = issue(1, title="new", updated_at=NOW), issue(1, title="old", updated_at=NOW - timedelta(days=1))
    with part(tmp_path) as found:
        assert found.take(new)
        assert found.take(old)
    assert found.found == {1: new}


# -- how it goes on -------------------------------------------------------------------------------------------------


def interrupted(tmp_path):
    with suppress(KeyboardInterrupt), part(tmp_path) as found:
        found.take(issue(1))
        found.take(issue(2))
        found.turn(1, "page=2")
        raise KeyboardInterrupt


def test_what_was_read_is_there_the_next_time(tmp_path):
    interrupted(tmp_path)
    with part(tmp_path, began=NOW + timedelta(minutes=59)) as found:
        assert (found.resumed, found.stretch, found.cursor, found.began) == (True, 1, "page=2", NOW)
        assert sorted(found.found) == [1, 2]
    assert not (tmp_path / "part").exists()


OTHERWISE = [
    {"asked": Asked(labels=("x",))},
    {"asked": Asked(limit=5)},
    {"asked": Asked(state="open")},
    {"began": NOW + timedelta(hours=2)},
    {"began": NOW - timedelta(minutes=1)},
]


@pytest.mark.parametrize("other", OTHERWISE, ids=str)
def test_another_reading_begins_anew(tmp_path, other):
    interrupted(tmp_path)
    with part(tmp_path, **other) as found:
        assert (found.resumed, found.found) == (False, {})


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_file_that_was_cut_anywhere_is_used_as_far_as_it_goes(tmp_path, cut):
    interrupted(tmp_path)
    path = tmp_path / "part"
    path.write_bytes(path.read_bytes()[:cut])
    with part(tmp_path) as found:
        assert sorted(found.found) in ([], [1, 2])
        assert found.resumed is bool(found.found)


LINES = [
    "null",
    "[]",
    "7",
    '{"items": 7}',
    '{"items": [{"number": 0}], "stretch": 0, "cursor": ""}',
    '{"items": [], "stretch": "x", "cursor": 7}',
    "{",
]


@pytest.mark.parametrize("line", LINES)
def test_a_strange_line_does_no_harm(tmp_path, line):
    interrupted(tmp_path)
    with open(tmp_path / "part", "a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    with part(tmp_path) as found:
        assert sorted(found.found) == [1, 2]


def test_what_no_longer_fits_is_dropped_when_a_reading_goes_on(at, fake_github, tmp_path):
    repo = fake_github.repo()
    for number in range(1, 121):
        repo.issue(f"Issue {number}", updated_at=stamp(NOW - timedelta(days=number)))
    fake_github.fail("GET", "/issues$", status=404, message="Not Found", skip=1)
    asked = Asked(state="open")
    with pytest.raises(Exception, match="finds nothing there"):
        fetch(at, asked, tmp_path, now=NOW)
    repo.issues[5] |= {"state": "closed", "updated_at": stamp(NOW + timedelta(minutes=1))}
    repo.issues[6] |= {"title": "Renamed", "updated_at": stamp(NOW + timedelta(minutes=1))}
    found = {each.number: each for each in fetch(at, asked, tmp_path, now=NOW + timedelta(minutes=2)).issues}
    assert sorted(found) == [*range(1, 5), *range(6, 121)]
    assert found[6].title == "Renamed"


# -- without GitHub -------------------------------------------------------------------------------------------------

MANY = [
    issue(1, labels=("e2e", "UI"), updated_at=NOW, milestone="Release 4"),
    issue(2, labels=("e2e",), open=False, updated_at=NOW - timedelta(days=3)),
    issue(3),
]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(), [1, 2, 3]),
        (Asked(labels=("E2E",)), [1, 2]),
        (Asked(labels=("e2e", "ui")), [1]),
        (Asked(state="closed"), [2]),
        (Asked(state="open"), [1, 3]),
        (Asked(since=NOW - timedelta(days=1)), [1]),
        (Asked(milestone="release 4"), [1]),
        (Asked(milestone="none"), [2, 3]),
        (Asked(milestone="*"), [1]),
        (Asked(limit=1), [1]),
    ],
    ids=str,
)
def test_kept_ones_are_narrowed_as_github_would(asked, found):
    assert [each.number for each in narrowed(MANY, asked)] == found


def test_what_was_asked_is_shown_as_options():
    asked = Asked(("e2e", "needs help"), "open", NOW, 'a "b"', "Release 4", 7)
    assert (
        str(asked) == '--label e2e --label "needs help" --state open --since 2026-01-02T03:04:05Z --search "a "b"" --milestone "Release 4"'
    )
    assert str(Asked()) == ""


# -- what GitHub really sent ----------------------------------------------------------------------------------------


def test_recorded_issues_are_read_kept_and_read_again(tmp_path):
    tapes = load()
    with playing() as player:
        player.load(*tapes.named["Repository.testGetIssues"])
        with connect(settings_from(player.env)) as connection:
            name = (
                next(each.path for each in player.exchanges if each.path.endswith("/issues"))
                .removeprefix("/repos/")
                .removesuffix("/issues")
            )
            kept = fetch(Repository(connection, name), Asked(state="open"), tmp_path, now=NOW)
    assert len(kept.issues) > 5
    keep_issues(tmp_path, kept)
    assert kept_issues(tmp_path) == kept
