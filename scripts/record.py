"""Record `rca whys` at a terminal: a real session in the demo's project, typed by this script, becomes docs/whys.svg.

The keys, the answers and the screens are real; only how fast somebody types is made up. The answers are those of
examples/staging/whys.yaml; what the film leaves out is answered in between, as a program does it.

    python scripts/record.py            write the film, and its text into docs/example.md
    python scripts/record.py --check    exit code 1 when they are out of date
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pexpect
from console_docs import NOW
from film import Frame, svg
from markdown_parts import MARKER, ROOT, update
from screen import Screen

from rca.terminal.whys_answers import read_answers

FILM = ROOT / "docs" / "whys.svg"
PAGE = ROOT / "docs" / "example.md"
MARK = MARKER.format(script="scripts/record.py", source="it")
ANSWERS = ROOT / "examples" / "staging" / "whys.yaml"
COLUMNS, ROWS = 92, 30
PATIENCE = 30.0
# What rca says when somebody answers before it has read the logs: that depends on the machine. Then it gets more seconds.
BUSY, IDLE = "Still reading", (1.5, 4.0, 12.0)
QUIET = 0.12  # seconds without output after which a screen stands
PROMPT = "$"
WRONG = "no subprotocols supported"

TITLE = "A session of rca whys at a terminal"
ABOUT = (
    "Somebody runs rca whys on seven failed cases. The problem and the timeline stand there already. Each why is asked from the answer"
    " before it, with numbered evidence from the log and the commits. Quoting an error that the reports do not show is stopped by rule 9;"
    " the right one passes. In the end the worklog is written, and the run after the fix confirms the prediction. docs/example.md tells"
    " the same in words."
)


class Recorder:
    """A shell on a pseudo-terminal, and the frames of what it shows."""

    def __init__(self, folder: Path, idle: float) -> None:
        self.folder = folder
        self.idle = idle
        self.env = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "TZ": "UTC",
            "PS1": "$ ",
            "INPUTRC": os.devnull,
            "SOURCE_DATE_EPOCH": str(NOW),
        }
        self.screen = Screen(COLUMNS, ROWS)
        self.frames: list[Frame] = []
        self.shell = pexpect.spawn(
            "bash", ["--norc", "--noprofile"], cwd=str(folder), env=self.env, dimensions=(ROWS, COLUMNS), encoding="utf-8"
        )
        self.shell.delaybeforesend = None
        self._settle(PROMPT)
        self.shell.send("bind 'set enable-bracketed-paste off'; clear() { :; }; echo ready\r")
        self._settle("ready")
        self.screen = Screen(COLUMNS, ROWS)
        self.shell.send("\r")
        self._settle(PROMPT)
        self.screen = Screen(COLUMNS, ROWS)
        self.screen.feed("$ ")
        self._frame(0.4)

    def _settle(self, until: str, start: int = 0) -> None:
        """Read until a text is shown from a line on, or the prompt of the shell in the last one, and nothing more comes."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.screen.feed(self.shell.read_nonblocking(65_536, QUIET))
            except pexpect.TIMEOUT:
                lines = self.screen.text(start)
                if lines[-1:] == [until] if until == PROMPT else until in "\n".join(lines):
                    return
                if time.monotonic() > end:
                    text = "\n".join(self.screen.text(start))
                    raise RuntimeError(f"{until!r} did not come; there is\n{text}") from None

    def _frame(self, seconds: float, *, typed: bool = False) -> None:
        self.frames.append(Frame.of(self.screen, round(seconds, 2), typed=typed))

    def types(self, text: str, pause: float = 0.5) -> Recorder:
        """Type a text, without Enter; in lines that fit."""
        start = self.screen.row
        lines = textwrap.wrap(text, COLUMNS - 6) if len(text) > COLUMNS - 4 else [text]
        self.shell.send("\x1b\r".join(lines))
        self._settle(lines[-1], start)
        self._frame(pause, typed=True)
        return self

    def clears(self, pause: float = 0.8) -> Recorder:
        """Take away what stands in the line."""
        self.shell.send("\x15")
        self._settle(">", self.screen.row)
        self._frame(pause)
        return self

    def enters(self, until: str, pause: float) -> Recorder:
        """Press Enter, and wait until what comes of it is shown."""
        start = self.screen.row + 1
        self.shell.send("\r")
        self._settle(until, start)
        self._frame(pause)
        return self

    def rests(self) -> Recorder:
        """Wait until rca has read the logs: a person takes longer to read the first question."""
        time.sleep(self.idle)
        return self

    def run(self, *args: str, stdin: str = "") -> str:
        """Run rca beside the film."""
        done = subprocess.run(
            [sys.executable, "-m", "rca", *args], cwd=self.folder, env=self.env, input=stdin, capture_output=True, text=True, check=False
        )
        if done.returncode > 1:
            raise RuntimeError(done.stderr)
        return done.stdout


