"""The operators' desk: what came, who looks after it, and what a lost browser catches up on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipeline.records import Severity
from sinks.console.desk import Desk, DeskError, NoSuchIncident, TakenAlready
from sinks.console.incident import Filter
from tests.sinks.builders import NOW, make_alert


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Any:
    with Desk(tmp_path / "desk.sqlite3", now=clock) as opened:
        yield opened


def ids(desk: Desk, wanted: Filter | None = None, **how: Any) -> list[str]:
    return [row.id for row in desk.queue(wanted or Filter(), **how)]


def test_an_incident_is_one_row_that_shows_its_newest_revision(desk: Desk) -> None:
    assert desk.take(make_alert()) is not None
    update = desk.take(make_alert(revision=2, kind="end", clip_path="yard/x/clip.mp4"))
    assert update is not None
    assert update.incident.clip
    # A late one, and one that comes twice, change nothing and are told to nobody.
    assert desk.take(make_alert(revision=1, kind="update")) is None
    assert desk.take(make_alert(revision=2, kind="end")) is None
    (row,) = desk.queue(Filter())
    assert (row.revision, row.type, row.end_time) == (2, "end", NOW + 10)
    assert desk.document(row.id)["clip_path"] == "yard/x/clip.mp4"


def test_what_waits_stands_before_what_is_looked_after_and_severe_before_mild(desk: Desk) -> None:
    for name, severity, start in (
        ("mild", Severity.INFO, 50),
        ("old", Severity.CRITICAL, 10),
        ("new", Severity.CRITICAL, 20),
        ("taken", Severity.CRITICAL, 90),
        ("judged", Severity.CRITICAL, 95),
    ):
        desk.take(make_alert(name, severity=severity, start_time=NOW + start))
    desk.acknowledge("taken", "ann")
    desk.judge("judged", "confirmed", "ann")
    assert ids(desk) == ["new", "old", "mild", "taken", "judged"]
    assert ids(desk, by_time=True) == ["judged", "taken", "mild", "new", "old"]
    assert ids(desk, limit=2, offset=1) == ["old", "mild"]
    assert desk.counts(Filter()) == {"waiting": 3, "acknowledged": 1, "done": 1}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(Filter(cameras=("gate",)), {"gate-1"}, id="by camera"),
        pytest.param(Filter(rules=("glass",)), {"gate-1"}, id="by rule"),
        pytest.param(Filter(severities=("critical",)), {"yard-1"}, id="by severity"),
        pytest.param(Filter(states=("acknowledged", "done")), {"gate-1"}, id="by state"),
        pytest.param(Filter(modality="audio"), {"gate-1"}, id="by what carried it"),
        pytest.param(Filter(after=NOW + 100), {"gate-1"}, id="from a time on"),
        pytest.param(Filter(before=NOW + 100), {"yard-1"}, id="before a time"),
        pytest.param(Filter(seen=frozenset({"yard"})), {"yard-1"}, id="of cameras one may see"),
        pytest.param(Filter(seen=frozenset()), set(), id="of none that one may see"),
        pytest.param(Filter(canaries=True), {"yard-1", "gate-1", "canary"}, id="with tests"),
    ],
)
def test_the_queue_is_filtered(desk: Desk, wanted: Filter, found: set[str]) -> None:
    seen = {"fusion": {"modalities": {"video": {"share": 0.95}, "audio": {"share": 0.05}}}}
    heard = {"fusion": {"modalities": {"audio": {"share": 1.0}}}}
    desk.take(make_alert("yard-1", data=seen))
    desk.take(
        make_alert(
            "gate-1", camera="gate", rule="glass", severity=Severity.WARNING,
            start_time=NOW + 200, data=heard,
        )
    )  # fmt: skip
    desk.take(make_alert("canary", data={"canary": True}))
    desk.acknowledge("gate-1", "ann")
    assert set(ids(desk, wanted)) == found


def test_nobody_works_on_one_twice(desk: Desk) -> None:
    desk.take(make_alert())
    assert desk.acknowledge("yard-fire-1", "ann").incident.acknowledged_by == "ann"
    with pytest.raises(TakenAlready, match="acknowledged by ann, not by bob"):
        desk.acknowledge("yard-fire-1", "bob")
    # The same person's second click is none.
    assert desk.acknowledge("yard-fire-1", "ann").incident.acknowledged_by == "ann"
    with pytest.raises(NoSuchIncident):
        desk.acknowledge("no-such", "ann")


def test_a_verdict_acknowledges_and_is_owed_to_the_stream_until_it_is_there(
    desk: Desk, clock: Clock
) -> None:
    desk.take(make_alert())
    clock.now += 5
    row = desk.judge("yard-fire-1", "false_alarm", "bob").incident
    assert (row.state, row.verdict, row.acknowledged_by) == ("done", "false_alarm", "bob")
    assert desk.owed() == [("yard-fire-1", "false_alarm", "bob", NOW + 5)]
    # Another verdict before the first has gone: only the last one is to go.
    clock.now += 1
    desk.judge("yard-fire-1", "confirmed", "ann")
    desk.delivered("yard-fire-1", NOW + 5)
    assert desk.owed() == [("yard-fire-1", "confirmed", "ann", NOW + 6)]
    desk.delivered("yard-fire-1", NOW + 6)
    assert desk.owed() == []
    with pytest.raises(ValueError, match="confirmed, false_alarm"):
        desk.judge("yard-fire-1", "maybe", "ann")


def test_notes_are_kept_in_order_and_are_not_empty(desk: Desk) -> None:
    desk.take(make_alert())
    desk.note("yard-fire-1", "ann", "  a barbecue ")
    row = desk.note("yard-fire-1", "bob", "<b>called</b> them").incident
    assert [(n.by, n.text) for n in desk.notes("yard-fire-1")] == [
        ("ann", "a barbecue"),
        ("bob", "<b>called</b> them"),
    ]
    assert row.notes == 2
    for text in ("", "   ", "x" * 4001):
        with pytest.raises(ValueError, match="characters"):
            desk.note("yard-fire-1", "ann", text)


def test_what_nobody_acknowledges_escalates_once_by_its_severity(desk: Desk, clock: Clock) -> None:
    desk.take(make_alert("critical"))
    desk.take(make_alert("mild", severity=Severity.INFO))
    desk.take(make_alert("taken"))
    desk.take(make_alert("canary", data={"canary": True}))
    desk.acknowledge("taken", "ann")
    limits = {Severity.CRITICAL: 120.0}
    clock.now += 119
    assert desk.escalate(limits) == []
    clock.now += 2
    (change,) = desk.escalate(limits)
    assert (change.incident.id, change.incident.escalated_at) == ("critical", clock.now)
    assert desk.escalate(limits) == []
    # It moves before what came later and has not waited too long.
    desk.take(make_alert("later", start_time=NOW + 500))
    assert ids(desk)[:2] == ["critical", "later"]


def test_a_browser_that_lost_its_line_gets_what_it_missed_once_and_as_it_is_now(desk: Desk) -> None:
    desk.take(make_alert("a"))
    seen = desk.seq()
    desk.take(make_alert("b"))
    desk.acknowledge("b", "ann")
    desk.acknowledge("a", "bob")
    missed = desk.since(seen)
    assert missed is not None
    assert [(c.incident.id, c.incident.acknowledged_by) for c in missed] == [
        ("b", "ann"),
        ("a", "bob"),
    ]
    assert [c.seq for c in missed] == sorted(c.seq for c in missed)
    assert desk.since(missed[-1].seq) == []


def test_who_is_too_far_behind_or_of_another_desk_begins_anew(desk: Desk, clock: Clock) -> None:
    for number in range(5):
        desk.take(make_alert(f"i{number}"))
    assert desk.since(0, limit=4) is None
    assert desk.since(desk.seq() + 1) is None
    clock.now += 100
    assert desk.prune(keep_s=50) == 5
    desk.take(make_alert("fresh", start_time=clock.now))
    # The log no longer reaches back to the first change.
    assert desk.since(0) is None


def test_what_is_too_old_is_forgotten_with_its_notes(desk: Desk, clock: Clock) -> None:
    desk.take(make_alert("old"))
    desk.note("old", "ann", "nothing")
    desk.take(make_alert("young", start_time=NOW + 90))
    clock.now += 100
    assert desk.prune(keep_s=50) == 1
    assert ids(desk) == ["young"]
    assert desk.notes("old") == []


def test_the_desk_survives_a_restart_and_two_consoles_share_it(
    desk: Desk, tmp_path: Path, clock: Clock
) -> None:
    desk.take(make_alert())
    with Desk(tmp_path / "desk.sqlite3", now=clock) as other:
        assert ids(other) == ["yard-fire-1"]
        other.acknowledge("yard-fire-1", "bob")
    with pytest.raises(TakenAlready, match="bob"):
        desk.acknowledge("yard-fire-1", "ann")


def test_evidence_of_any_shape_makes_a_row(desk: Desk) -> None:
    odd: dict[str, Any] = {
        "fusion": {
            "score": "high", "missing": "audio", "prompts": 7,
            "modalities": {"video": None, "audio": {"share": "all"}},
        }
    }  # fmt: skip
    change = desk.take(make_alert(data=odd))
    assert change is not None
    assert (change.incident.score, change.incident.senses, change.incident.missing) == (
        None,
        {},
        (),
    )


@pytest.mark.promise("security 6")
def test_words_of_models_and_people_stay_text_that_can_be_shown(desk: Desk) -> None:
    change = desk.take(
        make_alert(data={"fusion": {"prompts": ["<script>alert(1)</script>\x1b[2J\u202e"]}})
    )
    assert change is not None
    assert change.incident.why == "<script>alert(1)</script>\\x1b[2J\\u202e"


@pytest.mark.promise("bad input 25", "security 6")
@pytest.mark.parametrize(
    "caption",
    ["x" * 100_000, "a\r\nb", "\u202egpj.exe", "\x1b]0;owned\x07", "<img src=x onerror=alert(1)>"],
    ids=["100 kB", "CRLF", "right to left", "ANSI", "markup"],
)
def test_a_caption_is_one_short_line_of_text(desk: Desk, caption: str) -> None:
    change = desk.take(make_alert(data={"fusion": {"prompts": [caption]}}))
    assert change is not None
    (row,) = desk.queue(Filter())
    assert len(row.why) <= 1_000
    assert not set(row.why) & set("\r\n\x1b\x07\u202e")
    assert ("<img" in row.why) == ("<img" in caption), "shown as text, by templates that escape"


def test_what_belongs_to_one_happening_is_told_together(tmp_path: Path, clock: Clock) -> None:
    beside = {"yard": ["gate"], "gate": ["yard"]}
    with Desk(
        tmp_path / "other.sqlite3", beside=lambda camera: beside.get(camera, []), now=clock
    ) as desk:

        def comes(name: str, after: float, camera: str = "yard", **changes: Any) -> str:
            times = {"start_time": NOW + after, "captured_at": NOW + after}
            change = desk.take(make_alert(name, camera=camera, **{**times, **changes}))
            assert change is not None
            return change.incident.situation

        assert comes("fire", 0) == "fire"
        # Another rule at the same camera, and the neighbour's microphone.
        assert comes("unusual", 5) == "fire"
        assert comes("heard", 8, camera="gate") == "fire"
        assert comes("elsewhere", 8, camera="hall") == "elsewhere"
        assert comes("test", 8, data={"canary": True}) == "test"
        # Long after it was over, and after somebody has closed it.
        assert comes("later", 40) == "later"
        desk.judge("later", "confirmed", "ann")
        assert comes("again", 45) == "again"
        # What goes on and on is not one happening for ever.
        desk.take(make_alert("again", revision=1, start_time=NOW + 45, captured_at=NOW + 900))
        assert comes("much later", 800) == "much later"


class Counted(Desk):
    """A desk that knows how much its database had to do, in hundreds of its machine's steps."""

    hundreds = 0

    def _opened(self) -> sqlite3.Connection:
        fresh = self._db is None
        db = super()._opened()
        if fresh:
            db.set_progress_handler(self._count, 100)
        return db

    def _count(self) -> int:
        self.hundreds += 1
        return 0


