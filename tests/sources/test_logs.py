"""Lines of logs: found by time, words, ids and level, in any encoding and of any size."""

import gzip
import io
import os
import random
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.sources import log_files, logs
from rca.sources.log_files import LogError, blocks, lines_at
from rca.sources.logs import find_lines
from rca.sources.passages import digest, safe_line
from rca.sources.stamps import level_of, stamp_of
from rca.sources.words import sought
from tests.conftest import SAMPLES
from tests.timing import assert_linear

START = datetime(2026, 11, 22, 17, 24, 5, tzinfo=UTC)
WINDOW = (START, START + timedelta(seconds=20))
MESSAGE = "websockets.exceptions.NegotiationError: unsupported subprotocol: jwt-auth"


def write(path, *lines, **options):
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(options.get("encoding", "utf-8")))
    return str(path)


def at(seconds):
    return (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def found(*paths, words=(MESSAGE,), around=(WINDOW,), **options):
    return find_lines(list(paths), around=around, words=words, **options)


def places(result):
    return [(line.line, line.count) for line in result.lines]


def test_the_log_of_the_demo():
    """The handshake that answers another protocol than was offered comes first; the streams that broke come with it."""
    path = SAMPLES / "reports" / "service-log.txt"
    result = found(str(path), words=[MESSAGE, "tests.e2e.test_websocket_events::test_stream_connects"])
    first, second = result.lines[:2]
    assert "handshake: offered harbor.events.v1, jwt.***; answered jwt-auth" in first.text
    assert (first.line, first.count, first.words) == (37, 7, ("jwt-auth", "events"))
    assert first.at == datetime(2026, 11, 22, 17, 24, 14, 205_000, UTC)
    assert first.why == "shares jwt-auth, events with the failures; at the time of the failures; 7 times alike"
    assert "the client left before the first event was read" in second.text
    assert second.level == "WARN"
    assert result.problems == ()
    assert result.read_lines == 81
    assert result.read_bytes == path.stat().st_size


MOMENT = datetime(2026, 11, 22, 17, 24, 5, tzinfo=UTC).timestamp()
BERLIN = ZoneInfo("Europe/Berlin")
STAMPS = [
    ("2026-11-22T17:24:05Z up", 0),
    ("2026-11-22T17:24:05.765Z INFO up", 0.765),
    ("2026-11-22T17:24:05.7654321Z up", 0.765432),
    ("2026-11-22T18:24:05+01:00 up", 0),
    ("2026-11-22 18:24:05+01 up", 0),
    ("2026-11-22 09:24:05.250 -0800 up", 0.25),
    ("2026-11-22 18:24:05,765 INFO [main] up", 0.765),
    ("2026-11-22 17:24:05.123 UTC [41] LOG:  up", 0.123),
    ("2026-11-22 18:24:05 -12 left", 0),
    ("[2026-11-22T17:24:05Z] up", 0),
    ("INFO 2026-11-22T17:24:05Z up", 0),
    ("[ERROR] 2026-11-22 18:24:05,000 up", 0),
    ("web-1  | 2026-11-22T17:24:05Z up", 0),
    ("<34>1 2026-11-22T17:24:05.003Z host app - - up", 0.003),
    ("<34>Nov 22 18:24:05 host app[1]: up", 0),
    ("Nov 22 18:24:05 host app[1]: up", 0),
    ("2026/11/22 18:24:05 [error] 12#12: up", 0),
    ("2026/11/22 18:24:05.000123 main.go:7: up", 0.000123),
    ("22 Nov 2026 18:24:05,765 INFO up", 0.765),
    ("[Sun Nov 22 18:24:05.000001 2026] [core:error] up", 0.000001),
    ("Sun, 22 Nov 2026 17:24:05 GMT up", 0),
    ('10.0.0.1 - - [22/Nov/2026:17:24:05 +0000] "GET / HTTP/1.1" 500', 0),
    ("E1122 18:24:05.000005   12 file.cc:9] up", 0.000005),
    ("18:24:05.500 [main] WARN up", 0.5),
    ("1795368245 up", 0),
    ("1795368245.5 up", 0.5),
    ("1795368245765 up", 0.765),
    ('{"level":"error","time":"2026-11-22T17:24:05Z","msg":"up"}', 0),
    ('{"msg":"up","ts":1795368245.25}', 0.25),
    ('{"@timestamp":"2026-11-22T17:24:05.5Z"}', 0.5),
    ('{"level":50,"time":1795368245765,"msg":"up"}', 0.765),
    ('time="2026-11-22T17:24:05Z" level=info msg=up', 0),
    ("level=info ts=2026-11-22T17:24:05Z msg=up", 0),
]


@pytest.mark.parametrize(("line", "fraction"), STAMPS)
def test_time_stamps(line, fraction):
    assert stamp_of(line, BERLIN, MOMENT + 3_000) == pytest.approx(MOMENT + fraction, abs=1e-6)


@pytest.mark.parametrize(
    "line",
    [
        "", "up", "  at shop.Cart(Cart.java:7)", "2026-13-40T17:24:05Z", "0001-01-01T00:00:00Z up", "9999999999999 up", "17956368 up", "{}",
        '{"time":"never at all"}', "10.0.0.1 GET", "Nov 31 18:24:05 host", "99:99:99 up", '{"time":12345678901}', "2300-01-01 00:00:00",
    ],
)  # fmt: skip
def test_what_is_no_time(line):
    assert stamp_of(line, UTC, MOMENT) is None


def test_a_year_or_a_day_that_is_missing_is_the_nearest():
    new_year = datetime(2027, 1, 1, 0, 0, 30, tzinfo=UTC).timestamp()
    assert stamp_of("Dec 31 23:59:59 host up", UTC, new_year) == new_year - 31
    assert stamp_of("23:59:59 up", UTC, new_year) == new_year - 31
    assert stamp_of("Nov 22 18:24:05 host", UTC) is None
    assert stamp_of("18:24:05 up", UTC) is None
    assert stamp_of("Feb 29 00:00:00 host up", UTC, new_year - 300 * 86_400) is None


LEVELS = [
    ("2026 ERROR no", "ERROR"), ("[error] 12#1", "ERROR"), ('{"level":"warning"}', "WARN"), ("level=fatal msg", "FATAL"), ("panic: nil", "FATAL"),
    ("INFO after ERROR 500", ""), ("E1122 18:24:05.000005 1 a.cc:9] up", "ERROR"), ("I1122 18:24:05.000005 1 a.cc:9] up", ""),
    ('{"level":50}', "ERROR"), ('{"level":30}', ""), ("an error", ""), ("Error: no", "ERROR"), ("CRITICAL x", "FATAL"), ("TERROR", ""), ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "level"), LEVELS)
