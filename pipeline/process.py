"""What all child processes have in common: their socket, their first message, their end."""

from __future__ import annotations

import argparse
import ctypes
import gc
import signal
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from pipeline.channel import Channel, ChannelClosed
from pipeline.logs import configure
from pipeline.messages import (
    Failed,
    StartEncoder,
    StartJudge,
    StartPublisher,
    StartWorker,
    Stop,
)

#: Seconds between two heartbeats.
HEARTBEAT_S = 1.0

Start = TypeVar("Start", StartWorker, StartEncoder, StartJudge, StartPublisher)


#: Containers made beyond those freed before Python looks for circles among the youngest, and how
#: many such looks there are to one at those that stayed, and again.
_COLLECT = (50_000, 20, 100)
_trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
#: Seconds between two sweeps, and how many of them there are to one of everything.
_SWEEP_S, _SWEEPS_TO_ALL = 60.0, 60


def collect_seldom() -> None:
    """Let Python look for circles of objects ever so much more seldom.

    A process of the line holds tens of thousands of objects that live for long (packets, samples,
    embeddings) and makes no circles on its hot path. With Python's own thresholds, looking for some
    took a third of a worker's time.
    """
    gc.collect()
    # What is there by now stays: it need not be looked at again.
    gc.freeze()
    gc.set_threshold(*_COLLECT)


class Sweep:
    """Frees what nobody needs, once a minute, for a few milliseconds.

    *Circles of objects*, which `collect_seldom` leaves until nobody knows when. Some come about all
    the same: an answered request, an error that knows the frame that raised it. They may hold
    memory, threads and descriptors. What is young is looked at; once an hour everything.

    *Free memory*, which glibc keeps where it lies between things that stay (malloc_trim(3)): after
    a camera's burst of large pictures a worker would be as large for ever. Other C libraries give
    it back by themselves.
    """

    def __init__(self) -> None:
        self._due = 0.0
        self._sweeps = 0

    def look(self, now: float) -> None:
        """Sweep where a minute has passed; ``now`` is the monotonic clock in seconds."""
        if now < self._due:
            return
        self._due = now + _SWEEP_S
        self._sweeps += 1
        gc.collect(2 if self._sweeps % _SWEEPS_TO_ALL == 0 else 1)
        if _trim is not None:
            _trim(0)


def child_main(name: str, kind: type[Start], run: Callable[[Channel, Start], None]) -> None:
    """Entry of a child process: ``python -m pipeline.NAME --fd N``.

    A signal to the whole group (Ctrl-C) is the supervisor's to handle: children wait for `Stop`, or
    for their socket to close.
    """
    parser = argparse.ArgumentParser(prog=f"hearsight-{name}")
    parser.add_argument("--fd", type=int, required=True, help="inherited socket")
    parser.add_argument("--name", default=name)
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = Channel.from_fd(arguments.fd)
    log = structlog.get_logger()
    try:
        # It comes once all is known that stands in it; without a supervisor the socket closes.
        start = channel.receive()
        if isinstance(start, Stop):
            return
        if not isinstance(start, kind):
            sys.exit(f"hearsight-{name} is started by `hearsight run`, not by hand")
        configure(
            process=arguments.name,
            level=start.log_level,
            secrets=getattr(start, "secrets", ()),
            human=sys.stderr.isatty(),
        )
        collect_seldom()
        run(channel, start)
    except ChannelClosed:
        return
    except Exception as error:
        # The last word of a process that cannot go on; its supervisor replaces it.
        log.exception("process failed")
        _say(channel, Failed(f"{type(error).__name__}: {error}"[:2000]))
        sys.exit(1)


def _say(channel: Channel, message: Any) -> None:
    try:
        channel.send(message, timeout_s=1.0)
    except ChannelClosed:
        return