def answered(recorder: Recorder, told: dict, upto: str) -> None:
    """Answer as the file does, up to a question and without it."""
    reply = json.loads(recorder.run("whys", "next", "--format", "json"))
    while (ask := reply["next"])["id"] != upto:
        key = ask["id"]
        kind, _, number = key.partition(":")
        values = told.get(key)
        if kind == "next":
            values = {name: text for name, text in told[f"why:{number}"].items() if name in {"next", "level"}}
        early = kind == "action" and "lesson" in (values or {}).get("cause", "") and not ask["values"].get("cause")
        what = {"command": ":skip"} if values is None or early else {"values": values}
        request = {"revision": ask["revision"], **what}
        reply = json.loads(recorder.run("whys", "answer", "--format", "json", "-", stdin=json.dumps(request)))
        if not reply["accepted"] or reply["errors"]:
            raise RuntimeError(f"{key}: {reply['errors']}")


def play(recorder: Recorder) -> int:
    """The session; returns the number of the frame to show where nothing moves."""
    told = {key: entry.values for key, entry in read_answers(ANSWERS.read_bytes(), ANSWERS.name).entries.items()}
    one, two = told["why:1"], told["why:1.1"]
    recorder.types("rca whys --log reports/service-log.txt").enters("Clusters", 2.0).rests()
    recorder.enters("Problem:", 1.8).enters("Timeline", 3.0).enters("Impact", 0.8)
    recorder.types(told["facts"]["impact"]).enters("Severity", 0.5).types(told["facts"]["severity"]).enters("Answer:", 4.5)
    recorder.types(one["answer"]).enters("Evidence", 0.8).types("c1 2").enters("Confidence", 0.6)
    recorder.types("high").enters("And then", 1.2).types("why").enters("Answer:", 3.5)
    recorder.types(two["answer"]).enters("Evidence", 0.8).types(two["evidence"].replace("\n", " ")).enters("Confidence", 0.6)
    recorder.types("high").enters("And then", 1.2).types(":quit").enters(PROMPT, 1.2)
    answered(recorder, told, "prediction")
    recorder.types("# … the other whys, read back upwards; the root cause …").enters(PROMPT, 0.4)
    recorder.types("rca whys").enters("Number", 1.8).enters("Failure text", 2.5).rests()
    recorder.types(WRONG).enters("Turn green", 0.6).enters("Stay red", 0.6).enters("rule 9", 5.5)
    poster = len(recorder.frames) - 1
    recorder.clears().types(told["prediction"]["failure_text"]).enters("Step", 1.5).types(":quit").enters(PROMPT, 0.6)
    answered(recorder, told, "review")
    recorder.types("# … actions and lessons …").enters(PROMPT, 0.4)
    recorder.types("rca whys").enters("Number", 0.8).enters("finish", 2.0).rests().types("finish").enters(PROMPT, 1.5)
    recorder.types("rca fix fix").enters(PROMPT, 2.0)
    recorder.types("rca verify reports-fixed").enters(PROMPT, 6.0)
    return poster


def record() -> tuple[str, str]:
    """The film, and all that its screen showed."""
    for idle in IDLE:
        with tempfile.TemporaryDirectory(prefix="rca-film-") as scratch:
            folder = Path(scratch) / "rca-demo"
            demo = [sys.executable, "-m", "rca", "demo", str(folder)]
            subprocess.run(demo, env={**os.environ, "SOURCE_DATE_EPOCH": str(NOW)}, check=True, capture_output=True)
            recorder = Recorder(folder, idle)
            poster = play(recorder)
            recorder.shell.close(force=True)
        text = "\n".join(recorder.screen.text())
        if BUSY not in text:
            return svg(recorder.frames, COLUMNS, ROWS, title=TITLE, about=ABOUT, poster=poster), text
    raise RuntimeError("this machine is too busy to record a film")


def main() -> int:
    """Write or check the film and its text; 1 when they are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the film is out of date")
    check = parser.parse_args().check
    film, text = record()
    code = update(PAGE, MARK, f"```text\n{text}\n```", check=check)
    if FILM.is_file() and FILM.read_text(encoding="utf-8") == film:
        return code
    if check:
        print(f"{FILM.relative_to(ROOT)} is out of date: scripts/record.py writes it anew")
        return 1
    FILM.write_text(film, encoding="utf-8")
    print(f"wrote {FILM.relative_to(ROOT)}, {len(film.encode()):,} bytes")
    return code


if __name__ == "__main__":
    sys.exit(main())
