"""The film of a session: made anew it is the same; what it is drawn from is what a terminal shows; it harms and tires nobody."""

import os
import re
import shutil
import subprocess  # noqa: TID251 -- the film is made, and tmux asked, as a person does
import sys
import time
import uuid
from xml.etree import ElementTree as ET

import pytest
from film import KEY, Frame, keys, svg, takes, timed
from hypothesis import given
from hypothesis import strategies as st
from markdown_parts import ROOT
from screen import Screen, Style

from tests.cli.conftest import EPOCH
from tests.cli.person import Person
from tests.conftest import Rca

FILM = ROOT / "docs" / "whys.svg"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal of a POSIX system")
SVG = "{http://www.w3.org/2000/svg}"


@POSIX
@pytest.mark.slow
def test_made_anew_it_is_the_same():
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / "record.py"), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_can_be_shown_anywhere():
    """Small, with words for who cannot see it, for light and dark pages, and still for who asked for that; nothing runs or is fetched."""
    text = FILM.read_text("utf-8")
    assert len(text.encode()) < 300_000
    root = ET.fromstring(text)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {"svg", "title", "desc", "style", "clipPath", "rect", "g", "text"}
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert all(named[name] for name in root.get("aria-labelledby").split())
    assert "prefers-color-scheme:dark" in text
    assert "prefers-reduced-motion:reduce" in text
    assert not re.search(r"<script|\bon\w+=|href|url\((?!#w\))|@import|javascript", text)
    for page in ("README.md", "docs/example.md"):
        assert "whys.svg" in (ROOT / page).read_text("utf-8")


def test_where_nothing_moves_rule_9_is_seen():
    root = ET.fromstring(FILM.read_text("utf-8"))
    sheet = root.find(f"{SVG}style").text
    still = {name for name, opacity in re.findall(r"\.(a\d+)\{opacity:(\d);", sheet) if opacity == "1"}
    (scroll,) = re.findall(r"\.a\d+\{transform:translateY\((-?[\d.]+)px\);", sheet)
    height = float(root.get("viewBox").split()[3])
    shown = [
        text.text
        for group in root.iter(f"{SVG}g")
        if group.get("class") in still
        for text in group.iter(f"{SVG}text")
        if 0 < float(text.get("y")) + float(scroll) < height
    ]
    assert any(text.startswith("error, rule 9") for text in shown)
    assert shown.count("Failure text:") == 2


# -- frames ------------------------------------------------------------------------------------------------------------


def frames(*chunks, columns=20, rows=3):
    """Frames of a second each; a chunk that begins with `~` is typed."""
    screen, found = Screen(columns, rows), []
    for chunk in chunks:
        screen.feed(chunk.removeprefix("~"))
        found.append(Frame.of(screen, 1.0, typed=chunk.startswith("~")))
    return found


def test_what_is_typed_takes_its_time_key_by_key():
    found = frames("> ", "~ab", "\r\nout", "~\r\n> cd\r\nef")
    assert keys(found[0], found[1]) == [(0, 2), (0, 3)]
    assert [round(at, 3) for at, _ in timed(found)[0]] == [0, 1, round(2 + 2 * KEY, 3), round(3 + 2 * KEY, 3)]
    all_takes, total = takes(found)
    assert round(total, 3) == round(4 + 8 * KEY, 3)
    typed = {(take.row, take.typed[2]): round(take.typed[1] - take.typed[0], 3) for take in all_takes if take.typed}
    assert typed == {(0, 2): round(2 * KEY, 3), (2, 0): round(4 * KEY, 3), (3, 0): round(2 * KEY, 3)}


def test_each_text_of_a_line_is_shown_for_as_long_as_it_stood():
    found = frames("one\r\ntwo", "\r\x1b[K2", "\r\nthree\r\nfour")
    shown = {("".join(cell.text for cell in take.line), take.start, take.end) for take in takes(found)[0]}
    assert shown == {("one", 0, 3), ("two", 0, 1), ("2", 1, 3), ("three", 2, 3), ("four", 2, 3)}
    assert found[-1].top == 1
    film = svg(found, 20, 3, title="<t>", about="a & b", poster=2)
    assert "translateY(-18px)" in film
    assert ET.fromstring(film).find(f"{SVG}title").text == "<t>"


