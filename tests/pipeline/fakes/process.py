"""A process of the line, as far as the supervisor's parts deal with one; none is started."""

from __future__ import annotations

import asyncio

from pipeline.children import ChildSpec
from pipeline.messages import AnyMessage


class FakeChild:
    """In place of `pipeline.children.Child`.

    Args:
        spec: what it would be.
        diary: a line for each thing that happens to any process.
    """

    def __init__(self, spec: ChildSpec, diary: list[str]) -> None:
        self.spec = spec
        self.diary = diary
        self.sent: list[AnyMessage] = []
        self.alive = False
        self.pid: int | None = None
        self.restarts = 0
        self.waits_s = 0.0
        #: What ends the keeping of it, if anything does.
        self.defect: Exception | None = None
        self._stopped = asyncio.Event()

    def _happens(self, what: str) -> None:
        self.diary.append(f"{self.spec.name} {what}")

    def send(self, message: AnyMessage) -> None:
        self.sent.append(message)

    def kinds(self) -> list[str]:
        """What was sent to it, by type."""
        return [type(message).__name__ for message in self.sent]

    async def keep_running(self) -> None:
        self._happens("starts")
        self.alive, self.pid = True, 100
        if self.defect is not None:
            raise self.defect
        await self._stopped.wait()

    def tell(self) -> None:
        self._happens("is told")

    async def renew(self, reason: str, *, timeout_s: float) -> None:
        self._happens(f"is renewed: {reason}")

    def retire(self) -> None:
        self._happens("retires")

    async def stop(self, *, timeout_s: float) -> None:
        self._happens("is to stop")
        # Others take their turn meanwhile, as with a real one.
        await asyncio.sleep(0)
        self.alive, self.pid = False, None
        self._stopped.set()
        self._happens("stops")

    def resident_bytes(self) -> int:
        return 0
