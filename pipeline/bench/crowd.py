"""Simulated cameras in processes of their own: what they cost is not counted as ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.bench.errors import BenchError

#: One process sends to so many cameras of 4 Mb/s with a quarter of a core.
_PER_PROCESS = 150


@dataclass(frozen=True, slots=True)
class Cameras:
    """Addresses that serve films, and the processes behind them."""

    urls: tuple[str, ...]
    processes: tuple[psutil.Process, ...]

    def cpu_s(self) -> float:
        """CPU time that the simulators took so far, in seconds."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes)


@contextmanager
def cameras(films: Sequence[tuple[Path, int]]) -> Iterator[Cameras]:
    """Serve so many cameras of each film over RTSP until the block ends.

    Raises:
        BenchError: a simulator did not come up.
    """
    with ExitStack() as stack:
        urls: list[str] = []
        processes: list[psutil.Process] = []
        for share in _shares(films):
            command = [sys.executable, "-m", "pipeline.simulate.crowd"]
            command += [f"{path}={count}" for path, count in share]
            program = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(program.terminate)
            assert program.stdout is not None
            count = sum(count for _, count in share)
            said = [program.stdout.readline().strip() for _ in range(count)]
            if not all(said):
                raise BenchError("a simulated camera did not come up: its error stands above")
            urls += said
            processes.append(psutil.Process(program.pid))
        yield Cameras(tuple(urls), tuple(processes))


def _shares(films: Sequence[tuple[Path, int]]) -> list[list[tuple[Path, int]]]:
    """Films dealt to processes, in order, at most `_PER_PROCESS` cameras each."""
    shares: list[list[tuple[Path, int]]] = [[]]
    room = _PER_PROCESS
    for path, count in films:
        while count:
            if not room:
                shares.append([])
                room = _PER_PROCESS
            taken = min(count, room)
            shares[-1].append((path, taken))
            room, count = room - taken, count - taken
    return shares
