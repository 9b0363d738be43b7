"""What comes to the console: alerts, scores and health from Redis, states from the running site.

Alerts are kept before they are acknowledged. Each loop goes on through every trouble, which is told
once and stands in every page while it lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from pipeline.records import Alert, Severity
from sinks.console.canary import CanaryMissing, CanaryWatch
from sinks.console.desk import Desk, DeskError
from sinks.console.history import History, HistoryError
from sinks.console.live import Hub
from sinks.console.values import items, mapping, moment, number, threshold
from sinks.feedback import Verdict
from sinks.group_reader import ReaderUnavailable
from sinks.reader import Received

log = structlog.get_logger()

_BLOCK_S = 1.0
_RETRY_S = 2.0
_LOOK_S = 1.0
_PRUNE_S = 3600.0
_AGES_AGAIN_S = 60.0
_FLUSH_S = 30.0
#: By what does not work, what that means to whoever watches.
_MEANING = {
    "alerts": "Alerts do not come in, and those shown may not be all",
    "scores": "Scores and the health of cameras do not come in",
    "desk": "What is done about alerts cannot be kept",
    "verdicts": "Verdicts do not reach the site, and it does not learn from them yet",
    "retention": "What is too old is not deleted from Redis",
    "canary": "No canary came",
}
#: Of what is heard, in characters.
_WORDS = 120


class Alerts(Protocol):
    """The part of ``sinks.reader.AlertReader`` that is needed."""

    def open(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
    def read(self, block_s: float = ..., count: int = ...) -> list[Received]: ...  # noqa: D102
    def ack(self, received: list[Received]) -> None: ...  # noqa: D102


class LiveItems(Protocol):
    """The part of ``sinks.live_reader.LiveReader`` that is needed."""

    def read(self, block_s: float = ...) -> list[tuple[str, dict[str, Any]]]: ...  # noqa: D102


class Intake:
    """Runs the console's loops.

    Args:
        desk: opened.
        hub: told of every change.
        history: opened; keeps the scores.
        alerts: not opened yet.
        live: scores and health.
        send: writes a verdict to the stream; raises ReaderUnavailable.
        escalate_after: seconds by severity.
        keep_s: how long incidents are kept.
        canary: knows whether one should have come.
        expire: deletes from the streams what is too old; raises ReaderUnavailable.
    """

    def __init__(
        self,
        desk: Desk,
        hub: Hub,
        history: History,
        alerts: Alerts,
        live: LiveItems,
        send: Callable[[Verdict], Any],
        escalate_after: dict[Severity, float],
        keep_s: float,
        canary: CanaryWatch,
        expire: Callable[[], Any] = lambda: None,
    ) -> None:
        self._desk = desk
        self._hub = hub
        self._history = history
        self._alerts = alerts
        self._live = live
        self._send = send
        self._escalate_after = escalate_after
        self._keep_s = keep_s
        self._canary = canary
        self._expire = expire
        self._verdict = asyncio.Event()
        self._open = False
        #: Read, and not on the desk or not acknowledged yet.
        self._received: list[Received] = []
        self._prune_at = self._flush_at = 0.0
        #: By what does not work, why.
        self.troubles: dict[str, str] = {}

    def told(self) -> dict[str, str]:
        """By what does not work, a sentence for people: what it means, and why."""
        return {what: f"{_MEANING[what]}: {why}" for what, why in self.troubles.items()}

    def verdict_given(self) -> None:
        """A verdict waits on the desk."""
        self._verdict.set()

    async def run(self) -> None:
        """Take in until cancelled."""
        async with asyncio.TaskGroup() as group:
            for loop in (
                self._follow_alerts,
                self._follow_live,
                self._follow_verdicts,
                self._follow_time,
                self._follow_ages,
                self._hub.keep_telling_scores,
            ):
                group.create_task(loop())

    async def _follow_alerts(self) -> None:
        try:
            while True:
                if not await self._works("alerts", self._take_alerts):
                    self._open = False
                    await asyncio.sleep(_RETRY_S)
        finally:
            self._alerts.close()

    async def _take_alerts(self) -> None:
        if not self._open:
            await asyncio.to_thread(self._alerts.open)
            self._open = True
        # While the desk cannot keep them they are held here: each reading counts as a try in Redis,
        # and what was tried too often is set aside as poison.
        if not self._received:
            self._received = await asyncio.to_thread(self._alerts.read, _BLOCK_S, 100)
        kept = [one for one in self._received if self._keep(one.alert)]
        if kept:
            await asyncio.to_thread(self._alerts.ack, kept)
        self._received = []

    def _keep(self, alert: Alert) -> bool:
        """Whether the desk has it now. Raises DeskError."""
        try:
            change = self._desk.take(alert)
        except DeskError:
            raise
        except Exception:
            # It keeps no other from the desk. Not acknowledged, it comes again, and is set aside
            # after some tries.
            log.exception("an alert cannot be kept", id=alert.id)
            return False
        if change is not None:
            self._hub.changed(change)
        return True

    async def _follow_live(self) -> None:
        while True:
            if not await self._works("scores", self._take_live):
                await asyncio.sleep(_RETRY_S)

    async def _take_live(self) -> None:
        for stream, item in await asyncio.to_thread(self._live.read, _BLOCK_S):
            camera, rule = item.get("camera"), item.get("rule")
            if stream == "health":
                told = {name: item.get(name) for name in ("camera", "kind", "detail", "at")}
                self._hub.event("health", told, camera if isinstance(camera, str) else None)
            elif isinstance(camera, str) and isinstance(rule, str):
                line = line_of(item)
                self._hub.scored(camera, rule, line)
                self._history.take(camera, rule, line)

    async def _follow_verdicts(self) -> None:
        while True:
            self._verdict.clear()
            went = await self._works("verdicts", self._send_verdicts)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._verdict.wait(), 30.0 if went else _RETRY_S)

    async def _send_verdicts(self) -> None:
        for incident, verdict, by, at in self._desk.owed():
            await asyncio.to_thread(self._send, Verdict(incident, verdict, by, at))
            self._desk.delivered(incident, at)

    async def _follow_time(self) -> None:
        while True:
            await self._works("desk", self._look)
            await self._works("canary", self._look_for_canary)
            await asyncio.sleep(_LOOK_S)

    async def _follow_ages(self) -> None:
        while True:
            went = await self._works("retention", self._expire_streams)
            await asyncio.sleep(_PRUNE_S if went else _AGES_AGAIN_S)

    async def _expire_streams(self) -> None:
        await asyncio.to_thread(self._expire)

    async def _look(self) -> None:
        for change in self._desk.escalate(self._escalate_after):
            log.warning("nobody acknowledged", id=change.incident.id)
            self._hub.changed(change)
        now = time.monotonic()
        if now >= self._flush_at:
            self._flush_at = now + _FLUSH_S
            self._history.flush()
        if now >= self._prune_at:
            self._prune_at = now + _PRUNE_S
            self._desk.prune(self._keep_s)

    async def _look_for_canary(self) -> None:
        # Without Redis none can come, and that is told already.
        if "alerts" not in self.troubles:
            self._canary.look()

    async def _works(self, what: str, work: Callable[[], Awaitable[None]]) -> bool:
        """Do one turn; whether it went. A trouble is told once, and stands while it lasts."""
        try:
            await work()
        except (ReaderUnavailable, DeskError, HistoryError, CanaryMissing) as error:
            self._troubled(what, str(error))
            return False
        except Exception as error:
            # A defect of ours ends no loop: nobody would see that nothing comes in any more.
            why = f"a defect of the console ({type(error).__name__}): report it with its log"
            if self.troubles.get(what) != why:
                log.exception("a defect of the console", stage=what)
            self._troubled(what, why)
            return False
        if self.troubles.pop(what, None) is not None:
            self._hub.stands("troubles", self.told())
        return True

    def _troubled(self, what: str, why: str) -> None:
        if self.troubles.get(what) != why:
            log.warning("the console waits", stage=what, reason=why)
            self.troubles[what] = why
            self._hub.stands("troubles", self.told())


def line_of(item: dict[str, Any]) -> dict[str, Any]:
    """What is drawn of an entry of the scores, see `sinks.redis_live`."""
    score, per_day, promised = (
        number(item.get(name)) for name in ("score", "per_day", "promised_per_day")
    )
    told: dict[str, Any] = {"at": moment(item.get("at")), "score": score}
    if (limit := threshold(score, per_day, promised)) is not None:
        told["threshold"] = limit
    told["senses"] = {str(m): number(v) for m, v in mapping(item.get("modalities")).items()}
    told["missing"] = [str(m) for m in items(item.get("missing"))]
    if isinstance(item.get("heard"), str):
        told["heard"] = item["heard"][:_WORDS]
    return told
