"""From packets of sound to mono at 48 kHz, in pieces of about a tenth of a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.records import NS_PER_S
from pipeline.sources.base import SAMPLE_RATE, Sound
from pipeline.sources.clock import Stamp

#: Pieces a second. Cameras send 20 ms at a time: to resample each by itself and to hand it on costs
#: three times as much as to decode it.
_PIECES_PER_S = 10
#: Sound that lies further than this from where it should be begins a piece of its own.
_SEAM_NS = NS_PER_S // 50
#: Stamps that wait for their packets to be decoded.
_REMEMBERED = 64


class SoundReader:
    """Decodes one stream's packets of sound."""

    def __init__(self) -> None:
        self._stamps: OrderedDict[int, tuple[Stamp, float]] = OrderedDict()
        self._pieces = Pieces()

    def take(self, packet: av.Packet, stamp: Stamp, captured_at: float) -> Iterator[Sound]:
        """Yield what is complete with this packet; one without data ends the stream."""
        if packet.pts is not None:
            self._stamps[packet.pts] = (stamp, captured_at)
            if len(self._stamps) > _REMEMBERED:
                self._stamps.popitem(last=False)
        with av.logging.Capture():
            try:
                frames = packet.decode()
            except FFmpegError:
                return  # one packet of sound is lost; the next decodes by itself
        for frame in frames:
            if frame.pts is not None:
                stamp, captured_at = self._stamps.get(frame.pts, (stamp, captured_at))
            yield from self._pieces.add(frame, stamp.pts_ns, captured_at)
        if not packet.size:
            yield from self.flush()

    def flush(self) -> Iterator[Sound]:
        """Yield what waits for its piece to be full: nothing joins it."""
        yield from self._pieces.flush()


class Pieces:
    """Gathers decoded frames, then resamples them at once."""

    def __init__(self) -> None:
        self._to_mono = ToMono()
        self._fifo: av.AudioFifo | None = None
        self._shape: tuple[object, ...] | None = None
        self._begin_ns = self._end_ns = 0
        self._captured_at = 0.0

    def add(self, frame: av.AudioFrame, pts_ns: int, captured_at: float) -> Iterator[Sound]:
        """Take in a frame; yield the pieces that end before it or with it."""
        rate = frame.sample_rate
        # A queue that is given another layout than its own reads beyond the frame.
        shape = (frame.format.name, frame.layout.name, rate)
        if shape != self._shape or abs(pts_ns - self._end_ns) > _SEAM_NS:
            yield from self.flush()
        if self._fifo is None:
            self._fifo, self._shape = av.AudioFifo(), shape
            self._begin_ns, self._captured_at = pts_ns, captured_at
        self._end_ns = pts_ns + frame.samples * NS_PER_S // rate
        # What is gathered has no stamps of its own; ours are kept beside it.
        frame.pts = None
        self._fifo.write(frame)
        if self._fifo.samples * _PIECES_PER_S >= rate:
            yield from self.flush()

    def flush(self) -> Iterator[Sound]:
        """Yield what has been gathered, if anything."""
        fifo, self._fifo = self._fifo, None
        if fifo is None or (gathered := fifo.read()) is None:
            return
        samples, cleaned = self._to_mono.convert(gathered)
        if samples.size:
            yield Sound(self._begin_ns, self._captured_at, samples, cleaned)


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
