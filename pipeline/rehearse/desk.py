"""Rehearsals that people ask of a running site: one at a time, each in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec
import structlog

from pipeline.config import Site
from pipeline.messages import ModelsReady
from pipeline.rehearse.asked import FOUND, Ask
from pipeline.text_requests import TextsNotEmbedded

log = structlog.get_logger()

#: A rehearsal is ended after so long, seconds.
LIMIT_S = 300.0
#: So many are kept, with their pictures.
_KEPT = 8
_LINE_BYTES = 1 << 16
_PICTURE = re.compile(r"^[0-9A-Za-z][0-9A-Za-z-]{0,80}\.jpg$")
_END_S = 2.0


class RehearsalBusy(Exception):
    """Another one runs; the text says whose."""


class State(StrEnum):
    """How a rehearsal stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Running:
    """One rehearsal. Times in seconds since the epoch."""

    id: str
    rule: str
    cameras: list[str]
    days: float
    by: str
    begun_at: float
    state: State = State.RUNNING
    stage: str = "embedding the words"
    part: float = 0.0
    trouble: str = ""
    ended_at: float | None = None
    found: dict[str, Any] | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def view(self) -> dict[str, Any]:
        """The same for people."""
        return {
            "id": self.id,
            "rule": self.rule,
            "cameras": self.cameras,
            "hours": self.days * 24,
            "by": self.by,
            "begun_at": self.begun_at,
            "ended_at": self.ended_at,
            "state": self.state.value,
            "stage": self.stage,
            "part": self.part,
            "trouble": self.trouble,
            "found": self.found,
        }


#: Has the texts of a site embedded.
Embedded = Callable[[Site], Awaitable[ModelsReady]]


class RehearsalDesk:
    """Belongs to the supervisor's event loop.

    Args:
        folder: for results; emptied at the first use: what is there is of an earlier run.
        embedded: has the texts of a site embedded; raises TextsNotEmbedded.
        limit_s: a rehearsal is ended after so long.
    """

    def __init__(self, folder: Path, embedded: Embedded, *, limit_s: float = LIMIT_S) -> None:
        self._folder = folder
        self._embedded = embedded
        self._limit_s = limit_s
        self._kept: dict[str, Running] = {}
        self._clean = False

    def begin(self, site: Site, rule: str, cameras: list[str], days: float, by: str) -> Running:
        """Begin to rehearse a rule over the site's archive.

        Args:
            site: with the rule as it would be.
            rule: which.
            cameras: where.
            days: the newest so many.
            by: who asks.

        Raises:
            RehearsalBusy: another one runs.
            OSError: the folder cannot be written.
        """
        for other in self._kept.values():
            if other.state is State.RUNNING:
                raise RehearsalBusy(
                    f"{other.by} rehearses the rule {other.rule} just now: wait, or cancel it"
                )
        if not self._clean:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._clean = True
        while len(self._kept) >= _KEPT:
            oldest = next(iter(self._kept))
            del self._kept[oldest]
            shutil.rmtree(self._folder / oldest, ignore_errors=True)
        one = Running(token_hex(8), rule, cameras, days, by, time.time())
        (self._folder / one.id).mkdir(parents=True, mode=0o700)
        self._kept[one.id] = one
        one.task = asyncio.create_task(self._run(site, one), name=f"rehearsal-{one.id}")
        return one

    def find(self, number: str) -> Running | None:
        """One that runs or was kept."""
        return self._kept.get(number)

    def picture(self, number: str, name: str) -> Path | None:
        """The file of an alert's picture; None where there is none."""
        if number not in self._kept or not _PICTURE.match(name):
            return None
        path = self._folder / number / name
        return path if path.is_file() else None

    async def cancel(self, number: str) -> None:
        """End one that runs; one that has ended stays as it is."""
        one = self._kept.get(number)
        if one is not None and one.task is not None and not one.task.done():
            one.task.cancel()
            await asyncio.wait([one.task])
            if one.state is State.RUNNING:
                # It had not even begun.
                one.state, one.ended_at = State.CANCELLED, time.time()

    async def close(self) -> None:
        """End what runs."""
        for number in list(self._kept):
            await self.cancel(number)

    async def _run(self, site: Site, one: Running) -> None:
        try:
            async with asyncio.timeout(self._limit_s):
                await self._rehearse(site, one)
        except TimeoutError:
            one.state = State.FAILED
            one.trouble = (
                f"it took longer than {self._limit_s:.0f} s and was ended: rehearse over fewer "
                "hours, or with `hearsight rehearse`"
            )
        except asyncio.CancelledError:
            # By `cancel`, which waits for it.
            one.state = State.CANCELLED
        except (TextsNotEmbedded, OSError, ValueError) as error:
            one.state, one.trouble = State.FAILED, str(error)
        finally:
            one.ended_at = time.time()

    async def _rehearse(self, site: Site, one: Running) -> None:
        models = await self._embedded(site)
        folder = self._folder / one.id
        one.stage = "starting"
        ask = Ask(
            site=site.model_dump_json(context={"reveal": True}),
            rule=one.rule,
            cameras=one.cameras,
            days=one.days,
            folder=str(folder),
            sight=models.sight,
            sound=models.sound,
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pipeline.rehearse.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(msgspec.json.encode(ask))
                await process.stdin.drain()
                process.stdin.close()
            async for line in process.stdout:
                _heard(one, line)
            status = await process.wait()
        finally:
            await _ended(process)
        if status != 0:
            one.state = State.FAILED
            one.trouble = one.trouble or f"it ended with status {status}: look in the site's log"
            return
        found = await asyncio.to_thread((folder / FOUND).read_bytes)
        one.found, one.state, one.part = json.loads(found), State.DONE, 1.0


def _heard(one: Running, line: bytes) -> None:
    told = json.loads(line)
    one.stage = str(told.get("stage", one.stage))
    one.part = float(told.get("part", one.part))
    one.trouble = str(told.get("trouble", one.trouble))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """See that no process is left behind."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
