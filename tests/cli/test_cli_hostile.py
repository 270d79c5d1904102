"""Nothing that a file may hold makes a traceback: hostile records, configurations and templates, through every command."""

from __future__ import annotations

import json

import pytest

from tests.conftest import report_text

ID = "2026-01-02-one"


def record(**changes):
    document = {
        "schema_version": 1,
        "id": ID,
        "title": "One",
        "opened_at": "2026-01-02T03:04:05Z",
        "revision": 1,
        "runs": [],
        "clusters": [],
        **changes,
    }
    return json.dumps(document).encode()


def cluster(number, **changes):
    """A cluster of a record, with one case."""
    mark = f"v1:{number:016x}"
    return {
        "id": f"c{number}",
        "title": "boom",
        "fingerprint": mark,
        "cases": [f"s::c::t{number}"],
        "runs": ["run-000000000000"],
        **changes,
    }


def decision(number, kind, fingerprint="v1:0000000000000001", **changes):
    """A decision of a record about its first cluster."""
    return {"id": f"d{number}", "at": "2026-01-02T03:04:05Z", "kind": kind, "fingerprint": fingerprint, **changes}


ONE, TWO = "v1:0000000000000001", "v1:0000000000000002"
VALID = record()
RECORDS = {
    "empty": b"",
    "zeros": b"\0" * 100,
    "truncated": VALID[: len(VALID) // 2],
    "two-documents": VALID + VALID,
    "deep": b"[" * 100_000,
    "deep-closed": b'{"schema_version": 1, "x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "deep-in-place": record(runs="X").replace(b'"X"', b"[" * 500 + b"]" * 500),
    "a-list": b"[]",
    "a-number": b"1",
    "null": b"null",
    "no-version": b"{}",
    "true-version": record(schema_version=True),
    "text-version": record(schema_version="1"),
    "newer": record(schema_version=99),
    "much-newer": record(schema_version=1).replace(b'"schema_version": 1', b'"schema_version": ' + b"9" * 4_000),
    "older": record(schema_version=0),
    "negative": record(schema_version=-5),
    "huge-number": record(revision=1).replace(b'"revision": 1', b'"revision": ' + b"9" * 5_000),
    "huge-float": record().replace(b'"revision": 1', b'"revision": 1e999'),
    "nan": record().replace(b'"revision": 1', b'"revision": NaN'),
    "nan-latency": record(infrastructure={"dependencies": [{"name": "x", "latency_ms": 0}]}).replace(
        b'"latency_ms": 0', b'"latency_ms": Infinity'
    ),
    "wrong-types": record(title=1, runs={}, clusters="x", opened_at=None),
    "unknown-keys": record(surprise=1),
    "bad-id": record(id="../../etc/passwd"),
    "other-id": record(id="2026-01-03-two"),
    "bad-time": record(opened_at="2026-99-99T99:99:99Z"),
    "naive-time": record(opened_at="2026-01-02T03:04:05"),
    "early-time": record(opened_at="0001-01-01T00:00:00+14:00"),
    "late-time": record(opened_at="9999-12-31T23:59:59-14:00"),
    "bad-zone": record(time_zone="Mars/Base"),
    "zone-path": record(time_zone="../../etc/passwd"),
    "surrogate": record(title="X").replace(b'"X"', b'"\\ud800"'),
    "raw-surrogate": record(title="X").replace(b'"X"', b'"\xed\xa0\x80"'),
    "latin-1": record(title="X").replace(b'"X"', b'"caf\xe9"'),
    "utf-16": VALID.decode().encode("utf-16"),
    "bom": b"\xef\xbb\xbf" + VALID,
    "duplicate-keys": VALID.replace(b'"title": "One"', b'"title": "A", "title": "B"'),
    "control-title": record(title="\x1b[31m\u202e\x00|`<img>\n# head"),
    "long-title": record(title="x" * 300_000),
    "control-key": record(**{"\x1b]0;x\x07": 1}),
    "blocked-in-a-ring": record(clusters=[cluster(1, blocked_by="c2"), cluster(2, blocked_by="c1"), cluster(3, blocked_by="c9")]),
    "one-cluster-twice": record(clusters=[cluster(1), cluster(1)], decisions=[decision(1, "mute")]),
    "hostile-cluster": record(clusters=[cluster(1, title="\x1b[31m\u202e# head", message="```\n</details>", rule="\x00", why_matched="|")]),
    "merged-in-a-ring": record(
        clusters=[cluster(1), cluster(2)], decisions=[decision(1, "merge", ONE, into=TWO), decision(2, "merge", TWO, into=ONE)]
    ),
    "merged-with-itself": record(clusters=[cluster(1)], decisions=[decision(1, "merge", ONE, into=ONE)]),
    "split-into-itself": record(
        clusters=[cluster(1)], decisions=[decision(1, "split", ONE, into=ONE, cluster="c1", cases=["s::c::t1"]), decision(1, "note")]
    ),
    "rules-that-are-none": record(
        clusters=[cluster(1)], decisions=[decision(1, "accept", match="#1"), decision(2, "rule", text="("), decision(3, "rule")]
    ),
    "decisions-about-nothing": record(decisions=[decision(n, kind) for n, kind in enumerate(("mute", "flaky", "unmute", "reject"))]),
    "upstream-of-nothing": record(upstreams=[{"id": "u1", "kind": "shared", "title": "\x1b", "clusters": [], "cases": 0}]),
    "upstream-of-others": record(upstreams=[{"id": "u1", "kind": "infrastructure", "title": "x", "clusters": ["c9"], "cases": 2}]),
    "undecided-of-nothing": record(undecided={"clusters": [cluster(9)], "upstreams": []}),
}


@pytest.fixture
def project(inside, tmp_path):
    """A project with a good worklog, which is the current one, and a place for a bad one."""
    assert inside("new", "Good").code == 0
    (tmp_path / "r.xml").write_text(report_text("a t1!boom"))
    path = tmp_path / "worklogs/2026" / f"{ID}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize("name", RECORDS)
def test_records(inside, project, name):
    project.write_bytes(RECORDS[name])
    commands = [
        ("list",),
        ("list", "--format", "json"),
        ("check",),
        ("check", "--format", "json"),
        ("check", project),
        ("show", ID),
        ("show", project, "--format", "json"),
        ("render", "--worklog", ID),
        ("render", "--worklog", ID, "--diff"),
        ("render", "--worklog", ID, "--format", "html", "-o", "x.html"),
        ("triage", "--worklog", ID),
        ("triage", "show", "c1", "--worklog", ID, "--format", "json"),
        ("ingest", "r.xml", "--worklog", ID),
    ]
    for command in commands:
        result = inside(*command)
        assert result.code in {0, 1, 2}, command
        assert "\x1b" not in result.err, command
        if command[-1] == "json" and result.raw:
            json.loads(result.out)
        if result.code == 2:
            assert "rca: next: " in result.err, command
    # The good one beside it goes on working, and the bad one is still what it was when it cannot be read.
    assert inside("ingest", "r.xml").code == 1
    assert "good" in inside("list").out
    if inside("show", ID).code == 2:
        assert project.read_bytes() == RECORDS[name]


def test_a_record_that_is_wrong_is_named_with_its_places(inside, project):
    project.write_bytes(RECORDS["wrong-types"])
    shown = inside("show", ID).err
    assert f"{ID}.json" in shown
    assert "title: " in shown
    found = json.loads(inside("check", project, "--format", "json").out)
    assert {finding["rule"] for finding in found} == {"schema"}
    assert {finding["message"].split(":")[0] for finding in found} >= {"title", "runs", "clusters", "opened_at"}


CONFIGURATIONS = {
    "not-toml": b"[[[",
    "latin-1": b"title = 'caf\xe9'",
    "empty": b"",
    "bom": b"\xef\xbb\xbftitle = 'x'",
    "zeros": b"\0" * 50,
    "unknown-key": b"titel = 'x'",
    "wrong-type": b"title = 1\ncategories = 'x'\n",
    "deep": b"x = " + b"[" * 20_000,
    "deep-table": b"[" + b".".join([b"a"] * 5_000) + b"]\n",
    "worklogs-outside": b"worklogs = '../../etc'",
    "worklogs-absolute": b"worklogs = '/etc'",
    "worklogs-empty": b"worklogs = ''",
    "worklogs-file": b"worklogs = 'r.xml'",
    "zone": b"time_zone = '../../etc/passwd'",
    "zone-null": b'time_zone = "a\\u0000b"',
    "rate": b"[criteria]\noverall = '120 %'",
    "control": b'"\\u001b[31m" = 1',
    "big": b"# " + b"x" * 2_000_000,
    "bad-glob": b"[[categories]]\nname = 'x'\nmatch = '[[[*'\n",
    "glob-bomb": b"[[categories]]\nname = 'x'\nmatch = '" + b"*a" * 200 + b"*'\n",
    "huge-number": b"[[categories]]\nname = 'x'\nmatch = '*'\nplanned = " + b"9" * 5_000 + b"\n",
    "money": b"[[value]]\nname = 'x'\nmoney = { amount = nan, currency = 'USD', period = 'month' }\nitems = [{name='a', tests='*'}]\n",
    "date": b"title = 2026-01-01",
    "tool-not-table": b"tool = {rca = 5}",
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configurations(inside, tmp_path, name):
    (tmp_path / "r.xml").write_text(report_text("a" * 60 + " t1!boom"))
    (tmp_path / "rca.toml").write_bytes(CONFIGURATIONS[name])
    for command in (("report", "r.xml"), ("new", "One"), ("ingest", "r.xml"), ("list",), ("check",), ("show",), ("render",), ("init",)):
        result = inside(*command)
        assert result.code in {0, 1, 2}, command
        assert "\x1b" not in result.err, command
        if result.code == 2:
            assert "rca: next: " in result.err or "rca: error: " in result.err


def test_a_faulty_configuration_names_file_and_key(inside, tmp_path):
    (tmp_path / "rca.toml").write_text("titel = 'x'\n[criteria]\noverall = 'most'\n")
    result = inside("report", "x")
    assert result.code == 2
    assert "rca.toml" in result.err
    assert "titel: there is no such key; did you mean title?" in result.err
    assert "criteria.overall" in result.err


FACES = {
    "empty": b"",
    "binary": bytes(range(256)),
    "latin-1": "caf\xe9".encode("latin-1"),
    "seal-only": b"\n<!-- rca: sealed " + b"0" * 64 + b" -->\n",
    "huge-line": b"|" * 200_000,
    "fences": b"`" * 5_000 + b"\n" + b"> " * 2_000,
}


@pytest.mark.parametrize("name", FACES)
def test_faces(inside, project, name):
    project.write_bytes(VALID)
    face = project.with_suffix(".md")
    face.write_bytes(FACES[name])
    for command in (("check",), ("check", face), ("render", "--worklog", ID, "--diff"), ("render", "--worklog", ID), ("list",)):
        assert inside(*command).code in {0, 1, 2}
    assert face.read_bytes() == FACES[name]
    assert inside("render", "--worklog", ID, "--force").code == 0
    assert face.with_name(f"{face.name}.bak").read_bytes() == FACES[name]