def test_levels(line, level):
    assert level_of(line) == level


def test_words_of_failures():
    wanted = {
        (word.kind, word.text) for word in sought([f"{MESSAGE} in pipeline p-335 of 0c5f1e2ab", "tests/e2e/test_cart.py::test_total_price"])
    }
    assert {("id", "p-335"), ("id", "0c5f1e2ab"), ("name", "jwt-auth"), ("word", "negotiation"), ("word", "price")} <= wanted
    assert not {text for _, text in wanted} & {"test", "tests", "error"}
    assert not any(kind == "name" and text.startswith("test") for kind, text in wanted)


def test_the_nearer_line_comes_first(tmp_path):
    path = write(
        tmp_path / "a.log", *(f"{at(seconds)} ERROR {name} broke" for seconds, name in ((-300, "far"), (-40, "near"), (5, "within")))
    )
    result = found(path)
    assert [line.line for line in result.lines] == [3, 2, 1]
    assert [line.why for line in result.lines] == [
        "ERROR; at the time of the failures", "ERROR; 38 s before the failures", "ERROR; 5 min before the failures",
    ]  # fmt: skip


def test_what_a_failure_names_counts_more_than_a_level(tmp_path):
    lines = [f"{at(1)} ERROR nothing of ours {word}" for word in ("alpha", "beta", "gamma")]
    path = write(tmp_path / "a.log", *lines, f"{at(1)} INFO pipeline p-335 stopped", f"{at(1)} INFO pipeline p-33 stopped")
    result = found(path, words=["pipeline p-335 never finished"])
    assert result.lines[0].line == 4
    assert result.lines[0].why.startswith("names p-335, as the failures do; shares pipeline with the failures")
    assert "p-335" not in next(line for line in result.lines if line.line == 5).words


