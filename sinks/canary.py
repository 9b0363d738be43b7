"""A marked alert that proves the way from the outbox to a reader."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from pipeline.config import RedisServer
from pipeline.records import Alert, AlertType, Severity
from sinks.outbox import Outbox
from sinks.reader import AlertReader

#: The rule's name in a test alert: no rule of a site can be called so.
TEST_RULE = "_test"


def send_test_alert(
    *, outbox_path: Path, url: str, redis: RedisServer, camera: str, timeout_s: float
) -> float:
    """Write a test alert to the outbox of a running site; return after how long it was read back.

    Args:
        outbox_path: the site's outbox.
        url: the Redis that the site delivers to.
        redis: its settings.
        camera: the alert's camera.
        timeout_s: how long to wait for it.

    Raises:
        TimeoutError: it did not come; the text says where to look.
        OutboxError, ReaderUnavailable: the outbox or Redis cannot be used.
    """
    token = secrets.token_hex(4)
    reader = AlertReader(
        url,
        group=f"tail-test-{token}",
        consumer="test",
        prefix=redis.stream_prefix,
        ephemeral=True,
        ca_file=redis.ca_file,
    )
    reader.open()
    try:
        now = time.time()
        began = time.monotonic()
        alert = Alert(
            id=f"test-{token}",
            revision=0,
            # One revision says it all: nothing is left open.
            type=AlertType.END,
            camera=camera,
            rule=TEST_RULE,
            severity=Severity.INFO,
            start_time=now,
            end_time=now,
            captured_at=now,
            data={"canary": True},
        )
        with Outbox(outbox_path) as outbox:
            outbox.append(alert, now)
        while (left := began + timeout_s - time.monotonic()) > 0:
            received = reader.read(min(left, 2.0))
            reader.ack(received)
            if any(item.alert.id == alert.id for item in received):
                return time.monotonic() - began
    finally:
        reader.close()
    raise TimeoutError(
        f"the test alert is on disk but did not arrive within {timeout_s:.0f} s: does "
        "`hearsight run` work on this site, and what does its log say of the sink?"
    )
