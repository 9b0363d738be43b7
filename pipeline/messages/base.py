"""What messages are made of."""

from __future__ import annotations

import msgspec

from pipeline.log_mel import MelFront


class Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all messages; the tag is the class's name."""


class StoreRef(msgspec.Struct, frozen=True):
    """A slot store whose descriptor the process inherited."""

    fd: int
    slots: int
    slot_bytes: int


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
