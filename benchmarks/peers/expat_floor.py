"""Parse reports with expat and look at nothing: what any reader built on expat has to pay.

python expat_floor.py REPORT.xml...
"""

import sys
from xml.parsers import expat

CHUNK = 1 << 16


def parse(path: str) -> None:
    """Feed one file to expat piece by piece."""
    parser = expat.ParserCreate()
    with open(path, "rb") as report:  # noqa: PTH123 - importing pathlib would be measured too
        while chunk := report.read(CHUNK):
            parser.Parse(chunk)
    parser.Parse(b"", True)  # noqa: FBT003 - positional only


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        parse(argument)
