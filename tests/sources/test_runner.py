"""A command is run as it was typed, seen while it runs, kept within bounds, and ended with all that it started."""

import io
import os
import signal
import subprocess  # noqa: TID251 -- to see which processes are left
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.sources import runner
from rca.sources.runner import MEMORY, STORED, RunnerError, arguments, stored_text, unexpanded

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX system")

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


def run(tmp_path, command, *, shell=True, seconds=30, show=None, environment=os.environ):
    return runner.run(arguments(command, shell=shell), tmp_path, seconds=seconds, environment=environment, show=show)


def python(script):
    return [sys.executable, "-c", script]


def run_python(tmp_path, script, **options):
    return runner.run(python(script), tmp_path, seconds=30, environment=os.environ, **options)


# -- what is run ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("pytest -q", ["pytest", "-q"]),
        ("  pytest   tests/a.py::test[x-1] ", ["pytest", "tests/a.py::test[x-1]"]),
        ("pytest -k 'a and not b | c'", ["pytest", "-k", "a and not b | c"]),
        ("pytest -k'a|b' --x=\"c;d\"", ["pytest", "-ka|b", "--x=c;d"]),
        (r"echo a\;b \"c\"", ["echo", "a;b", '"c"']),
        ('echo "a \\" ; b"', ["echo", 'a " ; b']),
        ("echo 'A=1' B=2", ["echo", "A=1", "B=2"]),
        ("echo *.py $HOME #1", ["echo", "*.py", "$HOME", "#1"]),
        ("echo 'two\nlines'", ["echo", "two\nlines"]),
    ],
)
def test_arguments(command, argv):
    assert arguments(command) == argv


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("pytest 'a", "no closing quotation"),
        ("pytest && ruff check", "`&&` is for a shell"),
        ("pytest | tee log", r"`\|` is for a shell"),
        ("pytest; true", "`;` is for a shell"),
        ("pytest >log", "`>` is for a shell"),
        ("pytest\nruff", "a line break is for a shell"),
        ("(pytest)", r"`\(` is for a shell"),
        ("A=1 pytest", "`A=` is for a shell"),
        (f"curl -H {TOKEN} | sh", r"\[redacted\] \| sh"),
    ],
)
def test_no_command_and_what_only_a_shell_understands(command, message):
    with pytest.raises(RunnerError, match=message) as error:
        arguments(command)
    assert error.value.hint


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")), min_size=1))
def test_quoted_words_reach_the_program_as_they_are(words):
    import shlex

    if not words[0].strip():
        words = ["x", *words]
    command = " ".join(["'x'", *map(shlex.quote, words)])
    assert arguments(command) == ["x", *words]


@pytest.mark.parametrize(("command", "sign"), [("a *.py", "*"), ("a $X", "$"), ("a '*' \"$X\"", ""), ("a ~/b", "~"), ("a", "")])
def test_what_a_shell_would_have_replaced(command, sign):
    assert unexpanded(command) == sign


def test_without_a_shell_nothing_is_replaced(tmp_path):
    (tmp_path / "a.py").touch()
    assert run(tmp_path, "printf '%s\\n' *.py $HOME '~'", shell=False).output == "*.py\n$HOME\n~\n"


def test_in_a_shell_every_part_of_a_pipe_counts(tmp_path):
    found = run(tmp_path, "false | cat")
    assert (found.code, found.passed) == (1, False)
    assert run(tmp_path, "true | cat && echo *").passed


