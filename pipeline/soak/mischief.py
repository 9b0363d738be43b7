"""Carrying out what a schedule says, on cameras and processes that run."""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Callable, Sequence

import psutil

from pipeline.simulate import Fault, HostedCamera
from pipeline.soak.look import named
from pipeline.soak.schedule import OF_CAMERAS, Disturbance, Kind

_FAULTS = {
    Kind.CUT: Fault.DROP,
    Kind.NO_MEDIA: Fault.NO_MEDIA,
    Kind.FROZEN: Fault.FROZEN,
    Kind.NO_SOUND: Fault.NO_SOUND,
}


class Mischief:
    """Begins each disturbance when it is due, and ends it. One thread uses it.

    Args:
        planned: in the order of time; no two at once.
        cameras: that serve the site.
        site: the site's first process.
        seed: which of the workers is hit.
    """

    def __init__(
        self,
        planned: Sequence[Disturbance],
        cameras: HostedCamera,
        site: psutil.Process,
        seed: int = 0,
    ) -> None:
        self._left = list(planned)
        self._cameras = cameras
        self._site = site
        self._rng = random.Random(seed)  # noqa: S311 - for play, not for secrets
        self._until_s = 0.0
        self._undo: Callable[[], None] | None = None

    def look(self, at_s: float) -> Disturbance | None:
        """End what is over; return what begins now, with the time at which it did."""
        if self._undo is not None and at_s >= self._until_s:
            self.end()
        if self._undo is not None or not self._left or at_s < self._left[0].at_s:
            return None
        planned = self._left.pop(0)
        begun = Disturbance(round(at_s, 2), planned.seconds, planned.kind, planned.target)
        self._until_s = begun.until_s
        self._undo = self._begin(begun)
        return begun

    def end(self) -> None:
        """End what lasts, if anything does."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo()

    def _begin(self, one: Disturbance) -> Callable[[], None] | None:
        if one.kind in OF_CAMERAS:
            self._cameras.set_fault(one.target, _FAULTS[one.kind])
            return lambda: self._cameras.set_fault(one.target, Fault.NONE)
        if one.kind is Kind.WORKER_KILLED:
            if workers := named(self._site, "worker-"):
                _send(self._rng.choice(workers), signal.SIGKILL)
            return None
        servers = named(self._site, "redis")
        if one.kind is Kind.REDIS_KILLED:
            for server in servers:
                _send(server, signal.SIGKILL)
            return None
        for server in servers:
            _send(server, signal.SIGSTOP)

        def go_on() -> None:
            for server in servers:
                _send(server, signal.SIGCONT)

        return go_on


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
