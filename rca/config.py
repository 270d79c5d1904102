"""The configuration: `[tool.rca]` in pyproject.toml, or the same keys in rca.toml.

Every field says here what it means; the page docs/configuration.md and the file that `rca init` writes come from it.
"""

from __future__ import annotations

import re
import tomllib
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rca.errors import ConfigError
from rca.model import Criterion, Environment, Money, Service

MAX_BYTES = 1_000_000
_CRITERION = re.compile(r"(>=|>|=|==)?\s*(\d{1,3}(?:\.\d{1,6})?)\s*%?")
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)")


def _rate(text: str) -> str:
    match = _CRITERION.fullmatch(text.strip())
    if match is None or float(match[2]) > 100:
        msg = f"{text!r} is no pass rate; write it like '> 90 %', '>= 85 %' or '100 %'"
        raise ValueError(msg)
    return text


def _duration(text: str) -> str:
    if _LIMIT.fullmatch(text.strip()) is None:
        msg = f"{text!r} is no duration; write it like '10 ms' or '0.5 s'"
        raise ValueError(msg)
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{text!r} is no time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"
        raise ValueError(msg) from error
    return text


def _inside(text: str) -> str:
    path = Path(text)
    if path.is_absolute() or ".." in path.parts:
        msg = f"{text!r} leads out of the project; use a path below it"
        raise ValueError(msg)
    return text


Rate = Annotated[str, AfterValidator(_rate)]
Duration = Annotated[str, AfterValidator(_duration)]
Globs = Annotated[tuple[str, ...], Field(max_length=1_000)]


