"""The run after the fix, as `rca verify` and as any `rca ingest`: what it says of what was foretold."""

import json
import sys

import pytest

from tests.cli.test_cli_fix import Shop, everything, record
from tests.conftest import report_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX system")


class Checkout(Shop):
    """The shop with a red run of four cases, and a prediction for three of them."""

    def predict(self, green=("t2",), red=(), **more):
        (path,) = (self.folder / "worklogs").glob("*/2*.json")
        document = json.loads(path.read_text())
        made = {"turns_green": [f"suite::a::{name}" for name in green], "stays_red": [f"suite::a::{name}" for name in red]}
        facts = {"id": "i1", "problem": "t2 is red", "run": document["runs"][0]["id"], "root_cause": {"statement": "s"}}
        document["investigations"] = [{**facts, "prediction": made, **more}]
        path.write_text(json.dumps(document))

    def after(self, command, *cases, day=3, commit="", form=()):
        """A run of that day, by `ingest` or `verify`."""
        (self.folder / f"d{day}.xml").write_text(report_text(*cases, at=f"2026-01-{day:02}T00:00:00Z"))
        return self(command, f"d{day}.xml", *(("--commit", commit) if commit else ()), *form)

    def prediction(self):
        return record(self)["investigations"][0]["prediction"]


@pytest.fixture
def shop(rca, inside):
    return Checkout(rca, inside)


@pytest.mark.parametrize("command", ["verify", "ingest"])
@pytest.mark.parametrize(("case", "verdict", "code"), [("a t2", "confirmed", 0), ("a t2!boom", "refuted", 1)])
def test_both_judge_alike(shop, command, case, verdict, code):
    fixed = shop.repo.commit("mend", cart_py="gross\n")
    shop.predict()
    assert shop("fix").code == 0
    done = shop.after(command, "a t1", case, commit=fixed)
    assert done.code == code, done.err
    line = f"prediction i1: {verdict}: {1 - code} of 1 case came out as foretold"
    assert line in (done.out if command == "verify" else done.err.replace("rca: ", ""))
    assert "warning" not in done.err
    kept = shop.prediction()
    assert (kept["verdict"], kept["judged_by"]) == (verdict, record(shop)["runs"][1]["id"])
    assert f"{verdict.capitalize()}" in shop("show").out
    again = json.loads(shop.after(command, "a t1", case, commit=fixed, form=("--format", "json")).out)
    assert len(record(shop)["runs"]) == 2
    (told,) = again["predictions"]
    assert (told["investigation"], told["verdict"], told["judged"], told["why_not_judged"]) == ("i1", verdict, True, "")
    assert list(told["reasons"]) == ["suite::a::t2"][:code]
    if command == "verify":
        assert [(result["state"], result["was"]) for result in again["criteria"]] == [("met" if code == 0 else "unmet", "unmet")]
    assert shop.prediction() == kept


# What ran after the fix, and what becomes of a prediction that t2 turns green.
NAMES = [
    (("a t1", "a t2_new"), "not judged"),
    (("a t1", "b t2"), "not judged"),
    (("a t1", "a t3"), "not judged"),
    (("a t1",), "not judged"),
    (("a t1", "a t2"), "confirmed"),
]


@pytest.mark.parametrize(("cases", "verdict"), NAMES)
def test_what_was_renamed_or_did_not_run_is_never_right(shop, cases, verdict):
    """Neither the number of cases nor that nothing fails any more says that a case passed."""
    shop.predict()
    done = shop.after("verify", *cases)
    assert shop.prediction()["verdict"] == verdict
    assert (verdict == "not judged") == ("none of the cases that should turn green was executed in it" in done.out)
    # What failed and did not run again still counts, until somebody says that there is no such test any more.
    assert done.code == (1 if verdict == "not judged" else 0)
    assert shop.after("verify", *cases, form=("--whole",)).code == 0


