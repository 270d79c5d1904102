"""The configuration: `[tool.rca]` in pyproject.toml, or the same keys in rca.toml.

Every field says here what it means; the page docs/configuration.md and the file that `rca init` writes come from it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from datetime import date, tzinfo
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from rca.errors import ConfigError
from rca.files import open_plain
from rca.model import Criterion, Environment, KnownService, Money
from rca.model.base import ZoneName

MAX_BYTES = 1_000_000
MAX_GLOB = 1_000
_CRITERION = re.compile(r"(>=|>|=|==)?\s*(100(?:\.0{1,6})?|[0-9]{1,2}(?:\.[0-9]{1,6})?)\s*%?")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_MARK = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:]|-(?!-)){0,99}")
_LIMIT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)")


def _rate(text: str) -> str:
    match = _CRITERION.fullmatch(text.strip())
    if match is None:
        msg = f"{text[:80]!r} is no pass rate; write it like '> 90 %', '>= 85 %' or '100 %'"
        raise ValueError(msg)
    if match[1] == ">" and float(match[2]) == 100:
        msg = f"{text[:80]!r} can never be met; for all of them write '100 %'"
        raise ValueError(msg)
    return text


def _duration(text: str) -> str:
    if _LIMIT.fullmatch(text.strip()) is None:
        msg = f"{text[:80]!r} is no duration; write it like '10 ms' or '0.5 s'"
        raise ValueError(msg)
    return text


def _inside(text: str) -> str:
    path = Path(text)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        msg = f"{text[:80]!r} is no folder below the project; write it like 'worklogs' or 'docs/worklogs'"
        raise ValueError(msg)
    if not text.isprintable():
        msg = f"{text[:80]!r} holds a character that no path should"
        raise ValueError(msg)
    return text


def _sort_of_selection(value: object) -> str:
    """Which of its forms a selection of cases has, so that a fault in it is told once and not once for every form."""
    if isinstance(value, str):
        return "(glob)"
    if isinstance(value, dict | BaseModel):
        return "(table)"
    if isinstance(value, list | tuple):
        return "(tables)" if any(isinstance(part, dict | BaseModel) for part in value) else "(list)"
    return "(none)"


def _unique(names: list[str], what: str) -> None:
    doubles = [name for name, count in Counter(names).items() if count > 1]
    if doubles:
        msg = f"two {what} are called {doubles[0]!r}; give each its own name"
        raise ValueError(msg)


Rate = Annotated[str, AfterValidator(_rate)]
Duration = Annotated[str, AfterValidator(_duration)]
Glob = Annotated[str, Field(max_length=MAX_GLOB)]
Globs = Annotated[tuple[Glob, ...], Field(max_length=1_000)]


# Names of what is counted beside the categories.
_RESERVED = {"overall", "Not in any category"}


class Section(BaseModel):
    """A table of the configuration; keys that it does not know are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Match(Section):
    """Which cases are meant. Within one key any pattern may match; all keys given must match.

    Patterns are globs (`*` any text, `?` one character, `[abc]` one of them) over the whole value, case-sensitive.
    """

    file: Globs = Field(default=(), description="Globs over the file that the report names for a case.")
    suite: Globs = Field(default=(), description="Globs over the names of the suites around it, joined by ` > `.")
    classname: Globs = Field(default=(), alias="class", description="Globs over the class name as reported.")
    name: Globs = Field(default=(), description="Globs over the name of the case.")


# One glob, a list of globs, a table of globs, or a list of such tables.
Selection = Annotated[
    Annotated[Glob, Tag("(glob)")]
    | Annotated[Globs, Tag("(list)")]
    | Annotated[Match, Tag("(table)")]
    | Annotated[tuple[Match, ...], Tag("(tables)"), Field(max_length=1_000)],
    Discriminator(
        _sort_of_selection,
        custom_error_type="selection",
        custom_error_message="should be a glob in quotes, a list of globs, or a table with the keys file, suite, class or name",
    ),
]


