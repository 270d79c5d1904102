"""No fingerprint changes unless the rule does: kept histories compare by it. What they were is in tests/data/failures/fingerprints.json.

With RCA_WRITE_FINGERPRINTS=1 the file is written anew, which goes with a new VERSION of the rule.
"""

from __future__ import annotations

import json
import os
from hashlib import blake2b
from pathlib import Path

import pytest

from benchmarks.failure_texts import failures
from benchmarks.failures import LABELS, OWN
from rca.analysis.tally import Rules, Tally
from rca.causes.clusters import group
from rca.config import Config
from rca.failures.description import VERSION
from rca.model import Case
from rca.workflow import take_in

KEPT = LABELS.with_name("fingerprints.json")
OTHERS = os.environ.get("RCA_OTHER_REPORTS", "")
SEEDS = (1, 2, 3)
COUNT = 1_000


def marks(cases: list[Case] | tuple[Case, ...]) -> str:
    """A digest of who failed, of what, and with whom."""
    text = "\n".join(f"{case.id}\t{case.cause}\t{case.fingerprint}" for case in cases)
    return f"{len(cases)}:{blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def of_reports(root: Path) -> dict[str, str]:
    files = sorted(file for file in root.rglob("*.xml") if file.is_file())
    return {str(file.relative_to(root)): marks(take_in([str(file)], Config()).run.cases) for file in files}


def of_made_up(seed: int) -> str:
    rules = Rules(Config())
    tally = Tally(rules)
    for _, case in failures(seed, COUNT):
        tally.case(case, "")
    group(tally.failing, tally.descriptions, rules.clusters)
    return marks(tally.failing)


@pytest.fixture(scope="module")
def kept() -> dict:
    if os.environ.get("RCA_WRITE_FINGERPRINTS"):
        found = {
            "version": VERSION,
            "own": of_reports(OWN),
            "others": of_reports(Path(OTHERS)) if OTHERS else json.loads(KEPT.read_text(encoding="utf-8"))["others"],
            "made up": {str(seed): of_made_up(seed) for seed in SEEDS},
        }
        KEPT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return json.loads(KEPT.read_text(encoding="utf-8"))


def test_own_producers(kept):
    """A report that is new has none to compare with; none of those that are kept is gone."""
    found = of_reports(OWN)
    assert kept["version"] == VERSION
    assert {name: found.get(name) for name in kept["own"]} == kept["own"]


def test_other_peoples_reports(kept):
    if not Path(OTHERS or "none").is_dir():
        pytest.skip("needs the reports of other projects in the folder that RCA_OTHER_REPORTS names")
    assert of_reports(Path(OTHERS)) == kept["others"]


@pytest.mark.parametrize("seed", SEEDS)
def test_made_up_failures(kept, seed):
    assert of_made_up(seed) == kept["made up"][str(seed)]
