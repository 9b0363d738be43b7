"""What cameras learn is kept in versions, told to people, and open to their orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import parse_site
from pipeline.learning_desk import LearningDesk
from pipeline.ledger import Ledger
from pipeline.line import RuleLine
from pipeline.messages import AnyMessage, HealthEvent
from pipeline.metrics import Recorder
from pipeline.records import Modality
from pipeline.text_space import TextSpace
from tests.detectors.worlds import moments, picture

SITE = """
site: test
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {unusual: {learn: {from: [video], after: 15 s}, false_alarms: 1 per day}}
"""
KEY = "yard/unusual/video"
#: When `picture` begins.
BEGAN = 1_760_000_000.0
JPEG = b"\xff\xd8 Mrs Smith \xff\xd9"
CALM, ODD = np.eye(16, dtype=np.float32)[0], np.eye(16, dtype=np.float32)[5]


class Overheard:
    """Stands in for the channel to the supervisor."""

    def __init__(self) -> None:
        self.said: list[AnyMessage] = []

    def send(self, message: AnyMessage, *, timeout_s: float = 0.0) -> bool:
        self.said.append(message)
        return True

    def kinds(self) -> list[str]:
        return [m.kind for m in self.said if isinstance(m, HealthEvent)]


class Life:
    """One life of the judge: a line, its desk, and a camera that can be played."""

    def __init__(self, folder: Path, *, at_s: float = 0.0, **more: float) -> None:
        site = parse_site(SITE, name="site.yaml", environ={})
        space = TextSpace("clip@1", 20.0, {}, np.zeros((0, 16), np.float32))
        self.line = RuleLine(site, "yard", "unusual", {Modality.VIDEO: space})
        self.ledger = Ledger(folder / "learning.sqlite3").open()
        self.channel = Overheard()
        self.wall = BEGAN
        self.desk = LearningDesk(
            [self.line],
            folder / "normal",
            self.ledger,
            self.channel,  # type: ignore[arg-type]
            Recorder(),
            now=lambda: self.wall,
            **more,
        )
        self.desk.resume()
        self.at_s = at_s
        self.rng = np.random.default_rng(round(at_s))

    @property
    def learner(self):  # type: ignore[no-untyped-def]
        return self.line.learners[Modality.VIDEO]

    def play(self, row: np.ndarray, seconds: float, thumbnail: bytes = b"") -> None:
        for _ in range(round(2 * seconds)):
            self.line.take(picture(row + self.rng.normal(0, 0.03, 16), self.at_s, thumbnail))
            self.at_s += 0.5

    def order(self, kind: str, **order: object) -> str:
        number = self.ledger.place(kind, by="ana", **order)  # type: ignore[arg-type]
        self.desk.look(self.at_s)
        placed = self.ledger.order(number)
        assert placed is not None
        assert placed.outcome is not None
        return placed.outcome

    def surprise(self, row: np.ndarray) -> float:
        """How far a picture is from what was learned; it teaches nothing."""
        return float(self.learner.normal.members[0].score(moments(row[np.newaxis], noise=0.0))[0])

    def close(self) -> None:
        self.desk.finish()
        self.ledger.close()


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made = Life(tmp_path)
    made.play(CALM, 20)
    made.desk.look(made.at_s)
    yield made
    made.ledger.close()


def test_what_was_learned_is_told_noted_and_kept_as_the_first_version(
    life: Life, tmp_path: Path
) -> None:
    assert life.channel.kinds() == ["normal_learned"]
    (line,) = life.ledger.journal()
    assert (line.what, line.camera, line.detail["version"]) == ("learned", "yard", "1")
    folder = tmp_path / "normal" / KEY
    assert sorted(p.name for p in folder.iterdir()) == ["0001-learned.state", "current.state"]
    standing = life.ledger.standing("normal/")[f"normal/{KEY}"]
    assert standing["phase"] == "watching"
    assert standing["versions"][0][:2] == [1, "learned"]


def test_a_restart_goes_on_with_what_was_learned(life: Life, tmp_path: Path) -> None:
    life.close()
    again = Life(tmp_path, at_s=life.at_s)
    assert again.learner.normal is not None
    again.play(CALM, 5)
    again.desk.look(again.at_s)
    assert again.channel.kinds() == [], "nothing new was learned"
    again.close()


def test_a_damaged_file_is_told_and_learned_anew(
    life: Life, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    life.close()
    (tmp_path / "normal" / KEY / "current.state").write_bytes(b"not what it was")
    again = Life(tmp_path, at_s=life.at_s)
    assert again.learner.normal is None
    assert "normal not restored" in capsys.readouterr().out
    again.close()


def test_freeze_and_thaw(life: Life) -> None:
    assert life.order("freeze", camera="yard") == f"frozen: {KEY}"
    assert life.learner.frozen
    assert life.order("thaw") == f"learning again: {KEY}"
    assert not life.learner.frozen
    assert [line.by for line in life.ledger.journal(2)] == ["ana", "ana"]


def test_roll_back_to_what_was_before_something_was_let_in(life: Life) -> None:
    strange = life.surprise(ODD)
    life.play(ODD, 6)
    number = max(life.learner.standing()["doubtful"], key=lambda d: d["stayed_s"])["number"]
    assert life.order("settle", number=number, normal=True).startswith("normal: number")
    life.desk.look(life.at_s)
    assert life.surprise(ODD) < 0.8 * strange
    assert life.order("rollback", version=1) == f"back at version 1: {KEY}"
    assert life.surprise(ODD) == pytest.approx(strange, rel=0.05)


def test_an_order_that_cannot_be_carried_out_says_why_and_changes_nothing(life: Life) -> None:
    assert "has no version 9" in life.order("rollback", version=9)
    assert "no rule with learn: fits camera gate" in life.order("freeze", camera="gate")
    assert "nothing doubtful has the number 7" in life.order("settle", number=7, normal=True)
    assert "nobody here knows the order dance" in life.order("dance")
    assert not life.learner.frozen
    assert [line.what for line in life.ledger.journal()] == ["learned"]


def test_forget_begins_the_warm_up_anew(life: Life) -> None:
    assert life.order("forget", camera="yard") == f"learning anew: {KEY}"
    assert life.learner.normal is None
    life.play(CALM, 20)
    life.desk.look(life.at_s)
    assert [v[1] for v in _versions(life)] == ["learned", "learned"]


def test_what_was_frozen_learns_anew_when_it_is_forgotten(life: Life) -> None:
    life.order("freeze", camera="yard")
    assert life.order("forget", camera="yard") == f"learning anew: {KEY}"
    life.play(CALM, 20)
    assert life.learner.normal is not None


def test_a_verdict_on_an_incident_decides_what_waits_in_doubt(life: Life) -> None:
    strange = life.surprise(ODD)
    began = 1_760_000_000.0 + life.at_s
    life.play(ODD, 6)
    ended = 1_760_000_000.0 + life.at_s
    told = life.desk.verdict("yard", "unusual", began, ended, confirmed=True)
    assert told is not None
    assert "never normal" in told
    told = life.desk.verdict("yard", "unusual", began, ended, confirmed=False)
    assert told is not None
    assert "normal now" in told
    assert life.surprise(ODD) < 0.8 * strange
    assert "nothing of that time" in (
        life.desk.verdict("yard", "unusual", began - 999, began - 900, confirmed=False) or ""
    )
    assert life.desk.verdict("yard", "fire", began, ended, confirmed=True) is None


def _versions(life: Life) -> list[list[object]]:
    life.desk._stand()
    versions: list[list[object]] = life.ledger.standing("normal/")[f"normal/{KEY}"]["versions"]
    return versions


@pytest.mark.promise("security 15")
def test_pictures_of_what_is_normal_grow_old_in_memory_and_on_disk(tmp_path: Path) -> None:
    life = Life(tmp_path, keep_pictures_s=3600.0)
    life.wall = BEGAN
    life.play(CALM, 20, thumbnail=JPEG)
    life.desk.look(life.at_s)
    versions = [
        tmp_path / "normal" / KEY / name for name in ("0001-learned.state", "current.state")
    ]
    assert all(JPEG in path.read_bytes() for path in versions)
    # A day later: pictures are looked for in versions once a day.
    life.wall = BEGAN + 90_000.0
    life.close()
    assert not any(JPEG in path.read_bytes() for path in versions)
    assert life.learner.normal is not None


@pytest.mark.promise("security 15")
def test_pictures_of_a_stretch_of_time_are_deleted_on_request(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.play(CALM, 20, thumbnail=JPEG)
    life.desk.look(life.at_s)
    stretch = {"since": BEGAN, "until": BEGAN + 60}
    assert life.order("forget_pictures", camera="gate", **stretch) == (
        "0 small pictures are deleted"
    )
    said = life.order("forget_pictures", camera="yard", **stretch)
    assert int(said.split()[0]) >= 1
    life.close()
    kept = (tmp_path / "normal" / KEY).iterdir()
    assert not any(JPEG in path.read_bytes() for path in kept)
