"""How often a camera's pictures are sampled: set by one thread, asked by another."""

from __future__ import annotations

from pipeline.records import NS_PER_S


class Pace:
    """A rate that may change while the camera runs.

    Args:
        per_second: pictures a second, above zero.
        phase: when in a period its pictures are due, in [0, 1). Cameras share the host's clock:
            with one phase all of them would ask the encoder at the same moment.
    """

    def __init__(self, per_second: float, phase: float = 0.0) -> None:
        self._phase = phase
        self.set(per_second)

    @property
    def per_second(self) -> float:
        """Pictures a second at present."""
        return NS_PER_S / self.period_ns

    @property
    def period_ns(self) -> int:
        """Nanoseconds of stream time from one picture to the next."""
        return self._period_ns

    def slot(self, pts_ns: int) -> int:
        """Number of the period that stream time ``pts_ns`` lies in."""
        period_ns = self._period_ns
        return (pts_ns + int(self._phase * period_ns)) // period_ns

    def set(self, per_second: float) -> None:
        """Sample so often from the next picture on.

        Raises:
            ValueError: the rate is not above zero.
        """
        if not per_second > 0:
            raise ValueError(f"a camera is sampled more than 0 times a second, not {per_second}")
        # One number: readers in other threads see the old rate or the new one.
        self._period_ns = max(1, round(NS_PER_S / per_second))