def test_a_rare_word_counts_more_than_a_common_one(tmp_path):
    lines = [f"{at(1)} INFO {'stream' if number != 20 else 'negotiation'} of {chr(97 + number)}" for number in range(26)]
    assert found(write(tmp_path / "a.log", *lines), words=["stream negotiation broke"]).lines[0].line == 21


def test_repeated_lines_are_told_once(tmp_path):
    path = write(tmp_path / "a.log", *(f"{at(number / 10)} WARN request {number * 7919} took {number} ms" for number in range(50)))
    assert places(found(path)) == [(1, 50)]


def test_a_trace_stays_with_its_head(tmp_path):
    frames = [f"  File shop/{number}.py, line {number}" for number in range(30)]
    path = write(
        tmp_path / "a.log", f"{at(1)} INFO up", f"{at(2)} ERROR cannot serve", "Traceback (most recent call last):", *frames,
        "websockets.NegotiationError: unsupported subprotocol: jwt-auth", f"{at(3)} INFO down",
    )  # fmt: skip
    (line,) = found(path).lines
    assert (line.line, line.text) == (2, f"{at(2)} ERROR cannot serve")
    assert line.excerpt.split("\n")[1] == "Traceback (most recent call last):"
    assert line.excerpt.endswith("jwt-auth")
    assert len(line.excerpt.split("\n")) == logs.SHOWN_LINES
    assert "down" not in line.excerpt


def test_a_trace_in_a_log_without_times(tmp_path):
    path = write(
        tmp_path / "a.log", "starting", "Exception in thread main java.lang.IllegalStateException: jwt-auth", "\tat shop.Cart.total(Cart.java:7)",
        "Caused by: java.io.IOException: closed", "\t... 3 more", "stopping", "Traceback (most recent call last):", "  File a", "ValueError: no",
    )  # fmt: skip
    result = found(path)
    assert sorted(line.line for line in result.lines) == [2, 7]
    java, python = result.lines
    assert java.excerpt.count("\n") == 3
    assert java.at is None
    assert python.excerpt.endswith("ValueError: no")
    assert {java.level, python.level} == {"EXCEPTION"}


def test_json_lines_and_glog(tmp_path):
    stamp = START.timestamp() + 1
    path = write(
        tmp_path / "a.log", f'{{"level":"info","ts":{stamp},"msg":"up"}}', f'{{"level":"error","ts":{stamp},"msg":"jwt-auth refused"}}'
    )
    (line,) = found(path).lines
    assert (line.line, line.level, line.at) == (2, "ERROR", START + timedelta(seconds=1))
    path = write(
        tmp_path / "b.log",
        "I1122 17:24:06.000000 1 a.cc:1] up",
        "E1122 17:24:06.000000 1 a.cc:2] closed",
        "W1122 17:24:06.000000 1 a.cc:3] slow",
    )
    assert [(line.line, line.level) for line in found(path).lines] == [(2, "ERROR"), (3, "WARN")]