class Category(Section):
    """A category of tests with what is expected of it. The first category that matches a case takes it."""

    name: str = Field(min_length=1, max_length=200, description="Its name in the worklog.")
    match: Selection = Field(
        description="Which cases belong to it: one glob or a list of globs over file, suite or class; or a table (or a list of tables) "
        "with the keys `file`, `suite`, `class` and `name`."
    )
    priority: int | None = Field(default=None, ge=0, le=99, description="1 is the most important; sets the order of the plan.")
    must_pass: bool = Field(default=False, description="No failure at all is accepted: the criterion is 100 %.")
    criterion: Rate | None = Field(default=None, description="Pass rate that it must reach, like `> 95 %`.")
    planned: int | None = Field(default=None, ge=0, description="How many cases it should have; fewer are reported.")
    end_to_end: bool | None = Field(
        default=None,
        description="Whether its cases drive the real system; such cases are suspicious when they take no time. By default this is "
        "read from the names (`e2e`, `end_to_end`).",
    )
    command: str = Field(default="", description="The command that runs it.")
    rationale: str = Field(default="", description="Why it is in the plan, in one sentence.")
    money_at_risk: Money | None = Field(
        default=None,
        description='What is lost while it fails: `{ amount = 120000, currency = "USD", period = "month" }`.',
    )

    @model_validator(mode="after")
    def _one_criterion(self) -> Self:
        if self.must_pass and self.criterion and not self.criterion.strip().startswith(("100", "= 100", "=100")):
            msg = "must_pass means 100 %; leave the criterion out, or must_pass"
            raise ValueError(msg)
        if self.name in _RESERVED:
            msg = f"{self.name!r} has a meaning of its own; choose another name"
            raise ValueError(msg)
        return self

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
    tests: Selection = Field(description="The cases that prove it, as in `match`; a glob without a table is also tried on `class::name`.")


class JourneyConfig(Section):
    """A way of users through the product; the share of steps that work is computed."""

    name: str = Field(min_length=1, description="Its name.")
    steps: tuple[Step, ...] = Field(min_length=1, description="Its steps, in order.")


class Item(Section):
    """Something of worth that tests protect."""

    name: str = Field(min_length=1, description="Its name.")
    tests: Selection = Field(description="The cases that prove it, as in `match`.")
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
    """Which stack frames are your own code; the excerpts of failures count the others instead of showing them."""

    app: Globs = Field(default=(), description="Globs of paths that are yours, whatever else says otherwise.")
    library: Globs = Field(default=(), description="Globs of paths that are not yours, such as shared test helpers.")


