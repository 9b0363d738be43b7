"""What the console's routes share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.config import Rule, Site
from sinks.console.desk import Desk
from sinks.console.guard import Guard
from sinks.console.history import History
from sinks.console.intake import Intake
from sinks.console.line_client import LineClient
from sinks.console.live import Hub
from sinks.console.render import Pages
from sinks.console.site_now import SiteNow
from sinks.console.states import States
from sinks.console.values import mapping


@dataclass(slots=True)
class Parts:
    """One console's parts, put together by `sinks.console.app`."""

    now: SiteNow
    desk: Desk
    hub: Hub
    history: History
    intake: Intake
    line: LineClient
    states: States
    guard: Guard
    pages: Pages

    @property
    def site(self) -> Site:
        """The site as it is now: ask anew with each request."""
        return self.now.site

    def rules_of(self, camera: str) -> dict[str, dict[str, Any]]:
        """The rules that watch a camera: as the site runs; before it was asked, as its file says.

        Each has ``kind``, ``severity``, ``see``, ``hear`` and ``false_alarms_per_day``.
        """
        told = self.states.site
        if not told:
            return {name: _as_told(rule) for name, rule in self.site.rules_of(camera).items()}
        rules, cameras = mapping(told.get("rules")), mapping(told.get("cameras"))
        names = mapping(cameras.get(camera)).get("rules", [])
        return {name: rules[name] for name in names if name in rules}


def _as_told(rule: Rule) -> dict[str, Any]:
    return {
        "kind": "learn" if rule.learn else "contradiction" if rule.contradiction else "prompts",
        "severity": rule.severity.value,
        "see": list(rule.see),
        "hear": list(rule.hear),
        "false_alarms_per_day": rule.false_alarms,
    }
