"""The films that simulated cameras play: made once, kept in the user's cache folder.

1080p25 H.264 as street cameras send it: High profile, a keyframe every two seconds, no B-frames,
at most 4 Mb/s, with AAC at 48 kHz mono.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from platformdirs import user_cache_path

from pipeline.bench.footage import SAMPLE_RATE, Life, Place, sound

#: Change it with everything that changes what a film holds.
VERSION = 3
#: Groups of pictures that are encoded first and left out.
_LEAD_GROUPS = 2


class Kind(StrEnum):
    """What is filmed, and how it is sent."""

    #: Things move all the time.
    MOVING = "moving"
    #: Nothing moves: at a constant quality such a camera sends little.
    STILL = "still"
    #: Nothing moves, but for something that passes within two and a half seconds.
    MOMENT = "moment"
    #: The same, every twelve seconds.
    MOMENTS = "moments"
    #: Nothing moves, and a constant bit rate hides it: quality rises until the rate is used up.
    STILL_CBR = "still-cbr"


@dataclass(frozen=True, slots=True)
class Format:
    """How a film is encoded. ``seconds`` of 8 hold whole AAC frames, so that loops are smooth."""

    width: int = 1920
    height: int = 1080
    fps: int = 25
    seconds: int = 24
    bits_per_s: int = 4_000_000
    keyframe_every_s: int = 2
    #: x264's rate factor where the rate cap does not bind.
    quality: int = 17

    @property
    def tag(self) -> str:
        """Names it in file names."""
        return (
            f"{self.width}x{self.height}p{self.fps}-{self.seconds}s-{self.bits_per_s // 1000}k"
            f"-g{self.keyframe_every_s}-q{self.quality}"
        )


CAMERA = Format()
_LIFE = {
    Kind.MOVING: Life(always=True),
    Kind.STILL: Life(),
    Kind.MOMENT: Life((13.0,)),
    Kind.MOMENTS: Life((7.0, 19.0)),
    Kind.STILL_CBR: Life(),
}


def film(
    kind: Kind,
    form: Format = CAMERA,
    *,
    cache: Path | None = None,
    progress: Callable[[float], None] = lambda _part: None,
) -> Path:
    """The path of a film; it is made first where it is not there yet (about a minute).

    Args:
        kind: what is filmed.
        form: how it is encoded.
        cache: folder of films; default: the user's cache folder.
        progress: told the part done, 0 to 1.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = (cache or user_cache_path("hearsight") / "bench") / f"films-{VERSION}"
    path = folder / f"{kind}-{form.tag}.mp4"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole: who looks meanwhile makes its own.
    temporary = folder / f".{os.getpid()}-{path.name}"
    try:
        _write(temporary, kind, form, progress)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _write(path: Path, kind: Kind, form: Format, progress: Callable[[float], None]) -> None:
    life = _LIFE[kind]
    place = Place(3, form.width, form.height)
    count = form.fps * form.seconds
    with av.open(str(path), "w", format="mp4") as container:
        video = _video_stream(container, kind, form)
        audio = cast(AudioStream, container.add_stream("aac", rate=SAMPLE_RATE, layout="mono"))
        audio.bit_rate = 64_000
        # An encoder begins with other sizes than it settles on: what it begins with is left out, or
        # each round of a loop would look as if something moved.
        lead = _LEAD_GROUPS * form.fps * form.keyframe_every_s
        shown = chain(*(place.pictures(n, form.fps, life) for n in (lead, count)))
        for number, picture in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, form.fps)
            _keep(container, video.encode(frame), lead, form.fps)
            progress((number + 1) / (lead + count))
        _keep(container, video.encode(None), lead, form.fps)
        heard = sound(form.seconds, lively=life.always)
        chunk = av.AudioFrame.from_ndarray(heard[None, :], format="fltp", layout="mono")
        chunk.sample_rate, chunk.pts = SAMPLE_RATE, 0
        chunk.time_base = Fraction(1, SAMPLE_RATE)
        fifo = av.AudioFifo()
        fifo.write(chunk)
        for part in fifo.read_many(1024, partial=True):
            container.mux(audio.encode(part))
        container.mux(audio.encode(None))


def _keep(
    container: av.container.OutputContainer, packets: list[av.Packet], lead: int, fps: int
) -> None:
    """Write what comes after the first ``lead`` pictures; packets are in the pictures' order."""
    for packet in packets:
        assert packet.pts is not None
        assert packet.dts is not None
        skipped = round(lead / fps / packet.time_base)
        if packet.pts >= skipped:
            packet.pts, packet.dts = packet.pts - skipped, packet.dts - skipped
            container.mux(packet)


def _video_stream(container: av.container.OutputContainer, kind: Kind, form: Format) -> VideoStream:
    stream = cast(VideoStream, container.add_stream("libx264", rate=form.fps))
    stream.width, stream.height, stream.pix_fmt = form.width, form.height, "yuv420p"
    group = form.fps * form.keyframe_every_s
    rate = form.bits_per_s
    stream.options = {
        "preset": "veryfast",
        "profile": "high",
        "bf": "0",
        "g": str(group),
        "keyint_min": str(group),
        "sc_threshold": "0",
        "maxrate": str(rate),
        "bufsize": str(rate),
    }
    if kind is Kind.STILL_CBR:
        stream.bit_rate = rate
        stream.options |= {"minrate": str(rate), "bufsize": str(rate // 2), "qmin": "1"}
    else:
        stream.options |= {"crf": str(form.quality)}
    return stream
