"""Commands of the program that run beside a test."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(
    log: Path, *command: str, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """``hearsight COMMAND``, whose standard output is to be read, and is ended afterwards.

    Args:
        log: gets its standard error.
        command: and its arguments.
        environ: beside this process's own environment.
    """
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", *command],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environ or {})},
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def line_of(process: subprocess.Popen[str], pattern: str) -> str:
    """What the pattern's group finds in the first line in which it is found."""
    assert process.stdout is not None
    while text := process.stdout.readline():
        if found := re.search(pattern, text):
            return found[1]
    raise AssertionError(f"it ended before it said {pattern!r}")
