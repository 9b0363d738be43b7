"""Alerts and servers that the stories of this folder are told with."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import redis

from pipeline.records import Alert, AlertType, Severity
from sinks.redis_client import open_client

NOW = 1_760_000_000.0


def make_alert(
    incident: str = "yard-fire-1", revision: int = 0, kind: str = "new", **changes: Any
) -> Alert:
    fields: dict[str, Any] = {
        "id": incident,
        "revision": revision,
        "type": AlertType(kind),
        "camera": "yard",
        "rule": "fire",
        "severity": Severity.CRITICAL,
        "start_time": NOW,
        "end_time": NOW + 10 if kind == "end" else None,
        "captured_at": NOW + revision,
        "thumb_path": f"media/yard/{incident}.jpg",
        "data": {"fusion": {"score": 4.2, "p_value": 6.3e-5, "prompts": [{"prompt": "a fire"}]}},
    }
    return Alert(**{**fields, **changes})


class RedisProcess:
    """A real redis-server on a Unix socket, to be killed and started again at will."""

    def __init__(self, binary: Path, folder: Path, *options: str) -> None:
        self.binary = binary
        self.folder = folder
        self.options = options
        self.socket = folder / "r.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *extra: str) -> RedisProcess:
        self._process = subprocess.Popen(
            [
                self.binary, "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
                "--save", "", "--logfile", self.folder / "log", *self.options, *extra,
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while True:
            client = self.client()
            try:
                client.ping()
                return self
            except redis.AuthenticationError:
                return self
            except redis.ConnectionError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()
                time.sleep(0.01)
            finally:
                client.close()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it hang: connections are accepted by the kernel, and nobody answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def client(self) -> Any:
        return open_client(self.url)

    def do(self, *command: Any) -> Any:
        client = self.client()
        try:
            return client.execute_command(*command)
        finally:
            client.close()
            client.connection_pool.disconnect()
