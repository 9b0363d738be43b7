"""What is asked of a process that runs, and what it answers."""

from __future__ import annotations

import msgspec

from pipeline.messages.base import Message, ModelInfo, StoreRef


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
    patches: list[str] = msgspec.field(default_factory=list)


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
    unknown_words: list[str] = msgspec.field(default_factory=list)
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
