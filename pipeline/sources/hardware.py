"""Decoding in hardware: which devices there are, and whether one is worth using.

A device decodes beside the processor, but its pictures have to be fetched from it, and a small
stream may cost more to fetch than to decode. So a short film is decoded each way at the start, and
what takes the least of the processor is used.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import av
import structlog
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import FFmpegError

from pipeline.decoding_devices import SOFTWARE, DecoderUnusable, present

log = structlog.get_logger()

#: A device is used if it takes less than this share of what the processor alone does.
_WORTH = 0.7
_SIZE, _PICTURES, _RATE = (1920, 1080), 50, 25
#: Of so many pictures one is scaled for the model.
_LOOKED_AT = 12


def acceleration(device: str) -> HWAccel | None:
    """What ``av.open`` needs to decode with ``device``; None for the processor alone.

    Raises:
        FFmpegError: the device cannot be opened.
        NotImplementedError: FFmpeg was built without it.
    """
    if device == SOFTWARE:
        return None
    if device == "cuda":
        _keep_open(device)
    return _accel(device)


def _accel(device: str) -> HWAccel:
    # One context for all streams of a process: each of its own takes a quarter of a gigabyte.
    options: dict[str, object] = {"primary_ctx": "1"} if device == "cuda" else {}
    return HWAccel(device, allow_software_fallback=True, options=options)


@cache
def _keep_open(device: str) -> HWAccel:
    """Open a device for as long as the process lives.

    CUDA drops a process's context with the last stream that uses it, and makes it anew with the
    next. On an H100 that took more of the processor than a clip of 16 s, and one process at a time.
    """
    return _accel(device).create(av.Codec("h264", "r"))


def candidates(exists: Callable[[str], bool] = os.path.exists) -> list[str]:
    """Of the devices that are `present` those that FFmpeg was built with."""
    built = set(hwdevices_available())
    return [name for name in present(exists) if name in built]


def devices_of(wanted: str) -> list[str]:
    """The devices that a site's ``decoder`` may come to; none where the processor does it alone."""
    if wanted == SOFTWARE:
        return []
    return candidates() if wanted == "auto" else [wanted]


def choose(wanted: str, *, measure: Callable[[str], float] | None = None) -> str:
    """The decoder to use: ``wanted``, or for ``auto`` the cheapest that works.

    Args:
        wanted: ``auto``, ``software`` or one of `pipeline.decoding_devices`.
        measure: processor seconds a picture of a decoder, see `cost_of`; for tests.

    Raises:
        DecoderUnusable: ``wanted`` is a device that does not work here.
    """
    devices = devices_of(wanted)
    if not devices:
        return SOFTWARE
    if measure is None:
        film = _film()

        def measure(device: str) -> float:
            return cost_of(device, film)

    costs = {}
    for device in devices:
        try:
            costs[device] = measure(device)
        except (FFmpegError, DecoderUnusable, NotImplementedError, OSError) as error:
            if wanted != "auto":
                raise DecoderUnusable(
                    f"decoder: {wanted} does not work here ({error}): check the driver and the "
                    "rights on its device, or write decoder: auto"
                ) from None
            log.info("decoder not usable", decoder=device, error=str(error))
    if wanted != "auto":
        return wanted
    if not costs:
        return SOFTWARE
    best = min(costs, key=lambda device: costs[device])
    processor = measure(SOFTWARE)
    used = best if costs[best] < _WORTH * processor else SOFTWARE
    told = {device: f"{1000 * cost:.2f} ms" for device, cost in costs.items()}
    log.info("decoder chosen", decoder=used, software=f"{1000 * processor:.2f} ms", **told)
    return used


def cost_of(device: str, film: bytes) -> float:
    """Processor seconds that a picture of ``film`` takes to be decoded and fetched.

    Raises:
        DecoderUnusable: the device does not decode it.
        FFmpegError: it cannot be opened.
    """
    accel = acceleration(device)
    with av.open(io.BytesIO(film), hwaccel=accel) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        if accel is not None and not stream.codec_context.is_hwaccel:
            raise DecoderUnusable("it does not decode H.264")
        frames = container.decode(stream)
        next(frames)  # what the first one costs is not paid again
        began, count = time.process_time(), 0
        for frame in frames:
            # All are decoded and fetched; few of a camera's pictures are looked at.
            if count % _LOOKED_AT == 0:
                frame.reformat(width=224, height=224, format="rgb24")
            count += 1
    if not count:
        raise DecoderUnusable("it gave no pictures")
    return (time.process_time() - began) / count


def _film() -> bytes:
    """Two seconds of 1080p H.264 in which something moves."""
    import numpy as np

    rng = np.random.default_rng(0)
    width, height = _SIZE
    texture = rng.integers(60, 200, (height // 8, 2 * width // 8, 3), dtype=np.uint8)
    wide = texture.repeat(8, axis=0).repeat(8, axis=1)
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_000_000
        stream.options = {"preset": "ultrafast", "bf": "0"}
        for number in range(_PICTURES):
            pixels = np.ascontiguousarray(wide[:, 6 * number : 6 * number + width])
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()
