"""A process of the line without the process: its work in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self, TypeVar

from pipeline.channel import Channel
from pipeline.messages import AnyMessage, Heartbeat, Stop

M = TypeVar("M", bound=AnyMessage)


class AtWork:
    """A process's work in a thread, and the supervisor's side of its channel.

    Args:
        work: what the process does.
        waiting: messages that lie in its socket before it begins.
    """

    def __init__(self, work: Callable[[Channel], None], *waiting: AnyMessage) -> None:
        ours, theirs = Channel.pair()
        self.channel = Channel(ours)
        for message in waiting:
            self.tell(message)
        self.beats: list[Heartbeat] = []
        self.ended_by: BaseException | None = None
        self._thread = threading.Thread(target=self._work, args=(work, Channel(theirs)))
        self._thread.start()

    def _work(self, work: Callable[[Channel], None], channel: Channel) -> None:
        try:
            work(channel)
        except BaseException as error:  # noqa: BLE001
            self.ended_by = error
        finally:
            channel.close()

    def tell(self, message: AnyMessage) -> None:
        assert self.channel.send(message, timeout_s=10.0)

    def hear(self, kind: type[M], within_s: float = 30.0) -> M:
        """The next message of ``kind``."""
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            message = self.channel.receive(timeout_s=left)
            if isinstance(message, Heartbeat):
                self.beats.append(message)
            if isinstance(message, kind):
                return message
        raise AssertionError(f"no {kind.__name__} came")

    def stop(self) -> None:
        self.tell(Stop())
        self.join()

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()
        self.channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.channel.close()
        self._thread.join(20)

    def metric(self, name: str, **labels: str) -> float:
        """What the last heartbeat that knows it says of a metric."""
        found = [
            sample.value
            for beat in self.beats
            for sample in beat.metrics
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return found[-1]
