"""Delivery step by step, with a sink that fails on command."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from sinks.base import EntryRejected, OutboxEntry, SinkUnavailable
from sinks.deliver import Deliverer
from sinks.outbox import Outbox
from tests.sinks.builders import NOW, make_alert


class FakeSink:
    """A far side that keeps what it got, and does as it is told."""

    name = "fake"

    def __init__(self) -> None:
        self.got: list[str] = []
        self.opened_with: list[str | None] = []
        self.is_open = False
        self.away: str | None = None
        self.dies_after: int | None = None
        self.poison: set[str] = set()
        self.lost_tail = False
        self.confirmed = 0
        self.alarm: str | None = None

    def open(self, position: str | None) -> bool:
        self._answer()
        self.opened_with.append(position)
        self.is_open = True
        lost, self.lost_tail = self.lost_tail, False
        return lost

    def deliver(self, batch: Sequence[OutboxEntry]) -> str:
        assert self.is_open
        self._answer()
        for number, entry in enumerate(batch):
            if number == self.dies_after:
                self.dies_after = None
                raise SinkUnavailable("cut", delivered=number, position=self._position())
            if entry.id in self.poison:
                raise EntryRejected("poison", delivered=number, position=self._position())
            self.got.append(entry.id)
        return self._position()

    def confirm(self) -> None:
        self._answer()
        self.confirmed += 1

    def maintain(self) -> str | None:
        self._answer()
        return self.alarm

    def close(self) -> None:
        self.is_open = False

    def _answer(self) -> None:
        if self.away is not None:
            raise SinkUnavailable(self.away)

    def _position(self) -> str:
        return f"at {len(self.got)}"


class Counts:
    def __init__(self) -> None:
        self.by_status: Counter[str] = Counter()
        self.latencies: list[float] = []

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        assert name == "hearsight_deliveries_total"
        assert labels["sink"] == "fake"
        self.by_status[labels["status"]] += int(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        assert (name, labels) == ("hearsight_alert_latency_seconds", {"sink": "fake"})
        self.latencies.append(value)


def append(outbox: Outbox, *names: str) -> None:
    for name in names:
        outbox.append(make_alert(name), NOW)


def deliverer(outbox: Outbox, sink: FakeSink, counts: Counts | None = None) -> Deliverer:
    return Deliverer(outbox, sink, observer=counts, batch=3, rng=random.Random(1))


def test_rows_go_in_order_and_batch_by_batch(outbox: Outbox) -> None:
    sink, counts = FakeSink(), Counts()
    append(outbox, "a", "b", "c", "d")
    deliver = deliverer(outbox, sink, counts)
    first = deliver.step(NOW)
    assert (first.delivered, first.retry_after_s) == (3, 0.0), "more work waits"
    second = deliver.step(NOW)
    assert second.delivered == 1
    assert second.retry_after_s > 0
    assert sink.got == ["a", "b", "c", "d"]
    assert outbox.pending("fake") == []
    assert outbox.position("fake") == "at 4"
    assert counts.by_status == {"delivered": 4}


@pytest.mark.promise("fault 20")
def test_an_absence_is_waited_out_with_growing_jittered_pauses(outbox: Outbox) -> None:
    sink, counts = FakeSink(), Counts()
    sink.away = "no route"
    append(outbox, "a")
    deliver = deliverer(outbox, sink, counts)
    results = [deliver.step(NOW + n) for n in range(12)]
    waits = [result.retry_after_s for result in results]
    assert {result.trouble for result in results} == {"no route"}
    assert all(0.125 * 2**n <= wait <= 0.25 * 2**n for n, wait in enumerate(waits[:7]))
    assert all(15 <= wait <= 30 for wait in waits[8:])
    assert len(set(waits)) == len(waits)
    assert counts.by_status == {"failed": 12}
    sink.away = None
    assert deliver.step(NOW + 60).delivered == 1
    assert sink.got == ["a"]


def test_the_latency_is_that_of_the_first_news_of_an_incident(outbox: Outbox) -> None:
    sink, counts = FakeSink(), Counts()
    outbox.append(make_alert("a", captured_at=NOW - 1.5), NOW)
    outbox.append(make_alert("a", 1, "update", captured_at=NOW - 1.5), NOW)
    outbox.append(make_alert("a", 2, "end", captured_at=NOW - 1.5), NOW)
    assert outbox.pending_count("fake") == 3
    deliverer(outbox, sink, counts).step(NOW + 1.0)
    assert counts.latencies == [2.5]
    assert outbox.pending_count("fake") == 0


def test_the_log_says_each_reason_once_and_when_it_is_over(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that is first away and then refuses the password must not hide the second."""
    sink = FakeSink()
    deliver = deliverer(outbox, sink)
    for sink.away in ("no route", "no route", "wrong password", "wrong password", None, "no route"):
        with caplog.at_level("INFO"):
            deliver.step(NOW)
            deliver.close()

    assert [record.getMessage() for record in caplog.records] == [
        "sink fake: no route; alerts stay on disk",
        "sink fake: wrong password; alerts stay on disk",
        "sink fake delivers again",
        "sink fake: no route; alerts stay on disk",
    ]


