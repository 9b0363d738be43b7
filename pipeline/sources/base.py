"""What a source yields, what may go wrong with one, and what it is told.

A source connects, reads and returns or raises; whoever runs it decides about a next attempt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.config import AudioUse, Camera
from pipeline.records import Modality
from pipeline.sources.checks import Checks
from pipeline.sources.pace import Pace
from pipeline.sources.packet_gate import PacketGate

#: Rate of all sound on the line, samples per second.
SAMPLE_RATE = 48_000
#: A description of more streams than this is no camera's.
MAX_STREAMS = 16


class SourceError(Exception):
    """Anything that ends a connection; the text says what to do and holds no credentials."""


class CameraUnreachable(SourceError):
    """Nobody answers at the address, or nothing of the kind is there."""


class CameraRefused(SourceError):
    """The camera wants other credentials."""


class CameraElsewhere(SourceError):
    """The camera, or its name, leads to another address than the site's; nothing went there."""


class CameraSilent(SourceError):
    """The camera takes connections and sends no media."""


class UnsupportedStream(SourceError):
    """The stream's codec or size is not accepted."""


class StreamEnded(SourceError):
    """A live stream came to an end, or its connection broke."""


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """How encoded pictures are to be read. ``extradata`` only where a decoder cannot do without."""

    codec: str
    width: int
    height: int
    extradata: bytes | None = None


@dataclass(frozen=True, slots=True)
class AudioParameters:
    """How encoded sound is to be read."""

    codec: str
    rate: int
    layout: str
    extradata: bytes | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection stands and says what it carries; None: not there, or not wanted."""

    video: VideoParameters | None
    audio: AudioParameters | None
    #: Why something that was asked for is not used, in words.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded packet that can be decoded from the nearest keyframe on without anything else.

    H.264 and H.265 are in Annex B form with their parameter sets in each keyframe, AAC is in ADTS.
    """

    modality: Modality
    parameters: VideoParameters | AudioParameters
    pts_ns: int
    duration_ns: int
    keyframe: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Packets:
    """What came in one go, in the order of arrival; at least one packet.

    Attributes:
        packets: the newest last.
        captured_at: when that came, seconds since the epoch.
    """

    packets: Sequence[Packet]
    captured_at: float


@dataclass(frozen=True, slots=True)
class Picture:
    """One sampled picture: per view uint8 (H, W, 3) RGB at the encoder's size, masks applied."""

    pts_ns: int
    captured_at: float
    views: dict[str, NDArray[np.uint8]]
    #: How each view moved up to it, see `pipeline.movement`; a view of which nobody knows is not
    #: there.
    movement: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    #: How much each block of each view has changed, likewise.
    change: dict[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded sound, float32 (n,) mono 48 kHz in [-1, 1]; ``pts_ns`` is the first sample's time."""

    pts_ns: int
    captured_at: float
    samples: NDArray[np.float32]
    #: Samples that were no numbers and became silence.
    cleaned: int = 0


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """Stream time was anchored anew: nothing may be joined across ``pts_ns``."""

    reason: str
    pts_ns: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoder's count since the last such item: pictures, and those withheld as damaged."""

    pictures: int
    damaged: int
    #: Left out because the stream was read too late to decode all that was wanted.
    passed_over: int = 0
    #: How damage was noticed, one for each time; see `pipeline.sources.checks.Sign`.
    signs: tuple[str, ...] = ()
    #: Checks that are not believed of this camera from now on.
    dismissed: tuple[str, ...] = ()
    #: Whether pictures are withheld at the moment, until a keyframe comes whole.
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """No picture was sampled from ``pts_ns`` to ``end_ns``: the last one stands for the scene.

    Nothing moved, or the camera is looked at more rarely than once in such a stretch.
    """

    pts_ns: int
    end_ns: int
    captured_at: float


Item = Opened | Packets | Picture | Sound | Discontinuity | Decoded | Held


class Looker(Protocol):
    """Who looks at decoded pictures beside the line, at its own pace; neither method raises."""

    def due(self) -> bool:
        """Whether the next whole picture is wanted; asked for each, so it costs nothing."""
        ...

    def show(
        self, frame: av.VideoFrame, *, pts_ns: int, captured_at: float, pixel_aspect: float
    ) -> None:
        """Take a picture as it was decoded; ``pixel_aspect`` is a pixel's width by its height."""
        ...


class Hearer(Protocol):
    """Who listens to decoded sound."""

    @property
    def wanted(self) -> int:
        """Samples at `SAMPLE_RATE` without which it has nothing to do: less is not decoded yet."""
        ...


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What a source is asked for.

    ``frame_size`` is (height, width) in pixels of the pictures wanted, None for none;
    ``packets`` asks for encoded packets, ``sound`` for decoded sound.
    """

    camera: str
    settings: Camera
    frame_size: tuple[int, int] | None
    sound: bool
    packets: bool = True
    #: Whether pictures come with how they moved.
    movement: bool = False
    #: Address to read in place of the settings' url.
    url: str | None = field(default=None, repr=False)
    #: Is shown decoded pictures, where ``frame_size`` asks for any.
    looker: Looker | None = field(default=None, repr=False, compare=False)
    #: Says how much sound is decoded at a time; None: a tenth of a second.
    hearer: Hearer | None = field(default=None, repr=False, compare=False)
    #: How often pictures are sampled; None: as the settings say, for good.
    pace: Pace | None = field(default=None, repr=False, compare=False)
    #: What decodes pictures, see `pipeline.sources.hardware`.
    decoder: str = "software"
    #: Tells still scenes from moving ones; outlives the connection. None: every scene moves.
    gate: PacketGate | None = field(default=None, repr=False, compare=False)
    #: Which signs of damage are believed; outlives the connection. None: all of them.
    checks: Checks | None = field(default=None, repr=False, compare=False)

    @property
    def address(self) -> str:
        """The address to open, credentials included."""
        return self.url or self.settings.url.get_secret_value()

    @property
    def wants_video(self) -> bool:
        """Whether the picture is looked at or recorded at all."""
        return self.settings.video and (self.packets or self.frame_size is not None)

    @property
    def records_sound(self) -> bool:
        """Whether encoded sound may be kept."""
        return self.packets and self.settings.audio is AudioUse.RECORD

    @property
    def wants_audio(self) -> bool:
        """Whether sound is listened to or recorded at all; else it is not even fetched."""
        return self.settings.audio is not AudioUse.OFF and (self.sound or self.records_sound)


class Source(Protocol):
    """One camera's stream. Constructors do no I/O; nothing is retried inside."""

    def run(self) -> Iterator[Item]:
        """Connect, then yield items until the stream ends; `Opened` comes first.

        Raises:
            SourceError: one of its kinds; whatever was opened is closed again.
        """
        ...
