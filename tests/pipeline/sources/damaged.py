"""Films in which something moves, ways to damage them, and what of them was shown damaged."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.sources import Picture
from tests.pipeline.simulate.clips import FPS
from tests.pipeline.sources.reading import Change, pictures_in_order, read

WIDTH, HEIGHT = 320, 240
#: The smallest pictures in which every part of a codec is at work.
TINY = (96, 64)
_X264 = {"preset": "veryfast", "bf": "0"}
Shown = dict[int, NDArray[np.uint8]]


def film_of(
    path: Path,
    codec: str = "libx264",
    *,
    seconds: float = 4.0,
    slices: int = 1,
    options: Mapping[str, str] | None = None,
    gop: int = FPS,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    """A texture that wanders over the picture; one keyframe a second."""
    usual = {"libx264": _X264, "libx265": {"preset": "ultrafast"}}
    given = dict(options or usual.get(codec, {}))
    if codec == "libx265":
        more = given.get("x265-params", "bframes=0")
        given["x265-params"] = f"log-level=0:slices={slices}:{more}"
    elif slices > 1:
        given["x264-params"] = f"slices={slices}"
    width, height = size
    side = 3 * width // 16
    rng = np.random.default_rng(5)
    coarse = rng.integers(40, 210, (height // 8, width // 4, 3), dtype=np.uint8)
    wide = coarse.repeat(8, axis=0).repeat(8, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        pixels_as = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.width, stream.height, stream.pix_fmt = width, height, pixels_as
        stream.codec_context.gop_size = gop
        stream.options = given
        for number in range(round(seconds * FPS)):
            at = 3 * number % width
            pixels = np.ascontiguousarray(wide[:, at : at + width])
            # Something else in it, or every picture would be a shift of the last.
            left = 7 * number % (width - side)
            pixels[height // 3 : 2 * height // 3, left : left + side] = (2 * number % 255, 90, 200)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def changed(number: int, change: Callable[[bytes], bytes]) -> Change:
    """One picture's packet, in decode order, is another."""

    def apply(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for at, packet in pictures_in_order(packets):
            if at == number:
                other = av.Packet(change(bytes(packet)))
                other.stream, other.time_base = packet.stream, packet.time_base
                other.pts, other.dts, other.duration = packet.pts, packet.dts, packet.duration
                other.is_keyframe = packet.is_keyframe
                packet = other
            yield packet

    return apply


def flip(count: int, seed: int) -> Callable[[bytes], bytes]:
    """Some bits are wrong, behind the headers."""

    def change(data: bytes) -> bytes:
        rng, raw = random.Random(seed), bytearray(data)
        for _ in range(count):
            raw[rng.randrange(min(64, len(raw) // 2), len(raw))] ^= 1 << rng.randrange(8)
        return bytes(raw)

    return change


def without_slice(which: int) -> Callable[[bytes], bytes]:
    """One of a picture's slices is missing, counted from its end."""

    def change(data: bytes) -> bytes:
        starts = [at for at in range(len(data)) if data[at : at + 3] == b"\x00\x00\x01"]
        end = starts[-which + 1] if which > 1 else len(data)
        return data[: starts[-which]] + data[end:]

    return change


def torn(share: float) -> Callable[[bytes], bytes]:
    """Of a picture only the first part has come."""
    return lambda data: data[: max(1, round(len(data) * share))]


def shown(film: Path, change: Change = iter, **settings: object) -> Shown:
    """The pictures that were shown, by their number in the film."""
    reading = read(film, change, **{"frame_size": (HEIGHT, WIDTH), "decode": "all", **settings})
    return {
        round(picture.pts_ns * FPS / 1e9): picture.views["whole"] for picture in reading.of(Picture)
    }


def damaged(seen: Shown, clean: Shown) -> list[int]:
    """Of the pictures shown, those that are not as the camera made them, to the last bit."""
    return [number for number, pixels in seen.items() if not np.array_equal(pixels, clean[number])]
