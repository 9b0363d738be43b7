"""A whole console over a played line and a played Redis, and people who work at it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pipeline.config import Site, load_site
from pipeline.metrics import Exporter
from pipeline.overview import Overview
from pipeline.readiness import Readiness
from pipeline.records import Alert
from sinks.console.accounts import EVERYTHING, Rights, Role
from sinks.console.app import create_app, make_parts
from sinks.console.guard import Guard
from sinks.console.passwords import Hashes
from sinks.console.site_now import SiteNow
from sinks.feedback import Verdict
from sinks.group_reader import ReaderUnavailable
from sinks.reader import Received
from tests.sinks.console.fake_line import FakeLine
from tests.sinks.console.reception import Browser, let_in

SITE = """
site: depot
timezone: Europe/Lisbon
data_dir: {folder}
cameras:
  yard: {{url: "rtsp://127.0.0.1/yard", audio: score, groups: [outside]}}
  gate: {{url: "rtsp://127.0.0.1/gate", groups: [outside]}}
  hall: {{url: "rtsp://127.0.0.1/hall"}}
rules:
  fire: {{see: [a fire], hear: [a fire alarm], severity: critical}}
  fight: {{see: [people fighting]}}
"""


class PlayedAlerts:
    """The site's alerts as the test lets them come."""

    def __init__(self) -> None:
        self.coming: deque[Alert] = deque()
        self.acknowledged: list[str] = []
        self.away = ""
        self.opened = 0

    def open(self) -> None:
        if self.away:
            raise ReaderUnavailable(self.away)
        self.opened += 1

    def close(self) -> None:
        pass

    def read(self, _block_s: float = 0.0, _count: int = 100) -> list[Received]:
        if self.away:
            raise ReaderUnavailable(self.away)
        came = [Received(f"{k}-0", 0.0, a) for k, a in enumerate(self.coming)]
        self.coming.clear()
        return came

    def ack(self, received: list[Received]) -> None:
        self.acknowledged += [item.alert.id for item in received]


class PlayedLive:
    """Its scores and health."""

    def __init__(self) -> None:
        self.coming: deque[tuple[str, dict[str, Any]]] = deque()

    def read(self, _block_s: float = 0.0) -> list[tuple[str, dict[str, Any]]]:
        came = list(self.coming)
        self.coming.clear()
        return came


class Desktop:
    """A console of the site above.

    Args:
        folder: short enough for a socket's address.
        expire: deletes from the streams what is too old.
    """

    def __init__(self, folder: Path, *, expire: Callable[[], None] = lambda: None) -> None:
        self.file = folder / "depot.yaml"
        self.file.write_text(SITE.format(folder=folder))
        self.now = SiteNow(load_site(self.file), self.file)
        self.alerts, self.live = PlayedAlerts(), PlayedLive()
        self.sent: list[Verdict] = []
        self.away = ""
        self.line = FakeLine(folder)
        self.line.says("GET /v1/state", {"cameras": {}})
        self.guard = Guard.of(
            folder / "console",
            self.now.members,
            hosts=["console.test", "127.0.0.1"],
            hashes=Hashes(memory_kib=64, passes=1),
        )
        self.parts = make_parts(
            self.now, self.guard, self.alerts, self.live, self._send, expire=expire
        )
        self.app = create_app(self.parts)

    @property
    def site(self) -> Site:
        """The site as its console shows it."""
        return self.now.site

    async def reloads(self, times: int, *, started_at: float = 1.0) -> None:
        """The line has taken its file over so many times since its start; the console sees it."""
        _, body = Readiness(self.site.cameras).body(0.0, {})
        told = Overview(Exporter(), began_at=started_at).state(body, [], None)
        self.line.says("GET /v1/state", told | {"file_revision": times})
        await self.parts.states.ask()

    def _send(self, verdict: Verdict) -> None:
        if self.away:
            raise ReaderUnavailable(self.away)
        self.sent.append(verdict)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The files without the loops: what comes, the test hands in."""
        with self.parts.desk, self.parts.history:
            async with self.line.listening():
                try:
                    yield
                finally:
                    await self.parts.line.close()
                    self.guard.close()

    def came(self, alert: Alert) -> None:
        """An alert has come."""
        self.parts.desk.take(alert)

    async def person(
        self, name: str, role: Role = Role.OPERATOR, rights: Rights = EVERYTHING
    ) -> Browser:
        """Somebody who is signed in."""
        let_in(self.guard, name, role, rights)
        browser = Browser(self, "192.0.2.7", "https://console.test")  # type: ignore[arg-type]
        response = await browser.sign_in(name)
        assert response.status_code == 303, response.text
        return browser


def told(story: Callable[[Desktop], Awaitable[None]], folder: Path) -> None:
    """Let a story happen at an open console."""
    desktop = Desktop(folder)

    async def all_of_it() -> None:
        async with desktop.open():
            await story(desktop)

    asyncio.run(all_of_it())
