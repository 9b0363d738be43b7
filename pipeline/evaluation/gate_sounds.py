"""What the sound gate saves and what it holds back, on recordings and on the sound of films.

Recordings of single events are played into a place whose sound is generated, at a known level above
it and with quiet in between; films are played with a quiet minute of their own (their quietest
seconds, to and fro). What was held back is told by when the event was loudest, and by nothing that
the gate itself measures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.gate import SoundGate
from pipeline.records import NS_PER_S, AudioChunk
from pipeline.sources.base import SAMPLE_RATE, Sound

WINDOW_S, HOP_S = 5, 1
#: Level of the generated place, dB of full scale; of an event's loudest tenth of a second above it.
PLACE_DB = -50.0
ABOVE_DB = (3.0, 6.0, 10.0, 20.0)
#: Quiet before the first event and between two of them, seconds.
FIRST_S, APART_S = 30, (12.0, 25.0)
#: A film's quiet part, and how much of the film that is made of, seconds.
STILL_S, QUIETEST_S = 60, 2
#: So far above a film's quiet part, in dB, a second is taken for eventful.
EVENTFUL_DB = 10.0
_TENTH = SAMPLE_RATE // 10


@dataclass(slots=True)
class SoundReading:
    """What became of a stream."""

    #: Windows in which nothing happens, and how many of them were embedded.
    quiet: int = 0
    quiet_embedded: int = 0
    #: All windows, and how many were embedded.
    windows: int = 0
    embedded: int = 0
    #: Seconds from the first window that holds an event to the first that was embedded; infinite:
    #: none was.
    delays_s: list[float] = field(default_factory=list)

    @property
    def held_back(self) -> float:
        """Share of the events of which nothing was embedded."""
        return float(np.mean(np.isinf(self.delays_s))) if self.delays_s else 0.0

    @property
    def late(self) -> float:
        """Share of the events that came late, though they came."""
        late = [0.0 < delay < np.inf for delay in self.delays_s]
        return float(np.mean(late)) if late else 0.0

    def add(self, other: SoundReading) -> None:
        """Take in what became of another stream."""
        self.quiet += other.quiet
        self.quiet_embedded += other.quiet_embedded
        self.windows += other.windows
        self.embedded += other.embedded
        self.delays_s += other.delays_s

    def figures(self) -> dict[str, float]:
        """Shares by name, and the longest of 95 % of the delays in seconds."""
        came = [delay for delay in self.delays_s if delay < np.inf]
        return {
            "embedded": self.embedded / max(1, self.windows),
            "embedded_quiet": self.quiet_embedded / max(1, self.quiet),
            "held_back": self.held_back,
            "late": self.late,
            "delay_s_p95": float(np.percentile(came, 95)) if came else 0.0,
        }


def levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level of each tenth of a second of float32 (n,), in dB of full scale."""
    tenths = samples[: samples.size // _TENTH * _TENTH].reshape(-1, _TENTH).astype(np.float64)
    out: NDArray[np.float64] = 10 * np.log10(np.mean(tenths**2, axis=1) + 1e-12)
    return out


def place(seconds: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A room with a fan: noise that falls with its pitch, and mains hum; `PLACE_DB` loud."""
    samples = seconds * SAMPLE_RATE
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    pitch = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(pitch, 50.0)), samples)
    heard = noise / noise.std() + 0.3 * np.sin(2 * np.pi * 100 * np.arange(samples) / SAMPLE_RATE)
    out: NDArray[np.float32] = (heard * 10 ** (PLACE_DB / 20) / heard.std()).astype(np.float32)
    return out


def in_a_place(
    recordings: Sequence[NDArray[np.float32]], above_db: float, *, seed: int = 0
) -> SoundReading:
    """Play recordings one after the other into a place, and see what its gate makes of them.

    Args:
        recordings: of one event each, float32 (n,); silent ones are left out.
        above_db: level of each one's loudest tenth of a second above the place's.
        seed: of the place and of the pauses.
    """
    rng = np.random.default_rng(seed)
    room = place(20, rng)
    parts, peaks = [_from(room, FIRST_S * SAMPLE_RATE, rng)], []
    heard = FIRST_S * SAMPLE_RATE
    busy: list[tuple[float, float]] = []
    for recording in recordings:
        loud = levels(recording)
        if not loud.size or loud.max() < -80:
            continue
        pause = _from(room, round(rng.uniform(*APART_S) * SAMPLE_RATE), rng)
        gain = 10 ** ((PLACE_DB + above_db - loud.max()) / 20)
        event = _from(room, recording.size, rng) + np.float32(gain) * recording
        begin = (heard + pause.size) / SAMPLE_RATE
        peaks.append(begin + float(loud.argmax()) / 10)
        busy.append((begin, begin + recording.size / SAMPLE_RATE))
        parts += [pause, event.clip(-1, 1)]
        heard += pause.size + event.size
    passed = _passed(parts)
    return _read(passed, peaks, _quiet(passed.size, busy))


def of_a_film(samples: NDArray[np.float32]) -> SoundReading:
    """Play a film's sound, a quiet minute of its own, and the film again.

    Args:
        samples: float32 (n,), longer than `QUIETEST_S`.
    """
    loud, length = levels(samples), QUIETEST_S * 10
    sums = np.convolve(loud, np.ones(length), "valid")
    begin = int(sums.argmin())
    stretch = samples[begin * _TENTH : (begin + length) * _TENTH]
    to_and_fro = np.concatenate((stretch, stretch[::-1]))
    still = np.tile(to_and_fro, -(-STILL_S // (2 * QUIETEST_S)))
    film = samples[: samples.size // SAMPLE_RATE * SAMPLE_RATE]
    passed = _passed([film, still, film])
    seconds, quiet_s = film.size // SAMPLE_RATE, still.size // SAMPLE_RATE
    # Of each eventful second its loudest tenth.
    each = loud[: seconds * 10].reshape(-1, 10)
    eventful = np.flatnonzero(each.max(axis=1) > sums.min() / length + EVENTFUL_DB)
    peaks = [float(s + each[s].argmax() / 10) for s in eventful]
    peaks += [peak + seconds + quiet_s for peak in peaks]
    # While a gate is new, everything is embedded: only the second showing says something.
    peaks = [peak for peak in peaks if peak >= seconds]
    ends = [(0.0, float(seconds)), (float(seconds + quiet_s), float(passed.size))]
    return _read(passed, peaks, _quiet(passed.size, ends))


def _from(room: NDArray[np.float32], size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.take(room, np.arange(size) + rng.integers(room.size), mode="wrap")


def _passed(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.bool_]:
    """By second, whether the gate let the window through that ends with it."""
    gate = SoundGate("study", window_s=WINDOW_S, hop_s=HOP_S)
    out = [isinstance(made, AudioChunk) for sound in _sounds(parts) for made in gate.push(sound)]
    return np.array(out, bool)


def _sounds(parts: Sequence[NDArray[np.float32]]) -> Iterator[Sound]:
    heard = 0
    for part in parts:
        yield Sound(heard * NS_PER_S // SAMPLE_RATE, 0.0, part)
        heard += part.size


def _quiet(seconds: int, busy: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """By second, whether the window that ends with it holds nothing of what is ``busy``."""
    quiet = np.ones(seconds, bool)
    quiet[:FIRST_S] = False
    for begin, end in busy:
        quiet[int(begin) : int(end) + 1 + WINDOW_S] = False
    return quiet


def _read(
    passed: NDArray[np.bool_], peaks: Sequence[float], quiet: NDArray[np.bool_]
) -> SoundReading:
    reading = SoundReading(
        quiet=int(quiet.sum()),
        quiet_embedded=int(passed[quiet].sum()),
        windows=passed.size,
        embedded=int(passed.sum()),
    )
    for peak in peaks:
        # The tenth lies in windows that end with this second and with those after it.
        first = int(peak + 0.0999)
        came = np.flatnonzero(passed[first : first + WINDOW_S])
        if first < passed.size:
            reading.delays_s.append(float(came[0]) if came.size else float("inf"))
    return reading
