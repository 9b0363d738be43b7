"""How a test sees to it that none of its processes is left behind."""

from __future__ import annotations

import subprocess


def see_it_end(process: subprocess.Popen[bytes], within_s: float = 0.0) -> None:
    """Let a process end by itself for so long, and kill it if it does not."""
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
