"""A process's first message, which tells it all that it needs to know, and its last."""

from __future__ import annotations

import msgspec

from pipeline.log_mel import MelFront
from pipeline.messages.base import Message, ModelInfo, StoreRef


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
    patches: list[str] = msgspec.field(default_factory=list)


class StartJudge(Message, frozen=True):
    """First message to the judge."""

    site: bytes
    state_dir: str
    sight: ModelInfo | None
    sound: ModelInfo | None
    log_level: str
    secrets: list[str] = msgspec.field(default_factory=list)


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
