"""Which sound is worth embedding.

A sound encoder costs more than anything else that a CPU does for a camera. This gate costs a tenth
of it: per tenth of a second one FFT, whose level and band energies are held against a slowly
adapting background (the idea of energy-based voice activity detection and of spectral-flux onset
detection). On a quiet site one window in ten is embedded. A sound that lasts stands out until the
background has taken it up, after minutes; windows at regular intervals see what the gate does not.

Of 320 sounds of ESC-10 in a generated room it held back none that was 10 dB above the room, 0.3 %
at 6 dB and 12 % at 3 dB (``hearsight evaluate gate --data DATA/audio/esc10``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.records import NS_PER_S, WHOLE_VIEW, AudioChunk, Modality, Quiet
from pipeline.sources.base import SAMPLE_RATE, Sound

_FRAME = SAMPLE_RATE // 10
_FRAMES_PER_S = 10
_BANDS = 24
#: Power of silence: -120 dB.
_FLOOR = 1e-12
#: Sound that lies further than this from where it should be is no continuation.
_SEAM_NS = NS_PER_S // 5


@dataclass(frozen=True, slots=True)
class GateSettings:
    """When sound stands out."""

    #: Below this level, in dB of full scale, nothing is heard.
    floor_db: float = -65.0
    #: Lead over the background's level at which a sound stands out, in dB.
    rise_db: float = 5.0
    #: Mean change over the bands at which it does, in units of the background's own spread.
    novelty: float = 2.0
    #: The background's time constant, seconds; four times longer while something stands out.
    adapt_s: float = 45.0
    #: How long windows go on after the last sound that stood out, seconds.
    hold_s: float = 2.0
    #: A window at least so often, seconds.
    heartbeat_s: float = 10.0
    #: Everything is embedded until the background was heard for so long, seconds.
    learn_s: float = 10.0


class Background:
    """What a place usually sounds like: level and band energies with their spread, in dB."""

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._bands = np.zeros(_BANDS, np.float32)
        self._spread = np.full(_BANDS, 3.0, np.float32)
        self._level = 0.0
        self._heard = 0

    def stands_out(self, samples: NDArray[np.float32]) -> bool:
        """Whether anything in float32 (n,) stands out; the background learns from it too."""
        settings = self._settings
        levels, bands = _spectra(samples)
        if self._heard < settings.learn_s * _FRAMES_PER_S:
            for level, band in zip(levels, bands, strict=True):
                off = (band - self._bands)[None]
                self._learn(level[None], off, np.abs(off), slow=_NO)
            return True
        # Within a window the background hardly moves: all of it is held against the same one.
        apart = bands - self._bands
        away = np.abs(apart)
        change = (away / np.maximum(self._spread, _LEAST_SPREAD)).sum(axis=1)
        rise = levels - self._level > settings.rise_db
        novel = (levels > settings.floor_db) & (rise | (change > settings.novelty * _BANDS))
        self._learn(levels, apart, away, slow=novel)
        return bool(novel.any())

    def _learn(
        self,
        levels: NDArray[np.float64],
        apart: NDArray[np.float32],
        away: NDArray[np.float32],
        *,
        slow: NDArray[np.bool_],
    ) -> None:
        """Move towards frames of (n,) levels that lie ``apart``, (n, bands), from the bands."""
        self._heard += len(levels)
        span = self._settings.adapt_s * _FRAMES_PER_S
        rates = np.maximum(1.0 / self._heard, np.where(slow, 0.25 / span, 1.0 / span))
        weights = rates.astype(np.float32)
        self._spread += weights @ (away - self._spread)
        self._bands += weights @ apart
        self._level += float(rates @ (levels - self._level))


_WINDOW = np.hanning(_FRAME).astype(np.float32)
_LEAST_SPREAD = np.float32(1.0)
_NO = np.zeros(1, np.bool_)


def _band_edges() -> NDArray[np.intp]:
    edges = np.geomspace(60.0, 20_000.0, _BANDS + 1) / (SAMPLE_RATE / _FRAME)
    whole: NDArray[np.intp] = np.round(edges).astype(np.intp)
    return whole


_EDGES = _band_edges()


def _spectra(samples: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Level, and band energies (frames, bands), of each tenth of a second in dB of full scale.

    An offset (DC) is no sound and is taken out.
    """
    import cv2

    centred = _centred(samples)
    packed = cv2.dft(centred * _WINDOW, flags=cv2.DFT_ROWS)
    # (re 0), re 1, im 1, re 2, im 2, ...
    pairs = packed[:, 2 * _EDGES[0] - 1 : 2 * _EDGES[-1] - 1]
    np.square(pairs, out=pairs)
    power = pairs[:, 0::2] + pairs[:, 1::2]
    sums = np.add.reduceat(power, _EDGES[:-1] - _EDGES[0], axis=1)
    decibels = 10 * np.log10(sums / np.float32(_FRAME * _FRAME / 8) + np.float32(_FLOOR))
    # Differences far below hearing are not news.
    bands: NDArray[np.float32] = np.maximum(decibels, np.float32(-85.0))
    return _levels(centred), bands


