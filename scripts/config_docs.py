"""Write the tables of docs/configuration.md from rca/config.py; `--check` only says whether they are out of date."""

from __future__ import annotations

import argparse
import sys
import tomllib
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from markdown_parts import MARKER, ROOT, anchor, table, update
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rca.config import Config, Match

PAGE = ROOT / "docs" / "configuration.md"
MARK = MARKER.format(script="scripts/config_docs.py", source="rca/config.py")

# What a value that is checked by one of these functions is called.
WORDS = {"_repository": "text", "_rate": "pass rate", "_duration": "duration", "known_zone": "time zone", "_inside": "path"}
PLAIN = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}

# Tables that stand in several places have a name instead of a key.
NAMED = {"Match": "A selection of cases", "Money": "Money"}

# An example for each table, using every key of it. Each of them is loaded as a configuration by a test.
EXAMPLES: dict[str, str] = {
    "Config": """
title = "All tests on staging"
focus = "all"
session = "release 4.2"
objective = "Find the cause of every failure before the release."
worklogs = "worklogs"
time_zone = "Europe/Berlin"
too_fast = "10 ms"

environment = { name = "staging" }
criteria = { overall = "> 90 %" }
categories = [{ name = "Checkout", match = "*checkout*" }]
services = [{ role = "backend", name = "shop" }]
journeys = [{ name = "Buy", steps = [{ name = "Pay", tests = "*::test_pay*" }] }]
value = [{ name = "Shop", items = [{ name = "Payments", tests = "*::test_pay*" }] }]
risks = [{ text = "The certificate changes this week." }]
plan = { selection = ["tests/e2e/test_checkout.py"] }
frames = { app = ["shop/*"] }
clusters = [{ name = "Licence server", message = ["*licence server*"] }]
known = [{ issue = "#712", rule = 'message LIKE "%subprotocol%"' }]
quarantine = [{ tests = "*::test_mail*", reason = "The mail server moves." }]
history = { keep_months = 12 }
github = { repo = "acme/shop" }
""",
    "Environment": """
[environment]
name = "staging"
platform = "Kubernetes"
service = "shop"
""",
    "Criteria": """
[criteria]
overall = ">= 98.5 %"
""",
    "Category": """
[[categories]]
name = "Checkout"
match = ["tests/e2e/checkout/*", "tests.e2e.checkout.*"]
priority = 1
must_pass = false
criterion = "> 95 %"
planned = 25
end_to_end = true
command = "pytest tests/e2e/checkout"
rationale = "Nobody can buy while it fails."
money_at_risk = { amount = 120000, currency = "USD", period = "month" }
""",
    "Match": """
[[categories]]
name = "Payments in the browser"

[categories.match]
suite = ["e2e > *"]
class = ["*.payments.*"]
file = ["*.spec.ts"]
name = ["pays *", "refunds *"]
""",
    "Money": """
[[categories]]
name = "Payments"
match = "*payments*"
money_at_risk = { amount = 120000, currency = "EUR", period = "year" }
""",
    "KnownService": """
[[services]]
role = "backend"
name = "shop"
revision = "rev 00548"
deployed_at = 2026-11-22T13:24:00Z
health = "200 in 107 ms"
url = "https://staging.example.com"
repo = "acme/shop-api"
environment = "staging-api"
""",
    "JourneyConfig": """
[[journeys]]
name = "Sign in and buy"
steps = [
    { name = "Sign in", tests = "*::test_sign_in" },
    { name = "Pay", tests = { name = ["test_pay_*"] } },
]
""",
    "Step": """
[[journeys]]
name = "Sign in and buy"

[[journeys.steps]]
name = "Sign in"
tests = "*::test_sign_in"
""",
    "ValueConfig": """
[[value]]
name = "Shop"
money = { amount = 500000, currency = "USD", period = "year" }
items = [{ name = "Checkout", tests = "*checkout*" }]
""",
    "Item": """
[[value]]
name = "Shop"

[[value.items]]
name = "Live stock"
tests = ["*test_stock*", "*test_events*"]
depends_on = "event delivery"
""",
    "RiskConfig": """
[[risks]]
text = "The payment provider changes its certificate this week."
issues = [712, 716]
watch = "certificate"
""",
    "PlanConfig": """
[plan]
commands = [{ label = "all end-to-end tests", argv = ["pytest", "tests/e2e"] }]
selection = ["tests/e2e/test_checkout.py"]
""",
    "CommandConfig": """
[[plan.commands]]
label = "all end-to-end tests"
argv = ["pytest", "tests/e2e", "--junitxml=reports/e2e.xml"]
""",
    "Frames": """
[frames]
app = ["shop/*", "tests/*"]
library = ["tests/helpers/*"]
""",
    "ClusterRule": """
# Whatever the licence server says, it is one cause.
[[clusters]]
name = "Licence server"
action = "merge"
message = ["*licence server*", "*no licence left*"]
type = ["*LicenceError"]

# All price checks fail in one helper, and each for its own reason.
[[clusters]]
name = "Price checks"
action = "split"
by = "test"
frame = ["checks/prices.py:assert_price"]
tests = "*::test_price*"
""",
    "Known": """
[[known]]
issue = "#712"
rule = 'type LIKE "%NegotiationError" AND message LIKE "%subprotocol%"'
title = "Stream manager answers with a name that nobody offered"
""",
    "Quarantine": """
[[quarantine]]
tests = { class = ["*.mail.*"], name = ["test_arrives*"] }
reason = "The mail server moves."
issue = "#699"
until = 2026-12-31
""",
    "GitHubConfig": """
[github]
repo = "acme/shop"
environment = "staging-eu"
artifacts = ["junit-*", "e2e-reports"]
priorities = { P0 = ["critical"] }
comment = { when = "failures" }
check = { name = "E2E tests" }
issues = { labels = ["e2e"] }
""",
    "IssuesConfig": """
[github.issues]
labels = ["rca", "e2e"]
""",
    "CheckConfig": """
[github.check]
name = "E2E tests"
""",
    "CommentConfig": """
[github.comment]
key = "e2e"
mode = "new"
when = "changes"
""",
    "Priorities": """
[github.priorities]
P0 = ["critical", "sev-0*"]
P1 = ["customer", "sev-1*"]
P2 = ["bug"]
P3 = ["*later*"]
""",
    "HistoryConfig": """
[history]
store = "build/history"
keep_months = 12
base_branch = "develop"
window = 50
""",
}


