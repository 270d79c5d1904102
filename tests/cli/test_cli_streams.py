"""Where output goes: data to stdout and nothing else, words to stderr, and what happens when neither can be written."""

from __future__ import annotations

import json
import os
import stat

import pytest

LOCALES = [
    {"LANG": "C.UTF-8"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
]


@pytest.mark.parametrize("locale", LOCALES, ids="-".join)
def test_stdout_is_utf8_whatever_the_locale(rca, write_report, locale):
    path = write_report("größe.xml", "結帳 t1!paiement refusé — 支払い ✗")
    result = rca("report", path, **locale)
    assert result.code == 1
    assert "支払い" in result.out
    assert result.err == ""


@pytest.mark.parametrize("locale", LOCALES, ids="-".join)
def test_help_and_errors_work_in_every_locale(rca, locale):
    assert rca("report", "--help", **locale).code == 0
    result = rca("report", "missing.xml", **locale)
    assert result.code == 2
    assert "there is no such file" in result.err


def test_every_command_keeps_stdout_for_data(staging):
    """Each line of stdout is the document, a path or JSON; whatever is said goes to stderr."""
    opened = staging("new", "Checkout fails", "--focus", "checkout")
    face = opened.out.strip()
    assert (opened.code, len(opened.out.splitlines())) == (0, 1)
    assert (staging.folder / face).is_file()
    assert "opened" in opened.err
    added = staging("ingest", "reports")
    assert added.out.strip() == face
    assert "added run-" in added.err
    assert staging("render").out.strip() == face
    assert staging("show").out.startswith("# Checkout fails")
    assert staging("list").out.startswith(os.path.basename(face)[:-3])
    assert staging("render", "--diff").raw == b""
    checked = staging("check")
    assert (checked.code, checked.raw) == (0, b"")
    assert "checked 2 files: 0 errors" in checked.err
    assert json.loads(staging("check", "--format", "json").out) == []
    assert staging("init", "--force").out.strip() == "rca.toml"
    assert staging("demo").out.strip().endswith(".md")


def test_data_stays_pure_beside_problems(rca, write_report):
    good = write_report("good.xml", "a t1")
    (rca.folder / "bad.xml").write_text("<html>no report</html>")
    result = rca("report", good, "bad.xml", "--format", "json")
    assert result.code == 1
    assert json.loads(result.out)["status"] == "passing"
    assert "bad.xml" in result.err


def test_a_reader_that_goes_away_is_no_error(staging):
    result = staging.shell("set -o pipefail; rca report reports | head -1; echo ${PIPESTATUS[0]}")
    assert result.err == ""
    # The criteria are unmet, and the exit code says so although nobody read to the end.
    assert result.out.splitlines()[1] == "1"
    for command in ("rca schema | head -1", "rca --help | head -1", "rca report reports --format html | head -c 5"):
        result = staging.shell(f"{command}; exit ${{PIPESTATUS[0]}}")
        assert result.err == ""
        assert result.code in {0, 1}


def test_stderr_that_goes_away_changes_nothing(staging):
    result = staging.shell("rca report reports missing.xml 2>&1 >out.md | head -0; echo ${PIPESTATUS[0]}")
    assert result.out == "1\n"
    assert (staging.folder / "out.md").read_text().startswith("# ")


@pytest.mark.parametrize("command", ["schema", "report reports", "report reports -o -", "report reports -o /dev/stdout", "list"])
def test_a_full_disk_behind_stdout_is_named(staging, command):
    staging("new", "One")
    result = staging.shell(f"rca {command} >/dev/full; echo $?")
    assert result.out == "2\n"
    assert "No space left on device" in result.err
    assert "rca: next: check where the output goes" in result.err


def test_closed_streams(staging):
    assert staging.shell("rca report reports >&-; echo $? >code; cat code").out == "2\n"
    assert staging.shell("rca report reports 2>&- | head -1; exit ${PIPESTATUS[0]}").code == 1
    assert staging.shell("rca --version >&- 2>&-; echo $?").out == "0\n"
    result = staging.shell("rca report - <&-; echo $?")
    assert result.out == "2\n"
    assert "standard input is closed" in result.err


def test_output_to_a_file(staging):
    result = staging("report", "reports", "-o", "sub/out.md")
    assert (result.code, result.raw) == (1, b"")
    assert "wrote sub/out.md" in result.err
    written = (staging.folder / "sub/out.md").read_bytes()
    assert written == staging("report", "reports").raw == staging("report", "reports", "-o", "-").raw
    assert staging("report", "reports", "-o", "sub").code == 2
    assert staging("report", "reports", "-o", "rca.toml/x.md").code == 2


def test_output_keeps_mode_and_link_of_a_file(staging):
    target = staging.folder / "real.md"
    target.write_text("old")
    target.chmod(0o600)
    (staging.folder / "link.md").symlink_to("real.md")
    staging("report", "reports", "-o", "link.md")
    assert (staging.folder / "link.md").is_symlink()
    assert target.read_text().startswith("# ")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    fresh = staging.folder / "fresh.md"
    staging.shell("umask 027; rca report reports -o fresh.md")
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o640


def test_output_to_a_pipe_or_a_device_never_replaces_it(staging):
    fifo = staging.folder / "fifo"
    os.mkfifo(fifo)
    result = staging.shell("cat fifo >copy.md & rca report reports -o fifo; wait; head -c 2 copy.md")
    assert result.out == "# "
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    # A name of this test's own leads to the device: a fault here must not cost the machine its /dev/null.
    (staging.folder / "nowhere").symlink_to("/dev/null")
    if os.geteuid() != 0:
        staging("report", "reports", "-o", "nowhere")
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert staging.shell("rca report reports -o >(head -c 2 >copied); sleep 0.2; cat copied").out == "# "


def test_a_failed_write_leaves_the_old_file(staging):
    old = staging.folder / "out.md"
    old.write_text("old")
    result = staging.shell("ulimit -f 1; rca report reports -o out.md; echo $?")
    assert result.out == "2\n"
    assert "out.md: cannot be written" in result.err
    assert "nothing was changed" in result.err
    assert old.read_text() == "old"
    assert not [name for name in os.listdir(staging.folder) if name.endswith("tmp")]


def test_what_a_file_is_called_cannot_act_on_the_terminal(rca):
    result = rca("report", "\x1b[31mred\x1b]0;title\x07.xml")
    assert result.code == 2
    assert "\x1b" not in result.err
    assert "\x07" not in result.err


def test_words_of_another_encoding_are_stored_as_text(rca):
    result = rca.shell("rca new $'caf\\xe9' --focus $'\\xff' && rca list")
    assert result.code == 0
    assert "caf" in result.out
