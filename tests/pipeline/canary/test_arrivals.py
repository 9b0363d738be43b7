"""A canary is through once every sink has it: the publisher tells."""

from __future__ import annotations

from pathlib import Path

from pipeline.canary.arrivals import Arrivals
from pipeline.messages import CanaryCame
from sinks.embedded_redis import EmbeddedRedis
from sinks.outbox import Outbox
from tests.pipeline.test_judge import Overheard
from tests.pipeline.test_publisher import publishing, redis
from tests.sinks.builders import make_alert

__all__ = ["redis"]


def test_the_slowest_sink_decides() -> None:
    channel = Overheard()
    arrivals = Arrivals(["redis", "file"], channel)  # type: ignore[arg-type]
    arrivals.came("redis", 1.0)
    arrivals.came("redis", 2.0)
    assert channel.said == []
    arrivals.came("file", 1.0)
    assert channel.said == [CanaryCame(1.0)]
    arrivals.came("file", 2.0)
    # Delivered again after a Redis lost its tail: nothing new.
    arrivals.came("redis", 1.0)
    assert channel.said == [CanaryCame(1.0), CanaryCame(2.0)]


def test_a_real_publisher_tells_of_a_canary_and_not_of_an_alert(
    tmp_path: Path,
    redis: EmbeddedRedis,
) -> None:
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        outbox.append(make_alert("fire", captured_at=11.0), 20.0)
        marked = make_alert("c", kind="end", captured_at=12.5, data={"canary": True})
        outbox.append(marked, 20.0)
    with publishing(tmp_path, redis_url=redis.url, jsonl=True) as publisher:
        assert publisher.hear(CanaryCame) == CanaryCame(12.5)
        publisher.stop()
