"""From samples in slots to embeddings: one lane for pictures, one for sound."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import Ahead, BadInputError, SightEncoder, SoundEncoder
from pipeline.encoders.towers import Done, Pending
from pipeline.messages import FrameReady, SoundReady
from pipeline.movement import BLOCKS, UNKNOWN
from pipeline.records import WHOLE_VIEW, Embedding, Modality
from pipeline.slots import SlotOverwritten, SlotStore
from pipeline.thumbnails import ThumbnailPicker, small_jpeg


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch on its way through a model."""

    #: Those whose samples were still in their slots.
    kept: int
    #: Whether `finish` returns at once.
    ready: Callable[[], bool]
    #: Waits for it. Raises EncoderError.
    finish: Callable[[], list[Embedding]]


_NOTHING = Begun(0, lambda: True, list)

Message_contra = TypeVar("Message_contra", contravariant=True)
_InSlot = TypeVar("_InSlot", FrameReady, SoundReady)


class EncoderLane(Protocol[Message_contra]):
    """One modality's way through the encoder."""

    modality: Modality
    model_id: str

    @property
    def cameras(self) -> Collection[str]:
        """Cameras whose samples it can load."""
        ...

    def begin(self, messages: Sequence[Message_contra]) -> Begun:
        """Take samples out of their slots, straight to where the model reads them, and start.

        A sample whose slot was written again is left out. A lane works on two batches at most:
        before a third is begun the first is finished.

        Raises:
            EncoderError: the model takes no such samples.
            RuntimeError: "out of memory".
        """
        ...

    def shrink(self, most: int) -> None:
        """The device ran out of memory: batches are no larger than this from here on."""
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
        # Asked once: to ask a protocol takes longer than to pack a batch.
        self._ahead = sight if isinstance(sight, Ahead) else None
        self._stores = stores
        self.patched = frozenset(patched)
        self._thumbnails = ThumbnailPicker()

    @property
    def cameras(self) -> Collection[str]:
        """See `EncoderLane`."""
        return self._stores.keys()

    def begin(self, messages: Sequence[FrameReady]) -> Begun:
        """See `EncoderLane`."""
        shape = self._sight.image_size
        if any((m.height, m.width) != shape for m in messages):
            raise BadInputError(f"a picture is not of the {shape} pixels that the model takes")
        room = self._room(len(messages))
        kept = _take_out(self._stores, messages, room)
        if not kept:
            return _NOTHING
        samples = room[: len(kept)]
        patches: NDArray[np.float16] | None = None
        pending: Pending
        if any(m.camera in self.patched for m in kept):
            stills, patches = self._sight.encode_with_patches(samples)
            pending = Done(stills)
        elif self._ahead is not None:
            pending = self._ahead.begin(samples)
        else:
            pending = Done(self._sight.encode_images(samples))
        return Begun(
            len(kept),
            lambda: pending.ready,
            lambda: self._finish(kept, samples, pending.result(), patches),
        )

    def _room(self, n: int) -> NDArray[np.uint8]:
        if self._ahead is not None:
            return self._ahead.room(n)
        return np.empty((n, *self._sight.image_size, 3), np.uint8)

    def shrink(self, most: int) -> None:
        """See `EncoderLane`."""
        if self._ahead is not None:
            self._ahead.shrink(most)

    def _finish(
        self,
        messages: Sequence[FrameReady],
        samples: NDArray[np.uint8],
        stills: NDArray[np.float32],
        patches: NDArray[np.float16] | None,
    ) -> list[Embedding]:
        vectors = stills
        if self._sight.reads_movement:
            told = [_floats(m.movement, UNKNOWN.shape) for m in messages]
            known = [UNKNOWN if reading is None else reading for reading in told]
            vectors = self._sight.with_movement(stills, np.stack(known))
        made = []
        for k, message in enumerate(messages):
            learned = message.camera in self.patched
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
        self._ahead = sound if isinstance(sound, Ahead) else None
        self._stores = stores

    @property
    def cameras(self) -> Collection[str]:
        """See `EncoderLane`."""
        return self._stores.keys()

    def begin(self, messages: Sequence[SoundReady]) -> Begun:
        """See `EncoderLane`."""
        shape = self._sound.front.shape
        if any((m.bands, m.columns) != shape for m in messages):
            raise BadInputError(f"a window of sound is not of the {shape} that the model takes")
        room = self._room(len(messages))
        kept = _take_out(self._stores, messages, room)
        if not kept:
            return _NOTHING
        samples = room[: len(kept)]
        pending: Pending
        if self._ahead is not None:
            pending = self._ahead.begin(samples)
        else:
            pending = Done(self._sound.encode_mel(samples))
        return Begun(len(kept), lambda: pending.ready, lambda: self._finish(kept, pending.result()))

    def _room(self, n: int) -> NDArray[np.float32]:
        if self._ahead is not None:
            return self._ahead.room(n)
        return np.empty((n, *self._sound.front.shape), np.float32)

    def shrink(self, most: int) -> None:
        """See `EncoderLane`."""
        if self._ahead is not None:
            self._ahead.shrink(most)

    def _finish(
        self, messages: Sequence[SoundReady], vectors: NDArray[np.float32]
    ) -> list[Embedding]:
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


def _take_out(
    stores: Mapping[str, SlotStore], messages: Sequence[_InSlot], room: NDArray[Any]
) -> list[_InSlot]:
    """Fill a batch's room from the slots, row by row; return whose samples are in it."""
    kept: list[_InSlot] = []
    for message in messages:
        store = stores.get(message.camera)
        if store is None:
            # The camera left the site while its sample waited.
            continue
        try:
            store.read_into(message.slot, message.generation, room[len(kept)])
        except SlotOverwritten:
            continue
        kept.append(message)
    return kept


def _floats(told: bytes, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """What a worker measured, float32; None where it knows nothing."""
    return np.frombuffer(told, np.float32).reshape(shape) if told else None