def sections() -> list[tuple[str, type[BaseModel]]]:
    """Every table with the key under which it stands, in the order in which the fields name them."""
    found: dict[type[BaseModel], str] = {}

    def walk(model: type[BaseModel], place: str) -> None:
        found[model] = place
        for name, field in model.model_fields.items():
            inner = model_of(field.annotation)
            if inner is not None and inner not in found:
                # A place in several tables is named where it is used first.
                walk(inner, f"{place}.{key(name, field)}".lstrip("."))

    walk(Config, "")
    return [(place, model) for model, place in found.items()]


def key(name: str, field: FieldInfo) -> str:
    """How the field is written in TOML."""
    return field.alias or name


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The table that a type holds, if it holds one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((inner for part in get_args(annotation) if (inner := model_of(part)) is not None), None)


def words(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    """A type in the words of a person who writes TOML."""
    checks = (getattr(getattr(part, "func", None), "__name__", "") for part in metadata)
    if checked := next((WORDS[name] for name in checks if name in WORDS), None):
        return checked
    return of_class(annotation) if isinstance(annotation, type) else of_generic(annotation)


def of_generic(annotation: Any) -> str:
    """A type that is made of others, in words."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return words(parts[0], parts[1:])
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is tuple:
        return f"list of {plural(words(parts[0]))}"
    if origin in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(words(part) for part in parts if part is not type(None)))
    return str(annotation)


def of_class(kind: type) -> str:
    """A class in words."""
    if issubclass(kind, BaseModel):
        return f"[table](#{anchor(heading_of(kind))})"
    named = {"AwareDatetime": "date and time with a zone", "date": "date", "Decimal": "number"}
    return PLAIN.get(kind) or named.get(kind.__name__, kind.__name__)


def plural(text: str) -> str:
    """A few of them."""
    return text.replace("[table]", "[tables]") if "[table]" in text else {"text": "texts"}.get(text, text + "s")


def default_of(field: FieldInfo) -> str:
    """The default as it would be written, `required` where there is none."""
    if field.is_required():
        return "required"
    value = field.default
    if value is PydanticUndefined or value is None or value in ((), "") or isinstance(value, BaseModel):
        return ""
    return f"`{toml(value)}`"


def toml(value: object) -> str:
    """A plain value in TOML."""
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)


def limits(field: FieldInfo) -> str:
    """Bounds of a value, in words."""
    found = {type(part).__name__: part for part in field.metadata}
    unit = " characters" if field.annotation is str else " entries"
    parts = []
    if "Ge" in found and "Le" in found:
        parts.append(f"{found['Ge'].ge} to {found['Le'].le:,}.")
    elif "Ge" in found:
        parts.append(f"{found['Ge'].ge} or more.")
    if "MinLen" in found and found["MinLen"].min_length == 1:
        parts.append("Not empty.")
    if "MaxLen" in found:
        parts.append(f"At most {found['MaxLen'].max_length:,}{unit}.")
    return " ".join(parts)


def heading_of(model: type[BaseModel]) -> str:
    """The heading of a table: how it is opened in TOML."""
    if model is Config:
        return "Top level"
    if model.__name__ in NAMED:
        return NAMED[model.__name__]
    place = next(place for place, other in sections() if other is model)
    many = any(get_origin(inner) is tuple or "tuple" in str(inner) for inner in used_as(model))
    return f"`[[{place}]]`" if many else f"`[{place}]`"


def used_as(model: type[BaseModel]) -> list[Any]:
    """The types of the fields that hold a table."""
    return [field.annotation for _, other in sections() for field in other.model_fields.values() if model_of(field.annotation) is model]


def section(model: type[BaseModel]) -> str:
    """A table of the configuration: what it is, its keys, an example."""
    rows = [
        (f"`{key(name, field)}`", type_of(field), default_of(field), " ".join(p for p in (field.description or "", limits(field)) if p))
        for name, field in model.model_fields.items()
    ]
    keys = table(("key", "type", "default", "meaning"), rows)
    example = EXAMPLES[model.__name__].strip()
    about = unindent(model.__doc__ or "").strip()
    return f"## {heading_of(model)}\n\n{about}\n\n{keys}\n\n```toml\n{example}\n```\n"


def type_of(field: FieldInfo) -> str:
    """The type of a field in words; a selection of cases has a name of its own."""
    if model_of(field.annotation) is Match:
        return f"[selection](#{anchor(heading_of(Match))})"
    return words(field.annotation, tuple(field.metadata))


def unindent(text: str) -> str:
    """A docstring as lines of a page."""
    return "\n".join(line.strip() for line in text.split("\n"))


def missing_examples() -> list[str]:
    """Tables without an example, and keys that the example of their table leaves out."""
    found = []
    for place, model in sections():
        example = EXAMPLES.get(model.__name__)
        if example is None:
            found.append(f"{model.__name__} ({place}) has no example")
            continue
        used = keys_in(tomllib.loads(example))
        left_out = [key(name, field) for name, field in model.model_fields.items() if key(name, field) not in used]
        if left_out:
            found.append(f"the example of {model.__name__} leaves out {', '.join(left_out)}")
    return found


def keys_in(value: object) -> set[str]:
    """All keys of a document, on every level."""
    if isinstance(value, dict):
        return set(value) | {name for item in value.values() for name in keys_in(item)}
    return {name for item in value for name in keys_in(item)} if isinstance(value, list) else set()


def page() -> str:
    """All that stands below the marker."""
    return "\n".join(section(model) for _, model in sections())


def main() -> int:
    """Write or check the page; 1 when it is out of date or an example is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the page is out of date")
    if missing := missing_examples():
        print("\n".join(f"scripts/config_docs.py: {line}" for line in missing))
        return 1
    return update(PAGE, MARK, page(), check=parser.parse_args().check)


if __name__ == "__main__":
    sys.exit(main())
