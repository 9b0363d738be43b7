"""A clip as a learned normal sees it: embeddings, what came before each, change, patches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.base import BEFORE, BEFORE_S, Moments
from pipeline.encoders.base import SightEncoder
from pipeline.evaluation.media import frames
from pipeline.evaluation.tracks import Track, batches
from pipeline.movement import BLOCKS, MovementMeter
from pipeline.records import NS_PER_S, Modality

#: A wall clock for clips: a Monday, noon, UTC. Clips of a place follow one another by an hour.
_BEGAN, _APART = 1_760_356_800.0, 3600.0


class MomentTrack:
    """Embeds every frame as a picture alone, with its patches and how much each block has changed.

    A row holds the embedding, then the change (BLOCKS, BLOCKS), then the patches, one after the
    other: see `moments_of`.
    """

    modality = Modality.VIDEO

    def __init__(self, encoder: SightEncoder, fps: float | None = None) -> None:
        self.encoder = encoder
        self._fps = fps
        rows, cols, width = encoder.patch_shape
        self.key = f"moments/{encoder.model_id}/{encoder.patch_id}/{rows}x{cols}x{width}/{fps}"

    def make(self, path: Path) -> Track:
        """See `Producer`."""
        times: list[float] = []
        rows: list[NDArray[np.float32]] = []
        for batch in batches(self._due(path)):
            times += [at for at, _, _ in batch]
            pixels, changes = (np.stack([item[k] for item in batch]) for k in (1, 2))
            vectors, patches = self.encoder.encode_with_patches(pixels)
            flat = [
                x.reshape(len(batch), -1).astype(np.float32) for x in (vectors, changes, patches)
            ]
            rows.append(np.concatenate(flat, axis=1))
        at_s = np.array(times, np.float64)
        width = self.encoder.dim + BLOCKS * BLOCKS + int(np.prod(self.encoder.patch_shape))
        return Track(at_s, at_s, np.concatenate(rows) if rows else np.zeros((0, width), np.float32))

    def _due(self, path: Path) -> Iterator[tuple[float, NDArray[np.uint8], NDArray[np.float32]]]:
        """Frames at the pace that is wanted; change is measured on all of them."""
        meter = MovementMeter()
        unknown = np.full((BLOCKS, BLOCKS), np.nan, np.float32)
        due = 0.0
        for at, pixels in frames(path, self.encoder.image_size, None):
            meter.add(pixels, round(at * NS_PER_S))
            if at < due - 1e-6:
                continue
            due = due + 1 / self._fps if self._fps else 0.0
            change = meter.change()
            yield at, pixels, unknown if change is None else change


def moments_of(track: Track, encoder: SightEncoder, clip: int = 0) -> Moments:
    """The moments of a `MomentTrack`.

    Args:
        track: of one clip.
        encoder: that made it.
        clip: which clip of its place it is: it gets a time of its own.
    """
    d, cells = encoder.dim, BLOCKS * BLOCKS
    vectors = track.rows[:, :d]
    patches = track.rows[:, d + cells :].reshape(len(track), *encoder.patch_shape)
    return Moments(
        vectors,
        _BEGAN + _APART * clip + track.begin_s,
        np.full(len(track), 12.0, np.float32),
        patches.astype(np.float16) if patches.size else None,
        track.rows[:, d : d + cells].reshape(-1, BLOCKS, BLOCKS),
        before_each(vectors, track.begin_s),
    )


def before_each(vectors: NDArray[np.float32], at_s: NDArray[np.float64]) -> NDArray[np.float16]:
    """Those before each of embeddings (n, d) at times (n,): (n, BEFORE, d); see `Moments`."""
    out = np.full((len(vectors), BEFORE, vectors.shape[1]), np.nan, np.float16)
    for k, at in enumerate(at_s):
        steps = at - BEFORE_S * np.arange(BEFORE, 0, -1)
        places = np.searchsorted(at_s, steps + 1e-6, side="right") - 1
        known = places >= 0
        out[k, known] = vectors[places[known]]
    return out
