"""The desk cuts evidence beside the line: the picture at once, the clip when its end has come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from pipeline.config import Camera
from pipeline.ingest import desk as module
from pipeline.ingest.desk import MediaDesk
from pipeline.media_folder import MediaFolder
from pipeline.messages import CutMedia, MediaReady
from pipeline.records import NS_PER_S as S
from pipeline.ring import Ring
from pipeline.sources import Packet, SourcePlan, open_source
from tests.films import packets_of
from tests.pipeline.simulate.clips import FPS, make_clip

#: Where the film stands in stream time.
BEGIN = 100 * S


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """Six seconds of a camera with sound, a keyframe each second."""
    path = make_clip(tmp_path_factory.mktemp("film") / "film.mov", seconds=6.0)
    settings = Camera.model_validate({"url": f"file:{path}", "audio": "record", "pace": "fast"})
    items = open_source(SourcePlan("yard", settings, None, sound=False)).run()
    packets = packets_of(items)
    packets.sort(key=lambda packet: packet.pts_ns)
    return [
        Packet(p.modality, p.parameters, p.pts_ns + BEGIN, p.duration_ns, p.keyframe, p.data)
        for p in packets
    ]


class Filmed:
    """A camera whose film is put into its ring by hand."""

    camera = "yard"

    def __init__(self, film: list[Packet], **settings: Any) -> None:
        self.settings = Camera.model_validate({"url": "rtsp://camera/yard", **settings})
        self.ring = Ring(60)
        self.expects_more = True
        self._film = film
        self._shown = 0

    def show(self, until_s: float) -> None:
        """Film up to so many seconds from the film's begin."""
        while self._shown < len(self._film):
            packet = self._film[self._shown]
            if packet.pts_ns >= BEGIN + until_s * S:
                return
            self.ring.put([packet])
            self._shown += 1


class Desk:
    """A desk at work, and its answers."""

    def __init__(
        self, folder: Path, camera: Filmed, *, max_clip_s: float = 60, reserve: int = 0
    ) -> None:
        self.folder = folder
        self.answers: queue.Queue[MediaReady] = queue.Queue()
        self.desk = MediaDesk(
            {"yard": camera}, MediaFolder(folder, reserve), self.answers.put, max_clip_s=max_clip_s
        )
        self.desk.start()

    def ask(self, start_s: float = 0, end_s: float = 0, *, thumb_s: float = 1) -> None:
        """Ask for a picture, and for a clip where it has a length; seconds of the film."""
        thumb, start, end = (BEGIN + round(second * S) for second in (thumb_s, start_s, end_s))
        clip = (start, end) if end_s else (0, 0)
        self.desk.ask(CutMedia("a1", "yard", thumb, "", *clip))

    def answer(self, within_s: float = 30) -> MediaReady:
        return self.answers.get(timeout=within_s)

    def nothing_yet(self) -> bool:
        try:
            self.answers.get(timeout=0.3)
        except queue.Empty:
            return True
        return False

    def clip(self, answer: MediaReady) -> tuple[int, float]:
        """How many pictures an answer's clip has, and for how many seconds it is heard."""
        assert answer.clip_path is not None
        with av.open(str(self.folder / answer.clip_path)) as played:
            pictures = sum(1 for _ in played.decode(video=0))
        with av.open(str(self.folder / answer.clip_path)) as played:
            samples = sum(frame.samples for frame in played.decode(audio=0))
        return pictures, samples / 48_000


@pytest.fixture
def desks() -> Iterator[list[Desk]]:
    opened: list[Desk] = []
    yield opened
    for desk in opened:
        desk.desk.stop()
        desk.desk.join(30)
        assert desk.desk.fault is None


