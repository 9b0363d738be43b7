"""A process of ours that does one thing and ends: run, heard to its end, never left behind."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass

#: What a Python process needs of its environment: a site's passwords may stand in the rest.
_NEEDED = (
    *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH"),
    *("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"),
)
_REASON_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, and what it wrote: to standard output, and to standard error in words."""

    #: 0: as it should; below 0: by that signal.
    status: int
    out: bytes
    words: str

    @property
    def reason(self) -> str:
        """The last line of its words, cut; empty where it said nothing."""
        lines = self.words.strip().splitlines()
        return lines[-1][:_REASON_CHARACTERS] if lines else ""


async def run_errand(
    module: str, *arguments: str, given: bytes = b"", limit_s: float, trusted: bool = False
) -> Outcome:
    """Run ``python -m module`` until it ends.

    Whoever is cancelled meanwhile, or waits too long, leaves no process behind.

    Args:
        module: the program.
        arguments: to it.
        given: what it reads from standard input.
        limit_s: seconds after which it is killed.
        trusted: whether it is given this process's whole environment.

    Raises:
        TimeoutError: it was killed.
        OSError: it could not be started.
    """
    known = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=None if trusted else known,
    )
    try:
        out, words = await asyncio.wait_for(process.communicate(given), limit_s)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Outcome(process.returncode, out, words.decode(errors="replace"))
