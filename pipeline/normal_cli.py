"""``hearsight normal``: looks at what cameras have learned, and gives orders to it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from pipeline.config import Site
from pipeline.ledger import Ledger, LedgerError, Order
from pipeline.terminal import SiteArgument, console, named_errors, read_site

app = typer.Typer(no_args_is_help=True, help="What is normal at each camera, as it was learned.")

#: A running site answers within a second or two.
PATIENCE_S = 5.0

CameraName = Annotated[str, typer.Option("--camera", help="default: every camera")]
RuleName = Annotated[str, typer.Option("--rule", help="default: every rule with learn:")]
SenseName = Annotated[str, typer.Option("--sense", help="video or audio; default: both")]


def ledger_of(site: Site) -> Path:
    """Where a site's ledger is."""
    return site.state_dir / "learning.sqlite3"


def give(site: Site, kind: str, *, by: str | None = None, **order: Any) -> bool:
    """Place an order, by default in the user's name, and wait for what becomes of it.

    Returns:
        False where it was refused.

    Raises:
        LedgerError: it could not be placed.
    """
    with Ledger(ledger_of(site)) as ledger:
        number = ledger.place(kind, by=by or getpass.getuser(), **order)
        return tell_outcome(lambda: ledger.order(number))


def tell_outcome(find: Callable[[], Order | None]) -> bool:
    """Wait for what becomes of an order, and tell it.

    Args:
        find: the order, or None while it is not placed; raises LedgerError.

    Returns:
        False where it was refused.
    """
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        placed = find()
        if placed is not None and placed.outcome is not None:
            console.print(Text(placed.outcome, style="red" if placed.refused else "green"))
            return not placed.refused
        time.sleep(0.1)
    console.print(
        "[yellow]the order waits:[/] nothing took it in "
        f"{PATIENCE_S:g} s; a site that does not run takes it at its next start; one that loads "
        "its models, after that"
    )
    return True


@app.command("show")
def show(site: SiteArgument) -> None:
    """How far each camera has learned, what waits in doubt, and which versions there are."""
    settings = read_site(site)
    with named_errors(LedgerError):
        if not ledger_of(settings).exists():
            raise LedgerError("nothing was learned yet: has `hearsight run` worked on this site?")
        with Ledger(ledger_of(settings)) as ledger:
            standing = ledger.standing("normal/")
        if not standing:
            raise LedgerError("nothing was learned yet: does a rule have `learn:`, and run?")
    console.print(_standing_table(standing, ZoneInfo(settings.timezone)))


@app.command("pictures")
def pictures(
    site: SiteArgument,
    page: Annotated[Path, typer.Option(help="the HTML file to write")] = Path("normal.html"),
) -> None:
    """Write a page with the pictures of what is normal, and of what waits in doubt."""
    from detectors import DetectorStateError
    from pipeline.learning.pictures import pictures_page
    from pipeline.statefile import StateDamaged

    settings = read_site(site)
    with named_errors(StateDamaged, DetectorStateError, OSError):
        text = pictures_page(settings.state_dir / "normal", ZoneInfo(settings.timezone))
        page.write_text(text, "utf-8")
    console.print(f"page: {page}", highlight=False, soft_wrap=True)


@app.command("journal")
def journal(
    site: SiteArgument, lines: Annotated[int, typer.Option(min=1, help="how many")] = 30
) -> None:
    """What was learned, taken back and ordered, the newest first."""
    settings = read_site(site)
    zone = ZoneInfo(settings.timezone)
    table = Table()
    for heading in ("when", "what", "camera", "rule", "by", "detail"):
        table.add_column(heading, overflow="fold")
    with named_errors(LedgerError), Ledger(ledger_of(settings)) as ledger:
        for line in ledger.journal(lines):
            said = ", ".join(
                _said(k, v, zone) for k, v in line.detail.items() if v not in ("", None)
            )
            table.add_row(
                _when(line.at, zone), *map(Text, (line.what, line.camera, line.rule, line.by, said))
            )
    console.print(table)


@app.command("freeze")
def freeze(
    site: SiteArgument, camera: CameraName = "", rule: RuleName = "", sense: SenseName = ""
) -> None:
    """Judge, and learn nothing more until `thaw`."""
    _order(site, "freeze", camera, rule, sense)


@app.command("thaw")
def thaw(
    site: SiteArgument, camera: CameraName = "", rule: RuleName = "", sense: SenseName = ""
) -> None:
    """Learn again; after a drift, what is learned now is where it begins."""
    _order(site, "thaw", camera, rule, sense)


@app.command("rollback")
def rollback(
    site: SiteArgument,
    to: Annotated[int, typer.Option(help="a version, as in `show`")],
    camera: CameraName = "",
    rule: RuleName = "",
    sense: SenseName = "",
) -> None:
    """Go back to an earlier version of what was learned."""
    _order(site, "rollback", camera, rule, sense, version=to)


@app.command("settle")
def settle(
    site: SiteArgument,
    number: Annotated[int, typer.Argument(help="of what is doubtful, as in `show`")],
    normal: Annotated[
        bool, typer.Option("--normal/--never", help="it is normal, or never will be")
    ],
    camera: CameraName = "",
    rule: RuleName = "",
    sense: SenseName = "",
) -> None:
    """Decide on something doubtful, instead of waiting whether it comes again."""
    _order(site, "settle", camera, rule, sense, number=number, normal=normal)


@app.command("forget")
def forget(
    site: SiteArgument,
    camera: Annotated[str, typer.Option("--camera")],
    rule: RuleName = "",
    sense: SenseName = "",
) -> None:
    """Learn a camera's normal anew, from the warm-up on; a frozen one too."""
    _order(site, "forget", camera, rule, sense)


def _order(site: Path, kind: str, camera: str, rule: str, sense: str, **detail: Any) -> None:
    settings = read_site(site)
    with named_errors(LedgerError):
        if sense:
            detail["sense"] = sense
        if not give(settings, kind, camera=camera, rule=rule, **detail):
            raise typer.Exit(1)


def _standing_table(standing: dict[str, dict[str, Any]], zone: ZoneInfo) -> Table:
    table = Table(show_lines=True)
    for heading in ("camera", "rule", "sense", "state", "in doubt", "versions"):
        table.add_column(heading, overflow="fold")
    for subject, s in standing.items():
        state = f"warming up, {s['gathered']:.0%}" if s["phase"] == "gathering" else "judging"
        state += f"\n{s['watched_s'] / 3600:.1f} h watched"
        if s["phase"] != "gathering":
            state += f"\n{s['learned_since']} moments learned since"
            state += f"\nmoved {s['moved']:.2f} spreads"
        if s["frozen"]:
            state += "\nFROZEN"
        if silent := s.get("silent"):
            state += f"\nsilent until learned anew: {', '.join(silent)}"
        doubtful = "\n".join(
            f"{d['number']}: {d['occasions']} times, {d['stayed_s']:.0f} s, last "
            f"{_when(d['last_at'], zone)}{' (never normal)' if d['refused'] else ''}"
            for d in s["doubtful"]
        )
        versions = "\n".join(f"{n}: {reason}, {_when(at, zone)}" for n, reason, at in s["versions"])
        _, camera, rule, sense = subject.split("/")
        cells = (camera, rule, sense, state, doubtful or "-", versions or "-")
        table.add_row(*map(Text, cells))
    return table


def _said(key: str, value: Any, zone: ZoneInfo) -> str:
    is_time = key == "until" and isinstance(value, int | float)
    return f"{key} {_when(value, zone) if is_time else value}"


def _when(at: float, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}"
