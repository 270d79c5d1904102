"""The case that rca began with, told twice: quoting the wrong error stops at rule 9, the right one leads to a confirmed prediction."""

from __future__ import annotations

import json

import pytest

RIGHT, WRONG = "unsupported subprotocol: jwt-auth", "no subprotocols supported"


@pytest.fixture
def rca(shop, inside, monkeypatch):
    """`rca` in the project of the demo, in this process."""
    monkeypatch.chdir(shop.folder)
    return inside


def record(rca):
    return json.loads(rca("show", "--format", "json").out)


def test_the_wrong_error_stops_at_rule_9(rca, shop):
    told = (shop.folder / "whys.yaml").read_text("utf-8")
    assert told.count(RIGHT) == 1
    (shop.folder / "wrong.yaml").write_text(told.replace(RIGHT, WRONG), "utf-8")
    line = told[: told.index(RIGHT)].count("\n") + 1
    done = rca("whys", "--answers", "wrong.yaml", "--strict")
    assert done.code == 1
    errors = [text for text in done.err.splitlines() if text.startswith("rca: error")]
    assert len(errors) == 1
    assert errors[0].startswith(
        f"rca: error: wrong.yaml:{line}: prediction.failure_text: rule 9: the root cause would produce another failure"
    )
    assert RIGHT in errors[0]
    assert record(rca)["investigations"] == []


def test_the_right_one_leads_to_a_prediction_that_the_next_run_confirms(rca, shop):
    done = rca("whys", "--answers", "whys.yaml", "--strict", "--log", "reports/service-log.txt")
    assert (done.code, done.err) == (0, "")
    found = record(rca)["investigations"][0]
    assert {why["status"] for why in found["whys"]} == {"supported"}
    assert {part["state"] for why in found["whys"] for part in why["evidence"]} == {"found"}
    assert {why["leg"] for why in found["whys"]} == {"occurrence", "detection", "systemic"}
    assert found["overrides"] == []
    assert rca("check").code == 0
    assert rca("fix", "fix").code == 0
    done = rca("verify", "reports-fixed")
    assert done.out.startswith("prediction i1: confirmed: 7 of 7 cases came out as foretold")
    assert record(rca)["investigations"][0]["prediction"]["verdict"] == "confirmed"
    assert rca("check").code == 0
