"""The judge's side of arming: carries out people's orders, keeps them, and tells how it stands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from pipeline.arming import Arming
from pipeline.arming_orders import (
    ByHand,
    OrderRefused,
    Orders,
    Silence,
    known_of,
    with_arm,
    with_silence,
    without_silence,
)
from pipeline.arming_store import ArmingError, ArmingStore
from pipeline.channel import Channel
from pipeline.config import Site
from pipeline.ledger import Ledger, LedgerError, Order
from pipeline.messages import HealthEvent
from pipeline.metrics import Recorder

log = structlog.get_logger()

#: Under which the ledger keeps how arming stands.
SUBJECT = "arming"
#: A file that could not be read is tried again after so many seconds.
_AGAIN_S = 30.0


class ArmingDesk:
    """Changes what is armed when people order it, and says so.

    Args:
        site: its modes, schedules and names.
        folder: the site's data folder.
        ledger: opened; takes how it stands.
        channel: to the supervisor.
        recorder: this process's counts.
        clock: UTC epoch seconds.
    """

    def __init__(
        self,
        site: Site,
        folder: Path,
        ledger: Ledger,
        channel: Channel,
        recorder: Recorder,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site = site
        self._store = ArmingStore(folder / "arming.sqlite3")
        self._ledger = ledger
        self._channel = channel
        self._recorder = recorder
        self._clock = clock
        #: Decides (`Arming.allows`).
        self.arming = Arming(site)
        #: By the kind of their orders (`pipeline.learning_desk`).
        self.handlers: dict[str, Callable[[Order], str]] = {
            "arm": self._arm,
            "silence": self._silence,
            "unsilence": self._unsilence,
        }
        self._read, self._unreadable = False, False
        self._read_at = -math.inf
        self._told: dict[str, Any] = {}
        #: Between these two nothing changes by itself; the first is infinite where it is unknown.
        self._looked_at, self._change_at = math.inf, -math.inf
        self._trouble = ""

    # --- life ---------------------------------------------------------------------------------

    def resume(self) -> None:
        """Take over what was ordered."""
        try:
            self._load()
        except ArmingError as error:
            if self._unreadable:
                return
            self._unreadable = True
            self._recorder.count("hearsight_errors_total", stage="judge", reason="arming")
            log.error("modes set by hand and silences are unknown", error=str(error))
            self._health("arming_unknown", str(error))

    def follow(self, site: Site) -> None:
        """Decide for another site from now on; orders for names that it has go on."""
        self._site = site
        self.arming = Arming(site, known_of(site, self.arming.orders))
        self._told = {camera: told for camera, told in self._told.items() if camera in site.cameras}
        self._looked_at = math.inf

    def look(self, now: float) -> None:
        """Do what is due; ``now`` is the monotonic clock in seconds."""
        if not self._read and now - self._read_at >= _AGAIN_S:
            self._read_at = now
            self.resume()
        at = self._clock()
        # A clock that was set back is a change as well.
        if not self._looked_at <= at < self._change_at:
            self._tell(at)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def _load(self) -> None:
        if self._read:
            return
        kept = self._store.read()
        self.arming.orders = known_of(self._site, kept)
        if self.arming.orders != kept:
            log.warning("orders for names that the site does not have any more are left out")
        self._read = True
        self._looked_at = math.inf
        if self._unreadable:
            self._unreadable = False
            self._health("arming_known", "")

    def _health(self, kind: str, detail: str) -> None:
        standing = kind == "arming_unknown"
        event = HealthEvent(None, kind, detail, self._clock(), subject=SUBJECT, standing=standing)
        self._channel.send(event, timeout_s=1.0)

    # --- how it stands ------------------------------------------------------------------------

    def _tell(self, at: float) -> None:
        standing = self.arming.standing(at)
        try:
            self._ledger.stand(SUBJECT, standing)
        except LedgerError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._recorder.count("hearsight_errors_total", stage="judge", reason="ledger")
                log.error("how arming stands is not told", error=self._trouble)
            return
        self._trouble = ""
        _log_changes(self._told, standing["cameras"])
        self._told = standing["cameras"]
        self._looked_at = at
        change = standing["next_change"]
        self._change_at = math.inf if change is None else change

    # --- orders -------------------------------------------------------------------------------

    def _arm(self, order: Order) -> str:
        """Set a mode by hand, or (empty) go back to the schedule. Raises OrderRefused."""
        until = order.detail.get("until")
        wanted = ByHand(
            mode=_text(order.detail, "mode"),
            camera=order.camera,
            group=_text(order.detail, "group"),
            until=None if until is None else _seconds(until),
            by=order.by,
            at=order.at,
        )
        self._change(lambda orders, now: with_arm(self._site, orders, wanted, now))
        if not wanted.mode:
            return f"{wanted.of}: back to the schedule"
        end = "until it is taken back" if wanted.until is None else self._until(wanted.until)
        return f"{wanted.of}: {wanted.mode} by hand, {end}"

    def _silence(self, order: Order) -> str:
        """Keep a rule from alerting for a while. Raises OrderRefused."""
        wanted = Silence(
            rule=order.rule,
            camera=order.camera,
            until=_seconds(order.detail.get("until")),
            reason=_text(order.detail, "reason"),
            by=order.by,
            at=order.at,
        )
        self._change(lambda orders, now: with_silence(self._site, orders, wanted, now))
        where = wanted.camera or "every camera"
        return f"rule {wanted.rule} is silenced at {where}, {self._until(wanted.until)}"

    def _unsilence(self, order: Order) -> str:
        """Let a rule alert again. Raises OrderRefused."""
        rule, camera = order.rule, order.camera
        self._change(lambda orders, now: without_silence(self._site, orders, rule, camera, now))
        return f"rule {rule} is not silenced any more{f' at {camera}' if camera else ''}"

    def _change(self, change: Callable[[Orders, float], Orders]) -> None:
        self._load()
        orders = change(self.arming.orders, self._clock())
        # It holds once it is on disk.
        self._store.write(orders)
        self.arming.orders = orders
        self._tell(self._clock())

    def _until(self, at: float) -> str:
        return f"until {datetime.fromtimestamp(at, self.arming.zone):%Y-%m-%d %H:%M}"


def _text(detail: Mapping[str, Any], key: str) -> str:
    value = detail.get(key, "")
    if not isinstance(value, str) or len(value) > 1000:
        raise OrderRefused(f"{key} is a short text")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise OrderRefused("until: say when it ends, in seconds since 1970")
    return float(value)


def _log_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """One line for each mode that has come into force somewhere."""
    changed: dict[tuple[str, str, str], list[str]] = {}
    for camera, one in now.items():
        key = (one["mode"], one["why"], one["of"])
        old = before.get(camera)
        if old is None or (old["mode"], old["why"], old["of"]) != key:
            changed.setdefault(key, []).append(camera)
    for (mode, why, of), cameras in changed.items():
        log.info("mode", mode=mode, why=why, of=of, cameras=cameras)
