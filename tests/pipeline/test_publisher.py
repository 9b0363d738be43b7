"""The publisher brings what lies on disk to every sink, and says when it cannot."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import pipeline.publisher
from pipeline.channel import Channel, ChannelClosed
from pipeline.config import parse_site
from pipeline.housekeeping import Housekeeper
from pipeline.ledger import Ledger
from pipeline.media_folder import MediaFolder
from pipeline.messages import (
    HealthEvent,
    Heartbeat,
    Outboxed,
    Ready,
    ScoreLine,
    StartPublisher,
)
from pipeline.metrics import Recorder
from pipeline.publisher import Publisher, run
from sinks.base import EntryRejected, OutboxEntry
from sinks.deliver import Deliverer
from sinks.embedded_redis import EmbeddedRedis
from sinks.feedback import Verdict, send_verdict
from sinks.outbox import Outbox
from sinks.redis_client import open_client
from tests.pipeline.fakes.at_work import AtWork
from tests.pipeline.simulate.clips import until
from tests.sinks.builders import make_alert

SITE = """
site: test
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {fire: {see: [a fire]}}
sinks: [SINKS]
"""


@pytest.fixture
def redis(short_tmp: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(short_tmp / "redis") as server:
        yield server


def publishing(folder: Path, *, redis_url: str | None = None, jsonl: bool = False) -> AtWork:
    """A site's publisher, as the supervisor starts it."""
    sinks = ["{type: redis}"] if redis_url else []
    if jsonl:
        sinks.append(f"{{type: jsonl, path: {folder}/alerts.jsonl}}")
    site = parse_site(SITE.replace("SINKS", ", ".join(sinks)), name="site.yaml", environ={})
    start = StartPublisher(
        site=site.model_dump_json(context={"reveal": True}).encode(),
        state_dir=str(folder),
        redis_url=redis_url,
        secrets=[],
        log_level="error",
    )
    return AtWork(lambda channel: run(channel, start))


def accept(folder: Path, *incidents: str) -> None:
    """The judge's part: alerts to disk."""
    with Outbox(folder / "outbox.sqlite3") as outbox:
        for incident in incidents:
            outbox.append(make_alert(incident), time.time())


def written(folder: Path) -> list[str]:
    path = folder / "alerts.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line)["id"] for line in lines]


def in_stream(url: str, stream: str) -> list[dict[bytes, bytes]]:
    client = open_client(url)
    try:
        entries: Any = client.xrange(f"hearsight:{stream}")
        return [fields for _, fields in entries]
    finally:
        client.close()
        client.connection_pool.disconnect()


def delivered(url: str) -> list[str]:
    return [fields[b"id"].decode() for fields in in_stream(url, "alerts")]


def line(score: float) -> ScoreLine:
    return ScoreLine("yard", "fire", 1e9, 1, score, 0.1, 1.0, {"video": score}, [])


def test_what_lay_on_disk_goes_to_every_sink_in_order(tmp_path: Path, redis: EmbeddedRedis) -> None:
    accept(tmp_path, "a", "b")
    with publishing(tmp_path, redis_url=redis.url, jsonl=True) as publisher:
        publisher.hear(Ready)
        assert until(lambda: delivered(redis.url) == ["a", "b"])
        accept(tmp_path, "c")
        publisher.tell(Outboxed())
        assert until(lambda: delivered(redis.url) == ["a", "b", "c"])
        assert until(lambda: written(tmp_path) == ["a", "b", "c"])
        publisher.stop()
    assert publisher.ended_by is None


def test_told_of_an_alert_a_sink_does_not_wait_for_its_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.publisher, "_IDLE_S", 3600.0)
    with publishing(tmp_path, jsonl=True) as publisher:
        publisher.hear(Ready)
        # Its first look found nothing.
        publisher.hear(Heartbeat)
        publisher.hear(Heartbeat)
        accept(tmp_path, "a")
        publisher.tell(Outboxed())
        assert until(lambda: written(tmp_path) == ["a"])
        publisher.stop()