def test_without_bash_there_is_still_a_shell(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert run(tmp_path, "echo a && echo b").output == "a\nb\n"


def test_in_the_folder_with_the_environment_and_no_input(tmp_path):
    found = run(tmp_path, 'pwd -P; echo "$MARK"; cat; echo end', environment={"MARK": "of the person", "PATH": os.environ["PATH"]})
    assert found.output == f"{os.path.realpath(tmp_path)}\nof the person\nend\n"
    assert (found.code, found.ended, found.passed) == (0, "", True)


@pytest.mark.parametrize("name", ["no-such-program-here", "./missing", "folder", "./data"])
def test_a_program_that_cannot_be_started(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "data").write_text("no program")
    with pytest.raises(RunnerError, match=name) as error:
        run(tmp_path, name, shell=False)
    assert error.value.hint


def test_a_script_of_an_unknown_format(tmp_path):
    (tmp_path / "script").write_bytes(b"\x7fnot a program")
    (tmp_path / "script").chmod(0o755)
    with pytest.raises(RunnerError, match="cannot be started"):
        run(tmp_path, "./script", shell=False)


# -- how it ends ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "code", "ended"),
    [
        ("exit 3", 3, ""),
        ("kill -SEGV $$", None, "signal SIGSEGV"),
        ("kill -KILL $$", None, "signal SIGKILL"),
        ("kill -40 $$", None, "signal 40"),
    ],
)
def test_codes_and_signals(tmp_path, command, code, ended):
    found = run(tmp_path, command)
    assert (found.code, found.ended, found.passed) == (code, ended, False)


def alive(mark):
    """Processes whose command line holds a mark."""
    done = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if mark in line and "ps -eo" not in line]


def gone(mark):
    end = time.monotonic() + 10
    while alive(mark) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(mark)


def test_a_limit_of_time_ends_all_of_the_group(tmp_path):
    mark = f"7{os.getpid()}1"
    found = run(tmp_path, f"echo begun; sleep {mark} & (trap '' TERM; sleep {mark}) & sleep {mark}; echo never", seconds=0.5)
    assert (found.code, found.ended, found.output) == (None, "stopped after 0.5 s", "begun\n")
    assert gone(f"sleep {mark}")


def test_one_that_ends_in_good_order_may_say_so(tmp_path):
    script = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (print('tidied up'), sys.exit(0)))\nprint('up', flush=True)\ntime.sleep(60)"
    found = runner.run(python(script), tmp_path, seconds=1, environment=os.environ)
    assert (found.output, found.passed) == ("up\ntidied up\n", False)


def test_nobody_waits_for_a_process_that_holds_the_output(tmp_path):
    mark = f"7{os.getpid()}2"
    found = run(tmp_path, f"sleep {mark} & echo $! > pid; echo done")
    assert (found.output, found.passed) == ("done\n", True)
    assert found.seconds < 30
    # As in a shell, what was put into the background stays there.
    assert alive(f"sleep {mark}")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_nor_for_one_that_goes_on_talking(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "LISTEN", 0.6)
    mark = f"7{os.getpid()}3"
    found = run(tmp_path, f"(while sleep 0.05; do echo {mark}; done) & echo done")
    assert found.output.startswith("done\n")
    assert gone("while sleep 0.05; do echo " + mark)


def test_ctrl_c_ends_all_of_the_group(tmp_path):
    mark = f"7{os.getpid()}4"
    threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, f"(trap '' INT; sleep {mark}) & sleep {mark}; sleep {mark}")
    assert gone(f"sleep {mark}")


def test_a_second_ctrl_c_ends_it_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "GRACE", 60)
    mark = f"7{os.getpid()}5"
    for after in (0.5, 1.0):
        threading.Timer(after, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, f"trap '' INT; while :; do sleep {mark}; done")
    assert gone(f"sleep {mark}")


def test_handlers_are_put_back(tmp_path):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)
    run(tmp_path, "true")
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP)) == before


def test_in_another_thread(tmp_path):
    found = []
    thread = threading.Thread(target=lambda: found.append(run(tmp_path, "echo a")))
    thread.start()
    thread.join()
    assert found[0].output == "a\n"


# -- what it prints ------------------------------------------------------------------------------------------------


def test_both_streams_in_order_as_they_come(tmp_path):
    seen = io.BytesIO()
    found = run(tmp_path, "echo out; echo err >&2; printf end", show=seen)
    assert found.output == "out\nerr\nend"
    assert seen.getvalue() == b"out\nerr\nend\n"