class Section(BaseModel):
    """A table of the configuration; keys that it does not know are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Match(Section):
    """Which cases are meant. Within one key any pattern may match; all keys given must match.

    Patterns are globs (`*` any text, `?` one character, `[abc]` one of them) over the whole value, case-sensitive.
    """

    file: Globs = Field(default=(), description="Globs over the file that the report names for a case.")
    suite: Globs = Field(default=(), description="Globs over the names of the suites around it, joined by ` > `.")
    classname: Globs = Field(default=(), alias="class", description="Globs over the class name as reported.")
    name: Globs = Field(default=(), description="Globs over the name of the case.")


class Category(Section):
    """A category of tests with what is expected of it. The first category that matches a case takes it."""

    name: str = Field(min_length=1, max_length=200, description="Its name in the worklog.")
    match: str | Globs | Match | tuple[Match, ...] = Field(
        description="Which cases belong to it: one glob or a list of globs over file, suite or class; or a table (or a list of tables) with the keys `file`, `suite`, `class` and `name`."
    )
    priority: int | None = Field(default=None, ge=0, le=99, description="1 is the most important; sets the order of the plan.")
    must_pass: bool = Field(default=False, description="No failure at all is accepted: the criterion is 100 %.")
    criterion: Rate | None = Field(default=None, description="Pass rate that it must reach, like `> 95 %`.")
    planned: int | None = Field(default=None, ge=0, description="How many cases it should have; fewer are reported.")
    end_to_end: bool | None = Field(
        default=None,
        description="Whether its cases drive the real system; such cases are suspicious when they take no time. By default this is read from the names (`e2e`, `end_to_end`).",
    )
    command: str = Field(default="", description="The command that runs it.")
    rationale: str = Field(default="", description="Why it is in the plan, in one sentence.")
    money_at_risk: Money | None = Field(
        default=None,
        description='What is lost while it fails: `{ amount = 120000, currency = "USD", period = "month" }`.',
    )

    @property
    def needed(self) -> str:
        """The pass rate that it must reach, empty when none is set."""
        return "100 %" if self.must_pass else self.criterion or ""


class Criteria(Section):
    """What counts as good enough. The rate is passed / (passed + failed + errors), compared exactly."""

    overall: Rate = Field(default="100 %", description="Pass rate over all categories.")


class Step(Section):
    """A step of a journey."""

    name: str = Field(min_length=1, description="What the user does or gets.")
    tests: str | Globs | Match | tuple[Match, ...] = Field(
        description="The cases that prove it, as in `match`; a glob without a table is also tried on `class::name`."
    )


class JourneyConfig(Section):
    """A way of users through the product; the share of steps that work is computed."""

    name: str = Field(min_length=1, description="Its name.")
    steps: tuple[Step, ...] = Field(min_length=1, description="Its steps, in order.")


class Item(Section):
    """Something of worth that tests protect."""

    name: str = Field(min_length=1, description="Its name.")
    tests: str | Globs | Match | tuple[Match, ...] = Field(description="The cases that prove it, as in `match`.")
    depends_on: str = Field(default="", description="What it needs, in words.")


class ValueConfig(Section):
    """A group of items that stand for the same money."""

    name: str = Field(min_length=1, description="Its name.")
    money: Money | None = Field(default=None, description="What it earns, with its period.")
    items: tuple[Item, ...] = Field(min_length=1, description="What it is made of.")


class RiskConfig(Section):
    """Something to watch for."""

    text: str = Field(min_length=1, description="The risk in one sentence.")
    issues: tuple[int, ...] = Field(default=(), description="Numbers of the issues that speak of it.")
    watch: str = Field(default="", description="Text that gives it away in the message of a failure; clusters that hold it are named.")


class CommandConfig(Section):
    """A command of the plan."""

    label: str = Field(min_length=1, description="What it is for.")
    argv: tuple[str, ...] = Field(min_length=1, description="The command as a list of arguments.")


class PlanConfig(Section):
    """Commands and chosen files of the plan."""

    commands: tuple[CommandConfig, ...] = Field(default=(), description="Commands beside those of the categories.")
    selection: tuple[str, ...] = Field(default=(), description="Test files chosen for this focus.")


class Frames(Section):
    """Which stack frames are your own code."""

    app: Globs = Field(default=(), description="Globs of paths that are yours, whatever else says otherwise.")
    library: Globs = Field(default=(), description="Globs of paths that are not yours, such as shared test helpers.")


class Config(Section):
    """All of `[tool.rca]`."""

    title: str = Field(default="", description="Title of a worklog made by `rca report`; by default it names what failed.")
    focus: str = Field(default="", description="What the runs are about, like `all` or `checkout`.")
    session: str = Field(default="", description="Name of the working session.")
    objective: str = Field(default="", description="What the run is meant to show.")
    worklogs: Annotated[str, AfterValidator(_inside)] = Field(default="worklogs", description="Folder of the records, below the project.")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC",
        description="Zone in which times are shown, and that is assumed where a report gives a local time.",
    )
    too_fast: Duration = Field(default="10 ms", description="End-to-end cases that pass in less time than this are called suspicious.")
    environment: Environment | None = Field(default=None, description="Where the system under test runs: `name`, `platform`, `service`.")
    criteria: Criteria = Field(default=Criteria(), description="What counts as good enough.")
    categories: tuple[Category, ...] = Field(
        default=(),
        max_length=500,
        description="Categories of tests, in the order in which they are tried. Without any, they come from the structure of the reports.",
    )
    services: tuple[Service, ...] = Field(
        default=(),
        description="Services of the environment: `role`, `name`, `revision`, `deployed_at` (with a zone), `health`.",
    )
    journeys: tuple[JourneyConfig, ...] = Field(
        default=(), description="Ways of users through the product and the tests that prove each step."
    )
    value: tuple[ValueConfig, ...] = Field(default=(), description="What is worth money, and the tests that protect it.")
    risks: tuple[RiskConfig, ...] = Field(default=(), description="What to watch for.")
    plan: PlanConfig = Field(default=PlanConfig(), description="Commands and chosen files.")
    frames: Frames = Field(default=Frames(), description="Which stack frames are your own code.")

    @property
    def zone(self) -> tzinfo:
        """The configured time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def too_fast_seconds(self) -> float:
        """The limit below which an end-to-end case is suspicious, in seconds."""
        match = cast("re.Match[str]", _LIMIT.fullmatch(self.too_fast.strip()))
        return float(match[1]) * (0.001 if match[2] == "ms" else 1.0)


