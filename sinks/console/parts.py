"""What the console's routes share."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config import Site
from sinks.console.desk import Desk
from sinks.console.guard import Guard
from sinks.console.history import History
from sinks.console.intake import Intake
from sinks.console.line_client import LineClient
from sinks.console.live import Hub
from sinks.console.render import Pages
from sinks.console.states import States


@dataclass(slots=True)
class Parts:
    """One console's parts, put together by `sinks.console.app`."""

    site: Site
    desk: Desk
    hub: Hub
    history: History
    intake: Intake
    line: LineClient
    states: States
    guard: Guard
    pages: Pages
