"""`rca report`: every form, every kind of input, the same bytes each time."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile

import pytest

from tests.conftest import SAMPLES, report_text


def test_all_forms(staging):
    markdown = staging("report", "reports")
    assert markdown.code == 1
    assert markdown.err == ""
    assert "20 of 27 cases passed" in markdown.out
    page = staging("report", "reports", "--format", "html").out
    assert page.startswith("<!doctype html>")
    record = json.loads(staging("report", "reports", "--format", "json").out)
    assert record["runs"][0]["totals"] == {"total": 27, "passed": 20, "failed": 7, "error": 0, "skipped": 0, "flaky": 0}


def test_json_fits_the_schema(staging):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(staging("schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(json.loads(staging("report", "reports", "--format", "json").out))
    staging("new", "One")
    staging("ingest", "reports")
    validator.validate(json.loads(staging("show", "--format", "json").out))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"id": "no worklog"})


def test_printed_and_stored_records_have_one_shape(staging):
    printed = json.loads(staging("report", "reports", "--format", "json").out)
    face = staging("new", "One").out.strip()
    stored = json.loads((staging.folder / face).with_suffix(".json").read_text())
    assert printed.keys() == stored.keys()


def test_the_same_files_give_the_same_bytes(staging):
    """Not the clock, nor the order of hashes, nor the time zone of the machine has a say."""
    for form in ("md", "json"):
        first = staging("report", "reports", "--format", form, PYTHONHASHSEED="1").raw
        assert first == staging("report", "reports", "--format", form, PYTHONHASHSEED="2", TZ="Asia/Tokyo").raw


def test_a_fixed_clock_makes_everything_reproducible(rca, reports):
    (reports / "untimed.xml").write_text('<testsuite name="s"><testcase classname="a" name="b"/></testsuite>')
    trees = []
    for seed in ("1", "2"):
        folder = rca.folder / seed
        folder.mkdir()
        env = {"SOURCE_DATE_EPOCH": "1767225600", "PYTHONHASHSEED": seed}
        rca("new", "One", "--config", "missing", cwd=folder, **env)
        (folder / "rca.toml").write_bytes((SAMPLES / "rca.toml").read_bytes())
        rca("new", "One", cwd=folder, **env)
        rca("ingest", "../reports", cwd=folder, **env)
        rca("report", "../reports/untimed.xml", "-o", "one.json", "--format", "json", cwd=folder, **env)
        caches = {"headers.json", "causes.json"}
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in caches)
        trees.append({str(p.relative_to(folder)): p.read_bytes() for p in files})
    assert trees[0] == trees[1]
    assert "worklogs/2026/2026-01-01-one.json" in trees[0]


def test_exit_codes(inside, write_report):
    passing = write_report("passing.xml", "a t1", "a t2")
    failing = write_report("failing.xml", "a t1!boom", "a t2")
    assert inside("report", passing).code == 0
    assert inside("report", failing).code == 1
    assert inside("report", passing, "missing.xml").code == 1
    assert inside("report", "missing.xml").code == 2
    assert inside("report", passing, "-q").err == ""


def test_options_reach_the_worklog(inside, write_report):
    path = write_report("r.xml", "a t1")
    record = json.loads(inside("report", path, "--title", "Mine", "--commit", "abc123", "--branch", "main", "--format", "json").out)
    assert record["title"] == "Mine"
    assert record["runs"][0]["context"]["commit"] == "abc123"
    assert record["runs"][0]["context"]["branch"] == "main"


def test_standard_input(rca):
    result = rca("report", "-", "--format", "json", stdin=report_text("a t1").encode())
    assert result.code == 0
    assert json.loads(result.out)["runs"][0]["sources"][0]["path"] == "-"
    assert rca("report", "-", stdin=b"").code == 2
    assert rca.shell("cat nothing 2>/dev/null | rca report - - ; exit $?").code == 2


def test_folders_globs_and_archives(inside, tmp_path):
    text = {name: report_text(f"{name} t1", suite=name).encode() for name in ("a", "b", "c")}
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/a.xml").write_bytes(text["a"])
    (tmp_path / "in/deep/b.xml").write_bytes(text["b"])
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as packed:
        packed.writestr("x/c.xml", text["c"])
    with tarfile.open(tmp_path / "r.tar.gz", "w:gz") as packed:
        info = tarfile.TarInfo("x/c.xml")
        info.size = len(text["c"])
        packed.addfile(info, io.BytesIO(text["c"]))

    def total(*paths):
        result = inside("report", *paths, "--format", "json")
        assert result.code == 0, result.err
        return json.loads(result.out)["runs"][0]["totals"]["total"]

    assert total("in") == 2
    assert total("in", "in/a.xml") == 2
    assert total("in/**/*.xml") == 2
    assert total("in/?.xml") == 1
    assert total("r.zip") == total("r.tar.gz") == 1
    assert total("in", "r.zip") == 3


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("reprots", "did you mean reports?"),
        ("reports/authentcation.xml", "did you mean reports/authentication.xml?"),
        ("nowhere/x.xml", "nowhere"),
        ("nothing*.xml", "no file matches"),
        ("empty", "holds no .xml file"),
        ("broken.zip", "cannot be read"),
        ("broken.tar.gz", "cannot be read"),
        ("dangling.xml", "cannot be opened"),
        ("/dev/null", "/dev/null"),
        ("rca.toml", "not a JUnit report"),
    ],
)
def test_what_cannot_be_read_is_named_with_a_next_step(inside, staging, path, said):
    folder = staging.folder
    (folder / "empty").mkdir()
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    (folder / "broken.tar.gz").write_bytes(b"\x1f\x8b broken")
    (folder / "dangling.xml").symlink_to("gone.xml")
    result = inside("report", path)
    assert result.code == 2
    assert path in result.err
    assert said in result.err
    assert "rca: next: " in result.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_files_without_permission(inside, staging):
    (staging.folder / "reports/authentication.xml").chmod(0)
    result = inside("report", "reports")
    assert result.code == 1
    assert "authentication.xml: cannot be opened" in result.err


# -- templates -------------------------------------------------------------------------------------------------------


def render_with(inside, staging, template):
    path = staging.folder / "own.md.j2"
    path.write_text(template)
    return inside("report", "reports", "--template", "own.md.j2")


def test_an_own_template_is_escaped_by_default(inside, tmp_path):
    (tmp_path / "own.md.j2").write_text("{{ worklog.title }}\n{{ worklog.clusters[0].title }}\n")
    (tmp_path / "r.xml").write_text(report_text("a t1!&lt;img src=x&gt; @all [x](y) *b*"))
    result = inside("report", "r.xml", "--template", "own.md.j2", "--title", "<b>|")
    assert result.code == 1
    assert "<img" not in result.out
    assert "@all" not in result.out
    assert "\\*b\\*" in result.out
    page = inside("report", "r.xml", "--template", "own.md.j2", "--format", "html").out
    assert "<img" not in page


def test_a_template_includes_what_lies_beside_it(inside, staging):
    (staging.folder / "part.j2").write_text("part of {{ worklog.title }}")
    assert render_with(inside, staging, "{% include 'part.j2' %}").out == "part of All tests on staging\n"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("one\n{{ nothing }}", "nothing"),
        ("one\n{{ v.nothing_like_it }}", "nothing_like_it"),
        ("one\n{% if %}", "own.md.j2:2"),
        ("one\n{{ v", "own.md.j2:2"),
        ("{{ ''.__class__ }}", "__class__"),
        ("{{ worklog.__init__.__globals__ }}", "__init__"),
        ("{{ worklog|attr('__class__') }}", "own.md.j2"),
        ("{% include '../outside.md' %}", "outside.md"),
        ("{% include '/etc/passwd' %}", "passwd"),
        ("{% extends 'own.md.j2' %}", "own.md.j2"),
        ("{% include 'own.md.j2' %}", "own.md.j2"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "own.md.j2"),
        ("{% for i in range(1000000000) %}x{% endfor %}", "own.md.j2"),
        ("{{ 1 / 0 }}", "own.md.j2"),
        ("{{ 'a' + 1 }}", "own.md.j2"),
        ("{{ worklog.runs[99].id }}", "own.md.j2"),
        ("{{ worklog.model_copy }}{{ [].append(1) }}", "own.md.j2"),
        ("{{ 'x'|nofilter }}", "nofilter"),
        ("{{ namespace(a=1).b }}", "own.md.j2"),
        ("{{ {}['a'] }}", "own.md.j2"),
    ],
)
def test_a_faulty_template_is_one_clear_error(inside, staging, template, said):
    (staging.folder.parent / "outside.md").write_text("secret")
    result = render_with(inside, staging, template)
    assert result.code == 2
    assert result.raw == b""
    assert "rca: error: own.md.j2" in result.err
    assert said in result.err
    assert "rca: next: " in result.err


@pytest.mark.parametrize("content", [b"\xff\xfe{{", b"", b"\x00", b"{{ worklog.title }}\r\n"])
def test_odd_bytes_in_a_template(inside, staging, content):
    (staging.folder / "own.md.j2").write_bytes(content)
    assert inside("report", "reports", "--template", "own.md.j2").code in {1, 2}
