"""Clips as browsers play them: what is not H.264 is converted when somebody looks at it.

The supervisor decodes nothing: a clip's codec is read off its MP4 boxes (ISO/IEC 14496-12), and the
conversion is a process of its own (`pipeline.convert`). Its result lies beside the clip, and goes
when the clip goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import structlog

from pipeline.errand import run_errand
from pipeline.media_folder import MediaError, MediaFolder, partial_of, same_age

log = structlog.get_logger()

#: So many conversions run at a time, and so many more wait.
_PARALLEL, _WAITING = 2, 4
#: A minute of 1920x1080 takes 20 s of a CPU, which the line has first call on.
_TIMEOUT_S = 150.0
#: Failures that are remembered, so that a clip that cannot be converted is not tried all the time.
_REMEMBERED = 256
_CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"mp4v": "mpeg4",
    b"av01": "av1",
    b"vp09": "vp9",
}
#: Where the sample description lies, and the table of all that is larger is not read.
_WAY = (b"mdia", b"minf", b"stbl", b"stsd")
_MOOV_BYTES = 16 << 20


class ConverterBusy(Exception):
    """Too many conversions wait already, or the machine has no time for this one."""


class NotConvertible(Exception):
    """A clip cannot be made playable; the text says why."""


# --- codec ---------------------------------------------------------------------------------------


def video_codec(path: Path) -> str | None:
    """The codec of an MP4 file's picture, such as ``h264``; None where it has none that is known.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        moov = _top_box(file, b"moov")
    for kind, track in _boxes(moov):
        if kind != b"trak":
            continue
        inner = track
        for step in _WAY:
            inner = next((body for name, body in _boxes(inner) if name == step), b"")
        # Version, flags and number of entries, then the entries, which are boxes.
        for name, _ in _boxes(inner[8:]):
            if name in _CODECS:
                return _CODECS[name]
    return None


def _top_box(file: BinaryIO, wanted: bytes) -> bytes:
    while len(head := file.read(8)) == 8:
        size, kind, header = int.from_bytes(head[:4]), head[4:], 8
        if size == 1:
            size, header = int.from_bytes(file.read(8)), 16
        if kind == wanted:
            return file.read(min(max(0, size - header), _MOOV_BYTES))
        if size < header:
            break
        file.seek(size - header, os.SEEK_CUR)
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


# --- conversion ----------------------------------------------------------------------------------


class Playable:
    """Converts clips, a few at a time. Belongs to the event loop.

    Args:
        folder: where evidence lies.
        max_s: longest clip that is converted, seconds.
        timeout_s: after which a conversion is given up.
    """

    def __init__(self, folder: MediaFolder, *, max_s: float, timeout_s: float = _TIMEOUT_S) -> None:
        self._folder = folder
        self._max_s = max_s
        self._timeout_s = timeout_s
        self._room = asyncio.Semaphore(_PARALLEL)
        self._tasks: dict[Path, asyncio.Task[Path]] = {}
        self._failed: dict[Path, tuple[float, str]] = {}

    async def of(self, path: Path) -> Path:
        """The file to show for a clip: itself, or its conversion, made now if there is none.

        Raises:
            ConverterBusy: too many wait, or it took too long.
            NotConvertible: it cannot be converted.
            OSError: it cannot be read.
        """
        if await asyncio.to_thread(video_codec, path) in (None, "h264"):
            return path
        written_at = path.stat().st_mtime
        target = path.with_name(f"{path.stem}.h264.mp4")
        # A clip that was written anew is converted anew.
        with contextlib.suppress(FileNotFoundError):
            if target.stat().st_mtime == written_at:
                return target
        failed_at, reason = self._failed.get(path, (0.0, ""))
        if failed_at == written_at:
            raise NotConvertible(reason)
        task = self._tasks.get(path)
        if task is None:
            if len(self._tasks) >= _PARALLEL + _WAITING:
                raise ConverterBusy("too many clips are being converted: try again in a while")
            task = asyncio.create_task(self._convert(path, target, written_at))
            self._tasks[path] = task
            task.add_done_callback(lambda done: self._done(path, done))
        # Who goes away does not end it: whoever comes next wants the same clip.
        return await asyncio.shield(task)

    def _done(self, path: Path, task: asyncio.Task[Path]) -> None:
        del self._tasks[path]
        if not task.cancelled():
            task.exception()  # told to whoever still waits; nobody may

    async def close(self) -> None:
        """End what runs."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _convert(self, path: Path, target: Path, written_at: float) -> Path:
        async with self._room:
            try:
                self._folder.place(path.parent.parent.name, path.parent.name, target.name)
                await self._run(path, target)
            except (NotConvertible, MediaError, OSError) as error:
                log.warning("clip not converted", clip=str(path), error=str(error))
                reason = f"the clip cannot be converted: {error}"
                if isinstance(error, NotConvertible):
                    self._failed[path] = (written_at, reason)
                    while len(self._failed) > _REMEMBERED:
                        self._failed.pop(next(iter(self._failed)))
                raise NotConvertible(reason) from error
        return target

    async def _run(self, path: Path, target: Path) -> None:
        ended = None
        try:
            ended = await run_errand(
                "pipeline.convert",
                str(path),
                str(target),
                f"{self._max_s}",
                limit_s=self._timeout_s,
            )
        except TimeoutError:
            raise ConverterBusy(
                f"the clip was not converted within {self._timeout_s:.0f} s: try again when the "
                "machine has less to do"
            ) from None
        finally:
            if ended is None:
                with same_age(path.parent):
                    partial_of(target).unlink(missing_ok=True)
        if ended.status:
            raise NotConvertible(ended.reason or "its converter died")
