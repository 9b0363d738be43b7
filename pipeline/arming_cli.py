"""The commands ``hearsight arm`` and ``hearsight silence``."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.arming import NOT_ARMED, SILENCED, Arming
from pipeline.arming_orders import (
    ByHand,
    OrderRefused,
    Orders,
    Silence,
    known_of,
    with_arm,
    with_silence,
)
from pipeline.config import Site
from pipeline.config.arming import minutes_of
from pipeline.config.units import parse_duration
from pipeline.ledger import Ledger, LedgerError
from pipeline.normal_cli import give, ledger_of
from pipeline.schedule import moment
from pipeline.terminal import SiteArgument, console, named_errors, read_running_site

_CLOCK = re.compile(r"^(?:(?P<day>\d{4}-\d\d-\d\d)[ T])?(?P<time>[0-2]\d:[0-5]\d)$")

CameraName = Annotated[str, typer.Option("--camera", help="default: every camera")]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="06:30, or 2026-12-24 18:00, in the site's time")
]
For = Annotated[str | None, typer.Option("--for", metavar="DURATION", help="such as 90min, 2h, 1d")]


class WhenUnclear(ValueError):
    """An end that cannot be read; the text says how to write one."""


def arm(
    site: SiteArgument,
    mode: Annotated[
        str | None, typer.Argument(metavar="[MODE]", help="without it: show how it stands")
    ] = None,
    camera: CameraName = "",
    group: Annotated[str, typer.Option("--group", help="the cameras of this group")] = "",
    until: Until = None,
    for_: For = None,
    undo: Annotated[bool, typer.Option("--undo", help="go back to the schedule")] = False,
) -> None:
    """Set the mode by hand, for the site, a group or a camera; it goes before the schedule.

    It holds until its end, or until it is taken back with --undo. The newest order for a camera
    holds. Without MODE and --undo: show the mode of each camera, and why.
    """
    settings = read_running_site(site)
    with named_errors(LedgerError, OrderRefused, WhenUnclear):
        if mode is None and not undo:
            if camera or group or until or for_:
                raise WhenUnclear(f"say which mode: {', '.join(settings.arming.known)}, or --undo")
            console.print(how_it_stands(settings, time.time()))
            return
        if mode is not None and undo:
            raise WhenUnclear("give a mode, or --undo, not both")
        now = time.time()
        end = _end(settings, until, for_, now)
        # Looked at before it is placed: an order may wait for the site's next start.
        with_arm(settings, Orders(), ByHand(mode or "", camera, group, end), now)
        detail = {"mode": mode or "", "until": end, "group": group}
        _give(settings, "arm", camera=camera, **detail)


def silence(
    site: SiteArgument,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="which makes no alert")],
    camera: CameraName = "",
    for_: For = None,
    until: Until = None,
    reason: Annotated[str, typer.Option(help="why, for the others")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="let it alert again")] = False,
) -> None:
    """Keep a rule from alerting for a while, at most seven days; it goes on learning."""
    settings = read_running_site(site)
    with named_errors(LedgerError, OrderRefused, WhenUnclear):
        if undo:
            if for_ or until:
                raise WhenUnclear("--undo ends the silence now: leave the time out")
            _give(settings, "unsilence", camera=camera, rule=rule)
            return
        now = time.time()
        end = _end(settings, until, for_, now)
        if end is None:
            raise WhenUnclear("a silence has an end: say --for 2h, or --until 18:00")
        with_silence(settings, Orders(), Silence(rule, camera, end), now)
        _give(settings, "silence", camera=camera, rule=rule, until=end, reason=reason)


def _give(settings: Site, kind: str, **order: Any) -> None:
    if not give(settings, kind, **order):
        raise typer.Exit(1)


def _end(site: Site, until: str | None, for_: str | None, now: float) -> float | None:
    """Seconds since 1970 of the end that was given. Raises WhenUnclear."""
    if until is not None and for_ is not None:
        raise WhenUnclear("say --until or --for, not both")
    if for_ is not None:
        try:
            return now + parse_duration(for_)
        except ValueError as error:
            raise WhenUnclear(f"--for: {error}") from error
    return moment_of(until, ZoneInfo(site.timezone), now) if until is not None else None


def moment_of(text: str, zone: ZoneInfo, now: float) -> float:
    """When the clock on the wall shows ``text`` next, or on the day that stands in it.

    Args:
        text: such as ``06:30`` or ``2026-12-24 18:00``.
        zone: whose clock.
        now: UTC epoch seconds.

    Returns:
        UTC epoch seconds.

    Raises:
        WhenUnclear: it is no time.
    """
    found = _CLOCK.match(text)
    if found is None or found["time"] > "24:00":
        raise WhenUnclear(f"{text!r} is no time: write 06:30, or '2026-12-24 18:00'")
    minutes = minutes_of(found["time"])
    if found["day"]:
        try:
            day = date.fromisoformat(found["day"])
        except ValueError:
            raise WhenUnclear(f"{text!r} is no day of the calendar") from None
        return moment(zone, day, minutes)
    today = datetime.fromtimestamp(now, zone).date()
    moments = (moment(zone, today + timedelta(days=k), minutes) for k in range(3))
    return next(at for at in moments if at > now)


# --- how it stands -------------------------------------------------------------------------------


def how_it_stands(site: Site, now: float) -> RenderableType:
    """The mode of each camera, and what is silenced: by the site file and what people ordered.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    told = _told(ledger_of(site))
    orders = Orders(
        tuple(ByHand(**order) for order in told.get("by_hand", ())),
        tuple(Silence(**order) for order in told.get("silences", ())),
    )
    zone = ZoneInfo(site.timezone)
    standing = Arming(site, known_of(site, orders)).standing(now)
    modes = Table(title="Modes", title_justify="left", show_lines=True)
    for heading in ("camera", "mode", "why", "next", "armed", "not armed"):
        modes.add_column(heading, overflow="fold")
    for camera, one in standing["cameras"].items():
        why = f"{one['why']}, {one['of']}" + (f", {one['by']}" if one["by"] else "")
        after = one["next"]
        then = f"{_when(after['at'], zone, now)} {after['mode']}" if after else "-"
        rules = {s: [r for r, t in one["rules"].items() if t == s] for s in ("armed", NOT_ARMED)}
        silenced = [f"{r} (silenced)" for r, t in one["rules"].items() if t == SILENCED]
        lists = (rules["armed"], [*rules[NOT_ARMED], *silenced])
        cells = (camera, one["mode"], why, then, *("\n".join(some) or "-" for some in lists))
        modes.add_row(*map(Text, cells))
    if not standing["silences"]:
        return modes
    silences = Table(title="Silences", title_justify="left")
    for heading in ("rule", "camera", "until", "by", "reason"):
        silences.add_column(heading, overflow="fold")
    for s in standing["silences"]:
        end = _when(s["until"], zone, now)
        silences.add_row(
            *map(Text, (s["rule"], s["camera"] or "every camera", end, s["by"], s["reason"]))
        )
    return Group(modes, silences)


def _told(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    with Ledger(path) as ledger:
        return ledger.standing("arming").get("arming", {})


def _when(at: float, zone: ZoneInfo, now: float) -> str:
    then, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone)
    return f"{then:%H:%M}" if then.date() == today.date() else f"{then:%a %Y-%m-%d %H:%M}"
