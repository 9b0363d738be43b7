"""Pages: server-rendered templates, every value in them text unless a template says otherwise."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


class Pages:
    """Renders the templates of this package.

    Args:
        site: its name, in every page's title.
        zone: in which times are shown.
    """

    def __init__(self, site: str, zone: zoneinfo.ZoneInfo) -> None:
        self._zone = zone
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"site": site, "zone": zone.key}
        self._environment.filters["when"] = self.when
        self._environment.filters["iso"] = _iso
        self._environment.filters["took"] = took

    def share(self, **values: Any) -> None:
        """Give all templates some values."""
        self._environment.globals.update(values)

    def render(
        self, request: Request, name: str, *, who: Any = None, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """The page ``name``.

        Args:
            request: which page is asked for.
            name: of the template.
            who: the `Principal` who is signed in; None: nobody.
            status: of the response.
            values: for the template.
        """
        text = self.text(name, who=who, path=request.url.path, **values)
        return HTMLResponse(text, status_code=status)

    def text(self, name: str, *, who: Any = None, path: str = "", **values: Any) -> str:
        """What the template ``name`` makes of some values, for no browser in particular."""
        template = self._environment.get_template(name)
        return template.render(who=who, csrf=who.csrf if who else "", path=path, **values)

    def when(self, seconds: float | None, *, seconds_too: bool = True) -> str:
        """A time as people at the site read it; an em dash for none.

        In the hour that comes twice when clocks are put back, with the distance from UTC.
        """
        if seconds is None:
            return "—"
        try:
            at = dt.datetime.fromtimestamp(seconds, self._zone)
        except (OverflowError, ValueError, OSError):
            return "?"
        told = at.strftime("%Y-%m-%d %H:%M:%S" if seconds_too else "%Y-%m-%d %H:%M")
        twice = at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset()
        return f"{told} GMT{at.isoformat()[-6:]}" if twice else told


def _iso(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds")


def took(seconds: float) -> str:
    """A duration in the largest units that say it."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"
