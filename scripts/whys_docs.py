"""Write the tables of docs/whys-rules.md from rca/whys; `--check` only says whether they are out of date."""

from __future__ import annotations

import argparse
import sys

from markdown_parts import MARKER, ROOT, anchor, table, update

from rca.whys import HELP, RULES, Rule

PAGE = ROOT / "docs" / "whys-rules.md"
MARK = MARKER.format(script="scripts/whys_docs.py", source="rca/whys")


def heading(rule: Rule) -> str:
    """The heading below which a rule is explained."""
    return f"Rule {rule.number}: {rule.title}"


def page() -> str:
    """Rules at a glance, commands, and what each rule asks for."""
    rows = [
        (f"[{rule.number}](#{anchor(heading(rule))})", rule.severity, rule.title, "English" if rule.english else "any")
        for rule in RULES.values()
    ]
    commands = [(f"`:{name}{f' {takes}' if takes else ''}`", does) for name, takes, does in HELP]
    parts = ["## Rules at a glance", table(("rule", "at worst", "asks for", "language"), rows)]
    parts += ["## Commands", table(("command", "does"), commands)]
    for rule in RULES.values():
        parts += [f"## {heading(rule)}", rule.explanation, f"What to do: {rule.hint}."]
    return "\n\n".join(parts)


def main() -> int:
    """Write or check the page; 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the page is out of date")
    return update(PAGE, MARK, page(), check=parser.parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
