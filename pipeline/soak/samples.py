"""What a soak writes down while it runs, a line each: a kill loses at most the last one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import msgspec

from pipeline.soak.errors import SoakError
from pipeline.soak.schedule import Disturbance

SCHEMA = "hearsight.soak/1"


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The first line: what is run, and on what."""

    schema: str
    #: Wall clock, seconds since the epoch.
    at: float
    seconds: float
    warm_up_s: float
    every_s: float
    seed: int
    cameras: list[str]
    command: list[str]
    machine: dict[str, Any]


class Process(msgspec.Struct, frozen=True, array_like=True):
    """One process of the site. Memory in bytes."""

    name: str
    pid: int
    #: Resident; and proportional: pages that processes share are counted once in all.
    rss: int
    pss: int
    #: What of the latter lies in no file: what a leak would make grow.
    own: int
    descriptors: int
    threads: int
    #: CPU time since its start, seconds.
    cpu_s: float


class Owed(msgspec.Struct, frozen=True, array_like=True):
    """A revision that the outbox accepted: from then on it is to come out."""

    id: str
    revision: int
    #: Wall clock, seconds since the epoch.
    at: float


class Arrived(msgspec.Struct, frozen=True, array_like=True):
    """A revision that stands in the Redis stream."""

    id: str
    revision: int
    #: When Redis took it: wall clock, seconds since the epoch.
    at: float
    #: From the arrival of the newest sample behind it, seconds; None but for new incidents and
    #: canaries.
    latency_s: float | None
    canary: bool


class Sample(msgspec.Struct, frozen=True, tag="sample"):
    """The site at one moment."""

    #: Since the soak began, seconds; and by the wall clock.
    at_s: float
    at: float
    processes: list[Process]
    #: Of each camera, the age of its newest sample in seconds, of whichever sense.
    frame_age_s: dict[str, float]
    #: Of each stage, the largest age of what it passed on in the last ten seconds.
    lag_s: dict[str, float]
    #: Since the site's start.
    reconnects: float
    restarts: float
    drops: float
    #: Revisions that wait for their delivery.
    pending: float
    owed: list[Owed]
    arrived: list[Arrived]
    #: Stream entries that are no alert, new since the sample before.
    damaged: int = 0


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """The last line: why it ended, and what had been in the stream and no longer is."""

    at_s: float
    reason: str
    vanished: list[Owed] = []


Line = Begun | Disturbance | Sample | Ended


@dataclass(frozen=True, slots=True)
class Soak:
    """A soak as its file tells it."""

    begun: Begun
    samples: tuple[Sample, ...]
    disturbances: tuple[Disturbance, ...]
    #: None while it runs, or where it was killed.
    ended: Ended | None


class Writer:
    """Appends lines to a new file.

    Raises:
        SoakError: the file is there already, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("xb", buffering=0)
        except FileExistsError:
            raise SoakError(
                f"{self._path} holds an earlier soak: give this one a folder of its own, or judge "
                "that one with --from"
            ) from None
        except OSError as error:
            raise SoakError(f"{self._path} cannot be written: {error.strerror}") from error
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, line: Line) -> None:
        """Write a line; it is the kernel's when this returns."""
        assert self._file is not None
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise SoakError(f"{self._path} cannot be written: {error.strerror}") from error


def read(path: Path) -> Soak:
    """Read a soak, finished or not. A last line without its end is left out.

    Raises:
        SoakError: there is no such file, or it is none of a soak.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise SoakError(f"{path} cannot be read: {error.strerror}") from error
    decoder = msgspec.json.Decoder(Line)
    lines: list[Line] = []
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            lines.append(decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise SoakError(f"{path}, line {number} is no line of a soak: {error}") from error
    if not lines or not isinstance(lines[0], Begun):
        raise SoakError(f"{path} does not begin as a soak does: name its samples.jsonl")
    if lines[0].schema != SCHEMA:
        raise SoakError(f"{path} is of another version: {lines[0].schema}, this one reads {SCHEMA}")
    return Soak(
        lines[0],
        tuple(line for line in lines if isinstance(line, Sample)),
        tuple(line for line in lines if isinstance(line, Disturbance)),
        next((line for line in lines if isinstance(line, Ended)), None),
    )
