"""Load reports with junitparser, walk all suites and cases, and count the results.

python junitparser_walk.py REPORT.xml...

Prints the totals as JSON.
"""

import json
import sys
from collections.abc import Iterable

from junitparser import Error, Failure, JUnitXml, Skipped, TestSuite

Totals = dict[str, int]


def walk(suites: Iterable[TestSuite], totals: Totals) -> None:
    """Count the cases of suites and of the suites in them; each case's results are asked for once."""
    for suite in suites:
        for case in suite:
            totals["total"] += 1
            results = case.result
            if any(isinstance(result, (Failure, Error)) for result in results):
                totals["failed"] += 1
            elif any(isinstance(result, Skipped) for result in results):
                totals["skipped"] += 1
        walk(suite.testsuites(), totals)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    counted = {"total": 0, "failed": 0, "skipped": 0}
    for argument in sys.argv[1:]:
        walk(JUnitXml.fromfile(argument), counted)
    print(json.dumps({"totals": counted}))
