"""A wall clock that a test can set, for every Python process that has this folder in its path.

Python runs this at its start. ``HEARSIGHT_CLOCK`` names a file of eight bytes: so many seconds, a
double, the wall clock is ahead of the machine's. The monotonic clock stays as it is, as where
somebody sets the host's clock.
"""

from __future__ import annotations

import mmap
import os
import struct
import time

_NS_PER_S = 1_000_000_000


def _fake(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - what a process imports first is little
        ahead = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
    read, read_ns = time.time, time.time_ns
    time.time = lambda: read() + struct.unpack("d", ahead)[0]
    time.time_ns = lambda: read_ns() + round(struct.unpack("d", ahead)[0] * _NS_PER_S)


if "HEARSIGHT_CLOCK" in os.environ:
    _fake(os.environ["HEARSIGHT_CLOCK"])
