"""Has the media of an export made by a process of its own, a few at a time."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

import msgspec
import structlog

from pipeline.errand import run_errand
from pipeline.exports.wish import Told, Wish

log = structlog.get_logger()

#: One is made at a time, and so many more wait.
_WAITING = 3
#: Looking for faces in a minute of film takes three minutes of a processor, when it has time.
_TIMEOUT_S = 900.0


class ExportBusy(Exception):
    """Too many exports wait already, or this one took too long; the text says so."""


class NotExported(Exception):
    """The media cannot be made; the text says why. Nothing is handed on."""


class Exporter:
    """Makes media that may be handed on. Belongs to one event loop.

    Args:
        folder: where files lie while one is made; nothing stays there.
        timeout_s: after which one is given up.
    """

    def __init__(self, folder: Path, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._folder = folder
        self._timeout_s = timeout_s
        self._room = asyncio.Semaphore(1)
        self._asked = 0

    async def make(self, media: Mapping[str, bytes], wish: Wish) -> tuple[dict[str, bytes], Told]:
        """What may be handed on of some media, by name, and what was done.

        Args:
            media: ``clip.mp4``, ``thumb.jpg``, ``heat.jpg``, ``nearest.jpg``, those there are.
            wish: what is hidden.

        Raises:
            ExportBusy: too many wait, or it took too long.
            NotExported: it cannot be made.
        """
        if self._asked > _WAITING:
            raise ExportBusy("too many exports are being made: try again in a while")
        self._asked += 1
        try:
            async with self._room:
                return await self._make(media, wish)
        finally:
            self._asked -= 1

    async def _make(self, media: Mapping[str, bytes], wish: Wish) -> tuple[dict[str, bytes], Told]:
        work = self._folder / token_hex(8)
        try:
            await asyncio.to_thread(_lay_out, work, media)
            said = await self._run(work, msgspec.json.encode(wish))
            told = msgspec.json.decode(said, type=Told)
            # Names are ours: what the process says is not trusted further than its pictures.
            names = [name for name in media if name in told.files]
            made = {name: await asyncio.to_thread(_read, work / "out" / name) for name in names}
        except OSError as error:
            raise NotExported(
                f"the export cannot be made: {error.strerror or error}: make room on the disk"
            ) from error
        except msgspec.DecodeError as error:
            raise NotExported("the export's process said nothing that can be understood") from error
        finally:
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
        return made, told

    async def _run(self, work: Path, wish: bytes) -> bytes:
        try:
            ended = await run_errand(
                "pipeline.exports.child", str(work), given=wish, limit_s=self._timeout_s
            )
        except TimeoutError:
            raise ExportBusy(
                f"the export was not made within {self._timeout_s:.0f} s: try again when the "
                "machine has less to do, or hide all of the picture, which takes least"
            ) from None
        if ended.status:
            reason = ended.reason or f"its process died ({ended.status})"
            log.warning("export not made", reason=reason)
            raise NotExported(f"the export cannot be made: {reason}")
        return ended.out


def _lay_out(work: Path, media: Mapping[str, bytes]) -> None:
    work.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (work, work / "in", work / "out"):
        folder.mkdir(mode=0o700)
    for name, data in media.items():
        (work / "in" / name).write_bytes(data)


def _read(path: Path) -> bytes:
    # The process that wrote it may have been taken over: it could have laid a link.
    with open(path, "rb", opener=_no_link) as file:
        return file.read()


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
