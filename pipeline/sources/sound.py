"""From decoded sound to mono at 48 kHz."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.sources.base import SAMPLE_RATE


class ToMono:
    """Resamples whatever a decoder gives; a change of format in mid-stream begins anew."""

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[object, ...] | None = None

    def convert(self, frame: av.AudioFrame) -> tuple[NDArray[np.float32], int]:
        """Return float32 (n,) in [-1, 1], and how many samples had to be cleaned."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or shape != self._shape:
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            self._shape = shape
        # The filter graph behind it wants steady stamps; ours are kept beside it.
        frame.pts = None
        parts = [out.to_ndarray().reshape(-1) for out in self._resampler.resample(frame)]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return clean(samples.astype(np.float32, copy=False))


def clean(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Replace what is no number by silence and limit the rest to [-1, 1]."""
    bad = ~np.isfinite(samples)
    count = int(bad.sum())
    if count:
        samples = np.where(bad, np.float32(0), samples)
    limited: NDArray[np.float32] = np.clip(samples, -1.0, 1.0)
    return limited, count
