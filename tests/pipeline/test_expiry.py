"""Everything that tells of persons grows old and goes, each kind at the age that the site says."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import Site, parse_site
from pipeline.config.retention import Retention
from pipeline.expiry import PLACES, Step, steps_of
from pipeline.housekeeping import Housekeeper
from pipeline.ledger import Ledger
from pipeline.media_folder import MediaFolder
from pipeline.records import Modality
from pipeline.rule_changes import Kind
from pipeline.rule_overrides import RuleOverrides
from pipeline.teaching.examples import ExampleStore, Incident, Peak
from pipeline.teaching.labelled import one_window
from sinks.console.desk import Desk, NoSuchIncident
from sinks.console.history import History
from sinks.outbox import KEEP_NEWEST, Outbox
from tests.pipeline.archive.days import NOON, archive, seen
from tests.pipeline.places import unknown_files
from tests.sinks.builders import NOW, make_alert

pytestmark = pytest.mark.promise("security 15")

DAY = 86_400.0
SITE = """
site: home
data_dir: {state}
cameras: {{yard: {{url: "rtsp://192.0.2.10/stream1"}}}}
rules: {{unusual: {{learn: {{from: [video]}}}}}}
media: {{retention: 3 days}}
archive: {{retention: 2 days}}
console: {{keep: 5 days}}
retention: {{remembered: 4 days, taught: 6 days, normal: 7 days, orders: 8 days,
  rehearsals: 1 day, exports: 1 h, alerts: 9 days}}
"""
V = Modality.VIDEO
ROWS = np.eye(8, dtype=np.float32)[:3]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def site(state: Path) -> Site:
    return parse_site(SITE.format(state=state), name="site.yaml", environ={})


def steps(site: Site) -> dict[str, Step]:
    return {step.what: step for step in steps_of(site, site.state_dir)}


def aged(path: Path, at: float) -> Path:
    """A file of a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"of a person")
    for one in (path, path.parent):
        os.utime(one, (at, at))
    return path


def rows(path: Path, table: str) -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_clips_and_pictures_go(site: Site, state: Path) -> None:
    clips = [aged(state / f"media/yard/a{d}/clip.mp4", NOW - d * DAY) for d in (1, 2, 4)]
    converted = aged(state / "media/yard/a4/clip.h264.mp4", NOW - 4 * DAY)
    with Outbox(state / "outbox.sqlite3") as outbox:
        media = MediaFolder(state / "media", 0)
        Housekeeper(outbox, ["redis"], media, site.media.retention).tidy(NOW)
    assert [path.exists() for path in clips] == [True, True, False]
    assert not converted.exists()


def test_embeddings_with_their_small_pictures_go(site: Site, state: Path) -> None:
    # By hours: what is deleted is a segment.
    day = NOW - NOON
    for hours in (50, 48, 2):
        archive(state / "archive", [seen(day - hours * 3600)])
    assert steps(site)["embeddings"].expire(NOW) == 1
    assert len(list((state / "archive").rglob("*.seg"))) == 2
    assert steps(site)["embeddings"].expire(NOW + 30 * DAY) == 2
    assert list((state / "archive").iterdir()) == [], "nor does a folder tell of the camera"


def test_what_is_remembered_of_incidents_goes_however_few_they_are(site: Site, state: Path) -> None:
    path = state / "examples.sqlite3"
    with ExampleStore(path) as store:
        for days in (3, 5):
            at = NOW - days * DAY
            incident = Incident(f"a{days}", "yard", "fight", at - 10, at)
            store.remember(incident, {V: Peak("clip@1", ROWS)})
        store.add("fight", V, "clip@1", one_window("incident:a5", False, ROWS, "one"), "ana")
        store.add_ordinary("yard", "whole", V, "clip@1", ROWS[0])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE examples SET at = ?", (NOW - 5 * DAY,))
        db.execute("UPDATE ordinary SET at = ?", (NOW - 5 * DAY,))
    step = steps(site)["remembered incidents"]
    assert step.expire(NOW) == 2, "an incident and an ordinary moment"
    assert [rows(path, t) for t in ("incidents", "peaks", "ordinary", "examples")] == [1, 1, 0, 1]
    assert step.expire(NOW + 2 * DAY) == 2, "the other incident, and what was taught of the first"
    assert [rows(path, t) for t in ("incidents", "peaks", "examples")] == [0, 0, 0]


