"""What is armed where and when: schedules, orders by hand, and silences. Pure, in wall time.

`Arming.allows` is the one place that decides whether an incident may become an alert. It is asked
with the wall time of the window that is judged, remembers no time of its own, and so goes on
rightly when the clock is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.arming_orders import ByHand, Orders, Silence
from pipeline.config import Site
from pipeline.schedule import WeeklySchedule

#: Why an incident makes no alert.
NOT_ARMED, SILENCED = "not_armed", "silenced"


@dataclass(frozen=True, slots=True)
class InForce:
    """The mode of a camera, and why."""

    mode: str
    #: ``by hand``, ``schedule`` or ``default``.
    why: str
    #: Whose it is: ``site``, ``group NAME`` or ``camera NAME``.
    of: str
    #: Of an order by hand: when it ends, if it does, and who gave it.
    until: float | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an incident may become an alert."""

    mode: str
    #: Empty where it may, else `NOT_ARMED` or `SILENCED`.
    reason: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may."""
        return not self.reason


class Arming:
    """Decides for one site.

    Args:
        site: its modes, schedules, groups and rules.
        orders: of people; may be set anew at any time.
    """

    def __init__(self, site: Site, orders: Orders | None = None) -> None:
        self._site = site
        self._groups = site.groups
        self.zone = ZoneInfo(site.timezone)
        schedules = {
            "site": site.arming.schedule,
            **{f"group {name}": entries for name, entries in site.arming.groups.items()},
            **{f"camera {name}": entries for name, entries in site.arming.cameras.items()},
        }
        self._schedules = {of: WeeklySchedule(e, self.zone) for of, e in schedules.items() if e}
        self.orders = orders or Orders()

    def allows(self, camera: str, rule: str, at: float) -> Decision:
        """Whether an incident of ``rule`` at ``camera`` may become an alert at ``at``."""
        mode = self.in_force(camera, at).mode
        if not self._site.rules[rule].armed_in(mode):
            return Decision(mode, NOT_ARMED)
        if any(s.rule == rule and s.camera in ("", camera) for s in self._silences(at)):
            return Decision(mode, SILENCED)
        return Decision(mode)

    def in_force(self, camera: str, at: float) -> InForce:
        """The mode at a camera: that of the newest order for it, else of the narrowest schedule."""
        for order in reversed(self.orders.by_hand):
            if self._covers(order, camera) and order.holds(at):
                if not order.mode:
                    break
                return InForce(order.mode, "by hand", order.of, order.until, order.by)
        for of in self._chain(camera):
            mode = self._schedules[of].mode_at(at)
            if mode is not None:
                return InForce(mode, "schedule", of)
        return InForce(self._site.arming.default_mode, "default", "site")

    def next_change(self, camera: str, at: float) -> tuple[float, InForce] | None:
        """When something else comes into force at a camera, and what; None: not by itself.

        A schedule is looked at for a week ahead.
        """
        now = self.in_force(camera, at)
        if now.why == "by hand":
            return None if now.until is None else (now.until, self.in_force(camera, now.until))
        edges: set[float] = set()
        for of in self._chain(camera):
            edges |= self._schedules[of].edges_after(at)
        for edge in sorted(edges):
            then = self.in_force(camera, edge)
            if (then.mode, then.why, then.of) != (now.mode, now.why, now.of):
                return edge, then
        return None

    def standing(self, at: float) -> dict[str, Any]:
        """How everything stands at ``at``, as plain values, for people to see."""
        cameras = {name: self._camera(name, at) for name in self._site.cameras}
        silences = sorted(self._silences(at), key=lambda s: s.until)
        changes = [c["next"]["at"] for c in cameras.values() if c["next"]]
        changes += [s.until for s in silences]
        return {
            "modes": list(self._site.arming.known),
            "default": self._site.arming.default_mode,
            "groups": {group: list(members) for group, members in self._groups.items()},
            "cameras": cameras,
            "by_hand": [asdict(o) for o in self.orders.by_hand if o.holds(at)],
            "silences": [asdict(silence) for silence in silences],
            "next_change": min(changes, default=None),
        }

    def _camera(self, camera: str, at: float) -> dict[str, Any]:
        change = self.next_change(camera, at)
        return {
            **asdict(self.in_force(camera, at)),
            "next": None if change is None else {"at": change[0], "mode": change[1].mode},
            "rules": {
                rule: self.allows(camera, rule, at).reason or "armed"
                for rule in self._site.rules_of(camera)
            },
        }

    def _silences(self, at: float) -> Iterator[Silence]:
        return (silence for silence in self.orders.silences if silence.holds(at))

    def _covers(self, order: ByHand, camera: str) -> bool:
        if order.group:
            return camera in self._groups[order.group]
        return order.camera in ("", camera)

    def _chain(self, camera: str) -> Iterator[str]:
        """Whose schedules count at a camera, the narrowest first."""
        groups = (f"group {group}" for group in self._site.cameras[camera].groups)
        for of in (f"camera {camera}", *groups, "site"):
            if of in self._schedules:
                yield of
