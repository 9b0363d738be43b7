"""A weekly schedule follows the clock on the wall, through midnight and through both changes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config.arming import DAYS, ScheduleEntry
from pipeline.schedule import WeeklySchedule

LISBON = ZoneInfo("Europe/Lisbon")


def entry(text: str) -> ScheduleEntry:
    """Such as ``mon-fri 22:00-06:00 night``."""
    days, times, mode = text.split()
    begin, _, end = times.partition("-")
    return ScheduleEntry.model_validate(
        {"days": days.split(","), "from": begin, "to": end, "mode": mode}
    )


def schedule(*entries: str, zone: ZoneInfo = LISBON) -> WeeklySchedule:
    return WeeklySchedule([entry(text) for text in entries], zone)


def moment(wall: str, fold: int = 0, zone: ZoneInfo = LISBON) -> float:
    return datetime.fromisoformat(wall).replace(tzinfo=zone, fold=fold).timestamp()


# The first of January 2026 is a Thursday.
@pytest.mark.parametrize(
    ("entries", "wall", "mode"),
    [
        pytest.param(["mon-fri 08:00-18:00 open"], "2026-01-01 08:00", "open", id="it begins"),
        pytest.param(["mon-fri 08:00-18:00 open"], "2026-01-01 07:59:59", None, id="not before"),
        pytest.param(["mon-fri 08:00-18:00 open"], "2026-01-01 17:59:59", "open", id="to its end"),
        pytest.param(["mon-fri 08:00-18:00 open"], "2026-01-01 18:00", None, id="not at it"),
        pytest.param(["mon-fri 08:00-18:00 open"], "2026-01-03 12:00", None, id="another day"),
        pytest.param(["mon-fri 22:00-06:00 night"], "2026-01-02 23:30", "night", id="friday night"),
        pytest.param(
            ["mon-fri 22:00-06:00 night"],
            "2026-01-03 05:59",
            "night",
            id="friday's night is not over on saturday morning",
        ),
        pytest.param(
            ["mon-fri 22:00-06:00 night"],
            "2026-01-05 05:00",
            None,
            id="monday morning belongs to sunday's night, which is none",
        ),
        pytest.param(["sun 22:00-06:00 night"], "2026-01-05 05:00", "night", id="sunday's is"),
        pytest.param(["thu 18:00-24:00 late"], "2026-01-01 23:59:59", "late", id="to midnight"),
        pytest.param(["thu 18:00-24:00 late"], "2026-01-02 00:00", None, id="and no further"),
        pytest.param(["thu 18:00-00:00 late"], "2026-01-01 23:59:59", "late", id="00:00 is 24:00"),
        pytest.param(["sat-mon 00:00-24:00 shut"], "2026-01-04 12:00", "shut", id="over the week"),
        pytest.param(["sat-mon 00:00-24:00 shut"], "2026-01-06 00:00", None, id="and its end"),
        pytest.param(
            ["thu 12:00-13:00 lunch", "mon-sun 08:00-18:00 open"],
            "2026-01-01 12:30",
            "lunch",
            id="the first that covers it holds",
        ),
        pytest.param([], "2026-01-01 12:30", None, id="no entry, no mode"),
    ],
)
def test_a_table_of_days_and_times(entries: list[str], wall: str, mode: str | None) -> None:
    assert schedule(*entries).mode_at(moment(wall)) == mode


def test_the_zone_of_the_site_counts_and_not_that_of_the_machine() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    night = schedule("mon-sun 22:00-06:00 night", zone=kathmandu)
    assert night.mode_at(moment("2026-01-01 16:15", zone=ZoneInfo("UTC"))) == "night"
    assert night.mode_at(moment("2026-01-01 16:14:59", zone=ZoneInfo("UTC"))) is None


# --- the clocks go forward: on 2026-03-29 Lisbon goes from 01:00 to 02:00 ------------------------


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        pytest.param("sat 22:00-06:00 night", 7, id="a night around it is an hour shorter"),
        pytest.param("sat 22:00-01:30 late", 3, id="an end left out is where the clocks jump"),
        pytest.param("sun 01:30-04:00 early", 2, id="a beginning left out is, too"),
        pytest.param("sun 01:10-01:50 never", 0, id="what is left out whole does not happen"),
    ],
)
def test_clocks_go_forward(text: str, hours: float) -> None:
    assert lasts(schedule(text), "2026-03-28 12:00") == hours


def test_entries_that_meet_in_the_hour_left_out_meet_in_time() -> None:
    both = schedule("sat-sun 22:00-01:30 night", "sat-sun 01:30-08:00 away")
    jump = moment("2026-03-29 02:00")
    assert both.mode_at(jump - 1) == "night"
    assert both.mode_at(jump) == "away"


# --- the clocks go back: on 2026-10-25 Lisbon goes from 02:00 to 01:00 ---------------------------


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        pytest.param("sat 22:00-06:00 night", 9, id="a night around it is an hour longer"),
        pytest.param("sat 22:00-01:30 late", 3.5, id="an end that comes twice comes once"),
        pytest.param("sun 01:30-04:00 early", 3.5, id="a beginning that comes twice comes once"),
        pytest.param("sun 01:10-01:50 twice", 40 / 60, id="nor does it happen twice"),
    ],
)
def test_clocks_go_back(text: str, hours: float) -> None:
    assert lasts(schedule(text), "2026-10-24 12:00") == pytest.approx(hours)


def test_in_the_hour_that_comes_twice_nothing_flaps() -> None:
    night = schedule("sat 22:00-01:30 night")
    modes = [night.mode_at(moment("2026-10-25 01:29", fold=fold)) for fold in (0, 1)]
    assert modes == ["night", None]
    early = schedule("sun 01:30-04:00 early")
    modes = [early.mode_at(moment("2026-10-25 01:00", fold=fold)) for fold in (0, 1)]
    assert modes == [None, "early"]


def test_where_clocks_change_at_midnight_the_day_begins_when_they_have() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # on 2026-04-24 from 00:00 to 01:00
    friday = schedule("fri 00:00-24:00 rest", zone=cairo)
    begin = moment("2026-04-24 01:00", zone=cairo)
    assert [friday.mode_at(at) for at in (begin - 1, begin)] == [None, "rest"]


def test_the_edges_of_a_week_are_where_something_changes() -> None:
    night = schedule("mon-sun 22:00-06:00 night")
    now = moment("2026-01-01 12:00")
    edges = sorted(night.edges_after(now))
    assert edges[:3] == [
        moment("2026-01-01 22:00"),
        moment("2026-01-02 06:00"),
        moment("2026-01-02 22:00"),
    ]
    assert edges[-1] - now > 7 * 86400
    assert sorted(night.edges_after(edges[0]))[0] == edges[1]


def lasts(of: WeeklySchedule, since: str) -> float:
    """Hours of the 30 after ``since`` that are covered, found minute by minute."""
    begin = moment(since)
    return sum(of.mode_at(begin + 60 * k) is not None for k in range(30 * 60)) / 60


@st.composite
def quarters(draw: st.DrawFn) -> ScheduleEntry:
    """Any entry whose times are whole quarters of an hour."""
    times = [f"{h:02}:{m:02}" for h in range(24) for m in (0, 15, 30, 45)]
    begin = draw(st.sampled_from(times))
    end = draw(st.sampled_from([time for time in (*times, "24:00") if time != begin]))
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=7))
    mode = draw(st.sampled_from(["night", "away"]))
    return ScheduleEntry.model_validate({"days": days, "from": begin, "to": end, "mode": mode})


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    entries=st.lists(quarters(), max_size=4),
    zone=st.sampled_from(["Europe/Lisbon", "Australia/Lord_Howe", "Africa/Cairo"]),
    day=st.sampled_from(["2026-03-26", "2026-04-02", "2026-04-23", "2026-10-01", "2026-10-24"]),
)
def test_whatever_the_schedule_the_mode_changes_at_its_edges_alone(
    entries: list[ScheduleEntry], zone: str, day: str
) -> None:
    of = WeeklySchedule(entries, ZoneInfo(zone))
    begin = moment(f"{day} 12:00", zone=ZoneInfo(zone))
    edges = of.edges_after(begin)
    grid = [begin + 900 * k for k in range(1, 7 * 96)]
    modes = [of.mode_at(begin), *map(of.mode_at, grid)]
    changes = {at for at, old, new in zip(grid, modes, modes[1:], strict=False) if old != new}
    assert changes <= edges