def criterion(scope: str, text: str) -> Criterion:
    """Turn `> 90 %` into a criterion; a bare rate below 100 means at least, 100 means all."""
    match = cast("re.Match[str]", _CRITERION.fullmatch(text.strip()))
    operator = match[1] or ("=" if float(match[2]) == 100 else ">=")
    return Criterion(
        scope=scope,
        operator=cast("Literal['>', '>=', '=']", operator[:1] if operator == "==" else operator),
        threshold=match[2],
    )


def load_config(folder: Path, explicit: Path | None = None) -> tuple[Config, Path | None]:
    """Read the configuration of a project folder: rca.toml first, else `[tool.rca]` in pyproject.toml, else defaults.

    Returns the configuration and the file that it came from. Raises ConfigError with file and key.
    """
    candidates = [explicit] if explicit else [folder / "rca.toml", folder / "pyproject.toml"]
    for path in candidates:
        if path is None or (explicit is None and not path.is_file()):
            continue
        table = _read_table(path)
        if table is not None:
            return parse_config(table, path), path
    return Config(), None


def _read_table(path: Path) -> dict[str, Any] | None:
    """The rca part of a TOML file; None when a pyproject.toml has no such part."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES:,} bytes", "a configuration is a page or two: name another file")
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", "check the path given with --config") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}", "mend the line that is named") from error
    tool = document.get("tool")
    if isinstance(tool, dict) and "rca" in tool:
        table = tool["rca"]
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: tool.rca is not a table", "write it as [tool.rca]")
        return table
    return None if path.name == "pyproject.toml" else document


def parse_config(table: dict[str, Any], path: Path) -> Config:
    """Check a table against the schema; all faults are named in one error."""
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        faults = sorted({_explain(fault) for fault in error.errors(include_url=False)})
        shown = "\n".join(f"  {fault}" for fault in faults[:12])
        more = f"\n  … and {len(faults) - 12} more" if len(faults) > 12 else ""
        raise ConfigError(
            f"{path}: {len(faults)} fault(s) in the configuration\n{shown}{more}",
            "every key is described in docs/configuration.md",
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply", "see docs/configuration.md") from error


def _explain(fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"] if not (isinstance(part, str) and ("[" in part or part in {"str", "Match"})))
    if fault["type"] == "extra_forbidden":
        return _unknown_key(fault["loc"])
    if fault["type"] == "missing":
        return f"{place}: this key is required"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{place}: {message[0].lower()}{message[1:]}"


def _unknown_key(location: tuple[int | str, ...]) -> str:
    from difflib import get_close_matches

    *parents, key = location
    names = _known_keys(parents)
    place = ".".join(str(part) for part in parents if not (isinstance(part, str) and ("[" in part or part in {"str", "Match"})))
    close = get_close_matches(str(key), names, n=1, cutoff=0.5)
    nearest = f"did you mean {close[0]}?" if close else f"known: {', '.join(names)}"
    return f"{place + '.' if place else ''}{str(key)[:80]}: there is no such key; {nearest}"


def _known_keys(parents: list[int | str]) -> list[str]:
    section: Any = Config
    for part in parents:
        if isinstance(part, int) or not (isinstance(section, type) and issubclass(section, BaseModel)):
            continue
        field = section.model_fields.get(part) or next((f for f in section.model_fields.values() if f.alias == part), None)
        found = _section_of(field.annotation) if field else None
        section = found or section
    return sorted(field.alias or name for name, field in section.model_fields.items())


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _section_of(part)
        if found is not None:
            return found
    return None
