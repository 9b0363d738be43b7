"""From samples in slots to embeddings: one lane for pictures, one for sound."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.messages import FrameReady, SoundReady
from pipeline.movement import BLOCKS, UNKNOWN
from pipeline.records import WHOLE_VIEW, Embedding, Modality
from pipeline.slots import SlotStore
from pipeline.thumbnails import ThumbnailPicker, small_jpeg

Item_contra = TypeVar("Item_contra", contravariant=True)


class EncoderLane(Protocol[Item_contra]):
    """One modality's way through the encoder: samples are arrays, as `load` gives them."""

    modality: Modality
    model_id: str

    @property
    def cameras(self) -> Collection[str]:
        """Cameras whose samples it can load."""
        ...

    def load(self, message: Item_contra) -> NDArray[Any]:
        """Take a sample out of its slot. Raises SlotOverwritten."""
        ...

    def embed(self, messages: Sequence[Item_contra], samples: NDArray[Any]) -> list[Embedding]:
        """Embed a batch of loaded samples. Raises EncoderError."""
        ...


class SightLane:
    """Pictures: embedded, with how they moved, and for cameras that learn also by patches.

    Args:
        sight: the model.
        stores: slots by camera.
        patched: cameras of which a rule asks what each patch shows.
    """

    modality = Modality.VIDEO

    def __init__(
        self, sight: SightEncoder, stores: Mapping[str, SlotStore], patched: Collection[str]
    ) -> None:
        self.model_id = sight.model_id
        self._sight = sight
        self._stores = stores
        self._patched = frozenset(patched)
        self._thumbnails = ThumbnailPicker()

    @property
    def cameras(self) -> Collection[str]:
        """See `EncoderLane`."""
        return self._stores.keys()

    def load(self, message: FrameReady) -> NDArray[np.uint8]:
        """See `EncoderLane`: uint8 (height, width, 3)."""
        shape = (message.height, message.width, 3)
        store = self._stores[message.camera]
        return store.read(message.slot, message.generation, shape, np.uint8).view(np.uint8)

    def embed(self, messages: Sequence[FrameReady], samples: NDArray[np.uint8]) -> list[Embedding]:
        """See `EncoderLane`."""
        patches: NDArray[np.float16] | None = None
        if any(m.camera in self._patched for m in messages):
            stills, patches = self._sight.encode_with_patches(samples)
        else:
            stills = self._sight.encode_images(samples)
        vectors = stills
        if self._sight.reads_movement:
            told = [_floats(m.movement, UNKNOWN.shape) for m in messages]
            known = [UNKNOWN if reading is None else reading for reading in told]
            vectors = self._sight.with_movement(stills, np.stack(known))
        made = []
        for k, message in enumerate(messages):
            learned = message.camera in self._patched
            made.append(
                Embedding(
                    camera=message.camera,
                    view=message.view,
                    modality=self.modality,
                    model=self.model_id,
                    pts_ns=message.pts_ns,
                    duration_ns=0,
                    captured_at=message.captured_at,
                    vector=vectors[k],
                    still=stills[k] if learned and self._sight.reads_movement else None,
                    patches=patches[k] if learned and patches is not None else None,
                    change=_floats(message.change, (BLOCKS, BLOCKS)),
                    thumbnail=self._thumbnail(message, vectors[k], samples[k]),
                )
            )
        return made

    def _thumbnail(
        self, message: FrameReady, vector: NDArray[np.float32], pixels: NDArray[np.uint8]
    ) -> bytes:
        wanted = self._thumbnails.wanted(message.camera, message.view, message.pts_ns, vector)
        return small_jpeg(pixels, message.aspect) if wanted else b""


class SoundLane:
    """Windows of sound.

    Args:
        sound: the model.
        stores: slots by camera.
    """

    modality = Modality.AUDIO

    def __init__(self, sound: SoundEncoder, stores: Mapping[str, SlotStore]) -> None:
        self.model_id = sound.model_id
        self._sound = sound
        self._stores = stores

    @property
    def cameras(self) -> Collection[str]:
        """See `EncoderLane`."""
        return self._stores.keys()

    def load(self, message: SoundReady) -> NDArray[np.float32]:
        """See `EncoderLane`: float32 (bands, columns)."""
        store = self._stores[message.camera]
        shape = (message.bands, message.columns)
        return store.read(message.slot, message.generation, shape, np.float32).view(np.float32)

    def embed(
        self, messages: Sequence[SoundReady], samples: NDArray[np.float32]
    ) -> list[Embedding]:
        """See `EncoderLane`."""
        vectors = self._sound.encode_mel(samples)
        return [
            Embedding(
                camera=message.camera,
                view=WHOLE_VIEW,
                modality=self.modality,
                model=self.model_id,
                pts_ns=message.pts_ns,
                duration_ns=message.duration_ns,
                captured_at=message.captured_at,
                vector=vector,
            )
            for message, vector in zip(messages, vectors, strict=True)
        ]


def _floats(told: bytes, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """What a worker measured, float32; None where it knows nothing."""
    return np.frombuffer(told, np.float32).reshape(shape) if told else None