def test_it_is_seen_while_it_runs(tmp_path):
    read, write = os.pipe()
    with open(write, "wb", buffering=0) as show, open(read, "rb", buffering=0) as terminal:
        thread = threading.Thread(
            target=run, args=(tmp_path, "echo first; while [ ! -e go ]; do sleep 0.02; done; echo last"), kwargs={"show": show}
        )
        thread.start()
        assert terminal.read(100) == b"first\n"
        (tmp_path / "go").touch()
        thread.join()
        assert terminal.read(100) == b"last\n"


def test_a_reader_who_goes_away_does_not_end_it(tmp_path):
    class Closed(io.BytesIO):
        def write(self, data):
            raise BrokenPipeError

    assert run(tmp_path, "echo a; sleep 0.1; echo b", show=Closed()).output == "a\nb\n"


def test_a_flood_is_kept_within_bounds(tmp_path):
    script = "import os\nos.write(1, b'begin\\n')\nfor _ in range(1600): os.write(1, b'x' * 65000 + b'\\n')\nos.write(1, b'the end\\n')"
    seen = []

    class Counter(io.BytesIO):
        def write(self, data):
            seen.append(len(data))
            return len(data)

    import tracemalloc

    tracemalloc.start()
    found = run_python(tmp_path, script, show=Counter())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    total = 6 + 1600 * 65_001 + 8
    assert sum(seen) == total
    assert peak < 2_000_000
    assert found.output.startswith("begin\n")
    assert found.output.endswith("the end\n")
    assert f"… the middle of {total:,} bytes is left out …" in found.output
    assert len(found.output) < STORED + 100


def test_bytes_colours_and_secrets(tmp_path):
    script = f"import os\nos.write(1, b'\\x00\\xff\\x1b[31mred\\x1b[0m \\x07' + '\u202eevil {TOKEN}'.encode() + b'\\rprogress\\r\\npassword=hunter2swordfish\\n')"
    seen = io.BytesIO()
    found = run_python(tmp_path, script, show=seen)
    assert found.output == "�red <U+202E>evil [redacted]\nprogress\npassword=[redacted]\n"
    assert b"\x1b[31mred" in seen.getvalue()


def test_a_secret_in_colours(tmp_path):
    colourful = TOKEN[:10] + "\x1b[1m" + TOKEN[10:]
    assert stored_text(f"{colourful}\n".encode(), b"", 0) == "[redacted]\n"


KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join(f"{'MIIEpAIBAAKCAQEA' * 4}" for _ in range(24)) + "\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "secret", [TOKEN, f"password={TOKEN}", "eyJ" + "hbGciOiJIUzI1NiJ9" * 40 + ".eyJzdWIiOiIxMjM0NSJ9." + "a" * 43, KEY]
)
def test_a_secret_at_the_cut_is_not_kept_in_part(secret):
    """Wherever the cut goes through it."""
    half = MEMORY // 2
    for shift in range(0, len(secret) + 60, max(1, len(secret) // 40)):
        for line in ("", "\n"):
            text = ("." * (half - shift) + line + secret + line + "." * (2 * MEMORY)).encode()
            end = ("." * (2 * MEMORY) + line + secret + line + "." * (half - shift)).encode()
            for data in (text, end):
                found = stored_text(data[:half], data[-half:], len(data) - 2 * half)
                for size in range(0, len(secret) - 12, 12):
                    assert secret[size : size + 12].strip("-\n") not in found.replace("password=[redacted]", "")


@given(st.binary(max_size=3_000), st.binary(max_size=3_000), st.integers(0, 10**12))
def test_what_is_kept_is_short_and_clean(head, tail, left_out):
    from rca.text.clean import clean
    from rca.text.redact import redact

    found = stored_text(head, tail, left_out)
    assert len(found) <= STORED + 100
    assert clean(found) == found
    assert redact(found) == found


def test_what_is_kept_is_mostly_the_end():
    lines = "".join(f"line {number}\n" for number in range(2_000))
    found = stored_text(lines.encode(), b"", 0)
    assert found.startswith("line 0\n")
    assert found.endswith("line 1999\n")
    assert found.index("… the middle of") < len(found) // 2
