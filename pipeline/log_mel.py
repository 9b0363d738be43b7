"""Log-mel pictures of sound, made in a camera's worker: numpy and OpenCV, each column once.

Sound models see windows that overlap by most of their length. A column of a log-mel picture depends
on the samples around it alone, so that of two windows a second apart only the columns of that
second are new, and the few at both ends, which see past the window's edge. What a model's own front
computes over a whole window is computed here column by column, and only for windows that go out:
to a tenth of the work, and to a fifteenth of the bytes that go to the encoder.

A model says with a `MelFront` what its front computes; `tests` hold both against each other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

#: Every sound model takes mono sound at this rate, in samples per second.
RATE = 48_000
#: Columns are transformed so many values at a time: they stay in a core's own cache, and OpenCV
#: keeps to the calling thread.
_AT_ONCE = 1 << 16


class MelFront(msgspec.Struct, frozen=True):
    """How a sound model makes a log-mel picture of a window: all that its workers must know.

    Column k stands for the ``fft`` samples around sample ``k * hop``, under a Hann window.
    """

    #: Samples of a window, mono at `RATE`; a multiple of ``hop``.
    window: int
    fft: int
    hop: int
    bands: int
    low_hz: float
    high_hz: float
    #: Triangles on the HTK scale, each of sum one; or on Slaney's, each of area one, as librosa's.
    mel: Literal["htk", "slaney"]
    #: What lies beyond both ends of a window: nothing, or its mirror image.
    edges: Literal["zeros", "mirror"]
    #: Whether one more column stands for the window's very end.
    closing: bool
    #: From power p, times ``scale``: gain * ln(p + floor) + offset, or of max(p, floor).
    scale: float
    floor: float
    floor_added: bool
    gain: float
    offset: float
    #: Whether samples are cut to 16 bits first.
    sixteen_bit: bool

    @property
    def columns(self) -> int:
        """Columns of a window's picture."""
        return self.window // self.hop + self.closing

    @property
    def shape(self) -> tuple[int, int]:
        """(bands, columns) of a window's picture."""
        return self.bands, self.columns


