"""What flows down the line."""

from __future__ import annotations

from pipeline.messages.base import Message, ModelInfo
from pipeline.records import Embedding, Quiet
from pipeline.vitals import PictureVitals, SoundVitals


class FrameReady(Message, frozen=True):
    """A frame lies in a slot: uint8, (height, width, 3) RGB."""

    camera: str
    view: str
    slot: int
    generation: int
    height: int
    width: int
    pts_ns: int
    captured_at: float
    #: float32 numbers of how the view moved, see `pipeline.movement`; empty where nobody knows.
    movement: bytes = b""
    #: float32 (BLOCKS, BLOCKS) of how much each part changed, see `pipeline.movement`; likewise.
    change: bytes = b""
    #: Width of the view by its height, before it was squashed; 0 where nobody knows.
    aspect: float = 0.0


class SoundReady(Message, frozen=True):
    """A window of sound lies in a slot as a log-mel picture: float32, (bands, columns)."""

    camera: str
    slot: int
    generation: int
    bands: int
    columns: int
    pts_ns: int
    duration_ns: int
    captured_at: float


class NothingHappened(Message, frozen=True):
    """A gate held a stretch back."""

    quiet: Quiet


class Seam(Message, frozen=True):
    """A camera's time was anchored anew: nothing is judged across this stream time."""

    camera: str
    pts_ns: int


class Vitals(Message, frozen=True):
    """A camera's vital signs: of its picture or of its sound."""

    camera: str
    pts_ns: int
    captured_at: float
    picture: PictureVitals | None = None
    sound: SoundVitals | None = None


class LivePicture(Message, frozen=True):
    """A picture for people lies in a slot: a JPEG of ``size`` bytes, masks in it."""

    camera: str
    slot: int
    generation: int
    size: int
    pts_ns: int
    captured_at: float


class CameraState(Message, frozen=True):
    """A camera's state has changed."""

    camera: str
    #: connecting, online, stalled, offline, refused, ended
    state: str
    detail: str
    video: bool
    audio: bool
    at: float


class ModelsReady(Message, frozen=True):
    """The encoder has loaded its models and embedded every prompt."""

    sight: ModelInfo | None
    sound: ModelInfo | None
    device: str


class Embedded(Message, frozen=True):
    """An embedding on its way to the judge."""

    embedding: Embedding


class Outboxed(Message, frozen=True):
    """The judge has written to the outbox: the publisher need not wait for its next look."""


class ScoreLine(Message, frozen=True):
    """One window's scores, for the live lines of the console."""

    camera: str
    rule: str
    at: float
    end_ns: int
    score: float
    per_day: float
    promised_per_day: float
    #: -log10 of each sense's p-value, on the scale of ``score``.
    modalities: dict[str, float]
    missing: list[str]
    #: What the newest sound comes closest to, in words; empty where nothing fits.
    heard: str = ""


class HealthEvent(Message, frozen=True):
    """Something about the machinery that people should know."""

    camera: str | None
    kind: str
    detail: str
    at: float
    #: What it is about, where it may last: the next event of the same subject replaces it.
    subject: str = ""
    #: Whether the subject is in trouble from now on.
    standing: bool = False


class CanaryCame(Message, frozen=True):
    """A canary has come through the line (see `pipeline.canary`), or came out wrong."""

    #: When it was sent, UTC epoch seconds: which one it is.
    sent_at: float
    #: Why it is wrong; empty: it is with every sink.
    error: str = ""
