#!/usr/bin/env python3
"""Count what the reports of the real producers hold, from their <testcase> elements alone."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "junit"

RAW = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
TOKEN = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>"
    rb"|<(?P<end>/?)(?P<tag>[A-Za-z][\w:.-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*?)(?P<empty>/?)>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
REFERENCE = re.compile(rb"&#(?:x0*([0-9a-fA-F]{1,2})|0*([0-9]{1,2}));")
NOT_RUN = {"status": {"notrun", "disabled"}, "result": {"suppressed"}}

# How many surplus elements are further tries of the same test, told from the terminal; see README.md.
REPEATS = {
    "bats/bats.xml": 1,
    "gotestsum/reruns.xml": 5,
    "pytest/reruns.xml": 3,
    "pytest/xdist.xml": 11,
    "testng/Command-line-test.xml": 3,
    "testng/TEST-shop.CartTest.xml": 3,
}


def drop_reference(match: re.Match[bytes]) -> bytes:
    """Drop a reference to a character that XML cannot hold and leave any other."""
    code = int(match[1], 16) if match[1] else int(match[2])
    return match[0] if code in (9, 10, 13) or code >= 32 else b""


def scan(data: bytes) -> ElementTree.Element:
    """Build the tree from the tags alone, for a report that no XML parser reads."""
    builder = ElementTree.TreeBuilder()
    for match in TOKEN.finditer(data):
        if match["tag"] is None:
            continue
        tag = match["tag"].decode()
        if match["end"]:
            builder.end(tag)
            continue
        found = ATTRIBUTE.findall(match["attributes"])
        builder.start(
            tag,
            {
                key.decode(): (first or second).decode("utf-8", "replace")
                for key, first, second in found
            },
        )
        if match["empty"]:
            builder.end(tag)
    return builder.close()


def parse(data: bytes) -> tuple[ElementTree.Element, dict[str, bool]]:
    """Give the root and what stood in the way of a strict parser."""
    try:
        return ElementTree.fromstring(data), {"malformed": False}
    except ElementTree.ParseError:
        pass
    legal = REFERENCE.sub(drop_reference, RAW.sub(b"", data))
    illegal = {"illegal_characters": True} if legal != data else {}
    try:
        return ElementTree.fromstring(legal), {"malformed": False, **illegal}
    except ElementTree.ParseError:
        return scan(legal), {"malformed": True, **illegal}


def outcome(case: ElementTree.Element) -> str:
    """Tell how a test case ended, the worst child first."""
    children = {child.tag for child in case}
    for tag, name in (
        ("error", "error"),
        ("failure", "failed"),
        ("skipped", "skipped"),
    ):
        if tag in children:
            return name
    if any(case.get(key) in values for key, values in NOT_RUN.items()):
        return "skipped"
    return "passed"


def surplus(root: ElementTree.Element) -> int:
    """Count the elements that name a test again that the same suite has named before."""
    seen: Counter[tuple[str, ...]] = Counter()

    def walk(node: ElementTree.Element, path: tuple[str, ...]) -> None:
        for child in node:
            if child.tag == "testcase":
                seen[(*path, child.get("classname", ""), child.get("name", ""))] += 1
            elif child.tag == "testsuite":
                walk(
                    child,
                    (*path, child.get("name", "") + "@" + child.get("hostname", "")),
                )

    walk(root, (root.get("name", ""),))
    return sum(number - 1 for number in seen.values())


def count(path: Path, name: str) -> dict[str, str | int | bool]:
    """Count one report."""
    root, trouble = parse(path.read_bytes())
    row: dict[str, str | int | bool] = {"producer": name.split("/")[0]}
    cases = list(root.iter("testcase"))
    ends = Counter(outcome(case) for case in cases)
    again = [
        case
        for case in cases
        if case.find("flakyFailure") is not None or case.find("flakyError") is not None
    ]
    suites = [node for node in root.iter() if node.tag in ("testsuite", "testsuites")]
    row["total"] = len(cases)
    for end in ("passed", "failed", "error", "skipped"):
        row[end] = ends[end]
    row["flaky"] = sum(outcome(case) == "passed" for case in again)
    row["suite_errors"] = sum(
        child.tag in ("error", "failure") for suite in suites for child in suite
    )
    row.update(trouble)
    repeats = REPEATS.get(name, 0)
    same = surplus(root) - repeats
    if repeats:
        row["repeats"] = repeats
    if same:
        row["same_name"] = same
    return row


def main(argv: Sequence[str] | None = None) -> int:
    """Write expected.json, or compare it with what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder with a folder for each producer"
    )
    parser.add_argument(
        "--check", action="store_true", help="only compare with expected.json"
    )
    options = parser.parse_args(argv)
    found = sorted(options.data.glob("*/*.xml"))
    rows = {
        name: count(path, name)
        for path in found
        for name in [path.relative_to(options.data).as_posix()]
    }
    text = (
        "{\n"
        + ",\n".join(
            f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items()
        )
        + "\n}\n"
    )
    target = options.data / "expected.json"
    if options.check:
        same = target.is_file() and target.read_text(encoding="utf-8") == text
        print(
            "as expected" if same else f"{target} is not what the reports hold",
            file=sys.stderr,
        )
        return 0 if same else 1
    target.write_text(text, encoding="utf-8")
    print(
        f"{len(rows)} reports of {len({row['producer'] for row in rows.values()})} producers"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