@given(
    st.lists(st.sampled_from(["abc", "~de", "\r\n", "\r\x1b[K", "~日本", "\x1b[31mred\x1b[0m", "\x1b[1A", " "]), min_size=1, max_size=12)
)
def test_at_any_moment_the_film_shows_what_was_on_the_screen(chunks):
    found = frames(*chunks)
    all_takes, _ = takes(found)
    for at, frame in timed(found)[0]:
        now = {take.row: take.line for take in all_takes if take.start <= at < take.end}
        for row, line in enumerate(frame.lines):
            text = "".join(cell.text for cell in line).rstrip()
            assert "".join(cell.text for cell in now.get(row, ())).rstrip() == text
    ET.fromstring(svg(found, 20, 3, title="t", about="a", poster=len(found) - 1))


# -- the screen --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("one\r\ntwo\rT", ["one", "Two"]),
        ("x" * 12, ["x" * 10, "xx"]),
        ("\x1b[?7l" + "x" * 9 + "yz", ["x" * 9 + "z"]),
        ("日本語日本語", ["日本語日本", "語"]),
        ("e\u0301 a\u0308", ["e\u0301 a\u0308"]),
        ("abc\x1b[2D\x1b[K", ["a"]),
        ("one\r\ntwo\r\nthree\x1b[2A\x1b[2G\x1b[J", ["o"]),
        ("a\x1b[3Cb", ["a   b"]),
        ("\x1b]0;title\x07a\x1b[?2004h\x1b[?25l\x1b=b", ["ab"]),
        ("a\bb\x07", ["b"]),
    ],
)
def test_a_screen_shows_what_was_printed(data, lines):
    for step in (1, 3, len(data)):
        screen = Screen(10, 5)
        for start in range(0, len(data), step):
            screen.feed(data[start : start + step])
        assert screen.text() == lines


def test_styles():
    screen = Screen(20, 5)
    screen.feed("\x1b[1mb\x1b[0;38;5;102mg\x1b[0m\x1b[31mr\x1b[90md\x1b[7mi")
    assert [cell.style for cell in screen.lines[0]] == [
        Style(bold=True), Style(colour=102), Style(colour=1), Style(colour=8), Style(colour=8, reverse=True)
    ]  # fmt: skip


@pytest.mark.parametrize("data", ["\x1b[5n", "\x1b[?1049h", "\x1b[48;5;1m", "\x1b[9999z", "\x1b[2J", "\x01", "\x1b[38;2;1;2;3m", "\x1bX"])
def test_what_is_not_known_is_no_guess(data):
    with pytest.raises(ValueError, match="an unknown"):
        Screen(20, 5).feed(data)


@POSIX
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_it_is_what_tmux_shows(tmp_path):
    """The same bytes on a terminal that nobody here wrote."""
    assert Rca(tmp_path, EPOCH)("demo", "d").code == 0
    with Person(Rca(tmp_path / "d", EPOCH), "whys", rows=30) as person:
        person.sees("Clusters").types("\r").sees("Problem:").types("\x15結帳 🎉 7 of 27 " + "words " * 20).sees("words")
        person.types("\x1b:help\r").sees("Ctrl-D").sees("words").types("\x1b:tr\t\r").sees("no problem yet").sees("words").types(
            "\x7f" * 30
        ).types("\x03").sees("again")
        person.sees("words").types("\x03").ends(130)
    (tmp_path / "raw").write_text(person.raw, "utf-8", newline="")
    server = f"rca-{uuid.uuid4().hex[:8]}"
    tmux = ["tmux", "-L", server, "-f", os.devnull]
    try:
        command = f"stty raw; cat '{tmp_path / 'raw'}'; sleep 60"
        subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "30", command], check=True, env={**os.environ, "LANG": "C.UTF-8"})
        time.sleep(1)
        shown = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
    assert [line.rstrip() for line in shown.rstrip("\n").split("\n")] == person.screen.text(person.screen.top)[:-1]
