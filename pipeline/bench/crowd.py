"""Simulated cameras in processes of their own: what they cost is not counted as ours."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import msgspec
import psutil

from pipeline.bench.errors import BenchError
from pipeline.simulate.crowd import GO, Played

#: One process sends to so many cameras of 4 Mb/s with a quarter of a core.
PER_PROCESS = 150


@dataclass(frozen=True, slots=True)
class Cameras:
    """Addresses that serve films, and the processes behind them, of so many cameras each."""

    urls: tuple[str, ...]
    processes: tuple[psutil.Process, ...]
    per_process: int

    def go(self, count: int) -> None:
        """End the warm-up of the first ``count`` cameras, with the film that is being played.

        Whole processes do: cameras that share one with any of these end theirs, too.
        """
        for process in self.processes[: math.ceil(count / self.per_process)]:
            process.send_signal(GO)

    def cpu_s(self) -> float:
        """CPU time that the simulators took so far, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)


@contextmanager
def cameras(played: Sequence[Played], per_process: int = PER_PROCESS) -> Iterator[Cameras]:
    """Serve cameras over RTSP until the block ends.

    Args:
        played: by the cameras, in their order.
        per_process: so many share a process, and end their warm-up together.

    Raises:
        BenchError: a simulator did not come up.
    """
    with ExitStack() as stack:
        urls: list[str] = []
        processes: list[psutil.Process] = []
        for share in _shares(played, per_process):
            told = msgspec.json.encode(share, enc_hook=str).decode()
            command = [sys.executable, "-m", "pipeline.simulate.crowd", told]
            program = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(program.terminate)
            assert program.stdout is not None
            count = sum(some.count for some in share)
            said = [program.stdout.readline().strip() for _ in range(count)]
            if not all(said):
                raise BenchError("a simulated camera did not come up: its error stands above")
            urls += said
            processes.append(psutil.Process(program.pid))
        yield Cameras(tuple(urls), tuple(processes), per_process)


def _shares(played: Sequence[Played], most: int) -> list[list[Played]]:
    """What is played, dealt to processes, in order, at most ``most`` cameras each."""
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