class ClusterRule(Section):
    """A team's own rule on which failures belong together. The first rule that fits a failure decides.

    Within one key any pattern may match; all keys given must match.
    """

    name: str = Field(min_length=1, max_length=200, description="Its name; with `merge` also the title of the cluster.")
    action: Literal["merge", "split"] = Field(
        default="merge",
        description="`merge`: all failures that fit are one cluster. `split`: they are never merged with near-duplicates, and are kept "
        "apart by what `by` names.",
    )
    by: Literal["test", "class", "message", "frame"] = Field(default="test", description="What keeps failures apart that are split.")
    message: Globs = Field(default=(), description="Globs over the message.")
    type: Globs = Field(default=(), description="Globs over the type of the error.")
    frame: Globs = Field(default=(), description="Globs over the frames of own code, as `path:function`; one that matches is enough.")
    tests: Selection | None = Field(default=None, description="Which cases, as in `match` of a category.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.message or self.type or self.frame or self.tests):
            msg = f"rule {self.name!r} would fit every failure; give it message, type, frame or tests"
            raise ValueError(msg)
        return self


class Known(Section):
    """A known issue, and the rule that recognises its failures."""

    issue: str = Field(min_length=1, max_length=200, description="Its reference, like `#712`.")
    rule: str = Field(
        min_length=1,
        max_length=2_000,
        description='What its failures look like: `message LIKE "%connection refused%" AND type LIKE "%Timeout"`; fields are message, '
        "type, test and frame, `%` stands for any text.",
    )
    title: str = Field(default="", description="Its title.")


class Quarantine(Section):
    """Tests whose failures are expected for now and do not count as news."""

    tests: Selection = Field(description="Which cases, as in `match` of a category.")
    reason: str = Field(min_length=1, description="Why, in one sentence.")
    issue: str = Field(default="", description="The issue that will end it.")
    until: date | None = Field(default=None, description="The last day on which it holds; after it the tests count again.")


class HistoryConfig(Section):
    """Where earlier runs are kept, and for how long."""

    store: str = Field(
        default=".rca",
        min_length=1,
        description="Folder of the history, as a path from the project or below `~`; the variable RCA_STORE comes before it.",
    )
    keep_months: int = Field(default=0, ge=0, le=1_200, description="Months that are kept when the history is compacted; 0 keeps all.")
    base_branch: str = Field(
        default="",
        description="Branch with which a new branch is compared; by default the one that its pull request goes into, else main or master.",
    )
    window: int = Field(default=100, ge=1, le=10_000, description="How many earlier runs are looked at.")


class Priorities(Section):
    """Which labels of issues stand for which priority: globs over their names, whatever the case.

    Without any, `P0` to `P3`, `critical`, `priority: high`, `severity/2` and the like are understood.
    """

    p0: Globs = Field(default=(), alias="P0", description='Globs over labels, like `["critical", "sev-0*"]`; the most urgent one counts.')
    p1: Globs = Field(default=(), alias="P1", description="The same for P1.")
    p2: Globs = Field(default=(), alias="P2", description="The same for P2.")
    p3: Globs = Field(default=(), alias="P3", description="The same for P3.")

    @property
    def ranked(self) -> tuple[tuple[str, Globs], ...]:
        """The priorities with their globs, the most urgent one first."""
        return ("P0", self.p0), ("P1", self.p1), ("P2", self.p2), ("P3", self.p3)


def _repository(text: str) -> str:
    if text and not _REPOSITORY.fullmatch(text):
        msg = f"{text[:80]!r} is no repository; write it like 'acme/shop'"
        raise ValueError(msg)
    return text


RepositoryName = Annotated[str, AfterValidator(_repository)]


def _key(text: str) -> str:
    if not _MARK.fullmatch(text):
        msg = f"{text[:80]!r} is no key; use letters, digits, `.`, `_`, `:` and single `-`, 100 at most"
        raise ValueError(msg)
    return text


class CommentConfig(Section):
    """The comment that `rca publish pr` keeps on a pull request."""

    key: Annotated[str, AfterValidator(_key)] = Field(
        default="default", description="Tells the comments of several suites on one pull request apart; `--key` comes before it."
    )
    mode: Literal["update", "new"] = Field(
        default="update", description="`update`: one comment is kept up to date. `new`: each run adds one and folds the older ones away."
    )
    when: Literal["always", "changes", "failures"] = Field(
        default="always",
        description="When it is shown. `failures`: unless the criteria are met. `changes`: when something fails that was not known to "
        "fail before, or passes again. At other times none is made, and one that is there is kept up to date and folded away.",
    )


class CheckConfig(Section):
    """The check run that `rca publish check` writes."""

    name: str = Field(
        default="rca",
        min_length=1,
        max_length=100,
        description="The name that people see, and by which branches are protected; `--name` comes before it.",
    )


class IssuesConfig(Section):
    """The issues that `rca publish issues` files."""

    labels: tuple[Annotated[str, Field(max_length=50, pattern=r"^[^,]+$")], ...] = Field(
        default=("rca",),
        max_length=20,
        description="Labels of what is filed. By the first one issues are found again, whoever filed them; GitHub makes a label that is "
        "not there yet.",
    )


class GitHubConfig(Section):
    """What is asked of GitHub, and what is published there. Its address and the token come from the environment only."""

    repo: RepositoryName = Field(
        default="",
        description="Repository, like `acme/shop`; by default GITHUB_REPOSITORY, else the remote `upstream` or `origin` of the checkout. "
        "`--repo` comes before it.",
    )
    environment: str = Field(
        default="",
        max_length=255,
        description="Name of the environment at GitHub whose deployments are read; by default that of the worklog.",
    )
    artifacts: Globs = Field(
        default=(),
        description="Globs over the names of the artifacts that hold reports, like `junit-*`; by default all are looked at.",
    )
    priorities: Priorities = Field(default=Priorities(), description="Which labels of issues stand for which priority.")
    comment: CommentConfig = Field(default=CommentConfig(), description="The comment on a pull request.")
    check: CheckConfig = Field(default=CheckConfig(), description="The check run.")
    issues: IssuesConfig = Field(default=IssuesConfig(), description="The issues that are filed.")


class Config(Section):
    """All of `[tool.rca]`."""

    title: str = Field(default="", description="Title of a worklog made by `rca report`; by default the focus and the environment.")
    focus: str = Field(default="", description="What the runs are about, like `all` or `checkout`.")
    session: str = Field(default="", description="Name of the working session.")
    objective: str = Field(default="", description="What the run is meant to show.")
    worklogs: Annotated[str, AfterValidator(_inside)] = Field(default="worklogs", description="Folder of the records, below the project.")
    time_zone: ZoneName = Field(
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
    services: tuple[KnownService, ...] = Field(
        default=(),
        description="Services of the environment: `role`, `name`, `revision`, `deployed_at` (with a zone), `health`, `url`; and `repo` and "
        "`environment`, where GitHub deploys them from and to.",
    )
    journeys: tuple[JourneyConfig, ...] = Field(
        default=(), description="Ways of users through the product and the tests that prove each step."
    )
    value: tuple[ValueConfig, ...] = Field(default=(), description="What is worth money, and the tests that protect it.")
    risks: tuple[RiskConfig, ...] = Field(default=(), description="What to watch for.")
    plan: PlanConfig = Field(default=PlanConfig(), description="Commands and chosen files.")
    frames: Frames = Field(default=Frames(), description="Which stack frames are your own code.")
    clusters: tuple[ClusterRule, ...] = Field(default=(), max_length=500, description="Your own rules on which failures belong together.")
    known: tuple[Known, ...] = Field(default=(), max_length=2_000, description="Known issues and the rules that recognise them.")
    quarantine: tuple[Quarantine, ...] = Field(default=(), max_length=1_000, description="Tests whose failures are expected for now.")
    history: HistoryConfig = Field(default=HistoryConfig(), description="Where earlier runs are kept.")
    github: GitHubConfig = Field(default=GitHubConfig(), description="What is asked of GitHub.")

    @model_validator(mode="after")
    def _names(self) -> Self:
        _unique([category.name for category in self.categories], "categories")
        _unique([f"{journey.name} / {step.name}" for journey in self.journeys for step in journey.steps], "steps of journeys")
        _unique([f"{group.name} / {item.name}" for group in self.value for item in group.items], "items of value")
        return self

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
        if path is None or (explicit is None and not os.path.lexists(path)):
            continue
        table = _read_table(path, named=explicit is not None)
        if table is not None:
            return parse_config(table, path), path
    return Config(), None


def _read_table(path: Path, *, named: bool) -> dict[str, Any] | None:
    """The rca part of a TOML file; None when a pyproject.toml has no such part. Only one that somebody named may be a pipe."""
    try:
        with open(path, "rb") if named else open_plain(path) as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES:,} bytes", "a configuration is a page or two: name another file")
        document = tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}",
            "check the path given with --config" if named else "check what lies there, and its permissions",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start})", "save it as UTF-8") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply", "a configuration has three levels: see docs/configuration.md") from error
    except ValueError as error:  # TOMLDecodeError, and numbers of more digits than Python reads
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
        faults = list(dict.fromkeys(_explain(fault, table) for fault in error.errors(include_url=False)))
        shown = "\n".join(f"  {fault}" for fault in faults[:12])
        more = f"\n  … and {len(faults) - 12} more" if len(faults) > 12 else ""
        number = "a fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise ConfigError(
            f"{path}: {number} in the configuration\n{shown}{more}",
            "every key is described in docs/configuration.md",
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply", "a configuration has three levels: see docs/configuration.md") from error


