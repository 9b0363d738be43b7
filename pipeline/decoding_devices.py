"""The devices that may decode pictures beside the processor, and whether a site needs any.

What ``decoder: auto`` comes to is found once for all workers. One that need not touch a device is
not allowed to, and does not measure at its start what all the others measure, too. Where a device
is worth using each worker still proves that it works: it may be gone when one is started again.

Brings in no FFmpeg.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

log = structlog.get_logger()

#: FFmpeg's names of the devices that are used, and the files that stand for them where they do.
DEVICES: Mapping[str, tuple[str, ...]] = {
    "cuda": ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"),
    "vaapi": ("/dev/dri/renderD128",),
    "qsv": ("/dev/dri/renderD128",),
    "videotoolbox": (),
}
SOFTWARE = "software"
#: Longest time that the measurement may take, seconds: a driver may hang.
_LIMIT_S = 30.0
#: Takes the wish and the site's folder, and prints the decoder; or why not, with another status.
MEASURE = (sys.executable, "-m", "pipeline.measure_decoders")


class DecoderUnusable(RuntimeError):
    """The decoder that the site asks for does not work here; the text says what to do."""


def present(exists: Callable[[str], bool] = os.path.exists) -> list[str]:
    """The devices that this machine may have, by their names in `DEVICES`."""
    return [
        name
        for name, paths in DEVICES.items()
        if any(exists(path) for path in paths) or (not paths and sys.platform == "darwin")
    ]


async def measured(
    wanted: str,
    folder: Path,
    *,
    quiet: bool = False,
    measure: Sequence[str] | None = None,
    limit_s: float = _LIMIT_S,
) -> str:
    """The decoder that a worker of a site would come to, enclosed as it is.

    Args:
        wanted: as the site has it.
        folder: the site's, of which a worker reads nothing.
        quiet: what is measured does not go to the log.
        measure: in place of `MEASURE`, which is not started where there is no device.
        limit_s: it gets so long.

    Raises:
        DecoderUnusable: what is wanted does not work here, or cannot be measured.
    """
    if wanted == SOFTWARE:
        return SOFTWARE
    if measure is None:
        if wanted == "auto" and not present():
            return SOFTWARE
        measure = MEASURE
    process = await asyncio.create_subprocess_exec(
        *measure,
        wanted,
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL if quiet else None,
        # Ctrl-C is the supervisor's to handle.
        start_new_session=True,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), limit_s)
    except TimeoutError:
        raise DecoderUnusable(f"it did not answer within {limit_s:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    told = said.decode().strip()
    if process.returncode:
        raise DecoderUnusable(told or f"it ended with status {process.returncode}")
    return told


async def needs_no_device(wanted: str, folder: Path) -> bool:
    """Whether the processor alone decodes what a site's ``decoder`` asks for.

    Args:
        wanted: as the site has it.
        folder: the site's.
    """
    if wanted != "auto":
        return wanted == SOFTWARE
    try:
        return await measured(wanted, folder) == SOFTWARE
    except DecoderUnusable as error:
        log.warning("decoding devices cannot be measured: the processor decodes", error=str(error))
        return True