def test_verdicts_from_redis_become_orders_for_the_judge(
    tmp_path: Path, redis: EmbeddedRedis
) -> None:
    send_verdict(redis.url, Verdict("yard-fire-1", "false_alarm", "ana", 1.0))
    with publishing(tmp_path, redis_url=redis.url) as publisher:
        publisher.hear(Ready)
        with Ledger(tmp_path / "learning.sqlite3") as ledger:
            assert until(lambda: len(ledger.due()) == 1)
            (order,) = ledger.due()
        publisher.stop()
    assert publisher.ended_by is None
    assert (order.kind, order.by, order.detail["id"]) == ("verdict", "ana", "yard-fire-1")


def test_its_heart_beats_and_tells_what_waits(tmp_path: Path) -> None:
    accept(tmp_path, "a")
    with publishing(tmp_path, jsonl=True) as publisher:
        publisher.hear(Heartbeat)
        assert until(lambda: written(tmp_path) == ["a"])
        assert publisher.hear(Heartbeat).progress >= 1
        publisher.hear(Heartbeat)
    assert publisher.metric("hearsight_outbox_pending") == 0
    assert publisher.metric("hearsight_outbox_delay_seconds") == 0
    assert publisher.metric("hearsight_deliveries_total", status="delivered") == 1


@pytest.mark.promise("fault 20")
def test_a_redis_that_is_away_is_told_of_once_and_costs_no_alert(
    tmp_path: Path, redis: EmbeddedRedis
) -> None:
    url = redis.url
    redis.stop()
    with publishing(tmp_path, redis_url=url, jsonl=True) as publisher:
        trouble = publisher.hear(HealthEvent)
        assert (trouble.kind, trouble.subject) == ("delivery_fails", "delivery to redis")
        assert trouble.standing
        accept(tmp_path, "a")
        # The other sink knows nothing of it.
        assert until(lambda: written(tmp_path) == ["a"])
        publisher.hear(Heartbeat)
        publisher.hear(Heartbeat)
        assert publisher.metric("hearsight_outbox_pending", sink="redis") == 1

        redis.start()
        over = publisher.hear(HealthEvent)
        assert (over.kind, over.subject) == ("delivery_works", "delivery to redis")
        assert not over.standing
        assert delivered(redis.url) == ["a"]
        # And both were told to whoever watches the health stream.
        assert until(
            lambda: (
                [json.loads(f[b"health"])["kind"] for f in in_stream(redis.url, "health")]
                == ["delivery_fails", "delivery_works"]
            )
        )


def test_scores_and_health_go_to_the_live_streams(tmp_path: Path, redis: EmbeddedRedis) -> None:
    with publishing(tmp_path, redis_url=redis.url) as publisher:
        publisher.tell(line(0.5))
        publisher.tell(HealthEvent("yard", "camera_online", "", 1e9))
        assert until(lambda: bool(in_stream(redis.url, "scores")))
        (shown,) = in_stream(redis.url, "scores")
        assert shown[b"schema"] == b"hearsight.scores/1"
        said = json.loads(shown[b"scores"])
        assert (said["camera"], said["rule"], said["score"]) == ("yard", "fire", 0.5)
        assert until(lambda: bool(in_stream(redis.url, "health")))
        (health,) = in_stream(redis.url, "health")
        assert json.loads(health[b"health"])["kind"] == "camera_online"


def test_what_is_said_right_before_the_end_still_goes_out(
    tmp_path: Path, redis: EmbeddedRedis
) -> None:
    with publishing(tmp_path, redis_url=redis.url) as publisher:
        publisher.tell(line(0.1))
        assert until(lambda: len(in_stream(redis.url, "scores")) == 1)
        accept(tmp_path, "last")
        publisher.tell(line(0.2))
        publisher.tell(HealthEvent("yard", "camera_ended", "", 1e9))
        publisher.stop()
    assert delivered(redis.url) == ["last"]
    assert len(in_stream(redis.url, "scores")) == 2
    assert json.loads(in_stream(redis.url, "health")[0][b"health"])["kind"] == "camera_ended"