def test_what_was_learned_at_a_camera_that_is_no_more_goes(site: Site, state: Path) -> None:
    known = aged(state / "normal/yard/unusual/video/current.state", NOW - 90 * DAY)
    young = aged(state / "normal/gate/unusual/video/current.state", NOW - 6 * DAY)
    gone = aged(state / "normal/door/unusual/video/0001-learned.state", NOW - 8 * DAY)
    step = steps(site)["normals of cameras and rules that are no more"]
    assert step.expire(NOW) == 1
    assert (known.exists(), young.exists(), gone.exists()) == (True, True, False)
    assert not (state / "normal" / "door").exists()


def test_a_rule_that_was_changed_stays_so_and_nobody_knows_any_more_by_whom(
    site: Site, state: Path
) -> None:
    state.mkdir()
    with RuleOverrides(state / "rules.sqlite3", now=lambda: NOW - 9 * DAY) as overrides:
        for number in (0, 1):
            overrides.save("unusual", Kind.CHANGED, {"severity": "info"}, by="ana", after=number)
        overrides.undo("unusual", by="ben")
    with RuleOverrides(state / "rules.sqlite3", now=lambda: NOW - 7 * DAY) as overrides:
        overrides.save("unusual", Kind.CHANGED, {"severity": "critical"}, by="cleo", after=1)
        revision = overrides.revision()
    expire = steps(site)["names of who changed rules"].expire
    assert (expire(NOW), expire(NOW)) == (3, 0)
    with RuleOverrides(state / "rules.sqlite3") as overrides:
        newest, undone, first = overrides.history("unusual")
        assert (newest.by, first.by) == ("cleo", "somebody")
        assert (undone.by, undone.undone_by) == ("somebody", "somebody")
        assert first.changes == {"severity": "info"}
        assert overrides.revision() == revision, "nothing that a rule says has changed"
    assert b"ana" not in (state / "rules.sqlite3").read_bytes(), "it is overwritten"


def test_the_journal_of_who_ordered_what_goes(site: Site, state: Path) -> None:
    path = state / "learning.sqlite3"
    with Ledger(path) as ledger:
        waiting, done = (ledger.place("freeze", by="ana") for _ in range(2))
        order = ledger.order(done)
        assert order is not None
        ledger.done(order, "frozen")
        ledger.note("freeze", by="ana")
    with sqlite3.connect(path) as db:
        db.execute("UPDATE orders SET at = 0, done_at = ? WHERE id = ?", (NOW - 9 * DAY, done))
        db.execute("UPDATE journal SET at = ?", (NOW - 9 * DAY,))
    assert steps(site)["orders"].expire(NOW) == 2
    with Ledger(path) as ledger:
        assert [one.id for one in ledger.due()] == [waiting], "what waits is still to be done"
        assert ledger.journal() == []


def test_pictures_of_rehearsals_and_what_broken_exports_left_go(site: Site, state: Path) -> None:
    old = aged(state / "rehearsals/r1/a1.jpg", NOW - 2 * DAY)
    new = aged(state / "rehearsals/r2/a1.jpg", NOW - 0.5 * DAY)
    half = aged(state / "exports/e1/clip.mp4", NOW - 7200)
    under_way = aged(state / "exports/e2/clip.mp4", NOW - 60)
    assert steps(site)["rehearsals"].expire(NOW) == 1
    assert steps(site)["exports"].expire(NOW) == 1
    assert [p.exists() for p in (old, new, half, under_way)] == [False, True, False, True]


