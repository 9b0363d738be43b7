"""A site as a program, whose processes are played: SIGUSR1 makes its main loop hang.

A thread with a timer goes on meanwhile, as threads do in a process whose loop hangs.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from pathlib import Path

from pipeline.config import load_site
from tests.pipeline.stage import Played


class Hanging(Played):
    """Its loop hangs when told to."""

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, time.sleep, 600)
        await super().run()


def tick(beats: Path) -> None:
    """What a timer thread would do."""
    while True:
        with beats.open("a") as file:
            file.write(".")
        time.sleep(0.1)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    threading.Thread(target=tick, args=(folder / "beats",), daemon=True).start()
    asyncio.run(Hanging(load_site(folder / "site.yaml", environ={})).run())