def test_local_times_take_the_zone_that_is_given(tmp_path):
    path = write(tmp_path / "a.log", "2026-11-22 18:24:06 ERROR jwt-auth")
    (line,) = found(path, zone=BERLIN).lines
    assert line.at == START + timedelta(seconds=1)
    (problem,) = found(write(tmp_path / "b.log", "2026-11-22 18:24:06 ERROR jwt-auth")).problems
    assert problem.code == "other-time"
    assert "goes from 2026-11-22 18:24:06 to 2026-11-22 18:24:06 UTC" in problem.message
    assert "time zone" in problem.hint


def test_far_away_only_names_and_ids_count(tmp_path):
    far = [f"{at(90_000 + number)} ERROR stream broke" for number in range(3)]
    result = found(write(tmp_path / "a.log", *far, f"{at(90_004)} INFO jwt-auth"), words=["stream jwt-auth"])
    assert [line.line for line in result.lines] == [4]
    assert result.lines[0].why == "shares jwt-auth with the failures; 25 h after the failures"


def test_secrets_are_taken_out(tmp_path):
    token = "ghp_" + "a1B2" * 9
    key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ+7xYzAbCdEfGh"
    path = write(tmp_path / "a.log", f"{at(1)} ERROR jwt-auth {token} password=hunter2hunter2 \x1b[31mred\x1b[0m \u202e", key)
    (line,) = found(path).lines
    for text in (line.text, line.excerpt, repr(line)):
        assert token not in text
        assert "hunter2" not in text
        assert "\x1b" not in text
        assert key not in text
    assert "red <U+202E>" in line.text


def test_long_lines_are_cut(tmp_path):
    path = write(tmp_path / "a.log", f"{at(1)} ERROR {'x' * 3_000_000}", f"{at(1)} ERROR jwt-auth")
    result = found(path)
    assert [line.line for line in result.lines] == [2, 1]
    assert len(result.lines[1].text) == 2_000
    assert lines_at(path, {2}, 0)[2] == [f"{at(1)} ERROR jwt-auth".encode()]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path, encoding):
    path = write(tmp_path / "a.log", f"{at(1)} INFO Grüße", f"{at(1)} ERROR jwt-auth für", encoding=encoding)
    (line,) = found(path).lines
    assert line.line == 2
    assert line.text.startswith(f"{at(1)} ERROR jwt-auth f")
    assert digest(safe_line(lines_at(path, {2}, 2)[2][1])) == line.sha256


def test_gzip_and_standard_input(tmp_path):
    lines = f"{at(0)} INFO up\n{at(1)} ERROR jwt-auth\n".encode()
    path = tmp_path / "a.log.gz"
    path.write_bytes(gzip.compress(lines))
    packed, piped = found(str(path)), found("-", stdin=io.BytesIO(lines))
    assert packed.lines[0].ref == f"{path}:2"
    assert piped.lines[0].ref == "-:2"
    assert packed.lines[0].sha256 == piped.lines[0].sha256


