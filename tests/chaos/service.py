"""As systemd keeps a service of ``Type=notify`` with a watchdog: started, listened to, replaced."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.chaos.ending import see_it_end


class Service:
    """A command as a service.

    Args:
        command: what is run.
        folder: short; for the socket.
        before: what is run to its end before each start.
        watchdog_s: without a sign of life for so long it is ended by SIGABRT.
        abort_s: and after that by SIGKILL.
        restart_s: the pause before it is started again.
    """

    def __init__(
        self,
        command: Sequence[Any],
        folder: Path,
        *,
        before: Sequence[Any],
        watchdog_s: float,
        abort_s: float,
        restart_s: float,
    ) -> None:
        self._command = command
        self._before = before
        self._limits = (watchdog_s, abort_s, restart_s)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = folder / "notify"
        self._socket.bind(str(address))
        self._environment = os.environ | {
            "NOTIFY_SOCKET": str(address),
            "WATCHDOG_USEC": str(int(watchdog_s * 1e6)),
        }
        self.process: subprocess.Popen[bytes] | None = None
        #: When each thing was heard, by the clock of time.monotonic.
        self.heard: list[tuple[float, str]] = []

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        subprocess.run(self._before, check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen(self._command, env=self._environment)
        while self.listen(60.0) != "READY=1":
            pass

    def listen(self, timeout_s: float) -> str | None:
        """What it says next; None for silence."""
        self._socket.settimeout(max(0.001, timeout_s))
        try:
            said = self._socket.recv(4096).decode()
        except TimeoutError:
            return None
        self.heard.append((time.monotonic(), said))
        return said

    def until_replaced(self) -> float:
        """Wait for its silence, replace it; return the time from its last word to ready again."""
        watchdog_s, abort_s, restart_s = self._limits
        assert self.process is not None
        last = time.monotonic()
        while self.listen(last + watchdog_s - time.monotonic()) is not None:
            last = time.monotonic()
        self.process.send_signal(signal.SIGABRT)
        see_it_end(self.process, abort_s)
        time.sleep(restart_s)
        self.start()
        return time.monotonic() - last

    def stop(self) -> list[str]:
        """Ask it to end; return what it said last."""
        assert self.process is not None
        said = len(self.heard)
        self.process.terminate()
        self.process.wait(60)
        while self.listen(0.0) is not None:
            pass
        return [what for _, what in self.heard[said:]]

    def close(self) -> None:
        """Leave nothing running."""
        if self.process is not None:
            see_it_end(self.process)
        self._socket.close()