def test_a_site_without_redis_shows_no_scores_and_minds_none(tmp_path: Path) -> None:
    with publishing(tmp_path, jsonl=True) as publisher:
        publisher.tell(line(0.1))
        publisher.tell(HealthEvent("yard", "camera_online", "", 1e9))
        accept(tmp_path, "a")
        publisher.stop()
    assert publisher.ended_by is None
    assert written(tmp_path) == ["a"]


@pytest.mark.promise("fault 22")
def test_what_cannot_be_delivered_at_the_end_waits_for_the_next_life(
    tmp_path: Path, redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.publisher, "_DRAIN_S", 600.0)
    url = redis.url
    redis.stop()
    accept(tmp_path, "a")
    began = time.monotonic()
    with publishing(tmp_path, redis_url=url) as publisher:
        publisher.hear(HealthEvent)
        publisher.stop()
    assert time.monotonic() - began < 60, "it does not wait for a sink that is away"
    assert publisher.ended_by is None

    redis.start()
    with publishing(tmp_path, redis_url=url) as publisher:
        assert until(lambda: delivered(redis.url) == ["a"])
        publisher.stop()


def test_without_a_supervisor_it_ends(tmp_path: Path) -> None:
    with publishing(tmp_path, jsonl=True) as publisher:
        publisher.hear(Ready)
        publisher.channel.close()
        publisher.join()
    assert isinstance(publisher.ended_by, ChannelClosed)


# --- with a sink of our own ----------------------------------------------------------------------


class Fussy:
    """A sink that will never take certain incidents, and may warn of something."""

    name = "fussy"

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.took: list[str] = []
        self.is_open = False
        self.warning: str | None = None

    def open(self, position: str | None) -> bool:
        self.is_open = True
        return False

    def deliver(self, batch: Sequence[OutboxEntry]) -> str | None:
        for number, entry in enumerate(batch):
            if entry.id in self.refused:
                raise EntryRejected("too strange", delivered=number)
            self.took.append(entry.id)
        return None

    def confirm(self) -> None:
        """It is there."""

    def maintain(self) -> str | None:
        return self.warning

    def close(self) -> None:
        self.is_open = False


def publishing_to(folder: Path, sink: Fussy) -> AtWork:
    def work(channel: Channel) -> None:
        with Outbox(folder / "outbox.sqlite3") as outbox:
            recorder = Recorder()
            deliverers = {sink.name: Deliverer(outbox, sink, observer=recorder, batch=10)}
            keeper = Housekeeper(outbox, [sink.name], MediaFolder(folder / "media", 0), 1.0)
            Publisher(channel, outbox, deliverers, keeper, None, recorder).run()

    return AtWork(work)


@pytest.mark.promise("fault 22")
def test_told_to_stop_it_first_empties_the_outbox(tmp_path: Path) -> None:
    incidents = [f"i{number}" for number in range(35)]
    accept(tmp_path, *incidents)
    sink = Fussy()
    with publishing_to(tmp_path, sink) as publisher:
        publisher.stop()
    assert sink.took == incidents
    assert not sink.is_open


def test_an_alert_that_nobody_takes_does_not_hold_up_the_others_not_even_at_the_end(
    tmp_path: Path,
) -> None:
    sink = Fussy("strange", "weird")
    with publishing_to(tmp_path, sink) as publisher:
        publisher.hear(Ready)
        assert until(lambda: sink.is_open)
        accept(tmp_path, "strange", "weird", "plain")
        publisher.stop()
    assert sink.took == ["plain"]
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        assert {letter.entry.id for letter in outbox.dead_letters()} == {"strange", "weird"}
        assert outbox.pending_count("fussy") == 0


def test_a_lasting_condition_of_a_sink_is_told_when_it_begins(tmp_path: Path) -> None:
    sink = Fussy()
    sink.warning = "the stream is too long"
    with publishing_to(tmp_path, sink) as publisher:
        event = publisher.hear(HealthEvent)
        publisher.stop()
    assert (event.kind, event.detail) == ("stream_fails", "the stream is too long")
    assert (event.subject, event.standing) == ("stream to fussy", True)
