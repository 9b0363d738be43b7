"""A child process for tests: what it does is told by the log level of its start message."""

from __future__ import annotations

import os
import time

from pipeline.channel import Channel
from pipeline.messages import Failed, Heartbeat, Outboxed, StartEncoder, Stop
from pipeline.process import child_main


def run(channel: Channel, start: StartEncoder) -> None:
    """Behave as ``start.models`` says."""
    behaviour = start.models.decode()
    if behaviour == "refuses":
        channel.send(Failed("no model here: run `hearsight models pull`"))
        raise SystemExit(3)
    if behaviour == "never_ready":
        time.sleep(60)
    if behaviour == "deaf":
        channel.send(Heartbeat(0))
        while True:  # heartbeats, but reads nothing
            channel.send(Heartbeat(1))
            time.sleep(0.05)
    progress = 0
    while True:
        channel.send(Heartbeat(progress))
        message = channel.receive(timeout_s=0.05)
        if isinstance(message, Stop):
            if behaviour == "stubborn":
                time.sleep(60)
            return
        if isinstance(message, Outboxed):
            progress += 1
            if behaviour == "crashes":
                os.abort()
            channel.send(message)


if __name__ == "__main__":
    child_main("fake", StartEncoder, run)