def _centred(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    centred: NDArray[np.float32] = frames - frames.mean(axis=1, keepdims=True)
    return centred


def _levels(centred: NDArray[np.float32]) -> NDArray[np.float64]:
    power = np.einsum("ij,ij->i", centred, centred).astype(np.float64) / _FRAME
    levels: NDArray[np.float64] = 10 * np.log10(power + _FLOOR)
    return levels


def audible(samples: NDArray[np.float32]) -> bool:
    """Whether any tenth of a second of float32 (n,), mono 48 kHz, is above the gate's floor."""
    floor_db = GateSettings().floor_db
    return bool((_levels(_centred(samples)) > floor_db).any())


class _Held:
    """The newest samples of a stream: at most ``length`` of them, as one piece.

    They move within a longer piece of memory, so that little is copied as more come.
    """

    def __init__(self, length: int, room: int) -> None:
        self._length = length
        self._memory = np.empty(length + room, np.float32)
        self._begin = self._end = 0

    @property
    def size(self) -> int:
        return self._end - self._begin

    def put(self, samples: NDArray[np.float32]) -> None:
        """Take in samples, no more than there is ``room``."""
        if self._end + samples.size > self._memory.size:
            kept = self.newest(min(self.size, self._length - samples.size))
            self._memory[: kept.size] = kept
            self._begin, self._end = 0, kept.size
        self._memory[self._end : self._end + samples.size] = samples
        self._end += samples.size
        self._begin = max(self._begin, self._end - self._length)

    def newest(self, count: int) -> NDArray[np.float32]:
        """The last ``count`` samples: a view, good until more come."""
        return self._memory[self._end - count : self._end]

    def clear(self) -> None:
        self._begin = self._end = 0


class SoundGate:
    """Assembles windows of sound and holds back those in which nothing happens.

    Args:
        camera: whose sound it is.
        window_s: length of a window, seconds.
        hop_s: distance between windows, seconds.
        settings: when sound stands out.
    """

    def __init__(
        self,
        camera: str,
        *,
        window_s: float,
        hop_s: float,
        settings: GateSettings | None = None,
    ) -> None:
        self._camera = camera
        self._settings = settings or GateSettings()
        self._window = round(window_s * SAMPLE_RATE)
        self._hop = round(min(hop_s, window_s) * SAMPLE_RATE)
        self._background = Background(self._settings)
        self._held = _Held(self._window, room=2 * self._hop)
        self._fresh = 0
        self._heard = 0
        self._end_ns: int | None = None
        self._open_until = 0
        self._next_heartbeat = 0

    @property
    def wanted(self) -> int:
        """Samples until the next window is complete."""
        return self._hop - self._fresh

    def push(self, sound: Sound) -> Iterator[AudioChunk | Quiet]:
        """Take in sound; yield what each completed hop makes of it.

        A chunk holds the window's samples, fewer than the window's length until so much was heard.
        """
        if self._end_ns is not None and abs(sound.pts_ns - self._end_ns) > _SEAM_NS:
            self.reset()
        if self._end_ns is None:
            self._end_ns = sound.pts_ns
        samples = sound.samples
        while samples.size:
            part, samples = samples[: self._hop - self._fresh], samples[self._hop - self._fresh :]
            self._held.put(part)
            self._fresh += part.size
            self._heard += part.size
            self._end_ns += part.size * NS_PER_S // SAMPLE_RATE
            if self._fresh == self._hop:
                yield self._decide(sound.captured_at)
        # Follows the stream's own time, so that rounding and a drifting clock never add up.
        expected = sound.pts_ns + sound.samples.size * NS_PER_S // SAMPLE_RATE
        self._end_ns += (expected - self._end_ns) // 8

    def _decide(self, captured_at: float) -> AudioChunk | Quiet:
        assert self._end_ns is not None
        end, self._fresh = self._end_ns, 0
        if self._background.stands_out(self._held.newest(self._hop)):
            self._open_until = end + int(self._settings.hold_s * NS_PER_S)
        if end > self._open_until and end < self._next_heartbeat:
            start = end - self._hop * NS_PER_S // SAMPLE_RATE
            return Quiet(self._camera, WHOLE_VIEW, Modality.AUDIO, start, end, captured_at)
        self._next_heartbeat = end + int(self._settings.heartbeat_s * NS_PER_S)
        return self._chunk(end, captured_at)

    def _chunk(self, end_ns: int, captured_at: float) -> AudioChunk:
        start = end_ns - self._held.size * NS_PER_S // SAMPLE_RATE
        heard = self._held.newest(self._held.size).copy()
        return AudioChunk(self._camera, start, captured_at, heard, self._heard)

    def flush(self, captured_at: float) -> Iterator[AudioChunk]:
        """At the end of a stream: yield the last, incomplete hop if it holds half a second."""
        if self._end_ns is not None and self._fresh >= SAMPLE_RATE // 2:
            yield self._chunk(self._end_ns, captured_at)
        self.reset()

    def reset(self) -> None:
        """Stream time began anew: no window reaches across; the background stays."""
        self._held.clear()
        self._fresh = 0
        # No window from now on shares a sample with one from before.
        self._heard += self._window
        self._end_ns = None
        self._open_until = self._next_heartbeat = 0


def repeated(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Fill a window of ``length`` samples by repeating what is there, as sound encoders expect."""
    if samples.size >= length:
        return samples[-length:]
    out: NDArray[np.float32] = np.resize(samples, length)
    return out