def test_verdicts_by_case(shop):
    (shop.folder / "r.xml").write_text(report_text("a t1!boom", "a t2!boom", "a t3!other", "a t4!last", at="2026-01-02T06:00:00Z"))
    assert shop("ingest", "r.xml").code == 1
    shop.predict(("t1", "t2"), ("t3", "t4"))
    done = shop.after("verify", "a t1", "a t2!bang", "a t3!other")
    assert done.code == 1
    assert done.out.splitlines()[:3] == [
        "prediction i1: partly confirmed: 2 of 4 cases came out as foretold",
        f"    suite::a::t2: it failed in {record(shop)['runs'][2]['id']}, with another error than before",
        f"    suite::a::t4: it did not run in {record(shop)['runs'][2]['id']} under this name",
    ]
    kept = shop.prediction()
    assert [kept[name] for name in ("right", "wrong", "not_judged")] == [
        ["suite::a::t1", "suite::a::t3"],
        ["suite::a::t2"],
        ["suite::a::t4"],
    ]
    # A later run tells of the rest. What it does not hold stays as it was judged.
    done = shop.after("ingest", "a t2", "a t4!last", day=4)
    assert "rca: prediction i1: confirmed, was partly confirmed: 4 of 4 cases came out as foretold" in done.err
    # The failure comes back.
    done = shop.after("ingest", "a t2!boom", day=5)
    assert "rca: prediction i1: partly confirmed, was confirmed: 3 of 4 cases" in done.err


def test_many_cases_are_told_by_a_few(shop):
    names = [f"t{number}" for number in range(20)]
    (shop.folder / "r.xml").write_text(report_text(*(f"a {name}!boom" for name in names), at="2026-01-02T06:00:00Z"))
    assert shop("ingest", "r.xml").code == 1
    shop.predict(names)
    done = shop.after("verify", *(f"a {name}!boom" for name in names))
    assert done.out.splitlines()[6] == "    and 15 more"


def test_a_run_without_the_fix_leaves_it_open(shop):
    fixed = shop.repo.commit("mend", cart_py="gross\n")
    shop.predict()
    done = shop.after("ingest", "a t1", "a t2!boom", day=3, commit=shop.red)
    assert "rca: prediction i1: not judged by this run: nothing turned green, and no fix is recorded" in done.err
    assert shop("fix", fixed).code == 0
    done = shop.after("ingest", "a t1", "a t2!boom", day=4, commit=shop.red)
    assert f"{shop.red[:12]}, on which it ran, does not hold all commits of the fix" in done.err
    assert shop.prediction()["verdict"] == "not judged"
    # What this clone does not know says nothing against the run.
    done = shop.after("ingest", "a t1", "a t2", day=5, commit="0" * 40)
    assert "rca: prediction i1: confirmed" in done.err


def test_the_person_who_verifies_is_believed_and_warned(shop):
    shop.predict()
    done = shop.after("verify", "a t1", "a t2!boom", commit=shop.red)
    assert (done.code, shop.prediction()["verdict"]) == (1, "refuted")
    assert "no fix is recorded" in done.err
    assert shop.after("verify", "a t1", "a t2", day=1).out.startswith(
        "prediction i1: still refuted; not judged by this run: it is not later than"
    )
    shop.repo.commit("mend", cart_py="gross\n")
    assert shop("fix").code == 0
    assert "does not hold all commits of the fix" in shop.after("verify", "a t1", "a t2", day=4, commit=shop.red).err
    assert "is a later run than" in shop.after("verify", "a t1", "a t2", day=3).err
    assert "warning" not in shop.after("verify", "a t1", "a t2", day=5, commit="nonsense\nHEAD").err


def test_without_a_prediction_nothing_is_said_of_one(shop):
    done = shop.after("ingest", "a t1", "a t2", form=("--format", "json"))
    assert json.loads(done.out)["predictions"] == []
    assert "prediction" not in done.err


def test_verify_without_reports(shop):
    before = everything(shop)
    (shop.folder / "not.txt").write_text("no report")
    done = shop("verify", "not.txt")
    assert done.code == 2
    assert everything(shop) == before