def test_a_batch_cut_in_the_middle_goes_on_where_it_was_cut(outbox: Outbox) -> None:
    sink = FakeSink()
    sink.dies_after = 2
    append(outbox, "a", "b", "c")
    deliver = deliverer(outbox, sink)
    assert deliver.step(NOW).trouble == "cut"
    assert not sink.is_open
    assert deliver.step(NOW).delivered == 1
    assert sink.got == ["a", "b", "c"]
    assert sink.opened_with == [None, "at 2"], "it is asked about the last thing it acknowledged"


def test_poison_is_set_aside_visibly_and_the_rest_goes_on(outbox: Outbox) -> None:
    sink, counts = FakeSink(), Counts()
    sink.poison = {"b"}
    append(outbox, "a", "b", "c")
    deliver = deliverer(outbox, sink, counts)
    result = deliver.step(NOW)
    assert (result.delivered, result.dead, result.trouble) == (1, 1, None)
    deliver.step(NOW)
    assert sink.got == ["a", "c"]
    assert [letter.entry.id for letter in outbox.dead_letters()] == ["b"]
    assert counts.by_status == {"delivered": 2, "dead": 1}


def test_a_lost_tail_goes_again(outbox: Outbox) -> None:
    sink, counts = FakeSink(), Counts()
    append(outbox, "a", "b")
    deliver = deliverer(outbox, sink, counts)
    deliver.step(NOW)
    sink.away = "restarting"
    append(outbox, "c")
    deliver.step(NOW + 1)
    sink.away, sink.lost_tail = None, True
    assert deliver.step(NOW + 2).replayed == 2
    assert sink.got == ["a", "b", "a", "b", "c"]
    assert counts.by_status["replayed"] == 2


def test_an_idle_sink_that_goes_away_is_noticed_without_any_alert(outbox: Outbox) -> None:
    sink = FakeSink()
    deliver = deliverer(outbox, sink)
    assert deliver.step(NOW).trouble is None
    sink.away = "gone in silence"
    assert deliver.step(NOW + 1).trouble is None, "not asked every time"
    assert deliver.step(NOW + 6).trouble == "gone in silence"


def test_an_alarm_stays_until_it_is_over(outbox: Outbox) -> None:
    sink = FakeSink()
    sink.alarm = "the stream is too long"
    deliver = deliverer(outbox, sink)
    assert deliver.step(NOW).alarm == "the stream is too long"
    assert deliver.step(NOW + 1).alarm == "the stream is too long"
    sink.alarm = None
    assert deliver.step(NOW + 61).alarm is None


class MarkFails(Outbox):
    """A disk that has no room for the mark, while ``full``."""

    full = False

    def mark_delivered(
        self, sink: str, seqs: Sequence[int], now: float, position: str | None = None
    ) -> None:
        from sinks.outbox_file import OutboxFull

        if self.full:
            raise OutboxFull("no room")
        super().mark_delivered(sink, seqs, now, position)


@pytest.mark.promise("fault 25")
def test_a_full_disk_does_not_make_the_same_alert_go_over_and_over(tmp_path: Path) -> None:
    sink = FakeSink()
    with MarkFails(tmp_path / "outbox.sqlite", reserve_bytes=0) as outbox:
        append(outbox, "a")
        deliver = deliverer(outbox, sink)
        outbox.full = True
        assert [deliver.step(NOW + n).trouble for n in range(3)] == ["no room"] * 3
        append(outbox, "b")
        deliver.step(NOW + 4)
        assert sink.got == ["a", "b"], "each once, and new ones still go"
        outbox.full = False
        assert deliver.step(NOW + 5).trouble is None
        assert outbox.pending("fake") == []
        assert outbox.position("fake") == "at 2"