@pytest.mark.parametrize("lasts_s", [1.0, 300.0], ids=["each over at once", "all going on"])
def test_a_flood_makes_no_incident_dearer_than_the_one_before(
    tmp_path: Path, lasts_s: float
) -> None:
    """Ten minutes with three hundred incidents at four cameras of one space, or with eight times as
    many, half of them with a verdict: each costs the same.
    """
    space = {f"c{n}": [f"c{other}" for other in range(4) if other != n] for n in range(4)}

    def each(count: int) -> float:
        with Counted(tmp_path / f"{count}.sqlite3", beside=lambda camera: space[camera]) as desk:
            desk.hundreds = 0
            for number in range(count):
                name, at = f"a{number}", NOW + 600 * number / count
                times = {"start_time": at, "captured_at": at + lasts_s}
                desk.take(make_alert(name, camera=f"c{number % 4}", **times))
                if number % 2:
                    desk.judge(name, "confirmed", "ann")
            return desk.hundreds / count

    assert each(2400) < 1.25 * each(300)


def test_a_desk_of_before_knows_what_goes_on(tmp_path: Path) -> None:
    with Desk(tmp_path / "desk.sqlite3") as desk:
        desk.take(make_alert("fire"))
    with sqlite3.connect(tmp_path / "desk.sqlite3") as db:
        db.execute("DROP TABLE situations")
    db.close()

    with Desk(tmp_path / "desk.sqlite3") as desk:
        change = desk.take(make_alert("more", start_time=NOW + 5))

    assert change is not None
    assert change.incident.situation == "fire"


def test_of_a_happening_nothing_is_left_once_its_beginning_is_forgotten(
    tmp_path: Path, clock: Clock
) -> None:
    """A neighbour's incident of the same happening stays; the next one stands for itself."""
    space = {"yard": ["gate"], "gate": ["yard"]}
    with Desk(tmp_path / "desk.sqlite3", beside=lambda camera: space[camera], now=clock) as desk:
        desk.take(make_alert("fire"))
        desk.take(make_alert("heard", camera="gate", start_time=NOW + 2, captured_at=NOW + 30))
        desk.forget("yard", NOW - 1, NOW + 1)
        change = desk.take(make_alert("more", start_time=NOW + 5))
        assert change is not None
        assert change.incident.situation == "more"

        clock.now = NOW + 1000
        desk.prune(keep_s=100.0)

    with sqlite3.connect(tmp_path / "desk.sqlite3") as db:
        assert db.execute("SELECT * FROM situations").fetchall() == []
    db.close()


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite3"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DeskError, match="remove the file if it is damaged"):
        Desk(path).open()
