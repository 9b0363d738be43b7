"""The disk is kept in order, and a full one is told once, with what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.expiry import Step
from pipeline.housekeeping import Housekeeper
from pipeline.media_folder import MediaFolder
from sinks.outbox import KEEP_NEWEST, Outbox
from sinks.outbox_file import OutboxFull
from tests.sinks.builders import NOW, make_alert


class TightOutbox(Outbox):
    """An outbox whose disk is as full as the test says."""

    full = False

    def keep_reserve(self) -> bool:
        return not self.full

    def prune(self, *args: object, **kwargs: object) -> int:
        if self.full:
            raise OutboxFull("no room for another alert")
        return super().prune(*args, **kwargs)  # type: ignore[arg-type]


@pytest.mark.promise("fault 25")
def test_a_full_disk_is_told_when_it_begins_and_when_it_is_over(tmp_path: Path) -> None:
    with TightOutbox(tmp_path / "outbox.sqlite3") as outbox:
        keeper = Housekeeper(outbox, ["redis"], MediaFolder(tmp_path / "media", 0), 1.0)
        assert keeper.tidy(NOW) == [], "nothing to tell of a disk with room"

        outbox.full = True
        (told,) = keeper.tidy(NOW + 60)
        assert (told.kind, told.subject, told.standing) == ("disk_full", "disk", True)
        assert "make room on the disk, or shorten media.retention" in told.detail
        assert keeper.tidy(NOW + 120) == [], "it was told"

        outbox.full = False
        (over,) = keeper.tidy(NOW + 180)
        assert (over.kind, over.subject, over.standing) == ("disk_has_room", "disk", False)


@pytest.mark.promise("fault 25")
def test_evidence_that_is_refused_is_told_while_alerts_still_have_their_room(
    tmp_path: Path,
) -> None:
    (tmp_path / "media").mkdir()
    tight, wide = (MediaFolder(tmp_path / "media", reserve) for reserve in (1 << 40, 0))
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        keeper = Housekeeper(outbox, ["redis"], tight, 1.0)
        (told,) = keeper.tidy(NOW)
        assert (told.kind, told.subject, told.standing) == ("media_refused", "media", True)
        assert "no clip and no picture is kept: make room on the disk" in told.detail
        assert keeper.tidy(NOW + 60) == [], "it was told"

        keeper._media = wide
        (over,) = keeper.tidy(NOW + 120)
        assert (over.kind, over.subject, over.standing) == ("media_kept", "media", False)


def test_delivered_alerts_and_old_evidence_are_forgotten(tmp_path: Path) -> None:
    media = MediaFolder(tmp_path / "media", 0)
    clip = media.place("yard", "a1", "clip.mp4")
    clip.write_bytes(b"film")
    for path in (clip, clip.parent):
        os.utime(path, (NOW, NOW))
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        for number in range(KEEP_NEWEST + 5):
            outbox.append(make_alert(f"a{number}"), NOW)
        rows = outbox.pending("redis")
        outbox.mark_delivered("redis", [row.seq for row in rows], NOW)
        outbox.note_contact("redis", NOW + 3600)
        Housekeeper(outbox, ["redis"], media, keep_media_s=1800.0).tidy(NOW + 3600)
        assert not clip.exists()
        assert len(outbox.pending("another sink")) == KEEP_NEWEST


def test_what_is_over_its_age_is_looked_for_every_ten_minutes_and_one_failure_stops_nothing(
    tmp_path: Path,
) -> None:
    asked: list[tuple[str, float]] = []

    def refuses(now: float) -> int:
        asked.append(("refuses", now))
        raise OSError("the disk is tired")

    def works(now: float) -> int:
        asked.append(("works", now))
        return 1

    steps = (Step("one", refuses), Step("other", works))
    with Outbox(tmp_path / "outbox.sqlite3") as outbox:
        media = MediaFolder(tmp_path / "media", 0)
        keeper = Housekeeper(outbox, ["redis"], media, 1.0, others=steps)
        for at in (NOW, NOW + 60, NOW + 660):
            keeper.tidy(at)
    both = ["refuses", "works"]
    assert asked == [(name, at) for at in (NOW, NOW + 660) for name in both]