def test_incidents_on_the_desk_go_though_nobody_starts_the_console(site: Site, state: Path) -> None:
    path = state / "console/desk.sqlite3"
    with Desk(path) as desk:
        for days in (1, 6):
            desk.take(make_alert(f"a{days}", start_time=NOW - days * DAY))
            desk.note(f"a{days}", "ann", "Mrs Smith at the gate")
    with History(state / "console/history.sqlite3", 1e9) as history:
        history.take("yard", "fire", {"score": 1.0, "threshold": 2.0, "at": NOW - 6 * DAY})
        history.flush()
    assert steps(site)["incidents on the desk"].expire(NOW) == 1
    with Desk(path) as desk:
        assert desk.incident("a1").notes == 1
        with pytest.raises(NoSuchIncident):
            desk.incident("a6")
    assert rows(path, "notes") == 1
    assert rows(state / "console/history.sqlite3", "minutes") == 0


@pytest.fixture
def outbox(state: Path) -> Iterator[Outbox]:
    with Outbox(state / "outbox.sqlite3") as made:
        yield made


def test_delivered_alerts_go_the_newest_too_once_they_are_old(outbox: Outbox) -> None:
    for number in range(KEEP_NEWEST):
        outbox.append(make_alert(f"a{number}", kind="end"), NOW)
    held = [row.seq for row in outbox.pending("redis")]
    outbox.mark_delivered("redis", held[1:], NOW)
    outbox.note_contact("redis", NOW + 10 * DAY)
    assert outbox.prune(["redis"], NOW + 8 * DAY, remember_s=9 * DAY) == 0
    assert outbox.prune(["redis"], NOW + 10 * DAY, remember_s=9 * DAY) == KEEP_NEWEST - 1
    assert [row.seq for row in outbox.pending("redis")] == held[:1], "what is owed never goes"
    assert outbox.last_revision("a1") is None


def test_a_site_without_sinks_keeps_no_alert_for_ever(outbox: Outbox) -> None:
    outbox.append(make_alert("old"), NOW)
    outbox.append(make_alert("new"), NOW + 5 * DAY)
    assert outbox.prune([], NOW + 10 * DAY, remember_s=9 * DAY) == 1
    assert [row.id for row in outbox.pending("nobody")] == ["new"]


def test_what_is_deleted_is_not_left_in_the_file(site: Site, state: Path) -> None:
    path = state / "console/desk.sqlite3"
    with Desk(path) as desk:
        desk.take(make_alert("a9", start_time=NOW - 9 * DAY))
        desk.note("a9", "ann", "Mrs Smith at the gate")
    assert b"Mrs Smith" in path.read_bytes()
    steps(site)["incidents on the desk"].expire(NOW)
    left = [one.name for one in path.parent.iterdir() if b"Mrs Smith" in one.read_bytes()]
    assert left == []


def test_ages_below_ten_minutes_are_a_slip_of_the_pen(site: Site) -> None:
    with pytest.raises(ValueError, match="ten minutes at least"):
        replace_retention(site, exports=10.0)


def replace_retention(site: Site, **ages: float) -> Site:
    told = site.model_dump(context={"reveal": True})
    told["retention"] |= ages
    return Site.model_validate(told)


# --- the list of places --------------------------------------------------------------------------


def test_every_age_is_in_the_list_and_every_place_on_the_page(project: Path) -> None:
    told = " ".join(place.kept for place in PLACES)
    ages = {f"retention.{name}" for name in Retention.model_fields}
    ages |= {"media.retention", "archive.retention", "console.keep"}
    assert {age for age in ages if age not in told} == set()
    page = (project / "deploy" / "privacy.md").read_text()
    assert [p.where for p in PLACES if f"`{p.where}`" not in page] == []
    assert [age for age in sorted(ages) if f"`{age}`" not in page] == []


def test_a_file_that_nobody_looks_after_is_found(state: Path) -> None:
    aged(state / "media/yard/a1/clip.mp4", NOW)
    aged(state / "archive/yard/whole/video/m@1/20260101T000000-00000000-000000.seg", NOW)
    aged(state / "outbox.sqlite3-wal", NOW)
    assert unknown_files(state) == []
    aged(state / "faces/mrs-smith.jpg", NOW)
    aged(state / "media/strange.mp4", NOW)
    assert unknown_files(state) == ["faces/mrs-smith.jpg", "media/strange.mp4"]
