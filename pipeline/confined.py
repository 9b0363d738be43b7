"""Limits that a process puts on itself before it decodes a clip: its decoder may be taken over."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from pathlib import Path

from pipeline.enclosure import EnclosureMissing, enclose
from pipeline.sources.reach import ReachUnlimited, limit


def confine(
    site: Path,
    *,
    readable: Iterable[Path],
    writable: Iterable[Path],
    cpu_s: int,
    memory: int,
    file_bytes: int = 1 << 30,
) -> str:
    """Limit this process for good: time, memory, files, and no connection to anybody.

    Args:
        site: the site's data folder: nothing of it can be read but what is named.
        readable: files and folders.
        writable: folders.
        cpu_s: seconds of a processor after which the kernel ends it.
        memory: bytes of address space.
        file_bytes: of a file that it writes.

    Returns:
        What cannot be limited on this system, and why; empty where all is.
    """
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    # What it had in memory are pictures of persons.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    missing = []
    try:
        enclose(site, readable=readable, writable=writable, ports=[])
    except EnclosureMissing as error:
        missing.append(f"files: {error}")
    try:
        limit(site)
    except ReachUnlimited as error:
        missing.append(f"connections: {error}")
    return "; ".join(missing)
