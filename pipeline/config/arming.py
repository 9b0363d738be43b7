"""When rules are armed: modes, the weekly schedule that sets them, and which rule wants which.

One mode is in force at each camera. A rule says in which modes it is armed; what sets the mode is
the schedule of the camera, of its groups or of the site, or a person's order to the running site
(`pipeline.arming`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from pipeline.config.names import Name, check_name
from pipeline.config.part import FaultAt, Part

#: The mode in which nothing is armed but what is armed always. Every site has it.
DISARMED = "disarmed"
#: Words for ``armed:`` of a rule, in place of modes.
ALL, ALWAYS = "all", "always"
#: Days as they are written, by `datetime.date.weekday`.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

_TIME = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
#: What cannot name a mode: words of this file, and what a command takes for "no order".
_RESERVED = (ALL, ALWAYS, "schedule")


def minutes_of(time: str) -> int:
    """Minutes since midnight of a time such as ``22:00``, up to ``24:00``."""
    return int(time[:2]) * 60 + int(time[3:])


def _time(value: Any) -> str:
    if isinstance(value, str) and (_TIME.match(value) or value == "24:00"):
        return value
    raise ValueError(f'{value!r} is no time of day: write it as "06:30", from "00:00" to "24:00"')


def _days(value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words:
        raise ValueError("days are a list such as [mon-fri, sun]")
    chosen: set[str] = set()
    for word in words:
        first, dash, last = str(word).partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise ValueError(
                f"{word!r} is no day: write one of {', '.join(DAYS)}, or a range such as mon-fri"
            )
        begin, length = DAYS.index(first), (DAYS.index(last) - DAYS.index(first)) % 7 + 1
        chosen |= {DAYS[(begin + k) % 7] for k in range(length)}
    return tuple(day for day in DAYS if day in chosen)


def _armed(value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        raise ValueError("armed: is a list of modes, or all, or always")
    if not words:
        raise ValueError("armed: [] would never alert: remove the rule, or write armed: all")
    if len(words) > 1 and (special := {ALL, ALWAYS} & set(words)):
        raise ValueError(f"armed: {min(special)} stands alone: remove the other words")
    if DISARMED in words:
        raise ValueError(f"in mode {DISARMED} only such rules are armed that say armed: {ALWAYS}")
    return tuple(dict.fromkeys(check_name(word) for word in words))


def _mode(value: str) -> str:
    if value in _RESERVED:
        raise ValueError(f"no mode can be named {value!r}: it has a meaning of its own")
    return value


_STRINGS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

TimeOfDay = Annotated[
    str,
    BeforeValidator(_time),
    WithJsonSchema({"type": "string", "pattern": f"{_TIME.pattern}|^24:00$"}),
]
Days = Annotated[
    tuple[str, ...],
    BeforeValidator(_days),
    WithJsonSchema({**_STRINGS, "examples": ["mon-fri", ["sat", "sun"]]}),
]
Mode = Annotated[Name, AfterValidator(_mode)]
#: Modes in which a rule is armed; or the one word all, or always.
Armed = Annotated[
    tuple[str, ...],
    BeforeValidator(_armed),
    WithJsonSchema({**_STRINGS, "examples": ["all", "always", ["away", "night"]]}),
]


def is_armed(armed: Collection[str], mode: str) -> bool:
    """Whether a rule with ``armed`` is armed in ``mode``."""
    if ALWAYS in armed:
        return True
    return mode != DISARMED and (ALL in armed or mode in armed)


class ScheduleEntry(Part):
    """A stretch of some days of each week, and the mode that holds in it.

    One that ends at or before the time it begins at runs over midnight, and belongs to the day on
    which it begins.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    days: Days = Field(default=DAYS, description="such as mon-fri, or [sat, sun]")
    begin: TimeOfDay = Field(default="00:00", alias="from", description="in the site's time zone")
    end: TimeOfDay = Field(default="24:00", alias="to", description="before from: the next day")
    mode: Mode

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begin == "24:00":
            raise ValueError('from: "24:00" is the next day: write "00:00" with that day')
        if self.begin == self.end:
            raise ValueError("from and to are the same: leave both out for the whole day")
        return self


Schedule = tuple[ScheduleEntry, ...]


class Arming(Part):
    """Modes and the schedules that set them; the entry of the narrowest one holds."""

    modes: tuple[Mode, ...] = Field(
        default=("home", "away", "night"), min_length=1, description=f"{DISARMED} is there always"
    )
    default: Mode | None = Field(
        default=None, description="the mode outside every schedule; default: the first of modes"
    )
    schedule: Schedule = Field(default=(), description="of the site; the first that fits holds")
    groups: dict[Name, Schedule] = Field(
        default_factory=dict, description="of groups of cameras: goes before the site's"
    )
    cameras: dict[Name, Schedule] = Field(
        default_factory=dict, description="of single cameras: goes before their groups'"
    )

    @property
    def default_mode(self) -> str:
        """The mode where no schedule says another."""
        return self.default or self.modes[0]

    @property
    def known(self) -> tuple[str, ...]:
        """Every mode of the site."""
        return tuple(dict.fromkeys((*self.modes, DISARMED)))

    def schedules(self) -> Iterator[tuple[str, Schedule]]:
        """Every schedule, with the name of its place in the file."""
        yield "arming.schedule", self.schedule
        for group, entries in self.groups.items():
            yield f"arming.groups.{group}", entries
        for camera, entries in self.cameras.items():
            yield f"arming.cameras.{camera}", entries

    @model_validator(mode="after")
    def _modes_are_known(self) -> Self:
        if self.default is not None and self.default not in self.known:
            raise FaultAt(self._unknown("default", self.default), "default")
        for place, entries in self.schedules():
            for k, entry in enumerate(entries):
                if entry.mode not in self.known:
                    inside = place.split(".")[1:]
                    raise FaultAt(self._unknown(place, entry.mode), *inside, k, "mode")
        return self

    def _unknown(self, place: str, mode: str) -> str:
        return f"{place}: there is no mode {mode!r}: add it to arming.modes ({self._named()})"

    def _named(self) -> str:
        return ", ".join(self.known)

    def check(
        self,
        cameras: Collection[str],
        groups: Collection[str],
        rules: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Hold the names against those of the site.

        Args:
            cameras: of the site.
            groups: that a camera belongs to.
            rules: ``armed`` of each rule.

        Raises:
            FaultAt: a name is nowhere else in the site file; its place is the site's.
        """
        for camera in self.cameras:
            if camera not in cameras:
                told = f"arming.cameras: there is no camera {camera!r}"
                raise FaultAt(told, "arming", "cameras", camera)
        for group in self.groups:
            if group not in groups:
                told = f"arming.groups: no camera is in group {group!r}: name it in groups: of one"
                raise FaultAt(told, "arming", "groups", group)
        for rule, armed in rules.items():
            for mode in armed:
                if mode not in (ALL, ALWAYS, *self.modes):
                    told = self._unknown(f"rule {rule}: armed", mode)
                    raise FaultAt(told, "rules", rule, "armed")
