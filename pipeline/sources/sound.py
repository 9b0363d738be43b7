"""From packets of sound to mono at 48 kHz, in pieces as long as its hearer waits for."""

from __future__ import annotations

from collections.abc import Sequence

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.records import NS_PER_S
from pipeline.sources.base import SAMPLE_RATE, Hearer, Sound

#: Samples at `SAMPLE_RATE` that are decoded together at least, and held undecoded at most. Cameras
#: send 20 ms at a time: to resample each by itself and to hand it on costs ten times its decoding.
_PIECE, _MOST = SAMPLE_RATE // 10, 2 * SAMPLE_RATE
#: Sound that lies further than this from where it should be begins a piece of its own.
_SEAM_NS = NS_PER_S // 50
#: What needs no resampler: of one channel, planar and packed are the same.
_AS_WANTED = (("fltp", "mono", SAMPLE_RATE), ("flt", "mono", SAMPLE_RATE))
#: Packets that a decoder may keep.
_REMEMBERED = 8


class SoundReader:
    """Decodes one stream's packets of sound, many at a time.

    Args:
        hearer: says how much it waits for; None: a tenth of a second.
    """

    def __init__(self, hearer: Hearer | None = None) -> None:
        self._hearer = hearer
        #: What is not decoded yet, with the time of each and when it came, and how long it is.
        self._held: list[tuple[av.Packet, int, float]] = []
        self._held_ns = 0
        #: By its stamp, the time of what was decoded last and when it came: decoders keep some.
        self._known: dict[int | None, tuple[int, float]] = {}
        self._pieces = Pieces()

    def take(
        self, packet: av.Packet, pts_ns: int, captured_at: float, duration_ns: int
    ) -> Sequence[Sound]:
        """Return what is complete with this packet; one without data ends the stream.

        Args:
            packet: encoded sound.
            pts_ns: the time of its first sample.
            captured_at: when it came, seconds since the epoch.
            duration_ns: how long it is; 0 where nobody knows.
        """
        self._held.append((packet, pts_ns, captured_at))
        self._held_ns += duration_ns
        wanted = _PIECE if self._hearer is None else min(self._hearer.wanted, _MOST)
        if packet.size and duration_ns and self._held_ns * SAMPLE_RATE < wanted * NS_PER_S:
            return ()
        return self.flush()

    def flush(self) -> Sequence[Sound]:
        """Return what waits for its piece to be full: nothing joins it."""
        held, self._held, self._held_ns = self._held, [], 0
        known = dict(list(self._known.items())[-_REMEMBERED:])
        known.update((packet.pts, (pts_ns, at)) for packet, pts_ns, at in held)
        self._known = known
        made: list[Sound] = []
        with av.logging.Capture():
            for packet, pts_ns, captured_at in held:
                try:
                    frames = packet.decode()
                except FFmpegError:
                    continue  # one packet of sound is lost; the next decodes by itself
                for frame in frames:
                    begin_ns, at = known.get(frame.pts, (pts_ns, captured_at))
                    made += self._pieces.add(frame, begin_ns, at)
            made += self._pieces.flush()
        return made


class Pieces:
    """Gathers decoded frames that join, then resamples them at once."""

    def __init__(self) -> None:
        self._to_mono = ToMono()
        self._fifo: av.AudioFifo | None = None
        self._shape: tuple[object, ...] | None = None
        self._begin_ns = self._end_ns = 0
        self._captured_at = 0.0

    def add(self, frame: av.AudioFrame, pts_ns: int, captured_at: float) -> Sequence[Sound]:
        """Take in a frame; return the piece before it if it does not join it."""
        rate = frame.sample_rate
        # A queue that is given another layout than its own reads beyond the frame.
        shape = (frame.format.name, frame.layout.name, rate)
        before: Sequence[Sound] = ()
        if shape != self._shape or abs(pts_ns - self._end_ns) > _SEAM_NS:
            before = self.flush()
        if self._fifo is None:
            self._fifo, self._shape = av.AudioFifo(), shape
            self._begin_ns = pts_ns
        self._end_ns = pts_ns + frame.samples * NS_PER_S // rate
        self._captured_at = captured_at
        # What is gathered has no stamps of its own; ours are kept beside it.
        frame.pts = None
        self._fifo.write(frame)
        return before

    def flush(self) -> Sequence[Sound]:
        """Return what has been gathered, if anything."""
        fifo, self._fifo = self._fifo, None
        if fifo is None or (gathered := fifo.read()) is None:
            return ()
        try:
            samples, cleaned = self._to_mono.convert(gathered)
        except FFmpegError:
            # Channels of which nobody knows where they stand are not mixed: the camera's picture
            # goes on, and its state says that sound is missing.
            self._to_mono = ToMono()
            return ()
        return (Sound(self._begin_ns, self._captured_at, samples, cleaned),) if samples.size else ()


class ToMono:
    """Resamples whatever a decoder gives; a change of format in mid-stream begins anew."""

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[object, ...] | None = None

    def convert(self, frame: av.AudioFrame) -> tuple[NDArray[np.float32], int]:
        """Return float32 (n,) in [-1, 1], and how many samples had to be cleaned."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape in _AS_WANTED:
            self._resampler = None
            return clean(frame.to_ndarray().reshape(-1).astype(np.float32, copy=False))
        if self._resampler is None or shape != self._shape:
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            self._shape = shape
        # The filter graph behind it wants steady stamps; ours are kept beside it.
        frame.pts = None
        parts = [out.to_ndarray().reshape(-1) for out in self._resampler.resample(frame)]
        if not parts:
            return np.zeros(0, np.float32), 0
        samples = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return clean(samples.astype(np.float32, copy=False))


def clean(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Replace what is no number by silence and limit the rest to [-1, 1]."""
    # NaN is neither above nor below, and is told by the extremes of what holds one.
    low, high = (samples.min(), samples.max()) if samples.size else (0.0, 0.0)
    if low >= -1.0 and high <= 1.0:
        return samples, 0
    bad = ~np.isfinite(samples)
    count = int(bad.sum())
    if count:
        samples = np.where(bad, np.float32(0), samples)
    limited: NDArray[np.float32] = np.clip(samples, -1.0, 1.0)
    return limited, count
