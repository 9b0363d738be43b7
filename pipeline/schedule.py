"""The weekly schedule as moments of real time: which mode holds, and when that changes.

A time of day means the first moment at which the clock on the wall shows it. When clocks go back,
the hour that comes twice begins or ends nothing a second time; when they go forward, what falls
into the hour that is left out happens where it is left out. So two entries that meet on the clock
meet in time too, and an entry over midnight ends when the wall says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pipeline.config.arming import DAY_MINUTES, DAYS, ScheduleEntry, minutes_of

#: An edge of a weekly schedule comes again within so many days.
_WEEK_DAYS = 8


class WeeklySchedule:
    """Entries in their order: of those that cover a moment the first holds.

    Args:
        entries: as in the site file.
        zone: whose wall clock they follow.
    """

    def __init__(self, entries: Sequence[ScheduleEntry], zone: ZoneInfo) -> None:
        self._entries = tuple(entries)
        self._zone = zone

    def mode_at(self, at: float) -> str | None:
        """The mode that an entry sets at ``at`` (UTC epoch seconds); None where none covers it."""
        today = datetime.fromtimestamp(at, self._zone).date()
        for entry in self._entries:
            for begin, end in self._stretches(entry, today, 1):
                if begin <= at < end:
                    return entry.mode
        return None

    def edges_after(self, at: float) -> set[float]:
        """Moments of the week after ``at`` at which an entry begins or ends."""
        today = datetime.fromtimestamp(at, self._zone).date()
        return {
            edge
            for entry in self._entries
            for stretch in self._stretches(entry, today, _WEEK_DAYS)
            for edge in stretch
            if edge > at
        }

    def _stretches(
        self, entry: ScheduleEntry, today: date, days: int
    ) -> Iterator[tuple[float, float]]:
        """Those that begin from yesterday until ``days`` after today."""
        begin, end = minutes_of(entry.begin), minutes_of(entry.end)
        if end <= begin:
            end += DAY_MINUTES
        for k in range(-1, days + 1):
            day = today + timedelta(days=k)
            if DAYS[day.weekday()] in entry.days:
                yield moment(self._zone, day, begin), moment(self._zone, day, end)


@lru_cache(16384)
def moment(zone: ZoneInfo, day: date, minutes: int) -> float:
    """When the clock on the wall first shows so many minutes after midnight of ``day``, or more.

    Returns:
        UTC epoch seconds.
    """
    day += timedelta(days=minutes // DAY_MINUTES)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes % DAY_MINUTES)  # noqa: DTZ001
    found = wall.replace(tzinfo=zone, fold=0).timestamp()
    if _wall(zone, found) == wall:
        return found
    # Left out: of the two readings (PEP 495) one lies before the jump, the other after it.
    before, after = round(wall.replace(tzinfo=zone, fold=1).timestamp()), round(found)
    while after - before > 1:
        middle = (before + after) // 2
        if _wall(zone, middle) < wall:
            before = middle
        else:
            after = middle
    return float(after)


def _wall(zone: ZoneInfo, at: float) -> datetime:
    # By way of UTC: arithmetic on the wall's own time would ignore the jump.
    return datetime.fromtimestamp(at, UTC).astimezone(zone).replace(tzinfo=None, fold=0)
