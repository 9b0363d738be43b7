"""The operators' console beside the demo: a process of its own, as at any site."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from rich.console import Console

from pipeline.config.console import Console as Settings
from pipeline.demo.stage import DemoFailed, Line

#: Of a console whose site file names none.
USUAL_PORT: int = Settings.model_fields["port"].default
_START_S = 60.0
_STOP_S = 10.0
_ADDRESS = re.compile(r"^console: (\S+)$")
_FIRST = re.compile(r"^first sign-in: user (\S+), password (\S+) ")


def free_port() -> int:
    """The port that consoles usually have where nobody listens on it, or another free one."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            # As the console itself: a port that was just left can be had.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise DemoFailed("no port of this machine is free for the console")


def invitation(seeds: Sequence[int]) -> str:
    """What to type to see the demo as an operator does, and where it will be."""
    port = free_port()
    said = sys.argv[0] if Path(sys.argv[0]).name == "hearsight" else "hearsight"
    words = [said, "demo", "--console", *(f"--seed {seed}" for seed in seeds)]
    if port != USUAL_PORT:
        words.append(f"--port {port}")
    return (
        f"See it as an operator does: {' '.join(words)}\n"
        f"The console will be at http://127.0.0.1:{port}/ and stays until Ctrl-C."
    )


def until_stopped(console: Console) -> Callable[[Line, ConsoleProcess], None]:
    """A way to stay: until Ctrl-C or SIGTERM, as long as line and console live."""
    stopped = threading.Event()

    def interrupt(*_: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    def stay(line: Line, operators: ConsoleProcess) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, interrupt)
        # A rule may alert once an hour: by and by its background is made of nothing but the films.
        console.print(
            f"The films begin again and again: look at {operators.address} and end it with Ctrl-C. "
            "After some minutes alerts stop: what comes every minute is ordinary here.",
            soft_wrap=True,
        )
        while not stopped.wait(0.5):
            line.check()
            operators.check()

    return stay


class ConsoleProcess:
    """``hearsight console`` for the demo's site.

    Args:
        site: the site file, whose line runs.
        log: where what it says goes, but for the first password.
    """

    def __init__(self, site: Path, log: Path) -> None:
        self._site = site
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._came = threading.Event()
        self._reader: threading.Thread | None = None
        self.address = ""
        #: Whom the first sign-in needs; empty where there was one before.
        self.user = self.password = ""

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "pipeline.cli",
                    "console",
                    str(self._site),
                    "--first-password",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                # Ctrl-C is the demo's: it ends the console in its turn.
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, name="demo-console", daemon=True)
        self._reader.start()
        deadline = time.monotonic() + _START_S
        try:
            while not self._came.wait(0.1):
                self.check()
                if time.monotonic() > deadline:
                    raise DemoFailed(f"the console is not there after {_START_S:.0f} s")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def check(self) -> None:
        """Raise DemoFailed if it has ended."""
        if self._process is not None and self._process.poll() is not None:
            words = self._log.read_text(errors="replace").splitlines()[-5:]
            raise DemoFailed(
                f"the console ended with status {self._process.returncode}: " + "\n".join(words)
            )

    def stop(self) -> None:
        """Ask it to finish, and see that it does."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._reader is not None:
            self._reader.join(_STOP_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := _ADDRESS.match(line.rstrip()):
                self.address = found[1]
                # The password follows in the same breath, if there is one.
                threading.Timer(2.0, self._came.set).start()
            elif found := _FIRST.match(line):
                self.user, self.password = found[1], found[2]
                self._came.set()
