"""A program that is run once, see `pipeline.errand`: it does what its first argument says."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    does, *more = sys.argv[1:]
    if does == "answers":
        given = sys.stdin.buffer.read()
        sys.stdout.buffer.write(given[::-1] + " ".join(more).encode())
    if does == "tells its environment":
        print("\n".join(os.environ))
    if does == "gives up":
        sys.exit("a first line\nthe disk is tired " + "!" * 1000)
    if does == "dies":
        os.abort()
    if does == "says nothing and fails":
        sys.exit(3)
    if does == "never ends":
        Path(more[0]).write_text(str(os.getpid()))
        time.sleep(600)
