"""A clip, and the picture of its moment, with persons made unrecognisable in them.

Whatever is hidden is encoded anew from pictures in which it already is; nothing of the clip's
metadata comes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.exports.hiding import Hiding, hiding
from pipeline.exports.wish import Blur, Told, Wish
from pipeline.media_folder import MediaError
from pipeline.recode import add_h264, decoded, pass_on, recode, refuse_longer, sound_of
from pipeline.sources.picture import mask_pixels
from pipeline.sources.sizes import is_too_large

#: What a clip of ours is made of (see `pipeline.media`): nothing else is decoded here.
_CODECS = frozenset({"h264", "hevc"})
#: Lines and columns by which the moment is found again in the clip.
_SIGN = (24, 14)
_JPEG_QUALITY = 85


def export_film(
    source: Path, target: Path, wish: Wish, moment: NDArray[np.uint8] | None
) -> tuple[Told, NDArray[np.uint8] | None]:
    """Write a clip as it is wished.

    Args:
        source: a clip as `pipeline.media` writes it.
        target: where to.
        wish: what is hidden, and whether its sound comes along.
        moment: the picture of the alert, uint8 (H, W, 3) RGB; None: there is none.

    Returns:
        What was made, and the clip's picture that is most like ``moment``, covered; or None.

    Raises:
        MediaError: it cannot be read or written, or is longer than is wished.
        FinderMissing: this machine cannot look for faces.
    """
    try:
        with av.logging.Capture(), _opened(source) as clip:
            refuse_longer(clip, wish.max_s)
            if not clip.streams.video:
                return _sound_alone(clip, target, wish), None
        if wish.blur is Blur.NONE and not wish.masks:
            with av.logging.Capture():
                return _copied(source, target, wish), None
        hides = hiding(wish.blur)
        with av.logging.Capture():
            if wish.blur in (Blur.FACES, Blur.PERSONS):
                for at_s, grey in _pictures(source, "gray"):
                    hides.look(at_s, grey)
            return _hidden(source, target, wish, hides, moment)
    except (FFmpegError, OSError, ValueError) as error:
        raise MediaError(f"the clip cannot be read or written: {error}") from error


def export_still(jpeg: bytes, wish: Wish) -> tuple[bytes, int | None]:
    """One picture as it is wished, as JPEG without metadata, and how much was found in it.

    For what moves there is nothing to compare it with: with ``persons`` all of it is covered.

    Raises:
        MediaError: it is no picture.
        FinderMissing: this machine cannot look for faces.
    """
    pixels = picture_of(jpeg)
    hides = hiding(Blur.ALL if wish.blur is Blur.PERSONS else wish.blur)
    mask_pixels(pixels, wish.masks)
    hides.look(0.0, np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    hides.hide(0.0, pixels)
    mask_pixels(pixels, wish.masks)
    return jpeg_of(pixels), hides.found


def picture_of(jpeg: bytes) -> NDArray[np.uint8]:
    """The pixels of a JPEG, uint8 (H, W, 3) RGB. Raises MediaError where it is none."""
    found: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if found is None or is_too_large(found.shape[1], found.shape[0]):
        raise MediaError("the picture cannot be read")
    return np.ascontiguousarray(found[:, :, ::-1])


def jpeg_of(pixels: NDArray[np.uint8]) -> bytes:
    """Uint8 (H, W, 3) RGB as JPEG. Raises MediaError."""
    ok, data = cv2.imencode(
        ".jpg",
        np.ascontiguousarray(pixels[:, :, ::-1]),
        [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY],
    )
    if not ok:
        raise MediaError("the picture cannot be encoded as JPEG")
    return bytes(data)


# --- clips ---------------------------------------------------------------------------------------


def _opened(path: Path) -> av.container.InputContainer:
    # Our own files alone: no playlist, no other protocol, no other file.
    return av.open(str(path), format="mov", options={"protocol_whitelist": "file"})


def _written(path: Path) -> av.container.OutputContainer:
    return av.open(
        str(path), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}
    )


def _seen(clip: av.container.InputContainer) -> av.VideoStream:
    stream = clip.streams.video[0]
    context = stream.codec_context
    if context.name not in _CODECS:
        raise MediaError(f"its pictures are encoded as {context.name}, which no clip of ours is")
    if is_too_large(context.width, context.height):
        raise MediaError(f"its pictures are too large: {context.width}x{context.height}")
    context.thread_count = 1
    return stream


def _heard(clip: av.container.InputContainer, wish: Wish) -> av.AudioStream | None:
    return sound_of(clip) if wish.sound else None


def _pictures(source: Path, form: str) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Each picture with its time in seconds; a damaged packet is passed over."""
    with _opened(source) as clip:
        seen = _seen(clip)
        for packet in clip.demux(seen):
            for frame in decoded(packet):
                if frame.time is not None:
                    yield frame.time, np.asarray(frame.to_ndarray(format=form), np.uint8)


def _sound_alone(clip: av.container.InputContainer, target: Path, wish: Wish) -> Told:
    heard = _heard(clip, wish)
    if heard is None:
        return Told(left_out=("clip.mp4: it has sound alone, and sound is left out",))
    with _written(target) as out:
        copied = out.add_stream_from_template(heard)
        for packet in clip.demux(heard):
            pass_on(packet, copied, out)
    return Told()


def _copied(source: Path, target: Path, wish: Wish) -> Told:
    with _opened(source) as clip, _written(target) as out:
        wanted = [s for s in (_seen(clip), _heard(clip, wish)) if s is not None]
        copies = {s.index: out.add_stream_from_template(s) for s in wanted}
        count = 0
        for packet in clip.demux(wanted):
            count += packet.stream_index == wanted[0].index and packet.dts is not None
            pass_on(packet, copies[packet.stream_index], out)
    return Told(pictures=count)


def _hidden(
    source: Path, target: Path, wish: Wish, hides: Hiding, moment: NDArray[np.uint8] | None
) -> tuple[Told, NDArray[np.uint8] | None]:
    sought = None if moment is None else _sign(moment)
    best, chosen = np.inf, None
    parts: list[float] = []

    def hidden(frame: av.VideoFrame) -> av.VideoFrame:
        nonlocal best, chosen
        pixels = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
        far = np.inf if sought is None else float(np.abs(_sign(pixels) - sought).mean())
        # Before, so that nothing of it is mixed in; after, so that it is black.
        mask_pixels(pixels, wish.masks)
        parts.append(hides.hide(frame.time or 0.0, pixels))
        mask_pixels(pixels, wish.masks)
        if far < best:
            best, chosen = far, pixels
        return av.VideoFrame.from_ndarray(pixels, format="rgb24")

    with _opened(source) as clip, _written(target) as out:
        seen = _seen(clip)
        size = seen.codec_context.width, seen.codec_context.height
        shown = add_h264(out, *size, seen.time_base)
        count = recode(clip, out, shown, hidden, _heard(clip, wish))
    return Told(count, hides.found, float(np.mean(parts))), chosen


def _sign(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(pixels, _SIGN, interpolation=cv2.INTER_AREA), np.float32)
