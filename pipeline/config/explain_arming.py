"""What ``hearsight check`` says of modes and schedules."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from pipeline.config.arming import ALL, ALWAYS, DAYS, DISARMED, ScheduleEntry
from pipeline.config.model import Site
from pipeline.config.rules import Rule


def arming_table(site: Site) -> Table | None:
    """Which mode holds when, and what it arms; None where every rule is armed all the time."""
    schedules = [(place, entries) for place, entries in site.arming.schedules() if entries]
    if not schedules and all(rule.armed == (ALL,) for rule in site.rules.values()):
        return None
    table = Table(title="Arming", title_justify="left", show_lines=True)
    for heading in ("where", "when", "mode"):
        table.add_column(heading, overflow="fold")
    # The narrowest first, as they count.
    for place, entries in reversed(schedules):
        whens, modes = (
            "\n".join(column) for column in zip(*((when(e), e.mode) for e in entries), strict=True)
        )
        table.add_row(*map(Text, (_where(place), whens, modes)))
    table.add_row(*map(Text, ("everywhere else", "at other times", site.arming.default_mode)))
    for mode in site.arming.known:
        armed = [name for name, rule in site.rules.items() if rule.armed_in(mode)]
        table.add_row(Text(f"in {mode}"), Text(f"armed: {', '.join(armed) or 'nothing'}"), Text(""))
    return table


def when(entry: ScheduleEntry) -> str:
    """An entry's time in words, such as ``mon-fri 22:00 to 06:00 (next day)``."""
    days = "every day" if entry.days == DAYS else _days(entry.days)
    if (entry.begin, entry.end) == ("00:00", "24:00"):
        return days
    return f"{days} {entry.begin} to {entry.end}{' (next day)' if entry.end < entry.begin else ''}"


def armed_when(rule: Rule) -> str:
    """When a rule is armed, in words."""
    if rule.armed == (ALWAYS,):
        return f"armed always, also {DISARMED}"
    return "armed" if rule.armed == (ALL,) else f"armed in {', '.join(rule.armed)}"


def about_arming(site: Site) -> Iterator[str]:
    """What a person should look at: each a full sentence that names its option."""
    set_by_itself = {site.arming.default_mode}
    set_by_itself |= {entry.mode for _, entries in site.arming.schedules() for entry in entries}
    for name, rule in site.rules.items():
        if not any(rule.armed_in(mode) for mode in set_by_itself):
            yield (
                f"rule {name} is armed in {', '.join(rule.armed)}, which no schedule and no "
                "default sets: it is silent until somebody arms it by hand."
            )


def _where(place: str) -> str:
    _, _, where = place.partition(".")
    kind, _, name = where.partition(".")
    return {"groups": f"group {name}", "cameras": f"camera {name}"}.get(kind, "site")


def _days(days: tuple[str, ...]) -> str:
    """Runs of days as ranges: ``mon-wed, sat``."""
    runs: list[list[str]] = []
    for day in days:
        if runs and DAYS.index(day) == DAYS.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
