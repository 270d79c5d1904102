"""What all parts of the model share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer


class Model(BaseModel):
    """A frozen part of the worklog; unknown fields are errors, so that a typing slip never passes."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", defer_build=True)


def utc_text(moment: datetime) -> str:
    """Return an aware time as UTC in ISO 8601, seconds when whole, else milliseconds."""
    moment = moment.astimezone(UTC)
    spec = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def _to_milliseconds(moment: datetime) -> datetime:
    """Keep what the stored text can hold, so that a record read back equals the one written."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_to_milliseconds),
    PlainSerializer(utc_text, return_type=str, when_used="json"),
]


def known_zone(name: str) -> str:
    """Return the name of a time zone, or raise ValueError when the system does not know it."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{name[:80]!r} is no time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"
        raise ValueError(msg) from error
    return name


ZoneName = Annotated[str, AfterValidator(known_zone)]

# JSON has no infinity: a figure that cannot be stored is refused where it is made.
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
