"""What is written down of a run is the same whoever reads its reports, and counts as a tally does."""

from __future__ import annotations

import csv
import io
import pickle

import pytest

import rca.intake
import rca.model.rows
from rca.analysis.recorder import Recorder
from rca.analysis.tally import Rules, Tally
from rca.config import Config
from rca.intake import take_in
from rca.model import Case
from rca.model.rows import Pack, Rows
from tests.conftest import SAMPLES


def table(rows: Rows) -> list[tuple[str, ...]]:
    """The rows with their places and categories, in order."""

    def read(pack: Pack) -> list[list[str]]:
        return list(csv.reader(io.StringIO(b"".join(pack).decode(), newline="")))

    places = {place: (suite, classname, rows.groups[int(group)]) for place, group, suite, classname in read(rows.places)}
    return [(*places[place], *line) for place, *line in read(rows.lines)]


@pytest.mark.parametrize("config", [Config(), Config.model_validate({"categories": [{"name": "Cart", "match": ["*cart*"]}]})])
def test_every_result_is_there_once(config):
    intake = take_in([str(SAMPLES / "reports")], config, rows=True)
    plain = take_in([str(SAMPLES / "reports")], config)
    assert plain.rows is None
    assert (intake.run, intake.clusters) == (plain.run, plain.clusters)
    rows = intake.rows
    assert rows.count == len(table(rows)) == intake.run.totals.total - intake.run.totals.failing
    assert len(rows.categories) == len(intake.run.cases)
    found = {category.name: 0 for category in intake.run.categories}
    for name in [*(row[2] for row in table(rows)), *rows.categories]:
        found[name] += 1
    assert found == {category.name: category.totals.total for category in intake.run.categories}


def test_several_processes_write_down_the_same(tmp_path, monkeypatch):
    for number in range(40):
        cases = "".join(f'<testcase classname="c{number}" name="t{n}, &quot;x&quot;" time="0.{n:03}"/>' for n in range(60))
        (tmp_path / f"r{number:02}.xml").write_text(f'<testsuite name="s">{cases}<testcase name="z"><skipped/></testcase></testsuite>')
    alone = take_in([str(tmp_path)], Config(), rows=True)
    monkeypatch.setattr(rca.intake, "PARALLEL_FROM_BYTES", 1)
    monkeypatch.setattr(rca.intake, "_processes", lambda: 3)
    monkeypatch.setattr(rca.model.rows, "PACKED_FROM", 1_000)
    together = take_in([str(tmp_path)], Config(), rows=True)
    assert together.run == alone.run
    assert table(together.rows) == table(alone.rows)
    assert together.rows.count == 40 * 61
    assert together.rows.lines.packed


def test_a_large_report_in_parts(tmp_path, monkeypatch):
    suites = "".join(
        f'<testsuite name="s{s}">' + "".join(f'<testcase classname="c" name="t{n}" time="0.1"/>' for n in range(50)) + "</testsuite>"
        for s in range(200)
    )
    path = tmp_path / "r.xml"
    path.write_text(f"<testsuites>{suites}</testsuites>")
    alone = take_in([str(path)], Config(), rows=True)
    monkeypatch.setattr(rca.intake, "SPLIT_FROM_BYTES", 1_000)
    monkeypatch.setattr(rca.intake, "_processes", lambda: 3)
    assert table(take_in([str(path)], Config(), rows=True).rows) == table(alone.rows)


def test_a_helper_that_dies_leaves_nothing_out(tmp_path, monkeypatch):
    for number in range(40):
        (tmp_path / f"r{number:02}.xml").write_text(f'<testsuite name="s"><testcase classname="c{number}" name="t"/></testsuite>')
    alone = take_in([str(tmp_path)], Config(), rows=True)
    monkeypatch.setattr(rca.intake, "PARALLEL_FROM_BYTES", 1)
    monkeypatch.setattr(rca.intake, "_processes", lambda: 3)

    def die(self):
        yield from Tally.pieces(self)
        raise MemoryError

    monkeypatch.setattr(Recorder, "pieces", die)
    assert table(take_in([str(tmp_path)], Config(), rows=True).rows) == table(alone.rows)


def test_a_reading_that_is_thrown_away_leaves_no_rows(tmp_path):
    cases = "".join(f'<testcase classname="c" name="t{n}"/>' for n in range(500))
    path = tmp_path / "r.xml"
    path.write_bytes(f'<testsuite name="s">{cases}<testcase classname="c" name="\x0b"/></testsuite>'.encode())
    assert len(table(take_in([str(path)], Config(), rows=True).rows)) == 501


def test_places_do_not_pile_up():
    recorder = Recorder(Rules(Config()))
    for number in range(45_000):
        recorder.passed("suite", f"c{number % 30_000}", "t", "", None)
    rows = recorder.rows({group.key: "all" for group in recorder.groups.values()})
    assert len(recorder._numbers) <= 20_000
    assert len(table(rows)) == 45_000


def test_a_pack_keeps_the_order(monkeypatch):
    monkeypatch.setattr(rca.model.rows, "PACKED_FROM", 10)
    whole = Pack()
    expected = ""
    for number in range(9):
        part = Pack()
        for piece in range(number):
            part.add(f"{number}-{piece};")
            expected += f"{number}-{piece};"
        whole.absorb(part)
        whole.add(f"[{number}]")
        expected += f"[{number}]"
    assert b"".join(whole).decode() == expected


def test_what_goes_through_a_pipe_comes_out_as_it_was(monkeypatch):
    monkeypatch.setattr(rca.model.rows, "PACKED_FROM", 200_000)
    rules = Rules(Config())
    recorder = Recorder(rules)
    for number in range(12_000):
        recorder.passed("s", "c", f"p{number}", "", 0.5)
        recorder.case(Case("s", "c", f"s{number}", "skipped"), "")
    assert recorder.lines.packed
    pieces = [pickle.loads(pickle.dumps(piece)) for piece in recorder.pieces()]
    restored = Recorder.restored(rules, iter(pieces).__next__)
    names = dict.fromkeys(recorder.groups, "all")
    assert table(restored.rows(names)) == table(recorder.rows(names))
    assert restored.count == 24_000
    assert restored.totals() == recorder.totals()
