"""What the processes say to each other: small typed messages, never pixels, never pickles.

Data messages flow down the line (worker, encoder, judge, publisher), control messages the other
way; the supervisor passes both on by their type. They travel as msgpack, several in a packet (see
`pipeline.packets`), over one packet socket per process (see `pipeline.channel`).
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from pipeline.arrays import array_of
from pipeline.log_mel import MelFront
from pipeline.records import Embedding, Quiet
from pipeline.vitals import PictureVitals, SoundVitals


class Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all messages; the tag is the class's name."""


# --- start and stop ------------------------------------------------------------------------------


class StoreRef(msgspec.Struct, frozen=True):
    """A slot store whose descriptor the process inherited."""

    fd: int
    slots: int
    slot_bytes: int


class CameraPlan(msgspec.Struct, frozen=True):
    """What a worker needs to know of one camera."""

    camera: str
    #: The camera's part of the site file, as JSON.
    settings: bytes
    #: None where the camera's picture is not used.
    frames: StoreRef | None
    #: None where its sound is not.
    sounds: StoreRef | None
    #: Size that frames are scaled to, (height, width) in pixels.
    frame_size: tuple[int, int]
    #: What the sound model computes of a window; None where there is none.
    sound_front: MelFront | None
    #: Distance between windows of sound, seconds.
    sound_hop_s: float
    #: Whether the sight model reads movement.
    movement: bool = False
    #: Whether a rule asks how much each part of the picture changes.
    change: bool = False
    #: Where live pictures go; None where the camera's picture is not used.
    live: StoreRef | None = None


class StartWorker(Message, frozen=True):
    """First message to a worker."""

    cameras: list[CameraPlan]
    #: The site's media settings as JSON, and the folder that clips go to.
    media: bytes
    media_dir: str
    secrets: list[str]
    log_level: str
    #: What decodes pictures, as the site says.
    decoder: str = "software"


class StartEncoder(Message, frozen=True):
    """First message to the encoder. ``prompts`` are embedded before it reports ready."""

    models: bytes
    cache_dir: str
    see: list[str]
    hear: list[str]
    sight: bool
    sound: bool
    frames: dict[str, StoreRef]
    sounds: dict[str, StoreRef]
    log_level: str
    #: Cameras of which a rule asks what each patch of the picture shows.
    patches: list[str] = []


class ModelInfo(msgspec.Struct, frozen=True):
    """What the judge needs to know of an encoder: its space, and the texts embedded in it."""

    model_id: str
    dim: int
    logit_scale: float
    #: (height, width) in pixels for sight; (0, 0) for sound.
    image_size: tuple[int, int]
    #: Seconds for sound; 0 for sight.
    window_s: float
    #: .npz with `prompts` (n,) str and `vectors` (n, d) float32.
    texts_path: str
    #: .npy, float32 (m, d): embeddings of ordinary pictures or sounds.
    background_path: str
    #: Words of the site's prompts that the model never met in training.
    unknown_words: list[str]
    #: See ``SightEncoder.reads_movement``.
    movement: bool = False
    #: See ``SightEncoder.patch_id``; empty for sound.
    patch_id: str = ""
    #: See ``SoundEncoder.front``; None for sight.
    front: MelFront | None = None


class StartJudge(Message, frozen=True):
    """First message to the judge."""

    site: bytes
    state_dir: str
    sight: ModelInfo | None
    sound: ModelInfo | None
    log_level: str
    secrets: list[str] = []


class StartPublisher(Message, frozen=True):
    """First message to the publisher."""

    site: bytes
    state_dir: str
    redis_url: str | None
    secrets: list[str]
    log_level: str


class Stop(Message, frozen=True):
    """Finish what is under way and exit."""

    #: Told with the incidents that end by it.
    reason: str = "shutdown"


# --- liveness ------------------------------------------------------------------------------------


class Sample(msgspec.Struct, frozen=True):
    """A change of one metric since the last heartbeat (a gauge: its value)."""

    name: str
    labels: dict[str, str]
    value: float


class Heartbeat(Message, frozen=True):
    """Sent by the loop that does the work, so that it stops when the work does."""

    progress: int
    metrics: list[Sample] = []


class Ready(Message, frozen=True):
    """The process has started and can work."""


class Failed(Message, frozen=True):
    """The process cannot work and will exit; ``reason`` says what to do about it."""

    reason: str


# --- data ----------------------------------------------------------------------------------------


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


# --- control -------------------------------------------------------------------------------------