def test_a_gzip_that_breaks_off_counts_as_far_as_it_goes(tmp_path):
    random.seed(1)
    noise = "".join(f"{at(1)} INFO {random.random()}\n" for _ in range(40_000))
    path = tmp_path / "a.log.gz"
    data = gzip.compress(f"{at(1)} ERROR jwt-auth\n{noise}".encode())
    path.write_bytes(data[: len(data) * 2 // 3])
    result = found(str(path))
    assert result.lines[0].line == 1
    assert [problem.code for problem in result.problems] == ["truncated"]
    assert 1 in lines_at(str(path), {1, 10**9}, 1)


def test_what_cannot_be_read_is_told_and_the_rest_counts(tmp_path):
    good = write(tmp_path / "a.log", f"{at(1)} ERROR jwt-auth")
    (tmp_path / "b.zip").write_bytes(b"PK")
    (tmp_path / "c.gz").write_bytes(b"no gzip")
    os.symlink(good, tmp_path / "link.log")
    result = found(
        good, str(tmp_path / "none.log"), str(tmp_path), str(tmp_path / "b.zip"), str(tmp_path / "c.gz"), str(tmp_path / "link.log")
    )
    assert places(result) == [(1, 1)]
    assert [problem.code for problem in result.problems] == ["not-found", "unreadable", "unreadable", "truncated"]
    assert all(problem.hint for problem in result.problems)


def test_nothing_to_find(tmp_path):
    assert found(write(tmp_path / "a.log"), words=()).lines == ()
    assert found(write(tmp_path / "b.log", "up", "down"), words=(), around=()).lines == ()
    assert found().lines == ()
    assert found(write(tmp_path / "c.log", f"{at(1)} ERROR"), limit=0).lines == ()


def test_lines_keep_their_numbers_over_blocks(tmp_path):
    """A log of several blocks, with entries that lie across their borders."""
    filler = [f"{at(number / 400)} INFO /quota -> 200 {'.' * (number % 97)}" for number in range(30_000)]
    for number in range(0, 30_000, 701):
        filler[number] = f"{at(number / 400)} ERROR {chr(97 + number % 26)}{chr(97 + number // 701 % 26)} jwt-auth\n\tat a.b(c:1)"
    path = write(tmp_path / "a.log", *filler)
    text = (tmp_path / "a.log").read_text().split("\n")
    result = found(path, around=[(START, START + timedelta(minutes=5))], limit=1_000)
    assert sum(line.count for line in result.lines) == 43
    for line in result.lines:
        assert text[line.line - 1] == line.text
        assert line.excerpt.endswith("\n\tat a.b(c:1)")


def test_a_word_on_every_line_hides_no_rare_one(tmp_path):
    lines = [f"{at(number / 1_000)} ERROR {chr(97 + number % 26)} stream" for number in range(20_000)]
    lines[15_000] = f"{at(15)} INFO p-335 is gone"
    result = found(write(tmp_path / "a.log", *lines), words=["stream p-335"])
    assert result.lines[0].line == 15_001
    assert result.passed_over > 10_000


def test_many_different_entries_are_bounded_and_the_best_stay(tmp_path):
    random.seed(2)
    lines = [f"{at(number / 1_000)} WARN {''.join(random.choices('abcdefghij', k=12))}" for number in range(6_000)]
    lines[17] = f"{at(1)} WARN jwt-auth"
    result = found(write(tmp_path / "a.log", *lines), limit=5)
    assert result.lines[0].line == 18
    assert len(result.lines) == 5
    assert result == found(str(tmp_path / "a.log"), limit=5)


def test_the_pool_keeps_the_best(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "POOL", 40)
    monkeypatch.setattr(logs, "KEPT", 10)
    lines = [f"{at(number)} WARN {chr(97 + number)}{chr(97 + other)}" for number in range(20) for other in range(4)]
    lines[30] = f"{at(1)} INFO a terror and jwt-auth"
    result = found(write(tmp_path / "a.log", *lines, f"{at(1)} INFO a terror"), limit=5)
    assert result.lines[0].line == 31
    assert {line.level for line in result.lines[1:]} == {"WARN"}


def test_times_that_overlap_are_one(tmp_path):
    path = write(tmp_path / "a.log", *(f"{at(seconds)} ERROR {name}" for seconds, name in ((3, "one"), (50, "between"), (90, "two"))))
    around = [(START + timedelta(seconds=low), START + timedelta(seconds=high)) for low, high in ((0, 5), (4, 10), (85, 100), (86, 87))]
    result = found(path, around=around)
    assert [(line.line, line.why) for line in result.lines] == [
        (1, "ERROR; at the time of the failures"), (3, "ERROR; at the time of the failures"), (2, "ERROR; 33 s before the failures"),
    ]  # fmt: skip


def test_equal_entries_stand_in_the_order_of_the_logs(tmp_path):
    one, two = (write(tmp_path / name, f"{at(1)} ERROR alpha", f"{at(1)} ERROR beta") for name in ("z.log", "a.log"))
    assert [line.ref for line in found(one, two).lines] == [f"{one}:1", f"{one}:2", f"{two}:1", f"{two}:2"]


LINES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [b"ERROR jwt-auth", b"\tat a.b(c:1)", b"Caused by: x", f"{at(1)} ERROR no".encode(), b"ValueError: x", b"\xff\xfe", b"{"]
        ),
    ),
    max_size=30,
)


