"""The judge carries out what people order about arming, keeps it, and tells how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.arming_desk import ArmingDesk
from pipeline.arming_orders import Orders
from pipeline.learning_desk import LearningDesk
from pipeline.ledger import Ledger
from pipeline.messages import HealthEvent
from pipeline.metrics import Recorder
from tests.pipeline.config.sites import site
from tests.pipeline.fakes.source import Overheard

SITE = """
cameras:
  yard: {url: "images:a", groups: [outside]}
  hall: {url: "images:b"}
rules:
  fight: {see: [people fighting], armed: [away, night]}
  fire: {see: [flames]}
arming: {schedule: [{from: 22:00, to: 06:00, mode: night}]}
"""
#: A day of 1970, in UTC: 20:00.
EVENING = 100 * 86400.0 + 20 * 3600


class Life:
    """One life of the judge, with a clock that is set by hand."""

    def __init__(self, folder: Path, text: str = SITE, now: float = EVENING) -> None:
        self.now = now
        self.channel = Overheard()
        self.recorder = Recorder()
        self.ledger = Ledger(folder / "learning.sqlite3")
        self.desk = ArmingDesk(
            site(text), folder, self.ledger, self.channel, self.recorder, lambda: self.now  # type: ignore[arg-type]
        )  # fmt: skip
        self.orders = LearningDesk(
            [], folder / "normal", self.ledger, self.channel, self.recorder, self.desk.handlers  # type: ignore[arg-type]
        )  # fmt: skip
        self.desk.resume()
        self.beats = 0.0
        self.beat()

    def beat(self, seconds: float = 1.0) -> None:
        self.beats += seconds
        self.orders.look(self.beats)
        self.desk.look(self.beats)

    def order(self, kind: str, **order: Any) -> str:
        number = self.ledger.place(kind, by="ana", **order)
        self.beat()
        placed = self.ledger.order(number)
        assert placed is not None
        assert placed.outcome is not None
        return placed.outcome

    def standing(self) -> dict[str, Any]:
        return self.ledger.standing("arming")["arming"]

    def mode(self, camera: str = "yard") -> str:
        mode: str = self.standing()["cameras"][camera]["mode"]
        return mode

    def health(self) -> list[tuple[str, bool]]:
        return [(m.kind, m.standing) for m in self.channel.said if isinstance(m, HealthEvent)]

    def close(self) -> None:
        self.desk.close()
        self.ledger.close()


def test_an_order_is_carried_out_told_and_noted_with_who_gave_it(tmp_path: Path) -> None:
    life = Life(tmp_path)
    assert life.mode() == "home"
    outcome = life.order("arm", mode="away", group="outside", until=EVENING + 3600)
    assert outcome == "group outside: away by hand, until 1970-04-11 21:00"
    yard = life.standing()["cameras"]["yard"]
    assert (yard["mode"], yard["why"], yard["by"]) == ("away", "by hand", "ana")
    assert life.mode("hall") == "home"
    line = life.ledger.journal()[0]
    assert (line.what, line.by, line.detail["group"]) == ("arm", "ana", "outside")
    assert life.order("arm", mode="", group="outside") == "group outside: back to the schedule"
    assert life.mode() == "home"
    life.close()


def test_a_silence_is_told_with_its_end_and_its_reason(tmp_path: Path) -> None:
    life = Life(tmp_path)
    outcome = life.order(
        "silence", rule="fire", camera="yard", until=EVENING + 7200, reason="barbecue"
    )
    assert outcome == "rule fire is silenced at yard, until 1970-04-11 22:00"
    (silence,) = life.standing()["silences"]
    assert (silence["reason"], silence["by"], silence["until"]) == (
        "barbecue", "ana", EVENING + 7200
    )  # fmt: skip
    assert life.order("unsilence", rule="fire") == "rule fire is not silenced any more"
    assert life.standing()["silences"] == []
    life.close()


@pytest.mark.parametrize(
    ("kind", "order", "said"),
    [
        ("arm", {"mode": "siesta"}, "refused: there is no mode 'siesta'"),
        ("arm", {"mode": 7}, "refused: mode is a short text"),
        ("arm", {"mode": "away", "until": "tomorrow"}, "refused: until: say when it ends"),
        ("arm", {"mode": "away", "until": True}, "refused: until: say when it ends"),
        ("silence", {"rule": "fire"}, "refused: until: say when it ends"),
        ("silence", {"rule": "fire", "until": EVENING + 8 * 86400}, "refused: its end is more"),
        ("silence", {"until": EVENING + 60}, "refused: there is no rule ''"),
        ("unsilence", {"rule": "fire"}, "refused: rule fire is not silenced"),
        ("arm", {"mode": "away", "what": 1, "at": 2}, "site: away by hand, until it is taken"),
    ],
)
def test_whatever_an_order_holds_it_gets_an_answer(
    tmp_path: Path, kind: str, order: dict[str, Any], said: str
) -> None:
    life = Life(tmp_path)
    assert life.order(kind, **order).startswith(said)
    life.close()


def test_an_order_of_another_kind_that_makes_no_sense_does_not_come_back(tmp_path: Path) -> None:
    life = Life(tmp_path)
    assert life.order("rollback").startswith("refused: ")
    assert life.ledger.due() == []
    life.close()


def test_orders_survive_a_restart_and_those_for_lost_names_are_left_out(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.order("arm", mode="away", camera="hall")
    life.order("arm", mode="night", camera="yard")
    life.order("silence", rule="fire", until=EVENING + 7200)
    life.close()

    again = Life(tmp_path, now=EVENING + 60)
    assert (again.mode("hall"), again.mode("yard")) == ("away", "night")
    assert len(again.standing()["silences"]) == 1
    again.close()

    without = Life(tmp_path, SITE.replace('  hall: {url: "images:b"}\n', ""), now=EVENING + 60)
    assert list(without.standing()["cameras"]) == ["yard"]
    assert without.mode("yard") == "night"
    without.close()


def test_the_schedule_is_told_as_it_changes_and_not_in_between(tmp_path: Path) -> None:
    life = Life(tmp_path)

    def written() -> float:
        with Ledger(tmp_path / "learning.sqlite3") as book, book._using() as db:
            at: float = db.execute("SELECT at FROM standing").fetchone()[0]
        return at

    first = written()
    life.now += 3600
    life.beat()
    assert written() == first
    life.now = EVENING + 2 * 3600
    life.beat()
    assert written() > first
    assert life.mode() == "night"
    # The clock is set back by three hours: the mode with it.
    life.now -= 3 * 3600
    life.beat()
    assert life.mode() == "home"
    life.close()


def test_a_file_that_cannot_be_read_is_told_and_not_written_over(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.order("arm", mode="away", camera="hall")
    life.close()
    path = tmp_path / "arming.sqlite3"
    kept = {p: p.read_bytes() for p in tmp_path.glob("arming.sqlite3*")}
    for p in kept:
        p.unlink()
    path.mkdir()

    life = Life(tmp_path)
    assert life.health() == [("arming_unknown", True)]
    assert life.mode("hall") == "home", "schedules hold all the same"
    assert life.order("arm", mode="night").startswith("refused: ")
    assert life.desk.arming.orders == Orders()

    path.rmdir()
    for p, content in kept.items():
        p.write_bytes(content)
    assert life.order("arm", mode="night", camera="yard").startswith("camera yard: night")
    assert life.health() == [("arming_unknown", True), ("arming_known", False)]
    assert (life.mode("hall"), life.mode("yard")) == ("away", "night")
    life.close()


def test_a_file_that_can_be_read_again_is_read_without_an_order(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.order("arm", mode="away", camera="hall")
    life.close()
    kept = {p: p.read_bytes() for p in tmp_path.glob("arming.sqlite3*")}
    for p in kept:
        p.write_bytes(b"no database at all, but long enough to look like one" * 100)
    life = Life(tmp_path)
    assert life.mode("hall") == "home"
    for p in tmp_path.glob("arming.sqlite3*"):
        p.unlink()
    for p, content in kept.items():
        p.write_bytes(content)
    life.beat(60)
    assert life.mode("hall") == "away"
    life.close()
