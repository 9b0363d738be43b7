"""Takes a running site to what its file says now: whole, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import structlog
from fastapi import APIRouter, HTTPException

from pipeline.config import Site, SiteFileError, load_site, secrets_of
from pipeline.config.difference import Difference, difference
from pipeline.logs import mask_too
from pipeline.messages import HealthEvent
from pipeline.rule_overrides import OverridesError
from pipeline.text_requests import TextsNotEmbedded

log = structlog.get_logger()

SUBJECT = "site file"


class ReloadRefused(Exception):
    """The site goes on as it was; the text says why, and what to do.

    Args:
        words: the text.
        status: of the answer, as HTTP has it.
    """

    def __init__(self, words: str, status: int = 422) -> None:
        super().__init__(words)
        self.status = status


class Line(Protocol):
    """The running line."""

    async def follow(self, site: Site, found: Difference) -> list[str]:
        """Become ``site``; return what it left out, in words.

        Raises:
            ReloadRefused, TextsNotEmbedded, OverridesError, OSError: nothing was changed.
        """
        ...


class ReloadDesk:
    """Reads the site file anew when asked. Belongs to the supervisor's event loop.

    Args:
        path: the site file; None where the site came from none.
        site: as it runs.
        line: follows.
        tell: takes what people should know.
    """

    def __init__(
        self, path: Path | None, site: Site, line: Line, tell: Callable[[HealthEvent], None]
    ) -> None:
        self._path = None if path is None else path.absolute()
        self._site = site
        self._line = line
        self._tell = tell
        self._busy = asyncio.Lock()
        self._asked: set[asyncio.Task[None]] = set()

    def ask(self) -> None:
        """Reload, as soon as possible; what came of it stands in the log."""
        task = asyncio.create_task(self._ask(), name="reload")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _ask(self) -> None:
        # A refusal was told.
        with contextlib.suppress(ReloadRefused):
            await self.reload()

    async def close(self) -> None:
        """Wait for no reload any more."""
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def reload(self) -> dict[str, Any]:
        """Read the file, and follow it.

        Returns:
            ``added``, ``removed`` and ``changed`` cameras, whether rules or arming ``judged``
            otherwise, and what was ``left_out``, in words.

        Raises:
            ReloadRefused: nothing was changed.
        """
        async with self._busy:
            began = time.monotonic()
            try:
                found, left_out = await self._follow()
            except ReloadRefused as refused:
                log.error("the site file is not taken over: the site goes on", reason=str(refused))
                self._told("site_file_refused", str(refused))
                raise
        told = {
            "added": list(found.added),
            "removed": list(found.removed),
            "changed": list(found.changed),
            "judged": found.judged,
            "left_out": left_out,
        }
        log.info("site file taken over", seconds=round(time.monotonic() - began, 1), **told)
        self._told("site_file_taken_over", "")
        return told

    async def _follow(self) -> tuple[Difference, list[str]]:
        if self._path is None:
            raise ReloadRefused("the site was not started from a file", 409)
        try:
            wanted = await asyncio.to_thread(load_site, self._path)
        except SiteFileError as error:
            raise ReloadRefused(str(error)) from error
        found = difference(self._site, wanted)
        if found.fixed:
            raise ReloadRefused(
                f"{', '.join(found.fixed)}: that takes a restart. Nothing was taken over: restart "
                "the site, or write it as it was and reload"
            )
        if not found:
            return found, []
        mask_too(secrets_of(wanted))
        try:
            left_out = await self._line.follow(wanted, found)
        except (TextsNotEmbedded, OverridesError, OSError) as error:
            raise ReloadRefused(f"nothing was taken over: {error}", 409) from error
        self._site = wanted
        return found, left_out

    def _told(self, kind: str, detail: str) -> None:
        standing = kind == "site_file_refused"
        event = HealthEvent(None, kind, detail, time.time(), subject=SUBJECT, standing=standing)
        self._tell(event)


def routes(desk: ReloadDesk) -> APIRouter:
    """The routes, for `ControlServer.include`."""
    router = APIRouter()

    @router.post("/v1/reload")
    async def reload() -> dict[str, Any]:
        try:
            return await desk.reload()
        except ReloadRefused as refused:
            raise HTTPException(refused.status, str(refused)) from None

    return router
