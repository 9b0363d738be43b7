"""A site's outbox with its real publisher process; the test plays the judge and the supervisor."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pipeline.channel import Channel, ChannelClosed
from pipeline.config import parse_site
from pipeline.messages import AnyMessage, Heartbeat, Outboxed, Ready, StartPublisher, Stop
from sinks.outbox import Outbox
from sinks.redis_client import open_client
from sinks.redis_streams import alerts_key
from tests.chaos.oracle import Account, Oracle
from tests.sinks.builders import make_alert

M = TypeVar("M", bound=AnyMessage)
SITE = """
site: test
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {fire: {see: [a fire]}}
media: {reserve_mb: RESERVE}
sinks: [{type: redis}]
"""


class Publishing:
    """One site's way from the outbox to Redis.

    Args:
        folder: the site's state.
        redis_url: where alerts go.
        reserve_mb: of the disk, kept from media.
    """

    def __init__(self, folder: Path, redis_url: str, *, reserve_mb: int = 100) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.url = redis_url
        self.oracle = Oracle(folder.parent)
        site = parse_site(SITE.replace("RESERVE", str(reserve_mb)), name="site.yaml", environ={})
        self._first = StartPublisher(
            site=site.model_dump_json(context={"reveal": True}).encode(),
            state_dir=str(folder),
            redis_url=redis_url,
            secrets=[],
            log_level="error",
        )
        self.outbox = Outbox(folder / "outbox.sqlite3").open()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None

    # --- the supervisor's part ----------------------------------------------------------------

    def start(self, *, wait: bool = True) -> None:
        """Start the publisher; with ``wait`` return once it is at work."""
        ours, theirs = Channel.pair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "pipeline.publisher"),
                    *("--fd", str(theirs.fileno()), "--name", "publisher"),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._channel = Channel(ours)
        self._channel.send(self._first)
        if wait:
            self.hear(Ready)

    def tell(self, message: AnyMessage) -> None:
        """Say something to the publisher, if there is one."""
        if self._channel is not None:
            with contextlib.suppress(ChannelClosed):
                self._channel.send(message, timeout_s=1.0)

    def hear(self, kind: type[M], wanted: Callable[[M], bool] = lambda _: True) -> M:
        """The next message of ``kind`` that is ``wanted``."""
        assert self._channel is not None
        deadline = time.monotonic() + 60
        while (left := deadline - time.monotonic()) > 0:
            message = self._channel.receive(timeout_s=left)
            if isinstance(message, kind) and wanted(message):
                return message
        raise AssertionError(f"no such {kind.__name__} came")

    def metric(self, name: str) -> float:
        """What the next heartbeat that knows it says of a metric of the Redis sink."""

        def value(beat: Heartbeat) -> list[float]:
            return [
                m.value for m in beat.metrics if (m.name, m.labels.get("sink")) == (name, "redis")
            ]

        return value(self.hear(Heartbeat, lambda beat: bool(value(beat))))[-1]

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the publisher by a signal."""
        assert self._process is not None
        self._process.send_signal(number)
        self._gone()

    def let_finish(self) -> None:
        """Tell the publisher to finish."""
        self.tell(Stop())

    def stop(self) -> float:
        """Let the publisher finish; return how long that took, seconds."""
        began = time.monotonic()
        self.let_finish()
        self._gone()
        return time.monotonic() - began

    def _gone(self) -> None:
        assert self._process is not None
        assert self._channel is not None
        self._process.wait(60)
        self._channel.close()
        self._process = self._channel = None

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None:
            self.kill()
        self.outbox.close()

    # --- the judge's part ---------------------------------------------------------------------

    def accept(self, incident: str, revision: int = 0, kind: str = "new", **changes: Any) -> None:
        """Write an alert to the outbox, which owes it from then on."""
        alert = make_alert(incident, revision, kind, captured_at=time.time(), **changes)
        assert self.outbox.append(alert, time.time())
        self.oracle.accept(alert)
        self.tell(Outboxed())

    def passes(self, incident: str) -> float:
        """A fresh event: how long it takes from the outbox into Redis, seconds."""
        began = time.monotonic()
        self.accept(incident)
        self.wait_for(lambda: incident in in_stream(self.url))
        return time.monotonic() - began

    def wait_for_all(self) -> float:
        """How long it takes until nothing is owed any more, seconds."""
        return self.wait_for(lambda: self.outbox.pending_count("redis") == 0)

    def wait_for(self, condition: Callable[[], bool], within_s: float = 120.0) -> float:
        """How long it takes until ``condition`` holds, seconds."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < within_s, "it did not happen"
            time.sleep(0.01)
        return time.monotonic() - began

    def account(self) -> Account:
        """What became of all alerts."""
        return self.oracle.account(self.url)


def in_stream(url: str) -> list[str]:
    """The incidents of a stream, in the order of its entries."""
    client = open_client(url)
    try:
        entries: Any = client.xrange(alerts_key("hearsight"))
        return [fields[b"id"].decode() for _, fields in entries]
    finally:
        client.close()
        client.connection_pool.disconnect()
