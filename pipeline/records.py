"""What flows along the line: one frozen record per stage border.

Time is carried twice. ``pts_ns`` is stream time on the host's monotonic clock, in nanoseconds:
everything that orders, joins or measures uses it. ``captured_at`` is the host's wall clock at
arrival, in seconds since the epoch, UTC: it is shown to people and never compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The view of a camera that is its whole picture. Regions of the site file are further views.
WHOLE_VIEW = "whole"

NS_PER_S = 1_000_000_000


class Modality(StrEnum):
    """A sense that is scored on its own."""

    VIDEO = "video"
    AUDIO = "audio"


class Severity(StrEnum):
    """How much an alert matters, in camera software's usual words."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class AlertType(StrEnum):
    """The step of an incident that a revision reports."""

    NEW = "new"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One sampled picture of one view, scaled for the encoder, masks already applied."""

    camera: str
    view: str
    pts_ns: int
    captured_at: float
    #: uint8, shape (H, W, 3), row-major RGB, sRGB 0-255.
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """One window of sound. ``pts_ns`` is the time of its first sample."""

    camera: str
    pts_ns: int
    captured_at: float
    #: float32, shape (n,), mono, 48 kHz, within [-1, 1].
    samples: NDArray[np.float32]
    #: How many samples of its stream had been heard at its end: where two windows overlap, these
    #: tell which samples they share.
    end: int = 0


@dataclass(frozen=True, slots=True)
class Embedding:
    """What an encoder made of a frame or of a window of sound."""

    camera: str
    view: str
    modality: Modality
    #: Identity of the weights: embeddings of different models are never compared.
    model: str
    pts_ns: int
    #: Length of the stretch that was embedded; 0 for a frame.
    duration_ns: int
    captured_at: float
    #: float32, shape (d,), unit length.
    vector: NDArray[np.float32]
    #: float32, shape (d,), unit length: the picture alone, where ``vector`` also tells how it moved
    #: and a rule of the camera learns; else None.
    still: NDArray[np.float32] | None = None
    #: float16, shape (rows, cols, p): what each patch of the picture shows, for detectors that say
    #: where; None where no rule of the camera asks for it.
    patches: NDArray[np.float16] | None = None
    #: float32, shape (rows, cols): how much each part of the picture has changed in the last
    #: moments (`pipeline.movement`); None where nobody knows.
    change: NDArray[np.float32] | None = None
    #: A small JPEG of the picture, of one embedding in many; empty for all others.
    thumbnail: bytes = b""

    @property
    def end_ns(self) -> int:
        """Stream time at which the embedded stretch ends."""
        return self.pts_ns + self.duration_ns


@dataclass(frozen=True, slots=True)
class Quiet:
    """A stretch that was not embedded though the modality lives.

    Of sound: nothing was to be heard. Of the picture: none was sampled since the last one, which
    stands for the scene; a still scene is not looked at again and again.
    """

    camera: str
    view: str
    modality: Modality
    pts_ns: int
    end_ns: int
    captured_at: float


@dataclass(frozen=True, slots=True)
class PromptMargin:
    """How well one prompt fits: its cosine, and its lead over the best normal prompt."""

    prompt: str
    similarity: float
    margin: float
    #: Part of the lead that the rule was taught (`detectors.adapting`); 0 where it was not.
    taught: float = 0.0


@dataclass(frozen=True, slots=True)
class NormalMoment:
    """A moment that a learned normal remembers: what an unusual one is compared with."""

    #: Wall clock, seconds since the epoch, UTC.
    captured_at: float
    #: A small JPEG; empty where there is none, as for sound.
    thumbnail: bytes = b""


@dataclass(frozen=True, slots=True)
class Unusual:
    """Why something is not normal here, as learned detectors tell it."""

    #: Name of what judged, and how rare its score is among ordinary ones: -log10 of their share, so
    #: 0 is usual here and 3 one in a thousand. The most surprised first.
    parts: tuple[tuple[str, float], ...]
    #: One sentence for people.
    words: str = ""
    #: float32 (rows, cols): where in the picture, in spreads above what is usual; None for sound.
    heat: NDArray[np.float32] | None = None
    #: The normal moment that comes closest; None where none is remembered.
    nearest: NormalMoment | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What one detector thinks of one embedding under one rule. Higher is more alarming."""

    camera: str
    view: str
    rule: str
    #: Changes with the rule's words, so that a background learned for others is not reused.
    rule_version: str
    detector: str
    modality: Modality
    pts_ns: int
    end_ns: int
    captured_at: float
    #: Uncalibrated, finite; comparable only within (camera, rule, detector, modality).
    raw: float
    #: Whether the detector's own necessary condition holds (a prompt rule: a positive margin).
    eligible: bool
    evidence: tuple[PromptMargin, ...] = ()
    #: What learned detectors have to say of it; None for rules of prompts.
    unusual: Unusual | None = None


@dataclass(frozen=True, slots=True)
class ModalityReading:
    """One modality's part in a fused window."""

    #: Window statistic of the raw scores (see ``pipeline.windows``).
    raw: float
    #: Probability of a reading at least this high at this camera when nothing is wrong, in (0, 1].
    p_value: float
    #: True where ``p_value`` lies beyond what was observed and rests on the fitted tail.
    extrapolated: bool
    #: This modality's part of the fused evidence, in [0, 1]; the parts of a window sum to 1.
    share: float
    eligible: bool
    samples: int
    prompts: tuple[PromptMargin, ...] = ()
    #: Stream time of the sample that scored highest: where the evidence picture is taken.
    peak_ns: int = 0
    #: What learned detectors say of that sample.
    unusual: Unusual | None = None


@dataclass(frozen=True, slots=True)
class FusedWindow:
    """One rule's verdict on one stretch of one camera's stream time."""

    camera: str
    rule: str
    rule_version: str
    start_ns: int
    end_ns: int
    #: Wall clock of the newest sample in the window.
    captured_at: float
    #: Fused p-value, in (0, 1].
    p_value: float
    #: -log10(p_value): 0 is ordinary, each unit is ten times rarer.
    score: float
    #: Expected number of incidents a day at least this extreme when nothing is wrong.
    per_day: float
    extrapolated: bool
    eligible: bool
    readings: dict[Modality, ModalityReading] = field(default_factory=dict)
    #: Modalities that the rule asks for and the window did not get.
    missing: tuple[Modality, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """One revision of one incident, as it goes to the outbox.

    ``id`` names the incident and ``revision`` counts from 0; consumers deduplicate on both and
    show the highest revision. ``data`` is the evidence card, JSON-serialisable.
    """

    id: str
    revision: int
    type: AlertType
    camera: str
    rule: str
    severity: Severity
    #: Seconds since the epoch, UTC.
    start_time: float
    end_time: float | None
    #: When the newest sample behind this revision arrived: latency is counted from here.
    captured_at: float
    thumb_path: str | None = None
    clip_path: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def canary(self) -> bool:
        """Whether it is a test of the way from the line to a reader: nothing happened."""
        return self.data.get("canary") is True