_WORDS = {
    "string_type": "should be text in quotes",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "tuple_type": "should be a list",
    "model_type": "should be a table",
    "dict_type": "should be a table",
    "decimal_type": "should be a number",
    "decimal_parsing": "should be a number",
    "date_from_datetime_parsing": "should be a date, like 2026-12-31",
    "date_from_datetime_inexact": "should be a date without a time, like 2026-12-31",
    "date_parsing": "should be a date, like 2026-12-31",
    "date_type": "should be a date, like 2026-12-31",
    "timezone_aware": "needs a zone, like 2025-09-13T04:24:36Z",
    "missing": "is required",
    "string_too_short": "should not be empty",
}


def _explain(fault: Any, table: dict[str, Any]) -> str:
    """One fault in words: `categories[0].criterion: …`."""
    location = _written(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return _unknown_key(location)
    message = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "too_short":
        message = "should not be empty"
    if fault["type"] == "string_type" and location[-1:] in (["criterion"], ["overall"]):
        message = "should be text in quotes, like '> 90 %'"
    if message.startswith("Input "):
        message = message.removeprefix("Input ")
    return f"{_place(location)}{message}{_named(location, table)}"


def _written(location: Sequence[int | str]) -> list[int | str]:
    """The location as it stands in the file: without the names that the schema gives to its alternatives."""
    return [part for part in location if not (isinstance(part, str) and part.startswith("("))]


def _place(location: Sequence[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:80]}" for part in location)
    return f"{text.removeprefix('.')}: " if text else ""


def _named(location: Sequence[int | str], table: dict[str, Any]) -> str:
    """The name of the entry in which a fault stands, which is easier to find than its number."""
    value: Any = table
    name = ""
    for part in location[:-1]:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            name = value["name"]
    return f" (in {name[:60]!r})" if name else ""


def _unknown_key(location: list[int | str]) -> str:
    from difflib import get_close_matches

    *parents, key = location
    names = _known_keys(parents)
    close = get_close_matches(str(key)[:80], names, n=1, cutoff=0.5)
    nearest = f"did you mean {close[0]}?" if close else f"known: {', '.join(names)}"
    return f"{_place(location)}there is no such key; {nearest}"


def _known_keys(parents: list[int | str]) -> list[str]:
    """The keys of the table at a location; its aliases are what stands in the file."""
    section: type[BaseModel] = Config
    for part in parents:
        if not isinstance(part, int):
            field = section.model_fields.get(part) or next((f for f in section.model_fields.values() if f.alias == part), None)
            section = (_section_of(field.annotation) if field else None) or section
    return sorted(field.alias or name for name, field in section.model_fields.items())


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _section_of(part)) is not None), None)
