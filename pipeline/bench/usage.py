"""CPU time and memory of a program and all that it started, by what each process does."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Usage:
    """What the processes of one role hold and have used. Seconds and bytes; sums over processes."""

    processes: int
    cpu_s: float
    #: Resident, and proportional: pages that processes share are counted once in all.
    rss: int
    pss: int


def usage(root: psutil.Process) -> dict[str, Usage]:
    """Usage by role: ``supervisor`` (the root), ``worker``, ``encoder``, ``redis``."""
    found: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            role = "supervisor" if process == root else _role(process)
            user, system = process.cpu_times()[:2]
            memory = process.memory_full_info()
            found[role].append((user + system, memory.rss, memory.pss))
    return {
        role: Usage(len(rows), *(sum(column) for column in zip(*rows, strict=True)))
        for role, rows in found.items()
    }


def cpu_between(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, float]:
    """CPU seconds of each role between two looks."""
    none = Usage(0, 0.0, 0, 0)
    return {role: use.cpu_s - before.get(role, none).cpu_s for role, use in after.items()}


def _role(process: psutil.Process) -> str:
    """``worker`` of ``python -m pipeline.worker``; else the program's name."""
    command = process.cmdline()
    if "-m" in command[:-1]:
        return command[command.index("-m") + 1].rpartition(".")[2]
    name: str = process.name()
    return "redis" if name.startswith("redis") else name
