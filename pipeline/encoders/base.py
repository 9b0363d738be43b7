"""What every encoder offers, and what may go wrong with one. Imports no deep-learning library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.towers import Pending
from pipeline.log_mel import RATE, MelFront

#: Every sound encoder takes mono sound at this rate, in samples per second.
SAMPLE_RATE = RATE

_T = TypeVar("_T", bound=np.generic)


class EncoderError(Exception):
    """Anything that keeps a model from embedding; the text says what to do."""


class NotFiniteError(EncoderError):
    """A model returned NaN or infinity."""


class BadInputError(EncoderError):
    """A batch has the wrong shape, type or rate for the model."""


@runtime_checkable
class SightEncoder(Protocol):
    """Embeds pictures and texts into one space of unit vectors."""

    @property
    def model_id(self) -> str:
        """``<name>@<first 12 hex digits of the weights' sha256>``."""
        ...

    @property
    def image_size(self) -> tuple[int, int]:
        """(H, W) in pixels: whole frames are squashed to it before they come here."""
        ...

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        ...

    @property
    def logit_scale(self) -> float:
        """What the model multiplies cosines with before a softmax."""
        ...

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed uint8 RGB pixels (n, H, W, 3) as float32 unit rows (n, dim).

        Raises:
            BadInputError: shape or type differ from ``image_size`` and uint8.
            NotFiniteError: the model returned NaN or infinity.
        """
        ...

    @property
    def patch_shape(self) -> tuple[int, int, int]:
        """(rows, cols, numbers) of the patches of a picture."""
        ...

    @property
    def patch_id(self) -> str:
        """Identity of what makes the patches: those of another are other numbers."""
        ...

    def encode_with_patches(
        self, pixels: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """What `encode_images` gives, and what each patch shows: (n, rows, cols, numbers).

        In one pass. Distances of patches tell what is unusual; texts have no place among them.

        Raises:
            BadInputError, NotFiniteError: as `encode_images` does.
        """
        ...

    @property
    def reads_movement(self) -> bool:
        """Whether `with_movement` changes anything: else nobody need measure movement."""
        ...

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What pictures show and how they moved, in the same space: float32 unit rows (n, dim).

        Args:
            rows: (n, dim) of `encode_images`.
            readings: (n, `pipeline.movement.DIM`) of the pictures up to each; a row of NaN where
                nobody knows, which leaves its picture's row as it is.
        """
        ...

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Embed n prompts as float32 unit rows (n, dim)."""
        ...

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """Words of the prompts that the model never met; empty for an open vocabulary."""
        ...


@runtime_checkable
class SoundEncoder(Protocol):
    """Embeds windows of sound and texts into one space of unit vectors."""

    @property
    def model_id(self) -> str:
        """``<name>@<first 12 hex digits of the weights' sha256>``."""
        ...

    @property
    def window_s(self) -> float:
        """Length of a window in seconds, at 48 kHz mono."""
        ...

    @property
    def front(self) -> MelFront:
        """What the model makes of a window first: cameras' workers do it for `encode_mel`."""
        ...

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        ...

    @property
    def logit_scale(self) -> float:
        """What the model multiplies cosines with before a softmax."""
        ...

    def encode_sounds(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embed float32 samples (n, window) in [-1, 1], 48 kHz mono, as unit rows (n, dim).

        Raises:
            BadInputError: shape or type differ.
            NotFiniteError: the model returned NaN or infinity.
        """
        ...

    def encode_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embed log-mel pictures of whole windows, as unit rows (n, dim).

        What `encode_sounds` gives for the same windows, but for rounding.

        Args:
            mel: float32 (n, bands, columns), made by `pipeline.log_mel` as ``front`` says.

        Raises:
            BadInputError: shape or type differ.
            NotFiniteError: the model returned NaN or infinity.
        """
        ...

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        """Embed n prompts as float32 unit rows (n, dim)."""
        ...

    def unknown_words(self, prompts: Sequence[str]) -> list[str]:
        """Words of the prompts that the model never met; empty for an open vocabulary."""
        ...


@runtime_checkable
class Ahead(Protocol):
    """An encoder that takes a batch in while another is on its way: both kinds, where they can.

    Its batches are pictures for sight, uint8 (n, H, W, 3), and log-mel pictures for sound, float32
    (n, bands, columns). The other ways of the encoder remain.
    """

    def room(self, n: int) -> NDArray[Any]:
        """Where the next batch of ``n`` goes; see ``pipeline.encoders.towers.Tower.room``."""
        ...

    def begin(self, items: NDArray[Any]) -> Pending:
        """Start a batch: what `room` gave, or any array. Its rows come at unit length.

        Raises:
            BadInputError: shape or type differ from the model's.
        """
        ...

    def shrink(self, most: int) -> None:
        """The device ran out of memory: batches are no larger than this from here on."""
        ...


def in_parts(
    encode: Callable[[NDArray[_T]], NDArray[np.float32]], items: NDArray[_T], size: int = 64
) -> NDArray[np.float32]:
    """Embed n >= 1 items, ``size`` at a time: float32 rows (n, dim)."""
    return np.concatenate([encode(items[i : i + size]) for i in range(0, len(items), size)])


def check_pixels(pixels: NDArray[np.uint8], size: tuple[int, int]) -> None:
    """Refuse a batch that is not uint8 (n, H, W, 3) of the given (H, W)."""
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (*size, 3):
        raise BadInputError(
            f"pictures must be uint8 of shape (n, {size[0]}, {size[1]}, 3), "
            f"got {pixels.dtype} {pixels.shape}: scale frames to the encoder's image_size"
        )


def check_samples(samples: NDArray[np.float32]) -> None:
    """Refuse a batch that is not float32 (n, samples) with at least a tenth of a second."""
    if samples.dtype != np.float32 or samples.ndim != 2 or samples.shape[1] < SAMPLE_RATE // 10:
        raise BadInputError(
            "sound must be float32 of shape (n, samples), 48 kHz mono, at least 0.1 s, "
            f"got {samples.dtype} {samples.shape}"
        )


def check_mel(mel: NDArray[np.float32], front: MelFront) -> None:
    """Refuse a batch that is not float32 (n, bands, columns) of the model's front."""
    if mel.dtype != np.float32 or mel.ndim != 3 or mel.shape[1:] != front.shape:
        raise BadInputError(
            f"log-mel pictures must be float32 of shape (n, {front.bands}, {front.columns}), "
            f"got {mel.dtype} {mel.shape}: make them as the encoder's front says"
        )


def finite_patches(patches: NDArray[np.float32], model_id: str) -> NDArray[np.float16]:
    """Patches (n, rows, cols, numbers) in half precision.

    Raises:
        NotFiniteError: a number is NaN, infinite, or too large for half precision.
    """
    with np.errstate(over="ignore"):
        out = patches.astype(np.float16)
    if not np.isfinite(out).all():
        raise NotFiniteError(
            f"{model_id} returned no usable numbers for patches of a picture: check the weights "
            "with `hearsight models verify`, or run it on the CPU"
        )
    return out


def unit_rows(vectors: NDArray[np.float32], model_id: str) -> NDArray[np.float32]:
    """Rows of ``vectors`` (n, d) at unit length in float32.

    Raises:
        NotFiniteError: a row holds NaN or infinity, or is all zeros.
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(length).all() or not (length > 0).all():
        bad = np.flatnonzero(~(np.isfinite(length) & (length > 0))[:, 0])
        raise NotFiniteError(
            f"{model_id} returned no usable numbers for {bad.size} of {len(rows)} inputs "
            f"(first: {bad[0]}): check the weights with `hearsight models verify`, "
            "or run it on the CPU"
        )
    out: NDArray[np.float32] = rows / length
    return out
