"""Parse reports with expat and keep the failures with their texts: the least that a useful reader does.

python expat_failures.py REPORT.xml...

Prints the totals as JSON.
"""

import json
import sys
from xml.parsers import expat

CHUNK = 1 << 16
FAILING = {"failure", "error"}


class Failures:
    """The failures of all reports as tuples, and the counts of what was seen."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.kept: list[tuple[str, str, str, str, str, str]] = []
        self.totals = {"total": 0, "failed": 0, "skipped": 0}
        self.case: dict[str, str] = {}
        self.result: dict[str, str] = {}
        self.text: list[str] = []
        self.parser = expat.ParserCreate()

    def read(self, path: str) -> None:
        """Feed one file to expat piece by piece."""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        with open(path, "rb") as report:  # noqa: PTH123 - importing pathlib would be measured too
            while chunk := report.read(CHUNK):
                self.parser.Parse(chunk)
        self.parser.Parse(b"", True)  # noqa: FBT003 - positional only

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note a case; begin to listen to text inside a failure."""
        if tag == "testcase":
            self.totals["total"] += 1
            self.case = attributes
        elif tag in FAILING:
            self.result = attributes
            self.parser.CharacterDataHandler = self.text.append
        elif tag == "skipped":
            self.totals["skipped"] += 1

    def end(self, tag: str) -> None:
        """Keep a failure that is complete."""
        if tag not in FAILING:
            return
        self.parser.CharacterDataHandler = None
        self.totals["failed"] += 1
        case, result = self.case, self.result
        where = (case.get("classname", ""), case.get("name", ""), tag)
        self.kept.append((*where, result.get("type", ""), result.get("message", ""), "".join(self.text)))
        self.text.clear()


if __name__ == "__main__":
    failures = Failures()
    for argument in sys.argv[1:]:
        failures.read(argument)
    print(json.dumps({"totals": failures.totals}))