class Watch(Message, frozen=True):
    """Somebody looks at a camera: its worker makes live pictures for the next ten seconds."""

    camera: str


class SampleRate(Message, frozen=True):
    """How often a camera is sampled from now on: less than it wants while a site is overloaded."""

    camera: str
    #: Pictures a second, above zero.
    per_second: float
    #: Of the windows of sound in which something happens, one in so many is embedded.
    sound_every: int = 1


class FollowCameras(Message, frozen=True):
    """To the encoder: from now on samples come from these cameras, out of these slots.

    Descriptors of slots that are new to it are the supervisor's own (`pipeline.shared_slots`).
    """

    frames: dict[str, StoreRef]
    sounds: dict[str, StoreRef]
    #: As in `StartEncoder`.
    patches: list[str] = []


class FollowSite(Message, frozen=True):
    """To the judge: the site is another one from now on. Answered with `Followed`."""

    site: bytes
    #: With the texts of its rules.
    sight: ModelInfo | None
    sound: ModelInfo | None


class Followed(Message, frozen=True):
    """The judge judges the site that it was told of last."""


class LeaveCamera(Message, frozen=True):
    """To a worker: let go of a camera, and keep the others."""

    camera: str


class EmbedTexts(Message, frozen=True):
    """Ask the encoder for the direction of some texts, beside its work."""

    number: int
    #: video or audio: which model embeds them.
    sense: str
    texts: list[str]


class TextsEmbedded(Message, frozen=True):
    """The encoder's answer to `EmbedTexts`."""

    number: int
    model_id: str = ""
    #: float32 (n, d) row by row, unit length; empty where ``error`` says why.
    vectors: bytes = b""
    #: Words of the texts that the model never met in training.
    unknown_words: list[str] = []
    error: str = ""


class CutMedia(Message, frozen=True):
    """Ask a worker for the evidence of an incident; stream times."""

    alert_id: str
    camera: str
    thumb_ns: int
    view: str = ""
    #: Both zero: only the thumbnail is wanted.
    start_ns: int = 0
    end_ns: int = 0
    #: float32 (rows, cols) row by row, standard scores: where the picture is not normal, to be
    #: laid over the thumbnail; empty where nobody says.
    heat: bytes = b""
    heat_rows: int = 0


class MediaReady(Message, frozen=True):
    """A worker's answer: paths relative to the media folder, or why there is none."""

    alert_id: str
    camera: str
    thumb_path: str | None
    clip_path: str | None
    error: str | None = None
    #: The thumbnail with the heat map over it.
    heat_path: str | None = None


AnyMessage = (
    StartWorker
    | StartEncoder
    | StartJudge
    | StartPublisher
    | Stop
    | Heartbeat
    | Ready
    | Failed
    | FrameReady
    | SoundReady
    | NothingHappened
    | Seam
    | Vitals
    | LivePicture
    | CameraState
    | ModelsReady
    | Embedded
    | Outboxed
    | ScoreLine
    | HealthEvent
    | CanaryCame
    | Watch
    | SampleRate
    | FollowCameras
    | FollowSite
    | Followed
    | LeaveCamera
    | EmbedTexts
    | TextsEmbedded
    | CutMedia
    | MediaReady
)


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "dtype": value.dtype.str, "data": value.tobytes()}
    raise NotImplementedError(f"no message carries a {type(value)}")


def from_plain(kind: type, value: Any) -> Any:
    """Make what msgpack has no form for: arrays (msgspec's ``dec_hook``)."""
    if getattr(kind, "__origin__", kind) is np.ndarray:
        return array_of(value["dtype"], value["shape"], value["data"])
    raise NotImplementedError(f"no message carries a {kind}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_to_plain)
_decoder = msgspec.msgpack.Decoder(AnyMessage, dec_hook=from_plain)


class MalformedMessage(ValueError):
    """Bytes that are no message."""


#: What decoding raises where bytes do not hold what they should.
BAD_BYTES = (
    *(msgspec.DecodeError, NotImplementedError, ValueError, TypeError, KeyError),
    # Nested too deeply.
    RecursionError,
)


def encode(message: AnyMessage) -> bytes:
    """Return the wire form of ``message``."""
    return _encoder.encode(message)


def decode(data: bytes) -> AnyMessage:
    """Return the message that ``data`` hold.

    Raises:
        MalformedMessage: they hold none.
    """
    try:
        message: AnyMessage = _decoder.decode(data)
    except BAD_BYTES as error:
        raise MalformedMessage(str(error)) from error
    return message
