"""Simulated cameras in processes of their own: what they cost is not counted as ours."""

from __future__ import annotations

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
_PER_PROCESS = 150


@dataclass(frozen=True, slots=True)
class Cameras:
    """Addresses that serve films, and the processes behind them."""

    urls: tuple[str, ...]
    processes: tuple[psutil.Process, ...]

    def go(self) -> None:
        """End the warm-up of those that have one, with the film that is being played."""
        for process in self.processes:
            process.send_signal(GO)

    def cpu_s(self) -> float:
        """CPU time that the simulators took so far, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)


@contextmanager
def cameras(played: Sequence[Played]) -> Iterator[Cameras]:
    """Serve cameras over RTSP until the block ends.

    Raises:
        BenchError: a simulator did not come up.
    """
    with ExitStack() as stack:
        urls: list[str] = []
        processes: list[psutil.Process] = []
        for share in _shares(played):
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
        yield Cameras(tuple(urls), tuple(processes))


def _shares(played: Sequence[Played]) -> list[list[Played]]:
    """What is played, dealt to processes, in order, at most `_PER_PROCESS` cameras each."""
    shares: list[list[Played]] = [[]]
    room = _PER_PROCESS
    for some in played:
        left = some.count
        while left:
            if not room:
                shares.append([])
                room = _PER_PROCESS
            taken = min(left, room)
            shares[-1].append(replace(some, count=taken))
            room, left = room - taken, left - taken
    return shares
