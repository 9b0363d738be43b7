"""Alerts are remembered while something may still come to them, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.alert_desk import AlertDesk
from pipeline.messages import AnyMessage, MediaReady
from pipeline.metrics import Recorder
from pipeline.records import Alert
from sinks.alert_json import decode_alert
from sinks.outbox import Outbox
from tests.sinks.builders import make_alert


class Unheard:
    """Stands in for the channel to the supervisor."""

    def send(self, _message: AnyMessage, *, timeout_s: float = 0.0) -> bool:
        return True


class Told:
    """A desk over an outbox, and its clock."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.outbox = Outbox(folder / "outbox.sqlite3").open()
        self.desk = AlertDesk(
            self.outbox,
            Unheard(),  # type: ignore[arg-type]
            Recorder(),
            clock=lambda: self.now,
        )

    def accepted(self) -> list[Alert]:
        return [decode_alert(entry.document) for entry in self.outbox.pending("any", limit=10_000)]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    made = Told(tmp_path)
    yield made
    made.outbox.close()


def clip(incident: str) -> MediaReady:
    return MediaReady(incident, "yard", f"yard/{incident}/thumb.jpg", f"yard/{incident}/clip.mp4")


def test_a_clip_that_comes_after_the_end_is_brought(told: Told) -> None:
    told.desk.submit(make_alert("fire", thumb_path=None))
    told.desk.submit(make_alert("fire", 1, "end", thumb_path=None))
    told.now += 599.0
    told.desk.retry()

    told.desk.media_ready(clip("fire"))

    newest = told.accepted()[-1]
    assert (newest.revision, newest.type, newest.clip_path) == (2, "end", "yard/fire/clip.mp4")


def test_what_has_ended_is_forgotten_and_what_lasts_is_not(told: Told) -> None:
    """One lasts for hours, while a hundred come and go."""
    told.desk.submit(make_alert("lasting"))
    for number in range(100):
        told.desk.submit(make_alert(f"a{number}"))
        told.desk.submit(make_alert(f"a{number}", 1, "end"))
        told.now += 60.0
    told.desk.retry()

    remembered = [n for n in range(100) if told.desk.newest(f"a{n}") is not None]
    assert remembered == list(range(91, 100))
    lasting = told.desk.newest("lasting")
    assert lasting is not None
    told.desk.media_ready(clip("a0"))
    told.desk.media_ready(clip("lasting"))
    assert [alert.id for alert in told.accepted()][-2:] == ["a99", "lasting"]