def test_a_picture_is_there_at_once(tmp_path: Path, film: list[Packet], desks: list[Desk]) -> None:
    camera = Filmed(film)
    camera.show(3)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(thumb_s=1.5)
    answer = desk.answer()
    assert answer == MediaReady("a1", "yard", "yard/a1/thumb.jpg", None, None)
    assert (tmp_path / "yard/a1/thumb.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_a_clip_waits_until_its_end_was_filmed(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    camera = Filmed(film)
    camera.show(3)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(1, 5)
    assert desk.nothing_yet()
    camera.show(4)
    assert desk.nothing_yet()
    camera.show(6)
    answer = desk.answer()
    assert answer.error is None
    assert (answer.thumb_path, answer.clip_path) == ("yard/a1/thumb.jpg", "yard/a1/clip.mp4")
    pictures, heard_s = desk.clip(answer)
    assert pictures == 4 * FPS + 1
    assert heard_s == pytest.approx(4, abs=0.1)


def test_the_begin_of_a_clip_is_kept_though_the_ring_moves_on(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    class LookedAt(Ring):
        """Tells when the desk has taken what is new."""

        looked = threading.Event()

        def after(self, number: int) -> tuple[list[Packet], int]:
            found = super().after(number)
            self.looked.set()
            return found

    camera = Filmed(film)
    camera.ring = ring = LookedAt(1.5)
    camera.show(2)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(0.5, 5)
    assert desk.nothing_yet()
    for second in (2.75, 3.5, 4.25, 5.0):
        camera.show(second)
        ring.looked.clear()
        assert ring.looked.wait(30)
    camera.show(6)
    pictures, heard_s = desk.clip(desk.answer())
    assert pictures == 5 * FPS + 1
    assert heard_s == pytest.approx(5, abs=0.1)


def test_a_picture_that_comes_while_the_clip_is_begun_is_in_it_once(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    class Busy(Ring):
        """A camera that sends whenever somebody has just looked."""

        def follow(self, start_ns: int, end_ns: int) -> tuple[list[Packet], int]:
            found = super().follow(start_ns, end_ns)
            camera.show(camera.ring.newest_ns / S - 100 + 0.2)
            return found

        def after(self, number: int) -> tuple[list[Packet], int]:
            found = super().after(number)
            camera.show(camera.ring.newest_ns / S - 100 + 0.2)
            return found

    camera = Filmed(film)
    camera.ring = Busy(60)
    camera.show(2)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(1, 4)
    pictures, _ = desk.clip(desk.answer())
    assert pictures == 3 * FPS + 1


@pytest.mark.parametrize("filmed_s", [1.2, 6], ids=["filmed meanwhile", "all in the ring already"])
def test_no_clip_is_longer_than_it_may_be(
    tmp_path: Path, film: list[Packet], desks: list[Desk], filmed_s: float
) -> None:
    camera = Filmed(film)
    camera.show(filmed_s)
    desks.append(desk := Desk(tmp_path, camera, max_clip_s=2))
    desk.ask(1, 6)
    camera.show(6)
    pictures, heard_s = desk.clip(desk.answer())
    assert pictures == 2 * FPS + 1
    assert heard_s == pytest.approx(2, abs=0.1)


def test_a_camera_that_is_lost_leaves_the_clip_that_there_is(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    camera = Filmed(film)
    camera.show(3)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(1, 5)
    assert desk.nothing_yet()
    camera.expects_more = False
    answer = desk.answer()
    assert answer.error is None
    assert desk.clip(answer)[0] == 2 * FPS


def test_a_camera_that_stands_still_is_not_waited_for_for_ever(
    tmp_path: Path, film: list[Packet], desks: list[Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STANDSTILL_S", 0.5)
    camera = Filmed(film)
    camera.show(3)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(1, 5)
    assert desk.clip(desk.answer())[0] == 2 * FPS


def test_told_to_stop_it_cuts_what_is_pending_and_what_was_just_asked(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    camera = Filmed(film)
    camera.show(3)
    desks.append(desk := Desk(tmp_path, camera))
    desk.ask(1, 5)
    assert desk.nothing_yet()
    desk.ask(2, 9)
    desk.desk.stop()
    desk.desk.join(30)
    assert [desk.answer().clip_path for _ in range(2)] == ["yard/a1/clip.mp4"] * 2


def test_several_incidents_wait_beside_each_other(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    camera = Filmed(film)
    camera.show(2)
    desks.append(desk := Desk(tmp_path, camera))
    for number, end in enumerate((5, 3)):
        message = CutMedia(f"i{number}", "yard", BEGIN, "", BEGIN, BEGIN + end * S)
        desk.desk.ask(message)
    camera.show(4)
    assert desk.answer().alert_id == "i1"
    camera.show(6)
    assert desk.answer().alert_id == "i0"


def test_what_is_no_longer_held_is_said_and_the_desk_goes_on(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    camera = Filmed(film)
    desks.append(desk := Desk(tmp_path, camera))
    camera.expects_more = False
    desk.ask(1, 2)
    answer = desk.answer()
    assert (answer.thumb_path, answer.clip_path) == (None, None)
    assert answer.error == "NothingHeld: nothing of the stretch is held any more"
    camera.show(6)
    desk.ask(1, 2)
    assert desk.answer().error is None


def test_a_disk_without_room_costs_the_evidence_and_says_so(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    camera = Filmed(film)
    camera.show(6)
    desks.append(desk := Desk(tmp_path, camera, reserve=1 << 40))
    desk.ask(1, 2)
    answer = desk.answer()
    assert (answer.thumb_path, answer.clip_path) == (None, None)
    assert answer.error is not None
    assert answer.error.startswith("DiskFull: ")
    assert "make room on the disk" in answer.error


def test_another_worker_s_camera_is_answered_too(
    tmp_path: Path, film: list[Packet], desks: list[Desk]
) -> None:
    desks.append(desk := Desk(tmp_path, Filmed(film)))
    desk.desk.ask(CutMedia("a1", "gate", 0))
    assert desk.answer().error == "gate is no camera of this worker"


def test_if_nobody_hears_its_answers_the_worker_is_told(tmp_path: Path, film: list[Packet]) -> None:
    def gone(message: MediaReady) -> None:
        raise ConnectionError("the supervisor is gone")

    desk = MediaDesk({"yard": Filmed(film)}, MediaFolder(tmp_path, 0), gone, max_clip_s=60)
    desk.ask(CutMedia("a1", "yard", 0))
    with pytest.raises(ConnectionError):
        desk.run()
    assert isinstance(desk.fault, ConnectionError)
