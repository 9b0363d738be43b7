"""The supervisor's socket without a site behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from pipeline.config import Site, parse_site
from pipeline.control import ControlServer
from pipeline.live_pictures import LivePictures
from pipeline.messages import LivePicture
from pipeline.slots import SlotStore
from pipeline.stores import Stores

SITE = """
site: test
data_dir: DATA
cameras:
  yard: {url: "rtsp://ann:hunter2@camera/yard"}
  attic: {url: "rtsp://camera/attic", video: false, audio: score}
rules: {fire: {see: [a fire], hear: [an alarm]}}
"""
JPEG = b"\xff\xd8 a picture \xff\xd9"


class Served:
    """A site's socket without a site: what the processes would say, the test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site: Site = parse_site(
            SITE.replace("DATA", str(folder)), name="site.yaml", environ={}
        )
        self.told: list[str] = []
        self.media = folder / "media"
        self.state: dict[str, Any] = {"ready": True}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.AsyncClient]:
        """Serve, and ask with the right token."""
        with ExitStack() as stack:
            stores = stack.enter_context(Stores(self.site.cameras))
            ref = stores.lives["yard"]
            self.store = stack.enter_context(
                SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes)
            )
            self.live = LivePictures(
                stores.lives, self.told.append, lambda _: False, patience_s=0.2
            )
            stack.callback(self.live.close)
            server = ControlServer(
                self.site, self.live, lambda: {"name": "test"}, lambda: self.state
            )
            await server.start()
            token = (self.folder / "control.token").read_text()
            try:
                async with self.asking({"authorization": f"Bearer {token}"}) as client:
                    yield client
            finally:
                await server.stop()

    @asynccontextmanager
    async def asking(self, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.AsyncHTTPTransport(uds=str(self.folder / "control.sock"))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://site", headers=headers, timeout=30
        ) as client:
            yield client

    def shows(self, jpeg: bytes, at: float) -> None:
        """The yard's worker makes a picture."""
        slot, generation = self.store.write(np.frombuffer(jpeg, np.uint8))
        self.live.took(LivePicture("yard", slot, generation, len(jpeg), 1, at))

    def keeps(self, path: str, data: bytes = b"0123456789") -> Path:
        """A file of the media folder."""
        file = self.media / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file


@pytest.fixture
def served(short_tmp: Path) -> Served:
    return Served(short_tmp.resolve())


Story = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]


def play(served: Served, story: Story) -> None:
    async def told() -> None:
        async with served.open() as client:
            await story(client)

    asyncio.run(told())