def mel_bank(front: MelFront) -> NDArray[np.float32]:
    """The triangular filters of a front, float32 (bands, fft // 2 + 1).

    On the HTK scale (Young et al., "The HTK Book") the triangles are drawn over mel; on Slaney's
    ("Auditory Toolbox", 1998) over hertz and scaled to equal area, as ``librosa.filters.mel`` does.
    """
    hertz = np.linspace(0.0, RATE / 2, front.fft // 2 + 1)
    if front.mel == "htk":
        edges = np.linspace(_htk(front.low_hz), _htk(front.high_hz), front.bands + 2)
        bank = _triangles(edges, _htk(hertz))
        bank /= bank.sum(axis=1, keepdims=True)
    else:
        mels = np.linspace(_slaney(front.low_hz), _slaney(front.high_hz), front.bands + 2)
        edges = _slaney_to_hz(mels)
        bank = _triangles(edges, hertz) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return bank.astype(np.float32)


def _triangles(edges: NDArray[np.float64], bins: NDArray[np.float64]) -> NDArray[np.float64]:
    rise = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    bank: NDArray[np.float64] = np.maximum(0.0, np.minimum(rise, fall))
    return bank


def _htk(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


#: Slaney's scale is linear up to here, at so many hertz a mel, and then logarithmic.
_LINEAR_HZ, _HZ_PER_MEL, _LOG_STEP = 1000.0, 200.0 / 3.0, np.log(6.4) / 27.0


def _slaney(hz: float) -> float:
    if hz < _LINEAR_HZ:
        return hz / _HZ_PER_MEL
    return float(_LINEAR_HZ / _HZ_PER_MEL + np.log(hz / _LINEAR_HZ) / _LOG_STEP)


def _slaney_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _LINEAR_HZ / _HZ_PER_MEL
    return np.where(mels < knee, mels * _HZ_PER_MEL, _LINEAR_HZ * np.exp(_LOG_STEP * (mels - knee)))


@lru_cache(maxsize=4)
def _tables(front: MelFront) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Hann window (fft,), filters (bins, bands) with ``scale`` in them, and the first bin."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(front.fft) / front.fft)
    bank = mel_bank(front)
    heard = np.flatnonzero(bank.any(axis=0))
    # The first and the last bin stand alone in the transform's packed form: no filter hears them.
    first, last = max(1, int(heard[0])), min(front.fft // 2 - 1, int(heard[-1]))
    filters = np.ascontiguousarray(bank[:, first : last + 1].T) * np.float32(front.scale)
    return hann.astype(np.float32), filters, first


class RollingMel:
    """Makes the pictures of one stream's windows.

    Args:
        front: what the model computes.

    Raises:
        ValueError: the front's window is no multiple of its hop, or shorter than its transform.
    """

    def __init__(self, front: MelFront) -> None:
        if front.window % front.hop or front.window < 2 * front.fft:
            raise ValueError(
                f"a window of {front.window} samples cannot be cut into columns {front.hop} apart "
                f"of {front.fft}: the model's front has to be of another kind"
            )
        self.front = front
        self._hann, self._filters, self._first_bin = _tables(front)
        half = front.fft // 2
        #: Columns that see nothing beyond the window's edges: from here, and up to there.
        self._inner = -(-half // front.hop), (front.window - half) // front.hop + 1
        rows = max(1, _AT_ONCE // front.fft)
        self._frames = np.empty((rows, front.fft), np.float32)
        self._power = np.empty((rows, len(self._filters)), np.float32)
        #: The newest window's columns, (columns, bands), and where it ended.
        self._columns = np.empty((front.columns, front.bands), np.float32)
        self._end: int | None = None

    def window(self, samples: NDArray[np.float32], end: int) -> NDArray[np.float32]:
        """The picture of a window, float32 (bands, columns).

        Args:
            samples: float32 (window,) in [-1, 1].
            end: how many samples of the stream had been heard at its end; what the last window and
                this one share is not computed again.

        Raises:
            ValueError: ``samples`` are not a window.
        """
        begin, stop = self._inner
        fresh = begin
        if self._end is not None:
            shift, between = divmod(end - self._end, self.front.hop)
            if between == 0 and 0 <= shift < stop - begin:
                fresh = stop - shift
                self._columns[begin:fresh] = self._columns[begin + shift : stop]
        # Whatever comes in between, half a window is none.
        self._end = None
        self._compute(samples, fresh)
        self._end = end
        return np.ascontiguousarray(self._columns.T)

    def whole(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The picture of a window that no other shares samples with: float32 (bands, columns).

        Raises:
            ValueError: ``samples`` are not a window.
        """
        self._end = None
        self._compute(samples, self._inner[0])
        return np.ascontiguousarray(self._columns.T)

    def _compute(self, samples: NDArray[np.float32], fresh: int) -> None:
        """Fill the columns from ``fresh`` on, and those at both edges."""
        front, (begin, stop) = self.front, self._inner
        if samples.dtype != np.float32 or samples.shape != (front.window,):
            raise ValueError(
                f"a window is float32 ({front.window},), got {samples.dtype} {samples.shape}"
            )
        half, hop, columns = front.fft // 2, front.hop, self._columns
        left = samples[: (begin - 1) * hop + half]
        self._fill(columns[:begin], np.concatenate((self._beyond(samples[half:0:-1]), left)))
        if fresh < stop:
            inner = samples[fresh * hop - half : (stop - 1) * hop + half]
            self._fill(columns[fresh:stop], inner)
        if stop < front.columns:
            right = samples[stop * hop - half :]
            wanted = (front.columns - 1 - stop) * hop + front.fft - right.size
            beyond = self._beyond(samples[-2 : -2 - wanted : -1])
            self._fill(columns[stop:], np.concatenate((right, beyond)))

    def _beyond(self, mirrored: NDArray[np.float32]) -> NDArray[np.float32]:
        return mirrored if self.front.edges == "mirror" else np.zeros_like(mirrored)

    def _fill(self, out: NDArray[np.float32], signal: NDArray[np.float32]) -> None:
        """Columns (n, bands) of float32 ((n - 1) * hop + fft,)."""
        import cv2

        front = self.front
        if front.sixteen_bit:
            # As files of 16 bits hold it, cut towards zero.
            signal = np.trunc(signal * np.float32(32767.0)) / np.float32(32767.0)
        cut = sliding_window_view(signal, front.fft)[:: front.hop]
        bins = slice(2 * self._first_bin - 1, 2 * (self._first_bin + len(self._filters)) - 1)
        for at in range(0, len(cut), len(self._frames)):
            part = cut[at : at + len(self._frames)]
            frames, power = self._frames[: len(part)], self._power[: len(part)]
            np.multiply(part, self._hann, out=frames)
            # Packed: (re 0), re 1, im 1, re 2, im 2, ...
            cv2.dft(frames, dst=frames, flags=cv2.DFT_ROWS)
            pairs = frames[:, bins]
            np.square(pairs, out=pairs)
            np.add(pairs[:, 0::2], pairs[:, 1::2], out=power)
            bands = np.matmul(power, self._filters, out=out[at : at + len(part)])
            if front.floor_added:
                bands += np.float32(front.floor)
            else:
                np.maximum(bands, np.float32(front.floor), out=bands)
            np.log(bands, out=bands)
            bands *= np.float32(front.gain)
            bands += np.float32(front.offset)
