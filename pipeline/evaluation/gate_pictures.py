"""What the packet gate saves and what it misses, on real film with moving and still parts.

Each film is encoded anew as cameras do, once at constant quality and once at a constant bit rate:
film, a minute of its stillest stretch (played to and fro), film. The gate sees the packets and the
pictures that a camera at two pictures a second would look at; every fifth of a second is the truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import PictureType
from numpy.typing import NDArray

from pipeline.records import NS_PER_S
from pipeline.sources.change import PictureChange
from pipeline.sources.looks import HEARTBEAT_S
from pipeline.sources.packet_gate import GateSettings, PacketGate, Trust

#: Seconds: between pictures looked at, between those that tell the truth, from keyframe to
#: keyframe, of the still part, and until movement must have woken a camera.
LOOK_S, TRUTH_S, GROUP_S, STILL_S, SOON_S = 0.48, 0.2, 2.0, 60.0, 0.5
#: Stillness (seconds) before what counts as movement that begins.
SETTLED_S = 2.0
#: How cameras encode, by name; bits a second are those of the film's own size.
ENCODERS: Mapping[str, Mapping[str, str]] = {
    "constant quality": {"crf": "23"},
    "constant bit rate": {"b": "500k", "minrate": "500k", "maxrate": "500k", "bufsize": "250k"},
}
#: Shorter films (seconds) have no parts worth the name.
LEAST_FILM_S = 20.0
_SMALL = (224, 224)


@dataclass(slots=True)
class GateReading:
    """What became of one film."""

    seconds: float = 0.0
    asleep_s: float = 0.0
    moving_s: float = 0.0
    #: Of the moving time, that in which the camera slept.
    missed_s: float = 0.0
    #: Seconds from each beginning of movement until the camera was awake; infinite: never.
    delays_s: list[float] = field(default_factory=list)
    trust: Trust = Trust.UNPROVEN
    #: Pictures looked at.
    looks: int = 0

    def add(self, other: GateReading) -> None:
        """Take in what became of another film; the trust is that of the last."""
        self.seconds += other.seconds
        self.asleep_s += other.asleep_s
        self.moving_s += other.moving_s
        self.missed_s += other.missed_s
        self.delays_s += other.delays_s
        self.looks += other.looks
        self.trust = other.trust

    def figures(self) -> dict[str, float]:
        """Shares by name: of the time, of the moving time, of the beginnings of movement."""
        late = sum(delay > SOON_S for delay in self.delays_s)
        return {
            "asleep": self.asleep_s / max(self.seconds, 1e-9),
            "moving": self.moving_s / max(self.seconds, 1e-9),
            "missed_of_moving": self.missed_s / max(self.moving_s, 1e-9),
            "beginnings": float(len(self.delays_s)),
            "woken_late": late / max(1, len(self.delays_s)),
        }


def encode(film: Path, out: Path, encoder: str) -> None:
    """Write ``film``, a still minute of it, and ``film`` again as a camera would encode it.

    Args:
        film: readable by FFmpeg, with a picture.
        out: an MP4 file.
        encoder: one of `ENCODERS`.
    """
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        rate = Fraction(stream.average_rate or 25).limit_denominator(1000)
        size = stream.width // 2 * 2, stream.height // 2 * 2
    still = _stillest(film, float(rate))
    with av.open(str(out), "w", format="mp4") as container:
        group = str(max(1, round(GROUP_S * rate)))
        made = container.add_stream("libx264", rate=rate)
        made.width, made.height, made.pix_fmt = *size, "yuv420p"
        made.options = {
            "preset": "veryfast",
            "bf": "0",
            "sc_threshold": "0",
            "g": group,
            "keyint_min": group,
            **ENCODERS[encoder],
        }
        for number, frame in enumerate(_sequence(film, still, float(rate))):
            picture = frame.reformat(width=size[0], height=size[1], format="yuv420p")
            picture.pts, picture.time_base = number, 1 / rate
            # Where the film had its keyframes is no concern of this encoder.
            picture.pict_type = PictureType.NONE
            container.mux(made.encode(picture))
        container.mux(made.encode(None))


def length_s(film: Path) -> float:
    """Seconds of picture in a film; 0 where there is none that can be read."""
    try:
        with av.open(str(film)) as container:
            return (container.duration or 0) / 1e6 if container.streams.video else 0.0
    except (FFmpegError, OSError):
        return 0.0


def _pictures(film: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(film)) as container:
        yield from container.decode(video=0)


def _stillest(film: Path, rate: float) -> tuple[int, int]:
    """First and last number of the two seconds in which least moves."""
    change = PictureChange()
    told = [change.take(_small(frame)) or 0.0 for frame in _pictures(film)]
    length = min(len(told), max(2, round(2 * rate)))
    sums = np.convolve(told, np.ones(length), "valid")
    begin = int(np.argmin(sums))
    return begin, begin + length - 1


def _sequence(film: Path, still: tuple[int, int], rate: float) -> Iterator[av.VideoFrame]:
    yield from _pictures(film)
    begin, end = still
    stretch = list(islice(_pictures(film), begin, end + 1))
    to_and_fro = [*stretch, *stretch[-2:0:-1]]
    for number in range(round(STILL_S * rate)):
        yield to_and_fro[number % len(to_and_fro)]
    yield from _pictures(film)


def _small(frame: av.VideoFrame) -> NDArray[np.uint8]:
    height, width = _SMALL
    pixels: NDArray[np.uint8] = frame.reformat(
        width=width, height=height, format="rgb24"
    ).to_ndarray()
    return pixels


def read(film: Path, settings: GateSettings | None = None) -> GateReading:
    """Show a gate a film as its camera would."""
    settings = settings or GateSettings()
    gate, looked, truth = PacketGate(settings), PictureChange(), PictureChange()
    reading = GateReading()
    told_at, seen_at, still_since, waits = -1.0, -1.0, 0.0, None
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        tick = float(stream.time_base or 0)
        for packet in container.demux(stream):
            if not packet.size or packet.dts is None:
                continue
            at = packet.dts * tick
            gate.packet(round(at * NS_PER_S), packet.size, keyframe=packet.is_keyframe)
            for frame in packet.decode():
                if at - told_at < TRUTH_S - 0.01:
                    continue
                pixels, step = _small(frame), min(at - told_at, 1.0) if told_at >= 0 else 0.0
                told_at = at
                moved = (truth.take(pixels) or 0.0) >= settings.change
                if moved and waits is None and at - still_since >= SETTLED_S:
                    waits = at
                still_since = at if moved else still_since
                if waits is not None and (not gate.asleep or at - still_since >= SETTLED_S):
                    reading.delays_s.append(float("inf") if gate.asleep else at - waits)
                    waits = None
                reading.seconds += step
                reading.asleep_s += step * gate.asleep
                reading.moving_s += step * moved
                reading.missed_s += step * (moved and gate.asleep)
                if _looks(gate, at - seen_at, keyframe=packet.is_keyframe):
                    seen_at, reading.looks = at, reading.looks + 1
                    if (change := looked.take(pixels)) is not None:
                        gate.picture(change)
    reading.trust = gate.trust
    return reading


def _looks(gate: PacketGate, since_s: float, *, keyframe: bool) -> bool:
    if not gate.asleep:
        return since_s >= LOOK_S - 0.1
    return keyframe and since_s >= HEARTBEAT_S - 0.5
