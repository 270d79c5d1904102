"""A pipe or a link where rca expects a file of its own: an error or a new file, and never a command that waits for ever."""

from __future__ import annotations

import json
import os
import stat

import pytest

from rca.cli.boundary import DONE, FAILED, FINDING
from tests.cli.test_cli_whys import ask, send
from tests.conftest import report_text

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")

NO_FILE = "it is a pipe or a device, and no file"
NEXT = ("whys", "next", "--format", "json")


@pytest.fixture
def shop(shop):
    """The project of the demo, with a session that was begun and a run to add."""
    ask(shop, "--log", "reports/service-log.txt")
    (shop.folder / "r.xml").write_text(report_text("a one", "a two!it broke"))
    return shop


def only(shop, pattern):
    (found,) = shop.folder.glob(pattern)
    return found


def pipe(path):
    """Put a pipe in place of what is there."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("place", "argv"),
    [
        ("worklogs/2*/*.json", ("show",)),
        ("worklogs/2*/*.json", ("ingest", "r.xml")),
        ("worklogs/2*/*.md", ("ingest", "r.xml")),
        ("worklogs/2*/*.md", ("render", "--diff")),
        ("worklogs/2*/*.json", NEXT),
        (".rca/current", ("show",)),
        (".rca/issues.json", ("ingest", "r.xml")),
        (".rca/sessions/*.jsonl", (*NEXT, "--session", "1")),
        ("rca.toml", ("report", "r.xml")),
    ],
)
def test_a_pipe_in_place_of_what_people_wrote_is_an_error_that_names_it(shop, place, argv):
    path = pipe(only(shop, place))
    done = shop(*argv)
    assert done.code in {FAILED, FINDING}
    assert f"{path.relative_to(shop.folder)}: " in done.err
    assert NO_FILE in done.err
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize(
    ("argv", "code"),
    [(("list",), DONE), (NEXT, DONE), (("ingest", "r.xml"), FINDING), (("check",), DONE), (("init", "--stdout"), DONE)],
)
def test_pipes_in_place_of_what_can_be_made_again_keep_nobody_waiting(shop, argv, code):
    session = f".rca/sessions/{only(shop, '.rca/sessions/*.jsonl').stem}"
    caches = [f".rca/{name}" for name in ("headers.json", "causes.json", "records.holder", "issues.part", ".gitignore")]
    for name in (*caches, *(f"{session}.{end}" for end in ("logs", "draft", "holder")), "worklogs/README.md", "package.json"):
        pipe(shop.folder / name)
    done = shop(*argv)
    assert done.code == code, done.err


def test_a_pipe_among_worklogs_is_a_finding_of_the_check(shop):
    path = pipe(shop.folder / "worklogs" / "2026-01-01-old.md")
    done = shop("check")
    assert done.code == FINDING
    assert f"{path.relative_to(shop.folder)}:1: error: cannot be read: {NO_FILE} [unreadable]" in done.out


@pytest.mark.parametrize("argv", [("ingest", "r.xml", "--repo", "harbor/harbor"), ("history", "show")])
def test_a_pipe_in_the_history_is_left_out_and_named(shop, argv):
    pipe(min(shop.folder.glob(".rca/results/repo=*/month=*/*.parquet")))
    done = shop(*argv)
    assert done.code in {DONE, FINDING}, done.err
    assert NO_FILE in done.err + done.out


def test_a_pipe_in_place_of_the_mark_of_a_history_is_an_error(shop):
    pipe(shop.folder / ".rca" / "results" / "store.json")
    done = shop("history")
    assert done.code == FAILED
    assert NO_FILE in done.err


# -- links --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [".rca/current", ".rca/headers.json", ".rca/records.holder", ".rca/issues.json", ".rca/sessions/{}.logs"])
def test_a_link_in_place_of_a_file_of_rcas_own_leads_nobody_to_write_elsewhere(shop, tmp_path, place):
    mine = tmp_path / "mine"
    path = shop.folder / place.format(only(shop, ".rca/sessions/*.jsonl").stem)
    mine.write_bytes(path.read_bytes() if path.exists() else b"mine\n")
    before = mine.read_bytes()
    path.unlink(missing_ok=True)
    path.symlink_to(mine)
    for argv in (("ingest", "r.xml"), ("new", "Another"), ("list",), NEXT):
        shop(*argv)
    assert mine.read_bytes() == before


def test_a_journal_that_is_a_link_is_refused_and_what_it_leads_to_stays(shop, tmp_path):
    """A journal is added to and cut in its place: the keys of somebody would be lost."""
    keys = tmp_path / "authorized_keys"
    keys.write_text("ssh-ed25519 AAAA somebody\n")
    journal = only(shop, ".rca/sessions/*.jsonl")
    journal.unlink()
    journal.symlink_to(keys)
    done = shop(*NEXT, "--session", "1")
    assert done.code == FAILED
    assert f"{journal.relative_to(shop.folder)}: is a link" in done.err
    assert keys.read_text() == "ssh-ed25519 AAAA somebody\n"


@pytest.mark.parametrize(
    ("place", "argv"),
    [
        ("worklogs/2*/*.md", ("render", "--diff")),
        ("worklogs/2*/*.md", ("ingest", "r.xml", "--force")),
        ("worklogs/2*/*.json", ("show",)),
        ("worklogs/2*/*.json", ("ingest", "r.xml", "--force")),
    ],
)
def test_a_record_or_a_face_that_leads_elsewhere_shows_nothing_of_it_and_leaves_it_alone(shop, tmp_path, place, argv):
    mine = tmp_path / "mine"
    path = only(shop, place)
    mine.write_bytes(path.read_bytes() + (b"MINE\n" if path.suffix == ".md" else b""))
    before = mine.read_bytes()
    path.unlink()
    path.symlink_to(mine)
    done = shop(*argv)
    assert done.code == FAILED
    assert f"{path.relative_to(shop.folder)}: is a link that leads out of worklogs" in done.err
    assert "MINE" not in done.out + done.err
    assert mine.read_bytes() == before
    assert "was not read" in shop("check").err


def test_an_index_that_leads_to_nothing_makes_no_file_there(shop, tmp_path):
    (shop.folder / "worklogs" / "README.md").unlink()
    (shop.folder / "worklogs" / "README.md").symlink_to(tmp_path / "nothing")
    assert shop("ingest", "r.xml").code == FINDING
    assert not (tmp_path / "nothing").exists()


# -- logs that a session remembers ------------------------------------------------------------------------------------------


def remember(shop, *names):
    """The journal of somebody else, which names these logs."""
    journal = only(shop, ".rca/sessions/*.jsonl")
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([lines[0], json.dumps({"logs": names}) + "\n", *lines[1:]]))


def test_a_log_outside_the_project_is_read_only_when_it_is_given_in_this_call(shop, tmp_path):
    outside = tmp_path / "outside.log"
    outside.write_bytes((shop.folder / "reports" / "service-log.txt").read_bytes() + b"SECRET jwt-auth harbor\n")
    remember(shop, str(outside))
    done = shop(*NEXT)
    reply = json.loads(done.out)
    told = f"not read, since the session names it and it is no file of this project: {outside}; to read it, give it again with --log"
    assert told in reply["notes"]
    assert f"rca: {told}" in done.err
    reply = send(shop, {"revision": reply["revision"], "values": {}})
    reply = send(shop, {"revision": reply["revision"], "command": ":skip"})
    assert not any(str(outside) in one["ref"] for one in reply["next"]["candidates"])
    again = shop(*NEXT, "--log", str(outside))
    assert told not in again.err
    assert any(str(outside) in one["ref"] or one["ref"].startswith("reports/") for one in json.loads(again.out)["next"]["candidates"])


@pytest.mark.parametrize("where", ["link", "pipe", "device", ".git/config", "../up.log", "/dev/zero", "absolute"])
def test_what_a_session_names_is_read_only_when_it_is_a_file_of_the_project(shop, tmp_path, where):
    name = {"device": "/dev/zero", "absolute": str(tmp_path / "secret.log")}.get(where, where)
    (tmp_path / "secret.log").write_text("jwt-auth harbor events\n")
    (tmp_path / "up.log").write_text("jwt-auth harbor events\n")
    if where == "link":
        (shop.folder / "link").symlink_to(tmp_path / "secret.log")
    if where == "pipe":
        os.mkfifo(shop.folder / "pipe")
    remember(shop, name)
    done = shop(*NEXT)
    assert done.code == DONE
    assert f"no file of this project: {name}" in done.err
    assert not any(one["ref"].startswith(name) for one in json.loads(done.out)["next"]["candidates"])


def test_a_session_that_names_more_logs_than_it_may_reads_the_last_ones(shop):
    for number in range(30):
        (shop.folder / f"{number}.log").write_text("INFO nothing\n")
    remember(shop, *(f"{number}.log" for number in range(30)))
    done = shop(*NEXT)
    assert "the session names 31 logs; only the last 20 are read" in done.err
