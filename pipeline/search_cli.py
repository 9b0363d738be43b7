"""The command ``hearsight search``."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from pipeline.config import Site
from pipeline.config.units import parse_duration
from pipeline.terminal import SiteArgument, console, fail, named_errors, read_site

_SENSES = {"video": "seen", "audio": "heard"}


def search(
    site: SiteArgument,
    words: Annotated[str, typer.Argument(metavar="WORDS", help='"a person with a ladder"')],
    camera: Annotated[
        list[str] | None, typer.Option("--camera", help="only this one; may be repeated")
    ] = None,
    since: Annotated[str, typer.Option(metavar="DURATION", help="look back so far")] = "24h",
    picture: Annotated[bool, typer.Option("--picture", help="only what was seen")] = False,
    sound: Annotated[bool, typer.Option("--sound", help="only what was heard")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100, help="moments of each sense at most")] = 10,
) -> None:
    """Look for moments in the archive of a running site, by words."""
    from sinks.console.line_client import LineUnavailable, SearchRefused

    settings = read_site(site)
    try:
        back_s = parse_duration(since)
    except ValueError as error:
        fail(f"--since: {error}")
    now = time.time()
    asked = {
        "text": words,
        "senses": [s for s, on in (("video", picture), ("audio", sound)) if on],
        "cameras": camera or [],
        "since": max(0.0, now - back_s),
        "until": now,
        "limit": limit,
    }
    with named_errors(LineUnavailable, SearchRefused):
        found = asyncio.run(_search(settings, asked))
    show(found, ZoneInfo(settings.timezone))


async def _search(site: Site, asked: dict[str, Any]) -> dict[str, Any]:
    from sinks.console.line_client import LineClient

    async with LineClient(site.state_dir) as line:
        return await line.search(**asked)


def show(found: dict[str, Any], zone: ZoneInfo) -> None:
    """Print what was found, and what is to be known of it."""

    def when(at: float) -> str:
        return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M:%S}"

    for sense, words in found["unknown_words"].items():
        model = "sight" if sense == "video" else "sound"
        _note(f"the {model} model never met: {', '.join(words)}; what they find is chance")
    if found["back_to"] is not None:
        _note(f"the time for a search was over: searched back to {when(found['back_to'])} only")
    if found["other_models"]:
        others = ", ".join(found["other_models"])
        _note(f"part of it was archived with another model ({others}) and was not searched")
    if found["damaged"]:
        _note(f"{found['damaged']} damaged places of the archive were passed over")
    compared = sum(found["searched"].values())
    if not compared:
        back = found["reaches_back_to"]
        reach = f": it reaches back to {when(back)}" if back is not None else " yet"
        console.print(f"nothing is archived of this time{reach}", highlight=False)
        return
    table = Table(box=None)
    for heading in ("when", "lasts", "camera", "view", "", "stands out", "by (sd)"):
        table.add_column(heading)
    for m in found["moments"]:
        sigma = "" if m["unusual"] is None else f"{m['unusual']:.1f}"
        lasts = f"{m['end'] - m['begin']:.0f} s"
        cells = (when(m["at"]), lasts, m["camera"], m["view"], _SENSES[m["sense"]])
        table.add_row(*map(Text, (*cells, m["stands_out"], sigma)))
    console.print(table)
    console.print(f"{compared} pictures and sounds searched in {found['took_s']:.1f} s")


def _note(text: str) -> None:
    console.print(Text.assemble(("look at: ", "yellow"), text))