@given(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.integers(20, 200))
def test_any_bytes(tmp_path_factory, lines, end, size):
    """Whatever a log holds: every line that is found is where it says, with its hash; and blocks do not matter."""
    path = tmp_path_factory.mktemp("any") / "a.log"
    path.write_bytes(end.join(lines))
    result = found(str(path))
    for line in result.lines:
        near = lines_at(str(path), {line.line}, 2)[line.line]
        assert digest(safe_line(near[min(2, line.line - 1)])) == line.sha256
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_files, "BLOCK", size)
        small = found(str(path))
        read = b"".join(block.data for block in blocks(str(path)))
    content = end.join(lines)
    if not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert read == content
        assert small.read_bytes == result.read_bytes == len(content)
        assert small.read_lines == result.read_lines == content.count(b"\n") + (content[-1:] not in {b"\n", b""})


@given(st.text(max_size=300), st.floats(0, 4e9) | st.none())
def test_any_line_has_a_time_or_none(line, near):
    assert stamp_of(line, timezone(timedelta(hours=5)), near) is None or stamp_of(line, UTC, near) is not None
    level_of(line)
    sought([line])


HOSTILE = [
    ("no end of a line", lambda size: "x" * size * 100),
    ("empty lines", lambda size: "\n" * size * 10),
    ("all continued", lambda size: f"{at(1)} ERROR jwt-auth\n" + "\tjwt-auth at x\n" * size),
    ("all continued, no head", lambda size: " jwt-auth error\n" * size),
    ("all alike", lambda size: f"{at(1)} ERROR jwt-auth\n" * size),
    ("stamps that are none", lambda size: ("[" * 300 + "\n" + "time=" * 60 + "\n") * (size // 60)),
    ("pipes", lambda size: ("a" * 60 + " " * 40 + "|" + "\n") * (size // 10)),
    ("json", lambda size: '{"time": "' * size + "\n"),
]


@pytest.mark.parametrize("make", [make for _, make in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_no_log_hangs(tmp_path, make):
    path = tmp_path / "a.log"

    def call(size):
        path.write_text(make(size))
        found(str(path))

    assert_linear(call)


def test_a_folder_a_device_and_a_closed_file_are_no_logs(tmp_path):
    for path in (tmp_path, "/dev/null", "a\0b"):
        with pytest.raises(LogError):
            log_files.identity(str(path))
    with pytest.raises(LogError):
        list(blocks(str(tmp_path / "none")))


def test_a_log_is_read_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(log_files, "MAX_BYTES", 100)
    monkeypatch.setattr(log_files, "BLOCK", 50)
    result = found(write(tmp_path / "a.log", *(f"{at(1)} ERROR {number}" for number in range(100))))
    assert [problem.code for problem in result.problems] == ["truncated"]
    assert result.read_bytes <= 150


@pytest.mark.slow
def test_a_large_log_takes_little_memory(tmp_path):
    path = tmp_path / "a.log"
    with path.open("w") as stream:
        for number in range(700_000):
            stream.write(f"{at(number / 700)} {'ERROR' if number % 50 == 0 else 'INFO'} /quota/{number} -> 200 {'.' * 20}\n")
    assert path.stat().st_size > 40_000_000
    tracemalloc.start()
    result = found(str(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert result.read_lines == 700_000
    assert peak < 30_000_000
