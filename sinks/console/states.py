"""How the site stands, asked once for all browsers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog

from sinks.console.line_client import LineClient, LineUnavailable
from sinks.console.live import Hub
from sinks.console.sampled import less
from sinks.console.site_now import SiteNow
from sinks.console.values import mapping

log = structlog.get_logger()

_EVERY_S = 1.0


class States:
    """The newest answer of the line, and the words for each camera.

    Args:
        line: asked once a second.
        hub: told of cameras whose state changed, of the line's going and coming, and of another
            site.
        now: the console's site: follows its file whenever the line has taken it over.
    """

    def __init__(self, line: LineClient, hub: Hub, now: SiteNow) -> None:
        self._line = line
        self._hub = hub
        self._now = now
        #: The body of ``/v1/state``; empty while the line does not answer.
        self.newest: dict[str, Any] = {}
        #: The body of ``/v1/site``: asked anew when rules or cameras change. Empty before it was
        #: told.
        self.site: dict[str, Any] = {}
        self._site_of: tuple[Any, ...] | None = None
        #: Which start of the line, and which of its site files since, is followed.
        self._followed: tuple[Any, Any] | None = None
        #: Why it does not answer.
        self.trouble = ""
        self.asked_at = 0.0

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self.ask()
            await asyncio.sleep(_EVERY_S)

    async def ask(self) -> None:
        """Ask once."""
        before = self.trouble
        try:
            self.newest, self.trouble = await self._line.state(), ""
            await self._follow()
            await self._ask_site()
            cameras = self.cameras()
        except LineUnavailable as error:
            cameras = self._away(str(error))
        except Exception as error:
            # It ends no loop: what was told last would stand for what is so.
            if not before:
                log.exception("the site's answer cannot be used")
            cameras = self._away(
                f"its answer cannot be used ({type(error).__name__}): are console and site of one "
                "release? See the console's log"
            )
        self.asked_at = time.time()
        if before != self.trouble:
            self._hub.stands("line", {"trouble": self.trouble})
        self._hub.states(cameras)

    def _away(self, why: str) -> dict[str, dict[str, str]]:
        self.newest, self.trouble = {}, why
        return self.cameras()

    async def _follow(self) -> None:
        revision = self.newest.get("file_revision")
        which = (self.newest.get("started_at"), revision)
        if revision is None or which == self._followed:
            return
        self._followed = which
        if await self._now.follow():
            # Whoever listens may see other cameras now, and comes again with the rights of now.
            self._hub.renew()

    async def _ask_site(self) -> None:
        revision = self.newest.get("rules_revision")
        which = (self.newest.get("started_at"), revision, self.newest.get("file_revision"))
        if revision is not None and which != self._site_of:
            self.site = await self._line.site()
            self._site_of = which

    def cameras(self) -> dict[str, dict[str, str]]:
        """By camera its ``state`` (one word), ``detail`` (a sentence, or empty) and ``less``.

        The last says how much less it is sampled than it wants, or is empty.
        """
        return {
            camera: {**self._camera(camera), "less": less(self.newest, camera)}
            for camera in self._now.site.cameras
        }

    def _camera(self, camera: str) -> dict[str, str]:
        if self.trouble:
            return {"state": "unknown", "detail": "the line does not answer"}
        told = mapping(mapping(self.newest.get("cameras")).get(camera))
        state, detail = str(told.get("state", "connecting")), str(told.get("detail", ""))
        if state == "online":
            # Such as covered, moved, dark, a dead microphone; or damaged, a codec that is not read.
            words = [self._trouble(camera, str(kind)) for kind in told.get("trouble", [])]
            if words or detail:
                remarks = [*words, *([detail] if detail else [])]
                return {"state": "impaired", "detail": "; ".join(w.rstrip(".") for w in remarks)}
        return {"state": state, "detail": detail}

    def troubles(self) -> dict[str, str]:
        """What the line says does not work, and why; what is a camera's is in its detail."""
        cameras = mapping(self.newest.get("cameras"))
        theirs = {f"{c} {kind}" for c, told in cameras.items() for kind in told.get("trouble", [])}
        told = mapping(self.newest.get("troubles"))
        return {what: str(why) for what, why in told.items() if what not in theirs}

    def _trouble(self, camera: str, kind: str) -> str:
        """A camera's trouble in the words of whoever found it."""
        why = mapping(self.newest.get("troubles")).get(f"{camera} {kind}")
        return str(why) if why else kind.replace("_", " ")
