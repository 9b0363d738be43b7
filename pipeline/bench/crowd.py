"""Simulated cameras in processes of their own: what they cost is not counted as ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain

import msgspec
import psutil

from pipeline.bench.errors import BenchError
from pipeline.simulate.crowd import Played

#: One process sends to so many cameras of 4 Mb/s with a quarter of a core.
_PER_PROCESS = 150


@dataclass(frozen=True, slots=True)
class Cameras:
    """Addresses that serve films, and the processes behind them."""

    urls: tuple[str, ...]
    processes: tuple[psutil.Process, ...]
    #: Descriptors by which they are told, and how many cameras the ones before each serve.
    inputs: tuple[tuple[int, int], ...]

    def go(self, count: int) -> None:
        """End the warm-up of the first ``count`` cameras, with the film that is being played.

        Raises:
            BenchError: a simulator has ended.
        """
        for told, before in self.inputs:
            if count > before:
                try:
                    os.write(told, b"%d\n" % (count - before))
                except BrokenPipeError:
                    raise BenchError("a simulated camera ended: its error stands above") from None

    def cpu_s(self) -> float:
        """CPU time that the simulators took so far, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)


@contextmanager
def cameras(played: Sequence[Played], wave: int | None = None) -> Iterator[Cameras]:
    """Serve cameras over RTSP until the block ends.

    Args:
        played: by the cameras, in their order.
        wave: so many end their warm-up together; None: all.

    Raises:
        BenchError: a simulator did not come up.
    """
    with ExitStack() as stack:
        urls: list[str] = []
        processes: list[psutil.Process] = []
        inputs: list[tuple[int, int]] = []
        waves = played if wave is None else chain.from_iterable(_shares(played, wave))
        for share in _shares(waves, _PER_PROCESS):
            told = msgspec.json.encode(share, enc_hook=str).decode()
            command = [sys.executable, "-m", "pipeline.simulate.crowd", told]
            program = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(program.terminate)
            assert program.stdin is not None
            assert program.stdout is not None
            inputs.append((program.stdin.fileno(), len(urls)))
            count = sum(some.count for some in share)
            said = [program.stdout.readline().strip() for _ in range(count)]
            if not all(said):
                raise BenchError("a simulated camera did not come up: its error stands above")
            urls += said
            processes.append(psutil.Process(program.pid))
        yield Cameras(tuple(urls), tuple(processes), tuple(inputs))


def _shares(played: Iterable[Played], most: int) -> list[list[Played]]:
    """What is played, in order, in shares of ``most`` cameras; the last may be smaller."""
    shares: list[list[Played]] = [[]]
    room = most
    for some in played:
        left = some.count
        while left:
            if not room:
                shares.append([])
                room = most
            taken = min(left, room)
            shares[-1].append(replace(some, count=taken))
            room, left = room - taken, left - taken
    return shares
