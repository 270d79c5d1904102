"""How single cases came out in a run, told by all of its results and not only by those that it lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rca.model import Case, Outcome, Run
from rca.model.rows import Rows, kept, lines_of

# Suite, class and name, as they are written down.
_Name = tuple[str, str, str]


def outcomes_of(run: Run, rows: Rows, wanted: Iterable[Case]) -> dict[str, Outcome]:
    """The outcomes of cases in a run, by their ids; a case is missing when no result has its name.

    rows: every result of that run that is no failure. Of several results with one name the failing ones count first, as they do
    in the ids: `NAME#2` is the second of them. An error of a whole suite is passed when the suite ran without it.
    """
    cases = {case.id: case for case in wanted}
    failing = {case.id: case.outcome for case in run.cases}
    results = _Results(rows, {_name(case) for case in cases.values()})
    failed = Counter(_name(case) for case in run.cases)
    ran = {case.suite for case in run.cases} | results.suites
    found: dict[str, Outcome] = {}
    for cid, case in cases.items():
        outcome = failing.get(cid)
        if outcome is None and case.scope == "suite":
            outcome = "passed" if kept(case.suite) in ran else None
        elif outcome is None:
            outcome = results.outcome(_name(case), case.repeat - failed[_name(case)])
        if outcome is not None:
            found[cid] = outcome
    return found


def _name(case: Case) -> _Name:
    return kept(case.suite), kept(case.classname), kept(case.name)


class _Results:
    """How many results of some names passed and were skipped, and the suites of all results."""

    def __init__(self, rows: Rows, names: set[_Name]) -> None:
        self.suites: set[str] = set()
        wanted = {name[:2] for name in names}
        places: dict[str, tuple[str, str]] = {}
        for place, _, suite, classname in lines_of(rows.places):
            self.suites.add(suite)
            if (suite, classname) in wanted:
                places[place] = (suite, classname)
        self.counts: Counter[tuple[_Name, str]] = Counter()
        for line in lines_of(rows.lines) if places else ():
            where = places.get(line[0])
            if where is not None and (name := (*where, line[3])) in names:
                self.counts[name, "skipped" if line[1] == "skipped" else "passed"] += 1

    def outcome(self, name: _Name, number: int) -> Outcome | None:
        """The outcome of the result of that number among those that did not fail: passed ones come first."""
        passed, skipped = self.counts[name, "passed"], self.counts[name, "skipped"]
        return "passed" if 0 < number <= passed else "skipped" if 0 < number <= passed + skipped else None
